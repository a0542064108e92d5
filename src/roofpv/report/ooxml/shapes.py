"""Boxes of comments: the older drawing language (VML) that Excel still wants for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from roofpv.report.ooxml.cells import MOST_COLUMNS, MOST_ROWS, Cell
from roofpv.report.ooxml.sheet import Sheet
from roofpv.text import width

EMPTY = b"<xml></xml>"
_NAMES = {
    b"v": b"urn:schemas-microsoft-com:vml",
    b"o": b"urn:schemas-microsoft-com:office:office",
    b"x": b"urn:schemas-microsoft-com:office:excel",
}
_KIND = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
# Excel's own drawings are not always well-formed, so they are not parsed; others write ns0 for v.
_SHAPE = re.compile(rb"<(?:\w+:)?shape\s.*?</(?:\w+:)?shape>", re.DOTALL)
_PLACE = re.compile(rb"<(?:\w+:)?(Row|Column)>\s*(\d+)\s*<")
_BLOCKS = re.compile(rb"""(<(?:\w+:)?idmap\b[^>]*?\bdata\s*=\s*["'])([\d,\s]*)""")
_ROOT = re.compile(rb"<xml\b[^>]*?(?=/?>)")
_NUMBER = re.compile(rb"_x0000_s(\d+)")
_BLOCK = 1024
# Pixels of 1/96 inch, at the 9 points of a comment; columns of text, of which a Chinese character
# takes two.
_WIDTH, _LINE, _MARGIN, _COLUMNS, _MOST_LINES = 320, 16, 10, 48, 24


def last_block(drawing: bytes) -> int:
    """Highest block of 1,024 shape numbers that a drawing uses."""
    stated = [int(n) for m in _BLOCKS.findall(drawing) for n in m[1].split(b",") if n.strip()]
    used = [int(number) // _BLOCK for number in _NUMBER.findall(drawing)]
    return max([0, *stated, *used])


def without_boxes(drawing: bytes, cells: Collection[Cell]) -> bytes:
    """Drawing without the boxes of the comments of some cells."""

    def kept(match: re.Match[bytes]) -> bytes:
        told = {name: int(number) + 1 for name, number in _PLACE.findall(match[0])}
        note = b'ObjectType="Note"' in match[0]
        return b"" if note and (told.get(b"Row"), told.get(b"Column")) in cells else match[0]

    return _SHAPE.sub(kept, drawing) if cells else drawing


def with_boxes(drawing: bytes, texts: Mapping[Cell, str], sheet: Sheet, block: int) -> bytes:
    """
    Drawing with a box for each new comment, as large as its text.

    Parameters
    ----------
    drawing : bytes
        As ``EMPTY`` or with other shapes.
    texts : mapping
        Cell -> text.
    sheet : Sheet
        Whose columns and rows the boxes lie over.
    block : int
        The first block of 1,024 shape numbers that no drawing of the workbook uses.
    """
    boxes = [
        _box(cell, text, sheet, block * _BLOCK + 1 + number)
        for number, (cell, text) in enumerate(texts.items())
    ]
    blocks = range(block, (block * _BLOCK + len(boxes)) // _BLOCK + 1)
    told = ",".join(map(str, blocks)).encode()
    if b"_x0000_t202" not in drawing:
        boxes.insert(0, _KIND)
    drawing = _ROOT.sub(_with_names, drawing, count=1)
    if _BLOCKS.search(drawing):
        drawing = _BLOCKS.sub(lambda m: m[1] + m[2].rstrip(b", ") + b"," + told, drawing, count=1)
    else:
        start = drawing.index(b">", drawing.index(b"<xml")) + 1
        layout = b'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="' + told + b'"/>'
        drawing = drawing[:start] + layout + b"</o:shapelayout>" + drawing[start:]
    end = drawing.rindex(b"</xml")
    return drawing[:end] + "".join(boxes).encode() + drawing[end:]


def _with_names(root: re.Match[bytes]) -> bytes:
    missing = {k: name for k, name in _NAMES.items() if b"xmlns:" + k + b"=" not in root[0]}
    return root[0] + b"".join(b' xmlns:%s="%s"' % pair for pair in missing.items())


def _box(cell: Cell, text: str, sheet: Sheet, number: int) -> str:
    row, column = cell
    high = _height(text)
    # To the right of the cell and a little above it, as Excel puts them.
    left, top = min(column, MOST_COLUMNS - 6), max(row - 2, 0)
    right = _reach(left, 15, _WIDTH, lambda n: sheet.width(n + 1), MOST_COLUMNS)
    bottom = _reach(top, 10, high, lambda n: sheet.height(n + 1), MOST_ROWS)
    anchor = ", ".join(map(str, (left, 15, top, 10, *right, *bottom)))
    style = f"width:{_WIDTH}px;height:{high}px;z-index:1;visibility:hidden"
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;{style}" '
        'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
        '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
    )


def _height(text: str) -> int:
    lines = sum(max(1, -(-width(line) // _COLUMNS)) for line in text.split("\n"))
    # The line under our words, too.
    return _MARGIN + _LINE * min(lines + 1, _MOST_LINES)


def _reach(
    start: int, offset: int, length: int, size: Callable[[int], int], most: int
) -> tuple[int, int]:
    """Where a length ends that begins in the piece ``start``: a piece, and how far into it."""
    at, left = start, offset + length
    while left > size(at) and at < most - 1:
        left -= size(at)
        at += 1
    return at, min(left, size(at))
