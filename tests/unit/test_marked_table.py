from __future__ import annotations

import datetime as dt
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from workbookparts import (
    ORANGE,
    YELLOW,
    colour_of,
    comments_of,
    lines_listed,
    marks_table,
)

from roofpv.errors import InvalidInventory
from roofpv.report import marked_table
from roofpv.report.marked import table_workbook

# Tables that are no workbook.


def _table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "编号": ["007", "=1+1", "x\x00y"],
            "面积": [1.5, np.nan, np.inf],
            "层数": [3, 4, 5],
            "账号": [640202198001011234, 1, 2],
            "日期": pd.to_datetime(["2020-05-06 00:00", None, "2021-01-02 03:04"]),
            "混": [True, dt.date(1890, 1, 2), dt.date(2001, 2, 3)],
        }
    )


def _tabled(folder: Path, marks: pd.DataFrame | None, **more: np.ndarray) -> openpyxl.Workbook:
    rows = np.array([2, 3, 7])
    out = folder / "table.xlsx"
    assert table_workbook(_table(), rows, marks, out, "zh", more.get("sheets")) == []
    return openpyxl.load_workbook(out)


def test_a_table_keeps_its_types(tmp_path):
    sheet = _tabled(tmp_path, marks_table())["数据"]
    cells = list(sheet.iter_rows(values_only=True))
    assert cells == [
        ("原文件行号", "编号", "面积", "层数", "账号", "日期", "混"),
        (2, "007", 1.5, 3, "640202198001011234", dt.datetime(2020, 5, 6), True),
        (3, "=1+1", None, 4, 1, None, "1890-01-02 00:00:00"),
        (7, "x?y", "inf", 5, 2, dt.datetime(2021, 1, 2, 3, 4), dt.datetime(2001, 2, 3)),
    ]
    assert sheet["B3"].data_type == "s"
    assert [sheet[n].number_format for n in ("B2", "F2", "F4")] == [
        "@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
    ]  # fmt: skip
    assert sheet.freeze_panes == "B2"


def test_marks_of_a_table_stand_on_its_cells_and_tell_the_row_of_the_file(tmp_path):
    book = _tabled(
        tmp_path,
        marks_table(
            ("", 7, 2, "emptied", "a"),
            ("", 3, 0, "quarantined", "b"),
            ("", 3, 99, "doubtful", "c"),
            ("", 50, 1, "doubtful", "d"),
        ),
    )
    sheet = book["数据"]
    assert sorted(comments_of(sheet)) == ["A3", "B1", "C4"]
    assert colour_of(sheet["C4"]) == ORANGE
    assert [row[:3] for row in lines_listed(book)] == [
        ("数据", 7, "C4"), ("数据", 3, "A3"), ("数据", 3, "A3"), ("数据", 50, "B1"),
    ]  # fmt: skip


def test_geometry_is_left_out_and_what_follows_moves_up(tmp_path):
    frame = gpd.GeoDataFrame(
        {"a": [1], "geometry": [shapely.Point(0, 0)], "b": [2]}, crs="EPSG:4326"
    )
    marks = marks_table(("", 1, 3, "emptied", "x"), ("", 1, 2, "doubtful", "y"))
    table_workbook(frame, np.array([1]), marks, tmp_path / "out.xlsx", "en")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Data"]
    assert next(sheet.iter_rows(values_only=True)) == ("row in the file", "a", "b")
    assert [colour_of(sheet[n]) for n in ("A2", "B2", "C2")] == [YELLOW, None, ORANGE]


def test_rows_of_several_sheets_are_told_apart(tmp_path):
    table = pd.DataFrame({"a": ["x", "y"]})
    sheets = np.array(["甲", "乙"], dtype=object)
    marks = marks_table(("乙", 2, 1, "doubtful", "b"))
    table_workbook(table, np.array([2, 2]), marks, tmp_path / "out.xlsx", "zh", sheets)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["数据"]
    assert [c.value for c in sheet[1]] == ["原文件行号", "原工作表", "a"]
    assert sorted(comments_of(sheet)) == ["C3"]


def test_a_table_without_marks_is_the_table_alone(tmp_path):
    assert _tabled(tmp_path, None).sheetnames == ["数据"]


def test_a_table_is_an_xlsx_file(tmp_path):
    with pytest.raises(InvalidInventory, match=r"ends in \.xlsx"):
        table_workbook(_table(), np.arange(3), marks_table(), tmp_path / "out.xls", "zh")


@pytest.mark.parametrize("name", ["MOST_ROWS", "MOST_COLUMNS"])
def test_a_table_larger_than_a_sheet_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(marked_table, name, 3)
    with pytest.raises(InvalidInventory, match=r"3 rows of 6 columns.*findings \(\.csv\)"):
        table_workbook(_table(), np.arange(3), marks_table(), tmp_path / "out.xlsx", "zh")
