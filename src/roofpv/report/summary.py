"""What an assessment says, on one screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from roofpv.results import Result
from roofpv.text import plain, table

_MARKS = {True: "yes", False: "no", None: "n/a"}
_STATES = {"now": "installed now", "potential": "if every roof were equipped"}


def summary(result: Result) -> list[str]:
    """
    Lines for a terminal: roofs, capacity and energy by district, targets, what was left out.

    Parameters
    ----------
    result : Result
    """
    return [
        *_synthetic(result.run),
        *_totals(result),
        *_years(result.run),
        *_design(result.run.get("design", {})),
        "",
        *targets_text(result.targets),
        *_notes(result),
    ]


def targets_text(entries: Sequence[dict[str, Any]]) -> list[str]:
    """Every target with all its readings side by side, city and districts."""
    lines: list[str] = []
    for rule, target in dict.fromkeys((e["rule"], e["target"]) for e in entries):
        mine = [e for e in entries if e["rule"] == rule and e["target"] == target]
        lines += [*_target_lines(mine), ""]
    if entries:
        lines.append("* the default reading; ! its verdict differs from the default's")
    return lines


def _synthetic(run: dict[str, Any]) -> list[str]:
    if not run["synthetic"]:
        return []
    stated = [site.get("ghi_uncertainty_fraction") for site in run["weather"]["sites"]]
    spread = max((one for one in stated if one is not None), default=None)
    said = f" (annual GHI ± {spread:.0%}, one standard deviation)" if spread else ""
    what = " and ".join(run["synthetic"])
    return [f"SYNTHETIC {what}{said}: an example, not a finding about a real city.", ""]


def _totals(result: Result) -> list[str]:
    buildings = result.buildings[result.buildings["status"] == "assessed"]
    groups = [("all", buildings)]
    named = buildings["district"].dropna()
    groups += [(name, buildings[buildings["district"] == name]) for name in sorted(named.unique())]
    header = [
        "district",
        "roofs",
        "roof m2",
        "installable m2",
        "kWp",
        "MWh/a",
        "kWh/kWp",
        "now kWp",
    ]
    return table(header, [_total_row(name, group) for name, group in groups])


def _years(run: dict[str, Any]) -> list[str]:
    """Range of the city's years, where there are several."""
    known = [one for one in run.get("energy_by_year", []) if one["ac_kwh"] is not None]
    if not known:
        return []
    energies = [one["ac_kwh"] for one in known]
    span = f"{known[0]['year']}-{known[-1]['year']}" if len(known) > 1 else f"{known[0]['year']}"
    low, high = _whole(min(energies) / 1000.0), _whole(max(energies) / 1000.0)
    return [f"{len(known)} complete years of weather ({span}): {low} to {high} MWh/a"]


def _design(design: dict[str, Any]) -> list[str]:
    """What the objective chose, and the price of it."""
    if "numerator" not in design:
        return []
    kinds = ", ".join(f"{count:,} {name}" for name, count in design["layouts"].items())
    lost = design["lost_kwh"]
    price = "not known" if lost is None else f"{lost / 1000.0:,.1f} MWh a year"
    return [
        f"design {design['objective']}: {kinds}",
        f"  {design['buildings_reaching']:,} of {design['buildings']:,} roofs reach "
        f"{design['coverage_target']:.0%} ({design['numerator']} / installable); the same capacity "
        f"in the most productive layouts would make {price} more",
        *_without_gain(design),
    ]


def _without_gain(design: dict[str, Any]) -> list[str]:
    count = design.get("buildings_with_npv_below_0", 0)
    if design["objective"] != "npv" or not count:
        return []
    return [f"  on {count:,} roofs no layout pays: their net present value is below 0"]


def _total_row(name: str, group: pd.DataFrame) -> list[str]:
    kwp, ac = group["kwp"].sum(min_count=1), group["ac_kwh"].sum(skipna=False)
    return [
        name,
        f"{len(group):,}",
        _whole(group["gross_roof_area_m2"].sum(min_count=1)),
        _whole(group["installable_area_m2"].sum(min_count=1)),
        _whole(kwp),
        _whole(ac / 1000.0),
        _whole(ac / kwp if kwp > 0 else float("nan")),
        _whole(group["installed_kwp"].sum(min_count=1)),
    ]


