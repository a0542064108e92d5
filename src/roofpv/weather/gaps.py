"""Short gaps of a weather series, filled with a count; long ones told and left empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from roofpv.weather.clearsky import Sun
from roofpv.weather.dataset import IRRADIANCES
from roofpv.weather.series import Problem, Severity
from roofpv.weather.tablerows import (
    Array,
    Bools,
    Integers,
    TableRows,
    Times,
    Values,
    count_rows,
    names_of_months,
    runs,
)

# Clouds change within hours: the quality checks of ENDORSE [1], too, interpolate the clear-sky
# index over 3 hours and no more. Air temperature is a daily wave, nearly straight over a quarter.
LONGEST_LIGHT_MINUTES, LONGEST_AIR_MINUTES = 180.0, 360.0
# The index of a neighbour is not trusted where light is nearly nothing, nor above what clean air
# and bright clouds give for an hour.
_ENOUGH_LIGHT, _HIGHEST_INDEX, _HIGHEST_BEAM = 20.0, 1.25, 1.5
# Below this cosine (87 degrees) closure divides noise by nearly nothing; as in sky.py.
_COS_LOW_SUN = 0.0523
_GAPS_NAMED, _MUCH = 5, 0.01
_STAYS = {"wind_speed": "the assumed wind is taken there"}


@dataclass(frozen=True, eq=False)
class Filled:
    """A series with its short gaps filled, what was filled and what was not; rows by column."""

    frame: pd.DataFrame
    problems: tuple[Problem, ...]
    filled: dict[str, int]


class _Sides(NamedTuple):
    """Of each row of some gaps: its two neighbours' rows, and how near the later one is (0-1)."""

    rows: Integers
    before: Integers
    after: Integers
    weight: Array


class _Gap(NamedTuple):
    """A column, the rows that it lacks, and those of them that have to stay empty."""

    name: str
    missing: Bools
    left: Bools


def fill_gaps(frame: pd.DataFrame, sun: Sun, table: TableRows) -> Filled:
    """
    Fill gaps of up to 3 hours of daylight and 6 hours of air, and name the others.

    Parameters
    ----------
    frame : DataFrame (time,)
        Any of ``ghi dni dhi`` [W/m2], ``temp_air`` [degC], ``wind_speed`` [m/s] after ``judge``.
    sun : Sun
        Of its rows.
    table : TableRows
        Of its rows.

    Returns
    -------
    Filled
        ``ghi`` through the clear-sky index of the neighbours on the same day [1]_, never brighter
        than the brighter one of them; ``dni`` through theirs of the beam, ``dhi`` by closure; air
        by straight lines. What is present is never changed. Darkness is no gap: missing light is 0
        while the sun is down. Where ghi is there or follows from dni and dhi, nothing is missing.

    References
    ----------
    .. [1] ENDORSE, deliverable D3.2, "Report on the harmonization and qualification of
       meteorological data", part B, quality check procedures
    """
    given = {str(name): frame[name].to_numpy(dtype=float) for name in frame}
    local = table.local(pd.DatetimeIndex(frame.index))
    lit = sun.clear_ghi > 0.0
    values, problems = dict(given), []
    light = "ghi" if "ghi" in given else "dni"
    if light in given:
        unknown = _unknown(given)
        values = _fill_light(given, unknown & lit, sun, table)
        gap = _Gap(light, unknown, _unknown(values) & lit)
        problems += _long_gaps(gap, local, table)
        values = _darken(values, unknown & ~lit)
    for name in ("temp_air", "wind_speed"):
        if name in given:
            values[name] = _fill_air(given[name], table)
            left = np.isnan(values[name])
            problems += _long_gaps(_Gap(name, left, left), local, table)
    new = {n: np.isnan(given[n]) & ~np.isnan(v) for n, v in values.items()}
    new |= {name: new[name] & lit for name in IRRADIANCES if name in new}
    filled = {name: int(rows.sum()) for name, rows in new.items() if rows.any()}
    told = _told(filled, new, table)
    return Filled(pd.DataFrame(values, index=frame.index), (*told, *problems), filled)


def _unknown(values: Values) -> Bools:
    """Rows whose ghi is neither there nor to be had from dni and dhi."""
    ghi, dni, dhi = _parts(values)
    return np.isnan(ghi) & (np.isnan(dni) | np.isnan(dhi))


def _parts(values: Values) -> tuple[Array, Array, Array]:
    size = len(next(iter(values.values())))
    ghi, dni, dhi = (values.get(name, np.full(size, np.nan)) for name in IRRADIANCES)
    return ghi, dni, dhi


def _darken(values: Values, dark: Bools) -> Values:
    """What was not measured while the sun was down was nothing, or the diffuse light alone."""
    _, _, dhi = _parts(values)
    known = {"ghi": np.nan_to_num(dhi)}
    return {
        name: np.where(dark & np.isnan(column), known.get(name, 0.0), column)
        if name in IRRADIANCES
        else column
        for name, column in values.items()
    }


def _fill_light(values: Values, holes: Bools, sun: Sun, table: TableRows) -> Values:
    first, last = runs(holes)
    short = last - first + 1 <= table.rows_in(LONGEST_LIGHT_MINUTES)
    if not short.any():
        return values
    sides = _sides(first[short], last[short], holes.size)
    ghi, dni, dhi = _parts(values)
    up = np.maximum(sun.cos_zenith, 0.0)
    total = np.where(np.isnan(ghi), dni * up + dhi, ghi)
    bright = sun.clear_ghi >= _ENOUGH_LIGHT
    index = np.full(total.size, np.nan)
    index[bright] = np.minimum(total[bright] / sun.clear_ghi[bright], _HIGHEST_INDEX)
    rows = sides.rows
    light = _between(index, sides) * sun.clear_ghi[rows]
    # No less than the parts that were measured.
    light = np.fmax(light, np.fmax(dhi[rows], dni[rows] * up[rows])) + 0.0 * light
    filled = {"ghi": light, **_split(values, total, light, sides, sun)}
    return {name: _put(column, rows, filled.get(name)) for name, column in values.items()}


