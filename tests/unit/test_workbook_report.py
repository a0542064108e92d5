"""report.xlsx: the numbers of the result, exact and as they are printed elsewhere."""

from __future__ import annotations

import datetime as dt
import json
import math

import geopandas as gpd
import pytest
import xlsxwriter
from comparemaker import result
from workbookcity import city, column, lines, repeated, row_of, shown, written

from roofpv.catalogue import say
from roofpv.report.city import ADDED, MEANS, City, figure_of, shown_figure, story
from roofpv.report.document import Lines
from roofpv.report.workbook import write_workbook
from roofpv.results import read_results, write_results

EN = [
    "Summary", "Targets, all readings", "Totals by district", "Ranked buildings", "Money",
    "Supply curve", "Energy by month", "Losses", "Uncertainty", "Carbon", "Assumptions",
    "Rule texts", "Exempt buildings", "Rows not used", "Findings in the list", "Data dictionary",
    "大武口区", "平罗县", "惠农区",
]  # fmt: skip
ZH = [
    "摘要", "目标评价（全部口径）", "区县汇总", "建筑排序", "经济性", "供给曲线", "月发电量",
    "损失分解", "不确定度", "碳减排", "假设与参数", "规则文本", "豁免建筑", "无法使用的数据行",
    "清单核查问题", "数据字典", "大武口区", "平罗县", "惠农区",
]  # fmt: skip


def keys_of(sheet, head):
    """Our name of each column, from the comments on its header."""
    told = {}
    for cell in sheet[head]:
        if cell.comment:
            told[cell.comment.text.split("\n")[0].split()[-1]] = cell.column
    return told


@pytest.mark.parametrize(("language", "names"), [("en", EN), ("zh", ZH)])
def test_every_subject_has_its_sheet(tmp_path, language, names):
    assert written(tmp_path, city(), language).sheetnames == names


@pytest.mark.parametrize("language", ["en", "zh"])
def test_totals_are_those_of_the_parquet_file_to_the_last_printed_digit(tmp_path, language):
    folder = write_results(result(), tmp_path / "result")
    made = City(read_results(folder), result().supply)
    book = written(tmp_path, made, language)
    sheet = book[say("workbook_report.sheet.totals", language)]
    table = gpd.read_parquet(folder / "buildings.parquet")
    table = table[table["status"] == "assessed"]
    places = keys_of(sheet, 3)
    names = [say("targets.city", language), *sorted(table["district"].unique())]
    for row, name in enumerate(names, start=4):
        group = table if row == 4 else table[table["district"] == name]
        assert sheet.cell(row, 1).value == name
        for key in (*ADDED, *MEANS):
            if key in MEANS:
                above, below = (group[one] for one in MEANS[key])
                known = above.notna() & below.notna()
                wanted = math.fsum(above[known]) / math.fsum(below[known])
            else:
                known = group[key].dropna()
                wanted = math.fsum(known) if len(known) else None
            cell = sheet.cell(row, places[key])
            assert cell.value == wanted
            if wanted is None:
                continue
            assert shown(cell) == shown_figure(wanted, figure_of(key), unit=False) + (
                "%" if figure_of(key).unit == "%" else ""
            )


def test_the_summary_adds_what_the_answer_adds_beside_pv(tmp_path):
    table = result().buildings
    # One roof has room for less than a module.
    there = table["kwp"] - 0.4 * table["kwp"] / table["module_count"]
    first = table.index[table["kwp"] > 0.0][0]
    made = city(buildings=table.assign(
        installed_kwp=there.where(table.index == first), existing_pv="unknown"
    ))  # fmt: skip
    cells = row_of(written(tmp_path, made)["Summary"], "Can be added")
    assert cells[1].value == pytest.approx(math.fsum(table["kwp"].drop(first)), rel=1e-12)
    told = next(b for s in story(made, "en").sections for b in s.blocks if isinstance(b, Lines))
    assert any(f"about {shown(cells[1])} kWp can" in line for line in told.texts)


