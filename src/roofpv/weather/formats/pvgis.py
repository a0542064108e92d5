"""
PVGIS: typical meteorological year and hourly series, csv and json.

Read here, not by pvlib, whose csv readers take exactly 8760 rows of a typical year, need more than
a second for 20 years of hours, and name no faulty cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from roofpv.errors import InvalidWeather
from roofpv.weather.doctor import Claim
from roofpv.weather.formats.common import (
    Cells,
    Content,
    RowNumbers,
    check_times,
    extra_numbers,
    numbers,
    on_labels,
    read_cells,
    site_of,
    step_minutes,
    without_codes,
)
from roofpv.weather.series import Place, Series

KIND, TMY, HOURLY = "PVGIS", "PVGIS TMY", "PVGIS hourly"
FIRST_LINE = "latitude (decimal degrees)"
_TABLE, _BLANK_LINE = re.compile(r"^time\b", re.MULTILINE), re.compile(r"\n[ \t]*(?:\n|$)")
_STAMP = re.compile(r"\d{8}:\d{4}")
_NAMES = {
    "ghi": "G(h)", "dni": "Gb(n)", "dhi": "Gd(h)", "temp_air": "T2m", "wind_speed": "WS10m",
    "plane": "G(i)", "plane_beam": "Gb(i)", "plane_sky": "Gd(i)", "plane_ground": "Gr(i)",
}  # fmt: skip
_EXTRAS = {"relative_humidity": "RH"}


@dataclass(frozen=True, eq=False)
class _Stated:
    """What the head of a file says of it; ``slope`` [deg] is NaN of a plane that moves."""

    kind: str
    place: tuple[Any, Any, Any]
    slope: float = 0.0
    offset_hours: float = 0.0
    database: tuple[str, ...] = ()


def read_pvgis_csv(content: Content, place: Place) -> list[Series]:
    """
    Read a csv file of PVGIS; see ``read_pvgis_json``.

    Raises
    ------
    InvalidWeather
        A cell or time that cannot be read, no table, or a plane that is not horizontal.
    """
    text = content.text
    found = _TABLE.search(text)
    if found is None:
        raise InvalidWeather(
            content.name,
            "cannot be read as PVGIS (no line of it begins with time)",
            "Check that the file is whole",
        )
    head, after = text[: found.start()], _BLANK_LINE.search(text, found.start())
    body = text[found.start() : after.start() if after else None]
    cells = read_cells(content, body, head.count("\n") + 1, text=[0])
    table = cells.named(_NAMES | _EXTRAS) | {"time": cells.table[0]}
    stated = _stated_csv(head.split("\n"), TMY if "(" in cells.header[0] else HOURLY)
    return [_series(content, place, table, cells.rows, stated)]


def _stated_csv(lines: list[str], kind: str) -> _Stated:
    pairs = (line.strip().strip('"').partition(":") for line in lines)
    meta = {key.strip().lower(): value.strip() for key, _, value in pairs}
    place = tuple(
        float(meta[key]) for key in (FIRST_LINE, "longitude (decimal degrees)", "elevation (m)")
    )
    slope = 0.0 if kind == TMY else _csv_slope(meta)
    offset = float(meta.get("irradiance time offset (h)", 0.0))
    database = tuple(filter(None, [meta.get("radiation database", "")]))
    return _Stated(kind, (place[0], place[1], place[2]), slope, offset, database)


def _csv_slope(meta: Mapping[str, str]) -> float:
    """Slope of a fixed plane; a tracker's file has no azimuth, or speaks of its axis."""
    moves = "azimuth" not in meta or any("axis" in key or "tracking" in key for key in meta)
    return math.nan if moves else _degrees(meta.get("slope"))


def _degrees(value: object) -> float:
    try:
        return float(str(value).split()[0])
    except (ValueError, IndexError):
        return math.nan


