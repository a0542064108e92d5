"""How far the energy may be off, what that rests on, and what to look at to be surer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.report.city.chapters.visits import visits
from roofpv.report.city.content import City
from roofpv.report.city.figures import Figure, shown_figure
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Heading, Lines, Section

_SHARE = Figure(1, "%", 100)
_LEVELS = ("mean_kwh", "p50_kwh", "p75_kwh", "p90_kwh")
_OF = ("first_year", "first_year_as_laid_out", "life")
_HEADS = ("place", "mean", "p50", "p75", "p90", "sd")


def uncertainty(city: City, language: str) -> Section:
    """
    P50, P75 and P90 of the city and its districts, and the budget that they come from.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    told = city.result.run["uncertainty"]
    whole = next((one for one in told.get("totals", []) if one["district"] is None), None)
    if whole is None or whole["first_year"]["p90_kwh"] is None:
        lines = (say("uncertainty.not_known", language),)
        alone = (Lines(lines), *visits(city, tell), *_uses(city, tell))
        return Section(tell.say("section.uncertainty"), alone, "uncertainty")
    words = {
        "years": str(told["life_years"]),
        "summed": tell.figure("ac_kwh", whole["sum_of_roofs_p90_kwh"]),
        "p90": tell.large("ac_kwh", whole["first_year"]["p90_kwh"]),
        "without": tell.count(told["without_spread"]),
    }
    blocks: list[Block] = [
        Lines((tell.say("uncertainty.lead", words), tell.say("uncertainty.rule", words)))
    ]
    for kind in _OF:
        blocks.append(Heading(tell.say(f"uncertainty.{kind}", words)))
        rows = [_levels(one, kind, tell) for one in told["totals"]]
        blocks.append(tell.table(f"uncertainty_{kind}", _HEADS, rows, numbers=5))
    blocks.append(Heading(tell.say("uncertainty.budget")))
    heads = ("error", "shared_by", "first_year", "of_variance", "life")
    blocks.append(tell.table("budget", heads, list(_budget(told, tell)), numbers=3))
    blocks += [*visits(city, tell), *_uses(city, tell)]
    return Section(tell.say("section.uncertainty"), tuple(blocks), "uncertainty")


def _levels(one: Mapping[str, Any], kind: str, tell: Teller) -> tuple[str, ...]:
    place = tell.say("city") if one["district"] is None else tell.name(one["district"])
    kwh = (tell.figure("ac_kwh", one[kind][name]) for name in _LEVELS)
    return place, *kwh, shown_figure(one[kind]["sd_fraction"], _SHARE)


def _budget(told: Mapping[str, Any], tell: Teller) -> Iterator[tuple[str, ...]]:
    for one in told["budget"]:
        if one["sd_fraction"] or one["life_sd_fraction"]:
            shares = (one["sd_fraction"], one["variance_share"], one["life_sd_fraction"])
            yield (
                _word(f"uncertainty.term.{one['term']}", tell),
                _word(f"uncertainty.scope.{one['scope']}", tell),
                *(shown_figure(share, _SHARE) for share in shares),
            )


def _word(key: str, tell: Teller) -> str:
    return say(key, tell.language) if has_text(key) else tell.name(key.rpartition(".")[2])


def _uses(city: City, tell: Teller) -> Iterator[Block]:
    """Buildings of doubtful use that would change a share."""
    doubtful = city.result.run.get("doubtful_uses", {})
    for one in doubtful.get("targets", []):
        if one["matter"]:
            words = {
                "target": tell.name(one["target"]),
                "count": tell.count(doubtful["count"]),
                "matter": tell.count(one["matter"]),
                "low": shown_figure(one["lowest"], _SHARE),
                "high": shown_figure(one["highest"], _SHARE),
                "ids": tell.listed(tell.name(name) for name in one["ids"][:5]),
            }
            open_ = "open" if one["verdict_is_open"] else "firm"
            yield Lines((tell.say("uncertainty.uses", words), tell.say(f"uncertainty.{open_}")))
