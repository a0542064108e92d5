"""Money and carbon of the city and of each district: one cash flow of all its roofs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from roofpv.finance.cashflow import Roofs, appraise
from roofpv.finance.terms import Terms
from roofpv.report.city.totals import SUMMED, Sums

# Columns that are asked for.
COLUMNS = (*SUMMED, "status", "district", "tariff_id")

# What is summed of all roofs whose energy is known, and of those whose own use is.
_OF_ENERGY = ("kwp", "ac_kwh", "lifetime_kwh", "capex_cny", "avoided_kgco2", "embodied_kgco2")
_OF_OWN_USE = ("own_use_kwh", "export_kwh", "saved_cny", "sold_cny", "self_use_fraction")
_OF_VALUE = ("npv_cny", "irr", "payback_years", "discounted_payback_years")


def place_money(buildings: pd.DataFrame, terms: Terms) -> list[dict[str, Any]]:
    """
    What the roofs of a place cost, earn and avoid together.

    Costs and earnings of roofs add up year by year, so levelised cost, rate of return and payback
    are those of the sums, not means of the roofs'.

    Parameters
    ----------
    buildings : DataFrame (building,)
        Of a result.
    terms : Terms
        That it was made by.

    Returns
    -------
    list of dict
        The city (``district`` None), then the districts by name. ``roofs`` with modules and known
        energy and their ``kwp ac_kwh lifetime_kwh capex_cny lcoe_cny_per_kwh avoided_kgco2
        embodied_kgco2 carbon_payback_years``; ``roofs_with_own_use`` of them and what those alone
        cost (``their_capex_cny``), their ``own_use_kwh export_kwh saved_cny sold_cny
        self_use_fraction npv_cny irr payback_years discounted_payback_years``; None where nothing
        is known; ``tariffs``, how many of those with own use pay by each.
    """
    return places_money([buildings], terms)


def places_money(tables: Iterable[pd.DataFrame], terms: Terms) -> list[dict[str, Any]]:
    """
    As `place_money`, of buildings that come some after the other.

    Parameters
    ----------
    tables : iterable of DataFrame (building,)
        ``COLUMNS`` that there are.
    terms : Terms
    """
    sums, sums_of_own = Sums(), Sums()
    paid: dict[str, Counter[str]] = {}
    for table in tables:
        modules = pd.DataFrame(table)[[name for name in COLUMNS if name in table]]
        modules = modules[(modules["kwp"] > 0.0) & modules["ac_kwh"].notna()]
        has_own_use = modules["own_use_kwh"].notna()
        mine = Sums()
        mine.add(modules)
        sums.merge(mine)
        if not has_own_use.all():
            modules = modules[has_own_use]
            mine = Sums()
            mine.add(modules)
        sums_of_own.merge(mine)
        for place, counts in _paid(modules).items():
            paid.setdefault(place, Counter()).update(counts)
    every, metered = sums.table(), sums_of_own.table()
    used = metered.set_index("district").reindex(every["district"]).reset_index()
    worth = _appraised(used, terms)
    cost = _appraised(every, terms)["lcoe_cny_per_kwh"]
    with np.errstate(divide="ignore", invalid="ignore"):
        back = every["embodied_kgco2"] / every["avoided_kgco2"].where(every["avoided_kgco2"] > 0.0)
    found = every[list(_OF_ENERGY)].assign(lcoe_cny_per_kwh=cost, carbon_payback_years=back)
    found["their_capex_cny"] = used["capex_cny"]
    for names, frame in ((_OF_OWN_USE, used), (_OF_VALUE, worth)):
        found[list(names)] = frame[list(names)].to_numpy()
    return [
        {
            "district": name or None,
            "roofs": int(roofs),
            "roofs_with_own_use": 0 if math.isnan(known) else int(known),
            **{str(key): _number(value) for key, value in row.items()},
            "tariffs": dict(sorted(paid.get(name, {}).items())),
        }
        for name, roofs, known, row in zip(
            every["district"], every["roofs"], used["roofs"], found.to_dict("records"), strict=True
        )
    ]


def _paid(known: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Roofs by tariff of each place, that of the city under the empty name."""
    if "tariff_id" not in known:
        return {}
    district = known["district"].fillna("").astype(str)
    counts = known.groupby([district, known["tariff_id"].astype(str)]).size()
    places: dict[str, dict[str, int]] = {"": {}}
    for (place, tariff), count in counts.items():
        for one in dict.fromkeys(("", place)):
            mine = places.setdefault(one, {})
            mine[tariff] = mine.get(tariff, 0) + int(count)
    return places


def _appraised(sums: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    kwp, capex, ac, saved, sold = (
        sums[name].to_numpy(dtype=float)
        for name in ("kwp", "capex_cny", "ac_kwh", "saved_cny", "sold_cny")
    )
    return appraise(Roofs(kwp, capex, ac, saved + sold), terms.life)


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
