"""Energy of the city month by month, its districts one upon the other."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from roofpv.report import colours, svg
from roofpv.report.charts import frame
from roofpv.report.charts.frame import words
from roofpv.report.charts.scales import PARTS, REST
from roofpv.report.city import MONTHS, Figure, shown_figure
from roofpv.text import plain

_HIGH, _LEFT = 260.0, 74.0
_EDGE = svg.Stroke(colours.PAPER, 0.8)


def monthly_svg(table: pd.DataFrame, language: str, left_out: int = 0) -> str | None:
    """
    Energy by month, a bar a month, stacked by district.

    Parameters
    ----------
    table : DataFrame (district, month)
        ``district month ac_kwh``, a row for each; in any order. A month of NaN is not drawn. [kWh]
    language : str
        ``en`` or ``zh``.
    left_out : int
        Buildings that are not in it, told in a note.

    Returns
    -------
    str or None
        SVG; of more than 5 districts the smaller are one part. None without any energy.
    """
    known = table[table["ac_kwh"].notna()]
    parts = _parts(known, language)
    year = math.fsum(known["ac_kwh"])
    if not year > 0.0:
        return None
    months = [math.fsum(column) for column in zip(*(part for _, part, _ in parts), strict=True)]
    size, unit = frame.of_size(max(months), frame.ENERGY)
    said = {"energy": f"{shown_figure(year / size, Figure(1))} {unit}", "unit": unit}
    notes = [words("monthly.note", language, said)]
    if left_out:
        notes.append(words("monthly.left_out", language, {"count": f"{left_out:,}"}))
    title = words("monthly.title", language)
    about = frame.About("monthly", title, language, tuple(notes))
    marks = [frame.Mark(name, fill) for name, _, fill in parts]
    drawn, y = frame.legend(marks, frame.EDGE, about.top, frame.ROOM)
    box = svg.Box(_LEFT, y + 24.0, frame.WIDE - _LEFT - frame.EDGE, _HIGH)
    scale = frame.ticks(max(months) / size * frame.HEADROOM)
    drawn += frame.upright_axis(box, scale, unit)
    drawn += _bars(parts, box, scale[-1] * size)
    drawn += _names(months, box, (size, scale[-1]), language)
    return frame.drawing(about, box.bottom + 34.0, drawn, " ".join(_told(parts, size, unit)))


Part = tuple[str, list[float], str]


def _parts(known: pd.DataFrame, language: str) -> list[Part]:
    """Name, months and colour of each district, the largest first, and of all others together."""
    cells: dict[str, dict[int, list[float]]] = {}
    for name, month, kwh in known[["district", "month", "ac_kwh"]].itertuples(index=False):
        cells.setdefault(str(name), {}).setdefault(int(month), []).append(float(kwh))
    whole = {
        name: math.fsum(kwh for one in own.values() for kwh in one) for name, own in cells.items()
    }
    order = sorted(cells, key=lambda name: (-whole[name], name))
    most = len(PARTS) if len(order) > len(PARTS) else len(order)
    groups = [[name] for name in order[:most]] + ([order[most:]] if order[most:] else [])
    parts = []
    for place, group in enumerate(groups):
        months = [math.fsum(_of(cells, group, month)) for month in MONTHS]
        rest = words("monthly.rest", language, {"count": len(group)})
        named = plain(group[0]) or words("districts.unnamed", language)
        several = place == len(PARTS)
        parts.append((rest if several else named, months, REST if several else PARTS[place]))
    return parts


def _of(cells: dict[str, dict[int, list[float]]], group: list[str], month: int) -> Iterator[float]:
    for name in group:
        yield from cells[name].get(month, [])


def _bars(parts: list[Part], box: svg.Box, most: float) -> list[str]:
    drawn = []
    wide = box.width / len(MONTHS)
    for place in range(len(MONTHS)):
        y = box.bottom
        for _, months, fill in parts:
            high = months[place] / most * box.height
            y -= high
            if high > 0.0:
                left = box.left + (place + 0.15) * wide
                drawn.append(svg.rect(svg.Box(left, y, wide * 0.7, high), fill, _EDGE))
    return drawn


def _names(
    months: list[float], box: svg.Box, scale: tuple[float, float], language: str
) -> list[str]:
    size, most = scale
    drawn = []
    wide = box.width / len(MONTHS)
    names = words("monthly.months", language).split("|")
    for place, kwh in enumerate(months):
        x = box.left + (place + 0.5) * wide
        drawn.append(svg.text(x, box.bottom + 17.0, names[place], svg.Font(12, "middle")))
        y = box.bottom - kwh / size / most * box.height
        number = svg.Font(11, "middle")
        said = shown_figure(kwh / size, Figure(1))
        ground = svg.text_width(said, number)
        drawn.append(svg.rect(svg.Box(x - ground / 2, y - 14.0, ground, 11.0), colours.PAPER))
        drawn.append(svg.text(x, y - 4.0, said, number))
    return drawn


def _told(parts: list[Part], size: float, unit: str) -> Iterator[str]:
    for name, months, _ in parts:
        said = ", ".join(shown_figure(kwh / size, Figure(1)) for kwh in months)
        yield f"{name}: {said} {unit}."
