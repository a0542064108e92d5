"""Installable area of single roofs, by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import checked, placed, rectangle

from roofpv.assumptions import Assumptions, from_values
from roofpv.roofs import roof_planes, shadow_ratio, stated_planes
from roofpv.roofs.inplane import framed_planes
from roofpv.roofs.installable import DEDUCTIONS, deduction_shapes, installable_area
from roofpv.roofs.metric import local_frames, to_degrees

LAT, LON = 39.0, 106.37
NAN = float("nan")
# Nothing taken but what a test asks for.
BARE = {
    f"roofs.{name}": 0.0
    for name in (
        "edge_equator_m", "edge_side_m", "edge_pole_m", "ridge_m", "eaves_m", "verge_m",
        "steel_edge_m", "pitched_obstacle_fraction", "steel_skylight_fraction", "min_width_m",
        "min_part_m2",
    )
} | {f"plant.{use}_fraction": 0.0 for use in ("school", "hospital", "unknown")}  # fmt: skip


def bare(**values):
    """Assumptions by which nothing is taken, but for these (``room__name``)."""
    return from_values(BARE | {k.replace("__", "."): v for k, v in values.items()}, "test")


def drawn(shape, form="flat", tilt=0.0, azimuth=180.0, lat=LAT, **columns):
    """One plane of a shape in metres, and its owner; ``area`` in place of the drawn one."""
    area = columns.pop("area", shapely.area(shape) / np.cos(np.radians(tilt)) if shape else NAN)
    # The local metres of a footprint are about the middle of its bounds.
    footprint = (
        to_degrees(
            np.array([shape]), local_frames(np.array([shapely.Point(LON, lat).buffer(1e-9)]))
        )[0]
        if shape
        else None
    )
    planes = pd.DataFrame(
        {
            "plane_id": ["p"], "building_id": ["b"], "roof_form": [form], "roof_tilt": [tilt],
            "roof_azimuth": [azimuth], "area_m2": [area], "geometry": [shape],
        }
    )  # fmt: skip
    owners = pd.DataFrame({"lat": [lat], **{k: [v] for k, v in columns.items()}})
    owners["geometry"] = np.array([footprint], dtype=object)
    return planes, owners


def one(planes, owners, assumed=None, zones=None):
    """The only row, checked: what is left and what was taken is the plane."""
    found = installable_area(planes, owners, zones, assumed or Assumptions()).iloc[0]
    taken = found[list(DEDUCTIONS)].to_numpy(dtype=float)
    assert (taken >= 0.0).all()
    assert found["installable_area_m2"] + taken.sum() == pytest.approx(found["area_m2"])
    assert found["installable"].area == pytest.approx(found["installable_area_m2"])
    assert found["installable"].is_valid
    return found


def mapped(owners, *zones):
    """Zones in metres about the middle of the footprint: (kind, shape, height, clear)."""
    frames = local_frames(owners["geometry"].to_numpy()[np.zeros(len(zones), dtype=int)])
    kinds, shapes, heights, clears = zip(*zones, strict=True)
    table = {"building_id": "b", "kind": kinds, "height_m": heights, "clear_m": clears}
    return gpd.GeoDataFrame(
        table, geometry=to_degrees(np.array(shapes, dtype=object), frames), crs="EPSG:4326"
    )


ROOF = shapely.box(-30, -7.5, 30, 7.5)


# The guide and the strips


def test_the_roof_of_the_guide_is_installable_by_70_percent():
    found = one(*drawn(ROOF, use="school", lat=39.013))
    assert found["installable_area_m2"] / 900.0 == pytest.approx(0.70, abs=0.01)
    assert found["deducted_edges_m2"] == pytest.approx(900 - 56 * 12)
    assert found["deducted_plant_m2"] == pytest.approx(45.0)


@pytest.mark.parametrize("lat", [39.0, -39.0])
def test_strips_of_a_flat_rectangle(lat):
    assumed = bare(roofs__edge_equator_m=3.0, roofs__edge_side_m=1.5, roofs__edge_pole_m=0.5)
    found = one(*drawn(ROOF, lat=lat), assumed)
    assert found["installable_area_m2"] == pytest.approx((60 - 3.0) * (15 - 3.5))
    # y is toward the pole in both hemispheres.
    assert found["installable"].bounds == pytest.approx((-28.5, -4.5, 28.5, 7.0))


@pytest.mark.parametrize("azimuth", [0.0, 90.0, 180.0, 233.0])
def test_strips_of_a_sloping_rectangle(azimuth):
    assumed = bare(
        roofs__ridge_m=0.91, roofs__eaves_m=0.3, roofs__verge_m=0.4, roofs__pole_facing_tilt=90.0
    )
    shape = rectangle(20.0, 6.0, azimuth + 90.0)
    found = one(*drawn(shape, "gabled", 30.0, azimuth), assumed)
    up = 6.0 / np.cos(np.radians(30.0))
    assert found["installable_area_m2"] == pytest.approx((20 - 0.8) * (up - 1.21))
    low, high = -up / 2 + 0.3, up / 2 - 0.91
    assert found["installable"].bounds == pytest.approx((-9.6, low, 9.6, high))


def test_strips_of_a_steel_roof_are_even():
    found = one(*drawn(ROOF, "steel", 5.0), bare(roofs__steel_edge_m=0.5))
    up = 15.0 / np.cos(np.radians(5.0))
    assert found["installable_area_m2"] == pytest.approx(59.0 * (up - 1.0))


@pytest.mark.parametrize("form", ["flat", "steel", "gabled"])
def test_no_strip_is_narrower_than_the_setback(form):
    found = one(*drawn(ROOF, form), bare(layout__setback_m=2.0))
    assert found["installable_area_m2"] == pytest.approx(56.0 * 11.0)


def test_a_strip_wider_than_the_roof_takes_all():
    found = one(*drawn(shapely.box(0, 0, 4, 3)))
    assert found["installable_area_m2"] == 0.0
    assert found["deducted_edges_m2"] == pytest.approx(12.0)
    assert found["installable"].is_empty


def test_a_courtyard_has_strips_too():
    shape = shapely.box(-30, -30, 30, 30).difference(shapely.box(-10, -10, 10, 10))
    assumed = bare(roofs__edge_equator_m=3.0, roofs__edge_side_m=2.0, roofs__edge_pole_m=1.0)
    found = one(*drawn(shape), assumed)
    assert found["installable_area_m2"] == pytest.approx(56.0 * 56.0 - 24.0 * 24.0)


# Parapets


@pytest.mark.parametrize("lat", [20.0, 39.0, -39.0, 50.0])
def test_a_parapet_takes_its_shadow(lat):
    assumed = bare(roofs__parapet_height_m=1.5, roofs__module_clearance_m=0.5)
    found = one(*drawn(ROOF, lat=lat), assumed)
    k = float(shadow_ratio(np.array([lat]))[0])
    phi = np.radians(abs(lat))
    side = k * 0.707 / (0.707 * np.sin(phi) + 0.4338 * np.cos(phi))
    assert found["installable_area_m2"] == pytest.approx((60 - 2 * side) * (15 - k), rel=1e-9)
    assert found["installable"].bounds == pytest.approx((-30 + side, -7.5 + k, 30 - side, 7.5))


def test_a_parapet_below_the_modules_shades_none_and_the_setback_stays():
    assumed = bare(roofs__parapet_height_m=0.3, roofs__edge_equator_m=5.0, layout__setback_m=1.0)
    assert one(*drawn(ROOF), assumed)["installable_area_m2"] == pytest.approx(58.0 * 13.0)


@pytest.mark.parametrize("lat", [60.2, 89.0, -70.0, NAN])
def test_where_the_sun_is_not_up_shadows_are_cut_at_ten_heights(lat):
    planes, owners = drawn(shapely.box(-50, -50, 50, 50))
    assumed = bare(roofs__parapet_height_m=1.4, roofs__module_clearance_m=0.4)
    found = one(planes, owners.assign(lat=lat), assumed)
    west, south, east, north = found["installable"].bounds
    assert north == pytest.approx(50.0)
    assert west == pytest.approx(-east)
    assert 5.0 < south + 50.0 <= 10.0 + 1e-9
    assert 5.0 < west + 50.0 <= 10.0


# Unsuitable


@pytest.mark.parametrize(
    ("tilt", "azimuth", "lat", "kept"),
    [
        (25.0, 0.0, 39.0, False), (25.0, 59.0, 39.0, False), (25.0, 61.0, 39.0, True),
        (14.0, 0.0, 39.0, True), (25.0, 180.0, 39.0, True), (25.0, 180.0, -39.0, False),
        (60.0, 180.0, 39.0, True), (60.1, 180.0, 39.0, False), (90.0, 180.0, 39.0, False),
    ],
)  # fmt: skip
def test_steep_planes_and_those_toward_the_pole_carry_none(tilt, azimuth, lat, kept):
    planes, owners = drawn(ROOF, "gabled", tilt, azimuth, lat, area=1000.0)
    found = one(planes, owners, bare())
    assert found["installable_area_m2"] == (pytest.approx(1000.0) if kept else 0.0)
    assert found["deducted_unsuitable_m2"] == (0.0 if kept else 1000.0)


# Zones


@pytest.mark.parametrize(
    ("kind", "stated", "clear"),
    [
        ("plant", NAN, 2.0), ("stair_head", NAN, 4.0), ("skylight", NAN, 0.0),
        ("forbidden", NAN, 0.0), ("green_roof", NAN, 0.0), ("other_use", NAN, 0.0),
        ("plant", 0.0, 0.0), ("skylight", 1.0, 1.0), ("stair_head", 0.5, 0.5),
    ],
)  # fmt: skip
def test_a_zone_takes_itself_and_its_clear_strip(kind, stated, clear):
    planes, owners = drawn(ROOF)
    zones = mapped(owners, (kind, shapely.box(0, -1, 4, 1), NAN, stated))
    found = one(planes, owners, bare(), zones)
    assert found["deducted_zones_m2"] == pytest.approx((4 + 2 * clear) * (2 + 2 * clear), rel=1e-5)


def test_a_high_zone_takes_its_winter_shadow():
    planes, owners = drawn(ROOF)
    zones = mapped(owners, ("forbidden", shapely.box(-2, -7, 2, -5), 2.0, NAN))
    found = one(planes, owners, bare(roofs__module_clearance_m=0.5), zones)
    k = 1.5 * float(shadow_ratio(np.array([39.0]))[0])
    phi = np.radians(39.0)
    side = k * 0.707 / (0.707 * np.sin(phi) + 0.4338 * np.cos(phi))
    swept = 4 * 2 + 4 * k + 2 * side * 2 + side * k
    assert found["deducted_zones_m2"] == pytest.approx(swept, rel=1e-5)
    low = mapped(owners, ("forbidden", shapely.box(-2, -7, 2, -5), 0.4, NAN))
    assert one(planes, owners, bare(), low)["deducted_zones_m2"] == pytest.approx(8.0, rel=1e-5)


def test_overlapping_zones_count_once_and_beyond_the_roof_not_at_all():
    planes, owners = drawn(ROOF)
    zones = mapped(
        owners,
        ("forbidden", shapely.box(0, 0, 10, 5), NAN, NAN),
        ("green_roof", shapely.box(5, 0, 15, 5), NAN, NAN),
        ("forbidden", shapely.box(25, -20, 40, 20), NAN, NAN),
        ("forbidden", shapely.box(100, 100, 140, 120), NAN, NAN),
    )
    found = one(planes, owners, bare(), zones)
    assert found["deducted_zones_m2"] == pytest.approx(75.0 + 75.0, rel=1e-5)


def test_zones_that_are_no_areas_or_cross_themselves():
    planes, owners = drawn(ROOF)
    bow = shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
    zones = mapped(owners, ("forbidden", bow, NAN, NAN), ("forbidden", shapely.Polygon(), NAN, NAN))
    zones.loc[2] = zones.loc[0]
    zones.loc[2, "geometry"] = None
    found = one(planes, owners, bare(), zones)
    assert found["deducted_zones_m2"] == pytest.approx(8.0, rel=1e-5)


def test_a_zone_runs_over_all_planes_of_its_building_and_of_no_other():
    planes, owners = drawn(ROOF)
    two = pd.concat([planes, planes.assign(building_id="c")], ignore_index=True)
    both = pd.concat([owners, owners], ignore_index=True)
    zones = mapped(owners, ("forbidden", shapely.box(0, 0, 10, 5), NAN, NAN))
    found = installable_area(two, both, zones, bare())
    assert found["deducted_zones_m2"].to_numpy() == pytest.approx([50.0, 0.0], rel=1e-5)


def test_the_zone_of_a_roof_that_is_not_drawn_takes_its_area():
    planes, owners = drawn(None, area=400.0)
    _, near = drawn(ROOF)
    zones = mapped(near, ("plant", shapely.box(0, 0, 10, 5), NAN, 0.0))
    found = one(planes, owners, bare(), zones)
    assert found["deducted_zones_m2"] == pytest.approx(50.0, rel=1e-5)
    assert one(planes, owners.drop(columns="geometry"), bare(), zones)[
        "deducted_zones_m2"
    ] == pytest.approx(50.0, rel=1e-5)


def test_no_strip_runs_about_a_zone():
    planes, owners = drawn(ROOF)
    zones = mapped(
        owners,
        ("forbidden", shapely.box(0, 0, 4, 2), NAN, NAN),
        ("green_roof", shapely.box(-29, -7, -26, -4), NAN, NAN),
    )
    assumed = bare(roofs__edge_equator_m=3.0, roofs__edge_side_m=2.0)
    found = one(planes, owners, assumed, zones)
    # Of the second, 2 m x 0.5 m is beyond both strips.
    assert found["deducted_zones_m2"] == pytest.approx(8.0 + 9.0, rel=1e-5)
    assert found["installable_area_m2"] == pytest.approx(56.0 * 12.0 - 8.0 - 1.0, rel=1e-5)
    undrawn, owner = drawn(None, area=900.0)
    found = one(undrawn, owner, assumed, zones)
    assert found["deducted_zones_m2"] == pytest.approx(17.0, rel=1e-5)
    assert found["deducted_edges_m2"] > 100.0


# Plant and obstacles


@pytest.mark.parametrize(("use", "share"), [("school", 0.05), ("hospital", 0.12), (None, 0.05)])
def test_plant_takes_a_share_by_use(use, share):
    planes, owners = drawn(ROOF, use=use)
    values = {"school": 0.05, "hospital": 0.12, "unknown": 0.05}
    assumed = bare(**{f"plant__{name}_fraction": value for name, value in values.items()})
    assert one(planes, owners, assumed)["deducted_plant_m2"] == pytest.approx(share * 900.0)


@pytest.mark.parametrize(("form", "share"), [("steel", 0.2), ("gabled", 0.1), ("pitched", 0.1)])
def test_obstacles_of_sloping_roofs(form, share):
    assumed = bare(roofs__steel_skylight_fraction=0.2, roofs__pitched_obstacle_fraction=0.1)
    planes, owners = drawn(ROOF, form, use="school")
    assert one(planes, owners, assumed)["deducted_plant_m2"] == pytest.approx(share * 900.0)


@pytest.mark.parametrize(
    ("form", "kind", "replaced"),
    [
        ("flat", "plant", True), ("flat", "stair_head", True), ("flat", "skylight", False),
        ("flat", "forbidden", False), ("steel", "skylight", True), ("gabled", "plant", True),
        ("gabled", "green_roof", False),
    ],
)  # fmt: skip
def test_what_is_mapped_replaces_the_share(form, kind, replaced):
    planes, owners = drawn(ROOF, form, use="school")
    zones = mapped(owners, (kind, shapely.box(0, 0, 1, 1), NAN, 0.0))
    found = one(planes, owners, None, zones)
    assert (found["deducted_plant_m2"] == 0.0) == replaced


@pytest.mark.parametrize(
    ("form", "name"), [("flat", "flat"), ("steel", "steel"), ("gabled", "pitched")]
)
def test_a_stated_fraction_is_what_is_left(form, name):
    assumed = from_values({f"roofs.{name}_installable_fraction": 0.55}, "test")
    found = one(*drawn(ROOF, form, use="school"), assumed)
    assert found["installable_area_m2"] == pytest.approx(0.55 * 900.0)
    assert found["deducted_plant_m2"] == pytest.approx(0.45 * 900.0)


# Other use, narrow and small parts, surveys


def test_other_use_beside_its_zones():
    planes, owners = drawn(ROOF, other_use_area_m2=200.0)
    assert one(planes, owners, bare())["deducted_other_use_m2"] == pytest.approx(200.0)
    zones = mapped(
        owners,
        ("green_roof", shapely.box(0, 0, 10, 5), NAN, NAN),
        ("forbidden", shapely.box(-20, 0, -10, 5), NAN, NAN),
    )
    found = one(planes, owners, bare(), zones)
    assert found["deducted_zones_m2"] == pytest.approx(100.0, rel=1e-5)
    assert found["deducted_other_use_m2"] == pytest.approx(150.0, rel=1e-5)
    much = one(planes, owners.assign(other_use_area_m2=5000.0), bare())
    assert much["installable_area_m2"] == 0.0


def test_narrow_and_small_parts_go():
    neck = shapely.union_all([
        shapely.box(0, 0, 10, 10), shapely.box(10, 4, 20, 5.9), shapely.box(20, 0, 30, 10),
        shapely.box(40, 0, 43, 3),
    ])  # fmt: skip
    found = one(*drawn(neck), bare(roofs__min_width_m=2.0, roofs__min_part_m2=10.0))
    assert found["deducted_narrow_m2"] == pytest.approx(19.0 + 9.0)
    assert shapely.get_num_geometries(found["installable"]) == 2
    kept = one(*drawn(neck), bare(roofs__min_width_m=1.8, roofs__min_part_m2=9.0))
    assert kept["deducted_narrow_m2"] == 0.0


@pytest.mark.parametrize("usable", [0.0, 1.0, 300.0, 627.0, 700.0, 899.0, 900.0, 2000.0])
def test_the_survey_is_kept_to_the_digit(usable):
    found = one(*drawn(ROOF, use="school", usable_area_m2=usable))
    assert found["installable_area_m2"] == pytest.approx(min(usable, 900.0), rel=1e-9)
    if usable > 627.0:
        assert found[list(DEDUCTIONS[:-1])].sum() == 0.0


def test_a_survey_is_shared_over_the_planes_of_its_building():
    one_plane, owner = drawn(ROOF, "gabled", 20.0)
    planes = pd.concat(
        [one_plane, one_plane.assign(roof_azimuth=0.0), one_plane.assign(area_m2=300.0)],
        ignore_index=True,
    )
    for usable in (100.0, 900.0, 1150.0):
        owners = pd.concat([owner.assign(usable_area_m2=usable)] * 3, ignore_index=True)
        found = installable_area(planes, owners, None, Assumptions())
        assert found["installable_area_m2"].sum() == pytest.approx(usable)
        assert found["installable_area_m2"][1] == 0.0
        total = found["installable_area_m2"] + found[list(DEDUCTIONS)].sum(axis=1)
        assert total.to_numpy() == pytest.approx(found["area_m2"].to_numpy())


# Frames and areas


def test_planes_that_are_not_drawn_are_rectangles():
    planes, owners = drawn(None, area=1200.0)
    found = one(planes, owners, bare(roofs__edge_equator_m=3.0, roofs__edge_side_m=2.0))
    assert found["installable_area_m2"] == pytest.approx((60 - 4) * (20 - 3))
    wide = bare(roofs__stand_in_aspect=1.0)
    assert one(planes, owners, wide)["installable"].bounds[2] == pytest.approx(np.sqrt(300))


def test_plane_tables_need_only_their_areas():
    table = pd.DataFrame(
        {
            "plane_id": ["a", "b", "c"], "building_id": ["x", "x", "y"],
            "surface_tilt": [2.0, 30.0, 30.0], "surface_azimuth": [180.0, 180.0, 10.0],
            "area_m2": [500.0, 100.0, 100.0], "kwp": [NAN, NAN, 5.0],
        }
    )  # fmt: skip
    found = installable_area(
        stated_planes(table), pd.DataFrame({"lat": [39.0] * 3}), None, Assumptions()
    )
    left = found["installable_area_m2"]
    assert (left[:2] > 0).all()
    assert left[2] == 0.0
    assert found["installable_area_m2"][0] < 500.0 * 0.95


def test_the_survey_area_scales_the_frame():
    planes, owners = drawn(ROOF, area=3600.0)
    found = one(planes, owners, bare(roofs__edge_equator_m=3.0, roofs__edge_side_m=2.0))
    assert found["installable_area_m2"] == pytest.approx((120 - 4) * (30 - 3))


def test_missing_areas_stay_missing_and_others_do_not_change():
    planes, owners = drawn(ROOF)
    none = planes.assign(area_m2=NAN)
    many = pd.concat([planes, none, planes.assign(area_m2=0.0), planes], ignore_index=True)
    lots = pd.concat([owners] * 4, ignore_index=True).assign(usable_area_m2=NAN)
    found = installable_area(many, lots, None, Assumptions())
    assert found.loc[1, ["installable_area_m2", *DEDUCTIONS]].isna().all()
    assert (found.loc[2, ["installable_area_m2", *DEDUCTIONS]] == 0.0).all()
    alone = one(planes, owners)
    for row in (0, 3):
        assert found["installable_area_m2"][row] == alone["installable_area_m2"]


def test_no_planes_at_all():
    planes, owners = drawn(ROOF)
    found = installable_area(planes[:0], owners[:0], None, Assumptions())
    assert list(found.columns[-2 - len(DEDUCTIONS) :]) == [
        "installable",
        "installable_area_m2",
        *DEDUCTIONS,
    ]
    assert deduction_shapes(planes[:0], owners[:0], None, Assumptions()).empty


def test_into_the_plane_and_back():
    planes, _ = drawn(ROOF, "gabled", 35.0, 200.0, area=777.0)
    frames, outlines = framed_planes(planes, np.array([39.0]), 3.0)
    assert outlines[0].area == pytest.approx(777.0)
    assert frames.back(outlines)[0].symmetric_difference(ROOF).area < 1e-9
    local = shapely.box(0, 0, 1, 2)
    assert frames.back(frames.into(np.array([local])))[0].equals_exact(local, 1e-9)


def test_y_is_up_the_slope_and_x_to_its_right():
    planes, _ = drawn(ROOF, "gabled", 60.0, 90.0)
    frames, _ = framed_planes(planes, np.array([39.0]), 3.0)
    # Facing east: up the slope is west, and to the right of it is north.
    x, y = shapely.get_coordinates(frames.into(np.array([shapely.Point(-1.0, 3.0)])))[0]
    assert (x, y) == pytest.approx((3.0, 2.0))


# Drawings


def test_shapes_of_a_drawing_tile_the_plane_as_the_areas_say():
    planes, owners = drawn(ROOF, use="school", other_use_area_m2=100.0, usable_area_m2=400.0)
    zones = mapped(owners, ("skylight", shapely.box(0, 0, 4, 2), NAN, NAN))
    found = one(planes, owners, None, zones)
    shapes = deduction_shapes(planes, owners, zones, Assumptions())
    area = dict(zip(shapes["reason"], shapely.area(shapes["geometry"].to_numpy()), strict=True))
    assert list(area) == ["zones", "edges", "plant", "other_use", "stated", "installable"]
    for reason, each in area.items():
        name = "installable_area_m2" if reason == "installable" else f"deducted_{reason}_m2"
        assert each == pytest.approx(found[name], rel=1e-9)
    whole = shapely.union_all(shapes["geometry"].to_numpy())
    assert whole.symmetric_difference(ROOF).area < 1e-6


def test_drawn_roofs_of_an_inventory():
    buildings = checked(placed(rectangle(40, 12, 30.0)), roof_type=["flat", "gabled", "hipped"])
    planes = roof_planes(buildings, Assumptions().roofs)
    owners = buildings.set_index("building_id").loc[planes["building_id"]].reset_index()
    found = installable_area(planes, owners, None, Assumptions())
    share = (
        found.groupby("building_id")["installable_area_m2"].sum()
        / found.groupby("building_id")["area_m2"].sum()
    )
    assert share.between(0.3, 0.8).all()
    shapes = deduction_shapes(planes, owners, None, Assumptions())
    outline = shapely.union_all(shapes["geometry"].to_numpy())
    assert outline.area == pytest.approx(480.0, rel=1e-4)
