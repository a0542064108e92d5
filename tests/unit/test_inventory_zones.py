from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import roofpv
from roofpv.catalogue import LANGUAGES, texts
from roofpv.errors import InvalidInventory
from roofpv.inventory.headers.zone_words import KINDS, kind_of, our_name, understand_zones
from roofpv.inventory.outlines.metres import metres_per_degree
from roofpv.inventory.places.datum import from_wgs84
from roofpv.inventory.zones import UNUSED_COLUMNS, check_zones, read_zones

LON, LAT = 106.37, 39.01
EAST, NORTH = (float(metres) for metres in metres_per_degree(np.array(LAT)))
Box = tuple[float, float, float, float]


def _box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A rectangle in metres from the corner of the first building."""
    return shapely.box(
        LON + west / EAST, LAT + south / NORTH, LON + east / EAST, LAT + north / NORTH
    )


# Two buildings with a wall in common, one that stands apart, one without outline.
A, B, C = _box(0, 0, 40, 20), _box(40, 0, 80, 20), _box(200, 0, 240, 20)


def _buildings() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"building_id": ["A", "B", "C", "D"]}, geometry=[A, B, C, None], crs="EPSG:4326"
    )


def _zones(*shapes: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(dict(columns), geometry=list(shapes), crs="EPSG:4326")


def _on_a() -> gpd.GeoDataFrame:
    return _zones(
        _box(2, 2, 6, 6), _box(10, 2, 14, 6), zone_id=["z1", "z2"], building_id=["A", None],
        kind=["设备", "天窗"], height_m=[2.5, None], clear_m=[1.0, 0.5],
    )  # fmt: skip


def _refused(call: object, *said: str) -> None:
    with pytest.raises(InvalidInventory) as caught:
        call()  # type: ignore[operator]
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text


def _csv(folder: Path, *lines: str) -> Path:
    (folder / "zones.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "zones.csv"


def _write(frame: gpd.GeoDataFrame, file: Path) -> Path:
    if file.suffix == ".parquet":
        frame.to_parquet(file)
    elif file.suffix == ".csv":
        wkt = frame.to_wkt(rounding_precision=12)["geometry"]
        table = pd.DataFrame(frame.drop(columns="geometry")).assign(wkt=wkt)
        table.to_csv(file, index=False)
    else:
        short = file.name.endswith((".shp", ".shp.zip"))  # ten letters at most
        frame.rename(columns={"building_id": "building_i"} if short else {}).to_file(file)
    return file


@pytest.mark.parametrize(
    "name", ["z.geojson", "z.gpkg", "z.fgb", "z.shp", "z.shp.zip", "z.parquet", "z.csv"]
)
def test_every_format_gives_the_same_zones(tmp_path: Path, name: str) -> None:
    file = _write(_on_a(), tmp_path / name)
    zones = read_zones(file)
    zones = zones.sort_values("zone_id", ignore_index=True)  # FlatGeobuf sorts by place
    assert list(zones.columns) == [
        "zone_id", "building_id", "kind", "height_m", "clear_m", "source_row", "source_sheet",
        "geometry",
    ]  # fmt: skip
    assert zones["zone_id"].tolist() == ["z1", "z2"]
    assert zones["building_id"].tolist() == ["A", None]
    assert zones["kind"].tolist() == ["plant", "skylight"]
    assert zones["height_m"].fillna(-1).tolist() == [2.5, -1]
    assert zones["clear_m"].tolist() == [1.0, 0.5]
    assert zones.crs.to_epsg() == 4326
    assert shapely.equals_exact(zones.geometry[0].normalize(), _box(2, 2, 6, 6).normalize(), 1e-9)
    assert zones.attrs["refused"] == []
    assert zones.attrs["inputs"][0]["name"] == name
    assert len(zones.attrs["inputs"][0]["sha256"]) == 64


def test_a_chinese_table_with_units_is_read(tmp_path: Path) -> None:
    wkt = _box(2, 2, 6, 6).wkt
    file = _csv(
        tmp_path, "区域编号,所属建筑编号,类型,高度（cm）,净距,轮廓",
        f'１,A,冷却塔,约250,1.0米,"{wkt}"', f'2,A,屋頂綠化,x,-3,"{wkt}"',
    )  # fmt: skip
    zones = read_zones(file)
    assert zones["zone_id"].tolist() == ["１", "2"]
    assert zones["kind"].tolist() == ["plant", "green_roof"]
    assert zones["height_m"].fillna(-1).tolist() == [2.5, -1]
    assert zones["clear_m"].fillna(-1).tolist() == [1.0, -1]
    assert zones["source_row"].tolist() == [2, 3]
    said = "\n".join(zones.attrs["warnings"])
    for part in ("1 rows, height_m: not a number (x)", "1 rows, clear_m: outside 0 to 50 m (-3)"):
        assert part in said


def test_the_system_and_the_datum_are_those_stated(tmp_path: Path) -> None:
    metric = _on_a().to_crs("EPSG:4545")
    zones = read_zones(_write(metric, tmp_path / "z.csv"), crs="EPSG:4545")
    assert zones.geometry[0].hausdorff_distance(_box(2, 2, 6, 6)) < 1e-9
    moved = shapely.transform(
        _box(2, 2, 6, 6), lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], "gcj02"))
    )
    file = _write(_zones(moved), tmp_path / "z.geojson")
    assert read_zones(file, datum="gcj02").geometry[0].hausdorff_distance(_box(2, 2, 6, 6)) < 1e-7


def test_a_layer_is_chosen(tmp_path: Path) -> None:
    for layer, shape in (("roof", _box(2, 2, 6, 6)), ("other", _box(0, 0, 1, 1))):
        _zones(shape).to_file(tmp_path / "z.gpkg", layer=layer)
    _refused(lambda: read_zones(tmp_path / "z.gpkg"), "z.gpkg", "2 layers", "--layer")
    assert len(read_zones(tmp_path / "z.gpkg", layer="roof")) == 1


def test_no_kind_is_forbidden_and_said_and_keys_are_made(tmp_path: Path) -> None:
    zones = read_zones(_write(_zones(_box(2, 2, 6, 6)), tmp_path / "z.geojson"))
    assert zones["zone_id"].tolist() == ["zone-1"]
    assert zones["kind"].tolist() == ["forbidden"]
    assert zones[["height_m", "clear_m"]].isna().all(axis=None)
    assert zones.attrs["warnings"] == [
        "zones: no column tells their kind; all are taken as forbidden"
    ]


def test_strange_and_empty_kinds_and_repeated_keys_are_said() -> None:
    zones = _zones(
        *[_box(2, 2, 6, 6)] * 4, kind=["游泳池\x1b[31m", "Pool", None, "plant"], zone_id=["a"] * 4
    )
    checked = check_zones(zones, _buildings())
    assert checked.zones["kind"].tolist() == ["other_use", "other_use", "forbidden", "plant"]
    assert checked.zones["zone_id"].tolist() == ["a", "a#2", "a#3", "a#4"]
    assert checked.warnings == (
        "zones: the zone_id of 3 rows stands in another row too; they are marked #2, #3 ...",
        "zones: the kind of 1 is empty; they are taken as forbidden",
        "zones: the kind of 2 is not known (游泳池?[31m, Pool); they are taken as other_use",
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((kind, kind) for kind in KINDS),
        ("Green roof", "green_roof"), ("stair-head", "stair_head"), ("空调设备", "plant"),
        ("風機機組", "plant"), ("冷却塔1#", "plant"), ("消防水箱", "plant"),
        ("楼梯间", "stair_head"), ("樓梯間", "stair_head"), ("电梯机房", "stair_head"),
        ("机房", "stair_head"),
        ("天 窗", "skylight"), ("采光带", "skylight"), ("採光頂", "skylight"), ("Sky Light", None),
        ("屋顶绿化", "green_roof"), ("綠化", "green_roof"), ("禁止区域", "forbidden"),
        ("禁装区", "forbidden"), ("不可用", "forbidden"), ("不可上人的设备平台", "forbidden"),
        ("No-go area", "forbidden"), ("HVAC unit", "plant"), ("露台", "other_use"),
        ("可安装", None), (3, None),
    ],
)  # fmt: skip
def test_kinds_in_chinese_and_english(text: object, kind: str | None) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("建筑编号", "building_id"), ("楼栋编号", "building_id"), ("id", "zone_id"),
        ("编号", "zone_id"), ("Kind", "kind"), ("障碍物类型", "kind"), ("高度（m）", "height_m"),
        ("净距(m)", "clear_m"), ("淨距", "clear_m"), ("wkt", "geometry"), ("building", None),
        ("备注", None),
    ],
)  # fmt: skip
def test_headers_of_zones(header: str, name: str | None) -> None:
    assert our_name(header) == name


def test_the_surer_header_and_its_unit_are_taken() -> None:
    told = understand_zones(["高度", "height_m", "净距"], {"净距": "cm"})
    assert told == {"height_m": ("height_m", ""), "clear_m": ("净距", "cm")}


def test_a_zone_is_that_of_the_building_stated_or_of_those_it_overlaps() -> None:
    both = _box(35, 5, 45, 10)
    zones = _zones(
        both, both, _box(210, 5, 215, 10), _box(30, 0, 40, 5), _box(1, 1, 1.05, 1.05),
        zone_id=["both", "of b", "c", "to the wall", "pipe"],
        building_id=[None, "B", None, None, None],
    )  # fmt: skip
    checked = check_zones(zones, _buildings())
    pairs = checked.zones[["zone_id", "building_id"]].to_numpy().tolist()
    assert pairs == [
        ["both", "A"], ["both", "B"], ["of b", "B"], ["c", "C"], ["to the wall", "A"], ["pipe", "A"]
    ]  # fmt: skip
    assert checked.zones.crs.to_epsg() == 4326
    assert checked.zones.geometry[0].equals(both)
    assert checked.unused.empty
    assert list(checked.unused.columns) == list(UNUSED_COLUMNS)
    assert checked.counts == {"in": 5, "used": 5, "unused": 0}


def test_what_lies_on_no_building_is_told_with_its_reason() -> None:
    zones = _zones(
        _box(2, 2, 6, 6), _box(2, 2, 6, 6), _box(2, 2, 6, 6), _box(100, 2, 106, 6),
        shapely.Point(LON, LAT), None, shapely.LineString([(LON, LAT), (LON + 1e-4, LAT)]),
        shapely.Polygon([(LON, LAT), (LON + 1e-4, LAT), (LON, LAT)]),
        zone_id=list("abcdefgh"), kind=["plant"] * 8,
        building_id=["X", "D", "B", None, "A", "A", "A", "A"],
    )  # fmt: skip
    checked = check_zones(zones, _buildings())
    assert checked.zones.empty
    assert checked.unused[["zone_id", "code"]].to_numpy().tolist() == [
        ["a", "NOT_IN_LIST"], ["b", "NO_OUTLINE"], ["c", "BESIDE_ITS_BUILDING"],
        ["d", "NO_BUILDING"], ["e", "NOT_A_POLYGON"], ["f", "NO_GEOMETRY"],
        ["g", "NOT_A_POLYGON"], ["h", "NO_AREA"],
    ]  # fmt: skip
    assert checked.unused["row"].tolist() == list(range(1, 9))
    assert checked.unused["building_id"].tolist() == ["X", "D", "B", None, "A", "A", "A", "A"]
    assert checked.counts == {"in": 8, "used": 0, "unused": 8}
    assert (
        "zones: 2 not used (e, g): it is a point or a line; draw the zone as a polygon"
        in checked.warnings
    )
    assert len(checked.warnings) == 7


def test_what_was_refused_on_reading_is_still_told_by_the_check(tmp_path: Path) -> None:
    wkt = _box(2, 2, 6, 6).wkt
    file = _csv(
        tmp_path, "id,kind,wkt", f'1,设备,"{wkt}"', '2,设备,"POLYGON (("', "3,设备,POINT (1 2)"
    )
    checked = check_zones(read_zones(file), _buildings())
    assert checked.counts == {"in": 3, "used": 1, "unused": 2}
    assert checked.unused["code"].tolist() == ["UNREAD", "NOT_A_POLYGON"]
    assert checked.unused["row"].tolist() == [3, 4]


def test_a_zone_off_the_map_is_told() -> None:
    zones = _zones(_box(2, 2, 6, 6), shapely.box(LON, 91, LON + 1, 92), kind=["plant", "plant"])
    checked = check_zones(zones, _buildings())
    assert checked.counts == {"in": 2, "used": 1, "unused": 1}
    assert checked.unused["row"].tolist() == [2]
    assert checked.unused["reason"].str.len().min() > 10


def test_a_crossed_zone_is_repaired_and_said_a_good_one_stays_bit_for_bit() -> None:
    bow = shapely.Polygon(
        [(LON, LAT), (LON + 1e-4, LAT + 1e-4), (LON + 1e-4, LAT), (LON, LAT + 1e-4)]
    )
    good = _box(2, 2, 6, 6)
    checked = check_zones(_zones(bow, good, kind=["plant", "plant"]), _buildings())
    assert checked.zones.geometry.is_valid.all()
    assert shapely.to_wkb(checked.zones.geometry[1]) == shapely.to_wkb(good)
    assert any("crosses itself" in text for text in checked.warnings)


def test_no_outline_in_the_list_at_all() -> None:
    plain = pd.DataFrame({"building_id": ["A"]})
    checked = check_zones(_on_a(), plain)
    assert checked.unused["code"].tolist() == ["NO_OUTLINE", "NO_OUTLINES"]
    assert check_zones(_on_a(), _buildings().iloc[:0]).counts["unused"] == 2


def test_read_and_check_is_check_and_the_order_changes_nothing(tmp_path: Path) -> None:
    direct = check_zones(_on_a(), _buildings())
    read = check_zones(read_zones(_write(_on_a(), tmp_path / "z.parquet")), _buildings())
    pd.testing.assert_frame_equal(pd.DataFrame(direct.zones), pd.DataFrame(read.zones))
    turned = check_zones(_on_a().iloc[::-1], _buildings().iloc[::-1])
    assert {*map(tuple, turned.zones[["zone_id", "building_id"]].to_numpy())} == {
        ("z1", "A"), ("z2", "A")
    }  # fmt: skip


def test_other_degrees_and_metres_are_moved() -> None:
    checked = check_zones(_on_a().to_crs("EPSG:4545"), _buildings())
    assert checked.counts["used"] == 2


def test_nothing_given_is_changed() -> None:
    zones, buildings = _on_a(), _buildings()
    check_zones(zones, buildings)
    pd.testing.assert_frame_equal(pd.DataFrame(zones), pd.DataFrame(_on_a()))
    pd.testing.assert_frame_equal(pd.DataFrame(buildings), pd.DataFrame(_buildings()))


def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    _refused(lambda: read_zones(tmp_path / "no.gpkg"), "no such file", "zones on roofs")
    (tmp_path / "empty.geojson").touch()
    _refused(lambda: read_zones(tmp_path / "empty.geojson"), "the file is empty")
    (tmp_path / "bad.gpkg").write_bytes(b"SQLite format 3\0 and nothing more")
    _refused(lambda: read_zones(tmp_path / "bad.gpkg"), "bad.gpkg", "cannot be read as .gpkg")
    (tmp_path / "z.doc").write_text("x")
    _refused(lambda: read_zones(tmp_path / "z.doc"), "unknown kind of file")


def test_a_file_without_geometry_or_polygon_is_refused(tmp_path: Path) -> None:
    file = _csv(tmp_path, "id,kind", "1,设备")
    _refused(lambda: read_zones(file), "zones.csv, geometry: the file has none", "found id, kind")
    file = _csv(tmp_path, "id,wkt", "1,POINT (106 39)")
    _refused(lambda: read_zones(file), "zones.csv, geometry: no polygon among 1 rows; found Point")
    file = _csv(tmp_path, "id,wkt", "1,here")
    _refused(lambda: read_zones(file), "'here' is no WKT")
    file = _csv(tmp_path, "id,wkt", "1,")
    _refused(lambda: read_zones(file), "no polygon among 1 rows. ")


def test_a_frame_without_geometry_or_system_is_refused() -> None:
    plain = pd.DataFrame({"zone_id": ["a"]})
    _refused(lambda: check_zones(plain, _buildings()), "zones, geometry", "Give a GeoDataFrame")  # type: ignore[arg-type]
    bare = gpd.GeoDataFrame(geometry=[A])
    _refused(lambda: check_zones(bare, _buildings()), "coordinate system", "set_crs")
    points = _zones(shapely.Point(LON, LAT))
    _refused(lambda: check_zones(points, _buildings()), "no polygon", "found Point")


def test_every_reason_is_told_in_both_languages() -> None:
    told = [text for key, text in texts().items() if key.startswith("zones.")]
    assert len(told) == 14
    assert all(set(text) == set(LANGUAGES) for text in told)


def test_an_assessment_counts_zones_and_keeps_them() -> None:
    table = gpd.GeoDataFrame(
        {"building_id": ["A"], "use": ["school"], "floors": [3], "district": ["大武口区"]},
        geometry=[A], crs="EPSG:4326",
    )  # fmt: skip
    zones = _zones(_box(2, 2, 6, 6), _box(100, 2, 106, 6), kind=["plant", "plant"])
    zones.attrs["inputs"] = [{"name": "z.gpkg", "sha256": "0"}]
    result = roofpv.assess(table, rules=(), zones=zones)
    assert result.run["zones"] == {"in": 2, "used": 1, "unused": 1}
    assert [line["code"] for line in result.run["zones_unused"]] == ["NO_BUILDING"]
    assert result.run["zones_inputs"] == [{"name": "z.gpkg", "sha256": "0"}]
    assert any(text.startswith("zones: 1 not used") for text in result.run["warnings"])
    assert result.zones is not None
    assert result.zones["building_id"].tolist() == ["A"]
    assert "zones" not in roofpv.assess(table, rules=()).run
