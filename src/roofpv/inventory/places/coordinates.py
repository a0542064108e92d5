"""Coordinates of an inventory to longitude and latitude in WGS84, whatever they are given in."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from roofpv.inventory.findings import Finding
from roofpv.inventory.places import datum as datums
from roofpv.inventory.places.crs import WGS84, check_datum_shift, parse_crs
from roofpv.inventory.places.placing import (
    Mask,
    Note,
    Numbers,
    first_that_fits,
    lost,
    parse_system,
    swapped_axes,
)

__all__ = [
    "Placed",
    "Points",
    "check_datum_shift",
    "find_swapped",
    "parse_crs",
    "parse_system",
    "points_from_metres",
    "swapped_axes",
    "to_degrees",
]


class Placed(NamedTuple):
    """A frame in WGS84, rows of it that have no place on the earth, and what was done."""

    frame: gpd.GeoDataFrame
    findings: list[Finding]
    notes: list[Note]


class Points(NamedTuple):
    """Points in WGS84 [°], those that have no place on the earth, and what was done."""

    lon: Numbers
    lat: Numbers
    findings: list[Finding]
    notes: list[Note]


def to_degrees(
    frame: gpd.GeoDataFrame, crs_text: str | None, source: str, datum: str, swap: bool
) -> Placed:
    """
    Geometry in longitude and latitude of WGS84, in a column ``geometry``.

    The file's own system comes first; the stated one counts where the file has none, or one that
    cannot be right. Heights stay as they are.

    Parameters
    ----------
    frame : GeoDataFrame (row,)
        With the file's system, or none.
    crs_text : str or None
        As ``parse_system`` takes it.
    source : str
        Name of the file.
    datum : str
        ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.
    swap : bool
        The file has northing or latitude first.

    Returns
    -------
    Placed
        Rows of the findings keep the coordinates that they had.

    Raises
    ------
    InvalidInventory
        No coordinate system, one that does not fit the coordinates, one without a known way to
        WGS84, or a datum of web maps with coordinates in metres.
    """
    stated = None if crs_text is None else parse_system(crs_text)
    own = frame.crs
    if frame.active_geometry_name != "geometry":
        frame = frame.rename(columns={"geometry": "geometry_text"}).rename_geometry("geometry")
    shapes = frame.geometry.to_numpy()
    notes: list[Note] = []
    findings: list[Finding] = []
    if not shapely.is_missing(shapes).all():
        if swap:
            shapes = datums.moved_shapes(shapes, lambda x, y: (y, x))
        left, bottom, right, top = shapely.bounds(shapes).T
        x, y = (left + right) / 2.0, (bottom + top) / 2.0
        plan = first_that_fits(own, stated, (x, y), f"{source}, geometry", datum)
        for rows, way in plan.parts:
            if way.transformer is not None:
                shapes = _replaced(shapes, rows, datums.moved_shapes(shapes[rows], way.move))
        shapes = datums.geometries_to_wgs84(shapes, datum)
        notes, findings = [*plan.notes], [*plan.findings]
    placed = gpd.GeoSeries(shapes, index=frame.index, crs=WGS84, name="geometry")
    return Placed(frame.set_geometry(placed), findings, notes)


def points_from_metres(
    easting: npt.ArrayLike,
    northing: npt.ArrayLike,
    crs_text: str | None,
    source: str,
    datum: str = "wgs84",
) -> Points:
    """
    Longitude and latitude of columns with plan coordinates (or with degrees of another system).

    Parameters
    ----------
    easting, northing : array-like (row,)
        In the units of the system. The X of a Chinese survey is its northing.
    crs_text : str or None
        As ``parse_system`` takes it.
    source : str
        Name of the file.
    datum : str
        ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.

    Returns
    -------
    Points
        NaN stays NaN; rows of the findings keep the numbers that they had.

    Raises
    ------
    InvalidInventory
        As ``to_degrees``.
    """
    stated = None if crs_text is None else parse_system(crs_text)
    x, y = np.array(easting, dtype=float), np.array(northing, dtype=float)
    if not (np.isfinite(x) & np.isfinite(y)).any():
        return Points(np.full(x.shape, np.nan), np.full(x.shape, np.nan), [], [])
    plan = first_that_fits(None, stated, (x, y), f"{source}, coordinates", datum)
    lon, lat = x.copy(), y.copy()
    for rows, way in plan.parts:
        lon[rows], lat[rows] = way.move(x[rows], y[rows])
    lon, lat = datums.to_wgs84(lon, lat, datum)
    return Points(lon, lat, [*plan.findings], [*plan.notes])


def find_swapped(lon: npt.ArrayLike, lat: npt.ArrayLike, column: str) -> list[Finding]:
    """
    The rows of ``swapped_axes`` as a finding: they cannot be used.

    Parameters
    ----------
    lon, lat : array-like (row,)
        [°]
    column : str
        Where they were read from.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return lost("SWAPPED_AXES", swapped_axes(x, y), (x, y), column)


def _replaced(whole: np.ndarray, rows: Mask, part: np.ndarray) -> np.ndarray:
    if rows.all():
        return part
    out = np.array(whole, dtype=object)
    out[rows] = part
    return out
