"""A typical weather year, hour by hour, from a site's published monthly statistics."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pvlib
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.climate import DAYS_OF_MONTH, SiteClimate
from roofpv.weather.dataset import SPREADS, Convention, WeatherSite, weather_dataset
from roofpv.weather.synthdays import bisect, days_of_year, days_of_years
from roofpv.weather.synthsky import (
    NOMINAL_YEAR,
    Array,
    Calendar,
    Sky,
    by_day,
    by_month,
    calendar_of,
    clear_sky,
    day_of_year,
    to_days,
    to_hours,
)

NOTE = "SYNTHETIC hours drawn from monthly statistics, no measurement"

_FIRST_YEAR, _LAST_YEAR = 1800, 2200
_HOURLY_LAG1 = 0.54  # reference 2 of synthesize

# Above the clear sky of Ineichen, as a ratio: hours by light reflected from clouds, beams by air
# that is clearer than the month's mean turbidity. The last is in W/m2.
_HOURLY_ENHANCEMENT = 1.05
_DNI_OVER_CLEAR = 1.05
_DNI_LIMIT = 1050.0

# Assumptions: no daily temperatures of the city were found. [°C, 1, h after midnight]
_ANOMALY_SD = 2.5
_ANOMALY_LAG1 = 0.75
_WARMEST_HOUR = 15.5


def synthesize(climate: SiteClimate, *, seed: int) -> xr.Dataset:
    """
    Draw a typical year of hourly weather that keeps the published monthly statistics.

    Daily clearness rises without a step from an assumed dark floor through the month's published
    quantiles to an assumed clear ceiling, and is put in order by an autoregressive Gaussian series;
    hours follow the clear sky with variability on partly cloudy days; diffuse
    irradiance comes from a decomposition whose exponent is solved for each month. The months' GHI,
    DHI and mean temperature are exact. The same seed gives the same year.

    Parameters
    ----------
    climate : SiteClimate
        Published statistics of the site.
    seed : int
        Start of the random numbers, not negative.

    Returns
    -------
    Dataset (site, time)
        8760 hours of ``ghi dni dhi temp_air wind_speed``, labelled by the start of the interval in
        UTC, in months of local standard time. Closure holds with the true zenith at mid-interval.
        [W/m2, °C, m/s]

    Raises
    ------
    InvalidWeather
        A month's GHI or DHI does not fit its clearness quantiles or the clear sky.
    ValueError
        A negative seed.

    References
    ----------
    .. [1] Graham, Hollands, Unny, "A time series model for Kt with application to global synthetic
       weather generation", Solar Energy 40 (2), 83-92, 1988
    .. [2] Graham, Hollands, "A method to generate synthetic hourly solar radiation globally", Solar
       Energy 44 (6), 333-341, 1990
    .. [3] Ineichen, Perez, "A new airmass independent formulation for the Linke turbidity
       coefficient", Solar Energy 73 (3), 2002, :doi:`10.1016/S0038-092X(02)00045-2`
    .. [4] Erbs, Klein, Duffie, "Estimation of the diffuse radiation fraction for hourly, daily and
       monthly-average global radiation", Solar Energy 28 (4), 1982,
       :doi:`10.1016/0038-092X(82)90302-4`
    """
    calendar = calendar_of([NOMINAL_YEAR], climate.utc_offset_hours)
    return _drawn(climate, calendar, seed, typical=True)


def synthesize_years(climate: SiteClimate, *, years: Sequence[int], seed: int) -> xr.Dataset:
    """
    Draw several calendar years of hourly weather that keep the published statistics together.

    Over all years the months have the published sums of GHI and DHI, the published quantiles and
    persistence of daily clearness and the published temperatures, as ``synthesize`` gives them to
    one year; a single year differs. The yearly sums of GHI have the published standard deviation,
    that of these years (n - 1), not of a population they are drawn from. Because the years share
    these sums, a year depends on its neighbours: the same (seed, years) give the same weather, and
    2010 of 2005 to 2023 is not that of 2010 to 2011.

    Parameters
    ----------
    climate : SiteClimate
        Published statistics. An unknown (NaN) spread from year to year leaves the years as they
        are drawn.
    years : sequence of int
        Consecutive years, first to last; those with 29 February have 8784 hours. February's sum
        is that of the mean year in both.
    seed : int
        Start of the random numbers, not negative.

    Returns
    -------
    Dataset (site, time)
        As ``synthesize``, of real calendar years. [W/m2, °C, m/s]

    Raises
    ------
    InvalidWeather
        As ``synthesize``; years that do not follow each other.
    ValueError
        A negative seed.
    """
    wanted = [int(year) for year in years]
    if not wanted or wanted != list(range(wanted[0], wanted[0] + len(wanted))):
        raise InvalidWeather(
            "years", f"{wanted} do not follow each other", "Give a first and a last year"
        )
    if not _FIRST_YEAR <= wanted[0] <= wanted[-1] <= _LAST_YEAR:
        raise InvalidWeather(
            "years", f"{wanted[0]} to {wanted[-1]}", f"Stay within {_FIRST_YEAR} to {_LAST_YEAR}"
        )
    return _drawn(climate, calendar_of(wanted, climate.utc_offset_hours), seed, typical=False)


def _drawn(climate: SiteClimate, calendar: Calendar, seed: int, *, typical: bool) -> xr.Dataset:
    days, hours, air = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
    sky = clear_sky(climate, calendar)
    daily = (days_of_year if calendar.years == 1 else days_of_years)(climate, sky, calendar, days)
    ghi = _hourly_ghi(daily, sky, hours)
    dhi = _diffuse(climate, ghi, sky, calendar)
    dni = np.divide(ghi - dhi, sky.cos_zenith, out=np.zeros_like(ghi), where=ghi > dhi)
    temp_air = _temperature(climate, daily / by_day(sky.clear_ghi), sky, calendar, air)
    columns = {"ghi": ghi, "dni": dni, "dhi": dhi, "temp_air": temp_air}
    return _dataset(climate, calendar, columns, typical=typical)


def _hourly_ghi(daily: Array, sky: Sky, rng: np.random.Generator) -> Array:
    """Hours of each day: clear sky times an index that varies most on partly cloudy days."""
    clear = sky.clear_ghi.reshape(-1, 24)
    index = (daily / clear.sum(axis=1))[:, np.newaxis]
    spread = 0.01 + 0.9 * index * np.clip(0.95 - index, 0.0, None)
    noise = spread * _autoregressive(rng, clear.shape, _HOURLY_LAG1)

    def hours(shift: Array) -> Array:
        varied = index + noise + shift[:, np.newaxis]
        return clear * np.clip(varied, 0.3 * index, _HOURLY_ENHANCEMENT)

    return hours(bisect(lambda x: hours(x).sum(axis=1), daily, -2.0, 2.0)).ravel()


def _autoregressive(rng: np.random.Generator, shape: tuple[int, ...], lag1: float) -> Array:
    """Standard normal series along the last axis."""
    series = rng.standard_normal(shape)
    for step in range(1, shape[-1]):
        fresh = np.sqrt(1.0 - lag1**2) * series[..., step]
        series[..., step] = lag1 * series[..., step - 1] + fresh
    return series


def _diffuse(climate: SiteClimate, ghi: Array, sky: Sky, calendar: Calendar) -> Array:
    erbs = pvlib.irradiance.erbs(ghi, sky.zenith, day_of_year(calendar))
    month, days = calendar.month_of_hour, DAYS_OF_MONTH * calendar.years
    fraction = np.divide(erbs["dhi"], ghi, out=np.ones_like(ghi), where=ghi > 0.0)
    beam = np.minimum(_DNI_OVER_CLEAR * sky.clear_dni, _DNI_LIMIT) * sky.cos_zenith

    def diffuse(exponent: Array) -> Array:
        return np.clip(ghi * fraction ** exponent[month], ghi - beam, ghi)

    target = 1000.0 * np.array(climate.dhi_kwh_per_m2_day) * days
    exponent = -bisect(lambda x: by_month(diffuse(-x), calendar), target, -8.0, -0.05)
    dhi = diffuse(exponent)
    wrong = ~np.isclose(by_month(dhi, calendar), target, rtol=1e-6)
    if wrong.any():
        first = int(np.argmax(wrong))
        nearest = by_month(dhi, calendar)[first] / 1000.0 / days[first]
        raise InvalidWeather(
            f"climate of {climate.site}, dhi_kwh_per_m2_day, month {first + 1}",
            f"{climate.dhi_kwh_per_m2_day[first]:.2f} kWh/m2 a day cannot be had from this GHI, the"
            f" nearest is {nearest:.2f}",
            "Correct the DHI or the GHI",
        )
    return dhi


def _temperature(
    climate: SiteClimate, clear_index: Array, sky: Sky, calendar: Calendar, rng: np.random.Generator
) -> Array:
    """Air temperature: seasons, spells of days, and a daily swing that is wider on clear days."""
    spell = to_hours(_ANOMALY_SD * _autoregressive(rng, clear_index.shape, _ANOMALY_LAG1))
    swing = (0.5 + 0.65 * clear_index)[:, np.newaxis] * _daily_wave(sky)
    mean, low = np.array(climate.temp_air_mean), np.array(climate.temp_air_mean_min)
    centre, amplitude, days = mean.copy(), mean - low, np.bincount(calendar.month)
    temp_air = np.zeros(swing.size)
    for _ in range(80):
        season, width = to_days(centre, calendar), to_days(amplitude, calendar)
        temp_air = to_hours(season) + spell + (width[:, np.newaxis] * swing).ravel()
        lowest = temp_air.reshape(-1, 24).min(axis=1)
        error = mean - by_month(temp_air, calendar) / (24.0 * days)
        depth = mean - low - (mean - error - np.bincount(calendar.month, weights=lowest) / days)
        centre, amplitude = centre + error, amplitude + depth
    return temp_air


def _daily_wave(sky: Sky) -> Array:
    """Two half cosines a day, from -1 at sunrise to 1 in mid-afternoon and back. [1]."""
    hour = np.arange(24) + 0.5
    sunrise = (np.argmax(sky.cos_zenith.reshape(-1, 24) > 0.0, axis=1) + 0.5)[:, np.newaxis]
    rising = -np.cos(np.pi * (hour - sunrise) / (_WARMEST_HOUR - sunrise))
    since = (hour - _WARMEST_HOUR) % 24.0
    falling = np.cos(np.pi * since / (sunrise + 24.0 - _WARMEST_HOUR))
    return np.where((hour >= sunrise) & (hour <= _WARMEST_HOUR), rising, falling)


def _dataset(
    climate: SiteClimate, calendar: Calendar, columns: dict[str, Array], *, typical: bool
) -> xr.Dataset:
    frame = pd.DataFrame(columns, index=calendar.starts.tz_localize(None))
    site = WeatherSite(
        climate.site, climate.latitude, climate.longitude, climate.altitude, climate.district
    )
    attrs: dict[str, object] = {
        "source": climate.source,
        "synthetic": 1,
        "stated_note": NOTE,
        "inputs": "[]",
        "warnings": json.dumps(climate.assumptions, ensure_ascii=False),
        **{key: getattr(climate, key) for key in SPREADS},
    }
    convention = Convention("start", climate.utc_offset_hours, typical_year=typical)
    return weather_dataset(frame.assign(wind_speed=climate.wind_speed), site, convention, attrs)
