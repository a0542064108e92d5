"""
The main job, top to bottom: a checked inventory, weather and rules -> roofs, energy, verdicts.

Read this page first; every step is a public function of its own room.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from roofpv import energy, finance, overrides, roofs, schema, shaderecord, shares, targets
from roofpv.assessment.gather import Part, Zoned, gather, quarantine_of, told_of
from roofpv.assessment.steps import Once
from roofpv.assumptions import Assumptions
from roofpv.certainty import kernels_ahead
from roofpv.compiled import compile_ahead
from roofpv.designing import Designed, design
from roofpv.inventory import Checked, CheckedZones, check_inventory, check_zones
from roofpv.inventory.among import Among
from roofpv.inventory.check import COLUMNS, asked_of
from roofpv.results import Result
from roofpv.siting import assign_sites
from roofpv.surroundings import Surroundings, skylines_by_source
from roofpv.uncertainty import Spreads, budget, level_columns, spreads
from roofpv.weather import bundled_weather

DEFAULT_RULES = ("shizuishan-2025",)
# What planes take over from their building, or a plane table states itself.
_OF_OWNER = (
    "weather_site", shares.COLUMN, "altitude_m", "lon", "lat", "roof_live_load_kn_per_m2",
)  # fmt: skip


def assess(
    buildings: pd.DataFrame,
    weather: xr.Dataset | None = None,
    *,
    rules: Sequence[str] = DEFAULT_RULES,
    assumptions: Assumptions | None = None,
    zones: gpd.GeoDataFrame | None = None,
    surroundings: Surroundings | None = None,
) -> Result:
    """
    Assess every roof of a building list, and the targets of the rules.

    Parameters
    ----------
    buildings : GeoDataFrame or DataFrame (row,)
        From ``read_inventory``: buildings, or planes with ``plane_id surface_tilt`` and
        ``area_m2`` or ``kwp``.
    weather : Dataset (site, time), optional
        From ``read_weather``, one site or several, a typical year or many years; the bundled
        typical years of Shizuishan if not given.
    rules : sequence of str
        Ids of the library or paths of rule files.
    assumptions : Assumptions, optional
    zones : GeoDataFrame (zone,), optional
        From ``read_zones``: plant, stair heads, skylights and other parts of roofs that carry no
        modules.
    surroundings : Surroundings, optional
        From ``read_surroundings``: what hides sun and sky. Zones with a height and a stated parapet
        do so too.

    Returns
    -------
    Result

    Raises
    ------
    InvalidInventory, InvalidWeather, InvalidRules
        Input that cannot be used at all; single rows that cannot are in ``Result.quarantine``.
    """
    shared = once(weather, rules=rules, assumptions=assumptions)
    part = assess_part(buildings, shared, zones=zones, surroundings=surroundings)
    return gather(part, shared)


def once(
    weather: xr.Dataset | None,
    *,
    rules: Sequence[str] = DEFAULT_RULES,
    assumptions: Assumptions | None = None,
) -> Once:
    """
    What all rows of a run have in common.

    Parameters
    ----------
    weather, rules, assumptions
        As `assess` takes them.

    Raises
    ------
    InvalidRules
        A rule that there is not.
    """
    assumed = assumptions or Assumptions()
    loaded = [targets.load_rule(name) for name in rules]
    draws = kernels_ahead() if loaded else []
    compile_ahead(*energy.kernels_ahead(), *finance.kernels_ahead(), *draws)
    as_of = None if assumed.targets.as_of is None else date.fromisoformat(assumed.targets.as_of)
    used = bundled_weather() if weather is None else weather
    return Once(loaded, assumed, as_of, used, weather is None)


def assess_part(
    buildings: pd.DataFrame,
    shared: Once,
    *,
    zones: gpd.GeoDataFrame | None = None,
    surroundings: Surroundings | None = None,
    among: Among | None = None,
) -> Part:
    """
    All that each row has by itself: roofs, modules, energy, money.

    Parameters
    ----------
    buildings, zones, surroundings
        As `assess` takes them.
    shared : Once
    among : Among, optional
        The list of which these are some rows; then each comes to what it does in the whole.

    Returns
    -------
    Part

    Raises
    ------
    InvalidInventory, InvalidWeather
        As `assess`.
    """
    rows = site_rows(buildings, shared, among)
    return assess_sited(rows, shared, zones=zones, surroundings=surroundings)


@dataclasses.dataclass(frozen=True, eq=False)
class Sited:
    """
    Rows of a list that are checked and have their weather.

    ``read`` the rows as they were read, without columns; ``checked``, and of these ``sited`` with
    a weather site; ``unplaced`` lines of those without.
    """

    read: pd.DataFrame
    checked: Checked
    sited: Checked
    unplaced: pd.DataFrame


def site_rows(buildings: pd.DataFrame, shared: Once, among: Among | None = None) -> Sited:
    """
    Check the rows of a list, and find the weather of each.

    Parameters
    ----------
    buildings, shared, among
        As `assess_part` takes them.

    Raises
    ------
    InvalidInventory, InvalidWeather
        As `assess`.
    """
    day = shared.as_of or targets.last_deadline(shared.rules)
    checked = check_inventory(buildings, day, among)
    sited, unplaced = assign_sites(
        checked, shared.weather, bundled=shared.bundled, site=shared.assumed.site
    )
    read = pd.DataFrame(index=pd.RangeIndex(len(buildings)))
    read.attrs = dict(buildings.attrs)
    return Sited(read, checked, sited, unplaced)


def assess_sited(
    rows: Sited,
    shared: Once,
    *,
    zones: gpd.GeoDataFrame | None = None,
    surroundings: Surroundings | None = None,
) -> Part:
    """
    What `assess_part` does with rows that are checked.

    Parameters
    ----------
    rows : Sited
    shared : Once
    zones, surroundings
        As `assess` takes them.
    """
    assumed, sited = shared.assumed, rows.sited
    zoned = None if zones is None else check_zones(zones, rows.checked.buildings)
    used = sites_in_use(shared.weather, sited)
    sky = shared.sky(used)
    planes, owners = sited_planes(sited, used, assumed)
    mapped, drawn = _mapped(zoned)
    around = dataclasses.replace(surroundings or Surroundings(), zones=mapped)
    sources = _skylines(sited, planes, around, assumed)
    forms = _forms(sources, planes)
    seen = _together(forms, planes)
    if seen is not None:
        planes["solar_access"] = energy.solar_access(planes, sky, assumed, seen)
    planes = roofs.installable_area(planes, owners, mapped, assumed)
    sited, planes, refused = _without_refused(sited, planes, assumed)
    earn = finance.earning(sited.buildings, _plan_area(sited.buildings, planes), sky, assumed)
    designed = design(planes, planes["lat"].to_numpy(), sky, assumed, seen, earn)
    kept = _kept(sited.buildings, designed, earn, overrides.Sky(sky, seen), assumed)
    planes, by_plane, in_open = _with_losses(kept, sky, forms, assumed)
    planes = roofs.array_loads(planes, assumed.module, assumed.structure)
    years = energy.by_year(by_plane, planes, sited.buildings["building_id"])
    spread = spreads(sited.buildings, used, years, assumed.uncertainty.irradiation)
    table = _buildings(sited.buildings, planes, designed, years, spread, earn)
    table["shading_loss_fraction"] = _shading_loss(table, planes, in_open)
    planes = shaderecord.with_height_basis(planes, table, sources)
    told = told_of(rows.read, sited, planes.attrs.get("left_out", {}))
    planes = roofs.planes_on_map(planes.drop(columns="installable"), table)
    return Part(
        table, planes, by_plane, spread, years, earn, told,
        quarantine_of(rows.checked, pd.concat([rows.unplaced, refused])),
        rows.checked.table(), sky, used, sources, around.all_inputs,
        _zoned(zoned, drawn, zones),
    )  # fmt: skip


def _kept(
    buildings: gpd.GeoDataFrame,
    designed: Designed,
    earn: finance.Earning,
    under: overrides.Sky,
    assumed: Assumptions,
) -> overrides.Kept:
    """Planes and energy with the capacities that are stated; the hours of all go to ``earn``."""
    planes = designed.planes
    heard = earn.listener(planes)
    by_plane = energy.simulate(planes, under.sky, assumed, under.skylines, heard)
    kept = overrides.keep_stated(buildings, planes, by_plane, under, assumed, earn.listener)
    earn.listen_again(kept.planes, under.sky, assumed, under.skylines)
    return kept


def _mapped(zoned: CheckedZones | None) -> tuple[gpd.GeoDataFrame | None, ...]:
    """Zones on the roofs, as they are used and as they are kept, where there are any."""
    if zoned is None:
        return None, None
    return zoned.zones, None if zoned.zones.empty else zoned.zones


def _zoned(
    checked: CheckedZones | None, drawn: gpd.GeoDataFrame | None, given: gpd.GeoDataFrame | None
) -> Zoned | None:
    if checked is None or given is None:
        return None
    return Zoned(checked, drawn, given.attrs.get("inputs", []))


def sites_in_use(weather: xr.Dataset, sited: Checked) -> xr.Dataset:
    """Weather of the sites that a roof takes; of all of them where there is no roof."""
    rows = sited.buildings if sited.planes is None else sited.planes
    taken = set(shares.shares_of(rows).site)
    chosen = [i for i, site in enumerate(weather["site"].to_numpy()) if str(site) in taken]
    return weather.isel(site=chosen) if 0 < len(chosen) < weather.sizes["site"] else weather


def sited_planes(
    sited: Checked, weather: xr.Dataset, assumed: Assumptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Planes with their place and their weather site, and the building of each."""
    if sited.planes is None:
        active = _active(sited)
        active = active.assign(lat=_latitude(active, weather))
        planes = roofs.roof_planes(active, assumed.roofs)
        owners = active.set_index("building_id").reindex(planes["building_id"])
    else:
        planes = roofs.stated_planes(sited.planes)
        owners = sited.planes.assign(lat=_latitude(sited.planes, weather))
    for name in _OF_OWNER:
        if name in owners:
            planes[name] = owners[name].to_numpy()
    return planes, owners.reset_index(drop=True)


