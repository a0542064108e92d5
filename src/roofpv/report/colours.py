"""Colours that stay apart in grey print and for the colour-blind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Ten even steps of "inferno", van der Walt and Smith, matplotlib 1.5, CC0: its lightness rises
# evenly from black to pale yellow.
_INFERNO = np.array(
    [
        [0x00, 0x00, 0x04],
        [0x1B, 0x0C, 0x41],
        [0x4A, 0x0C, 0x6B],
        [0x78, 0x1C, 0x6D],
        [0xA5, 0x2C, 0x60],
        [0xCF, 0x44, 0x46],
        [0xED, 0x69, 0x25],
        [0xFB, 0x9B, 0x06],
        [0xF7, 0xD1, 0x3D],
        [0xFC, 0xFF, 0xA4],
    ],
    dtype=np.float64,
)

# Okabe and Ito, "Color Universal Design": told apart by all, and here also by lightness.
ORANGE, BLUE, SKY = "#f0b429", "#0072b2", "#7fdcff"
INK, FAINT, GRID, PAPER = "#222222", "#555555", "#dddddd", "#ffffff"
MISSING, MISSING_MARK = "#a3a9ad", "#d9dcde"


def inferno(fraction: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Red, green, blue (…, 3) of fractions; those outside 0-1 take the nearer end."""
    place = np.clip(np.asarray(fraction, dtype=np.float64), 0.0, 1.0) * (len(_INFERNO) - 1)
    steps = np.arange(len(_INFERNO))
    channels = [np.interp(place, steps, _INFERNO[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
