"""Seasons that are those of the other side of the equator."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.weather.clearsky import Sun

Array = npt.NDArray[np.float64]

_FEWEST_MONTHS = 10
# Months too dark to say anything, against the brightest of a clear sky.
_DARK = 0.05
# Monsoons, too, make seasons that the sky does not have (0.3 at most); nothing but a wrong side of
# the equator is twice as even when the other side is taken.
_UNEVEN, _BETTER = 0.35, 0.5


def is_mirrored(frame: pd.DataFrame, month: npt.NDArray[np.int64], sun: Sun, other: Sun) -> bool:
    """
    Whether the months of a year have the seasons of the mirrored latitude.

    Parameters
    ----------
    frame : DataFrame (time,)
        ``ghi``, or ``dni`` and ``dhi``, in whatever unit.
    month : ndarray (time,)
        Of each row, 1 to 12.
    sun, other : Sun
        Where the file says that it was taken, and on the other side of the equator.
    """
    here, there = (_unevenness(_light(frame, one), month, one.clear_ghi) for one in (sun, other))
    return here > _UNEVEN and there < _BETTER * here


def _light(frame: pd.DataFrame, sun: Sun) -> Array:
    if "ghi" in frame:
        return frame["ghi"].to_numpy(dtype=float)
    dni, dhi = (frame[name].to_numpy(dtype=float) for name in ("dni", "dhi"))
    return dni * np.maximum(sun.cos_zenith, 0.0) + dhi


def _unevenness(light: Array, month: npt.NDArray[np.int64], clear: Array) -> float:
    """Spread of the months' brightness, as a logarithm; NaN where too few months are known."""
    known = np.isfinite(light)
    sums = np.bincount(month[known], light[known], 13)[1:]
    bright = np.bincount(month[known], clear[known], 13)[1:]
    good = (bright > _DARK * bright.max()) & (sums > 0.0)
    if good.sum() < _FEWEST_MONTHS:
        return float("nan")
    return float(np.std(np.log(sums[good] / bright[good])))
