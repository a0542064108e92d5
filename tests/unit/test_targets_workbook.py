"""A workbook of 14 buildings: the verdicts under every reading of both targets, by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from roofpv import targets

# Seven new buildings of public institutions, seven existing public ones. -: not stated.
BUILDINGS = """
id  use          owner   done       of        roof inst floor  MWh | kWp  N1  N2  N3 MWh
n01 school       public  2022-01-01 School-1  1000  800  3000  100 | 100 400 360 500 120
n02 school       public  2023-06-30 School-2  1000  700  3000  100 |   0   0   0   0   0
n03 hospital     public  2023-06-30 Clinic    2000 1000  8000  500 | 125 500 450 700 150
n04 government   public  2024-06-30 Bureau    1000  600  2000   80 |   0   0   0   0   0
n05 other_public public  2024-06-30 Library   1000  500  2000   60 |  75 300 270 400  90
n06 government   public  2025-12-31 Court     1000  400  1000   40 |   0   0   0   0   0
n07 school       private 2024-06-30 Academy   9000 9000  9000  900 | 900 900 900 900 900
e01 school       public  1985-12-31 School-1  2000 1200  3000  120 |  75 300 280 420  90
e02 school       private 1990-12-31 School-3  1500  900  3000  100 |   0   0   0   0   0
e03 hospital     public  1995-12-31 Hospital  2500 1500  9000  600 |   0   0   0   0   0
e04 government   public  2000-12-31 Hall      1500  900  2000  100 |   0   0   0   0   0
e05 government   public  2021-12-31 Bureau    1000  600  2000   40 |   0   0   0   0   0
e06 school       public  -          School-2  1500  900  1000   40 |   0   0   0   0   0
e07 other_public public  1999-12-31 Museum    5000 3000  5000  200 | 300 999 999 999 400
"""
COLUMNS = (
    "building_id", "use", "ownership", "completed", "institution", "gross_roof_area_m2",
    "installable_area_m2", "floor_area_m2", "load_kwh", "existing_pv_kwp",
    "existing_module_area_m2", "existing_projected_module_area_m2",
    "existing_array_field_area_m2", "existing_ac_kwh",
)  # fmt: skip

# n07 is private and in neither target; e07 is of no use that target B names.
# A: the subject is n01 to n06. B: e01 to e06; e06 has no date and counts as existing.
BY_HAND: dict[tuple[str, str | None], tuple[float, float, bool]] = {
    # Roof that can carry PV: 800 + 700 + 1000 + 600 + 500 + 400 = 4000 m2.
    ("A1", "N1"): (400 + 500 + 300, 4000, False),  # 1200 / 4000 = 30 %
    ("A1", "N2"): (360 + 450 + 270, 4000, False),  # 1080 / 4000 = 27 %
    ("A1", "N3"): (500 + 700 + 400, 4000, False),  # 1600 / 4000 = 40 %
    # Whole roof: 5 x 1000 + 2000 = 7000 m2.
    ("A2", "N1"): (1200, 7000, False),  # 17.1 %
    ("A2", "N2"): (1080, 7000, False),  # 15.4 %
    ("A2", "N3"): (1600, 7000, False),  # 22.9 %
    # With PV: n01, n03, n05.
    ("A3", None): (3, 6, True),  # exactly 50 %
    # With PV: e01.
    ("B1", None): (1, 6, True),  # 16.7 %
    # Floors: 3000 + 3000 + 9000 + 2000 + 2000 + 1000 = 20,000 m2; e01 has 3000.
    ("B2", None): (3000, 20_000, True),  # exactly 15 %
    # Whole roof: 2000 + 1500 + 2500 + 1500 + 1000 + 1500 = 10,000 m2.
    ("B3", "N1"): (300, 10_000, False),  # 3 %
    ("B3", "N2"): (280, 10_000, False),  # 2.8 %
    ("B3", "N3"): (420, 10_000, False),  # 4.2 %
    # School-1, School-3, Hospital, Hall, Bureau, School-2: School-1 has PV on e01.
    ("B4", None): (1, 6, True),  # 16.7 %
    # 120 + 100 + 600 + 100 + 40 + 40 = 1000 MWh; e01 makes 90.
    ("B5", None): (90e3, 1e6, False),  # 9 %
}


def workbook() -> pd.DataFrame:
    lines = [line.replace("|", " ").split() for line in BUILDINGS.strip().splitlines()[1:]]
    table = pd.DataFrame(lines, columns=list(COLUMNS)).replace("-", None)
    table["completed"] = pd.to_datetime(table["completed"])
    table = table.astype(dict.fromkeys(COLUMNS[5:], "float64"))
    table[["load_kwh", "existing_ac_kwh"]] *= 1000.0
    names = (
        "kwp", "module_area_m2", "projected_module_area_m2", "array_field_area_m2", "ac_kwh"
    )  # fmt: skip
    return table.assign(
        district="D", exemption=None, status="assessed", existing_pv_area_m2=float("nan"),
        load_is_estimate=False, **dict.fromkeys(names, 0.0),
    )  # fmt: skip


def judged(table: pd.DataFrame, reading: str, variant: str | None) -> dict[str, Any]:
    found = targets.evaluate(table, [targets.load_rule("shizuishan-2025")])
    asked = {"reading": reading, "numerator_variant": variant, "state": "now", "district": None}
    (entry,) = [e for e in found if all(e[key] == value for key, value in asked.items())]
    return entry


def test_there_are_fourteen_buildings_and_every_reading() -> None:
    assert len(workbook()) == 14
    rule = targets.load_rule("shizuishan-2025")
    readings = [reading for target in rule.targets for reading in target.readings]
    assert list(BY_HAND) == [(r.id, v) for r in readings for v in (r.variants or (None,))]


@pytest.mark.parametrize("case", BY_HAND, ids=str)
def test_the_verdict_is_the_one_by_hand(case: tuple[str, str | None]) -> None:
    entry = judged(workbook(), *case)
    top, below, met = BY_HAND[case]
    assert (entry["numerator"], entry["denominator"], entry["met"]) == (top, below, met)
    assert entry["value"] == top / below


@pytest.mark.parametrize(
    ("reading", "variant", "column", "value", "met"),
    [
        # A1/N1 needs 2000 of 4000 m2: 400 + 500 + 300 + 800 on n02 are exactly that.
        ("A1", "N1", "existing_module_area_m2", 800.0, True),
        ("A1", "N1", "existing_module_area_m2", 799.9, False),
        # A2/N1 needs 3500 of 7000 m2: 2300 more.
        ("A2", "N1", "existing_module_area_m2", 2300.0, True),
        ("A2", "N1", "existing_module_area_m2", 2299.9, False),
    ],
)
def test_exactly_half_is_reached(
    reading: str, variant: str, column: str, value: float, met: bool
) -> None:
    table = workbook().set_index("building_id", drop=False)
    table.loc["n02", "existing_pv_kwp"] = 1.0
    table.loc["n02", column] = value
    assert judged(table, reading, variant)["met"] is met


@pytest.mark.parametrize(
    ("reading", "variant", "column", "value", "met"),
    [
        # B3/N1 needs 1500 of 10,000 m2: 300 + 1200.
        ("B3", "N1", "existing_module_area_m2", 1200.0, True),
        ("B3", "N1", "existing_module_area_m2", 1199.9, False),
        # B5 needs 150 of 1000 MWh: 90 + 60.
        ("B5", None, "existing_ac_kwh", 60e3, True),
        ("B5", None, "existing_ac_kwh", 59.9e3, False),
    ],
)
def test_exactly_fifteen_percent_is_reached(
    reading: str, variant: str | None, column: str, value: float, met: bool
) -> None:
    table = workbook().set_index("building_id", drop=False)
    table.loc["e03", "existing_pv_kwp"] = 1.0
    table.loc["e03", column] = value
    assert judged(table, reading, variant)["met"] is met


@pytest.mark.parametrize("case", BY_HAND, ids=str)
def test_nothing_to_divide_by_is_not_applicable(case: tuple[str, str | None]) -> None:
    entry = judged(workbook().assign(use="residential"), *case)
    assert (entry["value"], entry["met"], entry["denominator"]) == (None, None, 0)
    assert entry["note"] == "no building of the list is of this target's subject"
