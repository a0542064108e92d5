"""
A plan for many roofs under many side conditions: seconds, proven gap, and whether all hold.

Made roofs in six districts and four uses; the target, a minimum in each district and use, what
the grid of each district takes, and a budget and the installers' capacity in each year. With
``--layouts 3`` every roof has three layouts to choose from: steep rows, lower and closer ones that
hold more modules and make less of each, and flat ones; of a count those that cover enough.
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
# Capacity of the layouts of a roof against the first, and what each makes less per kWp.
MORE_KWP, LESS_KWH = (1.0, 1.3, 1.8), (0.0, 0.03, 0.12)
# Worth of the energy of a year over the life of a roof, and share of it that counts as covered.
LIFE_CNY_PER_KWH, ENOUGH = 2.2, 0.5


def made(
    count: int, years: int, kind: str, seed: int, layouts: int = 1
) -> tuple[Problem, Integers]:
    """A problem, and its options by yield per yuan."""
    rng = np.random.default_rng(seed)
    area = rng.lognormal(6.0, 1.0, count)
    kwp = area * 0.1 * rng.uniform(0.5, 1.0, count)
    capex = kwp * 3000.0 * rng.uniform(0.8, 1.2, count)
    kwh = kwp * rng.normal(1450.0, 80.0, count)
    powers = 1.06 ** -np.arange(float(years))
    lost = np.concatenate(([0.0], np.cumsum(powers)[:-1]))
    place, uses = rng.integers(0, DISTRICTS, count), rng.integers(0, USES, count)
    musts = rng.random(count) < 0.001
    gain = np.ones(count) if kind == "count" else area * 0.5
    group, given_up = np.arange(count), np.zeros(count)
    if layouts > 1:
        more, less = np.tile(MORE_KWP[:layouts], count), np.tile(LESS_KWH[:layouts], count)
        group, area, capex, kwp, kwh = (
            values.repeat(layouts) for values in (group, area, capex, kwp, kwh)
        )
        capex, kwp = capex * more, kwp * more
        given_up = LIFE_CNY_PER_KWH * kwh * more * less
        kwh = kwh * more * (1.0 - less)
        gain = kwp * 5.0
        if kind == "count":
            # The fullest layout always counts, or a must would have no option.
            gain = ((gain >= ENOUGH * area) | (more == MORE_KWP[layouts - 1])).astype(float)
            kept = np.flatnonzero(gain > 0.0)
            group, capex, kwp, kwh, given_up, gain = (
                values[kept] for values in (group, capex, kwp, kwh, given_up, gain)
            )
    options = len(group)
    cost = ((capex + given_up)[:, None] * powers + 0.25 * kwh[:, None] * lost).ravel()
    year = np.tile(np.arange(years), options)
    group, capex, kwp, kwh, gain = (
        values.repeat(years) for values in (group, capex, kwp, kwh, gain)
    )
    district, use = place[group], uses[group]
    part, room = (0.3, 0.3) if kind == "count" else (0.3, 0.5)
    budget = (0.09 if kind == "count" else 0.45) * capex.sum() * count / len(group)

    def least(name: str, where: np.ndarray, share: float) -> Condition:
        total = float(gain[where].sum()) * count / len(group)
        return Condition(name, gain * where, share * total, at_least=True)

    asked = [least("target", np.ones(len(gain), dtype=bool), part)]
    asked += [least(f"min {d}", district == d, 0.2 + 0.03 * d) for d in range(DISTRICTS)]
    asked += [least(f"min use {u}", use == u, 0.22) for u in range(USES)]
    for d in range(DISTRICTS):
        there = kwp * (district == d)
        asked.append(Condition(f"grid {d}", there, room * float(there.sum()) * count / len(group)))
    for y in range(years):
        at = year == y
        asked.append(Condition(f"budget {y}", capex * at, 0.9 * budget / years))
        asked.append(Condition(f"kwp {y}", kwp * at, 0.95 * budget / years / 3000.0))
    problem, kept = build(cost, group, musts, asked)
    return problem, by_ratio(problem, kwh[kept] * problem.cost / capex[kept])


def run(count: int, years: int, kind: str, seconds: float, layouts: int) -> dict[str, Any]:
    """One case."""
    problem, order = made(count, years, kind, 1, layouts)
    began = time.perf_counter()
    found = solve(problem, seconds, (order,))
    wall = time.perf_counter() - began
    greedy = fill(problem, order)
    chosen = found.chosen if found.chosen is not None else np.zeros(0, dtype=np.int64)
    holds = found.chosen is not None and problem.holds(chosen)
    return {
        "candidates": count,
        "layouts": layouts,
        "options": len(problem.cost),
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
    parser.add_argument("--layouts", type=int, choices=(1, 2, 3), default=1, help="of a roof")
    asked = parser.parse_args(arguments)
    cases = [
        run(asked.candidates, years, kind, asked.time_limit, asked.layouts)
        for kind in ("area", "count")
        for years in (1, 3)
    ]
    print(json.dumps({"bar_s": BAR_S, "bar_gap": BAR_GAP, "cases": cases}, indent=1))
    return 0 if all(case["reached"] for case in cases) else 1


if __name__ == "__main__":
    sys.exit(main())
