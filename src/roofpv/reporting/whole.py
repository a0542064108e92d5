"""Whether the tables of a result folder have all their rows; one that was cut may be read too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from roofpv.errors import InvalidResult
from roofpv.results import SUPPLY_FILE, WATERFALL_FILE, Result

_AGAIN = "Assess the inventory again with --overwrite"


def check_whole(
    folder: Path, result: Result, supply: pd.DataFrame, waterfall: pd.DataFrame | None
) -> None:
    """
    Hold the rows of each table of a result against what the others say of it.

    Parameters
    ----------
    folder : Path
    result : Result
    supply : DataFrame (roof,)
    waterfall : DataFrame (step,), optional

    Raises
    ------
    InvalidResult
        A table has other rows; it is named.
    """
    counts = [*_counts(result), (SUPPLY_FILE, len(supply), _with_cost(result.buildings))]
    if waterfall is not None:
        counts.append((WATERFALL_FILE, len(waterfall), _steps(waterfall)))
    for name, found, expected in counts:
        if found != expected:
            raise InvalidResult(
                str(folder / name), f"damaged ({found:,} rows instead of {expected:,})", _AGAIN
            )


def _counts(result: Result) -> Iterator[tuple[str, int, int]]:
    """Files, the rows they have, and those that the record or the planes tell."""
    run = result.run
    counts = run["counts"]
    known = counts["assessed"] + counts["excluded"]
    yield "buildings.parquet", len(result.buildings), known
    yield "planes.parquet", len(result.planes), counts["planes"]["assessed"]
    told = sum(one["count"] for one in run.get("findings", []))
    if "findings" in run:
        yield "findings.csv", len(result.findings), told
    lost = run.get("rows", {}).get("quarantined")
    if lost is not None:
        yield "quarantine.csv", result.quarantine["row"].nunique(), lost
    yield "energy.nc", result.energy.sizes["plane_id"], len(result.planes)


def _with_cost(buildings: pd.DataFrame) -> int:
    """Roofs that a supply curve has."""
    return int((buildings["lcoe_cny_per_kwh"].notna() & (buildings["ac_kwh"] > 0.0)).sum())


def _steps(waterfall: pd.DataFrame) -> int:
    """Rows of as many steps for each place as the first has."""
    sizes = waterfall.groupby(["level", "name"], sort=False).size()
    return int(sizes.iloc[0]) * len(sizes) if len(sizes) else 0
