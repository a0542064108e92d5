from __future__ import annotations

import datetime
import string
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from roofpv.catalogue import LANGUAGES, has_text, say, texts
from roofpv.inventory.findings import DOUBTFUL, EMPTIED, QUARANTINED, REPAIRED, Finding
from roofpv.inventory.values import dating, numerals
from roofpv.inventory.values.cells import (
    EMPTIED_WHEN_BAD,
    ROOF_AREA_APPROXIMATE,
    approximate_roofs,
    dates,
    flags,
    numbers,
    suspicious_unit,
)
from roofpv.inventory.values.units import factor, is_unit
from roofpv.schema import ASKED, INVENTORY, PLANE_INVENTORY

COLUMNS = {column.name: column for column in (*PLANE_INVENTORY, *INVENTORY, *ASKED)}
NAN = float("nan")


def _numbers(
    name: str, *cells: object, unit: str = ""
) -> tuple[list[float], list[tuple[str, str, list[int]]]]:
    values, findings = numbers(pd.Series(cells, dtype=object), COLUMNS[name], unit)
    assert values.dtype == np.float64
    return values.tolist(), [(f.kind, f.code, f.at.tolist()) for f in findings]


def _one(name: str, cell: object) -> tuple[float, str]:
    """Value of a single cell, and the code of what was found in it."""
    (value,), findings = _numbers(name, cell)
    assert len(findings) <= 1
    return value, findings[0][1] if findings else ""


@pytest.mark.parametrize(
    "cell", ["3", " 3 ", "3.0", "3e0", "+3", "3.", 3, 3.0, Decimal(3), np.int8(3), "0.3E1"]
)
def test_a_plain_number_is_itself_and_no_finding(cell: object) -> None:
    assert _one("floors", cell) == (3.0, "")


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([3, 4]), pd.Series([3.0, 4.0]), pd.Series(["3", "4"]),
        pd.Series(["3", "4"], dtype=object), pd.Series([3, 4], dtype="Int64"),
        pd.Series(["3", "4"], dtype="string"), pd.Series(["3", "4"], dtype="category"),
        pd.Series([3, "4"], index=[7, 7]), pd.Series([3, 4], dtype="uint8"),
    ],
)  # fmt: skip
def test_columns_of_any_type_are_columns(cells: pd.Series) -> None:
    values, findings = numbers(cells, COLUMNS["floors"])
    assert values.tolist() == [3.0, 4.0]
    assert findings == []


def test_nothing_given_is_changed() -> None:
    cells = pd.Series([1.0, -1.0, 2000.0])
    before = cells.copy()
    numbers(cells, COLUMNS["height_m"])
    pd.testing.assert_series_equal(cells, before)


def test_a_column_without_cells_is_empty() -> None:
    values, findings = numbers(pd.Series([], dtype=object), COLUMNS["floors"])
    assert (values.size, findings) == (0, [])
    days, findings = dates(pd.Series([], dtype=object))
    assert (days.size, findings) == (0, [])
    assert flags(pd.Series([], dtype=object))[0].size == 0


@pytest.mark.parametrize(
    "cell",
    ["", "  ", None, NAN, pd.NA, pd.NaT, "无", "不详", "未知", "/", "-", "—", "——", "n/a", "NULL",
     "None", "nan", "N/A", "暂无", "\u3000"],
)  # fmt: skip
def test_an_empty_cell_is_not_known_and_no_finding(cell: object) -> None:
    for name in ("floors", "roof_area_m2"):
        value, code = _one(name, cell)
        assert np.isnan(value)
        assert code == ""
    assert dates(pd.Series([cell], dtype=object))[1] == []
    assert np.isnat(dates(pd.Series([cell], dtype=object))[0][0])


