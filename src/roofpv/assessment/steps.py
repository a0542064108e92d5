"""Steps of the end of a run: each asks for the few columns that it needs and tells little."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from roofpv import energy, finance, record, shaderecord, targets
from roofpv.assumptions import Assumptions
from roofpv.certainty import DOUBTED, chances, chances_of, of_all, shares
from roofpv.designing import design_record
from roofpv.dirt import site_sky
from roofpv.placemoney import COLUMNS, places_money
from roofpv.uncertainty import Spreads, budget, uncertainty_record
from roofpv.yieldgate import gate_record, outside_gate

Found = dict[str, Any]
# Those of some columns that there are, by row.
Columns = Callable[[Collection[str]], pd.DataFrame]
# Columns of the rows at some places.
Later = Callable[[NDArray[np.int64]], pd.DataFrame]


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
class Given:
    """
    What a whole list has come to, for one step after the other.

    ``buildings`` and ``planes`` give columns of the result, ``years`` spread and years of the
    buildings, ``by_plane`` their energy, ``sky`` and ``weather`` of the sites in use, ``sources``
    of shade, ``earn`` terms of the money, None where they are to be found again, ``apart``
    buildings and planes of some rows after the other, where not all are to be in memory, ``later``
    columns of buildings without the numbers named, and those of rows at some places; ``share``
    which one is asked of how many, where a step can be parted.
    """

    buildings: Columns
    planes: Columns
    years: Callable[[], tuple[Spreads, energy.Yearly]]
    by_plane: xr.Dataset
    sky: xr.Dataset
    weather: xr.Dataset
    sources: Mapping[str, xr.Dataset]
    earn: finance.Earning | None = None
    apart: Callable[[], Iterator[tuple[Columns, Columns]]] | None = None
    later: Callable[[Collection[str]], tuple[Columns, Later]] | None = None
    share: tuple[int, int] = (0, 1)

    def pieces(self) -> Iterator[tuple[Columns, Columns]]:
        """Buildings and their planes, some after the other."""
        return iter([(self.buildings, self.planes)]) if self.apart is None else self.apart()

    def settled(self, assumed: Assumptions) -> Assumptions:
        """The assumptions with what the presets say."""
        return finance.settled(assumed) if self.earn is None else self.earn.settled


def _verdicts(of: Given, shared: Once) -> Found:
    """Entries of ``targets.json`` without their chances, and the uses to look up."""
    asked = (*targets.columns_asked(shared.rules), "use_confidence", "use_alternative")
    table = of.buildings(asked)
    return {
        "verdicts": targets.evaluate(table, shared.rules, as_of=shared.as_of),
        "doubtful_uses": targets.doubtful_uses(table, shared.rules, as_of=shared.as_of),
    }


def _chances(of: Given, shared: Once) -> Found:
    """Chances of the entries."""
    asked = {*targets.columns_asked(shared.rules), *DOUBTED}
    settled = of.settled(shared.assumed)
    table, later = of.buildings, None
    if of.later is not None:
        table, later = of.later(asked - of_all(shared.rules))
    buildings, rules, day = table(asked), shared.rules, shared.as_of
    if of.share[1] > 1:
        return {"shares": shares(buildings, rules, settled, day, later, of.share)}
    return {"chances": chances(buildings, rules, settled, as_of=day, later=later)}


def whole_of(told: Sequence[Found]) -> Found:
    """What a step has found of all shares of the list."""
    if len(told) == 1:
        return told[0]
    return {"chances": chances_of([one["shares"] for one in told])}


def _energy(of: Given, shared: Once) -> Found:
    """What levels of the energy rest on, years, and what is missing of them."""
    table = of.buildings(
        ("status", "weather_site", "district", "ac_kwh", "ac_kwh_p90", "kwp", "layout",
         "stated_kwp", "use", "evidence_grade", "gross_roof_area_sd_fraction", "usable_area_m2")
    )  # fmt: skip
    settled = of.settled(shared.assumed)
    spread, years = of.years()
    made = budget(table, spread, years, settled)
    return {
        "not_assessed": record.p90_not_assessed(table, years),
        "years": record.years_record(table, years),
        "p90_basis": record.p90_basis(table, spread),
        "uncertainty": uncertainty_record(table, made, settled),
        "warnings": record.gap_warnings(of.by_plane, table, years),
    }


def _yields(of: Given, shared: Once) -> Found:
    """Roofs whose yield is outside the gate."""
    of_roofs = (
        "building_id", "status", "weather_site", "layout", "stated_kwp",
        "specific_yield_kwh_per_kwp", "poa_kwh_per_m2", "shading_loss_fraction",
    )  # fmt: skip
    of_planes = (
        "plane_id", "building_id", "kwp", "surface_tilt", "surface_azimuth", "weather_site",
        "weather_weights", "row_shading_loss_fraction",
    )  # fmt: skip
    gate = of.settled(shared.assumed).gate
    found = (
        outside_gate(buildings(of_roofs), planes(of_planes), of.sky, gate)
        for buildings, planes in of.pieces()
    )
    return {"yield_gate": gate_record(found, gate)}


def _shade(of: Given, shared: Once) -> Found:
    """Altitudes, and what is known of the surroundings."""
    names = ["altitude_m", "weather_site", "weather_weights"]
    if of.sources:
        names += ["building_id", "kwp", "shading_loss_fraction", "shading_not_known",
                  "shade_height_basis", "deducted_shaded_m2"]  # fmt: skip
    planes = of.planes(names)
    # Its reason holds where nothing around is known, and is the only one that changes.
    said = {"not_assessed": {"shading_loss_fraction": ""}}
    return {
        "planes": len(planes),
        "altitude": record.altitude_record(planes, of.weather, shared.assumed.site),
        "shading": shaderecord.shading_record(said, planes, of.sources),
        "shading_warnings": shaderecord.shading_warnings(planes, of.sources, shared.assumed),
        "feet_warnings": shaderecord.feet_warnings(planes, of.sources, of.weather),
    }


def _money(of: Given, shared: Once) -> Found:
    """What the money rests on, and that of the city and its districts."""
    asked = of.buildings(
        ("use", "status", "tariff", "kwp", "ac_kwh", "own_use_kwh", "export_kwh", "saved_cny",
         "sold_cny", "load_is_estimate", "annual_load_kwh")
    )  # fmt: skip
    earn = of.earn
    if earn is None:
        earn = finance.earning_told(asked, of.sky, shared.assumed)
    told = finance.earning_record(earn, asked)
    found = {
        "not_assessed": finance.earning_not_assessed(earn, asked),
        "warnings": finance.earning_warnings(earn, asked, of.sky),
    }
    del asked
    tables = (buildings(COLUMNS) for buildings, _ in of.pieces())
    return found | {"money": told | {"places": places_money(tables, earn.terms)}}


def _roofs(of: Given, shared: Once) -> Found:
    """Counts, layouts, and roofs that are odd."""
    table = of.buildings(
        ("building_id", "source_row", "status", "kwp", "layout", "layout_lost_kwh", "npv_cny",
         "installable_area_m2", "module_area_m2", "projected_module_area_m2",
         "array_field_area_m2", "existing_module_area_m2", "gross_roof_area_m2", "module_count")
    )  # fmt: skip
    return {
        "assessed": int((table["status"] == "assessed").sum()),
        "excluded": int((table["status"] == "excluded").sum()),
        "design": design_record(table, shared.assumed),
        "installed_warnings": record.installed_warnings(table),
        "empty_warnings": record.empty_roof_warnings(table),
    }


def _supply(of: Given, _: Once) -> Found:
    """Roofs from the cheapest energy to the dearest."""
    table = of.buildings(("building_id", "lcoe_cny_per_kwh", "ac_kwh", "kwp"))
    return {"supply": finance.supply_curve(table)}


# Those that take longest come first.
STEPS: Mapping[str, Callable[[Given, Once], Found]] = {
    "chances": _chances,
    "verdicts": _verdicts,
    "money": _money,
    "supply": _supply,
    "energy": _energy,
    "yields": _yields,
    "roofs": _roofs,
    "shade": _shade,
}
