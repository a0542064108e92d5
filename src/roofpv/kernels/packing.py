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


@njit(**_FLAGS)
def count_edges(rings, first, last):
    """Edges of the rings from ``first`` to before ``last``."""
    return max(rings[last] - rings[first] - (last - first), 0)


@njit(**_FLAGS)
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
    order = np.argsort(unsorted[Y_LOW])
    edges = np.empty_like(unsorted)
    for j in range(8):
        for i in range(n):
            edges[j, i] = unsorted[j, order[i]]
    return edges


@njit(**_FLAGS)
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
    floors = edges[FLOOR]
    least = 0.0
    if floors.size > _MOST_FLOORS:
        least = np.sort(floors)[floors.size - _MOST_FLOORS]
    phases = np.empty(grid + shifts * floors.size)
    for g in range(grid):
        phases[g] = g * pitch / grid
    n = grid
    for e in range(floors.size):
        if floors[e] > 0.0 and floors[e] >= least:
            for s in range(shifts):
                above = edges[Y_HIGH, e] - bottom + s * cell[AISLE]
                phases[n] = above - np.floor(above / pitch) * pitch
                n += 1
    return distinct(phases[:n], pitch)


@njit(**_FLAGS)
def distinct(phases, pitch):
    """Sorted phases, those that differ by rounding alone taken once."""
    phases.sort()
    kept = 1
    for i in range(1, phases.size):
        last = phases[kept - 1]
        if phases[i] - last > 0.5 * TOLERANCE_M and pitch - phases[i] > 0.5 * TOLERANCE_M:
            phases[kept] = phases[i]
            kept += 1
    return phases[:kept]


@njit(**_FLAGS)
def row_places(edges, cell):
    """Lower sides of all strips that may hold a row, rising."""
    bottom, top = edges[Y_LOW, 0], np.max(edges[Y_HIGH])
    room = top - bottom - cell[DEPTH] + TOLERANCE_M
    if not room >= 0.0:
        return np.empty(0)
    phases = row_phases(edges, cell, bottom, top - bottom)
    most = int(room / cell[PITCH]) + 1
    places = np.empty(most * phases.size)
    n = 0
    for row in range(most):
        for phase in phases:
            above = row * cell[PITCH] + phase
            if above <= room:
                places[n] = bottom + above
                n += 1
    return places[:n]


@njit(**_FLAGS)
def clip_to_strip(edges, active, bottom, top, spans):
    """
    Keep the active edges that enter the open strip, in order of their left end.

    ``spans`` gets the left and right end of what lies in the strip; the number kept is returned.
    """
    kept = 0
    for e in active:
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


@njit(**_FLAGS)
def fill_strip(edges, active, spans, middle, cell, runs):
    """
    Fill what is inside the roof over the full depth of a strip; the number of runs.

    ``runs`` gets the left end and the tables of each run, in the middle of its room. Whatever of
    the outline lies in the strip blocks its own span; between two spans the strip is all inside or
    all outside, which the edges that cross the middle tell.
    """
    n = 0
    inside, reach = False, -np.inf
    for i in range(active.size):
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
def count_rows(edges, cell, places):
    """Tables that a row holds at each of the rising places."""
    counts = np.zeros(places.size, np.int64)
    active = np.empty(edges.shape[1], np.int64)
    spans, runs = np.empty((2, active.size)), np.empty((2, active.size))
    kept, following = 0, 0
    for i in range(places.size):
        bottom, top = places[i] + TOLERANCE_M, places[i] + cell[DEPTH] - TOLERANCE_M
        while following < active.size and edges[Y_LOW, following] < top:
            active[kept] = following
            kept += 1
            following += 1
        kept = clip_to_strip(edges, active[:kept], bottom, top, spans)
        found = fill_strip(edges, active[:kept], spans, 0.5 * (bottom + top), cell, runs)
        for run in range(found):
            counts[i] += int(runs[1, run])
    return counts


