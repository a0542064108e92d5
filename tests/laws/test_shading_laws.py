"""What must hold of skylines whatever the city."""

from __future__ import annotations

from itertools import pairwise

import numba
import numpy as np
import pytest
import shapely
from roofmaker import star, wings
from skylinemaker import city, flat_planes, seen

from roofpv.shading import find_obstacles, lit_fraction, neighbour_skylines, sky_view
from roofpv.shading.neighbours import skyline_kernels as k
from roofpv.shading.points import rings_of


@pytest.fixture(autouse=True)
def all_threads():
    yield
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)


def town(seed=3, count=120, wide=220.0):
    """Buildings of every shape that may overlap, and their heights."""
    rng = np.random.default_rng(seed)
    shapes = []
    for i in range(count):
        made = (star, wings)[i % 2](rng, rng.uniform(3.0, 15.0))
        made = made if made.is_valid else made.buffer(0)
        shapes.append(shapely.affinity.translate(made, *rng.uniform(-wide, wide, 2)))
    return np.array(shapes, dtype=object), rng.uniform(3.0, 60.0, count)


@pytest.fixture(scope="module")
def buildings():
    return city(*town())


@pytest.fixture(scope="module")
def whole(buildings):
    return neighbour_skylines(flat_planes(buildings), buildings)


def same(one, other):
    ids = other["plane_id"].to_numpy()
    return one.sel(plane_id=ids).identical(other)


def test_the_town_is_shaded(whole):
    elevation = whole["horizon_elevation"].to_numpy()
    assert 5.0 < elevation.mean() < 40.0
    assert not np.isnan(elevation).any()
    assert whole["neighbours_stated"].min() > 10


def test_order_of_buildings_changes_no_bit(buildings, whole):
    order = np.random.default_rng(0).permutation(len(buildings))
    mixed = buildings.iloc[order].reset_index(drop=True)
    planes = flat_planes(mixed).sample(frac=1.0, random_state=1)
    assert same(whole, neighbour_skylines(planes, mixed))


def test_threads_change_no_bit(buildings, whole):
    numba.set_num_threads(1)
    assert same(whole, neighbour_skylines(flat_planes(buildings), buildings))


@pytest.mark.parametrize("size", [17, 50])
def test_chunks_change_no_bit(buildings, whole, size):
    found = find_obstacles(buildings)
    for start in range(0, len(buildings), size):
        chunk = buildings.iloc[start : start + size].reset_index(drop=True)
        prepared = neighbour_skylines(flat_planes(chunk), chunk, found)
        listed = neighbour_skylines(flat_planes(chunk), chunk, buildings)
        assert same(whole, prepared)
        assert same(whole["horizon_elevation"], listed["horizon_elevation"])


def test_tiles_with_a_halo_change_no_bit(buildings, whole):
    middle = shapely.centroid(buildings.geometry.to_numpy())
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    for west in (x <= np.median(x), x > np.median(x)):
        for south in (y <= np.median(y), y > np.median(y)):
            tile = buildings[west & south].reset_index(drop=True)
            box = shapely.box(*tile.total_bounds).buffer(0.004)
            halo = buildings[buildings.intersects(box)].sample(frac=1.0, random_state=2)
            found = neighbour_skylines(flat_planes(tile), tile, halo.reset_index(drop=True))
            for name in ("horizon_elevation", "neighbours_stated", "x_m", "height_m"):
                assert same(whole[name], found[name])


def test_raising_any_obstacle_never_lowers_a_skyline():
    shapes, heights = town(5, 40, 100.0)
    shapes = np.array([s for s in shapes if not s.covers(shapely.Point(0, 0))], dtype=object)
    heights = heights[: len(shapes)]
    before = seen(shapes, heights)
    for i in range(len(shapes)):
        for more in (1e-9, 0.1, 30.0):
            raised = heights.copy()
            raised[i] += more
            assert (seen(shapes, raised) >= before).all()


def test_a_further_obstacle_never_lowers_a_skyline():
    shapes, heights = town(6, 40, 100.0)
    before = np.zeros(72)
    for count in range(1, len(shapes) + 1):
        now = seen(shapes[:count], heights[:count])
        assert (now >= before).all()
        before = now


@pytest.mark.parametrize("sectors", [1, 5, 18, 36, 54, 71])
def test_turning_the_city_turns_the_skyline(sectors):
    shapes, heights = town(7, 40, 120.0)
    turned = [shapely.affinity.rotate(s, -5.0 * sectors, origin=(0, 0)) for s in shapes]
    expected = np.roll(seen(shapes, heights), sectors)
    # A corner may fall on either side of a ray, a fifth of a sector.
    off = np.abs(seen(turned, heights) - expected)
    assert (off > 1e-4).sum() <= 1


