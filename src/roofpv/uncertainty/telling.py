"""The budget told: of a city and its districts for the run record, and of one building."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.assumptions import Assumptions, describe, from_values
from roofpv.energy import by_year
from roofpv.errors import InvalidResult
from roofpv.exactly import exact_sum
from roofpv.results import Result
from roofpv.shares import COLUMN
from roofpv.text import plain
from roofpv.uncertainty.budget import Budget, Term, budget, output_of_life
from roofpv.uncertainty.levels import levels, relative_variances, shares
from roofpv.uncertainty.spreads import spreads

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def uncertainty_record(
    buildings: pd.DataFrame, made: Budget, assumed: Assumptions
) -> dict[str, Any]:
    """
    Levels of the city and of its districts, with the budget that they come from.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``status``, ``district``, ``ac_kwh`` and ``ac_kwh_p90``.
    made : Budget
        Of the same buildings.
    assumed : Assumptions

    Returns
    -------
    dict
        ``budget``: each error with its relative standard deviation of the city's energy and its
        share of the variance, first year and life; ``totals``: the city (``district`` None) and
        each district, with ``first_year``, ``life`` and ``first_year_as_laid_out`` (without the
        errors of how many modules fit), and the sum of the roofs' own P90, which is none of the
        city's. Empty levels where the spread of a building is not known (``without_spread``).
    """
    energy = buildings["ac_kwh"].to_numpy(dtype=float)
    used = (buildings["status"] == "assessed").to_numpy() & np.isfinite(energy)
    rows = np.flatnonzero(used)
    output = output_of_life(assumed)
    districts = buildings["district"].to_numpy(dtype=object)
    codes, named = pd.factorize(districts[rows])
    of_name = {str(name): code for code, name in enumerate(named)}
    groups: list[tuple[str | None, Integers]] = [(None, rows)]
    groups += [(name, rows[codes == of_name[name]]) for name in sorted(of_name)]
    variances = [relative_variances(made.terms, energy, group) for _, group in groups]
    own = buildings["ac_kwh_p90"].to_numpy(dtype=float)
    return {
        "distribution": "lognormal with the mean that is told: errors multiply; P90 is exceeded in "
        "9 of 10 cases (the 10 % quantile), P50 is the median, below the mean",
        "sum_rule": "roofs of one group of an error have the same one: their deviations add up; "
        "groups and errors are independent: squares add up",
        "life_years": int(output.size),
        "interannual_correlation": {
            "value": made.correlation,
            "from": "years" if made.from_years else "assumed",
        },
        "without_spread": int(np.isnan(own[rows]).sum()),
        "budget": _budget_rows(made.terms, variances[0], assumed),
        "totals": [
            {"district": name, "buildings": len(group)}
            | _totals(made.terms, energy[group], found, output)
            | {"sum_of_roofs_p90_kwh": _number(exact_sum(own[group]))}
            for (name, group), found in zip(groups, variances, strict=True)
        ],
    }


def budget_of(result: Result, building_id: str) -> dict[str, Any]:
    """
    Budget of one building of a result, worked out again.

    Returns
    -------
    dict
        ``budget``, as in `uncertainty_record`, ``first_year``, ``life``,
        ``first_year_as_laid_out``, ``life_years``.

    Raises
    ------
    InvalidResult
        The result has no such building.
    """
    place = np.flatnonzero((result.buildings["building_id"] == building_id).to_numpy())
    if not place.size:
        raise InvalidResult(
            f"building {plain(building_id)}", "no such building_id", "buildings.csv lists them"
        )
    assumed = from_values({a["key"]: a["value"] for a in result.run["assumptions"]}, "run.json")
    made = _again(result, assumed)
    energy = result.buildings["ac_kwh"].to_numpy(dtype=float)
    found = relative_variances(made.terms, energy, place)
    output = output_of_life(assumed)
    return {
        "life_years": int(output.size),
        "budget": _budget_rows(made.terms, found, assumed),
    } | _totals(made.terms, energy[place], found, output)


_WEATHER = {
    "weather.interannual": "years of the weather, or as it states (p90_basis)",
    "weather.irradiation": "as the weather states, or uncertainty.irradiation (p90_basis)",
    "areas": "areas.sd_a to areas.sd_d by evidence grade",
}


def _again(result: Result, assumed: Assumptions) -> Budget:
    """Budget of all buildings of a result."""
    table, planes = result.buildings, result.planes
    years = by_year(result.energy, planes, table["building_id"])
    if COLUMN in planes:
        first = planes.drop_duplicates("building_id").set_index("building_id")[COLUMN]
        table = table.assign(**{COLUMN: first.reindex(table["building_id"]).to_numpy()})
    spread = spreads(table, result.weather, years, assumed.uncertainty.irradiation)
    return budget(table, spread, years, assumed)


def _budget_rows(
    terms: Sequence[Term], variances: Floats, assumed: Assumptions
) -> list[dict[str, Any]]:
    sources = {one["key"]: one["source"] for one in describe(assumed)} | _WEATHER
    first, life = (variances * shares(terms, life=late) ** 2 for late in (False, True))
    return [
        {
            "term": term.name,
            "scope": term.scope,
            "sd_fraction": _number(float(first[i] ** 0.5)),
            "variance_share": _share(first, i),
            "life_sd_fraction": _number(float(life[i] ** 0.5)),
            "life_variance_share": _share(life, i),
            "how_many_fit": term.size,
            "keys": list(term.keys),
            "source": "; ".join(sources[key] for key in term.keys),
        }
        for i, term in enumerate(terms)
    ]


def _share(variances: Floats, place: int) -> float | None:
    total = math.fsum(variances)
    return _number(float(variances[place] / total)) if total else None


def _totals(
    terms: Sequence[Term], energy: Floats, variances: Floats, output: Floats
) -> dict[str, Any]:
    total = exact_sum(energy)
    laid = np.array([not term.size for term in terms])
    first, life = (variances * shares(terms, life=late) ** 2 for late in (False, True))
    return {
        "first_year": _levels(total, first),
        "first_year_as_laid_out": _levels(total, first[laid]),
        "life": _levels(total * float(output.sum()), life),
    }


def _levels(mean: float, variances: Floats) -> dict[str, float | None]:
    found = levels(mean, variances)
    spread = float(np.sqrt(np.expm1(np.log1p(variances).sum())))
    told = {f"{name}_kwh": _number(float(value)) for name, value in found.items()}
    return {"mean_kwh": _number(mean), "sd_fraction": _number(spread)} | told


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
