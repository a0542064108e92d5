"""``assess`` and ``demo`` in Chinese leave no English on the screen."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from latinread import english
from streetmaker import ROOFS, TOWER, elevation, horizon, listed, surface, towers

import roofpv
from roofpv.batch.rehearse import rehearsal_lines
from roofpv.catalogue import LANGUAGES, say
from roofpv.report import summary
from roofpv.report.city import recorded
from roofpv.report.lost_rows import lost_lines

# Rows that are used, repaired, doubted, and not used for each of three reasons.
LIST = """building_id,name,district,use,ownership,completed,roof_area_m2,floors,floor_area_m2,其他
H1,县医院,大武口区,hospital,public,2010,900,4,3600,1
H2,小学,大武口区,school,public,2012,700,3,2100,
H3,中学,平罗县,school,public,2012,-35,3,2100,
H3,中学,平罗县,school,public,2012,800,3,2100,
H4,,平罗县,school,public,99/99,800,-3,2100,
H5,市政府,惠农区,government,public,1999,6000,2,900,
H6,,惠农区,未定,public,1999,无数,,,
H7,,,未定,public,1999,600,3,1800,
"""


def left(text, *own):
    """Lines with words that are neither Chinese nor names of ours or of the data, ``own``."""
    found = {line: english(line) - set(own) for line in text.splitlines()}
    return {line: words for line, words in found.items() if words}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("清单")
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    listed().to_file(folder / "roofs.geojson")
    towers(*((ROOFS[name], 8.0) for name in list(ROOFS)[1:]), (TOWER, 40.0)).to_file(
        folder / "all.gpkg"
    )
    surface(folder / "dsm.tif")
    elevation(folder / "dem.tif")
    horizon(folder / "horizon.csv")
    return folder


def without_folder(text):
    """What is printed, without where the files are."""
    return re.sub(r"^文件：.*$", "文件：", text, flags=re.MULTILINE)


def test_an_assessment_with_lost_rows_and_notes_is_told_in_chinese(run, place, tmp_path):
    done = run("assess", place / "list.csv", "-o", tmp_path / "out", "--lang", "zh")
    assert done.code == 0
    assert left(without_folder(done.out), "parquet") == {}
    assert left(done.err) == {}
    assert "清单建筑 8 栋 = 已评估 5 栋 + 豁免 0 栋 + 无法使用 3 栋" in done.out
    assert done.err.count("无法使用：第 ") == 3
    assert "第 4 行，屋顶面积 = -35：超出合理范围" in done.err
    assert "请填写经纬度或区县" in done.err
    assert f"文件：{tmp_path / 'out'}/\n  buildings.csv\n" in done.out


def test_the_screen_has_the_same_lines_and_numbers_in_both_languages(run, place, tmp_path):
    run("assess", place / "list.csv", "-o", tmp_path / "out")
    result = roofpv.read_results(tmp_path / "out")
    english_lines, chinese = (summary(result, language) for language in LANGUAGES)
    assert summary(result) == english_lines
    assert len(english_lines) == len(chinese)
    shares = [re.findall(r"\d+\.\d%", "\n".join(lines)) for lines in (english_lines, chinese)]
    assert sorted(shares[0]) == sorted(shares[1])


def test_what_is_around_is_told_in_chinese(run, place, tmp_path):
    given = ("--context", place / "all.gpkg", "--dsm", place / "dsm.tif")
    common = ("assess", place / "roofs.geojson", "-o", tmp_path / "out", "--lang", "zh")
    tried = run(*common, "--dry-run", *given, "--terrain", place / "dem.tif")
    assert tried.out.startswith("3 行，可用 3 行，无法使用 0 行\n周边建筑：3 行")
    done = run(*common, *given, "--terrain", place / "horizon.csv", "--design", "npv")
    for text in (tried.out, tried.err, without_folder(done.out), done.err):
        assert left(text, "beside", "gable", "low", "parquet") == {}
    assert "布置目标 净现值最大：" in done.out
    assert "遮挡（周边建筑）：" in done.out


def test_the_demo_is_told_in_chinese_and_so_is_its_report(run, tmp_path, monkeypatch):
    whole = roofpv.read_inventory
    monkeypatch.setattr(roofpv, "read_inventory", lambda path: whole(path).iloc[::30])
    done = run("demo", tmp_path / "demo", "--lang", "zh")
    assert done.code == 0
    assert left(without_folder(done.out), "parquet") == {}
    assert done.out.startswith("合成建筑数据和气象数据（")
    assert 'lang="zh' in (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")[:400]


@pytest.mark.parametrize(
    ("options", "language"),
    [
        ((), "en"),
        (("--lang", "zh"), "zh"),
        (("--report-lang", "zh"), "zh"),
        (("--lang", "zh", "--report-lang", "en"), "en"),
    ],
)
def test_the_report_is_in_its_own_language_or_that_of_the_screen(
    run, place, tmp_path, monkeypatch, options, language
):
    asked = []
    monkeypatch.setattr("roofpv.reporting.make_report", lambda _, ask: asked.append(ask) or [])
    job = ("assess", place / "list.csv", "-o", tmp_path / "out", "--report", "html")
    assert run(*job, *options).code == 0
    assert [one.language for one in asked] == [language]


def test_what_else_is_wrong_in_a_lost_row_is_told_too():
    also = f"; {say('findings.also', 'en')} floors = 300: outside 0.5 to 200"
    row = {
        "row": 4, "column": "roof_area_m2", "value": "abc", "code": "NOT_A_NUMBER",
        "reason": "not a number" + also, "what_to_do": "Write a plain number",
    }  # fmt: skip
    (line,) = lost_lines(pd.DataFrame([row]), "zh")
    assert line.startswith("无法使用：第 4 行，屋顶面积 = abc：")
    assert "层数 = 300：超出合理范围" in line
    assert lost_lines(pd.DataFrame([row])) == [
        f"quarantined: row 4, roof_area_m2 = abc: not a number{also}. Write a plain number."
    ]


def test_of_many_lost_rows_the_first_five_are_told():
    row = {"row": 4, "column": "use", "value": "", "code": "", "reason": "r", "what_to_do": "m"}
    lines = [lost_lines(pd.DataFrame([row] * 7), language) for language in LANGUAGES]
    assert [len(one) for one in lines] == [6, 6]
    assert lines[0][0] == "quarantined: row 4, use: r. m."
    assert [one[-1] for one in lines] == [
        "... and 2 more rows, in quarantine.csv", "…… 另有 2 行，见 quarantine.csv",
    ]  # fmt: skip


def test_a_trial_of_a_long_list_is_told_in_chinese():
    told = {
        "rows": 120_000, "cells": 2_400_000, "parts": 4, "rows_tried": 2_000, "usable_tried": 1_990,
        "seconds": 90.0, "disk_bytes": 2e8, "memory_bytes": 2.0 * 1024**3, "sorted": True,
        "skylines_bytes": 2e8, "skylines_kept": False, "update": False,
    }  # fmt: skip
    for kept in (True, False):
        lines = rehearsal_lines(told | {"skylines_kept": kept, "update": kept}, "zh", shaded=True)
        assert left("\n".join(lines), "MB", "GiB", "keep", "skylines", "update") == {}
    assert rehearsal_lines(told, shaded=True) == [
        "120,000 rows (2,400,000 cells) in 4 parts",
        "usable of the first 2,000 rows: 1,990",
        "by the first 2,000 rows about 90 s, and 200 MB of disk",
        "about 2.0 GiB of memory",
        "skylines are not kept; --keep-skylines keeps them, about 200 MB more",
        "the time is that of the list among its own buildings",
        "the list is in no spatial order: it is sorted for parts among neighbours, whose rows then "
        "stand by place",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("shade, neighbours: 2 of 9 roofs are not in the context, which should hold all buildings: "
         "is it of another year, or shifted? (They count beside it.)",
         "遮挡（周边建筑）：9 处屋顶中有 2 处不在周边建筑数据中"),
        ("shade, surface: dsm.tif: pixels of -9 m are taken as without data, all else is far above",
         "遮挡（表面模型）：dsm.tif：值为 -9 m 的像元按缺值处理"),
        ("zones: no column tells their kind; all are taken as forbidden", "屋顶区域："),
        ("public holidays of 2031, 2032 are not known: only weekends are taken as free", "2031"),
    ],
)  # fmt: skip
def test_what_a_source_says_is_told_behind_its_name(text, told):
    said = recorded(text, "zh")
    assert said.startswith(told)
    assert not english(said)
