"""Small pieces of SVG as text: shapes, words that fit, pictures of numbers; no plotting library."""

from __future__ import annotations

import base64
import re
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roofpv.text import plain, seen

FONTS = (
    '"Segoe UI", "Helvetica Neue", Arial, "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", '
    '"Liberation Sans", "DejaVu Sans", "WenQuanYi Zen Hei", sans-serif'
)
# Most words of a chart; a look at all at once is fifty times as fast as at each letter.
_HARMLESS = re.compile(r"[\n !#-%(-;=?-~\u3000-\u303f\u4e00-\u9fff]*")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {3: 2, 4: 6}
# Widths in em, those of a wide sans-serif, so that a text that fits here fits in other fonts too.
_NARROW, _WIDE = set(" .,:;'|!()[]{}fijlrtI/\\-"), set("mwMW@%&—…ÆŒ")
_BOLD = 1.12


@dataclass(frozen=True)
class Box:
    """Upright rectangle: left, top, width and height in pixels."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.top + self.height


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn; ``dash`` is SVG's list of lengths."""

    colour: str
    width: float = 1.0
    dash: str = ""

    def attributes(self) -> dict[str, str | float]:
        """SVG's words for it."""
        dashed = {"stroke-dasharray": self.dash} if self.dash else {}
        return {"stroke": self.colour, "stroke-width": self.width, **dashed}


@dataclass(frozen=True)
class Font:
    """How words are set; ``anchor`` is "start", "middle" or "end"."""

    size: float = 12.0
    anchor: str = "start"
    fill: str = "#222222"
    bold: bool = False


def escape(words: str) -> str:
    """Text safe inside an element or an attribute; what XML forbids or is hidden becomes "?"."""
    if _HARMLESS.fullmatch(words):
        return words
    return "".join(_ENTITIES.get(c, c if _allowed(c) else "?") for c in seen(words))


def _allowed(character: str) -> bool:
    code = ord(character)
    if code < 0x20 or 0x7F <= code <= 0x9F:
        return character in "\t\n"
    return not (0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE)


def number(value: float) -> str:
    """Coordinate to a hundredth of a pixel, without idle zeros."""
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def element(tag: str, attributes: Mapping[str, str | float], *children: str) -> str:
    """Element with escaped attributes around children that are SVG already."""
    said = "".join(
        f' {name}="{escape(value) if isinstance(value, str) else number(value)}"'
        for name, value in attributes.items()
    )
    inner = "".join(children)
    return f"<{tag}{said}>{inner}</{tag}>" if inner else f"<{tag}{said}/>"


def text(x: float, y: float, words: str, font: Font | None = None) -> str:
    """One line of words, their base line at ``y``."""
    font = font or Font()
    attributes: dict[str, str | float] = {"x": x, "y": y, "font-size": font.size}
    if font.anchor != "start":
        attributes["text-anchor"] = font.anchor
    if font.bold:
        attributes["font-weight"] = "bold"
    return element("text", {**attributes, "fill": font.fill}, escape(words))


def line(start: tuple[float, float], end: tuple[float, float], stroke: Stroke) -> str:
    """Straight line."""
    (x1, y1), (x2, y2) = start, end
    return element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, **stroke.attributes()})


def rect(box: Box, fill: str, stroke: Stroke | None = None) -> str:
    """Filled rectangle, with an outline if a stroke is given."""
    place = {"x": box.left, "y": box.top, "width": box.width, "height": box.height}
    return element("rect", {**place, "fill": fill, **(stroke.attributes() if stroke else {})})


def polyline(points: Iterable[tuple[float, float]], stroke: Stroke) -> str:
    """Open line through points."""
    path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    joined = {"points": path, "fill": "none", "stroke-linejoin": "round"}
    return element("polyline", {**joined, **stroke.attributes()})


