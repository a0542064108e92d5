"""Keywords in the names of buildings and institutions, and the use that a name tells."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from roofpv.inventory.classes.use_words import NOWHERE, STRONG, WEAK, Group, Sense, senses


@dataclass(frozen=True)
class Word:
    """
    What a keyword does in a name.

    The last keyword decides, for a Chinese name ends in what it names. ``role``: *head* names a
    building or institution; *part* belongs to the head before it, if there is one; *facility*
    belongs to a school or hospital before it; *dormitory* of a school may be the school's;
    *private* makes a school or hospital doubtful; *blind* only looks like a keyword, and a
    *negation* says what the building is not.
    """

    role: str
    sense: Sense | None = None


def _words(role: str, groups: Iterable[Group]) -> Iterator[tuple[str, Word]]:
    return ((word.replace("_", " "), Word(role, s)) for word, s in senses(groups).items())


# Keywords of names, by role. An underscore stands for a space.
_HEADS: tuple[Group, ...] = (
    ("school", STRONG, None,
     "小学 中学 初中 高中 学校 附中 附小 一中 二中 三中 四中 五中 六中 七中 八中 九中 十中 "
     "幼儿园 幼稚园 大学 学院 高校 职中 职高 中专 技校 师范 中心校 完小 教学点 校区 分校 体校 "
     "特教 特殊教育 电大 教师进修 实验学校 school kindergarten university college academy"),
    ("school", STRONG, "hospital", "医学院 医科大学 卫校 护校"),
    ("school", WEAK, "commercial",
     "驾校 驾驶学校 培训学校 培训中心 培训基地 教育 补习 托育 托儿所 早教 托管"),
    ("school", WEAK, "government", "党校 行政学院 社会主义学院 干部学院 警校 农机校 农机学校 团校"),
    ("school", WEAK, "residential", "学生宿舍 学生公寓"),
    ("school", WEAK, "other_public", "老年大学 书院"),
    ("hospital", STRONG, None,
     "医院 卫生院 卫生服务中心 卫生服务站 卫生服务 社区卫生 疾控 疾病预防控制 妇幼 保健院 "
     "急救中心 防疫站 血站 血液中心 结核病防治 精神卫生 hospital"),
    ("hospital", WEAK, "other_public",
     "卫生室 卫生所 卫生 疗养院 康复中心 护理院 医养 医务室 health_center health_centre"),
    ("hospital", WEAK, "commercial",
     "诊所 口腔 牙科 体检中心 美容医院 整形医院 中医馆 医疗 clinic"),
    ("hospital", WEAK, "government", "卫生监督"),
    ("government", STRONG, None,
     "人民政府 政府 市委 县委 区委 党委 党工委 工委 纪委 监委 人大 政协 政法委 组织部 宣传部 "
     "统战部 管委会 管理委员会 委员会 发改委 卫健委 住建委 国资委 经信委 局 公安厅 财政厅 "
     "教育厅 水利厅 民政厅 司法厅 交通厅 法院 检察院 法庭 公安 派出所 交警 巡警 刑警 特警 税务 "
     "司法所 财政所 国土所 工商所 市场监管 市场监督 街道办 乡政府 镇政府 海关 看守所 拘留所 "
     "监狱 戒毒所 人社 政务 行政审批 行政中心 政务服务中心 机关 党政 办公厅 武装部 人武部 信访 "
     "城管 执法 应急管理 政府采购 town_hall city_hall courthouse police_station bureau ministry"),
    ("government", WEAK, "commercial",
     "邮政局 邮局 供电局 电力局 电业局 电信局 烟草局 烟草专卖局 盐务局 铁路局 办事处 烟草"),
    ("government", WEAK, "other_public",
     "总工会 妇联 团委 残联 工商联 文联 科协 红十字会 公证处 兽医 动物防疫 农技站 公积金 "
     "社保中心 社会保险 医疗保险 医保 环卫 环境卫生 爱国卫生 爱卫 就业服务 不动产登记 指挥部 "
     "事业单位 水文站 便民服务"),
    ("other_public", STRONG, None,
     "文化馆 文化宫 文化中心 文化站 博物馆 科技馆 展览馆 美术馆 纪念馆 规划馆 群艺馆 "
     "群众艺术馆 少年宫 青少年宫 福利院 福利中心 敬老院 养老院 养老中心 养护院 救助站 救助管理 "
     "车站 客运站 火车站 汽车站 高铁站 航站楼 机场 消防站 消防队 消防救援 消防大队 消防支队 "
     "消防中队 社区服务 居委会 居民委员会 社区委员会 村委会 村民委员会 村委 村部 殡仪馆 火葬场 "
     "公厕 电视台 广播电台 大剧院 会展中心 收费站 气象站 全民健身 日间照料 museum fire_station "
     "railway_station train_station bus_station"),
    ("other_public", STRONG, "government", "档案馆"),
    ("other_public", WEAK, "commercial",
     "文化 体育 影剧院 研究所 研究院 设计院 科学院 俱乐部 theatre theater"),
    ("other_public", WEAK, "residential", "社区 老年公寓 养老公寓 养老"),
    ("other_public", WEAK, "government", "消防 党群服务 福利 会议中心"),
    ("residential", STRONG, None,
     "小区 家园 花园 住宅 家属 家属院 家属楼 家属区 花苑 华庭 名邸 豪庭 新苑 佳苑 嘉苑 名苑 "
     "雅苑 丽苑 景苑 馨苑 怡园 安置房 廉租 公租房 经济适用房 保障房 保障性住房 棚户 居民楼 居住 "
     "民宅 民居 住房 别墅 农房 自建房 教工楼 教师楼 职工楼 教师宿舍 教工宿舍 职工宿舍 教师公寓 "
     "apartment apartments residence residences housing"),
    ("residential", WEAK, "school", "周转房"),
    ("residential", WEAK, "government", "干休所 军休所"),
    ("residential", WEAK, "commercial", "商住 物业 新村 业主委员会"),
    ("industrial", STRONG, None,
     "厂 厂房 工厂 工业园 产业园 工业区 工业 仓储 冷库 粮库 粮站 煤矿 矿业 选煤 热电 电站 加工 "
     "制造 化工 冶炼 钢铁 水泥 factory warehouse industrial_park"),
    ("industrial", WEAK, "commercial",
     "有限公司 有限责任公司 公司 集团 科技园 创业园 孵化 物流 建材 实业"),
    ("industrial", WEAK, "other_public", "变电站 变电所 污水处理 供水 供热 垃圾处理"),
    ("commercial", STRONG, None,
     "商场 超市 酒店 宾馆 饭店 旅馆 旅社 商业 商业街 步行街 商务 商贸 商城 商店 商铺 门市 门面 "
     "营业房 营业厅 营业所 银行 信用社 保险 证券 万达 购物 百货 市场 集贸 农贸 写字楼 影城 影院 "
     "网吧 饭庄 酒楼 餐饮 加油站 加气站 药店 药房 宠物医院 动物医院 宠物 4s店 汽车城 汽修 洗浴 "
     "会所 健身 书店 书城 书局 图书大厦 ktv hotel mall supermarket bank restaurant "
     "shopping_center shopping_centre"),
    ("commercial", WEAK, "government", "招待所 供销社 供销合作"),
    ("unknown", NOWHERE, "other_public",
     "清真寺 寺庙 寺院 道观 拱北 教堂 church mosque temple"),
)  # fmt: skip
_PARTS: tuple[Group, ...] = (
    ("school", STRONG, None, "教学楼 实验楼 教室 校舍 实训"),
    ("hospital", STRONG, None, "门诊 住院 医技楼 病房 急诊"),
    ("government", WEAK, "commercial", "办公 行政楼 业务楼 办公室"),
    ("government", WEAK, "other_public", "管理处 管理站 管理所 管理中心"),
    ("industrial", STRONG, None, "车间 仓库"),
    ("industrial", WEAK, "other_public", "换热站 供热站 泵站"),
    ("commercial", WEAK, "government", "大厦 人大厦"),
    ("commercial", WEAK, "other_public", "广场"),
    ("commercial", WEAK, "school", "餐厅"),
)
_FACILITIES: tuple[Group, ...] = (
    ("other_public", STRONG, None,
     "图书馆 体育馆 体育场 体育中心 游泳馆 活动中心 礼堂 会堂 library stadium gymnasium"),
)  # fmt: skip
_DORMITORIES: tuple[Group, ...] = (
    ("residential", STRONG, None, "宿舍 公寓 dormitory dormitories"),
)
_PRIVATE = "民办 私立 民营"
# Words that only look like a keyword.
_BLIND = (
    "大学生 中学生 小学生 大学城 人大道 布局 格局 结局 全局 大局 局部 卫生间 公安县 统一中心 "
    "一中转 书法院 " + " ".join(f"{n}中队 {n}中心" for n in "一二三四五六七八九十")
)
# Words that say what a building is not.
_NEGATIONS = "非住宅 非居住 非居民"

KEYWORDS: dict[str, Word] = {
    **dict(_words("head", _HEADS)),
    **dict(_words("part", _PARTS)),
    **dict(_words("facility", _FACILITIES)),
    **dict(_words("dormitory", _DORMITORIES)),
    **{word: Word("private") for word in _PRIVATE.split()},
    **{word: Word("blind") for word in _BLIND.split()},
    **{word: Word("negation") for word in _NEGATIONS.split()},
}
# A keyword that names a road or a neighbour says nothing of the building there: 医院路, 学院东路,
# 政府街, 小学对面.
_ELSEWHERE = (
    "(?:[东西南北中一二三四五六七八九十]?(?:路(?![政灯桥段])|大街|街(?!道)|巷|大道)"
    "|旁|斜?对面|附近|隔壁|门口)?"
)
_BUCKET = 14
_PUBLIC = ("government", "school", "hospital", "other_public")


def keywords_in(texts: Iterable[str]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """
    The keywords of each text, in their order, overlaps to the first and longest.

    Parameters
    ----------
    texts : iterable of str
        Plain texts.

    Returns
    -------
    (ndarray (text,), list of tuple)
        Number of each text's row of keywords, and these rows, each once.
    """
    find = keyword_pattern().findall
    rows: dict[tuple[str, ...], int] = {}
    codes = [rows.setdefault(tuple(find(text)), len(rows)) for text in texts]
    return np.array(codes, dtype=np.int64), list(rows)


def sense_of(words: Iterable[str], owner: Sense | None = None) -> tuple[Sense | None, bool]:
    """
    What the keywords of a name say, and whether the name itself says it.

    Parameters
    ----------
    words : iterable of str
        From `keywords_in`.
    owner : Sense, optional
        What the institution's name says; the name's parts and facilities are that one's.

    Returns
    -------
    (Sense or None, bool)
        None where nothing is said; false where only the owner says it.
    """
    head, own, private = owner, False, False
    for text in words:
        word = KEYWORDS.get(text) or KEYWORDS.get(text.removesuffix("s"))
        if word is None or word.sense is None:
            private |= word is not None and word.role == "private"
            continue
        if head is not None and _belongs(word, head):
            continue
        head, own = _next(word, head), True
    if private and head is not None and head.use in {"school", "hospital"}:
        head = Sense(head.use, WEAK, head.alternative or "commercial")
    return head, own


def _belongs(word: Word, head: Sense) -> bool:
    """Whether what the word names is a part of what stands before it."""
    of_house = word.role == "facility" and head.use in {"school", "hospital"}
    return of_house or (word.role == "part" and head.use != "unknown")


def _next(word: Word, head: Sense | None) -> Sense:
    assert word.sense is not None
    sense = word.sense
    if head is None or head.use == sense.use:
        return sense
    if word.role == "dormitory" and head.use == "school":
        return Sense("school", WEAK, "residential")
    if sense.use == "commercial" and head.use in _PUBLIC:
        # The guest house of a government, the shop in a school: whose it is is not said.
        return Sense("commercial", WEAK, head.use)
    return sense


@functools.cache
def keyword_pattern() -> re.Pattern[str]:
    """All keywords, grouped by their first character, the longest first."""
    tails: dict[str, list[str]] = {}
    for word in KEYWORDS:
        tails.setdefault(word[0], []).append(re.escape(word[1:]))
    groups = [(first, _group(first, rest)) for first, rest in tails.items()]
    # A look at the first two characters, and a bucket of alternatives at a time, nearly halve the
    # time of one flat list.
    buckets = [groups[start : start + _BUCKET] for start in range(0, len(groups), _BUCKET)]
    return re.compile(_beginning() + f"(?:{'|'.join(map(_bucket, buckets))})")


def _beginning() -> str:
    """Looks ahead for two characters that a keyword may begin with."""
    first, second = (
        "".join(sorted({word[i] for word in KEYWORDS if len(word) > 1})) for i in (0, 1)
    )
    single = "".join(word for word in KEYWORDS if len(word) == 1)
    return f"(?=[{re.escape(first)}][{re.escape(second)}]|[{re.escape(single)}])"


def _bucket(groups: Sequence[tuple[str, str]]) -> str:
    firsts = re.escape("".join(first for first, _ in groups))
    return f"(?=[{firsts}])(?:{'|'.join(pattern for _, pattern in groups)})"


def _group(first: str, tails: list[str]) -> str:
    longest_first = "|".join(sorted(tails, key=len, reverse=True))
    after = "s?(?![a-z])" if first.isascii() and first.isalpha() else _ELSEWHERE
    return f"{re.escape(first)}(?:{longest_first}){after}"
