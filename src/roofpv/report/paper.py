"""A document as PDF on A4, by typst, in the fonts that roofpv brings."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Any

from roofpv.catalogue import say
from roofpv.report.beside import side_by_side
from roofpv.report.city import DASH
from roofpv.report.document import (
    Block,
    Document,
    Facts,
    Grid,
    Heading,
    Lines,
    Picture,
    Section,
    Signatures,
)
from roofpv.report.lettering import Lettering, lettering
from roofpv.report.placing import placed
from roofpv.report.raster import size_of
from roofpv.report.tracks import UPRIGHT, Tracks, breakable, tracks, turned

MOST_ROWS = 30  # of a table among the chapters; a longer one goes to the appendix
MOST_PRINTED = 400  # of a table in the appendix
_WHOLE = 500  # a row whose cells are shorter is kept on one page
_POINTS_PER_PIXEL = 0.75
_HIGHEST = {True: 380.0, False: 640.0}  # picture of a report, of another document [pt]
_SMALLEST = 6.5  # letters of a picture, unless it is higher than a page then [pt]
_LETTERS = re.compile(r'font-size="([0-9.]+)"')
_SHORT = 8  # rows of a table that stays on one page
_LEADING = 120  # letters of a line that stays with the table after it
_MOST_CONTENTS = 36  # headings, of both levels, that a table of contents of one page holds


def pdf_report(document: Document) -> bytes:
    """
    A report on A4: title and contents, chapters, and long tables in an appendix in small type.

    Parameters
    ----------
    document : Document

    Returns
    -------
    bytes
        A tagged PDF (PDF/UA-1) with selectable text: the same for the same document on every
        computer, unless it has characters that our fonts lack and a font there has. No table has
        more than ``MOST_PRINTED`` rows; where one is cut, the report says so.
    """
    return _set(document, report=True)


def pdf_of(document: Document) -> bytes:
    """
    The document as PDF as it is: no contents, every table in its place.

    Parameters
    ----------
    document : Document
    """
    return _set(document, report=False)


def _set(document: Document, *, report: bool) -> bytes:
    import typst  # noqa: PLC0415  (tens of MB that only a PDF needs)

    fonts = lettering(_texts(document), document.lang)
    told = _told(document, fonts, report)
    if report:
        placed(told, partial(_spots, fonts))
    made: bytes = typst.compile(
        _template(),
        format="pdf",
        sys_inputs=_given(told),
        timestamp=0,
        # A borrowed font may lack what the standard asks for.
        pdf_standards=[] if fonts.borrowed else ["ua-1"],
        **fonts.options(),
    )
    return made


def _given(told: dict[str, Any]) -> dict[str, str]:
    return {"document": json.dumps(told, ensure_ascii=False)}


def _spots(fonts: Lettering, told: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the pictures stand: of the document up to the last one, as frames without a drawing."""
    import typst  # noqa: PLC0415

    pictured = [any("number" in block for block in one["blocks"]) for one in told["sections"]]
    last = len(pictured) - pictured[::-1].index(True)
    sections = [
        one | {"blocks": [{k: v for k, v in b.items() if k != "svg"} for b in one["blocks"]]}
        for one in told["sections"][:last]
    ]
    found = typst.query(
        _template(),
        "<spot>",
        field="value",
        sys_inputs=_given(told | {"sections": sections, "appendix": [], "asked": True}),
        **fonts.options(),
    )
    spots: list[dict[str, Any]] = json.loads(found)
    return spots


@functools.cache
def _template() -> bytes:
    return (files("roofpv.report") / "paper.typ").read_bytes()


def _texts(document: Document) -> Iterator[str]:
    yield document.title
    yield from document.head
    for section in document.sections:
        yield section.title
        for block in section.blocks:
            yield from _words(dataclasses.astuple(block))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _words(one)


def _told(document: Document, fonts: Lettering, report: bool) -> dict[str, Any]:
    """The document as JSON has it; each block says its kind."""
    setter = _Setter(document.lang, fonts, report)
    sections = [setter.section(one) for one in document.sections]
    depth = 2 if _headings(document) <= _MOST_CONTENTS else 1
    return {
        "lang": document.lang,
        "families": fonts.families,
        "title": setter.title(document.title),
        "head": [fonts.spell(line) for line in document.head],
        "words": {word: setter.say(word) for word in ("contents", "figure", "appendix")},
        "contents": report,
        "depth": depth,
        "sections": sections,
        "appendix": setter.appendix,
        "codes": setter.codes(),
    }


def _headings(document: Document) -> int:
    blocks = [block for section in document.sections for block in section.blocks]
    return len(document.sections) + sum(isinstance(block, Heading) for block in blocks)


