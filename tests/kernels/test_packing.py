"""Packing against brute force on cells, shapely, and what must change nothing: order, threads."""

from __future__ import annotations

from functools import cache

import numba
import numpy as np
import pytest
import shapely

from roofpv.roofs.packing import _outlines
from roofpv.roofs.packing import packing_kernels as k

TOLERANCE_M = 1e-6
SQUARE = shapely.box(0, 0, 10, 10)
HOLED = SQUARE.difference(shapely.box(4, 4, 6, 6))
L_SHAPE = shapely.Polygon([(0, 0), (12, 0), (12, 4), (4, 4), (4, 9), (0, 9)])
U_SHAPE = shapely.Polygon([(0, 0), (11, 0), (11, 8), (8, 8), (8, 3), (3, 3), (3, 8), (0, 8)])
TRIANGLE = shapely.Polygon([(0, 0), (10, 0), (5, 10)])
NEEDLE = shapely.Polygon([(0, 0), (50, 0), (50, 0.5)])
PARTS = shapely.MultiPolygon([shapely.box(0, 0, 3, 3), shapely.box(20, 0.7, 24, 5)])
EMPTY = shapely.Polygon()
SHAPES = (SQUARE, HOLED, L_SHAPE, U_SHAPE, TRIANGLE, NEEDLE, PARTS, EMPTY)


@pytest.fixture(autouse=True)
def all_threads():
    yield
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)


def cell(width, depth, pitch, gap=0.0, aisle_rows=0, aisle=0.0):
    return np.array([width, depth, pitch, gap, aisle_rows, aisle], dtype=float)


def rings_of(shapes):
    """The kernel's four arrays, where the shapes stand."""
    shapes = np.array(shapes, dtype=object)
    outlines = _outlines(shapes)
    owner = np.repeat(np.arange(len(shapes)), np.diff(outlines.rings[outlines.roofs]))
    x, y = outlines.x + outlines.middle[owner, 0], outlines.y + outlines.middle[owner, 1]
    return x, y, outlines.rings, outlines.roofs


def count(shapes, one):
    cells = np.tile(one, (len(shapes), 1)) if one.ndim == 1 else one
    tables, fields = np.full(len(shapes), -1, dtype=np.int64), np.full(len(shapes), -1.0)
    k.count_tables(*rings_of(shapes), cells, tables, fields)
    return tables, fields


def place(shapes, one):
    tables, _ = count(shapes, one)
    offsets = np.concatenate([[0], np.cumsum(tables)])
    left, bottom = np.full(offsets[-1], np.nan), np.full(offsets[-1], np.nan)
    row = np.full(offsets[-1], -1)
    cells = np.tile(one, (len(shapes), 1))
    k.place_tables(*rings_of(shapes), cells, offsets, left, bottom, row)
    return np.repeat(np.arange(len(shapes)), tables), left, bottom, row


def brute(inside, width, depth, pitch, aisle_rows=0, aisle=0):
    """Most tables on unit cells ``inside[y][x]``, all measures whole: every set of rows tried."""
    height = len(inside)

    @cache
    def row(y):
        found, length = 0, 0
        for x in range(inside.shape[1] + 1):
            if x < inside.shape[1] and inside[y : y + depth, x].all():
                length += 1
            else:
                found, length = found + length // width, 0
        return found

    @cache
    def most(y, used):
        if y + depth > height:
            return 0
        here = row(y)
        if aisle_rows == 0:
            taken = here + most(y + pitch, 0)
        elif used == aisle_rows:
            taken = 0
        else:
            taken = here + max(most(y + pitch, used + 1), most(y + pitch + aisle, 0))
        return max(taken, most(y + 1, used))

    return most(0, 0)


def drawn(inside):
    """The outline of unit cells; cells that meet in a corner alone meet there."""
    y, x = np.nonzero(inside)
    return shapely.union_all(shapely.box(x, y, x + 1, y + 1))


@pytest.mark.parametrize("pitch", [3, 5, 7])
@pytest.mark.parametrize(("aisle_rows", "aisle"), [(0, 0), (1, 1), (2, 2)])
@pytest.mark.parametrize("share", [0.7, 0.95])
def test_as_many_as_brute_force_finds(pitch, aisle_rows, aisle, share):
    rng = np.random.default_rng(5)
    roofs = [rng.random((rng.integers(3, 19), rng.integers(2, 12))) < share for _ in range(60)]
    expected = [brute(inside, 2, 3, pitch, aisle_rows, aisle) for inside in roofs]
    got, _ = count([drawn(inside) for inside in roofs], cell(2, 3, pitch, 0, aisle_rows, aisle))
    assert sum(expected) > 60
    assert got.tolist() == expected


