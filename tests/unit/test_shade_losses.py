"""Losses by source: trees apart, no idle simulation, and what is below 0."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy import (
    combined_skyline,
    losses_of,
    shaded_energy,
    shadelosses,
    simulate,
    skylines_of,
    without_rounding,
)
from roofpv.energy.alike import same_skylines
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

SECTORS, PLANES = 72, 6
LEAVES = np.array([0.5, 0.5, 0.4, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.5])


@pytest.fixture(scope="module")
def sky():
    return sun_and_sky(bundled_weather("dawukou"))


@pytest.fixture
def planes():
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(PLANES)],
            "surface_tilt": 10.0,
            "surface_azimuth": 180.0,
            "kwp": 1.0 + np.arange(PLANES),
            "weather_site": "dawukou",
        },
        index=np.arange(PLANES) + 10,
    )


def hills(seed, points=5, high=30.0):
    """Skylines of points, other ones for each plane."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.0, high, (PLANES, points, SECTORS)).astype(np.float32)


def source(elevation, trees=None, names=None):
    dims = ("plane_id", "point", "azimuth")
    names = [f"p{i}" for i in range(PLANES)] if names is None else names
    data = {"horizon_elevation": (dims, elevation)}
    if trees is not None:
        data |= {"canopy_elevation": (dims, trees), "canopy_transmissivity": ("month", LEAVES)}
    azimuth = 360.0 * np.arange(elevation.shape[2]) / elevation.shape[2]
    return xr.Dataset(data, {"plane_id": np.asarray(names, dtype=object), "azimuth": azimuth})


def yearly(by_plane):
    return by_plane["ac_kwh"].sum("month").to_numpy()


@pytest.mark.parametrize("first", [True, False])
def test_trees_are_a_loss_of_their_own(sky, planes, first):
    solid = hills(1)
    grown = source(solid, solid + hills(2, high=20.0))
    sources = {"surface": grown} if first else {"neighbours": source(hills(3)), "surface": grown}
    found = shaded_energy(planes, sky, Assumptions(), sources)
    names = [*sources, "trees"]
    assert losses_of(sources) == names
    losses = found.losses
    assert list(losses) == [*(f"{n}_loss" for n in names), "shading_loss_fraction",
                            "shading_not_known"]  # fmt: skip
    assert losses.index.equals(planes.index)
    parts = losses[[f"{name}_loss" for name in names]]
    assert (parts > 0.0).all(axis=None)
    assert (parts.sum(axis=1) == losses["shading_loss_fraction"]).all()
    # The surface alone takes what it takes without trees, and all is that of the whole.
    bare = shaded_energy(planes, sky, Assumptions(), sources | {"surface": source(solid)})
    assert losses["surface_loss"].equals(bare.losses["surface_loss"])
    ids = planes["plane_id"].to_numpy(dtype=object)
    whole = simulate(planes, sky, Assumptions(), combined_skyline(list(sources.values()), ids))
    assert whole["ac_kwh"].to_numpy().tobytes() == found.shaded["ac_kwh"].to_numpy().tobytes()
    assert (losses["shading_not_known"] == "").all()


def test_trees_of_other_sectors_than_the_sources_before(sky, planes):
    coarse = hills(4)[:, :, ::2]
    grown = source(coarse, coarse + 5.0)
    for sources in (
        {"surface": grown, "terrain": source(hills(5))},
        {"neighbours": source(hills(5)), "surface": grown},
    ):
        losses = shaded_energy(planes, sky, Assumptions(), sources).losses
        parts = [f"{name}_loss" for name in losses_of(sources)]
        np.testing.assert_allclose(
            losses[parts].sum(axis=1), losses["shading_loss_fraction"], atol=1e-15
        )


def test_trees_are_not_known_where_the_surface_is_not(sky, planes):
    solid = hills(1)
    grown = source(solid[:2], solid[:2] + 9.0, ["p0", "p1"])
    losses = shaded_energy(planes, sky, Assumptions(), {"surface": grown}).losses
    assert losses["trees_loss"].notna().tolist() == [True, True, *[False] * 4]
    assert losses["shading_not_known"].tolist() == ["", "", *["surface"] * 4]


