"""Part of a problem solved to the end by HiGHS, where it can be stopped."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from roofpv.plan import highs
from roofpv.plan.problem import Flags, Integers, Problem

# So many options are done before another process has started.
SMALL = 400
GRACE_S = 1.5


@dataclass(frozen=True)
class Answer:
    """Options chosen (none if no plan was found), a bound of the cost, and what is proven."""

    chosen: Integers | None
    value: float
    impossible: bool


def solve_part(
    problem: Problem, allowed: Flags, fixed: Integers, seconds: float, gap: float = 0.0
) -> Answer:
    """
    The best choice among some options, others taken already.

    Parameters
    ----------
    problem : Problem
    allowed : ndarray (option,)
        Options that may be chosen; their groups must have no option in ``fixed``.
    fixed : ndarray
        Options that are taken whatever happens.
    seconds : float
        Time limit; HiGHS is stopped after it even where it looks at no clock.
    gap : float
        Accepted gap of the cost of what is chosen here, relative.

    Returns
    -------
    Answer
        ``chosen`` includes the fixed options and holds every condition; ``value`` is a bound
        of the whole cost, -inf where none was found in time.
    """
    picked = np.flatnonzero(allowed)
    model = _model(problem, picked, fixed, gap)
    model["seconds"] = np.array(seconds)
    told = highs.run(model) if len(picked) <= SMALL else _elsewhere(model, seconds)
    if told is None or int(told["status"]) not in (highs.DONE, highs.STOPPED, highs.IMPOSSIBLE):
        return Answer(None, -np.inf, impossible=False)
    if int(told["status"]) == highs.IMPOSSIBLE:
        return Answer(None, np.inf, impossible=True)
    unit, base = float(model["unit"]), problem.total(fixed)
    taken = picked[np.flatnonzero(told["x"] > 0.5)]
    chosen = np.sort(np.concatenate((fixed, taken))).astype(np.int64)
    found = len(told["x"]) == len(picked) and problem.holds(chosen)
    return Answer(chosen if found else None, base + float(told["bound"]) * unit, impossible=False)


def _model(
    problem: Problem, picked: Integers, fixed: Integers, gap: float
) -> dict[str, np.ndarray]:
    """Scaled so that the absolute tolerances of HiGHS are far below ours."""
    unit = (float(np.abs(problem.cost[picked]).mean()) if len(picked) else 1.0) or 1.0
    unit /= 1e3
    scale = 1e4 / np.where(problem.limit > 0.0, problem.limit, 1.0)
    use = sparse.coo_array(sparse.diags_array(scale) @ problem.use[:, picked])
    left = (problem.limit - problem.sums(fixed)) * scale
    groups, number = np.unique(problem.group[picked], return_inverse=True)
    return {
        "cost": problem.cost[picked] / unit,
        "row": use.coords[0],
        "column": use.coords[1],
        "amount": use.data,
        "low": np.where(problem.at_least, left, -np.inf),
        "high": np.where(problem.at_least, np.inf, left),
        "group": number,
        "exactly": problem.must[groups],
        "gap": np.array(gap),
        "unit": np.array(unit),
    }


def _elsewhere(model: dict[str, np.ndarray], seconds: float) -> dict[str, np.ndarray] | None:
    """Run in another process, and end it if it does not end itself."""
    sent = io.BytesIO()
    highs.save(sent, model)
    try:
        done = subprocess.run(
            [sys.executable, "-m", highs.__name__],
            input=sent.getvalue(), capture_output=True, timeout=seconds + GRACE_S, check=False,
        )  # fmt: skip
    except (subprocess.TimeoutExpired, OSError):
        return None
    if done.returncode:
        return None
    return highs.load(done.stdout)
