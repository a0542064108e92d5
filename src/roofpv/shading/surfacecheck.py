"""Whether a surface model is one: of this place, in metres, north up, with roofs that stand out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from roofpv.assumptions import Shading
from roofpv.errors import InvalidRaster
from roofpv.shading.rasters import GAP_M, SENTINELS, Raster
from roofpv.shading.spikes import RIM, count_steps, find_spikes
from roofpv.shading.surface import HIGHEST_CANOPY_M

# Measured on the models of Gothenburg and Delft (1 m, 126 buildings), and on the same mirrored and
# with their terrain in place of the surface: on 71 and 73 % of the buildings the roof stands 2 m
# above the middle of what lies within 15 m around, mirrored on 21 to 43 %, in the terrain on none.
# Above the lower quarter around it stands on 93 and 99 %, mirrored on 47 to 71 %.
_RING_M, _RING_PIXELS, _STANDS_M = 15.0, 3.0, 2.0
_LEAST_PIXELS, _COARSE_PIXELS = 9, 4.0
_FLAT_M, _FLAT_SHARE = 1.0, 0.1
_MIRRORED_AT_MOST, _MIRRORED_BETTER, _MIRRORED_LEAST = 0.5, 0.25, 0.6
_FEW_STAND = 0.65
# Of less than 20 buildings, chance has its part in all of these.
_FEW_STAND_OF_FEW, _MIRRORED_BETTER_OF_FEW = 0.5, 0.5
# So many buildings say nothing of a raster; from so many on it is refused rather than doubted.
_FEW, _MANY, _MOST = 5, 20, 200
# Buildings so low are told from the noise and the slope of the ground by nothing.
_LOW_M = 3.0
# Delft, heights of another source: median of the ratio 0.97, quartiles 0.94 and 1.00, rank
# correlation 0.95. Eaves stand for ridges, and storeys for eaves, within a factor of two.
_UNITS = ((0.3048, "feet"), (0.1, "decimetres"), (0.01, "centimetres"))
_UNITS_WITHIN, _UNITS_ABOVE = 0.12, 2.0
_QUARTILES_WITHIN, _RANKS_ABOVE = 0.4, 0.5
# No building and no cliff is so high.
_TALLEST_M = 1000.0
_BLOCK = 512
MUCH_UNKNOWN = 0.2


class Judged(NamedTuple):
    """
    A surface model as it is to be used, what was found in it, and what is doubtful.

    ``counts`` by name, as attributes of skylines; ``doubts`` for the user; ``ground_m``, the middle
    of the ground about the buildings, NaN where there is none [m].
    """

    surface: Raster
    counts: dict[str, int]
    doubts: list[str]
    ground_m: float


class _Stand(NamedTuple):
    """Of buildings: height of the roof, and the tenth, quarter and half of what is around. [m]."""

    roof: np.ndarray
    low: np.ndarray
    quarter: np.ndarray
    middle: np.ndarray

    def above(self, ground: np.ndarray) -> np.ndarray:
        """How far the roofs stand above a ground, of the buildings where both are known. [m]."""
        known = ~np.isnan(self.roof)
        return self.roof[known] - ground[known]


def judge_surface(surface: Raster, buildings: gpd.GeoDataFrame, shading: Shading) -> Judged:
    """
    Judge a surface model by the buildings that must stand in it.

    Of up to 200 buildings, spread evenly over the place, the roof is held against the ground around
    it. What is said needs 5 of them, a refusal 20. Heights that the list states are held against
    those that stand; where it states none, estimates by storeys, which refuse nothing.

    Parameters
    ----------
    surface : Raster
        From ``open_surface``.
    buildings : GeoDataFrame (building,)
        ``geometry`` in any CRS, or in that of the surface; ``height_m`` if stated, or ``floors``
        with ``estimated_height_m`` [m].
    shading : Shading
        ``surface_reach_m``: what is farther from the buildings is not looked at.

    Returns
    -------
    Judged
        The surface without heights that stand for none; ``pixels_no_height`` and
        ``pixels_spikes`` counted.

    Raises
    ------
    InvalidRaster
        Roofs that do not stand out, stand out in the mirrored raster, or stand so many times as
        high as listed as other units would make them.
    """
    placed = _placed(surface, buildings)
    if placed.empty:
        return Judged(surface, {}, [], math.nan)
    some = placed.iloc[np.unique(np.linspace(0, len(placed) - 1, _MOST).round().astype(int))]
    shapes = some.geometry.to_numpy()
    stand = _stand(surface, shapes)
    surface, counts, doubts = _looked_through(surface, placed, shading.surface_reach_m, stand)
    if surface.fill is not None:
        stand = _stand(surface, shapes)
    doubts += _of_pixels(surface, shapes)
    doubts += _of_place(surface, shapes, stand)
    doubts += _of_units(surface, some, stand)
    ground = stand.low[~np.isnan(stand.low)]
    return Judged(surface, counts, doubts, float(np.median(ground)) if ground.size else math.nan)


def judge_canopy(canopy: Raster, buildings: gpd.GeoDataFrame, shading: Shading) -> list[str]:
    """
    Judge whether the heights of a canopy are those of trees above the ground.

    Parameters
    ----------
    canopy : Raster
        From ``open_canopy``.
    buildings, shading
        As ``judge_surface`` takes them.

    Returns
    -------
    list of str
        What is doubtful, for the user.

    Raises
    ------
    InvalidRaster
        Heights within reach of the buildings of which none is that of a tree.
    """
    pixels = trees = tall = 0
    lowest, highest = math.inf, -math.inf
    placed = _placed(canopy, buildings)
    for raw in _blocks(canopy, placed, shading.surface_reach_m):
        own = raw[RIM:-RIM, RIM:-RIM]
        heights = own[canopy.is_height(own)]
        pixels += own.size
        if heights.size:
            trees += int(((heights > 0.0) & (heights <= HIGHEST_CANOPY_M)).sum())
            tall += int((heights > HIGHEST_CANOPY_M).sum())
            lowest = min(lowest, float(heights.min()))
            highest = max(highest, float(heights.max()))
    expected = f"expected those of trees above the ground, 0 to {HIGHEST_CANOPY_M:g} m"
    mend = "Subtract the heights of the ground (gdal_calc)"
    if tall and not trees:
        raise InvalidRaster(
            canopy.name, f"its heights within reach go up to {highest:,.0f} m, {expected}", mend
        )
    if tall:
        return [f"{canopy.name}: {tall:,} pixels within reach are higher than any tree: not used"]
    if trees == pixels > 0:
        return [
            f"{canopy.name}: no pixel within reach is below {lowest:.3g} m, {expected}, 0 where "
            f"there is none; {mend[0].lower()}{mend[1:]}"
        ]
    return []


def planes_much_unknown(seen: xr.Dataset) -> int:
    """How many planes have over 20 % of the pixels within reach without data, on average."""
    by_plane = pd.Series(seen["unknown_share"].to_numpy()).groupby(seen["plane"].to_numpy())
    return int((by_plane.mean() > MUCH_UNKNOWN).sum())


def _placed(surface: Raster, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings with an outline in the raster, on its grid, in the order of their places."""
    known = buildings[~(buildings.geometry.isna() | buildings.geometry.is_empty)]
    if known.crs is not None and surface.crs is not None:
        known = known.to_crs(surface.crs.to_2d())
    bounds = known.geometry.bounds.to_numpy()
    rows, columns = surface.shape
    right, bottom = surface.left + columns * surface.step_x, surface.top - rows * surface.step_y
    inside = (bounds[:, 0] < right) & (bounds[:, 2] > surface.left)
    inside &= (bounds[:, 1] < surface.top) & (bounds[:, 3] > bottom)
    flat = known.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    order = np.lexsort(bounds.T[::-1])
    return known.iloc[order[(inside & flat)[order]]]


