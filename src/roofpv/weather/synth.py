"""A typical weather year, hour by hour, from a site's published monthly statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pvlib
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.climate import DAYS_OF_MONTH, KT_PROBABILITIES, SiteClimate

Array = npt.NDArray[np.float64]

NOMINAL_YEAR = 2001
"""A year without 29 February that stands for the typical year."""

_MONTH_OF_DAY = np.repeat(np.arange(12), DAYS_OF_MONTH)
_MONTH_OF_HOUR = np.repeat(_MONTH_OF_DAY, 24)
_HALF_HOUR = pd.Timedelta(minutes=30)
_MID_MONTH = np.cumsum(DAYS_OF_MONTH) - DAYS_OF_MONTH / 2.0

# Assumption, the dark floor of daily clearness: the published clearness is modelled from sunshine
# hours and never falls below about 0.2, but real dust and overcast are darker. In five years of
# MERRA-2 around the city the darkest day of most months has 0.05 to 0.14.
_DARKEST_KT = 0.08
# The days of a month are spread evenly over the shares 0 to 1, which keeps the quantiles; only the
# first and the last stay this part of a day off the ends, so that floor and ceiling are not an
# event of every month.
_OFF_ENDS = 0.25
# How far the curve between the 10 and the 50 % quantile may bow upwards or sag; 1 is a straight
# line. A month's GHI that asks for more contradicts its quantiles.
_BOW = (0.1, 20.0)
_CANDIDATES = 200
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


class _Sky(NamedTuple):
    """Sun and clear sky at mid-interval, one value an hour of the year. [1, W/m2]."""

    zenith: Array
    cos_zenith: Array
    extra: Array
    clear_ghi: Array
    clear_dni: Array


class _Sun(NamedTuple):
    """Irradiance, one value an hour of the year. [W/m2]."""

    ghi: Array
    dni: Array
    dhi: Array


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
    days, hours, air = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))
    starts = _starts(climate.utc_offset_hours)
    sky = _sky(climate, starts)
    daily = _daily_ghi(climate, sky, days)
    ghi = _hourly_ghi(daily, sky, hours)
    dhi = _diffuse(climate, ghi, sky, starts)
    dni = np.divide(ghi - dhi, sky.cos_zenith, out=np.zeros_like(ghi), where=ghi > dhi)
    temp_air = _temperature(climate, daily / _by_day(sky.clear_ghi), sky, air)
    return _dataset(climate, starts, _Sun(ghi, dni, dhi), temp_air)


def _starts(utc_offset_hours: float) -> pd.DatetimeIndex:
    local = pd.date_range(f"{NOMINAL_YEAR}-01-01", periods=8760, freq="h", unit="ns")
    return (local - pd.Timedelta(hours=utc_offset_hours)).tz_localize("UTC")


def _day_of_year(starts: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    # As numbers: from a DatetimeIndex pvlib 0.16 takes them in a way that pandas 3.1 deprecates.
    return (starts + _HALF_HOUR).day_of_year.to_numpy()


def _sky(climate: SiteClimate, starts: pd.DatetimeIndex) -> _Sky:
    place = (climate.latitude, climate.longitude)
    sun = pvlib.solarposition.get_solarposition(
        starts + _HALF_HOUR, *place, altitude=climate.altitude, method="nrel_numpy"
    )
    apparent_zenith, zenith = sun["apparent_zenith"].to_numpy(), sun["zenith"].to_numpy()
    airmass = pvlib.atmosphere.get_absolute_airmass(
        pvlib.atmosphere.get_relative_airmass(apparent_zenith),
        pvlib.atmosphere.alt2pres(climate.altitude),
    )
    extra = pvlib.irradiance.get_extra_radiation(_day_of_year(starts))
    with np.errstate(divide="ignore", invalid="ignore"):  # pvlib divides by the sun's height
        clear = pvlib.clearsky.ineichen(
            apparent_zenith,
            airmass,
            _turbidity(*place),
            altitude=climate.altitude,
            dni_extra=extra,
        )
    up = zenith < 90.0
    cos_zenith = np.where(up, np.cos(np.radians(zenith)), 0.0)
    clear_ghi, clear_dni = (
        np.where(up, np.nan_to_num(clear[name]), 0.0) for name in ("ghi", "dni")
    )
    return _Sky(zenith, cos_zenith, extra * cos_zenith, clear_ghi, clear_dni)


def _turbidity(latitude: float, longitude: float) -> Array:
    """Linke turbidity of each hour, between the months' values in pvlib's atlas. [1]."""
    months = pd.date_range(f"{NOMINAL_YEAR}-01-01", periods=12, freq="MS", tz="UTC")
    monthly = pvlib.clearsky.lookup_linke_turbidity(
        months, latitude, longitude, interp_turbidity=False
    )
    return _to_hours(_to_days(monthly.to_numpy()))


def _by_day(hourly: Array) -> Array:
    return hourly.reshape(365, 24).sum(axis=1)


def _by_month(hourly: Array) -> Array:
    return np.asarray(np.bincount(_MONTH_OF_HOUR, weights=hourly), dtype=np.float64)


def _bisect(rising: Callable[[Array], Array], target: Array, low: float, high: float) -> Array:
    """Argument at which a rising function, element by element, meets the target."""
    below, above = np.full_like(target, low), np.full_like(target, high)
    for _ in range(60):
        middle = 0.5 * (below + above)
        short = rising(middle) < target
        below, above = np.where(short, middle, below), np.where(short, above, middle)
    return 0.5 * (below + above)


def _daily_ghi(climate: SiteClimate, sky: _Sky, rng: np.random.Generator) -> Array:
    extra, brightest = _by_day(sky.extra), _by_day(sky.clear_ghi)
    ghi = np.empty(365)
    previous = 0.0
    for month in range(12):
        days = np.flatnonzero(month == _MONTH_OF_DAY)
        knots = _knots(climate.kt_quantiles[month], brightest[days].sum() / extra[days].sum())
        target = 1000.0 * climate.ghi_kwh_per_m2_day[month] * len(days)
        ranks, states = _orders(len(days), climate.kt_lag1[month], previous, rng)
        off_ends = _OFF_ENDS / len(days)
        shares = np.clip(np.linspace(0.0, 1.0, len(days)), off_ends, 1.0 - off_ends)
        orders = _Orders(knots, shares[ranks], extra[days], brightest[days])
        drawn = orders.daily_ghi(orders.bow(target))
        missed = np.abs(drawn.sum(axis=1) / target - 1.0)
        astray = np.abs(_lag1(drawn / extra[days]) - climate.kt_lag1[month])
        best = int(np.argmin(np.where(missed < 1e-6, astray, 10.0 + missed)))
        ghi[days], previous = drawn[best], float(states[best])
        _check_month(climate, month, ghi[days], target)
    return ghi


def _orders(
    count: int, persistence: float, previous: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], Array]:
    """Candidates: rank of each day of the month, darkest first, and the series' last states."""
    innovation = np.sqrt(1.0 - persistence**2) * rng.standard_normal((_CANDIDATES, count))
    series = np.empty_like(innovation)
    state = np.full(_CANDIDATES, previous)
    for day in range(count):
        state = persistence * state + innovation[:, day]
        series[:, day] = state
    return series.argsort(axis=1).argsort(axis=1), state


