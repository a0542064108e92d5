"""Sums and means of the city and its districts, once for every format."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import exactly

# What adds up over roofs, as far as it is known.
ADDED = (
    "gross_roof_area_m2", "installable_area_m2", "module_area_m2", "projected_module_area_m2",
    "array_field_area_m2", "module_count", "kwp", "installed_kwp", "ac_kwh", "lifetime_kwh",
    "own_use_kwh", "export_kwh", "saved_cny", "sold_cny", "capex_cny", "npv_cny", "avoided_kgco2",
    "embodied_kgco2",
)  # fmt: skip
# Sum of the first over that of the second, of the buildings that have both.
MEANS = {
    "specific_yield_kwh_per_kwp": ("ac_kwh", "kwp"),
    "self_use_fraction": ("own_use_kwh", "ac_kwh"),
    "carbon_payback_years": ("embodied_kgco2", "avoided_kgco2"),
}
# Columns that are asked for.
SUMMED = tuple(dict.fromkeys((*ADDED, *(name for pair in MEANS.values() for name in pair))))


def totals(buildings: pd.DataFrame) -> pd.DataFrame:
    """
    Sums of the assessed buildings.

    Parameters
    ----------
    buildings : DataFrame (building,)
        Of a result.

    Returns
    -------
    DataFrame (place,)
        ``district`` ("" for the city, which comes first, then by name), ``buildings``, ``roofs``
        (those with modules), each of ``ADDED`` and, beside it, how many buildings it is known of
        (``known_…``), and ``MEANS``. Exact sums, so that the order of buildings changes no bit;
        NaN where nothing is known.
    """
    sums = Sums()
    sums.add(buildings)
    return sums.table()


@dataclass(eq=False)
class _Place:
    """Sums of a place: terms of each and of how many buildings it is known, by its name."""

    buildings: int = 0
    roofs: int = 0
    known: Counter[str] = field(default_factory=Counter)
    terms: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, values: npt.NDArray[np.float64]) -> None:
        """Add what is known of a column."""
        known = values[~np.isnan(values)]
        self.known[name] += known.size
        self.terms.setdefault(name, []).extend(exactly.exact_terms(known))

    def sum(self, name: str) -> float:
        """NaN where nothing is known."""
        return math.fsum(self.terms[name]) if self.known[name] else math.nan


class Sums:
    """`totals` of buildings that come some after the other: no order of them changes a bit."""

    def __init__(self) -> None:
        # The city is None: a district may be named anything.
        self._places: dict[str | None, _Place] = {None: _Place()}

    def add(self, buildings: pd.DataFrame) -> None:
        """
        Add some buildings.

        Parameters
        ----------
        buildings : DataFrame (building,)
        """
        used = (buildings["status"] == "assessed").to_numpy()
        values = {n: buildings[n].to_numpy(float)[used] for n in SUMMED if n in buildings}
        codes, names = pd.factorize(buildings["district"][used].astype(object), sort=True)
        # By district once: picking the rows of each from every column took longer than the sums.
        order = np.argsort(codes, kind="stable")
        values = {name: column[order] for name, column in values.items()}
        starts = np.searchsorted(codes[order], np.arange(len(names) + 1))
        groups: list[tuple[str | None, slice]] = [(None, slice(0, codes.size))]
        groups += [(str(name), slice(*starts[at : at + 2])) for at, name in enumerate(names)]
        for name, rows in groups:
            self._add_to(self._places.setdefault(name, _Place()), rows, values)

    def merge(self, other: Sums) -> None:
        """Add what others come to."""
        for name, theirs in other._places.items():
            mine = self._places.setdefault(name, _Place())
            mine.buildings += theirs.buildings
            mine.roofs += theirs.roofs
            mine.known.update(theirs.known)
            for column, terms in theirs.terms.items():
                mine.terms.setdefault(column, []).extend(terms)

    def table(self) -> pd.DataFrame:
        """As `totals` gives it."""
        districts = sorted(name for name in self._places if name is not None)
        return pd.DataFrame([dict(self._told(name)) for name in (None, *districts)])

    @staticmethod
    def _add_to(place: _Place, rows: slice, values: Mapping[str, npt.NDArray[np.float64]]) -> None:
        count = int(rows.stop - rows.start)
        nothing = np.full(count, np.nan)
        group = dict.fromkeys(ADDED, nothing) | {n: v[rows] for n, v in values.items()}
        place.buildings += count
        place.roofs += int((group["kwp"] > 0.0).sum())
        for column in ADDED:
            place.add(column, group[column])
        for column, (above, below) in MEANS.items():
            both = ~np.isnan(group[above]) & ~np.isnan(group[below])
            place.add(f"{column}/above", group[above][both])
            place.add(f"{column}/below", group[below][both])

    def _told(self, name: str | None) -> Iterator[tuple[str, object]]:
        place = self._places[name]
        yield "district", name or ""
        yield "buildings", place.buildings
        yield "roofs", place.roofs
        for column in ADDED:
            yield column, place.sum(column)
            yield f"known_{column}", place.known[column]
        for column in MEANS:
            above, below = (place.sum(f"{column}/{part}") for part in ("above", "below"))
            yield column, above / below if below > 0.0 else math.nan


def exact_sum(values: npt.NDArray[np.float64]) -> float:
    """Sum of what is known, the same in any order; NaN where nothing is known."""
    known = values[~np.isnan(values)]
    return exactly.exact_sum(known) if known.size else math.nan