@pytest.mark.parametrize(
    ("name", "cell", "value", "code"),
    [
        ("floor_area_m2", "１２３４．５", 1234.5, "FULL_WIDTH"),
        ("floor_area_m2", "'500", 500, "FULL_WIDTH"),
        ("floor_area_m2", '="500"', 500, "FULL_WIDTH"),
        ("floor_area_m2", "12。5", 12.5, "FULL_WIDTH"),
        ("floor_area_m2", "500\u200b", 500, "FULL_WIDTH"),
        ("floor_area_m2", "12,345.6", 12345.6, "SEPARATORS"),
        ("floor_area_m2", "12,345", 12345, "SEPARATORS"),
        ("floor_area_m2", "1,234,567", 1234567, "SEPARATORS"),
        ("floor_area_m2", "12 345", 12345, "SEPARATORS"),
        ("floor_area_m2", "12\u00a0345,5", 12345.5, "SEPARATORS"),
        ("floor_area_m2", "1'234", 1234, "SEPARATORS"),
        ("floor_area_m2", "12.345,6", 12345.6, "SEPARATORS"),
        ("floor_area_m2", "1.234.567", 1234567, "SEPARATORS"),
        ("floor_area_m2", "12,5", 12.5, "SEPARATORS"),
        ("floor_area_m2", "12,45", 12.45, "SEPARATORS"),
        ("floor_area_m2", "0,345", 0.345, "SEPARATORS"),
        ("floor_area_m2", "1234,567", 1234.567, "SEPARATORS"),
        ("floor_area_m2", "１２，３４５", 12345, "SEPARATORS"),
        ("floor_area_m2", "约1200", 1200, "APPROXIMATE"),
        ("floor_area_m2", "大约 1,200 平方米", 1200, "APPROXIMATE"),
        ("floor_area_m2", "3000余平方米", 3000, "APPROXIMATE"),
        ("floor_area_m2", "5000多平米", 5000, "APPROXIMATE"),
        ("floor_area_m2", "5000㎡左右", 5000, "APPROXIMATE"),
        ("floor_area_m2", "≈500", 500, "APPROXIMATE"),
        ("floor_area_m2", "±500", 500, "APPROXIMATE"),
        ("floor_area_m2", "500（估）", 500, "APPROXIMATE"),
        ("floor_area_m2", "1.2万m²", 12000, "UNIT_IN_CELL"),
        ("floor_area_m2", "1.2萬平方米", 12000, "UNIT_IN_CELL"),
        ("floor_area_m2", "1.2万", 12000, "UNIT_IN_CELL"),
        ("floor_area_m2", "3亩", 2000, "UNIT_IN_CELL"),
        ("floor_area_m2", "2公顷", 20000, "UNIT_IN_CELL"),
        ("floor_area_m2", "5000㎡", 5000, "UNIT_IN_CELL"),
        ("floor_area_m2", "5000 sq m", 5000, "UNIT_IN_CELL"),
        ("floor_area_m2", "三千平方米", 3000, "UNIT_IN_CELL"),
        ("height_m", "12.13 m", 12.13, "UNIT_IN_CELL"),
        ("height_m", "12,5 m", 12.5, "UNIT_IN_CELL"),
        ("height_m", "300 ft", 91.44, "UNIT_IN_CELL"),
        ("height_m", "高12米", 12, "UNIT_IN_CELL"),
        ("height_m", "~12", 12, "APPROXIMATE"),
        ("height_m", "高约12米", 12, "APPROXIMATE"),
        ("annual_load_kwh", "12万kWh", 120_000, "UNIT_IN_CELL"),
        ("annual_load_kwh", "1200度", 1200, "UNIT_IN_CELL"),
        ("annual_load_kwh", "35万千瓦时", 350_000, "UNIT_IN_CELL"),
        ("existing_pv_kwp", "35.5kW", 35.5, "UNIT_IN_CELL"),
        ("existing_pv_kwp", "0.5MW", 500, "UNIT_IN_CELL"),
        ("existing_pv_kwp", "0.5兆瓦", 500, "UNIT_IN_CELL"),
        ("existing_pv_kwp", "无", 0, "NONE_IS_ZERO"),
        ("existing_pv_area_m2", "没有", 0, "NONE_IS_ZERO"),
        ("existing_pv_kwp", "否", 0, "NONE_IS_ZERO"),
        ("floors", "3层", 3, "UNIT_IN_CELL"),
        ("floors", "6F", 6, "UNIT_IN_CELL"),
        ("floors", "五层", 5, "UNIT_IN_CELL"),
        ("floors", "十二层", 12, "UNIT_IN_CELL"),
        ("floors", "一百零二层", 102, "UNIT_IN_CELL"),
        ("floors", "六", 6, "CHINESE_NUMERALS"),
        ("floors", "二十一", 21, "CHINESE_NUMERALS"),
        ("floors", "单层", 1, "CHINESE_NUMERALS"),
        ("floors", "地上5层", 5, "WORDS_IN_CELL"),
        ("floors", "共5", 5, "WORDS_IN_CELL"),
        ("floors", "地上5层地下1层", 5, "STOREYS_ABOVE"),
        ("floors", "地上五层，地下一层", 5, "STOREYS_ABOVE"),
        ("floors", "地下1层地上5层", 5, "STOREYS_ABOVE"),
        ("floors", "5/-1", 5, "STOREYS_ABOVE"),
        ("floors", "-1/5", 5, "STOREYS_ABOVE"),
        ("floors", "5/1", 5, "STOREYS_ABOVE"),
        ("floors", "5+1", 5, "STOREYS_ABOVE"),
        ("floors", "5(-1)", 5, "STOREYS_ABOVE"),
        ("floors", "5F/B1", 5, "STOREYS_ABOVE"),
        ("floors", "5层（地下1层）", 5, "STOREYS_ABOVE"),
        ("surface_tilt", "30°", 30, "UNIT_IN_CELL"),
        ("surface_azimuth", "南", 180, "COMPASS"),
        ("surface_azimuth", "SE", 135, "COMPASS"),
        ("surface_azimuth", "坐北朝南", 180, "COMPASS"),
        ("surface_azimuth", "180度", 180, "UNIT_IN_CELL"),
        ("lon", "东经106.37", 106.37, "DEGREES"),
        ("lon", "106.5W", -106.5, "DEGREES"),
        ("lat", "39°30′", 39.5, "DEGREES"),
        ("lat", "39度30分36秒", 39.51, "DEGREES"),
        ("lat", "39°30'36\"N", 39.51, "DEGREES"),
    ],
)  # fmt: skip
def test_what_is_certain_is_repaired_and_told(
    name: str, cell: str, value: float, code: str
) -> None:
    (found,), findings = _numbers(name, cell)
    assert found == pytest.approx(value, rel=1e-12)
    assert findings == [(REPAIRED, code, [0])]


