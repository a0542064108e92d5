"""
Skylines of points on planes: what they hide of the sun, of an even sky and of the horizon band.

A skyline is given by sectors of the compass, the first centred on north, and hides as much of each
as it does of the sky. The sun is held against it in proportion between the middles of two sectors,
so that a wall that runs on does not fall into steps, and a wall that ends gives either side its
share. Elevations are in degrees, never below 0 and never missing.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

# No fastmath: whether the sun stands over a skyline must not depend on how a loop is compiled.
_FLAGS = {"cache": True, "error_model": "numpy"}

# Columns of what ``skyline_factors`` fills.
SKY, BAND, HIDES = range(3)
# Rows of the ``sun`` array.
ELEVATION, AFTER = range(2)

BAND_DEG = 6.5
_HAIR = 1e-12
_BLOCK = 64
# Steps of the height of the sun by which hours are found, and how many there are.
PER_DEG, STEPS = 2.0, 182


@njit(inline="always", **_FLAGS)
def double_angle(elevation):
    """
    Cosine and sine of twice an angle from 0 to 90 degrees, to 1e-14.

    Series about 45 degrees, which vectorise; the functions of the C library do not (4 x).
    """
    x = (elevation - 45.0) * (math.pi / 90.0)
    q = x * x
    s = 1.0 - q * (1.0 / 342.0)
    s = 1.0 - q * (1.0 / 272.0) * s
    s = 1.0 - q * (1.0 / 210.0) * s
    s = 1.0 - q * (1.0 / 156.0) * s
    s = 1.0 - q * (1.0 / 110.0) * s
    s = 1.0 - q * (1.0 / 72.0) * s
    s = 1.0 - q * (1.0 / 42.0) * s
    s = 1.0 - q * (1.0 / 20.0) * s
    s = x * (1.0 - q * (1.0 / 6.0) * s)
    c = 1.0 - q * (1.0 / 306.0)
    c = 1.0 - q * (1.0 / 240.0) * c
    c = 1.0 - q * (1.0 / 182.0) * c
    c = 1.0 - q * (1.0 / 132.0) * c
    c = 1.0 - q * (1.0 / 90.0) * c
    c = 1.0 - q * (1.0 / 56.0) * c
    c = 1.0 - q * (1.0 / 30.0) * c
    c = 1.0 - q * (1.0 / 12.0) * c
    return -s, 1.0 - q * (1.0 / 2.0) * c


@njit(inline="always", **_FLAGS)
def below(level, toward, elevation):
    """Light of an even sky from the foot of a sector up to an elevation, on a plane. [1]."""
    cosine, sine = double_angle(elevation)
    return level * (1.0 - cosine) + toward * (sine + elevation * (math.pi / 90.0))


@njit(**_FLAGS)
def sector_weights(facing, around, sectors):
    """
    Fill what each sector means to a plane, and return the light of all of them, nothing hidden.

    Parameters
    ----------
    facing : (float, float)
        Tilt and azimuth. [deg]
    around : ndarray (2, sector)
        Cosine and sine of the azimuth of each sector.
    sectors : (level, toward, own, light, band), each ndarray (sector,)
        Weights of ``below``; elevation up to which the plane itself hides the sector [deg], and the
        light up to there [1]; weight of the horizon band, which is nothing behind the plane.
    """
    level, toward, own, light, band = sectors
    width = 2.0 * math.pi / level.size
    up, steep = math.cos(math.radians(facing[0])), math.sin(math.radians(facing[0]))
    north, east = math.cos(math.radians(facing[1])), math.sin(math.radians(facing[1]))
    spread = math.sin(width / 2.0) / (width / 2.0)
    whole = 0.0
    for s in range(level.size):
        ahead = around[0, s] * north + around[1, s] * east
        level[s] = up
        toward[s] = steep * ahead * spread
        own[s] = 0.0
        if ahead < 0.0:
            own[s] = min(max(math.degrees(math.atan2(-steep * ahead, up)), 0.0), 90.0)
        band[s] = max(ahead, 0.0)
        light[s] = below(level[s], toward[s], own[s])
        whole += max(below(level[s], toward[s], 90.0) - light[s], 0.0)
    return whole


@njit(**_FLAGS)
def hidden_shares(elevation, weight, mine, sectors):
    """Sums over points and sectors of the light hidden and of the horizon band hidden."""
    level, toward, own, own_light, band = sectors
    sky = np.zeros(level.size)
    low = np.zeros(level.size)
    for i in mine:
        skyline, share = elevation[i], weight[i]
        for s in range(level.size):
            top = min(np.float64(skyline[s]), 90.0)
            light = below(level[s], toward[s], max(top, own[s])) - own_light[s]
            sky[s] += share * max(light, 0.0)
            low[s] += share * (band[s] * min(top * (1.0 / BAND_DEG), 1.0))
    return sky.sum(), low.sum()


@njit(**_FLAGS)
def rises(elevation, mine):
    """Whether anything stands above the horizon of some points."""
    for i in mine:
        for top in elevation[i]:
            if top > 0.0:
                return True
    return False


@njit(parallel=True, **_FLAGS)
def skyline_factors(elevation, weight, members, starts, owner, facing, out):
    """
    Shares of an even sky and of the horizon band that arrays see over their skylines.

    Of the even sky the part before the plane, weighted by the cosine of incidence; of the horizon
    band, taken to be 6.5 degrees high, the part before the plane, weighted likewise. The mean of
    the points; 1 without anything above the horizon.

    Parameters
    ----------
    elevation : ndarray (point, sector)
        [deg]
    weight : ndarray (point,)
        What each point counts beside the others of its plane.
    members : ndarray of int64
        Points with a skyline, those of each plane together.
    starts : ndarray of int64 (plane + 1,)
        Where the members of each plane begin.
    owner : ndarray of int64 (array,)
        Plane of each array, or -1.
    facing : ndarray (array, 2)
        Tilt and azimuth. [deg]
    out : ndarray (array, 3)
        Filled with SKY, BAND and HIDES (whether anything stands above the horizon); NaN without a
        skyline.

    References
    ----------
    .. [1] Perez, Seals, Ineichen, Stewart and Menicucci, Solar Energy 39 (3), 1987,
       :doi:`10.1016/S0038-092X(87)80031-2`
    """
    sectors = elevation.shape[1]
    around = np.empty((2, sectors))
    for s in range(sectors):
        around[0, s] = math.cos(s * (2.0 * math.pi / sectors))
        around[1, s] = math.sin(s * (2.0 * math.pi / sectors))
    for block in prange((owner.size + _BLOCK - 1) // _BLOCK):
        # What faces alike has the same weights: half of the time.
        weights = (
            np.empty(sectors), np.empty(sectors), np.empty(sectors), np.empty(sectors),
            np.empty(sectors),
        )  # fmt: skip
        tilt, azimuth, whole = np.nan, np.nan, 0.0
        for p in range(block * _BLOCK, min((block + 1) * _BLOCK, owner.size)):
            out[p, :] = np.nan
            if owner[p] < 0 or starts[owner[p]] == starts[owner[p] + 1]:
                continue
            mine = members[starts[owner[p]] : starts[owner[p] + 1]]
            out[p, SKY], out[p, BAND], out[p, HIDES] = 1.0, 1.0, 0.0
            if not rises(elevation, mine):
                continue
            if facing[p, 0] != tilt or facing[p, 1] != azimuth:
                tilt, azimuth = facing[p, 0], facing[p, 1]
                whole = sector_weights((tilt, azimuth), around, weights)
            sky, low = hidden_shares(elevation, weight, mine, weights)
            total = 0.0
            for i in mine:
                total += weight[i]
            if whole > 0.0:
                out[p, SKY] = min(max(1.0 - sky / (whole * total), 0.0), 1.0)
            out[p, BAND] = min(max(1.0 - low / (weights[4].sum() * total), 0.0), 1.0)
            out[p, HIDES] = 1.0


@njit(**_FLAGS)
def climb(height, bounds, steps):
    """Fill how many hours of each gap between two sectors, which rise, are below each step."""
    for s in range(steps.shape[0]):
        j = bounds[s]
        for b in range(steps.shape[1]):
            while j < bounds[s + 1] and not height[j] >= b / PER_DEG:
                j += 1
            steps[s, b] = j - bounds[s]


@njit(inline="always", **_FLAGS)
def doubtful(steps, low, high):
    """Hours of a gap, from one to another, in which the sun is about as high as a skyline."""
    first = steps[max(int((low - 1e-9) * PER_DEG), 0)]
    return first, steps[min(int((high + 1e-9) * PER_DEG) + 1, steps.size - 1)]


@njit(inline="always", **_FLAGS)
def over(sun, low, high, after, weight):
    """Weight of a point if the sun stands over its skyline between two sectors, else nothing."""
    # Either product only ever raises the sum: a higher skyline never adds light.
    return weight if sun >= low * (1.0 - after) + high * after else 0.0


@njit(**_FLAGS)
def count_three(skylines, weights, sun, counts):
    """Add the weights of three points where they see the sun; three at once for speed, 1.3 x."""
    a, b, c = skylines
    height, after = sun
    for j in range(counts.size):
        counts[j] += (
            over(height[j], a[0], a[1], after[j], weights[0])
            + over(height[j], b[0], b[1], after[j], weights[1])
            + over(height[j], c[0], c[1], after[j], weights[2])
        )


@njit(**_FLAGS)
def count_lit(points, between, sun, counts):
    """Fill the weight of those points that see the sun, which is between two sectors."""
    elevation, weight, mine = points
    s, after = between
    counts[:] = 0.0
    # What is missing of the last three counts for nothing.
    for first in range(0, mine.size, 3):
        i = mine[first]
        j = mine[first + 1] if first + 1 < mine.size else i
        k = mine[first + 2] if first + 2 < mine.size else i
        weights = (
            weight[i],
            weight[j] if first + 1 < mine.size else 0.0,
            weight[k] if first + 2 < mine.size else 0.0,
        )
        skylines = (
            (np.float64(elevation[i, s]), np.float64(elevation[i, after])),
            (np.float64(elevation[j, s]), np.float64(elevation[j, after])),
            (np.float64(elevation[k, s]), np.float64(elevation[k, after])),
        )
        count_three(skylines, weights, sun, counts)


@njit(**_FLAGS)
def range_of(points, lowest, highest):
    """Fill the lowest and the highest skyline of some points in every sector."""
    elevation, _, mine = points
    lowest[:], highest[:] = elevation[mine[0]], elevation[mine[0]]
    for i in mine[1:]:
        skyline = elevation[i]
        for s in range(skyline.size):
            lowest[s] = min(lowest[s], skyline[s])
            highest[s] = max(highest[s], skyline[s])


@njit(**_FLAGS)
def light_up(points, sun, gaps, time, lit):
    """Fill the hours of one array: lit but for those in which the sun is not over all skylines."""
    elevation, weight, mine = points
    bounds, steps = gaps
    sectors = elevation.shape[1]
    lowest, highest = np.empty(sectors, elevation.dtype), np.empty(sectors, elevation.dtype)
    range_of(points, lowest, highest)
    total = 0.0
    for i in mine:
        total += weight[i]
    counts = np.zeros(steps[:, -1].max() + 1)
    # As hours are counted, to the last digit.
    for first in range(0, mine.size, 3):
        three = weight[mine[first]]
        for i in mine[first + 1 : first + 3]:
            three += weight[i]
        counts[0] += three
    lit[:] = counts[0] / total
    for s in range(sectors):
        start, after = bounds[s], s + 1 if s + 1 < sectors else 0
        if start == bounds[s + 1]:
            continue
        low = min(np.float64(lowest[s]), np.float64(lowest[after]))
        high = max(np.float64(highest[s]), np.float64(highest[after]))
        first, last = doubtful(steps[s], low, high)
        for t in time[start : start + first]:
            lit[t] = 0.0
        some, here = slice(start + first, start + last), counts[: last - first]
        count_lit(points, (s, after), (sun[ELEVATION, some], sun[AFTER, some]), here)
        rows = time[some]
        for j in range(here.size):
            lit[rows[j]] = here[j] / total


@njit(parallel=True, **_FLAGS)
def lit_shares(elevation, weight, members, starts, owner, sun, place, gaps, out):
    """
    Share of the points of every array from which the sun stands over their skyline.

    Parameters
    ----------
    elevation, weight, members, starts, owner
        As in ``skyline_factors``; an array without a skyline is lit.
    sun : ndarray (2, hour)
        ELEVATION, never below 0 [deg], and AFTER: how far the sun is from the middle of one sector
        to that of the next [1]. Hours by the gap between two sectors that they fall into, those of
        each by rising elevation.
    place : ndarray of int64 (hour,)
        Where among these each hour is, in order of time.
    gaps : (ndarray of int64 (sector + 1,), ndarray of int32 (sector, STEPS))
        Where the hours of each gap begin, the first follows north; and from ``climb``.
    out : ndarray (array, hour)
        Filled, in order of time. [1]
    """
    time = np.empty(place.size, np.uint32)
    for t in range(place.size):
        time[place[t]] = t
    for p in prange(owner.size):
        if owner[p] < 0 or starts[owner[p]] == starts[owner[p] + 1]:
            out[p, :] = 1.0
        else:
            mine = members[starts[owner[p]] : starts[owner[p] + 1]]
            light_up((elevation, weight, mine), sun, gaps, time, out[p])


@njit(parallel=True, **_FLAGS)
def known_points(elevation, out):
    """Fill whether a point has a skyline in every direction."""
    for i in prange(elevation.shape[0]):
        known = True
        for s in range(elevation.shape[1]):
            known &= not math.isnan(elevation[i, s])
        out[i] = known


@njit(**_FLAGS)
def in_order(elevation, weight, mine):
    """Skylines of points in rising order in every sector, and the share up to each of them."""
    found = np.empty((mine.size, elevation.shape[1]), dtype=elevation.dtype)
    upto = np.empty(mine.size)
    equal, total = True, 0.0
    for j in range(mine.size):
        found[j] = elevation[mine[j]]
        equal &= weight[mine[j]] == weight[mine[0]]
        total += weight[mine[j]]
        upto[j] = total
    # Points that differ in weight come from here, and are in order.
    if equal:
        for s in range(found.shape[1]):
            found[:, s] = np.sort(found[:, s])
    return found, upto / total


@njit(**_FLAGS)
def join_by_rank(one, other, joint, weights):
    """Fill the higher of both and the share that it holds for; what is left over has no weight."""
    mine, upto = one
    theirs, their_upto = other
    i, j, before = 0, 0, 0.0
    for k in range(joint.shape[0]):
        for s in range(joint.shape[1]):
            joint[k, s] = max(mine[i, s], theirs[j, s])
        end = min(upto[i], their_upto[j])
        weights[k] = max(end - before, 0.0)
        before = end
        first, second = upto[i] <= end + _HAIR, their_upto[j] <= end + _HAIR
        if first and i + 1 < mine.shape[0]:
            i += 1
        if second and j + 1 < theirs.shape[0]:
            j += 1


@njit(parallel=True, **_FLAGS)
def highest_of(one, other, alike, starts, out, weights):
    """
    Join two sets of skylines of the same planes, the higher of both in every sector.

    On planes that are ``alike`` each point is held against itself. Else points of one set are not
    those of the other: the lowest of one is held against the lowest of the other, and so on by
    rank: where both see the same buildings nothing is hidden twice. A set of one skyline is held
    against every point of the other as it stands.

    Parameters
    ----------
    one, other : (ndarray (point, sector), ndarray (point,), ndarray of int64, ndarray of int64)
        ``elevation`` [deg], ``weight``, ``members`` and ``starts`` as in ``skyline_factors``.
    alike : ndarray of bool (plane,)
        Whether both have the same points, in the same order.
    starts : ndarray of int64 (plane + 1,)
        Where the points of each plane begin in ``out``: as many as the other set has where one
        has 1 or none or both are alike, else one less than both have.
    out : ndarray (point, sector)
        Filled. [deg]
    weights : ndarray (point,)
        Filled with the weight of each.
    """
    for p in prange(starts.size - 1):
        mine = one[2][one[3][p] : one[3][p + 1]]
        theirs = other[2][other[3][p] : other[3][p + 1]]
        joint, share = out[starts[p] : starts[p + 1]], weights[starts[p] : starts[p + 1]]
        if mine.size > 1 and theirs.size > 1 and not alike[p]:
            ours, others = in_order(one[0], one[1], mine), in_order(other[0], other[1], theirs)
            join_by_rank(ours, others, joint, share)
            continue
        joint[:, :] = 0.0
        share[:] = 1.0
        for elevation, weight, found in ((one[0], one[1], mine), (other[0], other[1], theirs)):
            for k in range(joint.shape[0] if found.size > 0 else 0):
                point = found[k if found.size > 1 else 0]
                if found.size > 1:
                    share[k] = weight[point]
                for s in range(joint.shape[1]):
                    joint[k, s] = max(joint[k, s], elevation[point, s])
