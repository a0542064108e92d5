"""Local civil time: which day of the year is worked, and what stands at each interval's hours."""

from __future__ import annotations

import calendar
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.errors import InvalidConfig
from roofpv.finance.reading import open_data, sources
from roofpv.tomltable import Table, each, inner, text, texts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAY_KINDS = ("working", "weekend", "holiday")
WORKING, WEEKEND, HOLIDAY = range(3)
# Tariffs and shapes change on full five minutes; a year is a row of such slots.
SLOT_MINUTES = 5
SLOTS_PER_HOUR = 60 // SLOT_MINUTES
SLOTS_PER_DAY = 24 * SLOTS_PER_HOUR

_LEAP = 2024
_SPAN = re.compile(r"(\d\d)-(\d\d)(?:/(\d\d)-(\d\d))?")


@dataclass(frozen=True)
class Calendar:
    """
    Public holidays of named years; of any other year only the weekends are known.

    ``off`` and ``worked`` (weekend days that are worked in exchange) are days by year.
    """

    id: str
    off: Mapping[int, frozenset[date]] = field(default_factory=dict)
    worked: Mapping[int, frozenset[date]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()

    def knows(self, year: int) -> bool:
        """Whether the public holidays of a year are known."""
        return year in self.off

    def unknown(self, years: Iterable[int]) -> tuple[int, ...]:
        """Years of which only the weekends are known."""
        return tuple(year for year in years if not self.knows(year))

    def day_kinds(self, year: int) -> Ints:
        """Kind of every day of a year (day,): WORKING, WEEKEND or HOLIDAY."""
        days = _days(year)
        off, worked = self.off.get(year, frozenset()), self.worked.get(year, frozenset())
        return np.array([_kind(day, off, worked) for day in days], dtype=np.int64)


WEEKENDS_ONLY = Calendar("weekends")


@functools.cache
def load_calendar(name: str) -> Calendar:
    """
    Public holidays that come with roofpv.

    Parameters
    ----------
    name : str
        ``china``, or ``weekends`` for none.

    Raises
    ------
    InvalidConfig
        No such calendar.
    """
    if name == WEEKENDS_ONLY.id:
        return WEEKENDS_ONLY
    table = open_data("holidays.toml")
    if name not in table.values:
        raise InvalidConfig(name, "no such calendar", f"Known are weekends, {_names(table)}")
    years = {int(text(year, "id")): year for year in each(inner(table, name), "years")}
    return Calendar(
        name,
        {year: _listed(found, "off", year) for year, found in years.items()},
        {year: _listed(found, "worked", year) for year, found in years.items()},
        tuple(source for found in years.values() for source in sources(found)),
    )


@dataclass(frozen=True, eq=False)
class CivilAxis:
    """
    Where intervals lie in their civil years.

    ``years`` are those that occur, ``row_year`` the place of each row's among them, ``slot`` its
    first slot within the year and ``width`` the slots of one interval.
    """

    years: tuple[int, ...]
    row_year: Ints
    slot: Ints
    width: int

    def means(self, of_year: Callable[[int], Floats]) -> Floats:
        """
        Mean over each interval of what a function of the year says slot by slot.

        An interval that crosses into the next year takes the first slots of its own.
        """
        out = np.empty(self.slot.size)
        for place, year in enumerate(self.years):
            rows = self.row_year == place
            out[rows] = _means(of_year(year), self.slot[rows], self.width)
        return out

    def sums(self, of_year: Callable[[int], Floats]) -> Floats:
        """Sum over each interval of what a function of the year says slot by slot."""
        return self.means(of_year) * self.width


def civil_axis(
    starts: pd.DatetimeIndex, minutes: float, zone: str, year: int | None = None
) -> CivilAxis:
    """
    Lay intervals on the civil calendar of a place.

    Parameters
    ----------
    starts : DatetimeIndex (row,)
        Starts of the intervals, with a time zone (any).
    minutes : float
        Length of an interval, taken to full slots of five minutes. [min]
    zone : str
        IANA name of the civil time, such as ``Asia/Shanghai``.
    year : int, optional
        Calendar year that all rows are laid on, by month and day: for a typical year, whose own
        years say nothing of weekdays. 29 February counts as the 28th where that year has none.

    Raises
    ------
    InvalidConfig
        Starts without a time zone, or an unknown zone.
    """
    if starts.tz is None:
        raise InvalidConfig(
            "time axis", "times without a time zone", "Give them in UTC or with an offset"
        )
    local = starts.tz_convert(zone_info(zone))
    own = np.asarray(local.year, dtype=np.int64) if year is None else np.full(len(local), year)
    years, row_year = np.unique(own, return_inverse=True)
    of_day = np.asarray(local.hour * 60 + local.minute, dtype=np.int64) // SLOT_MINUTES
    slot = np.empty(len(local), dtype=np.int64)
    for place, one in enumerate(years):
        rows = row_year == place
        first = _first_days(int(one))
        month = np.asarray(local.month[rows], dtype=np.int64)
        last = np.diff(first)[month - 1]
        day = np.minimum(np.asarray(local.day[rows], dtype=np.int64), last) - 1
        slot[rows] = (first[month - 1] + day) * SLOTS_PER_DAY + of_day[rows]
    width = max(1, round(minutes / SLOT_MINUTES))
    return CivilAxis(tuple(int(one) for one in years), row_year, slot, width)


def zone_info(zone: str) -> ZoneInfo:
    """
    Time zone of an IANA name.

    Raises
    ------
    InvalidConfig
        No such zone.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidConfig(
            f"zone {zone!r}", "no such time zone", "Write an IANA name such as Asia/Shanghai"
        ) from error


def month_of_day(year: int) -> Ints:
    """Month of every day of a year (day,), from 1."""
    return np.repeat(np.arange(1, 13), np.diff(_first_days(year)))


def days_in_spans(table: Table, key: str, year: int) -> npt.NDArray[np.bool_]:
    """
    Days of a year that stand in a list of spans such as ``07-10/08-31``; any of them may wrap.

    Raises
    ------
    InvalidConfig
        A span that is none.
    """
    place = _month_days(year)
    inside = np.zeros(place.size, dtype=bool)
    for span in texts(table, key):
        first, last = _bounds(table, key, span)
        between = (place >= first) & (place <= last)
        inside |= between if first <= last else (place >= first) | (place <= last)
    return inside


def _means(table: Floats, slot: Ints, width: int) -> Floats:
    total = np.zeros(slot.size)
    low, high = np.full(slot.size, np.inf), np.full(slot.size, -np.inf)
    for step in range(width):
        value = table[(slot + step) % table.size]
        total += value
        low, high = np.minimum(low, value), np.maximum(high, value)
    # What does not change within the interval keeps its last bit.
    return np.where(low == high, low, total / width)


def _kind(day: date, off: frozenset[date], worked: frozenset[date]) -> int:
    if day in off:
        return HOLIDAY
    return WEEKEND if day.weekday() >= 5 and day not in worked else WORKING


@functools.cache
def _days(year: int) -> tuple[date, ...]:
    days = range(365 + calendar.isleap(year))
    return tuple(date(year, 1, 1) + timedelta(days=n) for n in days)


@functools.cache
def _month_days(year: int) -> Ints:
    """Month times 100 plus day, of every day of a year."""
    found = np.array([day.month * 100 + day.day for day in _days(year)], dtype=np.int64)
    found.flags.writeable = False
    return found


def _first_days(year: int) -> Ints:
    """Day of the year on which each month begins, from 0, and the end."""
    lengths = [calendar.monthrange(year, month)[1] for month in range(1, 13)]
    return np.concatenate(([0], np.cumsum(lengths)))


def _listed(table: Table, key: str, year: int) -> frozenset[date]:
    """Days of a list of spans."""
    inside = days_in_spans(table, key, year)
    return frozenset(day for day, here in zip(_days(year), inside, strict=True) if here)


def _bounds(table: Table, key: str, span: str) -> tuple[int, int]:
    """First and last day of a span as month times 100 plus day."""
    found = _SPAN.fullmatch(span)
    parts = [int(part) for part in found.groups() if part] if found else []
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    if not pairs or not all(_is_day(*pair) for pair in pairs):
        table.refuse(key, f"{span!r} is no span of days", "Write it as 07-10/08-31 or 10-01")
    return pairs[0][0] * 100 + pairs[0][1], pairs[-1][0] * 100 + pairs[-1][1]


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(_LEAP, month)[1]


def _names(table: Table) -> str:
    return ", ".join(table.values)
