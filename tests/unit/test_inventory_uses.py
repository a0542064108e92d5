from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from roofpv import schema
from roofpv.catalogue import has_text
from roofpv.errors import InvalidInventory
from roofpv.inventory.classes.choices import ownerships, roof_types
from roofpv.inventory.classes.name_words import KEYWORDS, keywords_in
from roofpv.inventory.classes.overrides import apply_overrides, read_overrides
from roofpv.inventory.classes.use_words import (
    AGREED,
    CODE,
    CODES,
    COLUMN_WORDS,
    CONTAINED,
    DISAGREED,
    DOUBTFUL_BELOW,
    EXACT,
    STRONG,
    WEAK,
    alkis,
)
from roofpv.inventory.classes.uses import USE_COLUMNS, classify_uses, use_of
from roofpv.inventory.classes.wording import plain
from roofpv.inventory.findings import Finding

PUBLIC = {"government", "school", "hospital", "other_public"}


def _series(*cells: object) -> pd.Series:
    return pd.Series(list(cells), dtype=object)


def _row(
    column: object = None, name: object = None, institution: object = None
) -> tuple[object, ...]:
    """Use, confidence (None for NaN), basis and alternative of one building."""
    frame, _ = classify_uses(_series(column), _series(name), _series(institution))
    use, confidence, basis, alternative = frame.iloc[0]
    return use, None if np.isnan(confidence) else confidence, basis, alternative


def _codes(findings: list[Finding]) -> list[tuple[str, str, list[int]]]:
    return [(f.code, f.column, f.at.tolist()) for f in findings]


@pytest.mark.parametrize("use", [use for use in schema.USES if use != "unknown"])
def test_our_own_words_are_taken_in_any_writing(use: str) -> None:
    for cell in (use, use.upper(), f"  {use}\n", f"\u200b{use}"):
        assert _row(cell) == (use, EXACT, "column", None)


@pytest.mark.parametrize(
    ("cell", "use"),
    [
        ("党政机关", "government"), ("党政机关办公", "government"), ("行政办公", "government"),
        ("國家機關", "government"), ("政府", "government"), ("机关", "government"),
        ("学校", "school"), ("學校", "school"), ("学　校", "school"), ("教学楼", "school"),
        ("中小学", "school"), ("幼儿园", "school"), ("教育事业单位", "school"), ("高校", "school"),
        ("医院", "hospital"), ("醫院", "hospital"), ("卫生事业单位", "hospital"),
        ("社区卫生服务中心", "hospital"), ("疾控", "hospital"), ("医疗", "hospital"),
        ("文化", "other_public"), ("体育馆", "other_public"), ("養老院", "other_public"),
        ("科技事业单位", "other_public"), ("车站", "other_public"),
        ("住宅", "residential"), ("宿舍", "residential"),
        ("工业", "industrial"), ("廠房", "industrial"), ("仓库", "industrial"),
        ("商业", "commercial"), ("商场", "commercial"), ("商业办公", "commercial"),
    ],
)  # fmt: skip
def test_a_word_that_is_the_whole_cell_is_believed_most(cell: str, use: str) -> None:
    assert _row(cell) == (use, EXACT, "column", None)


@pytest.mark.parametrize(
    ("cell", "use"),
    [
        ("教学楼(初中部)", "school"), ("行政办公用地", "government"), ("A33 中小学用地", "school"),
        ("医疗卫生用地", "hospital"), ("人民医院建筑", "hospital"), ("教育类建筑", "school"),
        ("商业办公楼", "commercial"), ("二类居住用地", "residential"),
        ("其他商服用地", "commercial"),
        ("学校/幼儿园", "school"), ("小学；中学", "school"), ("school;kindergarten", "school"),
        ("High School", "school"), ("工业厂房(钢结构)", "industrial"),
    ],
)  # fmt: skip
def test_a_word_inside_a_cell_is_believed_a_little_less(cell: str, use: str) -> None:
    assert _row(cell) == (use, CONTAINED, "column", None)


@pytest.mark.parametrize(
    ("cell", "use", "alternative"),
    [
        ("办公", "government", "commercial"), ("办公楼", "government", "commercial"),
        ("公共建筑", "other_public", "government"), ("事业单位", "other_public", "government"),
        ("团体组织", "other_public", "government"), ("科研", "other_public", "school"),
        ("商住", "residential", "commercial"),
    ],
)  # fmt: skip
def test_an_ambiguous_word_says_what_else_it_may_mean(
    cell: str, use: str, alternative: str
) -> None:
    assert _row(cell) == (use, WEAK, "column", alternative)


