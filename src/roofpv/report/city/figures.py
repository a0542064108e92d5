"""Numbers with their units as a report prints them, and as a workbook formats them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from roofpv import schema
from roofpv.report.closing import percent_text, printed

DASH = "–"
_ALL = {c.name: c for c in (*schema.INVENTORY, *schema.CHECKED, *schema.RESULT,
                            *schema.WATERFALL, *schema.ASKED)}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """
    How a quantity is printed: multiplied by ``scale``, to ``digits``, with ``unit`` behind it.

    ``unit`` is empty for a count; a share is in per cent.
    """

    digits: int = 0
    unit: str = ""
    scale: int = 1

    @property
    def number_format(self) -> str:
        """The same digits as a spreadsheet's format; per cent is of the cell's own value."""
        places = "." + "0" * self.digits if self.digits else ""
        return f"0{places}%" if self.unit == "%" else f"#,##0{places}"


_PLAIN = Figure()
_BY_UNIT = {
    "m2": Figure(0, "m²"),
    "m": Figure(1, "m"),
    "kWp": Figure(1, "kWp"),
    "kWh": Figure(0, "kWh"),
    "kWh/m2": Figure(0, "kWh/m²"),
    "kWh/kWp": Figure(0, "kWh/kWp"),
    "CNY": Figure(0, "CNY"),
    "CNY/kWh": Figure(4, "CNY/kWh"),
    "kg": Figure(0, "kg CO₂"),
    "kN/m2": Figure(2, "kN/m²"),
    "a": Figure(1, "years"),
    "deg": Figure(1, "°"),
}
_SHARE = Figure(1, "%", 100)
_SHARES = frozenset({"irr", "value", "threshold", "probability"})
# What a report works out, and the unit that it has.
_WORKED_OUT = {"room_kwp": "kWp", "plan_kwp": "kWp"}
_CHINESE = {"CNY": "元", "CNY/kWh": "元/kWh", "CNY/W": "元/W", "years": "年"}
_LARGE = {
    "en": ((10**9, "billion "), (10**6, "million ")),
    "zh": ((10**8, "亿"), (10**4, "万")),
}
_MOST_DIGITS = 9
_TONNES_FROM = 10_000


def figure_of(column: str) -> Figure:
    """How a column of ours is printed; one that is not known as a count."""
    if column.endswith("_fraction") or column in _SHARES:
        return _SHARE
    if column.endswith("_years"):
        return _BY_UNIT["a"]
    known = _ALL.get(column)
    return figure_in(known.unit if known else _WORKED_OUT.get(column, ""))


def figure_in(unit: str) -> Figure:
    """How a quantity in a unit of ours ("m2", "kWh", "CNY") is printed; others as a count."""
    return _BY_UNIT.get(unit, _PLAIN)


def unit_of(figure: Figure, language: str = "en") -> str:
    """The unit of a figure as people of the language write it."""
    return _CHINESE.get(figure.unit, figure.unit) if language == "zh" else figure.unit


def with_unit(text: str, unit: str, language: str) -> str:
    """The heading of a column with its unit behind it; none for an empty one."""
    if not unit:
        return text
    return f"{text}（{unit}）" if language == "zh" else f"{text} ({unit})"


def shown_figure(
    value: float | None, figure: Figure, *, unit: bool = True, language: str = "en"
) -> str:
    """
    A number as it is printed, such as "1,234.5 m²"; a half goes up; "–" for what is not known.

    Parameters
    ----------
    value : float or None
    figure : Figure
    unit : bool
        With the unit behind it.
    language : str
        ``en`` or ``zh``: of the unit; the digits are the same in both.
    """
    if value is None or not math.isfinite(value):
        return DASH
    said = str(printed(value, figure.digits, figure.scale))
    name = unit_of(figure, language)
    if not unit or not name:
        return said
    return f"{said}{'' if name in {'%', '°'} else ' '}{name}"


def large_figure(value: float | None, figure: Figure, language: str = "en") -> str:
    """
    A number, and where it is large also in millions, such as "1,024,860 CNY (1.02 million CNY)".

    Parameters
    ----------
    value : float or None
    figure : Figure
    language : str
        ``en`` or ``zh``: "1,024,860 元（102.49 万元）"; of kg CO₂ in tonnes.
    """
    said = shown_figure(value, figure, language=language)
    if value is None or not math.isfinite(value):
        return said
    if figure.unit == "kg CO₂" and abs(value) >= _TONNES_FROM:
        short = f"{printed(Fraction(value) / 1000, 0)} t CO₂"
        return f"{said}（{short}）" if language == "zh" else f"{said} ({short})"
    for size, name in _LARGE[language]:
        if abs(value) >= size:
            less = printed(Fraction(value) / size, 2)
            unit = unit_of(figure, language)
            gap = " " if unit and unit[0].isascii() and language == "zh" else ""
            short = f"{less} {name}{gap}{unit}".rstrip()
            return f"{said}（{short}）" if language == "zh" else f"{said} ({short})"
    return said


def shown_share(value: float | None, threshold: float | None = None) -> str:
    """
    A share in per cent, with as many digits as its side of the threshold needs; 14.96 %, not 15 %.

    Parameters
    ----------
    value, threshold : float or None
        As fractions; a threshold is reached at equality.
    """
    if value is None or not math.isfinite(value):
        return DASH
    digits = _SHARE.digits
    exact = Fraction(value)
    if threshold is not None:
        wanted = Fraction(str(threshold))
        while digits < _MOST_DIGITS and (printed(exact * 100, digits).exact >= wanted * 100) != (
            value >= threshold
        ):
            digits += 1
    return f"{printed(exact * 100, digits)}%"


def shown_threshold(value: float) -> str:
    """A threshold as it is written: 50%, 12.5%."""
    return f"{percent_text(value)}%"
