"""A register without geometry and a layer of footprints -> one table of buildings."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.inventory.findings import DOUBTFUL, QUARANTINED, Finding, texts_of
from roofpv.inventory.joining.matching import Matches
from roofpv.inventory.joining.merging import Rows, merged, rows_of, told_apart
from roofpv.inventory.joining.sharing import split_amounts, summed_loads
from roofpv.inventory.joining.ways import WAYS, Found, Join, check_limits, match_tables
from roofpv.inventory.outlines.repair import outlines_only

__all__ = ["WAYS", "Join", "Joined", "join_footprints"]
_KEY_COLUMN = {"id": "building_id", "place": "lon", "name": "name"}
Note = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, eq=False)
class Joined:
    """
    A register with the footprints that are its rows'.

    ``frame`` has every row of the register, in its order: with its footprint, with each of its
    footprints (``split_from`` names the row, amounts are split by area), or without geometry; the
    columns of both tables, the register's cells first, and ``joined_by`` and ``footprint_id``.
    ``unmatched_register`` and ``unmatched_footprints`` list what belongs to nothing: ``position``
    in the table that was given, keys, and the code of the reason. ``findings`` stand at the rows of
    ``frame``: a row that shares the roof of another is quarantined there, so that no roof counts
    twice. ``notes`` are keys of the catalogue with their words.
    """

    frame: gpd.GeoDataFrame
    unmatched_register: pd.DataFrame
    unmatched_footprints: pd.DataFrame
    findings: list[Finding]
    notes: list[Note]


def join_footprints(
    register: pd.DataFrame, footprints: gpd.GeoDataFrame, how: Join | None = None
) -> Joined:
    """
    Give the rows of a register the footprints that are theirs.

    Neither the order of the register nor that of the footprints changes what belongs together.

    Parameters
    ----------
    register : DataFrame (row,)
        Our column names; cells may be as they stand. Rows with an outline of their own keep it.
    footprints : GeoDataFrame (footprint,)
        Our column names, repaired outlines, WGS84. [deg]
    how : Join, optional

    Returns
    -------
    Joined

    Raises
    ------
    InvalidConfig
        A way of joining that is none, or a limit out of bounds.
    InvalidInventory
        Footprints without an outline, or tables that have nothing in common to be joined by.
    """
    how = how or Join()
    check_limits(how)
    own = _own_outlines(register)
    wanting = np.flatnonzero(shapely.is_missing(own))
    found = match_tables(register.iloc[wanting].reset_index(drop=True), footprints, how)
    matches = _placed_back(found, wanting, len(register), len(footprints))
    shapes = footprints.geometry.to_numpy().astype(object)
    rows = rows_of(matches, len(register), pd.DataFrame(footprints), shapes)
    plain, load_findings = summed_loads(_without_geometry(register), matches, rows)
    table = merged(plain, _without_geometry(footprints), rows)
    table, split_findings = split_amounts(table, plain, rows)
    table["building_id"] = told_apart(table["building_id"], matches, rows)
    geometry = np.where(rows.footprint >= 0, shapes[rows.footprint], own[rows.register])
    frame = gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4326")
    frame.attrs = _attributes(register, footprints)
    rows_left = _rows_left(plain, matches)
    left = _footprints_left(footprints, matches, found.offered)
    findings = _findings(frame, matches, rows, _words(found, how))
    return Joined(
        frame, rows_left, left, [*findings, *load_findings, *split_findings],
        _notes(found, matches, rows, (len(register) - len(wanting), len(left))),
    )  # fmt: skip


def _has_geometry(table: pd.DataFrame) -> bool:
    return isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None


def _own_outlines(register: pd.DataFrame) -> np.ndarray:
    if not _has_geometry(register):
        return np.full(len(register), None, dtype=object)
    return outlines_only(register.geometry.to_numpy().astype(object))


def _without_geometry(table: pd.DataFrame) -> pd.DataFrame:
    shape = table.active_geometry_name if _has_geometry(table) else "geometry"
    plain = pd.DataFrame(table.drop(columns=shape, errors="ignore")).reset_index(drop=True)
    plain.attrs = dict(table.attrs)
    return plain


def _attributes(register: pd.DataFrame, footprints: pd.DataFrame) -> dict[Hashable, Any]:
    """What is said of both files; the unit of a column in both is the register's."""
    own, theirs = register.attrs, footprints.attrs
    out = {**theirs, **own}
    if "inputs" in out:
        out["inputs"] = [*own.get("inputs", []), *theirs.get("inputs", [])]
    if "units" in out:
        others = {n: unit for n, unit in theirs.get("units", {}).items() if n not in register}
        out["units"] = {**others, **own.get("units", {})}
    if "synthetic" in out:
        out["synthetic"] = bool(own.get("synthetic") or theirs.get("synthetic"))
    return out


