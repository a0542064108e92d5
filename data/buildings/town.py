"""Streets, plots and neighbours of the synthetic city, in metres along a town's own axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely import Polygon
from shapely.affinity import translate
from shapes import FORMS

VERGE_M = 5.0
ARTERY_EXTRA_M = 18.0
HALF_GAP_M = 9.0


@dataclass(frozen=True)
class Town:
    """A street grid: centre in the district's frame [m], counter-clockwise turn [deg], blocks."""

    centre: tuple[float, float]
    rotation_deg: float
    columns: int
    rows: int
    block: tuple[float, float]
    street: float
    rural: bool = False


@dataclass(frozen=True)
class Plot:
    """A rectangle of land along the town's axes, from its south-west corner [m]."""

    x: float
    y: float
    width: float
    depth: float


@dataclass(frozen=True)
class Mass:
    """A building before it has a place: outline with its box at the origin, height [m]."""

    outline: Polygon
    height: float


@dataclass(frozen=True)
class Spacing:
    """Gaps between buildings: ``side`` [m]; ``factor`` times the height within bounds [m]."""

    side: float
    factor: float
    least: float
    most: float


@dataclass(frozen=True)
class Style:
    """A kind of neighbour: ranges of width, depth [m] and floors; storey height [m]."""

    use: str
    width: tuple[float, float]
    depth: tuple[float, float]
    floors: tuple[int, int]
    storey: float
    spacing: Spacing


@dataclass(frozen=True)
class Neighbour:
    """A placed neighbour building in the town's axes [m]."""

    use: str
    floors: int
    height: float
    outline: Polygon


SUN_SPACING = Spacing(9.0, 1.55, 9.0, 75.0)
STYLES = {
    "walk_up": Style("residential", (38, 66), (11, 13.5), (5, 6), 2.9, SUN_SPACING),
    "old_slab": Style("residential", (30, 48), (9.5, 11.5), (3, 4), 2.9, SUN_SPACING),
    "tower": Style("residential", (24, 36), (14, 17), (11, 24), 2.95, SUN_SPACING),
    "shop": Style("commercial", (16, 38), (12, 20), (2, 4), 4.0, Spacing(7.0, 0.8, 9.0, 20.0)),
    "mall": Style("commercial", (30, 58), (24, 38), (4, 14), 4.0, Spacing(12.0, 0.7, 16.0, 34.0)),
    "shed": Style("industrial", (36, 70), (20, 36), (1, 1), 9.0, Spacing(10.0, 0.9, 11.0, 16.0)),
    "house": Style("residential", (10, 15), (7, 9.5), (1, 2), 3.4, Spacing(3.0, 1.0, 8.5, 12.0)),
}
CENTRE = {"walk_up": 0.3, "tower": 0.25, "shop": 0.2, "mall": 0.25}
MIDDLE = {"walk_up": 0.48, "old_slab": 0.2, "tower": 0.2, "shop": 0.12}
EDGE = {"house": 0.34, "old_slab": 0.25, "walk_up": 0.27, "tower": 0.14}
WORKS = {"shed": 0.74, "house": 0.12, "shop": 0.14}


