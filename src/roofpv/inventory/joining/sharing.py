"""Amounts of a register row shared out among its footprints, and loads of one building added up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.inventory.findings import DOUBTFUL, EMPTIED, Finding, texts_of
from roofpv.inventory.joining.amounts import EXTENSIVE, is_blank, numbers_of
from roofpv.inventory.joining.matching import Matches
from roofpv.inventory.joining.merging import Rows

_LOAD = "annual_load_kwh"


def split_amounts(
    frame: pd.DataFrame, register: pd.DataFrame, rows: Rows
) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Share the amounts of a row out among its footprints, by their area.

    Parameters
    ----------
    frame : DataFrame (row of rows,)
        As ``merged`` gives it.
    register : DataFrame (row,)
    rows : Rows

    Returns
    -------
    (DataFrame (row of rows,), list of Finding)
        What is no number is emptied: it would be counted once for each footprint.
    """
    findings, changed = [], {}
    units = register.attrs.get("units", {})
    for name in (n for n in EXTENSIVE if n in register):
        cells = register[name].reset_index(drop=True)
        at = np.flatnonzero(rows.split & ~is_blank(cells)[rows.register])
        if not at.size:
            continue
        taken = cells.iloc[rows.register[at]]
        parts = numbers_of(taken, name, units.get(name, "")) * rows.share[at]
        numeric = frame[name] if frame[name].dtype == float else frame[name].astype(object)
        changed[name] = numeric.copy()
        changed[name].iloc[at] = parts
        known = np.isfinite(parts)
        texts = np.array(texts_of(taken), dtype=object)
        became = np.array([f"{part:.10g}" for part in parts], dtype=object)
        if known.any():
            found = (texts[known].tolist(), became[known].tolist())
            findings.append(Finding(DOUBTFUL, "SPLIT_BY_AREA", name, at[known], *found))
        if not known.all():
            found = (texts[~known].tolist(), ())
            findings.append(Finding(EMPTIED, "NOT_SPLIT", name, at[~known], *found))
    return frame.assign(**changed), findings


def summed_loads(
    register: pd.DataFrame, matches: Matches, rows: Rows
) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Add the electricity of the rows that share a building to that of the row that keeps it.

    Parameters
    ----------
    register : DataFrame (row,)
    matches : Matches
    rows : Rows

    Returns
    -------
    (DataFrame (row,), list of Finding)
        At the rows of the frame; where a sharer states none, the sum is a part of the whole.
    """
    shares = np.flatnonzero(matches.shared_with >= 0)
    if _LOAD not in register or not shares.size:
        return register, []
    cells = register[_LOAD]
    unit = register.attrs.get("units", {}).get(_LOAD, "")
    loads = numbers_of(cells, _LOAD, unit)
    keepers = matches.shared_with[shares]
    keeper = np.unique(keepers)
    members = np.concatenate([keeper, shares])
    owner = np.concatenate([keeper, keepers])
    stated = np.isfinite(loads[members])
    total = np.bincount(owner[stated], weights=loads[members[stated]], minlength=len(loads))
    some = np.bincount(owner[stated], minlength=len(loads)) > 0
    lacking = np.bincount(owner[~stated], minlength=len(loads)) > 0
    summed = keeper[some[keeper]]
    changed = cells.copy() if cells.dtype == float else cells.astype(object)
    changed.iloc[summed] = total[summed]
    out = register.assign(annual_load_kwh=changed)
    out.attrs = dict(register.attrs)
    first = np.searchsorted(rows.register, summed)
    texts = np.array(texts_of(cells.iloc[summed]), dtype=object)
    became = np.array([f"{load:.10g}" for load in total[summed]], dtype=object)
    findings = []
    for code, where in (("LOAD_SUMMED", ~lacking[summed]), ("LOAD_PART_STATED", lacking[summed])):
        if where.any():
            found = (texts[where].tolist(), became[where].tolist())
            findings.append(Finding(DOUBTFUL, code, _LOAD, first[where], *found))
    return out, findings