@pytest.mark.parametrize("cell", ["教学、住宅", "学校+住宅", "school;apartments"])
def test_a_cell_of_two_classes_is_the_first_in_doubt(cell: str) -> None:
    assert _row(cell) == ("school", DISAGREED, "column", "residential")


@pytest.mark.parametrize(
    ("cell", "use"),
    [
        # OSM
        ("kindergarten", "school"), ("university", "school"), ("clinic", "hospital"),
        ("townhall", "government"), ("apartments", "residential"), ("detached", "residential"),
        ("warehouse", "industrial"), ("retail", "commercial"), ("fire_station", "other_public"),
        ("Sports Hall", "other_public"),
        # Overture
        ("education", "school"), ("medical", "hospital"),
        # GB 50137-2011
        ("A1", "government"), ("A33", "school"), ("a51", "hospital"), ("A6", "other_public"),
        ("R21", "residential"), ("B1", "commercial"), ("M2", "industrial"), ("W1", "industrial"),
        # German cadastre
        ("31001_1000", "residential"), ("31001_2051", "commercial"), ("31001_2111", "industrial"),
        ("31001_3010", "government"), ("31001_3021", "school"), ("31001_3051", "hospital"),
        ("31001_3034", "other_public"), ("31001_3065", "school"),
    ],
)  # fmt: skip
def test_a_code_of_a_known_set_is_a_code(cell: str, use: str) -> None:
    assert _row(cell) == (use, CODE, "code", None)


@pytest.mark.parametrize(
    ("cell", "use", "alternative"),
    [
        ("office", "commercial", "government"), ("civic", "other_public", "government"),
        ("public", "other_public", "government"), ("dormitory", "residential", "school"),
        ("entertainment", "commercial", "other_public"), ("A3", "school", "other_public"),
        ("transportation", "other_public", "commercial"), ("agricultural", "industrial", None),
        ("31001_2020", "commercial", "government"), ("31001_3000", "other_public", "government"),
    ],
)  # fmt: skip
def test_a_code_that_may_mean_two_classes_is_weak(
    cell: str, use: str, alternative: str | None
) -> None:
    assert _row(cell) == (use, WEAK, "code", alternative)


@pytest.mark.parametrize(
    ("cell", "basis", "alternative"),
    [
        ("yes", "code", None), ("garage", "code", None), ("non-residential", "code", None),
        ("religious", "code", "other_public"), ("military", "code", "government"),
        ("31001_2463", "code", None), ("未知", "column", None), ("其他", "column", None),
        ("非住宅", "column", None), ("非居住类建筑", "column", None), ("unknown", "column", None),
        ("宗教用地", "column", "other_public"),
    ],
)  # fmt: skip
def test_what_is_known_to_be_none_of_ours_is_unknown_without_complaint(
    cell: str, basis: str, alternative: str | None
) -> None:
    assert _row(cell) == ("unknown", None, basis, alternative)
    assert classify_uses(_series(cell), None, None)[1] == []


@pytest.mark.parametrize(
    "cell", ["castle", "3", 3, 3.0, "C", "A", "31001_9998", "51009_1610", "31001_x", "路", {"a": 1}]
)
def test_what_is_not_understood_is_unknown_and_told(cell: object) -> None:
    assert _row(cell) == ("unknown", None, "none", None)
    frame, (finding,) = classify_uses(_series(None, cell), None, None)
    assert frame["use"].tolist() == ["unknown", "unknown"]
    assert (finding.code, finding.kind, finding.column) == ("USE_NOT_UNDERSTOOD", "doubtful", "use")
    assert (finding.at.tolist(), finding.values, finding.became) == ([1], [str(cell)], ["unknown"])


