"""Skylines as they are written: packed in chunks, and read again to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from roofpv import skylinefile
from roofpv.skylinefile import FILE, read_skylines, write_skylines

NAMES = np.array([f"p{i:03d}" for i in range(700)], dtype=object)


def skylines(count=700):
    """Of a hill, of neighbours with a gap, of nothing, and of a surface by pixel."""
    rng = np.random.default_rng(5)
    planes = {"plane_id": NAMES[:count], "point": np.arange(9), "azimuth": np.arange(72) * 5.0}
    dims = ("plane_id", "point", "azimuth")
    high = rng.uniform(0.0, 90.0, (count, 9, 72)).astype(np.float32)
    high[3:5, 2] = np.nan
    places = (("plane_id", "point"), rng.normal(size=(count, 9)), {"units": "m"})
    about = {
        "horizon_elevation": (dims, high, {"units": "deg"}),
        "x_m": places,
        "height_basis": ("plane_id", np.full(count, "stated", dtype=object)),
        "neighbours_stated": ("plane_id", np.arange(count)),
    }
    free = {"horizon_elevation": (dims, np.zeros_like(high)), "x_m": places}
    pixels = {
        "horizon_elevation": (("pixel", "azimuth"), high[:, 0]),
        "canopy_transmissivity": ("month", np.linspace(0.0, 1.0, 12)),
    }
    of_pixels = {"plane_id": ("pixel", NAMES[:count]), "azimuth": planes["azimuth"]}
    return {
        "terrain": xr.Dataset({"horizon_elevation": ("azimuth", np.linspace(0.0, 9.0, 72))}),
        "neighbours": xr.Dataset(about, planes, {"reach_m": 200.0}),
        "own": xr.Dataset(free, planes),
        "surface": xr.Dataset(pixels, of_pixels, {"remarks": "[]"}),
    }


@pytest.mark.parametrize("count", [700, 1, 0])
def test_skylines_are_read_as_they_were_written(tmp_path, count):
    given = skylines(count)
    write_skylines(given, tmp_path / FILE)
    found = read_skylines(tmp_path)
    assert list(found) == list(given)
    for name, data in given.items():
        xr.testing.assert_identical(found[name], data)
        for one in data.data_vars:
            assert data[one].dtype.kind != "f" or found[name][one].dtype == data[one].dtype
            assert found[name][one].attrs == data[one].attrs


def test_the_same_skylines_are_the_same_bytes_whatever_was_there(tmp_path):
    (tmp_path / "b").write_bytes(b"x")
    for name in "ab":
        write_skylines(skylines(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_free_skylines_take_no_room(tmp_path):
    given = skylines()
    plain = given["own"]["horizon_elevation"].nbytes
    write_skylines({"own": given["own"].drop_vars("x_m")}, tmp_path / FILE)
    assert (tmp_path / FILE).stat().st_size < plain / 10


def test_chunks_of_any_size_hold_the_same(tmp_path, monkeypatch):
    given = skylines()
    monkeypatch.setattr(skylinefile, "_CHUNK", 1)
    write_skylines(given, tmp_path / FILE)
    for name, data in read_skylines(tmp_path).items():
        xr.testing.assert_identical(data, given[name])


def test_skylines_that_were_read_are_written_again(tmp_path):
    (tmp_path / "one").mkdir()
    write_skylines(skylines(), tmp_path / "one" / FILE)
    write_skylines(read_skylines(tmp_path / "one"), tmp_path / FILE)
    for name, data in read_skylines(tmp_path).items():
        xr.testing.assert_identical(data, skylines()[name])
