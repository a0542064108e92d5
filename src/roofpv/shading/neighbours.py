"""
Skylines of roof planes among the buildings around them; parts of the own one are in ``own``.

Every building is looked at in the metres of its own footprint, and its neighbours are brought into
them from longitude and latitude: neither chunks, nor tiles, nor the order of the buildings change a
digit. The ground is taken as level within reach; walls farther away are left to a surface model and
to the terrain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from roofpv.compiled import load_kernels
from roofpv.errors import InvalidConfig
from roofpv.roofs.metric import local_frames
from roofpv.shading.levels import plane_tops
from roofpv.shading.obstacles import (
    BASES,
    ESTIMATED,
    LENT,
    NO_HEIGHT,
    REACH_M,
    ROOF_BASES,
    STATED,
    Obstacles,
    find_obstacles,
    heights_of,
    lent_heights,
)
from roofpv.shading.points import (
    POINTS,
    Rings,
    rings_of,
    sample_points,
    starts_of,
    whole_polygons,
)
from roofpv.shading.relations import SAME, same_buildings

skyline_kernels = load_kernels("skyline")
view_kernels = load_kernels("skyview")

DIRECTIONS = 72
_FARTHEST_M = 5000.0
_DIRECTIONS, _POINTS = (8, 720), (1, 1000)
_NEIGHBOURS = ("neighbours_without_height", "neighbours_estimated", "neighbours_stated")


def neighbour_skylines(
    planes: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    context: gpd.GeoDataFrame | Obstacles | None = None,
    reach_m: float = REACH_M,
    directions: int = DIRECTIONS,
    points: int = POINTS,
) -> xr.Dataset:
    """
    Skylines of sample points on every plane by the buildings around.

    Parts of the building itself are left to ``own_skylines``.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``plane_id building_id roof_tilt roof_azimuth geometry`` as ``roof_planes`` gives them.
    buildings : GeoDataFrame (building,)
        ``building_id``, footprints in WGS84, ``height_m`` to the highest point of the roof and,
        where there are estimates, ``estimated_height_m`` [m].
    context : GeoDataFrame (building,) or Obstacles, optional
        All buildings with ``height_m`` and perhaps ``estimated_height_m``; ``buildings`` count
        among them, each once. ``Obstacles`` stand as they are, found once for many chunks.
    reach_m : float
        Walls farther from a point are left out. [m]
    directions : int
        Sectors of a skyline, the first centred on north.
    points : int
        Sample points on a plane.

    Returns
    -------
    Dataset (plane_id, point, azimuth)
        ``horizon_elevation``, the mean in each sector, 0 where there is no wall [deg]; ``x_m y_m``
        in the metres of the footprint and ``height_m`` above ground of every point (plane_id,
        point) [m]. By plane: ``height_basis`` (stated, lent by the context, estimated or none: then
        there is no skyline), numbers of neighbours within reach by what their height rests on (one
        without height does not block), and ``points_within_others``, the points that outlines of
        others contain, which do not hide them. Counts of the whole list are attributes.

    Raises
    ------
    InvalidConfig
        A reach, or a number of directions or points, that cannot be.
    InvalidInventory
        Outlines that are not in longitude and latitude.
    """
    check_numbers(reach_m, directions, points)
    found = context
    if not isinstance(found, Obstacles):
        found = find_obstacles(buildings, found, float(reach_m))
    outlines = whole_polygons(buildings.geometry.to_numpy())
    one, other, relation = same_buildings(outlines, found.tree)
    same = relation == SAME
    height, basis = heights_among(buildings, found, one[same], other[same])
    owner = pd.Index(buildings["building_id"]).get_indexer(planes["building_id"])
    frames = local_frames(buildings.geometry.to_numpy().astype(object))
    tops = plane_tops(planes, buildings, owner, frames, height)
    placed = sample_points(planes, tops, points)
    own = (starts_of(one, len(buildings)), other)
    targets = Targets(np.column_stack(frames), own, no_members(len(buildings)), no_prisms())
    cast = cast_points((owner, placed), targets, found, (float(reach_m), directions))
    by_plane = {
        "height_basis": np.array(ROOF_BASES, dtype=object)[np.append(basis, NO_HEIGHT)[owner]],
        **{name: cast.known[:, i] for i, name in enumerate(_NEIGHBOURS)},
        "points_within_others": (cast.within > 0).sum(axis=1),
    }
    attrs = {"reach_m": float(reach_m), **found.left_out}
    return skyline_dataset(planes, placed, cast.elevation, by_plane, attrs)


def lit_fraction(
    skylines: xr.Dataset, solar_elevation: np.ndarray, solar_azimuth: np.ndarray
) -> xr.DataArray:
    """
    Share of the points of every plane that see the sun.

    Parameters
    ----------
    skylines : Dataset (plane_id, point, azimuth)
        ``horizon_elevation``. [deg]
    solar_elevation, solar_azimuth : ndarray (time,)
        [deg]

    Returns
    -------
    DataArray (plane_id, time)
        [1]; NaN where no point has a skyline or the sun has no place.
    """
    elevation = skylines["horizon_elevation"].to_numpy()
    sun = [np.ascontiguousarray(a, dtype=float) for a in (solar_elevation, solar_azimuth)]
    lit = np.empty((len(elevation), len(sun[0])))
    view_kernels.lit_fractions(np.ascontiguousarray(elevation), *sun, lit)
    return xr.DataArray(
        lit, {"plane_id": skylines["plane_id"]}, ("plane_id", "time"), attrs={"units": "1"}
    )


def sky_view(skylines: xr.Dataset, tilt: np.ndarray, azimuth: np.ndarray) -> xr.DataArray:
    """
    View factor of every plane to the even sky over its skylines, the mean of its points.

    Parameters
    ----------
    skylines : Dataset (plane_id, point, azimuth)
        ``horizon_elevation``. [deg]
    tilt, azimuth : ndarray (plane,)
        Of the plane, or of what stands on it. [deg]

    Returns
    -------
    DataArray (plane_id,)
        [1]; NaN where there is no skyline.
    """
    elevation = skylines["horizon_elevation"].to_numpy()
    planes, points, directions = elevation.shape
    view = np.empty(planes * points)
    facing = [np.repeat(np.asarray(angle, dtype=float), points) for angle in (tilt, azimuth)]
    flat = np.ascontiguousarray(elevation).reshape(-1, directions)
    view_kernels.sky_view_factors(flat, *facing, view)
    mean = view.reshape(planes, points).mean(axis=1)
    return xr.DataArray(
        mean, {"plane_id": skylines["plane_id"]}, ("plane_id",), attrs={"units": "1"}
    )


def check_numbers(reach_m: float, directions: int, points: int) -> None:
    """Raise InvalidConfig at a reach [m], or a number of directions or points, that cannot be."""
    if not 0.0 < reach_m <= _FARTHEST_M:
        raise InvalidConfig(
            f"shading.reach_m = {reach_m:g}",
            f"a reach must be above 0 and no more than {_FARTHEST_M:g} m",
            "Give one in between, 200 for instance",
        )
    for name, value, least, most in (
        ("directions", directions, *_DIRECTIONS), ("points", points, *_POINTS)
    ):  # fmt: skip
        if int(value) != value or not least <= value <= most:
            raise InvalidConfig(
                f"{name} = {value}",
                f"must be a whole number from {least} to {most}",
                "Give another number",
            )


def heights_among(
    buildings: gpd.GeoDataFrame, found: Obstacles, one: np.ndarray, other: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """
    Height of every building, as the obstacles have the same building, and what it rests on.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        ``height_m``, ``estimated_height_m``. [m]
    found : Obstacles
    one, other : ndarray of int (pair,)
        Rows of the same building in both.

    Returns
    -------
    (ndarray, ndarray of int) (building,)
        [m], NaN where not known; index of ``ROOF_BASES``.
    """
    stated, estimated, _ = heights_of(buildings)
    unstated = np.isnan(stated)
    for basis, mine in ((STATED, stated), (ESTIMATED, estimated)):
        theirs = np.where(found.basis == basis, found.top_m, np.nan)
        mine[:] = lent_heights(mine, theirs, one, other)
    height = np.where(np.isnan(stated), estimated, stated)
    rests_on = np.where(np.isnan(stated), np.where(np.isnan(height), NO_HEIGHT, ESTIMATED), STATED)
    rests_on[unstated & ~np.isnan(stated)] = LENT
    return height, rests_on


class Prisms(NamedTuple):
    """``corners`` and ``boxes`` [deg], ``top_m`` above ground [m]."""

    corners: Rings
    boxes: np.ndarray
    top_m: np.ndarray


class Targets(NamedTuple):
    """
    What skylines are cast for.

    ``frames`` (building, 4); as pairs (starts by building, members) ``own``, obstacles that hide
    nothing from the building, and ``parts``, which the grid need not hold: rows of the obstacles,
    and beyond them those of ``more``.
    """

    frames: np.ndarray
    own: tuple[np.ndarray, np.ndarray]
    parts: tuple[np.ndarray, np.ndarray]
    more: Prisms


class Cast(NamedTuple):
    """``elevation`` (plane, point, direction), ``within`` (plane, point), ``known`` (plane, 3)."""

    elevation: np.ndarray
    within: np.ndarray
    known: np.ndarray


def no_members(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pair (starts, members) of so many buildings without any."""
    return np.zeros(count + 1, dtype=np.int64), np.zeros(0, dtype=np.int64)


