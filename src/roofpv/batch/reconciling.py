"""Whether the parts of a run make up its list: counts, each row once, and sums."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from roofpv.batch.manifest import Body
from roofpv.batch.shards import KEPT

_ADDED = ("kwp", "ac_kwh", "gross_roof_area_m2", "installable_area_m2")
# How far sums of the same numbers in another order may be apart.
_APART = 1e-9


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


def sums_close(
    record: Mapping[str, Any], table: pd.DataFrame, out: Path, parts: Sequence[int]
) -> None:
    """
    Make sure that totals of the whole are sums of its parts, whatever step has added them up.

    Parameters
    ----------
    record : mapping
        As ``run.json`` has it.
    table : DataFrame (building,)
        Columns of which a summary tells the sums.
    out : Path
        Folder of the result.
    parts : sequence of int

    Raises
    ------
    AssertionError
        They are not: a fault of ours.
    """
    terms: dict[str, list[float]] = defaultdict(list)
    for part in parts:
        path = out / "buildings.parquet" / f"part-{part:05d}.parquet"
        rows = pq.read_table(path, columns=[*_ADDED, "own_use_kwh", "status"])
        for name, numbers in _columns(rows):
            terms[name].append(pc.sum(numbers).as_py() or 0.0)
    for name, total in _totals(record, table).items():
        added = math.fsum(terms[name])
        if not math.isclose(total or 0.0, added, rel_tol=_APART):
            raise AssertionError(f"{name}: {total} in all, {added} in the parts")


def _columns(rows: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """What is added up of some buildings, by what its total is called."""
    yield from ((name, rows[name]) for name in _ADDED)
    known = pc.field("ac_kwh").is_valid()
    modules = rows.filter((pc.field("kwp") > 0.0) & known)
    yield from ((f"money, {name}", modules[name]) for name in ("kwp", "ac_kwh", "own_use_kwh"))
    assessed = rows.filter((pc.field("status") == "assessed") & known)
    yield "uncertainty, ac_kwh", assessed["ac_kwh"]


def _totals(record: Mapping[str, Any], table: pd.DataFrame) -> dict[str, float | None]:
    """Totals as they are told, by the same names; None where nothing is known."""
    city = record["money"]["places"][0]
    return {
        **{name: float(table[name].sum()) for name in _ADDED},
        **{f"money, {name}": city[name] for name in ("kwp", "ac_kwh", "own_use_kwh")},
        "uncertainty, ac_kwh": record["uncertainty"]["totals"][0]["first_year"]["mean_kwh"],
    }


def _stands(out: Path, part: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of the list that are buildings of a part, and those in its quarantine."""
    table = pq.read_table(out / "buildings.parquet" / f"part-{part:05d}.parquet",
                          columns=["source_row"])  # fmt: skip
    path = out / KEPT / f"part-{part:05d}.quarantine.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        # A row may be there for several reasons.
        lost = {int(line["row"]) for line in csv.DictReader(lines)}
    return table["source_row"].to_numpy(), np.array(sorted(lost), dtype=np.int64)
