from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from shapely.geometry import box

from roofpv.errors import InvalidConfig, InvalidResult
from roofpv.report import lettering
from roofpv.report.raster import draw, to_png
from roofpv.report.roof_picture import RoofDrawing, roof_svg

ROOF = RoofDrawing("屋顶 1", [("p", box(0, 0, 30, 10), 20.0, 180.0, "shed")], lang="zh")


def picture(body, wide=120, high=85):
    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'


def size(png):
    return struct.unpack(">II", png[16:24])


def grey(png):
    """Lightness of the pixels of a PNG file of 8 bits a channel."""
    columns, rows, bits, kind = struct.unpack(">IIBB", png[16:26])
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    assert bits == 8
    data, place = b"", 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += length + 12
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(rows, 1 + columns * channels)
    return unfiltered(lines, channels).reshape(rows, columns, channels)[..., 0]


def unfiltered(lines, channels):
    """Undo the five filters of PNG."""
    out = np.zeros((len(lines) + 1, lines.shape[1] - 1 + channels), dtype=np.int64)
    for row, line in enumerate(lines, start=1):
        for x, value in enumerate(line[1:].tolist(), start=channels):
            left, up, corner = out[row, x - channels], out[row - 1, x], out[row - 1, x - channels]
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda near: abs(guess - near))
            add = (0, left, up, (left + up) // 2, paeth)[line[0]]
            out[row, x] = (value + add) % 256
    return out[1:, channels:]


@pytest.mark.parametrize("width", [50, 333, 1600])
def test_a_png_has_the_width_asked_for(width):
    png = to_png(roof_svg(ROOF), width)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert size(png) == (width, -(-width * 840 // 1188))


def test_the_same_picture_gives_the_same_bytes():
    assert to_png(roof_svg(ROOF), 400) == to_png(roof_svg(ROOF), 400)


@pytest.mark.parametrize(("wide", "high"), [(120, 85), (110, 77.7), (60, 15)])
@pytest.mark.parametrize("width", [100, 161])
def test_no_row_of_pixels_is_lost_or_doubled(wide, high, width):
    slanted = f'<path d="M0 0L{wide} {high}L0 {high}z"/>'
    dark = (255 - grey(to_png(picture(slanted, wide, high), width))).sum(axis=1) / 255
    steps = np.diff(dark)[1:-2]
    assert np.abs(steps - wide / high).max() < 0.2


def test_words_are_painted():
    words = '<text x="5" y="60" font-size="50" font-family="No Such Font">W屋</text>'
    pixels = grey(to_png(picture(words), 120))
    assert (pixels < 128).sum() > 100
    assert pixels[0, 0] == 255


def word(letter):
    named = 'font-family="&quot;Microsoft YaHei&quot;, sans-serif"'
    return picture(f'<text x="5" y="60" font-size="50" {named}>{letter}</text>')


def test_chinese_words_are_no_boxes_and_need_no_font_of_this_computer(monkeypatch):
    first, second = (to_png(word(letter), 120) for letter in "屋市")
    assert first != second
    monkeypatch.setattr(lettering, "_system_fonts", lambda: pytest.fail("asked"))
    assert to_png(word("屋"), 120) == first


def test_a_character_without_a_font_is_painted_as_its_code(monkeypatch):
    monkeypatch.setattr(lettering, "_borrowed", lambda _: ((), frozenset()))
    assert to_png(word("😀"), 120) == to_png(word("[U+1F600]"), 120)


@pytest.mark.parametrize("bad", ["", "<svg/>", "<html>", '<svg width="a" height="b"/>'])
def test_what_is_no_picture_is_refused(bad):
    with pytest.raises(InvalidResult, match="picture: is no SVG with a width and a height"):
        to_png(bad)


def test_the_ending_of_the_name_chooses_the_kind(tmp_path):
    text = roof_svg(ROOF)
    draw(tmp_path / "roof.svg", text)
    draw(tmp_path / "roof.PNG", text)
    assert (tmp_path / "roof.svg").read_bytes() == text.encode()
    assert (tmp_path / "roof.PNG").read_bytes() == to_png(text)


@pytest.mark.parametrize("name", ["roof.pdf", "roof", "roof.svg.gz", ".svg"])
def test_another_ending_is_refused_in_one_line(tmp_path, name):
    with pytest.raises(InvalidConfig, match=r"a drawing is written as \.svg or \.png") as told:
        draw(tmp_path / name, roof_svg(ROOF))
    assert "\n" not in str(told.value)
    assert list(tmp_path.iterdir()) == []