def _stand(
    surface: Raster, shapes: np.ndarray, mirrored: tuple[bool, bool] = (False, False)
) -> _Stand:
    """Roofs and what is around them, in the raster or with its rows or columns turned about."""
    step = surface.step_x
    ring = max(_RING_M, _RING_PIXELS * step)
    found = np.full((4, len(shapes)), np.nan)
    outer, gap = shapely.buffer(shapes, ring), shapely.buffer(shapes, 2.0 * step)
    inner = shapely.buffer(shapes, -step)
    for i, (west, south, east, north) in enumerate(shapely.bounds(outer)):
        rows = _between((surface.top - north) / step, (surface.top - south) / step)
        columns = _between((west - surface.left) / step, (east - surface.left) / step)
        heights = _window(surface, rows, columns, mirrored)
        row, column = np.mgrid[slice(*rows), slice(*columns)]
        x = surface.left + (column + 0.5) * step
        y = surface.top - (row + 0.5) * step
        roof = heights[shapely.contains_xy(inner[i], x, y)]
        around = shapely.contains_xy(outer[i], x, y) & ~shapely.contains_xy(gap[i], x, y)
        ground = heights[around]
        roof, ground = roof[~np.isnan(roof)], ground[~np.isnan(ground)]
        if min(roof.size, ground.size) >= _LEAST_PIXELS:
            found[:, i] = np.median(roof), *np.quantile(ground, (0.1, 0.25, 0.5))
    return _Stand(*found)


