from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.assumptions import Load, from_values
from roofpv.finance import annual_load, carbon, money, stated_use, terms_of

RESULT = ["capex_cny", "lcoe_cny_per_kwh", "npv_cny", "payback_years", "self_use_fraction"]
NAN = float("nan")


def one(kwp, ac_kwh, degradation=0.0055, **changes):
    values = {f"finance.{name}": value for name, value in changes.items()}
    return reckoned([kwp], [ac_kwh], {"losses.degradation_per_year": degradation} | values).iloc[0]


def reckoned(kwp, ac_kwh, values):
    terms = terms_of(from_values(values, "test"))
    kwp, ac = np.array(kwp), np.array(ac_kwh)
    own = stated_use(ac, np.full(ac.size, NAN), terms)
    found = money(kwp, ac, [None] * ac.size, (own["saved_cny"] + own["sold_cny"]).to_numpy(), terms)
    return pd.concat([found, own], axis=1)[RESULT]


@pytest.mark.parametrize(
    ("capex", "hours", "printed"),
    [
        (3.0, 1300.0, 0.214),
        (3.0, 1450.0, 0.192),
        (3.0, 1600.0, 0.174),
        (2.5, 1450.0, 0.160),
        (3.6, 1450.0, 0.230),
    ],
)
def test_levelised_cost_is_the_published_figure(capex, hours, printed):
    got = one(1.0, hours, capex_cny_per_w=capex)["lcoe_cny_per_kwh"]
    assert round(got, 3) == printed


def test_levelised_cost_year_by_year():
    cost, energy = 3000.0, 0.0
    for year in range(1, 26):
        cost += 30.0 / 1.06**year
        energy += 1450.0 * (1.0 - 0.0055) ** (year - 1) / 1.06**year
    assert one(1.0, 1450.0)["lcoe_cny_per_kwh"] == pytest.approx(cost / energy, rel=1e-12)


@pytest.mark.parametrize(("share", "blended"), [(0.3, 0.261), (0.9, 0.423), (0.0, 0.18), (1, 0.45)])
def test_price_blends_own_use_and_export(share, blended):
    got = one(1.0, 1000.0, 0.0, self_use_fraction=share, om_fraction=0.0, discount_rate=0.0)
    assert (got["npv_cny"] + 3000.0) / 25000.0 == pytest.approx(blended, rel=1e-12)


def test_present_value_and_payback_by_hand():
    got = one(
        2.0, 1000.0, 0.1, capex_cny_per_w=0.5, om_fraction=0.02, discount_rate=0.1, life_years=2,
        retail_cny_per_kwh=1.0, export_cny_per_kwh=0.5, self_use_fraction=0.5,
    )  # fmt: skip
    # 1000 CNY; each year 20 CNY of upkeep; 750 CNY earned, then 675.
    assert got["capex_cny"] == 1000.0
    assert got["npv_cny"] == pytest.approx(-1000.0 + 730.0 / 1.1 + 655.0 / 1.21)
    assert got["payback_years"] == pytest.approx(1.0 + 270.0 / 655.0)
    assert got["self_use_fraction"] == 0.5


def test_at_its_levelised_cost_energy_earns_nothing():
    cost = one(10.0, 14500.0)["lcoe_cny_per_kwh"]
    got = one(10.0, 14500.0, self_use_fraction=1.0, retail_cny_per_kwh=cost)
    assert got["npv_cny"] == pytest.approx(0.0, abs=1e-8)


def test_without_self_use_the_value_is_empty_and_the_cost_is_not():
    got = one(10.0, 14500.0)
    assert got[["npv_cny", "payback_years", "self_use_fraction"]].isna().all()
    assert got[["capex_cny", "lcoe_cny_per_kwh"]].notna().all()


def test_a_roof_that_never_pays_has_no_payback():
    got = one(10.0, 100.0, self_use_fraction=0.0)
    assert np.isnan(got["payback_years"])
    assert got["npv_cny"] < 0.0


