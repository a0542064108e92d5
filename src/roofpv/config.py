"""The configuration file and the settings of the command line -> assumptions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any

from roofpv.assumptions import Assumptions, from_values, nearest
from roofpv.errors import InvalidConfig


@dataclass(frozen=True)
class Config:
    """A configuration: assumptions, and how the inventory's columns are called."""

    assumptions: Assumptions = field(default_factory=Assumptions)
    columns: Mapping[str, str] = field(default_factory=dict)


def read_config(path: Path | None, sets: Iterable[str] = ()) -> Config:
    """
    Read a ``roofpv.toml``, then apply ``KEY=VALUE`` settings on top.

    Raises
    ------
    InvalidConfig
        A file that cannot be read, an unknown key, or an impossible value.
    """
    assumptions = Assumptions()
    columns: dict[str, str] = {}
    if path is not None:
        table = _read_toml(path)
        columns = _columns(table.pop("columns", {}), path.name)
        assumptions = from_values(_flat(table, path.name), path.name)
    changes = dict(_parsed_set(text) for text in sets)
    return Config(from_values(changes, "--set", assumptions), columns)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InvalidConfig(
            str(path), f"cannot be read ({error.strerror})", "Give the path of a TOML file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidConfig(path.name, f"not valid TOML ({error})", "Correct that line") from error


def _columns(table: Any, where: str) -> dict[str, str]:
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        raise InvalidConfig(
            f"{where}, [columns]",
            'expected lines such as height_m = "Höhe"',
            "Write our column name on the left and the file's own in quotes on the right",
        )
    return dict(table)


def _flat(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    rooms = [room.name for room in fields_of(Assumptions)]
    for room, entries in table.items():
        if not isinstance(entries, dict):
            raise InvalidConfig(
                f"{where}, {room}", "a setting outside its section", nearest(room, rooms)
            )
        flat.update({f"{room}.{name}": value for name, value in entries.items()})
    return flat


def _parsed_set(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise InvalidConfig(f"--set {text}", "expected KEY=VALUE", "Write it as losses.system=0.1")
    return key.strip(), value.strip()
