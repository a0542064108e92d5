"""One building before the rules of its result: who is asked, what is divided, the verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from roofpv import schema, targets
from roofpv.results import Result
from roofpv.targets import details, measure, required, sums
from roofpv.targets.measure import Rows
from roofpv.targets.needs import NEEDS
from roofpv.targets.rules import (
    METRICS,
    UNITS,
    Counted,
    Gate,
    Part,
    Reading,
    Rule,
    Target,
    Term,
    Words,
)
from roofpv.targets.subjects import subject_masks
from roofpv.targets.sums import Question

Told = dict[str, Any]


@dataclass(frozen=True, eq=False)
class _Case:
    """One target before one building: ``stock`` are all buildings, ``rows`` this one."""

    rule: Rule
    target: Target
    as_of: date
    stock: Rows
    rows: Rows
    mine: np.ndarray


def verdicts_of(result: Result, building_id: str) -> list[Told]:
    """
    Hold one building against every target of the rules of its result.

    Parameters
    ----------
    result : Result
        Of ``read_results`` or ``assess``.
    building_id : str
        One of the buildings.

    Returns
    -------
    list of dict
        By target ``rule target title strength level status deadline as_of threshold strict
        sha256`` (of the text of the rule) ``sources undefined text``; ``asked`` (whether the target
        asks this building; None where it is not known), ``conditions`` (``column value wanted
        met``), and ``readings``: ``reading title note default metric unit alone rounding combine
        lacking`` and ``cases``: ``numerator_variant default state``, ``numerator`` and
        ``denominator`` with their ``terms``, ``required`` (terms of capacities),
        ``rounding or_capacity value threshold met``. Of a reading that is not ``alone`` the
        building is only counted.

    Raises
    ------
    InvalidRules
        A rule in ``run.json`` that this version cannot read.
    """
    said = {one["key"]: one["value"] for one in result.run["assumptions"]}.get("targets.as_of")
    table = pd.DataFrame(result.buildings)
    mine = (table["building_id"] == building_id).to_numpy(dtype=np.bool_)
    found = []
    for name, text in result.run["rule_texts"].items():
        rule = targets.parse_rule(text, name)
        stock = measure.rows_of(table, [rule])
        for target in rule.targets:
            day = date.fromisoformat(said) if said else target.deadline
            on = stock.on(day)
            found.append(_target(_Case(rule, target, day, on, on.pick(mine), mine)))
    return found


def _target(case: _Case) -> Told:
    rule, target = case.rule, case.target
    asked, conditions = _asked(case)
    return {
        "rule": rule.id,
        "rule_title": _words(rule.title),
        "status": rule.status,
        "sha256": hashlib.sha256(rule.toml.encode()).hexdigest(),
        "sources": [one.title for one in rule.sources],
        "undefined": [one.term for one in rule.undefined],
        "text": rule.text,
        "target": target.id,
        "title": _words(target.title),
        "strength": target.strength,
        "level": target.level,
        "deadline": target.deadline.isoformat(),
        "as_of": case.as_of.isoformat(),
        "threshold": _number(sums.thresholds(case.rows, target, case.as_of)[0]),
        "strict": target.strict,
        "new_from": _day(target.subject.completed_from),
        "asked": asked,
        "conditions": conditions,
        "readings": [_reading(case, reading) for reading in target.readings],
    }


def _words(words: Words) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh or words.en}


def _asked(case: _Case) -> tuple[bool | None, list[Told]]:
    """Whether the target asks the building, and the conditions one by one."""
    masks = subject_masks(case.stock, case.target, case.as_of)
    inside = bool(masks["subject"][case.mine][0])
    conditions = list(_conditions(case))
    left_out = any(one["met"] is False for one in conditions)
    return (True if inside else False if left_out else None), conditions


def _conditions(case: _Case) -> Iterator[Told]:
    subject, row = case.target.subject, case.rows.frame.iloc[0]
    yield _condition("use", row["use"], list(subject.uses))
    if subject.ownerships:
        yield _condition("ownership", row["ownership"], list(subject.ownerships))
    yield _completion(case)
    exemption = row["exemption"]
    stated = isinstance(exemption, str) and bool(exemption.strip())
    said = exemption if stated else None
    yield {"column": "exemption", "value": said, "wanted": None, "met": not stated}
    if row["status"] == "excluded":
        yield {"column": "status", "value": "excluded", "wanted": "assessed", "met": False}
    yield from (_gate(case, gate) for gate in subject.gates)
    for one in case.target.exemptions:
        exempt = bool(required.through(case.rows, one.gates)[0][0])
        words = _words(one.title)
        yield {"column": "exemption", "value": words, "wanted": None, "met": not exempt}


def _condition(column: str, value: Any, wanted: list[str]) -> Told:
    known = isinstance(value, str) and value != "unknown"
    met = value in wanted if known else (True if "unknown" in wanted else None)
    return {
        "column": column,
        "value": value if isinstance(value, str) else None,
        "wanted": wanted,
        "met": met,
    }


def _completion(case: _Case) -> Told:
    subject = case.target.subject
    completed = measure.dates(case.rows.frame["completed"])[0]
    last = min(case.as_of, subject.completed_to or case.as_of)
    known = not np.isnat(completed)
    day = completed.astype("datetime64[D]").astype(date) if known else None
    met: bool | None
    if day is None:
        met = True if subject.unknown_completed == "counted" else None
    else:
        met = day <= last and (subject.completed_from is None or day >= subject.completed_from)
    wanted = [_day(subject.completed_from), last.isoformat()]
    return {"column": "completed", "value": _day(day), "wanted": wanted, "met": met}


def _gate(case: _Case, gate: Gate) -> Told:
    bounds = ((">", gate.above), (">=", gate.at_least), ("<", gate.below), ("<=", gate.at_most))
    wanted = [f"{sign} {bound:g}" for sign, bound in bounds if bound is not None]
    value = _number(case.rows.stated(gate.column)[0])
    met = bool(required.through(case.rows, (gate,))[0][0]) if value is not None else None
    return {"column": gate.column, "value": value, "wanted": wanted, "met": met}


def _reading(case: _Case, reading: Reading) -> Told:
    return {
        "reading": reading.id,
        "title": _words(reading.title),
        "note": _words(reading.note),
        "default": reading.default,
        "metric": reading.metric,
        "denominator_column": "required_kw" if reading.asks_capacity else reading.denominator,
        "unit": reading.unit,
        "alone": METRICS[reading.metric].alone,
        "rounding": _rounding(reading),
        "combine": reading.combine,
        "lacking": details.lacking(case.stock, case.target, reading),
        "cases": [
            _judged(case, Question(case.target, reading, variant, state, case.as_of))
            for variant in reading.variants or (None,)
            for state in targets.STATES
        ],
    }


def _rounding(reading: Reading) -> Told | None:
    """How the share is rounded; a capacity that is asked for is rounded already."""
    if reading.rounding is None or reading.asks_capacity:
        return None
    return {"step": reading.rounding.step, "way": reading.rounding.way}


def _judged(case: _Case, question: Question) -> Told:
    """Numerator, denominator and verdict of one question."""
    reading, rows = question.reading, case.rows
    top, bottom = (_number(one[0]) for one in sums.measured(rows, question))
    met = None
    if METRICS[reading.metric].alone:
        complying = sums.complies(rows, question)[0]
        eased = sums.yardstick(case.stock, question).eased
        known = not np.isnan(complying) and not (eased and complying == 0.0)
        met = bool(complying == 1.0) if known else None
    return {
        "numerator_variant": question.variant,
        "default": reading.default and question.variant == reading.default_variant,
        "state": question.state,
        "numerator": top,
        "numerator_terms": _top_terms(rows, question),
        "denominator": bottom,
        "denominator_terms": _bottom_terms(rows, reading),
        "required": [_terms(rows, reading, part) for part in reading.parts],
        "rounding": _rounding(reading),
        "or_capacity": reading.combine == "or",
        "value": top / bottom if top is not None and bottom else None,
        "threshold": _number(sums.thresholds(rows, question.target, question.as_of)[0]),
        "met": met,
    }


def _top_terms(rows: Rows, question: Question) -> list[Told]:
    """What the numerator is added up of."""
    bare = replace(question.reading, substitutes=(), deductions=(), reductions=())
    plain = replace(question, reading=bare)
    column = measure.VARIANT_COLUMNS.get(question.variant or "", question.reading.metric)
    base = {
        "column": column,
        "factor": 1.0,
        "value": _number(sums.measured(rows, plain)[0][0]),
    }
    return [base, *(_eased(rows, one) for one in question.reading.substitutes)]


def _bottom_terms(rows: Rows, reading: Reading) -> list[Told]:
    """What the denominator is made of: its column, what is taken off, what it is multiplied by."""
    column = reading.denominator
    known = not reading.asks_capacity and column in _numbers_of(rows)
    base = {
        "column": column,
        "factor": 1.0,
        "value": _number(rows.stated(column)[0]) if known else None,
        "how": "base",
    }
    less = [_eased(rows, one) | {"how": "less"} for one in reading.deductions]
    times = [
        _eased(rows, one) | {"how": "times"}
        for one in reading.reductions
        if rows.stated(one.column)[0] > 0.0
    ]
    return [base, *less, *times]


def _numbers_of(rows: Rows) -> set[str]:
    """Columns of numbers that the rows have."""
    known = (*schema.INVENTORY, *schema.RESULT)
    numbers = {column.name for column in known if column.kind == "number"}
    return {str(name) for name in rows.frame} & (numbers | set(NEEDS))


def _eased(rows: Rows, one: Counted) -> Told:
    value = float(np.nan_to_num(rows.stated(one.column)[0]))
    stated = not rows.lacks(one.column)
    return {"column": one.column, "factor": one.factor, "value": value, "stated": stated}


def _terms(rows: Rows, reading: Reading, part: Part) -> list[Told]:
    """Terms of a capacity that is asked for. [kW]."""
    found = []
    for term in part.terms:
        value = None
        if term.column not in (None, "building_id"):
            value = _number(rows.stated(str(term.column))[0] * UNITS[term.unit])
        found.append(
            {"column": term.column, "unit": term.unit, "value": value,
             "factor": term.factor, "by": term.by, "times": term.times,
             "kw": _kw(rows, reading, term)}
        )  # fmt: skip
    return found


def _kw(rows: Rows, reading: Reading, term: Term) -> float | None:
    """What one term adds, with its sign. [kW]."""
    sign = -1.0 if term.factor is not None and term.factor < 0.0 else 1.0
    factor = None if term.factor is None else sign * term.factor
    alone = (Part((replace(term, factor=factor),)),)
    whole = replace(reading, parts=alone, rounding=None, combine=None)
    return _number(sign * required.capacity(rows, whole)[0])


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
