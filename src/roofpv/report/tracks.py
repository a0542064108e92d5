"""Columns of a table on paper: how wide, in what size of type, and whether across the page."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roofpv.report.document import Grid

UPRIGHT, ACROSS = 493.0, 739.0  # widths between the margins of A4, 174 and 261 mm [pt]
_SIZES, _SMALL = (8.0, 7.5, 7.0, 6.5), (6.0,)
_SIZES_ACROSS = (8.0, 7.5, 7.0, 6.5, 6.0)
_INSET = 0.45  # white on each side of a cell [em]
_FILLED = 0.6  # a table that needs more than this share of the width takes all of it
_LOOSE = 12  # a cell of words is not made narrower than about so many letters [em]
_HEAD = 3.0  # nor a heading [em]
_ONE = 5.0  # nor Chinese words, which would stand letter by letter, be they in one cell only [em]
_READABLE = 7.0  # type that is made smaller to spare a cell its second line [pt]
_USUAL = 0.9  # a few longer cells of a column of words may have more lines
_EVERY = 16
_SPLIT = re.compile(r"(?<=[_/\\.,;:=&?-])(?=\w)")
_CHINESE = re.compile(r"[⺀-鿿]")
_MEETS = re.compile(r"(?<=[⺀-鿿])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])(?=[⺀-鿿])")
_MEETING = 0.25  # white that typst sets between a Chinese and a Latin letter [em]
_TOKEN = re.compile(r"[!-~]{15,}")
_BREAK = "\u200b"


@dataclass(frozen=True)
class Tracks:
    """Widths of the columns and of the white beside a cell [pt], size of type [pt], page turned."""

    widths: tuple[float, ...]
    inset: float
    size: float
    wide: bool


def breakable(words: str) -> str:
    """Words with places where a long one, such as an id or a checksum, may go to the next line."""
    return _TOKEN.sub(lambda found: _BREAK.join(_pieces(found[0])), words)


def _pieces(token: str) -> Iterator[str]:
    for part in _SPLIT.split(token):
        yield from (part[at : at + _EVERY] for at in range(0, len(part), _EVERY))


def tracks(grid: Grid, *, small: bool = False) -> Tracks:
    """
    Columns that hold every number and every piece of a word without a break.

    Parameters
    ----------
    grid : Grid
        Its texts as they are printed, ``breakable`` applied.
    small : bool
        Small type from the start, as an appendix has it.

    Returns
    -------
    Tracks
        The largest type that fits the page upright, else across it, else the smallest.
    """
    columns = _columns(grid, 1.0)
    upright = _SMALL if small else _SIZES
    for size in upright:
        if size >= _READABLE and sum(max(pair) for pair in columns) * size <= UPRIGHT:
            return Tracks(_shared(columns, size, UPRIGHT), _INSET * size, size, wide=False)
    columns = _columns(grid, _USUAL)
    across = ((size, ACROSS) for size in _SIZES_ACROSS)
    for size, room in (*((size, UPRIGHT) for size in upright), *across):
        if sum(least for least, _ in columns) * size <= room:
            return Tracks(_shared(columns, size, room), _INSET * size, size, room == ACROSS)
    size = _SIZES_ACROSS[-1]
    return Tracks(_shared(columns, size, ACROSS), _INSET * size, size, True)


def turned(grid: Grid) -> Grid:
    """The table with its columns as rows, to the right but for their heads."""
    first, *header = zip(grid.header, *grid.rows, strict=True)
    return Grid(grid.name, first, tuple(header), frozenset(range(1, len(first))))


def _columns(grid: Grid, usual: float) -> list[tuple[float, float]]:
    """Needs of the columns, of words by so many of their cells."""
    return [
        _needs(
            [grid.header[place], *(row[place] for row in grid.rows)],
            place in grid.numbers,
            1.0 if place in grid.numbers else usual,
        )
        for place in range(len(grid.header))
    ]


def _needs(cells: Sequence[str], number: bool, usual: float) -> tuple[float, float]:
    """Least and best width of a column in em, the white beside its cells included."""
    head, *body = cells
    pieces = max(_em(piece) for cell in cells for piece in _unbroken(cell))
    lengths = sorted(map(_em, body))
    longest = lengths[math.ceil(usual * len(lengths)) - 1] if lengths else 0.0
    single = min(max(map(_em, filter(_CHINESE.search, body)), default=0.0), _ONE)
    words = longest if number else min(max(longest, single), _LOOSE)
    least = max(pieces, words, min(_em(head), _HEAD))
    # A heading may stand in several lines, the cells under it better not.
    best = max(least, longest, min(_em(head), 2 * _HEAD))
    return least + 2 * _INSET, best + 2 * _INSET


def _unbroken(cell: str) -> Iterator[str]:
    for token in re.split(rf"[\s{_BREAK}]", cell):
        yield from re.split(r"(?<=[⺀-￯])|(?=[⺀-￯])", token)


def _em(words: str) -> float:
    return sum(map(_letter, words)) + _MEETING * len(_MEETS.findall(words))


def _letter(letter: str) -> float:
    if unicodedata.combining(letter) or letter == _BREAK:
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in " .,:;'|!()[]fijlrtI":
        return 0.36
    if letter in "WMmw%@":
        return 0.93
    return 0.7 if letter.isupper() or letter == "&" else 0.58


def _shared(columns: Sequence[tuple[float, float]], size: float, room: float) -> tuple[float, ...]:
    """Widths: the best if there is room, else the least and a share of what is left."""
    least = [one * size for one, _ in columns]
    best = [max(one) * size for one in columns]
    if sum(best) <= room:
        total = room if sum(best) > _FILLED * room else sum(best)
        return tuple(one * total / sum(best) for one in best)
    if sum(least) >= room:
        return tuple(one * room / sum(least) for one in least)
    return tuple(_filled(least, best, room - sum(least)))


def _filled(least: Sequence[float], best: Sequence[float], left: float) -> Iterator[float]:
    """Room shared evenly; what a column does not need for its best goes to those that do."""
    asked = sorted(b - a for a, b in zip(least, best, strict=True))
    share = 0.0
    for place, one in enumerate(asked):
        share = left / (len(asked) - place)
        if one > share:
            break
        left -= one
    yield from (min(b, a + share) for a, b in zip(least, best, strict=True))
