"""The weather Dataset (site, time): how it is built, and what it must satisfy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.errors import InvalidWeather

UNITS = {"ghi": "W/m2", "dni": "W/m2", "dhi": "W/m2", "temp_air": "degC", "wind_speed": "m/s"}
LABELS = ("start", "instant")
IRRADIANCES = ("ghi", "dni", "dhi")
# Believable bounds: irradiance above any enhanced ground value, temperature and wind of the Earth.
_BOUNDS = {
    "ghi": (-20.0, 1800.0),
    "dni": (-20.0, 1400.0),
    "dhi": (-20.0, 1400.0),
    "temp_air": (-90.0, 65.0),
    "wind_speed": (0.0, 115.0),
}
_MISSING_BELOW, _MISSING_ABOVE = -900.0, 9000.0
_SHARED = ("time_label", "interval_minutes", "utc_offset_hours", "typical_year")
_YEAR_MINUTES = 365 * 24 * 60
_INTERVALS = (5, 10, 15, 20, 30, 60)


@dataclass(frozen=True)
class WeatherSite:
    """A place with weather: degrees, and metres above the sea."""

    name: str
    latitude: float
    longitude: float
    altitude: float
    district: str = ""


@dataclass(frozen=True)
class Convention:
    """
    What a row's time label means and where the first row stands in its file.

    ``label`` is "start" (of an interval; the sun is taken at its middle) or "instant" (the sun is
    taken there). ``utc_offset_hours`` is the clock by which the file's months are counted.
    ``rows`` are the rows' numbers in the file, where they do not follow on ``first_row``.
    """

    label: str = "start"
    utc_offset_hours: float = 0.0
    typical_year: bool = False
    first_row: int = 1
    rows: tuple[int, ...] = ()

    def row(self, number: int) -> int:
        """Row in the file of the given row of the table."""
        return self.rows[number] if self.rows else self.first_row + number


def weather_dataset(
    frame: pd.DataFrame, site: WeatherSite, convention: Convention, attrs: Mapping[str, object]
) -> xr.Dataset:
    """
    Check a table of weather and label it.

    Parameters
    ----------
    frame : DataFrame (time,)
        Index in UTC without zone; columns ``ghi`` [W/m2] (or ``dni`` and ``dhi``), ``temp_air``
        [degC], ``wind_speed`` [m/s], and ``dni``, ``dhi`` [W/m2] where known.
    site : WeatherSite
        Its place. [deg, m]
    convention : Convention
        What a row's label means.
    attrs : mapping
        ``source`` (the file's name) and whatever else is known of the data.

    Returns
    -------
    Dataset (site, time)

    Raises
    ------
    InvalidWeather
        A missing column or hour, a repeated time, a value that no weather has.
    """
    source = str(attrs["source"])
    if convention.label not in LABELS:
        raise InvalidWeather(
            f"{source}, time_label", f"{convention.label!r}", f"Write {' or '.join(LABELS)}"
        )
    _check_columns(frame, source)
    _check_place(site, source)
    interval = check_times(pd.DatetimeIndex(frame.index), convention, source)
    clean = _clean_values(frame, convention, source)
    data = {
        name: (("site", "time"), clean[[name]].to_numpy(dtype=float).T, {"units": unit})
        for name, unit in UNITS.items()
        if name in clean
    }
    coords = {
        "site": ("site", np.array([site.name], dtype=object)),
        "time": ("time", pd.DatetimeIndex(clean.index).as_unit("ns")),
        "latitude": ("site", [site.latitude]),
        "longitude": ("site", [site.longitude]),
        "altitude": ("site", [site.altitude]),
        "district": ("site", np.array([site.district], dtype=object)),
    }
    described = {
        "time_label": convention.label,
        "interval_minutes": interval,
        "utc_offset_hours": convention.utc_offset_hours,
        "typical_year": int(convention.typical_year),
        "synthetic": 0,
    }
    return xr.Dataset(data, coords, {**described, **attrs})


def combine_sites(datasets: list[xr.Dataset]) -> xr.Dataset:
    """
    Several sites in one Dataset.

    Raises
    ------
    InvalidWeather
        Sites whose rows do not stand for the same times.
    """
    first = datasets[0]
    for other in datasets[1:]:
        same = all(other.attrs[key] == first.attrs[key] for key in _SHARED)
        if not same or not first.indexes["time"].equals(other.indexes["time"]):
            raise InvalidWeather(
                str(other.attrs["source"]),
                f"its times differ from those of {first.attrs['source']}",
                "Give sites with the same hours, or assess them one by one",
            )
    joined = xr.concat(
        datasets, "site", combine_attrs="override", join="exact", data_vars="minimal",
        coords="minimal", compat="equals",
    )  # fmt: skip
    joined.attrs["source"] = "; ".join(str(part.attrs["source"]) for part in datasets)
    inputs = [entry for part in datasets for entry in json.loads(part.attrs.get("inputs", "[]"))]
    joined.attrs["inputs"] = json.dumps(inputs)
    for key in ("ghi_uncertainty_fraction", "ghi_interannual_sd_fraction"):
        stated = [float(part.attrs[key]) for part in datasets if key in part.attrs]
        joined.attrs.pop(key, None)
        if len(stated) == len(datasets):
            joined.attrs[key] = max(stated)
    joined.attrs["synthetic"] = max(int(part.attrs["synthetic"]) for part in datasets)
    return joined


def _check_columns(frame: pd.DataFrame, source: str) -> None:
    needed = [name for name in ("temp_air", "wind_speed") if name not in frame]
    if "ghi" not in frame and not {"dni", "dhi"} <= set(frame):
        needed.insert(0, "ghi")
    if needed:
        raise InvalidWeather(
            f"{source}, column {needed[0]}",
            f"missing; found {', '.join(map(str, frame.columns)) or 'no columns'}",
            "The columns needed are time, ghi (or dni and dhi), temp_air and wind_speed",
        )
    if len(frame) < 2:
        raise InvalidWeather(source, f"{len(frame)} rows of weather", "Give a full year")


def _check_place(site: WeatherSite, source: str) -> None:
    lat, lon = site.latitude, site.longitude
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise InvalidWeather(
            source,
            f"latitude {lat:g}, longitude {lon:g} is no place on Earth",
            "Give --lat and --lon in degrees",
        )
    if not -500 <= site.altitude <= 9000:
        raise InvalidWeather(
            source,
            f"altitude {site.altitude:g} m is no place on Earth",
            "Give --altitude in metres",
        )


def _interval_minutes(times: pd.DatetimeIndex, source: str) -> int:
    steps = np.diff(times.to_numpy()).astype("timedelta64[s]").astype(float) / 60.0
    interval = float(np.median(steps))
    if interval not in _INTERVALS:
        raise InvalidWeather(
            f"{source}, column time",
            f"rows are {interval:g} minutes apart, expected one of {_INTERVALS}",
            "Give hourly or finer data",
        )
    return int(interval)


def check_times(times: pd.DatetimeIndex, convention: Convention, source: str) -> int:
    """
    Make sure that the rows of a file stand for a full year without a gap.

    Returns
    -------
    int
        Minutes between rows.

    Raises
    ------
    InvalidWeather
        An unreadable, repeated or missing time, an odd interval, less than a year.
    """
    unread = times.isna()
    if unread.any():
        raise InvalidWeather(
            f"{source}, row {convention.row(int(np.argmax(unread)))}, column time",
            "no time can be read there",
            "Check that the file is whole",
        )
    repeated = times.duplicated()
    if repeated.any():
        row = int(np.argmax(repeated))
        raise InvalidWeather(
            f"{source}, row {convention.row(row)}, column time",
            f"{times[row]} UTC stands twice",
            "Remove the repeated row",
        )
    interval = _interval_minutes(times, source)
    late = _steps(times, convention) - interval
    if np.any(late != 0):
        row = int(np.argmax(late != 0)) + 1
        raise _gap_error(times, row, float(late[row - 1]) / interval, convention, source)
    _check_length(times, interval, convention, source)
    return interval


def _check_length(
    times: pd.DatetimeIndex, interval: int, convention: Convention, source: str
) -> None:
    end = times[-1] + pd.Timedelta(minutes=interval)
    if convention.typical_year:
        missing = float(_YEAR_MINUTES - len(times) * interval)
    else:
        offset = pd.Timedelta(hours=convention.utc_offset_hours)
        start, years = times[0] + offset, 1
        while start + pd.DateOffset(years=years) < end + offset:
            years += 1
        missing = (start + pd.DateOffset(years=years) - end - offset) / pd.Timedelta(minutes=1)
    if missing > 0:
        raise InvalidWeather(
            f"{source}, row {convention.row(len(times) - 1)}",
            f"the file ends {missing / 60:g} hours short of a year",
            "Give full years, or fill the missing hours from their source",
        )


def _steps(times: pd.DatetimeIndex, convention: Convention) -> np.ndarray:
    """Minutes from row to row; a typical year goes by its calendar, for its years are mixed."""
    if not convention.typical_year:
        return np.diff(times.to_numpy()).astype("timedelta64[s]").astype(float) / 60.0
    local = times + pd.Timedelta(hours=convention.utc_offset_hours)
    ordinary = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
    days = ordinary[local.month.to_numpy() - 1] + local.day.to_numpy() - 1
    minutes = (days * 24 + local.hour.to_numpy()) * 60 + local.minute.to_numpy()
    steps = np.diff(minutes).astype(float)
    return np.where(steps < -_YEAR_MINUTES / 2, steps + _YEAR_MINUTES, steps)


def _gap_error(
    index: pd.DatetimeIndex, row: int, missing: float, convention: Convention, source: str
) -> InvalidWeather:
    offset = pd.Timedelta(hours=convention.utc_offset_hours)
    before, after = (f"{index[i] + offset:%m-%d %H:%M}" for i in (row - 1, row))
    said = f"{missing:g} rows are missing" if missing > 0 else "time runs backwards"
    return InvalidWeather(
        f"{source}, row {convention.row(row)}, column time",
        f"{said} between {before} and {after}",
        "Fill the missing hours from their source, or give another file",
    )


def _clean_values(frame: pd.DataFrame, convention: Convention, source: str) -> pd.DataFrame:
    clean = frame[[name for name in UNITS if name in frame]].astype(float)
    clean = clean.mask((clean <= _MISSING_BELOW) | (clean >= _MISSING_ABOVE))
    for name in clean:
        low, high = _BOUNDS[str(name)]
        bad = ((clean[name] < low) | (clean[name] > high)).to_numpy()
        if bad.any():
            row = int(np.argmax(bad))
            raise InvalidWeather(
                f"{source}, row {convention.row(row)}, column {name}",
                f"{clean[name].iloc[row]:g} {UNITS[str(name)]} is outside {low:g} to {high:g}",
                "Check the unit and the code for missing values",
            )
    present = [name for name in IRRADIANCES if name in clean]
    # The offset of a thermopile at night: below zero by a little, never light.
    clean[present] = clean[present].clip(lower=0.0)
    return clean
