"""Inventory files -> a table with our column names; every row is kept, nothing is judged yet."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow
import pyogrio
import shapely

from roofpv import schema
from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.kinds import read_source
from roofpv.inventory.headers.columns import (
    PLACE_COLUMNS,
    Understanding,
    known,
    understand,
)
from roofpv.inventory.places.locate import Note, Place, locate
from roofpv.inventory.source import Source

_UNREADABLE = (
    OSError,
    ValueError,
    RecursionError,
    pyarrow.ArrowException,
    pyogrio.errors.CRSError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.DataSourceError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    shapely.errors.ShapelyError,
    zipfile.BadZipFile,
)
_REMOTE = ("http:", "https:", "ftp:", "s3:", "gs:", "file:", "//", "\\\\", "/vsi")


def read_inventory(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    crs: str | None = None,
    layer: str | None = None,
    datum: str = "wgs84",
    swap_axes: bool = False,
) -> gpd.GeoDataFrame:
    """
    Read a building list or a plane table.

    Parameters
    ----------
    path : path
        Workbook (.xlsx, .xls, .ods), CSV (utf-8 or gb18030; footprints as WKT in a column
        ``geometry``, or ``lon`` and ``lat``, or no place at all), GeoJSON, GeoPackage, Shapefile
        (zipped too), FlatGeobuf, GeoParquet, CityJSON, CityGML or OpenStreetMap extract.
    columns : mapping, optional
        Our column name -> the file's.
    crs : str, optional
        Coordinate reference system, for a file that does not state its own.
    layer : str, optional
        Which sheet, layer or member of a file that has several.
    datum : str
        What its degrees refer to: ``wgs84``, ``cgcs2000``, ``gcj02`` (Amap, Tencent), ``bd09``
        (Baidu).
    swap_axes : bool
        Whether its latitudes and longitudes stand the wrong way round.

    Returns
    -------
    GeoDataFrame (row,)
        Every row of the file in WGS84 with our column names, ``source_row`` and ``source_sheet``
        (where the row stands in the file); values as they were found. ``roofpv.assess`` checks
        them. ``attrs``: ``inputs``, ``columns``, ``units``, ``notes``, ``synthetic``.

    Raises
    ------
    InvalidInventory
        A file that is absent, empty, of no known format, without a coordinate system, or with
        several layers none of which is chosen.
    """
    file = local_file(path)
    named = {*(columns or {}).values()}
    source = read_file(file, layer, lambda h: h in named or known(h), columns)
    if source.table.empty:
        raise InvalidInventory(file.name, "the file has no rows", "Give a file with buildings")
    headers = [str(name) for name in source.table.columns]
    meaning = understand(headers, columns or {}, source.units)
    named = _with_our_names(source, meaning)
    named, by_sheet = _district_of_sheet(named, source.sheets)
    located = locate(named, Place(crs, datum, swap_axes), file.name)
    frame = located.frame.assign(
        source_row=source.rows, source_sheet=source.sheets, source_at=np.arange(len(named))
    )
    _check_usable(frame, file.name, headers)
    frame.attrs = _attributes(file, frame, source, meaning) | {
        "findings": tuple(located.findings),
        "notes": [*source.notes, *by_sheet, *located.notes, *_not_read(source)],
    }
    return frame


def local_file(path: str | Path, wanted: str = "a building list") -> Path:
    """
    A file of this computer that has something in it.

    Parameters
    ----------
    path : path
    wanted : str
        What it should be, for the error.

    Raises
    ------
    InvalidInventory
        An address in a network, a file that is absent or empty.
    """
    file = Path(path)
    if str(path).lower().startswith(_REMOTE) and not file.is_file():
        raise InvalidInventory(
            str(path), "not a file of this computer", "Fetch the file and give its path"
        )
    if not file.is_file():
        raise InvalidInventory(str(path), "no such file", f"Give the path of {wanted}")
    if file.stat().st_size == 0:
        raise InvalidInventory(file.name, "the file is empty", f"Give {wanted}")
    return file


def read_file(
    file: Path,
    layer: str | None,
    understood: Callable[[str], bool],
    stated: Mapping[str, str] | None = None,
) -> Source:
    """
    Table of a file as it stands there, whatever its format.

    Parameters
    ----------
    file : Path
    layer : str or None
        Sheet, layer or member.
    understood : callable
        Whether a header means something.
    stated : mapping, optional
        Our name -> the file's header, where the user says so.

    Raises
    ------
    InvalidInventory
        A file that cannot be read, or of no known kind.
    """
    try:
        return read_source(file, layer, understood, stated)
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())[:160]
        raise InvalidInventory(
            file.name,
            f"cannot be read as {file.suffix.lower()} ({reason})",
            "Check that the file is whole",
        ) from error


def _with_our_names(source: Source, meaning: Understanding) -> pd.DataFrame:
    """Columns that are understood, under our names; the own geometry, 3D surfaces and keys too."""
    table = source.table.set_axis([str(column) for column in source.table.columns], axis=1)
    own = getattr(table, "active_geometry_name", None)
    taken = {name: m.source for name, m in meaning.meanings.items()}
    taken |= dict(meaning.place) | dict(meaning.beside)
    named = {name: table[header] for name, header in taken.items() if header != own}
    for name in set(_FILLED) & set(named):
        named[name] = _filled(table, named[name], meaning.meanings[name].others)
    named |= {name: table[header] for name, header in _flags(meaning.exemption_flags).items()}
    named |= {name: table[name] for name in _BESIDE if name in table and name not in named}
    plain = _plain_numbers(pd.DataFrame(named, index=table.index))
    if own is None:
        return plain
    # Where there are outlines, plan coordinates of their middle say nothing more.
    plain = plain.drop(columns=["geometry", *PLACE_COLUMNS], errors="ignore")
    return gpd.GeoDataFrame(plain, geometry=table[own].to_numpy(), crs=table.crs)


_DISTRICTS = ("区", "县", "市", "旗", "區", "縣")
_BESIDE = ("roof_surfaces", "surface_ids", "unread_geometry", "lod", "synthetic")
# Said by several columns of one file, each row by one: of OpenStreetMap by amenity and building.
_FILLED = ("use", "name")


def _filled(table: pd.DataFrame, cells: pd.Series, others: Iterable[str]) -> pd.Series:
    for header in others:
        cells = cells.astype(object).where(cells.notna(), table[header])
    return cells


def _flags(flags: Mapping[str, str]) -> dict[str, str]:
    """Columns about exemptions: ``exempt_KIND``, and ``exempt_KIND#2`` for a second of its kind."""
    named: dict[str, str] = {}
    for header, kind in flags.items():
        turn = sum(name.partition("#")[0] == f"exempt_{kind}" for name in named)
        named[f"exempt_{kind}" + (f"#{turn + 1}" if turn else "")] = header
    return named