@pytest.fixture
def simulated(monkeypatch):
    """Numbers of planes that the losses simulate, one a step."""
    counts = []
    real = shadelosses.simulate

    def counted(planes, *given):
        counts.append(len(planes))
        return real(planes, *given)

    monkeypatch.setattr(shadelosses, "simulate", counted)
    return counts


def test_only_planes_whose_skyline_changes_are_simulated(sky, planes, simulated):
    walls, parts = hills(1), np.zeros((PLANES, 5, SECTORS), dtype=np.float32)
    walls[[0, 3]] = 0.0
    x = np.arange(5.0)[None, :].repeat(PLANES, axis=0)
    places = dict.fromkeys(("x_m", "y_m"), (("plane_id", "point"), x))
    parts[2] = 80.0
    sources = {
        "neighbours": source(walls).assign(places),
        "own": source(np.maximum(parts, 0.0)).assign(places),
    }
    found = shaded_energy(planes, sky, Assumptions(), sources)
    assert simulated == [6, 4, 1]
    ids = planes["plane_id"].to_numpy(dtype=object)
    whole = simulate(planes, sky, Assumptions(), combined_skyline(list(sources.values()), ids))
    for name in whole.data_vars:
        assert whole[name].to_numpy().tobytes() == found.shaded[name].to_numpy().tobytes()
    assert found.losses["neighbours_loss"].iloc[[0, 3]].tolist() == [0.0, 0.0]
    assert (found.losses["own_loss"] > 0.0).tolist() == [False, False, True, False, False, False]
    # What is at hand is not made again.
    simulated.clear()
    again = shaded_energy(planes, sky, Assumptions(), sources, found.unshaded, found.shaded)
    assert simulated == [1]
    pd.testing.assert_frame_equal(again.losses, found.losses, check_exact=True)
    simulated.clear()
    one = {"neighbours": sources["neighbours"]}
    under = simulate(planes, sky, Assumptions(), sources["neighbours"])
    alone = shaded_energy(planes, sky, Assumptions(), one, found.unshaded, under)
    assert simulated == []
    assert alone.losses["neighbours_loss"].equals(found.losses["neighbours_loss"])


def test_skylines_that_are_the_same():
    ids = [f"p{i}" for i in range(PLANES)]
    one, other = hills(1), hills(1)
    other[4, 2, 7] += 1.0
    known = skylines_of(source(one), ids)
    assert same_skylines(known, skylines_of(source(other), ids)).tolist() == [
        True, True, True, True, False, True,
    ]  # fmt: skip
    trees = skylines_of(source(one, one + 1.0), ids)
    assert not same_skylines(known, trees).any()
    denser = replace(trees, transmissivity=trees.transmissivity / 2.0)
    assert not same_skylines(trees, denser).any()
    assert same_skylines(known, replace(known, transmissivity=denser.transmissivity)).all()
    fewer = skylines_of(source(one[:, :3]), ids)
    assert not same_skylines(known, fewer).any()
    flat = skylines_of(source(np.zeros_like(one)), ids)
    assert same_skylines(None, flat).all()
    assert not same_skylines(None, known).any()
    some = skylines_of(source(one[:2], names=ids[:2]), ids)
    assert same_skylines(some, some).all()
    coarse = skylines_of(source(one[:2, :, ::2], names=ids[:2]), ids)
    assert same_skylines(coarse, some).tolist() == [False, False, True, True, True, True]


def test_rounding_is_no_loss_and_a_gain_is_told():
    given = np.array([-1e-16, 3e-15, -1e-5, 0.2, np.nan])
    np.testing.assert_array_equal(without_rounding(given), [0.0, 0.0, -1e-5, 0.2, np.nan])


def test_points_joined_by_rank_may_gain_a_little(sky, planes):
    # Points of other places that see the whole sky hide nothing, but all are ranked anew sector by
    # sector: between two sectors the sun may reach more of them than before.
    high = hills(6, 9) + 45.0
    sources = {"neighbours": source(high), "surface": source(np.zeros_like(hills(7, 7)))}
    losses = shaded_energy(planes, sky, Assumptions(), sources).losses["surface_loss"]
    assert (losses < -1e-6).any()
    assert losses.abs().max() < 0.02
