from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from roofpv.catalogue import texts
from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.workbook import read_workbook
from roofpv.inventory.source import Source

HEADERS = ["编号", "单位名称", "建筑面积", "层数"]
ROW = ["a", "第一中学", 5000, 5]
Rows = Sequence[Sequence[object]]


def _known(header: str) -> bool:
    return header in {*HEADERS, "竣工年份", "层数/地上", "建筑用途", "屋面形式"}


def _save(
    file: Path, sheets: Mapping[str, Rows], change: Callable[..., None] | None = None
) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                sheet.cell(number, column, value)
    if change is not None:
        change(*book.worksheets)
    book.save(file)
    return file


def _read(file: Path, sheet: str | None = None) -> Source:
    return read_workbook(file, sheet, _known)


def _refused(call: Callable[[], object], *said: str) -> None:
    with pytest.raises(InvalidInventory) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text


def _notes(source: Source) -> dict[str, dict[str, str]]:
    assert all(key in texts() for key, _ in source.notes)
    return {key.removeprefix("notes."): dict(words) for key, words in source.notes}


def _rows(source: Source) -> list[list[object]]:
    return source.table.to_numpy(dtype=object).tolist()


def test_a_plain_workbook_is_its_table(tmp_path: Path) -> None:
    source = _read(_save(tmp_path / "t.xlsx", {"学校": [HEADERS, ROW]}))
    assert [*source.table.columns] == HEADERS
    assert _rows(source) == [ROW]
    assert source.rows.tolist() == [2]
    assert source.sheets.tolist() == ["学校"]
    assert source.places == {"编号": 1, "单位名称": 2, "建筑面积": 3, "层数": 4}
    assert source.units == {}
    assert source.notes == ()


def test_cells_keep_their_kind_and_a_whole_number_is_one(tmp_path: Path) -> None:
    day = datetime.date(2020, 1, 2)
    row = ["007", 7, 7.5, 1e20, 12345678901, day, True, " x ", "　", "", None]
    headers = [*HEADERS, *"efghijk"]
    source = _read(_save(tmp_path / "t.xlsx", {"a": [headers, row]}))
    cells = _rows(source)[0]
    assert cells == ["007", 7, 7.5, 1e20, 12345678901, day, True, " x ", None, None, None]
    assert [type(cell) for cell in cells[:5]] == [str, int, float, float, int]
    assert str(cells[1]) == "7"


def test_a_column_of_whole_numbers_with_gaps_stays_whole(tmp_path: Path) -> None:
    rows = [HEADERS, [7, "a", 1.5, 1], [None, "b", 2, 1], [8, "c", None, 1]]
    source = _read(_save(tmp_path / "t.xlsx", {"a": rows}))
    assert list(map(str, source.table["编号"])) == ["7", "None", "8"]
    assert source.table["建筑面积"].tolist() == [1.5, 2, None]


def test_titles_two_levels_units_totals_and_remarks_of_a_real_sheet(tmp_path: Path) -> None:
    rows = [
        [None, "石嘴山市公共机构建筑清单"],
        [None, "填报单位：教育局", None, None, None, "2024年6月"],
        [None, "编号", "单位名称", "建筑面积", "层数", None],
        [None, None, None, "（万m²）", "地上", "地下"],
        [None, 1, "第一中学", 0.5, 5, 1],
        [None, 2, None, 0.25, 3, None],
        [None],
        [None, "合计", None, 0.75, 8, 1],
        [None, "注：面积以产权证为准"],
    ]

    def merge(sheet: Worksheet) -> None:
        for cells in ("B1:F1", "B3:B4", "C3:C4", "E3:F3", "C5:C6"):
            sheet.merge_cells(cells)

    source = _read(_save(tmp_path / "t.xlsx", {"学校": rows}, merge))
    assert [*source.table.columns] == ["编号", "单位名称", "建筑面积", "层数/地上", "层数/地下"]
    assert _rows(source) == [[1, "第一中学", 0.5, 5, 1], [2, "第一中学", 0.25, 3, None]]
    assert source.rows.tolist() == [5, 6]
    assert source.units == {"建筑面积": "（万m²）"}
    assert source.places["层数/地下"] == 6
    assert _notes(source) == {
        "header_row": {"rows": "学校: 3–4"},
        "unit_row": {"units": "学校: 建筑面积 （万m²）"},
        "total_rows": {"rows": "学校: 8"},
        "remark_rows": {"rows": "学校: 9"},
        "merged_texts": {"rows": "学校: 单位名称 5–6"},
    }


