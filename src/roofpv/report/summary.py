"""What an assessment says, on one screen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report.budget import levels_text
from roofpv.report.city import Teller, turned
from roofpv.report.explain_money import money_lines
from roofpv.report.shown import layout_named, listed
from roofpv.report.verdicts import targets_text
from roofpv.results import Result
from roofpv.text import plain, table

_ADDED = (
    "district", "kwp", "ac_kwh", "gross_roof_area_m2", "installable_area_m2", "installed_kwp",
)  # fmt: skip


def summary(result: Result, language: str = "en") -> list[str]:
    """
    Lines for a terminal: roofs, capacity and energy by district, targets, what was left out.

    Parameters
    ----------
    result : Result
    language : str
        ``en`` or ``zh``.
    """
    return [
        *_synthetic(result.run, language),
        *_totals(result, language),
        *_years(result.run, language),
        *levels_text(result.run, language),
        *_design(result.run.get("design", {}), language),
        *money_lines(result.buildings, result.run, language),
        "",
        *targets_text(result.targets, language),
        *_notes(result, language),
    ]


def _say(key: str, language: str, words: Mapping[str, object] | None = None) -> str:
    return say(f"screen.{key}", language, words)


def _synthetic(run: dict[str, Any], language: str) -> list[str]:
    if not run["synthetic"]:
        return []
    stated = [site.get("ghi_uncertainty_fraction") for site in run["weather"]["sites"]]
    spread = max((one for one in stated if one is not None), default=None)
    said = _say("spread", language, {"share": f"{spread:.0%}"}) if spread else ""
    keys = {name: f"story.synthetic.{name}" for name in run["synthetic"]}
    names = [say(key, language) if has_text(key) else name for name, key in keys.items()]
    words = {"what": _say("synthetic_and", language).join(names), "spread": said}
    return [_say("synthetic", language, words), ""]


def _totals(result: Result, language: str) -> list[str]:
    buildings = pd.DataFrame(result.buildings)
    known = buildings[list(_ADDED)][(buildings["status"] == "assessed").to_numpy()]
    codes, names = pd.factorize(known["district"].astype(object), sort=True)
    groups = [(_say("all", language), known)]
    groups += [(str(name), known[codes == code]) for code, name in enumerate(names)]
    header = _say("columns", language).split("|")
    return table(header, [_total_row(name, group) for name, group in groups])


def _years(run: dict[str, Any], language: str) -> list[str]:
    """Range of the city's years, where there are several."""
    known = [one for one in run.get("energy_by_year", []) if one["ac_kwh"] is not None]
    if not known:
        return []
    energies = [one["ac_kwh"] for one in known]
    span = f"{known[0]['year']}-{known[-1]['year']}" if len(known) > 1 else f"{known[0]['year']}"
    low, high = _whole(min(energies) / 1000.0), _whole(max(energies) / 1000.0)
    words = {"count": len(known), "span": span, "low": low, "high": high}
    return [_say("years", language, words)]


def _design(design: dict[str, Any], language: str) -> list[str]:
    """What the objective chose, and the price of it."""
    if "numerator" not in design:
        return []
    words = {
        "objective": _objective(design["objective"], language),
        "kinds": listed(
            [
                _say(
                    "design.kind", language, {"count": f"{count:,}", "name": _kind(name, language)}
                )
                for name, count in design["layouts"].items()
            ],
            language,
        ),
        "count": f"{design['buildings_reaching']:,}",
        "all": f"{design['buildings']:,}",
        "share": f"{design['coverage_target']:.0%}",
        "numerator": design["numerator"],
        "price": _lost(design["lost_kwh"], language),
    }
    return [
        _say("design.kinds", language, words),
        _say("design.reaching", language, words),
        *_without_gain(design, language),
    ]


def _objective(name: str, language: str) -> str:
    """The objective as the option has it; in Chinese what it stands for."""
    key = f"screen.objective.{name.replace('-', '_')}"
    return say(key, language) if has_text(key) else name


def _kind(name: str, language: str) -> str:
    """A layout as the option has it; in Chinese what it is."""
    return name if language == "en" else layout_named(name, language)


def _lost(lost_kwh: float | None, language: str) -> str:
    if lost_kwh is None:
        return _say("design.not_known", language)
    return _say("design.price", language, {"energy": f"{lost_kwh / 1000.0:,.1f}"})


def _without_gain(design: dict[str, Any], language: str) -> list[str]:
    count = design.get("buildings_with_npv_below_0", 0)
    if design["objective"] != "npv" or not count:
        return []
    return [_say("design.without_gain", language, {"count": f"{count:,}"})]


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


def _notes(result: Result, language: str) -> list[str]:
    counts = result.run["counts"]
    names = ("in", "assessed", "excluded", "quarantined")
    lines = ["", _say("counts", language, {name: f"{counts[name]:,}" for name in names})]
    lines += [
        _say("not_assessed", language, {"names": _columns(names, language), "why": why})
        for why, names in _reasons(result.run, language).items()
    ]
    noted = (plain(turned(text, language), 400) for text in result.run["warnings"])
    return lines + [_say("note", language, {"text": text}) for text in noted]


def _columns(names: list[str], language: str) -> str:
    """Columns in one line, as the files have them; in Chinese as people call them."""
    said = names if language == "en" else [Teller(language).column(name) for name in names]
    return listed(said, language)


def _reasons(run: dict[str, Any], language: str) -> dict[str, list[str]]:
    """Reasons, each once, with all the columns that it empties."""
    grouped: dict[str, list[str]] = {}
    for name, why in run["not_assessed"].items():
        said = turned(why.removeprefix("not assessed: "), language)
        grouped.setdefault(said, []).append(name)
    return grouped
