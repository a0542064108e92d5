from __future__ import annotations

import calendar
import re
import string
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pvlib
import pytest

from roofpv.catalogue import LANGUAGES, texts
from roofpv.errors import InvalidResult
from roofpv.report import skyline_marks, skyline_picture, skyline_sheet, skyline_sun, svg
from roofpv.report import sun_paths as paths
from roofpv.report.skyline_picture import SkylineDrawing, skyline_svg
from roofpv.report.skyline_sheet import SOURCES, sky_sheet

NS = "{http://www.w3.org/2000/svg}"
BOX = svg.Box(0.0, 0.0, 360.0, 90.0)
LATITUDES = (-90.0, -66.0, -33.9, -10.0, 0.0, 1.3, 15.0, 23.4393, 31.2, 57.7, 69.6, 89.0, 90.0)
SECTORS = np.arange(72) * 5.0


def town(points=9, high=30.0):
    """A block toward the east, seen at different heights from different points."""
    block = np.where((SECTORS >= 60) & (SECTORS <= 120), high, 2.0)
    return block * np.linspace(0.5, 1.5, points)[:, None]


@pytest.fixture
def drawing():
    hills = 5.0 + 4.0 * np.cos(np.radians(SECTORS - 180.0))[None]
    return SkylineDrawing(
        title="Primary school",
        latitude=31.2,
        skylines=[("neighbours", town()), ("terrain", hills)],
        losses=[("terrain", 0.012), ("neighbours", 0.0431)],
        plane_tilt=20.0,
        plane_azimuth=170.0,
        facts=[("sky_view", "91%"), ("Structure", "sound")],
    )


def parsed(given):
    return ET.fromstring(skyline_svg(given))


def words(given):
    return [one.text for one in parsed(given).iter(f"{NS}text")]


def prose(given):
    return " ".join(words(given))


def grouped(given, name):
    return [one for one in parsed(given).iter(f"{NS}g") if (one.get("class") or "") == name]


def corners(data):
    """Corners (point, 2) of one line of a path: a place, then steps from it."""
    start, _, steps = data.partition("L")[0].strip("Mz").partition("l")
    found = [[float(n) for n in re.findall(r"-?[\d.]+", part)] for part in (start, steps)]
    return np.cumsum(np.array(found[0] + found[1]).reshape(-1, 2), axis=0)


def beside(given, label):
    said = words(given)
    return said[said.index(label) + 1]


@pytest.mark.parametrize("latitude", LATITUDES)
def test_the_sun_at_noon_is_as_high_as_the_closed_form(latitude):
    for path in paths.sun_paths(latitude):
        noon = 90.0 - abs(latitude - path.declination_deg)
        assert path.elevation[-1] == pytest.approx(noon, abs=1e-6)
        assert path.elevation.max() == pytest.approx(noon, abs=1e-6)
        assert path.elevation.min() >= 0.0


@pytest.mark.parametrize("latitude", LATITUDES)
def test_days_without_sun_have_no_path(latitude):
    risen = {path.months for path in paths.sun_paths(latitude)}
    for months, longitude in paths.LONGITUDES_DEG.items():
        noon = 90.0 - abs(latitude - float(paths.declination(longitude)))
        if abs(noon) > 1e-9:
            assert (months in risen) == (noon > 0)


@pytest.mark.parametrize("latitude", [-60.0, -33.9, 0.0, 15.0, 31.2, 65.0])
def test_the_sun_rises_where_the_closed_form_says(latitude):
    for path in paths.sun_paths(latitude):
        sine = np.sin(np.radians(path.declination_deg)) / np.cos(np.radians(latitude))
        azimuth = np.degrees(np.arccos(sine))
        assert path.elevation[0] == pytest.approx(0.0, abs=1e-9)
        assert path.azimuth[0] + paths.centre(latitude) == pytest.approx(azimuth, abs=1e-6)


def test_midnight_sun_stands_lowest_toward_the_pole():
    june = paths.sun_paths(69.6)[-1]
    assert june.months == "jun"
    assert june.azimuth[0] == pytest.approx(-180.0)
    assert june.elevation[0] == pytest.approx(69.6 + paths.OBLIQUITY_DEG - 90.0)


