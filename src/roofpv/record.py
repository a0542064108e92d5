"""The record of a run: what was read, assumed and found missing, as run.json has it."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv import __version__
from roofpv.assumptions import Assumptions, Site, describe
from roofpv.dirt import dirt_notes
from roofpv.energy import Yearly
from roofpv.shares import shares_of
from roofpv.uncertainty import LEAST_YEARS, Spreads

_PACKAGES = ("pvlib", "numpy", "pandas", "numba", "xarray", "geopandas", "shapely", "pyarrow")
_OF_SITE = (
    "latitude", "longitude", "altitude", "ghi_uncertainty_fraction", "ghi_interannual_sd_fraction",
)  # fmt: skip
_MOST_WARNINGS = 20
_LEVELS = (
    "ac_kwh_p50", "ac_kwh_p75", "ac_kwh_p90", "lifetime_kwh_p50", "lifetime_kwh_p75",
    "lifetime_kwh_p90", "yield_shared_sd_fraction",
)  # fmt: skip


def run_record(
    buildings: pd.DataFrame, weather: xr.Dataset, assumed: Assumptions, rules: list[Any]
) -> dict[str, Any]:
    """
    What is known before anything is computed.

    Parameters
    ----------
    buildings : DataFrame (row,)
        As it was read, with its ``attrs``.
    weather : Dataset (site, time)
    assumed : Assumptions
    rules : list of Rule
    """
    inputs = list(buildings.attrs.get("inputs", []))
    inputs += json.loads(str(weather.attrs.get("inputs", "[]")))
    synthetic = [
        what
        for what, flag in (
            ("buildings", buildings.attrs.get("synthetic", False)),
            ("weather", weather.attrs.get("synthetic", 0)),
        )
        if flag
    ]
    return {
        "counts": {},
        "versions": {"roofpv": __version__, "python": platform.python_version()}
        | {name: version(name) for name in _PACKAGES},
        "inputs": inputs,
        "weather": _weather_record(weather),
        "rules": [rule.id for rule in rules],
        "rule_texts": {rule.id: rule.toml for rule in rules},
        "assumptions": describe(assumed),
        "synthetic": synthetic,
        "not_assessed": {
            "shading_loss_fraction": "not assessed: no surroundings are given (--context, --dsm, "
            "--terrain); the energy is that of a roof in the open",
            **_design_not_assessed(assumed),
        },
        "warnings": [],
    }


def fill_assumptions(run: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Put what presets say into the assumptions that are empty, in place."""
    for one in run["assumptions"]:
        if one["value"] is None and one["key"] in values:
            one["value"] = values[one["key"]]


def p90_not_assessed(table: pd.DataFrame, years: Yearly) -> dict[str, str]:
    """Why buildings whose energy is known have no P50 to P90; empty where every one has."""
    known = table["ac_kwh"].notna()
    lacking = known & table["ac_kwh_p90"].isna()
    if not lacking.any():
        return {}
    where = (
        "the weather file"
        if lacking.sum() == known.sum()
        else "the weather of " + ", ".join(sorted(table.loc[lacking, "weather_site"].unique()))
    )
    few = f", and fewer than {LEAST_YEARS} complete years do not tell it"
    said = f"not assessed: {where} does not state the error of its irradiation"
    return dict.fromkeys(_LEVELS, said + (few if years.years.size > 1 else ""))


def p90_basis(table: pd.DataFrame, spread: Spreads) -> dict[str, Any]:
    """
    Which way ``ac_kwh_p90`` was made.

    Returns
    -------
    dict
        ``interannual`` ("years", "stated", "mixed" or "not known") and ``irradiation`` ("stated",
        "assumed", "mixed" or "not known"), with the assessed buildings counted by each.
    """
    used = (table["status"] == "assessed").to_numpy()
    from_years, assumed = spread.from_years[used], spread.assumed[used]
    interannual = _ways(spread.interannual[used], from_years, ("years", "stated"))
    irradiation = _ways(spread.irradiation[used], assumed, ("assumed", "stated"))
    return {
        "interannual": _way(interannual),
        "irradiation": _way(irradiation),
        "buildings": {"interannual": interannual, "irradiation": irradiation},
        "least_years": LEAST_YEARS,
    }


