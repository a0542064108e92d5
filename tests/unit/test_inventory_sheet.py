from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import pytest

from roofpv.catalogue import texts
from roofpv.inventory.formats.header import Merge, header_text
from roofpv.inventory.formats.sheet import Grid, Table, grid_to_table, joined_notes, listed, short
from roofpv.inventory.formats.unit_rows import same_unit

KNOWN = {
    "序号", "单位名称", "建筑名称", "层数", "层数/地上", "建筑面积", "屋顶面积", "竣工年份", "区县",
    "building_id", "name", "floor_area_m2", "基本信息/单位名称", "年用电量/2023年",
}  # fmt: skip
HEADERS = ["序号", "单位名称", "建筑面积", "层数"]
ROW_1 = [1, "第一中学", 5000, 5]
ROW_2 = [2, "市医院", 800.5, 3]


def _table(rows: Sequence[Sequence[object]], merged: Sequence[Merge] = ()) -> Table:
    width = max(map(len, rows))
    cells = np.full((len(rows), width), None, dtype=object)
    for number, row in enumerate(rows):
        cells[number, : len(row)] = row
    table = grid_to_table(Grid(cells, "甲", 1, 1, merged), KNOWN.__contains__)
    assert table is not None
    return table


def _notes(table: Table) -> dict[str, dict[str, str]]:
    assert all(key in texts() for key, _ in table.notes)
    return {key.removeprefix("notes."): dict(words) for key, words in table.notes}


def _rows(table: Table) -> list[list[object]]:
    return table.frame.to_numpy(dtype=object).tolist()


def test_headers_in_the_first_row_leave_nothing_to_tell() -> None:
    table = _table([HEADERS, ROW_1, ROW_2])
    assert [*table.frame.columns] == HEADERS
    assert _rows(table) == [ROW_1, ROW_2]
    assert table.rows.tolist() == [2, 3]
    assert table.places == {"序号": 1, "单位名称": 2, "建筑面积": 3, "层数": 4}
    assert table.understood == 4
    assert table.notes == ()


def test_titles_and_blank_rows_stand_above_the_headers() -> None:
    title = ["石嘴山市公共建筑清单"]
    said = ["填报单位：教育局", None, None, "2024年6月"]
    table = _table([title, [], said, HEADERS, ROW_1], [(0, 0, 0, 3)])
    assert _rows(table) == [ROW_1]
    assert table.rows.tolist() == [5]
    assert _notes(table) == {"header_row": {"rows": "甲: 4"}}


def test_a_data_row_of_known_words_is_no_header() -> None:
    table = _table([HEADERS, ["层数", "建筑面积", "x", "y"]])
    assert [*table.frame.columns] == HEADERS


def test_blank_rows_are_left_out_and_keep_their_numbers() -> None:
    table = _table([HEADERS, ROW_1, [None], [], ROW_2])
    assert table.rows.tolist() == [2, 5]


def test_a_heading_over_two_columns_is_joined_to_each() -> None:
    rows = [
        ["序号", "单位名称", "层数", None, "建筑面积"],
        [None, None, "地上", "地下", None],
        [1, "第一中学", 5, 1, 5000],
    ]
    merged = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3), (0, 4, 1, 4)]
    table = _table(rows, merged)
    assert [*table.frame.columns] == ["序号", "单位名称", "层数/地上", "层数/地下", "建筑面积"]
    assert _rows(table) == [[1, "第一中学", 5, 1, 5000]]
    assert table.places["层数/地下"] == 4
    assert _notes(table)["header_row"] == {"rows": "甲: 1–2"}


@pytest.mark.parametrize("merged", [(), [(0, 2, 0, 3)]])
def test_two_levels_are_seen_where_only_the_heading_or_nothing_is_merged(
    merged: Sequence[Merge],
) -> None:
    rows = [
        ["序号", "单位名称", "层数", None, "建筑面积"],
        [None, None, "地上", "地下", None],
        [1, "第一中学", 5, 1, 5000],
    ]
    table = _table(rows, merged)
    assert [*table.frame.columns] == ["序号", "单位名称", "层数/地上", "层数/地下", "建筑面积"]


