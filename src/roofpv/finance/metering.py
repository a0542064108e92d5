"""Own use of every building from the hours of its arrays, as they are simulated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy import AcBlock, Listener, Skylines, arrays_of, mean_of_years, simulate_hourly
from roofpv.finance.civil import Calendar, CivilAxis, civil_axis, load_calendar
from roofpv.finance.loadfile import metered_load
from roofpv.finance.loadshape import hourly_load
from roofpv.finance.ownuse import Hours, Meters, own_use
from roofpv.finance.tariff import Tariff, buy_prices, sell_prices
from roofpv.finance.terms import Terms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OF_FILE = "file"
# Planes simulated once more at a time, of buildings under several skies.
_PLANES = 256


@dataclass(frozen=True, eq=False)
class CivilHours:
    """
    Shapes and prices by row of the weather.

    ``span`` (row,) is the month of each row counted through the years, of which there are
    ``years``; ``names`` those of ``shapes`` (shape, row) by use class, or ``OF_FILE`` alone;
    ``buy`` and ``sell`` (tariff, row) [CNY/kWh]; ``step_hours`` length of a row [h];
    ``unknown_years`` calendar years whose holidays are not known.
    """

    span: Ints
    years: int
    names: tuple[str, ...]
    shapes: Floats
    buy: Floats
    sell: Floats
    step_hours: float
    calendar_years: tuple[int, ...]
    unknown_years: tuple[int, ...]

    def at(self, rows: Ints, bounds: Ints) -> Hours:
        """The same of some rows, as the kernel takes them."""
        return Hours(bounds, self.shapes[:, rows], self.buy[:, rows], self.sell[:, rows])


@dataclass(frozen=True, eq=False)
class Consumption:
    """
    Consumption of buildings (building,).

    ``annual_kwh``, place of the ``shape``, -1 for none, and of the ``tariff``.
    """

    annual_kwh: Floats
    shape: Ints
    tariff: Ints


def civil_hours(
    sky: xr.Dataset, terms: Terms, tariffs: Sequence[Tariff] | None = None
) -> CivilHours:
    """
    Lay the weather on the civil calendars of the tariffs.

    Parameters
    ----------
    sky : Dataset (site, time)
        A typical year is laid on ``terms.calendar_year``, named years are what they are. A row that
        is an instant stands for the interval round it.
    terms : Terms
    tariffs : sequence of Tariff, optional
        Of the zone of the default, which is taken alone if none are given.
    """
    every = (terms.tariff,) if tariffs is None else tariffs
    calendars = [load_calendar(one.calendar) for one in every]
    minutes = float(sky.attrs["interval_minutes"])
    starts = pd.DatetimeIndex(sky.indexes["time"]).tz_localize("UTC")
    if sky.attrs["time_label"] == "instant":
        starts = starts - pd.Timedelta(minutes=minutes / 2.0)
    typical = bool(sky.attrs["typical_year"])
    year = terms.calendar_year if typical else None
    axis = civil_axis(starts, minutes, terms.tariff.zone, year)
    names, shapes = _shapes(axis, terms)
    years, place = np.unique(sky["year"].to_numpy(), return_inverse=True)
    return CivilHours(
        span=place * 12 + sky["month"].to_numpy() - 1,
        years=years.size,
        names=names,
        shapes=shapes,
        buy=np.stack(
            [buy_prices(one, axis, its) for one, its in zip(every, calendars, strict=True)]
        ),
        sell=np.stack([sell_prices(one, axis) for one in every]),
        step_hours=minutes / 60.0,
        calendar_years=axis.years,
        unknown_years=_unknown(axis, (terms.calendar, *calendars)),
    )


def consumption(
    buildings: pd.DataFrame, load_kwh: Floats, hours: CivilHours, tariff: Ints | None = None
) -> Consumption:
    """
    Consumption of each building and the shape of its hours.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``use``.
    load_kwh : ndarray (building,)
        [kWh]
    hours : CivilHours
    tariff : ndarray (building,), optional
        Places of their tariffs; the first of all, if not given.
    """
    tariff = np.zeros(len(buildings), dtype=np.int64) if tariff is None else tariff
    if hours.names == (OF_FILE,):
        return Consumption(load_kwh, np.zeros(len(buildings), dtype=np.int64), tariff)
    place = pd.Index(hours.names).get_indexer(pd.Index(buildings["use"])).astype(np.int64)
    return Consumption(np.where(place < 0, np.nan, load_kwh), place, tariff)


class Metering:
    """
    Own use of buildings, filled while energies are simulated.

    Parameters
    ----------
    building_id : Series (building,)
        The order of the sums.
    used : Consumption
        Of the buildings; those of unknown consumption cost no time.
    hours : CivilHours
    """

    def __init__(self, building_id: pd.Series, used: Consumption, hours: CivilHours) -> None:
        self._ids = pd.Index(building_id)
        self._used, self._hours = used, hours
        self._sums = np.full((len(building_id), hours.years * 12, 4), np.nan)
        self._given = np.zeros(len(building_id), dtype=np.bool_)

    def listener(self, planes: pd.DataFrame) -> Listener:
        """
        Listener for ``energy.simulate`` of these planes.

        Parameters
        ----------
        planes : DataFrame (plane,)
            ``building_id``, ``kwp`` [kWp]; all planes of a building.
        """
        arrays, owner = arrays_of(planes)
        group = self._groups(planes)
        building, kwp = group[owner], arrays["kwp"].to_numpy(dtype=float)

        known: list[tuple[Ints, Hours]] = []

        def take(block: AcBlock) -> None:
            scale = kwp[block.arrays] * self._hours.step_hours
            # Blocks of one sky come with the same rows.
            if not known or known[0][0] is not block.rows:
                known[:] = [(block.rows, self._hours.at(block.rows, block.bounds))]
            self._put(building[block.arrays], block.ac, known[0][1], scale)

        return Listener(group, take)

    def listen_again(
        self,
        planes: pd.DataFrame,
        sky: xr.Dataset,
        assumed: Assumptions,
        skylines: Skylines | None = None,
    ) -> None:
        """
        Simulate the hours of buildings that no listener was given: those under several skies.

        Parameters
        ----------
        planes : DataFrame (plane,)
        sky, assumed, skylines
            As in ``energy.simulate``.
        """
        group = self._groups(planes)
        open_to = np.flatnonzero((group >= 0) & ~self._given[group])
        if not open_to.size:
            return
        order = open_to[np.argsort(group[open_to], kind="stable")]
        rows = np.argsort(self._hours.span, kind="stable")
        bounds = np.searchsorted(self._hours.span[rows], np.arange(self._hours.years * 12 + 1))
        hours = self._hours.at(rows, bounds)
        for some in _batches(order, group):
            part = planes.iloc[some].reset_index(drop=True)
            chunks = simulate_hourly(part, sky, assumed, skylines=skylines)
            ac = np.concatenate([one["ac_kw"].to_numpy() for _, one in chunks])[:, rows]
            self._put(group[some], ac, hours, np.full(len(some), self._hours.step_hours))

    def apart(self, building_id: pd.Series, unknown_kwh: float = np.nan) -> Metering:
        """
        Own use of some of the buildings from the hours of other arrays than their own.

        Parameters
        ----------
        building_id : Series (building,)
        unknown_kwh : float
            Consumption where it is not known; by 0 all output is exported. [kWh]
        """
        place = self._ids.get_indexer(pd.Index(building_id))
        annual, shape = self._used.annual_kwh[place], self._used.shape[place]
        used = Consumption(
            np.where(np.isnan(annual), unknown_kwh, annual),
            np.maximum(shape, 0).astype(np.int64),
            self._used.tariff[place],
        )
        return Metering(building_id, used, self._hours)

    def forget(self, buildings: npt.NDArray[np.bool_]) -> None:
        """Have some buildings simulated again, whose planes have changed."""
        self._given[buildings] = False

    def by_year(self) -> Floats:
        """Own use, export, saved and sold by (building, year, 4); NaN in years not complete."""
        months = ~np.isin(np.arange(self._hours.years * 12), self._hours.span)
        sums = self._sums.copy()
        sums[:, months] = np.nan
        return np.asarray(sums.reshape(len(sums), self._hours.years, 12, 4).sum(axis=2))

    def typical_year(self) -> Floats:
        """Mean of the complete years by (building, 1, 4)."""
        yearly = self.by_year()
        return np.stack([mean_of_years(yearly[:, :, k]) for k in range(4)], axis=1)[:, None]

    def earned(self) -> Floats:
        """What own use saves and export earns in the typical year, by building. [CNY]."""
        year = self.typical_year()[:, 0]
        return np.asarray(year[:, 2] + year[:, 3])

    def _groups(self, planes: pd.DataFrame) -> Ints:
        """Place of the building of each plane, -1 where its consumption is not known."""
        place = self._ids.get_indexer(pd.Index(planes["building_id"])).astype(np.int64)
        known = np.append(~np.isnan(self._used.annual_kwh), False)
        return np.where(known[place], place, -1)

    def _put(self, building: Ints, ac: Floats, hours: Hours, scale: Floats) -> None:
        """Sums of buildings whose planes stand side by side."""
        first = np.flatnonzero(np.diff(building, prepend=-1))
        mine = building[first]
        meters = Meters(
            np.append(first, building.size), self._used.annual_kwh[mine], self._used.shape[mine],
            self._used.tariff[mine],
        )  # fmt: skip
        self._sums[mine] = own_use(ac, meters, hours, scale)
        self._given[mine] = True


def _shapes(axis: CivilAxis, terms: Terms) -> tuple[tuple[str, ...], Floats]:
    """Names of the shapes, and their shares of the year's consumption by row."""
    if terms.metered is not None:
        shares = metered_load(terms.metered, axis) / terms.metered.annual_kwh
        return (OF_FILE,), shares[None, :]
    once: Mapping[str, Floats] = {
        shape.id: hourly_load(shape, axis, terms.calendar)
        for shape in {one.id: one for one in terms.shapes.values()}.values()
    }
    names = tuple(terms.shapes)
    rows = [once[terms.shapes[name].id] for name in names]
    return names, np.array(rows).reshape(len(rows), axis.slot.size)


def _unknown(axis: CivilAxis, calendars: Iterable[Calendar]) -> tuple[int, ...]:
    """Years of which a calendar that has holidays does not know them."""
    years = {year for one in calendars if one.off for year in one.unknown(axis.years)}
    return tuple(sorted(years))


def _batches(order: Ints, group: Ints) -> Iterator[Ints]:
    """Planes in batches of whole buildings."""
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    _, first = np.unique(starts // _PLANES, return_index=True)
    yield from (part for part in np.split(order, starts[first][1:]) if part.size)
