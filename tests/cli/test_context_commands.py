"""``assess --dry-run`` on the surroundings, and context files that cannot be used."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely
from rasterio.transform import from_origin
from streetmaker import (
    LAT,
    LON,
    ROOFS,
    TOWER,
    elevation,
    horizon,
    listed,
    middle,
    surface,
    towers,
    write_raster,
)


def whole():
    return towers(*((ROOFS[name], 8.0) for name in ROOFS), (TOWER, 40.0))


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """A list, a context of all its buildings and the tower, and rasters in a folder."""
    place = tmp_path_factory.mktemp("street")
    listed().to_file(place / "roofs.geojson")
    whole().to_file(place / "all.gpkg")
    surface(place / "dsm.tif")
    elevation(place / "dem.tif")
    horizon(place / "horizon.csv")
    east, north = middle()
    z = np.zeros((400, 400), dtype=np.float32)
    write_raster(place / "trees.tif", z, from_origin(east - 200, north + 200, 1, 1))
    return place


@pytest.fixture
def rehearse(run, street, tmp_path):
    """A dry run of the street with options."""

    def call(*options):
        return run(
            "assess", street / "roofs.geojson", "-o", tmp_path / "out", "--dry-run", *options
        )

    return call


def test_a_dry_run_tells_what_the_surroundings_hold(rehearse, street, tmp_path):
    given = ("--context", street / "all.gpkg", "--dsm", street / "dsm.tif",
             "--canopy", street / "trees.tif", "--terrain", street / "dem.tif")  # fmt: skip
    done = rehearse(*given)
    assert done.code == 0
    assert done.out.splitlines() == [
        "3 rows, 3 usable, 0 quarantined",
        "context: 4 rows, 4 used, 0 left out; 3 of 3 roofs with an outline are in it, 3 have a "
        "building of it within reach",
        "surface model: dsm.tif covers 3 of 3 buildings with an outline",
        "trees: trees.tif, on the grid of the surface model",
        "terrain: dem.tif covers 3 of 3 buildings",
    ]
    told = json.loads(rehearse(*given, "--json").out)
    around = told["surroundings"]
    assert (told["rows"], around["warnings"]) == (3, [])
    assert (around["context"]["context_rows"], around["context"]["roofs"]) == (4, 3)
    assert around["dsm"] == {"name": "dsm.tif", "buildings": 3, "covered": 3}
    assert around["terrain"]["covered"] == 3
    assert not (tmp_path / "out").exists()
    one = rehearse("--terrain", street / "horizon.csv")
    assert "terrain: one horizon for all 3 buildings" in one.out
    assert "surroundings" not in json.loads(rehearse("--json").out)


def test_a_dry_run_tells_of_rows_left_out_and_of_another_place(rehearse, street, tmp_path):
    far = whole()
    far.set_geometry(far.translate(0.3)).to_file(tmp_path / "far.gpkg")
    east, north = middle()
    grid = from_origin(east + 5000, north, 1, 1)
    write_raster(tmp_path / "beside.tif", np.full((50, 50), 1100, dtype=np.float32), grid)
    done = rehearse("--context", tmp_path / "far.gpkg", "--dsm", tmp_path / "beside.tif")
    assert "0 of 3 roofs with an outline are in it, 0 have" in done.out
    assert "note: the context hides nothing: its nearest building is 26 km away" in done.out
    assert "beside.tif covers 0 of 3 buildings" in done.out
    assert "note: beside.tif covers none of the buildings" in done.out
    odd = whole()
    odd.loc[3, "geometry"] = shapely.Point(LON, LAT)
    odd.to_file(tmp_path / "odd.geojson")
    done = rehearse("--context", tmp_path / "odd.geojson")
    assert "4 rows, 3 used, 1 left out (1 NO_ROOF); 3 of 3 roofs" in done.out


def test_a_dry_run_tells_whether_skylines_fit(rehearse, run, street, tmp_path):
    first, context = tmp_path / "first", ("--context", street / "all.gpkg")
    dsm = ("--dsm", street / "dsm.tif")
    assert run("assess", street / "roofs.geojson", "-o", first, *context, *dsm).code == 0
    kept = ("--skylines", first)
    said = "skylines: neighbours, own, surface fit and are used again"
    assert said in rehearse(*kept).out
    assert said in rehearse(*kept, *context).out
    towers().to_file(tmp_path / "other.gpkg")
    done = rehearse(*kept, "--context", tmp_path / "other.gpkg")
    assert "skylines: surface fit and are used again" in done.out
    assert "skylines: neighbours, own do not fit and are made anew" in done.out
    told = json.loads(rehearse(*kept, "--context", tmp_path / "other.gpkg", "--json").out)
    assert told["surroundings"]["skylines"] == {"neighbours": False, "own": False, "surface": True}
    refused = rehearse(*kept, "--set", "shading.reach_m=50")
    assert (refused.code, refused.out) == (2, "")
    assert "made for other settings of shading" in refused.err


def assert_refused(outcome, *words):
    assert (outcome.code, outcome.out) == (2, ""), outcome
    assert outcome.err.startswith("roofpv: --context ")
    assert outcome.err.count("\n") == 1
    assert [word for word in words if word not in outcome.err] == []


def test_context_files_that_cannot_be_used_are_told_as_the_context(rehearse, street, tmp_path):
    text = tmp_path / "heights.csv"
    text.write_text("id,height\n1,20\n2,30\n", encoding="utf-8")
    own = "tell how the list is read, not this layer"
    assert_refused(rehearse("--context", text), "heights.csv", "no footprint", own)
    register = tmp_path / "register.csv"
    register.write_text("building_id,floor_area_m2,floors\n1,200,2\n2,300,3\n", encoding="utf-8")
    said = "register.csv: none of its 2 rows has an outline (found no geometry)"
    assert_refused(rehearse("--context", register), said, "polygons")
    points = gpd.GeoDataFrame({"height": [9.0]}, geometry=[shapely.Point(LON, LAT)], crs=4326)
    points.to_file(tmp_path / "points.gpkg")
    assert_refused(rehearse("--context", tmp_path / "points.gpkg"), "found points or lines")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        for name in ("a", "b"):
            archive.write(street / "roofs.geojson", f"{name}.geojson")
    assert_refused(rehearse("--context", tmp_path / "two.zip"), "two.zip", own)
    assert_refused(rehearse("--context", tmp_path / "gone.gpkg"), "gone.gpkg", "no such file")
    whole().to_crs(32648).set_crs(32631, allow_override=True).to_file(tmp_path / "zone.gpkg")
    done = rehearse("--context", tmp_path / "zone.gpkg")
    assert "its nearest building is " in done.out


def test_a_context_far_away_is_called_out_on_the_terminal(run, street, tmp_path):
    far = whole()
    far.set_geometry(far.translate(0.3)).to_file(tmp_path / "far.gpkg")
    job = ("assess", street / "roofs.geojson", "-o", tmp_path / "out")
    done = run(*job, "--context", tmp_path / "far.gpkg")
    assert (done.code, done.err) == (0, "")
    assert "note: shade, neighbours: the context hides nothing: its nearest building" in done.out
