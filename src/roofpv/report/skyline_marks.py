"""Marks of a skyline picture: areas under skylines, the sky behind the plane, sun paths, axes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from roofpv.catalogue import say
from roofpv.report import colours, svg
from roofpv.report.skyline_sheet import Axes, Profile, SkySheet

_Array = npt.NDArray[np.float64]

CLIP, BEHIND = "roofpv-sky", "roofpv-behind"
# What stands higher shows over what is painted after it; of two as high the last one shows.
_PAINTED = ("trees", "terrain", "surface", "neighbours", "own")
_TONES, _SEVERAL = ("all", "mean", "some"), "several"
# Grounds from dark to light: up to the lowest, the mean and the highest point; then their lines.
_GROUNDS = {
    "terrain": ("#75675b", "#9b8e82", "#e0dad3", "#3d342c"),
    "neighbours": ("#4179a8", "#79a6cc", "#d6e5f1", "#123c5e"),
    "own": ("#c9892b", "#e0b06a", "#f7e6cc", "#6b430a"),
    "surface": ("#b06d95", "#cf9dbd", "#f0e0ea", "#64254c"),
    "trees": ("#4b9a76", "#86c2a5", "#dcf0e5", "#0c4f35"),
}
_TILE = 8.0
# The mark alone tells the sources apart in grey print.
_MARKS = {
    "terrain": "",
    "neighbours": "M2 0v8M6 0v8",
    "own": "M0 8L8 0M-1 1L1-1M7 9L9 7",
    "surface": "M0 2h8M0 6h8",
    "trees": "M1 1h2v2h-2zM5 5h2v2h-2z",
}
_EDGE_PX, _NEAR_PX = 1.3, 0.12
_LIMIT = svg.Stroke(colours.INK, 1.1, "7 4")
_TICK, _SIDE = svg.Font(11.5, "middle", colours.FAINT), svg.Font(11.5, "end", colours.FAINT)
_COMPASS, _AXIS = svg.Font(13, "middle", bold=True), svg.Font(12, fill=colours.FAINT)
_COMPASS_POINTS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


def definitions(axes: Axes) -> str:
    """Patterns, and the edge of the sky."""
    frame = svg.element("clipPath", {"id": CLIP}, svg.rect(axes.box, "#000000"))
    tones = [_pattern(source, tone) for source in _GROUNDS for tone in range(3) if _MARKS[source]]
    hatch = _tile(BEHIND, line("M-2 10l12-12M-2 2l4-4M6 10l4-4", svg.Stroke(colours.INK, 0.6)))
    return svg.element("defs", {}, frame, *tones, hatch)


def _pattern(source: str, tone: int) -> str:
    ground, ink = _GROUNDS[source][tone], _GROUNDS[source][3]
    looks: dict[str, str | float] = {"d": _MARKS[source], "opacity": (0.65, 0.6, 0.5)[tone]}
    looks |= {"fill": ink} if source == "trees" else {"stroke": ink, "stroke-width": 0.8}
    under = svg.rect(svg.Box(0, 0, _TILE, _TILE), ground)
    return _tile(f"roofpv-{source}-{_TONES[tone]}", under, svg.element("path", looks))


def _tile(name: str, *marks: str) -> str:
    size: dict[str, str | float] = {"id": name, "width": _TILE, "height": _TILE}
    return svg.element("pattern", {**size, "patternUnits": "userSpaceOnUse"}, *marks)


def _fill(source: str, tone: int) -> str:
    if _MARKS[source]:
        return f"url(#roofpv-{source}-{_TONES[tone]})"
    return _GROUNDS[source][tone]


def line(data: str, stroke: svg.Stroke) -> str:
    """Open line along the data of a path."""
    looks: dict[str, str | float] = {"d": data, "fill": "none", "stroke-linejoin": "round"}
    return svg.element("path", {**looks, **stroke.attributes()})


def line_data(points: _Array) -> str:
    """Data of a path through pixels (point, 2), in steps of a tenth, idle points left out."""
    if len(points) > 2:
        points = shapely.get_coordinates(shapely.LineString(points).simplify(_NEAR_PX))
    grid = np.rint(points * 10).astype(np.int64)
    steps = np.diff(grid, axis=0)
    steps = steps[steps.any(axis=1)].tolist()
    start = f"M{svg.number(grid[0, 0] / 10)} {svg.number(grid[0, 1] / 10)}"
    told = " ".join(f"{svg.number(x / 10)} {svg.number(y / 10)}" for x, y in steps)
    return (f"{start}l{told}" if steps else start).replace(" -", "-")


def _under(axes: Axes, azimuth: _Array, elevation: _Array, fill: str, edge: str = "") -> str:
    """Area from the horizon up to a line, its upper edge drawn if it has a colour."""
    top = line_data(axes.pixels(azimuth, elevation))
    foot = "".join(
        f"L{svg.number(x)} {svg.number(y)}"
        for x, y in axes.pixels([azimuth[-1], azimuth[0]], 0.0).tolist()
    )
    area = svg.element("path", {"d": f"{top}{foot}z", "fill": fill})
    return area + (line(top, svg.Stroke(edge, _EDGE_PX)) if edge else "")


def skylines(sheet: SkySheet) -> list[str]:
    """Areas of all sources, the range of their points under what they are on average."""
    order = sorted(sheet.profiles, key=lambda profile: _PAINTED.index(profile.source))
    drawn = []
    for profile in order:
        if profile.has_range:
            area = _under(sheet.axes, profile.azimuth, profile.highest, _fill(profile.source, 2))
            drawn.append(svg.element("g", {"class": f"range {profile.source}"}, area))
    return [*drawn, *(_mean(sheet.axes, profile) for profile in order)]


def _mean(axes: Axes, profile: Profile) -> str:
    source, edge = profile.source, _GROUNDS[profile.source][3]
    tone = 1 if profile.has_range else 0
    drawn = _under(axes, profile.azimuth, profile.mean, _fill(source, tone), edge)
    if profile.has_range:
        drawn += _under(axes, profile.azimuth, profile.lowest, _fill(source, 0))
    return svg.element("g", {"class": f"skyline {source}"}, drawn)


def behind(sheet: SkySheet) -> list[str]:
    """Hatch over the sky that the plane turns its back on."""
    if not len(sheet.behind):
        return []
    azimuth = np.linspace(-180.0, 180.0, len(sheet.behind))
    area = _under(sheet.axes, azimuth, sheet.behind, f"url(#{BEHIND})")
    limit = line(line_data(sheet.axes.pixels(azimuth, sheet.behind)), _LIMIT)
    return [svg.element("g", {"class": "behind"}, area, limit)]


def axes(paper: Axes, lang: str) -> list[str]:
    """Lines and numbers of elevation and azimuth, the points of the compass, what the axes are."""
    box, line_ = paper.box, svg.Stroke(colours.GRID)
    grid, told = [], []
    for elevation in range(0, round(paper.top_deg) + 1, 10):
        y = float(paper.pixels(0.0, elevation)[1])
        grid.append(svg.line((box.left, y), (box.right, y), line_))
        told.append(svg.text(box.left - 8, y + 4, f"{elevation}°", _SIDE))
    for place in range(-180, 181, 15):
        x, azimuth = float(paper.pixels(place, 0.0)[0]), round(place + paper.centre_deg) % 360
        told.append(svg.line((x, box.bottom), (x, box.bottom + 5), svg.Stroke(colours.FAINT)))
        if azimuth % 45 == 0:
            grid.append(svg.line((x, box.top), (x, box.bottom), line_))
            point = say(f"skyline_picture.compass.{_COMPASS_POINTS[azimuth // 45]}", lang)
            told.append(svg.text(x, box.bottom + 19, f"{azimuth}°", _TICK))
            told.append(svg.text(x, box.bottom + 36, point, _COMPASS))
    titles = (
        (box.left - 42, box.top - 12, "skyline_picture.elevation"),
        (box.left - 42, box.bottom + 58, "skyline_picture.azimuth"),
    )
    return [*grid, *told, *(svg.text(x, y, say(key, lang), _AXIS) for x, y, key in titles)]


def sample(profile: Profile) -> str:
    """Mark of a source in the legend: its tones, or the dark one where there is no other."""
    return f"{profile.source} {_SEVERAL}" if profile.has_range else profile.source


def swatch(mark: str, box: svg.Box) -> list[str]:
    """Sample of a source as ``sample`` names it, or of "behind"."""
    if mark == "behind":
        return [svg.rect(box, f"url(#{BEHIND})", svg.Stroke(colours.INK, 0.8))]
    source, _, several = mark.partition(" ")
    tones = (2, 1, 0) if several else (0,)
    high = box.height / len(tones)
    drawn = [
        svg.rect(svg.Box(box.left, box.top + place * high, box.width, high), _fill(source, tone))
        for place, tone in enumerate(tones)
    ]
    return [*drawn, svg.rect(box, "none", svg.Stroke(_GROUNDS[source][3], 0.8))]
