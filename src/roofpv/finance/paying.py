"""Which tariff each building pays by: its own in the list, else that of its use."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import schema, tomltable
from roofpv.assumptions import Finance
from roofpv.errors import InvalidConfig
from roofpv.finance import reading
from roofpv.finance.tariff import Tariff, load_tariff, tariff_ids

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FLAT = "flat"
_DEFAULT = "finance.tariff"
_KEYS = ("id", "title", "default", "by_use", "sources", "assumptions")


@dataclass(frozen=True)
class Assignment:
    """Tariffs by use that come with roofpv, by one name; other uses take ``default``."""

    id: str
    title: Mapping[str, str]
    default: str
    by_use: Mapping[str, str]
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Tariffs:
    """
    Tariffs of the settings, of one civil zone and each with an id of its own.

    ``by_use`` has the uses that do not pay by ``default``; ``assigned`` is the assignment of the
    library that ``finance.tariff`` names, if it does; ``prices`` those of own use and export that
    are set for the flat tariff.
    """

    default: Tariff
    by_use: Mapping[str, Tariff]
    assigned: Assignment | None = None
    prices: tuple[float | None, float | None] = (None, None)

    @property
    def all(self) -> tuple[Tariff, ...]:
        """Each once, the default first."""
        return tuple({one.id: one for one in (self.default, *self.by_use.values())}.values())

    def of(self, use: str) -> Tariff:
        """Tariff of a use."""
        return self.by_use.get(use, self.default)

    def stated(self, word: str, own: Tariff) -> Tariff | None:
        """
        Tariff of an id or a class of prices that a list states; None where there is none.

        A class is that of the settings' tariffs, ``own`` of the use first, else of the library's.
        """
        for one in (own, *self.all, *self._library()):
            if word in (one.id, one.category):
                return one
        return None

    def _library(self) -> Iterator[Tariff]:
        mine = (_with_prices(load_tariff(name), *self.prices) for name in tariff_ids())
        return (one for one in mine if one.zone == self.default.zone)


@dataclass(frozen=True, eq=False)
class Paying:
    """
    Who pays by which tariff.

    ``place`` (building,) is that of its tariff in ``tariffs``, of which the first is the default;
    ``by_list`` (building,) whether the list states it; ``not_taken`` what lists state and is not
    to be had, by the number of buildings.
    """

    building_id: pd.Index
    tariffs: tuple[Tariff, ...]
    place: Ints
    by_list: npt.NDArray[np.bool_]
    not_taken: Mapping[str, int]

    @property
    def ids(self) -> npt.NDArray[np.object_]:
        """Id of the tariff of each building."""
        return np.array([one.id for one in self.tariffs], dtype=object)[self.place]

    def flat_prices(self, building_id: pd.Series | None = None) -> tuple[Floats, Floats]:
        """
        Prices of own use and of export of buildings. [CNY/kWh].

        Parameters
        ----------
        building_id : Series (building,), optional
            Some of the buildings; all if not given. NaN where prices differ by the hour.
        """
        each = [one.flat_prices or (np.nan, np.nan) for one in self.tariffs]
        place = self.place
        if building_id is not None:
            place = place[self.building_id.get_indexer(pd.Index(building_id))]
        own, export = np.array(each).T[:, place]
        return own, export


def load_assignment(name: str) -> Assignment:
    """
    Read tariffs by use that come with roofpv.

    Raises
    ------
    InvalidConfig
        No such assignment, an unknown use or key.
    """
    table = reading.open_library("assignments", name)
    tomltable.only_keys(table, _KEYS)
    title, by_use = (tomltable.inner(table, key) for key in ("title", "by_use"))
    tomltable.only_keys(by_use, schema.USES)
    return Assignment(
        id=tomltable.text(table, "id"),
        title={language: tomltable.text(title, language) for language in ("en", "zh")},
        default=tomltable.text(table, "default"),
        by_use={use: tomltable.text(by_use, use) for use in by_use.values},
        sources=reading.sources(table),
        assumptions=tomltable.texts(table, "assumptions"),
    )


def tariffs_of(finance: Finance) -> Tariffs:
    """
    Read the tariffs that the settings name.

    Parameters
    ----------
    finance : Finance
        ``tariff_USE`` comes before the assignment that ``tariff`` names, that before ``tariff``.

    Raises
    ------
    InvalidConfig
        A file or id that is none; another civil zone than the default's; an id that two files
        have; a price that is set where no tariff is the flat one.
    """
    assigned = None
    if finance.tariff in reading.library_ids("assignments"):
        assigned = load_assignment(finance.tariff)
    named = {} if assigned is None else dict(assigned.by_use)
    named |= {use: name for use, name in stated_by_use(finance).items() if name is not None}
    first = finance.tariff if assigned is None else assigned.default
    loaded = {name: load_tariff(name) for name in dict.fromkeys((first, *named.values()))}
    keys = {first: _DEFAULT} | {
        name: f"finance.tariff_{use}" for use, name in named.items() if name != first
    }
    _check_together(loaded, keys)
    prices = finance.retail_cny_per_kwh, finance.export_cny_per_kwh
    _check_prices(loaded[first], list(loaded.values()), prices)
    loaded = {name: _with_prices(one, *prices) for name, one in loaded.items()}
    others = {use: loaded[name] for use, name in named.items() if name != first}
    return Tariffs(loaded[first], others, assigned, prices)


def stated_by_use(finance: Finance) -> dict[str, str | None]:
    """What the settings name for each use, None where they are empty."""
    return {use: getattr(finance, f"tariff_{use}", None) for use in schema.USES}


def paying(buildings: pd.DataFrame, tariffs: Tariffs) -> Paying:
    """
    Tariff of every building.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``building_id use``, and ``tariff`` where the list has it.
    tariffs : Tariffs
    """
    use_code, uses = pd.factorize(buildings["use"].astype(object))
    word_code, words = np.full(len(buildings), -1), np.empty(0, dtype=object)
    if "tariff" in buildings:
        word_code, words = pd.factorize(buildings["tariff"].astype(object))
    pairs, code = np.unique(use_code * (len(words) + 1) + word_code + 1, return_inverse=True)
    taken: list[Tariff] = []
    stated, lost = np.zeros(pairs.size, dtype=np.bool_), np.zeros(pairs.size, dtype=np.bool_)
    for number, pair in enumerate(pairs):
        use_at, word_at = divmod(int(pair), len(words) + 1)
        own = tariffs.of(uses[use_at])
        found = own if word_at == 0 else tariffs.stated(str(words[word_at - 1]), own)
        stated[number], lost[number] = word_at > 0 and found is not None, found is None
        taken.append(own if found is None else found)
    # The order of the tariffs is theirs, not that of the rows.
    known = {one.id: one for one in (*tariffs.all, *sorted(taken, key=lambda one: one.id))}
    place = pd.Index(list(known)).get_indexer([one.id for one in taken]).astype(np.int64)
    missing, counts = np.unique(word_code[lost[code]], return_counts=True)
    return Paying(
        building_id=pd.Index(buildings["building_id"]),
        tariffs=tuple(known.values()),
        place=place[code],
        by_list=stated[code],
        not_taken=dict(sorted(zip(map(str, words[missing]), map(int, counts), strict=True))),
    )


def _check_together(loaded: Mapping[str, Tariff], keys: Mapping[str, str]) -> None:
    """One civil zone, and ids by which tariffs can be told apart."""
    (first, default), *others = loaded.items()
    seen = {default.id: first}
    for name, one in others:
        if one.zone != default.zone:
            raise InvalidConfig(
                f"{keys[name]}, tariff {one.id}",
                f"it goes by {one.zone}, and {default.id} by {default.zone}",
                "Take tariffs of one civil time, or assess the lists apart",
            )
        if one.id in seen:
            raise InvalidConfig(
                f"{keys[name]}, tariff {one.id}",
                f"{keys[seen[one.id]]} has this id in another file",
                "Give each its own id",
            )
        seen[one.id] = name


def _check_prices(
    default: Tariff, every: list[Tariff], prices: tuple[float | None, float | None]
) -> None:
    """A price may be set where it is one of the flat tariff."""
    if prices == (None, None) or any(one.id == FLAT for one in every):
        return
    key = "retail" if prices[0] is not None else "export"
    raise InvalidConfig(
        f"finance.{key}_cny_per_kwh",
        f"the tariff {default.id} has its own prices",
        "Leave it empty, or take finance.tariff=flat",
    )


def _with_prices(tariff: Tariff, retail: float | None, export: float | None) -> Tariff:
    """The flat tariff with the prices that are set, each of which has a source of its own."""
    if tariff.id != FLAT:
        return tariff
    if retail is not None:
        seasons = tuple(
            dataclasses.replace(season, prices=dict.fromkeys(season.prices, retail))
            for season in tariff.seasons
        )
        tariff = dataclasses.replace(
            tariff, seasons=seasons, sources=("finance.retail_cny_per_kwh", *tariff.sources[1:])
        )
    if export is not None:
        price = dataclasses.replace(tariff.export, price=export)
        tariff = dataclasses.replace(
            tariff, export=price, sources=(*tariff.sources[:1], "finance.export_cny_per_kwh")
        )
    return tariff
