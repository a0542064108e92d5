"""
What the roofs of a part may see of a whole list and its context: kept in files, gathered by place.

A roof is hidden by what stands within reach of it. Which buildings of the context are the same as
one of the list is told by the outlines that touch, and those that touch these: all of them are
gathered, so that each pair is judged as in the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely
from pyarrow import feather

from roofpv.contexts import added_up
from roofpv.inventory.outlines.metres import metres_per_degree
from roofpv.shading.obstacles import Listed, Obstacles, obstacles_among
from roofpv.shading.relations import reach_deg

LIST, CONTEXT = "list", "context"
FOLDER = "near"
# Cells of about 150 m by 120 m; wider where there would be too many.
_ACROSS, _MOST_CELLS, _WIDE_ROW = 1 << 18, 4_000_000, 4096
# What rounding makes of degrees.
_HAIR = 1.001
Rows = npt.NDArray[np.int64]


def keep(
    work: Path, kind: str, number: int, listed: Listed, source_row: npt.ArrayLike = ()
) -> npt.NDArray[np.float64]:
    """
    Keep the buildings of a piece for the parts that may see them.

    Parameters
    ----------
    work : Path
        Folder of the pieces.
    kind : str
        ``LIST`` or ``CONTEXT``.
    number : int
        Of the piece.
    listed : Listed
    source_row : array-like (building,), optional
        Rows of the list by which they are found again.

    Returns
    -------
    ndarray (building, 4)
        Their boxes, NaN where there is no outline. [deg]
    """
    columns = {
        "outline": pa.array(shapely.to_wkb(listed.outlines), pa.binary()),
        "stated_m": listed.stated_m,
        "estimated_m": listed.estimated_m,
        "odd": listed.odd,
    }
    path = _path(work, kind, number)
    path.parent.mkdir(exist_ok=True)
    np.save(path.with_suffix(".npy"), np.asarray(source_row, dtype=np.int64))
    feather.write_feather(pa.table(columns), path, compression="uncompressed")
    return np.asarray(shapely.bounds(listed.outlines).reshape(-1, 4))


def keep_boxes(work: Path, kind: str, boxes: list[npt.NDArray[np.float64]]) -> None:
    """
    Keep the boxes of all pieces in one file, which says where each of them begins.

    Parameters
    ----------
    work : Path
    kind : str
    boxes : list of ndarray (building, 4)
        By piece, from `keep`. [deg]
    """
    folder = work / FOLDER
    folder.mkdir(exist_ok=True)
    np.save(folder / f"{kind}-boxes.npy", np.concatenate(boxes))
    counts = [len(one) for one in boxes]
    np.save(folder / f"{kind}-starts.npy", np.cumsum([0, *counts]))
    np.save(folder / f"{kind}-bounds.npy", np.array([_around(one) for one in boxes]))


@dataclass(frozen=True, eq=False)
class Shelf:
    """Buildings of a list or of a context as `keep` and `keep_boxes` have kept them."""

    work: Path
    kind: str
    _opened: dict[int, pa.Table] = field(default_factory=dict)
    _arrays: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def boxes(self) -> npt.NDArray[np.float64]:
        """Of all buildings. [deg]."""
        return self._array("boxes")

    @property
    def pieces(self) -> int:
        """How many there are."""
        return len(self._array("starts")) - 1

    def rows(self, number: int) -> Rows:
        """Buildings of a piece."""
        starts = self._array("starts")
        return np.arange(starts[number], starts[number + 1])

    def rows_of(self, number: int, source_row: npt.ArrayLike) -> Rows:
        """Those buildings of a piece that stand in some rows of the list."""
        kept = self.source_rows(number)
        return self.rows(number)[np.isin(kept, np.asarray(source_row, dtype=np.int64))]

    def source_rows(self, number: int) -> Rows:
        """Rows of the list in which the buildings of a piece stand."""
        return np.asarray(np.load(_path(self.work, self.kind, number).with_suffix(".npy")))

    def listed(self, rows: Rows) -> Listed:
        """
        Outlines and heights of some buildings.

        Parameters
        ----------
        rows : ndarray of int
            In order.
        """
        table = self.taken(rows)
        wkb = table["outline"].to_numpy()
        stated, estimated, odd = (
            np.array(table[name].to_numpy()) for name in ("stated_m", "estimated_m", "odd")
        )
        return Listed(shapely.from_wkb(wkb), stated, estimated, odd)

    def taken(self, rows: Rows) -> pa.Table:
        """The same as they are kept."""
        starts = self._array("starts")
        piece = np.searchsorted(starts, rows, side="right") - 1
        tables = [
            self._table(number).take(pa.array(rows[piece == number] - starts[number]))
            for number in np.unique(piece).tolist()
        ]
        return pa.concat_tables(tables) if tables else _NOTHING

    def within(self, cells: Cells) -> Rows:
        """Buildings that touch some cells."""
        found = [one[cells.touch(self.boxes[one])] for one in self._near(cells.bounds)]
        return np.concatenate([_NO_ROWS, *found])

    def touching(self, boxes: npt.NDArray[np.float64], known: Rows) -> Rows:
        """Buildings whose boxes touch one of these, and those that are known."""
        around = _around(boxes)
        rim = [_NO_ROWS]
        for rows in self._near(around):
            others = rows[_meet(self.boxes[rows], around)]
            rim.append(others[~np.isin(others, known)])
        others = np.concatenate(rim)
        # Few stand along the rim: a tree of all boxes took a sixth of the halo.
        beside = np.asarray(self.boxes[others])
        boxes = boxes[Cells.of(beside).touch(boxes)]
        hit, _ = shapely.STRtree(_drawn(boxes)).query(_drawn(beside))
        return np.union1d(known, others[hit])

    def _near(self, around: npt.NDArray[np.float64]) -> list[Rows]:
        """Buildings of the pieces that reach into a box; those over the date line in all."""
        bounds = self._array("bounds")
        near = _meet(bounds, around)
        for shift in (-360.0, 360.0):
            near |= _meet(bounds + np.array([shift, 0.0, shift, 0.0]), around)
        return [self.rows(number) for number in np.flatnonzero(near).tolist()]

    def _array(self, name: str) -> np.ndarray:
        if name not in self._arrays:
            path = self.work / FOLDER / f"{self.kind}-{name}.npy"
            self._arrays[name] = np.load(path, mmap_mode="r" if name == "boxes" else None)
        return self._arrays[name]

    def _table(self, number: int) -> pa.Table:
        if number not in self._opened:
            path = _path(self.work, self.kind, number)
            self._opened[number] = feather.read_table(path, memory_map=True)
        return self._opened[number]


class Found(NamedTuple):
    """
    ``obstacles`` about a part, rows of the list ``beside`` it, ``counts`` that add up.

    ``rows`` of the two shelves that all of it comes from.
    """

    obstacles: Obstacles
    beside: gpd.GeoDataFrame
    counts: dict[str, int]
    rows: tuple[Rows, Rows]


def rows_near(shelves: tuple[Shelf, Shelf], mine: Rows, reach_m: float) -> tuple[Rows, Rows]:
    """
    Rows of two shelves that may hide the roofs of a part, and what these hang on.

    Parameters
    ----------
    shelves : (Shelf, Shelf)
        Of the list and of the context.
    mine : ndarray of int
        Roofs of the part on the first, one after the other.
    reach_m : float
        [m]
    """
    listed, context = shelves
    boxes = np.asarray(listed.boxes[mine])
    cells = Cells.of(grown(boxes, reach_m))
    others = context.within(cells)
    beside = listed.touching(boxes, mine)
    roofs = listed.touching(listed.boxes[np.setdiff1d(beside, mine)], beside)
    roofs = np.union1d(listed.within(cells), roofs)
    roofs = listed.touching(context.boxes[others], roofs)
    others = context.touching(listed.boxes[roofs], others)
    return listed.touching(context.boxes[others], roofs), others


def find_near(shelves: tuple[Shelf, Shelf], mine: Rows, reach_m: float) -> Found:
    """
    All that may hide the roofs of a part.

    Parameters
    ----------
    shelves, mine, reach_m
        As for `rows_near`.

    Returns
    -------
    Found
        A building of the context counts in the part of the first roof that it touches.
    """
    roofs, others = rows_near(shelves, mine, reach_m)
    own, around = shelves[0].listed(roofs), shelves[1].listed(others)
    counted = np.isin(roofs, mine), _owned(shelves, (roofs, others), mine)
    obstacles = obstacles_among(own, around, reach_m, counted)
    rest = _beside(own, counted[0], obstacles)
    counts = added_up([obstacles.left_out, _once(around, counted[1])])
    return Found(obstacles, rest, counts, (roofs, others))


def rows_about(boxes: Sequence[npt.NDArray[np.float64]], number: int, reach_m: float) -> int:
    """
    How many rows of a list a piece of it may see, its own among them.

    Parameters
    ----------
    boxes : sequence of ndarray (row, 4)
        By piece, NaN where there is no outline. [deg]
    number : int
        Of the piece.
    reach_m : float
        [m]
    """
    cells = Cells.of(grown(boxes[number], reach_m))
    return sum(int(cells.touch(one).sum()) for one in boxes)


def counts_alone(around: Listed) -> dict[str, int]:
    """
    What is left out of a context in which no building is one of the list.

    Parameters
    ----------
    around : Listed
    """
    drawn = ~shapely.is_missing(around.outlines)
    unknown = np.isnan(around.stated_m) & np.isnan(around.estimated_m)
    return {
        "without_outline": int((~drawn).sum()),
        "without_height": int((drawn & unknown).sum()),
        "implausible_height": int(around.odd.sum()),
    }


def _once(around: Listed, counted: np.ndarray) -> dict[str, int]:
    """What ``counts_alone`` has counted already."""
    mine = Listed(*(values[counted] for values in around))
    return {name: -count for name, count in counts_alone(mine).items()}


def _owned(shelves: tuple[Shelf, Shelf], rows: tuple[Rows, Rows], mine: Rows) -> np.ndarray:
    """Buildings of the context whose first roof of the list is one of the part."""
    roofs, others = rows
    tree = shapely.STRtree(_drawn(shelves[0].boxes[roofs]))
    other, roof = tree.query(_drawn(shelves[1].boxes[others]))
    first = np.full(len(others), np.iinfo(np.int64).max)
    np.minimum.at(first, other, roofs[roof])
    return np.isin(first, mine)


def _beside(own: Listed, mine: np.ndarray, obstacles: Obstacles) -> gpd.GeoDataFrame:
    """Rows of other parts that touch an obstacle that touches a roof of the part."""
    _, touched = obstacles.tree.query(own.outlines[mine])
    others = np.flatnonzero(~mine)
    tree = shapely.STRtree(own.outlines[others])
    _, rows = tree.query(obstacles.outlines[np.unique(touched)])
    rows = others[np.unique(rows)]
    table = pd.DataFrame(
        {
            "building_id": [f"\0{row}" for row in rows.tolist()],
            "height_m": own.stated_m[rows],
            "estimated_height_m": own.estimated_m[rows],
        }
    )
    return gpd.GeoDataFrame(table, geometry=own.outlines[rows], crs="EPSG:4326")


@dataclass(frozen=True, eq=False)
class Cells:
    """``keys`` of cells of longitude and latitude, ``across`` of them round the earth."""

    keys: Rows
    across: int
    bounds: npt.NDArray[np.float64]

    @staticmethod
    def of(boxes: npt.NDArray[np.float64]) -> Cells:
        """Cells that some boxes touch."""
        drawn = boxes[~np.isnan(boxes[:, 0])]
        across = _ACROSS
        while across > 1 and _spans(drawn, across)[2].sum() > _MOST_CELLS:
            across //= 2
        keys, _ = _cells(drawn, across)
        return Cells(np.unique(keys), across, _around(drawn))

    def touch(self, boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Which boxes touch one of the cells."""
        found = np.zeros(len(boxes), dtype=bool)
        rows = np.flatnonzero(~np.isnan(boxes[:, 0]))
        many = _spans(boxes[rows], self.across)[2] > _WIDE_ROW
        # As good as everywhere.
        found[rows[many]] = True
        rows = rows[~many]
        if self.keys.size and rows.size:
            keys, owner = _cells(boxes[rows], self.across)
            at = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
            found[rows[owner[self.keys[at] == keys]]] = True
        return found


