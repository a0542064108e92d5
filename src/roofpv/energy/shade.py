"""Skylines of arrays in the form that the kernels take, and the energy under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Shading
from roofpv.compiled import load_kernels, run_kernel
from roofpv.energy.acblocks import block_size
from roofpv.energy.skylines import Skylines, shade_kernels, skylines_of

plane_kernels = load_kernels("planes")


@dataclass(frozen=True, eq=False)
class Shade:
    """
    What stands around arrays.

    ``owner`` is the plane of each array among the skylines, or -1; ``seen`` (array, 6) as the
    kernels take it; ``hides`` whether anything stands above the horizon of the array.
    """

    skylines: Skylines
    owner: np.ndarray
    seen: np.ndarray
    hides: np.ndarray

    def of(self, members: np.ndarray | slice) -> Shade:
        """Shade of some of the arrays."""
        return Shade(self.skylines, self.owner[members], self.seen[members], self.hides[members])


@dataclass(frozen=True, eq=False)
class SunTimes:
    """
    Sun of the hours of a site as the skylines take it.

    ``sun`` (2, hour), ``place`` and ``gaps`` as the kernel takes them; ``through`` (hour,) is the
    share of the light that comes through trees.
    """

    sun: np.ndarray
    place: np.ndarray
    gaps: tuple[np.ndarray, np.ndarray]
    through: np.ndarray


def shade_of(
    arrays: pd.DataFrame, skylines: xr.Dataset | Skylines | None, shading: Shading
) -> Shade | None:
    """
    Shade of arrays; None where no skylines are given.

    Parameters
    ----------
    arrays : DataFrame (array,)
        ``plane_id surface_tilt surface_azimuth`` [deg], ``row_kind`` where there are rows.
    skylines : Dataset or Skylines, optional
        As ``skylines_of`` takes them.
    shading : Shading
    """
    if skylines is None:
        return None
    k, s = plane_kernels, shade_kernels
    found = skylines_of(skylines, np.asarray(pd.unique(arrays["plane_id"]), dtype=object))
    owner = pd.Index(found.plane_id).get_indexer(pd.Index(arrays["plane_id"])).astype(np.int64)
    facing = np.column_stack([arrays["surface_tilt"], arrays["surface_azimuth"]]).astype(float)
    over = np.empty((len(arrays), 3))
    points = found.weight, found.members, found.starts, owner, facing
    s.skyline_factors(found.canopy, *points, over)
    solid = over
    if found.has_trees:
        solid = np.empty_like(over)
        s.skyline_factors(found.elevation, *points, solid)
    seen = np.zeros((len(arrays), 6))
    seen[:, k.SKY_OVER_TREES], seen[:, k.BAND_OVER_TREES] = over[:, s.SKY], over[:, s.BAND]
    seen[:, k.SKY_IN_TREES] = np.maximum(solid[:, s.SKY] - over[:, s.SKY], 0.0)
    seen[:, k.BAND_IN_TREES] = np.maximum(solid[:, s.BAND] - over[:, s.BAND], 0.0)
    seen[:, k.BLOCKS] = shading.blocks if shading.electrical == "martinez" else 0.0
    return Shade(found, owner, seen, over[:, s.HIDES] == 1.0)


def sun_times(site: xr.Dataset, rows: np.ndarray, shade: Shade) -> SunTimes:
    """
    Place of the sun among the sectors of skylines.

    Parameters
    ----------
    site : Dataset (time,)
        ``apparent_zenith solar_azimuth`` [deg], ``month``.
    rows : ndarray
        Rows of the site, in the order of the kernels' hours.
    shade : Shade
    """
    sectors = shade.skylines.elevation.shape[1]
    turn = site["solar_azimuth"].to_numpy()[rows] % 360.0 * (sectors / 360.0)
    gap = np.nan_to_num(np.floor(turn)).astype(np.int64) % sectors
    sun = np.empty((2, rows.size))
    # A sun below a free horizon is lit, as it is without skylines: its light is that of the air.
    height = np.maximum(90.0 - site["apparent_zenith"].to_numpy()[rows], 0.0)
    order = np.lexsort((np.nan_to_num(height, nan=-np.inf), gap))
    sun[shade_kernels.ELEVATION] = height
    sun[shade_kernels.AFTER] = turn - np.floor(turn)
    through = shade.skylines.transmissivity[site["month"].to_numpy()[rows] - 1]
    bounds = np.searchsorted(gap[order], np.arange(sectors + 1)).astype(np.int64)
    place = np.empty(rows.size, dtype=np.int64)
    place[order] = np.arange(rows.size)
    sun = np.ascontiguousarray(sun[:, order])
    steps = np.empty((sectors, shade_kernels.STEPS), dtype=np.int32)
    shade_kernels.climb(sun[shade_kernels.ELEVATION], bounds, steps)
    return SunTimes(sun, place, (bounds, steps), through)


def lit_shares(shade: Shade, times: SunTimes, room: np.ndarray | None = None) -> np.ndarray:
    """
    Share of the sun's light that reaches the points of arrays. [1].

    Parameters
    ----------
    shade : Shade
    times : SunTimes
    room : ndarray (array or more, hour), optional
        Filled instead of new memory, which would have to be cleared first.

    Returns
    -------
    ndarray (array, hour)
    """
    found = shade.skylines
    points = found.weight, found.members, found.starts, shade.owner
    sun = times.sun, times.place, times.gaps
    shape = shade.owner.size, times.place.size
    lit = np.empty(shape) if room is None else room[: shape[0]]
    shade_kernels.lit_shares(found.canopy, *points, *sun, lit)
    if found.has_trees:
        solid = np.empty_like(lit)
        shade_kernels.lit_shares(found.elevation, *points, *sun, solid)
        lit += times.through * (solid - lit)
    return lit


def fill_shaded(
    hours: tuple[np.ndarray, np.ndarray],
    parameters: np.ndarray,
    chosen: tuple[int, np.ndarray],
    around: tuple[Shade, SunTimes],
    out: np.ndarray,
    ac_hours: np.ndarray,
) -> None:
    """
    Sums of arrays under skylines, in place, a chunk of arrays at a time.

    Parameters
    ----------
    hours : (ndarray (13, hour), ndarray of int64 (span + 1,))
        As the kernels take them: the hours, and where each span begins.
    parameters : ndarray (array, 20)
    chosen : (int, ndarray)
        Reflection model and chain of the kernels.
    around : (Shade, SunTimes)
    out : ndarray (3, array, span)
    ac_hours : ndarray (array, hour), or of no array
        Filled with AC, where it has arrays. [kW per kWp]
    """
    k = plane_kernels
    shade, times = around
    # By what the array is, not by what stands around it: its digits rest on nothing else.
    plain = (parameters[:, k.ROWS] != k.SHADED) & (shade.seen[:, k.BLOCKS] == 0.0)
    size = block_size(times.place.size)
    room = np.empty((min(size, len(parameters)), times.place.size))
    for kernel, chosen_ones in ((k.simulate_sums_lit, plain), (k.simulate_sums_shaded, ~plain)):
        mine = np.flatnonzero(chosen_ones)
        planes, theirs = _neutral_rows(parameters[mine]), shade.of(mine)
        # Rows that take nothing from the ground stand on no roof that could be in the shade.
        theirs.seen[:, k.ROOF] = planes[:, k.ROW_COVER] > 0.0
        for start in range(0, mine.size, size):
            part = slice(start, start + size)
            lit = lit_shares(theirs.of(part), times, room)
            sums = np.empty((3, len(lit), out.shape[2]))
            light = theirs.seen[part], lit, times.through
            # Arrays of one kind go without a copy.
            kept = ac_hours[part] if mine.size == len(parameters) else kept_room(ac_hours, len(lit))
            run_kernel(kernel, *hours, planes[part], *light, *chosen, kept, sums)
            out[:, mine[part]] = sums
            if len(ac_hours) and mine.size < len(parameters):
                ac_hours[mine[part]] = kept


def kept_room(ac_hours: np.ndarray, arrays: int) -> np.ndarray:
    """Room for the hours of some of the arrays; none where none are kept."""
    return np.empty((arrays if len(ac_hours) else 0, ac_hours.shape[1]))


def _neutral_rows(parameters: np.ndarray) -> np.ndarray:
    """Parameters in which a lone array has rows that take nothing."""
    k = plane_kernels
    planes = parameters.copy()
    lone = planes[:, k.ROWS] != k.SHADED
    tilt, azimuth = (np.radians(planes[lone, column]) for column in (k.TILT, k.AZIMUTH))
    planes[lone, k.ROOF_EAST] = np.sin(tilt) * np.sin(azimuth)
    planes[lone, k.ROOF_NORTH] = np.sin(tilt) * np.cos(azimuth)
    planes[lone, k.ROOF_UP] = np.cos(tilt)
    for column in (k.SKY_SHARE, k.GROUND_SHARE, k.GROUND_SKY, k.GAP):
        planes[lone, column] = 1.0
    for column in (k.ROW_COVER, k.OPPOSITE):
        planes[lone, column] = 0.0
    return planes
