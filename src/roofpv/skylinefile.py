"""Skylines by source in one file, to be used again for another weather, module or rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import h5netcdf
import xarray as xr

from roofpv.errors import InvalidResult

# In the order in which their losses are told; each adds to those before it.
SOURCES = ("terrain", "neighbours", "own", "surface")
FILE = "skylines.nc"


def write_skylines(skylines: Mapping[str, xr.Dataset], path: Path) -> None:
    """
    Write skylines to one file, a group a source.

    Parameters
    ----------
    skylines : mapping of str to Dataset
    path : Path
    """
    for number, (name, data) in enumerate(skylines.items()):
        packed = {variable: {"zlib": True, "complevel": 1} for variable in data.data_vars
                  if data[variable].dtype.kind == "f"}  # fmt: skip
        data.to_netcdf(
            path, mode="a" if number else "w", group=name, engine="h5netcdf", encoding=packed
        )


def read_skylines(path: Path) -> dict[str, xr.Dataset]:
    """
    Read the skylines of an earlier run.

    Parameters
    ----------
    path : Path
        Result folder or its ``skylines.nc``.

    Raises
    ------
    InvalidResult
        No such file, or none of skylines.
    """
    file = path / FILE if path.is_dir() else path
    found = {}
    try:
        with h5netcdf.File(file, "r") as opened:
            kept = [name for name in SOURCES if name in opened.groups]
        for name in kept:
            with xr.open_dataset(file, group=name, engine="h5netcdf") as data:
                found[name] = data.load()
    except (OSError, ValueError) as fault:
        raise InvalidResult(
            str(file), "no skylines can be read from it", "Give the folder of a result with shading"
        ) from fault
    if not found or not all(_sound(data) for data in found.values()):
        raise InvalidResult(
            str(file), "holds no skylines", "Give the folder of a result with shading"
        )
    return found


def _sound(data: xr.Dataset) -> bool:
    """Whether there are elevations by azimuth, and remarks that can be read."""
    if "horizon_elevation" not in data or "azimuth" not in data["horizon_elevation"].dims:
        return False
    elevation = data["horizon_elevation"]
    try:
        for kind in ("remarks", "warnings"):
            json.loads(str(data.attrs.get(kind, "[]")))
    except ValueError:
        return False
    return not bool(((elevation < 0.0) | (elevation > 90.0)).any())
