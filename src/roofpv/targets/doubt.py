"""The doubtful use classes that matter: how far a verdict moves if they are other than taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.errors import InvalidResult
from roofpv.targets import measure, sums
from roofpv.targets.measure import Flags, Floats, Integers, Rows
from roofpv.targets.rules import Reading, Rule, Target
from roofpv.targets.subjects import is_among, is_unknown, subject_masks
from roofpv.targets.sums import Question, Yardstick

__all__ = ["doubtful_uses"]
NAMED = 20
_STATE = "now"
_NEEDED = ("use_confidence", "use_alternative")


@dataclass(frozen=True)
class _Stock:
    """
    The buildings that may be of a target's subject: all but the use is right.

    ``inside`` are those that are taken as its subject, ``open`` those that would change sides with
    the class that they may have instead.
    """

    rows: Rows
    question: Question
    inside: Flags
    open: Flags

    @property
    def reading(self) -> Reading:
        """The default reading."""
        return self.question.reading

    def sums(self, members: Flags) -> tuple[float, float]:
        """Numerator and denominator of the city over some of the buildings."""
        tally = sums.tally(self.rows.pick(members), self.question)
        return float(tally.numerator[0]), float(tally.denominator[0])

    def parts(self) -> tuple[Floats, Floats]:
        """Numerator and denominator of each building, NaN where not known."""
        return sums.judged(self.rows, self.question)


def doubtful_uses(
    buildings: pd.DataFrame, rules: Sequence[Rule], *, as_of: date | None = None
) -> dict[str, Any]:
    """
    Tell which doubtful use classes must be looked up before a verdict stands.

    Doubtful is a building of unknown use, or whose class is believed less than
    ``use_words.DOUBTFUL_BELOW``. One that has another class beside its own may be of that; one of
    unknown use without any may be of every class. Each target is judged in its default reading,
    for what is installed now, in the city.

    Parameters
    ----------
    buildings : DataFrame (building,)
        What `evaluate` asks for, with ``use_confidence`` and ``use_alternative``. A known use
        without confidence is not doubtful.
    rules : sequence of Rule
    as_of : date, optional
        As for `evaluate`.

    Returns
    -------
    dict
        ``count`` of the doubtful buildings, and in ``targets`` for each target its ``rule``,
        ``target``, ``reading``, ``value`` and ``met``; ``matter``, how many of the doubtful ones
        would change sides; ``flip_alone``, how many of these turn the verdict all alone;
        ``lowest`` and ``highest``, the shares if all of them fall in the worst and in the best
        way; ``verdict_is_open``, whether these give different verdicts, or there may be nothing
        left to judge; ``ids``, those to look up first.

    Raises
    ------
    InvalidResult
        A column is absent.
    """
    absent = [column for column in _NEEDED if column not in buildings]
    if absent:
        raise InvalidResult(
            "buildings", f"columns absent: {', '.join(absent)}", "Check the inventory again"
        )
    stock = measure.rows_of(buildings, rules)
    doubtful = _doubtful(buildings)
    other = buildings["use_alternative"].astype(object)
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    targets = [
        _target(stock, doubtful, other, (rule, target), day or target.deadline)
        for rule in rules
        for target in rule.targets
    ]
    return {"count": int(doubtful.sum()), "targets": targets}


def _doubtful(buildings: pd.DataFrame) -> Flags:
    # Its room takes a fifth of a second to load, and verdicts do without.
    from roofpv.inventory.classes.use_words import DOUBTFUL_BELOW  # noqa: PLC0415

    confidence = measure.numbers(buildings["use_confidence"])
    return is_unknown(buildings["use"], schema.USES) | (confidence < DOUBTFUL_BELOW)


def _target(
    stock: Rows, doubtful: Flags, other: pd.Series, of: tuple[Rule, Target], as_of: date
) -> dict[str, Any]:
    rule, target = of
    chosen = _choose(stock, doubtful, other, target, as_of)
    now = chosen.sums(chosen.inside)
    low, high = (chosen.sums(_extreme(chosen, up=up)) for up in (False, True))
    limit = sums.yardstick(stock, chosen.question)
    met = limit.met(*now)
    reachable = {limit.met(*both) for both in (low, high)}
    if chosen.sums(chosen.inside & ~chosen.open)[1] <= 0:
        reachable.add(None)
    moved = _each_alone(chosen, now)
    flips = _flips(*moved, limit, met)
    return {
        "rule": rule.id,
        "target": target.id,
        "reading": chosen.reading.id,
        "value": _share(now),
        "met": met,
        "matter": int(chosen.open.sum()),
        "flip_alone": int(flips.sum()),
        "lowest": _share(low),
        "highest": _share(high),
        "verdict_is_open": len(reachable) > 1,
        "ids": _first(chosen, flips, _influence(*moved, now)),
    }


def _choose(stock: Rows, doubtful: Flags, other: pd.Series, target: Target, as_of: date) -> _Stock:
    """Hold all but the use against the target, and tell who would change sides."""
    subject = target.subject
    stock = stock.on(as_of)
    of_right_use = replace(stock, frame=stock.frame.assign(use=subject.uses[0]))
    eligible = subject_masks(of_right_use, target, as_of)["subject"]
    inside, other_inside = (is_among(uses, subject.uses) for uses in (stock.frame["use"], other))
    said = other.notna().to_numpy(dtype=np.bool_)
    any_class = is_unknown(stock.frame["use"], schema.USES) & ~said
    changes = doubtful & (any_class | (said & (other_inside != inside)))
    reading = next(reading for reading in target.readings if reading.default)
    question = Question(target, reading, reading.default_variant, _STATE, as_of)
    # Who is on neither side moves nothing.
    eligible &= inside | changes
    return _Stock(stock.pick(eligible), question, inside[eligible], changes[eligible])


def _extreme(stock: _Stock, *, up: bool) -> Flags:
    """
    Members that push the share as high, or as low, as it can get.

    A share of sums is highest with all open buildings whose own share is above some limit, and
    lowest with all whose own is below one: the best of the sets that grow in the order of the own
    shares is the best of all sets. A share of institutions rises with each building that has PV
    and falls with each that has none, whatever the others are.
    """
    sure = stock.inside & ~stock.open
    order = _in_order(stock, up=up)
    if stock.reading.metric == "institution_ratio":
        with_pv = (stock.parts()[0][order] > 0.0) == up
        sizes = np.array([0, int(with_pv.sum()), len(order)])
        tops, bottoms = np.array([stock.sums(_with(sure, order[:size])) for size in sizes]).T
    else:
        start = stock.sums(sure)
        if up and start[1] <= 0.0:
            order = _one_ahead(stock, order, start[0])
        sizes = np.arange(len(order) + 1)
        tops, bottoms = (
            begin + np.concatenate(([0.0], np.cumsum(values[order])))
            for begin, values in zip(start, stock.parts(), strict=True)
        )
    share = _divide(tops, bottoms)
    best = np.argmax(np.where(bottoms > 0.0, share if up else -share, -np.inf))
    return _with(sure, order[: sizes[best]])


def _in_order(stock: _Stock, *, up: bool) -> Integers:
    """The open buildings by their own share, the best for the purpose first."""
    top, bottom = stock.parts()
    at = np.flatnonzero(stock.open & np.isfinite(top) & np.isfinite(bottom))
    own = _divide(top[at], bottom[at])
    own = np.where(np.isnan(own), -np.inf, own if up else -own)
    # Equal shares by their amounts, so that no order of rows changes the last bit.
    return at[np.lexsort((bottom[at], top[at], -own))]


def _one_ahead(stock: _Stock, order: Integers, top_before: float) -> Integers:
    """
    The order where nothing stands below the line yet.

    Then one building at least must be added that does, and what stands above the line already
    makes a small one better than one with a high share of its own.
    """
    top, bottom = (values[order] for values in stock.parts())
    counts = bottom > 0.0
    if not counts.any():
        return order
    share = _divide(top_before + top[~counts].sum() + top, bottom)
    one = int(np.argmax(np.where(counts, share, -np.inf)))
    counts[one] = False
    return np.concatenate(
        (order[~counts & (np.arange(len(order)) != one)], order[[one]], order[counts])
    )


def _with(members: Flags, more: Integers) -> Flags:
    grown = members.copy()
    grown[more] = True
    return grown


def _divide(tops: Floats, bottoms: Floats) -> Floats:
    """NaN for nothing over nothing, infinite for something over nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return tops / bottoms


