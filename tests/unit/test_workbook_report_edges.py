"""report.xlsx of cities that lack something, or have too much of it."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from comparemaker import result
from workbookcity import city, column, lines, repeated, row_of, written

from roofpv.report.city import figure_of, shown_figure
from roofpv.report.workbook import energy, listing, plans, ranked

PLAN = {
    "target": "shizuishan-2025/B/B1", "by": 2030, "already_met": False, "reached": True,
    "threshold": 0.15, "now": {"value": 0.1}, "value_after": 0.1500001, "candidates": 9,
    "count": 2, "kwp": 30.5, "ac_kwh": 4e4, "capex_cny": 91_500.0, "present_cost_cny": 9e4,
    "next_point_cny": 1234.5, "gap": 1e-7,
    "by_year": [{"year": 2029, "count": 2, "kwp": 30.5, "ac_kwh": 4e4, "capex_cny": 91_500.0}],
    "roofs": [
        {"building_id": one, "name": one, "district": "X", "use": "school", "year": 2029,
         "layout": "flush", "kwp": 15.25, "ac_kwh": 2e4, "capex_cny": 45_750.0}
        for one in ("A", "B")
    ],
}  # fmt: skip


def without_anything():
    """A city of which no building was assessed."""
    found = result()
    counts = {"in": 0, "assessed": 0, "excluded": 0, "quarantined": 0}
    run = json.loads(json.dumps(found.run)) | {"counts": counts | {"planes": counts}}
    run["uncertainty"], run["money"] = {}, {}
    return city(
        found.buildings.iloc[:0], planes=found.planes.iloc[:0], targets=[], run=run,
        energy=found.energy.isel(plane_id=slice(0)), supply=found.supply.iloc[:0],
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_result_says_so(tmp_path, language):
    book = written(tmp_path, without_anything(), language)
    told = [row[0] for row in lines(book.worksheets[0]) if row[0]]
    nothing = {"en": "No building was assessed", "zh": "没有建筑完成评估"}[language]
    assert any(text.startswith(nothing) for text in told)
    no_rule = {"en": "No rule was judged in this run.", "zh": "本次未评价任何规则。"}[language]
    assert no_rule in told
    assert not any(sheet._charts for sheet in book.worksheets)
    none = {"en": "none", "zh": "无"}[language]
    assert book.worksheets[3]["A2"].value == none


def test_only_exempt_buildings(tmp_path):
    table = repeated(3).assign(status="excluded", status_reason="exempt: old", exemption=[
        "", "the roof leaks", None], exemption_kind=["other", "disrepair", None])  # fmt: skip
    sheet = written(tmp_path, city(table, targets=[]))["Exempt buildings"]
    assert column(sheet, "Reason stated") == ["old", "the roof leaks", "old"]
    assert column(sheet, "Kind of exemption")[2] is None


def test_a_building_without_district_is_in_the_city_alone(tmp_path):
    table = repeated(5)
    table.loc[[0, 3], "district"] = [None, ""]
    book = written(tmp_path, city(table))
    sheet = book["Totals by district"]
    places = {row[0]: row for row in lines(sheet)[4:] if row[0]}
    assert places["city"][2] == 5
    assert sum(places[one][2] for one in ("大武口区", "平罗县", "惠农区") if one in places) == 3
    assert "2 assessed buildings have no district" in sheet["A3"].value
    assert book["No district"].max_row == 3


@pytest.mark.parametrize(("count", "own"), [(40, True), (41, False)])
def test_many_districts_share_a_sheet(tmp_path, count, own):
    table = repeated(count).assign(district=[f"D{n:02d}" for n in range(count)])
    book = written(tmp_path, city(table))
    assert ("D00" in book.sheetnames) == own
    assert ("Buildings by district" in book.sheetnames) != own
    said = [row[1] for row in lines(book["Summary"]) if row[0] == "Buildings by district"]
    assert [text.endswith("too many districts for a sheet each") for text in said] == (
        [] if own else [True]
    )
    if not own:
        sheet = book["Buildings by district"]
        assert column(sheet, "District") == sorted(table["district"])


def test_a_large_city_has_no_sheets_of_districts(tmp_path, monkeypatch):
    monkeypatch.setattr(ranked, "MOST_BUILDINGS", 4)
    book = written(tmp_path, city())
    assert book.sheetnames[-1] == "Data dictionary"
    assert "filter the column of districts" in row_of(book["Summary"], "Ranked buildings")[1].value


@pytest.mark.parametrize("few", [0, 2_000], ids=["streamed", "cell by cell"])
def test_a_list_goes_on_where_a_sheet_is_full(tmp_path, monkeypatch, few):
    monkeypatch.setattr(listing, "FEW", few)
    monkeypatch.setattr(listing, "MOST", 3)
    table = repeated(7)
    book = written(tmp_path, city(table, targets=[]))
    parts = [book[name] for name in ("Ranked buildings", "Ranked buildings (2)",
                                     "Ranked buildings (3)")]  # fmt: skip
    assert [part.max_row for part in parts] == [4, 4, 2]
    ids = [one for part in parts for one in column(part, "Building id")]
    assert sorted(ids) == table["building_id"].tolist()
    assert parts[2]["A1"].value == "Rank"


def test_a_long_curve_is_thinned_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(energy, "MOST_POINTS", 10)
    supply = pd.DataFrame({
        "building_id": [f"B{n}" for n in range(100)], "lcoe_cny_per_kwh": np.arange(100.0),
        "ac_kwh": 1.0, "kwp": 1.0, "cumulative_kwh": np.arange(1.0, 101.0),
        "cumulative_kwp": np.arange(1.0, 101.0), "mean_lcoe_cny_per_kwh": 1.0,
    })  # fmt: skip
    sheet = written(tmp_path, city(supply=supply))["Supply curve"]
    assert sheet["A3"].value.startswith("10 of 100 roofs are listed")
    ids = [row[0] for row in lines(sheet) if row[0] and row[0].startswith("B")]
    ids.remove("Building id")
    assert len(ids) == 10
    assert (ids[0], ids[-1]) == ("B0", "B99")


def test_years_are_averaged_over_the_complete_ones(tmp_path):
    found = result()
    months = found.energy["ac_kwh"].to_numpy()
    lost = months * 3.0
    lost[0, 5] = math.nan
    several = xr.Dataset(
        {"ac_kwh": (("plane_id", "year", "month"), np.stack([months, months * 2.0, lost], 1))},
        {"plane_id": found.energy["plane_id"], "year": [2001, 2002, 2003],
         "month": found.energy["month"]},
    )  # fmt: skip
    sheet = written(tmp_path, city(energy=several))["Energy by month"]
    wanted = months[0, 0] * 1.5 + math.fsum(months[1:, 0] * 2.0)
    assert sheet["B4"].value == pytest.approx(wanted, rel=1e-12)


def test_planes_without_a_year_are_told(tmp_path):
    months = result().energy.copy(deep=True)
    months["ac_kwh"][0] = math.nan
    sheet = written(tmp_path, city(energy=months))["Energy by month"]
    assert sheet["A3"].value == "1 roof planes have no complete year and are in no sum."
    wanted = math.fsum(months["ac_kwh"].to_numpy()[1:, 0])
    assert sheet["B5"].value == wanted


def test_a_plan_is_told_with_its_years_and_roofs(tmp_path):
    book = written(tmp_path, city(plans=(PLAN,)))
    sheet = book["Plan"]
    told = {row[0]: row for row in lines(sheet)}
    assert told["Capacity"][:3] == ["Capacity", 30.5, "kWp"]
    years = [row[:5] for row in lines(sheet) if row[0] == 2029]
    assert years[0] == [2029, 2, 30.5, 4e4, 91_500.0]
    assert [row[0] for row in lines(sheet) if row[2] == 2029] == ["A", "B"]
    kwp = shown_figure(30.5, figure_of("kwp"), unit=False)
    assert any(f"2 further roofs ({kwp} kWp, 91,500 CNY)" in str(row[0]) for row in lines(sheet))
    cell = row_of(sheet, "Share after the plan")[1]
    assert (cell.value, cell.number_format) == (0.1500001, "0.0%")
    summary = [row[0] for row in lines(book["Summary"]) if row[0]]
    assert any(
        str(text).startswith("Plan for target B, reading B1 (shizuishan-2025)") for text in summary
    )


def test_a_plan_by_district_and_a_long_one(tmp_path, monkeypatch):
    monkeypatch.setattr(plans, "MOST_ROOFS", 1)
    district = {
        "district": "X", "now": {"value": 0.1}, "value_after": 0.2, "best_value": 0.3,
        "reached": True, "count": 1, "capex_cny": 5.0,
    }  # fmt: skip
    missed = PLAN | {"reached": False, "value_after": 0.12, "districts": [district]}
    done = PLAN | {"already_met": True}
    sheet = written(tmp_path, city(plans=(missed, done)))["Plan"]
    told = [row for row in lines(sheet) if row[0]]
    assert ["X", 0.1, 0.2, 0.3, "yes", 1, 5] in [row[:7] for row in told]
    text = " ".join(str(row[0]) for row in told)
    assert "out of reach under the conditions given" in text
    assert "is reached already" in text
    assert "The first 1 of 2 roofs" in text


def test_losses_are_told_for_the_city_and_its_districts(tmp_path):
    steps = pd.DataFrame({
        "level": ["city"] * 3 + ["district"] * 3, "name": [""] * 3 + ["=X"] * 3,
        "step": ["sun", "plane", "made_up"] * 2, "kwh": [100.0, 110.0, 110.0, 10.0, 11.0, 9.9],
        "factor": [1.0, 1.1, 1.0, 1.0, 1.1, 0.9],
    })  # fmt: skip
    sheet = written(tmp_path, city(waterfall=steps))["Losses"]
    told = [row for row in lines(sheet) if row[0]]
    assert told[4][:2] == ["sun on level ground x kWp", 100]
    assert told[5][0] == "tilt and facing"
    assert [told[5][1], told[5][2]] == [110, 10]
    assert told[6][0] == "From the sun to the meter: =X, a year"
    assert told[-1][0] == "made_up"
    assert len(sheet._charts) == 1


def test_without_a_waterfall_the_sheet_says_how_to_get_one(tmp_path):
    book = written(tmp_path, city(), "zh")
    assert "roofpv waterfall OUT" in book["损失分解"]["A2"].value
    nothing = pd.DataFrame(columns=["level", "name", "step", "kwh", "factor"])
    sheet = written(tmp_path, city(waterfall=nothing))["Losses"]
    assert sheet["A2"].value == "no array has a complete year"


def test_notes_of_the_report_and_warnings_are_told(tmp_path):
    note = {"en": "no plan can be made", "zh": "无法编制方案"}
    text = "the layout is stated; --design compares it with others"
    made = city(notes=(note,), run=result().run | {"warnings": [text]})
    told = [row[0] for row in lines(written(tmp_path, made, "zh")["摘要"])]
    assert "• 无法编制方案" in told
    assert any(str(one).startswith("• 布置方式为给定") for one in told)


def test_a_verdict_that_is_a_bound_or_open_says_so(tmp_path):
    base = next(e for e in result().targets if e["default"] and e["district"] is None)
    least = base | {"probability": 0.5, "probability_at_least": True, "met": None}
    nobody = base | {
        "target": "Z", "value": None, "met": None, "probability": None, "rule": "other",
        "note": "no building of the list is of this target's subject", "lacking": ["x_m2"],
        "threshold": None, "group": "school", "group_kind": "use", "unit": "W/m2",
    }  # fmt: skip
    alone = nobody | {"group": None, "numerator_variant": "N9"}
    book = written(tmp_path, city(targets=[least, nobody, alone]), "zh")
    told = " ".join(str(row[0]) for row in lines(book["摘要"]))
    assert "达标概率至少 50.0%" in told
    assert "无法判定" in told
    assert "尚无要求" in told
    assert "不适用：没有计入的对象" in told
    sheet = book["目标评价（全部口径）"]
    notes = column(sheet, "备注")
    assert notes[0] == "概率为下限值"
    assert notes[1].split("\n")[0] == "清单中没有本目标的考核对象"
    assert column(sheet, "范围") == ["全市", "学校", "全市"]
    assert column(sheet, "分子取值")[2] == "N9"
    assert column(sheet, "目标")[1] == "other/Z"
    assert column(sheet, "单位")[1] == "W/m²"


def test_a_rule_text_that_cannot_be_read_has_no_titles(tmp_path):
    run = result().run | {"rule_texts": {"shizuishan-2025": "no = = toml"}}
    sheet = written(tmp_path, city(run=run))["Targets, all readings"]
    assert set(column(sheet, "What the target asks for")) == {None}


def test_money_of_places_and_tariffs_has_its_sheet(tmp_path):
    money = result().run["money"]
    flat = money["tariffs"][0]
    other = flat | {"id": "=other", "title": {"en": "Other"}, "uses": {"school": 2},
                    "export_kwh": 10.0, "sold_cny": 3.0}  # fmt: skip
    run = result().run | {"money": money | {"tariffs": [flat, other]}}
    rows = lines(written(tmp_path, city(run=run))["Money"])
    places = {one["district"]: one for one in money["places"]}
    whole = next(row for row in rows if row[0] == "city")
    assert whole[1] == places[None]["roofs"]
    assert whole[6] == places[None]["lcoe_cny_per_kwh"]
    for name in filter(None, places):
        assert sum(row[0] == name for row in rows) == 2
    told = next(row for row in rows if row[0] == "=other" and row[1] == "Other")
    assert told[2] == "school 2"
    assert told[10] == 0.3
    assert sum(row[0] == "=other" for row in rows) == 1 + len(flat["hours"])


def test_who_must_reach_a_target_is_said_where_it_is_not_the_city(tmp_path):
    entries = [dict(one, level="district") for one in result().targets]
    book = written(tmp_path, city(targets=entries))
    told = [str(row[0]) for row in lines(book["Summary"])]
    assert any(text.endswith(" Every district is to reach it by itself.") for text in told)
    notes = column(book["Targets, all readings"], "Note")
    assert "Every district is to reach it by itself." in notes
    plain = [str(row[0]) for row in lines(written(tmp_path, city())["Summary"])]
    assert not any("by itself" in text for text in plain)
