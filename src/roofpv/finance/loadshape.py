"""Hourly load by use class: the shape of a year, scaled by the year's consumption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from roofpv import schema, tomltable
from roofpv.finance import reading
from roofpv.finance.civil import (
    DAY_KINDS,
    HOLIDAY,
    SLOTS_PER_HOUR,
    Calendar,
    CivilAxis,
    days_in_spans,
    month_of_day,
)
from roofpv.tomltable import Table

Floats = npt.NDArray[np.float64]

_KEYS = ("id", "uses", "sources", "assumptions", "least", "breaks", "months", "parts")
_PART_KEYS = ("id", "weight", "spans", *DAY_KINDS)


@dataclass(frozen=True)
class Part:
    """Power times the share in use: ``day`` by (kind of day, hour), on the days of ``spans``."""

    weight: float
    day: tuple[tuple[float, ...], ...]
    spans: Table | None


@dataclass(frozen=True)
class LoadShape:
    """
    When a use class takes its electricity.

    ``least`` is the share of the greatest hour below which the load never falls, ``breaks`` a table
    with spans of days that count as holidays, ``months`` a factor for each month.
    """

    id: str
    uses: tuple[str, ...]
    parts: tuple[Part, ...]
    least: float
    months: tuple[float, ...]
    breaks: Table
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]

    def year(self, calendar: Calendar, year: int) -> Floats:
        """
        Share of the year's consumption in every slot of a year; they add up to 1.

        Parameters
        ----------
        calendar : Calendar
            Where it does not know the year, only the weekends are taken.
        year : int

        Returns
        -------
        ndarray (slot,)
            [1]
        """
        kinds = calendar.day_kinds(year)
        kinds[days_in_spans(self.breaks, "breaks", year)] = HOLIDAY
        hours = np.zeros((kinds.size, 24))
        for part in self.parts:
            day = part.weight * np.array(part.day)[kinds]
            if part.spans is not None:
                day[~days_in_spans(part.spans, "spans", year)] = 0.0
            hours += day
        hours = np.maximum(hours, self.least * hours.max())
        hours *= np.array(self.months)[month_of_day(year) - 1][:, None]
        return np.repeat(hours.ravel() / (hours.sum() * SLOTS_PER_HOUR), SLOTS_PER_HOUR)


def load_shapes(path: Path | None = None) -> Mapping[str, LoadShape]:
    """
    Read the shapes by use class, those that come with roofpv or those of a file.

    Parameters
    ----------
    path : Path, optional
        TOML file in the form of the library's own.

    Returns
    -------
    mapping
        Use class -> shape; a class without one is not there.

    Raises
    ------
    InvalidConfig
        A negative or missing number, days without any part, a use class that is unknown or has
        two shapes.
    """
    return _own_shapes() if path is None else _shapes(reading.read_toml(path))


@cache
def _own_shapes() -> Mapping[str, LoadShape]:
    return _shapes(reading.open_data("loadshapes.toml"))


def _shapes(table: Table) -> dict[str, LoadShape]:
    tomltable.only_keys(table, ("shapes",))
    found: dict[str, LoadShape] = {}
    for each in tomltable.each(table, "shapes"):
        shape = _shape(each)
        for use in shape.uses:
            if use not in schema.USES:
                each.refuse("uses", f"unknown use {use!r}", tomltable.hint(use, schema.USES))
            if use in found:
                each.refuse(
                    "uses", f"{use} has the shape {found[use].id} already", "Leave it in one"
                )
            found[use] = shape
    return found


def hourly_load(shape: LoadShape, axis: CivilAxis, calendar: Calendar) -> Floats:
    """
    Share of the year's consumption in each interval of an axis.

    Over the intervals of one whole year they add up to 1. A floor area or a meter's yearly
    consumption scales them.

    Returns
    -------
    ndarray (row,)
        [1]
    """
    return axis.sums(lambda year: shape.year(calendar, year))


def _shape(table: Table) -> LoadShape:
    tomltable.only_keys(table, _KEYS)
    parts = tuple(_part(part) for part in tomltable.each(table, "parts"))
    shape = LoadShape(
        id=tomltable.text(table, "id"),
        uses=tomltable.texts(table, "uses"),
        parts=parts,
        least=_share(table, "least") if "least" in table.values else 0.0,
        months=_amounts(table, "months", 12) if "months" in table.values else (1.0,) * 12,
        breaks=table,
        sources=reading.sources(table),
        assumptions=tomltable.texts(table, "assumptions"),
    )
    days_in_spans(table, "breaks", 2024)
    covered = np.zeros(366, dtype=bool)
    for part in parts:
        covered |= True if part.spans is None else days_in_spans(part.spans, "spans", 2024)
    if not covered.all():
        day = np.datetime64("2024-01-01") + np.flatnonzero(~covered)[0]
        table.refuse(
            "parts", f"{str(day)[5:]} is in none of them", "Add its days to a part's spans"
        )
    if not any(part.weight * np.sum(part.day) > 0.0 for part in parts) or not any(shape.months):
        table.refuse("parts", "the year's load is 0", "Write a share above 0 for some hour")
    return shape


def _part(table: Table) -> Part:
    tomltable.only_keys(table, _PART_KEYS)
    return Part(
        weight=_amounts(table, "weight", 1)[0],
        day=tuple(_amounts(table, kind, 24) for kind in DAY_KINDS),
        spans=table if "spans" in table.values else None,
    )


def _amounts(table: Table, key: str, count: int) -> tuple[float, ...]:
    """So many numbers, none of them negative."""
    values = tomltable.numbers(table, key, count)
    for place, value in enumerate(values):
        if value < 0.0:
            table.refuse(key, f"{value:g} (number {place + 1}) is below 0", "Write 0 or more")
    return values


def _share(table: Table, key: str) -> float:
    value = tomltable.number(table, key)
    if not 0.0 <= value <= 1.0:
        table.refuse(key, f"{value:g} is not between 0 and 1", "Write a fraction")
    return value
