"""What is asked as linear conditions on the options."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.errors import InvalidConfig
from roofpv.plan.ask import Ask
from roofpv.plan.goal import Goal, at_place
from roofpv.plan.problem import Condition, Flags
from roofpv.plan.repair import TARGET
from roofpv.targets.measure import numbers
from roofpv.tomltable import hint


def conditions(goal: Goal, ask: Ask, table: pd.DataFrame, need: float) -> list[Condition]:
    """
    The target first, then minimums, budgets, installers and grid.

    Parameters
    ----------
    goal : Goal
    ask : Ask
    table : DataFrame (option,)
        Options by year.
    need : float
        What the numerator lacks.

    Returns
    -------
    list of Condition
        ``target``, ``min NAME``, ``budget``, ``budget YEAR``, ``kwp YEAR``, ``grid NAME``.

    Raises
    ------
    InvalidConfig
        A district, use or column that the buildings do not have, or a minimum out of reach.
    """
    found = [Condition(TARGET, numbers(table["gain"]), need, at_least=True)] if need > 0.0 else []
    found += [_minimum(goal, table, name, share) for name, share in sorted(ask.minimum.items())]
    capex, kwp = numbers(table["capex_cny"]), numbers(table["kwp"])
    if ask.budget_cny is not None:
        found.append(Condition("budget", capex, ask.budget_cny))
    for year in ask.years:
        at = (table["year"] == year).to_numpy()
        if ask.budget_cny_per_year is not None:
            found.append(Condition(f"budget {year}", capex * at, ask.budget_cny_per_year))
        if ask.kwp_per_year is not None:
            found.append(Condition(f"kwp {year}", kwp * at, ask.kwp_per_year))
    for name, limit in sorted(ask.max_kwp.items()):
        found += _grid(goal, table, name, limit)
    return found


def _minimum(goal: Goal, table: pd.DataFrame, name: str, share: float) -> Condition:
    uses = sorted(set(goal.rows.frame["use"].dropna()) & set(schema.USES))
    known = [*goal.rows.places.names, *uses]
    if name not in known:
        raise InvalidConfig(
            f"min {name}", "no district or use of the target has this name", hint(name, known)
        )
    lacking = goal.share(name).lacks(share, counts=goal.counts)
    amounts = numbers(table["gain"]) * at_place(goal, table, name)
    most = float(pd.Series(amounts).groupby(table["group"].to_numpy()).max().sum())
    if most < lacking * (1.0 - 1e-9):
        best = goal.share(name).with_more(most) or 0.0
        raise InvalidConfig(
            f"min {name}", f"{share:.1%} asked, {best:.1%} with every roof there", "Ask for less"
        )
    return Condition(f"min {name}", amounts, lacking, at_least=True)


def _grid(goal: Goal, table: pd.DataFrame, name: str, limit: float) -> list[Condition]:
    """Capacity of an area less what is installed there, on all buildings of the list."""
    everyone = goal.buildings
    column, colon, value = name.partition(":")
    if name in set(everyone["district"].dropna()):
        column, values = "district", [name]
    elif column not in everyone:
        known = sorted({*everyone["district"].dropna().astype(str), *everyone.columns})
        raise InvalidConfig(f"max-kwp {name}", "no such district or column", hint(name, known))
    else:
        there = everyone[column].dropna().astype(str)
        values = [value] if colon else sorted(there.unique())
        if colon and value not in set(there):
            raise InvalidConfig(
                f"max-kwp {name}", f"no building has this {column}", "Correct the name"
            )
    place = everyone[column].astype(object).where(everyone[column].notna(), "").astype(str)
    of_option = place.groupby(everyone["building_id"].astype(str)).first()
    places = table["building_id"].map(of_option).to_numpy()
    installed = (
        numbers(everyone["installed_kwp"])
        if "installed_kwp" in everyone
        else numbers(everyone["existing_pv_kwp"])
    )
    return [
        _area(
            table,
            one,
            places == one,
            limit - float(np.nansum(installed[(place == one).to_numpy()])),
        )
        for one in values
    ]


def _area(table: pd.DataFrame, name: str, there: Flags, left: float) -> Condition:
    return Condition(f"grid {name}", numbers(table["kwp"]) * there, max(0.0, left))
