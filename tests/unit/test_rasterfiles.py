"""Which files rasters are read from: of this machine, and none that lead elsewhere."""

from __future__ import annotations

import socket
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from roofpv.errors import InvalidRaster
from roofpv.shading.rasterfiles import raster_source
from roofpv.shading.rasters import open_surface
from roofpv.surroundings import read_surroundings

Z = np.arange(64.0, dtype=np.float32).reshape(8, 8)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def fail(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "create_connection", fail)


@pytest.fixture
def tif(tmp_path):
    path = tmp_path / "高程.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=8, width=8, count=1, dtype="float32", crs="EPSG:32648",
        transform=from_origin(500000.0, 4300008.0, 1.0, 1.0),
    ) as file:  # fmt: skip
        file.write(Z[None])
    return path


def packed(path, *pairs):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for source, name in pairs:
            archive.write(source, name)
    return path


def mosaic(path, part, more=""):
    head = "<SRS>EPSG:32648</SRS><GeoTransform>500000, 1, 0, 4300008, 0, -1</GeoTransform>"
    path.write_text(
        f'<VRTDataset rasterXSize="8" rasterYSize="8">{head}'
        f'<VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        f'<SourceFilename relativeToVRT="1">{part}</SourceFilename><SourceBand>1</SourceBand>'
        f"</SimpleSource></VRTRasterBand>{more}</VRTDataset>",
        encoding="utf-8",
    )
    return path


def same(raster):
    return np.array_equal(raster.window((0, 8), (0, 8)), Z)


@pytest.mark.parametrize("name", ["dsm.zip", "a {b} c.zip", "里面.ZIP"])
def test_an_archive_that_holds_one_raster_is_read(tif, tmp_path, name):
    path = packed(tmp_path / name, (tif, "a/高程.tif"), (tif, "__MACOSX/a/._高程.tif"),
                  (__file__, "read.me"))  # fmt: skip
    assert same(open_surface(path))
    around = read_surroundings(surface=path)
    assert around.inputs[0]["name"] == name
    assert same(open_surface(f"zip://{path}!/a/高程.tif"))


def test_other_archives_are_refused(tif, tmp_path):
    two = packed(tmp_path / "two.zip", (tif, "a.tif"), (tif, "b.tif"))
    with pytest.raises(InvalidRaster, match=r"two\.zip: holds 2 rasters, expected one\. Unpack"):
        open_surface(two)
    with pytest.raises(InvalidRaster, match="holds 0 rasters"):
        open_surface(packed(tmp_path / "none.zip", (__file__, "a.py")))
    fake = tmp_path / "fake.zip"
    fake.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InvalidRaster, match="cannot be read as an archive"):
        open_surface(fake)
    evil = packed(tmp_path / "evil.zip", (mosaic(tmp_path / "m.vrt", "高程.tif"), "m.tif"))
    with pytest.raises(InvalidRaster, match="cannot be read as a raster"):
        open_surface(evil)


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/dsm.tif", "http:/example.org/dsm.tif", "s3://bucket/dsm.tif",
        "/vsicurl/https://example.org/dsm.tif", "/vsizip/a.zip/dsm.tif", "/VSIS3/bucket/dsm.tif",
        "zip:/tmp/a.zip!/dsm.tif", "zip+https://example.org/a.zip!dsm.tif",
    ],
)  # fmt: skip
def test_addresses_are_refused(path):
    for given in (path, Path(path)):
        with pytest.raises(InvalidRaster, match=r"dsm\.tif: is an address, expected a file"):
            raster_source(given)
    with pytest.raises(InvalidRaster, match="no such file"):
        raster_source("zip:///nowhere/a.zip!/dsm.tif")


def test_a_mosaic_of_files_here_is_read(tif, tmp_path):
    assert same(open_surface(mosaic(tmp_path / "city.vrt", tif.name)))
    assert same(open_surface(mosaic(tmp_path / "whole.VRT", tif)))


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("/vsicurl/http://127.0.0.1:9/a.tif", "no file of this machine"),
        ("&#47;vsicurl/http://127.0.0.1:9/a.tif", "no file of this machine"),
        ("http://127.0.0.1:9/a.tif", "no file of this machine"),
        ("gone.tif", "gone.tif is no file of this machine"),
        ("service.tif", "service.tif is no GeoTIFF"),
        ("inner.vrt", "inner.vrt is no GeoTIFF"),
    ],
)
def test_a_mosaic_that_leads_elsewhere_is_refused(tif, tmp_path, part, told):
    (tmp_path / "service.tif").write_text("<GDAL_WMS><Service name='TMS'/></GDAL_WMS>")
    mosaic(tmp_path / "inner.vrt", tif.name)
    with pytest.raises(InvalidRaster, match=told) as fault:
        open_surface(mosaic(tmp_path / "city.vrt", part))
    assert "gdal_translate" in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_mosaic_that_is_none_is_refused(tmp_path):
    path = tmp_path / "city.vrt"
    path.write_text('<!DOCTYPE a [<!ENTITY b "c">]><VRTDataset/>')
    with pytest.raises(InvalidRaster, match="has definitions of its own"):
        open_surface(path)
    for content in (b"<VRTDataset>", b"\xff\xfe\xff", b""):
        path.write_bytes(content)
        with pytest.raises(InvalidRaster, match="cannot be read as a mosaic"):
            open_surface(path)


def test_a_service_in_the_clothes_of_a_raster_is_no_raster(tmp_path):
    for name in ("dsm.tif", "dsm.xml"):
        path = tmp_path / name
        path.write_text(
            "<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:9/${z}</ServerUrl>"
            "</Service><DataWindow><UpperLeftX>0</UpperLeftX></DataWindow></GDAL_WMS>"
        )
        with pytest.raises(InvalidRaster, match="cannot be read as a raster"):
            open_surface(path)
