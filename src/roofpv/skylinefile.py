"""Skylines by source in one file, to be used again for another weather, module or rule."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import xarray as xr

from roofpv.errors import InvalidResult

# In the order in which their losses are told; each adds to those before it.
SOURCES = ("terrain", "neighbours", "own", "surface")
FILE = "skylines.nc"
# In a folder of parts: the attributes of all of them.
WHOLE = "whole.json"
# Less than HDF5 keeps of a variable at hand.
_CHUNK = 1 << 19


def write_skylines(skylines: Mapping[str, xr.Dataset], path: Path) -> None:
    """
    Write skylines to one file, a group a source.

    Parameters
    ----------
    skylines : mapping of str to Dataset
    path : Path
    """
    for number, (name, data) in enumerate(skylines.items()):
        packed = [str(one) for one in data.data_vars if data[one].dtype.kind == "f"]
        data.drop_vars(packed).to_netcdf(
            path, mode="a" if number else "w", group=name, engine="h5netcdf"
        )
        with h5netcdf.File(path, "a") as file:
            for variable in packed:
                _pack(file[name], variable, data[variable])


def _pack(group: Any, name: str, data: xr.DataArray) -> None:
    """
    Add a variable to a group as xarray would, in chunks that are packed here.

    Digits of skylines hardly repeat: that the packing looks for no more than runs took a third of
    the time, and a fifth less room.
    """
    values = np.ascontiguousarray(data.to_numpy())
    for dim, size in zip(data.dims, values.shape, strict=True):
        if dim not in group.dimensions:
            group.dimensions[str(dim)] = size
    row = max(1, values[:1].nbytes)
    rows = max(1, min(len(values), _CHUNK // row)) if values.ndim else 0
    chunks = (rows, *values.shape[1:]) if values.size and rows else None
    packing = {} if chunks is None else {"compression": "gzip", "compression_opts": 1}
    made = group.create_variable(
        name, data.dims, values.dtype, chunks=chunks, fillvalue=values.dtype.type(np.nan), **packing
    )
    made.attrs.update(data.attrs)
    if chunks is None:
        made[...] = values
        return
    stored, before, packed = made._h5ds.id, b"", b""
    for first in range(0, len(values), rows):
        part = values[first : first + rows]
        if len(part) < rows:
            rest = np.full((rows - len(part), *chunks[1:]), np.nan, values.dtype)
            part = np.concatenate([part, rest])
        told = part.tobytes()
        if told != before:
            # Free skylines are all alike.
            before, pack = told, zlib.compressobj(1, strategy=zlib.Z_RLE)
            packed = pack.compress(told) + pack.flush()
        stored.write_direct_chunk((first, *(0 for _ in chunks[1:])), packed)


def read_skylines(path: Path) -> Mapping[str, xr.Dataset]:
    """
    Read the skylines of an earlier run.

    Parameters
    ----------
    path : Path
        Result folder or its ``skylines.nc``, a file or a folder of parts.

    Returns
    -------
    mapping of str to Dataset
        ``Parts`` of a folder of parts.

    Raises
    ------
    InvalidResult
        No such file, or none of skylines.
    """
    file = path / FILE if path.is_dir() and path.name != FILE else path
    with _unreadable(file):
        if _not_kept(file):
            raise _told_not_kept(file)
        return Parts(file) if file.is_dir() else _checked(file, of_file(file))


def kept_skylines(folder: Path) -> Mapping[str, xr.Dataset]:
    """
    Skylines of a result, of which those of a list in parts may not have been kept.

    Parameters
    ----------
    folder : Path
        Of the result.

    Returns
    -------
    mapping of str to Dataset
        Empty where it has no surroundings; ``NotKept`` where it has, but no skylines.

    Raises
    ------
    InvalidResult
        As `read_skylines`, but for skylines that were not kept.
    """
    file = folder / FILE
    if not file.exists():
        return {}
    with _unreadable(file):
        return NotKept(file) if _not_kept(file) else read_skylines(folder)


def _not_kept(file: Path) -> bool:
    return (file / WHOLE).is_file() and next(file.glob("part-*.nc"), None) is None


def _told_not_kept(file: Path) -> InvalidResult:
    return InvalidResult(
        str(file), "the skylines of this list in parts were not kept",
        "Assess it again with --keep-skylines",
    )  # fmt: skip


@contextmanager
def _unreadable(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError) as fault:
        raise InvalidResult(
            str(file), "no skylines can be read from it", "Give the folder of a result with shading"
        ) from fault


def _checked(file: Path, found: dict[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    if not found or not all(_sound(data) for data in found.values()):
        raise InvalidResult(
            str(file), "holds no skylines", "Give the folder of a result with shading"
        )
    return found


class Parts(Mapping[str, xr.Dataset]):
    """
    Skylines by source in a folder of parts, each read when it is asked for.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    InvalidResult
        A part that cannot be read, or that holds no skylines; as it is read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told = json.loads((folder / WHOLE).read_text(encoding="utf-8"))
        self._files = sorted(folder.glob("part-*.nc"))
        if not (len(self) and self._files):
            raise ValueError("no parts")

    def __getitem__(self, name: str) -> xr.Dataset:
        """Skylines of all planes by one source."""
        return self._read([name], self._files)[name]

    def __iter__(self) -> Iterator[str]:
        """Sources in their order."""
        return (name for name in SOURCES if name in self._told)

    def __len__(self) -> int:
        """How many sources there are."""
        return sum(1 for _ in self)

    def of(self, plane_id: Collection[object]) -> dict[str, xr.Dataset]:
        """
        Skylines of the parts that have some planes, and no others.

        Parameters
        ----------
        plane_id : collection of str
        """
        with _unreadable(self._folder):
            files = [file for file in self._files if _has_one_of(file, set(plane_id))]
        return self._read(list(self), files or self._files[:1])

    def _read(self, names: Sequence[str], files: Sequence[Path]) -> dict[str, xr.Dataset]:
        with _unreadable(self._folder):
            parts = [_checked(file, of_file(file, names)) for file in files]
            return {name: data.assign_attrs(self._told[name])
                    for name, data in joined_skylines(parts).items()}  # fmt: skip


