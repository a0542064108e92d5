from __future__ import annotations

import re
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from python_calamine import CalamineWorkbook
from workbookparts import (
    BLUE,
    MAIN,
    OFFICE,
    ORANGE,
    RED,
    YELLOW,
    colour_of,
    comments_of,
    lines_listed,
    marked,
    marked_again,
    marks_table,
    officers_workbook,
    pack,
    parts_of,
)

from roofpv.catalogue import has_text, say
from roofpv.report.marked import mark_workbook
from roofpv.report.ooxml import marking
from roofpv.report.ooxml.comments import FENCE

# What is marked, and how it is said.


@pytest.mark.parametrize(
    ("kind", "colour", "word"),
    [
        ("quarantined", RED, "【无法使用】"),
        ("emptied", ORANGE, "【按未知处理】"),
        ("repaired", BLUE, "【已修正】"),
        ("doubtful", YELLOW, "【照用，请核实】"),
    ],
)
def test_a_cell_is_filled_and_says_its_kind_in_words(tmp_path, kind, colour, word):
    sheet = marked(tmp_path, ("清单", 6, 4, kind, "面积：不是数字"))["清单"]
    assert colour_of(sheet["D6"]) == colour
    assert sheet["D6"].comment.text == f"{word}面积：不是数字\n{FENCE}"
    assert sheet["D6"].comment.author == "roofpv"
    assert [c.coordinate for row in sheet.iter_rows() for c in row if colour_of(c) == colour] == [
        "D6"
    ]


def test_english_comments_begin_with_an_english_word(tmp_path):
    book = marked(tmp_path, ("清单", 6, 4, "emptied", "not a number"), language="en")
    assert book["清单"]["D6"].comment.text.startswith("[Taken as not known] not a number")
    assert book.sheetnames[-1] == "Check"


def test_several_marks_on_a_cell_are_one_comment_and_the_gravest_colour(tmp_path):
    sheet = marked(
        tmp_path,
        ("清单", 6, 4, "doubtful", "偏大"),
        ("清单", 6, 4, "quarantined", "不是数字"),
        ("清单", 6, 4, "doubtful", "偏大"),
    )["清单"]
    assert colour_of(sheet["D6"]) == RED
    assert sheet["D6"].comment.text == f"【照用，请核实】偏大\n【无法使用】不是数字\n{FENCE}"


def test_a_row_as_a_whole_is_marked_at_its_first_cell_that_is_not_empty(tmp_path):
    file = officers_workbook(tmp_path)
    book = openpyxl.load_workbook(file)
    book["清单"]["A7"] = None
    book["清单"]["A7"].fill = PatternFill("solid", fgColor="FF112233")
    book.save(file)
    marks = marks_table(("清单", 7, 0, "quarantined", "x"), ("清单", 40, 0, "quarantined", "y"))
    mark_workbook(file, marks, tmp_path / "out.xlsx", "zh")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["清单"]
    assert sorted(comments_of(sheet)) == ["A40", "B5", "B7"]
    assert colour_of(sheet["A7"]) == "FF112233"


def test_a_cell_inside_a_merged_range_is_marked_at_its_first(tmp_path):
    book = marked(tmp_path, ("清单", 5, 3, "doubtful", "x"), ("清单", 1, 4, "doubtful", "y"))
    assert sorted(comments_of(book["清单"])) == ["A1", "B5", "C3"]
    assert [str(r) for r in book["清单"].merged_cells.ranges] == ["A1:E1", "C3:C5"]
    assert [row[1:3] for row in lines_listed(book)] == [(5, "C3"), (1, "A1")]


def test_cells_and_rows_that_are_not_there_are_added_in_their_order(tmp_path):
    file = officers_workbook(tmp_path)
    marks = marks_table(
        ("清单", 6, 3, "emptied", "a"),
        ("清单", 6, 30, "emptied", "b"),
        ("清单", 20, 2, "emptied", "c"),
        ("清单", 15, 4, "emptied", "d"),
        ("O'Brien & 汇总", 3, 1, "emptied", "e"),
    )
    mark_workbook(file, marks, tmp_path / "out.xlsx", "zh")
    xml = parts_of(tmp_path / "out.xlsx")["xl/worksheets/sheet1.xml"].decode()
    assert re.findall(r'<row r="(\d+)"', xml) == [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "15",
        "20",
    ]
    row = re.search(r'<row r="6".*?</row>', xml)[0]
    assert re.findall(r'<c r="([A-Z]+)6"', row) == ["A", "B", "C", "D", "E", "AD"]
    assert "spans" not in row
    assert "<dimension" not in xml
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["清单"]
    assert {colour_of(sheet[name]) for name in ("C6", "AD6", "B20", "D15")} == {ORANGE}


