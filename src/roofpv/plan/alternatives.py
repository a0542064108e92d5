"""Other layouts of the same roofs: what each adds, what it gives up, and which are worth a look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from roofpv.plan.ask import Ask
from roofpv.plan.goal import Goal, gains, goal_of
from roofpv.plan.problem import Flags, Floats
from roofpv.results import Result
from roofpv.targets import Reading
from roofpv.targets.measure import VARIANT_COLUMNS, numbers

# What a layout changes in the table of buildings.
CHANGED = ("layout", "kwp", "ac_kwh", "capex_cny", "layout_lost_kwh", *VARIANT_COLUMNS.values())


@dataclass(frozen=True)
class LayoutQuestion:
    """Whether the layout of a roof decides what it adds to a target, and the roofs without PV."""

    decides: bool
    building_ids: list[str]


def layout_question(result: Result, ask: Ask) -> LayoutQuestion:
    """
    What of the layouts a plan would have to know.

    Parameters
    ----------
    result : Result
    ask : Ask

    Raises
    ------
    InvalidConfig
        No such target.
    """
    goal = goal_of(result, ask.target, ask.by, ask.rules)
    if ask.district is not None:
        goal = goal.within(ask.district)
    own = goal.buildings.loc[goal.rows.frame.index]
    open_to = own.loc[~goal.rows.installed, "building_id"].astype(str)
    left = set(open_to) - set(ask.never)
    return LayoutQuestion(_decides(goal.question.reading), [one for one in open_to if one in left])


def _decides(reading: Reading) -> bool:
    """Areas, energy and capacity differ by layout; that a roof has PV does not."""
    measured = bool(reading.variants) or reading.metric == "energy_share"
    return measured or reading.asks_capacity or reading.combine == "or"


def with_lost(own: pd.DataFrame, layouts: pd.DataFrame) -> pd.DataFrame:
    """Buildings with what their own layout makes less than the most productive of some."""
    known = layouts.set_index(["building_id", "layout"])["layout_lost_kwh"]
    mine = pd.MultiIndex.from_arrays([own["building_id"].astype(str), own["layout"]])
    return own.assign(layout_lost_kwh=known.reindex(mine).to_numpy(dtype=float))


def other_layouts(
    goal: Goal, own: pd.DataFrame, layouts: pd.DataFrame
) -> Iterator[tuple[pd.DataFrame, Floats]]:
    """
    The buildings of a goal again in each of their other layouts, with what they add then.

    Parameters
    ----------
    goal : Goal
    own : DataFrame (row,)
        Buildings in the order of the rows of the goal.
    layouts : DataFrame (building and layout,)
        From ``layout_candidates``.

    Yields
    ------
    (DataFrame (building,), ndarray (building,))
        Some of the buildings in one layout, and their gain.
    """
    ids = own["building_id"].astype(str).to_numpy()
    mine = own["layout"].to_numpy(dtype=object)
    for name, some in layouts.groupby("layout", sort=False):
        place = pd.Index(some["building_id"]).get_indexer(ids)
        there = (place >= 0) & (mine != name)
        columns = {
            column: some[column].to_numpy()[place[there]] for column in CHANGED if column in some
        }
        rows = goal.rows.pick(there)
        seen = {column: values for column, values in columns.items() if column in rows.frame}
        rows = replace(rows, frame=rows.frame.assign(**seen))
        yield own[there].assign(**columns), gains(goal.question, goal.day, rows)


def worth_of_lost(table: pd.DataFrame, assumed: dict[str, Any]) -> Floats:
    """
    Worth of the energy that the layouts give up over their life, in money of its first year. [CNY].

    At the price of all energy as ``earned_per_year`` takes it; 0 where no layouts were compared.
    """
    years = np.arange(1, round(float(assumed["finance.life_years"])) + 1)
    discount = (1.0 + float(assumed["finance.discount_rate"])) ** -years.astype(float)
    output = (1.0 - float(assumed["losses.degradation_per_year"])) ** (years - 1.0)
    lost = np.nan_to_num(numbers(table["energy_lost_kwh"]))
    return lost * energy_price(table, assumed) * float((discount * output).sum())


def energy_price(table: pd.DataFrame, assumed: dict[str, Any]) -> Floats:
    """Worth of a unit of each option's energy; the grid's price where not known. [CNY/kWh]."""
    used, retail = assumed["finance.self_use_fraction"], assumed["finance.retail_cny_per_kwh"]
    price = float(assumed["finance.export_cny_per_kwh"])
    if used is not None:
        price = float(used) * float(retail) + (1.0 - float(used)) * price
    if "energy_cny_per_kwh" not in table:
        return np.full(len(table), price)
    worth = numbers(table["energy_cny_per_kwh"])
    return np.where(np.isnan(worth), price, worth)


def undominated(table: pd.DataFrame) -> Flags:
    """
    Options that no other layout of the same building in the same year makes needless.

    One does so that adds at least as much, for no more investment, capacity and cost: exchanging
    the one for the other keeps every condition of ``conditions`` and costs no more, so that the
    best plan is among the options left.

    Parameters
    ----------
    table : DataFrame (option,)
        ``building_id year gain capex_cny kwp cost``; of equal ones the first is kept.

    Returns
    -------
    ndarray (option,)
    """
    keys = table.groupby(["building_id", "year"], sort=False).ngroup().to_numpy()
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    most = int(sizes.max(initial=0))
    # By layout and roof; what is missing is no worse than nothing.
    burdens = np.full((4, most, len(starts)), np.nan)
    for row, name in enumerate(("gain", "capex_cny", "kwp", "cost")):
        burdens[row, place, keys] = numbers(table[name]) * (-1.0 if name == "gain" else 1.0)
    kept = np.ones((most, len(starts)), dtype=np.bool_)
    for other in range(most):
        for one in range(other):
            first = (burdens[:, one] <= burdens[:, other]).all(axis=0)
            second = (burdens[:, other] <= burdens[:, one]).all(axis=0)
            kept[other] &= ~first
            kept[one] &= first | ~second
    return kept[place, keys]
