"""Rows between headers and data: units, hints to whoever fills in the form, column numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from roofpv.inventory.folding import plain_text
from roofpv.inventory.values.units import factor, is_unit

_BRACKETS = "()[]{}<>【】〔〕「」:"
_DASHES = frozenset({"", "-", "--", "/", "\\", "|", "*", "无", "."})
_LABELS = frozenset({"单位", "计量单位", "unit", "units"})
# Beside what units.py knows: dates have none there.
_MORE_UNITS = frozenset({"年", "月", "日", "年月", "年份", "年/月", "年月日", "yyyy", "yyyy-mm-dd"})
_HINTS = frozenset(
    {
        "必填", "选填", "可选", "文本", "文字", "数字", "数值", "整数", "小数", "日期", "下拉",
        "下拉选择", "required", "optional", "text", "number", "integer", "date",
    }
)  # fmt: skip
# Words that are units of something, and as often the whole content of a cell.
_NOT_TELLING = frozenset({"平", "个", "楼", "f", "t", "间", "户", "人"})
_UNIT_ABOVE = re.compile(r"(?:计量|面积)?单位\s*[:：]\s*(.+)")
_OURS = ("m", "m2", "kWh", "kWp", "deg", "")


def says_unit(text: str) -> bool:
    """Whether a cell of a header is a unit and nothing else."""
    bare = _bare(text)
    return bare in _MORE_UNITS or (bare not in _DASHES and is_unit(bare))


def belongs_to_units(text: str) -> bool:
    """Whether a cell may stand in a row of units: a unit, a dash, a hint."""
    bare = _bare(text)
    return bare in _DASHES or bare in _LABELS or bare in _HINTS or says_unit(text)


def same_unit(one: str, other: str) -> bool:
    """Whether two cells say the same unit, in whatever writing; "" is none."""
    first, second = _bare(one), _bare(other)
    factors = [(factor(first, ours), factor(second, ours)) for ours in _OURS]
    return first == second or any(a is not None and a == b for a, b in factors)


def is_unit_row(texts: Sequence[str]) -> bool:
    """Whether these are the cells of a row of units, or of hints, and of nothing else."""
    telling = [text for text in texts if says_unit(text) or _bare(text) in _HINTS]
    sure = [text for text in telling if _bare(text) not in _NOT_TELLING]
    hints = all(_bare(text) in _HINTS for text in telling)
    return all(map(belongs_to_units, texts)) and len(sure) >= (2 if hints else 1)


def is_numbering(texts: Sequence[str], named: int) -> bool:
    """Whether these number the columns, as statistical forms do: 甲 乙 1 2 3."""
    bare = [*map(_bare, texts)]
    stems = 0
    while stems < len(bare) and bare[stems] == "甲乙丙丁戊己"[stems : stems + 1]:
        stems += 1
    rest = bare[stems:]
    counted = rest == [str(number) for number in range(1, len(rest) + 1)]
    return counted and len(bare) == named >= (3 if stems else 5)


def unit_above(texts: Iterable[str]) -> str:
    """The text above the headers that states a unit for the whole sheet, or nothing."""
    for text in texts:
        matched = _UNIT_ABOVE.match(text)
        if matched and any(map(says_unit, re.split(r"[、,，;；\s]+", matched[1]))):
            return text
    return ""


def _bare(text: str) -> str:
    return plain_text(text).strip(_BRACKETS + " ")
