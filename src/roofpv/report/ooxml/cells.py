"""Names of cells, and the XML of one row with some of its cells in another style."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from roofpv.report.ooxml.xml import TAG, Edit, Element, append, outline, splice, with_attribute

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
# What stands in a cell that is not empty: a value, a formula, a text of its own.
_CONTENT = {"v", "f", "is"}
_FILLED = re.compile(rb"<(?:[\w.-]+:)?c(?:\s[^<>]*)?(?<!/)>\s*<(?:[\w.-]+:)?(?:v|f|is)(?=[\s/>])")
_NAMED = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]+[0-9]+)["']""")
_STYLE = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")
_START = re.compile(rb"<(?:[\w.-]+:)?c\s")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")

Cell = tuple[int, int]
Corners = tuple[int, int, int, int]


def letters(column: int) -> str:
    """Name of a column, counted from 1: 28 is AB."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def address(cell: Cell) -> str:
    """Name of a cell (row, column): (5, 28) is AB5."""
    return f"{letters(cell[1])}{cell[0]}"


def cell_of(reference: str) -> Cell:
    """Cell (row, column) of a name."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(f"no cell: {reference[:20]!r}")
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def corners_of(reference: str) -> Corners:
    """First row, first column, last row, last column of a range."""
    first, _, last = reference.partition(":")
    return *cell_of(first), *cell_of(last or first)


def merged_in(rows: Sequence[int], merges: Iterable[Corners]) -> dict[int, list[Corners]]:
    """Merged ranges of each of some rows (in order)."""
    found: dict[int, list[Corners]] = {}
    for corners in merges:
        for row in rows[bisect_left(rows, corners[0]) :]:
            if row > corners[2]:
                break
            found.setdefault(row, []).append(corners)
    return found


def anchor(cell: Cell, merges: Iterable[Corners]) -> Cell:
    """First cell of the merged range that a cell lies in, or itself."""
    row, column = cell
    for top, left, bottom, right in merges:
        if top <= row <= bottom and left <= column <= right:
            return top, left
    return cell


def cells_of(row: Element) -> Iterator[tuple[int, Element]]:
    """Column and element of each cell of a row; a cell may leave out its name."""
    column = 0
    for cell in row.all("c"):
        reference = cell.attributes.get("r")
        column = cell_of(reference)[1] if reference else column + 1
        yield column, cell


def first_filled(data: bytes) -> int:
    """
    Column of the first cell of a row that holds something; 1 where none does.

    Parameters
    ----------
    data : bytes
        The row's element.
    """
    # A search takes a tenth of the time of a full parse.
    found = None if b"<!" in data else _FILLED.search(data)
    named = _NAMED.search(found[0]) if found else None
    if named:
        return cell_of(named[1].decode())[1]
    cells = cells_of(outline(data))
    filled = (n for n, cell in cells if any(part.name in _CONTENT for part in cell.children))
    return next(filled, 1)


@dataclass(frozen=True)
class Styling:
    """
    How cells of a sheet get their style.

    ``kinds`` tells what the cells of each row are to be marked as (row -> column -> kind),
    ``style`` makes the style of a kind from that of the cell as it is, ``column_style`` is the
    style of a column's cells that are not written.
    """

    kinds: Mapping[int, Mapping[int, str]]
    style: Callable[[int, str], int]
    column_style: Callable[[int], int]


def restyled(data: bytes, number: int, styling: Styling) -> tuple[bytes, bool]:
    """
    Row with some of its cells in another style.

    Parameters
    ----------
    data : bytes
        The row's element, and perhaps white space behind it.
    number : int
        The row's number.
    styling : Styling

    Returns
    -------
    (bytes, bool)
        The row, and whether cells were added to it.
    """
    quick = _restyled_there(data, number, styling)
    return (quick, False) if quick is not None else _restyled_any(data, number, styling)


def _restyled_there(data: bytes, number: int, styling: Styling) -> bytes | None:
    """Row whose cells are all written by their names, in a fifth of the time of a full parse."""
    if b"<!" in data:
        return None
    edits: list[Edit] = []
    for column, kind in styling.kinds[number].items():
        tag = _tag_of(data, address((number, column)))
        if tag is None:
            return None
        stated = _STYLE.search(tag[0])
        new = styling.style(int(stated[1]) if stated else 0, kind)
        edits.append((tag.start(), tag.end(), with_attribute(tag[0], "s", str(new))))
    return splice(data, edits)


def _tag_of(data: bytes, name: str) -> re.Match[bytes] | None:
    """Start tag of the cell of a name; a text may hold what looks like one, but no ``<``."""
    told = f' r="{name}"'.encode()
    at = data.find(told)
    while at >= 0:
        start = data.rfind(b"<", 0, at)
        if _START.match(data, start):
            return TAG.match(data, start)
        at = data.find(told, at + 1)
    return None


def _restyled_any(data: bytes, number: int, styling: Styling) -> tuple[bytes, bool]:
    row = outline(data)
    there = dict(cells_of(row))
    kinds = styling.kinds[number]
    edits: list[Edit] = []
    for column in kinds.keys() & there.keys():
        cell = there[column]
        new = styling.style(int(cell.attributes.get("s", 0)), kinds[column])
        tag = with_attribute(data[cell.start : cell.inside], "s", str(new))
        edits.append((cell.start, cell.inside, tag))
    missing = sorted(kinds.keys() - there.keys())
    if not missing:
        return splice(data, edits), False
    own = row.attributes.get("s") if row.attributes.get("customFormat") in {"1", "true"} else None
    behind: list[bytes] = []
    for column in missing:
        base = int(own) if own else styling.column_style(column)
        told = f'r="{address((number, column))}" s="{styling.style(base, kinds[column])}"'
        cell_text = f"<{row.prefix}c {told}/>".encode()
        after = next((cell for n, cell in there.items() if n > column), None)
        if after is None:
            behind.append(cell_text)
        else:
            edits.append((after.start, after.start, cell_text))
    # The span is a hint that would be wrong where a cell is added beyond it.
    tag = with_attribute(data[row.start : row.inside], "spans", None)
    if row.empty:
        start, end, whole = append(tag, outline(tag), b"".join(behind))
        return splice(data, [*edits, (row.start + start, row.start + end, whole)]), True
    extension = row.first("extLst")
    at = extension.start if extension else row.closing
    edits += [(row.start, row.inside, tag), (at, at, b"".join(behind))]
    return splice(data, edits), True
