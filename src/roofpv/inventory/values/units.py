"""Units as people write them: what they measure, and how many of ours they are."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from roofpv.inventory.folding import plain_text

# Our unit -> what others write for it and how many of ours that is; "" counts storeys. One text may
# stand in two places: 度 is a kWh of a meter and a degree of an angle.
_UNITS: Mapping[str, Mapping[float, str]] = {
    "m": {
        1.0: "m 米 公尺 meter meters metre metres",
        0.3048: "ft feet foot 英尺",
        0.01: "cm 厘米 公分",
        0.001: "mm 毫米",
        1000.0: "km 千米 公里",
    },
    "m2": {
        1.0: "m2 m^2 m**2 sqm sq.m 平方米 平米 平方公尺 平方 平 squaremeter squaremeters "
        "squaremetre squaremetres",
        10_000.0: "ha 公顷 hectare hectares",
        10_000.0 / 15.0: "亩 市亩 mu",
        0.09290304: "ft2 ft^2 sqft sq.ft 平方英尺 squarefeet squarefoot",
        4046.8564224: "acre acres 英亩",
        1e6: "km2 km^2 平方千米 平方公里",
        1e-4: "cm2 平方厘米",
    },
    "kWh": {
        1.0: "kwh 度 度电 千瓦时 千瓦小时 千瓦·时 kw·h kw.h",
        1000.0: "mwh 兆瓦时",
        1e6: "gwh 吉瓦时",
        0.001: "wh 瓦时",
    },
    "kWp": {
        1.0: "kw kwp 千瓦 千瓦峰值 kwdc",
        1000.0: "mw mwp 兆瓦",
        0.001: "w wp 瓦",
        1e6: "gw gwp 吉瓦",
    },
    "deg": {1.0: "deg 度 ° degree degrees", 57.29577951308232: "rad 弧度"},
    "kN/m2": {
        1.0: "kn/m2 kn/m^2 kpa 千牛/平方米 千牛/m2 千牛每平方米 千帕",
        0.001: "pa n/m2 帕",
        0.00980665: "kg/m2 kgf/m2 公斤/平方米 千克/平方米 公斤/m2 千克/m2",
    },
    "": {1.0: "层 楼 层楼 f fl 个 floor floors storey storeys story stories level levels"},
    "dwellings": {1.0: "户 套 dwelling dwellings unit units"},
    "W/ft2": {1.0: "w/ft2 w/sqft"},
    # What none of our columns is measured in: a header or cell that says it is not ours.
    "another": {
        1.0: "元 ¥ $ 人 户 栋 幢 间 t 吨 tce kgce 吨标准煤 吨标煤 千克标准煤 m3 立方米 gj 吉焦 mj "
        "kva 千伏安 元/平方米 元/m2 kwh/m2 千瓦时/平方米 w/m2 kgce/m2 % 小时 h kg 千克 公斤 km/h",
    },
}
_MULTIPLES = {"": 1.0, "百": 100.0, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "亿": 1e8}
_MULTIPLE = re.compile(r"(百万|十万|[百千万亿])?(.*)")


# What people read for our units.
_SHOWN = {"m2": " m²", "deg": "°", "kWp": " kW", "kN/m2": " kN/m²"}


def with_unit(number: float, unit: str) -> str:
    """A number and one of our units as people read them: 5,000,000 m²."""
    return f"{number:,.12g}{after_number(unit)}"


def after_number(unit: str) -> str:
    """One of our units as it stands after a number."""
    return _SHOWN.get(unit, f" {unit}" if unit else "")


def is_unit(text: str) -> bool:
    """Whether a text is a unit, of whatever."""
    return bool(_readings(text))


def factor(text: str, ours: str) -> float | None:
    """
    How many of our unit one of the written unit is.

    Parameters
    ----------
    text : str
        As it stands in a header or a cell; ``万`` and the like may stand before the unit or alone.
    ours : str
        Unit of the column: ``m``, ``m2``, ``kWh``, ``kWp``, ``kN/m2``, ``deg``, or nothing where
        storeys are counted.

    Returns
    -------
    float or None
        None where the text is no unit, or measures something else.
    """
    return _readings(text).get(ours)


@functools.lru_cache(maxsize=10_000)
def _readings(text: str) -> Mapping[str, float]:
    """Each of our units that the text may be read in, and the factor."""
    folded = plain_text(text).replace(" ", "").replace("、", "").rstrip(".")
    if not folded:
        return {}
    whole = _table().get(folded)
    if whole:
        return whole
    matched = _MULTIPLE.fullmatch(folded)
    multiple, unit = (matched[1], matched[2]) if matched else (None, folded)
    if not multiple:
        return {}
    base = _table().get(unit, {}) if unit else dict.fromkeys(_UNITS, 1.0)
    return {ours: one * _MULTIPLES[multiple] for ours, one in base.items()}


@functools.cache
def _table() -> Mapping[str, Mapping[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for ours, written in _UNITS.items():
        for one, texts in written.items():
            for text in texts.split():
                table.setdefault(text, {})[ours] = one
    return table
