"""Groups of modules of each building by yield, so that "half of this roof" has one answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy.arrays import arrays_of, has_domes, side_of
from roofpv.energy.simulate import simulate_arrays
from roofpv.energy.skylines import Skylines
from roofpv.energy.yearly import mean_of_years
from roofpv.errors import InvalidConfig, InvalidInventory
from roofpv.text import plain

GROUP_COLUMNS = (
    "building_id", "plane_id", "side", "row", "rank", "module_count", "kwp",
    "specific_yield_kwh_per_kwp", "ac_kwh", "cumulative_kwp", "cumulative_ac_kwh",
)  # fmt: skip
_SIDE = ["plane_id", "side"]
_ROW = [*_SIDE, "row", "module_count"]
# Yields that differ by rounding alone are equal. [decimals of kWh/kWp]
_SAME_YIELD = 6
# Part of a module, and share of a group without whole modules, that is rounding alone.
_ROUNDING_MODULES, _ROUNDING = 1e-9, 1e-12


def side_energy(
    planes: pd.DataFrame,
    sky: xr.Dataset,
    assumptions: Assumptions,
    by_plane: xr.Dataset,
    skylines: Skylines | None = None,
) -> pd.DataFrame:
    """
    Yearly energy of every array, the sides of domes apart.

    Only domes are simulated again.

    Parameters
    ----------
    planes, sky, assumptions
        As in ``simulate``; ``building_id``, and ``module_count`` where it is known.
    by_plane : Dataset (plane_id, month) or (plane_id, year, month)
        What ``simulate`` made of them.
    skylines : Skylines, optional
        With which it did.

    Returns
    -------
    DataFrame (array,)
        ``building_id plane_id side`` (0, and 1 for the second side of domes), ``module_count``,
        ``kwp`` [kWp] and ``ac_kwh``: the mean of the years that are complete on every plane of the
        building that has any [kWh].
    """
    arrays, owner = arrays_of(planes)
    yearly = _yearly(by_plane)[owner]
    of_domes = has_domes(planes)[owner]
    if of_domes.any():
        yearly[of_domes] = _yearly(simulate_arrays(arrays[of_domes], sky, assumptions, skylines))
    return pd.DataFrame(
        {
            "building_id": arrays["building_id"].to_numpy(dtype=object),
            "plane_id": arrays["plane_id"].to_numpy(dtype=object),
            "side": side_of(owner),
            "module_count": _modules(arrays, of_domes, side_of(owner)),
            "kwp": arrays["kwp"].to_numpy(dtype=float),
            "ac_kwh": _common_mean(yearly, arrays["building_id"]),
        }
    )


def module_groups(sides: pd.DataFrame, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Rows of modules of each building, those of the highest yield first.

    Parameters
    ----------
    sides : DataFrame (array,)
        From ``side_energy``.
    rows : DataFrame (row,), optional
        ``plane_id side row`` (0 nearest the eaves) and ``module_count`` of it; the capacity of a
        side is shared out by modules. An array without any is one group.

    Returns
    -------
    DataFrame (group,)
        ``building_id plane_id side row``, ``rank`` in the building from 1, ``module_count`` (NaN
        where only a capacity is stated), ``kwp`` [kWp], ``specific_yield_kwh_per_kwp`` [kWh/kWp],
        ``ac_kwh`` [kWh] and both added up by rank, ``cumulative_kwp cumulative_ac_kwh``. Equal
        yields stand by plane, side and row; unknown ones are last. Arrays of no capacity are in
        no group.

    Raises
    ------
    InvalidInventory
        Rows on a side that the plane does not have.
    """
    groups = _split(sides, rows)
    groups = groups[groups["kwp"] != 0.0]
    yields = groups["_ac"] / groups["_kwp"]
    groups = groups.assign(specific_yield_kwh_per_kwp=yields, ac_kwh=yields * groups["kwp"])
    building = pd.factorize(groups["building_id"])[0]
    better = -yields.round(_SAME_YIELD).to_numpy()
    plane = pd.factorize(groups["plane_id"], sort=True)[0]
    order = np.lexsort((groups["row"], groups["side"], plane, better, building))
    groups = groups.iloc[order].reset_index(drop=True)
    return _added_up(groups.assign(rank=groups.groupby(building[order]).cumcount() + 1))


