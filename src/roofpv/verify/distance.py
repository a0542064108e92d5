"""How far two results are apart."""

from __future__ import annotations

from typing import Any

import numpy as np


def relative(got: Any, expected: Any) -> float:
    """Largest difference over the larger of the expected value and 1; NaN must match NaN."""
    a, b = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return float("inf")
    known = ~np.isnan(b)
    scale = np.maximum(np.abs(b[known]), 1.0)
    return float(np.max(np.abs(a[known] - b[known]) / scale, initial=0.0))
