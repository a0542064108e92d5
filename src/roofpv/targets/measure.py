"""The buildings that are judged: what is known of each, and in which group it is summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from roofpv.errors import InvalidResult
from roofpv.targets.needs import NEEDS
from roofpv.targets.rules import Reading, Rule, Target

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

VARIANT_COLUMNS = {
    "N1": "module_area_m2",
    "N2": "projected_module_area_m2",
    "N3": "array_field_area_m2",
}
_WHO = ("building_id", "district", "use", "ownership", "completed", "exemption", "status")
_CLASSES = ("use", "ownership", "district", "status")
_KEY = "institution_key"
_BLANK, _DELETE = 0x20, 0x7F
_OPTIONAL = ("existing_pv", "existing_pv_date")
_PV = ("existing_pv_kwp", "existing_pv_area_m2", "kwp")


@dataclass(frozen=True)
class Places:
    """The group of each row: a number into ``names``, or ``len(names)`` without one."""

    names: tuple[str, ...]
    codes: Integers

    def pick(self, rows: Flags) -> Places:
        """The same groups for some of the rows."""
        return Places(self.names, self.codes[rows])

    def count(self, rows: Flags) -> Integers:
        """How many of the rows the city has, and each group."""
        return self._sums(self.codes[rows])

    def total(self, values: Floats) -> Floats:
        """Sums of the city and of each group."""
        # Wholes, then parts of 2^-24 and of 2^-48, are each summed exactly in a float64, so that
        # no order of rows changes the last bit and the groups add up to the city.
        total, rest = np.zeros(len(self.names) + 1), values
        for unit in (1.0, 2.0**-24, 2.0**-48):
            parts = np.floor(rest / unit)
            rest = rest - parts * unit
            total = total + self._sums(self.codes, parts) * unit
        return total

    def distinct(self, keys: Integers) -> Integers:
        """How many different keys the city has, and each group."""
        # Sorted and compared: np.unique hashes, which takes ten times as long.
        places = len(self.names) + 1
        pairs = np.sort(keys * places + self.codes)
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
        counts = self._sums(pairs % places)
        counts[0] = np.count_nonzero(np.diff(pairs // places, prepend=-1))
        return counts

    def _sums(self, codes: Integers, weights: Floats | None = None) -> NDArray[Any]:
        sums = np.bincount(codes, weights, minlength=len(self.names) + 1)
        return np.concatenate(([sums.sum()], sums[:-1]))


@dataclass(frozen=True)
class Rows:
    """Buildings, the groups that are told apart, their districts, and which have PV now."""

    frame: pd.DataFrame
    places: Places
    districts: Places
    installed: Flags

    def pick(self, rows: Flags) -> Rows:
        """Some of the buildings."""
        places = self.places.pick(rows)
        districts = places if self.districts is self.places else self.districts.pick(rows)
        return Rows(self.frame[rows], places, districts, self.installed[rows])

    def by_district(self) -> Rows:
        """The same buildings, told apart by district."""
        return replace(self, places=self.districts)

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

    def stated(self, column: str) -> Floats:
        """A column that the table may lack, NaN where not known."""
        known = column in self.frame
        return self.number(column) if known else np.full(len(self.frame), np.nan)

    def lacks(self, column: str) -> bool:
        """Whether not one of the buildings has a value there."""
        return column not in self.frame or not self.frame[column].notna().any()

    def amount(self, column: str, state: str) -> Floats:
        """What is installed, or the larger of that and what would fit; NaN where not known."""
        name = "installed_kwp" if column == "kwp" else f"existing_{column}"
        existing = np.where(self.installed, self.number(name), 0.0)
        return existing if state == "now" else np.maximum(existing, self.number(column))

    def has_pv(self, state: str) -> Floats:
        """1 with PV, 0 without, NaN where not known."""
        if state == "now":
            return self.installed.astype(np.float64)
        kwp = self.number("kwp")
        fits = np.where(np.isnan(kwp), np.nan, kwp > 0.0)
        return np.where(self.installed, 1.0, fits)


def columns_asked(rules: Sequence[Rule], by: str | None = None) -> list[str]:
    """
    Columns of the buildings that some rules look at; ``by`` are the groups told apart.

    Returns
    -------
    list of str
        Those that a table must have, and those that it may lack.
    """
    columns, stated = _columns([target for rule in rules for target in rule.targets])
    # The key stands for the name, and a million names take a while to read.
    columns = [_KEY if name == "institution" else name for name in columns]
    return list(dict.fromkeys((*columns, *stated, *_OPTIONAL, by or "district")))


def rows_of(buildings: pd.DataFrame, rules: Sequence[Rule], by: str = "district") -> Rows:
    """All buildings, with the columns that the rules ask for, told apart by one of them."""
    columns, stated = _columns([target for rule in rules for target in rule.targets])
    if "institution" in columns and _KEY in buildings:
        columns = [_KEY if name == "institution" else name for name in columns]
    absent = [column for column in columns if column not in buildings.columns]
    if absent:
        raise InvalidResult(
            "buildings", f"columns absent: {', '.join(absent)}", "Assess the inventory again"
        )
    more = [name for name in (*_OPTIONAL, *stated) if name in buildings and name not in columns]
    frame = buildings[[*columns, *more]].rename(columns={_KEY: "institution"})
    kwp, area = numbers(frame["existing_pv_kwp"]), numbers(frame["existing_pv_area_m2"])
    installed = (kwp > 0.0) | (area > 0.0)
    if "existing_pv" in frame:
        installed |= (frame["existing_pv"] == "yes").to_numpy(dtype=np.bool_)
    # Classes are compared again and again: as numbers, a million rows take half the time.
    coded = {name: frame[name].astype("category") for name in _CLASSES}
    districts = _places(coded["district"])
    places = districts if by == "district" else _places(coded[by])
    return Rows(frame.assign(**coded), places, districts, installed)


def numbers(column: pd.Series) -> Floats:
    """A column as floats, NaN where empty."""
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as fault:
        problem = f"numbers expected, got {column.dtype}"
        raise InvalidResult(
            f"buildings, {column.name}", problem, "Convert the column to numbers"
        ) from fault


def says_something(column: pd.Series) -> Flags:
    """Where a text is neither empty nor blank."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        # A row without a word has the code -1.
        words = np.append(says_something(column.cat.categories.to_series()), False)
        return words[column.cat.codes.to_numpy()]
    said = column.notna().to_numpy(dtype=np.bool_, copy=True)
    # Texts are stripped one by one: of a million names that took longer than all sums.
    open_to_doubt = said & ~_begins_visibly(column)
    if open_to_doubt.any():
        stripped = column[open_to_doubt].astype(str).str.strip()
        said[open_to_doubt] = (stripped != "").to_numpy(dtype=np.bool_)
    return said


