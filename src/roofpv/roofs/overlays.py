"""Differences and intersections of polygons that share edges but for rounding."""

from __future__ import annotations

import numpy as np
import shapely

from roofpv.roofs.shapes import polygons_only

# Two edges that far apart are not taken for one: nearly equal ones make GEOS at times return more
# than there was, or lose a part.
APART_M = 1e-6
# Of the area of the first shape.
_ROUNDING = 1e-9


def without(shapes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """
    Shapes without what is taken of them.

    Parameters
    ----------
    shapes, taken : ndarray of valid polygons and multipolygons (row,)
        [m]

    Returns
    -------
    ndarray of polygons (row,)
        Where the area cannot be right, anew on a grid of ``APART_M``.
    """
    left = polygons_only(shapely.difference(shapes, taken))
    area, found = shapely.area(shapes), shapely.area(left)
    margin = _ROUNDING * area
    wrong = (found > area + margin) | (found < area - shapely.area(taken) - margin)
    if wrong.any():
        again = shapely.difference(shapes[wrong], taken[wrong], grid_size=APART_M)
        left[wrong] = polygons_only(again)
    return left


def within(shapes: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """
    What of shapes is within others, or up to ``APART_M`` outside.

    Parameters
    ----------
    shapes, bounds : ndarray of valid polygons and multipolygons (row,)
        [m]

    Returns
    -------
    ndarray of polygons (row,)
        Where the area cannot be right, anew on a grid of ``APART_M``.
    """
    wider = shapely.buffer(bounds, APART_M, join_style="mitre")
    left = polygons_only(shapely.intersection(shapes, wider))
    area = shapely.area(shapes)
    most = np.minimum(area, shapely.area(wider))
    wrong = shapely.area(left) > most + _ROUNDING * area
    if wrong.any():
        again = shapely.intersection(shapes[wrong], wider[wrong], grid_size=APART_M)
        left[wrong] = polygons_only(again)
    return left
