"""Keys of buildings, planes and institutions: text, one each, none merged in silence."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.inventory.among import Among
from roofpv.inventory.findings import DOUBTFUL, Finding, found


def key_text(value: object) -> str:
    """A key as text; a whole number that a sheet or a frame made a float loses its .0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def ids(
    table: pd.DataFrame, column: str, prefix: str, among: Among | None = None
) -> tuple[pd.Series, list[Finding]]:
    """
    Keys as text, made from the row where there is none; a repeated one gets #2, #3 ...

    Parameters
    ----------
    table : DataFrame (row,)
        ``source_row`` and ``source_sheet``, and the column where the file has it.
    column : str
    prefix : str
        Of the keys that are made.
    among : Among, optional
        The list that these rows are of; it knows which keys are repeated.
    """
    text = stated_keys(table, column, prefix)
    if column not in table:
        return text, []
    places = table["source_at"].to_numpy() if among is not None else np.empty(0)
    instead = keys_instead(text) if among is None else among.keys_of(places)
    rows = np.fromiter(instead, dtype=np.int64, count=len(instead))
    renamed = text.copy()
    renamed.iloc[rows] = np.array(list(instead.values()), dtype=object)
    again = np.zeros(len(text), dtype=bool)
    again[rows] = True
    code = "DUPLICATE_PLANE_ID" if column == "plane_id" else "DUPLICATE_ID"
    return renamed, found(DOUBTFUL, code, column, again, text)


def stated_keys(table: pd.DataFrame, column: str, prefix: str) -> pd.Series:
    """
    Keys as text, made from the row where there is none; one may stand twice.

    Parameters
    ----------
    table, column, prefix
        As for `ids`.
    """
    keys = np.full(len(table), "", dtype=object)
    if column in table:
        stated = table[column]
        given = stated.notna().to_numpy()
        cells = stated.astype(object).to_numpy()
        keys[given] = [c.strip() if type(c) is str else key_text(c) for c in cells[given]]
    bare = np.flatnonzero(keys == "")
    keys[bare] = _made(table.iloc[bare], prefix, several=table["source_sheet"].nunique() > 1)
    return pd.Series(keys, index=table.index, dtype=object)


def keys_instead(text: pd.Series) -> dict[int, str]:
    """
    Keys for the rows whose own stands before, by the place of the row: #2, #3 ... added.

    Parameters
    ----------
    text : Series (row,)
        From `stated_keys`.
    """
    at = np.flatnonzero(text.duplicated().to_numpy())
    taken = set(text) if at.size else set()
    again = text.iloc[at].tolist()
    return {place: _free(key, taken) for place, key in zip(at.tolist(), again, strict=True)}


def digests_of(text: pd.Series) -> npt.NDArray[np.uint64]:
    """
    A number of 64 bits of each key: two keys rarely have the same.

    Parameters
    ----------
    text : Series (row,)
        From `stated_keys`.
    """
    return pd.util.hash_array(text.to_numpy(dtype=object), categorize=False)


def repeated_keys(
    digests: npt.NDArray[np.uint64], texts_at: Callable[[npt.NDArray[np.int64]], pd.Series]
) -> dict[int, str]:
    """
    `keys_instead` of a list of which only few keys are read.

    Parameters
    ----------
    digests : ndarray (row,)
        Of all keys.
    texts_at : callable
        Keys at some places of the list, in order.
    """
    order = np.argsort(digests, kind="stable")
    ranked = digests[order]
    same = np.flatnonzero(ranked[1:] == ranked[:-1])
    places = np.union1d(order[same], order[same + 1])
    if not places.size:
        return {}
    while True:
        instead = keys_instead(texts_at(places))
        # A key that is made may stand somewhere else.
        made = digests_of(pd.Series([*instead.values()], dtype=object))
        low, high = (np.searchsorted(ranked, made, side=side) for side in ("left", "right"))
        stand = [order[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True) if a < b]
        more = np.union1d(places, np.concatenate([places[:0], *stand]))
        if more.size == places.size:
            return {int(places[at]): key for at, key in instead.items()}
        places = more


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


def institution_keys(numbers: pd.Series, names: pd.Series, among: Among | None = None) -> pd.Series:
    """
    One key for each institution: its registration number, also where only its name is given.

    Parameters
    ----------
    numbers : Series (row,)
        Registration number (统一社会信用代码) or None.
    names : Series (row,)
        Name or None.
    among : Among, optional
        The list that these rows are of; it knows which name has which number.

    Returns
    -------
    Series (row,)
        None where neither is known. A name that stands beside two numbers keeps no number.
    """
    if not (numbers.notna().any() or names.notna().any()):
        return pd.Series(None, index=names.index, dtype=object)
    plain = names.map(_plain_name, na_action="ignore").astype(object)
    once = (
        names_of_one_number(named_numbers(numbers, names)) if among is None else among.institutions
    )
    by_name = plain.map(dict(once)).astype(object)
    key = numbers.where(numbers.notna(), by_name.where(by_name.notna(), plain))
    return key.astype(object).where(key.notna(), None)


def named_numbers(numbers: pd.Series, names: pd.Series) -> pd.DataFrame:
    """``number`` and plain ``name`` that stand in one row, each pair once."""
    plain = names.map(_plain_name, na_action="ignore").astype(object)
    return pd.DataFrame({"number": numbers, "name": plain}).dropna().drop_duplicates()


def names_of_one_number(pairs: pd.DataFrame) -> dict[str, str]:
    """Number of each name that stands beside one number only."""
    once = pairs[~pairs["name"].duplicated(keep=False)]
    return dict(zip(once["name"], once["number"], strict=True))


def _plain_name(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())
