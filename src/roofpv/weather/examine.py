"""A weather series from its file to a checked Dataset, and everything found on the way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.clearsky import Sun, sun_at
from roofpv.weather.clock import Clocked, check_clock, rows_of, tell_time
from roofpv.weather.dataset import (
    EXTRAS,
    IRRADIANCES,
    Convention,
    check_columns,
    check_place,
    weather_dataset,
    with_extras,
)
from roofpv.weather.doctor import Diagnosis
from roofpv.weather.empty import without_empty
from roofpv.weather.formats import table
from roofpv.weather.gaps import fill_gaps
from roofpv.weather.hemisphere import is_mirrored
from roofpv.weather.quality import TableRows, judge, judge_places, judge_units
from roofpv.weather.series import Clock, Problem, Series
from roofpv.weather.tablerows import runs
from roofpv.weather.times import Regular, Rows, holes, moved_labels, regular, years_and_months

_HOLES_NAMED = 5
# What changes rows is told with the result, however few they are.
_CHANGES = {"night", "filled"}
# Darkness by day and light beyond the sun's.
_BY_CLOCK = {"zeros", "too_bright"}


@dataclass(frozen=True, eq=False)
class Grid:
    """
    A series on even labels: starts of intervals, or instants.

    ``frame`` is the weather, ``sun`` and ``sun_times`` belong to its rows, ``table`` says where
    they stand in the file. ``checked`` is whether ``frame`` has passed quality control and had its
    short gaps filled (``filled``: rows by column). ``extras`` are columns that are taken as they
    stand.
    """

    frame: pd.DataFrame
    sun: Sun
    sun_times: pd.DatetimeIndex
    table: TableRows
    checked: bool = False
    extras: pd.DataFrame = field(default_factory=pd.DataFrame)
    filled: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Examined:
    """
    What was found in a series.

    ``series`` is it with the labels moved as the user said; ``grid`` as far as the examination
    came; ``data`` is the Dataset, None where something was refused.
    """

    series: Series
    problems: tuple[Problem, ...] = ()
    diagnosis: Diagnosis | None = None
    grid: Grid | None = None
    data: xr.Dataset | None = None

    @property
    def refusals(self) -> tuple[Problem, ...]:
        """Problems for which the file cannot be used."""
        return tuple(problem for problem in self.problems if problem.severity == "refused")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that the user of its results should know."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    def plus(self, *problems: Problem) -> Examined:
        """The same with more problems."""
        return replace(self, problems=(*self.problems, *problems))


def examine(series: Series, clock: Clock | None = None) -> Examined:
    """
    Check a series, mend what is certain with a count, and make a Dataset of it.

    Parameters
    ----------
    series : Series
        As its file holds it.
    clock : Clock, optional
        What the user says of its clock.

    Returns
    -------
    Examined
        A fault of the data is not raised: it is among the ``problems``.

    Raises
    ------
    InvalidWeather
        A clock or a place that does not exist.
    """
    found, said = Examined(series), clock or Clock()
    check_clock(said)
    check_place(series.site, series.source)
    try:
        check_columns(series.frame, series.source)
        if not series.site.altitude_stated:
            found = found.plus(_no_altitude(series))
        series, empty = without_empty(series)
        found = found.plus(*empty)
        clocked = tell_time(series, said)
        found = Examined(clocked.series, (*found.problems, *clocked.problems), clocked.diagnosis)
        return _examine_values(found, clocked)
    except InvalidWeather as error:
        return found.plus(Problem("refused", "file", error.where, error.problem, error.mend))


def _examine_values(found: Examined, clocked: Clocked) -> Examined:
    try:
        grid, series, problems = _on_grid(clocked)
        found = replace(found.plus(*problems), series=series, grid=grid)
        if found.refusals:
            return found
        exchanged = judge_places(grid.frame, grid.sun, grid.table)
        found = found.plus(*(exchanged or _of_kind(_units(grid, series), series)))
        if found.refusals:
            return found
        judged = judge(grid.frame, grid.sun, grid.table)
        filled = fill_gaps(judged.frame, grid.sun, grid.table)
        counts = dict(Counter(grid.filled) + Counter(filled.filled))
        grid = replace(grid, frame=filled.frame, checked=True, filled=counts)
        told = _softened(judged.problems, found.diagnosis)
        found = replace(found.plus(*told, *filled.problems), grid=grid)
        found = found.plus(*_no_year(found.series, grid))
        return found if found.refusals else replace(found, data=_dataset(found, grid))
    except InvalidWeather as error:
        return found.plus(Problem("refused", "file", error.where, error.problem, error.mend))


def _no_altitude(series: Series) -> Problem:
    said = "the altitude is not stated, taken as 0 m; no roof's air is corrected from there"
    return Problem("warning", "altitude", series.source, said, "Give --altitude")


def _units(grid: Grid, series: Series) -> tuple[Problem, ...]:
    """Problems of units, unless the other hemisphere explains the brightness."""
    problems = judge_units(grid.frame, grid.sun, grid.table)
    if not any(problem.code == "unit" for problem in problems):
        return problems
    mirrored = replace(series.site, latitude=-series.site.latitude)
    sun = sun_at(grid.sun_times, mirrored)
    offset = pd.to_timedelta(series.claim.utc_offset_hours, unit="h")
    month = (pd.DatetimeIndex(grid.frame.index) + offset).month.to_numpy()
    believable = all(one.code != "unit" for one in judge_units(grid.frame, sun, grid.table))
    if not (believable and is_mirrored(grid.frame, month, grid.sun, sun)):
        return problems
    said = (
        f"the seasons are those of latitude {mirrored.latitude:g}, on the other side of the "
        f"equator, not of {series.site.latitude:g}"
    )
    mend = f"If so, give --lat {mirrored.latitude:g}"
    return (Problem("refused", "place", series.source, said, mend),)


def _no_year(series: Series, grid: Grid) -> list[Problem]:
    """Say so where every year has a hole, for then no yearly figure can be made."""
    frame = grid.frame
    known = {name: frame[name].notna() for name in IRRADIANCES if name in frame}
    never = pd.Series(False, index=frame.index)
    # Two of the three give the third, and ghi alone is split.
    parts = known.get("dni", never) & known.get("dhi", never)
    lost = ~(known.get("ghi", never) | parts)
    lost = lost | frame["temp_air"].isna()
    local = frame.index + pd.to_timedelta(series.claim.utc_offset_hours, unit="h")
    year, _ = years_and_months(local, typical=series.typical_year)
    if not lost.groupby(year).any().all():
        return []
    said = "no year is complete: its months without holes count, yearly figures stay empty"
    return [Problem("warning", "no_year", series.source, said)]


def _of_kind(problems: tuple[Problem, ...], series: Series) -> list[Problem]:
    """Problems of units; only a table's can be stated, those of a format are fixed."""
    mend = f"{series.kind} has its units fixed: get the file again, or correct it"
    return [
        replace(problem, mend=mend)
        if series.kind != table.KIND and problem.mend.startswith("Give --unit")
        else problem
        for problem in problems
    ]


