"""Thin air bends the light less and dims it less; models get the sun for which they were made."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pandas as pd
import pvlib
import pytest

from roofpv.sky import sun_and_sky, sun_times
from roofpv.weather import Convention, WeatherSite, weather_dataset
from roofpv.weather.clearsky import sun_at

# Air pressure at 3600 m is 0.64 of that at the sea.
HIGH, SEA = 3600.0, 0.0


@functools.cache
def weather(altitude):
    """A year of which only ghi is known, under passing clouds, bright at low suns too."""
    site = WeatherSite("lhasa", 29.65, 91.1, altitude)
    times = pd.date_range("2018-12-31T18:00", periods=8760, freq="h")
    clear = sun_at(times + pd.Timedelta(minutes=30), site).clear_ghi
    ghi = clear * np.random.default_rng(3).uniform(0.2, 1.0, times.size)
    frame = pd.DataFrame({"ghi": ghi, "temp_air": 5.0, "wind_speed": 2.0}, index=times)
    return weather_dataset(frame, site, Convention("start", 6.0), {"source": "w.csv"})


@functools.cache
def position(altitude):
    """The sun by pvlib, with the pressure of the site."""
    one = weather(altitude).isel(site=0)
    return pvlib.solarposition.get_solarposition(
        sun_times(one), 29.65, 91.1, altitude=altitude, method="nrel_numpy",
        pressure=pvlib.atmosphere.alt2pres(altitude),
    )  # fmt: skip


def row(data, name):
    return data[name].to_numpy()[0]


def modelled(model, *given, **known):
    """What pvlib's model says, 0 where it says nothing; pvlib 0.16 warns of pandas 3."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="DatetimeIndex.dayofyear")
        out = getattr(pvlib.irradiance, model)(*given, **known)
    return np.nan_to_num(np.asarray(out if model == "dirint" else out["dni"], dtype=float))


@pytest.mark.parametrize("altitude", [HIGH, SEA])
def test_the_sun_is_seen_through_the_air_of_the_site(altitude):
    sky = sun_and_sky(weather(altitude))
    np.testing.assert_array_equal(
        row(sky, "apparent_zenith"), position(altitude)["apparent_zenith"]
    )
    np.testing.assert_array_equal(row(sky, "solar_azimuth"), position(altitude)["azimuth"])


def test_near_the_horizon_refraction_goes_with_the_pressure():
    true = position(SEA)["zenith"].to_numpy()
    low = (true > 85.0) & (true < 90.0)
    assert low.sum() > 50
    lifted = {}
    for altitude in (HIGH, SEA):
        seen = row(sun_and_sky(weather(altitude)), "apparent_zenith")
        lifted[altitude] = (position(altitude)["zenith"].to_numpy() - seen)[low]
    pressures = pvlib.atmosphere.alt2pres(np.array([HIGH, SEA]))
    share = lifted[HIGH] / lifted[SEA]
    np.testing.assert_allclose(share, pressures[0] / pressures[1], rtol=0.01)
    # At the horizon the sea's air lifts the sun by more than its half-degree's half.
    assert lifted[SEA].max() > 0.3
    assert (lifted[SEA] - lifted[HIGH]).max() > 0.1


@pytest.mark.parametrize("model", ["erbs", "erbs_driesse"])
@pytest.mark.parametrize("altitude", [HIGH, SEA])
def test_the_diffuse_share_is_modelled_by_the_true_zenith(model, altitude):
    data, sun = weather(altitude), position(altitude)
    sky = sun_and_sky(data, model)
    ghi, day = row(data, "ghi"), sun.index.day_of_year.to_numpy()
    got = row(sky, "dni")
    np.testing.assert_array_equal(got, modelled(model, ghi, sun["zenith"].to_numpy(), day))
    other = modelled(model, ghi, sun["apparent_zenith"].to_numpy(), day)
    low = (sun["zenith"] > 80.0).to_numpy() & (got > 0)
    assert low.sum() > 50
    assert np.abs(got - other)[low].max() > 1.0
    closed = ghi - got * np.maximum(np.cos(np.radians(sun["apparent_zenith"].to_numpy())), 0.0)
    np.testing.assert_allclose(row(sky, "dhi"), np.maximum(closed, 0.0), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("model", ["disc", "dirint"])
@pytest.mark.parametrize("altitude", [HIGH, SEA])
def test_the_beam_is_modelled_by_the_true_zenith_and_the_pressure_of_the_site(model, altitude):
    data, sun = weather(altitude), position(altitude)
    ghi, zenith = row(data, "ghi"), sun["zenith"].to_numpy()
    got = row(sun_and_sky(data, model), "dni")
    pressure = pvlib.atmosphere.alt2pres(altitude)
    want = modelled(model, ghi, zenith, sun.index, pressure=pressure)
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
    if altitude == HIGH:
        sea = modelled(model, ghi, zenith, sun.index, pressure=101325.0)
        assert np.abs(got - sea).max() > 20.0
    low = (zenith > 80.0) & (got > 0)
    assert low.sum() > 50
    seen = sun["apparent_zenith"].to_numpy()
    other = modelled(model, ghi, seen, sun.index, pressure=pressure)
    assert np.abs(got - other)[low].max() > 1.0