def best_groups(groups: pd.DataFrame, wanted: float | pd.Series) -> pd.DataFrame:
    """
    First groups of each building up to a share of its modules or up to a capacity.

    The last group is cut to whole modules, upward, so that what is wanted is reached. More wanted
    never drops a group.

    Parameters
    ----------
    groups : DataFrame (group,)
        From ``module_groups``.
    wanted : float or Series (building_id,)
        Share of the modules of every building (of its capacity, where modules are not known), or
        capacity of each building [kWp]; a building that is not named, or with NaN, is left out.

    Returns
    -------
    DataFrame (group,)
        The same columns, of the modules taken; NaN where the building's capacity is not known.

    Raises
    ------
    InvalidConfig
        A share below 0 or above 1.
    InvalidInventory
        A capacity below 0 or above that of all modules of the building.
    """
    if isinstance(wanted, pd.Series):
        groups = groups[groups["building_id"].isin(wanted.index[wanted.notna()])]
    code, names = pd.factorize(groups["building_id"])
    kwp, count = (groups[name].to_numpy(dtype=float) for name in ("kwp", "module_count"))
    if isinstance(wanted, pd.Series):
        size = kwp
        target = _capacities(wanted, pd.Series(np.bincount(code, size, len(names)), names))
    else:
        if not 0.0 <= wanted <= 1.0:
            raise InvalidConfig(
                f"share of modules = {wanted:g}", "must be from 0 to 1", "Correct the number"
            )
        counted = np.bincount(code, np.isnan(count), len(names)) == 0
        size = np.where(counted[code], count, kwp)
        target = wanted * np.bincount(code, size, len(names))
    before = _sums_before(size, code)
    return _taken(groups, np.clip((target[code] - before) / size, 0.0, 1.0))


def groups_left(groups: pd.DataFrame, taken: pd.DataFrame) -> pd.DataFrame:
    """
    What is left of the groups of each building once the best ones are taken.

    Parameters
    ----------
    groups : DataFrame (group,)
        From ``module_groups``.
    taken : DataFrame (group,)
        What ``best_groups`` took of them.

    Returns
    -------
    DataFrame (group,)
        The same columns; the groups keep their rank.
    """
    key = ["building_id", "rank"]
    used = groups[key].merge(taken[[*key, "kwp"]], how="left", on=key, indicator="_from")
    kwp = used["kwp"].mask(used["_from"] == "left_only", 0.0).to_numpy()
    return _taken(groups, 1.0 - kwp / groups["kwp"].to_numpy())


def _yearly(energy: xr.Dataset) -> np.ndarray:
    """AC energy by array and year; NaN where a month is missing. [kWh]."""
    sums = energy["ac_kwh"].sum("month", skipna=False).to_numpy()
    return np.array(sums[:, None] if sums.ndim == 1 else sums)


def _common_mean(yearly: np.ndarray, building_id: pd.Series) -> np.ndarray:
    """Mean of the years that no plane of a building lacks, planes aside that lack them all."""
    code, names = pd.factorize(building_id)
    missing = np.isnan(yearly)
    lacking = missing & ~missing.all(axis=1, keepdims=True)
    lost = np.stack([np.bincount(code, year, len(names)) for year in lacking.T], axis=1)[code] > 0
    return mean_of_years(np.where(lost, np.nan, yearly))


