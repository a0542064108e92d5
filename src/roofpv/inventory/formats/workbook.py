"""Workbooks (.xlsx, .xlsm, .xls, .xlsb, .ods) -> the table of their sheets."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.delimited_text import UTF16_MARKS, read_text
from roofpv.inventory.formats.sheet import Grid, Table, grid_to_table, listed, short
from roofpv.inventory.formats.sheet_facts import Protected, SheetFacts
from roofpv.inventory.formats.sheet_facts_binary import OLE_MARK, xls_facts, xlsb_facts
from roofpv.inventory.formats.sheet_facts_xml import ods_facts, workbook_part, xlsx_facts
from roofpv.inventory.formats.stacked import stacked
from roofpv.inventory.source import Source

_BROKEN = (
    CalamineError, zipfile.BadZipFile, zlib.error, ParseError, struct.error, OSError, ValueError,
    LookupError, OverflowError, EOFError, NotImplementedError,
)  # fmt: skip
_MARKUP = re.compile(rb"\s*(?:<[!?a-z]|mime-version:|from:)", re.IGNORECASE)
# What readers say of bytes that are no workbook at all, in words that help nobody.
_NO_WORKBOOK = re.compile(r"(?i)cannot detect file format|sectors of an unknown size")
_BYTE_ORDER = b"\xef\xbb\xbf\xff\xfe"
_NO_TABLES = re.compile(
    r"(?i)说明|须知|代码表|代码|字典|选项|下拉|参数|示例|样例|封面|目录|汇总|合计|总表|统计表|"
    r"read ?me|instruction|^notes?$|^codes?$|^lists?$|legend|lookup|example|summary|^total"
)


@dataclass(frozen=True, eq=False)
class _Book:
    """A workbook that was opened, with the facts of its worksheets by name, in their order."""

    file: str
    opened: CalamineWorkbook
    facts: Mapping[str, SheetFacts]
    hidden: frozenset[str]


def read_workbook(
    file: Path,
    sheet: str | None,
    known: Callable[[str], bool],
    stated: Mapping[str, str] | None = None,
) -> Source:
    """
    Read the inventory of a workbook, told by its content, whatever its name.

    Parameters
    ----------
    file : Path
        A zip file among them is known to be safe.
    sheet : str or None
        The sheet to read. Without it all sheets whose headers are understood (two at least) are
        read one below the other, columns by what they mean, and the others are told in a note.
    known : callable
        Whether a header is understood.
    stated : mapping, optional
        Our name -> the file's header, where the user says so.

    Returns
    -------
    Source
        Cells as Excel holds them: text, whole numbers as int, others as float, dates, bool; None
        where empty; errors as the text that Excel shows (#N/A). ``rows`` as Excel numbers them.
        ``places`` holds the column of a header, and where it differs on another sheet that too,
        as ``sheet!header``.

    Raises
    ------
    InvalidInventory
        No workbook, a broken or protected one, no such sheet, or no sheet with a table.
    """
    data = file.read_bytes()
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06", OLE_MARK)):
        return _not_a_workbook(file, data, known)
    book = _open(file.name, data)
    tables = _named_sheet(book, sheet, known) if sheet else _all_sheets(book, known)
    return stacked(tables[0], stated or {}, _sheet_notes(book, *tables))


def read_grids(file: Path) -> list[Grid]:
    """
    Read the cells of every worksheet that is not empty, just as they stand.

    Raises
    ------
    InvalidInventory
        No workbook, a broken or protected one, or a sheet that reaches too far.
    """
    book = _open(file.name, file.read_bytes())
    grids = []
    for name, facts in book.facts.items():
        _check_reach(f"{book.file}, sheet {short(name)}", facts)
        grid = _grid(book, name, facts)
        if grid is not None:
            grids.append(grid)
    return grids


def _not_a_workbook(file: Path, data: bytes, known: Callable[[str], bool]) -> Source:
    if _MARKUP.match(data[:400].replace(b"\0", b"").lstrip(_BYTE_ORDER)):
        raise InvalidInventory(
            file.name,
            f"a web page or XML that is called {file.suffix}, no workbook",
            "Open it in Excel or WPS and save it as .xlsx",
        )
    if b"\0" in data and not data.startswith(UTF16_MARKS):
        raise InvalidInventory(
            file.name,
            "no workbook that can be read",
            "Open it in Excel or WPS and save it as .xlsx",
        )
    source = read_text(file, known)
    notes = (("notes.text_not_workbook", {"suffix": file.suffix}), *source.notes)
    return Source(source.table, source.rows, source.sheets, source.units, source.places, notes)


def _open(name: str, data: bytes) -> _Book:
    with _reading(name):
        facts = _facts(data)
    # The reader loads all sheets of these at once, and its memory is not ours to catch.
    for number, sheet in enumerate(facts if isinstance(facts, list) else [], start=1):
        _check_reach(f"{name}, sheet {number}", sheet)
    with _reading(name):
        opened = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = opened.sheets_metadata
        if isinstance(facts, list):
            facts = dict(zip((s.name for s in sheets), facts, strict=True))
        wanted = {s.name: facts[s.name] for s in sheets if s.typ == SheetTypeEnum.WorkSheet}
    hidden = frozenset(s.name for s in sheets if s.visible != SheetVisibleEnum.Visible)
    return _Book(name, opened, wanted, hidden)


@contextlib.contextmanager
def _reading(where: str) -> Iterator[None]:
    try:
        yield
    except Protected as error:
        raise InvalidInventory(
            where,
            "the workbook is protected by a password",
            "Open it, remove the password and save it again",
        ) from error
    except _BROKEN as error:
        raise _unreadable(where, error) from error
    except BaseException as error:
        # A panic in the reader is no Exception, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise _unreadable(where, error) from error


def _unreadable(where: str, error: BaseException) -> InvalidInventory:
    reason = " ".join(str(error).split())[:120]
    if _NO_WORKBOOK.search(reason):
        return InvalidInventory(
            where,
            "no workbook, or a damaged one",
            "Open it in Excel or WPS, save it as .xlsx and try again",
        )
    return InvalidInventory(
        where, f"cannot be read as a workbook ({reason})", "Check that the file is whole"
    )


def _facts(data: bytes) -> dict[str, SheetFacts] | list[SheetFacts]:
    """Facts of the sheets by name; in their order where the reader loads all of them at once."""
    if data.startswith(OLE_MARK):
        return xls_facts(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "content.xml" in archive.namelist():
            return [*ods_facts(archive).values()]
        workbook = workbook_part(archive)
        if workbook.endswith(".bin"):
            return xlsb_facts(archive, workbook)
        return xlsx_facts(archive)


def _named_sheet(
    book: _Book, sheet: str, known: Callable[[str], bool]
) -> tuple[dict[str, Table], list[str]]:
    name = next((name for name in book.facts if name.strip() == sheet.strip()), None)
    if name is None:
        raise InvalidInventory(
            f"{book.file}, sheet {sheet}",
            f"no such sheet; found {listed(book.facts)}",
            "Choose one of them with --layer",
        )
    table = _table(book, name, known)
    if table is None:
        raise InvalidInventory(
            f"{book.file}, sheet {sheet}", "the sheet is empty", "Choose another with --layer"
        )
    return {name: table}, []


def _all_sheets(book: _Book, known: Callable[[str], bool]) -> tuple[dict[str, Table], list[str]]:
    """The sheets that hold buildings, and the names of the others that are not empty."""
    read = {name: _table(book, name, known) for name in book.facts}
    tables = {name: table for name, table in read.items() if table is not None}
    found = [name for name, table in tables.items() if table.understood >= 2]
    # A list of codes may have headers of ours, and a sum of sheets would count all twice.
    listing = [name for name in found if not _NO_TABLES.search(name) and len(tables[name].frame)]
    wanted = listing or found or ([*tables] if len(tables) == 1 else [])
    if not wanted:
        sheets = listed(tables) if tables else "only empty ones"
        raise InvalidInventory(
            book.file,
            f"no sheet with headers that are understood; found {sheets}",
            "Choose the one with the buildings: --layer NAME; other headers go into [columns] of "
            "the configuration",
        )
    return {n: tables[n] for n in wanted}, [n for n in tables if n not in wanted]


def _table(book: _Book, name: str, known: Callable[[str], bool]) -> Table | None:
    facts = book.facts[name]
    _check_reach(f"{book.file}, sheet {short(name)}", facts)
    grid = _grid(book, name, facts)
    return None if grid is None else grid_to_table(grid, known)


def _check_reach(where: str, facts: SheetFacts) -> None:
    if facts.is_too_large:
        raise InvalidInventory(
            where,
            f"its cells reach to row {facts.height:,} and column {facts.width:,}, more than a "
            "table of buildings can",
            "Delete what stands far from the table, or save the sheet as CSV",
        )


def _grid(book: _Book, name: str, facts: SheetFacts) -> Grid | None:
    with _reading(f"{book.file}, sheet {short(name)}"):
        sheet = book.opened.get_sheet_by_name(name)
        start, merged = sheet.start, facts.merged
        top, left = start or (0, 0)
        rows = sheet.to_python(skip_empty_area=True) if start else []
        if merged is None:
            ranges = sheet.merged_cell_ranges or []
            merged = [(a, b, c, d) for (a, b), (c, d) in ranges]
    # An error is no value to the reader: it may be the first cell, or the last.
    height = max([len(rows), *(row - top + 1 for row, _ in facts.errors)])
    width = max([*map(len, rows[:1]), *(c - left + 1 for _, c in facts.errors)], default=0)
    up = max([0, *(top - row for row, _ in facts.errors)])
    aside = max([0, *(left - c for _, c in facts.errors)])
    cells = np.full((height + up, width + aside), None, dtype=object)
    if rows:
        cells[up : up + len(rows), aside : aside + len(rows[0])] = rows
    top, left = top - up, left - aside
    for column in cells.T:
        _tidy(column)
    for (row, c), text in facts.errors.items():
        cells[row - top, c - left] = text
    if not cells.size:
        return None
    inside = [(a - top, b - left, c - top, d - left) for a, b, c, d in merged]
    bounded = [
        (a, b, min(c, cells.shape[0] - 1), min(d, cells.shape[1] - 1))
        for a, b, c, d in inside
        if 0 <= a <= c and 0 <= b <= d and a < cells.shape[0] and b < cells.shape[1]
    ]
    return Grid(cells, name, top + 1, left + 1, bounded)


def _tidy(column: np.ndarray) -> None:
    """Empty cells as None and whole numbers as int, in place."""
    is_float, is_text = (
        np.fromiter((type(cell) is kind for cell in column), dtype=bool, count=len(column))
        for kind in (float, str)
    )
    floats = np.flatnonzero(is_float)
    numbers = column[floats].astype(float)
    whole = (numbers == np.floor(numbers)) & (np.abs(numbers) < 2**53)
    column[floats[whole]] = numbers[whole].astype(np.int64).astype(object)
    texts = np.flatnonzero(is_text)
    held = pd.Series(column[texts], dtype=object)
    blank = [text for text in pd.unique(held) if not text.strip()]
    if blank:
        column[texts[held.isin(blank).to_numpy()]] = None


def _sheet_notes(
    book: _Book, tables: Mapping[str, Table], skipped: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    if skipped:
        yield "notes.sheets_skipped", {"sheets": listed(skipped)}
    hidden = [name for name in tables if name in book.hidden]
    if hidden:
        yield "notes.sheets_hidden", {"sheets": listed(hidden)}
    errors = sum(len(book.facts[name].errors) for name in tables)
    if errors:
        yield "notes.error_cells", {"count": f"{errors:,}"}
    bare = [f"{short(name)}!{cell}" for name in tables for cell in book.facts[name].uncalculated]
    if bare:
        yield "notes.formulas_without_value", {"count": f"{len(bare):,}", "cells": listed(bare)}
