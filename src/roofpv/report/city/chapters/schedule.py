"""The plans: which roofs, in which year, at what cost, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.report.city.chapters.answer import FIRST, planned
from roofpv.report.city.content import City
from roofpv.report.city.figures import shown_share, shown_threshold
from roofpv.report.city.rules import (
    bar_named,
    default_entries,
    districts_of,
    outcome_of,
    plan_for,
)
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Heading, Lines, Section

_MOST = 20
_ROOFS = ("building_id", "name", "district", "use", "year", "plan_kwp", "ac_kwh", "capex_cny")
_NAMED = 10


def schedule(city: City, language: str) -> Section:
    """
    Every plan by year, with its roofs and what binds it.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    lines = [tell.say("plan.lead" if city.plans else "plan.none")]
    lines += [tell.name(note[language], 400) for note in city.notes]
    blocks: list[Block] = [Lines(tuple(lines))]
    told = [plan_for(city, now) for now, _ in default_entries(city)]
    for number, made in enumerate(city.plans, 1):
        first = FIRST if any(made is one for one in told) else 0
        blocks += _plan(number, made, first, tell)
    return Section(tell.say("section.plan"), tuple(blocks), "plan")


def _plan(number: int, made: Mapping[str, Any], first: int, tell: Teller) -> Iterator[Block]:
    """One plan; its ``first`` roofs stand in the answer."""
    yield Heading(tell.say("plan.target", {"target": bar_named(made["target"], tell.language)}))
    yield Lines(tuple(_outcome(made, tell)))
    rows = [
        (str(one["year"]), tell.count(one["count"]),
         *(tell.figure(name, one[name]) for name in ("kwp", "ac_kwh", "capex_cny")))
        for one in made["by_year"]
    ]  # fmt: skip
    if rows:
        heads = ("year", "roofs", "capacity", "energy", "investment")
        yield tell.table(f"plan_{number}_years", heads, rows, numbers=4)
    if made.get("districts"):
        yield tell.table(
            f"plan_{number}_districts", ("district", "now", "after", "roofs", "investment"),
            [_district(one, made, tell) for one in made["districts"]], numbers=4,
        )  # fmt: skip
    rest = planned(made["roofs"])[first : first + _MOST]
    if rest:
        words = {
            "from": tell.count(first + 1),
            "to": tell.count(first + len(rest)),
            "all": tell.count(len(made["roofs"])),
        }
        yield Lines((tell.say("plan.rest" if first else "plan.roofs", words),))
        yield tell.grid(f"plan_{number}_roofs", _ROOFS, rest)


def _outcome(made: Mapping[str, Any], tell: Teller) -> Iterator[str]:
    now = made["now"]
    words = {
        "now": shown_share(now["value"], made["threshold"]),
        "threshold": shown_threshold(made["threshold"]),
        "after": shown_share(made["value_after"], made["threshold"]),
        "strength": say(f"plan.strength.{made['strength']}", tell.language),
        "candidates": tell.count(made["candidates"]),
        "by": str(made["by"]),
        "count": tell.count(made["count"]),
        "kwp": tell.large("kwp", made["kwp"]),
        "energy": tell.large("ac_kwh", made["ac_kwh"]),
        "capex": tell.large("capex_cny", made["capex_cny"]),
        "present": tell.large("capex_cny", made["present_cost_cny"]),
        "misses": tell.amount(made["misses"], made["unit"]),
        "district": "" if made["district"] is None else tell.name(made["district"]),
        "gap": f"{max(made['gap'], 1e-6):.4%}",
        "point": tell.large("capex_cny", made["next_point_cny"]),
    }
    words |= districts_of(made, tell)
    yield tell.say("plan.asked" if made["district"] is None else "plan.asked_there", words)
    yield tell.say(f"plan.outcome.{outcome_of(made)}", words)
    if made["binding"] and not made["candidates"]:
        names = tell.listed(_condition(one, tell) for one in made["binding"][:_NAMED])
        yield tell.say("plan.nothing_fits", {"names": names})
    yield tell.say("plan.sums", words)
    if made["count"]:
        yield from _layouts(made, tell)
    yield tell.say("answer.gap.optimal" if made["gap"] == 0.0 else "answer.gap.gap", words)
    if made["next_point_cny"] is not None:
        yield tell.say("plan.next_point", words)
    if made["binding"]:
        names = tell.listed(_condition(one, tell) for one in made["binding"][:_NAMED])
        yield tell.say("plan.binding", {"names": names})
    if made["cannot_count"]:
        ids = {"names": tell.listed(tell.name(one) for one in made["cannot_ids"])}
        yield tell.say("plan.cannot", ids | {"count": tell.count(made["cannot_count"])})


def _layouts(made: Mapping[str, Any], tell: Teller) -> Iterator[str]:
    """Whether the layouts are those of the result."""
    chosen = made.get("layouts")
    if not chosen:
        yield tell.say("plan.as_laid_out")
        return
    words = {"changed": tell.count(chosen["changed"]), "count": tell.count(made["count"])}
    yield tell.say("plan.layouts_chosen", words)


def _condition(name: str, tell: Teller) -> str:
    kind, _, where = name.partition(" ")
    key = f"plan.condition.{kind}"
    return say(key, tell.language, {"where": tell.name(where) if where else ""}).strip() \
        if has_text(key) else tell.name(name)  # fmt: skip


def _district(
    one: Mapping[str, Any], made: Mapping[str, Any], tell: Teller
) -> tuple[str, str, str, str, str]:
    return (
        tell.name(one["district"]),
        shown_share(one["now"]["value"], made["threshold"]),
        shown_share(one["value_after"], made["threshold"]),
        tell.count(one["count"]),
        tell.figure("capex_cny", one["capex_cny"]),
    )
