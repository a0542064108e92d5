"""The user's own hourly load: a CSV file of one civil year."""

from __future__ import annotations

import calendar
import csv
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import numpy as np
import numpy.typing as npt

from roofpv.errors import InvalidConfig
from roofpv.finance.civil import SLOTS_PER_HOUR, CivilAxis, zone_info
from roofpv.text import plain

Floats = npt.NDArray[np.float64]

LOAD, TIME = "load_kwh", "time"
# Other headers of the two, without the unit.
_LOADS = frozenset({"load", "consumption", "用电量", "用電量", "电量", "電量", "小时用电量"})
_TIMES = frozenset({TIME, "datetime", "timestamp", "时间", "時間", "日期时间", "时刻", "数据时间"})
_UNIT = re.compile(r"[_/(\[]?(kwh|千瓦时|千瓦時|度)[)\]]?$")
# As spreadsheets write them, beside ISO 8601.
_FORMS = (
    "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
)  # fmt: skip
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, eq=False)
class MeteredLoad:
    """Hours of a civil year from 1 January 0:00; ``year`` is None where the file names none."""

    kwh: Floats
    year: int | None

    @property
    def annual_kwh(self) -> float:
        """Consumption of the year. [kWh]."""
        return math.fsum(self.kwh)

    def of_year(self, year: int) -> Floats:
        """
        Consumption in every slot of a year, by month and day; its weekdays stay the file's own.

        29 February is the 28th once more, or falls out, where only one of the years has it.

        Returns
        -------
        ndarray (slot,)
            [kWh]
        """
        days = self.kwh.reshape(-1, 24)
        if calendar.isleap(year) and len(days) == 365:
            days = np.insert(days, 59, days[58], axis=0)
        elif not calendar.isleap(year) and len(days) == 366:
            days = np.delete(days, 59, axis=0)
        return np.repeat(days.ravel() / SLOTS_PER_HOUR, SLOTS_PER_HOUR)


def metered_load(load: MeteredLoad, axis: CivilAxis) -> Floats:
    """Consumption in each interval of an axis (row,). [kWh]."""
    return axis.sums(load.of_year)


def read_load_file(path: Path, zone: str) -> MeteredLoad:
    """
    Read a year's hourly load.

    Parameters
    ----------
    path : Path
        CSV (utf-8 or gb18030) with a column ``load_kwh`` or 用电量, and ``time`` or 时间 (start of
        the hour, ISO 8601 or as 2025/1/31 14:00) if it likes; with no times the rows are the hours
        of a civil year. Times without an offset are civil time.
    zone : str
        Civil time of the place, an IANA name.

    Raises
    ------
    InvalidConfig
        A file that cannot be read, has no such column or two; a year that is not whole; times of
        another zone, missing, twice or not on the hour; a value that is missing, no number or
        negative; a year without any load.
    """
    rows = list(_rows(path))
    where = plain(path.name)
    values = np.array([_value(text, f"{where}, row {n}") for n, _, text in rows])
    year = None
    if rows and rows[0][1] is not None:
        info = zone_info(zone)
        times = [_time(text or "", f"{where}, row {n}", (info, zone)) for n, text, _ in rows]
        year = _whole_year(times, [n for n, _, _ in rows], where)
    if values.size not in {8760, 8784}:
        raise InvalidConfig(
            where,
            f"{values.size} hours, expected the 8760 of a civil year, or 8784 of a leap year",
            "Give every hour from 1 January 0:00 to the end of 31 December, shorter intervals "
            "added up",
        )
    if not values.any():
        raise InvalidConfig(
            where, "the load is 0 in every hour", "Leave the file out, or set the consumption to 0"
        )
    return MeteredLoad(values, year)


