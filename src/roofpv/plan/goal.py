"""The target of a plan: which share, what it is now, and what is lacking."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import numpy as np
import pandas as pd

from roofpv.errors import InvalidConfig
from roofpv.plan.problem import TOLERANCE, Floats
from roofpv.results import Result
from roofpv.targets import Reading, Rule, Target, library_ids, load_rule, parse_rule, sums
from roofpv.targets.measure import Rows, rows_of
from roofpv.targets.subjects import subject_masks
from roofpv.targets.sums import Yardstick
from roofpv.tomltable import hint

_FILE = ".toml"
_One = TypeVar("_One", Target, Reading)


@dataclass(frozen=True)
class Question:
    """One reading of one target."""

    rule: Rule
    target: Target
    reading: Reading
    variant: str | None

    @property
    def key(self) -> str:
        """The question as ``--target`` names it."""
        parts = (self.rule.id, self.target.id, self.reading.id, self.variant)
        return "/".join(part for part in parts if part)

    def asked(self, state: str, day: date) -> sums.Question:
        """The question as the verdicts put it, now or with all that fits."""
        return sums.Question(self.target, self.reading, self.variant, state, day)


@dataclass(frozen=True)
class Share:
    """Numerator now and denominator, of the city or a part of it."""

    numerator: float
    denominator: float

    def lacks(self, threshold: float, *, counts: bool, strict: bool = False) -> float:
        """What the numerator lacks for a share, or to exceed it; 0 where nothing is lacking."""
        slack = TOLERANCE * max(1.0, self.denominator)
        lacking = threshold * self.denominator - self.numerator
        if counts:
            lacking = math.floor(lacking + slack) + 1 if strict else math.ceil(lacking - slack)
        elif strict:
            lacking += 4.0 * slack
        return max(0.0, float(lacking))

    def with_more(self, gain: float) -> float | None:
        """The share after a gain; None where there is nothing to divide by."""
        return (self.numerator + gain) / self.denominator if self.denominator > 0 else None


@dataclass(frozen=True)
class Goal:
    """
    A question put to the buildings on a day.

    ``limit``: what the share is held against; ``buildings`` (all, by id), ``rows``: those of the
    subject, ``gain`` (row,): what equipping one adds to the numerator; NaN where not known.
    ``district``: the one that the rows are of; None for all.
    """

    question: Question
    day: date
    limit: Yardstick
    buildings: pd.DataFrame
    rows: Rows
    gain: Floats
    district: str | None = None

    @property
    def threshold(self) -> float:
        """The share to reach."""
        return self.limit.threshold or 0.0

    @property
    def unit(self) -> str:
        """Unit of numerator and denominator."""
        return self.question.asked("now", self.day).unit

    @property
    def counts(self) -> bool:
        """Whether whole things are counted."""
        return self.unit in ("buildings", "institutions")

    def share(self, place: str | None = None) -> Share:
        """Share now of the city, a district or a use class."""
        rows, at = self.rows, 0
        if place is not None and place in rows.places.names:
            at = 1 + rows.places.names.index(place)
        elif place is not None:
            rows = rows.pick((rows.frame["use"] == place).to_numpy(dtype=np.bool_))
        found = sums.tally(rows, self.question.asked("now", self.day))
        return Share(float(found.numerator[at]), float(found.denominator[at]))

    def within(self, district: str) -> Goal:
        """
        The same of one district alone.

        Raises
        ------
        InvalidConfig
            No building of the subject lies in such a district.
        """
        names = self.rows.places.names
        if district not in names:
            raise InvalidConfig(
                f"district {district}",
                "no building of the target lies there",
                hint(district, names),
            )
        there = self.rows.places.codes == names.index(district)
        return replace(self, rows=self.rows.pick(there), gain=self.gain[there], district=district)


def goal_of(result: Result, target: str, by: int, rules: Sequence[str] = ()) -> Goal:
    """
    Read a target's name and measure the buildings at the end of a year.

    Parameters
    ----------
    result : Result
    target : str
        ``RULE/TARGET[/READING[/VARIANT]]``.
    by : int
    rules : sequence of str
        Rule files or ids that come before the rules of the assessment.

    Raises
    ------
    InvalidConfig
        No such rule, target, reading or variant, or its schedule begins later.
    InvalidRules
        A rule file that cannot be read.
    """
    question = _question(result, target, rules)
    buildings = pd.DataFrame(result.buildings).reset_index(drop=True)
    order = buildings["building_id"].astype(str).argsort(kind="stable")
    buildings = buildings.iloc[order].reset_index(drop=True)
    day = date(by, 12, 31)
    stock = rows_of(buildings, [question.rule]).on(day)
    rows = stock.pick(subject_masks(stock, question.target, day)["subject"])
    limit = sums.yardstick(stock, question.asked("now", day))
    if limit.threshold is None:
        raise InvalidConfig(
            f"target {question.key}", f"no share is asked for by {day}", "Plan for a later year"
        )
    return Goal(question, day, limit, buildings, rows, gains(question, day, rows))


def gains(question: Question, day: date, rows: Rows) -> Floats:
    """What equipping each row adds to the numerator; NaN where not known."""
    now, below = sums.judged(rows, question.asked("now", day))
    then, _ = sums.judged(rows, question.asked("potential", day))
    return np.where(np.isfinite(below), then - now, np.nan)


def _question(result: Result, said: str, rules: Sequence[str]) -> Question:
    rule, rest = _rule_and_rest(result, said, rules)
    wanted, _, rest = rest.partition("/")
    target = _named(said, "target", rule.targets, wanted)
    wanted, _, variant = rest.partition("/")
    usual = next(reading.id for reading in target.readings if reading.default)
    reading = _named(said, "reading", target.readings, wanted or usual)
    if variant and variant not in reading.variants:
        known = ", ".join(reading.variants) or "none"
        raise InvalidConfig(said, f"no variant {variant!r}", f"{reading.id} has {known}")
    return Question(rule, target, reading, variant or reading.default_variant)


def _rule_and_rest(result: Result, said: str, rules: Sequence[str]) -> tuple[Rule, str]:
    """The rule that a target names, by its file or its id, and what is said after it."""
    path, end, rest = said.partition(_FILE)
    if end and rest[:1] in ("", "/", "\\"):
        return load_rule(path + end), rest[1:]
    name, _, rest = said.partition("/")
    return _rule(result, name, rules), rest


def _rule(result: Result, name: str, rules: Sequence[str]) -> Rule:
    texts = result.run.get("rule_texts", {})
    own = {rule.id: rule for rule in (parse_rule(text, at) for at, text in texts.items())}
    own |= {rule.id: rule for rule in map(load_rule, rules)}
    if name in own:
        return own[name]
    known = sorted({*own, *library_ids()})
    if name not in known:
        raise InvalidConfig(f"target {name}", "no rule has this id", hint(name, known))
    return load_rule(name)


def _named(said: str, what: str, ones: tuple[_One, ...], wanted: str) -> _One:
    for one in ones:
        if one.id == wanted:
            return one
    found = f"no {what} {wanted!r}" if wanted else f"names no {what}"
    raise InvalidConfig(f"target {said}", found, hint(wanted, [one.id for one in ones]))


def at_place(goal: Goal, rows: pd.DataFrame, place: str) -> np.ndarray:
    """Which of some rows lie in a district or are of a use class."""
    column = "district" if place in goal.rows.places.names else "use"
    return (rows[column].astype(object) == place).to_numpy(dtype=np.bool_)