def _each_alone(stock: _Stock, now: tuple[float, float]) -> tuple[Floats, Floats]:
    """Numerator and denominator if one building, and no other, changed sides."""
    if stock.reading.metric == "institution_ratio":
        top, bottom = _institutions_alone(stock)
    else:
        side = np.where(stock.inside, -1.0, 1.0)
        top, bottom = (values * side for values in stock.parts())
    known = stock.open & np.isfinite(top) & np.isfinite(bottom)
    return now[0] + np.where(known, top, 0.0), now[1] + np.where(known, bottom, 0.0)


def _institutions_alone(stock: _Stock) -> tuple[Floats, Floats]:
    """What one building that changes sides adds to the institutions with PV, and to all."""
    top, bottom = stock.parts()
    codes = pd.factorize(stock.rows.frame[stock.reading.denominator])[0]
    change = []
    for counted in (top > 0.0, bottom > 0.0):
        members = np.bincount(codes[counted & stock.inside], minlength=codes.max(initial=0) + 1)
        left = members[codes] - stock.inside
        side = np.where(stock.inside, -1.0, 1.0)
        change.append(np.where(counted & (left == 0), side, 0.0))
    return change[0], change[1]


def _flips(tops: Floats, bottoms: Floats, limit: Yardstick, met: bool | None) -> Flags:
    """Which of the changes turn the verdict into its opposite."""
    judged = bottoms > 0.0 if met is not None else np.zeros(len(tops), dtype=np.bool_)
    return judged & (limit.reached(tops, bottoms) != met)


def _influence(tops: Floats, bottoms: Floats, now: tuple[float, float]) -> Floats:
    """How far the share moves; infinite where there is a share only before or only after."""
    share, before = _divide(tops, bottoms), _share(now)
    moved = np.abs(share - (np.nan if before is None else before))
    both_empty = np.isnan(share) & (before is None)
    return np.where(both_empty, 0.0, np.where(np.isnan(moved), np.inf, moved))


def _first(stock: _Stock, flips: Flags, influence: Floats) -> list[str]:
    """Who must be looked up first: who turns the verdict alone, then who moves the share most."""
    names = stock.rows.frame["building_id"].astype(str)
    table = pd.DataFrame({"flips": ~flips, "influence": -influence, "id": names.to_numpy()})
    ordered = table[stock.open].sort_values(["flips", "influence", "id"])
    return [str(name) for name in ordered["id"].head(NAMED)]


def _share(sums: tuple[float, float]) -> float | None:
    return sums[0] / sums[1] if sums[1] > 0 else None