def test_the_summary_tells_the_same_sums(tmp_path):
    sheet = written(tmp_path, city())["Summary"]
    table = result().buildings
    cells = row_of(sheet, "Energy, first year")
    assert cells[1].value == math.fsum(table["ac_kwh"])
    assert [cells[2].value, cells[3].value] == ["kWh", 5]
    assert shown(cells[1]) == shown_figure(cells[1].value, figure_of("ac_kwh"), unit=False)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_counts_close(tmp_path, language):
    sheet = written(tmp_path, city(), language)[say("workbook_report.sheet.summary", language)]
    for what in ("buildings", "planes"):
        cells = row_of(sheet, say(f"workbook_report.count.{what}", language))
        total, *parts = [cell.value for cell in cells[1:5]]
        assert total == sum(parts) == 5


def test_the_answer_is_in_words_and_in_numbers(tmp_path):
    sheet = written(tmp_path, city())["Summary"]
    now = next(e for e in result().targets if e["default"] and e["district"] is None
               and e["target"] == "B" and e["state"] == "now")  # fmt: skip
    told = [row[0] for row in lines(sheet) if isinstance(row[0], str)]
    line = next(text for text in told if text.startswith("Target B"))
    assert f"Installed now: {100 * now['value']:.1f}%, met" in line
    assert "asked for: 15% (reach)" in line
    cells = row_of(sheet, "B, now")
    assert [cell.value for cell in cells[:4]] == ["B, now", now["value"], 0.15, "yes"]
    assert cells[1].number_format == "0.0%"
    assert len(sheet._charts) == 1


def test_synthetic_inputs_are_said_first(tmp_path):
    made = city(run=result().run | {"synthetic": ["buildings", "weather", "terrain"]})
    book = written(tmp_path, made, "zh")
    assert book["摘要"]["A2"].value == (
        "采用合成数据（建筑、气象、terrain）：仅为示例，不代表真实城市。"
    )


def test_every_verdict_has_a_row(tmp_path):
    sheet = written(tmp_path, city())["Targets, all readings"]
    entries = result().targets
    assert column(sheet, "Share") == [entry["value"] for entry in entries]
    assert column(sheet, "Numerator") == [entry["numerator"] for entry in entries]
    assert column(sheet, "Area") == [entry["district"] or "city" for entry in entries]
    assert column(sheet, "Buildings counted") == [e["counts"]["subject"] for e in entries]
    words = {True: "yes", False: "no", None: "n/a"}
    assert column(sheet, "Met") == [words[entry["met"]] for entry in entries]
    assert sheet.auto_filter.ref == f"A1:{sheet.dimensions.split(':')[1]}"
    assert column(sheet, "What the reading counts")[0] == "share of the installable roof"


def test_a_share_has_the_digits_that_its_verdict_needs(tmp_path):
    near = [
        {**entry, "value": 0.14996, "met": False} for entry in result().targets
        if entry["target"] == "B" and entry["default"] and entry["district"] is None
    ]  # fmt: skip
    book = written(tmp_path, city(targets=near))
    cell = row_of(book["Summary"], f"B, {near[0]['state']}")[1]
    assert (cell.value, cell.number_format, shown(cell)) == (0.14996, "0.000%", "14.996%")


def test_buildings_without_pv_are_ranked_first_by_payback_then_yield(tmp_path):
    table = repeated(
        8, payback_years=[9.0, 5.0, math.nan, 5.0, 3.0, 1.0, 2.0, 1.0],
        kwp=[9.0, 9.0, 9.0, 9.0, 9.0, 0.0, 9.0, 9.0],
        specific_yield_kwh_per_kwp=[1.0, 1200.0, 1500.0, 1300.0, 1.0, math.nan, 1.0, 1.0],
        installed_kwp=[*[math.nan] * 6, 4.0, 9.0], existing_pv=["unknown"] * 8,
    )  # fmt: skip
    sheet = written(tmp_path, city(table))["Ranked buildings"]
    assert column(sheet, "Building id") == [f"B{n:05d}" for n in (4, 3, 1, 0, 2, 6, 7, 5)]
    assert column(sheet, "Rank") == [1, 2, 3, 4, 5, 6, None, None]
    assert column(sheet, "Can be added (kWp)") == [9.0, 9.0, 9.0, 9.0, 9.0, 5.0, 0.0, 0.0]
    assert column(sheet, "Payback (years)")[4] is None
    assert sheet.freeze_panes == "D2"
    assert sheet.print_title_rows == "$1:$1"


