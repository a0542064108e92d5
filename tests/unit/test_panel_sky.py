"""The skyline that the panel draws, and what it tells of shade."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from streetmaker import assessed, listed, towers

from roofpv.report.city import City
from roofpv.report.page.panel import panel_data
from roofpv.report.page.panel_sky import SECTORS, STEP_DEG, main_planes


@cache
def street():
    return assessed(listed(), towers())


@cache
def told():
    return panel_data(City(street(), pd.DataFrame()))


def test_a_tower_in_the_south_stands_in_the_south():
    sky = told()["sky"]
    low = np.array(sky["solid"][0]) * STEP_DEG
    assert low.shape == (SECTORS,)
    assert int(np.argmax(low)) * 360 // SECTORS == pytest.approx(180, abs=15)
    assert low.max() > 30.0
    assert low[[0, 71]].max() < 1.0
    assert "trees" not in sky
    assert sky["lat"][0] == pytest.approx(39.0, abs=0.05)


def test_the_skyline_is_the_mean_of_the_points_of_the_largest_array():
    found = street()
    main = main_planes(found.planes, np.array([0, 1, 2, 2]), 3)
    elevation = found.skylines["neighbours"]["horizon_elevation"]
    for building, plane in enumerate(main):
        name = found.planes["plane_id"].iloc[plane]
        mean = elevation.sel(plane_id=name).mean("point").to_numpy()
        drawn = np.array(told()["sky"]["solid"][building]) * STEP_DEG
        assert np.abs(drawn - mean).max() <= STEP_DEG / 2 + 1e-5
        same = found.planes["building_id"] == found.planes["building_id"].iloc[plane]
        assert found.planes["kwp"].iloc[plane] == found.planes.loc[same, "kwp"].max()


def test_shade_is_told_by_source_and_as_the_list_prints_it():
    data = told()
    said = [one for one in data["why"][0] if one[0] == "panel.why.shade"]
    loss = street().buildings["shading_loss_fraction"].iloc[0]
    assert said[0][1]["share"] == f"{100 * loss:.1f}%"
    part = ["panel.why.part", {"what": ["panel.shade.neighbours"], "share": f"{100 * loss:.1f}%"}]
    assert said[0][1]["list"] == [part]


def test_trees_are_told_from_what_is_solid():
    found = street()
    names = found.planes["plane_id"].to_numpy(dtype=object)
    solid = np.zeros((len(names), SECTORS), dtype=np.float32)
    source = xr.Dataset(
        {
            "horizon_elevation": (("plane_id", "azimuth"), solid + 5.0),
            "canopy_elevation": (("plane_id", "azimuth"), solid + 20.0),
            "canopy_transmissivity": ("month", np.full(12, 0.4)),
        },
        coords={"plane_id": names, "azimuth": np.arange(SECTORS) * 360.0 / SECTORS},
    )
    data = panel_data(
        City(dataclasses.replace(found, skylines={"surface": source}), pd.DataFrame())
    )
    assert data["sky"]["solid"] == [[10] * SECTORS] * 3
    assert data["sky"]["trees"] == [[40] * SECTORS] * 3


def test_coarser_and_unknown_skylines():
    found = street()
    names = found.planes["plane_id"].to_numpy(dtype=object)
    steps = np.zeros((len(names), 36), dtype=np.float32)
    steps[:, 18] = 30.0
    steps[0] = np.nan
    source = xr.Dataset(
        {"horizon_elevation": (("plane_id", "azimuth"), steps)},
        coords={"plane_id": names, "azimuth": np.arange(36) * 10.0},
    )
    data = panel_data(
        City(dataclasses.replace(found, skylines={"terrain": source}), pd.DataFrame())
    )
    assert data["sky"]["solid"][0] is None
    assert data["sky"]["solid"][1][34:39] == [0, 30, 60, 30, 0]


def test_without_surroundings_only_the_direction_of_the_array_is_told():
    data = panel_data(City(dataclasses.replace(street(), skylines={}), pd.DataFrame()))
    assert data["sky"]["step_deg"] is None
    assert "solid" not in data["sky"]
    assert data["sky"]["azimuth"][0] == 180.0
