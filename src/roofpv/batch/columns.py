"""Columns of all parts, read as they are asked for."""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from roofpv import schema
from roofpv.batch.putback import places_in_list, turned

_CHOICES = frozenset(
    ("district", "use_alternative", "weather_site", "shading_not_known", "shade_height_basis",
     *(one.name for one in (*schema.INVENTORY, *schema.CHECKED, *schema.RESULT)
       if one.kind == "choice"))
)  # fmt: skip


@dataclass(frozen=True)
class InFile:
    """Numbers of many rows in a file, row by row: columns ``names`` of as many ``rows``."""

    path: Path
    names: tuple[str, ...]
    rows: int

    def __call__(self, at: npt.NDArray[np.int64]) -> pd.DataFrame:
        """Some of the rows."""
        if not self.names or not len(at):
            return pd.DataFrame(np.empty((len(at), len(self.names))), columns=list(self.names))
        return pd.DataFrame(self._opened("r")[at], columns=list(self.names), copy=False)

    def put(self, at: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> None:
        """Put in some of the rows."""
        if len(at):
            self._opened("r+")[at] = values

    def _opened(self, mode: Literal["r", "r+"]) -> np.memmap:
        # Opened again each time: what is looked at counts as memory until it is closed.
        return np.memmap(self.path, np.float64, mode, shape=(self.rows, len(self.names)))


@dataclass(frozen=True)
class Parted:
    """
    A table whose rows stand in several files of the same columns, in their order.

    With ``coded`` words of few kinds are categories, else Python's, each kind once. ``stands`` are
    files of the rows of the list that those of each file stand in, where they are to be brought
    into its order. Of ``left`` nothing is read: they are columns without any value.
    """

    paths: tuple[Path, ...]
    coded: bool = False
    stands: tuple[Path, ...] = ()
    left: frozenset[str] = frozenset()

    def __call__(self, names: Collection[str]) -> pd.DataFrame:
        """
        Those of some columns that there are.

        A column without any value takes no room: its cells are one and the same.
        """
        known = self._schema
        wanted = [name for name in known.names if name in names]
        numbers = {name for name in wanted if pa.types.is_floating(known.field(name).type)}
        empty = {name for name in wanted if name in self.left or self._is_empty(name)}
        few = [name for name in wanted if name in _CHOICES]
        few = [name for name in few if pa.types.is_string(known.field(name).type)]
        read = [name for name in wanted if name not in empty]
        filled = {name: np.empty(self.rows) for name in numbers - empty}
        texts: dict[str, list[pa.ChunkedArray]] = {name: [] for name in read if name not in filled}
        first = 0
        for path in self.paths:
            # With Arrow's threads it takes half as much time again of all processors together.
            with pq.ParquetFile(path, read_dictionary=few) as opened:
                table = opened.read(columns=read, use_threads=False)
            for name in read:
                if name in filled:
                    filled[name][first : first + table.num_rows] = table[name].to_numpy()
                else:
                    texts[name].append(table[name])
            first += table.num_rows
        found = {}
        for name in wanted:
            if name in empty:
                found[name] = self._nothing(known.field(name).type)
            elif name in texts:
                found[name] = self._series(texts.pop(name))
            else:
                found[name] = pd.Series(filled[name], copy=False)
        if self.stands:
            found |= turned(found, [name for name in wanted if name not in empty], self.stands)
        pa.default_memory_pool().release_unused()
        index = pd.RangeIndex(self.rows)
        return pd.DataFrame(found, index=index, copy=False)

    @property
    def names(self) -> list[str]:
        """All columns."""
        return list(self._schema.names)

    @functools.cached_property
    def rows(self) -> int:
        """How many in all."""
        return sum(one.num_rows for one in self._metadata)

    @functools.cached_property
    def _metadata(self) -> list[pq.FileMetaData]:
        return [pq.read_metadata(path) for path in self.paths]

    @functools.cached_property
    def _schema(self) -> pa.Schema:
        return pq.read_schema(self.paths[0])

    def in_file(self, names: Collection[str], path: Path) -> InFile:
        """
        Numbers of all rows, put into a file of which some rows at a time are read.

        Parameters
        ----------
        names : collection of str
            Those that are no numbers, or have no value, are left out.
        path : Path
            Of the file, 8 bytes by row and column.
        """
        known = self._schema
        kept = tuple(
            name for name in known.names
            if name in names and pa.types.is_floating(known.field(name).type)
            and not self._is_empty(name)
        )  # fmt: skip
        found = InFile(path, kept, self.rows)
        with path.open("wb") as opened:
            opened.truncate(8 * len(kept) * self.rows)
        places = places_in_list(self.stands) if self.stands else np.arange(self.rows)
        first = 0
        for one in self.paths if kept else ():
            with pq.ParquetFile(one) as opened:
                table = opened.read(columns=list(kept), use_threads=False)
            some = places[first : first + table.num_rows]
            found.put(some, np.column_stack([table[name].to_numpy() for name in kept]))
            first += table.num_rows
        pa.default_memory_pool().release_unused()
        return found

    def _is_empty(self, name: str) -> bool:
        """Whether a column has no value in any part, as their statistics tell."""
        place = self._schema.get_field_index(name)
        groups = (one.row_group(i) for one in self._metadata for i in range(one.num_row_groups))
        return all(_has_none(group, place) for group in groups)

    def _nothing(self, kind: pa.DataType) -> pd.Series:
        """A column without any value."""
        cell = np.array(np.nan)
        if pa.types.is_timestamp(kind):
            cell = np.array("NaT", dtype=f"datetime64[{kind.unit}]")
        elif not pa.types.is_floating(kind):
            cell = np.array(None, dtype=object)
        return pd.Series(np.broadcast_to(cell, self.rows), copy=False)

    def _series(self, parts: Sequence[pa.ChunkedArray]) -> pd.Series:
        column = pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)
        if pa.types.is_dictionary(column.type):
            return _words(column, coded=self.coded)
        if pa.types.is_string(column.type):
            # Not as Python's texts, each of which takes 60 bytes.
            return column.to_pandas()
        values = column.to_numpy()
        return pd.Series(values, dtype=object if values.dtype == object else None, copy=False)


def _words(column: pa.ChunkedArray, *, coded: bool) -> pd.Series:
    """Values of few kinds; None where there is none."""
    whole = column.unify_dictionaries().combine_chunks()
    if coded:
        return whole.to_pandas()
    words = np.array([*whole.dictionary.to_pylist(), None], dtype=object)
    return pd.Series(words[pc.fill_null(whole.indices, -1).to_numpy()], dtype=object)


def _has_none(group: pq.RowGroupMetaData, place: int) -> bool:
    told = group.column(place).statistics
    return told is not None and told.has_null_count and told.null_count == group.num_rows


def trim() -> None:
    """Give memory that is free back to the system: another process may need it."""
    pa.default_memory_pool().release_unused()
    if sys.platform.startswith("linux"):
        # Of the C library of most systems; others give back by themselves, or cannot be asked.
        asked = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if asked is not None:
            asked(0)
