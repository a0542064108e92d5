"""What exported energy earns by a result, and the tariffs that its buildings pay by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from roofpv.report.city.totals import exact_sum

Told = Mapping[str, Any]


def export_price(buildings: pd.DataFrame, money: Told) -> float | None:
    """
    What exported energy earns in the mean of all roofs, hour by hour and by all their tariffs.

    Parameters
    ----------
    buildings : DataFrame (building,)
        Of a result.
    money : mapping
        ``run["money"]``.

    Returns
    -------
    float or None
        Of the default tariff's hours, all alike, where nothing is known to be exported; None where
        its prices are not told either. [CNY/kWh]
    """
    if {"sold_cny", "export_kwh"} <= set(buildings):
        both = buildings[["sold_cny", "export_kwh"]].dropna()
        sold, out = (exact_sum(both[name].to_numpy(dtype=float)) for name in both)
        if out > 0.0:
            return sold / out
    mean = money.get("tariff", {}).get("mean_export_cny_per_kwh")
    return None if mean is None else float(mean)


def tariffs_in(money: Told) -> list[Told]:
    """Tariffs that buildings pay by, as ``run["money"]`` tells them; the default where none is."""
    used: list[Told] = list(money.get("tariffs") or [])
    return used or [money["tariff"]]


def earned_by(tariff: Told) -> float | None:
    """
    What the energy exported by the roofs of one tariff earns.

    Parameters
    ----------
    tariff : mapping
        One of ``tariffs_in``.

    Returns
    -------
    float or None
        The mean over all hours of the year where none of its roofs is known to export. [CNY/kWh]
    """
    sold, out = tariff.get("sold_cny"), tariff.get("export_kwh")
    if sold is not None and out:
        return float(sold / out)
    mean = tariff.get("mean_export_cny_per_kwh")
    return None if mean is None else float(mean)
