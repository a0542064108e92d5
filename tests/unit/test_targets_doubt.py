from __future__ import annotations

import datetime
import itertools
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from roofpv import targets
from roofpv.errors import InvalidResult
from roofpv.targets.doubt import doubtful_uses

NAN = float("nan")
SEEDS = 4
LIBRARY = targets.load_rule("shizuishan-2025")
NUMBERS = (
    "existing_pv_kwp", "existing_pv_area_m2", "kwp", "installable_area_m2", "gross_roof_area_m2",
    "floor_area_m2", "load_kwh",
    "module_area_m2", "projected_module_area_m2", "array_field_area_m2", "ac_kwh",
    "existing_module_area_m2", "existing_projected_module_area_m2", "existing_array_field_area_m2",
    "existing_ac_kwh",
)  # fmt: skip
READINGS = {
    "count": 'metric = "count_ratio"',
    "area": 'metric = "area_ratio"\ndenominator = "installable_area_m2"\n'
    'variants = ["N1", "N2"]\ndefault_variant = "N2"',
    "floor": 'metric = "floor_area_ratio"\ndenominator = "floor_area_m2"',
    "institution": 'metric = "institution_ratio"\ndenominator = "institution"',
    "energy": 'metric = "energy_share"\ndenominator = "load_kwh"',
}


def _rule(kind: str, threshold: float = 0.5) -> targets.Rule:
    return targets.parse_rule(
        f"""
        id = "{kind}"
        status = "draft"
        text = "x"
        [[sources]]
        title = "a paper"
        [[targets]]
        id = "T"
        threshold = {threshold}
        strength = "reach"
        deadline = 2025-12-31
        [targets.subject]
        uses = ["school", "hospital"]
        ownerships = ["public"]
        completed_to = 2021-12-31
        unknown_completed = "counted"
        [[targets.readings]]
        id = "R"
        default = true
        {READINGS[kind]}
        """,
        "rule.toml",
    )


