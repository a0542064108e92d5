"""Totals of two results, and what each cause has of their difference."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.comparing import exact
from roofpv.comparing.causes import Causes
from roofpv.comparing.pairing import Paired

TOTALS = ("gross_roof_area_m2", "installable_area_m2", "installed_kwp", "kwp", "ac_kwh")
_YIELD = "specific_yield_kwh_per_kwp"
Floats = npt.NDArray[np.float64]


def totals(paired: Paired, causes: Causes) -> dict[str, dict[str, Any]]:
    """
    Totals before and after, and their difference by cause.

    The energy of a building that stays changes with its capacity, at the yield that it had, and
    then with its yield, at the capacity that it has: each part goes to the causes that can change
    it.

    Parameters
    ----------
    paired : Paired
    causes : Causes

    Returns
    -------
    dict
        By name of the total ``a``, ``b``, ``difference``, ``parts`` (gone, new, then causes; they
        add up to the difference to the last bit) and ``not_known`` (buildings without the figure,
        before and after, which add nothing).
    """
    return {name: _total(paired, causes, name) for name in TOTALS}


def _total(paired: Paired, causes: Causes, name: str) -> dict[str, Any]:
    old, new = (table[name].to_numpy(dtype=float) for table in (paired.before, paired.after))
    gone, come = (table[name].to_numpy(dtype=float) for table in (paired.gone, paired.new))
    names, moves = ["gone"], [(gone, np.zeros(gone.size))]
    for label, one, other in _changes(paired, causes, name, (old, new)):
        names.append(label)
        moves.append((one, other))
    names.append("new")
    moves.append((np.zeros(come.size), come))
    states = exact.on_grid(_states(np.concatenate([old, gone]), moves))
    parts = exact.steps(names, states)
    return {
        "a": states[0],
        "b": states[-1],
        "difference": states[-1] - states[0],
        "parts": parts,
        "not_known": [
            int(np.isnan(values).sum())
            for values in (np.concatenate([old, gone]), np.concatenate([new, come]))
        ],
    }


def _states(start: Floats, moves: list[tuple[Floats, Floats]]) -> list[float]:
    """The total before any move and after each, correctly rounded whatever the order of rows."""
    terms = np.nan_to_num(start).tolist()
    states = [math.fsum(terms)]
    for old, new in moves:
        changed = ~((old == new) | (np.isnan(old) & np.isnan(new)))
        terms += (-np.nan_to_num(old[changed])).tolist()
        terms += np.nan_to_num(new[changed]).tolist()
        states.append(math.fsum(terms))
    return states


def _changes(
    paired: Paired, causes: Causes, name: str, values: tuple[Floats, Floats]
) -> list[tuple[str, Floats, Floats]]:
    """Values of the kept buildings before and after each cause, in the order of their names."""
    old, new = values
    if name != "ac_kwh":
        return _by_label(causes.of([name]), old, new)
    between = _at_old_yield(paired, old, new)
    return [
        *_by_label(causes.of(["kwp"]), old, between),
        *_by_label(causes.of([_YIELD]), between, new),
    ]


def _at_old_yield(paired: Paired, old: Floats, new: Floats) -> Floats:
    """Energy of the capacity that is there after at the yield of before. [kWh]."""
    kwp = [table["kwp"].to_numpy(dtype=float) for table in (paired.before, paired.after)]
    before = paired.before[_YIELD].to_numpy(dtype=float)
    after = paired.after[_YIELD].to_numpy(dtype=float)
    # Without a yield on one side all of the change is that of the capacity.
    between = np.where(np.isnan(before) | np.isnan(after), new, kwp[1] * before)
    same = (kwp[0] == kwp[1]) & ~np.isnan(before) & ~np.isnan(after)
    steady = ~paired.figures.get(_YIELD, np.zeros(len(old), dtype=np.bool_))
    return np.where(same, old, np.where(steady, new, between))


def _by_label(
    labels: npt.NDArray[np.object_], old: Floats, new: Floats
) -> list[tuple[str, Floats, Floats]]:
    codes, names = pd.factorize(labels, sort=True)
    found = []
    for code, name in enumerate(names):
        mine = codes == code
        # Within rounding nothing differs: what is left goes to nobody's account.
        found.append((str(name) or "rounding", old[mine], new[mine]))
    return found
