"""Long lists: a header that stays, a filter, a row each; over several sheets where one is full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import Cell, Column, Shown
from roofpv.report.workbook.exact import ExactSheet
from roofpv.report.workbook.page import Page

# Rows that a sheet has below its header; lists longer than FEW are streamed.
MOST, FEW = 1_048_575, 2_000
# Marks on the cells of a list: given its book, its sheet and how many rows it has.
Marks = Callable[[Book, ExactSheet, int], None]


def write_list(
    book: Book,
    name: str,
    columns: Sequence[Column],
    cells: Sequence[Sequence[Cell | Shown]],
    lead: int = 2,
    marks: Marks | None = None,
) -> None:
    """
    Write a list to a sheet of its own, or to several where one has not the room.

    Parameters
    ----------
    book : Book
    name : str
        Of the sheet, as ``Book.name`` gave it.
    columns : sequence of Column
    cells : sequence of sequences of cells
        Column by column, equally long; in a list of more than ``FEW`` rows none has a format of
        its own.
    lead : int
        Columns that stay in sight.
    marks : function, optional
    """
    rows = len(cells[0])
    for start in range(0, max(rows, 1), MOST):
        part = cells if rows <= MOST else [own[start : start + MOST] for own in cells]
        page = Page(book, name if start == 0 else book.name(name))
        _write(page, columns, part)
        page.sheet.freeze_panes(1, lead)
        page.sheet.repeat_rows(0)
        page.sheet.autofilter(0, 0, max(len(part[0]), 1), len(columns) - 1)
        if marks is not None and len(part[0]):
            marks(book, page.sheet, len(part[0]))
        page.close()


def _write(page: Page, columns: Sequence[Column], cells: Sequence[Sequence[Cell | Shown]]) -> None:
    if len(cells[0]) <= FEW:
        page.table(columns, zip(*cells, strict=True))
        return
    page.head(columns)
    plain = [_plain(own) for own in cells]
    page.sample(columns, plain)
    styles = [page.book.style(column) for column in columns]
    page.sheet.stream(1, plain, styles)


def _plain(cells: Sequence[Cell | Shown]) -> Sequence[Cell]:
    """Without formats of their own."""
    if Shown not in set(map(type, cells)):
        return cast("Sequence[Cell]", cells)
    return [cell.value if isinstance(cell, Shown) else cell for cell in cells]
