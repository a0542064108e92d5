"""Roof outlines as whole steps of a grid on a map that keeps shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from roofpv.report.page.packing import Packed, steps, whole_numbers

_RADIUS_M = 6_378_137.0
_FINE, _COARSE, _MANY = 0.05, 0.1, 20_000


@dataclass(frozen=True)
class Ground:
    """Where the map lies: its middle in degrees, and how many metres a step of its grid is."""

    lon: float
    lat: float
    step_m: float


def ground_of(buildings: gpd.GeoDataFrame) -> Ground:
    """
    Middle and grid of a map of these buildings; many have a coarser grid.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        ``geometry`` in WGS 84, ``lon`` and ``lat``. [deg]
    """
    west, south, east, north = _extent(buildings)
    step = _FINE if len(buildings) < _MANY else _COARSE
    return Ground(round((west + east) / 2, 4), round((south + north) / 2, 4), step)


def packed_outlines(buildings: gpd.GeoDataFrame, ground: Ground) -> dict[str, Packed]:
    """
    Outlines of buildings, and the places of those that have none.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        ``geometry`` in WGS 84, ``lon`` and ``lat``. [deg]
    ground : Ground

    Returns
    -------
    dict of Packed
        ``ring_owner`` (row of the building), ``ring_hole`` (1 where the ring is a hole of the
        one before), ``ring_corners``, ``x`` and ``y`` (corners of all rings, without the last,
        which is the first again, in steps of the grid); ``spot_owner``, ``spot_x``, ``spot_y``.
    """
    owners, holes, rings = _rings(buildings)
    corners = shapely.get_coordinates(rings)
    counts = shapely.get_num_coordinates(rings)
    kept = np.ones(len(corners), dtype=bool)
    kept[np.cumsum(counts) - 1] = False
    x, y = on_grid(corners[kept], ground)
    spots = _spots(buildings)
    places = buildings[["lon", "lat"]].to_numpy(dtype=np.float64)[spots]
    spot_x, spot_y = on_grid(places, ground)
    return {
        "ring_owner": steps(owners), "ring_hole": _all_known(holes),
        "ring_corners": _all_known(counts.astype(np.int64) - 1), "x": steps(x), "y": steps(y),
        "spot_owner": steps(spots), "spot_x": steps(spot_x), "spot_y": steps(spot_y),
    }  # fmt: skip


def _all_known(values: npt.NDArray[np.int64]) -> Packed:
    return whole_numbers(values, np.ones(len(values), dtype=bool))


def _rings(
    buildings: gpd.GeoDataFrame,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """Rings with area, the hole behind its outer ring."""
    shapes = buildings.geometry.to_numpy()
    parts, owner = shapely.get_parts(shapes, return_index=True)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, owner = parts[polygons], owner[polygons]
    rings, part = shapely.get_rings(parts, return_index=True)
    holes = np.concatenate([[0], (np.diff(part) == 0).astype(np.int64)]) if len(part) else part
    return owner[part].astype(np.int64), holes.astype(np.int64), rings


def _spots(buildings: gpd.GeoDataFrame) -> npt.NDArray[np.int64]:
    shapes = buildings.geometry.to_numpy()
    bare = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    placed = np.isfinite(buildings[["lon", "lat"]].to_numpy(dtype=np.float64)).all(axis=1)
    return np.flatnonzero(bare & placed).astype(np.int64)


def _extent(buildings: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    places = buildings[["lon", "lat"]].to_numpy(dtype=np.float64)
    every = np.concatenate([shapely.get_coordinates(buildings.geometry.to_numpy()), places])
    every = every[np.isfinite(every).all(axis=1)]
    if not len(every):
        return 0.0, 0.0, 0.0, 0.0
    if np.ptp(every[:, 0]) > 180.0:
        # On both sides of the date line: counted from there.
        every[:, 0] %= 360.0
    (west, south), (east, north) = every.min(axis=0), every.max(axis=0)
    return float(west), float(south), float(east), float(north)


def on_grid(
    places: npt.NDArray[np.float64], ground: Ground
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Mercator about the middle of the map, in metres there: a shape stays a shape everywhere."""
    scale = _RADIUS_M * math.cos(math.radians(ground.lat)) / ground.step_m
    east = np.remainder(places[:, 0] - ground.lon + 180.0, 360.0) - 180.0
    x = scale * np.radians(east)
    y = scale * (_mercator(places[:, 1]) - _mercator(np.float64(ground.lat)))
    return np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)


def _mercator(lat: npt.NDArray[np.float64] | np.float64) -> npt.NDArray[np.float64]:
    return np.arcsinh(np.tan(np.radians(np.clip(lat, -85.0, 85.0))))
