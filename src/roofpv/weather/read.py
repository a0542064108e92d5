"""Weather files: EPW, TMY3, PVGIS TMY through pvlib, our own CSV and NetCDF."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pvlib
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import (
    UNITS,
    Convention,
    WeatherSite,
    combine_sites,
    weather_dataset,
)
from roofpv.weather.locate import locate_fault
from roofpv.weather.table import Place, read_table, site_of

# EnergyPlus, Auxiliary Programs, "EPW data dictionary"; the codes of irradiance are general.
_EPW_MISSING = {"temp_air": 99.9, "wind_speed": 999.0}
_RECOMPUTED = {
    "time_label",
    "interval_minutes",
    "utc_offset_hours",
    "typical_year",
    "inputs",
    "source",
}
_NETCDF_NEEDS = (
    "site",
    "time",
    "latitude",
    "longitude",
    "altitude",
    "temp_air",
    "wind_speed",
    "time_label",
    "interval_minutes",
    "utc_offset_hours",
    "typical_year",
)


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
        locate_fault(file, kind)
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
        return read_table, "CSV with columns time, ghi, temp_air, wind_speed"
    raise InvalidWeather(
        file.name, f"unknown kind of weather file {suffix!r}", "Give .epw, .csv, .json or .nc"
    )


def _utc(frame: pd.DataFrame) -> pd.DataFrame:
    index = pd.DatetimeIndex(frame.index).tz_convert("UTC").tz_localize(None)
    columns = [name for name in UNITS if name in frame]
    return frame[columns].set_axis(index, axis=0)


def _read_epw(file: Path, place: Place) -> xr.Dataset:
    frame, meta = pvlib.iotools.read_epw(str(file.resolve()))
    for name, code in _EPW_MISSING.items():
        frame[name] = frame[name].where(frame[name] < code)
    site = site_of(file, place, (meta["latitude"], meta["longitude"], meta["altitude"]))
    mixed = frame.index.year.nunique() > 1 and len(frame) <= 8784
    convention = Convention("start", float(meta["TZ"]), mixed, first_row=9)
    return weather_dataset(_utc(frame), site, convention, {"source": file.name})


def _read_tmy3(file: Path, place: Place) -> xr.Dataset:
    frame, meta = pvlib.iotools.read_tmy3(str(file.resolve()), map_variables=True)
    start = frame.index - pd.Timedelta(hours=1)  # rows are labelled by their end
    # A typical year has no 29 February: pvlib's label of its last February hour is 1 March, which
    # in a leap year lies a day too far.
    leap = (start.month == 2) & (start.day == 29)
    frame = frame.set_axis(start - pd.to_timedelta(leap.astype(int), unit="D"), axis=0)
    site = site_of(file, place, (meta["latitude"], meta["longitude"], meta["altitude"]))
    convention = Convention("start", float(meta["TZ"]), typical_year=True, first_row=3)
    return weather_dataset(_utc(frame), site, convention, {"source": file.name})


def _read_pvgis_tmy(file: Path, place: Place) -> xr.Dataset:
    kind = "json" if file.suffix.lower() == ".json" else "csv"
    frame, meta = pvlib.iotools.read_pvgis_tmy(
        str(file.resolve()), pvgis_format=kind, map_variables=True
    )
    stated = meta["inputs"].get("location", meta["inputs"])
    offset = stated.get("irradiance_time_offset", stated.get("irradiance time offset", 0.0))
    frame = frame.set_axis(frame.index + pd.Timedelta(hours=float(offset)).round("s"), axis=0)
    site = site_of(file, place, (stated["latitude"], stated["longitude"], stated["elevation"]))
    convention = Convention("instant", 0.0, typical_year=True, first_row=19)
    return weather_dataset(_utc(frame), site, convention, {"source": file.name})


def _read_netcdf(file: Path, place: Place) -> xr.Dataset:
    del place
    with xr.open_dataset(file, engine="h5netcdf") as opened:
        data = opened.load()
    stated = {*map(str, data.dims), *map(str, data.variables), *map(str, data.attrs)}
    irradiance = ["ghi"] if "ghi" in stated or not {"dni", "dhi"} <= stated else []
    missing = [name for name in (*_NETCDF_NEEDS, *irradiance) if name not in stated]
    if missing:
        raise InvalidWeather(
            file.name,
            f"it has no {missing[0]}; expected dimensions site and time, and {_NETCDF_NEEDS}",
            "Write it with the Dataset that roofpv.read_weather returns",
        )
    parts = [_checked_site(data.isel(site=[i]), file.name) for i in range(data.sizes["site"])]
    return combine_sites(parts) if len(parts) > 1 else parts[0]


def _checked_site(data: xr.Dataset, source: str) -> xr.Dataset:
    """One site of a NetCDF, checked as any other file."""
    attrs = data.attrs
    columns = {name: data[name].to_numpy()[0] for name in UNITS if name in data}
    frame = pd.DataFrame(columns, index=pd.DatetimeIndex(data["time"].to_numpy()))
    lat, lon, alt = (float(data[name].item()) for name in ("latitude", "longitude", "altitude"))
    district = str(data["district"].item()) if "district" in data else ""
    site = WeatherSite(str(data["site"].item()), lat, lon, alt, district)
    offset, typical = float(attrs["utc_offset_hours"]), bool(int(attrs["typical_year"]))
    convention = Convention(str(attrs["time_label"]), offset, typical)
    kept = {key: value for key, value in attrs.items() if key not in _RECOMPUTED}
    checked = weather_dataset(frame, site, convention, kept | {"source": source})
    if str(attrs["interval_minutes"]) != str(checked.attrs["interval_minutes"]):
        raise InvalidWeather(
            f"{source}, interval_minutes",
            f"{attrs['interval_minutes']!r}, but rows are {checked.attrs['interval_minutes']} "
            "minutes apart",
            "Correct the attribute",
        )
    return checked
