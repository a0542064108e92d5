"""Skylines by slow, plain ray casts: what the sweep is held against."""

from __future__ import annotations

import math

import numpy as np


def between(z: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Height between four pixel centres, bilinear; very low outside."""
    rim = np.pad(z, 1, constant_values=-1e6)
    row = np.clip(np.asarray(row, float) + 1.0, 0.0, rim.shape[0] - 1.001)
    column = np.clip(np.asarray(column, float) + 1.0, 0.0, rim.shape[1] - 1.001)
    i, j = np.floor(row).astype(int), np.floor(column).astype(int)
    f, g = row - i, column - j
    above = (1 - g) * rim[i, j] + g * rim[i, j + 1]
    below = (1 - g) * rim[i + 1, j] + g * rim[i + 1, j + 1]
    return (1 - f) * above + f * below


def cast(z, row, column, azimuth, reach, pixel=1.0, step=0.1):
    """Elevation of the highest point along one ray in the bilinear surface. [deg]."""
    t = np.arange(1.0 / step, reach / pixel / step + 1e-9) * step
    angle = math.radians(azimuth)
    seen = between(z, row - t * math.cos(angle), column + t * math.sin(angle))
    return math.degrees(math.atan(max(0.0, ((seen - z[row, column]) / (t * pixel)).max())))


def twin(z, row, column, azimuth, reach, near, pixel=1.0):
    """Elevation by the definition of the sweep, by plain search. [deg]."""
    quadrant = math.floor((azimuth + 45.0) / 90.0)
    base = azimuth - 90.0 * quadrant
    s = math.copysign(1.0, base) if abs(base) == 45.0 else math.tan(math.radians(base))
    turned = np.rot90(z, quadrant)
    place = np.zeros(z.shape)
    place[row, column] = 1.0
    r, c = np.argwhere(np.rot90(place, quadrant) == 1.0)[0]
    run = pixel * math.sqrt(1 + s * s)
    n = np.arange(1, math.floor(reach / run + 1e-9) + 1)

    def slope(columns, counted):
        if not counted.any():
            return 0.0
        seen = between(turned, r - n[counted], columns[counted])
        return max(0.0, ((seen - z[row, column]) / n[counted]).max())

    own = slope(c + s * n, n <= near)
    k = math.floor(c + s * r)
    share = c + s * r - k
    line = [slope(k + i - s * (r - n), n > near) for i in (0, 1)]
    far = (1 - share) * line[0] + share * line[1]
    return math.degrees(math.atan(max(own, far) / run))
