"""Far horizons: from an elevation model, or from a horizon file of PVGIS."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import xarray as xr
from numpy.lib.stride_tricks import sliding_window_view

from roofpv.assumptions import Shading
from roofpv.compiled import load_kernels
from roofpv.errors import InvalidRaster
from roofpv.shading.rasters import GAP_M, SENTINELS, Raster
from roofpv.text import plain

terrain_kernels = load_kernels("terrain")

# Sites are worked on in squares of the grid, so that a window stays small.
_SQUARE_DEG, _SQUARE_M = 0.5, 50000.0
# Sides of the cells whose roofs share a horizon. [m]
_LEAST_CELL_M, _MOST_CELL_M = 30.0, 100.0
# In a part of a cell, the eye is no more than this too low or too high: 0.6 deg at 200 m.
_LEVEL_M, _MOST_PARTS = 2.0, 20
# Models of bare ground for whole regions have pixels of 5 m and more.
_FINE_PIXEL_M = 5.0
_MUCH_UNKNOWN = 0.2
_LONGEST_FILE = 1 << 22
_TELLS_ZERO = re.compile(r"0\s*°?\s*=\s*(S|N)\b", re.IGNORECASE)


def terrain_horizons(
    elevation: Raster, sites: pd.DataFrame, shading: Shading, *, directions: int = 72
) -> xr.Dataset:
    """
    Far horizon of every site, on a round Earth and with refraction.

    A ray goes out in each direction, in steps of one pixel, from ``shading.reach_m`` to
    ``shading.terrain_reach_km``. What is nearer is left to the neighbours and a surface model: the
    eye is on the ground of the model, where its noise, or a roof in it, would stand before the sun.
    Light bends with the Earth: its radius is taken as R / (1 - ``shading.refraction``).

    Parameters
    ----------
    elevation : Raster
        In degrees or in metres.
    sites : DataFrame (site,)
        ``lon lat`` [deg] (of a raster without CRS: metres on its grid) and, where known,
        ``height_m`` above the ground. [m]
    shading : Shading
    directions : int
        Clockwise from true north, the first one north.

    Returns
    -------
    Dataset (site, azimuth)
        ``horizon_elevation``: never below 0 [deg]; ``unknown_share`` (site,): of the samples, those
        outside the model or without data, which hide nothing. Coordinates ``azimuth lon lat``
        [deg]. NaN where there is no height at the site. ``attrs`` count the sites, those
        ``without_height`` and those with ``much_unknown`` (over 20 %), and tell whether the pixels
        are so fine (below 5 m) that the model may hold buildings, and the middle of the ground at
        the sites, ``ground_m`` [m].

    References
    ----------
    .. [1] Torge and Mueller, "Geodesy", 4th ed., 2012, sec. 5.1.1 (coefficient of refraction),
       :doi:`10.1515/9783110250008`
    """
    x, y, north = _on_grid(elevation, sites)
    step, first, steps = _steps(elevation, shading)
    radius = terrain_kernels.EARTH_M / (1.0 - shading.refraction)
    azimuth = np.arange(directions) * 360.0 / directions
    above = sites["height_m"].fillna(0.0).to_numpy(float) if "height_m" in sites else 0.0
    rows = np.column_stack([x, y, np.full(len(x), np.nan), north])
    out = np.full((len(x), directions), np.nan)
    ground, unknown = np.full((2, len(x)), np.nan)
    filled: set[float] = set()
    for members in _squares(elevation, x, y):
        grid, heights = _around(elevation, x[members], y[members], step * steps)
        filled |= _without_fill(heights)
        part = rows[members]
        ground[members] = [terrain_kernels.height_at(heights, grid, *at) for at in part[:, :2]]
        part[:, terrain_kernels.EYE] = ground[members] + np.broadcast_to(above, len(x))[members]
        jump = _jump(elevation, y[members], step, steps)
        reach = (step, float(first), float(steps), radius, jump)
        found, lost = np.empty((len(part), directions)), np.empty(len(part))
        terrain_kernels.far_horizons(
            heights, _tops(heights), grid, elevation.geographic, part, azimuth, reach, found, lost
        )
        out[members], unknown[members] = found, lost
    counts = {
        "sites": len(x),
        "sites_without_height": int(np.isnan(unknown).sum()),
        "sites_much_unknown": int((unknown > _MUCH_UNKNOWN).sum()),
        "fine_terrain": int(step < _FINE_PIXEL_M),
    }
    if np.isfinite(ground).any():
        counts["ground_m"] = round(float(np.nanmedian(ground)))
    remarks = [*elevation.remarks, *([_fine(elevation.name, step)] if step < _FINE_PIXEL_M else [])]
    doubts = [
        f"{elevation.name}: pixels of {value:g} m are taken as without data, all else is far above"
        for value in sorted(filled)
    ]
    return _horizon(
        (("site", "azimuth"), out),
        azimuth,
        {"lon": ("site", sites["lon"].to_numpy()), "lat": ("site", sites["lat"].to_numpy())},
        {**counts, "remarks": remarks, "warnings": json.dumps(doubts)},
    ).assign(unknown_share=("site", unknown))


def site_grid(
    elevation: Raster, lon: np.ndarray, lat: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    """
    Sites that stand for all places: the middles of the cells of a fixed grid that hold any.

    The cells are whole numbers of pixels, or whole parts of one, between 30 and 100 m: a ridge is
    not seen from elsewhere, and a place has the same site in every list. Where the corners of a
    cell differ in height by more than 2 m, it is divided, up to 20 times each way: a roof on a
    ridge does not look out from its flank. Where the middle has no height, at the edge of the model
    or of its data, a place is its own site.

    Parameters
    ----------
    elevation : Raster
    lon, lat : ndarray (place,)
        As ``terrain_horizons`` takes them; a place with NaN has no site.

    Returns
    -------
    sites : DataFrame (site,)
        ``lon lat``, from south to north and west to east.
    of_place : ndarray (place,)
        Row of ``sites``, or -1.
    """
    of_place = np.full(len(lon), -1, dtype=np.int64)
    known = ~(np.isnan(lon) | np.isnan(lat))
    places = pd.DataFrame({"lon": lon[known], "lat": lat[known]}, dtype=float)
    x, y, _ = _on_grid(elevation, places)
    cell = np.array(_cell(elevation))
    parts = _parts(elevation, x, y, cell)
    (x, y), _ = _middles(elevation, x, y, cell / parts[:, None])
    bare = np.isnan(_ground(elevation, x, y))
    middle = _from_grid(elevation, x, y)
    middle[bare] = places[["lat", "lon"]].to_numpy()[bare]
    unique, code = np.unique(middle, axis=0, return_inverse=True)
    of_place[known] = code.reshape(-1)
    return pd.DataFrame({"lon": unique[:, 1], "lat": unique[:, 0]}), of_place


def read_pvgis_horizon(path: str | Path, *, directions: int | None = None) -> xr.Dataset:
    """
    Read the horizon of a site as PVGIS prints it (``printhorizon``), or as pvlib returns it.

    PVGIS counts azimuths from south, west positive; a table with pvlib's ``horizon_azimuth`` and
    ``horizon_elevation`` counts them from north, clockwise.

    Parameters
    ----------
    path : str or Path
        CSV (tabs or commas) or JSON.
    directions : int, optional
        Interpolate to so many azimuths, the first one north.

    Returns
    -------
    Dataset (azimuth,)
        ``horizon_elevation``, never below 0; ``azimuth`` clockwise from north, rising. [deg]

    Raises
    ------
    InvalidRaster
        Not such a file; fewer than 4 directions; a direction twice with different heights; a
        height outside -90 to 90; azimuths of which nothing says where 0 is.

    References
    ----------
    .. [1] "PVGIS horizon profile", Joint Research Centre,
       https://joint-research-centre.ec.europa.eu/pvgis-online-tool/pvgis-tools/horizon-profile_en
    """
    name = plain(Path(path).name)
    try:
        with Path(path).open("rb") as file:
            text = file.read(_LONGEST_FILE).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise _no_horizon(name, "cannot be read as text") from fault
    whole = text.lstrip().startswith("{")
    azimuth, elevation, from_north = _of_json(name, text) if whole else _of_table(name, text)
    return _checked(name, azimuth + (0.0 if from_north else 180.0), elevation, directions)


def _checked(
    name: str, azimuth: np.ndarray, elevation: np.ndarray, directions: int | None
) -> xr.Dataset:
    if not (np.isfinite(azimuth).all() and (np.abs(elevation) < 90.0).all()):
        raise _no_horizon(name, "has a height that is no angle between -90 and 90 degrees")
    azimuth = np.round(azimuth % 360.0, 6) % 360.0
    order = np.argsort(azimuth, kind="stable")
    azimuth, elevation = azimuth[order], np.maximum(elevation[order], 0.0)
    again = np.flatnonzero(np.diff(azimuth) == 0.0)
    if (elevation[again] != elevation[again + 1]).any():
        raise _no_horizon(name, "has two heights for one direction")
    azimuth, elevation = np.delete(azimuth, again), np.delete(elevation, again)
    if azimuth.size < 4:
        raise _no_horizon(name, f"has {azimuth.size} directions, expected 4 or more")
    if directions is not None:
        wanted = np.arange(directions) * 360.0 / directions
        elevation = np.interp(wanted, azimuth, elevation, period=360.0)
        azimuth = wanted
    return _horizon(("azimuth", elevation), azimuth, {}, {"remarks": []})


def _of_json(name: str, text: str) -> tuple[np.ndarray, np.ndarray, bool]:
    try:
        document = json.loads(text)
        profile = document["outputs"]["horizon_profile"]
        azimuth = np.array([float(row["A"]) for row in profile])
        elevation = np.array([float(row["H_hor"]) for row in profile])
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise _no_horizon(name, "has no outputs.horizon_profile with A and H_hor") from fault
    fields: Any = document.get("meta", "")
    return azimuth, elevation, _from_north(name, json.dumps(fields), azimuth)


def _of_table(name: str, text: str) -> tuple[np.ndarray, np.ndarray, bool]:
    lines = [re.split(r"[\t,; ]+", line.strip()) for line in text.splitlines()]
    heads = [
        i
        for i, cells in enumerate(lines)
        if cells[:2] in (["A", "H_hor"], ["A_hor", "H_hor"])
        or cells[:2] == ["horizon_azimuth", "horizon_elevation"]
    ]
    if not heads:
        raise _no_horizon(name, "has no line of names that begins with A and H_hor")
    rows = []
    for cells in lines[heads[0] + 1 :]:
        try:
            rows.append((float(cells[0]), float(cells[1])))
        except (ValueError, IndexError):
            break
    table = np.array(rows, dtype=float).reshape(-1, 2)
    if lines[heads[0]][0] == "horizon_azimuth":
        return table[:, 0], table[:, 1], True
    return table[:, 0], table[:, 1], _from_north(name, text, table[:, 0])


def _from_north(name: str, text: str, azimuth: np.ndarray) -> bool:
    """Whether azimuths count from north: as the file says, or from south if any is negative."""
    told = {match.upper() for match in _TELLS_ZERO.findall(text)}
    if len(told) == 1:
        return told == {"N"}
    if (azimuth < 0.0).any():
        return False
    raise _no_horizon(name, "does not say whether azimuth 0 is south or north")


def _no_horizon(name: str, problem: str) -> InvalidRaster:
    mend = "Give the CSV or JSON of the horizon tool of PVGIS (printhorizon) unchanged"
    return InvalidRaster(name, problem, mend)


def _horizon(
    values: tuple[Any, np.ndarray],
    azimuth: np.ndarray,
    coords: dict[str, Any],
    attrs: dict[str, Any],
) -> xr.Dataset:
    out = xr.Dataset({"horizon_elevation": values}, {"azimuth": azimuth, **coords}, attrs)
    out["horizon_elevation"].attrs["units"] = "deg"
    return out


def _on_grid(elevation: Raster, sites: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places on the grid, and the azimuth of true north there. [deg]."""
    lon, lat = sites["lon"].to_numpy(float), sites["lat"].to_numpy(float)
    if elevation.crs is None or elevation.geographic:
        return lon, lat, np.zeros(len(lon))
    into = pyproj.Transformer.from_crs("EPSG:4326", elevation.crs.to_2d(), always_xy=True)
    places = np.array([*into.transform(lon, lat), *into.transform(lon, lat + 1e-4)], dtype=float)
    x, y, x1, y1 = np.where(np.isfinite(places).all(axis=0), places, np.nan)
    return x, y, np.degrees(np.arctan2(x1 - x, y1 - y))


