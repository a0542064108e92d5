"""Units in which a weather table seems to be written, found by holding it against a clear sky."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from roofpv.weather.clearsky import Sun
from roofpv.weather.series import Problem, Severity
from roofpv.weather.tablerows import Array, TableRows

_LOWEST_CODE = -900.0
_CODES = (9999.0, 9999.9, 99999.0, 999999.0, 9999000.0)

_BEST_DAYS, _DAYS_OF_A_SERIES, _DAYS_OF_A_YEAR = 0.98, 60, 180
# Parts of the brightest day's clear sky, and of a day's light, that make a day count.
_HIGH_DAYS, _WHOLE_DAY = 0.25, 0.8
# Even bad air leaves the best days of a year more; no day at all is so dark everywhere.
_DIM, _DARK, _DARKEST = 0.7, 0.1, 0.02
# Haze and thin air move the brightest days by so much; below it a unit has to fit more closely.
_NEAR, _CLOSE = 1.7, 1.25

_ALL_YEAR = 300
# Of a year. The hottest place on Earth has a mean of 35 degC, the windiest one of some 20 m/s.
_HOT_MEDIAN, _HOTTEST_MEDIAN = 33.0, 40.0
_WINDY_MEDIAN, _STORMY_MEDIAN, _TENTHS_MEDIAN = 10.0, 20.0, 30.0


class _Bright(NamedTuple):
    """What the brightest days of a column are against the clear sky's, and what is believable."""

    typical: float
    low: float
    high: float


_BRIGHT = {
    "ghi": _Bright(1.0, 0.6, 1.4),
    "dni": _Bright(1.0, 0.3, 1.8),
    "dhi": _Bright(0.45, 0.12, 0.9),  # against the clear sky's ghi
}


def judge_units(frame: pd.DataFrame, sun: Sun, table: TableRows) -> tuple[Problem, ...]:
    """
    Look for columns that are empty, or written in other units than W/m2, degC and m/s.

    Parameters
    ----------
    frame : DataFrame (time,)
        Any of ``ghi dni dhi`` [W/m2], ``temp_air`` [degC], ``wind_speed`` [m/s] on an even grid.
    sun : Sun
        Of its rows.
    table : TableRows
        Of its rows.

    Returns
    -------
    tuple of Problem
        Nothing is converted: what is refused must be told with ``--unit``. Energies per row of 15
        or 20 minutes in kJ/m2 differ from W/m2 by less than skies do, and are not seen.
    """
    values = {name: _without_codes(frame[name].to_numpy(dtype=float)) for name in frame}
    problems = _empty(values, table)
    days = table.days(pd.DatetimeIndex(frame.index))
    for name in _BRIGHT:
        if name in values and np.nansum(np.abs(values[name])) > 0:
            clear = sun.clear_dni if name == "dni" else sun.clear_ghi
            problems += _irradiance(name, _shares(values[name], clear, days), table)
    span = values[next(iter(values))].size * table.interval_minutes / 1440.0 if values else 0.0
    for name, look in (("temp_air", _temperature), ("wind_speed", _wind)):
        known = values.get(name, np.empty(0))
        known = known[~np.isnan(known)]
        if known.size:
            problems += look(known, span, table)
    return tuple(problems)


def _without_codes(column: Array) -> Array:
    return np.where((column <= _LOWEST_CODE) | np.isin(column, _CODES), np.nan, column)


def _empty(values: dict[str, Array], table: TableRows) -> list[Problem]:
    missing = [name for name in values if np.isnan(values[name]).all()]
    dark = [n for n in _BRIGHT if n in values and n not in missing and not np.any(values[n] > 0)]
    split = {"dni", "dhi"} <= set(values) - set(missing)
    problems = []
    for name in (*missing, *dark):
        needed = name == "temp_air" or (name == "ghi" and (name in dark or not split))
        said = "every value is missing" if name in missing else "every value is 0 or missing"
        severity: Severity = "refused" if needed else "warning" if name in dark else "note"
        mend = {
            "refused": "Check which column it is, or give another file",
            "warning": "Leave the column out if it was not measured",
        }.get(severity, "")
        problems.append(Problem(severity, "empty", table.column(name), said, mend))
    return problems


