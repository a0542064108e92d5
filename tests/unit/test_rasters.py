"""Height rasters: what is read, and what is refused in one clear line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin

from roofpv.assumptions import Shading
from roofpv.errors import InvalidRaster
from roofpv.shading.rasters import (
    array_raster,
    north_of_grid,
    open_canopy,
    open_elevation,
    open_surface,
)
from roofpv.shading.surface import surface_skylines

Z = (np.arange(600.0).reshape(20, 30) / 10.0).astype(np.float32)
PLACE = from_origin(500000.0, 4300020.0, 1.0, 1.0)


def written(folder, z=Z, name="dsm.tif", **more):
    path = folder / name
    tags = {"units": more.pop("units", None), "scales": more.pop("scales", None)}
    kept = {
        "driver": "GTiff", "height": z.shape[-2], "width": z.shape[-1], "count": 1,
        "dtype": z.dtype, "crs": "EPSG:32648", "transform": PLACE,
    } | more  # fmt: skip
    with rasterio.open(path, "w", **kept) as file:
        file.write(z if z.ndim == 3 else z[None])
        for key, value in tags.items():
            if value is not None:
                setattr(file, key, value)
    return path


def test_windows_of_a_file_are_those_of_the_array(tmp_path):
    raster = open_surface(written(tmp_path, nodata=-9999.0))
    assert (raster.shape, raster.left, raster.top) == ((20, 30), 500000.0, 4300020.0)
    assert raster.middle() == (500015.0, 4300010.0)
    array = array_raster(Z, 1.0)
    assert array.top == 20.0
    for window in (((0, 20), (0, 30)), ((-3, 7), (25, 40)), ((30, 33), (0, 4))):
        got = raster.window(*window)
        assert got.tobytes() == array.window(*window).tobytes()
    assert np.isnan(raster.window((-3, 7), (25, 40))[:3]).all()
    assert raster.remarks == (
        "dsm.tif: no vertical datum stated; heights are only compared with each other",
    )


def test_holes_and_impossible_heights_are_no_data(tmp_path):
    z = Z.copy()
    z[0, 0], z[0, 1], z[0, 2], z[:6, 3:9] = -9999.0, 3.4e38, np.nan, -400.0
    for nodata in (-9999.0, None):
        got = open_surface(written(tmp_path, z, nodata=nodata)).window((0, 1), (0, 5))[0]
        assert np.isnan(got).tolist() == [True, True, True, False, False]


def test_whole_numbers_of_centimetres(tmp_path):
    z = np.round(Z * 100.0).astype(np.int16)
    raster = open_surface(written(tmp_path, z, nodata=17, scales=(0.01,)))
    got = raster.window((0, 20), (0, 30))
    assert got == pytest.approx(np.where(z == 17, np.nan, Z), abs=1e-5, nan_ok=True)


def test_rows_from_south_to_north_are_put_right(tmp_path):
    turned = Affine(1.0, 0.0, 500000.0, 0.0, 1.0, 4300000.0)
    raster = open_surface(written(tmp_path, Z[::-1].copy(), transform=turned))
    assert raster.top == 4300020.0
    assert raster.window((3, 12), (2, 9)).tobytes() == Z[3:12, 2:9].tobytes()
    assert raster.remarks[1] == "dsm.tif: rows run from south to north, taken so"


def test_a_vertical_datum_is_told(tmp_path):
    raster = open_surface(
        written(tmp_path, crs="EPSG:7415", transform=from_origin(85000, 447000, 1, 1))
    )
    assert raster.remarks == ("dsm.tif: heights in NAP height",)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"crs": "EPSG:4326", "transform": from_origin(106, 39, 1e-5, 1e-5)}, "in degrees"),
        ({"crs": "EPSG:2263"}, "grid is in US survey foot, expected metres"),
        ({"crs": "EPSG:3857", "transform": from_origin(11.8e6, 4.7e6, 1, 1)}, "is 0.77. m on the"),
        ({"crs": None}, "states no CRS"),
        ({"transform": from_origin(500000, 4300020, 1, 2)}, "1 by 2 m, expected squares"),
        ({"transform": PLACE * Affine.rotation(10.0)}, "turned or mirrored"),
        ({"transform": Affine(-1, 0, 500000, 0, -1, 4300020)}, "turned or mirrored"),
        ({"units": ("ft",)}, "heights are in ft, expected metres"),
        ({"crs": "EPSG:32648+6360"}, "heights are in US survey foot"),
        ({"z": np.zeros((3, 20, 30), np.uint8), "count": 3}, "has 3 bands of uint8"),
    ],
)  # fmt: skip
def test_a_raster_that_is_none_of_metres_is_refused(tmp_path, more, told):
    path = written(tmp_path, **more)
    with pytest.raises(InvalidRaster, match=told) as fault:
        open_surface(path)
    assert str(fault.value).startswith("dsm.tif: ")
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    "crs",
    [
        'LOCAL_CS["grid",UNIT["metre",1]]',
        'ENGCRS["site",EDATUM["peg"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
        'LENGTHUNIT["metre",1]]',
        "EPSG:4978",
    ],
)
def test_a_grid_of_no_place_on_earth_is_refused(tmp_path, crs):
    path = written(tmp_path, crs=rasterio.crs.CRS.from_user_input(crs))
    for opened in (open_surface, open_elevation):
        with pytest.raises(InvalidRaster, match="its CRS has no place on a map of the Earth"):
            opened(path)


def test_a_place_outside_the_area_of_its_crs_is_refused(tmp_path):
    path = written(tmp_path, transform=from_origin(5e9, 4300020.0, 1.0, 1.0))
    with pytest.raises(InvalidRaster, match="outside the area of its CRS"):
        open_surface(path)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_without_a_place_is_refused(tmp_path):
    path = written(tmp_path, transform=Affine.identity())
    with pytest.raises(InvalidRaster, match="has no georeference"):
        open_surface(path)


def test_what_is_no_raster_is_refused(tmp_path):
    with pytest.raises(InvalidRaster, match="no such file"):
        open_surface(tmp_path / "none.tif")
    with pytest.raises(InvalidRaster, match="is an address"):
        open_surface("https://example.org/dsm.tif")
    text = tmp_path / "text\x1b[31m.tif"
    text.write_text("heights")
    with pytest.raises(InvalidRaster, match="cannot be read as a raster") as fault:
        open_surface(text)
    assert "\x1b" not in str(fault.value)


def test_a_file_that_breaks_off_is_refused_where_it_is_read(tmp_path):
    z = np.random.default_rng(0).normal(size=(256, 256)).astype(np.float32)
    path = written(tmp_path, z)
    path.write_bytes(path.read_bytes()[:150_000])
    raster = open_surface(path)
    with pytest.raises(InvalidRaster, match="rows 0 to 256 cannot be read"):
        raster.window((0, 256), (0, 256))


def test_degrees_are_fit_for_terrain(tmp_path):
    path = written(tmp_path, crs="EPSG:4326", transform=from_origin(106, 39, 1e-3, 1e-3))
    raster = open_elevation(path)
    assert raster.geographic
    assert north_of_grid(raster) == 0.0


def test_terrain_in_web_mercator_is_refused_and_in_a_map_of_the_country_is_not(tmp_path):
    path = written(tmp_path, crs="EPSG:3857", transform=from_origin(11.8e6, 4.7e6, 30, 30))
    with pytest.raises(InvalidRaster, match=r"is 0\.77. m on the ground"):
        open_elevation(path)
    albers = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m"
    path = written(tmp_path, crs=albers, transform=from_origin(120000, 4.1e6, 30, 30))
    assert not open_elevation(path).geographic
    with pytest.raises(InvalidRaster, match="m on the ground"):
        open_surface(path)


def test_north_of_the_grid_leans_toward_the_central_meridian(tmp_path):
    east = open_surface(written(tmp_path, transform=from_origin(757000, 4300020, 1, 1)))
    middle = open_surface(written(tmp_path, transform=from_origin(499985, 4300020, 1, 1)))
    assert north_of_grid(east) == pytest.approx(-1.86, abs=0.02)
    assert north_of_grid(middle) == pytest.approx(0.0, abs=1e-6)
    assert north_of_grid(array_raster(Z, 1.0)) == 0.0


def test_a_canopy_lies_on_the_grid_of_the_surface(tmp_path):
    surface = open_surface(written(tmp_path))
    lone = open_canopy(written(tmp_path, name="lone.tif", crs=None), surface)
    assert lone.crs == surface.crs
    for more in (
        {"transform": from_origin(500000.5, 4300020, 1, 1)},
        {"z": Z[:10]},
        {"crs": "EPSG:32649"},
    ):
        with pytest.raises(InvalidRaster, match="grid is not that of dsm"):
            open_canopy(written(tmp_path, name="other.tif", **more), surface)


def test_a_file_gives_the_skylines_of_its_array(tmp_path):
    z = np.round(np.random.default_rng(0).uniform(0, 20, (64, 64)), 2).astype(np.float32)
    transform = from_origin(499968.0, 4300064.0, 1.0, 1.0)
    file = open_surface(
        written(tmp_path, z, transform=transform, tiled=True, blockxsize=16, blockysize=16)
    )
    planes = gpd.GeoSeries.from_wkt(
        ["POLYGON ((499990 4300020, 500010 4300020, 500010 4300040, 499990 4300040, "
         "499990 4300020))"], crs="EPSG:32648"
    ).to_frame("geometry")  # fmt: skip
    assumed = Shading(surface_reach_m=30.0)
    got = surface_skylines(file, planes, assumed, tile=7)
    array = array_raster(z, 1.0, left=499968.0, top=4300064.0)
    want = surface_skylines(array, planes.set_crs(None, allow_override=True), assumed)
    # On the central meridian the grid's north is true to 1e-7 degrees.
    miss = np.abs(got["horizon_elevation"] - want["horizon_elevation"])
    assert float(miss.max()) < 1e-4
