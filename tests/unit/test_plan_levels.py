"""Plans for targets that each district, one district, or each building must reach."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from roofpv import targets
from roofpv.errors import InvalidConfig, InvalidRules
from roofpv.plan import Ask, districts, plan, plan_text
from roofpv.plan.solve import Solution
from roofpv.results import Result

NAN = float("nan")
RULE = """
id = "level"
status = "draft"
text = "x"
[[sources]]
title = "made for the test"
[[targets]]
id = "each"
level = "district"
threshold = 0.5
strength = "reach"
deadline = 2025-12-31
[targets.subject]
uses = ["school"]
unknown_completed = "counted"
[[targets.readings]]
id = "area"
default = true
metric = "area_ratio"
denominator = "gross_roof_area_m2"
variants = ["N1"]
default_variant = "N1"
[[targets.readings]]
id = "count"
metric = "count_ratio"
[[targets.readings]]
id = "institution"
metric = "institution_ratio"
denominator = "institution"
[[targets]]
id = "building"
level = "building"
threshold = 0.5
strength = "shall"
deadline = 2025-12-31
[targets.subject]
uses = ["school"]
unknown_completed = "counted"
[[targets.readings]]
id = "area"
default = true
metric = "area_ratio"
denominator = "gross_roof_area_m2"
variants = ["N1"]
default_variant = "N1"
[[targets]]
id = "large"
level = "building"
threshold = 1.0
strength = "shall"
deadline = 2025-12-31
[targets.subject]
uses = ["school"]
unknown_completed = "counted"
[[targets.subject.gates]]
column = "useful_floor_area_m2"
above = 100
[[targets.readings]]
id = "flag"
default = true
metric = "has_pv_flag"
"""
ASSUMED = {
    "finance.discount_rate": 0.06, "finance.om_fraction": 0.01, "finance.retail_cny_per_kwh": 0.45,
    "finance.export_cny_per_kwh": 0.18, "finance.self_use_fraction": None,
}  # fmt: skip
# id, district, institution, module area that fits, that is installed, CNY
ROWS = (
    ("a1", "A", "S1", 60.0, 0.0, 300.0),
    ("a2", "A", "S2", 60.0, 0.0, 200.0),
    ("a3", "A", "S3", 90.0, 60.0, 100.0),
    ("b1", "B", "S1", 80.0, 0.0, 400.0),
    ("b2", "B", "S4", 30.0, 0.0, 100.0),
    ("c1", "C", "S5", 20.0, 0.0, 50.0),
    ("c2", "C", "S6", 30.0, 0.0, 70.0),
    ("x1", " ", "S7", 90.0, 0.0, 10.0),
)


def _result(rows: Any = ROWS, rule: str = RULE) -> Result:
    names = ["building_id", "district", "institution", "module_area_m2", "there", "capex_cny"]
    table = pd.DataFrame(list(rows), columns=names)
    fits, there = table["module_area_m2"], table.pop("there")
    table = table.assign(
        name=None, use="school", ownership="public", completed=pd.Timestamp("2000-12-31"),
        exemption=None, status="assessed", layout="south", gross_roof_area_m2=100.0,
        kwp=fits / 5.0, ac_kwh=0.0, installed_kwp=there / 5.0, existing_pv_kwp=there / 5.0,
        existing_pv_area_m2=NAN, existing_module_area_m2=there, existing_ac_kwh=0.0,
        load_is_estimate=False,
    )  # fmt: skip
    values = [{"key": key, "value": value} for key, value in ASSUMED.items()]
    run = {"rule_texts": {"level": rule}, "assumptions": values}
    empty = pd.DataFrame()
    return Result(table, empty, None, None, [], empty, run)  # type: ignore[arg-type]


def _ids(result: Result, ask: Ask) -> list[str]:
    return plan(result, ask).roofs["building_id"].tolist()


def _each(**more: Any) -> Ask:
    return Ask("level/each", 2027, **more)


def _by_name(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["district"]: one for one in told["districts"]}


def test_each_district_is_planned_and_the_one_that_cannot_is_told():
    # A has 60 of 300 and needs 150: a1 or a2 add 60, a3 adds 30 for a third of its price.
    # B needs 100 of 200, and has it only with both; C has 50 at most of 200.
    made = plan(_result(), _each())
    told, of = made.told, _by_name(made.told)
    assert made.roofs["building_id"].tolist() == ["a2", "a3", "b1", "b2"]
    assert (told["reached"], told["districts_reached"], told["most_districts"]) == (False, 2, True)
    assert [of[name]["reached"] for name in "ABC"] == [True, True, False]
    assert [of[name]["reachable"] for name in "ABC"] == [True, True, False]
    assert of["A"]["value_after"] == pytest.approx(150.0 / 300.0)
    assert of["C"]["best_value"] == pytest.approx(50.0 / 200.0)
    assert of["C"]["misses"] == pytest.approx(100.0)
    assert of["A"]["capex_cny"] == pytest.approx(200.0 + 100.0 / 3.0)
    assert told["gap"] == 0.0
    assert told["bound_cny"] == pytest.approx(told["present_cost_cny"])
    json.dumps(told, allow_nan=False)


def test_the_evaluator_finds_the_districts_reached():
    result = _result()
    told = plan(result, _each()).told
    after = result.buildings.copy()
    chosen = after["building_id"].isin([one["building_id"] for one in told["roofs"]])
    after.loc[chosen, "existing_pv_kwp"] = after.loc[chosen, "kwp"]
    after.loc[chosen, "existing_module_area_m2"] = after.loc[chosen, "module_area_m2"]
    entries = targets.evaluate(after, [targets.parse_rule(RULE, "level")])
    met = {
        entry["district"]: entry["met"]
        for entry in entries
        if (entry["target"], entry["reading"], entry["state"]) == ("each", "area", "now")
    }
    assert met == {None: False, "A": True, "B": True, "C": False}
    assert {one["district"]: one["reached"] for one in told["districts"]} == {
        name: met[name] for name in "ABC"
    }


def test_where_all_can_the_target_is_reached():
    made = plan(_result(rows=ROWS[:5]), _each())
    assert (made.told["reached"], made.told["districts_reached"]) == (True, 2)
    assert "in each of the 2 districts" in "\n".join(plan_text(made.told))


def test_what_is_reached_already_takes_no_roof():
    rows = [("a", "A", "S", 90.0, 60.0, 9.0), ("b", "B", "S", 90.0, 60.0, 9.0)]
    made = plan(_result(rows=rows), _each())
    assert (made.told["already_met"], made.told["reached"], made.told["count"]) == (True, True, 0)
    assert all(one["already_met"] for one in made.told["districts"])


def test_an_institution_counts_in_each_of_its_districts():
    # S1 stands in A and in B, where S4 is cheaper.
    result = _result(rows=[ROWS[0], ROWS[3]])
    assert _ids(result, Ask("level/each/institution", 2027)) == ["a1", "b1"]


def _exhaustive(rows: Any, budget: float) -> tuple[int, float]:
    """Most districts that are reached, then least cost."""
    able = [row for row in rows if row[3] > row[4]]
    best = (0, 0.0)
    for size in range(len(able) + 1):
        for chosen in itertools.combinations(able, size):
            cost = sum(row[5] * (1.0 - row[4] / row[3]) for row in chosen)
            if cost > budget * (1.0 + 1e-9):
                continue
            done = 0
            for name in {row[1] for row in rows}:
                own = [row for row in rows if row[1] == name]
                area = sum(row[3] if row in chosen else row[4] for row in own)
                done += area >= 50.0 * len(own) - 1e-6
            best = max(best, (done, -cost))
    return best[0], -best[1]


@pytest.mark.parametrize("seed", range(40))
def test_as_many_districts_as_can_and_then_the_least_cost(seed):
    chance = np.random.default_rng(seed)
    rows = [
        (f"r{row}", "ABCD"[row % 4], "S", float(chance.integers(20, 99)), 0.0,
         float(chance.integers(10, 99)))
        for row in range(int(chance.integers(4, 11)))
    ]  # fmt: skip
    rows = [(*row[:4], min(row[3], 30.0) * (chance.random() < 0.3), row[5]) for row in rows]
    budget = float(chance.integers(0, 300))
    told = plan(_result(rows=rows), _each(budget_cny=budget)).told
    most, cost = _exhaustive(rows, budget)
    assert told["districts_reached"] == most
    assert told["most_districts"]
    assert told["present_cost_cny"] == pytest.approx(cost, abs=1e-6)
    assert told["gap"] == 0.0


def test_the_order_of_the_buildings_changes_nothing():
    turned = plan(_result(rows=ROWS[::-1]), _each(budget_cny=450.0))
    straight = plan(_result(), _each(budget_cny=450.0))
    assert json.dumps(turned.told) == json.dumps(straight.told)
    pd.testing.assert_frame_equal(turned.roofs, straight.roofs)


def test_musts_and_nevers_hold_in_every_district():
    made = plan(_result(), _each(must=("c1", "a1"), never=("a2",)))
    assert {"c1", "a1"} <= set(made.roofs["building_id"])
    assert not made.roofs["building_id"].isin(["a2"]).any()


def test_a_plan_cut_short_is_that_of_the_search_for_the_districts(monkeypatch):
    solved, calls = districts.solve, []

    def cut_short(problem, seconds, orders=(), accepted=0.0):
        calls.append(seconds)
        found = solved(problem, seconds, orders, accepted)
        if len(calls) == 2:
            return found
        return Solution(None, np.inf, found.bound, found.price)

    monkeypatch.setattr(districts, "solve", cut_short)
    told = plan(_result(), _each(budget_cny=300.0)).told
    assert told["districts_reached"] == 1
    assert told["gap"] >= 0.0
    assert sum(calls) == pytest.approx(30.0)
    assert "capex_cny" in json.dumps(told, allow_nan=False)


def test_one_district_alone_is_planned_as_a_list_of_its_own():
    alone = plan(_result(), _each(district="C"))
    assert alone.roofs["building_id"].tolist() == ["c1", "c2"], "the most gain"
    assert (alone.told["district"], alone.told["reached"]) == ("C", False)
    assert alone.told["best_value"] == pytest.approx(0.25)
    apart = plan(_result(rows=[row for row in ROWS if row[1] == "A"]), _each(district="A"))
    same = plan(_result(), _each(district="A"))
    assert {**same.told, "now": None} == {**apart.told, "now": None}
    assert same.told["now"]["value"] == pytest.approx(0.2)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_districts_in_words(language):
    rows = [
        *ROWS,
        ("d1", "D", "S", 90.0, 60.0, 9.0),
        ("e\x1b[31m", "E\x1b[31m", "S", 9.0, 0.0, 1.0),
    ]
    text = "\n".join(plan_text(plan(_result(rows=rows), _each(budget_cny=300.0)).told, language))
    assert "\x1b" not in text
    assert "$" not in text
    words = {
        "en": ["each district is to reach 50.00%", "in 2 of 5 districts; proven", "cannot reach",
               "not reached under these conditions", "reached already", "name it with --district"],
        "zh": ["各区县目标 50.00%", "5 个区县中 2 个可达标", "无法达到", "未达标", "已达标",
               "--district"],
    }[language]  # fmt: skip
    assert [word for word in words if word not in text] == []
    there = "\n".join(plan_text(plan(_result(), _each(district="A")).told, language))
    assert {"en": "in A alone", "zh": "仅 A"}[language] in there


def test_what_is_not_proven_is_not_said():
    told = plan(_result(), _each(budget_cny=300.0)).told
    text = "\n".join(plan_text(told | {"most_districts": False}))
    assert "that no plan reaches it in more is not proven" in text


def test_of_a_target_for_each_building_all_that_lack_are_planned():
    made = plan(_result(), Ask("level/building", 2027))
    assert made.roofs["building_id"].tolist() == ["a1", "a2", "b1", "x1"]
    told = made.told
    assert (told["unit"], told["now"]["numerator"], told["reached"]) == ("buildings", 1.0, False)
    assert (told["cannot_count"], told["cannot_ids"]) == (3, ["b2", "c1", "c2"])
    assert "3 buildings cannot reach it by the PV that fits: b2, c1, c2" in plan_text(told)
    assert "3 栋建筑仅靠可装的光伏无法达标：b2, c1, c2" in plan_text(told, "zh")
    few = plan(_result(), Ask("level/building", 2027, budget_cny=210.0))
    assert few.roofs["building_id"].tolist() == ["a2", "x1"], "as many buildings as money allows"


def test_a_subject_that_the_list_cannot_tell_is_refused_with_the_reason():
    with pytest.raises(InvalidConfig, match="the list lacks useful_floor_area_m2"):
        plan(_result(), Ask("level/large", 2027))
    known = _result()
    known.buildings["useful_floor_area_m2"] = 200.0
    assert "cannot_ids" in plan(known, Ask("level/large", 2027)).told


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"district": "Z"}, ["district Z: no building of the target lies there", "A, B, C"]),
        ({"district": "A", "must": ("b1",)}, ["must b1: the building does not lie in A"]),
        ({"must": ("x1",)}, ["must x1: the building lies in no district that the target asks"]),
        ({"must": ("q",)}, ["must q: no building has this id"]),
        ({"must": ("a1",), "budget_cny": 5.0}, ["the conditions contradict each other (must"]),
    ],
)
def test_a_wish_against_the_districts_is_refused(more, words):
    with pytest.raises(InvalidConfig) as told:
        plan(_result(), _each(**more))
    assert [word for word in words if word not in str(told.value)] == []


def test_nobody_in_any_district_is_refused():
    with pytest.raises(InvalidConfig, match="no building is in its subject"):
        plan(_result(rows=[ROWS[-1]]), _each())


@pytest.mark.parametrize("more", [{}, {"rules": ("{file}",)}])
def test_a_rule_that_was_not_judged_can_be_planned_for(tmp_path: Path, more: dict[str, Any]):
    file = tmp_path / "sub.d" / "other.toml"
    file.parent.mkdir()
    file.write_text(RULE.replace('"level"', '"other"'), encoding="utf-8")
    rules = tuple(one.format(file=file) for one in more.get("rules", ()))
    target = "other/each/area" if rules else f"{file}/each/area"
    told = plan(_result(), Ask(target, 2027, rules=rules)).told
    assert told["target"] == "other/each/area/N1"
    assert told["roofs"] == plan(_result(), _each()).told["roofs"]


def test_a_rule_that_is_given_comes_before_the_one_that_was_judged(tmp_path: Path):
    file = tmp_path / "own.toml"
    file.write_text(RULE.replace("0.5", "0.2"), encoding="utf-8")
    assert plan(_result(), _each(rules=(str(file),))).told["threshold"] == 0.2
    assert plan(_result(), _each()).told["threshold"] == 0.5


@pytest.mark.parametrize("target", ["gone.toml/each", "no/such/folder/gone.toml"])
def test_a_rule_file_that_is_absent_is_refused(target: str):
    with pytest.raises(InvalidRules, match="cannot be read"):
        plan(_result(), Ask(target, 2027))
