"""Energy of buildings year by year: the mean of the complete years and their spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv.roofs import sum_by_building

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Yearly:
    """
    Years of a group of rows (buildings, or the roofs of a weather site).

    ``years`` are their names (one that says nothing for a typical year), ``ac_kwh`` [kWh] and
    ``poa_kwp`` (irradiation times capacity) [kWh/m2 kWp] stand by (row, year); NaN where a month
    is missing.
    """

    years: npt.NDArray[np.int64]
    ac_kwh: Floats
    poa_kwp: Floats

    @property
    def complete(self) -> npt.NDArray[np.bool_]:
        """Which years have all their months, by (row, year)."""
        return ~np.isnan(self.ac_kwh)

    def ac_mean(self) -> Floats:
        """Mean AC energy of the complete years; NaN where there is none. [kWh]."""
        return mean_of_years(self.ac_kwh)

    def poa_mean(self) -> Floats:
        """Mean of ``poa_kwp`` over the years of ``ac_mean``. [kWh/m2 kWp]."""
        # Without any such year: those whose light is known, though their temperature is not.
        same = self.complete | ~self.complete.any(axis=1, keepdims=True)
        return mean_of_years(np.where(same, self.poa_kwp, np.nan))

    def ac_spread(self) -> Floats:
        """Sample standard deviation of the complete years over their mean; NaN below two."""
        return spread_of_years(self.ac_kwh)

    def by_group(self, group: npt.NDArray[np.object_]) -> tuple[list[str], Yearly]:
        """Add up the rows that have any complete year, by the name of their group."""
        used = self.complete.any(axis=1) & pd.notna(group)
        codes, names = pd.factorize(group[used], sort=True)
        sums = [_grouped(values[used], codes, len(names)) for values in (self.ac_kwh, self.poa_kwp)]
        return [str(name) for name in names], Yearly(self.years, *sums)


def by_year(by_plane: xr.Dataset, planes: pd.DataFrame, building_id: pd.Series) -> Yearly:
    """
    Years of each building.

    Parameters
    ----------
    by_plane : Dataset (plane_id, month) or (plane_id, year, month)
        From ``simulate``.
    planes : DataFrame (plane,)
        ``building_id`` and ``kwp`` [kWp], in the same order.
    building_id : Series (building,)
        The order wanted; a building without planes gets NaN.
    """
    sums = by_plane[["ac_kwh", "poa_kwh_per_m2"]].sum("month", skipna=False)
    if "year" not in sums.dims:
        sums = sums.expand_dims(year=[0])
    sums = sums.transpose("plane_id", "year")
    ac, poa = sums["ac_kwh"].to_numpy(), sums["poa_kwh_per_m2"].to_numpy()
    weighted = poa * planes["kwp"].to_numpy()[:, None]
    owner = planes["building_id"]
    ac, weighted = (
        sum_by_building(pd.DataFrame(values), owner, building_id).to_numpy()
        for values in (ac, weighted)
    )
    return Yearly(sums["year"].to_numpy().astype(np.int64), ac, weighted)


def mean_of_years(values: Floats) -> Floats:
    """Mean along the years that are there; NaN where there is none."""
    ordered, count = _ordered(values)
    total = np.where(np.isnan(ordered), 0.0, ordered).sum(axis=1)
    return np.asarray(total / np.where(count > 0, count, np.nan))


def spread_of_years(values: Floats) -> Floats:
    """Sample standard deviation along the years that are there, over their mean; NaN below two."""
    ordered, count = _ordered(values)
    mean = mean_of_years(values)
    squares = np.where(np.isnan(ordered), 0.0, ordered - mean[:, None]) ** 2
    deviation = np.sqrt(squares.sum(axis=1) / np.where(count > 1, count - 1, np.nan))
    # What is nothing in every year varies by nothing.
    return np.asarray(deviation / np.where(mean == 0.0, 1.0, mean))


def _ordered(values: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Values by size, the missing ones last (the order of years changes no bit), and how many."""
    # In rows of memory, or the order of the additions would depend on how the table was laid out.
    rows = np.ascontiguousarray(values)
    return np.sort(rows, axis=1), np.count_nonzero(~np.isnan(values), axis=1)


def _grouped(values: Floats, codes: npt.NDArray[np.int64], groups: int) -> Floats:
    """Sums by group; exact ones, so that the order of the rows changes no bit."""
    sums = [[math.fsum(year) for year in values[codes == group].T] for group in range(groups)]
    return np.array(sums, dtype=float).reshape(groups, values.shape[1])
