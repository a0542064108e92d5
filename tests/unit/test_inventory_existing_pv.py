from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.inventory.classes.existing_pv import existing_pv, has_pv
from roofpv.inventory.findings import EMPTIED, REPAIRED, Finding

NAN = float("nan")


def _series(*cells: object) -> pd.Series:
    return pd.Series(list(cells), dtype=object)


def _said(cell: object) -> tuple[object, list[tuple[str, str, list[int]]]]:
    (said,), findings = has_pv(_series(cell))
    return said, [(f.kind, f.code, f.at.tolist()) for f in findings]


@pytest.mark.parametrize(
    "cell",
    ["是", "有", "已安装", "已装", "已并网", "已建成", "√", "☑", "Y", "yes", True, 1, 1.0, "TRUE",
     "部分安装", "有（屋顶）", "安装"],
)  # fmt: skip
def test_words_that_say_that_there_is_pv(cell: object) -> None:
    assert _said(cell) == (True, [])


@pytest.mark.parametrize(
    "cell",
    ["否", "无", "無", "没有", "未安装", "未装", "暂无", "不具备条件", "拟安装", "计划2027年安装",
     "×", "x", "N", "no", False, 0, 0.0, "0", "规划中", "0kW", "否（拟装30kW）"],
)  # fmt: skip
def test_words_that_say_that_there_is_none_yet(cell: object) -> None:
    assert _said(cell) == (False, [])


@pytest.mark.parametrize("cell", [None, np.nan, "", "不详", "未知", "待定", "/", "-"])
def test_nothing_said_is_not_known(cell: object) -> None:
    assert _said(cell) == (None, [])


@pytest.mark.parametrize("cell", ["在建", "详见附件", "屋顶", "?!"])
def test_what_is_neither_is_emptied(cell: str) -> None:
    assert _said(cell) == (None, [(EMPTIED, "NOT_A_FLAG", [0])])


@pytest.mark.parametrize(
    "cell", ["30kW", "已安装30kW", "120.5", 50, "200㎡", "是（30千瓦）", "2m2"]
)
def test_a_size_says_yes_and_is_told(cell: object) -> None:
    assert _said(cell) == (True, [(REPAIRED, "PV_SIZE_IN_FLAG", [0])])


def test_a_tag_of_open_data_says_yes_and_never_no() -> None:
    tag = _series("solar_panels", "concrete", None, "solar;gas", "solar")
    assert has_pv(None, tag)[0].tolist() == [True, None, None, True, True]
    said, findings = has_pv(_series(None, "否", "是", None, "否"), tag)
    assert (said.tolist(), findings) == ([True, False, True, True, False], [])


def test_without_any_column_nothing_is_said() -> None:
    said, findings = has_pv(None)
    assert (said.tolist(), findings) == ([], [])


def test_a_size_comes_before_the_word_and_a_contradiction_is_told() -> None:
    frame = pd.DataFrame(
        {
            "existing_pv_kwp": [30.0, 0.0, NAN, NAN, 30.0, 0.0, NAN, NAN],
            "existing_pv_area_m2": [NAN, NAN, 50.0, NAN, NAN, NAN, NAN, NAN],
        }
    )
    table = pd.DataFrame({"has_pv": _series("是", "否", None, "是", "否", "是", None, None)})
    unsized = Finding(EMPTIED, "PV_WITHOUT_SIZE", "existing_pv_kwp", np.array([6]), ["有"])
    answer, (finding,) = existing_pv(frame, table, [unsized])
    assert answer.tolist() == ["yes", "no", "yes", "yes", "yes", "no", "yes", "unknown"]
    assert answer.name == "existing_pv"
    assert (finding.kind, finding.code, finding.at.tolist()) == (
        "doubtful", "PV_CONTRADICTED", [4, 5],
    )  # fmt: skip
    assert list(finding.values) == ["否", "是"]


def test_without_a_column_the_sizes_and_tags_say_it() -> None:
    frame = pd.DataFrame({"existing_pv_kwp": [1.0, NAN, NAN], "existing_pv_area_m2": [NAN] * 3})
    answer, findings = existing_pv(frame, pd.DataFrame(index=frame.index), [])
    assert (answer.tolist(), findings) == (["yes", "unknown", "unknown"], [])
    tagged = pd.DataFrame({"pv_tag": _series(None, "solar", None)})
    assert existing_pv(frame, tagged, [])[0].tolist() == ["yes", "yes", "unknown"]


def test_our_own_words_are_read_again() -> None:
    frame = pd.DataFrame({"existing_pv_kwp": [NAN] * 3, "existing_pv_area_m2": [NAN] * 3})
    table = pd.DataFrame({"existing_pv": _series("yes", "no", "unknown")})
    answer, findings = existing_pv(frame, table, [])
    assert (answer.tolist(), findings) == (["yes", "no", "unknown"], [])


def test_every_finding_is_told_in_both_languages() -> None:
    for code in ("PV_SIZE_IN_FLAG", "PV_CONTRADICTED", "PV_WITHOUT_SIZE", "NOT_A_FLAG", "SUM"):
        finding = Finding(EMPTIED, code, "has_pv", np.array([0]))
        for language in ("en", "zh"):
            assert finding.reason(language)
            assert finding.mend(language)
