"""Outlines taken apart into their rings, and put together again."""

from __future__ import annotations

import numpy as np
import shapely

_MULTIPOLYGON = shapely.GeometryType.MULTIPOLYGON


def rings_of(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Rings of polygons and multipolygons, the shell of each part first.

    Parameters
    ----------
    shapes : ndarray of polygons and multipolygons (row,)

    Returns
    -------
    (ndarray of rings (ring,), ndarray (ring,), ndarray (part,))
        The rings, the part that each is of, and the row that each part is of.
    """
    parts, row = shapely.get_parts(shapes, return_index=True)
    filled = ~shapely.is_empty(parts)
    parts, row = parts[filled], row[filled]
    rings, part = shapely.get_rings(parts, return_index=True)
    return rings, part, row


def of_rings(
    rings: np.ndarray, part: np.ndarray, row: np.ndarray, shapes: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """
    Put the wanted rows together again, each the kind of shape that it was.

    Parameters
    ----------
    rings, part, row : ndarray
        As ``rings_of`` gives them; rings may have changed, and holes may be missing.
    shapes : ndarray of polygons and multipolygons (row,)
        What the rings were taken from.
    wanted : ndarray of bool (row,)

    Returns
    -------
    ndarray of polygons and multipolygons (wanted row,)
    """
    own_part = wanted[row]
    own_ring = own_part[part]
    polygons = shapely.polygons(rings[own_ring], indices=from_zero(part[own_ring]))
    owner = from_zero(row[own_part])
    many = shapely.get_type_id(shapes[wanted]) == _MULTIPOLYGON
    return of_parts(polygons, owner, many)


def of_parts(polygons: np.ndarray, owner: np.ndarray, many: np.ndarray) -> np.ndarray:
    """
    Join polygons that have one owner.

    Parameters
    ----------
    polygons : ndarray of polygons (part,)
    owner : ndarray (part,)
        Ascending, from 0, without gaps.
    many : ndarray of bool (owner,)
        Whether it becomes a multipolygon; otherwise it has one part.

    Returns
    -------
    ndarray of polygons and multipolygons (owner,)
    """
    out = np.empty(len(many), dtype=object)
    joined = many[owner]
    out[~many] = polygons[~joined]
    out[many] = shapely.multipolygons(polygons[joined], indices=from_zero(owner[joined]))
    return out


def from_zero(index: np.ndarray) -> np.ndarray:
    """Ascending numbers, renumbered from 0 without gaps."""
    steps = (np.diff(index) != 0).astype(np.int64)
    return np.cumsum(np.append(0, steps))[: len(index)]
