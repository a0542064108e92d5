"""What holds for any skyline."""

from __future__ import annotations

from itertools import pairwise

import numba
import numpy as np
import pytest
import xarray as xr

from roofpv.assumptions import TRANSPOSITIONS, Assumptions, from_values
from roofpv.energy import combined_skyline, shading_losses, simulate, simulate_hourly
from roofpv.energy import shade as shade_room
from roofpv.energy.skylines import shade_kernels
from roofpv.sky import sun_and_sky
from roofpv.verify.rows import some_rows
from roofpv.weather import bundled_weather

SECTORS, POINTS = 36, 5
NAMES = ["poa_kwh_per_m2", "dc_kwh", "ac_kwh"]
DIMS = ("plane_id", "point", "azimuth")
WAYS = [
    *({"models.transposition": model} for model in TRANSPOSITIONS),
    {"shading.electrical": "martinez", "shading.blocks": 3},
    {"shading.rows": "beam", "models.transposition": "perez"},
]


@pytest.fixture(scope="module")
def sky():
    return sun_and_sky(bundled_weather("dawukou"))


@pytest.fixture
def planes():
    return some_rows()


@pytest.fixture
def city(planes):
    rng = np.random.default_rng(17)
    heights = rng.normal(8.0, 14.0, (len(planes), POINTS, SECTORS))
    return np.maximum(heights, 0.0).astype(np.float32)


def dataset(elevation, plane_id, canopy=None, through=0.3):
    data = {"horizon_elevation": (DIMS, elevation)}
    if canopy is not None:
        months = ("month", np.full(12, through))
        data |= {"canopy_elevation": (DIMS, canopy), "canopy_transmissivity": months}
    azimuth = 360.0 * np.arange(elevation.shape[2]) / elevation.shape[2]
    return xr.Dataset(data, {"plane_id": np.asarray(plane_id, dtype=object), "azimuth": azimuth})


def months(planes, sky, skylines, values=None):
    energy = simulate(planes, sky, from_values(values or {}, "test"), skylines)
    return np.stack([energy[name].to_numpy() for name in NAMES])


def hours(planes, sky, skylines, values):
    assumed = from_values(values, "test")
    parts = [part for _, part in simulate_hourly(planes, sky, assumed, skylines=skylines)]
    return xr.concat(parts, "plane_id").to_array().to_numpy()


@pytest.mark.parametrize("values", WAYS, ids=str)
def test_nothing_over_the_horizon_changes_no_bit(sky, planes, city, values):
    flat = dataset(0.0 * city, planes["plane_id"])
    got, free = (months(planes, sky, one, values) for one in (flat, None))
    assert got.tobytes() == free.tobytes()
    got, free = (hours(planes, sky, one, values) for one in (flat, None))
    assert got.tobytes() == free.tobytes()
    # And a hair over it next to none.
    hair = 0.0 * city
    hair[:, 0, 3] = 1e-20
    near = months(planes, sky, dataset(hair, planes["plane_id"]), values)
    assert near == pytest.approx(months(planes, sky, None, values), rel=1e-12)


@pytest.mark.parametrize("values", WAYS, ids=str)
def test_raising_a_skyline_never_adds_an_hour_of_energy(sky, planes, city, values):
    rng = np.random.default_rng(5)
    now = hours(planes, sky, None, values)[:2]
    skyline = 0.0 * city
    for step in range(4):
        raised = rng.uniform(0.0, 1.0, city.shape) < (0.05, 0.2, 0.5, 1.0)[step]
        skyline = np.where(raised, np.minimum(skyline + city, 90.0), skyline).astype(np.float32)
        then = hours(planes, sky, dataset(skyline, planes["plane_id"]), values)[:2]
        assert (then <= now + 1e-11).all()
        assert (then.sum(axis=2) <= now.sum(axis=2)).all()
        now = then


@pytest.mark.parametrize("values", WAYS[:2], ids=str)
def test_raising_one_sector_alone_never_adds_energy(sky, planes, city, values):
    before = months(planes, sky, dataset(city, planes["plane_id"]), values)
    for sector in range(0, SECTORS, 5):
        higher = city.copy()
        higher[:, sector % POINTS, sector] += 3.0
        after = months(planes, sky, dataset(higher, planes["plane_id"]), values)
        assert (after <= before * (1.0 + 1e-13)).all()


