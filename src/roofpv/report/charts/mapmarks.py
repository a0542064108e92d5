"""Marks of a map: outlines, points and squares that sum up many, as few paths as classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from roofpv.report import colours, svg
from roofpv.report.charts.places import Floats, Ints, Places, View
from roofpv.report.charts.scales import Scale

# A roof smaller than this is drawn as a square of this size. [px]
LEAST_PX = 1.2
# More corners than these make a file that is slow to open.
MOST_CORNERS = 100_000
_TOLERANCE_PX, _DIAMOND_PX = 0.25, 2.6
_CELL_PX, _LEAST_CELL_PX, _DOT_PX = 9.0, 2.5, 4.0
_OUTLINE = svg.Stroke("#333333", 0.35)


@dataclass(frozen=True)
class Drawn:
    """
    What a map shows of each building: ``classes`` of a scale (-1: not known) and ``values`` (the
    numbers that the classes are made of; the classes themselves for words).
    """

    scale: Scale
    classes: Ints
    values: Floats
    unknown: str

    def fill(self, place: int) -> str:
        """Colour or pattern of a class."""
        return self.scale.classes[place].colour if place >= 0 else f"url(#{self.unknown})"


def hatch(name: str) -> str:
    """Pattern for what is not known, under an id of its own."""
    lines = svg.line((0.0, 4.0), (4.0, 0.0), svg.Stroke(colours.PAPER, 1.0))
    ground = svg.rect(svg.Box(0.0, 0.0, 4.0, 4.0), colours.MISSING)
    size: dict[str, str | float] = {
        "id": name,
        "width": 4.0,
        "height": 4.0,
        "patternUnits": "userSpaceOnUse",
    }
    return svg.element("defs", {}, svg.element("pattern", size, ground, lines))


def roofs(drawn: Drawn, places: Places, view: View) -> tuple[list[str], int]:
    """
    Buildings of a view one by one, and the corners of their outlines; none above ``MOST_CORNERS``.

    An outline is drawn as it is, but for less than a pixel; a small one as a square, a building of
    which only the point is known as a diamond. The order of the buildings changes nothing.
    """
    shown = view.shows(places.lon, places.lat)
    outlined = shown & places.outlined
    outlines = _in_pixels(places.shapes[outlined], view)
    small = _side(outlines) < LEAST_PX
    corners = int(shapely.get_num_coordinates(outlines[~small]).sum())
    if corners > MOST_CORNERS:
        return [], corners
    x, y = view.to_px(places.lon, places.lat)
    points = shown & ~outlined
    pieces: list[str] = []
    for place in _known_last(drawn):
        mine = drawn.classes == place
        of_class = mine[outlined]
        large = [_path(one) for one in outlines[of_class & ~small]]
        squares = np.flatnonzero(outlined)[of_class & small]
        fill = drawn.fill(place)
        pieces += _piece(large, fill, _OUTLINE)
        pieces += _piece(_squares(x[squares], y[squares], LEAST_PX), fill, None)
        pieces += _piece(_diamonds(x[mine & points], y[mine & points]), fill, _OUTLINE)
    return pieces, corners


def dots(drawn: Drawn, places: Places, view: View) -> list[str]:
    """Buildings of a view as squares of four pixels, coloured as by ``squares``."""
    cells = _cells_of(drawn, places, view, _DOT_PX)
    return list(_cells(drawn, cells, np.full(len(cells.counts), _DOT_PX)))


def squares(drawn: Drawn, places: Places, view: View) -> tuple[list[str], int]:
    """
    Buildings of a view summed up, and how many the largest square stands for.

    A square stands for the buildings of a cell of 9 pixels: its area for their number, its colour
    for the mean of those that are known (of words, the most frequent). Sums are made in the order
    of the values, so that the order of the buildings changes no bit.
    """
    cells = _cells_of(drawn, places, view, _CELL_PX)
    most = int(cells.counts.max(initial=0))
    side = np.maximum(_CELL_PX * np.sqrt(cells.counts / max(most, 1)), _LEAST_CELL_PX)
    return list(_cells(drawn, cells, side)), most


@dataclass(frozen=True)
class _Cells:
    """Cells with buildings: their middles [px], how many buildings, and their class."""

    x: Floats
    y: Floats
    counts: Ints
    classes: Ints


def _cells_of(drawn: Drawn, places: Places, view: View, side: float) -> _Cells:
    shown = view.shows(places.lon, places.lat)
    x, y = view.to_px(places.lon[shown], places.lat[shown])
    column = np.floor((x - view.box.left) / side).astype(np.int64)
    row = np.floor((y - view.box.top) / side).astype(np.int64)
    cells, place = np.unique(row * 100_000 + column, return_inverse=True)
    return _Cells(
        view.box.left + (cells % 100_000 + 0.5) * side,
        view.box.top + (cells // 100_000 + 0.5) * side,
        np.bincount(place, minlength=len(cells)),
        _mean_classes(drawn, shown, place, len(cells)),
    )


def _cells(drawn: Drawn, cells: _Cells, side: Floats) -> Iterator[str]:
    for one in _known_last(drawn):
        mine = cells.classes == one
        found = zip(cells.x[mine], cells.y[mine], side[mine], strict=True)
        paths = [_square(x - s / 2, y - s / 2, s) for x, y, s in found]
        yield from _piece(paths, drawn.fill(one), svg.Stroke(colours.FAINT, 0.25))


def _mean_classes(drawn: Drawn, shown: npt.NDArray[np.bool_], place: Ints, cells: int) -> Ints:
    """Class of the mean of each cell, or the most frequent of words; -1 where none is known."""
    if not drawn.scale.bounds:
        return _most_frequent(drawn.classes[shown], place, cells, len(drawn.scale.classes))
    values = drawn.values[shown]
    known = np.isfinite(values)
    order = np.lexsort((values[known], place[known]))
    sums = np.bincount(place[known][order], values[known][order], minlength=cells)
    counts = np.bincount(place[known], minlength=cells)
    mean = sums / np.where(counts > 0, counts, np.nan)
    found = np.searchsorted(np.asarray(drawn.scale.bounds), mean, side="right")
    return np.where(counts > 0, found, -1).astype(np.int64)


def _most_frequent(classes: Ints, place: Ints, cells: int, count: int) -> Ints:
    known = classes >= 0
    tally = np.bincount(place[known] * count + classes[known], minlength=cells * count)
    table = tally.reshape(cells, count)
    return np.where(table.any(axis=1), table.argmax(axis=1), -1).astype(np.int64)


def _known_last(drawn: Drawn) -> range:
    """Classes in the order that they are drawn in: what is not known lies below all others."""
    return range(-1, len(drawn.scale.classes))


def _in_pixels(shapes: npt.NDArray[np.object_], view: View) -> npt.NDArray[np.object_]:
    def moved(corners: Floats) -> Floats:
        return np.stack(view.to_px(corners[:, 0], corners[:, 1]), axis=1)

    placed = shapely.transform(shapely.force_2d(shapes), moved)
    return np.asarray(shapely.simplify(placed, _TOLERANCE_PX))


def _side(outlines: npt.NDArray[np.object_]) -> Floats:
    """Longer side of the upright box around each outline. [px]"""
    left, top, right, bottom = shapely.bounds(outlines).reshape(-1, 4).T
    return np.asarray(np.maximum(right - left, bottom - top))


def _path(outline: object) -> str:
    return "".join(
        _ring(shapely.get_coordinates(ring))
        for part in shapely.get_parts(outline)
        for ring in shapely.get_rings(part)
    )


def _ring(corners: Floats) -> str:
    """A closed ring in tenths of a pixel, each corner from the one before, which is short."""
    tenths = np.rint(corners[:-1] * 10.0).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    x, y = tenths[0]
    return f"M{_tenth(x)},{_tenth(y)}l" + _pairs(steps) + "z"


def _pairs(steps: Ints) -> str:
    return " ".join(f"{_tenth(x)},{_tenth(y)}" for x, y in steps.tolist())


def _tenth(value: int) -> str:
    return f"{value / 10:.1f}".removesuffix(".0")


def _squares(x: Floats, y: Floats, side: float) -> list[str]:
    return [_square(a - side / 2, b - side / 2, side) for a, b in zip(x, y, strict=True)]


def _square(left: float, top: float, side: float) -> str:
    wide = f"{side:.1f}"
    return f"M{left:.1f},{top:.1f}h{wide}v{wide}h-{wide}z"


def _diamonds(x: Floats, y: Floats) -> list[str]:
    r = f"{_DIAMOND_PX:g}"
    around = f"l{r},{r}-{r},{r}-{r}-{r}z"
    return [f"M{a:.1f},{b - _DIAMOND_PX:.1f}{around}" for a, b in zip(x, y, strict=True)]


def _piece(paths: list[str], fill: str, stroke: svg.Stroke | None) -> Iterator[str]:
    if paths:
        lines = stroke.attributes() if stroke else {}
        yield svg.element("path", {"d": "".join(sorted(paths)), "fill": fill, **lines})