@pytest.mark.parametrize(
    ("name", "cell", "code"),
    [
        *(("roof_area_m2", cell, "NOT_A_NUMBER") for cell in (
            "abc", "NaNa", "inf", "-inf", "1e400", "1.2.3", "12,345,67", "有", "一般",
            "٣", "--5", "5..", True, False, [1], {"a": 1}, 1j, "m", "=1+1", "12 abc",
        )),
        *(("roof_area_m2", cell, "NOT_CERTAIN") for cell in (
            "12-15", "12~15", "12至15", "3;4", "100x200", "5000以上", ">5000", "5000+",
            "2024-05-01", "1200㎡/2栋", "0x10", "1_000",
        )),
        *(("roof_area_m2", cell, "OTHER_UNIT") for cell in (
            "5000kWh", "12 m", "5000元", "30%", "12层", "5000千瓦",
        )),
        *(("roof_area_m2", cell, "EXCEL_ERROR") for cell in (
            "#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!",
        )),
        ("roof_area_m2", datetime.datetime(2024, 5, 1), "DATE_IN_CELL"),
        ("roof_area_m2", datetime.date(2024, 5, 1), "DATE_IN_CELL"),
        ("roof_area_m2", datetime.time(5, 1), "NOT_A_NUMBER"),
        ("existing_pv_kwp", "很多", "NOT_A_NUMBER"),
        ("surface_azimuth", "南北", "NOT_A_NUMBER"),
        ("kwp", "five", "NOT_A_NUMBER"),
        ("floors", "3;4", "NOT_CERTAIN"), ("floors", "3/4", "NOT_CERTAIN"),
        ("floors", "3,4", "NOT_CERTAIN"), ("floors", "5-1", "NOT_CERTAIN"),
        ("floors", "1-3层", "NOT_CERTAIN"), ("floors", "5层（局部6层）", "NOT_CERTAIN"),
        ("floors", "多层", "NOT_A_NUMBER"), ("floors", "5层以上", "NOT_CERTAIN"),
        ("height_m", "12 m²", "OTHER_UNIT"), ("height_m", "3层", "OTHER_UNIT"),
        ("annual_load_kwh", "12万元", "OTHER_UNIT"), ("lon", "106°75′", "NOT_A_NUMBER"),
        ("lat", "here", "NOT_A_NUMBER"), ("altitude_m", "#N/A", "EXCEL_ERROR"),
    ],
)  # fmt: skip
def test_what_is_no_number_or_not_certain_is_not_guessed(
    name: str, cell: object, code: str
) -> None:
    (value,), findings = _numbers(name, cell)
    assert np.isnan(value)
    kind = EMPTIED if name in EMPTIED_WHEN_BAD else QUARANTINED
    assert findings == [(kind, code, [0])]


BOUNDS = {
    "floors": "0.5 to 200", "height_m": "0.1 to 1,000 m", "floor_area_m2": "0.1 to 5,000,000 m²",
    "roof_area_m2": "0.1 to 5,000,000 m²", "area_m2": "0.1 to 5,000,000 m²",
    "surface_tilt": "0 to 90°", "surface_azimuth": "0 to 360°", "lon": "-180 to 180°",
    "lat": "-90 to 90°", "existing_pv_kwp": "0 to 1,000,000 kW", "kwp": "0 to 1,000,000 kW",
    "annual_load_kwh": "0 to 10,000,000,000 kWh", "usable_area_m2": "0 to 5,000,000 m²",
    "other_use_area_m2": "0 to 5,000,000 m²", "stated_kwp": "0 to 1,000,000 kW",
    "roof_live_load_kn_per_m2": "0 to 50 kN/m²",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("floors", 0), ("floors", 201), ("floors", "300层"), ("height_m", 0), ("height_m", -9999),
        ("floor_area_m2", -5), ("roof_area_m2", 0), ("roof_area_m2", -1),
        ("roof_area_m2", "9999999"), ("surface_tilt", 91), ("surface_azimuth", 361),
        ("existing_pv_kwp", -1), ("annual_load_kwh", -1), ("lon", 181), ("lat", -91),
        ("kwp", -1.0), ("area_m2", 0.0), ("usable_area_m2", -1), ("other_use_area_m2", 6e6),
        ("stated_kwp", "-5kW"), ("roof_live_load_kn_per_m2", 200),
    ],
)  # fmt: skip
def test_a_value_that_no_building_has_is_told_with_its_bounds(name: str, cell: object) -> None:
    values, findings = numbers(pd.Series([cell], dtype=object), COLUMNS[name])
    assert np.isnan(values[0])
    (finding,) = findings
    kind = EMPTIED if name in EMPTIED_WHEN_BAD else QUARANTINED
    assert (finding.kind, finding.code, finding.column) == (kind, "OUT_OF_RANGE", name)
    assert list(finding.values) == [str(cell)]
    assert finding.reason("en") == f"outside {BOUNDS[name]}"


