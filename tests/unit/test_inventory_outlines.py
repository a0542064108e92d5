from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import (
    GeometryCollection,
    LinearRing,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from roofpv.catalogue import texts
from roofpv.inventory.findings import DOUBTFUL, QUARANTINED, REPAIRED, Finding
from roofpv.inventory.outlines.metres import areas_m2, metres_per_degree
from roofpv.inventory.outlines.repair import outlines_only, repair_outlines
from roofpv.inventory.outlines.vertices import tidy_vertices

STEP = 1e-4  # about 9 m to the east, 11 m to the north
M2 = 96.14  # square metres of a square step
NAN, INF = float("nan"), float("inf")
COURTYARD = [(1, 1), (2, 1), (2, 2), (1, 2)]


def _at(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape drawn in steps, put into Shizuishan."""
    put = shapely.transform(shape, lambda xy: xy * STEP + np.array([106.37, 39.01]))
    return shapely.force_3d(put, 1100.0) if shape.has_z else put


def _area(shape: shapely.Geometry) -> float:
    return float(shape.area) / STEP**2


def _array(*shapes: object) -> np.ndarray:
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def _repair(*shapes: object) -> tuple[np.ndarray, list[Finding]]:
    return repair_outlines(_array(*shapes))


def _said(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.code) for finding in findings]


BOW_TIE = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
CLEAN = (
    box(0, 0, 1, 1),
    Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [COURTYARD]),
    MultiPolygon([box(0, 0, 2, 2), box(3, 0, 4, 3)]),
    MultiPolygon([box(9, 9, 10, 10), Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [COURTYARD])]),
    MultiPolygon([box(0, 0, 0.2, 0.2)]),
    Polygon([(0, 0), (2, 0), (4, 0), (4, 4), (0, 4)]),
    Polygon([(0, 0), (4, 0), (4, 1), (0.1, 0.5), (4, 1.2), (4, 4), (0, 4)]),
)  # fmt: skip


@pytest.mark.parametrize("shape", CLEAN)
def test_a_clean_outline_comes_back_as_the_same_object(shape: shapely.Geometry) -> None:
    drawn = _at(shape)
    repaired, findings = _repair(drawn)
    assert repaired[0] is drawn
    assert findings == []


@pytest.mark.parametrize(
    ("shape", "codes", "area", "corners"),
    [
        ("repeated", ["REPEATED_VERTICES"], 16, 5),
        ("spike", ["SPIKES"], 16, 6),
        ("spike at the start", ["SPIKES"], 16, 5),
        ("spike along a wall", ["SPIKES"], 16, 5),
        ("slit", ["SPIKES"], 16, 6),
        ("spike of a courtyard", ["SPIKES"], 15, 10),
        ("small loop", ["SELF_CROSSING", "SLIVER_PARTS"], 3.995, 7),
        ("covered twice", ["SELF_CROSSING"], 12, 16),
        ("ring twice", ["SELF_CROSSING"], 16, 5),
        ("touching itself", ["SELF_CROSSING"], 8, 8),
        ("hole outside", ["HOLE_OUTSIDE"], 16, 5),
        ("hole outside one of two parts", ["HOLE_OUTSIDE"], 16, 15),
        ("hole outside and inside", ["HOLE_OUTSIDE"], 15, 10),
        ("tiny hole", ["TINY_HOLES"], 15, 10),
        ("tiny hole of a part", ["TINY_HOLES"], 17, 10),
        ("sliver part", ["SLIVER_PARTS"], 4, 5),
        ("sliver of three", ["SLIVER_PARTS"], 8, 10),
        ("overlapping parts", ["SELF_CROSSING"], 7, 9),
        ("parts that share a wall", ["SELF_CROSSING"], 7, 8),
        ("the same part twice", ["SELF_CROSSING"], 25, 5),
        ("nested parts", ["SELF_CROSSING", "NESTED_PARTS"], 25, 5),
        ("heights", ["DROPPED_Z"], 1, 5),
        ("outline and line", ["MIXED_GEOMETRY"], 1, 5),
        ("collection in a collection", ["MIXED_GEOMETRY"], 3, 15),
        ("bow tie", ["SELF_CROSSING", "REPAIR_CHANGED_AREA"], 2, 8),
        ("bow tie and line", ["MIXED_GEOMETRY", "SELF_CROSSING", "REPAIR_CHANGED_AREA"], 2, 8),
        ("hole across the wall", ["SELF_CROSSING", "REPAIR_CHANGED_AREA"], 15, 7),
    ],
)
def test_a_fault_is_repaired_and_told(
    shape: str, codes: list[str], area: float, corners: int
) -> None:
    repaired, findings = _repair(_at(FAULTS[shape]))
    assert [finding.code for finding in findings] == codes
    assert all(finding.at.tolist() == [0] and finding.column == "geometry" for finding in findings)
    assert _area(repaired[0]) == pytest.approx(area, rel=1e-6)
    assert len(shapely.get_coordinates(repaired[0])) == corners
    assert repaired[0].is_valid
    assert repaired[0].geom_type in {"Polygon", "MultiPolygon"}
    assert not repaired[0].has_z


FAULTS = {
    "repeated": Polygon([(0, 0), (4, 0), (4, 0), (4, 4), (0, 4), (0, 4), (0, 0), (0, 0)]),
    "spike": Polygon([(0, 0), (4, 0), (4, 4), (2, 4), (2, 8), (2, 4), (0, 4)]),
    "spike at the start": Polygon([(8, 0), (4, 0), (4, 4), (0, 4), (0, 0), (4, 0)]),
    "spike along a wall": Polygon([(0, 0), (4, 0), (8, 0), (4, 0), (4, 4), (0, 4)]),
    "slit": Polygon([(0, 0), (4, 0), (4, 4), (2, 4), (2, 1), (2, 4), (0, 4)]),
    "spike of a courtyard": Polygon(
        [(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (2, 1), (3, 1), (2, 1), (2, 2), (1, 2)]]
    ),
    "small loop": Polygon([(0, 0), (2, 0), (2, 2), (0.9, 2), (1, 2.1), (1, 1.99), (0, 2)]),
    "covered twice": Polygon(
        [(0, 0), (4, 0), (4, 4), (1, 4), (1, -1), (2, -1), (2, 3), (3, 3), (3, 1), (0, 1)]
    ),
    "ring twice": Polygon([(0, 0), (4, 0), (4, 4), (0, 4), (0, 0), (4, 0), (4, 4), (0, 4)]),
    "touching itself": Polygon([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)]),
    "hole outside": Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(5, 5), (6, 5), (6, 6), (5, 6)]]),
    "hole outside one of two parts": MultiPolygon(
        [
            Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(5, 5), (6, 5), (6, 6)], COURTYARD]),
            box(10, 0, 11, 1),
        ]
    ),
    "hole outside and inside": Polygon(
        [(0, 0), (4, 0), (4, 4), (0, 4)], [COURTYARD, [(5, 5), (6, 5), (6, 6), (5, 6)]]
    ),
    "tiny hole": Polygon(
        [(0, 0), (4, 0), (4, 4), (0, 4)],
        [[(3, 3), (3.001, 3), (3.001, 3.001), (3, 3.001)], COURTYARD],
    ),
    "tiny hole of a part": MultiPolygon(
        [
            box(9, 9, 10, 10),
            Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(3, 3), (3.001, 3), (3.001, 3.001)]]),
        ]
    ),
    "sliver part": MultiPolygon([box(0, 0, 2, 2), box(3, 0, 3.01, 0.1)]),
    "sliver of three": MultiPolygon([box(0, 0, 2, 2), box(3, 0, 3.01, 0.1), box(4, 0, 6, 2)]),
    "overlapping parts": MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)]),
    "parts that share a wall": MultiPolygon([box(0, 0, 2, 2), box(2, 0, 3, 3)]),
    "the same part twice": MultiPolygon([box(0, 0, 5, 5), box(0, 0, 5, 5)]),
    "nested parts": MultiPolygon([box(0, 0, 5, 5), box(1, 1, 3, 3)]),
    "heights": shapely.force_3d(box(0, 0, 1, 1), 1100.0),
    "outline and line": GeometryCollection([box(0, 0, 1, 1), LineString([(0, 0), (3, 3)])]),
    "collection in a collection": GeometryCollection(
        [
            GeometryCollection([box(0, 0, 1, 1), MultiPolygon([box(2, 2, 3, 3), box(4, 4, 5, 5)])]),
            Point(0, 0),
        ]
    ),
    "bow tie": BOW_TIE,
    "bow tie and line": GeometryCollection([BOW_TIE, LineString([(0, 0), (3, 3)])]),
    "hole across the wall": Polygon(
        [(0, 0), (4, 0), (4, 4), (0, 4)], [[(3, 3), (6, 3), (6, 6), (3, 6)]]
    ),
}


def test_every_kind_of_finding_says_how_bad_it_is() -> None:
    _, findings = _repair(*[_at(shape) for shape in FAULTS.values()], box(500, 39, 501, 40))
    kinds = dict.fromkeys(_said(findings))
    assert {code for kind, code in kinds if kind == DOUBTFUL} == {
        "NESTED_PARTS",
        "REPAIR_CHANGED_AREA",
    }
    assert {code for kind, code in kinds if kind == QUARANTINED} == {"OFF_THE_MAP"}
    assert len(findings) == len(kinds), "one finding for each code"


def test_counts_and_areas_are_shown() -> None:
    _, findings = _repair(*(_at(FAULTS[name]) for name in ("repeated", "bow tie", "tiny hole")))
    shown = {finding.code: (list(finding.values), list(finding.became)) for finding in findings}
    assert shown["REPEATED_VERTICES"] == (["3"], [])
    assert shown["TINY_HOLES"] == (["1"], [])
    assert shown["REPAIR_CHANGED_AREA"] == (["0.00 m2"], ["192 m2"])


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (LineString([(106, 39), (106.1, 39)]), "NOT_A_FOOTPRINT"),
        (LinearRing([(106, 39), (106.1, 39), (106, 39.1)]), "NOT_A_FOOTPRINT"),
        (Polygon([(106, 39), (106.1, 39.1), (106, 39)]), "NOT_A_FOOTPRINT"),
        (Polygon([(106, 39), (106.1, 39.1), (106.2, 39.2)]), "NOT_A_FOOTPRINT"),
        (Polygon([(106, 39)] * 4), "NOT_A_FOOTPRINT"),
        (_at(box(0, 0, 0.0005, 0.0005)), "NOT_A_FOOTPRINT"),
        ("GEOMETRYCOLLECTION (LINESTRING (106 39, 106.1 39), POINT (106 39))", "NOT_A_FOOTPRINT"),
        (box(500, 39, 501, 40), "OFF_THE_MAP"),
        (box(106, 89, 107, 91), "OFF_THE_MAP"),
        (Point(106, 95), "OFF_THE_MAP"),
        (box(359_330, 4_321_192, 359_350, 4_321_212), "OFF_THE_MAP"),
        ("POLYGON ((106 39, 106.1 39, 106.1 39.1, NaN 39.1, 106 39))", "BROKEN_COORDINATES"),
        ("POLYGON ((106 39, 106.1 39, 106.1 39.1, Inf 39.1, 106 39))", "BROKEN_COORDINATES"),
        ("POINT (Inf 39)", "BROKEN_COORDINATES"),
        ("LINESTRING (106 39, NaN 39)", "BROKEN_COORDINATES"),
    ],
)  # fmt: skip
def test_what_is_no_outline_is_set_aside_with_the_reason(shape: object, code: str) -> None:
    with np.errstate(invalid="ignore"):
        drawn = shapely.from_wkt(shape) if isinstance(shape, str) else shape
    repaired, findings = _repair(drawn)
    assert repaired.tolist() == [None]
    assert _said(findings) == [(QUARANTINED, code)]


@pytest.mark.parametrize(
    "shape", [None, Point(), Polygon(), MultiPolygon(), GeometryCollection(), LineString()]
)
def test_an_empty_shape_is_no_shape_and_no_fault(shape: object) -> None:
    repaired, findings = _repair(shape)
    assert repaired.tolist() == [None]
    assert findings == []


@pytest.mark.parametrize(
    "shape",
    [
        Point(106, 39),
        MultiPoint([(106, 39), (106.1, 39)]),
        GeometryCollection([Polygon(), Point(106, 39)]),
    ],
)
def test_a_point_stays_as_the_place_and_is_no_outline(shape: shapely.Geometry) -> None:
    repaired, findings = _repair(shape)
    assert shapely.centroid(repaired[0]).y == 39
    assert findings == []
    assert outlines_only(repaired).tolist() == [None]


def test_empty_parts_do_no_harm() -> None:
    text = "MULTIPOLYGON (EMPTY, ((106 39, 106.001 39, 106.001 39, 106.001 39.001, 106 39)))"
    holed = "POLYGON ((106 39, 106.001 39, 106.001 39.001, 106 39), EMPTY)"
    repaired, findings = _repair(shapely.from_wkt(text), shapely.from_wkt(holed))
    assert [finding.code for finding in findings] == ["REPEATED_VERTICES", "TINY_HOLES"]
    assert shapely.area(repaired) == pytest.approx([5e-7, 5e-7])


@pytest.mark.parametrize(
    ("size", "code", "shown"),
    [(0.05, "SMALL_ROOF", "0.24 m2"), (200, "HUGE_ROOF", "3,845,679 m2")],
)
def test_an_odd_area_is_doubtful_and_used(size: float, code: str, shown: str) -> None:
    drawn = _at(box(0, 0, size, size))
    repaired, findings = _repair(drawn)
    assert repaired[0] is drawn
    assert _said(findings) == [(DOUBTFUL, code)]
    assert findings[0].values == [shown]


def test_other_corners_do_not_move() -> None:
    shape = _at(FAULTS["spike"])
    repaired, _ = _repair(shape)
    before = {tuple(corner) for corner in shapely.get_coordinates(shape)}
    assert {tuple(corner) for corner in shapely.get_coordinates(repaired[0])} < before


@pytest.mark.parametrize(("gap", "left"), [(5e-10, 4), (2e-9, 5)])
def test_corners_are_one_below_a_tenth_of_a_millimetre(gap: float, left: int) -> None:
    shape = Polygon([(106, 39), (106.001, 39), (106.001, 39.001), (106, 39.001), (106, 39 + gap)])
    tidied = tidy_vertices(_array(shape))
    assert len(shapely.get_coordinates(tidied.geometry[0])) - 1 == left
    assert tidied.repeated.tolist() == [5 - left]


@pytest.mark.parametrize(("width", "spikes"), [(5e-9, 1), (5e-7, 0)])
def test_a_needle_is_one_below_a_millimetre(width: float, spikes: int) -> None:
    foot, tip = (106.0005, 39.001), (106.0005, 39.002)
    wall = [(106, 39), (106.001, 39), (106.001, 39.001), (106.0005 + width, 39.001)]
    shape = Polygon([*wall, tip, foot, (106, 39.001)])
    assert tidy_vertices(_array(shape)).needles.tolist() == [spikes]


def test_what_would_leave_no_triangle_stays() -> None:
    thin = Polygon([(106, 39), (106.001, 39), (106.001, 39 + 1e-10), (106, 39 + 1e-10)])
    assert tidy_vertices(_array(thin)).geometry[0] is thin


def test_nothing_given_is_changed() -> None:
    given = _array(*(_at(shape) for shape in FAULTS.values()), None, Point(500, 39))
    before = given.copy()
    texts_before = shapely.to_wkb(given)
    repair_outlines(given)
    assert all(one is other for one, other in zip(given, before, strict=True))
    assert (shapely.to_wkb(given) == texts_before).all()


def test_each_outline_is_repaired_alone() -> None:
    shapes = [_at(shape) for shape in (*FAULTS.values(), *CLEAN)] + [None, Point(106, 39)]
    together, findings = repair_outlines(_array(*shapes))
    alone = [_repair(shape)[0][0] for shape in shapes]
    assert shapely.to_wkb(together).tolist() == shapely.to_wkb(_array(*alone)).tolist()
    backwards, mirrored = repair_outlines(_array(*shapes[::-1]))
    assert shapely.to_wkb(backwards[::-1]).tolist() == shapely.to_wkb(together).tolist()
    last = len(shapes) - 1
    assert {f.code: f.at.tolist() for f in findings} == {
        f.code: sorted(last - f.at) for f in mirrored
    }


def test_positions_hold_beyond_the_first_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roofpv.inventory.outlines.repair._CHUNK", 3)
    good = _at(box(0, 0, 1, 1))
    shapes = [good, _at(BOW_TIE), good, good, None, _at(FAULTS["repeated"]), good, _at(BOW_TIE)]
    repaired, findings = _repair(*shapes)
    at = {finding.code: finding.at.tolist() for finding in findings}
    assert at == {"REPEATED_VERTICES": [5], "SELF_CROSSING": [1, 7], "REPAIR_CHANGED_AREA": [1, 7]}
    assert shapely.is_valid(repaired[[0, 1, 2, 3, 5, 6, 7]]).all()


def test_no_rows_are_no_fault() -> None:
    repaired, findings = repair_outlines(np.zeros(0, dtype=object))
    assert len(repaired) == 0
    assert findings == []


def test_a_degree_has_its_length() -> None:
    east, north = metres_per_degree(np.array([0.0, 39.0, -39.0]))
    # Closed form on WGS84: 111,319.49 m at the equator, 86,627 and 111,015 m at 39 degrees.
    assert east == pytest.approx([111_319.49, 86_628.2, 86_628.2], rel=1e-4)
    assert north == pytest.approx([110_574.27, 111_015.0, 111_015.0], rel=1e-4)


def test_areas_are_in_square_metres() -> None:
    areas = areas_m2(_array(_at(box(0, 0, 1, 1)), None, Point(106, 39)))
    assert areas[0] == pytest.approx(M2, rel=1e-3)
    assert np.isnan(areas[1])
    assert areas[2] == 0


def test_many_clean_outlines_stay_as_they_are() -> None:
    corner = np.stack(np.meshgrid(np.arange(250), np.arange(200)), axis=-1).reshape(-1, 2) * 3e-4
    ring = np.array([(0, 0), (2e-4, 0), (2e-4, 1e-4), (1e-4, 1e-4), (1e-4, 2e-4), (0, 2e-4)])
    corners = corner[:, None, :] + ring + (106.0, 38.5)
    shapes = shapely.polygons(shapely.linearrings(corners))
    repaired, findings = repair_outlines(shapes)
    assert findings == []
    assert all(one is other for one, other in zip(repaired, shapes, strict=True))


CODES = (
    "BROKEN_COORDINATES", "OFF_THE_MAP", "NOT_A_FOOTPRINT", "DROPPED_Z", "MIXED_GEOMETRY",
    "REPEATED_VERTICES", "SPIKES", "HOLE_OUTSIDE", "SELF_CROSSING", "TINY_HOLES", "SLIVER_PARTS",
    "NESTED_PARTS", "REPAIR_CHANGED_AREA", "SMALL_ROOF", "HUGE_ROOF", "DUPLICATE_FOOTPRINT",
    "OVERLAPPING_FOOTPRINTS",
)  # fmt: skip


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_finding_has_its_words(code: str, language: str) -> None:
    finding = Finding(REPAIRED, code, "geometry", np.array([0]))
    for text in (finding.reason(language), finding.mend(language)):
        assert text
        assert text[-1] not in ".。"
    assert f"findings.{code.lower()}.mend" in texts()
