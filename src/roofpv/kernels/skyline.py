"""
Skylines of points among prisms.

Each sector of a skyline is cast along ``RAYS`` rays, every one met exactly by every wall. For a ray
``d`` from the point and a wall from ``a`` to ``b`` that rises ``h`` above the point, the tangent of
the elevation is ``h (d x (b - a)) / (a x (b - a))``: linear in ``d``, so that a ray costs two
products, and no wall is sampled.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"error_model": "numpy", "cache": True}
_INLINE = {"inline": "always", **_FLAGS}

# Rays of a sector: its middle, and as many on either side.
RAYS = 5
# Steps of the table that finds the ray after a direction, for each ray.
_STEPS = 16
# Columns of ``targets``: place of the origin [deg], metres in a degree east and north.
LON, LAT, EAST, NORTH = range(4)
# Columns of ``boxes`` [deg] and of ``grid``: corner [deg], cells per degree, number of cells.
WEST, SOUTH, EASTERN, NORTHERN = range(4)
GRID_WEST, GRID_SOUTH, PER_LON, PER_LAT, COLUMNS, ROWS = range(6)
# Columns of the obstacles about one building: box, middle, half of the diagonal, top [m], and
# whether it is a part of the building itself.
_X0, _Y0, _X1, _Y1, _CX, _CY, _R, _TOP, _PART = range(9)
# Walls nearer than this to running through the point do not stand before it. [m2]
_EDGE_ON = 1e-9
# From half a turn's sixth on, an arc sine is no more than this many times its sine.
_ARC = 1.0472


def ray_directions(directions):
    """
    Rays of a skyline: ray ``j`` has the azimuth ``j * 360 / (RAYS * directions)``.

    A quarter turn leads from ray to ray to the last digit, where it leads to a ray.

    Parameters
    ----------
    directions : int

    Returns
    -------
    (ndarray, ndarray)
        Parts to the east and to the north (ray,). [1]
    """
    count = RAYS * directions
    azimuth = 2.0 * np.pi * np.arange(count) / count
    east, north = np.sin(azimuth), np.cos(azimuth)
    if count % 4 == 0:
        quarter = count // 4
        s, c = east[:quarter].copy(), north[:quarter].copy()
        s[0], c[0] = 0.0, 1.0
        east, north = np.concatenate([s, c, -s, -c]), np.concatenate([c, -s, -c, s])
    return east, north


@njit(**_INLINE)
def _turn(x, y):
    """Rises with the azimuth from 0 to 4, a quarter each; no trigonometry."""
    if x >= 0.0 and y > 0.0:
        return x / (x + y)
    if x > 0.0:
        return 1.0 + y / (y - x)
    if y < 0.0:
        return 2.0 + x / (x + y)
    return 3.0 + y / (y - x)


@njit(**_FLAGS)
def _ray_table(east, north):
    """Turn of every ray, and the first ray at or after each step of a turn."""
    count = len(east)
    turns = np.empty(count + 1)
    for j in range(count):
        turns[j] = _turn(east[j], north[j])
    turns[count] = np.inf
    steps = np.empty(_STEPS * count + 1, dtype=np.int32)
    j = 0
    for step in range(len(steps)):
        while turns[j] < 4.0 * step / (_STEPS * count):
            j += 1
        steps[step] = j
    return turns, steps


@njit(**_INLINE)
def _ray_after(turn, turns, steps):
    """First ray at or after a direction; their number where there is none."""
    step = min(int(turn * ((len(steps) - 1) / 4.0)), len(steps) - 1)
    j = steps[step]
    # The step may round up past a ray that lies before it.
    while j > 0 and turns[j - 1] >= turn:
        j -= 1
    while turns[j] < turn:
        j += 1
    return j


@njit(**_INLINE)
def _raise(tangents, east, north, first, last, wall_x, wall_y, bound, far):
    """Raise the skyline to a wall from ray to ray, as far as the wall is within reach."""
    for j in range(first, last + 1):
        tangent = wall_x * east[j] + wall_y * north[j]
        tangent = tangent if tangent < bound else bound
        tangent = tangent if tangent >= far else 0.0
        tangents[j] = tangent if tangent > tangents[j] else tangents[j]


@njit(**_INLINE)
def _hidden(tangents, middle, half, bound):
    """Whether the skyline is nowhere below a bound from so many rays before a ray to as many on."""
    count = len(tangents)
    for j in range(middle - half - 1, middle + half + 1):
        at = j + count if j < 0 else j - count if j >= count else j
        if tangents[at] < bound:
            return False
    return True


@njit(**_FLAGS)
def _contains(xs, ys, linked, span, x, y):
    """Whether a point is inside closed rings (even-odd)."""
    inside = False
    for i in range(span[0], span[1]):
        if linked[i] and (ys[i] > y) != (ys[i + 1] > y):
            at = xs[i] + (y - ys[i]) / (ys[i + 1] - ys[i]) * (xs[i + 1] - xs[i])
            if x < at:
                inside = not inside
    return inside


# Inlined, as ``_hidden`` is: calls with many arrays would take a sixth more time.
@njit(**_INLINE)
def _raise_prism(tangents, rays, corners, span, point, limits):
    """Raise the skyline of a point to the walls of one prism that face it."""
    east, north, turns, steps = rays
    xs, ys, linked = corners
    x, y, rise = point
    bound, far = limits
    count = len(tangents)
    after, turn, ready = 0, 0.0, False
    for i in range(span[0], span[1]):
        if not linked[i]:
            ready = False
            continue
        ax, ay = xs[i] - x, ys[i] - y
        bx, by = xs[i + 1] - x, ys[i + 1] - y
        ex, ey = xs[i + 1] - xs[i], ys[i + 1] - ys[i]
        across = ax * ey - ay * ex
        # A wall seen from within its prism stands behind one that faces the point.
        if across >= -_EDGE_ON:
            ready = False
            continue
        before = turn if ready else _turn(ax, ay)
        first = after if ready else _ray_after(before, turns, steps)
        turn = _turn(bx, by)
        after, ready = _ray_after(turn, turns, steps), True
        last = after if turns[after] == turn else after - 1
        if turn < before:
            last += count
        scale = rise / across
        wall_x, wall_y = scale * ey, -scale * ex
        end = min(last, count - 1)
        _raise(tangents, east, north, first, end, wall_x, wall_y, bound, far)
        if last >= count:
            _raise(tangents, east, north, 0, last - count, wall_x, wall_y, bound, far)


@njit(**_FLAGS)
def _skyline(tangents, rays, near, corners, point, reach):
    """Fill the tangents of one point; returns how many outlines it lies in."""
    x, y, z = point
    xs, ys, linked, spans = corners
    per_radian = len(tangents) / (2.0 * math.pi)
    within = 0
    tangents[:] = 0.0
    for o in range(len(near)):
        rise = near[o, _TOP] - z
        if not rise > 0.0:
            continue
        off_x = max(near[o, _X0] - x, 0.0, x - near[o, _X1])
        off_y = max(near[o, _Y0] - y, 0.0, y - near[o, _Y1])
        squared = off_x * off_x + off_y * off_y
        if squared > reach * reach:
            continue
        span = (spans[o], spans[o + 1])
        if squared == 0.0 and _contains(xs, ys, linked, span, x, y):
            within += near[o, _PART] == 0.0
            continue
        to_x, to_y = near[o, _CX] - x, near[o, _CY] - y
        away, r = math.sqrt(to_x * to_x + to_y * to_y), near[o, _R]
        # No tangent of the prism is let above this, so that what it hides changes no digit.
        bound = rise / max(math.sqrt(squared), away - r)
        if 2.0 * r < away:
            half = int(_ARC * r / away * per_radian + 1e-6)
            middle = _ray_after(_turn(to_x, to_y), rays[2], rays[3])
            if _hidden(tangents, middle, half, bound):
                continue
        limits = (bound, rise / reach if away + r > reach else 0.0)
        _raise_prism(tangents, rays, (xs, ys, linked), span, (x, y, rise), limits)
    return within


@njit(**_INLINE)
def _elevation(tangent):
    """
    Angle of a tangent from 0 on, within 2e-8. [rad].

    References
    ----------
    .. [1] Abramowitz and Stegun, "Handbook of mathematical functions", 1964, eq. 4.4.49
    """
    x = tangent if tangent < 1.0 else 1.0 / tangent
    y = x * x
    angle = -0.0161657367 + y * 0.0028662257
    angle = -0.0752896400 + y * (0.0429096138 + y * angle)
    angle = -0.1420889944 + y * (0.1065626393 + y * angle)
    angle = x * (1.0 + y * (-0.3333314528 + y * (0.1999355085 + y * angle)))
    return angle if tangent < 1.0 else math.pi / 2.0 - angle


@njit(**_FLAGS)
def _to_elevations(tangents, out):
    """
    Mean elevation of the rays of every sector. [deg].

    Of the means of h, sin(h) and sin(h)^2 this one is right for the time that the sun is hidden,
    and nearest for the sky view of level and tilted planes alike where a prism ends in a sector.
    """
    count = len(tangents)
    # In a loop of its own it runs in SIMD: a fourth of the time of an arc tangent each.
    for j in range(count):
        tangents[j] = _elevation(tangents[j])
    for k in range(len(out)):
        total = 0.0
        for j in range(RAYS * k - RAYS // 2, RAYS * k + RAYS // 2 + 1):
            total += tangents[j + count if j < 0 else j]
        out[k] = total * (180.0 / math.pi / RAYS)


@njit(**_INLINE)
def _wrapped(degrees):
    """Whole turns that bring a difference of longitudes within half a turn. [deg]."""
    return -360.0 if degrees > 180.0 else 360.0 if degrees < -180.0 else 0.0


@njit(**_FLAGS)
def _box(boxes, o, target):
    """Bounds of an obstacle in the metres of a building."""
    shift = _wrapped(boxes[o, WEST] - target[LON])
    return (
        (boxes[o, WEST] - target[LON] + shift) * target[EAST],
        (boxes[o, SOUTH] - target[LAT]) * target[NORTH],
        (boxes[o, EASTERN] - target[LON] + shift) * target[EAST],
        (boxes[o, NORTHERN] - target[LAT]) * target[NORTH],
    )


@njit(**_FLAGS)
def _is_near(box, area, reach):
    off_x = max(box[0] - area[2], 0.0, area[0] - box[2])
    off_y = max(box[1] - area[3], 0.0, area[1] - box[3])
    return off_x * off_x + off_y * off_y <= reach * reach


@njit(**_FLAGS)
def _cell(value, start, per, cells):
    return int(min(max((value - start) * per, 0.0), cells - 1.0))


@njit(**_FLAGS)
def _is_in(o, own):
    found = False
    for other in own:
        found = found or other == o
    return found


@njit(**_FLAGS)
def _with(found, n, o):
    """Set a member of a list that grows."""
    if n == len(found):
        found = np.concatenate((found, np.empty_like(found)))
    found[n] = o
    return found


@njit(**_FLAGS)
def _find(area, target, reach, obstacles, own, found):
    """Obstacles within reach of an area, each once; their number, and how many by basis."""
    boxes, basis, grid, cells, members, corner = obstacles
    east, north = max(target[EAST], 1.0), target[NORTH]
    # A hair more, for what rounding makes of degrees.
    wide = reach + 0.01
    n, known = 0, np.zeros(3, dtype=np.int64)
    y0 = _cell(target[LAT] + (area[1] - wide) / north, grid[GRID_SOUTH], grid[PER_LAT], grid[ROWS])
    y1 = _cell(target[LAT] + (area[3] + wide) / north, grid[GRID_SOUTH], grid[PER_LAT], grid[ROWS])
    columns = int(grid[COLUMNS])
    for shift in (-360.0, 0.0, 360.0):
        west = target[LON] + shift + (area[0] - wide) / east
        eastern = target[LON] + shift + (area[2] + wide) / east
        if (west - grid[GRID_WEST]) * grid[PER_LON] > columns or eastern < grid[GRID_WEST]:
            continue
        x0 = _cell(west, grid[GRID_WEST], grid[PER_LON], grid[COLUMNS])
        x1 = _cell(eastern, grid[GRID_WEST], grid[PER_LON], grid[COLUMNS])
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                cell = row * columns + column
                for m in range(cells[cell], cells[cell + 1]):
                    o = members[m]
                    # In the first of its cells that are looked at, and only there.
                    if column != max(x0, corner[o, 0]) or row != max(y0, corner[o, 1]):
                        continue
                    if _is_in(o, own) or not _is_near(_box(boxes, o, target), area, reach):
                        continue
                    known[basis[o]] += 1
                    if basis[o] > 0:
                        found = _with(found, n, o)
                        n += 1
    return found[:n], known


@njit(**_FLAGS)
def _gather(found, parts, area, target, lowest, geometry):
    """Obstacles that rise above an area, steep ones first, in the metres of the building."""
    lon, lat, rings, outlines, boxes, top = geometry
    middle_x, middle_y = (area[0] + area[2]) / 2.0, (area[1] + area[3]) / 2.0
    n, corners = 0, 0
    both = np.concatenate((found, parts))
    rows, away = np.empty(len(both), dtype=np.int64), np.empty(len(both))
    for i in range(len(both)):
        o = both[i]
        if top[o] > lowest:
            box = _box(boxes, o, target)
            x, y = (box[0] + box[2]) / 2.0 - middle_x, (box[1] + box[3]) / 2.0 - middle_y
            rows[n], away[n] = i, (x * x + y * y) / (top[o] - lowest) ** 2
            corners += rings[outlines[o + 1]] - rings[outlines[o]]
            n += 1
    order = np.argsort(away[:n])
    near = np.empty((n, 9))
    xs, ys = np.empty(corners), np.empty(corners)
    linked, spans = np.ones(corners, dtype=np.bool_), np.empty(n + 1, dtype=np.int64)
    at = 0
    for i in range(n):
        o = both[rows[order[i]]]
        box = _box(boxes, o, target)
        near[i, _X0], near[i, _Y0], near[i, _X1], near[i, _Y1] = box
        near[i, _CX], near[i, _CY] = (box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0
        radius = 0.0
        near[i, _TOP], near[i, _PART] = top[o], rows[order[i]] >= len(found)
        shift = _wrapped(boxes[o, WEST] - target[LON])
        spans[i] = at
        for ring in range(outlines[o], outlines[o + 1]):
            for j in range(rings[ring], rings[ring + 1]):
                xs[at] = (lon[j] - target[LON] + shift) * target[EAST]
                ys[at] = (lat[j] - target[LAT]) * target[NORTH]
                x, y = xs[at] - near[i, _CX], ys[at] - near[i, _CY]
                radius = max(radius, x * x + y * y)
                at += 1
            linked[at - 1] = False
        # A hair more, for rounding.
        near[i, _R] = math.sqrt(radius) * (1.0 + 1e-9)
    spans[n] = at
    return near, (xs, ys, linked, spans)


@njit(parallel=True, **_FLAGS)
def cast_skylines(targets, points, obstacles, geometry, rays, reach, out):
    """
    Skylines of points on buildings, each building in the metres of its own frame.

    The walls of an obstacle within reach of the point block, at the obstacle's top; an outline that
    contains the point does not, it is taken for the roof that the point is on.

    Parameters
    ----------
    targets : (ndarray (building, 4), ndarray of int (building + 1,), own, parts)
        Frames (columns LON ... NORTH), first point of each building; and two pairs (starts,
        members): obstacles that are the building itself, and parts of it that the grid does not
        hold.
    points : ndarray (point, 3)
        East, north, and height above ground; NaN where not known. [m]
    obstacles : (boxes, basis, grid, cells, members, corner)
        ``boxes`` (obstacle, 4) [deg]; ``basis`` of the top, 0 where there is none; ``grid`` (6,),
        the ``members`` of its cells from ``cells`` on, and the first ``corner`` cell of each.
    geometry : (lon, lat, rings, outlines, boxes, top)
        Corners of closed rings, outer anticlockwise, holes clockwise [deg], first corner of each
        ring, first ring of each outline; ``top`` above ground [m].
    rays : (ndarray, ndarray)
        From ``ray_directions``.
    reach : float
        [m]
    out : (elevations (point, direction), within (point,), known (building, 3))
        Filled: elevation of every sector, centred on its azimuth [deg]; outlines that contain the
        point; neighbours within reach by the basis of their top.
    """
    frames, first, own, parts = targets
    elevations, within, known = out
    turns, steps = _ray_table(rays[0], rays[1])
    for b in prange(len(frames)):
        target = frames[b]
        area = np.array([np.inf, np.inf, -np.inf, -np.inf])
        lowest = np.inf
        for p in range(first[b], first[b + 1]):
            x, y, z = points[p]
            if np.isnan(x + y + z):
                continue
            area[0], area[1] = min(area[0], x), min(area[1], y)
            area[2], area[3] = max(area[2], x), max(area[3], y)
            lowest = min(lowest, z)
        if lowest < np.inf:
            mine = own[1][own[0][b] : own[0][b + 1]]
            found, basis = _find(
                area, target, reach, obstacles, mine, np.empty(256, dtype=np.int64)
            )
            for i in range(3):
                known[b, i] = basis[i]
            pieces = parts[1][parts[0][b] : parts[0][b + 1]]
            near, corners = _gather(found, pieces, area, target, lowest, geometry)
        else:
            near = np.empty((0, 9))
            corners = (np.empty(0), np.empty(0), np.empty(0, np.bool_), np.zeros(1, np.int64))
        tangents = np.empty(len(turns) - 1)
        for p in range(first[b], first[b + 1]):
            x, y, z = points[p]
            if np.isnan(x + y + z):
                elevations[p] = np.nan
                continue
            place = (x, y, z)
            all_rays = (rays[0], rays[1], turns, steps)
            within[p] = _skyline(tangents, all_rays, near, corners, place, reach)
            _to_elevations(tangents, elevations[p])
