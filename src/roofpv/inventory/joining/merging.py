"""Rows of a register and the footprints that are theirs -> rows of buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from roofpv import schema
from roofpv.inventory.joining.amounts import is_blank, numbers_of, scale_of
from roofpv.inventory.joining.matching import Matches, keys_of
from roofpv.inventory.outlines.metres import areas_m2

# What a footprint says better of one building of a campus than the row of the whole.
_OF_BUILDING = (
    "building_id", "name", "floors", "height_m", "roof_type", "surface_tilt", "surface_azimuth",
    "roof_height_m", "roof_live_load_kn_per_m2", "completed", "lon", "lat", "altitude_m",
)  # fmt: skip
_OF_ROW = ("source_row", "source_sheet", "geometry", "split_from", "joined_by", "footprint_id")
_COLUMNS = (*schema.INVENTORY, *schema.ASKED)
_NUMBERS = {column.name for column in _COLUMNS if column.kind == "number"}


@dataclass(frozen=True, eq=False)
class Rows:
    """
    The rows to be made: of which row of the register, with which footprint (-1: none).

    ``how`` and ``detail`` say by what they were matched; ``split`` marks the rows of a register row
    that has several footprints, ``share`` their part of its amounts. [1]
    """

    register: np.ndarray
    footprint: np.ndarray
    how: np.ndarray
    detail: np.ndarray
    split: np.ndarray
    share: np.ndarray


def rows_of(matches: Matches, count: int, footprints: pd.DataFrame, shapes: np.ndarray) -> Rows:
    """
    One row for each footprint of a register row, and one for each row without.

    Parameters
    ----------
    matches : Matches
    count : int
        Rows of the register.
    footprints : DataFrame (footprint,)
    shapes : ndarray of polygons (footprint,)
        WGS84. [deg]

    Returns
    -------
    Rows
        In the order of the register; several footprints by their id and place.
    """
    bounds = shapely.bounds(shapes[matches.footprint])
    ids = keys_of(footprints.iloc[matches.footprint], "building_id")
    by_id = pd.factorize(ids, sort=True)[0]
    order = np.lexsort((bounds[:, 1], bounds[:, 0], by_id, matches.register))
    bare = np.setdiff1d(np.arange(count), matches.register)
    register = np.concatenate([matches.register[order], bare])
    footprint = np.concatenate([matches.footprint[order], np.full(len(bare), -1)])
    nothing = np.full(len(bare), "", dtype=object)
    how = np.concatenate([matches.how[order], nothing])
    detail = np.concatenate([matches.detail[order], nothing])
    area = np.ones(len(register))
    area[footprint >= 0] = areas_m2(shapes[footprint[footprint >= 0]])
    order = np.argsort(register, kind="stable")
    whole = np.bincount(register, weights=area, minlength=count)
    split = np.bincount(register, minlength=count)[register] > 1
    columns = (register, footprint, how, detail, split, area / whole[register])
    return Rows(*(column[order] for column in columns))


def merged(register: pd.DataFrame, footprints: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """
    Both tables in one, the register's cells before the footprint's.

    Parameters
    ----------
    register, footprints : DataFrame (row,)
        Cells as they stand; ``attrs["units"]`` say what a column is written in.
    rows : Rows

    Returns
    -------
    DataFrame (row of rows,)
        Columns of both, ``split_from``, ``joined_by`` and ``footprint_id``; amounts not yet split.
    """
    names = [*register.columns, *(c for c in footprints.columns if c not in register.columns)]
    units = [table.attrs.get("units", {}) for table in (register, footprints)]
    table = {}
    for name in names:
        if name == "geometry" or (name in _OF_ROW and name not in register):
            continue
        own = _taken(register, name, rows.register)
        theirs = None if name in _OF_ROW else _taken(footprints, name, rows.footprint)
        if own is not None and theirs is not None and name in _NUMBERS:
            theirs = _converted(theirs, name, units[1].get(name, ""), units[0].get(name, ""))
        table[name] = _one(own, theirs, rows.split & (name in _OF_BUILDING))
    frame = pd.DataFrame(table, index=pd.RangeIndex(len(rows.register)))
    own_ids = _taken(footprints, "building_id", rows.footprint)
    theirs = keys_of(pd.DataFrame({"id": own_ids}, index=frame.index), "id")
    keys = _row_keys(register)[rows.register]
    frame["building_id"] = _texts(_building_ids(frame, rows, keys, theirs))
    frame["split_from"] = _texts(np.where(rows.split, keys, ""))
    frame["joined_by"] = _texts(rows.how)
    frame["footprint_id"] = _texts(theirs)
    for name in ("lon", "lat"):
        if name in frame and name not in footprints:
            # The gate of a campus is not the place of its every building.
            frame[name] = frame[name].mask(rows.split)
    return frame


def _taken(table: pd.DataFrame, name: str, at: np.ndarray) -> pd.Series | None:
    if name not in table:
        return None
    return table[name].reset_index(drop=True).reindex(at).reset_index(drop=True)


def _converted(cells: pd.Series, name: str, unit: str, ours: str) -> pd.Series:
    """Cells in the unit of another column."""
    if scale_of(name, unit) == scale_of(name, ours):
        return cells
    return pd.Series(numbers_of(cells, name, unit) * scale_of(name, unit) / scale_of(name, ours))


def _one(own: pd.Series | None, theirs: pd.Series | None, theirs_first: np.ndarray) -> pd.Series:
    """The first cell that says anything, of the two."""
    if own is None or theirs is None:
        return own if theirs is None else theirs
    use_theirs = (is_blank(own) | theirs_first) & ~is_blank(theirs)
    if not use_theirs.any():
        return own
    if own.dtype == theirs.dtype:
        return own.mask(use_theirs, theirs)
    return own.astype(object).mask(use_theirs, theirs.astype(object))


def _row_keys(register: pd.DataFrame) -> np.ndarray:
    """What a row of the register is called: its id, else its number in the file."""
    ids = keys_of(register, "building_id")
    numbers = register.get("source_row", pd.Series(np.arange(1, len(register) + 1)))
    return np.where(ids == "", "row-" + numbers.astype(str).to_numpy(dtype=object), ids)


def _building_ids(
    frame: pd.DataFrame, rows: Rows, keys: np.ndarray, theirs: np.ndarray
) -> np.ndarray:
    """Own ids; of the buildings of a campus the footprint's, numbered where these are one."""
    own = keys_of(frame, "building_id")
    group = pd.DataFrame({"row": rows.register, "id": theirs})
    alike = group.duplicated(keep=False).to_numpy() | (theirs == "")
    number = (group.groupby("row").cumcount() + 1).astype(str).to_numpy(dtype=object)
    numbered = rows.split & alike
    return np.where(numbered, keys + "-" + number, np.where(rows.split, theirs, own))


