"""The answer first: is each target met, how surely, and what would close the gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np

from roofpv.catalogue import say
from roofpv.report.city.content import City
from roofpv.report.city.figures import Figure, shown_figure, shown_share, shown_threshold
from roofpv.report.city.ranking import FULL, PART, room_of, standing
from roofpv.report.city.rules import (
    Entry,
    default_entries,
    districts_of,
    outcome_of,
    plan_for,
    reading_name,
    rules_of,
    target_of,
    words_of,
)
from roofpv.report.city.telling import Teller, synthetic
from roofpv.report.city.totals import exact_sum
from roofpv.report.document import Block, Heading, Lines, Section
from roofpv.targets import Rule

FIRST = 10
_ROOFS = ("building_id", "name", "district", "year", "plan_kwp", "ac_kwh", "capex_cny")
_VERDICTS = {True: "yes", False: "no", None: "none"}


def answer(city: City, language: str) -> Section:
    """
    Every target in its default reading, in words and numbers.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    rules = rules_of(city)
    first = (*_warned(city, tell), *_in_short(city, rules, tell), *_sums(city, tell))
    blocks: list[Block] = [Lines(first)]
    for now, potential in default_entries(city):
        blocks += _target(city, (now, potential), rules.get(now["rule"]), tell)
    return Section(tell.say("section.answer"), tuple(blocks), "answer")


def _in_short(city: City, rules: Mapping[str, Rule], tell: Teller) -> Iterator[str]:
    """One line for each target: whether it is reached, what is lacking and what that costs."""
    several = len({one["rule"] for one in city.result.targets}) > 1
    for now, _ in default_entries(city) if len(city.assessed) else ():
        title = _title(now, rules.get(now["rule"]), tell, several=several)
        words = {"target": title, "state": _state(now, tell)}
        if now["threshold"] is None:
            yield tell.say("answer.short", words)
            continue
        words["share"] = shown_threshold(now["threshold"])
        words["strength"] = say(f"plan.strength.{now['strength']}", tell.language)
        more = (_lack(now, tell), _close(plan_for(city, now), now, tell))
        yield tell.say("answer.short_asked", words) + "".join(more)


def _lack(now: Entry, tell: Teller) -> str:
    """How much the city lacks, in the unit of the target; buildings and institutions whole."""
    if now["met"] is not False or None in (now["value"], now["denominator"]):
        return ""
    asked = Fraction(str(now["threshold"])) * Fraction(now["denominator"])
    lack: Fraction | int = asked - Fraction(now["numerator"])
    if lack <= 0 or now.get("level", "city") not in {"city", "portfolio"}:
        return ""
    if now["unit"] in {"buildings", "institutions"}:
        lack = ceil(lack)
    return tell.say("answer.lack", {"lack": tell.amount(float(lack), now["unit"])})


def _close(made: Mapping[str, Any] | None, now: Entry, tell: Teller) -> str:
    """What would close the gap, in few words; nothing where no roof is to be added."""
    if made is None or now["met"] is not False or outcome_of(made) == "already":
        return ""
    return tell.say(f"answer.close.{outcome_of(made)}", _gap_words(made, tell))


def _warned(city: City, tell: Teller) -> Iterator[str]:
    if city.result.run["synthetic"]:
        yield tell.say("answer.synthetic", {"what": synthetic(city, tell)})


def _sums(city: City, tell: Teller) -> Iterator[str]:
    run = city.result.run
    if not len(city.assessed):
        counts = {name: tell.count(run["counts"][name]) for name in ("in", "excluded")}
        yield tell.say("answer.empty", counts | {"out": tell.count(run["counts"]["quarantined"])})
        return
    whole = city.totals.iloc[0]
    words = {
        "buildings": tell.count(whole["buildings"]),
        "roofs": tell.count(whole["roofs"]),
        "kwp": tell.large("kwp", whole["kwp"]),
        "energy": tell.large("ac_kwh", whole["ac_kwh"]),
        "capex": tell.large("capex_cny", whole["capex_cny"]),
    }
    yield tell.say("answer.city", words)
    yield from _existing(city, tell)
    if not city.result.targets:
        yield tell.say("answer.no_rule")


