"""Planes from the roof surfaces of a 3D model: true area, tilt and azimuth by the normal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from roofpv.roofs.shapes import FLAT_BELOW_DEG, STEEPEST_DEG, polygons_only

# Below this tilt the centimetres of a model decide where a surface faces. [deg]
_LEVEL_DEG = 0.1
_NO_AREA_M2 = 1e-6
# Fragments are one plane where their normals are so near [deg], their middles no farther off each
# other's plane, the gap between them no wider, and the border in common no shorter [m].
_ONE_PLANE_DEG = 1.0
_OFF_PLANE_M = 0.05
_GAP_M = 0.01
_BORDER_M = 0.1
# Models are drawn in millimetres: corners that nearly meet do. [m]
_GRID_M = 0.001


class Measured(NamedTuple):
    """
    Planes of 3D models, and how many surfaces are none.

    ``planes`` DataFrame (plane,): ``row`` of the building, ``part``, ``roof_form`` (flat or
    pitched), ``roof_tilt roof_azimuth`` [deg], ``plan_m2`` (area seen from above) [m2],
    ``geometry`` [m]; ``left_out``: surfaces ``without_area``, ``facing_down`` and ``upright``.
    """

    planes: pd.DataFrame
    left_out: dict[str, int]


def surface_planes(surfaces: np.ndarray, toward: np.ndarray) -> Measured:
    """
    Planes of the roofs of 3D models.

    Fragments of one plane that touch are one; walls among the roofs, surfaces that face down and
    those without area are left out.

    Parameters
    ----------
    surfaces : ndarray of MultiPolygon Z (building,)
        A polygon a surface, in local metres; None where there is no model. [m]
    toward : ndarray (building,)
        Azimuth of the equator, which a level plane is taken to face. [deg]

    Returns
    -------
    Measured
    """
    faces = facets(surfaces)
    tilt = faces["roof_tilt"].to_numpy()
    some = faces["area_m2"].to_numpy() > _NO_AREA_M2
    down, upright = some & (tilt > 90.0), some & (tilt > STEEPEST_DEG) & (tilt <= 90.0)
    roof = some & (tilt <= STEEPEST_DEG) & ~shapely.is_empty(faces["geometry"].to_numpy())
    left_out = {
        "without_area": ~(roof | down | upright), "facing_down": down, "upright": upright,
    }  # fmt: skip
    kept = faces[roof].reset_index(drop=True)
    group = _one_plane(kept)
    count = int(group.max(initial=-1)) + 1
    normals = _sums(kept[["x", "y", "z"]].to_numpy(), group, count)
    row = np.zeros(count, dtype=np.int64)
    row[group] = kept["row"]
    angles = _angles(normals)
    level = angles["roof_tilt"] < _LEVEL_DEG
    shapes = _united(kept["geometry"].to_numpy(), group, count)
    planes = pd.DataFrame(
        {
            "row": row,
            "part": np.arange(count) - np.searchsorted(row, row),
            "roof_form": np.where(angles["roof_tilt"] < FLAT_BELOW_DEG, "flat", "pitched"),
            "roof_tilt": angles["roof_tilt"],
            "roof_azimuth": np.where(level, toward[row], angles["roof_azimuth"]),
            "plan_m2": shapely.area(shapes),
            "geometry": shapes,
        }
    ).astype({"roof_form": object, "geometry": object})
    return Measured(planes, {name: int(where.sum()) for name, where in left_out.items()})


def facets(surfaces: np.ndarray) -> pd.DataFrame:
    """
    Every surface by itself.

    Parameters
    ----------
    surfaces : ndarray of MultiPolygon Z (building,)
        [m]

    Returns
    -------
    DataFrame (surface,)
        ``row`` of the building, ``x y z`` of the area along its normal [m2], holes taken off
        (Newell's best plane), ``area_m2`` (true), ``roof_tilt roof_azimuth`` [deg], ``east north
        up`` of its middle [m], ``geometry`` seen from above [m].

    References
    ----------
    .. [1] Sutherland, Sproull, Schumacker, "A characterization of ten hidden-surface algorithms",
       ACM Computing Surveys 6, 1974, :doi:`10.1145/356625.356626`
    """
    polygons, row = shapely.get_parts(surfaces, return_index=True)
    vectors, middle = _newell(polygons)
    plan = shapely.force_2d(polygons)
    broken = ~shapely.is_valid(plan)
    plan[broken] = polygons_only(shapely.make_valid(plan[broken]))
    return pd.DataFrame(
        {
            "row": row,
            **dict(zip("xyz", vectors.T, strict=True)),
            "area_m2": np.linalg.norm(vectors, axis=1),
            **_angles(vectors),
            **dict(zip(("east", "north", "up"), middle.T, strict=True)),
            "geometry": plan.astype(object),
        }
    )


def _newell(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Area along the normal of each polygon [m2], and the mean of its outer corners [m]."""
    rings, owner = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, include_z=True, return_index=True)
    first = np.searchsorted(ring, np.arange(len(rings)))
    local = points - points[first[ring]]
    same = ring[1:] == ring[:-1]
    areas = _sums(np.cross(local[:-1], local[1:])[same] / 2.0, ring[1:][same], len(rings))
    means = _sums(points[1:][same], ring[1:][same], len(rings))
    means /= np.maximum(np.bincount(ring, minlength=len(rings)) - 1, 1)[:, None]
    outer = np.searchsorted(owner, np.arange(len(polygons)))
    # A hole takes away whichever way its corners run.
    along = (areas * areas[outer[owner]]).sum(axis=1) > 0.0
    hole = np.arange(len(rings)) != outer[owner]
    areas[hole & along] *= -1.0
    return _sums(areas, owner, len(polygons)), means[outer]


