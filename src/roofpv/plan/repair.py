"""Plans made in one pass: options taken in some order as long as they help and fit."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from roofpv.plan.problem import TOLERANCE, Flags, Floats, Integers, Problem

TARGET = "target"


def fill(problem: Problem, order: Integers) -> Integers | None:
    """
    Take options in an order: musts first, then what minimums lack, then whatever still helps.

    An option helps if it counts for a condition that is not met yet, or if it lowers the cost.

    Parameters
    ----------
    problem : Problem
    order : ndarray (option,)
        All options, the best first.

    Returns
    -------
    ndarray or None
        The options taken, rising; None if the pass does not end in a plan that holds.
    """
    walk = _Walk(problem)
    minimums = problem.at_least & (np.array(problem.names, dtype=object) != TARGET)
    walk.take(order[problem.must[problem.group[order]]], always=True)
    if minimums.any():
        counts = np.asarray(problem.use[np.flatnonzero(minimums)].sum(axis=0)).ravel() > 0.0
        walk.take(order[counts[order]], wanted=minimums)
    walk.take(order, wanted=problem.at_least, saving=any(walk.lowers))
    chosen = np.array(sorted(walk.chosen), dtype=np.int64)
    return chosen if problem.holds(chosen) else None


def by_ratio(problem: Problem, worth: Floats) -> Integers:
    """All options, those with the most worth per cost first; ties in their own order."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(problem.cost > 0.0, worth / problem.cost, np.inf)
    return np.argsort(-ratio, kind="stable").astype(np.int64)


class _Walk:
    """What is taken so far, and what is left of each condition."""

    def __init__(self, problem: Problem) -> None:
        columns = sparse.csc_array(problem.use)
        self.ends = columns.indptr.tolist()
        self.rows = columns.indices.tolist()
        self.amounts = columns.data.tolist()
        self.group = problem.group.tolist()
        self.lowers = (problem.cost < 0.0).tolist()
        self.lower = problem.at_least.tolist()
        slack = TOLERANCE * np.abs(problem.limit)
        self.left = (problem.limit + np.where(problem.at_least, -slack, slack)).tolist()
        self.served = [False] * len(problem.must)
        self.chosen: list[int] = []

    def take(
        self,
        options: Integers,
        wanted: Flags | None = None,
        *,
        always: bool = False,
        saving: bool = False,
    ) -> None:
        """Take what helps and fits, in the order given."""
        asked = {} if wanted is None else {int(row) for row in np.flatnonzero(wanted)}
        lacking = {row for row in asked if self.left[row] > 0.0}
        for option in options.tolist():
            if not (lacking or saving or always):
                return
            if self.served[self.group[option]]:
                continue
            span = range(self.ends[option], self.ends[option + 1])
            helps = always or (saving and self.lowers[option])
            if (helps or self._counts(span, lacking)) and self._fits(span):
                self._add(option, span)
                lacking = {row for row in lacking if self.left[row] > 0.0}

    # Plain loops: a third of the time of any() and all() over generators.
    def _counts(self, span: range, lacking: set[int]) -> bool:
        rows = self.rows
        for k in span:  # noqa: SIM110
            if rows[k] in lacking:
                return True
        return False

    def _fits(self, span: range) -> bool:
        rows, amounts, lower, left = self.rows, self.amounts, self.lower, self.left
        for k in span:
            row = rows[k]
            if not lower[row] and amounts[k] > left[row]:
                return False
        return True

    def _add(self, option: int, span: range) -> None:
        for k in span:
            self.left[self.rows[k]] -= self.amounts[k]
        self.served[self.group[option]] = True
        self.chosen.append(option)