def _between(first: float, last: float) -> tuple[int, int]:
    return math.floor(first), math.ceil(last)


def _window(
    surface: Raster, rows: tuple[int, int], columns: tuple[int, int], mirrored: tuple[bool, bool]
) -> np.ndarray:
    if mirrored[0]:
        rows = surface.shape[0] - rows[1], surface.shape[0] - rows[0]
    if mirrored[1]:
        columns = surface.shape[1] - columns[1], surface.shape[1] - columns[0]
    heights = surface.window(rows, columns)
    return heights[:: -1 if mirrored[0] else 1, :: -1 if mirrored[1] else 1]


def _of_pixels(surface: Raster, shapes: np.ndarray) -> list[str]:
    """Whether the pixels are fine enough to tell a roof from the ground beside it."""
    small = int((shapely.area(shapes) < _COARSE_PIXELS * surface.step_x**2).sum())
    if 2 * small <= len(shapes):
        return []
    return [
        f"{surface.name}: {small:,} of {len(shapes):,} roofs are smaller than four of its pixels "
        f"of {surface.step_x:g} m: it cannot tell them from the ground"
    ]


def _of_place(surface: Raster, shapes: np.ndarray, stand: _Stand) -> list[str]:
    """Whether the roofs stand where the list says: not flat, not mirrored, not elsewhere."""
    high = stand.above(stand.middle)
    if high.size < _FEW:
        return []
    mirrored = _of_mirrors(surface, shapes, stand)
    if mirrored:
        return mirrored
    standing = int((high > _FLAT_M).sum())
    told = f"at {high.size - standing:,} of {high.size:,} buildings the roof is no higher than"
    if standing <= _FLAT_SHARE * high.size:
        problem = f"{told} the ground around: a terrain model, an empty or older one, or misplaced"
        mend = "Give a surface model of ground and buildings; a terrain model goes to --terrain"
        return _refused_or_doubted(surface, high.size, problem, mend)
    stands = int((stand.above(stand.quarter) > _STANDS_M).sum())
    least = _FEW_STAND if high.size >= _MANY else _FEW_STAND_OF_FEW
    if stands < least * high.size:
        return [
            f"{surface.name}: only at {stands:,} of {high.size:,} buildings the roof stands 2 m "
            "above the ground around it: the raster may be shifted, turned, of another place or "
            "time"
        ]
    return []


def _of_mirrors(surface: Raster, shapes: np.ndarray, stand: _Stand) -> list[str]:
    """Whether the roofs stand out far more often in a mirror image of the raster."""
    share, count = _share(stand)
    if share > _MIRRORED_AT_MOST:
        return []
    better = _MIRRORED_BETTER if count >= _MANY else _MIRRORED_BETTER_OF_FEW
    for mirrored, looks, mend in (
        ((True, False), "rows run from south to north", "Turn them about (numpy.flipud)"),
        ((False, True), "columns run from east to west", "Turn them about (numpy.fliplr)"),
        ((True, True), "rows and columns run backward", "Turn both about (numpy.rot90 twice)"),
    ):
        other, there = _share(_stand(surface, shapes, mirrored))
        if there >= min(count, _MANY) and other >= max(share + better, _MIRRORED_LEAST):
            return _refused_or_doubted(
                surface,
                count,
                f"its {looks}, as it seems: roofs stand out at {other:.0%} of the buildings then, "
                f"and at {share:.0%} as it is",
                f"{mend}, or correct its georeference",
            )
    return []