@pytest.mark.parametrize("cell", [None, np.nan, pd.NA, "", "  ", "\u3000"])
def test_an_empty_cell_says_nothing(cell: object) -> None:
    assert _row(cell) == ("unknown", None, "none", None)
    assert classify_uses(_series(cell), None, None)[1] == []


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("大武口区第一小学", "school"), ("石嘴山市一中", "school"), ("阳光幼儿园", "school"),
        ("宁夏理工学院", "school"), ("职业技术学院实训车间", "school"), ("少体校", "school"),
        ("第一中学体育馆", "school"), ("北方民族大学图书馆", "school"), ("师范学院礼堂", "school"),
        ("石嘴山市第二人民医院", "hospital"), ("宁夏医科大学附属医院", "hospital"),
        ("社区卫生服务中心", "hospital"), ("疾控中心", "hospital"), ("妇幼保健院", "hospital"),
        ("平罗县人民政府", "government"), ("教育局", "government"), ("中级人民法院", "government"),
        ("派出所", "government"), ("管理委员会", "government"), ("人大常委会", "government"),
        ("市场监督管理局", "government"), ("政府采购中心", "government"),
        ("政府街道办事处", "government"), ("公安大厦", "government"),
        ("税务局办公楼", "government"),
        ("图书馆", "other_public"), ("石嘴山市体育馆", "other_public"), ("敬老院", "other_public"),
        ("居民委员会", "other_public"), ("村民委员会", "other_public"), ("火车站", "other_public"),
        ("社区委员会", "other_public"), ("社区服务中心", "other_public"),
        ("消防站", "other_public"),
        ("阳光家园3号楼", "residential"), ("锦绣花园", "residential"), ("公租房", "residential"),
        ("水泥厂", "industrial"), ("工业园", "industrial"), ("三号车间", "industrial"),
        ("万达广场", "commercial"), ("商业街", "commercial"), ("建设银行", "commercial"),
        ("图书大厦", "commercial"), ("宠物医院", "commercial"), ("世纪酒店", "commercial"),
        ("People's Hospital", "hospital"), ("Second Primary Schools", "school"),
        ("Town Hall", "government"), ("大武口區人民醫院", "hospital"), ("第 一 小 学", "school"),
    ],
)  # fmt: skip
def test_a_name_tells_the_use(name: str, use: str) -> None:
    assert _row(None, name)[:3] == (use, STRONG, "name")
    assert _row(None, None, name)[:3] == (use, STRONG, "institution")


@pytest.mark.parametrize(
    "name",
    [
        "第一中学家属院", "人民医院家属楼", "教师公寓", "教育局家属院", "学府花园", "公安小区",
        "建设银行家属院", "学院路花园", "政府小区3号楼",
    ],
)  # fmt: skip
def test_where_people_of_an_institution_live_is_residential(name: str) -> None:
    assert _row(None, name)[:2] == ("residential", STRONG)


@pytest.mark.parametrize(
    ("name", "use", "alternative"),
    [
        ("平安驾校", "school", "commercial"), ("民办阳光学校", "school", "commercial"),
        ("新星培训学校", "school", "commercial"), ("市委党校", "school", "government"),
        ("农机校", "school", "government"), ("民营康复医院", "hospital", "commercial"),
        ("口腔诊所", "hospital", "commercial"), ("兽医院", "government", "other_public"),
        ("电力局", "government", "commercial"), ("邮政局", "government", "commercial"),
        ("物业管理处", "residential", "commercial"), ("第一小学超市", "commercial", "school"),
        ("政府招待所", "commercial", "government"), ("第十中学宿舍楼", "school", "residential"),
        ("石嘴山市某某有限公司", "industrial", "commercial"),
        ("办公楼", "government", "commercial"),
        ("科学研究所", "other_public", "commercial"), ("工人大厦", "commercial", "government"),
        ("环境卫生管理站", "government", "other_public"),
    ],
)  # fmt: skip
def test_a_name_that_may_mean_two_classes_is_weak(name: str, use: str, alternative: str) -> None:
    assert _row(None, name) == (use, WEAK, "name", alternative)


def test_a_medical_college_is_a_school_that_may_be_a_hospital() -> None:
    assert _row(None, "宁夏医学院") == ("school", STRONG, "name", "hospital")


@pytest.mark.parametrize(
    "name",
    [
        "医院路", "学院东路12号", "中学巷3号", "政府大街", "市场路", "小学对面", "人民医院旁停车场",
        "大学城", "工人大道", "统一中心大楼", "三中队营房", "卫生间", "3号楼", "=cmd|' /C calc'!A0",
        "\u202e\u0000", "x" * 500, 7, "Embankment",
    ],
)  # fmt: skip
def test_a_name_that_tells_nothing_says_nothing(name: object) -> None:
    assert _row(None, name) == ("unknown", None, "none", None)


def test_the_institution_is_asked_where_the_name_is_silent() -> None:
    assert _row(None, "3号楼", "第一小学") == ("school", STRONG, "institution", None)
    assert _row(None, "办公楼", "第一小学") == ("school", STRONG, "institution", None)
    assert _row(None, "体育馆", "第一小学") == ("school", STRONG, "institution", None)
    assert _row(None, "平罗县图书馆", "文化旅游局") == ("other_public", STRONG, "name", None)
    assert _row(None, "家属院", "公安局") == ("residential", STRONG, "name", None)
    assert _row(None, "第二中学", "教育局") == ("school", STRONG, "name", None)


