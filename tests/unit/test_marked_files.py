from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from openpyxl.styles import Font
from workbookparts import (
    BLUE,
    MAIN,
    OFFICE,
    ORANGE,
    PACKAGE,
    TYPES,
    YELLOW,
    Mark,
    colour_of,
    comments_of,
    marked_again,
    marks_table,
    officers_workbook,
    pack,
    parts_of,
)

from roofpv.errors import InvalidInventory
from roofpv.report.marked import mark_workbook
from roofpv.report.ooxml.comments import FENCE

# Workbooks as other programs write them.


def _other_program(folder: Path, sheet: str, **more: str) -> Path:
    """A workbook of few parts; the sheet in a prefix of its own, no styles, no shared strings."""
    override = (
        '<Override PartName="/{0}" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.{1}+xml"/>'
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        + override.format("xl/workbook.xml", "sheet.main")
        + override.format("xl/worksheets/sheet1.xml", "worksheet")
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<x:workbook xmlns:x="{MAIN}" xmlns:r="{OFFICE}"><x:sheets>'
        '<x:sheet name="S" sheetId="7" r:id="a"/></x:sheets></x:workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    return pack(folder / "other.xlsx", parts | more)


def _x_sheet(rows: str) -> str:
    return (
        f'\ufeff<?xml version="1.0"?><x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}'
        "</x:sheetData><x:pageMargins left='1' right='1' top='1' bottom='1' header='1' footer='1'/>"
        "</x:worksheet>"
    )


def _other_marked(folder: Path, rows: str, *marks: Mark) -> openpyxl.worksheet.worksheet.Worksheet:
    file = _other_program(folder, _x_sheet(rows))
    mark_workbook(file, marks_table(*marks), folder / "out.xlsx", "en")
    for name, data in parts_of(folder / "out.xlsx").items():
        if name.endswith((".xml", ".rels", ".vml")):
            ElementTree.fromstring(data)
    return openpyxl.load_workbook(folder / "out.xlsx")["S"]


def test_prefixes_rows_without_numbers_and_cdata_are_understood(tmp_path):
    rows = (
        "<x:row><x:c t='inlineStr'><x:is><x:t><![CDATA[<row r=\"9\"> a]]></x:t></x:is></x:c>"
        "<x:c><x:v>1</x:v></x:c></x:row><!-- <row r='5'/> -->"
        "<x:row><x:c><x:v>2</x:v></x:c><x:c><x:v>3</x:v></x:c></x:row>"
    )
    marks = [
        ("S", 1, 2, "doubtful", "a"),
        ("S", 2, 1, "emptied", "b"),
        ("S", 4, 2, "repaired", "c"),
    ]
    sheet = _other_marked(tmp_path, rows, *marks)
    assert [sheet[n].value for n in ("A1", "B1", "A2", "B2")] == ['<row r="9"> a', 1, 2, 3]
    names = ("A1", "B1", "A2", "B2", "B4")
    assert [colour_of(sheet[n]) for n in names] == [None, YELLOW, ORANGE, None, BLUE]
    assert sorted(comments_of(sheet)) == ["A2", "B1", "B4"]


def test_a_text_that_looks_like_a_cell_is_no_cell(tmp_path):
    rows = (
        '<x:row r="1"><x:c r="A1" t="str"><x:v>&lt;x:c r="B1" s="0"></x:v></x:c>'
        '<x:c r="B1"><x:v>5</x:v></x:c></x:row>'
    )
    sheet = _other_marked(tmp_path, rows, ("S", 1, 2, "doubtful", "a"))
    assert sheet["A1"].value == '<x:c r="B1" s="0">'
    assert [colour_of(sheet["A1"]), colour_of(sheet["B1"])] == [None, YELLOW]


def test_an_empty_sheet_gets_its_first_rows(tmp_path):
    xml = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData/></x:worksheet>'
    file = _other_program(tmp_path, xml)
    marks = marks_table(("S", 3, 2, "doubtful", "a"), ("S", 2, 0, "doubtful", "b"))
    mark_workbook(file, marks, tmp_path / "out.xlsx", "en")
    assert sorted(comments_of(openpyxl.load_workbook(tmp_path / "out.xlsx")["S"])) == ["A2", "B3"]


def test_an_empty_row_written_as_one_tag_is_filled(tmp_path):
    sheet = _other_marked(tmp_path, '<x:row r="1" spans="1:1"/>', ("S", 1, 2, "doubtful", "a"))
    assert colour_of(sheet["B1"]) == YELLOW


def test_an_added_cell_looks_as_its_row_or_column_did(tmp_path):
    file = tmp_path / "list.xlsx"
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("W")):
        sheet["A1"] = 1
        sheet.column_dimensions["C"].font = Font(bold=True)
    book["Sheet"].row_dimensions[1].font = Font(italic=True)
    book.save(file)
    marks = marks_table(("Sheet", 1, 3, "doubtful", "a"), ("W", 1, 3, "doubtful", "b"))
    mark_workbook(file, marks, tmp_path / "out.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert (book["Sheet"]["C1"].font.i, book["Sheet"]["C1"].font.b) == (True, False)
    assert (book["W"]["C1"].font.i, book["W"]["C1"].font.b) == (False, True)


def test_a_conversation_is_left_alone(tmp_path):
    file = officers_workbook(tmp_path)
    parts = parts_of(file)
    parts["xl/comments/comment1.xml"] = parts["xl/comments/comment1.xml"].replace(
        "张三".encode(), b"tc={0123}"
    )
    pack(file, parts)
    marks = marks_table(("清单", 5, 2, "doubtful", "b"))
    notes = mark_workbook(file, marks, tmp_path / "out.xlsx", "zh")
    assert [key for key, _ in notes] == ["notes.threads"]
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["清单"]
    assert (sheet["B5"].comment.text, colour_of(sheet["B5"])) == ("请老王核对", YELLOW)


def test_a_plain_comment_and_one_without_text_are_added_to(tmp_path):
    file = officers_workbook(tmp_path)
    parts = parts_of(file)
    parts["xl/comments/comment1.xml"] = (
        f'<comments xmlns="{MAIN}"><authors/><commentList><comment ref="A3" authorId="0"><text>'
        '<t>平</t><rPh sb="0" eb="1"><t>ping</t></rPh></text></comment>'
        '<comment ref="A4" authorId="0"/><comment ref="A5" authorId="0"><text/></comment>'
        "</commentList></comments>"
    ).encode()
    pack(file, parts)
    marks = marks_table(*[("清单", row, 1, "doubtful", "b") for row in (3, 4, 5)])
    mark_workbook(file, marks, tmp_path / "out.xlsx", "zh")
    said = f"\n{FENCE}\n【照用，请核实】b\n{FENCE}"
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["清单"]
    assert [sheet.cell(row, 1).comment.text[-len(said) :] for row in (3, 4, 5)] == [said] * 3
    again = comments_of(marked_again(tmp_path)["清单"])
    assert again == {"A3": "平"}


def test_a_signature_does_not_hold_and_that_is_said(tmp_path):
    parts = parts_of(officers_workbook(tmp_path)) | {"_xmlsignatures/origin.sigs": b""}
    file = pack(tmp_path / "signed.xlsx", parts)
    assert mark_workbook(file, marks_table(), tmp_path / "out.xlsx", "zh") == [
        ("notes.signature", {})
    ]


# What is refused.


def _refused(file: Path, out: Path, *said: str, marks: pd.DataFrame | None = None) -> None:
    with pytest.raises(InvalidInventory) as caught:
        mark_workbook(file, marks_table() if marks is None else marks, out, "zh")
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text
    assert list(out.parent.glob(".*")) == []


def test_the_workbook_itself_is_never_written_over(tmp_path):
    file = officers_workbook(tmp_path)
    before = file.read_bytes()
    _refused(file, file, "is the workbook that is checked", "another name")
    (tmp_path / "link.xlsx").hardlink_to(file)
    _refused(file, tmp_path / "link.xlsx", "is the workbook that is checked")
    assert file.read_bytes() == before


def test_a_copy_keeps_the_ending(tmp_path):
    _refused(
        officers_workbook(tmp_path), tmp_path / "out.xlsm", "a .xlsx file cannot be a .xlsm one"
    )


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    _refused(
        officers_workbook(tmp_path), tmp_path / "nowhere" / "out.xlsx", "cannot be written", "-o"
    )


def test_an_unknown_sheet_is_told(tmp_path):
    marks = marks_table(("别的", 1, 1, "doubtful", "x"))
    out = tmp_path / "out.xlsx"
    _refused(officers_workbook(tmp_path), out, "it has no sheet '别的'", marks=marks)
    assert not out.exists()


def test_an_earlier_copy_stays_where_marking_fails(tmp_path):
    out = tmp_path / "out.xlsx"
    out.write_bytes(b"earlier")
    _refused(
        officers_workbook(tmp_path),
        out,
        "no sheet",
        marks=marks_table(("别的", 1, 1, "doubtful", "x")),
    )
    assert out.read_bytes() == b"earlier"


def test_what_is_no_zip_file_is_told(tmp_path):
    (tmp_path / "no.xlsx").write_bytes(b"no workbook at all")
    _refused(tmp_path / "no.xlsx", tmp_path / "out.xlsx", "no readable zip file")


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (_x_sheet('<x:row r="2"/><x:row r="1"/>'), "rows out of order"),
        (_x_sheet('<x:row r="1"><x:c r="A1"></x:row>'), "damaged XML"),
        (_x_sheet('<x:row r="1"><x:c r="1A"/></x:row>'), "no cell: '1A'"),
        (_x_sheet("<x:row r='1"), "a tag that does not end"),
        (_x_sheet("<!-- "), "open comment"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + _x_sheet("<x:row/>")[1:], "document type"),
        (f'<worksheet xmlns="{MAIN}"/>', "a sheet without cells"),
        (f'<?xml version="1.0" encoding="GBK"?><worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
         "XML in GBK"),
    ],
)  # fmt: skip
def test_a_broken_sheet_is_told(tmp_path, sheet, said):
    marks = marks_table(("S", 1, 1, "doubtful", "x"), ("S", 1, 2, "doubtful", "x"))
    file = _other_program(tmp_path, sheet)
    _refused(file, tmp_path / "out.xlsx", "cannot be marked", said, "Open it in Excel", marks=marks)


