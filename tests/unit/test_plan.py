"""Plans on a small list of buildings: each reading, each condition, each refusal."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from roofpv import targets
from roofpv.errors import InvalidConfig
from roofpv.plan import Ask, plan, plan_text
from roofpv.results import Result

NAN = float("nan")
RULE = """
id = "city"
status = "draft"
text = "x"
[[sources]]
title = "made for the test"
[[targets]]
id = "T"
threshold = 0.5
strength = "reach"
deadline = 2025-12-31
[targets.subject]
uses = ["school", "hospital"]
unknown_completed = "counted"
[[targets.readings]]
id = "count"
default = true
metric = "count_ratio"
[[targets.readings]]
id = "area"
metric = "area_ratio"
denominator = "gross_roof_area_m2"
variants = ["N1", "N3"]
default_variant = "N1"
[[targets.readings]]
id = "floor"
metric = "floor_area_ratio"
denominator = "floor_area_m2"
[[targets.readings]]
id = "institution"
metric = "institution_ratio"
denominator = "institution"
[[targets.readings]]
id = "energy"
metric = "energy_share"
denominator = "load_kwh"
"""
# id, district, use, institution, kwp, installed kWp
ROWS = (
    ("a1", "A", "school", "S1", 10.0, 0.0),
    ("a2", "A", "school", "S1", 20.0, 0.0),
    ("a3", "A", "school", "S2", 30.0, 0.0),
    ("a4", "A", "hospital", "H1", 40.0, 10.0),
    ("b1", "B", "school", "S3", 50.0, 0.0),
    ("b2", "B", "hospital", "H2", 60.0, 0.0),
    ("b3", "B", "hospital", "H3", 0.0, 0.0),
    ("b4", "B", "school", "S4", 15.0, 0.0),
    ("x1", "B", "residential", "X", 99.0, 0.0),
    ("x2", "B", "school", "X", 99.0, 0.0),
    ("x3", "B", "school", "X", NAN, 0.0),
)
ASSUMED = {
    "finance.discount_rate": 0.06, "finance.om_fraction": 0.01, "finance.retail_cny_per_kwh": 0.45,
    "finance.export_cny_per_kwh": 0.18, "finance.self_use_fraction": None,
}  # fmt: skip


def _result(rows=ROWS, order=None, **assumed: Any) -> Result:
    names = ["building_id", "district", "use", "institution", "kwp", "installed_kwp"]
    table = pd.DataFrame(list(rows), columns=names)
    kwp, there = table["kwp"], table["installed_kwp"]
    table = table.assign(
        name="=" + table["building_id"], ownership="public", completed=pd.Timestamp("2000-12-31"),
        exemption=None, status="assessed", layout="south", ac_kwh=kwp * 1400.0,
        capex_cny=kwp * 3000.0, floor_area_m2=1000.0, gross_roof_area_m2=200.0, load_kwh=60000.0,
        load_is_estimate=False, existing_pv_kwp=there, existing_pv_area_m2=NAN,
        existing_ac_kwh=there * 1400.0, transformer=(["t1", "t2"] * 6)[: len(kwp)],
        **dict.fromkeys(("module_area_m2", "array_field_area_m2"), kwp * 5.0),
        **{f"existing_{n}": there * 5.0 for n in ("module_area_m2", "array_field_area_m2")},
    )  # fmt: skip
    table.loc[table["building_id"] == "x2", "exemption"] = "heritage"
    if order is not None:
        table = table.iloc[order]
    values = [{"key": key, "value": value} for key, value in (ASSUMED | assumed).items()]
    run = {"rule_texts": {"city": RULE}, "assumptions": values}
    empty = pd.DataFrame()
    return Result(table, empty, None, None, [], empty, run)  # type: ignore[arg-type]


def _ask(reading: str = "count", **more: Any) -> Ask:
    return Ask(f"city/T/{reading}", **({"by": 2027} | more))


def _ids(result: Result, ask: Ask) -> list[str]:
    return plan(result, ask).roofs["building_id"].tolist()


def test_the_cheapest_roofs_are_counted():
    # 1 of 9 has PV; 4.5 are needed: 4 more of the smallest. x1 is no school, x2 is exempt.
    made = plan(_result(), _ask())
    assert made.roofs["building_id"].tolist() == ["a1", "a2", "a3", "b4"]
    told = made.told
    assert told["now"] == {"numerator": 1.0, "denominator": 9.0, "value": 1 / 9}
    assert (told["reached"], told["numerator_after"], told["gap"]) == (True, 5.0, 0.0)
    assert told["capex_cny"] == pytest.approx(75.0 * 3000.0)
    assert told["bound_cny"] == pytest.approx(told["present_cost_cny"])
    assert told["greedy"]["saving_cny"] >= 0.0
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize("reading", ["count", "area", "area/N3", "floor", "institution", "energy"])
def test_the_evaluator_finds_the_target_reached(reading):
    result = _result()
    made = plan(result, _ask(reading))
    after = result.buildings.copy()
    chosen = after["building_id"].isin(made.roofs["building_id"])
    after.loc[chosen, "existing_pv_kwp"] = after.loc[chosen, "kwp"]
    for name in ("module_area_m2", "array_field_area_m2", "ac_kwh"):
        after.loc[chosen, f"existing_{name}"] = after.loc[chosen, name]
    name, _, variant = reading.partition("/")
    (entry,) = [
        one
        for one in targets.evaluate(after, [targets.parse_rule(RULE, "city")])
        if one["reading"] == name and one["state"] == "now" and one["district"] is None
        and one["numerator_variant"] in (None, variant or "N1")
    ]  # fmt: skip
    assert entry["met"] is made.told["reached"] is True
    assert entry["numerator"] == pytest.approx(made.told["numerator_after"])
    assert entry["denominator"] == made.told["now"]["denominator"]


def test_one_building_counts_for_its_institution():
    # 1 of 8 institutions has PV, 4 are needed: S1 by its smaller roof, S4 and S2.
    assert _ids(_result(), _ask("institution")) == ["a1", "a3", "b4"]
    assert _ids(_result(), _ask("institution", must=("a2",))) == ["a2", "a3", "b4"]
    assert _ids(_result(), _ask("institution", must=("a1", "a2"))) == ["a1", "a2", "a3", "b4"]


def test_what_is_installed_costs_and_counts_no_second_time():
    made = plan(_result(), _ask("area", must=("a4",)))
    extended = made.roofs.set_index("building_id").loc["a4"]
    assert extended["kwp"] == pytest.approx(30.0)
    assert extended["capex_cny"] == pytest.approx(90_000.0)
    assert extended["gain"] == pytest.approx(150.0)


def test_the_order_of_the_buildings_changes_nothing():
    ask = _ask("area", start=2026, budget_cny_per_year=400_000.0)
    first = plan(_result(), ask)
    other = plan(_result(order=list(range(len(ROWS)))[::-1]), ask)
    pd.testing.assert_frame_equal(first.roofs, other.roofs)
    assert first.told == other.told


def test_conditions_hold_and_are_told():
    ask = _ask(
        "area", start=2025, budget_cny=2e6, budget_cny_per_year=250_000.0, kwp_per_year=80.0,
        minimum={"A": 0.2, "hospital": 0.1}, max_kwp={"B": 100.0}, never=("b2",), must=("b1",),
    )  # fmt: skip
    made = plan(_result(), ask)
    roofs = made.roofs
    assert set(roofs["building_id"]).isdisjoint({"b2"})
    assert "b1" in set(roofs["building_id"])
    per_year = roofs.groupby("year")[["capex_cny", "kwp"]].sum()
    assert (per_year["capex_cny"] <= 250_000.0).all()
    assert (per_year["kwp"] <= 80.0).all()
    assert set(per_year.index) <= {2025, 2026, 2027}
    assert roofs.loc[roofs["district"] == "B", "kwp"].sum() <= 100.0
    names = [one["name"] for one in made.told["conditions"]]
    assert {"min A", "min hospital", "budget", "budget 2025", "kwp 2027", "grid B"} <= set(names)


def test_waiting_is_dear_where_energy_is_worth_more_than_interest():
    ask = _ask(start=2025)
    assert set(plan(_result(), ask).roofs["year"]) == {2025}
    worthless = {"finance.export_cny_per_kwh": 0.0}
    assert set(plan(_result(**worthless), ask).roofs["year"]) == {2027}


def test_the_grid_counts_what_is_installed():
    # District A has 10 kWp already: 25 more fit under 35.
    made = plan(_result(), _ask(max_kwp={"A": 35.0}))
    assert made.roofs.loc[made.roofs["district"] == "A", "kwp"].sum() <= 25.0
    both = plan(_result(), _ask(max_kwp={"transformer": 30.0}))
    assert {"grid t1", "grid t2"} <= {one["name"] for one in both.told["conditions"]}
    one = plan(_result(), _ask(max_kwp={"transformer:t1": 30.0}))
    assert "grid t2" not in {c["name"] for c in one.told["conditions"]}


def test_out_of_reach_is_told_with_what_binds():
    made = plan(_result(), _ask(budget_cny=100_000.0))
    told = made.told
    # 33 kWp: a1 and b4 or a1 and a2, the cheaper.
    assert made.roofs["building_id"].tolist() == ["a1", "b4"]
    assert (told["reached"], told["misses"], told["bound_gain"]) == (False, 2.0, 2.0)
    assert told["binding"] == ["budget"]
    assert "out of reach" in "\n".join(plan_text(told))
    everything = plan(_result(), _ask("energy", never=("b1", "b2")))
    assert everything.told["reached"] is False
    assert everything.told["binding"] == []
    assert plan_text(everything.told)[-1].startswith("no condition binds: every roof")


@pytest.mark.parametrize(
    ("wanted", "name", "said"),
    [
        ({"budget_cny": 1.0}, "budget", "预算"),
        ({"budget_cny": 0.0}, "budget", "预算"),
        ({"max_kwp": {"A": 10.5, "B": 0.0}}, "grid A", "电网容量 A"),
        ({"kwp_per_year": 0.1}, "kwp 2027", "年安装容量 2027"),
    ],
)
def test_a_limit_below_any_single_roof_binds(wanted, name, said):
    told = plan(_result(), _ask(**wanted)).told
    assert told["reached"] is False
    assert name in told["binding"]
    assert said in plan_text(told, "zh")[-1]
    assert (
        told["candidates"] > 0
        or f"没有可选屋顶：每处屋顶单独即超出限值（{said}" in plan_text(told, "zh")[2]
    )


def test_the_strength_of_the_rule_is_told():
    told = plan(_result(), _ask()).told
    for strength, said in (("strive", "(strive: no obligation)"), ("shall", "(shall)")):
        assert said in plan_text(told | {"strength": strength})[0]


def test_reached_already_takes_no_roof():
    rows = [(*row[:5], row[4]) if row[0] != "x1" else row for row in ROWS]
    told = plan(_result(rows), _ask()).told
    assert (told["already_met"], told["count"], told["reached"]) == (True, 0, True)
    assert plan_text(told)[1].startswith("reached already")


def test_a_building_is_not_equipped_before_it_stands():
    result = _result()
    result.buildings.loc[result.buildings["building_id"] == "a1", "completed"] = pd.Timestamp(
        "2026-06-30"
    )
    roofs = plan(result, _ask(start=2025)).roofs.set_index("building_id")
    assert roofs.loc["a1", "year"] == 2026


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_plan_in_words(language):
    lines = plan_text(plan(_result(), _ask("area", start=2026)).told, language)
    assert "city/T/area/N1" in lines[0]
    assert not any("$" in line for line in lines)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"budget_cny": -1.0}, "budget_cny: -1 is not 0 or more"),
        ({"budget_cny_per_year": NAN}, "budget_cny_per_year: nan is not 0 or more"),
        ({"kwp_per_year": -2.0}, "kwp_per_year: -2 is not"),
        ({"max_kwp": {"A": -3.0}}, "max_kwp A: -3 is not"),
        ({"minimum": {"A": 50.0}}, "minimum A: 50 is no share"),
        ({"time_limit_s": 0.0}, "time_limit_s: 0 is not above 0"),
        ({"must": ("a1",), "never": ("a1",)}, "a1: the building stands in both"),
        ({"by": 27}, "by: 27 is no year"),
        ({"start": 2028}, "from: 2028 is after 2027"),
        ({"start": 1950}, "from: 78 years, 30 at most"),
    ],
)
def test_an_impossible_wish_is_refused(more, words):
    with pytest.raises(InvalidConfig, match=words):
        _ask(**more)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"must": ("zz",)}, "must zz: no building has this id"),
        ({"never": ("zz",)}, "never zz: no building has this id"),
        ({"must": ("x1",)}, "must x1: the building is not in the subject"),
        ({"must": ("x2",)}, "must x2: the building is exempt"),
        ({"must": ("b3",)}, "must b3: no PV fits"),
        ({"must": ("a4",)}, "must a4: the building adds nothing"),
        ({"minimum": {"C": 0.1}}, "min C: no district or use"),
        ({"minimum": {"hospital": 0.9}}, "min hospital: 90.0% asked, 66.7% with every roof"),
        ({"max_kwp": {"C": 1.0}}, "max-kwp C: no such district or column"),
        ({"max_kwp": {"transformer:t9": 1.0}}, "max-kwp transformer:t9: no building has"),
        ({"must": ("b1",), "budget_cny": 100.0}, r"contradict each other \(must, budget\)"),
        ({"must": ("a2", "a3"), "budget_cny": 1e5}, r"contradict each other \(must, budget\)"),
        ({"minimum": {"A": 0.75}, "budget_cny": 5e4}, r"contradict each other \(min A, budget\)"),
    ],
)
def test_a_wish_against_the_buildings_is_refused(more, words):
    with pytest.raises(InvalidConfig, match=words):
        plan(_result(), _ask(**more))


def test_a_building_that_was_not_assessed_cannot_be_a_must():
    result = _result()
    result.buildings.loc[0, "status"] = "excluded"
    with pytest.raises(InvalidConfig, match="must a1: the building was not assessed"):
        plan(result, _ask(must=("a1",)))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("town/T", "target town: no rule has this id"),
        ("city", "names no target"),
        ("city/U", "no target 'U'"),
        ("city/T/other", "no reading 'other'"),
        ("city/T/area/N2", "no variant 'N2'. area has N1, N3"),
        ("city/T/count/N1", "no variant 'N1'. count has none"),
    ],
)
def test_an_unknown_target_is_refused(target, words):
    with pytest.raises(InvalidConfig, match=words):
        plan(_result(), Ask(target, 2027))


def test_a_schedule_that_has_not_begun_is_refused():
    result = _result()
    later = "[[targets.schedule]]\ndate = 2030-01-01\nvalue = 0.5\n[targets.subject]"
    rule = RULE.replace("threshold = 0.5\n", "").replace("[targets.subject]", later)
    result.run["rule_texts"]["city"] = rule
    with pytest.raises(InvalidConfig, match="no share is asked for by 2027-12-31"):
        plan(result, _ask())
    assert plan(result, _ask(by=2031)).told["reached"] is True


def test_a_strict_target_is_exceeded():
    result = _result(ROWS[:8])
    assert plan(result, _ask()).told["numerator_after"] == 4.0
    strict = RULE.replace("threshold = 0.5\n", "threshold = 0.5\nstrict = true\n")
    result.run["rule_texts"]["city"] = strict
    for reading, least in (("count", 5.0), ("area", 0.5 * 1600.0)):
        told = plan(result, _ask(reading)).told
        assert told["reached"] is True
        assert told["numerator_after"] >= least


def test_a_target_without_buildings_is_refused():
    result = _result([row for row in ROWS if row[2] == "residential"])
    with pytest.raises(InvalidConfig, match="no building is in its subject"):
        plan(result, _ask())


def test_a_rule_of_the_library_is_known():
    result = _result()
    for name in ("projected_module_area_m2", "existing_projected_module_area_m2"):
        result.buildings[name] = 0.0
    result.buildings["installable_area_m2"] = 100.0
    told = plan(result, Ask("shizuishan-2025/B", 2027)).told
    assert told["target"] == "shizuishan-2025/B/B1"
    assert np.isfinite(told["now"]["value"])
