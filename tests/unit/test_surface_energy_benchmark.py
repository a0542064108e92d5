"""The benchmark of roof pixels runs, and its pixels slope as their roofs do."""

from __future__ import annotations

import json

import numpy as np
import pytest
import surface_energy

from roofpv.shading.rasters import array_raster


def test_the_benchmark_prints_one_document_and_draws_a_map(capsys, tmp_path):
    path = tmp_path / "map.png"
    assert surface_energy.main(["--size", "60", "--repeats", "1", "--map", str(path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert 400 <= document["roof_pixels"] <= 4 * 21 * 21
    assert 800.0 < document["mean_poa_kwh_per_m2"] < 1700.0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_pixels_slope_as_their_roof_and_edges_are_flat():
    x = np.mgrid[:20, :20][1].astype(float)
    z = 0.5 * x  # falls to the west
    z[10:] += 30.0
    row, column = (part.ravel() for part in np.mgrid[2:18, 2:18])
    tilt, azimuth = surface_energy.pixel_slopes(array_raster(z, 1.0), row, column)
    inner = (row < 9) | (row > 10)
    assert tilt[inner] == pytest.approx(np.degrees(np.arctan(0.5)), abs=1e-4)
    assert azimuth[inner] == pytest.approx(270.0)
    assert (tilt[~inner] == 0.0).all()
