"""Chapters of a report of a city: each from a city and a language to a section."""

from __future__ import annotations

from collections.abc import Callable

from roofpv.report.city.chapters.answer import answer
from roofpv.report.city.chapters.assumptions import appendix, assumptions
from roofpv.report.city.chapters.carbon import carbon
from roofpv.report.city.chapters.evidence import evidence
from roofpv.report.city.chapters.left_out import left_out
from roofpv.report.city.chapters.limits import limits
from roofpv.report.city.chapters.losses import losses
from roofpv.report.city.chapters.money import money
from roofpv.report.city.chapters.places import places
from roofpv.report.city.chapters.readings import readings
from roofpv.report.city.chapters.roofs import roofs
from roofpv.report.city.chapters.schedule import schedule
from roofpv.report.city.chapters.supply import supply
from roofpv.report.city.chapters.uncertainty import uncertainty
from roofpv.report.city.content import City
from roofpv.report.document import Section

__all__ = ["CHAPTERS", "Chapter"]

Chapter = Callable[[City, str], Section]
# In the order in which they are told; each names its section by the same key.
CHAPTERS: dict[str, Chapter] = {
    "answer": answer,
    "readings": readings,
    "places": places,
    "roofs": roofs,
    "money": money,
    "supply": supply,
    "plan": schedule,
    "losses": losses,
    "uncertainty": uncertainty,
    "carbon": carbon,
    "evidence": evidence,
    "limits": limits,
    "left_out": left_out,
    "assumptions": assumptions,
    "appendix": appendix,
}
