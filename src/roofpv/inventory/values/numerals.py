"""A cell that is no plain number -> the number that it certainly is, or why it is none."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from roofpv import schema
from roofpv.inventory.folding import plain_text
from roofpv.inventory.values.units import factor, is_unit

# No number, date or remark beside one is longer.
LONGEST = 100
# Why a cell is no number; every other code is how it was written.
BAD = frozenset(
    {"NOT_A_NUMBER", "NOT_CERTAIN", "OTHER_UNIT", "EXCEL_ERROR", "DATE_IN_CELL",
     "PV_WITHOUT_SIZE"}
)  # fmt: skip
# As ``plain_text`` writes them.
EMPTY_WORDS = frozenset(
    {
        "", "无", "暂无", "没有", "不详", "不明", "未知", "未填", "未填写", "待定", "待查",
        "待核实", "空", "缺", "缺失", "暂缺", "无数据", "无资料", "/", "//", "\\", "-", "--", "---",
        "...", "n/a", "na", "nan", "nil", "null", "none", "<na>", "unknown", "no data", "nodata",
        "tbd",
    }
)  # fmt: skip
_NONE_WORDS = frozenset({"无", "没有", "暂无", "未安装", "未装", "否", "no"})
_PV_WORDS = frozenset(
    {"有", "是", "已有", "已装", "已安装", "已建", "已建成", "已并网", "部分", "部分安装", "√", "✓",
     "✔", "yes", "y", "true"}
)  # fmt: skip
_PV = frozenset({"existing_pv_kwp", "existing_pv_area_m2", "existing_pv_kwh"})
_EXCEL_ERROR = re.compile(r"#(?:n/a|ref!|div/0!|value!|name\?|num!|null!|spill!|calc!)")
_ABOUT = r"大约|约为|约|大概|近|≈|~|±|circa|ca\.?|approx\.?|approximately|about"
_ABOUT_BEFORE = re.compile(rf"(?:{_ABOUT})\s*")
_ABOUT_AFTER = re.compile(
    r"^[余多](?=\D|$)|\(?(?:左右|上下|估算|估计|估)\)?$|(?<=\S)\+$|^\s*±$", re.ASCII
)
_BOUND = re.compile(r"以上|以下|以内|不足|不到|超过|至少|至多|大于|小于|[<>≥≤]|局部")
_BESIDE = re.compile(r"(?:共计|共|合计|总计|总|高度|高)\s*:?\s*(?=[\d约零一二两三四五六七八九十])")
_DIGITS = re.compile(r"[+-]?(?:\d[\d,.'。 ]*\d|\.?\d+)\.?(?:e[+-]?\d+)?", re.ASCII)
_CHINESE = re.compile(r"[零一二两三四五六七八九十百千]+")
_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
# A plain number and a unit, by far the commonest: 4 times as fast as the whole way.
_SIMPLE = re.compile(r" *(\d+(?:\.\d+)?) *([^\d\s+~,.;/'-][^\s,;/~-]{0,11}) *", re.ASCII)
_SPECIAL = frozenset({"lon", "lat"})
# Thousands in groups of three; then decimal commas that cannot be thousands.
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:(?:,\d{3})+(?:\.\d+)?|(?:[' ]\d{3})+(?:[.,]\d+)?)", re.ASCII)
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}", re.ASCII)
_COMMA = re.compile(r"\d+,(?:\d{1,2}|\d{4,})|0,\d+|\d{4,},\d{3}", re.ASCII)


class Reading(NamedTuple):
    """
    Number that a cell was taken as, in our unit, and how it was written.

    ``code`` is empty for an empty cell, one of ``BAD`` where the value is NaN for a reason, else
    what was repaired.
    """

    value: float
    code: str


def read_number(text: str, column: schema.Column, scale: float = 1.0) -> Reading:
    """
    Read one cell.

    Parameters
    ----------
    text : str
    column : Column
        The column that it stands in, whose unit is the one of the result.
    scale : float
        Our units in one of the column's as the file states it, for a cell without a unit of its
        own.
    """
    if simple := _SIMPLE.fullmatch(text):
        one = factor(simple[2], column.unit)
        if one is not None and column.name not in _SPECIAL:
            return Reading(float(simple[1]) * one, "UNIT_IN_CELL")
    if len(text) > LONGEST:
        return _bad("NOT_A_NUMBER")
    plain = plain_text(text).strip('"。; ').removeprefix("'").strip()
    if plain.startswith('="'):
        plain = plain[2:]
    if column.name.startswith("existing_pv_") and plain in _NONE_WORDS:
        return Reading(0.0, "NONE_IS_ZERO")
    if plain in EMPTY_WORDS:
        return Reading(math.nan, "")
    if _EXCEL_ERROR.fullmatch(plain):
        return _bad("EXCEL_ERROR")
    special = _special(plain, column) or _existing_pv(plain, column, scale)
    return special or _number(plain, column.unit, scale)


def _bad(code: str) -> Reading:
    return Reading(math.nan, code)


def _special(plain: str, column: schema.Column) -> Reading | None:
    """What only some columns can hold: storeys below ground, degrees and minutes, a direction."""
    if column.name == "floors":
        return _storeys(plain)
    if column.name in _SPECIAL:
        return _degrees(plain)
    if column.name == "surface_azimuth" and plain in _COMPASS:
        return Reading(_COMPASS[plain], "COMPASS")
    return _live_load(plain) if column.name == "roof_live_load_kn_per_m2" else None


def _existing_pv(plain: str, column: schema.Column, scale: float) -> Reading | None:
    """PV that is there: numbers with a plus between them, or a word that tells no size."""
    if column.name not in _PV:
        return None
    if plain in _PV_WORDS:
        return _bad("PV_WITHOUT_SIZE")
    parts = plain.split("+")
    if len(parts) == 1 or not all(parts):
        return None
    read = [_number(part.strip(), column.unit, scale) for part in parts]
    bad = next((one for one in read if one.code in BAD), None)
    return bad or Reading(sum(one.value for one in read), "SUM")


def _number(plain: str, ours: str, scale: float) -> Reading:
    code = "FULL_WIDTH"
    if _BOUND.search(plain):
        return _bad("NOT_CERTAIN")
    text = _BESIDE.sub("", plain, count=1) if _BESIDE.match(plain) else plain
    if text != plain:
        code = "WORDS_IN_CELL"
    about = _ABOUT_BEFORE.match(text)
    text = text[about.end() :] if about else text
    found = _DIGITS.match(text)
    if found:
        value, how = _digits(found[0])
    elif found := _CHINESE.match(text):
        value, how = chinese_number(found[0]), "CHINESE_NUMERALS"
    else:
        return _bad("NOT_A_NUMBER")
    rest = text[found.end() :].strip()
    bare = _ABOUT_AFTER.sub("", rest).strip()
    if value is None or not math.isfinite(value):
        return _bad("NOT_A_NUMBER")
    one = factor(bare, ours) if bare else scale
    if one is None:
        return _bad(_why_not(bare))
    code = "UNIT_IN_CELL" if bare else how or code
    return Reading(value * one, "APPROXIMATE" if about or bare != rest else code)


def _why_not(rest: str) -> str:
    if is_unit(rest):
        return "OTHER_UNIT"
    return "NOT_CERTAIN" if rest == "+" or re.search(r"\d", rest) else "NOT_A_NUMBER"


def _digits(text: str) -> tuple[float | None, str]:
    """Value of digits with whatever separates them, and how they were written."""
    sign = -1.0 if text.startswith("-") else 1.0
    body = text.lstrip("+-").rstrip(".").replace("。", ".")
    try:
        return sign * float(body), ""
    except ValueError:
        pass
    if _GROUPED.fullmatch(body):
        apart = re.sub(r"[' ]", "", body)
        plain = apart.replace(",", ".") if apart != body else body.replace(",", "")
    elif _DOTTED.fullmatch(body):
        plain = body.replace(".", "").replace(",", ".")
    elif _COMMA.fullmatch(body):
        plain = body.replace(",", ".")
    else:
        return None, ""
    return sign * float(plain), "SEPARATORS"


def chinese_number(text: str) -> float | None:
    """Value of Chinese numerals, 一百二十 or 二零; None where they make no number."""
    if not any(c in _TENS for c in text):
        digits = "".join(str(_NUMERALS[c]) for c in text if c in _NUMERALS)
        return float(digits) if len(digits) == len(text) and digits else None
    total, digit, last = 0, 0, 10_000
    for c in text:
        if c in _TENS:
            if _TENS[c] >= last:
                return None
            last = _TENS[c]
            total += (digit or 1) * last
            digit = 0
        elif digit:
            return None
        else:
            digit = _NUMERALS[c]
    return float(total + digit)


_COUNT = r"(\d{1,3}(?:\.5)?|[零一二两三四五六七八九十]{1,3})(?:层楼|层|楼|f)?"
_BELOW = r"(?:地下|负|-|b)"
_ABOVE_FIRST = re.compile(
    rf"(地上)?{_COUNT}[,;、/+(]*(?<=[,;、/+(层楼f])({_BELOW})?{_COUNT}\)?", re.ASCII
)
_ABOVE_ONLY = re.compile(rf"地上{_COUNT}", re.ASCII)
_BELOW_FIRST = re.compile(rf"{_BELOW}{_COUNT}[,;、/+]*(地上)?(?<=[,;、/+上]){_COUNT}", re.ASCII)
_SINGLE = {"单层": 1.0, "平房": 1.0}


def _storeys(plain: str) -> Reading | None:
    """Storeys above ground where those below are given too."""
    text = plain.replace(" ", "")
    if text in _SINGLE:
        return Reading(_SINGLE[text], "CHINESE_NUMERALS")
    if only := _ABOVE_ONLY.fullmatch(text):
        return Reading(_count(only[1]), "WORDS_IN_CELL")
    if first := _BELOW_FIRST.fullmatch(text):
        return Reading(_count(first[3]), "STOREYS_ABOVE")
    both = _ABOVE_FIRST.fullmatch(text)
    if not both:
        return None
    above, below = _count(both[2]), _count(both[4])
    apart = "+" in text or "/" in text
    told = bool(both[3]) or (apart and below <= min(2.0, above - 1))
    return Reading(above, "STOREYS_ABOVE") if told else _bad("NOT_CERTAIN")


def _count(text: str) -> float:
    return float(text) if text[0].isdigit() else chinese_number(text) or 0.0


# The characteristic live load of a roof that people may walk on, and of one that they may not:
# GB 50009-2012, table 5.3.1. [kN/m2]
_WALKED_ON, _NOT_WALKED_ON = 2.0, 0.5
_NOT_ACCESS = re.compile(
    r"(?:屋[面顶])?(?:不可|不能|不|非)上人(?:的|平)?(?:屋[面顶])?"
    r"|(?:not |non-|in)accessible(?: roof)?"
)
_ACCESS = re.compile(
    r"(?:屋[面顶])?(?:可|能)?上人(?:的|平)?(?:屋[面顶])?|accessible(?: roof)?"
)  # fmt: skip


def _live_load(plain: str) -> Reading | None:
    """Load of a roof that is only told to be walked on or not."""
    if _NOT_ACCESS.fullmatch(plain):
        return Reading(_NOT_WALKED_ON, "ROOF_ACCESS")
    return Reading(_WALKED_ON, "ROOF_ACCESS") if _ACCESS.fullmatch(plain) else None


_ANGLE = re.compile(
    r"(?P<before>东经|西经|北纬|南纬|[nsew])?\s*(?P<d>\d{1,3}(?:\.\d+)?)\s*[°度]?"
    r"(?:\s*(?P<m>\d{1,2}(?:\.\d+)?)\s*['′分](?:\s*(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:''|′′|\"|″|秒)?)?)?"
    r"\s*(?P<after>[nsew])?",
    re.ASCII,
)


def _degrees(plain: str) -> Reading | None:
    """Longitude or latitude with degrees and minutes, or with its hemisphere."""
    found = _ANGLE.fullmatch(plain)
    if not found or (found["before"] and found["after"]):
        return None
    minutes, seconds = float(found["m"] or 0), float(found["s"] or 0)
    if minutes >= 60 or seconds >= 60:
        return _bad("NOT_A_NUMBER")
    half = (found["before"] or found["after"] or "").strip("经纬")
    sign = -1.0 if half in ("西", "南", "s", "w") else 1.0
    value = float(found["d"]) + minutes / 60 + seconds / 3600
    return Reading(sign * value, "DEGREES")


_POINTS = ("n", "nne", "ne", "ene", "e", "ese", "se", "sse", "s", "ssw", "sw", "wsw", "w", "wnw",
           "nw", "nnw")  # fmt: skip
_EIGHT = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
_EIGHT_ENGLISH = (
    "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest",
)  # fmt: skip
_FACING = ("{}", "正{}", "朝{}", "{}向")
_COMPASS = (
    {name: 22.5 * i for i, name in enumerate(_POINTS)}
    | {name: 45.0 * i for i, name in enumerate(_EIGHT_ENGLISH)}
    | {facing.format(c): 45.0 * i for i, c in enumerate(_EIGHT) for facing in _FACING}
    | {"坐北朝南": 180.0, "坐南朝北": 0.0, "坐西朝东": 90.0, "坐东朝西": 270.0}
)
