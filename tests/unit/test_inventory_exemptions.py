from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from roofpv.catalogue import has_text
from roofpv.inventory.classes.classify import classify
from roofpv.inventory.classes.exemptions import EXEMPTION_KINDS, exemptions
from roofpv.inventory.classes.remarks import remarks
from roofpv.inventory.findings import Finding

DAY = datetime.date(2025, 12, 31)


def _series(*cells: object, name: str | None = None) -> pd.Series:
    return pd.Series(list(cells), dtype=object, name=name)


def _one(cell: object, as_of: datetime.date | None = DAY) -> tuple[object, object, list[str]]:
    frame, findings = exemptions(_series(cell), {}, as_of=as_of)
    return frame["exemption"].iloc[0], frame["exemption_kind"].iloc[0], [f.code for f in findings]


def _flag(kind: str, *cells: object, header: str = "") -> tuple[pd.DataFrame, list[Finding]]:
    return exemptions(None, {kind: _series(*cells, name=header or f"exempt_{kind}")}, as_of=DAY)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("文保单位", "heritage"), ("省级文物保护单位", "heritage"), ("历史建筑", "heritage"),
        ("危房", "unsafe_structure"), ("D级危房", "unsafe_structure"), ("C级", "unsafe_structure"),
        ("结构安全鉴定不通过", "unsafe_structure"), ("屋面承重不足", "unsafe_structure"),
        ("年久失修", "disrepair"), ("屋顶漏水", "disrepair"), ("防水层破损", "disrepair"),
        ("拆迁", "demolition_within_3_years"), ("拟搬迁", "demolition_within_3_years"),
        ("棚改", "demolition_within_3_years"), ("征收范围内", "demolition_within_3_years"),
        ("违章建筑", "illegal"), ("违建", "illegal"), ("違建", "illegal"),
        ("屋顶已出租", "leased_roof"), ("租赁给某公司", "leased_roof"),
        ("闲置宅基地", "abandoned_homestead"), ("羊圈", "rural_shed"),
        ("屋顶绿化", "other_use"), ("已用于太阳能热水", "other_use"), ("停机坪", "other_use"),
        ("heritage", "heritage"), ("y", "other"), ("无法安装", "other"), ("朝向不好", "other"),
        ("是", "other"),
    ],
)  # fmt: skip
def test_a_reason_has_a_kind(text: str, kind: str) -> None:
    assert _one(f" {text} ") == (text, kind, [])


@pytest.mark.parametrize(
    "cell",
    [None, np.nan, pd.NA, "", "  ", "无", "無", "否", "No", "none", "-", "/", "--", "—", "不豁免",
     "暂无", "False", False, 0],
)  # fmt: skip
def test_words_that_mean_no_exempt_nothing(cell: object) -> None:
    assert _one(cell) == (None, None, [])


def test_any_other_text_exempts_as_it_stands() -> None:
    assert _one(7) == ("7", "other", [])
    assert _one("=cmd|' /C calc'!A0") == ("=cmd|' /C calc'!A0", "other", [])


@pytest.mark.parametrize(
    "text", ["非文保单位", "不是危房", "无违建", "没有安全隐患", "未列入拆迁", "×", "x"]
)
def test_a_text_that_denies_a_reason_stays_an_exemption_and_is_told(text: str) -> None:
    exemption, _, codes = _one(text)
    assert (exemption, codes) == (text, ["EXEMPTION_DENIED"])


@pytest.mark.parametrize(
    ("text", "exempt", "codes"),
    [
        ("2026年拆除", True, []), ("2028年拆迁", True, []), ("2025年拆迁", True, []),
        ("2029年拆迁", False, ["DEMOLITION_TOO_LATE"]),
        ("2035年拆迁", False, ["DEMOLITION_TOO_LATE"]),
        ("2021年列入，2027年拆除", True, []), ("2019年拆迁", True, ["DEMOLITION_OVERDUE"]),
        ("三年内拆除", True, []), ("120351号地块拆迁", True, []),
        ("2035年文物普查", True, []),
    ],
)  # fmt: skip
def test_a_demolition_counts_within_three_years(text: str, exempt: bool, codes: list[str]) -> None:
    found = _one(text)
    assert (found[0], found[2]) == (text if exempt else None, codes)


def test_a_demolition_without_a_day_to_count_from_stays_and_is_told() -> None:
    assert _one("2035年拆迁", None) == (
        "2035年拆迁", "demolition_within_3_years", ["DEMOLITION_UNCHECKED"],
    )  # fmt: skip


