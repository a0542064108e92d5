"""Outlines as they were drawn -> outlines that can be counted on; what is certain is repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from roofpv.inventory.findings import DOUBTFUL, QUARANTINED, REPAIRED, Finding
from roofpv.inventory.outlines.metres import areas_m2
from roofpv.inventory.outlines.rings import from_zero, of_parts, of_rings, rings_of
from roofpv.inventory.outlines.vertices import tidy_vertices

_CHUNK = 100_000  # keeps the working memory near 100 MB, whatever the table
_POLYGON, _MULTIPOLYGON = shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON
_COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION
_LEAST_OUTLINE_M2 = 1e-4
_LEAST_ROOF_M2, _MOST_ROOF_M2 = 1.0, 1e6
_LEAST_HOLE_M2 = 0.01
_SLIVER_M2, _SLIVER_SHARE = 0.5, 0.01
_DOUBTFUL_CHANGE = 0.5
_KINDS = {
    "BROKEN_COORDINATES": QUARANTINED,
    "OFF_THE_MAP": QUARANTINED,
    "NOT_A_FOOTPRINT": QUARANTINED,
    "DROPPED_Z": REPAIRED,
    "MIXED_GEOMETRY": REPAIRED,
    "REPEATED_VERTICES": REPAIRED,
    "SPIKES": REPAIRED,
    "HOLE_OUTSIDE": REPAIRED,
    "SELF_CROSSING": REPAIRED,
    "TINY_HOLES": REPAIRED,
    "SLIVER_PARTS": REPAIRED,
    "NESTED_PARTS": DOUBTFUL,
    "REPAIR_CHANGED_AREA": DOUBTFUL,
    "SMALL_ROOF": DOUBTFUL,
    "HUGE_ROOF": DOUBTFUL,
}


@dataclass(eq=False)
class _Notes:
    """What was found in one chunk: positions and texts by code."""

    start: int
    at: dict[str, list[np.ndarray]] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)
    became: dict[str, list[str]] = field(default_factory=dict)

    def add(
        self, code: str, at: np.ndarray, values: Sequence[str] = (), became: Sequence[str] = ()
    ) -> None:
        """Note positions within the chunk."""
        if at.size:
            self.at.setdefault(code, []).append(at + self.start)
            self.values.setdefault(code, []).extend(values)
            self.became.setdefault(code, []).extend(became)


def repair_outlines(geometry: np.ndarray) -> tuple[np.ndarray, list[Finding]]:
    """
    Repair what is certain in outlines, and set aside what is none.

    An outline without fault comes back as it was, bit for bit, and no outline depends on another.

    Parameters
    ----------
    geometry : ndarray of geometries (row,)
        WGS84 longitude and latitude, None where there is none. [deg]

    Returns
    -------
    (ndarray of geometries (row,), list of Finding)
        Valid polygons and multipolygons in two dimensions; points as they are, since they tell the
        place; None where there is nothing to use. One finding for each code, with all its rows.
    """
    out = geometry.astype(object)  # a copy
    chunks = []
    for start in range(0, len(out), _CHUNK):
        notes = _Notes(start)
        out[start : start + _CHUNK] = _repaired(out[start : start + _CHUNK], notes)
        chunks.append(notes)
    return out, [found for code in _KINDS for found in _gathered(code, chunks)]


def outlines_only(geometry: np.ndarray) -> np.ndarray:
    """Polygons and multipolygons; None for points, which tell no more than the place."""
    out = geometry.astype(object)
    out[shapely.get_dimensions(geometry) < 2] = None
    return out


def _gathered(code: str, chunks: Sequence[_Notes]) -> list[Finding]:
    parts = [(at, notes) for notes in chunks for at in notes.at.get(code, [])]
    if not parts:
        return []
    at = np.concatenate([at for at, _ in parts])
    values = [text for notes in chunks for text in notes.values.get(code, [])]
    became = [text for notes in chunks for text in notes.became.get(code, [])]
    order = np.argsort(at, kind="stable")
    texts = (_in(values, order), _in(became, order))
    return [Finding(_KINDS[code], code, "geometry", at[order], *texts)]


def _in(texts: Sequence[str], order: np.ndarray) -> Sequence[str]:
    return [texts[i] for i in order] if texts else ()


def _repaired(shapes: np.ndarray, notes: _Notes) -> np.ndarray:
    shapes[shapely.is_empty(shapes)] = None
    # Asked once: half of the time of a table without faults.
    suspect = ~shapely.is_valid(shapes)
    shapes = _on_the_map(shapes, suspect, notes)
    shapes = _flat(shapes, notes)
    shapes, mixed = _polygonal(shapes, notes)
    tidied = tidy_vertices(shapes)
    suspect |= mixed | (tidied.repeated + tidied.needles > 0)
    for code, counts in (("REPEATED_VERTICES", tidied.repeated), ("SPIKES", tidied.needles)):
        at = np.flatnonzero(counts)
        notes.add(code, at, [str(count) for count in counts[at]])
    shapes = _valid(tidied.geometry, suspect, notes)
    shapes = _without_tiny_holes(shapes, notes)
    shapes = _without_slivers(shapes, notes)
    return _sized(shapes, notes)


def _on_the_map(shapes: np.ndarray, suspect: np.ndarray, notes: _Notes) -> np.ndarray:
    """Shapes whose every coordinate is a longitude and a latitude."""
    at = np.flatnonzero(suspect)
    coordinates, owner = shapely.get_coordinates(shapes[at], return_index=True)
    broken = at[np.unique(owner[~np.isfinite(coordinates).all(axis=1)])]
    notes.add("BROKEN_COORDINATES", broken)
    shapes[broken] = None
    west, south, east, north = shapely.bounds(shapes).T
    outside = (west < -180.0) | (south < -90.0) | (east > 180.0) | (north > 90.0)
    notes.add("OFF_THE_MAP", np.flatnonzero(outside))
    shapes[outside] = None
    return shapes


def _flat(shapes: np.ndarray, notes: _Notes) -> np.ndarray:
    """Shapes in two dimensions."""
    raised = np.flatnonzero(shapely.get_coordinate_dimension(shapes) > 2)
    shapes[raised] = shapely.force_2d(shapes[raised])
    notes.add("DROPPED_Z", raised)
    return shapes


def _polygonal(shapes: np.ndarray, notes: _Notes) -> tuple[np.ndarray, np.ndarray]:
    """Polygons out of collections, and which they were; points stay, lines go."""
    mixed = shapely.get_type_id(shapes) == _COLLECTION
    for i in np.flatnonzero(mixed):
        shapes[i] = _polygons_of(shapes[i])
    lines = shapely.get_dimensions(shapes) == 1
    notes.add("NOT_A_FOOTPRINT", np.flatnonzero(lines))
    shapes[lines] = None
    mixed &= shapely.get_dimensions(shapes) == 2
    notes.add("MIXED_GEOMETRY", np.flatnonzero(mixed))
    return shapes, mixed


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Polygons of a collection; the collection without empty members where it has none."""
    parts = shapely.get_parts(shape)
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts = shapely.get_parts(parts)
    parts = parts[~shapely.is_empty(parts)]
    polygons = parts[shapely.get_type_id(parts) == _POLYGON]
    if not polygons.size:
        return shapely.geometrycollections(parts)
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def _valid(shapes: np.ndarray, suspect: np.ndarray, notes: _Notes) -> np.ndarray:
    """Outlines that cross themselves nowhere."""
    at = np.flatnonzero(suspect & ~shapely.is_missing(shapes))
    at = at[~shapely.is_valid(shapes[at])]
    if not at.size:
        return shapes
    crossed = shapes[at]
    why = shapely.is_valid_reason(crossed)
    nested = np.array([reason.startswith("Nested shells") for reason in why])
    mended, outside = _without_holes_outside(crossed)
    still = ~shapely.is_valid(mended)
    before = areas_m2(mended)
    # By the structure of the rings shells add up and holes go off; by their lines the overlap of
    # two parts would become a hole.
    mended[still] = shapely.make_valid(mended[still], method="structure", keep_collapsed=False)
    after = areas_m2(mended)
    flat = ~(after > 0)
    mended[flat] = None
    shapes[at] = mended
    notes.add("NOT_A_FOOTPRINT", at[flat])
    notes.add("HOLE_OUTSIDE", at[(outside > 0) & ~flat])
    notes.add("SELF_CROSSING", at[still & ~flat])
    notes.add("NESTED_PARTS", at[nested & ~flat])
    changed = ~flat & (np.abs(after - before) > _DOUBTFUL_CHANGE * before)
    notes.add("REPAIR_CHANGED_AREA", at[changed], _texts(before[changed]), _texts(after[changed]))
    return shapes


