"""Weather files of ours: CSV for one site, NetCDF for any number of sites and years."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import EXTRAS, SPREADS, UNITS

_PLACE = ("site", "district", "latitude", "longitude", "altitude")
_CONVENTION = ("utc_offset_hours", "time_label", "interval_minutes", "typical_year", "synthetic")
_LISTS = ("inputs", "warnings")
_EPOCH = "seconds since 1970-01-01"


def write_weather(data: xr.Dataset, path: Path) -> None:
    """
    Write weather to a file that ``read_weather`` reads as the same; nothing half-written stays.

    Numbers are kept to the last digit: a CSV has the shortest text that stands for each, a NetCDF
    has float64, compressed without loss.

    Parameters
    ----------
    data : Dataset (site, time)
        As ``read_weather`` or ``synthesize`` return it. [W/m2, °C, m/s]
    path : Path
        ``.csv`` for one site or ``.nc`` for any number. What stood there is replaced.

    Raises
    ------
    InvalidWeather
        Another suffix, several sites or a sun of its own for a CSV, a folder that cannot be
        written.
    """
    check_name(path, data.sizes["site"])
    if path.suffix.lower() == ".csv":
        _check_sun(data, path)
        write_text(path, weather_csv(data))
    else:
        write_whole(path, lambda part: _write_netcdf(data, part))


def write_whole(
    path: Path, write: Callable[[Path], None], mend: str = "Choose another folder"
) -> None:
    """
    Write a file beside its name, wait for the disk, and only then give it the name.

    Parameters
    ----------
    path : Path
        Its folder is made. What stood there stays until the new file is whole.
    write : callable
        Writes to the path it is given.
    mend : str
        What to do where it cannot be written.

    Raises
    ------
    InvalidWeather
        The file cannot be written.
    """
    part = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(path)
    except OSError as error:
        raise InvalidWeather(
            str(path), f"cannot be written ({error.strerror or error})", mend
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_text(path: Path, text: str, mend: str = "Choose another folder") -> None:
    """Write text with ``write_whole``: UTF-8, lines ended by a line feed alone."""
    write_whole(path, lambda part: _write_text(text, part), mend)


def check_name(path: Path, sites: int) -> None:
    """
    Make sure that a file of this name can hold so many sites.

    Raises
    ------
    InvalidWeather
        A suffix that is neither .csv nor .nc, or several sites for a CSV.
    """
    suffix = path.suffix.lower()
    if suffix not in {".csv", ".nc"}:
        raise InvalidWeather(
            str(path),
            f"no weather is written as {suffix or 'a file without suffix'!r}",
            "Give a name that ends in .csv (one site) or .nc",
        )
    if suffix == ".csv" and sites != 1:
        raise InvalidWeather(
            str(path),
            f"{sites} sites do not go into one CSV",
            "Give a name that ends in .nc, or write the sites one by one",
        )


def weather_csv(data: xr.Dataset, decimals: int | None = None) -> str:
    """
    One site's weather as text: header lines ``# key: value``, then one row an interval.

    Parameters
    ----------
    data : Dataset (site, time)
        One site. [W/m2, °C, m/s]
    decimals : int, optional
        Digits after the point; without it as many as bring every number back.

    Returns
    -------
    str
        Times by the file's clock with their offset from UTC. What is missing is an empty cell.
    """
    site = data.isel(site=0)
    names = [name for name in (*UNITS, *EXTRAS) if name in site]
    columns = [_cells(site[name].to_numpy(), decimals) for name in names]
    lines = [f"# {key}: {' '.join(str(value).split())}" for key, value in _header(site)]
    lines.append(",".join(("time", *names)))
    lines += map(",".join, zip(_local_times(site), *columns, strict=True))
    return "\n".join(lines) + "\n"


def _header(site: xr.Dataset) -> Iterator[tuple[str, object]]:
    """What a header states; what is not known has no line."""
    attrs = site.attrs
    yield from ((key, site[key].item()) for key in _PLACE if key in site.coords)
    yield from ((key, attrs[key]) for key in _CONVENTION)
    yield "source", attrs.get("stated_source", attrs["source"])
    for key in SPREADS:
        if key in site.coords and np.isfinite(site[key].item()):
            yield key, site[key].item()
    if "stated_note" in attrs:
        yield "note", attrs["stated_note"]
    yield from ((key, attrs[key]) for key in _LISTS if json.loads(str(attrs.get(key, "[]"))))


def _cells(values: npt.NDArray[np.float64], decimals: int | None) -> list[str]:
    numbers = np.asarray(values, dtype=np.float64)
    if decimals is not None:
        numbers = np.round(numbers, decimals)
    numbers = numbers + 0.0  # the sum with zero turns -0.0 into 0.0
    if decimals is None:
        return ["" if number != number else repr(number) for number in numbers.tolist()]  # noqa: PLR0124
    return ["" if number != number else f"{number:.{decimals}f}" for number in numbers.tolist()]  # noqa: PLR0124


def _local_times(site: xr.Dataset) -> list[str]:
    hours = float(site.attrs["utc_offset_hours"])
    times = pd.DatetimeIndex(site["time"].to_numpy()) + pd.Timedelta(hours=hours)
    minutes = round(abs(hours) * 60)
    zone = f"{'-' if hours < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    whole = bool((times == times.floor("min")).all())
    return list(times.strftime(f"%Y-%m-%dT%H:%M{'' if whole else ':%S'}{zone}"))


def _check_sun(data: xr.Dataset, path: Path) -> None:
    if "sun_time" not in data.coords:
        return
    half = data.attrs["interval_minutes"] / 2 if data.attrs["time_label"] == "start" else 0.0
    stated = data["time"].to_numpy() + pd.Timedelta(minutes=half).to_timedelta64()
    if not np.array_equal(data["sun_time"].to_numpy()[0], stated):
        raise InvalidWeather(
            str(path),
            "a CSV cannot say at which moment the sun is taken for these rows",
            "Give a name that ends in .nc",
        )


def _write_text(text: str, part: Path) -> None:
    part.write_text(text, encoding="utf-8", newline="\n")


def _write_netcdf(data: xr.Dataset, part: Path) -> None:
    packed = {"zlib": True, "complevel": 4, "shuffle": True}
    settings: dict[str, dict[str, object]] = {
        str(name): {**packed, "dtype": "float64"} for name in data.data_vars
    }
    for name in ("time", "sun_time"):
        if name in data.coords:
            settings[name] = {**packed, "dtype": "int64", "units": _EPOCH}
    plain = data.drop_encoding()
    plain.to_netcdf(part, engine="h5netcdf", encoding=settings)
