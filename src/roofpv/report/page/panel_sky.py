"""Skylines of the largest array of every building, coarse enough for a page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from roofpv import energy
from roofpv.results import Result
from roofpv.skylinefile import NotKept

SECTORS = 72
# Elevations are whole numbers of this. [deg]
STEP_DEG = 0.5


def skylines(result: Result, building: np.ndarray) -> dict[str, Any] | None:
    """
    What stands around the largest array of each building, on average over its points.

    Parameters
    ----------
    result : Result
    building : ndarray of int (plane,)
        Row of the building of each plane.

    Returns
    -------
    dict or None
        ``step_deg``; by building ``solid`` and, where trees are told from the rest, ``trees``: 72
        elevations in steps, clockwise from north, or None where it is not known. None where no
        surroundings are given, or their skylines were not kept.
    """
    unknown = not result.skylines or isinstance(result.skylines, NotKept)
    if unknown or not len(result.planes):
        return None
    main = main_planes(result.planes, building, len(result.buildings))
    rows = np.flatnonzero(main >= 0)
    names = result.planes["plane_id"].to_numpy(dtype=object)[main[rows]]
    seen = energy.combined_skyline(list(result.skylines.values()), names)
    told: dict[str, Any] = {
        "step_deg": STEP_DEG,
        "solid": _spread(seen, seen.elevation, rows, main),
    }
    if seen.has_trees:
        told["trees"] = _spread(seen, seen.canopy, rows, main)
    return told


def main_planes(planes: pd.DataFrame, building: np.ndarray, buildings: int) -> np.ndarray:
    """Row of the plane of each building with the most capacity, the first of equals, or -1."""
    kwp = np.nan_to_num(planes["kwp"].to_numpy(dtype=float), nan=-1.0)
    order = np.lexsort((-np.arange(len(kwp)), kwp))
    main = np.full(buildings, -1)
    kept = order[building[order] >= 0]
    main[building[kept]] = kept
    return main


def _spread(
    seen: energy.Skylines, elevation: np.ndarray, rows: np.ndarray, main: np.ndarray
) -> list[list[int] | None]:
    found: list[list[int] | None] = [None] * len(main)
    have = elevation.shape[1]
    place = np.arange(SECTORS) * have / SECTORS
    low = np.floor(place).astype(int)
    after = place - low
    for plane, row in enumerate(rows.tolist()):
        members = seen.members[seen.starts[plane] : seen.starts[plane + 1]]
        if len(members):
            mean = np.average(elevation[members], axis=0, weights=seen.weight[members])
            even = mean[low] * (1.0 - after) + mean[(low + 1) % have] * after
            found[row] = np.rint(even / STEP_DEG).astype(int).tolist()
    return found
