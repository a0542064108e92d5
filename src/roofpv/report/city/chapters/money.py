"""Investment, cost and value of the energy, own use, and the prices that they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report.city.chapters.places import by_place
from roofpv.report.city.chapters.tariffs import rests, tariffs, texts_of, word_of
from roofpv.report.city.content import City
from roofpv.report.city.figures import Figure, shown_figure
from roofpv.report.city.ranking import FULL, PART, standing
from roofpv.report.city.telling import Teller
from roofpv.report.closing import percent_text
from roofpv.report.document import Block, Heading, Lines, Section

_SUMS = (
    "capex_cny", "npv_cny", "lifetime_kwh", "own_use_kwh", "export_kwh", "saved_cny", "sold_cny",
)  # fmt: skip
_SPREADS = ("lcoe_cny_per_kwh", "payback_years", "irr", "self_use_fraction")
_BY_PLACE = (
    "district", "capex_cny", "npv_cny", "own_use_kwh", "export_kwh", "self_use_fraction",
    "saved_cny", "sold_cny",
)  # fmt: skip
_CASH_FLOW = (
    "district", "lcoe_cny_per_kwh", "npv_cny", "irr", "payback_years", "carbon_payback_years",
)  # fmt: skip
_PER_W = Figure(2, "CNY/W")
_IN_PERCENT = frozenset({
    "discount_rate", "first_year_loss", "degradation_per_year", "om_fraction", "om_growth",
    "price_growth",
})  # fmt: skip


def money(city: City, language: str) -> Section:
    """
    What the roofs cost and earn, of how many that is known, and by which prices.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    told = city.result.run["money"]
    blocks: list[Block] = [
        Lines((tell.say("money.lead", {"all": tell.count(len(city.roofs))}),
               *_existing(city, tell))),
        tell.table("money_sums", ("what", "sum", "known_of"), _sums(city, tell), numbers=2),
        tell.table(
            "money_spreads", ("what", "lowest", "median", "highest", "known_of"),
            _spreads(city, tell), numbers=4,
        ),
        Lines(tuple(_pays(city, tell))),
        Heading(tell.say("money.by_place")),
        by_place(city, "money_places", _BY_PLACE, tell),
        *_cash_flows(told.get("places", []), tell),
        Heading(tell.say("money.tariff")),
        *tariffs(told, tell),
        Heading(tell.say("money.costs")),
        *_costs(told["costs"], tell),
        Heading(tell.say("money.load")),
        *_load(told, tell),
    ]  # fmt: skip
    return Section(tell.say("section.money"), tuple(blocks), "money")


def _existing(city: City, tell: Teller) -> Iterator[str]:
    """That PV which stands already is in the sums as if it were new."""
    equipped = int(np.isin(standing(city.roofs), (PART, FULL)).sum())
    if equipped:
        yield tell.say("money.existing", {"n": tell.count(equipped)})


def _cash_flows(places: Sequence[Mapping[str, Any]], tell: Teller) -> Iterator[Block]:
    """Cost of energy, value and payback of each district and of the city, which comes last."""
    rows = [one for one in places if one["district"] is not None]
    rows += [{**one, "district": tell.say("city")} for one in places if one["district"] is None]
    if rows:
        yield Lines((tell.say("money.cash_flow"),))
        yield tell.grid("money_cash_flow", _CASH_FLOW, rows)


def _known(city: City, column: str, tell: Teller) -> tuple[pd.Series, str]:
    """Values of roofs that are known, and of how many."""
    values = city.roofs[column].dropna() if column in city.roofs else pd.Series(dtype=float)
    return values, f"{tell.count(len(values))} / {tell.count(len(city.roofs))}"


def _sums(city: City, tell: Teller) -> Iterator[tuple[str, str, str]]:
    whole = city.totals.iloc[0]
    for column in _SUMS:
        of = _known(city, column, tell)[1]
        yield tell.column(column), tell.large(column, whole[column]), of


def _spreads(city: City, tell: Teller) -> Iterator[tuple[str, ...]]:
    for column in _SPREADS:
        values, of = _known(city, column, tell)
        spread = (values.min(), values.median(), values.max()) if len(values) else (np.nan,) * 3
        yield tell.column(column), *(tell.figure(column, one) for one in spread), of


def _pays(city: City, tell: Teller) -> Iterator[str]:
    values = _known(city, "npv_cny", tell)[0]
    never = city.roofs["npv_cny"].notna() & city.roofs["payback_years"].isna()
    words = {
        "pays": tell.count(int((values > 0.0).sum())),
        "known": tell.count(len(values)),
        "never": tell.count(int(never.sum())),
        "unknown": tell.count(len(city.roofs) - len(values)),
        "all": tell.count(len(city.roofs)),
    }
    yield tell.say("money.pays", words)
    if len(values) < len(city.roofs):
        yield tell.say("money.unknown", words)


def _costs(told: Mapping[str, Any], tell: Teller) -> Iterator[Block]:
    words = {"id": _library("cost_set", told["id"], tell), "year": str(told["year"])}
    rows = []
    for limit, price in told["sizes"]:
        size = {"kwp": tell.figure("kwp", limit)}
        key = "money.any_size" if limit is None else "money.up_to"
        rows.append((tell.say(key, size), shown_figure(price, _PER_W, language=tell.language)))
    yield Lines((tell.say("money.costs_are", words),))
    mounting = told.get("mounting_cny_per_w") or {}
    rows += [
        (tell.say("money.mounting", {"name": tell.name(name)}),
         shown_figure(price, _PER_W, language=tell.language))
        for name, price in sorted(mounting.items()) if price
    ]  # fmt: skip
    rows += [
        (word_of("life", name, tell), _plain(value, share=name in _IN_PERCENT))
        for name, value in told["life"].items()
    ]
    yield tell.table("costs", ("what", "value"), rows, numbers=1)
    yield from rests(told, tell)


def _plain(value: Any, *, share: bool) -> str:
    return f"{percent_text(value)}%" if share else f"{value:,.10g}"


def _load(told: Mapping[str, Any], tell: Teller) -> Iterator[Block]:
    load = told["load"]
    words = {
        "buildings": tell.count(load["buildings"]),
        "estimated": tell.count(load["estimated"]),
    }
    basis = load["basis"] if load["basis"] in {"file", "shapes"} else "other"
    yield Lines((tell.say(f"money.load_by.{basis}", words),))
    shapes = [one for one in load.get("shapes", []) if one["buildings"]]
    if shapes:
        rows = [
            (_library("load_shape", one["id"], tell),
             tell.listed(tell.cell("use", use) for use in one["uses"]),
             tell.count(one["buildings"]))
            for one in shapes
        ]  # fmt: skip
        yield tell.table("shapes", ("shape", "uses", "buildings"), rows, numbers=1)
        texts = dict.fromkeys(text for one in shapes for text in texts_of(one))
        yield Lines(tuple(tell.told(text) for text in texts))


def _library(kind: str, name: str, tell: Teller) -> str:
    """What a set of the library is called; one of the user's own by its id."""
    key = f"{kind}.{name}"
    return say(key, tell.language) if has_text(key) else tell.name(name)
