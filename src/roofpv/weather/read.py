"""Weather from a file: read, held against the sun, checked, with short gaps filled."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.examine import Examined, examine
from roofpv.weather.formats import read_series
from roofpv.weather.series import Clock, Columns, Place
from roofpv.weather.sites import combine_sites


def read_weather(
    path: str | Path,
    place: Place | None = None,
    clock: Clock | None = None,
    columns: Columns | None = None,
) -> xr.Dataset:
    """
    Read a weather file of any known format, and make sure that it can be trusted.

    Parameters
    ----------
    path : path
        EPW, TMY2, TMY3, PVGIS (typical year or hourly; csv, json, epw), NSRDB, NASA POWER, a CSV
        with columns ``time ghi dni dhi temp_air wind_speed``, or a NetCDF of ours.
    place : Place, optional
        Needed for a CSV without header lines ``# latitude: ...``.
    clock : Clock, optional
        What is known of its clock better than the file says.
    columns : Columns, optional
        How a CSV calls its columns, and their units.

    Returns
    -------
    Dataset (site, time)
        Whole years; time in UTC, ``sun_time`` where the sun is taken; ``attrs["warnings"]`` lists
        what was found, removed and filled.

    Raises
    ------
    InvalidWeather
        A file that cannot be read, whose clock is more than 30 minutes off the sun, or that is not
        a year of believable weather.
    """
    series = read_series(Path(path), place or Place(), columns or Columns())
    parts = [_accepted(examine(one, clock)) for one in series]
    data = combine_sites(parts) if len(parts) > 1 else parts[0]
    file = Path(path)
    return data.assign_attrs(source=file.name, inputs=json.dumps([weather_input(file)]))


def _accepted(found: Examined) -> xr.Dataset:
    """Dataset of an examined series; all else is let go, for many sites fill the memory."""
    for problem in found.refusals:
        raise problem.error()
    if found.data is None:
        raise InvalidWeather(found.series.source, "nothing came of it", "Give another file")
    return found.data


def examine_weather(
    path: str | Path,
    place: Place | None = None,
    clock: Clock | None = None,
    columns: Columns | None = None,
) -> list[Examined]:
    """
    Examine every site of a weather file; as ``read_weather``, but faults of the data are listed.

    Raises
    ------
    InvalidWeather
        A file that cannot be read at all.
    """
    series = read_series(Path(path), place or Place(), columns or Columns())
    return [examine(one, clock) for one in series]


def weather_input(file: Path) -> dict[str, str]:
    """Name and sha256 of a weather file."""
    return {"name": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