def _active(sited: Checked) -> gpd.GeoDataFrame:
    return sited.buildings[sited.buildings["status"] == "assessed"].reset_index(drop=True)


def _skylines(
    sited: Checked, planes: pd.DataFrame, around: Surroundings, assumed: Assumptions
) -> dict[str, xr.Dataset]:
    """Skylines of every plane by source; none where nothing around is known."""
    if not around.sources(assumed):
        return {}
    return skylines_by_source(planes, with_heights(sited, assumed), around, assumed)


def with_heights(sited: Checked, assumed: Assumptions) -> gpd.GeoDataFrame:
    """Buildings to be assessed, with estimates of the heights that are not stated."""
    active = _active(sited)
    heights = roofs.estimated_heights(active, assumed.roofs, assumed.heights)
    return active.assign(estimated_height_m=heights["estimated_height_m"])


def _forms(sources: Mapping[str, xr.Dataset], planes: pd.DataFrame) -> dict[str, energy.Skylines]:
    """Skylines by source in the form that the energy takes, brought into it once."""
    names = planes["plane_id"].to_numpy(dtype=object)
    return {name: energy.skylines_of(data, names) for name, data in sources.items()}


def _together(
    sources: Mapping[str, energy.Skylines], planes: pd.DataFrame
) -> energy.Skylines | None:
    """Highest of all skylines of each plane."""
    if not sources:
        return None
    names = planes["plane_id"].to_numpy(dtype=object)
    return energy.combined_skyline(list(sources.values()), names)


