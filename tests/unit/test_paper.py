from __future__ import annotations

import dataclasses
import io
import re
import zlib

import pytest

from roofpv.report import lettering, svg
from roofpv.report.document import (
    Document,
    Facts,
    Grid,
    Heading,
    Lines,
    Picture,
    Section,
    Signatures,
)
from roofpv.report.paper import MOST_PRINTED, MOST_ROWS, _told, pdf_of, pdf_report

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
    'font-family="&quot;Segoe UI&quot;, sans-serif"><text x="5" y="20">{word}</text></svg>'
)
HOSTILE = [
    "#let x = 1", "$x^2$", "*bold* _thin_", "@ref", "<label>", "\\ back \\u{41}", "#read(\"/x\")",
    "= Heading", "- list", "+ one", "/ term: told", "`raw`", "```typ #panic()```", "// comment",
    "/* open", "*/", "[content]", "{code}", "#{", "]", "\"quoted\" 'single'", "~", "---",
    "<script>alert(1)</script>", "</text></svg>", "=cmd|' /C calc'!A0", "&amp; &#65; %s {0} ${x}",
    "https://example.org/a_b?c=d#e", "W" * 500, "احمد \u202e\u200f txt",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """A computer without fonts."""
    monkeypatch.setattr(lettering, "_system_fonts", list)
    monkeypatch.setattr(lettering, "_borrowed", lettering._borrowed.__wrapped__)


def drawn(word="word", wide=300, high=100):
    return SVG.format(word=word, wide=wide, high=high)


def document(*blocks, lang="en", title="A report", key=""):
    return Document(lang, title, ("From a list",), (Section("Chapter", blocks, key),))


def table(count, columns=3, total=False):
    rows = tuple(tuple(f"r{row}c{at}" for at in range(columns)) for row in range(count))
    head = tuple(f"head {at}" for at in range(columns))
    return Grid("table", head, rows, frozenset({columns - 1}), total)


def pages(pdf):
    """Text of each page."""
    reader = pytest.importorskip("pypdf").PdfReader(io.BytesIO(pdf))
    return [page.extract_text() for page in reader.pages]


def squeezed(words):
    return re.sub(r"\s", "", words)


def unpacked(pdf):
    """The file with its compressed parts opened."""
    found = []
    for body in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(body.strip(b"\r\n")))
        except zlib.error:
            continue
    return pdf + b"\n".join(found)


def test_the_same_document_gives_the_same_bytes():
    made = document(Lines(("屋顶",)), table(5), Picture(drawn(), "chart", "A chart"), lang="zh")
    for write in (pdf_report, pdf_of):
        assert write(made) == write(made)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_is_tagged_embeds_its_fonts_and_tells_no_date_nor_person(lang):
    pdf = unpacked(pdf_report(document(Lines(("石嘴山 roof",)), lang=lang, title="题名 T")))
    assert pdf.startswith(b"%PDF-1.7")
    for said in (b"/ToUnicode", b"/StructTreeRoot", b"/Marked true", b"pdfuaid", b"RoofpvSans"):
        assert said in pdf
    assert (b"/Lang(zh-CN)" if lang == "zh" else b"/Lang(en-GB)") in pdf
    assert b"/Author" not in pdf
    assert b"202" not in b"".join(re.findall(rb"/(?:Creation|Mod)Date ?\((.*?)\)", pdf))


def test_a_report_has_contents_running_heads_and_page_numbers():
    sections = tuple(
        Section(f"Chapter {n}", (Heading(f"Part {n}"), Lines(("word " * 900,)))) for n in (1, 2, 3)
    )
    told = pages(pdf_report(Document("en", "The title", ("From a list",), sections)))
    assert told[0].startswith("The title")
    assert "From a list" in told[0]
    assert "Contents" in told[0]
    assert re.search(r"3 Chapter 3[ .]+\d", told[0])
    assert re.search(r"Part 2[ .]+\d", told[0])
    for number, page in enumerate(told, 1):
        assert f"{number} / {len(told)}" in page
        assert number == 1 or re.match(r"The title\s+Chapter \d", page)
    assert "1 Chapter 1" in told[1]


