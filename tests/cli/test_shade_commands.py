"""``assess --context --dsm --canopy --terrain --skylines`` and ``explain --skyline``."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import xarray as xr
from rasterio.transform import Affine, from_origin
from streetmaker import (
    GRID,
    TOWER,
    elevation,
    horizon,
    listed,
    middle,
    surface,
    towers,
    write_raster,
)

from roofpv import shading

# In the south of the street, a row of trees and the middle of New York in feet.
TREES = shapely.box(-50, -24, 50, -16)
NEW_YORK = Affine(3.0, 0.0, 980000.0, 0.0, -3.0, 200000.0)


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """A list, its context, rasters and a horizon file in a folder."""
    place = tmp_path_factory.mktemp("street")
    listed().to_file(place / "roofs.geojson")
    towers().to_file(place / "all.geojson")
    surface(place / "dsm.tif", [(TOWER, 40.0)])
    elevation(place / "dem.tif")
    horizon(place / "horizon.csv")
    east, north = middle()
    z = np.zeros((400, 400), dtype=np.float32)
    z[216:224, 150:250] = 12.0
    write_raster(place / "trees.tif", z, from_origin(east - 200, north + 200, 1, 1))
    return place


def everything(street):
    return ("--context", street / "all.geojson", "--dsm", street / "dsm.tif",
            "--canopy", street / "trees.tif", "--terrain", street / "dem.tif")  # fmt: skip


@pytest.fixture
def job(run, street, tmp_path):
    """Assess the street into a folder of this name, with options."""

    def call(name, *options):
        return run("assess", street / "roofs.geojson", "-o", tmp_path / name, *options)

    return call


def record(folder):
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def buildings(folder):
    return pd.read_parquet(folder / "buildings.parquet").set_index("building_id")


def assert_one_line(outcome, *words, code=2):
    assert outcome.code == code, outcome
    assert outcome.out == ""
    assert outcome.err.startswith("roofpv: ")
    assert outcome.err.count("\n") == 1, outcome.err
    assert [word for word in words if word not in outcome.err] == []


@pytest.mark.parametrize(
    ("options", "sources"),
    [
        (("--context", "all.geojson"), ["neighbours", "own"]),
        (("--dsm", "dsm.tif"), ["surface"]),
        (("--dsm", "dsm.tif", "--canopy", "trees.tif"), ["surface"]),
        (("--terrain", "dem.tif"), ["terrain"]),
        (("--terrain", "horizon.csv"), ["terrain"]),
    ],
)
def test_any_of_the_sources_alone(job, street, tmp_path, options, sources):
    given = [one if one.startswith("-") else street / one for one in options]
    done = job("out", *given)
    assert (done.code, done.err) == (0, ""), done.err
    assert "skylines.nc" in done.out
    table = buildings(tmp_path / "out")
    assert (table["shading_loss_fraction"] > 0.0).all()
    told = record(tmp_path / "out")
    assert told["shading"]["sources"] == sources
    reason = told["not_assessed"].get("shading_loss_fraction", "carry no modules")
    assert "carry no modules" in reason


def test_none_of_them_is_empty_with_its_reason(job, run, tmp_path):
    assert job("out").code == 0
    assert not (tmp_path / "out" / "skylines.nc").exists()
    assert buildings(tmp_path / "out")["shading_loss_fraction"].isna().all()
    assert "--context" in record(tmp_path / "out")["not_assessed"]["shading_loss_fraction"]
    refused = run("explain", tmp_path / "out", "low", "--skyline", tmp_path / "a.svg")
    assert_one_line(refused, "building low", "surroundings are not known", "--dsm")


def test_all_of_them_their_reuse_and_their_picture(job, run, street, tmp_path, monkeypatch):
    done = job("first", *everything(street), "--hourly")
    assert (done.code, done.err) == (0, "")
    first = tmp_path / "first"
    assert record(first)["shading"]["sources"] == ["terrain", "neighbours", "own", "surface"]
    names = {one["name"] for one in record(first)["inputs"]}
    assert {"dsm.tif", "trees.tif", "dem.tif", "roofs.geojson"} <= names
    with xr.open_dataset(first / "energy.nc", engine="h5netcdf") as data:
        hours = data["ac_kw"].to_numpy().astype(float).sum(axis=1)
        months = data["ac_kwh"].sum("month").to_numpy()
        np.testing.assert_allclose(hours, months, rtol=1e-6, atol=1e-6)

    def fail(*_, **__):
        raise AssertionError("computed again")

    for name in ("neighbour_skylines", "own_skylines", "surface_skylines", "terrain_horizons"):
        monkeypatch.setattr(shading, name, fail)
    assert job("again", "--skylines", first, "--jobs", "1").code == 0
    for name in ("buildings.parquet", "buildings.csv", "planes.parquet", "targets.json"):
        assert (tmp_path / "again" / name).read_bytes() == (first / name).read_bytes()
    assert job("file", "--skylines", first / "skylines.nc", "--jobs", "2").code == 0
    assert buildings(tmp_path / "file").equals(buildings(first))
    other = job("other", "--skylines", first, "--set", "module.gamma_pdc=-0.002")
    assert other.code == 0
    assert (buildings(tmp_path / "other")["ac_kwh"] > buildings(first)["ac_kwh"]).all()
    assert job("anew", *everything(street), "--skylines", first).code == 0
    assert buildings(tmp_path / "anew").equals(buildings(first))

    told = run("explain", tmp_path / "again", "low")
    assert told.code == 0
    assert "shade: terrain " in told.out
    for ending in ("svg", "png"):
        for lang in ("en", "zh"):
            path = tmp_path / f"sky-{lang}.{ending}"
            done = run("explain", first, "low", "--skyline", path, "--lang", lang)
            assert (done.code, done.err) == (0, "")
            assert f"Skyline: {path}" in done.out
            assert path.stat().st_size > 5000
    english, chinese = (
        (tmp_path / f"sky-{lang}.svg").read_text(encoding="utf-8") for lang in ("en", "zh")
    )
    assert "trees" in english
    assert english != chinese
    said = json.loads(run("explain", first, "low", "--skyline", tmp_path / "b.svg", "--json").out)
    assert said["skyline"] == str(tmp_path / "b.svg")
    (plane,) = said["planes"]
    assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)


def test_skylines_of_other_roofs_are_refused(job, run, street, tmp_path):
    assert job("first", "--context", street / "all.geojson").code == 0
    listed("low").to_file(tmp_path / "one.geojson")
    given = ("assess", tmp_path / "one.geojson", "-o", tmp_path / "b")
    refused = run(*given, "--skylines", tmp_path / "first")
    assert_one_line(refused, "--skylines, neighbours", "made for other roofs")
    assert not (tmp_path / "b").exists()
    assert (
        run(*given, "--skylines", tmp_path / "first", "--context", street / "all.geojson").code == 0
    )
    first = ("first", "--skylines", tmp_path / "first", "--overwrite")
    before = buildings(tmp_path / "first")
    assert job(*first).code == 0
    assert buildings(tmp_path / "first").equals(before)
    assert_one_line(job("c", "--skylines", tmp_path / "nothing"), "no skylines can be read")
    assert_one_line(job("c", "--skylines", street / "dsm.tif"), "no skylines can be read")


def raster(tmp_path, crs=GRID, grid=None, units=None, name="odd.tif"):
    z = np.full((60, 60), 1100.0, dtype=np.float32)
    east, north = middle()
    grid = from_origin(east - 30, north + 30, 1.0, 1.0) if grid is None else grid
    path = write_raster(tmp_path / name, z, grid, crs)
    if units:
        with rasterio.open(path, "r+") as file:
            file.units = units
    return path


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"units": ("ft",)}, ["odd.tif", "ft", "expected metres", "0.3048"]),
        ({"crs": "EPSG:2263", "grid": NEW_YORK}, ["foot", "expected metres"]),
        ({"crs": "EPSG:4326", "grid": from_origin(106.3, 39.1, 1e-5, 1e-5)}, ["in degrees"]),
        ({"grid": Affine(0.9, 0.1, 445000.0, 0.1, -0.9, 4317000.0)}, ["turned or mirrored"]),
        ({"crs": None}, ["states no CRS"]),
    ],
)
def test_surface_models_are_refused_in_one_line(job, tmp_path, made, words):
    assert_one_line(job("out", "--dsm", raster(tmp_path, **made)), *words)
    assert not (tmp_path / "out").exists()


def test_other_files_are_refused_in_one_line(job, street, tmp_path):
    text = tmp_path / "list.csv"
    text.write_text("a,b\n1,2\n", encoding="utf-8")
    assert_one_line(job("out", "--dsm", text), "list.csv", "cannot be read as a raster")
    assert_one_line(job("out", "--terrain", text), "list.csv", "A and H_hor")
    assert_one_line(job("out", "--terrain", tmp_path / "gone.tif"), "gone.tif", "no such file")
    assert_one_line(job("out", "--context", tmp_path / "gone.gpkg"), "gone.gpkg", "no such file")
    assert_one_line(job("out", "--canopy", street / "trees.tif"), "--canopy", "--dsm")
    small = raster(tmp_path, name="small.tif")
    refused = job("out", "--dsm", street / "dsm.tif", "--canopy", small)
    assert_one_line(refused, "small.tif", "its grid is not that of dsm.tif")


def test_a_surface_model_cut_short_is_refused_in_one_line(job, street, tmp_path):
    cut = tmp_path / "cut.tif"
    whole = (street / "dsm.tif").read_bytes()
    for share in (0.3, 0.6):
        cut.write_bytes(whole[: int(len(whole) * share)])
        assert_one_line(job("out", "--dsm", cut), "cut.tif", "cannot be read")
        assert not (tmp_path / "out").exists()


def test_names_in_chinese_and_hostile_ones_are_kept_and_shown_plain(run, street, tmp_path):
    names = ["大武口区第一小学", "red\x1b[31m<script>", "'=1+1"]
    listed().assign(building_id=names).to_file(tmp_path / "named.geojson")
    job = ("assess", tmp_path / "named.geojson", "-o", tmp_path / "out")
    assert run(*job, *everything(street)).code == 0
    again = ("assess", tmp_path / "named.geojson", "-o", tmp_path / "again")
    assert run(*again, "--skylines", tmp_path / "out").code == 0
    assert buildings(tmp_path / "again").equals(buildings(tmp_path / "out"))
    for name in names:
        done = run("explain", tmp_path / "out", name, "--skyline", tmp_path / "a.svg")
        assert done.code == 0
        assert "\x1b" not in done.out
        svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
        assert "<script>" not in svg
        assert "\x1b" not in svg


def test_a_dry_run_reads_the_surroundings_too(job, street, tmp_path):
    done = job("out", "--dry-run", *everything(street))
    assert done.code == 0
    assert not (tmp_path / "out").exists()
    assert_one_line(job("out", "--dry-run", "--dsm", raster(tmp_path, units=("ft",))), "metres")


def test_the_limit_of_shade_is_a_setting(job, run, street, tmp_path):
    tall = tmp_path / "tall.geojson"
    towers((TOWER, 900.0)).to_file(tall)
    for limit, dark in (("0.0", 0), ("0.75", 1)):
        done = job(limit, "--context", tall, "--set", f"roofs.min_solar_access={limit}")
        assert done.code == 0
        planes = pd.read_parquet(tmp_path / limit / "planes.parquet")
        shaded = planes["deducted_shaded_m2"] > 0.0
        assert int(shaded.sum()) == dark
        assert (planes.loc[shaded, "deducted_shaded_m2"] == planes.loc[shaded, "area_m2"]).all()
    told = run("explain", tmp_path / "0.75", "low").out
    assert "(more shade than the limit) = 0.0 m2" in told
    picture = tmp_path / "dark.svg"
    assert run("explain", tmp_path / "0.75", "low", "--skyline", picture).code == 0
