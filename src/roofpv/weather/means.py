"""The climate of any place from a few monthly means, the rest by published correlations."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from roofpv.errors import InvalidWeather
from roofpv.weather.climate import DAYS_OF_MONTH, KT_PROBABILITIES, SiteClimate
from roofpv.weather.synthdays import DARKEST_KT, MonthOfDays, bisect
from roofpv.weather.synthsky import (
    NOMINAL_YEAR,
    Array,
    Calendar,
    Sky,
    by_month,
    calendar_of,
    clear_sky,
    turbidity,
)

# Graham, Hollands, Unny (reference 2 of climate_from_means) found it at every place alike.
LAG1 = 0.29
# Assumption; published standard deviations of annual GHI lie between about 0.02 and 0.06. Where
# the sky is mostly clear a year can hardly gain, and varies by no more than this part of the way up
# to a year without a cloud.
INTERANNUAL_SD, _OF_HEADROOM = 0.04, 0.25
# Assumption: a weak wind keeps the modules rather too warm than too cool. [m/s]
WIND_SPEED = 2.0
# Hargreaves and Samani: clearness = 0.16 sqrt(daily range of temperature) away from the sea.
_HARGREAVES = 0.16
_RANGES = (4.0, 20.0)
# Erbs et al. found their correlation for clearness up to 0.8; the shares it can take here.
_DIFFUSE_SHARES = (0.12, 0.97)
_STEEPEST = 400.0
# The darkest day of a month stands for the darkest hundredth of its days.
_DARKEST_SHARE = 0.01
# Where a month has more than this part of what its brightest order of days has, its air must be
# clearer than the turbidity atlas says; 1.5 is that of high mountains.
_BRIGHTEST = 0.96
_CLEAREST_AIR = 1.5


@dataclass(frozen=True)
class MonthlyMeans:
    """
    What is known of a place, months from January to December.

    Parameters
    ----------
    latitude, longitude, altitude : float
        North, east, above sea level. [°, °, m]
    ghi_kwh_per_m2_day : tuple of 12 float
        Global horizontal irradiation of the mean day of each month. [kWh/m2]
    temp_air_mean : tuple of 12 float
        [°C]
    dhi_kwh_per_m2_day, temp_air_mean_min : tuple of 12 float, optional
        Diffuse horizontal irradiation [kWh/m2]; mean daily minimum of air temperature [°C].
    utc_offset_hours : float, optional
        Local standard time minus UTC; without it the whole hours nearest to the sun's. [h]
    wind_speed, ghi_interannual_sd_fraction : float, optional
        Mean wind [m/s]; standard deviation of annual GHI from year to year [1].
    site, source : str
        Name of the place; one line on where the numbers come from.
    """

    latitude: float
    longitude: float
    altitude: float
    ghi_kwh_per_m2_day: tuple[float, ...]
    temp_air_mean: tuple[float, ...]
    dhi_kwh_per_m2_day: tuple[float, ...] | None = None
    temp_air_mean_min: tuple[float, ...] | None = None
    utc_offset_hours: float | None = None
    wind_speed: float | None = None
    ghi_interannual_sd_fraction: float | None = None
    site: str = "site"
    source: str = "monthly means given by the user"


def climate_from_means(means: MonthlyMeans) -> SiteClimate:
    """
    Complete monthly means to a climate that a year can be drawn from.

    The clearness of days is distributed as Bendt et al. found it, a truncated exponential whose
    mean is the month's, from the assumed dark floor up to the month's cloudless sky: an upper end
    of its own for each place and month, which the tropics need [4]_. Its persistence is 0.29 [2]_.
    Diffuse irradiation is Erbs' share of the month [3]_. The mean daily minimum lies half of that
    daily range below the mean which Hargreaves and Samani find for the month's clearness [5]_.
    Every figure that was not given is named in ``assumptions``; the uncertainty of the GHI is NaN.

    Parameters
    ----------
    means : MonthlyMeans

    Returns
    -------
    SiteClimate

    Raises
    ------
    InvalidWeather
        A number that is missing or impossible; a month as bright as its cloudless sky, or darker
        than the darkest day.

    References
    ----------
    .. [1] Bendt, Collares-Pereira, Rabl, "The frequency distribution of daily insolation values",
       Solar Energy 27 (1), 1-5, 1981
    .. [2] Graham, Hollands, Unny, "A time series model for Kt with application to global synthetic
       weather generation", Solar Energy 40 (2), 83-92, 1988
    .. [3] Erbs, Klein, Duffie, "Estimation of the diffuse radiation fraction for hourly, daily and
       monthly-average global radiation", Solar Energy 28 (4), 1982,
       :doi:`10.1016/0038-092X(82)90302-4`
    .. [4] Saunier, Reddy, Kumar, "A monthly probability distribution function of daily global
       irradiation values appropriate for both tropical and temperate locations", Solar Energy 38
       (3), 169-177, 1987
    .. [5] Hargreaves, Samani, "Reference crop evapotranspiration from temperature", Applied
       Engineering in Agriculture 1 (2), 96-99, 1985, :doi:`10.13031/2013.26773`
    """
    stated = _as_stated(means)
    calendar = calendar_of([NOMINAL_YEAR], stated.utc_offset_hours)
    stated = _with_clear_air(stated, calendar)
    sky = clear_sky(stated, calendar)
    stated = _with_spread(stated, sky)
    clearness = 1000.0 * _monthly_sums(stated) / by_month(sky.extra, calendar)
    share = _erbs_month(clearness, _sunset_angles(stated.latitude, calendar))
    below = 0.5 * np.clip((clearness / _HARGREAVES) ** 2, *_RANGES)
    days = [MonthOfDays.of(sky, calendar, month) for month in range(12)]
    curves = [_fitted(stated, days[month], month) for month in range(12)]
    diffuse, coldest = share * stated.ghi_kwh_per_m2_day, stated.temp_air_mean - below
    return replace(
        stated,
        dhi_kwh_per_m2_day=means.dhi_kwh_per_m2_day or _plain(diffuse),
        kt_darkest=tuple(month[0] for month in curves),
        kt_quantiles=tuple(month[1:] for month in curves),
        temp_air_mean_min=means.temp_air_mean_min or _plain(coldest),
    )


def _monthly_sums(climate: SiteClimate) -> Array:
    return np.array(climate.ghi_kwh_per_m2_day) * DAYS_OF_MONTH


def _as_stated(means: MonthlyMeans) -> SiteClimate:
    """The climate with stand-ins for what is not known yet, so that what is stated is checked."""
    ghi, mean, offset = means.ghi_kwh_per_m2_day, means.temp_air_mean, means.utc_offset_hours
    spread, wind = means.ghi_interannual_sd_fraction, means.wind_speed
    return SiteClimate(
        site=means.site,
        district="",
        source=means.source,
        latitude=means.latitude,
        longitude=means.longitude,
        altitude=means.altitude,
        utc_offset_hours=float(round(means.longitude / 15.0)) if offset is None else offset,
        ghi_kwh_per_m2_day=ghi,
        dhi_kwh_per_m2_day=means.dhi_kwh_per_m2_day or tuple(0.5 * day for day in ghi),
        kt_quantiles=((0.3, 0.5, 0.7),) * 12,
        kt_lag1=(LAG1,) * 12,
        temp_air_mean=mean,
        temp_air_mean_min=means.temp_air_mean_min or tuple(degrees - 5.0 for degrees in mean),
        wind_speed=WIND_SPEED if wind is None else wind,
        ghi_uncertainty_fraction=float("nan"),
        ghi_interannual_sd_fraction=float("nan") if spread is None else spread,
        assumptions=_assumptions(means),
    )


def _assumptions(means: MonthlyMeans) -> tuple[str, ...]:
    assumed = {
        "dhi_kwh_per_m2_day": "diffuse irradiation is assumed: Erbs et al. 1982, monthly",
        "temp_air_mean_min": "daily minimum temperature is assumed: Hargreaves and Samani 1985",
        "wind_speed": f"wind is assumed: {WIND_SPEED:g} m/s",
    }
    return (
        "clearness of days is assumed: distribution of Bendt et al. 1981, lag-1 correlation "
        f"{LAG1:g} of Graham et al. 1988",
        *(said for key, said in assumed.items() if getattr(means, key) is None),
    )


def _with_clear_air(climate: SiteClimate, calendar: Calendar) -> SiteClimate:
    """Less turbidity than the atlas has, where a month is brighter than that lets it be."""
    atlas, sky = turbidity(climate), clear_sky(climate, calendar)
    air, wanted = atlas.copy(), np.array(climate.ghi_kwh_per_m2_day)
    while True:
        most = np.array([_range(MonthOfDays.of(sky, calendar, m))[1] for m in range(12)])
        hazy = (wanted > _BRIGHTEST * most) & (air > _CLEAREST_AIR)
        if not hazy.any():
            break
        air = np.where(hazy, np.maximum(0.95 * air, _CLEAREST_AIR), air)
        sky = clear_sky(replace(climate, linke_turbidity=_plain(air)), calendar)
    cleared = np.flatnonzero(air < atlas)
    if cleared.size == 0:
        return climate
    said = ", ".join(f"{m + 1} ({air[m]:.1f} for {atlas[m]:.1f})" for m in cleared)
    reason = f"clearer air than the atlas has (Linke turbidity) is assumed in month {said}"
    return replace(climate, linke_turbidity=_plain(air), assumptions=(*climate.assumptions, reason))


def _with_spread(climate: SiteClimate, sky: Sky) -> SiteClimate:
    """An assumed standard deviation from year to year where none is stated."""
    if not math.isnan(climate.ghi_interannual_sd_fraction):
        return climate
    headroom = float(sky.clear_ghi.sum()) / 1000.0 / _monthly_sums(climate).sum() - 1.0
    spread = round(min(INTERANNUAL_SD, _OF_HEADROOM * headroom), 4)
    said = f"spread of annual GHI from year to year is assumed: {spread:g}"
    return replace(
        climate, ghi_interannual_sd_fraction=spread, assumptions=(*climate.assumptions, said)
    )


def _sunset_angles(latitude: float, calendar: Calendar) -> Array:
    """Hour angle of sunset in the middle of each month (Cooper's declination). [°]."""
    middle = np.array([calendar.season[calendar.month == month].mean() for month in range(12)])
    declination = np.radians(23.45) * np.sin(2.0 * np.pi * (284.0 + middle) / 365.0)
    cosine = -np.tan(np.radians(latitude)) * np.tan(declination)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _erbs_month(clearness: Array, sunset_angle: Array) -> Array:
    """Diffuse share of a month's irradiation after Erbs et al., equation for monthly means."""
    winter = np.polynomial.Polynomial([1.391, -3.560, 4.189, -2.137])
    others = np.polynomial.Polynomial([1.311, -3.022, 3.427, -1.821])
    share = np.where(sunset_angle <= 81.4, winter(clearness), others(clearness))
    return np.clip(share, *_DIFFUSE_SHARES)


def _curve(days: MonthOfDays, steepness: float) -> tuple[float, ...]:
    """Clearness at ``_DARKEST_SHARE`` and ``KT_PROBABILITIES`` of the truncated exponential."""
    width = days.reached - DARKEST_KT
    shares = (_DARKEST_SHARE, *KT_PROBABILITIES)
    return tuple(DARKEST_KT + _share_below(steepness, share) * width for share in shares)


def _mean_ghi(days: MonthOfDays, steepness: float) -> float:
    """GHI of the mean day, as it is drawn by these quantiles. [kWh/m2]"""
    return days.expected(_curve(days, steepness)) / 1000.0 / days.extra.size


def _range(days: MonthOfDays) -> tuple[float, float]:
    return _mean_ghi(days, -_STEEPEST), _mean_ghi(days, _STEEPEST)


def _fitted(climate: SiteClimate, days: MonthOfDays, month: int) -> tuple[float, ...]:
    """Clearness curve that gives the month's GHI."""
    least, most = _range(days)
    wanted = climate.ghi_kwh_per_m2_day[month]
    if not least < wanted < most:
        raise InvalidWeather(
            f"climate of {climate.site}, ghi_kwh_per_m2_day, month {month + 1}",
            f"{wanted:.2f} kWh/m2 a day, expected {least:.2f} (dark all month) to {most:.2f} (clear"
            " nearly every day)",
            "Check the unit (per month or per day), the order of the months and the coordinates",
        )

    def means(steepness: Array) -> Array:
        return np.array([_mean_ghi(days, float(steepness[0]))])

    steepness = bisect(means, np.array([wanted]), -_STEEPEST, _STEEPEST)
    return _curve(days, float(steepness[0]))


def _share_below(steepness: float, chance: float) -> float:
    """Quantile of the density exp(s x) on 0 to 1."""
    s = max(abs(steepness), 1e-6)
    if steepness > 0.0:
        return 1.0 + math.log(chance + (1.0 - chance) * math.exp(-s)) / s
    return -math.log1p(chance * math.expm1(-s)) / s


def _plain(values: Array) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
