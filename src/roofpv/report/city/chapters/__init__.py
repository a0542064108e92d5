"""Chapters of a report of a city: each from a city and a language to a section."""

from __future__ import annotations

from collections.abc import Callable

from roofpv.report.city.chapters.answer import answer
from roofpv.report.city.chapters.places import places
from roofpv.report.city.content import City
from roofpv.report.document import Section

__all__ = ["CHAPTERS", "Chapter"]

Chapter = Callable[[City, str], Section]
# In the order in which they are told; each names its section by the same key.
CHAPTERS: dict[str, Chapter] = {
    "answer": answer,
    "places": places,
}
