"""The two sums of one reading, and what they are held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from roofpv.targets import required
from roofpv.targets.measure import (
    VARIANT_COLUMNS,
    Flags,
    Floats,
    Integers,
    Rows,
    dates,
    says_something,
)
from roofpv.targets.rules import Reading, Rounding, Target

EQUAL = 1e-9  # 0.15 is no binary fraction: exactly 15 % must not fail in the last bit


@dataclass(frozen=True)
class Question:
    """One reading of one target, of what is there now or would be, as of a day."""

    target: Target
    reading: Reading
    variant: str | None
    state: str
    as_of: date

    @property
    def of_each(self) -> bool:
        """Whether every building is held against the target, and not their sum."""
        return self.target.level == "building"

    @property
    def unit(self) -> str:
        """Unit of the sums."""
        return "buildings" if self.of_each else self.reading.unit


@dataclass(frozen=True)
class Tally:
    """One reading in one state: the city first, then the groups."""

    numerator: NDArray[Any]
    denominator: NDArray[Any]
    missing: Integers
    estimated: Integers


@dataclass(frozen=True)
class Yardstick:
    """
    What a share is held against.

    ``threshold`` is None before a schedule begins: there is no verdict then. Where something
    that may ease the target is not known of any building, ``eased`` is set, and a share that is
    too low is no verdict either. Where it is not known who is exempt from a sum (``open``), no
    share is one.
    """

    threshold: float | None
    strict: bool = False
    rounding: Rounding | None = None
    eased: bool = False
    open: bool = False

    def reached(self, tops: Floats, bottoms: Floats) -> Flags:
        """Whether each share is reached; false where one of the two is not known."""
        if self.threshold is None:
            return np.zeros(np.shape(tops), dtype=np.bool_)
        return reached(tops, bottoms, self.threshold, self)

    def met(self, top: float, bottom: float) -> bool | None:
        """Whether the share is reached; None where nothing can be said."""
        if self.threshold is None or self.open or not bottom > 0:
            return None
        if bool(self.reached(np.asarray(top, float), np.asarray(bottom, float))):
            return True
        return None if self.eased else False


def reached(tops: Any, bottoms: Any, threshold: Any, how: Yardstick) -> Flags:
    """Whether shares are reached, equality included unless the rule is strict."""
    if how.rounding is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            tops = required.rounded(tops / bottoms, how.rounding)
        bottoms = np.ones_like(bottoms)
    wanted = threshold * bottoms
    near = np.abs(tops - wanted) <= EQUAL * np.maximum(np.abs(tops), np.abs(wanted))
    return (tops > wanted) & ~near if how.strict else (tops >= wanted) | near


def yardstick(stock: Rows, question: Question) -> Yardstick:
    """What the sums of a question are held against; ``stock`` are all buildings."""
    target, reading = question.target, question.reading
    exempting = [gate.column for one in target.exemptions for gate in one.gates]
    unsaid = any(stock.lacks(column) for column in exempting)
    eased = unsaid or any(stock.lacks(column) for column in reading.eases)
    threshold = target.threshold_on(question.as_of)
    if question.of_each:
        begun = threshold is not None
        return Yardstick(1.0 if begun else None, eased=eased)
    return Yardstick(threshold, target.strict, _share_rounding(reading), eased, open=unsaid)


def tally(rows: Rows, question: Question) -> Tally:
    """
    Numerator and denominator of one reading, over the rows where both are known.

    Parameters
    ----------
    rows : Rows
        The buildings of the target's subject.
    question : Question
        What is divided by what, now or in future.

    Returns
    -------
    Tally
        Sums and counts, the city first.
    """
    return tally_of(rows, question, judged(rows, question))


def tally_of(rows: Rows, question: Question, parts: tuple[Floats, Floats]) -> Tally:
    """The same of parts that are at hand already."""
    top, bottom = parts
    known = np.isfinite(top) & np.isfinite(bottom)
    return Tally(
        numerator=_sums(rows, question.reading, known, top),
        denominator=_sums(rows, question.reading, known, bottom),
        missing=rows.places.count(~known),
        estimated=rows.places.count(known & _estimated(rows, question.reading)),
    )


def judged(rows: Rows, question: Question) -> tuple[Floats, Floats]:
    """
    What each building adds to the numerator and to the denominator, NaN where not known.

    Where every building is held against the target these are 1 for one that complies, else 0,
    and 1.
    """
    if not question.of_each:
        return measured(rows, question)
    complying = complies(rows, question)
    return complying, np.where(np.isnan(complying), np.nan, 1.0)


def complies(rows: Rows, question: Question) -> Floats:
    """1 for a building that reaches the target, 0 for one that does not, NaN where not known."""
    target, reading = question.target, question.reading
    top, bottom = measured(rows, question)
    limit = thresholds(rows, target, question.as_of)
    how = Yardstick(None, target.strict, _share_rounding(reading))
    with np.errstate(invalid="ignore"):
        there = reached(top, bottom, limit, how)
    known = np.isfinite(top) & np.isfinite(bottom) & np.isfinite(limit)
    known &= (bottom > 0.0) | reading.asks_capacity
    if reading.combine == "or":
        enough = rows.amount("kwp", question.state) >= required.capacity(rows, reading)
        there, known = there | enough, known | enough
    return np.where(known, there.astype(np.float64), np.nan)


def thresholds(rows: Rows, target: Target, as_of: date) -> Floats:
    """The threshold of each building; NaN where none holds, or its completion is not known."""
    if target.scheduled_by == "as_of":
        value = target.threshold_on(as_of)
        return np.full(len(rows.frame), np.nan if value is None else value)
    completed = dates(rows.frame["completed"])
    limit = np.full(len(completed), np.nan)
    for step in target.schedule:
        limit[completed >= np.datetime64(step.date, "D")] = step.value
    return limit


def measured(rows: Rows, question: Question) -> tuple[Floats, Floats]:
    """Numerator and denominator of each row, NaN where not known."""
    reading = question.reading
    top, bottom = _plain(rows, reading, question.variant, question.state)
    if reading.substitutes:
        more = required.summed(rows, reading.substitutes)
        flagged = reading.metric == "has_pv_flag"
        top = np.where(more > 0.0, 1.0, top) if flagged else top + more
    if reading.deductions:
        bottom = np.maximum(bottom - required.summed(rows, reading.deductions), 0.0)
    if reading.reductions:
        bottom = bottom * required.reduction(rows, reading.reductions)
    return top, bottom


def _plain(rows: Rows, reading: Reading, variant: str | None, state: str) -> tuple[Floats, Floats]:
    """Numerator and denominator before anything eases the target."""
    if reading.asks_capacity:
        return rows.amount("kwp", state), required.capacity(rows, reading)
    if reading.metric == "energy_share":
        return rows.amount("ac_kwh", state), rows.number(reading.denominator)
    if variant is not None:
        return rows.amount(VARIANT_COLUMNS[variant], state), rows.stated(reading.denominator)
    weight = _weight(rows, reading)
    return rows.has_pv(state) * weight, weight


def _weight(rows: Rows, reading: Reading) -> Floats:
    """How much a row weighs where what counts is whether it has PV."""
    if reading.metric == "floor_area_ratio":
        return rows.number(reading.denominator)
    named = says_something(rows.frame[reading.denominator])
    return np.where(named, 1.0, np.nan)


def _share_rounding(reading: Reading) -> Rounding | None:
    return None if reading.asks_capacity else reading.rounding


def _sums(rows: Rows, reading: Reading, known: Flags, values: Floats) -> NDArray[Any]:
    """Sums of the city and of each group; of institutions, how many have a value above 0."""
    if reading.metric != "institution_ratio":
        return rows.places.pick(known).total(values[known])
    found = known & (values > 0.0)
    names = rows.frame[reading.denominator][found]
    return rows.places.pick(found).distinct(pd.factorize(names)[0].astype(np.int64))


def _estimated(rows: Rows, reading: Reading) -> Flags:
    if reading.metric != "energy_share":
        return np.zeros(len(rows.frame), dtype=np.bool_)
    return rows.frame["load_is_estimate"].to_numpy(dtype=np.bool_, na_value=False)
