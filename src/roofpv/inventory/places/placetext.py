"""Places written in one cell, 106.376,39.013 or 东经106°22′33″ 北纬39°00′47″ -> degrees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.inventory.findings import EMPTIED, Finding, texts_of
from roofpv.inventory.folding import plain_text
from roofpv.inventory.values.numerals import EMPTY_WORDS

Numbers = npt.NDArray[np.float64]

_PAIR = r"^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，;；\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$"
# Sides as letters; x and y are a longitude and a latitude that do not say which half.
_SIDES = (
    (r"东经", "e"), (r"西经", "w"), (r"北纬", "n"), (r"南纬", "s"),
    (r"longitude|long|lon|lng|经度", "x"), (r"latitude|lat|纬度", "y"),
    (r"东", "e"), (r"西", "w"), (r"北", "n"), (r"南", "s"),
)  # fmt: skip
_ANGLE = (
    r"(?P<sign{n}>[+-])?(?P<d{n}>\d{{1,3}}(?:\.\d+)?)(?:\s*[°度:]"
    r"(?:\s*(?P<m{n}>\d{{1,2}}(?:\.\d+)?)\s*['′分:]"
    r"(?:\s*(?P<s{n}>\d{{1,2}}(?:\.\d+)?)(?:\s*(?:''|′′|\"|″|秒))?)?)?)?"
)
_APART = r"[\s,;/|、]"
_SIDED = r"(?P<side{n}>[{letters}])"
_BEFORE = _SIDED.format(n="{n}", letters="ewnsxy") + r"[:=\s]*" + _ANGLE
_AFTER = _ANGLE + r"\s*" + _SIDED.format(n="{n}", letters="ewns")
# The sides stand before both angles, behind both, or nowhere.
_FORMS = tuple(
    re.compile(
        r"(?:point\s*)?[(\[]?\s*" + form.format(n=1) + apart + form.format(n=2) + r"\s*[)\]]?",
        re.ASCII,
    )
    for form, apart in ((_BEFORE, _APART + "*"), (_AFTER, _APART + "*"), (_ANGLE, _APART + "+"))
)
_AXES = {"e": "x", "w": "x", "n": "y", "s": "y"}
_CHINA_LON, _CHINA_LAT = (72.0, 138.0), (0.8, 56.0)


class TextPoints(NamedTuple):
    """Points [°], NaN where a cell says none, and the cells that could not be understood."""

    lon: Numbers
    lat: Numbers
    findings: list[Finding]


@dataclass(frozen=True)
class _Pair:
    """Two angles [°] as they stand, and the side of each: 'x' east-west, 'y' north-south or ''."""

    first: float
    second: float
    sides: str


def points_from_text(
    cells: pd.Series, column: str = "lon", latitude_first: bool | None = None
) -> TextPoints:
    """
    Longitude and latitude of places written in one cell each.

    Decimal degrees or degrees, minutes and seconds, with or without sides (E, N, 东经, 北纬).
    Where a cell names no side, a number above 90 is the longitude; else the order is that of the
    column's other cells, if they agree, or the one that lies in China, or the one that the column's
    header tells; else it is not known.

    Parameters
    ----------
    cells : Series (row,)
    column : str
        Where they were read from.
    latitude_first : bool, optional
        What the header of the column tells; it does not overrule the numbers.

    Returns
    -------
    TextPoints
        Empty cells are NaN without a finding.
    """
    codes, texts = pd.factorize(cells.astype(object), use_na_sentinel=True)
    words = pd.Series([str(text) for text in texts], dtype=object)
    first, second, sided, unread = _numbers(words)
    order = _order(first, second, sided)
    if latitude_first is not None:
        order[order == 0] = -1 if latitude_first else 1
    unclear = np.isfinite(first) & (order == 0)
    lon = np.where(order == 1, first, np.where(order == -1, second, np.nan))
    lat = np.where(order == 1, second, np.where(order == -1, first, np.nan))
    beyond = (np.abs(lon) > 180.0) | (np.abs(lat) > 90.0)
    lon[beyond] = lat[beyond] = np.nan
    # The last entry stands for missing cells, whose code is -1.
    pick = [np.r_[values, fill][codes] for values, fill in ((lon, np.nan), (lat, np.nan))]
    findings = [
        *_emptied("PLACE_UNREAD", column, np.r_[unread | beyond, False][codes], cells),
        *_emptied("PLACE_UNCLEAR", column, np.r_[unclear, False][codes], cells),
    ]
    return TextPoints(pick[0], pick[1], findings)


def _numbers(words: pd.Series) -> tuple[Numbers, Numbers, npt.NDArray[np.int8], np.ndarray]:
    """Both numbers of each text, the order that its sides tell (1, -1 or 0), and what is unread."""
    plain = words.str.extract(_PAIR, flags=re.ASCII)
    first = pd.to_numeric(plain[0]).to_numpy(dtype=float, copy=True)
    second = pd.to_numeric(plain[1]).to_numpy(dtype=float, copy=True)
    sided = np.zeros(len(words), dtype=np.int8)
    unread = np.zeros(len(words), dtype=bool)
    for at in np.flatnonzero(np.isnan(first)):
        text = plain_text(words.iloc[at])
        pair = _pair(text)
        if pair is None:
            unread[at] = text not in EMPTY_WORDS
        else:
            first[at], second[at] = pair.first, pair.second
            sided[at] = {"xy": 1, "yx": -1}.get(pair.sides, 0)
    return first, second, sided, unread


def _pair(text: str) -> _Pair | None:
    for word, letter in _SIDES:
        text = re.sub(word, letter, text)
    found = next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)
    if found is None:
        return None
    sides = [found.groupdict().get(f"side{n}") or "" for n in "12"]
    first, second = (_degrees(found, n, side) for n, side in zip("12", sides, strict=True))
    axes = "".join(_AXES.get(side, side) for side in sides)
    if first is None or second is None or axes in {"xx", "yy"}:
        return None
    return _Pair(first, second, axes)


def _degrees(found: re.Match[str], n: str, side: str) -> float | None:
    """One angle of the text; None where it cannot be one."""
    minutes, seconds = float(found[f"m{n}"] or 0), float(found[f"s{n}"] or 0)
    value = float(found[f"d{n}"])
    broken = found[f"m{n}"] is not None and not value.is_integer()
    negative = found[f"sign{n}"] == "-"
    if minutes >= 60.0 or seconds >= 60.0 or broken or (negative and side in {"w", "s"}):
        return None
    value += minutes / 60.0 + seconds / 3600.0
    return -value if negative or side in {"w", "s"} else value


def _order(first: Numbers, second: Numbers, sided: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """1 where longitude comes first, -1 where latitude does, 0 where it is not known."""
    order = np.where(sided != 0, sided, 0).astype(np.int8)
    open_ = (order == 0) & np.isfinite(first)
    order[open_ & (np.abs(first) > 90.0) & (np.abs(second) <= 90.0)] = 1
    order[open_ & (np.abs(second) > 90.0) & (np.abs(first) <= 90.0)] = -1
    certain = np.unique(order[open_ & (order != 0)])
    open_ &= order == 0
    if certain.size == 1:
        order[open_] = certain[0]
        return order
    straight = _in_china(first, second)
    turned = _in_china(second, first)
    order[open_ & straight & ~turned] = 1
    order[open_ & turned & ~straight] = -1
    return order


def _in_china(lon: Numbers, lat: Numbers) -> np.ndarray:
    along = (lon >= _CHINA_LON[0]) & (lon <= _CHINA_LON[1])
    return along & (lat >= _CHINA_LAT[0]) & (lat <= _CHINA_LAT[1])


def _emptied(code: str, column: str, where: np.ndarray, cells: pd.Series) -> list[Finding]:
    at = np.flatnonzero(where)
    return [Finding(EMPTIED, code, column, at, texts_of(cells.iloc[at]))] if at.size else []
