"""report.xlsx: what a reader sees and prints of a sheet."""

from __future__ import annotations

import dataclasses

import pytest
from comparemaker import result
from workbookcity import city, lines, repeated, row_of, written

from roofpv.catalogue import LANGUAGES, texts
from roofpv.report.city import Teller
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.columns import signs_of, title_of
from roofpv.report.workbook.page import _lines


def test_numbers_stand_under_their_headers_and_off_the_text_beside_them(tmp_path):
    sheet = written(tmp_path, city())["Ranked buildings"]
    for header, cell in zip(sheet[1], sheet[2], strict=True):
        if cell.data_type == "n" and cell.value is not None and cell.column > 1:
            assert header.alignment.horizontal == cell.alignment.horizontal == "right"
            assert header.alignment.indent == cell.alignment.indent == 1
    rank = sheet["A2"]
    assert (rank.value, rank.number_format, rank.alignment.horizontal) == (1, "0", "left")


def test_a_text_that_wraps_has_its_height(tmp_path):
    run = dict(result().run)
    source = "a source of many words " * 12
    run["assumptions"] = [run["assumptions"][0] | {"source": source}]
    sheet = written(tmp_path, city(run=run))["Assumptions"]
    row = row_of(sheet, run["assumptions"][0]["key"])[0].row
    width = sheet.column_dimensions["F"].width
    assert sheet.row_dimensions[row].height >= 15 * len(source) / width
    assert sheet.row_dimensions[row + 1].height != sheet.row_dimensions[row].height


def test_lines_are_counted_by_width():
    assert _lines("ab", 10) == 1
    assert _lines("ab\n\ncd", 10) == 3
    assert _lines("光" * 10, 10) == 2


def test_wide_lists_go_on_beside_the_page_and_narrow_ones_do_not(tmp_path):
    book = written(tmp_path, city(repeated(40, name="学" * 40, institution="院" * 40)))
    wide = book["Ranked buildings"]
    assert wide.page_setup.fitToWidth == 2
    assert wide.print_title_cols == "$A:$C"
    assert wide.print_title_rows == "$1:$1"
    assert book["Rule texts"].page_setup.fitToWidth in (None, 1)
    assert book["Rule texts"].print_title_cols is None


def test_long_tables_below_a_title_have_a_filter_and_print_their_header_again(tmp_path):
    book = written(tmp_path, city())
    sheet = book["Assumptions"]
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.auto_filter.ref.startswith("A3:")
    assert sheet.freeze_panes == "B4"
    supply = book["Supply curve"]
    assert supply.auto_filter.ref
    assert supply.freeze_panes is None


@pytest.mark.parametrize(("language", "told"), [("en", "flush on the slope"), ("zh", "顺坡平铺")])
def test_layouts_are_told_in_words(tmp_path, language, told):
    roofs = [
        {"building_id": "A", "year": 2029, "layout": "flush"},
        {"building_id": "B", "year": 2029, "layout": "south_racks_15"},
        {"building_id": "C", "year": 2029, "layout": "of another kind"},
    ]
    plan = {
        "target": "t", "by": 2029, "count": 3, "threshold": 0.1, "value_after": 0.2, "kwp": 1.0,
        "capex_cny": 1.0, "already_met": False, "reached": True, "now": {"value": 0.0},
        "candidates": 3, "ac_kwh": 1.0, "present_cost_cny": 1.0, "next_point_cny": 1.0,
        "gap": 0.0, "by_year": [], "roofs": roofs,
    }  # fmt: skip
    sheet = written(tmp_path, city(plans=(plan,)), language).worksheets[4]
    rows = {row[0]: row for row in lines(sheet)}
    assert told in rows["A"]
    assert any("15°" in str(cell) for cell in rows["B"])
    assert "of another kind" in rows["C"]


def test_columns_have_one_name_in_every_format():
    kept = [key for key in texts() if ".column." in key]
    assert not [k for k in kept if k.startswith(("story.", "workbook_report."))]
    made = city()
    for language in LANGUAGES:
        book = Book(made, language, None)  # type: ignore[arg-type]
        tell = Teller(language)
        for key in texts():
            if key.startswith("heading."):
                name = key.removeprefix("heading.")
                assert title_of(book, name).lower() == tell.column(name).lower()


def test_units_are_told_in_signs():
    assert [signs_of(unit) for unit in ("m2", "deg", "1", "kWp", "")] == ["m²", "°", "", "kWp", ""]


def test_reasons_of_empty_columns_are_in_the_language(tmp_path):
    text = "not assessed: the layout is stated; --design compares it with others"
    run = result().run | {"not_assessed": {"layout_lost_kwh": text, "irr": text}}
    made = dataclasses.replace(result(), run=run)
    sheet = written(tmp_path, city(run=made.run), "zh")["摘要"]
    assert row_of(sheet, "布置方式少发电量、内部收益率")[1].value.startswith("布置方式为给定")
