"""Columns that rules ask for beyond the usual ones: read, typed, carried, written again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import roofpv
from roofpv import schema
from roofpv.inventory.headers.columns import known, understand
from roofpv.inventory.headers.words import HEADERS
from roofpv.inventory.joining.amounts import EXTENSIVE
from roofpv.inventory.write import clean_table
from roofpv.targets.needs import NEEDS, TEXTS

ASKED = schema.names(schema.ASKED)


def _checked(**columns: list[object]) -> roofpv.inventory.Checked:
    count = len(next(iter(columns.values())))
    rows = {"building_id": [f"b{row}" for row in range(count)], "roof_area_m2": [900.0] * count}
    return roofpv.check_inventory(pd.DataFrame(rows | columns))


def test_what_rules_need_is_what_a_list_may_have() -> None:
    assert list(NEEDS) == ASKED
    assert TEXTS == ("climate_zone", "tariff")
    assert not {*ASKED} & {*schema.names(schema.INVENTORY), *schema.names(schema.RESULT)}
    assert all(c.name.endswith("_m2") == (c.unit == "m2") for c in schema.ASKED)
    assert {*EXTENSIVE} - {*schema.names(schema.INVENTORY)} <= {*ASKED}


@pytest.mark.parametrize("column", schema.ASKED, ids=lambda column: column.name)
def test_every_one_is_known_by_its_name_and_its_headers(column: schema.Column) -> None:
    for header in (column.name, column.zh, *HEADERS.get(column.name, "").split()):
        assert known(header)
        assert list(understand([header], {}).meanings) == [column.name], header


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("有效使用面积（㎡）", "useful_floor_area_m2", "m2"),
        ("使用面积(万平方米)", "useful_floor_area_m2", "万平方米"),
        ("Useful floor area (m2)", "useful_floor_area_m2", "m2"),
        ("总户数(户)", "dwelling_units", "户"),
        ("conditioned_floor_area_ft2", "conditioned_floor_area_m2", "ft2"),
    ],
)
def test_a_unit_in_the_header_is_understood(header: str, name: str, unit: str) -> None:
    meaning = understand([header], {}).meanings[name]
    assert (meaning.source, meaning.unit) == (header, unit)


def test_an_area_in_another_unit_is_none_of_ours() -> None:
    assert "useful_floor_area_m2" not in understand(["使用面积(元)"], {}).meanings


def test_cells_become_numbers_years_flags_and_texts() -> None:
    found = _checked(
        useful_floor_area_m2=["1,200", "0.3万㎡", "much", None],
        renovation_year=["2029", "2030年5月", 2031, "soon"],
        rural_home=["是", "no", None, "perhaps"],
        climate_zone=[12.0, " 3 ", None, ""],
    )
    table = found.buildings
    np.testing.assert_array_equal(table["useful_floor_area_m2"], [1200.0, 3000.0, np.nan, np.nan])
    np.testing.assert_array_equal(table["renovation_year"], [2029.0, 2030.0, 2031.0, np.nan])
    np.testing.assert_array_equal(table["rural_home"], [1.0, 0.0, np.nan, np.nan])
    assert table["climate_zone"].tolist() == ["12", "3", None, None]
    emptied = {one.column for one in found.findings if one.code.startswith("NOT_A")}
    assert emptied == {"useful_floor_area_m2", "renovation_year", "rural_home"}
    assert len(table) == 4, "no row is lost by a column that only a rule asks for"


def test_a_list_without_them_has_none_of_them() -> None:
    assert not {*ASKED} & {*_checked(floors=[1, 2]).buildings.columns}
    some = _checked(dwelling_units=[3, None], carport_pv_area_m2=[None, None]).buildings
    assert [name for name in some if name in ASKED] == ["dwelling_units", "carport_pv_area_m2"]


def test_a_green_roof_takes_roof_where_no_other_use_is_stated() -> None:
    both = _checked(green_roof_area_m2=[100.0, 100.0, None], other_use_area_m2=[None, 30.0, 40.0])
    assert both.buildings["other_use_area_m2"].tolist() == [100.0, 30.0, 40.0]
    assert both.buildings["green_roof_area_m2"].fillna(-1).tolist() == [100.0, 100.0, -1.0]


def test_the_cleaned_list_has_them_and_reads_back(tmp_path) -> None:
    before = _checked(useful_floor_area_m2=[1200.0, None], climate_zone=["12", "3"],
                      renovation_year=[2029, None], green_roof_duty=["是", "否"])  # fmt: skip
    clean_table(before.buildings).drop(columns="geometry").to_csv(tmp_path / "a.csv", index=False)
    after = roofpv.check_inventory(roofpv.read_inventory(tmp_path / "a.csv"))
    assert not [one for one in after.findings if one.column in ASKED]
    names = [name for name in ASKED if name in before.buildings]
    assert len(names) == 4
    pd.testing.assert_frame_equal(
        pd.DataFrame(after.buildings[names]), pd.DataFrame(before.buildings[names])
    )


def test_planes_of_a_building_carry_them_too() -> None:
    planes = pd.DataFrame(
        {"plane_id": ["p", "q"], "building_id": ["a", "a"], "surface_tilt": 20.0,
         "surface_azimuth": 180.0, "area_m2": 50.0, "useful_floor_area_m2": 700.0}
    )  # fmt: skip
    checked = roofpv.check_inventory(planes)
    assert checked.buildings["useful_floor_area_m2"].tolist() == [700.0]
