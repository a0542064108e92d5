from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from roofpv.catalogue import say
from roofpv.errors import InvalidInventory
from roofpv.inventory.places import zones
from roofpv.inventory.places.coordinates import (
    Placed,
    find_swapped,
    parse_system,
    points_from_metres,
    swapped_axes,
    to_degrees,
)
from roofpv.inventory.places.datum import from_wgs84

EARTH = pyproj.Geod(ellps="WGS84")
# One place in degrees and in both 3-degree zones of CGCS2000: a published pair.
LON, LAT = 106.376, 39.013
EAST_35, NORTH_35 = 619_178.5, 4_320_848.1
EAST_36, NORTH_36 = 359_340.5, 4_321_202.2
BEIJING_54 = "+proj=longlat +ellps=krass +towgs84=15.8,-154.4,-82.3,0,0,0,0"


def _frame(points: list, crs: str | int | None = None) -> gpd.GeoDataFrame:
    shapes = [None if point is None else shapely.Point(*point) for point in points]
    return gpd.GeoDataFrame({"use": ["school"] * len(points)}, geometry=shapes, crs=crs)


def _degrees(
    points: list,
    crs: str | int | None = None,
    text: str | None = None,
    datum: str = "wgs84",
    swap: bool = False,
) -> Placed:
    return to_degrees(_frame(points, crs), text, "town.gpkg", datum, swap)


def _places(placed: Placed) -> np.ndarray:
    assert placed.frame.crs.to_epsg() == 4326
    return shapely.get_coordinates(placed.frame.geometry.to_numpy())


def _refused(call: Callable[[], object], *said: str) -> None:
    with pytest.raises(InvalidInventory) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text


def _codes(placed: object) -> list[tuple[str, list[int]]]:
    return [(finding.code, finding.at.tolist()) for finding in placed.findings]  # type: ignore


