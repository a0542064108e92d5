"""How much of the sky and of the sun is seen over a skyline."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"error_model": "numpy", "cache": True}


@njit(**_FLAGS)
def horizon_elevation(skyline, azimuth):
    """
    Elevation of a skyline toward an azimuth, between the middles of sectors in proportion. [deg].

    Where the skyline steps between two sectors, the ramp gives either side its share.

    Parameters
    ----------
    skyline : ndarray (direction,)
        [deg]
    azimuth : float
        [deg]
    """
    if math.isnan(azimuth):
        return np.nan
    count = len(skyline)
    at = (azimuth / 360.0 - math.floor(azimuth / 360.0)) * count
    before = int(at) % count
    share = at - math.floor(at)
    return skyline[before] + (skyline[(before + 1) % count] - skyline[before]) * share


@njit(**_FLAGS)
def is_sunlit(skyline, solar_elevation, solar_azimuth):
    """Whether the middle of the sun stands above the skyline and the level horizon."""
    return solar_elevation > max(horizon_elevation(skyline, solar_azimuth), 0.0)


@njit(**_FLAGS)
def sky_view_factor(skyline, tilt, azimuth):
    """
    View factor of a tilted plane to the sky above a skyline, even sky. [1].

    What the skyline hides, integrated in closed form over the elevations of each sector above the
    plane's own horizon, is taken off ``(1 + cos tilt) / 2``.

    Parameters
    ----------
    skyline : ndarray (direction,)
        [deg]
    tilt, azimuth : float
        [deg]
    """
    count = len(skyline)
    width = 2.0 * math.pi / count
    level, steep = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
    spread = math.sin(width / 2.0) / (width / 2.0)
    hidden = 0.0
    for k in range(count):
        if skyline[k] > 0.0 or math.isnan(skyline[k]):
            facing = math.cos(k * width - math.radians(azimuth))
            own = max(math.atan2(-steep * facing, level), 0.0)
            top = math.radians(min(skyline[k], 90.0))
            if top > own or math.isnan(top):
                sines = math.sin(top) ** 2 - math.sin(own) ** 2
                turned = (math.sin(2.0 * top) - math.sin(2.0 * own)) / 4.0 + (top - own) / 2.0
                hidden += level * sines / 2.0 + steep * facing * spread * turned
    return max((1.0 + level) / 2.0 - hidden * width / math.pi, 0.0 * hidden)


@njit(parallel=True, **_FLAGS)
def sky_view_factors(skylines, tilt, azimuth, out):
    """
    View factor to the sky of every point.

    Parameters
    ----------
    skylines : ndarray (point, direction)
        [deg]
    tilt, azimuth : ndarray (point,)
        [deg]
    out : ndarray (point,)
        Filled. [1]
    """
    for p in prange(len(skylines)):
        out[p] = sky_view_factor(skylines[p], tilt[p], azimuth[p])


@njit(parallel=True, **_FLAGS)
def lit_fractions(skylines, solar_elevation, solar_azimuth, out):
    """
    Share of the points of every plane that see the sun.

    Parameters
    ----------
    skylines : ndarray (plane, point, direction)
        [deg]; points without a skyline are left out.
    solar_elevation, solar_azimuth : ndarray (time,)
        [deg]
    out : ndarray (plane, time)
        Filled; NaN where no point has a skyline or the sun has no place. [1]
    """
    for p in prange(len(skylines)):
        for t in range(len(solar_elevation)):
            lit, count = 0, 0
            for i in range(skylines.shape[1]):
                if not math.isnan(skylines[p, i, 0]):
                    lit += is_sunlit(skylines[p, i], solar_elevation[t], solar_azimuth[t])
                    count += 1
            known = count > 0 and not math.isnan(solar_elevation[t] + solar_azimuth[t])
            out[p, t] = lit / count if known else np.nan
