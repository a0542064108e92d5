"""The supply curve: how much energy costs no more than each price."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from roofpv.report.city.content import City
from roofpv.report.city.figures import Figure, figure_in, shown_figure
from roofpv.report.city.prices import export_price, tariffs_in
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Lines, Section

_STEPS = 10
_COLUMNS = ("lcoe_cny_per_kwh", "cumulative_kwh", "cumulative_kwp", "mean_lcoe_cny_per_kwh")
_FIGURES = (figure_in("CNY/kWh"), figure_in("kWh"), figure_in("kWp"), figure_in("CNY/kWh"))


def supply(city: City, language: str) -> Section:
    """
    Roofs from the cheapest energy to the dearest, at each tenth of the energy.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    curve = city.supply
    if curve.empty:
        blocks: tuple[Block, ...] = (Lines((tell.say("supply.nothing"),)),)
        return Section(tell.say("section.supply"), blocks, "supply")
    words = {"n": tell.count(len(curve)), "all": tell.count(len(city.roofs))}
    lines = [tell.say("supply.lead", words)]
    lines += _exported(city, tell)
    rows = []
    for tenth, place in _places(curve["cumulative_kwh"].to_numpy(dtype=float)):
        row = curve.iloc[place]
        cells = (
            shown_figure(float(row[name]), figure, language=language)
            for name, figure in zip(_COLUMNS, _FIGURES, strict=True)
        )
        rows.append((shown_figure(tenth, Figure(0, "%", 100)), tell.count(place + 1), *cells))
    heads = ("of_energy", "roofs", "dearest", "energy", "capacity", "mean_cost")
    grid = tell.table("supply", heads, rows, numbers=6)
    return Section(tell.say("section.supply"), (Lines(tuple(lines)), grid), "supply")


def _exported(city: City, tell: Teller) -> Iterator[str]:
    """How much energy is worth making even where all of it is exported."""
    money, curve = city.result.run["money"], city.supply
    price = export_price(city.result.buildings, money)
    if price is None:
        return
    cost = curve["lcoe_cny_per_kwh"].to_numpy(dtype=float)
    count = int((cost <= price).sum())
    words = {
        "price": shown_figure(price, _FIGURES[0], language=tell.language),
        "cheapest": shown_figure(float(cost[0]), _FIGURES[0], language=tell.language),
        "dearest": shown_figure(float(cost[-1]), _FIGURES[0], language=tell.language),
        "roofs": tell.count(count),
        "energy": tell.large("ac_kwh", float(curve["cumulative_kwh"].iloc[count - 1])),
    }
    which = "none" if count == 0 else "all" if count == len(curve) else "some"
    yield tell.say(f"supply.export_{which}", words)
    several = {"n": tell.count(len(tariffs_in(money)))}
    yield tell.say("supply.prices" if len(tariffs_in(money)) > 1 else "supply.price", several)


def _places(energy: np.ndarray) -> list[tuple[float, int]]:
    """The roof with which each tenth of the energy is reached."""
    shares = np.arange(1, _STEPS + 1) / _STEPS
    places = np.searchsorted(energy, shares * energy[-1] * (1.0 - 1e-12))
    return [(float(share), int(place)) for share, place in zip(shares, places, strict=True)]
