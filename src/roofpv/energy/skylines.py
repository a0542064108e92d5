"""Skylines of planes, whatever made them, in one form; several of them as the highest of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.compiled import load_kernels
from roofpv.errors import InvalidConfig

shade_kernels = load_kernels("shade")

_FEWEST_SECTORS = 4
_WAYS = "(plane_id, point, azimuth), (pixel, azimuth), (plane_id, azimuth) or (azimuth,)"


@dataclass(frozen=True, eq=False)
class Skylines:
    """
    Skylines of points on planes.

    Attributes
    ----------
    plane_id : ndarray (plane,)
    elevation : ndarray (point, azimuth)
        Of all that lets no light through; float32, 72 or so sectors, the first centred on north.
        [deg]
    canopy : ndarray (point, azimuth)
        Of that and of trees, nowhere lower; ``elevation`` itself where there are none. [deg]
    weight : ndarray (point,)
        What each counts beside the others of its plane.
    members : ndarray of int64
        Points whose skyline is known in every direction, those of each plane together.
    starts : ndarray of int64 (plane + 1,)
        Where the members of each plane begin; a plane without any has no skyline.
    transmissivity : ndarray (12,)
        Share of the light that comes through the trees, by month. [1]
    places : ndarray (point, 2), optional
        Where the points are, NaN where they are no places: planes whose points are the same in two
        sources are joined point by point. [m]
    """

    plane_id: np.ndarray
    elevation: np.ndarray
    canopy: np.ndarray
    weight: np.ndarray
    members: np.ndarray
    starts: np.ndarray
    transmissivity: np.ndarray
    places: np.ndarray | None = None

    @property
    def known(self) -> np.ndarray:
        """Which planes have a skyline."""
        return np.asarray(np.diff(self.starts) > 0)

    @property
    def has_trees(self) -> bool:
        """Whether trees are told from what lets no light through."""
        return self.canopy is not self.elevation


def skylines_of(
    source: xr.Dataset | Skylines, plane_id: Sequence[object] | np.ndarray | None = None
) -> Skylines:
    """
    Skylines in the form that the energy takes.

    Parameters
    ----------
    source : Dataset or Skylines
        ``horizon_elevation`` by (plane_id, point, azimuth), (pixel, azimuth) with the coordinate
        ``plane_id`` of each pixel, (plane_id, azimuth), or (azimuth,) for all planes alike; with
        trees also ``canopy_elevation`` [deg] and ``canopy_transmissivity`` (month,) [1]. A point
        with a gap in its skyline is left out.
    plane_id : sequence, optional
        The planes wanted, in this order; those of the source if none. A plane that the source does
        not have has no skyline.

    Raises
    ------
    InvalidConfig
        Other dimensions; sectors that are not even or do not begin at north; a plane twice; trees
        without 12 transmissivities between 0 and 1.
    """
    if isinstance(source, Skylines):
        return source if plane_id is None else _chosen(source, plane_id)
    elevation = _sectors(source, "horizon_elevation")
    canopy, through = elevation, np.ones(12)
    if "canopy_elevation" in source:
        canopy = np.maximum(_sectors(source, "canopy_elevation"), elevation)
        through = _transmissivity(source)
    known = np.empty(len(elevation), dtype=np.bool_)
    shade_kernels.known_points(canopy, known)
    if source["horizon_elevation"].dims == ("azimuth",) and plane_id is not None:
        names, members = np.asarray(plane_id, dtype=object), np.zeros(len(plane_id), dtype=np.int64)
        owner = np.arange(len(names)) if known[0] else np.zeros(0, dtype=np.int64)
        members = members[: owner.size]
    else:
        names, owner = _owners(source)
        members = np.flatnonzero(known & (owner >= 0))
        if not (np.diff(owner[members]) >= 0).all():
            members = members[np.argsort(owner[members], kind="stable")]
        owner = owner[members]
    starts = np.searchsorted(owner, np.arange(len(names) + 1)).astype(np.int64)
    weight, members = np.ones(len(elevation)), members.astype(np.int64)
    places = _places(source)
    found = Skylines(names, elevation, canopy, weight, members, starts, through, places)
    return found if plane_id is None else _chosen(found, plane_id)


def site_skylines(
    terrain: xr.Dataset, plane_id: Sequence[object] | np.ndarray, site: np.ndarray
) -> Skylines:
    """
    Horizon of the site of each plane.

    Parameters
    ----------
    terrain : Dataset (site, azimuth)
        ``horizon_elevation``, NaN where it is not known. [deg]
    plane_id : sequence
    site : ndarray of int (plane,)
        Row of the site of each plane, or -1: it has no horizon.

    Raises
    ------
    InvalidConfig
        Sectors that are not even or do not begin at north.
    """
    elevation = _sectors(terrain, "horizon_elevation")
    known = np.empty(len(elevation) + 1, dtype=np.bool_)
    shade_kernels.known_points(elevation, known[:-1])
    known[-1] = False
    has = known[site]
    starts = np.concatenate([[0], np.cumsum(has)]).astype(np.int64)
    members = np.asarray(site)[has].astype(np.int64)
    names, weight = np.asarray(plane_id, dtype=object), np.ones(len(elevation))
    return Skylines(names, elevation, elevation, weight, members, starts, np.ones(12))


def combined_skyline(
    sources: Sequence[xr.Dataset | Skylines], plane_id: Sequence[object] | np.ndarray
) -> Skylines:
    """
    Highest of several skylines of each plane: neighbours, a surface model, the terrain.

    One skyline of a plane (the terrain) counts at each of its points. Where two sources have the
    same points (``x_m y_m``) each keeps the higher of both. Different points of a plane
    (nine of one source, the pixels of another) are joined by rank in each sector, the lowest of
    one with the lowest of the other: what both sources know, a building in the list and in the
    surface model, is hidden once, for the higher of the two is taken. It is the most light that
    both leave together. What is not known of a source hides nothing; a plane that no source knows
    has no skyline.

    Parameters
    ----------
    sources : sequence of Dataset or Skylines
        As in ``skylines_of``; sectors are brought to the finest by proportion.
    plane_id : sequence
        The planes wanted, in this order.
    """
    return running_skylines(sources, plane_id)[-1]


def running_skylines(
    sources: Sequence[xr.Dataset | Skylines], plane_id: Sequence[object] | np.ndarray
) -> list[Skylines]:
    """Skyline of the first source, then the highest of the first two, and so on to all of them."""
    parts = [skylines_of(source, plane_id) for source in sources]
    if not parts:
        raise InvalidConfig("skylines", "no source is given", "Give one or more")
    finest = max(part.elevation.shape[1] for part in parts)
    joint = [_resampled(parts[0], finest)]
    for part in parts[1:]:
        joint.append(_joined(joint[-1], _resampled(part, finest)))
    return joint


def _owners(source: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Planes, and the number of the plane of each point (-1: of none)."""
    dims = source["horizon_elevation"].dims
    if dims == ("plane_id", "point", "azimuth"):
        names = source["plane_id"].to_numpy()
        owner = np.repeat(np.arange(names.size), source.sizes["point"])
    elif dims == ("plane_id", "azimuth"):
        names = source["plane_id"].to_numpy()
        owner = np.arange(names.size)
    elif dims == ("pixel", "azimuth") and "plane_id" in source.coords:
        owner, names = pd.factorize(source["plane_id"].to_numpy())
    else:
        raise InvalidConfig(
            "skylines", f"horizon_elevation by {dims}, expected {_WAYS}", "Name its dimensions so"
        )
    if pd.Index(names).has_duplicates:
        twice = pd.Index(names)[pd.Index(names).duplicated()][0]
        raise InvalidConfig(
            "skylines", f"plane {str(twice)!r} is there twice", "Give each plane once"
        )
    return np.asarray(names, dtype=object), owner


