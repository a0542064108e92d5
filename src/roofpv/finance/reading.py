"""Reading a TOML table of the finance room strictly: a complaint names the file and the key."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Never

from roofpv.errors import InvalidConfig


@dataclass(frozen=True)
class Table:
    """One table of a file: ``file`` and ``path`` say where it stands."""

    file: str
    path: str
    values: dict[str, Any]

    def at(self, key: str) -> str:
        """Where a key of this table stands."""
        return f"{self.file}: {self.path}.{key}" if self.path else f"{self.file}: {key}"

    def refuse(self, key: str, problem: str, mend: str) -> Never:
        """Complain about one key."""
        raise InvalidConfig(self.at(key), problem, mend)


def library_ids(folder: str) -> tuple[str, ...]:
    """Ids of the files of one folder of the library."""
    names = (file.name for file in (_library() / folder).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def open_library(folder: str, id_or_path: str | Path) -> Table:
    """
    Read a file of the library by its id, or any file by its path.

    Parameters
    ----------
    folder : str
        ``tariffs`` or ``costs``.
    id_or_path : str or Path
        A text is a path if it ends in ``.toml`` or contains a path separator.

    Raises
    ------
    InvalidConfig
        No such id or file, or not TOML.
    """
    name = str(id_or_path)
    if is_path(id_or_path):
        return read_toml(Path(id_or_path))
    known = library_ids(folder)
    if name not in known:
        raise InvalidConfig(
            name, f"none of the {folder} of the library", hint(name, known) + ", or give a file"
        )
    return read_toml(_library() / folder / f"{name}.toml")


def is_path(id_or_path: str | Path) -> bool:
    """Whether a file is named, not an id of the library."""
    name = str(id_or_path)
    return isinstance(id_or_path, Path) or name.endswith(".toml") or "/" in name or "\\" in name


def open_data(name: str) -> Table:
    """Read one of the library's own files."""
    return read_toml(_library() / name)


def read_toml(file: Path | Traversable) -> Table:
    """
    Read a TOML file as its outermost table.

    Raises
    ------
    InvalidConfig
        A file that cannot be read, is not UTF-8 or not TOML.
    """
    try:
        # Editors on Windows put a byte order mark before the first key.
        return Table(file.name, "", tomllib.loads(file.read_bytes().decode("utf-8-sig")))
    except OSError as fault:
        raise InvalidConfig(
            str(file), f"cannot be read ({fault.strerror})", "Give the path of a TOML file"
        ) from fault
    except UnicodeDecodeError as fault:
        raise InvalidConfig(file.name, "not UTF-8", "Save the file as UTF-8") from fault
    except tomllib.TOMLDecodeError as fault:
        raise InvalidConfig(file.name, f"not TOML: {fault}", "Correct the line") from fault


def hint(word: str, known: Collection[str]) -> str:
    """The nearest known word as a sentence, or all of them where none is near."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean {near[0]!r}" if near else f"Known are {', '.join(known)}"


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


def text(table: Table, key: str) -> str:
    """A text that says something."""
    value = required(table, key)
    if not isinstance(value, str) or not value.strip():
        table.refuse(key, f"{value!r} is not a text", "Write a text in quotes")
    return value


def texts(table: Table, key: str) -> tuple[str, ...]:
    """A list of texts; none where it is not said."""
    values = table.values.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        table.refuse(key, "not a list of texts", 'Write it as ["...", "..."]')
    return tuple(values)


def sources(table: Table) -> tuple[str, ...]:
    """Where the figures of a table were seen; at least one."""
    found = texts(table, "sources")
    if not found:
        table.refuse("sources", "figures without source", "Say where they were seen")
    return found


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


def choice(table: Table, key: str, known: Collection[str]) -> str:
    """One of a few words."""
    value = required(table, key)
    if value not in known:
        table.refuse(key, f"unknown {key} {value!r}", hint(str(value), known))
    return str(value)


def inner(table: Table, key: str) -> Table:
    """The table below a key."""
    values = required(table, key)
    if not isinstance(values, dict):
        table.refuse(key, "not a table", f"Write it as [{key}]")
    return Table(table.file, f"{table.path}.{key}" if table.path else key, values)


def each(table: Table, key: str) -> Iterator[Table]:
    """The tables of a list of tables, named by their id, else by their place from 1."""
    values = table.values.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        table.refuse(key, "not a list of tables", f"Write each one under [[{key}]]")
    path = f"{table.path}.{key}" if table.path else key
    for place, value in enumerate(values, start=1):
        yield Table(table.file, f"{path}[{value.get('id', place)}]", value)


def _number(table: Table, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        table.refuse(key, f"{value!r} is not a number", "Write a number without unit")
    return float(value)


def _library() -> Traversable:
    return resources.files("roofpv.finance") / "library"
