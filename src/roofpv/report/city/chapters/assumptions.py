"""Every assumption with its source: those that were changed first, then all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from roofpv.report.city.content import City
from roofpv.report.city.figures import DASH
from roofpv.report.city.rules import rules_of, words_of
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Grid, Heading, Lines, Section
from roofpv.report.shown import assumption_named, unit_named

_LONG = 600
_VALUE = 160
# How an assumption says that nobody knows it for the place.
_UNKNOWN = "not known for the place: an editable assumption"
_MARK = "†"


def assumptions(city: City, language: str) -> Section:
    """
    What was changed, what the rules' readings assume, and the sources of the rules.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    told = city.result.run["assumptions"]
    changed = [one for one in told if not one["default"]]
    unknown = sum(_UNKNOWN in one["source"] for one in told)
    words = {
        "all": tell.count(len(told)),
        "changed": tell.count(len(changed)),
        "unknown": tell.count(unknown),
    }
    blocks: list[Block] = [Lines((tell.say("assumptions.lead", words),))]
    if changed:
        blocks += [Heading(tell.say("assumptions.changed")), _grid("changed", changed, tell)]
    blocks += _rules(city, tell)
    return Section(tell.say("section.assumptions"), tuple(blocks), "assumptions")


def appendix(city: City, language: str) -> Section:
    """
    Every assumption with its unit and source.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    grid = _grid("assumptions", city.result.run["assumptions"], tell)
    lead = Lines((tell.say("assumptions.all"),))
    return Section(tell.say("section.appendix"), (lead, grid), "appendix")


def shown_value(value: Any) -> str:
    """The value of an assumption as it is written in a configuration; a dash for none."""
    if value is None or value == "":
        return DASH
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:.10g}"


def _grid(name: str, told: Iterable[Mapping[str, Any]], tell: Teller) -> Grid:
    rows = [
        (
            tell.name(one["key"]),
            assumption_named(str(one["key"]), tell.language),
            tell.name(shown_value(one["value"]), _VALUE),
            unit_named(str(one["unit"]), tell.language),
            tell.name(_source(one["source"], tell), _LONG),
        )
        for one in told
    ]
    return tell.table(name, ("key", "what", "value", "unit", "source"), rows)


def _source(text: str, tell: Teller) -> str:
    """Where a value is from; a mark, which the lead explains, where nobody knows it there."""
    if text == _UNKNOWN:
        return _MARK
    if text.endswith(f"; {_UNKNOWN}"):
        return f"{_MARK} {tell.told(text.removesuffix(f'; {_UNKNOWN}'))}"
    return tell.told(text)


def _rules(city: City, tell: Teller) -> Iterator[Block]:
    for rule in rules_of(city).values():
        words = {
            "rule": tell.name(rule.id),
            "title": tell.name(words_of(rule.title, tell.language), _LONG),
        }
        yield Heading(tell.say("assumptions.rule", words))
        lines = [words_of(rule.note, tell.language), tell.say("assumptions.text") + rule.text]
        lines += [words_of(one, tell.language) for one in rule.assumptions]
        sources = (" ".join(filter(None, (tell.told(one.title), one.url))) for one in rule.sources)
        lines += [tell.say("assumptions.source") + one for one in sources]
        yield Lines(tuple(tell.name(line, 2 * _LONG) for line in lines if line))
