"""What a worker does with a piece: look it over, or assess it and write its files."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import xarray as xr

from roofpv.assessment import Once, assess_part
from roofpv.assumptions import Assumptions
from roofpv.batch.cut import Piece, Reading, of_file, read_piece
from roofpv.batch.durable import sha256_of, sync
from roofpv.batch.manifest import digest
from roofpv.batch.shards import Shard, shard_of, together, write_shard
from roofpv.errors import RoofpvError
from roofpv.inventory.among import Among
from roofpv.inventory.findings import QUARANTINED, Finding
from roofpv.inventory.survey import Survey, survey

_LONGEST_REASON = 160
_LOST = "ended the process that computed it"


@dataclass(frozen=True, eq=False)
class Orders:
    """
    What every worker is told once.

    ``day`` is that from which the list counts, ``work`` the folder of the pieces and of what is
    being written, ``bundled`` whether the weather is that of the package.
    """

    reading: Reading
    assumed: Assumptions
    day: date | None
    weather: xr.Dataset
    bundled: bool
    work: Path
    _once: list[Once] = field(default_factory=list)

    def once(self) -> Once:
        """What all pieces have in common, the same for all that this process assesses."""
        if not self._once:
            once = Once([], self.assumed, self.day, self.weather, self.bundled)
            self._once.append(once)
        return self._once[0]


@dataclass(frozen=True, eq=False)
class Look:
    """Look over a piece."""

    piece: Piece

    def do(self, orders: Orders) -> Looked:
        """Read and survey it."""
        frame = read_piece(self.piece, orders.work, orders.reading)
        read = digest(of_file(frame)) if frame.geometry.notna().any() else None
        return Looked(survey(frame), read, dict(frame.attrs) | {"findings": ()})


@dataclass(frozen=True, eq=False)
class Looked:
    """
    What a look has found: a survey, a digest of how the piece was read, and its attributes.

    Rows without any outline are in no coordinate system, and tell nothing of it.
    """

    survey: Survey
    read: str | None
    attrs: Mapping[Any, Any]


@dataclass(frozen=True, eq=False)
class Assess:
    """
    Assess a piece among the rest of its list.

    ``slices`` of its rows that are computed one after the other (first, end), all at once where
    there are none; rows of ``lost`` are set aside, each a slice of its own.
    """

    piece: Piece
    among: Among
    attrs: dict[str, Any]
    slices: tuple[tuple[int, int], ...] = ()
    lost: frozenset[int] = frozenset()

    def do(self, orders: Orders) -> Written:
        """Assess it and write its files beside the result."""
        shard = together(self.shards(orders))
        folder = Path(tempfile.mkdtemp(prefix=f"new-{self.piece.number:05d}-", dir=orders.work))
        files = write_shard(shard, self.piece.number, folder)
        for name in files:
            sync(folder / name)
        digests = {name: sha256_of(folder / name) for name in files}
        return Written(folder, files, digests, _counts(shard))

    def shards(self, orders: Orders) -> list[Shard]:
        """Its slices, in order."""
        frame = read_piece(self.piece, orders.work, orders.reading, self.attrs)
        shards: list[Shard] = []
        for first, end in self.slices or ((0, len(frame)),):
            rows = _rows(frame, slice(first, end)) if self.slices else frame
            if first in self.lost:
                shards.append(_without(rows, self.among, orders.once(), ChildProcessError(_LOST)))
            else:
                shards += _shards(rows, self.among, orders.once())
        return shards


@dataclass(frozen=True, eq=False)
class Probe:
    """Compute a slice of a piece for nothing but whether the worker lives on."""

    of: Assess

    @property
    def piece(self) -> Piece:
        """The piece that it is of."""
        return self.of.piece

    def do(self, orders: Orders) -> Survived:
        """Compute it and keep nothing."""
        self.of.shards(orders)
        return Survived()


@dataclass(frozen=True, eq=False)
class Survived:
    """A slice that no worker has ended at."""


@dataclass(frozen=True, eq=False)
class Written:
    """Files of a piece: where they are, name there -> name in the result and digest; counts."""

    folder: Path
    files: dict[str, str]
    digests: dict[str, str]
    counts: dict[str, int]


Task = Look | Assess | Probe
Answer = Looked | Written | Survived


def _shards(frame: gpd.GeoDataFrame, among: Among, once: Once) -> list[Shard]:
    """Rows in one go; where that fails, in halves, and a row that fails alone is set aside."""
    try:
        return [_shard(frame, among, once)]
    except RoofpvError:
        raise
    except Exception as error:
        if len(frame) == 1:
            return [_without(frame, among, once, error)]
        half = len(frame) // 2
        return [
            *_shards(_rows(frame, slice(0, half)), among, once),
            *_shards(_rows(frame, slice(half, None)), among, once),
        ]


def _shard(frame: gpd.GeoDataFrame, among: Among, once: Once) -> Shard:
    places = frame["source_at"].to_numpy(dtype=np.int64)
    return shard_of(assess_part(frame, once, among=among), places)


def _rows(frame: gpd.GeoDataFrame, rows: slice) -> gpd.GeoDataFrame:
    some = frame.iloc[rows].reset_index(drop=True)
    some.attrs = dict(frame.attrs)
    return some


def _without(frame: gpd.GeoDataFrame, among: Among, once: Once, error: Exception) -> Shard:
    """A row whose computation fails, set aside with the reason."""
    reason = " ".join(f"{type(error).__name__} {error}".split())[:_LONGEST_REASON]
    at = frame["source_at"].to_numpy(dtype=np.int64)
    failed = Finding(QUARANTINED, "NOT_COMPUTED", "geometry", at, words={"error": reason})
    told = dict(frame.attrs)
    bare = frame.assign(geometry=gpd.GeoSeries([None], index=frame.index, crs=frame.crs))
    for row in (frame, bare):
        row.attrs = told | {"findings": (failed, *told["findings"])}
    try:
        return _shard(frame, among, once)
    except Exception:
        # Its outline is what the check itself cannot take.
        return _shard(bare, dataclasses.replace(among, twice=()), once)


def _counts(shard: Shard) -> dict[str, int]:
    status = shard.buildings["status"].to_pylist()
    kept = len(status)
    return {
        "rows": shard.heard.rows,
        "assessed": status.count("assessed"),
        "excluded": status.count("excluded"),
        "quarantined": shard.heard.count_in - kept,
        "planes": shard.planes.num_rows,
    }
