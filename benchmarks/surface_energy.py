"""
From a raster of heights to the shaded AC energy of every roof pixel: seconds for 1 km2, and a map.

Each roof pixel is a plane of its own: sloped as the roof pixels beside it say, flat where they say
more than 60 degrees, which is an edge; under its own skyline; its energy simulated hour by hour
and summed by month. The town is that of ``surface.py`` under the bundled weather of Dawukou; with
``--tutorial`` it is the Gothenburg set of the UMEP tutorial under its own weather, where what
stands 3 m above the ground is roof.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import psutil
import rasterio.features
import record
import shapely
import xarray as xr
from surface import DIRECTIONS, REACH_M, town

from roofpv.assumptions import Assumptions, Shading
from roofpv.energy import set_threads, simulate
from roofpv.report.colours import inferno
from roofpv.report.svg import png
from roofpv.shading.rasters import Raster, array_raster, open_surface
from roofpv.shading.surface import surface_skylines
from roofpv.sky import sun_and_sky
from roofpv.weather import Clock, Place, bundled_weather, read_weather

TUTORIAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "dsm" / "goteborg"
BAR_S, KWP_PER_M2, EDGE_DEG, ROOF_M = 8.0, 0.2, 60.0, 3.0
# Red, green and blue off the roofs of a map.
GROUND = (238, 238, 238)


class Scene(NamedTuple):
    """Surface, outlines of what counts as roof, and the weather."""

    surface: Raster
    roofs: gpd.GeoDataFrame
    sky: xr.Dataset


def made_scene(size: int) -> Scene:
    """The made town of ``size`` by ``size`` metres."""
    z, houses = town(size)
    return Scene(array_raster(z, 1.0), houses, sun_and_sky(bundled_weather("dawukou")))


def tutorial_scene(folder: Path = TUTORIAL) -> Scene:
    """The Gothenburg set."""
    layers = f"zip://{folder / 'Goteborg_SWEREF99_1200.zip'}!/Goteborg_SWEREF99_1200"
    surface, ground = (open_surface(f"{layers}/{name}_KRbig.tif") for name in ("DSM", "DEM"))
    whole = tuple((0, side) for side in surface.shape)
    roof = surface.window(*whole) - ground.window(*whole) > ROOF_M
    place = rasterio.transform.from_origin(
        surface.left, surface.top, surface.step_x, surface.step_y
    )
    found = rasterio.features.shapes(roof.astype(np.uint8), mask=roof, transform=place)
    roofs = gpd.GeoDataFrame(
        geometry=[shapely.geometry.shape(one) for one, _ in found], crs=surface.crs
    )
    weather = read_weather(
        folder / "GBG_TMY_1977.txt", Place(57.7, 12.0, 10.0), Clock(1.0, solar=False)
    )
    return Scene(surface, roofs, sun_and_sky(weather))


def pixel_slopes(
    surface: Raster, row: np.ndarray, column: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Tilt and azimuth of pixels from those of them that lie beside each other. [deg]."""
    z = np.full((surface.shape[0] + 2, surface.shape[1] + 2), np.nan)
    whole = surface.window((0, surface.shape[0]), (0, surface.shape[1]))
    z[row + 1, column + 1] = whole[row, column]
    here, step = z[row + 1, column + 1], surface.step_x
    rises = []
    for down, right in ((0, 1), (-1, 0)):  # to the east, to the north
        after = z[row + 1 + down, column + 1 + right] - here
        before = here - z[row + 1 - down, column + 1 - right]
        pair = np.stack([after, before])
        known = ~np.isnan(pair)
        rises.append(np.where(known, pair, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    east, north = rises
    tilt = np.degrees(np.arctan(np.hypot(east, north) / step))
    azimuth = np.degrees(np.arctan2(-east, -north)) % 360.0
    edge = tilt > EDGE_DEG
    return np.where(edge, 0.0, tilt), np.where(edge, 180.0, azimuth)


def roof_energy(scene: Scene, reach_m: float = REACH_M) -> tuple[xr.Dataset, dict[str, Any]]:
    """Energy of every roof pixel by month, and the seconds of each part, wall and processor."""
    spent: dict[str, Any] = {}
    watch = _Watch(spent)
    assumed = Shading(surface_reach_m=reach_m, surface_pixels=10**9)
    seen = surface_skylines(scene.surface, scene.roofs, assumed, directions=DIRECTIONS)
    row = np.floor((scene.surface.top - seen["y"].to_numpy()) / scene.surface.step_y).astype(int)
    column = np.floor((seen["x"].to_numpy() - scene.surface.left) / scene.surface.step_x).astype(
        int
    )
    watch("skylines")
    tilt, azimuth = pixel_slopes(scene.surface, row, column)
    numbers = np.arange(row.size)
    planes = pd.DataFrame(
        {
            "plane_id": numbers,
            "surface_tilt": tilt,
            "surface_azimuth": azimuth,
            "kwp": KWP_PER_M2 * scene.surface.step_x**2,
            "weather_site": str(scene.sky["site"].to_numpy()[0]),
        }
    )
    horizon = xr.Dataset(
        {"horizon_elevation": (("plane_id", "azimuth"), seen["horizon_elevation"].to_numpy())},
        {"plane_id": numbers, "azimuth": seen["azimuth"].to_numpy()},
    )
    watch("planes")
    energy = simulate(planes, scene.sky, Assumptions(), horizon)
    watch("energy")
    return energy.assign_coords(row=("plane_id", row), column=("plane_id", column)), spent


class _Watch:
    """Notes (wall, processor) seconds since the last note."""

    def __init__(self, spent: dict[str, Any]) -> None:
        self.spent, self.last = spent, (time.perf_counter(), time.process_time())

    def __call__(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        self.spent[name] = [round(b - a, 3) for a, b in zip(self.last, now, strict=True)]
        self.last = now


def irradiation_map(scene: Scene, energy: xr.Dataset, pixel: int = 4) -> bytes:
    """PNG of the annual irradiation of roof pixels over 0 to that of the sunniest."""
    year = energy["poa_kwh_per_m2"].sum("month", skipna=False).to_numpy()
    picture = np.full((*scene.surface.shape, 3), GROUND, dtype=np.uint8)
    known = ~np.isnan(year)
    place = energy["row"].to_numpy()[known], energy["column"].to_numpy()[known]
    picture[place] = inferno(year[known] / year[known].max())
    return png(picture.repeat(pixel, axis=0).repeat(pixel, axis=1))


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1000, help="side of the made town [m]")
    parser.add_argument("--tutorial", action="store_true", help="the Gothenburg set instead")
    parser.add_argument("--map", type=Path, help="PNG of annual irradiation to write")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=None)
    asked = parser.parse_args(arguments)
    set_threads(asked.jobs)
    disturbed = record.busy()
    scene = tutorial_scene() if asked.tutorial else made_scene(asked.size)
    small = scene._replace(roofs=scene.roofs[:1])
    roof_energy(small, 30.0)  # compiles
    runs = [roof_energy(scene) for _ in range(asked.repeats)]
    energy, spent = min(runs, key=lambda run: sum(cpu for _, cpu in run[1].values()))
    km2 = scene.surface.shape[0] * scene.surface.shape[1] * scene.surface.step_x**2 / 1e6
    year = energy[["poa_kwh_per_m2", "ac_kwh"]].sum("month", skipna=False)
    document = {
        "versions": record.versions(),
        "km2": km2,
        "roof_pixels": energy.sizes["plane_id"],
        "threads": numba.get_num_threads(),
        "seconds (wall, cpu)": spent,
        "s_per_km2 (wall, cpu)": [
            round(sum(pair[i] for pair in spent.values()) / km2, 2) for i in range(2)
        ],
        "bar_s_per_km2": BAR_S,
        "us_per_pixel_energy_cpu": round(1e6 * spent["energy"][1] / energy.sizes["plane_id"], 1),
        "mean_poa_kwh_per_m2": round(float(year["poa_kwh_per_m2"].mean()), 1),
        "ac_mwh": round(float(year["ac_kwh"].sum()) / 1e3, 1),
        "peak_memory_mb": round(psutil.Process().memory_info().rss / 1e6),
        "disturbed": disturbed,
    }
    if asked.map is not None:
        asked.map.write_bytes(irradiation_map(scene, energy))
    print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
