"""A result folder as a city to be told: checked, and with the plans that close its gaps."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from roofpv import __version__
from roofpv.assumptions import from_values
from roofpv.certainty import certainty
from roofpv.csvfiles import check_ends
from roofpv.errors import InvalidConfig, InvalidResult, RoofpvError
from roofpv.plan import Ask, plan
from roofpv.plan.ask import MOST_YEARS
from roofpv.report.city import City
from roofpv.report.city.rules import default_entries, rules_of, target_of
from roofpv.report.city.telling import both
from roofpv.reporting.whole import check_whole
from roofpv.results import SUPPLY_FILE, WATERFALL_FILE, Result, read_results
from roofpv.text import plain

_SUPPLY = (
    "building_id", "lcoe_cny_per_kwh", "ac_kwh", "kwp", "cumulative_kwh", "cumulative_kwp",
    "mean_lcoe_cny_per_kwh",
)  # fmt: skip
_WATERFALL = ("level", "name", "step", "kwh", "factor")
_BUILDINGS = (
    "building_id", "name", "district", "use", "status", "status_reason", "gross_roof_area_m2",
    "installable_area_m2", "module_area_m2", "projected_module_area_m2", "array_field_area_m2",
    "module_count", "kwp", "installed_kwp", "ac_kwh", "ac_kwh_p50", "ac_kwh_p75", "ac_kwh_p90",
    "lifetime_kwh", "specific_yield_kwh_per_kwp", "capex_cny", "lcoe_cny_per_kwh", "npv_cny",
    "payback_years", "own_use_kwh", "export_kwh", "saved_cny", "sold_cny", "self_use_fraction",
    "avoided_kgco2", "embodied_kgco2", "evidence_grade",
)  # fmt: skip
_RUN = (
    "counts", "inputs", "rules", "rule_texts", "assumptions", "synthetic", "not_assessed",
    "warnings", "money", "uncertainty", "yield_gate",
)  # fmt: skip
_AGAIN = "Assess the inventory again with --overwrite"
_PLAN_KEYS = (
    "target", "district", "now", "threshold", "strength", "unit", "candidates", "by", "by_year",
    "roofs", "reached", "already_met", "value_after", "misses", "count", "kwp", "ac_kwh",
    "capex_cny", "present_cost_cny", "gap", "next_point_cny", "binding", "cannot_count",
    "cannot_ids",
)  # fmt: skip
# More buildings than these make the draws of a report slow.
MOST_DRAWN = 20_000
# Roofs to choose from in all plans of a report: 100,000 take some three seconds.
MOST_PLANNED = 300_000
# Seldom reached: within the gap a plan is found sooner, on any computer the same.
_SOON_S = 60.0
# Of the cost: a plan that the report makes is found in a tenth of the time of the exact one.
_GAP = 1e-3


def gather(folder: Path, plans: Sequence[Path] = ()) -> City:
    """
    Read a result folder, and plan for each target that is missed.

    Parameters
    ----------
    folder : Path
    plans : sequence of Path
        Plans in JSON; where any is given, none is made.

    Returns
    -------
    City

    Raises
    ------
    InvalidResult
        No complete result, one of another version, or a damaged one.
    InvalidConfig
        A file that holds no plan.
    """
    return with_plans(with_certainty(read_city(folder)), plans)


def read_city(folder: Path) -> City:
    """
    A result folder as a city without plans.

    Raises
    ------
    InvalidResult
        No complete result, one of another version, or a damaged one.
    """
    result = read_results(folder, MOST_DRAWN)
    _check_version(folder, result)
    supply = _table(folder / SUPPLY_FILE, _SUPPLY)
    if supply is None:
        raise InvalidResult(str(folder), f"{SUPPLY_FILE} is missing", _AGAIN)
    waterfall = _table(folder / WATERFALL_FILE, _WATERFALL)
    check_whole(folder, result, supply, waterfall)
    return City(result, supply, waterfall)


def with_plans(bare: City, plans: Sequence[Path] = ()) -> City:
    """
    A city with plans: those of the files, or where there are none one for each missed target.

    Raises
    ------
    InvalidConfig
        A file that holds no plan.
    """
    if plans:
        known = set(bare.result.buildings["building_id"].astype(str))
        return replace(bare, plans=tuple(_read_plan(path, known) for path in plans))
    made, notes = _planned(bare)
    return replace(bare, plans=tuple(made), notes=(*bare.notes, *notes))


def _check_version(folder: Path, result: Result) -> None:
    said = str(result.run.get("versions", {}).get("roofpv", ""))
    if said.split(".")[:2] != __version__.split(".")[:2]:
        raise InvalidResult(
            str(folder), f"is of roofpv {said or 'of no version'}, this is {__version__}", _AGAIN
        )
    lacking = [name for name in _BUILDINGS if name not in result.buildings]
    if lacking:
        raise InvalidResult(str(folder), f"buildings.parquet has no column {lacking[0]}", _AGAIN)
    lacking = [name for name in _RUN if name not in result.run]
    if lacking:
        raise InvalidResult(str(folder), f"run.json does not tell {lacking[0]}", _AGAIN)


def _table(path: Path, columns: Sequence[str]) -> pd.DataFrame | None:
    """A table of the folder; None where it is not there."""
    if not path.is_file():
        return None
    texts = dict.fromkeys(("building_id", "level", "name", "step"), str)
    empty = {name: [""] for name in columns if name not in texts}
    try:
        check_ends(path)
        found = pd.read_csv(
            path, encoding="utf-8-sig", dtype=texts, keep_default_na=False, na_values=empty
        )
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:160]
        raise InvalidResult(str(path), f"damaged ({reason})", _AGAIN) from error
    lacking = [name for name in columns if name not in found]
    if lacking:
        raise InvalidResult(str(path), f"has no column {lacking[0]}", _AGAIN)
    for name in set(texts) & set(found):
        # Text that a spreadsheet would run was led by an apostrophe.
        led = found[name].str.match(r"'[=+\-@\t\r\n＝＋－＠]")
        found[name] = found[name].mask(led, found[name].str[1:])
    return found


def _read_plan(path: Path, known: Collection[str]) -> dict[str, Any]:
    mend = "Name the JSON file that roofpv plan -o writes, beside its table"
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error})"
        raise InvalidConfig(f"--plan {path}", reason, mend) from error
    except ValueError as error:
        raise InvalidConfig(f"--plan {path}", "is no JSON", mend) from error
    if not isinstance(told, dict) or any(key not in told for key in _PLAN_KEYS):
        raise InvalidConfig(f"--plan {path}", "is no plan", mend)
    strange = [one["building_id"] for one in told["roofs"] if one["building_id"] not in known]
    if strange:
        raise InvalidConfig(
            f"--plan {path}",
            f"building {plain(strange[0])} is not in the result",
            "Name a plan of this result",
        )
    return told


def _planned(city: City) -> tuple[list[dict[str, Any]], list[Mapping[str, str]]]:
    """A plan for each missed target, why it is for that year, and why there is none."""
    made: list[dict[str, Any]] = []
    notes: list[Mapping[str, str]] = []
    rules = rules_of(city)
    days = sorted({str(entry["as_of"]) for entry in _missed(city)})
    if len(days) > 1:
        notes.append(both("note.days", {"days": ", ".join(days)}))
    room = MOST_PLANNED
    for entry in _missed(city):
        target = f"{entry['rule']}/{entry['target']}"
        found = target_of(rules[entry["rule"]], entry["target"]) if entry["rule"] in rules else None
        due = None if found is None else found.deadline
        day = date.fromisoformat(entry["as_of"])
        start, by = years_of(day, due)
        # Each year more is another million options of a million roofs.
        start = by if len(city.result.buildings) > MOST_DRAWN else start
        size = int(entry["counts"].get("subject", 0)) * (by - start + 1)
        if size > room:
            said = {"target": target, "n": f"{entry['counts']['subject']:,}", "by": str(by)}
            notes.append(both("note.too_many", said))
            continue
        room -= size
        try:
            ask = Ask(target, by=by, start=start, time_limit_s=_SOON_S, gap=_GAP)
            made.append(plan(city.result, ask).told)
        except RoofpvError as error:
            words = {"target": target, "why": error.problem}
            notes.append(both("note.no_plan", words))
            continue
        why = "first" if due is None else "deadline" if due > day else "next"
        said = {"target": target, "by": str(by), "day": day.isoformat(), "deadline": str(due)}
        if due is None:
            del said["deadline"]
        notes.append(both(f"note.year_{why}", said))
    return made, notes


def years_of(day: date, due: date | None) -> tuple[int, int]:
    """
    First and last year of the plan that a report makes.

    Parameters
    ----------
    day : date
        Of the verdict.
    due : date, optional
        Deadline of the target.

    Returns
    -------
    (int, int)
        While the deadline is ahead, up to the last whole year by it; else the first full year
        after the day, both times. At most ``MOST_YEARS`` of a plan.
    """
    following = day.year + 1
    if due is None or due <= day:
        return following, following
    last = due.year if (due.month, due.day) == (12, 31) else due.year - 1
    by = max(last, day.year)
    return max(min(following, by), by - MOST_YEARS + 1), by


def _missed(city: City) -> Iterator[Mapping[str, Any]]:
    return (now for now, _ in default_entries(city) if now["met"] is False)


def with_certainty(bare: City) -> City:
    """
    A city with how sure its verdicts are and what would tell more, unless it is large.

    Its errors are drawn again, with the spreads and the seed of the assessment; nothing is
    simulated.
    """
    rules = list(rules_of(bare).values())
    if not rules or not 0 < len(bare.result.buildings) <= MOST_DRAWN:
        return bare
    stated = {one["key"]: one["value"] for one in bare.result.run["assumptions"]}
    day = stated.get("targets.as_of")
    try:
        told = certainty(
            bare.result.buildings, rules, from_values(stated, "run.json"),
            as_of=date.fromisoformat(day) if day else None,
        )  # fmt: skip
    except RoofpvError as error:
        note = both("note.no_certainty", {"why": error.problem})
        return replace(bare, notes=(*bare.notes, note))
    return replace(bare, certainty=told)
