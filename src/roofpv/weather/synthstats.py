"""Synthetic weather held against the statistics that it was drawn from, month by month."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.weather.climate import DAYS_OF_MONTH, KT_PROBABILITIES, SiteClimate
from roofpv.weather.synthsky import Array, Calendar, by_day, by_month, calendar_of, clear_sky

QUANTITIES = (
    "ghi_kwh_per_m2",
    "dhi_kwh_per_m2",
    *(f"kt_p{100 * probability:02.0f}" for probability in KT_PROBABILITIES),
    "kt_lag1",
    "temp_air",
    "temp_air_min",
)


def published_and_generated(climate: SiteClimate, weather: xr.Dataset) -> pd.DataFrame:
    """
    Compare weather with its climate.

    Parameters
    ----------
    climate : SiteClimate
        Published statistics.
    weather : Dataset (site, time)
        What ``synthesize`` or ``synthesize_years`` drew from them.

    Returns
    -------
    DataFrame (month,)
        Columns by ``QUANTITIES`` and "published" or "generated". Sums are those of the mean year;
        quantiles, correlations and temperatures are of all years together. [kWh/m2, 1, °C]
    """
    offset = pd.Timedelta(hours=climate.utc_offset_hours)
    local = weather.indexes["time"][[0, -1]] + offset
    calendar = calendar_of(range(local[0].year, local[1].year + 1), climate.utc_offset_hours)
    generated = _generated(climate, weather.isel(site=0), calendar)
    columns = {
        (name, said): values[:, number]
        for number, name in enumerate(QUANTITIES)
        for said, values in (("published", _published(climate)), ("generated", generated))
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(1, 13, name="month"))


def annual_ghi(weather: xr.Dataset) -> pd.Series:
    """GHI of each year by the weather's own clock. [kWh/m2]"""
    hours = float(weather.attrs["utc_offset_hours"])
    year = (weather.indexes["time"] + pd.Timedelta(hours=hours)).year
    return weather["ghi"].isel(site=0).to_pandas().groupby(year).sum() / 1000.0


def _published(climate: SiteClimate) -> Array:
    return np.column_stack(
        [
            climate.ghi_kwh_per_m2_day * DAYS_OF_MONTH,
            climate.dhi_kwh_per_m2_day * DAYS_OF_MONTH,
            np.array(climate.kt_quantiles),
            climate.kt_lag1,
            climate.temp_air_mean,
            climate.temp_air_mean_min,
        ]
    )


def _generated(climate: SiteClimate, site: xr.Dataset, calendar: Calendar) -> Array:
    ghi, dhi, temp_air = (site[name].to_numpy() for name in ("ghi", "dhi", "temp_air"))
    clearness = by_day(ghi) / by_day(clear_sky(climate, calendar).extra)
    days = np.bincount(calendar.month)
    lowest = np.bincount(calendar.month, weights=temp_air.reshape(-1, 24).min(axis=1)) / days
    spread = [_spread(clearness, calendar, month) for month in range(12)]
    sums = [by_month(hours, calendar) / 1000.0 / calendar.years for hours in (ghi, dhi)]
    mean = by_month(temp_air, calendar) / (24.0 * days)
    return np.column_stack([*sums, np.array(spread), mean, lowest])


def _spread(clearness: Array, calendar: Calendar, month: int) -> list[float]:
    """Quantiles of a month's days and the correlation of each with the next."""
    days = np.flatnonzero(month == calendar.month)
    first = days[:-1][np.diff(days) == 1]
    lag1 = np.corrcoef(clearness[first], clearness[first + 1])[0, 1]
    return [*np.quantile(clearness[days], KT_PROBABILITIES), float(lag1)]
