"""Names of coordinate systems as city models write them, and the order of their coordinates."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pyproj

_EPSG = re.compile(r"EPSG(?:\.xml)?\W+(?:[\d.]+\W+)?(\d{4,6})(?!\d)", re.IGNORECASE)
_ADV = re.compile(r"ETRS89_UTM(3[1-3])(?!\d)")
_LON_LAT = re.compile(r"\bCRS:?84h?\b", re.IGNORECASE)
_METRES_PER_DEGREE = 111_320.0


class Reference(NamedTuple):
    """
    What a file says of its coordinates.

    ``crs`` is the horizontal system (None where the name is not known), ``north_first`` whether it
    puts the northing or latitude first by its definition, ``formal`` whether the name is of a kind
    that binds to that order (a URN or a URL), ``height_unit`` the metres in one unit of height.
    """

    crs: pyproj.CRS | None
    north_first: bool = False
    formal: bool = False
    height_unit: float = 1.0


def reference_of(name: str | None) -> Reference:
    """
    Coordinate system of a ``srsName`` or a ``referenceSystem``.

    Parameters
    ----------
    name : str or None
        ``urn:ogc:def:crs:EPSG::7415``, ``https://www.opengis.net/def/crs/EPSG/0/7415``,
        ``EPSG:25832``, a compound of two, or a name of the German surveys (AdV).
    """
    crs = _named(name or "")
    if crs is None:
        return Reference(None)
    height_unit = _height_unit(crs)
    flat = crs.sub_crs_list[0] if crs.is_compound else crs.to_2d()
    if not (flat.is_projected or flat.is_geographic):
        return Reference(None)
    formal = bool(re.match(r"\s*(urn:|https?:)", name or "", re.IGNORECASE))
    return Reference(flat, flat.axis_info[0].direction == "north", formal, height_unit)


def _named(name: str) -> pyproj.CRS | None:
    if found := _EPSG.search(name):
        code = int(found[1])
    elif found := _ADV.search(name):
        code = 25800 + int(found[1])
    else:
        return pyproj.CRS("OGC:CRS84") if _LON_LAT.search(name) else None
    try:
        return pyproj.CRS.from_epsg(code)
    except pyproj.exceptions.CRSError:
        return None


def _height_unit(crs: pyproj.CRS) -> float:
    upright = [axis for axis in crs.axis_info if axis.direction == "up"]
    if not upright and crs.is_projected:
        upright = crs.axis_info
    return float(upright[0].unit_conversion_factor) if upright else 1.0


def is_swapped(reference: Reference, points: np.ndarray) -> bool:
    """
    Whether a file writes northing or latitude first.

    Where only one order puts the points inside the area that the system is made for, it is that
    one. Where both do, degrees stand in the defined order if the name binds to it, and else, like
    metres, the easting stands first.

    Parameters
    ----------
    reference : Reference
    points : ndarray (point, 2 or 3)
    """
    if reference.crs is None or not reference.north_first:
        return False
    first, second = np.median(points[:, :2], axis=0)
    as_written = _is_inside(reference.crs, first, second)
    turned = _is_inside(reference.crs, second, first)
    if as_written != turned:
        return turned
    return turned and reference.formal and reference.crs.is_geographic


def _is_inside(crs: pyproj.CRS, east: float, north: float) -> bool:
    area = crs.area_of_use
    if area is None:
        return True
    if crs.is_projected:
        degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        east, north = degrees.transform(east, north)
    west, south, far, top = area.bounds
    inside_lon = west - 1 <= east <= far + 1 if west <= far else not far + 1 < east < west - 1
    return bool(inside_lon and south - 1 <= north <= top + 1)


def metres_per_unit(crs: pyproj.CRS | None, points: np.ndarray) -> np.ndarray:
    """
    Metres in one unit of x, y and z (already metres), near the points.

    Parameters
    ----------
    crs : pyproj.CRS or None
        Taken as metric where not known.
    points : ndarray (point, 3)
        Easting or longitude first.
    """
    if crs is None:
        return np.ones(3)
    if crs.is_projected:
        unit = float(crs.axis_info[0].unit_conversion_factor)
        return np.array([unit, unit, 1.0])
    narrow = np.cos(np.radians(np.clip(np.median(points[:, 1]), -89.0, 89.0)))
    return np.array([_METRES_PER_DEGREE * narrow, _METRES_PER_DEGREE, 1.0])
