"""
A plan for many roofs under many side conditions: seconds, proven gap, and whether all hold.

Made roofs in six districts and four uses; the target, a minimum in each district and use, what
the grid of each district takes, and a budget and the installers' capacity in each year.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import numpy as np
import record

from roofpv.plan.problem import Condition, Integers, Problem, build
from roofpv.plan.repair import by_ratio, fill
from roofpv.plan.solve import solve

DISTRICTS, USES = 6, 4
BAR_S, BAR_GAP = 30.0, 0.005


def made(count: int, years: int, kind: str, seed: int) -> tuple[Problem, Integers]:
    """A problem, and its options by yield per yuan."""
    rng = np.random.default_rng(seed)
    area = rng.lognormal(6.0, 1.0, count)
    kwp = area * 0.1 * rng.uniform(0.5, 1.0, count)
    capex = kwp * 3000.0 * rng.uniform(0.8, 1.2, count)
    kwh = kwp * rng.normal(1450.0, 80.0, count)
    powers = 1.06 ** -np.arange(float(years))
    lost = np.concatenate(([0.0], np.cumsum(powers)[:-1]))
    cost = (capex[:, None] * powers + 0.25 * kwh[:, None] * lost).ravel()
    gain = (np.ones(count) if kind == "count" else area * 0.5).repeat(years)
    year = np.tile(np.arange(years), count)
    district = rng.integers(0, DISTRICTS, count).repeat(years)
    use = rng.integers(0, USES, count).repeat(years)
    capex, kwp, kwh = (values.repeat(years) for values in (capex, kwp, kwh))
    part, room = (0.3, 0.3) if kind == "count" else (0.3, 0.5)
    budget = (0.09 if kind == "count" else 0.45) * capex.sum() / years

    def least(name: str, where: np.ndarray, share: float) -> Condition:
        total = float(gain[where].sum()) / years
        return Condition(name, gain * where, share * total, at_least=True)

    asked = [least("target", np.ones(len(gain), dtype=bool), part)]
    asked += [least(f"min {d}", district == d, 0.2 + 0.03 * d) for d in range(DISTRICTS)]
    asked += [least(f"min use {u}", use == u, 0.22) for u in range(USES)]
    for d in range(DISTRICTS):
        there = kwp * (district == d)
        asked.append(Condition(f"grid {d}", there, room * float(there.sum()) / years))
    for y in range(years):
        at = year == y
        asked.append(Condition(f"budget {y}", capex * at, 0.9 * budget / years))
        asked.append(Condition(f"kwp {y}", kwp * at, 0.95 * budget / years / 3000.0))
    group = np.arange(count).repeat(years)
    problem, kept = build(cost, group, rng.random(count) < 0.001, asked)
    return problem, by_ratio(problem, kwh[kept] * problem.cost / capex[kept])


def run(count: int, years: int, kind: str, seconds: float) -> dict[str, Any]:
    """One case."""
    problem, order = made(count, years, kind, 1)
    began = time.perf_counter()
    found = solve(problem, seconds, (order,))
    wall = time.perf_counter() - began
    greedy = fill(problem, order)
    chosen = found.chosen if found.chosen is not None else np.zeros(0, dtype=np.int64)
    holds = found.chosen is not None and problem.holds(chosen)
    return {
        "candidates": count,
        "years": years,
        "kind": kind,
        "conditions": len(problem.limit),
        "seconds": round(wall, 2),
        "roofs": len(chosen),
        "gap": found.gap if holds else None,
        "all_hold": holds,
        "saving_over_greedy": None if greedy is None else 1.0 - found.cost / problem.total(greedy),
        "reached": bool(holds and wall <= BAR_S and found.gap <= BAR_GAP),
        "disturbed": record.busy(),
    }


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON document; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--time-limit", type=float, default=30.0, help="of a case [s]")
    asked = parser.parse_args(arguments)
    cases = [
        run(asked.candidates, years, kind, asked.time_limit)
        for kind in ("area", "count")
        for years in (1, 3)
    ]
    print(json.dumps({"bar_s": BAR_S, "bar_gap": BAR_GAP, "cases": cases}, indent=1))
    return 0 if all(case["reached"] for case in cases) else 1


if __name__ == "__main__":
    sys.exit(main())
