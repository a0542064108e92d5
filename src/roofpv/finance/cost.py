"""What a roof costs and earns over its life."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.assumptions import Carbon, Finance, Losses


def money(kwp: np.ndarray, ac_kwh: np.ndarray, finance: Finance, losses: Losses) -> pd.DataFrame:
    """
    Investment, levelised cost, net present value and simple payback.

    Parameters
    ----------
    kwp : ndarray (building,)
        [kWp]
    ac_kwh : ndarray (building,)
        AC energy of the first year. [kWh]
    finance : Finance
        With no ``self_use_fraction`` the value of the energy is unknown, and ``npv_cny``,
        ``payback_years`` stay empty.
    losses : Losses
        For the degradation.

    Returns
    -------
    DataFrame (building,)
        ``capex_cny lcoe_cny_per_kwh npv_cny payback_years self_use_fraction``.

    References
    ----------
    .. [1] Short et al., "A manual for the economic evaluation of energy efficiency and renewable
       energy technologies", NREL/TP-462-5173, 1995, :doi:`10.2172/35391`
    """
    capex = kwp * 1000.0 * finance.capex_cny_per_w
    years = np.arange(1, round(finance.life_years) + 1)
    discount = (1.0 + finance.discount_rate) ** -years.astype(float)
    output = (1.0 - losses.degradation_per_year) ** (years - 1.0)
    cost = capex * (1.0 + finance.om_fraction * discount.sum())
    energy = ac_kwh * (output * discount).sum()
    used = np.nan if finance.self_use_fraction is None else finance.self_use_fraction
    price = used * finance.retail_cny_per_kwh + (1.0 - used) * finance.export_cny_per_kwh
    earned = ac_kwh * price - capex * finance.om_fraction
    with np.errstate(divide="ignore", invalid="ignore"):
        lcoe = np.where(ac_kwh > 0, cost / energy, np.nan)
        payback = np.where(earned > 0, capex / earned, np.nan)
    return pd.DataFrame(
        {
            "capex_cny": capex,
            "lcoe_cny_per_kwh": lcoe,
            "npv_cny": energy * price - cost,
            "payback_years": payback,
            "self_use_fraction": np.full(len(capex), used),
        }
    )


def avoided_carbon(ac_kwh: np.ndarray, carbon: Carbon) -> np.ndarray:
    """Carbon avoided in the first year by the grid's average factor. [kgCO2]."""
    return ac_kwh * carbon.grid_kgco2_per_kwh