def _with_losses(
    kept: overrides.Kept,
    sky: xr.Dataset,
    sources: Mapping[str, energy.Skylines],
    assumed: Assumptions,
) -> tuple[pd.DataFrame, xr.Dataset, xr.Dataset]:
    """Planes with what rows and surroundings take of their energy, what is left, and all of it."""
    if not sources:
        losses = energy.row_losses(kept.planes, sky, assumed, kept.by_plane)
        planes = kept.planes.assign(row_shading_loss_fraction=losses, shading_loss_fraction=np.nan)
        return planes, kept.by_plane, kept.by_plane
    in_open = energy.simulate(kept.planes, sky, assumed)
    under = energy.shaded_energy(kept.planes, sky, assumed, sources, in_open, kept.by_plane)
    losses = energy.row_losses(kept.planes, sky, assumed, under.unshaded)
    by_source = under.losses.rename(
        columns={f"{name}_loss": f"{name}_loss_fraction" for name in energy.losses_of(sources)}
    )
    planes = pd.concat([kept.planes, by_source], axis=1)
    return planes.assign(row_shading_loss_fraction=losses), under.shaded, under.unshaded


def _shading_loss(table: pd.DataFrame, planes: pd.DataFrame, in_open: xr.Dataset) -> np.ndarray:
    """Share of the energy of each building that its surroundings take; NaN where not known."""
    if planes["shading_loss_fraction"].isna().all():
        return np.full(len(table), np.nan)
    whole = energy.by_year(in_open, planes, table["building_id"]).ac_mean()
    unknown = planes["shading_loss_fraction"].isna() & (planes["kwp"] > 0.0)
    doubtful = table["building_id"].isin(planes.loc[unknown, "building_id"]).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = energy.without_rounding(1.0 - table["ac_kwh"].to_numpy() / whole)
    return np.where(doubtful | ~(whole > 0.0), np.nan, loss)


