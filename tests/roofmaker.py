"""Footprints in metres, set on the Earth and checked, for tests of roofs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from roofpv.inventory import check_inventory

EARTH = pyproj.Geod(ellps="WGS84")
L_SHAPE = shapely.Polygon([(0, 0), (60, 0), (60, 15), (15, 15), (15, 40), (0, 40)])


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
