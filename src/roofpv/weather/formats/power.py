"""
NASA POWER hourly data: json and csv of the point service.

Hours are averages, labelled by their start (as ``pvlib.iotools.get_nasa_power``, which reads from
the network only). The clock is UTC or "local solar time", a zone of whole hours by 15 degrees of
longitude, which is the service's default.
https://power.larc.nasa.gov/docs/services/api/temporal/hourly/ (time standards).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pvlib.iotools.nasa_power import VARIABLE_MAP

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import UNITS
from roofpv.weather.doctor import Claim
from roofpv.weather.formats.common import (
    Cells,
    Content,
    RowNumbers,
    check_times,
    numbers,
    on_labels,
    read_cells,
    site_of,
    step_minutes,
    without_codes,
)
from roofpv.weather.formats.units import scale
from roofpv.weather.series import Place, Series

KIND = "NASA POWER"
FIRST_LINE, _LAST_LINE = "-BEGIN HEADER-", "-END HEADER-"
_NAMES = {ours: theirs for theirs, ours in VARIABLE_MAP.items() if ours in UNITS}
_LOW_WIND = "WS2M"
_EXTRAS = {"precipitation_mm": ("PRECTOTCORR", "mm/hour"), "relative_humidity": ("RH2M", "%")}
_PARTS = {"year": "YEAR", "month": "MO", "day": "DY", "hour": "HR"}
_PLACE = re.compile(r"Latitude\s+(\S+)\s+Longitude\s+(\S+)")
_ELEVATION = re.compile(r"^Elevation.*=\s*(-?[0-9.]+)\s*meters", re.MULTILINE)
_UNIT = re.compile(r"^(\w+)\s.*\(([^()]*)\)\s*$", re.MULTILINE)
_STANDARD = re.compile(r"^Dates.*\bin (UTC|LST)\b", re.MULTILINE)
# The agricultural community has energies of an hour without their area.
_SHORT_UNITS = {"MJ/hr": "MJ/m2/h", "MJ/hour": "MJ/m2/h"}


@dataclass(frozen=True, eq=False)
class _Stated:
    """What a file says of itself; ``standard`` is "UTC" or "LST"."""

    place: tuple[Any, Any, Any]
    standard: str
    units: Mapping[str, str]
    version: str = ""


def read_power_csv(content: Content, place: Place) -> list[Series]:
    """
    Read a csv file of NASA POWER, with its header.

    Raises
    ------
    InvalidWeather
        No hours, a cell that cannot be read, or an unknown unit.
    """
    text = content.text
    head, found, body = text.partition(f"{_LAST_LINE}\n")
    if not found:
        raise InvalidWeather(
            content.name, f"cannot be read as {KIND} (no {_LAST_LINE})", "Download it again"
        )
    cells = read_cells(content, body, head.count("\n") + 2)
    parts = cells.named(_PARTS)
    if len(parts) < len(_PARTS):
        raise _not_hourly(content, ", ".join(cells.header))
    values = numbers(parts, cells.rows, content.name)
    days = pd.to_datetime(values[["year", "month", "day"]], errors="coerce")
    times = pd.DatetimeIndex(days + pd.to_timedelta(values["hour"], unit="h"))
    check_times(times, cells.table[0].astype(str), cells.rows, content.name)
    return [_series(content, place, times, cells, _stated_csv(head))]


def _stated_csv(head: str) -> _Stated:
    found, height, standard = (form.search(head) for form in (_PLACE, _ELEVATION, _STANDARD))
    place = (found[1] if found else None, found[2] if found else None)
    return _Stated(
        (*place, height[1] if height else None),
        standard[1] if standard else "LST",
        dict(_UNIT.findall(head)),
    )


def read_power_json(content: Content, place: Place) -> list[Series]:
    """
    Read a json file of NASA POWER.

    Raises
    ------
    InvalidWeather
        No hours, an entry that cannot be read, or an unknown unit.
    """
    document = content.json
    frame = pd.DataFrame(document["properties"]["parameter"])
    stamps = pd.Series(frame.index.astype(str), dtype=object)
    if not len(stamps) or len(stamps.iloc[0]) != len("YYYYMMDDHH"):
        raise _not_hourly(content, "times like " + "".join(stamps.iloc[:1]))
    rows: RowNumbers = np.arange(1, len(frame) + 1, dtype=np.int64)
    times = pd.DatetimeIndex(pd.to_datetime(stamps, format="%Y%m%d%H", errors="coerce"))
    check_times(times, stamps, rows, content.name)
    plain = frame.reset_index(drop=True).set_axis(range(frame.shape[1]), axis=1)
    cells = Cells(list(frame), plain, rows, content.name)
    return [_series(content, place, times, cells, _stated_json(document))]


def _stated_json(document: Mapping[str, Any]) -> _Stated:
    header = document.get("header", {})
    lon, lat, height = (*document["geometry"]["coordinates"], None)[:3]
    described = document.get("parameters", {})
    units = {name: entry.get("units", "") for name, entry in described.items()}
    return _Stated(
        (lat, lon, height),
        str(header.get("time_standard", "LST")).upper(),
        units,
        str(header.get("api", {}).get("version", "")),
    )


def _not_hourly(content: Content, found: str) -> InvalidWeather:
    return InvalidWeather(
        content.name,
        f"it is not hourly: it has {found}",
        "Ask NASA POWER for hourly data (temporal/hourly/point)",
    )


def _series(
    content: Content, place: Place, times: pd.DatetimeIndex, cells: Cells, stated: _Stated
) -> Series:
    names = dict(_NAMES)
    low_wind = names["wind_speed"] not in cells.header and _LOW_WIND in cells.header
    if low_wind:
        names["wind_speed"] = _LOW_WIND
    interval = step_minutes(times, cells.rows, content.name)
    values = without_codes(numbers(cells.named(names), cells.rows, content.name))
    for name in values:
        own = names[str(name)]
        unit = stated.units.get(own, "")
        where = f"{content.name}, column {own}"
        factor, summand = scale(str(name), _SHORT_UNITS.get(unit, unit), interval, where)
        values[name] = values[name] * factor + summand
    for name, (own, unit) in _EXTRAS.items():
        if own in cells.header and stated.units.get(own, unit) == unit:
            column = pd.to_numeric(cells.named({name: own})[name], errors="coerce")
            values[name] = column.to_numpy(dtype=float) * (
                interval / 60.0 if name == "precipitation_mm" else 1.0
            )
    site = site_of(content, place, stated.place)
    offset = 0.0
    if stated.standard == "LST":
        own_longitude = stated.place[1]
        longitude = site.longitude if own_longitude is None else float(own_longitude)
        offset = float(math.floor(longitude / 15.0 + 0.5))
    attrs = {"stated_source": f"{KIND} {stated.version}".strip()}
    if low_wind:
        attrs["stated_note"] = "its wind is that at 2 m, not at 10 m"
    return Series(
        on_labels(values, times, offset), site, Claim("start", interval, offset), KIND,
        content.name, cells.rows, attrs=attrs,
    )  # fmt: skip