def _places(source: xr.Dataset) -> np.ndarray | None:
    """Places of points, where the source tells them. [m]."""
    if not {"x_m", "y_m"} <= set(source) or source["x_m"].dims != ("plane_id", "point"):
        return None
    return np.stack([source[name].to_numpy().ravel() for name in ("x_m", "y_m")], axis=-1)


def _sectors(source: xr.Dataset, name: str) -> np.ndarray:
    """Elevations by (point, azimuth), never below 0."""
    azimuth = source["azimuth"].to_numpy()
    even = 360.0 * np.arange(azimuth.size) / max(azimuth.size, 1)
    if azimuth.size < _FEWEST_SECTORS or not np.allclose(azimuth, even, rtol=0.0, atol=1e-6):
        raise InvalidConfig(
            "skylines, azimuth",
            f"{azimuth.size} sectors from {azimuth[0] if azimuth.size else '?'} deg, expected "
            f"{_FEWEST_SECTORS} or more, evenly from 0",
            "Bring the skyline to such sectors",
        )
    values = source[name].to_numpy().reshape(-1, azimuth.size)
    values = np.ascontiguousarray(values, dtype=np.float32)
    return np.maximum(values, 0.0) if (values < 0.0).any() else values


def _transmissivity(source: xr.Dataset) -> np.ndarray:
    through = np.full(0, np.nan)
    if "canopy_transmissivity" in source:
        through = np.asarray(source["canopy_transmissivity"].to_numpy(), dtype=float)
    if through.shape != (12,) or not ((through >= 0.0) & (through <= 1.0)).all():
        raise InvalidConfig(
            "skylines, canopy_transmissivity",
            "expected 12 shares between 0 and 1 beside canopy_elevation",
            "Give one for each month",
        )
    return through