def _offset(index: int, size: float, town: Town) -> float:
    return index * (size + town.street) + ARTERY_EXTRA_M * (index // 4) * (not town.rural)


def block_plot(town: Town, column: int, row: int) -> Plot:
    """Buildable land of one block, the verge taken off."""
    width, depth = town.block
    west = _offset(column, width, town) - _offset(town.columns, width, town) / 2
    south = _offset(row, depth, town) - _offset(town.rows, depth, town) / 2
    return Plot(west + VERGE_M, south + VERGE_M, width - 2 * VERGE_M, depth - 2 * VERGE_M)


def joined(west: Plot, east: Plot) -> Plot:
    """Two plots side by side and the street between them."""
    return Plot(west.x, west.y, east.x + east.width - west.x, west.depth)


def halves(plot: Plot) -> tuple[Plot, Plot]:
    """West and east half of a plot with a lane between."""
    width = (plot.width - HALF_GAP_M) / 2
    east = plot.x + width + HALF_GAP_M
    return Plot(plot.x, plot.y, width, plot.depth), Plot(east, plot.y, width, plot.depth)


def _width(mass: Mass) -> float:
    return float(mass.outline.bounds[2])


def _depth(mass: Mass) -> float:
    return float(mass.outline.bounds[3])


def _split_rows(masses: Sequence[Mass], width: float, side: float) -> list[list[int]]:
    rows: list[list[int]] = []
    used = np.inf
    for index, mass in enumerate(masses):
        if used + side + _width(mass) > width:
            rows.append([])
            used = -side
        rows[-1].append(index)
        used += side + _width(mass)
    return rows


def _row_starts(masses: Sequence[Mass], rows: list[list[int]], spacing: Spacing) -> list[float]:
    starts, start = [], 0.0
    for row in rows:
        starts.append(start)
        gap = spacing.factor * max(masses[i].height for i in row)
        start += max(_depth(masses[i]) for i in row) + float(
            np.clip(gap, spacing.least, spacing.most)
        )
    return starts


def _row_places(
    masses: Sequence[Mass], row: list[int], slack: float, rng: np.random.Generator
) -> list[float]:
    cuts = np.sort(rng.uniform(0.0, max(slack, 0.0), len(row)))
    widths = np.cumsum([0.0, *[_width(masses[i]) for i in row[:-1]]])
    return [float(x) for x in widths + cuts]


def pack(
    plot: Plot, masses: Sequence[Mass], spacing: Spacing, rng: np.random.Generator
) -> dict[int, Polygon]:
    """Place masses in rows from south to north; those that do not fit have no place."""
    fitting = [i for i, mass in enumerate(masses) if _width(mass) <= plot.width]
    chosen = [masses[i] for i in fitting]
    rows = _split_rows(chosen, plot.width, spacing.side)
    placed = {}
    for row, start in zip(rows, _row_starts(chosen, rows, spacing), strict=True):
        slack = plot.width - sum(_width(chosen[i]) + spacing.side for i in row) + spacing.side
        places = _row_places(chosen, row, slack, rng)
        for order, (i, x) in enumerate(zip(row, places, strict=True)):
            if start + _depth(chosen[i]) <= plot.depth:
                west = plot.x + x + order * spacing.side
                placed[fitting[i]] = translate(chosen[i].outline, west, plot.y + start)
    return placed


def _mass(style: Style, floors: int, rng: np.random.Generator) -> Mass:
    width, depth = rng.uniform(*style.width), rng.uniform(*style.depth)
    bent = style.use == "commercial" and rng.random() < 0.25
    outline = FORMS["ell" if bent else "slab"](width, depth, 0.55 * depth)
    return Mass(outline, floors * style.storey + rng.uniform(0.3, 1.5))


def fill(plot: Plot, style: Style, rng: np.random.Generator) -> list[Neighbour]:
    """Neighbours of one style on one plot, at the spacing usual for them."""
    low, high = style.floors
    estate = int(rng.integers(low, high + 1))
    count = int(plot.width * plot.depth / 150.0) + 1
    wobble = rng.integers(-1, 2, count) * (high > low)
    floors = np.clip(estate + wobble, low, high).astype(int)
    masses = [_mass(style, int(storeys), rng) for storeys in floors]
    placed = pack(plot, masses, style.spacing, rng)
    return [
        Neighbour(style.use, int(floors[i]), round(masses[i].height, 1), outline)
        for i, outline in placed.items()
    ]


def _styles_at(town: Town, column: int, row: int) -> dict[str, float]:
    if town.rural:
        return {"house": 1.0}
    east = 2.0 * (column + 0.5) / town.columns - 1.0
    north = 2.0 * (row + 0.5) / town.rows - 1.0
    reach = max(abs(east), abs(north))
    if reach < 0.36:
        return CENTRE
    if reach < 0.72:
        return MIDDLE
    return WORKS if east > 0.72 else EDGE


def neighbours(
    town: Town, cell: tuple[int, int], plot: Plot, rng: np.random.Generator
) -> list[Neighbour]:
    """Neighbours on a plot of a cell; one plot in ten stays open land."""
    styles = _styles_at(town, *cell)
    name = str(rng.choice(list(styles), p=list(styles.values())))
    return [] if rng.random() < 1 / 10 else fill(plot, STYLES[name], rng)
