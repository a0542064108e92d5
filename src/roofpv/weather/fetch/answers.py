"""From the answer of a service to the checked Dataset of one cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import Convention, weather_dataset
from roofpv.weather.fetch.cells import Cell
from roofpv.weather.fetch.services import Service, Years, hours_of, stated_source
from roofpv.weather.fetch.transport import Refused, Request
from roofpv.weather.formats.common import Content
from roofpv.weather.series import Place, Series

_HOUR_MINUTES = 60
# A service may answer for its own grid point near the place asked for, but not for elsewhere.
_NEAR_DEGREES = 1.0
_UNEVEN_MINUTES = 1.0


@dataclass(frozen=True)
class Unit:
    """One question: a cell, the years of it (None for a typical year), and how it is put."""

    service: Service
    cell: Cell
    years: Years | None
    request: Request


@dataclass(frozen=True, eq=False)
class _Body(Content):
    """An answer in the place of a file."""

    body: bytes = b""

    @cached_property
    def data(self) -> bytes:
        """All bytes."""
        return self.body


def reader(unit: Unit) -> Callable[[bytes], xr.Dataset]:
    """
    Reader of the answer to a question.

    It raises ``Refused`` for hours that the service does not have or values that no weather has,
    and any other error for an answer that is damaged.
    """

    def read(body: bytes) -> xr.Dataset:
        content = _Body(Path(f"{unit.request.where}.answer"), body)
        (series,) = unit.service.read(content, Place())
        _check_place(unit, series)
        try:
            return _dataset(unit, series)
        except Refused:
            raise
        except InvalidWeather as error:
            raise _refused(unit, error.problem) from error

    return read


def _refused(unit: Unit, problem: str) -> Refused:
    asked = "" if unit.years is None else f" of {_span(unit.years)}"
    return Refused(
        unit.request.where,
        f"the answer is no whole weather{asked}: {problem}",
        "Ask for years that the service has, or another source",
    )


def _span(years: Years) -> str:
    return str(years[0]) if years[0] == years[1] else f"{years[0]}-{years[1]}"


def _check_place(unit: Unit, series: Series) -> None:
    north = abs(series.site.latitude - unit.cell.latitude)
    east = abs((series.site.longitude - unit.cell.longitude + 180.0) % 360.0 - 180.0)
    if not (north <= _NEAR_DEGREES and east <= _NEAR_DEGREES):
        found = f"{series.site.latitude:g}, {series.site.longitude:g}"
        raise Refused(
            unit.request.where,
            f"the answer is for another place ({found})",
            "Check the address of the service",
        )


def _dataset(unit: Unit, series: Series) -> xr.Dataset:
    """
    Weather of a cell, labelled by the full hour.

    Satellites pass over different cells at different minutes, so that hours are the only labels
    that cells share; the minutes tell where the sun is taken.
    """
    stamps = pd.DatetimeIndex(series.frame.index)
    labels = stamps.floor("h")
    minutes = ((stamps - labels) / pd.Timedelta(minutes=1)).to_numpy()
    frame = series.frame.set_axis(labels, axis=0)
    _check_hourly(unit, series)
    if unit.years is not None:
        frame = _whole(unit, frame, unit.years)
    site = replace(
        series.site, name=unit.request.where, latitude=unit.cell.latitude,
        longitude=unit.cell.longitude,
    )  # fmt: skip
    convention = Convention(
        label=series.claim.label,
        typical_year=unit.service.typical,
        sun_minutes=float(np.median(minutes)) + series.claim.stated_minutes,
    )
    return weather_dataset(frame, site, convention, _attrs(unit, series, minutes))


def _check_hourly(unit: Unit, series: Series) -> None:
    if series.claim.interval_minutes != _HOUR_MINUTES:
        raise _refused(unit, f"its rows are {series.claim.interval_minutes:g} minutes apart")
    if series.typical_year != unit.service.typical:
        raise _refused(unit, "a typical year and true years are mixed up")


def _whole(unit: Unit, frame: pd.DataFrame, years: Years) -> pd.DataFrame:
    """The hours that were asked for, every one of them."""
    hours = hours_of(years)
    if frame.index.has_duplicates:
        raise _refused(unit, f"{frame.index[frame.index.duplicated()][0]} UTC stands twice")
    missing = hours.difference(pd.DatetimeIndex(frame.index))
    if missing.size:
        first = f"{missing[0]:%Y-%m-%d %H:%M} UTC"
        raise _refused(unit, f"{missing.size} of {hours.size} hours are missing, the first {first}")
    whole = frame.reindex(hours)
    for name in ("ghi", "temp_air"):
        known = whole[name].notna().groupby(hours.year).any() if name in whole else None
        if known is None or not known.all():
            where = "" if known is None else f" in {known.index[~known][0]}"
            raise _refused(unit, f"it has no value of {name}{where}")
    return whole


def _attrs(unit: Unit, series: Series, minutes: np.ndarray) -> dict[str, object]:
    warnings = []
    if float(np.ptp(minutes)) > _UNEVEN_MINUTES:
        warnings.append(
            f"{unit.request.where}: its rows are taken between {minutes.min():g} and "
            f"{minutes.max():g} minutes past the hour; the sun is taken at {np.median(minutes):g}"
        )
    return {
        "source": unit.request.where,
        "stated_source": stated_source(unit.service, unit.request, series),
        "warnings": json.dumps(warnings, ensure_ascii=False),
    }
