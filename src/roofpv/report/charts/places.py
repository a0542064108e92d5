"""Where buildings stand: their outlines or points, and the groups that they stand in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from roofpv.report import svg

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Mean radius of the Earth, IUGG: 6371.0088 km.
_M_PER_DEG = math.radians(6_371_008.8)
# Roofs in cells of this size that touch each other belong together. [m]
_CELL_M = 1000.0
_LEAST_SIDE_M, _EDGE_PX = 400.0, 10.0
# Near a pole a degree of longitude is next to nothing.
_LEAST_COS = 1e-3


@dataclass(frozen=True)
class Places:
    """
    Buildings by row: ``lon lat`` of each, NaN without any place; ``ends`` (row, 4), how far it
    reaches to the west, south, east and north; ``shapes``, None where only a point is known. [deg]
    """

    lon: Floats
    lat: Floats
    ends: Floats
    shapes: npt.NDArray[np.object_]

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which buildings have a place."""
        return ~np.isnan(self.lon)

    @property
    def outlined(self) -> npt.NDArray[np.bool_]:
        """Which buildings have an outline."""
        return ~shapely.is_missing(self.shapes)

    def corners(self, rows: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """West and east, and south and north, of some buildings together."""
        west, south, east, north = self.ends[rows].T
        return np.array([west.min(), east.max()]), np.array([south.min(), north.max()])


def places_of(buildings: pd.DataFrame) -> Places:
    """
    Place of each building.

    Parameters
    ----------
    buildings : DataFrame or GeoDataFrame (building,)
        ``geometry``, in another system than WGS 84 only if it says so; else ``lon`` and ``lat``.

    Returns
    -------
    Places
        A polygon stands at the middle of the box around it. What is nowhere on Earth has none.
    """
    rows = len(buildings)
    lon, lat = (_numbers(buildings, name) for name in ("lon", "lat"))
    shapes, ends = np.full(rows, None, dtype=object), np.full((rows, 4), np.nan)
    if isinstance(buildings, gpd.GeoDataFrame) and "geometry" in buildings:
        found = buildings.geometry
        if found.crs is not None and not found.crs.equals("EPSG:4326"):
            found = found.to_crs("EPSG:4326")
        drawn = np.asarray(found.array)
        used = ~shapely.is_missing(drawn) & ~shapely.is_empty(drawn)
        box = shapely.bounds(drawn[used])
        lon[used], lat[used] = (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
        flat = used & (shapely.get_dimensions(drawn) == 2)
        shapes[flat] = drawn[flat]
        ends[used] = box
    nowhere = ~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    lon[nowhere], lat[nowhere], shapes[nowhere] = np.nan, np.nan, None
    point = shapely.is_missing(shapes)
    ends[point] = np.stack([lon, lat, lon, lat], axis=1)[point]
    return Places(lon, lat, ends, shapes)


def _numbers(buildings: pd.DataFrame, name: str) -> Floats:
    if name not in buildings:
        return np.full(len(buildings), np.nan)
    return np.array(buildings[name].to_numpy(dtype=np.float64, na_value=np.nan))


@dataclass(frozen=True)
class View:
    """
    A map of a part of the Earth in a box, north up: equirectangular about the middle of the part.

    ``lon lat`` are the middle [deg], ``px_per_m`` the scale there.
    """

    box: svg.Box
    lon: float
    lat: float
    px_per_m: float

    def to_px(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Pixels from degrees."""
        px = _M_PER_DEG * self.px_per_m
        x = self.box.left + self.box.width / 2 + (lon - self.lon) * _cos(self.lat) * px
        return x, self.box.top + self.box.height / 2 - (lat - self.lat) * px

    def shows(self, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
        """Which points lie in the box; NaN does not."""
        x, y = self.to_px(lon, lat)
        inside = (x >= self.box.left) & (x <= self.box.right)
        return np.asarray(inside & (y >= self.box.top) & (y <= self.box.bottom))


def view_of(lon: Floats, lat: Floats, box: svg.Box) -> View:
    """The map that shows all of some points as large as the box allows."""
    middle_lon, middle_lat = (float(v.min() + v.max()) / 2 for v in (lon, lat))
    wide = float(np.ptp(lon)) * _cos(middle_lat) * _M_PER_DEG
    high = float(np.ptp(lat)) * _M_PER_DEG
    across = (box.width - 2 * _EDGE_PX) / max(wide, _LEAST_SIDE_M)
    px_per_m = min(across, (box.height - 2 * _EDGE_PX) / max(high, _LEAST_SIDE_M))
    return View(box, middle_lon, middle_lat, px_per_m)


def _cos(lat: float) -> float:
    return max(math.cos(math.radians(lat)), _LEAST_COS)


def groups_of(lon: Floats, lat: Floats) -> Ints:
    """
    Group of each point, the largest first: those without a gap of more than 1 to 2 km.

    Parameters
    ----------
    lon, lat : ndarray (point,)
        Without NaN. [deg]

    Returns
    -------
    ndarray (point,)
        0 for the group of the most points; equal ones by their place.
    """
    if not lon.size:
        return np.zeros(0, dtype=np.int64)
    middle = float(lat.min() + lat.max()) / 2
    per_deg = _M_PER_DEG / _CELL_M
    column = np.floor((lon - lon.min()) * _cos(middle) * per_deg).astype(np.int64)
    row = np.floor((lat - lat.min()) * per_deg).astype(np.int64)
    # Room for a neighbour on either side keeps the ends of two rows apart.
    wide = int(column.max()) + 3
    cells, place = np.unique((row + 1) * wide + column + 1, return_inverse=True)
    found = _joined(cells, wide)
    counts = np.bincount(found[place], minlength=int(found.max()) + 1)
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[found[place]], dtype=np.int64)


def _joined(cells: Ints, wide: int) -> Ints:
    """Number of the group of touching cells that each cell belongs to, in the cells' order."""
    ends = []
    for step in (1, wide - 1, wide, wide + 1):
        near = np.searchsorted(cells, cells + step)
        there = near < len(cells)
        there[there] = cells[near[there]] == cells[there] + step
        ends.append(np.stack([np.flatnonzero(there), near[there]]))
    first, second = np.concatenate(ends, axis=1)
    touching = coo_array((np.ones(len(first)), (first, second)), shape=(len(cells), len(cells)))
    _, found = connected_components(touching, directed=False)
    # Numbers by the first cell of each group, whatever the search's own order.
    _, start, label = np.unique(found, return_index=True, return_inverse=True)
    rank = np.empty(len(start), dtype=np.int64)
    rank[np.argsort(start, kind="stable")] = np.arange(len(start))
    return np.asarray(rank[label], dtype=np.int64)
