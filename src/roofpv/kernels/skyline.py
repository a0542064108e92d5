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
# Steps of the table that finds the ray after a direction, for each ray: no step holds two.
_STEPS = 16
# Columns of ``targets``: place of the origin [deg], metres in a degree east and north.
LON, LAT, EAST, NORTH = range(4)
# Columns of ``boxes`` [deg] and of ``grid``: corner [deg], cells per degree, number of cells.
WEST, SOUTH, EASTERN, NORTHERN = range(4)
GRID_WEST, GRID_SOUTH, PER_LON, PER_LAT, COLUMNS, ROWS = range(6)
# Columns of the obstacles about one building: box, middle, half of the diagonal, top [m], and
# whether it is a part of the building itself.
_X0, _Y0, _X1, _Y1, _CX, _CY, _R, _TOP, _PART = range(9)
# Points whose skylines are cast at once: thrice four numbers in SIMD. What is known of them, in
# rows of one array, so that no loop has to ask whether they overlap: place, obstacle, wall. [m]
_LANES = 12
_X, _Y, _Z, _RISE, _SQUARED, _BOUND, _FAR, _HALF = (_LANES * row for row in range(8))
_MIDDLE, _ACROSS, _WALL_X, _WALL_Y, _BEFORE, _TURN, _END = (_LANES * row for row in range(8, 15))
# Rays that a wall is raised on at once; as many zeros follow the last ray.
_CHUNK = 8
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
    """Rises with the azimuth from 0 to 4, a quarter each; neither trigonometry nor branches."""
    across, along = abs(x), abs(y)
    first, third = (x >= 0.0) & (y > 0.0), (x <= 0.0) & (y < 0.0)
    even = first | third
    quarter = (0.0 if first else 2.0) if even else (1.0 if x > 0.0 else 3.0)
    return quarter + (across if even else along) / (across + along)


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
        # A hair less, for the rounding of the step that a direction is in.
        while turns[j] < 4.0 * step / (_STEPS * count) - 1e-9:
            j += 1
        steps[step] = j
    return turns, steps


@njit(**_INLINE)
def _ray_after(turn, turns, steps):
    """First ray at or after a direction; their number where there is none."""
    step = np.int32(turn * ((len(steps) - 1) / 4.0))
    j = np.int64(steps[np.uint64(step)])
    return j + np.int64(turns[np.uint64(j)] < turn)


@njit(**_INLINE)
def _raise(tangents, start, rays, span, wall):
    """Raise the skyline to a wall from ray to ray, as far as the wall is within reach."""
    east, north = rays
    first, last = span
    wall_x, wall_y, bound, far = wall
    for chunk in range(first, last + 1, _CHUNK):
        for q in range(_CHUNK):
            j = np.uint64(chunk) + np.uint64(q)
            at = np.uint64(start) + j
            tangent = wall_x * east[j] + wall_y * north[j]
            tangent = tangent if tangent < bound else bound
            tangent = tangent if tangent >= far else 0.0
            tangent = tangent if chunk + q <= last else 0.0
            tangents[at] = tangent if tangent > tangents[at] else tangents[at]


@njit(**_INLINE)
def _hidden(tangents, start, count, about, bound):
    """Whether the skyline is nowhere below a bound from so many rays before a ray to as many on."""
    middle, half = about
    for j in range(middle - half - 1, middle + half + 1):
        at = j + count if j < 0 else j - count if j >= count else j
        if tangents[np.uint64(start + at)] < bound:
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


@njit(**_FLAGS)
def _look(work, near, per_radian, reach):
    """Where an obstacle stands from every point."""
    top, r = near[_TOP], near[_R]
    x0, y0, x1, y1 = near[_X0], near[_Y0], near[_X1], near[_Y1]
    middle_x, middle_y = near[_CX], near[_CY]
    for p in range(_LANES):
        x, y = work[_X + p], work[_Y + p]
        rise = top - work[_Z + p]
        off_x = max(x0 - x, 0.0, x - x1)
        off_y = max(y0 - y, 0.0, y - y1)
        squared = off_x * off_x + off_y * off_y
        to_x, to_y = middle_x - x, middle_y - y
        away = math.sqrt(to_x * to_x + to_y * to_y)
        work[_RISE + p], work[_SQUARED + p] = rise, squared
        # No tangent of the prism is let above this, so that what it hides changes no digit.
        work[_BOUND + p] = rise / max(math.sqrt(squared), away - r)
        work[_FAR + p] = rise / reach if away + r > reach else 0.0
        half = _ARC * r / away * per_radian + 1e-6
        # Not to be asked for where the obstacle is too near.
        work[_HALF + p] = half if 2.0 * r < away else -1.0
        work[_MIDDLE + p] = _turn(to_x, to_y)


@njit(**_FLAGS)
def _wall(work, x0, y0, x1, y1):
    """Where a wall stands from every point; it is the next after the one before, or the first."""
    ex, ey = x1 - x0, y1 - y0
    for p in range(_LANES):
        x, y = work[_X + p], work[_Y + p]
        across = (x0 - x) * ey - (y0 - y) * ex
        scale = work[_RISE + p] / across
        work[_ACROSS + p] = across
        work[_WALL_X + p], work[_WALL_Y + p] = scale * ey, -scale * ex
        work[_BEFORE + p] = work[_TURN + p]
        work[_TURN + p] = _turn(x1 - x, y1 - y)


