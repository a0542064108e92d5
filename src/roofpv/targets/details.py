"""What an entry tells beside its verdict: what is lacking, and which buildings comply."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from roofpv import schema
from roofpv.targets import sums
from roofpv.targets.measure import Flags, Floats, Integers, Rows, needed
from roofpv.targets.rules import Reading, Target
from roofpv.targets.sums import Question

NAMED = 20
_WORKED_OUT = frozenset(schema.names(schema.RESULT))


def lacking(stock: Rows, target: Target, reading: Reading) -> list[str]:
    """What a reading asks for and not one building of the list has."""
    if not len(stock.frame):
        return []
    asked = (name for name in needed(target, reading) if name not in _WORKED_OUT)
    return [name for name in asked if stock.lacks(name)]


@dataclass(frozen=True)
class Listed:
    """Buildings in the order of their ids: ``order`` are their places among the rows."""

    rows: Rows
    ids: np.ndarray
    order: Integers

    def first(self, chosen: Flags | None = None) -> list[list[str]]:
        """The first ids of all or of some of them: the city's, then each group's."""
        places = self.order if chosen is None else self.order[chosen[self.order]]
        codes = self.rows.places.codes[places]
        in_groups = np.argsort(codes, kind="stable")
        groups = range(len(self.rows.places.names))
        starts = np.searchsorted(codes[in_groups], np.arange(len(groups) + 1))
        heads = [places[in_groups[starts[g] : starts[g + 1]][:NAMED]] for g in groups]
        return [[str(one) for one in self.ids[head]] for head in (places[:NAMED], *heads)]


def listed(rows: Rows) -> Listed:
    """Put buildings in the order of their ids."""
    ids = rows.frame["building_id"].astype(str).to_numpy(dtype=object)
    # Arrow sorts a million texts in a third of the time that numpy takes; its order is Python's.
    order = pc.sort_indices(pa.array(ids, pa.string())).to_numpy().astype(np.int64)
    return Listed(rows, ids, order)


def of_each(of: Listed, question: Question, complying: Floats) -> list[dict[str, Any]]:
    """Which buildings comply and which fail, and the sums of the reading itself, by place."""
    rows = of.rows
    asked = replace(question, target=replace(question.target, level="portfolio"))
    tally = sums.tally(rows, asked)
    threshold = question.target.threshold_on(question.as_of)
    by_completion = question.target.scheduled_by == "completed"
    lists = zip(of.first(complying == 1.0), of.first(complying == 0.0), strict=True)
    return [
        {
            "complying_ids": good,
            "failing_ids": bad,
            "of_sums": {
                "numerator": float(top),
                "denominator": float(bottom),
                "unit": question.reading.unit,
                "value": float(top / bottom) if bottom > 0 else None,
                "threshold": None if by_completion else threshold,
            },
        }
        for (good, bad), top, bottom in zip(lists, tally.numerator, tally.denominator, strict=True)
    ]
