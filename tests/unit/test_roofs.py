from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import EARTH, L_SHAPE, apart, checked, placed, rectangle

from roofpv.assumptions import Layout, Module, Roofs
from roofpv.inventory import check_inventory, read_inventory
from roofpv.roofs import (
    ground_cover_ratio,
    installable_area,
    installed_pv,
    lay_modules,
    roof_planes,
    shadow_ratio,
    stated_planes,
    sum_by_building,
    to_local_metres,
)
from roofpv.weather import bundled_folder

PINGLUO, MIDDLE, DAWUKOU, HUINONG, HELSINKI = 38.90, 39.0, 39.013, 39.24, 60.2
NAN = float("nan")
EACH_M2 = 2.278 * 1.134
FORMS = ("flat", "gabled", "hipped", "shed", "steel", "unknown")


# Row spacing and cover (GB 50797)


@pytest.mark.parametrize(
    ("latitude", "printed"), [(PINGLUO, 2.813), (MIDDLE, 2.829), (DAWUKOU, 2.831), (HUINONG, 2.867)]
)
def test_shadow_ratio_to_the_printed_digit(latitude, printed):
    assert round(float(shadow_ratio(np.array([latitude]))[0]), 3) == printed


@pytest.mark.parametrize(
    ("tilt", "pitch", "n1", "n2", "watts"),
    [
        (0, 2.28, 1.000, 1.000, 224),
        (5, 2.83, 0.805, 0.802, 180),
        (10, 3.36, 0.677, 0.667, 152),
        (15, 3.87, 0.589, 0.569, 132),
        (20, 4.34, 0.524, 0.493, 117),
        (30, 5.20, 0.438, 0.380, 98),
        (35, 5.56, 0.410, 0.335, 92),
    ],
)
def test_cover_to_the_printed_digit(tilt, pitch, n1, n2, watts):
    gcr = float(ground_cover_ratio(np.array([float(tilt)]), np.array([MIDDLE]), Layout())[0])
    assert round(gcr, 3) == n1
    assert round(gcr * np.cos(np.radians(tilt)), 3) == n2
    assert round(2.278 / gcr, 2) == pitch
    assert round(gcr * 224.0) == watts


def filled(tilt, projected, share=1.0, latitude=DAWUKOU):
    """Covered over gross area of a filled field on that share of the roof."""
    gcr = float(ground_cover_ratio(np.array([tilt]), np.array([latitude]), Layout())[0])
    return share * gcr * (np.cos(np.radians(tilt)) if projected else 1.0)


@pytest.mark.parametrize(
    ("share", "projected", "limit"),
    [
        (1.0, True, 19.47),
        (1.0, False, 22.33),
        (0.6, True, 4.04),
        (0.7, True, 8.05),
        (0.8, True, 11.97),
        (0.6, False, 4.11),
        (0.7, False, 8.35),
        (0.8, False, 12.76),
    ],
)
def test_half_is_covered_up_to_the_printed_tilt(share, projected, limit):
    below, above = limit - 0.005, limit + 0.005
    found = filled(below, projected, share) >= 0.5 > filled(above, projected, share)
    assert found or round(filled(limit, projected, share), 3) == 0.5


def test_no_row_shades_the_next_at_nine_on_the_shortest_day():
    """The pitch keeps the tip of a row's shadow short of the next row."""
    phi, delta, hour = np.radians([DAWUKOU, -23.45, -45.0])
    up = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(hour)
    south = np.sin(phi) * np.cos(delta) * np.cos(hour) - np.cos(phi) * np.sin(delta)
    assert np.degrees(np.arcsin(up)) == pytest.approx(14.70, abs=0.02)
    for tilt in (5.0, 15.0, 35.0):
        gcr = float(ground_cover_ratio(np.array([tilt]), np.array([DAWUKOU]), Layout())[0])
        gap = 1.0 / gcr - np.cos(np.radians(tilt))
        assert gap >= np.sin(np.radians(tilt)) * south / up * 0.9999


