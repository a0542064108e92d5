"""EnergyPlus weather (.epw), through pvlib."""

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
    filled_lines,
    from_several_years,
    numbers,
    on_labels,
    site_of,
    without_codes,
)
from roofpv.weather.series import Place, Series

KIND = "EPW"

_HEAD, _COLUMNS, _ZONE = 8, 35, 8
_CELLS = {
    "year": 0, "month": 1, "day": 2, "hour": 3, "minute": 4, "temp_air": 6, "ghi": 13, "dni": 14,
    "dhi": 15, "wind_speed": 21,
}  # fmt: skip
# EnergyPlus, Auxiliary Programs, "EPW data dictionary"; the codes of irradiance are general.
_MISSING = {"temp_air": 99.9, "wind_speed": 999.0}
_EXTRAS = {
    "precipitation_mm": ("liquid_precipitation_depth", 1.0), "snow_depth_cm": ("snow_depth", 1.0),
    "relative_humidity": ("relative_humidity", 1.0),
    "precipitable_water_cm": ("precipitable_water", 0.1),
}  # fmt: skip
_EXTRA_MISSING = 999.0
_PER_HOUR = (1, 2, 3, 4, 6, 12)
_PVGIS_OFFSET = re.compile(r"Irradiance Time Offset \(h\):\s*([-+0-9.]+)")


def read_epw(content: Content, place: Place) -> list[Series]:
    """
    Read an EPW file; its labels are starts of intervals, hour 1 being 00:00.

    PVGIS writes instants instead, and states in a comment how far they lie from its hours 1 to 24.

    Raises
    ------
    InvalidWeather
        A cell or a time zone that is no number, or an odd number of records in an hour.
    """
    lines, rows = filled_lines(content.text, _HEAD)
    interval, offset = _interval(content, lines), _offset(content, lines[0])
    try:
        data, meta = pvlib.iotools.read_epw(io.StringIO(_narrow(lines)))
    except Exception:
        check_lines(content, _HEAD, _CELLS)
        raise
    values = numbers({name: data[name] for name in UNITS}, rows, content.name)
    for name, code in _MISSING.items():
        values[name] = values[name].where(values[name] < code)
    for name, (own, factor) in _EXTRAS.items():
        cells = pd.to_numeric(data[own], errors="coerce").to_numpy(dtype=float)
        values[name] = np.where(cells < _EXTRA_MISSING, cells * factor, np.nan)
    times = data.index.tz_localize(None)
    times = times + pd.to_timedelta(_minutes(data, interval, rows, content), unit="min")
    stated = _PVGIS_OFFSET.search("\n".join(lines[:_HEAD]))
    claim = Claim("start", interval, offset)
    if stated:
        # pvlib calls hour 1 00:00; PVGIS counts from 01:00.
        claim = Claim("instant", interval, offset, 60.0 * (float(stated[1]) + 1.0))
    return [
        Series(
            on_labels(without_codes(values), times, offset),
            site_of(content, place, (meta["latitude"], meta["longitude"], meta["altitude"])),
            claim, KIND, content.name, rows, from_several_years(times, interval),
            {"stated_source": _source(lines[0])},
        )
    ]  # fmt: skip


def _interval(content: Content, lines: list[str]) -> int:
    """Minutes of a row, from the records per hour that the last line of the header states."""
    cells = lines[_HEAD - 1].split(",") if len(lines) >= _HEAD else [""]
    if cells[0].strip().upper() != "DATA PERIODS":
        raise InvalidWeather(
            f"{content.name}, row {_HEAD}",
            "cannot be read as EPW (no DATA PERIODS there)",
            "Check that the file is whole, with eight lines before its data",
        )
    stated = cells[2].strip() if len(cells) > 2 else ""
    if not stated.isdigit() or int(stated) not in _PER_HOUR:
        raise InvalidWeather(
            f"{content.name}, row {_HEAD}, DATA PERIODS",
            f"{stated!r} records per hour, expected one of {', '.join(map(str, _PER_HOUR))}",
            "Correct the header, or give another file",
        )
    return 60 // int(stated)


def _offset(content: Content, line: str) -> float:
    """Clock that the LOCATION line states. [h]."""
    cells = line.split(",")
    stated = cells[_ZONE].strip() if len(cells) > _ZONE else ""
    try:
        offset = float(stated)
    except ValueError:
        offset = float("nan")
    if not -14.0 <= offset <= 14.0:
        raise InvalidWeather(
            f"{content.name}, row 1, time zone",
            f"{stated!r} is no number from -14 to 14",
            "Correct the header",
        )
    return offset


def _narrow(lines: list[str]) -> str:
    """Text for pvlib, which shifts all columns where lines are longer than its list of names."""
    if len(lines) > _HEAD and lines[_HEAD].count(",") >= _COLUMNS:
        data = [",".join(line.split(",")[:_COLUMNS]) for line in lines[_HEAD:]]
        lines = lines[:_HEAD] + data
    return "\n".join(lines) + "\n"


def _minutes(
    data: pd.DataFrame, interval: int, rows: RowNumbers, content: Content
) -> np.ndarray:  # fmt: skip
    """Minutes from the hour to the start of the row; an hourly file's own are of no meaning."""
    if interval == 60:
        return np.zeros(len(data))
    minute = numbers({"minute": data["minute"]}, rows, content.name)["minute"].to_numpy()
    if minute[0] == 0:  # 0, 15, 30, 45 instead of 15, 30, 45, 60
        return minute
    return np.where(minute == 0, 60.0, minute) - interval


def _source(line: str) -> str:
    """Kind of the data in the LOCATION line (IWEC, TMYx), which is all that EPW states."""
    cells = line.split(",")
    return f"EPW {cells[4].strip()}".strip() if len(cells) > 4 else "EPW"
