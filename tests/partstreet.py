"""The small list of `partsmaker` in a street, and a context of it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from partsmaker import messy_list


def street() -> gpd.GeoDataFrame:
    """The messy list in a street: near each other, with towers, blocks and parts among them."""
    frame = messy_list()
    number = np.arange(len(frame))
    east, north = 106.37 + (number % 8) * 4e-4, 39.01 + (number // 8) * 3e-4
    usual = frame.geometry.notna() & (number != 33)
    middle = shapely.centroid(frame.geometry.to_numpy())
    moved = [
        shapely.affinity.translate(shape, x - spot.x, y - spot.y) if fine else shape
        for shape, fine, x, y, spot in zip(frame.geometry, usual, east, north, middle, strict=True)
    ]
    frame = frame.set_geometry(gpd.GeoSeries(moved, crs=4326))
    for one, other in ((40, 3), (44, 5), (60, 0), (59, 30)):
        half = 4e-5 if one == 44 else 0.0
        frame.loc[one, "geometry"] = shapely.affinity.translate(frame.geometry[other], half)
    frame.loc[[16, 17, 35], "height_m"] = [60.0, 45.0, 5000.0]
    return frame


def context_of(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Most of the street with other heights, and what is only there."""
    rows = [i for i in range(len(frame)) if i % 6 and i != 33 and frame.geometry[i] is not None]
    around = frame.iloc[rows][["building_id", "use", "floors", "height_m", "geometry"]].copy()
    shapes = around.geometry.to_numpy()
    around["height_m"] = np.where(np.arange(len(around)) % 3, around["height_m"] + 2.0, np.nan)
    moved = [
        shape if turn % 4 else shapely.affinity.translate(shape, 2e-5)
        for turn, shape in enumerate(shapes)
    ]
    around = around.set_geometry(moved, crs=4326)
    x, y = 106.37, 39.01
    more = [
        (shapely.box(x - 1e-4, y - 1e-4, x + 1.5e-3, y + 9e-4), 12.0),
        (shapely.box(x + 1e-3, y + 1e-3, x + 1.03e-3, y + 1.03e-3), 80.0),
        (shapely.box(x + 3.3e-3, y + 1e-3, x + 3.5e-3, y + 1.2e-3), 90.0),
        (shapely.box(x + 3.3e-3, y + 1e-3, x + 3.5e-3, y + 1.2e-3), 95.0),
        (shapely.box(x + 3.31e-3, y + 1e-3, x + 3.5e-3, y + 1.2e-3), np.nan),
        (shapely.box(x + 5e-2, y, x + 5.01e-2, y + 1e-4), 20.0),
        (shapely.box(x + 2e-3, y + 2.9e-3, x + 2.2e-3, y + 3e-3), 2000.0),
        (None, 10.0),
    ]  # fmt: skip
    rest = gpd.GeoDataFrame(
        {"building_id": [f"C{i}" for i in range(len(more))], "use": "office",
         "floors": 3.0, "height_m": [height for _, height in more]},
        geometry=[shape for shape, _ in more], crs=4326,
    )  # fmt: skip
    return gpd.GeoDataFrame(pd.concat([around, rest], ignore_index=True), crs=4326)
