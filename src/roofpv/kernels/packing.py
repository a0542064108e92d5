"""Whole tables of modules in roof polygons: rows at the best places, each filled whole."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

_FLAGS = {"error_model": "numpy", "cache": True}
_INLINE = {"inline": "always", **_FLAGS}

# Columns of the ``cells`` array: a table along and across the row, row to row, table to table along
# the row, rows between two aisles (0: no aisle) and what an aisle adds to the pitch.
WIDTH, DEPTH, PITCH, GAP, AISLE_ROWS, AISLE = range(6)
# Rows of the array of edges: the lower end, the height of the upper end, metres along the row per
# metre across it, the span along the row, +1 for an edge drawn upward and -1 for one downward, and
# how far an edge that has the roof above it runs along the row (0 for any other).
X_LOW, Y_LOW, Y_HIGH, SLOPE, X_MIN, X_MAX, SIGN, FLOOR = range(8)

# A table may stand out by this much, or rounding would lose the row that fits to the millimetre.
TOLERANCE_M = 2e-7
# Places tried for a row: about _STRIPS a roof, in a grid of _LEAST_PHASES to _MOST_PHASES a pitch,
# and those above the _MOST_FLOORS longest edges. 50 x the work finds 0.1 % more on 300 footprints.
_STRIPS, _LEAST_PHASES, _MOST_PHASES, _MOST_FLOORS = 200, 16, 48, 24
# Aisles below a row that move its place from those above the edges, at most.
_MOST_SHIFTS = 3
# Keys that are sorted by insertion.
_FEW = 15

# NumPy's sorts and reductions took a quarter of the time of compiling: loops stand for them,
# and most functions are inlined, for LLVM optimises each once more within each that calls it.


@njit(**_INLINE)
def swap(keys, order, i, j):
    """Let two keys change places, and their numbers."""
    keys[i], keys[j] = keys[j], keys[i]
    order[i], order[j] = order[j], order[i]


@njit(**_INLINE)
def parted(keys, order, low, high):
    """Bring the smaller keys before the middle one of three; where that one then is."""
    middle = (low + high) >> 1
    for i, j in ((low, middle), (middle, high), (low, middle)):
        if keys[j] < keys[i]:
            swap(keys, order, i, j)
    pivot = keys[middle]
    swap(keys, order, middle, high)
    i, j = low, high - 1
    while True:
        while i < high and keys[i] < pivot:
            i += 1
        while j >= low and pivot < keys[j]:
            j -= 1
        if i >= j:
            break
        swap(keys, order, i, j)
        i += 1
        j -= 1
    swap(keys, order, i, high)
    return i


@njit(**_FLAGS)
def sort_with(keys, order):
    """Sort keys in place, their numbers with them; as ``np.argsort`` of Numba, ties included."""
    ends = np.empty(128, np.int64)
    ends[0], ends[1] = 0, keys.size - 1
    waiting = 1
    while waiting > 0:
        waiting -= 1
        low, high = ends[2 * waiting], ends[2 * waiting + 1]
        while high - low >= _FEW:
            i = parted(keys, order, low, high)
            # The longer part waits, so that few do.
            if high - i > i - low:
                ends[2 * waiting], ends[2 * waiting + 1] = i + 1, high
                high = i - 1
            else:
                ends[2 * waiting], ends[2 * waiting + 1] = low, i - 1
                low = i + 1
            waiting += 1
        for i in range(low + 1, high + 1):
            key, number = keys[i], order[i]
            j = i
            while j > low and key < keys[j - 1]:
                keys[j], order[j] = keys[j - 1], order[j - 1]
                j -= 1
            keys[j], order[j] = key, number


@njit(**_INLINE)
def count_edges(rings, first, last):
    """Edges of the rings from ``first`` to before ``last``."""
    return max(rings[last] - rings[first] - (last - first), 0)


@njit(**_INLINE)
def roof_edges(x, y, rings, first, last):
    """Edges of closed rings (outer anticlockwise, holes clockwise) in order of their lower end."""
    unsorted = np.empty((8, count_edges(rings, first, last)))
    n = 0
    for ring in range(first, last):
        for i in range(rings[ring], rings[ring + 1] - 1):
            up = y[i + 1] >= y[i]
            low, high = (i, i + 1) if up else (i + 1, i)
            rise = y[high] - y[low]
            unsorted[X_LOW, n], unsorted[Y_LOW, n] = x[low], y[low]
            unsorted[Y_HIGH, n] = y[high]
            unsorted[SLOPE, n] = (x[high] - x[low]) / rise if rise > 0.0 else 0.0
            unsorted[X_MIN, n], unsorted[X_MAX, n] = min(x[low], x[high]), max(x[low], x[high])
            unsorted[SIGN, n] = 1.0 if up else -1.0
            unsorted[FLOOR, n] = max(x[i + 1] - x[i], 0.0)
            n += 1
    edges, order = np.empty((8, n)), np.empty(n, np.int64)
    for i in range(n):
        edges[Y_LOW, i], order[i] = unsorted[Y_LOW, i], i
    sort_with(edges[Y_LOW], order)
    for j in range(8):
        for i in range(n):
            edges[j, i] = unsorted[j, order[i]]
    return edges


@njit(**_INLINE)
def row_phases(edges, cell, bottom, height):
    """
    Where rows may start within one pitch, above the lowest point: a grid and the roof's own edges.

    A row can be pushed down without loss until it sits on an edge or has the pitch to the row
    below, so that edges with the roof above them are enough where all edges run along or across.
    """
    pitch = cell[PITCH]
    rows = int((height - cell[DEPTH]) / pitch) + 1
    grid = min(max(_STRIPS // rows, _LEAST_PHASES), _MOST_PHASES)
    shifts = 1
    if cell[AISLE_ROWS] > 0:
        shifts += min(int(rows / cell[AISLE_ROWS]), _MOST_SHIFTS)
    count = edges.shape[1]
    phases = np.empty(grid + shifts * count)
    order = np.zeros(phases.size, np.int64)
    least = 0.0
    if count > _MOST_FLOORS:
        for e in range(count):
            phases[e] = edges[FLOOR, e]
        sort_with(phases[:count], order)
        least = phases[count - _MOST_FLOORS]
    for g in range(grid):
        phases[g] = g * pitch / grid
    n = grid
    for e in range(count):
        if edges[FLOOR, e] > 0.0 and edges[FLOOR, e] >= least:
            for s in range(shifts):
                above = edges[Y_HIGH, e] - bottom + s * cell[AISLE]
                phases[n] = above - np.floor(above / pitch) * pitch
                n += 1
    sort_with(phases[:n], order)
    return phases[: distinct(phases, n, pitch)]


@njit(**_INLINE)
def distinct(phases, count, pitch):
    """Take those of the sorted phases once that differ by rounding alone; how many are left."""
    kept = 1
    for i in range(1, count):
        last = phases[kept - 1]
        if phases[i] - last > 0.5 * TOLERANCE_M and pitch - phases[i] > 0.5 * TOLERANCE_M:
            phases[kept] = phases[i]
            kept += 1
    return kept


@njit(**_INLINE)
def row_places(edges, cell):
    """Lower sides of all strips that may hold a row, rising."""
    bottom, top = edges[Y_LOW, 0], edges[Y_HIGH, 0]
    for e in range(1, edges.shape[1]):
        top = max(top, edges[Y_HIGH, e])
    room = top - bottom - cell[DEPTH] + TOLERANCE_M
    if not room >= 0.0:
        return np.empty(0)
    phases = row_phases(edges, cell, bottom, top - bottom)
    most = int(room / cell[PITCH]) + 1
    places = np.empty(most * phases.size)
    n = 0
    for row in range(most):
        for i in range(phases.size):
            above = row * cell[PITCH] + phases[i]
            if above <= room:
                places[n] = bottom + above
                n += 1
    return places[:n]


@njit(**_INLINE)
def clip_to_strip(edges, active, count, bottom, top, spans):
    """
    Keep the first so many active edges that enter the open strip, in order of their left end.

    ``spans`` gets the left and right end of what lies in the strip; the number kept is returned.
    """
    kept = 0
    for a in range(count):
        e = active[a]
        low, high = edges[Y_LOW, e], edges[Y_HIGH, e]
        if high <= bottom or low >= top:
            continue
        left, right = edges[X_MIN, e], edges[X_MAX, e]
        if low < bottom or high > top:
            x, slope = edges[X_LOW, e], edges[SLOPE, e]
            one = x + (bottom - low) * slope if low < bottom else x
            two = x + (min(high, top) - low) * slope
            left, right = max(left, min(one, two)), min(right, max(one, two))
        i = kept
        while i > 0 and spans[0, i - 1] > left:
            spans[0, i], spans[1, i] = spans[0, i - 1], spans[1, i - 1]
            active[i] = active[i - 1]
            i -= 1
        spans[0, i], spans[1, i], active[i] = left, right, e
        kept += 1
    return kept


@njit(**_INLINE)
def tables_within(length, cell):
    """Tables that fit in a length along the row."""
    return int(np.floor((length + cell[GAP] + TOLERANCE_M) / (cell[WIDTH] + cell[GAP])))


@njit(**_INLINE)
def fill_strip(edges, active, count, spans, middle, cell, runs):
    """
    Fill what is inside the roof over the full depth of a strip; the number of runs.

    ``runs`` gets the left end and the tables of each run, in the middle of its room. Whatever of
    the outline lies in the strip blocks its own span; between two spans the strip is all inside or
    all outside, which the edges that cross the middle tell.
    """
    n = 0
    inside, reach = False, -np.inf
    for i in range(count):
        if inside and spans[0, i] > reach:
            length = spans[0, i] - reach
            tables = tables_within(length, cell)
            if tables > 0:
                used = tables * (cell[WIDTH] + cell[GAP]) - cell[GAP]
                runs[0, n], runs[1, n] = reach + 0.5 * (length - used), tables
                n += 1
        reach = max(reach, spans[1, i])
        if edges[Y_LOW, active[i]] <= middle < edges[Y_HIGH, active[i]]:
            inside = not inside
    return n


@njit(**_FLAGS)
def fill_row(edges, cell, place, active, count, spans, runs):
    """Runs of the row at one place; how many of the active edges enter it, and their number."""
    bottom, top = place + TOLERANCE_M, place + cell[DEPTH] - TOLERANCE_M
    kept = clip_to_strip(edges, active, count, bottom, top, spans)
    return kept, fill_strip(edges, active, kept, spans, 0.5 * (bottom + top), cell, runs)


@njit(**_INLINE)
def count_rows(edges, cell, places):
    """Tables that a row holds at each of the rising places."""
    counts = np.zeros(places.size, np.int64)
    active = np.empty(edges.shape[1], np.int64)
    spans, runs = np.empty((2, active.size)), np.empty((2, active.size))
    kept, following = 0, 0
    for i in range(places.size):
        top = places[i] + cell[DEPTH] - TOLERANCE_M
        while following < active.size and edges[Y_LOW, following] < top:
            active[kept] = following
            kept += 1
            following += 1
        kept, found = fill_row(edges, cell, places[i], active, kept, spans, runs)
        for run in range(found):
            counts[i] += int(runs[1, run])
    return counts


@njit(**_INLINE)
def aisle_of(cell):
    """What an aisle adds to the pitch, none if there is no aisle. [m]."""
    return cell[AISLE] if cell[AISLE_ROWS] > 0 else 0.0


@njit(**_INLINE)
def most_of(best, column):
    """First row with the most in a column."""
    most = 0
    for row in range(1, best.shape[0]):
        if best[row, column] > best[most, column]:
            most = row
    return most


@njit(**_INLINE)
def best_totals(places, counts, cell):
    """
    Most tables of rows up to each place, by how many rows the last block holds (less one).

    A row lies the pitch above the row below it, and where that one was the last of its block, the
    aisle more.
    """
    levels = 1
    if cell[AISLE_ROWS] > 0 and places.size > 0:
        rows = int((places[-1] - places[0]) / cell[PITCH]) + 1
        levels = max(min(int(cell[AISLE_ROWS]), rows), 1)
    best = np.zeros((levels, places.size), np.int64)
    near, far = 0, 0
    for i in range(places.size):
        limit = places[i] - cell[PITCH] + 0.5 * TOLERANCE_M
        while places[near] <= limit:
            near += 1
        while places[far] <= limit - aisle_of(cell):
            far += 1
        for level in range(levels):
            below = 0
            if level == 0 and far > 0:
                below = best[most_of(best, far - 1), far - 1]
            elif level > 0 and near > 0:
                below = best[level - 1, near - 1]
            if counts[i] > 0 and (level == 0 or below > 0):
                best[level, i] = counts[i] + below
            if i > 0:
                best[level, i] = max(best[level, i], best[level, i - 1])
    return best


@njit(**_INLINE)
def chosen_rows(places, counts, cell):
    """
    Places of the rows that hold the most tables together, the lowest of several ways.

    Returns the places, falling, how far the ground of each row reaches at most, which is the
    pitch, or the pitch and an aisle, and their number.
    """
    best = best_totals(places, counts, cell)
    rows, reaches = np.empty(places.size), np.empty(places.size)
    n, i = 0, places.size - 1
    level = most_of(best, i) if i >= 0 else 0
    step = 0.0
    while i >= 0 and best[level, i] > 0:
        while i > 0 and best[level, i - 1] == best[level, i]:
            i -= 1
        rows[n], reaches[n] = places[i], step
        n += 1
        step = cell[PITCH] + (aisle_of(cell) if level == 0 else 0.0)
        limit = places[i] - step + 0.5 * TOLERANCE_M
        while i >= 0 and places[i] > limit:
            i -= 1
        if level > 0:
            level -= 1
        elif i >= 0:
            level = most_of(best, i)
    return rows, reaches, n


@njit(**_INLINE)
def area_within(edges, left, right, bottom, top):
    """Roof inside an upright rectangle, summed over the edges clipped to it. [m2]."""
    area = 0.0
    for e in range(edges.shape[1]):
        low, high = max(edges[Y_LOW, e], bottom), min(edges[Y_HIGH, e], top)
        if not high > low:
            continue
        one = edges[X_LOW, e] + (low - edges[Y_LOW, e]) * edges[SLOPE, e]
        two = edges[X_LOW, e] + (high - edges[Y_LOW, e]) * edges[SLOPE, e]
        one, two = min(one, two) - left, max(one, two) - left
        width = right - left
        if two - one <= 0.0:
            mean = min(max(one, 0.0), width)
        else:
            first, last = min(max(one, 0.0), width), min(max(two, 0.0), width)
            beyond = max(two - max(one, width), 0.0)
            mean = (0.5 * (first + last) * (last - first) + width * beyond) / (two - one)
        area += edges[SIGN, e] * mean * (high - low)
    return area


@njit(**_FLAGS)
def pack_roof(x, y, rings, ends, cell, at, left, bottom, row_number):
    """
    Tables of the best rows of a roof, and their field. [1, m2].

    The field is the ground of each run with the gaps in it and, up to the next row, what is behind
    it: nothing behind the last row, nothing outside the roof and nothing farther than the pitch
    (with the aisle, where one follows). Instead, the tables are placed from ``at`` on, if that is
    not below 0.
    """
    edges = roof_edges(x, y, rings, ends[0], ends[1])
    places = row_places(edges, cell) if edges.shape[1] > 0 else np.empty(0)
    rows, reaches, count = chosen_rows(places, count_rows(edges, cell, places), cell)
    active = np.empty(edges.shape[1], np.int64)
    spans, runs = np.empty((2, active.size)), np.empty((2, active.size))
    tables, area, n = 0, 0.0, at
    for row in range(count):
        place = rows[count - 1 - row]
        back = place + cell[DEPTH]
        end = back
        if row + 1 < count:
            end = max(min(place + reaches[count - 1 - row], rows[count - 2 - row]), back)
        for e in range(active.size):
            active[e] = e
        _, found = fill_row(edges, cell, place, active, active.size, spans, runs)
        for run in range(found):
            start, whole = runs[0, run], int(runs[1, run])
            if at >= 0:
                for table in range(whole):
                    left[n] = start + table * (cell[WIDTH] + cell[GAP])
                    bottom[n], row_number[n] = place, row
                    n += 1
            else:
                length = runs[1, run] * (cell[WIDTH] + cell[GAP]) - cell[GAP]
                tables += whole
                area += length * cell[DEPTH] + area_within(edges, start, start + length, back, end)
    return tables, area


@njit(parallel=True, **_FLAGS)
def pack_tables(x, y, rings, roofs, cells, offsets, tables, fields, left, bottom, row_number):
    """Both ``count_tables`` and, where there are offsets, ``place_tables``: compiled together."""
    for roof in prange(roofs.size - 1):
        ends = roofs[roof], roofs[roof + 1]
        at = offsets[roof] if offsets.size > 0 else -1
        count, field = pack_roof(x, y, rings, ends, cells[roof], at, left, bottom, row_number)
        if at < 0:
            tables[roof], fields[roof] = count, field


def count_tables(x, y, rings, roofs, cells, tables, fields):
    """
    Most tables on every roof, and the field that they take.

    Parameters
    ----------
    x, y : ndarray (vertex,)
        Along and across the rows, the modules facing down; every ring closed, outer rings
        anticlockwise and holes clockwise, rings neither crossing nor overlapping. [m]
    rings : ndarray of int64 (ring + 1,)
        Where the vertices of each ring begin, and the end.
    roofs : ndarray of int64 (roof + 1,)
        Where the rings of each roof begin, and the end.
    cells : ndarray (roof, 6), C order
        Columns WIDTH ... AISLE; the pitch is at least the depth. [m]
    tables : ndarray of int64 (roof,)
        Filled with the number of tables.
    fields : ndarray (roof,)
        Filled as ``pack_roof`` says. [m2]
    """
    none, nowhere = np.empty(0, np.int64), np.empty(0)
    pack_tables(x, y, rings, roofs, cells, none, tables, fields, nowhere, nowhere, none)


def place_tables(x, y, rings, roofs, cells, offsets, left, bottom, row_number):
    """
    Where the tables of every roof lie; as ``count_tables``.

    Parameters
    ----------
    offsets : ndarray of int64 (roof + 1,)
        Where the tables of each roof begin, and the end: sums of the counts.
    left, bottom : ndarray (table,)
        Filled with the lower left corner, row by row from below, left to right. [m]
    row_number : ndarray of int64 (table,)
        Filled with the row on its roof, from 0.
    """
    none, nowhere = np.empty(0, np.int64), np.empty(0)
    pack_tables(x, y, rings, roofs, cells, offsets, none, nowhere, left, bottom, row_number)
