"""Keys of buildings, planes and institutions: text, one each, none merged in silence."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd

from roofpv.inventory.findings import DOUBTFUL, Finding, found


def key_text(value: object) -> str:
    """A key as text; a whole number that a sheet or a frame made a float loses its .0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def ids(table: pd.DataFrame, column: str, prefix: str) -> tuple[pd.Series, list[Finding]]:
    """
    Keys as text, made from the row where there is none; a repeated one gets #2, #3 ...

    Parameters
    ----------
    table : DataFrame (row,)
        ``source_row`` and ``source_sheet``, and the column where the file has it.
    column : str
    prefix : str
        Of the keys that are made.
    """
    keys = np.full(len(table), "", dtype=object)
    if column in table:
        stated = table[column]
        given = stated.notna().to_numpy()
        cells = stated.astype(object).to_numpy()
        keys[given] = [c.strip() if type(c) is str else key_text(c) for c in cells[given]]
    bare = np.flatnonzero(keys == "")
    keys[bare] = _made(table.iloc[bare], prefix, several=table["source_sheet"].nunique() > 1)
    text = pd.Series(keys, index=table.index, dtype=object)
    if column not in table:
        return text, []
    repeated = text.duplicated()
    taken = set(text) if repeated.any() else set()
    renamed = text.copy()
    renamed[repeated] = np.array([_free(key, taken) for key in text[repeated]], dtype=object)
    code = "DUPLICATE_PLANE_ID" if column == "plane_id" else "DUPLICATE_ID"
    again = text.duplicated(keep=False).to_numpy() & repeated.to_numpy()
    return renamed, found(DOUBTFUL, code, column, again, text)


def _made(rows: pd.DataFrame, prefix: str, *, several: bool) -> list[str]:
    """Keys from the rows of the file, with the sheet where there are several."""
    numbers, sheets = rows["source_row"].tolist(), rows["source_sheet"].tolist()
    named = zip(sheets, numbers, strict=True)
    return [(f"{sheet}/" if several else "") + f"{prefix}-{number}" for sheet, number in named]


def _free(key: str, taken: set[str]) -> str:
    turn = 2
    while f"{key}#{turn}" in taken:
        turn += 1
    taken.add(f"{key}#{turn}")
    return f"{key}#{turn}"


def institution_keys(numbers: pd.Series, names: pd.Series) -> pd.Series:
    """
    One key for each institution: its registration number, also where only its name is given.

    Parameters
    ----------
    numbers : Series (row,)
        Registration number (统一社会信用代码) or None.
    names : Series (row,)
        Name or None.

    Returns
    -------
    Series (row,)
        None where neither is known. A name that stands beside two numbers keeps no number.
    """
    if not (numbers.notna().any() or names.notna().any()):
        return pd.Series(None, index=names.index, dtype=object)
    plain = names.map(_plain_name, na_action="ignore").astype(object)
    both = pd.DataFrame({"number": numbers, "name": plain}).dropna().drop_duplicates()
    once = both[~both["name"].duplicated(keep=False)].set_index("name")["number"]
    by_name = plain.map(once).astype(object)
    key = numbers.where(numbers.notna(), by_name.where(by_name.notna(), plain))
    return key.astype(object).where(key.notna(), None)


def _plain_name(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())
