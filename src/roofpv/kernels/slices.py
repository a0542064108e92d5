"""Where a line across polygons has a given area beyond it."""

from __future__ import annotations

import numpy as np
from numba import njit

_FLAGS = {"error_model": "numpy", "cache": True}

# Halvings after which the line stands still in double precision.
_HALVINGS = 60


@njit(**_FLAGS)
def area_beyond(x, y, rings, first, last, line):
    """Area of closed rings (outer anticlockwise, holes clockwise) to the right of a line. [m2]."""
    area = 0.0
    for ring in range(first, last):
        for i in range(rings[ring], rings[ring + 1] - 1):
            x0, y0, x1, y1 = x[i], y[i], x[i + 1], y[i + 1]
            if max(x0, x1) <= line or x0 == x1:
                continue
            if x0 < line:
                y0 += (y1 - y0) * (line - x0) / (x1 - x0)
                x0 = line
            elif x1 < line:
                y1 += (y0 - y1) * (line - x1) / (x0 - x1)
                x1 = line
            area += (x0 - x1) * (y0 + y1) / 2.0
    return area


@njit(**_FLAGS)
def lines_across(x, y, rings, roofs, wanted, lines):
    """
    Place of the line of each roof.

    ``x y`` vertices of closed rings, ``rings`` the first vertex of each and the end, ``roofs`` the
    first ring of each and the end, ``wanted`` area to the right of the line [m2]; fills ``lines``
    [m]. A roof without vertices keeps what is there.
    """
    for roof in range(len(roofs) - 1):
        first, last = roofs[roof], roofs[roof + 1]
        start, end = rings[first], rings[last]
        if start == end:
            continue
        low, high = np.min(x[start:end]), np.max(x[start:end])
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            if area_beyond(x, y, rings, first, last, middle) > wanted[roof]:
                if middle == low:
                    break
                low = middle
            else:
                if middle == high:
                    break
                high = middle
        lines[roof] = (low + high) / 2.0
