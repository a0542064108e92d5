"""What the report does not say, said plainly: limits, gaps, warnings, unusual yields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.report.city.content import City
from roofpv.report.city.figures import Figure, figure_in, shown_figure
from roofpv.report.city.telling import Teller, synthetic
from roofpv.report.document import Block, Heading, Lines, Section

_LIMITS = (
    "synthetic", "screening", "structure", "law", "scope", "money", "grid", "weather", "shade",
)  # fmt: skip
# What limits a report that has no number.
_OF_NOTHING = ("synthetic", "law", "scope")
_NOT = "not assessed: "
# Of all roofs; where the surroundings are given, single roofs may still not be known in them.
_NOTHING_AROUND = "no surroundings are given"
_LISTED = 10
_YIELD = figure_in("kWh/kWp")
_RATIO = Figure(2, "")


def limits(city: City, language: str) -> Section:
    """
    Limits of the assessment, what was not assessed and why, warnings, and the yield gate.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    run = city.result.run
    asked = _LIMITS if len(city.assessed) else _OF_NOTHING
    told = [key for key in asked if _applies(key, run)]
    words = {"what": synthetic(city, tell)}
    blocks: list[Block] = [Lines(tuple(tell.say(f"limits.{key}", words) for key in told))]
    if run["not_assessed"]:
        blocks += [
            Heading(tell.say("limits.not_assessed")),
            tell.table("not_assessed", ("what", "why"), _reasons(run["not_assessed"], tell)),
        ]
    if run["warnings"]:
        warned = tuple(tell.told(str(text)) for text in run["warnings"])
        blocks += [Heading(tell.say("limits.warnings")), Lines(warned)]
    if run["yield_gate"].get("judged"):
        blocks += [Heading(tell.say("limits.gate")), *_gate(run["yield_gate"], tell)]
    return Section(tell.say("section.limits"), tuple(blocks), "limits")


def _applies(key: str, run: Mapping[str, Any]) -> bool:
    if key == "synthetic":
        return bool(run["synthetic"])
    why = str(run["not_assessed"].get("shading_loss_fraction", ""))
    return key != "shade" or _NOTHING_AROUND in why


def _reasons(told: Mapping[str, str], tell: Teller) -> list[tuple[str, str]]:
    """Each reason once, with all that it leaves empty."""
    grouped: dict[str, list[str]] = {}
    for name, why in told.items():
        grouped.setdefault(str(why).removeprefix(_NOT), []).append(tell.column(name))
    return [(tell.listed(dict.fromkeys(names)), tell.told(why)) for why, names in grouped.items()]


def _gate(told: Mapping[str, Any], tell: Teller) -> Iterator[Block]:
    words = {
        "low": shown_figure(told["yield_low"], _YIELD, unit=False),
        "high": shown_figure(told["yield_high"], _YIELD),
        "least": shown_figure(told["ratio_low"], _RATIO),
        "most": shown_figure(told["ratio_high"], _RATIO),
        "judged": tell.count(told["judged"]),
        "roofs": tell.count(told["roofs"]),
        "outside": tell.count(told["outside"]),
    }
    yield Lines((tell.say("limits.gate_is", words),))
    if not told["listed"]:
        return
    causes = Counter(one["reasons"][0]["cause"] for one in told["listed"] if one["reasons"])
    ordered = sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [(_cause(name, tell), tell.count(count)) for name, count in ordered]
    yield tell.table("gate_causes", ("first_cause", "roofs"), rows, numbers=1)
    shown = told["listed"][:_LISTED]
    rows_of = [
        (
            tell.name(one["building_id"]),
            _cause(one["reasons"][0]["cause"], tell) if one["reasons"] else "",
            shown_figure(one["yield_kwh_per_kwp"], _YIELD),
            shown_figure(one["yield_over_poa"], _RATIO),
        )
        for one in shown
    ]
    yield Lines((tell.say("limits.gate_first", {"n": tell.count(len(shown))}),))
    yield tell.table("gate", ("building", "first_cause", "yield", "ratio"), rows_of, numbers=2)


def _cause(name: str, tell: Teller) -> str:
    key = f"yieldgate.{name}"
    return say(key, tell.language) if has_text(key) else tell.name(name)
