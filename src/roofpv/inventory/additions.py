"""What the user adds to a list that was read: outlines of another file, use classes looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.inventory.check import check_inventory
from roofpv.inventory.classes.classify import OVERRIDE
from roofpv.inventory.classes.overrides import read_overrides
from roofpv.inventory.findings import Finding
from roofpv.inventory.joining.join import Join, join_footprints
from roofpv.inventory.joining.ways import Way
from roofpv.inventory.keys import ids
from roofpv.inventory.places.offset import find_offset, note_of


def with_uses(frame: gpd.GeoDataFrame, file: Path) -> gpd.GeoDataFrame:
    """
    Add the use classes that somebody has looked up; they come before all that is read.

    Parameters
    ----------
    frame : GeoDataFrame (row,)
        Of ``read_inventory``.
    file : Path
        CSV with ``building_id`` and ``use``.

    Raises
    ------
    InvalidInventory
        A file that is no such table.
    """
    overrides = read_overrides(file)
    keys, _ = ids(frame, "building_id", "row")
    stated = keys.map(overrides)
    added = frame.assign(**{OVERRIDE: stated.astype(object).where(stated.notna(), None)})
    absent = sorted(set(overrides) - set(keys))
    added.attrs = dict(frame.attrs)
    if absent:
        words = {"count": f"{len(absent):,}", "ids": ", ".join(absent[:5])}
        added.attrs["notes"] = [
            *frame.attrs.get("notes", []), ("notes.override_not_in_inventory", words)
        ]  # fmt: skip
    return added


def with_footprints(
    frame: gpd.GeoDataFrame, footprints: gpd.GeoDataFrame, by: Way
) -> gpd.GeoDataFrame:
    """
    Join the outlines of another file to a register that has none.

    Parameters
    ----------
    frame, footprints : GeoDataFrame (row,)
        Of ``read_inventory``.
    by : str
        ``id``, ``place``, ``name`` or ``auto``.

    Returns
    -------
    GeoDataFrame (row,)
        As ``read_inventory`` gives it; ``attrs`` tells what was not matched on either side.

    Raises
    ------
    InvalidInventory
        Tables that have nothing in common to be joined by.
    """
    checked = check_inventory(footprints)
    outlines = checked.buildings
    outlines.attrs = {"inputs": footprints.attrs.get("inputs", [])}
    outlines.attrs["synthetic"] = footprints.attrs.get("synthetic", False)
    joined = join_footprints(frame, outlines, Join(by=by))
    table = joined.frame
    shift = _shift(_places_of(frame), _places_of(outlines))
    earlier = _moved(frame.attrs.get("findings", ()), table["source_at"].to_numpy(dtype=np.int64))
    table["source_at"] = np.arange(len(table))
    left = {
        "register": joined.unmatched_register.to_dict("records"),
        "footprints": joined.unmatched_footprints.to_dict("records"),
    }
    table.attrs |= {
        "findings": (*earlier, *joined.findings),
        "notes": [*frame.attrs.get("notes", []), *joined.notes, *([shift] if shift else [])],
        "unmatched": left,
    }
    return table


def against_context(frame: gpd.GeoDataFrame, context: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Hold the places of a list against a layer of all buildings: is the whole list shifted?

    Parameters
    ----------
    frame, context : GeoDataFrame (row,)
        Of ``read_inventory``.

    Returns
    -------
    GeoDataFrame (row,)
        The same list, with a note where it looks like coordinates of web maps (GCJ-02, BD-09).
    """
    held = frame.copy()
    held.attrs = dict(frame.attrs)
    note = _shift(_places_of(frame), _places_of(context))
    held.attrs["notes"] = [*frame.attrs.get("notes", []), *([note] if note else [])]
    return held


def _shift(
    places: tuple[np.ndarray, np.ndarray], context: tuple[np.ndarray, np.ndarray]
) -> tuple[str, Mapping[str, str]] | None:
    if not (places[0].size and context[0].size):
        return None
    return note_of(find_offset(*places, *context), *places)


def _places_of(frame: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Middle of each outline, or the stated place, where there is one. [deg]."""
    middle = shapely.centroid(frame.geometry.to_numpy())
    lon, lat = shapely.get_x(middle), shapely.get_y(middle)
    if {"lon", "lat"} <= set(frame):
        stated = [pd.to_numeric(frame[name], errors="coerce").to_numpy() for name in ("lon", "lat")]
        lon, lat = (np.where(np.isnan(m), s, m) for m, s in zip((lon, lat), stated, strict=True))
    good = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90.0)
    return lon[good], lat[good]


def _moved(findings: Iterable[Finding], stands: np.ndarray) -> list[Finding]:
    """Findings at the first of the rows that each row has become."""
    now = np.full(int(stands.max(initial=0)) + 1, -1)
    now[stands[::-1]] = np.arange(len(stands))[::-1]
    return [finding.moved(now) for finding in findings]
