"""Own use, money and carbon of a city in a few lines, and of one building step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from roofpv.text import plain, table

# From here on sums are told in millions, below in thousands. [CNY]
_LARGE = 1e7
_SEVERAL = 2


def money_lines(buildings: pd.DataFrame, run: Mapping[str, Any]) -> list[str]:
    """
    Own use, present value and carbon of all roofs.

    Parameters
    ----------
    buildings : DataFrame (building,)
        Of a result; of an older one that has no own use nothing is told.
    run : mapping
        Its record.
    """
    if "money" not in run or "own_use_kwh" not in buildings:
        return []
    roofs = buildings[(buildings["status"] == "assessed") & (buildings["kwp"] > 0.0)]
    known = roofs[roofs["own_use_kwh"].notna()]
    lines = []
    if len(known):
        lines = [_own_use_line(known, len(roofs), run["money"]), _value_line(known)]
    lines += _carbon_lines(roofs, run["money"]["carbon"])
    places = run["money"].get("places", [])
    if not any(one["roofs"] for one in places):
        return lines
    return [*lines, "", *_place_table(places), _terms_line(run["money"]), *_installed_line(roofs)]


def money_steps(row: pd.Series, run: Mapping[str, Any]) -> list[str]:
    """
    How own use, money and carbon of one building come about.

    Parameters
    ----------
    row : Series
        Of the table of buildings.
    run : mapping
        Record of the result.
    """
    if "money" not in run or "own_use_kwh" not in row or not row["kwp"] > 0.0:
        return []
    told = run["money"]
    return [
        *_own_use_steps(row, told), *_worth_steps(row, told), *_carbon_steps(row, told),
        *_source_steps(row, told),
    ]  # fmt: skip


def _own_use_line(known: pd.DataFrame, roofs: int, told: Mapping[str, Any]) -> str:
    own, output = math.fsum(known["own_use_kwh"]), math.fsum(known["ac_kwh"])
    share = own / output if output > 0.0 else math.nan
    earned = math.fsum(known["saved_cny"]) + math.fsum(known["sold_cny"])
    return (
        f"own use {told['own_use']}: {share:.1%} of {output / 1000.0:,.0f} MWh/a on {len(known):,} "
        f"of {roofs:,} roofs; saves and earns {earned / 1e6:,.2f} million CNY in the first year "
        f"({_tariffs(told)})"
    )


def _tariffs(told: Mapping[str, Any]) -> str:
    """The tariff, or those that roofs of known own use pay by with their number."""
    used = [one for one in told.get("tariffs", []) if one["roofs_with_own_use"]]
    if len(used) < _SEVERAL:
        return f"tariff {plain((used[0] if used else told['tariff'])['id'])}"
    listed = (f"{plain(one['id'])} of {one['roofs_with_own_use']:,}" for one in used)
    return f"tariffs {', '.join(listed)}"


def tariff_of(row: pd.Series, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Record of the tariff that a building pays by.

    Parameters
    ----------
    row : Series
        Of the table of buildings.
    told : mapping
        ``run["money"]``; of an older result all pay by its one tariff.
    """
    mine = row.get("tariff_id")
    known = {one["id"]: one for one in told.get("tariffs", [])}
    found: Mapping[str, Any] = known.get(mine, told["tariff"])
    return found


def _why_tariff(row: pd.Series, told: Mapping[str, Any]) -> str:
    """Why a building pays by another tariff than the default."""
    mine = tariff_of(row, told)
    if row.get("tariff") in (mine["id"], mine.get("category") or mine["id"]):
        return f" (by the list: {plain(row['tariff'])})"
    return f" (by the use {row['use']})" if mine["id"] != told["tariff"]["id"] else ""


def _value_line(known: pd.DataFrame) -> str:
    value, spent = math.fsum(known["npv_cny"]), math.fsum(known["capex_cny"])
    pays = int((known["npv_cny"] > 0.0).sum())
    back = known["payback_years"].median()
    median = "none" if math.isnan(back) else f"{back:.1f} years"
    return (
        f"  net present value {value / 1e6:,.2f} of {spent / 1e6:,.2f} million CNY invested; "
        f"{pays:,} roofs above 0, median payback {median}"
    )


