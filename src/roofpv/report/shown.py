"""Columns, classes, units and counts as people of a language read them."""

from __future__ import annotations

from collections.abc import Sequence

from roofpv import schema
from roofpv.catalogue import has_text, say
from roofpv.inventory.classes.shown import shown

__all__ = [
    "assumption_named",
    "count_of",
    "layout_named",
    "listed",
    "named",
    "shown",
    "shown_unit",
    "unit_named",
]

_EVERY = (*schema.PLANE_INVENTORY, *schema.CHECKED, *schema.INVENTORY, *schema.ASKED)
_CHINESE = {c.name: c.zh for c in _EVERY}
_UNITS = (("m2", "m²"), ("mw", "MW"), ("kw", "kW"))
_SIGNS = (("m2", "m²"), ("m3", "m³"), ("ug", "μg"), ("deg", "°"))
_IN_CHINESE = {"d": "天", "1/d": "1/天", "1/a": "1/年", "date": "日期"}


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


def unit_named(unit: str, language: str) -> str:
    """The unit of an assumption as people of the language write it; none for a pure number."""
    if unit == "1":
        return ""
    for plain, usual in _SIGNS:
        unit = unit.replace(plain, usual)
    return _IN_CHINESE.get(unit, unit.replace("CNY", "元")) if language == "zh" else unit


def assumption_named(key: str, language: str) -> str:
    """What an assumption is, by its key, such as edge strip, south; empty where nobody said it."""
    if has_text(f"assumed.{key}"):
        return say(f"assumed.{key}", language)
    for use in schema.USES:
        name = f"assumed.{key.replace(use, 'USE')}"
        if use in key and has_text(name):
            said = say(f"uses.{use}", language).replace("_", " ")
            return say(name, language, {"use": said})
    return ""


def layout_named(layout: str, language: str) -> str:
    """A layout in words, such as racks to the equator at 15°; another text as it is."""
    kind, _, tilt = layout.rpartition("_")
    key = f"roof_picture.layout.{kind if tilt.isdigit() else layout}"
    return say(key, language, {"tilt": tilt}) if has_text(key) else layout


def count_of(number: int, what: str, language: str) -> str:
    """So many of what is counted (``check.count``), one of it in the singular."""
    one = f"check.count.{what}.one"
    key = one if number == 1 and has_text(one) else f"check.count.{what}"
    return say(key, language, {"n": f"{number:,}"})


def listed(items: Sequence[str], language: str) -> str:
    """Items as a list in one line."""
    return ("、" if language == "zh" else ", ").join(items)
