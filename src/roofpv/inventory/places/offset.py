"""Is a whole layer shifted against the context layer, and as a datum of web maps would shift it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from roofpv.inventory.outlines.metres import metres_per_degree
from roofpv.inventory.places.datum import to_wgs84

Numbers = npt.NDArray[np.float64]

# BD-09 shifts by 1.2 km at Shizuishan and by up to 1.5 km elsewhere, less to each side.
_REACH_M, _BIN_M, _SEARCHED_M = 1500.0, 10.0, 1350.0
# Neighbours are looked at in a blur of 10 m (the same centroids) and of 30 m (geocoded addresses),
# and held against those in a blur of 150 m around.
_BLURS, _WIDE = (1.0, 3.0), 15.0
_MOST_POINTS, _LEAST_POINTS, _MOST_PAIRS, _PROBED = 3000, 8, 1_000_000, 64
# Above the noise of a town's own pattern: a peak anywhere has to stand out alone, one at the very
# place where a datum (or none) puts it may be lower. Held on synthetic and real towns by tests.
_ALONE, _ALONE_RATIO = 7.0, 1.5
_EXPECTED, _EXPECTED_RATIO = 6.0, 1.1
_RIVAL_M, _AGREES_M = 80.0, 40.0
# A shorter shift is not told from the pattern of the buildings themselves.
_SAID_M = 60.0
_SAME_PLACE = 1e-5  # degrees, about a metre
_WEB = ("gcj02", "bd09")


@dataclass(frozen=True)
class Offset:
    """
    How far a layer lies from its context: mean of the points that have a counterpart.

    ``share`` of the points compared find one there, beyond those that do by chance;
    ``significance`` is the height of the peak over the noise, in standard deviations.
    """

    east_m: float
    north_m: float
    share: float
    significance: float
    compared: int

    @property
    def metres(self) -> float:
        """Distance [m]."""
        return float(np.hypot(self.east_m, self.north_m))

    @property
    def bearing(self) -> float:
        """Direction from the context to the layer, clockwise from north [°]."""
        return float(np.degrees(np.arctan2(self.east_m, self.north_m)) % 360.0)


class _Pairs(NamedTuple):
    """
    Differences point - context [m] of all neighbours, the position of their point, its weight.

    The weight is one over the neighbours of the point: a match says more where there are few.
    """

    point: npt.NDArray[np.int64]
    east: Numbers
    north: Numbers
    weight: Numbers
    compared: int


class _Peak(NamedTuple):
    """Highest place of the smoothed differences: its blur in bins, height, and the next one's."""

    east: float
    north: float
    blur: float
    height: float
    rival: float


def find_offset(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    context_lon: npt.ArrayLike,
    context_lat: npt.ArrayLike,
) -> Offset | None:
    """
    Whole shift of a layer against a context layer that holds the same buildings, among others.

    The differences between every point and every context centroid within 1.5 km are counted in a
    plane; where the layers belong together, one difference is far more frequent than by chance.
    This is done for the points as they are, and for what they are if they were GCJ-02 or BD-09,
    whose shift differs by tens of metres across a city.

    Parameters
    ----------
    lon, lat : array-like (building,)
        [°]
    context_lon, context_lat : array-like (context building,)
        Centroids in WGS84. [°]

    Returns
    -------
    Offset or None
        Near 0 where the layers agree. None where no shift stands out: too few points, or a context
        without these buildings.
    """
    points = _distinct(lon, lat)
    context = _distinct(context_lon, context_lat)
    if len(points) < _LEAST_POINTS or len(context) < _LEAST_POINTS:
        return None
    tree = shapely.STRtree(shapely.points(context))
    found = [_against(tree, context, points, there) for there in _versions(points)]
    sure = [one for one in found if one is not None]
    best = max(sure, key=lambda one: (one[0], one[1].significance), default=None)
    return None if best is None else best[1]


