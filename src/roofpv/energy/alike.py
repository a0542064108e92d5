"""Planes on which one set of skylines is another, to the bit."""

from __future__ import annotations

import numpy as np

from roofpv.energy.skylines import Skylines

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


def _members(found: Skylines, rows: np.ndarray) -> np.ndarray:
    """Points of some planes, one plane after the other."""
    spans = [found.members[found.starts[row] : found.starts[row + 1]] for row in rows]
    return np.concatenate(spans)