def test_units_may_stand_beside_the_lower_level() -> None:
    rows = [
        ["序号", "单位名称", "层数", None, "建筑面积"],
        [None, None, "地上", "地下", "(万m²)"],
        [1, "第一中学", 5, 1, 0.5],
    ]
    table = _table(rows, [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 3)])
    assert [*table.frame.columns][-1] == "建筑面积"
    assert table.units == {"建筑面积": "(万m²)"}
    assert table.rows.tolist() == [3]


TWO_LEVELS = [
    ["单位名称", "层数", None, "竣工年份", "经纬度", None],
    [None, "地上", "地下", None, "经度", "纬度"],
    [None, "层", "层", "年", "°", "°"],
    ["第一中学", 5, 1, 2015, 106.4, 39.0],
]
TWO_LEVEL_NAMES = ["单位名称", "层数/地上", "层数/地下", "竣工年份", "经纬度/经度", "经纬度/纬度"]


@pytest.mark.parametrize(
    "merged",
    [
        [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 1, 3), (0, 4, 0, 5)],
        [(0, 1, 0, 2), (0, 4, 0, 5)],
        [],
    ],
)
def test_a_cell_below_a_heading_of_its_own_is_no_lost_part_of_the_one_beside(
    merged: Sequence[Merge],
) -> None:
    table = _table(TWO_LEVELS, merged)
    assert [*table.frame.columns] == TWO_LEVEL_NAMES
    said = dict(zip(TWO_LEVEL_NAMES[1:], ["层", "层", "年", "°", "°"], strict=True))
    assert table.units == said
    assert table.rows.tolist() == [4]


def test_a_row_of_units_is_no_level_though_a_heading_is_merged_down_to_it() -> None:
    rows = [[*row, "备注" if at == 0 else None] for at, row in enumerate(TWO_LEVELS)]
    table = _table(rows, [(0, 1, 0, 2), (0, 4, 0, 5), (0, 6, 2, 6)])
    assert [*table.frame.columns] == [*TWO_LEVEL_NAMES, "备注"]
    assert table.units["经纬度/纬度"] == "°"
    assert table.rows.tolist() == [4]


def test_units_right_below_a_heading_over_two_columns_are_units() -> None:
    rows = [["单位名称", "层数", "屋顶面积", None], [None, "层", "㎡", "亩"], ["甲", 5, 100, 0.15]]
    table = _table(rows, [(0, 2, 0, 3)])
    assert [*table.frame.columns] == ["单位名称", "层数", "屋顶面积", "屋顶面积 (2)"]
    assert table.units == {"层数": "层", "屋顶面积": "㎡", "屋顶面积 (2)": "亩"}


def test_years_below_a_heading_are_no_data() -> None:
    rows = [["序号", "单位名称", "年用电量", None], [None, None, "2023年", 2024], [1, "甲", 10, 20]]
    table = _table(rows, [(0, 2, 0, 3)])
    assert [*table.frame.columns] == ["序号", "单位名称", "年用电量/2023年", "年用电量/2024"]
    assert table.rows.tolist() == [3]


def test_headings_above_the_headers_are_joined_and_a_title_is_not() -> None:
    rows = [
        ["石嘴山市公共建筑清单"],
        ["基本信息", None, "建筑信息", None, "备注"],
        ["序号", "单位名称", "建筑面积", "层数", None],
        [1, "第一中学", 5000, 5, "好"],
    ]
    table = _table(rows, [(0, 0, 0, 4), (1, 0, 1, 1), (1, 2, 1, 3), (1, 4, 2, 4)])
    names = ["基本信息/序号", "基本信息/单位名称", "建筑信息/建筑面积", "建筑信息/层数", "备注"]
    assert [*table.frame.columns] == names
    assert table.understood == 1
    assert table.rows.tolist() == [4]


def test_headings_that_are_merged_to_the_side_only_are_joined_too() -> None:
    rows = [
        ["清单：2024年"],
        ["规划", None, None, "现有", None],
        ["序号", "单位名称", "建筑名称", "建筑面积", "层数"],
        [1, "甲", "乙", 5, 1],
    ]
    table = _table(rows, [(0, 0, 0, 4), (1, 0, 1, 2), (1, 3, 1, 4)])
    names = ["规划/序号", "规划/单位名称", "规划/建筑名称", "现有/建筑面积", "现有/层数"]
    assert [*table.frame.columns] == names