def _carbon_lines(roofs: pd.DataFrame, carbon: Mapping[str, Any]) -> list[str]:
    known = roofs[roofs["avoided_kgco2"].notna()]
    avoided = math.fsum(known["avoided_kgco2"])
    if not avoided > 0.0:
        return []
    years = math.fsum(known["embodied_kgco2"]) / avoided
    return [
        f"carbon: {avoided / 1000.0:,.0f} t avoided in the first year ({_grid(carbon['grid'])}), "
        f"what went into making it back after {years:.1f} years"
    ]


def _place_table(places: Sequence[Mapping[str, Any]]) -> list[str]:
    """Cost, worth and carbon of the city and its districts."""
    large = max(one["capex_cny"] or 0.0 for one in places) >= _LARGE
    unit, scale, digits = ("m", 1e-6, ",.2f") if large else ("k", 1e-3, ",.1f")
    header = [
        "district", f"{unit} CNY", "CNY/kWh", "known", "own use", "export MWh", f"{unit} CNY/a",
        f"NPV {unit} CNY", "IRR", "back a", "t CO2/a", "t to make", "back a",
    ]  # fmt: skip
    return table(header, [_place_row(one, scale, digits) for one in places])


def _place_row(place: Mapping[str, Any], of_money: float, digits: str) -> list[str]:
    saved, sold = place["saved_cny"], place["sold_cny"]
    cells = (
        (place["capex_cny"], of_money, digits),
        (place["lcoe_cny_per_kwh"], 1.0, ".3f"),
        (place["self_use_fraction"], 1.0, ".1%"),
        (place["export_kwh"], 1e-3, ",.0f"),
        (None if saved is None or sold is None else saved + sold, of_money, digits),
        (place["npv_cny"], of_money, digits),
        (place["irr"], 1.0, ".1%"),
        (place["payback_years"], 1.0, ".1f"),
        (place["avoided_kgco2"], 1e-3, ",.0f"),
        (place["embodied_kgco2"], 1e-3, ",.0f"),
        (place["carbon_payback_years"], 1.0, ".1f"),
    )
    shown = ["–" if value is None else format(value * scale, form) for value, scale, form in cells]
    known = f"{place['roofs_with_own_use']:,}/{place['roofs']:,}"
    return [place["district"] or "all", *shown[:2], known, *shown[2:]]


def _terms_line(told: Mapping[str, Any]) -> str:
    """By what the money is reckoned, and what it leaves out; ``known`` is of whose own use."""
    life = told["costs"]["life"]
    left = ", ".join(told["left_out"])
    return (
        f"  costs {_price(told['costs'])}; upkeep {life['om_fraction']:.1%} of them a year, "
        f"{life['life_years']} years at {life['discount_rate']:.1%}, "
        f"{life['degradation_per_year']:.2%} less output each year; left out: {left}"
    )


def _installed_line(roofs: pd.DataFrame) -> list[str]:
    """How much of the capacity is there already, and is reckoned all the same."""
    there = math.fsum(roofs["installed_kwp"].dropna())
    if not there > 0.0:
        return []
    return [f"  the {there:,.0f} kWp that are installed already are in all of it, as if new"]


def _price(costs: Mapping[str, Any]) -> str:
    """Price of an array, and where it is from."""
    stated = costs.get("stated_capex_cny_per_w")
    prices = sorted({price for _, price in costs["sizes"]} if stated is None else {stated})
    span = " to ".join(f"{price:.2f}" for price in dict.fromkeys((prices[0], prices[-1])))
    return f"{span} CNY/W{_of_costs(costs)}"


def _of_costs(costs: Mapping[str, Any]) -> str:
    if costs.get("stated_capex_cny_per_w") is not None:
        return " as stated"
    return f" ({plain(costs['id'])}, prices of {costs['year']})"


def _grid(grid: Mapping[str, Any]) -> str:
    factor = f"{grid['kgco2_per_kwh']:g} kg/kWh"
    if grid["region"] == "stated":
        return f"{factor} as stated"
    return f"{factor}, {grid['region']} {grid['year']}, {grid['scope']}"