def test_column_and_name_that_agree_are_believed_most() -> None:
    assert _row("学校", "第一小学") == ("school", AGREED, "column+name", None)
    assert _row("A33", "第一小学") == ("school", AGREED, "column+name", None)
    assert _row("school", "3号楼", "第一小学") == ("school", AGREED, "column+name", None)


def test_a_column_that_the_name_contradicts_keeps_its_word_in_doubt() -> None:
    assert _row("学校", "第一小学家属院") == ("school", DISAGREED, "column+name", "residential")
    assert _row("residential", "人民医院") == ("residential", DISAGREED, "column+name", "hospital")


def test_who_owns_a_building_contradicts_no_column() -> None:
    assert _row("school", None, "教育局") == ("school", EXACT, "column", None)
    assert _row("住宅", "3号楼", "人民医院") == ("residential", EXACT, "column", None)


def test_a_name_that_may_mean_what_the_column_says_contradicts_nothing() -> None:
    assert _row("政府", "市委党校") == ("government", EXACT, "column", None)
    assert _row("政府", "清真寺") == ("government", EXACT, "column", None)


def test_an_ambiguous_column_is_settled_by_the_name() -> None:
    assert _row("office", "财政局") == ("government", STRONG, "column+name", None)
    assert _row("办公", "财政局") == ("government", AGREED, "column+name", None)
    assert _row("办公", "建设银行") == ("commercial", STRONG, "column+name", None)
    assert _row("办公", "第一中学办公楼") == ("school", STRONG, "column+name", None)
    assert _row("公共建筑", "综合楼", "人民医院") == ("hospital", STRONG, "column+name", None)
    assert _row("办公", "图文广场") == ("commercial", WEAK, "column+name", "government")


def test_a_name_speaks_where_the_column_does_not() -> None:
    assert _row("yes", "第一小学") == ("school", STRONG, "name", None)
    assert _row("其他", None, "第一小学") == ("school", STRONG, "institution", None)
    assert _row("其他", "清真寺") == ("unknown", None, "none", "other_public")
    frame, findings = classify_uses(_series("castle"), _series("第一小学"), None)
    assert frame["use"].tolist() == ["school"]
    assert _codes(findings) == [("USE_NOT_UNDERSTOOD", "use", [0])]
    assert findings[0].became == ["school"]


def test_doubts_are_told_by_the_column_that_they_are_about() -> None:
    column = _series("办公", "学校", None, None, "castle", "学校")
    name = _series(None, "住宅小区", "某某公司", "3号楼", None, "一小")
    institution = _series(None, None, None, "电力局", None, None)
    frame, findings = classify_uses(column, name, institution)
    assert frame["use"].tolist() == [
        "government", "school", "industrial", "government", "unknown", "school",
    ]  # fmt: skip
    assert _codes(findings) == [
        ("USE_NOT_UNDERSTOOD", "use", [4]),
        ("USE_DOUBTFUL", "use", [0, 1]),
        ("USE_DOUBTFUL", "name", [2]),
        ("USE_DOUBTFUL", "institution", [3]),
    ]
    assert [list(f.values) for f in findings] == [
        ["castle"],
        ["办公", "学校"],
        ["某某公司"],
        ["电力局"],
    ]
    assert [list(f.became) for f in findings[1:]] == [
        ["government", "school"], ["industrial"], ["government"],
    ]  # fmt: skip
    assert {f.kind for f in findings} == {"doubtful"}


def test_findings_have_their_texts() -> None:
    codes = (
        "use_doubtful", "use_not_understood", "ownership_not_understood",
        "roof_type_not_understood",
    )  # fmt: skip
    for code in codes:
        assert has_text(f"findings.{code}")
        assert has_text(f"findings.{code}.mend")


def test_the_index_is_kept_and_nothing_given_is_changed() -> None:
    column = pd.Series(["学校", None], index=[7, 7], dtype=object)
    before = column.copy(deep=True)
    frame, _ = classify_uses(column, None, pd.Series(["x", "医院"], index=[7, 7]))
    assert list(frame) == list(USE_COLUMNS)
    assert frame.index.tolist() == [7, 7]
    assert frame["use"].tolist() == ["school", "hospital"]
    pd.testing.assert_series_equal(column, before)
    assert frame["use_alternative"].tolist() == [None, None]


