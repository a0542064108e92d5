"""Energies are written so that any reader of NetCDF finds every bit of them."""

from __future__ import annotations

import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from roofpv.energyfile import packed, write_energy, write_netcdf


def energies(planes: int, years: int = 0) -> xr.Dataset:
    drawn = np.random.default_rng(planes)
    shape = (planes, years, 12) if years else (planes, 12)
    dims = ("plane_id", "year", "month") if years else ("plane_id", "month")
    values = {
        "poa_kwh_per_m2": drawn.uniform(50.0, 200.0, shape),
        "ac_kwh": drawn.uniform(0.0, 1e4, shape),
    }
    values["ac_kwh"][: planes // 3] = np.nan
    coords = {
        "plane_id": np.array([f"屋顶{i}/1" for i in range(planes)], dtype=object),
        "month": np.arange(1, 13),
    } | ({"year": np.arange(2001, 2001 + years)} if years else {})
    data = {name: (dims, value, {"units": "kWh"}) for name, value in values.items()}
    return xr.Dataset(data, coords)


@pytest.mark.parametrize(("planes", "years"), [(0, 0), (7, 3), (1000, 0), (1201, 3), (12_001, 0)])
def test_it_reads_back_as_what_xarray_writes(tmp_path: Path, planes: int, years: int) -> None:
    data = energies(planes, years)
    write_energy(data, tmp_path / "ours.nc")
    write_netcdf(data, tmp_path / "plain.nc")
    with (
        xr.open_dataset(tmp_path / "ours.nc", engine="h5netcdf") as ours,
        xr.open_dataset(tmp_path / "plain.nc", engine="h5netcdf") as plain,
    ):
        assert list(ours.variables) == list(plain.variables)
        xr.testing.assert_identical(ours.load(), plain.load())
        for name in data.data_vars:
            assert ours[name].to_numpy().tobytes() == data[name].to_numpy().tobytes()
            assert ours[name].encoding["dtype"] == plain[name].encoding["dtype"]
    sizes = [(tmp_path / f"{name}.nc").stat().st_size for name in ("ours", "plain")]
    assert sizes[0] <= 1.05 * sizes[1]


def test_hdf5_itself_unpacks_it(tmp_path: Path) -> None:
    data = energies(1300)
    write_energy(data, tmp_path / "ours.nc")
    with h5py.File(tmp_path / "ours.nc") as file:
        assert file["ac_kwh"].compression == "gzip"
        assert file["ac_kwh"].shuffle
        np.testing.assert_array_equal(file["ac_kwh"][:], data["ac_kwh"].to_numpy())


@pytest.mark.parametrize("count", [1, 100, 70_000])
def test_a_chunk_is_a_stream_of_zlib(count: int) -> None:
    values = np.random.default_rng(1).uniform(0.0, 1.0, count)
    shuffled = values.view(np.uint8).reshape(-1, 8).T
    assert zlib.decompress(packed(values)) == shuffled.tobytes()


def test_the_same_energies_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_energy(energies(1000), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
