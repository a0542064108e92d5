"""The weather Dataset (site, time): how one site of it is built, and what it must satisfy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.times import Rows, check_whole_years, holes, regular

UNITS = {"ghi": "W/m2", "dni": "W/m2", "dhi": "W/m2", "temp_air": "degC", "wind_speed": "m/s"}
# What only some models of dust, snow and spectrum need; taken as it stands, never filled.
EXTRAS = {
    "precipitation_mm": "mm", "snowfall_cm": "cm", "snow_depth_cm": "cm", "relative_humidity": "%",
    "precipitable_water_cm": "cm",
}  # fmt: skip
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
MISSING_BELOW, MISSING_ABOVE = -900.0, 9000.0
_EXTRA_MISSING = 999.0
# Relative standard deviations that a file may state, of its long-term mean and from year to year.
SPREADS = ("ghi_uncertainty_fraction", "ghi_interannual_sd_fraction")


@dataclass(frozen=True)
class WeatherSite:
    """
    A place with weather: degrees, and metres above the sea.

    ``altitude_stated`` is false where nobody said the altitude and it is an assumption.
    """

    name: str
    latitude: float
    longitude: float
    altitude: float
    district: str = ""
    altitude_stated: bool = True


@dataclass(frozen=True, eq=False)
class Convention:
    """
    What a row's time label means and where the rows stand in their file.

    ``label`` is "start" (of an interval; the sun is taken at its middle) or "instant" (the sun is
    taken ``sun_minutes`` after it). ``utc_offset_hours`` is the clock by which the file's months
    are counted. ``rows`` are the rows' numbers in the file, where they do not follow on
    ``first_row``.
    """

    label: str = "start"
    utc_offset_hours: float = 0.0
    typical_year: bool = False
    sun_minutes: float = 0.0
    first_row: int = 1
    rows: Sequence[int] | npt.NDArray[np.int64] = ()

    def rows_of(self, times: pd.DatetimeIndex, source: str) -> Rows:
        """Rows with their times and their numbers in the file."""
        numbers = np.arange(times.size) + self.first_row
        if len(self.rows):
            numbers = np.asarray(self.rows, dtype=np.int64)
        return Rows(times, numbers, source, self.utc_offset_hours, self.typical_year)


def weather_dataset(
    frame: pd.DataFrame, site: WeatherSite, convention: Convention, attrs: Mapping[str, object]
) -> xr.Dataset:
    """
    Check a table of weather and label it.

    Parameters
    ----------
    frame : DataFrame (time,)
        Index in UTC without zone; columns ``ghi`` [W/m2] (or ``dni`` and ``dhi``), ``temp_air``
        [degC], and ``dni``, ``dhi`` [W/m2], ``wind_speed`` [m/s] where known.
    site : WeatherSite
        Its place. [deg, m]
    convention : Convention
        What a row's label means.
    attrs : mapping
        ``source`` (the file's name) and whatever else is known of the data.

    Returns
    -------
    Dataset (site, time)
        With the coordinates ``latitude longitude altitude district``, ``temp_air_altitude`` (the
        height of its air, NaN where the altitude is not stated but assumed), what is known of the
        spread of its annual irradiation by site, and ``sun_time`` (site, time), the moment in UTC
        at which the sun is taken for each row.

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
    check_columns(frame, source)
    check_place(site, source)
    times = pd.DatetimeIndex(frame.index).as_unit("ns")
    interval = _whole_interval(convention.rows_of(times, source))
    clean = _clean_values(frame, convention, source)
    data = {
        name: (("site", "time"), clean[[name]].to_numpy(dtype=float).T, {"units": unit})
        for name, unit in UNITS.items()
        if name in clean
    }
    after = interval / 2.0 if convention.label == "start" else convention.sun_minutes
    sun_time = times + pd.to_timedelta(after, unit="min").round("s")
    others = {key: value for key, value in attrs.items() if key not in SPREADS}
    coords = {
        "site": ("site", np.array([site.name], dtype=object)),
        "time": ("time", times),
        "sun_time": (("site", "time"), sun_time.to_numpy()[None, :]),
        "latitude": ("site", [site.latitude]),
        "longitude": ("site", [site.longitude]),
        "altitude": ("site", [site.altitude]),
        "temp_air_altitude": ("site", [site.altitude if site.altitude_stated else np.nan]),
        "district": ("site", np.array([site.district], dtype=object)),
        **{key: ("site", [float(str(attrs.get(key, "nan")))]) for key in SPREADS},
    }
    described = {
        "time_label": convention.label,
        "interval_minutes": interval,
        "utc_offset_hours": convention.utc_offset_hours,
        "typical_year": int(convention.typical_year),
        "synthetic": 0,
    }
    return xr.Dataset(data, coords, {**described, **others})


def with_extras(data: xr.Dataset, extras: pd.DataFrame) -> xr.Dataset:
    """
    Weather with its further columns, as far as they say anything.

    Parameters
    ----------
    data : Dataset (site, time)
        Of one site.
    extras : DataFrame (time,)
        Any of ``EXTRAS``, on the same rows; below 0 and codes of missing values become NaN.
    """
    found = {}
    for name, unit in EXTRAS.items():
        if name not in extras:
            continue
        values = extras[name].to_numpy(dtype=float)
        values = np.where((values < 0.0) | (values >= _EXTRA_MISSING), np.nan, values)
        # Nothing but zeros is how many files write that they do not know.
        if (values > 0.0).any():
            found[name] = (("site", "time"), values[None, :], {"units": unit})
    return data.assign(found)


def _whole_interval(rows: Rows) -> int:
    even = regular(rows)
    for hole in holes(rows, even):
        raise InvalidWeather(
            rows.where(hole.row),
            hole.said,
            "Fill the missing hours from their source, or give another file",
        )
    check_whole_years(rows, even.interval_minutes)
    return even.interval_minutes


def check_columns(frame: pd.DataFrame, source: str) -> None:
    """
    Make sure that a table has what no weather can do without.

    Raises
    ------
    InvalidWeather
        It has no irradiance or no air temperature.
    """
    needed = [] if "temp_air" in frame else ["temp_air"]
    if "ghi" not in frame and not {"dni", "dhi"} <= set(frame):
        needed.insert(0, "ghi")
    if needed:
        raise InvalidWeather(
            f"{source}, column {needed[0]}",
            f"missing; found {', '.join(map(str, frame.columns)) or 'no columns'}",
            "The columns needed are time, ghi (or dni and dhi), and temp_air",
        )


def check_place(site: WeatherSite, source: str) -> None:
    """
    Make sure that a site lies on Earth.

    Raises
    ------
    InvalidWeather
        It does not.
    """
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


def _clean_values(frame: pd.DataFrame, convention: Convention, source: str) -> pd.DataFrame:
    clean = frame[[name for name in UNITS if name in frame]].astype(float)
    clean = clean.mask((clean <= MISSING_BELOW) | (clean >= MISSING_ABOVE))
    numbers = convention.rows_of(pd.DatetimeIndex(frame.index), source).numbers
    for name in clean:
        low, high = _BOUNDS[str(name)]
        bad = ((clean[name] < low) | (clean[name] > high)).to_numpy()
        if bad.any():
            row = int(np.argmax(bad))
            raise InvalidWeather(
                f"{source}, row {numbers[row]}, column {name}",
                f"{clean[name].iloc[row]:g} {UNITS[str(name)]} is outside {low:g} to {high:g}",
                "Check the unit and the code for missing values",
            )
    present = [name for name in IRRADIANCES if name in clean]
    # The offset of a thermopile at night: below zero by a little, never light.
    clean[present] = clean[present].clip(lower=0.0)
    return clean
