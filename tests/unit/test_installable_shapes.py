"""Strips, slices, openings, sweeps and shadows on single polygons."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from roofmaker import L_SHAPE, varied

from roofpv.roofs import shadow_ratio
from roofpv.roofs.inplane import PlaneFrames
from roofpv.roofs.overlays import within, without
from roofpv.roofs.shadows import LONGEST_SHADOW, shadow_fans
from roofpv.roofs.slices import slice_kernels, slice_off
from roofpv.roofs.strips import swept, united, without_narrow, without_small, without_strips

SQUARE = shapely.box(0, 0, 10, 10)
HOLED = SQUARE.difference(shapely.box(4, 4, 6, 6))
PARTS = shapely.MultiPolygon([shapely.box(0, 0, 3, 3), shapely.box(20, 0.7, 24, 5)])
EMPTY = shapely.Polygon()


def all_of(*shapes):
    return np.array(shapes, dtype=object)


def strip(shape, bottom, side, top):
    return without_strips(all_of(shape), *np.array([[bottom], [side], [top]], dtype=float))[0]


# Strips


@pytest.mark.parametrize(
    ("bottom", "side", "top"),
    [(3, 2, 0), (0, 0, 3), (0, 2, 0), (1, 1, 1), (0, 0.5, 4), (4.9, 0, 5), (2, 4.9, 2)],
)
def test_strips_of_a_square(bottom, side, top):
    left = strip(SQUARE, bottom, side, top)
    thin = 1e-3 if side == 0 else side
    down, up = (1e-3, 1e-3) if bottom == top == 0 else (bottom, top)
    assert left.bounds == pytest.approx((thin, down, 10 - thin, 10 - up))
    assert left.area == pytest.approx((10 - 2 * thin) * (10 - down - up))


def test_no_strip_leaves_the_polygon_as_it_is():
    assert strip(HOLED, 0, 0, 0) is HOLED


def test_the_strip_of_a_slanted_edge_is_that_of_the_ellipse():
    triangle = shapely.Polygon([(0, 0), (100, 0), (50, 50)])
    left = strip(triangle, 3.0, 2.0, 1.0)
    # Edges that face up at 45 degrees: support of the ellipse less its way down.
    wide = np.hypot(2.0, 2.0) / np.sqrt(2.0) - 1.0 / np.sqrt(2.0)
    slanted = shapely.LineString([(100, 0), (50, 50)])
    assert shapely.distance(left, slanted) == pytest.approx(wide)
    assert left.bounds[1] == pytest.approx(3.0)


def test_strips_of_parts_holes_and_nothing():
    assert strip(HOLED, 1, 1, 1).area == pytest.approx(64 - 16)
    assert strip(PARTS, 1, 1, 1).area == pytest.approx(1 + 2 * 2.3)
    assert strip(PARTS, 2, 2, 2).is_empty
    assert strip(EMPTY, 2, 2, 2).is_empty
    assert not len(without_strips(all_of(), *np.zeros((3, 0))))


# Slices


@pytest.mark.parametrize("shape", [SQUARE, HOLED, PARTS, L_SHAPE])
@pytest.mark.parametrize("share", [1e-6, 0.1, 0.5, 0.77, 1 - 1e-6])
def test_a_slice_has_its_area_and_lies_at_the_end(shape, share):
    for turn in (0.0, 33.0, 90.0):
        turned = shapely.affinity.rotate(shape, turn)
        left = slice_off(all_of(turned), np.array([share * shape.area]))[0]
        assert left.area == pytest.approx((1 - share) * shape.area, abs=1e-9 * shape.area)
        half = shapely.box(-1e3, -1e3, left.bounds[2], 1e3)
        assert turned.intersection(half).symmetric_difference(left).area < 1e-9 * shape.area


def test_a_slice_of_nothing_or_of_all():
    shapes = all_of(SQUARE, SQUARE, SQUARE, SQUARE, EMPTY, EMPTY)
    left = slice_off(shapes, np.array([0.0, np.nan, 100.0, 1e9, 1.0, 0.0]))
    assert left[0] is SQUARE
    assert left[1] is SQUARE
    assert shapely.is_empty(left[2:]).all()
    assert not len(slice_off(all_of(), np.zeros(0)))


def test_slices_far_from_the_origin_keep_their_digits():
    far = shapely.affinity.translate(SQUARE, 5e5, 4e6)
    assert slice_off(all_of(far), np.array([30.0]))[0].area == pytest.approx(70.0, rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_slices_of_polygons_of_every_make(seed):
    shapes = all_of(*varied(seed))
    area = shapely.area(shapes)
    rng = np.random.default_rng(seed)
    share = rng.uniform(0.0, 1.0, len(shapes))
    left = slice_off(shapes, share * area)
    assert (np.abs(shapely.area(left) - (1 - share) * area) <= 1e-9 * area).all()
    assert shapely.is_valid(left).all()
    assert (shapely.area(shapely.difference(left, shapes)) <= 1e-9 * area).all()


def test_the_kernel_as_it_is_written_finds_the_compiled_line():
    x, y = shapely.get_coordinates(shapely.orient_polygons(L_SHAPE)).T
    rings, roofs = np.array([0, len(x)]), np.array([0, 1, 1])
    found = [np.full(2, 7.0), np.full(2, 7.0)]
    kernel = slice_kernels.lines_across
    for call, lines in zip((kernel, kernel.py_func), found, strict=True):
        call(
            np.ascontiguousarray(x), np.ascontiguousarray(y), rings, roofs, np.full(2, 100.0), lines
        )
    assert found[0].tolist() == found[1].tolist()
    assert found[0] == pytest.approx([60.0 - 100.0 / 15.0, 7.0])
    beyond = slice_kernels.area_beyond.py_func(x, y, rings, 0, 1, 15.0)
    assert beyond == pytest.approx(45.0 * 15.0)
    assert slice_kernels.area_beyond.py_func(x, y, rings, 0, 1, -1.0) == pytest.approx(L_SHAPE.area)


# Narrow and small parts


def test_narrow_parts_go_and_wide_ones_are_the_same_objects():
    dumbbell = shapely.union_all([SQUARE, shapely.box(10, 4, 15, 5), shapely.box(15, 0, 25, 10)])
    left = without_narrow(all_of(SQUARE, dumbbell, shapely.box(0, 0, 50, 1), EMPTY, L_SHAPE), 2.0)
    assert left[0] is SQUARE
    assert left[1].area == pytest.approx(200.0)
    assert left[2].is_empty
    assert left[3].is_empty
    assert left[4] is L_SHAPE
    assert without_narrow(all_of(dumbbell), 0.0)[0] is dumbbell


def test_small_parts_go():
    left = without_small(all_of(PARTS, SQUARE, PARTS, EMPTY), 10.0)
    assert left[0].area == pytest.approx(4 * 4.3)
    assert left[1] is SQUARE
    assert left[2].equals(left[0])
    assert left[3].is_empty
    assert without_small(all_of(PARTS), 100.0)[0].is_empty
    assert without_small(all_of(PARTS), 9.0)[0] is PARTS


def test_opening_never_adds_to_a_roof_with_nearly_equal_edges():
    """A roof of Vichy of which the plain intersection of GEOS returned more than there was."""
    corners = [
        (-11.545469547331555, -4.697350501363507), (-13.118495983045355, 3.952447702690089),
        (-13.98208772134001, 8.548624240465418), (8.03912845576702, 9.436799869184561),
        (8.576764413364787, -1.63047493920809), (13.024058675282255, -1.553697398673548),
        (13.174128716379125, -3.481720963000816), (2.932854168590283, -3.964675096946383),
        (-7.174006947188188, -4.509734735202911),
    ]  # fmt: skip
    roof = shapely.Polygon(corners)
    left = without_narrow(all_of(roof), 2.0)[0]
    assert 0.98 * roof.area < left.area < roof.area * (1.0 + 1e-9)
    assert left.difference(roof).area < 1e-9


# Overlays


def test_differences_and_intersections():
    left = without(all_of(SQUARE, SQUARE, EMPTY, PARTS), all_of(HOLED, EMPTY, SQUARE, SQUARE))
    assert shapely.area(left) == pytest.approx([4.0, 100.0, 0.0, PARTS.area - 9.0])
    common = within(all_of(SQUARE, SQUARE, EMPTY, PARTS), all_of(HOLED, EMPTY, SQUARE, SQUARE))
    assert shapely.area(common) == pytest.approx([96.0, 0.0, 0.0, 9.0], abs=1e-4)


@pytest.mark.parametrize("call", [without, within])
def test_an_area_that_cannot_be_right_is_made_anew_on_a_grid(call, monkeypatch):
    name = "difference" if call is without else "intersection"
    plain = getattr(shapely, name)
    asked = []

    def wrong(one, other, grid_size=None):
        asked.append(grid_size)
        found = plain(one, other, grid_size=grid_size)
        return shapely.buffer(one, 1.0) if grid_size is None else found

    monkeypatch.setattr(shapely, name, wrong)
    found = call(all_of(SQUARE), all_of(shapely.box(5, -5, 20, 20)))
    assert asked == [None, 1e-6]
    assert found[0].area == pytest.approx(50.0, abs=1e-4)


# Sweeps


def test_a_swept_square_is_its_edges_moved():
    fan = np.array([[[0, 0], [0, 2.0], [0, 1], [0, 0.5]]])
    dark = swept(all_of(SQUARE), fan)[0]
    assert dark.intersection(SQUARE).area == pytest.approx(20.0)
    assert dark.area == pytest.approx(40.0)


@pytest.mark.parametrize("seed", range(2))
def test_a_point_is_swept_where_the_hull_behind_it_meets_an_edge(seed):
    rng = np.random.default_rng(seed)
    shapes = [shape for shape in varied(seed) if 5 < shape.area < 50_000]
    fan = np.array([[0, 0], [-3.0, 2.0], [0, 1.0], [3.0, 2.0]])
    behind = shapely.MultiPoint(-fan).convex_hull
    for shape, dark in zip(
        shapes, swept(all_of(*shapes), np.tile(fan, (len(shapes), 1, 1))), strict=True
    ):
        low, high = np.array(shape.bounds).reshape(2, 2)
        for x, y in rng.uniform(low - 4.0, high + 4.0, (100, 2)):
            meets = shape.boundary.intersects(shapely.affinity.translate(behind, x, y))
            assert shapely.contains_xy(dark, x, y) == meets


def test_unions_by_row():
    shapes = all_of(SQUARE, PARTS, shapely.box(5, 5, 15, 10))
    whole = united(shapes, np.array([2, 0, 2]), 4)
    assert shapely.area(whole) == pytest.approx([PARTS.area, 0.0, 125.0, 0.0])
    assert shapely.is_empty(united(all_of(), np.zeros(0, dtype=int), 2)).all()


# Shadows


def fan(latitude, facing=180.0, tilt=0.0):
    frames = PlaneFrames(*np.array([[facing], [tilt], [1.0]]), np.array([True]))
    return shadow_fans(np.array([latitude]), frames)[0]


@pytest.mark.parametrize("latitude", [0.0, 20.0, 38.9, 39.24, 50.0])
def test_shadows_at_nine_reach_as_far_to_the_pole_as_the_spacing_rule_says(latitude):
    north = fan(latitude)
    k = float(shadow_ratio(np.array([latitude]))[0])
    assert north[[1, 3], 1] == pytest.approx(k)
    assert north[1, 0] == pytest.approx(-north[3, 0])
    assert north[1, 0] < 0.0
    assert 0.0 < north[2, 1] < k
    assert fan(-latitude - 1e-12, facing=0.0)[:, 1] == pytest.approx(north[:, 1])


@pytest.mark.parametrize(
    ("facing", "tilt"), [(180.0, 20.0), (90.0, 35.0), (200.0, 10.0), (0.0, 5.0)]
)
def test_shadows_on_a_slope_are_where_the_ray_meets_it(facing, tilt):
    phi, delta = np.radians(39.0), np.arctan(0.4338)
    found = fan(39.0, facing, tilt)
    for corner, (sine, cosine) in enumerate([(-0.707, 0.707), (0.0, 1.0), (0.707, 0.707)], start=1):
        sun = np.array([
            -sine * np.cos(delta),
            -np.sin(phi) * np.cos(delta) * cosine - np.cos(phi) * np.sin(delta),
            np.cos(phi) * np.cos(delta) * cosine - np.sin(phi) * np.sin(delta),
        ])  # fmt: skip
        down = np.array([np.sin(np.radians(facing)), np.cos(np.radians(facing)), 0.0])
        normal = down * np.sin(np.radians(tilt)) + [0, 0, np.cos(np.radians(tilt))]
        if sun @ normal < 0.0:
            assert np.hypot(*found[corner]) == pytest.approx(LONGEST_SHADOW)
            continue
        top = np.array([0.0, 0.0, 1.0])
        tip = top - sun * (top @ normal) / (sun @ normal)
        right = np.array([-down[1], down[0], 0.0])
        upward = np.cross(normal, right)
        assert found[corner] == pytest.approx([tip @ right, tip @ upward])


@pytest.mark.parametrize("latitude", [58.6, 66.0, 80.0, 90.0, np.nan])
def test_no_shadow_is_longer_than_the_cap(latitude):
    length = np.hypot(*fan(latitude).T)
    assert length.max() == pytest.approx(LONGEST_SHADOW)
    behind = fan(50.0, facing=0.0, tilt=30.0)
    assert np.isfinite(behind).all()
    assert np.hypot(*behind.T).max() == pytest.approx(LONGEST_SHADOW)
