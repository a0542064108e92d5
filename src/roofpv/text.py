"""Plain text for a terminal: hostile characters made visible, columns that also fit Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Bidirectional controls reorder a whole line and can make a name read as something else; of others
# nothing is seen, and two names that differ by them look the same. Joiners belong to the scripts
# that join letters, from Hebrew to Mongolian, and to emoji.
_JOINED = r"\u0590-\u1dff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_HIDDEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]"
    rf"|(?<![{_JOINED}])[\u180e\u200c\u200d]|[\u180e\u200c\u200d](?![{_JOINED}])"
)
_LONGEST = 60


def seen(text: str) -> str:
    """
    Text in which what is hidden or turns the line is a "?"; other control characters stay.

    References
    ----------
    .. [1] Unicode Technical Standard 39, "Unicode security mechanisms", section 5
    """
    return text if text.isascii() else _HIDDEN.sub("?", text)


def plain(value: object, longest: int = _LONGEST) -> str:
    """Text without control, bidi or hidden characters, cut to ``longest`` characters."""
    text = "" if _missing(value) else str(value)
    safe = text.isascii() and text.isprintable()
    kept = text if safe else "".join("?" if _unsafe(letter) else letter for letter in seen(text))
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
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


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
