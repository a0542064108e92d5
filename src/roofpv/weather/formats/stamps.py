"""The times of a table: one column, date and time, or year, month, day and hour apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from roofpv.errors import InvalidWeather
from roofpv.text import plain
from roofpv.weather.formats.common import Cells, check_times, numbers
from roofpv.weather.formats.headers import NAMELESS, Chosen

PARTS, BY_DAY = ("year", "month", "day", "hour"), ("year", "day_of_year", "hour")
_ZONED = r"(?:Z|[+-]\d{2}:?\d{2}|:\d{2}(?:\.\d+)?[+-]\d{2})$"
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})?$")
# Forms without a zone whose day and month cannot be mistaken for each other.
_FORMS = (
    (r"\d{4}-\d{2}-\d{2}[T ]\d{2}(:\d{2}.*)?", "ISO8601"),
    (r"\d{4}/\d{1,2}/\d{1,2} +\d{1,2}:\d{2}", "%Y/%m/%d %H:%M"),
    (r"\d{4}/\d{1,2}/\d{1,2} +\d{1,2}:\d{2}:\d{2}", "%Y/%m/%d %H:%M:%S"),
    (r"\d{4}-\d{1,2}-\d{1,2} +\d{1,2}:\d{2}", "%Y-%m-%d %H:%M"),
    (r"\d{4}-\d{1,2}-\d{1,2} +\d{1,2}:\d{2}:\d{2}", "%Y-%m-%d %H:%M:%S"),
    (r"\d{4}年\d{1,2}月\d{1,2}日 +\d{1,2}:\d{2}", "%Y年%m月%d日 %H:%M"),
    (r"\d{4}年\d{1,2}月\d{1,2}日\d{1,2}:\d{2}", "%Y年%m月%d日%H:%M"),
    (r"\d{4}年\d{1,2}月\d{1,2}日 +\d{1,2}时", "%Y年%m月%d日 %H时"),
    (r"\d{4}年\d{1,2}月\d{1,2}日\d{1,2}时", "%Y年%m月%d日%H时"),
    (r"\d{10}", "%Y%m%d%H"),
    (r"\d{12}", "%Y%m%d%H%M"),
    (r"\d{8}:\d{4}", "%Y%m%d:%H%M"),
)
_CLOCK = re.compile(r"\d[-/.年]\d.*\d[:时]")
_MIDNIGHT = re.compile(r"(?<=[T ])24(?=:00)")
_ZONE = re.compile(r"(?:utc|gmt)\s*(?:([+-])\s*(\d{1,2})(?::?(\d{2}))?)?")
_ISO = "Write it as 2025-06-01T12:00+08:00"
_WRITTEN = f"{_ISO}, or say how it is written (strptime format)"


@dataclass(frozen=True, eq=False)
class Stamps:
    """
    Times by the clock of a table, and that clock's offset from UTC [h], None if not stated.

    ``zoned`` is whether each time has its own zone.
    """

    times: pd.DatetimeIndex
    offset_hours: float | None
    zoned: bool = False


def read_stamps(cells: Cells, chosen: Mapping[str, Chosen], form: str = "") -> Stamps:
    """
    Times of a table; hour 24 is 00:00 of the next day.

    Parameters
    ----------
    cells : Cells
        With the columns ``time`` and ``date`` as text.
    chosen : mapping
        Its columns by our names.
    form : str
        ``strptime`` format of the times, empty if they are ISO 8601 or year, month and day.

    Raises
    ------
    InvalidWeather
        No time, or one that cannot be read.
    """
    if not {"time", "date"} & set(chosen):
        return _from_parts(cells, chosen)
    text = _text(cells, chosen)
    if _is_nameless(chosen) and not form and not _looks_like_time(text):
        return _from_parts(cells, chosen)
    stated = next((_zone(chosen[n].unit) for n in ("time", "date") if n in chosen), None)
    if form:
        return _written(cells, text, form, stated)
    if len(text) and re.search(_ZONED, text.iloc[0]):
        return _with_zones(cells, text)
    return Stamps(_without_zones(cells, text), stated)


def _is_nameless(chosen: Mapping[str, Chosen]) -> bool:
    return "time" in chosen and chosen["time"].header.casefold() in NAMELESS


def _looks_like_time(text: pd.Series) -> bool:
    """Whether a column begins with a date and a time, in whatever order of its parts."""
    return len(text) > 0 and bool(_CLOCK.search(text.iloc[0]))


def _text(cells: Cells, chosen: Mapping[str, Chosen]) -> pd.Series:
    columns = [cells.table[chosen[n].place] for n in ("date", "time") if n in chosen]
    texts = [column.fillna("").astype(str).str.strip() for column in columns]
    return texts[0] if len(texts) == 1 else (texts[0] + " " + texts[1]).str.strip()


def _zone(text: str) -> float | None:
    """Offset from UTC that a header such as "time (UTC+8)" states."""
    if "北京" in text:
        return 8.0
    found = _ZONE.fullmatch(text.strip().casefold())
    if found is None:
        return None
    hours = int(found[2] or 0) + int(found[3] or 0) / 60.0
    return -hours if found[1] == "-" else hours


def _with_zones(cells: Cells, text: pd.Series) -> Stamps:
    times = pd.DatetimeIndex(pd.to_datetime(text, utc=True, format="ISO8601", errors="coerce"))
    bad = ~text.str.contains(_ZONED, regex=True).to_numpy(dtype=bool) | times.isna()
    if bad.any():
        first = int(np.argmax(bad))
        raise InvalidWeather(
            f"{cells.source}, row {cells.rows[first]}, column time",
            f"{plain(text.iloc[first])!r} is no ISO 8601 time with Z or an offset",
            _ISO,
        )
    found = _OFFSET.search(text.iloc[0])
    offset = int(found[2]) + int(found[3] or 0) / 60.0 if found else 0.0
    offset = -offset if found and found[1] == "-" else offset
    local = times.tz_localize(None) + pd.to_timedelta(offset, unit="h").round("s")
    return Stamps(local, offset, zoned=True)


def _without_zones(cells: Cells, text: pd.Series) -> pd.DatetimeIndex:
    if text.empty:
        return pd.DatetimeIndex([])
    first = text.iloc[0]
    form = next((form for shape, form in _FORMS if re.fullmatch(shape, first)), None)
    if form is None:
        raise InvalidWeather(
            f"{cells.source}, row {cells.rows[0]}, column time",
            f"{plain(first)!r} is no time that can be told without doubt",
            _WRITTEN,
        )
    times = _parsed(text, form)
    if form == "ISO8601":  # which lets a lone date stand for its midnight
        times = times.where(text.str.len().to_numpy() >= len("2025-06-01T12"))
    check_times(times, text, cells.rows, cells.source, _WRITTEN)
    return times


def _parsed(text: pd.Series, form: str) -> pd.DatetimeIndex:
    """Times, NaT where they cannot be read."""
    times = pd.Series(pd.to_datetime(text, format=form, errors="coerce"))
    unread = times.isna()
    if unread.any():
        late = text[unread & text.str.contains(_MIDNIGHT.pattern, regex=True)]
        midnight = pd.to_datetime(
            late.str.replace(_MIDNIGHT, "00", regex=True), format=form, errors="coerce"
        )
        times = times.fillna(midnight + pd.Timedelta(days=1))
    return pd.DatetimeIndex(times)


def _written(cells: Cells, text: pd.Series, form: str, stated: float | None) -> Stamps:
    """Times in the form that the user gives."""
    zoned = "%z" in form
    try:
        times = pd.to_datetime(text, format=form, errors="coerce", utc=zoned)
    except (ValueError, re.error) as error:
        raise InvalidWeather(
            "time format", f"{form!r} is none ({error})", "Write it as %d.%m.%Y %H:%M"
        ) from error
    index = pd.DatetimeIndex(times)
    check_times(index, text, cells.rows, cells.source, f"Its form should be {form}")
    return Stamps(index.tz_localize(None), 0.0 if zoned else stated, zoned)


def _from_parts(cells: Cells, chosen: Mapping[str, Chosen]) -> Stamps:
    wanted = BY_DAY if "day_of_year" in chosen and "month" not in chosen else PARTS
    missing = [name for name in wanted if name not in chosen]
    if missing:
        found = plain(", ".join(cells.header), 200)
        raise InvalidWeather(
            f"{cells.source}, column time",
            f"missing; found {found}",
            "The columns needed are time, ghi (or dni and dhi) and temp_air",
        )
    names = [*wanted, *(["minute"] if "minute" in chosen else [])]
    columns = {name: cells.table[chosen[name].place] for name in names}
    parts = numbers(columns, cells.rows, cells.source)
    minute = parts.get("minute", 0.0)
    hours = pd.to_timedelta(parts["hour"] + minute / 60.0, unit="h")
    inside = (parts["hour"] >= 0) & (parts["hour"] <= 24) & (minute >= 0) & (minute <= 60)
    times = pd.DatetimeIndex((_days(parts) + hours).where(inside).dt.round("s"))
    if times.hasnans:
        said = parts.apply(lambda row: " ".join(f"{part:g}" for part in row), axis=1)
        check_times(times, said, cells.rows, cells.source, "Correct the row")
    return Stamps(times, _zone(chosen["hour"].unit))


def _days(parts: pd.DataFrame) -> pd.Series:
    """Midnights of rows, NaT where there is no such day."""
    if "month" in parts:
        return pd.Series(pd.to_datetime(parts[["year", "month", "day"]], errors="coerce"))
    first = pd.DataFrame({"year": parts["year"], "month": 1, "day": 1})
    number = parts["day_of_year"].where((parts["day_of_year"] >= 1) & (parts["day_of_year"] <= 366))
    return pd.Series(
        pd.to_datetime(first, errors="coerce") + pd.to_timedelta(number - 1.0, unit="D")
    )