def test_all_else_of_the_workbook_stays(tmp_path):
    book = marked(tmp_path, ("清单", 4, 4, "doubtful", "x"), ("清单", 5, 2, "repaired", "y"))
    sheet = book["清单"]
    assert sheet["E4"].value == "=D4*2"
    assert sheet["D4"].value == 402
    assert sheet["D4"].font.bold
    assert sheet["A4"].value == "004"
    assert sheet.data_validations.dataValidation[0].formula1 == '"大武口区,惠农区"'
    assert sheet.column_dimensions["B"].width == 33
    assert book["O'Brien & 汇总"]["A1"].value == "=SUM(清单!D3:D8)"
    assert book.defined_names["面积"].attr_text == "清单!$D$3:$D$8"
    assert book.sheetnames == ["清单", "O'Brien & 汇总", "检查结果"]
    before, after = parts_of(tmp_path / "list.xlsx"), parts_of(tmp_path / "out.xlsx")
    assert before["xl/worksheets/sheet2.xml"] == after["xl/worksheets/sheet2.xml"]
    assert before["xl/theme/theme1.xml"] == after["xl/theme/theme1.xml"]


def test_macros_and_parts_of_no_known_kind_stay_byte_for_byte(tmp_path):
    parts = parts_of(officers_workbook(tmp_path)) | {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0macro",
        "xl/charts/chart1.xml": b"<c:chart/>",
        "xl/media/image1.png": b"\x89PNG",
    }
    file = pack(tmp_path / "macro.xlsm", parts)
    mark_workbook(file, marks_table(("清单", 6, 4, "doubtful", "x")), tmp_path / "out.xlsm", "zh")
    after = parts_of(tmp_path / "out.xlsm")
    for name in ("xl/vbaProject.bin", "xl/charts/chart1.xml", "xl/media/image1.png"):
        assert after[name] == parts[name]


def test_the_same_marks_give_the_same_bytes(tmp_path):
    file = officers_workbook(tmp_path)
    marks = marks_table(("清单", 6, 4, "doubtful", "x"))
    for name in ("a.xlsx", "b.xlsx"):
        mark_workbook(file, marks, tmp_path / name, "zh")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_comment_is_as_large_as_its_text(tmp_path):
    marked(tmp_path, ("清单", 6, 4, "doubtful", "短"), ("清单", 7, 4, "doubtful", "长" * 240))
    drawing = parts_of(tmp_path / "out.xlsx")["xl/drawings/commentsDrawing1.vml"].decode()
    heights = [int(h) for h in re.findall(r"width:320px;height:(\d+)px", drawing)]
    assert heights == [42, 202]
    anchors = re.findall(r"<x:Anchor>([\d, ]+)</x:Anchor>", drawing)
    # Right of column D, from the row above; columns of 64 pixels, rows of 20.
    assert anchors == ["4, 15, 4, 10, 9, 15, 6, 12", "4, 15, 5, 10, 9, 15, 15, 12"]


# The list.


def test_the_list_has_a_legend_a_filter_and_links(tmp_path):
    book = marked(
        tmp_path,
        ("清单", 6, 4, "quarantined", "不是数字"),
        ("O'Brien & 汇总", 1, 1, "doubtful", "偏大"),
    )
    sheet = book["检查结果"]
    assert [row[:2] for row in sheet.iter_rows(min_row=2, max_row=5, values_only=True)] == [
        ("无法使用", 1), ("按未知处理", 0), ("已修正", 0), ("照用，请核实", 1),
    ]  # fmt: skip
    assert [colour_of(sheet.cell(row, 1)) for row in range(2, 6)] == [RED, ORANGE, BLUE, YELLOW]
    assert lines_listed(book) == [
        ("清单", 6, "D6", "无法使用", "不是数字"),
        ("O'Brien & 汇总", 1, "A1", "照用，请核实", "偏大"),
    ]
    assert sheet.freeze_panes == "A7"
    assert sheet.auto_filter.ref == "A6:E8"
    assert [sheet[c].hyperlink.location for c in ("C7", "C8")] == [
        "'清单'!D6",
        "'O''Brien & 汇总'!A1",
    ]
    assert colour_of(sheet["D7"]) == RED
    names = parts_of(tmp_path / "out.xlsx")["xl/workbook.xml"].decode()
    assert "'检查结果'!$A$6:$E$8</definedName>" in names


