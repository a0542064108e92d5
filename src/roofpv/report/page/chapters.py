"""Chapters of a report as the page shows them, every picture with names of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from roofpv.catalogue import say
from roofpv.report.city import City, shown_figure
from roofpv.report.city.figures import figure_of
from roofpv.report.document import (
    Block,
    Document,
    Facts,
    Grid,
    Heading,
    Lines,
    Picture,
    Section,
)
from roofpv.report.page.tables import table_block
from roofpv.text import plain

ANSWER = "answer"
# Quotes of texts and values are entities in our SVG, so that these are attributes for certain.
_NAMED = re.compile(r' id="([^"<>]+)"')
_WIDEST = 4000


def answer_and_chapters(
    city: City, language: str, told: Document | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """
    The answer, and the other chapters, as a template takes them.

    Parameters
    ----------
    city : City
    language : str
        "en" or "zh".
    told : Document, optional
        The story in this language; without it, the answer is a table of the verdicts.
    """
    sections = told.sections if told else ()
    first = [one for one in sections if one.key == ANSWER]
    rest = [one for one in sections if one.key != ANSWER]
    answer = first[0] if first else _verdicts(city, language)
    chapters = [
        _chapter(section, language, section.key or str(number))
        for number, section in enumerate(rest, 1)
    ]
    return _chapter(answer, language, ANSWER), chapters


def without_picture(told: Document | None, name: str) -> tuple[Markup, Document | None]:
    """
    A picture of a story, and the story without it.

    Parameters
    ----------
    told : Document, optional
    name : str
        Of the picture; the first of it is taken.
    """
    if told is None:
        return Markup(), None
    found = [
        block
        for section in told.sections
        for block in section.blocks
        if isinstance(block, Picture) and block.name == name
    ]
    if not found:
        return Markup(), told
    sections = tuple(
        replace(one, blocks=tuple(block for block in one.blocks if block is not found[0]))
        for one in told.sections
    )
    drawn = Markup(own_names(found[0].svg, f"{told.lang}-{name}"))
    return drawn, replace(told, sections=sections)


def own_names(svg: str, prefix: str) -> str:
    """
    A picture whose names (``id``) begin with ``prefix``, so that many stand on one page.

    Parameters
    ----------
    svg : str
        As ``report.svg`` writes it.
    prefix : str
        Letters, digits and hyphens.
    """
    names = sorted(set(_NAMED.findall(svg)), key=len, reverse=True)
    if not names:
        return svg
    one = "|".join(re.escape(name) for name in names)
    svg = re.sub(rf' id="({one})"', rf' id="{prefix}-\1"', svg)
    svg = re.sub(rf'(url\(|href=")#({one})(?=[)"])', rf"\1#{prefix}-\2", svg)
    return re.sub(
        r' (aria-labelledby|aria-describedby)="([^"]+)"',
        lambda found: f' {found[1]}="{" ".join(f"{prefix}-{n}" for n in found[2].split())}"',
        svg,
    )


def _chapter(section: Section, language: str, key: str) -> dict[str, Any]:
    name = f"{language}-{key}"
    blocks = [
        dict(_block(block, language, f"{name}-{n}")) for n, block in enumerate(section.blocks)
    ]
    return {"name": name, "title": section.title, "blocks": blocks}


def _block(block: Block, language: str, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(block, Lines):
        yield from {"kind": "lines", "texts": block.texts}.items()
    elif isinstance(block, Heading):
        yield from {"kind": "heading", "text": block.text}.items()
    elif isinstance(block, Facts):
        yield from {"kind": "facts", "rows": block.rows, "name": block.name}.items()
    elif isinstance(block, Grid):
        yield from table_block(block, language).items()
    elif isinstance(block, Picture):
        drawn = Markup(own_names(block.svg, name))
        yield from {"kind": "picture", "svg": drawn, "caption": block.caption}.items()
    else:
        yield from {"kind": "signatures", "names": block.names, "date": block.date}.items()


def _verdicts(city: City, language: str) -> Section:
    """What the verdicts of the whole city are, by the default reading of each target."""
    header = tuple(say(f"page.verdict.{name}", language) for name in _VERDICT_COLUMNS)
    rows = tuple(
        _verdict_row(one, language)
        for one in city.result.targets
        if one["default"] and one["district"] is None
    )
    block = Grid("verdicts", header, rows, frozenset({3, 4}))
    none = Lines((say("page.verdict.none", language),))
    return Section(say("page.answer", language), (block if rows else none,), ANSWER)


_VERDICT_COLUMNS = ("target", "state", "as_of", "value", "threshold", "met")


def _verdict_row(one: Mapping[str, Any], language: str) -> tuple[str, ...]:
    met = {True: "yes", False: "no"}.get(one["met"], "open")
    share = figure_of("value")
    return (
        plain(f"{one['rule']} {one['target']}", _WIDEST),
        say(f"page.state.{one['state']}", language),
        str(one["as_of"]),
        shown_figure(one["value"], share),
        shown_figure(one["threshold"], share),
        say(f"page.met.{met}", language),
    )
