"""Skylines of roof planes from a surface model, pixel by pixel, tile by tile."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from roofpv.assumptions import Shading
from roofpv.compiled import load_kernels
from roofpv.errors import InvalidRaster
from roofpv.shading.rasters import Raster, north_of_grid

sweep_kernels = load_kernels("sweep")

# Coast redwoods reach 116 m; what is higher is no canopy.
HIGHEST_CANOPY_M = 130.0
# Sides of tiles and of blocks that are turned at once, and pixels whose skylines are. [pixel]
_TILE, _SQUARE, _BLOCK = 1024, 256, 2048
# 1/p and 1/p^2 of the plastic number p: Roberts, "The unreasonable effectiveness of quasirandom
# sequences", extremelearning.com.au, 2018.
_PLASTIC = (0.7548776662466927, 0.5698402909980532)


class Trees(NamedTuple):
    """Heights of the canopy above ground [m], and of the ground where the surface is not it."""

    canopy: Raster
    ground: Raster | None = None


class _Tile(NamedTuple):
    rows: tuple[int, int]
    columns: tuple[int, int]
    ids: np.ndarray


class _Sight(NamedTuple):
    """How far is looked: reach in pixels, rim of a tile's window, rays of the four quadrants."""

    box: int
    pad: int
    rays: list[np.ndarray]
    directions: int


def surface_skylines(
    surface: Raster,
    planes: gpd.GeoDataFrame,
    shading: Shading,
    *,
    trees: Trees | None = None,
    directions: int = 72,
    tile: int = _TILE,
) -> xr.Dataset:
    """
    Skyline of the pixels of every plane.

    A pixel belongs to a plane if its centre lies within the plane's outline; a plane that holds no
    centre has the pixel that it lies on. Of a plane with more than ``shading.surface_pixels``, so
    many are taken, spread evenly. Obstacles count up to ``shading.surface_reach_m`` away from the
    centre of a pixel, in whole steps of one row (or column) of the grid.

    Parameters
    ----------
    surface : Raster
        Ground and buildings, in metres.
    planes : GeoDataFrame (plane,)
        ``geometry`` seen from above, in any CRS, or in that of the surface; ``plane_id`` if known.
    shading : Shading
    trees : Trees, optional
        On the grid of the surface.
    directions : int
        Clockwise from true north, the first one north.
    tile : int
        Side of what is worked on at once [pixel]; changes no digit of the result. The memory needed
        is about 40 bytes for each of (tile + 2 reach)^2 pixels, besides the result.

    Returns
    -------
    Dataset (pixel, azimuth)
        ``horizon_elevation``: of the highest ground or building, never below 0; with ``trees``,
        ``canopy_elevation``: of those and the trees [deg]; ``unknown_share``: of the pixels within
        reach, those without data, which hide nothing. Coordinates ``azimuth`` [deg], ``plane``
        (row of ``planes``), ``plane_id``, ``x y height_m`` [m]. NaN where the pixel itself has no
        data. Pixels in the order of the planes; ``attrs`` count planes and pixels.

    Raises
    ------
    InvalidRaster
        Planes in a CRS, but not the surface.

    References
    ----------
    .. [1] Timonen and Westerholm, "Scalable height field self-shadowing", Computer Graphics Forum
       29 (2), 2010, :doi:`10.1111/j.1467-8659.2009.01642.x`
    """
    pixels = plane_pixels(surface, planes, shading.surface_pixels)
    keys, first, code = np.unique(
        pixels["row"].to_numpy() * surface.shape[1] + pixels["column"].to_numpy(),
        return_index=True,
        return_inverse=True,
    )
    sight = _sight(surface, shading, directions)
    layers = ["horizon_elevation"] + (["canopy_elevation"] if trees is not None else [])
    shape = (len(pixels), directions)
    seen = {name: np.full(shape, np.nan, dtype=np.float32) for name in layers}
    height = np.full(keys.size, np.nan, dtype=np.float32)
    unknown = np.full(keys.size, np.nan, dtype=np.float32)
    for part in _tiles(keys, surface.shape, tile):
        rim_rows = (part.rows[0] - sight.pad, part.rows[1] + sight.pad)
        rim_columns = (part.columns[0] - sight.pad, part.columns[1] + sight.pad)
        window = surface.window(rim_rows, rim_columns)
        inside = part.ids >= 0
        own = window[sight.pad : -sight.pad, sight.pad : -sight.pad]
        height[part.ids[inside]] = own[inside]
        unknown[part.ids[inside]] = _unknown_share(window, part, sight)
        obstacles = [window]
        if trees is not None:
            obstacles.append(_with_trees(window, trees, rim_rows, rim_columns))
        eyes = own + np.float32(shading.surface_eye_m)
        for name, heights in zip(layers, obstacles, strict=True):
            ids, found = _sweep(heights, eyes, part, sight, surface.shape)
            for i in range(0, ids.size, _BLOCK):  # turned in the cache: half of the time
                seen[name][first[ids[i : i + _BLOCK]]] = found[:, i : i + _BLOCK].T
    if keys.size < len(pixels):  # planes that lie over each other share pixels
        seen = {name: values[first[code]] for name, values in seen.items()}
    values = {name: (("pixel", "azimuth"), seen[name]) for name in layers}
    return _labelled(surface, planes, pixels, values, (height[code], unknown[code]))