def test_each_year_of_a_demolition_is_a_finding_of_its_own() -> None:
    texts = _series("2035年拆迁", None, "2040年拆迁", "2035年拆除")
    _, findings = exemptions(texts, {}, as_of=DAY)
    assert [(f.at.tolist(), dict(f.words), list(f.values)) for f in findings] == [
        (
            [0, 3],
            {"header": "exemption", "year": "2035", "as_of": "2025-12-31"},
            ["2035年拆迁", "2035年拆除"],
        ),
        ([2], {"header": "exemption", "year": "2040", "as_of": "2025-12-31"}, ["2040年拆迁"]),
    ]
    assert "the demolition is planned for 2035" in findings[0].reason("en")
    assert "2035" in findings[0].reason("zh")


@pytest.mark.parametrize("cell", ["是", "有", "√", "✓", "1", 1, 1.0, True, "TRUE", "Y", "yes"])
def test_a_raised_flag_exempts(cell: object) -> None:
    frame, findings = _flag("illegal", cell, header="是否违建")
    assert frame["exemption"].tolist() == ["违法建筑（是否违建）"]
    assert frame["exemption_kind"].tolist() == ["illegal"]
    assert findings == []


@pytest.mark.parametrize(
    "cell", ["否", "无", "×", "x", "0", 0, 0.0, False, "FALSE", "N", "no", "", None, "-", "不是"]
)
def test_a_lowered_flag_does_not(cell: object) -> None:
    frame, findings = _flag("illegal", cell)
    assert frame["exemption"].tolist() == [None]
    assert findings == []


@pytest.mark.parametrize(
    ("kind", "cell", "text"),
    [
        ("heritage", "省级", "文物或历史建筑（省级）"),
        ("heritage", "历史建筑", "文物或历史建筑（历史建筑）"),
        ("unsafe_structure", "C级", "结构不安全（C级）"),
        ("unsafe_structure", "D", "结构不安全（D）"),
        ("unsafe_structure", "Csu", "结构不安全（Csu）"), ("unsafe_structure", "A级", None),
        ("unsafe_structure", "B", None), ("unsafe_structure", "安全", None),
        ("disrepair", "漏水", "屋面年久失修（漏水）"),
        ("disrepair", "较差", "屋面年久失修（较差）"),
        ("disrepair", "完好", None), ("disrepair", "一般", None),
        ("demolition_within_3_years", "2027年", "三年内拆除（2027年）"),
        ("demolition_within_3_years", 2027, "三年内拆除（2027）"),
        ("demolition_within_3_years", "暂无计划", None),
        ("leased_roof", "已出租", "屋面已出租（已出租）"),
        ("other_use", "绿化", "屋面另有他用（绿化）"), ("heritage", "非文保", None),
    ],
)  # fmt: skip
def test_a_flag_may_say_how_bad_it_is(kind: str, cell: object, text: str | None) -> None:
    frame, findings = _flag(kind, cell)
    assert frame["exemption"].tolist() == [text]
    assert frame["exemption_kind"].tolist() == [text and kind]
    assert findings == []


@pytest.mark.parametrize("cell", ["待定", "?", "2", "详见附件"])
def test_a_flag_that_is_not_understood_exempts_nothing_and_is_told(cell: str) -> None:
    frame, (finding,) = _flag("heritage", "是", cell)
    assert frame["exemption_kind"].tolist() == ["heritage", None]
    assert (finding.code, finding.kind, finding.column) == (
        "EXEMPTION_NOT_UNDERSTOOD", "doubtful", "exempt_heritage",
    )  # fmt: skip
    assert (finding.at.tolist(), finding.values) == ([1], [cell])


def test_a_flag_for_a_late_demolition_is_held_against_the_day_too() -> None:
    frame, (finding,) = _flag("demolition_within_3_years", "2040年")
    assert frame["exemption"].tolist() == [None]
    assert finding.code == "DEMOLITION_TOO_LATE"


@pytest.mark.parametrize(
    ("kind", "cell", "exempt", "codes"),
    [
        ("leased_roof", "是（租给XX公司）", True, []), ("leased_roof", "是，租给XX公司", True, []),
        ("heritage", "有（2019年列入）", True, []), ("leased_roof", "否（已收回）", False, []),
        ("heritage", "否（非文保）", False, []),
        ("heritage", "否，市级文物", False, ["EXEMPTION_NOT_UNDERSTOOD"]),
        ("demolition_within_3_years", "是（2027年）", True, []),
        ("demolition_within_3_years", "是（2040年）", False, ["DEMOLITION_TOO_LATE"]),
    ],
)  # fmt: skip
def test_a_yes_or_no_may_have_words_beside_it(
    kind: str, cell: str, exempt: bool, codes: list[str]
) -> None:
    frame, findings = _flag(kind, cell, header="屋顶是否出租")
    assert frame["exemption_kind"].tolist() == [kind if exempt else None]
    assert [f.code for f in findings] == codes


