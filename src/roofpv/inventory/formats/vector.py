"""Vector files through GDAL: GeoPackage, GeoJSON, FlatGeobuf, Shapefile (GBK too), OSM extracts."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats import archives, dbf
from roofpv.inventory.source import Source

SUFFIXES = (".gpkg", ".geojson", ".geojsonl", ".json", ".fgb", ".shp", ".sqlite")
# Tags of a building that say something of its use, roof or storeys; the rest is not read.
OSM_TAGS = (
    "building:levels", "roof:shape", "roof:angle", "roof:direction", "roof:height", "roof:levels",
    "height", "min_height", "start_date", "operator", "operator:type", "building:use",
)  # fmt: skip
_OSM_LAYER = "multipolygons"
_NO_WORDS: Mapping[str, str] = {}


def read_vector(file: Path, layer: str | None) -> Source:
    """
    Read one layer of a vector file.

    Parameters
    ----------
    file : Path
        .gpkg, .geojson, .fgb or .shp.
    layer : str or None
        Needed where the file has several.

    Raises
    ------
    InvalidInventory
        Several layers and none chosen, or one that is not there.
    """
    return _read(str(file), file, layer)


def read_zipped(file: Path, layer: str | None) -> Source:
    """
    Read the one vector file in a zip file, wherever in it.

    Parameters
    ----------
    file : Path
    layer : str or None
        Name of the file in the archive, with or without its ending, or of a layer in it.

    Raises
    ------
    InvalidInventory
        An archive that is not safe, has no vector file, or several none of which is chosen.
    """
    inside = [name for name in archives.members(file) if name.lower().endswith(SUFFIXES)]
    inside = [name for name in inside if not Path(name).name.startswith("._")]
    chosen = [name for name in inside if layer in {name, Path(name).name, Path(name).stem}]
    if chosen:
        inside, layer = chosen, None
    if len(inside) != 1:
        raise InvalidInventory(
            file.name,
            f"expected one .shp, .gpkg, .geojson or .fgb in the archive, found "
            f"{', '.join(inside[:5]) or 'none'}",
            "Choose one with --layer NAME" if inside else "Unpack it and give the file itself",
        )
    return _read(f"/vsizip/{{{file}}}/{inside[0]}", file, layer)


def read_osm(file: Path) -> Source:
    """
    Read the buildings of an OpenStreetMap extract (.osm.pbf, .osm); outlines that are broken in it
    come back empty, and are counted by the check.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pyogrio.read_dataframe(
            file, layer=_OSM_LAYER, where="building IS NOT NULL", on_invalid="ignore",
            TAGS_FORMAT="JSON",
        )  # fmt: skip
    told = [_tags(text) for text in frame.get("other_tags", ())]
    tags = {tag: pd.Series([t.get(tag) for t in told], dtype=object) for tag in OSM_TAGS}
    stated = {tag: cells for tag, cells in tags.items() if cells.notna().any()}
    plain = frame.drop(columns=["other_tags", "osm_id", "osm_way_id"], errors="ignore")
    keys = _osm_key(frame, "osm_id", "r").fillna(_osm_key(frame, "osm_way_id", "w"))
    return _source(plain.assign(osm_id=keys, **stated), "notes.osm", {"count": f"{len(frame):,}"})


def _osm_key(frame: pd.DataFrame, column: str, letter: str) -> pd.Series:
    """Key of a relation or a way: their numbers overlap, so each gets its letter."""
    cells = frame.get(column, pd.Series(index=frame.index, dtype=object))
    return (letter + cells.astype(str)).where(cells.notna(), None).astype(object)


def _tags(told: object) -> Mapping[str, Any]:
    if not isinstance(told, str):
        return told if isinstance(told, dict) else {}
    # Older readers hand the JSON on as text.
    try:
        return _tags(json.loads(told))
    except ValueError:
        return {}


def _read(path: str, file: Path, layer: str | None) -> Source:
    path = _certain(path, file)
    chosen = _layer(path, file, layer)
    encoding = dbf.encoding_of(path) if path.lower().endswith(".shp") else None
    frame = _with_broken_outlines_told(path, chosen, encoding)
    source = _source(frame, "notes.dbf_encoding" if encoding else "", {"encoding": str(encoding)})
    if path.lower().endswith(".shp") and not dbf.has_table(path):
        return replace(source, notes=(*source.notes, ("notes.no_dbf", {})))
    return source


def _certain(path: str, file: Path) -> str:
    """
    Path that GDAL reads as what its name says, and as nothing else.

    Left to itself GDAL goes by the content: a few lines in a file called .geojson may be a virtual
    layer that opens another file, or an address in the network.
    """
    suffix = Path(path.rstrip("}")).suffix.lower()
    head = archives.head_of(path, 16)
    wanted = _SIGNATURES.get(suffix)
    if wanted is not None and not head.startswith(wanted):
        raise InvalidInventory(
            file.name, f"cannot be read: it is no {suffix} file", "Check that the file is whole"
        )
    return path if wanted is not None else _JSON_DRIVER[suffix] + path


_SIGNATURES = {
    ".gpkg": b"SQLite format 3\0",
    ".sqlite": b"SQLite format 3\0",
    ".fgb": b"fgb",
    ".shp": b"\x00\x00\x27\x0a",
}
_JSON_DRIVER = {".geojson": "GeoJSON:", ".json": "GeoJSON:", ".geojsonl": "GeoJSONSeq:"}


def _with_broken_outlines_told(path: str, layer: str, encoding: str | None) -> pd.DataFrame:
    """Every feature; where the outline of one cannot be read, ``unread_geometry`` says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return gpd.read_file(path, engine="pyogrio", layer=layer, encoding=encoding)
        except shapely.errors.ShapelyError:
            frame = gpd.read_file(
                path, engine="pyogrio", layer=layer, encoding=encoding, on_invalid="ignore"
            )
            _, _, stored, _ = pyogrio.raw.read(path, layer=layer, columns=[])
    given = np.array([outline is not None for outline in stored])
    lost = given & shapely.is_missing(frame.geometry.to_numpy())
    said = np.full(len(frame), None, dtype=object)
    said[lost] = "an outline that is not closed or too short"
    return frame.assign(unread_geometry=pd.Series(said, frame.index, dtype=object))


def _layer(path: str, file: Path, layer: str | None) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    if not layers:
        raise ValueError("it holds no layer")
    if layer is None and len(layers) > 1:
        raise InvalidInventory(
            file.name,
            f"the file has {len(layers)} layers ({', '.join(layers)})",
            "Choose the one with the buildings: --layer NAME",
        )
    if layer is not None and layer not in layers:
        raise InvalidInventory(
            f"{file.name}, layer {layer}",
            f"no such layer; found {', '.join(layers)}",
            "Choose one of them with --layer",
        )
    return layer or layers[0]


def _source(frame: pd.DataFrame, note: str = "", words: Mapping[str, str] = _NO_WORDS) -> Source:
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    rows = np.arange(1, len(frame) + 1)
    notes = ((note, words),) if note else ()
    return Source(frame, rows, np.full(len(frame), "", dtype=object), notes=notes)
