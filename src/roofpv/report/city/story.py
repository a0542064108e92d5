"""The story of a report: every chapter about a city, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from roofpv.catalogue import has_text
from roofpv.report.city.chapters import CHAPTERS
from roofpv.report.city.content import City
from roofpv.report.city.telling import Teller, synthetic
from roofpv.report.document import Block, Document, Heading, Lines, Picture, Section

# Which chapter a chart stands in; the plans beyond the first are "plan-2" and so on.
CHARTS = {
    "verdicts": "answer",
    "districts": "places",
    "map": "places",
    "monthly": "places",
    "supply": "supply",
    "plan": "plan",
    "waterfall": "losses",
    "uncertainty": "uncertainty",
    "carbon": "carbon",
}
# All that can be told where no building was assessed.
_OF_NOTHING = ("answer", "limits", "left_out", "assumptions", "appendix")


def story(city: City, language: str, charts: Mapping[str, str] | None = None) -> Document:
    """
    Everything that a report says of a city, the same in every format.

    Parameters
    ----------
    city : City
    language : str
        ``en`` or ``zh``.
    charts : mapping, optional
        Name, of ``CHARTS`` or "plan-2" and so on, -> SVG; one that is not given is left out.

    Returns
    -------
    Document
        Of a city without an assessed building only what can be told of it.
    """
    tell = Teller(language)
    keys = CHAPTERS if len(city.assessed) else [key for key in CHAPTERS if key in _OF_NOTHING]
    sections = [CHAPTERS[key](city, language) for key in keys]
    return Document(
        language,
        tell.say("title"),
        tuple(_head(city, tell)),
        tuple(_drawn(one, charts or {}, tell) for one in sections),
    )


def _head(city: City, tell: Teller) -> Iterator[str]:
    run = city.result.run
    if run["synthetic"]:
        yield tell.say("synthetic_data", {"what": synthetic(city, tell)})
    files = tell.listed(tell.name(one["name"]) for one in run["inputs"])
    yield tell.say("from_files", {"files": files, "version": tell.name(run["versions"]["roofpv"])})
    counts = {name: tell.count(run["counts"][name]) for name in _COUNTED}
    yield tell.say("counts", counts)


_COUNTED = ("in", "assessed", "excluded", "quarantined")


def _drawn(section: Section, charts: Mapping[str, str], tell: Teller) -> Section:
    """A section with its charts, each after the words that lead to it."""
    mine = [name for name, key in CHARTS.items() if key == section.key and name in charts]
    if section.key == "plan":
        return replace(section, blocks=tuple(_with_plans(section.blocks, charts, tell)))
    pictures = [_picture(name, charts, tell) for name in mine]
    first = 1 if section.blocks and isinstance(section.blocks[0], Lines) else 0
    blocks = (*section.blocks[:first], *pictures, *section.blocks[first:])
    return replace(section, blocks=blocks)


def _with_plans(
    blocks: Sequence[Block], charts: Mapping[str, str], tell: Teller
) -> Iterator[Block]:
    """Each plan's chart after its words."""
    number, waiting = 0, False
    for block in blocks:
        yield block
        if isinstance(block, Heading):
            number, waiting = number + 1, True
        elif waiting and isinstance(block, Lines):
            waiting = False
            name = "plan" if number == 1 else f"plan-{number}"
            if name in charts:
                yield _picture(name, charts, tell)


def _picture(name: str, charts: Mapping[str, str], tell: Teller) -> Picture:
    return Picture(charts[name], name, _caption(name.partition("-")[0], tell))


def _caption(name: str, tell: Teller) -> str:
    return tell.say(f"chart.{name}") if has_text(f"story.chart.{name}") else ""
