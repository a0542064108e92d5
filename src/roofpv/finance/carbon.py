"""Carbon avoided by solar electricity and spent on making the arrays."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import tomltable
from roofpv.assumptions.lifetime import Lifetime
from roofpv.errors import InvalidConfig
from roofpv.finance import reading
from roofpv.finance.cashflow import output_factors

Floats = npt.NDArray[np.float64]

SCOPES = ("average", "without_traded_non_fossil", "fossil")


@dataclass(frozen=True)
class GridFactor:
    """Carbon of a kWh from the grid of a region in a year. [kgCO2/kWh]."""

    region: str
    year: int
    scope: str
    kgco2_per_kwh: float
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Embodied:
    """Carbon of making, bringing and mounting an array. [kgCO2/kWp]."""

    id: str
    kgco2_per_kwp: float
    sources: tuple[str, ...]


@functools.cache
def grid_factors() -> tuple[GridFactor, ...]:
    """Every factor that comes with roofpv, by region, scope and year."""
    return tuple(
        GridFactor(
            tomltable.text(table, "region"),
            int(year),
            tomltable.choice(table, "scope", SCOPES),
            tomltable.number(years, year),
            reading.sources(table),
        )
        for table in tomltable.each(reading.open_data("carbon.toml"), "grids")
        for years in (tomltable.inner(table, "years"),)
        for year in years.values
    )


def grid_factor(region: str, year: int | None = None, scope: str = "average") -> GridFactor:
    """
    Factor of a region.

    Parameters
    ----------
    region : str
        ``china``, ``northwest`` or ``ningxia``.
    year : int, optional
        The latest that is known, if None.
    scope : str
        ``average``, or for China ``without_traded_non_fossil`` or ``fossil``.

    Raises
    ------
    InvalidConfig
        No such region, or no factor of that scope or year; none is taken in its place.
    """
    regions = list(dict.fromkeys(factor.region for factor in grid_factors()))
    if region not in regions:
        raise InvalidConfig(
            f"grid region {region!r}", "no factor is known", tomltable.hint(region, regions)
        )
    mine = [one for one in grid_factors() if (one.region, one.scope) == (region, scope)]
    if not mine:
        raise InvalidConfig(
            f"grid {region}, scope {scope!r}", "no factor is known", "Take the scope average"
        )
    if year is None:
        return max(mine, key=lambda one: one.year)
    for one in mine:
        if one.year == year:
            return one
    known = ", ".join(str(one.year) for one in mine)
    raise InvalidConfig(f"grid {region}, {year}", "no factor is known", f"Known are {known}")


def embodied_carbon() -> Embodied:
    """Carbon of a rooftop array."""
    (table,) = tomltable.each(reading.open_data("carbon.toml"), "embodied")
    return Embodied(
        tomltable.text(table, "id"),
        tomltable.number(table, "kgco2_per_kwp"),
        reading.sources(table),
    )


def carbon_balance(
    kwp: Floats, ac_kwh: Floats, grid: GridFactor, embodied: Embodied, life: Lifetime
) -> pd.DataFrame:
    """
    Carbon of roofs over their life, by the factor of one year throughout.

    Export counts as own use: both take the place of electricity from the grid.

    Parameters
    ----------
    kwp, ac_kwh : ndarray (roof,)
        Capacity [kWp], and energy of the first year before ``first_year_loss`` [kWh].
    grid, embodied : GridFactor, Embodied
    life : Lifetime
        For the years and the fading output.

    Returns
    -------
    DataFrame (roof,)
        ``avoided_kgco2`` of the first year, ``embodied_kgco2``, ``carbon_payback_years`` at the
        first year's rate (NaN without output), ``lifetime_kgco2`` avoided less embodied.
    """
    output = output_factors(life)
    avoided = ac_kwh * (grid.kgco2_per_kwh * output[0])
    spent = kwp * embodied.kgco2_per_kwp
    with np.errstate(divide="ignore", invalid="ignore"):
        payback = np.where(avoided > 0.0, spent / avoided, np.nan)
    return pd.DataFrame(
        {
            "avoided_kgco2": avoided,
            "embodied_kgco2": spent,
            "carbon_payback_years": payback,
            "lifetime_kgco2": ac_kwh * (grid.kgco2_per_kwh * output.sum()) - spent,
        }
    )
