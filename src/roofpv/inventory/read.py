"""Inventory files -> a table with our column names; every row is kept, nothing is judged yet."""

from __future__ import annotations

import csv
import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow
import pyogrio
import pyproj
import shapely

from roofpv import schema
from roofpv.delimited import read_delimited
from roofpv.errors import InvalidInventory
from roofpv.inventory.columns import name_columns

_UNREADABLE = (
    OSError,
    ValueError,
    pyarrow.ArrowException,
    pyogrio.errors.CRSError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.DataSourceError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
)
_VECTOR_SUFFIXES = {".gpkg", ".geojson", ".json", ".fgb", ".shp", ".zip"}


def read_inventory(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    crs: str | None = None,
    layer: str | None = None,
) -> gpd.GeoDataFrame:
    """
    Read a building list or a plane table.

    Parameters
    ----------
    path : path
        GeoPackage, GeoJSON, GeoParquet or CSV (utf-8 or gb18030; footprints as WKT in a column
        ``geometry``, or ``lon`` and ``lat``, or no place at all).
    columns : mapping, optional
        Our column name -> the file's.
    crs : str, optional
        Coordinate reference system, for a file that does not state its own.
    layer : str, optional
        Which layer of a file that has several.

    Returns
    -------
    GeoDataFrame (row,)
        Every row of the file in WGS84 with our column names and ``source_row``, the row in the
        file; values as they were found. ``roofpv.assess`` checks them.

    Raises
    ------
    InvalidInventory
        A file that is absent, empty, of no known format, without a coordinate system, or with
        several layers none of which is chosen.
    """
    file = Path(path)
    if not file.is_file():
        raise InvalidInventory(str(path), "no such file", "Give the path of a building list")
    if file.stat().st_size == 0:
        raise InvalidInventory(file.name, "the file is empty", "Give a file with buildings")
    if crs is not None:
        _crs(crs)
    table, rows = _read_table(file, layer)
    if table.empty:
        raise InvalidInventory(file.name, "the file has no rows", "Give a file with buildings")
    named, meaning = _with_our_names(table, columns or {})
    frame = _located(named, file, crs)
    frame["source_row"] = rows
    _check_usable(frame, file.name)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    frame.attrs = {"inputs": [{"name": file.name, "sha256": digest}]}
    frame.attrs["columns"] = meaning
    frame.attrs["synthetic"] = _says_synthetic(frame, file)
    return frame


def _read_table(file: Path, layer: str | None) -> tuple[pd.DataFrame, np.ndarray]:
    """Table as it stands, and the number that each row has in the file."""
    suffix = file.suffix.lower()
    try:
        if suffix == ".csv":
            return _read_csv(file)
        if suffix in {".parquet", ".geoparquet"}:
            return _numbered(_read_parquet(file))
        if suffix in _VECTOR_SUFFIXES:
            return _numbered(_read_vector(file, layer))
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())[:160]
        raise InvalidInventory(
            file.name, f"cannot be read as {suffix} ({reason})", "Check that the file is whole"
        ) from error
    raise InvalidInventory(
        file.name,
        f"unknown kind of file {suffix!r}",
        "Give .gpkg, .geojson, .parquet or .csv",
    )


def _read_vector(file: Path, layer: str | None) -> pd.DataFrame:
    layers = [str(name) for name in pyogrio.list_layers(file)[:, 0]]
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gpd.read_file(file, engine="pyogrio", layer=layer or layers[0])


