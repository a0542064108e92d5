from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.inventory.classes.districts import districts
from roofpv.inventory.findings import DOUBTFUL, REPAIRED


def _read(*cells: object) -> tuple[list[object], list[tuple[str, str, list[int]]]]:
    names, findings = districts(pd.Series(list(cells), dtype=object))
    assert {f.column for f in findings} <= {"district"}
    return names.tolist(), [(f.kind, f.code, f.at.tolist()) for f in findings]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("石嘴山市大武口区", "大武口区"), ("宁夏回族自治区石嘴山市大武口区", "大武口区"),
        ("宁夏大武口区", "大武口区"), ("石嘴山大武口", "大武口区"),
        ("宁夏/石嘴山市/惠农区", "惠农区"),
        ("大武口", "大武口区"), ("惠农", "惠农区"), ("平罗", "平罗县"), ("惠農區", "惠农区"),
        ("平羅縣", "平罗县"), ("寧夏石嘴山市平羅縣", "平罗县"), ("大武口 区", "大武口区"),
        ("大武\u3000口区", "大武口区"), ("大武口\u200b区", "大武口区"),
        ("石嘴山市-平罗县", "平罗县"),
        ("640202", "大武口区"), (640205, "惠农区"), (640221.0, "平罗县"),
        ("640221000000", "平罗县"), ("640202000", "大武口区"),
    ],
)  # fmt: skip
def test_a_district_of_shizuishan_has_one_spelling(cell: object, name: str) -> None:
    names, findings = districts(pd.Series([None, cell], dtype=object, name="district"))
    assert names.tolist() == [None, name]
    (finding,) = findings
    assert (finding.kind, finding.code, finding.at.tolist()) == (REPAIRED, "DISTRICT_SPELLING", [1])
    assert (list(finding.values), list(finding.became)) == ([str(cell)], [name])
    assert "写法" in finding.reason("zh")


@pytest.mark.parametrize(
    "name",
    ["大武口区", "平罗县", "石嘴山市", "宁夏", "兴庆区", "海淀", "臺北市", "银川市兴庆区", "Mitte",
     "Hauts-de-Seine", "640104", "1", "x" * 10_000],
)  # fmt: skip
def test_other_names_pass_unchanged(name: str) -> None:
    assert _read(name) == ([name], [])


def test_nothing_stays_nothing() -> None:
    assert _read(None, np.nan, pd.NA) == ([None, None, None], [])
    assert _read() == ([], [])


def test_a_name_without_its_ending_is_the_one_with_it() -> None:
    told = [(REPAIRED, "DISTRICT_SPELLING", [0])]
    assert _read("海淀", "海淀区", "海淀区") == (["海淀区"] * 3, told)
    assert _read("朝阳", "朝阳区", "朝阳县") == (["朝阳", "朝阳区", "朝阳县"], [])


def test_a_city_before_a_district_goes_where_the_file_has_it_without() -> None:
    told = [(REPAIRED, "DISTRICT_SPELLING", [1])]
    assert _read("兴庆区", "银川市兴庆区") == (["兴庆区", "兴庆区"], told)
    other = ["南京市鼓楼区", "徐州市鼓楼区", "鼓楼区"]
    assert _read(*other) == (other, [])


def test_two_writings_of_a_name_become_the_commoner() -> None:
    told = [(REPAIRED, "DISTRICT_SPELLING", [0])]
    assert _read("興慶區", "兴庆区", "兴庆区") == (["兴庆区"] * 3, told)
    assert _read("台北市", "臺北市", "臺北市") == (["臺北市"] * 3, told)


@pytest.mark.parametrize("odd", ["武口区", "大武口囗", "大武?区", "大武囗区", "大武口"[:2] + "区"])
def test_a_rare_name_close_to_a_common_one_is_doubtful(odd: str) -> None:
    names, findings = districts(pd.Series([*["大武口区"] * 6, odd], dtype=object))
    assert names.tolist()[-1] == odd
    (finding,) = findings
    assert (finding.kind, finding.code, finding.at.tolist()) == (DOUBTFUL, "DISTRICT_ODD", [6])
    assert list(finding.values) == [odd]
    assert "大武口区" in finding.reason("zh")
    assert "大武口区" in finding.reason("en")


@pytest.mark.parametrize(
    "cells",
    [
        [*["河东区"] * 20, "河西区"], [*["东城区"] * 20, "西城区"], [*["Mitte"] * 20, "Mite"],
        ["武口区", "大同区"], [*["金凤区"] * 20, "金台区"],
    ],
)  # fmt: skip
def test_a_name_of_its_own_is_not_odd(cells: list[str]) -> None:
    assert _read(*cells) == (cells, [])


def test_the_index_and_the_name_are_kept_and_the_given_is_not_changed() -> None:
    column = pd.Series(["平罗", "平罗县"], index=[7, 7], dtype=object, name="district")
    before = column.copy(deep=True)
    names, _ = districts(column)
    assert (names.index.tolist(), names.name) == ([7, 7], "district")
    pd.testing.assert_series_equal(column, before)
