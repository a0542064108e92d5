"""The sheet that lists every mark of a check, with a link to each cell."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roofpv.catalogue import LANGUAGES, say
from roofpv.inventory.findings import KINDS
from roofpv.report.ooxml.cells import Cell, address, letters
from roofpv.report.ooxml.comments import kind_word
from roofpv.report.ooxml.styles import Styles
from roofpv.report.ooxml.xml import MAIN, clean, quoted, spelled
from roofpv.text import width

TITLES = tuple(say("workbooks.check.title", language) for language in LANGUAGES)
# By the colour of its tab our sheet is known again.
TAB = "FF2E6C8A"
# Excel takes 65,530 links a sheet, and a list of more than 100,000 lines is read by nobody.
MOST_LINES, MOST_LINKS = 100_000, 60_000
_LONGEST = 2_000
# Points; Excel takes no row of more than 409.
_LINE, _TITLE_LINES, _MOST_TALL = 15, 1.6, 27
_COLUMNS = {"sheet": 20, "row": 9, "cell": 10, "kind": 26, "text": 110}
# Excel would make a formula of these when somebody edits the cell.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

# Value of a cell and number of its style.
Shown = tuple[str | int, int]


@dataclass(frozen=True)
class Line:
    """A mark: where it is said to be (``row`` as people count it), and where its cell is."""

    sheet: str
    row: int
    cell: Cell
    kind: str
    text: str


@dataclass(frozen=True)
class _Looks:
    """Numbers of the styles that the sheet uses."""

    plain: int
    wrapped: int
    unevaluated: int
    title: int
    header: int
    link: int
    kinds: Mapping[str, int]

    def text(self, value: str) -> Shown:
        return value, self.unevaluated if value.startswith(_FORMULA) else self.wrapped


def summary(
    lines: Sequence[Line], notes: Sequence[str], styles: Styles, language: str
) -> tuple[bytes, str]:
    """
    The sheet.

    Parameters
    ----------
    lines : sequence of Line
    notes : sequence of str
        What is to be said above the list.
    styles : Styles
        To which those of the sheet are added.
    language : str

    Returns
    -------
    (bytes, str)
        Its XML, and the range that its filter covers (empty without lines).
    """
    looks = _looks(styles)
    rows: list[list[Shown]] = [[(say("workbooks.check.heading", language), looks.title)]]
    for kind in KINDS:
        count = sum(line.kind == kind for line in lines)
        told = say(f"workbooks.check.{kind}", language)
        rows.append(
            [
                (kind_word(kind, language), looks.kinds[kind]),
                (count, looks.plain),
                (told, looks.plain),
            ]
        )
    said = [*notes] if lines else [*notes, say("workbooks.check.nothing", language)]
    rows += [[(note, looks.plain)] for note in said]
    rows.append([(say(f"workbooks.check.columns.{n}", language), looks.header) for n in _COLUMNS])
    head = len(rows)
    shown = lines[:MOST_LINES]
    words = {kind: (kind_word(kind, language), looks.kinds[kind]) for kind in KINDS}
    rows += [
        [
            looks.text(line.sheet), (line.row, looks.plain), (address(line.cell), looks.link),
            words[line.kind], looks.text(line.text),
        ]
        for line in shown
    ]  # fmt: skip
    links = [_link(head + 1 + at, line) for at, line in enumerate(shown[:MOST_LINKS])]
    extent = f"A{head}:{letters(len(_COLUMNS))}{len(rows)}" if shown else ""
    return _sheet(rows, head, extent, links), re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", extent)


def _looks(styles: Styles) -> _Looks:
    name = f'<{{0}}name val="{quoted(styles.font_name())}"/>'
    bold = styles.add("fonts", f'<{{0}}font><{{0}}b/><{{0}}sz val="11"/>{name}</{{0}}font>')
    large = styles.add("fonts", f'<{{0}}font><{{0}}b/><{{0}}sz val="14"/>{name}</{{0}}font>')
    blue = styles.add(
        "fonts",
        f'<{{0}}font><{{0}}u/><{{0}}sz val="11"/><{{0}}color rgb="FF0563C1"/>{name}</{{0}}font>',
    )
    grey = styles.fill({"rgb": "FFE4E9EC"})

    def look(font: int = 0, fill: int = 0, wrap: str = "", prefix: str = "") -> int:
        return styles.add(
            "cellXfs",
            f'<{{0}}xf numFmtId="0" fontId="{font}" fillId="{fill}" borderId="0" xfId="0"{prefix} '
            'applyFont="1" applyFill="1" applyAlignment="1">'
            f'<{{0}}alignment vertical="top"{wrap}/></{{0}}xf>',
        )

    plain, lines = look(), ' wrapText="1"'
    return _Looks(
        plain=plain,
        wrapped=look(wrap=lines),
        unevaluated=look(wrap=lines, prefix=' quotePrefix="1"'),
        title=look(large),
        header=look(bold, grey),
        link=look(blue),
        kinds={kind: styles.marked(plain, kind) for kind in KINDS},
    )


def _link(row: int, line: Line) -> str:
    sheet = clean(line.sheet, _LONGEST).replace("'", "''")
    place = quoted(f"'{sheet}'!{address(line.cell)}")
    return f'<hyperlink ref="C{row}" location="{place}"/>'


def _sheet(rows: Sequence[Sequence[Shown]], head: int, extent: str, links: Sequence[str]) -> bytes:
    below = f"A{head + 1}"
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{wide}" customWidth="1"/>'
        for n, wide in enumerate(_COLUMNS.values(), start=1)
    )
    parts = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
        f'<worksheet xmlns="{MAIN}" xmlns:r="{_RELATIONS}">',
        f'<sheetPr><tabColor rgb="{TAB}"/><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>',
        '<sheetView showGridLines="0" workbookViewId="0">',
        f'<pane ySplit="{head}" topLeftCell="{below}" activePane="bottomLeft" state="frozen"/>',
        f'<selection pane="bottomLeft" activeCell="{below}" sqref="{below}"/></sheetView>',
        f"</sheetViews><cols>{columns}</cols><sheetData>",
        *(_row(cells, number) for number, cells in enumerate(rows, start=1)),
        "</sheetData>",
        f'<autoFilter ref="{extent}"/>' if extent else "",
        f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "",
        '<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>',
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>',
    ]
    return "".join(parts).encode()


def _row(cells: Sequence[Shown], number: int) -> str:
    written = "".join(
        _cell(f"{letters(column)}{number}", *cell) for column, cell in enumerate(cells, start=1)
    )
    last = cells[-1][0] if len(cells) == len(_COLUMNS) else ""
    points = _LINE * (_TITLE_LINES if number == 1 else _lines(str(last)))
    return f'<row r="{number}" ht="{points:g}" customHeight="1">{written}</row>'


def _lines(text: str) -> float:
    """Lines that a text takes in the last column; a Chinese character is two columns wide."""
    room = _COLUMNS["text"] - 2
    if 2 * len(text) <= room and "\n" not in text:
        return 1
    return min(sum(max(1, math.ceil(width(line) / room)) for line in text.split("\n")), _MOST_TALL)


def _cell(place: str, value: str | int, style: int) -> str:
    if isinstance(value, int):
        return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
    text = spelled(clean(value, _LONGEST))
    return (
        f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    )
