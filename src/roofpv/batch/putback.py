"""What parts of a sorted list have written, put back into the order of the list."""

from __future__ import annotations

import csv
import mmap
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

_STANDS, _KINDS = "stands", ("buildings", "planes")
# Bytes of a text that are looked through together.
_AT_ONCE = 1 << 24


def note_stands(out: Path, parts: Sequence[int]) -> None:
    """
    Note in which rows of the list buildings and planes of each part stand.

    Parameters
    ----------
    out : Path
        Folder of the result.
    parts : sequence of int
    """
    (out / ".work" / _STANDS).mkdir(exist_ok=True)
    for part in parts:
        some, others = (out / f"{kind}.parquet" / f"part-{part:05d}.parquet" for kind in _KINDS)
        table = pq.read_table(some, columns=["building_id", "source_row"])
        rows = pd.Series(table["source_row"].to_numpy(), table["building_id"].to_numpy())
        owner = pq.read_table(others, columns=["building_id"])["building_id"].to_numpy()
        for kind, stand in zip(_KINDS, (rows, rows.loc[owner]), strict=True):
            np.save(_stands_path(out, kind, part), stand.to_numpy())


def stands_of(out: Path, folder: str, parts: Sequence[int]) -> tuple[Path, ...]:
    """
    Files of what `note_stands` has noted of a table of the result.

    Parameters
    ----------
    out : Path
    folder : str
        Of the table; all but the planes are of buildings.
    parts : sequence of int
    """
    kind = _KINDS[folder.startswith(_KINDS[1])]
    return tuple(_stands_path(out, kind, part) for part in parts)


def turned(
    columns: Mapping[str, pd.Series], names: Sequence[str], stands: Sequence[Path]
) -> dict[str, pd.Series]:
    """
    Columns of parts one after the other, in the order of the list.

    Parameters
    ----------
    columns : mapping of str to Series (row,)
    names : sequence of str
        Those whose values differ.
    stands : sequence of Path
        From `stands_of`, by part.
    """
    turns = _turns(stands)
    return {name: pd.Series(columns[name].array.take(turns), copy=False) for name in names}


def places_in_list(stands: Sequence[Path]) -> npt.NDArray[np.int64]:
    """
    Place in the order of the list of each row of parts one after the other.

    Parameters
    ----------
    stands : sequence of Path
        From `stands_of`, by part.
    """
    turns = _turns(stands)
    places = np.empty(len(turns), dtype=np.int64)
    places[turns] = np.arange(len(turns))
    return places


def _turns(stands: Sequence[Path]) -> npt.NDArray[np.int64]:
    return np.argsort(np.concatenate([np.load(path) for path in stands]), kind="stable")


def _stands_path(out: Path, kind: str, part: int) -> Path:
    return out / ".work" / _STANDS / f"{kind}-{part:05d}.npy"


def sort_lines(path: Path) -> None:
    """
    Put the lines of a table of text into the order of its rows in the list.

    Parameters
    ----------
    path : Path
        CSV with a column ``row``, whose texts stand in quotes; those before it have no comma.
    """
    with path.open("r+b") as opened:
        head = opened.readline()
        if not opened.read(1):
            return
        column = next(csv.reader([head.decode("utf-8-sig")])).index("row")
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as text:
            starts = _starts(text)
            rows = [
                int(text[a : min(b, a + 200)].split(b",", column + 1)[column])
                for a, b in zip(starts[1:-1].tolist(), starts[2:].tolist(), strict=True)
            ]
            order = np.argsort(np.array(rows), kind="stable") + 1
            new = path.with_name(f"{path.name}.new")
            with new.open("wb") as sorted_lines:
                sorted_lines.write(head)
                for line in order.tolist():
                    sorted_lines.write(text[starts[line] : starts[line + 1]])
    new.replace(path)


def _starts(text: mmap.mmap) -> npt.NDArray[np.int64]:
    """Where each line begins, the last of them behind the end; not within quotes."""
    cells = np.frombuffer(text, dtype=np.uint8)
    found = []
    quotes = 0
    for first in range(0, len(cells), _AT_ONCE):
        some = cells[first : first + _AT_ONCE]
        inside = (quotes + np.cumsum(some == ord('"'))) % 2
        found.append(first + 1 + np.flatnonzero((some == ord("\n")) & (inside == 0)))
        quotes = int(inside[-1])
    del cells, some
    return np.concatenate([np.zeros(1, dtype=np.int64), *found])