def _modules(arrays: pd.DataFrame, of_domes: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Modules of each array; an odd one of domes lies on the first side."""
    if "module_count" not in arrays:
        return np.full(len(arrays), np.nan)
    count = arrays["module_count"].to_numpy(dtype=float)
    return np.where(of_domes, np.floor((count + 1.0 - side) / 2.0), count)


def _split(sides: pd.DataFrame, rows: pd.DataFrame | None) -> pd.DataFrame:
    """Groups of each array, with the capacity and energy of all of it as ``_kwp`` and ``_ac``."""
    whole = sides.rename(columns={"kwp": "_kwp", "ac_kwh": "_ac"})
    if rows is None:
        rows = sides[[*_SIDE, "side", "module_count"]].head(0).set_axis(_ROW, axis=1)
    used = rows[rows["module_count"].to_numpy(dtype=float) > 0.0]
    _check_sides(sides, used)
    used = used.assign(module_count=used["module_count"].astype(float))
    known = used.groupby(_SIDE)["module_count"].sum().rename("_modules").reset_index()
    parts = used[_ROW].merge(known, on=_SIDE)
    groups = whole.merge(parts, how="left", on=_SIDE, suffixes=("", "_row"))
    split = groups["_modules"].notna()
    share = (groups["module_count_row"] / groups["_modules"]).where(split, 1.0)
    # The second side of a single module has half of its capacity, but no whole module to cut.
    alone = groups["module_count"].where(groups["module_count"] > 0.0)
    return groups.assign(
        row=groups["row"].fillna(0).astype(np.int64),
        module_count=groups["module_count_row"].where(split, alone),
        kwp=groups["_kwp"] * share,
    )


def _check_sides(sides: pd.DataFrame, rows: pd.DataFrame) -> None:
    known = pd.MultiIndex.from_frame(sides[_SIDE])
    there = pd.MultiIndex.from_frame(rows[_SIDE]).isin(known)
    lost = rows[~there & rows["plane_id"].isin(sides["plane_id"]).to_numpy()]
    if not lost.empty:
        one = lost.iloc[0]
        raise InvalidInventory(
            f"plane {plain(one['plane_id'])}",
            f"has no side {one['side']}, where {one['module_count']:g} modules are given",
            "Only domes have a side 1",
        )


def _capacities(wanted: pd.Series, there: pd.Series) -> np.ndarray:
    """Capacity wanted of each building, checked against what there is. [kWp]."""
    asked = wanted.dropna().astype(float)
    most = there.reindex(asked.index, fill_value=0.0)
    wrong = asked[(asked < 0.0) | (asked > most * (1.0 + _ROUNDING_MODULES))]
    if not wrong.empty:
        name, kwp = wrong.index[0], wrong.iloc[0]
        raise InvalidInventory(
            f"building {plain(name)}, {kwp:,.10g} kWp",
            f"must be from 0 to the {most[name]:,.10g} kWp of its modules",
            "Correct the capacity",
        )
    return asked.reindex(there.index).where(there.notna()).to_numpy()


def _sums_before(size: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Sum of the groups before each one in its building."""
    sums = pd.Series(size).groupby(code).cumsum(skipna=False)
    return sums.groupby(code).shift(fill_value=0.0).to_numpy()


def _taken(groups: pd.DataFrame, share: np.ndarray) -> pd.DataFrame:
    """Shares of the groups, upward to whole modules, without those of nothing."""
    count = groups["module_count"].to_numpy(dtype=float)
    modules = np.ceil(share * count - _ROUNDING_MODULES)
    share = np.where(share < _ROUNDING, 0.0, np.where(share > 1.0 - _ROUNDING, 1.0, share))
    share = np.where(np.isnan(count), share, modules / count)
    some = groups.assign(
        module_count=modules, kwp=groups["kwp"] * share, ac_kwh=groups["ac_kwh"] * share
    )
    return _added_up(some[~(share <= 0.0)].reset_index(drop=True))


def _added_up(groups: pd.DataFrame) -> pd.DataFrame:
    """Columns in order, with the sums by rank; one that is missing makes the rest missing."""
    by_building = groups.groupby(pd.factorize(groups["building_id"])[0])
    return groups.assign(
        cumulative_kwp=by_building["kwp"].cumsum(skipna=False),
        cumulative_ac_kwh=by_building["ac_kwh"].cumsum(skipna=False),
    )[list(GROUP_COLUMNS)]
