"""Which layout each roof takes: as stated, or the best of several by an objective."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from roofpv import energy, finance, roofs
from roofpv.assumptions import Assumptions
from roofpv.errors import InvalidConfig

NUMERATORS = {
    "N1": "module_area_m2",
    "N2": "projected_module_area_m2",
    "N3": "array_field_area_m2",
}
COMPARED = (
    "building_id", "layout", "module_count", "kwp", "ac_kwh", "specific_yield_kwh_per_kwp",
    "layout_lost_kwh", "installable_area_m2", *NUMERATORS.values(),
    "coverage_n1", "coverage_n2", "coverage_n3", "array_load_kn_per_m2", "load_check", "npv_cny",
)  # fmt: skip
_SUMMED = ("module_count", "kwp", "installable_area_m2", *NUMERATORS.values())
# Shares and yields that differ by rounding alone are equal. [1]
_ROUNDING = 1e-9
# As ``energy.simulate``.
Simulate = Callable[[pd.DataFrame, xr.Dataset, Assumptions, energy.Skylines | None], xr.Dataset]


@dataclass(frozen=True, eq=False)
class Reckoning:
    """
    How layouts are reckoned.

    ``simulate`` makes what ``energy.simulate`` does; with ``earn`` the own use of every layout is
    reckoned hour by hour, from energies of ``energy.simulate`` alone, where no share is stated;
    ``unknown_kwh`` is the consumption where it is not known [kWh].
    """

    simulate: Simulate = energy.simulate
    earn: finance.Earning | None = None
    unknown_kwh: float = float("nan")

    @property
    def hears(self) -> bool:
        """Whether the hours of output are asked for."""
        return self.earn is not None and self.earn.metering is not None


PLAIN = Reckoning()


@dataclass(frozen=True)
class Designed:
    """
    Planes with their modules, and what the choice of the layout cost.

    Parameters
    ----------
    planes : DataFrame (plane,)
        As ``lay_modules`` gives them.
    by_building : DataFrame (building_id,)
        ``layout`` and ``layout_lost_kwh``: what the same capacity would make more in a year in the
        most productive of the layouts compared (NaN where none was compared). [kWh]
    """

    planes: pd.DataFrame
    by_building: pd.DataFrame


def design(
    planes: pd.DataFrame,
    latitude: np.ndarray,
    sky: xr.Dataset,
    assumed: Assumptions,
    skylines: energy.Skylines | None = None,
    earn: finance.Earning | None = None,
) -> Designed:
    """
    Set modules on every roof, in the layout that ``layout.design`` asks for.

    All flat planes of a building take the same layout.

    Parameters
    ----------
    planes : DataFrame (plane,)
        From ``installable_area``, with ``weather_site``.
    latitude : ndarray (plane,)
        [deg]
    sky : Dataset (site, time)
    assumed : Assumptions
    skylines : Skylines, optional
        Of the planes.
    earn : Earning, optional
        Load and tariff of the buildings, which the objective npv needs. Where the consumption of a
        building is not known, its layout is chosen as if all its output was exported.

    Returns
    -------
    Designed

    Raises
    ------
    InvalidConfig
        The objective is npv, and neither ``earn`` nor ``finance.self_use_fraction`` is given.
    """
    layout = assumed.layout
    if layout.design == "stated":
        laid = roofs.lay_modules(planes, latitude, layout, assumed.module)
        return Designed(laid, _by_building(laid, None))
    valued = layout.design == "npv"
    if valued and earn is None and assumed.finance.self_use_fraction is None:
        raise InvalidConfig(
            "layout.design = npv",
            "the value of the energy needs finance.self_use_fraction, and it is empty",
            "Set it, such as --set finance.self_use_fraction=0.7, or choose another design",
        )
    options = roofs.layout_options(layout)
    tables = roofs.lay_options(planes, latitude, layout, assumed.module, options)
    by = Reckoning(earn=earn, unknown_kwh=0.0) if valued else PLAIN
    best = _best(_compared(tables, sky, assumed, skylines, by), assumed).set_index("building_id")
    # A building of stated capacities alone has nothing to choose.
    chosen = best["option"].reindex(planes["building_id"]).fillna(0).to_numpy(dtype=int)
    laid = pd.concat([table[chosen == i] for i, table in enumerate(tables)])
    laid = laid.sort_index(kind="stable")
    return Designed(laid, _by_building(laid, best["layout_lost_kwh"]))


def compare_layouts(
    planes: pd.DataFrame,
    latitude: np.ndarray,
    sky: xr.Dataset,
    assumed: Assumptions,
    skylines: energy.Skylines | None = None,
    *,
    by: Reckoning = PLAIN,
) -> pd.DataFrame:
    """
    Every layout of every roof side by side, once; planes of a stated capacity are left aside.

    Parameters
    ----------
    planes, latitude, sky, assumed, skylines
        As in ``design``.
    by : Reckoning

    Returns
    -------
    DataFrame (building and layout,)
        ``building_id layout module_count kwp ac_kwh specific_yield_kwh_per_kwp layout_lost_kwh``
        (what the same capacity would make more in the most productive of them) [kWh],
        ``installable_area_m2``, the three covered areas [m2] and their shares of it ``coverage_n1
        coverage_n2 coverage_n3`` [1], ``array_load_kn_per_m2`` (the highest of the planes) [kN/m2],
        ``load_check``, ``npv_cny`` (NaN where the own use is neither stated nor reckoned).
    """
    options = roofs.layout_options(assumed.layout)
    tables = roofs.lay_options(planes, latitude, assumed.layout, assumed.module, options)
    table = _compared(tables, sky, assumed, skylines, by)[list(COMPARED)]
    return table.drop_duplicates(["building_id", "layout"], ignore_index=True)


def design_record(table: pd.DataFrame, assumed: Assumptions) -> dict[str, Any]:
    """
    What the design did to the city, for run.json.

    Parameters
    ----------
    table : DataFrame (building,)
        The result.
    assumed : Assumptions

    Returns
    -------
    dict
        ``objective``, ``layouts`` (buildings by layout) and, unless the layout is stated,
        ``coverage_target``, ``numerator``, ``buildings``, ``buildings_reaching``,
        ``lost_kwh``, the price in energy of the same capacity, and ``buildings_with_npv_below_0``;
        of the objective npv also ``buildings_as_all_exported``, whose consumption is not known.
    """
    asked = ["layout", "installable_area_m2", "layout_lost_kwh", "npv_cny", *NUMERATORS.values()]
    used = pd.DataFrame(table)[asked][(table["status"] == "assessed") & (table["kwp"] > 0.0)]
    counts = used["layout"].value_counts().sort_index()
    said: dict[str, Any] = {
        "objective": assumed.layout.design,
        "layouts": {str(name): int(count) for name, count in counts.items()},
    }
    if assumed.layout.design == "stated":
        return said
    name = assumed.layout.coverage_numerator
    share = used[NUMERATORS[name]] / used["installable_area_m2"]
    lost = used["layout_lost_kwh"]
    if assumed.layout.design == "npv":
        said["buildings_as_all_exported"] = int(used["npv_cny"].isna().sum())
    return said | {
        "coverage_target": assumed.layout.coverage_target,
        "numerator": name,
        "buildings": len(used),
        "buildings_reaching": int(_reaches(share.to_numpy(), assumed).sum()),
        "lost_kwh": float(np.sort(lost.to_numpy()).sum()) if lost.notna().all() else None,
        "buildings_with_npv_below_0": int((used["npv_cny"] < 0.0).sum()),
    }


def _compared(
    tables: Sequence[pd.DataFrame],
    sky: xr.Dataset,
    assumed: Assumptions,
    skylines: energy.Skylines | None,
    by: Reckoning,
) -> pd.DataFrame:
    """One row a building and layout, by layout; of planes whose capacity is not stated."""
    terms = finance.terms_of(assumed) if by.earn is None else by.earn.terms
    free = (tables[0]["layout"] != "stated").to_numpy()
    tables = [table[free] for table in tables]
    # Sloping planes are the same in every layout; the hours of a roof are those of all its planes.
    same = (tables[0]["roof_form"] != "flat").to_numpy()
    if by.hears:
        same = same.copy()
        same &= ~tables[0]["building_id"].isin(tables[0].loc[~same, "building_id"]).to_numpy()
    once = _reckoned(tables[0][same], sky, assumed, skylines, by)
    found = []
    for number, table in enumerate(tables):
        each = _reckoned(table[~same], sky, assumed, skylines, by)
        ordered = pd.concat([table[same], table[~same]])
        found.append(_one_layout(number, ordered, once.beside(each), assumed, terms, by.earn))
    table = pd.concat(found, ignore_index=True)
    yields = _by_option(table, "specific_yield_kwh_per_kwp")
    best = np.where(np.isnan(yields), -np.inf, yields).max(axis=0)
    lost = _by_option(table, "kwp") * (best - yields)
    return table.assign(layout_lost_kwh=np.maximum(lost, 0.0).ravel())


@dataclass(frozen=True, eq=False)
class _Reckoned:
    """Energy of planes, and what the hours of their buildings earn in a year, if heard. [CNY]."""

    by_plane: xr.Dataset
    earned: pd.Series | None

    def beside(self, other: _Reckoned) -> _Reckoned:
        """Those of other planes behind these."""
        by_plane = xr.concat([self.by_plane, other.by_plane], dim="plane_id")
        if self.earned is None or other.earned is None:
            return _Reckoned(by_plane, None)
        return _Reckoned(by_plane, pd.concat([self.earned, other.earned]))


def _reckoned(
    planes: pd.DataFrame,
    sky: xr.Dataset,
    assumed: Assumptions,
    skylines: energy.Skylines | None,
    by: Reckoning,
) -> _Reckoned:
    ids = pd.Series(pd.unique(planes["building_id"]), dtype=object)
    metering = None if by.earn is None else by.earn.apart(ids, by.unknown_kwh)
    if metering is None:
        return _Reckoned(by.simulate(planes, sky, assumed, skylines), None)
    by_plane = energy.simulate(planes, sky, assumed, skylines, metering.listener(planes))
    metering.listen_again(planes, sky, assumed, skylines)
    return _Reckoned(by_plane, pd.Series(metering.earned(), index=pd.Index(ids)))


def _one_layout(
    number: int,
    table: pd.DataFrame,
    found: _Reckoned,
    assumed: Assumptions,
    terms: finance.Terms,
    earn: finance.Earning | None,
) -> pd.DataFrame:
    ids = pd.Series(pd.unique(table["building_id"]))
    years = energy.by_year(found.by_plane, table, ids)
    sums = roofs.sum_by_building(table[list(_SUMMED)], table["building_id"], ids)
    loaded = roofs.array_loads(table, assumed.module, assumed.structure)
    loads = roofs.building_loads(loaded, ids)
    ac = years.ac_mean()
    kwp = sums["kwp"].to_numpy()
    layouts = _layout_names(table, ids)
    if found.earned is None:
        prices = None if earn is None else earn.paying.flat_prices(ids)
        own = finance.stated_use(ac, np.full(ac.size, np.nan), terms, prices)
        earned = (own["saved_cny"] + own["sold_cny"]).to_numpy()
    else:
        earned = found.earned.reindex(ids).to_numpy()
    money = finance.money(kwp, ac, layouts, earned, terms)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = {
            f"coverage_{name.lower()}": (sums[column] / sums["installable_area_m2"]).to_numpy()
            for name, column in NUMERATORS.items()
        }
        specific = np.where(kwp > 0.0, ac / kwp, np.nan)
    return pd.DataFrame(
        {
            "building_id": ids.to_numpy(dtype=object),
            "option": number,
            "layout": layouts,
            **{name: sums[name].to_numpy() for name in sums},
            "ac_kwh": ac,
            "specific_yield_kwh_per_kwp": specific,
            **shares,
            **{name: loads[name].to_numpy() for name in loads},
            "npv_cny": money["npv_cny"].to_numpy(),
        }
    )


def _layout_names(planes: pd.DataFrame, ids: pd.Series) -> np.ndarray:
    """Layout of the flat planes of each building; of the others where it has no flat ones."""
    flat_first = planes.assign(_last=planes["roof_form"] != "flat").sort_values(
        "_last", kind="stable"
    )
    first = flat_first.drop_duplicates("building_id").set_index("building_id")["layout"]
    return first.reindex(ids).to_numpy(dtype=object)


def _best(compared: pd.DataFrame, assumed: Assumptions) -> pd.DataFrame:
    """Best layout of each building, the first of equals, and what it makes less."""
    yields = _by_option(compared, "specific_yield_kwh_per_kwp")
    coverage = _by_option(compared, f"coverage_{assumed.layout.coverage_numerator.lower()}")
    objective = assumed.layout.design
    if objective == "energy":
        score = yields
    elif objective == "coverage":
        score = coverage
    elif objective == "npv":
        score = _by_option(compared, "npv_cny")
    else:
        reached = _reaches(coverage, assumed)
        score = np.where(reached.any(axis=0), np.where(reached, yields, -np.inf), coverage)
    score = np.where(np.isnan(score), -np.inf, score)
    with np.errstate(invalid="ignore"):
        near = score >= score.max(axis=0) - np.abs(score.max(axis=0)) * _ROUNDING
    option = np.argmax(near | (score == score.max(axis=0)), axis=0)
    lost = _by_option(compared, "layout_lost_kwh")[option, np.arange(yields.shape[1])]
    first = compared[compared["option"] == 0]
    return pd.DataFrame(
        {
            "building_id": first["building_id"].to_numpy(dtype=object),
            "option": option,
            "layout_lost_kwh": lost,
        }
    )


def _reaches(share: np.ndarray, assumed: Assumptions) -> np.ndarray:
    return np.asarray(share >= assumed.layout.coverage_target * (1.0 - _ROUNDING))


def _by_option(compared: pd.DataFrame, column: str) -> np.ndarray:
    """Values by (option, building)."""
    options = int(compared["option"].max()) + 1 if len(compared) else 1
    return compared[column].to_numpy(dtype=float).reshape(options, -1)


def _by_building(planes: pd.DataFrame, lost: pd.Series | None) -> pd.DataFrame:
    ids = pd.Series(pd.unique(planes["building_id"]))
    frame = pd.DataFrame({"layout": _layout_names(planes, ids)}, index=pd.Index(ids))
    frame["layout_lost_kwh"] = np.nan if lost is None else lost.reindex(ids).to_numpy()
    return frame
