"""The budget of uncertainty in lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roofpv.catalogue import say
from roofpv.report.shown import listed
from roofpv.text import table

_HEADER = ("term", "scope", "sd", "share", "life")
_LINES = ("first_year", "first_year_as_laid_out", "life")


def budget_text(told: Mapping[str, Any], language: str = "en") -> list[str]:
    """
    Lines of a budget: each error, with whom it is shared, and the levels that follow.

    Parameters
    ----------
    told : mapping
        Of ``uncertainty.budget_of``.
    language : str
        ``en`` or ``zh``.
    """
    if told["first_year"]["p90_kwh"] is None:
        return [say("uncertainty.not_known", language)]
    header = [say(f"uncertainty.header.{name}", language) for name in _HEADER]
    body = [
        [
            say(f"uncertainty.term.{one['term']}", language),
            say(f"uncertainty.scope.{one['scope']}", language),
            *(_percent(one[key]) for key in ("sd_fraction", "variance_share", "life_sd_fraction")),
        ]
        for one in told["budget"]
        if one["sd_fraction"] or one["life_sd_fraction"]
    ]
    lines = [say("uncertainty.title", language)]
    lines += ["  " + line for line in table(header, body)]
    for name in _LINES:
        words = {"years": told["life_years"]} | _words(told[name])
        lines.append("  " + say(f"uncertainty.{name}", language, words))
    return lines


def levels_text(run: Mapping[str, Any], language: str = "en") -> list[str]:
    """
    Levels of the city, what they rest on most, and what adding up the roofs' own would give.

    Parameters
    ----------
    run : mapping
        ``run.json``; no lines where it tells no level.
    language : str
        ``en`` or ``zh``.
    """
    told = run.get("uncertainty", {})
    city = next((one for one in told.get("totals", []) if one["district"] is None), None)
    if city is None or not city["first_year"]["p90_kwh"]:
        return []
    most = sorted(_by_term(told["budget"]).items(), key=lambda pair: -pair[1])[:3]
    terms = [f"{say(f'uncertainty.term.{name}', language)} {share:.0%}" for name, share in most]
    lines = [
        say(f"uncertainty.{name}", language, {"years": told["life_years"]} | _words(city[name]))
        for name in _LINES
    ]
    summed = f"{city['sum_of_roofs_p90_kwh'] / 1000.0:,.0f}"
    words = {"terms": listed(terms, language), "summed": summed}
    lines[0] += say("screen.largest", language, words)
    return lines


def _by_term(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    added: dict[str, float] = {}
    for one in rows:
        added[one["term"]] = added.get(one["term"], 0.0) + (one["variance_share"] or 0.0)
    return added


def _words(told: Mapping[str, float]) -> dict[str, str]:
    kwh = {name[:-4]: told[name] for name in told if name.endswith("_kwh")}
    words = {name: f"{value / 1000.0:,.1f}" for name, value in kwh.items()}
    if kwh["mean"] >= 1e6:
        words = {name: f"{value / 1000.0:,.0f}" for name, value in kwh.items()}
    return words | {"sd": _percent(told["sd_fraction"])}


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
