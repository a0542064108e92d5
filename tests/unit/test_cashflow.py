from __future__ import annotations

import numpy as np
import pytest

from roofpv.assumptions import Assumptions
from roofpv.assumptions.lifetime import Lifetime, lifetime_from
from roofpv.errors import InvalidConfig
from roofpv.finance import money, terms_of
from roofpv.finance.cashflow import (
    Roofs,
    appraise,
    cash_flows,
    discount_factors,
    npv,
    output_factors,
    payback,
)
from roofpv.finance.rates import irr

NAN = float("nan")
COLUMNS = [
    "lcoe_cny_per_kwh", "npv_cny", "irr", "payback_years", "discounted_payback_years",
    "lifetime_kwh",
]  # fmt: skip


def roofs(*rows):
    return Roofs(*np.array(rows, dtype=float).T)


def column(*flow):
    return np.array(flow, dtype=float)[:, None]


def test_a_short_life_by_hand():
    life = Lifetime(
        life_years=3, discount_rate=0.1, first_year_loss=0.02, degradation_per_year=0.05,
        om_fraction=0.02, om_cny_per_kwp=5.0, om_growth=0.1, inverter_cny_per_w=0.1,
        inverter_life_years=2, price_growth=-0.1,
    )  # fmt: skip
    roof = roofs((2.0, 1000.0, 3000.0, 900.0))
    output = [0.98, 0.98 * 0.95, 0.98 * 0.95**2]
    earned = [900.0 * o * 0.9**year for year, o in enumerate(output)]
    # 20 CNY of capex and 10 of capacity a year, and 200 for the inverter in the second.
    cost = [30.0, 33.0 + 200.0, 36.3]
    flows = [-1000.0] + [e - c for e, c in zip(earned, cost, strict=True)]
    assert cash_flows(roof, life)[:, 0].tolist() == pytest.approx(flows, rel=1e-14)
    got = appraise(roof, life)
    assert list(got) == COLUMNS
    worth = [flow / 1.1**year for year, flow in enumerate(flows)]
    spent = 1000.0 + sum(c / 1.1**year for year, c in enumerate(cost, start=1))
    energy = sum(3000.0 * o / 1.1**year for year, o in enumerate(output, start=1))
    assert got["npv_cny"][0] == pytest.approx(sum(worth), rel=1e-12)
    assert got["lcoe_cny_per_kwh"][0] == pytest.approx(spent / energy, rel=1e-12)
    assert got["lifetime_kwh"][0] == pytest.approx(3000.0 * sum(output), rel=1e-12)
    assert got["payback_years"][0] == pytest.approx(1.0 + (1000.0 - flows[1]) / flows[2], rel=1e-12)


def test_the_figures_in_use_follow_from_the_cash_flow():
    kwp = np.array([1.0, 250.0, 3.3])
    ac = kwp * np.array([1450.0, 1300.0, 1610.0])
    earned = ac * (0.6 * 0.45 + 0.4 * 0.18)
    used = money(kwp, ac, [None] * 3, earned, terms_of(Assumptions()))
    plain = appraise(Roofs(kwp, kwp * 3000.0, ac, earned), Lifetime())
    assert used[list(plain)].equals(plain)


def test_no_replacement_in_the_last_year_and_none_without_a_price():
    roof = roofs((1.0, 1000.0, 0.0, 0.0))
    bare = Lifetime(life_years=4, om_fraction=0.0)
    assert cash_flows(roof, bare)[:, 0].tolist() == [-1000.0, 0.0, 0.0, 0.0, 0.0]
    twice = Lifetime(life_years=4, om_fraction=0.0, inverter_cny_per_w=0.5, inverter_life_years=2)
    assert cash_flows(roof, twice)[:, 0].tolist() == [-1000.0, 0.0, -500.0, 0.0, 0.0]


def test_what_is_not_known_stays_unknown():
    got = appraise(
        roofs(
            (1.0, 3000.0, 1450.0, NAN),
            (NAN, NAN, NAN, NAN),
            (0.0, 0.0, 0.0, 0.0),
            (1.0, 3000.0, 1450.0, 500.0),
        ),
        Lifetime(inverter_cny_per_w=0.2),
    )
    assert got["lcoe_cny_per_kwh"].isna().tolist() == [False, True, True, False]
    assert got["npv_cny"].isna().tolist() == [True, True, False, False]
    for name in ("irr", "payback_years", "discounted_payback_years"):
        assert got[name].isna().tolist() == [True, True, True, False]


def test_no_roofs_at_all():
    none = np.empty(0)
    assert len(appraise(Roofs(none, none, none, none), Lifetime())) == 0


def test_factors():
    life = Lifetime(life_years=2, discount_rate=0.25, first_year_loss=0.1, degradation_per_year=0.1)
    assert output_factors(life).tolist() == pytest.approx([0.9, 0.81])
    assert discount_factors(life).tolist() == pytest.approx([1.0, 0.8, 0.64])
    assert npv(column(-100.0, 50.0, 100.0), 0.25).tolist() == pytest.approx([4.0])


