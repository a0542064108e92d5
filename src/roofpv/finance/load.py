"""Electricity that a building uses in a year: stated, else estimated from floor area and use."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.assumptions import Load


def annual_load(buildings: pd.DataFrame, plan_m2: np.ndarray, load: Load) -> pd.DataFrame:
    """
    Annual consumption of every building.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``annual_load_kwh`` [kWh], ``floor_area_m2`` [m2], ``floors``, ``use``.
    plan_m2 : ndarray (building,)
        Roof seen from above; times the storeys, where no floor area is stated. [m2]
    load : Load
        Consumption by floor area of each use, where a figure is known. [kWh/m2]

    Returns
    -------
    DataFrame (building,)
        ``load_kwh`` [kWh] (NaN where nothing is known) and ``load_is_estimate``.
    """
    stated = buildings["annual_load_kwh"].to_numpy(dtype=float)
    floor = buildings["floor_area_m2"].to_numpy(dtype=float)
    floor = np.where(np.isnan(floor), plan_m2 * buildings["floors"].to_numpy(), floor)
    known_of = {use: getattr(load, f"{use}_kwh_per_m2", None) for use in schema.USES}
    per_m2 = buildings["use"].map(
        {use: value for use, value in known_of.items() if value is not None}
    )
    estimate = floor * per_m2.to_numpy(dtype=float)
    known = ~np.isnan(stated)
    return pd.DataFrame(
        {
            "load_kwh": np.where(known, stated, estimate),
            "load_is_estimate": ~known & ~np.isnan(estimate),
        },
        index=buildings.index,
    )
