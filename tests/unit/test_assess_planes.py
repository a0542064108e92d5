"""Planes of a whole assessment: on the map, written, read back; what was left out of a model."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import placed, rectangle

import roofpv
from roofpv.record import surface_warnings
from roofpv.roofs import planes_in_metres


def city() -> gpd.GeoDataFrame:
    """A gable, a roof that is not drawn, and a model with a wall among its roofs."""
    shapes = [placed(rectangle(40, 12), 39.0, 106.37), None, placed(rectangle(20, 10), 39.0, 106.4)]
    flat = shapely.force_3d(shapes[2], 10.0)
    corners = shapely.get_coordinates(shapes[2])[:2]
    wall = shapely.Polygon([(*corners[0], 0.0), (*corners[1], 0.0), (*corners[1], 9.0)])
    surfaces = np.full(3, None, dtype=object)
    surfaces[2] = shapely.MultiPolygon([shapely.orient_polygons(flat), wall])
    table = pd.DataFrame(
        {
            "building_id": ["gable", "list", "model"],
            "roof_type": ["gabled", None, None],
            "floor_area_m2": [900.0] * 3,
            "floors": [3.0] * 3,
            "lon": [106.37] * 3,
            "lat": [39.0] * 3,
            "roof_surfaces": surfaces,
        }
    )
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def test_planes_are_written_on_the_map_and_read_back(tmp_path):
    result = roofpv.assess(city())
    planes = roofpv.read_results(roofpv.write_results(result, tmp_path / "out")).planes
    assert isinstance(planes, gpd.GeoDataFrame)
    assert planes.crs.to_epsg() == 4326
    assert planes["plane_id"].tolist() == ["gable/1", "gable/2", "list/1", "model/1"]
    assert planes["evidence_grade"].tolist() == ["C", "C", "D", "A"]
    assert planes.geometry.isna().tolist() == [False, False, True, False]
    local = planes_in_metres(planes, result.buildings)
    seen = shapely.area(local["geometry"].to_numpy())
    assert seen[[0, 1, 3]] == pytest.approx(planes["plan_area_m2"].to_numpy()[[0, 1, 3]], rel=1e-6)
    assert seen[3] == pytest.approx(200.0, rel=1e-4)


def test_a_wall_among_the_roofs_is_told():
    said = [one for one in roofpv.assess(city()).run["warnings"] if "roof surfaces" in one]
    assert said == ["roof surfaces of 3D models left out: 1 steeper than 80 degrees"]


def test_what_is_left_out_of_models_in_words():
    assert surface_warnings({}) == []
    assert surface_warnings({"without_area": 0, "facing_down": 0, "upright": 0}) == []
    assert surface_warnings({"without_area": 1200, "facing_down": 2, "upright": 0}) == [
        "roof surfaces of 3D models left out: 1,200 without area, 2 facing down"
    ]