def years_record(table: pd.DataFrame, years: Yearly) -> dict[str, Any]:
    """
    Energy year by year, where there are several.

    Returns
    -------
    dict
        ``energy_by_year`` of the city (``year``, ``ac_kwh``, ``poa_kwh_per_m2`` weighted by
        capacity; None where a month is missing) and ``years_by_site``: complete years, and mean and
        standard deviation of the energy of the roofs whose nearest site it is.
    """
    if years.years.size < 2:
        return {}
    known = years.complete.any(axis=1)
    _, city = years.by_group(np.full(len(table), "city", dtype=object))
    kwp = math.fsum(table.loc[known, "kwp"])
    rows = zip(years.years.tolist(), city.ac_kwh.T, city.poa_kwp.T, strict=True)
    by_year = [
        {
            "year": year,
            "ac_kwh": _first(ac),
            "poa_kwh_per_m2": _first(poa / kwp if kwp else poa * np.nan),
        }
        for year, ac, poa in rows
    ]
    names, sites = years.by_group(table["weather_site"].to_numpy(dtype=object))
    return {
        "energy_by_year": by_year,
        "years_by_site": [
            {
                "site": name,
                "years": years.years[sites.complete[i]].tolist(),
                "years_left_out": years.years[~sites.complete[i]].tolist(),
                "ac_kwh_mean": _number(sites.ac_mean()[i]),
                "ac_kwh_sd_fraction": _number(sites.ac_spread()[i]),
            }
            for i, name in enumerate(names)
        ],
    }


def altitude_record(planes: pd.DataFrame, weather: xr.Dataset, site: Site) -> dict[str, Any]:
    """How many planes have their air temperature corrected for altitude, and how far."""
    of_sites = shares_of(planes).mean(weather["temp_air_altitude"].to_series(), len(planes))
    above = planes["altitude_m"].to_numpy(dtype=float) - of_sites
    known = np.isfinite(above)
    warmer = site.lapse_rate / 1000.0 * above[known]
    return {
        "planes_corrected": int(known.sum()),
        "planes_without_altitude": int((~known).sum()),
        "warmest_k": _number(warmer.max() if warmer.size else np.nan),
        "coldest_k": _number(warmer.min() if warmer.size else np.nan),
        "note": "where altitude_m is not known, the air temperature is that of the weather site",
    }


def column_warnings(columns: dict[str, Any]) -> list[str]:
    """Columns of the inventory that were not used."""
    unused = columns.get("not_used", [])
    return [f"columns not used: {', '.join(unused)}"] if unused else []


def installed_warnings(table: pd.DataFrame) -> list[str]:
    """PV that is said to stand on a building and cannot."""
    area, roof = table["existing_module_area_m2"], table["gross_roof_area_m2"]
    return [
        f"row {row.source_row}, {row.building_id}: installed PV of "
        f"{row.existing_module_area_m2:,.0f} m2 is more than its roof of "
        f"{row.gross_roof_area_m2:,.0f} m2; check the unit"
        for row in table[area > 1.01 * roof].head(20).itertuples()
    ]


def weather_warnings(weather: xr.Dataset, sky: xr.Dataset, assumed: Assumptions) -> list[str]:
    """What the weather says of itself, and what was put where it has nothing."""
    own = list(dict.fromkeys(json.loads(str(weather.attrs.get("warnings", "[]")))))
    said = [str(text) for text in own[:_MOST_WARNINGS]]
    if len(own) > _MOST_WARNINGS:
        said.append(f"{len(own) - _MOST_WARNINGS} more remarks on the weather are left out here")
    if sky.attrs["decomposed_hours"]:
        said.append(
            f"{sky.attrs['decomposed_hours']:,} rows had no dni and dhi; they were split from ghi "
            f"by {assumed.models.decomposition}"
        )
    if sky.attrs["closed_rows"]:
        said.append(
            f"{sky.attrs['closed_rows']:,} rows had two of ghi, dni and dhi; the third was made to "
            "add up"
        )
    if sky.attrs["assumed_wind_rows"]:
        said.append(
            f"wind was not in the weather: {assumed.site.wind_speed:g} m/s assumed in "
            f"{sky.attrs['assumed_wind_rows']} rows"
        )
    return [*said, *dirt_notes(weather, assumed)]


