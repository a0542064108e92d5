"""The fonts that roofpv brings for paper and pictures, and what a character without one becomes."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from roofpv.report.fontfile import characters
from roofpv.text import plain, seen

FAMILIES = {"en": ("Roofpv Sans Latin", "Roofpv Sans"), "zh": ("Roofpv Sans",)}
# Fonts of this computer, in the order in which they are asked for a character that ours lack.
_FIRST_ASKED = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimSun-ExtB",
    "SimSun-ExtG", "Noto Serif CJK SC", "HanaMinB", "Noto Sans", "Segoe UI", "DejaVu Sans",
    "Segoe UI Symbol", "Noto Color Emoji", "Segoe UI Emoji", "Apple Color Emoji",
)  # fmt: skip
# These have a box for every character.
_EMPTY = re.compile(r"last ?resort|adobe ?(blank|notdef)|\.", re.IGNORECASE)
_ANY_LENGTH = 10**9
# Joiners and variation selectors have no glyph of their own.
_SILENT = re.compile("[\u00ad\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f\ufeff"
                     "\U000e0000-\U000e0fff]")  # fmt: skip
# Line ends, and spaces of other widths than ours.
_SPACES = re.compile("[\t\r\n]+|[\u1680\u2000-\u200a\u202f\u205f]")
_PRIVATE = {"Co", "Cn"}
_FONT_OF_SVG = re.compile(r'font-family="[^"]*"')


@dataclass(frozen=True)
class Lettering:
    """
    How the words of a document or picture are set.

    ``families``: the fonts in order, ours first; ``borrowed``: whether one of them is of this
    computer; ``missing``: characters that none of them has.
    """

    families: tuple[str, ...]
    borrowed: bool = False
    missing: frozenset[str] = frozenset()

    def spell(self, words: str) -> str:
        """
        Words as they can be set: what no font has as its code, such as "[U+20BB7]"; line ends and
        spaces of any width as spaces; controls as "?"; joiners left out.
        """
        said = plain(_SILENT.sub("", seen(_SPACES.sub(" ", words))), _ANY_LENGTH)
        if not self.missing or self.missing.isdisjoint(said):
            return said
        return "".join(self._coded(said))

    def _coded(self, words: str) -> Iterator[str]:
        """Characters that follow each other share one pair of brackets."""
        run: list[str] = []
        for letter in (*words, ""):
            if letter in self.missing:
                run.append(f"U+{ord(letter):04X}")
                continue
            if run:
                yield f"[{' '.join(run)}]"
                run = []
            yield letter

    def picture(self, svg: str) -> str:
        """An SVG picture whose words take these fonts."""
        named = ", ".join(f"'{name}'" for name in self.families)
        spelled = _SILENT.sub("", svg)
        if not self.missing.isdisjoint(spelled):
            spelled = "".join(self._coded(spelled))
        return _FONT_OF_SVG.sub(f'font-family="{named}"', spelled)

    def options(self) -> dict[str, Any]:
        """What typst is to be told of fonts."""
        return {"font_paths": [str(font_folder())], "ignore_system_fonts": not self.borrowed}


def lettering(texts: Iterable[str], lang: str) -> Lettering:
    """
    Fonts for texts: ours, and one of this computer only for characters that ours lack.

    Parameters
    ----------
    texts : iterable of str
    lang : str
        "en" or "zh": whether quotation marks are narrow or as wide as a Chinese character.
    """
    lacked = set().union(*texts) - _ours()
    lacked = {one for one in lacked if not _SILENT.match(one) and plain(one) != "?"}
    lacked = {one for one in lacked if not _SPACES.match(one)}
    wanted = {one for one in lacked if unicodedata.category(one) not in _PRIVATE}
    borrowed, found = _borrowed(frozenset(wanted)) if wanted else ((), frozenset())
    return Lettering((*FAMILIES[lang], *borrowed), bool(borrowed), frozenset(lacked - found))


def font_folder() -> Path:
    """Folder of the fonts that roofpv brings."""
    return Path(str(files("roofpv.report") / "fonts"))


def font_file() -> Path:
    """The font whose characters need no other."""
    return font_folder() / "RoofpvSans-Regular.otf"


@functools.cache
def _ours() -> frozenset[str]:
    return frozenset(map(chr, characters(font_file().read_bytes())))


@functools.cache
def _borrowed(wanted: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Families of this computer that have the characters, and which of them they have."""
    families, left = [], set(wanted)
    for font in _system_fonts():
        if not left:
            break
        try:
            data = Path(font.path).read_bytes()
        except OSError:
            continue
        had = left & set(map(chr, characters(data, font.index)))
        if had:
            families.append(str(font.family))
            left -= had
    return tuple(families), wanted - left


def _system_fonts() -> list[Any]:
    """One upright face of each family of this computer, in the order of asking."""
    import typst  # noqa: PLC0415  (tens of MB that only paper and pixels need)

    found = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).fonts()
    order = {name: place for place, name in enumerate(_FIRST_ASKED)}
    usable = [one for one in found if one.path and not _EMPTY.match(one.family)]
    usable.sort(key=lambda f: (order.get(f.family, len(order)), f.family, f.style != "normal",
                               abs(f.weight - 400), str(f.path), f.index))  # fmt: skip
    return list({one.family: one for one in reversed(usable)}.values())[::-1]
