"""
Skylines of points among prisms, and how much of the sky and of the sun is seen over them.

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
_STEPS = 4
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
    steps = np.empty(_STEPS * count + 1, dtype=np.int64)
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


@njit(**_FLAGS)
def _raise(tangents, east, north, span, wall):
    """Raise the skyline to a wall from ray to ray, as far as the wall is within reach."""
    for j in range(span[0], span[1] + 1):
        tangent = min(wall[0] * east[j] + wall[1] * north[j], wall[2])
        if tangent > tangents[j] and tangent >= wall[3]:
            tangents[j] = tangent


@njit(**_FLAGS)
def _raise_all(tangents, east, north, span, wall):
    """As ``_raise``, for a wall wholly within reach; without the test it runs in SIMD."""
    for j in range(span[0], span[1] + 1):
        tangent = wall[0] * east[j] + wall[1] * north[j]
        tangent = tangent if tangent < wall[2] else wall[2]
        tangents[j] = tangent if tangent > tangents[j] else tangents[j]


@njit(**_INLINE)
def _wall(tangents, east, north, first, last, wall, whole):
    count = len(tangents)
    end = min(last, count - 1)
    if whole:
        _raise_all(tangents, east, north, (first, end), wall)
        _raise_all(tangents, east, north, (0, last - count), wall)
    else:
        _raise(tangents, east, north, (first, end), wall)
        _raise(tangents, east, north, (0, last - count), wall)


@njit(**_FLAGS)
def _hidden(tangents, middle, half, bound):
    """Whether the skyline about a ray is nowhere below a bound."""
    count = len(tangents)
    for j in range(middle - half, middle + half + 1):
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


@njit(**_FLAGS)
def _raise_prism(tangents, rays, corners, span, point, limits):
    """Raise the skyline of a point to the walls of one prism that face it."""
    east, north, turns, steps = rays
    xs, ys, linked = corners
    x, y, rise = point
    bound, far, whole = limits
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
        wall = (scale * ey, -scale * ex, bound, far)
        _wall(tangents, east, north, first, last, wall, whole)


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
        # No tangent of the prism is let above this, so that what it hides changes no digit.
        bound = rise / math.sqrt(squared)
        to_x, to_y = near[o, _CX] - x, near[o, _CY] - y
        away, r = math.sqrt(to_x * to_x + to_y * to_y), near[o, _R]
        if 2.0 * r < away:
            half = int(_ARC * r / away * per_radian) + 2
            middle = _ray_after(_turn(to_x, to_y), rays[2], rays[3])
            if _hidden(tangents, middle, half, bound):
                continue
        limits = (bound, rise / reach, away + r <= reach)
        _raise_prism(tangents, rays, (xs, ys, linked), span, (x, y, rise), limits)
    return within


@njit(**_FLAGS)
def _to_elevations(tangents, out):
    """
    Elevation of every sector that hides as much of the sky as the rays in it. [deg].

    What a level surface does not see below an elevation h is in proportion to sin(h)^2.
    """
    count = len(tangents)
    for k in range(len(out)):
        hidden = 0.0
        for j in range(RAYS * k - RAYS // 2, RAYS * k + RAYS // 2 + 1):
            tangent = tangents[j + count if j < 0 else j]
            hidden += 1.0 - 1.0 / (1.0 + tangent * tangent)
        out[k] = math.degrees(math.asin(math.sqrt(min(hidden / RAYS, 1.0)))) if hidden else 0.0


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
                    if column != max(x0, corner[o, 0]) or row != max(y0, corner[o, 1]):
                        continue
                    if not _is_near(_box(boxes, o, target), area, reach):
                        continue
                    mine = False
                    for other in own:
                        mine = mine or other == o
                    if mine:
                        continue
                    known[basis[o]] += 1
                    if basis[o] > 0:
                        if n == len(found):
                            found = np.concatenate((found, np.empty_like(found)))
                        found[n] = o
                        n += 1
    return found[:n], known


@njit(**_FLAGS)
def _gather(found, parts, area, target, lowest, geometry):
    """Obstacles that rise above an area, near ones first, in the metres of the building."""
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
            rows[n], away[n] = i, x * x + y * y
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
        near[i, _R] = math.hypot(box[2] - box[0], box[3] - box[1]) / 2.0
        near[i, _TOP], near[i, _PART] = top[o], rows[order[i]] >= len(found)
        shift = _wrapped(boxes[o, WEST] - target[LON])
        spans[i] = at
        for ring in range(outlines[o], outlines[o + 1]):
            for j in range(rings[ring], rings[ring + 1]):
                xs[at] = (lon[j] - target[LON] + shift) * target[EAST]
                ys[at] = (lat[j] - target[LAT]) * target[NORTH]
                at += 1
            linked[at - 1] = False
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
            found, basis = _find(area, target, reach, obstacles, mine, np.empty(256, dtype=np.int64))
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
