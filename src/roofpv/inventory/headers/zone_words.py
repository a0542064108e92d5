"""Words of files of zones on roofs: what their columns are called, and the kinds of zones."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from roofpv.inventory.classes.wording import plain
from roofpv.inventory.headers.forms import forms, letters
from roofpv.inventory.headers.words import HEADERS

__all__ = ["COLUMNS", "FORBIDDEN", "KINDS", "OTHER_USE", "kind_of", "our_name", "understand_zones"]

FORBIDDEN, OTHER_USE = "forbidden", "other_use"
KINDS = (FORBIDDEN, "plant", "stair_head", "skylight", "green_roof", OTHER_USE)

# A key that says nothing of a building is the zone's own.
_OWN_KEYS = (
    "编号 编码 id uid fid gid objectid ogc_fid 序号 顺序号 @id osm_id osm_way_id uuid globalid "
    "gml_id gmlid localid lokaalid identificatie 图斑编号 图斑号 唯一标识 唯一标识码"
)
# Our column -> what others call it, the surest first.
_HEADERS: Mapping[str, str] = {
    "zone_id": "zone_id zoneid 区域编号 区域id 禁区编号 障碍物编号 设施编号 设备编号 obstacle_id "
    + _OWN_KEYS,
    "building_id": "building_id 所属建筑 所在建筑 所属建筑编号 所在建筑编号 "
    "所属楼栋 " + " ".join(w for w in HEADERS["building_id"].split() if w not in _OWN_KEYS.split()),
    "kind": "kind zone_kind zone_type obstacle_type type class category 区域类型 区域类别 "
    "障碍物类型 障碍物类别 障碍类型 设施类型 设施类别 占用类型 占用用途 类型 类别 种类 用途 "
    "用途类型 障碍物 设施",
    "height_m": "height_m height zone_height obstacle_height 高出屋面高度 高出屋顶高度 高出屋面 "
    "突出屋面高度 凸出屋面高度 障碍物高度 设施高度 设备高度 高度 高",
    "clear_m": "clear_m clear clearance clear_strip setback 净距 净距离 周边净距 四周净距 退距 "
    "退让距离 退让 避让距离 避让 安全距离 间距 留空 留空距离 通道宽度 检修通道宽度",
    "geometry": "geometry " + HEADERS["geometry"],
}
COLUMNS = tuple(_HEADERS)

# Kind -> words that tell it, asked in this order: 屋顶花园设备 is a garden, 电梯机房 a stair head.
_KIND_WORDS: Mapping[str, Sequence[str]] = {
    FORBIDDEN: (
        "禁止", "禁装", "禁区", "禁用", "禁建", "严禁", "不可", "不能", "不得", "不宜", "不允许",
        "避让区", "forbidden", "no-go", "no go", "nogo", "exclusion", "excluded", "keep-out",
        "keep out", "keepout", "prohibited", "restricted", "not allowed",
    ),
    "skylight": (
        "天窗", "采光", "玻璃顶", "玻璃屋顶", "skylight", "rooflight", "roof light", "roof window",
    ),
    "green_roof": (
        "绿化", "花园", "种植", "植被", "绿植", "草坪", "green", "garden", "vegetat", "planting",
        "planted",
    ),
    "stair_head": (
        "楼梯", "电梯", "机房", "梯间", "stair", "elevator", "lift", "penthouse", "bulkhead",
    ),
    "plant": (
        "设备", "机组", "冷却塔", "水箱", "水塔", "水池", "空调", "室外机", "风机", "风管", "管道",
        "管线", "烟囱", "排烟", "通风", "天线", "基站", "热水器", "集热器", "plant", "equipment",
        "hvac", "air condition", "air-condition", "chiller", "cooling tower", "tank", "fan",
        "duct", "pipe", "vent", "chimney", "antenna", "machinery",
    ),
    OTHER_USE: (
        "其他", "其它", "露台", "平台", "停机坪", "球场", "运动场", "操场", "停车", "晾晒",
        "活动场", "other", "terrace", "helipad", "playground", "sports", "parking",
    ),
}  # fmt: skip


def our_name(header: str) -> str | None:
    """Our column that a header means, or None."""
    found = _reading(header)
    return None if found is None else found[0]


def understand_zones(
    headers: Sequence[str], units: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """
    Which header each of our columns is read from, and the unit that it is written in.

    Parameters
    ----------
    headers : sequence of str
        Of the file.
    units : mapping
        Header -> unit that stands in a row of its own below it.

    Returns
    -------
    dict
        Our name -> (header, unit or "").
    """
    chosen: dict[str, tuple[int, str, str]] = {}
    for header in headers:
        found = _reading(header)
        if found is None:
            continue
        name, rank, unit = found
        if name not in chosen or rank < chosen[name][0]:
            chosen[name] = rank, header, unit or units.get(header, "")
    return {name: (header, unit) for name, (_, header, unit) in chosen.items()}


def kind_of(cell: object) -> str | None:
    """Kind of zone that a cell tells, in Chinese or English; None for words of none."""
    text = plain(str(cell)).strip()
    exact = text.replace(" ", "_").replace("-", "_")
    if exact in KINDS:
        return exact
    told = (kind for kind, words in _KIND_WORDS.items() if any(word in text for word in words))
    return next(told, None)


def _reading(header: str) -> tuple[str, int, str] | None:
    """Our name, the rank of the word among those for it, and the unit."""
    for form in forms(header):
        if form.word in _vocabulary() and not form.limited:
            return (*_vocabulary()[form.word], form.unit)
    return None


@functools.cache
def _vocabulary() -> Mapping[str, tuple[str, int]]:
    words: dict[str, tuple[str, int]] = {}
    for name, text in _HEADERS.items():
        for rank, word in enumerate(text.split()):
            words.setdefault(letters(word), (name, rank))
    return words
