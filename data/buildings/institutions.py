"""What the public institutions of the synthetic city consist of, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

Land = Literal["half", "block", "double"]
Range = tuple[float, float]

STOREY_M = {"government": 3.6, "school": 3.7, "hospital": 3.9, "other_public": 4.5}


@dataclass(frozen=True)
class Part:
    """One kind of building in a compound: form, ranges of size [m] and floors, roof, number."""

    label: str
    form: str
    width: Range
    depth: Range
    floors: tuple[int, int]
    count: tuple[int, int] = (1, 1)
    roof: str = "flat"


@dataclass(frozen=True)
class Programme:
    """An institution's kind: its use class, its land and the buildings on it."""

    use: str
    land: Land
    parts: tuple[Part, ...]


GUARD = Part("门卫室", "slab", (4, 8), (3.2, 5), (1, 1))
CANTEEN = Part("食堂", "slab", (24, 38), (16, 24), (1, 2))
TEACHING = Part("教学楼", "slab", (50, 70), (15, 19), (4, 5), (2, 3))
GYM = Part("体育馆", "hall", (42, 56), (30, 40), (1, 1), roof="steel")
DORM = Part("宿舍楼", "slab", (44, 60), (15, 18), (5, 6), (1, 2))

PROGRAMMES = {
    "city_office": Programme(
        "government",
        "block",
        (
            Part("办公主楼", "h", (72, 96), (48, 58), (6, 12)),
            Part("附属办公楼", "slab", (40, 56), (14, 17), (4, 6), (1, 2)),
            CANTEEN,
            GUARD,
        ),
    ),
    "bureau": Programme(
        "government",
        "half",
        (
            Part("办公楼", "u", (44, 66), (32, 42), (4, 6)),
            Part("业务楼", "slab", (28, 44), (12, 15), (2, 4), (0, 1)),
            GUARD,
        ),
    ),
    "old_office": Programme(
        "government",
        "half",
        (
            Part("办公楼", "courtyard", (44, 60), (42, 52), (2, 4)),
            Part("库房", "slab", (18, 30), (9, 12), (1, 1), (0, 1), "gabled"),
            GUARD,
        ),
    ),
    "street_office": Programme(
        "government",
        "half",
        (
            Part("办公楼", "ell", (28, 46), (22, 32), (2, 4)),
            Part("便民服务中心", "slab", (18, 30), (10, 14), (1, 2), (0, 1)),
        ),
    ),
    "middle_school": Programme(
        "school",
        "double",
        (
            TEACHING,
            Part("实验楼", "ell", (48, 62), (30, 38), (4, 5)),
            Part("行政楼", "slab", (36, 48), (14, 17), (3, 5)),
            CANTEEN,
            GYM,
            DORM,
            GUARD,
        ),
    ),
    "primary_school": Programme(
        "school",
        "block",
        (
            Part("教学楼", "u", (54, 72), (36, 44), (3, 4)),
            Part("综合楼", "slab", (40, 56), (14, 18), (3, 4)),
            Part("风雨操场", "hall", (30, 38), (22, 28), (1, 1), (0, 1), "steel"),
            CANTEEN,
            GUARD,
        ),
    ),
    "kindergarten": Programme(
        "school",
        "half",
        (Part("活动楼", "ell", (36, 54), (30, 44), (2, 3), (1, 2)), GUARD),
    ),
    "college": Programme(
        "school",
        "double",
        (
            Part("教学楼", "comb", (56, 70), (58, 68), (4, 5)),
            Part("实训车间", "slab", (46, 62), (24, 32), (1, 1), (2, 2), "steel"),
            Part("图书信息楼", "tee", (50, 60), (34, 42), (4, 5)),
            CANTEEN,
            DORM,
            GUARD,
        ),
    ),
    "general_hospital": Programme(
        "hospital",
        "block",
        (
            Part("门诊楼", "slab", (56, 74), (32, 40), (4, 5)),
            Part("医技楼", "slab", (40, 56), (24, 30), (3, 4)),
            Part("住院楼", "slab", (52, 66), (20, 24), (8, 14), (1, 2)),
            Part("后勤楼", "slab", (24, 36), (12, 15), (2, 3)),
            GUARD,
        ),
    ),
    "clinic": Programme(
        "hospital",
        "half",
        (
            Part("门诊楼", "ell", (30, 46), (24, 32), (2, 4)),
            Part("预防接种楼", "slab", (18, 26), (10, 13), (1, 2), (0, 1)),
        ),
    ),
    "library": Programme(
        "other_public", "half", (Part("馆舍", "tee", (48, 66), (38, 52), (2, 4)),)
    ),
    "culture": Programme(
        "other_public",
        "half",
        (
            Part("主馆", "hall", (46, 66), (38, 50), (2, 3)),
            Part("排练楼", "slab", (28, 42), (13, 16), (2, 4), (0, 1)),
        ),
    ),
    "sports_centre": Programme(
        "other_public",
        "double",
        (
            Part("主场馆", "oval", (96, 116), (74, 86), (1, 2), roof="steel"),
            Part("游泳馆", "hall", (56, 70), (36, 44), (1, 1), roof="steel"),
            Part("训练馆", "slab", (44, 56), (28, 36), (1, 2), roof="steel"),
            GUARD,
        ),
    ),
    "care_home": Programme(
        "other_public",
        "half",
        (Part("养护楼", "h", (48, 62), (38, 48), (3, 4)), GUARD),
    ),
    "storehouse": Programme(
        "unknown", "half", (Part("综合用房", "slab", (22, 40), (10, 15), (1, 3), (1, 2)),)
    ),
    "village_school": Programme(
        "school",
        "block",
        (
            Part("教室", "slab", (36, 56), (8, 10), (1, 1), (3, 4), "gabled"),
            Part("教学楼", "slab", (38, 50), (10, 14), (2, 3), (0, 1)),
            Part("厨房", "slab", (12, 20), (7, 9), (1, 1), (0, 1), "gabled"),
            GUARD,
        ),
    ),
    "township_office": Programme(
        "government",
        "block",
        (
            Part("办公楼", "u", (42, 56), (26, 34), (2, 3)),
            Part("为民服务厅", "slab", (20, 32), (10, 13), (1, 1), roof="gabled"),
            Part("车库", "slab", (18, 28), (6, 8), (1, 1), (0, 1), "shed"),
        ),
    ),
    "township_clinic": Programme(
        "hospital",
        "block",
        (
            Part("门诊楼", "slab", (34, 48), (12, 15), (2, 3)),
            Part("病房", "slab", (26, 38), (8, 10), (1, 1), (0, 1), "gabled"),
        ),
    ),
}