def test_sheets_of_one_kind_are_read_one_below_the_other(tmp_path: Path) -> None:
    sheets = {
        "大武口": [HEADERS, ROW],
        "说明": [["本表由各单位填写"], ["编号", "单位名称"]],
        "惠农": [["惠农区"], HEADERS, ["b", "医院", 1, 1], ["c", "剧院", 2, 2]],
        "空": [],
        "未填": [HEADERS],
    }
    source = _read(_save(tmp_path / "t.xlsx", sheets))
    assert source.sheets.tolist() == ["大武口", "惠农", "惠农"]
    assert source.rows.tolist() == [2, 3, 4]
    assert source.table["编号"].tolist() == ["a", "b", "c"]
    assert _notes(source) == {
        "sheets_read": {"sheets": "大武口, 惠农"},
        "sheets_skipped": {"sheets": "说明, 未填"},
        "header_row": {"rows": "惠农: 2"},
    }


def test_sheets_of_different_headers_have_all_columns(tmp_path: Path) -> None:
    sheets = {
        "甲": [HEADERS, ROW],
        "乙": [["单位名称", "编号", "竣工年份"], ["医院", "b", 1998]],
    }
    source = _read(_save(tmp_path / "t.xlsx", sheets))
    assert [*source.table.columns] == [*HEADERS, "竣工年份"]
    assert _rows(source) == [[*ROW, None], ["b", "医院", None, None, 1998]]
    assert _notes(source)["headers_differ"] == {"columns": "层数, 建筑面积, 竣工年份"}
    assert source.places["编号"] == 1
    assert source.places["乙!编号"] == 2
    assert source.places["乙!单位名称"] == 1
    assert source.places["竣工年份"] == 3


def test_sheets_in_different_units_are_each_read_in_their_own(tmp_path: Path) -> None:
    others = [5000, 1.5, "0.25", "约0.6", "600左右", "800㎡", "不详", 0, None, True]
    sheets = {
        "甲": [HEADERS, [None, None, "m²", None], ROW],
        "乙": [
            HEADERS,
            [None, None, "亩", "层"],
            *[[f"b{at}", "医院", cell, 1] for at, cell in enumerate(others)],
        ],
    }
    source = _read(_save(tmp_path / "t.xlsx", sheets))
    assert source.units == {"建筑面积": "m²"}
    assert source.table["建筑面积"].tolist() == [
        5000,
        *("5000 亩", "1.5 亩", "0.25 亩", "约0.6 亩", "约600 亩"),
        *("800㎡", "不详", 0, None, True),
    ]
    assert source.table["层数"].tolist() == [5] + [1] * 10
    assert _notes(source)["units_differ"] == {"columns": "建筑面积: m2 (甲), 亩 (乙)"}


def test_a_sheet_without_a_unit_is_in_ours(tmp_path: Path) -> None:
    sheets = {
        "甲": [HEADERS, [None, None, "万m²", None], ["a", "医院", 0.5, 5]],
        "乙": [HEADERS, ROW],
    }
    source = _read(_save(tmp_path / "t.xlsx", sheets))
    assert source.table["建筑面积"].tolist() == [0.5, "5000 m2"]
    assert _notes(source)["units_differ"] == {"columns": "建筑面积: 万m2 (甲), m2 (乙)"}


def test_one_column_under_three_headers_is_one(tmp_path: Path) -> None:
    sheets = {
        "甲": [["建筑名称", "屋顶面积", "层数"], ["a", 1000, 4]],
        "乙": [["层数", "建筑名称", "屋顶面积（平方米）"], [3, "b", 900]],
        "丙": [["楼栋名称", "屋顶面积(亩)", "层数"], ["c", 1.5, 2]],
    }
    source = read_workbook(
        _save(tmp_path / "t.xlsx", sheets),
        None,
        lambda h: h[:2] in ("建筑", "楼栋", "屋顶", "层数"),
    )
    assert [*source.table.columns] == ["建筑名称", "屋顶面积", "层数"]
    assert _rows(source) == [["a", 1000, 4], ["b", 900, 3], ["c", "1.5 亩", 2]]
    assert source.places == {
        "建筑名称": 1, "屋顶面积": 2, "层数": 3, "乙!层数": 1, "乙!建筑名称": 2, "乙!屋顶面积": 3,
    }  # fmt: skip
    notes = _notes(source)
    assert notes["headers_matched"] == {
        "columns": "屋顶面积 = 屋顶面积（平方米） (乙), 建筑名称 = 楼栋名称 (丙), "
        "屋顶面积 = 屋顶面积(亩) (丙)"
    }
    assert "headers_differ" not in notes