def _knots(quantiles: tuple[float, ...], ceiling: float) -> Array:
    """
    Clearness at the shares 0, ``KT_PROBABILITIES`` and 1.

    The ceiling, too, is an assumption: the brightest day has the month's cloudless sky (reference 3
    of ``synthesize``), which a whole day hardly outshines. It lies 0.01 to 0.07 above the 90 %.
    """
    return np.array([min(_DARKEST_KT, quantiles[0]), *quantiles, max(ceiling, quantiles[-1])])


class _Orders(NamedTuple):
    """
    Days of one month in several orders: which share of the days is darker than each.

    The curve of clearness rises in straight lines from knot to knot, but for the stretch from the
    10 to the 50 % quantile: most of the month's spread lies there and the true curve is strongly
    concave. It bows as far as the month's published GHI asks for, which leaves every knot in place.
    """

    knots: Array
    share: Array
    extra: Array
    brightest: Array

    def daily_ghi(self, bow: Array) -> Array:
        low, middle, _ = KT_PROBABILITIES
        along = np.clip((self.share - low) / (middle - low), 0.0, 1.0)
        bowed = low + (middle - low) * (1.0 - (1.0 - along) ** bow[:, np.newaxis])
        share = np.where((self.share > low) & (self.share < middle), bowed, self.share)
        clearness = np.interp(share, (0.0, *KT_PROBABILITIES, 1.0), self.knots)
        return np.minimum(clearness * self.extra, self.brightest)

    def bow(self, total: float) -> Array:
        """Bow with which the days of each order add up to the total, as near as it can be."""
        target = np.full(len(self.share), total)
        return _bisect(lambda bow: self.daily_ghi(bow).sum(axis=1), target, *_BOW)


