"""Planes by the form of the roof, on a footprint."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import shapely
from roofmaker import L_SHAPE, apart, checked, placed, rectangle, varied

from roofpv.assumptions import Roofs
from roofpv.roofs import planes_in_metres, planes_on_map, roof_planes, to_local_metres
from roofpv.roofs.shapes import RIDGED, Forms, polygons_only, shape_planes

NAN = float("nan")


def planes_of(shape, **columns):
    return roof_planes(checked(placed(shape), **columns), Roofs())


def facing(planes, azimuth):
    """The one plane that faces there."""
    (found,) = np.flatnonzero(apart(planes["roof_azimuth"].to_numpy(), azimuth) < 1.0)
    return planes.iloc[found]


# The planes of each form


def test_a_flat_roof_is_its_footprint_courtyard_included():
    shape = rectangle(40, 40).difference(rectangle(20, 20))
    buildings = checked(placed(shape), roof_type="flat")
    plane = roof_planes(buildings, Roofs()).iloc[0]
    outline = to_local_metres(buildings.geometry.to_numpy().astype(object))[0]
    assert plane["geometry"].equals_exact(outline, 0.0)
    assert len(plane["geometry"].interiors) == 1
    assert plane["plan_area_m2"] == plane["area_m2"] == outline.area
    assert plane["perimeter_m"] == pytest.approx(outline.length)


def test_a_gable_is_split_along_the_middle_of_its_long_side():
    planes = planes_of(rectangle(40, 12), roof_type="gabled")
    assert planes["plan_area_m2"].to_numpy() == pytest.approx([240.0, 240.0], rel=1e-4)
    south, north = facing(planes, 180.0), facing(planes, 0.0)
    assert south["geometry"].bounds == pytest.approx((-20, -6, 20, 0), abs=0.01)
    assert north["geometry"].bounds == pytest.approx((-20, 0, 20, 6), abs=0.01)


@pytest.mark.parametrize(
    ("stated", "sides"),
    [(180.0, {0, 180}), (0.0, {0, 180}), (90.0, {90, 270}), (275.0, {95, 275}), (360.0, {0, 180})],
)
@pytest.mark.parametrize("tilt", [NAN, 35.0])
def test_a_stated_azimuth_is_that_of_one_side_of_a_gable(stated, sides, tilt):
    planes = planes_of(
        rectangle(40, 12), roof_type="gabled", surface_azimuth=stated, surface_tilt=tilt
    )
    assert {round(one) for one in planes["roof_azimuth"]} == sides
    assert planes["plan_area_m2"].to_numpy() == pytest.approx([240.0, 240.0], rel=1e-4)
    assert planes["roof_tilt"].tolist() == [25.0 if np.isnan(tilt) else tilt] * 2


@pytest.mark.parametrize("stated", [NAN, 0.0, 90.0])
def test_the_hips_meet_on_the_longer_middle_line(stated):
    planes = planes_of(rectangle(40, 12), roof_type="hipped", surface_azimuth=stated)
    plan = planes["plan_area_m2"].to_numpy()
    assert plan == pytest.approx([204.0, 204.0, 36.0, 36.0], rel=1e-4)
    assert planes["roof_tilt"].tolist() == [25.0] * 4
    east = facing(planes, 90.0)["geometry"]
    assert shapely.get_num_coordinates(east) == 4
    assert east.bounds == pytest.approx((14, -6, 20, 6), abs=0.01)


def test_a_pyramid_has_four_triangles_that_meet_in_its_middle():
    planes = planes_of(rectangle(20, 20), roof_type="pyramidal")
    assert planes["plan_area_m2"].to_numpy() == pytest.approx([100.0] * 4, rel=1e-4)
    assert planes["roof_tilt"].to_numpy() == pytest.approx([25.0] * 4, abs=0.01)
    assert planes["roof_form"].tolist() == ["pyramidal"] * 4
    for shape in planes["geometry"]:
        assert shapely.distance(shape, shapely.Point(0, 0)) < 0.01


def test_the_ends_of_a_long_pyramid_are_flatter_by_the_ratio_of_its_sides():
    planes = planes_of(rectangle(40, 20), roof_type="pyramidal", surface_tilt=30.0)
    ends = np.degrees(np.arctan(np.tan(np.radians(30.0)) / 2.0))
    assert facing(planes, 180.0)["roof_tilt"] == pytest.approx(30.0)
    assert facing(planes, 90.0)["roof_tilt"] == pytest.approx(ends, abs=0.01)


@pytest.mark.parametrize("lat", [39.0, -39.0])
@pytest.mark.parametrize("azimuth", [30.0, 90.0, 150.0])
def test_a_shed_falls_across_its_long_side_toward_the_equator(lat, azimuth):
    shape = placed(rectangle(40, 12, azimuth), lat)
    plane = roof_planes(checked(shape, roof_type="shed"), Roofs()).iloc[0]
    assert apart(plane["roof_azimuth"], azimuth) == pytest.approx(90.0, abs=0.05)
    assert apart(plane["roof_azimuth"], 180.0 if lat > 0 else 0.0) < 90.0


@pytest.mark.parametrize(("lat", "azimuth"), [(39.0, 180.0), (-39.0, 0.0)])
def test_a_shed_that_is_not_drawn_falls_toward_the_equator(lat, azimuth):
    buildings = checked(roof_type="shed", roof_area_m2=500.0, lat=lat, lon=106.0)
    assert roof_planes(buildings, Roofs())["roof_azimuth"].tolist() == [azimuth]


def test_a_shed_falls_where_it_says():
    plane = planes_of(rectangle(40, 12), roof_type="shed", surface_azimuth=20.0).iloc[0]
    assert plane["roof_azimuth"] == 20.0


def test_a_slope_without_form_is_one_plane_if_it_says_where_it_faces_and_two_if_not():
    one = planes_of(rectangle(40, 12), surface_tilt=20.0, surface_azimuth=45.0)
    two = planes_of(rectangle(40, 12), surface_tilt=20.0)
    assert one["roof_form"].tolist() == ["shed"]
    assert two["roof_form"].tolist() == ["gabled"] * 2


# Tilt by the height of the roof


@pytest.mark.parametrize(
    ("form", "run"), [("gabled", 6.0), ("hipped", 6.0), ("steel", 6.0), ("shed", 12.0)]
)
def test_tilt_by_height_over_run(form, run):
    planes = planes_of(rectangle(40, 12), roof_type=form, roof_height_m=3.0)
    expected = np.degrees(np.arctan(3.0 / run))
    assert planes["roof_tilt"].to_numpy() == pytest.approx([expected] * len(planes), abs=0.01)
    assert set(planes["roof_form"]) == {form}


def test_a_pyramid_rises_to_its_height_on_every_side():
    planes = planes_of(rectangle(40, 20), roof_type="pyramidal", roof_height_m=5.0)
    assert facing(planes, 0.0)["roof_tilt"] == pytest.approx(26.565, abs=0.01)
    assert facing(planes, 270.0)["roof_tilt"] == pytest.approx(14.036, abs=0.01)


def test_a_stated_tilt_comes_before_the_height():
    planes = planes_of(rectangle(40, 12), roof_type="gabled", roof_height_m=3.0, surface_tilt=40.0)
    assert planes["roof_tilt"].tolist() == [40.0, 40.0]


@pytest.mark.parametrize("height", [0.0, 60.0, NAN])
def test_a_height_that_is_none_of_the_roof_leaves_the_assumed_tilt(height):
    planes = planes_of(rectangle(40, 12), roof_type="gabled", roof_height_m=height)
    assert planes["roof_tilt"].tolist() == [25.0, 25.0]


def test_a_low_ridge_is_a_flat_roof():
    planes = planes_of(rectangle(40, 12), roof_type="gabled", roof_height_m=0.4)
    assert (planes["roof_form"].tolist(), planes["roof_tilt"].tolist()) == (["flat"], [0.0])


def test_an_assumed_tilt_may_be_low_and_the_form_stays():
    shape = placed(rectangle(40, 12))
    planes = roof_planes(checked(shape, roof_type="steel"), Roofs(steel_tilt=2.0))
    assert planes["roof_form"].tolist() == ["steel", "steel"]
    assert planes["roof_tilt"].tolist() == [2.0, 2.0]


def test_height_tells_nothing_where_no_footprint_is_drawn():
    buildings = checked(roof_type="gabled", floor_area_m2=900, floors=3, roof_height_m=3.0)
    planes = roof_planes(buildings, Roofs())
    assert planes["roof_tilt"].tolist() == [25.0, 25.0]
    assert planes["geometry"].isna().all()


# Without a drawn footprint


@pytest.mark.parametrize(
    ("form", "shares"),
    [("flat", [1.0]), ("gabled", [0.5] * 2), ("hipped", [0.375, 0.375, 0.125, 0.125]),
     ("pyramidal", [0.25] * 4)],
)  # fmt: skip
def test_shares_of_a_roof_that_is_not_drawn(form, shares):
    planes = roof_planes(checked(roof_type=form, roof_area_m2=800.0), Roofs())
    assert planes["area_m2"].to_numpy() == pytest.approx(800.0 * np.array(shares))
    assert planes["geometry"].isna().all()


def test_edges_of_a_roof_that_is_not_drawn_grow_with_its_size():
    """A square; a gable twice as long as wide."""
    flat = roof_planes(checked(footprint_area_m2=800.0), Roofs()).iloc[0]
    assert flat["perimeter_m"] == pytest.approx(4.0 * np.sqrt(800.0))
    gable = roof_planes(checked(footprint_area_m2=800.0, roof_type="gabled"), Roofs()).iloc[0]
    assert gable["perimeter_m"] == pytest.approx(2.0 * (40.0 + 10.0 / np.cos(np.radians(25.0))))


def test_a_survey_scales_the_area_and_leaves_the_drawing():
    shape = placed(rectangle(40, 20))
    planes = roof_planes(checked(shape, roof_type="pyramidal", roof_area_m2=500.0), Roofs())
    assert planes["area_m2"].sum() == pytest.approx(500.0, rel=1e-12)
    slope = np.cos(np.radians(planes["roof_tilt"]))
    assert planes["plan_area_m2"].to_numpy() == pytest.approx(planes["area_m2"] * slope)
    assert shapely.area(planes["geometry"].to_numpy()).sum() == pytest.approx(800.0, rel=1e-4)


# Odd footprints


@pytest.mark.parametrize("form", [*RIDGED, "shed", "flat"])
@pytest.mark.parametrize(
    "shape",
    [rectangle(1.732, 1.732), rectangle(900, 333), rectangle(50, 1e-3), rectangle(50, 1e-5)],
    ids=["3 m2", "300,000 m2", "a millimetre wide", "a hundredth of it"],
)
def test_no_size_is_too_small_or_too_large(shape, form):
    local = np.array([shape], dtype=object)
    nothing = np.array([NAN])
    forms = Forms(np.array([form], dtype=object), nothing, nothing, np.array([2.0]),
                  np.array([180.0]), np.array([25.0]))  # fmt: skip
    planes = shape_planes(local, forms)
    assert planes["plan_m2"].sum() == pytest.approx(shape.area, rel=1e-9)
    assert planes["roof_tilt"].between(0.0, 80.0).all()


def test_a_crossed_outline_is_cut_as_the_two_that_it_is():
    bow = shapely.Polygon([(0, 0), (20, 10), (20, 0), (0, 10)])
    nothing = np.array([NAN])
    forms = Forms(np.array(["hipped"], dtype=object), nothing, nothing, nothing,
                  np.array([180.0]), np.array([25.0]))  # fmt: skip
    planes = shape_planes(np.array([bow], dtype=object), forms)
    assert planes["plan_m2"].sum() == pytest.approx(100.0)


def test_a_part_of_the_roof_without_footprint_is_no_plane():
    shape = shapely.Polygon([(0, 0), (40, 0), (40, 4), (12, 4), (12, 12), (0, 12)])
    planes = planes_of(shape, roof_type="gabled")
    assert planes["plan_area_m2"].min() > 1.0
    assert planes["plane_id"].tolist() == ["b0/1", "b0/2"]
    corner = shapely.Polygon([(-20, -6), (20, 6), (-20, 6)])
    hips = planes_of(corner, roof_type="hipped", surface_azimuth=180.0)
    assert hips["plane_id"].tolist() == ["b0/1", "b0/2", "b0/3"]
    assert hips["plan_area_m2"].sum() == pytest.approx(240.0, rel=1e-4)


def test_of_points_lines_and_polygons_the_polygons_stay():
    square = shapely.box(0, 0, 1, 1)
    mixed = shapely.GeometryCollection([square, shapely.Point(5, 5)])
    line = shapely.LineString([(0, 0), (1, 1)])
    got = polygons_only(np.array([mixed, line, square], dtype=object))
    assert shapely.area(got).tolist() == [1.0, 0.0, 1.0]
    assert set(shapely.get_type_id(got)) <= {3, 6}


def test_every_make_of_footprint_and_form_in_silence():
    shapes = [placed(shape, 39.0, 106.0 + 0.01 * i) for i, shape in enumerate(varied(5, 120))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for form in (*RIDGED, "shed", "flat"):
            planes = roof_planes(checked(shapes, roof_type=[form] * len(shapes)), Roofs())
            assert np.isfinite(planes[["area_m2", "perimeter_m", "roof_azimuth"]]).all(axis=None)
            assert planes["plane_id"].is_unique


def test_no_building_no_plane():
    planes = roof_planes(checked(placed(rectangle(9, 9))).iloc[:0], Roofs())
    assert planes.empty
    assert "geometry" in planes


# On the map and back


def test_planes_go_to_the_map_and_come_back():
    shapes = [placed(rectangle(40, 12, 33.0)), None, placed(L_SHAPE, 38.0)]
    buildings = checked(
        shapes, roof_type=["hipped", "gabled", "flat"], floor_area_m2=[90, 90, 90], floors=[1, 1, 1]
    )
    planes = roof_planes(buildings, Roofs())
    there = planes_on_map(planes, buildings)
    assert there.crs.to_epsg() == 4326
    union = shapely.union_all(there.geometry[there["building_id"] == "b0"])
    assert union.symmetric_difference(shapes[0]).area < 1e-9 * shapes[0].area + 1e-15
    back = planes_in_metres(there, buildings)
    drawn = planes["geometry"].notna()
    assert drawn.tolist() == back["geometry"].notna().tolist() == [True] * 4 + [False] * 2 + [True]
    same = shapely.equals_exact(
        back["geometry"].to_numpy()[drawn], planes["geometry"].to_numpy()[drawn], 1e-6
    )
    assert same.all()
    assert planes_in_metres(there.iloc[::-1], buildings)["geometry"].iloc[0].area > 1.0
