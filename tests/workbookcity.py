"""Small cities for the workbook, and the workbook as programs read it."""

from __future__ import annotations

import dataclasses
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
from comparemaker import result

from roofpv.report.city import City
from roofpv.report.workbook import write_workbook

# Names that a program may run, mix up or refuse; None of them may be more than text.
HOSTILE = (
    "=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(1+1)", "=1+1", "\t=1", "\r=1", "＝1+1",
    '=HYPERLINK("http://x.invalid","y")', "http://x.invalid/", "mailto:a@x.invalid",
    "internal:Summary!A1", "<script>alert(1)</script>", "</t></is><c>", "]]>", "&lt;&amp;",
    "a\u202egnp.exe", "\u200fשלום\u200e", "\u2066x\u2069", "🏫🌞", "𠮷野家", "é", "a" * 500,
    "学" * 500, "a\x0bb", "\x00\x01\x1f", "\ud800", "_x0041_", "0012", "1E5", "TRUE", "2020-01-01",
    "#REF!", "{=1}", "'quoted", '"quoted"', "line\nline", " lead and trail ", "\ufffe\uffff",
)  # fmt: skip
IDS = ("0012", "1E5", "=A1", "1e999", "00012345678901234567")


def objects(values) -> pd.Series:
    """Texts as they are: the text type of pandas takes no lone surrogate."""
    return pd.Series(list(values), dtype=object)


def city(buildings: pd.DataFrame | None = None, **parts: object) -> City:
    """The small result as a city; ``parts`` are of its result, but for those of a city."""
    found = result()
    own = {name: parts.pop(name) for name in ("supply", "waterfall", "plans", "notes")
           if name in parts}  # fmt: skip
    if buildings is not None:
        parts["buildings"] = buildings
    supply = own.pop("supply", found.supply)
    return City(dataclasses.replace(found, **parts), supply, **own)


def repeated(count: int, **columns: object) -> pd.DataFrame:
    """The buildings over and over, with ids of their own."""
    table = pd.DataFrame(result().buildings.drop(columns="geometry"))
    whole = pd.concat([table] * -(-count // len(table)), ignore_index=True).iloc[:count]
    return whole.assign(building_id=[f"B{n:05d}" for n in range(count)], **columns)


def written(folder: Path, made: City, language: str = "en") -> openpyxl.Workbook:
    """The workbook of a city, read back; every part of it is well-formed."""
    file = folder / "report.xlsx"
    write_workbook(made, language, file)
    with zipfile.ZipFile(file) as parts:
        for name in parts.namelist():
            ElementTree.fromstring(parts.read(name))
    return openpyxl.load_workbook(file)


def lines(sheet) -> list[list[object]]:
    """Cells of a sheet, row by row."""
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def column(sheet, header: str, head: int = 1) -> list[object]:
    """Cells below a header."""
    headers = [cell.value for cell in sheet[head]]
    at = headers.index(header) + 1
    return [sheet.cell(row, at).value for row in range(head + 1, sheet.max_row + 1)]


def row_of(sheet, name: str):
    """Cells of the row that begins with a name."""
    return next(row for row in sheet.iter_rows() if row[0].value == name)


def shown(cell) -> str:
    """A number as Excel prints it in its format."""
    form = cell.number_format
    share = form.endswith("%")
    places = len(form.removesuffix("%").partition(".")[2])
    value = Decimal(repr(float(cell.value))) * (100 if share else 1)
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return (f"{rounded:f}" if share else f"{rounded:,f}") + ("%" if share else "")