def test_what_is_found_names_the_column_of_the_file() -> None:
    flags = {"heritage": _series("待定", name="exempt_heritage")}
    headers = {"heritage": "是否文保", "exemption": "不宜安装原因"}
    _, findings = exemptions(_series("2035年拆迁"), flags, headers=headers)
    assert [(f.column, f.words["header"]) for f in findings] == [
        ("exemption", "不宜安装原因"), ("exempt_heritage", "是否文保"),
    ]  # fmt: skip
    assert "列“是否文保”" in findings[1].reason("zh")
    assert "'是否文保'" in findings[1].reason("en")
    assert "列“不宜安装原因”" in findings[0].reason("zh")
    assert findings[0].mend("zh") == (
        "请给出评估基准日期，例如加参数 --set targets.as_of=2025-12-31"
    )
    assert "--set targets.as_of=2025-12-31" in findings[0].mend("en")


def test_a_long_header_is_cut_in_what_is_found() -> None:
    _, (finding,) = exemptions(None, {"heritage": _series("?", name="是" * 500)})
    assert finding.words["header"] == "是" * 60


def test_remarks_that_speak_of_a_reason_are_told_and_exempt_nothing() -> None:
    column = _series(
        "C级危房", "3年内拟拆除", "无", None, "联系电话123", "非文保单位", "D级危房", "危房"
    )
    settled = np.array([False] * 7 + [True])
    findings = remarks(column, settled)
    assert [(f.kind, f.code, f.column, f.at.tolist(), list(f.values)) for f in findings] == [
        ("doubtful", "REMARK_EXEMPTION", "remarks", [0, 6], ["C级危房", "D级危房"]),
        ("doubtful", "REMARK_EXEMPTION", "remarks", [1], ["3年内拟拆除"]),
    ]
    assert "结构不安全" in findings[0].reason("zh")
    assert "unsafe structure" in findings[0].reason("en")
    assert "豁免原因" in findings[0].mend("zh")
    assert remarks(column[3:4]) == []


def test_classes_read_the_remarks_of_buildings_that_are_not_exempt() -> None:
    texts = ("name", "institution", "institution_id", "use", "ownership", "roof_type")
    frame = pd.DataFrame({name: _series(None, None) for name in texts})
    frame["building_id"] = ["a", "b"]
    frame["exemption"] = _series("漏水", None)
    table = pd.DataFrame(
        {"remarks": _series("危房", "危房"), "exempt_heritage": _series("?", "否")}
    )
    headers = {"exempt_heritage": "文保"}
    classed, findings = classify(frame, table, headers)
    assert classed["exemption"].tolist() == ["漏水", None]
    assert [(f.code, f.at.tolist()) for f in findings] == [
        ("EXEMPTION_NOT_UNDERSTOOD", [0]), ("REMARK_EXEMPTION", [1]),
    ]  # fmt: skip
    assert findings[0].words["header"] == "文保"


def test_text_and_flags_are_told_together_and_the_text_s_kind_comes_first() -> None:
    text = _series("屋面漏水", "朝向不好", None, "无")
    flags = {
        "unsafe_structure": _series("D级", "否", "是", "否"),
        "heritage": _series("否", "是", "是", "否"),
    }
    headers = {"unsafe_structure": "危房等级", "heritage": "是否文保"}
    frame, findings = exemptions(text, flags, headers=headers, as_of=DAY)
    assert frame["exemption"].tolist() == [
        "屋面漏水；结构不安全（危房等级：D级）",
        "朝向不好；文物或历史建筑（是否文保）",
        "文物或历史建筑（是否文保）；结构不安全（危房等级）",
        None,
    ]
    assert frame["exemption_kind"].tolist() == ["disrepair", "heritage", "heritage", None]
    assert findings == []


def test_the_index_is_kept_and_nothing_given_is_changed() -> None:
    text = pd.Series(["危房", None], index=[7, 7], dtype=object)
    flag = pd.Series(["否", "是"], index=[7, 7], dtype=object)
    before = text.copy(deep=True)
    frame, _ = exemptions(text, {"heritage": flag})
    assert frame.index.tolist() == [7, 7]
    assert frame["exemption_kind"].tolist() == ["unsafe_structure", "heritage"]
    pd.testing.assert_series_equal(text, before)


def test_without_any_column_there_is_no_row() -> None:
    frame, findings = exemptions(None, {})
    assert (list(frame), len(frame), findings) == (["exemption", "exemption_kind"], 0, [])


def test_kinds_and_findings_have_their_texts() -> None:
    for kind in EXEMPTION_KINDS:
        assert has_text(f"exemptions.{kind}")
    for code in (
        "exemption_not_understood", "exemption_denied", "demolition_too_late",
        "demolition_overdue", "demolition_unchecked",
    ):  # fmt: skip
        assert has_text(f"findings.{code}")
        assert has_text(f"findings.{code}.mend")
