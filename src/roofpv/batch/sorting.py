"""A list in no spatial order put into pieces of neighbours, in bounded memory."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from roofpv.batch.cut import Piece, write_rows
from roofpv.batch.durable import put, sha256_of
from roofpv.batch.manifest import digest
from roofpv.inventory.survey import Survey

# Cells of the curve: 38 m of latitude, as many of longitude in degrees.
_BITS = 20
# Files that are open at once, each of the rows of several pieces.
_BUCKETS = 64
_PLACE = "\0place"
Places = npt.NDArray[np.int64]


def order_by_place(surveys: Sequence[Survey]) -> Places:
    """
    Places of the list by the way of a Hilbert curve, those of one cell in the order of the list.

    Parameters
    ----------
    surveys : sequence of Survey
        Of the pieces of the list, in its order.

    Returns
    -------
    ndarray (row,)
        Rows without an outline are where they say that they are; those without a place come last.

    References
    ----------
    .. [1] Hilbert, "Ueber die stetige Abbildung einer Linie auf ein Flächenstück",
       Mathematische Annalen 38, 1891, :doi:`10.1007/BF01199431`
    """
    along = np.concatenate([_along(one) for one in surveys])
    return np.argsort(along, kind="stable")


def _along(survey: Survey) -> npt.NDArray[np.int64]:
    """How far along the curve each row is."""
    west, south, east, north = survey.bounds.T
    lon = np.where(np.isnan(west), survey.place[:, 1], (west + east) / 2.0)
    lat = np.where(np.isnan(west), survey.place[:, 0], (south + north) / 2.0)
    known = np.isfinite(lon) & np.isfinite(lat)
    x, y = (
        np.clip((np.where(known, value, 0.0) + 180.0) / 360.0 * (1 << _BITS), 0, (1 << _BITS) - 1)
        for value in (lon, lat)
    )
    along = hilbert(x.astype(np.int64), y.astype(np.int64), _BITS)
    return np.where(known, along, 1 << (2 * _BITS))


def hilbert(x: Places, y: Places, bits: int) -> Places:
    """
    Distance along a Hilbert curve.

    Parameters
    ----------
    x, y : ndarray of int (row,)
        Cells, from 0 to below 2 ** ``bits``.
    bits : int

    Returns
    -------
    ndarray of int (row,)
        Neighbours along the curve are neighbours in the plane.
    """
    x, y = x.copy(), y.copy()
    along = np.zeros(len(x), dtype=np.int64)
    for bit in reversed(range(bits)):
        east, north = (x >> bit) & 1, (y >> bit) & 1
        along += ((3 * east) ^ north) << (2 * bit)
        # The quarters in the south are turned, that in the east over the other diagonal.
        last = (1 << bit) - 1
        turned = north == 0
        over = turned & (east == 1)
        x[over], y[over] = last - (x[over] & last), last - (y[over] & last)
        x[turned], y[turned] = y[turned], x[turned]
    return along


def sort_pieces(work: Path, pieces: Sequence[Piece], order: Places, part_rows: int) -> list[Piece]:
    """
    Cut a list that is cut already into pieces of neighbours.

    Parameters
    ----------
    work : Path
        Folder of the pieces, whose files are taken away.
    pieces : sequence of Piece
        In the order of the list.
    order : ndarray (row,)
        From `order_by_place`.
    part_rows : int
        Rows of each new piece; the last may have fewer.

    Returns
    -------
    list of Piece
        Each in the order of the list.
    """
    count = -(-len(order) // part_rows)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order)) // part_rows
    each = -(-count // _BUCKETS)
    buckets = [work / f"bucket-{turn:02d}" for turn in range(-(-count // each))]
    _spread(work, pieces, number // each, buckets)
    sorted_pieces = []
    for turn, bucket in enumerate(buckets):
        with pa.ipc.open_stream(bucket) as stream:
            rows = stream.read_all().unify_dictionaries()
        bucket.unlink()
        places = rows[_PLACE].to_numpy()
        rows = rows.drop_columns(_PLACE)
        for one in range(turn * each, min(count, (turn + 1) * each)):
            mine = np.flatnonzero(number[places] == one)
            sorted_pieces.append(_kept(work, one, rows.take(pa.array(mine)), places[mine]))
    return sorted_pieces


def _spread(work: Path, pieces: Sequence[Piece], bucket_of: Places, buckets: list[Path]) -> None:
    """Rows of all pieces into the files of their buckets, with their places in the list."""
    with ExitStack() as stack:
        options = pa.ipc.IpcWriteOptions(compression="lz4", emit_dictionary_deltas=False)
        writers: list[pa.RecordBatchStreamWriter] = []
        for piece in pieces:
            table = pq.read_table(piece.path(work))
            places = piece.places(work)
            table = table.append_column(_PLACE, pa.array(places))
            if not writers:
                writers = [
                    stack.enter_context(pa.ipc.new_stream(path, table.schema, options=options))
                    for path in buckets
                ]
            into = bucket_of[places]
            for bucket in np.unique(into).tolist():
                some = table.take(pa.array(np.flatnonzero(into == bucket)))
                writers[bucket].write_table(some.combine_chunks())
            piece.path(work).unlink()


def _kept(work: Path, number: int, rows: pa.Table, places: Places) -> Piece:
    """Write a piece and the places of its rows."""
    piece = Piece(number, int(places[0]), len(places), "", picked=True)
    told = io.BytesIO()
    np.save(told, places)
    put(piece.places_path(work), told.getvalue())
    write_rows(rows, piece.path(work))
    digests = sha256_of(piece.path(work)), sha256_of(piece.places_path(work))
    return dataclasses.replace(piece, sha256=digest(digests))
