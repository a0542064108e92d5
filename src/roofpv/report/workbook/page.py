"""One sheet written from top to bottom: titles, lines, tables, charts."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import LABEL, Cell, Column, Shown, text_cell
from roofpv.report.workbook.exact import ExactSheet
from roofpv.text import width

Row = Sequence[Cell | Shown]
# Columns of text: the narrowest and widest of a table, of a text that wraps, and of the page.
NARROW, WIDE, LONG = 9, 36, 56
_PAGE = 100
_LINE_POINTS = 15
_ROW_PIXELS = 20
# Characters side by side that still print large enough to be read; the highest row of Excel.
_PRINTED, _HIGHEST = 280, 400


@dataclass(frozen=True)
class Place:
    """Rows of a table on its sheet, from 0: its header, its first and its last row."""

    sheet: str
    head: int
    first: int
    last: int

    def column(self, at: int) -> list[Any]:
        """Cells of a column as a chart is told of them."""
        return [self.sheet, self.first, at, self.last, at]

    def header(self, at: int) -> list[Any]:
        """Cell of a header."""
        return [self.sheet, self.head, at]


class Page:
    """
    A sheet; ``row`` is the next free one. Close it, for widths are known at the end.

    ``lead`` are the columns that are printed again where a table goes on beside a page.
    """

    def __init__(self, book: Book, name: str) -> None:
        self.book = book
        self.name = name
        self.sheet: ExactSheet = book.sheet(name)
        self.row = 0
        self.lead = 0
        self._widths: dict[int, int] = {}
        self._lines: list[tuple[int, str, str]] = []
        self._wrapped: list[tuple[int, int, str]] = []

    def title(self, text: str, look: str = "section") -> None:
        """A title, with an empty row above all but the first."""
        self.row += self.row > 0
        self.sheet.set_row(self.row, 26 if look == "title" else 22)
        self.sheet.write_string(self.row, 0, text, self.book.look(look))
        self.row += 1

    def line(self, text: object, look: str = "line") -> None:
        """A line over the width of the page, wrapped."""
        self._lines.append((self.row, self.book.text(text), look))
        self.row += 1

    def table(self, columns: Sequence[Column], rows: Iterable[Row]) -> Place:
        """A table; a line in place of rows where there are none."""
        head = self.row
        self.head(columns)
        first = self.row
        for row in rows:
            for at, (column, cell) in enumerate(zip(columns, row, strict=True)):
                self._put((self.row, at), column, cell)
            self.row += 1
        if self.row == first:
            self.sheet.write_string(self.row, 0, self.book.say("nothing"), self.book.look("text"))
            self.row += 1
        return Place(self.name, head, first, self.row - 1)

    def main(self, place: Place, *, stays: bool = False) -> None:
        """Of a sheet's long table: a filter, and its header on every page, or in sight too."""
        self.sheet.repeat_rows(place.head)
        self.sheet.autofilter(place.head, 0, place.last, max(self._widths))
        if stays:
            self.sheet.freeze_panes(place.first, 1)

    def head(self, columns: Sequence[Column]) -> None:
        """The header of a table, each with a comment on what it is."""
        for at, column in enumerate(columns):
            right = column.kind == "number" and column.form != LABEL
            look = self.book.look("head_number" if right else "head")
            header = text_cell(column.header, self.book.language)
            self.sheet.write_string(self.row, at, header, look)
            self._widen(at, column, header, header=True)
            comment = self._comment(column)
            if comment:
                lines = sum(max(1, math.ceil(width(line) / 44)) for line in comment.split("\n"))
                size = {"width": 300, "height": 17 * (lines + 1), "font_size": 9}
                author = self.book.say("author")
                self.sheet.write_comment(self.row, at, comment, {"author": author, **size})
        tallest = max((math.ceil(width(c.header) / self._widths[at])
                       for at, c in enumerate(columns)), default=1)  # fmt: skip
        self.sheet.set_row(self.row, _LINE_POINTS * tallest + 3)
        self.row += 1

    def sample(self, columns: Sequence[Column], cells: Sequence[Sequence[Cell]]) -> None:
        """Widen the columns for cells that are written otherwise."""
        for at, (column, own) in enumerate(zip(columns, cells, strict=True)):
            for cell in own[:200]:
                self._widen(at, column, _printed(cell, column.form))

    def chart(self, chart: Any, rows: int = 20, wide: int = 960) -> None:
        """A chart below what is written."""
        self.row += 1
        chart.set_size({"width": wide, "height": rows * _ROW_PIXELS - 10})
        self.sheet.insert_chart(self.row, 0, chart, {"object_position": 2})
        self.row += rows + 1

    def close(self) -> None:
        """Set the widths of the columns, and the lines over them."""
        end, total = 0, self._widths.setdefault(0, NARROW)
        while self._lines and total < _PAGE:
            end += 1
            total += self._widths.setdefault(end, NARROW)
        for at, wide in self._widths.items():
            self.sheet.set_column(at, at, wide)
        self._set_heights()
        across = math.ceil(sum(self._widths.values()) / _PRINTED)
        if across > 1 and self.lead:
            self.sheet.fit_to_pages(across, 0)
            self.sheet.repeat_columns(0, self.lead - 1)
        for row, text, look in self._lines:
            self.sheet.merge_range(row, 0, row, end, "", self.book.look(look))
            self.sheet.write_string(row, 0, text, self.book.look(look))
            self.sheet.set_row(row, min(_LINE_POINTS * _lines(text, total - 4) + 2, _HIGHEST))

    def _set_heights(self) -> None:
        """Rows as high as their texts that wrap: some programs do not see to it themselves."""
        tallest: dict[int, int] = {}
        for row, at, text in self._wrapped:
            tallest[row] = max(tallest.get(row, 1), _lines(text, self._widths[at] - 1))
        for row, lines in tallest.items():
            if lines > 1:
                self.sheet.set_row(row, min(_LINE_POINTS * lines, _HIGHEST))

    def _put(self, place: tuple[int, int], column: Column, cell: Cell | Shown) -> None:
        if isinstance(cell, Shown):
            self._put(place, replace(column, form=cell.form), cell.value)
            return
        form = column.form
        if cell is None or cell == "":
            return
        look = self.book.look
        self._widen(place[1], column, _printed(cell, form))
        if isinstance(cell, str):
            kind = "text" if column.kind in ("number", "date") else column.kind
            self.sheet.write_string(*place, cell, look(kind))
            if kind == "long":
                self._wrapped.append((*place, cell))
        elif isinstance(cell, dt.date):
            moment = dt.datetime.combine(cell, dt.time())
            self.sheet.write_datetime(*place, moment, look("date"))
        else:
            self.sheet.write_number(*place, cell, self.book.number(form))

    def _widen(self, at: int, column: Column, text: str, *, header: bool = False) -> None:
        if column.kind == "over" and not header:
            return
        most = LONG if column.kind == "long" and at else WIDE
        longest = max(map(width, text[: 2 * most].split("\n")), default=0)
        # A header may take two lines.
        wanted = min((longest + 1) // 2 if header else longest, most) + 2
        wanted += column.kind == "number" and column.form != LABEL
        self._widths[at] = max(self._widths.get(at, NARROW), wanted)

    def _comment(self, column: Column) -> str:
        if not column.key:
            return column.note
        key = self.book.say("key", {"key": column.key})
        return f"{key}\n{column.note}" if column.note else key


def _lines(text: str, wide: float) -> int:
    """Lines that a text takes in a width."""
    return sum(max(1, math.ceil(width(line) / wide)) for line in text.split("\n"))


def _printed(cell: Cell, form: str) -> str:
    """About what a cell shows, to find how wide it is."""
    if isinstance(cell, float | int):
        places = len(form.partition(".")[2].rstrip("%"))
        share = form.endswith("%")
        return f"{cell * (100 if share else 1):,.{places}f}{'%' if share else ''}"
    return "" if cell is None else str(cell)
