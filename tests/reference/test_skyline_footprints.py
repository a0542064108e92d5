"""Skylines among real footprints, against every wall met by brute force."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from footprints import DATA
from skylinemaker import by_rays, flat_planes

from roofpv.roofs.metric import local_frames, to_local_metres
from roofpv.shading import neighbour_skylines

TOKYO = DATA / "pybdshadow_tokyo" / "bd_demo.json"

pytestmark = pytest.mark.skipif(
    not TOKYO.is_file(), reason="reference data not found at ../shared/data"
)


@pytest.fixture(scope="module")
def tokyo():
    city = gpd.read_file(TOKYO).to_crs(4326)
    city = city[shapely.is_valid(city.geometry.to_numpy())].reset_index(drop=True)
    names = [f"t{i}" for i in range(len(city))]
    return city[["geometry"]].assign(building_id=names, height_m=city["height"].astype(float))


@pytest.fixture(scope="module")
def skylines(tokyo):
    return neighbour_skylines(flat_planes(tokyo), tokyo)


def test_the_city_is_whole(tokyo, skylines):
    assert len(tokyo) > 1350
    assert not np.isnan(skylines["horizon_elevation"]).any()
    assert (skylines["height_basis"] == "stated").all()
    assert skylines["neighbours_stated"].max() > 50


def test_points_of_forty_roofs_by_brute_force(tokyo, skylines):
    rng = np.random.default_rng(0)
    for row in rng.choice(len(tokyo), 40, replace=False):
        frame = local_frames(tokyo.geometry.to_numpy().astype(object)[row : row + 1])
        local = to_local_metres(
            tokyo.geometry.to_numpy().astype(object), frame.at(np.zeros(len(tokyo), dtype=int))
        )
        found = skylines.isel(plane_id=row, point=int(rng.integers(9)))
        spot = shapely.Point(float(found["x_m"]), float(found["y_m"]))
        rise = tokyo["height_m"].to_numpy() - float(found["height_m"])
        kept = (shapely.distance(local, spot) <= 200.0) & (rise > 0.0)
        kept[row] = False
        moved = [shapely.affinity.translate(s, -spot.x, -spot.y) for s in local[kept]]
        expected = by_rays(moved, rise[kept], reach=200.0)
        off = np.abs(found["horizon_elevation"].to_numpy() - expected)
        # A ray along a corner or at the end of reach may fall either way.
        assert (off > 1e-3).sum() <= 1
