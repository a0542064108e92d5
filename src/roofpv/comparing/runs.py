"""What differs between two runs as a whole: versions, inputs, assumptions, rules, weather."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import xarray as xr

from roofpv.errors import InvalidResult
from roofpv.results import Result

Record = Mapping[str, Any]
AS_OF = "targets.as_of"
# Those whose code has a part in the figures.
_COMPUTING = ("roofpv", "pvlib", "numpy", "numba", "scipy", "shapely", "pyproj")


@dataclass(frozen=True)
class RunChanges:
    """
    Differences between two runs.

    ``told`` is all of it for JSON; ``assumptions`` the keys that differ (the day of the verdicts
    not among them), ``weather`` the sites in both whose data differ, ``versions`` whether code
    that computes differs, ``inputs`` whether any file but the weather's does.
    """

    told: dict[str, Any]
    assumptions: tuple[str, ...]
    weather: frozenset[str]
    versions: bool
    inputs: bool


def run_changes(before: Result, after: Result) -> RunChanges:
    """
    Compare two runs.

    Parameters
    ----------
    before, after : Result

    Raises
    ------
    InvalidResult
        A ``run.json`` of another version, without what is compared.
    """
    old, new = before.run, after.run
    for run in (old, new):
        _check(run)
    assumed = _between(*(_by_key(run["assumptions"], "key", "value") for run in (old, new)))
    versions = _between(old["versions"], new["versions"])
    inputs = _between(*(_by_key(run["inputs"], "name", "sha256") for run in (old, new)))
    of_weather = set(_files_of_weather(before.weather)) | set(_files_of_weather(after.weather))
    sites = _changed_sites(before.weather, after.weather)
    told = {
        "versions": _told(versions),
        "inputs": _told(inputs),
        "assumptions": _told(assumed),
        "weather_sites": sorted(sites),
        "rules": _told(_between(old["rule_texts"], new["rule_texts"]), texts=False),
        "surroundings": [sorted(one.skylines) for one in (before, after)],
    }
    stated = bool(old["inputs"]) and bool(new["inputs"])
    return RunChanges(
        told,
        tuple(key for key in assumed if key != AS_OF),
        frozenset(sites),
        any(name in versions for name in _COMPUTING),
        not stated or any(name not in of_weather for name in inputs),
    )


def as_of(result: Result) -> date | None:
    """Day that the verdicts of a result were made for, where it was set."""
    said = _by_key(result.run["assumptions"], "key", "value").get(AS_OF)
    return date.fromisoformat(said) if said else None


def assumption(result: Result, key: str) -> Any:
    """Value of an assumption; None where the run did not have it."""
    return _by_key(result.run["assumptions"], "key", "value").get(key)


def _check(run: Record) -> None:
    missing = [key for key in ("versions", "inputs", "assumptions", "rule_texts") if key not in run]
    if missing:
        raise InvalidResult(
            "run.json",
            f"has no {missing[0]}: a result of another version of roofpv",
            "Assess the inventory again with this version",
        )


def _by_key(entries: list[dict[str, Any]], key: str, value: str) -> dict[str, Any]:
    return {str(one[key]): one[value] for one in entries}


def _between(old: Record, new: Record) -> dict[str, tuple[Any, Any]]:
    """Entries that differ, in the order of the second, then of the first; None where missing."""
    names = dict.fromkeys((*new, *old))
    pairs = {name: (old.get(name), new.get(name)) for name in names}
    return {name: values for name, values in pairs.items() if values[0] != values[1]}


def _told(changes: dict[str, tuple[Any, Any]], texts: bool = True) -> list[dict[str, Any]]:
    """Changes for JSON; of long texts only whether they are new, gone or others."""
    if texts:
        return [{"name": name, "a": old, "b": new} for name, (old, new) in changes.items()]
    return [
        {"name": name, "change": "new" if old is None else "gone" if new is None else "changed"}
        for name, (old, new) in changes.items()
    ]


def _files_of_weather(weather: xr.Dataset) -> list[str]:
    return [name.strip() for name in str(weather.attrs.get("source", "")).split(";")]


def _changed_sites(old: xr.Dataset, new: xr.Dataset) -> set[str]:
    """Sites in both whose hours, place or convention of time differ."""
    both = set(map(str, old["site"].to_numpy())) & set(map(str, new["site"].to_numpy()))
    convention = ("time_label", "interval_minutes")
    if any(old.attrs.get(name) != new.attrs.get(name) for name in convention):
        return both
    return {site for site in both if not old.sel(site=site).equals(new.sel(site=site))}