def _share(stand: _Stand) -> tuple[float, int]:
    """Share of buildings whose roof stands out from the middle of what is around; of how many."""
    high = stand.above(stand.middle)
    return float((high > _STANDS_M).mean()) if high.size else 0.0, high.size


def _of_units(surface: Raster, buildings: gpd.GeoDataFrame, stand: _Stand) -> list[str]:
    """Whether the roofs stand about as high as the list states; if it does not, as storeys say."""
    stands = stand.roof - stand.low
    ratio = _ratios(buildings, "height_m", stands)
    if ratio.size >= _FEW:
        return _of_stated(surface, ratio)
    if "floors" not in buildings:
        return []
    # What is no more than an estimate refuses nothing.
    stands = np.where(buildings["floors"].notna(), stands, np.nan)
    ratio = _ratios(buildings, "estimated_height_m", stands)
    middle = float(np.median(ratio)) if ratio.size >= _FEW else 1.0
    if 1.0 / _UNITS_ABOVE <= middle <= _UNITS_ABOVE:
        return []
    guess = "are its heights in feet?" if middle > 1.0 else "is it of this place, in metres?"
    return [
        f"{surface.name}: roofs stand {middle:.2f} times as high as their storeys say, at "
        f"{ratio.size:,} buildings: {guess}"
    ]


def _ratios(buildings: gpd.GeoDataFrame, name: str, stands: np.ndarray) -> np.ndarray:
    """How many times as high the roofs stand; none where the two have no common order."""
    if name not in buildings:
        return np.zeros(0)
    listed = buildings[name].to_numpy(dtype=float)
    known = (listed >= _LOW_M) & (stands > 0.0)
    ratio = stands[known] / listed[known]
    if ratio.size < _FEW:
        return np.zeros(0)
    lower, middle, upper = np.quantile(ratio, (0.25, 0.5, 0.75))
    ranks = pd.DataFrame({"listed": listed[known], "stands": stands[known]}).rank()
    together = ranks["listed"].corr(ranks["stands"]) if ranks["listed"].nunique() > 1 else 0.0
    alike = upper - lower <= _QUARTILES_WITHIN * middle and together > _RANKS_ABOVE
    return ratio if alike else np.zeros(0)


def _of_stated(surface: Raster, ratio: np.ndarray) -> list[str]:
    middle = float(np.median(ratio))
    told = f"roofs stand {middle:.2f} times as high as listed, at {ratio.size:,} buildings"
    for metres, unit in _UNITS:
        if abs(middle * metres - 1.0) <= _UNITS_WITHIN:
            problem = f"{told}: its heights look like {unit}, expected metres"
            mend = (
                f"Multiply by {metres:g} (gdal_calc) and state metres, or correct height_m of the "
                "list"
            )
            return _refused_or_doubted(surface, ratio.size, problem, mend)
    if 1.0 / _UNITS_ABOVE <= middle <= _UNITS_ABOVE:
        return []
    feet = abs(middle / _UNITS[0][0] - 1.0) <= _UNITS_WITHIN
    guess = "height_m of the list looks like feet" if feet else "one of the two has other units"
    return [f"{surface.name}: {told}: {guess}, or not of this place"]


def _refused_or_doubted(surface: Raster, buildings: int, problem: str, mend: str) -> list[str]:
    if buildings >= _MANY:
        raise InvalidRaster(surface.name, problem, mend)
    return [f"{surface.name}: {problem}; {mend[0].lower()}{mend[1:]}"]


class _Pixels(NamedTuple):
    """What the pixels within reach of the roofs are."""

    no_height: Counter[float]
    spikes: int
    steps: int
    lowest: float
    highest: float
    fill: float | None