def test_three_levels_are_one_header() -> None:
    rows = [
        ["序号", "单位名称", "建筑", None, None],
        [None, None, "层数", None, "建筑面积"],
        [None, None, "地上", "地下", None],
        [1, "第一中学", 5, 1, 5000],
    ]
    merged = [(0, 0, 2, 0), (0, 1, 2, 1), (0, 2, 0, 4), (1, 2, 1, 3), (1, 4, 2, 4)]
    table = _table(rows, merged)
    names = ["序号", "单位名称", "建筑/层数/地上", "建筑/层数/地下", "建筑/建筑面积"]
    assert [*table.frame.columns] == names
    assert table.rows.tolist() == [4]


def test_a_title_over_nearly_all_columns_with_a_date_beside_it_is_no_heading() -> None:
    rows = [["清单", None, None, None, "六月"], [*HEADERS, "备注"], [*ROW_1, None]]
    table = _table(rows, [(0, 0, 0, 3)])
    assert [*table.frame.columns] == [*HEADERS, "备注"]


def test_a_header_that_is_wider_than_its_column_is_one() -> None:
    rows = [["序号", "单位名称", None, "建筑面积"], [1, "第一中学", None, 5000]]
    table = _table(rows, [(0, 1, 0, 2), (1, 1, 1, 2)])
    assert [*table.frame.columns] == ["序号", "单位名称", "建筑面积"]
    assert table.places["建筑面积"] == 4


def test_the_same_name_under_two_headings_without_merged_cells_is_told_apart() -> None:
    rows = [
        ["序号", None, "规划", None, "现有", None],
        ["序号", "单位名称", "层数", "建筑面积", "层数", "建筑面积"],
        [1, "甲", 1, 2, 3, 4],
    ]
    names = [*_table(rows).frame.columns]
    assert names == ["序号", "单位名称", "规划/层数", "规划/建筑面积", "现有/层数", "现有/建筑面积"]


def test_a_header_that_stands_twice_is_numbered() -> None:
    rows = [
        ["填报单位：教育局", None, "2024年"],
        ["序号", "单位名称", "备注", "备注", "备注 (2)", "备注"],
        [1, "甲", "a", "b", "c", "d"],
    ]
    table = _table(rows)
    numbered = ["备注", "备注 (2)", "备注 (2) (2)", "备注 (3)"]
    assert [*table.frame.columns] == ["序号", "单位名称", *numbered]
    assert _rows(table) == [[1, "甲", "a", "b", "c", "d"]]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("建筑\n面积", "建筑面积"),
        (" 建 筑　面 积 ", "建筑面积"),
        ("roof\r\n area", "roof area"),
        ("建筑面积 m2", "建筑面积 m2"),
        ("\ufeff编\u200b号", "编号"),
        (2023.0, "2023"),
        (7, "7"),
        (datetime.datetime(2023, 1, 1), "2023-01-01"),
        (datetime.date(2023, 1, 1), "2023-01-01"),
        (True, "True"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_the_text_of_a_header_is_one_line(cell: object, said: str) -> None:
    assert header_text(cell) == said


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ([None, None, "㎡", "层"], {"建筑面积": "㎡", "层数": "层"}),
        (["—", "—", "（万m²）", "/"], {"建筑面积": "（万m²）"}),
        (["单位", None, "平方米", None], {"建筑面积": "平方米"}),
        ([None, "必填", "[m2]", "选填"], {"建筑面积": "[m2]"}),
        (["必填", "必填", "数字", "选填"], {}),
    ],
)
def test_a_row_of_units_is_no_row_of_data(units: list[object], said: dict[str, str]) -> None:
    table = _table([HEADERS, units, ROW_1])
    assert table.units == said
    assert table.rows.tolist() == [3]
    assert ("unit_row" in _notes(table)) == bool(said)


@pytest.mark.parametrize(
    "row", [[None, "平", None, None], ["—", "—", "—", "—"], [None, "文本", None, None]]
)
def test_a_row_that_may_be_data_is_data(row: list[object]) -> None:
    table = _table([HEADERS, row, ROW_1])
    assert table.units == {}
    assert table.rows.tolist() == [2, 3]


@pytest.mark.parametrize("numbers", [["甲", "乙", 1, 2], ["甲", "乙", "(1)", "(2)"]])
def test_a_row_that_numbers_the_columns_is_no_data(numbers: list[object]) -> None:
    table = _table([HEADERS, numbers, [None, None, "m2", None], ROW_1])
    assert table.rows.tolist() == [4]
    assert table.units == {"建筑面积": "m2"}


