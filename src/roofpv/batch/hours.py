"""Hours of a part: those of its planes in its file of energy, and the sums of its districts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr

from roofpv.energy import DistrictHours, added_hours
from roofpv.hours import Hours
from roofpv.results import append_hours

DISTRICTS, PLANES = "districts", "planes"
_SUFFIX = ".hours.parquet"


@dataclass(frozen=True, eq=False)
class Kept:
    """Hours of some rows that are to be kept, their weather, and whether those of planes too."""

    hours: Hours
    weather: xr.Dataset
    planes_too: bool


def add_planes(kept: Sequence[Kept], planes: int, path: Path) -> None:
    """
    Put the hours of the planes of a part into its file of energy, where they are asked for.

    Parameters
    ----------
    kept : sequence of Kept
        In the order of the planes.
    planes : int
        How many there are.
    path : Path
    """
    if kept and kept[0].planes_too:
        append_hours(path, planes, kept[0].weather, _chunks(kept))


def _chunks(kept: Sequence[Kept]) -> Iterator[tuple[slice, xr.Dataset]]:
    for one in kept:
        yield from one.hours.of_planes()


def write_sums(kept: Sequence[Kept], path: Path) -> None:
    """
    Write the sums of the districts of a part in whole units, a row a district.

    Parameters
    ----------
    kept : sequence of Kept
        At least one.
    path : Path
    """
    sums = added_hours(one.hours.of_districts() for one in kept)
    rows = {
        "units": pa.array(list(sums.units), pa.list_(pa.int64())),
        "missing": pa.array(list(sums.missing), pa.list_(pa.int64())),
        "planes": pa.array(sums.planes, pa.int64()),
        "left_out": pa.array(sums.left_out, pa.int64()),
    }
    table = pa.table({"district": pa.array(sums.names, pa.string()), **rows})
    about = {b"hours": str(sums.units.shape[1]).encode()}
    pq.write_table(table.replace_schema_metadata(about), path, compression="zstd")


def hours_of_parts(stems: Sequence[Path]) -> DistrictHours | None:
    """
    Sums of the districts of all parts, read one after the other; None where they are not kept.

    Parameters
    ----------
    stems : sequence of Path
        Of the files of the parts, without their ends.
    """
    paths = [stem.with_name(stem.name + _SUFFIX) for stem in stems]
    if not paths or not paths[0].is_file():
        return None
    return added_hours(map(_read_sums, paths))


def _read_sums(path: Path) -> DistrictHours:
    table = pq.read_table(path)
    width = int((table.schema.metadata or {})[b"hours"])
    units, missing = (
        table[name].combine_chunks().flatten().to_numpy().reshape(table.num_rows, width)
        for name in ("units", "missing")
    )
    planes, left_out = (table[name].to_numpy() for name in ("planes", "left_out"))
    return DistrictHours(tuple(table["district"].to_pylist()), units, missing, planes, left_out)
