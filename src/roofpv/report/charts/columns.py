"""Rows of places with a column of bars for each quantity, all on one ground line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from roofpv.report import colours, svg
from roofpv.report.charts import frame

# Beside the longest name ``SIDE_BY_SIDE`` columns have room.
_BETWEEN, _NARROWEST, _LONGEST_NAME, SIDE_BY_SIDE = 16.0, 134.0, 126.0, 4
_HEAD, _ROW, _NUMBER = 40.0, 28.0, 50.0
_BAR, _PAD = 11.0, 2.0


@dataclass(frozen=True)
class Bar:
    """One bar: its length in the unit of its column (NaN: none), its colour and its number."""

    value: float
    fill: str
    number: str


@dataclass(frozen=True)
class Column:
    """One quantity: ``rows`` are the bars of each place; ``asked`` is a line to hold them to."""

    title: str
    rows: tuple[tuple[Bar, ...], ...]
    asked: float | None = None
    asked_text: str = ""


def columns(places: Sequence[str], shown: Sequence[Column], top: float) -> tuple[list[str], float]:
    """
    Draw columns beside the names of their places, as many side by side as there is room for.

    Parameters
    ----------
    places : sequence of str
        One for each of a column's ``rows``.
    shown : sequence of Column
    top : float
        [px]

    Returns
    -------
    pieces and bottom
        [px]
    """
    font = svg.Font(12, bold=True)
    longest = max((svg.text_width(name, font) for name in places), default=0.0)
    names = min(longest, _LONGEST_NAME) + 10.0
    most = max(int((frame.ROOM - names + _BETWEEN) // (_NARROWEST + _BETWEEN)), 1)
    # As many in each line as in the others.
    lines = math.ceil(len(shown) / most)
    most = math.ceil(len(shown) / lines)
    drawn: list[str] = []
    for start in range(0, len(shown), most):
        line = shown[start : start + most]
        wide = (frame.ROOM - names - _BETWEEN * (most - 1)) / most
        drawn += _names(places, top + _HEAD, names - 8.0)
        for place, column in enumerate(line):
            left = frame.EDGE + names + place * (wide + _BETWEEN)
            high = _HEAD + _ROW * len(places)
            drawn.append(svg.element("g", {}, *_column(column, svg.Box(left, top, wide, high))))
        top += _HEAD + _ROW * len(places) + 16.0
    return drawn, top


def _names(places: Sequence[str], top: float, room: float) -> list[str]:
    return [
        svg.text(frame.EDGE, top + place * _ROW + 18.0, svg.fit(name, frame.LABEL, room))
        for place, name in enumerate(places)
    ]


def _column(column: Column, box: svg.Box) -> list[str]:
    known = [bar.value for row in column.rows for bar in row if bar.value == bar.value]
    most = max([*known, column.asked or 0.0], default=0.0) or 1.0
    scale = (box.width - _NUMBER) / most
    title = svg.Font(11, fill=colours.INK, bold=True)
    drawn = [svg.text(box.left, box.top + 12.0, svg.fit(column.title, title, box.width), title)]
    ground = (box.left, box.top + _HEAD - 2.0), (box.left, box.bottom)
    numbers = []
    for place, row in enumerate(column.rows):
        y = box.top + _HEAD + place * _ROW + _PAD + (_BAR + 2.0) * (2 - len(row)) / 2
        for bar in row:
            wide = bar.value * scale if bar.value == bar.value else 0.0
            if wide > 0.0:
                shape = svg.Box(box.left, y, wide, _BAR)
                drawn.append(svg.rect(shape, bar.fill, svg.Stroke(colours.INK, 0.4)))
            numbers += _number(bar.number, box.left + wide, y)
            y += _BAR + 2.0
    drawn.append(svg.line(*ground, frame.GROUND))
    if column.asked is not None:
        drawn += _asked(column, box, scale)
    return drawn + numbers


def _asked(column: Column, box: svg.Box, scale: float) -> list[str]:
    x = box.left + (column.asked or 0.0) * scale
    font = svg.Font(10.5, "middle" if x - box.left > 14.0 else "start", colours.INK)
    return [
        svg.line((x, box.top + _HEAD - 4.0), (x, box.bottom), frame.ASKED),
        svg.text(x, box.top + _HEAD - 8.0, column.asked_text, font),
    ]


def _number(said: str, left: float, y: float) -> list[str]:
    """Number behind a bar, on a ground of its own where a line would cross it."""
    font = svg.Font(10.5)
    ground = svg.Box(left + 3.0, y + 1.0, svg.text_width(said, font) + 2.0, _BAR - 1.0)
    return [svg.rect(ground, colours.PAPER), svg.text(left + 5.0, y + 9.5, said, font)]