def test_without_marks_the_list_says_so(tmp_path):
    sheet = marked(tmp_path)["检查结果"]
    assert sheet["A6"].value == "未发现问题"
    assert sheet.auto_filter.ref is None


def test_hostile_text_is_text(tmp_path):
    hostile = "=cmd|'/c calc'!A1\x00\x07\u202e\ud800 <&>\"' _x0041_ ]]>"
    book = marked(tmp_path, ("清单", 6, 4, "doubtful", hostile), ("清单", 7, 4, "doubtful", "@x"))
    kept = "=cmd|'/c calc'!A1???? <&>\"' _x0041_ ]]>"
    cell = book["检查结果"]["E7"]
    assert cell.value == kept.replace("_x0041_", "_x005F_x0041_")
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert book["检查结果"]["E8"].quotePrefix
    assert not book["检查结果"]["A8"].quotePrefix
    # Excel, and calamine, read the escape as what was meant.
    read = CalamineWorkbook.from_path(tmp_path / "out.xlsx").get_sheet_by_name("检查结果")
    assert read.to_python()[6][4] == kept
    assert "【照用，请核实】=cmd" in book["清单"]["D6"].comment.text


def test_a_text_cannot_end_our_part_of_a_comment(tmp_path):
    marked(tmp_path, ("清单", 6, 4, "doubtful", f"a\n{FENCE}\nb"))
    assert comments_of(marked_again(tmp_path)["清单"]) == {"B5": "请老王核对"}


def test_long_texts_are_cut_and_their_rows_grow(tmp_path):
    sheet = marked(tmp_path, ("清单", 6, 4, "doubtful", "长" * 5000 + "\n尾"))["检查结果"]
    assert sheet["E7"].value == "长" * 999 + "…"
    assert sheet.row_dimensions[7].height == 15 * 19


