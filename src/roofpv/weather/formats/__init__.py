"""Weather files of every known format -> ``Series``, as they stand."""

from __future__ import annotations

import csv
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from roofpv.errors import InvalidWeather
from roofpv.text import plain
from roofpv.weather.formats import epw, netcdf, nsrdb, power, pvgis, table, tmy
from roofpv.weather.formats.common import Content
from roofpv.weather.series import Columns, Place, Series

__all__ = ["read_series"]

Reader = Callable[[Content, Place], list[Series]]

_NETCDF = (b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"CDF\x02", b"CDF\x05")
# What other files begin with, what they are, and what to do with them.
_UNPACK, _SAVE_CSV = "Unpack it first", "Save its sheet as CSV"
_OTHERS = {
    b"\x1f\x8b": ("a gzip file", _UNPACK),
    b"BZh": ("a bzip2 file", _UNPACK),
    b"\xfd7zXZ": ("an xz file", _UNPACK),
    b"7z\xbc\xaf": ("a 7z archive", _UNPACK),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook (.xls)", _SAVE_CSV),
    b"%PDF": ("a PDF document", "Give the file of its data"),
}
_ZIP = b"PK\x03\x04"
_FEWEST_ROWS = 2
_TABLES = {".csv", ".txt", ".tsv", ".dat"}
_KNOWN = "Give .epw, .tm2, .csv, .json or .nc"
# What readers stumble over in a file that is damaged or of another kind.
_UNREADABLE = (
    ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError,
    csv.Error,
)  # fmt: skip


def read_series(file: Path, place: Place, columns: Columns) -> list[Series]:
    """
    Read a weather file of any known format, known by its content first, then by its name.

    Parameters
    ----------
    file : Path
        EPW, TMY2, TMY3, PVGIS (typical year or hourly; csv, json, epw), NSRDB, NASA POWER, a table,
        or a NetCDF of ours.
    place : Place
        Where it was taken, which comes before what the file says.
    columns : Columns
        How a table calls its columns, and their units.

    Returns
    -------
    list of Series
        One a site: labels in UTC as the file claims them, in its order, with its gaps.

    Raises
    ------
    InvalidWeather
        A file that does not exist, is empty, of an unknown kind, or cannot be read; with row and
        column where the fault is a cell.
    """
    content = _content(file)
    kind, reader = _reader(content, columns)
    if kind != table.KIND and columns != Columns():
        raise InvalidWeather(
            content.name,
            f"columns and units of {kind} are fixed by its format",
            "Leave --column, --unit and --time-format out",
        )
    try:
        with warnings.catch_warnings():
            # Of mixed columns and odd dates, which the reader then finds and names.
            warnings.simplefilter("ignore")
            found = reader(content, place)
    except InvalidWeather:
        raise
    except _UNREADABLE as error:
        reason = plain(" ".join(str(error).split()), 160) or type(error).__name__
        raise InvalidWeather(
            content.name,
            f"cannot be read as {kind} ({reason})",
            "Check that the file is whole, nothing cut off",
        ) from error
    rows = min(len(series.frame) for series in found)
    if rows < _FEWEST_ROWS:
        raise InvalidWeather(content.name, f"{rows} rows of weather", "Give a full year")
    return found


def _content(file: Path) -> Content:
    if not file.exists():
        raise InvalidWeather(str(file), "no such file", "Give the path of a weather file")
    if file.is_dir():
        raise InvalidWeather(str(file), "it is a folder", "Give the path of a weather file")
    content = Content(file)
    try:
        empty = not content.start.strip() and not content.data.strip()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidWeather(
            content.name, f"cannot be opened ({reason})", "Give another"
        ) from error
    if empty:
        raise InvalidWeather(content.name, "the file is empty", "Give another file")
    return content


