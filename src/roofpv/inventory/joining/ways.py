"""By what a register and footprints are joined: the way that was asked for, or that suits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.errors import InvalidConfig, InvalidInventory
from roofpv.inventory.joining.amounts import numbers_of
from roofpv.inventory.joining.by_name import match_names
from roofpv.inventory.joining.by_place import match_places
from roofpv.inventory.joining.matching import Book, Matches, keys_of, match_ids
from roofpv.inventory.outlines.duplicates import equal_outlines

Way = Literal["auto", "id", "place", "name"]
WAYS: tuple[Way, ...] = ("auto", "id", "place", "name")
_ENOUGH = 0.5
_FARTHEST_M, _LEAST_SIMILARITY = 5000.0, 0.5
_KEYS = (("building_id", "building_id"), ("institution_id", "institution_id"))
_NAMES = (
    ("name", "name"), ("institution", "institution"), ("name", "institution"),
    ("institution", "name"),
)  # fmt: skip
_COMPARED = ("building_id", "institution_id", "name", "institution", "district")


@dataclass(frozen=True)
class Join:
    """
    How a register and footprints are joined.

    ``by`` is ``id``, ``place``, ``name``, or ``auto``: by id if half of the rows with an id find a
    footprint, else by place if it has any, else by name. A place finds footprints within
    ``reach_m`` [m]; names are one from ``similarity`` (0 to 1) on.
    """

    by: Way = "auto"
    reach_m: float = 50.0
    similarity: float = 0.9


@dataclass(frozen=True, eq=False)
class Found:
    """
    Matches, and the way that they were made.

    ``offered`` are the footprints that could be matched; ``zeros`` counts the rows whose id is a
    footprint's only without leading zeros.
    """

    by: Way
    matches: Matches
    offered: np.ndarray
    zeros: int


def check_limits(how: Join) -> None:
    """
    Refuse a way that is none, and limits that make no sense.

    Raises
    ------
    InvalidConfig
    """
    if how.by not in WAYS:
        raise InvalidConfig(f"join by {how.by!r}", "no such way", f"Use one of {', '.join(WAYS)}")
    if not 0.0 < how.reach_m <= _FARTHEST_M:
        raise InvalidConfig(
            f"join, reach_m = {how.reach_m}",
            f"must be above 0 and at most {_FARTHEST_M:.0f} m",
            "Give how far a place may be from its footprint, for example 50",
        )
    if not _LEAST_SIMILARITY <= how.similarity <= 1.0:
        raise InvalidConfig(
            f"join, similarity = {how.similarity}",
            f"must be {_LEAST_SIMILARITY} to 1",
            "Give how alike two names must be, for example 0.9; 1 is equal",
        )


def match_tables(register: pd.DataFrame, footprints: gpd.GeoDataFrame, how: Join) -> Found:
    """
    Match the rows of a register with outlines.

    Parameters
    ----------
    register : DataFrame (row,)
    footprints : GeoDataFrame (footprint,)
        WGS84. [deg]
    how : Join

    Returns
    -------
    Found

    Raises
    ------
    InvalidInventory
        Footprints without an outline, or tables that have nothing in common to be joined by.
    """
    shapes = footprints.geometry.to_numpy().astype(object)
    offered = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    if not offered.size:
        raise InvalidInventory("footprints", "no row has an outline", "Give a layer of polygons")
    columns = [name for name in _COMPARED if name in footprints]
    theirs = pd.DataFrame(footprints[columns]).iloc[offered]
    ranks, places = _ranks(register), places_of(register)
    by, book, zeros = how.by, Book(ranks, len(offered)), 0
    if register.empty:
        return Found("id", book.matches(), offered, 0)
    if by in ("auto", "id"):
        _check_common(by, register, theirs, places)
        zeros = match_ids(register, theirs, book)
        by = "id" if by == "id" or _half_found(register, book) else "auto"
    if by == "auto":
        by = "place" if np.isfinite(places).any() else "name"
    if by != "id":
        _check_common(by, register, theirs, places)
        once = _once(shapes[offered], theirs)
        offered, theirs, zeros = offered[once], theirs.iloc[once], 0
        book = Book(ranks, len(offered))
        if by == "place":
            match_places(places, shapes[offered], how.reach_m, book)
        else:
            limits = (how.reach_m, how.similarity)
            match_names((register, theirs), places, shapes[offered], limits, book)
    return Found(by, book.matches(), offered, zeros)


def places_of(register: pd.DataFrame) -> np.ndarray:
    """
    Longitude and latitude of each row, by its columns, else by its point.

    Parameters
    ----------
    register : DataFrame (row,)

    Returns
    -------
    ndarray (row, 2)
        NaN where the place is not stated, or on no map. [deg]
    """
    places = np.full((len(register), 2), np.nan)
    for i, name in enumerate(("lon", "lat")):
        if name in register:
            places[:, i] = numbers_of(register[name], name)
    if isinstance(register, gpd.GeoDataFrame) and register.active_geometry_name is not None:
        shapes = register.geometry.to_numpy().astype(object)
        points = np.where(shapely.get_type_id(shapes) == shapely.GeometryType.POINT, shapes, None)
        lacking = ~np.isfinite(places).all(axis=1)
        places[lacking] = np.column_stack([shapely.get_x(points), shapely.get_y(points)])[lacking]
    off = ~(np.abs(places) <= (180.0, 90.0)).all(axis=1)
    places[off] = np.nan
    return places


def _ranks(register: pd.DataFrame) -> np.ndarray:
    """Order of the rows, wherever they stand: who has most of a building keeps its roof."""
    area = np.zeros(len(register))
    if "floor_area_m2" in register:
        unit = register.attrs.get("units", {}).get("floor_area_m2", "")
        area = np.nan_to_num(-numbers_of(register["floor_area_m2"], "floor_area_m2", unit))
    names = ("building_id", "institution", "name", "district", "source_sheet", "source_row")
    columns = (keys_of(register, name).tolist() for name in names)
    rows = list(zip(area.tolist(), *columns, strict=True))
    ranks = np.empty(len(register), dtype=int)
    ranks[sorted(range(len(register)), key=rows.__getitem__)] = np.arange(len(register))
    return ranks


def _half_found(register: pd.DataFrame, book: Book) -> bool:
    stated = (keys_of(register, "building_id") != "") | (keys_of(register, "institution_id") != "")
    return bool(stated.any()) and float((~book.open)[stated].mean()) >= _ENOUGH


def _check_common(
    by: Way, register: pd.DataFrame, theirs: pd.DataFrame, places: np.ndarray
) -> None:
    """Refuse tables that share nothing to be joined by."""
    if by == "auto":
        return
    if by == "place":
        common, columns = bool(np.isfinite(places).any()), "lon and lat of the register"
    else:
        pairs = _KEYS if by == "id" else _NAMES
        common = any(_says(register, own) and _says(theirs, other) for own, other in pairs)
        columns = " or ".join(dict.fromkeys(own for own, _ in pairs)) + " of both tables"
    if not common:
        raise InvalidInventory(
            f"join by {by}, {columns}",
            "nothing is stated there",
            "Name the columns in [columns] of the configuration, or join by id, place or name",
        )


def _says(table: pd.DataFrame, name: str) -> bool:
    return name in table and bool(table[name].notna().any())


def _once(shapes: np.ndarray, theirs: pd.DataFrame) -> np.ndarray:
    """Outlines, of equal ones the first by id."""
    same = equal_outlines(shapes)
    group = np.flatnonzero((np.bincount(same, minlength=len(same)) > 1)[same])
    ids = keys_of(theirs.iloc[group], "building_id")
    order = np.argsort(ids, kind="stable")
    again = group[order][pd.Series(same[group[order]]).duplicated().to_numpy()]
    once = np.ones(len(shapes), dtype=bool)
    once[again] = False
    return np.flatnonzero(once)
