"""Surfaces of 3D building models -> footprint, roof surfaces and height of each building."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely

# What a face of a model is; UNKNOWN where the file does not say.
UNKNOWN, ROOF, GROUND, OTHER = range(4)

# A face without label is a top (or bottom) if its normal is less than 80° from the vertical.
_UPRIGHT = 0.17
_NO_AREA = 1e-6
_SAME_LEVEL = 0.01
_STOREY = 0.5


class Shell(NamedTuple):
    """
    Faces of one geometry of a building, one after the other.

    ``points`` (point, 3) are the corners of all rings in order, ``ring_sizes`` the corners of each
    ring, ``ring_counts`` the rings of each face (the outer one first), ``kinds`` what each face is
    and ``ids`` its id.
    """

    points: np.ndarray
    ring_sizes: Sequence[int]
    ring_counts: Sequence[int]
    kinds: Sequence[int]
    ids: Sequence[str]


class Shapes(NamedTuple):
    """
    What is known of each building of a batch.

    ``footprints`` and ``roofs`` are geometries or None, ``ids`` the list of surface ids of each
    roof or None, ``heights`` of the roof above the lowest ground [m], ``left_out`` the number of
    roof and ground rings without area.
    """

    footprints: np.ndarray
    roofs: np.ndarray
    ids: np.ndarray
    heights: np.ndarray
    left_out: int


class _Faces(NamedTuple):
    """Rings in a row (``point``, ``ring``) and the faces (``face``) and shells that they make."""

    points: np.ndarray
    ring_of: np.ndarray  # point -> ring
    ring_face: np.ndarray  # ring -> face
    vectors: np.ndarray  # ring -> area along its normal [m2]
    mean_z: np.ndarray  # ring -> mean height of its area [m]
    good: np.ndarray  # ring -> has an area, in a face that has one
    outer: np.ndarray  # face -> its outer ring, -1 without one
    shell: np.ndarray  # face -> shell
    owner: np.ndarray  # face -> building
    low: np.ndarray  # face -> lowest and ...
    high: np.ndarray  # ... highest corner [m]


def shapes_of(
    shells: Sequence[Shell], owners: Sequence[int], count: int, scale: np.ndarray
) -> Shapes:
    """
    Footprint, roof surfaces and height of every building.

    Parameters
    ----------
    shells : sequence of Shell
        Heights in metres.
    owners : sequence of int (shell,)
        Building of each shell, never falling.
    count : int
        Number of buildings.
    scale : ndarray (3,)
        Metres per unit of the three coordinates.

    Returns
    -------
    Shapes
    """
    shapes = Shapes(
        np.full(count, None, dtype=object),
        np.full(count, None, dtype=object),
        np.full(count, None, dtype=object),
        np.full(count, np.nan),
        0,
    )
    if not shells:
        return shapes
    faces = _faces(shells, np.asarray(owners), scale)
    stated = np.concatenate([np.asarray(shell.kinds, dtype=np.int8) for shell in shells])
    kinds, derived = _kinds(faces, stated, scale)
    _fill_footprints(shapes.footprints, faces, kinds)
    _fill_roofs(shapes, faces, kinds == ROOF, derived, shells)
    shapes.heights[:] = _heights(faces, kinds, count)
    wanted = np.isin(kinds, (ROOF, GROUND, UNKNOWN))
    empty = wanted & (faces.outer < 0)
    return shapes._replace(
        left_out=int((~faces.good & wanted[faces.ring_face]).sum() + empty.sum())
    )


def _faces(shells: Sequence[Shell], owners: np.ndarray, scale: np.ndarray) -> _Faces:
    points = np.concatenate([shell.points for shell in shells])
    sizes = np.concatenate([np.asarray(shell.ring_sizes, dtype=np.int64) for shell in shells])
    counts = np.concatenate([np.asarray(shell.ring_counts, dtype=np.int64) for shell in shells])
    shell = np.repeat(np.arange(len(shells)), [len(s.ring_counts) for s in shells])
    points, ring_of, sizes = _without_repeats(points, sizes)
    ring_face = np.repeat(np.arange(len(counts)), counts)
    outer = np.where(counts > 0, np.cumsum(counts) - counts, -1)
    vectors, mean_z = _measure(points, ring_of, sizes, scale)
    good = (sizes >= 3) & (np.linalg.norm(vectors, axis=1) > _NO_AREA)
    good &= good[outer[ring_face]]
    point_face = ring_face[ring_of]
    low, high = np.full(len(counts), np.inf), np.full(len(counts), -np.inf)
    np.minimum.at(low, point_face, points[:, 2])
    np.maximum.at(high, point_face, points[:, 2])
    return _Faces(
        points, ring_of, ring_face, vectors, mean_z, good, outer, shell, owners[shell], low, high
    )


def _without_repeats(
    points: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rings without corners that equal the next one; so none repeats its first at the end."""
    ring_of = np.repeat(np.arange(len(sizes)), sizes)
    keep = (points != points[_next(sizes)]).any(axis=1)
    ring_of = ring_of[keep]
    return points[keep], ring_of, np.bincount(ring_of, minlength=len(sizes))


