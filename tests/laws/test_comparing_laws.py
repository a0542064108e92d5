"""Laws of a comparison: parts add up, to and fro are opposite, the order of rows is nothing."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
import pytest
from comparemaker import LIST, OTHER, made, result

from roofpv.comparing import compare
from roofpv.comparing.exact import difference, on_grid, steps

PAIRS = {
    "list": lambda: (result(), result(OTHER)),
    "list, assumption": lambda: (result(), made(OTHER, values={"losses.soiling": 0.2})),
    "list, weather, day": lambda: (
        result(site="dawukou"),
        made(OTHER, site="huinong", values={"targets.as_of": "2024-06-30"}),
    ),
    "layout": lambda: (result(), made(values={"layout.flat_tilt": 5.0})),
}


@pytest.mark.parametrize("name", PAIRS)
def test_parts_add_up_to_the_last_bit(name):
    told = compare(*PAIRS[name]()).told
    assert any(one["parts"] for one in told["totals"].values())
    for one in told["totals"].values():
        for order in itertools.permutations(one["parts"].values()):
            assert sum(order, 0.0) == one["difference"] == one["b"] - one["a"]
        assert sum(map(Fraction, one["parts"].values())) == Fraction(one["difference"])
    for one in told["targets"]:
        for what, parts in one["parts"].items():
            sides = [one[side][what] for side in ("a", "b")]
            near = 1e-12 * max(map(abs, sides))
            assert abs(one["difference"][what] - (sides[1] - sides[0])) <= near
            assert sum(map(Fraction, parts.values())) == Fraction(one["difference"][what])
            assert difference(parts) == one["difference"][what]


@pytest.mark.parametrize("name", PAIRS)
def test_back_again_is_the_opposite(name):
    before, after = PAIRS[name]()
    there, back = compare(before, after).told, compare(after, before).told
    for total in there["totals"]:
        forth, return_ = there["totals"][total], back["totals"][total]
        assert forth["difference"] == -return_["difference"]
        assert forth["a"] == return_["b"]
    assert there["counts"]["new"] == back["counts"]["gone"]
    assert there["causes"]["buildings"] == back["causes"]["buildings"]
    newly = {(e["rule"], e["target"], e["reading"], e["numerator_variant"], e["state"]): e["newly"]
             for e in there["compliance"]}  # fmt: skip
    lost = {(e["rule"], e["target"], e["reading"], e["numerator_variant"], e["state"]): e["lost"]
            for e in back["compliance"]}  # fmt: skip
    assert newly == lost


def test_the_order_of_rows_changes_nothing():
    before, after = result(), result(OTHER)
    turned = [
        dataclasses.replace(
            one, buildings=one.buildings[::-1].reset_index(drop=True),
            planes=one.planes[::-1].reset_index(drop=True),
        )
        for one in (before, after)
    ]  # fmt: skip
    straight, other = compare(before, after), compare(*turned)
    assert straight.told == other.told
    assert straight.buildings.equals(other.buildings)


def test_every_changed_building_has_a_cause_and_no_other_is_listed():
    before, after = result(), made(OTHER, values={"losses.soiling": 0.2})
    found = compare(before, after)
    assert (found.buildings["causes"] != "").all()
    listed = int((found.buildings["change"] == "changed").sum())
    assert listed == found.told["counts"]["changed"]
    assert sum(found.told["causes"]["buildings"].values()) == listed


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e15])
def test_differences_on_the_grid_are_exact(scale):
    random = np.random.default_rng(7)
    states = on_grid((random.random(9) * scale).tolist())
    parts = [b - a for a, b in itertools.pairwise(states)]
    assert sum(map(Fraction, parts)) == Fraction(states[-1]) - Fraction(states[0])
    for order in itertools.islice(itertools.permutations(parts), 500):
        assert sum(order) == states[-1] - states[0]


def test_steps_of_one_name_are_one():
    assert steps(["a", "b", "a"], [0.0, 1.0, 3.0, 7.0]) == {"a": 5.0, "b": 2.0}
    assert steps(["a"], [2.0, 2.0]) == {}
    assert on_grid([0.0, 0.0]) == [0.0, 0.0]
    assert LIST != OTHER