class _Setter:
    """Blocks as JSON has them, and the tables that were moved to the appendix."""

    def __init__(self, lang: str, fonts: Lettering, report: bool) -> None:
        self._lang, self._fonts, self._report = lang, fonts, report
        self.appendix: list[dict[str, Any]] = []
        self._pictures = 0

    def say(self, key: str, words: Mapping[str, object] | None = None) -> str:
        return say(f"paper.{key}", self._lang, words)

    def codes(self) -> str:
        missing = min(self._fonts.missing, default=None)
        return "" if missing is None else self.say("codes", {"code": f"{ord(missing):04X}"})

    def title(self, words: str) -> str:
        """A title; the standard refuses an empty one."""
        said = self._fonts.spell(words)
        return said if said.strip() else DASH

    def section(self, section: Section) -> dict[str, Any]:
        title = self.title(section.title)
        blocks: list[dict[str, Any]] = []
        under, small = title, self._report and section.key == "appendix"
        for block in section.blocks:
            if isinstance(block, Heading):
                under = self.title(block.text)
            if isinstance(block, Grid) and small:
                blocks += self._small(block)
            else:
                blocks.append(self._block(block, title, under))
        for led, leading in zip(blocks[1:], blocks, strict=False):
            if leading["kind"] == "Lines":
                leading["leads"] = _leads(leading, led)
        return {"title": title, "blocks": side_by_side(blocks) if self._report else blocks}

    def _block(self, block: Block, title: str, under: str) -> dict[str, Any]:
        kind = {"kind": type(block).__name__}
        if isinstance(block, Lines):
            return kind | {"texts": self._cells(block.texts), "leads": False}
        if isinstance(block, Heading):
            return kind | {"text": under}
        if isinstance(block, Picture):
            return kind | self._picture(block, under)
        if isinstance(block, Facts):
            return kind | _rows([self._cells(row) for row in block.rows])
        if isinstance(block, Signatures):
            names = [self._fonts.spell(name) for name in block.names]
            return kind | {"names": names, "date": self._fonts.spell(block.date)}
        return self._grid(block, title, under)

    def _cells(self, cells: Sequence[str]) -> list[str]:
        return [breakable(self._fonts.spell(cell)) for cell in cells]

    def _picture(self, block: Picture, under: str) -> dict[str, Any]:
        wide, high = size_of(block.svg)
        letters = [float(size) for size in _LETTERS.findall(block.svg)]
        readable = min(_SMALLEST / min(letters), _HIGHEST[False] / high) if letters else 0.0
        highest = max(_HIGHEST[self._report], readable * high)
        width = min(wide * _POINTS_PER_PIXEL, UPRIGHT, highest * wide / high)
        caption = self._fonts.spell(block.caption)
        told = {
            "svg": self._fonts.picture(block.svg),
            "caption": caption,
            "alt": caption or under,
            "width": round(width, 2),
            "height": round(width * high / wide, 2),
        }
        if self._report:
            self._pictures += 1
            told["number"] = self._pictures
            told["least"] = min(1.0, round(readable * wide / width, 4)) if width else 1.0
        return told

    def _grid(self, block: Grid, title: str, under: str) -> dict[str, Any]:
        here = tracks(self._spelled(block))
        loose = False
        if self._report and here.wide:
            other = turned(block)
            found = tracks(_loose(self._spelled(other)))
            if not found.wide:
                block, here, loose = other, found, True
        if self._report and (len(block.rows) > MOST_ROWS or here.wide):
            return self._moved(block, title if title == under else f"{title}: {under}", loose)
        return _laid(self._spelled(block), here)

    def _spelled(self, block: Grid) -> Grid:
        rows = tuple(tuple(self._cells(row)) for row in block.rows)
        return dataclasses.replace(block, header=tuple(self._cells(block.header)), rows=rows)

    def _small(self, block: Grid, loose: bool = False) -> Iterator[dict[str, Any]]:
        """A table in small type, and how many of its rows are printed where it is cut."""
        count = len(block.rows)
        # A sum closes a table that is whole, and only that.
        kept = dataclasses.replace(
            block, rows=block.rows[:MOST_PRINTED], total=block.total and count <= MOST_PRINTED
        )
        grid = self._spelled(kept)
        yield _laid(grid, tracks(_loose(grid) if loose else grid, small=True))
        if count > MOST_PRINTED:
            said = {"shown": f"{MOST_PRINTED:,}", "rows": f"{count:,}"}
            yield {"kind": "Lines", "texts": [self.say("cut", said)], "leads": False}

    def _moved(self, block: Grid, title: str, loose: bool) -> dict[str, Any]:
        number = len(self.appendix) + 1
        name, mark = self.say("table", {"number": number}), f"table-{number}"
        blocks = list(self._small(block, loose))
        self.appendix.append({"title": f"{name} {title}", "mark": mark, "blocks": blocks})
        told = self.say("moved", {"rows": f"{len(block.rows):,}", "number": number})
        return {"kind": "Moved", "told": told, "mark": mark}


def _loose(grid: Grid) -> Grid:
    """A table whose numbers may have a line more, such as the two of a fraction."""
    return dataclasses.replace(grid, numbers=frozenset())


def _laid(grid: Grid, laid: Tracks) -> dict[str, Any]:
    told = dataclasses.asdict(laid) | _rows(grid.rows) | {"kind": "Grid", "header": grid.header}
    short = len(grid.rows) <= _SHORT and told["whole"]
    return told | {"numbers": sorted(grid.numbers), "total": grid.total, "short": short}


def _leads(lines: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the last line is to stay on the page of the table after it."""
    last = lines["texts"][-1:] or [""]
    return after["kind"] in {"Grid", "Facts", "Moved"} and 0 < len(last[0]) <= _LEADING


def _rows(rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Rows, and whether each is short enough to be kept on one page."""
    longest = max((len(cell) for row in rows for cell in row), default=0)
    return {"rows": rows, "whole": longest < _WHOLE}