def test_declinations_are_those_around_the_21st_of_the_month():
    found = {m: float(paths.declination(d)) for m, d in paths.LONGITUDES_DEG.items()}
    assert found["jun"] == -found["dec"] == pytest.approx(23.4393)
    assert found["mar_sep"] == 0.0
    for month in range(1, 13):
        day, name = pd.Timestamp(2021, month, 21), calendar.month_abbr[month].lower()
        (drawn,) = [value for months, value in found.items() if name in months.split("_")]
        expected = np.degrees(pvlib.solarposition.declination_spencer71(day.day_of_year))
        assert drawn == pytest.approx(expected, abs=1.1)


def test_hemispheres_mirror_each_other():
    for north, south in zip(paths.sun_paths(33.9), paths.sun_paths(-33.9)[::-1], strict=True):
        assert north.declination_deg == -south.declination_deg
        np.testing.assert_allclose(north.elevation, south.elevation, atol=1e-9)
        np.testing.assert_allclose(north.azimuth, -south.azimuth, atol=1e-9)


def test_the_picture_of_the_south_is_the_mirror_of_the_north():
    def noons(given):
        return {
            group.get("class").split()[1]: corners(group[1].get("d"))
            for group in parsed(given).iter(f"{NS}g")
            if (group.get("class") or "").startswith("sun ")
        }

    north, south = noons(SkylineDrawing("n", 40.0)), noons(SkylineDrawing("s", -40.0))
    box = skyline_picture._SKY
    for months, other in (("jun", "dec"), ("may_jul", "jan_nov"), ("mar_sep", "mar_sep")):
        there = south[other] * (-1, 1) + (box.left + box.right, 0)
        assert np.abs(there[[0, -1]] - north[months][[0, -1]]).max() <= 0.11
        assert there[:, 1].min() == pytest.approx(north[months][:, 1].min(), abs=0.11)


def test_compass_runs_from_pole_to_pole():
    def letters(latitude):
        return [one for one in words(SkylineDrawing("c", latitude)) if re.fullmatch("[NESW]+", one)]

    assert letters(40.0) == ["N", "NE", "E", "SE", "S", "SW", "W", "NW", "N"]
    assert letters(-40.0) == ["S", "SW", "W", "NW", "N", "NE", "E", "SE", "S"]


def test_a_sun_in_the_zenith_runs_along_the_upper_edge():
    june = paths.sun_paths(paths.OBLIQUITY_DEG)[-1]
    assert june.passes_middle
    ((azimuth, elevation),) = skyline_sun.halves(june)
    assert elevation.max() == pytest.approx(90.0)
    assert np.abs(azimuth).min() == pytest.approx(90.0, abs=1.0)


def test_a_sun_on_the_polar_side_is_drawn_in_two_halves():
    june = paths.sun_paths(10.0)[-1]
    before, after = skyline_sun.halves(june)
    assert before[0].max() < -90.0
    assert after[0].min() > 90.0
    np.testing.assert_array_equal(before[0], -after[0][::-1])
    assert prose(SkylineDrawing("x", 10.0)).split().count("12") == 3  # both edges, and December's


@pytest.mark.parametrize("latitude", LATITUDES)
def test_every_latitude_can_be_drawn(latitude, drawing):
    text = skyline_svg(replace(drawing, latitude=latitude))
    assert "nan" not in text
    assert "inf" not in text
    root = ET.fromstring(text)
    numbers = [float(n) for line in root.iter(f"{NS}text") for n in (line.get("x"), line.get("y"))]
    assert min(numbers) >= 0
    assert max(numbers) <= 1188
    said = [one.text for one in root.iter(f"{NS}text")]
    ticks = [int(one[:-1]) for one in said if re.fullmatch(r"\d+°", one)]
    top = max(tick for tick in ticks if tick <= 90)
    assert top >= 90.0 - max(abs(latitude) - paths.OBLIQUITY_DEG, 0.0)
    assert abs(latitude) > 23.5 or top == 90


def test_hour_lines_meet_the_paths():
    for latitude in (31.2, -10.0, 69.6):
        for hour in range(13):
            for elevation, azimuth in paths.hour_line(latitude, hour):
                assert (elevation > 0).all()
                assert np.abs(np.diff(azimuth)).max(initial=0.0) < 85.0
    assert paths.hour_line(31.2, 0) == []
    ((elevation, azimuth),) = paths.hour_line(31.2, 12)
    np.testing.assert_allclose(azimuth, 0.0, atol=1e-9)
    assert elevation[-1] == pytest.approx(90 - 31.2 + paths.OBLIQUITY_DEG)
    assert len(paths.hour_line(10.0, 12)) == 2


