"""
National Solar Radiation Database, PSM3 and PSM4 csv.

Read here, not by pvlib, which takes time zones of whole hours only and names no faulty cell.
"""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd

from roofpv.errors import InvalidWeather
from roofpv.weather.doctor import Claim
from roofpv.weather.formats.common import (
    Content,
    check_times,
    extra_numbers,
    from_several_years,
    numbers,
    on_labels,
    read_cells,
    site_of,
    step_minutes,
    without_codes,
)
from roofpv.weather.formats.units import scale
from roofpv.weather.series import Place, Series

KIND = "NSRDB"
NEEDED = ("Latitude", "Longitude", "Time Zone")
_PARTS = {name: name.capitalize() for name in ("year", "month", "day", "hour", "minute")}
_NAMES = {
    "ghi": "GHI",
    "dni": "DNI",
    "dhi": "DHI",
    "temp_air": "Temperature",
    "wind_speed": "Wind Speed",
}
_MISSING = 999.0
# What only some models need, by the units in which it may stand.
_EXTRAS = {
    "relative_humidity": ("Relative Humidity", {"%": 1.0, "": 1.0}),
    "precipitable_water_cm": ("Precipitable Water", {"cm": 1.0, "mm": 0.1, "": 1.0}),
}


def read_nsrdb(content: Content, place: Place) -> list[Series]:
    """
    Read a file of the NSRDB; its labels are instants by the clock that its header states.

    Raises
    ------
    InvalidWeather
        A cell or time that cannot be read, an unknown unit, or no time zone.
    """
    first, second, body = (*content.text.split("\n", 2), "", "")[:3]
    if not body:
        raise InvalidWeather(
            content.name, f"cannot be read as {KIND} (no rows)", "Check that the file is whole"
        )
    names, stated = (next(csv.reader([line]), []) for line in (first, second))
    meta = dict(zip((name.strip() for name in names), stated, strict=False))
    cells = read_cells(content, body, 3)
    parts = numbers(cells.named(_PARTS), cells.rows, content.name)
    times = pd.DatetimeIndex(pd.to_datetime(parts, errors="coerce"))
    check_times(times, cells.table[0].astype(str), cells.rows, content.name)
    interval = step_minutes(times, cells.rows, content.name)
    values = without_codes(numbers(cells.named(_NAMES), cells.rows, content.name))
    for name in values:
        unit = meta.get(f"{_NAMES[str(name)]} Units", "")
        where = f"{content.name}, column {_NAMES[str(name)]}"
        factor, summand = scale(str(name), unit, interval, where)
        values[name] = values[name] * factor + summand
    for name, (own, units) in _EXTRAS.items():
        unit = meta.get(f"{own} Units", "").strip().casefold()
        if own in cells.header and unit in units:
            column = extra_numbers(cells.named({name: own})[name])
            # The codes of missing values are older than the factor.
            values[name] = np.where(column < _MISSING, column * units[unit], np.nan)
    offset = _offset(content, meta)
    series = Series(
        on_labels(values, times, offset),
        site_of(content, place, (meta["Latitude"], meta["Longitude"], meta.get("Elevation"))),
        Claim("instant", interval, offset), KIND, content.name, cells.rows,
        from_several_years(times, interval),
        {"stated_source": " ".join(filter(None, (meta.get("Source"), meta.get("Version"))))},
    )  # fmt: skip
    return [series]


def _offset(content: Content, meta: dict[str, str]) -> float:
    text = meta.get("Time Zone", "")
    try:
        offset = float(text)
    except ValueError:
        offset = float("nan")
    if not -14.0 <= offset <= 14.0:
        raise InvalidWeather(
            f"{content.name}, row 2, Time Zone",
            f"{text!r} is no number from -14 to 14",
            "Correct the header",
        )
    return offset
