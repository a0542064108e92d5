"""Whole modules on hand-made roofs: designs, counts, covered areas, places."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from roofpv.assumptions import Layout
from roofpv.errors import InvalidConfig
from roofpv.roofs import ground_cover_ratio
from roofpv.roofs.designs import Design, pitch_of_gcr, rows_between_aisles
from roofpv.roofs.packing import (
    Variant,
    module_outlines,
    module_positions,
    pack_modules,
    pack_variants,
)

NAN = float("nan")
TOLERANCE_M = 1e-6
LENGTH, WIDTH = 2.0, 1.0
SOUTH, EAST, NORTH, WEST = 180.0, 90.0, 0.0, 270.0
HALL = shapely.box(0, 0, 20, 10)
L_SHAPE = shapely.Polygon([(0, 0), (60, 0), (60, 15), (15, 15), (15, 40), (0, 40)])
HOLED = shapely.box(-15, -10, 15, 10).difference(shapely.box(-3, -2, 5, 3))
TRIANGLE = shapely.Polygon([(0, 0), (30, 0), (12, 25)])
PARTS = shapely.MultiPolygon([shapely.box(0, 0, 12, 9), shapely.box(30, 4, 44, 21)])
SHAPES = np.array([HALL, L_SHAPE, HOLED, TRIANGLE, PARTS], dtype=object)


def design(kind="flush", *, gap=0.0, **more):
    return Design(kind, LENGTH, WIDTH, gap_m=gap, **more)


DESIGNS = (
    design("south", tilt_deg=15.0, pitch_m=3.5, gap=0.02),
    design("aligned", tilt_deg=30.0, pitch_m=2.0, gap=0.02, orientation="landscape"),
    design("south", tilt_deg=20.0, pitch_m=7.0, gap=0.03, rows_per_table=2, modules_per_table=3),
    design("east_west", tilt_deg=10.0, ridge_gap_m=0.1, gap=0.02),
    design("flush", tilt_deg=25.0, gap=0.02),
    design("flush", gap=0.02, aisle_every_rows=3),
)


def boxed(*shapes):
    return np.array(shapes, dtype=object)


def counts(packed):
    return packed.roofs["module_count"].tolist()


# Designs


@pytest.mark.parametrize(
    ("made", "width", "depth", "modules"),
    [
        (design(), 1.0, 2.0, 1),
        (design(orientation="landscape"), 2.0, 1.0, 1),
        (design(rows_per_table=2, modules_per_table=3, gap=0.1), 3.2, 4.1, 6),
        (design("south", tilt_deg=60.0), 1.0, 1.0, 1),
        (design("aligned", tilt_deg=60.0, rows_per_table=2, gap=0.1), 1.0, 2.05, 2),
        (design("east_west", tilt_deg=60.0, ridge_gap_m=0.3), 1.0, 2.3, 2),
        (design("flush", tilt_deg=60.0), 1.0, 2.0, 1),
    ],
)
def test_size_of_a_table(made, width, depth, modules):
    assert made.table_width_m == pytest.approx(width)
    assert made.depth(np.array([made.tilt_deg]))[0] == pytest.approx(depth)
    assert made.modules_in_table == modules


def test_pitch_of_the_printed_table():
    """The pitches of FACTS: GB 50797 at 39 N, 2.278 m."""
    tilt = np.array([0.0, 5, 10, 15, 20, 30, 35])
    gcr = ground_cover_ratio(tilt, np.full(7, 39.0), Layout())
    made = Design("south", 2.278, 1.134)
    printed = [2.28, 2.83, 3.36, 3.87, 4.34, 5.20, 5.56]
    assert pitch_of_gcr(made, gcr).round(2).tolist() == printed


def test_pitch_of_a_dome_counts_both_sides():
    assert pitch_of_gcr(design("east_west"), np.array([0.8]))[0] == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("more", "rows"),
    [
        ({}, 0),
        ({"aisle_every_rows": 4}, 4),
        ({"aisle_every_m": 10.0}, 4),
        ({"aisle_every_m": 10.0, "aisle_every_rows": 3}, 3),
        ({"aisle_every_m": 10.0, "aisle_every_rows": 7}, 4),
        ({"aisle_every_m": 0.5}, 1),
    ],
)
def test_rows_between_aisles(more, rows):
    assert rows_between_aisles(design(**more), np.array([2.2]), np.array([2.0]))[0] == rows


def test_rows_an_aisle_apart_need_no_other_aisle():
    made = design(aisle_every_m=10.0, aisle_m=1.2)
    got = rows_between_aisles(made, np.array([3.0, 3.2, 3.3]), np.full(3, 2.0))
    assert got.tolist() == [2.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("kind", "north", "Choose one of south, aligned, east_west, flush"),
        ("orientation", "upright", "Choose one of portrait, landscape"),
        ("module_length_m", 0.0, "must be from 0.01 to 100"),
        ("module_width_m", NAN, "must be from 0.01 to 100"),
        ("tilt_deg", 90.0, "must be from 0 to 89"),
        ("gap_m", -0.01, "must be from 0 to 100"),
        ("ridge_gap_m", -1.0, "must be from 0 to 100"),
        ("aisle_m", -1.0, "must be from 0 to 100"),
        ("aisle_every_m", 0.0, "must be from 0.01 to inf"),
        ("rows_per_table", 0, "whole number from 1"),
        ("modules_per_table", 1.5, "whole number from 1"),
        ("aisle_every_rows", -1, "whole number from 0"),
    ],
)
def test_a_design_that_cannot_be_built(field, value, told):
    given = {"kind": "flush", "module_length_m": LENGTH, "module_width_m": WIDTH} | {field: value}
    with pytest.raises(InvalidConfig, match=told) as caught:
        Design(**given)
    assert caught.value.where.startswith(f"design.{field}")


# Counts


@pytest.mark.parametrize(
    ("made", "azimuth", "modules"),
    [
        (design(), EAST, 100),  # 5 rows of 20
        (design(), NORTH, 100),  # 10 rows of 10
        (design(orientation="landscape"), EAST, 100),
        (design(gap=0.1), EAST, 4 * 18),
        (design("south", pitch_m=4.0), EAST, 60),  # at 0, 4 and 8
        (design("south", pitch_m=4.5), EAST, 40),
        (design("south", tilt_deg=60.0, pitch_m=4.5), EAST, 60),  # 1 m deep: 0, 4.5, 9
        (design("east_west", tilt_deg=60.0), NORTH, 200),  # 10 domes of 10
        (design("east_west", tilt_deg=60.0, ridge_gap_m=0.2, pitch_m=2.5), NORTH, 160),
        (design(rows_per_table=2, modules_per_table=3), EAST, 72),  # 2 rows of 6 tables of 6
        (design(aisle_every_rows=1, aisle_m=2.0), EAST, 60),
        (design(aisle_every_rows=2, aisle_m=1.2), EAST, 80),
        (design(aisle_every_m=5.2, aisle_m=1.2), EAST, 80),
        (design(aisle_every_m=3.2, aisle_m=1.2), EAST, 60),
    ],
)
def test_modules_on_a_hall(made, azimuth, modules):
    assert counts(pack_modules(boxed(HALL), azimuth, made)) == [modules]


def test_a_module_bigger_than_the_roof():
    packed = pack_modules(boxed(shapely.box(0, 0, 1.9, 0.9)), EAST, design())
    first = packed.roofs.iloc[0].tolist()
    assert first == pytest.approx([1.71, 0, 0, 0, 0, 0])
    assert module_positions(packed).empty
    assert len(module_outlines(packed, module_positions(packed))) == 0


def test_no_roofs():
    packed = pack_modules(np.empty(0, dtype=object), np.empty(0), design())
    assert packed.roofs.empty
    assert module_positions(packed).empty


def test_missing_stays_missing():
    shapes = boxed(HALL, None, HALL, HALL, HALL, shapely.Polygon())
    packed = pack_modules(
        shapes,
        np.array([EAST, EAST, NAN, EAST, EAST, EAST]),
        design("south"),
        pitch_m=np.array([4.0, 4.0, 4.0, NAN, 4.0, 4.0]),
        tilt_deg=np.array([0.0, 0.0, 0.0, 0.0, NAN, 0.0]),
    )
    assert counts(packed) == pytest.approx([60, NAN, NAN, NAN, NAN, 0], nan_ok=True)
    assert packed.roofs["array_field_area_m2"].isna().tolist() == [False, *[True] * 4, False]
    assert set(module_positions(packed)["roof"]) == {0}


def test_a_crossed_outline_is_taken_by_its_two_halves():
    bow = shapely.Polygon([(0, 0), (20, 10), (20, 0), (0, 10)])
    halves = shapely.MultiPolygon(
        [
            shapely.Polygon([(0, 0), (10, 5), (0, 10)]),
            shapely.Polygon([(20, 0), (20, 10), (10, 5)]),
        ]
    )
    packed = pack_modules(boxed(bow, halves), EAST, design())
    assert counts(packed)[0] == counts(packed)[1] > 0
    assert packed.roofs["installable_area_m2"].tolist() == pytest.approx([100.0, 100.0])


def test_parts_that_overlap_or_touch_are_one_roof():
    left, right, over = (
        shapely.box(0, 0, 10, 10),
        shapely.box(10, 0, 20, 10),
        shapely.box(5, 0, 20, 10),
    )
    shapes = boxed(shapely.MultiPolygon([left, right]), shapely.MultiPolygon([left, over]), HALL)
    packed = pack_modules(shapes, EAST, design(gap=0.1))
    assert counts(packed) == [72] * 3
    assert packed.roofs["installable_area_m2"].tolist() == pytest.approx([200.0] * 3)


def test_what_is_no_area_holds_nothing():
    spike = shapely.Polygon([(0, 0), (20, 0), (20, 10), (20, 30), (20, 10), (0, 10)])
    line = shapely.LineString([(0, 0), (50, 50)])
    collapsed = shapely.Polygon([(0, 0), (10, 0), (20, 0)])
    packed = pack_modules(boxed(spike, line, collapsed), EAST, design())
    assert counts(packed) == [100, 0, 0]


@pytest.mark.parametrize("pitch", [1.99, float("inf"), -3.0])
def test_rows_too_close_are_refused(pitch):
    with pytest.raises(InvalidConfig, match=r"roof 1, pitch_m = .*2\.000 m"):
        pack_modules(boxed(HALL, HALL), EAST, design(), pitch_m=np.array([2.0, pitch]))


def test_a_pitch_below_the_depth_by_rounding_alone():
    assert counts(pack_modules(boxed(HALL), EAST, design(pitch_m=2.0 - 1e-13))) == [100]


def test_pitch_and_tilt_by_roof():
    shapes = boxed(HALL, HALL, HALL)
    made = design("south", tilt_deg=15.0, pitch_m=9.0)
    packed = pack_modules(
        shapes, EAST, made, pitch_m=np.array([4.0, 4.5, 4.5]), tilt_deg=np.array([0.0, 0.0, 60.0])
    )
    assert counts(packed) == [60, 40, 60]
    area = packed.roofs["projected_module_area_m2"].tolist()
    assert area == pytest.approx([120.0, 80.0, 60.0])


# Covered areas


def test_covered_areas_of_a_hall():
    packed = pack_modules(boxed(HALL), EAST, design("south", tilt_deg=60.0, pitch_m=4.0))
    # Rows at 0, 4 and 8, 1 m deep: the field ends at 9.
    expected = [200.0, 60, 60, 120.0, 60.0, 180.0]
    assert packed.roofs.iloc[0].tolist() == pytest.approx(expected)


def test_covered_areas_of_a_pitched_plane():
    packed = pack_modules(boxed(HALL), EAST, design(), tilt_deg=60.0)
    assert packed.roofs.iloc[0].tolist() == pytest.approx([200.0, 100, 100, 200.0, 100.0, 200.0])


@pytest.mark.parametrize("made", DESIGNS)
@pytest.mark.parametrize("azimuth", [0.0, 33.0, 90.0, 222.2])
def test_projected_at_most_field_at_most_installable(made, azimuth):
    roofs = pack_modules(SHAPES, azimuth, made).roofs
    assert (roofs["module_count"] > 0).all()
    projected, field = roofs["projected_module_area_m2"], roofs["array_field_area_m2"]
    assert (projected <= field).all()
    assert (field <= roofs["installable_area_m2"]).all()
    np.testing.assert_allclose(roofs["installable_area_m2"], shapely.area(SHAPES))


# Places


def test_a_single_module_where_it_lies():
    roof = shapely.box(100.0, 50.0, 101.0, 52.0)
    modules = module_positions(pack_modules(boxed(roof), EAST, design()))
    columns = ["roof", "row", "table", "x_m", "y_m", "surface_azimuth"]
    assert modules.columns.tolist() == columns
    assert modules.iloc[0].tolist() == pytest.approx([0, 0, 0, 100.5, 51.0, SOUTH])


@pytest.mark.parametrize(
    ("row_azimuth", "facing"), [(EAST, SOUTH), (SOUTH, WEST), (WEST, NORTH), (NORTH, EAST)]
)
def test_racks_face_to_the_right_of_the_row(row_azimuth, facing):
    packed = pack_modules(boxed(HALL), row_azimuth, design("south", pitch_m=9.0))
    modules = module_positions(packed)
    assert set(modules["surface_azimuth"]) == {facing}


def test_a_dome_faces_both_ways():
    made = design("east_west", tilt_deg=60.0, ridge_gap_m=0.5)
    modules = module_positions(pack_modules(boxed(shapely.box(0, 0, 2.5, 1.0)), NORTH, made))
    assert modules["surface_azimuth"].tolist() == [EAST, WEST]
    assert modules["x_m"].tolist() == pytest.approx([2.0, 0.5])
    assert modules["y_m"].tolist() == pytest.approx([0.5, 0.5])


def test_modules_of_a_table_lie_side_by_side_and_above_each_other():
    made = design(rows_per_table=2, modules_per_table=2, gap=0.1)
    modules = module_positions(pack_modules(boxed(shapely.box(0, 0, 2.1, 4.1)), EAST, made))
    places = modules[["x_m", "y_m"]].round(6).to_numpy().tolist()
    assert places == [[0.5, 1.0], [1.6, 1.0], [0.5, 3.1], [1.6, 3.1]]
    assert set(modules["table"]) == {0}


def test_tables_and_rows_are_numbered_on_each_roof():
    modules = module_positions(pack_modules(boxed(HALL, HALL), EAST, design()))
    for _, own in modules.groupby("roof"):
        assert own["table"].tolist() == list(range(100))
        assert own["row"].tolist() == np.repeat(range(5), 20).tolist()
        assert own["y_m"].is_monotonic_increasing


@pytest.mark.parametrize("made", DESIGNS)
@pytest.mark.parametrize("azimuth", [0.0, 33.0, 90.0, 222.2])
def test_modules_inside_and_apart(made, azimuth):
    packed = pack_modules(SHAPES, azimuth, made)
    modules = module_positions(packed)
    shapes = module_outlines(packed, modules)
    owner = modules["roof"].to_numpy()
    assert np.bincount(owner).tolist() == counts(packed)
    grown = shapely.buffer(SHAPES, TOLERANCE_M, join_style="mitre")
    assert shapely.covers(grown[owner], shapes).all()
    shrunk = shapely.buffer(shapes, -TOLERANCE_M / 2, join_style="mitre")
    for roof in range(len(SHAPES)):
        own = shrunk[owner == roof]
        first, second = shapely.STRtree(own).query(own, predicate="intersects")
        assert (first == second).all()
    one = made.module_area_m2 * made.foreshortening(np.array([made.tilt_deg]))[0]
    np.testing.assert_allclose(shapely.area(shapes), one)


# Several at once


def test_variants_together_are_each_alone():
    azimuths = (EAST, 33.0, EAST, np.array([0.0, 10, 20, 30, 40]), NORTH, EAST)
    variants = [Variant(made, a) for made, a in zip(DESIGNS, azimuths, strict=True)]
    for variant, packed in zip(variants, pack_variants(SHAPES, variants), strict=True):
        alone = pack_modules(SHAPES, variant.row_azimuth_deg, variant.design)
        assert alone.roofs.equals(packed.roofs)
        assert module_positions(alone).equals(module_positions(packed))


def test_the_given_is_not_changed():
    bow = shapely.Polygon([(0, 0), (20, 10), (20, 0), (0, 10)])
    shapes = boxed(HALL, bow, None)
    before = shapely.to_wkb(shapes)
    pack_modules(shapes, np.array([10.0, 20.0, 30.0]), design())
    assert np.array_equal(shapely.to_wkb(shapes), before)
