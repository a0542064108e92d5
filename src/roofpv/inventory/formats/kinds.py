"""Which reader a file needs, told by its content before its name."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping
from pathlib import Path

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats import archives
from roofpv.inventory.source import Source

_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et")
_TEXTS = (".csv", ".tsv", ".txt")
_PARQUET = (".parquet", ".geoparquet")
_JSON = (".json", ".jsonl", ".geojson", ".geojsonl")
_VECTOR = (".gpkg", ".fgb", ".shp", ".sqlite")
_XML = (".gml", ".xml", ".citygml")
_OSM = (".pbf", ".osm")
FORMATS = (
    ".xlsx, .xls, .csv, .geojson, .gpkg, .shp (or its .zip), .fgb, .parquet, CityJSON, CityGML or "
    ".osm.pbf"
)


def read_source(
    file: Path,
    layer: str | None,
    known: Callable[[str], bool],
    stated: Mapping[str, str] | None = None,
) -> Source:
    """
    Read the table of a file as it stands.

    Parameters
    ----------
    file : Path
    layer : str or None
        Sheet of a workbook, layer of a vector file, member of an archive.
    known : callable
        Whether a header is understood: what tells a header row from a title.
    stated : mapping, optional
        Our name -> the file's header, where the user says so.

    Raises
    ------
    InvalidInventory
        A kind of file that is not read, or one that is not what its name says.
    """
    read = _reader(file)
    if read is None:
        raise InvalidInventory(
            file.name, f"unknown kind of file {file.suffix.lower()!r}", f"Give {FORMATS}"
        )
    if read is _workbook:
        return _workbook(file, layer, known, stated)
    return read(file, layer, known)


Known = Callable[[str], bool]
Reader = Callable[[Path, str | None, Known], Source]


def _reader(file: Path) -> Reader | None:
    suffix = file.suffix.lower()
    if suffix in _TEXTS:
        return _workbook if _is_office(file) else _text
    if suffix in _JSON:
        return _cityjson if _holds(file, b'"CityJSON') else _vector
    return _BY_SUFFIX.get(suffix)


# Readers are imported when a file needs them: each brings a library of its own.
def _workbook(
    file: Path, layer: str | None, known: Known, stated: Mapping[str, str] | None = None
) -> Source:
    from roofpv.inventory.formats.workbook import read_workbook  # noqa: PLC0415

    if archives.is_zip(file):
        archives.members(file)
    return read_workbook(file, layer, known, stated)


def _text(file: Path, layer: str | None, known: Known) -> Source:
    from roofpv.inventory.formats.delimited_text import read_text  # noqa: PLC0415

    del layer
    return read_text(file, known)


def _parquet(file: Path, layer: str | None, known: Known) -> Source:
    from roofpv.inventory.formats.parquet import read_parquet  # noqa: PLC0415

    del layer
    return read_parquet(file, known)


def _cityjson(file: Path, layer: str | None, known: Known) -> Source:
    from roofpv.inventory.formats.cityjson import read_cityjson  # noqa: PLC0415

    del layer, known
    return read_cityjson(file)


def _citygml(file: Path, layer: str | None, known: Known) -> Source:
    from roofpv.inventory.formats.citygml import read_citygml  # noqa: PLC0415

    del layer, known
    return read_citygml(file)


def _vector(file: Path, layer: str | None, known: Known) -> Source:
    from roofpv.inventory.formats.vector import read_vector  # noqa: PLC0415

    del known
    return read_vector(file, layer)


def _zipped(file: Path, layer: str | None, known: Known) -> Source:
    from roofpv.inventory.formats.vector import read_zipped  # noqa: PLC0415

    del known
    return read_zipped(file, layer)


def _osm(file: Path, layer: str | None, known: Known) -> Source:
    from roofpv.inventory.formats.vector import read_osm  # noqa: PLC0415

    del layer, known
    return read_osm(file)


_BY_SUFFIX: dict[str, Reader] = {
    **dict.fromkeys(_WORKBOOKS, _workbook),
    **dict.fromkeys(_PARQUET, _parquet),
    **dict.fromkeys(_VECTOR, _vector),
    **dict.fromkeys(_XML, _citygml),
    **dict.fromkeys(_OSM, _osm),
    ".zip": _zipped,
}


def _is_office(file: Path) -> bool:
    """Whether it begins as a workbook does, whatever its name."""
    with file.open("rb") as opened:
        return opened.read(8).startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def _holds(file: Path, word: bytes) -> bool:
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(word) >= 0
