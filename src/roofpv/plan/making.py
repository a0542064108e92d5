"""From a result and what is asked to the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from roofpv.errors import InvalidConfig
from roofpv.plan.alternatives import undominated, worth_of_lost
from roofpv.plan.ask import Ask
from roofpv.plan.candidates import candidates, earned_per_year, settings
from roofpv.plan.conditions import conditions
from roofpv.plan.goal import Goal, Share
from roofpv.plan.problem import TOLERANCE, Condition, Flags, Floats, Integers, Problem, build
from roofpv.plan.repair import TARGET, by_ratio, fill
from roofpv.plan.solve import Solution, solve
from roofpv.results import Result
from roofpv.targets import details
from roofpv.targets.measure import numbers, rows_of

# Part of the time that the search for the most gain keeps, where the target is out of reach.
_HALF = 0.5
_SHORTLY = 3.0
MUST = "must"


@dataclass(frozen=True)
class Made:
    """
    A plan, with all that is needed to tell it.

    ``table`` (option,): every option in every year; ``problem`` and ``kept``: what was solved
    and which options its own are; ``solution``: of the least cost, or of the most gain where
    ``reached`` is False; ``greedy``: options of the pass by yield per yuan, None where it ends
    in no plan; ``need``: what the numerator lacked; ``barred``: limits that are too low for some
    building by itself.
    """

    ask: Ask
    goal: Goal
    share: Share
    need: float
    table: pd.DataFrame
    problem: Problem
    solution: Solution
    greedy: Integers | None
    reached: bool
    barred: frozenset[str] = frozenset()

    @property
    def roofs(self) -> pd.DataFrame:
        """The options chosen."""
        assert self.solution.chosen is not None
        return self.table.iloc[self.solution.chosen]


def make(result: Result, ask: Ask, goal: Goal, layouts: pd.DataFrame | None = None) -> Made:
    """
    Choose the roofs and years: the least cost that reaches the target, else the most gain.

    The cost of a roof is its investment, discounted from its year to the first, and the value of
    the energy that waiting loses; where layouts are to choose from, also the value of what the
    layout gives up over its life against the most productive one of the same capacity.

    Parameters
    ----------
    result : Result
    ask : Ask
    goal : Goal
        Of the city, or of one district.
    layouts : DataFrame (building and layout,), optional
        From ``layout_candidates``.

    Raises
    ------
    InvalidConfig
        An impossible wish, or conditions that contradict each other.
    """
    share = goal.share()
    if not share.denominator > 0.0:
        raise empty(goal)
    need = share.lacks(goal.threshold, counts=goal.counts, strict=goal.limit.strict)
    options = candidates(goal, ask.must, ask.never, layouts)
    table = by_year(options, ask, settings(result), layouts is not None)
    wanted = conditions(goal, ask, table, need)
    parts = parts_of(table, wanted)
    problem, kept = parts.problem()
    table = table.iloc[kept].reset_index(drop=True)
    barred = _barred(parts)
    made = Made(ask, goal, share, need, table, problem, NOTHING, None, reached=True, barred=barred)
    return _solved(made, parts)


def empty(goal: Goal) -> InvalidConfig:
    """Nobody is in the subject of a target; say what the list lacks to tell who is."""
    question = goal.question
    stock = rows_of(goal.buildings, [question.rule])
    lacking = ", ".join(details.lacking(stock, question.target, question.reading))
    problem = "no building is in its subject" + (f"; the list lacks {lacking}" if lacking else "")
    mend = "Add these columns to the list" if lacking else "Take another target"
    return InvalidConfig(f"target {question.key}", problem, mend)


@dataclass(frozen=True)
class Parts:
    """What a problem is built of."""

    cost: Floats
    groups: Integers
    must: Flags
    conditions: tuple[Condition, ...]

    def problem(self) -> tuple[Problem, Integers]:
        """The problem, and which of the options its own are."""
        return build(self.cost, self.groups, self.must, self.conditions)

    def without(self, name: str) -> Parts:
        """The same without one condition."""
        if name == MUST:
            return replace(self, must=np.zeros_like(self.must))
        return replace(self, conditions=tuple(c for c in self.conditions if c.name != name))


def _barred(parts: Parts) -> frozenset[str]:
    """Limits that every option of some group exceeds on its own."""
    found = set()
    for one in parts.conditions:
        if not one.at_least:
            fits = one.amounts <= one.limit * (1.0 + TOLERANCE)
            able = np.zeros(len(parts.must), dtype=np.bool_)
            able[parts.groups[fits]] = True
            found |= set() if able.all() else {one.name}
    return frozenset(found)


def parts_of(table: pd.DataFrame, wanted: Sequence[Condition]) -> Parts:
    """Options by year and conditions as numbers."""
    groups = pd.factorize(table["group"])[0].astype(np.int64)
    must = np.zeros(int(groups.max(initial=-1)) + 1, dtype=np.bool_)
    must[groups[table["must"].to_numpy(dtype=np.bool_)]] = True
    return Parts(numbers(table["cost"]), groups, must, tuple(wanted))


NOTHING = Solution(None, np.inf, -np.inf, np.zeros(0))


def by_year(
    options: pd.DataFrame, ask: Ask, assumed: dict[str, Any], several: bool
) -> pd.DataFrame:
    """Every option in every year, with its cost in money of the first year."""
    years, count = len(ask.years), len(options)
    table = options.iloc[np.repeat(np.arange(count), years)].reset_index(drop=True)
    wait = np.tile(np.arange(years), count)
    discount = 1.0 / (1.0 + float(assumed["finance.discount_rate"]))
    powers = discount ** np.arange(years)
    lost = np.concatenate(([0.0], np.cumsum(powers)))[wait] * earned_per_year(table, assumed)
    table = table.assign(
        year=ask.years.start + wait, cost=numbers(table["capex_cny"]) * powers[wait] + lost
    )
    built = ~(numbers(table["completed_year"]) > table["year"].to_numpy())
    if several:
        given_up = worth_of_lost(table, assumed) * powers[wait]
        table = table.assign(cost=table["cost"] + given_up, given_up_cny=given_up)
        built &= undominated(table)
    return table[built].sort_values("group", kind="stable").reset_index(drop=True)


def _solved(made: Made, parts: Parts) -> Made:
    problem, seconds = made.problem, made.ask.time_limit_s
    order = by_yield(made.table, problem)
    greedy = fill(problem, order)
    gains = by_ratio(problem, numbers(made.table["gain"]))
    solution = solve(problem, seconds * _HALF, (order, gains), made.ask.gap)
    if solution.chosen is not None:
        return replace(made, solution=solution, greedy=greedy)
    most = _for_gain(made)
    reach = solve(most, seconds * _HALF, (order, gains), made.ask.gap)
    if reach.chosen is None:
        raise contradiction(parts.without(TARGET))
    if problem.holds(reach.chosen):
        found = Solution(reach.chosen, problem.total(reach.chosen), solution.bound, solution.price)
        return replace(made, solution=found, greedy=greedy)
    return replace(made, problem=most, solution=reach, greedy=fill(most, order), reached=False)


def by_yield(table: pd.DataFrame, problem: Problem) -> Integers:
    """Options by energy per yuan of investment, each building's cheapest year first."""
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = numbers(table["ac_kwh"]) / numbers(table["capex_cny"])
    worth = np.where(np.isnan(worth), 0.0, worth)
    return np.lexsort((problem.cost, problem.group, -worth)).astype(np.int64)


