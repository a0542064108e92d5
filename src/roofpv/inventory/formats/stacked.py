"""The tables of several sheets, one below the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from roofpv.inventory.formats.aligned import aligned
from roofpv.inventory.formats.running_numbers import apart
from roofpv.inventory.formats.sheet import Notes, Table, joined_notes, listed
from roofpv.inventory.source import Source


def stacked(
    tables: Mapping[str, Table],
    stated: Mapping[str, str],
    notes: Iterable[tuple[str, Mapping[str, str]]] = (),
) -> Source:
    """
    Put tables one below the other, columns by what they mean.

    Parameters
    ----------
    tables : mapping
        One table at least, by the name of its sheet.
    stated : mapping
        Our name -> the file's header, where the user says so.
    notes : iterable of notes
        What else there is to tell of the file.

    Returns
    -------
    Source
        Columns are those of any sheet, in the order in which they appear, None where a sheet has
        none; what is understood stands under one header. ``places`` holds the column of a header,
        and where it differs on another sheet that too, as ``sheet!header``.
    """
    sheets = [np.full(len(t.rows), name, dtype=object) for name, t in tables.items()]
    rows = np.concatenate([table.rows for table in tables.values()])
    own = [note for table in tables.values() for note in table.notes]
    if len(tables) == 1:
        (only,) = tables.values()
        said = joined_notes([*notes, *own])
        return Source(only.frame, rows, sheets[0], only.units, only.places, said)
    together = aligned(tables, stated)
    same = together.tables
    about_keys: Notes = ()
    if "building_id" in together.headers:
        same, about_keys = apart(same, together.headers["building_id"])
    frame = pd.concat([t.frame.astype(object) for t in same.values()], ignore_index=True)
    frame = frame.where(frame.notna(), None)
    # Whatever made way comes last: of two headers that say the same the first is taken.
    frame = frame[[*(h for h in frame if h not in together.moved), *dict.fromkeys(together.moved)]]
    read = ("notes.sheets_read", {"sheets": listed(tables)})
    said = joined_notes([read, *together.notes, *about_keys, *_differences(same), *notes, *own])
    return Source(frame, rows, np.concatenate(sheets), together.units, _places(same), said)


def _places(tables: Mapping[str, Table]) -> dict[str, int]:
    places: dict[str, int] = {}
    for sheet, table in tables.items():
        for header, place in table.places.items():
            if places.setdefault(header, place) != place:
                places[f"{sheet}!{header}"] = place
    return places


def _differences(tables: Mapping[str, Table]) -> Iterator[tuple[str, Mapping[str, str]]]:
    headers = [{*table.frame.columns} for table in tables.values()]
    odd = sorted(set.union(*headers) - set.intersection(*headers))
    if odd:
        yield "notes.headers_differ", {"columns": listed(odd)}
