"""One building, step by step, with its numbers; its hours through pvlib."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from roofpv import schema
from roofpv.assumptions import Assumptions, from_values
from roofpv.dirt import site_sky
from roofpv.energy import combined_skyline, dc_factor
from roofpv.energy.behindrows import Rows
from roofpv.energy.hourly import Plane, sides_of, simulate_hours
from roofpv.energy.shadedhours import Around
from roofpv.errors import InvalidResult
from roofpv.report.explain_money import money_steps
from roofpv.report.explain_shade import access_steps, shade_facts, shade_steps
from roofpv.results import Result
from roofpv.roofs import DEDUCTIONS
from roofpv.shares import shares_of
from roofpv.skylinefile import skylines_with
from roofpv.text import plain

_DEDUCTED = {
    "deducted_unsuitable_m2": "too steep, or facing the pole",
    "deducted_shaded_m2": "more shade than the limit",
    "deducted_zones_m2": "mapped zones and their clear strips",
    "deducted_edges_m2": "strips along the edges",
    "deducted_plant_m2": "plant, stair heads, skylights by statistics",
    "deducted_other_use_m2": "other use",
    "deducted_narrow_m2": "too narrow or too small",
    "deducted_stated_m2": "usable area as stated",
}
_ROOF = ("roof_form", "roof_tilt", "roof_azimuth", "area_m2", "evidence_grade")
_ARRAY = (
    "layout", "orientation", "surface_tilt", "surface_azimuth", "gcr", "pitch_m",
    "row_kind", "row_shading_loss_fraction",
    "installable_area_m2", "module_count", "kwp", "module_area_m2", "projected_module_area_m2",
    "array_field_area_m2", "array_load_kn_per_m2", "live_load_kn_per_m2", "load_check",
)  # fmt: skip


def explain(result: Result, building_id: str) -> dict[str, Any]:
    """
    Everything that led to the numbers of one building.

    Parameters
    ----------
    result : Result
        Of ``read_results`` or ``assess``.
    building_id : str

    Returns
    -------
    dict
        ``building_id``, ``inputs``, ``planes`` (each with its steps and its year through pvlib,
        hour by hour; the mean of the complete years where there are several), ``years`` (used and
        left out), ``money`` (steps), ``outputs``, ``rules``, ``assumptions_changed``, ``versions``.

    Raises
    ------
    InvalidResult
        The result has no such building.
    """
    row = find_building(result, building_id)
    assumed = from_values({a["key"]: a["value"] for a in result.run["assumptions"]}, "run.json")
    planes = result.planes[result.planes["building_id"] == building_id]
    planes = planes.assign(stated_kwp=float(row.get("stated_kwp", np.nan)))
    years = _years(result, planes)
    skies = _skies(result, planes, assumed)
    told = _Told(result, assumed, skies, years, _around(result, planes))
    return {
        "building_id": building_id,
        "inputs": {"row": int(row["source_row"]), "files": result.run["inputs"]} | _inputs(row),
        "planes": [_plane(told, plane) for _, plane in planes.iterrows()],
        "years": _years_told(years),
        "money": money_steps(row, result.run),
        "outputs": {name: _value(row[name]) for name in schema.names(schema.RESULT)},
        "not_assessed": result.run["not_assessed"],
        "rules": result.run["rules"],
        "assumptions_changed": [a for a in result.run["assumptions"] if not a["default"]],
        "versions": result.run["versions"],
    }


def explain_text(told: Mapping[str, Any]) -> list[str]:
    """Lines for a terminal of what ``explain`` tells."""
    inputs = told["inputs"]
    files = ", ".join(plain(one["name"]) for one in inputs["files"])
    lines = [f"Building {plain(told['building_id'])}", f"Inputs: row {inputs['row']} of {files}"]
    stated = {k: v for k, v in inputs.items() if k not in {"row", "files"} and v is not None}
    lines += [f"  {name} = {plain(_shown(value))}" for name, value in stated.items()]
    for plane in told["planes"]:
        lines += ["", f"Plane {plain(plane['plane_id'])}"]
        lines += [f"  {number}. {step}" for number, step in enumerate(plane["steps"], 1)]
    if told["money"]:
        lines += ["", "Own use, money, carbon"]
        lines += [f"  {number}. {step}" for number, step in enumerate(told["money"], 1)]
    lines += ["", "Result"]
    # What is excluded lacks its numbers for that reason, which stands beside its status.
    missing = {} if told["outputs"].get("status") == "excluded" else told["not_assessed"]
    for name, value in told["outputs"].items():
        if value is not None:
            lines.append(f"  {name} = {plain(_shown(value))}")
        elif name in missing:
            lines.append(f"  {name} is empty: {missing[name]}")
    changed = [f"{a['key']} = {a['value']}" for a in told["assumptions_changed"]]
    lines += ["", f"Assumptions changed: {', '.join(changed) or 'none'} (all of them: run.json)"]
    said = ", ".join(f"{name} {number}" for name, number in told["versions"].items())
    return [*lines, f"Versions: {said}"]


def find_building(result: Result, building_id: str) -> pd.Series:
    """
    Row of one building.

    Parameters
    ----------
    result : Result
    building_id : str

    Raises
    ------
    InvalidResult
        The result has no such building.
    """
    found = result.buildings[result.buildings["building_id"] == building_id]
    if found.empty:
        lost = result.quarantine[result.quarantine["building_id"].astype(str) == building_id]
        if not lost.empty:
            one = lost.iloc[0]
            raise InvalidResult(
                f"building {plain(building_id)}",
                f"it is in quarantine: {one['column']}, {one['reason']}",
                str(one["what_to_do"]),
            )
        raise InvalidResult(
            f"building {plain(building_id)}", "no such building_id", "buildings.csv lists them"
        )
    return found.iloc[0]


def _inputs(row: pd.Series) -> dict[str, Any]:
    return {name: _value(row[name]) for name in schema.names(schema.INVENTORY)[1:-1]}


def _value(value: Any) -> Any:
    """Value for JSON; missing is None."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _shown(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.6g}"


