"""Money of districts and city: sums of flows, not means of roofs."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from roofpv.assessment import assess
from roofpv.assumptions import Assumptions, from_values
from roofpv.finance import terms_of
from roofpv.finance.cashflow import Roofs, appraise, cash_flows
from roofpv.placemoney import place_money
from roofpv.report import summary

ROWS = pd.DataFrame(
    {
        "building_id": list("abcd"),
        "district": ["N", "S", "N", "S"],
        "use": ["school", "hospital", "government", "unknown"],
        "roof_area_m2": [900.0, 1200.0, 2000.0, 700.0],
        "floor_area_m2": [3600.0, 6000.0, 9000.0, np.nan],
        "annual_load_kwh": [90_000.0, 400_000.0, 0.0, np.nan],
        "lon": 106.4,
        "lat": 39.0,
    }
)
COSTS = {"finance.costs": "ningxia-2026", "finance.tariff": "ningxia-general"}


@pytest.fixture(scope="module")
def result():
    return assess(ROWS, assumptions=from_values(COSTS, "test"), rules=[])


def by_name(result):
    return {one["district"]: one for one in result.run["money"]["places"]}


def test_the_city_comes_first_and_is_written_as_json(result):
    places = result.run["money"]["places"]
    assert [one["district"] for one in places] == [None, "N", "S"]
    assert json.loads(json.dumps(places, allow_nan=False)) == places


def test_sums_are_those_of_the_roofs(result):
    roofs = result.buildings.set_index("building_id")
    city, south = by_name(result)[None], by_name(result)["S"]
    assert (city["roofs"], city["roofs_with_own_use"]) == (4, 3)
    for name in ("capex_cny", "ac_kwh", "avoided_kgco2", "npv_cny", "export_kwh", "saved_cny"):
        assert city[name] == pytest.approx(roofs[name].sum(), rel=1e-12)
    assert city["their_capex_cny"] == pytest.approx(roofs.loc[list("abc"), "capex_cny"].sum())
    assert south["own_use_kwh"] == roofs.loc["b", "own_use_kwh"]
    assert city["own_use_kwh"] + city["export_kwh"] == pytest.approx(
        roofs.loc[list("abc"), "ac_kwh"].sum(), rel=1e-12
    )


def test_rate_and_payback_are_those_of_the_flow_of_all(result):
    roofs = result.buildings[result.buildings["own_use_kwh"].notna()]
    life = terms_of(from_values(COSTS, "test")).life
    columns = (roofs[name].to_numpy(float) for name in ("kwp", "capex_cny", "ac_kwh"))
    earned = (roofs["saved_cny"] + roofs["sold_cny"]).to_numpy(float)
    flow = cash_flows(Roofs(*columns, earned), life).sum(axis=1)
    city = by_name(result)[None]
    worth = np.array([value / (1.0 + city["irr"]) ** year for year, value in enumerate(flow)])
    assert worth.sum() == pytest.approx(0.0, abs=1e-6 * flow[1])
    total = np.cumsum(flow)
    year = int(np.argmax(total >= 0.0))
    assert city["payback_years"] == pytest.approx(year - total[year] / flow[year], rel=1e-12)
    assert city["payback_years"] != pytest.approx(roofs["payback_years"].mean(), rel=1e-3)


def test_the_cost_is_that_of_all_energy(result):
    roofs = result.buildings
    columns = (np.array([roofs[name].sum()]) for name in ("kwp", "capex_cny", "ac_kwh"))
    life = terms_of(from_values(COSTS, "test")).life
    known = appraise(Roofs(*columns, np.array([np.nan])), life)["lcoe_cny_per_kwh"][0]
    city = by_name(result)[None]
    assert city["lcoe_cny_per_kwh"] == pytest.approx(known, rel=1e-12)
    assert city["carbon_payback_years"] == pytest.approx(
        roofs["embodied_kgco2"].sum() / roofs["avoided_kgco2"].sum(), rel=1e-12
    )


def test_a_place_without_own_use_has_cost_and_carbon(result):
    only = result.buildings[result.buildings["building_id"] == "d"]
    (city, south) = place_money(only, terms_of(Assumptions()))
    assert (south["district"], south["roofs_with_own_use"]) == ("S", 0)
    assert south["lcoe_cny_per_kwh"] > 0.0
    assert all(city[name] is None for name in ("npv_cny", "irr", "own_use_kwh", "payback_years"))


def test_no_roof_at_all(result):
    (city,) = place_money(result.buildings.iloc[:0], terms_of(Assumptions()))
    assert city["roofs"] == 0
    assert city["capex_cny"] is None


def test_the_screen_has_each_place_and_what_is_left_out(result):
    lines = summary(result)
    start = next(n for n, line in enumerate(lines) if "NPV k CNY" in line)
    assert [line.split()[0] for line in lines[start + 2 : start + 5]] == ["all", "N", "S"]
    assert lines[start + 2].split()[3] == "3/4"
    assert "2.50 to 3.60 CNY/W (ningxia-2026, prices of 2026)" in lines[start + 5]
    assert "left out: taxes, debt, subsidies, charges on demand" in lines[start + 5]


def test_what_is_installed_already_is_told():
    there = ROWS.iloc[:1].assign(existing_pv_kwp=12.0)
    told = "the 12 kWp that are installed already are in all of it, as if new"
    assert any(told in line for line in summary(assess(there, rules=[])))
    assert not any("installed already" in line for line in summary(assess(ROWS, rules=[])))


def test_a_stated_price_is_told_as_such():
    told = {"finance.capex_cny_per_w": 2.8}
    result = assess(ROWS.iloc[:1], assumptions=from_values(told, "test"), rules=[])
    assert result.run["money"]["costs"]["stated_capex_cny_per_w"] == 2.8
    assert any("costs 2.80 CNY/W as stated" in line for line in summary(result))
