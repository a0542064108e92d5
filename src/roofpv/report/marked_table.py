"""Inventories that are no workbook: the same table as a workbook, marked like the officer's own."""

from __future__ import annotations

import datetime as dt
import math
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from roofpv.catalogue import say
from roofpv.errors import InvalidInventory
from roofpv.report.ooxml.cells import MOST_COLUMNS, MOST_ROWS, letters
from roofpv.report.ooxml.marking import Note, marks_to_lines, write_marked
from roofpv.report.ooxml.whole import CREATED, whole_file
from roofpv.report.ooxml.xml import clean
from roofpv.text import width

# Excel keeps 15 digits of a number; longer keys would lose their last ones.
_MOST_DIGITS = 10**15
_LONGEST_TEXT = 32_767
_FIRST_DAY = dt.datetime(1900, 3, 1)  # before it, days of Excel's calendar are one off
_SAMPLE, _NARROW, _WIDE = 200, 8, 40


def table_workbook(
    table: pd.DataFrame,
    rows: np.ndarray,
    marks: pd.DataFrame | None,
    out: Path,
    language: str,
    sheets: np.ndarray | None = None,
) -> list[Note]:
    """
    Write a table as a workbook with cells marked.

    Parameters
    ----------
    table : DataFrame (row,)
        As it was read; columns of geometry are left out.
    rows : ndarray (row,)
        Number that each row has in its file; it stands in the first column.
    marks : DataFrame (mark,), optional
        ``sheet``, ``row`` (number in the file), ``place`` (column of the table, from 1; 0 for the
        row as a whole), ``kind``, ``text``. Without it the table alone is written.
    out : Path
        .xlsx
    language : str
        ``en`` or ``zh``.
    sheets : ndarray (row,), optional
        Sheet of each row in its file, where it has several; the second column.

    Returns
    -------
    list of (key of the catalogue, words)
        What could not be done in full.

    Raises
    ------
    InvalidInventory
        More rows or columns than a sheet has, another ending than .xlsx, or an ``out`` that cannot
        be written.
    """
    if out.suffix.lower() != ".xlsx":
        raise InvalidInventory(
            str(out), "the workbook of a table ends in .xlsx", "Choose a name that does"
        )
    names = [n for n, cells in enumerate(table.items()) if not _is_geometry(cells[1])]
    several = sheets is not None and any(sheet != "" for sheet in pd.unique(sheets))
    lead = {"row": pd.Series(rows)} | ({"sheet_name": pd.Series(sheets)} if several else {})
    if len(table) >= MOST_ROWS or len(names) + len(lead) > MOST_COLUMNS:
        raise InvalidInventory(
            out.name,
            f"{len(table):,} rows of {len(names):,} columns; a sheet has room for "
            f"{MOST_ROWS - 1:,} and {MOST_COLUMNS - len(lead):,}",
            "Use the table of findings (.csv) instead",
        )
    title = say("workbooks.table.sheet", language)
    headers = [say(f"workbooks.table.{name}", language) for name in lead]
    headers += [clean(table.columns[n], _LONGEST_TEXT) for n in names]
    columns = [_cells(cells) for cells in lead.values()]
    columns += [_cells(table.iloc[:, n]) for n in names]
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "table.xlsx"
        _write(bare, title, headers, columns, len(lead))
        if marks is None:
            with whole_file(out) as part:
                shutil.copyfile(bare, part)
            return []
        place = {0: 0, **{n + 1: at for at, n in enumerate(names, start=len(lead) + 1)}}
        at = _positions(marks, rows, sheets if several else None)
        lines = [
            # What is said of a column that is left out stands on the number of the row.
            replace(line, sheet=title, cell=(found + 2, place.get(line.cell[1], 1)))
            for line, found in zip(marks_to_lines(marks), at, strict=True)
        ]
        return write_marked(bare, lines, out, language)


def _is_geometry(cells: pd.Series) -> bool:
    return isinstance(cells.dtype, gpd.array.GeometryDtype)


def _positions(marks: pd.DataFrame, rows: np.ndarray, sheets: np.ndarray | None) -> list[int]:
    """Position of each mark's row in the table; -1, the header, where there is none."""
    wanted = np.flatnonzero(np.isin(rows, marks["row"].to_numpy()))
    known: dict[tuple[object, int], int] = {}
    for at in wanted.tolist():
        known.setdefault(("" if sheets is None else sheets[at], int(rows[at])), at)
    asked = marks["sheet"].tolist() if sheets is not None else [""] * len(marks)
    return [known.get((s, int(r)), -1) for s, r in zip(asked, marks["row"].tolist(), strict=True)]


def _cells(cells: pd.Series) -> list[object]:
    """Values that a sheet can hold: text, numbers, dates, None where empty."""
    values = cells.astype(object).where(cells.notna(), None).tolist()
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        large = bool((cells.abs() >= _MOST_DIGITS).any())  # infinity, too
        return [_large(value) for value in values] if large else values
    return [cell_value(value) for value in values]


def _large(value: float | None) -> object:
    return value if value is None or abs(value) < _MOST_DIGITS else str(value)


def cell_value(value: object) -> object:
    """A value as a sheet can hold it: text, a number, a moment, yes or no; None where empty."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dt.datetime):
        plain = value.tzinfo is None and value >= _FIRST_DAY
        return value if plain else value.isoformat(" ")
    if isinstance(value, dt.date):
        return cell_value(dt.datetime.combine(value, dt.time()))
    if isinstance(value, int | float):
        return _large(value) if math.isfinite(value) else str(value)
    return clean(value, _LONGEST_TEXT)


def _write(
    file: Path, title: str, headers: Sequence[str], columns: Sequence[Sequence[object]], lead: int
) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties({"created": CREATED})
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True, "bg_color": "#E4E9EC", "num_format": "@"})
        looks = Looks.of(book)
        sheet.freeze_panes(1, lead)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{letters(MOST_COLUMNS)}{MOST_ROWS}"})
        for column, (header, cells) in enumerate(zip(headers, columns, strict=True)):
            sheet.set_column(column, column, _width([header, *cells[:_SAMPLE]]))
        for column, header in enumerate(headers):
            sheet.write_string(0, column, header, head)
        for row, cells in enumerate(zip(*columns, strict=True), start=1):
            for column, value in enumerate(cells):
                put(sheet, (row, column), value, looks)


@dataclass(frozen=True)
class Looks:
    """Formats of text, of days and of moments."""

    text: Format
    day: Format
    moment: Format

    @classmethod
    def of(cls, book: xlsxwriter.Workbook) -> Looks:
        """Add them to a workbook."""
        patterns = ("@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss")
        return cls(*(book.add_format({"num_format": pattern}) for pattern in patterns))


def put(sheet: Worksheet, place: tuple[int, int], value: object, looks: Looks) -> None:
    """Write what ``cell_value`` gives into a cell (row and column from 0)."""
    if isinstance(value, str):
        sheet.write_string(*place, value, looks.text)
    elif isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif isinstance(value, dt.datetime):
        look = looks.day if value.time() == dt.time() else looks.moment
        sheet.write_datetime(*place, value, look)
    elif isinstance(value, int | float):
        sheet.write_number(*place, value)


def _width(cells: Sequence[object]) -> int:
    longest = max(width(str(cell).split("\n")[0][:_WIDE]) for cell in cells if cell is not None)
    return min(max(longest + 2, _NARROW), _WIDE)
