"""Far horizons in an elevation model on a round Earth, along a ray from each site."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"cache": True, "error_model": "numpy"}

# Radius of the sphere of the Earth's volume. [m]
EARTH_M = 6371000.8
# Columns of the ``sites`` array.
X, Y, EYE, NORTH = range(4)
# Columns of the ``grid`` array.
LEFT, TOP, STEP_X, STEP_Y, FIRST_ROW, FIRST_COLUMN = range(6)
# Side of a block of ``tops``, in pixels.
BLOCK = 32


@njit(**_FLAGS)
def height_at(heights, grid, x, y):
    """Height between four pixel centres, bilinear; NaN beside a pixel without data. [m]."""
    column = (x - grid[LEFT]) / grid[STEP_X] - 0.5
    row = (grid[TOP] - y) / grid[STEP_Y] - 0.5
    left, upper = math.floor(column), math.floor(row)
    # Shares of the whole grid's numbers: where the window begins changes no digit.
    right, lower = column - left, row - upper
    i, j = int(upper - grid[FIRST_ROW]), int(left - grid[FIRST_COLUMN])
    if i < 0 or j < 0 or i + 1 >= heights.shape[0] or j + 1 >= heights.shape[1]:
        return np.nan
    above = (1.0 - right) * heights[i, j] + right * heights[i, j + 1]
    below = (1.0 - right) * heights[i + 1, j] + right * heights[i + 1, j + 1]
    return (1.0 - lower) * above + lower * below


@njit(**_FLAGS)
def great_circle(lon, lat, azimuth, arc):
    """
    Where one comes to from a place on a sphere; all in radians.

    References
    ----------
    .. [1] Snyder, "Map projections: a working manual", USGS Professional Paper 1395, 1987,
       eq. (5-5), (5-6), :doi:`10.3133/pp1395`
    """
    sine = math.sin(lat) * math.cos(arc) + math.cos(lat) * math.sin(arc) * math.cos(azimuth)
    east = math.sin(arc) * math.sin(azimuth)
    north = math.cos(lat) * math.cos(arc) - math.sin(lat) * math.sin(arc) * math.cos(azimuth)
    return lon + math.atan2(east, north), math.asin(min(max(sine, -1.0), 1.0))


@njit(**_FLAGS)
def top_about(tops, grid, x, y):
    """Entry of the block of a place in ``tops``; -inf beyond it, where no pixel is. [m]."""
    row = math.floor(((grid[TOP] - y) / grid[STEP_Y] - 0.5 - grid[FIRST_ROW]) / BLOCK) + 1
    column = math.floor(((x - grid[LEFT]) / grid[STEP_X] - 0.5 - grid[FIRST_COLUMN]) / BLOCK) + 1
    if row < 0 or column < 0 or row >= tops.shape[0] or column >= tops.shape[1]:
        return -np.inf
    return tops[int(row), int(column)]


@njit(**_FLAGS)
def slope_to(z, distance, radius, eye):
    """Tangent of the elevation of a point; it falls with the distance where it is positive."""
    # Seen from the site's level plane, what is far away lies lower: radius (1 - cos arc).
    arc = distance / radius
    drop = 2.0 * radius * math.sin(0.5 * arc) ** 2
    return (z * math.cos(arc) - drop - eye) / ((radius + z) * math.sin(arc))


@njit(**_FLAGS)
def one_ray(heights, tops, grid, geographic, site, azimuth, reach):
    """
    Elevation of the highest point along a ray, and how many samples had no height.

    Samples in blocks that are too low to be seen, or empty, are passed over: no digit changes, and
    a ray is some ten times as fast.

    Parameters
    ----------
    heights, tops, grid : ndarray (row, column), ndarray (row, column), ndarray (6,)
        As ``far_horizons`` takes them.
    geographic : bool
        Grid in degrees rather than metres.
    site : ndarray (4,)
        X and Y in the units of the grid, EYE above the datum [m], NORTH on the grid [deg].
    azimuth : float
        [deg]
    reach : tuple of float
        Step [m], numbers of the first and the last one, radius of the Earth as light goes over
        it [m], number of steps that stay in a block and those beside.

    Returns
    -------
    float, int
        [deg], not below 0.
    """
    step, first, steps, radius, jump = reach
    highest, missing = 0.0, 0
    turned = math.radians(azimuth + site[NORTH])
    east, north = math.sin(turned), math.cos(turned)
    n = int(first)
    while n <= int(steps):
        distance = n * step
        if geographic:
            lon, lat = great_circle(
                math.radians(site[X]), math.radians(site[Y]), turned, distance / EARTH_M
            )
            x, y = math.degrees(lon), math.degrees(lat)
        else:
            x, y = site[X] + distance * east, site[Y] + distance * north
        top = top_about(tops, grid, x, y)
        if top == -np.inf:
            missing += min(int(jump), int(steps) - n + 1)
            n += int(jump)
            continue
        # Less than a rounding error below the highest is looked at.
        if top < np.inf and slope_to(top, distance, radius, site[EYE]) < highest - 1e-12:
            n += int(jump)
            continue
        n += 1
        z = height_at(heights, grid, x, y)
        if math.isnan(z):
            missing += 1
            continue
        highest = max(highest, slope_to(z, distance, radius, site[EYE]))
    return math.degrees(math.atan(highest)), missing


@njit(parallel=True, **_FLAGS)
def far_horizons(heights, tops, grid, geographic, sites, azimuths, reach, out, unknown):
    """
    Far horizon of every site.

    Parameters
    ----------
    heights : ndarray (row, column) of float32
        Window of the elevation model; NaN without data. [m]
    tops : ndarray (row, column)
        Of every block of ``BLOCK`` pixels a side, with a ring of blocks around the window: the
        highest pixel of it and the eight beside; -inf if none has data, inf if some have. [m]
    grid : ndarray (6,)
        LEFT TOP of the whole grid and STEP_X STEP_Y of a pixel in its units, FIRST_ROW and
        FIRST_COLUMN of the window.
    geographic : bool
    sites : ndarray (site, 4)
    azimuths : ndarray (direction,)
        Clockwise from true north. [deg]
    reach : tuple of float
        Step [m], numbers of the first and the last one, radius of the Earth as light goes over
        it [m], number of steps that stay in a block and those beside.
    out, unknown : ndarray (site, direction), ndarray (site,)
        Filled with the elevation of the horizon, never below 0 [deg], and the share of samples
        without a height.
    """
    for i in prange(sites.shape[0]):
        missing = 0
        for k in range(azimuths.size):
            if math.isnan(sites[i, EYE]):
                out[i, k] = np.nan
                continue
            out[i, k], lost = one_ray(heights, tops, grid, geographic, sites[i], azimuths[k], reach)
            missing += lost
        samples = max(reach[2] - reach[1] + 1.0, 1.0) * azimuths.size
        unknown[i] = missing / samples
        if math.isnan(sites[i, EYE]):
            unknown[i] = np.nan
