"""Quality control of one weather series: what cannot be is removed, what is odd is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from roofpv.weather.clearsky import Sun
from roofpv.weather.dataset import IRRADIANCES, MISSING_ABOVE, MISSING_BELOW, UNITS
from roofpv.weather.limits import (
    LAST_LIGHT,
    compare_parts,
    find_exchanged,
    note_rare,
    remove_impossible,
)
from roofpv.weather.sensors import look_at_constants, look_at_months, look_at_zeros, remove_stuck
from roofpv.weather.series import Problem, Severity
from roofpv.weather.tablerows import Array, Bools, TableRows, Values, count_rows
from roofpv.weather.unitcheck import judge_units

__all__ = ["Judged", "TableRows", "judge", "judge_places", "judge_units"]

# The offset of a thermopile under a clear night sky, and of an anemometer in still air: no
# instrument has more. Zero is what was meant.
_OFFSETS = {**dict.fromkeys(IRRADIANCES, -20.0), "wind_speed": -0.5}
_BOUNDS = {
    **{name: (_OFFSETS[name], np.inf) for name in IRRADIANCES},
    "temp_air": (-90.0, 65.0),
    "wind_speed": (0.0, 115.0),
}
# BSRN's lower limit, with the sun 6 degrees up and more.
_LEAST_BY_DAY, _BY_DAY = -4.0, 0.1
_WRONG_SHARE = 0.01
_NIGHT_LIGHT, _FEW_ROWS = 5.0, 20


@dataclass(frozen=True, eq=False)
class Judged:
    """A series after quality control, ``frame``, and what was found in it or done to it."""

    frame: pd.DataFrame
    problems: tuple[Problem, ...]


def judge(frame: pd.DataFrame, sun: Sun, table: TableRows) -> Judged:
    """
    Check a series by the published tests; remove or zero what cannot be, and count it.

    Parameters
    ----------
    frame : DataFrame (time,)
        Any of ``ghi dni dhi`` [W/m2], ``temp_air`` [degC], ``wind_speed`` [m/s] on an even grid of
        times in UTC, NaN where the file has no row.
    sun : Sun
        Of its rows, at the middle of their intervals.
    table : TableRows
        Of its rows.

    Returns
    -------
    Judged
        A new frame. Made empty: codes of missing values, what is physically impossible, a ghi that
        stands still. Set to 0: the small offset of a sensor at night, light when the sun is down.
        Only told: what is rare, parts that do not add up, months above a cloudless sky.

    References
    ----------
    .. [1] Long and Dutton, "BSRN Global Network recommended QC tests, V2.0", 2002
    .. [2] Long and Shi, "An automated quality assessment and control algorithm for surface
       radiation measurements", The Open Atmospheric Science Journal 2, 2008,
       :doi:`10.2174/1874282300802010023`
    """
    values, problems = _remove_beyond(_without_codes(frame), sun, table)
    for step in (remove_impossible, _darken_night, remove_stuck):
        values, found = step(values, sun, table)
        problems += found
    times = pd.DatetimeIndex(frame.index)
    problems += note_rare(values, sun, table)
    problems += compare_parts(values, sun, table)
    problems += look_at_zeros(values, sun, times, table)
    problems += look_at_constants(values, table)
    problems += look_at_months(values, sun, times, table)
    return Judged(pd.DataFrame(values, index=frame.index), tuple(problems))


def judge_places(frame: pd.DataFrame, sun: Sun, table: TableRows) -> tuple[Problem, ...]:
    """Look whether dni and dhi stand in each other's place; arguments as of ``judge``."""
    return tuple(find_exchanged(_without_codes(frame), sun, table))


def _without_codes(frame: pd.DataFrame) -> Values:
    values = {}
    for name in frame:
        column = frame[name].to_numpy(dtype=float)
        code = (column <= MISSING_BELOW) | (column >= MISSING_ABOVE)
        values[str(name)] = np.where(code, np.nan, column)
    return values


def _remove_beyond(values: Values, sun: Sun, table: TableRows) -> tuple[Values, list[Problem]]:
    """Darkness below zero, and air that the Earth does not know, made empty."""
    clean, problems = dict(values), []
    day = sun.cos_zenith > _BY_DAY
    for name, column in values.items():
        low, high = _BOUNDS[name]
        low = min(low, _OFFSETS.get(name, low))
        least = np.where(day, _LEAST_BY_DAY, low) if name in IRRADIANCES else low
        bad = (column < least) | (column > high)
        if bad.any():
            clean[name] = np.where(bad, np.nan, column)
            problems.append(_beyond(name, column, bad, table))
        if name in _OFFSETS:
            clean[name] = np.where(clean[name] <= 0.0, 0.0, clean[name])  # -0.0 too
    return clean, problems


def _beyond(name: str, column: Array, bad: Bools, table: TableRows) -> Problem:
    row, count = int(np.argmax(bad)), int(bad.sum())
    low, high = _BOUNDS[name]
    # By night a thermopile may read less than by day, so the bound is that of the row.
    below = low if column[row] < low else _LEAST_BY_DAY
    bounds = f"outside {low:g} to {high:g}" if np.isfinite(high) else f"below {below:g}"
    said = f"{column[row]:g} {UNITS[name]} is {bounds}"
    where = table.cell(name, row)
    if name not in IRRADIANCES and count > _WRONG_SHARE * np.sum(~np.isnan(column)):
        said += f", and so are {count_rows(count)}"
        mend = "Check the unit and the code for missing values"
        return Problem("refused", "impossible", where, said, mend, count)
    said += f"; {count_rows(count)} of that kind made empty"
    return Problem("warning", "impossible", where, said, "Check the sensor", count)


def _darken_night(values: Values, sun: Sun, table: TableRows) -> tuple[Values, list[Problem]]:
    """Light while the whole interval is dark, set to 0."""
    dark = _is_dark(sun)
    light = {n: dark & (values[n] > _NIGHT_LIGHT) for n in IRRADIANCES if n in values}
    light = {name: bad for name, bad in light.items() if bad.any()}
    if not light:
        return values, []
    clean = values | {name: np.where(bad, 0.0, values[name]) for name, bad in light.items()}
    count = int(np.any(list(light.values()), axis=0).sum())
    most = max(float(values[name][bad].max()) for name, bad in light.items())
    said = f"{count_rows(count)} with light (up to {most:.0f} W/m2) while the sun is down set to 0"
    severity: Severity = "note" if count < _FEW_ROWS else "warning"
    mend = "Check clock and sensor" if severity == "warning" else ""
    row, name = min((int(np.argmax(bad)), name) for name, bad in light.items())
    where = table.cell(name, row)
    return clean, [Problem(severity, "night", where, said, mend, count)]


def _is_dark(sun: Sun) -> Bools:
    """
    Rows of whose interval no moment has light.

    With the sun 3 degrees down no 2 W/m2 are left, and BSRN's tests end there; the margin bears a
    clock that is a quarter of an hour wrong.
    """
    before = np.concatenate([sun.zenith[:1], sun.zenith[:-1]])
    after = np.concatenate([sun.zenith[1:], sun.zenith[-1:]])
    nearest = np.minimum(sun.zenith, (sun.zenith + np.minimum(before, after)) / 2.0)
    return nearest > LAST_LIGHT
