"""
Heights of the planes of one roof, and its higher parts as prisms.

A stated height is that of the highest point of the roof. Planes drawn by the form of the roof reach
up to it; those of a 3D model keep the levels of the model below its highest point.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.roofs.metric import Frames, to_local_metres
from roofpv.roofs.surfaces import facets

# A plane and a surface of the model are of one slope within this. [deg]
_ONE_SLOPE_DEG = 3.0
# Levels nearer than this are one. [m]
_LEVEL_M = 0.1
# Frames have one origin: the buildings are set so far apart. [m]
_ASIDE_M = 20000.0


class Pieces(NamedTuple):
    """
    Prisms on the buildings themselves.

    ``owner`` (row of its building), ``shapes`` in local metres [m], ``top_m`` above ground [m].
    """

    owner: np.ndarray
    shapes: np.ndarray
    top_m: np.ndarray


def plane_tops(
    planes: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    owner: np.ndarray,
    frames: Frames,
    height_m: np.ndarray,
) -> np.ndarray:
    """
    Highest point of every plane.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``roof_tilt roof_azimuth`` [deg], ``geometry`` in local metres.
    buildings : GeoDataFrame (building,)
        ``roof_surfaces`` and ``lod`` of 3D models, where there are any.
    owner : ndarray of int (plane,)
        Row of its building; -1 where there is none.
    frames : Frames (building,)
    height_m : ndarray (building,)
        Highest point of the roof above ground. [m]

    Returns
    -------
    ndarray (plane,)
        Above ground, no lower than it [m]; NaN where the height is not known.
    """
    top = np.where(owner >= 0, np.append(height_m, np.nan)[owner], np.nan)
    surfaces = _surfaces(buildings, frames)
    if surfaces is None:
        return top
    below = _below_highest(planes, owner, facets(surfaces))
    lowest = np.minimum(top, 0.0)
    return np.where(np.isnan(below), top, np.maximum(top - below, lowest))


def higher_parts(planes: pd.DataFrame, owner: np.ndarray, top_m: np.ndarray) -> Pieces:
    """
    Planes of roofs on several levels as prisms, each up to its middle height.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``roof_tilt roof_azimuth`` [deg], ``geometry`` in local metres.
    owner : ndarray of int (plane,)
    top_m : ndarray (plane,)
        From ``plane_tops``. [m]

    Returns
    -------
    Pieces
        None of roofs on one level.
    """
    count = int(owner.max(initial=-1)) + 1
    known = (owner >= 0) & ~np.isnan(top_m)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, owner[known], top_m[known])
    np.maximum.at(high, owner[known], top_m[known])
    rows = np.flatnonzero(known)
    rows = rows[(high - low)[owner[rows]] > _LEVEL_M]
    rows = rows[np.argsort(owner[rows], kind="stable")]
    middle = shapely.centroid(planes["geometry"].to_numpy(dtype=object)[rows])
    return Pieces(
        owner[rows], planes["geometry"].to_numpy(dtype=object)[rows],
        heights_at(middle, planes.iloc[rows], top_m[rows]),
    )  # fmt: skip


def heights_at(spots: np.ndarray, planes: pd.DataFrame, top_m: np.ndarray) -> np.ndarray:
    """
    Heights of planes at one place of each.

    Parameters
    ----------
    spots : ndarray of points (row,)
        In local metres. [m]
    planes : DataFrame (row,)
        ``roof_tilt roof_azimuth`` [deg], ``geometry`` in local metres.
    top_m : ndarray (row,)
        Highest point of the plane. [m]

    Returns
    -------
    ndarray (row,)
        [m]
    """
    tilt, azimuth = (planes[f"roof_{of}"].to_numpy(dtype=float) for of in ("tilt", "azimuth"))
    shapes = planes["geometry"].to_numpy(dtype=object)
    fall = np.tan(np.radians(tilt)) * (
        _down(shapely.get_x(spots), shapely.get_y(spots), azimuth) - _upper(shapes, azimuth)
    )
    return np.asarray(top_m - fall)


def _surfaces(buildings: gpd.GeoDataFrame, frames: Frames) -> np.ndarray | None:
    """Roof surfaces of 3D models in local metres; None where no building has any."""
    if "roof_surfaces" not in buildings:
        return None
    given = buildings["roof_surfaces"].to_numpy(dtype=object).copy()
    if "lod" in buildings:
        # The top of a block model is no measured roof.
        given[buildings["lod"].astype(str).str.startswith(("0", "1")).to_numpy(dtype=bool)] = None
    given[np.isnan(frames.lon)] = None
    return None if shapely.is_missing(given).all() else to_local_metres(given, frames)


def _below_highest(planes: pd.DataFrame, owner: np.ndarray, faces: pd.DataFrame) -> np.ndarray:
    """How far the top of each plane is below that of the model; NaN where it is not in one. [m]."""
    roofs = faces[(faces["roof_tilt"] < 90.0) & ~shapely.is_empty(faces["geometry"].to_numpy())]
    row = roofs["row"].to_numpy()
    upper = _upper(roofs["geometry"].to_numpy(), roofs["roof_azimuth"].to_numpy())
    slope = np.tan(np.radians(roofs["roof_tilt"].to_numpy()))
    down = _down(roofs["east"].to_numpy(), roofs["north"].to_numpy(), roofs["roof_azimuth"])
    top = roofs["up"].to_numpy() + slope * (down - upper)
    highest = np.full(int(max(row.max(initial=-1), owner.max(initial=-1))) + 2, -np.inf)
    np.maximum.at(highest, row, np.where(slope < 10.0, top, -np.inf))
    shapes = planes["geometry"].to_numpy(dtype=object)
    plane, face = _pairs(shapes, owner, roofs["geometry"].to_numpy(), row)
    tilt, azimuth = (planes[f"roof_{of}"].to_numpy(dtype=float) for of in ("tilt", "azimuth"))
    same = _apart(roofs.iloc[face], tilt[plane], azimuth[plane]) <= _ONE_SLOPE_DEG
    plane, face = plane[same], face[same]
    # The surface at the middle of the plane, from there up the plane.
    spot = shapely.point_on_surface(shapes[plane])
    here = _down(shapely.get_x(spot), shapely.get_y(spot), azimuth[plane])
    on_face = _down(
        shapely.get_x(spot), shapely.get_y(spot), roofs["roof_azimuth"].to_numpy()[face]
    )
    level = top[face] - slope[face] * (on_face - upper[face])
    level += np.tan(np.radians(tilt[plane])) * (here - _upper(shapes[plane], azimuth[plane]))
    found = np.full(len(planes), -np.inf)
    np.maximum.at(found, plane, level)
    found[~np.isfinite(found)] = np.nan
    return np.maximum(highest[owner] - found, 0.0)


def _pairs(
    shapes: np.ndarray, owner: np.ndarray, faces: np.ndarray, row: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Planes and the surfaces of the same building below their middles."""
    spots = shapely.point_on_surface(shapes)
    spots[owner < 0] = None
    moved = _aside(spots, owner)
    plane, face = shapely.STRtree(_aside(faces, row)).query(moved, predicate="intersects")
    return plane, face


def _aside(shapes: np.ndarray, row: np.ndarray) -> np.ndarray:
    points, at = shapely.get_coordinates(shapes, return_index=True)
    points[:, 0] += _ASIDE_M * row[at]
    return shapely.set_coordinates(shapes.copy(), points)


def _apart(faces: pd.DataFrame, tilt: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Angle between the normals of surfaces and planes. [deg]."""
    one, other = np.radians(faces["roof_tilt"].to_numpy()), np.radians(tilt)
    turn = np.radians(faces["roof_azimuth"].to_numpy() - azimuth)
    cosine = np.cos(one) * np.cos(other) + np.sin(one) * np.sin(other) * np.cos(turn)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _down(x: np.ndarray, y: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """How far a place is toward an azimuth. [m]."""
    angle = np.radians(np.asarray(azimuth, dtype=float))
    return np.asarray(x * np.sin(angle) + y * np.cos(angle))


def _upper(shapes: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """The upper end of each shape, toward an azimuth. [m]."""
    points, at = shapely.get_coordinates(shapes, return_index=True)
    upper = np.full(len(shapes), np.inf)
    np.minimum.at(upper, at, _down(points[:, 0], points[:, 1], np.asarray(azimuth)[at]))
    return upper
