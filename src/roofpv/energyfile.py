"""NetCDF of a result: labelled arrays, and energies packed where packing gains anything."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import xarray as xr

# Fewer planes are written in no time, and reopening a file costs it some KB.
_FEW = 1000
# What HDF5 keeps of a variable at hand.
_CHUNK = 1 << 20
_LEVEL = 1


def write_netcdf(data: xr.Dataset, path: Path) -> None:
    """Write a labelled array, its variables packed."""
    settings = {
        name: {"zlib": True, "complevel": _LEVEL, "shuffle": True} for name in data.data_vars
    }
    data.to_netcdf(path, engine="h5netcdf", encoding=settings)


def write_energy(data: xr.Dataset, path: Path) -> None:
    """
    Write energies as ``write_netcdf`` writes any data; of many planes in a third of the time.

    Parameters
    ----------
    data : Dataset (plane_id, ...)
        Float64 in all variables, by plane first.
    path : Path
    """
    if data.sizes["plane_id"] < _FEW:
        write_netcdf(data, path)
        return
    names = [str(name) for name in data.data_vars]
    data.drop_vars(names).to_netcdf(path, engine="h5netcdf")
    with h5netcdf.File(path, "a") as file:
        for name in names:
            _append(file, name, data[name])


def _append(file: Any, name: str, data: xr.DataArray) -> None:
    """Add a variable as xarray would, in chunks that are packed here."""
    values = np.ascontiguousarray(data.to_numpy(), dtype="<f8")
    parts = -(-values.nbytes // _CHUNK)
    rows = -(-len(values) // parts)
    chunks = (rows, *values.shape[1:])
    made = file.create_variable(
        name, data.dims, values.dtype, chunks=chunks, fillvalue=np.nan, compression="gzip",
        compression_opts=_LEVEL, shuffle=True,
    )  # fmt: skip
    made.attrs.update(data.attrs)
    stored, beside = made._h5ds.id, (0,) * (values.ndim - 1)
    for first in range(0, len(values), rows):
        part = values[first : first + rows]
        if len(part) < rows:
            part = np.concatenate([part, np.full((rows - len(part), *chunks[1:]), np.nan)])
        stored.write_direct_chunk((first, *beside), packed(part))


def packed(values: np.ndarray) -> bytes:
    """
    Numbers as HDF5 keeps them, shuffled and packed by zlib, which looks for runs alone.

    HDF5 lays the first bytes of all numbers side by side, then the second ones. The first three or
    four of energies are noise, in which zlib looks for words for most of its time and finds none.

    Parameters
    ----------
    values : ndarray of float64, C order
        Of a whole chunk.
    """
    pack = zlib.compressobj(_LEVEL, strategy=zlib.Z_RLE)
    return pack.compress(values.reshape(-1, 1).view(np.uint8).T.tobytes()) + pack.flush()