def gap_warnings(by_plane: xr.Dataset, table: pd.DataFrame, years: Yearly) -> list[str]:
    """Months without weather, and the years that are left out for them."""
    months = int(by_plane["ac_kwh"].isnull().any("plane_id").sum())
    if not months:
        return []
    if years.years.size < 2:
        return [f"{months} months have missing weather; their energy and the year's is empty"]
    said = [f"{months} months have missing weather; their energy is empty"]
    known = years.complete.any(axis=1)
    lost = ~years.complete[known].all(axis=0)
    if lost.any():
        rows = int((~years.complete[known].all(axis=1)).sum())
        names = ", ".join(map(str, years.years[lost]))
        said.append(f"years left out of the mean for missing months, at {rows} buildings: {names}")
    none = int(((table["status"] == "assessed").to_numpy() & ~known).sum())
    if none:
        said.append(f"{none} buildings have no complete year of weather: their energy is empty")
    return said


def altitude_warnings(altitude: dict[str, Any]) -> list[str]:
    """Say where the altitude of some roofs is known and of others is not."""
    if not altitude["planes_corrected"] or not altitude["planes_without_altitude"]:
        return []
    return [
        f"altitude_m is not known for {altitude['planes_without_altitude']} planes: their air "
        "temperature is that of the weather site"
    ]


def surface_warnings(left_out: dict[str, int]) -> list[str]:
    """Say how many roof surfaces of 3D models are no planes, and why."""
    words = {
        "without_area": "without area",
        "facing_down": "facing down",
        "upright": "steeper than 80 degrees",
    }
    said = [f"{count:,} {words[name]}" for name, count in left_out.items() if count]
    return [f"roof surfaces of 3D models left out: {', '.join(said)}"] if said else []


def empty_roof_warnings(table: pd.DataFrame) -> list[str]:
    """Say how many roofs carry no module, and how many of them have no area for one."""
    laid = table["status"].eq("assessed") & table["module_count"].eq(0.0)
    if not laid.any():
        return []
    room = table.loc[laid, "installable_area_m2"] > 0.0
    most = table.loc[laid, "gross_roof_area_m2"].max()
    return [
        f"{int(laid.sum()):,} roofs of up to {most:,.0f} m2 carry no module: on "
        f"{int((~room).sum()):,} the deductions leave no area, on {int(room.sum()):,} no whole "
        "module fits (roofpv explain tells of each)"
    ]


def _design_not_assessed(assumed: Assumptions) -> dict[str, str]:
    if assumed.layout.design != "stated":
        return {}
    reason = "not assessed: the layout is stated; --design compares it with others"
    return {"layout_lost_kwh": reason}


def _weather_record(weather: xr.Dataset) -> dict[str, Any]:
    kept = {k: v for k, v in weather.attrs.items() if k not in {"inputs", "warnings"}}
    names = [name for name in _OF_SITE if name in weather.coords]
    sites = [
        {"site": str(one["site"].item())} | {name: _number(one[name].item()) for name in names}
        for one in (weather.isel(site=i) for i in range(weather.sizes["site"]))
    ]
    return {"sites": sites, **{str(key): _scalar(value) for key, value in kept.items()}}


def _ways(
    values: npt.NDArray[np.float64], first: npt.NDArray[np.bool_], names: tuple[str, str]
) -> dict[str, int]:
    known = ~np.isnan(values)
    return {
        names[0]: int((known & first).sum()),
        names[1]: int((known & ~first).sum()),
        "not known": int((~known).sum()),
    }


def _way(counts: dict[str, int]) -> str:
    used = [name for name, count in counts.items() if count]
    return used[0] if len(used) == 1 else ("mixed" if used else "not known")


def _first(values: npt.NDArray[np.float64]) -> float | None:
    return _number(values[0]) if values.size else None


def _number(value: float) -> float | None:
    """Number for JSON, which knows no NaN and no infinity."""
    return float(value) if np.isfinite(value) else None


def _scalar(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    return _number(plain) if isinstance(plain, float) else plain
