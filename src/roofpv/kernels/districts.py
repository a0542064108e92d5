"""Energy of groups of arrays by hour, in whole units, so that no order of adding changes a bit."""

from __future__ import annotations

import numpy as np
from numba import njit

_FLAGS = {"error_model": "numpy", "cache": True}


@njit(**_FLAGS)
def add_hours(ac, scale, district, rows, units, missing):
    """
    Add the hours of arrays to their districts.

    ``ac`` (array, hour), ``scale`` (array,) units in one of it, ``district`` (array,) and ``rows``
    (hour,) places in ``units`` (district, row), which are added up, and ``missing`` (district,
    row), which counts what is not known.
    """
    for i in range(len(ac)):
        own = district[i]
        for hour in range(len(rows)):
            value = ac[i, hour] * scale[i]
            if np.isnan(value):
                missing[own, rows[hour]] += 1
            else:
                units[own, rows[hour]] += int(np.rint(value))
