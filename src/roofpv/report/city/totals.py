"""Sums and means of the city and its districts, once for every format."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

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
    used = (buildings["status"] == "assessed").to_numpy()
    values = {name: buildings[name].to_numpy(float)[used] for name in SUMMED if name in buildings}
    codes, names = pd.factorize(buildings["district"][used].astype(object), sort=True)
    # By district once: picking the rows of each one from every column took longer than the sums.
    order = np.argsort(codes, kind="stable")
    values = {name: column[order] for name, column in values.items()}
    starts = np.searchsorted(codes[order], np.arange(len(names) + 1))
    groups = [("", slice(0, codes.size))]
    groups += [(str(name), slice(*starts[at : at + 2])) for at, name in enumerate(names)]
    return pd.DataFrame([dict(_place(name, rows, values)) for name, rows in groups])


def exact_sum(values: npt.NDArray[np.float64]) -> float:
    """Sum of what is known, the same in any order; NaN where nothing is known."""
    known = values[~np.isnan(values)]
    return exactly.exact_sum(known) if known.size else math.nan


def _place(
    name: str, rows: slice, values: Mapping[str, npt.NDArray[np.float64]]
) -> Iterator[tuple[str, object]]:
    count = int(rows.stop - rows.start)
    nothing = np.full(count, np.nan)
    group = dict.fromkeys(ADDED, nothing) | {n: v[rows] for n, v in values.items()}
    yield "district", name
    yield "buildings", count
    yield "roofs", int((group["kwp"] > 0.0).sum())
    for column in ADDED:
        yield column, exact_sum(group[column])
        yield f"known_{column}", int((~np.isnan(group[column])).sum())
    for column, (above, below) in MEANS.items():
        both = ~np.isnan(group[above]) & ~np.isnan(group[below])
        under = exact_sum(group[below][both])
        yield column, exact_sum(group[above][both]) / under if under > 0.0 else math.nan
