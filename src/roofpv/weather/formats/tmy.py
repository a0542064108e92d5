"""
Typical meteorological years of NREL: TMY2 and TMY3.

TMY3 goes through pvlib. TMY2 is cut by the columns of its manual: pvlib's reader dates every row
by the first one's year, stops at a blank line, and takes 0.7 s for a year.
"""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd
import pvlib

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import UNITS
from roofpv.weather.doctor import Claim
from roofpv.weather.formats.common import (
    Content,
    RowNumbers,
    check_lines,
    extra_numbers,
    filled_lines,
    numbers,
    on_labels,
    site_of,
    without_codes,
)
from roofpv.weather.series import Place, Series

TMY2, TMY3 = "TMY2", "TMY3"
TMY3_DATE = "Date (MM/DD/YYYY)"
_TMY3_TIME = "Time (HH:MM)"
_TMY3_NAMES = {
    "ghi": "GHI (W/m^2)",
    "dni": "DNI (W/m^2)",
    "dhi": "DHI (W/m^2)",
    "temp_air": "Dry-bulb (C)",
    "wind_speed": "Wspd (m/s)",
}
_TMY3_RAIN, _TMY3_RAIN_HOURS = "Lprecip depth (mm)", "Lprecip quantity (hr)"
_TMY3_EXTRAS = {
    "relative_humidity": "relative_humidity",
    "precipitable_water_cm": "precipitable_water",
}

# W. Marion and K. Urban, "User's Manual for TMY2s", NREL 1995, doi:10.2172/87130, table 3-2.
_TMY2_COLUMNS = {
    "year": (1, 3), "month": (3, 5), "day": (5, 7), "hour": (7, 9), "ghi": (17, 21),
    "dni": (23, 27), "dhi": (29, 33), "temp_air": (67, 71), "wind_speed": (95, 98),
}  # fmt: skip
_TMY2_TENTHS = {"temp_air": 9999.0, "wind_speed": 999.0}
# What only some models need: its place, and what makes our unit of its own.
_TMY2_EXTRAS = {
    "relative_humidity": (79, 82, 1.0), "precipitable_water_cm": (123, 126, 0.1),
    "snow_depth_cm": (133, 136, 1.0),
}  # fmt: skip
_TMY2_EXTRA_MISSING = 999.0
_TMY2_HEAD = re.compile(
    r"\s*\d{5} (?P<city>.*?)\s+(?P<state>[A-Z]{2})\s+(?P<zone>-?\d+)"
    r" (?P<north>[NS])\s+(?P<lat>\d+)\s+(?P<lat_minutes>\d+)"
    r" (?P<east>[EW])\s+(?P<lon>\d+)\s+(?P<lon_minutes>\d+)\s+(?P<altitude>-?\d+)\s*"
)


def is_tmy2(line: str) -> bool:
    """Whether a line is the header of a TMY2 file."""
    return _TMY2_HEAD.fullmatch(line) is not None


def read_tmy2(content: Content, place: Place) -> list[Series]:
    """
    Read a TMY2 file; its hours 1 to 24 are labelled by their start, 00:00 to 23:00.

    Raises
    ------
    InvalidWeather
        No header, or a cell that is no number.
    """
    lines, rows = filled_lines(content.text, 1)
    head = _TMY2_HEAD.fullmatch(lines[0])
    if head is None:
        raise InvalidWeather(
            f"{content.name}, row 1",
            "cannot be read as TMY2 (no station, time zone and place there)",
            "Check that the file is whole",
        )
    cut = {
        name: pd.Series([line[first:last].strip() for line in lines[1:]], dtype=object)
        for name, (first, last) in _TMY2_COLUMNS.items()
    }
    values = numbers(cut, rows, content.name)
    for name, code in _TMY2_TENTHS.items():
        values[name] = values[name].where(values[name] < code) / 10.0
    offset = float(head["zone"])
    known = without_codes(values[list(UNITS)])
    for name, (first, last, factor) in _TMY2_EXTRAS.items():
        column = extra_numbers(pd.Series([line[first:last] for line in lines[1:]], dtype=object))
        known[name] = np.where(column < _TMY2_EXTRA_MISSING, column * factor, np.nan)
    series = Series(
        on_labels(known, _tmy2_labels(values, rows, content), offset),
        site_of(content, place, _tmy2_place(head)),
        Claim("start", 60, offset), TMY2, content.name, rows, typical_year=True,
        attrs={"stated_source": f"TMY2 {head['city']}, {head['state']}"},
    )  # fmt: skip
    return [series]


