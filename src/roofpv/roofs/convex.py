"""Convex polygons without holes, cut without GEOS: what most roofs are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from roofpv.compiled import load_kernels

convex_kernels = load_kernels("convex")


class Rings(NamedTuple):
    """
    Open anticlockwise rings of the convex ones among some polygons.

    ``rows`` (ring,) of the polygons, ``x y`` (vertex,) [m], ``starts`` (ring + 1,).
    """

    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray
    starts: np.ndarray


class Cut(NamedTuple):
    """Rings after a cut: ``x y`` from twice the old starts on, ``counts`` (ring,) of vertices."""

    x: np.ndarray
    y: np.ndarray
    counts: np.ndarray


def convex_rings(polygons: np.ndarray) -> Rings:
    """
    Rings of those polygons that are convex and have no holes.

    Parameters
    ----------
    polygons : ndarray of polygons and multipolygons (row,)
        [m]
    """
    single = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    single &= (shapely.get_num_interior_rings(polygons) == 0) & ~shapely.is_empty(polygons)
    rows = np.flatnonzero(single)
    points, owner = shapely.get_coordinates(polygons[rows], return_index=True)
    closing = np.append(owner[1:] != owner[:-1], True) if len(owner) else np.zeros(0, dtype=bool)
    points, owner = points[~closing], owner[~closing]
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    sizes = np.bincount(owner, minlength=len(rows))
    convex = np.zeros(len(rows), dtype=bool)
    convex_kernels.orient_convex(x, y, _starts(sizes), convex)
    kept = np.repeat(convex, sizes)
    return Rings(rows[convex], x[kept], y[kept], _starts(sizes[convex]))


def are_valid(polygons: np.ndarray) -> np.ndarray:
    """
    As ``shapely.is_valid``; for convex ones in a third of the time.

    Parameters
    ----------
    polygons : ndarray of geometries (row,)
        [m]
    """
    valid = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    valid &= (shapely.get_num_interior_rings(polygons) == 0) & ~shapely.is_empty(polygons)
    rows = np.flatnonzero(valid)
    points, owner = shapely.get_coordinates(polygons[rows], return_index=True)
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    once = np.zeros(len(rows), dtype=bool)
    convex_kernels.turn_once(x, y, _starts(np.bincount(owner, minlength=len(rows))), once)
    valid[rows] = once
    rest = np.flatnonzero(~valid)
    valid[rest] = shapely.is_valid(polygons[rest])
    return np.asarray(valid)


def inset(rings: Rings, across: np.ndarray, upward: np.ndarray, shift: np.ndarray) -> Cut:
    """
    What is left of rings inside the strip of an ellipse, corners mitred.

    Parameters
    ----------
    rings : Rings
    across, upward : ndarray (ring,)
        Semi-axes along x and y. [m]
    shift : ndarray (ring,)
        By which what is left is moved along y. [m]
    """
    cut = _room(rings)
    convex_kernels.inset_rings(rings.x, rings.y, rings.starts, across, upward, shift, *cut)
    return cut


def left_of(rings: Rings, lines: np.ndarray) -> Cut:
    """What of rings is left of a line across x each (ring,). [m]."""
    cut = _room(rings)
    convex_kernels.cut_rings(rings.x, rings.y, rings.starts, lines, *cut)
    return cut


def half_sines(rings: Rings, cut: Cut) -> np.ndarray:
    """Sine of half the sharpest corner of each cut ring; 1 where nothing is left."""
    found = np.ones(len(rings.rows))
    convex_kernels.sharpest_corners(cut.x, cut.y, rings.starts, cut.counts, found)
    return found


def polygons_of(rings: Rings, cut: Cut) -> np.ndarray:
    """Polygons (ring,) of cut rings, empty ones where nothing is left."""
    shapes = np.full(len(rings.rows), shapely.Polygon(), dtype=object)
    rows = np.flatnonzero(cut.counts)
    counts = cut.counts[rows]
    owner = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    place = 2 * rings.starts[rows][owner] + within
    points = np.column_stack([cut.x[place], cut.y[place]])
    shapes[rows] = shapely.polygons(shapely.linearrings(points, indices=owner))
    return shapes


def _room(rings: Rings) -> Cut:
    size = 2 * len(rings.x)
    return Cut(np.zeros(size), np.zeros(size), np.zeros(len(rings.rows), dtype=np.int64))


def _starts(sizes: np.ndarray) -> np.ndarray:
    starts: np.ndarray = np.concatenate([[0], np.cumsum(sizes)])
    return starts.astype(np.int64)
