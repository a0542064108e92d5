"""A weather series from its file to a checked Dataset, and everything found on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.clearsky import Sun, sun_at
from roofpv.weather.clock import Clocked, tell_time
from roofpv.weather.dataset import Convention, check_columns, check_place, weather_dataset
from roofpv.weather.doctor import Diagnosis
from roofpv.weather.gaps import fill_gaps
from roofpv.weather.quality import TableRows, judge, judge_units
from roofpv.weather.series import Clock, Problem, Series
from roofpv.weather.times import Regular, Rows, holes, regular

_HOLES_NAMED = 5


@dataclass(frozen=True, eq=False)
class Grid:
    """
    A series on even labels: starts of intervals, or instants.

    ``frame`` is the weather, ``sun`` and ``sun_times`` belong to its rows, ``table`` says where
    they stand in the file. ``checked`` is whether ``frame`` has passed quality control and had its
    short gaps filled (``filled``: rows by column).
    """

    frame: pd.DataFrame
    sun: Sun
    sun_times: pd.DatetimeIndex
    table: TableRows
    checked: bool = False
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
        Nothing is raised for a fault of the data: it is among the ``problems``.
    """
    found = Examined(series)
    try:
        check_columns(series.frame, series.source)
        check_place(series.site, series.source)
        clocked = tell_time(series, clock or Clock())
        found = Examined(clocked.series, clocked.problems, clocked.diagnosis)
        return _examine_values(found, clocked)
    except InvalidWeather as error:
        return found.plus(Problem("refused", "file", error.where, error.problem, error.mend))


def _examine_values(found: Examined, clocked: Clocked) -> Examined:
    try:
        grid, series, problems = _on_grid(clocked)
        found = replace(found.plus(*problems), series=series, grid=grid)
        if found.refusals:
            return found
        found = found.plus(*judge_units(grid.frame, grid.sun, grid.table))
        if found.refusals:
            return found
        judged = judge(grid.frame, grid.sun, grid.table)
        filled = fill_gaps(judged.frame, grid.sun, grid.table)
        grid = replace(grid, frame=filled.frame, checked=True, filled=filled.filled)
        told = _softened(judged.problems, found.diagnosis)
        found = replace(found.plus(*told, *filled.problems), grid=grid)
        return found if found.refusals else replace(found, data=_dataset(found, grid))
    except InvalidWeather as error:
        return found.plus(Problem("refused", "file", error.where, error.problem, error.mend))


def _softened(problems: tuple[Problem, ...], diagnosis: Diagnosis | None) -> list[Problem]:
    """Problems of the values; darkness by day is no refusal where a wrong clock was trusted."""
    trusted = diagnosis is not None and diagnosis.refused
    return [
        replace(problem, severity="warning") if trusted and problem.code == "zeros" else problem
        for problem in problems
    ]


def _on_grid(clocked: Clocked) -> tuple[Grid, Series, list[Problem]]:
    """The series on even labels, with NaN in the rows that the file does not have."""
    series, problems = _leapless(clocked.series)
    rows = _rows(series)
    even = regular(rows)
    frame = series.frame.iloc[np.maximum(even.origin, 0)].astype(float)
    frame = frame.set_axis(even.times, axis=0)
    frame[even.origin < 0] = np.nan
    numbers = np.where(even.origin < 0, -1, series.rows[even.origin])
    offset = series.claim.utc_offset_hours
    table = TableRows(series.source, numbers, even.interval_minutes, offset)
    sun_times = clocked.sun_times(even.times)
    grid = Grid(frame, sun_at(sun_times, series.site), sun_times, table)
    return grid, series, [*problems, *_missing_rows(rows, even)]


def _leapless(series: Series) -> tuple[Series, tuple[Problem, ...]]:
    """A leap year without its 29 February, counted as a year of 365 days."""
    times = pd.DatetimeIndex(series.frame.index)
    local = times + pd.to_timedelta(series.claim.utc_offset_hours, unit="h")
    years = np.unique(local[:-1].year)
    leap_day = bool(((local.month == 2) & (local.day == 29)).any())
    whole = {2, 3} <= set(np.unique(local.month))
    single = years.size == 1 and bool(pd.Timestamp(int(years[0]), 1, 1).is_leap_year)
    if series.typical_year or leap_day or not (single and whole):
        return series, ()
    said = f"29 February {years[0]} is missing; counted as a year of 365 days"
    problem = Problem("warning", "leap", f"{series.source}, column time", said)
    return replace(series, typical_year=True), (problem,)


def _rows(series: Series) -> Rows:
    """Rows of a series, labelled by the start of their interval or as instants."""
    claim = series.claim
    back = {"end": -1.0, "middle": -0.5}.get(claim.label, 0.0) * claim.interval_minutes
    times = pd.DatetimeIndex(series.frame.index) + pd.to_timedelta(back, unit="min")
    return Rows(
        times.as_unit("ns"), series.rows, series.source, claim.utc_offset_hours, series.typical_year
    )


def _missing_rows(rows: Rows, even: Regular) -> list[Problem]:
    found = holes(rows, even)
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
    warnings = list(dict.fromkeys([*earlier, *(problem.sentence for problem in found.warnings)]))
    attrs = {
        **series.attrs,
        "source": series.source,
        "kind": series.kind,
        "stated_label": claim.label,
        "warnings": json.dumps(warnings, ensure_ascii=False),
        "filled_rows": json.dumps(dict(grid.filled)),
        **_clock_attrs(found.diagnosis),
    }
    data = weather_dataset(grid.frame, series.site, convention, attrs)
    sun_time = grid.sun_times.as_unit("ns").to_numpy()[None, :]
    return data.assign_coords(sun_time=(("site", "time"), sun_time))


def _clock_attrs(diagnosis: Diagnosis | None) -> dict[str, object]:
    if diagnosis is None or diagnosis.finding == "undecided":
        return {}
    return {
        "clock_finding": diagnosis.finding,
        "clock_error_minutes": round(diagnosis.error_minutes, 1),
        "clock_uncertainty_minutes": round(diagnosis.uncertainty_minutes, 1),
    }
