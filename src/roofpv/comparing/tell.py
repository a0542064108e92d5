"""A comparison in a few lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.text import plain, table

_MOST = 20


def comparison_text(told: Mapping[str, Any], lang: str) -> list[str]:
    """
    Lines for a terminal of what ``compare`` tells.

    Parameters
    ----------
    told : mapping
        ``Comparison.told``.
    lang : str
        "en" or "zh".
    """
    counts = told["counts"]
    lines = [_say("buildings", lang, {name: f"{n:,}" for name, n in counts.items()})]
    runs = _runs(told["runs"], lang)
    if not runs and not counts["gone"] + counts["new"] + counts["changed"]:
        return [*lines, _say("same", lang)]
    lines += runs
    lines += ["", *_causes(told["causes"], lang)]
    lines += ["", *_totals(told["totals"], lang)]
    lines += ["", *_targets(told["targets"], lang)]
    return lines + _compliance(told["compliance"], lang)


def _say(key: str, lang: str, words: Mapping[str, object] | None = None) -> str:
    return say(f"compare.{key}", lang, words)


def _label(label: str, lang: str) -> str:
    """Causes of a label in words."""
    return " + ".join(
        _say(f"cause.{name}", lang) if has_text(f"compare.cause.{name}") else name
        for name in label.split("+")
    )


def _runs(runs: Mapping[str, Any], lang: str) -> list[str]:
    lines = []
    for one in runs["inputs"]:
        change = "new" if one["a"] is None else "gone" if one["b"] is None else "changed"
        lines.append(_say(f"input.{change}", lang, {"name": plain(one["name"])}))
    for kind in ("assumptions", "versions"):
        lines += [
            _say(kind, lang, {name: plain(_value(value)) for name, value in one.items()})
            for one in runs[kind]
        ]
    lines += [_say("weather", lang, {"site": plain(site)}) for site in runs["weather_sites"]]
    for one in runs["rules"]:
        lines.append(_say(f"rule.{one['change']}", lang, {"name": plain(one["name"])}))
    if runs["surroundings"][0] != runs["surroundings"][1]:
        old, new = (", ".join(one) or "–" for one in runs["surroundings"])
        lines.append(_say("surroundings", lang, {"a": old, "b": new}))
    return lines


def _value(value: Any) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _causes(causes: Mapping[str, Any], lang: str) -> list[str]:
    lines = [_say("causes", lang)]
    lines += [
        f"  {_label(label, lang)}: {count:,}" for label, count in causes["buildings"].items()
    ] or [f"  {_say('none', lang)}"]
    if causes["columns"]:
        said = ", ".join(f"{name} {count:,}" for name, count in causes["columns"].items())
        lines.append(_say("columns", lang, {"columns": said}))
    if causes["version_differs"]:
        words = {
            "same": f"{causes['without_cause']:,}",
            "moved": f"{causes['without_cause_and_changed']:,}",
        }
        kind = "untold" if not causes["without_cause"] else "told"
        lines.append(_say(f"version.{kind}", lang, words))
    return lines


def _totals(totals: Mapping[str, Any], lang: str) -> list[str]:
    """Totals with one column for each part that any of them has."""
    names = list(dict.fromkeys(name for one in totals.values() for name in one["parts"]))
    names = [*(n for n in ("gone", "new") if n in names), *sorted({*names} - {"gone", "new"})]
    header = [_say("total", lang), "A", "B", "B - A", *(_label(name, lang) for name in names)]
    rows = [
        [
            name, f"{one['a']:,.1f}", f"{one['b']:,.1f}", f"{one['difference']:+,.1f}",
            *(f"{one['parts'].get(part, 0.0):+,.1f}" for part in names),
        ]
        for name, one in totals.items()
    ]  # fmt: skip
    return table(header, rows)


def _targets(entries: Sequence[Mapping[str, Any]], lang: str) -> list[str]:
    shown = [one for one in entries if one["default"] and one["district"] is None]
    if not shown:
        return [_say("no_rule", lang)]
    lines = [_say("targets", lang)]
    for one in shown:
        lines += _target(one, lang)
    flips = [one for one in entries if one["flips"]]
    if flips:
        lines += ["", _say("flips", lang, {"count": f"{len(flips):,}"})]
        lines += [_flip(one, lang) for one in flips[:_MOST]]
    if len(flips) > _MOST:
        lines.append(_say("more", lang, {"count": f"{len(flips) - _MOST:,}"}))
    return lines


def _question(one: Mapping[str, Any], lang: str) -> str:
    parts = [one["rule"], one["target"], one["reading"], one["numerator_variant"]]
    named = "/".join(plain(part) for part in parts if part)
    place = f", {plain(one['district'])}" if one.get("district") else ""
    return f"{named}, {_say('state.' + one['state'], lang)}{place}"


def _target(one: Mapping[str, Any], lang: str) -> list[str]:
    sides = [one[side] for side in ("a", "b")]
    values = " -> ".join(_share(side["value"]) for side in sides)
    shares = " -> ".join(
        f"{_amount(side['numerator'])} / {_amount(side['denominator'])}" for side in sides
    )
    met = " -> ".join(dict.fromkeys(_met(side["met"], lang) for side in sides))
    lines = [f"  {_question(one, lang)}: {values} ({shares} {one['unit']}), {met}"]
    parts = one["parts"].get("value", {})
    if parts:
        said = "; ".join(f"{_label(k, lang)} {100.0 * v:+.2f}" for k, v in parts.items())
        lines.append(f"    {_say('points', lang)}: {said}")
    return lines


def _flip(one: Mapping[str, Any], lang: str) -> str:
    words = {
        "question": _question(one, lang),
        "a": _met(one["a"]["met"], lang),
        "b": _met(one["b"]["met"], lang),
        "value_a": _share(one["a"]["value"]),
        "value_b": _share(one["b"]["value"]),
        "cause": _label(one["flipped_by"] or "unknown", lang),
    }
    return "  " + _say("flip", lang, words)


def _compliance(compliance: Sequence[Mapping[str, Any]], lang: str) -> list[str]:
    lines = ["", _say("compliance", lang)] if compliance else []
    for one in compliance:
        said = []
        for change in ("newly", "lost"):
            if one[change]:
                why = ", ".join(f"{_label(k, lang)} {n:,}" for k, n in one[f"{change}_by"].items())
                said.append(_say(change, lang, {"count": f"{one[change]:,}", "why": why}))
        lines.append(f"  {_question(one, lang)}: {'; '.join(said)}")
    return lines


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _amount(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}" if value % 1 else f"{value:,.0f}"


def _met(met: bool | None, lang: str) -> str:
    return _say({True: "met", False: "missed", None: "not_known"}[met], lang)
