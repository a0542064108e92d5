from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.assumptions import Assumptions
from roofpv.assumptions.lifetime import Lifetime
from roofpv.assumptions.roofs import FLAT_LAYOUTS
from roofpv.errors import InvalidConfig
from roofpv.finance import money, terms_of
from roofpv.finance.carbon import (
    GridFactor,
    carbon_balance,
    embodied_carbon,
    grid_factor,
    grid_factors,
)
from roofpv.finance.cashflow import Roofs, appraise
from roofpv.finance.costs import capex, cost_ids, load_costs
from roofpv.finance.supply import supply_below, supply_curve

NAN = float("nan")
COSTS = """
id = "here"
year = 2026
sources = ["a quotation"]
[title]
en = "Here"
zh = "此"
[[sizes]]
up_to_kwp = 20
capex_cny_per_w = 4.0
[[sizes]]
up_to_kwp = inf
capex_cny_per_w = 3.0
[mounting_cny_per_w]
east_west = 0.25
[life]
life_years = 30
"""


@pytest.mark.parametrize(
    ("region", "year", "scope", "factor"),
    [
        ("china", 2022, "average", 0.5366),
        ("china", None, "average", 0.5306),
        ("china", 2023, "without_traded_non_fossil", 0.6096),
        ("china", None, "fossil", 0.8273),
        ("northwest", 2021, "average", 0.5951),
        ("northwest", None, "average", 0.5543),
        ("ningxia", None, "average", 0.6423),
    ],
)
def test_grid_factors(region, year, scope, factor):
    got = grid_factor(region, year, scope)
    assert got.kgco2_per_kwh == factor
    assert got.year == (year or got.year)
    assert got.sources


BAD_GRIDS = [
    (("ninxia",), "grid region 'ninxia': no factor is known. Did you mean 'ningxia'."),
    (("ningxia", 2023), "grid ningxia, 2023: no factor is known. Known are 2021, 2022."),
    (("ningxia", 2022, "fossil"), "scope 'fossil': no factor is known. Take the scope average."),
]


@pytest.mark.parametrize(("asked", "said"), BAD_GRIDS)
def test_no_factor_is_taken_for_another(asked, said):
    with pytest.raises(InvalidConfig) as told:
        grid_factor(*asked)
    assert said in str(told.value)


@pytest.mark.parametrize(("region", "printed"), [("ningxia", 2.2), ("china", 2.7)])
def test_carbon_payback_is_the_published_figure(region, printed):
    got = carbon_balance(
        np.array([1.0]), np.array([1450.0]), grid_factor(region), embodied_carbon(), Lifetime()
    )
    assert round(got["carbon_payback_years"][0], 1) == printed


def test_carbon_by_hand():
    grid = GridFactor("here", 2025, "average", 0.5, ("none",))
    life = Lifetime(life_years=2, first_year_loss=0.1, degradation_per_year=0.5)
    got = carbon_balance(
        np.array([2.0, 1.0, NAN]), np.array([10000.0, 0.0, NAN]), grid, embodied_carbon(), life
    )
    assert got.iloc[0].tolist() == pytest.approx(
        [4500.0, 4188.0, 4188.0 / 4500.0, 4500.0 + 2250.0 - 4188.0]
    )
    assert np.isnan(got["carbon_payback_years"][1])
    assert got["lifetime_kgco2"][1] == -2094.0
    assert got.iloc[2].isna().all()
    assert len({(one.region, one.year, one.scope) for one in grid_factors()}) == 9


@pytest.fixture
def read(tmp_path):
    def write_and_read(text):
        file = tmp_path / "here.toml"
        file.write_text(text, encoding="utf-8")
        return load_costs(file)

    return write_and_read


def test_capex_by_size_and_mounting(read):
    costs = read(COSTS)
    kwp = np.array([10.0, 20.0, 21.0, 0.0, NAN])
    got = capex(costs, kwp, ["flat", "east_west", None, "flat", "flat"])
    assert got.tolist() == pytest.approx([40e3, 85e3, 63e3, 0.0, NAN], nan_ok=True)
    assert costs.life == Lifetime(life_years=30)


