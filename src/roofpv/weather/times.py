"""The rows of a weather series in time: their interval, their gaps, whole years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.errors import InvalidWeather

_ORDINARY = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
_LEAP = np.array([0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335])
_YEAR_MINUTES = 365 * 24 * 60
_DAY_MINUTES = 24 * 60
_INTERVALS = (5, 10, 15, 20, 30, 60)
_NOON, _MID_YEAR = 12, 183


@dataclass(frozen=True, eq=False)
class Rows:
    """
    Times of a series and where they stand in its file.

    ``times`` are labels in UTC. ``utc_offset_hours`` is the clock by which the file's months are
    counted, ``numbers`` the rows' numbers in the file, ``typical_year`` whether its months come
    from several years.
    """

    times: pd.DatetimeIndex
    numbers: npt.NDArray[np.int64]
    source: str
    utc_offset_hours: float = 0.0
    typical_year: bool = False

    def where(self, row: int) -> str:
        """Place of a row for an error."""
        return f"{self.source}, row {self.numbers[row]}, column time"


@dataclass(frozen=True, eq=False)
class Regular:
    """
    A series without holes.

    ``times`` are evenly spaced by ``interval_minutes`` (a typical year by its calendar); ``origin``
    is the row that each comes from, -1 where the file has none.
    """

    times: pd.DatetimeIndex
    interval_minutes: int
    origin: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Hole:
    """Rows that a file leaves out before its ``row``, and the words for it."""

    row: int
    count: int
    said: str


def holes(rows: Rows, even: Regular) -> list[Hole]:
    """Find the rows that are missing between those of a file."""
    place = np.flatnonzero(even.origin >= 0)
    missing = np.diff(place) - 1
    offset = pd.Timedelta(hours=rows.utc_offset_hours)
    found = []
    for before in np.flatnonzero(missing):
        count = int(missing[before])
        ends = (f"{rows.times[i] + offset:%m-%d %H:%M}" for i in (before, before + 1))
        said = f"{count} row{'s are' if count > 1 else ' is'} missing between {' and '.join(ends)}"
        found.append(Hole(int(before) + 1, count, said))
    return found


def regular(rows: Rows) -> Regular:
    """
    Put the rows of a series on an even grid of time, with places for those that are missing.

    Raises
    ------
    InvalidWeather
        An unreadable or repeated time, time that runs backwards, an odd interval.
    """
    _check_readable(rows)
    _check_unique(rows)
    interval = interval_minutes(rows)
    steps = _steps(rows)
    _check_forward(rows, steps, interval)
    count = np.rint(steps / interval).astype(np.int64)
    if np.all(count == 1):
        return Regular(rows.times, interval, np.arange(rows.times.size))
    place = np.concatenate([[0], np.cumsum(count)])
    origin = np.full(place[-1] + 1, -1, dtype=np.int64)
    origin[place] = np.arange(place.size)
    last = np.maximum.accumulate(origin)
    since = np.arange(origin.size) - place[last]
    times = rows.times[last] + pd.to_timedelta(since * interval, unit="min")
    return Regular(pd.DatetimeIndex(times), interval, origin)


def check_whole_years(rows: Rows, interval: int) -> None:
    """
    Make sure that even rows stand for whole years.

    Raises
    ------
    InvalidWeather
        The file ends before its year does.
    """
    times = rows.times
    end = times[-1] + pd.Timedelta(minutes=interval)
    if rows.typical_year:
        missing = float(_year_minutes(rows) - len(times) * interval)
    else:
        offset = pd.Timedelta(hours=rows.utc_offset_hours)
        start, years = times[0] + offset, 1
        while start + pd.DateOffset(years=years) < end + offset:
            years += 1
        missing = (start + pd.DateOffset(years=years) - end - offset) / pd.Timedelta(minutes=1)
    if missing > 0:
        raise InvalidWeather(
            f"{rows.source}, row {rows.numbers[-1]}",
            f"the file ends {missing / 60:g} h short of a year",
            "Give full years, or fill the missing hours from their source",
        )


def interval_minutes(rows: Rows) -> int:
    """
    Minutes from row to row.

    Raises
    ------
    InvalidWeather
        Fewer than two rows, or an interval that no year can be divided into.
    """
    if rows.times.size < 2:
        said = "a single row of weather" if rows.times.size else "no row of weather"
        raise InvalidWeather(rows.source, said, "Give a full year")
    steps = np.diff(rows.times.to_numpy()).astype("timedelta64[s]").astype(float) / 60.0
    interval = float(np.median(steps))
    if interval not in _INTERVALS:
        if np.any(steps < 0) and not rows.typical_year:
            raise _backwards(rows, int(np.argmax(steps < 0)) + 1)
        raise InvalidWeather(
            f"{rows.source}, column time",
            f"rows are {interval:g} minutes apart, expected one of {_INTERVALS}",
            "Give hourly or finer data",
        )
    return int(interval)


def _check_readable(rows: Rows) -> None:
    unread = rows.times.isna()
    if unread.any():
        raise InvalidWeather(
            rows.where(int(np.argmax(unread))),
            "no time can be read there",
            "Check that the file is whole",
        )


def _check_unique(rows: Rows) -> None:
    repeated = rows.times.duplicated()
    if repeated.any():
        row = int(np.argmax(repeated))
        raise InvalidWeather(
            rows.where(row), f"{rows.times[row]} UTC stands twice", "Remove the repeated row"
        )


def _check_forward(rows: Rows, steps: npt.NDArray[np.float64], interval: int) -> None:
    count = steps / interval
    odd = (steps <= 0) | (np.abs(count - np.rint(count)) > 1e-6)
    if not odd.any():
        return
    row = int(np.argmax(odd)) + 1
    if steps[row - 1] <= 0:
        raise _backwards(rows, row)
    said = f"the interval of {interval} min is broken between {_between(rows, row)}"
    raise InvalidWeather(rows.where(row), said, "Give rows at even times")


def _between(rows: Rows, row: int) -> str:
    offset = pd.Timedelta(hours=rows.utc_offset_hours)
    return " and ".join(f"{rows.times[i] + offset:%Y-%m-%d %H:%M}" for i in (row - 1, row))


def _backwards(rows: Rows, row: int) -> InvalidWeather:
    said, mend = "time runs backwards", "Sort the rows by time, and keep one year in one file"
    if not rows.typical_year and np.all(np.diff(minutes_of_year(rows)) > 0):
        said = "months of different years follow each other, as in a typical year:"
        mend = "If it is one, add the header line # typical_year: 1; else sort the rows by time"
    return InvalidWeather(rows.where(row), f"{said} between {_between(rows, row)}", mend)


def _steps(rows: Rows) -> npt.NDArray[np.float64]:
    """Minutes from row to row; a typical year goes by its calendar, for its years are mixed."""
    if not rows.typical_year:
        return np.diff(rows.times.to_numpy()).astype("timedelta64[s]").astype(float) / 60.0
    year = _year_minutes(rows)
    steps = np.diff(minutes_of_year(rows))
    return np.where(steps < -year / 2, steps + year, steps)


def minutes_of_year(rows: Rows) -> npt.NDArray[np.float64]:
    """Minutes since New Year by the file's clock; 29 February only counts where the file has it."""
    return _minutes_of_year(rows.times + pd.Timedelta(hours=rows.utc_offset_hours))


