"""By which tariff a building pays: an id, or a class of prices by the words of bills."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.inventory.classes.wording import distinct_texts
from roofpv.inventory.findings import DOUBTFUL, Finding, found
from roofpv.inventory.values.numerals import EMPTY_WORDS

# The classes of Chinese sales prices; 工商业 by one rate or by two are those of the bills since
# 2021. What pays as homes do is of their class: 学校教学和学生生活用电.
_WORDS = {
    "residential": "居民 居民生活 居民类 合表 居民合表 合表居民 合表用户 一户一表 "
    "城镇居民 农村居民 城乡居民 学校 学校教学 学校教学和学生生活 教学和学生生活 学生生活 "
    "home homes domestic household",
    "general": "工商业 一般工商业 一般工商业及其他 一般工商业和其他 一般工商业单一制 工商业单一制 "
    "单一制 单一制工商业 工商业及其他 非工业 非居民 非居民照明 商业 普通工业 非普工业 普非工业 "
    "commercial business general_commercial",
    "large_industrial": "大工业 大工业两部制 工商业两部制 两部制 两部制工商业 一般工商业两部制 "
    "industrial large_industry",
}
_CLASS_OF = {word: name for name, words in _WORDS.items() for word in words.split()} | {
    name: name for name in (*schema.TARIFF_CATEGORIES, *schema.TARIFFS)
}
# 执行居民生活用电价格 is 居民生活.
_AROUND = re.compile(r"^(?:执行|按)|(?:价格|电价|电费|类别|类电价)?(?:标准)?(?:执行)?$")
_BREAKS = re.compile(r"[()（）,，、/\s·-]+")


def tariffs(column: pd.Series) -> tuple[pd.Series, list[Finding]]:
    """
    Tariff by which each building pays.

    Parameters
    ----------
    column : Series (row,)
        As the file words it: an id, or a class of prices in our words or those of bills.

    Returns
    -------
    (Series (row,), list of Finding)
        One of ``schema.TARIFF_CATEGORIES`` or ``schema.TARIFFS``; another word as it stands,
        which may be the id of a user's own tariff; None where nothing is said.
    """
    codes, texts = distinct_texts(column)
    at, first = np.unique(codes, return_index=True)
    stands = {int(code): str(column.iloc[row]).strip() for code, row in zip(at, first, strict=True)}
    taken: list[str | None] = []
    lost = []
    for code, text in enumerate(texts):
        blank, name = text in EMPTY_WORDS, _class_of(text)
        taken.append(None if blank else name or stands[code])
        lost.append(not blank and name is None)
    where = np.array([*lost, False])[codes]
    findings = found(DOUBTFUL, "TARIFF_NOT_UNDERSTOOD", "tariff", where, column)
    values = np.array([*taken, None], dtype=object)[codes]
    return pd.Series(values, index=column.index, name="tariff", dtype=object), findings


def _class_of(text: str) -> str | None:
    short = _BREAKS.sub("", _AROUND.sub("", text).replace("用电", ""))
    spelt = (text, short, _BREAKS.sub("_", text), text.replace("_", "-"))
    return next((_CLASS_OF[one] for one in spelt if one in _CLASS_OF), None)
