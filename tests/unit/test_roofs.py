from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import EARTH, L_SHAPE, apart, checked, equipped, placed, rectangle

from roofpv.assumptions import Module, Roofs
from roofpv.roofs import installed_pv, roof_planes, sum_by_building, to_local_metres

NAN = float("nan")
EACH_M2 = 2.278 * 1.134
FORMS = ("flat", "gabled", "hipped", "shed", "steel", "unknown")


# Planes


@pytest.mark.parametrize("form", FORMS)
def test_planes_seen_from_above_add_up_to_the_footprint(form):
    planes = roof_planes(checked(placed(rectangle(40, 12)), roof_type=form), Roofs())
    plan = planes["area_m2"] * np.cos(np.radians(planes["roof_tilt"]))
    assert plan.sum() == pytest.approx(480.0, rel=1e-5)
    assert (planes["area_m2"] > 0.0).all()


@pytest.mark.parametrize(
    ("form", "count", "tilt"),
    [
        ("flat", 1, 0.0),
        ("unknown", 1, 0.0),
        ("shed", 1, 25.0),
        ("gabled", 2, 25.0),
        ("steel", 2, 5.0),
        ("hipped", 4, 25.0),
    ],
)
def test_a_form_has_its_planes_and_its_assumed_tilt(form, count, tilt):
    planes = roof_planes(checked(placed(rectangle(40, 12)), roof_type=form), Roofs())
    assert planes["roof_tilt"].tolist() == [tilt] * count
    assert planes["plane_id"].tolist() == [f"b0/{i + 1}" for i in range(count)]


@pytest.mark.parametrize("azimuth", [0.0, 17.0, 45.0, 90.0, 133.0, 179.0])
@pytest.mark.parametrize("form", ["gabled", "steel", "hipped"])
def test_ridge_lies_along_the_long_side_at_any_rotation(form, azimuth):
    planes = roof_planes(checked(placed(rectangle(40, 12, azimuth)), roof_type=form), Roofs())
    wanted = {azimuth + 90.0, azimuth + 270.0}
    wanted |= {azimuth, azimuth + 180.0} if form == "hipped" else set()
    for facing in planes["roof_azimuth"]:
        assert min(apart(facing, one) for one in wanted) < 0.05
        assert 0.0 <= facing < 360.0
    assert planes["roof_azimuth"].nunique() == len(wanted)


def test_the_larger_planes_of_a_hipped_roof_face_off_its_ridge():
    """Four planes of one slope: trapezia along the ridge, triangles of width squared over four."""
    planes = roof_planes(checked(placed(rectangle(40, 12)), roof_type="hipped"), Roofs())
    plan = planes["area_m2"] * np.cos(np.radians(planes["roof_tilt"]))
    ends = planes["roof_azimuth"].map(
        lambda facing: apart(facing, 90) < 1 or apart(facing, 270) < 1
    )
    assert plan[ends].to_numpy() == pytest.approx([36.0, 36.0], rel=1e-4)
    assert plan[~ends].to_numpy() == pytest.approx([204.0, 204.0], rel=1e-4)


def test_a_roof_without_footprint_has_its_ridge_east_and_west():
    planes = roof_planes(checked(roof_type="gabled", floor_area_m2=900, floors=3), Roofs())
    assert planes["roof_azimuth"].tolist() == [180.0, 0.0]
    assert (planes["area_m2"] * np.cos(np.radians(25.0))).sum() == pytest.approx(300.0)
    assert planes["evidence_grade"].tolist() == ["D", "D"]


@pytest.mark.parametrize("tilt", [10.0, 35.0, 60.0])
def test_true_area_is_the_plan_over_the_cosine_of_the_tilt(tilt):
    shape = placed(rectangle(30, 10))
    planes = roof_planes(checked(shape, surface_tilt=tilt, surface_azimuth=200.0), Roofs())
    assert len(planes) == 1
    assert planes["roof_azimuth"].item() == 200.0
    assert planes["area_m2"].item() == pytest.approx(300.0 / np.cos(np.radians(tilt)), rel=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_a_surveyed_area_is_taken_as_it_is(form):
    shape = placed(rectangle(30, 10))
    buildings = checked(shape, roof_type=form, roof_area_m2=250.0, floor_area_m2=900, floors=2)
    planes = roof_planes(buildings, Roofs())
    assert planes["area_m2"].sum() == pytest.approx(250.0, rel=1e-12)
    assert set(planes["evidence_grade"]) == {"A"}


@pytest.mark.parametrize(
    ("columns", "drawn", "area", "grade"),
    [
        ({"roof_area_m2": 250.0, "height_m": 9.0}, True, 250.0, "A"),
        ({"height_m": 9.0, "floor_area_m2": 900, "floors": 2}, True, 300.0, "B"),
        ({"floor_area_m2": 900, "floors": 2}, True, 300.0, "C"),
        ({"floor_area_m2": 900, "floors": 2}, False, 450.0, "D"),
        ({"floor_area_m2": 900, "floors": 0.5}, False, 900.0, "D"),
        ({"roof_area_m2": 250.0}, False, 250.0, "A"),
    ],
)
def test_area_and_grade_by_what_is_known(columns, drawn, area, grade):
    shape = placed(rectangle(30, 10)) if drawn else None
    plane = roof_planes(checked(shape, **columns), Roofs()).iloc[0]
    assert plane["area_m2"] == pytest.approx(area, rel=1e-5)
    assert plane["evidence_grade"] == grade


def test_a_slightly_tilted_roof_is_flat_whatever_its_name():
    planes = roof_planes(
        checked(placed(rectangle(30, 10)), roof_type="gabled", surface_tilt=3.0), Roofs()
    )
    assert planes["roof_form"].tolist() == ["flat"]


def test_planes_stand_in_the_order_of_the_buildings():
    buildings = checked(placed(rectangle(30, 10)), roof_type=["hipped", "flat", "gabled", "flat"])
    planes = roof_planes(buildings, Roofs())
    assert planes["building_id"].tolist() == ["b0"] * 4 + ["b1"] + ["b2"] * 2 + ["b3"]


def test_another_building_changes_no_digit_of_this_one():
    shapes = [placed(L_SHAPE, lat) for lat in (38.9, 39.0, 39.2)]
    forms = ["hipped", "gabled", "flat"]
    together = roof_planes(checked(shapes, roof_type=forms), Roofs())
    for i, form in enumerate(forms):
        alone = roof_planes(checked(shapes[i], roof_type=form, building_id=[f"b{i}"]), Roofs())
        mine = together[together["building_id"] == f"b{i}"].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone, check_exact=True)


