"""Hourly tariffs as data: what bought energy costs and what exported energy earns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import schema, tomltable
from roofpv.errors import InvalidConfig
from roofpv.finance import reading
from roofpv.finance.civil import (
    DAY_KINDS,
    SLOT_MINUTES,
    SLOTS_PER_DAY,
    SLOTS_PER_HOUR,
    Calendar,
    CivilAxis,
    month_of_day,
    zone_info,
)
from roofpv.tomltable import Table

Floats = npt.NDArray[np.float64]

# From the dearest to the cheapest, as Chinese tariffs name them: 尖峰 高峰 平段 低谷 深谷.
PERIODS = ("sharp", "peak", "flat", "valley", "deep_valley")
EXPORT_RULES = ("fixed", "mechanism", "market")

# Beyond what any market has seen: another unit.
LEAST_PRICE, MOST_PRICE = -5.0, 50.0

_MINUTES = 24 * 60
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_KEYS = (
    "id", "title", "zone", "calendar", "category", "sources", "assumptions", "seasons", "export",
)  # fmt: skip


@dataclass(frozen=True)
class Season:
    """Months with the same prices; ``period`` by (kind of day, slot) is a place in PERIODS."""

    id: str
    months: tuple[int, ...]
    prices: Mapping[str, float]
    period: npt.NDArray[np.int64] = field(compare=False)


@dataclass(frozen=True)
class Export:
    """
    What exported energy earns: ``share`` of it ``price``, the rest the market's price.

    ``market`` is the price of each hour of the day. [CNY/kWh]. Nothing is held back when a price
    is negative.
    """

    rule: str
    price: float
    share: float
    market: tuple[float, ...]


@dataclass(frozen=True)
class Tariff:
    """
    A tariff; charges on demand and capacity are ignored.

    ``category`` is one of ``schema.TARIFF_CATEGORIES``, or None where it belongs to none of them.
    """

    id: str
    title: Mapping[str, str]
    zone: str
    calendar: str
    seasons: tuple[Season, ...]
    export: Export
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]
    category: str | None = None

    @property
    def flat_prices(self) -> tuple[float, float] | None:
        """Price of own use and of export, where each is one price at all hours. [CNY/kWh]."""
        prices = {price for season in self.seasons for price in season.prices.values()}
        if len(prices) != 1 or self.export.rule != "fixed":
            return None
        return prices.pop(), self.export.price


def tariff_ids() -> tuple[str, ...]:
    """Ids of the tariffs that come with roofpv."""
    return reading.library_ids("tariffs")


def load_tariff(id_or_path: str | Path) -> Tariff:
    """
    Read one tariff and check every key of it.

    Parameters
    ----------
    id_or_path : str or Path
        Id of a tariff of the library, or the path of a TOML file.

    Raises
    ------
    InvalidConfig
        No such tariff, or months, days or hours that are missing or stand twice, a price that is
        no number or outside -5 to 50 CNY/kWh, an unknown key.
    """
    table = reading.open_library("tariffs", id_or_path)
    tomltable.only_keys(table, _KEYS)
    title = tomltable.inner(table, "title")
    seasons = tuple(_season(season) for season in tomltable.each(table, "seasons"))
    _each_once(table, "seasons", range(1, 13), [m for s in seasons for m in s.months], "month")
    zone = tomltable.text(table, "zone")
    try:
        zone_info(zone)
    except InvalidConfig as fault:
        table.refuse("zone", fault.problem, fault.mend)
    return Tariff(
        id=tomltable.text(table, "id"),
        title={language: tomltable.text(title, language) for language in ("en", "zh")},
        zone=zone,
        calendar=tomltable.choice(table, "calendar", ("weekends", "china")),
        seasons=seasons,
        export=_export(tomltable.inner(table, "export")),
        sources=reading.sources(table),
        assumptions=tomltable.texts(table, "assumptions"),
        category=(
            tomltable.choice(table, "category", schema.TARIFF_CATEGORIES)
            if "category" in table.values
            else None
        ),
    )


def buy_prices(tariff: Tariff, axis: CivilAxis, calendar: Calendar) -> Floats:
    """
    Price of bought energy, and so of what own use saves.

    Parameters
    ----------
    tariff : Tariff
    axis : CivilAxis (row,)
        In the tariff's zone.
    calendar : Calendar
        Where it does not know a year, its holidays count as the days of the week they fall on.

    Returns
    -------
    ndarray (row,)
        Mean over each interval. [CNY/kWh]
    """
    return axis.means(lambda year: _slots_of_year(tariff, calendar, year))


def sell_prices(tariff: Tariff, axis: CivilAxis, market: Floats | None = None) -> Floats:
    """
    Price of exported energy by the tariff's rule.

    Parameters
    ----------
    tariff : Tariff
    axis : CivilAxis (row,)
        In the tariff's zone.
    market : ndarray (row,), optional
        Market price of each interval, in place of the tariff's own by the hour of the day.
        [CNY/kWh]

    Returns
    -------
    ndarray (row,)
        [CNY/kWh]

    Raises
    ------
    InvalidConfig
        A market price for other rows than those of the axis, or with gaps.
    """
    if market is None:
        day = np.repeat(np.array(tariff.export.market), SLOTS_PER_HOUR)
        market = axis.means(lambda year: np.tile(day, month_of_day(year).size))
    if market.shape != axis.slot.shape or not np.isfinite(market).all():
        raise InvalidConfig(
            f"tariff {tariff.id}, market price",
            f"{np.isfinite(market).sum()} numbers, expected {axis.slot.size}, one an interval",
            "Give a price for every interval of the weather",
        )
    share = tariff.export.share
    return np.asarray(share * tariff.export.price + (1.0 - share) * market)


def describe_hours(tariff: Tariff) -> pd.DataFrame:
    """Periods and prices as a table: one row a season, kind of day and span of hours."""
    rows = [
        (season.id, kind, _clock(start), _clock(end), name, season.prices[name])
        for season in tariff.seasons
        for kind, day in zip(DAY_KINDS, season.period, strict=True)
        for start, end, name in _runs(day)
    ]
    columns = ["season", "day", "from", "to", "period", "price_cny_per_kwh"]
    return pd.DataFrame(rows, columns=columns)


def _season(table: Table) -> Season:
    tomltable.only_keys(table, ("id", "months", "prices", "days"))
    prices = tomltable.inner(table, "prices")
    tomltable.only_keys(prices, PERIODS)
    by_name = {name: _price(prices, name) for name in prices.values}
    kinds: list[str] = []
    period = np.full((len(DAY_KINDS), SLOTS_PER_DAY), -1, dtype=np.int64)
    for days in tomltable.each(table, "days"):
        tomltable.only_keys(days, ("kinds", "hours"))
        mine = tomltable.texts(days, "kinds")
        kinds += mine
        known = [kind for kind in mine if kind in DAY_KINDS]
        period[[DAY_KINDS.index(kind) for kind in known]] = _day(days, by_name)
    _each_once(table, "days", DAY_KINDS, kinds, "kind of day")
    return Season(tomltable.text(table, "id"), _months(table), by_name, period)


def _months(table: Table) -> tuple[int, ...]:
    months = tomltable.required(table, "months")
    if not isinstance(months, list) or not months:
        table.refuse("months", f"{months!r} is no list of months", "Write it as [6, 7, 8]")
    for month in months:
        if isinstance(month, bool) or not isinstance(month, int) or not 1 <= month <= 12:
            table.refuse("months", f"{month!r} is no month", "Write months as 1 to 12")
    return tuple(months)


def _day(table: Table, prices: Mapping[str, float]) -> npt.NDArray[np.int64]:
    """Period of every slot of a day."""
    hours = tomltable.inner(table, "hours")
    tomltable.only_keys(hours, PERIODS)
    day = np.full(SLOTS_PER_DAY, -1, dtype=np.int64)
    for name in hours.values:
        if name not in prices:
            hours.refuse(name, "a period without a price", f"Add {name} to the season's prices")
        for span in tomltable.texts(hours, name):
            slots = _slots(hours, name, span)
            taken = slots[day[slots] >= 0]
            if taken.size:
                other = PERIODS[day[taken[0]]]
                hours.refuse(
                    name, f"{span}: {_clock(taken[0])} is {other} already", "Take it out of one"
                )
            day[slots] = PERIODS.index(name)
    if (day < 0).any():
        start, end, _ = next(run for run in _runs(day) if day[run[0]] < 0)
        table.refuse(
            "hours", f"{_clock(start)}-{_clock(end)} has no period", "Add it to one of them"
        )
    return day


def _slots(table: Table, key: str, span: str) -> npt.NDArray[np.int64]:
    """Slots of a span such as 22:00-06:00, which may go over midnight."""
    found = _SPAN.fullmatch(span)
    parts = [int(part) for part in found.groups()] if found else [99, 0, 0, 0]
    start, end = parts[0] * 60 + parts[1], parts[2] * 60 + parts[3]
    whole = start % SLOT_MINUTES == 0 and end % SLOT_MINUTES == 0
    if max(parts[1], parts[3]) > 59 or start >= _MINUTES or end > _MINUTES or not whole:
        table.refuse(
            key,
            f"{span!r} is no span of hours",
            f"Write it as 08:00-12:30, in steps of {SLOT_MINUTES} minutes",
        )
    if start == end:
        table.refuse(key, f"{span!r} is empty", "Write 00:00-24:00 for the whole day")
    length = (end - start) % _MINUTES or _MINUTES
    first = start // SLOT_MINUTES
    return np.arange(first, first + length // SLOT_MINUTES) % SLOTS_PER_DAY


def _runs(day: npt.NDArray[np.int64]) -> Iterator[tuple[int, int, str]]:
    """Start, end and period of each run of slots of one period."""
    cuts = [0, *(np.flatnonzero(np.diff(day)) + 1), day.size]
    for start, end in pairwise(cuts):
        yield int(start), int(end), PERIODS[day[start]]


def _clock(slot: int) -> str:
    minutes = int(slot) * SLOT_MINUTES
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _each_once(
    table: Table, key: str, known: Collection[Any], found: Sequence[Any], what: str
) -> None:
    """Refuse what stands twice, is missing or is not known."""
    for one in found:
        if one not in known:
            listed = ", ".join(map(str, known))
            table.refuse(key, f"{one!r} is no {what}", f"Known are {listed}")
        if found.count(one) > 1:
            table.refuse(key, f"{what} {one} stands twice", "Leave it in one of them")
    missing = [str(one) for one in known if one not in found]
    if missing:
        table.refuse(key, f"no {what} {', '.join(missing)}", "Add it to one of them")


def _export(table: Table) -> Export:
    tomltable.only_keys(table, ("rule", "price", "share", "market"))
    rule = tomltable.choice(table, "rule", EXPORT_RULES)
    needed = {"fixed": {"price"}, "mechanism": {"price", "share", "market"}, "market": {"market"}}
    for key in ("price", "share", "market"):
        if key in table.values and key not in needed[rule]:
            table.refuse(key, f"not used by the rule {rule}", "Remove it, or take another rule")
    share = {"fixed": 1.0, "market": 0.0}.get(rule)
    if share is None:
        share = tomltable.number(table, "share")
        if not 0.0 <= share <= 1.0:
            table.refuse("share", f"{share:g} is not between 0 and 1", "Write a fraction")
    price = 0.0 if rule == "market" else _price(table, "price")
    market = (0.0,) * 24 if rule == "fixed" else tomltable.numbers(table, "market", 24)
    for one in market:
        _check_price(table, "market", one)
    return Export(rule, price, share, market)


def _price(table: Table, key: str) -> float:
    value = tomltable.number(table, key)
    _check_price(table, key, value)
    return value


def _check_price(table: Table, key: str, value: float) -> None:
    if not LEAST_PRICE <= value <= MOST_PRICE:
        table.refuse(
            key,
            f"{value:g} is outside {LEAST_PRICE:g} to {MOST_PRICE:g} CNY/kWh",
            "Write 0.45 for 0.45 CNY, 45 fen or 450 CNY/MWh",
        )


def _slots_of_year(tariff: Tariff, calendar: Calendar, year: int) -> Floats:
    """Price of every slot of a year."""
    months, kinds = month_of_day(year), calendar.day_kinds(year)
    out = np.empty((months.size, SLOTS_PER_DAY))
    for season in tariff.seasons:
        price = np.array([season.prices.get(name, np.nan) for name in PERIODS])
        days = np.isin(months, season.months)
        out[days] = price[season.period[kinds[days]]]
    return out.ravel()
