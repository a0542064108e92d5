"""What the roofs rest on, and how the numbers are made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from roofpv import schema
from roofpv.catalogue import say
from roofpv.report.city.content import City
from roofpv.report.city.figures import Figure, shown_figure
from roofpv.report.city.telling import Teller
from roofpv.report.city.totals import exact_sum
from roofpv.report.document import Heading, Lines, Section

_SHARE = Figure(1, "%", 100)
_MODELS = ("models.transposition", "models.iam", "models.temperature", "models.inverter")
_PLACE = Figure(3, "°")


def evidence(city: City, language: str) -> Section:
    """
    Evidence grades of the roofs, the weather, and the method in a few lines.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    blocks = (
        Lines((tell.say("evidence.lead"),)),
        tell.table("grades", ("grade", "buildings", "roof", "capacity", "of_energy"),
                   list(_grades(city, tell)), numbers=4),
        Heading(tell.say("evidence.weather")),
        Lines(tuple(_weather(city, tell))),
        tell.table("sites", ("site", "latitude", "longitude", "altitude", "ghi_error"),
                   list(_sites(city, tell)), numbers=4),
        Heading(tell.say("evidence.method")),
        Lines(tuple(_method(city, tell))),
    )  # fmt: skip
    return Section(tell.say("section.evidence"), blocks, "evidence")


def _grades(city: City, tell: Teller) -> Iterator[tuple[str, ...]]:
    grades = city.assessed["evidence_grade"]
    values = [
        city.assessed[name].to_numpy(dtype=float)
        for name in ("gross_roof_area_m2", "kwp", "ac_kwh")
    ]
    energy = city.totals.iloc[0]["ac_kwh"]
    for grade in schema.EVIDENCE_GRADES:
        mine = (grades == grade).to_numpy(dtype=bool, na_value=False)
        roof, kwp, ac = (exact_sum(one[mine]) if mine.any() else 0.0 for one in values)
        yield (
            say(f"certificate.evidence.{grade}", tell.language),
            tell.count(int(mine.sum())),
            tell.figure("gross_roof_area_m2", roof),
            tell.figure("kwp", kwp),
            shown_figure(ac / energy if energy > 0.0 else None, _SHARE),
        )


def _weather(city: City, tell: Teller) -> Iterator[str]:
    told = city.result.run.get("weather", {})
    yield tell.say("evidence.from", {"source": tell.name(told.get("source"), 200)})
    if told.get("stated_source"):
        parts = [tell.told(one) for one in str(told["stated_source"]).split("; ")]
        yield ("；" if tell.language == "zh" else "; ").join(parts)
    if told.get("stated_note"):
        yield tell.told(str(told["stated_note"]))


def _sites(city: City, tell: Teller) -> Iterator[tuple[str, ...]]:
    for one in city.result.run.get("weather", {}).get("sites", []):
        yield (
            tell.name(one["site"]),
            shown_figure(one.get("latitude"), _PLACE),
            shown_figure(one.get("longitude"), _PLACE),
            tell.figure("altitude_m", one.get("altitude")),
            shown_figure(one.get("ghi_uncertainty_fraction"), _SHARE),
        )


def _method(city: City, tell: Teller) -> Iterator[str]:
    said: dict[str, Any] = {one["key"]: one["value"] for one in city.result.run["assumptions"]}
    models = tell.listed(tell.name(said[key]) for key in _MODELS if said.get(key))
    for step in ("roof", "layout", "energy", "money", "targets", "plan"):
        yield tell.say(f"evidence.step.{step}", {"models": models})
