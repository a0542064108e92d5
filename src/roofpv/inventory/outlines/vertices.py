"""Corners that an outline does not need: the same one twice, and needles without width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from roofpv.inventory.outlines.rings import from_zero, of_rings, rings_of

_SAME_DEG = 1e-9  # 0.1 mm: nothing is drawn that fine
_NEEDLE_DEG = 1e-8  # 1 mm
_MOST_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class Tidied:
    """Outlines without needless corners, and how many of each kind every outline had."""

    geometry: np.ndarray
    repeated: np.ndarray
    needles: np.ndarray


def tidy_vertices(geometry: np.ndarray) -> Tidied:
    """
    Take out corners that repeat the one before, and the tips of needles that enclose nothing.

    No other corner moves, and an outline without such corners stays as it is, bit for bit. So does
    a ring of which less than a triangle would be left.

    Parameters
    ----------
    geometry : ndarray of polygons and multipolygons (row,)
        Finite coordinates; anything else in it stays as it is. [deg]

    Returns
    -------
    Tidied
    """
    out = geometry.copy()
    repeated, needles = np.zeros((2, len(geometry)), dtype=np.int64)
    kinds = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    areal = np.flatnonzero(np.isin(shapely.get_type_id(geometry), kinds))
    simple = shapely.get_type_id(geometry[areal]) == shapely.GeometryType.POLYGON
    simple &= shapely.get_num_interior_rings(geometry[areal]) == 0
    plain = areal[simple]
    suspect = np.concatenate([plain[_suspects(geometry[plain])], areal[~simple]])
    if suspect.size:
        out[suspect], repeated[suspect], needles[suspect] = _tidied(geometry[suspect])
    return Tidied(out, repeated, needles)


def _suspects(polygons: np.ndarray) -> np.ndarray:
    """Which polygons of one ring have a corner to take out."""
    coordinates, owner = shapely.get_coordinates(polygons, return_index=True)
    same, needle = _marks(*_open(coordinates, owner))
    hit = np.zeros(len(polygons), dtype=bool)
    last = np.append(owner[1:] != owner[:-1], True)[: len(owner)]
    hit[owner[~last][same | needle]] = True
    return hit


def _open(coordinates: np.ndarray, ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners without the last one of each ring, which repeats the first."""
    kept = np.append(ring[1:] == ring[:-1], False)[: len(ring)]
    return coordinates[kept], ring[kept]


def _marks(corners: np.ndarray, ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners that repeat the one before in their ring, and tips of needles."""
    if not len(ring):
        return np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)
    position = np.arange(len(ring))
    starts = np.append(True, ring[1:] != ring[:-1])
    first = position[starts]
    last = np.append(first[1:], len(ring)) - 1
    back, ahead = position - 1, position + 1
    back[first], ahead[last] = last, first
    before, after = corners - corners[back], corners[ahead] - corners
    same = (np.abs(before[:, 0]) <= _SAME_DEG) & (np.abs(before[:, 1]) <= _SAME_DEG)
    # Where the first repeats the last, the last goes: a ring keeps where it starts.
    ends = same[first]
    same[first] = False
    same[last] |= ends
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    along = before[:, 0] * after[:, 0] + before[:, 1] * after[:, 1]
    squared = before[:, 0] ** 2 + before[:, 1] ** 2
    longer = np.maximum(squared, squared[ahead])
    needle = (along < 0) & (turn**2 <= _NEEDLE_DEG**2 * longer) & ~same
    # Of two tips side by side one goes at a time: the second may be none without the first.
    needle &= ~(needle[back] & (back < position)) & ~same[back] & ~same[ahead]
    needle[last] &= ~needle[first]
    return same, needle


def _tidied(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outlines of any number of rings, and the corners of both kinds taken out of each."""
    rings, part, row = rings_of(shapes)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    corners, ring = _open(coordinates, ring)
    had = np.bincount(ring, minlength=len(rings))
    same = _per_ring(ring, _marks(corners, ring)[0], len(rings))
    needles = np.zeros(len(rings), dtype=np.int64)
    for _ in range(_MOST_ROUNDS):
        marks = np.array(_marks(corners, ring))
        stays = ~(marks[0] | marks[1])
        left = _per_ring(ring, stays, len(rings))
        marks &= (left >= 3)[ring]
        if not marks.any():
            break
        needles += _per_ring(ring, marks[1], len(rings))
        kept = ~(marks[0] | marks[1])
        corners, ring = corners[kept], ring[kept]
    taken = had - np.bincount(ring, minlength=len(rings))
    renewed = taken > 0
    rings[renewed] = _rings(corners, ring, renewed)
    changed = np.zeros(len(shapes), dtype=bool)
    changed[row[part[renewed]]] = True
    out = shapes.copy()
    out[changed] = of_rings(rings, part, row, shapes, changed)
    # A corner that repeats another only since the tip between them is gone is part of the needle.
    counts = (np.minimum(same, taken - needles), needles)
    by_row = [np.bincount(row[part], weights=c, minlength=len(shapes)) for c in counts]
    return out, by_row[0].astype(np.int64), by_row[1].astype(np.int64)


def _per_ring(ring: np.ndarray, corners: np.ndarray, rings: int) -> np.ndarray:
    """How many of the corners each ring has."""
    return np.bincount(ring[corners], minlength=rings)


def _rings(corners: np.ndarray, ring: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    own = wanted[ring]
    # shapely closes a ring whose last corner is not its first.
    return shapely.linearrings(corners[own], indices=from_zero(ring[own]))