def _without_refused(
    sited: Checked, planes: pd.DataFrame, assumed: Assumptions
) -> tuple[Checked, pd.DataFrame, pd.DataFrame]:
    """Leave out buildings that state what cannot be; and their lines of the quarantine."""
    refused = overrides.refused_statements(sited.buildings, planes, assumed.module)
    if refused.empty:
        return sited, planes, refused
    lost = set(refused["building_id"])
    buildings = sited.buildings[~sited.buildings["building_id"].isin(lost)]
    planes = planes[~planes["building_id"].isin(lost)]
    sited = dataclasses.replace(sited, buildings=buildings.reset_index(drop=True))
    return sited, planes.reset_index(drop=True), refused


def _latitude(rows: pd.DataFrame, weather: xr.Dataset) -> np.ndarray:
    """Latitude of each row; that of its weather site where its own is not known. [deg]."""
    at_site = weather["latitude"].to_series().reindex(rows["weather_site"]).to_numpy()
    own = rows["lat"].to_numpy(dtype=float)
    return np.where(np.isnan(own), at_site, own)


def _buildings(
    buildings: gpd.GeoDataFrame,
    planes: pd.DataFrame,
    designed: Designed,
    years: energy.Yearly,
    spread: Spreads,
    earn: finance.Earning,
) -> gpd.GeoDataFrame:
    """One row a building, with every column of the contract."""
    assumed = earn.settled
    columns = _roof_columns(buildings, planes)
    columns["gross_roof_area_sd_fraction"] = roofs.roof_area_sd(
        columns["evidence_grade"], assumed.areas
    )
    columns |= _energy_columns(years, columns["kwp"])
    columns |= _design_columns(buildings["building_id"], planes, designed)
    columns |= earn.columns(columns["kwp"], columns["ac_kwh"], columns["layout"])
    installed = roofs.installed_pv(buildings, planes, assumed.module)
    columns |= {str(name): installed[name].to_numpy() for name in installed}
    columns["existing_ac_kwh"] = columns["installed_kwp"] * columns["specific_yield_kwh_per_kwp"]
    heights = roofs.estimated_heights(buildings, assumed.roofs, assumed.heights)
    columns |= {str(name): heights[name].to_numpy() for name in heights}
    table = buildings.assign(**columns)
    table = table.assign(**level_columns(table, budget(table, spread, years, assumed), assumed))
    names = [*COLUMNS, *asked_of(table), *schema.names(schema.RESULT), "geometry"]
    return table[names]


def _roof_columns(buildings: pd.DataFrame, planes: pd.DataFrame) -> dict[str, np.ndarray]:
    sums = roofs.sum_by_building(
        planes[list(roofs.SUMMED)], planes["building_id"], buildings["building_id"]
    ).rename(columns={"area_m2": "gross_roof_area_m2"})
    columns = {str(name): sums[name].to_numpy() for name in sums}
    grade = planes.drop_duplicates("building_id").set_index("building_id")["evidence_grade"]
    columns["evidence_grade"] = grade.reindex(buildings["building_id"]).to_numpy(dtype=object)
    # Empty, never 0, unless ``_shading_loss`` tells it.
    columns["shading_loss_fraction"] = np.full(len(buildings), np.nan)
    return columns


def _design_columns(
    building_id: pd.Series, planes: pd.DataFrame, designed: Designed
) -> dict[str, np.ndarray]:
    """Layout of each building, what it makes less than another, and its weight."""
    chosen = designed.by_building.reindex(building_id)
    laid, kept = (
        roofs.sum_by_building(table[["kwp"]], table["building_id"], building_id)["kwp"].to_numpy()
        for table in (designed.planes, planes)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        # What is lost goes with the capacity, which the list may state.
        chosen["layout_lost_kwh"] *= np.where(laid > 0.0, kept / laid, 1.0)
    loads = roofs.building_loads(planes, building_id)
    return {str(name): frame[name].to_numpy() for frame in (chosen, loads) for name in frame}


def _plan_area(buildings: pd.DataFrame, planes: pd.DataFrame) -> np.ndarray:
    """Roof seen from above, about the area of a storey. [m2]."""
    plan = planes["area_m2"] * np.cos(np.radians(planes["roof_tilt"]))
    sums = roofs.sum_by_building(
        plan.to_frame("plan"), planes["building_id"], buildings["building_id"]
    )
    return sums["plan"].to_numpy()


def _energy_columns(years: energy.Yearly, kwp: np.ndarray) -> dict[str, np.ndarray]:
    """Energy of a typical year: the mean of the complete years where there are several."""
    ac, poa = years.ac_mean(), years.poa_mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "ac_kwh": ac,
            "poa_kwh_per_m2": np.where(kwp > 0, poa / kwp, np.nan),
            "specific_yield_kwh_per_kwp": np.where(kwp > 0, ac / kwp, np.nan),
        }