def test_contents_of_many_parts_name_chapters_only():
    blocks = [Heading(f"Part {n}") for n in range(60)]
    told = pages(pdf_report(document(*blocks)))
    assert "Part 7" not in told[0]
    assert "Part 7" in told[1]


def test_chinese_text_can_be_selected():
    words = "石嘴山市屋顶光伏评估报告“可安装面积”不低于 50 %"
    told = "".join(pages(pdf_report(document(Lines((words,)), lang="zh"))))
    assert squeezed(words) in squeezed(told)
    assert "目录" in told


@pytest.mark.parametrize("write", [pdf_report, pdf_of])
@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_hostile_names_stay_text_everywhere(write, place):
    name = HOSTILE[place]
    shown = "".join({"<": "&lt;", "&": "&amp;"}.get(letter, letter) for letter in name)
    made = Document(
        "en", name, (name,),
        (
            Section(name, (
                Lines((name,)), Heading(name), Facts("facts", ((name, name),)),
                Grid("grid", (name, "n"), ((name, "1"), (name, "2")), frozenset({1}), total=True),
                Picture(drawn(shown[:40]), name, name), Signatures((name, "b"), name),
            )),
        ),
    )  # fmt: skip
    told = squeezed("".join(pages(write(made))))
    if "\u202e" in name:
        name = "[U+0627U+062DU+0645U+062F]??txt"
    assert told.count(squeezed(name)) >= 9


def test_what_no_font_has_is_told_once_at_the_end():
    name = "𠮷田😀"
    made = document(Lines((name, name)), Picture(drawn(name), "p", name), title=name)
    told = pages(pdf_report(made))
    whole = squeezed("".join(told))
    assert whole.count("[U+20BB7]田[U+1F600]") >= 4
    assert whole.count("AcharacterthatnofontherehasisprintedasitsUnicodecode") == 1
    assert "[U+1F600]." in squeezed(told[-1])[-60:] or "[U+20BB7]." in squeezed(told[-1])


def test_nothing_is_told_of_codes_where_there_are_none():
    assert "Unicode" not in "".join(pages(pdf_report(document(Lines(("屋",))))))


def test_a_long_table_goes_to_the_end_with_a_reference():
    told = pages(pdf_report(document(table(MOST_ROWS + 1), Lines(("after",)))))
    number = next(n for n, page in enumerate(told, 1) if "Long tables" in page and n > 1)
    assert f"The table has {MOST_ROWS + 1} rows: see table A1 at the end, page {number}." in told[1]
    assert f"r{MOST_ROWS}c0" in told[-1]
    assert "Table A1 Chapter" in told[number - 1]
    assert "r0c0" not in told[1]


def test_a_short_table_stays_and_a_certificate_moves_none():
    assert "r0c0" in pages(pdf_report(document(table(MOST_ROWS))))[1]
    whole = "".join(pages(pdf_of(document(table(MOST_ROWS + 100)))))
    assert "Long tables" not in whole
    assert "Contents" not in whole
    assert f"r{MOST_ROWS + 99}c0" in whole


def test_a_table_over_pages_repeats_its_head():
    told = pages(pdf_of(document(table(150))))
    assert len(told) > 2
    assert all("head 1" in page for page in told)


def test_a_very_long_table_is_cut_without_its_sum_and_says_so():
    told = "".join(pages(pdf_report(document(table(MOST_PRINTED + 7, total=True)))))
    assert f"{MOST_PRINTED} of {MOST_PRINTED + 7} rows are printed." in told
    assert f"r{MOST_PRINTED - 1}c0" in told
    assert f"r{MOST_PRINTED}c0" not in told
    assert f"r{MOST_PRINTED + 6}c0" not in told