def test_five_numbers_in_their_order_number_the_columns_and_four_may_be_data() -> None:
    assert _table([[*HEADERS, "x"], [1, 2, 3, 4, 5], [*ROW_1, 1]]).rows.tolist() == [3]
    assert _table([HEADERS, [1, 2, 3, 4], ROW_1]).rows.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("单位：万平方米", True),
        ("计量单位: 平方米、人", True),
        ("单位：石嘴山市教育局", False),
        ("填报单位：m2", False),
    ],
)
def test_a_unit_above_the_headers_is_told_and_not_applied(text: str, told: bool) -> None:
    table = _table([[None, None, None, text], HEADERS, ROW_1])
    assert ("unit_above" in _notes(table)) == told
    assert table.units == {}


@pytest.mark.parametrize(
    "total",
    [
        ["合计", None, 5800.5, 8],
        [None, "合　计", 5800.5, None],
        [3, "总 计：", 5800.5, None],
        ["小计", None, None, None],
        ["本页合计", None, 1, None],
        [None, " Total ", 1, None],
        ["Grand total:", None, 1, None],
        ["SUM", None, 1, None],
        ["大武口区", "小计", 1, None],
    ],
)
def test_a_total_is_no_building_and_told(total: list[object]) -> None:
    table = _table([HEADERS, ROW_1, total, ROW_2])
    assert _rows(table) == [ROW_1, ROW_2]
    assert table.rows.tolist() == [2, 4]
    assert _notes(table) == {"total_rows": {"rows": "甲: 3"}}


@pytest.mark.parametrize(
    "row",
    [
        [3, "合计路小学", 1, None],
        [3, "总计委办公楼", 1, None],
        [3, "Total petrol station", 1, 1],
        ["a", "total", 1, 1],
        [3, "会计学校", 1, None],
        [3, "注册会计师协会", 5000, 3],
        [3, "说明书印刷厂", None, None],
        [3, "审核办公室", 5000, 3],
    ],
)
def test_a_name_that_sounds_like_a_total_or_a_remark_is_a_building(row: list[object]) -> None:
    table = _table([HEADERS, ROW_1, row, ROW_2])
    assert table.rows.tolist() == [2, 3, 4]
    assert table.notes == ()


@pytest.mark.parametrize(
    "remark",
    [
        ["注：本表由教育局填写"],
        ["填表人：张三", None, "审核人：李四", datetime.date(2024, 6, 30)],
        [None, "备 注：无"],
        ["说明"],
        ["注1"],
        ["制表单位：教育局"],
        ["单位负责人："],
        ["Note: of 2024"],
        ["Prepared by the bureau"],
    ],
)
def test_a_remark_is_no_building_and_told(remark: list[object]) -> None:
    table = _table([HEADERS, ROW_1, remark, ROW_2])
    assert table.rows.tolist() == [2, 4]
    assert _notes(table) == {"remark_rows": {"rows": "甲: 3"}}


def test_a_remark_with_a_number_in_its_row_is_a_row() -> None:
    assert _table([HEADERS, [1, "注：已拆除", 500, 2]]).rows.tolist() == [2]


def test_remarks_run_on_to_the_end_of_the_table_only() -> None:
    tail = [["注：1. 面积以产权证为准"], [None], ["2. 层数不含地下"], [None, "3. 其他"]]
    table = _table([HEADERS, ROW_1, *tail])
    assert table.rows.tolist() == [2]
    assert _notes(table) == {"remark_rows": {"rows": "甲: 3, 5, 6"}}
    table = _table([HEADERS, *tail, [None, "旧礼堂"], ROW_2, [None, "新礼堂"]])
    assert table.rows.tolist() == [4, 5, 6, 7, 8]


SECTIONS = [
    ["一", "大武口区"],
    ["（二）", "教育系统"],
    ["(3)", None, "医院"],
    ["1.", "市直单位"],
    ["II.", "Schools"],
    ["一、大武口区"],
    ["（一）市直机关"],
    ["平罗县"],
    ["惠农区："],
]


@pytest.mark.parametrize("section", SECTIONS)
def test_the_name_of_a_group_of_rows_is_no_building_and_told(section: list[object]) -> None:
    table = _table([HEADERS, section, ROW_1, ROW_2])
    assert _rows(table) == [ROW_1, ROW_2]
    assert _notes(table) == {"section_rows": {"rows": "甲: 2"}}


