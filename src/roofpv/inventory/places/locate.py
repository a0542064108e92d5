"""Where rows are: outlines, points, numbers in degrees or metres, in whatever system -> WGS84."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.errors import InvalidInventory
from roofpv.inventory.findings import Finding
from roofpv.inventory.headers.words import EASTING, LATLON, LONLAT, NORTHING
from roofpv.inventory.places import datum as datums
from roofpv.inventory.places.coordinates import (
    Points,
    find_swapped,
    parse_system,
    points_from_metres,
    to_degrees,
)
from roofpv.inventory.places.placetext import points_from_text

Note = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class Place:
    """
    What a file does not say of its coordinates.

    ``crs`` is their reference system (``EPSG:4545``, a PROJ string), ``datum`` what their degrees
    refer to (maps of Amap and Tencent are GCJ-02, of Baidu BD-09), ``swap_axes`` whether latitude
    and longitude stand the wrong way round.
    """

    crs: str | None = None
    datum: str = "wgs84"
    swap_axes: bool = False


@dataclass(frozen=True)
class Located:
    """A frame in WGS84, what was found at single rows on the way, and what is to be said of all."""

    frame: gpd.GeoDataFrame
    findings: list[Finding] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def locate(table: pd.DataFrame, place: Place, source: str) -> Located:
    """
    Bring outlines and points of a table to longitude and latitude in WGS84.

    Parameters
    ----------
    table : GeoDataFrame or DataFrame (row,)
        Our column names; outlines as geometry or as WKT in ``geometry``, points in ``lon`` and
        ``lat``, in ``easting_m`` and ``northing_m``, or both numbers in one cell.
    place : Place
    source : str
        Name of the file.

    Raises
    ------
    InvalidInventory
        Coordinates whose system is not stated or does not fit, or a column of outlines that are
        none.
    """
    if place.crs is not None:
        parse_system(place.crs)
    outlines = _outlines(table, place, source)
    points = _points(outlines.frame, place, source)
    findings = [*outlines.findings, *points.findings]
    return Located(points.frame, findings, [*outlines.notes, *points.notes])


def _outlines(table: pd.DataFrame, place: Place, source: str) -> Located:
    if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None:
        placed = to_degrees(table, place.crs, source, place.datum, place.swap_axes)
        frame, findings, notes = placed
        return Located(_surfaces(frame, table, place), findings, notes)
    plain = pd.DataFrame(table)
    if "geometry" not in plain or not plain["geometry"].notna().any():
        nowhere = shapely.from_wkt([None] * len(plain))
        plain = plain.drop(columns="geometry", errors="ignore")
        return Located(gpd.GeoDataFrame(plain, geometry=nowhere, crs="EPSG:4326"))
    shapes, unread = _from_wkt(plain["geometry"], source)
    plain = plain.drop(columns="geometry").assign(unread_geometry=unread)
    frame = gpd.GeoDataFrame(plain, geometry=shapes)
    # Words for outlines are degrees unless the user says otherwise.
    placed = to_degrees(frame, place.crs or "EPSG:4326", source, place.datum, place.swap_axes)
    return Located(*placed)


def _surfaces(frame: gpd.GeoDataFrame, table: gpd.GeoDataFrame, place: Place) -> gpd.GeoDataFrame:
    """Roof surfaces of a 3D model, which take the way of the outlines; heights stay."""
    if "roof_surfaces" not in table:
        return frame
    surfaces = gpd.GeoDataFrame(geometry=table["roof_surfaces"].to_numpy(), crs=table.crs)
    moved = to_degrees(surfaces, place.crs, "roof surfaces", place.datum, place.swap_axes).frame
    return frame.assign(roof_surfaces=moved.geometry.to_numpy().astype(object))


def _points(frame: gpd.GeoDataFrame, place: Place, source: str) -> Located:
    """Numbers of lon and lat; text that is no number stays as it is, for the check to name."""
    one_cell = next((name for name in (LONLAT, LATLON) if name in frame), None)
    if {EASTING, NORTHING} <= set(frame):
        cells = [pd.to_numeric(frame[name], errors="coerce") for name in (EASTING, NORTHING)]
        x, y = reversed(cells) if place.swap_axes else cells
        if _are_degrees(x, y):
            degrees = frame.drop(columns=[EASTING, NORTHING]).assign(lon=cells[0], lat=cells[1])
            return _in_degrees(degrees, place, source)
        points = points_from_metres(x, y, place.crs, source, place.datum)
        return _with_points(frame.drop(columns=[EASTING, NORTHING]), points)
    if one_cell is not None:
        lon, lat, findings = points_from_text(frame[one_cell], one_cell, one_cell == LATLON)
        lon, lat = datums.to_wgs84(lon, lat, place.datum)
        return _with_points(frame.drop(columns=one_cell), Points(lon, lat, findings, []))
    if not {"lon", "lat"} <= set(frame):
        return Located(frame)
    return _in_degrees(frame, place, source)


def _in_degrees(frame: gpd.GeoDataFrame, place: Place, source: str) -> Located:
    cells = (frame["lat"], frame["lon"]) if place.swap_axes else (frame["lon"], frame["lat"])
    lon, lat = (_degrees(column) for column in cells)
    if _metres(lon, lat) or place.crs is not None:
        return _with_points(frame, points_from_metres(lon, lat, place.crs, source, place.datum))
    findings = find_swapped(lon, lat, "lat")
    good = np.isfinite(lon) & np.isfinite(lat)
    if findings:
        good[findings[0].at] = False
    moved = datums.to_wgs84(lon[good], lat[good], place.datum)
    out = [column.astype(object).to_numpy(copy=True) for column in cells]
    out[0][good], out[1][good] = moved
    typed = {
        name: pd.Series(values.astype(float) if good.all() else values, index=frame.index)
        for name, values in zip(("lon", "lat"), out, strict=True)
    }
    return Located(frame.assign(**typed), findings)


def _degrees(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _are_degrees(x: pd.Series, y: pd.Series) -> bool:
    return bool((x.abs().max() <= 180.0) & (y.abs().max() <= 90.0))


def _metres(lon: np.ndarray, lat: np.ndarray) -> bool:
    """Whether most pairs are far beyond any degree: plan coordinates under the wrong header."""
    both = np.isfinite(lon) & np.isfinite(lat)
    far = (np.abs(lon[both]) > 1000.0) & (np.abs(lat[both]) > 1000.0)
    return bool(both.any() and far.mean() > 0.5)


def _with_points(frame: gpd.GeoDataFrame, points: Points) -> Located:
    placed = frame.assign(lon=np.asarray(points.lon), lat=np.asarray(points.lat))
    return Located(placed, list(points.findings), list(points.notes))


def _from_wkt(column: pd.Series, source: str) -> tuple[np.ndarray, pd.Series]:
    """Outlines, and the text of those that are none."""
    stated = column.notna().to_numpy()
    cells = [str(cell) if said else None for cell, said in zip(column, stated, strict=True)]
    text = np.array(cells, dtype=object)
    shapes = shapely.from_wkt(text, on_invalid="ignore")
    wrong = shapely.is_missing(shapes) & stated
    if wrong.any() and not (stated & ~wrong).any():
        raise InvalidInventory(
            f"{source}, column geometry",
            f"{text[wrong][0][:60]!r} is no WKT",
            "Write footprints as POLYGON ((106.37 39.01, ...))",
        )
    text[~wrong] = None
    return shapes, pd.Series(text, index=column.index, dtype=object)