def _tmy2_labels(values: pd.DataFrame, rows: RowNumbers, content: Content) -> pd.DatetimeIndex:
    days = pd.to_datetime(
        {"year": 1900 + values["year"], "month": values["month"], "day": values["day"]},
        errors="coerce",
    )
    times = pd.DatetimeIndex(days + pd.to_timedelta(values["hour"] - 1.0, unit="h"))
    if times.isna().any():
        raise InvalidWeather(
            f"{content.name}, row {rows[times.isna().argmax()]}, column time",
            "no time can be read there",
            "Check that the file is whole",
        )
    return times


def _tmy2_place(head: re.Match[str]) -> tuple[float, float, float]:
    lat = float(head["lat"]) + float(head["lat_minutes"]) / 60.0
    lon = float(head["lon"]) + float(head["lon_minutes"]) / 60.0
    north, east = (1.0 if head[key] in "NE" else -1.0 for key in ("north", "east"))
    return north * lat, east * lon, float(head["altitude"])


def read_tmy3(content: Content, place: Place) -> list[Series]:
    """
    Read a TMY3 file; its labels are ends of hours, 01:00 to 24:00.

    Raises
    ------
    InvalidWeather
        A cell that is no number.
    """
    lines, rows = filled_lines(content.text, 2)
    try:
        data, meta = pvlib.iotools.read_tmy3(io.StringIO("\n".join(lines) + "\n"))
        times = _tmy3_labels(data)
    except Exception:
        names = [name.strip() for name in "".join(lines[1:2]).split(",")]
        cells = {ours: names.index(own) for ours, own in _TMY3_NAMES.items() if own in names}
        check_lines(content, 2, cells)
        raise
    values = numbers({n: data[n] for n in UNITS if n in data}, rows, content.name)
    for name, own in _TMY3_EXTRAS.items():
        if own in data:
            values[name] = extra_numbers(data[own])
    if {_TMY3_RAIN, _TMY3_RAIN_HOURS} <= set(data):
        values["precipitation_mm"] = _tmy3_rain(data)
    offset = float(meta["TZ"])
    series = Series(
        on_labels(without_codes(values), times, offset),
        site_of(content, place, (meta["latitude"], meta["longitude"], meta["altitude"])),
        Claim("end", 60, offset), TMY3, content.name, rows, typical_year=True,
        attrs={"stated_source": "TMY3 {}, {}".format(meta["Name"].strip('"'), meta["State"])},
    )  # fmt: skip
    return [series]


def _tmy3_rain(data: pd.DataFrame) -> np.ndarray:
    """
    Rain of the hour; sums of more hours than one stand beside those of their hours. [mm].

    The files write tenths of a millimetre, whatever their header says: hundredths of an inch are 3,
    5, 8, 10, and 500 "mm" an hour fall in Greensboro.
    """
    depth, hours = extra_numbers(data[_TMY3_RAIN]), extra_numbers(data[_TMY3_RAIN_HOURS])
    return np.where((hours == 1.0) & (depth >= 0.0), depth / 10.0, np.nan)


def _tmy3_labels(data: pd.DataFrame) -> pd.DatetimeIndex:
    """
    Labels as the file writes them.

    pvlib's label of the last February hour is wrong by a day in a leap year: 24:00 on the 28th is
    its 1 March, as a typical year has no 29 February.
    """
    days = pd.to_datetime(data[TMY3_DATE], format="%m/%d/%Y")
    return pd.DatetimeIndex(days + pd.to_timedelta(data[_TMY3_TIME].str.strip() + ":00"))
