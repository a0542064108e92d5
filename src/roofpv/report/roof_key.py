"""Legend and figures beside the drawing of a roof."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from roofpv.catalogue import has_text, say
from roofpv.report import colours, roof_marks, svg
from roofpv.report.roof_shapes import Slope, merged, slopes
from roofpv.report.roof_sheet import RoofDrawing, Sheet
from roofpv.text import plain

_HEADING, _WORDS = svg.Font(14, bold=True), svg.Font(12.5)
_VALUE, _NOTE = svg.Font(12.5, "end"), svg.Font(12, fill=colours.FAINT)
_STEP, _LINE, _HEAD_STEP, _NOTE_STEP, _APART = 24.0, 15.0, 27.0, 17.0, 10.0
_SWATCH, _INDENT = svg.Box(0, -13, 26, 17), 36.0


def swatch(mark: str, box: svg.Box) -> list[str]:
    """
    Sample of a mark of roofs.

    ``mark`` is a reason of a deduction, "installable", "modules", "outline", "edge" or "slope".
    """
    middle = (box.top + box.bottom) / 2
    if mark in roof_marks.REASONS:
        return [svg.rect(box, roof_marks.hatch(mark), roof_marks.HATCHED)]
    if mark == "installable":
        return [svg.rect(box, roof_marks.INSTALLABLE, roof_marks.FREE)]
    if mark == "modules":
        half = svg.Box(box.left, box.top, box.width / 2, box.height)
        other = svg.Box(half.right, box.top, half.width, box.height)
        seam = svg.Stroke(roof_marks.MODULE_SEAM, 0.9)
        return [svg.rect(one, roof_marks.MODULE, seam) for one in (half, other)]
    if mark == "slope":
        return roof_marks.arrow(Slope((box.left + box.width / 2, middle), 12.0, 90.0, 0.0))
    strokes = {"outline": roof_marks.OUTLINE, "edge": roof_marks.EDGE}
    if mark in strokes:
        return [svg.line((box.left, middle), (box.right, middle), strokes[mark])]
    return []


@dataclass(frozen=True)
class Row:
    """
    One line: what its mark is, its words and its value with the unit.

    ``mark`` is one that the key knows, or "" for none.
    """

    mark: str
    words: str
    value: str


@dataclass(frozen=True)
class Key:
    """
    What stands beside a roof: what its marks mean, figures, notes; in one language.

    ``swatch`` draws a sample of a mark into a box.
    """

    legend: tuple[Row, ...]
    figures: tuple[Row, ...]
    notes: tuple[str, ...]
    lang: str
    swatch: Callable[[str, svg.Box], list[str]] = swatch


def draw(key: Key, box: svg.Box) -> list[str]:
    """Legend and figures from the top of the box, notes at its foot; figures too many: counted."""
    notes = [line for note in key.notes for line in svg.wrap(note, _NOTE, box.width, 3)]
    foot = box.bottom - len(notes) * _NOTE_STEP
    drawn, y = _block(key, "legend", key.legend, svg.Box(box.left, box.top + 12, box.width, 0))
    figures = _shortened(key, box.width, foot - y - 12 - _HEAD_STEP)
    more, _ = _block(key, "facts", figures, svg.Box(box.left, y + 12, box.width, 0))
    told = [
        svg.text(box.left, foot + (place + 1) * _NOTE_STEP - 4, line, _NOTE)
        for place, line in enumerate(notes)
    ]
    return [*drawn, *more, *told]


def told(key: Key) -> list[str]:
    """The same in sentences."""
    stop = "。" if key.lang == "zh" else "."
    rows = [row for row in (*key.legend, *key.figures) if row.value]
    lines = (f"{plain(row.words, 200)}: {plain(row.value, 200)}{stop}" for row in rows)
    return [*lines, *key.notes]


def legend(drawing: RoofDrawing, sheet: Sheet) -> tuple[Row, ...]:
    """What the marks mean, each deduction and the rest of the roof with its area."""
    lang, given = drawing.lang, dict(drawing.facts)
    rows = []
    for reason in roof_marks.REASONS:
        found = sheet.deducted.get(reason)
        words = say(f"roof_picture.reason.{reason}", lang)
        if found is not None:
            rows.append(Row(reason, words, given.get(reason, _area(found))))
        elif reason in given:
            words = say("roof_picture.no_place", lang, {"what": words})
            rows.append(Row("", words, given[reason]))
    counts = (
        ("installable", sheet.installable, _area(merged(sheet.installable))),
        ("modules", sheet.modules, f"{len(sheet.modules):,}"),
    )
    for name, drawn, value in counts:
        words = say(f"roof_picture.fact.{name}", lang)
        if len(drawn) or name in given:
            rows.append(Row(name if len(drawn) else "", words, given.get(name, value)))
    rows += [Row(mark, say(f"roof_picture.{mark}", lang), "") for mark in _lines(sheet)]
    return tuple(rows)


def _lines(sheet: Sheet) -> list[str]:
    """Lines and arrows of the drawing that the legend explains."""
    if sheet.place is None or not sheet.planes:
        return []
    sloping = any(slopes(sheet.planes, sheet.place))
    return ["outline", *["edge"] * (len(sheet.planes) > 1), *["slope"] * sloping]


def figures(drawing: RoofDrawing) -> tuple[Row, ...]:
    """Facts that the legend does not hold."""
    rows = []
    for label, value in drawing.facts:
        if label not in (*roof_marks.REASONS, "installable", "modules"):
            key = f"roof_picture.fact.{label}"
            words = say(key, drawing.lang) if has_text(key) else plain(label, 200)
            rows.append(Row("", words, plain(value, 200)))
    return tuple(rows)


def _area(parts: npt.NDArray[np.object_]) -> str:
    """Area as text, to a tenth where it is small [m2]."""
    area = float(shapely.area(parts).sum())
    return f"{area:,.0f} m²" if area >= 100 else f"{area:,.1f} m²"


def _shortened(key: Key, width: float, room: float) -> Sequence[Row]:
    """Figures that the room holds; the others are counted in a last line."""
    if sum(_height(row, width) for row in key.figures) <= room:
        return key.figures
    kept, room = 0, room - _STEP
    while room >= _height(key.figures[kept], width):
        room -= _height(key.figures[kept], width)
        kept += 1
    left = f"{len(key.figures) - kept:,}"
    more = say("roof_picture.note.more", key.lang, {"n": left})
    return [*key.figures[:kept], Row("", more, "")]


def _block(key: Key, title: str, rows: Sequence[Row], box: svg.Box) -> tuple[list[str], float]:
    """Heading and lines from the top of a box, and where the next may begin; nothing of nothing."""
    y = box.top
    if not rows:
        return [], y
    drawn = [svg.text(box.left, y, say(f"roof_picture.{title}", key.lang), _HEADING)]
    drawn.append(svg.line((box.left, y + 7), (box.right, y + 7), svg.Stroke(colours.GRID)))
    indent = _INDENT if any(row.mark for row in rows) else 0.0
    y += _HEAD_STEP
    for row in rows:
        if row.mark:
            place = svg.Box(box.left, y + _SWATCH.top, _SWATCH.width, _SWATCH.height)
            drawn += key.swatch(row.mark, place)
        drawn += _row(row, box, y, indent)
        y += _height(row, box.width - indent)
    return drawn, y


def _row(row: Row, box: svg.Box, y: float, indent: float) -> list[str]:
    words, values = _set(row, box.width - indent)
    return [
        *(svg.text(box.left + indent, y + n * _LINE, one, _WORDS) for n, one in enumerate(words)),
        *(svg.text(box.right, y + n * _LINE, one, _VALUE) for n, one in enumerate(values)),
    ]


def _height(row: Row, room: float) -> float:
    return _STEP + (max(map(len, _set(row, room))) - 1) * _LINE


def _set(row: Row, room: float) -> tuple[list[str], list[str]]:
    """Words and value of a row in one or two lines each, side by side in the room."""
    kept = min(svg.text_width(row.words, _WORDS) + _APART, room / 2)
    values = svg.wrap(row.value, _WORDS, room - kept, 2)
    taken = max((svg.text_width(line, _WORDS) + _APART for line in values), default=0.0)
    return svg.wrap(row.words, _WORDS, room - taken, 2), values
