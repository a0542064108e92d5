"""Sample points: within their plane, each for the same share of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import varied

from roofpv.shading.points import point_kernels, sample_points, whole_polygons

SQUARE = shapely.box(0, 0, 9, 9)


def spread(shapes, count=9):
    shapes = np.array(shapes, dtype=object)
    planes = pd.DataFrame({"geometry": shapes, "roof_tilt": 0.0, "roof_azimuth": 180.0})
    return sample_points(planes, np.full(len(shapes), 5.0), count)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 9, 10, 25, 97])
def test_lattice_takes_every_step_once_and_is_itself_turned_half(count):
    across, along = point_kernels.lattice(count)
    steps = (np.arange(count) + 0.5) / count
    np.testing.assert_array_equal(across, steps)
    np.testing.assert_array_equal(np.sort(along), steps)
    np.testing.assert_allclose(1.0 - along[::-1], along, atol=1e-15)


def test_points_of_a_square_by_hand():
    found = spread([shapely.box(0, 0, 18, 9)])[0]
    np.testing.assert_allclose(np.sort(found[:, 0]), np.arange(9) * 2.0 + 1.0, atol=1e-9)
    np.testing.assert_allclose(np.sort(found[:, 1]), np.arange(9) + 0.5, atol=1e-9)
    assert (found[:, 2] == 5.0).all()


@pytest.mark.parametrize("count", [1, 9, 40])
def test_points_lie_inside_any_outline(count):
    shapes = whole_polygons(np.array(varied(4, 120), dtype=object))
    found = spread(shapes, count)
    for shape, points in zip(shapes, found, strict=True):
        near = shapely.distance(shape, shapely.points(points[:, :2]))
        assert near.max() <= 1e-9 * max(shapely.length(shape), 1.0)


def test_many_points_have_the_middle_of_the_plane():
    shapes = [
        shapely.Polygon([(0, 0), (30, 0), (0, 20)]),
        SQUARE.difference(shapely.box(1, 1, 6, 6)),
        shapely.MultiPolygon([SQUARE, shapely.box(20, 3, 24, 30)]),
    ]
    found = spread(shapes, 987)
    for shape, points in zip(shapes, found, strict=True):
        middle = shapely.get_coordinates(shape.centroid)[0]
        np.testing.assert_allclose(points[:, :2].mean(axis=0), middle, atol=0.02)


def test_no_points_where_there_is_no_area():
    found = spread([None, shapely.Polygon(), shapely.Point(1, 1), SQUARE])
    assert np.isnan(found[:3]).all()
    assert not np.isnan(found[3]).any()


def test_an_outline_that_crosses_itself_is_taken_by_its_loops():
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    points = shapely.points(spread([bow])[0, :, :2])
    assert shapely.covers(shapely.make_valid(bow).buffer(1e-9), points).all()