@pytest.mark.parametrize("name", sorted(c.name for c in COLUMNS.values() if c.kind == "number"))
def test_the_bounds_themselves_are_believed(name: str) -> None:
    low, high = COLUMNS[name].low, COLUMNS[name].high
    assert _numbers(name, low, high) == ([low, high], [])


def test_the_bounds_hold_in_our_unit() -> None:
    assert _numbers("roof_area_m2", "600", unit="万m2")[1] == [(QUARANTINED, "OUT_OF_RANGE", [0])]
    assert _numbers("height_m", "2000", unit="ft") == ([pytest.approx(609.6)], [])


@pytest.mark.parametrize("name", ["height_m", "floors"])
def test_minus_one_stands_for_no_height(name: str) -> None:
    values, findings = _numbers(name, -1, "-1", 5, -1.0)
    assert values[2] == 5.0
    assert np.isnan([values[0], values[1], values[3]]).all()
    assert findings == [(REPAIRED, "SENTINEL", [0, 1, 3])]


@pytest.mark.parametrize(
    ("name", "unit", "cell", "value"),
    [
        ("floor_area_m2", "万m2", "1.5", 15000.0), ("floor_area_m2", "万m²", 1.5, 15000.0),
        ("floor_area_m2", "亩", 3, 2000.0), ("floor_area_m2", "m²", 3, 3.0),
        ("height_m", "ft", 10, 3.048), ("annual_load_kwh", "万千瓦时", 2, 20000.0),
        ("annual_load_kwh", "度", 2, 2.0), ("existing_pv_kwp", "MW", 0.5, 500.0),
        ("floors", "层", 5, 5.0), ("surface_tilt", "度", 30, 30.0), ("lon", "°", 106.0, 106.0),
    ],
)  # fmt: skip
def test_the_unit_of_a_column_is_converted_and_is_no_finding(
    name: str, unit: str, cell: object, value: float
) -> None:
    assert _numbers(name, cell, unit=unit) == ([pytest.approx(value, rel=1e-12)], [])


def test_a_unit_in_the_cell_wins_over_that_of_the_column() -> None:
    values, findings = _numbers("floor_area_m2", "1.5", "5000 m²", "约1.2", "3亩", unit="万m²")
    assert values == pytest.approx([15000, 5000, 12000, 2000])
    assert findings == [(REPAIRED, "APPROXIMATE", [2]), (REPAIRED, "UNIT_IN_CELL", [1, 3])]


@pytest.mark.parametrize(("name", "kind"), [("roof_area_m2", QUARANTINED), ("height_m", EMPTIED)])
def test_a_column_in_a_unit_of_something_else_is_not_taken(name: str, kind: str) -> None:
    values, findings = _numbers(name, 5, None, "x", unit="kWh")
    assert np.isnan(values).all()
    assert findings == [(kind, "OTHER_UNIT", [0, 2])]


def test_a_finding_shows_what_stood_there_and_what_it_became() -> None:
    cells = pd.Series(["12 m", "x" * 500, "12 m", 7, "40 ft"])
    values, findings = numbers(cells, COLUMNS["height_m"])
    assert values.tolist() == pytest.approx([12, NAN, 12, 7, 12.192], nan_ok=True)
    told = {f.code: f for f in findings}
    assert told["UNIT_IN_CELL"].at.tolist() == [0, 2, 4]
    assert list(told["UNIT_IN_CELL"].values) == ["12 m", "12 m", "40 ft"]
    assert list(told["UNIT_IN_CELL"].became) == ["12 m", "12 m", "12.192 m"]
    assert list(told["NOT_A_NUMBER"].values) == ["x" * 200]
    assert list(told["NOT_A_NUMBER"].became) == [""]


def test_the_order_of_rows_changes_no_cell() -> None:
    cells = pd.Series(["5", "x", "约5", "12 m", None, "-1", "1;2", 3], dtype=object)
    there, found = numbers(cells, COLUMNS["height_m"])
    back, turned = numbers(cells[::-1], COLUMNS["height_m"])
    np.testing.assert_array_equal(there, back[::-1])
    mirrored = {(f.code, tuple(sorted(len(cells) - 1 - f.at))) for f in turned}
    assert {(f.code, tuple(f.at)) for f in found} == mirrored


