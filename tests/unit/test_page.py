"""The page of a report: packed numbers, outlines, chapters, and what it lets run."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import importlib.util
import json
import re
import tempfile

import geopandas as gpd
import numpy as np
import pagemaker
import pandas as pd
import pytest
import shapely
from pageread import unpacked

from roofpv.catalogue import LANGUAGES, texts
from roofpv.report.city import DASH, figure_of, shown_figure
from roofpv.report.page import NoMapLibrary, bundle, html_page
from roofpv.report.page.chapters import answer_and_chapters, own_names, without_picture
from roofpv.report.page.columns import columns_of, printed_counts
from roofpv.report.page.outlines import ground_of, packed_outlines
from roofpv.report.page.packing import packed_text, steps, whole_numbers, words
from roofpv.text import plain


def texts_of(columns, name):
    numbers, found = iter(columns[f"{name}.numbers"]), []
    for which in columns[f"{name}.pattern"]:
        pattern = columns[f"{name}.patterns"][which]
        found.append(re.sub("[\x01-\x09]", lambda one: _run(one[0], next(numbers)), pattern))
    return found


def _run(mark, number):
    width = ord(mark) - 1
    return f"{number:0{width}d}" if width else str(number)


@pytest.fixture(scope="module")
def page():
    return html_page(pagemaker.city(), "zh", pagemaker.story())


def part(page, name):
    return re.search(rf'id="{name}">(.*?)</script>', page, re.S)[1]


def about(page):
    return json.loads(part(page, "about"))


@pytest.mark.parametrize(
    "values",
    [[], [0], [-5, None, 7], [None, None], [1, 2, 2**47], [2**31, -3], [255, 0], [254, 0]],
    ids=str,
)
def test_whole_numbers_come_back(values):
    known = np.array([one is not None for one in values], dtype=bool)
    whole = np.array([one or 0 for one in values], dtype=np.int64)
    assert unpacked(packed_text({"a": whole_numbers(whole, known)}))["a"] == values


@pytest.mark.parametrize("values", [[], [3], [5, 5, -7, 2**30, -(2**30)], [-1, 0, 1]], ids=str)
def test_steps_come_back(values):
    packed = steps(np.array(values, dtype=np.int64))
    assert unpacked(packed_text({"a": packed}))["a"] == values


def test_a_number_that_a_script_cannot_hold_is_refused():
    with pytest.raises(OverflowError, match="does not fit 6 bytes"):
        steps(np.array([2**50]))


def test_names_come_back_letter_for_letter():
    names = [plain(one, 500) for one in pagemaker.NAMES]
    names += [
        "",
        "0",
        "00",
        "0000000001",
        "123456789",
        "A-0012/34",
        "12345678",
        "٣",
        "１２",
        "\ue000",
    ]
    packed = {f"n.{key}": one for key, one in words(names).items()}
    assert texts_of(unpacked(packed_text(packed)), "n") == names


def test_alike_names_share_a_pattern():
    packed = words([f"Block {n} of Mill Lane" for n in range(50)])
    assert packed["patterns"].about["rows"] == 1


@pytest.mark.parametrize("column", ["kwp", "ac_kwh", "shading_loss_fraction", "lcoe_cny_per_kwh"])
def test_counts_are_the_printed_digits(column):
    figure = figure_of(column)
    rng = np.random.default_rng(3)
    halves = (np.arange(-20, 20) + 0.5) / (figure.scale * 10**figure.digits)
    near = np.concatenate([np.nextafter(halves, np.inf), np.nextafter(halves, -np.inf)])
    values = np.concatenate([halves, near, rng.normal(0, 1e6, 200), [0.0, 2.5, np.nan, np.inf]])
    for value, count in zip(values, printed_counts(values, figure), strict=True):
        said = shown_figure(float(value), figure, unit=False)
        if said == DASH:
            assert np.isnan(count)
        else:
            assert count == round(float(said.replace(",", "")) * 10**figure.digits)


def test_outlines_come_back_to_half_a_step():
    buildings = pagemaker.result().buildings
    ground = ground_of(buildings)
    got = unpacked(packed_text(packed_outlines(buildings, ground)))
    holes = got["ring_hole"]
    assert sum(holes) == 1
    assert holes[got["ring_owner"].index(2) + 1] == 1
    assert got["ring_owner"].count(3) == 2
    assert got["spot_owner"] == [4]
    corners = np.array([got["x"], got["y"]])[:, : got["ring_corners"][0]] * ground.step_m
    metric = buildings.geometry.iloc[[0]].to_crs("EPSG:32648").iloc[0]
    assert shapely.Polygon(corners.T).area == pytest.approx(metric.area, rel=0.01)
    assert shapely.Polygon(corners.T).minimum_rotated_rectangle.length == pytest.approx(132, abs=1)


def test_a_city_across_the_date_line_stays_together():
    frame = gpd.GeoDataFrame(
        {"lon": [179.9995, -179.9995], "lat": [-17.0, -17.0]}, geometry=[None, None], crs=4326
    )
    got = unpacked(packed_text(packed_outlines(frame, ground_of(frame))))
    assert abs(got["spot_x"][0] - got["spot_x"][1]) * 0.05 < 200


def test_a_city_without_places_has_a_ground():
    frame = gpd.GeoDataFrame({"lon": [np.nan], "lat": [np.nan]}, geometry=[None], crs=4326)
    got = unpacked(packed_text(packed_outlines(frame, ground_of(frame))))
    assert got["x"] == got["spot_owner"] == []


def test_a_column_that_nobody_knows_is_left_out():
    buildings = pagemaker.result().buildings
    names = [column.name for column in columns_of(buildings)]
    assert "shading_loss_fraction" not in names
    assert names[:6] == ["building_id", "name", "district", "use", "pv_state", "evidence_grade"]
    assert "shading_loss_fraction" in [
        column.name for column in columns_of(buildings.assign(shading_loss_fraction=0.01))
    ]


def test_the_page_holds_the_numbers_of_the_result(page):
    buildings = pagemaker.result().buildings
    got = unpacked(part(page, "data"))
    assert texts_of(got, "name") == [plain(one, 500) for one in buildings["name"]]
    assert texts_of(got, "building_id") == buildings["building_id"].tolist()
    for column in about(page)["columns"]:
        if "digits" not in column:
            continue
        figure = figure_of(column["name"])
        said = [shown_figure(one, figure, unit=False) for one in buildings[column["name"]]]
        counts = got[column["name"]]
        assert [_said(one, figure.digits) for one in counts] == said


def _said(count, digits):
    return DASH if count is None else f"{count / 10**digits:,.{digits}f}"


def test_same_city_same_bytes(page):
    assert html_page(pagemaker.city(), "zh", pagemaker.story()) == page


def test_only_two_scripts_may_run_and_nothing_may_be_loaded(page):
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
    told = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert told["default-src"] == told["base-uri"] == told["form-action"] == "'none'"
    hashes = told["script-src"].split()
    assert len(hashes) == 2
    script = re.search(r"<script>(.*?)</script>", page, re.S)[1]
    library = gzip.decompress(base64.b64decode(part(page, "library")))
    for source in (script.encode(), library):
        digest = base64.b64encode(hashlib.sha256(source).digest()).decode()
        assert f"'sha256-{digest}'" in hashes
    head = page[: page.index('id="about"')]
    assert not re.search(r'(src|href)="(?!#)', head)


def test_names_never_become_markup(page):
    assert "<script>alert" not in page
    assert "onerror" not in page
    assert "&lt;i&gt;Both&lt;/i&gt; targets" in page
    assert "<b>one</b>" not in page
    assert "<b>区</b>" in about(page)["columns"][2]["choices"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_in_its_language(language):
    page = html_page(pagemaker.city(), language, pagemaker.story())
    assert page.startswith(
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">'
    )
    title = pagemaker.story()[language].title
    assert f"<title>{title}</title>" in page
    hidden = set(re.findall(r'data-told="(..)" lang="[^"]+" hidden', page))
    assert hidden == set(LANGUAGES) - {language}


def test_no_name_of_an_element_stands_twice(page):
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))
    named = {
        one for found in re.findall(r'aria-labelledby="([^"]+)"', page) for one in found.split()
    }
    assert named <= set(names)


def test_own_names_follow_every_mention():
    svg = (
        '<svg aria-labelledby="a a-b"><title id="a">id=&quot;a&quot;</title><g id="a-b"/>'
        '<rect fill="url(#a)"/><use href="#a-b"/></svg>'
    )
    assert own_names(svg, "p") == (
        '<svg aria-labelledby="p-a p-a-b"><title id="p-a">id=&quot;a&quot;</title><g id="p-a-b"/>'
        '<rect fill="url(#p-a)"/><use href="#p-a-b"/></svg>'
    )
    assert own_names("<svg/>", "p") == "<svg/>"


def test_the_still_map_is_taken_from_its_chapter():
    told = pagemaker.story()["en"]
    still, rest = without_picture(told, "map")
    assert 'id="en-map-roofpv-title"' in still
    assert [len(one.blocks) for one in rest.sections] == [2, 2, 1]
    assert without_picture(rest, "map") == ("", rest)
    assert without_picture(None, "map") == ("", None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_story_the_verdicts_are_the_answer(language):
    answer, chapters = answer_and_chapters(pagemaker.city(), language, None)
    assert chapters == []
    rows = answer["blocks"][0]["grid"].rows
    assert [row[0] for row in rows] == [f"shizuishan-2025 {one}" for one in "AABB"]
    assert all(row[4].endswith("%") for row in rows)


def test_an_empty_city_says_so():
    result = pagemaker.result()
    nothing = type(result)(
        **{**vars(result), "buildings": result.buildings.iloc[:0], "targets": [],
           "planes": result.planes.iloc[:0]}
    )  # fmt: skip
    page = html_page(type(pagemaker.city())(nothing, pd.DataFrame()), "en")
    assert "No target was judged." in page


def test_a_city_in_metres_is_drawn_where_it_lies(page):
    result = pagemaker.result()
    moved = type(result)(**{**vars(result), "buildings": result.buildings.to_crs("EPSG:32648")})
    again = html_page(type(pagemaker.city())(moved, pd.DataFrame()), "zh")
    before, after = unpacked(part(page, "data")), unpacked(part(again, "data"))
    assert np.abs(np.subtract(before["x"], after["x"])).max() <= 1


def test_without_the_map_library_it_says_what_to_install(monkeypatch):
    bundle.map_library.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(NoMapLibrary, match="pip install pydeck"):
        bundle.map_library()
    with tempfile.TemporaryDirectory() as empty:
        spec = type("Spec", (), {"submodule_search_locations": [empty]})
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
        with pytest.raises(NoMapLibrary, match="not found"):
            bundle.map_library()
    bundle.map_library.cache_clear()


def test_every_text_that_a_script_says_is_in_the_catalogue(page):
    said = about(page)["texts"]["en"]
    script = re.search(r"<script>(.*?)</script>", page, re.S)[1]
    for key in re.findall(r'say\("(page\.[a-z_]+)"', script):
        assert key in said
    for column in about(page)["columns"]:
        assert f"page.column.{column['name']}" in said
    known = {key for key in texts() if key.startswith("page.")}
    assert {key for key in said if key.startswith("page.")} == known
