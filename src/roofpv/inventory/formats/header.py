"""Where the headers of a sheet stand, over how many rows, and what they are when put together."""

from __future__ import annotations

import datetime
import functools
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from roofpv.inventory.formats.unit_rows import (
    belongs_to_units,
    is_numbering,
    is_unit_row,
    says_unit,
    unit_above,
)

# (top, left, bottom, right), both ends inside, counted from 0.
Merge = tuple[int, int, int, int]
Texts = Sequence[Sequence[str]]
HEAD_ROWS = 40

_SEARCHED_ROWS = 30
_MOST_LEVELS = 4
_LONGEST_HEADING = 30
# A heading over nearly the whole table is its title.
_TITLE_SHARE = 0.8
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_BETWEEN_WIDE = re.compile(f"(?<=[{_WIDE}])\\s+(?=[{_WIDE}])")
_NUMBER = re.compile(r"(?=.*\d)[\d\s.,:+\-/%年月日]+")
_YEAR = re.compile(r"(?:19|20)\d\d年?度?")


@dataclass(frozen=True)
class Header:
    """
    Headers of a table, for every column of the grid that it was found in.

    ``names`` ("" where a column has none) over the rows ``top`` to ``bottom``, data from the row
    ``data`` on; ``own`` are the columns that have a text of their own there, ``units`` what a row
    of units says by column, ``understood`` how many of the names are known, ``unit_above`` a unit
    stated for the whole sheet above its headers. Rows and columns count from 0.
    """

    names: tuple[str, ...]
    own: frozenset[int]
    units: Mapping[int, str]
    top: int
    bottom: int
    data: int
    understood: int
    unit_above: str = ""


def header_text(value: object) -> str:
    """Cell of a header as one line: no line breaks, no blanks between Chinese characters."""
    if value is None or value != value:  # noqa: PLR0124  NaN, whatever it is made of
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    text = " ".join(str(value).translate(_INVISIBLE).split())
    return _BETWEEN_WIDE.sub("", text)


def find_header(
    head: Texts, known: Callable[[str], bool], merged: Sequence[Merge] = ()
) -> Header | None:
    """
    Find the headers in the first rows of a sheet.

    Parameters
    ----------
    head : rows of texts
        The first ``HEAD_ROWS`` rows, all of one width, as ``header_text`` gives them.
    known : callable
        Whether a header is understood.
    merged : sequence of Merge
        Merged ranges of the sheet.

    Returns
    -------
    Header or None
        The row with the most understood texts (two at least), else the first that looks like
        headers, with the levels above and below it that belong to it. None in an empty sheet.
    """
    understands = functools.cache(known)
    base = _best_row(head, understands)
    if base is None:
        return None
    spans = _within(head, merged)
    used = {c for c, text in enumerate(head[base]) if text}
    used |= {c for m in spans if m[0] <= base <= m[2] for c in range(m[1], m[3] + 1)}
    width = max(used) - min(used) + 1
    spans = [m for m in spans if m[2] >= base or m[3] - m[1] + 1 < _TITLE_SHARE * width]
    top, bottom = _block(head, base, spans, width)
    names, units = _names(head, (top, bottom), spans)
    if top and len(set(names) - {""}) < len([name for name in names if name]):
        names = _told_apart(names, head[top - 1])
    data = _data_row(head, bottom + 1, {c for c, name in enumerate(names) if name}, units)
    own = {c for row in head[top : bottom + 1] for c, text in enumerate(row) if text}
    return Header(
        tuple(names),
        frozenset(own),
        units,
        top,
        bottom,
        data,
        len({name for name in names if name and understands(name)}),
        unit_above(text for row in head[:top] for text in row if text),
    )


def _best_row(head: Texts, known: Callable[[str], bool]) -> int | None:
    counts = [len({text for text in row if text and known(text)}) for row in head[:_SEARCHED_ROWS]]
    if counts and max(counts) >= 2:
        return counts.index(max(counts))
    width = max((_filled(row) for row in head), default=0)
    for number, row in enumerate(head[:_SEARCHED_ROWS]):
        texts = [text for text in row if text and not _NUMBER.fullmatch(text)]
        if len(texts) > width / 2 and len(set(texts)) == len(texts):
            return number
    return next((number for number, row in enumerate(head) if _filled(row)), None)


def _within(head: Texts, merged: Sequence[Merge]) -> list[Merge]:
    """Merged ranges of these rows that hold a text; none where they overlap: no sheet can do so."""
    spans = [m for m in merged if m[2] < len(head)]
    area = sum((m[2] - m[0] + 1) * (m[3] - m[1] + 1) for m in spans)
    if area > len(head) * len(head[0]):
        return []
    return [m for m in spans if head[m[0]][m[1]]]


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _block(head: Texts, base: int, spans: Sequence[Merge], width: int) -> tuple[int, int]:
    """First and last row of the headers around the row that was found."""
    top, bottom = _across(head, base, base, spans)
    while bottom + 1 < len(head) and _is_level_below(head, (top, bottom), spans):
        top, bottom = _across(head, top, bottom + 1, spans)
    while top > 0 and _is_level_above(head, top, spans, width):
        top, bottom = _across(head, top - 1, bottom, spans)
    return top, bottom


def _across(head: Texts, top: int, bottom: int, spans: Sequence[Merge]) -> tuple[int, int]:
    """Rows that cells merged over several rows tie to these."""
    for first, _, last, _ in spans:
        if last - first >= _MOST_LEVELS:
            continue
        rows = range(bottom + 1, last + 1)
        if top <= first <= bottom and not any(map(_has_numbers, head[rows.start : rows.stop])):
            bottom = max(bottom, last)
        if first < top <= last:
            top = first
    return top, bottom