@pytest.mark.parametrize(
    ("crs", "east", "north"),
    [
        (4544, EAST_35, NORTH_35), (4545, EAST_36, NORTH_36),
        (4523, 35e6 + EAST_35, NORTH_35), (4524, 36e6 + EAST_36, NORTH_36),
        (4490, LON, LAT), (4480, LON, LAT), (4326, LON, LAT), ("OGC:CRS84", LON, LAT),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stated", [False, True])
def test_every_system_of_the_city_gives_the_same_place(
    crs: str | int, east: float, north: float, stated: bool
) -> None:
    text = f"EPSG:{crs}" if isinstance(crs, int) else crs
    placed = _degrees([(east, north)], None if stated else crs, text if stated else None)
    assert _places(placed)[0] == pytest.approx((LON, LAT), abs=1e-6)
    assert placed.findings == []
    assert placed.notes == []


def test_both_zones_agree_to_a_millimetre_on_both_sides_of_their_boundary() -> None:
    lon = np.array([106.3, 106.499999, 106.5, 106.500001, 106.7])
    lat = np.array([38.9, 39.0, 39.1, 39.2, 39.3])
    places = []
    for code in (4544, 4545, 4523, 4524, 4496, 4497, 4507):
        grid = pyproj.Transformer.from_crs(4490, code, always_xy=True)
        east, north = grid.transform(lon, lat)
        places.append(_places(_degrees([*zip(east, north, strict=True)], code)))
    for place in places:
        assert np.abs(EARTH.inv(lon, lat, *place.T)[2]).max() < 1e-3


@pytest.mark.parametrize("word", ["cgcs2000-3", "zone-prefix", " CGCS2000-3 "])
@pytest.mark.parametrize("own", [None, 4523])
def test_each_easting_tells_its_zone(word: str, own: int | None) -> None:
    points = [(35e6 + EAST_35, NORTH_35), (36e6 + EAST_36, NORTH_36), None]
    placed = _degrees(points, own, word)
    np.testing.assert_allclose(_places(placed), [(LON, LAT)] * 2, atol=1e-6)
    assert placed.frame.geometry.iloc[2] is None
    assert placed.findings == []
    assert [key for key, _ in placed.notes] == (["notes.crs_replaced"] if own else [])


def test_zones_of_6_degrees_are_told_by_their_easting_too() -> None:
    grid = pyproj.Transformer.from_crs(4490, 4496, always_xy=True)
    east, north = grid.transform(LON, LAT)
    assert str(east).startswith("18")
    for word in ("cgcs2000-6", "zone-prefix"):
        assert _places(_degrees([(east, north)], None, word))[0] == pytest.approx((LON, LAT))


@pytest.mark.parametrize(
    ("number", "code"),
    [(25, 4513), (35, 4523), (36, 4524), (45, 4533), (13, 4491), (18, 4496), (23, 4501)],
)
def test_a_zone_has_the_code_of_its_name(number: int, code: int) -> None:
    assert zones.zone_epsg(number) == code
    assert pyproj.CRS.from_epsg(code).name.endswith(f"zone {number}")


def test_an_easting_without_a_zone_among_others_is_set_aside() -> None:
    points = [(35e6 + EAST_35, NORTH_35), (EAST_35, NORTH_35), (53e6 + EAST_35, NORTH_35)]
    placed = _degrees(points, None, "cgcs2000-3")
    assert _codes(placed) == [("NO_ZONE", [1, 2])]
    assert placed.findings[0].kind == "quarantined"
    assert placed.findings[0].values[0] == "619178.5 4320848.1"
    assert _places(placed)[0] == pytest.approx((LON, LAT), abs=1e-6)
    assert _places(placed)[1].tolist() == [EAST_35, NORTH_35]


def test_zones_that_no_easting_tells_are_refused() -> None:
    _refused(
        lambda: _degrees([(EAST_35, NORTH_35)], None, "cgcs2000-3"),
        "no easting begins with a zone", "EPSG:4544",
    )  # fmt: skip
    _refused(
        lambda: _degrees([(35e6 + EAST_35, NORTH_35)], None, "cgcs2000-6"),
        "no easting begins with a zone",
    )


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([(LON, LAT)], ["look like degrees", "EPSG:4490", "EPSG:4326"]),
        ([(LAT, LON)], ["look like degrees", "axes swapped", "--swap-axes"]),
        ([(3.4, 46.1)], ["look like degrees"]),
        ([(35e6 + EAST_35, NORTH_35)], ["EPSG:4523", "3-degree zone 35", "CGCS2000"]),
        ([(NORTH_35, 35e6 + EAST_35)], ["EPSG:4523", "--swap-axes"]),
        ([(18e6 + EAST_35, NORTH_35)], ["EPSG:4496", "6-degree zone 18"]),
        ([(35e6 + EAST_35, NORTH_35), (36e6 + EAST_36, NORTH_36)], ["(35, 36)", "cgcs2000-3"]),
        ([(13.4e6, 4.7e6)], ["EPSG:4491", "or EPSG:3857 if it is Web Mercator"]),
        ([(18.5e6, 4e6), (35.5e6, 4e6)], ["zone-prefix"]),
        ([(EAST_35, NORTH_35)], ["without the zone", "EPSG:4544", "EPSG:4545", "Huinong"]),
        ([(NORTH_35, EAST_35)], ["axes swapped", "EPSG:4544", "--swap-axes"]),
        ([(11_841_000.0, 4_722_000.0)], ["look like Web Mercator", "EPSG:3857"]),
        ([(5e8, 5.0)], ["of no kind that is known here", "--crs EPSG:4545"]),
        ([(LON, LAT), (LON, LAT), (5e8, 5.0)], ["look like degrees"]),
    ],
)
def test_a_missing_system_is_asked_for_with_the_ones_that_fit(points: list, said: list) -> None:
    for call in (
        lambda: _degrees(points),
        lambda: points_from_metres(*np.array(points).T, None, "town.gpkg"),
    ):
        _refused(call, "town.gpkg", "does not state its coordinate system", "--crs", *said)


@pytest.mark.parametrize(
    ("crs", "points", "said"),
    [
        (4523, [(EAST_35, NORTH_35)], ["EPSG:4544"]),
        (4544, [(35e6 + EAST_35, NORTH_35)], ["--crs EPSG:4523"]),
        (4544, [(NORTH_35, EAST_35)], ["axes swapped", "--swap-axes"]),
        (4544, [(LON, LAT)], ["look like degrees", "EPSG:4490"]),
        (28992, [(LON, LAT)], ["look like degrees"]),
        (4326, [(EAST_35, NORTH_35)], ["EPSG:4544"]),
        (4326, [(35e6 + EAST_35, NORTH_35), (36e6 + EAST_36, NORTH_36)], ["cgcs2000-3"]),
        (4523, [(35e6 + EAST_35, NORTH_35)] * 2 + [(36e6 + EAST_36, NORTH_36)],
         ["1 of 3 eastings begin with zone 36", "--crs cgcs2000-3"]),
        (4496, [(18e6 + 5e5, 4e6)] * 2 + [(19e6 + 4e5, 4e6)], ["zone 19", "--crs zone-prefix"]),
    ],
)  # fmt: skip
def test_a_system_that_does_not_fit_the_coordinates_is_refused(
    crs: int, points: list, said: list
) -> None:
    _refused(lambda: _degrees(points, crs), f"said to be EPSG:{crs}", *said)


