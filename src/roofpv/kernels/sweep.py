"""
Skylines of pixels in a height raster, by a search along parallel lines.

A quadrant of directions is looked at in a raster turned so that its rays go up the rows. A ray of
slope ``s`` moves ``s`` columns to the right (-1 <= s <= 1) with each row. Heights between two
pixels of a row are interpolated linearly.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"cache": True, "error_model": "numpy"}
F4 = np.float32  # samples and slopes; each is a monotone function of what it is made of

# Height of a pixel without data: it hides nothing. [m]
MISSING = -1048576.0
# Steps that every pixel looks at along its own ray; the lines begin beyond.
NEAR = 16
# Lines are laid so many at a time (wide rows are read faster), and looked at in groups.
_LINES, _GROUP = 64, 16
# Columns outside the reach that the lines may touch.
MARGIN = _LINES + 8
# Columns of the ``rays`` array.
SLOPE, STEPS, RUN, ROW = range(4)

# Where the ``lanes`` of a group hold the heights of the pixels to the left and to the right of its
# lines, and the lower of both; what these see, and the lower of both.
LEFT, RIGHT, EYE, SEEN_LEFT, SEEN_RIGHT, SEEN = range(0, 6 * _GROUP, _GROUP)

# Rows of which the highest point is noted: a block, as written out in ``raise_by_block``, and a
# stretch of blocks.
_BLOCK, _STRETCH = 8, 64
# Rows of pixels that are looked at together.
_ROWS = 8


@njit(**_FLAGS)
def lay_lines(heights, corner, places, span, lines):
    """
    Fill the heights on some groups of lines, and the highest of every block and stretch.

    Parameters
    ----------
    heights : ndarray (row, column)
    corner : (int, int)
        Row and column of ``heights`` where the first line begins.
    places : (ndarray of int64 (row,), ndarray (row,))
        Columns by which the lines are shifted in each row, and their place between two of them.
    span : (int, int)
        Rows that are needed.
    lines : (ndarray (group, row, line), (group, block, line), (group, stretch, line))
        [m]
    """
    samples, peaks, tops, onward = lines
    shift, share = places
    samples[:, span[0] // _BLOCK * _BLOCK : span[0]] = MISSING
    samples[:, span[1] : (span[1] // _BLOCK + 1) * _BLOCK] = MISSING
    side_by_side = np.empty(_LINES, F4)
    parted = side_by_side.reshape(_LINES // _GROUP, _GROUP)
    for t in range(span[0], span[1]):
        of_right = share[t]
        of_left = np.float32(1.0) - of_right
        left = corner[1] + shift[t]
        pair = heights[corner[0] + t, left : left + _LINES + 1]
        for j in range(side_by_side.size):
            side_by_side[j] = of_left * pair[j] + of_right * pair[j + 1]
        for group in range(samples.shape[0]):
            for j in range(samples.shape[2]):
                samples[group, t, j] = parted[group, j]
    tops[:] = MISSING
    for group in range(samples.shape[0]):
        for block in range(span[0] // _BLOCK, (span[1] - 1) // _BLOCK + 1):
            peak, top = peaks[group, block], tops[group, block * _BLOCK // _STRETCH]
            fill_peak(samples[group, block * _BLOCK : (block + 1) * _BLOCK], peak)
            for j in range(top.size):
                top[j] = peak[j] if peak[j] > top[j] else top[j]
        for stretch in range(tops.shape[1]):
            before, here = onward[group, max(stretch - 1, 0)], onward[group, stretch]
            top = tops[group, stretch]
            for j in range(top.size):
                here[j] = top[j] if stretch == 0 else higher(top[j], before[j])


@njit(inline="always", **_FLAGS)
def higher(z, than):
    """The higher of two; ``than`` where the other is not a number."""
    return z if z > than else than


@njit(inline="always", **_FLAGS)
def lower(z, than):
    """The lower of two."""
    return z if z < than else than


@njit(inline="always", **_FLAGS)
def fill_peak(rows, peak):
    """Highest of the rows of a block."""
    for j in range(peak.size):
        a, b = higher(rows[0, j], rows[1, j]), higher(rows[2, j], rows[3, j])
        c, d = higher(rows[4, j], rows[5, j]), higher(rows[6, j], rows[7, j])
        peak[j] = higher(higher(a, b), higher(c, d))


@njit(inline="always", **_FLAGS)
def raise_by_block(samples, lanes, row, width, per_step, n, block):
    """Raise what the pixels of a row see to what stands in a block; ``n`` steps to its first."""
    t = block * _BLOCK
    w0, w1, w2, w3 = per_step[n], per_step[n - 1], per_step[n - 2], per_step[n - 3]
    w4, w5, w6, w7 = per_step[n - 4], per_step[n - 5], per_step[n - 6], per_step[n - 7]
    for j in range(width):
        a, b = lanes[row, LEFT + j], lanes[row, RIGHT + j]
        p, q = lanes[row, SEEN_LEFT + j], lanes[row, SEEN_RIGHT + j]
        z = samples[t, j]
        p, q = higher((z - a) * w0, p), higher((z - b) * w0, q)
        z = samples[t + 1, j]
        p, q = higher((z - a) * w1, p), higher((z - b) * w1, q)
        z = samples[t + 2, j]
        p, q = higher((z - a) * w2, p), higher((z - b) * w2, q)
        z = samples[t + 3, j]
        p, q = higher((z - a) * w3, p), higher((z - b) * w3, q)
        z = samples[t + 4, j]
        p, q = higher((z - a) * w4, p), higher((z - b) * w4, q)
        z = samples[t + 5, j]
        p, q = higher((z - a) * w5, p), higher((z - b) * w5, q)
        z = samples[t + 6, j]
        p, q = higher((z - a) * w6, p), higher((z - b) * w6, q)
        z = samples[t + 7, j]
        p, q = higher((z - a) * w7, p), higher((z - b) * w7, q)
        lanes[row, SEEN_LEFT + j], lanes[row, SEEN_RIGHT + j] = p, q
        lanes[row, SEEN + j] = p if p < q else q


@njit(inline="always", **_FLAGS)
def may_raise(peaks, block, lanes, row, width, weight):
    """Whether any pixel could see more, were the highest of a block where it is nearest."""
    count = 0  # a flag would not be vectorised
    for j in range(width):
        rise = (peaks[block, j] - lanes[row, EYE + j]) * weight
        count += 1 if rise > lanes[row, SEEN + j] else 0
    return count > 0


@njit(inline="always", **_FLAGS)
def open_lanes(mine, lanes, row, width):
    """Take the pixels on both sides of each line of a group; returned is whether any counts."""
    count = 0
    for j in range(width):
        a, b = mine[j], mine[j + 1]
        eye = lower(a, b)
        lanes[row, LEFT + j], lanes[row, RIGHT + j], lanes[row, EYE + j] = a, b, eye
        # Whoever is no target is beyond raising.
        lanes[row, SEEN_LEFT + j] = F4(0.0) if a < np.inf else a
        lanes[row, SEEN_RIGHT + j] = F4(0.0) if b < np.inf else b
        lanes[row, SEEN + j] = F4(0.0) if eye < np.inf else eye
        count += 1 if eye < np.inf else 0
    return count > 0


@njit(inline="always", **_FLAGS)
def take_lowest(lanes, width, what):
    """Lowest of a quantity of all rows, into the row after them; rows as written out here."""
    for j in range(width):
        k = what + j
        a, b = lower(lanes[0, k], lanes[1, k]), lower(lanes[2, k], lanes[3, k])
        c, d = lower(lanes[4, k], lanes[5, k]), lower(lanes[6, k], lanes[7, k])
        lanes[_ROWS, k] = lower(lower(a, b), lower(c, d))


@njit(**_FLAGS)
def look_along(  # noqa: C901, PLR0912, PLR0915  calls with arrays count references: 2.5 times slower
    lines, places, first, span, far, per_step, eyes, seen_far
):  # fmt: skip
    """
    Add what a group of lines shows to the pixels on both sides of each, some rows at a time.

    A pixel sees the steepest of what stands ``NEAR + 1`` to ``far`` rows up. Blocks whose highest
    point could not raise what any pixel of the rows sees are passed over; the block that mattered
    to the rows before comes first. Neither changes a digit: the steepest of all is one number.

    Parameters
    ----------
    lines : (ndarray (row, line), (block, line), (stretch, line), (stretch, line))
        Samples, peaks, tops and what is highest from there on, ``far`` rows more than the pixels
        have. [m]
    places
        As in ``lay_lines``.
    first : int
        Column of ``eyes`` where the first line begins.
    span : (int, int)
        First row of the pixels, and the one after the last.
    far : int
    per_step : ndarray (step,)
        1 / step from ``NEAR + 1`` to ``far``, else 0.
    eyes : ndarray (row, column)
        With a rim of _GROUP + 1 columns; infinite where there is no target. [m]
    seen_far : ndarray (row, column)
        Like ``eyes``: added to. Rise over one step. [m]
    """
    samples, peaks, tops, onward = lines
    shift, share = places
    width = samples.shape[1]  # not the constant, or the loops are unrolled, not vectorised: 3 x
    lanes = np.empty((_ROWS + 1, 6 * width), F4)
    live = np.zeros(_ROWS, np.bool_)
    hot = -1
    for begin in range(span[0], span[1], _ROWS):
        anyone = False
        for row in range(_ROWS):
            live[row] = False
            for j in range(width):
                lanes[row, EYE + j] = np.inf
                lanes[row, SEEN + j] = np.inf
            if begin + row < span[1]:
                start = first + shift[begin + row + far]
                if start >= 0 and start + _GROUP + 1 <= eyes.shape[1]:
                    mine = eyes[begin + row, start : start + _GROUP + 1]
                    live[row] = open_lanes(mine, lanes, row, width)
                    anyone |= live[row]
        if not anyone:
            continue
        at = begin + far
        nearest, farthest = at + _ROWS - 1 - NEAR - 1, at - far
        warm = hot if farthest // _BLOCK <= hot <= nearest // _BLOCK else -1
        if warm >= 0:
            for row in range(_ROWS):
                if live[row]:
                    n = at + row - warm * _BLOCK
                    raise_by_block(samples, lanes, row, width, per_step, n, warm)
        take_lowest(lanes, width, EYE)
        take_lowest(lanes, width, SEEN)
        stretch = nearest // _STRETCH
        while stretch >= farthest // _STRETCH:
            step = max(at - (stretch + 1) * _STRETCH + 1, NEAR + 1)
            if not may_raise(onward, stretch, lanes, _ROWS, width, per_step[step]):
                break
            if may_raise(tops, stretch, lanes, _ROWS, width, per_step[step]):
                block = min((stretch + 1) * _STRETCH - 1, nearest) // _BLOCK
                while block >= max(stretch * _STRETCH, farthest) // _BLOCK:
                    step = max(at - (block + 1) * _BLOCK + 1, NEAR + 1)
                    if block != warm and may_raise(
                        peaks, block, lanes, _ROWS, width, per_step[step]
                    ):
                        raised = False
                        for row in range(_ROWS):
                            step = max(at + row - (block + 1) * _BLOCK + 1, NEAR + 1)
                            if live[row] and may_raise(
                                peaks, block, lanes, row, width, per_step[step]
                            ):
                                n = at + row - block * _BLOCK
                                raise_by_block(samples, lanes, row, width, per_step, n, block)
                                raised = True
                        if raised:
                            take_lowest(lanes, width, SEEN)
                            hot = block
                    block -= 1
            stretch -= 1
        for row in range(_ROWS):
            if live[row]:
                of_right = share[at + row]
                of_left = np.float32(1.0) - of_right
                start = first + shift[at + row]
                mine = seen_far[begin + row, start : start + _GROUP + 1]
                for j in range(width):
                    mine[j] += of_left * lanes[row, SEEN_LEFT + j]
                for j in range(width):
                    mine[j + 1] += of_right * lanes[row, SEEN_RIGHT + j]


@njit(**_FLAGS)
def rows_beside(counts, shift, first):
    """First row of targets beside some lines, and the one after the last; 0 if there are none."""
    rows, columns = counts.shape[0], counts.shape[1] - 1
    begin, end = rows, 0
    for row in range(rows):
        left = first + shift[row]
        a, b = min(max(left, 0), columns), min(max(left + _LINES + 1, 0), columns)
        if counts[row, b] > counts[row, a]:
            begin, end = min(begin, row), row + 1
    return begin, end


@njit(**_FLAGS)
def sweep_lines(heights, eyes, counts, pad, origin, ray, seen_far):
    """Fill what the lines of one direction show to all targets; see ``skylines``."""
    rows, columns = counts.shape[0], counts.shape[1] - 1
    slope, far = ray[SLOPE], int(ray[STEPS])
    total = rows + far
    share, shift = np.empty(total, F4), np.empty(total, np.int64)
    for t in range(total):
        place = -slope * (origin[0] + t - far)
        shift[t] = math.floor(place)
        share[t] = place - shift[t]
    groups, blocks = _LINES // _GROUP, total // _BLOCK + 2
    lines = (
        np.empty((groups, blocks * _BLOCK, _GROUP), F4),
        np.empty((groups, blocks, _GROUP), F4),
        np.empty((groups, total // _STRETCH + 1, _GROUP), F4),
        np.empty((groups, total // _STRETCH + 1, _GROUP), F4),
    )
    per_step = np.zeros(far + _BLOCK + _ROWS + 1, F4)
    for n in range(NEAR + 1, far + 1):
        per_step[n] = 1.0 / n
    seen_far[:] = 0.0
    # A line at column x of a row has number x - shift there.
    lowest = origin[1] - 1 - max(shift[far], shift[total - 1])
    highest = origin[1] + columns - 1 - min(shift[far], shift[total - 1])
    for k in range(lowest, highest + 1, _LINES):
        first = k - origin[1]
        begin, end = rows_beside(counts, shift[far:], first)
        if end == 0:
            continue
        lay_lines(heights, (pad - far, first + pad), (shift, share), (begin, end + far), lines)
        for group in range(groups):
            mine = lines[0][group], lines[1][group], lines[2][group], lines[3][group]
            start = first + group * _GROUP + _GROUP + 1
            look_along(
                mine, (shift, share), start, (begin, end), far, per_step, eyes, seen_far
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


@njit(inline="always", **_FLAGS)
def look_near(heights, lanes, width, row, left, shift, weight):
    """
    Rise over one step that pixels side by side see along their own rays, not below 0. [m].

    ``lanes`` hold their heights at LEFT, and are filled at SEEN; ``shift`` (step,) and ``weight``
    (3, step), of the pixel on the left and on the right and of the rise, are those of each step.
    """
    for j in range(width):
        lanes[SEEN + j] = 0.0
    for n in range(0, shift.size, 2):
        start, after = left + shift[n], left + shift[n + 1]
        a, b, share = weight[0, n], weight[1, n], weight[2, n]
        c, d, next_share = weight[0, n + 1], weight[1, n + 1], weight[2, n + 1]
        near = heights[row - n - 1, start : start + _GROUP + 1]
        farther = heights[row - n - 2, after : after + _GROUP + 1]
        for j in range(width):
            z, y = a * near[j] + b * near[j + 1], c * farther[j] + d * farther[j + 1]
            seen = higher((z - lanes[LEFT + j]) * share, lanes[SEEN + j])
            lanes[SEEN + j] = higher((y - lanes[LEFT + j]) * next_share, seen)


@njit(**_FLAGS)
def finish(heights, eyes, ids, spans, pad, ray, seen_far, out):
    """Raise what the lines show to what is nearer, and take the angle. [deg]."""
    columns = ids.shape[1]
    shift, weight = np.zeros(NEAR, np.int64), np.zeros((3, NEAR), F4)
    for n in range(min(NEAR, int(ray[STEPS]))):
        place = ray[SLOPE] * (n + 1)
        shift[n] = math.floor(place)
        weight[1, n] = place - shift[n]
        weight[0, n], weight[2, n] = F4(1.0) - weight[1, n], F4(1.0 / (n + 1))
    per_run = np.float32(1.0 / ray[RUN])
    width = eyes.shape[1] - columns - _GROUP - 2  # _GROUP, but see ``look_along``
    lanes, rise = np.empty(6 * _GROUP, F4), np.empty(width, F4)
    for span in range(spans.shape[0]):
        row, start = spans[span, 0], spans[span, 1]
        wanted = ids[row, start : start + _GROUP]
        begin = start + _GROUP + 1
        mine = eyes[row, begin : begin + _GROUP]
        for j in range(rise.size):  # a slice filled by a slice takes 2 s to compile
            lanes[LEFT + j] = mine[j]
        far = seen_far[row, begin : begin + _GROUP]
        look_near(heights, lanes, rise.size, row + pad, start + pad, shift, weight)
        for j in range(rise.size):
            rise[j] = elevation(np.float64(higher(far[j], lanes[SEEN + j]) * per_run))
        for j in range(wanted.size):
            if wanted[j] >= 0:
                out[wanted[j]] = rise[j]


@njit(**_FLAGS)
def with_rim(eyes, ids):
    """
    Heights of the targets with a rim, infinite elsewhere; how many stand before a column; and
    row and column where each _GROUP of targets side by side begins.
    """
    rows, columns = ids.shape
    framed = np.full((rows, columns + 2 * (_GROUP + 1)), np.inf, F4)
    counts = np.zeros((rows, columns + 1), np.int32)
    for row in range(rows):
        for column in range(columns):
            counts[row, column + 1] = counts[row, column]
            if ids[row, column] >= 0:
                counts[row, column + 1] += 1
                framed[row, column + _GROUP + 1] = eyes[row, column]
    spans = np.empty((counts[:, columns].sum(), 2), np.int64)
    size = 0
    for row in range(rows):
        column = 0
        while column < columns:
            if ids[row, column] < 0:
                column += 1
            else:
                spans[size, 0], spans[size, 1] = row, column
                size, column = size + 1, column + _GROUP
    return framed, counts, spans[:size]


@njit(parallel=True, **_FLAGS)
def skylines(heights, eyes, ids, pad, origin, rays, out):
    """
    Skyline of the targets of a tile in the directions of one quadrant.

    The first steps are looked at along the ray of each pixel. Beyond them a pixel sees what stands
    on the two parallel lines at its sides, weighted by its distance from them; the lines are fixed
    to the origin of the raster. Whatever could not be the steepest is passed over by its highest
    point, so that the work of a pixel hardly grows with the reach.

    Parameters
    ----------
    heights : ndarray (pad + row, column + 2 pad) of float32
        Turned raster with a rim of ``pad`` >= steps + MARGIN pixels above and at both sides;
        MISSING where unknown. [m]
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
    framed, counts, spans = with_rim(eyes, ids)
    for i in prange(rays.shape[0]):
        seen_far = np.zeros(framed.shape, F4)
        if rays[i, STEPS] > NEAR:
            sweep_lines(heights, framed, counts, pad, origin, rays[i], seen_far)
        finish(heights, framed, ids, spans, pad, rays[i], seen_far, out[int(rays[i, ROW])])
