"""What is summed: the buildings, their districts, and the two sums of one reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from roofpv.errors import InvalidResult
from roofpv.targets.rules import Reading, Rule

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

VARIANT_COLUMNS = {
    "N1": "module_area_m2",
    "N2": "projected_module_area_m2",
    "N3": "array_field_area_m2",
}
_WHO = ("building_id", "district", "use", "ownership", "completed", "exemption", "status")
_PV = ("existing_pv_kwp", "existing_pv_area_m2", "kwp")


@dataclass(frozen=True)
class Places:
    """The district of each row: a number into ``names``, or ``len(names)`` without district."""

    names: tuple[str, ...]
    codes: Integers

    def pick(self, rows: Flags) -> Places:
        """The same districts for some of the rows."""
        return Places(self.names, self.codes[rows])

    def count(self, rows: Flags) -> Integers:
        """How many of the rows the city has, and each district."""
        return self._sums(self.codes[rows])

    def total(self, values: Floats) -> Floats:
        """Sums of the city and of each district."""
        # Wholes, then parts of 2^-24 and of 2^-48, are each summed exactly in a float64, so that
        # no order of rows changes the last bit and the districts add up to the city.
        total, rest = np.zeros(len(self.names) + 1), values
        for unit in (1.0, 2.0**-24, 2.0**-48):
            parts = np.floor(rest / unit)
            rest = rest - parts * unit
            total = total + self._sums(self.codes, parts) * unit
        return total

    def distinct(self, keys: Integers) -> Integers:
        """How many different keys the city has, and each district."""
        places = len(self.names) + 1
        counts = self._sums(np.unique(keys * places + self.codes) % places)
        counts[0] = len(np.unique(keys))
        return counts

    def _sums(self, codes: Integers, weights: Floats | None = None) -> NDArray[Any]:
        sums = np.bincount(codes, weights, minlength=len(self.names) + 1)
        return np.concatenate(([sums.sum()], sums[:-1]))


@dataclass(frozen=True)
class Rows:
    """Buildings, where they stand, and which have PV now."""

    frame: pd.DataFrame
    places: Places
    installed: Flags

    def pick(self, rows: Flags) -> Rows:
        """Some of the buildings."""
        return Rows(self.frame[rows], self.places.pick(rows), self.installed[rows])

    def on(self, day: date) -> Rows:
        """The same buildings as they stood on that day: PV of a later date is not there yet."""
        if "existing_pv_date" not in self.frame:
            return self
        since = dates(self.frame["existing_pv_date"])
        later = since >= np.datetime64(day + timedelta(days=1), "D")
        return replace(self, installed=self.installed & ~later)

    def number(self, column: str) -> Floats:
        """A column, NaN where not known."""
        return numbers(self.frame[column])

    def amount(self, column: str, state: str) -> Floats:
        """What is installed, or the larger of that and what would fit; NaN where not known."""
        existing = np.where(self.installed, self.number(f"existing_{column}"), 0.0)
        return existing if state == "now" else np.maximum(existing, self.number(column))

    def has_pv(self, state: str) -> Floats:
        """1 with PV, 0 without, NaN where not known."""
        if state == "now":
            return self.installed.astype(np.float64)
        kwp = self.number("kwp")
        fits = np.where(np.isnan(kwp), np.nan, kwp > 0.0)
        return np.where(self.installed, 1.0, fits)


@dataclass(frozen=True)
class Tally:
    """One reading in one state: the city first, then the districts."""

    numerator: NDArray[Any]
    denominator: NDArray[Any]
    missing: Integers
    estimated: Integers


def rows_of(buildings: pd.DataFrame, rules: Sequence[Rule]) -> Rows:
    """All buildings, with the columns that the rules ask for."""
    columns = _columns([r for rule in rules for target in rule.targets for r in target.readings])
    absent = [column for column in columns if column not in buildings.columns]
    if absent:
        raise InvalidResult(
            "buildings", f"columns absent: {', '.join(absent)}", "Assess the inventory again"
        )
    more = [name for name in ("existing_pv", "existing_pv_date") if name in buildings]
    frame = buildings[[*columns, *more]]
    if "institution" in columns and "institution_key" in buildings:
        frame = frame.assign(institution=buildings["institution_key"])
    kwp, area = numbers(frame["existing_pv_kwp"]), numbers(frame["existing_pv_area_m2"])
    installed = (kwp > 0.0) | (area > 0.0)
    if "existing_pv" in frame:
        installed |= (frame["existing_pv"] == "yes").to_numpy(dtype=np.bool_)
    return Rows(frame, _places(frame["district"]), installed)


def tally(rows: Rows, reading: Reading, variant: str | None, state: str) -> Tally:
    """
    Numerator and denominator of one reading, over the rows where both are known.

    Parameters
    ----------
    rows : Rows
        The buildings of the target's subject.
    reading : Reading
        What is divided by what.
    variant : str or None
        Numerator variant N1, N2 or N3, where the reading has variants.
    state : str
        ``now`` or ``potential``.

    Returns
    -------
    Tally
        Sums and counts, the city first.
    """
    top, bottom = measured(rows, reading, variant, state)
    known = np.isfinite(top) & np.isfinite(bottom)
    return Tally(
        numerator=_sums(rows, reading, known, top),
        denominator=_sums(rows, reading, known, bottom),
        missing=rows.places.count(~known),
        estimated=rows.places.count(known & _estimated(rows, reading)),
    )


def numbers(column: pd.Series) -> Floats:
    """A column as floats, NaN where empty."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def says_something(column: pd.Series) -> Flags:
    """Where a text is neither empty nor blank."""
    said = column.notna().to_numpy(dtype=np.bool_, copy=True)
    said[said] = (column[said].astype(str).str.strip() != "").to_numpy(dtype=np.bool_)
    return said


