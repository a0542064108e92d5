"""Who may be equipped: what it adds, what it costs, and which group takes one option at most."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from roofpv.errors import InvalidConfig
from roofpv.plan.alternatives import energy_price, other_layouts, with_lost
from roofpv.plan.goal import Goal
from roofpv.plan.problem import Floats
from roofpv.results import Result
from roofpv.targets.measure import dates, numbers, says_something

COLUMNS = (
    "building_id", "name", "district", "use", "group", "layout", "kwp", "ac_kwh", "capex_cny",
    "gain", "completed_year", "must", "energy_lost_kwh", "energy_cny_per_kwh",
)  # fmt: skip


def candidates(
    goal: Goal,
    must: Collection[str] = (),
    never: Collection[str] = (),
    layouts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Options to choose from: buildings that add to the numerator, with their layout.

    What is installed already is taken off: the part of the capacity that is new costs, yields
    and counts. Of an institution one building counts, so that its buildings are one group.

    Parameters
    ----------
    goal : Goal
    must, never : collection of str
        Ids of buildings.
    layouts : DataFrame (building and layout,), optional
        Layouts to choose from besides that of the result, as ``layout_candidates`` gives them.

    Returns
    -------
    DataFrame (option,)
        ``building_id name district use group layout kwp ac_kwh capex_cny gain completed_year
        must``, ``energy_lost_kwh``, what the same capacity would make more in the most productive
        layout of the roof (NaN where none was compared), and ``energy_cny_per_kwh``, what its
        output saves and earns in the result (NaN where it is not known), by group and id; of the
        rows of one ``group`` one at most is chosen. With layouts also ``laid_anew``.

    Raises
    ------
    InvalidConfig
        A building that is not known, or that must be equipped and cannot.
    """
    everyone = goal.buildings["building_id"].astype(str)
    for what, ids in (("must", must), ("never", never)):
        unknown = sorted(set(ids) - set(everyone))
        if unknown:
            raise InvalidConfig(f"{what} {unknown[0]}", "no building has this id", "Correct the id")
    own = goal.buildings.loc[goal.rows.frame.index]
    if layouts is None:
        table = _able(goal, own, goal.gain)
    else:
        first = with_lost(own, layouts)
        parts = [_able(goal, first, goal.gain).assign(laid_anew=False)]
        others = other_layouts(goal, own, layouts)
        parts += [_able(goal, *one).assign(laid_anew=True) for one in others]
        table = pd.concat(parts)
    table["must"] = table["building_id"].isin(list(must))
    _check_musts(goal, table, must)
    table = table[~table["building_id"].isin(list(never))]
    if goal.question.reading.metric == "institution_ratio":
        table = _by_institution(goal, table)
    order = [name for name in ("group", "building_id", "laid_anew", "layout") if name in table]
    return table.sort_values(order, kind="stable")


def _able(goal: Goal, own: pd.DataFrame, gain: Floats) -> pd.DataFrame:
    """Options of some buildings in the layout that the table has, without those that add none."""
    added = _added(goal, own)
    kwp = numbers(own["kwp"])
    lost = np.full(len(own), np.nan)
    if "layout_lost_kwh" in own:
        lost = numbers(own["layout_lost_kwh"])
    table = pd.DataFrame(
        {
            "building_id": own["building_id"].astype(str),
            "name": _column(own, "name"),
            "district": _column(own, "district"),
            "use": own["use"].astype(object),
            "group": own["building_id"].astype(str),
            "layout": _column(own, "layout"),
            "kwp": kwp * added,
            "ac_kwh": np.maximum(numbers(own["ac_kwh"]) - _existing(goal, own, "ac_kwh"), 0.0),
            "capex_cny": numbers(own["capex_cny"]) * added,
            "gain": gain,
            "completed_year": _years(own["completed"]),
            "energy_lost_kwh": lost * added,
            "energy_cny_per_kwh": _worth(goal, own),
        }
    )
    needed = ["kwp", "ac_kwh", "capex_cny", "gain"]
    able = (own["status"] == "assessed").to_numpy(dtype=np.bool_, copy=True)
    able &= np.isfinite(table[needed].to_numpy(dtype=np.float64)).all(axis=1)
    able &= ((table["kwp"] > 0.0) & (table["gain"] > 0.0)).to_numpy()
    return table[able]


def settings(result: Result) -> dict[str, Any]:
    """
    Assumptions of the assessment, by key; of hourly tariffs the mean price of export.

    Of several tariffs the lowest: by it energy is valued whose own use is not known.
    """
    found = {one["key"]: one["value"] for one in result.run["assumptions"]}
    if found.get("finance.export_cny_per_kwh") is None and "money" in result.run:
        money = result.run["money"]
        used = money.get("tariffs") or [money["tariff"]]
        lowest = min(one["mean_export_cny_per_kwh"] for one in used)
        found["finance.export_cny_per_kwh"] = lowest
    return found


