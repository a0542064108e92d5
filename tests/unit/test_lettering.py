from __future__ import annotations

import struct
from pathlib import Path
from types import SimpleNamespace

import pytest

from roofpv import schema
from roofpv.catalogue import texts
from roofpv.report import lettering as module
from roofpv.report.fontfile import characters
from roofpv.report.lettering import Lettering, font_file, font_folder, lettering
from roofpv.weather import bundled_folder

FONTS = ["RoofpvSans-Regular.otf", "RoofpvSans-Bold.otf"]
LATIN = ["RoofpvSansLatin-Regular.otf", "RoofpvSansLatin-Bold.otf"]


@pytest.fixture
def alone(monkeypatch):
    """A computer without fonts."""
    monkeypatch.setattr(module, "_system_fonts", list)
    monkeypatch.setattr(module, "_borrowed", module._borrowed.__wrapped__)


def has(name):
    return set(map(chr, characters((font_folder() / name).read_bytes())))


def level(first, last):
    for row in range(first, last):
        for cell in range(0xA1, 0xFF):
            try:
                yield bytes([row, cell]).decode("gb2312")
            except UnicodeDecodeError:
                continue


@pytest.mark.parametrize("name", FONTS)
def test_our_fonts_have_both_levels_of_gb_2312(name):
    hanzi = list(level(0xB0, 0xF8))
    assert len(hanzi) == 6763
    assert set(hanzi) <= has(name)


@pytest.mark.parametrize("name", FONTS)
def test_our_fonts_have_every_character_of_our_texts_and_data(name):
    said = {letter for text in texts().values() for words in text.values() for letter in words}
    said |= {letter for column in schema.RESULT for letter in column.zh + column.en}
    said |= {letter for column in schema.INVENTORY for letter in column.zh + column.en}
    folders = [font_folder().parents[1], bundled_folder("buildings"), bundled_folder("weather")]
    for folder in folders:
        for path in folder.rglob("*"):
            if path.suffix in {".toml", ".geojson", ".csv"}:
                said |= set(path.read_text(encoding="utf-8"))
    assert said - has(name) <= {"\n", "\r", "\t"}


@pytest.mark.parametrize("name", [*FONTS, *LATIN])
def test_our_fonts_have_signs_and_units(name):
    assert set("²³₁₂₃₄×±÷≥≤≈≠−–—…·•“”‘’°§µ→←↑↓√∞¥€éüñß") <= has(name)


def test_the_licence_and_the_sources_stand_beside_the_fonts():
    licence = (font_folder() / "OFL.txt").read_text(encoding="utf-8")
    assert licence.startswith("Copyright 2014-2021 Adobe")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    sources = (font_folder() / "SOURCES.md").read_text(encoding="utf-8")
    files = {path.name for path in font_folder().glob("*.otf")}
    assert files == {*FONTS, *LATIN}
    assert all(f"`{name}`" in sources for name in files)
    assert sum((font_folder() / name).stat().st_size for name in files) < 3_500_000


@pytest.mark.parametrize("name", [*FONTS, *LATIN])
def test_no_font_bears_the_name_of_its_source(name):
    data = (font_folder() / name).read_bytes()
    assert b"Noto" not in data
    assert "Noto".encode("utf-16-be") not in data
    assert "Adobe".encode("utf-16-be") in data
    assert "SIL Open Font License".encode("utf-16-be") in data


def font(*parts, collection=False):
    """A font of nothing but a table of characters."""
    head = 12 + 16 + (16 if collection else 0)
    table = struct.pack(">HH", 0, len(parts))
    place = 4 + 8 * len(parts)
    for platform, encoding, body in parts:
        table += struct.pack(">HHI", platform, encoding, place)
        place += len(body)
    table += b"".join(body for _, _, body in parts)
    face = b"OTTO" + struct.pack(">HHHH", 1, 0, 0, 0)
    face += struct.pack(">4sIII", b"cmap", 0, head, len(table))
    first = b"ttcf" + struct.pack(">HHII", 1, 0, 1, 16) if collection else b""
    return first + face + table


def groups(*ranges):
    body = b"".join(struct.pack(">III", *one) for one in ranges)
    return struct.pack(">HHIII", 12, 0, 16 + len(body), 0, len(ranges)) + body


def segments(*parts, glyphs=()):
    """Each part: first, last, delta, offset of its glyphs."""
    columns = list(zip(*parts, strict=True))
    said = struct.pack(">HHHHHHH", 4, 0, 0, 2 * len(parts), 0, 0, 0)
    said += struct.pack(f">{len(parts)}H", *columns[1]) + b"\0\0"
    for column in (columns[0], columns[2], columns[3]):
        said += struct.pack(f">{len(parts)}H", *column)
    return said + struct.pack(f">{len(glyphs)}H", *glyphs)


@pytest.mark.parametrize("collection", [False, True])
def test_groups_are_read_and_what_is_mapped_to_no_glyph_is_none(collection):
    made = font((3, 10, groups((0x41, 0x43, 5), (0x20BB7, 0x20BB8, 0))), collection=collection)
    assert characters(made) == {0x41, 0x42, 0x43, 0x20BB8}


