"""A part of a newer list: what holds of its older result is taken over, the rest is computed."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import xarray as xr

from roofpv.assessment import Part, Sited, sited_planes, sites_in_use, with_heights
from roofpv.batch.cut import Piece
from roofpv.batch.halo import Found
from roofpv.batch.manifest import Body, is_whole
from roofpv.batch.merging import heard_from, heard_of
from roofpv.batch.seen import alike, changed_boxes, record_of, within_reach
from roofpv.batch.shards import (
    KEPT,
    TOLD,
    Rows,
    Shard,
    arrow_of,
    bare,
    read_skylines_of,
    shard_of,
    with_geo,
    without_skies,
)
from roofpv.batch.work import Assess, Orders, Written
from roofpv.contexts import digest_of_roofs, sum_of_digests
from roofpv.errors import RoofpvError
from roofpv.surroundings import made_for

Places = npt.NDArray[np.int64]
# Of a part of which a larger share is to be computed all is: reading the rest would take longer.
_MOST_ANEW = 0.5
# A row that stands elsewhere in the list holds.
_PLACE = "source_row"


class _Anew(Exception):
    """Nothing of a part can be taken over row by row."""


@dataclass(frozen=True, eq=False)
class Renew:
    """
    Assess a piece of which an older list has a result.

    ``of`` the piece, ``out`` the folder of the result, ``line`` of the part in its manifest.
    """

    of: Assess
    out: Path
    line: Body

    @property
    def piece(self) -> Piece:
        """The piece that it is of."""
        return self.of.piece

    def do(self, orders: Orders) -> Written:
        """Compute the rows that are others, and those that see others; all where that is not."""
        if not is_whole(self.out, self.line):
            return self.of.do(orders)
        try:
            return self._renewed(orders)
        except RoofpvError:
            raise
        except Exception:
            # What is wrong with a row is found and said as in a list that is new.
            return self.of.do(orders)

    def _renewed(self, orders: Orders) -> Written:
        before = Before(self.out, self.piece.number)
        if before.lost():
            raise _Anew
        if self.line.get("of") == self.of.identity(orders):
            near = None if self.of.context is None else self.of.near(orders)
            if near is None or alike(before.record(), record_of(orders.shelves(), near)):
                return self._kept(before, near, orders)
        rows = self.of.sited(orders)
        found = None if self.of.context is None else self.of.found_near(rows, orders)
        seen = np.zeros(len(rows.sited.buildings), dtype=bool)
        if found is not None:
            seen = _seen_anew(before, found, rows, orders)
        if orders.hours:
            raise _Anew
        held = _held(rows, before) & ~seen
        anew = np.flatnonzero(~held)
        if not anew.size:
            # One row tells what is said of all of them.
            anew, held[:1] = np.zeros(1, dtype=np.int64), False
        if anew.size > _MOST_ANEW * len(held):
            raise _Anew
        some = _picked(rows, anew)
        mine = None if found is None else self.of.found_near(some, orders)
        part = self.of.part_of(some, mine, orders)
        whole = _Whole(rows, before, held, part, orders)
        shard = whole.shard(self.of.places(orders))
        counts = None if found is None else found.counts
        told = whole.told(shard)
        heard = heard_of(told, self.of.places(orders), counts, picked=self.of.piece.picked)
        near = None if found is None else found.rows
        shard = dataclasses.replace(shard, heard=heard, near=near)
        return self.of.written(shard, orders, int(anew.size))

    def _kept(self, before: Before, near: Rows | None, orders: Orders) -> Written:
        """All files but what tells of the buildings around."""
        told = before.told()
        if told["shade"] is not None:
            around = self.of.around_none(orders)
            made = made_for(pd.DataFrame(), pd.DataFrame(), around, orders.assumed)
            inputs = json.dumps(around.all_inputs, ensure_ascii=False)
            for name, said in told["shade"]["attrs"].items():
                now = made[name].attributes() | {"inputs": inputs}
                said |= {key: one for key, one in now.items() if key in said}
        return self.of.noted(heard_from(told), near, orders, self.line)


@dataclass(frozen=True)
class Before:
    """The older result of a part."""

    out: Path
    number: int

    def table(self, folder: str) -> pa.Table:
        """A table of it, without what is said beside."""
        return bare(pq.read_table(self._path(folder, "parquet")))

    def record(self) -> pa.Table:
        """What its roofs may have seen."""
        return pq.read_table(self._path(KEPT, "near.parquet"))

    def energy(self) -> xr.Dataset:
        """Energy of its planes."""
        with xr.open_dataset(self._path("energy.nc", "nc"), engine="h5netcdf") as data:
            return data.load()

    def skylines(self, *, whole: bool) -> Mapping[str, xr.Dataset]:
        """Of its planes by source, or what is told of them where they are not kept whole."""
        return read_skylines_of(self.out, self.number, whole=whole)

    def told(self) -> dict[str, Any]:
        """What is said beside its tables."""
        told: dict[str, Any] = json.loads(self._path(KEPT, "json").read_text(encoding="utf-8"))
        return told

    def lost(self) -> bool:
        """Whether a row of it could not be computed."""
        told = self._path(KEPT, "quarantine.csv").read_text(encoding="utf-8")
        return "NOT_COMPUTED" in told

    def _path(self, folder: str, ending: str) -> Path:
        return self.out / folder / f"part-{self.number:05d}.{ending}"


def _held(rows: Sited, before: Before) -> npt.NDArray[np.bool_]:
    """Which rows of a list stand in the older result as they are now."""
    buildings = rows.sited.buildings
    old = before.table("buildings.parquet")
    now = bare(arrow_of(buildings))
    if rows.sited.planes is not None or not {*now.column_names} <= {*old.column_names}:
        raise _Anew
    at = _at(old["building_id"].to_pylist(), now["building_id"].to_pylist())
    held = at >= 0
    there = pa.array(at[held])
    for name in now.column_names:
        if name == _PLACE:
            continue
        mine, theirs = now[name].filter(pa.array(held)), old[name].take(there)
        held[np.flatnonzero(held)[~_equal(mine, theirs)]] = False
        there = pa.array(at[held])
    return held


def _equal(mine: pa.ChunkedArray, theirs: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Where two columns are alike, to the last digit."""
    if mine.type != theirs.type:
        raise _Anew
    one, other = (column.to_numpy() for column in (mine, theirs))
    if mine.type == pa.float64():
        return np.asarray(one.view(np.int64) == other.view(np.int64)) | (
            np.isnan(one) & np.isnan(other)
        )
    null = np.asarray(mine.is_null()) & np.asarray(theirs.is_null())
    return np.asarray(one == other) | null


