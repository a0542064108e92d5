"""Weather files: EPW, TMY3, PVGIS TMY through pvlib, our own CSV and NetCDF."""

from __future__ import annotations

import hashlib
import io
import json
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pvlib
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import UNITS, Convention, WeatherSite, weather_dataset


@dataclass(frozen=True)
class Place:
    """Where the weather was taken, for files that do not say so: degrees and metres."""

    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None


def read_weather(path: str | Path, place: Place | None = None) -> xr.Dataset:
    """
    Read a weather file of any known format.

    Parameters
    ----------
    path : path
        .epw, .nc, .json (PVGIS TMY) or .csv (PVGIS TMY, TMY3, or columns ``time ghi dni dhi
        temp_air wind_speed`` with ISO 8601 times, start of the interval).
    place : Place, optional
        Needed for a CSV without header lines ``# latitude: ...``.

    Returns
    -------
    Dataset (site, time)
        Time in UTC; ``attrs["time_label"]`` says what a row's time means.

    Raises
    ------
    InvalidWeather
        A file that is absent, empty, of no known format, or not a year of weather.
    """
    file = Path(path)
    if not file.is_file():
        raise InvalidWeather(str(path), "no such file", "Give the path of a weather file")
    if file.stat().st_size == 0:
        raise InvalidWeather(file.name, "the file is empty", "Give a year of weather")
    reader, kind = _reader(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = reader(file, place or Place())
    except InvalidWeather:
        raise
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError) as error:
        reason = " ".join(str(error).split())[:160]
        raise InvalidWeather(
            file.name,
            f"cannot be read as {kind} ({reason})",
            "Check that the file is whole: 8760 rows, nothing cut off",
        ) from error
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return data.assign_attrs(inputs=json.dumps([{"name": file.name, "sha256": digest}]))


def _reader(file: Path) -> tuple[Callable[[Path, Place], xr.Dataset], str]:
    suffix = file.suffix.lower()
    if suffix == ".epw":
        return _read_epw, "EPW"
    if suffix in {".nc", ".nc4", ".netcdf"}:
        return _read_netcdf, "NetCDF"
    if suffix == ".json":
        return _read_pvgis_tmy, "PVGIS TMY"
    with file.open("rb") as opened:
        head = opened.read(4096).decode("latin-1")
    if head.startswith("Latitude (decimal degrees)"):
        return _read_pvgis_tmy, "PVGIS TMY"
    if "Date (MM/DD/YYYY)" in head:
        return _read_tmy3, "TMY3"
    if suffix in {".csv", ".txt"}:
        return _read_csv, "CSV with columns time, ghi, temp_air, wind_speed"
    raise InvalidWeather(
        file.name, f"unknown kind of weather file {suffix!r}", "Give .epw, .csv, .json or .nc"
    )


def _utc(frame: pd.DataFrame) -> pd.DataFrame:
    index = pd.DatetimeIndex(frame.index).tz_convert("UTC").tz_localize(None)
    columns = [name for name in UNITS if name in frame]
    return frame[columns].set_axis(index, axis=0)


def _read_epw(file: Path, place: Place) -> xr.Dataset:
    frame, meta = pvlib.iotools.read_epw(str(file))
    site = _site(file, place, (meta["latitude"], meta["longitude"], meta["altitude"]))
    mixed = frame.index.year.nunique() > 1 and len(frame) <= 8784
    convention = Convention("start", float(meta["TZ"]), mixed, first_row=9)
    return weather_dataset(_utc(frame), site, convention, {"source": file.name})


def _read_tmy3(file: Path, place: Place) -> xr.Dataset:
    frame, meta = pvlib.iotools.read_tmy3(str(file), map_variables=True)
    start = frame.index - pd.Timedelta(hours=1)  # rows are labelled by their end
    # A typical year has no 29 February: pvlib's label of its last February hour is 1 March, which
    # in a leap year lies a day too far.
    leap = (start.month == 2) & (start.day == 29)
    frame = frame.set_axis(start - pd.to_timedelta(leap.astype(int), unit="D"), axis=0)
    site = _site(file, place, (meta["latitude"], meta["longitude"], meta["altitude"]))
    convention = Convention("start", float(meta["TZ"]), typical_year=True, first_row=3)
    return weather_dataset(_utc(frame), site, convention, {"source": file.name})


def _read_pvgis_tmy(file: Path, place: Place) -> xr.Dataset:
    kind = "json" if file.suffix.lower() == ".json" else "csv"
    frame, meta = pvlib.iotools.read_pvgis_tmy(str(file), pvgis_format=kind, map_variables=True)
    stated = meta["inputs"].get("location", meta["inputs"])
    offset = stated.get("irradiance_time_offset", stated.get("irradiance time offset", 0.0))
    frame = frame.set_axis(frame.index + pd.Timedelta(hours=float(offset)).round("s"), axis=0)
    site = _site(file, place, (stated["latitude"], stated["longitude"], stated["elevation"]))
    convention = Convention("instant", 0.0, typical_year=True, first_row=18)
    return weather_dataset(_utc(frame), site, convention, {"source": file.name})