def image(box: Box, pixels: npt.NDArray[np.uint8]) -> str:
    """Picture of pixels (row, column, 3 or 4) stretched over a box, each pixel kept sharp."""
    data = base64.b64encode(png(pixels)).decode("ascii")
    place = {"x": box.left, "y": box.top, "width": box.width, "height": box.height}
    sharp = {"image-rendering": "optimizeSpeed", "style": "image-rendering:pixelated"}
    source = {"preserveAspectRatio": "none", "href": f"data:image/png;base64,{data}"}
    return element("image", {**place, **sharp, **source})


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """
    PNG file of an array of pixels.

    Parameters
    ----------
    pixels : array (row, column, 3 or 4)
        Red, green, blue and, if there is a fourth, opacity; 0-255, the top row first.

    Returns
    -------
    bytes
        The same for the same pixels, for it holds no date.

    References
    ----------
    .. [1] W3C, "Portable Network Graphics (PNG) Specification", third edition.
    """
    rows, columns, channels = pixels.shape
    header = struct.pack(">IIBBBBB", columns, rows, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    flat = np.ascontiguousarray(pixels).reshape(rows, columns * channels)
    unfiltered = np.zeros((rows, 1), dtype=np.uint8)
    data = zlib.compress(np.hstack([unfiltered, flat]).tobytes(), 9)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


def text_width(words: str, font: Font) -> float:
    """Pixels that words take at most, judged by the kind of each letter."""
    em = sum(_letter_width(letter) for letter in words)
    return em * font.size * (_BOLD if font.bold else 1.0)


def _letter_width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if _is_wide(letter) or letter in _WIDE:
        return 1.0
    if letter in _NARROW:
        return 0.41
    return 0.7 if letter.isupper() else 0.64


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def fit(words: str, font: Font, room: float) -> str:
    """Words without control characters, cut with an ellipsis to the pixels they may take."""
    words = plain(words, 1000)
    if text_width(words, font) <= room:
        return words
    room -= text_width("…", font)
    used, kept = 0.0, 0
    while used + text_width(words[kept], font) <= room:
        used += text_width(words[kept], font)
        kept += 1
    return words[:kept].rstrip() + "…"


def wrap(words: str, font: Font, room: float, most: int) -> list[str]:
    """Words without control characters in lines of at most ``room`` pixels; the last is cut."""
    lines: list[str] = []
    rest = plain(words, 4000)
    while rest and len(lines) < most - 1:
        kept = _line_end(rest, font, room)
        lines.append(rest[:kept].rstrip())
        rest = rest[kept:].lstrip()
    return [*lines, fit(rest, font, room)] if rest else lines


def _line_end(words: str, font: Font, room: float) -> int:
    """Letters of the next line: up to the last space or Chinese letter within the room."""
    used, end = 0.0, 0
    for place, letter in enumerate(words):
        used += text_width(letter, font)
        if used > room and place:
            return end or place
        if letter == " " or _is_wide(letter):
            end = place + 1
    return len(words)


@dataclass(frozen=True)
class Page:
    """What a picture is: its size in pixels, its name, the same in sentences, its language."""

    width: float
    height: float
    title: str
    described: str
    lang: str = "en"


def page(about: Page, pieces: Sequence[str]) -> str:
    """Whole file: white ground under the pieces; name and sentences for those who cannot see it."""
    size: dict[str, str | float] = {"width": about.width, "height": about.height}
    size["viewBox"] = f"0 0 {number(about.width)} {number(about.height)}"
    # A browser prints the width of the sheet, not the width of the picture.
    size["style"] = "max-width:100%;height:auto"
    named = {"role": "img", "aria-labelledby": "roofpv-title roofpv-desc"}
    named["xml:lang"] = "zh-CN" if about.lang == "zh" else about.lang
    root = {"xmlns": "http://www.w3.org/2000/svg", **size, **named, "font-family": FONTS}
    drawn = [
        element("title", {"id": "roofpv-title"}, escape(plain(about.title, 300))),
        element("desc", {"id": "roofpv-desc"}, escape(about.described)),
        rect(Box(0, 0, about.width, about.height), "#ffffff"),
        *pieces,
    ]
    return element("svg", root, "\n", stack(drawn), "\n") + "\n"


def stack(pieces: Sequence[str]) -> str:
    """Pieces one under the other, for a file that a person can read."""
    return "\n".join(pieces)