@pytest.mark.parametrize(
    ("part", "data", "said"),
    [
        ("xl/workbook.xml", "<!DOCTYPE a><a/>", "XML with a document type"),
        ("xl/workbook.xml", "<a/>".encode("utf-16"), "XML in UTF-16"),
        ("xl/workbook.xml", f'<workbook xmlns="{MAIN}"/>', "a workbook without sheets"),
        ("xl/workbook.xml", '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>',
         "Strict Open XML"),
        ("_rels/.rels", f'<Relationships xmlns="{PACKAGE}"/>', "no workbook in it"),
        ("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" '
         f'Type="{OFFICE}/worksheet" Target="nowhere.xml"/></Relationships>', "nowhere.xml"),
    ],
)  # fmt: skip
def test_a_broken_workbook_is_told(tmp_path, part, data, said):
    file = _other_program(tmp_path, _x_sheet("<x:row/>"), **{part: data})
    marks = marks_table(("S", 1, 1, "doubtful", "x")) if said == "nowhere.xml" else marks_table()
    _refused(file, tmp_path / "out.xlsx", "cannot be marked", said, marks=marks)


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("", "comments without a list"),
        ('<authors/><commentList><comment ref="A3" authorId="999999999"/></commentList>',
         "author who is not listed"),
    ],
)  # fmt: skip
def test_broken_comments_are_told(tmp_path, inside, said):
    file = officers_workbook(tmp_path)
    parts = parts_of(file)
    data = f'<comments xmlns="{MAIN}">{inside}</comments>'
    pack(file, parts | {"xl/comments/comment1.xml": data.encode()})
    marks = marks_table(("清单", 5, 2, "doubtful", "b"))
    _refused(file, tmp_path / "out.xlsx", "cannot be marked", said, marks=marks)
