from __future__ import annotations

import re
import string
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from roofpv.catalogue import LANGUAGES, texts
from roofpv.errors import InvalidResult
from roofpv.report import roof_key, roof_marks, roof_picture, roof_shapes, svg
from roofpv.report.roof_picture import DrawnPlane, RoofDrawing, roof_svg

NS = "{http://www.w3.org/2000/svg}"
FAR = np.array([5e5, 4e6])
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
ROOF = box(0, 0, 60, 15)
COURT = Polygon(
    [(0, 0), (40, 0), (40, 12), (14, 12), (14, 45), (0, 45)],
    [[(3, 3), (11, 3), (11, 9), (3, 9)]],
)


def tiles(columns, rows, step=(1.2, 2.2), size=(1.1, 2.0), corner=(2.0, 2.0)):
    west = corner[0] + step[0] * np.arange(columns)
    south = corner[1] + step[1] * np.arange(rows)[:, None]
    return shapely.box(west, south, west + size[0], south + size[1]).ravel()


def without_place(value):
    with np.errstate(invalid="ignore"):
        return Polygon([(0, 0), (value, 1), (1, 1), (0, 1)])


def hipped():
    south, east = [(0, 0), (24, 0), (18, 6), (6, 6)], [(24, 0), (24, 12), (18, 6)]
    north, west = [(24, 12), (0, 12), (6, 6), (18, 6)], [(0, 12), (0, 0), (6, 6)]
    sides = (("s", south, 180.0), ("e", east, 90.0), ("n", north, 0.0), ("w", west, 270.0))
    return [DrawnPlane(name, Polygon(ring), 35.0, way, "hipped") for name, ring, way in sides]


@pytest.fixture
def drawing():
    inner = box(1, 1, 59, 14)
    return RoofDrawing(
        title="Primary school",
        planes=[("p1", ROOF, 0.0, np.nan, "flat")],
        deductions=[("edges", ROOF.difference(inner)), ("plant", box(50, 5, 55, 10))],
        installable=[inner.difference(box(50, 5, 55, 10))],
        modules=tiles(20, 5),
        facts=[("gross", "900 m²"), ("plant", "25 m²"), ("Structure", "sound")],
    )


def parsed(given):
    return ET.fromstring(roof_svg(given))


def words(given):
    return [one.text for one in parsed(given).iter(f"{NS}text")]


def prose(given):
    """All words as one, for sentences that may go over lines."""
    return " ".join(words(given))


def grouped(given, name):
    """Data of the paths of a group; none where it is not drawn."""
    groups = [one for one in parsed(given).iter(f"{NS}g") if one.get("class") == name]
    return [one.get("d") for group in groups for one in group.iter(f"{NS}path")]


def rings(data):
    """Corners of the rings of a path of relative steps."""
    found, start = [], np.zeros(2)
    for piece in data.strip("mz").split("zm"):
        steps = np.array([float(n) for n in NUMBER.findall(piece)]).reshape(-1, 2)
        found.append(start + np.cumsum(steps, axis=0))
        start = found[-1][0]
    return found


def drawn_area(data):
    return sum(Polygon(ring).area for ring in rings(data))


def beside(given, label):
    """Text that follows a label."""
    said = words(given)
    return said[said.index(label) + 1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_drawing_is_one_file_that_needs_no_other(drawing, lang):
    text = roof_svg(replace(drawing, lang=lang))
    root = ET.fromstring(text)
    assert root.get("viewBox") == "0 0 1188 840"
    assert [child.tag for child in root][:2] == [f"{NS}title", f"{NS}desc"]
    assert "script" not in text
    assert "href" not in text
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {f"#roofpv-{r}" for r in roof_marks.REASONS}
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]


def test_the_same_drawing_gives_the_same_bytes(drawing):
    assert roof_svg(drawing) == roof_svg(replace(drawing, planes=list(drawing.planes)))
    assert roof_svg(replace(drawing, modules=list(drawing.modules))) == roof_svg(drawing)


