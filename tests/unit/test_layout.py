"""Modules on installable areas: options, directions, counts, places, loads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import (
    L_SHAPE,
    apart,
    bare,
    checked,
    equipped,
    flat_planes,
    placed,
    prepared,
    rectangle,
)

from roofpv.assumptions import FLAT_LAYOUTS, Layout, Module, Structure
from roofpv.errors import InvalidResult
from roofpv.inventory import check_inventory
from roofpv.roofs import (
    LayoutOption,
    array_loads,
    building_loads,
    installable_area,
    lay_modules,
    lay_options,
    layout_options,
    module_places,
    option_named,
    pack_flat,
    pack_flush,
    stated_option,
    stated_planes,
)

NAN = float("nan")
LONG, SHORT = 2.278, 1.134
EACH_M2 = LONG * SHORT
TIGHT = Layout(gap_m=0.0, aisle_m=0.0)
LATITUDES = (39.0, -39.0)
SOUTH_15 = LayoutOption("south_racks", 15.0)


def laid(shape, option, layout=TIGHT, latitude=39.0):
    planes = flat_planes(shape)
    return lay_modules(planes, np.array([latitude]), layout, Module(), option).iloc[0]


# Options


def test_the_stated_option_follows_the_layout():
    assert stated_option(Layout()).name == "south_racks_15"
    assert stated_option(Layout(flat_layout="flat", flat_tilt=20.0)) == LayoutOption("flat", 0.0)
    assert stated_option(Layout(flat_layout="east_west", east_west_tilt=8.0)).tilt_deg == 8.0
    assert stated_option(Layout(flat_layout="aligned_racks", flat_tilt=12.5)).name == (
        "aligned_racks_12.5"
    )


def test_all_kinds_are_compared_and_the_stated_tilt_among_them():
    options = layout_options(Layout(flat_tilt=12.0, east_west_tilt=8.0))
    assert {one.kind for one in options} == set(FLAT_LAYOUTS)
    names = [one.name for one in options]
    assert len(set(names)) == len(names)
    assert {"south_racks_12", "aligned_racks_12", "south_racks_35", "east_west_8", "flat"} <= {
        *names
    }


@pytest.mark.parametrize("option", [*layout_options(Layout(flat_tilt=12.5)), SOUTH_15])
def test_an_option_is_found_by_its_name_again(option):
    assert option_named(option.name) == option


@pytest.mark.parametrize(
    "name",
    ["", "south_racks", "south_racks_", "north_racks_15", "south_racks_1.2.3", "flush", "stated"],
)
def test_no_such_layout(name):
    with pytest.raises(InvalidResult, match="no such layout; there are south_racks"):
        option_named(name)


# Directions


@pytest.mark.parametrize("lat", LATITUDES)
@pytest.mark.parametrize("turn", [0.0, 10.0, 44.0, 46.0, 80.0, 90.0, 100.0, 134.0, 136.0, 179.0])
def test_arrays_face_off_a_side_of_the_roof_however_it_is_turned(turn, lat):
    buildings = checked(placed(rectangle(40, 15, turn), lat))
    equator = 180.0 if lat > 0 else 0.0
    for kind, wanted in (("aligned_racks", equator), ("east_west", 90.0), ("flat", equator)):
        option = LayoutOption(kind, 0.0 if kind == "flat" else 10.0)
        plane = equipped(buildings, bare(), option).iloc[0]
        facing = plane["surface_azimuth"]
        assert 0.0 <= facing < 360.0
        assert apart(facing, wanted) <= 45.0 + 1e-6
        assert min(apart(facing, turn + quarter) for quarter in (0, 90, 180, 270)) < 0.05
        assert plane["module_count"] > 0.0
    assert equipped(buildings, bare(), SOUTH_15)["surface_azimuth"].item() == equator


@pytest.mark.parametrize("turn", [0.0, 20.0, 70.0, 110.0])
@pytest.mark.parametrize("option", layout_options(Layout()), ids=lambda one: one.name)
def test_the_southern_hemisphere_is_the_mirror_image(turn, option):
    """North and south change places; the east stays the east."""
    shape = shapely.union_all([rectangle(30, 14, turn), rectangle(9, 21, turn)])
    mirrored = shapely.affinity.scale(shape, 1.0, -1.0, origin=(0, 0))
    north, south = (
        lay_modules(planes, np.array([lat]), Layout(), Module(), option).iloc[0]
        for planes, lat in ((flat_planes(shape), 39.0), (southern(mirrored), -39.0))
    )
    assert (180.0 - north["surface_azimuth"]) % 360.0 == pytest.approx(south["surface_azimuth"])
    names = ["module_count", "pitch_m", "gcr", "array_field_area_m2", "layout", "row_kind"]
    for name in names[:4]:
        assert north[name] == pytest.approx(south[name], rel=1e-9)
    assert north[names[4:]].tolist() == south[names[4:]].tolist()


def southern(shape):
    """South of the equator the frame has y to the south, and so x to the west."""
    turned = shapely.affinity.rotate(shape, 180.0, origin=(0, 0))
    return flat_planes(shape).assign(installable=np.array([turned], dtype=object))


@pytest.mark.parametrize(
    ("option", "kind"),
    [
        (SOUTH_15, "racks"),
        (LayoutOption("aligned_racks", 5.0), "racks"),
        (LayoutOption("south_racks", 0.0), "none"),
        (LayoutOption("aligned_racks", 0.0), "none"),
        (LayoutOption("flat", 0.0), "none"),
        (LayoutOption("east_west", 10.0), "domes"),
        (LayoutOption("east_west", 0.0), "none"),
    ],
)
def test_what_lies_flat_has_no_rows_that_shade(option, kind):
    plane = laid(shapely.box(0, 0, 30, 12), option)
    assert plane["row_kind"] == kind
    assert plane["layout"] == option.name
    assert plane["module_count"] > 0.0


def test_without_a_latitude_nothing_is_known():
    for option in layout_options(Layout()):
        plane = laid(shapely.box(0, 0, 30, 12), option, latitude=NAN)
        names = ["module_count", "kwp", "pitch_m", "gcr", "module_area_m2", "array_field_area_m2"]
        assert plane[names].isna().all()
    sloping = flat_planes(shapely.box(0, 0, 30, 12)).assign(roof_form="shed", roof_tilt=25.0)
    flush = lay_modules(sloping, np.array([NAN]), TIGHT, Module()).iloc[0]
    assert flush["module_count"] > 0.0


# Counts by hand


def test_racks_on_a_rectangle_by_hand():
    """At 39.0 N and 15 degrees the pitch over the sloped length is 1.6981: 3.868 m, depth 2.200."""
    pitch = LONG * (np.cos(np.radians(15)) + np.sin(np.radians(15)) * 2.82899)
    depth = LONG * np.cos(np.radians(15))
    plane = laid(shapely.box(0, 0, 40.0, 12.0), SOUTH_15)
    rows, along = int((12.0 - depth) / pitch) + 1, int(40.0 / SHORT)
    assert (rows, along) == (3, 35)
    assert plane["module_count"] == 105
    assert plane["kwp"] == pytest.approx(105 * 0.58)
    assert plane["pitch_m"] == pytest.approx(pitch, rel=1e-5)
    assert plane["gcr"] == pytest.approx(LONG / pitch, rel=1e-5)
    assert plane["module_area_m2"] == pytest.approx(105 * EACH_M2)
    assert plane["projected_module_area_m2"] == pytest.approx(105 * EACH_M2 * 0.9659258)
    field = 35 * SHORT * (2 * pitch + depth)
    assert plane["array_field_area_m2"] == pytest.approx(field, rel=1e-5)


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.3])
def test_flat_modules_on_a_rectangle_by_hand(gap):
    plane = laid(
        shapely.box(0, 0, 40.0, 12.0), LayoutOption("flat", 0.0), Layout(gap_m=gap, aisle_m=0.0)
    )
    rows, along = int((12.0 + gap) / (LONG + gap)), int((40.0 + gap) / (SHORT + gap))
    assert plane["module_count"] == rows * along
    assert plane["surface_tilt"] == 0.0


def test_domes_on_a_rectangle_by_hand():
    """Two sides of 10 degrees and a step of 0.4 m."""
    depth = 2 * LONG * np.cos(np.radians(10.0))
    plane = laid(shapely.box(0, 0, 40.0, 12.0), LayoutOption("east_west", 10.0))
    # Rows run north and south: 12 m hold 10 modules along the row.
    assert plane["module_count"] == 2 * 10 * (int((40.0 - depth) / (depth + 0.4)) + 1)
    assert plane["pitch_m"] == pytest.approx(depth + 0.4)
    assert plane["gcr"] == pytest.approx(2 * LONG / (depth + 0.4))
    assert (plane["surface_azimuth"], plane["surface_tilt"]) == (90.0, 10.0)


@pytest.mark.parametrize(
    ("size", "way", "count"),
    [
        ((3 * SHORT, 2 * LONG), "portrait", 6),
        ((3 * LONG, 2 * SHORT), "landscape", 6),
        ((2 * LONG - 0.001, 2 * LONG - 0.001), "portrait", 4),
        ((SHORT + 0.01, LONG + 0.01), "portrait", 1),
        ((LONG + 0.01, SHORT + 0.01), "landscape", 1),
    ],
)  # fmt: skip
def test_flush_modules_lie_whichever_way_more_fit(size, way, count):
    x, y = size
    if way == "portrait" and x > 2 * SHORT and y > 2 * LONG - 0.01 and count == 4:
        # 4 x 1 upright, 1 x 4 lying: as many, and the first is kept.
        assert int(x / SHORT) * int(y / LONG) == int(x / LONG) * int(y / SHORT) == 4
    planes = flat_planes(shapely.box(0, 0, x, y)).assign(roof_form="shed", roof_tilt=25.0)
    plane = lay_modules(planes, np.array([39.0]), TIGHT, Module()).iloc[0]
    assert (plane["orientation"], plane["module_count"]) == (way, count)
    assert (plane["surface_tilt"], plane["surface_azimuth"], plane["gcr"]) == (25.0, 180.0, 1.0)
    assert (plane["layout"], plane["row_kind"]) == ("flush", "none")
    assert plane["array_field_area_m2"] >= plane["module_area_m2"] * (1 - 1e-12)


@pytest.mark.parametrize("option", layout_options(Layout()), ids=lambda one: one.name)
def test_a_module_bigger_than_the_roof_is_no_module(option):
    for shape in (shapely.box(0, 0, 1.1, 30.0), shapely.box(0, 0, 1.0, 1.0), shapely.Polygon()):
        for lat in LATITUDES:
            plane = laid(shape, option, Layout(), lat)
            names = ["module_count", "kwp", "module_area_m2", "array_field_area_m2"]
            assert plane[names].tolist() == [0.0] * 4
    huge = Module(length_m=4.0, width_m=3.0)
    planes = flat_planes(shapely.box(0, 0, 2.9, 2.9))
    assert lay_modules(planes, np.array([39.0]), Layout(), huge, option)["kwp"].item() == 0.0


def test_whole_tables_only():
    roof, five = (
        shapely.box(0, 0, 13 * SHORT + 0.001, LONG),
        Layout(gap_m=0.0, aisle_m=0.0, modules_per_table=5),
    )
    assert laid(roof, LayoutOption("flat", 0.0), five)["module_count"] == 10
    two_high = Layout(gap_m=0.0, aisle_m=0.0, rows_per_table=2)
    tall = shapely.box(0, 0, 4 * SHORT + 0.001, 3 * LONG + 0.001)
    assert laid(tall, LayoutOption("flat", 0.0), two_high)["module_count"] == 8
    lying = Layout(gap_m=0.0, aisle_m=0.0, orientation="landscape")
    flat = laid(
        shapely.box(0, 0, 2 * LONG + 0.001, 3 * SHORT + 0.001), LayoutOption("flat", 0.0), lying
    )
    assert (flat["module_count"], flat["orientation"]) == (6, "landscape")


def test_a_stated_cover_gives_the_pitch():
    plane = laid(shapely.box(0, 0, 40, 20), SOUTH_15, Layout(gcr=0.5))
    assert plane["gcr"] == pytest.approx(0.5)
    assert plane["pitch_m"] == pytest.approx(2 * LONG)


def test_a_flat_roof_that_falls_to_the_pole_needs_wider_rows():
    planes = flat_planes(*[shapely.box(0, 0, 40, 20)] * 3)
    planes = planes.assign(roof_tilt=[3.0, 0.0, 3.0], roof_azimuth=[0.0, 180.0, 180.0])
    pitch = lay_modules(planes, np.full(3, 39.0), Layout(), Module(), SOUTH_15)["pitch_m"]
    k, beta, rise = 2.82899, np.radians(15.0), np.tan(np.radians(3.0))
    flat = LONG * (np.cos(beta) + k * np.sin(beta))
    wanted = [flat / (1 - k * rise), flat, flat / (1 + k * rise)]
    assert pitch.tolist() == pytest.approx(wanted, rel=1e-5)


# Aisles


def rows_of(shape, option, layout):
    """Lower and upper ends of the rows across them."""
    found = module_places(
        pack_flat(flat_planes(shape), np.array([39.0]), layout, Module(), [option])
    )
    bounds = shapely.bounds(found["outline"].to_numpy(dtype=object))
    table = pd.DataFrame({"row": found["row"], "low": bounds[:, 1], "high": bounds[:, 3]})
    return table.groupby("row").agg({"low": "min", "high": "max"})


def test_flat_modules_have_an_aisle_at_least_every_fifteen_metres():
    rows = rows_of(shapely.box(0, 0, 20, 100), LayoutOption("flat", 0.0), Layout())
    gaps = rows["low"].to_numpy()[1:] - rows["high"].to_numpy()[:-1]
    aisles = np.flatnonzero(gaps > 1.0)
    # Rows need not be evenly spaced: what is left over may lie in an aisle.
    assert (gaps[aisles] >= 1.2 + 0.02 - 1e-6).all()
    assert (gaps[aisles] < 1.2 + 0.1).any()
    assert gaps[np.setdiff1d(np.arange(gaps.size), aisles)] == pytest.approx(0.02, abs=1e-6)
    ends = np.append(rows["high"].to_numpy()[aisles], rows["high"].to_numpy()[-1])
    starts = np.append(rows["low"].to_numpy()[0], rows["low"].to_numpy()[aisles + 1])
    assert (ends - starts).max() <= 15.0 - 1.2 + 1e-6
    assert aisles.size >= 6


def test_racks_that_are_an_aisle_apart_need_no_other():
    rows = rows_of(shapely.box(0, 0, 20, 100), SOUTH_15, Layout())
    gaps = rows["low"].to_numpy()[1:] - rows["high"].to_numpy()[:-1]
    assert gaps == pytest.approx(np.full(gaps.size, gaps[0]), abs=1e-6)
    assert gaps[0] > 1.2


# Places of modules

SHAPES = {
    "rectangle": rectangle(40, 15, 90.0),
    "turned": rectangle(40, 15, 33.0),
    "wings": L_SHAPE,
    "courtyard": L_SHAPE.difference(shapely.box(4, 4, 9, 11)).difference(shapely.box(30, 5, 34, 9)),
}


def assert_placed(planes, latitude, layout, option):
    module = Module()
    table = lay_modules(planes, latitude, layout, module, option)
    packings = [
        *pack_flush(planes, layout, module),
        *pack_flat(planes, latitude, layout, module, [option]),
    ]
    found = module_places(packings)
    count = np.bincount(found["plane"], minlength=len(planes))
    assert count.tolist() == table["module_count"].tolist()
    outlines = found["outline"].to_numpy(dtype=object)
    room = planes["installable"].to_numpy(dtype=object)[found["plane"].to_numpy()]
    assert shapely.covers(shapely.buffer(room, 1e-5), outlines).all()
    assert set(found["side"]) <= ({0, 1} if option.kind == "east_west" else {0})
    for plane, group in found.groupby("plane"):
        mine = group["outline"].to_numpy(dtype=object)
        areas = shapely.area(mine)
        tilt = np.radians(table["surface_tilt"].iloc[plane])
        flush = table["layout"].iloc[plane] == "flush"
        assert areas == pytest.approx(np.full(mine.size, EACH_M2 * (1 if flush else np.cos(tilt))))
        assert shapely.union_all(mine).area == pytest.approx(areas.sum(), rel=1e-9)
        assert group["row"].is_monotonic_increasing
    return found


@pytest.mark.parametrize("lat", LATITUDES)
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    "option", [SOUTH_15, LayoutOption("aligned_racks", 20.0), LayoutOption("east_west", 10.0),
               LayoutOption("flat", 0.0)], ids=lambda one: one.name,
)  # fmt: skip
def test_modules_lie_in_the_installable_area_and_never_overlap(name, option, lat):
    planes, latitude = prepared(checked(placed(SHAPES[name], lat)), bare(layout__setback_m=0.7))
    found = assert_placed(planes, latitude, Layout(), option)
    assert len(found) > 20


@pytest.mark.parametrize("form", ["hipped", "gabled", "pyramidal", "shed"])
def test_modules_on_slopes_lie_in_their_planes(form):
    buildings = checked([placed(SHAPES[name]) for name in SHAPES][:2], building_id=["b0", "b1"],
                        roof_type=[form] * 2)  # fmt: skip
    planes, latitude = prepared(buildings, bare())
    assert len(assert_placed(planes, latitude, Layout(), SOUTH_15)) > 20


def test_the_sides_of_a_dome_are_east_and_west():
    planes = flat_planes(shapely.box(0, 0, 30, 12))
    for lat, east in ((39.0, 1.0), (-39.0, -1.0)):
        option = LayoutOption("east_west", 10.0)
        packed = pack_flat(planes, np.array([lat]), Layout(), Module(), [option])
        found = module_places(packed)
        x = shapely.get_x(shapely.centroid(found["outline"].to_numpy(dtype=object)))
        means = found.assign(x=x).groupby(["row", "side"])["x"].mean().unstack()
        assert (east * (means[0] - means[1]) > 2.0).all()


# Several options, stated capacities


def test_options_together_are_each_alone():
    planes, latitude = prepared(
        checked([placed(SHAPES["wings"]), placed(SHAPES["turned"], 39.0, 106.4)],
                building_id=["b0", "b1"], roof_type=["flat", "gabled"]), bare(),
    )  # fmt: skip
    options = layout_options(Layout())
    tables = lay_options(planes, latitude, Layout(), Module(), options)
    for option, table in zip(options, tables, strict=True):
        alone = lay_modules(planes, latitude, Layout(), Module(), option)
        columns = [name for name in alone if name not in {"geometry", "installable"}]
        pd.testing.assert_frame_equal(table[columns], alone[columns], check_exact=True)
    flush = [table[table["roof_form"] != "flat"]["kwp"].tolist() for table in tables]
    assert flush == [flush[0]] * len(flush)


def table_of_planes(**columns):
    given = {"surface_tilt": [30.0], "surface_azimuth": [180.0], "plane_id": ["p"]} | columns
    found = check_inventory(pd.DataFrame(given))
    assert found.quarantine.empty
    planes, latitude = stated_planes(found.planes), np.full(len(found.planes), 39.0)
    ready = installable_area(planes, pd.DataFrame({"lat": latitude}), None, bare())
    return lay_modules(ready, latitude, Layout(), Module())


@pytest.mark.parametrize(("tilt", "azimuth"), [(0.0, 90.0), (30.0, 0.0), (90.0, 180.0)])
@pytest.mark.parametrize("area", [NAN, 50.0])
def test_a_stated_capacity_is_taken_as_it_is(tilt, azimuth, area):
    stated = {"surface_tilt": [tilt], "surface_azimuth": [azimuth], "kwp": [3.3], "area_m2": [area]}
    plane = table_of_planes(**stated).iloc[0]
    assert plane["kwp"] == 3.3
    assert (plane["surface_tilt"], plane["surface_azimuth"]) == (tilt, azimuth)
    assert (plane["layout"], plane["row_kind"], plane["gcr"]) == ("stated", "none", 1.0)
    assert np.isnan(plane["module_count"])
    assert np.isnan(plane["module_area_m2"])
    assert "stated_kwp" not in plane


def test_a_stated_plane_is_measured_and_keeps_its_area():
    """Not drawn: a rectangle of 100 m2, three times as long as wide, 17.32 m x 5.77 m."""
    plane = table_of_planes(area_m2=[100.0]).iloc[0]
    assert plane[["area_m2", "evidence_grade", "roof_form"]].tolist() == [100.0, "A", "pitched"]
    upright = int(17.3405 / 1.154) * int(5.7935 / 2.298)
    lying = int(17.3405 / 2.298) * int(5.7935 / 1.154)
    assert plane["module_count"] == max(upright, lying) == 35


def test_no_stated_capacity_is_no_missing_one():
    assert table_of_planes(kwp=[0.0])["kwp"].item() == 0.0


# Loads


def test_load_by_hand():
    """
    Over the plan of the field: racks, domes and flush modules of 30 kg.

    30 / 2.583252 = 11.613 kg per m2 of modules, with racking 19.113.
    """
    planes = pd.DataFrame(
        {
            "building_id": ["a", "b", "c", "d"],
            "roof_form": ["flat", "flat", "shed", "flat"], "roof_tilt": [0.0, 0.0, 25.0, 0.0],
            "row_kind": ["racks", "domes", "none", "racks"],
            "module_area_m2": [60.0, 95.0, 50.0, 0.0], "array_field_area_m2": [100, 100, 50.0, 0],
        }
    )  # fmt: skip
    got = array_loads(planes, Module(weight_kg=30.0), Structure())
    own = 30.0 / EACH_M2 + 7.5
    kg = [(own + 40.0) * 0.60, (own + 20.0) * 0.95, own / np.cos(np.radians(25.0)), NAN]
    wanted = [one * 9.80665e-3 for one in kg]
    assert got["array_load_kn_per_m2"].tolist() == pytest.approx(wanted, nan_ok=True)
    assert got["array_load_kn_per_m2"].round(3).tolist()[:3] == [0.348, 0.364, 0.207]
    assert got["load_check"].fillna("").tolist() == ["within"] * 3 + [""]
    tight = array_loads(planes, Module(weight_kg=30.0), Structure(flat_live_load_kn_per_m2=0.35))
    assert tight["load_check"].fillna("").tolist() == ["within", "above", "within", ""]


def test_a_stated_live_load_comes_before_the_assumed_one():
    planes = pd.DataFrame(
        {
            "building_id": ["a"] * 4, "roof_form": "flat", "roof_tilt": 0.0, "row_kind": "racks",
            "module_area_m2": 60.0, "array_field_area_m2": 100.0,
            "roof_live_load_kn_per_m2": [NAN, 0.1, 2.0, 0.0],
        }
    )  # fmt: skip
    got = array_loads(planes, Module(), Structure())
    assert got["live_load_kn_per_m2"].tolist() == [0.5, 0.1, 2.0, 0.0]
    assert got["load_check"].tolist() == ["within", "above", "within", "above"]
    assert "roof_live_load_kn_per_m2" not in got


def test_the_load_of_a_building_is_that_of_the_plane_nearest_to_its_limit():
    planes = pd.DataFrame(
        {
            "building_id": ["a", "a", "b", "c"],
            "array_load_kn_per_m2": [0.4, 0.3, 0.2, NAN],
            "live_load_kn_per_m2": [2.0, 0.25, 0.5, 0.5],
            "load_check": ["within", "above", "within", None],
        }
    )
    got = building_loads(planes, pd.Series(["c", "a", "b", "x"]))
    assert got["array_load_kn_per_m2"].tolist() == pytest.approx([NAN, 0.3, 0.2, NAN], nan_ok=True)
    assert got["load_check"].fillna("").tolist() == ["", "above", "within", ""]


def test_loads_of_one_plane_each_are_the_same_in_any_order():
    planes = pd.DataFrame(
        {
            "building_id": ["a", "b", "c"],
            "array_load_kn_per_m2": [0.4, 0.3, 0.2],
            "live_load_kn_per_m2": [2.0, 0.25, 0.5],
            "load_check": ["within", "above", None],
        }
    )
    names = planes["building_id"]
    turned = building_loads(planes.iloc[::-1], names)
    pd.testing.assert_frame_equal(building_loads(planes, names), turned)
