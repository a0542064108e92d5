from __future__ import annotations

import pandas as pd
import pytest

from roofpv.inventory import check_inventory
from roofpv.report.inventory_check import check_lines, language_of
from roofpv.report.shown import count_of, named, shown, shown_unit

COLUMNS = {
    "understood": {"use": "用途", "roof_area_m2": "屋面面积"},
    "all": {"building_id": "building_id", "use": "用途", "roof_area_m2": "屋面面积",
            "geometry": "geometry"},
    "how": {"building_id": "own", "use": "alias", "roof_area_m2": "variant", "geometry": "own"},
    "flags": {"exempt_heritage": "是否文保", "exempt_heritage#2": "文物"},
    "place": {"lonlat": "经纬度", "easting_m": "Y坐标"},
    "beside": {"remarks": "备注", "has_pv": "是否安装光伏"},
    "not_used": ["层高", "地址"],
}  # fmt: skip


def _table(*rows: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame(rows).astype(object)
    table.attrs = {
        "inputs": [{"name": "a.csv"}],
        "columns": COLUMNS,
        "units": {"roof_area_m2": "万m2"},
    }
    return table


def _said(language: str, *rows: dict[str, object]) -> str:
    table = _table(*rows)
    checked = check_inventory(table)
    return "\n".join(check_lines(table, checked, {"targets": []}, language))


ROW = {
    "building_id": "a",
    "name": "一楼",
    "use": "学校",
    "roof_area_m2": 500,
    "exempt_heritage": "否",
}


def test_every_column_that_is_read_is_shown() -> None:
    said = _said("zh", ROW)
    for line in (
        "经纬度", "东坐标", "豁免：文物或历史建筑", "是否文保", "文物", "备注", "是否已装光伏",
        "常用写法的变体", "文件自带", "万m²", "未使用的列：层高、地址",
    ):  # fmt: skip
        assert line in said
    english = _said("en", ROW)
    for line in (
        "exemption: heritage",
        "easting",
        "remarks",
        "of the file",
        "Not used: 层高, 地址",
    ):
        assert line in english


def test_classes_are_chinese_in_a_chinese_check() -> None:
    doubtful = ROW | {"building_id": "b", "use": "办公楼", "name": "x"}
    said = _said("zh", ROW, doubtful)
    assert "学校" in said
    assert "党政机关" in said
    assert "商业" in said
    assert not {"school", "government", "commercial", "unknown"} & {*said.split()}
    assert {"school", "government", "commercial"} <= {*_said("en", ROW, doubtful).split()}


def test_exemptions_are_counted_by_kind() -> None:
    heritage = ROW | {"exempt_heritage": "是"}
    unsafe = ROW | {"exemption": "D级危房"}
    rows = [heritage, heritage, unsafe, ROW]
    rows = [row | {"building_id": str(i)} for i, row in enumerate(rows)]
    assert "豁免 3 栋：文物或历史建筑 2、结构不安全 1" in _said("zh", *rows)
    assert "Exempt, 3 buildings: heritage 2, unsafe structure 1" in _said("en", *rows)
    assert "Exempt" not in _said("en", ROW)


def test_a_row_that_is_lost_is_told_with_chinese_points() -> None:
    lost = ROW | {"building_id": "b", "roof_area_m2": 9_999_999}
    assert (
        "第 2 行，屋顶面积 = 9999999：超出合理范围（0.1 至 5,000,000 m²）。请更正；数值不详的请留空"
    ) in _said("zh", ROW, lost)
    assert "row 2, roof_area_m2 = 9999999: outside 0.1 to 5,000,000 m²." in _said("en", ROW, lost)


def test_one_is_counted_in_the_singular() -> None:
    one = ROW | {"institution": "一中"}
    said = _said("en", one)
    assert "a.csv: 1 row\n" in said
    assert "1 institution and 1 building;" in said
    two = _said("en", one, one | {"building_id": "b", "institution": "二中"})
    assert "a.csv: 2 rows" in two
    assert "2 institutions and 2 buildings;" in two
    assert "单位 1 家、建筑 1 栋" in _said("zh", one)


@pytest.mark.parametrize(
    ("language", "grades"),
    [
        ("zh", "A 填报或实测 1；C 仅轮廓或基底面积 1"),
        ("en", "A stated or surveyed 1; C footprint or its area only 1"),
    ],
)
def test_grades_are_told(language: str, grades: str) -> None:
    plan = {"building_id": "b", "use": "学校", "footprint_area_m2": 500}
    assert grades in _said(language, ROW, plan)


def test_the_language_is_that_of_any_header_that_is_read() -> None:
    table = pd.DataFrame({"building_id": ["a"]})
    assert language_of(table) == "en"
    for part in ("flags", "place", "beside"):
        table.attrs["columns"] = {part: {"name": "经纬度"}}
        assert language_of(table) == "zh"


@pytest.mark.parametrize(
    ("column", "value", "zh"),
    [
        ("use", "government", "党政机关"), ("name", "school", "学校"),
        ("institution", "hospital", "医院"), ("use", "other_public", "其他公共"),
        ("use_alternative", "residential", "住宅"), ("use", "industrial", "工业"),
        ("use", "commercial", "商业"), ("use", "unknown", "未知"), ("ownership", "public", "公有"),
        ("roof_type", "steel", "彩钢"), ("existing_pv", "yes", "有"),
        ("district", "school", "school"),
        ("roof_area_m2", "50 m²", "50 m²"), ("use", "", ""), ("use", "a.b", "a.b"),
    ],
)  # fmt: skip
def test_a_class_is_shown_in_the_words_of_the_language(column: str, value: str, zh: str) -> None:
    assert shown(column, value, "zh") == zh
    assert shown(column, value, "en") == value


def test_columns_units_and_counts_are_shown_as_people_write_them() -> None:
    assert named("exempt_leased_roof#2", "zh") == "豁免：屋面已出租"
    assert named("use", "en") == "use"
    assert named("nothing_of_ours", "zh") == "nothing_of_ours"
    assert [shown_unit(u) for u in ("kw", "kwp", "万kwh", "mwh", "m2", "")] == [
        "kW", "kWp", "万kWh", "MWh", "m²", "",
    ]  # fmt: skip
    assert [count_of(n, "planes", "en") for n in (0, 1, 1000)] == [
        "0 planes", "1 plane", "1,000 planes",
    ]  # fmt: skip
