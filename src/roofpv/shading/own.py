"""
Skylines of roof planes by what stands on or belongs to the building itself.

Taller parts of the same building, from the list around it and from its 3D model; mapped zones with
a height; a stated parapet. Zones and parapets stand on the plane below them, whatever the height of
the building.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from roofpv.roofs.metric import Frames, local_frames, to_degrees, to_local_metres
from roofpv.shading.levels import Pieces, heights_at, higher_parts, plane_tops
from roofpv.shading.neighbours import (
    DIRECTIONS,
    Prisms,
    Targets,
    cast_points,
    check_numbers,
    heights_among,
    no_members,
    skyline_dataset,
)
from roofpv.shading.obstacles import (
    NO_HEIGHT,
    REACH_M,
    ROOF_BASES,
    Obstacles,
    find_obstacles,
    make_grid,
)
from roofpv.shading.points import POINTS, rings_of, sample_points, starts_of, whole_polygons
from roofpv.shading.relations import PART, SAME, same_buildings

# Roofs of unknown height are set so high: what stands on them is seen from them alone.
_STAND_IN_M = 100.0
# Walls stand outside the outline of the roof; how thick they are changes nothing on it.
_THICK_M = 0.1
# Planes nearer than this to each other have no wall between them.
_GAP_M = 0.1


@dataclass(frozen=True, eq=False)
class Structures:
    """
    What is known of the buildings themselves.

    Parameters
    ----------
    context : GeoDataFrame (building,) or Obstacles, optional
        As ``neighbour_skylines`` takes it; taller parts are found in it.
    neighbours : Dataset (plane_id, point, azimuth), optional
        Of ``neighbour_skylines`` for the same planes, numbers and context.
    zones : GeoDataFrame (zone,), optional
        ``building_id``, ``height_m`` above the roof [m] and polygons in WGS84; those without a
        height hide nothing.
    parapet_height_m : float, optional
        Along the outline of flat roofs, above the roof. [m]
    clearance_m : float
        Lower edge of the modules above the roof: what is no higher hides nothing. [m]
    """

    context: gpd.GeoDataFrame | Obstacles | None = None
    neighbours: xr.Dataset | None = None
    zones: gpd.GeoDataFrame | None = None
    parapet_height_m: float | None = None
    clearance_m: float = 0.0


def own_skylines(
    planes: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    structures: Structures,
    reach_m: float = REACH_M,
    directions: int = DIRECTIONS,
    points: int = POINTS,
) -> xr.Dataset:
    """
    Skylines of sample points on every plane by parts of the building itself.

    Zones are prisms as high above the middle of the plane below them as they state; parapets are
    walls at the outer edge of the flat planes of a roof. A point that one of them contains is not
    hidden by it. Where they rise above given neighbours in a part of a sector, its elevation is
    that of both together: the highest of both skylines is then that of one city, to the last digit.
    ``alone_elevation`` is then that of them alone.

    Parameters
    ----------
    planes : DataFrame (plane,)
        As ``neighbour_skylines`` takes them, with ``roof_form``.
    buildings : GeoDataFrame (building,)
        As ``neighbour_skylines`` takes them.
    structures : Structures
    reach_m : float
        Walls farther from a point are left out. [m]
    directions : int
        Sectors of a skyline, the first centred on north.
    points : int
        Sample points on a plane, the same as those of ``neighbour_skylines``.

    Returns
    -------
    Dataset (plane_id, point, azimuth)
        ``horizon_elevation``, the mean in each sector, 0 where there is no wall [deg]; ``x_m y_m``
        in the metres of the footprint and ``height_m`` above ground of every point (plane_id,
        point) [m]; ``height_basis`` and ``own_structures``, their number, by plane. Without a
        height and without zones and parapet there is no skyline.

    Raises
    ------
    InvalidConfig
        A reach, or a number of directions or points, that cannot be.
    InvalidInventory
        Outlines that are not in longitude and latitude.
    """
    check_numbers(reach_m, directions, points)
    context, count = structures.context, len(buildings)
    if not isinstance(context, Obstacles):
        listed = buildings.iloc[:0] if context is None else buildings
        context = find_obstacles(listed, context)
    one, other, relation = same_buildings(
        whole_polygons(buildings.geometry.to_numpy()), context.tree
    )
    same = relation == SAME
    height, basis = heights_among(buildings, context, one[same], other[same])
    unknown = np.isnan(height)
    owner = pd.Index(buildings["building_id"]).get_indexer(planes["building_id"])
    frames = local_frames(buildings.geometry.to_numpy().astype(object))
    tops = plane_tops(planes, buildings, owner, frames, np.where(unknown, _STAND_IN_M, height))
    relative = [
        _zone_pieces(planes, owner, frames, tops, structures),
        _wall_pieces(planes, owner, tops, structures),
    ]
    taller = (relation == PART) & ~unknown[one]
    parts, more = _members(
        (one[taller], other[taller]), [higher_parts(planes, owner, tops), *relative],
        frames, len(context.boxes),
    )  # fmt: skip
    placed = _points_of(planes, tops, points, None if unknown.any() else structures.neighbours)
    nowhere = context._replace(place=make_grid(np.full((0, 4), np.nan)))
    targets = Targets(np.column_stack(frames), no_members(count), parts, more)
    # Roofs that carry nothing need no rays.
    bearing = np.append(np.diff(parts[0]) > 0, False)[owner]
    asked = (float(reach_m), directions)
    rows = np.flatnonzero(bearing)
    elevation = np.zeros((*placed.shape[:2], directions), dtype=np.float32)
    elevation[rows] = cast_points((owner[rows], placed[rows]), targets, nowhere, asked).elevation
    elevation[np.isnan(placed).any(axis=2) & ~bearing[:, None]] = np.nan
    known = ~unknown
    for pieces in relative:
        known[pieces.owner] = True
    elevation[~np.append(known, False)[owner]] = np.nan
    alone: dict[str, tuple[Any, ...]] = {}
    if structures.neighbours is not None:
        among = np.where(bearing & ~np.append(unknown, True)[owner], owner, -1)
        together = targets._replace(own=(starts_of(one, count), other))
        others = structures.neighbours["horizon_elevation"]
        rows = np.flatnonzero(among >= 0)
        kept = elevation.copy() if rows.size else elevation
        alone = {"alone_elevation": (others.dims, kept, {"units": "deg"})}
        joint = cast_points((among[rows], placed[rows]), together, context, asked).elevation
        names = planes["plane_id"].to_numpy(dtype=object)[rows]
        higher = joint > others.sel(plane_id=names).to_numpy()
        elevation[rows] = np.where(higher, joint, elevation[rows])
    placed[np.append(unknown, True)[owner], :, 2] = np.nan
    by_plane = {
        "height_basis": np.array(ROOF_BASES, dtype=object)[np.append(basis, NO_HEIGHT)[owner]],
        "own_structures": np.append(np.diff(parts[0]), 0)[owner],
    }
    data = skyline_dataset(planes, placed, elevation, by_plane, {"reach_m": float(reach_m)})
    return data.assign(alone)


def _points_of(
    planes: pd.DataFrame, tops: np.ndarray, points: int, neighbours: xr.Dataset | None
) -> np.ndarray:
    """Sample points; those of neighbours of the same planes and heights, which take a while."""
    if neighbours is None or neighbours.sizes["point"] != points:
        return sample_points(planes, tops, points)
    names = planes["plane_id"].to_numpy(dtype=object)
    # Not the skylines themselves, which are as large as all else together.
    kept = neighbours[["x_m", "y_m", "height_m"]].sel(plane_id=names)
    return np.stack([kept[name].to_numpy() for name in kept.data_vars], axis=-1)


def _members(
    taller: tuple[np.ndarray, np.ndarray], pieces: list[Pieces], frames: Frames, first: int
) -> tuple[tuple[np.ndarray, np.ndarray], Prisms]:
    """Parts of each building among the obstacles, and pieces, which follow these, as prisms."""
    owner = np.concatenate([one.owner for one in pieces]).astype(np.int64)
    shapes = np.concatenate([one.shapes for one in pieces])
    placed = to_degrees(shapes, frames.at(owner))
    of = np.concatenate([taller[0], owner])
    members = np.concatenate([taller[1], first + np.arange(len(owner))]).astype(np.int64)
    top = np.concatenate([one.top_m for one in pieces])
    prisms = Prisms(rings_of(placed), shapely.bounds(placed).reshape(-1, 4), top)
    return (starts_of(of, len(frames.lon)), members[np.argsort(of, kind="stable")]), prisms


def _zone_pieces(
    planes: pd.DataFrame,
    owner: np.ndarray,
    frames: Frames,
    tops: np.ndarray,
    structures: Structures,
) -> Pieces:
    """Zones on each plane of their building."""
    zones = structures.zones
    if zones is None or "height_m" not in zones:
        return _no_pieces()
    height = zones["height_m"].to_numpy(dtype=float)
    right = pd.DataFrame({"building_id": zones["building_id"].to_numpy()})
    right = right.assign(zone=np.arange(len(zones)))
    left = pd.DataFrame({"building_id": planes["building_id"], "row": np.arange(len(planes))})
    pairs = left[owner >= 0].merge(right[~np.isnan(height)], on="building_id")
    row, zone = pairs["row"].to_numpy(), pairs["zone"].to_numpy()
    given = zones.geometry.to_numpy().astype(object)[zone]
    laid = whole_polygons(to_local_metres(shapely.force_2d(given), frames.at(owner[row])))
    whole = whole_polygons(planes["geometry"].to_numpy(dtype=object)[row])
    pieces = whole_polygons(shapely.intersection(laid, whole))
    there = np.flatnonzero(~shapely.is_missing(pieces))
    row, pieces = row[there], pieces[there]
    rise = height[zone[there]] - structures.clearance_m
    level = heights_at(shapely.centroid(pieces), planes.iloc[row], tops[row])
    # What does not reach the modules stays below the plane.
    return Pieces(owner[row], pieces, np.where(rise > 0.0, level + rise, -np.inf))


def _wall_pieces(
    planes: pd.DataFrame, owner: np.ndarray, tops: np.ndarray, structures: Structures
) -> Pieces:
    """Parapets about the flat planes, none where another plane of the roof follows."""
    if structures.parapet_height_m is None:
        return _no_pieces()
    shapes = whole_polygons(planes["geometry"].to_numpy(dtype=object))
    flat = (planes["roof_form"] == "flat").to_numpy() & (owner >= 0) & ~shapely.is_missing(shapes)
    rows = np.flatnonzero(flat)
    roof = shapes.copy()
    drawn = pd.Series(np.arange(len(planes)))[(owner >= 0) & ~shapely.is_missing(shapes)]
    for _, members in drawn.groupby(owner[drawn.to_numpy()]):
        if len(members) > 1:
            grown = shapely.buffer(shapes[members], _GAP_M, join_style="mitre")
            closed = shapely.buffer(shapely.union_all(grown), -_GAP_M, join_style="mitre")
            roof[members] = shapely.union_all([closed, *shapes[members]])
    wide = shapely.buffer(shapes[rows], _THICK_M, join_style="mitre", mitre_limit=2.0)
    walls = whole_polygons(shapely.difference(wide, roof[rows]))
    there = ~shapely.is_missing(walls)
    rows, walls = rows[there], walls[there]
    rise = structures.parapet_height_m - structures.clearance_m
    middle = shapely.centroid(shapes[rows])
    level = heights_at(middle, planes.iloc[rows], tops[rows])
    return Pieces(owner[rows], walls, level + rise if rise > 0.0 else np.full(len(rows), -np.inf))


def _no_pieces() -> Pieces:
    return Pieces(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=object), np.zeros(0))
