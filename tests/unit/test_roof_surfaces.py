"""Planes from the roof surfaces of a 3D model."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import apart, placed, rectangle

from roofpv.assumptions import Roofs
from roofpv.inventory import check_inventory
from roofpv.roofs import roof_planes
from roofpv.roofs.surfaces import facets, surface_planes


def raised(corners, tilt, azimuth, base=10.0):
    """A polygon on the plane of that tilt that falls toward the azimuth."""
    x, y = np.array(corners, dtype=float).T
    fall = (x * np.sin(np.radians(azimuth)) + y * np.cos(np.radians(azimuth))) * np.tan(
        np.radians(tilt)
    )
    return shapely.Polygon(np.column_stack([x, y, base - fall]))


def planes_of(*roofs):
    """Planes of buildings, each a list of polygons."""
    surfaces = np.array([roof and shapely.MultiPolygon(roof) for roof in roofs], dtype=object)
    return surface_planes(surfaces, np.full(len(roofs), 180.0))


BOX = [(0, 0), (10, 0), (10, 6), (0, 6)]


@pytest.mark.parametrize("azimuth", [0.0, 33.0, 90.0, 179.0, 270.0, 359.0])
@pytest.mark.parametrize("tilt", [0.5, 5.0, 30.0, 79.0])
def test_area_tilt_and_azimuth_by_the_normal(tilt, azimuth):
    plane = planes_of([raised(BOX, tilt, azimuth)]).planes.iloc[0]
    assert plane["roof_tilt"] == pytest.approx(tilt, abs=1e-9)
    assert apart(plane["roof_azimuth"], azimuth) < 1e-9
    assert plane["plan_m2"] == pytest.approx(60.0)
    assert plane["roof_form"] == ("flat" if tilt < 5.0 else "pitched")
    assert not shapely.has_z(plane["geometry"])


def test_a_level_surface_counts_as_facing_the_equator():
    assert planes_of([raised(BOX, 0.01, 77.0)]).planes["roof_azimuth"].item() == 180.0


@pytest.mark.parametrize("turned", [False, True])
def test_a_hole_takes_area_away_whichever_way_it_runs(turned):
    outer, hole = raised(BOX, 30, 90), raised([(2, 2), (4, 2), (4, 4), (2, 4)], 30, 90)
    ring = shapely.get_coordinates(hole, include_z=True)[:: -1 if turned else 1]
    holed = shapely.Polygon(shapely.get_coordinates(outer, include_z=True), [ring])
    face = facets(np.array([shapely.MultiPolygon([holed])], dtype=object)).iloc[0]
    assert face["area_m2"] == pytest.approx(56.0 / np.cos(np.radians(30)))
    assert face["roof_tilt"] == pytest.approx(30.0)


def test_a_warped_surface_has_its_best_plane():
    warped = shapely.Polygon([(0, 0, 1), (10, 0, 1.1), (10, 10, 1), (0, 10, 1.1)])
    plane = planes_of([warped]).planes.iloc[0]
    assert plane["roof_tilt"] == pytest.approx(0.0, abs=1e-6)
    assert plane["plan_m2"] == pytest.approx(100.0)


def test_walls_bottoms_and_nothing_are_left_out_and_counted():
    wall = shapely.Polygon([(0, 0, 0), (10, 0, 0), (10, 0.1, 5), (0, 0.1, 5)])
    bottom = shapely.reverse(raised(BOX, 20, 90))
    line = shapely.Polygon([(0, 0, 0), (10, 0, 0), (5, 0, 0)])
    without_height = shapely.Polygon(BOX)
    found = planes_of([raised(BOX, 20, 90), wall, bottom, line], [without_height])
    assert found.left_out == {"without_area": 2, "facing_down": 1, "upright": 1}
    assert found.planes["row"].tolist() == [0]


def test_no_model_no_plane():
    found = planes_of(None, None)
    assert found.planes.empty
    assert set(found.left_out.values()) == {0}


# Fragments of one plane


def triangles(corners, tilt, azimuth):
    whole = raised(corners, tilt, azimuth)
    points = shapely.get_coordinates(whole, include_z=True)[:4]
    return [shapely.Polygon(points[[0, 1, 2]]), shapely.Polygon(points[[0, 2, 3]])]


def test_triangles_of_one_plane_are_one():
    found = planes_of(triangles(BOX, 30, 200)).planes
    assert len(found) == 1
    assert found["geometry"].item().equals(shapely.Polygon(BOX))
    assert found["roof_tilt"].item() == pytest.approx(30.0)


def test_fragments_meet_along_part_of_an_edge():
    wide = raised(BOX, 30, 0)
    narrow = raised([(2, 6), (5, 6), (5, 9), (2, 9)], 30, 0)
    found = planes_of([wide, narrow]).planes
    assert found["plan_m2"].tolist() == pytest.approx([69.0])
    assert found["geometry"].item().geom_type == "Polygon"


@pytest.mark.parametrize(
    "other",
    [
        raised([(10, 0), (20, 0), (20, 6), (10, 6)], 32, 0),
        raised([(10, 0), (20, 0), (20, 6), (10, 6)], 30, 3),
        raised([(10, 0), (20, 0), (20, 6), (10, 6)], 30, 0, base=11.0),
        raised([(10.5, 0), (20, 0), (20, 6), (10.5, 6)], 30, 0),
        raised([(10, 6), (20, 6), (20, 9), (10, 9)], 30, 0),
    ],
    ids=["steeper", "turned", "higher", "apart", "touching at a corner"],
)
def test_what_is_no_fragment_stays_by_itself(other):
    assert len(planes_of([raised(BOX, 30, 0), other]).planes) == 2


def test_the_facets_of_a_vault_are_no_plane():
    """Each within a degree of the next, the first and the last eighteen apart."""
    facets_of, height = [], 10.0
    for k in range(21):
        tilt = np.radians(9.0 - 0.9 * k)
        drop = np.tan(tilt)
        facets_of.append(
            shapely.Polygon([(k, 0, height), (k + 1, 0, height - drop),
                             (k + 1, 9, height - drop), (k, 9, height)])
        )  # fmt: skip
        height -= drop
    assert len(planes_of(facets_of).planes) == 21


def test_buildings_are_never_merged():
    """All local frames have one origin."""
    roof = raised(BOX, 30, 0)
    moved = [raised([(x + 10, y) for x, y in BOX], 30, 0)]
    found = planes_of([roof], moved, [roof]).planes
    assert found["row"].tolist() == [0, 1, 2]
    assert found["part"].tolist() == [0, 0, 0]


def test_two_surfaces_in_one_place_are_one():
    found = planes_of([raised(BOX, 30, 0), raised(BOX, 30, 0)]).planes
    assert found["plan_m2"].tolist() == pytest.approx([60.0])


# In the table of planes


def model(surfaces, **columns):
    """A checked building of 40 x 12 m with the surfaces of a model, given in local metres."""
    table = pd.DataFrame({"building_id": ["m"], **columns})
    frame = gpd.GeoDataFrame(table, geometry=[placed(rectangle(40, 12))], crs="EPSG:4326")
    on_map = []
    for one in surfaces:
        flat = shapely.get_coordinates(placed(shapely.force_2d(one)))
        heights = shapely.get_coordinates(one, include_z=True)[:, 2:]
        on_map.append(shapely.Polygon(np.hstack([flat, heights])))
    cell = np.empty(1, dtype=object)
    cell[0] = shapely.MultiPolygon(on_map)
    found = check_inventory(frame.assign(roof_surfaces=cell))
    assert found.quarantine.empty
    return found.buildings


SOUTH = raised([(-20, -6), (20, -6), (20, 0), (-20, 0)], 30, 180)
NORTH = raised([(-20, 0), (20, 0), (20, 6), (-20, 6)], 30, 0)


def test_a_model_comes_before_the_form_and_the_tilt():
    buildings = model([SOUTH, NORTH], roof_type=["flat"], surface_tilt=[10.0])
    planes = roof_planes(buildings, Roofs())
    assert planes["roof_form"].tolist() == ["pitched", "pitched"]
    assert planes["evidence_grade"].tolist() == ["A", "A"]
    assert planes["roof_tilt"].to_numpy() == pytest.approx([30.0, 30.0], abs=0.01)
    assert planes["plan_area_m2"].to_numpy() == pytest.approx([240.0, 240.0], rel=1e-4)
    assert planes["area_m2"].sum() == pytest.approx(480.0 / np.cos(np.radians(30)), rel=1e-4)
    rafter = 6.0 / np.cos(np.radians(30))
    assert planes["perimeter_m"].to_numpy() == pytest.approx([80 + 2 * rafter] * 2, rel=1e-3)
    assert planes["geometry"].iloc[0].bounds == pytest.approx((-20, -6, 20, 0), abs=0.01)


def test_a_survey_scales_a_model():
    planes = roof_planes(model([SOUTH, NORTH], roof_area_m2=[300.0]), Roofs())
    assert planes["area_m2"].tolist() == pytest.approx([150.0, 150.0], rel=1e-4)


def test_sheet_steel_stays_steel_in_a_model():
    planes = roof_planes(model([SOUTH, NORTH], roof_type=["steel"]), Roofs())
    assert planes["roof_form"].tolist() == ["steel", "steel"]


@pytest.mark.parametrize(("lod", "grade"), [("1", "C"), ("1.2", "C"), ("2", "A"), ("2.2", "A")])
def test_the_tops_of_blocks_are_no_measured_planes(lod, grade):
    top = raised([(-20, -6), (20, -6), (20, 6), (-20, 6)], 0, 0)
    planes = roof_planes(model([top], lod=[lod], roof_type=["gabled"]), Roofs())
    assert set(planes["evidence_grade"]) == {grade}
    assert len(planes) == (1 if grade == "A" else 2)


def test_a_model_without_any_plane_leaves_the_form():
    down = [shapely.reverse(SOUTH), shapely.reverse(NORTH)]
    planes = roof_planes(model(down, roof_type=["gabled"]), Roofs())
    assert planes["roof_form"].tolist() == ["gabled", "gabled"]
    assert planes.attrs["left_out"] == {"without_area": 0, "facing_down": 2, "upright": 0}


def test_buildings_with_and_without_a_model_keep_their_order():
    with_model = model([SOUTH, NORTH])
    plain = with_model.assign(building_id="p", roof_surfaces=None, roof_type="flat")
    both = pd.concat([plain, with_model, plain.assign(building_id="q")], ignore_index=True)
    planes = roof_planes(both, Roofs())
    assert planes["plane_id"].tolist() == ["p/1", "m/1", "m/2", "q/1"]
    assert planes["evidence_grade"].tolist() == ["C", "A", "A", "C"]
