from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.sheet import Grid
from roofpv.report.marked_book import book_workbook

DAY = dt.date(2020, 1, 2)


def _grid(rows: list[list[object]], sheet: str, row: int = 1, column: int = 1) -> Grid:
    cells = np.full((len(rows), max(map(len, rows))), None, dtype=object)
    for number, cells_of_row in enumerate(rows):
        cells[number, : len(cells_of_row)] = cells_of_row
    return Grid(cells, sheet, row, column)


def _marks(*marks: tuple[str, int, int]) -> pd.DataFrame:
    rows = [(*mark, "doubtful", "请核实") for mark in marks]
    return pd.DataFrame(rows, columns=["sheet", "row", "place", "kind", "text"])


SCHOOLS = _grid(
    [["学校清单"], ["编号", "面积"], ["007", 5000.5], ["=1+1", DAY], [True, None]], "学校"
)
HOSPITALS = _grid([["名称"], ["市医院"]], "医院", 4, 3)


def test_every_sheet_keeps_its_name_and_every_cell_its_place(tmp_path: Path) -> None:
    out = tmp_path / "t.xlsx"
    assert book_workbook([SCHOOLS, HOSPITALS], _marks(("学校", 3, 2)), out, "zh") == []
    book = openpyxl.load_workbook(out)
    assert book.sheetnames[:2] == ["学校", "医院"]
    cells = [*book["学校"].iter_rows(values_only=True)]
    assert cells == [
        ("学校清单", None),
        ("编号", "面积"),
        ("007", 5000.5),
        ("=1+1", dt.datetime(2020, 1, 2)),
        (True, None),
    ]
    assert book["学校"]["A4"].data_type == "s"
    assert (book["医院"]["C4"].value, book["医院"]["C5"].value) == ("名称", "市医院")


def test_marks_stand_on_the_cells_of_their_sheets(tmp_path: Path) -> None:
    out = tmp_path / "t.xlsx"
    book_workbook([SCHOOLS, HOSPITALS], _marks(("学校", 3, 2), ("医院", 5, 3)), out, "zh")
    book = openpyxl.load_workbook(out)
    assert "请核实" in book["学校"]["B3"].comment.text
    assert "请核实" in book["医院"]["C5"].comment.text
    assert book["学校"]["B2"].comment is None


def test_merged_cells_stay_merged_where_they_do_not_overlap(tmp_path: Path) -> None:
    grid = Grid(SCHOOLS.cells, "学校", 2, 2, [(0, 0, 0, 1), (0, 1, 1, 1), (2, 0, 2, 0)])
    book_workbook([grid], _marks(("学校", 4, 3)), tmp_path / "t.xlsx", "zh")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["学校"]
    assert [str(cells) for cells in sheet.merged_cells.ranges] == ["B2:C2"]
    assert sheet["B2"].value == "学校清单"


def test_a_merge_of_a_whole_sheet_is_left_out(tmp_path: Path) -> None:
    cells = np.full((100_001, 1), None, dtype=object)
    cells[0, 0] = "x"
    grid = Grid(cells, "a", 1, 1, [(0, 0, 100_000, 0)])
    book_workbook([grid], _marks(("a", 1, 1)), tmp_path / "t.xlsx", "en")
    assert not openpyxl.load_workbook(tmp_path / "t.xlsx")["a"].merged_cells.ranges


def test_names_that_no_new_workbook_takes_are_changed(tmp_path: Path) -> None:
    names = ["a/b", "A_b", "x" * 40, "X" * 40]
    grids = [_grid([["编号"], [name]], name) for name in names]
    book_workbook(grids, _marks(*[(name, 2, 1) for name in names]), tmp_path / "t.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames[:4] == ["a_b", "A_b (2)", "x" * 31, "X" * 27 + " (2)"]
    for sheet, name in zip(book.sheetnames, names, strict=False):
        assert book[sheet]["A2"].value == name
        assert book[sheet]["A2"].comment is not None


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInventory, match=r"ends in \.xlsx"):
        book_workbook([SCHOOLS], _marks(("学校", 1, 1)), tmp_path / "t.xls", "en")
