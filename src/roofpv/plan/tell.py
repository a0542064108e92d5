"""A plan told: as data, as a table of roofs, and in a few lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.errors import InvalidConfig
from roofpv.plan.ask import Ask
from roofpv.plan.bydistrict import outcome_of, told_by_district
from roofpv.plan.districts import MadeForDistricts, make_for_districts
from roofpv.plan.goal import Goal, goal_of
from roofpv.plan.making import Made, gain_costs, make
from roofpv.plan.problem import Integers
from roofpv.plan.repair import TARGET
from roofpv.results import Result
from roofpv.targets import sums
from roofpv.targets.measure import numbers
from roofpv.text import plain

ROOF_COLUMNS = (
    "building_id", "name", "district", "use", "year", "layout", "kwp", "ac_kwh", "capex_cny",
    "gain", "energy_lost_kwh",
)  # fmt: skip
_MANY = 10
_TIGHT = 1e-3


@dataclass(frozen=True)
class Plan:
    """
    Roofs to equip, and what is proven of them.

    ``roofs`` (roof,): ``building_id name district use year layout kwp ac_kwh capex_cny gain
    energy_lost_kwh`` by year and id; ``told``: the content of ``plan.json``.
    """

    roofs: pd.DataFrame
    told: dict[str, Any]


def plan(result: Result, ask: Ask, layouts: pd.DataFrame | None = None) -> Plan:
    """
    Which roofs to equip, in which year, at what cost, with a proven gap.

    Parameters
    ----------
    result : Result
    ask : Ask
    layouts : DataFrame (building and layout,), optional
        Layouts to choose from, of which each roof takes one at most, from ``layout_candidates``;
        without them every roof has that of the result.

    Returns
    -------
    Plan
        The cheapest that reaches the target; where none does, the one with the most gain. Of a
        target that each district must reach it is the cheapest for as many of them as can reach
        it, unless one of them is asked for. The order of the buildings changes nothing.

    Raises
    ------
    InvalidConfig
        No such target, an impossible wish, or conditions that contradict each other.
    """
    goal = goal_of(result, ask.target, ask.by, ask.rules)
    if ask.district is None and goal.question.target.level == "district":
        found = make_for_districts(result, ask, goal, layouts)
        return _told_of(found.made, layouts, found)
    if ask.district is not None:
        goal = goal.within(ask.district)
        _refuse_elsewhere(goal, ask)
    return _told_of(make(result, ask, goal, layouts), layouts)


def _told_of(
    made: Made, layouts: pd.DataFrame | None, found: MadeForDistricts | None = None
) -> Plan:
    roofs = _roofs(made)
    told = _told(made, roofs)
    if found is not None:
        told |= told_by_district(found, roofs)
    if layouts is not None:
        told["layouts"] = _layouts(made) | {"energy": layouts.attrs.get("energy")}
    return Plan(roofs, told)


def _roofs(made: Made) -> pd.DataFrame:
    roofs = made.roofs.sort_values(["year", "building_id"], kind="stable")
    return roofs[list(ROOF_COLUMNS)].reset_index(drop=True)


def _refuse_elsewhere(goal: Goal, ask: Ask) -> None:
    everyone = goal.buildings
    elsewhere = everyone["building_id"][(everyone["district"] != goal.district).to_numpy()]
    found = sorted({*ask.must} & {*elsewhere.astype(str)})
    if found:
        raise InvalidConfig(
            f"must {found[0]}",
            f"the building does not lie in {goal.district}",
            "Take it out of the must-have buildings",
        )


def plan_text(told: dict[str, Any], language: str = "en") -> list[str]:
    """The plan in a few lines of English or Chinese."""
    if "districts" in told:
        lines = _district_lines(told, language)
    else:
        first = "target" if told["district"] is None else "target_there"
        lines = [
            _line(first, language, told | told["now"] | _strength(told, language)),
            _line(_outcome(told), language, told),
        ]
    lines += [*_cannot(told, language), *_nothing_fits(told, language)]
    lines.append(_line("sums", language, told))
    lines += [_line("year", language, one) for one in told["by_year"]]
    if told.get("layouts") and told["count"]:
        words = {name: _shown(name, value) for name, value in told["layouts"].items()}
        lines.append(say("plan.layouts", language, words | {"names": _counted(told, language)}))
    if told.get("layouts", {}).get("energy") == "steps":
        lines.append(say("plan.layouts_steps", language))
    lines.append(_line("optimal" if told["gap"] == 0.0 else "gap", language, told))
    if told["next_point_cny"] is not None:
        lines.append(_line("next_point", language, told))
    if told["count"]:
        lines.append(_line(_beaten(told), language, told["greedy"]))
    if told["binding"]:
        lines.append(say("plan.binding", language, {"names": _named(told, language)}))
    elif not told["reached"] and "districts" not in told:
        lines.append(say("plan.nothing_binds", language))
    return lines


def _named(told: dict[str, Any], language: str) -> str:
    return ", ".join(_condition(name, language) for name in told["binding"][:_MANY])


def _condition(name: str, language: str) -> str:
    kind, _, where = name.partition(" ")
    return say(f"plan.condition.{kind}", language, {"where": plain(where)}).strip()


def _district_lines(told: dict[str, Any], language: str) -> list[str]:
    some = "districts_most" if told["most_districts"] else "districts_some"
    outcome = "districts_all" if told["reached"] else some
    totals = {"by": told["by"], "done": told["districts_reached"], "all": len(told["districts"])}
    head = told | told["now"] | _strength(told, language)
    lines = [_line("target_each", language, head), _line(outcome, language, totals)]
    shared = {"threshold": told["threshold"], "unit": told["unit"]}
    return lines + [
        _line(outcome_of(one), language, one | one["now"] | shared) for one in told["districts"]
    ]


def _strength(told: dict[str, Any], language: str) -> dict[str, str]:
    return {"strength": say(f"plan.strength.{told['strength']}", language)}


def _cannot(told: dict[str, Any], language: str) -> list[str]:
    """Buildings that cannot reach a target that each must reach."""
    if not told["cannot_count"]:
        return []
    names = ", ".join(plain(name) for name in told["cannot_ids"])
    count = f"{told['cannot_count']:,}"
    return [say("plan.cannot", language, {"count": count, "names": names})]


def _nothing_fits(told: dict[str, Any], language: str) -> list[str]:
    """Limits that each roof exceeds on its own, where none is left to choose."""
    if told["candidates"] or not told["binding"]:
        return []
    return [say("plan.nothing_fits", language, {"names": _named(told, language)})]


def _outcome(told: dict[str, Any]) -> str:
    if told["already_met"]:
        return "already"
    return "reached" if told["reached"] else "missed"


def _beaten(told: dict[str, Any]) -> str:
    if not told["greedy"]["found"]:
        return "greedy_fails"
    return "greedy_gain" if told["bound_cny"] is None else "greedy_cost"


def _line(key: str, language: str, values: dict[str, Any]) -> str:
    words = {name: _shown(name, v) for name, v in values.items()}
    unit = f"targets.unit.{values.get('unit')}"
    if has_text(unit):
        words["unit"] = say(unit, language)
    return say(f"plan.{key}", language, words)


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain(value)
    if name in ("value", "value_after", "threshold", "best_value", "saving"):
        return f"{value:.2%}"
    if name == "gap":
        return f"{max(value, 1e-6):.4%}"
    return str(value) if name in ("year", "by", "start") else f"{value:,.0f}"


def _told(made: Made, roofs: pd.DataFrame) -> dict[str, Any]:
    question, share, solution = made.goal.question, made.share, made.solution
    gain = float(roofs["gain"].sum())
    after = share.numerator + gain
    threshold = made.goal.threshold
    ends = np.array(after), np.array(share.denominator)
    met = bool(made.goal.limit.reached(*ends))
    return {
        "target": question.key,
        "start": made.ask.years.start,
        "by": made.ask.by,
        "as_of": made.goal.day.isoformat(),
        "level": question.target.level,
        "strength": question.target.strength,
        "district": made.goal.district,
        "threshold": threshold,
        "unit": made.goal.unit,
        "now": {
            "numerator": share.numerator,
            "denominator": share.denominator,
            "value": share.with_more(0.0),
        },
        "candidates": int(made.table["building_id"].nunique()),
        "already_met": made.need <= 0.0,
        "reached": met,
        "numerator_after": after,
        "value_after": share.with_more(gain),
        "misses": 0.0 if met else _misses(made, after),
        "count": len(roofs),
        "kwp": float(roofs["kwp"].sum()),
        "ac_kwh": float(roofs["ac_kwh"].sum()),
        "capex_cny": float(roofs["capex_cny"].sum()),
        "present_cost_cny": float(made.roofs["cost"].sum()),
        "gain": gain,
        "by_year": _by_year(roofs),
        "gap": solution.gap,
        **_bounds(made),
        **_unable(made),
        "next_point_cny": _next_point(made),
        "greedy": _greedy(made),
        "binding": [one["name"] for one in _conditions(made) if one["binding"]],
        "conditions": _conditions(made),
        "roofs": [_plain_row(row) for row in roofs.to_dict("records")],
    }


def _misses(made: Made, after: float) -> float:
    """What the numerator still lacks, of things that are counted a whole number."""
    goal = made.goal
    there = replace(made.share, numerator=after)
    return there.lacks(goal.threshold, counts=goal.counts, strict=goal.limit.strict)


def _unable(made: Made) -> dict[str, Any]:
    """Of a target that each building must reach, those that cannot with all that fits."""
    goal = made.goal
    if goal.question.target.level != "building":
        return {"cannot_count": 0, "cannot_ids": []}
    asked = goal.question.asked("potential", goal.day)
    unable = sums.complies(goal.rows, asked) == 0.0
    ids = goal.rows.frame["building_id"].astype(str)[unable].sort_values().tolist()
    return {"cannot_count": len(ids), "cannot_ids": ids[:_MANY]}


def _layouts(made: Made) -> dict[str, Any]:
    """Roofs by layout, those that leave the layout of the result, and what all give up."""
    roofs = made.roofs
    counts = roofs["layout"].fillna("?").astype(str).value_counts().sort_index()
    return {
        "counts": {str(name): int(count) for name, count in counts.items()},
        "changed": int(roofs["laid_anew"].sum()),
        "energy_lost_kwh": float(np.nansum(numbers(roofs["energy_lost_kwh"]))),
        "given_up_cny": float(roofs["given_up_cny"].sum()),
    }


def _counted(told: dict[str, Any], language: str) -> str:
    """Layouts with their roofs, the most frequent first."""
    counts = sorted(told["layouts"]["counts"].items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{_layout(name, language)} {count}" for name, count in counts[:_MANY])


def _layout(name: str, language: str) -> str:
    """The layout's name as the other commands take it; in Chinese, its words."""
    kind, _, tilt = name.rpartition("_")
    key = f"roof_picture.layout.{kind if tilt.isdigit() else name}"
    if language == "en" or not has_text(key):
        return plain(name)
    return say(key, language, {"tilt": tilt})


