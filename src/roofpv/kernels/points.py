"""Points spread evenly in polygons: each stands for the same area, whatever the outline."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"error_model": "numpy", "cache": True}


def lattice(count):
    """
    Shares across and along at which ``count`` points lie: each of ``count`` steps once, both ways.

    A lattice of one generator, the one nearest to the golden section, turned half about its middle
    it is itself.

    Returns
    -------
    (ndarray, ndarray)
        Between 0 and 1. [1]
    """
    coprime = [g for g in range(1, count + 1) if math.gcd(g, count) == 1]
    golden = (math.sqrt(5.0) - 1.0) / 2.0
    step = min(coprime, key=lambda g: abs(g - golden * count))
    offset = step - 1 if (step - 1) % 2 == 0 else step - 1 + count
    order = np.arange(count)
    along = (order * step + offset // 2) % count
    return (order + 0.5) / count, (along + 0.5) / count


@njit(**_FLAGS)
def _height(x, y, i, at):
    """Where the edge from corner ``i`` is at a place across."""
    return y[i] + (y[i + 1] - y[i]) * ((at - x[i]) / (x[i + 1] - x[i]))


@njit(**_FLAGS)
def _covers(x, i, left, right):
    return min(x[i], x[i + 1]) <= left and max(x[i], x[i + 1]) >= right


@njit(**_FLAGS)
def _inside(x, y, rings, span, between):
    """Length of the polygon along two lines across it that have no corner between them."""
    left, right = between
    at_left, at_right = 0.0, 0.0
    for ring in range(span[0], span[1]):
        for i in range(rings[ring], rings[ring + 1] - 1):
            if x[i] != x[i + 1] and _covers(x, i, left, right):
                sign = 1.0 if x[i] > x[i + 1] else -1.0
                at_left += sign * _height(x, y, i, left)
                at_right += sign * _height(x, y, i, right)
    return max(at_left, 0.0), max(at_right, 0.0)


@njit(**_FLAGS)
def _along(x, y, rings, span, between, at, share):
    """Place along a line by the share of its length within the polygon."""
    most = rings[span[1]] - rings[span[0]]
    cuts = np.empty(most)
    n = 0
    for ring in range(span[0], span[1]):
        for i in range(rings[ring], rings[ring + 1] - 1):
            if x[i] != x[i + 1] and _covers(x, i, between[0], between[1]):
                cuts[n] = _height(x, y, i, at)
                n += 1
    cuts = np.sort(cuts[:n])
    total = 0.0
    for j in range(0, n - 1, 2):
        total += cuts[j + 1] - cuts[j]
    left = share * total
    for j in range(0, n - 1, 2):
        length = cuts[j + 1] - cuts[j]
        if left <= length:
            return cuts[j] + left
        left -= length
    return cuts[n - 1] if n else np.nan


@njit(**_FLAGS)
def _spread(x, y, rings, span, across, along, out_x, out_y):
    corners = np.unique(x[rings[span[0]] : rings[span[1]]])
    slabs = len(corners) - 1
    left, right, area = np.empty(slabs), np.empty(slabs), np.empty(slabs)
    for k in range(slabs):
        left[k], right[k] = _inside(x, y, rings, span, (corners[k], corners[k + 1]))
        area[k] = (left[k] + right[k]) / 2.0 * (corners[k + 1] - corners[k])
    total = area.sum()
    if not total > 0.0:
        return
    k, before = 0, 0.0
    for j in range(len(across)):
        wanted = across[j] * total
        while k < slabs - 1 and before + area[k] < wanted:
            before += area[k]
            k += 1
        width = corners[k + 1] - corners[k]
        rest = max(wanted - before, 0.0) / width
        root = math.sqrt(max(left[k] ** 2 + 2.0 * (right[k] - left[k]) * rest, 0.0))
        share = 2.0 * rest / (left[k] + root) if rest > 0.0 else 0.0
        at = corners[k] + min(share, 1.0) * width
        between = (corners[k], corners[k + 1])
        out_x[j] = at
        out_y[j] = _along(x, y, rings, span, between, at, along[j])


@njit(parallel=True, **_FLAGS)
def spread_points(x, y, rings, polygons, across, along, out_x, out_y):
    """
    Spread points in every polygon, by shares of its area from the left and of its inside there.

    Parameters
    ----------
    x, y : ndarray (corner,)
        Closed rings, outer anticlockwise, holes clockwise. [m]
    rings : ndarray of int (ring + 1,)
        First corner of each ring, and the end.
    polygons : ndarray of int (polygon + 1,)
        First ring of each polygon, and the end.
    across, along : ndarray (point,)
        Shares, those across rising. [1]
    out_x, out_y : ndarray (polygon, point)
        Filled where the polygon has an area. [m]
    """
    for p in prange(len(polygons) - 1):
        if polygons[p + 1] > polygons[p]:
            span = (polygons[p], polygons[p + 1])
            _spread(x, y, rings, span, across, along, out_x[p], out_y[p])
