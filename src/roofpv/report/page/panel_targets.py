"""Every building before every target: whether it is asked, and what its roof comes to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import targets
from roofpv.report.city import Figure
from roofpv.report.page.panel_figures import counted
from roofpv.results import Result
from roofpv.targets import measure, sums
from roofpv.targets.rules import METRICS, Reading, Rule, Target
from roofpv.targets.subjects import subject_masks
from roofpv.targets.sums import Question

# As ``closing.share_of`` prints a share where its verdict hangs on no more digits.
SHARE = Figure(2, "%", 100)
NUMERATORS = {
    "N1": "module_area_m2",
    "N2": "projected_module_area_m2",
    "N3": "array_field_area_m2",
}


def verdicts(result: Result) -> list[dict[str, Any]]:
    """
    All targets of a result, building by building, by their default readings.

    Parameters
    ----------
    result : Result

    Returns
    -------
    list of dict
        ``rule target title strength level as_of strict threshold reading reading_title variant
        alone metric digits``; by building ``asked`` ("yes", "no" or the one thing that keeps it
        out), and for ``now`` and ``potential`` the ``share`` (as ``counted`` by ``SHARE``) and
        whether it is ``met`` (None where nothing can be said of one building).
    """
    said = {one["key"]: one["value"] for one in result.run["assumptions"]}.get("targets.as_of")
    table = pd.DataFrame(result.buildings)
    found = []
    for name, text in result.run["rule_texts"].items():
        rule = targets.parse_rule(text, name)
        stock = measure.rows_of(table, [rule])
        for target in rule.targets:
            day = date.fromisoformat(said) if said else target.deadline
            found.append(_target(rule, target, day, stock.on(day)))
    return found


def share_basis(result: Result) -> tuple[str, str]:
    """
    Numerator (N1, N2, N3) and denominator column of the first share of areas that is asked for.

    That of the layout's own goal where no rule asks for one.
    """
    for name, text in result.run["rule_texts"].items():
        for target in targets.parse_rule(text, name).targets:
            reading = _default(target)
            if reading.metric == "area_ratio" and reading.default_variant:
                return reading.default_variant, reading.denominator
    settings = {one["key"]: one["value"] for one in result.run["assumptions"]}
    return str(settings["layout.coverage_numerator"]), "installable_area_m2"


def _default(target: Target) -> Reading:
    return next(one for one in target.readings if one.default)


def _target(rule: Rule, target: Target, day: date, rows: measure.Rows) -> dict[str, Any]:
    reading = _default(target)
    variant = reading.default_variant if reading.variants else None
    masks = subject_masks(rows, target, day)
    asked = np.full(len(rows.frame), "no", dtype=object)
    for name, mask in reversed(masks.items()):
        asked[mask] = "yes" if name == "subject" else name
    return {
        "rule": rule.id,
        "target": target.id,
        "title": {"en": target.title.en, "zh": target.title.zh or target.title.en},
        "strength": target.strength,
        "level": target.level,
        "as_of": day.isoformat(),
        "strict": target.strict,
        "threshold": counted([_threshold(target, day)], SHARE)[0],
        "reading": reading.id,
        "reading_title": {"en": reading.title.en, "zh": reading.title.zh or reading.title.en},
        "variant": variant,
        "alone": METRICS[reading.metric].alone,
        "metric": reading.metric,
        "digits": SHARE.digits,
        "asked": asked.tolist(),
        **dict(_states(target, reading, variant, (day, rows, masks["subject"]))),
    }


def _threshold(target: Target, day: date) -> float:
    value = target.threshold_on(day)
    return np.nan if value is None else value


def _states(
    target: Target,
    reading: Reading,
    variant: str | None,
    case: tuple[date, measure.Rows, npt.NDArray[np.bool_]],
) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    day, rows, inside = case
    for state in targets.STATES:
        question = Question(target, reading, variant, state, day)
        top, bottom = sums.measured(rows, question)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(inside & (bottom > 0.0), top / bottom, np.nan)
        met: list[bool | None] = [None] * len(inside)
        if METRICS[reading.metric].alone:
            complying = sums.complies(rows, question)
            if sums.yardstick(rows, question).eased:
                complying = np.where(complying == 0.0, np.nan, complying)
            known = inside & ~np.isnan(complying)
            met = [bool(v) if k else None for v, k in zip(complying == 1.0, known, strict=True)]
        yield state, {"share": counted(share, SHARE), "met": met}
