"""
Packing of whole modules: quality against an exhaustive anchor search, and speed.

The search moves a grid of tables as a whole over every anchor, in steps of ``--step`` both ways,
and knows what is inside the roof from shapely alone. Each of ours is checked with shapely: no
module outside its roof, no two that overlap.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import numba
import numpy as np
import record
import shapely
from footprints import DATA, footprints, made

from roofpv.roofs.designs import Design, pitch_of_gcr
from roofpv.roofs.metric import long_axis
from roofpv.roofs.packing import (
    Packed,
    Variant,
    module_outlines,
    module_positions,
    pack_variants,
)

# At 39 degrees north.
SHADOW_RATIO = 2.829
MODULE = {"module_length_m": 2.278, "module_width_m": 1.134}
TOLERANCE_M = 1e-6


def variants(outlines: np.ndarray) -> dict[str, Variant]:
    """Racks of 15 degrees to the south and along the building, domes of 10 degrees, flush."""
    # From 0 to 180 degrees: racks along it face the southern half.
    axis = long_axis(outlines)
    rack = Design("south", **MODULE, tilt_deg=15.0)
    tilt = np.radians(15.0)
    gcr = np.array([1.0 / (np.cos(tilt) + np.sin(tilt) * SHADOW_RATIO)])
    pitch = float(pitch_of_gcr(rack, gcr)[0])
    dome = Design("east_west", **MODULE, tilt_deg=10.0, ridge_gap_m=0.1, gap_m=0.02)
    dome_pitch = float(dome.depth(np.array([10.0]))[0]) + 0.4
    return {
        "south_15": Variant(rack, 90.0, pitch),
        "aligned_15": Variant(Design("aligned", **MODULE, tilt_deg=15.0), axis, pitch),
        "east_west_10": Variant(dome, 180.0, dome_pitch),
        "flush": Variant(Design("flush", **MODULE), axis),
    }


def exhaustive(outline: shapely.Geometry, azimuth: float, cell: np.ndarray, step: float) -> int:
    """Most tables of one grid over all its anchors."""
    width, depth, pitch, gap = cell[:4]
    turned = shapely.affinity.rotate(outline, azimuth - 90.0, origin=(0, 0))
    x_min, y_min, _, y_max = shapely.bounds(turned)
    anchors = np.arange(0.0, pitch, step)
    rows = np.arange(int((y_max - y_min) / pitch) + 1) * pitch
    bottom = y_min + (anchors[:, None] + rows).ravel()
    anchor = np.repeat(np.arange(len(anchors)), len(rows))
    fits = bottom + depth <= y_max + 1e-9
    strip, left, right = _rooms(turned, bottom[fits], depth)
    if not len(strip):
        return 0
    period = width + gap
    shift = x_min + np.arange(0.0, period, step)
    first = np.ceil((left[:, None] - shift) / period - 1e-9)
    last = np.floor((right[:, None] - width - shift) / period + 1e-9)
    tables = np.maximum(last - first + 1.0, 0.0)
    sums = np.zeros((len(anchors), len(shift)))
    np.add.at(sums, anchor[fits][strip], tables)
    return int(sums.max())


def _rooms(
    roof: shapely.Geometry, bottom: np.ndarray, depth: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Strip, left and right end of what is inside a roof over the full depth of strips."""
    x_min, _, x_max, _ = shapely.bounds(roof)
    strips = shapely.box(x_min - 1, bottom + 1e-7, x_max + 1, bottom + depth - 1e-7)
    parts, owner = shapely.get_parts(
        shapely.intersection(shapely.boundary(roof), strips), return_index=True
    )
    bounds = shapely.bounds(parts)
    order = np.lexsort((bounds[:, 0], owner))
    rooms: list[tuple[int, float, float]] = []
    reach, before = -np.inf, -1
    for i in order:
        if owner[i] == before and bounds[i, 0] > reach:
            rooms.append((int(owner[i]), reach, bounds[i, 0]))
        reach = bounds[i, 2] if owner[i] != before else max(reach, bounds[i, 2])
        before = owner[i]
    if not rooms:
        return np.empty(0, dtype=int), np.empty(0), np.empty(0)
    strip, left, right = (np.array(column) for column in zip(*rooms, strict=True))
    inside = shapely.contains_xy(roof, (left + right) / 2.0, bottom[strip] + depth / 2.0)
    return strip[inside], left[inside], right[inside]


