"""Drawings of all roofs: outlines, what carries no modules, and the modules, in centimetres."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from roofpv.report.page.panel_modules import module_runs
from roofpv.report.page.panel_planes import PreparedPlanes
from roofpv.roofs.deductions import REASONS

# Between planes whose place is not known, side by side. [m]
_APART_M = 3.0
# Corners that move an outline by less are left out. [m]
_NEAR_M = 0.05


def roof_drawings(ready: PreparedPlanes, buildings: int) -> list[dict[str, Any] | None]:
    """
    Drawings of the buildings.

    Parameters
    ----------
    ready : PreparedPlanes
    buildings : int
        How many there are.

    Returns
    -------
    list of dict or None
        By building ``planes``, each with ``outline`` (rings), ``taken`` (``REASONS`` by number,
        then rings) and ``modules`` (as ``module_runs``), ``stand_in`` where an outline is not
        known, and of sloping planes ``slope`` (tilt and azimuth in degrees); a ring is east and
        north of its first corner (cm), then the steps from corner to corner. None without planes.
    """
    shift = _shifts(ready)
    moved = _moved(ready.frames.back(ready.outlines), np.arange(len(shift)), shift)
    outlines = _rings(moved)
    taken = _taken(ready, shift)
    modules = module_runs(ready, shift)
    drawings: list[dict[str, Any] | None] = [None] * buildings
    form = ready.planes["roof_form"].to_numpy(dtype=object)
    tilt = ready.planes["roof_tilt"].to_numpy(dtype=float)
    azimuth = ready.planes["roof_azimuth"].to_numpy(dtype=float)
    for plane, building in enumerate(ready.building.tolist()):
        if not outlines[plane]:
            continue
        drawing = drawings[building] or {"planes": []}
        drawings[building] = drawing
        told: dict[str, Any] = {"outline": outlines[plane]}
        if taken.get(plane):
            told["taken"] = taken[plane]
        if plane in modules:
            told["modules"] = modules[plane]
        if form[plane] != "flat" and np.isfinite(tilt[plane] + azimuth[plane]):
            told["slope"] = [round(tilt[plane]), round(azimuth[plane]) % 360]
        if not ready.frames.drawn[plane]:
            drawing["stand_in"] = True
        drawing["planes"].append(told)
    return drawings


def _taken(ready: PreparedPlanes, shift: np.ndarray) -> dict[int, list[list[Any]]]:
    """By plane: the number of each reason, and its rings."""
    shapes = ready.taken[ready.taken["reason"] != "installable"]
    plane = shapes["plane"].to_numpy()
    moved = _moved(shapes["geometry"].to_numpy(dtype=object), plane, shift)
    found: dict[int, list[list[Any]]] = {}
    told = zip(plane.tolist(), shapes["reason"], _rings(moved), strict=True)
    for owner, reason, rings in told:
        if rings:
            found.setdefault(owner, []).append([REASONS.index(reason), *rings])
    return found


def _shifts(ready: PreparedPlanes) -> np.ndarray:
    """By which planes stand apart where the place of one of the building is not known. [m]."""
    bounds = shapely.bounds(ready.outlines)
    shift = np.zeros(len(bounds))
    unknown = np.unique(ready.building[~ready.frames.drawn])
    for building in unknown.tolist():
        rows = np.flatnonzero(ready.building == building)
        if len(rows) < 2:
            continue
        placed = shapely.bounds(ready.frames.at(rows).back(ready.outlines[rows]))
        width = np.nan_to_num(placed[:, 2] - placed[:, 0])
        shift[rows] = np.cumsum(width + _APART_M) - width - np.nan_to_num(placed[:, 0])
    return shift


def _moved(shapes: np.ndarray, plane: np.ndarray, shift: np.ndarray) -> np.ndarray:
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    points[:, 0] += shift[plane[owner]]
    moved: np.ndarray = shapely.set_coordinates(np.asarray(shapes, dtype=object).copy(), points)
    return moved


def _rings(shapes: np.ndarray) -> list[list[list[int]]]:
    """Rings of each shape, without the corners that do not show."""
    parts, of_part = shapely.get_parts(shapely.simplify(shapes, _NEAR_M), return_index=True)
    flat = shapely.get_type_id(parts) == int(shapely.GeometryType.POLYGON)
    rings, of_ring = shapely.get_rings(parts[flat], return_index=True)
    corners, of_corner = shapely.get_coordinates(rings, return_index=True)
    grid = np.rint(100.0 * corners).astype(np.int64)
    found: list[list[list[int]]] = [[] for _ in shapes]
    starts = np.searchsorted(of_corner, np.arange(len(rings) + 1))
    for ring, owner in enumerate(of_part[flat][of_ring].tolist()):
        steps = np.diff(grid[starts[ring] : starts[ring + 1] - 1], axis=0, prepend=0)
        found[owner].append(steps.ravel().tolist())
    return found
