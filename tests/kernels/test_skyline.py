"""Skylines against closed forms and against every wall met by brute force."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from roofmaker import star, wings
from skylinemaker import by_rays, city, seen, tangents, true_view

from roofpv.roofs.metric import local_frames
from roofpv.shading.neighbours import (
    Targets,
    cast_points,
    no_members,
    no_prisms,
    skyline_kernels,
)
from roofpv.shading.neighbours import view_kernels as k
from roofpv.shading.obstacles import find_obstacles

AZIMUTH, FINE = np.arange(72) * 5.0, np.arange(0.0, 360.0, 0.05)
BAR_DEG = 0.1
BAR_VIEW = 0.005
WALL = shapely.box(-4500, 20, 4500, 22)


def view(skyline, tilt=0.0, azimuth=180.0):
    return k.sky_view_factor(np.asarray(skyline, dtype=float), tilt, azimuth)


def assert_within_sectors(skyline, azimuth, true, wider=0.0):
    """Every sector within what the true skyline takes in it, and the bar."""
    for sector, found in enumerate(skyline):
        off = np.abs((azimuth - 360.0 / len(skyline) * sector + 180.0) % 360.0 - 180.0)
        about = true[off <= 180.0 / len(skyline) + wider]
        assert about.min() - BAR_DEG <= found <= about.max() + BAR_DEG


def disc(radius, x=0.0, y=0.0):
    return shapely.Point(x, y).buffer(radius, quad_segs=180)


def test_nothing_around_hides_nothing():
    assert (seen([shapely.box(300, 300, 310, 310)], [50.0], reach_m=200.0) == 0.0).all()
    assert view(np.zeros(72), 37.0, 150.0) == (1.0 + np.cos(np.radians(37.0))) / 2.0


@pytest.mark.parametrize("height", [2.0, 15.0, 60.0])
def test_infinite_wall(height):
    skyline = seen([WALL], [height])
    slant = np.cos(np.radians(AZIMUTH))
    expected = np.degrees(np.arctan(np.maximum(slant, 0.0) * height / 20.0))
    # Toward its ends a high wall falls by ten degrees and more within a sector.
    before = np.abs(slant) > 0.4
    np.testing.assert_allclose(skyline[before], expected[before], atol=BAR_DEG)
    slant = np.maximum(np.cos(np.radians(FINE)), 0.0)
    assert_within_sectors(skyline, FINE, np.degrees(np.arctan(slant * height / 20.0)))
    up = np.arctan(height / 20.0)
    for tilt, azimuth, angle in ((0.0, 0.0, up), (30.0, 0.0, up + np.radians(30.0))):
        assert view(skyline, tilt, azimuth) == pytest.approx(
            (1.0 + np.cos(angle)) / 2.0, abs=BAR_VIEW
        )
    away = min(np.cos(up - np.radians(30.0)), 1.0) if up > np.radians(30.0) else 1.0
    assert view(skyline, 30.0, 180.0) == pytest.approx(
        (away + np.cos(np.radians(30.0))) / 2.0, abs=BAR_VIEW
    )


@pytest.mark.parametrize("height", [5.0, 20.0, 80.0])
def test_symmetric_canyon(height):
    skyline = seen([WALL, shapely.box(-4500, -22, 4500, -20)], [height, height])
    expected = np.degrees(np.arctan(np.abs(np.cos(np.radians(AZIMUTH))) * height / 20.0))
    before = np.abs(np.cos(np.radians(AZIMUTH))) > 0.4
    np.testing.assert_allclose(skyline[before], expected[before], atol=BAR_DEG)
    assert view(skyline) == pytest.approx(np.cos(np.arctan(height / 20.0)), abs=BAR_VIEW)


@pytest.mark.parametrize("height", [1.0, 10.0, 100.0])
def test_pit(height):
    skyline = seen([disc(40.0).difference(disc(10.0))], [height])
    up = np.arctan(height / 10.0)
    np.testing.assert_allclose(skyline, np.degrees(up), atol=BAR_DEG)
    assert view(skyline) == pytest.approx(np.cos(up) ** 2, abs=BAR_VIEW)


def test_cone():
    far, radius, top, steps = 60.0, 30.0, 40.0, 400
    level = top * (np.arange(steps) + 1.0) / steps
    # A disc that is the cone's section at its own top: the stack lies within the cone.
    discs = [disc(max(radius * (1.0 - z / top), 1e-3), 0.0, far) for z in level]
    skyline = seen(discs, level)
    turn = np.radians(np.arange(-40.0, 40.5, 1.0))
    z = np.linspace(0.0, top, 20001)[:, None]
    r = radius * (1.0 - z / top)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = np.sqrt(r**2 - (far * np.sin(turn)) ** 2)
        elevation = np.degrees(np.arctan(z / (far * np.cos(turn) - half)))
    true = np.where(np.isnan(elevation), 0.0, elevation).max(axis=0)
    step = np.degrees(top / steps / (far - radius))
    for sector in range(-7, 8):
        about = true[np.abs(np.degrees(turn) - 5.0 * sector) <= 2.5]
        low, high = about.min() - step - BAR_DEG, about.max() + BAR_DEG
        assert low <= skyline[sector] <= high


@pytest.mark.parametrize("turn", [0.0, 11.0, 22.5, 45.0, 61.3])
@pytest.mark.parametrize(("near", "height"), [(4.0, 6.0), (10.0, 25.0), (60.0, 40.0)])
def test_single_prism(turn, near, height):
    prism = shapely.affinity.rotate(shapely.box(-7, near, 9, near + 12), -turn, origin=(0, 0))
    skyline = seen([prism], [height])
    np.testing.assert_allclose(skyline, by_rays([prism], [height]), atol=2e-4)
    true = np.degrees(np.arctan(tangents(FINE, [prism], [height])))
    assert_within_sectors(skyline, FINE, true)
    for tilt, azimuth in ((0.0, 180.0), (30.0, turn), (30.0, turn + 180.0), (45.0, turn + 60.0)):
        expected = true_view([prism], [height], tilt, azimuth)
        assert view(skyline, tilt, azimuth) == pytest.approx(expected, abs=BAR_VIEW)


def test_a_wall_takes_the_sun_on_time():
    skyline = seen([shapely.affinity.rotate(WALL, 90.0, origin=(0, 0))], [15.0])
    # The sun of an equinox at the equator goes straight up in the west; of 40 N along a slant.
    hour = np.radians(np.arange(-89.0, 90.0, 0.05))
    for latitude in np.radians([0.0, 40.0]):
        elevation = np.arcsin(np.cos(latitude) * np.cos(hour))
        south = np.sin(latitude) * np.cos(hour)
        azimuth = np.degrees(np.arctan2(-np.sin(hour), -south)) % 360.0
        lit = np.array(
            [k.is_sunlit(skyline, *sun) for sun in zip(np.degrees(elevation), azimuth, strict=True)]
        )
        toward = np.maximum(-np.sin(np.radians(azimuth)), 0.0) * 15.0 / 20.0
        true = np.tan(elevation) > toward
        # 0.05 degrees of hour angle are 12 seconds: no more than two minutes apart.
        assert (lit != true).sum() <= 10


@pytest.mark.parametrize("seed", range(6))
def test_cities_by_brute_force(seed):
    rng = np.random.default_rng(seed)
    shapes, heights = [], []
    for i in range(40):
        made = (star, wings)[i % 2](rng, rng.uniform(3.0, 30.0))
        made = made if made.is_valid else made.buffer(0)
        shapes.append(shapely.affinity.translate(made, *rng.uniform(-150, 150, 2)))
        heights.append(rng.uniform(1.0, 60.0))
    for directions, reach in ((72, 5000.0), (36, 90.0), (50, 130.0)):
        found = seen(shapes, heights, reach_m=reach, directions=directions)
        expected = by_rays(shapes, heights, directions, reach=reach)
        # A ray along a corner or an end of reach may fall either way.
        off = np.abs(found - expected)
        assert (off > 1e-3).sum() <= 1
        assert off.max() < 5.0


def test_rays_of_quarter_turns_are_equal_to_the_digit():
    east, north = skyline_kernels.ray_directions(72)
    quarter = len(east) // 4
    assert (np.roll(east, -quarter) == north).all()
    assert (np.roll(north, -quarter) == -east).all()
    azimuth = np.degrees(np.arctan2(east, north)) % 360.0
    np.testing.assert_allclose(azimuth, np.arange(360.0), atol=1e-12)
    odd = np.stack(skyline_kernels.ray_directions(9))
    np.testing.assert_allclose(np.hypot(*odd), 1.0)


def test_points_together_see_what_each_sees_alone():
    chance = np.random.default_rng(5)
    around = [
        shapely.affinity.rotate(shapely.box(x, y, x + w, y + 9), turn)
        for x, y, w, turn in chance.uniform((-90, -90, 3, 0), (90, 90, 30, 360), (40, 4))
    ]
    heights = chance.uniform(3.0, 40.0, len(around))
    roof = city([shapely.box(-40, -40, 40, 40)], [5.0])
    frames = np.column_stack(local_frames(roof.geometry.to_numpy().astype(object)))
    found = find_obstacles(roof[:0], city(around, heights), 100.0)
    nothing = no_members(1)
    targets = Targets(frames, nothing, nothing, no_prisms())
    # More than are cast at once, one of them nowhere.
    points = chance.uniform((-40, -40, 2), (40, 40, 20), (30, 3))
    points[17, 1] = np.nan
    joint = cast_points((np.zeros(1, int), points[None]), targets, found, (100.0, 72))
    assert np.isnan(joint.elevation[0, 17]).all()
    assert joint.within.any()
    assert joint.elevation[0, 0].any()
    for i, point in enumerate(points):
        one = cast_points((np.zeros(1, int), point[None, None]), targets, found, (100.0, 72))
        np.testing.assert_array_equal(one.elevation[0, 0], joint.elevation[0, i])
        assert one.within[0, 0] == joint.within[0, i]


def test_horizon_runs_straight_between_middles_of_sectors():
    skyline = np.zeros(72)
    skyline[0], skyline[1] = 10.0, 20.0
    for azimuth, expected in (
        (0.0, 10.0), (2.5, 15.0), (5.0, 20.0), (7.5, 10.0), (357.5, 5.0), (-2.5, 5.0),
        (362.5, 15.0), (-1e-15, 10.0),
    ):  # fmt: skip
        assert k.horizon_elevation(skyline, azimuth) == pytest.approx(expected)
    assert np.isnan(k.horizon_elevation(skyline, np.nan))
    skyline[1] = np.nan
    assert np.isnan(k.horizon_elevation(skyline, 2.0))


def test_the_sun_below_the_horizon_lights_nothing():
    assert not k.is_sunlit(np.zeros(72), 0.0, 100.0)
    assert not k.is_sunlit(np.zeros(72), -5.0, 100.0)
    assert k.is_sunlit(np.zeros(72), 0.1, 100.0)


def test_lit_fractions_count_points_with_a_skyline():
    skylines = np.zeros((2, 3, 72))
    skylines[0, 1] = 30.0
    skylines[0, 2] = np.nan
    skylines[1] = np.nan
    lit = np.empty((2, 3))
    k.lit_fractions(skylines, np.array([10.0, 40.0, np.nan]), np.array([90.0] * 3), lit)
    np.testing.assert_array_equal(lit, [[0.5, 1.0, np.nan], [np.nan] * 3])


def test_a_sky_without_skyline_is_unknown():
    assert np.isnan(view(np.full(72, np.nan)))
    assert view(np.full(72, 90.0)) == pytest.approx(0.0, abs=1e-12)
    assert view(np.full(72, 90.0), 60.0) == pytest.approx(0.0, abs=2e-3)
