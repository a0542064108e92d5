"""Plain text for a terminal: hostile characters made visible, columns that also fit Chinese."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Bidirectional controls reorder a whole line and can make a name read as something else.
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_LONGEST = 60


def plain(value: object, longest: int = _LONGEST) -> str:
    """Text without control or bidi characters, cut to ``longest`` characters."""
    text = "" if _missing(value) else str(value)
    safe = text.isascii() and text.isprintable()
    kept = text if safe else "".join("?" if _unsafe(letter) else letter for letter in text)
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def _missing(value: object) -> bool:
    """Whether it is None, NaN, NaT or NA: whatever is not equal to itself, or will not say."""
    if value is None:
        return True
    try:
        return bool(value != value)  # noqa: PLR0124
    except (TypeError, ValueError):
        return str(value) == "<NA>"


def _unsafe(character: str) -> bool:
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Zl", "Zp"} or ord(character) in _BIDI


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    marks = sum(unicodedata.combining(c) != 0 for c in text)
    return len(text) + wide - marks


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Lines of a table; numbers and shares stand to the right, words to the left."""
    header = [plain(name) for name in header]
    cells = [[plain(cell) for cell in row] for row in rows]
    columns = list(zip(header, *cells, strict=True))
    widths = [max(map(width, column)) for column in columns]
    right = [all(_numeric(cell) for cell in column[1:]) for column in columns]
    lines = [_line(header, widths, right), "  ".join("-" * w for w in widths)]
    return lines + [_line(row, widths, right) for row in cells]


def _numeric(cell: str) -> bool:
    return not cell or cell[0].isdigit() or cell[0] in "-–" or cell.endswith("%")


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (w - width(cell)) + cell if r else cell + " " * (w - width(cell))
        for cell, w, r in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()
