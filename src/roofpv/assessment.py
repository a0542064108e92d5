"""
The main job, top to bottom: a checked inventory, weather and rules -> roofs, energy, verdicts.

Read this page first; every step is a public function of its own room.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from roofpv import __version__, energy, finance, roofs, schema, targets
from roofpv.assumptions import Assumptions, Uncertainty, describe
from roofpv.inventory import Checked, check_inventory
from roofpv.inventory.check import QUARANTINE_COLUMNS
from roofpv.results import Result
from roofpv.siting import assign_sites
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

DEFAULT_RULES = ("shizuishan-2025",)
_PACKAGES = ("pvlib", "numpy", "pandas", "numba", "xarray", "geopandas", "shapely", "pyarrow")
_Z90 = 1.2815515655446004  # standard normal quantile of 0.9


def assess(
    buildings: pd.DataFrame,
    weather: xr.Dataset | None = None,
    *,
    rules: Sequence[str] = DEFAULT_RULES,
    assumptions: Assumptions | None = None,
) -> Result:
    """
    Assess every roof of a building list, and the targets of the rules.

    Parameters
    ----------
    buildings : GeoDataFrame or DataFrame (row,)
        From ``read_inventory``: buildings, or planes with ``plane_id surface_tilt`` and
        ``area_m2`` or ``kwp``.
    weather : Dataset (site, time), optional
        From ``read_weather``; the bundled typical years of Shizuishan if not given.
    rules : sequence of str
        Ids of the library or paths of rule files.
    assumptions : Assumptions, optional

    Returns
    -------
    Result

    Raises
    ------
    InvalidInventory, InvalidWeather, InvalidRules
        Input that cannot be used at all; single rows that cannot are in ``Result.quarantine``.
    """
    assumed = assumptions or Assumptions()
    loaded = [targets.load_rule(rule) for rule in rules]
    checked = check_inventory(buildings)
    used = bundled_weather() if weather is None else weather
    sited, unplaced = assign_sites(checked, used, bundled=weather is None, site=assumed.site)
    sky = sun_and_sky(used, assumed.models.decomposition)
    planes = _planes(sited, used, assumed)
    by_plane = energy.simulate(planes, sky, assumed)
    table = _buildings(sited.buildings, planes, by_plane, used, assumed)
    as_of = None if assumed.targets.as_of is None else date.fromisoformat(assumed.targets.as_of)
    verdicts = targets.evaluate(table, loaded, as_of=as_of)
    quarantine = _quarantine(checked, unplaced)
    run = _run(buildings, used, assumed, loaded)
    run["counts"] = _counts(checked, table, planes, quarantine)
    run["rows"] = {"in": len(buildings), "quarantined": len(quarantine)}
    run["columns"] = buildings.attrs.get("columns", {})
    run["warnings"] = [
        *_column_warnings(run["columns"]),
        *_installed_warnings(table),
        *sited.warnings,
        *_weather_warnings(sky, by_plane),
    ]
    return Result(table, planes, by_plane, used, verdicts, quarantine, run)


def _planes(sited: Checked, weather: xr.Dataset, assumed: Assumptions) -> pd.DataFrame:
    """Planes with their installable area, their modules and their weather site."""
    if sited.planes is None:
        active = sited.buildings[sited.buildings["status"] == "assessed"].reset_index(drop=True)
        active = active.assign(lat=_latitude(active, weather))
        planes = roofs.roof_planes(active, assumed.roofs)
        owners = active.set_index("building_id").reindex(planes["building_id"])
        site, latitude = owners["weather_site"].to_numpy(), owners["lat"].to_numpy()
    else:
        planes = roofs.stated_planes(sited.planes)
        site, latitude = sited.planes["weather_site"].to_numpy(), _latitude(sited.planes, weather)
    planes["weather_site"] = site
    planes = roofs.installable_area(planes, latitude, assumed.roofs)
    return roofs.lay_modules(planes, latitude, assumed.layout, assumed.module)


def _latitude(rows: pd.DataFrame, weather: xr.Dataset) -> np.ndarray:
    """Latitude of each row; that of its weather site where its own is not known. [deg]."""
    at_site = weather["latitude"].to_series().reindex(rows["weather_site"]).to_numpy()
    own = rows["lat"].to_numpy(dtype=float)
    return np.where(np.isnan(own), at_site, own)


def _buildings(
    buildings: gpd.GeoDataFrame,
    planes: pd.DataFrame,
    by_plane: xr.Dataset,
    weather: xr.Dataset,
    assumed: Assumptions,
) -> gpd.GeoDataFrame:
    """One row a building, with every column of the contract."""
    columns = _roof_columns(buildings, planes)
    columns |= _energy_columns(buildings, planes, by_plane, columns["kwp"])
    columns["ac_kwh_p90"] = columns["ac_kwh"] * _p90_factor(weather, assumed.uncertainty)
    money = finance.money(columns["kwp"], columns["ac_kwh"], assumed.finance, assumed.losses)
    columns |= {str(name): money[name].to_numpy() for name in money}
    columns["avoided_kgco2"] = finance.avoided_carbon(columns["ac_kwh"], assumed.carbon)
    installed = roofs.installed_pv(buildings, planes, assumed.module)
    columns |= {str(name): installed[name].to_numpy() for name in installed}
    columns["existing_ac_kwh"] = columns["installed_kwp"] * columns["specific_yield_kwh_per_kwp"]
    load = finance.annual_load(buildings, _plan_area(buildings, planes), assumed.load)
    columns |= {str(name): load[name].to_numpy() for name in load}
    table = buildings.assign(**columns)
    return table[[*_INPUT_COLUMNS, *schema.names(schema.RESULT), "geometry"]]


_INPUT_COLUMNS = ["source_row", *schema.names(schema.INVENTORY)[:-1]]


def _roof_columns(buildings: pd.DataFrame, planes: pd.DataFrame) -> dict[str, np.ndarray]:
    sums = roofs.sum_by_building(
        planes[list(roofs.SUMMED)], planes["building_id"], buildings["building_id"]
    ).rename(columns={"area_m2": "gross_roof_area_m2"})
    columns = {str(name): sums[name].to_numpy() for name in sums}
    grade = planes.drop_duplicates("building_id").set_index("building_id")["evidence_grade"]
    columns["evidence_grade"] = grade.reindex(buildings["building_id"]).to_numpy(dtype=object)
    # Shading is not assessed yet: empty, never 0.
    columns["shading_loss_fraction"] = np.full(len(buildings), np.nan)
    return columns


def _plan_area(buildings: pd.DataFrame, planes: pd.DataFrame) -> np.ndarray:
    """Roof seen from above, about the area of a storey. [m2]."""
    plan = planes["area_m2"] * np.cos(np.radians(planes["roof_tilt"]))
    sums = roofs.sum_by_building(
        plan.to_frame("plan"), planes["building_id"], buildings["building_id"]
    )
    return sums["plan"].to_numpy()


def _energy_columns(
    buildings: pd.DataFrame, planes: pd.DataFrame, by_plane: xr.Dataset, kwp: np.ndarray
) -> dict[str, np.ndarray]:
    """Energy of a typical year: months added up, the mean of the years where there are several."""
    yearly = by_plane.sum("month", skipna=False)
    if "year" in yearly.dims:
        yearly = yearly.mean("year", skipna=False)
    weight = planes["kwp"].to_numpy()
    parts = pd.DataFrame(
        {
            "ac_kwh": yearly["ac_kwh"].to_numpy(),
            "poa": yearly["poa_kwh_per_m2"].to_numpy() * weight,
        }
    )
    sums = roofs.sum_by_building(parts, planes["building_id"], buildings["building_id"])
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "ac_kwh": sums["ac_kwh"].to_numpy(),
            "poa_kwh_per_m2": np.where(kwp > 0, sums["poa"].to_numpy() / kwp, np.nan),
            "specific_yield_kwh_per_kwp": np.where(
                kwp > 0, sums["ac_kwh"].to_numpy() / kwp, np.nan
            ),
        }


def _p90_factor(weather: xr.Dataset, uncertainty: Uncertainty) -> float:
    """What nine of ten cases exceed, over the mean; NaN where the weather states no error."""
    parts = [
        weather.attrs.get("ghi_uncertainty_fraction", np.nan),
        weather.attrs.get("ghi_interannual_sd_fraction", np.nan),
        uncertainty.model,
        uncertainty.losses,
    ]
    return 1.0 - _Z90 * float(np.sqrt(np.sum(np.square(np.array(parts, dtype=float)))))


def _quarantine(checked: Checked, unplaced: pd.DataFrame) -> pd.DataFrame:
    both = pd.concat([checked.quarantine, unplaced], ignore_index=True)
    ordered = both.sort_values("row", kind="stable", ignore_index=True)
    return ordered[list(QUARANTINE_COLUMNS)]


def _counts(
    checked: Checked, table: pd.DataFrame, planes: pd.DataFrame, quarantine: pd.DataFrame
) -> dict[str, Any]:
    assessed = int((table["status"] == "assessed").sum())
    excluded = int((table["status"] == "excluded").sum())
    counts: dict[str, Any] = {
        "in": checked.count_in,
        "assessed": assessed,
        "excluded": excluded,
        "quarantined": checked.count_in - assessed - excluded,
    }
    made = checked.planes is None
    planes_in = len(planes) if made else checked.planes_in
    lost = 0 if made else len(quarantine)
    counts["planes"] = {
        "in": planes_in,
        "assessed": len(planes),
        "excluded": planes_in - len(planes) - lost,
        "quarantined": lost,
    }
    if made and counts["quarantined"] != len(quarantine):
        raise AssertionError(f"counts do not close: {counts}, {len(quarantine)} in quarantine")
    return counts


def _run(
    buildings: pd.DataFrame, weather: xr.Dataset, assumed: Assumptions, rules: list[Any]
) -> dict[str, Any]:
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
            **_p90_not_assessed(weather),
            "shading_loss_fraction": "not assessed: neighbours, surface model and terrain are not "
            "used yet; the energy is that of an unshaded roof",
            **_money_not_assessed(assumed),
        },
        "warnings": [],
    }


def _p90_not_assessed(weather: xr.Dataset) -> dict[str, str]:
    if np.isfinite(_p90_factor(weather, Uncertainty())):
        return {}
    reason = "not assessed: the weather file does not state the error of its irradiation"
    return {"ac_kwh_p90": reason}


def _money_not_assessed(assumed: Assumptions) -> dict[str, str]:
    if assumed.finance.self_use_fraction is not None:
        return {}
    reason = "not assessed: it needs the hourly load; set finance.self_use_fraction to try a value"
    return dict.fromkeys(("self_use_fraction", "npv_cny", "payback_years"), reason)


def _weather_record(weather: xr.Dataset) -> dict[str, Any]:
    kept = {key: value for key, value in weather.attrs.items() if key != "inputs"}
    sites = [
        {name: weather[name].isel(site=i).item() for name in ("site", "latitude", "longitude")}
        for i in range(weather.sizes["site"])
    ]
    return {"sites": sites, **{str(key): _scalar(value) for key, value in kept.items()}}


def _scalar(value: Any) -> Any:
    """Value for JSON, which knows no NaN and no infinity."""
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and not np.isfinite(plain) else plain


def _column_warnings(columns: dict[str, Any]) -> list[str]:
    unused = columns.get("not_used", [])
    return [f"columns not used: {', '.join(unused)}"] if unused else []


def _installed_warnings(table: pd.DataFrame) -> list[str]:
    """PV that is said to stand on a building and cannot."""
    area, roof = table["existing_module_area_m2"], table["gross_roof_area_m2"]
    return [
        f"row {row.source_row}, {row.building_id}: installed PV of "
        f"{row.existing_module_area_m2:,.0f} m2 is more than its roof of "
        f"{row.gross_roof_area_m2:,.0f} m2; check the unit"
        for row in table[area > 1.01 * roof].head(20).itertuples()
    ]


def _weather_warnings(sky: xr.Dataset, by_plane: xr.Dataset) -> list[str]:
    said = []
    if sky.attrs["decomposed_hours"]:
        said.append(
            f"{sky.attrs['decomposed_hours']} hours had no dni and dhi; they were split from ghi"
        )
    months = by_plane["ac_kwh"].isnull().any("plane_id")
    if bool(months.any()):
        said.append(
            f"{int(months.sum())} months have missing weather; their energy and the year's is empty"
        )
    return said
