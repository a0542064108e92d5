from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from roofpv import targets
from roofpv.errors import InvalidResult, InvalidRules
from roofpv.targets.rules import Reading, Rule, Subject, Target

RULE = targets.load_rule("shizuishan-2025")
DISTRICTS = ("Dawukou", "Huinong", "Pingluo")
NAN = float("nan")

# Who it is (-: not stated). n2 and n3 were completed on the first and the last day of the window.
WHO = """
id use          ownership district completed  institution exemption status
n1 school       public    Dawukou  2023-06-01 School-9    -         assessed
n2 government   public    Dawukou  2022-01-01 Bureau      -         assessed
n3 hospital     unknown   Huinong  2025-12-31 Clinic      -         assessed
n4 other_public public    Pingluo  2024-12-31 Library     -         assessed
n5 school       private   Dawukou  2023-12-31 Academy     -         assessed
n6 school       public    Dawukou  2026-03-01 School-8    -         assessed
n7 unknown      public    Huinong  2023-12-31 -           -         assessed
n8 school       public    Pingluo  2023-12-31 School-7    heritage  assessed
b1 government   public    Dawukou  1990-12-31 City-Hall   -         assessed
b2 school       public    Dawukou  -          School-1    -         assessed
b3 hospital     private   Huinong  2021-12-31 Hospital    -         assessed
b4 school       unknown   Huinong  2005-12-31 School-1    -         assessed
b5 government   public    Pingluo  2010-12-31 -           -         assessed
b6 school       public    -        2015-12-31 City-Hall   -         assessed
b7 unknown      public    Dawukou  -          -           -         assessed
b8 hospital     public    Dawukou  2001-12-31 Hospital-2  -         excluded
"""

# What it is, what is installed now (x: not stated), and what would fit.
WHAT = """
id floor gross inst  load   est | kwp area  N1  N2  N3    ac | kwp  N1  N2  N3     ac
n1  4000  1000  600  90000    1 |   x  300 300 280 400 80000 |  74 330 300 420 100000
n2  2000   500  400  50000    1 |   0    x   x   x   x     x |  55 250 220 300  70000
n3  6000  1500 1000 300000    0 | 110    x 500 450 600 90000 | 115 520 480 700 150000
n4  3000   800  500  60000    1 |   x    x   x   x   x     x |   x   x   x   x      x
n5  3000   900  700  60000    1 |  90    x 400 380 500 90000 | 100 450 400 550 120000
n6  3000   900  700  60000    1 |  90    x 400 380 500 90000 | 100 450 400 550 120000
n7  3000   900  700  60000    1 |  90    x 400 380 500 90000 | 100 450 400 550 120000
n8  3000   900  700  60000    1 |  90    x 400 380 500 90000 |   x   x   x   x      x
b1  1500  1000  700 100000    0 |  44  200 200 190 280 75000 |  33 150 140 220  50000
b2  2000   800  500  80000    1 |   0    x   x   x   x     x |  66 300 280 400  90000
b3  3000  1200  800 200000    0 |   x    x   x   x   x     x |  88 400 360 600 120000
b4  1500     x    x  60000    1 |   x    x   x   x   x     x |  22 100  90 150  30000
b5  1000   500  300      x    0 |   0    x   x   x   x     x |   0   0   0   0      0
b6  1000   500  300  60000    1 |   x    0   x   x   x     x |  22 100  90 120  30000
b7  9000   900  700  60000    1 |  90    x 400 380 500 90000 | 100 450 400 550 120000
b8  9000   900  700  60000    1 |  90    x 400 380 500 90000 |   x   x   x   x      x
"""
NUMBERS = [
    "floor_area_m2",
    "gross_roof_area_m2",
    "installable_area_m2",
    "load_kwh",
    "load_is_estimate",
    "existing_pv_kwp",
    "existing_pv_area_m2",
    "existing_module_area_m2",
    "existing_projected_module_area_m2",
    "existing_array_field_area_m2",
    "existing_ac_kwh",
    "kwp",
    "module_area_m2",
    "projected_module_area_m2",
    "array_field_area_m2",
    "ac_kwh",
]