def _district_of_sheet(table: pd.DataFrame, sheets: np.ndarray) -> tuple[pd.DataFrame, list[Note]]:
    """Sheets called after districts, one each, say the district where no column does."""
    names = pd.unique(sheets)
    if "district" in table or not all(str(name).endswith(_DISTRICTS) for name in names):
        return table, []
    note = ("notes.district_of_sheet", {"names": ", ".join(map(str, names))})
    return table.assign(district=sheets), [note]


def _plain_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Our number columns as numbers, where every cell is one; others wait for the check."""
    columns = (*schema.INVENTORY, *schema.PLANE_INVENTORY, *schema.ASKED)
    kinds = {column.name: column.kind for column in columns}
    named = [name for name in table if kinds.get(str(name)) == "number"]
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in named}
    whole = {n: v for n, v in numbers.items() if (v.notna() | table[n].isna()).all()}
    return table.assign(**whole)


def _check_usable(frame: gpd.GeoDataFrame, source: str, headers: list[str]) -> None:
    place = not shapely.is_missing(frame.geometry.to_numpy()).all()
    area = {"floor_area_m2", "roof_area_m2", "area_m2", "kwp"} & set(frame.columns)
    if not place and not area:
        raise InvalidInventory(
            f"{source}, columns",
            f"no footprint and no area; found {', '.join(headers) or 'no columns'}",
            "Needed are footprints, or roof_area_m2, or floor_area_m2 and floors; other names go "
            "into [columns] of the configuration",
        )


def _attributes(
    file: Path, frame: gpd.GeoDataFrame, source: Source, meaning: Understanding
) -> dict[str, Any]:
    own = meaning.meanings
    return {
        "inputs": [input_of(file)],
        "columns": {
            "understood": {name: m.source for name, m in own.items() if name != m.source},
            "all": {name: m.source for name, m in own.items()},
            "how": {name: m.how for name, m in own.items()},
            "place": dict(meaning.place),
            "beside": dict(meaning.beside),
            "flags": _flags(meaning.exemption_flags),
            "not_used": [name for name in meaning.unused if name not in _BESIDE],
        },
        "units": {name: m.unit for name, m in own.items() if m.unit},
        "places": _places(source.places, _headers(meaning)),
        "synthetic": _says_synthetic(frame, file),
    }


def input_of(file: Path) -> dict[str, str]:
    """Name and digest of a file, for the record of a run."""
    with file.open("rb") as opened:
        return {"name": file.name, "sha256": hashlib.file_digest(opened, "sha256").hexdigest()}


def _headers(meaning: Understanding) -> dict[str, str]:
    """What each of our columns is called in the file: of all kinds."""
    own = {name: m.source for name, m in meaning.meanings.items()}
    return own | dict(meaning.place) | dict(meaning.beside) | _flags(meaning.exemption_flags)


def _places(places: Mapping[str, int], headers: Mapping[str, str]) -> dict[str, int]:
    """Column of the sheet by our name; by ``sheet!name`` where it stands elsewhere on a sheet."""
    names = {header: name for name, header in headers.items()}
    found = {}
    for key, place in places.items():
        sheet, mark, header = key.rpartition("!")
        if key in names:
            found[names[key]] = place
        elif mark and header in names:
            found[f"{sheet}!{names[header]}"] = place
    return found


def _not_read(source: Source) -> list[tuple[str, Mapping[str, str]]]:
    if not source.unread:
        return []
    return [("notes.not_read", {"names": ", ".join(source.unread)})]


def _says_synthetic(frame: pd.DataFrame, file: Path) -> bool:
    if "synthetic" in frame:
        said = frame["synthetic"].astype(str).str.strip().str.lower()
        if bool(said.isin(["true", "1", "yes"]).any()):
            return True
    if file.suffix.lower() not in {".json", ".geojson"}:
        return False
    with file.open(encoding="utf-8", errors="replace") as opened:
        head = opened.read(2000)
    return '"synthetic": true' in head