def test_each_module_is_a_ring_of_one_path(drawing):
    (data,) = grouped(drawing, "modules")
    found = rings(data)
    assert len(found) == 100
    assert {len(ring) for ring in found} == {4}


def test_shapes_stand_to_scale_with_north_up(drawing):
    (data,) = grouped(drawing, "modules")
    scale = 756.0 / 60.0
    assert drawn_area(data) == pytest.approx(100 * 1.1 * 2.0 * scale**2, rel=2e-3)
    first, last = rings(data)[0], rings(data)[-1]
    east, south = last[0] - first[0]
    assert east == pytest.approx(19 * 1.2 * scale, abs=0.02)
    assert south == pytest.approx(-4 * 2.2 * scale, abs=0.02)


def test_a_path_keeps_to_the_grid_over_many_rings():
    place = roof_shapes.Place(3.7, 11.0, 800.0)
    modules = tiles(60, 40)
    given = np.stack([shapely.get_coordinates(m)[0] for m in modules])
    drawn = np.stack([ring[0] for ring in rings(roof_shapes.path(modules, place))])
    assert np.abs(drawn - place.pixels(given)).max() <= 0.0051


def test_areas_are_those_given_else_those_drawn(drawing):
    assert beside(drawing, "plant (share assumed)") == "25 m²"
    assert beside(drawing, "setback from edges") == "146 m²"
    assert beside(drawing, "installable area") == "729 m²"
    assert beside(drawing, "modules") == "100"
    assert beside(drawing, "gross area") == "900 m²"
    assert beside(drawing, "Structure") == "sound"


def test_parts_of_a_deduction_that_overlap_count_once(drawing):
    twice = replace(
        drawing, facts=[], deductions=[("plant", box(0, 0, 4, 4)), ("plant", box(2, 0, 6, 4))]
    )
    assert beside(twice, "plant (share assumed)") == "24.0 m²"
    (data,) = grouped(twice, "plant")
    assert len(rings(data)) == 1


def test_a_deduction_without_a_place_is_told(drawing):
    told = words(replace(drawing, facts=[("zones", "12 m²")]))
    assert "zones kept free (place not" in told
    assert grouped(drawing, "zones") == []


def test_every_reason_has_a_hatch_of_its_own(drawing):
    everywhere = [(r, box(i, 0, i + 1, 1)) for i, r in enumerate(roof_marks.REASONS)]
    root = parsed(replace(drawing, deductions=everywhere))
    tiles_ = {p.get("id"): [ET.tostring(mark) for mark in p][1:] for p in root.iter(f"{NS}pattern")}
    assert set(tiles_) == {f"roofpv-{reason}" for reason in roof_marks.REASONS}
    shapes = {re.sub(rb'(fill|stroke)="#\w+"', b"", b"".join(marks)) for marks in tiles_.values()}
    assert len(shapes) == len(roof_marks.REASONS)
    fills = [one.get("fill") for one in root.iter() if "url" in (one.get("fill") or "")]
    assert sorted(fills) == sorted(2 * [roof_marks.hatch(r) for r in roof_marks.REASONS])


def test_an_unknown_reason_is_refused(drawing):
    with pytest.raises(InvalidResult, match="deduction 'mood': no known reason of a deduction"):
        roof_svg(replace(drawing, deductions=[("mood", ROOF)]))


def test_planes_have_edges_arrows_and_names():
    root = parsed(RoofDrawing("h", hipped()))
    assert [t.text for t in root.iter(f"{NS}title")][1:] == [
        f"{name}, hipped, 35°" for name in "senw"
    ]
    said = [one.text for one in root.iter(f"{NS}text")]
    assert said.count("35°") == 4
    assert "edge between planes" in said
    assert "Roof seen from above, north is up · hipped · 4 planes" in said


