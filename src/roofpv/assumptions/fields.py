"""How an assumption is declared: its default, unit, bounds or choices, and its source."""

from __future__ import annotations

from dataclasses import field
from typing import Any

UNKNOWN = "not known for the place: an editable assumption"
PVWATTS = "PVWatts Version 5 Manual, NREL/TP-6A20-62641, doi:10.2172/1158421"
FLAT_ROOF_GUIDE = "Chinese flat-roof design guidance (maolvys.com/news/20796.html)"


def number(default: float, unit: str, low: float, high: float, source: str) -> Any:
    """Number between two bounds, in its unit."""
    return field(
        default=default, metadata={"unit": unit, "low": low, "high": high, "source": source}
    )


def count(default: int, low: float, high: float, source: str) -> Any:
    """Whole number between two bounds."""
    meta = {"unit": "", "low": low, "high": high, "source": source, "whole": True}
    return field(default=default, metadata=meta)


def choice(default: str, choices: tuple[str, ...], source: str) -> Any:
    """One of several names."""
    return field(default=default, metadata={"unit": "", "choices": choices, "source": source})


def optional(kind: type, unit: str, low: float, high: float, source: str) -> Any:
    """Number or date that may be left empty."""
    meta = {"unit": unit, "low": low, "high": high, "source": source, "optional": kind}
    return field(default=None, metadata=meta)


def text(default: str | None, source: str) -> Any:
    """Name or path; without a default it may be left empty."""
    meta = {"unit": "", "source": source, "text": True}
    return field(default=default, metadata=meta if default else meta | {"optional": str})
