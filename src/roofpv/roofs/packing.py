"""Whole modules packed on installable areas: counts, covered areas, and where each module lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from roofpv.compiled import load_kernels
from roofpv.errors import InvalidConfig
from roofpv.roofs.convex import are_valid
from roofpv.roofs.designs import Design, rows_between_aisles

packing_kernels = load_kernels("packing")

_POLYGON = 3
# A pitch below the depth by rounding alone is the depth.
_ROUNDING_M = 1e-9

Amount = float | np.ndarray


class Outlines(NamedTuple):
    """Rings of roofs one after the other, each roof about the middle of its bounds."""

    x: np.ndarray
    y: np.ndarray
    rings: np.ndarray
    roofs: np.ndarray
    middle: np.ndarray
    area_m2: np.ndarray


@dataclass(frozen=True)
class Variant:
    """
    A design, and what of it differs by roof.

    Parameters
    ----------
    design : Design
    row_azimuth_deg : float or ndarray (roof,)
        Direction along the rows, clockwise from the polygons' y axis (north in plan); the modules
        face to its right, so that rows toward 90 degrees face south. [deg]
    pitch_m : float or ndarray (roof,), optional
        In place of the design's. [m]
    tilt_deg : float or ndarray (roof,), optional
        In place of the design's. [deg]
    """

    design: Design
    row_azimuth_deg: Amount
    pitch_m: Amount | None = None
    tilt_deg: Amount | None = None


@dataclass(frozen=True)
class Packed:
    """
    What fits on each roof.

    Parameters
    ----------
    roofs : DataFrame (roof,)
        ``installable_area_m2 table_count module_count``, and the three covered areas
        ``module_area_m2`` (sloped), ``projected_module_area_m2``, ``array_field_area_m2`` [m2]. The
        field is the ground of each run of tables with the gaps in it and, up to the next row used
        but no farther than the pitch (with the aisle, where one follows), the ground behind it as
        far as it is installable; behind the last row there is none. Missing where the polygon, the
        direction, the pitch or the tilt is.
    design : Design
    row_azimuth_deg, tilt_deg : ndarray (roof,)
        [deg]
    outlines : Outlines
        Turned, so that the rows run along x. [m]
    cells : ndarray (roof, 6)
        As the kernel takes them. [m]
    """

    roofs: pd.DataFrame
    design: Design
    row_azimuth_deg: np.ndarray
    tilt_deg: np.ndarray
    outlines: Outlines
    cells: np.ndarray

    @property
    def pitch_m(self) -> np.ndarray:
        """Row to row. [m]."""
        return np.asarray(self.cells[:, packing_kernels.PITCH])


def pack_modules(
    polygons: np.ndarray,
    row_azimuth_deg: Amount,
    design: Design,
    *,
    pitch_m: Amount | None = None,
    tilt_deg: Amount | None = None,
) -> Packed:
    """
    Pack whole tables in installable polygons, row by row, as many as fit.

    Rows are parallel and at least the pitch apart, but need not be evenly spaced; each row starts
    where its own room starts.

    Parameters
    ----------
    polygons : ndarray of polygons and multipolygons (roof,)
        In plan for a flat roof, in its plane for a pitched one. [m]
    row_azimuth_deg, pitch_m, tilt_deg : float or ndarray (roof,)
        As in ``Variant``.
    design : Design

    Returns
    -------
    Packed

    Raises
    ------
    InvalidConfig
        A pitch below the depth of a table, or without end.
    """
    return pack_variants(polygons, [Variant(design, row_azimuth_deg, pitch_m, tilt_deg)])[0]


def pack_variants(polygons: np.ndarray, variants: Sequence[Variant]) -> list[Packed]:
    """
    Pack the same polygons in several ways; as ``pack_modules``, each roof read and turned once.

    Parameters
    ----------
    polygons : ndarray of polygons and multipolygons (roof,)
        [m]
    variants : sequence of Variant

    Returns
    -------
    list of Packed
        In the order of the variants.
    """
    outlines = _outlines(polygons)
    turned: dict[bytes, Outlines] = {}
    packed = []
    for variant in variants:
        azimuth = _by_roof(variant.row_azimuth_deg, len(polygons))
        key = azimuth.tobytes()
        if key not in turned:
            turned[key] = _turn(outlines, azimuth)
        packed.append(_pack(turned[key], variant, azimuth))
    return packed


def module_positions(packed: Packed) -> pd.DataFrame:
    """
    Where every module lies, roof by roof, row by row.

    Parameters
    ----------
    packed : Packed

    Returns
    -------
    DataFrame (module,)
        ``roof`` and ``row`` (from 0, along the slope upward), ``table`` (from 0 on each roof),
        ``x_m y_m`` of the middle in the frame of the polygons [m], ``surface_azimuth`` [deg].
    """
    design = packed.design
    roof, table, left, bottom, row = _tables(packed)
    side, up, along = np.indices((design.sides, design.rows_per_table, design.modules_per_table))
    side, up, along = side.ravel(), up.ravel(), along.ravel()
    across = (up * (design.up_m + design.gap_m) + design.up_m / 2.0) * design.foreshortening(
        packed.tilt_deg
    )[roof, None]
    depth = packed.cells[roof, None, packing_kernels.DEPTH]
    across = bottom[:, None] + np.where(side == 1, depth - across, across)
    rightward = left[:, None] + along * (design.along_m + design.gap_m) + design.along_m / 2.0
    each = design.modules_in_table
    owner = np.repeat(roof, each)
    x, y = _back(packed, owner, rightward.ravel(), across.ravel())
    facing = packed.row_azimuth_deg[owner] + np.where(np.tile(side, len(roof)) == 1, 270.0, 90.0)
    return pd.DataFrame(
        {
            "roof": owner,
            "row": np.repeat(row, each),
            "table": np.repeat(table, each),
            "x_m": x,
            "y_m": y,
            "surface_azimuth": facing % 360.0,
        }
    )


def module_outlines(packed: Packed, modules: pd.DataFrame) -> np.ndarray:
    """
    Rectangles of modules from above (``flush``: in the plane), in the frame of the polygons.

    Parameters
    ----------
    packed : Packed
    modules : DataFrame (module,)
        All or some of ``module_positions``.

    Returns
    -------
    ndarray of polygons (module,)
        [m]
    """
    owner = modules["roof"].to_numpy()
    half_up = packed.design.up_m / 2.0 * packed.design.foreshortening(packed.tilt_deg)[owner]
    along = np.array([-0.5, 0.5, 0.5, -0.5]) * packed.design.along_m
    across = np.array([-1.0, -1.0, 1.0, 1.0]) * half_up[:, None]
    sine, cosine = _directions(packed.row_azimuth_deg[owner, None])
    x = modules["x_m"].to_numpy()[:, None] + along * sine - across * cosine
    y = modules["y_m"].to_numpy()[:, None] + along * cosine + across * sine
    return np.asarray(shapely.polygons(np.stack([x, y], axis=-1)))


def _outlines(polygons: np.ndarray) -> Outlines:
    polygons = np.asarray(polygons, dtype=object)
    missing = shapely.is_missing(polygons)
    polygons = _mended(polygons, ~missing & ~are_valid(polygons))
    parts, of_part = shapely.get_parts(polygons, return_index=True)
    flat = shapely.get_type_id(parts) == _POLYGON
    parts, of_part = parts[flat], of_part[flat]
    area = np.bincount(of_part, shapely.area(parts), len(polygons))
    rings, of_ring = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    coordinates, of_vertex = shapely.get_coordinates(rings, return_index=True)
    of_ring = of_part[of_ring]
    bounds = shapely.bounds(polygons)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2.0
    local = coordinates - middle[of_ring[of_vertex]]
    return Outlines(
        local[:, 0],
        local[:, 1],
        _starts(of_vertex, len(rings)),
        _starts(of_ring, len(polygons)),
        middle,
        np.where(missing, np.nan, area),
    )


def _mended(polygons: np.ndarray, crossed: np.ndarray) -> np.ndarray:
    """Outlines that cross themselves taken by their loops, parts that overlap as one."""
    mended = polygons.copy()
    for i in np.flatnonzero(crossed):
        mended[i] = shapely.union_all(shapely.make_valid(shapely.get_parts(polygons[i])))
    return mended


def _starts(owner: np.ndarray, size: int) -> np.ndarray:
    """Where the members of each owner begin in a sorted list, and the end."""
    starts: np.ndarray = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=size))])
    return starts.astype(np.int64)


def _directions(azimuth_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    angle = np.radians(azimuth_deg)
    return np.sin(angle), np.cos(angle)


def _turn(outlines: Outlines, azimuth: np.ndarray) -> Outlines:
    vertices = np.diff(outlines.rings[outlines.roofs])
    sine, cosine = _directions(np.repeat(azimuth, vertices))
    return outlines._replace(
        x=outlines.x * sine + outlines.y * cosine, y=outlines.y * sine - outlines.x * cosine
    )


def _back(
    packed: Packed, owner: np.ndarray, along: np.ndarray, across: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points of the rows' frame in the frame of the polygons."""
    sine, cosine = _directions(packed.row_azimuth_deg[owner])
    middle = packed.outlines.middle[owner]
    x = middle[:, 0] + along * sine - across * cosine
    y = middle[:, 1] + along * cosine + across * sine
    return x, y