def test_no_finite_pitch_in_helsinki():
    assert shadow_ratio(np.array([HELSINKI, -HELSINKI])).tolist() == [np.inf, np.inf]
    for tilt, expected in ((0.0, 1.0), (15.0, 0.2), (60.0, 0.2)):
        assert ground_cover_ratio(np.array([tilt]), np.array([HELSINKI]), Layout()) == expected
    wide = Layout(min_gcr=0.35)
    assert ground_cover_ratio(np.array([15.0]), np.array([HELSINKI]), wide) == 0.35


def test_spacing_grows_with_latitude_and_tilt_and_stays_within_bounds():
    latitude = np.linspace(0.0, 90.0, 181)
    cover = ground_cover_ratio(np.full(181, 15.0), latitude, Layout())
    assert (np.diff(cover) <= 0.0).all()
    assert (cover >= 0.2).all()
    steeper = ground_cover_ratio(np.linspace(0.0, 60.0, 61), np.full(61, MIDDLE), Layout())
    assert (np.diff(steeper) < 0.0).all()


def test_the_equator_has_the_shadow_of_the_declination():
    assert shadow_ratio(np.array([0.0]))[0] == pytest.approx(0.4338 / 0.707)


def test_south_counts_as_north_and_missing_stays_missing():
    latitude = np.array([10.0, DAWUKOU, 55.0])
    assert np.array_equal(shadow_ratio(-latitude), shadow_ratio(latitude))
    assert np.isnan(shadow_ratio(np.array([NAN]))).all()
    assert np.isnan(ground_cover_ratio(np.array([15.0]), np.array([NAN]), Layout())).all()


def test_a_stated_cover_comes_before_the_rule():
    got = ground_cover_ratio(np.array([0.0, 30.0]), np.array([MIDDLE, HELSINKI]), Layout(gcr=0.4))
    assert got.tolist() == [0.4, 0.4]


# Planes


def equipped(buildings, roofs=None, layout=None):
    roofs, layout = roofs or Roofs(), layout or Layout()
    planes = roof_planes(buildings, roofs)
    known = buildings.set_index("building_id")["lat"].fillna(MIDDLE)
    latitude = known.reindex(planes["building_id"]).to_numpy()
    return lay_modules(installable_area(planes, latitude, roofs), latitude, layout, Module())


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


# Installable area and modules


@pytest.mark.parametrize("lat", [39.0, -39.0])
def test_steep_planes_toward_the_pole_carry_nothing(lat):
    buildings = checked(placed(rectangle(40, 12), lat), roof_type="gabled")
    planes = equipped(buildings)
    pole, equator = (0.0, 180.0) if lat > 0 else (180.0, 0.0)
    by_side = {
        side: planes[[apart(one, side) < 1 for one in planes["roof_azimuth"]]].iloc[0]
        for side in (pole, equator)
    }
    assert by_side[pole]["installable_area_m2"] == 0.0
    assert by_side[pole]["module_count"] == 0.0
    assert by_side[pole]["deduction"] == "faces the pole"
    assert by_side[equator]["module_count"] > 0.0


@pytest.mark.parametrize(
    ("azimuth", "tilt", "carries"),
    [(0, 25, False), (59, 25, False), (301, 25, False), (61, 25, True), (299, 25, True),
     (90, 25, True), (180, 80, True), (0, 15, True), (0, 15.1, False), (360, 25, False)],
)  # fmt: skip
def test_the_sector_of_the_pole(azimuth, tilt, carries):
    shape = placed(rectangle(40, 12))
    for turn, lat in ((0.0, 39.0), (180.0, -39.0)):
        facing = (azimuth + turn) % 360.0
        table = {"surface_tilt": float(tilt), "surface_azimuth": facing, "lat": lat}
        assert (equipped(checked(shape, **table))["module_count"].item() > 0) is carries


