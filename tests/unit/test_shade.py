"""Energy under skylines: against pvlib hour by hour, in closed forms, and what is not known."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from roofpv.assumptions import TRANSPOSITIONS, Assumptions, from_values
from roofpv.energy import (
    combined_skyline,
    dc_factor,
    shaded_energy,
    shading_losses,
    simulate,
    simulate_arrays,
    simulate_hourly,
    site_skylines,
    skylines_of,
)
from roofpv.energy.arrays import arrays_of
from roofpv.energy.hourly import sides_of, simulate_hours
from roofpv.energy.shade import lit_shares, plane_kernels, shade_of, sun_times
from roofpv.energy.shadedhours import Around
from roofpv.errors import InvalidConfig
from roofpv.sky import sun_and_sky
from roofpv.verify.distance import relative
from roofpv.verify.rows import as_array, some_rows
from roofpv.weather import bundled_weather

SECTORS = 72
NAMES = {"poa_kwh_per_m2": ("poa_global", 1e-3), "dc_kwh": ("dc_kw", 1.0), "ac_kwh": ("ac_kw", 1.0)}
LEAVES = np.array([0.5, 0.5, 0.4, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.5])


@pytest.fixture(scope="module")
def sky():
    return sun_and_sky(bundled_weather("dawukou"))


def city(planes, seed=3, points=5, sectors=SECTORS):
    """Skylines of towers and gaps, other ones for each plane."""
    rng = np.random.default_rng(seed)
    towers = rng.uniform(0.0, 1.0, (planes, points, sectors)) < 0.3
    low = np.maximum(rng.normal(4.0, 6.0, (planes, points, sectors)), 0.0)
    return np.where(towers, rng.uniform(10.0, 85.0, low.shape), low).astype(np.float32)


def dataset(elevation, plane_id, trees=None):
    dims = ("plane_id", "point", "azimuth")
    data = {"horizon_elevation": (dims, elevation)}
    if trees is not None:
        data |= {"canopy_elevation": (dims, trees), "canopy_transmissivity": ("month", LEAVES)}
    azimuth = 360.0 * np.arange(elevation.shape[2]) / elevation.shape[2]
    return xr.Dataset(data, {"plane_id": np.asarray(plane_id, dtype=object), "azimuth": azimuth})


def level(count=1, tilt=0.0):
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(count)],
            "surface_tilt": tilt,
            "surface_azimuth": 180.0,
            "kwp": 1.0,
            "weather_site": "dawukou",
        }
    )


def chains():
    for model, rows in itertools.product(TRANSPOSITIONS, ("beam_diffuse", "beam", "none")):
        yield {"models.transposition": model, "shading.rows": rows}
    yield {"shading.electrical": "martinez", "shading.blocks": 4}
    yield {"models.iam": "none", "models.transposition": "perez", "shading.electrical": "martinez"}
    yield {"models.iam": "coated", "models.iam_diffuse": "coated", "models.spectrum": "desoto",
           "models.temperature": "noct/roof_mount", "shading.electrical": "martinez"}  # fmt: skip
    yield {"models.iam": "martin_ruiz", "models.temperature": "faiman"}


def through_pvlib(plane, sky, assumed, around):
    columns = ["poa_global", "dc_kw", "ac_kw"]
    sides = sides_of(plane)
    one = sky.isel(site=0)
    frames = [simulate_hours(side, one, assumed, around)[columns].to_numpy() for side in sides]
    return pd.DataFrame(np.sum(frames, axis=0) / [len(sides), 1, 1], columns=columns)


@pytest.mark.parametrize("values", list(chains()), ids=str)
@pytest.mark.parametrize("trees", [False, True])
def test_months_are_those_of_pvlib(sky, values, trees):
    planes, assumed = some_rows(), from_values(values, "test")
    solid = city(len(planes))
    canopy = np.maximum(solid, city(len(planes), 8)) if trees else None
    got = simulate(planes, sky, assumed, dataset(solid, planes["plane_id"], canopy))
    for number, row in planes.iterrows():
        around = Around(solid[number])
        if trees:
            around = Around(solid[number], canopy[number], LEAVES)
        hours = through_pvlib(as_array(row), sky, assumed, around)
        months = hours.groupby(sky["month"].to_numpy()).sum()
        for name, (twin, scale) in NAMES.items():
            mine = got[name].isel(plane_id=number).to_numpy()
            assert relative(mine, months[twin] * scale) <= 1e-9


@pytest.mark.parametrize("values", [{}, {"shading.electrical": "martinez"}], ids=str)
def test_hours_are_those_of_pvlib(sky, values):
    planes, assumed = some_rows(), from_values(values, "test")
    solid = city(len(planes))
    skylines = dataset(solid, planes["plane_id"])
    for part, hours in simulate_hourly(planes, sky, assumed, 4, skylines):
        for i, number in enumerate(range(part.start, part.stop)):
            around = Around(solid[number])
            twin = through_pvlib(as_array(planes.iloc[number]), sky, assumed, around)
            for name in ("poa_global", "ac_kw"):
                assert relative(hours[name].isel(plane_id=i).to_numpy(), twin[name]) <= 1e-9


@pytest.mark.parametrize("blocks", [1, 3, 7])
def test_blocks_lose_what_martinez_says(sky, blocks):
    planes, one, losses = level(20, 30.0), sky.isel(site=0), Assumptions().losses
    # A chain in which DC power is in proportion to light.
    assumed = from_values(
        {"shading.electrical": "martinez", "shading.blocks": blocks, "models.iam": "none",
         "models.transposition": "isotropic", "module.gamma_pdc": 0.0}, "test"
    )  # fmt: skip
    skylines = dataset(city(20, points=9), planes["plane_id"])
    shade = shade_of(planes, skylines, assumed.shading)
    lit = lit_shares(shade, sun_times(one, np.arange(sky.sizes["time"]), shade))
    _, got = next(simulate_hourly(planes, sky, assumed, skylines=skylines))
    sun = one["apparent_zenith"].to_numpy(), one["solar_azimuth"].to_numpy()
    direct = pvlib.irradiance.beam_component(30.0, 180.0, *sun, one["dni"].to_numpy())
    light = got["poa_global"].to_numpy()
    bright = light - direct * lit + direct
    shaded = np.ceil(np.round(blocks * (1.0 - lit), 9))
    some = bright > 1.0
    loss = pvlib.shading.direct_martinez(
        np.where(some, bright, 1.0), np.broadcast_to(direct, lit.shape), 1.0 - lit, shaded, blocks
    )
    dc = dc_factor(losses) * bright * (1.0 - loss) / 1000.0
    assert got["dc_kw"].to_numpy()[some] == pytest.approx(dc[some], rel=1e-9, abs=1e-12)
    assert ((lit > 0.0) & (lit < 1.0) & some).sum() > 1000


def test_a_wall_to_the_south_hides_the_sun_below_its_angle(sky):
    # An endless wall at distance 1 and height h: tan(elevation) = h cos(azimuth from its normal).
    middle = np.radians(5.0 * np.arange(SECTORS) - 180.0)
    height = np.tan(np.radians(40.0))
    wall = np.degrees(np.arctan(height * np.maximum(np.cos(middle), 0.0)))
    skylines = dataset(wall[None, None, :].astype(np.float32), ["p0"])
    planes, one = level(), sky.isel(site=0)
    shade = shade_of(planes, skylines, Assumptions().shading)
    lit = lit_shares(shade, sun_times(one, np.arange(sky.sizes["time"]), shade))[0]
    sun = 90.0 - one["apparent_zenith"].to_numpy()
    turn = np.radians(one["solar_azimuth"].to_numpy() - 180.0)
    true = np.degrees(np.arctan(height * np.maximum(np.cos(turn), 0.0)))
    clear = (np.abs(sun - true) > 0.1) & (sun > 0.0)
    assert (lit[clear] == (sun > true)[clear]).all()
    assert clear.sum() > 4300


@pytest.mark.parametrize(("angle", "side"), [(10.0, 80.0), (40.0, 80.0), (60.0, 60.0)])
def test_a_wall_is_a_tenth_of_a_degree_sharp(angle, side):
    turn = np.linspace(-side, side, 3201)
    height = np.tan(np.radians(angle))
    true = np.degrees(np.arctan(height * np.cos(np.radians(turn))))
    middle = np.radians(5.0 * np.arange(SECTORS) - 180.0)
    wall = np.degrees(np.arctan(height * np.maximum(np.cos(middle), 0.0)))
    shade = shade_of(
        level(), dataset(wall[None, None, :].astype(np.float32), ["p0"]), Assumptions().shading
    )
    for off, lit in ((-0.1, 0.0), (0.1, 1.0)):
        names = {"apparent_zenith": 90.0 - true - off, "solar_azimuth": 180.0 + turn}
        sun = xr.Dataset({name: ("time", values) for name, values in names.items()})
        sun = sun.assign_coords(month=("time", np.ones(turn.size, dtype=int)))
        assert (lit_shares(shade, sun_times(sun, np.arange(turn.size), shade)) == lit).all()


def test_half_of_the_sky_is_half_of_the_light(sky):
    half = np.zeros((1, 1, SECTORS), dtype=np.float32)
    half[0, 0, 1:36] = 90.0
    half[0, 0, [0, 36]] = 45.0  # half of what a sector shows: sin2(45) = 1/2
    shade = shade_of(level(), dataset(half, ["p0"]), Assumptions().shading)
    assert shade.seen[0, plane_kernels.SKY_OVER_TREES] == pytest.approx(0.5, abs=1e-12)
    flat = np.full((1, 1, SECTORS), 30.0, dtype=np.float32)
    shade = shade_of(level(), dataset(flat, ["p0"]), Assumptions().shading)
    assert shade.seen[0, plane_kernels.SKY_OVER_TREES] == pytest.approx(0.75, abs=1e-12)


@pytest.mark.parametrize("model", TRANSPOSITIONS)
def test_a_pit_leaves_the_ground_only(sky, model):
    planes = level(1, 30.0)
    assumed = from_values({"models.transposition": model}, "test")
    pit = np.full((1, 3, SECTORS), 90.0, dtype=np.float32)
    got = simulate(planes, sky, assumed, dataset(pit, ["p0"]))["poa_kwh_per_m2"].to_numpy()
    ground = sky["ghi"].to_numpy()[0] * 0.2 * 0.5 * (1.0 - np.cos(np.radians(30.0)))
    months = pd.Series(ground).groupby(sky["month"].to_numpy()).sum().to_numpy() / 1000.0
    assert got[0] == pytest.approx(months, rel=1e-9)


def test_a_plane_without_a_skyline_is_in_the_open(sky):
    planes = level(3, 20.0)
    open_sky = simulate(planes, sky, Assumptions())
    some = city(2)
    some[1] = np.nan
    got = simulate(planes, sky, Assumptions(), dataset(some, ["p0", "p2"]))
    assert (got["ac_kwh"][0] < open_sky["ac_kwh"][0]).all()
    assert got["ac_kwh"][1:].to_numpy().tobytes() == open_sky["ac_kwh"][1:].to_numpy().tobytes()
    losses = shading_losses(planes, sky, Assumptions(), {"neighbours": dataset(some, ["p0", "p2"])})
    assert losses["shading_loss_fraction"].isna().tolist() == [False, True, True]
    assert losses["neighbours_loss"].isna().tolist() == [False, True, True]
    assert losses["shading_not_known"].tolist() == ["", "neighbours", "neighbours"]


def test_a_point_with_a_gap_is_left_out(sky):
    planes, some = level(1), city(1, points=4)
    holed = some.copy()
    holed[0, 1, 40] = np.nan
    without = np.delete(some, 1, axis=1)
    got, same = (
        simulate(planes, sky, Assumptions(), dataset(one, ["p0"]))["ac_kwh"].to_numpy()
        for one in (holed, without)
    )
    assert got.tobytes() == same.tobytes()


def test_losses_add_up_to_what_the_energy_lacks(sky):
    planes = some_rows()
    names = planes["plane_id"]
    sources = {
        "horizon": xr.Dataset(
            {"horizon_elevation": ("azimuth", np.full(48, 4.0))},
            {"azimuth": 7.5 * np.arange(48)},
        ),
        "neighbours": dataset(city(len(planes), 1, 9), names),
        "own_structures": dataset(city(len(planes), 2, 14), names),
    }
    found = shaded_energy(planes, sky, Assumptions(), sources)
    parts = found.losses[["horizon_loss", "neighbours_loss", "own_structures_loss"]]
    assert (parts > 0.0).all().all()
    assert (parts.sum(axis=1) == found.losses["shading_loss_fraction"]).all()
    ac = [one["ac_kwh"].sum("month").to_numpy() for one in (found.unshaded, found.shaded)]
    assert found.losses["shading_loss_fraction"].to_numpy() == pytest.approx(1.0 - ac[1] / ac[0])
    again = shading_losses(planes, sky, Assumptions(), sources)
    pd.testing.assert_frame_equal(again, found.losses, check_exact=True)
    same = simulate(planes, sky, Assumptions(), combined_skyline(list(sources.values()), names))
    assert same["ac_kwh"].to_numpy().tobytes() == found.shaded["ac_kwh"].to_numpy().tobytes()
    given = shaded_energy(planes, sky, Assumptions(), sources, found.unshaded)
    pd.testing.assert_frame_equal(given.losses, found.losses, check_exact=True)


def test_no_capacity_has_no_loss(sky):
    planes = level(1).assign(kwp=0.0)
    losses = shading_losses(planes, sky, Assumptions(), {"neighbours": dataset(city(1), ["p0"])})
    assert losses["shading_loss_fraction"].isna().all()


def test_what_both_know_hides_once():
    names = ["a", "b"]
    fine = city(2, 4, 12)
    one, other = dataset(fine[:, ::3], names), dataset(fine, names)
    joint = combined_skyline([other, other, other], names)
    shade = shade_of(level(2).assign(plane_id=names), joint, Assumptions().shading)
    alone = shade_of(level(2).assign(plane_id=names), other, Assumptions().shading)
    assert shade.seen == pytest.approx(alone.seen, abs=1e-12)
    # As many steps as both have, and their weights make up the whole.
    joint = combined_skyline([one, other], names)
    assert np.diff(joint.starts).tolist() == [12, 12]
    assert joint.weight.reshape(2, -1).sum(axis=1) == pytest.approx(1.0)
    odd = combined_skyline([dataset(fine[:, :5], names), other], names)
    assert np.diff(odd.starts).tolist() == [16, 16]
    thrice = combined_skyline([odd, dataset(fine[:, :7], names)], names)
    assert thrice.weight.reshape(2, -1).sum(axis=1) == pytest.approx(1.0)


def test_one_skyline_of_a_plane_counts_at_each_of_its_points():
    names = ["a", "b"]
    near = city(2, 4, 3)
    far = xr.Dataset(
        {"horizon_elevation": (("plane_id", "azimuth"), np.full((2, SECTORS), 9.0))},
        {"plane_id": names, "azimuth": 5.0 * np.arange(SECTORS)},
    )
    joint = combined_skyline([far, dataset(near, names)], names)
    assert joint.elevation.reshape(near.shape).tolist() == np.maximum(near, 9.0).tolist()
    only = combined_skyline([far, dataset(near[:1], ["a"])], names)
    assert np.diff(only.starts).tolist() == [3, 1]
    assert only.elevation[3].tolist() == [9.0] * SECTORS
    nothing = combined_skyline([dataset(near[:1], ["x"])], names)
    assert nothing.known.tolist() == [False, False]


def test_planes_of_one_site_share_its_horizon():
    terrain = xr.Dataset(
        {"horizon_elevation": (("site", "azimuth"), np.full((3, SECTORS), 5.0))},
        {"azimuth": 5.0 * np.arange(SECTORS)},
    )
    terrain["horizon_elevation"][1] = np.nan
    found = site_skylines(terrain, list("abcd"), np.array([2, -1, 0, 1]))
    assert found.known.tolist() == [True, False, True, False]
    near = city(4, 4, 3)
    joint = combined_skyline([found, dataset(near, list("abcd"))], list("abcd"))
    assert joint.elevation[:3].tolist() == np.maximum(near[0], 5.0).tolist()
    assert joint.elevation[3:6].tolist() == near[1].tolist()


def test_pixels_come_in_any_order(sky):
    planes, some = level(2), city(2)
    regular = simulate(planes, sky, Assumptions(), dataset(some, ["p0", "p1"]))
    order = np.random.default_rng(1).permutation(10)
    pixels = xr.Dataset(
        {"horizon_elevation": (("pixel", "azimuth"), some.reshape(10, -1)[order])},
        {
            "plane_id": ("pixel", np.repeat(["p0", "p1"], 5)[order]),
            "azimuth": 5.0 * np.arange(SECTORS),
        },
    )
    got = simulate(planes, sky, Assumptions(), pixels)
    assert got["ac_kwh"].to_numpy().tobytes() == regular["ac_kwh"].to_numpy().tobytes()


def test_sides_of_domes_lie_under_one_skyline(sky):
    planes = some_rows()
    skylines = dataset(city(len(planes)), planes["plane_id"])
    arrays, owner = arrays_of(planes)
    sides = simulate_arrays(arrays, sky, Assumptions(), skylines)["ac_kwh"].to_numpy()
    whole = simulate(planes, sky, Assumptions(), skylines)["ac_kwh"].to_numpy()
    both = np.array([sides[owner == i].sum(axis=0) for i in range(len(planes))])
    assert both == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data.rename(point="place"), "horizon_elevation by"),
        (lambda data: data.assign_coords(azimuth=data["azimuth"] + 2.5), "72 sectors from 2.5 deg"),
        (lambda data: data.isel(azimuth=slice(3)), "3 sectors from 0.0 deg"),
        (lambda data: data.assign_coords(plane_id=["p0", "p0"]), "plane 'p0' is there twice"),
        (lambda data: data.assign(canopy_elevation=data["horizon_elevation"]), "12 shares between"),
        (
            lambda data: data.assign(
                canopy_elevation=data["horizon_elevation"],
                canopy_transmissivity=("month", np.full(12, 1.5)),
            ),
            "12 shares between",
        ),
        (lambda data: data.isel(plane_id=0, point=0, drop=True), "horizon_elevation by"),
    ],
)
def test_what_is_no_skyline_is_refused(change, said):
    with pytest.raises(InvalidConfig, match=said):
        skylines_of(change(dataset(city(2), ["p0", "p1"])))


def test_no_source_is_refused():
    with pytest.raises(InvalidConfig, match="no source is given"):
        combined_skyline([], ["a"])


def test_an_unknown_electrical_model_is_refused():
    with pytest.raises(InvalidConfig, match="none of linear, martinez"):
        from_values({"shading.electrical": "diodes"}, "test")