@dataclass(frozen=True, eq=False)
class _Years:
    """Years of the weather by name, and which of them are complete for the whole building."""

    names: np.ndarray
    complete: np.ndarray

    @property
    def used(self) -> np.ndarray:
        """Years that are told: the complete ones, or all of them where none is (then empty)."""
        return self.names[self.complete] if self.complete.any() else self.names


@dataclass(frozen=True, eq=False)
class _Told:
    """What the planes of one building have in common; a sky for each weather site."""

    result: Result
    assumed: Assumptions
    skies: Mapping[str, xr.Dataset]
    years: _Years
    around: Mapping[str, Around]


def _around(result: Result, planes: pd.DataFrame) -> dict[str, Around]:
    """Skylines of the points of each plane that has any."""
    if not result.skylines or planes.empty:
        return {}
    names = planes["plane_id"].to_numpy(dtype=object)
    joint = combined_skyline(list(skylines_with(result.skylines, names).values()), names)
    found = {}
    for i, name in enumerate(names):
        points = joint.members[joint.starts[i] : joint.starts[i + 1]]
        if points.size:
            canopy = joint.canopy[points] if joint.has_trees else None
            found[name] = Around(
                joint.elevation[points], canopy, joint.transmissivity, joint.weight[points]
            )
    return found


def _years(result: Result, planes: pd.DataFrame) -> _Years:
    months = result.energy["ac_kwh"].sel(plane_id=planes["plane_id"].to_numpy(dtype=object))
    if "year" not in months.dims:
        return _Years(np.array([0]), np.array([True]))
    complete = months.notnull().all(["plane_id", "month"])
    return _Years(months["year"].to_numpy(), complete.to_numpy())


def _years_told(years: _Years) -> dict[str, list[int]]:
    if years.names.size < 2:
        return {"used": [], "left_out": []}
    used, lost = years.names[years.complete], years.names[~years.complete]
    return {"used": used.tolist(), "left_out": lost.tolist()}


def _skies(result: Result, planes: pd.DataFrame, assumed: Assumptions) -> dict[str, xr.Dataset]:
    sites = sorted(set(shares_of(planes).site))
    if not sites:
        return {}
    weather = result.weather.sel(site=sites)
    sky = site_sky(weather, assumed)
    return {site: sky.sel(site=site) for site in sites}


