"""
Energy under skylines: time of a plane-year beside that in the open, in one process by turns.

Skylines are made: towers and gaps about as dense as a city centre's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import record
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy import combined_skyline, set_threads, simulate
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

SECTORS = 72
SITE = "dawukou"


def roofs(count: int) -> pd.DataFrame:
    """Planes of any slope and direction."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(count)],
            "surface_tilt": rng.uniform(0.0, 40.0, count),
            "surface_azimuth": rng.uniform(0.0, 360.0, count),
            "kwp": 1.0,
            "weather_site": SITE,
        }
    )


def city(planes: pd.DataFrame, points: int) -> xr.Dataset:
    """Skylines of the points of every plane."""
    rng = np.random.default_rng(2)
    shape = (len(planes), points, SECTORS)
    low = np.maximum(rng.normal(5.0, 12.0, shape).astype(np.float32), 0.0)
    return xr.Dataset(
        {"horizon_elevation": (("plane_id", "point", "azimuth"), low)},
        {
            "plane_id": planes["plane_id"].to_numpy(dtype=object),
            "azimuth": 360.0 * np.arange(SECTORS) / SECTORS,
        },
    )


def by_turns(calls: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Wall seconds of each call, one after the other, so often; compiled before."""
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(repeats + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if turn:
                spent[name].append(time.perf_counter() - start)
    return spent


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--planes", type=int, default=10000)
    parser.add_argument("--points", type=int, default=9)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=None)
    asked = parser.parse_args(arguments)
    threads = set_threads(asked.jobs)
    sky = sun_and_sky(bundled_weather(SITE))
    planes = roofs(asked.planes)
    skylines, assumed = city(planes, asked.points), Assumptions()
    names = planes["plane_id"].to_numpy(dtype=object)
    spent = by_turns(
        {
            "open": lambda: simulate(planes, sky, assumed),
            "shaded": lambda: simulate(planes, sky, assumed, skylines),
            "combined": lambda: combined_skyline([skylines, skylines], names),
        },
        asked.repeats,
    )
    middle = {name: statistics.median(walls) for name, walls in spent.items()}
    ratios = [b / a for a, b in zip(spent["open"], spent["shaded"], strict=True)]
    document = {
        "planes": asked.planes,
        "points": asked.points,
        "threads": threads,
        "us_per_plane_year": {n: round(1e6 * s / asked.planes, 1) for n, s in middle.items()},
        "ratio_to_open": round(statistics.median(ratios), 2),
        "bar_ratio": 3.0,
        "disturbed": record.busy(),
    }
    print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
