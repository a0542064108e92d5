"""From the sun to the meter, of a result: by building, district and city."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd

from roofpv import energy
from roofpv.assumptions import from_values
from roofpv.dirt import site_sky
from roofpv.energy import Case
from roofpv.report import find_building
from roofpv.results import Result
from roofpv.roofs import sum_by_building
from roofpv.shares import shares_of

COLUMNS = ("level", "name", "step", "kwh", "factor")
# What is left before the inverters' rating and after it.
_CLIPPING = ("availability", "clipping")


def waterfalls(result: Result) -> pd.DataFrame:
    """
    Steps of the city and of each district.

    Parameters
    ----------
    result : Result
        Of ``read_results`` or ``assess``.

    Returns
    -------
    DataFrame (step,)
        ``level`` (city or district), ``name``, ``step``, ``kwh`` that is left after it, and
        ``factor``, what is left over what was left before; the factors of a name multiply to its
        AC energy over that of its sun. Arrays without a complete year of weather are left out. No
        rows where there is no array.
    """
    return _tables(result, _left(result, result.planes))


def with_waterfall(result: Result) -> Result:
    """
    Put the steps into a result, so that ``write_results`` keeps them.

    Parameters
    ----------
    result : Result

    Returns
    -------
    Result
        The same with ``waterfall`` and, of buildings and planes, ``clipping_loss_fraction``: the
        share of what reaches the inverters that is above their rating. NaN without energy.
    """
    left = _left(result, result.planes)
    steps, lost = _tables(result, left), "clipping_loss_fraction"
    planes, buildings = result.planes, result.buildings
    # Arrays without modules lose nothing of nothing; of others that are left out nothing is known.
    both = left.reindex(index=planes.index, columns=list(_CLIPPING))
    known = both.mask(planes["kwp"] == 0.0, 0.0)
    of_roof = sum_by_building(known, planes["building_id"], buildings["building_id"])
    return dataclasses.replace(
        result,
        waterfall=steps,
        planes=planes.assign(**{lost: _clipped(both)}),
        buildings=buildings.assign(**{lost: _clipped(of_roof)}),
    )


def _clipped(left: pd.DataFrame) -> np.ndarray:
    """Share that clipping takes of what is left before it. [1]."""
    before, after = (left[name].to_numpy(dtype=float) for name in _CLIPPING)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = energy.without_rounding(1.0 - after / before)
    return np.where(before > 0.0, loss, np.nan)


def _tables(result: Result, left: pd.DataFrame) -> pd.DataFrame:
    """Steps of the city and its districts from those of the arrays."""
    district = result.buildings.set_index("building_id")["district"].astype(object)
    mine = result.planes.loc[left.index, "building_id"].map(district)
    parts = [_table("city", "", left)]
    names = sorted(mine.dropna().unique())
    parts += [_table("district", str(name), left[(mine == name).to_numpy()]) for name in names]
    return pd.concat(parts, ignore_index=True)


def building_waterfall(result: Result, building_id: str) -> pd.DataFrame:
    """
    Steps of one building.

    Parameters
    ----------
    result : Result
    building_id : str

    Returns
    -------
    DataFrame (step,)
        As ``waterfalls``, of the level "building".

    Raises
    ------
    InvalidResult
        The result has no such building.
    """
    find_building(result, building_id)
    planes = result.planes[result.planes["building_id"] == building_id]
    return _table("building", building_id, _left(result, planes))


def records(steps: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON with every digit, so that the factors multiply there too; NaN is None."""
    return [
        {str(key): None if value != value else value for key, value in one.items()}  # noqa: PLR0124
        for one in steps.to_dict("records")
    ]


def _left(result: Result, planes: pd.DataFrame) -> pd.DataFrame:
    """What is left after each step, of every array that has energy."""
    planes = planes[planes["kwp"] > 0.0]
    sites = sorted(set(shares_of(planes).site))
    if planes.empty or not sites:
        return pd.DataFrame(index=planes.index[:0])
    assumed = from_values({a["key"]: a["value"] for a in result.run["assumptions"]}, "run.json")
    sky = site_sky(result.weather.sel(site=sites), assumed)
    by_plane = result.energy.sel(plane_id=planes["plane_id"].to_numpy(dtype=object))
    case = Case(planes, sky, assumed, result.skylines)
    return energy.waterfall(case, by_plane).dropna()


def _table(level: str, name: str, left: pd.DataFrame) -> pd.DataFrame:
    """Steps of the sum of some arrays; exact sums, so that their order changes no bit."""
    if left.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    kwh = np.array([math.fsum(left[step]) for step in left])
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = kwh / np.concatenate([kwh[:1], kwh[:-1]])
    values = (level, name, list(left), kwh, factor)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))
