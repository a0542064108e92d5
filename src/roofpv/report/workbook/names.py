"""Names of sheets that every program takes, each once."""

from __future__ import annotations

import re
import unicodedata

from roofpv.report.ooxml.xml import clean

LONGEST = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\n]")
# Excel keeps it for the history of changes.
_RESERVED = "history"


class Names:
    """Sheet names given so far; those that differ by capitals or width alone are the same."""

    def __init__(self) -> None:
        self._taken = {_RESERVED}

    def take(self, wanted: str) -> str:
        """
        A legal name that is still free, as near to the wanted one as it can be.

        Parameters
        ----------
        wanted : str
            Any text; one that is too long ends in "…", one that is taken in a number.
        """
        plain = _FORBIDDEN.sub("_", clean(wanted, 10_000)).strip().strip("'").strip() or "_"
        name, turn = fitted(plain), 2
        while _same(name) in self._taken:
            name, turn = fitted(plain, f" ({turn})"), turn + 1
        self._taken.add(_same(name))
        return name


def fitted(text: str, end: str = "") -> str:
    """Text cut so that it has room for an end, in units of UTF-16 as Excel counts them."""
    if units(text) + units(end) <= LONGEST:
        return text + end
    while units(text) + units(end) + 1 > LONGEST:
        text = text[:-1]
    return f"{text.rstrip()}…{end}"


def units(text: str) -> int:
    """Length of a text as Excel counts it: a rare character or an emoji is two."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def _same(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
