"""Money and carbon of an assessment: terms, consumption and hours together, and their record."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy import Listener, Skylines
from roofpv.finance.civil import zone_info
from roofpv.finance.cost import carbon, money, stated_use
from roofpv.finance.costs import Names
from roofpv.finance.load import annual_load
from roofpv.finance.metering import OF_FILE, CivilHours, Metering, civil_hours, consumption
from roofpv.finance.ownuse import own_use_table
from roofpv.finance.paying import Paying, paying
from roofpv.finance.tariffrecord import examples, tariff_record
from roofpv.finance.terms import Terms, check_share, settle, terms_of

Floats = npt.NDArray[np.float64]

# What is empty where the own use is not known.
OF_OWN_USE = (
    "own_use_kwh", "export_kwh", "saved_cny", "sold_cny", "self_use_fraction",
    "self_supply_fraction", "npv_cny", "irr", "payback_years", "discounted_payback_years",
)  # fmt: skip
# What no cash flow has, whatever tariff and costs are taken.
LEFT_OUT = (
    "taxes", "debt", "subsidies", "charges on demand and capacity", "batteries",
    "value left at the end of the life",
)  # fmt: skip
_DEGREES_PER_HOUR = 15.0
# Between civil time and the sun; Chinese time in the far west of China is 3 h ahead of it.
_MOST_HOURS = 3.5
_SAME_LOAD = 0.01
# Above what electricity costs anywhere. [CNY/kWh]
_DEAR = 5.0


@dataclass(frozen=True, eq=False)
class Earning:
    """
    What is known before the energy is.

    ``settled`` are the assumptions with what the presets say; ``load`` (building,) has ``load_kwh``
    and ``load_is_estimate``; ``paying`` their tariffs; ``metering`` gets the hours of output, and
    is None where ``finance.self_use_fraction`` is set.
    """

    terms: Terms
    settled: Assumptions
    load: pd.DataFrame
    paying: Paying
    hours: CivilHours
    metering: Metering | None

    def listener(self, planes: pd.DataFrame) -> Listener | None:
        """For ``energy.simulate`` of these planes; None where nobody asks for hours."""
        return None if self.metering is None else self.metering.listener(planes)

    def listen_again(
        self, planes: pd.DataFrame, sky: xr.Dataset, assumed: Assumptions, seen: Skylines | None
    ) -> None:
        """Simulate once more what the listener could not be given."""
        if self.metering is not None:
            self.metering.listen_again(planes, sky, assumed, seen)

    def apart(self, building_id: pd.Series, unknown_kwh: float = np.nan) -> Metering | None:
        """As ``Metering.apart``; None where nobody asks for hours."""
        return None if self.metering is None else self.metering.apart(building_id, unknown_kwh)

    def columns(self, kwp: Floats, ac_kwh: Floats, mounting: Names) -> dict[str, np.ndarray]:
        """
        Load, tariff, own use, money and carbon.

        Parameters
        ----------
        kwp, ac_kwh : ndarray (building,)
            Capacity [kWp] and AC energy of the first year [kWh].
        mounting : sequence of str (building,)
        """
        load_kwh = self.load["load_kwh"].to_numpy(dtype=float)
        if self.metering is None:
            own = stated_use(ac_kwh, load_kwh, self.terms, self.paying.flat_prices())
        else:
            own = own_use_table(self.metering.typical_year(), load_kwh)
        earned = (own["saved_cny"] + own["sold_cny"]).to_numpy()
        found = money(kwp, ac_kwh, mounting, earned, self.terms)
        frames = self.load, own, found, carbon(kwp, ac_kwh, self.terms)
        columns = {str(name): frame[name].to_numpy() for frame in frames for name in frame}
        return columns | {"tariff_id": self.paying.ids}


def earning(
    buildings: pd.DataFrame, plan_m2: Floats, sky: xr.Dataset, assumed: Assumptions
) -> Earning:
    """
    Terms, consumption and civil hours of an assessment.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``building_id use status annual_load_kwh floor_area_m2 floors``, and ``tariff`` where the
        list has it.
    plan_m2 : ndarray (building,)
        Roof seen from above. [m2]
    sky : Dataset (site, time)
    assumed : Assumptions

    Raises
    ------
    InvalidConfig
        As ``terms_of``; a share of own use, and a tariff of the list with several prices.
    """
    terms = terms_of(assumed)
    settled = settle(assumed, terms)
    load = annual_load(buildings, plan_m2, assumed.load)
    if terms.metered is not None and _alone(buildings):
        mine = (buildings["status"] == "assessed").to_numpy()
        known = load["load_kwh"].mask(mine, terms.metered.annual_kwh)
        load = load.assign(load_kwh=known, load_is_estimate=load["load_is_estimate"] & ~mine)
    return _earning(buildings, load, sky, terms, settled)


def earning_again(table: pd.DataFrame, sky: xr.Dataset, assumed: Assumptions) -> Earning:
    """
    As ``earning``, of buildings of a result, with the consumption that it has.

    Parameters
    ----------
    table : DataFrame (building,)
        ``building_id use load_kwh load_is_estimate``, and ``tariff`` where the list has it.
    sky : Dataset (site, time)
    assumed : Assumptions
        Of the result.

    Raises
    ------
    InvalidConfig
        As ``earning``.
    """
    terms = terms_of(assumed)
    load = table[["load_kwh", "load_is_estimate"]].reset_index(drop=True)
    return _earning(table, load, sky, terms, settle(assumed, terms))


def earning_told(table: pd.DataFrame, sky: xr.Dataset, assumed: Assumptions) -> Earning:
    """
    What the record of a result tells of its money; it hears no hours and fills no columns.

    Parameters
    ----------
    table : DataFrame (building,)
        ``use``, and ``tariff`` where the list has it: no building is named.
    sky : Dataset (site, time)
    assumed : Assumptions

    Raises
    ------
    InvalidConfig
        As ``earning``.
    """
    terms = terms_of(assumed)
    table = table.assign(building_id=0)
    none = table.iloc[:0].assign(floor_area_m2=np.nan, floors=np.nan)
    load = annual_load(none, np.empty(0), assumed.load)
    told = _earning(none, load, sky, terms, settle(assumed, terms))
    paid = paying(table, terms.tariffs)
    check_share(terms, paid.tariffs)
    return dataclasses.replace(told, paying=paid, hours=civil_hours(sky, terms, paid.tariffs))


def _earning(
    buildings: pd.DataFrame, load: pd.DataFrame, sky: xr.Dataset, terms: Terms, settled: Assumptions
) -> Earning:
    paid = paying(buildings, terms.tariffs)
    check_share(terms, paid.tariffs)
    hours = civil_hours(sky, terms, paid.tariffs)
    if terms.self_use_fraction is not None:
        return Earning(terms, settled, load, paid, hours, None)
    used = consumption(buildings, load["load_kwh"].to_numpy(dtype=float), hours, paid.place)
    metering = Metering(buildings["building_id"], used, hours)
    return Earning(terms, settled, load, paid, hours, metering)


def earning_record(earn: Earning, table: pd.DataFrame) -> dict[str, Any]:
    """
    What money and carbon rest on, for run.json.

    Parameters
    ----------
    earn : Earning
    table : DataFrame (building,)
        The result.
    """
    terms, hours, paid = earn.terms, earn.hours, earn.paying
    return {
        "own_use": "stated fraction" if earn.metering is None else "hour by hour",
        "existing_pv": "installed PV counts as part of the roof's array, behind the same meter",
        "left_out": list(LEFT_OUT),
        **tariff_record(paid, terms.tariffs, hours, table),
        "calendar": {
            "id": terms.calendar.id,
            "years": list(hours.calendar_years),
            "holidays_not_known": list(hours.unknown_years),
            "sources": list(terms.calendar.sources),
        },
        "load": _load_record(earn, table),
        "costs": {
            "id": terms.costs.id,
            "year": terms.costs.year,
            "stated_capex_cny_per_w": terms.capex_cny_per_w,
            "sizes": [[None if np.isinf(kwp) else kwp, price] for kwp, price in terms.costs.sizes],
            "mounting_cny_per_w": dict(terms.costs.mounting),
            "life": dataclasses.asdict(terms.life),
            "sources": list(terms.costs.sources),
            "assumptions": list(terms.costs.assumptions),
        },
        "carbon": {
            "grid": dataclasses.asdict(terms.grid),
            "embodied": dataclasses.asdict(terms.embodied),
        },
    }


def earning_not_assessed(earn: Earning, table: pd.DataFrame) -> dict[str, str]:
    """Why buildings whose energy is known have no own use; empty where every one has."""
    known = (table["ac_kwh"] > 0.0).to_numpy()
    lacking = known & table["own_use_kwh"].isna().to_numpy()
    if not lacking.any():
        return {}
    count = f"{int(lacking.sum()):,} of {int(known.sum()):,} buildings"
    reason = (
        f"not assessed: of {count} no consumption or no load shape is known "
        "(annual_load_kwh, or floor area and load.USE_kwh_per_m2; load.shapes, load.file)"
    )
    names = OF_OWN_USE if earn.metering is not None else ("self_supply_fraction",)
    return dict.fromkeys(names, reason)


def earning_warnings(earn: Earning, buildings: pd.DataFrame, sky: xr.Dataset) -> list[str]:
    """What is doubtful of calendar, civil time and load."""
    said = []
    if missing := earn.paying.not_taken:
        named = ", ".join(map(repr, examples(missing)))
        said.append(
            f"tariffs of {sum(missing.values()):,} buildings are not to be had ({named}): they pay "
            "by their use"
        )
    if earn.metering is None:
        return said
    if earn.hours.unknown_years:
        names = ", ".join(map(str, earn.hours.unknown_years))
        said.append(f"public holidays of {names} are not known: only weekends are taken as free")
    zone = earn.terms.tariff.zone
    civil = zone_info(zone).utcoffset(pd.Timestamp(f"{earn.terms.calendar_year}-01-15"))
    apart = (
        0.0
        if civil is None
        else civil.total_seconds() / 3600.0 - sky["longitude"].to_numpy() / _DEGREES_PER_HOUR
    )
    if np.max(np.abs(apart)) > _MOST_HOURS:
        said.append(
            f"loads and prices go by {zone}, {np.max(np.abs(apart)):.1f} hours from the sun of the "
            "weather: own use is not that of the place; take a tariff of its own zone"
        )
    highest = max(float(np.max(np.abs(prices))) for prices in (earn.hours.buy, earn.hours.sell))
    if highest > _DEAR:
        said.append(f"a price of {highest:g} CNY/kWh: is the tariff in fen or for a MWh?")
    metered = earn.terms.metered
    if metered is not None:
        said += _load_warnings(buildings, metered.annual_kwh)
        said += _weekday_warnings(earn, metered.year)
    return said


def _alone(buildings: pd.DataFrame) -> bool:
    return int((buildings["status"] == "assessed").sum()) == 1


def _load_warnings(buildings: pd.DataFrame, annual_kwh: float) -> list[str]:
    """A file beside a list of several buildings, or of one that states another consumption."""
    if not _alone(buildings):
        return ["the hours of the load file are taken for every building, scaled to its own year"]
    mine = buildings[buildings["status"] == "assessed"]["annual_load_kwh"]
    stated = float(mine.iloc[0])
    if np.isnan(stated) or abs(stated - annual_kwh) <= _SAME_LOAD * annual_kwh:
        return []
    return [
        f"the load file has {annual_kwh:,.0f} kWh and the list {stated:,.0f} kWh a year: "
        "the file is taken"
    ]


def _weekday_warnings(earn: Earning, year: int | None) -> list[str]:
    """The file's weekdays are its own year's: they matter where prices differ by the day."""
    years = earn.hours.calendar_years
    seasons = [season for one in earn.paying.tariffs for season in one.seasons]
    by_day = any((one.period != one.period[0]).any() for one in seasons)
    if year is None or year in years or not by_day:
        return []
    named = f"{years[0]}-{years[-1]}" if len(years) > 1 else f"{years[0]}"
    mend = f": finance.calendar_year={year} lets them agree" if len(years) == 1 else ""
    return [f"the load file has the weekdays of {year}, the prices go by those of {named}{mend}"]


def _load_record(earn: Earning, table: pd.DataFrame) -> dict[str, Any]:
    if earn.metering is None:
        return {"basis": "none"}
    used = pd.DataFrame(table)[["use", "load_is_estimate"]][table["own_use_kwh"].notna()]
    counts: dict[str, Any] = {
        "buildings": len(used),
        "estimated": int(used["load_is_estimate"].astype(bool).sum()),
    }
    metered = earn.terms.metered
    if earn.hours.names == (OF_FILE,) and metered is not None:
        file = {"annual_kwh": metered.annual_kwh, "year": metered.year}
        return counts | {"basis": "file", "file": file}
    shapes = {one.id: one for one in earn.terms.shapes.values()}
    return counts | {
        "basis": "shapes",
        "shapes": [
            {
                "id": one.id,
                "uses": list(one.uses),
                "buildings": int(used["use"].isin(one.uses).sum()),
                "sources": list(one.sources),
                "assumptions": list(one.assumptions),
            }
            for one in shapes.values()
        ],
    }
