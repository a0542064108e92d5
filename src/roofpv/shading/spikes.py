"""Single pixels that no building is so high and so thin as to make: faults of a height raster."""

from __future__ import annotations

import numpy as np

# Looked at around a pixel: the rim of the square of five, so that two by two pixels are found too.
RIM = 2
_AROUND = [(i, j) for i in range(-2, 3) for j in range(-2, 3) if max(abs(i), abs(j)) == RIM]
# The thinnest skyscraper, 111 West 57th Street, is 24 times as high as wide (435 m by 18 m): three
# pixels wide, a tower is no higher than 75. Masts are thinner, and hide next to nothing.
_LEAST_M, _LEAST_PIXELS = 200.0, 75.0
# Of the 16 pixels around, so many must be known, and all but so many be far lower (or higher).
_KNOWN, _BUT = 8, 1


def spike_height_m(pixel_m: float) -> float:
    """Height above (or depth below) the pixels around from which one is a spike. [m]."""
    return max(_LEAST_M, _LEAST_PIXELS * pixel_m)


def find_spikes(heights: np.ndarray, least_m: float) -> tuple[np.ndarray, np.ndarray]:
    """
    Rows and columns of spikes and pits, the outer ``RIM`` pixels aside.

    Parameters
    ----------
    heights : ndarray (row, column)
        NaN without data. [m]
    least_m : float
        From ``spike_height_m``. [m]

    Returns
    -------
    rows, columns : ndarray
    """
    none = np.empty(0, dtype=np.int64)
    rows, columns = heights.shape
    if min(rows, columns) <= 2 * RIM:
        return none, none
    highest, lowest = np.fmax.reduce(heights, axis=None), np.fmin.reduce(heights, axis=None)
    if not highest - lowest > least_m:
        return none, none
    steep = np.zeros(heights.shape, dtype=bool)
    for axis in (0, 1):
        near, far = _ends(axis)
        step = np.abs(heights[far] - heights[near]) > least_m
        steep[near] |= step
        steep[far] |= step
    row, column = np.nonzero(steep[RIM:-RIM, RIM:-RIM])
    row, column = row + RIM, column + RIM
    around = np.stack([heights[row + i, column + j] for i, j in _AROUND])
    above = heights[row, column] - around
    known = (~np.isnan(above)).sum(axis=0)
    enough = np.maximum(known - _BUT, _KNOWN)
    spike = (above > least_m).sum(axis=0) >= enough
    pit = (above < -least_m).sum(axis=0) >= enough
    return row[spike | pit], column[spike | pit]


def count_steps(heights: np.ndarray, least_m: float) -> int:
    """
    How many pixels stand so far above one that is two away, the outer ``RIM`` pixels aside.

    Parameters
    ----------
    heights : ndarray (row, column)
        NaN without data. [m]
    least_m : float
        [m]
    """
    highest, lowest = np.fmax.reduce(heights, axis=None), np.fmin.reduce(heights, axis=None)
    if not highest - lowest > least_m:
        return 0
    above = np.zeros(heights.shape, dtype=bool)
    for axis in (0, 1):
        near, far = _ends(axis)
        step = heights[far] - heights[near]
        above[far] |= step > least_m
        above[near] |= step < -least_m
    return int(above[RIM:-RIM, RIM:-RIM].sum())


def _ends(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """All pixels but the last two, and all but the first two, along an axis."""
    whole = slice(None)
    near, far = slice(None, -RIM), slice(RIM, None)
    return ((near, whole), (far, whole)) if axis == 0 else ((whole, near), (whole, far))