def no_prisms() -> Prisms:
    """None."""
    nothing = np.zeros(0, dtype=object)
    return Prisms(rings_of(nothing), np.zeros((0, 4)), np.zeros(0))


def cast_points(
    placed: tuple[np.ndarray, np.ndarray],
    targets: Targets,
    found: Obstacles,
    asked: tuple[float, int],
) -> Cast:
    """
    Skylines of points on the buildings that own them.

    Parameters
    ----------
    placed : (ndarray of int (plane,), ndarray (plane, point, 3))
        Row of the building of each plane, -1 where there is none; points. [m]
    targets : Targets
    found : Obstacles
    asked : (float, int)
        Reach [m] and number of directions.
    """
    owner, places = placed
    (planes, points, _), count = places.shape, len(targets.frames)
    order = np.argsort(owner, kind="stable")
    order = order[owner[order] >= 0]
    chosen = np.ascontiguousarray(places[order]).reshape(-1, 3)
    elevation = np.empty((len(chosen), asked[1]), dtype=np.float32)
    within = np.zeros(len(chosen), dtype=np.int64)
    known = np.zeros((count, len(BASES)), dtype=np.int64)
    more = targets.more
    boxes = np.concatenate([found.boxes, more.boxes])
    skyline_kernels.cast_skylines(
        (
            targets.frames,
            points * starts_of(owner[order], count),
            targets.own,
            targets.parts,
        ),
        chosen,
        (boxes, found.basis, *found.place),
        (*_joined(found.corners, more.corners), boxes, np.append(found.top_m, more.top_m)),
        skyline_kernels.ray_directions(asked[1]),
        asked[0],
        (elevation, within, known),
    )
    among = np.append(known, np.zeros((1, len(BASES)), dtype=np.int64), axis=0)[owner]
    cast = Cast(elevation.reshape(-1, points, asked[1]), within.reshape(-1, points), among)
    if np.array_equal(order, np.arange(planes)):
        return cast
    full = Cast(
        np.full((planes, points, asked[1]), np.nan, dtype=np.float32),
        np.zeros((planes, points), dtype=np.int64),
        among,
    )
    full.elevation[order] = cast.elevation
    full.within[order] = cast.within
    return full


