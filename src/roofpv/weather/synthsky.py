"""Calendar and cloudless sky of synthetic weather, hour by hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pvlib

from roofpv.weather.climate import DAYS_OF_MONTH, SiteClimate

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

NOMINAL_YEAR = 2001
"""A year without 29 February that stands for the typical year."""

_HALF_HOUR = pd.Timedelta(minutes=30)
_MID_MONTH = np.cumsum(DAYS_OF_MONTH) - DAYS_OF_MONTH / 2.0


class Calendar(NamedTuple):
    """
    Whole years of hours in local standard time.

    ``starts`` are the hours in UTC. Of each day: ``month`` (0 to 11), ``year`` (0 for the first)
    and ``season``, its middle in days since New Year of a year without 29 February.
    """

    starts: pd.DatetimeIndex
    month: Numbers
    year: Numbers
    season: Array

    @property
    def month_of_hour(self) -> Numbers:
        """Month of each hour, 0 to 11."""
        return np.repeat(self.month, 24)

    @property
    def years(self) -> int:
        """How many years there are."""
        return int(self.year[-1]) + 1


class Sky(NamedTuple):
    """Sun and clear sky at mid-interval, one value an hour. [1, W/m2]."""

    zenith: Array
    cos_zenith: Array
    extra: Array
    clear_ghi: Array
    clear_dni: Array


def calendar_of(years: Sequence[int], utc_offset_hours: float) -> Calendar:
    """Hours of consecutive years, 29 February included where a year has it."""
    first, last = f"{years[0]}-01-01", f"{years[-1]}-12-31"
    days = pd.date_range(first, last, freq="D", unit="ns")
    hours = pd.date_range(first, periods=24 * days.size, freq="h", unit="ns")
    starts = (hours - pd.Timedelta(hours=utc_offset_hours)).tz_localize("UTC")
    past_february = days.is_leap_year & (days.month > 2)
    leap_day = (days.month == 2) & (days.day == 29)
    season = days.day_of_year.to_numpy() - 0.5 - past_february - 0.5 * leap_day
    return Calendar(starts, days.month.to_numpy() - 1, days.year.to_numpy() - years[0], season)


def clear_sky(climate: SiteClimate, calendar: Calendar) -> Sky:
    """Sun and clear sky of each hour by Ineichen's model with pvlib's turbidity atlas."""
    place = (climate.latitude, climate.longitude)
    middle = calendar.starts + _HALF_HOUR
    sun = pvlib.solarposition.get_solarposition(
        middle, *place, altitude=climate.altitude, method="nrel_numpy"
    )
    apparent_zenith, zenith = sun["apparent_zenith"].to_numpy(), sun["zenith"].to_numpy()
    airmass = pvlib.atmosphere.get_absolute_airmass(
        pvlib.atmosphere.get_relative_airmass(apparent_zenith),
        pvlib.atmosphere.alt2pres(climate.altitude),
    )
    extra = pvlib.irradiance.get_extra_radiation(day_of_year(calendar))
    with np.errstate(divide="ignore", invalid="ignore"):  # pvlib divides by the sun's height
        clear = pvlib.clearsky.ineichen(
            apparent_zenith,
            airmass,
            to_hours(to_days(turbidity(climate), calendar)),
            altitude=climate.altitude,
            dni_extra=extra,
        )
    up = zenith < 90.0
    cos_zenith = np.where(up, np.cos(np.radians(zenith)), 0.0)
    clear_ghi, clear_dni = (
        np.where(up, np.nan_to_num(clear[name]), 0.0) for name in ("ghi", "dni")
    )
    return Sky(zenith, cos_zenith, extra * cos_zenith, clear_ghi, clear_dni)


def day_of_year(calendar: Calendar) -> Numbers:
    """Day of the year of the middle of each hour, in UTC."""
    # As numbers: from a DatetimeIndex pvlib 0.16 takes them in a way that pandas 3.1 deprecates.
    return (calendar.starts + _HALF_HOUR).day_of_year.to_numpy()


def turbidity(climate: SiteClimate) -> Array:
    """Linke turbidity of each month: the climate's own, or that of pvlib's atlas. [1]."""
    if climate.linke_turbidity:
        return np.array(climate.linke_turbidity)
    months = pd.date_range(f"{NOMINAL_YEAR}-01-01", periods=12, freq="MS", tz="UTC")
    atlas = pvlib.clearsky.lookup_linke_turbidity(
        months, climate.latitude, climate.longitude, interp_turbidity=False
    )
    return atlas.to_numpy()


def by_day(hourly: Array) -> Array:
    """Sum of each day."""
    return hourly.reshape(-1, 24).sum(axis=1)


def by_month(hourly: Array, calendar: Calendar) -> Array:
    """Sum of each of the twelve months, all years together."""
    return np.asarray(np.bincount(calendar.month_of_hour, weights=hourly), dtype=np.float64)


def to_days(monthly: Array, calendar: Calendar) -> Array:
    """Value of each day between those of the middles of the months."""
    return np.interp(calendar.season, _MID_MONTH, monthly, period=365.0)


def to_hours(daily: Array) -> Array:
    """Value of each hour between those of the middles of the days."""
    hours = (np.arange(24 * daily.size) + 0.5) / 24.0
    return np.interp(hours, np.arange(daily.size) + 0.5, daily, period=float(daily.size))
