"""Direct light that skylines take of planes in a year, without a table of hours."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

# No fastmath: whether the sun stands over a skyline must not depend on how a loop is compiled.
_FLAGS = {"cache": True, "error_model": "numpy"}

# Rows of the ``sun`` array.
ELEVATION, AFTER = range(2)

# Of the steps of ``climb`` in ``shade.py``.
_PER_DEG, _STEPS = 2.0, 182
_BLOCK = 64


@njit(**_FLAGS)
def light_upto(facing, direct, bounds, light, upto):
    """Fill the direct light on a plane in each hour, and before each hour of a gap."""
    tilt, azimuth = math.radians(facing[0]), math.radians(facing[1])
    east, north = math.sin(tilt) * math.sin(azimuth), math.sin(tilt) * math.cos(azimuth)
    up = math.cos(tilt)
    for j in range(light.size):
        cosine = east * direct[0, j] + north * direct[1, j] + up * direct[2, j]
        light[j] = direct[3, j] * min(max(cosine, 0.0), 1.0)
    for s in range(bounds.size - 1):
        total = 0.0
        for j in range(bounds[s], bounds[s + 1]):
            upto[j + s] = total
            total += light[j]
        upto[bounds[s + 1] + s] = total


@njit(**_FLAGS)
def light_behind(skyline, sun, gaps, light, upto):
    """Light of the hours in which one point does not see the sun."""
    bounds, steps = gaps
    height, after = sun[ELEVATION], sun[AFTER]
    lost = 0.0
    for s in range(skyline.size):
        start = bounds[s]
        if start == bounds[s + 1]:
            continue
        low = np.float64(skyline[s])
        high = np.float64(skyline[s + 1 if s + 1 < skyline.size else 0])
        first = steps[s, max(int((min(low, high) - 1e-9) * _PER_DEG), 0)]
        last = steps[s, min(int((max(low, high) + 1e-9) * _PER_DEG) + 1, _STEPS - 1)]
        lost += upto[start + s + first]
        # A product, and numbers that cannot be negative: two thirds of the time of a choice.
        for j in range(np.uint64(start + first), np.uint64(start + last)):
            lost += light[j] * (height[j] < low * (1.0 - after[j]) + high * after[j])
    return lost


@njit(parallel=True, **_FLAGS)
def hidden_light(elevation, weight, members, starts, owner, sun, gaps, direct, facing, out):
    """
    Direct light that does not reach the points of arrays for what stands on their skyline.

    That of ``lit_shares`` hour by hour, with sums of the hours in which the sun is surely hidden:
    an eighth of the time.

    Parameters
    ----------
    elevation, weight, members, starts, owner, sun, gaps
        As ``lit_shares`` in ``shade.py`` takes them.
    direct : ndarray (4, hour)
        Towards the sun to the east, to the north and up [1], and its light across that [W/m2].
        In the order of ``sun``.
    facing : ndarray (array, 2)
        Tilt and azimuth. [deg]
    out : ndarray (array,)
        Filled with the sum over the hours, the mean of the points. [W/m2]
    """
    bounds, steps = gaps
    for block in prange((owner.size + _BLOCK - 1) // _BLOCK):
        light, upto = np.empty(sun.shape[1]), np.empty(sun.shape[1] + bounds.size)
        tilt, azimuth = np.nan, np.nan
        for p in range(block * _BLOCK, min((block + 1) * _BLOCK, owner.size)):
            out[p] = 0.0
            if owner[p] < 0 or starts[owner[p]] == starts[owner[p] + 1]:
                continue
            if facing[p, 0] != tilt or facing[p, 1] != azimuth:
                tilt, azimuth = facing[p, 0], facing[p, 1]
                light_upto((tilt, azimuth), direct, bounds, light, upto)
            lost, total = 0.0, 0.0
            for i in members[starts[owner[p]] : starts[owner[p] + 1]]:
                lost += weight[i] * light_behind(elevation[i], sun, (bounds, steps), light, upto)
                total += weight[i]
            out[p] = lost / total
