"""Texts that people read, each in English and Chinese, by key; the words of one topic, one file."""

from __future__ import annotations

import functools
import string
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "zh")


def say(key: str, language: str, words: Mapping[str, object] | None = None) -> str:
    """
    Text of a key in a language, with the words of the case filled in.

    Parameters
    ----------
    key : str
        ``topic.code`` or ``topic.code.mend``.
    language : str
        ``en`` or ``zh``.
    words : mapping, optional
        What stands in the braces of the text; taken as it is, never as a format.

    Raises
    ------
    KeyError
        No such key, or a word that the text needs is not given.
    """
    return string.Template(texts()[key][language]).substitute(words or {})


def has_text(key: str) -> bool:
    """Whether the catalogue knows the key."""
    return key in texts()


@functools.cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Every text: key -> language -> text."""
    found: dict[str, Mapping[str, str]] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            found |= dict(_flat(tomllib.loads(file.read_text(encoding="utf-8")), ""))
    return found


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        own = {language: value[language] for language in LANGUAGES if language in value}
        if own:
            yield key, own
        nested = {n: v for n, v in value.items() if isinstance(v, dict)}
        yield from _flat(nested, f"{key}.")