def test_a_skyline_stands_where_its_sectors_are():
    ramp = SkylineDrawing("r", 40.0, [("terrain", SECTORS[None] / 10.0)])
    profile = sky_sheet(ramp, BOX).profiles[0]
    assert profile.azimuth[0] == -180.0
    assert profile.azimuth[-1] == 180.0
    inner = profile.azimuth[:-1]
    np.testing.assert_allclose(profile.mean[:-1], (inner + 180.0) % 360.0 / 10.0)
    assert profile.mean[-1] == profile.mean[0]
    south = sky_sheet(replace(ramp, latitude=-40.0), BOX).profiles[0]
    np.testing.assert_allclose(south.mean[:-1], south.azimuth[:-1] % 360.0 / 10.0)


@pytest.mark.parametrize("sectors", [1, 4, 7, 36, 360, 1440])
def test_any_number_of_sectors_is_drawn(sectors):
    flat = SkylineDrawing("f", 40.0, [("surface", np.full((2, sectors), 12.0))])
    profile = sky_sheet(flat, BOX).profiles[0]
    assert (np.diff(profile.azimuth) > 0).all()
    assert len(profile.azimuth) <= 361
    np.testing.assert_allclose(profile.mean, 12.0)
    assert not profile.has_range


def test_mean_and_range_are_those_of_the_points(drawing):
    profile = next(p for p in sky_sheet(drawing, BOX).profiles if p.source == "neighbours")
    east = profile.azimuth == -90.0
    assert profile.lowest[east] == pytest.approx(15.0)
    assert profile.mean[east] == pytest.approx(30.0)
    assert profile.highest[east] == pytest.approx(45.0)
    box = skyline_picture._SKY
    (group,) = grouped(drawing, "skyline neighbours")
    (ceiling,) = grouped(drawing, "range neighbours")
    for path, elevation in ((group[0], 30.0), (group[2], 15.0), (ceiling[0], 45.0)):
        line = corners(path.get("d"))
        assert line[:, 1].min() == pytest.approx(box.bottom - elevation / 90 * box.height, abs=0.06)
        assert "z" in path.get("d")
    assert grouped(drawing, "range terrain") == []


def test_the_higher_of_two_sources_is_seen(drawing):
    low, high = np.full((1, 36), 5.0), np.full((1, 36), 20.0)
    for far, near in ((low, high), (high, low)):
        both = replace(drawing, skylines=[("neighbours", near), ("terrain", far)])
        order = [g.get("class") for g in parsed(both).iter(f"{NS}g")]
        assert order.index("skyline terrain") < order.index("skyline neighbours")
    assert skyline_marks._PAINTED[0] == "trees"
    assert set(skyline_marks._PAINTED) == set(SOURCES)


def test_points_with_gaps_are_left_out_and_counted(drawing):
    gaps = town()
    gaps[0, 3] = np.nan
    gaps[1, 4] = np.inf
    given = replace(drawing, skylines=[("neighbours", gaps)])
    sheet = sky_sheet(given, BOX)
    assert sheet.left_out == 2
    assert sheet.profiles[0].lowest.max() == pytest.approx(30.0 * 0.75)
    assert "2 points without a whole skyline are left out." in prose(given)
    gaps[1, 4] = 1.0
    assert "1 point without a whole skyline is left out." in prose(given)


