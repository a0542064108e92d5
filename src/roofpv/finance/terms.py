"""What money, own use and carbon are reckoned by: presets and tariff, with what was set instead."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roofpv.assumptions import Assumptions, describe, from_values
from roofpv.assumptions.lifetime import Lifetime
from roofpv.errors import InvalidConfig
from roofpv.finance.carbon import Embodied, GridFactor, embodied_carbon, grid_factor
from roofpv.finance.civil import Calendar, load_calendar
from roofpv.finance.costs import Costs, load_costs
from roofpv.finance.loadfile import MeteredLoad, read_load_file
from roofpv.finance.loadshape import LoadShape, load_shapes
from roofpv.finance.reading import is_path
from roofpv.finance.tariff import Tariff, load_tariff

FLAT = "flat"
STATED = "stated"


@dataclass(frozen=True, eq=False)
class Terms:
    """
    Terms of an assessment.

    ``capex_cny_per_w`` and ``self_use_fraction`` are None unless they are set. ``shapes`` by use,
    ``metered`` the user's own load, None where there is none; ``inputs`` name and sha256 of the
    user's files.
    """

    costs: Costs
    life: Lifetime
    tariff: Tariff
    calendar: Calendar
    calendar_year: int
    shapes: Mapping[str, LoadShape]
    metered: MeteredLoad | None
    grid: GridFactor
    embodied: Embodied
    capex_cny_per_w: float | None
    self_use_fraction: float | None
    inputs: tuple[dict[str, str], ...] = ()

    @property
    def flat_prices(self) -> tuple[float, float] | None:
        """Price of own use and of export, where each is one price at all hours. [CNY/kWh]."""
        prices = {price for season in self.tariff.seasons for price in season.prices.values()}
        if len(prices) != 1 or self.tariff.export.rule != "fixed":
            return None
        return prices.pop(), self.tariff.export.price


def terms_of(assumed: Assumptions) -> Terms:
    """
    Read the tariff, the costs, the load and the grid that the assumptions name.

    Parameters
    ----------
    assumed : Assumptions

    Raises
    ------
    InvalidConfig
        A file or id that is none, as its reader refuses it; a price beside a tariff that has its
        own; a share of own use beside a tariff with several prices.
    """
    finance, load, carbon = assumed.finance, assumed.load, assumed.carbon
    costs, tariff = load_costs(finance.costs), load_tariff(finance.tariff)
    changed = {
        name: value
        for name in (item.name for item in dataclasses.fields(Lifetime))
        if (value := getattr(finance, name, None)) is not None
    }
    if assumed.losses.degradation_per_year is not None:
        changed["degradation_per_year"] = assumed.losses.degradation_per_year
    tariff = _with_prices(tariff, finance.retail_cny_per_kwh, finance.export_cny_per_kwh)
    grid = grid_factor(carbon.region, carbon.year, carbon.scope)
    if carbon.grid_kgco2_per_kwh is not None:
        source = "carbon.grid_kgco2_per_kwh"
        grid = GridFactor(STATED, 0, STATED, carbon.grid_kgco2_per_kwh, (source,))
    metered = None if load.file is None else read_load_file(Path(load.file), tariff.zone)
    files = {
        "tariff": finance.tariff if is_path(finance.tariff) else None,
        "costs": finance.costs if is_path(finance.costs) else None,
        "load shapes": load.shapes,
        "load": load.file,
    }
    terms = Terms(
        costs=costs,
        life=dataclasses.replace(costs.life, **changed),
        tariff=tariff,
        calendar=load_calendar(tariff.calendar),
        calendar_year=finance.calendar_year,
        shapes=load_shapes(None if load.shapes is None else Path(load.shapes)),
        metered=metered,
        grid=grid,
        embodied=embodied_carbon(),
        capex_cny_per_w=finance.capex_cny_per_w,
        self_use_fraction=finance.self_use_fraction,
        inputs=tuple(_input(Path(path), role) for role, path in files.items() if path),
    )
    if terms.self_use_fraction is not None and terms.flat_prices is None:
        raise InvalidConfig(
            f"finance.self_use_fraction = {terms.self_use_fraction:g}",
            f"the tariff {tariff.id} has several prices, and a share of the year says no hours",
            "Leave it empty for own use by the hours, or take finance.tariff=flat",
        )
    return terms


def settings_in_use(terms: Terms) -> dict[str, Any]:
    """
    Values of the settings that stand for themselves once the presets are read, by key.

    Prices and investment are there where one number says them.
    """
    names = [item.name for item in dataclasses.fields(Lifetime)]
    found = {f"finance.{name}": getattr(terms.life, name) for name in names}
    found["losses.degradation_per_year"] = found.pop("finance.degradation_per_year")
    found["carbon.grid_kgco2_per_kwh"] = terms.grid.kgco2_per_kwh
    if terms.tariff.id == FLAT and terms.flat_prices is not None:
        retail, export = terms.flat_prices
        found |= {"finance.retail_cny_per_kwh": retail, "finance.export_cny_per_kwh": export}
    if len(terms.costs.sizes) == 1 and not any(terms.costs.mounting.values()):
        found["finance.capex_cny_per_w"] = terms.costs.sizes[0][1]
    return found


def settle(assumed: Assumptions, terms: Terms) -> Assumptions:
    """
    Assumptions with what the presets say where they are empty.

    Parameters
    ----------
    assumed : Assumptions
    terms : Terms
        From ``terms_of`` them.
    """
    empty = {one["key"] for one in describe(assumed) if one["value"] is None}
    used = {key: value for key, value in settings_in_use(terms).items() if key in empty}
    return from_values(used, "presets", assumed)


def _with_prices(tariff: Tariff, retail: float | None, export: float | None) -> Tariff:
    """The flat tariff with the prices that are set, each of which has a source of its own."""
    if retail is None and export is None:
        return tariff
    if tariff.id != FLAT:
        key = "retail" if retail is not None else "export"
        raise InvalidConfig(
            f"finance.{key}_cny_per_kwh",
            f"the tariff {tariff.id} has its own prices",
            "Leave it empty, or take finance.tariff=flat",
        )
    if retail is not None:
        seasons = tuple(
            dataclasses.replace(season, prices=dict.fromkeys(season.prices, retail))
            for season in tariff.seasons
        )
        tariff = dataclasses.replace(
            tariff, seasons=seasons, sources=("finance.retail_cny_per_kwh", *tariff.sources[1:])
        )
    if export is not None:
        price = dataclasses.replace(tariff.export, price=export)
        tariff = dataclasses.replace(
            tariff, export=price, sources=(*tariff.sources[:1], "finance.export_cny_per_kwh")
        )
    return tariff


def _input(path: Path, role: str) -> dict[str, str]:
    return {
        "name": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "role": role,
    }
