"""Assumptions on use, money, carbon and targets."""

from __future__ import annotations

from dataclasses import dataclass

from roofpv.assumptions.fields import UNKNOWN, number, optional


@dataclass(frozen=True)
class Load:
    """Electricity used where the inventory does not state it."""

    government_kwh_per_m2: float = number(115.0, "kWh/m2", 0, 2000, f"office 70-150; {UNKNOWN}")
    hospital_kwh_per_m2: float = number(180.0, "kWh/m2", 0, 2000, f"120-220; {UNKNOWN}")
    school_kwh_per_m2: float = number(75.0, "kWh/m2", 0, 2000, f"university 40-90; {UNKNOWN}")


@dataclass(frozen=True)
class Finance:
    """Money."""

    capex_cny_per_w: float = number(3.0, "CNY/W", 0, 100, f"2.5-3.6 in 2026; {UNKNOWN}")
    om_fraction: float = number(0.01, "1/a", 0, 0.5, f"1 % of capex a year; {UNKNOWN}")
    discount_rate: float = number(0.06, "1/a", -0.05, 0.5, f"published calculators; {UNKNOWN}")
    life_years: float = number(25.0, "a", 1, 60, "GB 55015-2021: modules above 25 a")
    retail_cny_per_kwh: float = number(
        0.45, "CNY/kWh", -5, 50, f"Ningxia general commercial, flat; {UNKNOWN}"
    )
    export_cny_per_kwh: float = number(
        0.18, "CNY/kWh", -5, 50, "Ningxia rules of 15 Sep 2025 for document 136: lower bound"
    )
    self_use_fraction: float | None = optional(
        float, "1", 0, 1, "empty: not assessed, it needs the hourly load"
    )


@dataclass(frozen=True)
class Carbon:
    """Carbon."""

    grid_kgco2_per_kwh: float = number(
        0.5543, "kg/kWh", 0, 3, "Northwest grid 2023, national notice; average, not marginal"
    )


@dataclass(frozen=True)
class Targets:
    """How targets are judged."""

    as_of: str | None = optional(str, "date", 0, 0, "ISO date; empty: the deadline of each target")
