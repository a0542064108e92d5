from __future__ import annotations

import base64
import struct
import zlib
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from roofpv.report import colours, svg

HOSTILE = "</text><script>alert(1)</script>&\"'"


def decoded(file):
    """Pixels of a PNG with unfiltered rows, its checksums verified."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(file):
        (size,) = struct.unpack(">I", file[place : place + 4])
        name, body = file[place + 4 : place + 8], file[place + 8 : place + 8 + size]
        (check,) = struct.unpack(">I", file[place + 8 + size : place + 12 + size])
        assert check == zlib.crc32(name + body)
        chunks[name] = body
        place += 12 + size
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    columns, rows, depth, kind, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, rest) == (8, [0, 0, 0])
    channels = {2: 3, 6: 4}[kind]
    flat = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8)
    lines = flat.reshape(rows, 1 + columns * channels)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(rows, columns, channels)


@pytest.mark.parametrize("channels", [3, 4])
def test_png_holds_its_pixels(channels):
    pixels = np.arange(5 * 7 * channels, dtype=np.uint8).reshape(5, 7, channels)
    np.testing.assert_array_equal(decoded(svg.png(pixels)), pixels)
    turned = pixels[::-1, ::-1]
    np.testing.assert_array_equal(decoded(svg.png(turned)), turned)


def test_image_carries_its_png_inside():
    pixels = np.array([[[255, 0, 0], [0, 0, 255]]], dtype=np.uint8)
    drawn = ET.fromstring(svg.image(svg.Box(10, 20, 200, 50), pixels))
    place = [drawn.get(name) for name in ("x", "y", "width", "height", "preserveAspectRatio")]
    assert place == ["10", "20", "200", "50", "none"]
    head, data = drawn.get("href").split(",")
    assert head == "data:image/png;base64"
    np.testing.assert_array_equal(decoded(base64.b64decode(data)), pixels)


def test_hostile_words_stay_words():
    drawn = ET.fromstring(svg.text(1, 2, HOSTILE))
    assert drawn.text == HOSTILE
    assert list(drawn) == []
    named = ET.fromstring(svg.element("g", {"class": HOSTILE}))
    assert named.get("class") == HOSTILE


def test_characters_that_xml_forbids_become_question_marks():
    assert svg.escape("a\x00b\x1fc\x85d\ud800e\ufffff\U0001fffeg") == "a?b?c?d?e?f?g"
    assert svg.escape("上海\t\n😀") == "上海\t\n😀"


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.0, "1"), (1.005, "1"), (2.346, "2.35"), (-0.001, "0"), (100.0, "100"), (0.5, "0.5")],
)
def test_coordinates_are_short(value, said):
    assert svg.number(value) == said


def test_shapes_say_where_they_are():
    stroke = svg.Stroke("#123456", 2, "3 1")
    drawn = ET.fromstring(svg.line((1, 2), (3, 4), stroke))
    assert drawn.attrib == {
        "x1": "1", "y1": "2", "x2": "3", "y2": "4",
        "stroke": "#123456", "stroke-width": "2", "stroke-dasharray": "3 1",
    }  # fmt: skip
    path = ET.fromstring(svg.polyline([(0, 1.5), (2, 3)], stroke))
    assert (path.get("points"), path.get("fill")) == ("0,1.5 2,3", "none")
    box = svg.Box(1, 2, 10, 20)
    assert (box.right, box.bottom) == (11, 22)
    assert "stroke" not in ET.fromstring(svg.rect(box, "red")).attrib
    assert ET.fromstring(svg.rect(box, "red", stroke)).get("stroke") == "#123456"


def test_font_is_told():
    said = svg.text(0, 0, "a", svg.Font(20, "middle", "#fff", bold=True))
    told = ET.fromstring(said).attrib
    assert (told["font-size"], told["text-anchor"], told["font-weight"]) == ("20", "middle", "bold")


def test_long_words_are_cut_with_an_ellipsis():
    font = svg.Font(12)
    cut = svg.fit("a very long name " * 30, font, 200)
    assert cut.endswith("…")
    assert svg.text_width(cut, font) <= 200 < svg.text_width(cut + "aa", font)
    assert svg.fit("short", font, 200) == "short"
    assert svg.fit("tab\x07\u202ename", font, 200) == "tab??name"


def test_chinese_is_as_wide_as_it_is_high():
    assert svg.text_width("上海", svg.Font(12)) == pytest.approx(24)
    assert svg.text_width("上海", svg.Font(12, bold=True)) > 24
    assert svg.text_width("e\u0301", svg.Font(10)) == svg.text_width("e", svg.Font(10))


def test_wrapped_lines_keep_every_word():
    font, said = svg.Font(12), "one two three four five six seven eight nine ten"
    lines = svg.wrap(said, font, 100, 20)
    assert len(lines) > 2
    assert " ".join(lines) == said
    assert all(svg.text_width(one, font) <= 100 for one in lines)


@pytest.mark.parametrize("said", ["数据看起来晚了八个小时" * 6, "x" * 200])
def test_words_without_spaces_are_broken(said):
    lines = svg.wrap(said, svg.Font(12), 120, 50)
    assert "".join(lines) == said
    assert all(svg.text_width(one, svg.Font(12)) <= 120 for one in lines)


def test_too_many_lines_end_in_an_ellipsis():
    lines = svg.wrap("word " * 200, svg.Font(12), 120, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert not lines[0].endswith("…")
    assert svg.wrap("", svg.Font(12), 120, 3) == []


def lightness(colour):
    """CIE L* of an sRGB colour (CIE 15:2004; IEC 61966-2-1)."""
    share = np.asarray(colour, dtype=float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


def test_colours_grow_evenly_lighter():
    steps = np.diff(lightness(colours.inferno(np.linspace(0, 1, 21))))
    assert np.all(steps > 2.5)
    assert np.all(steps < 8.0)


def test_colours_end_where_the_published_map_ends():
    np.testing.assert_array_equal(colours.inferno([0.0, 1.0]), [[0, 0, 4], [252, 255, 164]])
    np.testing.assert_array_equal(colours.inferno([-3.0, 7.0]), colours.inferno([0.0, 1.0]))


def test_missing_grey_is_no_colour_of_the_map():
    grey = np.array([int(colours.MISSING[i : i + 2], 16) for i in (1, 3, 5)])
    shades = colours.inferno(np.linspace(0, 1, 256)).astype(int)
    assert np.abs(shades - grey).sum(axis=1).min() > 60


def test_bars_differ_in_grey_print():
    orange, blue = (
        lightness([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        for colour in (colours.ORANGE, colours.BLUE)
    )
    assert orange - blue > 25
