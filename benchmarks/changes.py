"""A list of which some buildings have become higher since."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def write(old: Path, new: Path, count: int, seed: int, *, together: bool = False) -> int:
    """
    Write a list with a storey more on ``count`` of its buildings, seeded; returns how many.

    Half of them stand in two places, and one by one the others; or all ``together`` in one place.
    """
    source = pq.ParquetFile(old)
    rows = source.metadata.num_rows
    draw = np.random.default_rng([seed, 100, int(together)])
    wide = count if together else count // 4
    starts = draw.integers(0, max(1, rows - wide), 1 if together else 2)
    alone = draw.choice(rows, count, replace=False)
    near = np.concatenate([start + np.arange(wide) for start in starts])
    places = np.unique(np.concatenate([near, alone])[:count])
    with pq.ParquetWriter(new, source.schema_arrow, compression="zstd") as writer:
        first = 0
        for group in range(source.num_row_groups):
            table = source.read_row_group(group)
            mine = places[(places >= first) & (places < first + table.num_rows)] - first
            first += table.num_rows
            writer.write_table(_higher(table, mine))
    return int(places.size)


def _higher(table: pa.Table, rows: np.ndarray) -> pa.Table:
    at = table.schema.get_field_index("height_m")
    height = table["height_m"].to_numpy().copy()
    height[rows] = np.round(height[rows] + 3.3, 1)
    return table.set_column(at, "height_m", pa.array(height))
