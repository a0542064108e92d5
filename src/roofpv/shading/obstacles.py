"""Buildings as prisms that block the sky: outlines, tops, and a grid that finds them by place."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.assumptions import Shading
from roofpv.errors import InvalidInventory
from roofpv.inventory.outlines.metres import metres_per_degree
from roofpv.shading.points import Rings, rings_of, starts_of, whole_polygons
from roofpv.shading.relations import SAME, context_counts, same_buildings

# What the top of a prism rests on.
NO_HEIGHT, ESTIMATED, STATED = range(3)
BASES = ("none", "estimated", "stated")
# And what that of a roof may rest on besides: what the same building in the context states.
LENT = 3
ROOF_BASES = (*BASES, "lent")
REACH_M = Shading().reach_m
LOWEST_M, HIGHEST_M = 0.1, 1000.0

_CELL_M = 60.0
_CELLS_PER_BUILDING, _FEWEST_CELLS, _MEMBERS_PER_BUILDING = 4, 1024, 8


class Grid(NamedTuple):
    """Cells of a box of longitudes and latitudes, and the obstacles that touch each."""

    grid: np.ndarray
    cells: np.ndarray
    members: np.ndarray
    corner: np.ndarray


class Obstacles(NamedTuple):
    """
    Prisms of a context, each building once.

    ``outlines`` (polygons in WGS84, None where there is none) and their ``corners`` and ``boxes``
    [deg], ``top_m`` above ground (NaN where not known) [m], ``basis`` of it (index of ``BASES``),
    ``place`` (the ``Grid``), ``tree`` of the outlines, and ``left_out``: counts of
    ``without_outline``, ``without_height``, ``implausible_height`` and ``in_both_lists``, and with
    a context those of ``context_counts``.
    """

    outlines: np.ndarray
    corners: Rings
    boxes: np.ndarray
    top_m: np.ndarray
    basis: np.ndarray
    place: Grid
    tree: shapely.STRtree
    left_out: dict[str, int]


def find_obstacles(
    buildings: gpd.GeoDataFrame,
    context: gpd.GeoDataFrame | None = None,
    reach_m: float = REACH_M,
) -> Obstacles:
    """
    Prisms of the assessed buildings and of those around them, each building once.

    A building of the context that is the ``SAME`` as an assessed one by ``same_buildings`` is left
    out, and lends its height where only the context states one. All others stay.

    Parameters
    ----------
    buildings, context : GeoDataFrame (building,)
        ``geometry`` in WGS84, ``height_m`` [m], and ``estimated_height_m`` where there are
        estimates [m].
    reach_m : float
        Within which a context is looked for. [m]

    Returns
    -------
    Obstacles

    Raises
    ------
    InvalidInventory
        Outlines that are not in longitude and latitude.
    """
    own = listed_of(buildings, "buildings")
    return obstacles_among(own, None if context is None else listed_of(context, "context"), reach_m)


class Listed(NamedTuple):
    """
    Buildings of one list.

    ``outlines`` (polygons in WGS84, None where there is none), ``stated_m`` and ``estimated_m``
    heights (NaN where not known) [m], ``odd`` where a stated one cannot be.
    """

    outlines: np.ndarray
    stated_m: np.ndarray
    estimated_m: np.ndarray
    odd: np.ndarray


def listed_of(buildings: gpd.GeoDataFrame, name: str) -> Listed:
    """
    Outlines and heights of a list.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        As ``find_obstacles`` takes them.
    name : str
        What the list is called in errors.

    Raises
    ------
    InvalidInventory
        Outlines that are not in longitude and latitude.
    """
    return Listed(whole_polygons(_geometry(buildings, name)), *heights_of(buildings))


def obstacles_among(
    own: Listed,
    others: Listed | None,
    reach_m: float,
    counted: tuple[np.ndarray, np.ndarray] | None = None,
) -> Obstacles:
    """
    Prisms of two lists, as ``find_obstacles`` gives them.

    Parameters
    ----------
    own, others : Listed
        Of the assessed buildings and of the context, where there is one.
    reach_m : float
        [m]
    counted : (ndarray of bool (own,), ndarray of bool (other,)), optional
        Rows that ``left_out`` counts, the others being counted elsewhere; all if not given.

    Returns
    -------
    Obstacles
    """
    outlines, stated, estimated, odd = own
    counts: dict[str, int] = {}
    taken = np.ones(len(outlines), dtype=bool) if counted is None else counted[0]
    twice = np.zeros(0, dtype=bool)
    if others is not None:
        tree = shapely.STRtree(others.outlines)
        one, other, relation = same_buildings(outlines, tree)
        counts = context_counts(outlines, tree, (one, other, relation), reach_m, counted)
        one, other = one[relation == SAME], other[relation == SAME]
        stated, estimated = (
            lent_heights(mine, theirs, one, other)
            for mine, theirs in ((stated, others.stated_m), (estimated, others.estimated_m))
        )
        twice = np.zeros(len(others.outlines), dtype=bool)
        twice[other] = True
        theirs = (values[~twice] for values in others)
        outlines, stated, estimated, odd = (
            np.concatenate(pair) for pair in zip((outlines, stated, estimated, odd), theirs,
                                                 strict=True)
        )  # fmt: skip
        ours = np.ones(len(twice), dtype=bool) if counted is None else counted[1]
        taken, twice = np.append(taken, ours[~twice]), twice & ours
    top = np.where(np.isnan(stated), estimated, stated)
    basis = np.where(np.isnan(stated), np.where(np.isnan(top), NO_HEIGHT, ESTIMATED), STATED)
    drawn = ~shapely.is_missing(outlines)
    left_out = {
        "without_outline": int((taken & ~drawn).sum()),
        "without_height": int((taken & drawn & (basis == NO_HEIGHT)).sum()),
        "implausible_height": int((taken & odd).sum()),
        "in_both_lists": int(twice.sum()),
        **counts,
    }
    boxes = shapely.bounds(outlines)
    return Obstacles(
        outlines,
        rings_of(outlines),
        boxes,
        top,
        basis.astype(np.int8),
        make_grid(boxes),
        shapely.STRtree(outlines),
        left_out,
    )


def make_grid(boxes: np.ndarray) -> Grid:
    """
    Put boxes into the cells of a grid that they touch.

    Cells are about a building wide, and wider where boxes are few for their area or so large that
    they would fill too many: memory is in proportion to the boxes.

    Parameters
    ----------
    boxes : ndarray (obstacle, 4)
        West, south, east, north; NaN where there is none. [deg]

    Returns
    -------
    Grid
    """
    there = np.flatnonzero(~np.isnan(boxes[:, 0]))
    if not there.size:
        none = np.zeros(0, dtype=np.int64)
        cells = np.zeros(2, dtype=np.int64)
        corner = np.zeros((len(boxes), 2), dtype=np.int64)
        return Grid(np.array([0.0, 0.0, 1.0, 1.0, 1.0, 1.0]), cells, none, corner)
    west, south = boxes[there, :2].min(axis=0)
    extent = boxes[there, 2:].max(axis=0) - [west, south]
    east, north = metres_per_degree(np.array([south + extent[1] / 2.0]))
    size = np.array([_CELL_M / max(float(east[0]), 1.0), _CELL_M / float(north[0])])
    most = max(_FEWEST_CELLS, _CELLS_PER_BUILDING * there.size)
    while True:
        shape = np.floor(extent / size) + 1.0
        low = np.floor((boxes[there, :2] - [west, south]) / size).astype(np.int64)
        high = np.floor((boxes[there, 2:] - [west, south]) / size).astype(np.int64)
        wide = high - low + 1
        held = float((wide[:, 0].astype(float) * wide[:, 1]).sum())
        if shape[0] * shape[1] <= most and held <= _MEMBERS_PER_BUILDING * there.size + most:
            break
        size = size * 1.5
    return _filled(there, (west, south), size, shape.astype(np.int64), len(boxes), boxes)


def _filled(
    there: np.ndarray,
    origin: tuple[float, float],
    size: np.ndarray,
    shape: np.ndarray,
    count: int,
    boxes: np.ndarray,
) -> Grid:
    per = 1.0 / size
    last = shape - 1
    # As the kernel tells the cell of a place.
    low = np.clip(((boxes[there, :2] - origin) * per).astype(np.int64), 0, last)
    high = np.clip(((boxes[there, 2:] - origin) * per).astype(np.int64), 0, last)
    wide = high - low + 1
    held = wide[:, 0] * wide[:, 1]
    owner = np.repeat(np.arange(there.size), held)
    number = np.arange(owner.size) - np.repeat(np.cumsum(held) - held, held)
    column = low[owner, 0] + number % wide[owner, 0]
    row = low[owner, 1] + number // wide[owner, 0]
    cell = row * shape[0] + column
    order = np.argsort(cell, kind="stable")
    corner = np.zeros((count, 2), dtype=np.int64)
    corner[there] = low
    return Grid(
        np.array([*origin, *per, *shape.astype(float)]),
        starts_of(cell, int(shape[0] * shape[1])),
        there[owner[order]],
        corner,
    )


def _geometry(buildings: gpd.GeoDataFrame, name: str) -> np.ndarray:
    """Outlines, which must be in longitude and latitude."""
    outlines = buildings.geometry.to_numpy().astype(object)
    bounds = shapely.bounds(outlines)
    beyond = (np.abs(bounds) > [180.0, 90.0, 180.0, 90.0]).any(axis=1)
    crs = buildings.crs
    if (crs is not None and not crs.is_geographic) or beyond.any():
        found = str(crs.to_string()) if crs is not None else f"{bounds[beyond][0].round(1)}"
        raise InvalidInventory(
            f"{name}, geometry",
            f"outlines must be in longitude and latitude (WGS84), found {found}",
            "Give the file with its coordinate system, or convert it to EPSG:4326",
        )
    return outlines


def heights_of(buildings: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Stated and estimated heights.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``height_m`` and ``estimated_height_m``, if there. [m]

    Returns
    -------
    (ndarray, ndarray, ndarray) (building,)
        Both [m], NaN where not known; and where a stated one cannot be, and is taken for none.
    """
    columns = []
    for name in ("height_m", "estimated_height_m"):
        given = buildings[name] if name in buildings else np.full(len(buildings), np.nan)
        columns.append(np.array(given, dtype=float))
    stated, estimated = columns
    odd = ~np.isnan(stated) & ~((stated >= LOWEST_M) & (stated <= HIGHEST_M))
    return np.where(odd, np.nan, stated), estimated, odd


def lent_heights(
    mine: np.ndarray, theirs: np.ndarray, one: np.ndarray, other: np.ndarray
) -> np.ndarray:
    """
    Heights, and where there is none the highest of the same building in another list. [m].

    Parameters
    ----------
    mine, theirs : ndarray (row,)
        Of the two lists. [m]
    one, other : ndarray of int (pair,)
        Rows of the same buildings.
    """
    lent = np.full(len(mine), -np.inf)
    known = ~np.isnan(theirs[other])
    np.maximum.at(lent, one[known], theirs[other[known]])
    return np.where(np.isnan(mine) & np.isfinite(lent), lent, mine)
