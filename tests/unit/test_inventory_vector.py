from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from roofpv.errors import InvalidInventory
from roofpv.inventory import check_inventory, read_inventory
from roofpv.inventory.formats import dbf, vector

SQUARE = shapely.box(106.370, 39.010, 106.371, 39.011)


def _shapefile(folder: Path, encoding: str, names: list[str], *, cpg: bool) -> Path:
    file = folder / "roofs.shp"
    frame = gpd.GeoDataFrame({"name": names}, geometry=[SQUARE] * len(names), crs="EPSG:4326")
    frame.to_file(file, engine="pyogrio", encoding=encoding)
    if not cpg:
        file.with_suffix(".cpg").unlink()
        data = bytearray(file.with_suffix(".dbf").read_bytes())
        data[29] = 0x57
        file.with_suffix(".dbf").write_bytes(bytes(data))
    return file


def _zipped(shape: Path, inside: str = "") -> Path:
    file = shape.with_suffix(".zip")
    with zipfile.ZipFile(file, "w") as archive:
        for part in sorted(shape.parent.glob("roofs.*")):
            if part.suffix != ".zip":
                archive.write(part, inside + part.name)
    return file


@pytest.mark.parametrize(
    ("encoding", "names", "told"),
    [
        ("GBK", ["第一中学", "市医院 A座"], "gb18030"),
        ("UTF-8", ["第一中学", "市医院"], "utf-8"),
        ("ISO-8859-1", ["Höhe", "Gebäude am Tor"], "ISO-8859-1"),
        ("UTF-8", ["plain", "names"], None),
    ],
)
@pytest.mark.parametrize("archive", [False, True])
def test_a_table_that_states_no_encoding_is_read_by_its_bytes(
    tmp_path: Path, encoding: str, names: list[str], told: str | None, archive: bool
) -> None:
    file = _shapefile(tmp_path, encoding, names, cpg=False)
    source = vector.read_zipped(_zipped(file, "数据/"), None) if archive else None
    source = source or vector.read_vector(file, None)
    assert source.table["name"].tolist() == names
    notes = [(key, words["encoding"]) for key, words in source.notes]
    assert notes == ([("notes.dbf_encoding", told)] if told else [])
    assert source.rows.tolist() == [1, 2]


def test_a_stated_encoding_is_taken(tmp_path: Path) -> None:
    file = _shapefile(tmp_path, "GBK", ["第一中学"], cpg=True)
    source = vector.read_vector(file, None)
    assert source.table["name"].tolist() == ["第一中学"]
    assert source.notes == ()


def test_the_driver_byte_of_the_table_is_taken(tmp_path: Path) -> None:
    file = _shapefile(tmp_path, "GBK", ["中"], cpg=False)
    data = bytearray(file.with_suffix(".dbf").read_bytes())
    data[29] = 0x4D
    file.with_suffix(".dbf").write_bytes(bytes(data))
    assert dbf.encoding_of(str(file)) == "gbk"


def test_a_character_cut_at_the_end_of_a_field_does_not_hide_utf8(tmp_path: Path) -> None:
    file = _shapefile(tmp_path, "UTF-8", ["学" * 84], cpg=False)
    data = file.with_suffix(".dbf").read_bytes()
    cut = "学".encode() * 83 + b"xx\xe5"
    file.with_suffix(".dbf").write_bytes(data.replace("学".encode() * 84, cut))
    assert dbf.encoding_of(str(file)) == "utf-8"


def test_a_shapefile_without_table_states_nothing(tmp_path: Path) -> None:
    file = _shapefile(tmp_path, "GBK", ["中"], cpg=False)
    file.with_suffix(".dbf").unlink()
    assert dbf.encoding_of(str(file)) is None


def test_an_archive_with_several_files_asks_which(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[SQUARE], crs="EPSG:4326")
    for name in ("one.geojson", "two.geojson"):
        frame.assign(name=name).to_file(tmp_path / name, engine="pyogrio")
    file = tmp_path / "both.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(tmp_path / "one.geojson", "one.geojson")
        archive.write(tmp_path / "two.geojson", "x/two.geojson")
    with pytest.raises(InvalidInventory, match=r"found one.geojson, x/two.geojson. Choose one"):
        vector.read_zipped(file, None)
    for said in ("two", "two.geojson", "x/two.geojson"):
        assert vector.read_zipped(file, said).table["name"].tolist() == ["two.geojson"]


