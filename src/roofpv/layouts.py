"""Every layout of many roofs side by side, for a choice over the whole list."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import xarray as xr

from roofpv import energy, finance
from roofpv.assumptions import Assumptions, from_values
from roofpv.designing import NUMERATORS, Reckoning, compare_layouts
from roofpv.dirt import site_sky
from roofpv.reopening import Reopened, reopen_many
from roofpv.results import Result
from roofpv.shares import shares_of

LAYOUT_COLUMNS = (
    "building_id", "layout", "module_count", "kwp", "ac_kwh", "specific_yield_kwh_per_kwp",
    "layout_lost_kwh", "capex_cny", "installable_area_m2", *NUMERATORS.values(),
)  # fmt: skip
# What the energy of an array per kWp depends on besides its site, and the steps to which
# ``exact=False`` rounds it. [deg, 1, m]
_DECIDES = (
    "surface_tilt", "surface_azimuth", "row_kind", "gcr", "roof_tilt", "roof_azimuth", "altitude_m",
    "dc_ac_ratio",
)  # fmt: skip
STEPS = {"surface_azimuth": 0.2, "gcr": 0.001, "altitude_m": 10.0}
# Up to so many roofs a plan asks for exact energies. [1]
EXACT_ROOFS = 20_000
_CHUNK = 10_000


def layout_candidates(
    result: Result, building_ids: Collection[str] | None = None, *, exact: bool = True
) -> pd.DataFrame:
    """
    Every layout of every roof that may still be laid out anew.

    Buildings with PV, with a stated capacity, or without a flat plane keep the one they have.

    Parameters
    ----------
    result : Result
    building_ids : collection of str, optional
        Buildings asked for; all of the result if not given.
    exact : bool
        True: every array of every layout is simulated, under the skylines of the result where it
        has them, and the numbers are those of ``reopening.layouts``. False: the modules are the
        same, but arrays that differ by less than ``STEPS`` in azimuth, ground cover ratio and
        altitude are simulated once, in the open, less what the surroundings take of the plane in
        its own layout.

    Returns
    -------
    DataFrame (building and layout,)
        ``building_id layout module_count kwp ac_kwh specific_yield_kwh_per_kwp`` [kWp, kWh,
        kWh/kWp], ``layout_lost_kwh`` (what the same capacity would make more in the most
        productive of them) [kWh], ``capex_cny``, ``installable_area_m2`` and the three covered
        areas [m2], by building in the order of the result; layouts without modules or energy are
        left out. ``attrs["energy"]`` is "exact" or "steps".

    Raises
    ------
    InvalidResult
        A result of other code, whose areas are not found again.
    """
    assumed = from_values({a["key"]: a["value"] for a in result.run["assumptions"]}, "run.json")
    sky = site_sky(result.weather, assumed)
    ids = open_roofs(result)
    if building_ids is not None:
        wanted = set(building_ids)
        ids = [one for one in ids if one in wanted]
    found = [pd.DataFrame(columns=list(LAYOUT_COLUMNS))] if not ids else []
    for start in range(0, len(ids), _CHUNK):
        again = reopen_many(result, ids[start : start + _CHUNK])
        found.append(_exact(again, sky) if exact else _by_steps(again, sky))
    table = pd.concat(found, ignore_index=True)
    kwp, terms = table["kwp"].to_numpy(dtype=float), finance.terms_of(assumed)
    spent = finance.investment(kwp, table["layout"].to_list(), terms)
    table = table.assign(capex_cny=spent)[list(LAYOUT_COLUMNS)]
    table = _in_order(table[(table["kwp"] > 0.0) & table["ac_kwh"].notna()], ids)
    table.attrs["energy"] = "exact" if exact else "steps"
    return table


def open_roofs(result: Result) -> list[str]:
    """Ids of the buildings whose flat roofs may be laid out anew, in the order of the result."""
    table, planes = result.buildings, result.planes
    flat = planes[(planes["roof_form"] == "flat") & (planes["installable_area_m2"] > 0.0)]
    stated = planes.loc[planes["layout"] == "stated", "building_id"]
    free = (table["status"] == "assessed") & table["building_id"].isin(flat["building_id"])
    free &= ~table["building_id"].isin(stated)
    for name in ("existing_pv_kwp", "existing_pv_area_m2", "stated_kwp"):
        if name in table:
            free &= ~(pd.to_numeric(table[name], errors="coerce") > 0.0)
    if "existing_pv" in table:
        free &= (table["existing_pv"] != "yes").fillna(value=True)
    return [str(one) for one in table.loc[free.to_numpy(dtype=bool), "building_id"]]


def _in_order(table: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    place = pd.Index(ids).get_indexer(table["building_id"])
    return table.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def _exact(again: Reopened, sky: xr.Dataset) -> pd.DataFrame:
    return compare_layouts(again.planes, again.latitude, sky, again.assumed, again.skylines)


def _by_steps(again: Reopened, sky: xr.Dataset) -> pd.DataFrame:
    planes = again.planes
    if again.around:
        # A plane of which no loss is known is as in the open.
        lost = np.nan_to_num(again.laid["shading_loss_fraction"].to_numpy(dtype=float))
        planes = planes.assign(surroundings_loss=lost)
    by = Reckoning(_simulate_in_steps)
    return compare_layouts(planes, again.latitude, sky, again.assumed, by=by)


def _simulate_in_steps(
    planes: pd.DataFrame,
    sky: xr.Dataset,
    assumed: Assumptions,
    skylines: energy.Skylines | None = None,  # noqa: ARG001
) -> xr.Dataset:
    """
    As ``energy.simulate`` in the open, each array once that is the same within the steps.

    The energy of a blend of sites is the blend of their energies, so that sites are simulated
    apart, and any shares of them cost no more.
    """
    shares = shares_of(planes)
    each = planes[[name for name in _DECIDES if name in planes]].iloc[shares.row]
    each = each.assign(weather_site=shares.site)
    for name, step in STEPS.items():
        if name in each:
            each[name] = np.round(each[name].to_numpy(dtype=float) / step) * step
    level = each["roof_tilt"] == 0.0
    each["roof_azimuth"] = each["roof_azimuth"].mask(level, 0.0)
    group = each.groupby(list(each), dropna=False, sort=False).ngroup().to_numpy()
    _, first = np.unique(group, return_index=True)
    alone = each.iloc[first].assign(plane_id=np.arange(first.size).astype(str), kwp=1.0)
    once = energy.simulate(alone, sky, assumed)
    kwp = planes["kwp"].to_numpy(dtype=float)
    left = np.ones(len(planes))
    if "surroundings_loss" in planes:
        left -= planes["surroundings_loss"].to_numpy(dtype=float)
    data = {}
    for key, values in once.data_vars.items():
        more = values.to_numpy()[group]
        sums = np.zeros((len(planes), *more.shape[1:]))
        sums[np.bincount(shares.row, minlength=len(planes)) == 0] = np.nan
        wide = (-1, *([1] * (more.ndim - 1)))
        np.add.at(sums, shares.row, more * shares.weight.reshape(wide))
        size = left if key == "poa_kwh_per_m2" else left * kwp
        data[str(key)] = (values.dims, sums * size.reshape(wide), values.attrs)
    coords = {name: once[name] for name in once.coords if name != "plane_id"}
    return xr.Dataset(data, coords | {"plane_id": planes["plane_id"].to_numpy(dtype=object)})
