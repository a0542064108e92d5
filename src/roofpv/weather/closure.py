"""Where the sun stood for whoever split one part of the irradiance from the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.weather.solarclock import ITERATIONS, LONGEST_STEP, is_light, light_rows

Array = npt.NDArray[np.float64]

# Closure: W/m2, cosine, rows, part, W/m2.
_BEAM, _HIGH_SUN, _ROWS_FOR_CLOSURE = 50.0, 0.1, 50
_CLOSURE_FACTOR, _CLOSURE_LEFT = 0.02, 5.0


def closure_minutes(
    times: pd.DatetimeIndex,
    parts: Array,
    latitude: float,
    longitude: float,
    start: float,
) -> float | None:
    """
    Minutes to add to the labels so that GHI = DNI cos z + DHI closes.

    Very sharp, but it tells where the sun stood for whoever computed one of the three from the
    others, which need not be where the irradiance belongs.

    Parameters
    ----------
    times : DatetimeIndex
        Labels in UTC as claimed.
    parts : ndarray (time, 3)
        ghi, dni, dhi. [W/m2]
    latitude, longitude : float
        Place. [deg]
    start : float
        Where to begin, within an hour or so. [min]

    Returns
    -------
    float or None
        None where the three do not close at any time near the start (independent instruments).
    """
    usable = np.all(is_light(parts), axis=1)
    usable &= parts[:, 1] > _BEAM
    rows = light_rows(times[usable], parts[usable, 0], latitude, longitude)
    dni, horizontal = parts[usable, 1], parts[usable, 0] - parts[usable, 2]
    minutes, factor, left = start, 0.0, np.inf
    for _ in range(ITERATIONS):
        angle = rows.hour_angle + np.radians(minutes / 4.0)
        cosine = rows.constant + rows.wave * np.cos(angle)
        up = cosine > _HIGH_SUN
        if up.sum() < _ROWS_FOR_CLOSURE:
            return None
        columns = dni[:, None] * np.column_stack([cosine, -rows.wave * np.sin(angle)])
        (factor, change), *_ = np.linalg.lstsq(columns[up], horizontal[up])
        left = float(np.median(np.abs(horizontal[up] - columns[up] @ [factor, change])))
        step = np.degrees(change / factor) * 4.0 if factor > 0.0 else np.nan
        if not np.isfinite(step):
            return None
        minutes += float(np.clip(step, -LONGEST_STEP, LONGEST_STEP))
    closes = abs(factor - 1.0) < _CLOSURE_FACTOR and left < _CLOSURE_LEFT
    return minutes if closes else None
