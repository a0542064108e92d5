"""The map of the roofs on paper: coloured by a column, a panel for each place of many roofs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.report import colours, svg
from roofpv.report.charts import frame, mapmarks
from roofpv.report.charts.frame import words
from roofpv.report.charts.mapmarks import Drawn
from roofpv.report.charts.places import Floats, Places, View, groups_of, places_of, view_of
from roofpv.report.charts.scales import Scale, scale_of, values_of
from roofpv.report.city import Figure, unit_of, with_unit
from roofpv.text import plain

# Above so many buildings they are summed up in squares.
MOST_ROOFS = 20_000
_MOST_PANELS, _LEAST_SHARE = 5, 0.05
# One panel is enough where the largest group fills so much of each side of all.
_FILLS = 0.55
_ALONE_HIGH = (240.0, 560.0)
_GAP, _PANEL_WIDE, _PANEL_HIGH, _LABEL_HIGH = 16.0, (frame.ROOM - 16.0) / 2, 230.0, 22.0
_BAR_PX = 90.0
_FRAME = svg.Stroke(colours.FAINT, 0.8)


@dataclass(frozen=True)
class _Panel:
    """A view, its name, and whether it is the one of the whole."""

    view: View
    name: str
    whole: bool = False


def map_svg(
    buildings: pd.DataFrame, column: str, language: str, scale: Scale | None = None
) -> str | None:
    """
    Map of buildings coloured by a column.

    Parameters
    ----------
    buildings : GeoDataFrame or DataFrame (building,)
        Of a result: outlines, or points ``lon lat`` [deg]; in any order.
    column : str
        One of ``scales.COLUMNS``, or another number of the data dictionary.
    language : str
        ``en`` or ``zh``.
    scale : Scale, optional
        Colours; those of ``scale_of`` for these buildings.

    Returns
    -------
    str or None
        SVG, north up, without any ground but the buildings. Where they stand in several places a
        panel shows each, beside an overview; above 20,000 of them squares sum them up. None where
        no building has a place.
    """
    places = places_of(buildings)
    if not places.known.any():
        return None
    values = values_of(buildings, column)
    scale = scale or scale_of(column, values[places.known])
    classes = scale.places(values)
    numbers = classes.astype(np.float64)
    if scale.bounds:
        numbers = values.to_numpy(np.float64, na_value=np.nan)
    drawn = Drawn(scale, classes, numbers, f"roofpv-{_name(column)}-unknown")
    whole = _Map(buildings, places, drawn, language)
    summed = int(places.known.sum()) > MOST_ROOFS
    found = None if summed else _picture(whole, summed=False)
    return found or _picture(whole, summed=True)


@dataclass(frozen=True)
class _Map:
    """All that a map is made of."""

    buildings: pd.DataFrame
    places: Places
    drawn: Drawn
    language: str


def _picture(whole: _Map, *, summed: bool) -> str | None:
    """The map with its buildings one by one, None if that is too much, or summed up."""
    places, drawn, language = whole.places, whole.drawn, whole.language
    column = drawn.scale.column
    notes = tuple(_notes(drawn, places, summed, language))
    about = frame.About(_name(column), _title(drawn.scale, language), language, notes)
    key, y = _legend(drawn, places, about.top, language)
    panels, bottom = _panels(whole, y)
    pieces, count = _summed(whole, panels) if summed else _singly(whole, panels)
    if not summed and count > mapmarks.MOST_CORNERS:
        return None
    if summed:
        said = words("map.largest", language, {"count": f"{count:,}"})
        pieces.append(svg.text(frame.EDGE, bottom, said, frame.NOTE))
        bottom += 16.0
    told = " ".join(_told(drawn, places, language))
    return frame.drawing(about, bottom, [mapmarks.hatch(drawn.unknown), *key, *pieces], told)


def _name(column: str) -> str:
    return f"map-{column.replace('_', '-')}"


def _title(scale: Scale, language: str) -> str:
    unit = "" if scale.unit == "%" else unit_of(Figure(unit=scale.unit), language)
    what = with_unit(scale.titles[language], unit, language)
    return words("map.title", language, {"what": what})


def _notes(drawn: Drawn, places: Places, summed: bool, language: str) -> Iterator[str]:
    how = "each"
    if summed:
        how = "summed_numbers" if drawn.scale.bounds else "summed_words"
    yield words(f"map.{how}", language)
    without = int((~places.known).sum())
    if without:
        yield words("map.without", language, {"count": f"{without:,}"})
    if not summed and (places.known & ~places.outlined).any():
        yield words("map.points", language)


def _counts(drawn: Drawn, places: Places) -> list[tuple[int, int]]:
    """Classes and how many buildings of the map are of each; what is not known comes last."""
    counts = np.bincount(drawn.classes[places.known] + 1, minlength=len(drawn.scale.classes) + 1)
    return [*enumerate(counts[1:].tolist()), *([(-1, int(counts[0]))] if counts[0] else [])]


def _label(drawn: Drawn, place: int, language: str) -> str:
    one = drawn.scale.classes[place] if place >= 0 else drawn.scale.missing
    return one.labels[language]


def _legend(drawn: Drawn, places: Places, top: float, language: str) -> tuple[list[str], float]:
    stop = "：" if language == "zh" else ": "
    marks = [
        frame.Mark(f"{_label(drawn, place, language)}{stop}{count:,}", drawn.fill(place))
        for place, count in _counts(drawn, places)
    ]
    return frame.legend(marks, frame.EDGE, top, frame.ROOM)


def _told(drawn: Drawn, places: Places, language: str) -> Iterator[str]:
    for place, count in _counts(drawn, places):
        yield f"{_label(drawn, place, language)}: {count:,};"


def _panels(whole: _Map, top: float) -> tuple[list[_Panel], float]:
    """Views of the groups of many buildings, the whole before them, and where they end. [px]"""
    places = whole.places
    groups = np.full(len(places.lon), -1, dtype=np.int64)
    groups[places.known] = groups_of(places.lon[places.known], places.lat[places.known])
    sizes = np.bincount(groups[places.known])
    enough = sizes >= max(2.0, _LEAST_SHARE * float(sizes.sum()))
    chosen = np.flatnonzero(enough)[:_MOST_PANELS].tolist()
    ends = places.corners(places.known)
    if not chosen or (len(chosen) == 1 and _fills(ends, places.corners(groups == chosen[0]))):
        low, high = _ALONE_HIGH
        box = svg.Box(frame.EDGE, top, frame.ROOM, high)
        view = view_of(*ends, box)
        _, y = view.to_px(*ends)
        least = float(np.ptp(y)) + 60.0
        box = svg.Box(box.left, top, box.width, min(max(least, low), high))
        return [_Panel(view_of(*ends, box), "")], box.bottom + 20.0
    boxes = [_box(place, top) for place in range(len(chosen) + 1)]
    panels = [_Panel(view_of(*ends, boxes[0]), words("map.whole", whole.language), whole=True)]
    for number, group in enumerate(chosen, 1):
        mine = groups == group
        name = _panel_name(whole, mine, number)
        panels.append(_Panel(view_of(*places.corners(mine), boxes[number]), name))
    return panels, boxes[-1].bottom + 20.0


def _fills(all_ends: tuple[Floats, Floats], ends: tuple[Floats, Floats]) -> bool:
    """Whether some places reach across most of each side of all."""
    sides = [float(np.ptp(one)) for one in all_ends]
    return all(np.ptp(v) >= _FILLS * side for v, side in zip(ends, sides, strict=True))


def _box(place: int, top: float) -> svg.Box:
    row, column = divmod(place, 2)
    left = frame.EDGE + column * (_PANEL_WIDE + _GAP)
    y = top + _LABEL_HIGH + row * (_PANEL_HIGH + _LABEL_HIGH + _GAP)
    return svg.Box(left, y, _PANEL_WIDE, _PANEL_HIGH)


def _panel_name(whole: _Map, mine: npt.NDArray[np.bool_], number: int) -> str:
    """Number of a panel and the district that most of its buildings are in."""
    district = values_of(whole.buildings, "district").astype(object).to_numpy()[mine]
    found = Counter(one for one in district.tolist() if isinstance(one, str))
    most = min(found, key=lambda one: (-found[one], one)) if found else ""
    said = {"number": number, "name": plain(most), "count": f"{int(mine.sum()):,}"}
    return words("map.panel" if most else "map.panel_unnamed", whole.language, said)


def _singly(whole: _Map, panels: Sequence[_Panel]) -> tuple[list[str], int]:
    """All panels with their buildings one by one, and how many corners these have."""
    pieces, corners = [], 0
    for panel in panels:
        if panel.whole:
            marks = mapmarks.dots(whole.drawn, whole.places, panel.view)
        else:
            marks, took = mapmarks.roofs(whole.drawn, whole.places, panel.view)
            corners += took
        pieces += _framed(panel, panels, marks)
    return pieces, corners


def _summed(whole: _Map, panels: Sequence[_Panel]) -> tuple[list[str], int]:
    """All panels with their buildings summed up, and how many the largest square stands for."""
    pieces, most = [], 0
    for panel in panels:
        marks, largest = mapmarks.squares(whole.drawn, whole.places, panel.view)
        most = max(most, largest)
        pieces += _framed(panel, panels, marks)
    return pieces, most


def _framed(panel: _Panel, panels: Sequence[_Panel], marks: Sequence[str]) -> list[str]:
    box = panel.view.box
    pieces = [svg.rect(box, colours.PAPER, _FRAME), svg.element("g", {}, *marks)]
    if panel.name:
        font = svg.Font(12, bold=True)
        pieces.append(svg.text(box.left, box.top - 7.0, svg.fit(panel.name, font, box.width), font))
    if panel.whole:
        for number, other in enumerate(panels[1:], 1):
            pieces += _outlined(number, other.view, panel.view)
    return [*pieces, *_scale_bar(panel.view)]


def _outlined(number: int, inner: View, outer: View) -> list[str]:
    """Where a panel lies in the whole."""
    metres = inner.box.width / inner.px_per_m, inner.box.height / inner.px_per_m
    x, y = outer.to_px(np.array([inner.lon]), np.array([inner.lat]))
    wide, high = (max(one * outer.px_per_m, 6.0) for one in metres)
    box = svg.Box(float(x[0]) - wide / 2, float(y[0]) - high / 2, wide, high)
    font = svg.Font(12, bold=True)
    label = svg.text(box.right + 3.0, box.top + 10.0, str(number), font)
    return [svg.rect(box, "none", svg.Stroke(colours.INK, 1.2)), label]


def _scale_bar(view: View) -> list[str]:
    """A bar of a round length at the lower left, on a ground of its own."""
    metres = _round_down(_BAR_PX / view.px_per_m)
    long = metres * view.px_per_m
    said = f"{metres / 1000.0:,.9g} km" if metres >= 1000.0 else f"{metres:,.9g} m"
    font, left, y = svg.Font(10.5), view.box.left + 8.0, view.box.bottom - 9.0
    wide = long + 10.0 + svg.text_width(said, font)
    bar = [(left, y - 4.0), (left, y), (left + long, y), (left + long, y - 4.0)]
    return [
        svg.rect(svg.Box(left - 4.0, y - 12.0, wide + 4.0, 17.0), colours.PAPER),
        svg.polyline(bar, svg.Stroke(colours.INK, 1.4)),
        svg.text(left + long + 6.0, y, said, font),
    ]


def _round_down(metres: float) -> float:
    power = 10.0 ** math.floor(math.log10(metres))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= metres * (1 + 1e-9))
