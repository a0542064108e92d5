"""Which files a raster may come from: files of this machine, and nothing that they lead to."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from roofpv.errors import InvalidRaster
from roofpv.text import plain

# Of grids that hold their own heights. GDAL has others, that fetch them from the network.
_DRIVERS = (
    "GTiff", "AAIGrid", "AIG", "BT", "DTED", "EHdr", "ENVI", "GRASSASCIIGrid", "GS7BG", "GSAG",
    "GSBG", "HFA", "JP2OpenJPEG", "PCRaster", "RST", "SAGA", "SRTMHGT", "USGSDEM", "ZMap",
    "netCDF",
)  # fmt: skip
_MOSAIC, _INSIDE = ".vrt", (".tif", ".tiff", ".asc", ".img", ".bil", ".flt", ".hgt")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]+:/|/vsi", re.IGNORECASE)
_NAMES_FILE = {"SourceFilename", "SourceDataset"}
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_LARGEST_MOSAIC = 1 << 26


class Source(NamedTuple):
    """What to tell the user, what to tell GDAL, and the drivers that may read it."""

    name: str
    path: str
    drivers: tuple[str, ...]


def raster_source(path: str | Path) -> Source:
    """
    Where a raster is read from.

    Parameters
    ----------
    path : str or Path
        File; .zip that holds one raster; .vrt of GeoTIFF files; text ``zip://archive!/file``.

    Raises
    ------
    InvalidRaster
        No file of this machine; an archive with no raster or several; a mosaic of anything but
        GeoTIFF files of this machine.
    """
    name, text = plain(Path(str(path)).name), str(path)
    archive = text.startswith("zip://") and "!" in text
    local = Path(text.removeprefix("zip://").split("!", maxsplit=1)[0] if archive else text)
    if not archive and _ELSEWHERE.match(text):
        raise InvalidRaster(
            name,
            "is an address, expected a file of this machine",
            "Download or unpack it first; a .zip that holds one raster may be given as it is",
        )
    if not local.is_file():
        raise InvalidRaster(name, "no such file", "Check the path")
    if archive:
        return Source(name, text, _DRIVERS)
    if local.suffix.lower() == ".zip":
        return Source(name, f"/vsizip/{{{local.absolute()}}}/{_inside(local, name)}", _DRIVERS)
    if local.suffix.lower() == _MOSAIC:
        _check_mosaic(local, name)
        return Source(name, text, (*_DRIVERS, "VRT"))
    return Source(name, text, _DRIVERS)


def _inside(archive: Path, name: str) -> str:
    """Name of the one raster in an archive."""
    try:
        with zipfile.ZipFile(archive) as opened:
            names = [one for one in opened.namelist() if not one.startswith("__MACOSX/")]
    except (zipfile.BadZipFile, OSError, ValueError) as fault:
        raise InvalidRaster(name, "cannot be read as an archive", "Pack it anew") from fault
    held = [one for one in names if one.lower().endswith(_INSIDE)]
    if len(held) != 1:
        raise InvalidRaster(
            name, f"holds {len(held)} rasters, expected one", "Unpack it and give the file itself"
        )
    return held[0]


def _check_mosaic(path: Path, name: str) -> None:
    """That all parts of a mosaic are GeoTIFF files here: others may lead to the network."""
    mend = "Make one GeoTIFF of it (gdal_translate)"
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_MOSAIC).decode("utf-8-sig")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise InvalidRaster(name, "has definitions of its own", mend)
        root = ElementTree.fromstring(text)
    except (OSError, UnicodeDecodeError, ElementTree.ParseError) as fault:
        raise InvalidRaster(name, "cannot be read as a mosaic", mend) from fault
    for part in {(one.text or "").strip() for one in root.iter() if one.tag in _NAMES_FILE}:
        source = path.parent / part
        if _ELSEWHERE.match(part) or not source.is_file():
            raise InvalidRaster(name, f"{plain(part)} is no file of this machine", mend)
        with source.open("rb") as file:
            if file.read(4) not in _TIFF:
                raise InvalidRaster(name, f"{plain(part)} is no GeoTIFF", mend)
