"""A plan for every district told: as data and in a few lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from roofpv.plan.districts import District, MadeForDistricts


def told_by_district(found: MadeForDistricts, roofs: pd.DataFrame) -> dict[str, Any]:
    """
    What ``plan.json`` has of districts, in place of what it has of a city.

    Parameters
    ----------
    found : MadeForDistricts
    roofs : DataFrame (roof,)
        The roofs of the plan.

    Returns
    -------
    dict
        ``districts``: for each its share ``now`` and ``value_after``, ``reached``, ``misses``,
        ``best_value`` with all its roofs, ``count``, ``capex_cny``, ``gain`` and
        ``next_point_cny``; ``reached``: whether all of them do; ``most_districts``: whether it is
        proven that no plan reaches more of them.
    """
    districts = [_one(found, one, roofs) for one in found.districts]
    done = sum(one["reached"] for one in districts)
    return {
        "reached": done == len(districts),
        "misses": None,
        "districts": districts,
        "districts_reached": done,
        "most_districts": bool(found.proven),
    }


def _one(found: MadeForDistricts, district: District, roofs: pd.DataFrame) -> dict[str, Any]:
    goal, share = found.made.goal, district.share
    own = roofs[(roofs["district"] == district.name).to_numpy(dtype=np.bool_)]
    gain = float(own["gain"].sum())
    after = share.numerator + gain
    met = bool(goal.limit.reached(np.array(after), np.array(share.denominator)))
    return {
        "district": district.name,
        "now": {
            "numerator": share.numerator,
            "denominator": share.denominator,
            "value": share.with_more(0.0),
        },
        "already_met": district.need <= 0.0,
        "reached": met,
        "reachable": district.reachable,
        "value_after": share.with_more(gain),
        "misses": 0.0 if met else goal.threshold * share.denominator - after,
        "best_value": share.with_more(district.most),
        "count": len(own),
        "capex_cny": float(own["capex_cny"].sum()),
        "gain": gain,
        "next_point_cny": _next_point(found, district),
    }


def _next_point(found: MadeForDistricts, district: District) -> float | None:
    """Cost of one percentage point more there, by the price of its target."""
    problem, price = found.made.problem, found.made.solution.price
    if district.condition not in problem.names:
        return None
    return float(price[problem.names.index(district.condition)]) * 0.01 * district.share.denominator


def outcome_of(one: dict[str, Any]) -> str:
    """Which text of the catalogue tells a district."""
    if one["already_met"]:
        return "district_already"
    if one["reached"]:
        return "district_reached"
    return "district_missed" if one["reachable"] else "district_impossible"
