"""Columns of a weather series that hold nothing, and are as if they were absent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from roofpv.weather.dataset import IRRADIANCES, MISSING_ABOVE, MISSING_BELOW
from roofpv.weather.series import Problem, Series


def without_empty(series: Series) -> tuple[Series, list[Problem]]:
    """
    Leave out the columns without any value that the others can do without.

    What cannot be done without (the air's temperature, the last irradiance) stays, to be refused
    where units are judged.
    """
    empty = [str(name) for name in series.frame if _is_empty(series.frame[name].to_numpy(float))]
    left = [name for name in IRRADIANCES if name in series.frame and name not in empty]
    enough = "ghi" in left or {"dni", "dhi"} <= set(left)
    dropped = [
        name for name in empty if name == "wind_speed" or (name in IRRADIANCES and enough)
    ]  # fmt: skip
    if not dropped:
        return series, []
    said = "every value is missing; taken as if the column were not there"
    notes = [
        Problem("note", "empty", f"{series.source}, column {name}", said) for name in dropped
    ]  # fmt: skip
    return replace(series, frame=series.frame.drop(columns=dropped)), notes


def _is_empty(values: np.ndarray) -> bool:
    return bool(np.all(np.isnan(values) | (values <= MISSING_BELOW) | (values >= MISSING_ABOVE)))
