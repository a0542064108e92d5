"""
Skylines from a surface model: seconds for 1 km2 at 1 m in 72 directions, beside GRASS r.horizon.

The town is made: houses 4 to 60 m high, one on every 30 m, on ground that rises by 20 m, with the
noise of a LiDAR model. What several reaches take is measured on the roofs of 1 km2 amid more of the
same town, so that every ray meets houses all the way. GRASS is run where ``grass`` is found on the
path, in ``--peer-directions`` of the same directions and once besides for its start, and its time
is scaled to all of them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numba
import numpy as np
import psutil
import rasterio
import record
import shapely

from roofpv.assumptions import Shading
from roofpv.shading.rasters import Raster, array_raster
from roofpv.shading.surface import surface_skylines

DIRECTIONS, REACH_M, HOUSE_M, BAR_S = 72, 500.0, 30, 1.0
REACHES_M = (125.0, 250.0, 500.0, 1000.0)


def town(size: int, seed: int = 1) -> tuple[np.ndarray, gpd.GeoDataFrame]:
    """Heights of ``size`` by ``size`` metres, and the outlines of the houses in it."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0.0, 0.05, (size, size)) + np.linspace(0.0, 20.0, size)
    boxes = []
    for top in range(0, size - HOUSE_M + 1, HOUSE_M):
        for left in range(0, size - HOUSE_M + 1, HOUSE_M):
            deep, wide = rng.integers(10, 22, 2)
            row, column = top + rng.integers(0, 8), left + rng.integers(0, 8)
            z[row : row + deep, column : column + wide] += rng.uniform(4.0, 60.0)
            boxes.append((column, size - row - deep, column + wide, size - row))
    return np.round(z, 3).astype(np.float32), gpd.GeoDataFrame(
        geometry=shapely.box(*np.array(boxes, dtype=float).T)
    )


def timed(surface: Raster, planes: gpd.GeoDataFrame, repeats: int) -> dict[str, Any]:
    """Least seconds of several runs, and what was worked on."""
    assumed = Shading(surface_reach_m=REACH_M, surface_pixels=100_000)
    walls, processor = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        seen = surface_skylines(surface, planes, assumed, directions=DIRECTIONS)
        walls.append(time.perf_counter() - wall)
        processor.append(time.process_time() - cpu)
    return {
        "pixels": seen.sizes["pixel"],
        "wall_s": round(min(walls), 3),
        "cpu_s": round(min(processor), 3),
        "ns_per_pixel_and_direction": round(
            1e9 * min(processor) / seen.sizes["pixel"] / DIRECTIONS, 1
        ),
    }


def by_reach(size: int, repeats: int) -> dict[str, float]:
    """Seconds of processor time at several reaches, which must hardly grow with them."""
    rim = int(max(REACHES_M))
    z, houses = town(size + 2 * rim)
    edge = houses.bounds
    inside = (edge[["minx", "miny"]].min(axis=1) >= rim) & (
        edge[["maxx", "maxy"]].max(axis=1) <= rim + size
    )
    surface, planes, found = array_raster(z, 1.0), houses[inside].reset_index(drop=True), {}
    for reach in REACHES_M:
        assumed, spent = Shading(surface_reach_m=reach, surface_pixels=100_000), []
        for _ in range(repeats):
            cpu = time.process_time()
            surface_skylines(surface, planes, assumed, directions=DIRECTIONS, tile=rim + size)
            spent.append(time.process_time() - cpu)
        found[f"{reach:g} m"] = round(min(spent), 3)
    return found


def grass(z: np.ndarray, directions: int) -> dict[str, Any] | None:
    """Processor seconds of r.horizon for all pixels and directions; None where it is absent."""
    if shutil.which("grass") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dsm.tif"
        place = rasterio.transform.from_origin(500_000.0, 4_300_000.0, 1.0, 1.0)
        with rasterio.open(
            path, "w", driver="GTiff", height=z.shape[0], width=z.shape[1], count=1,
            dtype="float32", crs="EPSG:32648", transform=place,
        ) as file:  # fmt: skip
            file.write(z[None])
        project = Path(folder) / "project"
        _grass("-c", str(path), "-e", str(project))
        mapset = str(project / "PERMANENT")
        _grass(mapset, "--exec", "r.in.gdal", f"input={path}", "output=dsm")
        _grass(mapset, "--exec", "g.region", "raster=dsm")
        step = 360.0 / directions
        spent = [
            _grass(
                mapset, "--exec", "r.horizon", "elevation=dsm", f"step={step * many}",
                f"maxdistance={REACH_M:g}", "output=h", "--overwrite",
            )
            for many in (directions, 1)
        ]  # fmt: skip
    each = (spent[1] - spent[0]) / (directions - 1)
    return {
        "pixels": z.size,
        "directions_run": directions,
        "cpu_s_all_directions": round(each * DIRECTIONS, 1),
    }


def _grass(*arguments: str) -> float:
    """Seconds of processor time of one call."""
    before = os.times()
    subprocess.run(["grass", *arguments], check=True, capture_output=True)
    after = os.times()
    return after.children_user - before.children_user


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1000, help="side of the town [m]")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peer-directions", type=int, default=8)
    parser.add_argument("--only", choices=("ours", "grass"))
    asked = parser.parse_args(arguments)
    z, houses = town(asked.size)
    document: dict[str, Any] = {
        "versions": record.versions(),
        "km2": asked.size**2 / 1e6,
        "directions": DIRECTIONS,
        "reach_m": REACH_M,
        "threads": numba.get_num_threads(),
        "disturbed": record.busy(),
    }
    if asked.only != "grass":
        surface = array_raster(z, 1.0)
        surface_skylines(surface, houses[:1], Shading(surface_reach_m=30.0))  # compiles
        side = math.ceil(asked.size / 100)
        squares = np.array([(i, j) for i in range(side) for j in range(side)]) * 100.0
        whole = gpd.GeoDataFrame(geometry=shapely.box(*squares.T, *(squares + 100.0).T))
        document["roofs"] = timed(surface, houses, asked.repeats) | {"bar_s": BAR_S}
        document["all pixels"] = timed(surface, whole, asked.repeats)
        spent = by_reach(asked.size, asked.repeats)
        document["cpu_s of roofs by reach"] = spent
        document["farthest / nearest reach"] = round(
            spent[f"{REACHES_M[-1]:g} m"] / spent[f"{REACHES_M[0]:g} m"], 2
        )
        document["peak_memory_mb"] = round(psutil.Process().memory_info().rss / 1e6)
    if asked.only != "ours":
        document["grass r.horizon"] = grass(z, asked.peer_directions)
    print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