@pytest.mark.parametrize(
    "nothing", [[], [("terrain", np.full((3, 36), np.nan))], [("terrain", np.zeros((0, 36)))]]
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_roof_without_a_skyline_says_so(drawing, nothing, lang):
    given = replace(drawing, skylines=nothing, lang=lang)
    told = texts()["skyline_picture.nothing"][lang]
    assert told in words(given)
    assert told in parsed(given).find(f"{NS}desc").text
    assert len(grouped(given, "sun jun")) == 1
    assert told not in words(replace(drawing, lang=lang))


def test_an_open_horizon_is_a_skyline(drawing):
    given = replace(drawing, skylines=[("terrain", np.zeros((1, 36)))])
    assert texts()["skyline_picture.nothing"]["en"] not in words(given)
    assert len(grouped(given, "skyline terrain")) == 1


def test_elevations_out_of_the_sky_are_brought_into_it(drawing):
    odd = np.where(SECTORS > 180, -5.0, 200.0)[None]
    profile = sky_sheet(replace(drawing, skylines=[("trees", odd)]), BOX).profiles[0]
    assert profile.mean.min() == 0.0
    assert profile.mean.max() == 90.0


def test_losses_are_told_by_source(drawing):
    assert beside(drawing, "terrain") == "loss 1.2%"
    assert beside(drawing, "buildings around") == "loss 4.3%"
    given = replace(drawing, losses=[("terrain", 1e-5), ("neighbours", np.nan), ("trees", 0.02)])
    assert beside(given, "terrain") == "loss < 0.1%"
    assert beside(given, "buildings around") == "loss not known"
    assert beside(given, "trees (no skyline known)") == "loss 2.0%"
    assert beside(replace(drawing, losses=[("terrain", -1e-9)]), "terrain") == "loss 0.0%"
    assert "surface model" not in words(given)
    assert beside(drawing, "part of the sky seen") == "91%"
    assert beside(drawing, "Structure") == "sound"


def test_the_sky_behind_the_plane_is_marked(drawing):
    behind = sky_sheet(replace(drawing, plane_azimuth=180.0), BOX).behind
    assert behind[0] == behind[360] == pytest.approx(20.0)
    assert behind[180] == 0.0
    assert behind[90] == pytest.approx(0.0, abs=1e-9)
    # A right angle to the normal of the plane.
    tilt, turn = np.radians(20.0), np.radians(np.arange(-180.0, 181.0))
    up = np.radians(behind[behind > 1e-9])
    ahead = np.cos(turn[behind > 1e-9])
    right = np.cos(tilt) * np.sin(up) + np.sin(tilt) * np.cos(up) * ahead
    np.testing.assert_allclose(right, 0.0, atol=1e-12)
    assert len(grouped(drawing, "behind")) == 1
    assert "sky behind the plane" in words(drawing)
    wall = sky_sheet(replace(drawing, plane_tilt=90.0, plane_azimuth=180.0), BOX).behind
    assert wall[0] == pytest.approx(90.0)


@pytest.mark.parametrize(
    ("tilt", "azimuth"), [(0.0, 180.0), (0.2, 180.0), (np.nan, 180.0), (20.0, np.nan)]
)
def test_a_level_or_unknown_plane_has_no_sky_behind(drawing, tilt, azimuth):
    given = replace(drawing, plane_tilt=tilt, plane_azimuth=azimuth)
    assert grouped(given, "behind") == []
    assert "sky behind the plane" not in words(given)
    assert "nan" not in skyline_svg(given)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"latitude": 91.0}, "latitude 91.0: a latitude is between -90 and 90"),
        ({"latitude": np.nan}, "latitude nan: a latitude"),
        ({"plane_tilt": -1.0}, "plane_tilt -1.0: a tilt is between 0 and 90"),
        ({"plane_tilt": np.inf}, "plane_tilt inf: a tilt"),
        ({"skylines": [("moon", np.zeros((1, 4)))]}, "'moon': no known source of a skyline"),
        ({"skylines": [("trees", np.zeros((1, 4)))] * 2}, "'trees': given twice"),
        ({"losses": [("x\x1b", 0.1)]}, "'x\\?': no known source of a skyline"),
        ({"skylines": [("trees", np.zeros(4))]}, r"found the shape \(4,\)"),
        ({"skylines": [("trees", np.zeros((2, 0)))]}, r"found the shape \(2, 0\)"),
    ],
)
def test_what_is_no_skyline_is_refused(drawing, change, told):
    with pytest.raises(InvalidResult, match=told):
        skyline_svg(replace(drawing, **change))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_picture_is_one_file_that_needs_no_other(drawing, lang):
    text = skyline_svg(replace(drawing, lang=lang))
    root = ET.fromstring(text)
    assert root.get("viewBox") == "0 0 1188 840"
    assert [child.tag for child in root][:2] == [f"{NS}title", f"{NS}desc"]
    assert set(root.get("aria-labelledby").split()) == {root[0].get("id"), root[1].get("id")}
    assert root[0].text == "Primary school"
    assert "script" not in text
    assert "href" not in text
    ids = {one.get("id") for one in root.iter() if one.get("id")}
    assert set(re.findall(r"url\(#([^)]*)\)", text)) <= ids
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert min(float(one.get("font-size")) for one in root.iter(f"{NS}text")) >= 11


