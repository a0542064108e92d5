"""The clock of a weather series: the user's word first, then the sun's."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pvlib

from roofpv.errors import InvalidWeather
from roofpv.weather.doctor import LABELS, Claim, Diagnosis, diagnose
from roofpv.weather.series import Clock, Problem, Series
from roofpv.weather.times import Rows, moved_labels

_HOUR = pd.Timedelta(hours=1)
# Daylight saving begins and ends on other days each year, within a week of the same date.
_SEASON_DAYS = 8
# Formats that do not fix what a label stands for: a table, and NetCDF of ours made from one.
_FREE_LABELS = {"table", "NetCDF"}
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)/(\d\d)-(\d\d)")


@dataclass(frozen=True, eq=False)
class Clocked:
    """
    A series whose labels mean what ``claim`` says, by the user's word.

    ``series`` has even labels; where the file follows the sundial (``solar``), their equation of
    time is still to be taken off. ``diagnosis`` is what the sun says of them.
    """

    series: Series
    diagnosis: Diagnosis
    problems: tuple[Problem, ...]
    solar: bool = False

    def sun_times(self, starts: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Moments in UTC at which the sun is taken, from the starts of intervals or instants."""
        claim = self.series.claim
        after = claim.minutes if claim.label == "instant" else claim.interval_minutes / 2.0
        middle = starts + pd.to_timedelta(after, unit="min").round("s")
        return _off_sundial(middle) if self.solar else middle


def tell_time(series: Series, clock: Clock) -> Clocked:
    """
    Take the user's word on the clock of a series, and hold the outcome against the sun.

    Parameters
    ----------
    series : Series
        As its file holds it.
    clock : Clock
        What the user says of it.

    Returns
    -------
    Clocked
        Its ``problems`` hold a refusal where sun and labels are more than 30 minutes apart and
        ``clock.trusted`` is false.

    Raises
    ------
    InvalidWeather
        A clock that does not exist, or a series without irradiance.
    """
    solar = clock.solar or series.attrs.get("clock") == "solar"
    said = restate(series, clock)
    frame = said.frame
    if solar:
        frame = frame.set_axis(_off_sundial(pd.DatetimeIndex(frame.index)), axis=0)
    fixed = series.kind not in _FREE_LABELS
    claim = replace(said.claim, label_fixed=fixed)
    diagnosis = diagnose(frame, said.site.latitude, said.site.longitude, claim)
    told = clock.solar or clock.utc_offset_hours is not None
    unstated = bool(series.attrs.get("clock_unstated")) and not told
    problem = _problem(said.source, diagnosis, trusted=clock.trusted, unstated=unstated)
    return Clocked(said, diagnosis, (problem,), solar)


def restate(series: Series, clock: Clock) -> Series:
    """
    Move the labels of a series, and change what they are held to be, as the user says.

    Raises
    ------
    InvalidWeather
        An offset, a label or a season that does not exist.
    """
    check_clock(clock)
    claim, times = series.claim, pd.DatetimeIndex(series.frame.index)
    minutes = np.full(times.size, clock.shift_minutes)
    if clock.daylight_saving:
        minutes -= 60.0 * _is_summer(times, claim, clock.daylight_saving)
    times = moved_labels(rows_of(series), minutes)
    if clock.daylight_saving:
        series, times = _without_lost_hour(series, times, minutes)
    offset = series.site.longitude / 15.0 if clock.solar else clock.utc_offset_hours
    if offset is not None:
        times = times + pd.to_timedelta(claim.utc_offset_hours - offset, unit="h").round("s")
        claim = replace(claim, utc_offset_hours=offset)
    if clock.label is not None and clock.label != claim.label:
        claim = replace(claim, label=clock.label, stated_minutes=0.0)
    return replace(series, frame=series.frame.set_axis(times, axis=0), claim=claim)


def _without_lost_hour(
    series: Series, times: pd.DatetimeIndex, minutes: npt.NDArray[np.float64]
) -> tuple[Series, pd.DatetimeIndex]:
    """Leave out the rows of the hour that a summer time skips, where labels count through it."""
    begins = np.flatnonzero(np.diff(minutes) < 0.0) + 1
    hour = np.zeros(times.size, dtype=bool)
    for row in begins:
        rows = slice(row, row + round(_HOUR / pd.Timedelta(minutes=series.claim.interval_minutes)))
        hour[rows] = times[rows].isin(times[:row])
    kept = replace(series, frame=series.frame[~hour], rows=series.rows[~hour])
    return kept, times[~hour]


def rows_of(series: Series) -> Rows:
    """Rows of a series by the clock of its claim."""
    times = pd.DatetimeIndex(series.frame.index)
    offset = series.claim.utc_offset_hours
    return Rows(times, series.rows, series.source, offset, series.typical_year)


