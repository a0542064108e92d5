"""The list of styles of a workbook: marks added, those of an earlier check taken off again."""

from __future__ import annotations

from collections.abc import Mapping

from roofpv.inventory.findings import DOUBTFUL, EMPTIED, QUARANTINED, REPAIRED
from roofpv.report.ooxml.xml import MAIN, append, outline, quoted, splice, with_attribute

# Okabe and Ito's hues, light enough for black text, and of falling lightness from doubtful to
# quarantined. Nobody picks exactly these by hand, so a fill in one of them is a mark of ours, also
# after rows were moved or copied. Of each pair, the second stands where the cell had a fill of its
# own: its colour is kept as the background of the fill, which a solid fill does not show.
COLOURS: Mapping[str, tuple[str, str]] = {
    QUARANTINED: ("FFF1927B", "FFF1927C"),
    EMPTIED: ("FFF7BE6A", "FFF7BE6B"),
    REPAIRED: ("FF9CD0F2", "FF9CD0F3"),
    DOUBTFUL: ("FFFBEE8E", "FFFBEE8F"),
}
_KEEPS = {pair[1] for pair in COLOURS.values()}
_OURS = {colour for pair in COLOURS.values() for colour in pair}
# The colours of the system, which stand where no colour is kept.
_SYSTEM = {"64", "65"}
_COLOUR = ("rgb", "theme", "tint", "indexed", "auto")
_SECTIONS = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs",
    "tableStyles", "colors", "extLst",
)  # fmt: skip
# What a section has to begin with, where a workbook leaves it out.
_FIRST = {
    "fonts": '<{0}font><{0}sz val="11"/><{0}name val="Calibri"/></{0}font>',
    "fills": '<{0}fill><{0}patternFill patternType="none"/></{0}fill>'
    '<{0}fill><{0}patternFill patternType="gray125"/></{0}fill>',
    "borders": "<{0}border/>",
    "cellStyleXfs": '<{0}xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>',
    "cellXfs": '<{0}xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
}
EMPTY = (
    f'<styleSheet xmlns="{MAIN}"><cellStyles count="1">'
    '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
).encode()


