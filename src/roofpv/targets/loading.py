"""Rules from the library or from a file."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from roofpv import tomltable
from roofpv.errors import InvalidRules
from roofpv.targets.parsing import parse_rule
from roofpv.targets.rules import Rule


def library_ids() -> tuple[str, ...]:
    """Ids of the rules that come with roofpv."""
    files = (file.name for file in _library().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def load_rule(id_or_path: str | Path) -> Rule:
    """
    Read one rule and check every key of it.

    Parameters
    ----------
    id_or_path : str or Path
        Id of a rule of the library, or the path of a TOML file. A text is a path
        if it ends in ``.toml`` or contains a path separator.

    Returns
    -------
    Rule
        The rule, with all its targets and readings.

    Raises
    ------
    InvalidRules
        No such rule or file, not TOML, or a key or value that means nothing.
    """
    name = str(id_or_path)
    is_path = isinstance(id_or_path, Path) or name.endswith(".toml") or "/" in name or "\\" in name
    file = Path(id_or_path) if is_path else _library_file(name)
    return parse_rule(_text(file), file.name)


def _library() -> Traversable:
    return resources.files("roofpv.targets") / "library"


def _library_file(name: str) -> Traversable:
    known = library_ids()
    if name not in known:
        raise InvalidRules(
            name,
            "no rule of the library has this id",
            tomltable.hint(name, known) + "; or give a file",
        )
    return _library() / f"{name}.toml"


def _text(file: Path | Traversable) -> str:
    # Editors on Windows put a byte order mark before the first key.
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise InvalidRules(
            str(file), f"cannot be read ({fault.strerror})", "Give the path of a TOML file"
        ) from fault
    except UnicodeDecodeError as fault:
        raise InvalidRules(file.name, "not UTF-8", "Save the file as UTF-8") from fault
