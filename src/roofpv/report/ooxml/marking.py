"""A workbook on its way from unmarked to marked: cells, comments, and the sheet that lists them."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from roofpv.catalogue import say
from roofpv.errors import InvalidInventory
from roofpv.inventory.findings import KINDS
from roofpv.inventory.formats.archives import members
from roofpv.report.ooxml import comments, shapes
from roofpv.report.ooxml.book import Book, Listed
from roofpv.report.ooxml.cells import Cell
from roofpv.report.ooxml.package import OFFICE, Package
from roofpv.report.ooxml.sheet import Sheet
from roofpv.report.ooxml.summary import MOST_LINES, TAB, TITLES, Line, summary
from roofpv.report.ooxml.whole import whole_file
from roofpv.report.ooxml.xml import clean

Note = tuple[str, Mapping[str, str]]

# Each comment is a drawing of its own: LibreOffice opens 2,000 in 7 s more, 20,000 in 3 minutes.
MOST_COMMENTS = 2_000
_LONGEST_MARK, _LONGEST_COMMENT = 1_000, 3_000
_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWINGS = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, ValueError, LookupError, NotImplementedError, RuntimeError,
    EOFError, ArithmeticError,
)  # fmt: skip
_WORST = {kind: number for number, kind in enumerate(KINDS)}


def write_marked(file: Path, lines: Sequence[Line], out: Path, language: str) -> list[Note]:
    """
    Write a copy of a workbook with cells marked.

    Parameters
    ----------
    file : Path
    lines : sequence of Line
        Marks; column 0 of a cell is the row as a whole.
    out : Path
    language : str

    Returns
    -------
    list of (key of the catalogue, words)

    Raises
    ------
    InvalidInventory
        As ``mark_workbook``.
    """
    members(file)
    with whole_file(out) as part:
        try:
            with zipfile.ZipFile(file) as archive, contextlib.ExitStack() as opened:
                job = _Job(file.name, Book(Package(archive)), language, opened)
                notes = job.mark(lines)
                with part.open("wb") as written:
                    job.book.package.save(written)
        except _DAMAGED as error:
            reason = " ".join(str(error).split())[:120]
            raise InvalidInventory(
                file.name,
                f"cannot be marked ({reason})",
                "Open it in Excel, save it as .xlsx, and check that file",
            ) from error
    return notes


def marks_to_lines(marks: pd.DataFrame) -> list[Line]:
    """Marks of a table as lines; a mark above the first row stands on it."""
    columns = [marks[name].tolist() for name in ("sheet", "row", "place", "kind", "text")]
    return [
        Line(
            str(sheet),
            int(row),
            (max(int(row), 1), int(place)),
            str(kind),
            clean(text, _LONGEST_MARK),
        )
        for sheet, row, place, kind, text in zip(*columns, strict=True)
    ]


class _Job:
    """One workbook on its way from unmarked to marked."""

    def __init__(self, name: str, book: Book, language: str, opened: contextlib.ExitStack) -> None:
        self._name = name
        self.book = book
        self._package = book.package
        self._language = language
        self._opened = opened
        self._styles = book.styles()
        self._notes: list[Note] = []
        drawings = {
            relation.target
            for sheet in book.sheets
            for relation in self._package.relations(sheet.part)
            if relation.kind == "vmlDrawing" and self._package.has(relation.target)
        }
        read = [shapes.last_block(self._package.read(drawing)) for drawing in drawings]
        self._block = max([0, *read]) + 1

    def mark(self, lines: Sequence[Line]) -> list[Note]:
        """Put the marks in; what could not be done in full."""
        earlier = next((sheet for sheet in self.book.sheets if self._is_ours(sheet)), None)
        wanted: dict[str, list[int]] = {}
        for number, line in enumerate(lines):
            wanted.setdefault(line.sheet, []).append(number)
        placed = list(lines)
        for sheet in self.book.sheets:
            if sheet == earlier or sheet.kind != "worksheet":
                continue
            self._take_off(sheet)
            mine = wanted.pop(sheet.name, [])
            cells = self._put_on(sheet, [lines[number] for number in mine])
            for number, cell in zip(mine, cells, strict=True):
                placed[number] = replace(lines[number], cell=cell)
        if wanted:
            raise InvalidInventory(
                self._name,
                f"it has no sheet {next(iter(wanted))[:31]!r}",
                "Check the workbook again as it is now",
            )
        self._add_summary(placed, earlier)
        return self._notes

    def _is_ours(self, sheet: Listed) -> bool:
        if not sheet.name.startswith(TITLES) or sheet.kind != "worksheet":
            return False
        with self._package.stream(sheet.part) as opened:
            return f'tabColor rgb="{TAB}"'.encode() in opened.read(4096)

    def _related(self, sheet: Listed, kind: str) -> str | None:
        """Part of a kind that a sheet relates to."""
        found = [r.target for r in self._package.relations(sheet.part) if r.kind == kind]
        return next((part for part in found if self._package.has(part)), None)

    def _take_off(self, sheet: Listed) -> None:
        """Comments of an earlier check."""
        part, drawing = self._related(sheet, "comments"), self._related(sheet, "vmlDrawing")
        if part is None or comments.AUTHOR.encode() not in (data := self._package.read(part)):
            return
        data, gone = comments.without_ours(data)
        self._package.write(part, data)
        if drawing is not None:
            kept = shapes.without_boxes(self._package.read(drawing), gone)
            self._package.write(drawing, kept)

    def _put_on(self, sheet: Listed, lines: Sequence[Line]) -> list[Cell]:
        """Marks of a sheet; the cell that each of them is on."""
        if not lines:
            return []
        with self._package.stream(sheet.part) as source:
            xml = self._opened.enter_context(contextlib.closing(Sheet(source)))
        cells = xml.places(line.cell for line in lines)
        marks: dict[Cell, list[Line]] = {}
        for cell, line in zip(cells, lines, strict=True):
            marks.setdefault(cell, []).append(line)
        worst = {cell: min(_WORST[line.kind] for line in on) for cell, on in marks.items()}
        xml.restyle({cell: KINDS[number] for cell, number in worst.items()}, self._styles.marked)
        order = sorted(marks, key=lambda cell: (worst[cell], cell))
        self._comment(sheet, xml, {cell: marks[cell] for cell in order})
        self._package.write_later(sheet.part, xml.size, xml.write)
        return cells

    def _comment(self, sheet: Listed, xml: Sheet, marks: Mapping[Cell, Sequence[Line]]) -> None:
        """Comments of a sheet's marks, the gravest first as long as there is room."""
        part = self._related(sheet, "comments")
        data = comments.EMPTY if part is None else self._package.read(part)
        threads = comments.threads(data) & marks.keys()
        texts = {cell: self._words(on) for cell, on in marks.items() if cell not in threads}
        few = dict(list(texts.items())[:MOST_COMMENTS])
        if few:
            data, new = comments.with_ours(data, few)
            if part is None:
                part = self._package.free("xl/comments_roofpv{}.xml")
                self._package.declare(part, _COMMENTS)
                self._package.relate(sheet.part, "comments", part)
            self._package.write(part, data)
            self._draw(sheet, xml, {cell: text for cell, text in few.items() if cell in new})
        without = {"more_marks": len(texts) - len(few), "threads": len(threads)}
        for key, count in without.items():
            if count:
                words = {"sheet": sheet.name, "count": f"{count:,}", "most": f"{MOST_COMMENTS:,}"}
                self._notes.append((f"notes.{key}", words))

    def _words(self, lines: Sequence[Line]) -> str:
        """Text of a cell's comment, which begins with a word for its kind."""
        said = [comments.mark_text(line.kind, line.text, self._language) for line in lines]
        text = "\n".join(dict.fromkeys(said)).replace(comments.FENCE, comments.AUTHOR)
        return clean(text, _LONGEST_COMMENT)

    def _draw(self, sheet: Listed, xml: Sheet, texts: Mapping[Cell, str]) -> None:
        """Boxes of new comments."""
        if not texts:
            return
        key = xml.drawing()
        found = [r.target for r in self._package.relations(sheet.part) if r.key == key]
        drawing = found[0] if found and self._package.has(found[0]) else None
        data = shapes.EMPTY if drawing is None else self._package.read(drawing)
        if drawing is None:
            drawing = self._package.free("xl/drawings/vmlDrawing_roofpv{}.vml")
            self._package.declare_ending("vml", _DRAWINGS)
            xml.add_drawing(self._package.relate(sheet.part, "vmlDrawing", drawing), OFFICE)
        data = shapes.with_boxes(data, texts, xml, self._block)
        self._block = shapes.last_block(data) + 1
        self._package.write(drawing, data)

    def _add_summary(self, lines: Sequence[Line], earlier: Listed | None) -> None:
        if len(lines) > MOST_LINES:
            words = {"count": f"{len(lines):,}", "most": f"{MOST_LINES:,}"}
            self._notes.append(("notes.marks_not_listed", words))
        if self._styles.loses_patterns:
            self._notes.append(("notes.patterns", {}))
        if self._package.has("_xmlsignatures/origin.sigs"):
            self._notes.append(("notes.signature", {}))
        said = [say(key, self._language, words) for key, words in self._notes]
        data, filtered = summary(lines, said, self._styles, self._language)
        name = say("workbooks.check.title", self._language)
        if earlier is not None and earlier.name.startswith(name):
            name = earlier.name
        else:
            name = self.book.free_name(name)
        self.book.put(name, data, filtered, earlier)
        self._package.write(self.book.styles_part(), self._styles.data())
