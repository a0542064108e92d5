"""What a roof costs and earns over its life, and the carbon of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.finance.carbon import carbon_balance
from roofpv.finance.cashflow import Roofs, appraise
from roofpv.finance.costs import Names, capex
from roofpv.finance.terms import Terms

Floats = npt.NDArray[np.float64]

CARBON = ("avoided_kgco2", "embodied_kgco2", "carbon_payback_years")


def investment(kwp: Floats, mounting: Names, terms: Terms) -> Floats:
    """
    Investment of each roof; the price that is set comes before that of the costs. [CNY].

    Parameters
    ----------
    kwp : ndarray (roof,)
        [kWp]
    mounting : sequence of str (roof,)
    terms : Terms
    """
    if terms.capex_cny_per_w is not None:
        return np.asarray(kwp * 1000.0 * terms.capex_cny_per_w)
    return capex(terms.costs, kwp, mounting)


def money(
    kwp: Floats,
    ac_kwh: Floats,
    mounting: Names,
    earned_cny: Floats,
    terms: Terms,
) -> pd.DataFrame:
    """
    Investment, and the cash flow that follows from it.

    Parameters
    ----------
    kwp, ac_kwh : ndarray (roof,)
        Capacity [kWp] and AC energy of the first year [kWh].
    mounting : sequence of str (roof,)
        Layout, by which the costs may differ.
    earned_cny : ndarray (roof,)
        What that energy saves and earns in a year, NaN where it is not known. [CNY]
    terms : Terms

    Returns
    -------
    DataFrame (roof,)
        ``capex_cny``, and the columns of ``appraise``.
    """
    spent = investment(kwp, mounting, terms)
    table = appraise(Roofs(kwp, spent, ac_kwh, earned_cny), terms.life)
    return table.assign(capex_cny=spent)


def stated_use(
    ac_kwh: Floats,
    load_kwh: Floats,
    terms: Terms,
    prices: tuple[Floats, Floats] | None = None,
) -> pd.DataFrame:
    """
    Own use of the year by ``finance.self_use_fraction``; missing where it is empty.

    Parameters
    ----------
    ac_kwh, load_kwh : ndarray (roof,)
        Output and consumption of a year. [kWh]
    terms : Terms
    prices : (ndarray (roof,), ndarray (roof,)), optional
        Of own use and of export; those that all pay, if not given. [CNY/kWh]

    Returns
    -------
    DataFrame (roof,)
        The columns of ``own_use_table``.
    """
    share = np.nan if terms.self_use_fraction is None else terms.self_use_fraction
    retail, export = prices or terms.flat_prices or (np.nan, np.nan)
    own, sold = ac_kwh * share, ac_kwh * (1.0 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        supply = np.where(load_kwh > 0.0, own / load_kwh, np.nan)
    return pd.DataFrame(
        {
            "own_use_kwh": own,
            "export_kwh": sold,
            "saved_cny": own * retail,
            "sold_cny": sold * export,
            "self_use_fraction": np.where(np.isnan(ac_kwh), np.nan, share),
            "self_supply_fraction": supply,
        }
    )


def carbon(kwp: Floats, ac_kwh: Floats, terms: Terms) -> pd.DataFrame:
    """
    Carbon of each roof.

    Parameters
    ----------
    kwp, ac_kwh : ndarray (roof,)
        Capacity [kWp] and AC energy of the first year [kWh].
    terms : Terms

    Returns
    -------
    DataFrame (roof,)
        ``avoided_kgco2`` of the first year, ``embodied_kgco2``, ``carbon_payback_years``.
    """
    return carbon_balance(kwp, ac_kwh, terms.grid, terms.embodied, terms.life)[list(CARBON)]
