"""Verdicts: every reading of every target, for the city and each district, now and potential."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from roofpv.errors import InvalidRules
from roofpv.targets import details, measure, sums
from roofpv.targets.details import Listed
from roofpv.targets.measure import Flags, Floats, Integers, Rows
from roofpv.targets.rules import Rule, Target
from roofpv.targets.subjects import is_among, subject_masks
from roofpv.targets.sums import Question, Tally, Yardstick

STATES = ("now", "potential")
GROUPS = ("district", "use", "ownership")
NOBODY = "no building of the list is of this target's subject"
_COUNTS = (
    "subject",
    "with_pv",
    "exempt",
    "unknown_use",
    "unknown_ownership",
    "unknown_completed",
    "unknown_gate",
    "missing",
    "estimated",
    "existing_pv_not_stated",
)

Entry = dict[str, Any]


@dataclass(frozen=True)
class _Case:
    """One target of one rule, its buildings, and what is said of them all."""

    rule: Rule
    target: Target
    as_of: date
    by: str | None
    stock: Rows
    rows: Rows
    common: dict[str, Integers]
    unknown_use: list[list[str]]

    @property
    def groups(self) -> tuple[str | None, ...]:
        """The city, then the groups."""
        return (None, *self.rows.places.names)


def evaluate(
    buildings: pd.DataFrame,
    rules: Sequence[Rule],
    *,
    as_of: date | None = None,
    by: str | None = None,
) -> list[Entry]:
    """
    Judge every target of every rule, under every reading and numerator variant.

    Parameters
    ----------
    buildings : DataFrame (building,)
        The columns of ``schema.INVENTORY`` and ``schema.RESULT`` that the rules ask for, and
        those of ``needs.NEEDS`` that are known.
    rules : sequence of Rule
        From `load_rule`.
    as_of : date, optional
        Buildings completed later are in no denominator; each target's own deadline
        if not given. PV with a later date is not counted; one without date is taken as it stands.
    by : str, optional
        ``district``, ``use`` or ``ownership``: what the groups beside the city are. Entries
        then name theirs in ``group`` and ``group_kind``. By district if not given.

    Returns
    -------
    list of dict
        The entries of ``targets.json``, in the order of rules, targets, readings,
        variants and states, the city before its districts by name. ``unknown_use_ids``
        names the first buildings whose use must be found out; ``flips`` is true where
        the verdict is the opposite of the default reading's. A row whose numerator or
        denominator is not known is left out of that reading and counted as ``missing``.
        ``lacking`` names what the rule asks for and not one building has; ``level`` says who must
        reach the target where that is not the city. Of a target that each building must reach
        the sums are numbers of buildings, ``complying_ids`` and ``failing_ids`` name the first of
        them, and ``of_sums`` has the sums of the reading itself.
        The order of rows changes nothing, to the last bit.

    Raises
    ------
    InvalidResult
        A column is absent, or ``completed`` does not hold dates.
    InvalidRules
        Two rules have the same id, or nothing can be grouped so.
    """
    _refuse_twice(rules)
    if by is not None and by not in GROUPS:
        raise InvalidRules(f"by = {by!r}", "no such group", f"Take one of {', '.join(GROUPS)}")
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    stock = measure.rows_of(buildings, rules, by or "district")
    return [
        entry
        for rule in rules
        for target in rule.targets
        for entry in _flips(_entries(_case(stock, rule, target, day or target.deadline, by)))
    ]


def _refuse_twice(rules: Sequence[Rule]) -> None:
    ids = [rule.id for rule in rules]
    for name in ids:
        if ids.count(name) > 1:
            raise InvalidRules(name, "two rules have this id", "Give each rule once")


def _case(stock: Rows, rule: Rule, target: Target, as_of: date, by: str | None) -> _Case:
    stock = stock.on(as_of)
    masks = subject_masks(stock, target, as_of)
    rows = stock.pick(masks["subject"])
    common = {name: stock.places.count(mask) for name, mask in masks.items()}
    common["existing_pv_not_stated"] = rows.places.count(_not_stated(rows))
    ids = dataclasses.replace(stock, frame=stock.frame[["building_id"]])
    named = details.listed(ids.pick(masks["unknown_use"])).first()
    return _Case(rule, target, as_of, by, stock, rows, common, named)


def _entries(case: _Case) -> list[Entry]:
    listed = details.listed(case.rows) if case.target.level == "building" else None
    named = case.unknown_use
    return [
        entry | ({"unknown_use_ids": named[place]} if named[place] else {})
        for question in questions(case.target, case.as_of)
        for place, entry in enumerate(_of_question(case, question, listed))
    ]


def questions(target: Target, as_of: date) -> Iterator[Question]:
    """Every reading of a target with every variant, now and potential."""
    for reading in target.readings:
        for variant in reading.variants or (None,):
            for state in STATES:
                yield Question(target, reading, variant, state, as_of)


def _not_stated(rows: Rows) -> Flags:
    sizes = (rows.number(name) for name in ("existing_pv_kwp", "existing_pv_area_m2"))
    unsized = np.logical_and.reduce([np.isnan(size) for size in sizes])
    if "existing_pv" not in rows.frame:
        return unsized
    return unsized & ~is_among(rows.frame["existing_pv"], ("yes", "no"))


def _of_question(case: _Case, question: Question, listed: Listed | None) -> Iterator[Entry]:
    """Entries of one question: the city's, then each group's."""
    rows = case.rows
    parts = sums.judged(rows, question)
    tally = sums.tally_of(rows, question, parts)
    counts = case.common | {
        "with_pv": rows.places.count(rows.has_pv(question.state) == 1.0),
        "missing": tally.missing,
        "estimated": tally.estimated,
    }
    limit = sums.yardstick(case.stock, question)
    met = [limit.met(*pair) for pair in zip(tally.numerator, tally.denominator, strict=True)]
    if question.target.level == "district":
        met[0] = _all_districts(rows, question, parts, limit)
    own = details.of_each(listed, question, parts[0]) if listed else [{}] * len(met)
    common = _of_all(case, question)
    for place, group in enumerate(case.groups):
        entry = _about(case, question, group)
        entry |= _verdict(question, tally, place) | {"threshold": limit.threshold}
        entry |= {"met": met[place], "strength": case.target.strength}
        entry["counts"] = {name: int(counts[name][place]) for name in _COUNTS if name in counts}
        yield entry | common | own[place]


def _of_all(case: _Case, question: Question) -> Entry:
    """What is said only where there is something to say, of the city and its groups alike."""
    said: Entry = {}
    if case.target.level != "city":
        said["level"] = case.target.level
    lacking = details.lacking(case.stock, case.target, question.reading)
    if lacking:
        said["lacking"] = lacking
    if not len(case.rows.frame):
        said["note"] = NOBODY
    return said


def _all_districts(
    rows: Rows, question: Question, parts: tuple[Floats, Floats], limit: Yardstick
) -> bool | None:
    """The verdict of a city whose districts must each reach the target."""
    tally = sums.tally_of(rows.by_district(), question, parts)
    pairs = zip(tally.numerator[1:], tally.denominator[1:], strict=True)
    found = [limit.met(top, bottom) for top, bottom in pairs if bottom > 0]
    if False in found or not found:
        return False if found else None
    return None if None in found else True


def _about(case: _Case, question: Question, group: str | None) -> Entry:
    reading = question.reading
    usual = reading.default and question.variant == reading.default_variant
    by_district = case.by in (None, "district")
    return {
        "rule": case.rule.id,
        "target": case.target.id,
        "reading": reading.id,
        "numerator_variant": question.variant,
        "default": usual,
        "district": group if by_district else None,
        **({} if case.by is None else {"group": group, "group_kind": case.by}),
        "state": question.state,
        "as_of": case.as_of.isoformat(),
    }


def _verdict(question: Question, tally: Tally, place: int) -> Entry:
    unit = question.unit
    kind = int if unit in ("buildings", "institutions") else float
    top, bottom = kind(tally.numerator[place]), kind(tally.denominator[place])
    value = top / bottom if bottom > 0 else None
    return {"numerator": top, "denominator": bottom, "unit": unit, "value": value}


def _flips(entries: list[Entry]) -> list[Entry]:
    """Mark the verdicts that are the opposite of the default's in the same place and state."""
    usual = {_where(entry): entry["met"] for entry in entries if entry["default"]}
    return [entry | {"flips": _opposite(entry["met"], usual, entry)} for entry in entries]


def _opposite(met: bool | None, usual: dict[Any, bool | None], entry: Entry) -> bool:
    other = usual[_where(entry)]
    return met is not None and other is not None and met != other


def _where(entry: Entry) -> tuple[Any, ...]:
    return entry["district"], entry.get("group"), entry["state"]
