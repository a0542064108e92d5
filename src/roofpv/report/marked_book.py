"""Workbooks of old formats: all their sheets as .xlsx, cells in their places, marked."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import xlsxwriter

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.sheet import Grid
from roofpv.report.marked_table import Looks, cell_value, put
from roofpv.report.ooxml.cells import MOST_COLUMNS, MOST_ROWS, letters
from roofpv.report.ooxml.marking import Note, marks_to_lines, write_marked
from roofpv.report.ooxml.whole import CREATED
from roofpv.text import width

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31
_MOST_MERGED = 100_000
_SAMPLE, _NARROW, _WIDE = 200, 8, 40


def book_workbook(
    grids: Sequence[Grid], marks: pd.DataFrame, out: Path, language: str
) -> list[Note]:
    """
    Write the sheets of a workbook that cannot be changed itself (.xls) with cells marked.

    Parameters
    ----------
    grids : sequence of Grid
        As ``read_grids`` gives them; each cell keeps its row and column, merged cells stay merged,
        formats are lost.
    marks : DataFrame (mark,)
        As ``mark_workbook`` takes them.
    out : Path
        .xlsx
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    list of (key of the catalogue, words)
        What could not be done in full.

    Raises
    ------
    InvalidInventory
        Another ending than .xlsx, a mark on a sheet that is not there, or an ``out`` that cannot be
        written.
    """
    if out.suffix.lower() != ".xlsx":
        raise InvalidInventory(
            str(out), "the marked copy of an old workbook ends in .xlsx", "Choose a name that does"
        )
    names = _names(grid.sheet for grid in grids)
    renamed = marks.assign(sheet=[names.get(str(sheet), sheet) for sheet in marks["sheet"]])
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "book.xlsx"
        _write(bare, grids, names)
        return write_marked(bare, marks_to_lines(renamed), out, language)


def _names(sheets: Iterable[str]) -> dict[str, str]:
    """Names that an .xlsx file takes, each once whatever its capitals."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for sheet in sheets:
        plain = _FORBIDDEN.sub("_", sheet).strip("'")[:_LONGEST_NAME] or "_"
        name, turn = plain, 2
        while name.lower() in taken:
            end = f" ({turn})"
            name, turn = plain[: _LONGEST_NAME - len(end)] + end, turn + 1
        taken.add(name.lower())
        names[sheet] = name
    return names


def _write(file: Path, grids: Sequence[Grid], names: dict[str, str]) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties({"created": CREATED})
        looks = Looks.of(book)
        for grid in grids:
            sheet = book.add_worksheet(names[grid.sheet])
            sheet.ignore_errors({"number_stored_as_text": f"A1:{letters(MOST_COLUMNS)}{MOST_ROWS}"})
            top, left = grid.row - 1, grid.column - 1
            for column, cells in enumerate(grid.cells.T.tolist(), start=left):
                sheet.set_column(column, column, _width(cells))
            for row, cells in enumerate(grid.cells.tolist(), start=top):
                for column, value in enumerate(cells, start=left):
                    put(sheet, (row, column), cell_value(value), looks)
            for first, start, last, end in _apart(grid):
                value = cell_value(grid.cells[first, start])
                sheet.merge_range(top + first, left + start, top + last, left + end, "")
                put(sheet, (top + first, left + start), value, looks)


def _apart(grid: Grid) -> list[tuple[int, int, int, int]]:
    """Merged ranges of several cells that overlap none before; none of a whole sheet."""
    taken: set[tuple[int, int]] = set()
    found = []
    for first, start, last, end in grid.merged:
        if (last - first + 1) * (end - start + 1) > _MOST_MERGED:
            continue
        cells = {(r, c) for r in range(first, last + 1) for c in range(start, end + 1)}
        if len(cells) > 1 and taken.isdisjoint(cells):
            taken |= cells
            found.append((first, start, last, end))
    return found


def _width(cells: Sequence[object]) -> int:
    # Titles run on over the columns beside them.
    filled = [str(cell).split("\n")[0] for cell in cells[:_SAMPLE] if cell is not None]
    usual = sorted(map(width, filled))[: max(1, len(filled) - 1)]
    return min(max((usual or [0])[-1] + 2, _NARROW), _WIDE)
