"""Workbooks for the tests of marking: made, marked, and looked into."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pandas as pd
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from roofpv.inventory.findings import KINDS
from roofpv.report.marked import mark_workbook
from roofpv.report.ooxml.styles import COLOURS

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RED, ORANGE, BLUE, YELLOW = (COLOURS[kind][0] for kind in KINDS)

Mark = tuple[str, int, int, str, str]


def marks_table(*marks: Mark) -> pd.DataFrame:
    names = ["sheet", "row", "place", "kind", "text"]
    return pd.DataFrame(marks, columns=names, dtype=object)


def officers_workbook(folder: Path) -> Path:
    """A list as officers hold it: a title over all columns, merged districts, formulas."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "清单"
    sheet.merge_cells("A1:E1")
    sheet["A1"] = "石嘴山市公共建筑清单"
    sheet.append(["编号", "名称", "区县", "面积", "合计"])
    for row in range(3, 9):
        sheet.append([f"{row:03d}", f"第{row}中学", None, row * 100.5, f"=D{row}*2"])
    sheet["C3"] = "大武口区"
    sheet.merge_cells("C3:C5")
    sheet["D4"].fill = PatternFill("solid", fgColor="FFC6EFCE")
    sheet["D4"].font = Font(bold=True)
    sheet["B5"].comment = Comment("请老王核对", "张三")
    rule = DataValidation(type="list", formula1='"大武口区,惠农区"')
    rule.add("C3:C100")
    sheet.add_data_validation(rule)
    sheet.column_dimensions["B"].width = 33
    book.create_sheet("O'Brien & 汇总")["A1"] = "=SUM(清单!D3:D8)"
    book.defined_names["面积"] = DefinedName("面积", attr_text="清单!$D$3:$D$8")
    file = folder / "list.xlsx"
    book.save(file)
    return file


def marked(folder: Path, *marks: Mark, language: str = "zh") -> openpyxl.Workbook:
    mark_workbook(officers_workbook(folder), marks_table(*marks), folder / "out.xlsx", language)
    return openpyxl.load_workbook(folder / "out.xlsx")


def colour_of(cell: openpyxl.cell.Cell) -> str | None:
    return cell.fill.fgColor.rgb if cell.fill.patternType == "solid" else None


def comments_of(sheet: openpyxl.worksheet.worksheet.Worksheet) -> dict[str, str]:
    cells = (cell for row in sheet.iter_rows() for cell in row)
    return {cell.coordinate: cell.comment.text for cell in cells if cell.comment}


def parts_of(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(file: Path, parts: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file


def lines_listed(book: openpyxl.Workbook, name: str = "检查结果") -> list[tuple[object, ...]]:
    """Lines of the list, below its headers."""
    rows = list(book[name].iter_rows(values_only=True))
    head = next(n for n, row in enumerate(rows) if row[0] in {"工作表", "Sheet"})
    return rows[head + 1 :]


def marked_again(folder: Path, *marks: Mark, language: str = "zh") -> openpyxl.Workbook:
    mark_workbook(folder / "out.xlsx", marks_table(*marks), folder / "again.xlsx", language)
    return openpyxl.load_workbook(folder / "again.xlsx")