@pytest.mark.parametrize(
    "row",
    [
        [3, "某仓库"],
        ["3", "某仓库"],
        ["一", "办公楼", 500],
        ["一", None, "500", None],
        ["一中"],
        ["三元里"],
        ["一"],
        ["幸福小区"],
        [None, "平罗县"],
        ["a", "大武口区"],
        ["1.5", "某仓库"],
    ],
)
def test_a_row_that_says_more_or_something_else_is_a_building(row: list[object]) -> None:
    table = _table([HEADERS, ROW_1, row, ROW_2])
    assert table.rows.tolist() == [2, 3, 4]
    assert table.notes == ()


def test_a_list_that_only_numbers_and_names_its_buildings_has_no_sections() -> None:
    table = _table([HEADERS, ["一", "办公楼"], ["二", "食堂"]])
    assert table.rows.tolist() == [2, 3]


def test_a_narrow_table_has_no_sections() -> None:
    table = _table([["单位名称", "建筑面积"], ["甲", 1], ["平罗县", None], ["乙", 2]])
    assert table.rows.tolist() == [2, 3, 4]


def test_headers_that_are_repeated_on_every_page_are_told() -> None:
    rows = [["清单"], HEADERS, ROW_1, HEADERS, ROW_2, ["序号", "单位名称", 3, "层数"]]
    table = _table(rows, [(0, 0, 0, 3)])
    assert table.rows.tolist() == [3, 5, 6]
    assert _notes(table)["headers_again"] == {"rows": "甲: 4"}


def test_a_value_in_merged_cells_stands_in_each_of_their_rows() -> None:
    rows = [
        HEADERS,
        [1, "第一中学", 5000, 5],
        [2, None, 3000, 4],
        [3, None, 800, 2],
        [4, None, 100, 1],
    ]
    table = _table(rows, [(1, 1, 3, 1)])
    assert table.frame["单位名称"].tolist() == ["第一中学"] * 3 + [None]
    assert _notes(table) == {"merged_texts": {"rows": "甲: 单位名称 2–4"}}


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("建筑面积", 5000),
        ("屋顶面积（亩）", 7.5),
        ("年用电量", "1.2万度"),
        ("序号", 1),
        ("建筑面积", "6000㎡"),
    ],
)
def test_an_amount_or_a_key_in_merged_cells_stands_in_the_first_row_only(
    header: str, value: object
) -> None:
    rows = [["单位名称", "层数", header], ["甲", 5, value], ["乙", 2, None], ["丙", 1, 1]]
    table = _table(rows, [(1, 2, 2, 2)])
    assert table.frame[header].tolist() == [value, None, 1]
    assert _notes(table) == {"merged_numbers": {"rows": f"甲: {header} 2–3"}}


def test_an_amount_below_a_row_of_units_is_known_as_one() -> None:
    rows = [HEADERS, [None, None, "万㎡", "层"], [1, "甲", 5, 5], [2, "乙", None, None], ROW_2]
    table = _table(rows, [(2, 2, 3, 2), (2, 3, 3, 3)])
    assert table.frame["建筑面积"].tolist() == [5, None, 800.5]
    assert table.frame["层数"].tolist() == [5, 5, 3]


@pytest.mark.parametrize(
    ("header", "value"), [("竣工年份", 2015), ("层数", 5), ("建筑面积", "不详"), ("备注", 12)]
)
def test_what_may_be_true_of_each_row_is_filled_down(header: str, value: object) -> None:
    rows = [["单位名称", "区县", header], ["甲", "a", value], ["乙", "b", None], ["丙", "c", None]]
    table = _table(rows, [(1, 2, 2, 2)])
    assert table.frame[header].tolist() == [value, value, None]
    assert _notes(table) == {"merged_texts": {"rows": f"甲: {header} 2–3"}}


def test_cells_merged_to_the_side_or_over_blank_rows_fill_nothing() -> None:
    rows = [HEADERS, [1, "甲", 5000, None], [None], ROW_2]
    table = _table(rows, [(1, 2, 1, 3), (1, 1, 2, 1)])
    assert _rows(table) == [[1, "甲", 5000, None], ROW_2]
    assert table.notes == ()