def test_an_appendix_keeps_its_long_table():
    first = Section("First", (Lines(("short",)),))
    last = Section("All of it", (table(MOST_ROWS + 20),), "appendix")
    told = pages(pdf_report(Document("en", "T", (), (first, last))))
    assert "2 All of it" in told[1]
    assert "r0c0" in told[1]
    assert f"r{MOST_ROWS + 19}c0" in told[-1]
    assert "Long tables" not in "".join(told)


def test_a_table_too_wide_is_turned():
    wide = table(4, columns=24)
    boxes = re.findall(rb"/MediaBox ?\[([\d. ]+)\]", pdf_of(document(wide)))
    sizes = [tuple(float(x) for x in box.split()[2:]) for box in boxes]
    assert any(w > h for w, h in sizes)
    assert any(w < h for w, h in sizes)
    assert "Table A1" in "".join(pages(pdf_report(document(table(24, columns=24)))))


def test_a_table_too_wide_for_a_report_has_its_columns_as_rows():
    told = pages(pdf_report(document(table(4, columns=24))))
    assert "Table A1" not in "".join(told)
    assert "head 22 r0c22 r1c22 r2c22 r3c22" in told[1]
    many = pages(pdf_report(document(table(4, columns=70))))
    assert "Table A1" in "".join(many)
    assert "head 69 r0c69 r1c69 r2c69 r3c69" in "".join(many)


def test_a_figure_has_a_number_and_what_it_shows_for_those_who_do_not_see():
    made = document(Picture(drawn(), "a", "What it shows"), Picture(drawn(), "b", ""))
    told = "".join(pages(pdf_report(made)))
    assert "Figure 1: What it shows" in told
    assert "Figure 2" not in told
    pdf = unpacked(pdf_report(made))
    assert pdf.count(b"/Alt") >= 2


@pytest.mark.parametrize(("wide", "high"), [(2000, 400), (300, 3000), (10, 10), (1600, 1600)])
def test_a_picture_of_any_shape_fits_the_page(wide, high):
    told = pages(pdf_of(document(Picture(drawn("inside", wide, high), "p", "caption"))))
    assert len(told) <= 2
    assert "caption" in told[-1]


def test_what_is_empty_is_written_too():
    blocks = (Lines(()), Lines(("",)), Heading(""), Facts("f", ()), Grid("g", ("a", "b"), ()),
              Grid("g", ("",), (("",),), total=True))  # fmt: skip
    for write in (pdf_report, pdf_of):
        assert write(Document("en", "", ("",), (Section("", blocks, ""), Section("x", ()))))
        assert write(Document("zh", "", (), ()))


def test_a_long_id_may_be_broken_and_is_copied_whole():
    ids = ("ab" * 32, "finance.inverter_lifetime_in_years_of_operation", "x" * 90)
    grid = Grid("ids", ("id", "what", "more"), ((*ids[:2], ids[2]),) * 2)
    told = squeezed("".join(pages(pdf_of(document(grid, Lines(ids))))))
    for one in ids:
        assert told.count(one) == 3
    assert "\u200b" not in told


def heights(pdf):
    """Distance of every piece of text from the foot of the second page. [pt]"""
    found = {}
    page = pytest.importorskip("pypdf").PdfReader(io.BytesIO(pdf)).pages[-1]

    def seen(words, outer, inner, *_):
        found[words.strip()] = outer[3] * inner[5] + outer[5]

    page.extract_text(visitor_text=seen)
    return found


def test_a_long_id_is_broken_where_its_column_ends():
    ids = [f"structure.rack_ballast_{n}_kg_per_m2.of_a_roof_that_is_flat" for n in range(4)]
    told = pages(pdf_report(document(Grid("ids", ("id",) * 4, (tuple(ids),)))))[1]
    for one in ids:
        assert one in squeezed(told)
        assert one not in told


