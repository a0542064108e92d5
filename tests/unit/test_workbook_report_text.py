"""report.xlsx: whatever stands in the data is text, and every program opens the file."""

from __future__ import annotations

import re
import zipfile

import pandas as pd
import pytest
from comparemaker import result
from workbookcity import HOSTILE, IDS, city, column, lines, objects, repeated, row_of, written

from roofpv.report.workbook import listing, write_workbook
from roofpv.report.workbook.cells import LONGEST, number_cell, text_cell
from roofpv.report.workbook.names import LONGEST as LONGEST_NAME
from roofpv.report.workbook.names import Names, units
from roofpv.report.workbook.record import finding_text, reason_text, recorded

COLUMNS = ["row", "building_id", "column", "value", "code", "reason", "what_to_do", "sheet"]


def clean(text):
    """What a cell keeps of a hostile text."""
    text = text.replace("\r", "\n").replace("\t", " ")
    return re.sub(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
        "\ufffe\uffff]", "?", text,
    )  # fmt: skip


@pytest.mark.parametrize("few", [0, 2_000], ids=["streamed", "cell by cell"])
def test_hostile_names_are_text_everywhere(tmp_path, monkeypatch, few):
    monkeypatch.setattr(listing, "FEW", few)
    table = repeated(len(HOSTILE))
    table = table.assign(name=objects(HOSTILE), institution=objects(HOSTILE), payback_years=5.0)
    book = written(tmp_path, city(table))
    sheet = book["Ranked buildings"]
    at = {name: n for n, name in enumerate(column(sheet, "Building id"), start=2)}
    for building, name in zip(table["building_id"], HOSTILE, strict=True):
        for place in ("C", "D"):
            cell = sheet[f"{place}{at[building]}"]
            # openpyxl reads _x0041_ as it is written: with its escape.
            said = cell.value.replace("_x005F_", "_")
            assert (said, cell.data_type, cell.number_format) == (clean(name), "s", "@")
            assert cell.hyperlink is None
    with zipfile.ZipFile(tmp_path / "report.xlsx") as parts:
        for name in parts.namelist():
            text = parts.read(name)
            assert b"<f>" not in text or b"chart" in name.encode()
            assert b"hyperlink" not in text


def test_a_formula_is_text_on_the_other_sheets_too(tmp_path):
    rows = pd.DataFrame({name: objects(HOSTILE) for name in COLUMNS})
    rows = rows.assign(row=range(len(HOSTILE)), code="CODE")
    table = repeated(len(HOSTILE)).assign(
        name=objects(HOSTILE), exemption=objects(HOSTILE), exemption_kind=objects(HOSTILE),
        status="excluded", status_reason="exempt: x",
    )  # fmt: skip
    plan = {
        "target": "=1+1", "by": 2030, "already_met": False, "reached": True, "threshold": 0.15,
        "now": {"value": 0.1}, "value_after": 0.16, "candidates": 9, "count": 1, "kwp": 1.0,
        "ac_kwh": 1.0, "capex_cny": 1.0, "present_cost_cny": 1.0, "next_point_cny": None,
        "gap": 0.0, "by_year": [],
        "roofs": [{"building_id": "=1+1", "name": "@x", "district": "+1", "use": "school",
                   "year": 2030, "layout": "flush", "kwp": 1.0, "ac_kwh": 1.0, "capex_cny": 1.0}],
    }  # fmt: skip
    run = result().run | {
        "warnings": ["=1+1"], "inputs": [{"name": "=a.csv", "sha256": "0"}],
        "rule_texts": {"=1": "=1+1\n+2"},
    }  # fmt: skip
    made = city(table, quarantine=rows, findings=rows.assign(kind="doubtful", became="=1"),
                plans=(plan,), run=run, targets=[])  # fmt: skip
    book = written(tmp_path, made)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row), sheet.title
            assert all(cell.hyperlink is None for cell in row), sheet.title
    assert book["Plan"]["A4"].value == "=1+1 by the end of 2030"
    assert column(book["Rows not used"], "Row") == list(range(len(HOSTILE)))


@pytest.mark.parametrize("few", [0, 2_000], ids=["streamed", "cell by cell"])
def test_ids_stay_text(tmp_path, monkeypatch, few):
    monkeypatch.setattr(listing, "FEW", few)
    table = repeated(5).assign(building_id=IDS)
    book = written(tmp_path, city(table))
    for cell in book["Ranked buildings"]["B"][1:]:
        assert (cell.data_type, cell.number_format) == ("s", "@")
    assert sorted(column(book["Ranked buildings"], "Building id")) == sorted(IDS)
    with zipfile.ZipFile(tmp_path / "report.xlsx") as parts:
        assert b'numberStoredAsText="1"' in parts.read("xl/worksheets/sheet4.xml")


