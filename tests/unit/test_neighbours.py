"""Skylines by neighbours, from lists of buildings."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from skylinemaker import city, flat_planes, on_earth

from roofpv.errors import InvalidConfig, InvalidInventory
from roofpv.shading import (
    Structures,
    find_obstacles,
    lit_fraction,
    neighbour_skylines,
    own_skylines,
    sky_view,
)
from roofpv.shading.obstacles import make_grid
from roofpv.shading.relations import BLOCK, LIKE, PART, SAME, same_buildings

HOUSE = shapely.box(-5, -5, 5, 5)
SOUTH = shapely.box(-20, -30, 20, -20)
EAST = shapely.box(30, -20, 40, 20)


def skyline(found, plane=0, point=4):
    return found["horizon_elevation"].to_numpy()[plane, point]


def among(house, others, **options):
    return neighbour_skylines(flat_planes(house), house, others, **options)


@pytest.fixture
def house():
    return city([HOUSE], [10.0])


def test_elevation_of_the_wall_to_the_south(house):
    found = among(house, city([SOUTH], [25.0]))
    assert found["horizon_elevation"].dims == ("plane_id", "point", "azimuth")
    assert found["horizon_elevation"].dtype == np.float32
    assert found["azimuth"].to_numpy()[:3].tolist() == [0.0, 5.0, 10.0]
    assert found["plane_id"].to_numpy().tolist() == ["n0/1"]
    middle = skyline(found)
    assert found["x_m"].to_numpy()[0, 4] == pytest.approx(0.0, abs=1e-6)
    assert middle[36] == pytest.approx(np.degrees(np.arctan(15.0 / 20.0)), abs=0.05)
    assert (middle[np.r_[0:26, 47:72]] == 0.0).all()
    assert (found["height_m"] == 10.0).all()
    assert found["height_basis"].item() == "stated"
    assert found["neighbours_stated"].item() == 1
    assert found.attrs["reach_m"] == 200.0


def test_lower_buildings_and_the_own_one_hide_nothing(house):
    found = among(house, city([SOUTH, HOUSE], [10.0, 10.0]))
    assert (found["horizon_elevation"] == 0.0).all()
    assert found["neighbours_stated"].item() == 1
    assert found.attrs["in_both_lists"] == 1


def test_the_own_building_counts_once_whatever_its_height_in_the_context(house):
    drawn_anew = shapely.box(-5.5, -4.5, 5.2, 5.1)
    found = among(house, city([drawn_anew], [35.0]))
    assert (found["horizon_elevation"] == 0.0).all()
    assert found.attrs["in_both_lists"] == 1
    assert (found["height_m"] == 10.0).all()


def test_a_block_that_contains_the_roof_does_not_hide_it_but_others(house):
    block = shapely.box(-20, -6, 20, 6)
    two = city([HOUSE, SOUTH], [10.0, 5.0])
    found = among(two, city([block], [30.0]))
    assert (skyline(found) == 0.0).all()
    assert skyline(found, plane=1)[0] > 40.0
    assert (found["points_within_others"] == 0).all()


def test_an_outline_over_a_part_of_the_roof_hides_what_is_beside_it():
    hall = city([shapely.box(-30, -30, 30, 30)], [10.0])
    part = city([shapely.box(5, -30, 30, 0)], [40.0])
    assert (among(hall, part)["horizon_elevation"] == 0.0).all()
    assert among(hall, part)["neighbours_stated"].item() == 0
    found = own_skylines(flat_planes(hall), hall, Structures(part))
    inside = found["horizon_elevation"].to_numpy()[0].max(axis=1) == 0.0
    x, y = found["x_m"].to_numpy()[0], found["y_m"].to_numpy()[0]
    assert (inside == ((x > 5.0) & (y < 0.0))).all()
    assert inside.sum() > 0
    assert found["own_structures"].item() == 1


def test_a_neighbour_without_height_does_not_block_and_is_counted(house):
    others = city([SOUTH, EAST], [np.nan, 20.0])
    found = among(house, others)
    assert skyline(found)[36] == 0.0
    assert skyline(found)[18] > 15.0
    assert found["neighbours_without_height"].item() == 1
    assert found["neighbours_stated"].item() == 1
    assert found.attrs["without_height"] == 1


def test_a_context_without_heights_hides_nothing_and_says_so(house):
    found = among(house, city([SOUTH, EAST], [1.0, 1.0]).drop(columns="height_m"))
    assert (found["horizon_elevation"] == 0.0).all()
    assert found["neighbours_without_height"].item() == found.attrs["without_height"] == 2


@pytest.mark.parametrize("height", [0.0, -3.0, 1500.0, np.inf])
def test_a_height_that_cannot_be_is_none(house, height):
    found = among(house, city([SOUTH], [height]))
    assert (found["horizon_elevation"] == 0.0).all()
    assert found.attrs["implausible_height"] == found.attrs["without_height"] == 1


def test_estimated_heights_block_and_stay_estimates(house):
    others = city([SOUTH, EAST], [np.nan, 20.0], estimated_height_m=[25.0, 99.0])
    found = among(house.assign(height_m=np.nan, estimated_height_m=10.0), others)
    assert found["height_basis"].item() == "estimated"
    assert found["neighbours_estimated"].item() == found["neighbours_stated"].item() == 1
    assert skyline(found)[36] == pytest.approx(np.degrees(np.arctan(15.0 / 20.0)), abs=0.05)
    assert skyline(found)[18] == pytest.approx(np.degrees(np.arctan(10.0 / 30.0)), abs=0.05)


def test_a_height_that_only_the_context_states_is_used(house):
    unknown = house.assign(height_m=np.nan)
    found = among(unknown.assign(estimated_height_m=4.0), city([HOUSE, SOUTH], [10.0, 25.0]))
    assert found["height_basis"].item() == "lent"
    assert (found["height_m"] == 10.0).all()
    assert found.attrs["without_height"] == 0


def test_a_roof_without_height_has_no_skyline():
    two = city([HOUSE, SOUTH], [np.nan, 25.0])
    found = among(two, None)
    assert np.isnan(skyline(found)).all()
    assert not np.isnan(skyline(found, plane=1)).any()
    assert found["height_basis"].to_numpy().tolist() == ["none", "stated"]
    assert np.isnan(sky_view(found, np.zeros(2), np.zeros(2)).to_numpy()).tolist() == [True, False]
    lit = lit_fraction(found, np.array([30.0, -1.0]), np.array([180.0, 180.0]))
    np.testing.assert_array_equal(lit, [[np.nan, np.nan], [1.0, 0.0]])


def test_planes_without_outline_or_building_have_no_skyline(house):
    planes = flat_planes(house)
    planes = pd.concat([planes, planes.assign(plane_id="n0/2", geometry=None)])
    planes = pd.concat([planes, planes[:1].assign(plane_id="z/1", building_id="z")])
    found = neighbour_skylines(planes, house, city([SOUTH], [25.0]))
    unknown = np.isnan(found["horizon_elevation"]).all(("point", "azimuth"))
    assert unknown.to_numpy().tolist() == [False, True, True]
    assert found["height_basis"].to_numpy().tolist() == ["stated", "stated", "none"]


def test_an_empty_list(house):
    found = among(house[:0], city([SOUTH], [25.0]))
    assert found["horizon_elevation"].shape == (0, 9, 72)
    alone = among(house, house[:0])
    assert (alone["horizon_elevation"] == 0.0).all()


def test_points_lines_and_crossed_outlines(house):
    bow = shapely.Polygon([(20, -10), (40, 10), (40, -10), (20, 10)])
    shapes = [shapely.Point(0, 20), shapely.LineString([(-5, 20), (5, 20)]), bow]
    found = among(house, city(shapes, [50.0, 50.0, 50.0]))
    assert found.attrs["without_outline"] == 2
    assert skyline(found)[0] == 0.0
    # The middle of the bow is 30 m away, its near side 20 m.
    assert skyline(found)[18] == pytest.approx(np.degrees(np.arctan(40 / 20.0)), abs=0.5)


def test_what_is_beyond_reach_is_left_out(house):
    far = shapely.box(-500, 95, 500, 100)
    assert skyline(among(house, city([far], [60.0]), reach_m=90.0)).max() == 0.0
    found = skyline(among(house, city([far], [60.0]), reach_m=110.0))
    ends = np.degrees(np.arccos(95.0 / 110.0))
    azimuth = np.minimum(np.arange(72) * 5.0, 360.0 - np.arange(72) * 5.0)
    assert (found[azimuth > ends + 3.0] == 0.0).all()
    assert (found[azimuth < ends - 3.0] > 20.0).all()


def test_heights_follow_the_slope_from_the_top():
    house = city([shapely.box(-10, -5, 10, 5)], [12.0])
    planes = flat_planes(house)
    halves = [shapely.box(-10, -5, 10, 0), shapely.box(-10, 0, 10, 5)]
    planes = pd.concat([planes, planes], ignore_index=True).assign(
        plane_id=["n0/1", "n0/2"], roof_tilt=30.0, roof_azimuth=[180.0, 0.0], geometry=halves
    )
    found = neighbour_skylines(planes, house)
    down = np.abs(found["y_m"].to_numpy())
    np.testing.assert_allclose(found["height_m"], 12.0 - down * np.tan(np.radians(30.0)), atol=1e-9)
    assert sorted(down[0]) == pytest.approx((np.arange(9) + 0.5) * 5.0 / 9, abs=1e-3)
    low = neighbour_skylines(planes, house.assign(height_m=1.0))
    assert low["height_m"].min() == 0.0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"reach_m": 0.0}, "reach_m"),
        ({"reach_m": np.nan}, "reach_m"),
        ({"reach_m": 6000.0}, "reach_m"),
        ({"directions": 4}, "directions"),
        ({"directions": 72.5}, "directions"),
        ({"points": 0}, "points"),
    ],
)
def test_numbers_that_cannot_be_are_refused(house, options, said):
    with pytest.raises(InvalidConfig, match=said):
        among(house, None, **options)


def test_outlines_in_metres_are_refused(house):
    metres = gpd.GeoDataFrame({"height_m": [20.0]}, geometry=[SOUTH], crs=4326).to_crs(32648)
    with pytest.raises(InvalidInventory, match="EPSG:32648"):
        among(house, metres)
    unnamed = gpd.GeoDataFrame({"height_m": [20.0]}, geometry=[shapely.box(5e5, 4e6, 6e5, 5e6)])
    with pytest.raises(InvalidInventory, match="context, geometry"):
        among(house, unnamed)


@pytest.mark.parametrize("lon", [106.0, 180.0 - 3e-4, -180.0 + 1e-4])
def test_both_sides_of_the_date_line(lon):
    # A degree is 107 km here: the wall 50 m to the east is beyond the line, the house is not.
    house = city([HOUSE], [10.0], lon=lon, lat=-16.5)
    wall = city([shapely.box(50, -20, 60, 20), shapely.box(-60, -20, -50, 20)], [40.0, 40.0])
    corners = shapely.get_coordinates(wall.geometry.to_numpy())
    moved = corners - [106.37, 39.0]
    moved *= np.array([86500.0, 111000.0]) / [106760.0, 110690.0]
    moved = (moved + np.array([lon + 180.0, -16.5])) % 360.0 - np.array([180.0, 0.0])
    moved[:, 1] = moved[:, 1] - 360.0 * (moved[:, 1] > 180.0)
    wall.geometry = [shapely.Polygon(part) for part in np.split(moved, 2)]
    found = among(house, wall)
    expected = np.degrees(np.arctan(30.0 / 50.0))
    assert skyline(found)[[18, 54]] == pytest.approx([expected, expected], abs=0.3)


def test_relations_of_outlines():
    others = np.array(
        [
            HOUSE,
            shapely.box(-4, -5, 5, 5),
            shapely.box(-5, -5, 0, 0),
            shapely.box(-50, -5, 50, 5),
            shapely.box(4, -5, 14, 5),
            None,
        ],
        dtype=object,
    )
    one, other, relation = same_buildings(
        np.array([HOUSE, None], dtype=object), shapely.STRtree(others)
    )
    assert one.tolist() == [0, 0, 0, 0]
    assert other.tolist() == [0, 1, 2, 3]
    assert relation.tolist() == [SAME, LIKE, PART, BLOCK]
    assert len(same_buildings(others[:0], shapely.STRtree(others))[0]) == 0
    assert len(same_buildings(others, shapely.STRtree(others[:0]))[0]) == 0


def test_a_grid_holds_every_box_in_all_its_cells():
    rng = np.random.default_rng(0)
    low = np.array([106.0, 39.0]) + rng.uniform(0, 0.05, (300, 2))
    boxes = np.column_stack([low, low + rng.uniform(0, 0.002, (300, 2))])
    boxes[7] = np.nan
    boxes[8] = [100.0, 30.0, 110.0, 40.0]
    place = make_grid(boxes)
    columns, rows = place.grid[4:].astype(int)
    assert len(place.cells) == columns * rows + 1
    held = np.bincount(place.members, minlength=300)
    assert held[7] == 0
    assert held[8] == columns * rows
    assert place.cells[-1] == len(place.members) <= 8 * 300 + 1200
    for box in np.flatnonzero(held):
        cells = np.flatnonzero([box in place.members[a:b] for a, b in pairwise(place.cells)])
        assert cells.min() == place.corner[box, 1] * columns + place.corner[box, 0]


def test_obstacles_are_found_once_for_many_lists(house):
    found = find_obstacles(house, city([SOUTH], [25.0]))
    assert len(found.outlines) == 2
    assert among(house, found).identical(among(house, city([SOUTH], [25.0])))
    assert on_earth([HOUSE])[0].equals(house.geometry[0])


def raised(shape, corners_z):
    """A surface in metres, its corners at these heights."""
    points = shapely.get_coordinates(shape)
    return shapely.Polygon(np.column_stack([points, corners_z]))


def model(surfaces, height):
    """A building of a 3D model and its planes, as the roofs make them."""
    outline = shapely.union_all([shapely.force_2d(s) for s in surfaces])
    building = city([outline], [height])
    building["roof_surfaces"] = on_earth([shapely.MultiPolygon(surfaces)])
    return building


def model_planes(building, shapes, tilt=0.0, azimuth=180.0):
    return pd.DataFrame(
        {
            "plane_id": [f"n0/{i}" for i in range(len(shapes))],
            "building_id": "n0",
            "roof_tilt": tilt,
            "roof_azimuth": azimuth,
            "geometry": shapes,
        }
    )


def test_parts_of_a_roof_on_two_levels():
    podium, tower = shapely.box(-20, -10, 10, 10), shapely.box(10, -10, 20, 10)
    building = model([raised(podium, [112.0] * 5), raised(tower, [142.0] * 5)], 50.0)
    planes = model_planes(building, [podium, tower])
    assert (neighbour_skylines(planes, building)["horizon_elevation"] == 0.0).all()
    found = own_skylines(planes, building, Structures())
    height = found["height_m"].to_numpy()
    np.testing.assert_allclose(height, [[20.0] * 9, [50.0] * 9])
    x = found["x_m"].to_numpy()[0]
    east = found["horizon_elevation"].to_numpy()[0, :, 18]
    np.testing.assert_allclose(east, np.degrees(np.arctan(30.0 / (10.0 - x))), atol=0.5)
    assert (found["horizon_elevation"].to_numpy()[0, :, 54] == 0.0).all()
    assert (found["horizon_elevation"].to_numpy()[1] == 0.0).all()
    low = neighbour_skylines(
        model_planes(building, [podium, tower]), building.assign(height_m=10.0)
    )
    assert (low["height_m"].to_numpy()[0] == 0.0).all()
    assert (neighbour_skylines(model_planes(building, [podium, tower]), building.assign(lod="1"))[
        "height_m"
    ] == 50.0).all()  # fmt: skip


def test_slopes_of_a_model_keep_their_heights():
    south, north = shapely.box(-10, -6, 10, 0), shapely.box(-10, 0, 10, 6)
    rise = 6.0 * np.tan(np.radians(35.0))
    slopes = [
        raised(
            half, [103.0 + rise * (1.0 - abs(y) / 6.0) for y in shapely.get_coordinates(half)[:, 1]]
        )
        for half in (south, north)
    ]
    annex = shapely.box(10, -6, 16, 6)
    building = model([*slopes, raised(annex, [103.0] * 5)], 12.0)
    shapes = [shapely.affinity.translate(s, -3.0, 0.0) for s in (south, north, annex)]
    planes = model_planes(building, shapes, [35.0, 35.0, 0.0], [180.0, 0.0, 180.0])
    found = own_skylines(planes, building, Structures())
    height, y = found["height_m"].to_numpy(), np.abs(found["y_m"].to_numpy())
    np.testing.assert_allclose(height[:2], 12.0 - y[:2] * np.tan(np.radians(35.0)), atol=1e-3)
    np.testing.assert_allclose(height[2], 12.0 - rise, atol=1e-6)
    # The annex sees the gable up to the middle of its slopes.
    west = found["horizon_elevation"].to_numpy()[2, :, 54]
    away = found["x_m"].to_numpy()[2] - 7.0
    np.testing.assert_allclose(west, np.degrees(np.arctan(rise / 2.0 / away)), rtol=0.05)


def test_a_model_without_outline():
    building = model([raised(HOUSE, [5.0] * 5)], 5.0).assign(roof_surfaces=None)
    assert (neighbour_skylines(model_planes(building, [HOUSE]), building)["height_m"] == 5.0).all()
