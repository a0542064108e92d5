"""``roofpv check`` and ``roofpv template``: an officer's own files, right and wrong."""

from __future__ import annotations

import json
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyproj
import pytest
import shapely

from roofpv import cli

SQUARE = shapely.box(106.370, 39.010, 106.371, 39.011)
HEADERS = [
    "序号",
    "单位名称",
    "建筑名称",
    "区县",
    "建筑类型",
    "建筑面积",
    "层数",
    "竣工年份",
    "是否文保",
]


@dataclass(frozen=True)
class Outcome:
    code: object
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """The command line in this process, in a folder of its own."""

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["roofpv", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Outcome(end.value.code, *capsys.readouterr())

    return call


def _workbook(folder: Path, *rows: list[object], name: str = "清单.xlsx") -> Path:
    """A list as an officer keeps it: a title, two header rows, a total at the end."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "学校"
    sheet.append(["石嘴山市公共建筑清单"])
    sheet.merge_cells("A1:I1")
    sheet.append(HEADERS)
    sheet.append(["", "", "", "", "", "万m²", "层", "年", ""])
    for row in rows:
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            if cell.data_type == "f":
                cell.data_type = "s"
    sheet.append(["合计", "", "", "", "", 1.0])
    book.save(folder / name)
    return folder / name


GOOD = [1, "第一中学", "教学楼", "大武口区", "学校", 0.52, "5层", "1998年", "否"]
BAD = [2, "第一中学", "办公楼", "大武口区", "办公", "很大", 4, "不详", "是"]


def test_an_officer_s_workbook_is_told_in_chinese_and_comes_back_marked(run, tmp_path) -> None:
    _workbook(tmp_path, GOOD, BAD)
    told = run("check", "清单.xlsx")
    assert told.code == 1
    for words in (
        "清单.xlsx：共 2 行", "表头所在行：学校: 2", "合计行不是建筑",
        "工作表“学校”第 5 行，建筑面积 = 很大：不是数字", "共 2 = 可用 1 + 豁免 0 + 无法使用 1",
        "已标注的工作簿：清单-check.xlsx",
    ):  # fmt: skip
        assert words in told.out
    sheet = openpyxl.load_workbook(tmp_path / "清单-check.xlsx")["学校"]
    assert "不是数字" in sheet["F5"].comment.text
    assert sheet["F5"].value == "很大"
    assert sheet["F4"].comment is None
    assert sheet["A1"].value == "石嘴山市公共建筑清单"


def test_the_language_may_be_chosen(run, tmp_path) -> None:
    _workbook(tmp_path, GOOD, BAD)
    told = run("check", "清单.xlsx", "--lang", "en", "--no-marked")
    assert "2 in = 1 usable + 0 exempt + 1 that cannot be used" in told.out
    assert "row 5, floor_area_m2 = 很大: not a number" in told.out
    assert not (tmp_path / "清单-check.xlsx").exists()


def test_a_list_without_fault_is_0(run, tmp_path) -> None:
    _workbook(tmp_path, GOOD)
    told = run("check", "清单.xlsx")
    assert told.code == 0
    assert "无法使用的行" not in told.out


def test_json_is_one_document_with_counts_that_close(run, tmp_path) -> None:
    _workbook(tmp_path, GOOD, BAD)
    told = json.loads(run("check", "清单.xlsx", "--json").out)
    counts = told["counts"]
    assert counts["in"] == counts["usable"] + counts["quarantined"] == 2
    assert told["units"]["floor_area_m2"] == "万m2"
    assert {f["code"] for f in told["findings"]} >= {"NOT_A_NUMBER", "UNIT_IN_CELL"}
    assert told["written"] == {"marked": "清单-check.xlsx"}


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".gpkg", ".geojson", ".parquet"])
def test_the_cleaned_list_is_read_back_without_complaint(run, tmp_path, suffix) -> None:
    frame = gpd.GeoDataFrame(
        {"建筑编号": ["007", "8"], "建筑名称": ["=cmd|' /C calc'!A0", "B"], "用途":
         ["学校", "医院"],
         "高度": ["约12", "12 m"], "屋顶面积": ["500", "0.08万m²"], "竣工年份": ["1998年", "05"],
         "经度": [106.37, 106.38], "纬度": [39.01, 39.02]},
        geometry=[SQUARE, shapely.affinity.translate(SQUARE, 0.01)], crs="EPSG:4326",
    )  # fmt: skip
    frame.to_file(tmp_path / "town.gpkg")
    clean = f"clean{suffix}"
    assert run("check", "town.gpkg", "-o", clean, "--no-marked").code == 0
    again = json.loads(run("check", clean, "--json", "--no-marked").out)
    assert again["counts"] == {"in": 2, "usable": 2, "exempt": 0, "quarantined": 0}
    assert again["findings"] == []
    assert again["units"] == {}
    third = f"again{suffix}"
    run("check", clean, "-o", third, "--no-marked")
    # A GeoPackage carries the time of its making, a sheet the rows of the list it is made from.
    if suffix not in {".gpkg", ".xlsx"}:
        assert (tmp_path / clean).read_bytes() == (tmp_path / third).read_bytes()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_template_filled_in_has_no_complaint(run, tmp_path, lang) -> None:
    assert run("template", "-o", "模板.xlsx", "--lang", lang).code == 0
    told = json.loads(run("check", "模板.xlsx", "--json").out)
    assert told["counts"] == {"in": 3, "usable": 3, "exempt": 0, "quarantined": 0}
    assert told["findings"] == []
    assert told["columns"]["not_used"] == []


def test_a_template_is_not_written_over_a_file_unasked(run, tmp_path) -> None:
    (tmp_path / "模板.xlsx").write_bytes(b"mine")
    told = run("template", "-o", "模板.xlsx")
    assert told.code == 2
    assert "exists already" in told.err
    assert (tmp_path / "模板.xlsx").read_bytes() == b"mine"
    assert run("template", "-o", "模板.xlsx", "--overwrite").code == 0
    assert run("template", "-o", "list.csv").code == 2


@pytest.mark.parametrize("option", ["-o", "--marked"])
def test_a_check_writes_over_no_file_unasked(run, tmp_path, option) -> None:
    _workbook(tmp_path, BAD)
    (tmp_path / "mine.xlsx").write_bytes(b"mine")
    told = run("check", "清单.xlsx", option, "mine.xlsx")
    assert told.code == 2
    assert (tmp_path / "mine.xlsx").read_bytes() == b"mine"


def test_what_was_mended_in_the_marked_workbook_is_never_lost(run, tmp_path) -> None:
    _workbook(tmp_path, GOOD, BAD)
    run("check", "清单.xlsx")
    mended = openpyxl.load_workbook(tmp_path / "清单-check.xlsx")
    mended["学校"]["F5"] = 0.3
    mended.save(tmp_path / "清单-check.xlsx")
    assert "清单-check-2.xlsx" in run("check", "清单.xlsx").out
    told = run("check", "清单-check.xlsx")
    assert told.code == 0
    assert "清单-check-3.xlsx" in told.out
    again = openpyxl.load_workbook(tmp_path / "清单-check-3.xlsx")["学校"]
    assert again["F5"].value == 0.3
    assert again["F5"].comment is None


@pytest.mark.parametrize("option", ["-o", "--marked"])
def test_a_check_never_writes_over_a_file_that_it_reads(run, tmp_path, option) -> None:
    file = _workbook(tmp_path, BAD)
    before = file.read_bytes()
    told = run("check", "清单.xlsx", option, "清单.xlsx", "--overwrite")
    assert told.code == 2
    assert "is one of the files that are read" in told.err
    assert file.read_bytes() == before


def test_a_clean_list_of_another_kind_is_refused(run, tmp_path) -> None:
    _workbook(tmp_path, GOOD)
    told = run("check", "清单.xlsx", "-o", "clean.doc", "--no-marked")
    assert told.code == 2
    assert "cannot be written as '.doc'" in told.err


def test_use_classes_that_were_looked_up_come_first(run, tmp_path) -> None:
    (tmp_path / "roofs.csv").write_text(
        "building_id,name,use,roof_area_m2\nA,综合楼,,500\nB,第一中学,,500\n", encoding="utf-8"
    )
    (tmp_path / "uses.csv").write_text("建筑编号,建筑用途\nA,医院\nC,学校\n", encoding="gb18030")
    before = run("check", "roofs.csv", "--lang", "en", "--no-marked")
    assert "A         综合楼  unknown" in before.out
    told = run("check", "roofs.csv", "--uses", "uses.csv", "--lang", "en", "--no-marked")
    assert "hospital          1         0" in told.out
    assert "C" in told.out.splitlines()[2]


def test_a_register_gets_the_outlines_of_another_file(run, tmp_path) -> None:
    (tmp_path / "register.csv").write_text(
        "建筑编号,单位名称,用途,建筑面积\n1,第一中学,学校,5000\n2,市医院,医院,4000\n9,局,党政机关,900\n",
        encoding="gb18030",
    )
    gpd.GeoDataFrame(
        {"building_id": ["1", "2", "3"], "height": [12.0, 15.0, 9.0]},
        geometry=[shapely.affinity.translate(SQUARE, 0.01 * i) for i in range(3)], crs="EPSG:4326",
    ).to_file(tmp_path / "outlines.gpkg")  # fmt: skip
    told = run(
        "check", "register.csv", "--footprints", "outlines.gpkg", "--join-by", "id", "--json",
        "-o", "joined.parquet",
    )  # fmt: skip
    document = json.loads(told.out)
    assert len(document["unmatched"]["register"]) == 1
    assert len(document["unmatched"]["footprints"]) == 1
    # The third has floor area without storeys and no outline: nothing to make a roof of.
    assert document["counts"] == {"in": 3, "usable": 2, "exempt": 0, "quarantined": 1}
    words = run("check", "register.csv", "--footprints", "outlines.gpkg", "--join-by", "id").out
    assert "未匹配：清单 1 行，轮廓 1 个" in words
    assert "  9 局: " in words
    assert "  3: " in words
    joined = gpd.read_parquet(tmp_path / "joined.parquet")
    assert joined["height_m"].tolist() == [12.0, 15.0]
    assert joined.geometry.notna().all()


def test_a_map_datum_is_undone_where_it_is_declared(run, tmp_path) -> None:
    # The GCJ-02 offset at the centre of Dawukou is 418 m toward 77 degrees.
    (tmp_path / "roofs.csv").write_text(
        "building_id,roof_area_m2,lon,lat\nA,500,106.376,39.013\n", encoding="utf-8"
    )
    run("check", "roofs.csv", "--datum", "gcj02", "-o", "clean.csv", "--no-marked")
    row = pd.read_csv(tmp_path / "clean.csv").iloc[0]
    bearing, _, metres = pyproj.Geod(ellps="WGS84").inv(row["lon"], row["lat"], 106.376, 39.013)
    assert metres == pytest.approx(418, abs=2)
    assert bearing == pytest.approx(77, abs=1)


def test_exchanged_latitudes_are_called_out_and_may_be_mended(run, tmp_path) -> None:
    (tmp_path / "roofs.csv").write_text(
        "building_id,roof_area_m2,lon,lat\nA,500,39.01,106.37\n", encoding="utf-8"
    )
    told = run("check", "roofs.csv", "--no-marked")
    assert told.code == 1
    assert "--swap-axes" in told.out
    assert run("check", "roofs.csv", "--no-marked", "--swap-axes").code == 0


HOSTILE = [
    "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", "a\tb\x07c", "\u202egnp.exe", "x" * 500,
    "<script>alert(1)</script>", "{{7*7}}", "'; DROP TABLE", "\ud83d",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE[:-1])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_hostile_name_is_text_everywhere(run, tmp_path, name, kind) -> None:
    if kind == "xlsx" and any(ord(c) < 32 and c != "\t" for c in name):
        name = name.replace("\x07", "")
    if kind == "csv":
        frame = pd.DataFrame({"building_id": ["A"], "name": [name], "roof_area_m2": ["x"]})
        frame.to_csv(tmp_path / "list.csv", index=False, encoding="utf-8-sig")
    else:
        _workbook(tmp_path, [1, name, name, "D", "学校", "x", 3, 2000, "否"], name="list.xlsx")
    told = run("check", f"list.{kind}", "-o", "clean.csv")
    assert told.code == 1
    assert "\x07" not in told.out
    assert "\u202e" not in told.out
    marked = openpyxl.load_workbook(tmp_path / "list-check.xlsx")
    for sheet in marked:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
    # What was read and cannot be used is not in the cleaned list.
    assert len(pd.read_csv(tmp_path / "clean.csv")) == 0


def test_an_archive_with_a_path_out_of_it_is_one_line(run, tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("../evil.shp", b"x")
    told = run("check", "list.zip")
    assert told.code == 2
    assert "leads outside of it" in told.err
    assert len(told.err.splitlines()) == 1


@pytest.mark.parametrize(
    "path", ["https://example.org/a.gpkg", "/vsicurl/https://example.org/a.gpkg", "s3://b/a.shp"]
)
def test_no_file_of_another_computer_is_opened(run, path) -> None:
    told = run("check", path)
    assert told.code == 2
    assert "not a file of this computer" in told.err


def test_an_entity_bomb_is_one_line(run, tmp_path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    (tmp_path / "town.gml").write_text(bomb, encoding="utf-8")
    told = run("check", "town.gml")
    assert told.code == 2
    assert len(told.err.splitlines()) == 1


def test_a_plane_table_may_be_checked(run, tmp_path) -> None:
    (tmp_path / "planes.csv").write_text(
        "plane_id,building_id,surface_tilt,surface_azimuth,kwp\np,A,20,180,5\nq,A,95,180,5\n",
        encoding="utf-8",
    )
    told = run("check", "planes.csv", "--no-marked")
    assert told.code == 1
    assert "2 planes in = 1 usable + 1 that cannot be used; 1 building" in told.out


def test_assess_takes_the_workbook_directly(run, tmp_path) -> None:
    rows = [
        [*GOOD[:3], "大武口区", *GOOD[4:]],
        [3, "市医院", "门诊楼", "惠农区", "医院", 0.8, 4, 2005, "否"],
    ]
    _workbook(tmp_path, *rows, BAD)
    told = run("assess", "清单.xlsx", "-o", "result")
    assert told.code == 0
    findings = pd.read_csv(tmp_path / "result" / "findings.csv", encoding="utf-8-sig")
    assert set(findings["kind"]) >= {"quarantined", "repaired"}
    assert set(findings["sheet"]) == {"学校"}
    record = json.loads((tmp_path / "result" / "run.json").read_text(encoding="utf-8"))
    assert record["counts"]["in"] == 3
    assert record["counts"]["quarantined"] == 1
    buildings = gpd.read_parquet(tmp_path / "result" / "buildings.parquet")
    assert buildings["evidence_grade"].tolist() == ["D", "D"]
    assert buildings["gross_roof_area_sd_fraction"].tolist() == [0.3, 0.3]
    assert buildings["height_m"].isna().all()
    assert buildings["estimated_height_m"].tolist() == [15.0, 12.0]
    assert set(buildings["height_basis"]) == {"storeys"}


def _town(shift_m: float) -> gpd.GeoDataFrame:
    """Two hundred houses of uneven spacing, moved east. [m]."""
    rng = np.random.default_rng(7)
    lon = 106.37 + rng.uniform(0, 0.02, 200) + shift_m / 86_600.0
    lat = 39.01 + rng.uniform(0, 0.015, 200)
    shapes = shapely.box(lon, lat, lon + 1e-4, lat + 1e-4)
    return gpd.GeoDataFrame({"id": range(200)}, geometry=shapes, crs="EPSG:4326")


@pytest.mark.parametrize(("shift", "said"), [(0.0, False), (407.0, True)])
def test_a_list_in_coordinates_of_web_maps_is_called_out(run, tmp_path, shift, said) -> None:
    _town(0.0).to_file(tmp_path / "all.gpkg")
    moved = _town(shift)
    moved.geometry = moved.geometry.translate(yoff=94.0 / 111_000.0 if said else 0.0)
    moved.to_file(tmp_path / "list.gpkg")
    told = run("check", "list.gpkg", "--context", "all.gpkg", "--lang", "en", "--no-marked")
    assert ("GCJ-02" in told.out) is said
