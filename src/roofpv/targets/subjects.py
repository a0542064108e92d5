"""Who a target is about, and who stays out for one reason alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from roofpv import schema
from roofpv.targets import measure, required
from roofpv.targets.measure import Flags, Rows
from roofpv.targets.rules import Subject, Target


def subject_masks(stock: Rows, target: Target, as_of: date) -> dict[str, Flags]:
    """
    Who is in, and who stays out for one reason alone.

    Each mask but the first and ``exempt`` holds the rows that meet every other condition and
    of which this one thing is not known, whether the rule counts them or leaves them out.
    ``unknown_gate`` is there where the subject has gates.
    """
    subject = target.subject
    use, owner = stock.frame["use"], stock.frame["ownership"]
    exempt = _exempt(stock, target)
    right_use = is_among(use, subject.uses)
    right_owner = _right_owner(owner, subject)
    no_date, in_time = _in_time(measure.dates(stock.frame["completed"]), subject, as_of)
    passes, may_pass = required.through(stock, subject.gates)
    liable = passes & ~exempt
    right = right_use & right_owner & in_time
    masks = {
        "subject": right & liable,
        "exempt": right & passes & exempt,
        "unknown_use": is_unknown(use, schema.USES) & right_owner & in_time & liable,
        "unknown_ownership": right_use & is_unknown(owner, schema.OWNERSHIPS) & in_time & liable,
        "unknown_completed": right_use & right_owner & no_date & liable,
    }
    if subject.gates:
        masks["unknown_gate"] = right & may_pass & ~passes & ~exempt
    return masks


def _exempt(stock: Rows, target: Target) -> Flags:
    frame = stock.frame
    exempt = measure.says_something(frame["exemption"]) | is_among(frame["status"], ("excluded",))
    for one in target.exemptions:
        exempt |= required.through(stock, one.gates)[0]
    return exempt


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