@pytest.mark.parametrize(
    ("azimuth", "east", "south"), [(0, 0, -1), (90, 1, 0), (180, 0, 1), (270, -1, 0)]
)
def test_an_arrow_points_down_the_slope(azimuth, east, south):
    mark = roof_marks.arrow(roof_shapes.Slope((100.0, 100.0), 20.0, float(azimuth), 30.0))
    x1, y1, x2, y2 = (float(n) for n in NUMBER.findall(mark[1])[:4])
    assert (x2 - x1, y2 - y1) == pytest.approx((40 * east, 40 * south))


def test_a_flat_plane_and_one_of_unknown_slope_have_no_arrow(drawing):
    for tilt, azimuth in ((0.2, 90.0), (np.nan, 90.0), (20.0, np.nan)):
        flat = replace(drawing, planes=[("p", ROOF, tilt, azimuth, "flat")])
        assert "down the slope, tilt in degrees" not in words(flat)
    sloped = replace(drawing, planes=[("p", ROOF, 20.0, 90.0, "shed")])
    assert "down the slope, tilt in degrees" in words(sloped)


def test_planes_too_small_for_an_arrow_are_counted():
    small = [DrawnPlane(f"s{i}", box(i, 0, i + 0.2, 0.2), 20.0, 0.0, "shed") for i in range(3)]
    big = DrawnPlane("b", box(0, 1, 100, 50), 20.0, 0.0, "shed")
    assert "3 sloping planes are too small for an arrow with its tilt." in prose(
        RoofDrawing("", [big, *small])
    )
    said = prose(RoofDrawing("", [big, small[0]]))
    assert "1 sloping plane is too small for an arrow with its tilt." in said


def test_tilts_are_written_only_where_they_do_not_meet():
    planes = [
        DrawnPlane(f"{x} {y}", box(x, y, x + 4, y + 3), 20.0, 30.0, "shed")
        for x in range(0, 60, 4)
        for y in range(0, 45, 3)
    ]
    given = RoofDrawing("m", planes)
    assert "20°" not in words(given)
    assert "225 sloping planes are too small for an arrow with its tilt." in prose(given)
    strokes = [one for one in parsed(given).iter(f"{NS}path") if one.get("stroke-width") == "1.8"]
    assert len(strokes) == 225 + 1


def test_an_arrow_stands_on_its_plane():
    place = roof_shapes.Place(10.0, 0.0, 0.0)
    found = roof_shapes.slopes([DrawnPlane("c", COURT, 5.0, 0.0, "shed")], place)
    x, y = found[0].middle
    assert COURT.contains(Point(x / 10, -y / 10))
    bow = DrawnPlane("x", Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), 5.0, 0.0, "shed")
    assert roof_shapes.slopes([bow], place)[0] is not None


def test_a_court_stays_open():
    given = RoofDrawing("court", [("p", COURT, 0.0, 0.0, "flat")], installable=[COURT])
    paths = [one for one in parsed(given).iter(f"{NS}path") if one.get("fill-rule")]
    filled = [one for one in paths if one.get("fill") == roof_marks.INSTALLABLE]
    assert [len(rings(one.get("d"))) for one in filled] == [2]
    assert filled[0].get("fill-rule") == "evenodd"


def test_parts_of_many_kinds_are_taken_apart(drawing):
    two = MultiPolygon([box(2, 2, 4, 4), box(6, 2, 8, 4)])
    mixed = GeometryCollection([two, LineString([(0, 0), (1, 1)]), box(10, 2, 12, 4)])
    (data,) = grouped(replace(drawing, deductions=[("zones", mixed)]), "zones")
    assert len(rings(data)) == 3


