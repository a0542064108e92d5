"""Small roofs with towers about them, as lists of buildings, rasters and horizon files."""

from __future__ import annotations

import importlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import rasterio
import shapely
from rasterio.features import rasterize
from rasterio.transform import from_origin
from roofmaker import placed

from roofpv.assumptions import from_values
from roofpv.surroundings import Surroundings
from roofpv.weather import Convention, WeatherSite, bundled_weather, weather_dataset

assess = importlib.import_module("roofpv.assessment").assess
GRID = "EPSG:32648"
LON, LAT = 106.37, 39.0
# In metres about the place: a low roof, one beside it, a gabled one.
ROOFS = {
    "low": shapely.box(-12, -8, 12, 8),
    "beside": shapely.box(-50, -8, -26, 8),
    "gable": shapely.box(30, -6, 54, 6),
}
HEIGHTS = {"low": 6.0, "beside": 9.0, "gable": 7.0}
FORMS = {"low": "flat", "beside": "flat", "gable": "gabled"}
TOWER = shapely.box(-15, -48, 15, -28)
EAST = shapely.box(70, -10, 90, 10)
NO_LIMIT = {"roofs.min_solar_access": 0.0}


def listed(*names, **columns):
    """Roofs of the street as a list of buildings."""
    names = names or tuple(ROOFS)
    table = {
        "building_id": list(names),
        "height_m": [HEIGHTS[name] for name in names],
        "roof_type": [FORMS[name] for name in names],
        "lon": LON, "lat": LAT, **columns,
    }  # fmt: skip
    shapes = [placed(ROOFS[name], LAT, LON) for name in names]
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=shapes, crs=4326)


def towers(*pairs, **columns):
    """A context of shapes in metres and their heights; the tower in the south if none is given."""
    pairs = pairs or ((TOWER, 40.0),)
    table = {"building_id": [f"t{i}" for i in range(len(pairs))],
             "height_m": [height for _, height in pairs], **columns}  # fmt: skip
    shapes = [placed(shape, LAT, LON) for shape, _ in pairs]
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=shapes, crs=4326)


def assessed(buildings=None, around=None, weather=None, zones=None, **settings):
    """An assessment without targets; settings as ``room__name``, no limit of shade."""
    values = NO_LIMIT | {key.replace("__", "."): value for key, value in settings.items()}
    if isinstance(around, gpd.GeoDataFrame):
        around = Surroundings(around)
    return assess(
        listed() if buildings is None else buildings,
        bundled_weather("dawukou") if weather is None else weather,
        rules=[], assumptions=from_values(values, "test"), zones=zones, surroundings=around,
    )  # fmt: skip


def row(result, name):
    """Row of one building."""
    return result.buildings.set_index("building_id").loc[name]


def surface(path, pairs=(), half=200, ground=1100.0, crs=GRID, pixel=1.0):
    """A surface model about the street: level ground, its roofs and shapes in metres on it."""
    east, north = middle(crs)
    grid = from_origin(east - half, north + half, pixel, pixel)
    blocks = [(ROOFS[name], HEIGHTS[name]) for name in ROOFS] + list(pairs)
    into = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    drawn = [
        (shapely.transform(placed(shape, LAT, LON), into.transform, interleaved=False), height)
        for shape, height in blocks
    ]
    side = round(2 * half / pixel)
    z = ground + rasterize(drawn, (side, side), transform=grid, dtype="float32")
    return write_raster(path, z.astype(np.float32), grid, crs)


def write_raster(path, z, grid, crs=GRID, **more):
    """One band of heights."""
    with rasterio.open(
        path, "w", driver="GTiff", height=z.shape[0], width=z.shape[1], count=1, dtype=z.dtype,
        crs=crs, transform=grid, **more,
    ) as file:  # fmt: skip
        file.write(z[None])
    return path


def middle(crs=GRID):
    """Place of the street on the grid."""
    x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(LON, LAT)
    return float(np.floor(x)), float(np.floor(y))


def elevation(path, ridge=2500.0):
    """An elevation model in degrees with a ridge 3 km south of the street."""
    z = np.full((200, 200), 1100.0, dtype=np.float32)
    grid = from_origin(LON - 0.1, LAT + 0.1, 0.001, 0.001)
    z[130:134] = ridge
    return write_raster(path, z, grid, "EPSG:4326")


def horizon(path, height=12.0):
    """A horizon file of PVGIS: hills in the south, azimuth 0."""
    rows = [f"{a:.1f}\t{height if abs(a) <= 60 else 0.0:.1f}" for a in np.arange(-180.0, 181, 7.5)]
    head = "Latitude (decimal degrees):\t39.000\nLongitude (decimal degrees):\t106.370\n\n"
    path.write_text(f"{head}A\tH_hor\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def bright_years(*shares):
    """Weather of as many years as shares, from 2018 on, the light of each by its share."""
    count = 8760 * len(shares) + 24 * ((len(shares) + 1) // 4)
    time = pd.date_range("2017-12-31T16:00", periods=count, freq="h")
    local = time + pd.Timedelta(hours=8)
    high = np.clip(np.cos((local.hour.to_numpy() + 0.5 - 12.9) / 12.0 * np.pi), 0.0, None)
    high = high * np.array(shares)[local.year.to_numpy() - 2018]
    frame = pd.DataFrame(
        {"ghi": np.nan, "dni": 700 * high, "dhi": 100 * high, "temp_air": 10.0, "wind_speed": 2.0},
        index=time,
    )
    site = WeatherSite("town", LAT, LON, 1100.0)
    return weather_dataset(frame, site, Convention("start", 8.0), {"source": "town.csv"})
