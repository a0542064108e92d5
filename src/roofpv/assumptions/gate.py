"""Assumptions on which yields are believed without a word."""

from __future__ import annotations

from dataclasses import dataclass

from roofpv.assumptions.fields import UNKNOWN, count, number


@dataclass(frozen=True)
class Gate:
    """Bounds of yields; roofs outside are listed with their reasons, and kept."""

    yield_low: float = number(
        1250.0, "kWh/kWp", 0, 3000, f"roofs of Ningxia in the open; {UNKNOWN}"
    )
    yield_high: float = number(
        1650.0, "kWh/kWp", 0, 3000, f"the same; planning value 1,550; {UNKNOWN}"
    )
    ghi_low: float = number(
        1370.0, "kWh/m2", 0, 3000, "the yields are held against weather sites of this light: "
        "Ningxia 1,374 to 1,695 kWh/m2 a year, 1961-2004 (scholarmate.com/S/xxnLfR)"
    )  # fmt: skip
    ghi_high: float = number(1750.0, "kWh/m2", 0, 3000, "the same, and Wuhai beside it")
    ratio_low: float = number(
        0.70, "1", 0, 1, f"yield over irradiation on the array, anywhere; {UNKNOWN}"
    )
    ratio_high: float = number(0.88, "1", 0, 1, f"the same; {UNKNOWN}")
    most_listed: int = count(1000, 0, 1_000_000, "roofs outside that run.json lists one by one")