def _from_grid(elevation: Raster, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Latitude and longitude of places on the grid. [deg]."""
    if elevation.crs is None or elevation.geographic:
        return np.column_stack([y, x])
    out_of = pyproj.Transformer.from_crs(elevation.crs.to_2d(), "EPSG:4326", always_xy=True)
    lon, lat = out_of.transform(x, y)
    return np.column_stack([lat, lon])


def _cell(elevation: Raster) -> tuple[float, float]:
    """Sides of the cells of ``site_grid``, in the units of the grid."""
    metre_x = metre_y = 1.0
    if elevation.geographic:
        metre_y = math.radians(1.0) * terrain_kernels.EARTH_M
        metre_x = metre_y * math.cos(math.radians(min(abs(elevation.middle()[1]), 89.0)))
    east, north = elevation.step_x, elevation.step_y
    return east * _pixels(east * metre_x), north * _pixels(north * metre_y)


def _middles(
    elevation: Raster, x: np.ndarray, y: np.ndarray, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Middles (axis, place) of the cells of places, and their numbers along x and y."""
    origin = np.array([elevation.left, elevation.top])
    number = np.floor((np.column_stack([x, y]) - origin) / cell)
    return (origin + (number + 0.5) * cell).T, number.T


def _parts(elevation: Raster, x: np.ndarray, y: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """How many times the cell of each place is to be divided each way."""
    _, number = _middles(elevation, x, y, cell)
    cells, code = np.unique(number, axis=1, return_inverse=True)
    spots = np.array([(0.5, 0.5), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
    places = cells[:, None, :] + spots.T[:, :, None]
    east = elevation.left + places[0] * cell[0]
    north = elevation.top + places[1] * cell[1]
    heights = _ground(elevation, east.ravel(), north.ravel()).reshape(east.shape)
    relief = np.fmax.reduce(heights, axis=0) - np.fmin.reduce(heights, axis=0)
    parts = np.clip(np.ceil(np.nan_to_num(relief) / _LEVEL_M), 1, _MOST_PARTS)
    return np.asarray(parts[code.reshape(-1)])


def _pixels(pixel_m: float) -> float:
    """How many pixels a side of a cell has, or which part of one."""
    if pixel_m < _LEAST_CELL_M:
        return float(math.ceil(_LEAST_CELL_M / pixel_m - 1e-6))
    return 1.0 / math.ceil(pixel_m / _MOST_CELL_M - 1e-6)


def _fine(name: str, pixel_m: float) -> str:
    return (
        f"{name}: its pixels of {pixel_m:.3g} m look like those of a surface model; if it holds "
        "buildings, give it with --dsm"
    )


def _ground(elevation: Raster, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Height of the model at places on its grid. [m]."""
    step, _, _ = _steps(elevation, Shading())
    out = np.full(len(x), np.nan)
    for members in _squares(elevation, x, y):
        grid, heights = _around(elevation, x[members], y[members], step)
        out[members] = [terrain_kernels.height_at(heights, grid, x[i], y[i]) for i in members]
    return out


def _steps(elevation: Raster, shading: Shading) -> tuple[float, int, int]:
    """Length of a step, that of a pixel to the north, and the first and the last one in reach."""
    degree = math.radians(1.0) * terrain_kernels.EARTH_M
    step = elevation.step_y * (degree if elevation.geographic else 1.0)
    first = max(math.ceil(shading.reach_m / step - 1e-9), 1)
    return step, first, math.floor(1000.0 * shading.terrain_reach_km / step + 1e-9)


def _squares(elevation: Raster, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Rows of the places of each square of the grid that holds any."""
    places = np.column_stack([y, x])
    known = np.flatnonzero(~np.isnan(places).any(axis=1))
    side = _SQUARE_DEG if elevation.geographic else _SQUARE_M
    _, code = np.unique(np.floor(places[known] / side), axis=0, return_inverse=True)
    code = code.reshape(-1)
    return [known[code == i] for i in range(code.max() + 1)] if known.size else []


def _spans(elevation: Raster, y: np.ndarray, reach_m: float) -> tuple[float, float]:
    """How far rays may lead to the north and to the east, in the units of the grid."""
    if not elevation.geographic:
        return reach_m, reach_m
    north = reach_m / (math.radians(1.0) * terrain_kernels.EARTH_M)
    farthest = min(float(np.abs(y).max()) + north, 89.0)
    return north, north / math.cos(math.radians(farthest))


def _jump(elevation: Raster, y: np.ndarray, step: float, steps: int) -> float:
    """How many steps from a block lead no farther than the blocks beside."""
    north, east = _spans(elevation, y, step * steps)
    pixels = max(north / elevation.step_y, east / elevation.step_x) / max(steps, 1)
    return float(max(math.floor((terrain_kernels.BLOCK - 2) / max(pixels, 1.0)), 1))


def _without_fill(heights: np.ndarray) -> set[float]:
    """Set pixels of heights that stand for none to NaN, in place; those heights."""
    found: set[float] = set()
    for value in SENTINELS:
        if not np.fmin.reduce(heights, axis=None, initial=np.inf) <= value:
            continue
        alike = heights == np.float32(value)
        near = (heights > value) & (heights <= value + GAP_M)
        higher = int((heights > value).sum())
        if 0 < int(alike.sum()) < higher and not near.any():
            heights[alike] = np.nan
            found.add(value)
    return found


def _tops(heights: np.ndarray) -> np.ndarray:
    """Highest pixel about every block, as ``far_horizons`` takes it."""
    side = terrain_kernels.BLOCK
    rows, columns = (-(-size // side) for size in heights.shape)
    # Two rings of blocks without data, of which one stays.
    tops = np.full((rows + 4, columns + 4), -np.inf)
    whole = np.zeros(tops.shape, dtype=bool)
    for i in range(rows):
        band = np.full((side, columns * side), np.nan, dtype=np.float32)
        part = heights[i * side : (i + 1) * side]
        band[: part.shape[0], : part.shape[1]] = part
        blocks = band.reshape(side, columns, side)
        known = ~np.isnan(blocks)
        top = np.where(known, blocks, -np.inf).max(axis=(0, 2))
        tops[i + 2, 2:-2], whole[i + 2, 2:-2] = top, known.all(axis=(0, 2))
    highest = sliding_window_view(tops, (3, 3)).max(axis=(2, 3))
    mixed = ~sliding_window_view(whole, (3, 3)).all(axis=(2, 3)) & (highest > -np.inf)
    return np.where(mixed, np.inf, highest)


def _around(
    elevation: Raster, x: np.ndarray, y: np.ndarray, reach_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Grid and heights of the window that all rays of these sites stay in."""
    north, east = _spans(elevation, y, reach_m)
    east = min(east, 180.0) if elevation.geographic else east
    rows, columns = elevation.shape
    top = max(math.floor((elevation.top - y.max() - north) / elevation.step_y) - 1, 0)
    bottom = min(math.ceil((elevation.top - y.min() + north) / elevation.step_y) + 1, rows)
    left = max(math.floor((x.min() - east - elevation.left) / elevation.step_x) - 1, 0)
    right = min(math.ceil((x.max() + east - elevation.left) / elevation.step_x) + 1, columns)
    bottom, right = max(bottom, top), max(right, left)
    heights = elevation.window((top, bottom), (left, right))
    grid = np.array(
        [elevation.left, elevation.top, elevation.step_x, elevation.step_y, top, left], dtype=float
    )
    return grid, heights