class Styles:
    """
    The list, to which styles can be added.

    Parameters
    ----------
    data : bytes
        The part.
    forget : bool
        The workbook was saved by a program that does not keep the background of a solid fill, so
        a fill that a mark replaced is not known any more.
    """

    def __init__(self, data: bytes, forget: bool = False) -> None:
        self._data = _whole(data)
        root = outline(self._data)
        self._prefix = root.prefix
        self._items = {
            name: [self._data[item.start : item.end] for item in section.children]
            for name in _FIRST
            if (section := root.first(name))
        }
        self.loses_patterns = False
        self._made: dict[tuple[int, str], int] = {}
        self._take_off_marks(forget)

    def _take_off_marks(self, forget: bool) -> None:
        """Give every style that bears a mark the fill that it had before."""
        before = {
            number: self._fill_before(fill, forget)
            for number, fill in enumerate(self._items["fills"])
            if _colour(fill) in _OURS
        }
        if before:
            self._items["cellXfs"] = [
                with_attribute(xf, "fillId", str(before[fill]))
                if (fill := _fill_of(xf)) in before else xf
                for xf in self._items["cellXfs"]
            ]  # fmt: skip

    def _fill_before(self, fill: bytes, forget: bool) -> int:
        colour = _colour(fill)
        kept = next((e for e in outline(fill).walk() if e.name == "bgColor"), None)
        known = colour in _KEEPS and not forget
        told = kept.attributes if known and kept is not None else {}
        # Some programs repeat the colour that is shown.
        if not told or told.get("indexed") in _SYSTEM or told.get("rgb") in _OURS:
            return 0
        return self.fill(told)

    def fill(self, shown: Mapping[str, str], hidden: Mapping[str, str] | None = None) -> int:
        """Number of a solid fill; ``hidden`` is the colour that it does not show."""
        return self.add("fills", _solid(shown, hidden or {"indexed": "64"}))

    def font_name(self) -> str:
        """Name of the font that cells have where nothing else is said."""
        font = outline(self._items["fonts"][0])
        names = (e.attributes.get("val") for e in font.children if e.name == "name")
        return next(names, None) or "Calibri"

    def add(self, section: str, text: str) -> int:
        """
        Number of an item, which is added unless it is there.

        Parameters
        ----------
        section : str
            ``fonts``, ``fills``, ``borders`` or ``cellXfs``.
        text : str
            XML with ``{0}`` for the prefix of its elements.
        """
        return self._number(section, text.replace("{0}", self._prefix).encode())

    def _number(self, section: str, item: bytes) -> int:
        items = self._items[section]
        if item not in items:
            items.append(item)
        return items.index(item)

    def marked(self, base: int, kind: str) -> int:
        """Style of a kind of mark, all but its fill as in the style ``base``."""
        made = self._made.get((base, kind))
        if made is None:
            made = self._made[base, kind] = self._mark(base, kind)
        return made

    def _mark(self, base: int, kind: str) -> int:
        xfs = self._items["cellXfs"]
        xf = xfs[base] if base < len(xfs) else xfs[0]
        own = self._items["fills"][_fill_of(xf)]
        shown = next((e for e in outline(own).walk() if e.name == "fgColor"), None)
        self.loses_patterns |= _pattern(own) not in {"none", "solid"}
        hidden = shown.attributes if shown is not None and _pattern(own) == "solid" else None
        fill = self.fill({"rgb": COLOURS[kind][hidden is not None]}, hidden)
        tag_end = outline(xf).inside
        tag = with_attribute(with_attribute(xf[:tag_end], "fillId", str(fill)), "applyFill", "1")
        return self._number("cellXfs", tag + xf[tag_end:])

    def data(self) -> bytes:
        """The part with what was added."""
        root, edits = outline(self._data), []
        for name, items in self._items.items():
            section = next(child for child in root.children if child.name == name)
            tag = self._data[section.start : section.inside]
            edits.append(
                (section.start, section.inside, with_attribute(tag, "count", str(len(items))))
            )
            edits.append((section.inside, section.closing, b"".join(items)))
        return splice(self._data, edits)


def _whole(data: bytes) -> bytes:
    """The part with every section that styles are added to."""
    for name, first in _FIRST.items():
        root = outline(data)
        section = root.first(name)
        if section is not None and section.children:
            continue
        content = first.replace("{0}", root.prefix).encode()
        if section is not None:
            data = splice(data, [append(data, section, content)])
            continue
        tag = f"{root.prefix}{name}"
        made = f"<{tag}>".encode() + content + f"</{tag}>".encode()
        behind = _SECTIONS[_SECTIONS.index(name) + 1 :]
        after = next((child for child in root.children if child.name in behind), None)
        edit = (after.start, after.start, made) if after else append(data, root, made)
        data = splice(data, [edit])
    return data


def _fill_of(xf: bytes) -> int:
    return int(outline(xf).attributes.get("fillId", 0))


def _pattern(fill: bytes) -> str:
    found = next((e for e in outline(fill).walk() if e.name == "patternFill"), None)
    return found.attributes.get("patternType", "none") if found else ""


def _colour(fill: bytes) -> str:
    """Colour that a solid fill shows."""
    shown = next((e for e in outline(fill).walk() if e.name == "fgColor"), None)
    told = shown.attributes.get("rgb", "").upper() if shown is not None else ""
    return told if _pattern(fill) == "solid" else ""


def _solid(shown: Mapping[str, str], hidden: Mapping[str, str]) -> str:
    told = [
        " ".join(f'{k}="{quoted(v)}"' for k, v in colour.items() if k in _COLOUR)
        for colour in (shown, hidden)
    ]
    return (
        '<{0}fill><{0}patternFill patternType="solid">'
        f"<{{0}}fgColor {told[0]}/><{{0}}bgColor {told[1]}/>"
        "</{0}patternFill></{0}fill>"
    )
