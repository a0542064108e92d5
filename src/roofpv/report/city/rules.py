"""Words of the rules that a result was judged by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roofpv.catalogue import say
from roofpv.report.city.content import City
from roofpv.report.city.telling import Teller
from roofpv.targets import Rule, Target, parse_rule
from roofpv.targets.rules import Words
from roofpv.text import plain

Entry = Mapping[str, Any]


def rules_of(city: City) -> dict[str, Rule]:
    """Rules of a result by their id, in their order."""
    return {name: parse_rule(text, name) for name, text in city.result.run["rule_texts"].items()}


def target_of(rule: Rule, target: str) -> Target | None:
    """A target of a rule; None where it has no such one."""
    return next((one for one in rule.targets if one.id == target), None)


def words_of(words: Words, language: str) -> str:
    """A text in the language, else as it was written, else in the other language."""
    own = words.zh if language == "zh" else words.en
    return own or words.original or words.en or words.zh


def default_entries(city: City) -> list[tuple[Entry, Entry | None]]:
    """Verdict of the default reading of each target for the city, now and potential."""
    found: dict[tuple[str, str], dict[str, Entry]] = {}
    for one in city.result.targets:
        if one["default"] and group_of(one) is None:
            found.setdefault((one["rule"], one["target"]), {})[one["state"]] = one
    return [(states["now"], states.get("potential")) for states in found.values()]


def group_of(entry: Entry) -> str | None:
    """District, or whatever else was asked for; None for the city."""
    said = entry.get("group", entry["district"])
    return None if said is None else str(said)


def reading_name(entry: Entry) -> str:
    """Id of a reading with its numerator, such as A1/N1."""
    variant = entry["numerator_variant"]
    return str(entry["reading"]) + (f"/{variant}" if variant else "")


def bar_named(key: str, language: str) -> str:
    """What a plan is for, of its ``rule/target/reading``, in words."""
    rule, _, rest = plain(key, 200).partition("/")
    target, _, reading = rest.partition("/")
    if not reading:
        return plain(key, 200)
    return say("story.plan.named", language, {"rule": rule, "target": target, "reading": reading})


def plan_for(city: City, entry: Entry) -> Mapping[str, Any] | None:
    """The plan that reaches the target of a verdict for the city, where one was made."""
    key = f"{entry['rule']}/{entry['target']}/{reading_name(entry)}"
    mine = (one for one in city.plans if one["target"] == key and one["district"] is None)
    return next(mine, None)


def outcome_of(made: Mapping[str, Any]) -> str:
    """Which text tells what a plan comes to: already, reached, missed, or district by district."""
    if made.get("districts"):
        return "districts"
    if made["already_met"]:
        return "already"
    return "reached" if made["reached"] else "missed"


def districts_of(made: Mapping[str, Any], tell: Teller) -> dict[str, str]:
    """In how many of its districts a plan reaches a target that each must reach."""
    districts = made.get("districts") or []
    done = sum(bool(one["reached"]) for one in districts)
    return {"done": tell.count(done), "districts": tell.count(len(districts))}
