from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from roofpv.errors import InvalidInventory
from roofpv.inventory.places.datum import BOX, from_wgs84, geometries_to_wgs84, to_wgs84

EARTH = pyproj.Geod(ellps="WGS84")
WEB = ("gcj02", "bd09")
# Town centres, and how far and where to the two datums shift them: computed beforehand.
TOWNS = [
    ("Dawukou", 106.376, 39.013, (418, 77), (1221, 54)),
    ("Huinong", 106.780, 39.240, (418, 78), (1240, 51)),
    ("Pingluo", 106.545, 38.906, (386, 82), (1203, 51)),
]
# WGS84 and GCJ-02, latitude last, as the reverse-engineered transformation was published with.
PUBLISHED = [
    (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
]


def _apart(first: tuple, second: tuple) -> np.ndarray:
    return np.abs(EARTH.inv(*first, *second)[2])


@pytest.mark.parametrize(("name", "lon", "lat", "gcj", "bd"), TOWNS)
@pytest.mark.parametrize("datum", WEB)
def test_the_towns_are_shifted_as_known(
    name: str, lon: float, lat: float, gcj: tuple, bd: tuple, datum: str
) -> None:
    there = [float(value) for value in from_wgs84(lon, lat, datum)]
    bearing, _, metres = EARTH.inv(lon, lat, *there)
    known = gcj if datum == "gcj02" else bd
    assert metres == pytest.approx(known[0], abs=1.0)
    assert bearing == pytest.approx(known[1], abs=0.6)


@pytest.mark.parametrize(("lon", "lat", "there_lon", "there_lat"), PUBLISHED)
def test_gcj02_is_as_published(lon: float, lat: float, there_lon: float, there_lat: float) -> None:
    there = from_wgs84(lon, lat, "gcj02")
    assert np.array(there) == pytest.approx([there_lon, there_lat], abs=1e-12)
    back = to_wgs84(there_lon, there_lat, "gcj02")
    assert np.array(back) == pytest.approx([lon, lat], abs=1e-10)


def test_bd09_is_as_published() -> None:
    wgs = to_wgs84(116.404, 39.915, "gcj02")
    assert np.array(from_wgs84(*wgs, "bd09")) == pytest.approx(
        [116.41036949371029, 39.92133699351021], abs=1e-9
    )


@pytest.mark.parametrize("datum", WEB)
def test_there_and_back_closes_all_over_china(datum: str) -> None:
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(73, 136, 127), range(3, 55)))
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert _apart((lon, lat), back).max() < 1e-5


@pytest.mark.parametrize("datum", WEB)
def test_the_inverse_converges_on_the_meridian_of_105_where_the_formula_has_a_kink(
    datum: str,
) -> None:
    lon = 105.0 + np.array([-1e-6, -1e-9, 0.0, 1e-9, 1e-6])
    lat = np.full(5, 39.0)
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert _apart((lon, lat), back).max() < 1e-5


@pytest.mark.parametrize("datum", WEB)
@pytest.mark.parametrize(
    ("lon", "lat"),
    [(3.4, 46.1), (139.7, 35.5), (-105.0, 40.0), (72.003, 39.0), (106.0, 55.828), (137.835, 10.0)],
)
def test_outside_the_box_nothing_moves(datum: str, lon: float, lat: float) -> None:
    for way in (from_wgs84, to_wgs84):
        assert [float(value) for value in way(lon, lat, datum)] == [lon, lat]


@pytest.mark.parametrize("datum", WEB)
@pytest.mark.parametrize("corner", [(0, 2), (0, 3), (1, 2), (1, 3)])
def test_the_edge_of_the_box_belongs_to_it(datum: str, corner: tuple[int, int]) -> None:
    lon, lat = BOX[corner[0]], BOX[corner[1]]
    there = [float(value) for value in from_wgs84(lon, lat, datum)]
    assert 10.0 < EARTH.inv(lon, lat, *there)[2] < 3000.0


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000"])
def test_the_same_datum_changes_nothing(datum: str) -> None:
    lon, lat = np.array([106.376, np.nan]), np.array([39.013, 39.0])
    for way in (from_wgs84, to_wgs84):
        east, north = way(lon, lat, datum)
        np.testing.assert_array_equal(east, lon)
        np.testing.assert_array_equal(north, lat)


@pytest.mark.parametrize("datum", WEB)
def test_what_is_missing_stays_missing_and_the_input_as_it_was(datum: str) -> None:
    lon, lat = np.array([np.nan, 106.376, 106.376]), np.array([39.013, np.nan, 39.013])
    before = lon.copy()
    east, north = to_wgs84(lon, lat, datum)
    np.testing.assert_array_equal(lon, before)
    assert np.isnan(east[0])
    assert np.isnan(north[1])
    alone = to_wgs84(106.376, 39.013, datum)
    assert [east[2], north[2]] == [float(value) for value in alone]


def test_the_chunks_do_not_show() -> None:
    lon, lat = np.linspace(100, 110, 40_000), np.linspace(30, 40, 40_000)
    east, north = to_wgs84(lon, lat, "gcj02")
    some = slice(16_000, 17_000)
    one_by_one = to_wgs84(lon[some], lat[some], "gcj02")
    np.testing.assert_allclose(east[some], one_by_one[0], rtol=0, atol=1e-11)
    np.testing.assert_allclose(north[some], one_by_one[1], rtol=0, atol=1e-11)


def test_no_points_are_no_points() -> None:
    east, north = to_wgs84([], [], "bd09")
    assert east.shape == north.shape == (0,)


def test_geometries_move_with_their_holes_and_keep_their_heights() -> None:
    flat = shapely.Polygon(
        [(106.37, 39.01), (106.38, 39.01), (106.38, 39.02), (106.37, 39.02)],
        [[(106.374, 39.014), (106.376, 39.014), (106.376, 39.016)]],
    )
    solid = shapely.from_wkt("POLYGON Z ((106.37 39.01 5, 106.38 39.01 6, 106.38 39.02 7, "
                             "106.37 39.01 5))")  # fmt: skip
    shapes = np.array([flat, None, solid, shapely.Point(106.376, 39.013)], dtype=object)
    moved = geometries_to_wgs84(shapes, "gcj02")
    assert moved[1] is None
    assert len(moved[0].interiors) == 1
    assert shapes[0].equals(flat)
    assert shapely.get_coordinates(moved[2], include_z=True)[:, 2].tolist() == [5, 6, 7, 5]
    assert not moved[0].has_z
    for before, after in ((flat, moved[0]), (solid, moved[2]), (shapes[3], moved[3])):
        here, there = shapely.get_coordinates(before), shapely.get_coordinates(after)
        np.testing.assert_array_equal(there, np.column_stack(to_wgs84(*here.T, "gcj02")))


def test_geometries_of_wgs84_are_as_they_were() -> None:
    shapes = np.array([shapely.Point(106.376, 39.013)], dtype=object)
    assert geometries_to_wgs84(shapes, "cgcs2000")[0].equals(shapes[0])


@pytest.mark.parametrize("datum", ["", "gcj-02", "GCJ02", "baidu\nx"])
def test_a_datum_of_another_name_is_refused(datum: str) -> None:
    for call in (
        lambda: to_wgs84(1.0, 2.0, datum),
        lambda: from_wgs84(1.0, 2.0, datum),
        lambda: geometries_to_wgs84(np.array([None], dtype=object), datum),
    ):
        with pytest.raises(InvalidInventory) as caught:
            call()
        text = str(caught.value)
        assert len(text.splitlines()) == 1
        assert text.startswith("--datum")
        assert "wgs84, cgcs2000, gcj02, bd09" in text
