"""Reading a TOML table strictly: every complaint names the file and the key."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Never

from roofpv.errors import RoofpvError

SHOWN = 20


@dataclass(frozen=True)
class Table:
    """One table of a file: ``file`` and ``path`` say where it stands, ``complaint`` its error."""

    file: str
    path: str
    values: dict[str, Any]
    complaint: type[RoofpvError]

    def at(self, key: str) -> str:
        """Where a key of this table stands."""
        return f"{self.file}: {self.path}.{key}" if self.path else f"{self.file}: {key}"

    def refuse(self, key: str, problem: str, mend: str) -> Never:
        """Complain about one key."""
        raise self.complaint(self.at(key), problem, mend)


def hint(word: str, known: Collection[str]) -> str:
    """The nearest known word as a sentence, or the first of them where none is near."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}"
    more = " and others" if len(known) > SHOWN else ""
    return f"Known are {', '.join(list(known)[:SHOWN])}{more}"


def only_keys(table: Table, known: Collection[str]) -> None:
    """Refuse a key that means nothing here."""
    for key in table.values:
        if key not in known:
            table.refuse(key, "unknown key", hint(key, known))


def required(table: Table, key: str) -> Any:
    """The value of a key that must be there."""
    if key not in table.values:
        table.refuse(key, "missing", f"Add {key!r}")
    return table.values[key]


def text(table: Table, key: str, default: str | None = None) -> str:
    """A text that says something."""
    value = required(table, key) if default is None else table.values.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        table.refuse(key, f"{value!r} is not a text", "Write a text in quotes")
    return value


def flag(table: Table, key: str) -> bool:
    """True or false; false where it is not said."""
    value = table.values.get(key, False)
    if not isinstance(value, bool):
        table.refuse(key, f"{value!r} is neither true nor false", "Write true or false")
    return value


def day(table: Table, key: str) -> date | None:
    """A date without a time of day, or None where it is not said."""
    value = table.values.get(key)
    if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
        table.refuse(key, f"{value!r} is not a date", "Write it as 2025-12-31, without quotes")
    return value


def texts(table: Table, key: str) -> tuple[str, ...]:
    """A list of texts; none where it is not said."""
    values = table.values.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        table.refuse(key, "not a list of texts", 'Write it as ["...", "..."]')
    return tuple(values)


def number(table: Table, key: str) -> float:
    """A finite number, of either sign."""
    return _number(table, key, required(table, key))


def numbers(table: Table, key: str, count: int) -> tuple[float, ...]:
    """A list of so many finite numbers; one number stands for all of them."""
    values = required(table, key)
    if not isinstance(values, list):
        return (_number(table, key, values),) * count
    if len(values) != count:
        table.refuse(key, f"{len(values)} numbers, expected {count}", f"Write {count} numbers")
    return tuple(_number(table, key, value) for value in values)


def share(table: Table, key: str) -> float:
    """A share above 0 and up to 1."""
    value = required(table, key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        table.refuse(key, f"{key} {value!r} is not a number", "Write a fraction, such as 0.50")
    if 1 < value <= 100:
        whole = value == int(value)
        fraction = f"{value / 100:.2f}" if whole else f"{value / 100:g}"
        table.refuse(key, f"{key} {value:g}: a share is written as a fraction", f"Write {fraction}")
    if not 0 < value <= 1:
        table.refuse(key, f"{key} {value:g} is not above 0 and up to 1", "Write a fraction")
    return float(value)


def choice(table: Table, key: str, known: Collection[str]) -> str:
    """One of a few words."""
    value = required(table, key)
    if value not in known:
        table.refuse(key, f"unknown {key} {value!r}", hint(str(value), known))
    return str(value)


def choices(table: Table, key: str, known: Collection[str]) -> tuple[str, ...]:
    """Some of a few words, each once; none where it is not said."""
    values = table.values.get(key)
    if values is None:
        return ()
    if not isinstance(values, list) or not values:
        table.refuse(key, f"{values!r} is not a list of words", f"Choose from {', '.join(known)}")
    for value in values:
        if value not in known:
            table.refuse(key, f"unknown word {value!r}", hint(str(value), known))
    if len(set(values)) < len(values):
        table.refuse(key, "a word stands twice", "Name each once")
    return tuple(values)


def inner(table: Table, key: str) -> Table:
    """The table below a key."""
    values = required(table, key)
    if not isinstance(values, dict):
        table.refuse(key, "not a table", f"Write it as [{key}]")
    return replace(table, path=f"{table.path}.{key}" if table.path else key, values=values)


def each(table: Table, key: str) -> Iterator[Table]:
    """The tables of a list of tables, named by their id, else by their place from 1."""
    values = table.values.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        table.refuse(key, "not a list of tables", f"Write each one under [[{key}]]")
    path = f"{table.path}.{key}" if table.path else key
    for place, value in enumerate(values, start=1):
        yield replace(table, path=f"{path}[{value.get('id', place)}]", values=value)


def all_different(table: Table, key: str, ids: Sequence[str]) -> None:
    """Refuse an id that is given twice."""
    for name in ids:
        if ids.count(name) > 1:
            table.refuse(key, f"two have the id {name!r}", "Give each its own id")


def _number(table: Table, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        table.refuse(key, f"{key} {value!r} is not a number", "Write a number without unit")
    return float(value)
