"""Supply curve: how much energy the roofs give below each cost."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


def supply_curve(buildings: pd.DataFrame) -> pd.DataFrame:
    """
    Roofs from the cheapest energy to the dearest, with their sums so far.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``building_id``, ``lcoe_cny_per_kwh``, ``ac_kwh`` [kWh] and ``kwp`` [kWp]; in any order.
        Rows without a cost or energy are left out.

    Returns
    -------
    DataFrame (roof,)
        The same columns, and ``cumulative_kwh``, ``cumulative_kwp`` and ``mean_lcoe_cny_per_kwh``
        of the roofs up to here; equal costs by their id.
    """
    names = ["building_id", "lcoe_cny_per_kwh", "ac_kwh", "kwp"]
    known = buildings["lcoe_cny_per_kwh"].notna() & (buildings["ac_kwh"] > 0.0)
    curve = buildings.loc[known, names]
    curve = curve.iloc[_order(curve)].reset_index(drop=True)
    energy, cost = curve["ac_kwh"].to_numpy(float), curve["lcoe_cny_per_kwh"].to_numpy(float)
    curve["cumulative_kwh"] = np.cumsum(energy)
    curve["cumulative_kwp"] = np.cumsum(curve["kwp"].to_numpy(float))
    curve["mean_lcoe_cny_per_kwh"] = np.cumsum(energy * cost) / np.cumsum(energy)
    return curve


def _order(curve: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Rows by cost, those of one cost by id: few are, and sorting all ids takes longest."""
    cost = curve["lcoe_cny_per_kwh"].to_numpy(float)
    order = np.argsort(cost, kind="stable")
    same = cost[order][1:] == cost[order][:-1]
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    if tied.size:
        rows = order[tied]
        names = pd.factorize(curve["building_id"].iloc[rows].astype(object), sort=True)[0]
        order[tied] = rows[np.lexsort((names, cost[rows]))]
    return order


def supply_below(curve: pd.DataFrame, prices: Floats) -> Floats:
    """
    Energy of a year that costs no more than each price.

    Parameters
    ----------
    curve : DataFrame (roof,)
        From ``supply_curve``.
    prices : ndarray (price,)
        [CNY/kWh]

    Returns
    -------
    ndarray (price,)
        [kWh]
    """
    place = np.searchsorted(curve["lcoe_cny_per_kwh"].to_numpy(float), prices, side="right")
    return np.concatenate(([0.0], curve["cumulative_kwh"].to_numpy(float)))[place]
