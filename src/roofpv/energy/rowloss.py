"""What the rows of an array take of its energy."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions, Shading
from roofpv.energy.alike import lone_arrays
from roofpv.energy.rows import row_kinds
from roofpv.energy.simulate import simulate


def row_losses(
    planes: pd.DataFrame, sky: xr.Dataset, assumptions: Assumptions, by_plane: xr.Dataset
) -> np.ndarray:
    """
    Share of a year's AC energy that rows take from each other.

    Each different array is simulated once without rows, whatever the number of its planes; domes
    keep both sides.

    Parameters
    ----------
    planes, sky, assumptions
        As in ``simulate``.
    by_plane : Dataset (plane_id, month) or (plane_id, year, month)
        What ``simulate`` made of them without skylines.

    Returns
    -------
    ndarray (plane,)
        0 without rows, NaN without energy; of the complete years where there are several. [1]
    """
    known = _yearly(by_plane)
    loss = np.where(np.isnan(known).all(axis=1), np.nan, 0.0)
    if assumptions.shading.rows == "none":
        return loss
    rows = np.flatnonzero(row_kinds(planes))
    if rows.size == 0:
        return loss
    some = planes.iloc[rows]
    first, group = lone_arrays(some)
    alone = some.iloc[first].assign(kwp=1.0)
    lone = dataclasses.replace(assumptions, shading=Shading(rows="none"))
    open_sky = _yearly(simulate(alone, sky, lone))[group] * some["kwp"].to_numpy()[:, None]
    complete = ~np.isnan(known[rows])
    without = np.where(complete, open_sky, 0.0).sum(axis=1)
    left = np.where(complete, known[rows], 0.0).sum(axis=1)
    loss[rows] = 1.0 - left / np.where(without > 0.0, without, np.nan)
    return loss


def _yearly(by_plane: xr.Dataset) -> np.ndarray:
    """AC energy by plane and year; NaN where a month is missing. [kWh]."""
    sums = by_plane["ac_kwh"].sum("month", skipna=False).to_numpy()
    return sums[:, None] if sums.ndim == 1 else sums
