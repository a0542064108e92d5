"""What holds for any model of sun, sky and module, held on the bundled weather."""

from __future__ import annotations

import importlib
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assessment import assess
from roofpv.assumptions import TEMPERATURES, TRANSPOSITIONS, Losses, from_values
from roofpv.energy import dc_factor, simulate, simulate_hourly
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

ENERGIES = ["poa_kwh_per_m2", "dc_kwh", "ac_kwh"]
LOSSES = ["system", "soiling", "snow", "availability", "first_year"]
NAMES = ["flat", "steep", "south", "east", "west", "north", "wall"]
TILTS = [0.0, 60.0, 35.0, 20.0, 20.0, 15.0, 90.0]
AZIMUTHS = [180.0, 200.0, 180.0, 90.0, 270.0, 0.0, 135.0]


@pytest.fixture(scope="module")
def weather():
    return bundled_weather("dawukou")


@pytest.fixture(scope="module")
def sky(weather):
    return sun_and_sky(weather)


def planes(tilts=TILTS, azimuths=AZIMUTHS, kwp=10.0, site="dawukou"):
    tilts, azimuths = np.broadcast_arrays(np.asarray(tilts, float), np.asarray(azimuths, float))
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(tilts.size)],
            "surface_tilt": tilts,
            "surface_azimuth": azimuths,
            "kwp": np.broadcast_to(np.asarray(kwp, float), tilts.shape),
            "weather_site": site,
        }
    )


def chosen(settings=()):
    return from_values(dict(settings), "test")


def months(table, sky, settings=()):
    energy = simulate(table, sky, chosen(settings))
    return np.stack([energy[name].to_numpy() for name in ENERGIES])


def hours(table, sky, settings=()):
    ((_, energy),) = simulate_hourly(table, sky, chosen(settings), chunk=len(table))
    return energy


def transposed(model):
    return {"models.transposition": model}


def turned(sky, function):
    return sky.assign(solar_azimuth=function(sky["solar_azimuth"]) % 360.0)


def test_a_flat_plane_under_an_even_sky_gets_the_horizontal_irradiation(sky):
    got = months(planes([0.0], [180.0]), sky, transposed("isotropic"))[0].sum()
    up = np.cos(np.radians(sky["apparent_zenith"])).clip(min=0.0)
    assert got == pytest.approx(float((sky["dni"] * up + sky["dhi"]).sum()) / 1000.0, rel=1e-12)
    assert got == pytest.approx(float(sky["ghi"].sum()) / 1000.0, rel=0.005)


@pytest.mark.parametrize("azimuth", [0.0, 77.0, 270.0])
def test_a_flat_plane_has_no_azimuth(sky, azimuth):
    got = months(planes([0.0], [azimuth]), sky)
    assert got == pytest.approx(months(planes([0.0], [180.0]), sky), rel=1e-12)


@pytest.mark.parametrize("model", TRANSPOSITIONS)
@pytest.mark.parametrize("angle", [33.0, 180.0, 301.5])
def test_turning_plane_and_sun_together_changes_nothing(sky, model, angle):
    table = planes()
    both = planes(TILTS, (np.array(AZIMUTHS) + angle) % 360.0)
    moved = months(both, turned(sky, lambda sun: sun + angle), transposed(model))
    assert moved == pytest.approx(months(table, sky, transposed(model)), rel=1e-10)


@pytest.mark.parametrize("model", TRANSPOSITIONS)
def test_east_and_west_change_places_under_a_mirrored_sun(sky, model):
    east, west = planes([20.0, 60.0], 90.0), planes([20.0, 60.0], 270.0)
    mirrored = months(west, turned(sky, lambda sun: -sun), transposed(model))
    assert mirrored == pytest.approx(months(east, sky, transposed(model)), rel=1e-10)


@pytest.mark.parametrize("model", TRANSPOSITIONS)
def test_north_and_south_change_places_across_the_equator(sky, model):
    south, north = planes([20.0, 60.0], [180.0, 150.0]), planes([20.0, 60.0], [0.0, 30.0])
    mirrored = months(north, turned(sky, lambda sun: 180.0 - sun), transposed(model))
    assert mirrored == pytest.approx(months(south, sky, transposed(model)), rel=1e-10)


def antipode(weather):
    """The same weather half a year later at the same latitude south."""
    rolled = weather.roll(time=182 * 24, roll_coords=False)
    return rolled.assign_coords(latitude=-weather["latitude"])