def test_without_any_column_there_is_no_row() -> None:
    frame, findings = classify_uses(None, None, None)
    assert (list(frame), len(frame), findings) == (list(USE_COLUMNS), 0, [])


@pytest.mark.parametrize("kind", ["string", "category", "str"])
def test_any_kind_of_column_is_read(kind: str) -> None:
    column = pd.Series(["学校", None, "医院"]).astype(kind)
    frame, _ = classify_uses(column, column, None)
    assert frame["use"].tolist() == ["school", "unknown", "hospital"]


def test_row_order_changes_no_row() -> None:
    rng = random.Random(4)
    cells = ["学校", "办公", None, "castle", "yes", "住宅"]
    names = ["第一小学", "财政局", None, "3号楼", "某某公司"]
    frame = pd.DataFrame(
        {"use": rng.choices(cells, k=60), "name": rng.choices(names, k=60)}, dtype=object
    )
    one, _ = classify_uses(frame["use"], frame["name"], None)
    other, _ = classify_uses(frame["use"][::-1], frame["name"][::-1], None)
    pd.testing.assert_frame_equal(one, other[::-1])


@pytest.mark.parametrize("words", [COLUMN_WORDS, CODES], ids=["words", "codes"])
def test_every_weak_public_word_says_what_else_it_may_be(words: dict[str, object]) -> None:
    for word, sense in words.items():
        assert sense.use in schema.USES  # type: ignore[attr-defined]
        weak = sense.confidence < DOUBTFUL_BELOW  # type: ignore[attr-defined]
        assert not weak or sense.use not in PUBLIC or sense.alternative, word  # type: ignore[attr-defined]
        assert sense.alternative in (None, *schema.USES)  # type: ignore[attr-defined]
        assert word == plain(word), word


def test_every_keyword_is_found_as_it_stands() -> None:
    for text, word in KEYWORDS.items():
        assert keywords_in([text])[1] == [(text,)]
        if word.sense is not None and word.sense.confidence < DOUBTFUL_BELOW:
            assert word.sense.alternative in schema.USES
    assert use_of("castle") is None
    assert alkis("31001_99") is None


@pytest.mark.parametrize(
    ("cell", "owner"),
    [
        ("公有", "public"), ("国有", "public"), ("國有", "public"), ("公办", "public"),
        ("事业单位", "public"), ("财政全额", "public"), ("Public", "public"),
        ("市政府所有", "public"), ("行政单位", "public"), ("公共机构", "public"),
        ("私有", "private"), ("民办", "private"), ("民營", "private"), ("个人", "private"),
        ("私立学校", "private"), ("private", "private"), ("民营企业", "private"),
        ("未知", "unknown"), ("", "unknown"), (None, "unknown"), ("其他", "unknown"),
    ],
)  # fmt: skip
def test_an_owner_is_public_private_or_unknown(cell: object, owner: str) -> None:
    owners, findings = ownerships(_series(cell), None, None)
    assert (owners.tolist(), findings) == ([owner], [])


@pytest.mark.parametrize("cell", ["集体", "企业", "国有企业", "国有独资公司", "租赁", "国王", 7])
def test_an_owner_that_is_neither_is_unknown_and_told(cell: object) -> None:
    owners, (finding,) = ownerships(_series("公有", cell), None, None)
    assert owners.tolist() == ["public", "unknown"]
    assert (finding.code, finding.column, finding.at.tolist(), finding.values) == (
        "OWNERSHIP_NOT_UNDERSTOOD", "ownership", [1], [str(cell)],
    )  # fmt: skip


