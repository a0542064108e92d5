"""Roofs that stand in a table twice: the same outline again, and outlines that lie on others."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from roofpv.inventory.findings import DOUBTFUL, QUARANTINED, Finding
from roofpv.inventory.outlines.metres import areas_m2, metres_per_degree, square_metres_per_degree

_SAME_SHARE = 0.95
_OVERLAP_SHARE, _OVERLAP_M2 = 0.1, 5.0
_LONG = 100  # corners
_FEWEST, _MOST = 16, 50_000  # rows asked for at once
_PAIRS = 2_000_000  # pairs held at once, 32 MB
_BOXES = 200_000  # boxes, and pairs of them, held at once, 26 MB
# Height of the strips in which boxes are put, and what keeps them apart in one number.
_STRIP_DEG, _TURNS, _MOST_STRIPS = 5e-4, 1024.0, 1 << 20


def find_duplicates(geometry: np.ndarray, keys: np.ndarray | pd.Series) -> list[Finding]:
    """
    Find outlines that would be counted twice, and those that partly lie on others.

    Of two outlines that share 95 % of their common area, the one whose key comes later in the
    order of text is set aside, whatever the order of the rows. Outlines that share more than a
    tenth of the smaller one and more than 5 m2 are told, once a pair.

    Parameters
    ----------
    geometry : ndarray of geometries (row,)
        Valid outlines, WGS84; rows with None or a point are passed over. [deg]
    keys : ndarray or Series (row,)
        ``building_id`` of each row, text.

    Returns
    -------
    list of Finding
        ``values`` are the keys of the outlines that stay.
    """
    names = np.array([str(key) for key in keys], dtype=object)
    areal = np.flatnonzero(shapely.get_dimensions(geometry) == 2)
    at = areal[np.argsort(names[areal], kind="stable")]
    shapes = geometry[at]
    kept_for = equal_outlines(shapes)
    alone = np.flatnonzero(kept_for == np.arange(len(at)))
    first, second, same = _overlaps(shapes[alone])
    _follow(kept_for, alone[first[same]], alone[second[same]])
    again = kept_for != np.arange(len(at))
    first, second = alone[first[~same]], alone[second[~same]]
    both = ~again[first] & ~again[second]
    return [
        *_finding(QUARANTINED, "DUPLICATE_FOOTPRINT", at[again], names[at[kept_for[again]]]),
        *_finding(DOUBTFUL, "OVERLAPPING_FOOTPRINTS", at[second[both]], names[at[first[both]]]),
    ]


def may_be_twice(bounds: np.ndarray, area_m2: np.ndarray) -> np.ndarray:
    """
    Outlines for which the others must be seen, by their boxes; the rest is like no other.

    Parameters
    ----------
    bounds : ndarray (row, 4)
        West, south, east, north, NaN where there is no outline. [deg]
    area_m2 : ndarray (row,)
        Of the outlines. [m2]

    Returns
    -------
    ndarray of int
        Rows, in order.
    """
    rows = np.flatnonzero(~np.isnan(bounds).any(axis=1))
    bounds, area = (values if rows.size == len(values) else values[rows]
                    for values in (bounds, area_m2))  # fmt: skip
    likely = np.zeros(len(rows), dtype=bool)
    for first, second in _touching(bounds):
        one, other = bounds[first], bounds[second]
        told = _may_share(_box_m2(one, other), area[first], area[second])
        told |= (one == other).all(axis=1)
        likely[first[told]] = True
        likely[second[told]] = True
    return np.asarray(rows[likely])


def _finding(kind: str, code: str, at: np.ndarray, others: np.ndarray) -> list[Finding]:
    if not at.size:
        return []
    order = np.argsort(at, kind="stable")
    return [Finding(kind, code, "geometry", at[order], others[order].tolist())]


def equal_outlines(shapes: np.ndarray) -> np.ndarray:
    """
    For each outline the first that is equal to it, whatever corner it starts at.

    Parameters
    ----------
    shapes : ndarray of geometries (row,)

    Returns
    -------
    ndarray of int (row,)
        Its own position, mostly.
    """
    kept_for = np.arange(len(shapes))
    # Equal outlines have equal bounds: only few need to be brought into one form and compared.
    twice = np.flatnonzero(pd.DataFrame(shapely.bounds(shapes)).duplicated(keep=False))
    forms = pd.Series(shapely.to_wkb(shapely.normalize(shapes[twice]))).astype(object)
    first = pd.Series(twice).groupby(forms, sort=False).transform("first")
    kept_for[twice] = first.to_numpy()
    return kept_for


def _overlaps(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of outlines that share much, the first before the second, and whether it is all."""
    bounds = shapely.bounds(shapes)
    area = areas_m2(shapes)
    parts = []
    for first, second in _neighbours(shapes):
        likely = _may_share(_box_m2(bounds[first], bounds[second]), area[first], area[second])
        first, second = _not_side_by_side(shapes, area, first[likely], second[likely])  # noqa: PLW2901
        shared = _shared_m2(shapes[first], shapes[second])
        smaller = np.minimum(area[first], area[second])
        same = shared >= _SAME_SHARE * (area[first] + area[second] - shared)
        much = (shared > _OVERLAP_SHARE * smaller) & (shared > _OVERLAP_M2)
        told = same | much
        parts.append((first[told], second[told], same[told]))
    if not parts:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0, dtype=bool)
    first, second, same = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((first, second))
    return first[order], second[order], same[order]