def test_no_text_breaks_the_reading_or_becomes_infinite() -> None:
    rng = np.random.default_rng(20260)
    pieces = list("0123456789.,-+/~;()'\"e万亩层地上下负十百约余左右度分°′m²㎡kWhF#?无年月日")
    pieces += [" ", "\u3000", "\ufffd", "\x00", "\ud800", "\u202e"]
    cells = ["".join(rng.choice(pieces, size)) for size in rng.integers(1, 9, 3000)]
    series = pd.Series(cells, dtype=object)
    for name in ("floors", "height_m", "roof_area_m2", "existing_pv_kwp", "lon", "surface_azimuth"):
        values, findings = numbers(series, COLUMNS[name])
        assert not np.isinf(values).any()
        lost = {i for f in findings if f.kind in (EMPTIED, QUARANTINED) for i in f.at.tolist()}
        assert np.isnan(values[sorted(lost)]).all()
    days, findings = dates(series)
    lost = {i for f in findings if f.kind == EMPTIED for i in f.at.tolist()}
    assert np.isnat(days[sorted(lost)]).all()
    flags(series)


@pytest.mark.parametrize(
    "text", ["9" * 100_000, "1," * 50_000, "约" * 100_000, " " * 100_000 + "x"]
)
def test_an_endless_text_is_no_number_and_no_date(text: str) -> None:
    assert _one("roof_area_m2", text)[1] == "NOT_A_NUMBER"
    assert _day(text)[1] == [(EMPTIED, "NOT_A_DATE")]


@pytest.mark.parametrize(
    ("name", "cell", "value", "code"),
    [
        ("usable_area_m2", "约１２００", 1200, "APPROXIMATE"),
        ("usable_area_m2", "0.12万㎡", 1200, "UNIT_IN_CELL"),
        ("usable_area_m2", 0, 0, ""), ("usable_area_m2", "0", 0, ""),
        ("usable_area_m2", "很大", np.nan, "NOT_A_NUMBER"),
        ("other_use_area_m2", "三百平方米", 300, "UNIT_IN_CELL"),
        ("stated_kwp", "0.2MW", 200, "UNIT_IN_CELL"), ("stated_kwp", 0.0, 0, ""),
        ("stated_kwp", "200-300", np.nan, "NOT_CERTAIN"),
        ("stated_kwp", "300㎡", np.nan, "OTHER_UNIT"),
        ("roof_live_load_kn_per_m2", "2.0kN/㎡", 2, "UNIT_IN_CELL"),
        ("roof_live_load_kn_per_m2", "0.5 kPa", 0.5, "UNIT_IN_CELL"),
        ("roof_live_load_kn_per_m2", "200kg/m2", 1.96133, "UNIT_IN_CELL"),
        ("roof_live_load_kn_per_m2", "上人屋面", 2, "ROOF_ACCESS"),
        ("roof_live_load_kn_per_m2", "可上人", 2, "ROOF_ACCESS"),
        ("roof_live_load_kn_per_m2", "accessible", 2, "ROOF_ACCESS"),
        ("roof_live_load_kn_per_m2", "屋面不上人", 0.5, "ROOF_ACCESS"),
        ("roof_live_load_kn_per_m2", "不上人屋面", 0.5, "ROOF_ACCESS"),
        ("roof_live_load_kn_per_m2", "非上人平屋面", 0.5, "ROOF_ACCESS"),
        ("roof_live_load_kn_per_m2", "Not accessible", 0.5, "ROOF_ACCESS"),
        ("roof_live_load_kn_per_m2", "部分上人", np.nan, "NOT_A_NUMBER"),
        ("stated_kwp", "上人屋面", np.nan, "NOT_A_NUMBER"),
    ],
)  # fmt: skip
def test_what_is_stated_of_the_roof_is_read_like_its_neighbours(
    name: str, cell: object, value: float, code: str
) -> None:
    values, findings = numbers(pd.Series([cell], dtype=object), COLUMNS[name])
    assert values[0] == pytest.approx(value, nan_ok=True)
    kind = EMPTIED if np.isnan(value) else REPAIRED
    assert [(f.kind, f.code) for f in findings] == ([(kind, code)] if code else [])


def test_a_roof_to_walk_on_is_told_in_both_languages() -> None:
    (finding,) = numbers(pd.Series(["不上人"]), COLUMNS["roof_live_load_kn_per_m2"])[1]
    assert list(finding.became) == ["0.5 kN/m²"]
    assert all(finding.reason(language) and finding.mend(language) for language in ("en", "zh"))


def test_only_a_cell_that_decides_nothing_is_emptied() -> None:
    assert {"height_m", "floors", "altitude_m", "annual_load_kwh", "lon", "lat"} < EMPTIED_WHEN_BAD
    assert {"existing_pv_kwp", "existing_pv_area_m2"} < EMPTIED_WHEN_BAD
    deciding = {"roof_area_m2", "floor_area_m2", "area_m2", "kwp", "surface_tilt",
                "surface_azimuth"}  # fmt: skip
    assert not deciding & EMPTIED_WHEN_BAD
    assert {*COLUMNS, "existing_pv_kwh"} >= EMPTIED_WHEN_BAD


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("existing_pv_kwp", "30+20", 50.0), ("existing_pv_kwp", "30kW + 0.02MW", 50.0),
        ("existing_pv_kwp", "３０＋２０", 50.0), ("existing_pv_area_m2", "120+80㎡", 200.0),
        ("existing_pv_kwp", "10+20+30", 60.0),
    ],
)  # fmt: skip
def test_pv_on_several_roofs_is_added_up(name: str, cell: str, value: float) -> None:
    values, findings = _numbers(name, cell)
    assert values == pytest.approx([value])
    assert findings == [(REPAIRED, "SUM", [0])]