def _sums(values: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    sums = [np.bincount(group, column, count) for column in values.T]
    return np.stack(sums, axis=1).astype(float)


def _angles(normals: np.ndarray) -> dict[str, np.ndarray]:
    """Tilt, above 90 where a surface faces down, and azimuth of the downward slope. [deg]."""
    east, north, up = normals.T
    return {
        "roof_tilt": np.degrees(np.arctan2(np.hypot(east, north), up)),
        "roof_azimuth": np.degrees(np.arctan2(east, north)) % 360.0,
    }


def _one_plane(faces: pd.DataFrame) -> np.ndarray:
    """Number of the plane that each surface is of, in the order of the surfaces."""
    a, b = _neighbours(faces)
    area = faces["area_m2"].to_numpy()[:, None]
    normals = faces[["x", "y", "z"]].to_numpy() / area
    middle = faces[["east", "north", "up"]].to_numpy()
    between = middle[b] - middle[a]
    one = _turn(normals[a], normals[b]) <= _ONE_PLANE_DEG
    for end in (a, b):
        one &= np.abs((normals[end] * between).sum(axis=1)) <= _OFF_PLANE_M
    label = _touching(faces["geometry"].to_numpy(), a[one], b[one])
    mean = _sums(normals * area, label, len(faces))[label]
    mean /= np.linalg.norm(mean, axis=1)[:, None]
    # Facets of a vault are near their neighbours, and not all of them near one plane.
    bent = np.bincount(label, _turn(normals, mean) > _ONE_PLANE_DEG, len(faces)) > 0
    label = np.where(bent[label], np.arange(len(faces)), label)
    return np.unique(label, return_inverse=True)[1]


def _touching(shapes: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Label of all that hang together by pairs with a border in common."""
    near = shapely.dwithin(shapes[a], shapes[b], _GAP_M)
    a, b, rims = a[near], b[near], shapely.boundary(shapes)
    same = shapely.length(shapely.intersection(rims[a], rims[b])) >= _BORDER_M
    label = _components(len(shapes), a[same], b[same])
    # Only what does not share its edges to the bit: a third of the time for triangles.
    rest = np.flatnonzero(label[a] != label[b])
    wide = shapely.buffer(shapes[a[rest]], _GAP_M)
    same[rest] = shapely.length(shapely.intersection(wide, rims[b[rest]])) >= _BORDER_M
    return _components(len(shapes), a[same], b[same])


def _neighbours(faces: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of surfaces of one building whose bounds touch."""
    shapes, row = faces["geometry"].to_numpy(), faces["row"].to_numpy()
    bounds = shapely.bounds(shapes)
    width = np.zeros(int(row.max(initial=-1)) + 1)
    np.maximum.at(width, row, np.abs(bounds[:, [0, 2]]).max(axis=1, initial=0.0))
    # All frames have one origin: the buildings are set side by side.
    aside = (2.0 * np.cumsum(width + 1.0) - width)[row]
    west, south, east, north = bounds.T
    boxes = shapely.box(west + aside - _GAP_M, south, east + aside + _GAP_M, north + _GAP_M)
    a, b = shapely.STRtree(boxes).query(boxes)
    chosen = (a < b) & (row[a] == row[b])
    order = np.lexsort((b[chosen], a[chosen]))
    return a[chosen][order], b[chosen][order]


def _turn(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Angle between unit vectors. [deg]."""
    cross = np.linalg.norm(np.cross(one, other), axis=1)
    return np.degrees(np.arctan2(cross, (one * other).sum(axis=1)))


def _components(count: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Lowest number of all that hang together through pairs."""
    label = np.arange(count)
    while True:
        low = np.minimum(label[a], label[b])
        new = label.copy()
        np.minimum.at(new, a, low)
        np.minimum.at(new, b, low)
        new = new[new]
        if np.array_equal(new, label):
            return label
        label = new


def _united(shapes: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """Union of the shapes of each group."""
    united = np.full(count, None, dtype=object)
    united[group] = shapes
    several = np.flatnonzero(np.bincount(group, minlength=count) > 1)
    for one, members in zip(several, _members(group, several), strict=True):
        united[one] = _union(shapes[members])
    return polygons_only(united)


def _union(shapes: np.ndarray) -> shapely.Geometry:
    """Union without the cracks between its parts."""
    exact = shapely.union_all(shapes)
    joined = shapely.set_precision(exact, _GRID_M)
    # Without a grid GEOS at times loses a part that has nearly equal edges; with it, it takes five
    # times as long.
    if abs(joined.area - shapely.area(shapes).sum()) > _GRID_M * exact.length:
        joined = shapely.union_all(shapes, grid_size=_GRID_M)
    return exact if joined.is_empty else joined


def _members(group: np.ndarray, wanted: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], wanted, side="right")
    starts = np.searchsorted(group[order], wanted)
    return [order[start:end] for start, end in zip(starts, ends, strict=True)]