def test_a_flat_roof_carries_racks_toward_the_equator():
    for lat, azimuth in ((39.0, 180.0), (-39.0, 0.0)):
        plane = equipped(checked(placed(rectangle(40, 12), lat))).iloc[0]
        assert plane["surface_azimuth"] == azimuth
        assert plane["surface_tilt"] == 15.0
        assert plane["gcr"] == pytest.approx(0.589, abs=1e-3)


def test_a_pitched_roof_carries_flush_modules():
    plane = equipped(checked(placed(rectangle(40, 12)), roof_type="shed")).iloc[0]
    assert (plane["surface_tilt"], plane["surface_azimuth"], plane["gcr"]) == (25.0, 180.0, 1.0)
    assert plane["array_field_area_m2"] == plane["module_area_m2"]


@pytest.mark.parametrize(("form", "share"), [("flat", 0.7), ("gabled", 0.7), ("steel", 0.8)])
def test_installable_share_by_form(form, share):
    planes = equipped(checked(placed(rectangle(40, 12, 0.0)), roof_type=form))
    assert (planes["installable_area_m2"] / planes["area_m2"]).tolist() == pytest.approx(
        [share] * len(planes)
    )
    assert planes["deduction"].str.len().min() > 10


def test_modules_are_whole_and_counted_by_hand():
    plane = equipped(checked(roof_area_m2=100.0, lat=39.0, lon=106.0)).iloc[0]
    gcr = 1.0 / (np.cos(np.radians(15)) + np.sin(np.radians(15)) * 2.82899)
    count = int(70.0 * gcr / EACH_M2)
    assert plane["module_count"] == count == 15
    assert plane["kwp"] == pytest.approx(15 * 0.58)
    assert plane["module_area_m2"] == pytest.approx(15 * EACH_M2)
    assert plane["projected_module_area_m2"] == pytest.approx(15 * EACH_M2 * np.cos(np.radians(15)))
    assert plane["array_field_area_m2"] == pytest.approx(15 * EACH_M2 / gcr, rel=1e-4)


@pytest.mark.parametrize("count", [1, 7, 999])
def test_an_area_of_whole_modules_holds_them_all(count):
    roofs, layout = Roofs(flat_installable_fraction=1.0), Layout(flat_tilt=0.0)
    whole = equipped(checked(roof_area_m2=count * EACH_M2, lat=39.0), roofs, layout)
    less = equipped(checked(roof_area_m2=count * EACH_M2 * 0.9999, lat=39.0), roofs, layout)
    assert whole["module_count"].item() == count
    assert less["module_count"].item() == count - 1


@pytest.mark.parametrize("setback", [0.0, 1.0, 2.5, 5.0])
def test_a_setback_leaves_the_inner_rectangle(setback):
    layout, roofs = Layout(setback_m=setback), Roofs(flat_installable_fraction=1.0)
    plane = equipped(checked(placed(rectangle(40, 12))), roofs, layout)
    inner = max(40 - 2 * setback, 0) * max(12 - 2 * setback, 0)
    assert plane["installable_area_m2"].item() == pytest.approx(inner, rel=1e-4)


@pytest.mark.parametrize("form", ["flat", "gabled", "hipped", "shed"])
@pytest.mark.parametrize("shape", [rectangle(40, 12), rectangle(10, 10), L_SHAPE])
def test_a_wider_setback_never_leaves_more(shape, form):
    buildings = checked(placed(shape), roof_type=form)
    steps = [
        equipped(buildings, layout=Layout(setback_m=setback))["installable_area_m2"].sum()
        for setback in (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0)
    ]
    assert all(wider <= narrower for narrower, wider in pairwise(steps))
    assert steps[-1] == 0.0


def table_of_planes(**columns):
    given = {"surface_tilt": [30.0], "surface_azimuth": [180.0], "plane_id": ["p"]} | columns
    found = check_inventory(pd.DataFrame(given))
    assert found.quarantine.empty
    planes = stated_planes(found.planes)
    latitude = np.full(len(planes), 39.0)
    return lay_modules(installable_area(planes, latitude, Roofs()), latitude, Layout(), Module())


