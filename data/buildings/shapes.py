"""Footprints of the synthetic city: outlines in metres, and their place on the earth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon
from shapely.affinity import rotate, scale, translate

WGS84_MAJOR_M = 6378137.0
WGS84_E2 = 0.00669437999014
DECIMALS = 7

Form = Callable[[float, float, float], Polygon]


@dataclass(frozen=True)
class Frame:
    """Local metric frame: x east, y north of ``lon, lat`` [deg]."""

    lon: float
    lat: float


def slab(width: float, depth: float, _wing: float) -> Polygon:
    """Rectangle [m]."""
    return shapely.box(0.0, 0.0, width, depth)


def ell(width: float, depth: float, wing: float) -> Polygon:
    """L: a slab at the south and a wing at the west, both ``wing`` thick [m]."""
    return Polygon([(0, 0), (width, 0), (width, wing), (wing, wing), (wing, depth), (0, depth)])


def tee(width: float, depth: float, wing: float) -> Polygon:
    """T: a slab at the north and a stem to the south [m]."""
    left, right, bar = (width - wing) / 2, (width + wing) / 2, depth - wing
    lower = [(left, 0), (right, 0), (right, bar), (width, bar)]
    return Polygon([*lower, (width, depth), (0, depth), (0, bar), (left, bar)])


def u_shape(width: float, depth: float, wing: float) -> Polygon:
    """U, open to the south [m]."""
    yard = shapely.box(wing, 0.0, width - wing, depth - wing)
    return shapely.box(0.0, 0.0, width, depth).difference(yard)


def h_shape(width: float, depth: float, wing: float) -> Polygon:
    """H: two slabs from west to east, joined by a short middle [m]."""
    left, right = (width - 1.5 * wing) / 2, (width + 1.5 * wing) / 2
    slabs = [shapely.box(0, 0, width, wing), shapely.box(0, depth - wing, width, depth)]
    return shapely.union_all([*slabs, shapely.box(left, wing, right, depth - wing)])


def comb(width: float, depth: float, wing: float) -> Polygon:
    """E: a corridor at the west and three slabs to the east [m]."""
    starts = [0.0, (depth - wing) / 2, depth - wing]
    teeth = [shapely.box(0, start, width, start + wing) for start in starts]
    return shapely.union_all([shapely.box(0, 0, wing / 2, depth), *teeth])


def courtyard(width: float, depth: float, wing: float) -> Polygon:
    """Closed ring round a yard, ``wing`` thick [m]."""
    yard = shapely.box(wing, wing, width - wing, depth - wing)
    return shapely.box(0.0, 0.0, width, depth).difference(yard)


def hall(width: float, depth: float, wing: float) -> Polygon:
    """Large hall with a porch at the south [m]."""
    porch = shapely.box(width / 2 - wing / 2, 0, width / 2 + wing / 2, 4.0)
    return shapely.union_all([shapely.box(0, 4.0, width, depth), porch])


def oval(width: float, depth: float, _wing: float) -> Polygon:
    """Ellipse of 32 corners [m]."""
    turn = np.arange(32) * (2.0 * np.pi / 32)
    x, y = width / 2 * (1.0 + np.cos(turn)), depth / 2 * (1.0 + np.sin(turn))
    return Polygon(np.column_stack([x, y]))


FORMS: dict[str, Form] = {
    "slab": slab,
    "ell": ell,
    "tee": tee,
    "u": u_shape,
    "h": h_shape,
    "comb": comb,
    "courtyard": courtyard,
    "hall": hall,
    "oval": oval,
}


def mirrored(outline: Polygon, rng: np.random.Generator) -> Polygon:
    """The outline or its mirror image in x, with equal chance, in the same box."""
    west, south, east, north = outline.bounds
    middle = ((west + east) / 2, (south + north) / 2)
    return scale(outline, xfact=-1.0, origin=middle) if rng.random() < 0.5 else outline


def settle(outline: Polygon, rotation_deg: float, offset: tuple[float, float]) -> Polygon:
    """Turn an outline of a town's own axes round the town's centre and move it there [m]."""
    turned = rotate(outline, rotation_deg, origin=(0.0, 0.0))
    return translate(turned, *offset)


def metres_per_degree(frame: Frame) -> tuple[float, float]:
    """Metres per degree of longitude and of latitude at the frame's origin [m/deg]."""
    sine = np.sin(np.radians(frame.lat))
    w = 1.0 - WGS84_E2 * sine**2
    across = WGS84_MAJOR_M / np.sqrt(w) * np.cos(np.radians(frame.lat))
    along = WGS84_MAJOR_M * (1.0 - WGS84_E2) / w**1.5
    return float(np.radians(across)), float(np.radians(along))


def to_lonlat(outline: Polygon, frame: Frame) -> Polygon:
    """Metric outline as WGS84 degrees, rounded, outer ring counter-clockwise."""
    origin, factors = np.array([frame.lon, frame.lat]), np.array(metres_per_degree(frame))
    moved = shapely.transform(outline, lambda xy: np.round(origin + xy / factors, DECIMALS))
    return shapely.orient_polygons(moved)