def _rows(path: Path) -> Iterator[tuple[int, str | None, str]]:
    """Number in the file, time (None where there is no such column) and load of each row."""
    text = _text(path)
    head = text.partition("\n")[0]
    lines = csv.reader(text.splitlines(), delimiter=max(",;\t", key=head.count))
    header = [name.strip() for name in next(lines, [])]
    load, time = _columns(header, plain(path.name))
    for number, cells in enumerate(lines, start=2):
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(header) - len(cells))]
            yield number, None if time is None else padded[time].strip(), padded[load].strip()


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise InvalidConfig(
            plain(str(path)), f"cannot be read ({fault.strerror})", "Give the path of a CSV file"
        ) from fault
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidConfig(plain(path.name), "neither utf-8 nor gb18030", "Save it as CSV UTF-8")


def _columns(header: list[str], where: str) -> tuple[int, int | None]:
    """Places of the load and of the time, None where there is none; our own name comes first."""
    loads = [n for n, name in enumerate(header) if _bare(name) in _LOADS]
    if LOAD in header:
        loads = [header.index(LOAD)]
    if len(loads) > 1:
        both = " and ".join(plain(header[n]) for n in loads[:2])
        raise InvalidConfig(where, f"{both} both are a load", f"Name the right one {LOAD}")
    if not loads:
        found = ", ".join(plain(name, 40) for name in header[:8])
        raise InvalidConfig(
            where,
            f"no column {LOAD} or 用电量 among {found or 'none'}",
            "Name the column of the hourly load so",
        )
    times = [n for n, name in enumerate(header) if _bare(name) in _TIMES]
    return loads[0], times[0] if times else None


def _bare(header: str) -> str:
    """A header without its unit, in small letters."""
    folded = "".join(unicodedata.normalize("NFKC", header).lower().split())
    return _UNIT.sub("", folded)


def _value(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        shown = f"{plain(text)!r} is no number" if text else "no value"
        raise InvalidConfig(f"{where}, {LOAD}", shown, "Write the hour's consumption in kWh")
    if value < 0.0:
        raise InvalidConfig(
            f"{where}, {LOAD} = {text}", "a load is 0 or more", "Add what was exported to the hour"
        )
    return value


def _time(text: str, where: str, zone: tuple[tzinfo, str]) -> datetime:
    """Civil time without its offset."""
    time = _read_time(text)
    if time is None:
        raise InvalidConfig(
            f"{where}, {TIME}", f"{plain(text)!r} is no time", "Write it as 2025-01-31T14:00"
        )
    civil = time.replace(tzinfo=None)
    if time.tzinfo is not None and time.utcoffset() != civil.replace(tzinfo=zone[0]).utcoffset():
        raise InvalidConfig(
            f"{where}, {TIME} = {plain(text)}",
            f"not the civil time of {zone[1]}",
            f"Write the times in {zone[1]}, without an offset or with its own",
        )
    if (civil.minute, civil.second, civil.microsecond) != (0, 0, 0):
        raise InvalidConfig(
            f"{where}, {TIME} = {plain(text)}",
            "not on the hour",
            "Give the start of each hour, shorter intervals added up",
        )
    return civil


def _read_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _whole_year(times: list[datetime], numbers: list[int], where: str) -> int:
    """The year of the times, all of whose hours must be there, in order."""
    year = times[0].year
    expected = datetime(year, 1, 1)
    for number, time in zip(numbers, times, strict=True):
        at = f"{where}, row {number}, {TIME} = {time.isoformat(timespec='minutes')}"
        if time < expected:
            raise InvalidConfig(at, "an hour that was there before", "Leave one row for each hour")
        if time > expected:
            missing = f"no row for {expected.isoformat(timespec='minutes')}"
            raise InvalidConfig(at, missing, "Give every hour of the year by its start")
        expected += _HOUR
    if expected != datetime(year + 1, 1, 1):
        last = expected - _HOUR
        raise InvalidConfig(
            where,
            f"ends with {last.isoformat(timespec='minutes')}, expected {year}-12-31T23:00",
            "Give one civil year",
        )
    return year
