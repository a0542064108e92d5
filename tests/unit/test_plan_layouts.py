"""Plans over layouts: against every choice there is, what they tell, and what they leave alone."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from roofpv.errors import InvalidConfig
from roofpv.plan import Ask, layout_question, plan, plan_text
from roofpv.plan.alternatives import undominated, worth_of_lost
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
threshold = 0.4
strength = "reach"
deadline = 2025-12-31
[targets.subject]
uses = ["school", "hospital"]
unknown_completed = "counted"
[[targets.readings]]
id = "area"
default = true
metric = "area_ratio"
denominator = "gross_roof_area_m2"
variants = ["N1", "N2", "N3"]
default_variant = "N1"
[[targets.readings]]
id = "count"
metric = "count_ratio"
[[targets.readings]]
id = "institution"
metric = "institution_ratio"
denominator = "institution"
[[targets.readings]]
id = "energy"
metric = "energy_share"
denominator = "load_kwh"
[[targets]]
id = "each"
level = "building"
threshold = 0.4
strength = "reach"
deadline = 2025-12-31
[targets.subject]
uses = ["school", "hospital"]
unknown_completed = "counted"
[[targets.readings]]
id = "covered"
default = true
metric = "area_ratio"
denominator = "gross_roof_area_m2"
variants = ["N1", "N2"]
default_variant = "N1"
"""
ASSUMED = {
    "finance.discount_rate": 0.06, "finance.om_fraction": 0.01, "finance.retail_cny_per_kwh": 0.45,
    "finance.export_cny_per_kwh": 0.18, "finance.self_use_fraction": None,
    "finance.life_years": 25.0, "losses.degradation_per_year": 0.005,
}  # fmt: skip
AREAS = ("module_area_m2", "projected_module_area_m2", "array_field_area_m2")
# Tilt, kWh per kWp, capacity against the steepest, field against the modules.
KINDS = {
    "south_racks_30": (30.0, 1420.0, 1.0, 2.1),
    "south_racks_15": (15.0, 1370.0, 1.3, 1.6),
    "flat": (0.0, 1230.0, 1.8, 1.1),
}
READINGS = ("area", "area/N2", "area/N3", "count", "institution", "energy")


def laid(kwp: float, kind: str) -> dict[str, Any]:
    """Numbers of a roof of that capacity in the steepest layout."""
    tilt, specific, more, field = KINDS[kind]
    kwp = round(kwp * more, 2)
    area = kwp * 4.5
    lost = kwp * (1420.0 - specific)
    return {
        "layout": kind, "kwp": kwp, "ac_kwh": kwp * specific, "capex_cny": kwp * 3000.0,
        "layout_lost_kwh": lost, "module_area_m2": area, "array_field_area_m2": area * field,
        "projected_module_area_m2": area * np.cos(np.radians(tilt)),
    }  # fmt: skip


def city(kwp, own, kinds=3, installed=None) -> tuple[Result, pd.DataFrame]:
    """Buildings in the layouts ``own``, and all of their layouts."""
    count = len(kwp)
    ids = [f"b{i}" for i in range(count)]
    there = np.zeros(count) if installed is None else np.asarray(installed, float)
    rows = [
        {"building_id": one} | laid(size, list(KINDS)[kind])
        for one, size, kind in zip(ids, kwp, own, strict=True)
    ]
    table = pd.DataFrame(rows).assign(
        name=ids, district=(["A", "B"] * count)[:count],
        use=(["school", "hospital"] * count)[:count],
        institution=[f"I{i // 2}" for i in range(count)], ownership="public",
        completed=pd.Timestamp("2000-12-31"), exemption=None, status="assessed",
        floor_area_m2=1000.0, gross_roof_area_m2=300.0, load_kwh=60000.0, load_is_estimate=False,
        existing_pv_kwp=there, installed_kwp=there, existing_pv_area_m2=NAN,
        existing_ac_kwh=there * 1400.0, **{f"existing_{name}": there * 4.5 for name in AREAS},
    )  # fmt: skip
    table["layout_lost_kwh"] = NAN
    values = [{"key": key, "value": value} for key, value in ASSUMED.items()]
    run = {"rule_texts": {"city": RULE}, "assumptions": values}
    empty = pd.DataFrame()
    result = Result(table, empty, None, None, [], empty, run)  # type: ignore[arg-type]
    layouts = pd.DataFrame(
        [
            {"building_id": one} | laid(size, kind)
            for one, size, pv in zip(ids, kwp, there, strict=True)
            if not pv
            for kind in list(KINDS)[:kinds]
        ]
    )
    return result, layouts


def gain(one: dict[str, Any], reading: str) -> float:
    column = {"area": AREAS[0], "area/N2": AREAS[1], "area/N3": AREAS[2], "energy": "ac_kwh"}
    return float(one[column[reading]]) if reading in column else 1.0