def _numbered(table: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    return table, np.arange(1, len(table) + 1)


def _read_csv(file: Path) -> tuple[pd.DataFrame, np.ndarray]:
    text = _decode(file)
    try:
        delimiter = csv.Sniffer().sniff(text[:4096], delimiters=",;\t").delimiter
    except csv.Error:
        delimiter = ","
    return read_delimited(text, delimiter)


def _plain_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Our number columns as numbers, where every cell is one; others wait for the check."""
    kinds = {column.name: column.kind for column in (*schema.INVENTORY, *schema.PLANE_INVENTORY)}
    known = [name for name in table if kinds.get(str(name)) == "number"]
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in known}
    whole = {n: v for n, v in numbers.items() if (v.notna() | table[n].isna()).all()}
    return table.assign(**whole)


def _with_our_names(
    table: pd.DataFrame, stated: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, list[str] | dict[str, str]]]:
    """Table with our names; and what was understood as what, and what was not used."""
    table = table.set_axis([str(column) for column in table.columns], axis=1)
    names = name_columns([*table.columns], stated)
    if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None:
        names.pop("geometry", None)
    moved = {*names} | {*names.values()}
    kept = table[[column for column in table.columns if column not in moved]]
    named = kept.assign(**{name: table[source] for name, source in names.items()})
    known = {*schema.names(schema.INVENTORY), *schema.names(schema.PLANE_INVENTORY), "synthetic"}
    own = getattr(table, "active_geometry_name", None)
    used = known | {*names.values(), own}
    unused = [c for c in table.columns if c not in used or (c in names and c not in names.values())]
    return _plain_numbers(named), {"understood": names, "not_used": unused}


def _decode(file: Path) -> str:
    data = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            position = error.start
    line = data[:position].count(b"\n") + 1
    raise InvalidInventory(
        f"{file.name}, row {line}, byte {position}",
        "neither utf-8 nor gb18030",
        "Save the file as CSV UTF-8",
    )


def _read_parquet(file: Path) -> pd.DataFrame:
    try:
        return gpd.read_parquet(file)
    except ValueError as error:
        if "geo metadata" not in str(error):
            raise
        return pd.read_parquet(file)


def _located(table: pd.DataFrame, file: Path, crs: str | None) -> gpd.GeoDataFrame:
    if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None:
        return _in_degrees(table, file, crs)
    plain = pd.DataFrame(table)
    if "geometry" not in plain or not plain["geometry"].notna().any():
        nowhere = shapely.from_wkt([None] * len(plain))
        plain = plain.drop(columns="geometry", errors="ignore")
        return gpd.GeoDataFrame(plain, geometry=nowhere, crs="EPSG:4326")
    shapes, unread = _from_wkt(plain["geometry"], file.name)
    plain = plain.drop(columns="geometry").assign(unread_geometry=unread)
    frame = gpd.GeoDataFrame(plain, geometry=shapes, crs=_crs(crs or "EPSG:4326"))
    return frame.to_crs("EPSG:4326")


def _in_degrees(frame: gpd.GeoDataFrame, file: Path, crs: str | None) -> gpd.GeoDataFrame:
    if frame.active_geometry_name != "geometry":
        frame = frame.rename(columns={"geometry": "geometry_text"}).rename_geometry("geometry")
    if frame.crs is not None:
        return frame.to_crs("EPSG:4326")
    if shapely.is_missing(frame.geometry.to_numpy()).all():
        return frame.set_crs("EPSG:4326")
    if crs is None:
        raise InvalidInventory(
            f"{file.name}, geometry",
            "the file does not state its coordinate system",
            "Give it with --crs, for example --crs EPSG:4545",
        )
    return frame.set_crs(_crs(crs)).to_crs("EPSG:4326")


def _crs(text: str | None) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise InvalidInventory(
            f"--crs {text}", "no known coordinate system", "Write it as EPSG:4326"
        ) from error


def _from_wkt(column: pd.Series, source: str) -> tuple[np.ndarray, pd.Series]:
    """Outlines, and the text of those that are none."""
    stated = column.notna().to_numpy()
    cells = [str(cell) if said else None for cell, said in zip(column, stated, strict=True)]
    text = np.array(cells, dtype=object)
    shapes = shapely.from_wkt(text, on_invalid="ignore")
    wrong = shapely.is_missing(shapes) & stated
    if wrong.any() and not (stated & ~wrong).any():
        raise InvalidInventory(
            f"{source}, column geometry",
            f"{text[wrong][0][:60]!r} is no WKT",
            "Write footprints as POLYGON ((106.37 39.01, ...))",
        )
    text[~wrong] = None
    return shapes, pd.Series(text, index=column.index, dtype=object)


def _check_usable(frame: gpd.GeoDataFrame, source: str) -> None:
    place = not shapely.is_missing(frame.geometry.to_numpy()).all()
    area = {"floor_area_m2", "roof_area_m2", "area_m2", "kwp"} & set(frame.columns)
    if not place and not area:
        found = ", ".join(c for c in frame.columns if c not in {"geometry", "source_row"})
        raise InvalidInventory(
            f"{source}, columns",
            f"no footprint and no area; found {found or 'no columns'}",
            "Needed are footprints, or roof_area_m2, or floor_area_m2 and floors; other names go "
            "into [columns] of the configuration",
        )


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
