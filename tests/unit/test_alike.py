"""What is the same for many planes is made once, and comes to the same to the last bit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy import combined_skyline, simulate, skylines, solar_access
from roofpv.energy.alike import lone_arrays, same_skylines
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

COUNT = 6
IDS = np.array([f"p{i}" for i in range(COUNT)], dtype=object)


def source(elevation, ids=IDS, trees=None):
    x = np.arange(elevation.shape[1], dtype=float)[None, :].repeat(len(ids), axis=0)
    dims = ("plane_id", "point", "azimuth")
    data = {"horizon_elevation": (dims, elevation)}
    data |= dict.fromkeys(("x_m", "y_m"), (("plane_id", "point"), x))
    if trees is not None:
        data["canopy_elevation"] = dims, trees
        data["canopy_transmissivity"] = "month", np.full(12, 0.5)
    return xr.Dataset(data, {"plane_id": ids, "azimuth": 5.0 * np.arange(72)})


@pytest.fixture
def hills():
    high = np.random.default_rng(4).uniform(0.0, 50.0, (COUNT, 9, 72)).astype(np.float32)
    high[1, 3, 4] = np.nan
    high[2] = np.nan
    return high


def points_of(found):
    of_points = found.elevation, found.canopy, found.weight
    mine = np.split(found.members, found.starts[1:-1])
    return [tuple(one[some].tobytes() for one in of_points) for some in mine]


def both_ways(sources, monkeypatch):
    short = combined_skyline(sources, IDS)
    monkeypatch.setattr(skylines, "_adds_nothing", lambda *_: False)
    return short, combined_skyline(sources, IDS)


def test_a_source_that_hides_nothing_leaves_the_skylines(hills, monkeypatch):
    one = skylines.skylines_of(source(hills), IDS)
    free = np.where(np.isnan(hills), np.nan, 0.0).astype(np.float32)
    short, whole = both_ways([one, source(free)], monkeypatch)
    assert short.elevation is one.elevation
    assert whole.elevation is not one.elevation
    assert points_of(short) == points_of(whole)
    assert same_skylines(one, short).all()
    assert same_skylines(one, whole).all()
    assert short.transmissivity.tolist() == whole.transmissivity.tolist()


@pytest.mark.parametrize("how", ["higher", "trees", "known", "elsewhere", "weight"])
def test_a_source_that_adds_something_is_joined(hills, monkeypatch, how):
    one = skylines.skylines_of(source(hills), IDS)
    free = np.where(np.isnan(hills), np.nan, 0.0).astype(np.float32)
    other = source(free)
    if how == "higher":
        other["horizon_elevation"][0, 2, 3] = 1.0
    elif how == "trees":
        other = source(free, trees=free)
    elif how == "known":
        other = source(np.zeros_like(free))
    elif how == "elsewhere":
        other = other.assign(x_m=other["x_m"] + 0.1)
    else:
        one = dataclasses.replace(one, weight=one.weight * 2.0)
    short, whole = both_ways([one, other], monkeypatch)
    assert short.elevation is not one.elevation
    assert points_of(short) == points_of(whole)


def test_solar_access_is_that_of_each_plane_alone(hills):
    sky = sun_and_sky(bundled_weather("dawukou"))
    planes = pd.DataFrame(
        {
            "plane_id": IDS, "roof_tilt": [0.0, 0.0, 0.0, 20.0, 20.0, 0.0],
            "roof_azimuth": [180.0, 180.0, 180.0, 90.0, 90.0, 180.0], "weather_site": "dawukou",
            "altitude_m": [1100.0, np.nan, np.nan, np.nan, np.nan, np.nan],
        },
        index=np.arange(COUNT) + 3,
    )  # fmt: skip
    around = skylines.skylines_of(source(hills), IDS)
    found = solar_access(planes, sky, Assumptions(), around)
    assert np.isnan(found).tolist() == [False, False, True, False, False, False]
    for row in range(COUNT):
        alone = solar_access(planes.iloc[[row]], sky, Assumptions(), around)
        assert alone.tobytes() == found[row : row + 1].tobytes()
    bare = planes.assign(surface_tilt=planes["roof_tilt"], surface_azimuth=planes["roof_azimuth"])
    first, kind = lone_arrays(bare)
    assert first.tolist() == [0, 1, 3]
    assert kind.tolist() == [0, 1, 1, 2, 2, 1]
    poa = simulate(bare.assign(kwp=1.0), sky, Assumptions())["poa_kwh_per_m2"].to_numpy()
    assert poa[first][kind].tobytes() == poa.tobytes()


def test_no_planes_have_no_access():
    sky = sun_and_sky(bundled_weather("dawukou"))
    names = ("plane_id", "roof_tilt", "roof_azimuth", "weather_site")
    nothing = pd.DataFrame({name: pd.Series([], dtype=object) for name in names})
    none = skylines.skylines_of(source(np.zeros((COUNT, 9, 72), dtype=np.float32)), IDS)
    assert solar_access(nothing, sky, Assumptions(), none).size == 0


@pytest.mark.parametrize("transposition", ["haydavies", "isotropic", "perez"])
def test_solar_access_is_the_light_under_skylines_over_that_in_the_open(hills, transposition):
    sky = sun_and_sky(bundled_weather("dawukou"))
    sky["dni"][:, 5000] = np.nan
    planes = pd.DataFrame(
        {
            "plane_id": IDS, "roof_tilt": [0.0, 0.0, 0.0, 20.0, 65.0, 90.0],
            "roof_azimuth": [180.0, 180.0, 180.0, 90.0, 0.0, 270.0], "weather_site": "dawukou",
        }
    )  # fmt: skip
    models = dataclasses.replace(Assumptions().models, transposition=transposition)
    assumed = dataclasses.replace(Assumptions(), models=models)
    around = skylines.skylines_of(source(hills), IDS)
    bare = planes.assign(
        surface_tilt=planes["roof_tilt"], surface_azimuth=planes["roof_azimuth"], kwp=1.0
    )
    seen, free = (
        simulate(bare, sky, assumed, under)["poa_kwh_per_m2"].sum("month").to_numpy()
        for under in (around, None)
    )
    found = solar_access(planes, sky, assumed, around)
    np.testing.assert_allclose(found, np.where(around.known, seen / free, np.nan), rtol=1e-12)
