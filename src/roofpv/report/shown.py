"""Columns, classes, units and counts as people of a language read them."""

from __future__ import annotations

from collections.abc import Sequence

from roofpv import schema
from roofpv.catalogue import has_text, say
from roofpv.inventory.classes.shown import shown

__all__ = ["count_of", "listed", "named", "shown", "shown_unit"]

_EVERY = (*schema.PLANE_INVENTORY, *schema.CHECKED, *schema.INVENTORY, *schema.ASKED)
_CHINESE = {c.name: c.zh for c in _EVERY}
_UNITS = (("m2", "m²"), ("mw", "MW"), ("kw", "kW"))


def named(column: str, language: str) -> str:
    """Our column as people call it, also one that asks for an exemption or tells a place."""
    name = column.partition("#")[0]
    kind = name.removeprefix("exempt_")
    if kind != name and has_text(f"exemptions.{kind}"):
        words = {"kind": say(f"exemptions.{kind}", language)}
        return say("check.exempt_column", language, words)
    if language == "zh" and name in _CHINESE:
        return _CHINESE[name]
    return say(f"check.column.{name}", language) if has_text(f"check.column.{name}") else column


def shown_unit(unit: str) -> str:
    """A unit of a header as it is usually written: 万m²."""
    for plain, usual in _UNITS:
        unit = unit.replace(plain, usual)
    return unit


def count_of(number: int, what: str, language: str) -> str:
    """So many of what is counted (``check.count``), one of it in the singular."""
    one = f"check.count.{what}.one"
    key = one if number == 1 and has_text(one) else f"check.count.{what}"
    return say(key, language, {"n": f"{number:,}"})


def listed(items: Sequence[str], language: str) -> str:
    """Items as a list in one line."""
    return ("、" if language == "zh" else ", ").join(items)
