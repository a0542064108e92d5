"""The surface model of the UMEP tutorial: skylines against rays cast one by one, and its trees."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pvlib
import pytest
import shapely
from raycast import cast

from roofpv.assumptions import Shading
from roofpv.errors import InvalidRaster
from roofpv.shading.rasters import open_canopy, open_surface
from roofpv.shading.surface import Trees, surface_skylines

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "dsm" / "goteborg"
ARCHIVE = FOLDER / "Goteborg_SWEREF99_1200.zip"
REACH = 300.0


def _layer(name: str) -> str:
    if not ARCHIVE.is_file():
        pytest.skip("reference data not found at ../shared/data")
    return f"zip://{ARCHIVE}!/Goteborg_SWEREF99_1200/{name}"


@cache
def _surface():
    return open_surface(_layer("DSM_KRbig.tif"))


@cache
def _roofs() -> gpd.GeoDataFrame:
    """200 pixels that stand 3 m or more above the ground, drawn at random."""
    surface = _surface()
    whole = tuple((0, size) for size in surface.shape)
    z = surface.window(*whole)
    ground = open_surface(_layer("DEM_KRbig.tif")).window(*whole)
    row, column = np.nonzero(z - ground > 3.0)
    drawn = np.random.default_rng(20261).choice(row.size, 200, replace=False)
    row, column = row[drawn], column[drawn]
    x, y = surface.left + column + 0.5, surface.top - row - 0.5
    boxes = shapely.box(x - 0.4, y - 0.4, x + 0.4, y + 0.4)
    return gpd.GeoDataFrame({"row": row, "column": column}, geometry=boxes, crs=surface.crs)


def _losses(skyline: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Share of the year's horizontal irradiation that skylines (pixel, azimuth) keep away."""
    met = pd.read_csv(FOLDER / "GBG_TMY_1977.txt", sep=r"\s+")
    met.columns = [name.strip("%").lower() for name in met.columns]
    times = pd.date_range("1977-01-01 00:30", periods=8760, freq="h", tz="Etc/GMT-1")
    sun = pvlib.solarposition.get_solarposition(times, 57.7, 12.0)
    up = sun["elevation"].to_numpy() > 0.0
    high, toward = sun["elevation"].to_numpy()[up], sun["azimuth"].to_numpy()[up]
    diffuse = np.maximum(met["kdiff"].to_numpy(), 0.0).sum()
    beam = np.maximum(met["kdown"].to_numpy() - met["kdiff"].to_numpy(), 0.0)[up]
    view = (np.cos(np.radians(skyline)) ** 2).mean(axis=1)
    lit = np.array(
        [beam[high > np.interp(toward, azimuth, one, period=360.0)].sum() for one in skyline]
    )
    return 1.0 - (lit + view * diffuse) / (beam.sum() + diffuse)


def test_losses_are_those_of_rays_cast_one_by_one():
    roofs, surface = _roofs(), _surface()
    assumed = Shading(surface_reach_m=REACH, surface_eye_m=0.0)
    seen = surface_skylines(surface, roofs, assumed)
    assert seen.sizes["pixel"] == 200
    z = surface.window(*((0, size) for size in surface.shape)).astype(float)
    turn = 0.0  # EPSG:3007 has its central meridian, 12 E, in the city
    fine = np.arange(120) * 3.0
    rays = np.array(
        [
            [cast(z, row, column, a + turn, REACH, step=0.25) for a in fine]
            for row, column in zip(roofs["row"], roofs["column"], strict=True)
        ]
    )
    swept = seen["horizon_elevation"].to_numpy().astype(float)
    miss = 100.0 * np.abs(_losses(swept, seen["azimuth"].to_numpy()) - _losses(rays, fine))
    assert miss.mean() <= 0.5
    assert miss.max() <= 3.0
    assert np.median(np.abs(swept[:, ::3] - rays[:, ::5])) < 0.3


def test_trees_hide_more_than_buildings():
    surface = _surface()
    canopy = open_canopy(_layer("CDSM_KRbig.asc"), surface)
    trees = Trees(canopy, open_surface(_layer("DEM_KRbig.tif")))
    assumed = Shading(surface_reach_m=REACH)
    seen = surface_skylines(surface, _roofs(), assumed, trees=trees)
    more = (seen["canopy_elevation"] - seen["horizon_elevation"]).to_numpy()
    assert (more >= 0.0).all()
    assert 0.05 < (more > 1.0).mean() < 0.9
    assert np.isfinite(seen["canopy_elevation"].to_numpy()).all()


def test_a_canopy_without_a_crs_is_no_surface():
    path = _layer("CDSM_KRbig.asc")
    with pytest.raises(InvalidRaster, match="states no CRS"):
        open_surface(path)
