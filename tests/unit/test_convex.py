"""Convex polygons cut without GEOS, beside GEOS."""

import numpy as np
import pytest
import shapely

from roofpv.roofs.convex import are_valid, convex_rings, half_sines, inset, left_of, polygons_of
from roofpv.roofs.slices import slice_off
from roofpv.roofs.strips import without_narrow, without_strips

L_SHAPE = shapely.Polygon([(0, 0), (6, 0), (6, 2), (2, 2), (2, 6), (0, 6)])
HOLED = shapely.box(0, 0, 6, 6).difference(shapely.box(2, 2, 3, 3))
CLOCKWISE = shapely.Polygon([(0, 0), (0, 4), (6, 4), (6, 0)])


def hulls(count=400, seed=3):
    rng = np.random.default_rng(seed)
    points = rng.normal(0.0, 6.0, (count, 7, 2)) * rng.uniform(0.3, 1.5, (count, 1, 2))
    return shapely.convex_hull(shapely.multipoints(points))


def full(count, value):
    return np.full(count, value)


def test_only_convex_ones_without_holes():
    both = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    shapes = np.array([L_SHAPE, CLOCKWISE, HOLED, shapely.Polygon(), both], dtype=object)
    rings = convex_rings(shapes)
    assert list(rings.rows) == [1]
    assert list(rings.starts) == [0, 4]
    assert convex_rings(shapes[:0]).rows.size == 0


def test_corners_on_straight_edges_and_twice_the_same_are_allowed():
    shape = shapely.Polygon([(0, 0), (2, 0), (2, 0), (5, 0), (5, 3), (0, 3)])
    rings = convex_rings(np.array([shape], dtype=object))
    left = polygons_of(rings, inset(rings, full(1, 0.5), full(1, 0.5), full(1, 0.0)))
    assert left[0].equals(shapely.box(0.5, 0.5, 4.5, 2.5))


@pytest.mark.parametrize("width", [0.05, 0.7, 2.5])
def test_insets_are_those_of_geos(width):
    shapes = hulls()
    rings = convex_rings(shapes)
    assert len(rings.rows) == len(shapes)
    cut = inset(rings, full(400, width), full(400, width), full(400, 0.0))
    ours, theirs = polygons_of(rings, cut), shapely.buffer(shapes, -width, join_style="mitre")
    # GEOS loses some cores that a small circle still fits in, and a little where edges vanish.
    assert (shapely.area(ours) >= shapely.area(theirs) * (1 - 1e-9)).all()
    close = np.abs(shapely.area(ours) - shapely.area(theirs)) <= 1e-9 * shapely.area(shapes)
    assert close.mean() > 0.97
    for shape, inner in zip(shapes, ours, strict=True):
        if not inner.is_empty:
            assert inner.is_valid
            corners = shapely.points(shapely.get_coordinates(inner))
            assert shapely.distance(corners, shape.exterior).min() >= width - 1e-9


def test_strips_by_the_direction_of_the_edge():
    shapes = np.array([CLOCKWISE, L_SHAPE], dtype=object)
    left = without_strips(shapes, full(2, 0.5), full(2, 0.25), full(2, 1.0))
    assert left[0].symmetric_difference(shapely.box(0.25, 0.5, 5.75, 3.0)).area < 1e-12
    assert left[1].area == pytest.approx(
        shapely.box(0.25, 0.5, 5.75, 1.0).union(shapely.box(0.25, 0.5, 1.75, 5.0)).area
    )


def test_a_convex_polygon_is_narrow_as_a_whole_or_not_at_all():
    sharp = shapely.Polygon([(0, 0), (20, 1), (20, -1)])
    shapes = np.array([shapely.box(0, 0, 9, 0.9), CLOCKWISE, sharp], dtype=object)
    left = without_narrow(shapes, 1.0)
    assert left[0].is_empty
    assert left[1] is shapes[1]
    assert 0.0 < left[2].area < sharp.area
    rings = convex_rings(shapes)
    cut = inset(rings, *(full(3, 0.5),) * 2, full(3, 0.0))
    assert half_sines(rings, cut) == pytest.approx([1.0, np.sqrt(0.5), np.sin(np.arctan(0.05))])


def test_slices_are_exact_and_valid():
    shapes = np.append(hulls(), [L_SHAPE, HOLED])
    area = shapely.area(shapes)
    left = slice_off(shapes, 0.3 * area)
    assert shapely.area(left) == pytest.approx(0.7 * area, rel=1e-9)
    assert shapely.is_valid(left).all()
    beyond = shapely.bounds(left)[:, 2]
    assert (beyond < shapely.bounds(shapes)[:, 2]).all()


def test_a_line_that_only_touches_leaves_nothing():
    rings = convex_rings(np.array([CLOCKWISE, CLOCKWISE], dtype=object))
    left = polygons_of(rings, left_of(rings, np.array([0.0, 7.0])))
    assert left[0].is_empty
    assert left[1].area == CLOCKWISE.area


def test_what_is_valid_is_so_to_geos_too():
    turns = np.radians(np.arange(5) * 144.0)
    star = shapely.Polygon(np.column_stack([np.sin(turns), np.cos(turns)]))
    bow = shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
    flat = shapely.Polygon([(0, 0), (4, 0), (8, 0)])
    back = shapely.Polygon([(0, 0), (4, 0), (2, 0), (4, 4)])
    twice = shapely.Polygon([(0, 0), (2, 0), (2, 0), (5, 3), (0, 3)])
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(0, 0), (4, 0), (np.nan, 4), (0, 4)])
        far = shapely.Polygon([(0, 0), (4, 0), (4, np.inf), (0, 4)])
    both = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(0, 0, 3, 1)])
    odd = [star, bow, flat, back, twice, broken, far, both, L_SHAPE, HOLED, CLOCKWISE, None]
    shapes = np.array([*odd, shapely.Polygon(), *hulls(60)], dtype=object)
    with np.errstate(invalid="ignore"):
        ours, theirs = are_valid(shapes), shapely.is_valid(shapes)
    assert np.array_equal(ours, theirs)
    assert not ours[0]
    assert are_valid(shapes[:0]).size == 0
