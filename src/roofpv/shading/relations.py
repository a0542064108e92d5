"""How the outlines of two lists of buildings relate: the same, a part, a block; and how many."""

from __future__ import annotations

import numpy as np
import shapely

from roofpv.inventory.outlines.metres import metres_per_degree

# Outlines that share more than this part of the smaller one are one building, or one is a part of
# the other: where it has less than that of the other's area.
SAME_SHARE = 0.5
SAME, LIKE, PART, BLOCK = range(4)
_EARTH_RADIUS_M = 6371000.0
# Of longitude, at 80 degrees of latitude.
_SHORTEST_DEGREE_M = 19400.0
# A block holds so many buildings of the list.
BLOCK_HOLDS = 3


def same_buildings(
    outlines: np.ndarray, tree: shapely.STRtree
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Pairs of outlines of two lists that share more than half of the smaller one.

    Parameters
    ----------
    outlines : ndarray of polygons (row,)
        Valid, or None.
    tree : STRtree
        Of the others.

    Returns
    -------
    (ndarray, ndarray, ndarray) of int (pair,)
        Row of the one and of the other, and what the other is to it: ``PART`` (less than half as
        large), ``BLOCK`` (more than twice as large), ``SAME`` (neither, and no outline of either
        list shares a larger part of both together with one of the two) or ``LIKE``; in the order of
        the rows.
    """
    others = tree.geometries
    one, other = tree.query(outlines)
    area, their_area = shapely.area(outlines)[one], shapely.area(others)[other]
    smaller = SAME_SHARE * np.minimum(area, their_area)
    likely = _box_area(shapely.bounds(outlines)[one], shapely.bounds(others)[other]) > smaller
    one, other, area, their_area, smaller = (
        values[likely] for values in (one, other, area, their_area, smaller)
    )
    shared = area.copy()
    # Most are the same outline to the digit.
    rest = ~shapely.equals_exact(outlines[one], others[other])
    shared[rest] = shapely.area(shapely.intersection(outlines[one[rest]], others[other[rest]]))
    same = shared > smaller
    one, other, ratio = one[same], other[same], (their_area / area)[same]
    common = (shared / (area + their_area - shared))[same]
    best = (common == _most(common, one)) & (common == _most(common, other))
    relation = np.select(
        [ratio < SAME_SHARE, ratio > 1.0 / SAME_SHARE, best], [PART, BLOCK, SAME], LIKE
    )
    order = np.lexsort((other, one))
    return one[order], other[order], relation[order]


def context_counts(
    outlines: np.ndarray,
    tree: shapely.STRtree,
    pairs: tuple[np.ndarray, ...],
    reach_m: float,
    counted: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, int]:
    """
    How far a context is one of these roofs.

    Parameters
    ----------
    outlines : ndarray of polygons (row,)
        Of the roofs, in WGS84; None where there is none. [deg]
    tree : STRtree
        Of the context.
    pairs : (ndarray, ndarray, ndarray) of int (pair,)
        From ``same_buildings``.
    reach_m : float
        [m]
    counted : (ndarray of bool (row,), ndarray of bool (other,)), optional
        Rows and outlines of the context that count; all of both if not given.

    Returns
    -------
    dict of str to int
        ``roofs`` with an outline; ``roofs_not_in_context``, with which no outline of the context
        shares much; ``roofs_without_context``, from which none is within reach; where that is so of
        all of them, ``context_away_m``, from the first of them to the nearest outline [m];
        ``context_blocks``, outlines that hold ``BLOCK_HOLDS`` roofs or more each, and
        ``roofs_in_blocks``.
    """
    one, other, relation = pairs
    drawn = ~shapely.is_missing(outlines)
    missing = drawn.copy()
    missing[one] = False
    held = np.bincount(other[relation == BLOCK], minlength=len(tree.geometries))
    if counted is not None:
        drawn, missing, held = drawn & counted[0], missing & counted[0], held * counted[1]
    blocks = held >= BLOCK_HOLDS
    counts = {
        "roofs": int(drawn.sum()),
        "roofs_not_in_context": int(missing.sum()),
        "roofs_without_context": 0,
        "context_blocks": int(blocks.sum()),
        "roofs_in_blocks": int(held[blocks].sum()),
    }
    rows = np.flatnonzero(missing)
    if rows.size and len(tree):
        counts["roofs_without_context"] = int(_lonely(outlines[rows], tree, reach_m).sum())
    elif counted is not None:
        # Nothing of the context is near these rows.
        counts["roofs_without_context"] = len(rows)
    if counted is None and 0 < counts["roofs_without_context"] == counts["roofs"]:
        nearest = tree.geometries[tree.nearest(outlines[rows[0]])]
        counts["context_away_m"] = apart_m(outlines[rows[0]], nearest)
    return counts


def reach_deg(boxes: np.ndarray, reach_m: float) -> np.ndarray:
    """
    How far from the middle of a roof an outline may be that is within reach.

    In degrees of longitude, which are the shorter ones: no outline within reach is missed.

    Parameters
    ----------
    boxes : ndarray (row, 4)
        [deg]
    reach_m : float
        [m]

    Returns
    -------
    ndarray (row,)
        [deg]
    """
    middle, size = (boxes[:, :2] + boxes[:, 2:]) / 2.0, boxes[:, 2:] - boxes[:, :2]
    east, _ = metres_per_degree(middle[:, 1])
    return np.asarray(reach_m / np.maximum(east, _SHORTEST_DEGREE_M) + size.max(axis=1))


def _lonely(outlines: np.ndarray, tree: shapely.STRtree, reach_m: float) -> np.ndarray:
    """Outlines with none of the tree within about this reach."""
    boxes = shapely.bounds(outlines)
    within = reach_deg(boxes, reach_m)
    # Points take a quarter of the time of outlines.
    middle = shapely.points((boxes[:, :2] + boxes[:, 2:]) / 2.0)
    (found, _), away = tree.query_nearest(
        middle, max_distance=float(within.max()), return_distance=True, all_matches=False
    )
    lonely = np.ones(len(outlines), dtype=bool)
    lonely[found[away <= within[found]]] = False
    return lonely


def apart_m(one: shapely.Geometry, other: shapely.Geometry) -> int:
    """Between two outlines along the great circle of their nearest corners. [m]."""
    here, there = (
        np.radians(point) for point in shapely.get_coordinates(shapely.shortest_line(one, other))
    )
    half = np.sin((there - here) / 2.0) ** 2
    chord = half[1] + np.cos(here[1]) * np.cos(there[1]) * half[0]
    return round(2.0 * _EARTH_RADIUS_M * np.arcsin(np.sqrt(min(chord, 1.0))))


def _most(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Highest value of the owner of each."""
    most = np.zeros(int(owner.max(initial=-1)) + 1)
    np.maximum.at(most, owner, values)
    return most[owner]


def _box_area(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    low, high = np.maximum(one[:, :2], other[:, :2]), np.minimum(one[:, 2:], other[:, 2:])
    return np.prod(np.maximum(high - low, 0.0), axis=1)
