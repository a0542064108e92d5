"""Verdicts side by side: one row a reading, one column a place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

_KEYS = ("rule", "target", "reading", "numerator_variant", "state")
_ABOUT = ("default", "strength", "threshold")


def verdict_table(entries: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """
    Put the entries of ``targets.json`` into one wide table of shares.

    Parameters
    ----------
    entries : iterable of dict
        From `evaluate`, or read back from ``targets.json``.

    Returns
    -------
    DataFrame (reading and variant and state,)
        ``rule target reading numerator_variant state default strength threshold met``, where
        ``met`` is the city's verdict, then the share of the ``city`` and of each group;
        NaN where the denominator is empty. ``numerator_variant`` is blank where a reading
        has none. Rows and groups keep the order of the entries.
    """
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for entry in entries:
        row = rows.setdefault(tuple(entry[key] for key in _KEYS), _start(entry))
        group = entry.get("group", entry["district"])
        if group is None:
            row |= {"met": entry["met"], "city": entry["value"]}
        else:
            row[group] = entry["value"]
    return _typed(pd.DataFrame(list(rows.values()), columns=None if rows else list(_start({}))))


def _start(entry: Mapping[str, Any]) -> dict[str, Any]:
    row = {key: entry.get(key) for key in (*_KEYS, *_ABOUT)}
    return row | {"numerator_variant": row["numerator_variant"] or "", "met": None, "city": None}


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    places = list(table.columns)[len(_start({})) - 1 :]
    return table.astype(dict.fromkeys(places, "float64"))