def _plane(told: _Told, plane: pd.Series) -> dict[str, Any]:
    shares = shares_of(plane.to_frame().T)
    sites = dict(zip(shares.site, shares.weight.tolist(), strict=True))
    year = _mean_year(told, plane, sites)
    energy = told.result.energy["ac_kwh"].sel(plane_id=plane["plane_id"])
    if "year" in energy.dims:
        energy = energy.sel(year=told.years.used).mean("year", skipna=False)
    kernel = float(energy.sum(skipna=False))
    words = _weather_words(sites, told.years), _altitude_words(plane, sites, told)
    return {
        "plane_id": plane["plane_id"],
        "roof": {name: _value(plane[name]) for name in (*_ROOF, *DEDUCTIONS)},
        "array": {name: _value(plane.get(name)) for name in _ARRAY},
        "shade": {k: _value(v) for k, v in shade_facts(plane, told.assumed.roofs).items()},
        "weather_sites": sites,
        "steps": _steps(plane, year, kernel, words, told.assumed),
        "pvlib_ac_kwh": _value(year["ac_kw"]),
        "kernel_ac_kwh": _value(kernel),
        "months": [_value(float(month)) for month in energy.to_numpy()],
    }


def _mean_year(told: _Told, plane: pd.Series, sites: Mapping[str, float]) -> dict[str, float]:
    """Sums over the mean of the years used, the sites blended. [Wh/m2, kWh]."""
    sums: dict[str, float] = {}
    for site, weight in sites.items():
        sky = told.skies[site]
        used = np.isin(sky["year"].to_numpy(), told.years.used) | (told.years.names.size < 2)
        around = told.around.get(plane["plane_id"])
        hours = _hours(plane, sky, told.assumed, around)[used].sum(skipna=False)
        for name, value in hours.items():
            share = weight * float(value) / told.years.used.size
            sums[str(name)] = sums.get(str(name), 0.0) + share
    return sums


def _hours(
    plane: pd.Series, sky: xr.Dataset, assumed: Assumptions, around: Around | None
) -> pd.DataFrame:
    """Energy of each row of the weather, through pvlib alone. [Wh/m2, kWh]."""
    first, *second = (_array_hours(side, sky, assumed, around) for side in sides_of(_array(plane)))
    for side in second:
        power = ["dc_kw", "ac_kw"]
        light = first.columns.difference(power)
        first[power] += side[power]
        first[light] = (first[light] + side[light]) / 2.0
    return first


def _array(plane: pd.Series) -> Plane:
    altitude = float(plane.get("altitude_m", np.nan))
    facing = plane["surface_tilt"], plane["surface_azimuth"]
    ratio = float(plane.get("dc_ac_ratio", np.nan))
    return Plane(*facing, plane["kwp"], altitude, _rows(plane), ratio)


def _array_hours(
    array: Plane, sky: xr.Dataset, assumed: Assumptions, around: Around | None
) -> pd.DataFrame:
    step = float(sky.attrs["interval_minutes"]) / 60.0
    frame = simulate_hours(array, sky, assumed, around)
    kept = frame[["poa_direct", "poa_sky_diffuse", "poa_ground_diffuse", "poa_global"]]
    kept = kept.assign(
        effective=frame["effective_irradiance"], dc_kw=frame["dc_kw"], ac_kw=frame["ac_kw"]
    )
    warmth = (frame["temp_cell"] * frame["poa_global"]).rename("warmth")
    return pd.concat([kept, warmth], axis=1) * step


def _rows(plane: pd.Series) -> Rows | None:
    """Rows that shade each other, where the plane has them."""
    kind = plane.get("row_kind", "none")
    if kind not in {"racks", "domes"}:
        return None
    return Rows(plane["gcr"], plane["roof_tilt"], plane["roof_azimuth"], kind)


def _weather_words(sites: Mapping[str, float], years: _Years) -> str:
    """Weather sites and years, as far as there is more than one to name."""
    said = f"weather site {plain(next(iter(sites), 'none'))}"
    if len(sites) > 1:
        names = ", ".join(f"{weight:.1%} {plain(site)}" for site, weight in sites.items())
        said = f"weather sites {names}, the energy at each blended by distance"
    if years.names.size < 2:
        return said
    used, lost = years.names[years.complete], years.names[~years.complete]
    said += f", mean of {used.size} complete years ({_spans(used)})"
    return said + (f" without {_spans(lost)}, where months are missing" if lost.size else "")


