from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from roofpv import schema
from roofpv.errors import InvalidInventory
from roofpv.inventory import check_inventory, read_inventory
from roofpv.report.template import write_template

INPUT = [column for column in schema.INVENTORY if column.kind != "geometry"]
SHEETS = {"zh": ["建筑清单", "说明"], "en": ["Buildings", "Notes"]}


def _write(folder: Path, language: str = "zh") -> openpyxl.Workbook:
    write_template(folder / "list.xlsx", language)
    return openpyxl.load_workbook(folder / "list.xlsx")


def _rules(book: openpyxl.Workbook) -> dict[str, openpyxl.worksheet.datavalidation.DataValidation]:
    """Rule of each column, by our name."""
    found = book.worksheets[0].data_validations.dataValidation
    by_range = {str(rule.sqref): rule for rule in found}
    letters = [openpyxl.utils.get_column_letter(n + 1) for n in range(len(INPUT))]
    ranges = {
        column.name: f"{letter}2:{letter}1001"
        for column, letter in zip(INPUT, letters, strict=True)
    }
    return {name: by_range[r] for name, r in ranges.items() if r in by_range}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_examples_pass_the_check_without_a_word(tmp_path, language):
    _write(tmp_path, language)
    frame = read_inventory(tmp_path / "list.xlsx")
    assert len(frame) == 3
    assert sorted(frame.attrs["columns"]["all"]) == sorted(column.name for column in INPUT)
    assert frame.attrs["columns"]["not_used"] == []
    checked = check_inventory(frame)
    assert checked.findings == ()
    buildings = checked.buildings
    assert buildings["use"].tolist() == ["school", "hospital", "government"]
    assert buildings["ownership"].tolist() == ["public"] * 3
    assert buildings["roof_type"].tolist() == ["flat", "flat", "gabled"]
    assert buildings["floor_area_m2"].tolist() == [5200, 16800, 6000]
    assert buildings["completed"].dt.year.tolist() == [1998, 2016, 2007]
    assert buildings["exemption"].isna().all()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_row_filled_in_below_the_examples_is_read(tmp_path, language):
    book = _write(tmp_path, language)
    sheet = book.worksheets[0]
    sheet.delete_rows(2, 3)
    told = {"building_id": "007", "name": "第七中学", "floor_area_m2": 3000, "floors": 3}
    for n, column in enumerate(INPUT, start=1):
        sheet.cell(2, n).value = told.get(column.name)
    book.save(tmp_path / "list.xlsx")
    buildings = check_inventory(read_inventory(tmp_path / "list.xlsx")).buildings
    assert buildings["building_id"].tolist() == ["007"]
    assert buildings["floor_area_m2"].tolist() == [3000]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_same_template_has_the_same_bytes(tmp_path, language):
    for name in ("a.xlsx", "b.xlsx"):
        write_template(tmp_path / name, language)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_headers_are_those_of_the_dictionary_with_units_and_stars(tmp_path):
    sheet = _write(tmp_path).worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    assert headers[:2] == ["建筑编号", "建筑名称*"]
    for header in ("区县*", "建筑用途*", "层数*", "建筑面积（m²）*", "屋顶面积（m²）", "经度"):
        assert header in headers
    assert [h.split("（")[0].rstrip("*") for h in headers] == [column.zh for column in INPUT]
    english = _write(tmp_path / ".", "en").worksheets[0]
    assert [cell.value.rstrip("*") for cell in english[1]] == [column.name for column in INPUT]


def test_colours_and_comments_tell_what_is_required(tmp_path):
    sheet = _write(tmp_path).worksheets[0]
    cells = {cell.value: cell for cell in sheet[1]}
    assert cells["建筑用途*"].fill.fgColor.rgb == "FFF4B860"
    assert cells["建筑面积（m²）*"].fill.fgColor.rgb == "FFFBE0A6"
    assert cells["屋顶面积（m²）"].fill.fgColor.rgb == "FFFBE0A6"
    assert cells["产权"].fill.fgColor.rgb == "FFE4E9EC"
    assert cells["建筑面积（m²）*"].comment.text.split("\n") == [
        "该栋建筑的建筑面积（各层合计），不是整个单位的面积",
        "是否必填：必填（已填屋顶面积或基底面积的除外）",
        "单位：m²",
        "范围：0.1 至 5,000,000",
        "示例：5200",
    ]
    assert all(cell.comment for cell in sheet[1])
    # A mark of ours is known by its author; these comments must outlast every check.
    assert {cell.comment.author for cell in sheet[1]} == {"模板"}


def test_lists_hold_the_words_of_the_classes(tmp_path):
    rules = _rules(_write(tmp_path))
    assert rules["use"].formula1 == '"党政机关,学校,医院,其他公共,住宅,工业,商业"'
    assert rules["ownership"].formula1 == '"公有,私有"'
    assert rules["roof_type"].formula1 == '"平屋面,坡屋面,单坡屋面,四坡屋面,攒尖屋顶,彩钢瓦"'
    assert "district" not in rules
    assert rules["use"].showErrorMessage
    assert rules["use"].error == "请从下拉列表中选择；不清楚的请留空。"


