"""
Installable area: speed on made footprints, a real town and a varied sample, and its split.

Areas are checked as they are made: a plane is its installable area and its deductions, and no
polygon is outside its plane.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import record
import shapely
from footprints import DATA, SOURCES, _read, footprints, made

from roofpv.assumptions import Assumptions
from roofpv.roofs.deductions import (
    Case,
    Left,
    take_edges,
    take_narrow,
    take_other_use,
    take_plant,
    take_stated,
    take_unsuitable,
    take_zones,
)
from roofpv.roofs.inplane import framed_planes
from roofpv.roofs.installable import DEDUCTIONS, installable_area
from roofpv.roofs.zones import zones_on_planes

LATITUDE = 39.0


def roofs_of(outlines: np.ndarray, form: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One plane of a form on each outline, and its school."""
    tilt = 0.0 if form == "flat" else 20.0
    count = len(outlines)
    planes = pd.DataFrame(
        {
            "plane_id": np.arange(count),
            "building_id": np.arange(count),
            "roof_form": np.full(count, form, dtype=object),
            "roof_tilt": np.full(count, tilt),
            "roof_azimuth": np.full(count, 180.0),
            "area_m2": shapely.area(outlines) / np.cos(np.radians(tilt)),
            "geometry": outlines,
        }
    )
    owners = pd.DataFrame({"lat": np.full(count, LATITUDE)})
    return planes, owners.assign(use=np.full(count, "school", dtype=object))


def split(planes: pd.DataFrame, owners: pd.DataFrame) -> dict[str, float]:
    """Processor time of each step. [us per plane]."""
    assumed, spent = Assumptions(), {}

    def timed(name: str, call: Callable[[], Any]) -> Any:
        start = time.process_time()
        found = call()
        spent[name] = round(1e6 * (time.process_time() - start) / len(planes), 1)
        return found

    aspect = assumed.roofs.stand_in_aspect
    latitude = owners["lat"].to_numpy()
    frames, outlines = timed("frames", lambda: framed_planes(planes, latitude, aspect))
    zones = zones_on_planes(planes, owners, None, frames, assumed.roofs)
    case = Case(planes, owners, frames, zones)
    left = Left(outlines, planes["area_m2"].to_numpy())
    timed("unsuitable", lambda: take_unsuitable(left, case, assumed.roofs))
    by_zones = timed("zones", lambda: take_zones(left, case))
    timed("edges", lambda: take_edges(left, case, assumed))
    timed("narrow", lambda: take_narrow(left, case, assumed.roofs))
    timed("plant", lambda: take_plant(left, case, assumed))
    timed("other_use", lambda: take_other_use(left, case, by_zones))
    timed("stated", lambda: take_stated(left, case))
    return spent


def faults(planes: pd.DataFrame, owners: pd.DataFrame) -> dict[str, int]:
    """Planes whose areas do not add up, and polygons that are not valid or not in their plane."""
    found = installable_area(planes, owners, None, Assumptions())
    _, outlines = framed_planes(planes, owners["lat"].to_numpy(), 3.0)
    area = found["area_m2"].to_numpy()
    total = found["installable_area_m2"].to_numpy() + found[list(DEDUCTIONS)].sum(axis=1).to_numpy()
    inside = found["installable"].to_numpy()
    outside = shapely.area(shapely.difference(inside, outlines))
    return {
        "planes": len(planes),
        "not_added_up": int((np.abs(total - area) > 1e-9 * area).sum()),
        "negative": int((found[list(DEDUCTIONS)] < 0.0).any(axis=1).sum()),
        "not_valid": int((~shapely.is_valid(inside)).sum()),
        "outside": int((outside > 1e-6 * area).sum()),
    }


def speed(outlines: np.ndarray, form: str, repeats: int) -> dict[str, Any]:
    """Planes in a second, default assumptions."""
    planes, owners = roofs_of(outlines, form)
    installable_area(planes[:10], owners[:10], None, Assumptions())  # compiles
    walls, processor = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        found = installable_area(planes, owners, None, Assumptions())
        walls.append(time.perf_counter() - wall)
        processor.append(time.process_time() - cpu)
    share = found["installable_area_m2"].sum() / found["area_m2"].sum()
    return {
        "planes": len(planes),
        "planes_per_s": round(len(planes) / min(walls)),
        "cpu_us_per_plane": round(1e6 * min(processor) / len(planes), 1),
        "bar_us": 100,
        "corners": round(float(shapely.get_num_coordinates(outlines).mean()), 1),
        "split_us": split(planes, owners),
        "installable": round(float(share), 4),
        "faults": faults(planes, owners),
        "disturbed": record.busy(),
    }


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--footprints", type=int, default=300, help="varied ones, each taken 20 x")
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument("--roofs", type=int, default=5000, help="made ones")
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args(arguments)
    drawn = {"made": made(asked.roofs, 600.0, 1)}
    if DATA.is_dir():
        drawn["town"] = _read(DATA / SOURCES[0][0], None)
        drawn["varied"] = np.tile(footprints(asked.footprints, asked.seed), 20)
    else:
        print(f"reference data not found at {DATA}", file=sys.stderr)
    document = {
        f"{name}_{form}": speed(outlines, form, asked.repeats)
        for name, outlines in drawn.items()
        for form in ("flat", "gabled")
    }
    print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
