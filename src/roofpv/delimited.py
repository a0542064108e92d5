"""Delimited text -> a table of text, each row with the number that it has in its file."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd

_BEYOND = "beyond the header"


def read_delimited(text: str, delimiter: str = ",") -> tuple[pd.DataFrame, np.ndarray]:
    """
    Read a table whose first line is its header.

    Cells stay text (the key 007 is not 7), blank lines are left out but keep their number, and a
    delimiter at the end of a line shifts nothing.

    Parameters
    ----------
    text : str
    delimiter : str

    Returns
    -------
    (DataFrame (row,), ndarray (row,))
        Cells as text, NaN where empty; and the number of each line, the header being 1.

    Raises
    ------
    ValueError
        No header, or a row that has more cells than it.
    """
    header = [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=delimiter), [])]
    if not any(header):
        raise ValueError("it has no header")
    # One name more than the header has: pandas would shift the columns of rows that end in a comma.
    names = [*header, _BEYOND]
    try:
        table = pd.read_csv(
            io.StringIO(text), sep=delimiter, names=names, header=None, skiprows=1, index_col=False,
            dtype=str, skip_blank_lines=False, skipinitialspace=True,
        )  # fmt: skip
    except pd.errors.EmptyDataError:
        table = pd.DataFrame(columns=names, dtype=str)
    beyond = table[_BEYOND].notna().to_numpy()
    if beyond.any():
        raise ValueError(f"row {int(beyond.argmax()) + 2} has more cells than the header")
    table = table.drop(columns=_BEYOND)
    filled = table.notna().any(axis=1).to_numpy()
    return table[filled].reset_index(drop=True), np.flatnonzero(filled) + 2
