"""The certainty of the verdicts in a few lines."""

from __future__ import annotations

from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.inventory.classes.shown import shown
from roofpv.text import plain, table

Entry = dict[str, Any]
_CITY = ("rule", "target")
_LEAST = 1e-4
_CORRECTIONS = 5
_LEAST_SHARE = 1e-3


def certainty_text(told: dict[str, Any], language: str = "en") -> list[str]:
    """
    Lines of English or Chinese on what `certainty` found, for the city.

    Parameters
    ----------
    told : dict
        From `certainty`.
    language : str
        ``en`` or ``zh``.
    """
    city = [e for e in told["entries"] if e.get("group", e["district"]) is None]
    lines: list[str] = []
    for key in dict.fromkeys(tuple(e[name] for name in _CITY) for e in city):
        mine = [e for e in city if tuple(e[name] for name in _CITY) == key]
        words = told | mine[0] | {"draws": f"{told['draws']:,}"}
        lines.append(_say("target", language, words))
        lines += ["    " + line for line in _readings(mine, language)]
        lines += _undrawn(mine, language)
        for one in told["advice"]:
            if (one["rule"], one["target"]) == key:
                lines += _advice(one, language)
        lines.append("")
    names = ", ".join(_kept(name, language) for name in told["not_varied"])
    return [*lines, _say("not_varied", language, {"names": names})]


def _readings(entries: list[Entry], language: str) -> list[str]:
    rows = []
    for entry in entries:
        mark = "*" if entry["default"] else ""
        least = "≥ " if entry.get("at_least") else ""
        chance = entry["probability"]
        said = say("certainty.none", language) if chance is None else f"{least}{chance:.1%}"
        values = (entry[name] for name in ("value_q10", "value_q50", "value_q90"))
        shares = ["–" if value is None else f"{value:.1%}" for value in values]
        state = say(f"certainty.{entry['state']}", language)
        rows.append([_name(entry) + mark, state, said, *shares])
    return table(say("certainty.header", language).split("|"), rows)


def _undrawn(entries: list[Entry], language: str) -> list[str]:
    names = dict.fromkeys(_name(e) for e in entries if e.get("why_none") == "reading_not_drawn")
    return ["  " + _say("reading_not_drawn", language, {"reading": name}) for name in names]


def _advice(one: Entry, language: str) -> list[str]:
    words = one | {
        "reading": _name(one),
        "state": say(f"certainty.{one['state']}", language),
        "wrong": f"{one['wrong']:.1%}",
        "where": "" if one["district"] is None else f" ({plain(one['district'])})",
    }
    if one["wrong"] == 0.0:
        return ["  " + _say("sure", language, words)]
    rows = [
        [v["building_id"], v["name"], _doubt_of(v, language), *_worth(v)]
        for v in one["visits"]
        if v["variance_share"] >= _LEAST_SHARE
    ]
    if len(rows) == len(one["visits"]) > 1:
        together = _say("together", language, one["together"])
        rows.append([together, "", "", *_worth(one["together"])])
    rows += [
        [_say("correction", language, c), "", _doubt(c["doubt"], language), *_worth(c)]
        for c in one["corrections"][:_CORRECTIONS]
    ]
    rows += [
        [_say("survey", language, s), "", _error(s["error"], language), *_worth(s)]
        for s in one["surveys"][:_CORRECTIONS]
    ]
    header = say("certainty.visit_header", language).split("|")
    return ["  " + _say("wrong", language, words)] + [
        "    " + line for line in (table(header, rows) if rows else [])
    ]


def _worth(one: Entry) -> list[str]:
    gain = f"{one['gain']:.2%}" if one["gain"] >= _LEAST else "–"
    return [f"{one['variance_share']:.1%}", gain]


def _doubt(name: str, language: str) -> str:
    return say(f"certainty.doubt.{name}", language)


def _doubt_of(visit: Entry, language: str) -> str:
    """What is doubtful of one building, and what that rests on."""
    doubt = _doubt(visit["doubt"], language)
    if not has_text(f"certainty.detail.{visit['doubt']}"):
        return doubt
    sure, pv = visit["use_confidence"], visit["existing_pv"]
    words = {
        "use": shown("use", visit["use"], language) if visit["use"] else "–",
        "confidence": "–" if sure is None else f"{sure:.0%}",
        "grade": visit["grade"] or "–",
        "record": shown("existing_pv", pv, language) if pv else "–",
    }
    return doubt + _say(f"detail.{visit['doubt']}", language, words)


def _error(name: str, language: str) -> str:
    kind, _, group = name.partition("/")
    return _say(f"error.{kind}", language, {"group": group.replace("/", ", ")})


def _kept(name: str, language: str) -> str:
    kind, _, columns = name.partition(":")
    return _say(f"kept.{kind}", language, {"columns": columns})


def _name(entry: Entry) -> str:
    variant = entry["numerator_variant"]
    return entry["reading"] + (f"/{variant}" if variant else "")


def _say(key: str, language: str, words: dict[str, Any]) -> str:
    shown = {name: plain(value) for name, value in words.items() if not isinstance(value, list)}
    # Names of columns stand in a list that must not be cut in the middle of one.
    shown |= {name: str(words[name]) for name in ("names", "columns") if name in words}
    return say(f"certainty.{key}", language, shown)
