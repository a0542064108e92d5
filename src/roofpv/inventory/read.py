"""Inventory files -> a table with our column names; every row is kept, nothing is judged yet."""

from __future__ import annotations

import csv
import hashlib
import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow
import pyogrio
import pyproj
import shapely

from roofpv.errors import InvalidInventory
from roofpv.inventory.columns import rename_columns

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
    table, first_row = _read_table(file, layer)
    if table.empty:
        raise InvalidInventory(file.name, "the file has no rows", "Give a file with buildings")
    table.columns = [str(column) for column in table.columns]
    names = rename_columns(list(table.columns), columns or {})
    frame = _located(table.rename(columns=names), file, crs)
    frame["source_row"] = range(first_row, first_row + len(frame))
    _check_usable(frame, file.name)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    frame.attrs = {"inputs": [{"name": file.name, "sha256": digest}]}
    frame.attrs["synthetic"] = _says_synthetic(frame, file)
    return frame


def _read_table(file: Path, layer: str | None) -> tuple[pd.DataFrame, int]:
    """Table as it stands, and the number that the file's first row of data has."""
    suffix = file.suffix.lower()
    try:
        if suffix == ".csv":
            return _read_csv(file), 2
        if suffix in {".parquet", ".geoparquet"}:
            return _read_parquet(file), 1
        if suffix in _VECTOR_SUFFIXES:
            return _read_vector(file, layer), 1
    except (OSError, ValueError, pyarrow.ArrowException, pyogrio.errors.DataSourceError) as error:
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


def _read_csv(file: Path) -> pd.DataFrame:
    text = _decode(file)
    try:
        dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t").delimiter
    except csv.Error:
        dialect = ","
    keep = {"building_id": str, "plane_id": str, "建筑编号": str, "编号": str}
    header = text[: text.find("\n") if "\n" in text else None]
    types = {name: kind for name, kind in keep.items() if name in header}
    return pd.read_csv(io.StringIO(text), sep=dialect, dtype=types, low_memory=False)


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
        named = table.active_geometry_name == "geometry"
        frame = table if named else table.rename_geometry("geometry")
        own = crs if frame.crs is None else None
        if frame.crs is None and own is None and frame.geometry.notna().any():
            raise InvalidInventory(
                f"{file.name}, geometry",
                "the file does not state its coordinate system",
                "Give it with --crs, for example --crs EPSG:4545",
            )
        frame = frame.set_crs(_crs(own), allow_override=False) if own else frame
        return frame.to_crs("EPSG:4326") if frame.crs is not None else frame.set_crs("EPSG:4326")
    plain = pd.DataFrame(table)
    if "geometry" in plain and plain["geometry"].notna().any():
        shapes = _from_wkt(plain["geometry"], file.name)
        system = _crs(crs or "EPSG:4326")
        frame = gpd.GeoDataFrame(plain.drop(columns="geometry"), geometry=shapes, crs=system)
        return frame.to_crs("EPSG:4326")
    nowhere = shapely.from_wkt([None] * len(plain))
    return gpd.GeoDataFrame(
        plain.drop(columns="geometry", errors="ignore"), geometry=nowhere, crs="EPSG:4326"
    )


def _crs(text: str | None) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise InvalidInventory(
            f"--crs {text}", "no known coordinate system", "Write it as EPSG:4326"
        ) from error


def _from_wkt(column: pd.Series, source: str) -> object:
    text = column.where(column.notna(), None).to_numpy(dtype=object)
    shapes = shapely.from_wkt(text, on_invalid="ignore")
    wrong = shapely.is_missing(shapes) & column.notna().to_numpy()
    if wrong.all():
        raise InvalidInventory(
            f"{source}, column geometry",
            f"{str(text[0])[:60]!r} is no WKT",
            "Write footprints as POLYGON ((106.37 39.01, ...))",
        )
    return shapes


def _check_usable(frame: gpd.GeoDataFrame, source: str) -> None:
    place = frame.geometry.notna().any()
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
    if "synthetic" in frame and bool(frame["synthetic"].fillna(False).astype(bool).any()):
        return True
    if file.suffix.lower() not in {".json", ".geojson"}:
        return False
    with file.open(encoding="utf-8", errors="replace") as opened:
        head = opened.read(2000)
    return '"synthetic": true' in head