def cast(points, shapes, heights):
    """Skylines by the kernel alone, in metres: a degree is a metre of 1024 here."""
    scale, m = 1024.0, len(shapes)
    corners = rings_of(np.array(shapes, dtype=object))
    boxes = shapely.bounds(np.array(shapes, dtype=object)) / scale
    grid = (
        np.array([-9.0, -9.0, 1e-3, 1e-3, 1.0, 1.0]),
        np.array([0, m]),
        np.arange(m),
        np.zeros((m, 2), dtype=np.int64),
    )
    none = (np.zeros(2, dtype=np.int64), np.zeros(0, dtype=np.int64))
    out = np.empty((len(points), 72)), np.zeros(len(points), int), np.zeros((1, 3), int)
    k.cast_skylines(
        (np.array([[0.0, 0.0, scale, scale]]), np.array([0, len(points)]), none, none),
        np.asarray(points),
        (boxes, np.full(m, 2, dtype=np.int8), *grid),
        (corners.x / scale, corners.y / scale, corners.rings, corners.outlines, boxes, heights),
        k.ray_directions(72),
        200.0,
        out,
    )
    return out[0]


def test_quarter_turns_are_exact():
    shapes, heights = town(8, 60, 120.0)
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(-60, 60, (30, 2)), rng.uniform(0, 30, 30)])
    before = cast(points, shapes, heights)
    assert before.max() > 45.0
    turn = shapely.transform
    for quarter in (1, 2, 3):
        points = np.column_stack([points[:, 1], -points[:, 0], points[:, 2]])
        shapes = [turn(s, lambda xy: np.column_stack([xy[:, 1], -xy[:, 0]])) for s in shapes]
        found = cast(points, shapes, heights)
        np.testing.assert_array_equal(found, np.roll(before, 18 * quarter, axis=1))


@pytest.mark.parametrize("place", [(30.0, 40.0), (-8.0, 3.0), (5.0, -90.0)])
def test_halves_of_an_obstacle_are_the_whole(place):
    block = shapely.affinity.translate(shapely.box(-6.0, -2.0, 6.0, 9.0), *place)
    x, y = place
    cuts = [
        (shapely.box(x - 6, y - 2, x + 1, y + 9), shapely.box(x + 1, y - 2, x + 6, y + 9)),
        (shapely.box(x - 6, y - 2, x + 6, y + 3), shapely.box(x - 6, y + 3, x + 6, y + 9)),
    ]
    whole = seen([block], [20.0], z=3.0)
    for halves in cuts:
        np.testing.assert_allclose(seen(halves, [20.0, 20.0], z=3.0), whole, rtol=0, atol=1e-5)
    parts = shapely.MultiPolygon([cuts[0][0], shapely.affinity.translate(cuts[0][1], 300, 300)])
    np.testing.assert_allclose(
        seen([parts, cuts[0][1]], [20.0, 20.0], z=3.0, reach_m=200.0), whole, rtol=0, atol=1e-5
    )


def test_a_longer_reach_never_lowers_a_skyline(buildings, whole):
    found = [whole["horizon_elevation"]] + [
        neighbour_skylines(flat_planes(buildings), buildings, reach_m=reach)["horizon_elevation"]
        for reach in (90.0, 30.0, 1.0)
    ]
    for longer, shorter in pairwise(found):
        assert (longer >= shorter).all()
        assert (longer > shorter).any()


def test_light_and_sky_never_grow_with_the_city(buildings, whole):
    sun = np.meshgrid(np.linspace(1.0, 80.0, 20), np.arange(0.0, 360.0, 15.0))
    sun = [part.ravel() for part in sun]
    higher = buildings.assign(
        height_m=buildings["height_m"] + np.where(buildings.index == 5, 40, 0)
    )
    rest = buildings["building_id"].to_numpy()[buildings.index != 5] + "/1"
    found = neighbour_skylines(flat_planes(buildings), higher).sel(plane_id=rest)
    before = whole.sel(plane_id=rest)
    assert (lit_fraction(found, *sun) <= lit_fraction(before, *sun)).all()
    for tilt in (0.0, 30.0):
        angles = np.full(len(rest), tilt), np.full(len(rest), 180.0)
        assert (sky_view(found, *angles) <= sky_view(before, *angles) + 1e-15).all()
        assert (sky_view(found, *angles) < sky_view(before, *angles)).any()


def test_turning_planes_turns_their_points():
    shape = shapely.Polygon([(0, 0), (40, 0), (40, 9), (14, 9), (14, 21), (0, 21)])
    here = city([shape], [10.0])
    points = neighbour_skylines(flat_planes(here), here)
    for turn in (90.0, 147.0, 200.0, 301.0):
        there = city([shapely.affinity.rotate(shape, -turn, origin=(0, 0))], [10.0])
        found = neighbour_skylines(flat_planes(there), there)
        angle = np.radians(turn)
        x, y = (found[name].to_numpy()[0] for name in ("x_m", "y_m"))
        back = np.stack(
            [x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)]
        )
        expected = np.stack([points[name].to_numpy()[0] for name in ("x_m", "y_m")])
        # The middle of the bounds is another one when turned.
        back -= back.mean(axis=1, keepdims=True)
        expected -= expected.mean(axis=1, keepdims=True)
        order = [np.lexsort(np.round(p, 3)) for p in (back, expected)]
        np.testing.assert_allclose(back[:, order[0]], expected[:, order[1]], atol=1e-3)
