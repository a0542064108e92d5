"""
Skylines of pixels in a height raster, by hulls that are swept along parallel lines.

A quadrant of directions is looked at in a raster turned so that its rays go up the rows. A ray of
slope ``s`` moves ``s`` columns to the right (-1 <= s <= 1) with each row. Heights between two
pixels of a row are interpolated linearly.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"cache": True, "error_model": "numpy"}

# Height of a pixel without data: it hides nothing. [m]
MISSING = -1048576.0
# Samples on the lines are whole multiples of 1/1024 m, so that every comparison of the hulls is
# exact, and no division of the work can change a digit.
GRAIN = 1024.0
# Steps that every pixel looks at along its own ray; the lines begin beyond.
NEAR = 16
# Columns outside the reach that a group of lines may touch.
MARGIN = 24
# Columns of the ``rays`` array.
SLOPE, STEPS, RUN, ROW = range(4)

# Of the two hulls of a line: what a pixel passes on its way, and what lies behind that.
BEFORE, BEHIND = 0, 1

_GROUP = 16
_CHUNK = 16
_SPAN = 64


@njit(**_FLAGS)
def gather(eyes, ids, first_line, shift, near_ids, near_eyes, extent, lowest):
    """
    Lay the pixels beside a group of lines in columns, and note where the targets begin and end.

    ``near_ids`` and ``near_eyes`` (row, line + 1) are filled; ``extent`` (2, line + 1) with the
    first and last row of a target on either side of each line, ``lowest`` with its lowest eye:
    what is no higher hides nothing. [m]
    """
    rows, columns = ids.shape
    extent[0], extent[1], lowest[:] = rows, -1, np.inf
    width = near_ids.shape[1]
    for row in range(rows):
        left = first_line + shift[row]
        begin, end = max(0, -left), min(width, columns - left)
        if begin > 0 or end < width:
            for j in range(width):
                near_ids[row, j] = -1
        for j in range(begin, end):
            target = ids[row, left + j]
            near_ids[row, j] = target
            if target >= 0:
                near_eyes[row, j] = eyes[row, left + j]
                extent[0, j] = min(extent[0, j], row)
                extent[1, j] = row
                lowest[j] = min(lowest[j], eyes[row, left + j])
    # A line has the pixels on both of its sides.
    for j in range(width - 1):
        extent[0, j] = min(extent[0, j], extent[0, j + 1])
        extent[1, j] = max(extent[1, j], extent[1, j + 1])
        lowest[j] = min(lowest[j], lowest[j + 1])


@njit(**_FLAGS)
def fill_behind(samples, peaks, line, begin, end, lowest, hull_z, hull_at, kept_z, notes):
    """
    Hull of what stands on a line from row ``begin`` up to ``end``, each insertion noted.

    Only what rises above all that is nearer counts; the chain of such points gets less steep with
    distance. The last note undoes the last insertion.

    Returns
    -------
    size, noted : int
        Of the hull and of the notes.
    """
    size, noted, at, top = 0, 0, begin, lowest
    while at >= end:
        whole = at % _CHUNK == _CHUNK - 1 and at - _CHUNK + 1 >= end
        if whole and peaks[at // _CHUNK, line] <= top:
            at -= _CHUNK
            continue
        if samples[at, line] > top:
            top = samples[at, line]
            z, slot = np.float64(top), size
            while slot > 1:
                rise = hull_z[BEHIND, slot - 1] - hull_z[BEHIND, slot - 2]
                rise *= hull_at[BEHIND, slot - 1] - at
                run = hull_at[BEHIND, slot - 2] - hull_at[BEHIND, slot - 1]
                if rise > (z - hull_z[BEHIND, slot - 1]) * run:
                    break
                slot -= 1
            notes[0, noted], notes[1, noted], notes[2, noted] = at, slot, size
            kept_z[0, noted], kept_z[1, noted] = hull_z[BEHIND, slot], hull_at[BEHIND, slot]
            noted += 1
            hull_z[BEHIND, slot], hull_at[BEHIND, slot] = z, at
            size = slot + 1
        at -= 1
    return size, noted


@njit(**_FLAGS)
def sweep_line(  # noqa: C901, PLR0912, PLR0915  calls with arrays count references: 2.5 times slower
    samples, peaks, ids, eyes, places, share, lowest, scratch, notes, out
):  # fmt: skip
    """
    Add what one line shows to the pixels on both of its sides, row by row.

    The window of a pixel goes from ``NEAR + 1`` to ``far`` rows up. It is cut in two at a fixed
    row: the part before it grows as the pixel moves down (its hull is extended), the part behind
    it shrinks (the insertions into its hull are taken back, the last one first).

    Parameters
    ----------
    samples, peaks : ndarray (row, line), ndarray (chunk, line)
        Heights on the lines, highest of every _CHUNK of them. [m]
    ids, eyes : ndarray (row, line + 1)
        Target of each pixel or -1, its height. [m]
    places : tuple of int
        Line, rows that ``samples`` has above those of ``ids``, which is ``far`` too, first and
        last row of ``ids`` with a target beside this line.
    share : ndarray (row,)
        Of the line's place between its two pixels.
    lowest : float
        Of the targets beside this line. [m]
    scratch, notes : ndarray (3, 2, row), ndarray (3, row)
        Room for the hulls.
    out : ndarray (target,)
        Rise over one step. [m]
    """
    line, far, first, last = places
    hull_z, hull_at, kept_z = scratch[0], scratch[1], scratch[2]
    begin = first
    while begin <= last:
        end = min(begin + far - NEAR, last + 1)
        behind, noted = fill_behind(
            samples, peaks, line, begin + far - NEAR - 1, begin, lowest,
            hull_z, hull_at, kept_z, notes,
        )  # fmt: skip
        before, at_before, at_behind = 0, 0, 0
        for row in range(begin, end):
            at = row + far
            nearest = at - NEAR - 1
            if row > begin and samples[nearest, line] > lowest:
                # Nearer than all: what is lower than it and farther is seen no more.
                z = np.float64(samples[nearest, line])
                while before > 0 and hull_z[BEFORE, before - 1] <= z:
                    before -= 1
                while before > 1:
                    rise = hull_z[BEFORE, before - 1] - z
                    rise *= hull_at[BEFORE, before - 1] - hull_at[BEFORE, before - 2]
                    run = nearest - hull_at[BEFORE, before - 1]
                    if rise > (hull_z[BEFORE, before - 2] - hull_z[BEFORE, before - 1]) * run:
                        break
                    before -= 1
                hull_z[BEFORE, before], hull_at[BEFORE, before] = z, nearest
                before += 1
            if noted > 0 and notes[0, noted - 1] < row:
                noted -= 1
                slot, behind = notes[1, noted], notes[2, noted]
                hull_z[BEHIND, slot], hull_at[BEHIND, slot] = kept_z[0, noted], kept_z[1, noted]
            for side in range(2):
                target = ids[row, line + side]
                if target < 0 or before + behind == 0:
                    continue
                z0 = np.float64(eyes[row, line + side])
                rise, run = 0.0, 1.0
                for hull in range(2):
                    size = before if hull == BEFORE else behind
                    if size == 0:
                        continue
                    # Were the highest point as near as the hull begins, it must be the steeper.
                    peak = hull_z[hull, 0 if hull == BEFORE else size - 1] - z0
                    closest = NEAR + 1.0 if hull == BEFORE else NEAR + 1.0 + row - begin
                    if peak * run <= rise * closest:
                        continue
                    # Slopes go up along a hull, then down; the summit is near that of the pixel
                    # before (a search from the end takes longer).
                    i = min(at_before if hull == BEFORE else at_behind, size - 1)
                    start, z, n = i, hull_z[hull, i] - z0, at - hull_at[hull, i]
                    while i > 0:
                        next_z, next_n = hull_z[hull, i - 1] - z0, at - hull_at[hull, i - 1]
                        if next_z * n <= z * next_n:
                            break
                        i, z, n = i - 1, next_z, next_n
                    while i >= start and i + 1 < size:
                        next_z, next_n = hull_z[hull, i + 1] - z0, at - hull_at[hull, i + 1]
                        if next_z * n <= z * next_n:
                            break
                        i, z, n = i + 1, next_z, next_n
                    if hull == BEFORE:
                        at_before = i
                    else:
                        at_behind = i
                    if z * run > rise * n:
                        rise, run = z, n
                if rise > 0.0:
                    weight = share[at] if side == 1 else np.float32(1.0) - share[at]
                    out[target] += weight * np.float32(rise / run)
        begin = end
        while begin <= last and ids[begin, line] < 0 and ids[begin, line + 1] < 0:
            begin += 1


@njit(**_FLAGS)
def sweep_lines(heights, eyes, ids, pad, origin, ray, out):
    """Add what the lines of one direction show to all targets; see ``skylines``."""
    rows, columns = ids.shape
    slope, far = ray[SLOPE], int(ray[STEPS])
    total = rows + far
    share = np.empty(total, np.float32)
    shift = np.empty(total, np.int64)
    for t in range(total):
        place = -slope * (origin[0] + t - far)
        shift[t] = math.floor(place)
        share[t] = place - shift[t]
    samples = np.empty((total, _GROUP), np.float32)
    peaks = np.empty((total // _CHUNK + 1, _GROUP), np.float32)
    near_ids = np.empty((rows, _GROUP + 1), np.int32)
    near_eyes = np.empty((rows, _GROUP + 1), np.float32)
    scratch = np.empty((3, 2, total + 1))
    notes = np.empty((3, total + 1), np.int64)
    # A line at column x of a row has number x - shift there.
    lowest = origin[1] - 1 - max(shift[far], shift[total - 1])
    highest = origin[1] + columns - 1 - min(shift[far], shift[total - 1])
    extent = np.empty((2, _GROUP + 1), np.int64)
    eye = np.empty(_GROUP + 1, np.float32)
    for k0 in range(lowest, highest + 1, _GROUP):
        gather(eyes, ids, k0 - origin[1], shift[far:], near_ids, near_eyes, extent, eye)
        begin, end = extent[0, :_GROUP].min(), extent[1, :_GROUP].max()
        if end < 0:
            continue
        for t in range(begin, end + far):
            left = k0 + shift[t] - origin[1] + pad
            pair = heights[t - far + pad, left : left + _GROUP + 1]
            of_right = share[t]
            of_left = np.float32(1.0) - of_right
            line = samples[t]
            peak = peaks[t // _CHUNK]
            if t % _CHUNK == 0 or t == begin:
                peak[:] = MISSING
            for j in range(_GROUP):
                z = of_left * pair[j] + of_right * pair[j + 1]
                line[j] = np.float32(np.floor(np.float64(z) * GRAIN + 0.5) / GRAIN)
                peak[j] = line[j] if line[j] > peak[j] else peak[j]
        for j in range(_GROUP):
            if extent[1, j] >= 0:
                places = (j, far, extent[0, j], extent[1, j])
                sweep_line(
                    samples, peaks, near_ids, near_eyes, places, share, eye[j],
                    scratch, notes, out,
                )  # fmt: skip


@njit(**_FLAGS)
def elevation(tangent):
    """
    Arc tangent of a rise, to 2e-6, never falling [deg]; unlike the library's, it is vectorised.

    References
    ----------
    .. [1] Abramowitz and Stegun, "Handbook of mathematical functions", 1964, eq. 4.4.49
    """
    steep = tangent > 1.0
    x = 1.0 / tangent if steep else tangent
    y = x * x
    series = -0.0752896400 + y * (0.0429096138 + y * (-0.0161657367 + y * 0.0028662257))
    series = -0.1420889944 + y * (0.1065626393 + y * series)
    angle = x * (1.0 + y * (-0.3333314528 + y * (0.1999355085 + y * series)))
    # The two branches meet at 45 degrees, or the angle would fall there by the error of the series.
    angle = min(angle, 0.25 * math.pi)
    return math.degrees(0.5 * math.pi - angle if steep else angle)


@njit(**_FLAGS)
def look_near(heights, eye, row, left, slope, steps, rise):
    """Rise over one step that pixels side by side see along their own rays, not below 0. [m]."""
    rise[:] = 0.0
    for n in range(1, steps + 1):
        place = slope * n
        shift = math.floor(place)
        of_right = np.float32(place - shift)
        of_left = np.float32(1.0) - of_right
        share = np.float32(1.0 / n)
        pair = heights[row - n, left + shift : left + shift + eye.size + 1]
        for i in range(eye.size):
            z = (of_left * pair[i] + of_right * pair[i + 1] - eye[i]) * share
            rise[i] = z if z > rise[i] else rise[i]


@njit(**_FLAGS)
def finish(heights, eyes, ids, pad, ray, out):
    """Raise what the lines show to what is nearer, and take the angle. [deg]."""
    rows, columns = ids.shape
    steps = min(NEAR, int(ray[STEPS]))
    per_run = np.float32(1.0 / ray[RUN])
    rise = np.empty(_SPAN, np.float32)
    for row in range(rows):
        for start in range(0, columns, _SPAN):
            wanted = ids[row, start : start + _SPAN]
            if wanted.max() < 0:
                continue
            eye = eyes[row, start : start + _SPAN]
            look_near(heights, eye, row + pad, start + pad, ray[SLOPE], steps, rise)
            for i in range(wanted.size):
                if wanted[i] >= 0:
                    rise[i] = max(rise[i], out[wanted[i]])
            for i in range(wanted.size):
                rise[i] = elevation(np.float64(rise[i] * per_run))
            for i in range(wanted.size):
                if wanted[i] >= 0:
                    out[wanted[i]] = rise[i]


@njit(parallel=True, **_FLAGS)
def skylines(heights, eyes, ids, pad, origin, rays, out):
    """
    Skyline of the targets of a tile in the directions of one quadrant.

    The first steps are looked at along the ray of each pixel. Beyond them a pixel sees what stands
    on the two parallel lines at its sides, weighted by its distance from them; the lines are fixed
    to the origin of the raster. Hulls keep the work of a pixel the same for any reach.

    Parameters
    ----------
    heights : ndarray (row + 2 pad, column + 2 pad) of float32
        Turned raster with a rim of ``pad`` >= steps + MARGIN pixels; MISSING where unknown. [m]
    eyes, ids : ndarray (row, column) of float32, of int32
        Height of the targets [m]; their numbers, -1 elsewhere.
    pad : int
    origin : tuple of int
        Row and column of the tile in the whole turned raster.
    rays : ndarray (direction, 4)
        SLOPE, STEPS of the reach, RUN of a step [m], ROW of ``out``.
    out : ndarray (all directions, target) of float32
        Filled with the elevation of the highest obstacle, never below 0. [deg]

    References
    ----------
    .. [1] Timonen and Westerholm, "Scalable height field self-shadowing", Computer Graphics Forum
       29 (2), 2010, :doi:`10.1111/j.1467-8659.2009.01642.x`
    .. [2] Dozier and Frew, "Rapid calculation of terrain parameters for radiation modeling from
       digital elevation data", IEEE Trans. Geosci. Remote Sens. 28 (5), 1990,
       :doi:`10.1109/36.58986`
    """
    for i in prange(rays.shape[0]):
        line = out[int(rays[i, ROW])]
        line[:] = 0.0
        if rays[i, STEPS] > NEAR:
            sweep_lines(heights, eyes, ids, pad, origin, rays[i], line)
        finish(heights, eyes, ids, pad, rays[i], line)
