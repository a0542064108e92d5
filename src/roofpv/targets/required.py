"""What a rule asks for: the capacity of each building, and what makes less of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.targets.measure import Flags, Floats, Rows
from roofpv.targets.rules import UNITS, Counted, Gate, Part, Reading, Rounding, Term


def capacity(rows: Rows, reading: Reading) -> Floats:
    """
    Capacity that a reading asks of each building: the least or the largest of its parts.

    Returns
    -------
    ndarray (building,)
        [kW] NaN where a column that it needs is not known.
    """
    asked = np.stack([_part(rows, part) for part in reading.parts])
    largest = reading.combine == "max"
    least = asked.max(axis=0) if largest else asked.min(axis=0)
    return least if reading.rounding is None else rounded(least, reading.rounding)


def rounded(values: Floats, rounding: Rounding) -> Floats:
    """Values in whole steps; a half goes up."""
    # To nine places first: 0.285 / 0.01 is 28.499999999999996.
    steps = np.round(values / rounding.step, 9)
    if rounding.way == "nearest":
        return np.floor(steps + 0.5) * rounding.step
    return (np.ceil(steps) if rounding.way == "up" else np.floor(steps)) * rounding.step


def summed(rows: Rows, counted: tuple[Counted, ...]) -> Floats:
    """Columns with their factors, added; what is not stated is none."""
    total = np.zeros(len(rows.frame))
    for one in counted:
        total = total + one.factor * np.nan_to_num(rows.stated(one.column))
    return total


def reduction(rows: Rows, counted: tuple[Counted, ...]) -> Floats:
    """The product of the factors whose column is above 0; 1 where none is."""
    product = np.ones(len(rows.frame))
    for one in counted:
        product = np.where(rows.stated(one.column) > 0.0, product * one.factor, product)
    return product


def through(rows: Rows, gates: tuple[Gate, ...]) -> tuple[Flags, Flags]:
    """Who passes every gate, and who may, for all that is known of it."""
    passes = np.ones(len(rows.frame), dtype=np.bool_)
    fails = ~passes
    for gate in gates:
        value = rows.stated(gate.column)
        inside = _inside(value, gate)
        passes = passes & inside
        fails = fails | (~inside & ~np.isnan(value))
    return passes, ~fails


def _inside(value: Floats, gate: Gate) -> Flags:
    inside = ~np.isnan(value)
    if gate.above is not None:
        inside &= value > gate.above
    if gate.at_least is not None:
        inside &= value >= gate.at_least
    if gate.below is not None:
        inside &= value < gate.below
    if gate.at_most is not None:
        inside &= value <= gate.at_most
    return inside


def _part(rows: Rows, part: Part) -> Floats:
    total = np.zeros(len(rows.frame))
    for term in part.terms:
        total = total + _term(rows, term)
    return np.maximum(total, 0.0)


def _term(rows: Rows, term: Term) -> Floats:
    factor = _factor(rows, term)
    if term.times:
        factor = factor * rows.stated(term.times)
    if term.column in (None, "building_id"):
        return factor
    value = rows.stated(str(term.column)) * UNITS[term.unit]
    return factor * (np.nan_to_num(value) if term.unstated == "none" else value)


def _factor(rows: Rows, term: Term) -> Floats:
    if term.by is None:
        return np.full(len(rows.frame), term.factor, dtype=np.float64)
    if term.by not in rows.frame:
        return np.full(len(rows.frame), np.nan)
    codes, names = pd.factorize(rows.frame[term.by])
    factors = dict(term.factors)
    found = [factors.get(_name(name), np.nan) for name in names]
    return np.array([*found, np.nan])[codes]


def _name(value: object) -> str:
    """A zone that was read as the number 12.0 is zone 12."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
