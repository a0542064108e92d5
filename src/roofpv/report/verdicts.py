"""Verdicts on the targets as lines: every reading side by side, who is counted and who is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.inventory.classes.shown import shown
from roofpv.report.shown import named
from roofpv.text import plain, table

Entry = Mapping[str, Any]
_STATES = ("now", "potential")
_MARKS = {True: "yes", False: "no", None: "none"}
_GATED = "unknown_gate"
_STOP = {"en": ", ", "zh": "、"}
_CLAUSE = {"en": "; ", "zh": "；"}


def targets_text(entries: Sequence[Entry], language: str = "en") -> list[str]:
    """
    Every target with all its readings side by side, city and districts.

    Parameters
    ----------
    entries : sequence of mapping
        Content of ``targets.json``, or from ``targets.evaluate``.
    language : str
        ``en`` or ``zh``.
    """
    lines: list[str] = []
    for rule, target in dict.fromkeys((e["rule"], e["target"]) for e in entries):
        mine = [e for e in entries if e["rule"] == rule and e["target"] == target]
        lines += [*_target_lines(mine, language), ""]
    if entries:
        lines.append(_say("legend", language))
    return lines


def _say(key: str, language: str, words: Mapping[str, object] | None = None) -> str:
    return say(f"targets.{key}", language, words)


def _target_lines(entries: list[Entry], language: str) -> list[str]:
    first = entries[0]
    words = {
        "rule": first["rule"],
        "target": first["target"],
        "threshold": _threshold(first, language),
        "strength": _say(f"strength.{first['strength']}", language),
        "as_of": first["as_of"],
    }
    lines = [_say("head", language, words)]
    groups = list(dict.fromkeys((e.get("group_kind", "district"), _group(e)) for e in entries))
    names = [_named(kind, one, language) for kind, one in groups]
    city, met = _say("city", language), _say("city_met", language)
    for state in _STATES:
        rows = [e for e in entries if e["state"] == state]
        keys = dict.fromkeys((e["reading"], e["numerator_variant"]) for e in rows)
        body = [_reading_row([e for e in rows if _key(e) == key], language) for key in keys]
        lines.append(f"  {_say(f'state.{state}', language)}")
        columns = _say("columns", language).split("|")
        header = [*columns, *(city if one is None else one for one in names), met]
        lines += ["    " + line for line in table(header, body)]
    counted = ["  " + line for line in counted_lines(entries, language)]
    return lines + _chances(entries, language) + counted


def _threshold(entry: Entry, language: str) -> str:
    if entry["threshold"] is None:
        return _say("no_threshold", language)
    whom = entry.get("level", "")
    key = f"whom.{whom}" if has_text(f"targets.whom.{whom}") else "whom.city"
    return _say(key, language, {"share": f"{entry['threshold']:.0%}"})


def _group(entry: Entry) -> str | None:
    """District, or whatever else was asked for; None for the city."""
    found = entry.get("group", entry["district"])
    return None if found is None else str(found)


def _named(kind: str, group: str | None, language: str) -> str | None:
    """The group as people of the language call it; None for the city."""
    if group is None or language == "en" or kind == "district":
        return group
    return shown(kind, group, language)


def _chances(entries: list[Entry], language: str) -> list[str]:
    """How likely the default reading is met in the city, where that was drawn."""
    usual = [e for e in entries if e["default"] and _group(e) is None]
    known = [
        e
        for e in usual
        if None not in (e.get("probability"), e.get("value_q10"), e.get("value_q90"))
    ]
    said = []
    for entry in known:
        words = {
            "chance": f"{entry['probability']:.1%}",
            "low": f"{entry['value_q10']:.1%}",
            "high": f"{entry['value_q90']:.1%}",
        }
        least = "_least" if entry.get("probability_at_least") else ""
        said.append(_say(f"chance{least}.{entry['state']}", language, words))
    if not said:
        return []
    words = {"reading": _reading_name(usual[0]), "chances": _CLAUSE[language].join(said)}
    return ["  " + _say("chances", language, words)]


def counted_lines(entries: Sequence[Entry], language: str) -> list[str]:
    """
    Who is counted, who is not and why, and what is taken as what; city, now.

    Parameters
    ----------
    entries : sequence of mapping
        Of one target.
    language : str
    """
    city = [e for e in entries if _group(e) is None and e["state"] == "now"]
    counts = {name: f"{count:,}" for name, count in city[0]["counts"].items()}
    gated = _say("gated", language, counts) if _GATED in counts else ""
    ids = _ids(city[0].get("unknown_use_ids", []), language)
    lines = [] if "note" not in city[0] else [_note(city[0]["note"], language)]
    lines += [
        _say("counted", language, counts),
        _say("left_out", language, counts | {"ids": ids}),
        _say("unknown", language, counts | {"gated": gated}),
    ]
    for entry in {(e["reading"], e["numerator_variant"]): e for e in city}.values():
        missing, estimated = entry["counts"]["missing"], entry["counts"]["estimated"]
        name = {"reading": _reading_name(entry)}
        if missing or estimated:
            words = name | {"missing": f"{missing:,}", "estimated": f"{estimated:,}"}
            lines.append(_say("without", language, words))
        if "lacking" in entry:
            lacking = [_column(one, language) for one in entry["lacking"]]
            words = name | {"columns": _STOP[language].join(lacking)}
            lines.append(_say("lacking", language, words))
    return lines


def _column(name: str, language: str) -> str:
    """A column as the files have it; in Chinese as people call it."""
    return name if language == "en" else named(name, language)


def _note(note: str, language: str) -> str:
    """The note of an entry; it is English, and the catalogue knows the usual one."""
    return _say("nobody", language) if note == _say("nobody", "en") else note


def _ids(ids: Sequence[str], language: str) -> str:
    if not ids:
        return ""
    said = _STOP[language].join(plain(one, 24) for one in ids[:5])
    if language == "zh":
        return f"（{said}{'等' if len(ids) > 5 else ''}）"
    return f" ({said}{', ...' if len(ids) > 5 else ''})"


def _reading_name(entry: Entry) -> str:
    variant = entry["numerator_variant"]
    return str(entry["reading"]) + (f"/{variant}" if variant else "")


def _key(entry: Entry) -> tuple[str, str | None]:
    return entry["reading"], entry["numerator_variant"]


def _reading_row(entries: list[Entry], language: str) -> list[str]:
    city = entries[0]
    name = _reading_name(city)
    mark = "*" if city["default"] else ""
    none = _say("met.none", language)
    if city["value"] is None:
        share = _say("not_applicable", language)
    else:
        unit = f"targets.unit.{city['unit']}"
        said = say(unit, language) if has_text(unit) else city["unit"]
        share = f"{city['numerator']:,.0f} / {city['denominator']:,.0f} {said}"
    values = [none if e["value"] is None else f"{e['value']:.1%}" for e in entries]
    flip = " !" if city["flips"] else ""
    return [name + mark, share, *values, _say(f"met.{_MARKS[city['met']]}", language) + flip]