def _by_roof(value: Amount, size: int) -> np.ndarray:
    return np.array(np.broadcast_to(np.asarray(value, dtype=float), (size,)))


def _pack(outlines: Outlines, variant: Variant, azimuth: np.ndarray) -> Packed:
    design, size = variant.design, len(azimuth)
    tilt = _by_roof(design.tilt_deg if variant.tilt_deg is None else variant.tilt_deg, size)
    cells = _cells(variant, tilt)
    unknown = np.isnan(outlines.area_m2) | np.isnan(azimuth) | np.isnan(cells).any(axis=1)
    outlines = _without(outlines, unknown)
    tables, field = np.zeros(size, dtype=np.int64), np.zeros(size)
    packing_kernels.count_tables(*outlines[:4], cells, tables, field)
    modules = np.where(unknown, np.nan, tables * float(design.modules_in_table))
    area = modules * design.module_area_m2
    projected = area * np.cos(np.radians(tilt))
    roofs = pd.DataFrame(
        {
            "installable_area_m2": outlines.area_m2,
            "table_count": np.where(unknown, np.nan, tables),
            "module_count": modules,
            "module_area_m2": area,
            "projected_module_area_m2": projected,
            # Tables may stand out of the polygon by the kernel's tolerance.
            "array_field_area_m2": np.minimum(np.maximum(field, projected), outlines.area_m2),
        }
    )
    return Packed(roofs, design, azimuth, tilt, outlines, cells)


