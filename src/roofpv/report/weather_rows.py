"""Rows of weather laid out by the calendar: by month, by day and hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

# Not by strftime, which would follow the language of the machine.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY_MINUTES = 1440
_LONGEST_YEAR = pd.Timedelta(days=366)
_ORDINARY_YEAR, _LEAP_YEAR = 2001, 2000
# Monthly sums mean nothing for a file this short; its days are shown instead.
_FEW_DAYS = 14


@dataclass(frozen=True, eq=False)
class Cells:
    """
    Irradiance by hour of day (row, midnight first) and day (column).

    ``values`` are NaN where nothing is known; ``inside`` says which cells the file stands for;
    ``first_minute`` is where the first row begins, below 0 where a cell spans midnight.
    """

    values: npt.NDArray[np.float64]
    inside: npt.NDArray[np.bool_]
    days: pd.DatetimeIndex
    first_minute: float
    interval_minutes: int

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Cells of the file without a value."""
        return self.inside & np.isnan(self.values)


def by_middle(rows: pd.DataFrame, label_minutes: float) -> pd.DataFrame:
    """
    Rows by the middle of their irradiance, in order of time.

    A typical year, whose months come from several years or which leaves 29 February out, is put
    into one year; infinite values become NaN.
    """
    middles = pd.DatetimeIndex(rows.index) + pd.Timedelta(minutes=label_minutes)
    if _is_typical(middles):
        middles = _into_one_year(middles)
    known = rows.astype(np.float64).replace([np.inf, -np.inf], np.nan)
    return known.set_axis(middles, axis=0).sort_index()


def _is_typical(middles: pd.DatetimeIndex) -> bool:
    minutes = middles.hour * 60 + middles.minute
    calendar = pd.MultiIndex.from_arrays([middles.month, middles.day, minutes])
    if calendar.has_duplicates:
        return False
    spanned = pd.date_range(middles.min().normalize(), middles.max().normalize(), freq="D")
    over_leap_day = bool(_leap_days(spanned).any()) and not _leap_days(middles).any()
    return over_leap_day or middles.max() - middles.min() > _LONGEST_YEAR


def _leap_days(times: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
    return np.asarray((times.month == 2) & (times.day == 29))


def _into_one_year(middles: pd.DatetimeIndex) -> pd.DatetimeIndex:
    year = _LEAP_YEAR if _leap_days(middles).any() else _ORDINARY_YEAR
    of_day = middles - middles.normalize()
    dates = {"year": np.full(len(middles), year), "month": middles.month, "day": middles.day}
    return pd.DatetimeIndex(pd.to_datetime(dates)) + of_day


def years(rows: pd.DataFrame) -> list[int]:
    """Years of rows by their middles; empty where they are of one year, real or typical."""
    times = pd.DatetimeIndex(rows.index)
    if times.max() - times.min() <= _LONGEST_YEAR:
        return []
    days = pd.Series(times.normalize()).drop_duplicates()
    counts = days.dt.year.value_counts().sort_index()
    # A clock other than the file's leaves hours of one day in the next year.
    return [int(year) for year, count in counts.items() if count > 1]


def first_whole_year(rows: pd.DataFrame, interval_minutes: int) -> int:
    """First year of several in which every row has its GHI; else that with the most of them."""
    known = rows["ghi"].notna().groupby(pd.DatetimeIndex(rows.index).year).sum()
    days = pd.Series([365 + pd.Timestamp(year, 1, 1).is_leap_year for year in known.index])
    share = known.to_numpy() * interval_minutes / _DAY_MINUTES / days.to_numpy()
    return int(known.index[int(np.argmax(share))])


def cells(ghi: pd.Series, interval_minutes: int) -> Cells:
    """
    Lay irradiance out by day and hour.

    Parameters
    ----------
    ghi : Series
        By the middle of each row, of one year at most, evenly spaced but for gaps. [W/m2]
    interval_minutes : int

    Returns
    -------
    Cells
        A cell that spans midnight stands in both days.
    """
    times = pd.DatetimeIndex(ghi.index)
    first, last = times.min().normalize(), times.max().normalize()
    days = pd.date_range(first, last, freq="D")
    starts = np.asarray((times - first) / pd.Timedelta(minutes=1)) - interval_minutes / 2.0
    phase = round(float(starts[0]) % interval_minutes, 6) % interval_minutes
    steps = np.rint((starts - phase) / interval_minutes).astype(np.int64)
    per_day, split = _DAY_MINUTES // interval_minutes, int(phase > 0)
    # Row of the day by day, so that the cell before midnight has a row in the next day as well.
    place = np.arange(len(days)) * per_day + np.arange(-split, per_day)[:, None]
    series = np.full(len(days) * per_day + 1, np.nan)
    series[steps + 1] = ghi.to_numpy()
    inside = (place >= steps.min()) & (place <= steps.max())
    return Cells(
        series[place + 1], inside, days, phase - split * interval_minutes, interval_minutes
    )


def sums(rows: pd.DataFrame, interval_minutes: int) -> pd.DataFrame:
    """
    Sums of irradiance by month and year, or by day where there are only a few.

    Parameters
    ----------
    rows : DataFrame
        ``ghi``, ``dhi`` and ``clear``, by the middle of each row. [W/m2]
    interval_minutes : int

    Returns
    -------
    DataFrame
        One row for each ``slot`` (first day of the month in an ordinary year, or the day) and
        ``year`` (0 where there is but one): the sums [kWh/m2] of what is known, ``known_ghi``
        ``known_dhi`` ``known_clear`` (rows with a value), ``days`` and ``rows`` (all it should
        have).
    """
    times = pd.DatetimeIndex(rows.index)
    by_year = bool(years(rows))
    keys = {"slot": _slots(times), "year": times.year if by_year else np.zeros(len(times), int)}
    frame = rows.reset_index(drop=True).assign(**keys)
    grouped = frame.groupby(["slot", "year"])[["ghi", "dhi", "clear"]]
    energy = grouped.sum() * (interval_minutes / 60.0 / 1000.0)
    known = grouped.count().add_prefix("known_")
    table = energy.join(known).reset_index()
    leap = bool(_leap_days(times).any())
    days = [
        _days(slot, year, leap) for slot, year in zip(table["slot"], table["year"], strict=True)
    ]
    if has_day_bars(times):
        days = [1] * len(table)
    table = table.assign(days=days)
    return table.assign(rows=table["days"] * (_DAY_MINUTES // interval_minutes))


def has_day_bars(times: pd.DatetimeIndex) -> bool:
    """Whether a file is so short that its days are summed, not its months."""
    return times.max().normalize() - times.min().normalize() < pd.Timedelta(days=_FEW_DAYS)


def day_name(day: pd.Timestamp) -> str:
    """Day without its year, such as "2 Jan"."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def _slots(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    if has_day_bars(times):
        return times.normalize()
    dates = {"year": np.full(len(times), _ORDINARY_YEAR), "month": times.month, "day": 1}
    return pd.DatetimeIndex(pd.to_datetime(dates))


def _days(slot: pd.Timestamp, year: int, leap: bool) -> int:
    """Days of a month; where the year is not told, February is as long as the file has it."""
    told = year or (_LEAP_YEAR if leap else _ORDINARY_YEAR)
    return int(slot.replace(year=told).days_in_month)
