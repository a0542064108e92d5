"""What every chart has: a name, notes, a legend, axes, and ids that no other chart has."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from roofpv.catalogue import say
from roofpv.report import colours, svg

WIDE, EDGE = 760.0, 20.0
ROOM = WIDE - 2 * EDGE
TITLE, NOTE = svg.Font(16, bold=True), svg.Font(11, fill=colours.FAINT)
HEAD, LABEL = svg.Font(13, bold=True), svg.Font(12)
NUMBER, TICK = svg.Font(12, "end"), svg.Font(11, "middle", colours.FAINT)
RULE = svg.Stroke(colours.GRID)
GROUND = svg.Stroke(colours.FAINT)
ASKED = svg.Stroke(colours.INK, 1.6, "5 3")
_SIGN = re.compile("([:;,.])(?: |$)")
_FULL_WIDTH = {":": "：", ";": "；", ",": "，", ".": "。"}
_NOTE_LINE, _LEGEND_LINE, _SWATCH = 15.0, 18.0, 14.0
_MOST_NOTE_LINES = 4
# Of an upright scale: room above the highest bar for its number.
HEADROOM = 1.08
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_IDS = ('aria-labelledby="roofpv-title roofpv-desc"', 'id="roofpv-title"', 'id="roofpv-desc"')


@dataclass(frozen=True)
class About:
    """A chart: ``name`` for its ids, and its title and notes in its language."""

    name: str
    title: str
    language: str
    notes: tuple[str, ...] = ()

    @property
    def top(self) -> float:
        """Where the picture begins, below title and notes. [px]"""
        return 44.0 + _NOTE_LINE * len(_noted(self)) + 8.0


def _noted(about: About) -> list[str]:
    lines = [svg.wrap(note, NOTE, ROOM, _MOST_NOTE_LINES) for note in about.notes]
    return [line for group in lines for line in group]


def drawing(about: About, high: float, pieces: Sequence[str], described: str) -> str:
    """
    A whole SVG of a chart, 760 px wide.

    Parameters
    ----------
    about : About
    high : float
        [px]
    pieces : sequence of str
        Below ``about.top``.
    described : str
        What it shows, in sentences; the notes follow.
    """
    drawn = [svg.text(EDGE, 30.0, svg.fit(about.title, TITLE, ROOM), TITLE)]
    for place, words in enumerate(_noted(about)):
        drawn.append(svg.text(EDGE, 50.0 + _NOTE_LINE * place, words, NOTE))
    told = " ".join([described, *about.notes])
    if about.language == "zh":
        told = _SIGN.sub(lambda found: _FULL_WIDTH[found[1]], told)
    page = svg.Page(WIDE, high, about.title, told, about.language)
    return with_ids(svg.page(page, [*drawn, *pieces]), about.name)


def with_ids(picture: str, name: str) -> str:
    """A picture of ``svg.page`` whose ids bear a name, so that a page may hold several."""
    for words in _IDS:
        # The first of each stands in front of all that the data say.
        own = words.replace("roofpv-", f"roofpv-{name}-")
        picture = picture.replace(words, own, 1)
    return picture


@dataclass(frozen=True)
class Mark:
    """One entry of a legend: a filled swatch, or a line where there is a ``stroke``."""

    label: str
    fill: str = ""
    stroke: svg.Stroke | None = None


def legend(marks: Sequence[Mark], left: float, top: float, room: float) -> tuple[list[str], float]:
    """Marks in lines of at most ``room`` pixels, and where the next thing may begin. [px]"""
    drawn: list[str] = []
    x, y = left, top
    for mark in marks:
        words = svg.fit(mark.label, NOTE, room - _SWATCH - 6.0)
        wide = _SWATCH + 6.0 + svg.text_width(words, NOTE) + 14.0
        if x > left and x + wide - 14.0 > left + room:
            x, y = left, y + _LEGEND_LINE
        drawn += [_swatch(mark, x, y), svg.text(x + _SWATCH + 6.0, y + 11.0, words, NOTE)]
        x += wide
    return drawn, y + _LEGEND_LINE + 4.0


def _swatch(mark: Mark, x: float, y: float) -> str:
    if mark.fill:
        outline = mark.stroke or svg.Stroke(colours.FAINT, 0.6)
        return svg.rect(svg.Box(x, y + 1.0, _SWATCH, 12.0), mark.fill, outline)
    return svg.line((x, y + 7.0), (x + _SWATCH, y + 7.0), mark.stroke or GROUND)


def ticks(most: float, count: int = 5) -> list[float]:
    """Round numbers from 0 to at least ``most``; 0 and 1 where that is nothing."""
    if not (math.isfinite(most) and most > 0.0):
        return [0.0, 1.0]
    rough = most / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in _STEPS if one * power >= rough * (1.0 - 1e-12))
    last = math.ceil(most / step - 1e-9)
    return [round(place * step, 12) for place in range(last + 1)]


def tick_names(scale: Sequence[float]) -> list[str]:
    """Ticks with thousands apart, all to the same digits."""
    digits = next((n for n in range(9) if all(round(one, n) == one for one in scale)), 9)
    return [f"{one:,.{digits}f}" for one in scale]


def of_size(most: float, units: Sequence[tuple[float, str]]) -> tuple[float, str]:
    """The largest unit (size, name) of which there are ten, else the first; smallest first."""
    fitting = [unit for unit in units if math.isfinite(most) and abs(most) >= 10.0 * unit[0]]
    return fitting[-1] if fitting else units[0]


ENERGY = ((1.0, "kWh"), (1e3, "MWh"), (1e6, "GWh"), (1e9, "TWh"))
POWER = ((1.0, "kWp"), (1e3, "MWp"), (1e6, "GWp"))


def words(key: str, language: str, said: Mapping[str, object] | None = None) -> str:
    """Text of the charts."""
    return say(f"charts.{key}", language, said)


def upright_axis(box: svg.Box, scale: Sequence[float], unit: str) -> list[str]:
    """Lines of a scale that begins at 0 on the ground of a box, with their numbers to the left."""
    drawn = []
    for tick, name in zip(scale, tick_names(scale), strict=True):
        y = box.bottom - (tick - scale[0]) / (scale[-1] - scale[0]) * box.height
        drawn.append(svg.line((box.left, y), (box.right, y), RULE))
        number = svg.Font(11, "end", colours.FAINT)
        drawn.append(svg.text(box.left - 6.0, y + 4.0, name, number))
    drawn.append(svg.line((box.left, box.bottom), (box.right, box.bottom), GROUND))
    # To the left of the picture, above the highest number.
    drawn.append(svg.text(EDGE, box.top - 10.0, unit, NOTE))
    return drawn
