"""One site's weather as its file holds it, what the user says of it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import WeatherSite
from roofpv.weather.doctor import Claim

Severity = Literal["refused", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("refused", "warning", "note")


@dataclass(frozen=True)
class Place:
    """Where the weather was taken, for files that do not say so: degrees and metres."""

    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None


@dataclass(frozen=True)
class Columns:
    """
    How a table calls our columns, and in which units it writes them.

    ``names`` maps ``time``, ``ghi`` ... ``wind_speed`` to the file's headers; ``units`` maps them
    to a unit such as "kJ/m2" or "K"; ``time_format`` is that of ``strptime`` where times are not
    ISO 8601.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    time_format: str = ""


@dataclass(frozen=True)
class Clock:
    """
    What the user says of a file's clock; what is None or empty is left to the file.

    ``utc_offset_hours`` is the clock of the labels, ``label`` what they stand for,
    ``shift_minutes`` is added to them, ``daylight_saving`` ("MM-DD/MM-DD") is the part of the year
    in which they run an hour ahead, ``solar`` says that they follow the sundial. ``trusted`` takes
    the file's word against the sun's.
    """

    utc_offset_hours: float | None = None
    label: str | None = None
    shift_minutes: float = 0.0
    daylight_saving: str = ""
    solar: bool = False
    trusted: bool = False


@dataclass(frozen=True)
class Problem:
    """
    One thing that is wrong with a weather file, or that was done to it.

    ``severity`` is "refused" (the file cannot be used so), "warning" (it can, and the user should
    know) or "note". ``count`` is the number of rows that it concerns, 0 where it is not of rows.
    """

    severity: Severity
    code: str
    where: str
    what: str
    mend: str = ""
    count: int = 0

    @property
    def sentence(self) -> str:
        """The problem in one line."""
        said = f"{self.where}: {self.what}"
        return f"{said}. {self.mend}." if self.mend else said

    def error(self) -> InvalidWeather:
        """The problem as an error."""
        return InvalidWeather(self.where, self.what, self.mend or "Give another file")


@dataclass(frozen=True, eq=False)
class Series:
    """
    One site's weather as its file holds it: nothing moved, nothing mended.

    ``frame`` has the labels in UTC as the file claims them (its clock taken off, nothing else) in
    the order of the file, and the columns ``ghi dni dhi`` [W/m2], ``temp_air`` [degC],
    ``wind_speed`` [m/s] as far as it has them, with the file's own codes of missing values already
    NaN. ``claim`` is what the reader holds the labels to be. ``rows`` are the rows' numbers in the
    file, as a person counts them in a text editor.
    """

    frame: pd.DataFrame
    site: WeatherSite
    claim: Claim
    kind: str
    source: str
    rows: npt.NDArray[np.int64]
    typical_year: bool = False
    attrs: Mapping[str, object] = field(default_factory=dict)
