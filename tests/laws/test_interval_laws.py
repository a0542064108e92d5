"""Energy is power times time: finer rows of the same weather give the same kilowatt-hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.assumptions import from_values
from roofpv.energy import simulate
from roofpv.sky import sun_and_sky
from roofpv.weather import Convention, WeatherSite, bundled_weather, weather_dataset
from roofpv.weather.clearsky import sun_at

ENERGIES = ["poa_kwh_per_m2", "dc_kwh", "ac_kwh"]
LIGHT = ["ghi", "dni", "dhi"]
TOWN = WeatherSite("town", 39.0, 106.4, 1100.0)
PLANES = pd.DataFrame(
    {
        "plane_id": ["flat", "south", "east", "wall"],
        "surface_tilt": [0.0, 35.0, 20.0, 90.0],
        "surface_azimuth": [180.0, 180.0, 90.0, 135.0],
        "kwp": [10.0, 3.0, 7.5, 1.0],
        "weather_site": "town",
    }
)


def months(weather):
    return simulate(PLANES, sun_and_sky(weather), from_values({}, "test"))


def parts_of(hourly, parts):
    """Each hour as so many equal rows under the one sun of that hour."""
    one = hourly.isel(site=0)
    names = [*LIGHT, "temp_air", "wind_speed"]
    frame = pd.DataFrame({name: np.repeat(one[name].to_numpy(), parts) for name in names})
    minutes = np.tile(np.arange(parts) * 60 // parts, one.sizes["time"])
    frame.index = one.indexes["time"].repeat(parts) + pd.to_timedelta(minutes, unit="min")
    convention = Convention("start", one.attrs["utc_offset_hours"], typical_year=True)
    place = (float(one[name]) for name in ("latitude", "longitude", "altitude"))
    fine = weather_dataset(frame, WeatherSite("town", *place), convention, {"source": "fine.csv"})
    sun_time = np.repeat(hourly["sun_time"].to_numpy(), parts, axis=1)
    return fine.assign_coords(sun_time=(("site", "time"), sun_time))


@pytest.fixture(scope="module")
def hourly():
    return bundled_weather("dawukou").assign_coords(site=["town"])


@pytest.fixture(scope="module")
def of_hours(hourly):
    return months(hourly)


@pytest.mark.parametrize("parts", [2, 4])
def test_an_hour_in_equal_parts_gives_the_energy_of_the_hour(hourly, of_hours, parts):
    fine = parts_of(hourly, parts)
    assert fine.attrs["interval_minutes"] == 60 // parts
    got = months(fine)
    for name in ENERGIES:
        np.testing.assert_allclose(got[name], of_hours[name], rtol=1e-12, err_msg=name)
    assert (of_hours["poa_kwh_per_m2"] > 20.0).all()


def cloudless(minutes):
    """A year without clouds, its light taken in the middle of each interval."""
    times = pd.date_range("2018-12-31T16:00", periods=365 * 1440 // minutes, freq=f"{minutes}min")
    sun = sun_at(times + pd.Timedelta(minutes=minutes / 2), TOWN)
    light = {"ghi": sun.clear_ghi, "dni": sun.clear_dni, "dhi": sun.clear_dhi}
    frame = pd.DataFrame({**light, "temp_air": 10.0, "wind_speed": 2.0}, index=times)
    return weather_dataset(frame, TOWN, Convention("start", 8.0), {"source": "clear.csv"})


@pytest.mark.parametrize("minutes", [30, 10])
def test_a_year_without_clouds_has_one_energy_at_any_interval(minutes):
    whole, fine = months(cloudless(60)), months(cloudless(minutes))
    for name in ENERGIES:
        got, want = (one[name].sum("month").to_numpy() for one in (fine, whole))
        np.testing.assert_allclose(got, want, rtol=0.01, err_msg=name)
        assert not np.array_equal(got, want)


@pytest.mark.parametrize("minutes", [60, 30])
def test_a_flat_plane_gets_the_irradiance_times_the_hours_of_a_row(minutes):
    weather = cloudless(minutes)
    energy = simulate(
        PLANES, sun_and_sky(weather), from_values({"models.transposition": "isotropic"}, "test")
    )
    got = float(energy["poa_kwh_per_m2"].sel(plane_id="flat").sum())
    want = float(weather["ghi"].sum()) * minutes / 60.0 / 1000.0
    assert got == pytest.approx(want, rel=0.005)
