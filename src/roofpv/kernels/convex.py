"""Convex polygons cut by lines."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_FLAGS = {"error_model": "numpy", "cache": True}

# Sine of a turn the wrong way that is rounding of a corner on a straight edge.
_STRAIGHT = 1e-9


@njit(**_FLAGS)
def orient_convex(x, y, starts, convex):
    """
    Turn rings anticlockwise in place and tell which are convex.

    ``x y`` vertices of open rings [m], ``starts`` the first vertex of each and the end; fills
    ``convex`` (ring,).
    """
    for ring in range(len(starts) - 1):
        first, last = starts[ring], starts[ring + 1]
        area = 0.0
        for i in range(first, last):
            j = first if i + 1 == last else i + 1
            area += (x[i] - x[first]) * (y[j] - y[first]) - (x[j] - x[first]) * (y[i] - y[first])
        if area < 0.0:
            for i in range((last - first) // 2):
                near, far = first + i, last - 1 - i
                x[near], x[far] = x[far], x[near]
                y[near], y[far] = y[far], y[near]
        convex[ring] = last - first >= 3 and area != 0.0
        for i in range(first, last):
            j = first if i + 1 == last else i + 1
            k = first if j + 1 == last else j + 1
            ax, ay, bx, by = x[j] - x[i], y[j] - y[i], x[k] - x[j], y[k] - y[j]
            if ax * by - ay * bx < -_STRAIGHT * math.hypot(ax, ay) * math.hypot(bx, by):
                convex[ring] = False
                break
            if ax * by == ay * bx and ax * bx + ay * by < 0.0:
                convex[ring] = False
                break


@njit(**_FLAGS)
def turn_once(x, y, starts, once):
    """
    Tell closed rings that turn one way beyond any rounding, and but once: none crosses itself.

    ``x y`` vertices [m], ``starts`` the first vertex of each and the end; fills ``once`` (ring,).
    """
    for ring in range(len(starts) - 1):
        first, last = starts[ring], starts[ring + 1] - 1
        side, rises, sure = 0.0, 0, last - first >= 3
        for i in range(first, last):
            j = i + 1
            k = first + 1 if j == last else j + 1
            ax, ay, bx, by = x[j] - x[i], y[j] - y[i], x[k] - x[j], y[k] - y[j]
            turn = ax * by - ay * bx
            if i == first:
                side = 1.0 if turn > 0.0 else -1.0
            if not side * turn > _STRAIGHT * math.hypot(ax, ay) * math.hypot(bx, by):
                sure = False
                break
            if ay <= 0.0 < by:
                rises += 1
        once[ring] = sure and rises == 1


@njit(**_FLAGS)
def clip(x, y, count, nx, ny, most, x_to, y_to):
    """Keep what of a convex ring has ``nx x + ny y <= most``; the number of its vertices."""
    kept = 0
    for i in range(count):
        j = 0 if i + 1 == count else i + 1
        here, there = nx * x[i] + ny * y[i] - most, nx * x[j] + ny * y[j] - most
        if here <= 0.0:
            x_to[kept], y_to[kept] = x[i], y[i]
            kept += 1
        if (here < 0.0 < there) or (there < 0.0 < here):
            part = here / (here - there)
            x_to[kept] = x[i] + part * (x[j] - x[i])
            y_to[kept] = y[i] + part * (y[j] - y[i])
            kept += 1
    return kept


@njit(**_FLAGS)
def inset_rings(x, y, starts, across, upward, shift, x_to, y_to, counts):
    """
    What is left of convex rings inside a strip.

    ``x y starts`` of anticlockwise open rings, the strip that of an ellipse with the semi-axes
    ``across`` and ``upward``, moved by ``shift`` along y (all (ring,)) [m]. Fills ``x_to y_to``
    from twice each start on, and ``counts`` with the number of vertices, 0 where nothing is left.
    """
    longest = 0
    for ring in range(len(starts) - 1):
        longest = max(longest, starts[ring + 1] - starts[ring])
    ax, ay = np.empty(2 * longest + 2), np.empty(2 * longest + 2)
    bx, by = np.empty(2 * longest + 2), np.empty(2 * longest + 2)
    for ring in range(len(starts) - 1):
        first, count = starts[ring], starts[ring + 1] - starts[ring]
        left = count
        for i in range(count):
            ax[i], ay[i] = x[first + i], y[first + i]
        for i in range(first, first + count):
            j = first if i + 1 == first + count else i + 1
            nx, ny = y[j] - y[i], x[i] - x[j]
            length = math.hypot(nx, ny)
            if length == 0.0:
                continue
            nx, ny = nx / length, ny / length
            most = nx * x[i] + ny * y[i] - math.hypot(across[ring] * nx, upward[ring] * ny)
            left = clip(ax, ay, left, nx, ny, most, bx, by)
            ax, bx, ay, by = bx, ax, by, ay
            if left < 3:
                left = 0
                break
        counts[ring] = left
        for i in range(left):
            x_to[2 * first + i], y_to[2 * first + i] = ax[i], ay[i] + shift[ring]


@njit(**_FLAGS)
def cut_rings(x, y, starts, lines, x_to, y_to, counts):
    """What of convex rings is left of a line across x each; filled as by ``inset_rings``."""
    for ring in range(len(starts) - 1):
        first, last = starts[ring], starts[ring + 1]
        place = slice(2 * first, 2 * last)
        left = clip(
            x[first:last], y[first:last], last - first, 1.0, 0.0, lines[ring],
            x_to[place], y_to[place],
        )  # fmt: skip
        counts[ring] = left if left >= 3 else 0


@njit(**_FLAGS)
def sharpest_corners(x, y, starts, counts, half_sine):
    """Sine of half the sharpest corner of rings as ``inset_rings`` leaves them."""
    for ring in range(len(starts) - 1):
        first, count = 2 * starts[ring], counts[ring]
        least = 1.0
        for i in range(count):
            j, k = (i + 1) % count, (i + 2) % count
            ax, ay = x[first + i] - x[first + j], y[first + i] - y[first + j]
            bx, by = x[first + k] - x[first + j], y[first + k] - y[first + j]
            both = math.hypot(ax, ay) * math.hypot(bx, by)
            if both > 0.0:
                cosine = (ax * bx + ay * by) / both
                least = min(least, math.sqrt(max(0.0, (1.0 - cosine) / 2.0)))
        half_sine[ring] = least