def check_clock(clock: Clock) -> None:
    """
    Make sure that what the user says of a clock can be.

    Raises
    ------
    InvalidWeather
        An offset, a label, minutes or a season that no clock has.
    """
    offset = clock.utc_offset_hours
    if offset is not None and not -14.0 <= offset <= 14.0:
        raise InvalidWeather(
            "--utc-offset", f"{offset:g} is no clock on Earth", "Give hours from -14 to 14"
        )
    if clock.label is not None and clock.label not in LABELS:
        raise InvalidWeather(
            "--label", f"{clock.label!r} is none of {', '.join(LABELS)}", "Give one of them"
        )
    if not abs(clock.shift_minutes) <= 1440:
        raise InvalidWeather(
            "--shift-minutes", f"{clock.shift_minutes:g}, more than a day", "Give -1440 to 1440"
        )
    if clock.daylight_saving:
        _season(clock.daylight_saving)
        if clock.solar:
            raise InvalidWeather(
                "--daylight-saving", "a sundial has none", "Give it without --clock solar"
            )
    if clock.solar and offset is not None:
        raise InvalidWeather(
            "--utc-offset", "a sundial has none", "Give it without --clock solar"
        )  # fmt: skip


def _season(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """First day of summer time and of standard time, as month and day."""
    found = _MONTH_DAY.fullmatch(text)
    numbers = [int(part) for part in found.groups()] if found else [0, 0, 0, 0]
    if not (_is_day(*numbers[:2]) and _is_day(*numbers[2:])):
        raise InvalidWeather(
            "--daylight-saving", f"{text!r} is no season", "Write it as 03-31/10-27"
        )
    return (numbers[0], numbers[1]), (numbers[2], numbers[3])


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= pd.Period(f"2001-{month:02d}").days_in_month


def _is_summer(times: pd.DatetimeIndex, claim: Claim, text: str) -> npt.NDArray[np.bool_]:
    """Rows whose labels run an hour ahead."""
    local = times + pd.to_timedelta(claim.utc_offset_hours, unit="h")
    begin, end = _season(text)
    changes: list[tuple[int, int]] = []
    for year in np.unique(local.year):
        changes.append((_change(local, pd.Timestamp(year, *begin), claim, 1), 1))
        changes.append((_change(local, pd.Timestamp(year, *end), claim, -1), 0))
    state = np.full(times.size, -1, dtype=np.int64)
    for row, summer in changes:
        if row < times.size:
            state[row] = summer
    # Before the first change of the file the other state rules.
    inside = [summer for row, summer in sorted(changes) if row < times.size]
    state[0] = state[0] if state[0] >= 0 else (1 - inside[0] if inside else 0)
    known = np.maximum.accumulate(np.where(state >= 0, np.arange(times.size), 0))
    return np.asarray(state[known] == 1)


def _change(local: pd.DatetimeIndex, day: pd.Timestamp, claim: Claim, way: int) -> int:
    """Row with which the clock is changed: where labels leave out or repeat an hour, or the day."""
    near = np.flatnonzero(np.abs((local - day).days) <= _SEASON_DAYS)
    steps = np.diff(local.to_numpy()[near]) / np.timedelta64(1, "m")
    wanted = claim.interval_minutes + 60.0 * way
    jumps = near[1:][np.abs(steps - wanted) < 1.0] if near.size > 1 else near[:0]
    if jumps.size:
        away = np.abs((local[jumps] - day) / _HOUR)
        return int(jumps[np.argmin(away)])
    later = np.flatnonzero((local >= day) & (local.year == day.year))
    return int(later[0]) if later.size else int(local.size)


def _off_sundial(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Mean solar time of moments of the sundial."""
    days: npt.NDArray[np.float64] = times.day_of_year.to_numpy().astype(float)
    minutes = pvlib.solarposition.equation_of_time_spencer71(days)
    return pd.DatetimeIndex(times - pd.to_timedelta(minutes, unit="min").round("s"))


def _problem(source: str, diagnosis: Diagnosis, *, trusted: bool, unstated: bool) -> Problem:
    where, said = f"{source}, column time", diagnosis.sentence
    if unstated:
        said = f"the file does not state its clock, taken as UTC; {said}"
    if diagnosis.finding == "undecided":
        return Problem("warning", "clock", where, f"{said}; used as the file says")
    if diagnosis.finding == "as_claimed":
        return Problem("warning" if unstated else "note", "clock", where, said)
    if not diagnosis.refused:
        return Problem("warning", "clock", where, f"{said}; used as the file says")
    if trusted:
        return Problem("warning", "clock", where, f"{said}; used as the file says (--trust-clock)")
    mend = "Say so if it is, correct the file, or take its word with --trust-clock"
    if diagnosis.finding == "uneven":
        mend = "Correct those rows, or take the file's word with --trust-clock"
    return Problem("refused", "clock", where, said, mend)