def _split(values: Values, total: Array, light: Array, sides: _Sides, sun: Sun) -> Values:
    """Beam and diffuse parts of the light of some gaps; they close where both were missing."""
    _, dni, dhi = _parts(values)
    rows, up = sides.rows, np.maximum(sun.cos_zenith, 0.0)
    cos = _high(up[rows])
    index = _beam_index(np.where(np.isnan(dni), (total - dhi) / _high(up), dni), sun)
    beam = _between(index, sides) * sun.clear_dni[rows]
    beam = np.where(np.isnan(dhi[rows]), beam, np.maximum(light - dhi[rows], 0.0) / cos)
    beam = np.minimum(beam, np.minimum(light / cos, sun.extra[rows]))
    beam = np.where(np.isnan(dni[rows]), beam, dni[rows])
    return {"dni": beam, "dhi": np.maximum(light - beam * up[rows], 0.0)}


def _beam_index(dni: Array, sun: Sun) -> Array:
    """Beam against a clear sky's, NaN where light is nearly nothing."""
    index = np.full(dni.size, np.nan)
    bright = (sun.clear_ghi >= _ENOUGH_LIGHT) & (sun.clear_dni > 0.0)
    index[bright] = np.clip(dni[bright] / sun.clear_dni[bright], 0.0, _HIGHEST_BEAM)
    return index


def _high(up: Array) -> Array:
    return np.maximum(up, _COS_LOW_SUN)


def _sides(first: Integers, last: Integers, size: int) -> _Sides:
    length = last - first + 1
    before, after = np.repeat(first - 1, length), np.repeat(last + 1, length)
    start = np.repeat(np.cumsum(length) - length, length)
    rows = np.arange(length.sum()) - start + np.repeat(first, length)
    weight = (rows - before) / (after - before)
    return _Sides(rows, before, np.where(after < size, after, -1), weight)


def _between(column: Array, sides: _Sides) -> Array:
    """Value between two neighbours, or that of the only one; NaN where there is none."""
    before, after = _at(column, sides.before), _at(column, sides.after)
    early = np.where(np.isnan(before), after, before)
    late = np.where(np.isnan(after), before, after)
    return early + sides.weight * (late - early)


def _at(column: Array, rows: Integers) -> Array:
    return np.where(rows >= 0, column[rows], np.nan)


def _put(column: Array, rows: Integers, new: Array | None) -> Array:
    """A column with new values in the rows where it had none."""
    if new is None:
        return column
    out = column.copy()
    out[rows] = np.where(np.isnan(column[rows]), new, column[rows])
    return out


def _fill_air(column: Array, table: TableRows) -> Array:
    """A column with its short gaps filled by lines; at its ends by the one neighbour."""
    missing = np.isnan(column)
    first, last = runs(missing)
    short = last - first + 1 <= table.rows_in(LONGEST_AIR_MINUTES)
    if not short.any() or missing.all():
        return column
    rows = _sides(first[short], last[short], column.size).rows
    known = np.flatnonzero(~missing)
    return _put(column, rows, np.interp(rows, known, column[known]))


def _told(filled: dict[str, int], new: dict[str, Bools], table: TableRows) -> list[Problem]:
    if not filled:
        return []
    said = ", ".join(f"{count_rows(count)} of {name}" for name, count in filled.items())
    rows = np.any([new[name] for name in filled], axis=0)
    severity: Severity = "warning" if rows.mean() > _MUCH else "note"
    what = f"short gaps filled from their neighbours: {said}"
    return [Problem(severity, "filled", table.source, what, count=int(rows.sum()))]


def _long_gaps(gap: _Gap, local: Times, table: TableRows) -> list[Problem]:
    """Gaps of which something is left empty: the longest by name, the others in one sum."""
    name, left = gap.name, gap.left
    first, last = runs(gap.missing)
    total = np.concatenate([[0], np.cumsum(left)])
    still = total[last + 1] > total[first]
    first, last = first[still], last[still]
    length = last - first + 1
    named = np.sort(np.argsort(-length, kind="stable")[:_GAPS_NAMED])
    severity: Severity = "note" if name in _STAYS else "warning"
    mend = "" if name in _STAYS else "Fill them from their source, or give another file"
    problems = []
    for a, b in zip(first[named], last[named], strict=True):
        days = np.unique(local[[a, b]].astype("datetime64[D]"))
        said = f"{_missing(b - a + 1)} ({' to '.join(map(str, days))})"
        said += f": {_stay(name, local[a : b + 1][left[a : b + 1]])}"
        where = table.span(name, int(a), int(b))
        problems.append(Problem(severity, "gap", where, said, mend, int(b - a + 1)))
    if first.size > _GAPS_NAMED:
        said = (
            f"{_missing(int(length.sum()))} in {first.size} gaps, of which the longest are named: "
            f"{_stay(name, local[left])}"
        )
        where, count = table.column(name), int(length.sum())
        problems.append(Problem(severity, "gaps", where, said, mend, count))
    return problems


def _missing(count: int) -> str:
    return f"{count_rows(count)} {'is' if count == 1 else 'are'} missing"


def _stay(name: str, times: Times) -> str:
    if name in _STAYS:
        return _STAYS[name]
    months = np.unique(times.astype("datetime64[M]").astype(np.int64))
    return f"{names_of_months(months)} stay{'s' if months.size == 1 else ''} empty"