def plane_pixels(surface: Raster, planes: gpd.GeoDataFrame, most: int) -> pd.DataFrame:
    """
    Pixels of every plane: those whose centres lie within it, at most so many, spread evenly.

    Parameters
    ----------
    surface : Raster
    planes : GeoDataFrame (plane,)
        ``geometry``; without a CRS, in that of the surface.
    most : int
        Taken on a lattice that is not aligned to the rows.

    Returns
    -------
    DataFrame (pixel,)
        ``plane`` (row of ``planes``), ``row column`` of the raster, ``held`` (pixels of the plane
        before any were left out).

    Raises
    ------
    InvalidRaster
        Planes in a CRS, but not the surface.
    """
    if planes.crs is not None:
        if surface.crs is None:
            raise InvalidRaster(
                surface.name, "has no CRS, but the planes have", "State the CRS of the raster"
            )
        planes = planes.to_crs(surface.crs.to_2d())
    shapes = planes.geometry.to_numpy()
    found = [_held(surface, shape, most) for shape in shapes]
    sizes = [len(rows) for rows, _, _ in found]
    none = np.empty(0, dtype=np.int64)
    return pd.DataFrame(
        {
            "plane": np.repeat(np.arange(len(shapes)), sizes),
            "row": np.concatenate([rows for rows, _, _ in found] + [none]),
            "column": np.concatenate([columns for _, columns, _ in found] + [none]),
            "held": np.repeat(np.array([held for _, _, held in found], dtype=np.int64), sizes),
        }
    )


def canopy_transmissivity(month: np.ndarray, latitude: np.ndarray, shading: Shading) -> np.ndarray:
    """
    Share of the sun that comes through the crowns of trees.

    Parameters
    ----------
    month : ndarray
        1 to 12.
    latitude : ndarray
        Of the same shape or one that spreads to it [deg]; NaN gives NaN.
    shading : Shading
        Months in leaf in the northern hemisphere, and the shares in leaf and out of leaf.
    """
    latitude = np.asarray(latitude, dtype=float)
    north = np.where(latitude < 0.0, (np.asarray(month) + 5) % 12 + 1, month)
    first, last = shading.leaf_on_from, shading.leaf_on_to
    leaf = (north >= first) & (north <= last)
    if first > last:
        leaf = (north >= first) | (north <= last)
    share = np.where(leaf, shading.canopy_leaf_on, shading.canopy_leaf_off)
    return np.where(np.isnan(latitude), np.nan, share)


