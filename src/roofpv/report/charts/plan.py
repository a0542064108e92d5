"""A plan year by year: what is built, and what has been spent by then."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from roofpv.report import colours, svg
from roofpv.report.charts import frame
from roofpv.report.charts.frame import words
from roofpv.report.city import Figure, bar_named, shown_figure, shown_share, shown_threshold

_HIGH, _LEFT, _WIDEST = 150.0, 74.0, 64.0
_NEW, _BEFORE = colours.ORANGE, colours.BLUE
_THOUSANDS = {"en": (1.0, 1e3, 1e6, 1e9), "zh": (1.0, 1e4, 1e8)}


def plan_svg(told: Mapping[str, Any], language: str, name: str = "plan") -> str | None:
    """
    Capacity and investment of a plan by year.

    Parameters
    ----------
    told : mapping
        What ``roofpv plan --json`` tells; ``by_year``, of which a year may be missing, ``start``,
        ``by``, ``target``, ``reached`` and the totals are used.
    language : str
        ``en`` or ``zh``.
    name : str
        For its ids, where a page holds several.

    Returns
    -------
    str or None
        SVG, a bar for each year from the first to the last; None where no roof is taken.
    """
    if not told["by_year"]:
        return None
    by_year = {int(one["year"]): one for one in told["by_year"]}
    years = list(range(min(told["start"], *by_year), max(told["by"], *by_year) + 1))
    kwp = [float(by_year[year]["kwp"]) if year in by_year else 0.0 for year in years]
    spent = [float(by_year[year]["capex_cny"]) if year in by_year else 0.0 for year in years]
    counts = [int(by_year[year]["count"]) if year in by_year else 0 for year in years]
    about = replace(_about(told, (sum(counts), kwp, spent), language), name=name)
    size, unit = frame.of_size(max(kwp), frame.POWER)
    box = svg.Box(_LEFT, about.top + 34.0, frame.WIDE - _LEFT - frame.EDGE, _HIGH)
    bars = [[(one / size, _NEW)] for one in kwp]
    said = [f"{one:,}" if one else "" for one in counts]
    drawn = _panel(bars, box, words("plan.kwp", language, {"unit": unit}), said)
    size, unit = frame.of_size(math.fsum(spent), _money(language))
    below = svg.Box(box.left, box.bottom + 78.0, box.width, _HIGH)
    before = [math.fsum(spent[:place]) for place in range(len(spent))]
    both = [[(a / size, _BEFORE), (b / size, _NEW)] for a, b in zip(before, spent, strict=True)]
    title = words("plan.capex", language, {"unit": unit})
    drawn += _panel(both, below, title, [str(year) for year in years])
    marks = [
        frame.Mark(words("plan.before", language), _BEFORE),
        frame.Mark(words("plan.this_year", language), _NEW),
    ]
    key, end = frame.legend(marks, frame.EDGE, below.bottom + 30.0, frame.ROOM)
    rows = zip(years, counts, bars, both, strict=True)
    return frame.drawing(about, end, [*drawn, *key], " ".join(_told(rows, (unit, language))))


def _about(
    told: Mapping[str, Any], sums: tuple[int, list[float], list[float]], language: str
) -> frame.About:
    count, kwp, spent = sums
    power, money = frame.of_size(max(kwp), frame.POWER), _money(language)
    size, unit = frame.of_size(math.fsum(spent), money)
    said = {
        "count": f"{count:,}",
        "kwp": f"{shown_figure(math.fsum(kwp) / power[0], Figure(1))} {power[1]}",
        "capex": f"{shown_figure(math.fsum(spent) / size, Figure(1))} {unit}",
    }
    notes = [words("plan.note", language, said)]
    if not told.get("reached", True):
        value = {
            "value": shown_share(told["value_after"], told["threshold"]),
            "threshold": shown_threshold(told["threshold"]),
        }
        notes.append(words("plan.missed", language, value))
    title = words("plan.title", language, {"target": bar_named(told["target"], language)})
    return frame.About("plan", title, language, tuple(notes))


def _money(language: str) -> list[tuple[float, str]]:
    names = words("money.units", language).split("|")
    return list(zip(_THOUSANDS[language], names, strict=True))


def _panel(
    bars: Sequence[Sequence[tuple[float, str]]], box: svg.Box, title: str, names: Sequence[str]
) -> list[str]:
    """Stacked bars over their names, each with its sum, below the name of their unit."""
    sums = [math.fsum(value for value, _ in one) for one in bars]
    scale = frame.ticks(max(sums) * frame.HEADROOM, 4)
    drawn = [*frame.upright_axis(box, scale, title)]
    slot = box.width / len(bars)
    wide = min(slot * 0.7, _WIDEST)
    # Of many years only some have room for words.
    every = max(1, math.ceil(max(svg.text_width(name, frame.TICK) for name in names) * 1.1 / slot))
    for place, (one, total) in enumerate(zip(bars, sums, strict=True)):
        x, y = box.left + (place + 0.5) * slot, box.bottom
        for value, fill in one:
            high = value / scale[-1] * box.height
            y -= high
            if high > 0.0:
                shape = svg.Box(x - wide / 2, y, wide, high)
                drawn.append(svg.rect(shape, fill, svg.Stroke(colours.INK, 0.4)))
        if place % every == 0:
            drawn += _figures(x, y, box.bottom, (total, names[place]))
    return drawn


def _figures(x: float, top: float, bottom: float, said: tuple[float, str]) -> list[str]:
    total, name = said
    number, font = shown_figure(total, Figure(1)), svg.Font(11, "middle")
    wide = svg.text_width(number, font)
    drawn = [svg.text(x, bottom + 17.0, name, frame.TICK)]
    if total > 0.0:
        drawn.append(svg.rect(svg.Box(x - wide / 2, top - 14.0, wide, 11.0), colours.PAPER))
        drawn.append(svg.text(x, top - 4.0, number, font))
    return drawn


def _told(rows: Any, shown: tuple[str, str]) -> Iterator[str]:
    unit, language = shown
    for year, count, kwp, money in rows:
        roofs = words("plan.roofs", language, {"count": f"{count:,}"})
        spent = math.fsum(value for value, _ in money)
        power, cost = shown_figure(kwp[0][0], Figure(1)), shown_figure(spent, Figure(1))
        yield f"{year}: {roofs}, {power}, {cost} {unit};"
