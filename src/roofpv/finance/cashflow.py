"""Cash flow of roofs over their life, and what follows from it; taxes and debt are none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.assumptions.lifetime import Lifetime
from roofpv.finance.rates import irr

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Roofs:
    """
    What a cash flow starts from, each (roof,).

    ``kwp`` [kWp], ``capex_cny`` [CNY], ``ac_kwh`` of the first year before ``first_year_loss``
    [kWh], ``earned_cny`` by that energy in a year: saved and sold (NaN where it is not known)
    [CNY].
    """

    kwp: Floats
    capex_cny: Floats
    ac_kwh: Floats
    earned_cny: Floats


def appraise(roofs: Roofs, life: Lifetime) -> pd.DataFrame:
    """
    Levelised cost, present value, rate of return and payback.

    Parameters
    ----------
    roofs : Roofs
        What is not known stays NaN, and so does what follows from it.
    life : Lifetime
        Flows come at the end of each year, the investment at the start of the first.

    Returns
    -------
    DataFrame (roof,)
        ``lcoe_cny_per_kwh``; ``npv_cny``; ``irr`` (NaN where there is none, or where another one is
        not ruled out); ``payback_years`` and ``discounted_payback_years`` (NaN where nothing is
        spent, or does not come back within the life); ``lifetime_kwh``.

    References
    ----------
    .. [1] Short et al., "A manual for the economic evaluation of energy efficiency and renewable
       energy technologies", NREL/TP-462-5173, 1995, :doi:`10.2172/35391`
    """
    cost, flows = _costs(roofs, life), cash_flows(roofs, life)
    output, factor = output_factors(life), discount_factors(life)
    energy = roofs.ac_kwh * (output * factor[1:]).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        lcoe = np.where(energy > 0.0, npv(cost, life.discount_rate) / energy, np.nan)
    spent = np.where(roofs.capex_cny > 0.0, 0.0, np.nan)
    return pd.DataFrame(
        {
            "lcoe_cny_per_kwh": lcoe,
            "npv_cny": npv(flows, life.discount_rate),
            "irr": irr(flows),
            "payback_years": payback(flows) + spent,
            "discounted_payback_years": payback(flows * factor[:, None]) + spent,
            "lifetime_kwh": roofs.ac_kwh * output.sum(),
        }
    )


def cash_flows(roofs: Roofs, life: Lifetime) -> Floats:
    """
    Money in less money out, by (year, roof), from year 0 on. [CNY].

    What the energy earns falls with the output and moves with the price. Own use falls by less
    than the output, for it is the peaks that are exported: the figure is a low one.
    """
    years = np.arange(life.life_years)
    earned = output_factors(life) * (1.0 + life.price_growth) ** years
    flows = -_costs(roofs, life)
    flows[1:] += earned[:, None] * roofs.earned_cny
    return flows


def output_factors(life: Lifetime) -> Floats:
    """Output of each year (year,), from the first, in shares of one without any loss. [1]."""
    years = np.arange(life.life_years, dtype=float)
    return (1.0 - life.first_year_loss) * (1.0 - life.degradation_per_year) ** years


def discount_factors(life: Lifetime) -> Floats:
    """Worth today of money at the end of each year (year,), from year 0. [1]."""
    return np.asarray((1.0 + life.discount_rate) ** -np.arange(life.life_years + 1.0))


def npv(flows: Floats, rate: float) -> Floats:
    """Present value of flows by (year, roof), from year 0. [CNY]."""
    total = np.zeros(flows.shape[1])
    for flow in flows[::-1]:
        total = total / (1.0 + rate) + flow
    return total


def payback(flows: Floats) -> Floats:
    """
    Time from which the money is back for good, between the years by straight lines.

    A later replacement that takes the sum below nothing once more is waited for.

    Parameters
    ----------
    flows : ndarray (year, roof)
        From year 0 on; discounted, for the discounted payback. [CNY]

    Returns
    -------
    ndarray (roof,)
        NaN where it is not back at the end, or where it is not known. [a]
    """
    total, when = np.zeros(flows.shape[1]), np.zeros(flows.shape[1])
    for year, flow in enumerate(flows):
        after = total + flow
        with np.errstate(divide="ignore", invalid="ignore"):
            within = year - 1.0 + np.where(flow > 0.0, -total / flow, np.nan)
        returns = (total < 0.0) & (after >= 0.0)
        when = np.where(after < 0.0, np.nan, np.where(returns, within, when))
        when = np.where(np.isnan(after), np.nan, when)
        total = after
    return when


def _costs(roofs: Roofs, life: Lifetime) -> Floats:
    """Money out by (year, roof), from year 0. [CNY]."""
    years = np.arange(life.life_years)
    yearly = life.om_fraction * roofs.capex_cny + life.om_cny_per_kwp * roofs.kwp
    costs = np.empty((life.life_years + 1, roofs.capex_cny.size))
    costs[0] = roofs.capex_cny
    costs[1:] = ((1.0 + life.om_growth) ** years)[:, None] * yearly
    # None in the last year: it would serve nothing.
    again = np.arange(life.inverter_life_years, life.life_years, life.inverter_life_years)
    costs[again] += 1000.0 * life.inverter_cny_per_w * roofs.kwp
    return costs