def _held(
    surface: Raster, shape: shapely.Geometry | None, most: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Rows and columns of the pixels taken, and how many there were."""
    none = np.empty(0, dtype=np.int64)
    if shape is None or shape.is_empty:
        return none, none, 0
    west, south, east, north = shape.bounds
    step = surface.step_x
    top = max(math.floor((surface.top - north) / step), 0)
    bottom = min(math.ceil((surface.top - south) / step), surface.shape[0])
    left = max(math.floor((west - surface.left) / step), 0)
    right = min(math.ceil((east - surface.left) / step), surface.shape[1])
    if top >= bottom or left >= right:
        return none, none, 0
    rows, columns = np.mgrid[top:bottom, left:right].reshape(2, -1)
    shapely.prepare(shape)
    within = shapely.contains_xy(shape, *_centres(surface, rows, columns))
    rows, columns = rows[within], columns[within]
    if rows.size == 0:
        point = shape.representative_point()
        row = math.floor((surface.top - point.y) / step)
        column = math.floor((point.x - surface.left) / step)
        if 0 <= row < surface.shape[0] and 0 <= column < surface.shape[1]:
            return np.array([row]), np.array([column]), 1
        return none, none, 0
    if rows.size <= most:
        return rows, columns, rows.size
    # Pixels below a threshold of this measure form a lattice, however large the threshold is.
    measure = (_PLASTIC[0] * rows + _PLASTIC[1] * columns) % 1.0
    taken = np.sort(np.argsort(measure, kind="stable")[:most])
    return rows[taken], columns[taken], rows.size


def _centres(
    surface: Raster, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    x = surface.left + (columns + 0.5) * surface.step_x
    return x, surface.top - (rows + 0.5) * surface.step_y


def _sight(surface: Raster, shading: Shading, directions: int) -> _Sight:
    reach, pixel = shading.surface_reach_m, surface.step_x
    rays: list[list[tuple[float, float, float, float]]] = [[], [], [], []]
    turn = north_of_grid(surface)
    for i in range(directions):
        quadrant = round((360.0 * i / directions + turn) / 90.0)
        # Whole numbers first: the same direction in another quadrant has the same bits.
        angle = (360 * i - 90 * quadrant * directions) / directions + turn
        slope = math.copysign(1.0, angle) if abs(angle) >= 45.0 else math.tan(math.radians(angle))
        run = pixel * math.sqrt(1.0 + slope * slope)
        rays[quadrant % 4].append((slope, math.floor(reach / run + 1e-9), run, i))
    box = math.floor(reach / pixel + 1e-9)
    tables = [np.array(some, dtype=float).reshape(-1, 4) for some in rays]
    return _Sight(box, box + sweep_kernels.MARGIN, tables, directions)


def _tiles(keys: np.ndarray, shape: tuple[int, int], side: int) -> Iterator[_Tile]:
    """Tiles that hold targets, and the number of the target of each of their pixels."""
    rows, columns = keys // shape[1], keys % shape[1]
    across = -(-shape[1] // side)
    owner = rows // side * across + columns // side
    order = np.argsort(owner, kind="stable")
    starts = np.flatnonzero(np.diff(owner[order], prepend=-1))
    for members in np.split(order, starts[1:]) if order.size else []:
        # The smallest box around the targets: the rest of the tile need not be looked at.
        top, left = rows[members].min(), columns[members].min()
        bottom, right = rows[members].max() + 1, columns[members].max() + 1
        ids = np.full((bottom - top, right - left), -1, dtype=np.int64)
        ids[rows[members] - top, columns[members] - left] = members
        yield _Tile((int(top), int(bottom)), (int(left), int(right)), ids)


def _unknown_share(window: np.ndarray, part: _Tile, sight: _Sight) -> np.ndarray:
    """Share of the pixels without data in the square of the reach around each target."""
    side = 2 * sight.box + 1
    rim = sight.pad - sight.box
    holes = np.isnan(window[rim:-rim, rim:-rim])
    row, column = np.nonzero(part.ids >= 0)
    if not holes.any():
        return np.zeros(row.size, dtype=np.float32)
    counts = np.zeros((part.ids.shape[0], holes.shape[1] + 1), dtype=np.int32)
    # A column of the square moves down, row by row: sums of all rows take 4 times as long.
    column_sum = holes[: side - 1].sum(axis=0, dtype=np.int32)
    for below in range(len(counts)):
        column_sum += holes[below + side - 1]
        np.cumsum(column_sum, out=counts[below, 1:])
        column_sum -= holes[below]
    found = counts[row, column + side] - counts[row, column]
    return np.asarray(found / side**2, dtype=np.float32)


def _with_trees(
    surface: np.ndarray, trees: Trees, rows: tuple[int, int], columns: tuple[int, int]
) -> np.ndarray:
    canopy = trees.canopy.window(rows, columns)
    foot = surface if trees.ground is None else trees.ground.window(rows, columns)
    foot = np.where(np.isnan(foot), surface, foot)
    grown = (canopy > 0.0) & (canopy <= HIGHEST_CANOPY_M)
    return np.where(grown, np.fmax(surface, foot + canopy), surface)


def _sweep(
    heights: np.ndarray, eyes: np.ndarray, part: _Tile, sight: _Sight, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Targets of a tile that have data, and their skylines (direction, target)."""
    wanted = (part.ids >= 0) & ~np.isnan(eyes)
    ids = np.full(wanted.shape, -1, dtype=np.int32)
    ids[wanted] = np.arange(np.count_nonzero(wanted))
    found = np.empty((sight.directions, np.count_nonzero(wanted)), dtype=np.float32)
    known = np.fmax(heights, np.float32(sweep_kernels.MISSING))
    (top, bottom), (left, right) = part.rows, part.columns
    origins = (
        (top, left), (shape[1] - right, top), (shape[0] - bottom, shape[1] - right),
        (left, shape[0] - bottom),
    )  # fmt: skip
    for quadrant, (origin, rays) in enumerate(zip(origins, sight.rays, strict=True)):
        targets = (_contiguous(np.rot90(one, quadrant)) for one in (eyes, ids))
        # Rays go up the rows: what lies below the targets is not looked at.
        ahead = _contiguous(np.rot90(known, quadrant)[: -sight.pad])
        sweep_kernels.skylines(ahead, *targets, sight.pad, origin, rays, found)
    return part.ids[wanted], found


def _contiguous(turned: np.ndarray) -> np.ndarray:
    """Copy block by block, in the cache: a seventh of the time."""
    if turned.flags.c_contiguous:
        return turned
    copy = np.empty(turned.shape, turned.dtype)
    for row in range(0, turned.shape[0], _SQUARE):
        for column in range(0, turned.shape[1], _SQUARE):
            block = slice(row, row + _SQUARE), slice(column, column + _SQUARE)
            copy[block] = turned[block]
    return copy


def _labelled(
    surface: Raster,
    planes: gpd.GeoDataFrame,
    pixels: pd.DataFrame,
    values: dict[str, tuple[tuple[str, str], np.ndarray]],
    own: tuple[np.ndarray, np.ndarray],
) -> xr.Dataset:
    height, unknown = own
    plane = pixels["plane"].to_numpy()
    x, y = _centres(surface, pixels["row"].to_numpy(), pixels["column"].to_numpy())
    directions = values["horizon_elevation"][1].shape[1]
    coords = {
        "azimuth": np.arange(directions) * 360.0 / directions,
        "plane": ("pixel", plane),
        "x": ("pixel", x),
        "y": ("pixel", y),
        "height_m": ("pixel", height),
    }
    if "plane_id" in planes:
        coords["plane_id"] = ("pixel", planes["plane_id"].to_numpy()[plane])
    first = ~pixels["plane"].duplicated()
    taken = pixels.groupby("plane")["plane"].transform("size")
    counts = {
        "planes": len(planes),
        "planes_outside": len(planes) - int(first.sum()),
        "planes_thinned": int((first & (pixels["held"] > taken)).sum()),
        "pixels": len(pixels),
        "pixels_without_data": int(np.isnan(height).sum()),
    }
    layers = {**values, "unknown_share": ("pixel", unknown)}
    out = xr.Dataset(layers, coords, attrs={**counts, "remarks": list(surface.remarks)})
    for name in values:
        out[name].attrs["units"] = "deg"
    return out
