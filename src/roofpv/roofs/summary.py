"""Planes -> buildings: areas and capacity added up."""

from __future__ import annotations

import numpy as np
import pandas as pd

SUMMED = (
    "area_m2",
    "installable_area_m2",
    "module_area_m2",
    "projected_module_area_m2",
    "array_field_area_m2",
    "module_count",
    "kwp",
)


def sum_by_building(values: pd.DataFrame, owner: pd.Series, building_id: pd.Series) -> pd.DataFrame:
    """
    Sum columns over the planes of each building.

    Parameters
    ----------
    values : DataFrame (plane,)
        Numbers; one missing plane makes the building's sum missing.
    owner : Series (plane,)
        Building of each plane.
    building_id : Series (building,)
        The order wanted; a building without planes gets NaN.

    Returns
    -------
    DataFrame (building,)
    """
    place = pd.Index(building_id).get_indexer(owner)
    count = np.bincount(place, minlength=len(building_id))
    sums = {
        name: np.bincount(place, weights=values[name].to_numpy(float), minlength=len(building_id))
        for name in values
    }
    frame = pd.DataFrame(sums, index=pd.RangeIndex(len(building_id)))
    return frame.mask(pd.Series(count == 0))
