from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from roofpv.errors import InvalidInventory
from roofpv.inventory import check_inventory, read_inventory
from roofpv.inventory.formats.parquet import read_parquet

SQUARE = shapely.box(106.370, 39.010, 106.371, 39.011)


def _known(header: str) -> bool:
    return header in {"id", "height", "num_floors", "subtype", "name", "geometry"}


def test_overture_buildings_come_without_what_nothing_asks_for(tmp_path: Path) -> None:
    file = tmp_path / "overture.parquet"
    frame = gpd.GeoDataFrame({"id": ["08f"]}, geometry=[SQUARE], crs="EPSG:4326")
    frame.to_parquet(file)
    table = pq.read_table(file)
    names = pa.array([{"primary": "第一中学", "common": None}])
    sources = pa.array([[{"dataset": "OpenStreetMap"}]])
    table = table.append_column("names", names).append_column("sources", sources)
    table = table.append_column("height", pa.array([12.5]))
    table = table.append_column("level", pa.array([1]))
    pq.write_table(table, file)
    source = read_parquet(file, _known)
    assert source.unread == ("sources", "level")
    assert source.table.iloc[0][["id", "names.primary", "height"]].tolist() == [
        "08f", "第一中学", 12.5,
    ]  # fmt: skip
    assert source.table.crs.to_epsg() == 4326
    assert source.table.geometry[0].equals(SQUARE)


def test_native_geometry_and_projected_systems_are_read(tmp_path: Path) -> None:
    file = tmp_path / "native.parquet"
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[SQUARE], crs="EPSG:4326").to_crs(4545)
    frame.to_parquet(file, geometry_encoding="geoarrow")
    table = read_parquet(file, _known).table
    assert table.crs.to_epsg() == 4545
    assert table.geometry[0].equals_exact(frame.geometry[0], 1e-9)


def test_one_broken_outline_does_not_lose_the_others(tmp_path: Path) -> None:
    file = tmp_path / "broken.parquet"
    gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[SQUARE, None], crs="EPSG:4326").to_parquet(file)
    table = pq.read_table(file)
    at = table.column_names.index("geometry")
    table = table.set_column(at, "geometry", pa.array([b"\x01\x03no", None], type=pa.binary()))
    pq.write_table(table, file)
    read = read_parquet(file, _known).table
    assert read["unread_geometry"].tolist() == ["broken WKB", None]
    lost = check_inventory(read).quarantine
    assert lost["code"].tolist() == ["NOT_WKB", "NO_ROOF"]
    assert "the outline is damaged: its bytes are no geometry" in lost["reason"][0]
    assert read.geometry.isna().all()


def test_categories_and_empty_cells_are_text_and_none(tmp_path: Path) -> None:
    file = tmp_path / "plain.parquet"
    pd.DataFrame(
        {"id": ["a", "b"], "subtype": pd.Categorical(["education", None]), "height": [1, 2]}
    ).to_parquet(file)
    table = read_parquet(file, _known).table
    assert table["subtype"].tolist() == ["education", None]
    assert not isinstance(table, gpd.GeoDataFrame)


def _with_geo(file: Path, geo: object) -> Path:
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[SQUARE], crs="EPSG:4326").to_parquet(file)
    table = pq.read_table(file)
    said = {} if geo is None else {b"geo": json.dumps(geo).encode()}
    pq.write_table(table.replace_schema_metadata(said), file)
    return file


@pytest.mark.parametrize(
    "geo",
    [
        [], {"columns": []}, {"columns": {"geometry": 3}},
        {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "crs": "x"}}},
        {"primary_column": "geometry",
         "columns": {"geometry": {"encoding": "WKB", "crs": {"type": "GeographicCRS"}}}},
    ],
)  # fmt: skip
def test_damaged_geo_metadata_is_one_line(tmp_path: Path, geo: object) -> None:
    with pytest.raises(InvalidInventory, match="damaged"):
        read_inventory(_with_geo(tmp_path / "a.parquet", geo))


@pytest.mark.parametrize(
    "geo", [{"columns": {"geometry": {}}}, {"primary_column": "no", "columns": {"geometry": {}}}]
)
def test_geo_metadata_may_leave_out_what_is_clear(tmp_path: Path, geo: object) -> None:
    read = read_inventory(_with_geo(tmp_path / "a.parquet", geo))
    assert read.geometry[0].equals(SQUARE)


def test_outlines_without_geo_metadata_need_their_system(tmp_path: Path) -> None:
    file = _with_geo(tmp_path / "a.parquet", None)
    with pytest.raises(InvalidInventory, match="coordinate system"):
        read_inventory(file)
    assert read_inventory(file, crs="EPSG:4326").geometry[0].equals(SQUARE)


def test_a_geoparquet_without_rows_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    gpd.GeoDataFrame({"id": []}, geometry=[], crs="EPSG:4326").to_parquet(file)
    with pytest.raises(InvalidInventory, match="no rows"):
        read_inventory(file)