def test_latitude_and_season_mirrored_give_the_same_year(weather, sky):
    down = sun_and_sky(antipode(weather))
    here, there = planes([0.0, 15.0, 35.0], 180.0), planes([0.0, 15.0, 35.0], 0.0)
    year, mirrored = months(here, sky).sum(axis=2), months(there, down).sum(axis=2)
    # Not to the digit: the Earth is nearer to the sun in January, and solar noon moves.
    assert mirrored == pytest.approx(year, rel=0.02)


@pytest.mark.parametrize("place", [{"lon": 106.35, "lat": -39.0}, {}])
def test_a_southern_roof_looks_north_and_yields_the_same(weather, place):
    roofs = pd.DataFrame({"roof_type": ["flat", "shed"], "roof_area_m2": [500.0, 500.0]})
    north = assess(roofs.assign(lon=106.35, lat=39.0), weather, rules=[])
    south = assess(roofs.assign(**place), antipode(weather), rules=[])
    assert south.planes["surface_azimuth"].tolist() == [0.0, 0.0]
    expected = north.buildings["ac_kwh"].tolist()
    assert south.buildings["ac_kwh"].tolist() == pytest.approx(expected, rel=0.02)


def test_capacity_doubles_energy_doubles_to_the_last_bit(sky):
    poa, dc, ac = months(planes(kwp=7.3), sky)
    twice = months(planes(kwp=14.6), sky)
    assert twice.tobytes() == np.stack([poa, 2.0 * dc, 2.0 * ac]).tobytes()


def test_no_capacity_no_energy(sky):
    poa, dc, ac = months(planes(kwp=0.0), sky)
    assert (dc == 0.0).all()
    assert (ac == 0.0).all()
    assert (poa > 0.0).all()


@pytest.mark.parametrize("model", TRANSPOSITIONS)
def test_hours_add_up_to_months_and_months_to_the_year(sky, model):
    energy = hours(planes(), sky, transposed(model))
    month = sky["month"].to_numpy()
    poa, dc, ac = months(planes(), sky, transposed(model))
    for name, sums, unit in (
        ("poa_global", poa, 1e-3),
        ("dc_kw", dc, 1.0),
        ("ac_kw", ac, 1.0),
    ):
        values = energy[name].to_numpy() * unit
        by_month = np.stack([values[:, month == m].sum(axis=1) for m in range(1, 13)], axis=1)
        assert by_month == pytest.approx(sums, rel=1e-11)
        assert values.sum(axis=1) == pytest.approx(sums.sum(axis=1), rel=1e-11)


