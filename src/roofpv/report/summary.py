"""What an assessment says, on one screen."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from roofpv.report.budget import levels_text
from roofpv.report.explain_money import money_lines
from roofpv.report.verdicts import targets_text
from roofpv.results import Result
from roofpv.text import plain, table

_ADDED = (
    "district", "kwp", "ac_kwh", "gross_roof_area_m2", "installable_area_m2", "installed_kwp",
)  # fmt: skip


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
        *levels_text(result.run),
        *_design(result.run.get("design", {})),
        *money_lines(result.buildings, result.run),
        "",
        *targets_text(result.targets),
        *_notes(result),
    ]


def _synthetic(run: dict[str, Any]) -> list[str]:
    if not run["synthetic"]:
        return []
    stated = [site.get("ghi_uncertainty_fraction") for site in run["weather"]["sites"]]
    spread = max((one for one in stated if one is not None), default=None)
    said = f" (annual GHI ± {spread:.0%}, one standard deviation)" if spread else ""
    what = " and ".join(run["synthetic"])
    return [f"SYNTHETIC {what}{said}: an example, not a finding about a real city.", ""]


def _totals(result: Result) -> list[str]:
    buildings = pd.DataFrame(result.buildings)
    known = buildings[list(_ADDED)][(buildings["status"] == "assessed").to_numpy()]
    codes, names = pd.factorize(known["district"].astype(object), sort=True)
    groups = [("all", known)]
    groups += [(str(name), known[codes == code]) for code, name in enumerate(names)]
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


def _notes(result: Result) -> list[str]:
    counts = result.run["counts"]
    lines = [
        "",
        f"{counts['in']:,} buildings in = {counts['assessed']:,} assessed + "
        f"{counts['excluded']:,} excluded (exempt) + {counts['quarantined']:,} quarantined",
    ]
    lines += [f"not assessed: {name}: {why}" for name, why in _reasons(result.run).items()]
    return lines + [f"note: {plain(text, 400)}" for text in result.run["warnings"]]


def _reasons(run: dict[str, Any]) -> dict[str, str]:
    """Reasons, each once, with all the columns that it empties."""
    grouped: dict[str, list[str]] = {}
    for name, why in run["not_assessed"].items():
        grouped.setdefault(why.removeprefix("not assessed: "), []).append(name)
    return {", ".join(names): why for why, names in grouped.items()}
