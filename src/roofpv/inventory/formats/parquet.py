"""GeoParquet (Overture's buildings too) and plain Parquet, only the columns that mean something."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from roofpv.inventory.source import Source

# What a struct column of Overture tells under one name.
_NESTED = {"names": "primary"}

Geo = dict[str, Any]


def read_parquet(file: Path, known: Callable[[str], bool]) -> Source:
    """
    Read a Parquet file with or without geometry.

    Columns of no known meaning are not read (a million buildings of Overture carry gigabytes of
    sources); ``unread`` names them.

    Parameters
    ----------
    file : Path
    known : callable
        Whether a header is understood.
    """
    opened = pq.ParquetFile(file)
    schema = opened.schema_arrow
    geo = _geo(schema)
    shapes = geo["columns"]
    wanted, unread = _choose(schema, known, {*shapes})
    table = opened.read(columns=wanted)
    columns = {name: _cells(table[name]) for name in table.column_names}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))
    frame = frame.rename(columns={outer: f"{outer}.{inner}" for outer, inner in _NESTED.items()})
    if shapes:
        frame = _with_geometry(frame, file, geo)
    rows = np.arange(1, len(frame) + 1)
    return Source(frame, rows, np.full(len(frame), "", dtype=object), unread=tuple(unread))


def _geo(schema: pa.Schema) -> Geo:
    """What the file says of its geometry: columns with their encoding and system; checked."""
    told = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    columns = told.get("columns", {}) if isinstance(told, dict) else None
    if not isinstance(columns, dict) or not all(isinstance(c, dict) for c in columns.values()):
        raise ValueError("its geo metadata is damaged")
    there = {name: {"encoding": "WKB", **c} for name, c in columns.items() if name in schema.names}
    if not there:
        there = {n: {"encoding": "WKB", "crs": None} for n in _BINARY if _is_binary(schema, n)}
    primary = told.get("primary_column")
    return {
        "columns": there,
        "primary_column": primary if primary in there else next(iter(there), ""),
    }


def meaningful_columns(schema: pa.Schema, known: Callable[[str], bool]) -> list[str]:
    """
    Columns of a Parquet file that `read_parquet` reads, those of its geometry included.

    Parameters
    ----------
    schema : pyarrow.Schema
    known : callable
        Whether a header is understood.
    """
    shapes = {*_geo(schema)["columns"]}
    wanted, _ = _choose(schema, known, shapes)
    return [name for name in schema.names if name in shapes or name in wanted]


# Geometry columns of files without geo metadata; their system has to be asked for.
_BINARY = ("geometry", "geom", "wkb_geometry", "the_geom")


def _is_binary(schema: pa.Schema, name: str) -> bool:
    kind = schema.field(name).type if name in schema.names else pa.null()
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _choose(
    schema: pa.Schema, known: Callable[[str], bool], shapes: set[str]
) -> tuple[list[str], list[str]]:
    wanted: list[str] = []
    unread: list[str] = []
    for field in schema:
        nested = pa.types.is_nested(field.type)
        inner = _NESTED.get(field.name)
        has_inner = pa.types.is_struct(field.type) and inner in [f.name for f in field.type]
        simple = not nested and known(field.name)
        if field.name not in shapes:
            (wanted if simple or has_inner else unread).append(field.name)
    return wanted, unread


def _cells(column: pa.ChunkedArray) -> pd.Series:
    if pa.types.is_struct(column.type):
        column = pa.chunked_array([chunk.field("primary") for chunk in column.chunks])
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    cells = column.to_pandas()
    return cells.astype(object).where(cells.notna(), None) if text else cells


def _with_geometry(plain: pd.DataFrame, file: Path, geo: Geo) -> gpd.GeoDataFrame:
    primary = geo["primary_column"]
    told = geo["columns"][primary]
    if told["encoding"] != "WKB":
        shapes = gpd.read_parquet(file, columns=[primary]).geometry
        return _named(gpd.GeoDataFrame(plain, geometry=shapes.to_numpy(), crs=shapes.crs), primary)
    cells = pq.read_table(file, columns=[primary])[primary].to_numpy()
    # Coordinates that are no numbers are told row by row.
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkb(cells, on_invalid="ignore")
    unread = shapely.is_missing(shapes) & np.array([cell is not None for cell in cells], dtype=bool)
    if unread.any():
        said = np.full(len(plain), None, dtype=object)
        said[unread] = "broken WKB"
        plain = plain.assign(unread_geometry=pd.Series(said, plain.index, dtype=object))
    # A missing "crs" is longitude and latitude by the GeoParquet specification; null is not known.
    crs = told.get("crs", "OGC:CRS84")
    try:
        system = None if crs is None else pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise ValueError("the coordinate system in its geo metadata is damaged") from error
    frame = gpd.GeoDataFrame(plain, geometry=shapes, crs=system)
    return _named(frame, primary)


def _named(frame: gpd.GeoDataFrame, primary: str) -> gpd.GeoDataFrame:
    return frame if primary == "geometry" else frame.rename_geometry(primary)
