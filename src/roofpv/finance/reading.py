"""Files of the finance room's library, and those that the user writes instead."""

from __future__ import annotations

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from roofpv.errors import InvalidConfig
from roofpv.tomltable import Table, hint, texts


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
        return Table(
            file.name, "", tomllib.loads(file.read_bytes().decode("utf-8-sig")), InvalidConfig
        )
    except OSError as fault:
        raise InvalidConfig(
            str(file), f"cannot be read ({fault.strerror})", "Give the path of a TOML file"
        ) from fault
    except UnicodeDecodeError as fault:
        raise InvalidConfig(file.name, "not UTF-8", "Save the file as UTF-8") from fault
    except tomllib.TOMLDecodeError as fault:
        raise InvalidConfig(file.name, f"not TOML: {fault}", "Correct the line") from fault


def sources(table: Table) -> tuple[str, ...]:
    """Where the figures of a table were seen; at least one."""
    found = texts(table, "sources")
    if not found:
        table.refuse("sources", "figures without source", "Say where they were seen")
    return found


def _library() -> Traversable:
    return resources.files("roofpv.finance") / "library"
