"""Marks of a roof drawing: hatches of deductions, arrows down the slope, north, a scale bar."""

from __future__ import annotations

import math

from roofpv.report import colours, svg
from roofpv.report.roof_shapes import Slope

REASONS = ("unsuitable", "shaded", "zones", "edges", "plant", "other_use", "narrow", "stated")
ROOF, INSTALLABLE, MODULE, MODULE_SEAM = "#f1f1ee", "#dcebf7", "#1f4e79", "#ffffff"
OUTLINE = svg.Stroke(colours.INK, 2.4)
EDGE = svg.Stroke(colours.INK, 1.1)
HATCHED = svg.Stroke(colours.FAINT, 0.7)
FREE = svg.Stroke("#0072b2", 1.0, "5 3")
_TILE = 8.0
# Grounds after Okabe and Ito, made pale; the mark alone tells them apart in grey print.
_GROUNDS = {
    "unsuitable": "#d9d9d9",
    "shaded": "#c4c9d4",
    "zones": "#f8d9c6",
    "edges": "#ffffff",
    "plant": "#f6d58a",
    "other_use": "#cdeadf",
    "narrow": "#f0dbe7",
    "stated": "#fbf7c8",
}
# Lines run over the border of the tile, so that neighbours join.
_RISING, _FALLING = "M-2 2l4-4M-2 10l12-12M6 10l4-4", "M-2 6l4 4M-2-2l12 12M6-2l4 4"
_LINED = {
    "unsuitable": (_RISING + _FALLING, 0.9, colours.INK),
    "shaded": ("M0 4h8", 2.4, "#39414f"),
    "zones": (_RISING, 2.4, "#a83c00"),
    "edges": (_FALLING, 0.9, "#00568a"),
    "narrow": ("M0 2h8M0 6h8", 1.0, "#7a2a57"),
    "stated": ("M2 0v8M6 0v8", 1.0, "#5f5600"),
}
_NICE = (1.0, 2.0, 5.0)


def hatch(reason: str) -> str:
    """Fill of a deduction."""
    return f"url(#roofpv-{reason})"


def patterns() -> str:
    """Definitions of all hatches."""
    return svg.element("defs", {}, *(_pattern(reason) for reason in REASONS))


def _pattern(reason: str) -> str:
    tile: dict[str, str | float] = {"id": f"roofpv-{reason}", "width": _TILE, "height": _TILE}
    ground = svg.rect(svg.Box(0, 0, _TILE, _TILE), _GROUNDS[reason])
    return svg.element("pattern", {**tile, "patternUnits": "userSpaceOnUse"}, ground, _mark(reason))


def _mark(reason: str) -> str:
    """What repeats on the ground: lines five ways, dots or squares."""
    if reason == "other_use":
        return _dot(2.0) + _dot(6.0)
    if reason == "plant":
        return svg.rect(svg.Box(2, 2, 4, 4), "#4a3500")
    return _lines(*_LINED[reason])


def _dot(at: float) -> str:
    return svg.element("circle", {"cx": at, "cy": at, "r": 1.3, "fill": "#00664b"})


def _lines(data: str, width: float, colour: str = colours.INK) -> str:
    return svg.element("path", {"d": data, "fill": "none", "stroke": colour, "stroke-width": width})


def area(data: str, fill: str, stroke: svg.Stroke | None = None) -> str:
    """Filled shapes of one path, holes left open."""
    looks: dict[str, str | float] = {"d": data, "fill": fill, "fill-rule": "evenodd"}
    lined = {**stroke.attributes(), "stroke-linejoin": "round"} if stroke else {}
    return svg.element("path", {**looks, **lined})


def slope(along: Slope) -> list[str]:
    """Arrow down a plane, its tilt in degrees beside it if it is told, readable on any ground."""
    if not along.is_told:
        return arrow(along)
    words, font = f"{along.tilt_deg:.0f}°", svg.Font(12, "middle", bold=True)
    wide = svg.text_width(words, font)
    east, south = _way(along.azimuth_deg)
    clear = abs(south) * wide / 2 + abs(east) * 8 + 7
    cx, cy = _beside(along.middle, (east, south), 0.0, clear)
    ground = svg.Box(cx - wide / 2 - 1, cy - 8, wide + 2, 16)
    return [
        *arrow(along),
        svg.rect(ground, colours.PAPER),
        svg.text(cx, cy + 4.3, words, font),
    ]


def arrow(along: Slope) -> list[str]:
    """Arrow alone, light around dark."""
    way = _way(along.azimuth_deg)
    tail = _beside(along.middle, way, -along.reach, 0.0)
    tip = _beside(along.middle, way, along.reach, 0.0)
    left, right = (_beside(tip, way, -7.0, side) for side in (4.0, -4.0))
    shaft = f"M{_at(tail)}L{_at(tip)}M{_at(left)}L{_at(tip)}L{_at(right)}"
    return [_lines(shaft, 5.0, colours.PAPER), _lines(shaft, 1.8)]


def _way(azimuth_deg: float) -> tuple[float, float]:
    """East and south parts of a direction."""
    turn = math.radians(azimuth_deg)
    return math.sin(turn), -math.cos(turn)


def _beside(
    point: tuple[float, float], way: tuple[float, float], along: float, across: float
) -> tuple[float, float]:
    east, south = way
    return (
        point[0] + east * along - south * across,
        point[1] + south * along + east * across,
    )


def _at(point: tuple[float, float]) -> str:
    return f"{svg.number(point[0])} {svg.number(point[1])}"


def north(x: float, bottom: float, letter: str) -> list[str]:
    """Needle that points up, the letter above it; 46 px high."""
    dark = f"M{_at((x, bottom - 30))}l-8 30l8-7z"
    light = f"M{_at((x, bottom - 30))}l8 30l-8-7z"
    return [
        svg.text(x, bottom - 34, letter, svg.Font(14, "middle", bold=True)),
        area(dark, colours.INK, svg.Stroke(colours.INK)),
        area(light, colours.PAPER, svg.Stroke(colours.INK)),
    ]


def scale_bar(left: float, bottom: float, scale: float, longest: float) -> list[str]:
    """Bar of a round length, at most ``longest`` px, in halves of black and white."""
    metres = round_length(longest / scale)
    half = metres * scale / 2
    black = svg.Box(left, bottom - 7, half, 7)
    ink = svg.Stroke(colours.INK)
    drawn = [
        svg.rect(black, colours.INK, ink),
        svg.rect(svg.Box(black.right, black.top, half, 7), colours.PAPER, ink),
    ]
    for share, words in ((0, "0"), (1, f"{metres / 2:,g}"), (2, f"{metres:,g} m")):
        place = left + share * half
        drawn.append(svg.text(place, black.top - 5, words, svg.Font(11, "middle", colours.FAINT)))
    return drawn


def round_length(most: float) -> float:
    """Largest of 1, 2, 5 times a power of ten that is not above ``most`` [m]."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in _NICE if step * power <= most * (1 + 1e-9))