@pytest.mark.parametrize(
    "nothing",
    [
        (),
        [None],
        [Polygon()],
        [without_place(np.nan)],
        [without_place(np.inf)],
        [Polygon([(3, 3), (3, 3), (3, 3)])],
        [Point(1, 1)],
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_roof_without_an_outline_says_so(nothing, lang):
    planes = [("p", shape, 1.0, 2.0, "flat") for shape in nothing]
    said = words(RoofDrawing("x", planes, [("edges", None)], nothing, nothing, lang=lang))
    assert texts()["roof_picture.no_outline"][lang] in said
    assert not any(" m" in (one or "") for one in said)


def test_no_modules_and_nothing_installable_are_told(drawing):
    bare = replace(drawing, modules=np.array([], dtype=object), installable=())
    said = words(bare)
    assert "No modules on this roof." in said
    assert "installable area" not in said
    assert grouped(bare, "modules") == []


@pytest.mark.parametrize("high", [0.0, 1e-9, 0.001, 0.05])
def test_a_needle_is_drawn(high):
    needle = Polygon([(0, 0), (100, 0), (100, high), (50, high)])
    text = roof_svg(RoofDrawing("n", [("p", needle, 30.0, 180.0, "shed")], modules=[needle]))
    assert "nan" not in text
    assert "20 m" in [one.text for one in ET.fromstring(text).iter(f"{NS}text")]


@pytest.mark.parametrize("area", [3.0, 400.0, 3e5, 5e6])
@pytest.mark.parametrize("shape", [1.0, 0.05, 20.0])
def test_a_scale_bar_is_round_and_has_room(area, shape):
    wide = (area * shape) ** 0.5
    root = parsed(RoofDrawing("s", [("p", box(0, 0, wide, area / wide), 0.0, 0.0, "flat")]))
    (label,) = [t.text for t in root.iter(f"{NS}text") if re.fullmatch(r"[\d.,]+ m", t.text or "")]
    metres = float(label.removesuffix(" m").replace(",", ""))
    scale = min(756.0 / wide, 596.0 / (area / wide))
    assert 80 <= metres * scale <= 220.01
    assert f"{metres:e}"[:8] in {"1.000000", "2.000000", "5.000000"}


def test_a_place_far_from_the_origin_changes_no_shape(drawing):
    far = replace(
        drawing,
        facts=[],
        planes=[("p1", shapely.transform(ROOF, lambda xy: xy + FAR), 0.0, 0.0, "flat")],
        modules=shapely.transform(drawing.modules, lambda xy: xy + FAR),
        deductions=[],
        installable=[],
    )
    near = replace(drawing, facts=[], deductions=[], installable=[])
    there, here = (rings(grouped(one, "modules")[0]) for one in (far, near))
    assert np.abs(np.array(there) - np.array(here)).max() <= 0.0201


def test_twenty_thousand_modules_stay_below_a_megabyte():
    modules = tiles(200, 100, step=(1.15, 1.25), size=(1.134, 1.1))
    turned = shapely.transform(modules, lambda xy: xy @ np.array([[0.98, 0.2], [-0.2, 0.98]]))
    roof = box(*shapely.total_bounds(turned))
    text = roof_svg(RoofDrawing("many", [("p", roof, 0.0, 0.0, "flat")], modules=turned))
    assert len(text.encode()) < 1_000_000
    assert text.count('class="modules"') == 1
    paths = ET.fromstring(text).iter(f"{NS}path")
    (data,) = [one.get("d") for one in paths if one.get("fill") == roof_marks.MODULE]
    assert len(rings(data)) == 20_000


@pytest.mark.parametrize("many", [False, True])
def test_modules_too_small_or_too_many_become_blocks(monkeypatch, many):
    wide, high = (300.0, 200.0) if many else (6000.0, 4000.0)
    if many:
        monkeypatch.setattr(roof_shapes, "MOST_MODULES", 100)
    rows = tiles(40, 10, step=(1.15, 6.0 if many else 60.0))
    given = RoofDrawing("b", [("p", box(0, 0, wide, high), 0.0, 0.0, "flat")], modules=rows)
    (data,) = grouped(given, "modules")
    assert len(rings(data)) == 10
    assert any("drawn as blocks" in (one or "") for one in words(given))
    assert beside(given, "modules") == "400"
    scale = min(756.0 / wide, 596.0 / high)
    assert drawn_area(data) == pytest.approx(10 * (39 * 1.15 + 1.1) * 2.0 * scale**2, rel=0.2)


def test_modules_without_area_do_not_break_it(drawing):
    flat = [Polygon([(1, 1), (3, 1), (1, 1)])] * 3
    assert len(grouped(replace(drawing, modules=flat), "modules")) == 1


def test_hostile_names_stay_words(drawing):
    evil = '<script>alert("x")</script>&\x00\x1b[31m\u202e]]>' + "屋" * 500
    bad = replace(
        drawing,
        title=evil,
        planes=[(evil, ROOF, 10.0, 90.0, evil)],
        facts=[(evil, evil), ("plant", evil)],
    )
    text = roof_svg(bad)
    root = ET.fromstring(text)
    assert "<script" not in text
    assert not any(mark in text for mark in "\x00\x1b\u202e")
    font = svg.Font(21, bold=True)
    (title,) = [t for t in root.iter(f"{NS}text") if t.get("font-size") == "21"]
    assert title.text.endswith("…")
    assert svg.text_width(title.text, font) <= 1188 - 2 * 28


def test_a_roof_without_a_name_has_a_title():
    assert parsed(RoofDrawing(" ")).find(f"{NS}title").text == "Roof without a name"


def test_words_and_values_do_not_meet(drawing):
    long = replace(drawing, facts=[("label " * 30, "value " * 30), ("gross", "1 " * 90)])
    for lang in LANGUAGES:
        root = parsed(replace(long, lang=lang))
        rows = {}
        for one in root.iter(f"{NS}text"):
            if float(one.get("x")) >= 852:
                rows.setdefault(one.get("y"), []).append(one)
        for row in rows.values():
            ends = [svg.text_width(one.text, svg.Font(float(one.get("font-size")))) for one in row]
            assert sum(ends) <= 308.01


def test_figures_without_room_are_counted(drawing):
    said = words(replace(drawing, facts=[(f"fact {i}", f"value {i}") for i in range(60)]))
    (more,) = [one for one in said if "more figures" in one]
    shown = sum(one.startswith("fact ") for one in said)
    assert more == f"and {60 - shown} more figures that find no room here"
    key = roof_key.Key((), tuple(roof_key.Row("", f"f{i}", "1") for i in range(60)), (), "en")
    low = ET.fromstring("<g>" + "".join(roof_key.draw(key, svg.Box(0, 0, 300, 400))) + "</g>")
    assert max(float(one.get("y")) for one in low.iter("text")) <= 400


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_rectangle_that_stands_in_is_told(drawing, lang):
    told = texts()["roof_picture.stand_in"][lang]
    root = parsed(replace(drawing, stand_in=True, lang=lang))
    assert told in [one.text for one in root.iter(f"{NS}text")]
    assert told in root.find(f"{NS}desc").text
    assert told not in words(replace(drawing, lang=lang))


def test_the_description_tells_the_figures(drawing):
    said = parsed(drawing).find(f"{NS}desc").text
    assert said.startswith("Roof seen from above, north is up · flat · 1 plane.")
    assert "plant (share assumed): 25 m². installable area: 729 m². modules: 100." in said


def test_every_text_of_the_drawing_is_there_in_both_languages():
    keys = [key for key in texts() if key.startswith("roof_picture.")]
    assert {f"roof_picture.reason.{reason}" for reason in roof_marks.REASONS} <= set(keys)
    for key in keys:
        for language in LANGUAGES:
            assert texts()[key][language].strip()
            assert string.Template(texts()[key][language]).is_valid()
    sources = (Path(module.__file__).read_text("utf-8") for module in (roof_picture, roof_key))
    used = re.findall(r'"(roof_picture[\w.]+)"', "".join(sources))
    assert used
    assert set(used) <= set(keys)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_chinese_drawing_has_only_chinese_words(drawing, lang):
    root = parsed(replace(drawing, lang=lang, title="1", facts=[("gross", "900 m²")]))
    said = " ".join(one.text for one in root.iter(f"{NS}text"))
    latin = set(re.findall(r"[A-Za-z]{2,}", said))
    assert bool(latin) == (lang == "en")
    assert (
        root.get("{http://www.w3.org/XML/1998/namespace}lang") == {"en": "en", "zh": "zh-CN"}[lang]
    )
