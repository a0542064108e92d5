"""What is left of polygons by width: edge strips, narrow parts, small parts, swept shapes."""

from __future__ import annotations

import numpy as np
import shapely

from roofpv.roofs.convex import convex_rings, half_sines, inset, polygons_of
from roofpv.roofs.overlays import within
from roofpv.roofs.shapes import polygons_only
from roofpv.roofs.slices import NOTHING

# Least semi-axis of the ellipse of a strip that is nothing in one direction only.
_LEAST_M = 1e-3
# Sine of half a corner that a mitre surely reaches: GEOS cuts those below 1 / 5 off.
_MITRED = 0.21
# Opening gives a whole polygon back but for rounding.
_ROUNDING = 1e-9


def without_strips(
    polygons: np.ndarray, bottom: np.ndarray, side: np.ndarray, top: np.ndarray
) -> np.ndarray:
    """
    Polygons without a strip along their edges, as wide as the edge's direction asks.

    The strip is that of an ellipse about each point that is kept: ``bottom`` wide at edges that
    face down y, ``top`` at those that face up, ``side`` at those that face along x, and between
    them at all others; corners are mitred. Where only some of them are 0, the ellipse keeps a
    semi-axis of 1 mm.

    Parameters
    ----------
    polygons : ndarray of polygons and multipolygons (row,)
        [m]
    bottom, side, top : ndarray (row,)
        None below 0. [m]

    Returns
    -------
    ndarray of polygons (row,)
        Empty where the strips take all.
    """
    left = polygons.copy()
    rows = np.flatnonzero((bottom > 0.0) | (side > 0.0) | (top > 0.0))
    if not len(rows):
        return left
    across = np.maximum(side[rows], _LEAST_M)
    upward = np.maximum((bottom[rows] + top[rows]) / 2.0, _LEAST_M)
    shift = (bottom[rows] - top[rows]) / 2.0
    rings = convex_rings(polygons[rows])
    at = rings.rows
    left[rows[at]] = polygons_of(rings, inset(rings, across[at], upward[at], shift[at]))
    rest = np.setdiff1d(np.arange(len(rows)), at)
    axes = np.column_stack([across[rest], upward[rest]])
    left[rows[rest]] = _inner(polygons[rows[rest]], axes, shift[rest])
    return left


def _inner(polygons: np.ndarray, axes: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """What is left of any polygons inside the strip of an ellipse, moved along y."""
    radius = axes.max(axis=1, initial=0.0)
    stretch = radius[:, None] / axes
    points, owner = shapely.get_coordinates(polygons, return_index=True)
    round_ones = shapely.set_coordinates(polygons.copy(), points * stretch[owner])
    inner = shapely.buffer(round_ones, -radius, join_style="mitre")
    points, owner = shapely.get_coordinates(inner, return_index=True)
    points /= stretch[owner]
    points[:, 1] += shift[owner]
    moved: np.ndarray = shapely.set_coordinates(inner, points)
    return moved


def without_narrow(polygons: np.ndarray, width_m: float) -> np.ndarray:
    """
    Polygons without their parts that are narrower than a width.

    Parameters
    ----------
    polygons : ndarray of polygons and multipolygons (row,)
        [m]
    width_m : float
        [m]

    Returns
    -------
    ndarray of polygons (row,)
        The same objects where nothing is narrow.
    """
    kept = polygons.copy()
    rows = np.flatnonzero(~shapely.is_empty(polygons))
    if width_m <= 0.0 or not len(rows):
        return kept
    rings = convex_rings(polygons[rows])
    radius = np.full(len(rings.rows), width_m / 2.0)
    cut = inset(rings, radius, radius, np.zeros(len(radius)))
    # Grown again the core covers a convex polygon, but for corners that a mitre does not reach.
    clear = half_sines(rings, cut) > _MITRED
    kept[rows[rings.rows[cut.counts == 0]]] = NOTHING
    rows = np.delete(rows, rings.rows[clear])
    whole = polygons[rows]
    core = shapely.buffer(whole, -width_m / 2.0, join_style="mitre")
    opened = shapely.buffer(core, width_m / 2.0, join_style="mitre")
    area = shapely.area(whole)
    # Most roofs come back whole, and the intersection takes 3 x the time of both buffers.
    changed = np.flatnonzero(np.abs(shapely.area(opened) - area) > _ROUNDING * area)
    kept[rows[changed]] = within(whole[changed], opened[changed])
    return kept


def without_small(polygons: np.ndarray, least_m2: float) -> np.ndarray:
    """
    Polygons without their parts below an area.

    Parameters
    ----------
    polygons : ndarray of polygons and multipolygons (row,)
        [m]
    least_m2 : float
        [m2]

    Returns
    -------
    ndarray of polygons (row,)
        The same objects where no part is small.
    """
    kept = polygons.copy()
    single = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    kept[single & (shapely.area(polygons) < least_m2)] = NOTHING
    several = np.flatnonzero(~single)
    parts, owner = shapely.get_parts(polygons[several], return_index=True)
    owner = several[owner]
    small = shapely.area(parts) < least_m2
    touched = np.zeros(len(polygons), dtype=bool)
    touched[owner[small]] = True
    large = ~small & touched[owner]
    kept[touched] = NOTHING
    rows, group = np.unique(owner[large], return_inverse=True)
    if len(rows):
        kept[rows] = shapely.multipolygons(parts[large], indices=group)
    return kept


def swept(shapes: np.ndarray, hulls: np.ndarray) -> np.ndarray:
    """
    Ground that the edges of shapes pass over when they are moved by every vector of a hull.

    Parameters
    ----------
    shapes : ndarray of polygons and multipolygons (row,)
        [m]
    hulls : ndarray (row, corner, 2)
        Corners of convex sets of vectors. [m]

    Returns
    -------
    ndarray of polygons (row,)
        Exact: each edge with each vector added; empty where a shape is empty. [m]
    """
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, of_point = shapely.get_coordinates(rings, return_index=True)
    same = of_point[1:] == of_point[:-1]
    owner = of_part[of_ring[of_point[1:][same]]]
    vectors = hulls[owner]
    corners = np.concatenate(
        [points[:-1][same][:, None] + vectors, points[1:][same][:, None] + vectors], axis=1
    )
    return united(shapely.convex_hull(shapely.linestrings(corners)), owner, len(shapes))


def united(shapes: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    """
    Union of the shapes of each row, polygons only.

    Parameters
    ----------
    shapes : ndarray of geometries (shape,)
    owner : ndarray of int (shape,)
        Row of each shape.
    count : int
        Rows.

    Returns
    -------
    ndarray of polygons (row,)
        Empty where a row has no shape.
    """
    whole = np.full(count, NOTHING, dtype=object)
    rows, group = np.unique(owner, return_inverse=True)
    if len(rows):
        order = np.argsort(group, kind="stable")
        together = shapely.geometrycollections(shapes[order], indices=group[order])
        whole[rows] = polygons_only(shapely.union_all(together[:, None], axis=1))
    return whole
