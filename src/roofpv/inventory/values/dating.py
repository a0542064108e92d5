"""A cell that tells a day, a month or a year -> the day that it certainly stands for."""

from __future__ import annotations

import re
from datetime import date, timedelta

from roofpv.inventory.folding import plain_text
from roofpv.inventory.values.numerals import EMPTY_WORDS, LONGEST, chinese_number

FIRST_YEAR, LAST_YEAR = 1000, 2100
# Two digits: 00 to 26 are of this century.
_THIS_CENTURY = 27
# Excel counts days from here; counts of fewer digits are no dates of buildings.
_EXCEL_ZERO, _EXCEL_FIRST, _EXCEL_LAST = date(1899, 12, 30), 20_000, 60_000
BAD = frozenset({"NOT_A_DATE", "DATE_NOT_CERTAIN"})

_TIME = re.compile(r"(?<=\d)(?:t| )\s*\d{1,2}:\d{2}.*$|(?<=\d)t\d{2,6}.*$", re.ASCII)
_ENDING = re.compile(r"(?:建成|建造|建设|竣工|修建|落成|投用|建|底|末)$")
_ABOUT = re.compile(r"^(?:大约|约为|约|大概|~|≈|circa|ca\.?|c\.|about)\s*|\s*(?:左右|前后|初)$")
_NOT_CERTAIN = re.compile(
    r"\d0\s*(?:年代|'?s)|世纪|century|^c\d|before|after|以前|之前|以后|之后|年前|年后|半年"
    r"|\.\.|[~至到<>?]|^\d{4}[-/]\d{4}$"
)
_YEAR = re.compile(r"(\d{4})(?:\.0)?年?(?:度)?", re.ASCII)
_YEAR_MONTH = re.compile(r"(\d{4})(?:[-/]|年)(\d{1,2})月?", re.ASCII)
_DECIMAL_MONTH = re.compile(r"(\d{4})\.(\d{1,2})", re.ASCII)
_DAY = re.compile(r"(\d{4})(?:[-/. ]|年)(\d{1,2})(?:[-/. ]|月)(\d{1,2})日?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.0+)?", re.ASCII)
_TWO_DIGITS = re.compile(r"'?(\d{2})年?(?:(?<=年)(\d{1,2})月(?:(\d{1,2})日)?)?", re.ASCII)
_DAY_LAST_YEAR = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_CHINESE_YEAR = re.compile(
    r"([零一二三四五六七八九]{4})年?(?:度)?(?:([一二三四五六七八九十]{1,3})月)?"
)

Day = tuple[date | None, str]


def read_day(text: str) -> Day:
    """
    Day that a cell stands for, and how it was written.

    A year stands for its last day, a month for its own: completed by the end of it. The code is
    empty where nothing had to be decided, one of ``BAD`` where there is no day, else what was
    repaired.

    Parameters
    ----------
    text : str
    """
    if len(text) > LONGEST:
        return None, "NOT_A_DATE"
    plain = plain_text(text).strip("'\"。; ")
    if plain in EMPTY_WORDS:
        return None, ""
    plain = _TIME.sub("", plain)
    if _ABOUT.search(plain):
        day, code = _certain(_ABOUT.sub("", plain).strip())
        return day, "APPROXIMATE" if day else code
    if _NOT_CERTAIN.search(plain):
        return None, "DATE_NOT_CERTAIN"
    day, code = _certain(_ENDING.sub("", plain).strip())
    wide = any("\uff10" <= c <= "\uff19" for c in text)
    return day, code or ("FULL_WIDTH" if wide else "")


def _certain(plain: str) -> Day:
    for read in (_year, _month, _full, _compact, _serial, _short, _day_first, _chinese):
        found = read(plain)
        if found is not None:
            day, code = found
            sensible = day is not None and FIRST_YEAR <= day.year <= LAST_YEAR
            return (day, code) if sensible else (None, code if code in BAD else "NOT_A_DATE")
    return None, "NOT_A_DATE"


def _year(plain: str) -> Day | None:
    found = _YEAR.fullmatch(plain)
    return (_end(int(found[1])), "") if found else None


def _month(plain: str) -> Day | None:
    if found := _YEAR_MONTH.fullmatch(plain):
        return _known(_end(int(found[1]), int(found[2])), "")
    if found := _DECIMAL_MONTH.fullmatch(plain):
        # A sheet drops the last nought: 1998.1 may have been 1998.10. The year is certain.
        if found[2] == "1":
            return _end(int(found[1])), "MONTH_UNCLEAR"
        return _known(_end(int(found[1]), int(found[2])), "DECIMAL_MONTH")
    return None


def _full(plain: str) -> Day | None:
    found = _DAY.fullmatch(plain)
    return _known(_date(int(found[1]), int(found[2]), int(found[3])), "") if found else None


def _compact(plain: str) -> Day | None:
    found = _COMPACT.fullmatch(plain)
    if not found:
        return None
    year, month = int(found[1]), int(found[2])
    return _known(_date(year, month, int(found[3])) if found[3] else _end(year, month), "")


def _serial(plain: str) -> Day | None:
    found = _SERIAL.fullmatch(plain)
    if not found or not _EXCEL_FIRST <= int(found[1]) <= _EXCEL_LAST:
        return None
    return _EXCEL_ZERO + timedelta(days=int(found[1])), "EXCEL_DATE"


def _short(plain: str) -> Day | None:
    found = _TWO_DIGITS.fullmatch(plain.removesuffix(".0"))
    if not found:
        return None
    two = int(found[1])
    year = two + (2000 if two < _THIS_CENTURY else 1900)
    month = int(found[2]) if found[2] else None
    day = _date(year, month, int(found[3])) if month and found[3] else _end(year, month or 12)
    return _known(day, "TWO_DIGIT_YEAR")


def _day_first(plain: str) -> Day | None:
    """Day, month and year: with dots as in Europe, else only where one of them can be no month."""
    found = _DAY_LAST_YEAR.fullmatch(plain)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if found[2] == "." or first > 12 or first == second:
        return _known(_date(year, second, first), "DAY_FIRST")
    if second > 12:
        return _known(_date(year, first, second), "MONTH_FIRST")
    return None, "DATE_NOT_CERTAIN"


def _chinese(plain: str) -> Day | None:
    found = _CHINESE_YEAR.fullmatch(plain)
    if not found:
        return None
    year = chinese_number(found[1])
    month = chinese_number(found[2]) if found[2] else 12.0
    return _known(_end(int(year or 0), int(month or 0)), "CHINESE_NUMERALS")


def _known(day: date | None, code: str) -> Day:
    return day, code if day else "NOT_A_DATE"


def _end(year: int, month: int = 12) -> date | None:
    """Last day of a month."""
    following = _date(year + month // 12, month % 12 + 1, 1) if 1 <= month <= 12 else None
    return following - timedelta(days=1) if following else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
