"""How long GCJ-02 and BD-09 take to become WGS84, and how exact that is, over all of China."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time

import numpy as np
import pyproj

from roofpv.inventory.places.datum import from_wgs84, to_wgs84

POINTS = 1_000_000
RUNS = 5
BAR_SECONDS, BAR_METRES = 2.0, 0.1
CHINA = (73.5, 135.1, 18.1, 53.6)
SEED = 20260


def measure() -> dict[str, dict[str, float]]:
    """Median seconds and the worst error in metres, by datum."""
    rng = np.random.default_rng(SEED)
    west, east, south, north = CHINA
    lon, lat = rng.uniform(west, east, POINTS), rng.uniform(south, north, POINTS)
    earth = pyproj.Geod(ellps="WGS84")
    found = {}
    for datum in ("gcj02", "bd09"):
        shifted = from_wgs84(lon, lat, datum)
        taken = []
        for _ in range(RUNS):
            start = time.perf_counter()
            back = to_wgs84(*shifted, datum)
            taken.append(time.perf_counter() - start)
        error = float(np.max(earth.inv(lon, lat, *back)[2]))
        found[datum] = {"seconds": round(statistics.median(taken), 2), "metres": error}
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the figures, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    found = measure()
    bars = {"seconds": BAR_SECONDS, "metres": BAR_METRES}
    if asked.json:
        print(json.dumps({"datums": found, "bars": bars, "points": POINTS, "runs": RUNS}))
    else:
        for datum, figures in found.items():
            print(
                f"{datum} to WGS84, {POINTS:,} points: {figures['seconds']:.2f} s "
                f"(bar {BAR_SECONDS:g} s), worst error {figures['metres']:.0e} m "
                f"(bar {BAR_METRES:g} m)"
            )
    return int(any(figures[name] > bar for figures in found.values() for name, bar in bars.items()))


if __name__ == "__main__":
    sys.exit(main())
