"""A target that every district must reach: one plan for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from roofpv.errors import InvalidConfig
from roofpv.plan.ask import Ask
from roofpv.plan.candidates import candidates, settings
from roofpv.plan.conditions import conditions
from roofpv.plan.goal import Goal, Share
from roofpv.plan.making import (
    NOTHING,
    Made,
    Parts,
    by_year,
    by_yield,
    contradiction,
    empty,
    parts_of,
)
from roofpv.plan.problem import TOLERANCE, Condition, Integers
from roofpv.plan.repair import by_ratio, fill
from roofpv.plan.solve import solve
from roofpv.results import Result
from roofpv.targets.measure import numbers

# Parts of the time limit: all districts, then which of them, then those at least cost.
_ALL, _WHICH = 0.5, 0.25


@dataclass(frozen=True)
class District:
    """
    One district.

    ``share``: now; ``need``: what its numerator lacks; ``most``: what all its roofs would add.
    """

    name: str
    share: Share
    need: float
    most: float

    @property
    def reachable(self) -> bool:
        """Whether its roofs suffice, whatever they cost."""
        return self.most >= self.need * (1.0 - TOLERANCE)

    @property
    def condition(self) -> str:
        """Name of the condition that its target is."""
        return f"target {self.name}"


@dataclass(frozen=True)
class MadeForDistricts:
    """
    A plan for every district.

    ``made``: the roofs of least cost for those districts that can reach the target together;
    ``districts``: all of them; ``proven``: that no plan reaches more of them.
    """

    made: Made
    districts: tuple[District, ...]
    proven: bool


def make_for_districts(
    result: Result, ask: Ask, goal: Goal, layouts: pd.DataFrame | None = None
) -> MadeForDistricts:
    """
    Choose the roofs and years of least cost that reach the target in each district.

    Where its own roofs do not suffice a district is left out. Where the other conditions do not
    let all the rest reach the target, as many of them as can do so are planned.

    Parameters
    ----------
    result : Result
    ask : Ask
    goal : Goal
        Of the city.
    layouts : DataFrame (building and layout,), optional
        From ``layout_candidates``.

    Raises
    ------
    InvalidConfig
        An impossible wish, or conditions that contradict each other.
    """
    goals = [goal.within(name) for name in goal.rows.places.names]
    goals = [one for one in goals if one.share().denominator > 0.0]
    if not goals:
        raise empty(goal)
    options = _options(goals, ask, layouts)
    table = by_year(options, ask, settings(result), layouts is not None)
    districts = tuple(_measured(one, options) for one in goals)
    wanted = [one for one in districts if one.need > 0.0 and one.reachable]
    fixed = conditions(goal, ask, table, 0.0)
    need = sum(one.need for one in districts)
    blank = parts_of(table, fixed).problem()[0]
    made = Made(ask, goal, goal.share(), need, table, blank, NOTHING, None, reached=True)
    found = _least_cost(made, [*_targets(wanted, table), *fixed], _ALL)
    if found.solution.chosen is not None:
        return MadeForDistricts(found, districts, proven=True)
    kept, chosen, proven = _as_many_as_can(made, wanted, fixed)
    found = _least_cost(made, [*_targets(kept, table), *fixed], 1.0 - _ALL - _WHICH, chosen)
    return MadeForDistricts(found, districts, proven)


def _options(goals: Sequence[Goal], ask: Ask, layouts: pd.DataFrame | None) -> pd.DataFrame:
    """Candidates of each district by itself, so that an institution counts in each of its own."""
    tables = []
    everyone = goals[0].buildings["building_id"].astype(str)
    home = goals[0].buildings["district"].set_axis(everyone)
    for goal in goals:
        there = [name for name in ask.must if name not in home or home[name] == goal.district]
        own = candidates(goal, there, ask.never, layouts)
        tables.append(own.assign(group=f"{goal.district} " + own["group"]))
    table = pd.concat(tables, ignore_index=True)
    nowhere = sorted(set(ask.must) - set(table["building_id"]))
    if nowhere:
        raise InvalidConfig(
            f"must {nowhere[0]}",
            "the building lies in no district that the target asks",
            "Take it out of the must-have buildings",
        )
    return table


def _measured(goal: Goal, options: pd.DataFrame) -> District:
    share = goal.share()
    need = share.lacks(goal.threshold, counts=goal.counts, strict=goal.limit.strict)
    own = options[(options["district"] == goal.district).to_numpy(dtype=np.bool_)]
    most = own.groupby("group")["gain"].max().sum()
    return District(str(goal.district), share, need, float(most))


def _targets(districts: Sequence[District], table: pd.DataFrame) -> list[Condition]:
    gain, where = numbers(table["gain"]), table["district"].to_numpy(dtype=object)
    return [
        Condition(one.condition, gain * (where == one.name), one.need, at_least=True)
        for one in districts
    ]


def _least_cost(
    made: Made, wanted: Sequence[Condition], part: float, first: Integers | None = None
) -> Made:
    """Solve for the least cost; options ``first`` of the table are tried before others."""
    problem, kept = parts_of(made.table, wanted).problem()
    table = made.table.iloc[kept].reset_index(drop=True)
    order = by_yield(table, problem)
    orders = [order, by_ratio(problem, numbers(table["gain"]))]
    if first is not None:
        orders.append(np.argsort(~np.isin(kept, first), kind="stable").astype(np.int64))
    solution = solve(problem, made.ask.time_limit_s * part, tuple(orders), made.ask.gap)
    if solution.chosen is None and first is not None:
        chosen = np.flatnonzero(np.isin(kept, first)).astype(np.int64)
        solution = replace(solution, chosen=chosen, cost=problem.total(chosen))
    greedy = fill(problem, order)
    return replace(made, table=table, problem=problem, solution=solution, greedy=greedy)


def _as_many_as_can(
    made: Made, wanted: Sequence[District], fixed: Sequence[Condition]
) -> tuple[list[District], Integers, bool]:
    """
    Districts that can reach the target together: as many as possible, then at least cost.

    Each may be given up by an option of its own that does what it needs, at a cost above all else.
    """
    parts = parts_of(made.table, [*_targets(wanted, made.table), *fixed])
    dearest = pd.Series(parts.cost).groupby(parts.groups).max().sum()
    penalty = 2.0 * float(dearest) + 1.0
    problem, kept = _with_ways_out(parts, wanted, penalty).problem()
    order = np.argsort(problem.cost, kind="stable").astype(np.int64)
    solution = solve(problem, made.ask.time_limit_s * _WHICH, (order,))
    if solution.chosen is None:
        raise contradiction(parts_of(made.table, fixed))
    taken = kept[solution.chosen]
    given_up = {int(one) - len(parts.cost) for one in taken[taken >= len(parts.cost)]}
    still = [one for place, one in enumerate(wanted) if place not in given_up]
    proven = solution.bound > (len(given_up) - 1) * penalty + float(dearest)
    return still, taken[taken < len(parts.cost)], proven


def _with_ways_out(parts: Parts, wanted: Sequence[District], penalty: float) -> Parts:
    count, groups = len(wanted), len(parts.must)
    needs = {one.condition: (place, one.need) for place, one in enumerate(wanted)}
    grown = []
    for one in parts.conditions:
        more = np.zeros(count)
        if one.name in needs:
            place, need = needs[one.name]
            more[place] = need
        grown.append(replace(one, amounts=np.concatenate([one.amounts, more])))
    return Parts(
        np.concatenate([parts.cost, np.full(count, penalty)]),
        np.concatenate([parts.groups, groups + np.arange(count, dtype=np.int64)]),
        np.concatenate([parts.must, np.zeros(count, dtype=np.bool_)]),
        tuple(grown),
    )