@pytest.mark.parametrize(
    ("crs", "point", "text"),
    [
        (4326, (EAST_35, NORTH_35), "EPSG:4544"),
        (4523, (EAST_35, NORTH_35), "EPSG:4544"),
        (4544, (LON, LAT), "EPSG:4490"),
        (4610, (LON, LAT), "EPSG:4490"),
    ],
)
def test_the_stated_system_counts_where_the_file_s_own_cannot_be_right(
    crs: int, point: tuple, text: str
) -> None:
    placed = _degrees([point], crs, text)
    assert _places(placed)[0] == pytest.approx((LON, LAT), abs=1e-6)
    key, words = placed.notes[-1]
    assert key == "notes.crs_replaced"
    assert words["own"].startswith(f"EPSG:{crs}")


def test_the_file_s_own_system_comes_first_and_that_is_said() -> None:
    placed = _degrees([(EAST_35, NORTH_35)], 4544, "EPSG:4545")
    assert _places(placed)[0] == pytest.approx((LON, LAT), abs=1e-6)
    assert [key for key, _ in placed.notes] == ["notes.crs_kept"]
    assert _degrees([(EAST_35, NORTH_35)], 4544, "EPSG:4544").notes == []


def test_beijing_54_is_refused_and_taken_with_parameters() -> None:
    _refused(lambda: _degrees([(LON, LAT)], 4214), "no way from EPSG:4214", "+towgs84=")
    placed = _degrees([(LON, LAT)], 4214, BEIJING_54)
    assert [key for key, _ in placed.notes] == ["notes.crs_parameters", "notes.crs_replaced"]
    assert 10.0 < EARTH.inv(LON, LAT, *_places(placed)[0])[2] < 100.0


def test_a_way_that_is_not_exact_is_said() -> None:
    placed = _degrees([(0.0, 340_000.0)], 31256)
    assert placed.notes == [
        ("notes.crs_accuracy", {"system": "EPSG:31256 MGI / Austria GK East", "metres": "1.5"})
    ]


def test_a_datum_that_is_assumed_is_said() -> None:
    placed = _degrees(
        [(500_000.0, 4_320_000.0)], None, "+proj=tmerc +lon_0=106.5 +x_0=500000 +ellps=GRS80"
    )
    assert [key for key, _ in placed.notes] == ["notes.datum_assumed"]
    assert _places(placed)[0][0] == pytest.approx(106.5)


def test_the_axes_of_a_drawing_are_no_system() -> None:
    drawing = 'LOCAL_CS["site",UNIT["metre",1]]'
    frame = _frame([(EAST_35, NORTH_35)]).set_crs(drawing)
    _refused(lambda: to_degrees(frame, None, "t.gpkg", "wgs84", swap=False), "does not state")
    placed = to_degrees(frame, "EPSG:4544", "t.gpkg", "wgs84", swap=False)
    assert _places(placed)[0] == pytest.approx((LON, LAT), abs=1e-6)


def test_swapped_axes_are_swapped_when_the_user_says_so() -> None:
    assert _places(_degrees([(LAT, LON)], 4326, swap=True))[0].tolist() == [LON, LAT]
    placed = _degrees([(NORTH_35, EAST_35)], 4544, swap=True)
    assert _places(placed)[0] == pytest.approx((LON, LAT), abs=1e-6)


@pytest.mark.parametrize("crs", [4326, 4490])
def test_latitude_first_is_called_out_row_by_row(crs: int) -> None:
    placed = _degrees([(LON, LAT), (LAT, LON), None], crs)
    assert _codes(placed) == [("SWAPPED_AXES", [1])]
    finding = placed.findings[0]
    assert (finding.kind, finding.values) == ("quarantined", ["39.013 106.376"])
    assert "--swap-axes" in finding.mend("en")
    assert _places(placed).tolist()[1] == [LAT, LON]