def _city(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Buildings as (id, use, confidence, alternative, has PV): all public and old."""
    names = ["building_id", "use", "use_confidence", "use_alternative", "pv"]
    city = pd.DataFrame(list(rows), columns=names).astype({"use_alternative": object})
    city = city.assign(**dict.fromkeys(NUMBERS, 100.0))
    pv = city.pop("pv").to_numpy(dtype=bool)
    city["existing_pv_kwp"] = np.where(pv, 10.0, 0.0)
    return city.assign(
        existing_pv_area_m2=NAN, district="D", ownership="public", exemption=None,
        status="assessed", completed=pd.Timestamp("2000-12-31"), load_is_estimate=False,
        institution=city["building_id"],
    )  # fmt: skip


def _sure(pv: int, without: int) -> list[tuple[Any, ...]]:
    return [(f"s{i:02d}", "school", 0.99, None, i < pv) for i in range(pv + without)]


def _told(city: pd.DataFrame, kind: str, threshold: float = 0.5) -> dict[str, Any]:
    (told,) = doubtful_uses(city, [_rule(kind, threshold)])["targets"]
    return told


def test_a_city_without_doubt_has_one_value() -> None:
    told = doubtful_uses(_city(*_sure(3, 2)), [_rule("count")])
    assert told == {
        "count": 0,
        "targets": [
            {
                "rule": "count", "target": "T", "reading": "R", "value": 0.6, "met": True,
                "matter": 0, "flip_alone": 0, "lowest": 0.6, "highest": 0.6,
                "verdict_is_open": False, "ids": [],
            }
        ],
    }  # fmt: skip


def test_only_those_that_would_change_sides_matter() -> None:
    city = _city(
        *_sure(3, 2),
        ("in", "school", 0.6, "residential", False),
        ("out", "residential", 0.5, "hospital", False),
        ("stays-in", "school", 0.6, "hospital", False),
        ("stays-out", "residential", 0.6, "commercial", False),
        ("no-other", "school", 0.6, None, False),
        ("any", "unknown", NAN, None, True),
        ("mosque", "unknown", NAN, "other_public", True),
        ("clinic", "unknown", NAN, "hospital", True),
        ("nothing", None, NAN, None, True),
        ("believed", "school", 0.8, "residential", False),
        ("not-asked", "school", NAN, "residential", False),
    )
    told = doubtful_uses(city, [_rule("count")])
    assert told["count"] == 9
    (target,) = told["targets"]
    # 5 sure ones, and in, stays-in, no-other, believed, not-asked; 3 of these 10 have PV.
    assert target["value"] == 0.3
    assert target["matter"] == 5
    assert set(target["ids"]) == {"in", "out", "any", "clinic", "nothing"}
    assert target["lowest"] == 3 / 11
    assert target["highest"] == 6 / 12
    assert (target["met"], target["verdict_is_open"]) == (False, True)


def test_who_does_not_meet_the_rest_of_the_rule_does_not_matter() -> None:
    city = _city(*_sure(3, 2), *((f"d{i}", "unknown", NAN, None, False) for i in range(4)))
    city.loc[5, "ownership"] = "private"
    city.loc[6, "completed"] = pd.Timestamp("2023-12-31")
    city.loc[7, "exemption"] = "heritage"
    city.loc[8, "completed"] = pd.NaT
    told = doubtful_uses(city, [_rule("count")])
    assert told["count"] == 4
    assert told["targets"][0]["ids"] == ["d3"]


def test_one_building_may_turn_the_verdict() -> None:
    city = _city(
        *_sure(2, 1),
        ("one", "school", 0.5, "residential", False),  # 2 of 4 with it, 2 of 3 without
        ("more", "residential", 0.5, "school", False),  # 2 of 5
        ("pv", "residential", 0.5, "school", True),  # 3 of 5
    )
    told = _told(city, "count")
    assert (told["value"], told["met"], told["matter"], told["flip_alone"]) == (0.5, True, 3, 1)
    assert told["ids"] == ["more", "one", "pv"]
    assert (told["lowest"], told["highest"]) == (2 / 5, 3 / 4)
    assert told["verdict_is_open"] is True


def test_a_verdict_may_be_open_although_no_building_turns_it_alone() -> None:
    doubtful = [(f"d{i}", "residential", 0.5, "school", False) for i in range(6)]
    told = _told(_city(*_sure(7, 2), *doubtful), "count")
    assert (told["matter"], told["flip_alone"]) == (6, 0)
    assert told["lowest"] == 7 / 15
    assert told["highest"] == told["value"] == 7 / 9
    assert told["verdict_is_open"] is True


def test_areas_fall_in_the_worst_and_the_best_way() -> None:
    city = _city(
        ("sure", "school", 0.99, None, True),  # 50 of 100
        ("rich", "unknown", NAN, None, True),  # 90 of 100
        ("poor", "unknown", NAN, None, True),  # 10 of 100
        ("some", "unknown", NAN, None, True),  # 60 of 100
        ("unmeasured", "unknown", NAN, None, True),
    )
    city["existing_projected_module_area_m2"] = [50.0, 90.0, 10.0, 60.0, NAN]
    told = _told(city, "area")
    assert (told["value"], told["matter"]) == (0.5, 4)
    assert told["highest"] == (50 + 90) / 200
    assert told["lowest"] == (50 + 10) / 200
    assert told["ids"] == ["poor", "rich", "some", "unmeasured"]
    assert told["flip_alone"] == 1


def test_pv_on_a_building_without_load_makes_the_smallest_load_the_best() -> None:
    city = _city(
        ("no-load", "school", 0.99, None, True),  # 30 of 0
        ("large", "unknown", NAN, None, True),  # 100 of 100
        ("small", "unknown", NAN, None, True),  # 45 of 50
    )
    city["load_kwh"], city["existing_ac_kwh"] = [0.0, 100.0, 50.0], [30.0, 100.0, 45.0]
    told = _told(city, "energy")
    assert (told["value"], told["highest"], told["lowest"]) == (None, 75 / 50, 175 / 150)


def test_institutions_count_once_however_many_buildings_they_have() -> None:
    city = _city(
        ("a", "school", 0.99, None, True),
        ("b", "school", 0.99, None, False),
        ("b2", "unknown", NAN, None, True),  # gives b its PV
        ("a2", "unknown", NAN, None, False),  # a is there already
        ("c", "unknown", NAN, None, False),  # another one without
        ("c2", "unknown", NAN, None, False),  # of the same
        ("nameless", "unknown", NAN, None, True),
    ).assign(institution=["A", "B", "B", "A", "C", "C", None])
    told = _told(city, "institution", 0.6)
    assert (told["value"], told["lowest"], told["highest"]) == (0.5, 1 / 3, 1.0)
    assert (told["matter"], told["flip_alone"]) == (5, 1)
    assert told["ids"] == ["b2", "c", "c2", "a2", "nameless"]


def test_where_all_are_doubtful_there_may_be_nothing_to_judge() -> None:
    told = _told(_city(("a", "school", 0.6, "residential", True)), "count")
    assert (told["value"], told["lowest"], told["highest"]) == (1.0, 1.0, 1.0)
    assert (told["flip_alone"], told["verdict_is_open"]) == (0, True)
    told = _told(_city(("a", "unknown", NAN, None, True)), "count")
    assert (told["value"], told["met"], told["lowest"], told["highest"]) == (None, None, 1.0, 1.0)
    assert (told["flip_alone"], told["verdict_is_open"], told["ids"]) == (0, True, ["a"])


@pytest.mark.parametrize("kind", READINGS)
def test_an_empty_city_has_no_verdict_and_no_doubt(kind: str) -> None:
    told = _told(_city(("a", "school", 0.9, None, True)).iloc[:0], kind)
    assert (told["value"], told["met"], told["lowest"], told["highest"]) == (None,) * 4
    assert (told["matter"], told["verdict_is_open"], told["ids"]) == (0, False, [])


def _random_city(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    uses = ["school", "residential", "unknown", "school", "commercial"]
    rows = []
    for i in range(7):
        use = uses[rng.integers(5)]
        other = [None, "hospital", "residential"][rng.integers(3)]
        sure = [0.5, 0.6, 0.9][rng.integers(3)] if use != "unknown" else NAN
        rows.append((f"r{i}", use, sure, other, bool(rng.integers(2))))
    city = _city(*rows)
    for name in ("installable_area_m2", "floor_area_m2", "load_kwh"):
        city[name] = rng.choice(
            [0.0, 50.0, 100.0, 333.3, NAN], len(city), p=[0.1, 0.3, 0.3, 0.2, 0.1]
        )
    for name in ("existing_projected_module_area_m2", "existing_ac_kwh"):
        city[name] = rng.choice(
            [0.0, 10.0, 45.0, 77.7, NAN], len(city), p=[0.2, 0.3, 0.2, 0.2, 0.1]
        )
    city["institution"] = rng.choice(np.array(["A", "B", "C", None], dtype=object), len(city))
    return city


def _outcome(city: pd.DataFrame, kind: str) -> tuple[float | None, bool | None]:
    entries = targets.evaluate(city, [_rule(kind)])
    (entry,) = [e for e in entries if e["default"] and e["state"] == "now" and not e["district"]]
    return entry["value"], entry["met"]


def _open_rows(city: pd.DataFrame) -> list[int]:
    """Rows that would change sides, told once more and plainly."""
    found = []
    for i, row in enumerate(city.itertuples()):
        unknown = row.use == "unknown"
        if not unknown and not row.use_confidence < 0.8:
            continue
        inside, other = row.use == "school", row.use_alternative == "hospital"
        if unknown if pd.isna(row.use_alternative) else inside != other:
            found.append(i)
    return found


@pytest.mark.parametrize("kind", READINGS)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_range_is_that_of_every_way_to_settle_the_doubts(kind: str, seed: int) -> None:
    city = _random_city(seed)
    rows = _open_rows(city)
    now, met = _outcome(city, kind)
    values, verdicts, flips = [], set(), 0
    for inside in itertools.product((False, True), repeat=len(rows)):
        settled = city.copy()
        settled.loc[rows, "use"] = np.where(inside, "school", "residential")
        value, verdict = _outcome(settled, kind)
        values += [] if value is None else [value]
        verdicts.add(verdict)
        moved = (settled["use"] == "school") != (city["use"] == "school")
        flips += moved.sum() == 1 and None not in (met, verdict) and verdict != met
    told = _told(city, kind)
    assert (told["value"], told["met"], told["matter"]) == (now, met, len(rows))
    assert (told["lowest"] is None) == (told["highest"] is None) == (not values)
    if values:
        assert told["lowest"] == pytest.approx(min(values), rel=1e-12)
        assert told["highest"] == pytest.approx(max(values), rel=1e-12)
    assert told["flip_alone"] == flips
    assert told["verdict_is_open"] == (len(verdicts) > 1)


def test_every_target_of_every_rule_is_told_in_its_default_reading() -> None:
    city = _city(*_sure(2, 3), ("d", "unknown", NAN, None, False))
    told = doubtful_uses(city, [LIBRARY, _rule("count")])["targets"]
    assert [(t["rule"], t["target"], t["reading"]) for t in told] == [
        ("shizuishan-2025", "A", "A1"), ("shizuishan-2025", "B", "B1"), ("count", "T", "R"),
    ]  # fmt: skip
    assert [t["matter"] for t in told] == [0, 1, 1]


@pytest.mark.parametrize(
    "as_of", [datetime.date(2010, 1, 1), datetime.datetime(2010, 1, 1, 8, 0), None]
)
def test_a_building_completed_after_the_day_does_not_matter(
    as_of: datetime.date | None,
) -> None:
    city = _city(*_sure(2, 3), ("d", "unknown", NAN, None, False))
    city.loc[5, "completed"] = pd.Timestamp("2015-12-31")
    told = doubtful_uses(city, [_rule("count")], as_of=as_of)["targets"][0]
    assert told["matter"] == (1 if as_of is None else 0)


def test_at_most_twenty_are_named_and_row_order_changes_nothing() -> None:
    doubtful = [(f"d{i:02d}", "unknown", NAN, None, i % 3 == 0) for i in range(40)]
    city = _city(*_sure(4, 4), *doubtful)
    rng = np.random.default_rng(5)
    city["installable_area_m2"] = rng.uniform(10, 1000, len(city))
    told = doubtful_uses(city, [_rule("area", 0.4)])
    assert len(told["targets"][0]["ids"]) == 20
    for seed in range(3):
        shuffled = city.sample(frac=1.0, random_state=seed)
        assert json.dumps(doubtful_uses(shuffled, [_rule("area", 0.4)])) == json.dumps(told)


def test_the_table_is_left_as_it_was_and_the_answer_is_json() -> None:
    city = _city(*_sure(1, 1), ("d", "unknown", NAN, None, True))
    before = city.copy(deep=True)
    told = doubtful_uses(city, [_rule(kind) for kind in READINGS])
    pd.testing.assert_frame_equal(city, before)
    assert json.loads(json.dumps(told, allow_nan=False)) == told


@pytest.mark.parametrize("column", ["use_confidence", "use_alternative"])
def test_a_table_without_doubts_stated_is_refused(column: str) -> None:
    city = _city(*_sure(1, 1)).drop(columns=column)
    with pytest.raises(InvalidResult, match=f"columns absent: {column}"):
        doubtful_uses(city, [_rule("count")])