def _spans(boxes: npt.NDArray[np.float64], across: int) -> tuple[np.ndarray, ...]:
    """First cell of each box, how many it has to the east, and how many in all."""
    size = 360.0 / across
    low = np.floor((boxes[:, :2] + 180.0) / size).astype(np.int64)
    high = np.floor((boxes[:, 2:] + 180.0) / size).astype(np.int64)
    wide = np.minimum(high - low + 1, across)
    return low, wide[:, 0], wide.prod(axis=1)


def _cells(boxes: npt.NDArray[np.float64], across: int) -> tuple[Rows, Rows]:
    """Cells of boxes, and the box of each."""
    low, wide, held = _spans(boxes, across)
    owner = np.repeat(np.arange(len(boxes)), held)
    number = np.arange(owner.size) - np.repeat(np.cumsum(held) - held, held)
    column = (low[owner, 0] + number % wide[owner]) % across
    return (low[owner, 1] + number // wide[owner]) * across + column, owner


def grown(boxes: npt.NDArray[np.float64], reach_m: float) -> npt.NDArray[np.float64]:
    """
    Boxes with all that is within reach of them, or may be by `reach_deg`.

    Parameters
    ----------
    boxes : ndarray (box, 4)
        NaN where there is none. [deg]
    reach_m : float
        [m]
    """
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2.0
    east, north = metres_per_degree(middle[:, 1])
    wide = np.column_stack([reach_m / np.maximum(east, 1.0), reach_m / north]) * _HAIR
    away = reach_deg(boxes, reach_m)[:, None] * _HAIR
    low = np.minimum(boxes[:, :2] - wide, middle - away)
    high = np.maximum(boxes[:, 2:] + wide, middle + away)
    return np.column_stack([low, high])


def _around(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Box about all of them; of none, one that meets no other."""
    drawn = boxes[~np.isnan(boxes[:, 0])]
    if not len(drawn):
        return np.array([np.inf, np.inf, -np.inf, -np.inf])
    return np.concatenate([drawn[:, :2].min(axis=0), drawn[:, 2:].max(axis=0)])


def _meet(boxes: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> np.ndarray:
    """Which boxes touch another."""
    return np.asarray(
        (boxes[:, :2] <= other[2:]).all(axis=1) & (boxes[:, 2:] >= other[:2]).all(axis=1)
    )


def _drawn(boxes: npt.NDArray[np.float64]) -> np.ndarray:
    """Boxes as polygons, None where there is none."""
    shapes = np.full(len(boxes), None, dtype=object)
    there = ~np.isnan(boxes[:, 0])
    shapes[there] = shapely.box(*np.asarray(boxes[there]).T)
    return shapes


def _path(work: Path, kind: str, number: int) -> Path:
    return work / FOLDER / f"{kind}-{number:05d}.arrow"


_NO_ROWS = np.zeros(0, dtype=np.int64)
_NOTHING = pa.table(
    {
        "outline": pa.array([], pa.binary()),
        "stated_m": pa.array([], pa.float64()),
        "estimated_m": pa.array([], pa.float64()),
        "odd": pa.array([], pa.bool_()),
    }
)
