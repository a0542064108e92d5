"""Verdicts: every reading of every target, for the city and each district, now and potential."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from roofpv import schema
from roofpv.errors import InvalidRules
from roofpv.targets import measure
from roofpv.targets.measure import Flags, Integers, Rows, Tally
from roofpv.targets.rules import Reading, Rule, Subject, Target

STATES = ("now", "potential")
NAMED = 20
_COUNTS = (
    "subject",
    "with_pv",
    "exempt",
    "unknown_use",
    "unknown_ownership",
    "unknown_completed",
    "missing",
    "estimated",
    "existing_pv_not_stated",
)

Entry = dict[str, Any]


@dataclass(frozen=True)
class _Case:
    """One way to put the question."""

    rule: Rule
    target: Target
    reading: Reading
    variant: str | None
    state: str
    as_of: date


def evaluate(
    buildings: pd.DataFrame, rules: Sequence[Rule], *, as_of: date | None = None
) -> list[Entry]:
    """
    Judge every target of every rule, under every reading and numerator variant.

    Parameters
    ----------
    buildings : DataFrame (building,)
        The columns of ``schema.INVENTORY`` and ``schema.RESULT`` that the rules ask for.
    rules : sequence of Rule
        From `load_rule`.
    as_of : date, optional
        Buildings completed later are in no denominator; each target's own deadline
        if not given. PV with a later date is not counted; one without date is taken as it stands.

    Returns
    -------
    list of dict
        The entries of ``targets.json``, in the order of rules, targets, readings,
        variants and states, the city before its districts by name. ``unknown_use_ids``
        names the first buildings whose use must be found out; ``flips`` is true where
        the verdict is the opposite of the default reading's. A row whose numerator or
        denominator is not known is left out of that reading and counted as ``missing``.
        The order of rows changes nothing, to the last bit.

    Raises
    ------
    InvalidResult
        A column is absent, or ``completed`` does not hold dates.
    InvalidRules
        Two rules have the same id.
    """
    _refuse_twice(rules)
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    stock = measure.rows_of(buildings, rules)
    return [
        entry
        for rule in rules
        for target in rule.targets
        for entry in _flips(_target_entries(stock, rule, target, day or target.deadline))
    ]


def _refuse_twice(rules: Sequence[Rule]) -> None:
    ids = [rule.id for rule in rules]
    for name in ids:
        if ids.count(name) > 1:
            raise InvalidRules(name, "two rules have this id", "Give each rule once")


def _target_entries(stock: Rows, rule: Rule, target: Target, as_of: date) -> list[Entry]:
    stock = stock.on(as_of)
    masks = subject_masks(stock, target.subject, as_of)
    rows = stock.pick(masks["subject"])
    common = {name: stock.places.count(mask) for name, mask in masks.items()}
    common["existing_pv_not_stated"] = rows.places.count(_not_stated(rows))
    named = _smallest_ids(stock.pick(masks["unknown_use"]))
    return [
        entry | ({"unknown_use_ids": named[place]} if named[place] else {})
        for case in _cases(rule, target, as_of)
        for place, entry in enumerate(_entries(case, rows, common))
    ]


def _cases(rule: Rule, target: Target, as_of: date) -> Iterator[_Case]:
    for reading in target.readings:
        for variant in reading.variants or (None,):
            for state in STATES:
                yield _Case(rule, target, reading, variant, state, as_of)


def subject_masks(stock: Rows, subject: Subject, as_of: date) -> dict[str, Flags]:
    """
    Who is in, and who stays out for one reason alone.

    Each mask but the first and ``exempt`` holds the rows that meet every other condition and
    of which this one thing is not known, whether the rule counts them or leaves them out.
    """
    use, owner, exempt = stock.frame["use"], stock.frame["ownership"], _exempt(stock.frame)
    right_use = is_among(use, subject.uses)
    right_owner = _right_owner(owner, subject)
    no_date, in_time = _in_time(measure.dates(stock.frame["completed"]), subject, as_of)
    return {
        "subject": right_use & right_owner & in_time & ~exempt,
        "exempt": right_use & right_owner & in_time & exempt,
        "unknown_use": is_unknown(use, schema.USES) & right_owner & in_time & ~exempt,
        "unknown_ownership": right_use & is_unknown(owner, schema.OWNERSHIPS) & in_time & ~exempt,
        "unknown_completed": right_use & right_owner & no_date & ~exempt,
    }


def _exempt(frame: pd.DataFrame) -> Flags:
    return measure.says_something(frame["exemption"]) | is_among(frame["status"], ("excluded",))


def is_among(column: pd.Series, words: Sequence[str]) -> Flags:
    """Rows whose cell is one of the words."""
    return column.isin(list(words)).to_numpy(dtype=np.bool_)


def is_unknown(column: pd.Series, classes: Sequence[str]) -> Flags:
    """Rows of class ``unknown``, without any class, or with one that is not in the list."""
    return ~is_among(column, [name for name in classes if name != "unknown"])


def _right_owner(owner: pd.Series, subject: Subject) -> Flags:
    if not subject.ownerships:
        return np.ones(len(owner), dtype=np.bool_)
    right = is_among(owner, subject.ownerships)
    return (
        right | is_unknown(owner, schema.OWNERSHIPS) if "unknown" in subject.ownerships else right
    )


def _in_time(
    completed: NDArray[np.datetime64], subject: Subject, as_of: date
) -> tuple[Flags, Flags]:
    """Rows without a date, and rows completed within the window and not after ``as_of``."""
    last = min(as_of, subject.completed_to or as_of)
    in_time = completed < np.datetime64(last + timedelta(days=1), "D")
    if subject.completed_from:
        in_time &= completed >= np.datetime64(subject.completed_from, "D")
    no_date = np.isnat(completed)
    return no_date, in_time | no_date if subject.unknown_completed == "counted" else in_time


def _not_stated(rows: Rows) -> Flags:
    sizes = (rows.number(name) for name in ("existing_pv_kwp", "existing_pv_area_m2"))
    unsized = np.logical_and.reduce([np.isnan(size) for size in sizes])
    if "existing_pv" not in rows.frame:
        return unsized
    return unsized & ~is_among(rows.frame["existing_pv"], ("yes", "no"))


def _smallest_ids(rows: Rows) -> list[list[str]]:
    """The first ids in the order of the alphabet: the city's, then each district's."""
    ids = rows.frame["building_id"].astype(str).groupby(rows.places.codes)
    first = {code: heapq.nsmallest(NAMED, group) for code, group in ids}
    city = heapq.nsmallest(NAMED, (name for group in first.values() for name in group))
    return [city, *(first.get(code, []) for code in range(len(rows.places.names)))]


def _entries(case: _Case, rows: Rows, common: dict[str, Integers]) -> Iterator[Entry]:
    """Entries of one case: the city's, then each district's."""
    tally = measure.tally(rows, case.reading, case.variant, case.state)
    counts = common | {
        "with_pv": rows.places.count(rows.has_pv(case.state) == 1.0),
        "missing": tally.missing,
        "estimated": tally.estimated,
    }
    for place, district in enumerate((None, *rows.places.names)):
        yield _entry(case, district, _verdict(case, tally, place), _at(counts, place))


def _at(counts: dict[str, Integers], place: int) -> dict[str, int]:
    return {name: int(counts[name][place]) for name in _COUNTS}


def _entry(case: _Case, district: str | None, verdict: Entry, counts: dict[str, int]) -> Entry:
    reading = case.reading
    return {
        "rule": case.rule.id,
        "target": case.target.id,
        "reading": reading.id,
        "numerator_variant": case.variant,
        "default": reading.default and case.variant == reading.default_variant,
        "district": district,
        "state": case.state,
        "as_of": case.as_of.isoformat(),
        **verdict,
        "strength": case.target.strength,
        "counts": counts,
    }


def _verdict(case: _Case, tally: Tally, place: int) -> Entry:
    unit, threshold = case.reading.unit, case.target.threshold
    kind = int if unit in ("buildings", "institutions") else float
    top, bottom = kind(tally.numerator[place]), kind(tally.denominator[place])
    return {
        "numerator": top,
        "denominator": bottom,
        "unit": unit,
        "value": top / bottom if bottom > 0 else None,
        "threshold": threshold,
        "met": is_met(top, bottom, threshold),
    }


def is_met(numerator: float, denominator: float, threshold: float) -> bool | None:
    """Reached, equality included; None where there is nothing to divide by."""
    if not denominator > 0:
        return None
    wanted = threshold * denominator
    # 0.15 is no binary fraction: exactly 15 % must not fail in the last bit.
    return numerator >= wanted or math.isclose(numerator, wanted, rel_tol=1e-9)


def _flips(entries: list[Entry]) -> list[Entry]:
    """Mark the verdicts that are the opposite of the default's in the same place and state."""
    usual = {
        (entry["district"], entry["state"]): entry["met"] for entry in entries if entry["default"]
    }
    return [entry | {"flips": _opposite(entry["met"], usual, entry)} for entry in entries]


def _opposite(met: bool | None, usual: dict[Any, bool | None], entry: Entry) -> bool:
    other = usual[entry["district"], entry["state"]]
    return met is not None and other is not None and met != other
