"""Long lists: a header that stays, a filter, a row each; over several sheets where one is full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import Cell, Column, Shown
from roofpv.report.workbook.exact import ExactSheet
from roofpv.report.workbook.page import Page

# Rows that a sheet has below its header; lists longer than FEW are streamed, so many at a time.
MOST, FEW, BLOCK = 1_048_575, 2_000, 5_000
# Marks on the cells of a list: given its book, its sheet and how many rows it has.
Marks = Callable[[Book, ExactSheet, int], None]
Part = Sequence[Sequence[Cell | Shown]]


@dataclass(frozen=True)
class Rows:
    """Rows of a list: how many, and the cells from one to another, column by column."""

    count: int
    part: Callable[[int, int], Part]


def held(cells: Part) -> Rows:
    """Rows of cells that are there."""
    return Rows(len(cells[0]), lambda start, end: [own[start:end] for own in cells])


def write_list(
    book: Book,
    name: str,
    columns: Sequence[Column],
    rows: Rows,
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
    rows : Rows
        In a list of more than ``FEW`` of them no cell has a format of its own.
    lead : int
        Columns that stay in sight.
    marks : function, optional
    """
    for start in range(0, max(rows.count, 1), MOST):
        end = min(start + MOST, rows.count)
        page = Page(book, name if start == 0 else book.name(name))
        if end - start <= FEW:
            page.table(columns, zip(*rows.part(start, end), strict=True))
        else:
            _stream(page, columns, rows, (start, end))
        page.lead = lead
        page.sheet.freeze_panes(1, lead)
        page.sheet.repeat_rows(0)
        page.sheet.autofilter(0, 0, max(end - start, 1), len(columns) - 1)
        if marks is not None and end > start:
            marks(book, page.sheet, end - start)
        page.close()


def _stream(page: Page, columns: Sequence[Column], rows: Rows, span: tuple[int, int]) -> None:
    start, end = span
    page.head(columns)
    page.sample(columns, [_plain(own) for own in rows.part(start, min(start + FEW, end))])
    styles = [page.book.style(column) for column in columns]
    page.sheet.stream(end - start, _blocks(rows, span), styles)


def _blocks(rows: Rows, span: tuple[int, int]) -> Iterator[Sequence[Sequence[Cell]]]:
    """Cells block by block, made when they are asked for: never all of them stand in memory."""
    start, end = span
    for first in range(start, end, BLOCK):
        yield [_plain(own) for own in rows.part(first, min(first + BLOCK, end))]


def _plain(cells: Sequence[Cell | Shown]) -> Sequence[Cell]:
    """Without formats of their own."""
    if Shown not in set(map(type, cells)):
        return cast("Sequence[Cell]", cells)
    return [cell.value if isinstance(cell, Shown) else cell for cell in cells]
