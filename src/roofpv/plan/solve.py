"""From a problem to a plan with a proven gap: relax, round, repair, and the exact part."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from roofpv.plan.bound import WHOLE, Bound, core_of, fixed_choice, relax
from roofpv.plan.exact import GRACE_S, solve_part
from roofpv.plan.problem import Flags, Floats, Integers, Problem
from roofpv.plan.repair import fill

CORE_GROUPS = 150
EXACT_OPTIONS = 4000
# Gap at which a plan is good enough where the exact search would be long.
ENOUGH, ENOUGH_OF_MANY = 1e-5, 1e-4
ROUND_S = 6.0
# Part of the time left for a search that is too large to be likely to end.
_LONG_SHOT = 0.5
# The last millionth can take HiGHS longer than all before.
FEW, PRECISE = 64, 1e-6
_SAME = 1e-9


@dataclass(frozen=True)
class Solution:
    """
    The plan found and what is proven of it.

    ``chosen``: options, None if no plan was found; ``cost`` and ``bound``: its cost and what no
    plan can be below; ``price`` (condition,): cost of one unit more of each condition;
    ``impossible``: proven that no plan holds every condition.
    """

    chosen: Integers | None
    cost: float
    bound: float
    price: Floats
    impossible: bool = False

    @property
    def gap(self) -> float:
        """How far the plan is above the bound at most, as a fraction of its cost."""
        if self.chosen is None:
            return float("inf")
        apart = max(0.0, self.cost - self.bound)
        return 0.0 if apart <= _SAME * abs(self.cost) else apart / abs(self.cost)


def solve(
    problem: Problem, seconds: float, orders: tuple[Integers, ...] = (), accepted: float = 0.0
) -> Solution:
    """
    The cheapest choice, exact where time allows, else with its gap.

    Parameters
    ----------
    problem : Problem
    seconds : float
        Time limit of the whole.
    orders : tuple of ndarray (option,)
        Orders of a greedy pass that the plan must not be worse than.
    accepted : float
        Relative gap at which the search ends.

    Returns
    -------
    Solution
        The same for the same problem, unless the time limit cut it short.
    """
    end = time.monotonic() + seconds
    if _lost_a_must(problem):
        return Solution(None, np.inf, np.inf, np.zeros(len(problem.limit)), impossible=True)
    bound = relax(problem)
    search = _Search(problem, bound, end, accepted)
    if bound.missed:
        # The penalty of a condition not met hides how cheap the rest is: nothing to round.
        search.impossible = True
        return search.told()
    for order in (*orders, *_drawn(problem, bound)):
        search.offer(fill(problem, order))
    search.round()
    search.finish()
    return search.told()


def _drawn(problem: Problem, bound: Bound) -> Iterator[Integers]:
    """
    Orders by reduced cost, as it is and with a little chance.

    Years of a roof that cost nearly the same are then drawn in the parts of a soft minimum, where
    one of them would fill up first and leave another half empty.

    References
    ----------
    .. [1] Gumbel, "Statistical theory of extreme values and some practical applications", National
       Bureau of Standards, Applied Mathematics Series 33, 1954
    """
    unit = float(np.abs(problem.cost).mean()) if len(problem.cost) else 0.0
    chance = np.random.default_rng(0).gumbel(size=len(problem.cost))
    for width in (0.0, 1e-4, 1e-3):
        order = np.argsort(bound.reduced - width * unit * chance, kind="stable")
        yield order.astype(np.int64)


def _lost_a_must(problem: Problem) -> bool:
    counts = np.bincount(problem.group, minlength=len(problem.must))
    return bool((counts[problem.must] == 0).any())


class _Search:
    """The best plan so far and the best bound so far."""

    def __init__(self, problem: Problem, bound: Bound, end: float, accepted: float) -> None:
        self.problem, self.bound, self.end, self.accepted = problem, bound, end, accepted
        self.enough = ENOUGH if len(problem.cost) <= WHOLE else ENOUGH_OF_MANY
        self.best: Integers | None = None
        self.cost, self.floor, self.impossible = np.inf, bound.value, False

    def offer(self, chosen: Integers | None) -> None:
        """Keep a plan if it is cheaper."""
        if chosen is None:
            return
        cost = self.problem.total(chosen)
        if cost < self.cost - _SAME * abs(cost):
            self.best, self.cost = chosen, cost

    def round(self) -> None:
        """Settle the groups in doubt exactly, the others as the prices say."""
        size = CORE_GROUPS
        for _ in range(3):
            if (
                self._close(max(self.enough, self.accepted))
                or self._left() <= 0.0
                or len(self.problem.must) <= CORE_GROUPS
            ):
                return
            core = core_of(self.bound, size)
            allowed = core[self.problem.group]
            fixed = fixed_choice(self.bound, core)
            if self.best is not None and size > CORE_GROUPS:
                fixed = self.best[~allowed[self.best]]
            answer = solve_part(
                self.problem,
                allowed,
                fixed,
                min(ROUND_S, self._search_s()),
                self._gap_of_rest(fixed),
            )
            self.offer(answer.chosen)
            size *= 2

    def finish(self) -> None:
        """Search what the bound does not rule out, to the end if it is small enough."""
        allowed = self._open()
        if self._close(self.accepted) or self._left() <= 0.0:
            return
        if self._close(self.enough) and allowed.sum() > EXACT_OPTIONS:
            return
        fixed, allowed = self._settled(allowed)
        gap = max(self.accepted, 0.0 if len(self.problem.cost) <= FEW else PRECISE)
        seconds = self._search_s() * (_LONG_SHOT if allowed.sum() > EXACT_OPTIONS else 1.0)
        answer = solve_part(self.problem, allowed, fixed, seconds, gap)
        self.offer(answer.chosen)
        if answer.impossible and self.best is None:
            self.impossible = True
        # What was ruled out costs at least as much as the best plan.
        self.floor = max(self.floor, min(answer.value, self.cost))

    def told(self) -> Solution:
        """The solution as it stands."""
        floor = min(self.floor, self.cost)
        return Solution(self.best, self.cost, floor, self.bound.price, self.impossible)

    def _settled(self, allowed: Flags) -> tuple[Integers, Flags]:
        """Groups that a cheaper plan cannot leave out and that have one option left take it."""
        problem, bound = self.problem, self.bound
        counts = np.bincount(problem.group[allowed], minlength=len(problem.must))
        least = np.where(bound.best < 0, 0.0, bound.reduced[bound.best])
        sure = problem.must | (bound.value - least > self.cost + _SAME * abs(self.cost))
        taken = allowed & (sure & (counts == 1))[problem.group]
        return np.flatnonzero(taken).astype(np.int64), allowed & ~taken

    def _gap_of_rest(self, fixed: Integers) -> float:
        """Gap of what is left that makes the gap of the whole good enough."""
        whole = abs(self.bound.value)
        rest = abs(self.bound.value - self.problem.total(fixed))
        return min(0.5, self.enough * whole / rest) if rest > 0.0 else 0.5

    def _left(self) -> float:
        return self.end - time.monotonic()

    def _search_s(self) -> float:
        """Time for HiGHS, which is ended by force only a while after it."""
        left = self._left()
        return max(0.5 * left, left - GRACE_S)

    def _close(self, gap: float) -> bool:
        return self.best is not None and self.cost - self.floor <= max(gap, _SAME) * abs(self.cost)

    def _open(self) -> Flags:
        """Options that a plan cheaper than the best may still contain."""
        if self.best is None:
            return np.ones(len(self.problem.cost), dtype=np.bool_)
        problem, bound = self.problem, self.bound
        least = np.where(bound.best < 0, 0.0, bound.reduced[bound.best])
        extra = bound.reduced - least[problem.group]
        return bound.value + extra <= self.cost + _SAME * abs(self.cost)