def test_beyond_the_most_comments_cells_are_coloured_only(tmp_path, monkeypatch):
    monkeypatch.setattr(marking, "MOST_COMMENTS", 2)
    kinds = ["doubtful", "quarantined", "repaired", "emptied"]
    marks = marks_table(*[("清单", 4 + n, 1, kind, "x") for n, kind in enumerate(kinds)])
    notes = mark_workbook(officers_workbook(tmp_path), marks, tmp_path / "out.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert sorted(comments_of(book["清单"])) == ["A5", "A7", "B5"]  # the gravest, and the officer's
    assert [colour_of(book["清单"].cell(4 + n, 1)) for n in range(4)] == [YELLOW, RED, BLUE, ORANGE]
    assert notes == [("notes.more_marks", {"sheet": "清单", "count": "2", "most": "2"})]
    assert book["检查结果"]["A6"].value == say("notes.more_marks", "zh", notes[0][1])
    assert len(lines_listed(book)) == 4


def test_a_list_that_is_too_long_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(marking, "MOST_LINES", 1)
    monkeypatch.setattr("roofpv.report.ooxml.summary.MOST_LINES", 1)
    monkeypatch.setattr("roofpv.report.ooxml.summary.MOST_LINKS", 0)
    marks = marks_table(("清单", 4, 1, "doubtful", "x"), ("清单", 5, 1, "doubtful", "x"))
    notes = mark_workbook(officers_workbook(tmp_path), marks, tmp_path / "out.xlsx", "zh")
    assert notes == [("notes.marks_not_listed", {"count": "2", "most": "1"})]
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert len(lines_listed(book)) == 1
    assert book["检查结果"]["C8"].hyperlink is None


def test_every_note_has_its_text_in_both_languages():
    for key in ("more_marks", "threads", "marks_not_listed", "signature", "patterns"):
        assert has_text(f"notes.{key}")
        words = {"sheet": "a", "count": "1", "most": "2"}
        assert say(f"notes.{key}", "en", words) != say(f"notes.{key}", "zh", words)


# Checked again and again.


def test_marks_of_an_earlier_check_are_taken_off(tmp_path):
    marked(
        tmp_path,
        ("清单", 4, 4, "quarantined", "a"),
        ("清单", 5, 2, "doubtful", "b"),
        ("清单", 6, 1, "repaired", "c"),
    )
    book = marked_again(tmp_path, ("清单", 6, 1, "emptied", "d"))
    sheet = book["清单"]
    assert colour_of(sheet["D4"]) == "FFC6EFCE"  # the officer's own fill is back
    assert colour_of(sheet["B5"]) is None
    assert colour_of(sheet["A6"]) == ORANGE
    assert comments_of(sheet) == {"B5": "请老王核对", "A6": f"【按未知处理】d\n{FENCE}"}
    assert book.sheetnames == ["清单", "O'Brien & 汇总", "检查结果"]
    assert len(lines_listed(book)) == 1
    drawing = parts_of(tmp_path / "again.xlsx")["xl/drawings/commentsDrawing1.vml"]
    assert drawing.count(b'ObjectType="Note"') == 2
    ElementTree.fromstring(drawing)


def test_a_theme_colour_comes_back_too(tmp_path):
    file = officers_workbook(tmp_path)
    book = openpyxl.load_workbook(file)
    book["清单"]["D7"].fill = PatternFill(
        "solid", fgColor=openpyxl.styles.colors.Color(theme=4, tint=0.4)
    )
    book.save(file)
    mark_workbook(file, marks_table(("清单", 7, 4, "doubtful", "x")), tmp_path / "out.xlsx", "zh")
    fill = marked_again(tmp_path)["清单"]["D7"].fill
    assert (fill.fgColor.theme, round(fill.fgColor.tint, 6)) == (4, 0.4)


def test_a_pattern_is_not_kept_and_said_so(tmp_path):
    file = officers_workbook(tmp_path)
    book = openpyxl.load_workbook(file)
    book["清单"]["D7"].fill = PatternFill("darkGray", fgColor="FFFF0000")
    book.save(file)
    marks = marks_table(("清单", 7, 4, "doubtful", "x"))
    assert mark_workbook(file, marks, tmp_path / "out.xlsx", "zh") == [("notes.patterns", {})]
    assert marked_again(tmp_path)["清单"]["D7"].fill.patternType is None


def test_a_moved_mark_is_taken_off_where_it_is_now(tmp_path):
    book = marked(tmp_path, ("清单", 4, 4, "quarantined", "a"))
    book["清单"].insert_rows(2)  # as a person would; openpyxl leaves comments where they are
    book["清单"]["D4"].comment = None
    book["清单"]["D5"].comment = Comment(f"【无法使用】a\n{FENCE}", "roofpv")
    book.save(tmp_path / "out.xlsx")
    sheet = marked_again(tmp_path)["清单"]
    assert colour_of(sheet["D5"]) == "FFC6EFCE"
    assert "D5" not in comments_of(sheet)


@pytest.mark.parametrize("application", ["LibreOffice/7.4", "Microsoft Excel"])
def test_a_fill_is_forgotten_where_another_program_has_put_a_colour_of_its_own(
    tmp_path, application
):
    book = marked(tmp_path, ("清单", 4, 4, "quarantined", "a"))
    book.save(tmp_path / "out.xlsx")
    parts = parts_of(tmp_path / "out.xlsx")
    said = f"<Application>{application}</Application>".encode()
    parts["docProps/app.xml"] = re.sub(
        rb"<Application>.*?</Application>", said, parts["docProps/app.xml"]
    )
    pack(tmp_path / "out.xlsx", parts)
    kept = None if application.startswith("Libre") else "FFC6EFCE"
    assert colour_of(marked_again(tmp_path)["清单"]["D4"]) == kept


@pytest.mark.parametrize("told", ['indexed="64"', 'rgb="FFF1927C"'])
def test_a_fill_is_forgotten_where_nothing_was_kept_of_it(tmp_path, told):
    marked(tmp_path, ("清单", 4, 4, "quarantined", "a"))
    parts = parts_of(tmp_path / "out.xlsx")
    styles = parts["xl/styles.xml"].decode()
    kept = re.search(r'<fgColor rgb="FFF1927C"/><bgColor ([^/]*)/>', styles)[1]
    parts["xl/styles.xml"] = styles.replace(
        f'<fgColor rgb="FFF1927C"/><bgColor {kept}/>', f'<fgColor rgb="FFF1927C"/><bgColor {told}/>'
    ).encode()
    pack(tmp_path / "out.xlsx", parts)
    assert colour_of(marked_again(tmp_path)["清单"]["D4"]) is None


def test_what_the_officer_writes_under_our_comment_stays(tmp_path):
    book = marked(tmp_path, ("清单", 6, 4, "quarantined", "a"), ("清单", 7, 4, "doubtful", "b"))
    sheet = book["清单"]
    sheet["D6"].comment = Comment(sheet["D6"].comment.text + "\n已核实，无误", "roofpv")
    sheet["D7"].comment = Comment(f"【照用，请核实】b\n{FENCE}", "roofpv")
    book.save(tmp_path / "out.xlsx")
    book = marked_again(tmp_path, ("清单", 6, 4, "doubtful", "c"))
    said = f"已核实，无误\n{FENCE}\n【照用，请核实】c\n{FENCE}"
    assert comments_of(book["清单"]) == {"B5": "请老王核对", "D6": said}
    mark_workbook(tmp_path / "again.xlsx", marks_table(), tmp_path / "third.xlsx", "zh")
    third = openpyxl.load_workbook(tmp_path / "third.xlsx")["清单"]
    assert comments_of(third) == {"B5": "请老王核对", "D6": "已核实，无误"}
    assert third["D6"].comment.author != "roofpv"


def test_our_comment_is_known_where_a_program_forgot_who_wrote_it(tmp_path):
    book = marked(tmp_path, ("清单", 6, 4, "quarantined", "a"), ("清单", 7, 4, "doubtful", "b"))
    for cell, more in (("D6", ""), ("D7", "\n留着")):
        comment = book["清单"][cell].comment
        book["清单"][cell].comment = Comment(comment.text + more, "")
    book.save(tmp_path / "out.xlsx")
    assert comments_of(marked_again(tmp_path)["清单"]) == {"B5": "请老王核对", "D7": "留着"}


def test_our_words_go_from_a_comment_of_others_even_if_they_were_edited(tmp_path):
    book = marked(tmp_path, ("清单", 5, 2, "doubtful", "b"))
    text = book["清单"]["B5"].comment.text
    assert text == f"请老王核对\n{FENCE}\n【照用，请核实】b\n{FENCE}"
    book["清单"]["B5"].comment = Comment(text + "\n已改", "张三")
    book.save(tmp_path / "out.xlsx")
    assert comments_of(marked_again(tmp_path)["清单"]) == {"B5": "请老王核对\n已改"}


def test_the_list_is_replaced_in_another_language_and_keeps_its_place(tmp_path):
    book = marked(tmp_path, ("清单", 5, 2, "doubtful", "b"))
    book.move_sheet("检查结果", offset=-1)
    book["检查结果"]["H1"] = "=1+1"
    book.save(tmp_path / "out.xlsx")
    book = marked_again(tmp_path, ("清单", 5, 2, "doubtful", "b"), language="en")
    assert book.sheetnames == ["清单", "Check", "O'Brien & 汇总"]
    assert book["Check"]["H1"].value is None
    names = parts_of(tmp_path / "again.xlsx")["xl/workbook.xml"].decode()
    assert names.count("_FilterDatabase") == 1
    assert 'localSheetId="1" hidden="1">\'Check\'!$A$6:$E$7<' in names


def test_the_order_of_formulas_goes_with_a_formula_on_the_list(tmp_path):
    book = marked(tmp_path)
    book["检查结果"]["H1"] = "=1+1"
    book.save(tmp_path / "out.xlsx")
    parts = parts_of(tmp_path / "out.xlsx")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    parts["xl/calcChain.xml"] = f'<calcChain xmlns="{MAIN}"><c r="H1" i="3"/></calcChain>'.encode()
    _add(
        parts,
        "[Content_Types].xml",
        f'<Override PartName="/xl/calcChain.xml" ContentType="{kind}"/>',
    )
    told = f'<Relationship Id="cc" Type="{OFFICE}/calcChain" Target="calcChain.xml"/>'
    _add(parts, "xl/_rels/workbook.xml.rels", told)
    pack(tmp_path / "out.xlsx", parts)
    marked_again(tmp_path)
    after = parts_of(tmp_path / "again.xlsx")
    assert "xl/calcChain.xml" not in after
    assert b"calcChain" not in after["[Content_Types].xml"] + after["xl/_rels/workbook.xml.rels"]


def _add(parts: dict[str, bytes], name: str, child: str) -> None:
    text = parts[name].decode()
    at = text.rindex("</")
    parts[name] = (text[:at] + child + text[at:]).encode()


def test_a_sheet_of_the_officer_that_is_called_like_ours_stays(tmp_path):
    file = officers_workbook(tmp_path)
    book = openpyxl.load_workbook(file)
    book.create_sheet("检查结果")["A1"] = "消防检查"
    book.save(file)
    for _ in range(2):
        mark_workbook(
            file, marks_table(("清单", 5, 2, "doubtful", "b")), tmp_path / "out.xlsx", "zh"
        )
        file = tmp_path / "list.xlsx"
        file.write_bytes((tmp_path / "out.xlsx").read_bytes())
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames[2:] == ["检查结果", "检查结果 2"]
    assert book["检查结果"]["A1"].value == "消防检查"
