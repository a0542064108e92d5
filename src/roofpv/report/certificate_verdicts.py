"""Verdicts of a certificate: who is asked, each reading written out, exemptions, substitutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report.certificate_areas import Areas
from roofpv.report.closing import Share, percent_text, share_of
from roofpv.report.document import Block, Grid, Heading, Lines, Section
from roofpv.report.shown import listed, named, shown
from roofpv.text import plain

Told = Mapping[str, Any]
_LONG = 400
_COMMA = {"en": ", ", "zh": "，"}
_WORDS = {True: "yes", False: "no", None: "unknown"}


def verdict_section(verdicts: Sequence[Told], areas: Areas, lang: str) -> Section:
    """
    Section of all targets; a clear line where no rule was judged.

    Parameters
    ----------
    verdicts : sequence of mapping
        Of ``judging.verdicts_of``.
    areas : Areas
    lang : str
    """
    blocks: list[Block] = []
    for one in verdicts:
        blocks += _target(one, areas, lang)
    if not verdicts:
        blocks = [Lines((_say("verdict.none", lang),))]
    return Section(_say("section.verdicts", lang), tuple(blocks))


def ease_section(building: pd.Series, verdicts: Sequence[Told], lang: str) -> Section:
    """
    Section on exemptions and substitutes.

    Parameters
    ----------
    building : Series
        Its row in the result.
    verdicts : sequence of mapping
    lang : str
    """
    reason, document = (building[name] for name in ("exemption", "exemption_document"))
    if isinstance(reason, str) and reason.strip():
        stated = isinstance(document, str) and document.strip()
        told = plain(document, _LONG) if stated else _say("eases.no_document", lang)
        words = {"reason": plain(reason, _LONG), "document": told}
        lines = [_say("eases.exemption", lang, words)]
    else:
        lines = [_say("eases.no_exemption", lang)]
    found = [
        _substitutes(one, reading, lang)
        for one in verdicts
        if one["asked"] is True
        for reading in one["readings"]
        if reading["alone"] and _eases(reading)
    ]
    return Section(
        _say("section.eases", lang), (Lines((*lines, *(found or [_say("eases.none", lang)]))),)
    )


def _eases(reading: Told) -> list[Told]:
    case = reading["cases"][0]
    return [*case["numerator_terms"][1:], *case["denominator_terms"][1:]]


def _substitutes(one: Told, reading: Told, lang: str) -> str:
    said = []
    for term in _eases(reading):
        words = {
            "column": plain(term["column"]),
            "factor": f"{term['factor']:g}",
            "value": f"{term['value']:,.2f}",
        }
        said.append(_say("eases.value" if term["stated"] else "eases.not_stated", lang, words))
    words = {
        "rule": plain(one["rule"]),
        "target": plain(one["target"]),
        "reading": plain(reading["reading"]),
        "columns": "; ".join(said),
    }
    return _say("eases.substitute", lang, words)


def _target(one: Told, areas: Areas, lang: str) -> Iterator[Block]:
    words = {"rule": plain(one["rule"]), "target": plain(one["target"])}
    title = plain(one["title"][lang] or one["title"]["en"], _LONG)
    yield Heading(_say("verdict.head", lang, words | {"title": title}))
    threshold = one["threshold"]
    about = {
        "strength": _say(f"strength.{one['strength']}", lang),
        "status": _say(f"status.{one['status'].replace(' ', '_')}", lang),
        "threshold": _say("verdict.no_threshold", lang)
        if threshold is None
        else f"{percent_text(threshold)} %",
        "deadline": one["deadline"],
        "as_of": one["as_of"],
        "level": _say(f"level.{one['level']}", lang),
    }
    yield Lines((_say("verdict.about", lang, about),))
    names = ("verdict.condition", "input.value", "verdict.wanted", "verdict.holds")
    header = tuple(_say(name, lang) for name in names)
    rows = tuple(_condition(condition, lang) for condition in one["conditions"])
    yield Grid("conditions", header, rows)
    yield Lines((_say(f"verdict.asked.{_WORDS[one['asked']]}", lang),))
    if one["asked"] is True:
        yield from _readings(one, areas, lang)


def _condition(condition: Told, lang: str) -> tuple[str, ...]:
    column, value, wanted = (condition[name] for name in ("column", "value", "wanted"))
    if column == "exemption":
        none = _say("verdict.no_exemption", lang)
        said = value.get(lang) or value["en"] if isinstance(value, Mapping) else value
        if isinstance(value, Mapping) and condition["met"]:
            said = None
        cells = (none if said is None else plain(said, _LONG), none)
    elif column == "completed":
        start, end = wanted
        words = {"start": start, "end": end}
        span = _say("verdict.from_to" if start else "verdict.up_to", lang, words)
        cells = (_value(column, value, lang), span)
    elif column == "status":
        stands = [_say(f"building.{one}", lang) for one in (value, wanted)]
        met = _say(f"holds.{_WORDS[condition['met']]}", lang)
        return (_say("fact.status", lang), *stands, met)
    else:
        every = wanted if isinstance(wanted, list) else [wanted]
        cells = (_value(column, value, lang), listed([shown(column, w, lang) for w in every], lang))
    return (named(column, lang), *cells, _say(f"holds.{_WORDS[condition['met']]}", lang))


def _value(column: str, value: Any, lang: str) -> str:
    if value is None:
        return _say("unknown", lang)
    if isinstance(value, float):
        return f"{value:,.10g}"
    return plain(shown(column, str(value), lang), _LONG)


def _readings(one: Told, areas: Areas, lang: str) -> Iterator[Block]:
    rows, notes = [], [_say("verdict.default", lang), _say("verdict.larger", lang)]
    for reading in one["readings"]:
        notes += _notes(reading, lang)
        if reading["alone"]:
            rows += [_row(one, reading, case, areas) for case in reading["cases"]]
    names = ("reading", "state", "calculation", "verdict")
    header = tuple(_say(f"verdict.{name}", lang) for name in names)
    if rows:
        yield Grid("verdicts", header, tuple(rows))
    yield Lines(tuple(notes))


def _row(one: Told, reading: Told, case: Told, areas: Areas) -> tuple[str, ...]:
    lang = areas.lang
    share = share_of(case, one["strict"], areas.known)
    variant = case["numerator_variant"]
    default = reading["default"] and (case["default"] or variant is None)
    title = plain(reading["title"][lang] or reading["title"]["en"], _LONG)
    name = f"{plain(reading['reading'])}{'*' if default else ''} {title}"
    if variant:
        name += f"{_COMMA[lang]}{_say(f'numerator.{variant}', lang)}"
    empty = case["met"] is None and case["denominator"] == 0.0
    verdict = _say("met.empty" if empty else f"met.{_WORDS[case['met']]}", lang)
    unit = _unit(reading["unit"], lang)
    return name, _say(f"state.{case['state']}", lang), _calculation(share, unit), verdict


def _calculation(share: Share, unit: str) -> str:
    said = f"{share.top} / {share.bottom}"
    return f"{said} ({unit})" if share.percent is None else said + share.result


def _notes(reading: Told, lang: str) -> list[str]:
    name, found = plain(reading["reading"]), []
    if not reading["alone"]:
        case = reading["cases"][-1]
        words = {
            "reading": name,
            "title": plain(reading["title"][lang] or reading["title"]["en"], _LONG),
            "numerator": _amount(case["numerator"]),
            "denominator": _amount(case["denominator"]),
            "unit": _unit(reading["unit"], lang),
        }
        found.append(_say("verdict.not_alone", lang, words))
    if reading["lacking"]:
        words = {"reading": name, "columns": ", ".join(map(plain, reading["lacking"]))}
        found.append(_say("verdict.lacking", lang, words))
    if reading["rounding"] is not None:
        words = {"reading": name, "step": f"{100.0 * reading['rounding']['step']:.10g} %"}
        found.append(_say("verdict.rounded", lang, words))
    if any(reading["cases"][0]["required"]):
        words = {"reading": name, "formula": _capacity(reading)}
        found.append(_say("verdict.capacity", lang, words))
    if reading["combine"] == "or":
        found.append(_say("verdict.instead", lang, {"reading": name}))
    return found


def _capacity(reading: Told) -> str:
    """Capacities asked for, each with its terms. [kW]."""
    parts = []
    for terms in reading["cases"][0]["required"]:
        said = [
            f"{_amount(term['kw'])} kW"
            + (f" ({term['factor']:g} × {_amount(term['value'])})" if term["value"] and
               term["factor"] is not None else "")
            for term in terms
        ]  # fmt: skip
        parts.append(" + ".join(said))
    joined = f" | {reading['combine'] or ''} | ".replace("|  |", "|")
    return joined.join(parts)


def _unit(unit: str, lang: str) -> str:
    return _say(f"unit.{unit}", lang) if has_text(f"certificate.unit.{unit}") else unit


def _amount(value: float | None) -> str:
    return "–" if value is None else f"{value:,.10g}"


def _say(key: str, lang: str, words: Mapping[str, object] | None = None) -> str:
    return say(f"certificate.{key}", lang, words)
