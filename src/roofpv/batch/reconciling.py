"""Whether the parts of a run make up its list: counts, and each row once."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from roofpv.batch.manifest import Body
from roofpv.batch.shards import KEPT


def counts_close(counts: Mapping[str, Any], lines: Sequence[Body], rows: tuple[int, int]) -> None:
    """
    Make sure that the counts of the whole are those of its parts.

    Parameters
    ----------
    counts : mapping
        Of the record.
    lines : sequence of dict
        Of the parts in the manifest.
    rows : (int, int)
        Of the file of the list, and those that its parts tell of.

    Raises
    ------
    AssertionError
        They are not: a fault of ours.
    """
    for name in ("assessed", "excluded", "quarantined"):
        parts = sum(line["counts"][name] for line in lines)
        if counts[name] != parts:
            raise AssertionError(f"{name}: {counts[name]} in all, {parts} in the parts")
    parts = sum(line["counts"]["rows"] for line in lines)
    if {*rows} != {parts}:
        raise AssertionError(f"rows: {rows[0]} in the list, {rows[1]} told of, {parts} in parts")


def rows_stand_once(out: Path, parts: Sequence[int], rows: int) -> None:
    """
    Make sure that each row of a list is a building of one part, or in its quarantine.

    Parameters
    ----------
    out : Path
        Folder of the result.
    parts : sequence of int
    rows : int
        Of the list.

    Raises
    ------
    AssertionError
        Some are missing, or stand twice: a fault of ours.
    """
    stands = np.concatenate([stand for part in parts for stand in _stands(out, part)])
    times = np.bincount(stands, minlength=rows + 1)
    numbers = np.arange(len(times))
    wrong = np.flatnonzero(times != ((numbers >= 1) & (numbers <= rows)))
    if wrong.size:
        some = ", ".join(f"row {row} {times[row]} times" for row in wrong[:3].tolist())
        raise AssertionError(f"parts do not hold each row once: {some}; {wrong.size} in all")


def _stands(out: Path, part: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of the list that are buildings of a part, and those in its quarantine."""
    table = pq.read_table(out / "buildings.parquet" / f"part-{part:05d}.parquet",
                          columns=["source_row"])  # fmt: skip
    path = out / KEPT / f"part-{part:05d}.quarantine.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        # A row may be there for several reasons.
        lost = {int(line["row"]) for line in csv.DictReader(lines)}
    return table["source_row"].to_numpy(), np.array(sorted(lost), dtype=np.int64)
