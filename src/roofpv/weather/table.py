"""Our own weather CSV: ``time,ghi,dni,dhi,temp_air,wind_speed``, its place in header lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from roofpv.delimited import read_delimited
from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import UNITS, Convention, WeatherSite, weather_dataset

# Numbers that header lines may state, with their bounds.
_HEADER_NUMBERS = {
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 180.0),
    "altitude": (-500.0, 9000.0),
    "utc_offset_hours": (-14.0, 14.0),
    "ghi_uncertainty_fraction": (0.0, 1.0),
    "ghi_interannual_sd_fraction": (0.0, 1.0),
}


@dataclass(frozen=True)
class Place:
    """Where the weather was taken, for files that do not say so: degrees and metres."""

    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None


def read_table(file: Path, place: Place) -> xr.Dataset:
    """
    Read a CSV of ours.

    Raises
    ------
    InvalidWeather
        A cell or header line that cannot be understood, or no place.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidWeather(
            file.name, f"byte {error.start} is not utf-8", "Save the file as utf-8"
        ) from error
    comments, body = _split_header(text)
    numbers = _header_numbers(comments, file.name)
    frame, lines = read_delimited(body)
    before = text[: len(text) - len(body)].count("\n")
    rows = tuple(int(line) + before for line in lines)
    frame = _numbers(frame, file.name, rows)
    offset, index = _times(frame, file.name, rows)
    convention = Convention(
        label=comments.get("time_label", "start"),
        utc_offset_hours=numbers.get("utc_offset_hours", offset),
        typical_year=comments.get("typical_year", "0") in {"1", "true"},
        rows=rows,
    )
    site = _named_site(file, place, comments, numbers)
    attrs = {"source": file.name} | _stated_attrs(comments, numbers)
    return weather_dataset(frame.set_axis(index, axis=0), site, convention, attrs)


def site_of(file: Path, place: Place, stated: tuple[Any, Any, Any]) -> WeatherSite:
    """Site named after the file; the user's word on its place comes before the file's."""
    said = (place.latitude, place.longitude, place.altitude)
    lat, lon, alt = (
        mine if mine is not None else own for mine, own in zip(said, stated, strict=True)
    )
    return WeatherSite(file.stem, float(lat), float(lon), float(alt or 0.0))


def _split_header(text: str) -> tuple[dict[str, str], str]:
    comments: dict[str, str] = {}
    position = 0
    for line in text.splitlines(keepends=True):
        if not line.startswith("#"):
            break
        key, _, value = line[1:].partition(":")
        comments[key.strip().lower()] = value.strip()
        position += len(line)
    return comments, text[position:]


def _header_numbers(comments: dict[str, str], source: str) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for key, (low, high) in _HEADER_NUMBERS.items():
        if key not in comments:
            continue
        try:
            numbers[key] = float(comments[key])
        except ValueError:
            numbers[key] = float("nan")
        if not low <= numbers[key] <= high:
            raise InvalidWeather(
                f"{source}, header line {key}",
                f"{comments[key]!r} is no number from {low:g} to {high:g}",
                "Correct the line, or leave it out",
            )
    return numbers


def _numbers(frame: pd.DataFrame, source: str, rows: tuple[int, ...]) -> pd.DataFrame:
    if "time" not in frame:
        raise InvalidWeather(
            f"{source}, column time",
            f"missing; found {', '.join(map(str, frame.columns))}",
            "The columns needed are time, ghi (or dni and dhi), temp_air and wind_speed",
        )
    frame = frame.copy()
    for name in frame.columns.intersection(list(UNITS)):
        numbers = pd.to_numeric(frame[name], errors="coerce")
        wrong = (numbers.isna() & frame[name].notna()).to_numpy()
        if wrong.any():
            first = int(wrong.argmax())
            raise InvalidWeather(
                f"{source}, row {rows[first]}, column {name}",
                f"{frame[name].iloc[first]!r} is no number",
                "Correct the cell, or leave it empty if the value is missing",
            )
        frame[name] = numbers
    return frame


def _times(
    frame: pd.DataFrame, source: str, rows: tuple[int, ...]
) -> tuple[float, pd.DatetimeIndex]:
    """Offset of the first row from UTC [h], and the times in UTC."""
    text = frame["time"].fillna("").astype(str)
    zoned = text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True).to_numpy()
    times = pd.to_datetime(text, utc=True, format="ISO8601", errors="coerce")
    bad = ~zoned | times.isna().to_numpy()
    if bad.any():
        first = int(bad.argmax())
        raise InvalidWeather(
            f"{source}, row {rows[first]}, column time",
            f"{text.iloc[first]!r} is no ISO 8601 time with Z or an offset",
            "Write it as 2025-06-01T12:00+08:00",
        )
    found = re.search(r"([+-])(\d{2}):?(\d{2})$", text.iloc[0]) if len(text) else None
    sign = -1.0 if found and found[1] == "-" else 1.0
    offset = sign * (int(found[2]) + int(found[3]) / 60) if found else 0.0
    return offset, pd.DatetimeIndex(times).tz_localize(None)


def _named_site(
    file: Path, place: Place, comments: dict[str, str], numbers: dict[str, float]
) -> WeatherSite:
    lat, lon, alt = (numbers.get(key) for key in ("latitude", "longitude", "altitude"))
    if (place.latitude is None and lat is None) or (place.longitude is None and lon is None):
        raise InvalidWeather(
            file.name,
            "the file does not say where it was taken",
            "Give --lat, --lon and --altitude, or header lines such as # latitude: 39.03",
        )
    site = site_of(file, place, (lat, lon, alt))
    name, district = comments.get("site", site.name), comments.get("district", "")
    return WeatherSite(name, site.latitude, site.longitude, site.altitude, district)


def _stated_attrs(comments: dict[str, str], numbers: dict[str, float]) -> dict[str, object]:
    errors = ("ghi_uncertainty_fraction", "ghi_interannual_sd_fraction")
    attrs: dict[str, object] = {key: numbers[key] for key in errors if key in numbers}
    if "synthetic" in comments:
        attrs["synthetic"] = int(comments["synthetic"] in {"1", "true"})
    return attrs | {f"stated_{key}": comments[key] for key in ("source", "note") if key in comments}
