"""Carbon avoided in the first year, and what went into making the plant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roofpv.catalogue import has_text
from roofpv.report.city.chapters.places import by_place
from roofpv.report.city.content import City
from roofpv.report.city.telling import Teller
from roofpv.report.document import Lines, Section

_BY_PLACE = ("district", "avoided_kgco2", "embodied_kgco2", "carbon_payback_years")


def carbon(city: City, language: str) -> Section:
    """
    Carbon of the city and its districts, with the factor of the grid.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    told = city.result.run["money"]["carbon"]
    whole = city.totals.iloc[0]
    words = {
        "avoided": tell.large("avoided_kgco2", whole["avoided_kgco2"]),
        "embodied": tell.large("embodied_kgco2", whole["embodied_kgco2"]),
        "years": tell.figure("carbon_payback_years", whole["carbon_payback_years"]),
        "known": tell.count(whole["known_avoided_kgco2"]),
    }
    lines = (tell.say("carbon.lead", words), *_factors(told, tell))
    grid = by_place(city, "carbon", _BY_PLACE, tell)
    return Section(tell.say("section.carbon"), (Lines(lines), grid), "carbon")


def _factors(told: Mapping[str, Any], tell: Teller) -> Iterator[str]:
    grid, embodied = told["grid"], told["embodied"]
    words = {
        "factor": f"{grid['kgco2_per_kwh']:g}",
        "region": _word("region", grid["region"], tell),
        "scope": _word("scope", grid["scope"], tell),
        "year": str(grid["year"]),
        "made": f"{embodied['kgco2_per_kwp']:,g}",
    }
    yield tell.say("carbon.stated" if grid["region"] == "stated" else "carbon.grid", words)
    yield tell.say("carbon.made", words)
    yield from (tell.told(text) for part in (grid, embodied) for text in part["sources"])


def _word(kind: str, name: str, tell: Teller) -> str:
    key = f"carbon.{kind}.{name}"
    return tell.say(key) if has_text(f"story.{key}") else tell.name(name)
