"""From a result and what is asked to the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from roofpv.errors import InvalidConfig
from roofpv.plan.ask import Ask
from roofpv.plan.candidates import candidates, earned_per_year, settings
from roofpv.plan.conditions import conditions
from roofpv.plan.goal import Goal, Share, goal_of
from roofpv.plan.problem import Floats, Integers, Problem, build
from roofpv.plan.repair import TARGET, by_ratio, fill
from roofpv.plan.solve import Solution, solve
from roofpv.results import Result
from roofpv.targets.measure import numbers

# Part of the time that the search for the most gain keeps, where the target is out of reach.
_HALF = 0.5


@dataclass(frozen=True)
class Made:
    """
    A plan, with all that is needed to tell it.

    ``table`` (option,): every option in every year; ``problem`` and ``kept``: what was solved
    and which options its own are; ``solution``: of the least cost, or of the most gain where
    ``reached`` is False; ``greedy``: options of the pass by yield per yuan, None where it ends
    in no plan; ``need``: what the numerator lacked.
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

    @property
    def roofs(self) -> pd.DataFrame:
        """The options chosen."""
        assert self.solution.chosen is not None
        return self.table.iloc[self.solution.chosen]


def make(result: Result, ask: Ask) -> Made:
    """
    Choose the roofs and years: the least cost that reaches the target, else the most gain.

    The cost of a roof is its investment, discounted from its year to the first, and the value of
    the energy that waiting loses.

    Parameters
    ----------
    result : Result
    ask : Ask

    Raises
    ------
    InvalidConfig
        No such target, an impossible wish, or conditions that contradict each other.
    """
    goal = goal_of(result, ask.target, ask.by)
    share = goal.share()
    if not share.denominator > 0.0:
        raise InvalidConfig(
            f"target {goal.question.key}", "no building is in its subject", "Take another target"
        )
    need = share.lacks(goal.question.target.threshold, counts=goal.question.counts)
    table = _by_year(candidates(goal, ask.must, ask.never), ask, settings(result))
    wanted = conditions(goal, ask, table, need)
    groups = pd.factorize(table["group"])[0].astype(np.int64)
    must = np.zeros(int(groups.max(initial=-1)) + 1, dtype=np.bool_)
    must[groups[table["must"].to_numpy(dtype=np.bool_)]] = True
    problem, kept = build(numbers(table["cost"]), groups, must, wanted)
    table = table.iloc[kept].reset_index(drop=True)
    return _solved(Made(ask, goal, share, need, table, problem, _NOTHING, None, reached=True))


_NOTHING = Solution(None, np.inf, -np.inf, np.zeros(0))


def _by_year(options: pd.DataFrame, ask: Ask, assumed: dict[str, Any]) -> pd.DataFrame:
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
    return table[built].sort_values("group", kind="stable").reset_index(drop=True)


def _solved(made: Made) -> Made:
    problem, seconds = made.problem, made.ask.time_limit_s
    order = _by_yield(made.table, problem)
    greedy = fill(problem, order)
    gains = by_ratio(problem, numbers(made.table["gain"]))
    solution = solve(problem, seconds * _HALF, (order, gains))
    if solution.chosen is not None:
        return replace(made, solution=solution, greedy=greedy)
    most = _for_gain(made)
    reach = solve(most, seconds * _HALF, (order, gains))
    if reach.chosen is None:
        raise _contradiction(made)
    gained = float(numbers(made.table["gain"])[reach.chosen].sum())
    if problem.holds(reach.chosen):
        found = Solution(reach.chosen, problem.total(reach.chosen), solution.bound, solution.price)
        return replace(made, solution=found, greedy=greedy)
    del gained
    return replace(made, problem=most, solution=reach, greedy=fill(most, order), reached=False)


def _by_yield(table: pd.DataFrame, problem: Problem) -> Integers:
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
    whole = 0.5 if goal.question.counts else 1e-6 * float(gain.sum())
    total = float(cost.sum())
    return -gain + (cost * (whole / total) if total > 0.0 else 0.0)


def _contradiction(made: Made) -> InvalidConfig:
    """Say which conditions cannot hold together, as far as that is known."""
    problem = made.problem.without(TARGET)
    counts = np.bincount(problem.group, minlength=len(problem.must))
    if (counts[problem.must] == 0).any():
        return InvalidConfig(
            "must", "a must-have building exceeds a limit alone", "Raise the limit, or drop it"
        )
    names = ", ".join(_culprits(problem))
    return InvalidConfig(
        "plan", f"the conditions contradict each other ({names})", "Loosen or drop one of them"
    )


def _culprits(problem: Problem) -> list[str]:
    """Conditions of which each alone stands in the way; all where no single one does."""
    names = ["must"] if problem.must.any() else []
    found = []
    for name in problem.names:
        other = solve(problem.without(name), 5.0)
        if other.chosen is not None:
            found.append(name)
    if names and solve(replace(problem, must=np.zeros_like(problem.must)), 5.0).chosen is not None:
        found = [*names, *found]
    return found or [*names, *problem.names]
