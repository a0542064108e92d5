"""Weight of the arrays against the live load of their roofs: a flag, no structural check."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.assumptions import Module, Structure
from roofpv.roofs.summary import is_one_each

_KN_PER_KG = 9.80665e-3
LOAD_CHECKS = ("within", "above")


def array_loads(planes: pd.DataFrame, module: Module, structure: Structure) -> pd.DataFrame:
    """
    Weight of modules, racking and ballast over the array field, against the roof's live load.

    Parameters
    ----------
    planes : DataFrame (plane,)
        From ``lay_modules``; ``roof_live_load_kn_per_m2`` of the building where it is stated.
    module : Module
    structure : Structure

    Returns
    -------
    DataFrame (plane,)
        With ``array_load_kn_per_m2``, ``live_load_kn_per_m2`` (stated or assumed) and
        ``load_check`` ("within", "above"; None where there is no array).
    """
    ballast = np.select(
        [planes["row_kind"] == "domes", planes["roof_form"] == "flat"],
        [structure.dome_ballast_kg_per_m2, structure.rack_ballast_kg_per_m2],
        0.0,
    )
    weight = module.weight_kg / (module.length_m * module.width_m) + structure.rack_kg_per_m2
    area, field = planes["module_area_m2"].to_numpy(), planes["array_field_area_m2"].to_numpy()
    # On a slope the weight stands on the roof's plan.
    slope = np.cos(np.radians(planes["roof_tilt"].to_numpy()))
    with np.errstate(divide="ignore", invalid="ignore"):
        load = np.where(
            area > 0.0, (weight + ballast) * _KN_PER_KG * area / (field * slope), np.nan
        )
    limit = _live_load(planes, structure)
    check = np.select([load <= limit, load > limit], LOAD_CHECKS, "").astype(object)
    check[check == ""] = None
    return planes.assign(
        array_load_kn_per_m2=load, live_load_kn_per_m2=limit, load_check=check
    ).drop(columns="roof_live_load_kn_per_m2", errors="ignore")


def _live_load(planes: pd.DataFrame, structure: Structure) -> np.ndarray:
    assumed = np.where(
        planes["roof_form"] == "flat",
        structure.flat_live_load_kn_per_m2,
        structure.sloping_live_load_kn_per_m2,
    )
    if "roof_live_load_kn_per_m2" not in planes:
        return assumed
    stated = planes["roof_live_load_kn_per_m2"].to_numpy(dtype=float)
    return np.where(np.isnan(stated), assumed, stated)


def building_loads(planes: pd.DataFrame, building_id: pd.Series) -> pd.DataFrame:
    """
    Load of the plane of each building that is nearest to its limit, or farthest above it.

    Parameters
    ----------
    planes : DataFrame (plane,)
        From ``array_loads``.
    building_id : Series (building,)
        The order wanted.

    Returns
    -------
    DataFrame (building,)
        ``array_load_kn_per_m2`` [kN/m2] and ``load_check``; empty where there is no array.
    """
    few = planes[["building_id", "array_load_kn_per_m2", "live_load_kn_per_m2", "load_check"]]
    if is_one_each(few["building_id"], building_id):
        own = few[["array_load_kn_per_m2", "load_check"]].where(few["load_check"].notna())
        return own.astype({"load_check": object}).reset_index(drop=True)
    loaded = few[few["load_check"].notna()]
    with np.errstate(divide="ignore"):
        share = loaded["array_load_kn_per_m2"] / loaded["live_load_kn_per_m2"]
    order = np.argsort(-share.to_numpy(), kind="stable")
    worst = loaded.iloc[order].drop_duplicates("building_id").set_index("building_id")
    found = worst[["array_load_kn_per_m2", "load_check"]].reindex(building_id)
    return found.astype({"load_check": object}).reset_index(drop=True)
