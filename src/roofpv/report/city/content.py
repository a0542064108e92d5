"""All that a report of a city may tell, as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from roofpv.report.city.months import monthly_table
from roofpv.report.city.ranking import NEEDED, first_ranked
from roofpv.report.city.totals import totals
from roofpv.results import Result

MOST_RANKED = 30
_TOLD = tuple(dict.fromkeys((
    *NEEDED, "status", "name", "district", "use", "evidence_grade", "gross_roof_area_m2", "ac_kwh",
    "lifetime_kwh", "own_use_kwh", "export_kwh", "self_use_fraction", "capex_cny", "npv_cny", "irr",
    "lcoe_cny_per_kwh", "saved_cny", "sold_cny",
)))  # fmt: skip


@dataclass(frozen=True, eq=False)
class City:
    """
    A result and what stands beside it, without a language.

    ``result``: of ``read_results``; ``supply`` (roof,): of ``supply.csv``; ``waterfall`` (step,):
    of ``waterfall.csv``, None where the assessment did not write it; ``plans``: what
    ``roofpv plan --json`` tells, one for each target that is to be reached; ``notes``: what is to
    be told of the report itself, such as a chapter that cannot be written, in both languages;
    ``certainty``: what ``roofpv.certainty.certainty`` tells, None where it was not asked.
    """

    result: Result
    supply: pd.DataFrame
    waterfall: pd.DataFrame | None = None
    plans: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[Mapping[str, str], ...] = field(default=())
    certainty: Mapping[str, Any] | None = None

    def assumed(self, key: str) -> Any:
        """Value of an assumption of the result; None where it has none of that key."""
        told = (one["value"] for one in self.result.run["assumptions"] if one["key"] == key)
        return next(told, None)

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Sums of the city and its districts (place,), as ``totals`` gives them."""
        return totals(self.result.buildings)

    @cached_property
    def monthly(self) -> tuple[pd.DataFrame, int]:
        """Energy (district, month) and the buildings left out of it, as ``monthly_table``."""
        return monthly_table(self.result)

    @cached_property
    def assessed(self) -> pd.DataFrame:
        """Buildings that were assessed (building,), with the columns that the chapters tell."""
        table = self.result.buildings
        # A million rows of all columns and outlines take ten times as long to copy.
        mine = table["status"] == "assessed"
        return pd.DataFrame({name: table[name] for name in _TOLD if name in table})[mine]

    @cached_property
    def roofs(self) -> pd.DataFrame:
        """Assessed buildings that carry modules (building,), as ``assessed`` has them."""
        return self.assessed[self.assessed["kwp"] > 0.0]

    @cached_property
    def next_roofs(self) -> pd.DataFrame:
        """The first roofs to equip (building,), in the order of their ``rank``."""
        return self.roofs.pipe(first_ranked, MOST_RANKED)
