"""CityGML 1.0 and 2.0, LoD 0 to 4: one row a building, its parts merged into it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

import defusedxml
import defusedxml.ElementTree
import numpy as np

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.citymodel import FARTHEST, Candidate, CityModel, Model, choose, merged
from roofpv.inventory.formats.gmlcells import cells_of
from roofpv.inventory.formats.solids import GROUND, OTHER, ROOF, UNKNOWN, Shell
from roofpv.inventory.formats.srsname import reference_of
from roofpv.inventory.source import Source

_CITYGML = "http://www.opengis.net/citygml/"
_VERSIONS = ("1.0", "2.0")
_ROOTS = {"CityModel", "FeatureCollection"}
_MEMBERS = {"cityObjectMember", "featureMember", "member"}
_KINDS = {"RoofSurface": ROOF, "GroundSurface": GROUND}
_SURFACE = re.compile(r"(Roof|Ground|Wall|Closure|OuterFloor|OuterCeiling)Surface")
_GEOMETRY = re.compile(r"lod([0-4])(Solid|MultiSurface|FootPrint|RoofEdge)")
_FACES = {"Polygon", "PolygonPatch", "Triangle", "Rectangle"}
_ID = "{http://www.opengis.net/gml}id"
_HREF = "{http://www.w3.org/1999/xlink}href"
# Old lists have commas; Python would read 1_0 as 10.
_SEPARATORS = str.maketrans({",": " ", "_": "?"})
_AGAIN = "Check that the file is whole, or export it again"

_Surfaces = list[tuple[int, Element]]
_Ids = Callable[[], Mapping[str, Element]]


def read_citygml(file: Path) -> Source:
    """
    Read the buildings of a CityGML file in a stream.

    Parameters
    ----------
    file : Path

    Returns
    -------
    Source
        As ``read_cityjson`` gives it; cells are text, as XML has them, and surface ids are those of
        the polygons.

    Raises
    ------
    InvalidInventory
        A file that is broken, has a DOCTYPE, is no CityGML 1.0 or 2.0, has no buildings or several
        coordinate systems.
    """
    model = CityModel(file.name)
    with file.open("rb") as opened:
        for row, element in enumerate(_buildings(opened, model), 1):
            model.add(_building(element, row, model))
    return model.source()


def _events(opened: BinaryIO, name: str) -> Iterator[tuple[str, Element]]:
    """Starts and ends of elements; entities, external ones too, need a DOCTYPE and go with it."""
    try:
        yield from defusedxml.ElementTree.iterparse(
            opened, ("start", "end"), forbid_dtd=True, forbid_entities=True, forbid_external=True
        )
    except ParseError as error:
        raise InvalidInventory(name, f"broken XML ({error})", _AGAIN) from error
    except defusedxml.DefusedXmlException as error:
        raise InvalidInventory(
            name,
            "the file has a DOCTYPE or entities, which a city model does not need",
            "Remove the DOCTYPE if you trust the file, or export it again",
        ) from error
    except (ValueError, LookupError) as error:
        raise InvalidInventory(
            name, f"an encoding that cannot be read ({error})", "Save the file as UTF-8"
        ) from error


def _buildings(opened: BinaryIO, model: CityModel) -> Iterator[Element]:
    """Every building once it is whole; all else is forgotten as soon as it ends."""
    path: list[str] = []
    inside: Element | None = None
    for event, element in _events(opened, model.file):
        if event == "end":
            path.pop()
            if inside is element:
                yield element
                inside = None
            if inside is None:
                element.clear()
            continue
        space, name = _split(element)
        if not path:
            _check_root(space, name, model.file)
        if "srsName" in element.attrib:
            _take_srs(element.attrib["srsName"], model)
        if inside is None and name == "Building" and space.startswith(f"{_CITYGML}building/"):
            inside = element
        elif inside is None and path and path[-1] in _MEMBERS:
            model.others[name] += 1
        path.append(name)


def _split(element: Element) -> tuple[str, str]:
    space, _, name = element.tag.rpartition("}")
    return space[1:], name


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _check_root(space: str, name: str, file: str) -> None:
    version = space.removeprefix(_CITYGML)
    if name not in _ROOTS or (name == "CityModel" and version not in _VERSIONS):
        found = f"{name} of {space or 'no namespace'}"
        raise InvalidInventory(
            file,
            f"XML that begins with {found[:120]}, expected CityModel of CityGML 1.0 or 2.0",
            "Give CityGML 2.0, or convert it to CityJSON",
        )


def _take_srs(name: str, model: CityModel) -> None:
    """Remember the coordinate system; a second one in the same file would place nothing right."""
    if name == model.srs:
        return
    new, old = _crs_of(name), _crs_of(model.srs)
    if old is None and (new is not None or model.srs is None):
        model.srs = name
    elif new is not None and new != old:
        raise InvalidInventory(
            model.file,
            f"two coordinate systems, {str(model.srs)[:60]} and {name[:60]}",
            "Export it in one coordinate system",
        )


@functools.lru_cache(maxsize=64)
def _crs_of(name: str | None) -> object:
    return reference_of(name).crs


def _building(element: Element, row: int, model: CityModel) -> Model:
    parts = _parts(element)
    own, *others = [cells_of(part, model.units) for part in (element, *parts)]
    attributes, torn = merged(own, others)
    model.torn.update(torn)
    key = element.get(_ID)

    @functools.cache
    def ids() -> Mapping[str, Element]:
        return {node.attrib[_ID]: node for node in element.iter() if _ID in node.attrib}

    candidates = [_candidates(part) for part in (element, *parts)]
    chosen = choose(candidates[0], candidates[1:])
    try:
        shells = [_shell(each, ids, f"{key or row}/{n}") for n, each in enumerate(chosen)]
    except ValueError as error:
        return Model(key, row, attributes, unread=str(error))
    level = f"{max(candidate.lod for candidate in chosen):g}" if chosen else None
    return Model(key, row, attributes, shells, level)


def _parts(element: Element) -> list[Element]:
    """Parts of a building, and the parts of those."""
    found: list[Element] = []
    waiting = [element]
    while waiting:
        holders = [c for c in waiting.pop(0) if _name(c) == "consistsOfBuildingPart"]
        parts = [part for holder in holders for part in holder if _name(part) == "BuildingPart"]
        found += parts
        waiting += parts
    return found


def _candidates(element: Element) -> list[Candidate[_Surfaces]]:
    labelled: dict[int, _Surfaces] = {}
    bare: list[Candidate[_Surfaces]] = []
    for child in element:
        name = _name(child)
        if name == "boundedBy":
            for surface in child:
                _take_surface(surface, labelled)
        elif found := _GEOMETRY.fullmatch(name):
            lod, what = int(found[1]), found[2]
            kind = UNKNOWN if lod else GROUND
            content = [(kind, child)]
            bare.append(Candidate(lod > 0, lod, what == "FootPrint", what == "Solid", content))
    named = [
        Candidate(ROOF in dict(faces), lod, True, False, faces) for lod, faces in labelled.items()
    ]
    return [*named, *bare]


def _take_surface(surface: Element, labelled: dict[int, _Surfaces]) -> None:
    if not _SURFACE.fullmatch(_name(surface)):
        return
    kind = _KINDS.get(_name(surface), OTHER)
    for child in surface:
        if found := _GEOMETRY.fullmatch(_name(child)):
            labelled.setdefault(int(found[1]), []).append((kind, child))


def _shell(chosen: Candidate[_Surfaces], ids: _Ids, name: str) -> Shell:
    """Faces of a geometry; ``ValueError`` says what is wrong with it."""
    corners: list[float] = []
    ring_sizes: list[int] = []
    ring_counts: list[int] = []
    kinds: list[int] = []
    names: list[str] = []
    seen: set[Element] = set()
    stated = dict(chosen.content)
    # Walls are three quarters of a model and say nothing more where roof and ground are known.
    passed = {OTHER} if ROOF in stated and GROUND in stated else set()
    for kind, container in chosen.content:
        for polygon, dimension in () if kind in passed else _polygons(container, ids, seen):
            rings = _rings(polygon, dimension, flat=chosen.lod == 0)
            ring_sizes += [len(ring) // 3 for ring in rings]
            ring_counts.append(len(rings))
            kinds.append(kind)
            names.append(polygon.get(_ID) or f"{name}/{len(names)}")
            corners += [number for ring in rings for number in ring]
    if not corners:
        raise ValueError("its geometry has no surfaces")
    points = np.array(corners).reshape(-1, 3)
    if not (np.abs(points) < FARTHEST).all():
        raise ValueError("coordinates that are no place")
    return Shell(points, ring_sizes, ring_counts, kinds, names)


def _polygons(
    container: Element, ids: _Ids, seen: set[Element]
) -> Iterator[tuple[Element, str | None]]:
    """Polygons in a geometry, those referred to as well, each once; with its stated dimension."""
    waiting: list[tuple[Element, str | None]] = [(container, None)]
    while waiting:
        node, dimension = waiting.pop()
        name, dimension = _name(node), node.get("srsDimension", dimension)
        if node in seen:
            continue
        if name in _FACES:
            seen.add(node)
            yield node, dimension
        elif _HREF in node.attrib:
            seen.add(node)
            waiting.append((_referred(node.attrib[_HREF], ids), dimension))
        else:
            cavity = name == "Solid"
            inner = [c for c in node if not (cavity and _name(c) == "interior")]
            waiting += [(child, dimension) for child in reversed(inner)]


def _referred(href: str, ids: _Ids) -> Element:
    target = ids().get(href.removeprefix("#"))
    if target is None:
        raise ValueError(f"a reference to {href[:60]!r}, which is not in the building")
    return target


def _rings(polygon: Element, dimension: str | None, *, flat: bool) -> list[list[float]]:
    """Outer ring and holes, three numbers a corner."""
    outer = [child for child in polygon if _name(child) == "exterior"]
    holes = [child for child in polygon if _name(child) == "interior"]
    rings = [ring for side in (*outer, *holes) for ring in side]
    if any(_name(ring) != "LinearRing" for ring in rings):
        raise ValueError("a surface whose edge is no LinearRing")
    return [_corners(ring, dimension, flat=flat) for ring in rings]


def _corners(ring: Element, dimension: str | None, *, flat: bool) -> list[float]:
    lists = [node for node in ring.iter() if _name(node) in {"posList", "pos", "coordinates"}]
    text = " ".join(node.text or "" for node in lists)
    text = text.translate(_SEPARATORS)
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError as error:
        raise ValueError(f"coordinates {text[:40]!r}, expected numbers") from error
    stated = next((node.get("srsDimension") for node in lists if node.get("srsDimension")), None)
    size = stated or ring.get("srsDimension", dimension)
    if size is None:
        size = "2" if len(numbers) % 3 and len(numbers) % 2 == 0 else "3"
    if size == "2" and flat and len(numbers) % 2 == 0:
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return [number for x, y in pairs for number in (x, y, 0.0)]
    if size != "3" or len(numbers) % 3:
        raise ValueError(f"{len(numbers)} coordinates in a ring, expected three a corner")
    return numbers
