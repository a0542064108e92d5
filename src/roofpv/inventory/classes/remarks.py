"""Remarks in which a reason to exempt a building may hide."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from roofpv.catalogue import say
from roofpv.inventory.classes.exemptions import reason_in
from roofpv.inventory.classes.wording import distinct_texts
from roofpv.inventory.findings import DOUBTFUL, Finding, texts_of

__all__ = ["remarks"]


def remarks(column: pd.Series, settled: np.ndarray | None = None) -> list[Finding]:
    """
    Remarks that speak of a reason to exempt; they exempt nothing.

    Parameters
    ----------
    column : Series (row,)
        Texts as they were read.
    settled : ndarray of bool (row,), optional
        Rows that are exempt already.

    Returns
    -------
    list of Finding
        ``REMARK_EXEMPTION``, one for each kind.
    """
    codes, texts = distinct_texts(column)
    kinds = np.array([*(reason_in(text) for text in texts), None], dtype=object)[codes]
    if settled is not None:
        kinds[settled] = None
    told = [kind for kind in pd.unique(kinds) if kind is not None]
    return [_finding(column, np.flatnonzero(kinds == kind), str(kind)) for kind in told]


def _finding(column: pd.Series, at: np.ndarray, kind: str) -> Finding:
    words: Mapping[str, str] = {name: say(f"exemptions.{kind}", name) for name in ("en", "zh")}
    values = texts_of(column.iloc[at])
    return Finding(DOUBTFUL, "REMARK_EXEMPTION", "remarks", at, values, words=words)
