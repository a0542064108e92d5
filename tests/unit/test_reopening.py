"""One building of a result again: its groups of modules, its layouts, what is not its own."""

from __future__ import annotations

import dataclasses
import importlib
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import L_SHAPE, placed, rectangle

from roofpv import energy, reopening, roofs
from roofpv.assumptions import from_values
from roofpv.errors import InvalidResult
from roofpv.results import Result, read_results, write_results
from roofpv.weather import bundled_weather

assess = importlib.import_module("roofpv.assessment").assess
DESIGNS = {
    "stated": {},
    "coverage": {"layout.design": "coverage-then-energy", "layout.coverage_target": 0.7},
    "domes": {"layout.flat_layout": "east_west", "layout.setback_m": 1.0},
    "flat": {"layout.flat_layout": "flat"},
    "aligned": {"layout.flat_layout": "aligned_racks", "layout.flat_tilt": 20.0},
}
NAMES = ["slab", "wings", "gable", "hip", "stated", "list"]


def buildings():
    shapes = [
        placed(rectangle(50, 16)),
        placed(L_SHAPE, 39.0, 106.38),
        placed(rectangle(30, 12, 20.0), 39.0, 106.39),
        placed(rectangle(30, 14, 70.0), 39.0, 106.40),
        placed(rectangle(40, 15, 10.0), 39.0, 106.41),
        None,
    ]
    table = pd.DataFrame(
        {
            "building_id": NAMES,
            "roof_type": ["flat", "flat", "gabled", "hipped", "flat", None],
            "stated_kwp": [np.nan] * 4 + [20.0, np.nan],
            "floor_area_m2": 1500.0, "floors": 3.0, "lon": 106.37, "lat": 39.0,
        }
    )  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def plant():
    shape = shapely.affinity.translate(rectangle(4, 3), -12.0, 2.0)
    return gpd.GeoDataFrame(
        {"kind": ["plant"]}, geometry=[placed(shape, 39.0, 106.37)], crs="EPSG:4326"
    )


@cache
def result(name="stated") -> Result:
    return assess(
        buildings(), bundled_weather("dawukou"), rules=[],
        assumptions=from_values(DESIGNS[name], "test"), zones=plant(),
    )  # fmt: skip


def row_of(found, building):
    return found.buildings.set_index("building_id").loc[building]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("building", NAMES)
def test_groups_add_up_to_the_building(design, building):
    found = result(design)
    groups = reopening.module_groups(found, building)
    row = row_of(found, building)
    assert groups["kwp"].sum() == pytest.approx(row["kwp"], rel=1e-9)
    assert groups["ac_kwh"].sum() == pytest.approx(row["ac_kwh"], rel=1e-9)
    assert groups["cumulative_ac_kwh"].iloc[-1] == pytest.approx(row["ac_kwh"], rel=1e-9)
    if building != "stated":
        assert groups["module_count"].sum() == row["module_count"]
    assert groups["specific_yield_kwh_per_kwp"].round(6).is_monotonic_decreasing
    assert groups["rank"].tolist() == list(range(1, len(groups) + 1))
    if design == "domes" and building == "slab":
        assert set(groups["side"]) == {0, 1}
    half = energy.best_groups(groups, 0.5)
    assert half["module_count"].sum() == np.ceil(groups["module_count"].sum() / 2.0)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("building", [one for one in NAMES if one != "stated"])
def test_the_chosen_layout_has_the_numbers_of_the_result(design, building):
    found = result(design)
    table = reopening.layouts(found, building)
    if building in {"gable", "hip"}:
        assert set(table["layout"]) == {"flush"}
        assert row_of(found, building)["layout"] == "flush"
        mine = table.iloc[0]
    else:
        assert table["chosen"].sum() == 1
        mine = table[table["chosen"]].iloc[0]
    row = row_of(found, building)
    assert mine["layout"] == row["layout"]
    for name in ("module_count", "kwp", "ac_kwh", "module_area_m2", "array_field_area_m2",
                 "installable_area_m2", "array_load_kn_per_m2"):  # fmt: skip
        assert mine[name] == pytest.approx(row[name], rel=1e-9)
    assert mine["load_check"] == row["load_check"]


def test_places_are_as_many_modules_as_the_result_has():
    for design in DESIGNS:
        for building in NAMES:
            again = reopening.reopen(result(design), building)
            count = np.bincount(reopening.places(again)["plane"], minlength=len(again.laid))
            assert count.tolist() == again.laid["module_count"].tolist()


def test_the_zones_of_a_building_are_its_own():
    again = reopening.reopen(result(), "slab")
    assert again.zones["kind"].tolist() == ["plant"]
    assert again.laid["deducted_zones_m2"].sum() == pytest.approx((4 + 4) * (3 + 4), rel=1e-3)
    assert reopening.reopen(result(), "wings").zones.empty


def test_the_option_is_that_of_the_flat_planes():
    assert reopening.reopen(result("aligned"), "slab").option.name == "aligned_racks_20"
    assert reopening.reopen(result("domes"), "gable").option == roofs.stated_option(
        from_values(DESIGNS["domes"], "test").layout
    )


@pytest.mark.parametrize("design", ["coverage"])
def test_a_result_read_back_is_opened_as_the_fresh_one(design, tmp_path):
    found = result(design)
    again = read_results(write_results(found, tmp_path / "out"))
    for building in ("slab", "hip"):
        for table in (reopening.layouts, reopening.module_groups):
            pd.testing.assert_frame_equal(
                table(found, building), table(again, building), rtol=1e-9, check_dtype=False
            )


def test_areas_that_are_not_found_again_are_refused():
    """Such as those of a result whose assumptions were changed by hand, or of other code."""
    found = result()
    changed = [
        {**one, "value": 4.5} if one["key"] == "roofs.edge_equator_m" else one
        for one in found.run["assumptions"]
    ]
    other = dataclasses.replace(found, run=found.run | {"assumptions": changed})
    tampered = dataclasses.replace(
        found, planes=found.planes.assign(installable_area_m2=found.planes["area_m2"] * 0.7)
    )
    for wrong in (other, tampered):
        for job in (reopening.reopen, reopening.layouts, reopening.module_groups):
            with pytest.raises(InvalidResult, match=r"building slab.*Assess the inventory again"):
                job(wrong, "slab")
    assert reopening.reopen(other, "gable").laid["building_id"].iloc[0] == "gable"


def test_an_unknown_building_is_named():
    with pytest.raises(InvalidResult, match="no such building_id"):
        reopening.reopen(result(), "nowhere")


def test_planes_of_a_stated_capacity_are_one_group_each():
    table = pd.DataFrame(
        {
            "plane_id": ["p", "q", "r"], "building_id": ["a", "a", "a"],
            "surface_tilt": [30.0, 30.0, 10.0], "surface_azimuth": [180.0, 0.0, 180.0],
            "kwp": [5.0, 4.0, np.nan], "area_m2": [np.nan, np.nan, 60.0],
        }
    )  # fmt: skip
    found = assess(table, bundled_weather("dawukou"), rules=[])
    groups = reopening.module_groups(found, "a")
    assert groups["kwp"].sum() == pytest.approx(row_of(found, "a")["kwp"])
    assert groups.set_index("plane_id")["kwp"][["p", "q"]].tolist() == [5.0, 4.0]
    assert groups["plane_id"].iloc[-1] == "q"
    assert groups["ac_kwh"].sum() == pytest.approx(row_of(found, "a")["ac_kwh"])
