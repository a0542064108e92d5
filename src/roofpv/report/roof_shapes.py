"""Roof shapes in metres brought onto paper: places, outlines as short paths, modules, slopes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from roofpv.report import svg

# Modules narrower than this would be mush, and more than this many a file of megabytes.
LEAST_MODULE_PX, MOST_MODULES = 0.4, 30_000
# Room around the middle of a plane that an arrow needs, and one with its words.
LEAST_ARROW_PX, LEAST_WORDS_PX = 11.0, 36.0
_POLYGON = 3
_Ring = npt.NDArray[np.int64]


class DrawnPlane(NamedTuple):
    """One plane of a roof; ``azimuth_deg`` is the way water runs, clockwise from north."""

    plane_id: str
    polygon: Any
    tilt_deg: float
    azimuth_deg: float
    roof_form: str


@dataclass(frozen=True)
class Place:
    """Where the roof stands on paper: pixels per metre, and the pixel of the point (0, 0)."""

    scale: float
    left: float
    top: float

    def pixels(self, east_north: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Pixels (point, 2) of points in metres, south being down."""
        return east_north * (self.scale, -self.scale) + (self.left, self.top)


def polygons(shapes: Iterable[Any]) -> npt.NDArray[np.object_]:
    """Polygons among shapes and their parts; those empty or without a finite place are dropped."""
    given = np.array([shape for shape in shapes if shape is not None], dtype=object)
    parts = shapely.get_parts(shapely.get_parts(given))
    parts = parts[(shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)]
    points, owner = shapely.get_coordinates(parts, return_index=True)
    return np.delete(parts, owner[~np.isfinite(points).all(axis=1)])


def merged(parts: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Polygons of the union, mended first; those without any area stay as they are."""
    union = polygons([shapely.union_all(shapely.make_valid(parts))])
    return union if len(union) else parts


def placed(parts: npt.NDArray[np.object_], box: svg.Box) -> Place | None:
    """Place that shows all polygons as large as the box allows; None where nothing has a size."""
    if not len(parts):
        return None
    west, south, east, north = shapely.total_bounds(parts)
    wide, high = east - west, north - south
    if max(wide, high) <= 0:
        return None
    scale = min(
        box.width / wide if wide > 0 else math.inf, box.height / high if high > 0 else math.inf
    )
    left = box.left + (box.width - wide * scale) / 2 - west * scale
    top = box.top + (box.height - high * scale) / 2 + north * scale
    return Place(scale, left, top)


def path(parts: npt.NDArray[np.object_], place: Place) -> str:
    """Data of one SVG path through all rings, in relative steps of a hundredth of a pixel."""
    rings = shapely.get_rings(parts)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    grid = np.rint(place.pixels(points) * 100).astype(np.int64)
    here, pieces = np.zeros(2, dtype=np.int64), []
    for corners in np.split(grid, np.flatnonzero(np.diff(ring)) + 1):
        if len(corners):
            pieces.append(_ring(corners, here))
            here = corners[0]
    return "".join(pieces).replace(" -", "-")


def _ring(corners: _Ring, here: _Ring) -> str:
    """Closed ring from the start of the one before, without steps of no length."""
    steps = np.diff(corners[:-1], axis=0)
    steps = steps[steps.any(axis=1)]
    told = [(corners[0] - here), *steps]
    return "m" + " ".join(_hundredths(number) for step in told for number in step.tolist()) + "z"


def _hundredths(number: int) -> str:
    whole, rest = divmod(abs(number), 100)
    short = (f"{whole}" if whole else "") + (f".{rest:02d}".rstrip("0") if rest else "")
    return ("-" if number < 0 else "") + (short or "0")


def module_shapes(
    modules: npt.NDArray[np.object_], place: Place
) -> tuple[npt.NDArray[np.object_], bool]:
    """Polygons to draw for the modules, and whether they are blocks of many modules."""
    if not len(modules):
        return modules, False
    least = float(np.median(side_m(modules))) * place.scale
    if least >= LEAST_MODULE_PX and len(modules) <= MOST_MODULES:
        return modules, False
    # Modules closer than half a pixel print as one.
    gap = 0.25 / place.scale
    wide = shapely.buffer(shapely.make_valid(modules), gap, join_style="mitre")
    # Takes half the time of union_all: 1.5 s for 76,500 modules.
    blocks = shapely.buffer(shapely.disjoint_subset_union_all(wide), -gap, join_style="mitre")
    found = polygons([shapely.simplify(blocks, gap)])
    return (found, True) if len(found) else (modules, False)


def side_m(parts: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """Short side of the rectangle with the area and the perimeter of each polygon [m]."""
    half, area = shapely.length(parts) / 4, shapely.area(parts)
    return half - np.sqrt(np.maximum(half * half - area, 0.0))


@dataclass(frozen=True)
class Slope:
    """Where an arrow down a plane is: its middle and half its length [px], with its tilt or not."""

    middle: tuple[float, float]
    reach: float
    azimuth_deg: float
    tilt_deg: float
    is_told: bool = True


def slopes(planes: Sequence[DrawnPlane], place: Place) -> list[Slope | None]:
    """Arrow of each plane that slopes; None where there is no room for it."""
    return [_slope(plane, place) for plane in planes if _slopes(plane)]


def _slopes(plane: DrawnPlane) -> bool:
    finite = math.isfinite(plane.tilt_deg) and math.isfinite(plane.azimuth_deg)
    return finite and plane.tilt_deg >= 0.5


def _slope(plane: DrawnPlane, place: Place) -> Slope | None:
    parts = merged(polygons([plane.polygon]))
    largest = parts[np.argmax(shapely.area(parts))]
    if shapely.area(largest) * place.scale**2 < LEAST_ARROW_PX**2:
        return None
    radius = shapely.maximum_inscribed_circle(largest)
    room = shapely.length(radius) * place.scale
    if room < LEAST_ARROW_PX:
        return None
    x, y = place.pixels(shapely.get_coordinates(_middle(largest, radius)))[0].tolist()
    reach, is_told = min(0.8 * room, 34.0), room >= LEAST_WORDS_PX
    return Slope((x, y), reach, plane.azimuth_deg, plane.tilt_deg, is_told)


def _middle(shape: Any, radius: Any) -> Any:
    """Centre of the shape where it has about the room of the best place, else that place."""
    centre = shapely.centroid(shape)
    free = shapely.distance(centre, shapely.boundary(shape))
    if shapely.contains(shape, centre) and free >= 0.9 * shapely.length(radius):
        return centre
    return radius
