"""Mapped zones of roofs (plant, stair heads, green roof, forbidden ground) on the planes below."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.assumptions import Roofs
from roofpv.roofs.inplane import PlaneFrames
from roofpv.roofs.metric import local_frames, to_local_metres
from roofpv.roofs.shadows import shadow_fans
from roofpv.roofs.shapes import polygons_only
from roofpv.roofs.slices import NOTHING
from roofpv.roofs.strips import swept, united

ZONE_KINDS = ("forbidden", "plant", "stair_head", "skylight", "green_roof", "other_use")
# Kinds in place of which a share of the roof is taken where none is mapped.
PLANT_KINDS = ("plant", "stair_head")
OBSTACLE_KINDS = (*PLANT_KINDS, "skylight")
OTHER_USES = ("green_roof", "other_use")


class ZonesOnPlanes(NamedTuple):
    """
    What the zones of its building take of each plane.

    ``other_use`` and ``rest`` polygons in the frame of each plane, with their clear strips and
    winter shadows, where the plane is drawn [m]; ``other_use_m2`` and ``rest_m2`` their area where
    it is not, shared over the planes of the building [m2]; ``plant`` and ``obstacles`` whether
    zones of ``PLANT_KINDS`` and ``OBSTACLE_KINDS`` are mapped on the building (all (plane,)).
    """

    other_use: np.ndarray
    rest: np.ndarray
    other_use_m2: np.ndarray
    rest_m2: np.ndarray
    plant: np.ndarray
    obstacles: np.ndarray


def zones_on_planes(
    planes: pd.DataFrame,
    owners: pd.DataFrame,
    zones: gpd.GeoDataFrame | None,
    frames: PlaneFrames,
    roofs: Roofs,
) -> ZonesOnPlanes:
    """
    Lay the zones of each building on its planes.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``building_id``, ``area_m2`` [m2].
    owners : DataFrame (plane,)
        ``lat`` [deg], and ``geometry``, the footprint in WGS84, where there is one.
    zones : GeoDataFrame (zone,) or None
        ``building_id``, ``kind`` (one of ``ZONE_KINDS``), ``height_m clear_m`` or missing [m],
        ``geometry`` in WGS84. A clear strip that is not stated is that of the kind.
    frames : PlaneFrames (plane,)
    roofs : Roofs

    Returns
    -------
    ZonesOnPlanes
    """
    count = len(planes)
    nothing = np.full(count, NOTHING, dtype=object)
    none = np.zeros(count)
    never = np.zeros(count, dtype=bool)
    if zones is None or not len(zones) or not count:
        return ZonesOnPlanes(nothing, nothing, none, none, never, never)
    pairs = _pairs(planes, zones)
    row, zone = pairs["row"].to_numpy(), pairs["zone"].to_numpy()
    kind = zones["kind"].to_numpy(dtype=object)[zone]
    footprints = _footprints(owners)
    placed = frames.drawn & ~shapely.is_missing(footprints)
    bare = _laid(zones.geometry.to_numpy().astype(object)[zone], footprints[row], frames.at(row))
    shapes = _grown(bare, _clear(kind, _numbers(zones, "clear_m")[zone], roofs))
    high = _numbers(zones, "height_m")[zone] - roofs.module_clearance_m
    tall = np.flatnonzero(high > 0.0)
    fans = shadow_fans(owners["lat"].to_numpy(dtype=float)[row[tall]], frames.at(row[tall]))
    shadows = swept(bare[tall], fans * high[tall, None, None])
    shapes[tall] = shapely.union(shapes[tall], shadows)
    other, drawn = np.isin(kind, OTHER_USES), placed[row]
    area = planes["area_m2"].to_numpy(dtype=float)
    whole = planes["area_m2"].groupby(planes["building_id"]).transform("sum").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(whole > 0.0, area / whole, 0.0)
    taken = shapely.area(shapes) * share[row]
    return ZonesOnPlanes(
        united(shapes[drawn & other], row[drawn & other], count),
        united(shapes[drawn & ~other], row[drawn & ~other], count),
        np.bincount(row, np.where(~drawn & other, taken, 0.0), count),
        np.bincount(row, np.where(~drawn & ~other, taken, 0.0), count),
        np.isin(np.arange(count), row[np.isin(kind, PLANT_KINDS)]),
        np.isin(np.arange(count), row[np.isin(kind, OBSTACLE_KINDS)]),
    )


def _pairs(planes: pd.DataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Every plane with every zone of its building, by plane."""
    left = pd.DataFrame({"building_id": planes["building_id"], "row": np.arange(len(planes))})
    right = pd.DataFrame(
        {"building_id": zones["building_id"].to_numpy(), "zone": np.arange(len(zones))}
    )
    return left.merge(right, on="building_id").sort_values(["row", "zone"], kind="stable")


def _footprints(owners: pd.DataFrame) -> np.ndarray:
    if "geometry" not in owners:
        return np.full(len(owners), None, dtype=object)
    return np.asarray(owners["geometry"].to_numpy(), dtype=object)


def _numbers(zones: gpd.GeoDataFrame, name: str) -> np.ndarray:
    if name not in zones:
        return np.full(len(zones), np.nan)
    return zones[name].to_numpy(dtype=float)


def _laid(zones: np.ndarray, footprints: np.ndarray, frames: PlaneFrames) -> np.ndarray:
    """Zones in the frames of the planes; where there is no footprint, about their own middle."""
    given = zones.copy()
    given[shapely.is_missing(given)] = NOTHING
    about = np.where(shapely.is_missing(footprints), given, footprints)
    local = to_local_metres(shapely.force_2d(given), local_frames(about))
    crossed = ~shapely.is_valid(local)
    local[crossed] = shapely.make_valid(local[crossed])
    return frames.into(polygons_only(local))


def _clear(kind: np.ndarray, stated: np.ndarray, roofs: Roofs) -> np.ndarray:
    """Width of the strip that is kept clear about each zone. [m]."""
    by_kind = np.select(
        [kind == "plant", kind == "stair_head"], [roofs.plant_clear_m, roofs.stair_head_clear_m]
    )
    return np.where(np.isnan(stated), by_kind, np.maximum(stated, 0.0))


def _grown(shapes: np.ndarray, clear: np.ndarray) -> np.ndarray:
    """Mitred, so that a rectangle stays one, but with no points at sharp corners."""
    grown, wide = shapes.copy(), clear > 0.0
    grown[wide] = shapely.buffer(shapes[wide], clear[wide], join_style="mitre", mitre_limit=1.5)
    return grown