@njit(**_FLAGS)
def _raise_prism(tangents, rays, corners, span, work, raised):
    """Raise the skylines of points to the walls of one prism that face them."""
    east, north, turns, steps = rays
    xs, ys, linked = corners
    count, stride = len(turns) - 1, len(east)
    for i in range(span[0], span[1]):
        k = max(i - 1, span[0])
        _wall(work, xs[k], ys[k], xs[i], ys[i])
        if i == span[0] or not linked[k]:
            continue
        for p in range(len(raised)):
            # A wall seen from within its prism stands behind one that faces the point.
            if not raised[p] or work[_ACROSS + p] >= -_EDGE_ON:
                continue
            before, turn = work[_BEFORE + p], work[_TURN + p]
            first, last = _ray_after(before, turns, steps), _ray_after(turn, turns, steps)
            last -= np.int64(turns[np.uint64(last)] != turn)
            if turn < before:
                last += count
            wall = (work[_WALL_X + p], work[_WALL_Y + p], work[_BOUND + p], work[_FAR + p])
            end = min(last, count - 1)
            _raise(tangents, p * stride, (east, north), (first, end), wall)
            if last >= count:
                _raise(tangents, p * stride, (east, north), (0, last - count), wall)


@njit(**_FLAGS)
def _skylines(state, rays, near, corners, points, reach):
    """
    Fill the tangents of points, and in how many outlines each of them lies.

    Cast together they take three tenths less time than one by one.
    """
    tangents, work, raised, within = state
    xs, ys, linked, spans = corners
    turns, steps = rays[2], rays[3]
    count, stride = len(turns) - 1, len(rays[0])
    tangents[:] = 0.0
    within[:] = 0
    for p in range(_LANES):
        point = points[min(p, len(points) - 1)]
        work[_X + p], work[_Y + p], work[_Z + p] = point[0], point[1], point[2]
    for o in range(len(near)):
        _look(work, near[o], count / (2.0 * math.pi), reach)
        span, some = (spans[o], spans[o + 1]), False
        for p in range(len(points)):
            raised[p] = False
            squared = work[_SQUARED + p]
            if not work[_RISE + p] > 0.0 or squared > reach * reach:
                continue
            x, y = work[_X + p], work[_Y + p]
            if squared == 0.0 and _contains(xs, ys, linked, span, x, y):
                within[p] += near[o, _PART] == 0.0
                continue
            half, bound = int(work[_HALF + p]), work[_BOUND + p]
            if half >= 0:
                about = (_ray_after(work[_MIDDLE + p], turns, steps), half)
                if _hidden(tangents, p * stride, count, about, bound):
                    continue
            raised[p] = some = True
        if some:
            shown = raised[: len(points)]
            _raise_prism(tangents, rays, (xs, ys, linked), span, work, shown)


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
def _find(area, target, reach, obstacles, own):
    """Obstacles within reach of an area, each once; their number, and how many by basis."""
    boxes, basis, grid, cells, members, corner = obstacles
    east, north = max(target[EAST], 1.0), target[NORTH]
    # A hair more, for what rounding makes of degrees.
    wide = reach + 0.01
    found, n, known = np.empty(256, dtype=np.int64), 0, np.zeros(3, dtype=np.int64)
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
            most = n + cells[row * columns + x1 + 1] - cells[row * columns + x0]
            if most > len(found):
                found = np.concatenate((found, np.empty(most, dtype=np.int64)))
            for column in range(x0, x1 + 1):
                cell = row * columns + column
                for m in range(cells[cell], cells[cell + 1]):
                    o = members[m]
                    # In the first of its cells that are looked at, and only there. Without a branch
                    # for each question, which nothing foretells: half of the time.
                    first = (column == max(x0, corner[o, 0])) & (row == max(y0, corner[o, 1]))
                    near = _is_near(_box(boxes, o, target), area, reach)
                    counts = first & near & (not _is_in(o, own))
                    known[basis[o]] += counts
                    found[n] = o
                    n += counts & (basis[o] > 0)
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
    beyond = np.zeros(_CHUNK)
    east, north = np.append(rays[0], beyond), np.append(rays[1], beyond)
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
            found, basis = _find(area, target, reach, obstacles, mine)
            for i in range(3):
                known[b, i] = basis[i]
            pieces = parts[1][parts[0][b] : parts[0][b + 1]]
            near, corners = _gather(found, pieces, area, target, lowest, geometry)
        else:
            near = np.empty((0, 9))
            corners = (np.empty(0), np.empty(0), np.empty(0, np.bool_), np.zeros(1, np.int64))
        all_rays = (east, north, turns, steps)
        count, stride = len(turns) - 1, len(east)
        tangents, inside = np.empty(stride * _LANES), np.empty(_LANES, dtype=np.int64)
        state = (tangents, np.empty(_END), np.empty(_LANES, dtype=np.bool_), inside)
        chosen, n = np.empty(first[b + 1] - first[b], dtype=np.int64), 0
        for p in range(first[b], first[b + 1]):
            elevations[p] = np.nan
            if not np.isnan(points[p, 0] + points[p, 1] + points[p, 2]):
                chosen[n] = p
                n += 1
        for start in range(0, n, _LANES):
            some = chosen[start : min(start + _LANES, n)]
            _skylines(state, all_rays, near, corners, points[some], reach)
            for i in range(len(some)):
                within[some[i]] = inside[i]
                _to_elevations(tangents[i * stride : i * stride + count], elevations[some[i]])
