"""The tables of several sheets, one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.sheet import Table, joined_notes, listed, short
from roofpv.inventory.formats.unit_rows import same_unit
from roofpv.inventory.source import Source


def stacked(
    file: str, tables: Mapping[str, Table], notes: Iterable[tuple[str, Mapping[str, str]]] = ()
) -> Source:
    """
    Put tables one below the other, columns by header.

    Parameters
    ----------
    file : str
        Name of the file, for the error.
    tables : mapping
        One table at least, by the name of its sheet.
    notes : iterable of notes
        What else there is to tell of the file.

    Returns
    -------
    Source
        Columns are those of any sheet, in the order in which they appear, None where a sheet has
        none. ``places`` holds the column of a header, and where it differs on another sheet that
        too, as ``sheet!header``.

    Raises
    ------
    InvalidInventory
        Sheets that state different units for one header.
    """
    units, places = _units(file, tables), _places(tables)
    frames = [table.frame for table in tables.values()]
    frame = frames[0]
    if len(frames) > 1:
        frame = pd.concat([f.astype(object) for f in frames], ignore_index=True)
        frame = frame.where(frame.notna(), None)
    sheets = [np.full(len(t.rows), name, dtype=object) for name, t in tables.items()]
    rows = np.concatenate([table.rows for table in tables.values()])
    own = (note for table in tables.values() for note in table.notes)
    said = joined_notes([*_differences(tables), *notes, *own])
    return Source(frame, rows, np.concatenate(sheets), units, places, said)


def _units(file: str, tables: Mapping[str, Table]) -> dict[str, str]:
    """Unit by header, where the sheets agree."""
    units: dict[str, str] = {}
    said: dict[str, str] = {}
    for sheet, table in tables.items():
        for header in table.frame.columns:
            unit = table.units.get(header, "")
            if not same_unit(units.setdefault(header, unit), unit):
                raise InvalidInventory(
                    f"{file}, column {short(header)}",
                    f"its unit is {short(units[header]) or 'not stated'} on sheet "
                    f"{short(said[header])} and {short(unit) or 'not stated'} on sheet "
                    f"{short(sheet)}",
                    "State the same unit on each, or read them one by one with --layer",
                )
            said.setdefault(header, sheet)
    return {header: unit for header, unit in units.items() if unit}


def _places(tables: Mapping[str, Table]) -> dict[str, int]:
    places: dict[str, int] = {}
    for sheet, table in tables.items():
        for header, place in table.places.items():
            if places.setdefault(header, place) != place:
                places[f"{sheet}!{header}"] = place
    return places


def _differences(tables: Mapping[str, Table]) -> Iterator[tuple[str, Mapping[str, str]]]:
    if len(tables) < 2:
        return
    yield "notes.sheets_read", {"sheets": listed(tables)}
    headers = [{*table.frame.columns} for table in tables.values()]
    odd = sorted(set.union(*headers) - set.intersection(*headers))
    if odd:
        yield "notes.headers_differ", {"columns": listed(odd)}