def moved_labels(rows: Rows, minutes: float | npt.NDArray[np.float64]) -> pd.DatetimeIndex:
    """
    Labels of a series, moved along its own calendar.

    Months of a typical year come from several years, of which some are leap years: in a calendar
    without 29 February no label may come to stand on it.
    """
    move = pd.to_timedelta(minutes, unit="min").round("s")
    local = rows.times + pd.Timedelta(hours=rows.utc_offset_hours)
    if not rows.typical_year or _has_leap_day(local):
        return pd.DatetimeIndex(rows.times + move)
    since = np.rint((_minutes_of_year(local) + minutes) * 60.0).astype(np.int64)
    years, seconds = np.divmod(since, _YEAR_MINUTES * 60)
    days, of_day = np.divmod(seconds, _DAY_MINUTES * 60)
    month = np.searchsorted(_ORDINARY, days, side="right")
    months = (local.year.to_numpy() + years - 1970) * 12 + month - 1
    dates = months.astype("datetime64[M]").astype("datetime64[D]") + (days - _ORDINARY[month - 1])
    found = pd.DatetimeIndex(dates.astype("datetime64[s]") + of_day.astype("timedelta64[s]"))
    offset = pd.to_timedelta(rows.utc_offset_hours, unit="h").round("s")
    return pd.DatetimeIndex(found.as_unit("ns") - offset, name=rows.times.name)


def years_and_months(
    local: pd.DatetimeIndex, *, typical: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """
    Year and month of each row by the file's own clock, as energy is added up by them.

    Years are counted from the first row on, so that each is whole wherever the file begins, and
    named after the calendar year that holds the most of them; a typical year is 0.
    """
    year = local.year.to_numpy().astype(np.int64)
    month = local.month.to_numpy().astype(np.int64)
    if typical:
        return np.zeros_like(year), month
    of_year = ((month * 32 + local.day.to_numpy()) * 24 + local.hour.to_numpy()) * 60
    of_year += local.minute.to_numpy()
    late = int(local[0].day_of_year > _MID_YEAR)
    return year - (of_year < of_year[0]).astype(np.int64) + late, month


def _minutes_of_year(local: pd.DatetimeIndex) -> npt.NDArray[np.float64]:
    leap = _has_leap_day(local)
    month, day, hour = (part.to_numpy() for part in (local.month, local.day, local.hour))
    days = (_LEAP if leap else _ORDINARY)[month - 1] + day - 1
    if not leap:
        # 24:00 of the 28th is 1 March, and what was moved back from 1 March is the 28th.
        days = days - ((month == 2) & (day == 29) & (hour >= _NOON))
    seconds = (days * 24 + hour) * 3600 + local.minute.to_numpy() * 60
    return (seconds + local.second.to_numpy()) / 60.0


def _year_minutes(rows: Rows) -> int:
    local = rows.times + pd.Timedelta(hours=rows.utc_offset_hours)
    return _YEAR_MINUTES + _DAY_MINUTES * int(_has_leap_day(local))


def _has_leap_day(local: pd.DatetimeIndex) -> bool:
    """Whether 29 February has its noon; a few hours at its ends are those of the days beside it."""
    return bool(((local.month == 2) & (local.day == 29) & (local.hour == _NOON)).any())
