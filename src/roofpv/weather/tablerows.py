"""Rows of a weather table in time, and the words by which an error points to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]
Values = dict[str, Array]

_MONTHS_NAMED = 6


@dataclass(frozen=True, eq=False)
class TableRows:
    """
    Where the rows of an even series stand in their file, and by which clock its days are counted.

    ``numbers`` (time,) are the rows' numbers in the file, -1 for rows that it does not have.
    """

    source: str
    numbers: Integers
    interval_minutes: float
    utc_offset_hours: float = 0.0

    def column(self, name: str) -> str:
        """A column, for a problem's text."""
        return f"{self.source}, column {name}"

    def cell(self, name: str, row: int) -> str:
        """A column's row, for a problem's text."""
        return self.span(name, row, row)

    def span(self, name: str, first: int, last: int) -> str:
        """A column's rows from the first to the last, as far as the file has them."""
        numbers = self.numbers[first : last + 1]
        numbers = numbers[numbers >= 0]
        if not numbers.size:
            return self.column(name)
        said = f"row {numbers[0]}"
        if numbers.size > 1:
            said = f"rows {numbers[0]}-{numbers[-1]}"
        return f"{self.source}, {said}, column {name}"

    def local(self, times: pd.DatetimeIndex) -> Times:
        """Times by the file's own clock."""
        offset = np.timedelta64(round(60 * self.utc_offset_hours), "m")
        return times.to_numpy().astype("datetime64[m]") + offset

    def days(self, times: pd.DatetimeIndex) -> Integers:
        """Day of each row by the file's own clock, counted from 1970."""
        return self.local(times).astype("datetime64[D]").astype(np.int64)

    def months(self, times: pd.DatetimeIndex) -> Integers:
        """Month of each row by the file's own clock, counted from January 1970."""
        return self.local(times).astype("datetime64[M]").astype(np.int64)

    def rows_in(self, minutes: float) -> float:
        """Intervals in so many minutes."""
        return minutes / self.interval_minutes


def names_of_months(months: Iterable[int]) -> str:
    """Months counted from January 1970, as "2016-10, 2016-11", the first few of many."""
    all_of_them = [str(np.datetime64(int(month), "M")) for month in months]
    named = all_of_them[:_MONTHS_NAMED]
    more = len(all_of_them) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def runs(mask: Bools) -> tuple[Integers, Integers]:
    """First and last row of each unbroken run of True."""
    padded = np.zeros(mask.size + 2, dtype=np.int8)
    padded[1:-1] = mask
    edges = np.flatnonzero(np.diff(padded))
    return edges[::2], edges[1::2] - 1


def rows_of_runs(first: Integers, last: Integers, size: int) -> Bools:
    """Rows that lie in any of some runs."""
    steps = np.zeros(size + 1, dtype=np.int64)
    np.add.at(steps, first, 1)
    np.add.at(steps, last + 1, -1)
    return np.cumsum(steps[:-1]) > 0


def constant_runs(values: Array, minutes: float, table: TableRows) -> tuple[Integers, Integers]:
    """First and last row of each run of one value whose ends are at least so far apart."""
    same = np.zeros(values.size, dtype=bool)
    same[1:] = values[1:] == values[:-1]
    first, last = runs(same)
    long = last - first + 1 >= table.rows_in(minutes)
    return first[long] - 1, last[long]


def count_rows(count: int) -> str:
    """A number of rows in words."""
    return f"{count} row{'' if count == 1 else 's'}"