BUREAU_THEMES = (
    *("发展和改革", "财政", "教育体育", "卫生健康", "住房和城乡建设", "自然资源", "农业农村"),
    *("水务", "民政", "司法", "审计", "统计", "交通运输", "生态环境", "应急管理", "市场监督管理"),
    *("人力资源和社会保障", "公安", "税务", "医疗保障", "文化旅游", "商务", "档案", "气象", "林业"),
)
WORDS = (
    *("晨光", "清泉", "柳岸", "新苑", "和平", "长河", "金穗", "绿洲", "向阳", "星湖", "育新"),
    *("朝晖", "兴业", "东湖", "康宁", "安居"),
)
DIGITS = "一二三四五六七八九十"

NAMES = {
    "city_office": ("政务服务中心", "党政综合办公区", "会议中心", "行政审批中心", "党校"),
    "bureau": tuple(f"{theme}局" for theme in BUREAU_THEMES),
    "old_office": ("供销合作社", "档案馆", "地方志办公室", "总工会", "残疾人联合会", "老干部局"),
    "street_office": tuple(f"{word}街道办事处" for word in WORDS),
    "kindergarten": tuple(f"{word}幼儿园" for word in WORDS),
    "college": ("职业技术学校", "开放大学", "技工学校"),
    "general_hospital": ("人民医院", "中医医院", "妇幼保健院", "第二人民医院", "传染病医院"),
    "clinic": tuple(f"{word}社区卫生服务中心" for word in WORDS),
    "library": ("图书馆", "科技馆", "少儿图书馆"),
    "culture": ("文化馆", "博物馆", "青少年宫", "大剧院"),
    "sports_centre": ("体育中心",),
    "care_home": ("社会福利院", "老年养护院", "儿童福利院"),
    "storehouse": tuple(f"公有用房{number}号院" for number in range(1, 9)),
}


@dataclass(frozen=True)
class Compound:
    """One institution: its name, its kind, and who owns it."""

    name: str
    kind: str
    ownership: str = "public"

    @property
    def programme(self) -> Programme:
        """What stands on the institution's land."""
        return PROGRAMMES[self.kind]


def ordinal(number: int) -> str:
    """Chinese numeral of 1 to 19."""
    return DIGITS[number - 1] if number <= 10 else "十" + DIGITS[number - 11]


def name_of(kind: str, prefix: str, number: int) -> str:
    """Name of the institution of a kind that has this number, from 1."""
    if kind in {"middle_school", "primary_school"}:
        return f"{prefix}第{ordinal(number)}{'中学' if kind == 'middle_school' else '小学'}"
    return prefix + NAMES[kind][number - 1]


def _ownership(kind: str, rng: np.random.Generator) -> str:
    private = {"kindergarten": 0.45, "clinic": 0.2, "care_home": 0.3}.get(kind, 0.0)
    draw = rng.random()
    return "private" if draw < private else "unknown" if draw > 0.975 else "public"


def town_compounds(
    mix: dict[str, int], prefix: str, rng: np.random.Generator
) -> Iterator[Compound]:
    """Institutions of a town, the largest sites first."""
    order = {"double": 0, "block": 1, "half": 2}
    for kind in sorted(mix, key=lambda key: order[PROGRAMMES[key].land]):
        for number in range(1, mix[kind] + 1):
            yield Compound(name_of(kind, prefix, number), kind, _ownership(kind, rng))


def village_compounds(prefix: str, township: str) -> tuple[Compound, ...]:
    """School, office and clinic of a township."""
    place = prefix + township
    return (
        Compound(f"{place}中心学校", "village_school"),
        Compound(f"{place}人民政府", "township_office"),
        Compound(f"{place}卫生院", "township_clinic"),
    )
