from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from roofpv.errors import InvalidConfig, InvalidInventory, RoofpvError
from roofpv.inventory import check_inventory, is_plane_table, read_inventory
from roofpv.roofs import to_local_metres

REFERENCE = Path(__file__).parents[3] / "shared" / "data"

# The same place in degrees and in CGCS2000, zone of 108 E (EPSG:4545): a published pair.
LON, LAT, EAST, NORTH = 106.376, 39.013, 359_340.5, 4_321_202.2
SQUARE = shapely.box(106.370, 39.010, 106.371, 39.011)
CHINESE = "建筑编号,建筑名称,单位名称,区县,建筑用途,产权,竣工年份,层数,建筑面积,屋顶面积\n"
ROWS = (
    "001,第一中学,教育局,大武口区,学校,公有,2023,5,5000,\n"
    "002,市医院,卫健委,惠农区,医院,,1998,,,800\n"
)


def _write(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return file


def _frame(crs: str | None = "EPSG:4326", shape: shapely.Geometry = SQUARE) -> gpd.GeoDataFrame:
    data = {"building_id": ["a", "b"], "floors": [3, None], "use": ["school", "x"]}
    return gpd.GeoDataFrame(data, geometry=[shape, shape], crs=crs)


def _save(frame: gpd.GeoDataFrame, file: Path) -> Path:
    if file.suffix == ".parquet":
        frame.to_parquet(file)
        return file
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyogrio warns of a frame without coordinate system
        frame.to_file(file)
    return file


def _refused(
    call: Callable[[], object], *said: str, kind: type[RoofpvError] = InvalidInventory
) -> str:
    with pytest.raises(kind) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text
    return text


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet", ".fgb"])
def test_every_vector_format_gives_the_same_table(tmp_path: Path, suffix: str) -> None:
    file = _save(_frame(), tmp_path / f"town{suffix}")
    read = read_inventory(file)
    assert read["building_id"].tolist() == ["a", "b"]
    assert read["floors"].tolist()[0] == 3
    assert np.isnan(read["floors"].tolist()[1])
    assert read["source_row"].tolist() == [1, 2]
    assert read.crs.to_epsg() == 4326
    assert shapely.area(read.geometry.to_numpy()) == pytest.approx([1e-6, 1e-6])


def test_the_input_is_named_and_hashed_without_its_folder(tmp_path: Path) -> None:
    file = _write(tmp_path, "town.csv", "roof_area_m2\n5\n")
    read = read_inventory(str(file))
    digest = hashlib.sha256(b"roof_area_m2\n5\n").hexdigest()
    assert read.attrs["inputs"] == [{"name": "town.csv", "sha256": digest}]
    assert read.attrs["synthetic"] is False


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
def test_projected_coordinates_come_back_as_degrees(tmp_path: Path, suffix: str) -> None:
    shape = shapely.box(EAST - 10, NORTH - 10, EAST + 10, NORTH + 10)
    read = read_inventory(_save(_frame("EPSG:4545", shape), tmp_path / f"town{suffix}"))
    centre = shapely.centroid(read.geometry.iloc[0])
    assert (centre.x, centre.y) == pytest.approx((LON, LAT), abs=2e-6)
    local = to_local_metres(read.geometry.to_numpy().astype(object))
    assert shapely.area(local) == pytest.approx([400.0, 400.0], rel=1e-3)


def test_a_file_without_coordinate_system_takes_the_stated_one(tmp_path: Path) -> None:
    shape = shapely.box(EAST - 10, NORTH - 10, EAST + 10, NORTH + 10)
    read = read_inventory(_save(_frame(None, shape), tmp_path / "town.gpkg"), crs="EPSG:4545")
    assert shapely.centroid(read.geometry.iloc[0]).x == pytest.approx(LON, abs=2e-6)


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet", ".fgb"])
def test_a_file_without_coordinate_system_is_refused(tmp_path: Path, suffix: str) -> None:
    file = _save(_frame(None), tmp_path / f"town{suffix}")
    _refused(lambda: read_inventory(file), f"town{suffix}, geometry", "coordinate system", "--crs")


@pytest.mark.parametrize("crs", ["EPSG:none", "EPSG:999999", "earth"])
def test_an_unknown_coordinate_system_is_refused(tmp_path: Path, crs: str) -> None:
    file = _save(_frame(None), tmp_path / "town.gpkg")
    _refused(lambda: read_inventory(file, crs=crs), f"--crs {crs}", "EPSG:4326")


def test_the_file_s_own_coordinate_system_is_not_overruled(tmp_path: Path) -> None:
    read = read_inventory(_save(_frame(), tmp_path / "town.gpkg"), crs="EPSG:4545")
    assert shapely.centroid(read.geometry.iloc[0]).x == pytest.approx(106.3705)


def test_mercator_areas_are_true_areas() -> None:
    file = REFERENCE / "buildings" / "bubenec" / "bubenec.gpkg"
    if not file.is_file():
        pytest.skip("reference data not found at ../shared/data")
    read = read_inventory(file, layer="buildings")
    assert len(read) == 144
    local = to_local_metres(read.geometry.to_numpy().astype(object))
    # 43,176 m2 in the national grid, whose scale there is 0.9999.
    assert shapely.area(local).sum() == pytest.approx(43_176 / 0.9999**2, rel=1e-4)


@pytest.mark.parametrize("name", ["geom", "footprint"])
def test_a_geometry_column_of_another_name_is_the_geometry(tmp_path: Path, name: str) -> None:
    file = _save(_frame().rename_geometry(name), tmp_path / "town.parquet")
    assert read_inventory(file).geometry.notna().all()


def test_a_stated_geometry_column_is_the_geometry(tmp_path: Path) -> None:
    file = _save(_frame().rename_geometry("geom"), tmp_path / "town.parquet")
    assert read_inventory(file, columns={"geometry": "geom"}).geometry.notna().all()


def test_a_text_column_beside_the_geometry_does_not_take_its_name(tmp_path: Path) -> None:
    file = _save(_frame().rename_geometry("geom").assign(wkt="x"), tmp_path / "town.parquet")
    assert read_inventory(file).geometry.notna().all()


def test_a_geoparquet_without_geometry_is_a_plain_table(tmp_path: Path) -> None:
    file = tmp_path / "town.parquet"
    pd.DataFrame({"building_id": ["a"], "roof_area_m2": [5.0]}).to_parquet(file)
    read = read_inventory(file)
    assert read.geometry.isna().all()
    assert read["roof_area_m2"].tolist() == [5.0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headers_of_officers_are_read(tmp_path: Path, encoding: str) -> None:
    read = read_inventory(_write(tmp_path, "town.csv", (CHINESE + ROWS).encode(encoding)))
    assert read["building_id"].tolist() == ["001", "002"]
    assert read["name"].tolist() == ["第一中学", "市医院"]
    assert read["source_row"].tolist() == [2, 3]
    checked = check_inventory(read).buildings
    assert checked["use"].tolist() == ["school", "hospital"]
    assert checked["ownership"].tolist() == ["public", "unknown"]
    assert [str(d.date()) for d in checked["completed"]] == ["2023-12-31", "1998-12-31"]
    assert checked["institution"].tolist() == ["教育局", "卫健委"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_wkt_footprints_are_read_whatever_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    cells = [["building_id", "geometry", "floors"], ["a", f'"{SQUARE.wkt}"', "3"]]
    text = "\n".join(delimiter.join(row) for row in cells) + "\n"
    read = read_inventory(_write(tmp_path, "town.csv", text))
    assert read.geometry.iloc[0].equals(SQUARE)
    assert read["floors"].tolist() == [3]


@pytest.mark.parametrize("crs", [None, "EPSG:4545"])
def test_wkt_is_in_degrees_or_in_the_stated_system(tmp_path: Path, crs: str | None) -> None:
    wkt = f"POINT ({EAST} {NORTH})" if crs else f"POINT ({LON} {LAT})"
    text = f'roof_area_m2,wkt\n5,"{wkt}"\n6,"{wkt}"\n'
    read = read_inventory(_write(tmp_path, "town.csv", text), crs=crs)
    assert read.geometry.iloc[0].x == pytest.approx(LON, abs=2e-6)


def test_places_as_numbers_need_no_geometry(tmp_path: Path) -> None:
    read = read_inventory(_write(tmp_path, "t.csv", "roof_area_m2,经度,纬度\n5,106.376,39.013\n"))
    assert read[["lon", "lat"]].to_numpy().tolist() == [[106.376, 39.013]]
    assert read.geometry.isna().all()


def test_a_single_column_is_a_table(tmp_path: Path) -> None:
    read = read_inventory(_write(tmp_path, "town.csv", "roof_area_m2\n5\n6\n"))
    assert read["roof_area_m2"].tolist() == [5, 6]


@pytest.mark.parametrize("capacity", ["kwp", "area_m2"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_plane_tables_are_known_by_their_columns(
    tmp_path: Path, suffix: str, capacity: str
) -> None:
    table = pd.DataFrame(
        {"plane_id": ["01", "02"], "surface_tilt": [10, 20], "surface_azimuth": [90, 180]}
    ).assign(**{capacity: [5.0, 6.0]})
    file = tmp_path / f"planes{suffix}"
    if suffix == ".csv":
        table.to_csv(file, index=False)
    else:
        table.to_parquet(file)
    read = read_inventory(file)
    assert is_plane_table(read)
    assert read["plane_id"].tolist() == ["01", "02"]
    assert check_inventory(read).planes["building_id"].tolist() == ["01", "02"]


@pytest.mark.parametrize("name", ["id", "ID", "序号", "编号", "建筑编号", "building_id"])
def test_an_id_keeps_its_leading_zeros(tmp_path: Path, name: str) -> None:
    read = read_inventory(_write(tmp_path, "town.csv", f"{name},roof_area_m2\n007,5\n010,6\n"))
    assert check_inventory(read).buildings["building_id"].tolist() == ["007", "010"]


def test_a_stated_id_keeps_its_leading_zeros(tmp_path: Path) -> None:
    file = _write(tmp_path, "town.csv", "key,roof_area_m2\n007,5\n")
    read = read_inventory(file, columns={"building_id": "key"})
    assert check_inventory(read).buildings["building_id"].tolist() == ["007"]


def test_a_row_is_named_as_it_stands_in_the_file(tmp_path: Path) -> None:
    text = "building_id,roof_area_m2\na,5\n\nb,-5\n"
    checked = check_inventory(read_inventory(_write(tmp_path, "town.csv", text)))
    assert checked.quarantine["row"].tolist() == [4]


def test_a_trailing_delimiter_shifts_no_column(tmp_path: Path) -> None:
    text = "building_id,name,roof_area_m2\na,hall,5,\nb,school,6,\n"
    try:
        read = read_inventory(_write(tmp_path, "town.csv", text))
    except InvalidInventory:
        return
    assert read["building_id"].tolist() == ["a", "b"]
    assert read["roof_area_m2"].tolist() == [5, 6]


def test_a_broken_utf8_file_with_its_mark_is_not_read_as_another_encoding(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + "building_id,name,roof_area_m2\na,学校\n".encode()
    file = _write(tmp_path, "town.csv", data.replace("校".encode(), b"\xe6\xa0,5"))
    _refused(lambda: read_inventory(file), "town.csv, row 2", "utf-8")


def test_bytes_of_no_encoding_name_their_row(tmp_path: Path) -> None:
    file = _write(tmp_path, "town.csv", b"name,roof_area_m2\na,5\n\xff\xff,6\n")
    _refused(lambda: read_inventory(file), "town.csv, row 3, byte 22", "gb18030", "UTF-8")


def test_a_wkt_that_is_none_is_not_dropped_in_silence(tmp_path: Path) -> None:
    text = f'building_id,geometry,roof_area_m2\na,"{SQUARE.wkt}",5\nb,POLYGONE ((1 2),6\n'
    checked = check_inventory(read_inventory(_write(tmp_path, "town.csv", text)))
    said = [*checked.warnings, *checked.quarantine.astype(str).agg(" ".join, axis=1)]
    assert any("WKT" in line and "3" in line for line in said)


def test_a_geometry_column_of_words_is_refused(tmp_path: Path) -> None:
    file = _write(tmp_path, "town.csv", "building_id,geometry\na,here\nb,there\n")
    _refused(lambda: read_inventory(file), "town.csv, column geometry", "'here' is no WKT")


def test_a_geometry_column_of_words_and_gaps_is_refused(tmp_path: Path) -> None:
    file = _write(tmp_path, "town.csv", "building_id,geometry\na,\nb,there\n")
    _refused(lambda: read_inventory(file), "town.csv, column geometry", "'there' is no WKT")


def test_a_geometry_column_of_numbers_is_refused(tmp_path: Path) -> None:
    file = _write(tmp_path, "town.csv", "building_id,geometry\na,5\nb,6\n")
    _refused(lambda: read_inventory(file), "town.csv", "geometry")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    _refused(lambda: read_inventory(tmp_path / "no.gpkg"), "no.gpkg", "no such file", "Give")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    _refused(lambda: read_inventory(tmp_path), "no such file")


@pytest.mark.parametrize("name", ["t.csv", "t.gpkg", "t.geojson", "t.parquet", "t.zip"])
def test_an_empty_file_is_one_line(tmp_path: Path, name: str) -> None:
    file = _write(tmp_path, name, b"")
    _refused(lambda: read_inventory(file), f"{name}: the file is empty")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "building_id,roof_area_m2\n"),
        ("t.geojson", '{"type": "FeatureCollection", "features": []}'),
    ],
)
def test_a_file_without_rows_is_one_line(tmp_path: Path, name: str, content: str) -> None:
    file = _write(tmp_path, name, content)
    _refused(lambda: read_inventory(file), f"{name}: the file has no rows")


@pytest.mark.parametrize("name", ["town.xyz", "town", "town.doc"])
def test_an_unknown_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    file = _write(tmp_path, name, "x")
    _refused(lambda: read_inventory(file), name, "unknown kind of file", "Give .xlsx")


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet", ".geojson", ".fgb"])
@pytest.mark.parametrize("share", [0.001, 0.3, 0.9])
def test_a_cut_file_is_one_line(tmp_path: Path, suffix: str, share: float) -> None:
    whole = _save(_frame(), tmp_path / f"whole{suffix}").read_bytes()
    file = _write(tmp_path, f"cut{suffix}", whole[: max(8, int(len(whole) * share))])
    _refused(lambda: read_inventory(file), f"cut{suffix}", "whole")


@pytest.mark.parametrize("content", ["hello", "{}", "[1, 2]", '{"type": "Feature"', "\x00\x01"])
@pytest.mark.parametrize("name", ["t.geojson", "t.gpkg", "t.parquet", "t.zip"])
def test_a_file_of_something_else_is_one_line(tmp_path: Path, name: str, content: str) -> None:
    file = _write(tmp_path, name, content)
    _refused(lambda: read_inventory(file), name)


def _layers(file: Path) -> Path:
    for name in ("houses", "roads"):
        _frame().to_file(file, layer=name)
    return file


def test_one_of_several_layers_must_be_chosen(tmp_path: Path) -> None:
    file = _layers(tmp_path / "t.gpkg")
    _refused(lambda: read_inventory(file), "t.gpkg", "2 layers (houses, roads)", "--layer")
    assert len(read_inventory(file, layer="houses")) == 2


def test_a_layer_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = _layers(tmp_path / "t.gpkg")
    _refused(lambda: read_inventory(file, layer="x"), "t.gpkg, layer x", "found houses, roads")


def test_a_geopackage_without_layers_is_one_line(tmp_path: Path) -> None:
    file = _save(_frame(), tmp_path / "t.gpkg")
    with contextlib.closing(sqlite3.connect(file)) as base, base:
        base.execute("DELETE FROM gpkg_geometry_columns")
        base.execute("DELETE FROM gpkg_contents")
        base.execute("DELETE FROM gpkg_ogr_contents")
    _refused(lambda: read_inventory(file), "t.gpkg")


def test_an_empty_archive_is_one_line(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w"):
        pass
    _refused(lambda: read_inventory(tmp_path / "t.zip"), "t.zip")


@pytest.mark.parametrize(
    "content", ["\n\n", "a,b\n1,2,3\n1,2,3,4\n", "roof_area_m2,b\n1,2,3\n", 'a,b\n1,"2\n']
)
def test_a_csv_that_is_no_table_is_one_line(tmp_path: Path, content: str) -> None:
    file = _write(tmp_path, "t.csv", content)
    _refused(lambda: read_inventory(file), "t.csv")


def test_columns_that_say_nothing_of_a_roof_are_refused_by_name(tmp_path: Path) -> None:
    file = _write(tmp_path, "t.csv", "building_id,colour\na,red\n")
    _refused(lambda: read_inventory(file), "t.csv, columns", "building_id, colour", "[columns]")


def test_a_stated_column_that_the_file_lacks_is_refused(tmp_path: Path) -> None:
    file = _write(tmp_path, "t.csv", "roof_area_m2\n5\n")
    _refused(
        lambda: read_inventory(file, columns={"height_m": "Höhe"}),
        "[columns] height_m", "'Höhe'", "roof_area_m2", kind=InvalidConfig,
    )  # fmt: skip


def test_a_stated_name_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    file = _write(tmp_path, "t.csv", "roof_area_m2\n5\n")
    _refused(
        lambda: read_inventory(file, columns={"hight": "roof_area_m2"}),
        "[columns] hight", "height_m", kind=InvalidConfig,
    )  # fmt: skip


def test_a_stated_column_replaces_one_of_our_name(tmp_path: Path) -> None:
    file = _write(tmp_path, "t.csv", "roof_area_m2,surveyed\n5,6\n")
    read = read_inventory(file, columns={"roof_area_m2": "surveyed"})
    assert check_inventory(read).buildings["roof_area_m2"].tolist() == [6.0]


def test_one_column_for_two_names_is_not_dropped_in_silence(tmp_path: Path) -> None:
    file = _write(tmp_path, "t.csv", "who,roof_area_m2\nx,5\n")
    try:
        read = read_inventory(file, columns={"name": "who", "institution": "who"})
    except InvalidConfig:
        return
    assert read[["name", "institution"]].to_numpy().tolist() == [["x", "x"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "roof_area_m2,synthetic\n5,True\n6,\n"),
        ("t.geojson", json.dumps({
            "type": "FeatureCollection", "synthetic": True, "features": [
                {"type": "Feature", "properties": {"roof_area_m2": 5}, "geometry": None}
            ],
        })),
    ],
)  # fmt: skip
def test_a_file_that_says_so_is_synthetic(tmp_path: Path, name: str, content: str) -> None:
    assert read_inventory(_write(tmp_path, name, content)).attrs["synthetic"] is True


@pytest.mark.parametrize("content", ["a,synthetic\n5,False\n", "a,synthetic\n5,no\n6,\n"])
def test_a_file_that_denies_it_is_not_synthetic(tmp_path: Path, content: str) -> None:
    file = _write(tmp_path, "t.csv", content.replace("a,", "roof_area_m2,"))
    assert read_inventory(file).attrs["synthetic"] is False


def test_a_stated_mapping_is_not_changed(tmp_path: Path) -> None:
    columns = {"name": "who"}
    read_inventory(_write(tmp_path, "t.csv", "who,roof_area_m2\nx,5\n"), columns=columns)
    assert columns == {"name": "who"}


def test_our_names_are_ours_in_any_case(tmp_path: Path) -> None:
    read = read_inventory(_write(tmp_path, "t.csv", "Roof_Area_m2, Completed\n5,2023\n"))
    assert read["completed"].tolist() == ["2023"]
    assert read["roof_area_m2"].tolist() == [5]


def test_the_number_of_the_line_is_no_key_where_there_is_one(tmp_path: Path) -> None:
    read = read_inventory(_write(tmp_path, "t.csv", "序号,建筑编号,屋顶面积\n1,PL-5,5\n2,PL-5,6\n"))
    assert read["building_id"].tolist() == ["PL-5", "PL-5"]
    assert any("stands in another row" in said for said in check_inventory(read).warnings)


def test_columns_that_are_not_used_are_told(tmp_path: Path) -> None:
    read = read_inventory(_write(tmp_path, "t.csv", "屋顶面积,colour\n5,red\n"))
    told = {"understood": {"roof_area_m2": "屋顶面积"}, "not_used": ["colour"]}
    assert {name: read.attrs["columns"][name] for name in told} == told
