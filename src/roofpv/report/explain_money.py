"""Own use, money and carbon of a city in a few lines, and of one building step by step."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report.shown import listed
from roofpv.text import plain, table

# From here on sums are told in millions, below in thousands. [CNY]
_LARGE = 1e7
# What sums of the city are told in: millions, and in Chinese 万元. [CNY]
_MONEY = {"en": 1e6, "zh": 1e4}
_SEVERAL = 2


def money_lines(buildings: pd.DataFrame, run: Mapping[str, Any], language: str = "en") -> list[str]:
    """
    Own use, present value and carbon of all roofs.

    Parameters
    ----------
    buildings : DataFrame (building,)
        Of a result; of an older one that has no own use nothing is told.
    run : mapping
        Its record.
    language : str
        ``en`` or ``zh``.
    """
    if "money" not in run or "own_use_kwh" not in buildings:
        return []
    roofs = buildings[(buildings["status"] == "assessed") & (buildings["kwp"] > 0.0)]
    known = roofs[roofs["own_use_kwh"].notna()]
    lines = []
    if len(known):
        told = _own_use_line(known, len(roofs), run["money"], language)
        lines = [told, _value_line(known, language)]
    lines += _carbon_lines(roofs, run["money"]["carbon"], language)
    places = run["money"].get("places", [])
    if not any(one["roofs"] for one in places):
        return lines
    terms = _terms_line(run["money"], language)
    return [*lines, "", *_place_table(places, language), terms, *_installed_line(roofs, language)]


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


def _say(key: str, language: str, words: Mapping[str, object] | None = None) -> str:
    return say(f"screen.{key}", language, words)


def _word(kind: str, name: str, language: str) -> str:
    """A word of the record in a language; as it stands where the catalogue has none."""
    key = f"{kind}.{re.sub('[^a-z]+', '_', name)}"
    return say(key, language) if has_text(key) else name


def _own_use_line(known: pd.DataFrame, roofs: int, told: Mapping[str, Any], language: str) -> str:
    own, output = math.fsum(known["own_use_kwh"]), math.fsum(known["ac_kwh"])
    earned = math.fsum(known["saved_cny"]) + math.fsum(known["sold_cny"])
    words = {
        "how": _word("screen.how", told["own_use"], language),
        "share": f"{own / output if output > 0.0 else math.nan:.1%}",
        "energy": f"{output / 1000.0:,.0f}",
        "known": f"{len(known):,}",
        "roofs": f"{roofs:,}",
        "earned": f"{earned / _MONEY[language]:,.2f}",
        "tariffs": _tariffs(told, language),
    }
    return _say("money.own_use", language, words)


def _tariffs(told: Mapping[str, Any], language: str) -> str:
    """The tariff, or those that roofs of known own use pay by with their number."""
    used = [one for one in told.get("tariffs", []) if one["roofs_with_own_use"]]
    if len(used) < _SEVERAL:
        paid = used[0] if used else told["tariff"]
        return _say("money.tariff", language, {"id": plain(paid["id"])})
    each = [{"id": plain(one["id"]), "roofs": f"{one['roofs_with_own_use']:,}"} for one in used]
    said = [_say("money.tariff_of", language, words) for words in each]
    return _say("money.tariffs", language, {"listed": listed(said, language)})


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


def _value_line(known: pd.DataFrame, language: str) -> str:
    value, spent = math.fsum(known["npv_cny"]), math.fsum(known["capex_cny"])
    back = known["payback_years"].median()
    words = {
        "value": f"{value / _MONEY[language]:,.2f}",
        "spent": f"{spent / _MONEY[language]:,.2f}",
        "pays": f"{int((known['npv_cny'] > 0.0).sum()):,}",
        "median": _say("money.none", language)
        if math.isnan(back)
        else _say("money.years", language, {"years": f"{back:.1f}"}),
    }
    return _say("money.value", language, words)


def _carbon_lines(roofs: pd.DataFrame, carbon: Mapping[str, Any], language: str) -> list[str]:
    known = roofs[roofs["avoided_kgco2"].notna()]
    avoided = math.fsum(known["avoided_kgco2"])
    if not avoided > 0.0:
        return []
    words = {
        "avoided": f"{avoided / 1000.0:,.0f}",
        "grid": _grid(carbon["grid"], language),
        "years": f"{math.fsum(known['embodied_kgco2']) / avoided:.1f}",
    }
    return [_say("money.carbon", language, words)]


def _place_table(places: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """Cost, worth and carbon of the city and its districts."""
    large = max(one["capex_cny"] or 0.0 for one in places) >= _LARGE
    scale, digits = (1e-6, ",.2f") if large else (1e-3, ",.1f")
    if language == "zh":
        scale, digits = 1e-4, ",.0f" if large else ",.2f"
    header = _say("money.columns_large" if large else "money.columns", language).split("|")
    city = _say("all", language)
    body = [_place_row(one, scale, digits) for one in places]
    return table(header, [[row[0] or city, *row[1:]] for row in body])


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
    return [place["district"] or "", *shown[:2], known, *shown[2:]]


def _terms_line(told: Mapping[str, Any], language: str) -> str:
    """By what the money is reckoned, and what it leaves out; ``known`` is of whose own use."""
    life = told["costs"]["life"]
    left = [_word("screen.left_out", one, language) for one in told["left_out"]]
    words = {
        "price": _price(told["costs"], language),
        "upkeep": f"{life['om_fraction']:.1%}",
        "years": life["life_years"],
        "rate": f"{life['discount_rate']:.1%}",
        "loss": f"{life['degradation_per_year']:.2%}",
        "left_out": listed(left, language),
    }
    return _say("money.terms", language, words)


def _installed_line(roofs: pd.DataFrame, language: str) -> list[str]:
    """How much of the capacity is there already, and is reckoned all the same."""
    there = math.fsum(roofs["installed_kwp"].dropna())
    if not there > 0.0:
        return []
    return [_say("money.installed", language, {"kwp": f"{there:,.0f}"})]


def _price(costs: Mapping[str, Any], language: str) -> str:
    """Price of an array, and where it is from."""
    stated = costs.get("stated_capex_cny_per_w")
    prices = sorted({price for _, price in costs["sizes"]} if stated is None else {stated})
    low, high = f"{prices[0]:.2f}", f"{prices[-1]:.2f}"
    span = (
        low if prices[0] == prices[-1] else _say("money.span", language, {"low": low, "high": high})
    )
    return _say("money.price", language, {"span": span, "of": _of_costs(costs, language)})


def _of_costs(costs: Mapping[str, Any], language: str = "en") -> str:
    if costs.get("stated_capex_cny_per_w") is not None:
        return _say("money.as_stated", language)
    words = {"id": plain(costs["id"]), "year": costs["year"]}
    return _say("money.of_costs", language, words)


def _grid(grid: Mapping[str, Any], language: str = "en") -> str:
    factor = {"factor": f"{grid['kgco2_per_kwh']:g}"}
    if grid["region"] == "stated":
        return _say("money.grid_stated", language, factor)
    words = {
        "region": grid["region"],
        "scope": grid["scope"],
        "year": grid["year"],
    }
    if language != "en":
        for name in ("region", "scope"):
            words[name] = _word(f"story.carbon.{name}", words[name], language)
    return _say("money.grid", language, factor | words)


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
