from __future__ import annotations

import numpy as np
import pyproj
import pytest

from roofpv.errors import InvalidInventory
from roofpv.inventory.places.crs import (
    check_datum_shift,
    horizontal,
    is_stated,
    is_web_mercator,
    name_of,
    parse_crs,
    way_to_wgs84,
)

BEIJING_54 = (
    "+proj=tmerc +lat_0=0 +lon_0=105 +k=1 +x_0=500000 +y_0=0 +ellps=krass "
    "+towgs84=15.8,-154.4,-82.3,0,0,0,0 +units=m"
)
ESRI = (
    'PROJCS["{0}_3_Degree_GK_Zone_35",GEOGCS["GCS",DATUM["{1}",SPHEROID["{2}",{3}]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",35500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",105.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
ESRI_XIAN = ESRI.format("Xian_1980", "D_Xian_1980", "Xian_1980", "6378140.0,298.257")
ESRI_CGCS = ESRI.format("CGCS2000", "D_China_2000", "CGCS2000", "6378137.0,298.257222101")


def _refused(crs: pyproj.CRS, *said: str) -> None:
    with pytest.raises(InvalidInventory) as caught:
        check_datum_shift(crs, "town.gpkg, geometry")
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in ("town.gpkg, geometry", *said):
        assert part in text


@pytest.mark.parametrize(
    "text",
    [
        "EPSG:4214", "EPSG:2401", "EPSG:2431", "EPSG:21418", "EPSG:21478", "EPSG:4610", "EPSG:2333",
        "EPSG:2349", "EPSG:2359", "EPSG:2379", "EPSG:4555", "EPSG:4568", "EPSG:4798", ESRI_XIAN,
        "+proj=longlat +ellps=krass", "+proj=merc +R=6371007",
        "+proj=longlat +ellps=krass +nadgrids=absent.gsb",
    ],
)  # fmt: skip
def test_a_local_datum_without_a_known_way_is_refused(text: str) -> None:
    _refused(parse_crs(text), "no way from", "CGCS2000", "--crs", "+towgs84=dx,dy,dz,rx,ry,rz,ppm")


def test_the_mend_is_a_string_that_works_with_parameters_in_it() -> None:
    with pytest.raises(InvalidInventory) as caught:
        check_datum_shift(parse_crs("EPSG:2379"), "x")
    text = caught.value.mend.split('"')[1].replace("dx,dy,dz,rx,ry,rz,ppm", "1,2,3,0,0,0,0")
    way = way_to_wgs84(parse_crs(text), "x")
    lon, lat = way.move(np.array([500_000.0]), np.array([4_320_000.0]))
    assert lon[0] == pytest.approx(102.0, abs=1e-3)
    assert lat[0] == pytest.approx(39.01, abs=2e-2)


@pytest.mark.parametrize(
    "code",
    [
        4490, 4480, *range(4491, 4513), *range(4513, 4555), 4326, 4979, 3857, 32648, 4258, 2056,
        28992, 7415, 31256, 5514, 5513, 3035, 3007, 25832, 5555, 2154, 4269, 27700, 7405, 2263,
        6668, 4737, 2326,
    ],
)  # fmt: skip
def test_systems_with_a_way_to_wgs84_are_taken(code: int) -> None:
    check_datum_shift(pyproj.CRS.from_epsg(code), "x")


@pytest.mark.parametrize(
    "text", [BEIJING_54, ESRI_CGCS, "OGC:CRS84", "urn:ogc:def:crs:EPSG::25832"]
)
def test_systems_that_are_written_out_are_taken(text: str) -> None:
    check_datum_shift(parse_crs(text), "x")


def test_a_bound_system_in_wkt_is_taken() -> None:
    check_datum_shift(parse_crs(pyproj.CRS.from_user_input(BEIJING_54).to_wkt()), "x")


def test_stated_parameters_move_the_points_and_their_accuracy_is_not_known() -> None:
    way = way_to_wgs84(parse_crs(BEIJING_54), "x")
    lon, lat = way.move(np.array([619_178.5]), np.array([4_320_848.1]))
    metres = pyproj.Geod(ellps="WGS84").inv(106.376, 39.013, lon[0], lat[0])[2]
    assert 20.0 < metres < 300.0
    assert np.isnan(way.accuracy_m)


@pytest.mark.parametrize(
    ("code", "x", "y", "accuracy"),
    [
        (4490, 106.0, 39.0, 1.0), (4326, 106.0, 39.0, 0.0), (25832, 690_000.0, 5_330_000.0, 1.0),
        (31256, 0.0, 340_000.0, 1.5), (28992, 85_000.0, 447_000.0, 1.0),
        (27700, 400_000.0, 300_000.0, 2.0), (4269, -105.0, 40.0, 4.0), (4230, 5.0, 48.0, 10.0),
    ],
)  # fmt: skip
def test_the_way_says_how_exact_it_is(code: int, x: float, y: float, accuracy: float) -> None:
    way = way_to_wgs84(pyproj.CRS.from_epsg(code), "x", np.array([x]), np.array([y]))
    assert way.accuracy_m == accuracy
    assert not way.assumed


def test_a_helmert_way_comes_within_its_accuracy_of_a_known_pair() -> None:
    # Amersfoort, the origin of the Dutch grid: 155,000 463,000 and 5.38720621 52.15517440 (ETRS89).
    way = way_to_wgs84(pyproj.CRS.from_epsg(7415), "x")
    lon, lat = way.move(np.array([155_000.0]), np.array([463_000.0]))
    assert pyproj.Geod(ellps="GRS80").inv(5.38720621, 52.15517440, lon[0], lat[0])[2] < 1.0


def test_an_unnamed_datum_on_the_same_ellipsoid_is_assumed_and_says_so() -> None:
    way = way_to_wgs84(parse_crs("+proj=tmerc +lon_0=106.5 +x_0=500000 +ellps=GRS80"), "x")
    assert way.assumed
    lon, lat = way.move(np.array([500_000.0]), np.array([0.0]))
    assert (lon[0], lat[0]) == pytest.approx((106.5, 0.0), abs=1e-9)


def test_operations_count_where_the_buildings_are() -> None:
    beijing = pyproj.CRS.from_epsg(4214)
    ordos = way_to_wgs84(
        beijing, "x", np.array([108.4, 108.5, np.nan]), np.array([38.0, 38.1, 38.0])
    )
    assert ordos.accuracy_m == 1.0
    assert "Beijing 1954 to WGS 84" in ordos.name
    shizuishan = np.array([106.376, 106.78]), np.array([39.013, 39.24])
    with pytest.raises(InvalidInventory, match="no way from EPSG:4214"):
        way_to_wgs84(beijing, "x", *shizuishan)


def test_an_operation_for_the_sea_is_none_for_a_town_on_the_coast() -> None:
    nantong, qingdao = np.array([120.87, 120.38]), np.array([32.01, 36.07])
    with pytest.raises(InvalidInventory, match="no way from EPSG:4214"):
        way_to_wgs84(pyproj.CRS.from_epsg(4214), "x", nantong, qingdao)


def test_a_few_places_far_away_do_not_change_the_way() -> None:
    x = np.r_[np.full(99, 155_000.0), 0.0]
    y = np.r_[np.full(99, 463_000.0), 0.0]
    assert way_to_wgs84(pyproj.CRS.from_epsg(28992), "x", x, y).accuracy_m == 1.0


def test_what_is_missing_stays_missing() -> None:
    way = way_to_wgs84(pyproj.CRS.from_epsg(4544), "x")
    lon, lat = way.move(np.array([np.nan, 619_178.5]), np.array([1.0, 4_320_848.1]))
    assert np.isnan(lon[0])
    assert np.isnan(lat[0])
    assert (lon[1], lat[1]) == pytest.approx((106.376, 39.013), abs=1e-6)


@pytest.mark.parametrize(
    "text", ["EPSG:none", "EPSG:999999", "earth", "", "\x00", "a\nb", "7" * 999]
)
def test_a_text_that_is_no_system_is_refused(text: str) -> None:
    with pytest.raises(InvalidInventory) as caught:
        parse_crs(text)
    said = str(caught.value)
    assert said.startswith("--crs")
    assert "Write it as EPSG:4326" in said
    assert len(said) < 200
    assert said.isprintable()


@pytest.mark.parametrize("text", ["EPSG:5773", "EPSG:4978", 'LOCAL_CS["site",UNIT["metre",1]]'])
def test_a_system_without_places_is_refused(text: str) -> None:
    with pytest.raises(InvalidInventory, match="tells no place on a map"):
        parse_crs(text)


def test_a_geocentric_system_of_a_file_is_refused() -> None:
    _refused(pyproj.CRS.from_epsg(4978), "Geocentric CRS", "longitude and latitude")


@pytest.mark.parametrize(
    ("text", "code"), [("EPSG:7415", 28992), ("EPSG:4979", 4326), ("EPSG:4490", 4490)]
)
def test_heights_are_left_out(text: str, code: int) -> None:
    assert parse_crs(text).to_epsg() == code
    assert horizontal(pyproj.CRS.from_user_input(text)).to_epsg() == code


def test_the_axes_of_a_drawing_state_no_place() -> None:
    assert not is_stated(None)
    assert not is_stated(pyproj.CRS.from_wkt('LOCAL_CS["site",UNIT["metre",1]]'))
    assert is_stated(pyproj.CRS.from_epsg(4544))


@pytest.mark.parametrize(
    ("text", "web"),
    [("EPSG:3857", True), ("ESRI:102100", True), ("EPSG:4326", False), ("EPSG:4544", False)],
)
def test_web_mercator_is_known(text: str, web: bool) -> None:
    assert is_web_mercator(pyproj.CRS.from_user_input(text)) is web


def test_a_name_is_short_and_has_its_code() -> None:
    assert (
        name_of(pyproj.CRS.from_epsg(4545)) == "EPSG:4545 CGCS2000 / 3-degree Gauss-Kruger CM 108E"
    )
    assert len(name_of(parse_crs(ESRI_XIAN))) <= 60
