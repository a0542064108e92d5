"""Assumptions that are lists: twelve months, days of the year; kept as one line of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import Any

from roofpv.errors import InvalidConfig

_MONTHS = 12
# Of a leap year, so that 29 February is a day.
_LEAP_YEAR = 2004


def months(default: str, unit: str, low: float, high: float, source: str) -> Any:
    """Twelve numbers, January first; empty where the default is."""
    meta = {"unit": unit, "least": low, "most": high, "source": source, "list": "months"}
    return field(default=default, metadata=meta | {"may_be_empty": not default})


def days(default: str, source: str) -> Any:
    """Days of every year as 04-15 06-01, or nothing."""
    meta = {"unit": "", "source": source, "list": "days", "may_be_empty": True}
    return field(default=default, metadata=meta)


def months_of(text: str) -> tuple[float, ...]:
    """Numbers of a line of months."""
    return tuple(float(word) for word in text.split())


def days_of(text: str) -> tuple[tuple[int, int], ...]:
    """Month and day of each day of a line of days."""
    return tuple((int(word[:2]), int(word[3:])) for word in text.split())


def checked_list(value: Any, meta: Mapping[str, Any], where: str) -> str:
    """
    Text of a list that was given as text or, in TOML, as a list.

    Parameters
    ----------
    value : str or sequence
    meta : mapping
        Of ``months`` or ``days``.
    where : str
        For the error.

    Raises
    ------
    InvalidConfig
        Not twelve numbers between the bounds, or no days.
    """
    entries = value if isinstance(value, list | tuple) else str(value).replace(",", " ").split()
    words = [str(entry).strip() for entry in entries]
    if not words and meta["may_be_empty"]:
        return ""
    if meta["list"] == "days":
        return " ".join(sorted({_day(word, where) for word in words}))
    low, high = meta["least"], meta["most"]
    numbers = [_number(word) for word in words]
    if len(numbers) != _MONTHS or not all(low <= number <= high for number in numbers):
        raise InvalidConfig(
            where,
            f"{' '.join(words)!r} is not twelve numbers from {low:g} to {high:g}",
            "Write one for each month, January first, with spaces between them",
        )
    return " ".join(repr(number) for number in numbers)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def _day(word: str, where: str) -> str:
    try:
        return date.fromisoformat(f"{_LEAP_YEAR}-{word}").strftime("%m-%d")
    except ValueError as error:
        raise InvalidConfig(
            where, f"{word!r} is no day of the year", "Write month and day as 04-15 06-01"
        ) from error
