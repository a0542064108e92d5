"""Cells of a use column, words and codes, and what each says; how far evidence is believed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# How far each kind of evidence is believed, from 0 to 1. Judgements: no source gives them.
OVERRIDDEN = 1.0  # somebody looked
AGREED = 0.99  # column and name say the same
EXACT = 0.98  # the whole cell is a known word
CODE = 0.95  # a class or code of a known data set
CONTAINED = 0.9  # the cell contains a known word
STRONG = 0.85  # the name contains a word that hardly means anything else
WEAK = 0.6  # the word may mean another class
DISAGREED = 0.5  # column and name contradict each other
DOUBTFUL_BELOW = 0.8  # below this somebody should look

NOWHERE = float("nan")


@dataclass(frozen=True)
class Sense:
    """What a word says about the use, how far it is believed, and what else it may mean."""

    use: str
    confidence: float
    alternative: str | None = None


# Class, confidence, what else it may be, and the words that say so.
Group = tuple[str, float, str | None, str]


def senses(groups: Iterable[Group]) -> dict[str, Sense]:
    """Each word of some groups with its sense."""
    return {
        word: Sense(use, confidence, alternative)
        for use, confidence, alternative, words in groups
        for word in words.split()
    }


# Whole cells of a use column.
COLUMN_WORDS = senses((
    ("government", EXACT, None,
     "政府 党政机关 机关 机关办公 党政机关办公 党政办公 行政办公 政府办公 政府机关 国家机关 "
     "党的机关 行政机关 行政单位 行政 政法机关 司法机关 审判机关 检察机关 人大机关 政协机关 "
     "民主党派机关 行政办公建筑 机关用房 党政机关用房"),
    ("school", EXACT, None,
     "学校 教育 教育类 教育建筑 教育设施 教育用房 教育事业 教育事业单位 教育机构 教学 教学楼 "
     "校舍 中小学 小学 中学 幼儿园 高校 高等院校 大学 学院 职业院校 职业学校 托幼 民办学校 "
     "学校建筑"),
    ("school", WEAK, "other_public", "科教 教育科研 科研教育 文教"),
    ("hospital", EXACT, None,
     "医院 医疗 卫生 医疗卫生 医疗建筑 医疗机构 医疗用房 医卫 卫生类 卫生事业 卫生事业单位 "
     "卫生院 社区卫生服务中心 疾控 疾控中心 门诊 医院建筑"),
    ("other_public", EXACT, None,
     "其他公共 其它公共 其他公共建筑 其他公共机构 其他公建 文化 体育 文体 文化体育 文化建筑 "
     "体育建筑 文化事业 文化事业单位 体育事业 体育事业单位 科技事业 科技事业单位 文化设施 "
     "体育设施 社会福利 福利 养老 养老院 福利院 交通枢纽 交通场站 车站 社区用房 社区服务 图书馆 "
     "博物馆 文化馆 科技馆 体育馆"),
    ("other_public", WEAK, "government",
     "公共 公共建筑 公建 公共服务 公共设施 公共机构 事业单位 其他事业 其他事业单位 团体组织 "
     "社会团体 人民团体 机关事业单位"),
    ("other_public", WEAK, "school", "科研 科技 科研建筑"),
    ("residential", EXACT, None,
     "住宅 居住 居住建筑 住宅建筑 居民 居民住宅 民宅 民居 宿舍 公寓 农房 农村住宅 城镇住宅 "
     "住宅用房 住房 宿舍楼 住宅楼"),
    ("residential", WEAK, "commercial", "商住 商住楼 商住两用 底商住宅"),
    ("industrial", EXACT, None,
     "工业 工业建筑 工业厂房 工业仓储 厂房 仓库 仓储 物流 物流仓储 生产 生产用房 工矿 工矿仓储 "
     "车间"),
    ("industrial", WEAK, None, "农业 农业建筑 农业生产 养殖 农业设施"),
    ("industrial", WEAK, "other_public", "公用设施 市政设施 市政公用 市政"),
    ("commercial", EXACT, None,
     "商业 商业建筑 商业服务 商业服务业 商业用房 商业办公 商务办公 商务 商服 商场 商铺 写字楼 "
     "酒店 宾馆 旅馆 餐饮 娱乐 金融 金融保险"),
    ("government", WEAK, "commercial", "办公 办公类 办公楼 办公建筑 办公用房"),
    ("unknown", NOWHERE, "other_public", "宗教 宗教建筑 宗教场所"),
    ("unknown", NOWHERE, "government", "军事 军事设施 部队"),
    ("unknown", NOWHERE, None,
     "其他 其它 其他建筑 未知 不详 不明 不清楚 无 待定 待核实 综合 综合楼 混合 非住宅 非居住 "
     "非居民 unknown other others none null nan n/a na - -- / ? no undefined unclassified mixed"),
))  # fmt: skip

# The classes of open building sets: OSM building=* and amenity=*, Overture subtype and class,
# EUBUCCO type. A class that may be any of ours, or none of them, is unknown.
_OPEN_SETS: tuple[Group, ...] = (
    ("government", CODE, None, "government townhall courthouse police prison"),
    ("school", CODE, None, "school kindergarten university college education"),
    ("hospital", CODE, None, "hospital clinic medical healthcare"),
    ("other_public", CODE, None,
     "library museum fire_station train_station bus_station station sports_hall sports_centre "
     "stadium grandstand community_centre social_facility nursing_home arts_centre theatre"),
    ("other_public", WEAK, "government", "civic public public_building"),
    ("other_public", WEAK, "commercial", "transportation post_office toilets"),
    ("residential", CODE, None,
     "residential apartments house detached semidetached_house semi terrace bungalow cabin ger "
     "static_caravan houseboat stilt_house dwelling_house trullo"),
    ("residential", WEAK, "school", "dormitory"),
    ("residential", WEAK, None, "farm"),
    ("industrial", CODE, None, "industrial warehouse factory manufacture"),
    ("industrial", WEAK, None,
     "agricultural barn cowshed farm_auxiliary greenhouse glasshouse stable sty silo "
     "slurry_tank digester storage_tank"),
    ("commercial", CODE, None,
     "commercial retail supermarket hotel kiosk shop mall bank restaurant cafe fast_food cinema "
     "fuel pharmacy marketplace"),
    ("commercial", WEAK, "government", "office offices"),
    ("commercial", WEAK, "other_public", "entertainment"),
    ("unknown", NOWHERE, "other_public",
     "religious church mosque temple chapel cathedral synagogue shrine monastery presbytery "
     "wayside_shrine place_of_worship"),
    ("unknown", NOWHERE, "government", "military"),
    ("unknown", NOWHERE, None,
     "yes non-residential nonresidential garage garages carport shed roof outbuilding service "
     "parking hut pavilion bunker hangar boathouse beach_hut allotment_house guardhouse "
     "bridge_structure transformer_tower construction ruins"),
)  # fmt: skip

# Land-use codes of GB 50137-2011, table 3.3.2. A letter alone is no code: it may be anything.
_GB_50137: tuple[Group, ...] = (
    ("government", CODE, None, "a1"),
    ("other_public", CODE, None, "a2 a21 a22 a4 a41 a42 a6 a7 s3"),
    ("school", CODE, None, "a31 a32 a33 a34"),
    ("school", WEAK, "other_public", "a3"),
    ("other_public", WEAK, "school", "a35"),
    ("hospital", CODE, None, "a5 a51 a52 a53 a59"),
    ("unknown", NOWHERE, "other_public", "a9"),
    ("residential", CODE, None, "r1 r11 r2 r20 r21 r3 r31"),
    ("other_public", WEAK, "school", "r12 r22 r32"),
    ("commercial", CODE, None, "b1 b11 b12 b13 b14 b2 b21 b22 b29 b3 b31 b32 b4 b41 b49 b9"),
    ("industrial", CODE, None, "m1 m2 m3 w1 w2 w3"),
)

# Building functions of the German cadastre (AdV, codelist BuildingFunctionTypeAdV), from and to.
_ALKIS: tuple[tuple[int, int, Sense], ...] = (
    (1000, 1025, Sense("residential", CODE)),
    (1100, 1131, Sense("residential", WEAK, "commercial")),
    (1210, 1223, Sense("residential", CODE)),
    (1311, 1313, Sense("residential", WEAK)),
    (2000, 2000, Sense("commercial", WEAK, "industrial")),
    (2010, 2010, Sense("commercial", CODE)),
    (2020, 2020, Sense("commercial", WEAK, "government")),
    (2030, 2095, Sense("commercial", CODE)),
    (2100, 2150, Sense("industrial", CODE)),
    (2160, 2160, Sense("other_public", WEAK, "industrial")),
    (2170, 2212, Sense("industrial", CODE)),
    (2310, 2310, Sense("commercial", WEAK, "residential")),
    (2320, 2320, Sense("industrial", WEAK, "residential")),
    (2400, 2465, Sense("unknown", NOWHERE)),
    (2500, 2623, Sense("industrial", WEAK, "other_public")),
    (2700, 2742, Sense("industrial", WEAK)),
    (3000, 3000, Sense("other_public", WEAK, "government")),
    (3010, 3012, Sense("government", CODE)),
    (3013, 3013, Sense("other_public", WEAK, "commercial")),
    (3014, 3019, Sense("government", CODE)),
    (3020, 3023, Sense("school", CODE)),
    (3024, 3024, Sense("other_public", WEAK, "school")),
    (3030, 3038, Sense("other_public", CODE)),
    (3040, 3048, Sense("unknown", NOWHERE, "other_public")),
    (3050, 3051, Sense("hospital", CODE)),
    (3052, 3052, Sense("hospital", WEAK, "other_public")),
    (3053, 3053, Sense("hospital", CODE)),
    (3054, 3064, Sense("other_public", CODE)),
    (3065, 3065, Sense("school", CODE)),
    (3066, 3066, Sense("other_public", CODE)),
    (3070, 3071, Sense("government", CODE)),
    (3072, 3072, Sense("other_public", CODE)),
    (3073, 3074, Sense("unknown", NOWHERE, "government")),
    (3075, 3075, Sense("government", CODE)),
    (3080, 3098, Sense("other_public", CODE)),
    (3100, 3100, Sense("other_public", WEAK, "residential")),
    (3200, 3230, Sense("other_public", CODE)),
    (3240, 3242, Sense("hospital", WEAK, "other_public")),
)
CODES = senses((*_OPEN_SETS, *_GB_50137))


def alkis(code: str) -> Sense | None:
    """What a building function of the German cadastre (31001_3021) says, if it is one."""
    if not (code.startswith("31001_") and re.fullmatch(r"31001_[0-9]{4}", code)):
        return None
    number = int(code.removeprefix("31001_"))
    matching = (sense for low, high, sense in _ALKIS if low <= number <= high)
    return next(matching, None)