def dates(column: pd.Series) -> NDArray[np.datetime64]:
    """A column of dates; a column without any value has none, whatever its type."""
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return column.to_numpy()
    if column.notna().any():
        raise InvalidResult(
            "buildings, completed", f"dates expected, got {column.dtype}", "Convert to datetime64"
        )
    return np.full(len(column), np.datetime64("NaT"), dtype="datetime64[s]")


def _columns(readings: Sequence[Reading]) -> list[str]:
    """Every column that the readings ask for, each once."""
    amounts = dict.fromkeys(column for reading in readings for column in _amounts(reading))
    found = dict.fromkeys((*_WHO, *_PV, *amounts, *(f"existing_{column}" for column in amounts)))
    found |= dict.fromkeys(reading.denominator for reading in readings)
    if any(reading.metric == "energy_share" for reading in readings):
        found["load_is_estimate"] = None
    return list(found)


def _amounts(reading: Reading) -> tuple[str, ...]:
    if reading.metric == "energy_share":
        return ("ac_kwh",)
    return tuple(VARIANT_COLUMNS[variant] for variant in reading.variants)


def _places(district: pd.Series) -> Places:
    named = district.astype(object).where(says_something(district), None)
    codes, names = pd.factorize(named, sort=True)
    codes = np.where(codes < 0, len(names), codes).astype(np.int64)
    return Places(tuple(str(name) for name in names), codes)


def measured(
    rows: Rows, reading: Reading, variant: str | None, state: str
) -> tuple[Floats, Floats]:
    """Numerator and denominator of each row, NaN where not known."""
    if reading.metric == "energy_share":
        return rows.amount("ac_kwh", state), rows.number(reading.denominator)
    if variant is not None:
        return rows.amount(VARIANT_COLUMNS[variant], state), rows.number(reading.denominator)
    weight = _weight(rows, reading)
    return rows.has_pv(state) * weight, weight


def _weight(rows: Rows, reading: Reading) -> Floats:
    """How much a row weighs where what counts is whether it has PV."""
    if reading.metric == "floor_area_ratio":
        return rows.number(reading.denominator)
    named = says_something(rows.frame[reading.denominator])
    return np.where(named, 1.0, np.nan)


def _sums(rows: Rows, reading: Reading, known: Flags, values: Floats) -> NDArray[Any]:
    """Sums of the city and of each district; of institutions, how many have a value above 0."""
    if reading.metric != "institution_ratio":
        return rows.places.pick(known).total(values[known])
    found = known & (values > 0.0)
    names = rows.frame[reading.denominator][found]
    return rows.places.pick(found).distinct(pd.factorize(names)[0].astype(np.int64))


def _estimated(rows: Rows, reading: Reading) -> Flags:
    if reading.metric != "energy_share":
        return np.zeros(len(rows.frame), dtype=np.bool_)
    return rows.frame["load_is_estimate"].to_numpy(dtype=np.bool_, na_value=False)
