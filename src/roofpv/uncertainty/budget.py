"""The budget as data: every error of a roof's energy, and with which other roofs it shares it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.assumptions import Assumptions
from roofpv.assumptions.lifetime import Lifetime
from roofpv.certainty.doubts import size_doubts
from roofpv.energy import Yearly
from roofpv.uncertainty.spreads import Spreads, site_correlation

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CITY, SITE, GRADE, BUILDING = "city", "weather_site", "evidence_grade", "building"


@dataclass(frozen=True, eq=False)
class Term:
    """
    One error, a factor of mean 1 on the energy.

    ``sd`` (building,): relative standard deviation; ``group`` (building,): roofs of one group have
    the same error, those of two groups independent ones; None for an error of each roof's own.
    ``first`` and ``life``: share of ``sd`` that the first year and the life have. ``size``: whether
    it is one of how many modules fit, not of what they make. ``keys``: assumptions that it comes
    from.
    """

    name: str
    scope: str
    sd: Floats
    group: Integers | None
    keys: tuple[str, ...]
    first: float = 1.0
    life: float = 1.0
    size: bool = False


@dataclass(frozen=True, eq=False)
class Budget:
    """
    Errors of the energy of some buildings, independent of each other.

    ``correlation``: share of the variance from year to year that all weather sites have in common;
    ``from_years``: whether the years tell it.
    """

    terms: tuple[Term, ...]
    correlation: float
    from_years: bool


def budget(buildings: pd.DataFrame, spread: Spreads, years: Yearly, assumed: Assumptions) -> Budget:
    """
    Every error of the energy of some buildings.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``weather_site``, ``layout`` ("stated" where the capacity is), ``stated_kwp`` where it has
        it, and what ``size_doubts`` asks for.
    spread : Spreads
        Of the same buildings.
    years : Yearly
        Energy of the same buildings year by year; what their sites have in common is taken from
        them where they are enough.
    assumed : Assumptions
    """
    of = assumed.uncertainty
    correlation = site_correlation(buildings["weather_site"].to_numpy(dtype=object), years)
    common = of.site_correlation if correlation is None else correlation
    averaged, ageing = life_shares(assumed)
    rows = len(buildings)
    named = ("transposition", "model", "module", "soiling", "losses")
    terms = [
        *_weather("interannual", spread.interannual, buildings, common, averaged),
        *_weather("irradiation", spread.irradiation, buildings, of.site_correlation, 1.0),
        *(_common(name, f"uncertainty.{name}", getattr(of, name), rows) for name in named),
        Term(
            "degradation",
            CITY,
            _same(of.degradation_per_year * ageing, rows),
            _everywhere(rows),
            ("uncertainty.degradation_per_year",),
            first=0.0,
        ),
        Term(
            "yield",
            BUILDING,
            _same(assumed.certainty.energy_own, rows),
            None,
            ("certainty.energy_own",),
        ),
        *_sizes(buildings, assumed),
    ]
    return Budget(tuple(terms), common, correlation is not None)


def shared_yield_sd(made: Budget) -> Floats:
    """Standard deviation of the yield of the first year, by errors that roofs share. (building,)"""
    shared = [t for t in made.terms if t.group is not None and not t.size]
    return np.asarray(np.sqrt(sum((t.first * t.sd) ** 2 for t in shared)))


def life_shares(assumed: Assumptions) -> tuple[float, float]:
    """
    How errors of single years and of the ageing reach the energy of the life.

    Returns
    -------
    averaged : float
        Spread of the life over that of a year, whose weather is taken as independent of the years
        before.
    ageing : float
        Relative change of the life's energy by a change of the degradation. [a]
    """
    output = output_of_life(assumed)
    years = np.arange(output.size)
    slope = years * output / (1.0 - _ageing(assumed)[1])
    total = output.sum()
    return float(np.sqrt((output**2).sum()) / total), float(slope.sum() / total)


def output_of_life(assumed: Assumptions) -> Floats:
    """Energy of every year of the life (year,), in shares of the first."""
    count, degradation = _ageing(assumed)
    return np.asarray((1.0 - degradation) ** np.arange(count, dtype=float))


def _ageing(assumed: Assumptions) -> tuple[int, float]:
    """Years of the life, and what each takes; where costs are to say it, those of ``Lifetime``."""
    count, degradation = assumed.finance.life_years, assumed.losses.degradation_per_year
    life = Lifetime()
    return (
        life.life_years if count is None else count,
        life.degradation_per_year if degradation is None else degradation,
    )


def _weather(
    name: str, sd: Floats, buildings: pd.DataFrame, common: float, life: float
) -> tuple[Term, Term]:
    """An error of the weather, in the part of all sites and that of each; a blend's, its first."""
    sites = pd.factorize(buildings["weather_site"].astype(object), sort=True)[0]
    keys = (f"weather.{name}", "uncertainty.site_correlation")
    everywhere = _everywhere(len(sd))
    return (
        Term(name, CITY, sd * common**0.5, everywhere, keys, life=life),
        Term(name, SITE, sd * (1.0 - common) ** 0.5, sites.astype(np.int64), keys, life=life),
    )


def _common(name: str, key: str, sd: float, rows: int) -> Term:
    return Term(name, CITY, _same(sd, rows), _everywhere(rows), (key,))


def _same(value: float, rows: int) -> Floats:
    """One value for all, which stands in memory once."""
    return np.broadcast_to(np.float64(value), rows)


def _everywhere(rows: int) -> Integers:
    """One group of all."""
    return np.broadcast_to(np.int64(0), rows)


def _sizes(buildings: pd.DataFrame, assumed: Assumptions) -> tuple[Term, ...]:
    """Errors of how many modules fit; none where the capacity is stated."""
    size, rows = size_doubts(buildings, assumed), len(buildings)
    free = (buildings["layout"] != "stated").to_numpy(dtype=bool)
    if "stated_kwp" in buildings:
        free = free & buildings["stated_kwp"].isna().to_numpy()
    of_roof = free & size.on_roof
    everywhere = _everywhere(rows)
    area = ("areas", "certainty.roof_correlation")
    share, own = ("certainty.installable_shared",), ("certainty.installable_own",)
    return (
        Term("roof_area", GRADE, size.roof_shared * of_roof, size.roof, area, size=True),
        Term("roof_area", BUILDING, size.roof_own * of_roof, None, area, size=True),
        Term("installable", CITY, size.installable_shared * free, everywhere, share, size=True),
        Term("installable", BUILDING, size.installable_own * free, None, own, size=True),
    )