def _existing(city: City, tell: Teller) -> Iterator[str]:
    """What of the sums above stands already, and about what is left to build."""
    roofs = city.roofs
    kinds, room = standing(roofs), room_of(roofs)
    equipped = (kinds == PART) | (kinds == FULL)
    if not equipped.any():
        yield tell.say("answer.bare")
        return
    fits, energy, capex = (
        roofs[name].to_numpy(dtype=float) for name in ("kwp", "ac_kwh", "capex_cny")
    )
    left = np.where(kinds < FULL, room / fits, 0.0)
    words = {
        "with": tell.count(int(equipped.sum())),
        "installed": tell.large("kwp", exact_sum(roofs["installed_kwp"].to_numpy(dtype=float))),
        "roofs": tell.count(int((kinds < FULL).sum())),
        "room": tell.large("kwp", exact_sum(fits * left)),
        "energy": tell.large("ac_kwh", exact_sum(energy * left)),
        "capex": tell.large("capex_cny", exact_sum(capex * left)),
    }
    yield tell.say("answer.existing", words)


def _target(
    city: City, states: tuple[Entry, Entry | None], rule: Rule | None, tell: Teller
) -> Iterator[Block]:
    now = states[0]
    several = len({one["rule"] for one in city.result.targets}) > 1
    yield Heading(_title(now, rule, tell, several=several))
    lines = [_asked(now, tell)]
    if rule is not None:
        lines.append(tell.say(f"answer.status.{rule.status}"))
    lines += dict.fromkeys(_state(one, tell) for one in states if one is not None)
    lines += _chances(city, [one for one in states if one is not None], tell)
    made = plan_for(city, now)
    if made is not None:
        lines += _gap(made, now, tell)
    yield Lines(tuple(lines))
    if made is not None and made["roofs"]:
        yield Lines((tell.say("answer.first", {"n": tell.count(_first_of(made))}),))
        yield tell.grid(
            f"first_{now['rule']}_{now['target']}", _ROOFS, planned(made["roofs"])[:FIRST]
        )


