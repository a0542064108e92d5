"""Degrees into metres where no result depends on more than a part in a thousand."""

from __future__ import annotations

import numpy as np
import shapely

_SEMI_MAJOR_M = 6378137.0
_ECCENTRICITY_SQUARED = 0.00669437999014


def metres_per_degree(lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Length of a degree to the east and to the north, WGS84.

    Parameters
    ----------
    lat : ndarray
        Latitude. [deg]

    Returns
    -------
    (ndarray, ndarray)
        [m/deg]
    """
    angle = np.radians(lat)
    root = np.sqrt(1.0 - _ECCENTRICITY_SQUARED * np.sin(angle) ** 2)
    east = np.radians(_SEMI_MAJOR_M / root) * np.cos(angle)
    north = np.radians(_SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / root**3)
    return east, north


def square_metres_per_degree(bounds: np.ndarray) -> np.ndarray:
    """
    Area of a square degree at the middle of each box.

    Parameters
    ----------
    bounds : ndarray (row, 4)
        West, south, east, north. [deg]

    Returns
    -------
    ndarray (row,)
        [m2/deg2]; NaN where there is no box.
    """
    east, north = metres_per_degree((bounds[:, 1] + bounds[:, 3]) / 2.0)
    return east * north


def areas_m2(geometry: np.ndarray) -> np.ndarray:
    """
    Area of each outline.

    Parameters
    ----------
    geometry : ndarray of geometries (row,)
        WGS84 longitude and latitude. [deg]

    Returns
    -------
    ndarray (row,)
        [m2]; NaN where there is none, 0 for points and lines.
    """
    return shapely.area(geometry) * square_metres_per_degree(shapely.bounds(geometry))
