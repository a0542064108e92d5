"""Rows of weather laid out by the calendar: by month, by day and hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.weather.times import years_and_months

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
    into one year; infinite values become NaN. ``year``, ``month`` and ``month_days`` are those of
    the label, by which energy is added up.
    """
    labels = pd.DatetimeIndex(rows.index)
    typical = _is_typical(labels)
    middles = (_into_one_year(labels) if typical else labels) + pd.Timedelta(minutes=label_minutes)
    if typical:  # what goes beyond the one year is its other end
        middles = _into_one_year(middles)
    known = rows.astype(np.float64).replace([np.inf, -np.inf], np.nan)
    year, month = years_and_months(labels, typical=typical)
    known = known.assign(year=year, month=month, month_days=labels.days_in_month)
    return known.set_axis(middles, axis=0).sort_index()


def _is_typical(labels: pd.DatetimeIndex) -> bool:
    minutes = labels.hour * 60 + labels.minute
    calendar = pd.MultiIndex.from_arrays([labels.month, labels.day, minutes])
    if calendar.has_duplicates:
        return False
    spanned = pd.date_range(labels.min().normalize(), labels.max().normalize(), freq="D")
    over_leap_day = bool(_leap_days(spanned).any()) and not _leap_days(labels).any()
    return over_leap_day or labels.max() - labels.min() > _LONGEST_YEAR


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
        ``ghi``, ``dhi`` and ``clear`` [W/m2], ``year``, ``month`` and ``month_days``, of
        ``by_middle``.
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
    by_year, by_day = bool(years(rows)), has_day_bars(times)
    slots = times.normalize() if by_day else _slots(rows["month"])
    year = rows["year"].to_numpy() if by_year else np.zeros(len(times), int)
    frame = rows.reset_index(drop=True).assign(slot=slots, year=year)
    groups = frame.groupby(["slot", "year"])
    grouped = groups[["ghi", "dhi", "clear"]]
    energy = grouped.sum() * (interval_minutes / 60.0 / 1000.0)
    known = grouped.count().add_prefix("known_")
    # A typical February has 28 days, whatever year it comes from.
    longest = 29 if by_year or _leap_days(times).any() else 28
    days = groups["month_days"].min()
    february = days.index.get_level_values("slot").month == 2
    days = days.mask(february, np.minimum(days, longest)) if not by_day else days * 0 + 1
    table = energy.join(known).join(days.rename("days")).reset_index()
    return table.assign(rows=table["days"] * (_DAY_MINUTES // interval_minutes))


def has_day_bars(times: pd.DatetimeIndex) -> bool:
    """Whether a file is so short that its days are summed, not its months."""
    return times.max().normalize() - times.min().normalize() < pd.Timedelta(days=_FEW_DAYS)


def day_name(day: pd.Timestamp) -> str:
    """Day without its year, such as "2 Jan"."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def _slots(month: pd.Series) -> pd.DatetimeIndex:
    """First day of each month in an ordinary year."""
    dates = {"year": np.full(len(month), _ORDINARY_YEAR), "month": month.to_numpy(), "day": 1}
    return pd.DatetimeIndex(pd.to_datetime(dates))
