"""Metrics, levels, groups, and what a verdict says where something is not known."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from roofpv import targets
from roofpv.errors import InvalidResult, InvalidRules

NAN = float("nan")
AREA = (
    'metric = "area_ratio"\ndenominator = "gross_roof_area_m2"\nvariants = ["N1"]\n'
    'default_variant = "N1"\n'
)


def _rule(reading: str = AREA, target: str = "threshold = 0.5", subject: str = "") -> targets.Rule:
    return targets.parse_rule(
        f"""
        id = "r"
        status = "in force"
        text = "x"
        [[sources]]
        title = "a paper"
        [[targets]]
        id = "T"
        strength = "shall"
        deadline = 2030-12-31
        {target}
        [targets.subject]
        uses = ["school", "hospital"]
        {subject}
        [[targets.readings]]
        id = "R"
        default = true
        {reading}
        """,
        "r.toml",
    )


def _city(areas: list[float], **said: Any) -> pd.DataFrame:
    """Schools, each with a roof of 100 m2 and that area of modules, 1 kW on 5 m2."""
    modules = np.array(areas)
    plain = {
        "use": "school", "ownership": "public", "district": "D", "exemption": None,
        "status": "assessed", "completed": pd.Timestamp("2000-12-31"),
        "existing_pv_kwp": modules / 5.0, "installed_kwp": modules / 5.0,
        "existing_pv_area_m2": NAN, "existing_module_area_m2": modules, "kwp": 20.0,
        "module_area_m2": 100.0, "gross_roof_area_m2": 100.0, "floor_area_m2": 400.0,
    }  # fmt: skip
    table = pd.DataFrame({**plain, **said}, index=range(len(areas)))
    table.insert(0, "building_id", [f"b{place}" for place in range(len(areas))])
    return table


def _city_entry(table: pd.DataFrame, rule: targets.Rule, **asked: Any) -> dict[str, Any]:
    entries = targets.evaluate(table, [rule], **asked)
    city = [e for e in entries if e["state"] == "now" and e.get("group", e["district"]) is None]
    (entry,) = city
    return entry


def test_equality_is_enough_unless_the_rule_is_strict() -> None:
    for strict, met in (("", True), ("\nstrict = true", False)):
        for level in ("city", "building"):
            target = f'threshold = 0.5\nlevel = "{level}"{strict}'
            assert _city_entry(_city([50.0]), _rule(target=target))["met"] is met
    over = _rule(target="threshold = 0.5\nstrict = true")
    assert _city_entry(_city([50.1]), over)["met"] is True


@pytest.mark.parametrize(
    ("way", "area", "met"),
    [("nearest", 49.5, True), ("nearest", 49.4, False), ("up", 49.1, True), ("up", 49.0, False),
     ("down", 50.9, True), ("down", 49.9, False)],
)  # fmt: skip
@pytest.mark.parametrize("level", ["city", "building"])
def test_a_share_is_rounded_as_the_rule_says(level: str, way: str, area: float, met: bool) -> None:
    rounding = f'[targets.readings.rounding]\nstep = 0.01\nway = "{way}"\n'
    rule = _rule(AREA + rounding, f'threshold = 0.5\nlevel = "{level}"')
    assert _city_entry(_city([area]), rule)["met"] is met


def _capacity(metric: str, parts: list[str], more: str = "") -> str:
    terms = "".join(
        f"[[targets.readings.parts]]\n[[targets.readings.parts.terms]]\n{part}\n" for part in parts
    )
    return f'metric = "{metric}"\n{more}\n{terms}'


TWO = ['column = "floor_area_m2"\nfactor = 0.01', 'column = "gross_roof_area_m2"\nfactor = 0.1']


@pytest.mark.parametrize(("combine", "wanted"), [("min", 4.0), ("max", 10.0)])
def test_the_smaller_or_the_larger_of_two_capacities(combine: str, wanted: float) -> None:
    # 400 m2 x 0.01 kW = 4 kW; 100 m2 x 0.1 kW = 10 kW.
    reading = _capacity("capacity_min_of", TWO, f'combine = "{combine}"')
    entry = _city_entry(_city([20.0, 0.0]), _rule(reading, "threshold = 1.0"))
    assert (entry["denominator"], entry["unit"]) == (2 * wanted, "kW")
    assert entry["numerator"] == 4.0


@pytest.mark.parametrize(("way", "wanted"), [("nearest", 4.3), ("up", 4.3), ("down", 4.2)])
def test_a_capacity_is_rounded_for_each_building(way: str, wanted: float) -> None:
    part = 'column = "floor_area_m2"\nfactor = 0.01065'  # 4.26 kW
    rounding = f'[targets.readings.rounding]\nstep = 0.1\nway = "{way}"\n'
    reading = _capacity("capacity_per_floor_area", [part]) + rounding
    entry = _city_entry(_city([0.0, 0.0]), _rule(reading, "threshold = 1.0"))
    assert entry["denominator"] == pytest.approx(2 * wanted, rel=1e-12)


def test_factors_by_use() -> None:
    part = 'column = "floor_area_m2"\nby = "use"\nfactors = { school = 0.01, hospital = 0.02 }'
    rule = _rule(_capacity("capacity_per_floor_area", [part]), "threshold = 1.0")
    entry = _city_entry(_city([0.0, 0.0], use=["school", "hospital"]), rule)
    assert entry["denominator"] == pytest.approx(12.0)


def test_a_substitute_that_nobody_states_leaves_a_missed_verdict_open() -> None:
    green = '[[targets.readings.substitutes]]\ncolumn = "green_roof_area_m2"\n'
    rule = _rule(AREA + green)
    missed = _city_entry(_city([30.0, 30.0]), rule)
    assert (missed["met"], missed["lacking"]) == (None, ["green_roof_area_m2"])
    assert _city_entry(_city([60.0, 60.0]), rule)["met"] is True
    stated = _city_entry(_city([30.0, 30.0], green_roof_area_m2=[40.0, NAN]), rule)
    assert (stated["met"], stated["numerator"]) == (True, 100.0)
    assert "lacking" not in stated
    assert _city_entry(_city([30.0, 30.0], green_roof_area_m2=[39.0, NAN]), rule)["met"] is False


def test_a_sum_whose_exempt_are_not_known_has_no_verdict() -> None:
    small = (
        'threshold = 0.5\n[[targets.exemptions]]\nen = "x"\nzh = "y"\n'
        '[[targets.exemptions.gates]]\ncolumn = "best_south_plane_m2"\nbelow = 20\n'
    )
    rule = _rule(target=small)
    assert _city_entry(_city([60.0, 60.0]), rule)["met"] is None
    entry = _city_entry(_city([60.0, 0.0], best_south_plane_m2=[20.0, 19.0]), rule)
    assert (entry["met"], entry["counts"]["exempt"]) == (True, 1)


@pytest.mark.parametrize(
    ("bound", "inside"),
    [("above = 2", [3]), ("at_least = 2", [2, 3]), ("below = 2", [1]), ("at_most = 2", [1, 2]),
     ("at_least = 2\nbelow = 3", [2])],
)  # fmt: skip
def test_gates(bound: str, inside: list[int]) -> None:
    gate = f'[[targets.subject.gates]]\ncolumn = "dwelling_units"\n{bound}\n'
    table = _city([0.0] * 4, dwelling_units=[1.0, 2.0, 3.0, NAN])
    entry = _city_entry(table, _rule(subject=gate))
    assert entry["counts"]["subject"] == len(inside)
    assert entry["counts"]["unknown_gate"] == 1


BUILDING = 'threshold = 0.5\nlevel = "building"'


def test_a_target_of_each_building_counts_and_names_those_that_comply() -> None:
    table = _city([50.0, 49.0, 80.0], district=["E", "D", "D"], gross_roof_area_m2=100.0)
    entries = targets.evaluate(table, [_rule(target=BUILDING)])
    city, d, e = (x for x in entries if x["state"] == "now")
    assert (city["numerator"], city["denominator"], city["unit"]) == (2, 3, "buildings")
    assert (city["threshold"], city["met"], city["level"]) == (1.0, False, "building")
    assert (city["complying_ids"], city["failing_ids"]) == (["b0", "b2"], ["b1"])
    assert (d["complying_ids"], d["failing_ids"], d["met"]) == (["b2"], ["b1"], False)
    assert (e["complying_ids"], e["failing_ids"], e["met"]) == (["b0"], [], True)
    assert city["of_sums"] == {
        "numerator": 179.0, "denominator": 300.0, "unit": "m2", "value": 179.0 / 300.0,
        "threshold": 0.5,
    }  # fmt: skip
    assert json.loads(json.dumps(entries, allow_nan=False)) == entries


def test_a_building_of_unknown_area_or_without_roof_is_missing() -> None:
    table = _city([50.0, 50.0, 50.0], gross_roof_area_m2=[100.0, NAN, 0.0])
    entry = _city_entry(table, _rule(target=BUILDING))
    assert (entry["numerator"], entry["denominator"], entry["counts"]["missing"]) == (1, 1, 2)


def test_at_most_twenty_that_comply_are_named_in_their_order() -> None:
    table = _city([60.0] * 150).sample(frac=1.0, random_state=1)
    entry = _city_entry(table, _rule(target=BUILDING))
    assert entry["complying_ids"] == sorted(table["building_id"])[:20]
    assert entry["value"] == 1.0


def test_building_verdicts_hold_each_building_against_the_target() -> None:
    table = _city([50.0, 49.0, NAN], existing_pv_kwp=[1.0, 1.0, 1.0])
    found = targets.building_verdicts(table, _rule())
    now = found[found["state"] == "now"]
    assert list(now["building_id"]) == ["b0", "b1", "b2"]
    assert [None if pd.isna(met) else bool(met) for met in now["met"]] == [True, False, None]
    assert list(now["threshold"]) == [0.5] * 3
    first = now.iloc[0]
    assert (first["rule"], first["target"], first["reading"]) == ("r", "T", "R")
    assert (first["numerator"], first["denominator"], first["unit"]) == (50.0, 100.0, "m2")


def test_building_verdicts_leave_open_what_may_be_eased_and_readings_of_many() -> None:
    green = '[[targets.readings.substitutes]]\ncolumn = "green_roof_area_m2"\n'
    day = datetime.datetime(2026, 1, 1, 8, 0)
    found = targets.building_verdicts(_city([50.0, 49.0]), _rule(AREA + green), as_of=day)
    assert found["met"].isna().tolist()[:2] == [False, True]
    counted = _rule('metric = "count_ratio"')
    none = targets.building_verdicts(_city([50.0]), counted)
    assert len(none) == 0
    assert "met" in none


@pytest.mark.parametrize(("by", "names"), [
    ("use", ["hospital", "school"]), ("ownership", ["private", "public"]), ("district", ["D"]),
])  # fmt: skip
def test_verdicts_by_use_and_owner(by: str, names: list[str]) -> None:
    table = _city([60.0, 40.0], use=["school", "hospital"], ownership=["public", "private"])
    entries = targets.evaluate(table, [_rule()], by=by)
    now = [e for e in entries if e["state"] == "now"]
    assert [e["group"] for e in now] == [None, *names]
    assert {e["group_kind"] for e in now} == {by}
    assert [e["district"] for e in now] == ([None, "D"] if by == "district" else [None] * 3)
    assert now[0]["value"] == 0.5
    if by == "use":
        assert [e["met"] for e in now] == [True, False, True]
    assert list(targets.verdict_table(entries).columns)[-len(names) - 1 :] == ["city", *names]


def test_flips_are_told_within_a_group() -> None:
    reading = AREA + '[[targets.readings]]\nid = "C"\nmetric = "count_ratio"\n'
    table = _city([60.0, 40.0], use=["school", "hospital"])
    entries = targets.evaluate(table, [_rule(reading)], by="use")
    flips = {e["group"]: e["flips"] for e in entries if e["reading"] == "C" and e["state"] == "now"}
    assert flips == {None: False, "hospital": True, "school": False}


def test_no_other_group_is_known() -> None:
    with pytest.raises(InvalidRules, match=r"no such group\. Take one of district, use, ownership"):
        targets.evaluate(_city([1.0]), [_rule()], by="colour")


def test_a_column_that_holds_no_numbers_is_refused() -> None:
    green = '[[targets.readings.substitutes]]\ncolumn = "green_roof_area_m2"\n'
    with pytest.raises(InvalidResult, match="green_roof_area_m2: numbers expected"):
        targets.evaluate(_city([1.0], green_roof_area_m2="much"), [_rule(AREA + green)])


def test_districts_that_have_no_verdict_leave_that_of_the_city_open() -> None:
    target = 'threshold = 0.5\nlevel = "district"'
    table = _city([60.0, 40.0], district=["D", "E"])
    assert _city_entry(table, _rule(target=target))["met"] is False
    assert _city_entry(table.assign(gross_roof_area_m2=NAN), _rule(target=target))["met"] is None
    green = '[[targets.readings.substitutes]]\ncolumn = "green_roof_area_m2"\n'
    assert _city_entry(table, _rule(AREA + green, target))["met"] is None


def test_the_order_of_rows_changes_nothing() -> None:
    table = _city(list(np.linspace(1.0, 99.0, 60)), use=["school", "hospital"] * 30)
    rule = _rule(target=BUILDING)
    expected = json.dumps(targets.evaluate(table, [rule], by="use"))
    for seed in range(3):
        shuffled = table.sample(frac=1.0, random_state=seed)
        assert json.dumps(targets.evaluate(shuffled, [rule], by="use")) == expected


def test_doubtful_uses_of_a_target_of_each_building() -> None:
    table = _city([60.0, 40.0, 60.0]).assign(
        use_confidence=[0.99, 0.5, 0.99], use_alternative=[None, "industrial", None]
    )
    (told,) = targets.doubtful_uses(table, [_rule(target=BUILDING)])["targets"]
    assert (told["value"], told["met"], told["verdict_is_open"]) == (2 / 3, False, True)
    assert (told["lowest"], told["highest"], told["flip_alone"]) == (2 / 3, 1.0, 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_sums_are_those_of_a_loop_over_the_buildings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = _city(
        list(rng.uniform(0.0, 100.0, 80)), use=rng.choice(["school", "hospital"], 80),
        green_roof_area_m2=rng.choice([0.0, 20.0, NAN], 80),
        roof_plant_area_m2=rng.choice([0.0, 30.0], 80), green_roof_duty=rng.choice([0, 1], 80),
        gross_roof_area_m2=rng.choice([100.0, 200.0, NAN], 80),
    )  # fmt: skip
    reading = (
        AREA + 'combine = "or"\n[[targets.readings.substitutes]]\n'
        'column = "green_roof_area_m2"\nfactor = 0.5\n[[targets.readings.deductions]]\n'
        'column = "roof_plant_area_m2"\n[[targets.readings.reductions]]\n'
        'column = "green_roof_duty"\nfactor = 0.5\n[[targets.readings.parts]]\n'
        "[[targets.readings.parts.terms]]\nfactor = 15.0\n"
    )
    counts = {"school": [0, 0], "hospital": [0, 0]}
    for row in table.itertuples():
        green = 0.0 if np.isnan(row.green_roof_area_m2) else row.green_roof_area_m2
        below = (row.gross_roof_area_m2 - row.roof_plant_area_m2) * (1 - row.green_roof_duty / 2)
        covered = row.existing_module_area_m2 + green / 2
        enough = row.installed_kwp >= 15.0
        if enough or not np.isnan(below):
            counts[row.use][0] += enough or covered >= 0.5 * below
            counts[row.use][1] += 1
    entries = targets.evaluate(table, [_rule(reading, BUILDING)], by="use")
    found = {e["group"]: [e["numerator"], e["denominator"]] for e in entries if e["state"] == "now"}
    assert {name: found[name] for name in counts} == counts
    assert found[None] == [sum(pair) for pair in zip(*counts.values(), strict=True)]
