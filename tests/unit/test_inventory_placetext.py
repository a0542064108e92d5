from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.inventory.places.placetext import points_from_text

PLACE = (106.376, 39.013)
WRITTEN = [
    "106.376,39.013", "39.013,106.376", "106.376，39.013", " 106.376  39.013 ", "(106.376, 39.013)",
    "[106.376,39.013]", "POINT(106.376 39.013)", "106.376;39.013", "106.376/39.013",
    "106.376、39.013", "１０６.３７６，３９.０１３", "39.013N 106.376E", "N39.013 E106.376",
    "39.013°N, 106.376°E", "106.376° 39.013°", "东经106.376，北纬39.013", "東經106.376 北緯39.013",
    "北纬39.013°东经106.376°", "经度:106.376 纬度:39.013", "经度106.376,纬度39.013",
    "lon 106.376 lat 39.013", "Lat: 39.013, Lon: 106.376", "longitude=106.376, latitude=39.013",
    "东经106°22′33.6″，北纬39°0′46.8″", "106°22′33.6″E 39°00′46.8″N",
    "106°22'33.6\"E,39°0'46.8\"N", "E106°22′33.6″N39°0′46.8″", "39°00′46.8″N106°22′33.6″E",
    "106º22’33.6” 39º0’46.8”", "106度22分33.6秒,39度0分46.8秒", "106:22:33.6 39:00:46.8",
    "106°22.56′ 39°0.78′", "106° 22′ 33.6″ E , 39° 0′ 46.8″ N",
]  # fmt: skip
UNREAD = [
    "abc", "106.376", "106.3739.013", "106.376,39.013,1100", "200,39", "106.376E 106.376E",
    "106.376N 39.013N", "=cmd|'/c calc'!A0", "N39°00'47\" E106°65'33\"", "106.5°30'0\" 39°0'0\"",
    "106 22 33.6 39 0 46.8", "-106.376W 39.013N", "第一中学", "1e2,39", "١٠٦,٣٩", "39.013", ",",
    "106.376E39.013", "181E 39N", "106E 91N",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_a_place_is_understood_however_it_is_written(text: str) -> None:
    points = points_from_text(pd.Series([text]), "place")
    assert (points.lon[0], points.lat[0]) == pytest.approx(PLACE, abs=1e-9)
    assert points.findings == []


def test_all_of_them_stand_in_one_column() -> None:
    points = points_from_text(pd.Series(WRITTEN * 2, index=range(5, 5 + 2 * len(WRITTEN))))
    np.testing.assert_allclose(points.lon, PLACE[0], atol=1e-9)
    np.testing.assert_allclose(points.lat, PLACE[1], atol=1e-9)


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_no_place_is_said(text: str) -> None:
    points = points_from_text(pd.Series(["106.376,39.013", text]), "place")
    assert np.isnan(points.lon[1])
    assert np.isnan(points.lat[1])
    assert [(f.kind, f.code, f.column, f.at.tolist(), [*f.values]) for f in points.findings] == [
        ("emptied", "PLACE_UNREAD", "place", [1], [text])
    ]


@pytest.mark.parametrize("cell", [None, np.nan, "", "  ", "-", "无", "不详", "N/A"])
def test_an_empty_cell_is_no_place_and_no_fault(cell: object) -> None:
    points = points_from_text(pd.Series([cell, "106.376,39.013"], dtype=object))
    assert np.isnan(points.lon[0])
    assert points.lat[1] == 39.013
    assert points.findings == []


@pytest.mark.parametrize("cell", [106.376, 5, True])
def test_a_number_alone_is_no_place(cell: object) -> None:
    points = points_from_text(pd.Series([cell], dtype=object))
    assert [f.code for f in points.findings] == ["PLACE_UNREAD"]


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [
        ("33.5S 70.6W", -70.6, -33.5),
        ("西经70.6 南纬33.5", -70.6, -33.5),
        ("E12 N13", 12.0, 13.0),
        ("N12 E13", 13.0, 12.0),
        ("-33.5,151.2", 151.2, -33.5),
        ("-105.2,39.7", -105.2, 39.7),
        ("75.99,39.47", 75.99, 39.47),
        ("39.47,75.99", 75.99, 39.47),
    ],
)
def test_sides_and_sizes_tell_which_is_which(text: str, lon: float, lat: float) -> None:
    points = points_from_text(pd.Series([text]))
    assert (points.lon[0], points.lat[0]) == pytest.approx((lon, lat))


@pytest.mark.parametrize("text", ["12,13", "-70.6,-33.5", "95,106"])
def test_an_order_that_nothing_tells_is_not_guessed(text: str) -> None:
    points = points_from_text(pd.Series([text]))
    assert np.isnan(points.lon[0])
    assert [(f.kind, f.code) for f in points.findings] == [("emptied", "PLACE_UNCLEAR")]


def test_the_other_cells_of_the_column_tell_the_order() -> None:
    points = points_from_text(pd.Series(["-33.5,151.2", "-31.9,115.9", "-33.9,18.4"]))
    assert points.lon.tolist() == [151.2, 115.9, 18.4]
    assert points.lat.tolist() == [-33.5, -31.9, -33.9]
    mixed = points_from_text(pd.Series(["-33.5,151.2", "151.2,-33.5", "-33.9,18.4"]))
    assert np.isnan(mixed.lon[2])


@pytest.mark.parametrize(("first", "lon", "lat"), [(True, 18.4, -33.9), (False, -33.9, 18.4)])
def test_the_header_tells_the_order_where_the_numbers_do_not(
    first: bool, lon: float, lat: float
) -> None:
    points = points_from_text(pd.Series(["-33.9,18.4"]), latitude_first=first)
    assert (points.lon[0], points.lat[0]) == (lon, lat)
    clear = points_from_text(pd.Series(["106.376,39.013"]), latitude_first=first)
    assert (clear.lon[0], clear.lat[0]) == PLACE


@pytest.mark.parametrize(
    "text", ["1" * 5000, " " * 9999 + "x", "1 " * 9999, "(" * 9999, "1:1:" * 3000]
)
def test_a_hostile_cell_takes_no_time(text: str) -> None:
    points = points_from_text(pd.Series([text]))
    assert np.isnan(points.lon[0])
    assert len(points.findings[0].values[0]) <= 200


def test_no_cells_are_no_points() -> None:
    points = points_from_text(pd.Series([], dtype=object))
    assert points.lon.shape == points.lat.shape == (0,)
    assert points.findings == []
