"""Who owns a building and what form its roof has, by the words and codes of many sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.inventory.classes.wording import distinct_texts
from roofpv.inventory.findings import DOUBTFUL, Finding, found

__all__ = ["ownerships", "roof_types"]


def _classes(words_of: Mapping[str, str]) -> dict[str, str]:
    return {word: name for name, words in words_of.items() for word in words.split()}


_NOT_SAID = (
    "未知 不详 不明 不清楚 无 其他 其它 待定 待核实 - -- / ? other none null nan n/a na sonstiges"
)

_OWNERS = {choice: choice for choice in schema.OWNERSHIPS} | _classes(
    {
        "public": "公有 国有 公办 公立 公共机构 事业单位 行政单位 行政事业单位 机关 国家机关 "
        "党政机关 政府 财政 财政全额 财政拨款 全额拨款 差额拨款 全民所有 全民所有制 国家所有 "
        "国有资产 政府所有 直管公房 公房 state government municipal national county",
        "private": "私有 民办 民营 私立 私营 私人 私企 个人 个体 个人所有 私有产权 私房 民营企业 "
        "person individual",
        "unknown": _NOT_SAID,
    }
)
# Parts of a longer text, the first that fits. What leaves open whose it is comes first: a company
# of the state is no public institution (公共机构), and a collective is neither.
_OWNER_PARTS = (
    ("企业|公司|集体|混合|租赁|租用|共有|非公|非国有", None),
    ("民办|民营|私立|私营|私有|个人|个体|私人", "private"),
    ("公有|国有|公办|公立|公共机构|事业单位|行政单位|财政|机关|全民所有|政府", "public"),
)
_PRIVATE_NAME = re.compile(r"民\s*[办辦]|私\s*立")

# OSM roof:shape, Overture roof_shape, the roof types of the German CityGML profile (codelist
# RoofTypeTypeAdV), Vienna's words, dak_type of 3DBAG. A mansard, a dome, a pitched roof that does
# not say how (dak_type slanted) are none of our forms.
_ROOFS = {choice: choice for choice in schema.ROOF_TYPES} | _classes(
    {
        "flat": "平 平屋面 平屋顶 平顶 平面 flachdach 1000 horizontal multiple_horizontal",
        "gabled": "坡 坡屋面 坡屋顶 坡顶 双坡 两坡 人字坡 人字顶 pitched gable satteldach saltbox "
        "round_gabled "
        "half_hipped krüppelwalmdach 3100 3300",
        "shed": "单坡 单坡屋面 单坡屋顶 skillion lean_to pultdach 2100 2200",
        "hipped": "四坡 四坡屋面 四坡屋顶 歇山 庑殿 hip side_hipped walmdach 3200",
        "pyramidal": "攒尖 攒尖屋顶 pyramid zeltdach 3500",
        "steel": "彩钢 彩钢瓦 彩钢板 彩钢屋面 彩钢瓦屋面 彩钢板屋面 压型钢板 金属屋面",
        "unknown": _NOT_SAID + " 9999",
    }
)
_ROOF_PARTS = (
    ("平.*坡|坡.*平|平.*彩钢|彩钢.*平|弧|拱|圆|曲", None),
    ("彩钢|压型钢|金属", "steel"),
    ("四坡", "hipped"),
    ("单坡", "shed"),
    ("坡屋|坡顶|坡面|斜坡|斜屋|斜顶|双坡|两坡|人字", "gabled"),
    ("平屋|平顶|平台|屋面平|屋顶平", "flat"),
)


def ownerships(
    column: pd.Series | None, name: pd.Series | None, institution: pd.Series | None
) -> tuple[pd.Series, list[Finding]]:
    """
    Whether a building is public or private.

    Parameters
    ----------
    column : Series (row,), optional
        Ownership as the file words it.
    name, institution : Series (row,), optional
        Names; a private school or hospital (民办, 私立) says so, nothing else is read from them.

    Returns
    -------
    (Series (row,), list of Finding)
        One of ``schema.OWNERSHIPS``.
    """
    given = [series for series in (column, name, institution) if series is not None]
    index = given[0].index if given else pd.RangeIndex(0)
    owners = pd.Series("unknown", index=index, dtype=object)
    findings: list[Finding] = []
    if column is not None:
        owners, findings = _choices(column, _owner, "ownership")
    for names in (name, institution):
        if names is not None and names.notna().any():
            # As they stand: to make a million names plain takes longer than all the rest.
            private = [type(one) is str and bool(_PRIVATE_NAME.search(one)) for one in names]
            owners = owners.mask((owners == "unknown") & np.array(private), "private")
    return owners.rename("ownership"), findings


def roof_types(column: pd.Series) -> tuple[pd.Series, list[Finding]]:
    """
    Form of the roof.

    Parameters
    ----------
    column : Series (row,)
        Form as the file words it: our words, Chinese ones, or those of OSM, Overture, CityGML,
        3DBAG.

    Returns
    -------
    (Series (row,), list of Finding)
        One of ``schema.ROOF_TYPES``.
    """
    return _choices(column, _roof, "roof_type")


def _choices(
    column: pd.Series, read: Callable[[str], str | None], name: str
) -> tuple[pd.Series, list[Finding]]:
    codes, texts = distinct_texts(column)
    classes = [read(text) for text in texts]
    taken = np.array([*(found or "unknown" for found in classes), "unknown"], dtype=object)
    lost = np.array([*(found is None for found in classes), False], dtype=bool)
    code = f"{name.upper()}_NOT_UNDERSTOOD"
    findings = found(DOUBTFUL, code, name, lost[codes], column)
    told = [
        Finding(f.kind, f.code, f.column, f.at, f.values, ["unknown"] * len(f.at)) for f in findings
    ]
    return pd.Series(taken[codes], index=column.index, name=name, dtype=object), told


def _owner(text: str) -> str | None:
    return _OWNERS.get(text) or _by_part(text, _OWNER_PARTS)


def _roof(text: str) -> str | None:
    token = re.sub("[ -]", "_", text)
    return _ROOFS.get(text) or _ROOFS.get(token) or _by_part(text, _ROOF_PARTS)


def _by_part(text: str, parts: tuple[tuple[str, str | None], ...]) -> str | None:
    return next((name for pattern, name in parts if re.search(pattern, text)), None)