def _read_netcdf(file: Path, place: Place) -> xr.Dataset:
    del place
    with xr.open_dataset(file, engine="h5netcdf") as opened:
        data = opened.load()
    if not {"site", "time"} <= set(data.dims) or "time_label" not in data.attrs:
        raise InvalidWeather(
            file.name,
            "expected dimensions site and time and an attribute time_label",
            "Write it with the Dataset that roofpv.read_weather returns",
        )
    return data


def _read_csv(file: Path, place: Place) -> xr.Dataset:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidWeather(
            file.name, f"byte {error.start} is not utf-8", "Save the file as utf-8"
        ) from error
    comments, body = _split_header(text)
    frame = pd.read_csv(io.StringIO(body), skipinitialspace=True)
    first_row = text[: len(text) - len(body)].count("\n") + 2
    frame = _numbers(frame, file.name, first_row)
    offset, index = _times(frame, file.name, first_row)
    site = _csv_site(file, place, comments)
    convention = Convention(
        label=comments.get("time_label", "start"),
        utc_offset_hours=float(comments.get("utc_offset_hours", offset)),
        typical_year=comments.get("typical_year", "0") in {"1", "true"},
        first_row=first_row,
    )
    if convention.label not in {"start", "instant"}:
        raise InvalidWeather(
            f"{file.name}, time_label", f"{convention.label!r}", "Write start or instant"
        )
    attrs = {"source": file.name} | _stated_attrs(comments)
    return weather_dataset(frame.set_axis(index, axis=0), site, convention, attrs)


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


def _numbers(frame: pd.DataFrame, source: str, first_row: int) -> pd.DataFrame:
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
            row = int(wrong.argmax())
            raise InvalidWeather(
                f"{source}, row {row + first_row}, column {name}",
                f"{frame[name].iloc[row]!r} is no number",
                "Correct the cell, or leave it empty if the value is missing",
            )
        frame[name] = numbers
    return frame


def _times(frame: pd.DataFrame, source: str, first_row: int) -> tuple[float, pd.DatetimeIndex]:
    text = frame["time"].astype(str)
    zoned = text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True).to_numpy()
    times = pd.to_datetime(text, utc=True, format="ISO8601", errors="coerce")
    bad = ~zoned | times.isna().to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise InvalidWeather(
            f"{source}, row {row + first_row}, column time",
            f"{text.iloc[row]!r} is no ISO 8601 time with Z or an offset",
            "Write it as 2025-06-01T12:00+08:00",
        )
    found = re.search(r"([+-])(\d{2}):?(\d{2})$", text.iloc[0])
    sign = -1.0 if found and found[1] == "-" else 1.0
    offset = sign * (int(found[2]) + int(found[3]) / 60) if found else 0.0
    return offset, pd.DatetimeIndex(times).tz_localize(None)


def _csv_site(file: Path, place: Place, comments: dict[str, str]) -> WeatherSite:
    lat, lon, alt = (
        float(comments[key]) if key in comments else None
        for key in ("latitude", "longitude", "altitude")
    )
    if (place.latitude is None and lat is None) or (place.longitude is None and lon is None):
        raise InvalidWeather(
            file.name,
            "the file does not say where it was taken",
            "Give --lat, --lon and --altitude, or header lines such as # latitude: 39.03",
        )
    site = _site(file, place, (lat, lon, alt))
    name, district = comments.get("site", site.name), comments.get("district", "")
    return WeatherSite(name, site.latitude, site.longitude, site.altitude, district)


def _site(file: Path, place: Place, stated: tuple[Any, Any, Any]) -> WeatherSite:
    said = (place.latitude, place.longitude, place.altitude)
    lat, lon, alt = (
        mine if mine is not None else own for mine, own in zip(said, stated, strict=True)
    )
    return WeatherSite(file.stem, float(lat), float(lon), float(alt or 0.0))


def _stated_attrs(comments: dict[str, str]) -> dict[str, object]:
    numbers = ("ghi_uncertainty_fraction", "ghi_interannual_sd_fraction")
    attrs: dict[str, object] = {key: float(comments[key]) for key in numbers if key in comments}
    if "synthetic" in comments:
        attrs["synthetic"] = int(comments["synthetic"] in {"1", "true"})
    return attrs | {f"stated_{key}": comments[key] for key in ("source", "note") if key in comments}