def test_the_months_of_the_planes_are_the_year_of_the_building(weather):
    roofs = pd.DataFrame({"roof_type": ["gabled", "flat", "hipped"], "roof_area_m2": [400.0] * 3})
    result = assess(roofs, weather, rules=[])
    year = result.energy["ac_kwh"].sum("month").to_series()
    owner = result.planes.set_index("plane_id")["building_id"]
    added = year.groupby(owner.reindex(year.index).to_numpy()).sum()
    got = result.buildings.set_index("building_id")["ac_kwh"]
    assert got.to_numpy() == pytest.approx(added.reindex(got.index).to_numpy(), rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_more_loss_never_gives_more_energy(sky, loss):
    settings = {f"losses.{name}": 0.0 for name in LOSSES}
    steps = [
        months(planes(), sky, settings | {f"losses.{loss}": share})[1:]
        for share in (0.0, 0.02, 0.1, 0.5)
    ]
    for less, more in pairwise(steps):
        assert (more <= less).all()
    assert steps[2][0] == pytest.approx(0.9 * steps[0][0], rel=1e-12)


def test_losses_multiply_and_degradation_is_none_of_the_first_year():
    losses = Losses(0.1, 0.2, 0.0, 0.5, 0.0, degradation_per_year=0.1)
    assert dc_factor(losses) == pytest.approx(0.9 * 0.8 * 0.5)


@pytest.mark.parametrize("model", TEMPERATURES)
def test_hotter_air_never_gives_more_dc(sky, model):
    hot = sky.assign(temp_air=sky["temp_air"] + 8.0)
    settings = {"models.temperature": model}
    cold, warm = hours(planes(), sky, settings)["dc_kw"], hours(planes(), hot, settings)["dc_kw"]
    assert (warm <= cold).all()
    assert (warm.sum("time") < cold.sum("time")).all()


def test_wind_cools(sky):
    calm, windy = (sky.assign(wind_speed=0.0 * sky["wind_speed"] + v) for v in (0.0, 8.0))
    assert (months(planes(), windy)[1] > months(planes(), calm)[1]).all()


@pytest.mark.parametrize("model", TEMPERATURES)
def test_a_higher_roof_is_never_hotter(sky, model):
    table = planes([35.0] * 5, [180.0] * 5).assign(altitude_m=[0.0, 800.0, 1119.0, 2000.0, np.nan])
    poa, dc, ac = months(table, sky, {"models.temperature": model})
    assert (np.diff(poa, axis=0) == 0.0).all()
    for energy in (dc, ac):
        assert (np.diff(energy[:4], axis=0) > 0.0).all()
        # At the altitude of the site, and where none is known, nothing is corrected.
        assert np.array_equal(energy[2], energy[4])


def test_a_roof_at_the_height_of_its_site_changes_no_bit(sky):
    level = planes().assign(altitude_m=float(sky["altitude"].item()))
    assert months(level, sky).tobytes() == months(planes(), sky).tobytes()


def test_a_kilometre_is_worth_the_lapse_rate(sky):
    high = planes().assign(altitude_m=float(sky["altitude"].item()) + 1000.0)
    cooler = sky.assign(temp_air=sky["temp_air"] - 6.5)
    assert months(high, sky) == pytest.approx(months(planes(), cooler), rel=1e-13)
    turned_off = months(high, sky, {"site.lapse_rate": 0.0})
    assert turned_off.tobytes() == months(planes(), sky).tobytes()


@pytest.mark.parametrize("ratio", [0.8, 1.0, 1.2, 2.0])
@pytest.mark.parametrize("efficiency", [0.9, 0.96, 0.985])
def test_ac_stays_below_the_inverter_limit_and_below_dc(sky, ratio, efficiency):
    settings = {"inverter.dc_ac_ratio": ratio, "inverter.efficiency": efficiency}
    kwp = np.linspace(1.0, 50.0, len(TILTS))
    energy = hours(planes(kwp=kwp), sky, settings)
    dc, ac = energy["dc_kw"].to_numpy(), energy["ac_kw"].to_numpy()
    # The PVWatts curve is highest where its two losses are the same.
    highest = efficiency / 0.9637 * (0.9858 - 2.0 * np.sqrt(0.0162 * 0.0059))
    assert (ac >= 0.0).all()
    assert (ac <= kwp[:, None] / ratio * (1.0 + 1e-12)).all()
    assert (ac <= dc * highest * (1.0 + 1e-12)).all()


def test_a_small_inverter_clips(sky):
    ac = hours(planes(), sky, {"inverter.dc_ac_ratio": 2.0})["ac_kw"].to_numpy()
    south = NAMES.index("south")
    assert ac[south].max() == pytest.approx(5.0, rel=1e-12)
    assert (ac[south] > 4.999).sum() > 500


@pytest.mark.parametrize("model", TRANSPOSITIONS)
def test_no_plane_gets_more_than_beam_sky_and_ground_hold(sky, model):
    tilts, azimuths = np.meshgrid(np.arange(0.0, 91.0, 15.0), np.arange(0.0, 360.0, 45.0))
    poa = months(planes(tilts.ravel(), azimuths.ravel()), sky, transposed(model))[0]
    light = sky["dni"] + sky["dhi"] + 0.2 * sky["ghi"]
    bound = light.isel(site=0).groupby(sky["month"]).sum().to_numpy() / 1000.0
    assert (poa > 0.0).all()
    assert (poa < bound).all()


def test_under_an_even_sky_no_hour_exceeds_what_it_holds(sky):
    poa = hours(planes(), sky, transposed("isotropic"))["poa_global"].to_numpy()
    bound = (sky["dni"] + sky["dhi"] + 0.2 * sky["ghi"]).isel(site=0).to_numpy()
    assert (poa <= bound + 1e-9).all()


def test_nights_are_dark(sky):
    night = (sky["apparent_zenith"].isel(site=0) > 95.0).to_numpy()
    energy = hours(planes(), sky)
    assert night.sum() > 3000
    assert all((energy[name].to_numpy()[:, night] == 0.0).all() for name in energy.data_vars)


def test_brighter_ground_helps_the_steep_and_leaves_the_flat(sky):
    dark, bright = (months(planes(), sky, {"site.albedo": a})[0] for a in (0.0, 0.6))
    assert np.array_equal(dark[0], bright[0])
    assert (bright[1:] > dark[1:]).all()


def test_glass_takes_and_never_gives(sky):
    bare = months(planes(), sky, {"models.iam": "none"})
    for model in ("physical", "martin_ruiz"):
        glazed = months(planes(), sky, {"models.iam": model})
        assert glazed[0] == pytest.approx(bare[0], rel=1e-12)
        assert (glazed[1] < bare[1]).all()


def test_best_annual_tilt_at_dawukou_is_about_35_degrees(sky):
    tilts = np.arange(0.0, 61.0)
    year = months(planes(tilts, 180.0), sky)[0].sum(axis=1)
    assert 30.0 <= tilts[np.argmax(year)] <= 40.0


@pytest.mark.parametrize(
    ("tilt", "azimuths", "expected"),
    [
        (0.0, [180.0], 1615.0),
        (10.0, [180.0], 1748.0),
        (20.0, [180.0], 1840.0),
        (35.0, [180.0], 1895.0),
        (10.0, [90.0, 270.0], 1600.0),
    ],
)
def test_irradiation_at_dawukou_is_that_of_its_climate(sky, tilt, azimuths, expected):
    year = months(planes([tilt] * len(azimuths), azimuths), sky)[0].sum(axis=1)
    assert year.mean() == pytest.approx(expected, rel=0.05)


def test_order_and_chunks_of_planes_change_no_bit(sky):
    table, order = planes(), np.random.default_rng(1).permutation(len(TILTS))
    whole = months(table, sky)
    assert (
        np.ascontiguousarray(whole[:, order]).tobytes() == months(table.iloc[order], sky).tobytes()
    )
    parts = [months(table.iloc[i : i + 2], sky) for i in range(0, len(table), 2)]
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_chunks_of_hours_change_no_bit(sky, chunk):
    whole = hours(planes(), sky)
    for members, part in simulate_hourly(planes(), sky, chosen(), chunk=chunk):
        for name in part.data_vars:
            assert part[name].to_numpy().tobytes() == whole[name][members].to_numpy().tobytes()


def test_a_chunk_has_fewer_planes_the_more_rows_there_are(sky):
    many = pd.concat([planes()] * 40, ignore_index=True)
    short, long = sky.isel(time=slice(8)), xr.concat([sky] * 30, "time")
    assert [part for part, _ in simulate_hourly(many, short, chosen())] == [
        slice(0, 256),
        slice(256, 280),
    ]
    chunks = simulate_hourly(many, long, chosen())
    assert [next(chunks)[0] for _ in range(2)] == [slice(0, 8), slice(8, 16)]
    whole = hours(planes(), sky)["ac_kw"].to_numpy()
    once = next(simulate_hourly(many, long, chosen()))[1]["ac_kw"].to_numpy()
    np.testing.assert_allclose(once[:7], np.tile(whole, 30), rtol=1e-13, atol=1e-13)


def test_a_sky_of_any_length_goes_plane_by_plane(sky, monkeypatch):
    module = importlib.import_module("roofpv.energy.simulate")  # its function has the same name
    monkeypatch.setattr(module, "_MOST_CELLS", sky.sizes["time"] - 1)
    parts = [part for part, _ in simulate_hourly(planes(), sky, chosen())]
    assert parts == [slice(i, i + 1) for i in range(7)]


def test_many_sites_at_once_are_each_alone(sky):
    together = sun_and_sky(bundled_weather())
    sites = ["huinong", "dawukou", "pingluo", "huinong", "dawukou", "pingluo", "dawukou"]
    mixed = planes().assign(weather_site=sites)
    got = months(mixed, together)
    here = np.array(sites) == "dawukou"
    assert got[:, here].tobytes() == months(mixed[here], sky).tobytes()


@pytest.mark.parametrize("name", ["ghi", "temp_air"])
def test_a_missing_daylight_hour_empties_its_month_alone(weather, name):
    noon = int(np.flatnonzero(weather["ghi"].to_numpy()[0] > 500)[0])
    gone = ["ghi", "dni", "dhi"] if name == "ghi" else [name]
    holed = weather.copy(deep=True)
    for one in gone:
        holed[one][0, noon] = np.nan
    sky, whole = sun_and_sky(holed), months(planes(), sun_and_sky(weather))
    got, month = months(planes(), sky), int(sky["month"][noon]) - 1
    assert np.isnan(got[1:, :, month]).all()
    rest = np.arange(12) != month
    assert np.array_equal(got[:, :, rest], whole[:, :, rest])


def test_a_missing_wind_is_the_assumed_one(weather):
    calm = weather.assign(
        wind_speed=xr.where(weather["ghi"] > 300.0, np.nan, weather["wind_speed"])
    )
    steady = weather.assign(wind_speed=weather["wind_speed"].where(weather["ghi"] <= 300.0, 5.0))
    got = months(planes(), sun_and_sky(calm, wind_speed=5.0))
    assert got.tobytes() == months(planes(), sun_and_sky(steady)).tobytes()


def test_simulation_changes_nothing_that_it_was_given(weather, sky):
    table = planes()
    before = table.copy(), sky.copy(deep=True), weather.copy(deep=True)
    months(table, sky)
    hours(table, sky)
    sun_and_sky(weather)
    pd.testing.assert_frame_equal(table, before[0])
    assert sky.identical(before[1])
    assert weather.identical(before[2])
