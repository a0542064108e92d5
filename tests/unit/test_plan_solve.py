"""The solver against exhaustive search, against a greedy pass, and on a large problem."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import sparse

from roofpv.plan import exact, highs
from roofpv.plan.bound import lagrangian, relax
from roofpv.plan.problem import Condition, build
from roofpv.plan.repair import by_ratio, fill
from roofpv.plan.smooth import smooth_prices
from roofpv.plan.solve import solve


def _random(seed, roofs=None, years=None):
    """Roofs of some layouts and years, under a target, a minimum, budgets and installers."""
    rng = np.random.default_rng(seed)
    kinds = years or int(rng.integers(1, 4))
    count = roofs or int(rng.integers(3, {1: 17, 2: 10, 3: 8}[kinds]))
    each = np.arange(count).repeat(kinds)
    size = rng.lognormal(0.0, 0.8, count)
    capex = (size * rng.uniform(2.5, 3.5, count)).repeat(kinds)
    cost = capex * np.tile(1.06 ** -np.arange(float(kinds)), count)
    cost = cost * rng.uniform(0.97, 1.03, count * kinds) if seed % 4 == 1 else cost
    gain = np.ones(count) if seed % 3 == 0 else size.round(int(seed % 2) + 1) + 0.1
    gain = gain.repeat(kinds)
    year = np.tile(np.arange(kinds), count)
    place = rng.integers(0, 2, count).repeat(kinds)
    total = gain.sum() / kinds
    asked = [
        Condition("target", gain, float(rng.uniform(0.2, 0.8) * total), at_least=True),
        Condition(
            "min a", gain * (place == 0), float(rng.uniform(0.0, 0.2) * total), at_least=True
        ),
        Condition("budget", capex, float(rng.uniform(0.3, 1.0) * capex.sum() / kinds)),
        *(
            Condition(
                f"budget {y}", capex * (year == y), float(capex.sum() / kinds / (kinds - 0.2))
            )
            for y in range(kinds)
        ),
        Condition("grid", size.repeat(kinds) * (place == 1), float(0.4 * size.sum())),
    ]
    if seed % 5 == 0:
        cost, asked = -gain, asked[1:]
    return build(cost, each, rng.random(count) < 0.08, asked)[0]


def _exhaustive(problem):
    """Least cost over every choice, infinite if none holds."""
    cost = np.zeros(1)
    sums = np.zeros((1, len(problem.limit)))
    columns = problem.use.toarray().T
    for group, must in enumerate(problem.must):
        own = np.flatnonzero(problem.group == group)
        more = np.concatenate(([] if must else [0.0], problem.cost[own]))
        add = np.concatenate((np.zeros((0 if must else 1, len(problem.limit))), columns[own]))
        cost = (cost[:, None] + more).ravel()
        sums = (sums[:, None, :] + add).reshape(-1, len(problem.limit))
    slack = 1e-9 * np.abs(problem.limit)
    met = np.where(problem.at_least, sums >= problem.limit - slack, sums <= problem.limit + slack)
    held = met.all(axis=1)
    return float(cost[held].min()) if held.any() else np.inf


@pytest.mark.parametrize("block", range(10))
def test_the_optimum_of_200_random_cases(block):
    for seed in range(20 * block, 20 * block + 20):
        problem = _random(seed)
        best = _exhaustive(problem)
        found = solve(problem, 20.0)
        if np.isinf(best):
            assert found.chosen is None, seed
            assert found.impossible, seed
            continue
        assert problem.holds(found.chosen), seed
        assert found.cost == pytest.approx(best, rel=1e-9), seed
        assert found.gap == 0.0, seed
        greedy = fill(problem, by_ratio(problem, np.ones(len(problem.cost))))
        assert greedy is None or found.cost <= problem.total(greedy) + 1e-9


def test_any_prices_prove_a_bound():
    for seed in range(20):
        problem = _random(seed)
        best = _exhaustive(problem)
        prices = np.random.default_rng(seed).uniform(0.0, 2.0, len(problem.limit))
        assert lagrangian(problem, prices).value <= best + 1e-9
        assert lagrangian(problem, smooth_prices(problem)).value <= best + 1e-9
        assert relax(problem).missed <= np.isinf(best)


def test_the_smooth_climb_comes_to_the_linear_program():
    problem = _random(7, roofs=5000, years=3)
    straight = relax(problem)
    climbed = lagrangian(problem, smooth_prices(problem))
    assert climbed.value <= straight.value * (1.0 + 1e-9)
    assert climbed.value == pytest.approx(straight.value, rel=1e-4)


def test_a_large_problem_has_a_small_gap():
    problem = _random(4, roofs=45_000, years=1)
    found = solve(problem, 20.0, (by_ratio(problem, np.ones(len(problem.cost))),))
    assert problem.holds(found.chosen)
    assert found.gap <= 5e-3
    assert found.bound <= found.cost


def test_a_large_problem_that_cannot_be_met_is_seen_at_once():
    problem = _random(4, roofs=25_000, years=1)
    beyond = problem.limit.copy()
    beyond[0] *= 10.0
    impossible = build(
        problem.cost, problem.group, problem.must,
        [
            Condition(name, problem.use[[row]].toarray()[0], float(limit), bool(lower))
            for row, (name, limit, lower) in enumerate(
                zip(problem.names, beyond, problem.at_least, strict=True)
            )
        ],
    )[0]  # fmt: skip
    found = solve(impossible, 20.0)
    assert found.chosen is None
    assert found.impossible
    assert found.gap == np.inf


def test_the_other_process_finds_the_same(monkeypatch):
    problem = _random(6)
    here = solve(problem, 20.0)
    monkeypatch.setattr(exact, "SMALL", 0)
    there = solve(problem, 20.0)
    assert here.cost == there.cost
    assert here.chosen.tolist() == there.chosen.tolist()


def test_what_does_not_end_is_ended(monkeypatch, tmp_path):
    module = tmp_path / "sleeper.py"
    module.write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(exact, "SMALL", 0)
    monkeypatch.setattr(exact, "GRACE_S", 0.2)
    monkeypatch.setattr(highs, "__name__", "sleeper")
    problem = _random(6)
    began = time.monotonic()
    none = np.zeros(0, dtype=np.int64)
    answer = exact.solve_part(problem, np.ones(len(problem.cost), dtype=bool), none, 0.2)
    assert time.monotonic() - began < 10.0
    assert (answer.chosen, answer.value, answer.impossible) == (None, -np.inf, False)


def test_a_process_that_fails_is_no_answer(monkeypatch):
    monkeypatch.setattr(exact, "SMALL", 0)
    monkeypatch.setattr(highs, "__name__", "no_such_module")
    problem = _random(6)
    none = np.zeros(0, dtype=np.int64)
    answer = exact.solve_part(problem, np.ones(len(problem.cost), dtype=bool), none, 5.0)
    assert answer.chosen is None


def test_highs_writes_nothing_on_our_stdout(capfd):
    solve(_random(6), 20.0)
    assert capfd.readouterr().out == ""


def test_nothing_to_choose_from():
    asked = Condition("target", np.zeros(0), 1.0, at_least=True)
    empty, nothing = np.zeros(0), np.zeros(0, dtype=np.int64)
    free = build(empty, nothing, np.zeros(0, dtype=bool), [])[0]
    assert solve(free, 5.0).chosen.tolist() == []
    wanted = build(empty, nothing, np.zeros(0, dtype=bool), [asked])[0]
    assert solve(wanted, 5.0).chosen is None


def test_a_must_without_any_option_left_is_impossible():
    limit = Condition("budget", np.array([5.0, 1.0]), 2.0)
    group = np.array([0, 1])
    problem, kept = build(np.array([5.0, 1.0]), group, np.array([True, False]), [limit])
    assert kept.tolist() == [1]
    assert solve(problem, 5.0).impossible


def test_without_drops_one_condition():
    problem = _random(6)
    other = problem.without(problem.names[0])
    assert other.names == problem.names[1:]
    assert sparse.issparse(other.use)
    assert other.use.shape[0] == len(other.limit) == len(problem.limit) - 1