def test_no_modules_cost_nothing_and_have_no_levelised_cost():
    got = one(0.0, 0.0, self_use_fraction=0.5)
    assert got["capex_cny"] == 0.0
    assert got["npv_cny"] == 0.0
    assert got[["lcoe_cny_per_kwh", "payback_years"]].isna().all()


def test_missing_energy_stays_missing():
    got = one(10.0, NAN, self_use_fraction=0.5)
    assert got["capex_cny"] == 30000.0
    assert got[["lcoe_cny_per_kwh", "npv_cny", "payback_years"]].isna().all()


def test_money_scales_and_has_the_columns_of_the_contract():
    kwp, ac_kwh = [1.0, 2.0, 0.0, NAN], [1400.0, 2800.0, 0.0, NAN]
    table = reckoned(kwp, ac_kwh, {"finance.self_use_fraction": 0.4})
    assert table["npv_cny"][1] == pytest.approx(2.0 * table["npv_cny"][0])
    assert table["payback_years"][1] == pytest.approx(table["payback_years"][0])
    assert table.iloc[3, :4].isna().all()


def test_no_interest_is_no_fault():
    got = one(1.0, 1000.0, 0.0, discount_rate=0.0, om_fraction=0.0, life_years=30)
    assert got["lcoe_cny_per_kwh"] == pytest.approx(0.1)


def test_avoided_carbon_is_energy_times_the_grid():
    energy = np.array([1000.0, 0.0, NAN])
    for values in ({"carbon.grid_kgco2_per_kwh": 0.5543}, {}):
        got = carbon(energy, energy, terms_of(from_values(values, "test")))["avoided_kgco2"]
        assert got.tolist() == pytest.approx([554.3, 0.0, NAN], nan_ok=True)


LOADS = [
    # use, floor area, storeys, stated load, gross roof -> load, estimated
    ("government", 1000.0, 3.0, NAN, 400.0, 115000.0, True),
    ("hospital", 1000.0, 3.0, NAN, 400.0, 180000.0, True),
    ("school", 1000.0, 3.0, NAN, 400.0, 75000.0, True),
    ("school", 1000.0, 3.0, 5000.0, 400.0, 5000.0, False),
    ("school", 1000.0, 3.0, 0.0, 400.0, 0.0, False),
    ("school", NAN, 3.0, NAN, 400.0, 90000.0, True),
    ("school", NAN, NAN, NAN, 400.0, NAN, False),
    ("school", NAN, 3.0, NAN, NAN, NAN, False),
    ("residential", 1000.0, 3.0, NAN, 400.0, NAN, False),
    ("unknown", 1000.0, 3.0, NAN, 400.0, NAN, False),
    ("unknown", 1000.0, 3.0, 7.0, 400.0, 7.0, False),
]


@pytest.mark.parametrize(("use", "area", "floors", "stated", "roof", "load", "estimated"), LOADS)
def test_load_is_stated_else_estimated_else_empty(use, area, floors, stated, roof, load, estimated):
    row = {"use": [use], "floor_area_m2": [area], "floors": [floors], "annual_load_kwh": [stated]}
    got = annual_load(pd.DataFrame(row, index=[5]), np.array([roof]), Load())
    assert got.index.tolist() == [5]
    assert got["load_kwh"].tolist() == pytest.approx([load], nan_ok=True)
    assert got["load_is_estimate"].tolist() == [estimated]


@pytest.mark.parametrize("use", ["other_public", "residential", "commercial", "industrial"])
def test_a_use_without_a_figure_is_estimated_only_by_one_that_is_set(use):
    buildings = pd.DataFrame(
        {"use": [use], "annual_load_kwh": [np.nan], "floor_area_m2": [np.nan], "floors": [3.0]}
    )
    bare = annual_load(buildings, np.array([100.0]), Load())
    assert bare["load_kwh"].isna().all()
    assert not bare["load_is_estimate"].any()
    load = from_values({f"load.{use}_kwh_per_m2": 40.0}, "test").load
    told = annual_load(buildings, np.array([100.0]), load)
    assert told["load_kwh"].tolist() == [12_000.0]
    assert told["load_is_estimate"].all()