def _chosen(found: Skylines, plane_id: Sequence[object] | np.ndarray) -> Skylines:
    """Skylines of these planes, of which the points themselves stay where they are."""
    names = np.asarray(plane_id, dtype=object)
    if len(names) == len(found.plane_id) and (names == found.plane_id).all():
        return found
    row = pd.Index(found.plane_id).get_indexer(pd.Index(names))
    # The last is that of a plane that is not there.
    length = np.append(np.diff(found.starts), 0)[row]
    starts = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    shift = np.repeat(found.starts[row] - starts[:-1], length)
    members = found.members[np.arange(starts[-1]) + shift]
    return replace(found, plane_id=names, members=members, starts=starts)


def _resampled(part: Skylines, sectors: int) -> Skylines:
    """The same with so many sectors, in proportion between the middles of two."""
    have = part.elevation.shape[1]
    if have == sectors:
        return part
    place = np.arange(sectors) * have / sectors
    low = np.floor(place).astype(int)
    after = (place - low).astype(np.float32)
    layers = [
        np.ascontiguousarray(values[:, low] * (1.0 - after) + values[:, (low + 1) % have] * after)
        for values in ((part.elevation, part.canopy) if part.has_trees else (part.elevation,))
    ]
    return replace(part, elevation=layers[0], canopy=layers[-1])


def _joined(one: Skylines, other: Skylines) -> Skylines:
    mine, theirs = np.diff(one.starts), np.diff(other.starts)
    alike = _alike(one, other)
    if (alike | (theirs == 0)).all() and _adds_nothing(one, other):
        # Roofs without own structures: a tenth of the time, and the same arrays.
        through = np.minimum(one.transmissivity, other.transmissivity)
        return replace(one, transmissivity=through)
    both = (mine > 1) & (theirs > 1) & ~alike
    count = np.where(both, mine + theirs - 1, np.maximum(mine, theirs))
    if (one.weight == 1.0).all() and (other.weight == 1.0).all():
        # Equal steps of both meet so often.
        count -= np.where(both, np.gcd(mine, theirs) - 1, 0)
    starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    layers, weight = [], np.empty(starts[-1])
    for name in ("elevation", "canopy") if one.has_trees or other.has_trees else ("elevation",):
        sets = [
            (getattr(part, name), part.weight, part.members, part.starts) for part in (one, other)
        ]
        out = np.empty((starts[-1], one.elevation.shape[1]), dtype=np.float32)
        shade_kernels.highest_of(*sets, alike, starts, out, weight)
        layers.append(out)
    through = np.minimum(one.transmissivity, other.transmissivity)
    members = np.arange(starts[-1])
    places = _joint_places((one, other), (~both & (mine > 1), ~both & (mine <= 1)), starts)
    return Skylines(one.plane_id, layers[0], layers[-1], weight, members, starts, through, places)


def _adds_nothing(one: Skylines, other: Skylines) -> bool:
    """Whether nothing of the other skylines stands over its horizon, and all points count 1."""
    equal = (one.weight == 1.0).all() and (other.weight == 1.0).all()
    return bool(equal and not other.has_trees and not (other.elevation > 0.0).any())


def _alike(one: Skylines, other: Skylines) -> np.ndarray:
    """Which planes have the same points in both."""
    mine, theirs = np.diff(one.starts), np.diff(other.starts)
    alike = np.zeros(len(mine), dtype=np.bool_)
    if one.places is None or other.places is None:
        return alike
    rows = np.flatnonzero((mine == theirs) & (mine > 1))
    first, second = (
        places[part.members[numbers_from(part.starts[rows], mine[rows])]]
        for part, places in ((one, one.places), (other, other.places))
    )
    same = (first == second).all(axis=1)
    if rows.size:
        begin = np.cumsum(mine[rows]) - mine[rows]
        alike[rows] = np.logical_and.reduceat(same, begin)
    return alike


def _joint_places(
    parts: tuple[Skylines, Skylines], chosen: tuple[np.ndarray, np.ndarray], starts: np.ndarray
) -> np.ndarray | None:
    """Places of the points of planes that keep those of one of two parts."""
    if all(part.places is None for part in parts):
        return None
    places = np.full((starts[-1], 2), np.nan)
    for part, takes in zip(parts, chosen, strict=True):
        count = np.diff(part.starts)
        rows = np.flatnonzero(takes & (count == np.diff(starts)))
        if part.places is not None and rows.size:
            members = part.members[numbers_from(part.starts[rows], count[rows])]
            places[numbers_from(starts[rows], count[rows])] = part.places[members]
    return places


def numbers_from(first: np.ndarray, count: np.ndarray) -> np.ndarray:
    """
    Numbers from each first on, so many of each.

    Parameters
    ----------
    first, count : ndarray of int
    """
    return np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