def _texts(cells: np.ndarray) -> pd.Series:
    """Texts, and None where nothing is stated."""
    return pd.Series([cell or None for cell in cells], dtype=object)


def told_apart(ids: pd.Series, matches: Matches, rows: Rows) -> pd.Series:
    """
    Mark the id of a row that shares a building with #2, #3 ... where it is that of the keeper.

    Parameters
    ----------
    ids : Series (row of rows,)
        ``building_id``.
    matches : Matches
    rows : Rows

    Returns
    -------
    Series (row of rows,)
        Otherwise the keeper would be told apart, if it stands below in the file.
    """
    shares = np.flatnonzero(matches.shared_with >= 0)
    shares = shares[np.argsort(matches.rank[shares], kind="stable")]
    first = np.searchsorted(rows.register, np.arange(len(matches.reason)))
    keepers = matches.shared_with[shares]
    own, kept = (ids.to_numpy(dtype=object)[first[at]] for at in (shares, keepers))
    alike = np.array([bool(one) and one == other for one, other in zip(own, kept, strict=True)])
    same = shares[alike] if len(shares) else shares
    turn = pd.Series(matches.shared_with[same]).groupby(matches.shared_with[same]).cumcount() + 2
    out = ids.copy()
    out.iloc[first[same]] = [f"{ids.iloc[first[i]]}#{n}" for i, n in zip(same, turn, strict=True)]
    return out
