"""Running numbers that start again on every sheet -> keys that stand once in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from roofpv.inventory.folding import plain_text
from roofpv.inventory.formats.sheet import Notes, Table, short

_WORDS = frozenset({"序号", "序", "顺序号", "行号", "no", "no.", "№"})


def apart(tables: Mapping[str, Table], header: str) -> tuple[Mapping[str, Table], Notes]:
    """
    Put the sheet's name before the numbers of its rows, where several sheets count from 1.

    Parameters
    ----------
    tables : mapping
        By the name of the sheet.
    header : str
        Of the column that is taken as the key of a building.

    Returns
    -------
    (mapping, notes)
        The tables as they were where no number stands on two sheets, or where the column holds
        keys of another kind.
    """
    keys = {name: _keys(t.frame[header]) for name, t in tables.items() if header in t.frame}
    given = {name: {key for key in column if key} for name, column in keys.items()}
    distinct = set().union(*given.values()) if given else set()
    if sum(map(len, given.values())) == len(distinct):
        return tables, ()
    is_running = plain_text(header).rpartition("/")[2] in _WORDS or all(
        _counts(given[name], tables[name]) for name in given
    )
    if not is_running:
        return tables, ()
    out = dict(tables)
    for name, column in keys.items():
        cells = [f"{name}-{key}" if key else None for key in column]
        frame = tables[name].frame.copy()
        frame[header] = pd.Series(cells, index=frame.index, dtype=object)
        out[name] = replace(tables[name], frame=frame)
    sheet = next(name for name, found in given.items() if found)
    example = next(key for key in keys[sheet] if key)
    return out, (("notes.numbers_restart", {"column": short(header), "key": f"{sheet}-{example}"}),)


def _keys(cells: pd.Series) -> list[str]:
    return ["" if empty else str(c).strip() for c, empty in zip(cells, cells.isna(), strict=True)]


def _counts(keys: set[str], table: Table) -> bool:
    """Whether these are whole numbers no greater than there are rows down to the last."""
    last = int(table.rows[-1]) if len(table.rows) else 0
    digits: Sequence[str] = [key for key in keys if key.isascii() and key.isdigit()]
    return len(digits) == len(keys) and all(len(k) < 9 and int(k) <= last for k in digits)
