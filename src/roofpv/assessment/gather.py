"""What needs the whole list: targets, levels of the sums, costs in order, the record of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr

from roofpv import energy, finance, record, shaderecord, targets
from roofpv.assumptions import Assumptions
from roofpv.catalogue import say
from roofpv.certainty import chances, with_chances
from roofpv.designing import design_record
from roofpv.dirt import site_sky
from roofpv.inventory import Checked, CheckedZones
from roofpv.inventory.check import QUARANTINE_COLUMNS
from roofpv.inventory.findings import Finding, counted, warnings_of
from roofpv.placemoney import place_money
from roofpv.results import Result
from roofpv.uncertainty import Spreads, budget, uncertainty_record
from roofpv.yieldgate import gate_warnings, yield_gate


@dataclass(frozen=True, eq=False)
class Once:
    """What all rows of a run have in common: rules, assumptions, day of the list, weather."""

    rules: list[targets.Rule]
    assumed: Assumptions
    as_of: date | None
    weather: xr.Dataset
    bundled: bool
    _skies: dict[tuple[str, ...], xr.Dataset] = field(default_factory=dict)

    def sky(self, weather: xr.Dataset) -> xr.Dataset:
        """Sun and sky of some of the sites; made once for all rows that take the same."""
        names = tuple(str(site) for site in weather["site"].to_numpy())
        if names not in self._skies:
            self._skies[names] = site_sky(weather, self.assumed)
        return self._skies[names]


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


def gather(part: Part, shared: Once) -> Result:
    """
    Verdicts, sums and the record of a run.

    Parameters
    ----------
    part : Part
        Of the whole list; of ``buildings``, ``planes`` and ``by_plane`` the columns that are asked
        for are enough.
    shared : Once

    Returns
    -------
    Result
    """
    table, planes, earn = part.buildings, part.planes, part.earn
    verdicts = with_chances(
        targets.evaluate(table, shared.rules, as_of=shared.as_of),
        chances(table, shared.rules, earn.settled, as_of=shared.as_of),
    )
    doubt = targets.doubtful_uses(table, shared.rules, as_of=shared.as_of)
    run = _begun(part, shared)
    run["doubtful_uses"] = doubt
    run |= record.years_record(table, part.years)
    run |= _energy_doubt(part)
    run |= shaderecord.shading_record(run, planes, part.sources)
    run["inputs"] += part.inputs
    run["design"] = design_record(table, shared.assumed)
    run["altitude"] = record.altitude_record(planes, part.weather, shared.assumed.site)
    run["warnings"] = _warnings(part, run, shared.assumed)
    return Result(
        table, planes, part.by_plane, part.weather, verdicts, part.quarantine, run, part.findings,
        None if part.zoned is None else part.zoned.drawn, part.sources,
        finance.supply_curve(table),
    )  # fmt: skip


def _begun(part: Part, shared: Once) -> dict[str, Any]:
    """The record up to what was found in the rows."""
    table, told = part.buildings, part.told
    # The record asks the list as it was read for no more than its attributes.
    read = pd.DataFrame()
    read.attrs = dict(told.attrs)
    run = record.run_record(read, part.weather, shared.assumed, shared.rules)
    run["not_assessed"] = record.p90_not_assessed(table, part.years) | run["not_assessed"]
    _tell_money(run, part.earn, table)
    run["counts"] = _counts(told, table, len(part.planes), len(part.quarantine))
    run |= _zones_record(part.zoned)
    run["rows"] = {"in": told.rows, "quarantined": len(part.quarantine)}
    run["columns"] = told.attrs.get("columns", {})
    run["findings"] = counted(told.findings)
    run["unmatched"] = told.attrs.get("unmatched", {})
    return run


def _warnings(part: Part, run: dict[str, Any], assumed: Assumptions) -> list[str]:
    table, planes, told = part.buildings, part.planes, part.told
    return [
        *record.column_warnings(run["columns"]),
        *record.installed_warnings(table),
        *told.warnings,
        *record.weather_warnings(part.weather, part.sky, assumed),
        *record.gap_warnings(part.by_plane, table, part.years),
        *record.surface_warnings(dict(told.left_out)),
        *record.empty_roof_warnings(table),
        *gate_warnings(run["yield_gate"]),
        *record.altitude_warnings(run["altitude"]),
        *shaderecord.shading_warnings(planes, part.sources, assumed),
        *shaderecord.feet_warnings(planes, part.sources, part.weather),
        *finance.earning_warnings(part.earn, table, part.sky),
        *(() if part.zoned is None else part.zoned.checked.warnings),
    ]


def quarantine_of(checked: Checked, unplaced: pd.DataFrame) -> pd.DataFrame:
    """Lines of the check and later ones, in the order of the file."""
    both = pd.concat([checked.quarantine, unplaced], ignore_index=True)
    ordered = both.sort_values("row", kind="stable", ignore_index=True)
    return ordered[list(QUARANTINE_COLUMNS)]


def _tell_money(run: dict[str, Any], earn: finance.Earning, table: gpd.GeoDataFrame) -> None:
    """Terms of the money and what of it is not known into the record, in place."""
    record.fill_assumptions(run, finance.settings_in_use(earn.terms))
    run["not_assessed"] |= finance.earning_not_assessed(earn, table)
    run["money"] = finance.earning_record(earn, table)
    run["money"]["places"] = place_money(table, earn.terms)
    run["inputs"] += earn.terms.inputs


def _energy_doubt(part: Part) -> dict[str, Any]:
    """What levels of the energy rest on, those of the city, and yields that are unusual."""
    table, assumed = part.buildings, part.earn.settled
    made = budget(table, part.spread, part.years, assumed)
    return {
        "p90_basis": record.p90_basis(table, part.spread),
        "uncertainty": uncertainty_record(table, made, assumed),
        "yield_gate": yield_gate(table, part.planes, part.sky, assumed.gate),
    }


def _zones_record(zoned: Zoned | None) -> dict[str, Any]:
    """Zones that were given, counted, and those that are not used."""
    if zoned is None:
        return {}
    return {
        "zones": zoned.checked.counts,
        "zones_unused": zoned.checked.unused.to_dict("records"),
        "zones_inputs": zoned.inputs,
    }


def _counts(told: Told, table: pd.DataFrame, planes: int, lost: int) -> dict[str, Any]:
    assessed = int((table["status"] == "assessed").sum())
    excluded = int((table["status"] == "excluded").sum())
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