def _without(outlines: Outlines, unknown: np.ndarray) -> Outlines:
    """Rings of unknown roofs taken out, so that a kernel never meets a missing number."""
    if not unknown.any():
        return outlines
    rings = np.where(unknown, 0, np.diff(outlines.roofs))
    kept = np.repeat(~unknown, np.diff(outlines.roofs))
    vertices = np.diff(outlines.rings)
    points = np.repeat(kept, vertices)
    return outlines._replace(
        x=outlines.x[points],
        y=outlines.y[points],
        rings=np.concatenate([[0], np.cumsum(vertices[kept])]).astype(np.int64),
        roofs=np.concatenate([[0], np.cumsum(rings)]).astype(np.int64),
    )


def _cells(variant: Variant, tilt: np.ndarray) -> np.ndarray:
    design = variant.design
    depth = design.depth(tilt)
    stated = design.pitch_m if variant.pitch_m is None else variant.pitch_m
    pitch = depth + design.gap_m if stated is None else _by_roof(stated, len(tilt))
    wrong = (pitch < depth - _ROUNDING_M) | np.isinf(pitch)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InvalidConfig(
            f"roof {first}, pitch_m = {pitch[first]:g}",
            f"rows must be a finite length apart, and no less than a table is deep, "
            f"{depth[first]:.3f} m",
            "Give a wider pitch or a lower ground cover ratio",
        )
    pitch = np.maximum(pitch, depth)
    cells = np.empty((len(tilt), 6))
    cells[:, packing_kernels.WIDTH] = design.table_width_m
    cells[:, packing_kernels.DEPTH] = depth
    cells[:, packing_kernels.PITCH] = pitch
    cells[:, packing_kernels.GAP] = design.gap_m
    cells[:, packing_kernels.AISLE_ROWS] = rows_between_aisles(design, pitch, depth)
    cells[:, packing_kernels.AISLE] = design.aisle_m
    return cells


def _tables(packed: Packed) -> tuple[np.ndarray, ...]:
    """Roof, number on the roof, left and lower end and row of every table."""
    counts = packed.roofs["table_count"].fillna(0).to_numpy().astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    left, bottom = np.empty(offsets[-1]), np.empty(offsets[-1])
    row = np.empty(offsets[-1], dtype=np.int64)
    packing_kernels.place_tables(*packed.outlines[:4], packed.cells, offsets, left, bottom, row)
    roof = np.repeat(np.arange(len(counts)), counts)
    return roof, np.arange(len(roof)) - offsets[roof], left, bottom, row
