"""Planes of a result as they were before modules were set on them."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from roofpv.assumptions import Assumptions
from roofpv.roofs.installable import installable_area
from roofpv.roofs.planes import planes_in_metres

# Areas of a result and of its planes again differ by rounding alone. [1]
_SAME = 1e-6


class PlanesAgain(NamedTuple):
    """
    Planes of a result again.

    Parameters
    ----------
    planes : DataFrame (plane,)
        In local metres, as ``installable_area`` was given them.
    ready : DataFrame (plane,)
        As it gave them, with ``installable`` polygons.
    owners : DataFrame (plane,)
        The building of each plane.
    owner : ndarray of int (plane,)
        Row of the building of each plane.
    other : ndarray of bool (plane,)
        Whether the installable area is not that of the result: one of another version.
    """

    planes: pd.DataFrame
    ready: pd.DataFrame
    owners: pd.DataFrame
    owner: np.ndarray
    other: np.ndarray


def planes_again(
    laid: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame | None,
    assumed: Assumptions,
) -> PlanesAgain:
    """
    Find out again where modules may stand on the planes of a result.

    Parameters
    ----------
    laid : DataFrame (plane,)
        Planes of the result.
    buildings : GeoDataFrame (building,)
        Those that the planes belong to.
    zones : GeoDataFrame (zone,) or None
    assumed : Assumptions
        Of the result.
    """
    drawn = "geometry" in laid
    planes = planes_in_metres(laid, buildings) if drawn else laid.assign(geometry=None)
    stated = (laid["layout"] == "stated").to_numpy()
    planes["stated_kwp"] = np.where(stated, laid["kwp"].to_numpy(dtype=float), np.nan)
    owner = pd.Index(buildings["building_id"]).get_indexer(planes["building_id"])
    owners = buildings.iloc[owner].reset_index(drop=True).assign(lat=planes["lat"])
    ready = installable_area(planes, owners, zones, assumed)
    found, before = (one["installable_area_m2"].to_numpy(dtype=float) for one in (ready, laid))
    other = ~np.isclose(found, before, rtol=_SAME, atol=_SAME, equal_nan=True)
    return PlanesAgain(planes, ready, owners, owner, other)
