"""
Skylines of a dense city: speed beside a simple loop in the same run, memory, and sky view.

A city of rectangles about 30 m apart, 4 to 60 m high; 9 points on each roof, 72 directions, reach
200 m, in chunks of ``--chunk`` buildings. The simple loop takes every wall within reach for every
point, finds its two end azimuths, and meets it with the middle ray of each sector between them.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import sys
import time
from typing import Any

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import record
import shapely

from roofpv.roofs.metric import to_local_metres
from roofpv.shading import Obstacles, find_obstacles, neighbour_skylines

APART_M, LOW_M, HIGH_M, REACH_M = 30.0, 4.0, 60.0, 200.0
POINTS, DIRECTIONS = 9, 72
LON, LAT = 106.37, 39.0
EAST, NORTH = 86_600.0, 111_020.0


def dense_city(count: int, seed: int) -> tuple[gpd.GeoDataFrame, pd.DataFrame, np.ndarray]:
    """Buildings, a flat plane on each, and their corners in metres (building, 4, 2)."""
    rng = np.random.default_rng(seed)
    side = math.ceil(math.sqrt(count))
    place = np.stack(np.divmod(np.arange(count), side), axis=1) * APART_M
    place = place + rng.uniform(-4.0, 4.0, (count, 2))
    half = rng.uniform(4.0, 9.0, (count, 1, 2)) * [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    turn = rng.uniform(0.0, math.pi, (count, 1))
    x = half[..., 0] * np.cos(turn) - half[..., 1] * np.sin(turn)
    y = half[..., 0] * np.sin(turn) + half[..., 1] * np.cos(turn)
    corners = np.stack([x, y], axis=-1) + place[:, None]
    outlines = shapely.polygons(corners / [EAST, NORTH] + [LON, LAT])
    names = np.array([f"b{i}" for i in range(count)], dtype=object)
    heights = rng.uniform(LOW_M, HIGH_M, count)
    buildings = gpd.GeoDataFrame(
        {"building_id": names, "height_m": heights}, geometry=outlines, crs=4326
    )
    planes = pd.DataFrame(
        {
            "plane_id": names + "/1",
            "building_id": names,
            "roof_tilt": 0.0,
            "roof_azimuth": 180.0,
            "geometry": to_local_metres(np.asarray(outlines, dtype=object)),
        }
    )
    return buildings, planes, corners


def ours(
    buildings: gpd.GeoDataFrame, planes: pd.DataFrame, chunk: int
) -> tuple[float, float, Obstacles]:
    """Sum of all elevations, seconds of the chunks, and the obstacles."""
    found = find_obstacles(buildings)
    start, total = time.perf_counter(), 0.0
    for at in range(0, len(buildings), chunk):
        rows = slice(at, at + chunk)
        part = neighbour_skylines(
            planes[rows].reset_index(drop=True),
            buildings[rows].reset_index(drop=True),
            found,
            REACH_M,
            DIRECTIONS,
            POINTS,
        )
        total += float(part["horizon_elevation"].sum(dtype=float))
    return total, time.perf_counter() - start, found


@numba.njit(parallel=True, error_model="numpy")
def simple_loop(corners, heights, near, starts, points, out):
    count = out.shape[2]
    for b in numba.prange(len(corners)):
        for p in range(points.shape[1]):
            x, y, z = points[b, p, 0], points[b, p, 1], heights[b]
            for n in near[starts[b] : starts[b + 1]]:
                if n == b or heights[n] <= z:
                    continue
                for i in range(4):
                    ax, ay = corners[n, i, 0] - x, corners[n, i, 1] - y
                    bx, by = corners[n, (i + 1) % 4, 0] - x, corners[n, (i + 1) % 4, 1] - y
                    one, two = math.atan2(ax, ay), math.atan2(bx, by)
                    turn = (two - one + math.pi) % (2.0 * math.pi) - math.pi
                    if turn < 0.0:
                        one, turn = two, -turn
                    first = math.ceil(one / (2.0 * math.pi) * count)
                    last = math.floor((one + turn) / (2.0 * math.pi) * count)
                    for k in range(first, last + 1):
                        azimuth = 2.0 * math.pi * k / count
                        dx, dy = math.sin(azimuth), math.cos(azimuth)
                        ex, ey = bx - ax, by - ay
                        t = (ax * ey - ay * ex) / (dx * ey - dy * ex)
                        if 0.0 < t <= 200.0:
                            up = math.atan((heights[n] - z) / t)
                            out[b, p, k % count] = max(out[b, p, k % count], up)


def theirs(buildings: gpd.GeoDataFrame, corners: np.ndarray, chunk: int) -> tuple[float, float]:
    """Sum of all elevations and seconds of the simple loop, its lists of neighbours given."""
    middle = corners.mean(axis=1)
    heights = buildings["height_m"].to_numpy()
    share = (np.arange(3) + 0.5) / 3.0
    u, v = (part.ravel()[:, None] for part in np.meshgrid(share, share))
    tree = shapely.STRtree(shapely.points(middle))
    total, seconds = 0.0, 0.0
    for at in range(0, len(corners), chunk):
        own, near = tree.query(
            shapely.points(middle[at : at + chunk]), predicate="dwithin", distance=REACH_M + 25.0
        )
        # Numbers from the chunk's first building on.
        used, number = np.unique(np.append(np.arange(at, min(at + chunk, len(corners))), near),
                                 return_inverse=True)  # fmt: skip
        order = np.argsort(~np.isin(used, np.arange(at, at + chunk)), kind="stable")
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        size = min(chunk, len(corners) - at)
        starts = np.concatenate([[0], np.cumsum(np.bincount(own, minlength=size))])
        c = corners[used[order]]
        points = np.stack(
            [
                a + u.T * (b - a) + v.T * (d - a)
                for a, b, d in ((c[:size, 0, None, i], c[:size, 1, None, i], c[:size, 3, None, i])
                                for i in range(2))
            ],
            axis=-1,
        ).reshape(size, POINTS, 2)  # fmt: skip
        full = np.zeros((len(used), POINTS, 2))
        full[:size] = points
        ends = np.append(starts, np.full(len(used) - size, starts[-1]))
        out = np.zeros((len(used), POINTS, DIRECTIONS))
        start = time.perf_counter()
        simple_loop(c, heights[used[order]], back[number[size:]], ends, full, out)
        seconds += time.perf_counter() - start
        total += float(np.degrees(out[:size]).sum())
    return total, seconds


def speed(count: int, chunk: int, repeats: int) -> dict[str, Any]:
    """Median seconds of both, and the peak of memory."""
    buildings, planes, corners = dense_city(count, 1)
    few = 200
    ours(buildings[:few], planes[:few], few)
    theirs(buildings[:few], corners[:few], few)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    walls, chunks, processor, loops = [], [], [], []
    total = simple = 0.0
    caution = record.busy()
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        total, of_chunks, _ = ours(buildings, planes, chunk)
        walls.append(time.perf_counter() - wall)
        processor.append(time.process_time() - cpu)
        chunks.append(of_chunks)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(repeats):
        simple, seconds = theirs(buildings, corners, chunk)
        loops.append(seconds)
    mean = count * POINTS * DIRECTIONS
    return {
        "buildings": count,
        "points": POINTS,
        "directions": DIRECTIONS,
        "reach_m": REACH_M,
        "chunk": chunk,
        "threads": numba.get_num_threads(),
        "repeats": repeats,
        "seconds_median": round(float(np.median(walls)), 2),
        "seconds_least": round(min(walls), 2),
        "seconds_of_chunks_median": round(float(np.median(chunks)), 2),
        "cpu_seconds_median": round(float(np.median(processor)), 2),
        "simple_loop_seconds_median": round(float(np.median(loops)), 2),
        "mean_elevation_deg": [round(total / mean, 4), round(simple / mean, 4)],
        "memory_over_inputs_mib": round((peak - before) / 1024.0, 1),
        "disturbed": caution,
        "bar_seconds": 8,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--chunk", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args(arguments)
    print(json.dumps(speed(asked.buildings, asked.chunk, asked.repeats), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
