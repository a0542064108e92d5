"""Dust, snow and spectrum hour by hour: against pvlib and plain loops, in kernel and oracle."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr
from scipy.special import erf

import roofpv
from roofpv.assumptions import Assumptions, from_values
from roofpv.dirt import TILTS, dirt_notes, site_sky, with_dirt
from roofpv.energy import simulate
from roofpv.energy.hourly import Plane, simulate_hours
from roofpv.energy.veil import by_tilt, light_factor
from roofpv.errors import InvalidConfig, InvalidWeather
from roofpv.report import explain
from roofpv.sky import sun_and_sky
from roofpv.waterfalls import building_waterfall
from roofpv.weather import bundled_weather

HOURS = 8760
KIMBER = {"losses.soiling_model": "kimber", "losses.rain_cleans_mm": 4.0}
HSU = {"losses.soiling_model": "hsu", "losses.rain_cleans_mm": 4.0}
SNOW = {"losses.snow_model": "nrel", "losses.snow_strings": 2}


def assumed(*settings: dict[str, object]) -> Assumptions:
    return from_values({k: v for one in settings for k, v in one.items()}, "test")


@pytest.fixture(scope="module")
def weather() -> xr.Dataset:
    """The bundled year with rain on 40 days, snow in winter and damp air."""
    data = bundled_weather("dawukou")
    draw = np.random.default_rng(8)
    rain = np.zeros(HOURS)
    rain[draw.choice(HOURS, 40, replace=False)] = draw.uniform(1.0, 12.0, 40)
    fallen = np.zeros(HOURS)
    fallen[[200, 201, 700, 8400]] = [3.0, 2.0, 5.0, 4.0]
    humid = 40.0 + 20.0 * np.sin(np.arange(HOURS) / 50.0)
    columns = {"precipitation_mm": rain, "snowfall_cm": fallen, "relative_humidity": humid}
    return data.assign({n: (("site", "time"), v[None, :]) for n, v in columns.items()})


@pytest.fixture(scope="module")
def sky(weather: xr.Dataset) -> xr.Dataset:
    return sun_and_sky(weather)


def two_years(column: np.ndarray) -> pd.Series:
    index = pd.date_range("2018-01-01", periods=2 * HOURS, freq="h")
    return pd.Series(np.tile(column, 2), index)


def test_constant_losses_leave_the_sky_as_it_is(weather: xr.Dataset, sky: xr.Dataset) -> None:
    assert with_dirt(sky, weather, Assumptions()) is sky
    assert light_factor(sky.isel(site=0), Assumptions()) is None
    xr.testing.assert_identical(site_sky(weather, Assumptions()), sky)


def test_monthly_soiling_is_that_of_the_month(weather: xr.Dataset, sky: xr.Dataset) -> None:
    shares = [0.01 * month for month in range(1, 13)]
    got = with_dirt(
        sky, weather, assumed({"losses.soiling_model": "monthly", "losses.soiling_monthly": shares})
    )["soiling_loss"]
    assert np.allclose(got.to_numpy()[0], 0.01 * sky["month"].to_numpy(), rtol=1e-15)


def test_kimber_is_pvlibs_and_a_plain_count(weather: xr.Dataset, sky: xr.Dataset) -> None:
    chosen = assumed(KIMBER, {"losses.soiling_per_day": 0.004, "losses.soiling_most": 0.05})
    got = with_dirt(sky, weather, chosen)["soiling_loss"].to_numpy()[0]
    rain = two_years(weather["precipitation_mm"].to_numpy()[0])
    theirs = pvlib.soiling.kimber(rain, 4.0, 0.004, 14, 0.05)
    assert np.abs(got - theirs.to_numpy()[HOURS:]).max() <= 1e-9
    # By hand: a day of 24 h, 14 days damp after rain, from nothing.
    values, dust, damp, counted = rain.to_numpy(), 0.0, -1, []
    for hour in range(2 * HOURS):
        if values[max(0, hour - 23) : hour + 1].sum() > 4.0:
            damp = hour + 14 * 24 - 1
        dust = 0.0 if hour <= damp else dust + 0.004 / 24.0 * (hour > 0)
        counted.append(min(dust, 0.05))
    assert np.abs(got - np.array(counted)[HOURS:]).max() <= 1e-9
    assert 0.0 == got.min() < got.max() == 0.05


def test_washing_takes_all_dust_from_that_midnight(weather: xr.Dataset, sky: xr.Dataset) -> None:
    dry = weather.assign(precipitation_mm=0.0 * weather["precipitation_mm"])
    washed = {"losses.cleaning_dates": "06-01 03-15", "losses.soiling_most": 0.9}
    got = with_dirt(sky, dry, assumed(KIMBER, washed))["soiling_loss"].to_numpy()[0]
    days = got.reshape(365, 24)
    assert days[73, 0] == days[151, 0] == 0.0
    assert days[72, 23] == pytest.approx(0.002 * (287 - 1 / 24), rel=1e-9)
    assert (np.diff(got) < 0.0).sum() == 2
    often = {"losses.cleaning_every_days": 30}
    got = with_dirt(sky, dry, assumed(KIMBER, often))["soiling_loss"].to_numpy()[0]
    assert (got.reshape(365, 24)[:, 0] == 0.0).nonzero()[0].tolist() == list(range(0, 365, 30))


def test_hsu_is_pvlibs_and_a_plain_sum_by_tilt(weather: xr.Dataset, sky: xr.Dataset) -> None:
    got = with_dirt(sky, weather, assumed(HSU))["soiling_loss"]
    assert got.dims == ("site", "time", "tilt")
    rain = two_years(weather["precipitation_mm"].to_numpy()[0])
    for number in (0, 5, 9):
        tilt, mine = TILTS[number], got.to_numpy()[0, :, number]
        theirs = pvlib.soiling.hsu(
            rain, 4.0, tilt, 35e-6, 80e-6, rain_accum_period=pd.Timedelta("24h")
        )
        assert np.abs(mine - (1.0 - theirs.to_numpy()[HOURS:])).max() <= 1e-9
        rate = (35e-6 * 0.0009 + 45e-6 * 0.004) * 3600.0 * math.cos(math.radians(tilt))
        values, mass, counted = rain.to_numpy(), 0.0, []
        for hour in range(2 * HOURS):
            mass += rate
            if values[max(0, hour - 23) : hour + 1].sum() >= 4.0:
                mass = 0.0
            counted.append(mass)
        by_hand = 0.3437 * erf(0.17 * np.array(counted)[HOURS:] ** 0.8473)
        assert np.abs(mine - by_hand).max() <= 1e-9


def test_snow_is_pvlibs_and_a_plain_slide(weather: xr.Dataset, sky: xr.Dataset) -> None:
    got = with_dirt(sky, weather, assumed(SNOW))["snow_loss"].to_numpy()[0]
    fallen = two_years(weather["snowfall_cm"].to_numpy()[0]).to_numpy()
    one = sky.isel(site=0)
    number = TILTS.index(30.0)
    light = pvlib.irradiance.get_total_irradiance(
        30.0, 180.0, one["apparent_zenith"], one["solar_azimuth"], one["dni"], one["ghi"],
        one["dhi"], dni_extra=one["dni_extra"], albedo=0.2, model="haydavies",
    )["poa_global"].to_numpy()  # fmt: skip
    light, warm = np.tile(light, 2), np.tile(one["temp_air"].to_numpy(), 2)
    cover, counted = 0.0, []
    for hour in range(2 * HOURS):
        if fallen[hour] > 1.0:
            cover = 1.0
        elif hour and warm[hour] > light[hour] / -80.0:
            cover = max(0.0, cover - 0.197 * math.sin(math.radians(30.0)))
        counted.append(math.ceil(round(cover * 2, 9)) / 2)
    assert np.abs(got[:, number] - np.array(counted)[HOURS:]).max() <= 1e-9
    assert got.max() == 1.0
    # Flatter planes keep it longer, but a wall has less sun.
    assert (np.diff(got.sum(axis=0))[:8] <= 0.0).all()


def test_snow_comes_from_depth_or_from_cold_rain_where_it_is_not_stated(
    weather: xr.Dataset, sky: xr.Dataset
) -> None:
    fallen = weather["snowfall_cm"]
    bare = weather.drop_vars("snowfall_cm")
    depth = fallen.copy(data=np.cumsum(fallen.to_numpy(), axis=1) % 12.0)
    by_depth = with_dirt(sky, bare.assign(snow_depth_cm=depth), assumed(SNOW))["snow_loss"]
    assert float(by_depth.max()) == 1.0
    by_rain = with_dirt(sky, bare, assumed(SNOW))["snow_loss"].to_numpy()
    wet = bare["precipitation_mm"].to_numpy()[0] > 1.0
    cold = bare["temp_air"].to_numpy()[0] <= 0.0
    assert (by_rain[0][wet & cold] == 1.0).all()
    assert (wet & cold).any()


@pytest.mark.parametrize("model", ["first_solar", "caballero"])
def test_spectral_factors_are_pvlibs(model: str, weather: xr.Dataset, sky: xr.Dataset) -> None:
    got = with_dirt(sky, weather, assumed({"models.spectrum": model}))["spectral_factor"]
    one = sky.isel(site=0)
    water = pvlib.atmosphere.gueymard94_pw(
        one["temp_air"].to_numpy(), weather["relative_humidity"].to_numpy()[0]
    )
    pressure = pvlib.atmosphere.alt2pres(float(one["altitude"]))
    mass = pvlib.atmosphere.get_absolute_airmass(one["airmass_relative"].to_numpy(), pressure)
    if model == "first_solar":
        theirs = pvlib.spectrum.spectral_factor_firstsolar(water, mass, "monosi")
    else:
        theirs = pvlib.spectrum.spectral_factor_caballero(
            water, np.minimum(mass, 10.0), 0.084, "monosi"
        )
    lit = ~np.isnan(mass)
    mine = got.to_numpy()[0]
    assert np.abs(mine[lit] - theirs[lit]).max() <= 1e-9
    assert (mine[~lit] == 1.0).all()
    stated = weather.assign(precipitable_water_cm=(["site", "time"], water[None, :]))
    again = with_dirt(
        sky, stated.drop_vars("relative_humidity"), assumed({"models.spectrum": model})
    )
    assert np.array_equal(again["spectral_factor"].to_numpy()[0], mine)


@pytest.mark.parametrize(
    "settings",
    [
        [KIMBER], [HSU, SNOW], [SNOW, {"models.spectrum": "first_solar"}],
        [{"losses.soiling_model": "monthly", "module.low_light_k": 0.01}],
        [{"losses.system_by": "parts"}],
    ],
)  # fmt: skip
def test_kernel_and_oracle_agree(settings: list[dict[str, object]], weather: xr.Dataset) -> None:
    chosen = assumed(*settings)
    made = site_sky(weather, chosen)
    tilts, azimuths = [0.0, 12.0, 33.0, 70.0], [180.0, 90.0, 200.0, 10.0]
    planes = pd.DataFrame(
        {"plane_id": list("abcd"), "surface_tilt": tilts, "surface_azimuth": azimuths,
         "kwp": 3.0, "weather_site": "dawukou"}
    )  # fmt: skip
    got = simulate(planes, made, chosen)["ac_kwh"].sum("month").to_numpy()
    for number, facing in enumerate(zip(tilts, azimuths, strict=True)):
        hours = simulate_hours(Plane(*facing, 3.0), made.isel(site=0), chosen)
        assert got[number] == pytest.approx(float(hours["ac_kw"].sum()), rel=1e-10)


def test_the_light_that_is_lost_is_lost_before_the_inverter(weather: xr.Dataset) -> None:
    chosen = assumed(KIMBER, {"losses.soiling_per_day": 0.0})
    clean = dataclasses.replace(
        Assumptions(), losses=dataclasses.replace(Assumptions().losses, soiling=0.0)
    )
    planes = pd.DataFrame(
        {"plane_id": ["a"], "surface_tilt": 30.0, "surface_azimuth": 180.0, "kwp": 1.0,
         "weather_site": "dawukou"}
    )  # fmt: skip
    by_model = simulate(planes, site_sky(weather, chosen), chosen)["ac_kwh"].to_numpy()
    without = simulate(planes, site_sky(weather, clean), clean)["ac_kwh"].to_numpy()
    assert np.array_equal(by_model, without)


def test_arrays_go_to_the_nearest_tilt(weather: xr.Dataset) -> None:
    made = site_sky(weather, assumed(SNOW)).isel(site=0)
    parts = list(by_tilt(made, np.array([0.0, 31.0, 90.0, 33.0, np.nan])))
    assert [float(one["tilt"]) for one, _ in parts] == [5.0, 30.0, 35.0, 90.0]
    assert [rows.tolist() for _, rows in parts] == [[0, 4], [1], [3], [2]]


def test_assumed_days_of_rain_are_as_many_as_stated(sky: xr.Dataset) -> None:
    stated = "0 1 0 2 3 4 5 6 3 1 0 0"
    plain = bundled_weather("dawukou")
    given = {"losses.rain_days": stated, "losses.soiling_grace_days": 1, "losses.soiling_most": 0.9}
    got = with_dirt(sky, plain, assumed(KIMBER, given))["soiling_loss"].to_numpy()[0]
    cleaned = np.flatnonzero((got[1:] == 0.0) & (got[:-1] > 0.0)) + 1
    months = np.bincount(sky["month"].to_numpy()[cleaned], minlength=13)[1:]
    assert months.sum() == pytest.approx(25, abs=2)
    assert (months[[0, 2, 10, 11]] == 0).all()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (KIMBER, "losses.soiling_model = kimber needs precipitation_mm"),
        (HSU, "set losses.rain_days"),
        (SNOW, "losses.snow_model = nrel needs snowfall_cm"),
        ({"models.spectrum": "first_solar"}, "precipitable_water_cm or relative_humidity"),
    ],
)
def test_weather_that_lacks_what_a_model_needs_is_refused(
    settings: dict[str, object], said: str, sky: xr.Dataset
) -> None:
    plain = bundled_weather("dawukou")
    with pytest.raises(InvalidWeather, match="weather of dawukou, column") as caught:
        with_dirt(sky, plain, assumed(settings))
    assert said in str(caught.value)
    empty = plain.assign(precipitation_mm=plain["ghi"] * np.nan)
    with pytest.raises(InvalidWeather):
        with_dirt(sky, empty, assumed(KIMBER))


def test_a_sky_without_the_chosen_model_is_refused(sky: xr.Dataset) -> None:
    with pytest.raises(InvalidWeather, match="sky, soiling_loss"):
        light_factor(sky.isel(site=0), assumed(KIMBER))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("losses.soiling_monthly", "0.1 0.2", "is not twelve numbers from 0 to 0.9"),
        ("losses.soiling_monthly", "", "is not twelve numbers"),
        ("losses.soiling_monthly", [0.1] * 11 + ["x"], "is not twelve numbers"),
        ("losses.soiling_monthly", "3 4 6 8 8 6 4 3 3 3 3 3", "is not twelve numbers"),
        ("losses.cleaning_dates", "13-01", "'13-01' is no day of the year"),
    ],
)
def test_a_list_that_is_none_is_refused(key: str, value: object, said: str) -> None:
    with pytest.raises(InvalidConfig, match="test, losses") as caught:
        from_values({key: value}, "test")
    assert said in str(caught.value)


def test_lists_are_text_in_one_spelling() -> None:
    dates = from_values({"losses.cleaning_dates": ["10-01", "04-15"]}, "x").losses.cleaning_dates
    assert dates == "04-15 10-01"
    shares = from_values({"losses.soiling_monthly": ",".join(["0.1"] * 12)}, "x").losses
    assert shares.soiling_monthly == " ".join(["0.1"] * 12)
    assert from_values({"losses.cleaning_dates": ""}, "x").losses.cleaning_dates == ""


LIST = """building_id,name,use,ownership,roof_area_m2,lon,lat,district
A,school,school,public,900,106.37,39.01,one
B,clinic,hospital,public,500,106.38,39.02,one
"""


def test_a_result_says_what_it_did_and_both_ways_agree(weather: xr.Dataset, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    chosen = assumed(KIMBER, SNOW, {"losses.cleaning_dates": "05-01"})
    made = roofpv.assess(roofpv.read_inventory(file), weather, rules=[], assumptions=chosen)
    assert any("snow (nrel): from snowfall_cm" in one for one in made.run["warnings"])
    again = roofpv.read_results(roofpv.write_results(made, tmp_path / "out"))
    told = explain(again, "A")
    plane = told["planes"][0]
    assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)
    assert any("after dust (kimber) and snow (nrel) hour by hour" in s for s in plane["steps"])
    assert any("constant losses multiply to" in step for step in plane["steps"])
    steps = building_waterfall(again, "A")
    ac = float(made.buildings.set_index("building_id").loc["A", "ac_kwh"])
    assert steps["kwh"].iloc[-1] == pytest.approx(ac, rel=1e-12)
    by_step = steps.set_index("step")["factor"]
    assert by_step["soiling"] < 1.0
    assert by_step["snow"] < 1.0


def test_assumed_rain_is_told() -> None:
    plain = bundled_weather("dawukou")
    assert dirt_notes(plain, Assumptions()) == []
    rain = {"losses.rain_days": " ".join(["1"] * 12)}
    (said,) = dirt_notes(plain, assumed(KIMBER, rain))
    assert said.startswith("dust (kimber): the weather has no precipitation_mm")
    (said,) = dirt_notes(plain, assumed(SNOW))
    assert "rain at 0 degC, 1 cm/mm" in said
