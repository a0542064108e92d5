"""SVG pictures as PNG pixels, and a drawing written to a file of either kind."""

from __future__ import annotations

import math
import re
from pathlib import Path

from roofpv.errors import InvalidConfig, InvalidResult
from roofpv.report.lettering import lettering

_PAGE = """#set page(width: {wide}pt, height: {high}pt, margin: 0pt)
#image(bytes(sys.inputs.picture), format: "svg", width: {wide}pt - 0.02pt)
"""
_HANZI = re.compile("[\u4e00-\u9fff]")
_POINTS_PER_INCH = 72.0
_SIZE = re.compile(r'<svg\b[^>]*? width="([0-9.]+)" height="([0-9.]+)"')


def to_png(svg: str, width_px: int = 1600) -> bytes:
    """
    Pixels of an SVG picture as a PNG file; nothing but the picture and the fonts here is read.

    Parameters
    ----------
    svg : str
        A whole picture that needs no other file.
    width_px : int
        Width; the height follows. [px]

    Returns
    -------
    bytes
        The same for the same picture on every computer: words take the fonts that roofpv brings,
        and only a character that these lack one of this computer, or else its code.

    Raises
    ------
    InvalidResult
        No SVG, or one that does not tell its size.
    """
    import typst  # noqa: PLC0415  (tens of MB that only a PNG needs)

    framed, high = _framed(svg, width_px)
    page = _PAGE.format(wide=width_px, high=high).encode()
    fonts = lettering([svg], "zh" if _HANZI.search(svg) else "en")
    pixels: bytes = typst.compile(
        page,
        format="png",
        ppi=_POINTS_PER_INCH,
        sys_inputs={"picture": fonts.picture(framed)},
        **fonts.options(),
    )
    return pixels


def size_of(svg: str) -> tuple[float, float]:
    """
    Width and height of an SVG picture. [px]

    Raises
    ------
    InvalidResult
        No SVG, or one that does not tell its size.
    """
    size = _SIZE.match(svg)
    if size is None:
        raise InvalidResult(
            "picture", "is no SVG with a width and a height in pixels", "Draw it with roofpv"
        )
    wide, high = (float(number) for number in size.groups())
    return wide, high


def _framed(svg: str, width_px: int) -> tuple[str, int]:
    """
    Picture inside one of whole pixels, and their number from top to bottom.

    Typst paints a picture to the next whole pixels and lays that over its page: where the page is
    smaller, a row of pixels is lost in the middle of the picture. The hundredth that the frame is
    lower keeps rounding from adding a row.
    """
    wide, high = size_of(svg)
    rows = math.ceil(high / wide * width_px)
    within = f"0 0 {wide:g} {wide * (rows - 0.01) / width_px:.6f}"
    sides = f'width="{width_px}" height="{rows - 0.01:.2f}" viewBox="{within}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {sides}>{svg}</svg>', rows


def draw(path: Path, svg: str) -> None:
    """
    Write a picture to a file, as SVG or PNG by the ending of its name.

    Raises
    ------
    InvalidConfig
        As ``check_drawing``.
    """
    check_drawing(path)
    if path.suffix.lower() == ".svg":
        path.write_text(svg, encoding="utf-8", newline="\n")
    else:
        path.write_bytes(to_png(svg))


def check_drawing(path: Path) -> None:
    """
    Make sure that a drawing can be written to a file.

    Raises
    ------
    InvalidConfig
        Another ending than .svg or .png; no such folder.
    """
    if path.suffix.lower() not in {".svg", ".png"}:
        raise InvalidConfig(
            str(path), "a drawing is written as .svg or .png", "Choose a name that ends in one"
        )
    if not path.parent.is_dir():
        raise InvalidConfig(
            str(path), f"there is no folder {path.parent}", "Make the folder, or choose another"
        )