def looks_like(offset: Offset, lon: npt.ArrayLike, lat: npt.ArrayLike) -> str | None:
    """
    Datum of web maps whose shift at this place the offset has, within 40 m.

    Parameters
    ----------
    offset : Offset
    lon, lat : array-like (building,)
        The layer that is shifted. [°]

    Returns
    -------
    str or None
        ``gcj02`` or ``bd09``; None where it is neither, or where their shift is too small to tell.
    """
    points = _distinct(lon, lat)
    for name in _WEB:
        if not len(points):
            break
        east, north = _mean_shift(points, _from(points, name))
        away = np.hypot(offset.east_m - east, offset.north_m - north)
        if away <= _AGREES_M and np.hypot(east, north) > 2 * _AGREES_M:
            return name
    return None


def note_of(
    offset: Offset | None, lon: npt.ArrayLike, lat: npt.ArrayLike
) -> tuple[str, Mapping[str, str]] | None:
    """
    What to tell of an offset: key of the catalogue and its words; None where the layers agree.

    Parameters
    ----------
    offset : Offset or None
    lon, lat : array-like (building,)
        The layer that may be shifted. [°]
    """
    if offset is None or offset.metres <= _SAID_M:
        return None
    words = {"metres": f"{offset.metres:.0f}", "bearing": f"{offset.bearing:.0f}"}
    datum = looks_like(offset, lon, lat)
    return (f"notes.looks_like_{datum}" if datum else "notes.layer_shifted"), words


def _distinct(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Numbers:
    """Places (point, 2), each once: many rows at one address would make a peak of their own."""
    places = np.column_stack([np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)])
    places = places[np.isfinite(places).all(axis=1)]
    places = places[(np.abs(places[:, 0]) <= 180.0) & (np.abs(places[:, 1]) < 90.0)]
    east, north = np.round(places / _SAME_PLACE).astype(np.int64).T
    _, first = np.unique(east * 100_000_000 + north, return_index=True)
    return places[first]


def _from(points: Numbers, datum: str) -> Numbers:
    return np.column_stack(to_wgs84(points[:, 0], points[:, 1], datum))


def _versions(points: Numbers) -> Iterator[Numbers]:
    """The points as they are, and as they would be from each datum of web maps."""
    yield points
    for name in _WEB:
        there = _from(points, name)
        if (there != points).any():
            yield there


def _mean_shift(points: Numbers, there: Numbers) -> tuple[float, float]:
    east, north = metres_per_degree(points[:, 1])
    moved = points - there
    return float((moved[:, 0] * east).mean()), float((moved[:, 1] * north).mean())


def _against(
    tree: shapely.STRtree, context: Numbers, points: Numbers, there: Numbers
) -> tuple[bool, Offset] | None:
    """
    Offset of the points if one stands out between ``there``, a version of them, and the context.

    With it, whether the version agrees with the context. A version that is not the points
    themselves counts only if it does.
    """
    pairs = _pairs(tree, context, there)
    if pairs.compared < _LEAST_POINTS:
        return None
    peak = _peak(pairs)
    east, north = _centre(pairs, peak)
    agrees = bool(np.hypot(east, north) <= _AGREES_M)
    least, ratio = (_EXPECTED, _EXPECTED_RATIO) if agrees else (_ALONE, _ALONE_RATIO)
    if peak.height < least or peak.height < ratio * peak.rival:
        return None
    if not agrees and there is not points:
        return None
    shift = _mean_shift(points, there)
    share = _share(pairs, east, north, 1.5 * peak.blur * _BIN_M)
    return agrees, Offset(east + shift[0], north + shift[1], share, peak.height, pairs.compared)