def test_every_word_of_the_lists_is_understood(tmp_path):
    book = _write(tmp_path)
    sheet, rules = book.worksheets[0], _rules(book)
    sheet.delete_rows(2, 3)
    place = {column.name: n for n, column in enumerate(INPUT, start=1)}
    for name in ("use", "ownership", "roof_type", "exemption"):
        for n, word in enumerate(rules[name].formula1.strip('"').split(",")):
            sheet.cell(2 + n, place[name]).value = word
    for n in range(7):
        sheet.cell(2 + n, place["building_id"]).value = f"b{n}"
        sheet.cell(2 + n, place["roof_area_m2"]).value = 500
    book.save(tmp_path / "list.xlsx")
    checked = check_inventory(read_inventory(tmp_path / "list.xlsx"))
    buildings = checked.buildings
    assert [f for f in checked.findings if f.code.endswith("NOT_UNDERSTOOD")] == []
    assert buildings["use"].tolist() == [use for use in schema.USES if use != "unknown"]
    assert buildings["ownership"].tolist()[:2] == ["public", "private"]
    assert buildings["roof_type"].tolist()[:6] == [
        "flat", "gabled", "shed", "hipped", "pyramidal", "steel",
    ]  # fmt: skip
    assert buildings["exemption_kind"].tolist()[:6] == [
        "heritage", "unsafe_structure", "disrepair", "demolition_within_3_years", "illegal",
        "leased_roof",
    ]  # fmt: skip
    assert buildings["exemption_kind"].notna().all()


def test_an_exemption_may_be_any_text(tmp_path):
    rule = _rules(_write(tmp_path))["exemption"]
    assert rule.formula1 == (
        '"文保建筑,结构不安全,年久失修,三年内拆迁,违章建筑,屋顶已出租,屋顶已作他用"'
    )
    assert not rule.showErrorMessage


def test_numbers_are_held_within_the_range_of_the_dictionary(tmp_path):
    rules = _rules(_write(tmp_path))
    numbers = [column for column in INPUT if column.kind == "number"]
    assert {column.name for column in numbers} <= {*rules}
    for column in numbers:
        rule = rules[column.name]
        assert (rule.type, rule.operator or "between") == ("decimal", "between")
        assert [float(rule.formula1), float(rule.formula2)] == [column.low, column.high]
    assert rules["floors"].error == "请只填数字（0.5 至 200），不带单位；不清楚的请留空。"


def test_texts_are_formatted_as_text_and_dates_as_dates(tmp_path):
    sheet = _write(tmp_path).worksheets[0]
    place = {column.name: n for n, column in enumerate(INPUT, start=1)}
    groups = sheet.column_dimensions.values()
    for column in INPUT:
        own = next(g for g in groups if g.min <= place[column.name] <= g.max)
        assert (own.number_format == "@") == (column.kind == "text")
    assert sheet.cell(2, place["institution_id"]).value == "12640202000000000Q"
    assert sheet.cell(3, place["completed"]).value == dt.datetime(2016, 9, 30)
    assert sheet.freeze_panes == "C2"


def test_the_codes_of_the_examples_have_right_check_digits(tmp_path):
    _write(tmp_path)
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    codes = read_inventory(tmp_path / "list.xlsx")["institution_id"].tolist()
    for code in codes:
        total = sum(signs.index(c) * pow(3, n, 31) for n, c in enumerate(code[:17]))
        assert signs[-total % 31] == code[17]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_notes_tell_of_every_column_grades_datum_and_empty_cells(tmp_path, language):
    book = _write(tmp_path, language)
    assert book.sheetnames == SHEETS[language]
    cells = [cell for row in book.worksheets[1].iter_rows(values_only=True) for cell in row]
    text = "\n".join(str(cell) for cell in cells if cell)
    for cell in book.worksheets[0][1]:
        assert cell.value in cells
    for said in ("--datum gcj02", "--datum bd09", "roofpv check", "A", "D"):
        assert said in text
    assert all(f"\n{grade}{'：' if language == 'zh' else ':'}" in text for grade in "ABCD")


def test_every_column_has_its_own_words_in_both_languages(tmp_path):
    for language in ("zh", "en"):
        sheet = _write(tmp_path, language).worksheets[0]
        first = [cell.comment.text.split("\n")[0] for cell in sheet[1]]
        assert [m for m, c in zip(first, INPUT, strict=True) if m in {c.zh, c.en}] == []


def test_a_column_that_nobody_described_yet_appears_by_itself(tmp_path, monkeypatch):
    new = (
        schema.Column("new_flag", "flag", "", "whether it is new", "是否新建"),
        schema.Column("new_choice", "choice", "", "a choice", "某选项", choices=("a", "unknown")),
    )
    monkeypatch.setattr(schema, "INVENTORY", (*schema.INVENTORY, *new))
    for language, words in (("zh", '"是,否"'), ("en", '"yes,no"')):
        book = _write(tmp_path, language)
        sheet = book.worksheets[0]
        header = sheet.cell(1, len(INPUT) + 1)
        assert header.value == ("是否新建" if language == "zh" else "new_flag")
        assert header.comment.text.startswith(header.value if language == "zh" else "whether")
        found = book.worksheets[0].data_validations.dataValidation
        assert [rule.formula1 for rule in found][-2:] == [words, '"a"']


def test_calamine_reads_what_excel_would_show(tmp_path):
    _write(tmp_path)
    rows = CalamineWorkbook.from_path(tmp_path / "list.xlsx").get_sheet_by_index(0).to_python()
    assert len(rows) == 4
    assert rows[1][:2] == ["示例001", "示例小学教学楼"]


def test_a_template_is_an_xlsx_file(tmp_path):
    with pytest.raises(InvalidInventory, match=r"ends in \.xlsx"):
        write_template(tmp_path / "list.xls", "zh")


def test_a_template_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(InvalidInventory, match="cannot be written"):
        write_template(tmp_path / "nowhere" / "list.xlsx", "zh")
    assert list(tmp_path.iterdir()) == []
