"""A raster larger than memory is read in windows about the roofs, and about nothing else."""

from __future__ import annotations

import tracemalloc

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.windows import Window

from roofpv.assumptions import Shading
from roofpv.shading import judge_surface, open_surface, surface_skylines

SIDE, LEFT, TOP = 60_000, 450_000.0, 4_340_000.0


@pytest.fixture
def vast(tmp_path):
    """14.4 GB of heights, of which two blocks are written: a roof of 8 m, a wall of 30 m."""
    path = tmp_path / "vast.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=SIDE, height=SIDE, count=1, dtype="float32",
        crs="EPSG:32648", transform=from_origin(LEFT, TOP, 1.0, 1.0), nodata=-9999.0,
        tiled=True, blockxsize=512, blockysize=512, compress="deflate", sparse_ok=True,
        bigtiff="yes",
    ) as file:  # fmt: skip
        z = np.full((512, 512), 1100.0, dtype=np.float32)
        z[200:220, 200:220] = 1108.0
        z[250:254] = 1130.0
        for place in (0, 512 * 116):
            file.write(z[None], window=Window(place, place, 512, 512))
    return path


def test_two_roofs_far_apart_take_the_memory_of_their_tiles(vast):
    assert vast.stat().st_size < 20e6
    at = np.array([0.0, 512 * 116.0])
    x, y = LEFT + at + 200.0, TOP - at - 220.0
    roofs = gpd.GeoDataFrame(
        {"plane_id": ["a", "b"], "height_m": 8.0},
        geometry=shapely.box(x, y, x + 20.0, y + 20.0), crs="EPSG:32648",
    )  # fmt: skip
    tracemalloc.start()
    try:
        judged = judge_surface(open_surface(vast), roofs, Shading())
        seen = surface_skylines(judged.surface, roofs, Shading())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # 40 bytes for each of (20 + 2 * 500 + rim)^2 pixels; GDAL keeps blocks besides.
    assert most < 100e6
    south = seen["horizon_elevation"].sel(azimuth=180.0).groupby("plane").max()
    # Row 219, the last of the roof, is 31 m from the wall, 22 m higher less the module's 0.1 m.
    assert south.to_numpy() == pytest.approx(np.degrees(np.arctan(21.9 / 31.0)), abs=0.01)
    assert judged.doubts == []