# (reading, variant, state): the verdicts (y reached, n not, - none) and the numerators and
# denominators of the city, then Dawukou, Huinong, Pingluo.
BY_HAND: dict[tuple[str, str | None, str], tuple[str, list[tuple[float, float]]]] = {
    # Installable roof: n1 600 + n2 400 | n3 1000 | n4 500 = 2500. Installed: n1 + 0 | n3 | 0.
    ("A1", "N1", "now"): ("nnyn", [(800, 2500), (300, 1000), (500, 1000), (0, 500)]),
    ("A1", "N2", "now"): ("nnnn", [(730, 2500), (280, 1000), (450, 1000), (0, 500)]),
    ("A1", "N3", "now"): ("nnyn", [(1000, 2500), (400, 1000), (600, 1000), (0, 500)]),
    # Potential: the larger of installed and fitting; n4 is not known, so 2000 are left.
    # N1 330 + 250 | 520 = 1100; N2 300 + 220 | 480 = 1000 (50 %); N3 420 + 300 | 700 = 1420.
    ("A1", "N1", "potential"): ("yyy-", [(1100, 2000), (580, 1000), (520, 1000), (0, 0)]),
    ("A1", "N2", "potential"): ("yyn-", [(1000, 2000), (520, 1000), (480, 1000), (0, 0)]),
    ("A1", "N3", "potential"): ("yyy-", [(1420, 2000), (720, 1000), (700, 1000), (0, 0)]),
    # Whole roof: n1 1000 + n2 500 | n3 1500 | n4 800 = 3800, without n4 3000.
    ("A2", "N1", "now"): ("nnnn", [(800, 3800), (300, 1500), (500, 1500), (0, 800)]),
    ("A2", "N2", "now"): ("nnnn", [(730, 3800), (280, 1500), (450, 1500), (0, 800)]),
    ("A2", "N3", "now"): ("nnnn", [(1000, 3800), (400, 1500), (600, 1500), (0, 800)]),
    ("A2", "N1", "potential"): ("nnn-", [(1100, 3000), (580, 1500), (520, 1500), (0, 0)]),
    ("A2", "N2", "potential"): ("nnn-", [(1000, 3000), (520, 1500), (480, 1500), (0, 0)]),
    ("A2", "N3", "potential"): ("nnn-", [(1420, 3000), (720, 1500), (700, 1500), (0, 0)]),
    # Buildings: n1 n2 | n3 | n4; with PV n1 | n3 = 2 of 4 (50 %); potential n1 n2 | n3 of 3.
    ("A3", None, "now"): ("yyyn", [(2, 4), (1, 2), (1, 1), (0, 1)]),
    ("A3", None, "potential"): ("yyy-", [(3, 3), (2, 2), (1, 1), (0, 0)]),
    # Buildings: b1 b2 | b3 b4 | b5, and b6 in the city only = 6; with PV b1; b5 never fits.
    ("B1", None, "now"): ("yynn", [(1, 6), (1, 2), (0, 2), (0, 1)]),
    ("B1", None, "potential"): ("yyyn", [(5, 6), (2, 2), (2, 2), (0, 1)]),
    # Floors: b1 1500 + b2 2000 | b3 3000 + b4 1500 | b5 1000, b6 1000 = 10000; 1500 is 15 %.
    ("B2", None, "now"): ("yynn", [(1500, 10000), (1500, 3500), (0, 4500), (0, 1000)]),
    ("B2", None, "potential"): ("yyyn", [(9000, 10000), (3500, 3500), (4500, 4500), (0, 1000)]),
    # Roofs: b1 1000 + b2 800 | b3 1200, b4 not known | b5 500, b6 500 = 4000.
    ("B3", "N1", "now"): ("nnnn", [(200, 4000), (200, 1800), (0, 1200), (0, 500)]),
    ("B3", "N2", "now"): ("nnnn", [(190, 4000), (190, 1800), (0, 1200), (0, 500)]),
    ("B3", "N3", "now"): ("nynn", [(280, 4000), (280, 1800), (0, 1200), (0, 500)]),
    # N1 max(200, 150) + 300 | 400 | 0, 100 = 1000; N2 190 + 280 | 360 | 0, 90 = 920;
    # N3 max(280, 220) + 400 | 600 | 0, 120 = 1400.
    ("B3", "N1", "potential"): ("yyyn", [(1000, 4000), (500, 1800), (400, 1200), (0, 500)]),
    ("B3", "N2", "potential"): ("yyyn", [(920, 4000), (470, 1800), (360, 1200), (0, 500)]),
    ("B3", "N3", "potential"): ("yyyn", [(1400, 4000), (680, 1800), (600, 1200), (0, 500)]),
    # City-Hall (b1 b6), School-1 (b2 in Dawukou, b4 in Huinong), Hospital (b3); b5 has no name.
    ("B4", None, "now"): ("yyn-", [(1, 3), (1, 2), (0, 2), (0, 0)]),
    ("B4", None, "potential"): ("yyy-", [(3, 3), (2, 2), (2, 2), (0, 0)]),
    # Load: b1 100 + b2 80 | b3 200 + b4 60 | b5 not known, b6 60 = 500 MWh; 75 MWh is 15 %.
    ("B5", None, "now"): ("yyn-", [(75e3, 500e3), (75e3, 180e3), (0, 260e3), (0, 0)]),
    # max(75, 50) + 90 | 120 + 30 |, 30 = 345 MWh.
    ("B5", None, "potential"): ("yyy-", [(345e3, 500e3), (165e3, 180e3), (150e3, 260e3), (0, 0)]),
}