def _joined(one: Rings, other: Rings) -> Rings:
    if not len(other.x):
        return one._replace(
            outlines=np.append(one.outlines, np.full(len(other.outlines) - 1, one.outlines[-1]))
        )
    return Rings(
        np.append(one.x, other.x),
        np.append(one.y, other.y),
        np.append(one.rings, other.rings[1:] + one.rings[-1]),
        np.append(one.outlines, other.outlines[1:] + one.outlines[-1]),
    )


def skyline_dataset(
    planes: pd.DataFrame,
    placed: np.ndarray,
    elevation: np.ndarray,
    by_plane: Mapping[str, np.ndarray],
    attrs: Mapping[str, object],
) -> xr.Dataset:
    """
    Skylines of points with their places.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``plane_id``.
    placed : ndarray (plane, point, 3)
        East, north, height. [m]
    elevation : ndarray (plane, point, azimuth)
        [deg]
    by_plane : mapping of str to ndarray (plane,)
    attrs : mapping
    """
    directions = elevation.shape[2]
    data = xr.Dataset(
        {
            "horizon_elevation": (("plane_id", "point", "azimuth"), elevation),
            **{
                name: (("plane_id", "point"), placed[..., i], {"units": "m"})
                for i, name in enumerate(("x_m", "y_m", "height_m"))
            },
            **{name: ("plane_id", values) for name, values in by_plane.items()},
        },
        coords={
            "plane_id": planes["plane_id"].to_numpy(dtype=object),
            "point": np.arange(placed.shape[1]),
            "azimuth": 360.0 * np.arange(directions) / directions,
        },
        attrs=dict(attrs),
    )
    data["horizon_elevation"].attrs["units"] = "deg"
    return data