@pytest.mark.parametrize(
    ("shape", "one", "tables"),
    [
        (SQUARE, cell(1, 1, 1), 100),
        (SQUARE, cell(2, 3, 3), 15),
        (SQUARE, cell(2, 3, 3.5), 15),
        (SQUARE, cell(2, 3, 3.51), 10),
        (SQUARE, cell(2, 3, 3, gap=0.1), 12),
        (SQUARE, cell(1.99, 3, 3, gap=0.0125), 15),
        (SQUARE, cell(10, 10, 12), 1),
        (SQUARE, cell(10.001, 1, 1), 0),
        (SQUARE, cell(1, 10.001, 11), 0),
        (SQUARE, cell(1, 1, 1, aisle_rows=2, aisle=1), 70),
        (SQUARE, cell(1, 1, 1, aisle_rows=100, aisle=1), 100),
        (HOLED, cell(1, 1, 1), 96),
        (HOLED, cell(4, 4, 4), 4),
        (HOLED, cell(5, 3, 3), 4),
        (L_SHAPE, cell(4, 4, 4), 4),
        (L_SHAPE, cell(4, 3, 3), 5),
        (U_SHAPE, cell(3, 2, 2), 9),
        (TRIANGLE, cell(1, 1, 1), 45),
        (NEEDLE, cell(1, 0.4, 0.4), 10),
        (NEEDLE, cell(1, 0.6, 0.6), 0),
        # Rows run through all parts: one at 0 for the first, or one at 0.7 for the second.
        (PARTS, cell(3, 3, 3), 1),
        (PARTS, cell(3, 2, 2.1), 3),
        (PARTS, cell(3, 1, 1), 7),
        (EMPTY, cell(1, 1, 1), 0),
    ],
)
def test_counted_by_hand(shape, one, tables):
    got, fields = count([shape], one)
    assert got[0] == tables
    assert tables * one[k.WIDTH] * one[k.DEPTH] <= fields[0] + TOLERANCE_M
    assert fields[0] <= shapely.area(shape) + TOLERANCE_M


def test_a_row_between_two_walls_of_the_same_height():
    """Rows of one wing need not be those of the other's start: the higher floor decides."""
    step = shapely.Polygon([(0, 0), (10, 0), (10, 0.5), (20, 0.5), (20, 3.5), (0, 3.5)])
    assert count([step], cell(2, 3, 3))[0].tolist() == [10]


@pytest.mark.parametrize(
    ("shape", "one", "field"),
    [
        (SQUARE, cell(1, 1, 1), 100.0),
        # 4 rows of 10 at 0, 3, 6 and 9, all ground between them.
        (SQUARE, cell(1, 1, 3), 100.0),
        # Rows at 0 and 6; nothing counts behind the last.
        (SQUARE, cell(1, 4, 6), 100.0),
        (SQUARE, cell(1, 3, 6), 90.0),
        # The run is 9.2 wide with its gaps.
        (SQUARE, cell(1, 3, 6, gap=0.025), 9 * (9 * 1.025 - 0.025)),
        # Blocks of two rows and an aisle: to the top of the last row.
        (SQUARE, cell(1, 1, 2, aisle_rows=2, aisle=1), 90.0),
        # Two rows of 10 below and above; the gap in the middle is cut off by the hole.
        (HOLED, cell(1, 4, 6), 80.0 + 2 * 8),
    ],
)
def test_field_by_hand(shape, one, field):
    assert count([shape], one)[1][0] == pytest.approx(field, abs=1e-5)