def test_the_perimeter_is_that_of_the_plane():
    """Of a gabled roof: the length twice, and the rafter twice."""
    planes = roof_planes(checked(placed(rectangle(40, 12)), roof_type="gabled"), Roofs())
    rafter = 6.0 / np.cos(np.radians(25.0))
    assert planes["perimeter_m"].to_numpy() == pytest.approx([80 + 2 * rafter] * 2, rel=1e-4)


# What is installed already


@pytest.mark.parametrize(
    ("kwp", "area", "expected_kwp", "expected_area"),
    [
        (58.0, NAN, 58.0, 100 * EACH_M2),
        (NAN, 100 * EACH_M2, 58.0, 100 * EACH_M2),
        (50.0, 400.0, 50.0, 400.0),
        (0.0, NAN, 0.0, 0.0),
        (NAN, NAN, NAN, NAN),
    ],
)
def test_capacity_and_area_follow_from_each_other(kwp, area, expected_kwp, expected_area):
    shape = placed(rectangle(40, 12))
    buildings = checked(shape, existing_pv_kwp=[kwp], existing_pv_area_m2=[area])
    planes = equipped(buildings)
    got = installed_pv(buildings, planes, Module()).iloc[0]
    wanted = [expected_kwp, expected_area, expected_area * np.cos(np.radians(15.0)),
              expected_area / planes["gcr"].item()]  # fmt: skip
    assert got.tolist() == pytest.approx(wanted, nan_ok=True)


def test_installed_modules_lie_as_on_the_largest_plane():
    buildings = checked(placed(rectangle(40, 12)), roof_type="hipped", existing_pv_area_m2=10.0)
    got = installed_pv(buildings, equipped(buildings), Module()).iloc[0]
    assert got["existing_projected_module_area_m2"] == pytest.approx(10 * np.cos(np.radians(25)))
    assert got["existing_array_field_area_m2"] == 10.0


def test_what_is_installed_on_one_plane_each_is_the_same_in_any_order():
    columns = {"existing_pv_kwp": [5.0, np.nan, 7.0], "existing_pv_area_m2": [np.nan, 30.0, 40.0]}
    buildings = pd.DataFrame({"building_id": ["a", "b", "c"], **columns})
    planes = pd.DataFrame(
        {"building_id": ["a", "b", "c"], "area_m2": 9.0, "surface_tilt": [5.0, 15.0, np.nan],
         "gcr": [0.5, 0.6, 1.0]}
    )  # fmt: skip
    turned = installed_pv(buildings, planes.iloc[::-1], Module())
    pd.testing.assert_frame_equal(installed_pv(buildings, planes, Module()), turned)


# Sums and metres


def test_planes_add_up_to_their_building_and_one_missing_empties_it():
    values = pd.DataFrame({"kwp": [1.0, 2.0, 4.0, NAN, 8.0]})
    owner = pd.Series(["b", "a", "b", "c", "c"])
    got = sum_by_building(values, owner, pd.Series(["a", "b", "c", "d"]))
    assert got["kwp"].tolist() == pytest.approx([2.0, 5.0, NAN, NAN], nan_ok=True)


@pytest.mark.parametrize("lat", [0.0, 23.4, 39.0, 60.2, -33.9])
@pytest.mark.parametrize(
    "shape", [rectangle(20, 8, 33.0), rectangle(120, 60, 75.0), L_SHAPE],
    ids=["house", "hall", "wings"],
)  # fmt: skip
def test_local_metres_keep_the_area_of_the_ellipsoid(shape, lat):
    outline = placed(shape, lat, 106.37)
    area, length = EARTH.geometry_area_perimeter(shapely.geometry.polygon.orient(outline))
    local = to_local_metres(np.array([outline], dtype=object))[0]
    assert local.area == pytest.approx(abs(area), rel=1e-5)
    assert local.length == pytest.approx(length, rel=1e-5)


def test_local_metres_keep_courtyards_and_parts():
    ring = rectangle(40, 40).difference(rectangle(20, 20))
    both = shapely.MultiPolygon([ring, shapely.affinity.translate(rectangle(10, 5), 60, 0)])
    local = to_local_metres(np.array([placed(both), None], dtype=object))
    assert local[0].area == pytest.approx(1600 - 400 + 50, rel=1e-5)
    assert local[1] is None
    middle = np.array(local[0].bounds).reshape(2, 2).mean(axis=0)
    assert middle == pytest.approx([0.0, 0.0], abs=1e-6)


def test_local_metres_leave_what_they_were_given():
    given = np.array([placed(L_SHAPE)], dtype=object)
    before = given[0].wkb
    to_local_metres(given)
    assert given[0].wkb == before
