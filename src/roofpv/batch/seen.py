"""What the roofs of a part may have seen, kept to tell which of them see something else later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from roofpv.batch.halo import Cells, Rows, Shelf, grown

_SIDES = ("west", "south", "east", "north")
# A building changes what those are that it touches, and these what theirs are.
_ROUNDS = 2
_KEYS = ("of the list here", "of the context  ")


def record_of(shelves: tuple[Shelf, Shelf], rows: tuple[Rows, Rows]) -> pa.Table:
    """
    Digests and boxes of buildings of a list and its context.

    Parameters
    ----------
    shelves : (Shelf, Shelf)
        Of the list and of the context.
    rows : (ndarray of int, ndarray of int)
        On each, in order.

    Returns
    -------
    Table (building,)
        ``digest`` of the outline and its heights, and ``west south east north``. [deg]
    """
    tables = []
    for shelf, mine, key in zip(shelves, rows, _KEYS, strict=True):
        table = shelf.taken(mine)
        digest = pd.util.hash_array(table["outline"].to_numpy(), hash_key=key, categorize=False)
        for name in ("stated_m", "estimated_m", "odd"):
            values = table[name].to_numpy().astype(np.float64) + 0.0
            digest = digest * np.uint64(1_000_003) ^ pd.util.hash_array(values)
        sides = zip(_SIDES, np.asarray(shelf.boxes[mine]).T, strict=True)
        tables.append(pa.table({"digest": digest} | {name: side.copy() for name, side in sides}))
    return pa.concat_tables(tables).combine_chunks()


def write_record(table: pa.Table, path: Path) -> None:
    """
    Write what `record_of` gives.

    Parameters
    ----------
    table : Table
    path : Path
    """
    pq.write_table(table, path, compression="zstd", use_dictionary=False, write_statistics=False)


def alike(before: pa.Table, now: pa.Table) -> bool:
    """
    Whether the same buildings stand in two records, in the same order.

    Parameters
    ----------
    before, now : Table
        From `record_of`; one without an outline has no box in either.
    """
    return bool(before.to_pandas().equals(now.to_pandas()))


def changed_boxes(before: pa.Table, now: pa.Table) -> npt.NDArray[np.float64]:
    """
    Boxes of the buildings that have come, gone or changed, and of those that they touch.

    Parameters
    ----------
    before, now : Table
        From `record_of`.

    Returns
    -------
    ndarray (box, 4)
        [deg]
    """
    old, new = _counted(before), _counted(now)
    boxes = [_boxes(one)[~np.isin(mine, other)]
             for one, mine, other in ((before, old, new), (now, new, old))]  # fmt: skip
    changed = _drawn(np.concatenate(boxes))
    around = _drawn(np.concatenate([_boxes(before), _boxes(now)]))
    for _ in range(_ROUNDS):
        changed = around[touching(around, changed)] if len(changed) else changed
    return changed


def within_reach(
    roofs: npt.NDArray[np.float64], changed: npt.NDArray[np.float64], reach_m: float
) -> npt.NDArray[np.bool_]:
    """
    Which roofs may see some buildings.

    Parameters
    ----------
    roofs : ndarray (roof, 4)
        Boxes; one without an outline sees nothing. [deg]
    changed : ndarray (box, 4)
        [deg]
    reach_m : float
        [m]
    """
    return touching(grown(roofs, reach_m), changed)


def touching(
    boxes: npt.NDArray[np.float64], others: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """
    Which boxes touch one of others, over the date line too.

    Parameters
    ----------
    boxes : ndarray (box, 4)
        NaN where there is none. [deg]
    others : ndarray (other, 4)
        [deg]
    """
    found = np.zeros(len(boxes), dtype=bool)
    # Few of them stand near: a tree asked for all took ten times as long.
    rows = np.flatnonzero(Cells.of(others).touch(boxes))
    turned = [others + np.array([east, 0.0, east, 0.0]) for east in (-360.0, 0.0, 360.0)]
    tree = shapely.STRtree(shapely.box(*boxes[rows].T))
    _, hit = tree.query(shapely.box(*np.concatenate(turned).T))
    found[rows[hit]] = True
    return found


def _counted(table: pa.Table) -> npt.NDArray[np.uint64]:
    """Digests, of those that stand twice one with its turn."""
    digest = table["digest"].to_numpy()
    turn = pd.Series(digest).groupby(digest, sort=False).cumcount().to_numpy()
    return np.asarray(digest + turn.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))


def _boxes(table: pa.Table) -> npt.NDArray[np.float64]:
    return np.column_stack([table[name].to_numpy() for name in _SIDES])


def _drawn(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return boxes[~np.isnan(boxes[:, 0])]
