"""The benchmark of the sweep runs, and its town is what it says."""

from __future__ import annotations

import json

import surface
from raycast import cast

from roofpv.assumptions import Shading
from roofpv.shading.rasters import array_raster
from roofpv.shading.surface import surface_skylines


def test_the_benchmark_prints_one_document(capsys):
    assert surface.main(["--size", "60", "--repeats", "1", "--only", "ours"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["all pixels"]["pixels"] == 3600
    assert 400 <= document["roofs"]["pixels"] <= 4 * 21 * 21
    assert list(document["cpu_s of roofs by reach"]) == ["125 m", "250 m", "500 m", "1000 m"]


def test_grass_is_left_out_where_it_is_not_installed(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert surface.grass(surface.town(60)[0], 4) is None


def test_houses_stand_on_their_outlines():
    z, houses = surface.town(90)
    assumed = Shading(surface_reach_m=30.0, surface_eye_m=0.0)
    seen = surface_skylines(array_raster(z, 1.0), houses, assumed)
    ground = z[:, :90].min()
    assert float(seen["height_m"].min()) > ground + 3.0
    one = seen.isel(pixel=0)
    row, column = int(90 - float(one["y"])), int(float(one["x"]))
    want = cast(z.astype(float), row, column, 0.0, 30.0)
    assert abs(float(one["horizon_elevation"][0]) - want) < 1.0