def _without_holes_outside(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outlines without the holes that lie outside of their part; and which had any."""
    rings, part, row = rings_of(shapes)
    hole = _holes(part)
    outside = np.zeros(len(rings), dtype=bool)
    for i in np.flatnonzero(hole):
        shell = rings[np.searchsorted(part, part[i])]
        whole, own = shapely.make_valid(shapely.polygons([shell, rings[i]]), method="structure")
        outside[i] = shapely.disjoint(whole, own)
    return _without_rings(shapes, (rings, part, row), outside)


def _holes(part: np.ndarray) -> np.ndarray:
    """Which rings are holes: all but the first of each part."""
    return np.append(False, part[1:] == part[:-1])[: len(part)]


def _without_rings(
    shapes: np.ndarray, taken_apart: tuple[np.ndarray, np.ndarray, np.ndarray], drop: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Outlines without some of their holes; and how many each had of those."""
    rings, part, row = taken_apart
    counts = np.bincount(row[part[drop]], minlength=len(shapes))
    out = shapes.copy()
    changed = counts > 0
    if changed.any():
        out[changed] = of_rings(rings[~drop], part[~drop], row, shapes, changed)
    return out, counts


def _without_tiny_holes(shapes: np.ndarray, notes: _Notes) -> np.ndarray:
    """Outlines whose every hole can be a courtyard."""
    many = shapely.get_type_id(shapes) == _MULTIPOLYGON
    at = np.flatnonzero(many | (shapely.get_num_interior_rings(shapes) > 0))
    rings, part, row = rings_of(shapes[at])
    tiny = _holes(part)
    tiny[tiny] = ~(areas_m2(shapely.polygons(rings[tiny])) >= _LEAST_HOLE_M2)
    shapes[at], counts = _without_rings(shapes[at], (rings, part, row), tiny)
    changed = counts > 0
    notes.add("TINY_HOLES", at[changed], [str(count) for count in counts[changed]])
    return shapes


def _without_slivers(shapes: np.ndarray, notes: _Notes) -> np.ndarray:
    """Outlines of several parts, without the crumbs of drawing among them."""
    at = np.flatnonzero(shapely.get_type_id(shapes) == _MULTIPOLYGON)
    parts, row = shapely.get_parts(shapes[at], return_index=True)
    area = areas_m2(parts)
    whole = np.bincount(row, weights=area, minlength=len(at))
    sliver = (area < _SLIVER_M2) & (area < _SLIVER_SHARE * whole[row])
    counts = np.bincount(row[sliver], minlength=len(at))
    changed = counts > 0
    kept = ~sliver & changed[row]
    left = np.bincount(row[kept], minlength=len(at))[changed]
    shapes[at[changed]] = of_parts(parts[kept], from_zero(row[kept]), left > 1)
    notes.add("SLIVER_PARTS", at[changed], [str(count) for count in counts[changed]])
    return shapes


def _sized(shapes: np.ndarray, notes: _Notes) -> np.ndarray:
    """Outlines that enclose an area."""
    areal = shapely.get_dimensions(shapes) == 2
    area = np.where(areal, areas_m2(shapes), np.nan)
    flat = area < _LEAST_OUTLINE_M2
    shapes[flat] = None
    notes.add("NOT_A_FOOTPRINT", np.flatnonzero(flat))
    small = np.flatnonzero((area < _LEAST_ROOF_M2) & ~flat)
    notes.add("SMALL_ROOF", small, _texts(area[small]))
    huge = np.flatnonzero(area > _MOST_ROOF_M2)
    notes.add("HUGE_ROOF", huge, _texts(area[huge]))
    return shapes


def _texts(areas: np.ndarray) -> list[str]:
    return [f"{area:,.0f} m2" if area >= 100 else f"{area:.2f} m2" for area in areas]