def planned(roofs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Roofs of a plan, by year the largest first; their capacity is what it adds."""
    told = ({**one, "plan_kwp": one["kwp"]} for one in roofs)
    return sorted(told, key=lambda one: (one["year"], -one["kwp"]))


def _first_of(made: Mapping[str, Any]) -> int:
    return min(FIRST, len(made["roofs"]))


def _title(entry: Entry, rule: Rule | None, tell: Teller, *, several: bool) -> str:
    target = None if rule is None else target_of(rule, entry["target"])
    title = "" if target is None else words_of(target.title, tell.language)
    name = tell.name(entry["target"])
    if several:
        name = f"{tell.name(entry['rule'])}/{name}"
    words = {"target": name, "title": tell.name(title, 300)}
    return tell.say("answer.target" if title else "answer.target_bare", words)


def _asked(entry: Entry, tell: Teller) -> str:
    if entry["threshold"] is None:
        return tell.say("answer.no_threshold", {"day": entry["as_of"]})
    share = shown_threshold(entry["threshold"])
    level = entry.get("level", "city")
    whose = "" if level == "city" else tell.say(f"answer.level.{level}")
    return tell.say(f"answer.strength.{entry['strength']}", {"share": share}) + whose


def _state(entry: Entry, tell: Teller) -> str:
    words = {
        "day": entry["as_of"],
        "share": shown_share(entry["value"], entry["threshold"]),
        "top": tell.amount(entry["numerator"], entry["unit"], named=False),
        "bottom": tell.amount(entry["denominator"], entry["unit"]),
        "reading": reading_name(entry),
        "verdict": tell.say(f"answer.verdict.{entry['state']}.{_VERDICTS[entry['met']]}"),
    }
    if entry["value"] is not None:
        return tell.say(f"answer.state.{entry['state']}", words)
    unknown = entry["counts"].get("unknown_use", 0)
    more = tell.say("answer.unknown_use", {"count": tell.count(unknown)}) if unknown else ""
    return tell.say("answer.state.nobody") + more


def _chances(city: City, entries: list[Entry], tell: Teller) -> Iterator[str]:
    """Chance and range of each state, and why its share lies outside of its range."""
    draws, unsure = (city.assumed(f"certainty.{name}") for name in ("draws", "unrecorded"))
    for one in entries:
        if None in (one.get("probability"), one.get("value_q10"), one.get("value_q90")):
            continue
        words = {
            "chance": told_chance(one["probability"], draws, tell),
            "low": shown_share(one["value_q10"]),
            "high": shown_share(one["value_q90"]),
            "not_stated": tell.count(one["counts"].get("existing_pv_not_stated", 0)),
            "unsure": shown_share(unsure),
        }
        least = "_least" if one.get("probability_at_least") else ""
        yield tell.say(f"answer.chance{least}.{one['state']}", words)
        side = _side(one)
        if side:
            yield tell.say(f"answer.outside.{side}", words)


def _side(entry: Entry) -> str:
    """Which text tells why a share lies below or above nearly all draws; none where it does not."""
    value, low, high = (entry[name] for name in ("value", "value_q10", "value_q90"))
    if value is None or low <= value <= high:
        return ""
    # The main reason where buildings are counted; areas and energy have several.
    counted = entry["unit"] == "buildings"
    if value < low:
        return "now" if counted and entry["counts"].get("existing_pv_not_stated") else "below"
    return "potential" if counted and entry["state"] == "potential" else "above"


def told_chance(chance: float, draws: object, tell: Teller) -> str:
    """
    A chance as far as the draws can tell it: "below 1 in 1,000" where none of 1,000 came so.

    Parameters
    ----------
    chance : float
        Share of the draws.
    draws : object
        How many were made; nothing but a positive whole number is taken for that.
    tell : Teller
    """
    if not isinstance(draws, int) or draws < 1:
        return shown_share(chance)
    figure = Figure(max(1, len(str(draws - 1)) - 2), "%", 100)
    if chance <= 0.0 or chance >= 1.0:
        least, most = (shown_figure(one, figure) for one in (1.0 / draws, 1.0 - 1.0 / draws))
        words = {"draws": tell.count(draws), "least": least, "most": most}
        return tell.say(f"answer.draws.{'none' if chance <= 0.0 else 'all'}", words)
    return shown_figure(chance, figure)


def _gap_words(made: Mapping[str, Any], tell: Teller) -> dict[str, str]:
    words = {
        "by": str(made["by"]),
        "count": tell.count(made["count"]),
        "kwp": tell.large("kwp", made["kwp"]),
        "energy": tell.large("ac_kwh", made["ac_kwh"]),
        "capex": tell.large("capex_cny", made["capex_cny"]),
        "share": shown_share(made["value_after"], made["threshold"]),
        "misses": tell.amount(made["misses"], made["unit"]),
    }
    return words | districts_of(made, tell)


def _gap(made: Mapping[str, Any], entry: Entry, tell: Teller) -> Iterator[str]:
    words = _gap_words(made, tell)
    if outcome_of(made) == "already":
        yield tell.say("answer.gap.already", words)
        return
    bound = "bound" if entry["strength"] in {"shall", "reach"} else "free"
    yield tell.say(f"answer.gap.{bound}") + tell.say(f"answer.gap.{outcome_of(made)}", words)
    if made["count"]:
        sure = "optimal" if made["gap"] == 0.0 else "gap"
        yield tell.say(f"answer.gap.{sure}", {"gap": f"{max(made['gap'], 1e-6):.4%}"})
        if not made.get("layouts"):
            yield tell.say("plan.as_laid_out")