def _lag1(series: Array) -> Array:
    """Correlation of each row with itself one step later."""
    first, second = series[:, :-1], series[:, 1:]
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.divide((first * second).sum(axis=1), scale, out=np.zeros_like(scale), where=scale > 0)


def _check_month(climate: SiteClimate, month: int, ghi: Array, target: float) -> None:
    if not np.isclose(ghi.sum(), target, rtol=1e-6):
        raise InvalidWeather(
            f"climate of {climate.site}, ghi_kwh_per_m2_day, month {month + 1}",
            f"{climate.ghi_kwh_per_m2_day[month]:.2f} kWh/m2 a day does not fit the clearness"
            f" quantiles under this clear sky, the nearest is {ghi.mean() / 1000.0:.2f}",
            "Correct the GHI, the quantiles or the coordinates",
        )


def _hourly_ghi(daily: Array, sky: _Sky, rng: np.random.Generator) -> Array:
    """Hours of each day: clear sky times an index that varies most on partly cloudy days."""
    clear = sky.clear_ghi.reshape(365, 24)
    index = (daily / clear.sum(axis=1))[:, np.newaxis]
    spread = 0.01 + 0.9 * index * np.clip(0.95 - index, 0.0, None)
    noise = spread * _autoregressive(rng, (365, 24), _HOURLY_LAG1)

    def hours(shift: Array) -> Array:
        varied = index + noise + shift[:, np.newaxis]
        return clear * np.clip(varied, 0.3 * index, _HOURLY_ENHANCEMENT)

    return hours(_bisect(lambda x: hours(x).sum(axis=1), daily, -2.0, 2.0)).ravel()


def _autoregressive(rng: np.random.Generator, shape: tuple[int, ...], lag1: float) -> Array:
    """Standard normal series along the last axis."""
    series = rng.standard_normal(shape)
    for step in range(1, shape[-1]):
        fresh = np.sqrt(1.0 - lag1**2) * series[..., step]
        series[..., step] = lag1 * series[..., step - 1] + fresh
    return series


def _diffuse(climate: SiteClimate, ghi: Array, sky: _Sky, starts: pd.DatetimeIndex) -> Array:
    erbs = pvlib.irradiance.erbs(ghi, sky.zenith, _day_of_year(starts))
    fraction = np.divide(erbs["dhi"], ghi, out=np.ones_like(ghi), where=ghi > 0.0)
    beam = np.minimum(_DNI_OVER_CLEAR * sky.clear_dni, _DNI_LIMIT) * sky.cos_zenith

    def diffuse(exponent: Array) -> Array:
        return np.clip(ghi * fraction ** exponent[_MONTH_OF_HOUR], ghi - beam, ghi)

    target = 1000.0 * np.array(climate.dhi_kwh_per_m2_day) * DAYS_OF_MONTH
    exponent = -_bisect(lambda x: _by_month(diffuse(-x)), target, -8.0, -0.05)
    dhi = diffuse(exponent)
    wrong = ~np.isclose(_by_month(dhi), target, rtol=1e-6)
    if wrong.any():
        month = int(np.argmax(wrong))
        raise InvalidWeather(
            f"climate of {climate.site}, dhi_kwh_per_m2_day, month {month + 1}",
            f"{climate.dhi_kwh_per_m2_day[month]:.2f} kWh/m2 a day cannot be had from this GHI, the"
            f" nearest is {_by_month(dhi)[month] / 1000.0 / DAYS_OF_MONTH[month]:.2f}",
            "Correct the DHI or the GHI",
        )
    return dhi