def _own_use_steps(row: pd.Series, told: Mapping[str, Any]) -> list[str]:
    if pd.isna(row["load_kwh"]):
        load = "load: not known"
    else:
        how = "estimated from floor area and use" if row["load_is_estimate"] else "stated"
        load = f"load: {row['load_kwh']:,.0f} kWh a year, {how}{_shape(row, told)}"
    if pd.isna(row["own_use_kwh"]):
        return [load, "own use: not known, and so what the energy is worth"]
    supply = row["self_supply_fraction"]
    of_load = "" if pd.isna(supply) else f" and {supply:.1%} of the load"
    share = row["self_use_fraction"]
    of_output = "" if pd.isna(share) else f", {share:.1%} of the output{of_load}"
    return [
        load,
        f"own use, {told['own_use']}: {row['own_use_kwh']:,.0f} kWh{of_output}; "
        f"{row['export_kwh']:,.0f} kWh go into the grid (with PV that is installed already: "
        "one array, one meter)",
    ]


def _shape(row: pd.Series, told: Mapping[str, Any]) -> str:
    if told["load"]["basis"] == "file":
        return ", hours of the load file"
    names = [one["id"] for one in told["load"].get("shapes", []) if row["use"] in one["uses"]]
    return f", hours of the shape {plain(names[0])}" if names else ""


def _worth_steps(row: pd.Series, told: Mapping[str, Any]) -> list[str]:
    costs, life = told["costs"], told["costs"]["life"]
    steps = []
    if not pd.isna(row["saved_cny"]):
        steps.append(
            f"worth: {row['saved_cny']:,.0f} CNY saved + {row['sold_cny']:,.0f} CNY sold in the "
            f"first year, tariff {plain(tariff_of(row, told)['id'])}{_why_tariff(row, told)}"
        )
    cost = row["lcoe_cny_per_kwh"]
    levelised = "" if pd.isna(cost) else f"; levelised cost {cost:.3f} CNY/kWh"
    steps.append(
        f"cost: {row['capex_cny']:,.0f} CNY, {row['capex_cny'] / row['kwp'] / 1000.0:.2f} CNY/W"
        f"{_of_costs(costs)}, "
        f"{life['life_years']} years at {life['discount_rate']:.1%}{levelised}"
    )
    if not pd.isna(row["npv_cny"]):
        rate, back = row["irr"], row["payback_years"]
        steps.append(
            f"value: net present value {row['npv_cny']:,.0f} CNY, rate of return "
            f"{'none' if pd.isna(rate) else format(rate, '.1%')}, money back "
            f"{'never' if pd.isna(back) else f'after {back:.1f} years'}; no taxes, no debt"
        )
    return steps


def _carbon_steps(row: pd.Series, told: Mapping[str, Any]) -> list[str]:
    if pd.isna(row["avoided_kgco2"]):
        return []
    back = row["carbon_payback_years"]
    never = "" if pd.isna(back) else f", back after {back:.1f} years"
    return [
        f"carbon: {row['avoided_kgco2']:,.0f} kg avoided in the first year "
        f"({_grid(told['carbon']['grid'])}), {row['embodied_kgco2']:,.0f} kg to make it{never}"
    ]


def _source_steps(row: pd.Series, told: Mapping[str, Any]) -> list[str]:
    """Where the figures of tariff, costs, load and carbon are from, and what is assumed of them."""
    tariff, costs, carbon = tariff_of(row, told), told["costs"], told["carbon"]
    shapes = [one for one in told["load"].get("shapes", []) if row["use"] in one["uses"]]
    made = carbon["embodied"]["sources"]
    return [
        _sources(f"tariff {tariff['id']}", tariff),
        *_assigned_steps(told),
        _sources(f"costs {costs['id']} of {costs['year']}", costs),
        *(_sources(f"shape {one['id']}", one) for one in shapes),
        _sources(f"grid {_grid(carbon['grid'])}", carbon["grid"]) + f"; to make it: {made[0]}",
    ]


def _assigned_steps(told: Mapping[str, Any]) -> list[str]:
    assigned = told.get("tariff_assignment")
    return [_sources(f"tariffs by use {assigned['id']}", assigned)] if assigned else []


def _sources(name: str, told: Mapping[str, Any]) -> str:
    found = f"{name}: {'; '.join(told['sources'])}"
    assumed = told.get("assumptions", [])
    return plain(found + (f"; assumed: {'; '.join(assumed)}" if assumed else ""), 1000)