def _pairs(tree: shapely.STRtree, context: Numbers, points: Numbers) -> _Pairs:
    """Neighbours of at most 3000 points, spread over the layer, of fewer where it is dense."""
    order = np.lexsort((points[:, 1], points[:, 0]))
    probe = points[order[:: max(1, len(order) // _PROBED)]]
    each = max(len(tree.query(_boxes(probe))[0]) / len(probe), 1.0)
    most = int(np.clip(_MOST_PAIRS / each, _PROBED, _MOST_POINTS))
    taken = points[order[:: -(-len(order) // most)]]
    of, to = tree.query(_boxes(taken))
    neighbours = np.bincount(of, minlength=len(taken))
    some = neighbours[neighbours > 0]
    usual = float(np.median(some)) if some.size else 1.0
    weight = usual / np.maximum(neighbours, 0.1 * usual)
    east, north = metres_per_degree(taken[:, 1])
    difference = taken[of] - context[to]
    return _Pairs(
        of, difference[:, 0] * east[of], difference[:, 1] * north[of], weight[of], some.size
    )


def _boxes(points: Numbers) -> npt.NDArray[np.object_]:
    reach = _REACH_M / np.column_stack(metres_per_degree(points[:, 1]))
    return shapely.box(*(points - reach).T, *(points + reach).T)


def _counts(pairs: _Pairs, size: int) -> tuple[Numbers, Numbers]:
    """Sums of weights, and of their squares, in a plane of bins (north, east)."""
    row, column = (
        np.clip((axis + _REACH_M) / _BIN_M, 0, size - 1).astype(np.int64)
        for axis in (pairs.north, pairs.east)
    )
    place = row * size + column
    first = np.bincount(place, pairs.weight, size * size).astype(float)
    second = np.bincount(place, pairs.weight**2, size * size).astype(float)
    return first.reshape(size, size), second.reshape(size, size)


def _peak(pairs: _Pairs) -> _Peak:
    """Highest place over what is around it, in standard deviations, of the better blur."""
    size = int(2 * _REACH_M / _BIN_M)
    middles = (np.arange(size) + 0.5) * _BIN_M - _REACH_M
    counts, squares = _counts(pairs, size)
    wide = _blur(size, _WIDE)
    wide /= wide.sum(axis=1, keepdims=True)
    around, spread = wide @ counts @ wide.T, wide @ squares @ wide.T
    searched = np.abs(middles) <= _SEARCHED_M
    inner = np.ix_(searched, searched)
    middles = middles[searched]
    peaks = []
    for width in _BLURS:
        blur = _blur(size, width)
        total, square = blur.sum(axis=1), (blur**2).sum(axis=1)
        excess = (blur @ counts @ blur.T - around * np.outer(total, total))[inner]
        variance = (spread * np.outer(square, square))[inner]
        # The edge of the layer, where hardly anything is, must not count as certain.
        height = excess / np.sqrt(variance + 0.02 * variance.max())
        low, high = np.percentile(height, (16, 84))
        peaks.append(_highest(height / max((high - low) / 2.0, 1.0), middles, width))
    return max(peaks, key=lambda peak: peak.height)


def _blur(size: int, width: float) -> Numbers:
    steps = np.arange(size)
    return np.exp(-0.5 * ((steps[:, None] - steps[None, :]) / width) ** 2)


def _highest(height: Numbers, middles: Numbers, blur: float) -> _Peak:
    row, column = np.unravel_index(int(height.argmax()), height.shape)
    north, east = middles[row], middles[column]
    away = np.hypot(middles[None, :] - east, middles[:, None] - north) > _RIVAL_M
    top, rival = float(height[row, column]), float(height[away].max())
    return _Peak(float(east), float(north), blur, top, rival)


def _centre(pairs: _Pairs, peak: _Peak) -> tuple[float, float]:
    """Mean difference around the peak, followed to where it rests."""
    radius = 2.0 * peak.blur * _BIN_M
    east, north = peak.east, peak.north
    around = np.hypot(pairs.east - east, pairs.north - north) <= 3.0 * radius
    places = np.column_stack([pairs.east[around], pairs.north[around]])
    weights = pairs.weight[around]
    for _ in range(8):
        near = np.hypot(places[:, 0] - east, places[:, 1] - north) <= radius
        if not near.any():
            break
        east, north = np.average(places[near], axis=0, weights=weights[near]).tolist()
    return east, north


def _share(pairs: _Pairs, east: float, north: float, radius: float) -> float:
    """Share of points with a counterpart at the difference, beyond those by chance."""
    near = np.hypot(pairs.east - east, pairs.north - north) <= radius
    found = np.unique(pairs.point[near]).size / pairs.compared
    neighbours = np.bincount(pairs.point)
    density = neighbours[neighbours > 0] / (2.0 * _REACH_M) ** 2
    chance = float((1.0 - np.exp(-density * np.pi * radius**2)).mean())
    return float(np.clip((found - chance) / (1.0 - chance), 0.0, 1.0)) if chance < 1.0 else 0.0
