"""What no plan can beat: the Lagrangian bound, and the prices that make it tight."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from roofpv.plan.problem import Flags, Floats, Integers, Problem
from roofpv.plan.smooth import smooth_prices

# Beyond so many options the simplex method is slower than the smooth climb.
WHOLE = 20_000
# Missing a condition by its whole limit costs as much as so many times everything together.
PENALTY = 20.0
_SLIGHT = 1e-7


@dataclass(frozen=True)
class Bound:
    """
    A lower bound of the cost, with the prices that prove it.

    ``value``: the bound; ``price`` (condition,): cost of one unit of each condition;
    ``reduced`` (option,): cost less what an option is worth at these prices; ``best`` (group,):
    the option that each group takes at these prices, -1 for none; ``margin`` (group,): by how
    much the next best is worse; ``missed``: whether the relaxed problem misses a condition.
    """

    value: float
    price: Floats
    reduced: Floats
    best: Integers
    margin: Floats
    missed: bool = False


def lagrangian(problem: Problem, price: Floats) -> Bound:
    """
    The bound that some prices prove, whatever they are.

    Parameters
    ----------
    problem : Problem
    price : ndarray (condition,)
        At least 0.

    References
    ----------
    .. [1] Geoffrion, "Lagrangean relaxation for integer programming", Mathematical Programming
       Study 2, 1974, :doi:`10.1007/BFb0120690`
    """
    sign = np.where(problem.at_least, 1.0, -1.0)
    worth = sign * price
    reduced = problem.cost - np.asarray(problem.use.T @ worth)
    least, best = _least(problem, reduced)
    others = reduced.copy()
    others[best[best >= 0]] = np.inf
    second, _ = _least(problem, others)
    idle = ~problem.must
    nothing = idle & (least >= 0.0)
    second = np.where(idle & ~nothing, np.minimum(second, 0.0), np.where(nothing, least, second))
    value = np.where(nothing, 0.0, least)
    return Bound(
        value=float(worth @ problem.limit + value.sum()),
        price=price,
        reduced=reduced,
        best=np.where(nothing, -1, best),
        margin=second - value,
    )


def relax(problem: Problem) -> Bound:
    """
    The best Lagrangian bound, or close to it.

    Linear programming for up to WHOLE options, beyond that a smooth climb.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    Bound
        Proven by its prices, whatever their source.
    """
    if not len(problem.cost) or not len(problem.limit):
        return lagrangian(problem, np.zeros(len(problem.limit)))
    if len(problem.cost) <= WHOLE:
        everyone = np.ones(len(problem.must), dtype=np.bool_)
        _, price, missed = _program(problem, everyone, problem.limit)
        return replace(lagrangian(problem, price), missed=missed and _out_of_reach(problem))
    found = lagrangian(problem, smooth_prices(problem))
    # A bound above what all options together can cost is one that no plan can meet.
    return replace(found, missed=found.value > _dearest(problem))


def fixed_choice(bound: Bound, core: Flags) -> Integers:
    """Options that the groups outside the core take at the prices of a bound."""
    taken = bound.best[~core]
    return taken[taken >= 0]


def core_of(bound: Bound, size: int) -> Flags:
    """The groups whose choice is most in doubt."""
    order = np.argsort(bound.margin, kind="stable")
    core = np.zeros(len(bound.margin), dtype=np.bool_)
    core[order[:size]] = True
    return core


def _dearest(problem: Problem) -> float:
    """More than any choice can cost."""
    return float(np.maximum(problem.cost, 0.0).sum()) * (1.0 + 1e-9)


def _out_of_reach(problem: Problem) -> bool:
    """Whether not even parts of options meet the conditions, whatever they cost."""
    free = replace(problem, cost=np.zeros_like(problem.cost))
    return _program(free, np.ones(len(problem.must), dtype=np.bool_), problem.limit)[2]


def _least(problem: Problem, reduced: Floats) -> tuple[Floats, Integers]:
    """Least reduced cost of each group, and its option; infinite and -1 without options."""
    groups = len(problem.must)
    least, best = np.full(groups, np.inf), np.full(groups, -1, dtype=np.int64)
    if len(reduced):
        filled, starts = np.unique(problem.group, return_index=True)
        least[filled] = np.minimum.reduceat(reduced, starts)
        at_least = np.flatnonzero(reduced == least[problem.group])
        best[problem.group[at_least[::-1]]] = at_least[::-1]
    return least, best


def _program(problem: Problem, groups: Flags, limit: Floats) -> tuple[float, Floats, bool]:
    """Least relaxed cost of some groups, the prices, and whether a condition is missed."""
    picked = np.flatnonzero(groups[problem.group])
    cost_unit = float(np.abs(problem.cost).mean()) or 1.0
    unit = np.where(problem.limit > 0.0, problem.limit, 1.0)
    sign = np.where(problem.at_least, -1.0, 1.0)
    use = sparse.csr_array(problem.use[:, picked])
    rows = sparse.diags_array(sign / unit) @ use
    slack = -sparse.eye_array(len(unit))
    costs = problem.cost[picked] / cost_unit
    penalty = PENALTY * max(1.0, float(np.abs(problem.cost).sum()) / cost_unit)
    one, exactly = _one_each(problem, picked, groups)
    empty = sparse.csr_array((one.shape[0], len(unit)))
    top = sparse.hstack([rows, slack])
    some, all_of = np.flatnonzero(~exactly), np.flatnonzero(exactly)
    both = sparse.hstack([one, empty], format="csr")
    ends = np.concatenate((np.ones(len(picked)), np.full(len(unit), np.inf)))
    done = linprog(
        np.concatenate((costs, np.full(len(unit), penalty))),
        A_ub=sparse.vstack([top, both[some]], format="csr"),
        b_ub=np.concatenate((sign * limit / unit, np.ones(len(some)))),
        A_eq=both[all_of] if len(all_of) else None,
        b_eq=np.ones(len(all_of)) if len(all_of) else None,
        bounds=np.column_stack((np.zeros(len(ends)), ends)),
        method="highs-ds",
    )
    if done.x is None:
        return np.inf, np.zeros(len(unit)), True
    marginals = done.ineqlin.marginals[: len(unit)]
    price = np.maximum(-marginals, 0.0) * cost_unit / unit
    missing = done.x[len(picked) :]
    return (
        float(done.x[: len(picked)] @ problem.cost[picked]),
        price,
        bool((missing > _SLIGHT).any()),
    )


def _one_each(problem: Problem, picked: Integers, groups: Flags) -> tuple[sparse.csr_array, Flags]:
    """One row for each group that needs one, and whether it takes exactly one option."""
    counts = np.bincount(problem.group[picked], minlength=len(problem.must))
    needs = groups & (counts > 0) & ((counts > 1) | problem.must)
    number = np.cumsum(needs) - 1
    columns = np.flatnonzero(needs[problem.group[picked]])
    rows = number[problem.group[picked[columns]]]
    shape = (int(needs.sum()), len(picked))
    one = sparse.csr_array((np.ones(len(columns)), (rows, columns)), shape=shape)
    return one, problem.must[needs]
