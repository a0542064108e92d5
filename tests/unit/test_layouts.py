"""Layouts of many roofs at once, against those of each building alone."""

from __future__ import annotations

import importlib
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import streetmaker
from roofmaker import L_SHAPE, placed, rectangle

from roofpv import layouts as room
from roofpv import reopening
from roofpv.assumptions import from_values
from roofpv.layouts import LAYOUT_COLUMNS, layout_candidates, open_roofs
from roofpv.results import Result
from roofpv.surroundings import read_surroundings
from roofpv.weather import bundled_weather

assess = importlib.import_module("roofpv.assessment").assess
SAME = [name for name in LAYOUT_COLUMNS if name != "capex_cny"]
OPEN = ["slab", "wings", "turned", "list"]


def buildings() -> gpd.GeoDataFrame:
    shapes = [
        placed(rectangle(50, 16), 39.01, 106.37),
        placed(L_SHAPE, 38.95, 106.45),
        placed(rectangle(40, 15, 60.0), 39.2, 106.7),
        placed(rectangle(30, 12, 20.0), 39.0, 106.39),
        placed(rectangle(40, 15, 10.0), 39.0, 106.41),
        placed(rectangle(40, 15, 10.0), 39.0, 106.42),
        placed(rectangle(4, 4), 39.0, 106.43),
        None,
    ]
    table = pd.DataFrame(
        {
            "building_id": ["slab", "wings", "turned", "gable", "stated", "has_pv", "tiny", "list"],
            "roof_type": ["flat", "flat", "flat", "gabled", "flat", "flat", "flat", None],
            "stated_kwp": [np.nan] * 4 + [20.0] + [np.nan] * 3,
            "existing_pv_kwp": [np.nan] * 5 + [3.0] + [np.nan] * 2,
            "floor_area_m2": 1500.0, "floors": 3.0, "lon": 106.37, "lat": 39.0,
        }
    )  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


@cache
def result(sites: str = "nearest") -> Result:
    assumed = from_values({"site.weather_sites": sites}, "test")
    return assess(buildings(), bundled_weather(), rules=[], assumptions=assumed)


@cache
def in_the_street() -> Result:
    return streetmaker.assessed(around=read_surroundings(streetmaker.towers()))


def alone(found: Result, building: str) -> pd.DataFrame:
    table = reopening.layouts(found, building)
    return table[table["kwp"] > 0.0][SAME].reset_index(drop=True)


def test_roofs_with_pv_or_a_stated_capacity_keep_their_layout():
    assert open_roofs(result()) == OPEN


@pytest.mark.parametrize("sites", ["nearest", "blend"])
def test_all_at_once_are_those_of_each_building(sites):
    found = result(sites)
    table = layout_candidates(found)
    assert tuple(table) == LAYOUT_COLUMNS
    assert table.attrs["energy"] == "exact"
    assert table["building_id"].unique().tolist() == OPEN
    for building, rows in table.groupby("building_id"):
        mine = rows[SAME].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone(found, building), rtol=1e-12, check_dtype=False)


def test_the_own_layout_is_that_of_the_result():
    table = layout_candidates(result()).set_index(["building_id", "layout"])
    for _, row in result().buildings.set_index("building_id", drop=False).loc[OPEN].iterrows():
        mine = table.loc[(row["building_id"], row["layout"])]
        for name in ("kwp", "ac_kwh", "capex_cny", "module_area_m2", "array_field_area_m2"):
            assert mine[name] == pytest.approx(row[name], rel=1e-9)


@pytest.mark.parametrize("sites", ["nearest", "blend"])
def test_steps_change_the_energy_by_a_few_parts_in_ten_thousand(sites):
    exact, steps = (layout_candidates(result(sites), exact=one) for one in (True, False))
    assert steps.attrs["energy"] == "steps"
    about = ["ac_kwh", "specific_yield_kwh_per_kwp"]
    left = ["layout_lost_kwh", *about]
    pd.testing.assert_frame_equal(steps.drop(columns=left), exact.drop(columns=left))
    pd.testing.assert_frame_equal(steps[about], exact[about], rtol=3e-4)
    assert not steps["ac_kwh"].equals(exact["ac_kwh"])


def test_some_of_the_roofs_and_small_chunks_change_nothing(monkeypatch):
    whole = layout_candidates(result())
    some = layout_candidates(result(), ["turned", "slab", "has_pv"])
    mine = whole[whole["building_id"].isin(["slab", "turned"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, mine)
    monkeypatch.setattr(room, "_CHUNK", 1)
    pd.testing.assert_frame_equal(layout_candidates(result()), whole)


def test_no_roof_is_an_empty_table():
    none = layout_candidates(result(), [])
    assert none.empty
    assert tuple(none) == LAYOUT_COLUMNS


def test_skylines_of_the_result_hold_for_every_layout():
    found = in_the_street()
    table = layout_candidates(found)
    shaded = found.buildings.set_index("building_id")["shading_loss_fraction"]
    assert (shaded > 0.001).any()
    for building, rows in table.groupby("building_id"):
        mine = rows[SAME].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone(found, building), rtol=1e-12, check_dtype=False)


def test_in_steps_the_surroundings_take_what_they_take_of_the_own_layout():
    found = in_the_street()
    exact, steps = (layout_candidates(found, exact=one) for one in (True, False))
    keys = ["building_id", "layout"]
    both = exact.merge(steps, on=keys, suffixes=("", "_steps"))
    assert len(both) == len(exact)
    own = both.merge(found.buildings[keys], on=keys)
    assert own["ac_kwh_steps"].to_numpy() == pytest.approx(own["ac_kwh"].to_numpy(), rel=3e-4)
    assert both["ac_kwh_steps"].to_numpy() == pytest.approx(both["ac_kwh"].to_numpy(), rel=0.06)