class NotKept(Mapping[str, xr.Dataset]):
    """
    Skylines of a list in parts that were not kept: what made them is known, they are not.

    Parameters
    ----------
    folder : Path
        With what is said of all of them.

    Raises
    ------
    InvalidResult
        As soon as one of them is asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        told = json.loads((folder / WHOLE).read_text(encoding="utf-8"))
        self._names = [name for name in SOURCES if name in told]

    def __getitem__(self, name: str) -> xr.Dataset:
        """No skylines."""
        raise _told_not_kept(self._folder)

    def __contains__(self, name: object) -> bool:
        """Whether there was such a source."""
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        """Sources in their order."""
        return iter(self._names)

    def __len__(self) -> int:
        """How many sources there were."""
        return len(self._names)


def skylines_with(
    skylines: Mapping[str, xr.Dataset], plane_id: Collection[object]
) -> Mapping[str, xr.Dataset]:
    """
    Skylines that have some planes, of a long list in parts not much more.

    Parameters
    ----------
    skylines : mapping of str to Dataset
        Of a result.
    plane_id : collection of str
    """
    return skylines.of(plane_id) if isinstance(skylines, Parts) else skylines


def _has_one_of(file: Path, names: set[object]) -> bool:
    with h5netcdf.File(file, "r") as opened:
        for group in opened.groups.values():
            if "plane_id" in group.variables:
                mine = group.variables["plane_id"][:]
                return not names.isdisjoint(one.decode() if isinstance(one, bytes) else one
                                            for one in mine.tolist())  # fmt: skip
    return False


def joined_skylines(parts: Sequence[Mapping[str, xr.Dataset]]) -> dict[str, xr.Dataset]:
    """
    Skylines of the planes of several parts, without attributes.

    Parameters
    ----------
    parts : sequence of mapping of str to Dataset
        All of the same sources; one that is no plane's own is the same in all.
    """
    return {name: _one_after_another([part[name] for part in parts]) for name in parts[0]}


def _one_after_another(parts: list[xr.Dataset]) -> xr.Dataset:
    if "plane_id" not in parts[0].dims or len(parts) == 1:
        return parts[0]
    alone = [name for name in parts[0].data_vars if "plane_id" not in parts[0][name].dims]
    return xr.concat(
        parts, "plane_id", data_vars=[n for n in parts[0].data_vars if n not in alone],
        coords="minimal", compat="override", combine_attrs="override",
    )  # fmt: skip


def of_file(file: Path, names: Sequence[str] = SOURCES) -> dict[str, xr.Dataset]:
    """
    Skylines of one file as they stand there.

    Parameters
    ----------
    file : Path
    names : sequence of str, optional
        Sources, where they are there.
    """
    found = {}
    with h5netcdf.File(file, "r") as opened:
        kept = [name for name in names if name in opened.groups]
    for name in kept:
        with xr.open_dataset(file, group=name, engine="h5netcdf") as data:
            found[name] = data.load()
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
