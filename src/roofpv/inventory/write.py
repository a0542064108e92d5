"""A checked inventory -> a file that reads back as the same, without complaint."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from roofpv import schema
from roofpv.csvfiles import without_formulas
from roofpv.errors import InvalidInventory
from roofpv.inventory.check import asked_of

SUFFIXES = (".gpkg", ".geojson", ".parquet", ".csv")
_BOM = "utf-8-sig"


def write_inventory(buildings: gpd.GeoDataFrame, path: Path) -> None:
    """
    Write the usable rows under our column names; what stood there is replaced when all is written.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        Of ``check_inventory``.
    path : Path
        ``.gpkg``, ``.geojson``, ``.parquet`` or ``.csv`` (outlines as WKT).

    Raises
    ------
    InvalidInventory
        Another kind of file, or a folder that cannot be written.
    """
    writers: dict[str, Callable[[gpd.GeoDataFrame, Path], None]] = {
        ".gpkg": _write_vector,
        ".geojson": _write_vector,
        ".parquet": _write_parquet,
        ".csv": _write_csv,
    }
    suffix = path.suffix.lower()
    if suffix not in writers:
        raise InvalidInventory(
            str(path), f"cannot be written as {suffix!r}", f"Use one of {', '.join(SUFFIXES)}"
        )
    part = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}{suffix}")
    try:
        writers[suffix](clean_table(buildings), part)
        part.replace(path)
    except OSError as error:
        raise InvalidInventory(
            str(path), f"cannot be written ({error.strerror or error})", "Choose another place"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def clean_table(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Columns of an inventory that hold anything, and the outlines; dates as text."""
    names = [*schema.names(schema.INVENTORY)[:-1], *asked_of(buildings)]
    kept = [name for name in names if name == "building_id" or buildings[name].notna().any()]
    table = buildings[[*kept, "geometry"]].copy()
    for column in schema.INVENTORY:
        if column.kind == "date" and column.name in table:
            days = table[column.name].dt.strftime("%Y-%m-%d")
            table[column.name] = days.astype(object).where(days.notna(), None)
    return table


def _write_vector(table: gpd.GeoDataFrame, part: Path) -> None:
    driver = "GPKG" if part.suffix == ".gpkg" else "GeoJSON"
    table.to_file(part, driver=driver, engine="pyogrio", layer="buildings")


def _write_parquet(table: gpd.GeoDataFrame, part: Path) -> None:
    table.to_parquet(part, index=False)


def with_outlines_as_text(table: gpd.GeoDataFrame) -> pd.DataFrame:
    """The table with its outlines as WKT, for files that hold text only."""
    outlines = shapely.to_wkt(table.geometry.to_numpy(), rounding_precision=9, trim=True)
    plain = pd.DataFrame(table.drop(columns="geometry"))
    if table.geometry.notna().any():
        plain["geometry"] = outlines
    return plain


def _write_csv(table: gpd.GeoDataFrame, part: Path) -> None:
    without_formulas(with_outlines_as_text(table)).to_csv(part, index=False, encoding=_BOM)