def read_pvgis_json(content: Content, place: Place) -> list[Series]:
    """
    Read a json file of PVGIS.

    Rows are instants in UTC: of a typical year at the full hour, to which the file states how much
    to add; of an hourly series at the minute of the satellite's pass. A series on a horizontal
    plane is ``ghi``, its diffuse part ``dhi``.

    Raises
    ------
    InvalidWeather
        An entry that cannot be read, or a plane that is not horizontal.
    """
    inputs, outputs = content.json["inputs"], content.json["outputs"]
    is_tmy = "tmy_hourly" in outputs
    frame = pd.DataFrame(outputs["tmy_hourly" if is_tmy else "hourly"])
    if frame.empty:
        raise InvalidWeather(content.name, "it has no hours", "Download it again")
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    cells = Cells(list(frame), frame.set_axis(range(frame.shape[1]), axis=1), rows, content.name)
    table = cells.named(_NAMES | _EXTRAS | {"time": "time(UTC)" if is_tmy else "time"})
    return [_series(content, place, table, rows, _stated_json(inputs, TMY if is_tmy else HOURLY))]


def _stated_json(inputs: Mapping[str, Any], kind: str) -> _Stated:
    where, data = inputs["location"], inputs.get("meteo_data", {})
    mounting = inputs.get("mounting_system", {})
    slope = _degrees(mounting.get("fixed", {}).get("slope", {}).get("value"))
    years = "-".join(str(data[key]) for key in ("year_min", "year_max") if key in data)
    named = (data.get("radiation_db"), data.get("meteo_db"), years)
    return _Stated(
        kind,
        (where["latitude"], where["longitude"], where.get("elevation")),
        0.0 if kind == TMY else slope,
        float(where.get("irradiance_time_offset", 0.0)),
        tuple(str(name) for name in named if name),
    )


def _series(
    content: Content, place: Place, table: Mapping[str, pd.Series], rows: RowNumbers,
    stated: _Stated,
) -> Series:  # fmt: skip
    times = _times(table["time"], rows, content.name)
    columns = {name: cells for name, cells in table.items() if name not in {"time", *_EXTRAS}}
    values = without_codes(numbers(columns, rows, content.name))
    if stated.kind == HOURLY:
        values = _from_plane(values, stated, content.name)
    for name in _EXTRAS:
        if name in table:
            values[name] = extra_numbers(table[name])
    interval = step_minutes(times, rows, content.name)
    return Series(
        on_labels(values, times, 0.0), site_of(content, place, stated.place),
        Claim("instant", interval, 0.0, 60.0 * stated.offset_hours), stated.kind,
        content.name, rows, stated.kind == TMY,
        {"stated_source": ", ".join((stated.kind, *stated.database))},
    )  # fmt: skip


def _times(cells: pd.Series, rows: RowNumbers, source: str) -> pd.DatetimeIndex:
    """Stamps as 20160101:0010, read in the form of ISO 8601, which is ten times faster."""
    text = cells.astype(str)
    iso = text.where(text.str.fullmatch(_STAMP)).str.replace(":", "T")
    times = pd.DatetimeIndex(pd.to_datetime(iso, format="ISO8601", errors="coerce"))
    check_times(times, cells, rows, source)
    return times


def _from_plane(values: pd.DataFrame, stated: _Stated, source: str) -> pd.DataFrame:
    """Horizontal irradiance from that on a plane, which must be horizontal."""
    if stated.slope != 0.0:
        plane = f"inclined by {stated.slope:g} deg" if stated.slope > 0 else "that moves"
        raise InvalidWeather(
            source,
            f"its irradiance is that on a plane {plane}",
            "Ask PVGIS for the hourly series of a fixed plane with slope 0, with its components",
        )
    ours = values[[name for name in ("temp_air", "wind_speed") if name in values]].copy()
    if {"plane_beam", "plane_sky"} <= set(values):
        ours["dhi"] = values["plane_sky"]
        ground = values.get("plane_ground", 0.0)
        ours["ghi"] = values["plane_beam"] + values["plane_sky"] + ground
    elif "plane" in values:
        ours["ghi"] = values["plane"]
    return ours