def test_the_cost_library_is_sound():
    assert set(cost_ids()) >= {"generic", "ningxia-2026"}
    for name in cost_ids():
        costs = load_costs(name)
        assert costs.id == name
        assert costs.assumptions
        assert set(costs.mounting) <= set(FLAT_LAYOUTS)
    life = load_costs("ningxia-2026").life
    assert (life.inverter_cny_per_w, life.inverter_life_years) == (0.2, 13)


def test_the_generic_preset_gives_the_figures_in_use():
    costs, kwp = load_costs("generic"), np.array([5.0, 30.0, 900.0])
    ac = kwp * 1450.0
    unknown = np.full(3, NAN)
    used = money(kwp, ac, [None] * 3, unknown, terms_of(Assumptions()))
    spent = capex(costs, kwp, [None] * 3)
    assert spent.tolist() == used["capex_cny"].tolist() == (kwp * 3000.0).tolist()
    alone = appraise(Roofs(kwp, spent, ac, unknown), costs.life)
    assert alone["lcoe_cny_per_kwh"].tolist() == used["lcoe_cny_per_kwh"].tolist()


BAD = [
    ("up_to_kwp = inf", "up_to_kwp = 400", "sizes: the last size has an end. Write up_to_kwp = in"),
    ("up_to_kwp = inf", "up_to_kwp = 20", "up_to_kwp: 20 is not above 20. Let the sizes rise."),
    ("up_to_kwp = inf", 'up_to_kwp = "all"', "'all' is not above 20"),
    ("up_to_kwp = inf", "up_to_kwp = nan", "nan is not above 20"),
    (
        "capex_cny_per_w = 4.0",
        "capex_cny_per_w = 4000",
        "4000 is outside 0 to 100. Write CNY per W",
    ),
    ("year = 2026", "year = 26", "year: 26 is no year. Write the year of the prices."),
    ("east_west", "facade", "mounting_cny_per_w.facade: unknown key"),
    ("life_years = 30", "life_years = 0", "here.toml: life, life_years: 0 is outside 1 to 60"),
    ("life_years = 30", "discount_rate = 8", "a rate is written as a fraction. Write 0.08 for 8 %"),
    ("life_years = 30", "degradation_per_year = 0.11", "0.11 is outside 0 to 0.1"),
    ("life_years = 30", "taxes = 0.25", "life, taxes: no such setting"),
    ('["a quotation"]', "[]", "sources: figures without source"),
]


@pytest.mark.parametrize(("old", "new", "said"), BAD)
def test_bad_costs_are_told_in_one_line(read, old, new, said):
    assert old in COSTS
    with pytest.raises(InvalidConfig) as told:
        read(COSTS.replace(old, new, 1))
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_supply_curve():
    table = pd.DataFrame(
        {
            "building_id": ["d", "a", "c", "b", "e", "f"],
            "lcoe_cny_per_kwh": [0.3, 0.2, 0.2, NAN, 0.1, 0.15],
            "ac_kwh": [10.0, 20.0, 30.0, 40.0, 0.0, 50.0],
            "kwp": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "other": range(6),
        }
    )
    curve = supply_curve(table)
    assert curve["building_id"].tolist() == ["f", "a", "c", "d"]
    assert curve["cumulative_kwh"].tolist() == [50.0, 70.0, 100.0, 110.0]
    assert curve["cumulative_kwp"].tolist() == [6.0, 8.0, 11.0, 12.0]
    assert curve["mean_lcoe_cny_per_kwh"].iloc[-1] == pytest.approx((7.5 + 10.0 + 3.0) / 110.0)
    shuffled = supply_curve(table.sample(frac=1.0, random_state=1))
    pd.testing.assert_frame_equal(shuffled, curve)
    assert supply_below(curve, np.array([0.1, 0.15, 0.2, 0.9])).tolist() == [
        0.0,
        50.0,
        100.0,
        110.0,
    ]
    assert supply_curve(table.iloc[:0]).empty