def test_segments_are_read_with_and_without_a_list_of_glyphs():
    # The second part leaves its middle character out; its glyphs follow the two offsets left.
    parts = ((0x41, 0x42, 0x10000 - 0x41, 0), (0x61, 0x63, 1, 4), (0xFFFF, 0xFFFF, 1, 0))
    made = font((3, 1, segments(*parts, glyphs=(7, 0, 8))))
    assert characters(made) == {0x42, 0x61, 0x63}


def test_the_fuller_table_is_read_and_symbols_are_not():
    plain = segments((0x41, 0x41, 1, 0), (0xFFFF, 0xFFFF, 1, 0))
    assert characters(font((0, 3, plain), (3, 10, groups((0x42, 0x43, 1))))) == {0x42, 0x43}
    assert characters(font((3, 0, plain))) == frozenset()


@pytest.mark.parametrize(
    "data",
    [b"", b"OTTO", b"ttcf\0\0\0\0", b"<html>" * 9, font((3, 10, groups((0x41, 0x43, 5))))[:-3],
     font((3, 1, b"\0\4"))],
)  # fmt: skip
def test_a_broken_font_has_no_characters(data):
    assert characters(data) <= {0x41}


def test_a_broken_count_does_not_run_on():
    huge = font((3, 10, struct.pack(">HHIII", 12, 0, 0, 0, 2**32 - 1)))
    assert characters(huge) == frozenset()


def test_what_our_fonts_have_needs_no_other():
    for lang, first in (("en", "Roofpv Sans Latin"), ("zh", "Roofpv Sans")):
        found = lettering(["石嘴山市屋顶光伏 kg CO₂ ≥ 5 m²"], lang)
        assert found.families[0] == first
        assert found.families[-1] == "Roofpv Sans"
        assert not found.borrowed
        assert not found.missing
        assert found.options()["ignore_system_fonts"]


def test_what_no_font_has_becomes_its_code(alone):
    found = lettering(["𠮷", "a😀\t"], "zh")
    assert found.missing == {"𠮷", "😀"}
    assert not found.borrowed
    assert found.spell("张𠮷") == "张[U+20BB7]"
    assert found.spell("a😀𠮷b𠮷") == "a[U+1F600 U+20BB7]b[U+20BB7]"
    assert found.picture('<text font-family="Arial, &quot;x&quot;">𠮷</text>') == (
        "<text font-family=\"'Roofpv Sans'\">[U+20BB7]</text>"
    )


def test_a_font_of_this_computer_helps_out_for_what_is_missing(monkeypatch, tmp_path):
    rare = tmp_path / "rare.ttf"
    rare.write_bytes(font((3, 10, groups((0x20BB7, 0x20BB7, 5)))))
    faces = [("Rare", rare, 400), ("Other", tmp_path / "gone.ttf", 400)]
    found = [SimpleNamespace(family=name, path=str(p), index=0, weight=w, style="normal")
             for name, p, w in faces]  # fmt: skip
    monkeypatch.setattr(module, "_system_fonts", lambda: found[::-1])
    monkeypatch.setattr(module, "_borrowed", module._borrowed.__wrapped__)
    told = lettering(["石𠮷😀"], "zh")
    assert told.families == ("Roofpv Sans", "Rare")
    assert told.borrowed
    assert told.missing == {"😀"}
    assert told.spell("𠮷😀") == "𠮷[U+1F600]"
    assert not told.options()["ignore_system_fonts"]


def test_fonts_of_boxes_are_not_asked():
    asked = [font.family for font in module._system_fonts()]
    assert len(asked) == len(set(asked))
    assert not [name for name in asked if module._EMPTY.match(name)]
    for name in (".LastResort", "LastResort", "Last Resort", "Adobe Blank", "AdobeNotDef"):
        assert module._EMPTY.match(name)


def test_private_and_unassigned_characters_are_never_taken_from_another_font(monkeypatch):
    monkeypatch.setattr(module, "_borrowed", lambda _: pytest.fail("asked"))
    assert lettering(["\ue000\U0003ffff"], "en").missing == {"\ue000", "\U0003ffff"}


def test_controls_joiners_and_line_ends_leave_no_box():
    said = "a\u202eb\x07c\ufe0f\u200dd\r\n\te\ud800\u2009f"
    found = lettering([said], "en")
    assert not found.missing
    assert found.spell(said) == "a?b?c?d e? f"


def test_a_picture_keeps_its_other_words():
    svg = '<svg font-family="&quot;Segoe UI&quot;, serif"><text>a\u200bb</text></svg>'
    made = Lettering(("A", "B")).picture(svg)
    assert made == "<svg font-family=\"'A', 'B'\"><text>ab</text></svg>"


def test_the_font_file_is_in_its_folder():
    assert font_file().parent == font_folder()
    assert isinstance(font_folder(), Path)
