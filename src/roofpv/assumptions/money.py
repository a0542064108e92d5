"""Assumptions on use, money, carbon and targets."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from roofpv.assumptions.fields import UNKNOWN, count, number, optional, text
from roofpv.assumptions.lifetime import Lifetime

_NOT_ESTIMATED = "empty: no figure is known; then only annual_load_kwh tells the consumption"
_OF_TARIFF = "id of the library or a TOML file; empty: by finance.tariff"
_OF_LIFE = {item.name: item.metadata for item in dataclasses.fields(Lifetime)}


def of_costs(name: str) -> Any:
    """Field of the life that comes before that of ``finance.costs``, where it is not empty."""
    meta = {**_OF_LIFE[name], "optional": float, "source": "empty: of finance.costs"}
    return dataclasses.field(default=None, metadata=meta)


@dataclass(frozen=True)
class Load:
    """Electricity used where the inventory does not state it, and its hours."""

    government_kwh_per_m2: float = number(115.0, "kWh/m2", 0, 2000, f"office 70-150; {UNKNOWN}")
    hospital_kwh_per_m2: float = number(180.0, "kWh/m2", 0, 2000, f"120-220; {UNKNOWN}")
    school_kwh_per_m2: float = number(75.0, "kWh/m2", 0, 2000, f"university 40-90; {UNKNOWN}")
    other_public_kwh_per_m2: float | None = optional(float, "kWh/m2", 0, 2000, _NOT_ESTIMATED)
    residential_kwh_per_m2: float | None = optional(float, "kWh/m2", 0, 2000, _NOT_ESTIMATED)
    commercial_kwh_per_m2: float | None = optional(float, "kWh/m2", 0, 2000, _NOT_ESTIMATED)
    industrial_kwh_per_m2: float | None = optional(float, "kWh/m2", 0, 5000, _NOT_ESTIMATED)
    shapes: str | None = text(
        None, "TOML file of hourly shapes by use; empty: finance/library/loadshapes.toml"
    )
    file: str | None = text(
        None,
        "CSV file of a year's hourly load; of a list of one building its meter, else the shape of "
        "all; empty: shapes by use",
    )


@dataclass(frozen=True)
class Finance:
    """Money; what is empty is that of the tariff and of the costs."""

    tariff: str = text(
        "flat", f"id of the library, ningxia for tariffs by use, or a TOML file; {UNKNOWN}"
    )
    tariff_government: str | None = text(None, _OF_TARIFF)
    tariff_hospital: str | None = text(None, _OF_TARIFF)
    tariff_school: str | None = text(None, _OF_TARIFF)
    tariff_other_public: str | None = text(None, _OF_TARIFF)
    tariff_residential: str | None = text(None, _OF_TARIFF)
    tariff_commercial: str | None = text(None, _OF_TARIFF)
    tariff_industrial: str | None = text(None, _OF_TARIFF)
    costs: str = text("generic", f"id of the library or a TOML file; {UNKNOWN}")
    calendar_year: int = count(
        2026, 2000, 2100, "holidays and weekdays on which a typical year of weather is laid"
    )
    capex_cny_per_w: float | None = optional(
        float, "CNY/W", 0, 100, "empty: of finance.costs, by size and mounting"
    )
    om_fraction: float | None = of_costs("om_fraction")
    om_cny_per_kwp: float | None = of_costs("om_cny_per_kwp")
    om_growth: float | None = of_costs("om_growth")
    inverter_cny_per_w: float | None = of_costs("inverter_cny_per_w")
    inverter_life_years: int | None = of_costs("inverter_life_years")
    discount_rate: float | None = of_costs("discount_rate")
    life_years: int | None = of_costs("life_years")
    price_growth: float | None = of_costs("price_growth")
    retail_cny_per_kwh: float | None = optional(
        float, "CNY/kWh", -5, 50, "empty: of finance.tariff; goes with the tariff flat only"
    )
    export_cny_per_kwh: float | None = optional(
        float, "CNY/kWh", -5, 50, "empty: of finance.tariff; goes with the tariff flat only"
    )
    self_use_fraction: float | None = optional(
        float, "1", 0, 1, "empty: from the hours of output and load"
    )


@dataclass(frozen=True)
class Carbon:
    """Carbon."""

    region: str = text("northwest", "grid: china, northwest or ningxia (Ningxia: not of 2023)")
    scope: str = text("average", "average; of china also without_traded_non_fossil or fossil")
    year: int | None = optional(int, "", 2000, 2100, "empty: the latest that is known")
    grid_kgco2_per_kwh: float | None = optional(
        float, "kg/kWh", 0, 3, "empty: of carbon.region and carbon.year"
    )


@dataclass(frozen=True)
class Targets:
    """How targets are judged."""

    as_of: str | None = optional(str, "date", 0, 0, "ISO date; empty: the deadline of each target")
