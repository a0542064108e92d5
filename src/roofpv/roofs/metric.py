"""Footprints in metres: each in its own local frame, so that no other row can change a digit."""

from __future__ import annotations

import numpy as np
import shapely

_SEMI_MAJOR_M = 6378137.0
_ECCENTRICITY_SQUARED = 0.00669437999014


def to_local_metres(geometry: np.ndarray) -> np.ndarray:
    """
    Move every geometry into metres east and north of the middle of its own bounds.

    A building is so small that the curvature within it stays below 1e-6 of its area.

    Parameters
    ----------
    geometry : ndarray of geometries (row,)
        WGS84 longitude and latitude. [deg]

    Returns
    -------
    ndarray of geometries (row,)
        [m]; missing stays missing.
    """
    coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
    bounds = shapely.bounds(geometry)
    lon = (bounds[owner, 0] + bounds[owner, 2]) / 2.0
    lat = (bounds[owner, 1] + bounds[owner, 3]) / 2.0
    sine = np.sin(np.radians(lat))
    root = np.sqrt(1.0 - _ECCENTRICITY_SQUARED * sine**2)
    prime_vertical = _SEMI_MAJOR_M / root
    meridian = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / root**3
    local = np.empty_like(coordinates)
    local[:, 0] = np.radians(coordinates[:, 0] - lon) * prime_vertical * np.cos(np.radians(lat))
    local[:, 1] = np.radians(coordinates[:, 1] - lat) * meridian
    return shapely.set_coordinates(geometry.copy(), local)


def long_axis(local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Direction of the long side of the smallest enclosing rectangle, and short over long side.

    Parameters
    ----------
    local : ndarray of polygons (row,)
        [m]

    Returns
    -------
    (ndarray, ndarray)
        Azimuth in 0 to 180 clockwise from north [deg], and the ratio; east-west and one half
        where there is no polygon.
    """
    azimuth = np.full(len(local), 90.0)
    ratio = np.full(len(local), 0.5)
    for i in np.flatnonzero(~shapely.is_missing(local)):
        corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(local[i]))
        if len(corners) < 4:
            continue
        sides = np.diff(corners[:3], axis=0)
        lengths = np.hypot(sides[:, 0], sides[:, 1])
        east, north = sides[int(np.argmax(lengths))]
        azimuth[i] = np.degrees(np.arctan2(east, north)) % 180.0
        ratio[i] = lengths.min() / lengths.max()
    return azimuth, ratio
