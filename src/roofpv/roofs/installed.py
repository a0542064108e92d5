"""What is installed already: capacity and the three covered areas, where only some are stated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.assumptions import Module
from roofpv.roofs.summary import is_one_each


def installed_pv(buildings: pd.DataFrame, planes: pd.DataFrame, module: Module) -> pd.DataFrame:
    """
    Capacity and areas of the PV that stands on each building today.

    Capacity and module area follow from each other by the module's power per area where one of
    them is not stated; projection and field follow from the tilt and spacing of the building's
    largest plane.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``existing_pv_kwp`` [kWp], ``existing_pv_area_m2`` [m2]; empty where none is reported.
    planes : DataFrame (plane,)
        From ``lay_modules``.
    module : Module

    Returns
    -------
    DataFrame (building,)
        ``installed_kwp`` [kWp], ``existing_module_area_m2 existing_projected_module_area_m2
        existing_array_field_area_m2`` [m2].
    """
    density = module.power_w / 1000.0 / (module.length_m * module.width_m)
    kwp = buildings["existing_pv_kwp"].to_numpy(dtype=float)
    area = buildings["existing_pv_area_m2"].to_numpy(dtype=float)
    area = np.where(np.isnan(area), kwp / density, area)
    main = _largest(planes, buildings["building_id"])
    return pd.DataFrame(
        {
            "installed_kwp": np.where(np.isnan(kwp), area * density, kwp),
            "existing_module_area_m2": area,
            "existing_projected_module_area_m2": area
            * np.cos(np.radians(main["surface_tilt"].to_numpy())),
            "existing_array_field_area_m2": area / main["gcr"].to_numpy(),
        },
        index=buildings.index,
    )


def _largest(planes: pd.DataFrame, building_id: pd.Series) -> pd.DataFrame:
    """Tilt and spacing of the largest plane of each building."""
    few = planes[["building_id", "area_m2", "surface_tilt", "gcr"]]
    if is_one_each(few["building_id"], building_id):
        return few
    ordered = few.sort_values("area_m2", ascending=False, kind="stable")
    largest = ordered.drop_duplicates("building_id").set_index("building_id")
    return largest.reindex(building_id)
