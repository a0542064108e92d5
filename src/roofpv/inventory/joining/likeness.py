"""Names in a form in which two writings of one name are equal, and how alike two names are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from roofpv.inventory.classes.wording import distinct_texts, plain

# What a name may begin with or not: 石嘴山市第一中学 is 第一中学.
_CITIES = ("宁夏回族自治区", "宁夏", "石嘴山市")
_DISTRICTS = ("大武口区", "惠农区", "平罗县")
_SHORTEST_REST = 3
_LONGEST_GENERIC = 12
_LONGEST_COMPARED = 100  # no name is longer, and the work grows with the square
_NUMERALS = str.maketrans("一二三四五六七八九零", "1234567890")
_WITHOUT_NUMBER = str.maketrans("", "", "0123456789号栋幢座楼")
# Names that hundreds of buildings have: alone they name none.
_GENERIC_WORDS = (
    "办公 办公大 综合 综合办公 行政 行政办公 主 附 教学 综合教学 实验 宿舍 学生宿舍 教师宿舍 "
    "职工宿舍 公寓 学生公寓 门诊 住院 医技 急诊 病房 食堂 餐厅 车库 车棚 仓库 库房 厂房 车间 "
    "配电室 锅炉房 门卫 门卫室 值班室 传达室 图书馆 体育馆 礼堂 会议室 活动室 活动中心 平房 家属 "
    "住宅 商业 业务 业务用房 办公用房 公厕 卫生间 幼儿园 小学 中学 医院 学校 卫生室 卫生院 村委会 "
    "居委会 派出所 大 东 西 南 北 a b c d building yes"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
# Where two names differ in one of these they name two houses: 第三小学 is not 第二小学.
_TELLING = frozenset(
    "一二三四五六七八九十百千甲乙丙丁戊东西南北中上下左右前后新老旧大小内外男女初高幼附"
)


@dataclass(frozen=True, eq=False)
class Names:
    """A column of names: what is left without the place they begin with, and that place."""

    core: np.ndarray
    place: np.ndarray

    @property
    def stated(self) -> np.ndarray:
        """Where there is a name."""
        return self.core != ""

    def where(self, mask: np.ndarray) -> Names:
        """The names where the mask is true, no names elsewhere."""
        return Names(np.where(mask, self.core, ""), np.where(mask, self.place, ""))


def names_of(column: pd.Series | None, rows: int, places: Iterable[str]) -> Names:
    """
    Read a column of names.

    Parameters
    ----------
    column : Series (row,), optional
    rows : int
    places : iterable of str
        Districts that names may begin with, beside those known.

    Returns
    -------
    Names
    """
    if column is None:
        return Names(*np.full((2, rows), "", dtype=object))
    codes, texts = distinct_texts(column)
    known = {squeezed(place) for place in (*_CITIES, *_DISTRICTS, *places)} - {""}
    starts = tuple(sorted(known, key=lambda place: (-len(place), place)))
    parts = [_split(squeezed(text), starts) for text in texts] + [("", "")]
    core, place = (np.array(part, dtype=object) for part in zip(*parts, strict=True))
    return Names(core[codes], place[codes])


def squeezed(text: str) -> str:
    """A plain text without blanks and signs; numerals as digits, 3# as 3号."""
    told = text.replace("#", "号").translate(_NUMERALS)
    return told if told.isalnum() else "".join(c for c in told if c.isalnum())


def _split(name: str, starts: tuple[str, ...]) -> tuple[str, str]:
    place = ""
    while name.startswith(starts):
        found = next(start for start in starts if name.startswith(start))
        if len(name) - len(found) < _SHORTEST_REST:
            break
        name, place = name[len(found) :], found
    return name, place


def district_of(text: object) -> str:
    """A district by its bare name: 石嘴山市大武口区 is 大武口."""
    name = squeezed(plain(str(text)))
    for city in _CITIES:
        name = name.removeprefix(city) or name
    return name[:-1] if len(name) > 2 and name[-1] in "区县市旗" else name


def is_generic(core: str) -> bool:
    """Whether a name says what a building is, but not which."""
    if len(core) > _LONGEST_GENERIC:
        return False
    bare = core.translate(_WITHOUT_NUMBER)
    return not bare or bare in _GENERIC


def fit(one: str, other: str) -> bool:
    """Whether two places (or districts) may be the same: they are, or one is not stated."""
    return not one or not other or one == other


def alike(one: str, other: str, least: float) -> float:
    """
    How alike two names are, from 0 to 1.

    Parameters
    ----------
    one, other : str
    least : float
        Below this it is 0.

    Returns
    -------
    float
        0 also where they differ in a numeral, a letter or a word that tells two houses apart.
    """
    if one == other:
        return 1.0
    both = len(one) + len(other)
    if both > 2 * _LONGEST_COMPARED:
        return 0.0
    common = min(sum(c in other for c in one), sum(c in one for c in other))
    if 2 * common < least * both or _telling(one) != _telling(other):
        return 0.0
    ratio = difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
    return ratio if ratio >= least else 0.0


def _telling(name: str) -> str:
    return "".join(c for c in name if c.isascii() or c in _TELLING)


def nearly_equal(ones: Iterable[str], others: Iterable[str]) -> Iterator[tuple[str, str]]:
    """
    Pairs of names that are equal once each has lost at most one character.

    Parameters
    ----------
    ones, others : iterable of str
        Distinct names.

    Yields
    ------
    (str, str)
        In the order of the others; a name that stands in both is not paired with itself.
    """
    shorter: dict[str, list[str]] = {}
    for one in ones:
        for form in _shortened(one):
            shorter.setdefault(form, []).append(one)
    for other in others:
        forms = _shortened(other)
        if not shorter.keys().isdisjoint(forms):
            found = {one for form in forms for one in shorter.get(form, ())}
            yield from ((one, other) for one in sorted(found - {other}))


def _shortened(name: str) -> set[str]:
    if len(name) > _LONGEST_COMPARED:
        return {name}
    return {name, *[name[:i] + name[i + 1 :] for i in range(len(name))]}
