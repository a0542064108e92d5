"""
A province: buildings with footprints and heights in towns, written as GeoParquet, seeded.

``python benchmarks/province.py 1000000 FILE`` writes it. Towns of 5,000 buildings stand 3 km apart
on a grid; in a town rectangles stand about 30 m apart, 4 to 60 m high.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

TOWN, TOWN_APART_M, APART_M = 5_000, 3_000.0, 30.0
LON, LAT = 106.0, 38.5
EAST, NORTH = 86_600.0, 111_020.0
DISTRICTS = 20
ROW_GROUP = 50_000
USES = ("government", "school", "hospital", "office", "commercial", "residential", "industrial")
# GeoParquet 1.0: WKB, longitude and latitude, which is what no word of a system means.
_GEO = {
    "version": "1.0.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon"]}},
}
SHARES = (0.03, 0.05, 0.02, 0.1, 0.1, 0.6, 0.1)


def province(count: int, seed: int = 7, first: int = 0) -> gpd.GeoDataFrame:
    """
    Buildings from number ``first`` on, the same whatever the count before and after.

    One generator per town, so that a longer province begins with the shorter.
    """
    towns = range(first // TOWN, math.ceil((first + count) / TOWN))
    parts = [_town(town, seed) for town in towns]
    table = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    kept = slice(first - towns.start * TOWN, first - towns.start * TOWN + count)
    shapes = shapely.polygons(table.pop("corners")[kept])
    return gpd.GeoDataFrame({n: v[kept] for n, v in table.items()}, geometry=shapes, crs=4326)


def _town(town: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng([seed, town])
    side = math.ceil(math.sqrt(TOWN))
    place = np.stack(np.divmod(np.arange(TOWN), side), axis=1) * APART_M
    place = place + rng.uniform(-4.0, 4.0, (TOWN, 2))
    half = rng.uniform(4.0, 9.0, (TOWN, 1, 2)) * [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    turn = rng.uniform(0.0, math.pi, (TOWN, 1))
    x = half[..., 0] * np.cos(turn) - half[..., 1] * np.sin(turn)
    y = half[..., 0] * np.sin(turn) + half[..., 1] * np.cos(turn)
    row, column = divmod(town, 20)
    corner = np.array([column, row]) * TOWN_APART_M
    corners = (np.stack([x, y], axis=-1) + (place + corner)[:, None]) / [EAST, NORTH] + [LON, LAT]
    area = 4.0 * half[:, 2, 0] * half[:, 2, 1]
    floors = np.rint(rng.uniform(1.0, 18.0, TOWN))
    number = np.arange(town * TOWN, (town + 1) * TOWN)
    return {
        "building_id": np.array([f"P{i:08d}" for i in number], dtype=object),
        "district": np.full(TOWN, f"district {town % DISTRICTS:02d}", dtype=object),
        "use": rng.choice(np.array(USES, dtype=object), TOWN, p=SHARES),
        "completed": np.rint(rng.uniform(1980, 2025, TOWN)).astype(int).astype(str).astype(object),
        "floors": floors,
        "height_m": np.round(floors * 3.3, 1),
        "floor_area_m2": np.round(area * floors, 1),
        "corners": corners,
    }


def write(count: int, path: Path, seed: int = 7) -> None:
    """Write a province, a row group at a time."""
    writer = None
    for first in range(0, count, ROW_GROUP):
        part = province(min(ROW_GROUP, count - first), seed, first)
        table = pa.Table.from_pandas(part.to_wkb(), preserve_index=False)
        table = table.replace_schema_metadata({b"geo": json.dumps(_GEO).encode()})
        if writer is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()


def main() -> int:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("count", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    write(asked.count, asked.file, asked.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
