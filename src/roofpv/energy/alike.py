"""Planes on which one set of skylines is another, to the bit; arrays that get the same."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv import shares
from roofpv.energy.skylines import Skylines, numbers_from

# What the energy of a lone array per kWp depends on, besides the assumptions.
_DECIDES = (
    "surface_tilt", "surface_azimuth", "row_kind", "weather_site", shares.COLUMN, "altitude_m",
    "dc_ac_ratio",
)  # fmt: skip

# What makes skylines those that they are.
_OF_POINTS = ("elevation", "canopy", "weight", "members", "starts")
# Planes compared at a time: of 100 points and 72 sectors, 15 MB.
_BLOCK = 512


def same_skylines(one: Skylines | None, other: Skylines) -> np.ndarray:
    """
    Whether a plane has the same skylines in both; without the first, whether it has only 0.

    Parameters
    ----------
    one, other : Skylines
        Of the same planes in the same order.

    Returns
    -------
    ndarray of bool (plane,)
        A plane that neither knows is the same; one behind trees is another where they let another
        share through, and every plane that either knows where the sectors are others.
    """
    count = np.diff(other.starts)
    same = np.ones(count.size, dtype=bool)
    if one is not None:
        through = np.array_equal(one.transmissivity, other.transmissivity)
        if through and all(getattr(one, n) is getattr(other, n) for n in _OF_POINTS):
            return same
        if one.elevation.shape[1] != other.elevation.shape[1]:
            return np.asarray(count == 0) & ~one.known
        same = np.asarray(np.diff(one.starts) == count)
    rows = np.flatnonzero(same & (count > 0))
    for start in range(0, rows.size, _BLOCK):
        part = rows[start : start + _BLOCK]
        theirs = _members(other, part)
        if one is None:
            alike = (other.canopy[theirs] == 0.0).all(axis=1)
        else:
            mine = _members(one, part)
            alike = one.weight[mine] == other.weight[theirs]
            for name in ("elevation", "canopy"):
                alike &= (getattr(one, name)[mine] == getattr(other, name)[theirs]).all(axis=1)
            if (one.transmissivity != other.transmissivity).any():
                alike &= (other.canopy[theirs] == other.elevation[theirs]).all(axis=1)
        same[part] = np.logical_and.reduceat(alike, np.cumsum(count[part]) - count[part])
    return same


def lone_arrays(planes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """
    Arrays that get the same per kWp in the open, without rows that shade each other.

    Parameters
    ----------
    planes : DataFrame (plane,)
        As ``simulate`` takes them.

    Returns
    -------
    (ndarray of int, ndarray of int (plane,))
        Row of the first of each kind, and the kind of every plane.
    """
    names = [name for name in _DECIDES if name in planes]
    group = planes.groupby(names, dropna=False, sort=False).ngroup().to_numpy()
    _, first = np.unique(group, return_index=True)
    return first, group


def _members(found: Skylines, rows: np.ndarray) -> np.ndarray:
    """Points of some planes, one plane after the other."""
    first = found.starts[rows]
    return found.members[numbers_from(first, found.starts[rows + 1] - first)]