def test_an_archive_without_a_vector_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(InvalidInventory, match=r"found none\. Unpack it"):
        vector.read_zipped(file, None)


OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="39.010" lon="106.370" version="1"/>
<node id="2" lat="39.010" lon="106.371" version="1"/>
<node id="3" lat="39.011" lon="106.371" version="1"/>
<node id="4" lat="39.011" lon="106.370" version="1"/>
<way id="7" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
<tag k="building" v="school"/><tag k="name" v="第一中学"/><tag k="building:levels" v="3;4"/>
<tag k="height" v="12.13 m"/><tag k="roof:shape" v="gabled"/></way>
<way id="8" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/>
<tag k="landuse" v="grass"/></way>
<way id="9" version="1"><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="2"/>
<tag k="building" v="yes"/></way></osm>"""


def test_buildings_of_an_osm_extract_come_with_their_tags(tmp_path: Path) -> None:
    file = tmp_path / "town.osm"
    file.write_text(OSM, encoding="utf-8")
    source = vector.read_osm(file)
    table = source.table.set_index("osm_id")
    assert table.index.tolist() == ["w7", "w9"]
    assert table.loc["w7", ["building", "name", "building:levels", "height"]].tolist() == [
        "school", "第一中学", "3;4", "12.13 m",
    ]  # fmt: skip
    assert table.loc["w7", "roof:shape"] == "gabled"
    assert pd.isna(table.loc["w9", "height"])
    assert source.notes == (("notes.osm", {"count": "2"}),)


VIRTUAL = """<OGRVRTDataSource><OGRVRTLayer name="other"><SrcDataSource relativeToVRT="0">{}
</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""


@pytest.mark.parametrize("name", ["a.geojson", "a.json", "a.gpkg", "a.fgb", "a.shp", "a.sqlite"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_virtual_layer_opens_no_other_file(tmp_path: Path, name: str, zipped: bool) -> None:
    other = tmp_path / "other.gpkg"
    gpd.GeoDataFrame({"name": ["secret"]}, geometry=[SQUARE], crs="EPSG:4326").to_file(
        other, layer="other"
    )
    file = tmp_path / name
    file.write_text(VIRTUAL.format(other), encoding="utf-8")
    if zipped:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(file, name)
        file = tmp_path / "a.zip"
    with pytest.raises(InvalidInventory):
        read_inventory(file)


def test_a_command_in_json_is_not_run(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    other = tmp_path / "other.geojson"
    gpd.GeoDataFrame({"name": ["secret"]}, geometry=[SQUARE], crs="EPSG:4326").to_file(other)
    file.write_text(
        f'{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {other}"}}',
        encoding="utf-8",
    )
    with pytest.raises(InvalidInventory):
        read_inventory(file)


def test_one_broken_ring_sets_one_row_aside(tmp_path: Path) -> None:
    ring = [[106.0, 39.0], [106.001, 39.0], [106.001, 39.001]]
    shapes = [[*ring, ring[0]], ring]
    features = [
        {"type": "Feature", "properties": {"id": str(i)},
         "geometry": {"type": "Polygon", "coordinates": [shape]}}
        for i, shape in enumerate(shapes)
    ]  # fmt: skip
    file = tmp_path / "a.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    checked = check_inventory(read_inventory(file))
    assert checked.buildings["building_id"].tolist() == ["0"]
    assert checked.quarantine["building_id"].tolist() == ["1"]
    assert "not closed" in checked.quarantine["value"][0]


def test_a_shapefile_without_its_table_is_told(tmp_path: Path) -> None:
    file = _shapefile(tmp_path, "UTF-8", ["a"], cpg=True)
    file.with_suffix(".dbf").unlink()
    assert [key for key, _ in vector.read_vector(file, None).notes] == ["notes.no_dbf"]
