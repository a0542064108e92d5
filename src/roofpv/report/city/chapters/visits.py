"""Which visits, corrections and surveys would make the verdicts surer, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.report.city.content import City
from roofpv.report.city.figures import DASH, Figure, shown_figure
from roofpv.report.city.rules import reading_name
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Heading, Lines

MOST_VISITS, MOST_OTHERS = 5, 3
_SHARE = Figure(1, "%", 100)
_GAIN = Figure(2, "%", 100)
# A wrong verdict that gets rarer by less than this is told as a dash.
_LEAST = 1e-4
_LEAST_SHARE = 1e-3
_HEADS = ("building", "name", "district", "doubt", "of_spread", "wrong_falls")

Told = Mapping[str, Any]


def visits(city: City, tell: Teller) -> Iterator[Block]:
    """
    A table for each verdict that an error could turn; a line for each that none turned.

    Parameters
    ----------
    city : City
        Nothing is told where its ``certainty`` is None.
    tell : Teller
    """
    if city.certainty is None or not city.certainty["advice"]:
        return
    yield Heading(tell.say("visits.title"))
    draws = {"draws": tell.count(city.certainty["draws"])}
    yield Lines((tell.say("visits.lead", draws),))
    for number, one in enumerate(city.certainty["advice"], 1):
        words = draws | _about(one, tell)
        if one["wrong"] <= 0.0:
            yield Lines((tell.say("visits.sure", words),))
            continue
        yield Lines((tell.say("visits.wrong", words),))
        rows = [*_visits(one, tell), *_others(one, tell)]
        if rows:
            yield tell.table(f"visits_{number}", _HEADS, rows, numbers=2)


def _about(one: Told, tell: Teller) -> dict[str, str]:
    where = "" if one["district"] is None else tell.name(one["district"])
    return {
        "target": f"{tell.name(one['rule'])}/{tell.name(one['target'])}",
        "reading": reading_name(one),
        "state": tell.say(f"visits.state.{one['state']}"),
        "where": tell.say("visits.where", {"district": where}) if where else "",
        "wrong": shown_figure(one["wrong"], _SHARE),
    }


def _visits(one: Told, tell: Teller) -> Iterator[tuple[str, ...]]:
    """The buildings whose doubts weigh most, and all together that the draws name."""
    # A single one of many buildings that count the same tells little; its names are told even so.
    told = [v for v in one["visits"] if v["variance_share"] > 0.0][:MOST_VISITS]
    for visit in told:
        yield (
            tell.name(visit["building_id"]),
            tell.name(visit.get("name")),
            tell.name(visit.get("district")),
            _doubt(visit, tell),
            *_worth(visit),
        )
    together = one["together"]
    if len(told) > 1:
        count = {"n": tell.count(together["buildings"])}
        yield tell.say("visits.together", count), "", "", "", *_worth(together)


def _others(one: Told, tell: Teller) -> Iterator[tuple[str, ...]]:
    """One doubt resolved for all that have it, and surveys of what buildings have in common."""
    for kind, key in (("correction", "corrections"), ("survey", "surveys")):
        for told in one[key][:MOST_OTHERS]:
            if told["variance_share"] >= _LEAST_SHARE:
                count = {"buildings": tell.count(told["buildings"])}
                name = say(f"certainty.{kind}", tell.language, count)
                yield name, "", "", _what(told, tell), *_worth(told)


def _worth(told: Told) -> tuple[str, str]:
    gain = shown_figure(told["gain"], _GAIN) if told["gain"] >= _LEAST else DASH
    share = told["variance_share"]
    return shown_figure(share, _GAIN if share < 10.0 * _LEAST_SHARE else _SHARE), gain


def _doubt(visit: Told, tell: Teller) -> str:
    """What is doubtful of one building, and what that rests on."""
    key = f"certainty.detail.{visit['doubt']}"
    doubt = _word(f"certainty.doubt.{visit['doubt']}", tell)
    if not has_text(key):
        return doubt
    use, record = visit.get("use"), visit.get("existing_pv")
    words = {
        "use": tell.cell("use", use) if use else DASH,
        "confidence": shown_figure(visit.get("use_confidence"), Figure(0, "%", 100)),
        "grade": tell.name(visit.get("grade")),
        "record": tell.cell("existing_pv", record) if record else DASH,
    }
    return doubt + say(key, tell.language, words)


def _what(told: Told, tell: Teller) -> str:
    if "error" in told:
        return _error(told["error"], tell)
    return _word(f"certainty.doubt.{told['doubt']}", tell)


def _error(name: str, tell: Teller) -> str:
    kind, _, group = name.partition("/")
    key = f"certainty.error.{kind}"
    words = {"group": tell.listed(tell.name(one) for one in group.split("/"))}
    return say(key, tell.language, words) if has_text(key) else tell.name(name)


def _word(key: str, tell: Teller) -> str:
    return say(key, tell.language) if has_text(key) else tell.name(key.rpartition(".")[2])
