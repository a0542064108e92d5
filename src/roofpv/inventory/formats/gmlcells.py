"""What a CityGML building says of itself in words and numbers, as cells of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

_GENERIC = re.compile(r"\{[^}]*/citygml/generics/[^}]*\}(\w+)Attribute")
_GENERIC_SET = "genericAttributeSet"
_UNIT_CODES = {"9001": "m", "9002": "ft", "9003": "ft"}


def cells_of(building: Element, units: dict[str, str]) -> dict[str, object]:
    """
    Attributes of a building or part by their own names, as text.

    Parameters
    ----------
    building : Element
    units : dict
        Unit of each attribute, as first met; filled in. A cell in another unit keeps it in its
        text.
    """
    cells: dict[str, object] = {}
    for name, holder in _stated(building):
        text = (holder.text or "").strip()
        if not text:
            continue
        unit = _unit(holder.get("uom", ""))
        if unit and units.setdefault(name, unit) != unit:
            text = f"{text} {unit}"
        cells[name] = f"{cells[name]}; {text}" if name in cells else text
    return cells


def _stated(building: Element) -> Iterator[tuple[str, Element]]:
    """Names of attributes and the elements that hold their text."""
    waiting = [*reversed(building)]
    while waiting:
        child = waiting.pop()
        name = child.tag.rpartition("}")[2]
        if _GENERIC.fullmatch(child.tag) and child.get("name"):
            yield from ((child.attrib["name"], value) for value in child)
        elif name == _GENERIC_SET:
            waiting += reversed(child)
        elif not len(child):
            yield name, child


def _unit(uom: str) -> str:
    code = re.split(r"[:#/]", uom)[-1].strip()
    return _UNIT_CODES.get(code, code)