def _placed_back(found: Found, wanting: np.ndarray, rows: int, footprints: int) -> Matches:
    """Matches by the positions of the whole tables."""
    part = found.matches
    reason, rank = np.full(rows, "", dtype=object), np.full(rows, -1)
    reason[wanting], rank[wanting] = part.reason, part.rank
    shared_with = np.full(rows, -1)
    shares = part.shared_with >= 0
    shared_with[wanting[shares]] = wanting[part.shared_with[shares]]
    contested = np.zeros(footprints, dtype=bool)
    contested[found.offered[part.contested]] = True
    return dataclasses.replace(
        part, register=wanting[part.register], footprint=found.offered[part.footprint],
        rank=rank, reason=reason, shared_with=shared_with, contested=contested,
    )  # fmt: skip


def _rows_left(register: pd.DataFrame, matches: Matches) -> pd.DataFrame:
    at = np.flatnonzero(matches.reason != "")
    known = ("source_sheet", "source_row", "building_id", "name", "institution")
    left = register[[name for name in known if name in register]].iloc[at]
    left = left.assign(position=at, reason=matches.reason[at])
    return left.reset_index(drop=True)


def _footprints_left(
    footprints: pd.DataFrame, matches: Matches, offered: np.ndarray
) -> pd.DataFrame:
    reason = np.full(len(footprints), "NO_OUTLINE", dtype=object)
    outlined = shapely.get_dimensions(footprints.geometry.to_numpy()) == 2
    reason[outlined] = "DUPLICATE_FOOTPRINT"
    reason[offered] = "NO_REGISTER_ROW"
    reason[matches.contested] = "CONTESTED_FOOTPRINT"
    reason[matches.footprint] = ""
    at = np.flatnonzero(reason != "")
    left = footprints[[name for name in ("building_id", "name") if name in footprints]].iloc[at]
    left = pd.DataFrame(left).assign(position=at, reason=reason[at])
    return left.reset_index(drop=True)


def _words(found: Found, how: Join) -> tuple[str, dict[str, str]]:
    """Column that was joined by, and the words of its findings."""
    return _KEY_COLUMN[found.by], {"reach": f"{how.reach_m:g}"}


def _findings(
    frame: pd.DataFrame, matches: Matches, rows: Rows, told: tuple[str, dict[str, str]]
) -> list[Finding]:
    """What somebody should look at, at the rows of the frame."""
    column, words = told
    first = np.searchsorted(rows.register, np.arange(len(matches.reason)))
    findings = []
    for code in sorted(set(matches.reason) - {""}):
        at = first[matches.reason == code]
        values = texts_of(frame[column].iloc[at]) if column in frame else ()
        findings.append(Finding(DOUBTFUL, code, column, at, values, words=words))
    shares = np.flatnonzero(matches.shared_with >= 0)
    if shares.size:
        keepers = texts_of(frame["building_id"].iloc[first[matches.shared_with[shares]]])
        found = Finding(QUARANTINED, "SHARED_FOOTPRINT", "geometry", first[shares], keepers)
        findings.append(found)
    for way, code in (("nearest", "JOINED_TO_NEAREST"), ("similar", "JOINED_BY_SIMILAR_NAME")):
        at = np.flatnonzero(rows.how == way)
        if at.size:
            became = rows.detail[at].tolist()
            values = texts_of(frame[column].iloc[at]) if column in frame else ()
            findings.append(Finding(DOUBTFUL, code, column, at, values, became, words))
    return findings


def _notes(found: Found, matches: Matches, rows: Rows, others: tuple[int, int]) -> list[Note]:
    """What was done, in numbers; what did not happen is not said."""
    own_outlines, footprints_left = others
    counts = {
        "zeros": found.zeros,
        "own_outline": own_outlines,
        "split": len(np.unique(rows.register[rows.split])),
        "shared": int((matches.shared_with >= 0).sum()),
        "rows_left": int((matches.reason != "").sum()),
        "footprints_left": footprints_left,
    }
    matched = len(np.unique(matches.register))
    words = {"rows": f"{matched:,}", "of": f"{len(matches.reason):,}"}
    said = [(f"notes.joined_{key}", {"count": f"{n:,}"}) for key, n in counts.items() if n]
    return [(f"notes.joined_by_{found.by}", words), *said]