def _softened(problems: tuple[Problem, ...], diagnosis: Diagnosis | None) -> list[Problem]:
    """Problems of the values; what a wrong clock explains is no refusal where it was trusted."""
    trusted = diagnosis is not None and diagnosis.refused
    return [
        replace(problem, severity="warning") if trusted and problem.code in _BY_CLOCK else problem
        for problem in problems
    ]


def _on_grid(clocked: Clocked) -> tuple[Grid, Series, list[Problem]]:
    """The series on even labels, with NaN in the rows that the file does not have."""
    series = clocked.series
    rows = _rows(series)
    even = regular(rows)
    frame = series.frame.iloc[np.maximum(even.origin, 0)].astype(float)
    frame = frame.set_axis(even.times, axis=0)
    frame[even.origin < 0] = np.nan
    numbers = np.where(even.origin < 0, -1, series.rows[even.origin])
    offset = series.claim.utc_offset_hours
    rows_of = TableRows(series.source, numbers, even.interval_minutes, offset)
    leap = _leap_days(rows, even)
    frame.iloc[leap] = frame.iloc[leap - 24 * 60 // even.interval_minutes].to_numpy()
    sun_times = clocked.sun_times(even.times)
    extras = frame[[name for name in EXTRAS if name in frame]]
    frame = frame.drop(columns=list(extras))
    filled = dict.fromkeys(map(str, frame), leap.size)
    grid = Grid(
        frame, sun_at(sun_times, series.site), sun_times, rows_of, extras=extras, filled=filled
    )
    return grid, series, [*_leap_problem(leap, rows, even), *_missing_rows(rows, even, leap)]


def _leap_days(rows: Rows, even: Regular) -> npt.NDArray[np.int64]:
    """Rows of every 29 February that the file leaves out as a whole, and nothing beside it."""
    if rows.typical_year:
        return np.empty(0, dtype=np.int64)
    local = even.times + pd.to_timedelta(rows.utc_offset_hours, unit="h")
    missing = even.origin < 0
    noon = missing & (local.month == 2) & (local.day == 29) & (local.hour == 12)
    per_day = 24 * 60 // even.interval_minutes
    # Not by midnight: labels may have been moved by some hours.
    found = [
        np.arange(first, last + 1)
        for first, last in zip(*runs(missing), strict=True)
        if last - first + 1 == per_day and noon[first : last + 1].any()
    ]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def _leap_problem(leap: npt.NDArray[np.int64], rows: Rows, even: Regular) -> list[Problem]:
    if not leap.size:
        return []
    local = even.times[leap] + pd.to_timedelta(rows.utc_offset_hours, unit="h")
    years = ", ".join(map(str, np.unique(local.year[local.hour == 12])))
    said = f"29 February is missing in {years}; taken as the day before it"
    return [Problem("warning", "leap", f"{rows.source}, column time", said, count=leap.size)]


def _rows(series: Series) -> Rows:
    """Rows of a series, labelled by the start of their interval or as instants."""
    claim = series.claim
    back = {"end": -1.0, "middle": -0.5}.get(claim.label, 0.0) * claim.interval_minutes
    rows = rows_of(series)
    return replace(rows, times=moved_labels(rows, back).as_unit("ns"))


def _missing_rows(rows: Rows, even: Regular, leap: npt.NDArray[np.int64]) -> list[Problem]:
    told = set(even.origin[leap[leap + 1 < even.origin.size] + 1].tolist())
    found = [hole for hole in holes(rows, even) if hole.row not in told]
    total = sum(hole.count for hole in found)
    problems = [
        Problem("warning", "missing_rows", rows.where(hole.row), hole.said, count=hole.count)
        for hole in found[:_HOLES_NAMED]
    ]
    if len(found) > _HOLES_NAMED:
        said = f"{total} rows are missing in {len(found)} places; the first are named"
        problems.append(Problem("warning", "missing_rows", f"{rows.source}, column time", said))
    return problems


def _dataset(found: Examined, grid: Grid) -> xr.Dataset:
    series, claim = found.series, found.series.claim
    convention = Convention(
        "instant" if claim.label == "instant" else "start",
        claim.utc_offset_hours,
        series.typical_year,
        claim.stated_minutes,
        rows=grid.table.numbers,
    )
    # A file of ours brings along what was found when it was made.
    earlier = json.loads(str(series.attrs.get("warnings", "[]")))
    told = [one for one in found.problems if one.severity == "warning" or one.code in _CHANGES]
    warnings = list(dict.fromkeys([*earlier, *(problem.sentence for problem in told)]))
    attrs = {
        **series.attrs,
        "source": series.source,
        "kind": series.kind,
        "stated_label": claim.label,
        "warnings": json.dumps(warnings, ensure_ascii=False),
        "filled_rows": _filled_rows(series, grid),
        **_clock_attrs(found.diagnosis),
    }
    data = weather_dataset(grid.frame, series.site, convention, attrs)
    sun_time = grid.sun_times.as_unit("ns").to_numpy()[None, :]
    return with_extras(data, grid.extras).assign_coords(sun_time=(("site", "time"), sun_time))


def _filled_rows(series: Series, grid: Grid) -> str:
    """Rows filled by column, now and when a file of ours was made."""
    total = Counter(json.loads(str(series.attrs.get("filled_rows", "{}"))))
    total.update(grid.filled)
    return json.dumps(dict(sorted(total.items())))


def _clock_attrs(diagnosis: Diagnosis | None) -> dict[str, object]:
    if diagnosis is None or diagnosis.finding == "undecided":
        return {}
    return {
        "clock_finding": diagnosis.finding,
        "clock_error_minutes": round(diagnosis.error_minutes, 1),
        "clock_uncertainty_minutes": round(diagnosis.uncertainty_minutes, 1),
    }