def _looked_through(
    surface: Raster, placed: gpd.GeoDataFrame, reach_m: float, stand: _Stand
) -> tuple[Raster, dict[str, int], list[str]]:
    """Heights that are none, and spikes, in the blocks of the raster within reach."""
    ground = stand.low[~np.isnan(stand.low)]
    usual = float(np.median(ground)) if ground.size else -math.inf
    found = _pixels(surface, _blocks(surface, placed, reach_m), usual)
    if found.fill is not None:
        surface = replace(surface, fill=found.fill)
        found = _pixels(surface, _blocks(surface, placed, reach_m), usual)
    none, spikes = found.no_height, found.spikes
    if none and found.lowest > found.highest:
        raise InvalidRaster(
            surface.name,
            f"no pixel within reach of the roofs is a height, but {_often(none)} and the like",
            "Give heights in metres, between -500 and 9,000",
        )
    doubts = []
    if found.lowest == found.highest:
        doubts.append(
            f"{surface.name}: all pixels within reach have one height, {found.lowest:g} m"
        )
    if none:
        doubts.append(
            f"{surface.name}: {none.total():,} pixels within reach are no heights ({_often(none)}) "
            "and taken as without data; state that value as nodata (gdal_edit -a_nodata)"
        )
    if spikes:
        doubts.append(
            f"{surface.name}: {spikes:,} pixels within reach stand alone, over "
            f"{surface.spike_height_m:,.0f} m above or below all around: taken as without data"
        )
    if found.steps:
        doubts.append(
            f"{surface.name}: {found.steps:,} pixels within reach stand over {_TALLEST_M:,.0f} m "
            "above those beside them, as no building does, and hide the sun all the same; set "
            "them to nodata if they are wrong"
        )
    counts = {"pixels_no_height": none.total(), "pixels_spikes": spikes}
    return surface, counts, doubts


def _pixels(surface: Raster, blocks: Iterator[np.ndarray], ground_m: float) -> _Pixels:
    none: Counter[float] = Counter()
    alike: Counter[float] = Counter()
    next_above = dict.fromkeys(SENTINELS, math.inf)
    spikes, steps, lowest, highest = 0, 0, math.inf, -math.inf
    for raw in blocks:
        own = raw[RIM:-RIM, RIM:-RIM]
        height = surface.is_height(own)
        values, sizes = np.unique(own[~height & ~np.isnan(own)], return_counts=True)
        none.update(dict(zip(values.tolist(), sizes.tolist(), strict=True)))
        known = own[height]
        if known.size:
            least = float(known.min())
            lowest, highest = min(lowest, least), max(highest, float(known.max()))
            for value in SENTINELS:
                above = least
                if least <= value:
                    alike[value] += int((known == np.float32(value)).sum())
                    above = float(np.min(known[known > np.float32(value)], initial=math.inf))
                next_above[value] = min(next_above[value], above)
        whole = np.where(surface.is_height(raw), raw, np.float32(np.nan))
        alone = find_spikes(whole, surface.spike_height_m)
        spikes += alone[0].size
        whole[alone] = np.nan
        steps += count_steps(whole, _TALLEST_M)
    fills = [
        value
        for value in SENTINELS
        if alike[value] and min(next_above[value], ground_m) > value + GAP_M
    ]
    return _Pixels(none, spikes, steps, lowest, highest, fills[0] if fills else None)


def _often(none: Counter[float]) -> str:
    """The three most frequent values; of equals, the lower first."""
    ranked = sorted(none.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{value:g}" for value, _ in ranked[:3])


def _blocks(surface: Raster, placed: gpd.GeoDataFrame, reach_m: float) -> Iterator[np.ndarray]:
    """Blocks of the raster within reach of a building, each with a rim."""
    side = _BLOCK * surface.step_x
    bounds = placed.geometry.bounds.to_numpy()
    west, east = (bounds[:, (0, 2)].T - surface.left + [[-reach_m], [reach_m]]) / side
    south, north = (surface.top - bounds[:, (1, 3)].T + [[reach_m], [-reach_m]]) / side
    last = [-(-size // _BLOCK) - 1 for size in surface.shape]
    first_row, last_row = (np.clip(np.floor(one), 0, last[0]).astype(int) for one in (north, south))
    first_column, last_column = (
        np.clip(np.floor(one), 0, last[1]).astype(int) for one in (west, east)
    )
    spans = np.unique(np.column_stack([first_row, last_row, first_column, last_column]), axis=0)
    wanted = {
        (row, column)
        for top, bottom, left, right in spans.tolist()
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    for row, column in sorted(wanted):
        rows = row * _BLOCK, min((row + 1) * _BLOCK, surface.shape[0])
        columns = column * _BLOCK, min((column + 1) * _BLOCK, surface.shape[1])
        yield surface.raw_window(
            (rows[0] - RIM, rows[1] + RIM), (columns[0] - RIM, columns[1] + RIM)
        )
