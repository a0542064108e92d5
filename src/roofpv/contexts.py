"""A list of all buildings around the roofs: checked, with heights, and what is odd in it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv import roofs, shading
from roofpv.assumptions import Assumptions
from roofpv.errors import InvalidInventory
from roofpv.inventory import Checked, check_inventory
from roofpv.inventory.findings import DOUBTFUL, EMPTIED
from roofpv.shading.points import whole_polygons
from roofpv.shading.relations import LIKE, SAME, same_buildings
from roofpv.text import plain

# Of counts of rows that are left out; their codes follow.
LEFT_OUT = "context_left_out_"


def check_context(context: gpd.GeoDataFrame | None) -> None:
    """
    Make sure that there is an outline in a context of any rows.

    Raises
    ------
    InvalidInventory
        There is none: a register, or places.
    """
    if context is None or not len(context):
        return
    dimensions = shapely.get_dimensions(context.geometry.to_numpy())
    if (dimensions == 2).any():
        return
    names = [plain(str(one["name"])) for one in context.attrs.get("inputs", [])]
    found = "points or lines" if (dimensions >= 0).any() else "no geometry"
    raise InvalidInventory(
        " ".join(["--context", *names]),
        f"none of its {len(context):,} rows has an outline (found {found}), and nothing else can "
        "hide the sun",
        "Give the layer of all footprints (polygons), with heights or storeys",
    )


def obstacles_of(
    buildings: gpd.GeoDataFrame, context: gpd.GeoDataFrame | None, assumed: Assumptions
) -> shading.Obstacles | None:
    """
    Buildings around, with estimates of heights that are not stated.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        Those of the roofs, with ``height_m`` or ``estimated_height_m``. [m]
    context : GeoDataFrame (building,), optional
        From ``read_inventory``.
    assumed : Assumptions

    Returns
    -------
    Obstacles or None
        Counts in ``left_out`` besides those of ``find_obstacles``: ``context_rows``, those of them
        that are left out, in all and by the code of their reason; ``context_without_stated_height``
        (a height that cannot be is counted in ``implausible_height`` alone); and
        ``context_overlapping``, outlines that share more than half with another of about their
        size.
    """
    if context is None:
        return None
    checked = check_inventory(_tallest_first(context))
    kept = checked.buildings
    heights = roofs.estimated_heights(kept, assumed.roofs, assumed.heights)
    kept = kept.assign(estimated_height_m=heights["estimated_height_m"])
    found = shading.find_obstacles(buildings, kept, assumed.shading.reach_m)
    odd = kept["building_id"].isin(_ids(checked, EMPTIED, "height_m"))
    codes = checked.quarantine["code"].value_counts().sort_index()
    counts = {
        "implausible_height": found.left_out["implausible_height"] + int(odd.sum()),
        "context_rows": len(context),
        "context_rows_left_out": len(context) - len(kept),
        **{f"{LEFT_OUT}{code}": int(count) for code, count in codes.items()},
        "context_without_stated_height": int((kept["height_m"].isna() & ~odd).sum()),
        "context_overlapping": _overlapping(checked),
    }
    return found._replace(left_out=found.left_out | counts)


def _overlapping(checked: Checked) -> int:
    """Outlines that share more than half with another that is neither part of it nor a block."""
    told = _ids(checked, DOUBTFUL, "geometry", "OVERLAPPING_FOOTPRINTS")
    some = checked.buildings[checked.buildings["building_id"].isin(told)]
    outlines = whole_polygons(some.geometry.to_numpy().astype(object))
    one, other, relation = same_buildings(outlines, shapely.STRtree(outlines))
    twice = (one != other) & np.isin(relation, (SAME, LIKE))
    return len(np.unique(one[twice]))


def _ids(checked: Checked, kind: str, column: str, code: str | None = None) -> set[str]:
    """Buildings of which findings of a kind tell, and those that they name beside them."""
    names = checked.keys["building_id"].to_numpy(dtype=object)
    found: set[str] = set()
    for one in checked.findings:
        if (one.kind, one.column) == (kind, column) and code in (None, one.code):
            found |= set(names[one.at])
            found |= set(one.values) if code is not None else set()
    return found


def _tallest_first(context: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """With ids by height: of an outline that is drawn twice, the first id stays."""
    keys = [np.arange(len(context))]
    if "building_id" in context:
        keys = [pd.factorize(context["building_id"].astype(str), sort=True)[0]]
    for name in ("floors", "height_m"):
        if name in context:
            number = pd.to_numeric(context[name], errors="coerce").to_numpy(dtype=float)
            keys.append(-np.where((number > 0.0) & (number <= 1000.0), number, np.nan))
    rank = np.empty(len(context), dtype=int)
    rank[np.lexsort(keys)] = np.arange(len(context))
    return context.assign(building_id=[f"{number:09d}" for number in rank])