def _plain_row(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(k): None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}


def _by_year(roofs: pd.DataFrame) -> list[dict[str, Any]]:
    sums = roofs.groupby("year")[["kwp", "ac_kwh", "capex_cny", "gain"]].sum()
    counts = roofs.groupby("year").size()
    return [
        {"year": int(year), "count": int(counts[year]), **row.astype(float).to_dict()}
        for year, row in sums.iterrows()
    ]


def _bounds(made: Made) -> dict[str, float | None]:
    """What no plan can beat: a cost, or a gain and the share that it would make."""
    if made.reached:
        return {"bound_cny": made.solution.bound, "bound_gain": None, "best_value": None}
    costs = gain_costs(numbers(made.table["gain"]), numbers(made.table["cost"]), made.goal)
    dear = float((costs + numbers(made.table["gain"])).sum())
    most = min(dear - made.solution.bound, float(numbers(made.table["gain"]).sum()))
    if made.goal.counts:
        most = float(np.floor(most + 1e-6))
    return {"bound_cny": None, "bound_gain": most, "best_value": made.share.with_more(most)}


def _next_point(made: Made) -> float | None:
    """Cost of one percentage point more, by the price of the target."""
    names = made.problem.names
    if not made.reached or TARGET not in names:
        return None
    return float(made.solution.price[names.index(TARGET)]) * 0.01 * made.share.denominator