def _whole(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"


def _target_lines(entries: list[dict[str, Any]]) -> list[str]:
    first = entries[0]
    lines = [
        f"{first['rule']} target {first['target']}: {_threshold(first)}"
        f" ({first['strength']}), as of {first['as_of']}"
    ]
    groups = list(dict.fromkeys(_group(e) for e in entries))
    names = ["city" if one is None else str(one) for one in groups]
    for state, said in _STATES.items():
        rows = [e for e in entries if e["state"] == state]
        keys = dict.fromkeys((e["reading"], e["numerator_variant"]) for e in rows)
        body = [_reading_row([e for e in rows if _key(e) == key]) for key in keys]
        lines += [f"  {said}:"]
        header = ["reading", "numerator / denominator", *names, "city met"]
        lines += ["    " + line for line in table(header, body)]
    lines += _chances(entries) + _left_out(entries)
    return lines


def _chances(entries: list[dict[str, Any]]) -> list[str]:
    """How likely the default reading is met in the city, where that was drawn."""
    usual = [e for e in entries if e["default"] and _group(e) is None]
    said = [
        f"{'at least ' if e.get('probability_at_least') else ''}{e['probability']:.1%} "
        f"{_STATES[e['state']]} ({e['value_q10']:.1%} to {e['value_q90']:.1%})"
        for e in usual
        if None not in (e.get("probability"), e.get("value_q10"), e.get("value_q90"))
    ]
    if not said:
        return []
    name = _reading_name(usual[0])
    return [f"  chance that {name} is met (share in 8 of 10 draws): {'; '.join(said)}"]


def _threshold(entry: dict[str, Any]) -> str:
    if entry["threshold"] is None:
        return "nothing asked for yet"
    whom = {"building": " of the buildings must comply", "district": " in every district"}
    return f"{entry['threshold']:.0%}{whom.get(entry.get('level', ''), '')}"


def _group(entry: dict[str, Any]) -> str | None:
    """District, or whatever else was asked for; None for the city."""
    found = entry.get("group", entry["district"])
    return None if found is None else str(found)


def _left_out(entries: list[dict[str, Any]]) -> list[str]:
    """Who is counted, who is not and why, and what is taken as what; city, now."""
    city = [e for e in entries if _group(e) is None and e["state"] == "now"]
    counts = city[0]["counts"]
    lines = [f"  {city[0]['note']}"] if "note" in city[0] else []
    lines += [
        f"  counted: {counts['subject']:,} buildings, {counts['with_pv']:,} with PV; on "
        f"{counts['existing_pv_not_stated']:,} PV is not stated and taken as none",
        f"  left out: {counts['exempt']:,} exempt, {counts['unknown_use']:,} of unknown use"
        + _ids(city[0].get("unknown_use_ids", [])),
        f"  not known: owner of {counts['unknown_ownership']:,}, "
        f"completion of {counts['unknown_completed']:,}" + _gated(counts),
    ]
    for entry in {(e["reading"], e["numerator_variant"]): e for e in city}.values():
        missing, estimated = entry["counts"]["missing"], entry["counts"]["estimated"]
        if missing or estimated:
            name = _reading_name(entry)
            lines.append(f"  {name}: {missing:,} without the figures, {estimated:,} estimated")
        if "lacking" in entry:
            lines.append(f"  {_reading_name(entry)} needs, and no building has: {_lacking(entry)}")
    return lines


def _lacking(entry: dict[str, Any]) -> str:
    return ", ".join(entry["lacking"])


def _gated(counts: dict[str, int]) -> str:
    if "unknown_gate" not in counts:
        return ""
    return f", size or year that the rule asks for of {counts['unknown_gate']:,}"


def _ids(ids: Sequence[str]) -> str:
    if not ids:
        return ""
    more = ", ..." if len(ids) > 5 else ""
    return f" ({', '.join(plain(one, 24) for one in ids[:5])}{more})"


def _reading_name(entry: dict[str, Any]) -> str:
    variant = entry["numerator_variant"]
    return entry["reading"] + (f"/{variant}" if variant else "")


def _key(entry: dict[str, Any]) -> tuple[str, str | None]:
    return entry["reading"], entry["numerator_variant"]


def _reading_row(entries: list[dict[str, Any]]) -> list[str]:
    city = entries[0]
    name = _reading_name(city)
    mark = "*" if city["default"] else ""
    if city["value"] is None:
        share = "not applicable: nothing counts here"
    else:
        share = f"{city['numerator']:,.0f} / {city['denominator']:,.0f} {city['unit']}"
    values = ["n/a" if e["value"] is None else f"{e['value']:.1%}" for e in entries]
    flip = " !" if city["flips"] else ""
    return [name + mark, share, *values, _MARKS[city["met"]] + flip]


def _notes(result: Result) -> list[str]:
    counts = result.run["counts"]
    lines = [
        "",
        f"{counts['in']:,} buildings in = {counts['assessed']:,} assessed + "
        f"{counts['excluded']:,} excluded (exempt) + {counts['quarantined']:,} quarantined",
    ]
    lines += [f"not assessed: {name}: {why}" for name, why in _reasons(result.run).items()]
    return lines + [f"note: {plain(text, 200)}" for text in result.run["warnings"]]


def _reasons(run: dict[str, Any]) -> dict[str, str]:
    """Reasons, each once, with all the columns that it empties."""
    grouped: dict[str, list[str]] = {}
    for name, why in run["not_assessed"].items():
        grouped.setdefault(why.removeprefix("not assessed: "), []).append(name)
    return {", ".join(names): why for why, names in grouped.items()}
