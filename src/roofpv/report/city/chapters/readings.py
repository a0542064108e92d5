"""Every reading of every target side by side, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roofpv.catalogue import say
from roofpv.inventory.classes.shown import shown
from roofpv.report.city.content import City
from roofpv.report.city.figures import shown_share
from roofpv.report.city.rules import (
    Entry,
    group_of,
    reading_name,
    rules_of,
    target_of,
    words_of,
)
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Grid, Heading, Lines, Section
from roofpv.report.verdicts import counted_lines
from roofpv.targets import Rule

_STATES = ("now", "potential")
_MARKS = {True: "yes", False: "no", None: "none"}
_VARIANTS = ("N1", "N2", "N3")
_LONG = 600


def readings(city: City, language: str) -> Section:
    """
    All readings of every target, city and districts; those that turn the verdict are marked.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    rules = rules_of(city)
    entries = city.result.targets
    blocks: list[Block] = [Lines((tell.say("readings.lead"), tell.say("readings.legend")))]
    for name, target in dict.fromkeys((e["rule"], e["target"]) for e in entries):
        mine = [e for e in entries if (e["rule"], e["target"]) == (name, target)]
        blocks += _target(mine, rules.get(name), tell)
    for name in dict.fromkeys(e["rule"] for e in entries):
        blocks += _why(rules.get(name), tell)
    return Section(tell.say("section.readings"), tuple(blocks), "readings")


def _target(entries: Sequence[Entry], rule: Rule | None, tell: Teller) -> Iterator[Block]:
    first = entries[0]
    key = f"{first['rule']}_{first['target']}"
    words = {"rule": tell.name(first["rule"]), "target": tell.name(first["target"])}
    yield Heading(tell.say("readings.target", words))
    found = None if rule is None else target_of(rule, first["target"])
    if found is not None:
        note = words_of(found.note, tell.language)
        if note:
            yield Lines((tell.name(note, _LONG),))
        rows = [
            (one.id, *(tell.name(words_of(said, tell.language), _LONG)
                       for said in (one.title, one.note)))
            for one in found.readings
        ]  # fmt: skip
        yield tell.table(f"meaning_{key}", ("reading", "counts", "used_by"), rows)
    for state in _STATES:
        rows_of_state = [e for e in entries if e["state"] == state]
        if rows_of_state:
            yield Lines((tell.say(f"readings.state.{state}"),))
            yield _grid(f"readings_{key}_{state}", rows_of_state, tell)
    yield Lines(tuple(counted_lines(entries, tell.language)))


def _grid(name: str, entries: Sequence[Entry], tell: Teller) -> Grid:
    groups = list(dict.fromkeys((e.get("group_kind", "district"), group_of(e)) for e in entries))
    heads = [_named(kind, group, tell) for kind, group in groups]
    keys = dict.fromkeys((e["reading"], e["numerator_variant"]) for e in entries)
    rows = tuple(
        _row([e for e in entries if (e["reading"], e["numerator_variant"]) == key], tell)
        for key in keys
    )
    start = tuple(tell.say(f"heads.{key}") for key in ("reading", "share_of"))
    header = (*start, *heads, tell.say("heads.met"))
    return Grid(name, header, rows, frozenset(range(2, len(header) - 1)))


def _row(entries: Sequence[Entry], tell: Teller) -> tuple[str, ...]:
    city = entries[0]
    share = say("targets.not_applicable", tell.language)
    if city["value"] is not None:
        top = tell.amount(city["numerator"], city["unit"], named=False)
        bottom = tell.amount(city["denominator"], city["unit"])
        share = f"{top} / {bottom}"
    values = [
        shown_share(e["value"], e["threshold"]) + (" !" if e["flips"] else "") for e in entries
    ]
    met = say(f"targets.met.{_MARKS[city['met']]}", tell.language)
    flip = " !" if city["flips"] else ""
    return (reading_name(city) + ("*" if city["default"] else ""), share, *values, met + flip)


def _named(kind: str, group: str | None, tell: Teller) -> str:
    if group is None:
        return tell.say("city")
    return tell.name(group if kind == "district" else shown(kind, group, tell.language))


def _why(rule: Rule | None, tell: Teller) -> Iterator[Block]:
    """What the text leaves open."""
    if rule is None:
        return
    lines = [tell.say(f"readings.variant.{one}") for one in _VARIANTS]
    lines += [tell.name(words_of(one.words, tell.language), _LONG) for one in rule.undefined]
    yield Heading(tell.say("readings.why", {"rule": tell.name(rule.id)}))
    yield Lines(tuple(lines))