def test_field_behind_a_row_ends_at_the_pitch():
    far = shapely.MultiPolygon([shapely.box(0, 0, 4, 20)]).difference(shapely.box(1, 5, 3, 16))
    tables, fields = count([far], cell(4, 1, 2))
    # Rows at 0, 2, 4 and at 16, 18 or above; 2 m behind the third, of which 1 m lies in the hole.
    assert tables[0] == 5
    assert fields[0] == pytest.approx(2 * 8 + 4 + 2 * 1 + 8 + 4, abs=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("turn", [0, 17, 45, 90, 133])
@pytest.mark.parametrize("one", [cell(1.134, 2.2, 3.87, 0.02), cell(0.7, 0.4, 0.45, 0.02, 3, 0.6)])
def test_nothing_outside_nothing_overlapping(shape, turn, one):
    turned = shapely.affinity.rotate(shape, turn, origin=(1, 2))
    _, left, bottom, row = place([turned], one)
    boxes = shapely.box(left, bottom, left + one[k.WIDTH], bottom + one[k.DEPTH])
    assert shapely.covers(shapely.buffer(turned, TOLERANCE_M, join_style="mitre"), boxes).all()
    shrunk = shapely.buffer(boxes, -TOLERANCE_M / 2, join_style="mitre")
    first, second = shapely.STRtree(shrunk).query(shrunk, predicate="intersects")
    assert (first == second).all()
    heights = np.unique(bottom)
    assert np.array_equal(np.searchsorted(heights, bottom), row)
    assert (np.diff(heights) >= one[k.PITCH] - TOLERANCE_M).all()


def test_no_more_rows_in_a_block_than_stated():
    one = cell(1, 1, 1.5, 0, 3, 0.8)
    _, _, bottom, _ = place([shapely.box(0, 0, 5, 40)], one)
    aisles = np.diff(np.unique(bottom)) >= one[k.PITCH] + one[k.AISLE] - TOLERANCE_M
    blocks = np.split(np.arange(len(aisles) + 1), np.flatnonzero(aisles) + 1)
    assert max(map(len, blocks)) == 3
    # 3 rows and an aisle take 5.3 m; 7 such blocks and 2 rows more fit in 40 m.
    assert len(np.unique(bottom)) == 23


def test_moved_far_away_nothing_changes():
    one = cell(1.134, 2.2, 3.87, 0.02)
    here, there = (
        count([shapely.affinity.translate(s, *by) for s in SHAPES], one)
        for by in ((0, 0), (4321.1, -987.7))
    )
    assert here[0].tolist() == there[0].tolist()
    np.testing.assert_allclose(here[1], there[1], atol=1e-5)


@pytest.mark.parametrize("copies", [1, 7])
def test_order_and_threads_change_no_bit(copies):
    rng = np.random.default_rng(3)
    shapes = [shapely.affinity.rotate(s, rng.uniform(0, 90)) for s in SHAPES * 5]
    cells = np.tile(cell(1.134, 2.2, 3.87, 0.02), (len(shapes), 1))
    cells[:, k.PITCH] = rng.uniform(2.3, 5.0, len(shapes))
    tables, fields = count(shapes, cells)
    numba.set_num_threads(1)
    order = np.concatenate([rng.permutation(len(shapes)) for _ in range(copies)])
    again, same = count([shapes[i] for i in order], cells[order])
    assert np.array_equal(again, tables[order])
    assert np.array_equal(same, fields[order])
    for i in range(0, len(shapes), 6):
        alone = count([shapes[i]], cells[i : i + 1])
        assert (alone[0][0], alone[1][0]) == (tables[i], fields[i])


def test_where_a_ring_starts_changes_nothing():
    ring = shapely.get_coordinates(U_SHAPE)[:-1]
    turned = [shapely.Polygon(np.roll(ring, by, axis=0)) for by in range(len(ring))]
    assert len(set(count(turned, cell(1.134, 2.2, 2.5, 0.02))[0].tolist())) == 1


def test_points_on_a_straight_edge_change_nothing():
    one = cell(1.134, 2.2, 2.5, 0.02)
    dense = [shapely.segmentize(s, 0.5) for s in SHAPES if not shapely.is_empty(s)]
    plain = [s for s in SHAPES if not shapely.is_empty(s)]
    assert count(dense, one)[0].tolist() == count(plain, one)[0].tolist()


def test_two_parts_that_share_a_height_hold_twice_as_many():
    one = cell(1.134, 2.2, 3.87, 0.02)
    for shape in (SQUARE, HOLED, L_SHAPE, TRIANGLE):
        pair = shapely.MultiPolygon([shape, shapely.affinity.translate(shape, 50, 0)])
        tables, fields = count([shape, pair], one)
        assert tables[1] == 2 * tables[0]
        assert fields[1] == pytest.approx(2 * fields[0])


@pytest.mark.parametrize("shape", [SQUARE, HOLED, L_SHAPE, U_SHAPE, TRIANGLE])
def test_a_wider_setback_never_holds_more(shape):
    large = shapely.affinity.scale(shape, 3, 3)
    inner = [shapely.buffer(large, -setback, join_style="mitre") for setback in np.arange(0, 16, 1)]
    tables, _ = count(inner, cell(1.134, 2.2, 3.87, 0.02))
    assert (np.diff(tables) <= 0).all()
    assert tables[-1] == 0


def test_rings_without_area_hold_nothing():
    flat = shapely.Polygon([(0, 0), (10, 0), (20, 0), (0, 0)])
    x, y = shapely.get_coordinates(flat).T.copy()
    tables, fields = np.full(1, -1), np.full(1, -1.0)
    k.count_tables(x, y, np.array([0, 4]), np.array([0, 1]), cell(1, 1, 1)[None], tables, fields)
    assert (tables[0], fields[0]) == (0, 0.0)


def test_a_hall_of_300_000_m2():
    tables, fields = count([shapely.box(0, 0, 600, 500)], cell(1.134, 2.2, 3.87, 0.02))
    assert tables[0] == int(600.02 // 1.154) * (int((500 - 2.2) // 3.87) + 1)
    assert fields[0] <= 300_000
