"""Sensors that stand still, and months brighter than a cloudless sky."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.weather.clearsky import Sun
from roofpv.weather.series import Problem, Severity
from roofpv.weather.tablerows import (
    Array,
    TableRows,
    Values,
    constant_runs,
    count_rows,
    names_of_months,
    rows_of_runs,
)

# Rounded to 1 W/m2, two hours of one dull day are alike once in 20; five are not within decades.
_STUCK_MINUTES, _SUN_MOVED = 240.0, 0.1
_STILL_AIR_MINUTES = 48 * 60.0

_MONTH_ROWS = 0.9
_POLAR_NIGHT = 20.0
# The clear sky is a mean of many: a month cannot lie above it, but its turbidity is known to a
# tenth of the irradiance only. Beyond a fifth not even the cleanest single days of a year lie.
_ABOVE_CLEAR, _FAR_ABOVE_CLEAR = {"ghi": 1.05, "dni": 1.10}, 1.20

# The darkest hour under cloud keeps a few W/m2: with 200 W/m2 of clear sky none of 80,000 hours of
# measured and modelled weather is 0, but for those that a service could not see and wrote as 0.
_BRIGHT, _NO_LIGHT, _MANY_ZEROS = 200.0, 0.5, 0.05
_DAYLIGHT, _DAYLIGHT_ROWS = 20.0, 24


def remove_stuck(values: Values, sun: Sun, table: TableRows) -> tuple[Values, list[Problem]]:
    """Make irradiance NaN where ghi stands still for four hours of moving sun."""
    if "ghi" not in values:
        return values, []
    by_day = np.where((values["ghi"] > 0) & (sun.clear_ghi > 0), values["ghi"], np.nan)
    first, last = constant_runs(by_day, _STUCK_MINUTES, table)
    moving = np.array(
        [_moves(sun.clear_ghi[a : b + 1]) for a, b in zip(first, last, strict=True)], dtype=bool
    )
    if not moving.any():
        return values, []
    first, last = first[moving], last[moving]
    stuck = rows_of_runs(first, last, by_day.size)
    clean = dict(values)
    for name in {"ghi", "dni", "dhi"} & set(values):
        still = rows_of_runs(
            *constant_runs(np.where(stuck, values[name], np.nan), _STUCK_MINUTES, table), stuck.size
        )
        clean[name] = np.where(still & (values[name] > 0), np.nan, values[name])
    count = int(stuck.sum())
    said = (
        f"ghi stands still at {values['ghi'][first[0]]:g} W/m2 while the sun moves; "
        f"{count_rows(count)} of that kind made empty"
    )
    where = table.span("ghi", int(first[0]), int(last[0]))
    return clean, [Problem("warning", "stuck", where, said, "Check the sensor", count)]


def _moves(clear: Array) -> bool:
    return bool(clear.max() - clear.min() >= _SUN_MOVED * clear.max())


def look_at_constants(values: Values, table: TableRows) -> list[Problem]:
    """Point to air that stands still; nothing is removed."""
    problems = []
    if "temp_air" in values:
        first, last = constant_runs(values["temp_air"], _STILL_AIR_MINUTES, table)
        if first.size:
            count = int((last - first + 1).sum())
            said = (
                f"the air stays at {values['temp_air'][first[0]]:g} degC for "
                f"{(last[0] - first[0] + 1) / table.rows_in(60.0):g} hours; "
                f"{count_rows(count)} of that kind kept"
            )
            where = table.span("temp_air", int(first[0]), int(last[0]))
            problems.append(Problem("warning", "constant", where, said, "Check the sensor", count))
    wind = values.get("wind_speed", np.empty(0))
    wind = wind[~np.isnan(wind)]
    if wind.size > 1 and np.all(wind == wind[0]):
        said = f"wind is constant at {wind[0]:g} m/s: an assumption, not a measurement"
        problems.append(Problem("note", "constant", table.column("wind_speed"), said))
    return problems


def look_at_zeros(
    values: Values, sun: Sun, times: pd.DatetimeIndex, table: TableRows
) -> list[Problem]:
    """Point to hours without any light under a high sun: missing ones that were written as 0."""
    if "ghi" not in values:
        return []
    months = _dark_months(values["ghi"], sun, table.months(times))
    if months.size:
        said = (
            f"no light at all in {names_of_months(months)}: missing months written as 0, it seems"
        )
        where = table.column("ghi")
        return [Problem("refused", "zeros", where, said, "Leave missing cells empty", months.size)]
    bright = sun.clear_ghi > _BRIGHT
    dark = bright & (values["ghi"] <= _NO_LIGHT)
    count = int(dark.sum())
    if not count:
        return []
    share = count / int(bright.sum())
    said = (
        f"{count_rows(count)} of ghi ({share:.1%} of those with a high sun) are 0 in full "
        "daylight: missing hours written as 0, it seems; kept"
    )
    severity: Severity = "refused" if share > _MANY_ZEROS else "warning"
    where = table.cell("ghi", int(np.argmax(dark)))
    return [Problem(severity, "zeros", where, said, "Leave missing cells empty", count)]


def _dark_months(ghi: Array, sun: Sun, months: np.ndarray) -> np.ndarray:
    """Months that have daylight, and none of it in the file."""
    day, first = (sun.clear_ghi > _DAYLIGHT) & ~np.isnan(ghi), int(months.min())
    light = np.bincount(months[day] - first, weights=ghi[day] > _NO_LIGHT, minlength=1)
    rows = np.bincount(months[day] - first, minlength=1)
    return np.flatnonzero((rows >= _DAYLIGHT_ROWS) & (light == 0)) + first


def look_at_months(
    values: Values, sun: Sun, times: pd.DatetimeIndex, table: TableRows
) -> list[Problem]:
    """Point to months whose sum is above that of a cloudless sky; those far above are refused."""
    problems = []
    for name, most in _ABOVE_CLEAR.items():
        if name not in values:
            continue
        clear = sun.clear_ghi if name == "ghi" else sun.clear_dni
        months, share = _months(values[name], clear, table.months(times), table)
        above = share > most
        if not above.any():
            continue
        refused = name == "ghi" and share.max() > _FAR_ABOVE_CLEAR
        worst = int(np.argmax(share))
        said = (
            f"more light than a cloudless sky gives in {names_of_months(months[above])} "
            f"({share[worst]:.2f} times in {names_of_months(months[[worst]])})"
        )
        mend = "Check the unit, the place and the sensor"
        severity: Severity = "refused" if refused else "warning"
        where = table.column(name)
        problems.append(Problem(severity, "sums", where, said, mend, int(above.sum())))
    return problems


def _months(
    values: Array, clear: Array, months: np.ndarray, table: TableRows
) -> tuple[np.ndarray, Array]:
    """Months that are nearly whole, and their light as a part of a cloudless sky's."""
    first = int(months.min())
    place, known = months - first, ~np.isnan(values)
    rows = np.bincount(place, weights=known.astype(float))
    light = np.bincount(place, weights=np.where(known, values, 0.0))
    bright = np.bincount(place, weights=np.where(known, clear, 0.0))
    numbers = np.arange(first, first + rows.size)
    start = numbers.astype("datetime64[M]")
    days = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(float)
    good = (rows >= _MONTH_ROWS * days * table.rows_in(1440.0)) & (bright > _POLAR_NIGHT * rows)
    return numbers[good], light[good] / bright[good]