def _greedy(made: Made) -> dict[str, Any]:
    """The pass by yield per yuan, and what the plan saves or gains against it."""
    if made.greedy is None:
        return {"found": False}
    ours, theirs = made.roofs, made.table.iloc[made.greedy]
    cost, dear = float(ours["cost"].sum()), float(theirs["cost"].sum())
    return {
        "found": True,
        "count": len(theirs),
        "capex_cny": float(theirs["capex_cny"].sum()),
        "present_cost_cny": dear,
        "gain": float(theirs["gain"].sum()),
        "saving_cny": dear - cost,
        "saving": 1.0 - cost / dear if dear > 0.0 else 0.0,
        "more_gain": float(ours["gain"].sum() - theirs["gain"].sum()),
    }


def _conditions(made: Made) -> list[dict[str, Any]]:
    problem, solution = made.problem, made.solution
    chosen = _chosen(made)
    used = problem.sums(chosen)
    worth = solution.price * np.abs(problem.limit)
    scale = abs(solution.cost) if np.isfinite(solution.cost) else 1.0
    found = []
    for row, name in enumerate(problem.names):
        limit = float(problem.limit[row])
        tight = abs(limit - used[row]) <= _TIGHT * max(abs(limit), 1e-12)
        barred = not made.reached and name in made.barred
        found.append(
            {
                "name": name,
                "at_least": bool(problem.at_least[row]),
                "limit": limit,
                "used": float(used[row]),
                "price": float(solution.price[row]),
                "binding": barred or (bool(tight or worth[row] > 1e-6 * scale) and limit > 0.0),
            }
        )
    return found


def _chosen(made: Made) -> Integers:
    assert made.solution.chosen is not None
    return made.solution.chosen