def _next(sizes: np.ndarray) -> np.ndarray:
    """Position of the next corner of the same ring."""
    following = np.arange(1, sizes.sum() + 1)
    ends = np.cumsum(sizes)
    full = sizes > 0
    following[ends[full] - 1] = (ends - sizes)[full]
    return following


def _measure(
    points: np.ndarray, ring_of: np.ndarray, sizes: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Area along the normal of each ring (Newell) [m2], and the mean height over that area [m]."""
    starts = np.cumsum(sizes) - sizes
    local = (points - points[starts[ring_of]]) * scale
    after = local[_next(sizes)]
    fan = np.stack(
        [
            local[:, 1] * after[:, 2] - local[:, 2] * after[:, 1],
            local[:, 2] * after[:, 0] - local[:, 0] * after[:, 2],
            local[:, 0] * after[:, 1] - local[:, 1] * after[:, 0],
        ]
    )  # twice the triangles of the first corner with each side
    count = len(sizes)
    vectors = np.stack([np.bincount(ring_of, part, count) for part in fan], axis=1) / 2
    lengths = np.linalg.norm(vectors, axis=1)
    lengths[lengths == 0] = np.nan
    along = (fan.T * (vectors / lengths[:, None])[ring_of]).sum(axis=1) / 2
    moment = np.bincount(ring_of, along * (local[:, 2] + after[:, 2]) / 3, count)
    base = np.zeros(count)
    base[sizes > 0] = points[starts[sizes > 0], 2]
    return vectors, base + moment / lengths


def _kinds(faces: _Faces, stated: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    What each face is, and which of the roofs are so by their shape and not by their label.

    In a shell without labelled roof the tops of its faces without label are the roof, the bottoms
    the ground; a top at the very foot of the shell is a bottom turned the wrong way.
    """
    shells = int(faces.shell[-1]) + 1
    usable = (faces.outer >= 0) & faces.good[faces.outer]
    labelled = np.bincount(faces.shell[usable & (stated == ROOF)], minlength=shells) > 0
    grounded = np.bincount(faces.shell[usable & (stated == GROUND)], minlength=shells) > 0
    vectors = faces.vectors[faces.outer]
    up = vectors[:, 2] * _outward(faces, scale, shells)[faces.shell]
    slope = _UPRIGHT * np.linalg.norm(vectors, axis=1)
    foot, top = np.full(shells, np.inf), np.full(shells, -np.inf)
    np.minimum.at(foot, faces.shell, faces.low)
    np.maximum.at(top, faces.shell, faces.high)
    lowest = (faces.high < (foot + _SAME_LEVEL)[faces.shell]) & (top - foot > _STOREY)[faces.shell]
    free = usable & (stated == UNKNOWN) & ~labelled[faces.shell]
    derived = free & (up > slope) & ~lowest
    bottom = free & ((up < -slope) | ((up > slope) & lowest)) & ~grounded[faces.shell]
    return np.where(derived, ROOF, np.where(bottom, GROUND, stated)), derived


def _outward(faces: _Faces, scale: np.ndarray, shells: int) -> np.ndarray:
    """+1 where the normals of a shell point outward (it has a positive volume), else -1."""
    ring_shell = faces.shell[faces.ring_face]
    point_shell = ring_shell[faces.ring_of]
    # Seen from its lowest corner, a shell that lacks only its bottom has its full volume.
    order = np.lexsort((faces.points[:, 2], point_shell))
    found, first = np.unique(point_shell[order], return_index=True)
    foot = np.zeros((shells, 3))
    foot[found] = faces.points[order[first]]
    used, corner = np.unique(faces.ring_of, return_index=True)
    reach = (faces.points[corner] - foot[ring_shell[used]]) * scale
    volumes = np.bincount(
        ring_shell[used], (reach * faces.vectors[used]).sum(axis=1), minlength=shells
    )
    return np.where(volumes < 0, -1.0, 1.0)


def _fill_footprints(footprints: np.ndarray, faces: _Faces, kinds: np.ndarray) -> None:
    """Ground faces from above; where a shell has none its roofs, and else all its faces."""
    vectors = faces.vectors[faces.outer]
    flat = (faces.outer >= 0) & faces.good[faces.outer] & (np.abs(vectors[:, 2]) > _NO_AREA)
    shells = int(faces.shell[-1]) + 1
    rank = np.select([kinds == GROUND, kinds == ROOF], [0, 1], 2)
    best = np.full(shells, 3)
    np.minimum.at(best, faces.shell[flat], rank[flat])
    chosen = flat & (rank == best[faces.shell])
    polygons = _polygons(faces, chosen, np.zeros(len(faces.good), dtype=bool), 2)
    _unite(footprints, polygons, faces.owner[chosen])


def _flattened(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Polygons in shapes of any kind, and the shape that each is of."""
    parts, index = shapely.get_parts(shapes, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    return parts[polygon], index[inner][polygon]


def _mended(polygons: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Valid polygons of each index, in order; a bow tie becomes two."""
    valid = shapely.is_valid(polygons)
    if valid.all():
        return polygons, index
    parts, origin = _flattened(shapely.make_valid(polygons[~valid]))
    index = np.concatenate([index[valid], index[~valid][origin]])
    order = np.argsort(index, kind="stable")
    return np.concatenate([polygons[valid], parts])[order], index[order]


def _unite(target: np.ndarray, polygons: np.ndarray, index: np.ndarray) -> None:
    """Union of the polygons of each index (never falling), written at that index."""
    polygons, index = _mended(polygons, index)
    found, first, counts = np.unique(index, return_index=True, return_counts=True)
    target[found] = polygons[first]
    many = counts > 1
    if many.any():
        place = np.full(len(target), -1)
        place[found[many]] = np.arange(many.sum())
        several = place[index] >= 0
        groups = shapely.multipolygons(polygons[several], indices=place[index[several]])
        target[found[many]] = shapely.union_all(groups[:, None], axis=1)


def _fill_roofs(
    shapes: Shapes, faces: _Faces, roof: np.ndarray, derived: np.ndarray, shells: Sequence[Shell]
) -> None:
    roof = roof & (faces.outer >= 0) & faces.good[faces.outer]
    names = np.array([name for shell in shells for name in shell.ids], dtype=object)[roof]
    polygons = _polygons(faces, roof, _to_reverse(faces), 3)
    level = derived[roof] & (faces.high - faces.low < _SAME_LEVEL)[roof]
    owners = faces.owner[roof]
    if level.any():
        polygons, names, owners = _merge_levels(polygons, names, owners, level)
    shapely.multipolygons(polygons, indices=owners, out=shapes.roofs)
    found, first = np.unique(owners, return_index=True)
    ends = np.append(first, len(names))[1:]
    for row, start, end in zip(found, first, ends, strict=True):
        shapes.ids[row] = names[start:end].tolist()


def _to_reverse(faces: _Faces) -> np.ndarray:
    """Rings to be turned: outer ones whose normal points down, holes that run as the outer one."""
    outer = faces.outer[faces.ring_face]
    down = faces.vectors[outer, 2] < 0
    hole = outer != np.arange(len(outer))
    along = (faces.vectors * faces.vectors[outer]).sum(axis=1) > 0
    return np.where(hole, along != down, down)


def _merge_levels(
    polygons: np.ndarray, names: np.ndarray, owners: np.ndarray, level: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tops of one building at one height as one surface; a model without labels has triangles."""
    heights = shapely.get_z(shapely.get_point(shapely.get_exterior_ring(polygons), 0))
    keys = np.stack([owners, np.round(heights / _SAME_LEVEL)], axis=1)[level]
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(group, kind="stable")
    united = np.full(len(first), None, dtype=object)
    _unite(united, shapely.force_2d(polygons[level])[order], group[order])
    parts, index = _flattened(united)
    upward = shapely.reverse(shapely.normalize(parts))
    parts = shapely.force_3d(upward, z=heights[level][first][index])
    ids = names[level][first][index]
    again = np.arange(len(index)) - np.searchsorted(index, index)
    ids = np.array(
        [f"{name}#{k + 1}" if k else name for name, k in zip(ids, again, strict=True)], dtype=object
    )
    everyone = np.concatenate([owners[~level], owners[level][first][index]])
    order = np.argsort(everyone, kind="stable")
    return (
        np.concatenate([polygons[~level], parts])[order],
        np.concatenate([names[~level], ids])[order],
        everyone[order],
    )


def _polygons(
    faces: _Faces, chosen: np.ndarray, reverse: np.ndarray, dimensions: int
) -> np.ndarray:
    """Polygons of the chosen faces, in order."""
    rings = faces.good & chosen[faces.ring_face]
    if not rings.any():
        return np.array([], dtype=object)
    own = rings[faces.ring_of]
    ring_of = (np.cumsum(rings) - 1)[faces.ring_of[own]]
    points = faces.points[own, :dimensions]
    sizes = np.bincount(ring_of)
    starts = (np.cumsum(sizes) - sizes)[ring_of]
    positions = np.arange(len(points))
    back = 2 * starts + sizes[ring_of] - 1 - positions
    points = points[np.where(reverse[rings][ring_of], back, positions)]
    made = shapely.linearrings(points, indices=ring_of)
    return shapely.polygons(made, indices=(np.cumsum(chosen) - 1)[faces.ring_face[rings]])


def _heights(faces: _Faces, kinds: np.ndarray, count: int) -> np.ndarray:
    """Mean height of the roof over its plan, above the lowest ground (else the lowest corner)."""
    outer = faces.outer[faces.ring_face] == np.arange(len(faces.ring_face))
    roof = faces.good & (kinds == ROOF)[faces.ring_face]
    plan = np.where(outer, 1.0, -1.0) * np.abs(faces.vectors[:, 2])
    rows = faces.owner[faces.ring_face[roof]]
    area = np.bincount(rows, plan[roof], count)
    moment = np.bincount(rows, (plan * faces.mean_z)[roof], count)
    ground, anything = np.full(count, np.inf), np.full(count, np.inf)
    stands = kinds != ROOF
    np.minimum.at(ground, faces.owner[kinds == GROUND], faces.low[kinds == GROUND])
    np.minimum.at(anything, faces.owner[stands], faces.low[stands])
    base = np.where(np.isfinite(ground), ground, anything)
    known = np.isfinite(base) & (area > _NO_AREA)
    heights = np.full(count, np.nan)
    heights[known] = moment[known] / area[known] - base[known]
    return heights