def _for_gain(made: Made) -> Problem:
    """The same without the target: the most gain, and of equal ones the cheapest."""
    gain = numbers(made.table["gain"])
    cost = made.problem.cost
    return replace(made.problem.without(TARGET), cost=gain_costs(gain, cost, made.goal))


def gain_costs(gain: Floats, cost: Floats, goal: Goal) -> Floats:
    """Gain below 0 with so little of the cost that it never outweighs a whole, or 1e-6."""
    whole = 0.5 if goal.counts else 1e-6 * float(gain.sum())
    total = float(cost.sum())
    return -gain + (cost * (whole / total) if total > 0.0 else 0.0)


def contradiction(parts: Parts) -> InvalidConfig:
    """Say which conditions cannot hold together, as far as that is known."""
    names = ", ".join(_culprits(parts))
    return InvalidConfig(
        "plan", f"the conditions contradict each other ({names})", "Loosen or drop one of them"
    )


def _culprits(parts: Parts) -> list[str]:
    """Conditions of which each alone stands in the way; all where no single one does."""
    names = [MUST] if parts.must.any() else []
    names += [one.name for one in parts.conditions]
    found = [
        name
        for name in names
        if solve(parts.without(name).problem()[0], _SHORTLY).chosen is not None
    ]
    return found or names