def test_a_row_far_outside_its_system_is_set_aside() -> None:
    placed = _degrees([(EAST_35, NORTH_35)] * 3 + [(6_191_785.0, NORTH_35), (1.0, 2.0)], 4544)
    assert _codes(placed) == [("OFF_SYSTEM", [3, 4])]
    assert "EPSG:4544" in placed.findings[0].reason("en")
    assert _places(placed)[3].tolist() == [6_191_785.0, NORTH_35]


def test_a_row_with_a_zone_among_rows_without_is_set_aside() -> None:
    points = [(EAST_35, NORTH_35)] * 2 + [(35e6 + EAST_35, NORTH_35)]
    assert _codes(_degrees(points, 4544)) == [("OFF_SYSTEM", [2])]


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("crs", [4326, 4490])
def test_a_datum_of_web_maps_is_taken_off(datum: str, crs: int) -> None:
    lon, lat = from_wgs84(LON, LAT, datum)
    placed = _degrees([(float(lon), float(lat)), None], crs, datum=datum)
    assert _places(placed)[0] == pytest.approx((LON, LAT), abs=1e-9)


def test_tiles_of_amap_are_gcj02_in_web_mercator() -> None:
    lon, lat = from_wgs84(LON, LAT, "gcj02")
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(float(lon), float(lat))
    assert _places(_degrees([(x, y)], 3857, datum="gcj02"))[0] == pytest.approx(
        (LON, LAT), abs=1e-9
    )
    _refused(lambda: _degrees([(x, y)], 3857, datum="bd09"), "--datum bd09", "degrees")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize(
    ("crs", "text", "point"),
    [
        (4544, None, (EAST_35, NORTH_35)),
        (None, "cgcs2000-3", (35e6 + EAST_35, NORTH_35)),
        (None, BEIJING_54, (LON, LAT)),
    ],
)
def test_a_datum_of_web_maps_needs_degrees(
    datum: str, crs: int | None, text: str | None, point: tuple
) -> None:
    _refused(lambda: _degrees([point], crs, text, datum), f"--datum {datum}", "degrees")


@pytest.mark.parametrize("points", [[(LON, LAT)], [None]])
def test_an_unknown_datum_is_refused(points: list) -> None:
    _refused(lambda: _degrees([(LON, LAT)], 4326, datum="mars"), "--datum mars", "gcj02")


def test_heights_stay_whatever_the_system_of_heights() -> None:
    frame = gpd.GeoDataFrame(
        geometry=[shapely.Point(155_000.0, 463_000.0, 12.5), shapely.Point(155_000.0, 463_000.0)],
        crs="EPSG:7415",
    )
    placed = to_degrees(frame, None, "town.json", "wgs84", swap=False)
    first, second = placed.frame.geometry
    assert first.z == 12.5
    assert not second.has_z
    assert (first.x, first.y) == pytest.approx((second.x, second.y))


def test_outlines_keep_their_holes_and_the_frame_its_columns_and_index() -> None:
    hole = shapely.box(EAST_35, NORTH_35, EAST_35 + 90, NORTH_35 + 90).difference(
        shapely.box(EAST_35 + 30, NORTH_35 + 30, EAST_35 + 60, NORTH_35 + 60)
    )
    frame = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[hole, None], crs=4544, index=[7, 9])
    frame.attrs["inputs"] = ["x"]
    before = frame.geometry.iloc[0].wkt
    placed = to_degrees(frame, None, "town.gpkg", "wgs84", swap=False).frame
    assert len(placed.geometry.iloc[0].interiors) == 1
    assert placed["a"].tolist() == [1, 2]
    assert placed.index.tolist() == [7, 9]
    assert placed.attrs == {"inputs": ["x"]}
    assert frame.geometry.iloc[0].wkt == before
    assert placed.equals(frame.to_crs(4326))


def test_a_geometry_column_of_another_name_takes_ours() -> None:
    frame = _frame([(LON, LAT)], 4326).rename_geometry("geom").assign(geometry="x")
    placed = to_degrees(frame, None, "town.gpkg", "wgs84", swap=False).frame
    assert placed.active_geometry_name == "geometry"
    assert placed["geometry_text"].tolist() == ["x"]