def _begins_visibly(column: pd.Series) -> Flags:
    """Texts that begin with a visible sign of ASCII; none of a column of anything else."""
    try:
        texts = pa.array(column, pa.large_string(), from_pandas=True)
    except (pa.ArrowException, UnicodeError, TypeError):
        return np.zeros(len(column), dtype=np.bool_)
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    _, places, letters = texts.buffers()
    starts = np.frombuffer(places, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    if letters is None or not len(texts):
        return np.zeros(len(texts), dtype=np.bool_)
    signs = np.append(np.frombuffer(letters, dtype=np.uint8), np.uint8(0))
    first = signs[np.minimum(starts[:-1], len(signs) - 1)]
    return (starts[1:] > starts[:-1]) & (first > _BLANK) & (first < _DELETE)


def dates(column: pd.Series) -> NDArray[np.datetime64]:
    """A column of dates; a column without any value has none, whatever its type."""
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return column.to_numpy()
    if column.notna().any():
        raise InvalidResult(
            "buildings, completed", f"dates expected, got {column.dtype}", "Convert to datetime64"
        )
    return np.full(len(column), np.datetime64("NaT"), dtype="datetime64[s]")


def needed(target: Target, reading: Reading) -> tuple[str, ...]:
    """Columns that one reading asks of a building, each once."""
    gates = [*target.subject.gates, *(gate for one in target.exemptions for gate in one.gates)]
    terms = [term for part in reading.parts for term in part.terms]
    named = (
        *(gate.column for gate in gates),
        *(column for term in terms for column in (term.column, term.by, term.times) if column),
        *reading.eases,
    )
    return tuple(dict.fromkeys((*_below(reading), *named)))


def _columns(targets: Sequence[Target]) -> tuple[list[str], list[str]]:
    """Columns that a table must have, and those that it may lack, each once."""
    readings = [(target, reading) for target in targets for reading in target.readings]
    amounts = dict.fromkeys(column for _, reading in readings for column in _amounts(reading))
    existing = ("installed_kwp" if one == "kwp" else f"existing_{one}" for one in amounts)
    found = dict.fromkeys((*_WHO, *_PV, *amounts, *existing))
    named = dict.fromkeys(column for pair in readings for column in needed(*pair))
    found |= dict.fromkeys(column for column in named if column not in NEEDS)
    if any(reading.metric == "energy_share" for _, reading in readings):
        found["load_is_estimate"] = None
    return list(found), [column for column in named if column in NEEDS]


def _below(reading: Reading) -> tuple[str, ...]:
    return () if reading.asks_capacity else (reading.denominator,)


def _amounts(reading: Reading) -> tuple[str, ...]:
    capacity = ("kwp",) if reading.parts else ()
    if reading.metric == "energy_share":
        return ("ac_kwh", *capacity)
    return (*(VARIANT_COLUMNS[variant] for variant in reading.variants), *capacity)


def _places(told: pd.Series) -> Places:
    """Groups by the words of a categorical column, in the order of the words."""
    words, codes = told.cat.categories, told.cat.codes.to_numpy()
    used = np.bincount(codes[says_something(told)], minlength=len(words)) > 0
    order, names = pd.factorize(words[used].to_numpy(dtype=object), sort=True)
    number = np.full(len(words) + 1, len(names), dtype=np.int64)
    number[:-1][used] = order
    return Places(tuple(str(name) for name in names), number[codes])