def test_a_name_tells_private_only_and_only_where_the_column_is_silent() -> None:
    names = _series("民办阳光幼儿园", "民办阳光幼儿园", "第一小学", None)
    owners, _ = ownerships(_series(None, "公有", None, None), names, None)
    assert owners.tolist() == ["private", "public", "unknown", "unknown"]
    owners, _ = ownerships(None, None, _series("私立医院", "人民医院"))
    assert owners.tolist() == ["private", "unknown"]
    assert len(ownerships(None, None, None)[0]) == 0


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("flat", "flat"), ("平屋面", "flat"), ("平", "flat"), ("FLACHDACH", "flat"), (1000, "flat"),
        ("1000", "flat"), (1000.0, "flat"), ("horizontal", "flat"), ("multiple horizontal", "flat"),
        ("混凝土平屋面", "flat"),
        ("坡屋面", "gabled"), ("双坡", "gabled"), ("gabled", "gabled"), ("SATTELDACH", "gabled"),
        ("3100", "gabled"), ("pitched", "gabled"), ("红瓦坡屋面", "gabled"),
        ("skillion", "shed"), ("PULTDACH", "shed"), ("2100", "shed"), ("單坡", "shed"),
        ("hipped", "hipped"), ("pyramidal", "pyramidal"), ("攒尖", "pyramidal"),
        ("3500", "pyramidal"), ("half-hipped", "gabled"), ("half_hipped", "gabled"),
        ("WALMDACH", "hipped"), ("3200", "hipped"), ("四坡", "hipped"),
        ("彩钢瓦", "steel"), ("彩鋼", "steel"), ("单层彩钢板屋面", "steel"),
        ("9999", "unknown"), ("unknown", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_a_roof_has_a_form_of_ours(cell: object, form: str) -> None:
    forms, findings = roof_types(_series(cell))
    assert (forms.tolist(), findings) == ([form], [])


@pytest.mark.parametrize(
    "cell", ["mansard", "round", "dome", "slanted", "9.0", 9.0, "5000", "平改坡", "拱形", "平房"]
)
def test_a_roof_of_another_form_is_unknown_and_told(cell: object) -> None:
    forms, (finding,) = roof_types(_series("flat", cell))
    assert forms.tolist() == ["flat", "unknown"]
    assert (finding.code, finding.at.tolist()) == ("ROOF_TYPE_NOT_UNDERSTOOD", [1])
    assert (finding.values, finding.became) == ([str(cell)], ["unknown"])


def _file(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    file = folder / "uses.csv"
    file.write_bytes(content.encode(encoding))
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_overrides_are_read_in_our_words_or_theirs(
    tmp_path: Path, encoding: str, mark: str
) -> None:
    text = "建筑编号,备注,建筑用途\n007,x,学校\n\nb ,,Hospital\nc,,unknown\n007,,school\n"
    file = _file(tmp_path, text.replace(",", mark), encoding)
    assert read_overrides(file) == {"007": "school", "b": "hospital", "c": "unknown"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("building_id,use\na,school\nb,castle\n", "row 3, use = castle: not a use class"),
        ("building_id,use\na,\n", "row 2, use = : not a use class"),
        ("building_id,use\na,其他\n", "row 2, use = 其他: not a use class"),
        ("building_id,use\n,school\n", "row 2: no building_id"),
        ("building_id,use\na,school\na,学校\na,hospital\n", "row 4: building 'a' is hospital here"),
        ("id,use\na,school\n", "no column building_id; found id, use"),
        ("building_id,class\na,school\n", "no column use; found building_id, class"),
        ("", "cannot be read as CSV"),
        ("building_id,use\na,school,x\n", "cannot be read as CSV"),
    ],
)
def test_an_override_that_cannot_be_used_is_refused(
    tmp_path: Path, content: str, said: str
) -> None:
    with pytest.raises(InvalidInventory) as caught:
        read_overrides(_file(tmp_path, content))
    assert str(caught.value).startswith("uses.csv")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_override_file_that_is_absent_or_of_no_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInventory, match="no such file"):
        read_overrides(tmp_path / "none.csv")
    file = tmp_path / "uses.csv"
    file.write_bytes(b"building_id,use\n\xff\xff,school\n")
    with pytest.raises(InvalidInventory, match="byte 16: neither utf-8 nor gb18030"):
        read_overrides(file)


def test_overrides_come_before_what_was_read_and_strangers_are_told() -> None:
    frame, _ = classify_uses(_series("办公", "学校", None), None, None)
    frame = frame.assign(building_id=["a", "b", "c"])
    before = frame.copy(deep=True)
    uses = {"a": "commercial", "c": "school", **{f"x{i}": "school" for i in range(7)}}
    changed, notes = apply_overrides(frame, uses)
    assert changed["use"].tolist() == ["commercial", "school", "school"]
    assert changed["use_confidence"].tolist() == [1.0, EXACT, 1.0]
    assert changed["use_basis"].tolist() == ["override", "column", "override"]
    assert changed["use_alternative"].tolist() == [None, None, None]
    (note,) = notes
    assert note == (
        "notes.override_not_in_inventory", {"count": "7", "ids": "x0, x1, x2, x3, x4 ..."},
    )  # fmt: skip
    assert has_text(note[0])
    pd.testing.assert_frame_equal(frame, before)
    assert apply_overrides(frame, {})[1] == []