def test_trees_are_between_nothing_and_a_wall(sky, planes, city):
    solid, names = 0.5 * city, planes["plane_id"]
    steps = [
        dataset(solid, names),
        *(dataset(solid, names, city, through) for through in (1.0, 0.6, 0.3, 0.0)),
        dataset(np.maximum(solid, city), names),
    ]
    found = [months(planes, sky, one) for one in steps]
    assert found[1] == pytest.approx(found[0], rel=1e-12)
    assert found[4] == pytest.approx(found[5], rel=1e-12)
    for more, less in pairwise(found[1:5]):
        assert (less < more).all()


def test_a_source_more_never_adds_energy(sky, planes, city):
    names = planes["plane_id"]
    rng = np.random.default_rng(2)
    more = np.maximum(rng.normal(3.0, 8.0, (len(planes), 7, SECTORS)), 0.0).astype(np.float32)
    sources = {
        "horizon": dataset(city[:, :1] * 0.3, names),
        "neighbours": dataset(city, names),
        "own_structures": dataset(more, names),
        "nothing": dataset(0.0 * city[:, :4], names),
        "again": dataset(city[:, :3], names),
    }
    losses = shading_losses(planes, sky, Assumptions(), sources)
    parts = losses[[f"{name}_loss" for name in sources]].to_numpy()
    assert (parts >= -1e-13).all()
    assert (np.abs(parts[:, 3]) < 1e-13).all()


def test_city_and_sun_turn_together(sky, planes, city):
    turned = sky.assign(solar_azimuth=(sky["solar_azimuth"] + 50.0) % 360.0)
    moved = planes.assign(
        surface_azimuth=(planes["surface_azimuth"] + 50.0) % 360.0,
        roof_azimuth=(planes["roof_azimuth"] + 50.0) % 360.0,
    )
    here = months(planes, sky, dataset(city, planes["plane_id"]))
    there = months(moved, turned, dataset(np.roll(city, 5, axis=2), planes["plane_id"]))
    assert there == pytest.approx(here, rel=1e-10)


def test_points_and_planes_in_any_order_and_chunks(sky, planes, city, monkeypatch):
    names = planes["plane_id"].to_numpy()
    whole = months(planes, sky, dataset(city, names))
    order = np.random.default_rng(4).permutation(len(planes))
    mixed = months(planes.iloc[order], sky, dataset(city, names))
    assert mixed.tobytes() == whole[:, order].tobytes()
    monkeypatch.setattr(shade_room, "block_size", lambda _: 1)
    assert months(planes, sky, dataset(city, names)).tobytes() == whole.tobytes()
    alone = months(planes.iloc[[3]], sky, dataset(city, names))
    assert alone.tobytes() == whole[:, [3]].tobytes()


def test_threads_change_no_bit(sky, planes, city):
    names = planes["plane_id"]
    sources = [dataset(city, names), dataset(city[:, :3], names)]
    found = []
    for threads in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(threads)
        found.append(months(planes, sky, combined_skyline(sources, names)).tobytes())
    assert found[0] == found[1]


def test_hours_add_up_to_months(sky, planes, city):
    skylines = dataset(city, planes["plane_id"])
    by_hour = hours(planes, sky, skylines, {})
    month = sky["month"].to_numpy()
    sums = np.stack([by_hour[..., month == m].sum(axis=2) for m in range(1, 13)], axis=2)
    sums[0] /= 1000.0
    assert sums == pytest.approx(months(planes, sky, skylines), rel=1e-12)


def test_missing_weather_stays_missing(sky, planes, city):
    holed = sky.copy(deep=True)
    holed["dni"][0, 12 * 24 + 12] = np.nan
    got = months(planes, holed, dataset(city, planes["plane_id"]))
    assert np.isnan(got[:, :, 0]).all()
    assert not np.isnan(got[:, :, 1:]).any()


def test_series_of_the_double_angle_are_exact():
    angle = np.linspace(0.0, 90.0, 1001)
    got = np.array([shade_kernels.double_angle(one) for one in angle])
    true = np.column_stack([np.cos(np.radians(2.0 * angle)), np.sin(np.radians(2.0 * angle))])
    assert np.abs(got - true).max() < 1e-13
