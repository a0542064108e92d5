"""What a part comes to as files: its share of the result, and what the end asks of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import xarray as xr

from roofpv import __version__, schema
from roofpv.assessment import Part
from roofpv.batch.hours import Kept, add_planes, write_sums
from roofpv.batch.merging import Heard, heard_of, joined
from roofpv.csvfiles import write_csv, write_csv_table
from roofpv.energyfile import write_energy
from roofpv.skylinefile import FILE as SKYLINES
from roofpv.skylinefile import joined_skylines, of_file, write_skylines

_FLAGS = frozenset(
    one.name
    for one in (*schema.INVENTORY, *schema.CHECKED, *schema.RESULT, *schema.ASKED)
    if one.kind == "flag" and one not in schema.ASKED
)
OF_SPREAD = ("interannual", "irradiation", "from_years", "assumed")
_WHOLE = frozenset(("source_row",))
_KEYS = frozenset(("building_id", "plane_id"))
# Of skylines; `heard_of` asks for it.
_SOURCE, TOLD = "neighbours", "points_within_others"
KEPT = "kept"
Rows = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Shard:
    """
    The result of some rows of a part, or of all of them.

    ``buildings`` and ``planes`` as they are written, ``years`` their spread and energy by year,
    ``energy`` (plane_id, month) or (plane_id, year, month), ``texts`` the tables that are written
    as text, by the name of their file, ``heard`` what is said beside the tables, ``skylines`` by
    source without their attributes, ``hours`` what theirs are made from, where they are kept,
    ``near`` rows of the shelves of the list and its context that its roofs may see, ``whole``
    whether all of the skylines is there.
    """

    buildings: pa.Table
    planes: pa.Table
    years: pa.Table
    energy: xr.Dataset
    texts: Mapping[str, pd.DataFrame]
    heard: Heard
    skylines: Mapping[str, xr.Dataset] = field(default_factory=dict)
    hours: tuple[Kept, ...] = ()
    near: Rows | None = None
    whole: bool = True


def shard_of(
    part: Part,
    places: npt.NDArray[np.int64],
    counts: Mapping[str, int] | None = None,
    near: Rows | None = None,
    *,
    picked: bool = False,
) -> Shard:
    """
    Tables of a part with the types that they have in every part.

    Parameters
    ----------
    part : Part
    places : ndarray (row,)
        Of its rows in the list.
    counts : mapping, optional
        Of the neighbours of its roofs.
    near : (ndarray of int, ndarray of int), optional
        Rows of the shelves that these come from.
    picked : bool
        Whether its rows stand among those of other parts.
    """
    texts = {"quarantine.csv": part.quarantine, "findings.csv": part.findings}
    return Shard(
        arrow_of(part.buildings), arrow_of(gpd.GeoDataFrame(part.planes)), _years_table(part),
        part.by_plane, texts, heard_of(part, places, counts, picked=picked),
        {name: data.drop_attrs(deep=False) for name, data in part.sources.items()}, near=near,
    )  # fmt: skip


def together(shards: Sequence[Shard]) -> Shard:
    """
    One of several, in their order; of several it is not told what their roofs may see.

    Parameters
    ----------
    shards : sequence of Shard
    """
    if len(shards) == 1:
        return shards[0]
    return Shard(
        with_geo(pa.concat_tables([bare(one.buildings) for one in shards])),
        with_geo(pa.concat_tables([bare(one.planes) for one in shards])),
        pa.concat_tables([one.years for one in shards]).combine_chunks(),
        xr.concat([one.energy for one in shards], "plane_id"),
        {
            name: pd.concat([one.texts[name] for one in shards], ignore_index=True)
            for name in shards[0].texts
        },
        joined([one.heard for one in shards]),
        joined_skylines([one.skylines for one in shards]),
        tuple(hours for one in shards for hours in one.hours),
    )


def without_skies(shard: Shard) -> Shard:
    """The same with no more of its skylines than what is told of them beside the tables."""
    skylines = {
        name: data.drop_vars([one for one in data.data_vars if one != TOLD])
        for name, data in shard.skylines.items()
    }
    return replace(shard, skylines=skylines, whole=False)


def read_skylines_of(out: Path, number: int, *, whole: bool) -> dict[str, xr.Dataset]:
    """
    Skylines of a part of a result by source, or what is told of them where they are not kept.

    Parameters
    ----------
    out : Path
        The folder of the result.
    number : int
        Of the part.
    whole : bool
        Whether they are kept.
    """
    if whole:
        return of_file(out / _skylines_file(number))
    path = out / _told_file(number)
    if not path.is_file():
        return {}
    table = pq.read_table(path)
    points, planes = (table[name].to_numpy() for name in (TOLD, "plane_id"))
    coords = {"plane_id": planes.astype(object)}
    return {_SOURCE: xr.Dataset({TOLD: ("plane_id", points)}, coords)}


def _skylines_files(shard: Shard, number: int) -> dict[str, Callable[[Path], Any]]:
    if shard.whole and shard.skylines:
        return {_skylines_file(number): lambda p: write_skylines(shard.skylines, p)}
    if _SOURCE not in shard.skylines:
        return {}
    data = shard.skylines[_SOURCE]
    table = pa.table({name: pa.array(data[name].to_numpy()) for name in ("plane_id", TOLD)})
    return {_told_file(number): lambda p: _write_table(table, p)}


def _skylines_file(number: int) -> str:
    return f"{SKYLINES}/part-{number:05d}.nc"


def _told_file(number: int) -> str:
    return f"{KEPT}/part-{number:05d}.skylines.parquet"


def write_shard(shard: Shard, number: int, folder: Path) -> dict[str, str]:
    """
    Write the files of a part into a folder.

    Parameters
    ----------
    shard : Shard
    number : int
        Of the part.
    folder : Path
        Files are named ``0``, ``1``, ...

    Returns
    -------
    dict
        Name in the folder -> name in the result.
    """
    part = f"part-{number:05d}"
    files: dict[str, Callable[[Path], Any]] = {
        f"buildings.parquet/{part}.parquet": lambda p: _write_table(shard.buildings, p),
        f"planes.parquet/{part}.parquet": lambda p: _write_table(shard.planes, p),
        f"energy.nc/{part}.nc": lambda p: _write_energy(shard, p),
        f"buildings.csv/{part}.csv": lambda p: write_csv_table(
            shard.buildings.drop_columns("geometry"), p
        ),
        f"{KEPT}/{part}.quarantine.csv": lambda p: write_csv(shard.texts["quarantine.csv"], p),
        f"{KEPT}/{part}.findings.csv": lambda p: write_csv(shard.texts["findings.csv"], p),
        f"{KEPT}/{part}.parquet": lambda p: _write_table(shard.years, p),
        heard_file(number): lambda p: write_heard(shard.heard, p),
    }
    files |= _skylines_files(shard, number)
    if shard.hours:
        files[f"{KEPT}/{part}.hours.parquet"] = lambda p: write_sums(shard.hours, p)
    named = {}
    for turn, (name, write) in enumerate(files.items()):
        write(folder / str(turn))
        named[str(turn)] = name
    return named


def _write_energy(shard: Shard, path: Path) -> None:
    write_energy(shard.energy, path)
    add_planes(shard.hours, shard.planes.num_rows, path)


def heard_file(number: int) -> str:
    """Name in the result of what is said of a part beside its tables."""
    return f"{KEPT}/part-{number:05d}.json"


def write_heard(heard: Heard, path: Path) -> None:
    """Write what is said of a part beside its tables."""
    told = json.dumps(heard.as_json(), ensure_ascii=False, sort_keys=True)
    path.write_bytes(told.encode())


def _write_table(table: pa.Table, path: Path) -> None:
    # Dictionaries of numbers that stand once took a third of the time and a seventh of the room.
    words = [one.name for one in table.schema if pa.types.is_string(one.type)]
    few = [name for name in words if name not in _KEYS]
    pq.write_table(table, path, compression="zstd", use_dictionary=few)


def arrow_of(frame: gpd.GeoDataFrame) -> pa.Table:
    """
    Table whose types hang on the columns, not on the values that some rows have.

    Parameters
    ----------
    frame : GeoDataFrame (row,)
    """
    names = [str(name) for name in frame if name != "geometry"]
    columns = {name: _column(name, frame[name]) for name in names}
    shapes = shapely.force_2d(frame.geometry.to_numpy().astype(object))
    columns["geometry"] = pa.array(shapely.to_wkb(shapes), pa.binary())
    return with_geo(pa.table(columns), shapes)


def _column(name: str, values: pd.Series) -> pa.Array:
    cells = pa.array(values, from_pandas=True)
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if name in _FLAGS:
        return cells.cast(pa.bool_())
    if pa.types.is_null(cells.type) or pa.types.is_large_string(cells.type):
        return cells.cast(pa.string())
    if pa.types.is_timestamp(cells.type):
        return cells.cast(pa.timestamp("ms"))
    if pa.types.is_integer(cells.type) and name not in _WHOLE:
        # Sums over no planes at all are whole numbers.
        return cells.cast(pa.float64())
    return cells


def with_geo(table: pa.Table, shapes: npt.NDArray[Any] | None = None) -> pa.Table:
    """
    Table with its GeoParquet metadata.

    Parameters
    ----------
    table : Table (row,)
    shapes : ndarray of geometries (row,), optional
        Its own, where they are at hand.
    """
    if shapes is None:
        shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    kinds = {str(one) for one in np.unique(shapely.get_type_id(shapes)) if one >= 0}
    names = {"3": "Polygon", "6": "MultiPolygon"}
    column: dict[str, Any] = {
        "encoding": "WKB",
        "crs": json.loads(_WGS84),
        "geometry_types": sorted(names[one] for one in kinds),
    }
    if kinds:
        column["bbox"] = shapely.total_bounds(shapes).tolist()
    geo = {
        "version": "1.0.0",
        "primary_column": "geometry",
        "columns": {"geometry": column},
        "creator": {"library": "roofpv", "version": __version__},
    }
    return table.combine_chunks().replace_schema_metadata({b"geo": json.dumps(geo).encode()})


def bare(table: pa.Table) -> pa.Table:
    """Table without its metadata."""
    return table.replace_schema_metadata(None)


_WGS84 = gpd.GeoSeries([], crs="EPSG:4326").crs.to_json()


def _years_table(part: Part) -> pa.Table:
    """Spread and energy of each building by year, as the end asks for them."""
    columns = {name: np.asarray(getattr(part.spread, name)) for name in OF_SPREAD}
    for place, year in enumerate(part.years.years.tolist()):
        columns[f"ac_kwh_{year}"] = part.years.ac_kwh[:, place]
        columns[f"poa_kwp_{year}"] = part.years.poa_kwp[:, place]
    return pa.table({name: _column(name, pd.Series(values)) for name, values in columns.items()})