def _altitude_words(plane: pd.Series, sites: Mapping[str, float], told: _Told) -> str:
    """Correction of the air temperature, the mean of the sites."""
    altitude = float(plane.get("altitude_m", np.nan))
    if np.isnan(altitude):
        return ""
    heights = {site: float(told.skies[site]["temp_air_altitude"]) for site in sites}
    known = {site: height for site, height in heights.items() if np.isfinite(height)}
    if not known:
        return "; air not corrected: the altitude of the weather site is not stated"
    above = sum(sites[site] * (altitude - height) for site, height in known.items())
    warmer = told.assumed.site.lapse_rate / 1000.0 * above
    return f"; air {warmer:+.1f} K for {above:+,.0f} m over the weather site"


def _spans(years: np.ndarray) -> str:
    """Years in words: 2005-2010, 2012."""
    if not years.size:
        return "none"
    breaks = np.flatnonzero(np.diff(years) > 1) + 1
    runs = np.split(years, breaks)
    return ", ".join(f"{r[0]}-{r[-1]}" if r.size > 1 else f"{r[0]}" for r in runs)


def _steps(
    plane: pd.Series,
    year: dict[str, float],
    kernel: float,
    words: tuple[str, str],
    assumed: Assumptions,
) -> list[str]:
    roof = (
        f"roof: {plane['roof_form']}, {_area(plane['area_m2'])}, tilt {plane['roof_tilt']:.1f}, "
        f"azimuth {plane['roof_azimuth']:.1f} deg; evidence {plane['evidence_grade']} "
        f"({schema.EVIDENCE_GRADES[plane['evidence_grade']]})"
    )
    laid = [roof, *access_steps(plane, assumed.roofs), *_layout_steps(plane, assumed)]
    if plane["kwp"] == 0.0:
        return [*laid, "energy: none, there is no array"]
    return [*laid, *_energy_steps(plane, year, kernel, words, assumed)]


def _energy_steps(
    plane: pd.Series,
    year: dict[str, float],
    kernel: float,
    words: tuple[str, str],
    assumed: Assumptions,
) -> list[str]:
    models, module = assumed.models, assumed.module
    return [
        *_side_steps(plane),
        *_row_steps(plane, assumed),
        *shade_steps(plane),
        f"sun: {words[0]}, {models.transposition} transposition: "
        f"{year['poa_direct'] / 1000:,.1f} beam + "
        f"{year['poa_sky_diffuse'] / 1000:,.1f} sky + "
        f"{year['poa_ground_diffuse'] / 1000:,.1f} ground = "
        f"{year['poa_global'] / 1000:,.1f} kWh/m2 a year",
        f"reflection: {models.iam}: {year['effective'] / 1000:,.1f} kWh/m2 enter the cells"
        f"{_veil_words(assumed)}",
        f"temperature: {models.temperature}: {year['warmth'] / year['poa_global']:.1f} degC, "
        f"weighted by irradiance{words[1]}"
        if year["poa_global"] > 0
        else f"temperature: {models.temperature}",
        f"DC: {plane['kwp']:,.2f} kWp, gamma {module.gamma_pdc:g} 1/K, "
        f"{_losses_word(assumed)} multiply to {1.0 - dc_factor(assumed.losses):.2%}: "
        f"{year['dc_kw']:,.1f} kWh",
        f"AC: inverter {assumed.inverter.efficiency:.1%}, DC/AC {_ratio(plane, assumed):g}: "
        f"{year['ac_kw']:,.1f} kWh through pvlib, {kernel:,.1f} kWh by the kernel",
    ]


def _veil(assumed: Assumptions) -> list[str]:
    """What goes hour by hour between the light and the cells, with its model."""
    chosen = {
        "spectrum": assumed.models.spectrum.replace("none", "constant"),
        "dust": assumed.losses.soiling_model,
        "snow": assumed.losses.snow_model,
    }
    return [f"{name} ({model})" for name, model in chosen.items() if model != "constant"]


