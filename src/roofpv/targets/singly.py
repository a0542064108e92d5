"""Verdicts building by building: each held against the target by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pandas as pd

from roofpv.targets import measure, sums
from roofpv.targets.evaluate import questions
from roofpv.targets.rules import METRICS, Rule
from roofpv.targets.subjects import subject_masks
from roofpv.targets.sums import Question


def building_verdicts(
    buildings: pd.DataFrame, rule: Rule, *, as_of: date | None = None
) -> pd.DataFrame:
    """
    Hold every building of the subject against each target by itself.

    Readings that one building has not (a share of buildings, floor area or institutions) are left
    out. Where the rule asks the district or the city, the verdicts are for orientation.

    Parameters
    ----------
    buildings : DataFrame (building,)
        As for `evaluate`.
    rule : Rule
    as_of : date, optional
        As for `evaluate`.

    Returns
    -------
    DataFrame (target and reading and variant and state and building,)
        ``rule target reading numerator_variant state building_id numerator denominator unit
        threshold met``; ``met`` is missing where it is not known: a value that is not known, or
        one that is too low where something may ease the target that no building states.

    Raises
    ------
    InvalidResult
        As `evaluate`.
    """
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    stock = measure.rows_of(buildings, [rule])
    found = []
    for target in rule.targets:
        on = stock.on(day or target.deadline)
        rows = on.pick(subject_masks(on, target, day or target.deadline)["subject"])
        alone = replace(target, level="building")
        found += [
            _verdicts(on, rows, rule.id, question)
            for question in questions(alone, day or target.deadline)
            if METRICS[question.reading.metric].alone
        ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_NAMES)


_NAMES = [
    "rule",
    "target",
    "reading",
    "numerator_variant",
    "state",
    "building_id",
    "numerator",
    "denominator",
    "unit",
    "threshold",
    "met",
]


def _verdicts(
    stock: measure.Rows, rows: measure.Rows, rule: str, question: Question
) -> pd.DataFrame:
    complying = sums.complies(rows, question)
    if sums.yardstick(stock, question).eased:
        complying = np.where(complying == 0.0, np.nan, complying)
    top, bottom = sums.measured(rows, question)
    return pd.DataFrame(
        {
            "rule": rule,
            "target": question.target.id,
            "reading": question.reading.id,
            "numerator_variant": question.variant or "",
            "state": question.state,
            "building_id": rows.frame["building_id"].astype(str).to_numpy(dtype=object),
            "numerator": top,
            "denominator": bottom,
            "unit": question.reading.unit,
            "threshold": sums.thresholds(rows, question.target, question.as_of),
            "met": pd.array(np.where(np.isnan(complying), None, complying == 1.0), "boolean"),
        },
        columns=_NAMES,
    )
