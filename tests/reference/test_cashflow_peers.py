"""Cash flows against numpy-financial and PySAM's cash-flow models, taxes and debt off."""

from __future__ import annotations

import numpy as np
import pytest

from roofpv.assumptions.lifetime import Lifetime
from roofpv.finance.cashflow import Roofs, appraise, cash_flows

CASES = 50


def cases():
    """Lives and roofs of every kind: short and long, cheap and dear, losing and earning."""
    rng = np.random.default_rng(20)
    for place in range(CASES):
        life = Lifetime(
            life_years=int(rng.integers(5, 41)),
            discount_rate=float(rng.uniform(0.0, 0.12)),
            degradation_per_year=float(rng.uniform(0.0, 0.02)),
            om_fraction=float(rng.uniform(0.0, 0.03)),
            om_cny_per_kwp=float(rng.uniform(0.0, 30.0)),
            inverter_cny_per_w=float(rng.choice([0.0, 0.2, 0.5])),
            inverter_life_years=int(rng.integers(8, 16)),
        )
        kwp = float(rng.uniform(3.0, 900.0))
        kwh = kwp * float(rng.uniform(900.0, 1650.0))
        roof = (kwp, kwp * float(rng.uniform(2000.0, 4500.0)), kwh, kwh * rng.uniform(0.3, 0.9))
        yield pytest.param(roof, life, id=str(place))


def appraised(roof, life):
    return appraise(Roofs(*(np.array([value]) for value in roof)), life).iloc[0]


def flow_of(roof, life):
    return cash_flows(Roofs(*(np.array([value]) for value in roof)), life)[:, 0]


@pytest.mark.parametrize(("roof", "life"), list(cases()))
def test_against_numpy_financial(roof, life):
    peer = pytest.importorskip("numpy_financial")
    got, flow = appraised(roof, life), flow_of(roof, life)
    spent = flow_of((*roof[:3], 0.0), life)
    energy = roof[2] * (1.0 - life.degradation_per_year) ** np.arange(life.life_years)
    cost = -peer.npv(life.discount_rate, spent)
    cost /= peer.npv(life.discount_rate, np.append(0.0, energy))
    scale = np.abs(flow).max()
    assert got["npv_cny"] == pytest.approx(peer.npv(life.discount_rate, flow), abs=1e-9 * scale)
    assert got["lcoe_cny_per_kwh"] == pytest.approx(cost, rel=1e-9)
    assert got["irr"] == pytest.approx(peer.irr(flow), rel=1e-9)
    assert got["payback_years"] == pytest.approx(by_steps(flow), rel=1e-9, nan_ok=True)
    present = [peer.npv(life.discount_rate, [0.0] * year + [f]) for year, f in enumerate(flow)]
    assert got["discounted_payback_years"] == pytest.approx(
        by_steps(present), rel=1e-9, nan_ok=True
    )


def by_steps(flow):
    """The plain way: the last year that begins below nothing, and the part of it."""
    total = np.cumsum(flow)
    if total[-1] < 0.0:
        return np.nan
    last = int(np.flatnonzero(total < 0.0)[-1])
    return last - total[last] / flow[last + 1]


@pytest.mark.parametrize(("roof", "life"), list(cases()))
def test_against_pysam(roof, life):
    pytest.importorskip("PySAM.Cashloan", reason="PySAM is not installed")
    samcash = pytest.importorskip("samcash")
    got, loan, owner = appraised(roof, life), *samcash.both(roof, life)
    scale = np.abs(flow_of(roof, life)).max()
    for peer, present in ((loan, "npv"), (owner, "project_return_aftertax_npv")):
        assert peer["lcoe_real"] / 100.0 == pytest.approx(got["lcoe_cny_per_kwh"], rel=1e-6)
        assert peer[present] == pytest.approx(got["npv_cny"], abs=1e-6 * scale)
    # PySAM finds no rate for three of the fifty; numpy-financial has them all.
    if not np.isnan(owner["project_return_aftertax_irr"]):
        assert owner["project_return_aftertax_irr"] / 100.0 == pytest.approx(got["irr"], rel=1e-3)
    if not np.isnan(got["payback_years"]):
        assert loan["payback"] == pytest.approx(got["payback_years"], rel=1e-3)
    if not np.isnan(got["discounted_payback_years"]):
        assert loan["discounted_payback"] == pytest.approx(
            got["discounted_payback_years"], rel=1e-3
        )