def test_a_total_under_merged_cells_is_a_total() -> None:
    rows = [HEADERS, ["大武口", "甲", 5, 1], [None, "合计", 5, 1]]
    table = _table(rows, [(1, 0, 2, 0)])
    assert table.rows.tolist() == [2]
    assert [*_notes(table)] == ["total_rows"]


def test_a_column_without_header_is_called_by_its_number_if_it_holds_anything() -> None:
    table = _table([[*HEADERS, None, None], [*ROW_1, None, "旧"], [*ROW_2, None, None]])
    assert [*table.frame.columns] == [*HEADERS, "column 6"]
    assert table.places["column 6"] == 6
    assert _notes(table) == {"unnamed_columns": {"columns": "column 6"}}


def test_a_remark_beside_the_table_makes_no_column() -> None:
    table = _table([HEADERS, ROW_1, ["注：无", None, None, None, "x"]])
    assert [*table.frame.columns] == HEADERS


def test_headers_that_are_not_understood_are_guessed() -> None:
    table = _table([["Liste"], ["Kennung", "Höhe", "Fläche"], [1, 2, 3], [4, 5, 6]])
    assert [*table.frame.columns] == ["Kennung", "Höhe", "Fläche"]
    assert table.understood == 0
    assert table.rows.tolist() == [3, 4]


@pytest.mark.parametrize("rows", [[["x"]], [[1, 2], [3, 4]]])
def test_a_sheet_of_nothing_like_headers_takes_its_first_row(rows: list[list[object]]) -> None:
    assert [*_table(rows).frame.columns] == [str(cell) for cell in rows[0]]


@pytest.mark.parametrize("shape", [(0, 0), (3, 2)])
def test_an_empty_sheet_has_no_table(shape: tuple[int, int]) -> None:
    assert grid_to_table(Grid(np.full(shape, None, dtype=object)), KNOWN.__contains__) is None


def test_a_sheet_with_headers_only_is_a_table_without_rows() -> None:
    table = _table([HEADERS])
    assert [*table.frame.columns] == HEADERS
    assert table.frame.empty
    assert table.rows.tolist() == []


def test_numbers_of_rows_and_columns_are_those_of_the_sheet() -> None:
    cells = np.array([HEADERS, ROW_1], dtype=object)
    table = grid_to_table(Grid(cells, "", 10, 3), KNOWN.__contains__)
    assert table is not None
    assert table.rows.tolist() == [11]
    assert table.places["序号"] == 3
    assert table.notes == (("notes.header_row", {"rows": "10"}),)


def test_merged_ranges_that_overlap_are_not_believed() -> None:
    merged = [(0, 0, 1, 3)] * 9 + [(1, 1, 2, 1)] * 9
    table = _table([HEADERS, ROW_1, [2, None, 1, 1]], merged)
    assert [*table.frame.columns] == HEADERS
    assert table.frame["单位名称"].tolist() == ["第一中学", None]


def test_cells_that_are_merged_far_down_are_no_header() -> None:
    table = _table([HEADERS, *[[None, "甲", 5, 1]] * 6], [(0, 0, 6, 0)])
    assert [*table.frame.columns] == HEADERS
    assert len(table.frame) == 6


def test_the_cells_that_were_given_are_not_changed() -> None:
    cells = np.array([HEADERS, ROW_1, [2, None, 1, 1]], dtype=object)
    before = cells.copy()
    grid_to_table(Grid(cells, merged=[(1, 1, 2, 1)]), KNOWN.__contains__)
    assert (cells == before).all()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("m²", "（㎡）", True),
        ("平方米", "m2", True),
        ("m2", "万m2", False),
        ("", "m2", False),
        ("", "", True),
        ("年", "年", True),
    ],
)
def test_units_are_the_same_in_any_writing(one: str, other: str, same: bool) -> None:
    assert same_unit(one, other) is same


def test_long_lists_and_long_texts_are_cut() -> None:
    assert listed(map(str, range(1, 4))) == "1, 2, 3"
    assert listed(map(str, range(2000))).endswith("10, 11 ... (2,000)")
    assert short("a\n b") == "a b"
    assert len(short("x" * 500)) == 60


def test_notes_of_one_kind_become_one() -> None:
    notes = [("notes.a", {"rows": "1 (甲)"}), ("notes.b", {"x": "y"}), ("notes.a", {"rows": "2"})]
    assert joined_notes(notes) == (("notes.a", {"rows": "1 (甲); 2"}), ("notes.b", {"x": "y"}))