def test_streamed_rows_are_the_same_as_those_written_cell_by_cell(tmp_path, monkeypatch):
    table = repeated(len(HOSTILE) + 1).assign(name=objects([*HOSTILE, None]))
    table.loc[3, "completed"] = pd.Timestamp("1850-05-05")
    whole = lines(written(tmp_path, city(table))["Ranked buildings"])
    monkeypatch.setattr(listing, "FEW", 0)
    streamed = written(tmp_path, city(table))["Ranked buildings"]
    assert [[v.replace("_x005F_", "_") if isinstance(v, str) else v for v in row]
            for row in lines(streamed)] == [
        [v.replace("_x005F_", "_") if isinstance(v, str) else v for v in row] for row in whole
    ]  # fmt: skip
    assert "1850-05-05" in column(streamed, "Completed")


DISTRICTS = (
    "=cmd", "a", "A", "Ａ", "Summary", "SUMMARY ", "history", "[x]:*?/\\", "'", "", "🌞" * 40,
    "区" * 60, "区" * 60 + "县", "x\x0by", "\u202eabc", " ", "R1C1",
)  # fmt: skip


def test_hostile_names_of_districts_become_sheets(tmp_path):
    table = repeated(len(DISTRICTS)).assign(district=DISTRICTS)
    book = written(tmp_path, city(table))
    names = [sheet.title for sheet in book.worksheets]
    assert len({name.casefold() for name in names}) == len(names)
    own = names[names.index("Data dictionary") + 1 :]
    assert len(own) == len(DISTRICTS)
    for name in names:
        assert 0 < units(name) <= LONGEST_NAME
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")
    totals = {row[0]: row[1] for row in lines(book["Totals by district"])[3:]}
    assert totals["=cmd"] == "=cmd"
    assert set(own) - {"No district"} == {totals[clean(one)] for one in DISTRICTS if one}
    for name in own:
        assert book[name].max_row == 2


def test_names_of_sheets_are_told_apart():
    names = Names()
    assert [names.take(one) for one in ("Plan", "plan", "ＰＬＡＮ", "History", "''")] == [
        "Plan", "plan (2)", "ＰＬＡＮ (3)", "History (2)", "_",
    ]  # fmt: skip
    long = names.take("学" * 40)
    assert long == "学" * 30 + "…"
    assert names.take("学" * 40) == "学" * 26 + "… (2)"
    assert units(names.take("🌞" * 20)) == LONGEST_NAME


@pytest.mark.parametrize("letter", ["a", "学", "𠮷"])
def test_a_text_that_is_too_long_is_cut_and_says_so(letter):
    said = text_cell(letter * 50_000, "en")
    assert LONGEST - 2 < units(said) <= LONGEST
    assert said.endswith("… [cut, the text has 50,000 characters]")
    whole = letter * (LONGEST // units(letter))
    assert text_cell(whole, "en") == whole


def test_a_long_text_of_the_data_is_in_the_file(tmp_path):
    table = repeated(5).assign(name=["a" * 40_000, "b", "c", "d", "e"])
    sheet = written(tmp_path, city(table), "zh")["建筑排序"]
    (long,) = [name for name in column(sheet, "建筑名称") if len(name) > 1]
    assert long.endswith("…［已截断，全文共 40,000 个字符］")


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), True, "1"])
def test_what_is_no_number_is_no_number(value):
    assert number_cell(value) is None


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, pd.NaT])
def test_what_is_missing_is_an_empty_text(value):
    assert text_cell(value, "en") == ""


def test_sentences_of_the_record_are_told_in_the_language():
    text = "not assessed: the layout is stated; --design compares it with others"
    assert recorded(text, "zh").startswith("未评估：布置方式为给定")
    assert recorded(text, "en") == text
    assert recorded("something else", "zh") == "something else"
    assert reason_text(text, "zh").startswith("布置方式为给定")
    assert reason_text(text, "en") == text.removeprefix("not assessed: ")
    assert reason_text("something else", "zh") == "something else"


def test_findings_are_told_in_the_language(tmp_path):
    text = "the use class is a guess"
    mend = "Write the use class, or list the building in the file of use classes"
    assert finding_text("USE_DOUBTFUL", text, "zh") == "建筑用途系推断，把握不大"
    assert finding_text("USE_DOUBTFUL", mend, "zh", mend=True).startswith("请填写建筑用途")
    assert finding_text("USE_DOUBTFUL", "another text", "zh") == "another text"
    assert finding_text("NO_SUCH_CODE", text, "zh") == text
    rows = pd.DataFrame([[7, "A", "use", "?", "USE_DOUBTFUL", text, mend, ""]], columns=COLUMNS)
    book = written(tmp_path, city(findings=rows.assign(kind="doubtful", became="")), "zh")
    cells = [cell.value for cell in row_of(book["清单核查问题"], "照用，请核实")]
    assert cells[1] == 7
    assert "建筑用途系推断，把握不大" in cells
    assert "建筑用途" in cells


def test_no_date_of_now_stands_in_the_file(tmp_path):
    write_workbook(city(), "zh", tmp_path / "report.xlsx")
    with zipfile.ZipFile(tmp_path / "report.xlsx") as parts:
        assert {part.date_time[0] for part in parts.infolist()} == {1980}
        core = parts.read("docProps/core.xml").decode()
    assert re.findall(r"\d{4}-\d\d-\d\d", core) == ["2000-01-01", "2000-01-01"]
