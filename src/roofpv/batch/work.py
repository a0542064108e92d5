"""What a worker does with a piece: look it over, or assess it and write its files."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.compute as pc
import shapely
import xarray as xr

from roofpv.assessment import Once, Part, Sited, assess_part, assess_sited, site_rows, with_heights
from roofpv.assumptions import Assumptions
from roofpv.batch.cut import Piece, Reading, of_file, read_piece
from roofpv.batch.durable import sha256_of, sync
from roofpv.batch.faults import reason_of
from roofpv.batch.halo import CONTEXT, FOLDER, LIST, Found, Shelf, find_near, rows_near
from roofpv.batch.hours import PLANES, Kept
from roofpv.batch.manifest import digest
from roofpv.batch.merging import Heard
from roofpv.batch.seen import record_of, write_record
from roofpv.batch.shards import (
    KEPT,
    Rows,
    Shard,
    heard_file,
    shard_of,
    together,
    without_skies,
    write_heard,
    write_shard,
)
from roofpv.contexts import drawn_in
from roofpv.errors import RoofpvError
from roofpv.hours import hours_under
from roofpv.inventory.among import Among
from roofpv.inventory.findings import QUARANTINED, Finding
from roofpv.inventory.survey import Survey, survey
from roofpv.surroundings import Near, Surroundings

_DIED = reason_of(ChildProcessError("ended the process that computed it"))


@dataclass(frozen=True, eq=False)
class Orders:
    """
    What every worker is told once.

    ``day`` is that from which the list counts, ``work`` the folder of the pieces and of what is
    being written, ``bundled`` whether the weather is that of the package, ``around`` what
    surrounds all roofs alike, ``hours`` what is kept of them: nothing, those of ``districts``, or
    those of ``planes`` too, ``keep_skylines`` whether those are.
    """

    reading: Reading
    assumed: Assumptions
    day: date | None
    weather: xr.Dataset
    bundled: bool
    work: Path
    around: Surroundings = field(default_factory=Surroundings)
    hours: str = ""
    keep_skylines: bool = False
    _once: list[Once] = field(default_factory=list)
    _shelves: list[tuple[Shelf, Shelf]] = field(default_factory=list)

    def shelves(self) -> tuple[Shelf, Shelf]:
        """Buildings of the whole list and its context, opened once."""
        if not self._shelves:
            self._shelves.append((Shelf(self.work, LIST), Shelf(self.work, CONTEXT)))
        return self._shelves[0]

    def once(self) -> Once:
        """What all pieces have in common, the same for all that this process assesses."""
        if not self._once:
            once = Once([], self.assumed, self.day, self.weather, self.bundled)
            self._once.append(once)
        return self._once[0]


class Looking:
    """A task that looks at the rows of a piece, and can be done without some of them."""


@dataclass(frozen=True, eq=False)
class Look(Looking):
    """Look over a piece."""

    piece: Piece

    def do(self, orders: Orders) -> Looked:
        """Read and survey it."""
        with _texts_by_python():
            return self._looked(orders)

    def _looked(self, orders: Orders) -> Looked:
        frame = read_piece(self.piece, orders.work, orders.reading)
        read = digest(of_file(frame)) if _has_shapes(frame) else None
        told = dict(frame.attrs) | {"findings": ()}
        return Looked(survey(frame), read, told, drawn_in(frame))


@dataclass(frozen=True, eq=False)
class Looked:
    """
    What a look has found: a survey, a digest of how the piece was read, and its attributes.

    Rows without any outline are in no coordinate system, and tell nothing of it. ``drawn`` tells
    whether there are outlines, and any geometry.
    """

    survey: Survey
    read: str | None
    attrs: Mapping[Any, Any]
    drawn: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, eq=False)
class Assess:
    """
    Assess a piece among the rest of its list.

    ``slices`` of its rows that are computed one after the other (first, end), all at once where
    there are none; rows of ``lost`` are set aside, each a slice of its own, with the reason (none
    where they have ended their process); ``context`` is the digest of the buildings around, where
    there are any.
    """

    piece: Piece
    among: Among
    attrs: dict[str, Any]
    slices: tuple[tuple[int, int], ...] = ()
    lost: Mapping[int, str] = field(default_factory=dict)
    context: int | None = None

    def do(self, orders: Orders) -> Written:
        """Assess it and write its files beside the result."""
        with _texts_by_python():
            shards = self.shards(orders)
        shard = together(shards)
        if len(shards) > 1 and self.context is not None:
            shard = dataclasses.replace(shard, near=self.near(orders))
        return self.written(shard, orders)

    def written(self, shard: Shard, orders: Orders, anew: int | None = None) -> Written:
        """
        Write the files of a shard of all its rows beside the result.

        Parameters
        ----------
        shard : Shard
        orders : Orders
        anew : int, optional
            Rows that were computed; all if not given.
        """
        folder = self._folder(orders)
        if not orders.keep_skylines:
            shard = without_skies(shard)
        files = write_shard(shard, self.piece.number, folder)
        self._record(shard.near, folder, files, orders)
        digests = _digests(folder, files)
        return Written(folder, files, digests, _counts(shard), anew, self.identity(orders))

    def noted(
        self, heard: Heard, near: Rows | None, orders: Orders, line: Mapping[str, Any]
    ) -> Written:
        """
        Write only what is said of its rows beside their tables.

        Parameters
        ----------
        heard : Heard
        near : (ndarray of int, ndarray of int), optional
            Rows of the shelves that its roofs may see.
        orders : Orders
        line : mapping
            Of the older result, whose other files stay.
        """
        folder, files = self._folder(orders), {"0": heard_file(self.piece.number)}
        write_heard(heard, folder / "0")
        self._record(near, folder, files, orders)
        digests = _digests(folder, files)
        rest = {name: one for name, one in line["files"].items() if name not in files.values()}
        return Written(folder, files, digests, line["counts"], 0, self.identity(orders), rest)

    def _folder(self, orders: Orders) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"new-{self.piece.number:05d}-", dir=orders.work))

    def _record(
        self, near: Rows | None, folder: Path, files: dict[str, str], orders: Orders
    ) -> None:
        """Note what its roofs may have seen."""
        if near is not None:
            name = str(len(files))
            write_record(record_of(orders.shelves(), near), folder / name)
            files[name] = f"{KEPT}/part-{self.piece.number:05d}.near.parquet"

    def identity(self, orders: Orders) -> str:
        """Digest of its rows and of what the list says of them, but for the names of files."""
        digest = hashlib.sha256(repr((self.piece.first, self.piece.sha256)).encode())
        digest.update(self.piece.places(orders.work).tobytes())
        told = self.among
        for one in (
            sorted(told.repeated.items()), list(told.districts.items()), sorted(told.given),
            sorted(told.institutions.items()), told.middle,
            [(one.kind, one.code, one.column, one.at.tolist(), one.values, dict(one.words))
             for one in told.twice],
            sorted((str(key), repr(value)) for key, value in self.attrs.items()
                   if key not in ("inputs", "findings")),
        ):  # fmt: skip
            digest.update(repr(one).encode() + b"\0")
        return digest.hexdigest()

    def shards(self, orders: Orders) -> list[Shard]:
        """Its slices, in order."""
        kept = sited_path(orders.work, self.piece.number)
        if kept.is_file() and not self.slices:
            try:
                return [self._near(self.sited(orders), self.places(orders), orders)]
            except RoofpvError:
                raise
            except Exception:
                # Below it is found again, row by row.
                kept.unlink()
        frame = read_piece(self.piece, orders.work, orders.reading, self.attrs)
        shards: list[Shard] = []
        for first, end in self.slices or ((0, len(frame)),):
            some = _rows(frame, slice(first, end)) if self.slices else frame
            if first in self.lost:
                shards.append(self._without(some, self.lost[first] or _DIED, orders))
            else:
                shards += self._halves(some, orders)
        return shards

    def places(self, orders: Orders) -> np.ndarray:
        """Of its rows in the list."""
        return self.piece.places(orders.work)

    def sited(self, orders: Orders) -> Sited:
        """Its rows in one go, checked and sited."""
        kept = sited_path(orders.work, self.piece.number)
        if kept.is_file():
            rows: Sited = pickle.loads(kept.read_bytes())
            return rows
        frame = read_piece(self.piece, orders.work, orders.reading, self.attrs)
        return site_rows(frame, orders.once(), self.among)

    def near(self, orders: Orders) -> Rows:
        """Rows of the shelves that its roofs may see."""
        shelves = orders.shelves()
        mine = shelves[0].rows(self.piece.number)
        return rows_near(shelves, mine, orders.assumed.shading.reach_m)

    def found_near(self, rows: Sited, orders: Orders) -> Found:
        """What may hide the roofs of some rows."""
        shelves = orders.shelves()
        roofs = with_heights(rows.sited, orders.assumed)["source_row"].to_numpy()
        mine = shelves[0].rows_of(self.piece.number, roofs)
        return find_near(shelves, mine, orders.assumed.shading.reach_m)

    def part_of(self, rows: Sited, found: Found | None, orders: Orders) -> Part:
        """Some rows assessed, among what may hide them, where anything is known of it."""
        return assess_sited(rows, orders.once(), surroundings=self.around(found, orders))

    def around(self, found: Found | None, orders: Orders) -> Surroundings:
        """What surrounds some rows, by what was found near them."""
        if found is None:
            return orders.around
        near = Near(found.obstacles, found.beside, self.context or 0)
        return dataclasses.replace(orders.around, near=near)

    def around_none(self, orders: Orders) -> Surroundings:
        """What surrounds no rows: of the context its digest alone."""
        if self.context is None:
            return orders.around
        nothing = np.zeros(0, dtype=np.int64)
        found = find_near(orders.shelves(), nothing, orders.assumed.shading.reach_m)
        return self.around(found, orders)

    def _halves(self, frame: gpd.GeoDataFrame, orders: Orders) -> list[Shard]:
        """Rows in one go; where that fails, in halves, and a row that fails alone is set aside."""
        try:
            return [self._shard(frame, self.among, orders)]
        except RoofpvError:
            raise
        except Exception as error:
            if len(frame) == 1:
                return [self._without(frame, reason_of(error), orders)]
            half = len(frame) // 2
            return [
                *self._halves(_rows(frame, slice(0, half)), orders),
                *self._halves(_rows(frame, slice(half, None)), orders),
            ]

    def _shard(self, frame: gpd.GeoDataFrame, among: Among, orders: Orders) -> Shard:
        places = frame["source_at"].to_numpy(dtype=np.int64)
        if self.context is None:
            part = assess_part(frame, orders.once(), surroundings=orders.around, among=among)
            shard = shard_of(part, places, picked=self.piece.picked)
            return _with_hours(shard, part, orders)
        return self._near(site_rows(frame, orders.once(), among), places, orders)

    def _near(self, rows: Sited, places: np.ndarray, orders: Orders) -> Shard:
        """Rows among all that may hide their roofs."""
        found = self.found_near(rows, orders)
        part = self.part_of(rows, found, orders)
        shard = shard_of(part, places, found.counts, found.rows, picked=self.piece.picked)
        return _with_hours(shard, part, orders)

    def _without(self, frame: gpd.GeoDataFrame, reason: str, orders: Orders) -> Shard:
        """A row whose computation fails, set aside with the reason."""
        at = frame["source_at"].to_numpy(dtype=np.int64)
        failed = Finding(QUARANTINED, "NOT_COMPUTED", "geometry", at, words={"error": reason})
        told = dict(frame.attrs)
        bare = frame.assign(geometry=gpd.GeoSeries([None], index=frame.index, crs=frame.crs))
        for row in (frame, bare):
            row.attrs = told | {"findings": (failed, *told["findings"])}
        try:
            return self._shard(frame, self.among, orders)
        except Exception:
            # Its outline is what the check itself cannot take.
            return self._shard(bare, dataclasses.replace(self.among, twice=()), orders)


@dataclass(frozen=True, eq=False)
class Trial:
    """Do a task for nothing but whether the worker lives on."""

    of: Task

    @property
    def piece(self) -> Piece:
        """The piece that it is of."""
        return self.of.piece

    def do(self, orders: Orders) -> Survived:
        """Do it and keep nothing."""
        if isinstance(self.of, Assess):
            self.of.shards(orders)
        else:
            self.of.do(orders)
        return Survived()


@dataclass(frozen=True, eq=False)
class Survived:
    """A slice that no worker has ended at."""


@dataclass(frozen=True, eq=False)
class Written:
    """
    Files of a piece: where they are, name there -> name in the result and digest; counts.

    ``anew`` how many of its rows were computed, None of all; ``of`` what they are, and ``rest``
    files of an older result that stay, with their digests.
    """

    folder: Path
    files: dict[str, str]
    digests: dict[str, str]
    counts: dict[str, int]
    anew: int | None = None
    of: str = ""
    rest: Mapping[str, str] = field(default_factory=dict)


class Task(Protocol):
    """Something to do with a piece."""

    @property
    def piece(self) -> Piece:
        """Of the list or of its context."""

    def do(self, orders: Orders) -> Any:
        """Do it; the answer can be sent to another process."""


# Of a task; what it is the task says.
Answer = Any


def _texts_by_python() -> AbstractContextManager[None]:
    """Texts of pandas as Python has them: names of columns as Arrow has them cost 6 % of a part."""
    return pd.option_context("mode.string_storage", "python")


def _digests(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    for name in files:
        sync(folder / name)
    return {name: sha256_of(folder / name) for name in files}


def share(among: Among, piece: Piece, work: Path) -> Among:
    """
    What of a list matters to the rows of a piece of it.

    Parameters
    ----------
    among : Among
    piece : Piece
    work : Path
        Folder of the pieces.
    """
    places = piece.places(work)
    rows = frozenset(places.tolist()) if among.repeated else frozenset()
    return dataclasses.replace(
        among,
        repeated={at: key for at, key in among.repeated.items() if at in rows},
        twice=tuple(one.picked(np.isin(one.at, places)) for one in among.twice),
    )


def sited_path(work: Path, number: int) -> Path:
    """Where the rows of a piece are kept that are checked and sited."""
    return work / FOLDER / f"sited-{number:05d}.pickle"


def _has_shapes(frame: gpd.GeoDataFrame) -> bool:
    # What geopandas says of empty ones it has changed, and warns of it.
    return not shapely.is_missing(frame.geometry.to_numpy()).all()


def _rows(frame: gpd.GeoDataFrame, rows: slice) -> gpd.GeoDataFrame:
    some = frame.iloc[rows].reset_index(drop=True)
    some.attrs = dict(frame.attrs)
    return some


def _with_hours(shard: Shard, part: Part, orders: Orders) -> Shard:
    """With what its hours are made from when it is written, if anybody asks for them."""
    if not orders.hours:
        return shard
    tables = part.buildings, part.planes
    hours = hours_under(tables, part.sky, part.sources, orders.assumed)
    kept = Kept(hours, part.weather, planes_too=orders.hours == PLANES)
    return dataclasses.replace(shard, hours=(kept,))


def _counts(shard: Shard) -> dict[str, int]:
    status, kept = shard.buildings["status"], len(shard.buildings)
    return {
        "rows": shard.heard.rows,
        **{name: pc.sum(pc.equal(status, name)).as_py() or 0 for name in ("assessed", "excluded")},
        "quarantined": shard.heard.count_in - kept,
        "planes": shard.planes.num_rows,
    }