def _veil_words(assumed: Assumptions) -> str:
    veil = _veil(assumed)
    return f", after {' and '.join(veil)} hour by hour" if veil else ""


def _losses_word(assumed: Assumptions) -> str:
    return "constant losses" if _veil(assumed) else "losses"


def _ratio(plane: pd.Series, assumed: Assumptions) -> float:
    own = float(plane.get("dc_ac_ratio", np.nan))
    return assumed.inverter.dc_ac_ratio if np.isnan(own) else own


def _side_steps(plane: pd.Series) -> list[str]:
    sides = sides_of(_array(plane))
    if len(sides) == 1:
        return []
    toward = " and ".join(f"{side.surface_azimuth:.1f}" for side in sides)
    return [
        f"sides: two, toward azimuth {toward} deg, {sides[0].kwp:,.2f} kWp each; light and "
        "temperature below are the mean of both, energy is their sum"
    ]


def _row_steps(plane: pd.Series, assumed: Assumptions) -> list[str]:
    if _rows(plane) is None:
        return []
    if assumed.shading.rows == "none":
        return ["rows: their shade on each other is not counted (shading.rows = none)"]
    light = "sun, sky and ground" if assumed.shading.rows == "beam_diffuse" else "sun"
    loss = plane.get("row_shading_loss_fraction", np.nan)
    cost = "" if np.isnan(loss) else f": {loss:.2%} of a year's AC energy"
    return [f"rows: {plane['row_kind']} that hide {light} from each other{cost}"]


def _area(area_m2: float) -> str:
    return "area not stated" if np.isnan(area_m2) else f"{area_m2:,.1f} m2"


def _layout_steps(plane: pd.Series, assumed: Assumptions) -> list[str]:
    if plane["layout"] == "stated":
        return [f"layout: none, {plane['kwp']:,.2f} kWp are stated"]
    module = assumed.module
    how = f"{plane['layout']}, modules in {plane['orientation']}"
    if plane["row_kind"] != "none":
        how += f", rows {plane['pitch_m']:.2f} m apart (ground cover {plane['gcr']:.3f})"
    stated = "" if np.isnan(plane["stated_kwp"]) else f"{plane['stated_kwp']:,.2f} kWp stated"
    if plane["module_count"] == 0.0:
        if plane["installable_area_m2"] == 0.0:
            return [_installable_step(plane), "layout: no area is left for modules: 0 modules"]
        size = f"{module.length_m:g} x {module.width_m:g} m"
        none = f"none of the {stated} is set here" if stated else f"no module of {size} fits"
        return [_installable_step(plane), f"layout: {none}, as {how}: 0 modules, 0 kWp"]
    count = f"{plane['module_count']:,.0f} whole modules x {module.power_w:g} W"
    if stated:
        count = f"of the {stated}, in {plane['module_count']:,.0f} modules"
    return [
        _installable_step(plane),
        f"layout: {how}, tilt {plane['surface_tilt']:.1f}, azimuth "
        f"{plane['surface_azimuth']:.1f} deg: {count} = {plane['kwp']:,.2f} kWp",
        f"cover: modules {plane['module_area_m2']:,.1f} m2 (N1), projected "
        f"{plane['projected_module_area_m2']:,.1f} m2 (N2), field "
        f"{plane['array_field_area_m2']:,.1f} m2 (N3)",
        *_load_steps(plane),
    ]


def _installable_step(plane: pd.Series) -> str:
    """Gross area, what is taken off it and why, and what is left."""
    taken = [
        f" - {plane[name]:,.1f} ({_DEDUCTED[name]})" for name in DEDUCTIONS if plane[name] > 0.0
    ]
    return (
        f"installable: {plane['area_m2']:,.1f}{''.join(taken)} = "
        f"{plane['installable_area_m2']:,.1f} m2"
    )


def _load_steps(plane: pd.Series) -> list[str]:
    if np.isnan(plane["array_load_kn_per_m2"]):
        return []
    return [
        f"weight: {plane['array_load_kn_per_m2']:.2f} kN/m2 of field, live load "
        f"{plane['live_load_kn_per_m2']:.2f} kN/m2: {plane['load_check']} "
        "(a flag, no structural check)"
    ]