def least_cost(result, layouts, ask: Ask) -> float:
    """Over every choice of roof, layout and year, by sums written out anew; inf if none holds."""
    reading = ask.target.removeprefix("city/T/")
    need = 0.4 * {"count": 1.0, "energy": 60000.0}.get(reading, 300.0) * len(result.buildings)
    if reading == "count":
        need = np.ceil(need - 1e-9)
    life = sum(0.995 ** (y - 1) / 1.06**y for y in range(1, 26)) * 0.18
    years = len(ask.years)
    # Cost, gain, investment, capacity in B and in each year of every choice so far.
    sums = np.zeros((1, 4 + years))
    for number, (_, rows) in enumerate(layouts.groupby("building_id")):
        own = [np.zeros(4 + years)]
        for one in rows.to_dict("records"):
            earned = max(one["ac_kwh"] * 0.18 - 0.01 * one["capex_cny"], 0.0)
            for wait in range(years):
                cost = (one["capex_cny"] + one["layout_lost_kwh"] * life) * 1.06**-wait
                cost += earned * sum(1.06**-y for y in range(wait))
                by_year = one["kwp"] * (np.arange(years) == wait)
                in_b = one["kwp"] * (number % 2)
                own.append([cost, gain(one, reading), one["capex_cny"], in_b, *by_year])
        sums = (sums[:, None, :] + np.array(own)).reshape(-1, 4 + years)
    limits = [np.inf if ask.budget_cny is None else ask.budget_cny, ask.max_kwp.get("B", np.inf)]
    limits += [np.inf if ask.kwp_per_year is None else ask.kwp_per_year] * years
    held = (sums[:, 1] >= need * (1.0 - 1e-9)) & (
        sums[:, 2:] <= np.array(limits) * (1.0 + 1e-9)
    ).all(axis=1)
    return float(sums[held, 0].min()) if held.any() else np.inf


@pytest.mark.parametrize("block", range(10))
def test_the_optimum_over_layouts_of_200_random_cases(block):
    for seed in range(20 * block, 20 * block + 20):
        rng = np.random.default_rng(seed)
        kinds, years = int(rng.integers(2, 4)), int(rng.integers(1, 3))
        count = int(rng.integers(3, {(2, 1): 9, (3, 1): 9, (2, 2): 8, (3, 2): 7}[kinds, years]))
        kwp = rng.uniform(8.0, 40.0, count).round(1)
        result, layouts = city(kwp, rng.integers(0, kinds, count), kinds)
        most = layouts.groupby("building_id")["kwp"].max().sum()
        ask = Ask(
            f"city/T/{('area', 'area/N2', 'area/N3', 'count', 'energy')[seed % 5]}", 2027,
            2028 - years,
            budget_cny=float(most * rng.uniform(1200.0, 3000.0)) if seed % 2 else None,
            kwp_per_year=float(most * rng.uniform(0.5, 0.9)) if seed % 3 == 0 else None,
            max_kwp={"B": float(most * rng.uniform(0.2, 0.5))} if seed % 4 == 0 else {},
        )  # fmt: skip
        best = least_cost(result, layouts, ask)
        told = plan(result, ask, layouts).told
        assert told["reached"] == bool(np.isfinite(best)), seed
        if told["reached"]:
            assert told["present_cost_cny"] == pytest.approx(best, rel=1e-9), seed
            assert told["gap"] == 0.0, seed
        ids = [one["building_id"] for one in told["roofs"]]
        assert len(ids) == len(set(ids)), seed


@pytest.mark.parametrize("reading", READINGS)
def test_more_layouts_never_cost_more(reading):
    result, layouts = city([20.0, 25.0, 30.0, 12.0, 18.0, 22.0], [0] * 6)
    ask = Ask(f"city/T/{reading}", 2027)
    few = plan(result, ask, layouts[layouts["layout"] == "south_racks_30"]).told
    many = plan(result, ask, layouts).told
    assert few["reached"] <= many["reached"]
    if few["reached"]:
        assert many["present_cost_cny"] <= few["present_cost_cny"] * (1.0 + 1e-9)


def test_a_lower_tilt_reaches_what_the_steep_rows_cannot():
    # 4 x 18 kWp x 4.5 m2 are 324 m2 of the 480 m2 that 40 % of 4 x 300 m2 ask for.
    result, layouts = city([18.0] * 4, [0] * 4)
    ask = Ask("city/T/area", 2027)
    alone = plan(result, ask).told
    assert alone["reached"] is False
    made = plan(result, ask, layouts)
    assert made.told["reached"] is True
    assert set(made.roofs["layout"]) & {"flat", "south_racks_15"}
    chosen = layouts.merge(made.roofs[["building_id", "layout"]])
    lost = made.roofs.set_index("building_id")["energy_lost_kwh"]
    expected = chosen.set_index("building_id")["layout_lost_kwh"]
    assert lost.sort_index().to_dict() == pytest.approx(expected.sort_index().to_dict())
    told = made.told["layouts"]
    assert told["energy_lost_kwh"] == pytest.approx(float(lost.sum()))
    assert told["given_up_cny"] == pytest.approx(
        made.told["present_cost_cny"] - made.told["capex_cny"]
    )
    assert told["changed"] == int((made.roofs["layout"] != "south_racks_30").sum())
    json.dumps(made.told, allow_nan=False)


