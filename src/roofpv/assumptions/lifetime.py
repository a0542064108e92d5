"""Assumptions on the life of an array: what it costs, how it fades, how money is discounted."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roofpv.assumptions.fields import UNKNOWN, count, number
from roofpv.errors import InvalidConfig


@dataclass(frozen=True)
class Lifetime:
    """
    Cost and output over the life; taxes, debt, subsidies and the value left at its end are none.

    Prices and costs are real (of the first year) unless they are said to grow.
    """

    life_years: int = count(25, 1, 60, "GB 55015-2021: modules above 25 a")
    discount_rate: float = number(0.06, "1/a", -0.05, 0.5, f"published calculators; {UNKNOWN}")
    first_year_loss: float = number(
        0.0, "1", 0, 0.2, "0: losses.first_year has taken it from the energy already"
    )
    degradation_per_year: float = number(
        0.0055, "1", 0, 0.1, f"published calculators for Chinese roofs; {UNKNOWN}"
    )
    om_fraction: float = number(0.01, "1/a", 0, 0.5, f"1 % of capex a year; {UNKNOWN}")
    om_cny_per_kwp: float = number(0.0, "CNY/kWp", 0, 5000, f"beside the share of capex; {UNKNOWN}")
    om_growth: float = number(0.0, "1/a", -0.2, 0.2, f"real; {UNKNOWN}")
    inverter_cny_per_w: float = number(0.0, "CNY/W", 0, 20, "0: no replacement")
    inverter_life_years: int = count(13, 1, 60, f"one replacement in 25 years; {UNKNOWN}")
    price_growth: float = number(0.0, "1/a", -0.2, 0.2, f"of tariff and export, real; {UNKNOWN}")


def lifetime_from(values: Mapping[str, Any], where: str) -> Lifetime:
    """
    Take the life from names and values; what is not named keeps its default.

    Parameters
    ----------
    values : mapping
        Names of ``Lifetime``.
    where : str
        Where they stand, for the errors.

    Raises
    ------
    InvalidConfig
        An unknown name, or a value that is no number, no whole one where years are counted, or
        outside its bounds; a percentage written for a fraction is named as such.
    """
    fields = {item.name: item for item in dataclasses.fields(Lifetime)}
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in fields:
            raise InvalidConfig(
                f"{where}, {name}", "no such setting", f"Known are {', '.join(fields)}"
            )
        checked[name] = _checked(value, fields[name].metadata, f"{where}, {name}")
    return Lifetime(**checked)


def _checked(value: Any, meta: Mapping[str, Any], where: str) -> float:
    low, high, unit = meta["low"], meta["high"], meta["unit"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidConfig(where, f"{value!r} is no number", "Write a number")
    if unit in {"1", "1/a"} and high < 1.0 <= value <= 100.0:
        share = f"{value / 100:g}"
        if low <= value / 100 <= high:
            raise InvalidConfig(
                where,
                f"{value:g}: a rate is written as a fraction",
                f"Write {share} for {value:g} %",
            )
    if not low <= value <= high:
        raise InvalidConfig(
            where, f"{value:g} is outside {low:g} to {high:g} {unit}".rstrip(), _mend(meta)
        )
    if meta.get("whole") and value != int(value):
        raise InvalidConfig(where, f"{value:g} is no whole number of years", "Write a whole number")
    return int(value) if meta.get("whole") else float(value)


def _mend(meta: Mapping[str, Any]) -> str:
    return "Write whole years" if meta.get("whole") else "Write a value in that range"
