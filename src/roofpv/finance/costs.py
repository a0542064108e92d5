"""Cost presets as data: what an array costs by size and mounting, and its life."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import tomltable
from roofpv.assumptions.lifetime import Lifetime, lifetime_from
from roofpv.assumptions.roofs import FLAT_LAYOUTS
from roofpv.finance import reading
from roofpv.tomltable import Table

Floats = npt.NDArray[np.float64]
Names = Sequence[str | None] | npt.NDArray[np.object_]

_KEYS = ("id", "year", "title", "sources", "assumptions", "sizes", "mounting_cny_per_w", "life")
_DEAREST = 100.0


@dataclass(frozen=True)
class Costs:
    """
    A preset.

    ``sizes`` are pairs of the largest capacity [kWp] and its price [CNY/W], rising; ``mounting``
    what a way of mounting adds [CNY/W].
    """

    id: str
    year: int
    title: Mapping[str, str]
    sizes: tuple[tuple[float, float], ...]
    mounting: Mapping[str, float]
    life: Lifetime
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]


def cost_ids() -> tuple[str, ...]:
    """Ids of the presets that come with roofpv."""
    return reading.library_ids("costs")


def load_costs(id_or_path: str | Path) -> Costs:
    """
    Read one preset and check every key of it.

    Raises
    ------
    InvalidConfig
        No such preset, sizes that do not rise to ``inf``, a price outside 0 to 100 CNY/W, a year or
        mounting that is none, a life as ``lifetime_from`` refuses it.
    """
    table = reading.open_library("costs", id_or_path)
    tomltable.only_keys(table, _KEYS)
    title, life = tomltable.inner(table, "title"), tomltable.inner(table, "life")
    mounting = tomltable.inner(table, "mounting_cny_per_w")
    tomltable.only_keys(mounting, FLAT_LAYOUTS)
    year = tomltable.number(table, "year")
    if not (2000 <= year <= 2100 and year == int(year)):
        table.refuse("year", f"{year:g} is no year", "Write the year of the prices")
    return Costs(
        id=tomltable.text(table, "id"),
        year=int(year),
        title={language: tomltable.text(title, language) for language in ("en", "zh")},
        sizes=_sizes(table),
        mounting={name: tomltable.number(mounting, name) for name in mounting.values},
        life=lifetime_from(life.values, f"{table.file}: life"),
        sources=reading.sources(table),
        assumptions=tomltable.texts(table, "assumptions"),
    )


def capex(costs: Costs, kwp: Floats, mounting: Names) -> Floats:
    """
    Investment of each roof, by its whole capacity.

    Parameters
    ----------
    costs : Costs
    kwp : ndarray (roof,)
        [kWp]
    mounting : sequence of str (roof,)
        Way of mounting; one that the preset does not list, or None, adds nothing.

    Returns
    -------
    ndarray (roof,)
        NaN where the capacity is not known. [CNY]
    """
    largest = np.array([size for size, _ in costs.sizes])
    price = np.array([price for _, price in costs.sizes])
    # A capacity that is not known is placed last, and stays missing by itself.
    place = np.minimum(np.searchsorted(largest, kwp, side="left"), len(price) - 1)
    codes, names = pd.factorize(np.asarray(mounting, dtype=object))
    more = np.array([*(costs.mounting.get(name or "", 0.0) for name in names), 0.0])[codes]
    return np.asarray(1000.0 * kwp * (price[place] + more))


def _sizes(table: Table) -> tuple[tuple[float, float], ...]:
    found: list[tuple[float, float]] = []
    for size in tomltable.each(table, "sizes"):
        tomltable.only_keys(size, ("up_to_kwp", "capex_cny_per_w"))
        most = tomltable.required(size, "up_to_kwp")
        last = found[-1][0] if found else 0.0
        if isinstance(most, bool) or not isinstance(most, int | float) or not most > last:
            size.refuse("up_to_kwp", f"{most!r} is not above {last:g}", "Let the sizes rise")
        price = tomltable.number(size, "capex_cny_per_w")
        if not 0.0 <= price <= _DEAREST:
            size.refuse("capex_cny_per_w", f"{price:g} is outside 0 to 100", "Write CNY per W")
        found.append((float(most), price))
    if not found or found[-1][0] != math.inf:
        table.refuse("sizes", "the last size has an end", "Write up_to_kwp = inf in the last one")
    return tuple(found)