def _cells(text: str, blank: str) -> list[list[str | None]]:
    lines = text.replace("|", " ").strip().splitlines()[1:]
    return [[None if cell == blank else cell for cell in line.split()] for line in lines]


def _buildings() -> pd.DataFrame:
    names = [
        "building_id",
        "use",
        "ownership",
        "district",
        "completed",
        "institution",
        "exemption",
        "status",
    ]
    who = pd.DataFrame(_cells(WHO, "-"), columns=names)
    who["completed"] = pd.to_datetime(who["completed"])
    what = pd.DataFrame(_cells(WHAT, "x"), columns=["building_id", *NUMBERS])
    table = who.merge(what, on="building_id").astype(dict.fromkeys(NUMBERS, "float64"))
    return table.astype({"load_is_estimate": "bool"})


def _pick(entries: list[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
    return [e for e in entries if all(e[key] == value for key, value in wanted.items())]


def _one(entries: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (entry,) = _pick(entries, **wanted)
    return entry


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    return targets.evaluate(_buildings(), [RULE])


@pytest.mark.parametrize("case", BY_HAND, ids=str)
def test_every_reading_is_as_computed_by_hand(
    entries: list[dict[str, Any]], case: tuple[str, str | None, str]
) -> None:
    reading, variant, state = case
    found = _pick(entries, reading=reading, numerator_variant=variant, state=state)
    assert [entry["district"] for entry in found] == [None, *DISTRICTS]
    verdicts, sums = BY_HAND[case]
    assert "".join({True: "y", False: "n", None: "-"}[entry["met"]] for entry in found) == verdicts
    assert [(entry["numerator"], entry["denominator"]) for entry in found] == sums
    assert [e["value"] for e in found] == [top / below if below else None for top, below in sums]


def test_nothing_else_is_told_and_in_this_order(entries: list[dict[str, Any]]) -> None:
    cases = [
        (e["reading"], e["numerator_variant"], e["state"]) for e in entries if not e["district"]
    ]
    order = sorted(BY_HAND, key=lambda case: (case[0], case[1] or "", case[2]))
    assert cases == order
    assert len(entries) == 4 * len(BY_HAND)


def test_an_entry_holds_the_keys_of_the_contract(entries: list[dict[str, Any]]) -> None:
    keys = [
        "rule",
        "target",
        "reading",
        "numerator_variant",
        "default",
        "district",
        "state",
        "as_of",
        "numerator",
        "denominator",
        "unit",
        "value",
        "threshold",
        "met",
        "strength",
        "counts",
        "flips",
    ]
    assert all(set(entry) - {"unknown_use_ids"} == set(keys) for entry in entries)
    assert json.loads(json.dumps(entries, allow_nan=False)) == entries
    units = {entry["reading"]: entry["unit"] for entry in entries}
    assert units == {
        **dict.fromkeys(("A1", "A2", "B2", "B3"), "m2"),
        **dict.fromkeys(("A3", "B1"), "buildings"),
        "B4": "institutions",
        "B5": "kWh",
    }
    assert {(e["target"], e["strength"]) for e in entries} == {("A", "strive"), ("B", "reach")}
    assert {entry["as_of"] for entry in entries} == {"2025-12-31"}


def test_one_variant_of_one_reading_is_the_default(entries: list[dict[str, Any]]) -> None:
    usual = {(e["reading"], e["numerator_variant"]) for e in entries if e["default"]}
    assert usual == {("A1", "N1"), ("B1", None)}


def test_counts_say_who_is_in_and_who_is_out(entries: list[dict[str, Any]]) -> None:
    city = _one(entries, reading="A1", numerator_variant="N1", state="now", district=None)
    assert city["counts"] == {
        "subject": 4,  # n1 n2 n3 n4
        "with_pv": 2,  # n1 n3
        "exempt": 1,  # n8
        "unknown_use": 1,  # n7
        "unknown_ownership": 1,  # n3
        "unknown_completed": 1,  # b2
        "missing": 0,
        "estimated": 0,
        "existing_pv_not_stated": 1,  # n4
    }
    load = _one(entries, reading="B5", state="potential", district=None)
    assert load["counts"] == {
        "subject": 6,  # b1 b2 b3 b4 b5 b6
        "with_pv": 5,  # all but b5
        "exempt": 1,  # b8
        "unknown_use": 1,  # b7
        "unknown_ownership": 1,  # b4
        "unknown_completed": 1,  # b2
        "missing": 1,  # b5
        "estimated": 3,  # b2 b4 b6
        "existing_pv_not_stated": 2,  # b3 b4
    }


@pytest.mark.parametrize(
    ("reading", "state", "missing"),
    [
        ("A1", "potential", [1, 0, 0, 1]),  # n4
        ("A3", "potential", [1, 0, 0, 1]),  # n4
        ("B3", "now", [1, 0, 1, 0]),  # b4
        ("B4", "now", [1, 0, 0, 1]),  # b5
        ("B5", "now", [1, 0, 0, 1]),  # b5
        ("B1", "now", [0, 0, 0, 0]),
    ],
)
def test_what_is_not_known_is_left_out_and_counted(
    entries: list[dict[str, Any]], reading: str, state: str, missing: list[int]
) -> None:
    for entry in _pick(entries, reading=reading, state=state):
        place = [None, *DISTRICTS].index(entry["district"])
        assert entry["counts"]["missing"] == missing[place]


def test_buildings_of_unknown_use_are_named_where_they_are(entries: list[dict[str, Any]]) -> None:
    named = {(e["target"], e["district"]): e.get("unknown_use_ids") for e in entries}
    # b7 has no date: it may be an existing building, and never counts as a new one.
    assert named[("A", None)] == named[("A", "Huinong")] == ["n7"]
    assert named[("B", None)] == named[("B", "Dawukou")] == ["b7"]
    assert named[("A", "Dawukou")] is named[("B", "Huinong")] is None


@pytest.mark.parametrize("use", [None, "unknown", "temple"])
def test_a_use_outside_the_list_is_unknown(use: str | None) -> None:
    table = _buildings()
    table["use"] = use
    city = _one(targets.evaluate(table, [RULE]), reading="B1", state="now", district=None)
    assert city["met"] is None
    assert city["unknown_use_ids"] == ["b1", "b2", "b3", "b4", "b5", "b6", "b7"]


def test_at_most_twenty_are_named_the_first_by_id() -> None:
    table = pd.concat([_buildings().query("building_id == 'n7'")] * 30, ignore_index=True)
    table["building_id"] = [f"u{place:02d}" for place in range(30)][::-1]
    city = targets.evaluate(table, [RULE])[0]
    assert city["unknown_use_ids"] == [f"u{place:02d}" for place in range(20)]
    assert city["counts"]["unknown_use"] == 30


def test_flips_mark_the_verdicts_that_differ_from_the_default(
    entries: list[dict[str, Any]],
) -> None:
    def flips(reading: str, variant: str | None, state: str) -> list[bool]:
        found = _pick(entries, reading=reading, numerator_variant=variant, state=state)
        return [entry["flips"] for entry in found]

    assert flips("A1", "N1", "now") == [False] * 4
    assert flips("A1", "N2", "now") == [False, False, True, False]  # Huinong 50 % -> 45 %
    assert flips("A3", None, "now") == [True, True, False, False]  # 50 % of buildings
    assert flips("A2", "N1", "potential") == [True, True, True, False]  # Pingluo has no verdict
    assert flips("B3", "N1", "now") == [True, True, False, False]  # 1 of 6 buildings, 5 % of roofs
    assert flips("B4", None, "now") == [False] * 4  # Pingluo names no institution: no verdict


def test_districts_and_rows_without_district_add_up_to_the_city() -> None:
    table = _buildings()
    rng = np.random.default_rng(7)
    areas = [name for name in NUMBERS if name.endswith("_m2") and "existing" not in name]
    table[areas] = table[areas] * rng.uniform(0.5, 1.5, (len(table), len(areas)))
    table["district"] = table["district"].fillna("elsewhere")
    found = targets.evaluate(table, [RULE])
    for city in _pick(found, district=None):
        if city["reading"] == "B4":
            continue  # an institution in two districts counts in each
        keys = ("reading", "numerator_variant", "state")
        parts = [e for e in found if e["district"] and all(e[k] == city[k] for k in keys)]
        assert len(parts) == 4
        for name in ("numerator", "denominator"):
            assert sum(part[name] for part in parts) == pytest.approx(city[name], rel=1e-15)
        for name, count in city["counts"].items():
            assert sum(part["counts"][name] for part in parts) == count


def test_the_order_of_rows_changes_no_bit() -> None:
    table = pd.concat([_buildings()] * 40, ignore_index=True)
    rng = np.random.default_rng(3)
    numbers = [name for name in NUMBERS if name != "load_is_estimate"]
    table[numbers] = table[numbers] * rng.uniform(0.1, 10.0, (len(table), len(numbers)))
    table["building_id"] += table.index.astype(str)
    expected = json.dumps(targets.evaluate(table, [RULE]))
    for seed in range(3):
        shuffled = table.sample(frac=1.0, random_state=seed)
        assert json.dumps(targets.evaluate(shuffled, [RULE])) == expected


def test_the_table_is_left_as_it_was() -> None:
    table = _buildings()
    before = table.copy(deep=True)
    targets.evaluate(table, [RULE])
    pd.testing.assert_frame_equal(table, before)


def test_doubling_every_area_changes_no_share() -> None:
    table = _buildings()
    areas = [name for name in NUMBERS if name.endswith("_m2")]
    doubled = table.assign(**{name: table[name] * 2 for name in areas})
    for one, two in zip(
        targets.evaluate(table, [RULE]), targets.evaluate(doubled, [RULE]), strict=True
    ):
        assert (one["value"], one["met"]) == (two["value"], two["met"])


@pytest.mark.parametrize(
    ("as_of", "new", "existing"),
    [
        (datetime.date(2023, 12, 31), 2, 6),  # n1 n2; n3 and n4 are not completed
        (datetime.date(2022, 1, 1), 1, 6),  # n2, on the day
        (datetime.date(2021, 12, 31), 0, 6),
        (datetime.date(2000, 1, 1), 0, 2),  # b1, and b2 without date
        (datetime.date(2030, 1, 1), 4, 6),  # n6 came after the window
        (datetime.datetime(2023, 12, 31, 8, 0), 2, 6),
    ],
)
def test_a_building_completed_later_is_in_no_denominator(
    as_of: datetime.date, new: int, existing: int
) -> None:
    found = targets.evaluate(_buildings(), [RULE], as_of=as_of)
    counts = {e["target"]: e["counts"]["subject"] for e in found if e["district"] is None}
    assert counts == {"A": new, "B": existing}
    assert {entry["as_of"] for entry in found} == {as_of.isoformat()[:10]}


def test_an_empty_subject_has_no_verdict() -> None:
    for entry in targets.evaluate(_buildings(), [RULE], as_of=datetime.date(2021, 12, 31)):
        if entry["target"] == "A":
            assert entry["value"] is None
            assert entry["met"] is None
            assert entry["flips"] is False
            assert (entry["numerator"], entry["denominator"]) == (0, 0)


def test_no_building_at_all_has_no_verdict() -> None:
    table = _buildings().iloc[:0].astype({"completed": "object"})
    found = targets.evaluate(table, [RULE])
    assert len(found) == len(BY_HAND)
    assert {entry["met"] for entry in found} == {None}


@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_exemption_or_district_says_nothing(text: str) -> None:
    table = _buildings()
    table.loc[table["building_id"] == "n8", "exemption"] = text
    table.loc[table["building_id"] == "b6", "district"] = text
    found = targets.evaluate(table, [RULE])
    assert {entry["district"] for entry in found} == {None, *DISTRICTS}
    assert _one(found, reading="A3", state="now", district=None)["denominator"] == 5


def _same(count: int, **changed: Any) -> pd.DataFrame:
    table = pd.concat([_buildings().query("building_id == 'b2'")] * count, ignore_index=True)
    return table.assign(building_id=[f"s{place}" for place in range(count)], **changed)


@pytest.mark.parametrize(("with_pv", "met"), [(14, False), (15, True), (16, True)])
def test_exactly_fifteen_of_a_hundred_reach_fifteen_percent(with_pv: int, met: bool) -> None:
    table = _same(100, existing_pv_kwp=[10.0] * with_pv + [0.0] * (100 - with_pv))
    city = _one(targets.evaluate(table, [RULE]), reading="B1", state="now", district=None)
    assert (city["numerator"], city["denominator"], city["met"]) == (with_pv, 100, met)


@pytest.mark.parametrize("roof", [0.1, 1 / 3, 777.77, 12345.678])
@pytest.mark.parametrize(("reading", "share"), [("A1", 0.5), ("B3", 0.15)])
def test_equality_survives_the_rounding_of_floats(roof: float, reading: str, share: float) -> None:
    year = {"A1": "2023-12-31", "B3": "2001-12-31"}[reading]
    table = _same(
        7,
        existing_pv_kwp=1.0,
        completed=pd.Timestamp(year),
        installable_area_m2=roof,
        gross_roof_area_m2=roof,
        existing_module_area_m2=share * roof,
        existing_projected_module_area_m2=share * roof * (1 - 1e-6),
    )
    found = targets.evaluate(table, [RULE])
    wanted = {"reading": reading, "state": "now", "district": None}
    assert _one(found, numerator_variant="N1", **wanted)["met"] is True
    assert _one(found, numerator_variant="N2", **wanted)["met"] is False


def test_installed_pv_of_unknown_area_is_missing_and_not_zero() -> None:
    table = _same(2, existing_pv_kwp=[10.0, 0.0])
    for state in targets.STATES:
        found = targets.evaluate(table, [RULE])
        city = _one(found, reading="B3", numerator_variant="N1", state=state, district=None)
        assert city["denominator"] == 800
        assert (city["counts"]["missing"], city["counts"]["subject"]) == (1, 2)


def test_columns_of_nullable_and_object_types_are_read_alike() -> None:
    expected = targets.evaluate(_buildings(), [RULE])
    assert targets.evaluate(_buildings().convert_dtypes(), [RULE]) == expected
    loose = _buildings().astype(dict.fromkeys(["load_is_estimate", "kwp", "district"], "object"))
    loose.loc[loose["kwp"].isna(), "kwp"] = None
    assert targets.evaluate(loose, [RULE]) == expected


def test_a_rule_that_asks_for_no_owner_date_or_unknown_owner() -> None:
    def rule(**subject: Any) -> Rule:
        reading = Reading("R", "count_ratio", "building_id", default=True)
        who = Subject(("hospital",), **subject)
        day = datetime.date(2025, 12, 31)
        return Rule("r", "draft", "", (Target("T", 0.5, "shall", day, who, (reading,)),))

    # n3 (owner unknown), b3 (private); b8 is exempt.
    city = targets.evaluate(_buildings(), [rule(unknown_completed="counted")])[0]
    assert (city["denominator"], city["counts"]["exempt"]) == (2, 1)
    city = targets.evaluate(_buildings(), [rule(ownerships=("private",))])[0]
    assert (city["denominator"], city["counts"]["unknown_ownership"]) == (1, 1)


def test_verdict_table_has_a_row_a_reading_and_a_column_a_place(
    entries: list[dict[str, Any]],
) -> None:
    table = targets.verdict_table(entries)
    about = [
        "rule",
        "target",
        "reading",
        "numerator_variant",
        "state",
        "default",
        "strength",
        "threshold",
        "met",
    ]
    assert list(table.columns) == [*about, "city", *DISTRICTS]
    assert len(table) == len(BY_HAND)
    first = table.iloc[0]
    assert (first["city"], first["Huinong"], first["met"]) == (0.32, 0.5, False)
    row = table.query("reading == 'B4' and state == 'now'").iloc[0]
    assert row["numerator_variant"] == ""
    assert np.isnan(row["Pingluo"])


def test_verdict_table_of_nothing_is_empty() -> None:
    table = targets.verdict_table([])
    assert len(table) == 0
    assert "city" in table.columns


def test_a_rule_given_twice_is_refused() -> None:
    with pytest.raises(InvalidRules, match="two rules have this id"):
        targets.evaluate(_buildings(), [RULE, RULE])


def test_an_absent_column_is_named() -> None:
    with pytest.raises(InvalidResult, match="columns absent: kwp, load_kwh"):
        targets.evaluate(_buildings().drop(columns=["kwp", "load_kwh"]), [RULE])


def test_completion_that_is_no_date_is_refused() -> None:
    with pytest.raises(InvalidResult, match="dates expected"):
        targets.evaluate(_buildings().assign(completed=2020), [RULE])


@pytest.mark.parametrize(
    ("day", "counted"), [("2025-05-01", 1), ("2025-04-30", 0), ("2031-01-01", 2)]
)
def test_pv_of_a_later_date_is_not_there_yet(day: str, counted: int) -> None:
    since = pd.to_datetime(pd.Series(["2025-05-01", "2030-05-01", None])).astype("datetime64[s]")
    table = _same(3, existing_pv_kwp=[10.0, 10.0, 0.0]).assign(existing_pv_date=since)
    found = targets.evaluate(table, [RULE], as_of=datetime.date.fromisoformat(day))
    city = _one(found, reading="B1", state="now", district=None)
    assert (city["numerator"], city["denominator"]) == (counted, 3)