def _has_numbers(row: Sequence[str]) -> bool:
    return any(_NUMBER.fullmatch(text) and not _YEAR.fullmatch(text) for text in row if text)


def _is_level_below(head: Texts, block: tuple[int, int], spans: Sequence[Merge]) -> bool:
    """Whether the next row only divides headings of the last: 层数 into 地上 and 地下."""
    base, row = block
    above, below = head[row], head[row + 1]
    if _has_numbers(below) or any(len(text) > _LONGEST_HEADING for text in below):
        return False
    if all(belongs_to_units(text) for text in below if text):
        return False
    stated = {(m[1], m[3]) for m in spans if m[0] <= row <= m[2] and m[3] > m[1]}
    guessed = _divided(above, below, _settled(head, (base, row), spans))
    groups = [g for g in stated | guessed if _is_divided(below[g[0] : g[1] + 1])]
    inside = {c for first, last in groups for c in range(first, last + 1)}
    loose = [text for c, text in enumerate(below) if text and c not in inside]
    if not groups or not all(map(belongs_to_units, loose)):
        return False
    # Without merged cells a row of data might look so: the rest of the headers must stand over
    # nothing.
    single = [c for c, text in enumerate(above) if text and c not in inside]
    return not stated.isdisjoint(groups) or len(single) >= 2


def _settled(head: Texts, rows: tuple[int, int], spans: Sequence[Merge]) -> set[int]:
    """Columns whose heading in the last of the rows is known: merged cells, or a text above."""
    top, row = rows
    covered = {c for m in spans if m[0] <= row <= m[2] for c in range(m[1], m[3] + 1)}
    return covered | {c for texts in head[top:row] for c, text in enumerate(texts) if text}


def _divided(above: Sequence[str], below: Sequence[str], covered: set[int]) -> set[tuple[int, int]]:
    """Headings with empty cells to their right, over texts: merged cells that were lost."""
    groups = set()
    for first, text in enumerate(above):
        last = first
        while (
            last + 1 < len(above)
            and not above[last + 1]
            and below[last + 1]
            and last + 1 not in covered
        ):
            last += 1
        if text and last > first and first not in covered:
            groups.add((first, last))
    return groups


def _is_divided(texts: Sequence[str]) -> bool:
    return len(texts) >= 2 and all(texts) and len(set(texts)) == len(texts)


def _is_level_above(head: Texts, row: int, spans: Sequence[Merge], width: int) -> bool:
    """Whether headings of the row above stand over several of this one; a title does not."""
    above, below = head[row - 1], head[row]
    if any(":" in text or "：" in text for text in above):
        return False
    if any(text and not below[c] and not _covered(row, c, spans) for c, text in enumerate(above)):
        return False
    groups = [
        m for m in spans
        if m[0] <= row - 1 <= m[2] < row and m[3] > m[1] and _filled(below[m[1] : m[3] + 1]) >= 2
    ]  # fmt: skip
    widest = max((m[3] - m[1] + 1 for m in groups), default=0)
    return len(groups) >= 2 or (bool(groups) and widest <= width / 2)


def _covered(row: int, column: int, spans: Sequence[Merge]) -> bool:
    return any(m[0] <= row <= m[2] and m[1] <= column <= m[3] for m in spans)


def _names(
    head: Texts, block: tuple[int, int], spans: Sequence[Merge]
) -> tuple[list[str], dict[int, str]]:
    """Names of the columns, the levels joined by a stroke; and units that stand among them."""
    top, bottom = block
    filled = [list(row) for row in head[top : bottom + 1]]
    grouped: set[tuple[int, int]] = set()
    for first, left, last, right in spans:
        for row in range(max(first, top), min(last, bottom) + 1):
            filled[row - top][left : right + 1] = [head[first][left]] * (right - left + 1)
            grouped |= {(row, c) for c in range(left, right + 1) if right > left}
    for row in range(top, bottom):
        for left, right in _divided(head[row], head[row + 1], _settled(head, (top, row), spans)):
            filled[row - top][left : right + 1] = [head[row][left]] * (right - left + 1)
            grouped |= {(row, c) for c in range(left, right + 1)}
    paths: list[list[str]] = [[] for _ in head[top]]
    units: dict[int, str] = {}
    for row, texts in enumerate(filled, start=top):
        all_units = row > top and is_unit_row([text for text in head[row] if text])
        for c, text in enumerate(texts):
            below_one = (all_units and bool(head[row][c])) or (row - 1, c) not in grouped
            if text and paths[c] and below_one and belongs_to_units(text):
                units[c] = text
            elif text and text not in paths[c][-1:]:
                paths[c].append(text)
    return ["/".join(path) for path in paths], units


def _told_apart(names: list[str], above: Sequence[str]) -> list[str]:
    """Names that stand twice, below the headings that the row above has for them."""
    if _filled(above) < 2 or any(":" in text or "：" in text for text in above):
        return names
    count, heading, out = Counter(names), "", []
    for name, text in zip(names, above, strict=True):
        heading = text or heading
        out.append(f"{heading}/{name}" if name and heading and count[name] > 1 else name)
    return out


def _data_row(head: Texts, row: int, named: set[int], units: dict[int, str]) -> int:
    """First row of data: below rows of units, of hints, and of column numbers."""
    while row < len(head):
        texts = {c: text for c, text in enumerate(head[row]) if text}
        if is_unit_row([*texts.values()]) and not (texts.keys() & units.keys()):
            units.update({c: text for c, text in texts.items() if says_unit(text)})
        elif not is_numbering([*texts.values()], len(named)):
            break
        row += 1
    return row
