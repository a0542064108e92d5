"""How far the weather of a year and its long-term mean may be off: from years, or as stated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv.energy import Yearly
from roofpv.shares import shares_of

# Years from which their own spread is taken. The standard deviation of n years is itself off by
# 1 / sqrt(2 (n - 1)), a third for five; beside the other parts that moves P90 by 0.6 %.
LEAST_YEARS = 5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spreads:
    """
    One relative standard deviation of each building's annual energy, by what causes it.

    ``interannual`` from year to year, ``irradiation`` of the weather's long-term mean; NaN where
    neither the years nor the weather tell. ``from_years`` and ``assumed`` mark where the first
    comes from the years and the second from the assumptions.
    """

    interannual: Floats
    irradiation: Floats
    from_years: npt.NDArray[np.bool_]
    assumed: npt.NDArray[np.bool_]


def spreads(buildings: pd.DataFrame, weather: xr.Dataset, years: Yearly, assumed: float) -> Spreads:
    """
    Spread of each building's annual energy.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``weather_site``, and ``weather_weights`` of a blend: what the weather states is the
        weighted mean of that of its sites, for their errors go together.
    weather : Dataset (site, time)
        ``ghi_interannual_sd_fraction`` and ``ghi_uncertainty_fraction`` by site, where stated.
    years : Yearly
        Energy of the same buildings year by year; its own spread is taken from ``LEAST_YEARS``
        complete years on.
    assumed : float
        Long-term error of the irradiation where many years of weather state none.
    """
    from_years = years.complete.sum(axis=1) >= LEAST_YEARS
    shares, rows = shares_of(buildings), len(buildings)
    stated = {
        name: shares.mean(_by_site(weather, name), rows)
        for name in ("ghi_interannual_sd_fraction", "ghi_uncertainty_fraction")
    }
    irradiation = stated["ghi_uncertainty_fraction"]
    silent = np.isnan(irradiation) & from_years
    return Spreads(
        interannual=np.where(from_years, years.ac_spread(), stated["ghi_interannual_sd_fraction"]),
        irradiation=np.where(silent, assumed, irradiation),
        from_years=from_years,
        assumed=silent,
    )


def site_correlation(sites: npt.NDArray[np.object_], years: Yearly) -> float | None:
    """
    Share of the variance from year to year that the weather sites have in common.

    With it the spread of the sum of all sites is that of the years themselves. None for one site,
    or where fewer than ``LEAST_YEARS`` years are complete at all of them.

    Parameters
    ----------
    sites : ndarray of str (building,)
        Nearest weather site.
    years : Yearly
        Energy of the same buildings year by year.
    """
    _, grouped = years.by_group(sites)
    energy = grouped.ac_kwh[:, grouped.complete.all(axis=0)]
    if len(energy) < 2 or energy.shape[1] < LEAST_YEARS:
        return None
    deviation = energy.std(axis=1, ddof=1)
    alone = float((deviation**2).sum())
    together = float(deviation.sum()) ** 2
    if not together > alone:
        return None
    common = (float(energy.sum(axis=0).var(ddof=1)) - alone) / (together - alone)
    return min(max(common, 0.0), 1.0)


def _by_site(weather: xr.Dataset, name: str) -> pd.Series:
    sites = weather["site"].to_numpy().astype(object)
    values = weather[name].to_numpy() if name in weather.coords else np.full(sites.size, np.nan)
    return pd.Series(values.astype(float), index=sites)
