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
    place = _places(owner.to_numpy(dtype=object), building_id.to_numpy(dtype=object))
    count = np.bincount(place, minlength=len(building_id))
    sums = {
        name: np.bincount(place, weights=values[name].to_numpy(float), minlength=len(building_id))
        for name in values
    }
    frame = pd.DataFrame(sums, index=pd.RangeIndex(len(building_id)))
    return frame.mask(pd.Series(count == 0)) if (count == 0).any() else frame


def is_one_each(owner: pd.Series, building_id: pd.Series) -> bool:
    """Whether there is one plane of each building, in the order of the buildings."""
    same = np.array_equal(owner.to_numpy(dtype=object), building_id.to_numpy(dtype=object))
    return same and bool(building_id.is_unique)


def _places(owner: np.ndarray, building_id: np.ndarray) -> np.ndarray:
    """Place of the building of each plane; of flat roofs, one each, that of the plane itself."""
    if len(owner) == len(building_id) and bool((owner == building_id).all()):
        return np.arange(len(owner))
    return np.asarray(pd.Index(building_id).get_indexer(owner))
