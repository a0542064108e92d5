"""Write the fonts of roofpv: subsets of Noto Sans CJK under other names. Needs fonttools."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools import subset
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "src" / "roofpv" / "report" / "fonts"
SOURCE = Path("/usr/share/fonts/opentype/noto")
TEXTS = ("src/roofpv/**/*.toml", "src/roofpv/**/*.py", "data/**/*.geojson", "data/**/*.toml",
         "data/**/*.csv", "data/**/*.md")  # fmt: skip
# Latin, Greek, Cyrillic; punctuation; small digits, money; letterlike, numerals, arrows,
# mathematics; shapes; punctuation of CJK, its square units, its wide forms.
RANGES = ((0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x45F), (0x2000, 0x206F), (0x2070, 0x209C),
          (0x20A0, 0x20BF), (0x2100, 0x2127), (0x2160, 0x22A5), (0x25A0, 0x25FF), (0x3000, 0x303F),
          (0x338E, 0x33A1), (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6))  # fmt: skip
# Faces of the collections: simplified Chinese, and Korean, whose quotation marks are Latin ones.
CHINESE, KOREAN = 2, 1
SUBSCRIPTS = dict(zip("₁₂₃₄", "¹²³⁴", strict=True))
CARRIERS = "ㄱㄴㄷㄹ"  # letters that no text here has; ₁₂₃₄ take their places
SUBSCRIPT_DROP = 541  # the small digits stand from 441 to 891 above the base line, of 1000
BEARING = 60  # left and right of a sign that is narrowed
NARROWED = "×±÷≥≤≈≠→←↑↓√∞§"
HALF_WIDE = "·•"
NAMES_KEPT = {0, 13, 14}
# Seconds from 1904 to the version that the subsets are taken from, so that bytes stay.
STAMP = 3_702_326_400


def gb2312() -> Iterator[str]:
    """GB 2312-1980: signs, Latin, Greek, Cyrillic, both levels; without kana, bopomofo, frames."""
    for row in (0xA1, 0xA2, 0xA3, 0xA6, 0xA7, *range(0xB0, 0xF8)):
        for cell in range(0xA1, 0xFF):
            try:
                yield bytes([row, cell]).decode("gb2312")
            except UnicodeDecodeError:
                continue


def wanted() -> set[int]:
    """Every character that the Chinese face is to have, as far as its source has it."""
    found = {ord(one) for one in gb2312()}
    for pattern in TEXTS:
        for path in sorted(ROOT.glob(pattern)):
            found |= set(map(ord, path.read_text(encoding="utf-8")))
    for first, last in RANGES:
        found |= set(range(first, last + 1))
    return found


class Drawing:
    """A subset whose outlines can be moved and exchanged."""

    def __init__(self, path: Path, face: int, letters: Iterable[int]) -> None:
        self.font = TTFont(path, fontNumber=face, recalcTimestamp=False)
        options = subset.Options()
        options.hinting = False
        options.layout_features = ["ccmp", "kern", "mark"]
        options.name_IDs = sorted(NAMES_KEPT)
        options.notdef_outline = True
        options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]
        cut = subset.Subsetter(options)
        cut.populate(unicodes=sorted({*letters, *map(ord, CARRIERS)}))
        cut.subset(self.font)
        self.cmap = self.font.getBestCmap()
        self.top = self.font["CFF "].cff.topDictIndex[0]

    def draw(self, letter: str, parts: list[tuple[str, float, float]], wide: int) -> None:
        """Outline of a letter from those of others, each moved by so much."""
        name = self.cmap[ord(letter)]
        glyphs = self.font.getGlyphSet()
        pen = T2CharStringPen(0, glyphs)
        for part, right, up in parts:
            glyphs[self.cmap[ord(part)]].draw(TransformPen(pen, (1, 0, 0, 1, right, up)))
        drawn = pen.getCharString()
        index = self.top.FDSelect[self.font.getGlyphID(name)]
        private = self.top.FDArray[index].Private
        if wide == private.defaultWidthX:
            drawn.program = drawn.program[1:]
        else:
            drawn.program[0] = wide - private.nominalWidthX
        drawn.private, drawn.globalSubrs = private, self.top.GlobalSubrs
        self.top.CharStrings[name] = drawn
        self.font["hmtx"][name] = (wide, round(self._bounds(name)[0]))

    def narrow(self, letter: str, bearing: float, wide: int | None = None) -> None:
        """Less white on both sides of a letter."""
        left, _, right, _ = self._bounds(self.cmap[ord(letter)])
        new = round(right - left + 2 * bearing) if wide is None else wide
        self.draw(letter, [(letter, (new - left - right) / 2, 0)], new)

    def _bounds(self, name: str) -> tuple[float, float, float, float]:
        glyphs = self.font.getGlyphSet()
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        return pen.bounds

    def map(self, letter: str, carrier: str) -> None:
        """A letter that the source has not gets the place of another."""
        name = self.cmap.pop(ord(carrier))
        for table in self.font["cmap"].tables:
            if table.format in {4, 12}:
                table.cmap.pop(ord(carrier), None)
                table.cmap[ord(letter)] = name
        self.cmap[ord(letter)] = name

    def save(self, path: Path, family: str, style: str) -> None:
        """Under a name of its own, with the same bytes each time."""
        names, said = self.font["name"], f"{family} {style}"
        postscript = f"{family.replace(' ', '')}-{style}"
        kept = {number: names.getDebugName(number) for number in NAMES_KEPT}
        new = {1: family, 2: style, 3: f"2.004;{postscript}", 4: said,
               5: "Version 2.004;subset", 6: postscript}  # fmt: skip
        names.names = []
        for number, text in sorted((kept | new).items()):
            names.setName(text, number, 3, 1, 0x409)
        fonts = self.font["CFF "].cff
        fonts.fontNames = [postscript]
        fonts.topDictIndex[0].rawDict.pop("Notice", None)
        fonts.topDictIndex[0].FullName, fonts.topDictIndex[0].FamilyName = said, family
        for part in self.top.FDArray:
            part.FontName = postscript
        self.font["head"].created = self.font["head"].modified = STAMP
        self.font.save(path, reorderTables=True)


def chinese(path: Path, letters: set[int]) -> Drawing:
    """The face for both languages."""
    drawing = Drawing(path, CHINESE, letters)
    for letter in HALF_WIDE:
        drawing.narrow(letter, 0, 500)
    _subscripts(drawing)
    return drawing


def latin(path: Path) -> Drawing:
    """The face that comes first in an English text: marks and signs no wider than they are."""
    drawing = Drawing(path, KOREAN, [*range(0x20, 0x180), *map(ord, "‘’“”–—…·•≥≤≈≠→←↑↓√∞−⁴€")])
    dots = [(".", 278 * place, 0) for place in range(3)]
    drawing.draw("…", dots, 3 * 278)
    for letter in NARROWED:
        drawing.narrow(letter, BEARING)
    _subscripts(drawing)
    return drawing


def _subscripts(drawing: Drawing) -> None:
    for (letter, raised), carrier in zip(SUBSCRIPTS.items(), CARRIERS, strict=False):
        wide = drawing.font["hmtx"][drawing.cmap[ord(raised)]][0]
        drawing.map(letter, carrier)
        drawing.draw(letter, [(raised, 0, -SUBSCRIPT_DROP)], wide)


def main() -> None:
    """Write the four files."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--source", type=Path, default=SOURCE)
    folder = reader.parse_args().source
    OUT.mkdir(parents=True, exist_ok=True)
    letters = wanted()
    for style in ("Regular", "Bold"):
        path = folder / f"NotoSansCJK-{style}.ttc"
        for family, drawing in (
            ("Roofpv Sans", chinese(path, letters)),
            ("Roofpv Sans Latin", latin(path)),
        ):
            file = OUT / f"{family.replace(' ', '')}-{style}.otf"
            drawing.save(file, family, style)
            print(f"{file.name}: {len(drawing.cmap):,} characters, {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
