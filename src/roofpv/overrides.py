"""What the list states of a roof against what fits: capacities that are kept, and absurd ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from roofpv import energy, roofs
from roofpv.assumptions import Assumptions, Module
from roofpv.inventory.check import QUARANTINE_COLUMNS

# Capacities and areas are rounded where they are written down. [1]
_ROUNDED = 1.005
_MENDS = {
    "usable_area_m2": "Correct the usable area, the outline or the roof area, and their units",
    "other_use_area_m2": "Correct the area of the other use and its unit",
    "stated_kwp": "Correct the capacity, or state usable_area_m2 of a survey too",
}
_UNITS = {"usable_area_m2": "m2", "other_use_area_m2": "m2", "stated_kwp": "kWp"}
# Part of a module that is rounding alone.
_WHOLE = 1e-6


@dataclass(frozen=True)
class Sky:
    """Sun and ``sky`` of every site (site, time), and what hides them from each plane."""

    sky: xr.Dataset
    skylines: energy.Skylines | None = None


@dataclass(frozen=True)
class Kept:
    """Planes and energy of buildings with a stated capacity cut down to it; see ``keep_stated``."""

    planes: pd.DataFrame
    by_plane: xr.Dataset


def refused_statements(
    buildings: gpd.GeoDataFrame, planes: pd.DataFrame, module: Module
) -> pd.DataFrame:
    """
    Buildings whose list states what their roof cannot hold, with both numbers.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        ``building_id stated_kwp usable_area_m2 other_use_area_m2 source_row``; one without planes
        is left alone.
    planes : DataFrame (plane,)
        With ``area_m2`` and ``installable_area_m2``.
    module : Module

    Returns
    -------
    DataFrame
        In the columns of the quarantine, one line a building.
    """
    sums = roofs.sum_by_building(
        planes[["area_m2", "installable_area_m2"]], planes["building_id"], buildings["building_id"]
    )
    roof, free = sums["area_m2"].to_numpy(), sums["installable_area_m2"].to_numpy()
    most = free * _density(module)
    found = [
        _lines(
            buildings, "usable_area_m2", roof, "USABLE_ABOVE_ROOF",
            lambda i: f"the roof has {roof[i]:,.1f} m2",
        ),
        _lines(
            buildings, "other_use_area_m2", roof, "OTHER_USE_ABOVE_ROOF",
            lambda i: f"the roof has {roof[i]:,.1f} m2",
        ),
        _lines(
            buildings, "stated_kwp", most, "CAPACITY_ABOVE_AREA",
            lambda i: f"{free[i]:,.1f} m2 that can carry modules hold {most[i]:,.1f} kWp at most",
        ),
    ]  # fmt: skip
    return pd.concat(found).drop_duplicates("building_id").sort_values("row", kind="stable")


def _lines(
    buildings: gpd.GeoDataFrame,
    column: str,
    most: np.ndarray,
    code: str,
    told: Callable[[int], str],
) -> pd.DataFrame:
    stated = buildings[column].to_numpy(dtype=float)
    # What is not known on either side compares as no fault.
    wrong = np.flatnonzero(stated > most * _ROUNDED)
    asked = [one for one in ("source_row", "building_id", "source_sheet") if one in buildings]
    rows = pd.DataFrame({name: buildings[name].iloc[wrong] for name in asked})
    lines = pd.DataFrame(
        {
            "row": rows["source_row"].to_numpy(dtype="int64"),
            "building_id": rows["building_id"].to_numpy(dtype=object),
            "column": column,
            "value": [f"{stated[i]:g}" for i in wrong],
            "code": code,
            "reason": [
                f"{stated[i]:,.1f} {_UNITS[column]} are stated, and {told(int(i))}" for i in wrong
            ],
            "what_to_do": _MENDS[column],
            "sheet": rows["source_sheet"].to_numpy() if "source_sheet" in rows else "",
        },
    )
    return lines[list(QUARANTINE_COLUMNS)].astype({"value": object, "sheet": object})


def keep_stated(
    buildings: gpd.GeoDataFrame,
    planes: pd.DataFrame,
    by_plane: xr.Dataset,
    under: Sky,
    assumed: Assumptions,
    listener: Callable[[pd.DataFrame], energy.Listener | None] | None = None,
) -> Kept:
    """
    Set as much on each building as its list states, on its best rows of modules first.

    Where more is stated than was laid out, all of it is kept and what is laid out is scaled up: the
    designer has found more room.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        ``building_id stated_kwp``.
    planes : DataFrame (plane,)
        From ``design``, with ``kwp``, ``module_count`` and the covered areas.
    by_plane : Dataset (plane_id, month) or (plane_id, year, month)
        Their energy.
    under : Sky
    assumed : Assumptions
    listener : callable, optional
        Takes the planes that are simulated again, and gives who hears their hours.

    Returns
    -------
    Kept
    """
    stated = buildings.set_index("building_id")["stated_kwp"].dropna()
    mine = np.flatnonzero(planes["building_id"].isin(stated.index).to_numpy())
    if not mine.size:
        return Kept(planes, by_plane)
    some = planes.iloc[mine].reset_index(drop=True)
    taken = _least(some, by_plane.isel(plane_id=mine), stated, under, assumed)
    changed = _with_capacity(some, _up_to(some, taken, stated, assumed.module), assumed.module)
    whole = planes.copy()
    for name in changed:
        column = whole[name].to_numpy(copy=True)
        column[mine] = changed[name].to_numpy()
        whole[name] = column
    energies = by_plane.copy(deep=True)
    heard = None if listener is None else listener(changed)
    again = energy.simulate(changed, under.sky, assumed, under.skylines, heard)
    for name in energies.data_vars:
        energies[name].to_numpy()[mine] = again[name].to_numpy()
    return Kept(whole, energies)


def _least(
    planes: pd.DataFrame,
    by_plane: xr.Dataset,
    stated: pd.Series,
    under: Sky,
    assumed: Assumptions,
) -> np.ndarray:
    """Capacity of each plane if the best are filled first up to what is stated and laid out."""
    # Both sides of a dome are built together.
    whole = planes.assign(row_kind="none")
    groups = energy.module_groups(energy.side_energy(whole, under.sky, assumed, by_plane))
    laid = groups.groupby("building_id")["kwp"].sum().reindex(stated.index)
    wanted = np.minimum(stated, laid).dropna()
    best = energy.best_groups(groups, wanted)
    kwp = best.groupby("plane_id")["kwp"].sum().reindex(planes["plane_id"]).fillna(0.0).to_numpy()
    # The last module that is begun is a whole one; the capacity is that which is stated.
    owner = planes["building_id"]
    total = pd.Series(kwp).groupby(owner.to_numpy()).transform("sum").to_numpy()
    asked = owner.map(wanted).fillna(0.0).to_numpy()
    return np.where(
        total > 0.0, kwp * np.minimum(asked / np.where(total > 0.0, total, 1.0), 1.0), 0
    )


def _up_to(planes: pd.DataFrame, kwp: np.ndarray, stated: pd.Series, module: Module) -> np.ndarray:
    """What is stated beyond the layout shared out over the room that is left on the planes."""
    owner = planes["building_id"].to_numpy()
    most = planes["installable_area_m2"].to_numpy() * _density(module)
    room = np.maximum(most - kwp, 0.0)
    sums = pd.DataFrame({"kwp": kwp, "room": room}).groupby(owner).transform("sum")
    more = np.maximum(stated.reindex(owner).to_numpy() - sums["kwp"].to_numpy(), 0.0)
    all_room = sums["room"].to_numpy()
    return np.asarray(kwp + more * room / np.where(all_room > 0.0, all_room, 1.0))


def _with_capacity(planes: pd.DataFrame, kwp: np.ndarray, module: Module) -> pd.DataFrame:
    """Planes with that capacity: modules and areas in proportion, never beyond what carries."""
    installable = planes["installable_area_m2"].to_numpy()
    area = np.minimum(kwp / _density(module), installable)
    laid = planes["module_area_m2"].to_numpy()
    field = planes["array_field_area_m2"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        field = np.where(laid > 0.0, field * area / laid, area / planes["gcr"].to_numpy())
    return planes.assign(
        kwp=kwp,
        module_count=np.ceil(kwp * 1000.0 / module.power_w - _WHOLE),
        module_area_m2=area,
        projected_module_area_m2=area * np.cos(np.radians(planes["surface_tilt"].to_numpy())),
        array_field_area_m2=np.clip(field, area * 0.0, installable),
    )


def _density(module: Module) -> float:
    return module.power_w / 1000.0 / (module.length_m * module.width_m)
