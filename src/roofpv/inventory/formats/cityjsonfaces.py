"""Geometries of a CityJSON object: vertices, nested boundaries, semantics -> shells of faces."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.citymodel import FARTHEST, Candidate
from roofpv.inventory.formats.solids import GROUND, OTHER, ROOF, UNKNOWN, Shell

_KINDS = {"RoofSurface": ROOF, "GroundSurface": GROUND}
# How many lists lie around the surfaces of a geometry.
_DEPTHS = {
    "MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2,
}  # fmt: skip
_NEEDED = {ROOF, GROUND}
_TEMPLATE = "GeometryInstance"
_ALL = {*_DEPTHS, _TEMPLATE, "MultiPoint", "MultiLineString"}

Json = dict[str, Any]
Content = tuple[str, Json, float]  # id of the object, geometry, level of detail


class Transform(NamedTuple):
    """Whole numbers of a file -> its coordinates."""

    scale: np.ndarray
    translate: np.ndarray


class Vertices(NamedTuple):
    """Corners of a file or feature in its coordinates, or why they cannot be used."""

    points: np.ndarray
    problem: str | None = None


def transform_of(document: Json, where: str) -> Transform | None:
    """
    Scale and translation that a file or feature states.

    Parameters
    ----------
    document : dict
    where : str
        File and line.

    Raises
    ------
    InvalidInventory
        A transform that is not three numbers each.
    """
    if "transform" not in document:
        return None
    try:
        scale, shift = (_numbers(document["transform"][key]) for key in ("scale", "translate"))
        whole = scale.shape == shift.shape == (3,) and bool((np.abs(scale) > 0).all())
    except (TypeError, KeyError, ValueError):
        whole = False
    if not whole:
        raise InvalidInventory(
            f"{where}, transform",
            "expected three numbers each for scale and translate",
            "Check that the file is whole, or export it again",
        )
    return Transform(scale, shift)


def _numbers(cells: Any) -> np.ndarray:
    """Array of finite numbers below ``FARTHEST``; ``ValueError`` for anything else."""
    found = np.array(cells)
    if found.dtype.kind not in "if" or not (np.abs(found) < FARTHEST).all():
        raise ValueError
    return found.astype(float)


def vertices_of(
    document: Json, transform: Transform | None, version: tuple[int, int], where: str
) -> Vertices:
    """
    Corners of a file or feature in its coordinates.

    Parameters
    ----------
    document : dict
    transform : Transform or None
    version : tuple of int
    where : str
        File and line.

    Raises
    ------
    InvalidInventory
        Whole numbers without a transform, from CityJSON 1.1 on.
    """
    none = np.empty((0, 3))
    cells = document.get("vertices")
    if not cells:
        return Vertices(none)
    try:
        found = np.array(cells)
    except (ValueError, OverflowError):
        found = none.astype(object)
    if found.dtype.kind not in "iuf" or found.ndim != 2 or found.shape[1] != 3:
        return Vertices(none, "its vertices are not three numbers each")
    if transform is not None:
        with np.errstate(all="ignore"):
            return Vertices(found * transform.scale + transform.translate)
    if version >= (1, 1) and found.dtype.kind != "f":
        raise InvalidInventory(
            f"{where}, transform",
            "vertices are whole numbers, and no transform says what they mean",
            "Export it again with its transform",
        )
    return Vertices(found.astype(float))


def candidates_of(name: str, found: Json) -> tuple[list[Candidate[Content]], int]:
    """
    Geometries of an object that can be read, and the number of those that are templates.

    Parameters
    ----------
    name : str
        Id of the object.
    found : dict

    Raises
    ------
    ValueError
        What is wrong with its geometry.
    """
    geometries = found.get("geometry") or []
    if not isinstance(geometries, list) or not all(isinstance(g, dict) for g in geometries):
        raise ValueError("its geometry is no list of geometries")
    kinds = [geometry.get("type") for geometry in geometries]
    unknown = [kind for kind in kinds if not (isinstance(kind, str) and kind in _ALL)]
    if unknown:
        raise ValueError(f"a geometry of the unknown type {str(unknown[0])[:40]!r}")
    solid = [geometry for geometry in geometries if geometry["type"] in _DEPTHS]
    return [_candidate(name, geometry) for geometry in solid], kinds.count(_TEMPLATE)


def _candidate(name: str, geometry: Json) -> Candidate[Content]:
    try:
        lod = float(geometry.get("lod", 1))
    except (TypeError, ValueError):
        lod = np.nan
    if not 0 <= lod < 10:
        raise ValueError(f"a level of detail {str(geometry.get('lod'))[:20]!r}")
    labels = _labels(geometry)
    labelled = ROOF in labels
    roofs = lod >= 1 and (labelled or not labels)
    return Candidate(roofs, lod, labelled, "Solid" in geometry["type"], (name, geometry, lod))


def _labels(geometry: Json) -> list[int]:
    semantics = geometry.get("semantics")
    if semantics is None:
        return []
    try:
        return [_KINDS.get(surface["type"], OTHER) for surface in semantics["surfaces"]]
    except (TypeError, KeyError) as error:
        raise ValueError("its semantics name no surfaces with a type") from error


def shell_of(name: str, geometry: Json, lod: float, vertices: Vertices) -> Shell:
    """
    Faces of a geometry.

    Parameters
    ----------
    name : str
        Id of the object.
    geometry : dict
    lod : float
    vertices : Vertices

    Raises
    ------
    ValueError
        What is wrong with the geometry.
    """
    kind = geometry["type"]
    try:
        surfaces = _peeled(geometry["boundaries"], _DEPTHS[kind])
        corners = [corner for surface in surfaces for ring in surface for corner in ring]
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"its boundaries are not nested as those of a {kind}") from error
    if not corners:
        raise ValueError("its geometry has no surfaces")
    _check_corners(corners, vertices)
    kinds = [GROUND] * len(surfaces) if lod < 1 else _stated(geometry, len(surfaces))
    kept = [*range(len(surfaces))]
    if ROOF in kinds and GROUND in kinds:
        # Walls are three quarters of a model and say nothing more: a fifth less time without.
        kept = [position for position in kept if kinds[position] in _NEEDED]
    rings = [ring for position in kept for ring in surfaces[position]]
    points = vertices.points[[corner for ring in rings for corner in ring]]
    if not (np.abs(points) < FARTHEST).all():
        raise ValueError("coordinates that are no place")
    return Shell(
        points,
        [*map(len, rings)],
        [len(surfaces[position]) for position in kept],
        [kinds[position] for position in kept],
        [f"{name}/{position}" for position in kept],
    )


def _peeled(boundaries: Any, depth: int) -> list[Any]:
    """Surfaces of a geometry: of a solid its outer shell, of several solids all of theirs."""
    if depth == 0:
        return list(boundaries)
    if depth == 1:
        return list(boundaries[0])
    return [surface for solid in boundaries for surface in solid[0]]


def _stated(geometry: Json, count: int) -> list[int]:
    """Kind of each surface as the semantics state it."""
    labels = _labels(geometry)
    values = geometry["semantics"].get("values") if labels else None
    if values is None:
        return [UNKNOWN] * count
    flat = _flat_values(values, geometry["boundaries"], _DEPTHS[geometry["type"]])
    if len(flat) != count:
        raise ValueError(f"semantics of {len(flat)} surfaces, but {count} surfaces")
    if not {*map(type, flat)} <= {int, type(None)}:
        raise ValueError("semantics whose values are no whole numbers")
    if not all(value is None or 0 <= value < len(labels) for value in flat):
        raise ValueError(f"semantics with a value beyond its {len(labels)} surfaces")
    return [UNKNOWN if value is None else labels[value] for value in flat]


def _flat_values(values: Any, boundaries: Any, depth: int) -> list[Any]:
    """Values in the order of ``_peeled``; null stands for all that it replaces."""
    try:
        if depth == 0:
            return list(values)
        if depth == 1:
            return [None] * len(boundaries[0]) if values[0] is None else list(values[0])
        return [
            value
            for own, solid in zip(values, boundaries, strict=True)
            for value in ([None] * len(solid[0]) if own is None else _flat_values(own, solid, 1))
        ]
    except (TypeError, KeyError, IndexError, ValueError) as error:
        raise ValueError("semantics that are not nested as the boundaries") from error


def _check_corners(corners: list[Any], vertices: Vertices) -> None:
    if vertices.problem is not None:
        raise ValueError(vertices.problem)
    if {*map(type, corners)} != {int}:
        odd = next(corner for corner in corners if type(corner) is not int)
        raise ValueError(f"a corner {str(odd)[:40]!r}, expected the number of a vertex")
    low, high, count = min(corners), max(corners), len(vertices.points)
    if low < 0 or high >= count:
        odd = low if low < 0 else high
        raise ValueError(f"vertex {odd} of {count} (they count from 0)")
