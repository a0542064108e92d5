"""An inventory cut into parts of the same rows each, whatever the row groups of its file."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from roofpv.batch.durable import put, sha256_of
from roofpv.errors import RoofpvError
from roofpv.inventory import read_inventory
from roofpv.inventory.formats.parquet import meaningful_columns
from roofpv.inventory.headers.columns import known
from roofpv.inventory.survey import keys_of

PART_ROWS = 20_000
# Rows up to which a list is assessed in one piece: its tables stay single files that any program
# opens.
LONG_ROWS = 100_000
_ROWS = "rows"
# Name of its file.
_PIECE = re.compile(r"(?<!\S)\d{5,8}\.parquet\b")
# Number of what is no piece of a list.
_TRIAL = 99_999_999


@dataclass(frozen=True)
class Reading:
    """What the user says of an inventory besides its name: arguments of ``read_inventory``."""

    columns: tuple[tuple[str, str], ...] = ()
    crs: str | None = None
    layer: str | None = None
    datum: str = "wgs84"
    swap_axes: bool = False

    def read(self, path: Path) -> gpd.GeoDataFrame:
        """Read a file as the user says."""
        return read_inventory(
            path, columns=dict(self.columns), crs=self.crs, layer=self.layer, datum=self.datum,
            swap_axes=self.swap_axes,
        )  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """
    Some rows of an inventory: its number, the place of its first row, how many, their digest.

    Its rows follow each other in the list, or else (``picked``) stand anywhere in it, in order.
    """

    number: int
    first: int
    rows: int
    sha256: str
    picked: bool = False

    def path(self, work: Path) -> Path:
        """Where its rows are kept while the run lasts."""
        return work / _ROWS / f"{self.number:05d}.parquet"

    def places_path(self, work: Path) -> Path:
        """Where the places of rows that are picked are kept."""
        return self.path(work).with_suffix(".npy")

    def places(self, work: Path) -> npt.NDArray[np.int64]:
        """Of its rows in the list, in order."""
        if self.picked:
            return np.asarray(np.load(self.places_path(work)))
        return np.arange(self.first, self.first + self.rows)


def named(fault: RoofpvError, inventory: Path, context: Path | None) -> RoofpvError:
    """
    A fault of a piece as one of the file that it was cut from.

    Parameters
    ----------
    fault : RoofpvError
    inventory : Path
    context : Path or None
        The option stands in faults of it.
    """
    file = context if context is not None and fault.where.startswith("--context") else inventory
    where = _PIECE.sub(lambda _: file.name, fault.where, count=1)
    return type(fault)(where, fault.problem, fault.mend)


def rows_of(file: Path) -> int:
    """Number of rows of a Parquet file."""
    return int(pq.ParquetFile(file).metadata.num_rows)


def columns_of(file: Path, reading: Reading, *, outlines_only: bool = False) -> list[str]:
    """Columns of a Parquet file that are read."""
    given = {header for _, header in reading.columns}
    return meaningful_columns(
        pq.read_schema(file), lambda h: not outlines_only and (h in given or known(h))
    )


def cut(
    file: Path,
    work: Path,
    reading: Reading,
    part_rows: int = PART_ROWS,
    *,
    outlines_only: bool = False,
) -> Iterator[Piece]:
    """
    Cut a Parquet file into pieces, each a file of its own, so that nobody holds it whole.

    Parameters
    ----------
    file : Path
    work : Path
        Folder for them.
    reading : Reading
    part_rows : int
        Rows of each piece; the last may have fewer.
    outlines_only : bool
        Whether other columns are left out.

    Yields
    ------
    Piece
        In the order of the file, as they are cut.
    """
    (work / _ROWS).mkdir(parents=True, exist_ok=True)
    source = pq.ParquetFile(file)
    columns = columns_of(file, reading, outlines_only=outlines_only)
    first = 0
    for number, table in enumerate(_tables(source, columns, part_rows)):
        piece = Piece(number, first, table.num_rows, "")
        write_rows(table, piece.path(work))
        yield dataclasses.replace(piece, sha256=sha256_of(piece.path(work)))
        first += table.num_rows


def write_rows(table: pa.Table, path: Path) -> None:
    """Write the rows of a piece."""
    packed = io.BytesIO()
    pq.write_table(table, packed, compression="lz4", row_group_size=max(1, table.num_rows))
    put(path, packed.getvalue())


def read_piece(
    piece: Piece, work: Path, reading: Reading, attrs: dict[str, Any] | None = None
) -> gpd.GeoDataFrame:
    """
    Rows of a piece as ``read_inventory`` gives them, numbered as in the whole file.

    Parameters
    ----------
    piece : Piece
    work : Path
    reading : Reading
    attrs : dict, optional
        What holds for the whole file instead of the piece.
    """
    frame = reading.read(piece.path(work))
    places = piece.places(work)
    frame["source_row"] = places + 1
    frame["source_at"] = places
    moved = [dataclasses.replace(f, at=places[f.at]) for f in frame.attrs["findings"]]
    frame.attrs |= (attrs or {}) | {"findings": tuple(moved)}
    return frame


def slice_of(piece: Piece, work: Path, first: int, end: int) -> Piece:
    """
    Some rows of a piece as a piece of their own, for a trial.

    Parameters
    ----------
    piece : Piece
    work : Path
    first, end : int
        Rows of it.
    """
    some = Piece(_TRIAL, piece.first + first, end - first, "", picked=True)
    write_rows(pq.read_table(piece.path(work)).slice(first, end - first), some.path(work))
    np.save(some.path(work).with_suffix(".npy"), piece.places(work)[first:end])
    return some


def blank(piece: Piece, work: Path, rows: Collection[int], *, cells: bool = False) -> None:
    """
    Take the geometry of some rows of a piece away, which no process survives.

    Parameters
    ----------
    piece : Piece
    work : Path
    rows : collection of int
    cells : bool
        Whether all of their cells are taken away.
    """
    table = pq.read_table(piece.path(work))
    deadly = np.isin(np.arange(table.num_rows), list(rows))
    for place, column in enumerate(table.schema):
        if cells or column.name == "geometry" or pa.types.is_binary(column.type):
            left = pc.if_else(pa.array(deadly), pa.scalar(None, column.type), table[column.name])
            table = table.set_column(place, column, left)
    write_rows(table, piece.path(work))


def blank_at(
    places: Collection[int], pieces: Sequence[Piece], work: Path, *, cells: bool = False
) -> None:
    """
    Take the geometry of rows at some places of a list away.

    Parameters
    ----------
    places : collection of int
    pieces : sequence of Piece
    work, cells
        As for `blank`.
    """
    for piece in pieces if places else ():
        rows = places_in(np.array(sorted(places), dtype=np.int64), piece, work)
        if rows.size:
            blank(piece, work, rows.tolist(), cells=cells)


def rows_at(
    places: np.ndarray,
    pieces: Sequence[Piece],
    kept: tuple[Path, Reading],
    attrs: Mapping[Any, Any],
) -> gpd.GeoDataFrame:
    """
    Rows at some places of a list, as one table, in the order of the list.

    Parameters
    ----------
    places : ndarray of int
    pieces : sequence of Piece
    kept : (Path, Reading)
        Folder of the pieces, and how they are read.
    attrs : mapping
        What is said of the whole list.
    """
    frames, earlier = [], []
    for piece in pieces:
        rows = places_in(places, piece, kept[0])
        if rows.size:
            frame = read_piece(piece, *kept)
            earlier += frame.attrs["findings"]
            frames.append(frame.iloc[rows].copy())
            frames[-1].attrs = {}
    table = pd.concat(frames, ignore_index=True)
    if any(piece.picked for piece in pieces):
        table = table.sort_values("source_at", ignore_index=True)
    table.attrs = {**attrs, "findings": tuple(earlier)}
    return table


def keys_at(
    places: npt.NDArray[np.int64], pieces: Sequence[Piece], kept: tuple[Path, Reading]
) -> pd.Series:
    """
    Keys of buildings at some places of a list, in its order.

    Parameters
    ----------
    places, pieces, kept
        As for `rows_at`.
    """
    found = []
    for piece in pieces:
        rows = places_in(places, piece, kept[0])
        if rows.size:
            found.append(keys_of(read_piece(piece, *kept)).iloc[rows])
    return pd.concat(found).sort_index()


def of_file(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """How a piece was understood: the same in all of them, or they cannot be read apart."""
    return {name: frame.attrs[name] for name in ("columns", "units", "places", "notes")}


def _tables(source: pq.ParquetFile, columns: Collection[str], part_rows: int) -> Iterator[pa.Table]:
    """Tables of ``part_rows`` rows, from row groups of any size."""
    schema = source.schema_arrow
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in source.iter_batches(batch_size=part_rows, columns=list(columns)):
        rest = batch
        while count + rest.num_rows >= part_rows:
            taken = part_rows - count
            yield _table([*waiting, rest.slice(0, taken)], schema)
            waiting, count, rest = [], 0, rest.slice(taken)
        if rest.num_rows:
            waiting.append(rest)
            count += rest.num_rows
    if waiting:
        yield _table(waiting, schema)


def _table(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    table = pa.Table.from_batches(batches).combine_chunks()
    kept = {key: value for key, value in (schema.metadata or {}).items() if key == b"geo"}
    return table.replace_schema_metadata(kept)


def places_in(places: npt.NDArray[np.int64], piece: Piece, work: Path) -> npt.NDArray[np.int64]:
    """Those of some places in the list that are rows of a piece, counted from its first."""
    if piece.picked:
        return np.flatnonzero(np.isin(piece.places(work), places))
    inside = (places >= piece.first) & (places < piece.first + piece.rows)
    return np.asarray(places[inside] - piece.first)
