"""``assess --dsm`` and ``--terrain`` with models that are odd, wrong, or none."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin
from roofmaker import placed
from streetmaker import GRID, LAT, LON, write_raster

HALF, COUNT = 300, 24


def _boxes():
    """Buildings strewn over a square without touching, in metres about the place."""
    rng = np.random.default_rng(0)
    cells = rng.permutation(64)[:COUNT]
    x = cells % 8 * 50.0 - 200.0 + rng.uniform(2, 20, COUNT)
    y = cells // 8 * 50.0 - 200.0 + rng.uniform(2, 20, COUNT)
    return shapely.box(x, y, x + rng.uniform(12, 24, COUNT), y + rng.uniform(12, 24, COUNT))


HEIGHTS = np.round(np.random.default_rng(1).uniform(4.0, 40.0, COUNT), 1)
SHAPES = [placed(shape, LAT, LON) for shape in _boxes()]


def town(path, count=COUNT):
    """The buildings as a list."""
    table = {"building_id": [f"b{i}" for i in range(count)], "height_m": HEIGHTS[:count],
             "roof_type": "flat", "lon": LON, "lat": LAT}  # fmt: skip
    gpd.GeoDataFrame(table, geometry=SHAPES[:count], crs=4326).to_file(path)
    return path


def model(path, change=None, crs=GRID, ground=1100.0, **more):
    """The buildings as a surface model, changed by a function of heights."""
    into = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    east, north = np.floor(into.transform(LON, LAT))
    grid = from_origin(east - HALF, north + HALF, 1.0, 1.0)
    drawn = [
        (shapely.transform(shape, into.transform, interleaved=False), height)
        for shape, height in zip(SHAPES, HEIGHTS, strict=True)
    ]
    z = ground + rasterize(drawn, (2 * HALF, 2 * HALF), transform=grid, dtype="float32")
    z = z.astype(np.float32) if change is None else change(z.astype(np.float32))
    grid = more.pop("turn", lambda one: one)(grid)
    return write_raster(path, z, grid, crs, **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("town")
    town(place / "town.geojson")
    town(place / "few.geojson", 8)
    model(place / "dsm.tif")
    return place


@pytest.fixture
def job(run, folder, tmp_path):
    """Assess the list with a raster; the losses of the roofs and what is warned of."""

    def call(path, option="--dsm", buildings="town"):
        out = tmp_path / "out"
        given = (folder / f"{buildings}.geojson", "-o", out, "--rules", "none", "--overwrite")
        done = run("assess", *given, option, path, "--set", "shading.surface_reach_m=100")
        if done.code:
            return done
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        table = pd.read_parquet(out / "buildings.parquet").set_index("building_id")
        return table["shading_loss_fraction"], "\n".join(record["warnings"]), record

    return call


def refused(done, *words):
    assert done.code == 2, done
    assert done.err.startswith("roofpv: ")
    assert done.err.count("\n") == 1, done.err
    assert [word for word in words if word not in done.err] == []


def test_a_sound_model_is_taken_in_any_grid_and_at_any_level(job, folder, tmp_path):
    usual, said, _ = job(folder / "dsm.tif")
    assert (usual > 0.0).sum() > 10
    assert "shade" not in said
    low = model(tmp_path / "low.tif", ground=-428.0)
    south = model(tmp_path / "south.tif", lambda z: z[::-1].copy(),
                  turn=lambda one: one * Affine.translation(0, 2 * HALF) * Affine.scale(1, -1)
                  )  # fmt: skip
    for path in (low, south):
        loss, said, _ = job(path)
        np.testing.assert_allclose(loss, usual, atol=1e-6)
        assert "shade" not in said
    # Another zone, whose north is 3.5 degrees aside, and axes in the order north, east.
    for name, crs in (("zone.tif", "EPSG:32649"), ("gauss.tif", "EPSG:4545")):
        loss, said, _ = job(model(tmp_path / name, crs=crs))
        np.testing.assert_allclose(loss, usual, atol=0.01)
        assert "shade" not in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda z: z / np.float32(0.3048), ["3.28 times as high as listed", "feet", "0.3048"]),
        (lambda z: z * 0, ["24 of 24 buildings", "no higher than the ground", "--terrain"]),
        (lambda z: np.minimum(z, 1100), ["no higher than the ground"]),
        (lambda z: z[::-1].copy(), ["from south to north", "flipud"]),
        (lambda z: z[:, ::-1].copy(), ["from east to west", "fliplr"]),
        (lambda z: z * 100, ["no pixel within reach", "metres"]),
    ],
)
def test_a_model_that_is_none_is_refused_in_one_line(job, tmp_path, change, words):
    refused(job(model(tmp_path / "odd.tif", change)), "odd.tif: ", *words)
    assert not (tmp_path / "out").exists()


def test_a_dry_run_judges_the_model_too(run, folder, tmp_path):
    def dry(*given, buildings="town"):
        listed = folder / f"{buildings}.geojson"
        return run("assess", listed, "-o", tmp_path / "out", "--rules", "none", "--dry-run", *given)

    assert "note" not in dry("--dsm", folder / "dsm.tif").out
    south = model(tmp_path / "south.tif", lambda z: z[::-1].copy())
    refused(dry("--dsm", south), "from south to north")
    assert "note: south.tif: its rows run from south to north" in dry(
        "--dsm", south, buildings="few"
    ).out.replace("\n", " ")
    refused(
        dry("--dsm", folder / "dsm.tif", "--canopy", folder / "dsm.tif"), "trees above the ground"
    )


def test_what_a_few_buildings_say_is_a_warning(job, tmp_path):
    _, said, _ = job(model(tmp_path / "feet.tif", lambda z: z / np.float32(0.3048)), "--dsm", "few")
    assert "shade, surface: feet.tif: roofs stand 3.28 times as high as listed" in said
    _, said, _ = job(model(tmp_path / "flat.tif", lambda z: z * 0), "--dsm", "few")
    assert "at 8 of 8 buildings the roof is no higher" in said
    assert "one height, 0 m" in said


def holed(value):
    def change(z):
        z[:250] = value
        return z

    return change


@pytest.mark.parametrize("value", [-9999.0, 0.0, 3.4e38])
def test_a_hole_is_unknown_whether_or_not_a_tag_says_so(job, tmp_path, value):
    tagged = job(model(tmp_path / "tagged.tif", holed(value), nodata=value))
    untold = job(model(tmp_path / "untold.tif", holed(value)))
    assert 0 < untold[0].isna().sum() < COUNT
    assert untold[0].equals(tagged[0])
    assert "are no heights" in untold[1]
    assert "are no heights" not in tagged[1]
    for _, said, record in (tagged, untold):
        assert "pixels of roofs have no data in the surface model" in said
        assert "over 20 % of the land within reach is outside the surface model" in said
        assert "none of surface knows them" in record["not_assessed"]["shading_loss_fraction"]
        assert record["shading"]["counts"]["surface"]["planes_much_unknown"] > 0


def test_ground_that_lies_as_high_as_in_feet_is_told(job, folder, tmp_path):
    bare = gpd.read_file(folder / "town.geojson").drop(columns="height_m")
    bare.to_file(folder / "bare.geojson")
    feet = model(tmp_path / "feet.tif", lambda z: z / np.float32(0.3048))
    for option, name in (("--dsm", "surface"), ("--terrain", "terrain")):
        _, said, _ = job(feet, option, "bare")
        assert f"shade, {name}: the ground lies at 3,6" in said
        assert "the altitude of the weather is 1,1" in said
        assert "in feet" in said
        assert "feet" not in job(folder / "dsm.tif", option, "bare")[1]
    bare.assign(altitude_m=1100.0).to_file(folder / "high.geojson")
    assert "the altitude of the roofs is 1,100 m" in job(feet, "--terrain", "high")[1]


def test_a_wall_that_no_building_is_so_high_as_is_told(job, tmp_path):
    def change(z):
        z[HALF : HALF + 20, HALF : HALF + 20] = 2600.0
        return z

    _, said, _ = job(model(tmp_path / "wall.tif", change))
    assert "pixels within reach stand over 1,000 m above those beside them" in said


def test_a_model_without_any_of_the_roofs_is_told(job, tmp_path):
    away = model(tmp_path / "away.tif", turn=lambda one: one * Affine.translation(5000, 0))
    loss, said, record = job(away)
    assert loss.isna().all()
    assert "no roof lies in the surface model: is it of the same place" in said
    assert "outside the rasters" in record["not_assessed"]["shading_loss_fraction"]


def test_a_canopy_above_the_sea_is_refused(run, folder, tmp_path):
    given = (folder / "town.geojson", "-o", tmp_path / "out", "--rules", "none")
    dsm = folder / "dsm.tif"
    refused(run("assess", *given, "--dsm", dsm, "--canopy", dsm), "expected those of trees")


def test_a_spike_takes_no_light_and_is_told(job, folder, tmp_path):
    def change(z):
        z[HALF, HALF] = 3000.0
        return z

    loss, said, record = job(model(tmp_path / "spike.tif", change))
    usual, _, _ = job(folder / "dsm.tif")
    np.testing.assert_allclose(loss, usual, atol=1e-3)
    assert "1 pixels within reach stand alone" in said
    assert record["shading"]["counts"]["surface"]["pixels_spikes"] == 1


def test_what_is_said_of_a_model_is_said_again_with_its_skylines(job, run, folder, tmp_path):
    _, said, _ = job(model(tmp_path / "untold.tif", holed(-9999.0)))
    again = ("assess", folder / "town.geojson", "-o", tmp_path / "again", "--rules", "none")
    reach = ("--set", "shading.surface_reach_m=100")
    assert run(*again, "--skylines", tmp_path / "out", *reach).code == 0
    record = json.loads((tmp_path / "again" / "run.json").read_text(encoding="utf-8"))
    assert "\n".join(record["warnings"]) == said


@pytest.mark.parametrize("option", ["--dsm", "--terrain"])
@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1:9/a.tif",
        "/vsicurl/https://127.0.0.1:9/a.tif",
        "/vsizip/b.zip/a.tif",
        "zip:///b.zip!/a.tif",
        "s3://bucket/a.tif",
    ],
)
def test_addresses_are_refused_in_one_line(job, address, option):
    refused(job(address, option), "a.tif: is an address", "a .zip that holds one raster")


def test_an_archive_with_one_raster_is_read(job, folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "dsm.zip", "w") as archive:
        archive.write(folder / "dsm.tif", "inside/dsm.tif")
    loss, _, record = job(tmp_path / "dsm.zip")
    usual, _, _ = job(folder / "dsm.tif")
    assert loss.equals(usual)
    assert "dsm.zip" in {one["name"] for one in record["inputs"]}
    assert job(tmp_path / "dsm.zip", "--terrain")[0].notna().all()


def test_a_turned_grid_and_one_of_no_place_are_refused(job, tmp_path):
    turned = model(tmp_path / "turned.tif", turn=lambda one: one * Affine.rotation(5.0))
    local = model(tmp_path / "local.tif")
    with rasterio.open(local, "r+") as file:
        file.crs = rasterio.crs.CRS.from_wkt('LOCAL_CS["grid",UNIT["metre",1]]')
    for option in ("--dsm", "--terrain"):
        refused(job(turned, option), "turned.tif: its grid is turned")
        refused(job(local, option), "local.tif: its CRS has no place")
