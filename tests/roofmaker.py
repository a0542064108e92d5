"""Footprints in metres, set on the Earth and checked, for tests of roofs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from roofpv.assumptions import Assumptions, from_values
from roofpv.inventory import check_inventory
from roofpv.roofs import installable_area, lay_modules, roof_planes

EARTH = pyproj.Geod(ellps="WGS84")
L_SHAPE = shapely.Polygon([(0, 0), (60, 0), (60, 15), (15, 15), (15, 40), (0, 40)])

# By which nothing of a roof is taken.
BARE = {
    f"roofs.{name}": 0.0
    for name in (
        "edge_equator_m", "edge_side_m", "edge_pole_m", "ridge_m", "eaves_m", "verge_m",
        "steel_edge_m", "pitched_obstacle_fraction", "steel_skylight_fraction", "min_width_m",
        "min_part_m2",
    )
} | {
    f"plant.{use}_fraction": 0.0
    for use in (
        "government", "school", "hospital", "other_public", "residential", "industrial",
        "commercial", "unknown",
    )
}  # fmt: skip


def bare(**values):
    """Assumptions by which nothing is taken, but for these (``room__name``)."""
    return from_values(BARE | {k.replace("__", "."): v for k, v in values.items()}, "test")


def prepared(buildings, assumed=None, zones=None):
    """Planes of checked buildings with their installable area, and their latitudes."""
    assumed = assumed or Assumptions()
    planes = roof_planes(buildings, assumed.roofs)
    owners = buildings.set_index("building_id").reindex(planes["building_id"]).reset_index()
    owners["lat"] = owners["lat"].fillna(39.0)
    return installable_area(planes, owners, zones, assumed), owners["lat"].to_numpy()


def equipped(buildings, assumed=None, option=None):
    """Planes of checked buildings with their modules."""
    assumed = assumed or Assumptions()
    planes, latitude = prepared(buildings, assumed)
    return lay_modules(planes, latitude, assumed.layout, assumed.module, option)


def flat_planes(*shapes):
    """Flat planes that are installable as a whole, in metres east and north."""
    area = shapely.area(shapes)
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(len(shapes))],
            "building_id": [f"b{i}" for i in range(len(shapes))],
            "roof_form": "flat", "roof_tilt": 0.0, "roof_azimuth": 180.0, "area_m2": area,
            "geometry": np.array(shapes, dtype=object),
            "installable": np.array(shapes, dtype=object), "installable_area_m2": area,
        }
    )  # fmt: skip


def apart(a, b):
    """Angle between azimuths. [deg]."""
    return np.abs((a - b + 180.0) % 360.0 - 180.0)


def placed(shape, lat=39.0, lon=106.37):
    """A shape in metres, set on the Earth by distance and bearing from a point."""
    x, y = shapely.get_coordinates(shape).T
    start = np.full((2, x.size), [[lon], [lat]])
    there = EARTH.fwd(*start, np.degrees(np.arctan2(x, y)), np.hypot(x, y))
    return shapely.set_coordinates(shapely.from_wkb(shape.wkb), np.column_stack(there[:2]))


def rectangle(length, width, azimuth=90.0):
    """A rectangle about the origin whose long side has that azimuth."""
    upright = shapely.box(-width / 2, -length / 2, width / 2, length / 2)
    return shapely.affinity.rotate(upright, -azimuth, origin=(0, 0))


def further(shape, turn):
    """The same shape a street further on: the same roof twice would be set aside."""
    return shape if turn == 0 else shapely.affinity.translate(shape, xoff=0.01 * turn)


def checked(shape=None, **columns):
    """Checked buildings: one for each value of the longest column."""
    count = max([len(v) for v in columns.values() if isinstance(v, list)], default=1)
    shapes = (
        shape if isinstance(shape, list) else [shape and further(shape, i) for i in range(count)]
    )
    table = pd.DataFrame({"building_id": [f"b{i}" for i in range(count)], **columns})
    found = check_inventory(gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326"))
    assert found.quarantine.empty
    return found.buildings


def star(rng, size=20.0, corners=9):
    """A polygon seen whole from its middle, as often hollow as not."""
    turns = (np.arange(corners) + rng.uniform(0.0, 0.9, corners)) * 2.0 * np.pi / corners
    reach = rng.uniform(0.2, 1.0, corners) * size
    return shapely.Polygon(np.column_stack([reach * np.cos(turns), reach * np.sin(turns)]))


def wings(rng, size=20.0, count=4):
    """Blocks at right angles that touch or lie apart, perhaps with a courtyard."""
    blocks = []
    for x, y, width, length in rng.uniform([-1, -1, 0.2, 0.2], [1, 1, 1.2, 1.2], (count, 4)) * size:
        blocks.append(shapely.box(x, y, x + width, y + length))
    shape = shapely.union_all(blocks)
    if rng.random() < 0.5:
        shape = shape.difference(shape.centroid.buffer(size / 10.0, quad_segs=2))
    return shapely.affinity.rotate(shape, rng.uniform(0.0, 180.0))


def needle(rng, size=20.0):
    """A strip from a millimetre to a metre wide."""
    width = 10.0 ** rng.uniform(-3.0, 0.0)
    return shapely.affinity.rotate(rectangle(size, width), rng.uniform(0.0, 180.0))


def varied(seed, count=60):
    """Footprints of every make, from 3 to 300,000 square metres."""
    rng = np.random.default_rng(seed)
    makes = [star, wings, needle, wings]
    sizes = 10.0 ** rng.uniform(0.3, 2.6, count)
    return [makes[i % len(makes)](rng, size) for i, size in enumerate(sizes)]
