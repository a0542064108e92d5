"""Classes as people of a language read them."""

from __future__ import annotations

from roofpv import schema
from roofpv.catalogue import has_text, say

__all__ = ["shown"]

# Columns whose values are classes, and where the words for these stand.
_CLASSES = {"ownership": "ownerships", "roof_type": "roof_types", "existing_pv": "existing_pv"}
# A use is told of the column that it was read from, which may be a name.
_OF_USE = ("use", "use_alternative", "name", "institution")


def shown(column: str, value: str, language: str) -> str:
    """
    What a cell was taken as, as people read it: the class government in Chinese is 党政机关.

    Parameters
    ----------
    column : str
        Our name of the column that it was said of.
    value : str
    language : str
        ``en`` or ``zh``.
    """
    topic = "uses" if column in _OF_USE and value in schema.USES else _CLASSES.get(column, "")
    key = f"{topic}.{value}"
    return say(key, language) if has_text(key) else value