@pytest.mark.parametrize("state", ["visible", "hidden"])
def test_a_small_sheet_takes_no_column_from_the_main_one(tmp_path: Path, state: str) -> None:
    sheets = {
        "明细": [["楼栋名称", "屋顶面积（平方米）", "备注"], ["a", 1, "x"], ["b", 2, "y"]],
        "旧": [["建筑名称", "屋顶面积"], ["c", 3]],
    }

    def change(_: Worksheet, second: Worksheet) -> None:
        second.sheet_state = state

    source = read_workbook(_save(tmp_path / "t.xlsx", sheets, change), None, lambda h: len(h) > 3)
    assert [*source.table.columns] == ["建筑名称", "屋顶面积", "备注"]
    assert source.table["屋顶面积"].tolist() == [1, 2, 3]
    assert source.places["建筑名称"] == 1


def test_a_header_that_the_user_states_is_that_of_all_sheets(tmp_path: Path) -> None:
    sheets = {
        "甲": [["建筑名称", "建筑面积", "编号"], ["a", 1, "1号"]],
        "乙": [["楼", "建筑面积", "建筑名称"], ["b", 2, "别名"]],
    }
    file = _save(tmp_path / "t.xlsx", sheets)
    source = read_workbook(file, None, lambda h: h in {"楼", "建筑面积", "编号"}, {"name": " 楼 "})
    assert source.table["楼"].tolist() == ["a", "b"]
    assert source.table["建筑名称"].tolist() == [None, "别名"]


def test_a_header_that_means_something_else_on_another_sheet_makes_way(tmp_path: Path) -> None:
    sheets = {
        "甲": [["编号", "建筑面积", "层数"], ["a", 1, 2]],
        "乙": [["编号", "建筑面积", "总建筑面积"], [None, "元", "㎡"], ["b", 3, 4]],
    }
    source = _read(_save(tmp_path / "t.xlsx", sheets))
    assert [*source.table.columns] == ["编号", "建筑面积", "层数", "建筑面积 (乙)"]
    assert source.table["建筑面积"].tolist() == [1, 4]
    assert source.table["建筑面积 (乙)"].tolist() == [None, 3]
    assert source.places["乙!建筑面积"] == 3


@pytest.mark.parametrize("header", ["序号", "编号"])
def test_running_numbers_that_start_again_get_the_name_of_their_sheet(
    tmp_path: Path, header: str
) -> None:
    names = [header, *HEADERS[1:]]
    sheets = {
        "惠农区": [names, [1, "甲", 1, 1], [2, "乙", 1, 1], [None, "丙", 1, 1]],
        "平罗县": [names, [1, "丁", 1, 1], ["2", "戊", 1, 1]],
    }
    file = _save(tmp_path / "t.xlsx", sheets)
    source = read_workbook(file, None, names.__contains__)
    assert source.table[header].tolist() == ["惠农区-1", "惠农区-2", None, "平罗县-1", "平罗县-2"]
    assert _notes(source)["numbers_restart"] == {"column": header, "key": "惠农区-1"}


@pytest.mark.parametrize(
    ("first", "second"), [([1, 2], [3, 4]), (["A1", "A2"], ["A1", "A3"]), ([501, 502], [501, 503])]
)
def test_keys_of_the_file_stay_as_they_are(
    tmp_path: Path, first: list[object], second: list[object]
) -> None:
    sheets = {
        name: [HEADERS, *[[key, "x", 1, 1] for key in keys]]
        for name, keys in (("甲", first), ("乙", second))
    }
    source = _read(_save(tmp_path / "t.xlsx", sheets))
    assert source.table["编号"].tolist() == [*first, *second]
    assert "numbers_restart" not in _notes(source)


def test_a_single_sheet_keeps_its_running_numbers(tmp_path: Path) -> None:
    source = _read(_save(tmp_path / "t.xlsx", {"甲": [HEADERS, [1, "a", 1, 1], [1, "b", 1, 1]]}))
    assert source.table["编号"].tolist() == [1, 1]


def test_units_that_only_differ_in_writing_are_one(tmp_path: Path) -> None:
    sheets = {
        "甲": [HEADERS, [None, None, "m²", None], ROW],
        "乙": [HEADERS, [None, None, "（平方米）", None], ROW],
    }
    assert _read(_save(tmp_path / "t.xlsx", sheets)).units == {"建筑面积": "m²"}


def test_lists_of_codes_and_sums_of_sheets_are_no_buildings(tmp_path: Path) -> None:
    sheets = {
        "汇总": [HEADERS, ["all", "全市", 10000, None]],
        "清单": [HEADERS, ROW],
        "代码表": [["建筑用途", "屋面形式"], ["学校", "平屋面"]],
    }
    source = _read(_save(tmp_path / "t.xlsx", sheets))
    assert source.sheets.tolist() == ["清单"]
    assert _notes(source)["sheets_skipped"] == {"sheets": "汇总, 代码表"}
    only = _read(_save(tmp_path / "u.xlsx", {"汇总": [HEADERS, ROW]}))
    assert only.sheets.tolist() == ["汇总"]


