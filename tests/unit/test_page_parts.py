"""A large city in parts: which roofs are in which, how squares sum them up, and the folder."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from pathlib import Path

import numpy as np
import pagemaker
import pytest
from pageread import unpacked

from roofpv.errors import InvalidConfig, InvalidResult
from roofpv.report.charts import scales
from roofpv.report.page.outlines import ground_of
from roofpv.report.page.overview import overview
from roofpv.report.page.packing import packed_text
from roofpv.report.page.parted import parted_page
from roofpv.report.page.parts import finder_count, finders, parts_of
from roofpv.reporting import ReportAsk
from roofpv.reporting.files import remove_folder, replace_folder


def buildings():
    return pagemaker.result().buildings


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_every_building_is_in_one_part_of_its_own_district(most):
    parts = parts_of(buildings(), most)
    every = np.concatenate([part.rows for part in parts])
    assert sorted(every.tolist()) == list(range(len(buildings())))
    assert all(len(part.rows) <= most for part in parts)
    for part in parts:
        assert set(buildings()["district"].iloc[part.rows]) == {part.district}
        assert 1 <= part.number <= part.of


def test_places_that_nobody_knows_are_parted_too():
    table = buildings().assign(lon=np.nan, lat=np.nan)
    assert sum(len(part.rows) for part in parts_of(table, 3)) == len(table)


def test_an_id_is_found_in_the_file_of_its_checksum():
    parts = parts_of(buildings(), 7)
    ids = [f"编号{number}" for number in range(len(buildings()))]
    told = [json.loads(gzip.decompress(base64.b64decode(one))) for one in finders(ids, parts)]
    assert len(told) == finder_count(len(ids)) == 1
    assert set(told[zlib.crc32(ids[3].encode()) % len(told)]) == set(ids)
    assert all(number in parts[told[0][ids[number]]].rows for number in range(len(ids)))


def test_squares_hold_all_buildings_with_a_place_and_their_mean():
    table = buildings()
    about, packed = overview(table, ground_of(table), parts_of(table, 7))
    placed = int(table["lon"].notna().sum())
    count = _numbers(packed["count"])
    assert sum(count) == placed
    for counts in about["counts"].values():
        assert sum(counts) == len(table)
    assert max(_numbers(packed["cell"])) < about["across"] * about["down"]
    one = table[table["lon"].notna()].iloc[:1]
    _, packed = overview(one, ground_of(one), parts_of(one, 7))
    value = one["specific_yield_kwh_per_kwp"].iloc[0]
    assert _numbers(packed["specific_yield_kwh_per_kwp.mean"]) == [np.floor(value + 0.5)]
    scale = scales.scale_of("pv_state")
    state = int(scale.places(scales.values_of(one, "pv_state"))[0])
    assert _numbers(packed["pv_state.class"]) == [state]


def _numbers(packed):
    return unpacked(packed_text({"one": packed}))["one"]


def test_a_city_without_places_has_no_squares():
    table = buildings().assign(lon=np.nan, lat=np.nan)
    about, packed = overview(table, ground_of(table), parts_of(table, 7))
    assert (about["across"], about["down"], packed["count"].body) == (1, 1, b"")


def test_a_page_in_parts_is_the_same_again_and_lets_its_folder_in_only():
    first, second = (parted_page(pagemaker.city(), "en", pagemaker.story(), 9) for _ in range(2))
    assert first.page == second.page
    assert dict(first.files) == dict(second.files)
    assert first.page.count("Content-Security-Policy") == 2
    assert "script-src &#39;self&#39; file: &#39;unsafe-inline&#39;" in first.page
    assert "http" not in first.page.split("<style>")[0].replace("http-equiv", "")


def test_a_folder_is_replaced_whole(tmp_path):
    folder = tmp_path / "report-files"
    replace_folder(folder, [("part-001.js", "one"), ("part-002.js", "two")])
    replace_folder(folder, [("find-000.js", "three")])
    assert {one.name: one.read_text() for one in folder.iterdir()} == {"find-000.js": "three"}
    assert [one.name for one in tmp_path.iterdir()] == ["report-files"]


def test_a_folder_with_the_files_of_others_is_left_alone(tmp_path):
    folder = tmp_path / "report-files"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(InvalidResult, match=r"mine\.txt, which is not ours"):
        replace_folder(folder, [])
    assert (folder / "mine.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_written_leaves_the_earlier_one(tmp_path):
    folder = tmp_path / "report-files"
    replace_folder(folder, [("part-001.js", "one")])
    with pytest.raises(InvalidResult, match="cannot be written"):
        replace_folder(folder, [("nowhere/part-001.js", "two")])
    assert (folder / "part-001.js").read_text() == "one"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_of_parts_is_removed_when_the_page_is_one_file(tmp_path):
    folder = tmp_path / "report-files"
    said = "roofpv.arrived({});"
    replace_folder(folder, [("part-001.js", said), ("find-000.js", said)])
    assert remove_folder(folder)
    assert list(tmp_path.iterdir()) == []
    assert not remove_folder(folder)


@pytest.mark.parametrize(
    ("name", "text"), [("mine.txt", "roofpv.arrived("), ("part-001.js", "mine"), ("part-1.js", "")]
)
def test_a_folder_with_anything_else_in_it_stays(tmp_path, name, text):
    folder = tmp_path / "report-files"
    folder.mkdir()
    (folder / "part-002.js").write_text("roofpv.arrived({});")
    (folder / name).write_text(text)
    assert not remove_folder(folder)
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_is_a_link_or_cannot_be_moved_stays(tmp_path, monkeypatch):
    real = tmp_path / "elsewhere"
    replace_folder(real, [("part-001.js", "roofpv.arrived({});")])
    (tmp_path / "report-files").symlink_to(real)
    assert not remove_folder(tmp_path / "report-files")

    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(Path, "rename", refused)
    assert not remove_folder(real)
    assert (real / "part-001.js").exists()


def test_another_way_of_the_map_is_refused():
    with pytest.raises(InvalidConfig, match="unknown way 'part'"):
        ReportAsk(map_parts="part")