def test_numbers_are_exact_and_days_are_days(tmp_path):
    table = repeated(5, ac_kwh=[0.1 + 0.2, 1.0 / 3.0, 1e-300, 123456789.12345678, 5e300])
    sheet = written(tmp_path, city(table))["Ranked buildings"]
    by_id = dict(zip(column(sheet, "Building id"), column(sheet, "Energy, first year (kWh)"),
                     strict=True))  # fmt: skip
    assert [by_id[one] for one in table["building_id"]] == table["ac_kwh"].tolist()
    assert dt.datetime(1998, 12, 31) in column(sheet, "Completed")
    assert sheet["J2"].number_format == "#,##0"
    assert sheet["I2"].number_format == "@"


def test_what_is_not_known_is_an_empty_cell_with_its_reason(tmp_path):
    table = repeated(5, npv_cny=[math.nan, math.inf, math.inf, 1.0, 2.0])
    run = result().run | {"not_assessed": {"npv_cny": "not assessed: because"}}
    book = written(tmp_path, city(table, run=run))
    sheet = book["Ranked buildings"]
    assert sorted(v for v in column(sheet, "Net present value (CNY)") if v is not None) == [1, 2]
    comment = next(c.comment.text for c in sheet[1] if c.value == "Net present value (CNY)")
    assert comment.split("\n") == [
        "Column npv_cny", "net present value", "Some cells are empty: because",
    ]  # fmt: skip
    assert row_of(book["Summary"], "Net present value")[-1].value is None


def test_months_add_up_to_the_year(tmp_path):
    sheet = written(tmp_path, city())["Energy by month"]
    year = [cell.value for cell in row_of(sheet, "Year")]
    months = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=15)]
    for at in range(1, 5):
        assert year[at] == math.fsum(row[at] for row in months)
    assert year[1] == pytest.approx(math.fsum(result().buildings["ac_kwh"]), rel=1e-12)
    assert len(sheet._charts) == 1


def test_assumptions_rules_and_dictionary_are_complete(tmp_path):
    run = json.loads(json.dumps(result().run))
    run["assumptions"][7]["default"] = False
    book = written(tmp_path, city(run=run))
    sheet = book["Assumptions"]
    told = {row[0]: row for row in lines(sheet)}
    assert {one["key"] for one in run["assumptions"]} <= set(told)
    assert sheet["A4"].value == run["assumptions"][7]["key"]
    assert told["losses.snow"][1:3] == ["loss to snow", 0.01]
    text = "\n".join(value or "" for value in column(book["Rule texts"], "Text"))
    assert text == run["rule_texts"]["shizuishan-2025"].rstrip("\n")
    names = column(book["Data dictionary"], "Column")
    assert {"ac_kwh", "building_id", "installable_area_m2"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_same_city_gives_the_same_bytes(tmp_path, language):
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(city(), language, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_the_order_of_the_buildings_changes_nothing(tmp_path):
    table = result().buildings
    for name, frame in (("a.xlsx", table), ("b.xlsx", table.iloc[::-1])):
        write_workbook(city(frame), "en", tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        write_workbook(city(), "en", tmp_path / "absent" / "report.xlsx")


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xlsxwriter.Workbook, "_store_workbook", full)
    with pytest.raises(OSError, match="No space left"):
        write_workbook(city(), "en", tmp_path / "report.xlsx")


def test_every_sheet_prints_on_a4(tmp_path):
    for sheet in written(tmp_path, city()).worksheets:
        upright = sheet.title == "Losses"
        assert sheet.page_setup.orientation == ("portrait" if upright else "landscape")
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToHeight == 0
        assert not sheet.protection.sheet
