"""All that a report of a city may tell, as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from roofpv.report.city.totals import totals
from roofpv.results import Result


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
    def assessed(self) -> pd.DataFrame:
        """Buildings that were assessed (building,)."""
        table = self.result.buildings
        return pd.DataFrame(table[table["status"] == "assessed"])

    @cached_property
    def roofs(self) -> pd.DataFrame:
        """Assessed buildings that carry modules (building,)."""
        return self.assessed[self.assessed["kwp"] > 0.0]