def test_the_description_tells_the_picture(drawing):
    said = parsed(drawing).find(f"{NS}desc").text
    assert "latitude 31.2° N · tilt 20° · facing 170°." in said
    assert "terrain: at most 9° on average, toward 180°." in said
    assert "buildings around: at most 30° on average, toward 60°." in said
    assert "buildings around: loss 4.3%." in said


def test_the_same_drawing_gives_the_same_bytes(drawing):
    again = replace(drawing, skylines=[(s, p.copy()) for s, p in drawing.skylines[::-1]])
    assert skyline_svg(drawing) == skyline_svg(again)
    assert skyline_svg(drawing) != skyline_svg(replace(drawing, latitude=32.0))


def test_the_wildest_skylines_stay_small():
    rng = np.random.default_rng(5)
    wild = [(source, rng.uniform(0.0, 80.0, (30, 720))) for source in SOURCES]
    text = skyline_svg(SkylineDrawing("w", 15.0, wild, plane_tilt=30.0, plane_azimuth=10.0))
    assert len(text.encode()) < 100_000


def test_each_source_has_a_mark_of_its_own_in_grey_print(drawing):
    marks = skyline_marks._MARKS
    assert set(marks) == set(SOURCES) == set(skyline_marks._GROUNDS)
    assert len(set(marks.values())) == len(SOURCES)
    for tones in skyline_marks._GROUNDS.values():
        light = [int(c[1:3], 16) * 0.3 + int(c[3:5], 16) * 0.6 for c in tones]
        assert light[3] < light[0] < light[1] < light[2]


def test_words_on_the_sky_do_not_meet():
    for latitude in LATITUDES:
        sheet = sky_sheet(SkylineDrawing("x", latitude), skyline_picture._SKY)
        drawn = skyline_sun.names(sheet, latitude, "en")
        assert drawn
        rooms = []
        for one in map(ET.fromstring, drawn):
            size = float(one.get("font-size"))
            font = svg.Font(size, bold=one.get("font-weight") == "bold")
            wide = svg.text_width(one.text, font)
            left, top = float(one.get("x")) - wide / 2, float(one.get("y")) - size
            room = svg.Box(left, top, wide - 0.02, size + 1.98)
            assert not any(skyline_sun._meet(room, other) for other in rooms)
            rooms.append(room)


def test_words_outside_the_sky_are_not_set():
    placed = skyline_sun._Words(BOX)
    assert not placed.set((500.0, 50.0), "12", svg.Font(11))
    assert placed.set((100.0, 50.0), "12", svg.Font(11))
    assert not placed.set((104.0, 52.0), "13", svg.Font(11))
    assert len(placed.drawn) == 1


def test_hostile_names_stay_words(drawing):
    evil = '<script>alert("x")</script>&\x00\x1b[31m\u202e]]>' + "屋" * 500
    text = skyline_svg(replace(drawing, title=evil, facts=[(evil, evil), ("points", evil)]))
    root = ET.fromstring(text)
    assert "<script" not in text
    assert not any(mark in text for mark in "\x00\x1b\u202e")
    (title,) = [t for t in root.iter(f"{NS}text") if t.get("font-size") == "21"]
    assert title.text.endswith("…")
    assert parsed(replace(drawing, title=" ")).find(f"{NS}title").text == "Roof without a name"


def test_every_text_of_the_picture_is_there_in_both_languages():
    keys = [key for key in texts() if key.startswith("skyline_picture.")]
    assert {f"skyline_picture.source.{source}" for source in SOURCES} <= set(keys)
    assert {f"skyline_picture.months.{months}" for months in paths.LONGITUDES_DEG} <= set(keys)
    for key in keys:
        for language in LANGUAGES:
            assert texts()[key][language].strip()
            assert string.Template(texts()[key][language]).is_valid()
    rooms = (skyline_picture, skyline_marks, skyline_sheet, skyline_sun)
    sources = "".join(Path(room.__file__).read_text("utf-8") for room in rooms)
    used = set(re.findall(r'"(skyline_picture[\w.]+)"', sources))
    assert used
    assert used <= set(keys)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_chinese_picture_has_only_chinese_words(drawing, lang):
    given = replace(drawing, lang=lang, title="1", facts=[("points", "9")])
    latin = set(re.findall(r"[A-Za-z]{2,}", prose(given)))
    assert bool(latin) == (lang == "en")