def _temperature(
    climate: SiteClimate, clear_index: Array, sky: _Sky, rng: np.random.Generator
) -> Array:
    """Air temperature: seasons, spells of days, and a daily swing that is wider on clear days."""
    spell = _to_hours(_ANOMALY_SD * _autoregressive(rng, (365,), _ANOMALY_LAG1))
    swing = (0.5 + 0.65 * clear_index)[:, np.newaxis] * _daily_wave(sky)
    mean, low = np.array(climate.temp_air_mean), np.array(climate.temp_air_mean_min)
    centre, amplitude = mean.copy(), mean - low
    temp_air = np.zeros(8760)
    for _ in range(80):
        season, width = _to_days(centre), _to_days(amplitude)
        temp_air = _to_hours(season) + spell + (width[:, np.newaxis] * swing).ravel()
        lowest = temp_air.reshape(365, 24).min(axis=1)
        error = mean - _by_month(temp_air) / (24.0 * DAYS_OF_MONTH)
        depth = (
            mean - low - (mean - error - np.bincount(_MONTH_OF_DAY, weights=lowest) / DAYS_OF_MONTH)
        )
        centre, amplitude = centre + error, amplitude + depth
    return temp_air


def _to_days(monthly: Array) -> Array:
    return np.interp(np.arange(365) + 0.5, _MID_MONTH, monthly, period=365.0)


def _to_hours(daily: Array) -> Array:
    hours = (np.arange(8760) + 0.5) / 24.0
    return np.interp(hours, np.arange(365) + 0.5, daily, period=365.0)


def _daily_wave(sky: _Sky) -> Array:
    """Two half cosines a day, from -1 at sunrise to 1 in mid-afternoon and back. [1]."""
    hour = np.arange(24) + 0.5
    sunrise = (np.argmax(sky.cos_zenith.reshape(365, 24) > 0.0, axis=1) + 0.5)[:, np.newaxis]
    rising = -np.cos(np.pi * (hour - sunrise) / (_WARMEST_HOUR - sunrise))
    since = (hour - _WARMEST_HOUR) % 24.0
    falling = np.cos(np.pi * since / (sunrise + 24.0 - _WARMEST_HOUR))
    return np.where((hour >= sunrise) & (hour <= _WARMEST_HOUR), rising, falling)


def _dataset(
    climate: SiteClimate, starts: pd.DatetimeIndex, sun: _Sun, temp_air: Array
) -> xr.Dataset:
    wind = np.full(8760, climate.wind_speed)
    columns = {
        "ghi": (sun.ghi, "W/m2"),
        "dni": (sun.dni, "W/m2"),
        "dhi": (sun.dhi, "W/m2"),
        "temp_air": (temp_air, "degC"),
        "wind_speed": (wind, "m/s"),
    }
    return xr.Dataset(
        {
            name: (("site", "time"), values[np.newaxis], {"units": units})
            for name, (values, units) in columns.items()
        },
        coords={
            "site": np.array([climate.site], dtype=object),
            "latitude": ("site", [climate.latitude], {"units": "degrees_north"}),
            "longitude": ("site", [climate.longitude], {"units": "degrees_east"}),
            "altitude": ("site", [climate.altitude], {"units": "m"}),
            "district": ("site", np.array([climate.district], dtype=object)),
            "time": starts.tz_localize(None).to_numpy(),
        },
        attrs={
            "time_label": "start",
            "interval_minutes": 60,
            "utc_offset_hours": climate.utc_offset_hours,
            "typical_year": 1,
            "synthetic": 1,
            "source": climate.source,
            "ghi_uncertainty_fraction": climate.ghi_uncertainty_fraction,
            "ghi_interannual_sd_fraction": climate.ghi_interannual_sd_fraction,
        },
    )
