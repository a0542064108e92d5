"""What needs the whole list: targets, levels of the sums, costs in order, the record of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from roofpv import energy, finance, record
from roofpv.assessment.steps import STEPS, Found, Given, Once
from roofpv.assumptions import Assumptions
from roofpv.catalogue import say
from roofpv.certainty import with_chances
from roofpv.inventory import Checked, CheckedZones
from roofpv.inventory.check import QUARANTINE_COLUMNS
from roofpv.inventory.findings import Finding, counted, warnings_of
from roofpv.results import Result
from roofpv.uncertainty import Spreads
from roofpv.yieldgate import gate_warnings


@dataclass(frozen=True, eq=False)
class Told:
    """
    What is said of some rows beside their tables.

    ``attrs`` of the list as it was read, ``rows`` of it, ``count_in`` buildings, ``planes_in``
    planes (None where they are made from the buildings), ``findings``, ``notes`` and
    ``unit_notes`` and ``far`` as in `Checked`, ``left_out`` surfaces of 3D models that are no
    planes, by why.
    """

    attrs: Mapping[Any, Any]
    rows: int
    count_in: int
    planes_in: int | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    unit_notes: tuple[tuple[str, Mapping[str, str]], ...]
    far: tuple[int, float]
    left_out: Mapping[str, int]

    @property
    def warnings(self) -> list[str]:
        """What was repaired or looks odd in rows that are used, in English."""
        units = [say(key, "en", words) for key, words in self.unit_notes]
        return [*units, *warnings_of(self.findings), *self.notes]


def told_of(buildings: pd.DataFrame, checked: Checked, left_out: Mapping[str, int]) -> Told:
    """
    What the check says of the rows of a list.

    Parameters
    ----------
    buildings : DataFrame (row,)
        As it was read.
    checked : Checked
    left_out : mapping
        Surfaces of 3D models that are no planes, by why.
    """
    planes_in = None if checked.planes is None else checked.planes_in
    return Told(
        buildings.attrs, len(buildings), checked.count_in, planes_in, checked.findings,
        checked.notes, checked.unit_notes, checked.far, left_out,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Zoned:
    """Zones as they were checked, as they are kept, and the files that they come from."""

    checked: CheckedZones
    drawn: gpd.GeoDataFrame | None
    inputs: list[dict[str, str]]


@dataclass(frozen=True, eq=False)
class Part:
    """
    What some rows of a list come to, or all of them.

    ``buildings`` and ``planes`` with the columns of the result, ``by_plane`` their energy,
    ``spread`` and ``years`` of the same buildings, ``earn`` terms of the money, ``told``,
    ``quarantine``, ``findings``, ``sky`` and ``weather`` of the sites in use, ``sources`` of shade
    with their ``inputs``, ``zoned``.
    """

    buildings: gpd.GeoDataFrame
    planes: pd.DataFrame
    by_plane: xr.Dataset
    spread: Spreads
    years: energy.Yearly
    earn: finance.Earning
    told: Told
    quarantine: pd.DataFrame
    findings: pd.DataFrame
    sky: xr.Dataset
    weather: xr.Dataset
    sources: Mapping[str, xr.Dataset]
    inputs: list[dict[str, str]]
    zoned: Zoned | None = None


@dataclass(frozen=True, eq=False)
class Ending:
    """
    What the record of a run has of what needs no column.

    ``told``, ``lost`` rows or planes in quarantine, ``sky`` and ``weather`` of the sites in use,
    ``terms`` of the money, files (``inputs``) of what is around, ``zoned``.
    """

    told: Told
    lost: int
    sky: xr.Dataset
    weather: xr.Dataset
    terms: finance.Terms
    inputs: list[dict[str, str]]
    zoned: Zoned | None = None


def gather(part: Part, shared: Once) -> Result:
    """
    Verdicts, sums and the record of a run.

    Parameters
    ----------
    part : Part
        Of the whole list.
    shared : Once

    Returns
    -------
    Result
    """
    table, planes = part.buildings, part.planes
    given = Given(
        lambda _: table, lambda _: planes, lambda: (part.spread, part.years), part.by_plane,
        part.sky, part.weather, part.sources, part.earn,
    )  # fmt: skip
    found = {name: step(given, shared) for name, step in STEPS.items()}
    ending = Ending(
        part.told, len(part.quarantine), part.sky, part.weather, part.earn.terms, part.inputs,
        part.zoned,
    )  # fmt: skip
    verdicts, run = put_together(ending, found, shared)
    return Result(
        table, planes, part.by_plane, part.weather, verdicts, part.quarantine, run, part.findings,
        None if part.zoned is None else part.zoned.drawn, part.sources, found["supply"]["supply"],
    )  # fmt: skip


def put_together(
    ending: Ending, found: Mapping[str, Found], shared: Once
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """
    Verdicts and record of a run from what its steps found.

    Parameters
    ----------
    ending : Ending
    found : mapping of str to dict
        What each of ``STEPS`` found, by its name.
    shared : Once

    Returns
    -------
    verdicts : list of dict
        As ``targets.json`` has them.
    run : dict
        As ``run.json`` has it.
    """
    verdicts = with_chances(found["verdicts"]["verdicts"], found["chances"]["chances"])
    shade, by_energy = found["shade"], found["energy"]
    run = _begun(ending, found, shared)
    run["doubtful_uses"] = found["verdicts"]["doubtful_uses"]
    run |= by_energy["years"]
    run |= {name: by_energy[name] for name in ("p90_basis", "uncertainty")} | found["yields"]
    if shade["shading"]:
        run["not_assessed"].pop("shading_loss_fraction")
        run["not_assessed"] |= shade["shading"]["not_assessed"]
        run["shading"] = shade["shading"]["shading"]
    run["inputs"] += ending.inputs
    run["design"] = found["roofs"]["design"]
    run["altitude"] = shade["altitude"]
    run["warnings"] = _warnings(ending, run, found, shared.assumed)
    return verdicts, run


def _begun(ending: Ending, found: Mapping[str, Found], shared: Once) -> dict[str, Any]:
    """The record up to what was found in the rows."""
    told, by_money = ending.told, found["money"]
    # The record asks the list as it was read for no more than its attributes.
    read = pd.DataFrame()
    read.attrs = dict(told.attrs)
    run = record.run_record(read, ending.weather, shared.assumed, shared.rules)
    run["not_assessed"] = found["energy"]["not_assessed"] | run["not_assessed"]
    record.fill_assumptions(run, finance.settings_in_use(ending.terms))
    run["not_assessed"] |= by_money["not_assessed"]
    run["money"] = by_money["money"]
    run["inputs"] += ending.terms.inputs
    run["counts"] = _counts(told, found, ending.lost)
    run |= _zones_record(ending.zoned)
    run["rows"] = {"in": told.rows, "quarantined": ending.lost}
    run["columns"] = told.attrs.get("columns", {})
    run["findings"] = counted(told.findings)
    run["unmatched"] = told.attrs.get("unmatched", {})
    return run


def _warnings(
    ending: Ending, run: dict[str, Any], found: Mapping[str, Found], assumed: Assumptions
) -> list[str]:
    told, shade, zoned = ending.told, found["shade"], ending.zoned
    return [
        *record.column_warnings(run["columns"]),
        *found["roofs"]["installed_warnings"],
        *told.warnings,
        *record.weather_warnings(ending.weather, ending.sky, assumed),
        *found["energy"]["warnings"],
        *record.surface_warnings(dict(told.left_out)),
        *found["roofs"]["empty_warnings"],
        *gate_warnings(run["yield_gate"]),
        *record.altitude_warnings(run["altitude"]),
        *shade["shading_warnings"],
        *shade["feet_warnings"],
        *found["money"]["warnings"],
        *(() if zoned is None else zoned.checked.warnings),
    ]


def quarantine_of(checked: Checked, unplaced: pd.DataFrame) -> pd.DataFrame:
    """Lines of the check and later ones, in the order of the file."""
    both = pd.concat([checked.quarantine, unplaced], ignore_index=True)
    ordered = both.sort_values("row", kind="stable", ignore_index=True)
    return ordered[list(QUARANTINE_COLUMNS)]


def _zones_record(zoned: Zoned | None) -> dict[str, Any]:
    """Zones that were given, counted, and those that are not used."""
    if zoned is None:
        return {}
    return {
        "zones": zoned.checked.counts,
        "zones_unused": zoned.checked.unused.to_dict("records"),
        "zones_inputs": zoned.inputs,
    }


def _counts(told: Told, found: Mapping[str, Found], lost: int) -> dict[str, Any]:
    assessed, excluded = (found["roofs"][name] for name in ("assessed", "excluded"))
    planes = found["shade"]["planes"]
    counts: dict[str, Any] = {
        "in": told.count_in,
        "assessed": assessed,
        "excluded": excluded,
        "quarantined": told.count_in - assessed - excluded,
    }
    made = told.planes_in is None
    planes_in = planes if told.planes_in is None else told.planes_in
    planes_lost = 0 if made else lost
    counts["planes"] = {
        "in": planes_in,
        "assessed": planes,
        "excluded": planes_in - planes - planes_lost,
        "quarantined": planes_lost,
    }
    if made and counts["quarantined"] != lost:
        raise AssertionError(f"counts do not close: {counts}, {lost} in quarantine")
    return counts
