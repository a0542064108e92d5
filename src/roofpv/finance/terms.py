"""What money, own use and carbon are reckoned by: presets and tariff, with what was set instead."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
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
from roofpv.finance.paying import FLAT, Tariffs, stated_by_use, tariffs_of
from roofpv.finance.reading import is_path
from roofpv.finance.tariff import Tariff

STATED = "stated"


@dataclass(frozen=True, eq=False)
class Terms:
    """
    Terms of an assessment.

    ``calendar`` is that of the default tariff: by it loads go, and prices by their tariff's own.
    ``capex_cny_per_w`` and ``self_use_fraction`` are None unless they are set. ``shapes`` by use,
    ``metered`` the user's own load, None where there is none; ``inputs`` name and sha256 of the
    user's files.
    """

    costs: Costs
    life: Lifetime
    tariffs: Tariffs
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
    def tariff(self) -> Tariff:
        """The default tariff."""
        return self.tariffs.default

    @property
    def flat_prices(self) -> tuple[float, float] | None:
        """Price of own use and of export, where all pay one price at all hours. [CNY/kWh]."""
        return None if self.tariffs.by_use else self.tariff.flat_prices


def terms_of(assumed: Assumptions) -> Terms:
    """
    Read the tariffs, the costs, the load and the grid that the assumptions name.

    Parameters
    ----------
    assumed : Assumptions

    Raises
    ------
    InvalidConfig
        A file or id that is none, as its reader refuses it; tariffs that do not go together; a
        price beside tariffs that have their own; a share of own use beside a tariff with several
        prices.
    """
    finance, load, carbon = assumed.finance, assumed.load, assumed.carbon
    costs, tariffs = load_costs(finance.costs), tariffs_of(finance)
    changed = {
        name: value
        for name in (item.name for item in dataclasses.fields(Lifetime))
        if (value := getattr(finance, name, None)) is not None
    }
    if assumed.losses.degradation_per_year is not None:
        changed["degradation_per_year"] = assumed.losses.degradation_per_year
    grid = grid_factor(carbon.region, carbon.year, carbon.scope)
    if carbon.grid_kgco2_per_kwh is not None:
        source = "carbon.grid_kgco2_per_kwh"
        grid = GridFactor(STATED, 0, STATED, carbon.grid_kgco2_per_kwh, (source,))
    metered = None if load.file is None else read_load_file(Path(load.file), tariffs.default.zone)
    files = {
        "tariff": finance.tariff if is_path(finance.tariff) else None,
        "costs": finance.costs if is_path(finance.costs) else None,
        "load shapes": load.shapes,
        "load": load.file,
    } | {
        f"tariff of {use}": name if name is not None and is_path(name) else None
        for use, name in stated_by_use(finance).items()
    }
    terms = Terms(
        costs=costs,
        life=dataclasses.replace(costs.life, **changed),
        tariffs=tariffs,
        calendar=load_calendar(tariffs.default.calendar),
        calendar_year=finance.calendar_year,
        shapes=load_shapes(None if load.shapes is None else Path(load.shapes)),
        metered=metered,
        grid=grid,
        embodied=embodied_carbon(),
        capex_cny_per_w=finance.capex_cny_per_w,
        self_use_fraction=finance.self_use_fraction,
        inputs=tuple(_input(Path(path), role) for role, path in files.items() if path),
    )
    check_share(terms, tariffs.all)
    return terms


def check_share(terms: Terms, tariffs: Iterable[Tariff]) -> None:
    """
    Refuse a share of own use beside tariffs with several prices.

    Raises
    ------
    InvalidConfig
        As said.
    """
    if terms.self_use_fraction is None:
        return
    for one in tariffs:
        if one.flat_prices is None:
            raise InvalidConfig(
                f"finance.self_use_fraction = {terms.self_use_fraction:g}",
                f"the tariff {one.id} has several prices, and a share of the year says no hours",
                "Leave it empty for own use by the hours, or take finance.tariff=flat",
            )


def settings_in_use(terms: Terms) -> dict[str, Any]:
    """
    Values of the settings that stand for themselves once the presets are read, by key.

    Prices and investment are there where one number says them.
    """
    names = [item.name for item in dataclasses.fields(Lifetime)]
    found = {f"finance.{name}": getattr(terms.life, name) for name in names}
    found["losses.degradation_per_year"] = found.pop("finance.degradation_per_year")
    found["carbon.grid_kgco2_per_kwh"] = terms.grid.kgco2_per_kwh
    if terms.tariffs.assigned is not None:
        found |= {f"finance.tariff_{use}": one.id for use, one in terms.tariffs.by_use.items()}
    if terms.tariff.id == FLAT and terms.tariff.flat_prices is not None:
        retail, export = terms.tariff.flat_prices
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


def settled(assumed: Assumptions) -> Assumptions:
    """
    Assumptions with what their presets say where they are empty.

    Parameters
    ----------
    assumed : Assumptions

    Raises
    ------
    InvalidConfig
        As ``terms_of``.
    """
    return settle(assumed, terms_of(assumed))


def _input(path: Path, role: str) -> dict[str, str]:
    return {
        "name": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "role": role,
    }
