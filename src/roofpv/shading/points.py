"""
Sample points on planes, each standing for the same share of its plane.

Along the long side of the plane the points cut its area into equal parts, and across it the length
that is inside there; each of the equal steps is taken once either way, so that a shadow that moves
over the plane takes its points one by one. They turn with the plane.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from roofpv.compiled import load_kernels
from roofpv.roofs.metric import long_axis
from roofpv.roofs.shapes import polygons_only

point_kernels = load_kernels("points")

POINTS = 9


class Rings(NamedTuple):
    """Corners of closed rings, outer anticlockwise, holes clockwise; ``rings`` and ``outlines``."""

    x: np.ndarray
    y: np.ndarray
    rings: np.ndarray
    outlines: np.ndarray


def sample_points(planes: pd.DataFrame, top_m: np.ndarray, count: int = POINTS) -> np.ndarray:
    """
    Points spread evenly within every plane, each at the height of the plane there.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``geometry`` seen from above, in the metres of its footprint, or None [m]; ``roof_tilt
        roof_azimuth`` [deg].
    top_m : ndarray (plane,)
        Highest point of the plane, above ground. [m]
    count : int
        Points on a plane.

    Returns
    -------
    ndarray (plane, point, 3)
        East, north, height above ground [m]; NaN where there is no polygon or no height.
    """
    shapes = planes["geometry"].to_numpy(dtype=object)
    axis = np.radians(long_axis(shapes))
    outlines = rings_of(shapes)
    x, y = outlines.x, outlines.y
    owner = _owners(outlines)
    sine, cosine = np.sin(axis)[owner], np.cos(axis)[owner]
    across, along = point_kernels.lattice(count)
    found = np.full((2, len(shapes), count), np.nan)
    point_kernels.spread_points(
        x * sine + y * cosine,
        y * sine - x * cosine,
        outlines.rings,
        outlines.outlines,
        across,
        along,
        found[0],
        found[1],
    )
    sine, cosine = np.sin(axis)[:, None], np.cos(axis)[:, None]
    east = found[0] * sine - found[1] * cosine
    north = found[0] * cosine + found[1] * sine
    height = _heights(planes, outlines, (east, north), top_m)
    return np.stack([east, north, height], axis=-1)


def rings_of(shapes: np.ndarray) -> Rings:
    """
    Corners of polygons and multipolygons, one after the other.

    Parameters
    ----------
    shapes : ndarray of geometries (row,)
        Polygons that cross themselves are taken by what they enclose; missing ones have no ring.

    Returns
    -------
    Rings (row,)
    """
    parts, row = shapely.get_parts(whole_polygons(shapes), return_index=True)
    rings, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    return Rings(
        np.ascontiguousarray(points[:, 0]),
        np.ascontiguousarray(points[:, 1]),
        starts_of(ring, len(rings)),
        starts_of(row[part], len(shapes)),
    )


def whole_polygons(shapes: np.ndarray) -> np.ndarray:
    """
    Valid polygons seen from above; points, lines and empty ones become None.

    Parameters
    ----------
    shapes : ndarray of geometries (row,)

    Returns
    -------
    ndarray of polygons and multipolygons (row,)
    """
    whole = np.array(shapes, dtype=object)
    if shapely.has_z(whole).any():
        whole = shapely.force_2d(whole)
    broken = ~shapely.is_missing(whole) & ~shapely.is_valid(whole)
    whole[broken] = shapely.make_valid(whole[broken])
    mixed = shapely.get_type_id(whole) == shapely.GeometryType.GEOMETRYCOLLECTION
    whole[mixed] = polygons_only(whole[mixed])
    whole[(shapely.get_dimensions(whole) < 2) | shapely.is_empty(whole)] = None
    return whole


def starts_of(owner: np.ndarray, count: int) -> np.ndarray:
    """
    Where the members of each owner begin in a list sorted by owner, and the end.

    Parameters
    ----------
    owner : ndarray of int (member,)
    count : int
        Owners.

    Returns
    -------
    ndarray of int (owner + 1,)
    """
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=count), out=starts[1:])
    return starts


def _owners(outlines: Rings) -> np.ndarray:
    """Polygon that each corner is of."""
    return np.repeat(
        np.arange(len(outlines.outlines) - 1), np.diff(outlines.rings[outlines.outlines])
    )


def _heights(
    planes: pd.DataFrame,
    outlines: Rings,
    points: tuple[np.ndarray, np.ndarray],
    top_m: np.ndarray,
) -> np.ndarray:
    """From the top of the plane down its slope; never below the ground. [m]."""
    azimuth = np.radians(planes["roof_azimuth"].to_numpy(dtype=float))
    fall = np.tan(np.radians(planes["roof_tilt"].to_numpy(dtype=float)))
    owner = _owners(outlines)
    sine, cosine = np.sin(azimuth), np.cos(azimuth)
    upper = np.full(len(planes), np.inf)
    np.minimum.at(upper, owner, outlines.x * sine[owner] + outlines.y * cosine[owner])
    down = points[0] * sine[:, None] + points[1] * cosine[:, None]
    with np.errstate(invalid="ignore"):
        height = top_m[:, None] - fall[:, None] * (down - upper[:, None])
        return np.where(fall[:, None] > 0.0, np.maximum(height, 0.0), top_m[:, None] + 0.0 * down)