def earned_per_year(table: pd.DataFrame, assumed: dict[str, Any]) -> Floats:
    """
    What a year of an option is worth: energy at its price less upkeep, never below 0. [CNY/a].

    Where the own use is not known all energy is taken at the price of the grid's purchase, the
    lower one. Another layout of a roof, and the part of it that is new, are worth as much a unit.
    """
    price = energy_price(table, assumed)
    upkeep = numbers(table["capex_cny"]) * assumed["finance.om_fraction"]
    upkeep += numbers(table["kwp"]) * assumed.get("finance.om_cny_per_kwp", 0.0)
    return np.maximum(numbers(table["ac_kwh"]) * price - upkeep, 0.0)


def _worth(goal: Goal, own: pd.DataFrame) -> Floats:
    """What a unit of energy of each building is worth in the result. [CNY/kWh]."""
    if "saved_cny" not in goal.buildings:
        return np.full(len(own), np.nan)
    first = goal.buildings.loc[own.index]
    ac_kwh = numbers(first["ac_kwh"])
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = (numbers(first["saved_cny"]) + numbers(first["sold_cny"])) / ac_kwh
    return np.where(ac_kwh > 0.0, worth, np.nan)


def _column(own: pd.DataFrame, name: str) -> pd.Series:
    if name not in own:
        return pd.Series(None, index=own.index, dtype=object)
    return own[name].astype(object).where(own[name].notna(), None)


def _added(goal: Goal, own: pd.DataFrame) -> Floats:
    """Part of the capacity of each building that is not installed yet."""
    kwp = numbers(own["kwp"])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(kwp > 0.0, 1.0 - _existing(goal, own, "kwp") / kwp, 0.0).clip(0.0, 1.0)


def _existing(goal: Goal, own: pd.DataFrame, what: str) -> Floats:
    """What is installed on the day of the goal."""
    name = "installed_kwp" if what == "kwp" and "installed_kwp" in own else f"existing_{what}"
    if name not in own:
        return np.zeros(len(own))
    installed = pd.Series(goal.rows.installed, index=goal.rows.frame.index)[own.index]
    return np.where(installed, np.nan_to_num(numbers(own[name])), 0.0)


def _years(completed: pd.Series) -> Floats:
    """Year of completion, NaN where not known."""
    when = dates(completed)
    year = when.astype("datetime64[Y]").astype(np.int64) + 1970
    return np.where(np.isnat(when), np.nan, year.astype(np.float64))


def _check_musts(goal: Goal, table: pd.DataFrame, must: Collection[str]) -> None:
    missing = sorted(set(must) - set(table["building_id"]))
    if not missing:
        return
    own = goal.buildings[goal.buildings["building_id"].astype(str) == missing[0]].iloc[0]
    raise InvalidConfig(
        f"must {missing[0]}", _why_not(goal, own), "Take it out of the must-have buildings"
    )


def _why_not(goal: Goal, own: pd.Series) -> str:
    """Why a building cannot be chosen."""
    if bool(says_something(pd.Series([own["exemption"]]))[0]):
        return "the building is exempt"
    if own["status"] != "assessed":
        return "the building was not assessed"
    if own.name not in goal.rows.frame.index:
        return f"the building is not in the subject of {goal.question.key}"
    if not own["kwp"] > 0.0:
        return "no PV fits on the building"
    return f"the building adds nothing to {goal.question.key}: it has PV, or what counts is unknown"


def _by_institution(goal: Goal, table: pd.DataFrame) -> pd.DataFrame:
    """One group an institution that has no PV yet; a must building is a group of its own."""
    names = goal.rows.frame["institution"]
    named = says_something(names)
    equipped = set(names[named & goal.rows.installed])
    own = names.loc[table.index]
    # Several rows of a building are its layouts.
    musts = table[table["must"]].drop_duplicates("building_id").sort_values("building_id")
    first = musts[~names.loc[musts.index].duplicated().to_numpy()]
    served = equipped | set(names.loc[musts.index])
    table = table.assign(gain=0.0)
    free = (~own.isin(list(served))).to_numpy()
    table.loc[free, "gain"] = 1.0
    table.loc[first.index[~names.loc[first.index].isin(list(equipped))], "gain"] = 1.0
    kept = free | table["must"].to_numpy()
    keys = ("institution " + own.astype(str)).where(free, "building " + table["building_id"])
    return table.assign(group=keys)[kept]
