"""Footprints in metres: each in its own local frame, so that no other row can change a digit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

_SEMI_MAJOR_M = 6378137.0
_ECCENTRICITY_SQUARED = 0.00669437999014


class Frames(NamedTuple):
    """
    Local frame of each row: the place of its origin, and how long a degree is there.

    ``lon lat`` of the origin (row,) [deg], metres ``east`` and ``north`` in a degree (row,)
    [m/deg]; NaN where there is no geometry.
    """

    lon: np.ndarray
    lat: np.ndarray
    east: np.ndarray
    north: np.ndarray

    def at(self, rows: np.ndarray) -> Frames:
        """Frames of these rows, in this order."""
        return Frames(self.lon[rows], self.lat[rows], self.east[rows], self.north[rows])


def local_frames(geometry: np.ndarray) -> Frames:
    """
    Frames in the middle of the bounds of every geometry.

    Parameters
    ----------
    geometry : ndarray of geometries (row,)
        WGS84 longitude and latitude. [deg]
    """
    bounds = shapely.bounds(geometry)
    lon = (bounds[:, 0] + bounds[:, 2]) / 2.0
    lat = (bounds[:, 1] + bounds[:, 3]) / 2.0
    sine = np.sin(np.radians(lat))
    root = np.sqrt(1.0 - _ECCENTRICITY_SQUARED * sine**2)
    east = np.radians(_SEMI_MAJOR_M / root) * np.cos(np.radians(lat))
    north = np.radians(_SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / root**3)
    return Frames(lon, lat, east, north)


def to_local_metres(geometry: np.ndarray, frames: Frames | None = None) -> np.ndarray:
    """
    Move every geometry into metres east and north of the middle of its own bounds.

    A building is so small that the curvature within it stays below 1e-6 of its area.

    Parameters
    ----------
    geometry : ndarray of geometries (row,)
        WGS84 longitude and latitude [deg]; a height is left as it is.
    frames : Frames (row,), optional
        Of something else than the geometry itself.

    Returns
    -------
    ndarray of geometries (row,)
        [m]; missing stays missing.
    """
    into = local_frames(geometry) if frames is None else frames
    moved, owner = shapely.get_coordinates(geometry, include_z=_raised(geometry), return_index=True)
    moved[:, 0] = (moved[:, 0] - into.lon[owner]) * into.east[owner]
    moved[:, 1] = (moved[:, 1] - into.lat[owner]) * into.north[owner]
    return shapely.set_coordinates(geometry.copy(), moved)


def to_degrees(local: np.ndarray, frames: Frames) -> np.ndarray:
    """
    Move geometries of local frames back to longitude and latitude.

    Parameters
    ----------
    local : ndarray of geometries (row,)
        [m]
    frames : Frames (row,)

    Returns
    -------
    ndarray of geometries (row,)
        WGS84 [deg]; missing stays missing.
    """
    moved, owner = shapely.get_coordinates(local, include_z=_raised(local), return_index=True)
    moved[:, 0] = moved[:, 0] / frames.east[owner] + frames.lon[owner]
    moved[:, 1] = moved[:, 1] / frames.north[owner] + frames.lat[owner]
    return shapely.set_coordinates(local.copy(), moved)


def _raised(geometry: np.ndarray) -> bool:
    return bool(shapely.has_z(geometry).any())


def long_axis(local: np.ndarray) -> np.ndarray:
    """
    Direction of the long side of the smallest enclosing rectangle.

    Parameters
    ----------
    local : ndarray of polygons (row,)
        [m]

    Returns
    -------
    ndarray (row,)
        Azimuth in 0 to 180 clockwise from north [deg]; east-west where there is no rectangle.
    """
    azimuth = np.full(len(local), 90.0)
    rectangle = shapely.minimum_rotated_rectangle(local)
    wide = shapely.get_type_id(rectangle) == shapely.GeometryType.POLYGON
    wide[wide] = shapely.get_num_coordinates(rectangle[wide]) == 5
    if not wide.any():
        return azimuth
    corners = shapely.get_coordinates(rectangle[wide]).reshape(-1, 5, 2)
    sides = np.diff(corners[:, :3], axis=1)
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    east, north = sides[np.arange(len(sides)), np.argmax(lengths, axis=1)].T
    azimuth[wide] = np.degrees(np.arctan2(east, north)) % 180.0
    return azimuth


def sloped_length(local: np.ndarray, tilt: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """
    True length of the edges of planes, holes included.

    Parameters
    ----------
    local : ndarray of polygons (plane,)
        Seen from above. [m]
    tilt, azimuth : ndarray (plane,)
        [deg]

    Returns
    -------
    ndarray (plane,)
        [m]; 0 where there is no polygon.
    """
    length, sloping = shapely.length(local), np.flatnonzero(tilt > 0.0)
    parts, plane = shapely.get_parts(local[sloping], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    steps, owner = np.diff(points, axis=0)[same], sloping[plane[part[ring[1:][same]]]]
    facing = np.radians(azimuth)[owner]
    down = steps[:, 0] * np.sin(facing) + steps[:, 1] * np.cos(facing)
    fall = down * np.tan(np.radians(tilt))[owner]
    edges = np.sqrt((steps**2).sum(axis=1) + fall**2)
    length[sloping] = np.bincount(owner, weights=edges, minlength=len(local))[sloping]
    return length