def _may_share(box: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether the area that the boxes share leaves room for what is looked for."""
    much = (box > _OVERLAP_SHARE * np.minimum(one, other)) & (box > _OVERLAP_M2)
    return much | (box >= _SAME_SHARE * np.maximum(one, other))


def _not_side_by_side(
    shapes: np.ndarray, area: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs that share much also by their boxes along the longest wall of the first."""
    # Houses of a row share a wall and, unless they face north, much of their boxes along the axes.
    # Saves 6 of 8 s on a million of them.
    corners = shapely.get_num_coordinates(shapes[np.stack([first, second])])
    short = (corners <= _LONG).all(axis=0)
    if not short.any():
        return first, second
    likely = ~short
    one, other = first[short], second[short]
    box = _turned_box_m2(shapes[one], shapes[other])
    likely[short] = _may_share(box, area[one], area[other])
    return first[likely], second[likely]


def _turned_box_m2(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Area that the boxes of two outlines share, both along the longest wall of the first."""
    middle = shapely.bounds(one)[:, [1, 3]].mean(axis=1)
    east, north = metres_per_degree(middle)
    scale = np.column_stack([east, north])
    corners, owner = shapely.get_coordinates(one, return_index=True)
    origin = corners[_starts(owner)]
    own = (corners - origin[owner]) * scale[owner]
    theirs, their_owner = shapely.get_coordinates(other, return_index=True)
    theirs = (theirs - origin[their_owner]) * scale[their_owner]
    axis = _longest_wall(own, owner)
    shared = np.ones(len(one))
    for direction in (axis, axis[:, ::-1] * [-1.0, 1.0]):
        low, high = _extent(own, owner, direction)
        their_low, their_high = _extent(theirs, their_owner, direction)
        shared *= np.maximum(np.minimum(high, their_high) - np.maximum(low, their_low), 0.0)
    return shared


def _starts(owner: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.append(True, owner[1:] != owner[:-1])[: len(owner)])


def _longest_wall(corners: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Direction of the longest side of each outline, a vector of length 1."""
    side = np.diff(corners, axis=0, append=corners[-1:])
    length = np.hypot(side[:, 0], side[:, 1])
    length[np.append(_starts(owner)[1:], len(owner)) - 1] = 0.0
    longest = np.maximum.reduceat(length, _starts(owner))
    at = np.flatnonzero(length == longest[owner])
    at = at[_starts(owner[at])]
    return side[at] / longest[:, None]


def _extent(
    corners: np.ndarray, owner: np.ndarray, direction: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How far each outline reaches along a direction of its own."""
    along = (corners * direction[owner]).sum(axis=1)
    starts = _starts(owner)
    return np.minimum.reduceat(along, starts), np.maximum.reduceat(along, starts)


def _neighbours(shapes: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs whose boxes touch, each once, so many at a time that they fit into memory."""
    tree = shapely.STRtree(shapes)
    start, rows = 0, _FEWEST
    while start < len(shapes):
        second, first = tree.query(shapes[start : start + rows])
        second += start
        once = first < second
        yield first[once], second[once]
        per_row = max(len(second) / rows, 1.0)
        start += rows
        rows = int(np.clip(_PAIRS / per_row, _FEWEST, min(_MOST, 4 * rows)))


def _touching(bounds: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of boxes that touch, the first before the second; one may come several times."""
    # Without shapes and a tree of them: a tenth of the memory of a long list, a quarter of the
    # time.
    low, high = _strips(bounds)
    last = int(high.max(initial=-1)) + 1
    cuts = np.unique(np.append(np.sort(low)[::_BOXES], last))
    for start, end in itertools.pairwise(cuts.tolist()):
        rows = np.flatnonzero((low < end) & (high >= start))
        inside = np.maximum(low[rows], start), np.minimum(high[rows], end - 1)
        for first, second in _touching_along(bounds[rows], *inside):
            yield rows[first], rows[second]


def _strips(bounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last of the strips of latitude that each box reaches into; few have several."""
    height = _STRIP_DEG
    while True:
        low, high = (_strip_of(bounds[:, side], height) for side in (1, 3))
        if (high - low + 1).sum() <= 2 * len(bounds) or height > _TURNS:
            return low, high
        height *= 2.0


def _strip_of(lat: np.ndarray, height: float) -> np.ndarray:
    strip = np.floor(lat / height)
    return np.clip(strip, -_MOST_STRIPS, _MOST_STRIPS, out=strip).astype(np.int32)


def _touching_along(
    bounds: np.ndarray, low: np.ndarray, high: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of boxes that touch, from boxes put by their western sides along strips."""
    held = (high - low + 1).astype(np.int64)
    owner = np.repeat(np.arange(len(bounds)), held)
    strip = low[owner] + np.arange(owner.size) - np.repeat(np.cumsum(held) - held, held)
    west = strip * _TURNS + bounds[owner, 0]
    order = np.argsort(west, kind="stable")
    owner = owner[order]
    east = strip[order] * _TURNS + bounds[owner, 2]
    more = np.searchsorted(west[order], east, side="right") - np.arange(1, len(owner) + 1)
    ends = np.cumsum(more)
    start = 0
    while start < len(owner):
        done = ends[start] - more[start]
        end = max(start + 1, int(np.searchsorted(ends, done + _BOXES, side="right")))
        some = more[start:end]
        here = np.repeat(np.arange(start, end), some)
        there = here + 1 + np.arange(here.size) - np.repeat(np.cumsum(some) - some, some)
        first, second = np.minimum(owner[here], owner[there]), np.maximum(owner[here], owner[there])
        one, other = bounds[first], bounds[second]
        touch = (one[:, :2] <= other[:, 2:]).all(axis=1) & (other[:, :2] <= one[:, 2:]).all(axis=1)
        touch &= first < second
        yield first[touch], second[touch]
        start = end


def _box_m2(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Area that two boxes share."""
    west, south = np.maximum(one[:, 0], other[:, 0]), np.maximum(one[:, 1], other[:, 1])
    east, north = np.minimum(one[:, 2], other[:, 2]), np.minimum(one[:, 3], other[:, 3])
    shared = np.maximum(east - west, 0.0) * np.maximum(north - south, 0.0)
    return shared * square_metres_per_degree(one)


def _shared_m2(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Area that two outlines share."""
    smaller_is_one = shapely.area(one) < shapely.area(other)
    smaller = np.where(smaller_is_one, one, other)
    larger = np.where(smaller_is_one, other, one)
    shared = areas_m2(smaller)
    # A district drawn among its buildings: a prepared outline answers 100 times faster.
    long = shapely.get_num_coordinates(larger) > _LONG
    shapely.prepare(larger[long])
    cut = np.ones(len(one), dtype=bool)
    cut[long] = ~shapely.covers(larger[long], smaller[long])
    shared[cut] = areas_m2(_intersection(one[cut], other[cut]))
    return shared


def _intersection(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    try:
        return shapely.intersection(one, other)
    except shapely.errors.GEOSException:
        whole = (shapely.make_valid(shapes, method="structure") for shapes in (one, other))
        return shapely.intersection(*whole)


def _follow(kept_for: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
    """Set aside each second outline whose first one stays, in order; then what equals it."""
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        if kept_for[one] == one and kept_for[other] == other:
            kept_for[other] = one
    kept_for[:] = kept_for[kept_for]
