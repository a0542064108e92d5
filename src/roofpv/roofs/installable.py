"""Installable area (可安装光伏屋顶面积) of roof planes as polygons, with every deduction."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.assumptions import Assumptions
from roofpv.roofs.deductions import (
    REASONS,
    Case,
    Left,
    take_edges,
    take_narrow,
    take_other_use,
    take_plant,
    take_shaded,
    take_stated,
    take_unsuitable,
    take_zones,
)
from roofpv.roofs.inplane import PlaneFrames, framed_planes
from roofpv.roofs.overlays import APART_M, without
from roofpv.roofs.shapes import polygons_only
from roofpv.roofs.strips import without_small
from roofpv.roofs.zones import zones_on_planes

DEDUCTIONS = tuple(f"deducted_{reason}_m2" for reason in REASONS)


def installable_area(
    planes: pd.DataFrame,
    owners: pd.DataFrame,
    zones: gpd.GeoDataFrame | None,
    assumed: Assumptions,
) -> pd.DataFrame:
    """
    Polygons of the planes that can carry PV, and what every deduction takes.

    Parameters
    ----------
    planes : DataFrame (plane,)
        From ``roof_planes`` or ``stated_planes``; a plane that is not drawn is taken for a
        rectangle of its area.
    owners : DataFrame (plane,)
        Row by row the building of each plane: ``lat`` [deg], where it is missing the north; where
        there are such columns ``use``, ``usable_area_m2`` (of a survey) and ``other_use_area_m2``,
        both of the whole building or missing [m2], and ``geometry``, the footprint in WGS84.
    zones : GeoDataFrame (zone,) or None
        As ``zones_on_planes`` takes them.
    assumed : Assumptions

    Returns
    -------
    DataFrame (plane,)
        The planes with ``installable`` (polygons in the frame of each plane [m], empty where there
        is nothing), ``installable_area_m2`` and ``DEDUCTIONS`` [m2], in their order: slopes too
        steep or facing the pole; planes in too much shade, by their ``solar_access`` where it is
        known; mapped zones; strips along the edges; narrow and small parts; plant, or obstacles of
        sloping roofs, where none is mapped; other use of the roof; what a survey allows less. A
        survey that allows more gives areas back: then it is the only deduction but the first two.
        ``area_m2`` is the sum; missing where it is missing.
    """
    left, _ = _left(planes, owners, zones, assumed)
    columns = {
        name: before - after
        for name, (before, after) in zip(DEDUCTIONS, pairwise(left.areas), strict=True)
    }
    return planes.assign(installable=left.shape, installable_area_m2=left.area, **columns)


def deduction_shapes(
    planes: pd.DataFrame,
    owners: pd.DataFrame,
    zones: gpd.GeoDataFrame | None,
    assumed: Assumptions,
) -> pd.DataFrame:
    """
    What ``installable_area`` takes of each plane and leaves of it, seen from above, for drawings.

    Parameters
    ----------
    planes, owners, zones, assumed
        As ``installable_area`` takes them.

    Returns
    -------
    DataFrame (plane, reason)
        Index ``plane`` (position in ``planes``), ``reason`` (one of ``REASONS``, or "installable"),
        ``geometry`` in the local metres of the footprint [m]; only what is not empty, in the order
        of the planes, then of the steps.
    """
    left, frames = _left(planes, owners, zones, assumed)
    tables = []
    for reason, before, after in zip(REASONS, left.shapes, left.shapes[1:], strict=False):
        tables.append(_seen(reason, without(before, after), frames))
    found = pd.concat([*tables, _seen("installable", left.shape, frames)], ignore_index=True)
    return found.sort_values("plane", kind="stable").set_index("plane")


def _left(
    planes: pd.DataFrame,
    owners: pd.DataFrame,
    zones: gpd.GeoDataFrame | None,
    assumed: Assumptions,
) -> tuple[Left, PlaneFrames]:
    """What every step leaves of the planes, in the order of ``REASONS``; and their frames."""
    latitude = owners["lat"].to_numpy(dtype=float)
    frames, outlines = framed_planes(planes, latitude, assumed.roofs.stand_in_aspect)
    case = Case(
        planes, owners, frames, zones_on_planes(planes, owners, zones, frames, assumed.roofs)
    )
    left = Left(outlines, planes["area_m2"].to_numpy(dtype=float))
    take_unsuitable(left, case, assumed.roofs)
    take_shaded(left, case, assumed.roofs)
    taken_by_zones = take_zones(left, case)
    take_edges(left, case, assumed)
    take_narrow(left, case, assumed.roofs)
    take_plant(left, case, assumed)
    take_other_use(left, case, taken_by_zones)
    take_stated(left, case)
    return left, frames


def _seen(reason: str, shapes: np.ndarray, frames: PlaneFrames) -> pd.DataFrame:
    rows = np.flatnonzero(~shapely.is_empty(shapes))
    seen = frames.at(rows).back(shapes[rows])
    # Where two edges are one but for rounding there are spikes, which cross themselves once turned.
    spiky = np.flatnonzero(~shapely.is_valid(seen))
    seen[spiky] = without_small(polygons_only(shapely.make_valid(seen[spiky])), APART_M**2)
    return pd.DataFrame({"plane": rows, "reason": reason, "geometry": seen.astype(object)})