RATES = [
    # flow, the rate or none
    ((-100.0, 110.0), 0.1),
    ((-100.0, 50.0, 50.0), 0.0),
    ((-100.0, 0.0, 0.0, 100.0), 0.0),
    ((-100.0, 60.0), -0.4),
    ((-100.0, 1.0), -0.99),
    ((-1.0, 1e4), 9999.0),
    ((0.0, -100.0, 0.0, 121.0), 0.1),
    ((100.0, -110.0), 0.1),  # a loan has a rate too
    # Three changes of sign, and yet one rate: a replacement that costs more than a year earns.
    ((-1.0, 1.7, -1.6, 1.2), 0.2),
    ((-1.0, 2.001, -2.001, 1.001), 0.001),
    # None, two, not certain, unknown.
    ((100.0, 100.0), None),
    ((-100.0, -100.0), None),
    ((0.0, 0.0), None),
    ((-100.0, 0.0), None),
    ((-100.0, 230.0, -132.0), None),
    ((-100.0, 200.0, -150.0), None),
    ((-100.0, NAN, 50.0), None),
    ((-100.0, 1e-9), None),  # beyond the lowest rate looked at
]


@pytest.mark.parametrize(("flow", "rate"), RATES)
def test_rates_of_return(flow, rate):
    (got,) = irr(column(*flow))
    if rate is None:
        assert np.isnan(got)
    else:
        assert got == pytest.approx(rate, rel=1e-12, abs=1e-15)


def test_at_its_rate_of_return_a_flow_is_worth_nothing():
    rng = np.random.default_rng(3)
    kwp = rng.uniform(1.0, 500.0, 1000)
    life = Lifetime(inverter_cny_per_w=0.4, inverter_life_years=8)
    capex, earned = kwp * rng.uniform(2e3, 4e3, 1000), kwp * rng.uniform(200.0, 900.0, 1000)
    flows = cash_flows(Roofs(kwp, capex, kwp * 1400.0, earned), life)
    rates = irr(flows)
    assert not np.isnan(rates).any()
    assert (rates < 0).any()
    assert (rates > 0.2).any()
    for flow, rate in zip(flows.T[::50], rates[::50], strict=True):
        terms = flow / (1.0 + rate) ** np.arange(len(flow))
        assert abs(terms.sum()) <= 1e-12 * np.abs(terms).sum()
    # Each roof by itself, and money in any unit, gives the same bits.
    alone = np.array([irr(flow[:, None])[0] for flow in flows.T[:50]])
    assert alone.tolist() == rates[:50].tolist()
    assert irr(flows[:, ::-1] * 1024.0)[::-1].tolist() == rates.tolist()


def test_a_rate_that_is_given_is_the_only_one():
    rng = np.random.default_rng(5)
    life = Lifetime(inverter_cny_per_w=0.4, inverter_life_years=8)
    one = np.ones(300)
    earned = rng.uniform(50.0, 300.0, 300)
    flows = cash_flows(Roofs(one, 3000.0 * one, 1400.0 * one, earned), life)
    rates = irr(flows)
    # Some that lose most of their money have three, some only look as if they might.
    assert 0 < np.isnan(rates).sum() < 150
    for flow, rate in zip(flows.T, rates, strict=True):
        roots = np.roots(flow[::-1])
        positive = roots[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)].real
        if not np.isnan(rate):
            assert 1.0 / positive - 1.0 == pytest.approx([rate], rel=1e-7)


PAYBACKS = [
    ((-100.0, 50.0, 50.0), 2.0),
    ((-100.0, 60.0, 60.0), 1.0 + 40.0 / 60.0),
    ((-100.0, 60.0), None),
    ((0.0, 0.0), 0.0),
    ((10.0, 10.0), 0.0),
    # Back after one year, and once more after the replacement.
    ((-100.0, 120.0, -60.0, 80.0), 2.5),
    ((-100.0, NAN, 500.0), None),
]


@pytest.mark.parametrize(("flow", "years"), PAYBACKS)
def test_paybacks(flow, years):
    (got,) = payback(column(*flow))
    assert got == pytest.approx(NAN if years is None else years, nan_ok=True)


BAD = [
    (
        {"discount_rate": 8},
        "discount_rate: 8: a rate is written as a fraction. Write 0.08 for 8 %.",
    ),
    ({"discount_rate": 90}, "outside -0.05 to 0.5 1/a. Write a value in that range."),
    ({"life_years": 0}, "life_years: 0 is outside 1 to 60. Write whole years."),
    ({"life_years": 2.5}, "2.5 is no whole number of years. Write a whole number."),
    ({"degradation_per_year": 0.11}, "0.11 is outside 0 to 0.1 1. Write a value in that range."),
    ({"degradation_per_year": 5}, "Write 0.05 for 5 %."),
    ({"om_fraction": 1}, "Write 0.01 for 1 %."),
    ({"om_fraction": "much"}, "'much' is no number. Write a number."),
    ({"om_fraction": True}, "True is no number"),
    ({"price_growth": NAN}, "nan is no number"),
    ({"taxes": 0.25}, "taxes: no such setting. Known are life_years, "),
]


@pytest.mark.parametrize(("values", "said"), BAD)
def test_a_bad_life_is_told_in_one_line(values, said):
    with pytest.raises(InvalidConfig) as told:
        lifetime_from(values, "costs.toml")
    assert str(told.value).startswith("costs.toml, ")
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_a_life_keeps_what_is_not_said():
    life = lifetime_from({"life_years": 30.0, "discount_rate": 0}, "here")
    assert (life.life_years, life.discount_rate, life.om_fraction) == (30, 0.0, 0.01)
    assert isinstance(life.life_years, int)
