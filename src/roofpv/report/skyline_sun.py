"""Paths of the sun in a skyline picture: lines, hours and months that do not run into another."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roofpv.catalogue import say
from roofpv.report import svg
from roofpv.report.skyline_marks import line, line_data
from roofpv.report.skyline_sheet import Axes, SkySheet
from roofpv.report.sun_paths import SunPath, hour_line, morning

_Array = npt.NDArray[np.float64]

_SUN, _LIGHT = "#8a3b00", "#ffffff"
_HOUR = svg.Stroke(_SUN, 0.8, "2 3")
_TURNING, _WIDE_PX, _THIN_PX, _CASING_PX, _DOT_PX = ("dec", "mar_sep", "jun"), 2.0, 1.1, 1.8, 4.4
_HOUR_FONT, _MONTH_FONT = svg.Font(11, "middle", _SUN, bold=True), svg.Font(11, "middle", _SUN)
# Half hours from noon at which the months of a path may stand, the best first. [deg]
_PLACES_DEG = tuple(sign * turn for turn in np.arange(7.5, 180.0, 15.0) for sign in (1.0, -1.0))
_LEAST_ELEVATION_DEG, _ABOVE_PX, _BELOW_PX = 0.8, -7.0, 15.0
_APART_PX = 2.0
MARKS = ("sun", "hour")


def sun(sheet: SkySheet, latitude: float) -> list[str]:
    """Paths of the sun with dots at whole hours, and lines from dot to dot."""
    drawn = [svg.element("g", {"class": "hours"}, *_hour_lines(sheet.axes, latitude))]
    for path in sheet.paths:
        width = _WIDE_PX if path.months in _TURNING else _THIN_PX
        data = "".join(line_data(sheet.axes.pixels(*half)) for half in halves(path))
        dots = "".join(f"M{_at(place)}h0" for _, place in _dots(sheet.axes, latitude, path))
        strokes = [svg.Stroke(_LIGHT, width + _CASING_PX), svg.Stroke(_SUN, width)]
        lines = [line(data, stroke) for stroke in strokes]
        if dots:
            round_ = {"d": dots, "stroke-linecap": "round"}
            lines.append(svg.element("path", {**round_, **svg.Stroke(_SUN, _DOT_PX).attributes()}))
        drawn.append(svg.element("g", {"class": f"sun {path.months}"}, *lines))
    return drawn


def halves(path: SunPath) -> list[tuple[_Array, _Array]]:
    """Lines (azimuth, elevation) of a day: one past the middle, else one of each half."""
    after = (-path.azimuth[::-1], path.elevation[::-1])
    if path.passes_middle:
        joined = zip((path.azimuth, path.elevation), after, strict=True)
        azimuth, elevation = (np.concatenate(pair) for pair in joined)
        return [(azimuth, elevation)]
    return [(path.azimuth, path.elevation), after]


def _hour_lines(axes: Axes, latitude: float) -> list[str]:
    drawn = []
    for hour in range(13):
        for elevation, azimuth in hour_line(latitude, hour):
            alone = hour == 12 and abs(azimuth[0]) < 1.0
            for sign in (1.0,) if alone else (1.0, -1.0):
                drawn.append(line(line_data(axes.pixels(sign * azimuth, elevation)), _HOUR))
    return drawn


def _at(place: _Array) -> str:
    return f"{svg.number(place[0])} {svg.number(place[1])}"


def _dots(axes: Axes, latitude: float, path: SunPath) -> list[tuple[int, _Array]]:
    """Whole hours of a day and their pixels."""
    return [
        (hour, place)
        for hour in range(25)
        for place in _stand(axes, latitude, path, 15.0 * (hour - 12))
    ]


def _stand(axes: Axes, latitude: float, path: SunPath, turn_deg: float) -> list[_Array]:
    """Pixels of the sun at an hour angle: none below the horizon, both where noon is on an edge."""
    elevation, azimuth = morning(latitude, path.declination_deg, -abs(turn_deg))
    if elevation < _LEAST_ELEVATION_DEG:
        return []
    sides = (1.0, -1.0) if turn_deg == 0 and not path.passes_middle else (1.0,)
    before = float(azimuth) if turn_deg <= 0 else -float(azimuth)
    return [axes.pixels(side * before, float(elevation)) for side in sides]


@dataclass
class _Words:
    """Words set so far, and the room that they take."""

    box: svg.Box
    drawn: list[str] = field(default_factory=list)
    taken: list[svg.Box] = field(default_factory=list)

    def set(self, middle: tuple[float, float], words: str, font: svg.Font) -> bool:
        """Set words around a middle and on a base line if the room is free."""
        wide = svg.text_width(words, font)
        room = svg.Box(middle[0] - wide / 2, middle[1] - font.size, wide, font.size + 2)
        if not self._is_free(room):
            return False
        self.taken.append(room)
        self.drawn.append(_haloed(middle, words, font))
        return True

    def _is_free(self, room: svg.Box) -> bool:
        inside = self.box.top <= room.top and room.bottom <= self.box.bottom
        beside = self.box.left - 12 <= room.left and room.right <= self.box.right + 12
        return inside and beside and not any(_meet(room, other) for other in self.taken)


def _meet(one: svg.Box, other: svg.Box) -> bool:
    across = one.left < other.right + _APART_PX and other.left < one.right + _APART_PX
    return across and one.top < other.bottom and other.top < one.bottom


def _haloed(middle: tuple[float, float], words: str, font: svg.Font) -> str:
    """Dark words with a light edge, readable on any ground."""
    looks: dict[str, str | float] = {"x": middle[0], "y": middle[1], "font-size": font.size}
    looks |= {"text-anchor": "middle", "fill": font.fill, "paint-order": "stroke"}
    looks |= {"stroke": _LIGHT, "stroke-width": 4.5, "stroke-linejoin": "round"}
    if font.bold:
        looks["font-weight"] = "bold"
    return svg.element("text", looks, svg.escape(words))


def names(sheet: SkySheet, latitude: float, lang: str) -> list[str]:
    """Hours along the longest and the shortest day, then the months of every path."""
    words = _Words(sheet.axes.box)
    longest = "jun" if latitude >= 0 else "dec"
    turning = [path for path in sheet.paths if path.months in ("jun", "dec")]
    for path in sorted(turning, key=lambda path: path.months != longest):
        away = _ABOVE_PX if path.months == longest else _BELOW_PX
        for hour, (x, y) in _dots(sheet.axes, latitude, path):
            words.set((float(x), float(y) + away), f"{hour}", _HOUR_FONT)
    ordered = sorted(sheet.paths, key=lambda path: path.months not in _TURNING)
    for path in ordered:
        said = say(f"skyline_picture.months.{path.months}", lang)
        for turn in _PLACES_DEG:
            stands = _stand(sheet.axes, latitude, path, turn)
            if any(words.set((float(x), float(y) + 4), said, _MONTH_FONT) for x, y in stands):
                break
    return words.drawn


def swatch(mark: str, box: svg.Box) -> list[str]:
    """Sample of one of ``MARKS``."""
    middle = box.top + box.height / 2
    ends = ((box.left, middle), (box.right, middle))
    if mark == "sun":
        return [svg.line(*ends, svg.Stroke(_SUN, _WIDE_PX))]
    dot: dict[str, str | float] = {"cx": box.left + box.width / 2, "cy": middle}
    dot |= {"r": _DOT_PX / 2, "fill": _SUN}
    return [svg.line(*ends, _HOUR), svg.element("circle", dot)]