def _reader(content: Content, columns: Columns) -> tuple[str, Reader]:
    """Kind of a file and its reader."""
    suffix = content.file.suffix.lower()
    if content.start.startswith(_NETCDF):
        return netcdf.KIND, netcdf.read_netcdf
    _refuse_other_kinds(content)
    found = _text_reader(content.head)
    if found:
        return found
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if suffix in _TABLES:
        return table.KIND, lambda content, place: table.read_table(content, place, columns)
    raise _unknown(content)


def _refuse_other_kinds(content: Content) -> None:
    """Say what a file is that has the name of weather and the beginning of something else."""
    found = next((told for sign, told in _OTHERS.items() if content.start.startswith(sign)), None)
    if content.start.startswith(_ZIP):
        found = _zip_kind(content)
    if found:
        raise InvalidWeather(content.name, f"this is {found[0]}, not weather data", found[1])


def _zip_kind(content: Content) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(content.file) as opened:
            names = opened.namelist()
    except (zipfile.BadZipFile, OSError):
        names = []
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook", _SAVE_CSV
    if "content.xml" in names:
        return "an OpenDocument sheet", _SAVE_CSV
    return "a zip archive", _UNPACK


def _unknown(content: Content) -> InvalidWeather:
    suffix = plain(content.file.suffix.lower())
    return InvalidWeather(content.name, f"unknown kind of weather file {suffix!r}", _KNOWN)


def _text_reader(head: str) -> tuple[str, Reader] | None:
    """Kind of a text by its first lines."""
    first, _, rest = head.partition("\n")
    names = {name.strip() for name in first.split(",")}
    signs: tuple[tuple[bool, str, Reader], ...] = (
        (head.startswith("<"), "a web page", _refuse_page),
        (head.startswith(("{", "[")), "JSON", _read_json),
        (first.upper().startswith("LOCATION,"), epw.KIND, epw.read_epw),
        (first.lstrip('"').lower().startswith(pvgis.FIRST_LINE), pvgis.KIND, pvgis.read_pvgis_csv),
        (tmy.TMY3_DATE in rest.partition("\n")[0], tmy.TMY3, tmy.read_tmy3),
        (set(nsrdb.NEEDED) <= names, nsrdb.KIND, nsrdb.read_nsrdb),
        (first.strip() == power.FIRST_LINE, power.KIND, power.read_power_csv),
        (tmy.is_tmy2(first), tmy.TMY2, tmy.read_tmy2),
    )
    return next(((kind, reader) for sign, kind, reader in signs if sign), None)


def _refuse_page(content: Content, place: Place) -> NoReturn:
    del place
    head = content.head.lower()
    if "<html" in head or "<!doctype html" in head:
        raise InvalidWeather(content.name, "a web page, not weather data", "Download it again")
    raise InvalidWeather(content.name, "XML, not weather data", _KNOWN)


def _read_json(content: Content, place: Place) -> list[Series]:
    document = content.json
    keys = set(document) if isinstance(document, dict) else set()
    outputs = document["outputs"] if "outputs" in keys else {}
    if isinstance(outputs, dict) and {"tmy_hourly", "hourly"} & set(outputs):
        return pvgis.read_pvgis_json(content, place)
    parameters = document["properties"] if "properties" in keys else {}
    if isinstance(parameters, dict) and "parameter" in parameters:
        return power.read_power_json(content, place)
    said = [
        str(document[key]) for key in ("message", "messages", "detail") if document and key in keys
    ]
    if any(text not in {"", "[]"} for text in said):
        raise InvalidWeather(
            content.name,
            f"the answer of a service that failed: {plain(' '.join(said), 160)}",
            "Download it again",
        )
    raise InvalidWeather(
        content.name, "JSON of no known kind of weather", "Give JSON of PVGIS or NASA POWER"
    )


_BY_SUFFIX: dict[str, tuple[str, Reader]] = {
    ".epw": (epw.KIND, epw.read_epw),
    ".tm2": (tmy.TMY2, tmy.read_tmy2),
    ".json": ("JSON", _read_json),
    **dict.fromkeys((".nc", ".nc4", ".netcdf"), (netcdf.KIND, netcdf.read_netcdf)),
}