@njit(**_FLAGS)
def row_runs(edges, cell, place, runs):
    """Runs of the row at one place; their number."""
    active = np.arange(edges.shape[1])
    spans = np.empty((2, active.size))
    bottom, top = place + TOLERANCE_M, place + cell[DEPTH] - TOLERANCE_M
    kept = clip_to_strip(edges, active, bottom, top, spans)
    return fill_strip(edges, active[:kept], spans, 0.5 * (bottom + top), cell, runs)


@njit(**_FLAGS)
def aisle_of(cell):
    """What an aisle adds to the pitch, none if there is no aisle. [m]."""
    return cell[AISLE] if cell[AISLE_ROWS] > 0 else 0.0


@njit(**_FLAGS)
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
                below = np.max(best[:, far - 1])
            elif level > 0 and near > 0:
                below = best[level - 1, near - 1]
            if counts[i] > 0 and (level == 0 or below > 0):
                best[level, i] = counts[i] + below
            if i > 0:
                best[level, i] = max(best[level, i], best[level, i - 1])
    return best


@njit(**_FLAGS)
def chosen_rows(places, counts, cell):
    """
    Places of the rows that hold the most tables together, the lowest of several ways.

    Returns the places, rising, and how far the ground of each row reaches at most, which is the
    pitch, or the pitch and an aisle.
    """
    best = best_totals(places, counts, cell)
    rows, reaches = np.empty(places.size), np.empty(places.size)
    n, i = 0, places.size - 1
    level = np.argmax(best[:, i]) if i >= 0 else 0
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
            level = np.argmax(best[:, i])
    return rows[:n][::-1], reaches[:n][::-1]


@njit(**_FLAGS)
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
def covered(edges, cell, rows, reaches):
    """
    Tables of all rows, and their field. [1, m2].

    The field is the ground of each run with the gaps in it and, up to the next row, what is behind
    it: nothing behind the last row, nothing outside the roof and nothing farther than the pitch
    (with the aisle, where one follows).
    """
    runs = np.empty((2, edges.shape[1]))
    tables, area = 0, 0.0
    for row in range(rows.size):
        back = rows[row] + cell[DEPTH]
        end = back
        if row + 1 < rows.size:
            end = max(min(rows[row] + reaches[row], rows[row + 1]), back)
        for run in range(row_runs(edges, cell, rows[row], runs)):
            length = runs[1, run] * (cell[WIDTH] + cell[GAP]) - cell[GAP]
            left = runs[0, run]
            tables += int(runs[1, run])
            area += length * cell[DEPTH] + area_within(edges, left, left + length, back, end)
    return tables, area


@njit(**_FLAGS)
def best_rows(edges, cell):
    """Places of the best rows of a roof, and how far the ground of each reaches."""
    places = row_places(edges, cell) if edges.shape[1] > 0 else np.empty(0)
    return chosen_rows(places, count_rows(edges, cell, places), cell)


@njit(parallel=True, **_FLAGS)
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
        Filled as ``covered`` says. [m2]
    """
    for roof in prange(roofs.size - 1):
        edges = roof_edges(x, y, rings, roofs[roof], roofs[roof + 1])
        rows, reaches = best_rows(edges, cells[roof])
        tables[roof], fields[roof] = covered(edges, cells[roof], rows, reaches)


@njit(parallel=True, **_FLAGS)
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
    for roof in prange(roofs.size - 1):
        edges = roof_edges(x, y, rings, roofs[roof], roofs[roof + 1])
        cell = cells[roof]
        rows, _ = best_rows(edges, cell)
        runs = np.empty((2, edges.shape[1]))
        n = offsets[roof]
        for row in range(rows.size):
            for run in range(row_runs(edges, cell, rows[row], runs)):
                for table in range(int(runs[1, run])):
                    left[n] = runs[0, run] + table * (cell[WIDTH] + cell[GAP])
                    bottom[n] = rows[row]
                    row_number[n] = row
                    n += 1