@pytest.mark.parametrize(("tilt", "azimuth"), [(0.0, 90.0), (30.0, 0.0), (90.0, 180.0)])
@pytest.mark.parametrize("area", [NAN, 50.0])
def test_a_stated_capacity_is_taken_as_it_is(tilt, azimuth, area):
    stated = {"surface_tilt": [tilt], "surface_azimuth": [azimuth], "kwp": [3.3], "area_m2": [area]}
    plane = table_of_planes(**stated).iloc[0]
    assert plane["kwp"] == 3.3
    assert (plane["surface_tilt"], plane["surface_azimuth"]) == (tilt, azimuth)
    assert np.isnan(plane["module_count"])
    assert np.isnan(plane["module_area_m2"])
    assert "stated_kwp" not in plane


def test_a_stated_plane_is_measured_and_keeps_its_area():
    plane = table_of_planes(area_m2=[100.0]).iloc[0]
    assert (plane["area_m2"], plane["evidence_grade"], plane["roof_form"]) == (
        100.0,
        "A",
        "pitched",
    )
    assert plane["module_count"] == int(70.0 / EACH_M2)


def test_no_stated_capacity_is_no_missing_one():
    plane = table_of_planes(kwp=[0.0]).iloc[0]
    assert plane["kwp"] == 0.0


@cache
def random_buildings(seed):
    rng = np.random.default_rng(seed)
    count = 40
    sizes = rng.uniform(3, 80, (count, 2))
    turns = rng.uniform(0, 180, count)
    places = rng.uniform([-65, -170], [65, 170], (count, 2))
    shapes = [
        placed(rectangle(max(size), min(size), turn), lat, lon)
        for size, turn, (lat, lon) in zip(sizes, turns, places, strict=True)
    ]
    drawn = rng.random(count) < 0.7
    return checked(
        [shape if there else None for shape, there in zip(shapes, drawn, strict=True)],
        roof_type=rng.choice(FORMS, count).tolist(),
        floor_area_m2=rng.uniform(50, 9000, count).tolist(),
        floors=rng.integers(1, 20, count).tolist(),
        surface_tilt=np.where(rng.random(count) < 0.3, rng.uniform(0, 90, count), NAN).tolist(),
        surface_azimuth=np.where(rng.random(count) < 0.3, rng.uniform(0, 360, count), NAN).tolist(),
        lat=places[:, 0].tolist(),
        lon=places[:, 1].tolist(),
    )


@pytest.fixture(scope="module")
def city():
    return check_inventory(read_inventory(bundled_folder("buildings") / "shizuishan.geojson"))


def assert_conserved(planes):
    hair = 1.0 + 1e-9
    field, installable = planes["array_field_area_m2"], planes["installable_area_m2"]
    assert (planes["projected_module_area_m2"] <= planes["module_area_m2"] * hair).all()
    assert (planes["module_area_m2"] <= field * hair).all()
    assert (field <= installable * hair).all()
    assert (installable <= planes["area_m2"] * hair).all()
    assert (planes["module_count"] % 1 == 0).all()
    assert planes["kwp"].to_numpy() == pytest.approx(planes["module_count"].to_numpy() * 0.58)
    assert planes["surface_azimuth"].between(0, 360, inclusive="left").all()


@pytest.mark.parametrize("setback", [0.0, 1.5])
def test_equipped_within_installable_within_gross_in_the_bundled_city(city, setback):
    assert_conserved(equipped(city.buildings, layout=Layout(setback_m=setback)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("tilt", [0.0, 15.0, 40.0])
def test_equipped_within_installable_within_gross_anywhere(seed, tilt):
    planes = equipped(random_buildings(seed), layout=Layout(flat_tilt=tilt))
    assert_conserved(planes)
    assert planes["plane_id"].is_unique


def test_a_roof_twice_as_large_carries_twice_as_much_but_for_one_module():
    small, large = (equipped(checked(roof_area_m2=a, lat=39.0)) for a in (500.0, 1000.0))
    rest = large["module_count"].item() - 2 * small["module_count"].item()
    assert rest in {0, 1}


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
