"""Vector files through GDAL: GeoPackage, GeoJSON, FlatGeobuf, Shapefile (GBK too), OSM extracts."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

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
    chosen = _layer(path, file, layer)
    encoding = dbf.encoding_of(path) if path.lower().endswith(".shp") else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = gpd.read_file(path, engine="pyogrio", layer=chosen, encoding=encoding)
    return _source(frame, "notes.dbf_encoding" if encoding else "", {"encoding": str(encoding)})


def _layer(path: str, file: Path, layer: str | None) -> str:
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