@pytest.mark.parametrize("cell", ["30+ab", "30+", "a+b", "+"])
def test_what_is_no_sum_is_not_added_up(cell: str) -> None:
    _, findings = _numbers("existing_pv_kwp", cell)
    assert [code for _, code, _ in findings] != ["SUM"]


def test_other_numbers_are_never_added_up() -> None:
    assert _numbers("roof_area_m2", "300+200")[1] == [(QUARANTINED, "NOT_CERTAIN", [0])]


@pytest.mark.parametrize("name", ["existing_pv_kwp", "existing_pv_area_m2"])
@pytest.mark.parametrize("cell", ["有", "是", "已安装", "√", "yes", True])
def test_pv_without_its_size_is_not_known_and_the_building_stays(name: str, cell: object) -> None:
    (value,), findings = _numbers(name, cell)
    assert np.isnan(value)
    assert findings == [(EMPTIED, "PV_WITHOUT_SIZE", [0])]


def test_a_box_that_is_not_ticked_is_no_pv() -> None:
    values, findings = _numbers("existing_pv_kwp", False)
    assert values == [0.0]
    assert findings == [(REPAIRED, "NONE_IS_ZERO", [0])]


@pytest.mark.parametrize("cell", ["约1000", "1000左右", "1000多", "1000㎡左右", "1000余平方米"])
def test_a_roof_of_about_so_much_is_no_survey(cell: str) -> None:
    series = pd.Series(["500", cell, None], dtype=object)
    values, findings = numbers(series, COLUMNS["roof_area_m2"])
    assert values[:2].tolist() == [500.0, 1000.0]
    assert [(f.kind, f.code, f.at.tolist()) for f in findings] == [
        (DOUBTFUL, ROOF_AREA_APPROXIMATE, [1])
    ]
    assert list(findings[0].became) == ["1000 m²"]
    assert approximate_roofs(findings, 3).tolist() == [False, True, False]
    assert _numbers("floor_area_m2", cell)[1] == [(REPAIRED, "APPROXIMATE", [0])]


def _day(cell: object) -> tuple[str, list[tuple[str, str]]]:
    days, findings = dates(pd.Series([cell], dtype=object))
    assert days.dtype == np.dtype("datetime64[s]")
    return str(days[0])[:10], [(f.kind, f.code) for f in findings]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024", "2024-12-31"), (2024, "2024-12-31"), (2024.0, "2024-12-31"),
        ("2024.0", "2024-12-31"), (" 1530 ", "1530-12-31"), (1530.0, "1530-12-31"),
        ("1998年", "1998-12-31"), ("1998年度", "1998-12-31"), ("1998年底", "1998-12-31"),
        ("1998年建", "1998-12-31"), ("1998年6月", "1998-06-30"), ("2005-06", "2005-06-30"),
        ("2004/2", "2004-02-29"), ("200506", "2005-06-30"), ("20050630", "2005-06-30"),
        (20050630, "2005-06-30"), ("2024-06-30", "2024-06-30"), ("2024-6-3", "2024-06-03"),
        ("1998/6/30", "1998-06-30"), ("1998.6.30", "1998-06-30"), ("1998年6月30日", "1998-06-30"),
        ("2024-06-30T12:00:00", "2024-06-30"), ("2024/6/30 0:00", "2024-06-30"),
        ("2024-06-30 23:00:00+08:00", "2024-06-30"),
        (pd.Timestamp("2024-06-30 23:00"), "2024-06-30"),
        (pd.Timestamp("2024-06-30 23:00", tz="Asia/Shanghai"), "2024-06-30"),
        (datetime.date(2024, 6, 30), "2024-06-30"),
        (datetime.datetime(2024, 6, 30, 23), "2024-06-30"),
        (np.datetime64("2024-06-30"), "2024-06-30"),
    ],
)  # fmt: skip
def test_a_year_is_its_last_day_a_month_too_and_a_date_is_itself(cell: object, day: str) -> None:
    assert _day(cell) == (day, [])