def faults(packed: Packed, outlines: np.ndarray) -> dict[str, int]:
    """Modules outside their roof, and pairs that overlap."""
    modules = module_positions(packed)
    shapes = module_outlines(packed, modules)
    owner = modules["roof"].to_numpy()
    grown = shapely.buffer(outlines, TOLERANCE_M, join_style="mitre")
    shapely.prepare(grown)
    outside = ~shapely.covers(grown[owner], shapes)
    overlapping = 0
    shrunk = shapely.buffer(shapes, -TOLERANCE_M / 2.0, join_style="mitre")
    for roof in np.unique(owner):
        own = shrunk[owner == roof]
        one, two = shapely.STRtree(own).query(own, predicate="intersects")
        overlapping += int((one < two).sum())
    return {"modules": len(modules), "outside": int(outside.sum()), "overlapping": overlapping}


def areas_close(packed: Packed) -> bool:
    """Whether projected modules <= field <= installable area on every roof."""
    roofs = packed.roofs
    projected, field = roofs["projected_module_area_m2"], roofs["array_field_area_m2"]
    area = roofs["installable_area_m2"] * (1.0 + 1e-9)
    return bool((projected <= field * (1.0 + 1e-9)).all() and (field <= area).all())


def quality(outlines: np.ndarray, step: float) -> dict[str, Any]:
    """Our counts beside the search's."""
    asked = variants(outlines)
    rows: dict[str, Any] = {}
    for name, packed in zip(asked, pack_variants(outlines, list(asked.values())), strict=True):
        theirs = np.array(
            [
                exhaustive(outline, float(azimuth), cell, step)
                for outline, azimuth, cell in zip(
                    outlines, packed.row_azimuth_deg, packed.cells, strict=True
                )
            ]
        )
        ours = packed.roofs["table_count"].to_numpy()
        rows[name] = {
            "tables": int(ours.sum()),
            "exhaustive": int(theirs.sum()),
            "ratio": round(float(ours.sum() / theirs.sum()), 4),
            "roofs_with_fewer": int((ours < theirs).sum()),
            "most_missing": int(np.max(theirs - ours)),
            "areas_close": areas_close(packed),
            **faults(packed, outlines),
        }
    total = {key: sum(row[key] for row in rows.values()) for key in ("tables", "exhaustive")}
    return {
        "footprints": len(outlines),
        "step_m": step,
        "variants": rows,
        "ratio": round(total["tables"] / total["exhaustive"], 4),
        "bar": 0.98,
    }


def speed(count: int, repeats: int) -> dict[str, Any]:
    """Roofs packed in four ways in a second, from shapely polygons to the table of areas."""
    outlines = made(count, 600.0, 1)
    asked = list(variants(outlines).values())
    pack_variants(outlines, asked)  # compiles
    walls, processor = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        pack_variants(outlines, asked)
        walls.append(time.perf_counter() - wall)
        processor.append(time.process_time() - cpu)
    return {
        "roofs": count,
        "corners": [int(n) for n in np.unique(shapely.get_num_coordinates(outlines) - 1)],
        "threads": numba.get_num_threads(),
        "roofs_per_s": round(count / min(walls)),
        "roofs_per_s_median": round(count / float(np.median(walls))),
        "cpu_us_per_roof": round(1e6 * min(processor) / count, 1),
        "disturbed": record.busy(),
        "bar": 5000,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--footprints", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument("--step", type=float, default=0.05, help="of the anchors [m]")
    parser.add_argument("--roofs", type=int, default=5000, help="for the speed")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=("quality", "speed"))
    asked = parser.parse_args(arguments)
    document: dict[str, Any] = {}
    if asked.only != "quality":
        document["speed"] = speed(asked.roofs, asked.repeats)
    if asked.only != "speed":
        if not DATA.is_dir():
            print(f"reference data not found at {DATA}", file=sys.stderr)
            return 1
        document["quality"] = quality(footprints(asked.footprints, asked.seed), asked.step)
    print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