def _shares(values: Array, clear: Array, days: np.ndarray) -> Array:
    """Light of each whole day with a high sun, as a part of the clear sky's."""
    day = days - days.min()
    known = ~np.isnan(values)
    light = np.bincount(day, weights=np.where(known, values, 0.0))
    bright = np.bincount(day, weights=np.where(known, clear, 0.0))
    whole = np.bincount(day, weights=clear)
    good = (whole > _HIGH_DAYS * whole.max()) & (bright >= _WHOLE_DAY * whole)
    return light[good] / bright[good]


def _irradiance(name: str, shares: Array, table: TableRows) -> list[Problem]:
    if not shares.size:
        return []
    best, bright = float(np.quantile(shares, _BEST_DAYS)), _BRIGHT[name]
    series = shares.size >= _DAYS_OF_A_SERIES
    known = "the best days have" if series else "the best day has"
    said = f"{known} {_times(best)} the light of a clear sky"
    far = best > bright.high or best < _DARKEST * bright.typical
    unit = _unit_of(best / bright.typical, table) if not bright.low <= best <= bright.high else ""
    if unit and (far or series):
        what = f"the values look like {unit}: {said}"
        mend = f"Give --unit {name}={unit}"
        return [Problem("refused", "unit", table.column(name), what, mend)]
    if far or (series and best < _DARK * bright.typical):
        what = f"no unit explains that {said}"
        mend = "Check the column, its unit and the place (--lat, --lon)"
        return [Problem("refused", "unit", table.column(name), what, mend)]
    if name == "ghi" and best < _DIM and shares.size >= _DAYS_OF_A_YEAR:
        mend = "Check the unit, the place, and whether the sensor was shaded or dirty"
        return [Problem("warning", "dim", table.column(name), said, mend)]
    return []


def _times(ratio: float) -> str:
    return f"{ratio:.2g} times" if ratio > 1.0 else f"only {100.0 * ratio:.2g} % of"


def _unit_of(ratio: float, table: TableRows) -> str:
    """Unit in which a clear sky's numbers would be so many times those in W/m2."""
    hours = table.interval_minutes / 60.0
    units = {
        "kW/m2": 1e-3, "kWh/m2": 1e-3 * hours, "Wh/m2": hours, "kJ/m2": 3.6 * hours,
        "kJ/m2/h": 3.6, "MJ/m2": 3.6e-3 * hours, "MJ/m2/h": 3.6e-3, "J/m2": 3600.0 * hours,
        "J/cm2": 0.36 * hours, "cal/cm2": 3600.0 / 41840.0 * hours,
    }  # fmt: skip
    away = {unit: abs(np.log(ratio / factor)) for unit, factor in units.items()}
    # Of two units that are the same for an hour, the shorter name.
    unit = min(away, key=lambda name: (round(away[name], 9), len(name)))
    close = _CLOSE if _DARKEST < ratio < 1.0 else _NEAR
    return unit if away[unit] < np.log(close) and units[unit] != 1.0 else ""


def _temperature(known: Array, span: float, table: TableRows) -> list[Problem]:
    middle = float(np.median(known))
    low, high = np.quantile(known, [0.01, 0.99])
    where = table.column("temp_air")
    said = f"half of the values are above {middle:.3g}"
    if middle > 150.0 and low > 180.0 and high < 335.0:
        return [_looks("refused", "K", "temp_air", said, where)]
    if high > 100.0 and high - low > 100.0:
        return [_looks("refused", "0.1degC", "temp_air", said, where)]
    if span >= _ALL_YEAR and middle > _HOTTEST_MEDIAN:
        return [_looks("refused", "degF", "temp_air", said, where)]
    if span >= _ALL_YEAR and middle > _HOT_MEDIAN:
        return [_looks("warning", "degF", "temp_air", said, where)]
    return []


def _wind(known: Array, span: float, table: TableRows) -> list[Problem]:
    middle = float(np.median(known))
    where = table.column("wind_speed")
    said = f"half of the values are above {middle:.3g}"
    if span >= _ALL_YEAR and middle > _WINDY_MEDIAN:
        severity: Severity = "refused" if middle > _STORMY_MEDIAN else "warning"
        unit = "km/h" if middle <= _TENTHS_MEDIAN else "0.1m/s"
        return [_looks(severity, unit, "wind_speed", said, where)]
    return []


def _looks(severity: Severity, unit: str, name: str, said: str, where: str) -> Problem:
    mend = f"Give --unit {name}={unit}" + (" if it is so" if severity == "warning" else "")
    return Problem(severity, "unit", where, f"the values look like {unit}: {said}", mend)