@pytest.mark.parametrize(
    ("cell", "day", "code"),
    [
        ("98", "1998-12-31", "TWO_DIGIT_YEAR"), ("98年", "1998-12-31", "TWO_DIGIT_YEAR"),
        (98, "1998-12-31", "TWO_DIGIT_YEAR"), ("05", "2005-12-31", "TWO_DIGIT_YEAR"),
        ("26", "2026-12-31", "TWO_DIGIT_YEAR"), ("27", "1927-12-31", "TWO_DIGIT_YEAR"),
        ("98年6月", "1998-06-30", "TWO_DIGIT_YEAR"),
        ("98年6月1日", "1998-06-01", "TWO_DIGIT_YEAR"),
        ("1998.6", "1998-06-30", "DECIMAL_MONTH"), ("1998.10", "1998-10-31", "DECIMAL_MONTH"),
        ("1998.1", "1998-12-31", "MONTH_UNCLEAR"), (1998.1, "1998-12-31", "MONTH_UNCLEAR"),
        ("２００５年", "2005-12-31", "FULL_WIDTH"),
        ("二〇〇五年", "2005-12-31", "CHINESE_NUMERALS"),
        ("二零零五年十一月", "2005-11-30", "CHINESE_NUMERALS"),
        ("38718", "2006-01-01", "EXCEL_DATE"), (38718.0, "2006-01-01", "EXCEL_DATE"),
        ("30.06.2024", "2024-06-30", "DAY_FIRST"), ("5.6.2020", "2020-06-05", "DAY_FIRST"),
        ("13/05/2020", "2020-05-13", "DAY_FIRST"), ("05/13/2020", "2020-05-13", "MONTH_FIRST"),
        ("06/06/2020", "2020-06-06", "DAY_FIRST"),
        ("~1920", "1920-12-31", "APPROXIMATE"), ("约1998年", "1998-12-31", "APPROXIMATE"),
        ("1998年左右", "1998-12-31", "APPROXIMATE"),
    ],
)  # fmt: skip
def test_a_date_in_another_writing_is_repaired_and_told(cell: object, day: str, code: str) -> None:
    assert _day(cell) == (day, [(REPAIRED, code)])


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *((cell, "NOT_A_DATE") for cell in (
            "soon", "0", 0, 5, 999, 2999, -1, "2024-13-01", "2024-02-30", "2024-06-300", "99999",
            19999, 38718.5, "9999-12-31", "0999-01-01", "31.02.2020", "20051301", True,
            "1998年13月", datetime.time(1), [2024], "2024-00-01", "~x",
        )),
        *((cell, "DATE_NOT_CERTAIN") for cell in (
            "90年代", "1990年代", "1990s", "20世纪", "C19", "before 1950", "1920..1930",
            "1998-2000", "2000年以前", "05/06/2020", "05-06-2020", "1998?", "2005年上半年",
        )),
    ],
)  # fmt: skip
def test_what_is_no_certain_date_is_emptied(cell: object, code: str) -> None:
    assert _day(cell) == ("NaT", [(EMPTIED, code)])


def test_dates_name_their_column_and_show_what_became_of_a_cell() -> None:
    _, (finding,) = dates(pd.Series([None, "98", 2001, "98"]), "existing_pv_date")
    assert finding.column == "existing_pv_date"
    assert finding.at.tolist() == [1, 3]
    assert list(finding.values) == ["98", "98"]
    assert list(finding.became) == ["1998-12-31", "1998-12-31"]


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series(pd.to_datetime(["2024-06-30 05:00", None])),
        pd.Series(pd.to_datetime(["2024-06-30 05:00", None])).dt.tz_localize("Asia/Shanghai"),
        pd.Series(["2024-06-30", None], dtype="string"),
        pd.Series(["2024-06-30", None], dtype="category"),
    ],
)
def test_columns_of_dates_of_any_type_are_dates(cells: pd.Series) -> None:
    days, findings = dates(cells)
    assert days.astype(str).tolist() == ["2024-06-30T00:00:00", "NaT"]
    assert findings == []


def test_yes_and_no_are_understood_and_the_rest_is_told() -> None:
    yes = ["是", "有", "√", "Y", "yes", "TRUE", 1, True, "Ｙ", "1.0", "☑"]
    no = ["否", "无", "×", "n", "No", "false", 0, False, "没有", "0", "x"]
    cells = pd.Series([*yes, *no, None, "", "不详", "/", "maybe"], dtype=object)
    said, findings = flags(cells, "是否危房")
    assert said[: len(yes)].tolist() == [True] * len(yes)
    assert said[len(yes) : len(yes) + len(no)].tolist() == [False] * len(no)
    assert said[len(yes) + len(no) :].tolist() == [None] * 5
    (finding,) = findings
    assert (finding.kind, finding.code, finding.column) == (EMPTIED, "NOT_A_FLAG", "是否危房")
    assert (finding.at.tolist(), list(finding.values)) == ([26], ["maybe"])


