"""The choice as numbers: options in groups, one a group at most, under linear conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# A target reached to one part in a thousand million is reached, as in the verdicts.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Condition:
    """One linear condition: the sum over the options taken is at least, or at most, a limit."""

    name: str
    amounts: Floats
    limit: float
    at_least: bool = False


@dataclass(frozen=True)
class Problem:
    """
    Least cost over options, under conditions.

    Parameters
    ----------
    cost : ndarray (option,)
    group : ndarray (option,)
        Number of the group of each option, rising from 0 without a hole.
    must : ndarray (group,)
        Groups of which exactly one option is taken; of the others one at most.
    use : csr_array (condition, option)
        What an option adds to the sum of a condition; never below 0.
    limit : ndarray (condition,)
    at_least : ndarray (condition,)
        True where the sum has to reach the limit, False where it must not exceed it.
    names : tuple of str
        Name of each condition.
    """

    cost: Floats
    group: Integers
    must: Flags
    use: sparse.csr_array
    limit: Floats
    at_least: Flags
    names: tuple[str, ...]

    @property
    def starts(self) -> Integers:
        """First option of each group."""
        return np.searchsorted(self.group, np.arange(len(self.must))).astype(np.int64)

    def total(self, chosen: Integers) -> float:
        """Cost of some options."""
        return float(self.cost[chosen].sum())

    def sums(self, chosen: Integers) -> Floats:
        """What some options add up to, by condition."""
        taken = np.zeros(len(self.cost))
        taken[chosen] = 1.0
        return np.asarray(self.use @ taken, dtype=np.float64)

    def short(self, chosen: Integers) -> Floats:
        """By how much each condition is missed; 0 where it holds."""
        sums = self.sums(chosen)
        missed = np.where(self.at_least, self.limit - sums, sums - self.limit)
        return np.where(missed > TOLERANCE * np.abs(self.limit), missed, 0.0)

    def holds(self, chosen: Integers) -> bool:
        """Whether options are one a group at most, with all musts, and meet every condition."""
        per_group = np.bincount(self.group[chosen], minlength=len(self.must))
        once = bool((per_group <= 1).all() and (per_group[self.must] == 1).all())
        return once and not self.short(chosen).any()

    def without(self, name: str) -> Problem:
        """The same without one condition."""
        keep = np.array([other != name for other in self.names], dtype=np.bool_)
        return replace(
            self,
            use=self.use[np.flatnonzero(keep)],
            limit=self.limit[keep],
            at_least=self.at_least[keep],
            names=tuple(other for other in self.names if other != name),
        )


def build(
    cost: Floats, group: Integers, must: Flags, conditions: Sequence[Condition]
) -> tuple[Problem, Integers]:
    """
    Put a problem together, without the options that exceed a limit on their own.

    Parameters
    ----------
    cost : ndarray (option,)
    group : ndarray (option,)
        Number of the group of each option, rising from 0.
    must : ndarray (group,)
    conditions : sequence of Condition

    Returns
    -------
    (Problem, ndarray (option of the problem,))
        The problem, and which of the options given each of its options is. A must group keeps
        its place though it may have lost all its options; other empty groups are gone.
    """
    fits = np.ones(len(cost), dtype=np.bool_)
    for one in conditions:
        if not one.at_least:
            fits &= one.amounts <= one.limit * (1.0 + TOLERANCE)
    kept = np.flatnonzero(fits)
    alive = must.copy()
    alive[group[kept]] = True
    number = np.cumsum(alive) - 1
    rows = [sparse.csr_array(one.amounts[kept][None, :]) for one in conditions]
    use = sparse.vstack(rows, format="csr") if rows else sparse.csr_array((0, len(kept)))
    problem = Problem(
        cost=cost[kept],
        group=number[group[kept]].astype(np.int64),
        must=must[alive],
        use=use,
        limit=np.array([one.limit for one in conditions], dtype=np.float64),
        at_least=np.array([one.at_least for one in conditions], dtype=np.bool_),
        names=tuple(one.name for one in conditions),
    )
    return problem, kept.astype(np.int64)
