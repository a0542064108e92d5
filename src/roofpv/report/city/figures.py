"""Numbers with their units as a report prints them, and as a workbook formats them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from roofpv import schema
from roofpv.report.closing import printed

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
    "kWp": Figure(0, "kWp"),
    "kWh": Figure(0, "kWh"),
    "kWh/m2": Figure(0, "kWh/m²"),
    "kWh/kWp": Figure(0, "kWh/kWp"),
    "CNY": Figure(0, "CNY"),
    "CNY/kWh": Figure(4, "CNY/kWh"),
    "kgCO2": Figure(0, "kg CO₂"),
    "kN/m2": Figure(2, "kN/m²"),
    "year": Figure(1, ""),
    "deg": Figure(1, "°"),
}
_SHARE = Figure(1, "%", 100)
_SHARES = frozenset({"irr", "value", "threshold", "probability"})


def figure_of(column: str) -> Figure:
    """How a column of ours is printed; one that is not known as a count."""
    if column.endswith("_fraction") or column in _SHARES:
        return _SHARE
    if column.endswith("_years"):
        return _BY_UNIT["year"]
    known = _ALL.get(column)
    return _BY_UNIT.get(known.unit, _PLAIN) if known else _PLAIN


def shown_figure(value: float | None, figure: Figure, *, unit: bool = True) -> str:
    """
    A number as it is printed, such as "1,234.5 m²"; a half goes up; "–" for what is not known.

    Parameters
    ----------
    value : float or None
    figure : Figure
    unit : bool
        With the unit behind it.
    """
    if value is None or not math.isfinite(value):
        return DASH
    said = str(printed(Fraction(value) * figure.scale, figure.digits))
    if not unit or not figure.unit:
        return said
    return f"{said}{'' if figure.unit in {'%', '°'} else ' '}{figure.unit}"