@pytest.mark.parametrize("crs", [None, 4544, 4214])
def test_no_geometry_needs_no_system(crs: int | None) -> None:
    placed = _degrees([None, None], crs)
    assert placed.frame.crs.to_epsg() == 4326
    assert placed.frame.geometry.isna().all()
    empty = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point()], crs=crs or 4544)
    if crs == 4544:
        assert to_degrees(empty, None, "t", "wgs84", swap=False).frame.geometry.iloc[0].is_empty


def test_columns_in_metres_become_degrees() -> None:
    east, north = [EAST_35, np.nan, EAST_35], [NORTH_35, NORTH_35, np.nan]
    points = points_from_metres(east, north, "EPSG:4544", "town.csv")
    assert (points.lon[0], points.lat[0]) == pytest.approx((LON, LAT), abs=1e-6)
    assert np.isnan(points.lon[1:]).all()
    assert np.isnan(points.lat[1:]).all()
    assert points.findings == []


def test_columns_with_zones_become_degrees_each_by_its_own() -> None:
    east = [35e6 + EAST_35, 36e6 + EAST_36, EAST_35]
    points = points_from_metres(east, [NORTH_35, NORTH_36, NORTH_35], "cgcs2000-3", "town.csv")
    np.testing.assert_allclose(points.lon[:2], LON, atol=1e-6)
    np.testing.assert_allclose(points.lat[:2], LAT, atol=1e-6)
    assert _codes(points) == [("NO_ZONE", [2])]


def test_columns_in_degrees_of_another_system_become_ours() -> None:
    points = points_from_metres([LON], [LAT], BEIJING_54, "town.csv")
    assert 10.0 < EARTH.inv(LON, LAT, points.lon[0], points.lat[0])[2] < 100.0
    lon, lat = from_wgs84(LON, LAT, "gcj02")
    points = points_from_metres(lon, lat, "EPSG:4490", "town.csv", "gcj02")
    assert (float(points.lon), float(points.lat)) == pytest.approx((LON, LAT), abs=1e-9)


def test_empty_columns_need_no_system() -> None:
    points = points_from_metres([np.nan, 1.0], [2.0, np.nan], None, "town.csv")
    assert np.isnan(points.lon).all()
    assert points.findings == []


@pytest.mark.parametrize(
    ("lon", "lat", "swapped"),
    [
        (LON, LAT, False), (LAT, LON, True), (-33.0, 151.0, True), (151.0, -33.0, False),
        (39.0, 90.0, False), (39.0, 181.0, False), (100.0, 100.0, False), (np.nan, 106.0, False),
        (39.0, np.nan, False), (0.0, 0.0, False), (-90.0, -180.0, True),
    ],
)  # fmt: skip
def test_a_latitude_above_90_that_could_be_a_longitude_is_swapped(
    lon: float, lat: float, swapped: bool
) -> None:
    assert swapped_axes([lon, LON], [lat, LAT]).tolist() == [swapped, False]
    assert [f.at.tolist() for f in find_swapped([LON, lon], [LAT, lat], "lat")] == [[1]] * swapped


def test_the_words_for_zones_are_no_systems_of_proj() -> None:
    assert parse_system("cgcs2000-6") == zones.ZonePrefix((6,))
    assert parse_system("EPSG:4544") == pyproj.CRS.from_epsg(4544)
    _refused(lambda: parse_system("cgcs2000-9"), "--crs cgcs2000-9", "no known coordinate system")


@pytest.mark.parametrize(
    "key",
    [
        "findings.swapped_axes", "findings.off_system", "findings.no_zone", "findings.place_unread",
        "findings.place_unclear", "notes.crs_kept", "notes.crs_replaced", "notes.crs_accuracy",
        "notes.crs_parameters", "notes.datum_assumed", "notes.looks_like_gcj02",
        "notes.looks_like_bd09", "notes.layer_shifted",
    ],
)  # fmt: skip
def test_every_text_is_there_in_both_languages(key: str) -> None:
    words = dict.fromkeys(("system", "own", "metres", "bearing"), "1")
    keys = [key, f"{key}.mend"] if key.startswith("findings") else [key]
    for one in keys:
        for language in ("en", "zh"):
            said = say(one, language, words)
            assert said
            assert "$" not in said
            assert said.rstrip("。.") == said
