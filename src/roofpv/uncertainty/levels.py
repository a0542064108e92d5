"""What is exceeded in so many of a hundred cases: of one roof, and of the sum of many."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.assumptions import Assumptions
from roofpv.exactly import exact_sum
from roofpv.uncertainty.budget import Budget, Term, output_of_life, shared_yield_sd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# Standard normal quantiles of 0.5, 0.75 and 0.9: P90 is the 10 % quantile of the energy.
LEVELS = {"p50": 0.0, "p75": 0.6744897501960817, "p90": 1.2815515655446004}


def levels(mean: Floats | float, variances: Floats) -> dict[str, Floats]:
    """
    Levels of what is a mean times many errors.

    Errors multiply and no energy is below 0: the product is taken as lognormal with the mean that
    is told. P50 is its median and stays below the mean, by half of the relative variance.

    Parameters
    ----------
    mean : ndarray (row,) or float
        [kWh]
    variances : ndarray (term, row) or (term,)
        Relative variance by each error.

    Returns
    -------
    dict
        ``p50``, ``p75``, ``p90`` [kWh]; NaN where a variance or the mean is.

    References
    ----------
    .. [1] Thevenard and Pelland, "Estimating the uncertainty in long-term photovoltaic yield
       predictions", Solar Energy, online 31 May 2011
    .. [2] Fenton, "The sum of log-normal probability distributions in scatter transmission
       systems", IRE Transactions on Communications Systems 8, 1960,
       :doi:`10.1109/TCOM.1960.1097606`
    """
    spread = np.log1p(variances).sum(axis=0)
    root = np.sqrt(spread)
    return {name: mean * np.exp(-z * root - spread / 2.0) for name, z in LEVELS.items()}


def relative_variances(terms: Sequence[Term], energy: Floats, rows: Integers) -> Floats:
    """
    Variance of the sum of some buildings' energy by each error, over the square of the sum.

    Parameters
    ----------
    terms : sequence of Term
    energy : ndarray (building,)
        AC energy of the first year. [kWh]
    rows : ndarray of int
        Buildings that are summed; exact sums, so that their order changes no bit.

    Returns
    -------
    ndarray (term,)
        Of each error at its whole ``sd``: the sum over its groups of the square of ``sd`` times
        energy, added up in the group. NaN where an ``sd`` is, 0 where there is no energy.
    """
    used = energy[rows]
    total = exact_sum(used)
    if total == 0.0:
        return np.zeros(len(terms))
    squares = [_square(term, used * term.sd[rows], rows) for term in terms]
    return np.array(squares) / total**2


def level_columns(buildings: pd.DataFrame, made: Budget, assumed: Assumptions) -> dict[str, Floats]:
    """
    Levels of every building by itself, by the names of the columns.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``ac_kwh``: AC energy of the first year. [kWh]
    made : Budget
        Of the same buildings.
    assumed : Assumptions

    Returns
    -------
    dict
        ``ac_kwh_p50 ac_kwh_p75 ac_kwh_p90``, the same of ``lifetime_kwh`` [kWh], and
        ``yield_shared_sd_fraction`` [1].
    """
    first = buildings["ac_kwh"].to_numpy(dtype=float)
    life = first * output_of_life(assumed).sum()
    found: dict[str, Floats] = {}
    for name, mean, late in (("ac_kwh", first, False), ("lifetime_kwh", life, True)):
        own = np.stack([(_share(term, life=late) * term.sd) ** 2 for term in made.terms])
        found |= {f"{name}_{level}": value for level, value in levels(mean, own).items()}
    return found | {"yield_shared_sd_fraction": shared_yield_sd(made)}


def shares(terms: Sequence[Term], *, life: bool) -> Floats:
    """Share of each error's ``sd`` that the first year or the life has. (term,)"""
    return np.array([_share(term, life=life) for term in terms])


def _share(term: Term, *, life: bool) -> float:
    return term.life if life else term.first


def _square(term: Term, weighted: Floats, rows: Integers) -> float:
    if term.group is None:
        return exact_sum(weighted**2)
    codes = term.group[rows]
    if (codes == codes[:1]).all():
        return exact_sum(weighted) ** 2
    order = np.argsort(codes, kind="stable")
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    return math.fsum(exact_sum(part) ** 2 for part in np.split(weighted[order], cuts))