def _at(known: Sequence[str], wanted: Sequence[str]) -> Places:
    """Where each of some names stands among others, -1 where it does not."""
    old, new = pd.Index(known), pd.Index(wanted)
    if not (old.is_unique and new.is_unique):
        raise _Anew
    return old.get_indexer(new)


def _seen_anew(before: Before, found: Found, rows: Sited, orders: Orders) -> npt.NDArray[np.bool_]:
    """Which rows of a part may see what is not as it was."""
    changed = changed_boxes(before.record(), record_of(orders.shelves(), found.rows))
    boxes = shapely.bounds(rows.sited.buildings.geometry.to_numpy())
    return within_reach(boxes, changed, orders.assumed.shading.reach_m)


def _picked(rows: Sited, some: Places) -> Sited:
    """Some rows of a part, with all that is said of the others."""
    buildings = rows.sited.buildings.iloc[some].reset_index(drop=True)
    return dataclasses.replace(rows, sited=dataclasses.replace(rows.sited, buildings=buildings))


@dataclass(frozen=True, eq=False)
class _Whole:
    """
    All rows of a part: those that hold from its older result, and those that were computed.

    ``rows`` of the part, ``held`` which of them are in the result ``before``, ``part`` the others,
    of ``orders``.
    """

    rows: Sited
    before: Before
    held: npt.NDArray[np.bool_]
    part: Part
    orders: Orders

    def shard(self, places: Places) -> Shard:
        """Tables of all of them in the order of the list; ``heard`` and ``near`` of none."""
        before, new = self.before, shard_of(self.part, places)
        new = new if self.orders.keep_skylines else without_skies(new)
        buildings, planes = before.table("buildings.parquet"), before.table("planes.parquet")
        by_row = self._order(*(one["building_id"].to_numpy() for one in (buildings, new.buildings)))
        by_plane = self._order(*(one["building_id"].to_numpy() for one in (planes, new.planes)))
        energy = before.energy()
        if energy["plane_id"].to_numpy().tolist() != planes["plane_id"].to_pylist():
            raise _Anew
        return dataclasses.replace(
            new,
            buildings=with_geo(self._placed(by_row.table(buildings, bare(new.buildings)))),
            planes=with_geo(by_plane.table(planes, bare(new.planes))),
            years=by_row.table(before.table(KEPT), new.years).combine_chunks(),
            energy=by_plane.dataset(energy, new.energy),
            skylines=self._skylines(new.skylines),
        )

    def _placed(self, table: pa.Table) -> pa.Table:
        """Rows with their places in the list that is newer."""
        rows = self.rows.sited.buildings
        at = pd.Index(rows["building_id"]).get_indexer(table["building_id"].to_pylist())
        column = table.schema.get_field_index(_PLACE)
        stand = pa.array(rows[_PLACE].to_numpy()[at], table.schema.types[column])
        return table.set_column(column, _PLACE, stand)

    def told(self, shard: Shard) -> Part:
        """What is said of all of them."""
        sources = {}
        if self.part.sources:
            heights = with_heights(self.rows.sited, self.orders.assumed)
            roofs = sum_of_digests([digest_of_roofs(self._planes, heights)])
            sources = {
                name: shard.skylines[name].assign_attrs(data.attrs | {"made_roofs": roofs})
                for name, data in self.part.sources.items()
            }
        return dataclasses.replace(
            self.part, by_plane=shard.energy, weather=self._used, sources=sources,
            buildings=self.rows.sited.buildings,
        )  # fmt: skip

    @functools.cached_property
    def _planes(self) -> pd.DataFrame:
        return sited_planes(self.rows.sited, self._used, self.orders.assumed)[0]

    @property
    def _used(self) -> xr.Dataset:
        return sites_in_use(self.orders.weather, self.rows.sited)

    def _order(self, old: np.ndarray, new: np.ndarray) -> _Order:
        names = self.rows.sited.buildings["building_id"].to_numpy(dtype=object)
        return _Order(old, new, names[self.held], pd.Index(names))

    def _skylines(self, new: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
        """Of all planes by source; what is no plane's own is the same for all."""
        if not any("plane_id" in data.dims for data in new.values()):
            return dict(new)
        old = self.before.skylines(whole=self.orders.keep_skylines)
        told = [*new] if self.orders.keep_skylines else [one for one in new if TOLD in new[one]]
        if [*old] != told:
            raise _Anew
        planes = self._planes
        owner = pd.Series(planes["building_id"].to_numpy(), index=planes["plane_id"].to_numpy())
        found = dict(new)
        for name, data in new.items():
            if name in old and "plane_id" in data.dims:
                names = (owner.reindex(one["plane_id"].to_numpy()).to_numpy(dtype=object)
                         for one in (old[name], data))  # fmt: skip
                found[name] = self._order(*names).dataset(old[name], data)
        return found


class _Order:
    """
    How rows of an older table that hold and rows of a newer one stand together.

    Parameters
    ----------
    old, new : ndarray of str (row,)
        Building of each row.
    held : ndarray of str
        Buildings whose older rows hold.
    turn : Index
        Buildings in their order.
    """

    def __init__(self, old: np.ndarray, new: np.ndarray, held: np.ndarray, turn: pd.Index) -> None:
        self._kept = np.flatnonzero(pd.Index(old, dtype=object).isin(held.tolist()))
        places = np.concatenate([turn.get_indexer(old[self._kept]), turn.get_indexer(new)])
        count = len(self._kept)
        if any((np.diff(one) < 0).any() for one in (places[:count], places[count:])):
            raise _Anew
        self._order = np.argsort(places, kind="stable")

    def table(self, old: pa.Table, new: pa.Table) -> pa.Table:
        """Rows of two tables."""
        if old.schema != new.schema:
            raise _Anew
        kept = old.take(pa.array(self._kept))
        return pa.concat_tables([kept, new]).take(pa.array(self._order))

    def dataset(self, old: xr.Dataset, new: xr.Dataset) -> xr.Dataset:
        """Rows of two datasets by plane."""
        found = {}
        for name, data in new.variables.items():
            if "plane_id" not in data.dims:
                found[name] = data
                continue
            before, now = old.variables[name].to_numpy(), data.to_numpy()
            if now.dtype.kind in "OU":
                before = before.astype(now.dtype.kind)
            if before.dtype.kind != now.dtype.kind or data.dims[0] != "plane_id":
                raise _Anew
            values = np.concatenate([before[self._kept], now])[self._order]
            found[name] = xr.Variable(data.dims, values, data.attrs)
        coords = {name: found.pop(name) for name in new.coords}
        return xr.Dataset(found, coords, new.attrs)