def test_a_named_sheet_is_read_alone_whatever_it_holds(tmp_path: Path) -> None:
    sheets = {"甲": [HEADERS, ROW], "Data ": [["Kennung", "Höhe"], [1, 2]], "空": []}
    file = _save(tmp_path / "t.xlsx", sheets)
    source = _read(file, "Data")
    assert [*source.table.columns] == ["Kennung", "Höhe"]
    assert source.notes == ()
    _refused(lambda: _read(file, "x"), "t.xlsx, sheet x", "found 甲, Data", "--layer")
    _refused(lambda: _read(file, "空"), "t.xlsx, sheet 空: the sheet is empty")


def test_one_sheet_is_read_though_its_headers_are_not_understood(tmp_path: Path) -> None:
    source = _read(_save(tmp_path / "t.xlsx", {"a": [["Kennung", "Höhe"], [1, 2]], "b": []}))
    assert _rows(source) == [[1, 2]]


def test_several_sheets_of_unknown_headers_are_refused(tmp_path: Path) -> None:
    file = _save(tmp_path / "t.xlsx", {"a": [["x", "y"], [1, 2]], "b": [["u", "v"], [1, 2]]})
    _refused(lambda: _read(file), "t.xlsx: no sheet", "found a, b", "--layer", "[columns]")


def test_a_workbook_of_empty_sheets_is_refused(tmp_path: Path) -> None:
    _refused(lambda: _read(_save(tmp_path / "t.xlsx", {"a": []})), "t.xlsx", "only empty ones")


def test_hidden_sheets_are_read_and_told(tmp_path: Path) -> None:
    def hide(_: Worksheet, second: Worksheet) -> None:
        second.sheet_state = "veryHidden"

    source = _read(_save(tmp_path / "t.xlsx", {"a": [HEADERS, ROW], "b": [HEADERS, ROW]}, hide))
    assert source.sheets.tolist() == ["a", "b"]
    assert _notes(source)["sheets_hidden"] == {"sheets": "b"}


def test_sheets_of_charts_are_passed_over(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADERS)
    book.active.append(ROW)
    book.create_chartsheet("图")
    book.save(tmp_path / "t.xlsx")
    assert _rows(_read(tmp_path / "t.xlsx")) == [ROW]


def test_errors_of_formulas_are_not_taken_for_empty_cells(tmp_path: Path) -> None:
    def spoil(sheet: Worksheet) -> None:
        for place, text in (("C2", "#REF!"), ("D3", "#N/A"), ("A1", "#NAME?"), ("F9", "#DIV/0!")):
            sheet[place] = text
            sheet[place].data_type = "e"

    rows = [[None], [None, "编号", "单位名称", "建筑面积", "层数"], [None, *ROW]]
    source = _read(_save(tmp_path / "t.xlsx", {"a": rows}, spoil))
    assert [*source.table.columns] == ["编号", "#REF!", "建筑面积", "层数", "column 6"]
    assert _rows(source) == [["a", "第一中学", "#N/A", 5, None], [None] * 4 + ["#DIV/0!"]]
    assert source.rows.tolist() == [3, 9]
    assert source.places["编号"] == 2
    assert _notes(source)["error_cells"] == {"count": "4"}


def test_a_formula_without_value_is_empty_and_told(tmp_path: Path) -> None:
    source = _read(_save(tmp_path / "t.xlsx", {"a": [HEADERS, ["a", "b", "=1+1", 1]]}))
    assert _rows(source) == [["a", "b", None, 1]]
    assert _notes(source)["formulas_without_value"] == {"count": "1", "cells": "a!C2"}


def test_text_that_looks_like_a_formula_or_an_error_is_text(tmp_path: Path) -> None:
    def quote(sheet: Worksheet) -> None:
        for place, text in (("B2", "=cmd|'/c calc'!A1"), ("A2", "#N/A")):
            sheet[place] = text
            sheet[place].data_type = "s"

    source = _read(_save(tmp_path / "t.xlsx", {"a": [HEADERS, ROW]}, quote))
    assert _rows(source) == [["#N/A", "=cmd|'/c calc'!A1", 5000, 5]]
    assert "error_cells" not in _notes(source)


def test_the_sheet_of_every_row_is_told_where_columns_are_missing(tmp_path: Path) -> None:
    sheets = {"甲": [HEADERS, ROW], "乙": [HEADERS[:2], ["b", "医院"]]}
    source = _read(_save(tmp_path / "t.xlsx", sheets))
    assert source.table.loc[1, "层数"] is None
    assert isinstance(source.table, pd.DataFrame)