@pytest.mark.parametrize(
    ("name", "values", "floors", "unit"),
    [
        ("floor_area_m2", [1.2, 0.5, NAN, 3.0], None, "万m2"),
        ("floor_area_m2", [1200, 500, 30000], None, None),
        ("roof_area_m2", [0.12, 0.05, 0.3], None, "万m2"),
        ("annual_load_kwh", [12.0, 35.0, 8.0], None, "万kWh"),
        ("annual_load_kwh", [120000.0], None, None),
        ("existing_pv_kwp", [300000.0, 120000.0], None, "W"),
        ("height_m", [50.0, 36.0, 120.0], [5.0, 3.0, 10.0], "ft"),
        ("height_m", [1500.0, 900.0], [5.0, 3.0], "cm"),
        ("height_m", [15.0, 9.0], [5.0, 3.0], None),
        ("height_m", [15.0, 9.0], None, None),
        ("height_m", [15.0], [NAN], None),
        ("floor_area_m2", [NAN, NAN], None, None),
        ("floors", [1.0], None, None),
    ],
)
def test_a_column_that_seems_to_be_in_another_unit_is_suspected(
    name: str, values: list[float], floors: list[float] | None, unit: str | None
) -> None:
    storeys = None if floors is None else np.array(floors)
    assert suspicious_unit(np.array(values), COLUMNS[name], storeys) == unit


@pytest.mark.parametrize(
    ("text", "ours", "one"),
    [
        ("m", "m", 1.0), ("米", "m", 1.0), ("ft", "m", 0.3048), ("cm", "m", 0.01),
        ("mm", "m", 0.001), ("km", "m", 1000.0), ("m²", "m2", 1.0), ("㎡", "m2", 1.0),
        ("平方米", "m2", 1.0), ("平米", "m2", 1.0), ("sq m", "m2", 1.0), ("ha", "m2", 1e4),
        ("公顷", "m2", 1e4), ("亩", "m2", 10_000 / 15), ("畝", "m2", 10_000 / 15),
        ("ft²", "m2", 0.3048**2), ("sq. ft.", "m2", 0.3048**2), ("acre", "m2", 4046.8564224),
        ("km²", "m2", 1e6), ("万m²", "m2", 1e4), ("万㎡", "m2", 1e4), ("萬平方米", "m2", 1e4),
        ("万亩", "m2", 1e8 / 15), ("kWh", "kWh", 1.0), ("度", "kWh", 1.0), ("MWh", "kWh", 1e3),
        ("千瓦时", "kWh", 1.0), ("万kWh", "kWh", 1e4), ("万度", "kWh", 1e4), ("亿kWh", "kWh", 1e8),
        ("kW", "kWp", 1.0), ("kWp", "kWp", 1.0), ("W", "kWp", 1e-3), ("MW", "kWp", 1e3),
        ("兆瓦", "kWp", 1e3), ("千瓦", "kWp", 1.0), ("度", "deg", 1.0), ("°", "deg", 1.0),
        ("层", "", 1.0), ("F", "", 1.0), ("万", "m2", 1e4),
    ],
)  # fmt: skip
def test_a_unit_is_so_many_of_ours(text: str, ours: str, one: float) -> None:
    assert factor(text, ours) == pytest.approx(one, rel=1e-12)
    assert is_unit(text)


@pytest.mark.parametrize("text", ["", "x", "学校", "5", "面积", "mw²", "万x", "平方"[:1] + "x"])
def test_what_is_no_unit_is_none(text: str) -> None:
    assert not is_unit(text)
    assert factor(text, "m2") is None


@pytest.mark.parametrize(
    ("text", "ours"), [("kWh", "m2"), ("m", "m2"), ("元", "kWh"), ("%", "deg"), ("层", "m")]
)
def test_a_unit_of_something_else_has_no_factor(text: str, ours: str) -> None:
    assert is_unit(text)
    assert factor(text, ours) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("五", 5), ("十", 10), ("十二", 12), ("二十", 20), ("二十一", 21), ("一百零二", 102),
        ("三千", 3000), ("二零零五", 2005), ("零", 0), ("两百", 200), ("十十", None),
        ("一二十", None), ("百千", None), ("", None),
    ],
)  # fmt: skip
def test_chinese_numerals_are_numbers(text: str, value: float | None) -> None:
    assert numerals.chinese_number(text) == value


REPAIRS = {
    "FULL_WIDTH", "SEPARATORS", "APPROXIMATE", "UNIT_IN_CELL", "CHINESE_NUMERALS",
    "WORDS_IN_CELL", "STOREYS_ABOVE", "COMPASS", "DEGREES", "NONE_IS_ZERO", "SENTINEL",
    "TWO_DIGIT_YEAR", "DECIMAL_MONTH", "MONTH_UNCLEAR", "EXCEL_DATE", "DAY_FIRST", "MONTH_FIRST",
    "OUT_OF_RANGE", "NOT_A_FLAG",
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(REPAIRS | numerals.BAD | dating.BAD))
def test_every_finding_is_told_in_both_languages(code: str) -> None:
    words = {"low": "0", "high": "1", "unit": " m"}
    finding = Finding(EMPTIED, code, "floors", np.array([0]), words=words)
    for language in LANGUAGES:
        for text in (finding.reason(language), finding.mend(language)):
            assert text
            assert text[-1] not in ".。"


def test_the_catalogue_says_nothing_that_needs_unknown_words() -> None:
    for key in texts():
        if key.startswith("findings.") and has_text(key):
            for language in LANGUAGES:
                assert string.Template(texts()[key][language]).is_valid()
    assert say("findings.not_a_number", "en") == "not a number"