def test_a_figure_stands_in_its_chapter_where_the_page_has_room():
    tall = Picture(drawn(wide=600, high=700), "a", "What it shows")
    words = Lines(tuple(f"line {n}" for n in range(26)))
    first = Section("First", (words, tall, Lines(("after it",))))
    told = pages(pdf_report(Document("en", "T", (), (first, Section("Second", (words,))))))
    # A little smaller, it fits the page that its words begin.
    assert "Figure 1: What it shows" in told[1]
    assert "line 25" in told[1]


def test_a_table_passes_a_figure_that_the_page_has_no_room_for():
    tall = Picture(drawn(wide=600, high=700), "a", "What it shows")
    words = Lines(tuple(f"line {n}" for n in range(38)))
    first = Section("First", (words, tall, table(20), Lines(("after it",))))
    told = pages(pdf_report(Document("en", "T", (), (first, Section("Second", (words,))))))
    assert "r0c0" in told[1]
    assert "Figure 1: What it shows" in told[2]
    rest = "".join(told[2:])
    assert rest.index("Figure 1") < rest.index("2 Second")


def test_a_heading_and_the_words_that_lead_to_a_table_stay_with_it():
    for count in range(34, 44):
        blocks = (Lines(tuple(f"line {n}" for n in range(count))), Heading("Below"),
                  Lines(("These are the rows:",)), table(7))  # fmt: skip
        for page in pages(pdf_report(document(*blocks)))[1:]:
            assert ("Below" in page) == ("These are the rows:" in page) == ("r0c0" in page)


def test_narrow_tables_stand_side_by_side():
    blocks = (Heading("Left"), table(4), Heading("Right"), table(5))
    found = heights(pdf_report(document(*blocks)))
    assert found["Left"] == found["Right"]
    spread = heights(pdf_of(document(*blocks)))
    assert spread["Left"] > spread["Right"]


def test_no_line_is_stretched_over_the_page():
    words = "本项目采用 finance.inverter_lifetime_in_years_of_operation_of_a_plant 为依据，" * 4
    whole = "".join(pages(pdf_report(document(Lines((words,)), lang="zh"))))
    assert squeezed(words) in squeezed(whole)


def test_a_font_of_this_computer_is_tried_before_a_code(monkeypatch):
    monkeypatch.setattr(lettering, "_borrowed", lambda _: (("No Such Font",), frozenset("𠮷")))
    made = pdf_of(document(Lines(("𠮷",))))
    assert b"pdfuaid" not in unpacked(made)


def test_the_document_is_left_as_it_was():
    made = document(table(3), Picture(drawn(), "a", "b"))
    before = dataclasses.asdict(made)
    pdf_report(made)
    assert dataclasses.asdict(made) == before


@pytest.mark.parametrize("high", [300, 728, 900, 1000])
def test_letters_of_a_picture_are_large_enough_to_read(high):
    # A chart of 760 px: its smallest letters are 10.5 px.
    told = _told(
        Document("en", "T", (), (Section("A", (_lettered(high),)),)),
        lettering.lettering([], "en"),
        True,
    )
    picture = told["sections"][0]["blocks"][0]
    assert picture["width"] / 760.0 * 10.5 >= 6.5 - 1e-2
    assert picture["least"] * picture["width"] / 760.0 * 10.5 == pytest.approx(6.5, abs=1e-2)


def test_a_picture_higher_than_a_page_is_as_high_as_one():
    told = _told(
        Document("en", "T", (), (Section("A", (_lettered(3000),)),)),
        lettering.lettering([], "en"),
        True,
    )
    assert told["sections"][0]["blocks"][0]["height"] == pytest.approx(640.0, abs=0.1)


def _lettered(high):
    words = svg.text(20.0, 20.0, "small", svg.Font(10.5))
    return Picture(svg.page(svg.Page(760.0, high, "t", "d"), [words]), "a", "")
