"""How sure the energy is: its levels, and the errors that they come from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.report import colours, svg
from roofpv.report.charts import frame
from roofpv.report.charts.frame import words
from roofpv.report.city import Figure, figure_of, shown_figure
from roofpv.text import plain

_LEVELS = ("p50_kwh", "p75_kwh", "p90_kwh")
_SPANS = ("first_year", "life")
_ROW, _BAR, _NAMES, _NUMBERS = 22.0, 14.0, 190.0, 130.0
_SHARE = figure_of("value")
_FIRST, _LIFE = colours.BLUE, colours.ORANGE


def uncertainty_svg(told: Mapping[str, Any], language: str) -> str | None:
    """
    P50, P75 and P90 of the city, and the errors by their share of the variance.

    Parameters
    ----------
    told : mapping
        ``run["uncertainty"]`` of a result.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    str or None
        SVG; the shares of an error over all whom it is shared with are added up. None where the
        weather does not tell its error, or nothing was told.
    """
    city = next((one for one in told.get("totals", []) if one["district"] is None), None)
    if city is None or not city["first_year"]["p90_kwh"]:
        return None
    notes = (words("uncertainty.note", language),)
    title = words("uncertainty.title", language)
    about = frame.About("uncertainty", title, language, notes)
    drawn: list[str] = []
    said: list[str] = []
    y = about.top
    for name in _SPANS:
        if city[name]["p90_kwh"]:
            pieces, words_of, y = _levels(city[name], name, (told["life_years"], y), language)
            drawn += pieces
            said += words_of
    pieces, words_of, y = _terms(terms_of(told["budget"]), y, language)
    return frame.drawing(about, y, [*drawn, *pieces], " ".join([*said, *words_of]))


def terms_of(budget: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    Errors of a budget over all whom they are shared with, the largest share first.

    Parameters
    ----------
    budget : sequence of mapping
        ``run["uncertainty"]["budget"]``.

    Returns
    -------
    list of dict
        ``term``, ``sd_fraction`` and ``variance_share``, ``life_sd_fraction`` and
        ``life_variance_share``: squares of deviations add up. Without those of no deviation.
    """
    rows = []
    for term in sorted({str(one["term"]) for one in budget}):
        mine = [one for one in budget if one["term"] == term]
        row: dict[str, Any] = {"term": term}
        for span in ("", "life_"):
            squares = [(one[f"{span}sd_fraction"] or 0.0) ** 2 for one in mine]
            row[f"{span}sd_fraction"] = math.sqrt(math.fsum(squares))
            shares = [one.get(f"{span}variance_share") or 0.0 for one in mine]
            row[f"{span}variance_share"] = math.fsum(shares)
        if row["sd_fraction"] or row["life_sd_fraction"]:
            rows.append(row)
    return sorted(rows, key=lambda row: (-row["variance_share"], row["term"]))


def _levels(
    levels: Mapping[str, float], name: str, place: tuple[int, float], language: str
) -> tuple[list[str], list[str], float]:
    """Bars of one span of time from zero, what they say, and where they end."""
    years, top = place
    size, unit = frame.of_size(levels["p50_kwh"], frame.ENERGY)
    sd = shown_figure(levels["sd_fraction"], _SHARE)
    title = words(f"uncertainty.{name}", language, {"unit": unit, "sd": sd, "years": years})
    drawn = [svg.text(frame.EDGE, top + 16.0, svg.fit(title, frame.HEAD, frame.ROOM), frame.HEAD)]
    said = []
    px = (frame.ROOM - 60.0 - 90.0) / levels["p50_kwh"]
    for row, level in enumerate(_LEVELS):
        y = top + 28.0 + row * _ROW
        number = shown_figure(levels[level] / size, Figure(1))
        named = level.removesuffix("_kwh").upper()
        bar = svg.Box(frame.EDGE + 60.0, y, levels[level] * px, _BAR)
        drawn += [
            svg.text(frame.EDGE, y + 12.0, named, frame.LABEL),
            svg.rect(bar, _FIRST if name == "first_year" else _LIFE, svg.Stroke(colours.INK, 0.4)),
            svg.text(bar.right + 6.0, y + 12.0, number, frame.LABEL),
        ]
        said.append(f"{named} {number}")
    return drawn, [f"{title}: {', '.join(said)}."], top + 28.0 + len(_LEVELS) * _ROW + 14.0


def _terms(
    terms: Sequence[Mapping[str, Any]], top: float, language: str
) -> tuple[list[str], list[str], float]:
    title = words("uncertainty.terms", language)
    drawn = [svg.text(frame.EDGE, top + 16.0, title, frame.HEAD)]
    marks = [
        frame.Mark(words("uncertainty.term_first", language), _FIRST),
        frame.Mark(words("uncertainty.term_life", language), _LIFE),
    ]
    key, y = frame.legend(marks, frame.EDGE, top + 28.0, frame.ROOM)
    drawn += key
    most = max((max(t["variance_share"], t["life_variance_share"]) for t in terms), default=0.0)
    px = (frame.ROOM - _NAMES - _NUMBERS) / (most or 1.0)
    left = frame.EDGE + _NAMES
    for term in terms:
        name = svg.fit(_named(term["term"], language), frame.LABEL, _NAMES - 10.0)
        drawn.append(svg.text(left - 8.0, y + 14.0, name, svg.Font(12, "end")))
        for place, (share, sd, fill) in enumerate(_spans(term)):
            box = svg.Box(left, y + place * 11.0, share * px, 9.0)
            if share > 0.0:
                drawn.append(svg.rect(box, fill, svg.Stroke(colours.INK, 0.4)))
            number = f"{shown_figure(share, _SHARE)} (± {shown_figure(sd, _SHARE)})"
            drawn.append(svg.text(box.right + 5.0, box.top + 8.5, number, svg.Font(10.5)))
        y += 27.0
    ground = (left, top + 50.0), (left, y - 4.0)
    drawn.append(svg.line(*ground, frame.GROUND))
    return drawn, [f"{title}: " + "; ".join(_said(terms, language)) + "."], y + 8.0


def _spans(term: Mapping[str, Any]) -> Iterator[tuple[float, float, str]]:
    yield term["variance_share"], term["sd_fraction"], _FIRST
    yield term["life_variance_share"], term["life_sd_fraction"], _LIFE


def _said(terms: Sequence[Mapping[str, Any]], language: str) -> Iterator[str]:
    for term in terms:
        yield f"{_named(term['term'], language)} {shown_figure(term['variance_share'], _SHARE)}"


def _named(term: str, language: str) -> str:
    key = f"uncertainty.term.{term}"
    return say(key, language) if has_text(key) else plain(term)