def test_buildings_that_pass_one_by_one_take_the_layout_that_passes():
    # 40 % of 300 m2 are 120 m2: 26.7 kWp of modules.
    result, layouts = city([30.0, 22.0, 16.0, 5.0], [0] * 4)
    made = plan(result, Ask("city/each", 2027, must=("b1", "b2")), layouts)
    roofs = made.roofs.set_index("building_id")
    assert roofs["layout"].to_dict() == {
        "b0": "south_racks_30", "b1": "south_racks_15", "b2": "flat"
    }  # fmt: skip
    assert made.told["reached"] is False
    assert made.told["numerator_after"] == 3.0


def test_an_institution_counts_once_whatever_the_layouts():
    result, layouts = city([10.0, 20.0, 30.0, 12.0], [2] * 4)
    ask = Ask("city/T/institution", 2027)
    made = plan(result, ask, layouts)
    assert made.roofs["building_id"].tolist() == ["b0"]
    assert made.roofs["layout"].tolist() == ["south_racks_30"]
    both = plan(result, Ask("city/T/institution", 2027, must=("b0", "b1")), layouts)
    assert both.roofs["building_id"].tolist() == ["b0", "b1"]
    assert both.told["gain"] == 1.0


def test_a_roof_with_pv_keeps_its_layout():
    result, layouts = city([18.0] * 4, [0] * 4, installed=[5.0, 0.0, 0.0, 0.0])
    made = plan(result, Ask("city/T/area", 2027, must=("b0",)), layouts)
    kept = made.roofs.set_index("building_id").loc["b0"]
    assert kept["layout"] == "south_racks_30"
    assert kept["kwp"] == pytest.approx(13.0)
    assert np.isnan(kept["energy_lost_kwh"])


def test_the_order_of_buildings_and_layouts_changes_nothing():
    result, layouts = city([20.0, 25.0, 30.0, 12.0, 18.0, 22.0], [0, 1, 2, 0, 1, 2])
    ask = Ask("city/T/area", 2027, 2026)
    first = plan(result, ask, layouts)
    result.buildings[:] = result.buildings.iloc[::-1].to_numpy()
    other = plan(result, ask, layouts.iloc[::-1])
    pd.testing.assert_frame_equal(first.roofs, other.roofs)
    assert first.told == other.told


def test_which_targets_depend_on_the_layout():
    result, _ = city([20.0, 25.0], [0, 0], installed=[3.0, 0.0])
    for reading, decides in zip(READINGS, (True, True, True, False, False, True), strict=True):
        asked = layout_question(result, Ask(f"city/T/{reading}", 2027))
        assert asked.decides is decides, reading
        assert asked.building_ids == ["b1"]
    never = layout_question(result, Ask("city/T/area", 2027, never=("b1",)))
    assert never.building_ids == []
    with pytest.raises(InvalidConfig, match="no target 'U'"):
        layout_question(result, Ask("city/U", 2027))


def test_what_is_given_up_is_worth_its_energy_over_the_life():
    table = pd.DataFrame({"energy_lost_kwh": [0.0, 1000.0, NAN]})
    worth = worth_of_lost(table, ASSUMED | {"finance.life_years": 2.0})
    year = 1000.0 * 0.18
    assert worth.tolist() == pytest.approx([0.0, year / 1.06 + year * 0.995 / 1.06**2, 0.0])
    own = ASSUMED | {"finance.life_years": 1.0, "finance.self_use_fraction": 1.0}
    assert worth_of_lost(table, own)[1] == pytest.approx(450.0 / 1.06)


def test_only_needless_options_are_dropped():
    rows = [
        # building, year, gain, capex, kwp, cost
        ("a", 2026, 2.0, 5.0, 1.0, 5.0),
        ("a", 2026, 2.0, 5.0, 1.0, 6.0),  # dearer
        ("a", 2026, 1.0, 4.0, 1.0, 5.0),  # less investment
        ("a", 2026, 1.0, 5.0, 1.0, 5.0),  # adds less
        ("a", 2027, 1.0, 5.0, 1.0, 5.0),  # another year
        ("b", 2026, 1.0, 5.0, 1.0, 5.0),
        ("b", 2026, 1.0, 5.0, 1.0, 5.0),  # the same again
        ("b", 2026, 3.0, 5.0, 2.0, 4.0),  # more capacity
    ]
    names = ["building_id", "year", "gain", "capex_cny", "kwp", "cost"]
    kept = undominated(pd.DataFrame(rows, columns=names))
    assert kept.tolist() == [True, False, True, False, True, True, False, True]
    assert undominated(pd.DataFrame([], columns=names)).tolist() == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_layouts_in_words(language):
    result, layouts = city([18.0] * 4, [0] * 4)
    layouts.attrs["energy"] = "steps"
    lines = "\n".join(plan_text(plan(result, Ask("city/T/area", 2027), layouts).told, language))
    assert {"en": "flat ", "zh": "平铺 "}[language] in lines
    assert "0.02" in lines
    assert "$" not in lines
    without = plan(result, Ask("city/T/area", 2027)).told
    assert "layouts" not in without
