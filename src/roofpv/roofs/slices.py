"""The end of a polygon cut off, of an exact area."""

from __future__ import annotations

import numpy as np
import shapely

from roofpv.compiled import load_kernels
from roofpv.roofs.convex import convex_rings, left_of, polygons_of
from roofpv.roofs.shapes import polygons_only

slice_kernels = load_kernels("slices")

NOTHING = shapely.Polygon()


def slice_off(polygons: np.ndarray, area_m2: np.ndarray) -> np.ndarray:
    """
    Polygons without their part beyond a line across x, at the end of the largest x.

    Parameters
    ----------
    polygons : ndarray of valid polygons and multipolygons (row,)
        [m]
    area_m2 : ndarray (row,)
        Of the part that is cut off, exact to 1e-9 of the polygon; the whole where the polygon has
        no more. [m2]

    Returns
    -------
    ndarray of polygons (row,)
        Untouched where the area is 0 or missing, an empty polygon where nothing is left.
    """
    kept, area = polygons.copy(), shapely.area(polygons)
    kept[(area_m2 >= area) & (area_m2 > 0.0)] = NOTHING
    rows = np.flatnonzero((area_m2 > 0.0) & (area_m2 < area))
    if not len(rows):
        return kept
    lines = _lines(polygons[rows], area_m2[rows])
    rings = convex_rings(polygons[rows])
    kept[rows[rings.rows]] = polygons_of(rings, left_of(rings, lines[rings.rows]))
    rest = np.delete(np.arange(len(rows)), rings.rows)
    cut, bounds = polygons[rows[rest]], shapely.bounds(polygons[rows[rest]])
    # A margin, so that no side of the frame but the line lies along the polygon.
    low = shapely.box(bounds[:, 0] - 1.0, bounds[:, 1] - 1.0, lines[rest], bounds[:, 3] + 1.0)
    kept[rows[rest]] = polygons_only(shapely.intersection(cut, low))
    return kept


def _lines(polygons: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where the line lies, taken from the corner of each polygon so that no digits are lost."""
    corner = shapely.bounds(polygons)[:, :2]
    parts, of_part = shapely.get_parts(shapely.orient_polygons(polygons), return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, of_point = shapely.get_coordinates(rings, return_index=True)
    owner = of_part[of_ring]
    points = points - corner[owner[of_point]]
    lines = np.zeros(len(polygons))
    slice_kernels.lines_across(
        np.ascontiguousarray(points[:, 0]),
        np.ascontiguousarray(points[:, 1]),
        _starts(of_point, len(rings)),
        _starts(owner, len(polygons)),
        np.asarray(wanted, dtype=float),
        lines,
    )
    return lines + corner[:, 0]


def _starts(owner: np.ndarray, size: int) -> np.ndarray:
    """Where the members of each owner begin in a sorted list, and the end."""
    starts: np.ndarray = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=size))])
    return starts.astype(np.int64)
