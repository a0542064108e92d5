"""CityJSON 1.0 to 2.0 and CityJSONSeq: one row a building, its parts merged into it."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.cityjsonfaces import (
    Json,
    Vertices,
    candidates_of,
    shell_of,
    transform_of,
    vertices_of,
)
from roofpv.inventory.formats.citymodel import CityModel, Model, choose, merged
from roofpv.inventory.source import Source

_AGAIN = "Check that the file is whole, or export it again"

_Group = list[tuple[str, Json]]


class _Doubled(dict):
    """A JSON object in which names stand twice; ``pairs`` has them all."""

    pairs: list[tuple[str, Any]]


def read_cityjson(file: Path) -> Source:
    """
    Read the buildings of a CityJSON or CityJSONSeq file.

    Parameters
    ----------
    file : Path
        A file with features line by line is read in a stream.

    Returns
    -------
    Source
        A row a building with its attributes, ``model_height_m``, ``roof_surfaces`` (in the file's
        coordinates, heights in metres), ``surface_ids``, ``lod``, and ``unread_geometry``, which
        says why a geometry cannot be used.

    Raises
    ------
    InvalidInventory
        A file that is broken, not CityJSON, of an unknown version or without buildings.
    """
    model = CityModel(file.name)
    with file.open("rb") as opened:
        head = _head(opened, file.name)
        version = _check_head(head, file.name)
        model.srs = _reference_name(head)
        transform = transform_of(head, file.name)
        vertices = vertices_of(head, transform, version, file.name)
        if vertices.problem is not None:
            raise InvalidInventory(f"{file.name}, vertices", vertices.problem, _AGAIN)
        _add(model, head, vertices, None)
        for number, line in enumerate(opened, 2):
            if line.strip():
                where = f"{file.name}, line {number}"
                feature = _feature(_parsed(line, where), where)
                own = transform_of(feature, where) if "transform" in feature else transform
                _add(model, feature, vertices_of(feature, own, version, where), number)
    return model.source()


def _head(opened: BinaryIO, name: str) -> Json:
    """First line, where it is JSON by itself (and so a sequence may follow), else the whole."""
    line = opened.readline()
    try:
        found = json.loads(line, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        found = _parsed(line + opened.read(), name)
    if not isinstance(found, dict):
        raise InvalidInventory(name, "JSON, but not CityJSON", "Give a CityJSON file")
    return found


def _object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    doubled = _Doubled(found)
    doubled.pairs = pairs
    return doubled


def _parsed(text: bytes, where: str) -> Any:
    try:
        return json.loads(text.removeprefix(b"\xef\xbb\xbf"), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidInventory(where, f"broken JSON ({error.msg}, {place})", _AGAIN) from error
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is no UTF-8, which CityJSON is written in"
        raise InvalidInventory(where, problem, "Save the file as UTF-8") from error
    except ValueError as error:
        raise InvalidInventory(where, "a number with thousands of digits", _AGAIN) from error
    except RecursionError as error:
        raise InvalidInventory(where, "lists nested too deeply", _AGAIN) from error


def _check_head(head: Json, name: str) -> tuple[int, int]:
    kind, version = head.get("type"), str(head.get("version", "1.0"))
    if kind != "CityJSON":
        found = str(kind)[:40]
        raise InvalidInventory(
            name,
            f"JSON of the type {found!r}, expected 'CityJSON'",
            "Give a CityJSON file; a sequence of features needs its header line",
        )
    numbers = version.split(".")
    if numbers[0] not in {"1", "2"} or not "".join(numbers[1:2] or "0").isdecimal():
        raise InvalidInventory(
            name,
            f"CityJSON version {version[:20]!r}, expected 1.0, 1.1 or 2.0",
            "Upgrade it, for example with cjio FILE upgrade save NEW",
        )
    return int(numbers[0]), int("".join(numbers[1:2] or "0"))


def _feature(found: Any, where: str) -> Json:
    if not isinstance(found, dict) or found.get("type") != "CityJSONFeature":
        raise InvalidInventory(where, "the line is no CityJSONFeature", _AGAIN)
    return found


def _reference_name(head: Json) -> str | None:
    metadata = head.get("metadata")
    name = metadata.get("referenceSystem") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) and name.strip() else None


def _add(model: CityModel, document: Json, vertices: Vertices, line: int | None) -> None:
    """Add the buildings of a file or a feature."""
    objects = document.get("CityObjects")
    if not isinstance(objects, dict):
        where = model.file if line is None else f"{model.file}, line {line}"
        raise InvalidInventory(f"{where}, CityObjects", "expected an object of objects", _AGAIN)
    pairs = objects.pairs if isinstance(objects, _Doubled) else objects.items()
    for count, group in enumerate(_groups(model, pairs), 1):
        model.add(_building(model, group, vertices, line or count))


def _groups(model: CityModel, pairs: Iterable[tuple[str, Any]]) -> Iterator[_Group]:
    """Every building with its parts (first itself); a part of no building stands for itself."""
    heads, parts = _buildings(model, pairs)
    children: dict[str, list[str]] = {}
    for key, found in parts.items():
        for parent in _names(found, "parents"):
            children.setdefault(parent, []).append(key)
    for key, found in heads:
        yield [(key, found), *_below(key, found, children, parts)]
    tops = [k for k, found in parts.items() if not parts.keys() & {*_names(found, "parents")}]
    for key in (*tops, *list(parts)):
        orphan = parts.pop(key, None)
        if orphan is not None:
            model.orphans += 1
            yield [(key, orphan), *_below(key, orphan, children, parts)]


def _buildings(
    model: CityModel, pairs: Iterable[tuple[str, Any]]
) -> tuple[_Group, dict[str, Json]]:
    """Buildings (and what might be one), and parts by id; all else is counted."""
    heads: _Group = []
    parts: dict[str, Json] = {}
    for key, found in pairs:
        kind = found.get("type") if isinstance(found, dict) else None
        if kind == "BuildingPart" and key not in parts:
            parts[key] = found
        elif not isinstance(kind, str):
            heads.append((key, {"type": None}))
        elif kind in {"Building", "BuildingPart"}:
            heads.append((key, found))
        else:
            model.others[kind] += 1
    return heads, parts


def _below(
    key: str, found: Json, children: Mapping[str, list[str]], parts: dict[str, Json]
) -> Iterator[tuple[str, Json]]:
    """Parts of a building and their parts, taken out of ``parts`` so that each is used once."""
    waiting = deque([*children.get(key, ()), *_names(found, "children")])
    while waiting:
        name = waiting.popleft()
        part = parts.pop(name, None)
        if part is not None:
            yield name, part
            waiting += [*children.get(name, ()), *_names(part, "children")]


def _names(found: Json, member: str) -> list[str]:
    names = found.get(member)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _building(model: CityModel, group: _Group, vertices: Vertices, row: int) -> Model:
    key, own = group[0]
    if own["type"] is None:
        return Model(key, row, {}, unread="it is no CityJSON object with a type")
    attributes, torn = merged(
        _attributes(own, model.nested), [_attributes(part, model.nested) for _, part in group[1:]]
    )
    model.torn.update(torn)
    try:
        found = [candidates_of(name, each) for name, each in group]
        model.templates += sum(templates for _, templates in found)
        chosen = choose(found[0][0], [candidates for candidates, _ in found[1:]])
        shells = [shell_of(*candidate.content, vertices) for candidate in chosen]
    except ValueError as error:
        return Model(key, row, attributes, unread=str(error))
    level = f"{max(candidate.lod for candidate in chosen):g}" if chosen else None
    return Model(key, row, attributes, shells, level)


def _attributes(found: Json, nested: Counter[str]) -> Json:
    cells = found.get("attributes")
    if not isinstance(cells, dict):
        return {}
    plain = {}
    for name, value in cells.items():
        if isinstance(value, list | dict):
            nested[name] += 1
        elif value is not None:
            plain[name] = value
    return plain
