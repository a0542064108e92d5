"""Sums whose parts add up to the difference to the last bit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

# Seven bits are kept free, so that parts added in any order stay exact in a float64.
_BITS = 46


def on_grid(values: Sequence[float]) -> list[float]:
    """
    Values rounded to one grid so fine that their differences are exact.

    Parameters
    ----------
    values : sequence of float

    Returns
    -------
    list of float
        Multiples of a power of two, each within 2^-46 of the largest.
    """
    largest = max(map(abs, values), default=0.0)
    if largest == 0.0:
        return [0.0 for _ in values]
    unit = 2.0 ** (math.frexp(largest)[1] - _BITS)
    return [round(value / unit) * unit for value in values]


def steps(names: Sequence[str], states: Sequence[float]) -> dict[str, float]:
    """
    What each step of a way adds; steps of one name are one.

    Parameters
    ----------
    names : sequence of str (step,)
    states : sequence of float (step + 1,)
        On one grid: what stands before the first step, then after each.

    Returns
    -------
    mapping of str to float
        Only steps that add something; they add to the last state less the first, exactly.
    """
    found: dict[str, float] = {}
    for name, old, new in zip(names, states, states[1:], strict=False):
        found[name] = found.get(name, 0.0) + (new - old)
    return {name: value for name, value in found.items() if value != 0.0}


def difference(parts: Mapping[str, float]) -> float:
    """All parts together."""
    return sum(parts.values(), 0.0)
