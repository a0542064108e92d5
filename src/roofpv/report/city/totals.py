"""Sums and means of the city and its districts, once for every format."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

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
    assessed = buildings[buildings["status"] == "assessed"]
    places = ["", *sorted(str(name) for name in assessed["district"].dropna().unique())]
    return pd.DataFrame(
        [dict(_place(place, _of(assessed, place) if place else assessed)) for place in places]
    )


def _of(buildings: pd.DataFrame, district: str) -> pd.DataFrame:
    return buildings[buildings["district"] == district]


def _place(name: str, group: pd.DataFrame) -> Iterator[tuple[str, object]]:
    yield "district", name
    yield "buildings", len(group)
    yield "roofs", int((group["kwp"] > 0.0).sum())
    for column in ADDED:
        known = group[column].dropna() if column in group else group["kwp"].iloc[:0]
        yield column, math.fsum(known) if len(known) else math.nan
        yield f"known_{column}", len(known)
    for column, (above, below) in MEANS.items():
        both = group[group[above].notna() & group[below].notna()]
        under = math.fsum(both[below])
        yield column, math.fsum(both[above]) / under if under > 0.0 else math.nan
