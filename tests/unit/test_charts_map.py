from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from roofpv.report import svg
from roofpv.report.charts import map as room
from roofpv.report.charts import map_svg, mapmarks, scale_of
from roofpv.report.charts.places import groups_of, places_of, view_of

SVG = "{http://www.w3.org/2000/svg}"
BOX = svg.Box(0.0, 0.0, 400.0, 300.0)


def city(
    centres: list[tuple[float, float]], each: int = 40, side: float = 3e-4
) -> gpd.GeoDataFrame:
    draw = np.random.default_rng(5)
    lon = np.concatenate([x + draw.uniform(-0.006, 0.006, each) for x, _ in centres])
    lat = np.concatenate([y + draw.uniform(-0.004, 0.004, each) for _, y in centres])
    table = pd.DataFrame(
        {
            "district": np.repeat([f"区{i}" for i in range(len(centres))], each),
            "status": "assessed",
            "kwp": draw.gamma(1.0, 50.0, len(lon)),
            "poa_kwh_per_m2": draw.normal(1800.0, 50.0, len(lon)),
            "lon": lon,
            "lat": lat,
        }
    )
    table.loc[3, "poa_kwh_per_m2"] = np.nan
    shapes = shapely.box(lon - side, lat - side / 2, lon + side, lat + side / 2)
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def paths(picture: str) -> list[ET.Element]:
    return list(ET.fromstring(picture).iter(f"{SVG}path"))


def marks(picture: str) -> int:
    return sum((one.get("d") or "").count("M") for one in paths(picture))


def words(picture: str) -> str:
    return " ".join(ET.fromstring(picture).itertext())


def legend(picture: str) -> list[int]:
    found = re.findall(r">[^<>]*: ([\d,]+)</text>", picture)
    return [int(one.replace(",", "")) for one in found]


def test_every_building_is_drawn_once_in_its_colour():
    buildings = city([(106.3, 39.0)])
    picture = map_svg(buildings, "poa_kwh_per_m2", "en")
    assert marks(picture) == len(buildings)
    scale = scale_of("poa_kwh_per_m2", buildings["poa_kwh_per_m2"])
    counts = pd.Series(scale.places(buildings["poa_kwh_per_m2"])).value_counts()
    by_fill = {one.get("fill"): (one.get("d") or "").count("M") for one in paths(picture)}
    for place, one in enumerate(scale.classes):
        assert by_fill.get(one.colour, 0) == counts.get(place, 0)
    assert by_fill["url(#roofpv-map-poa-kwh-per-m2-unknown)"] == 1
    assert sum(legend(picture)) == len(buildings)


def test_the_order_of_buildings_changes_no_byte():
    buildings = city([(106.3, 39.0), (106.8, 39.2)])
    mixed = buildings.sample(frac=1.0, random_state=2)
    assert map_svg(mixed, "pv_state", "zh") == map_svg(buildings, "pv_state", "zh")


def test_north_is_up_and_a_degree_of_longitude_is_shorter():
    lon, lat = np.array([106.0, 106.0, 106.02]), np.array([59.99, 60.01, 60.0])
    view = view_of(lon, lat, BOX)
    x, y = view.to_px(lon, lat)
    assert y[1] < y[0]
    assert x[2] > x[0]
    assert (x[2] - x[0]) / (y[0] - y[1]) == pytest.approx(0.5, rel=1e-3)
    assert view.shows(lon, lat).all()
    assert not view.shows(np.array([np.nan, 0.0]), np.array([60.0, 0.0])).any()


def test_pixels_are_metres():
    lon, lat = np.array([106.0, 106.0]), np.array([39.0, 39.01])
    view = view_of(lon, lat, BOX)
    _, y = view.to_px(lon, lat)
    # WGS 84's own degree of latitude there is 0.2 % shorter than the sphere's.
    assert (y[0] - y[1]) / view.px_per_m == pytest.approx(1110.2, rel=3e-3)


def test_places_far_apart_have_panels_of_their_own_and_an_overview():
    buildings = city([(106.3, 39.0), (106.8, 39.2), (106.5, 38.9)])
    picture = map_svg(buildings, "pv_state", "en")
    said = words(picture)
    assert "where the numbered panels lie" in said
    for number in (1, 2, 3):
        assert re.search(rf"{number} 区\d: 40 buildings", said)
    assert map_svg(city([(106.3, 39.0)]), "pv_state", "en").count("buildings</text>") == 0


def test_a_few_far_away_are_seen_in_the_overview_only():
    buildings = city([(106.3, 39.0)], each=100)
    far = buildings.iloc[:2].copy()
    far["geometry"] = far.geometry.translate(0.5, 0.3)
    picture = map_svg(pd.concat([buildings, far]), "pv_state", "en")
    assert "1 区0: 100 buildings" in words(picture)
    assert sum(legend(picture)) == 102


def test_panels_without_a_district_have_numbers_only():
    buildings = city([(106.3, 39.0), (106.8, 39.2)]).drop(columns="district")
    assert "1: 40 buildings" in words(map_svg(buildings, "pv_state", "en"))


def test_points_are_diamonds_and_those_without_a_place_are_told():
    buildings = city([(106.3, 39.0)])
    buildings.loc[5:9, "geometry"] = None
    buildings.loc[10:12, "geometry"] = None
    buildings.loc[10:12, "lon"] = [np.nan, 999.0, np.inf]
    picture = map_svg(buildings, "kwp", "en")
    assert "3 buildings have no place" in words(picture)
    assert "A diamond" in words(picture)
    assert marks(picture) == len(buildings) - 3
    assert picture.count("l2.6,2.6-2.6,2.6-2.6-2.6z") == 5
    outlined = map_svg(city([(106.3, 39.0)]), "kwp", "en")
    assert "A diamond" not in words(outlined)


def test_a_table_of_points_is_a_map_too_and_nothing_is_none():
    buildings = pd.DataFrame(city([(106.3, 39.0)]).drop(columns="geometry"))
    assert marks(map_svg(buildings, "kwp", "en")) == len(buildings)
    assert map_svg(buildings.iloc[:0], "kwp", "en") is None
    assert map_svg(buildings.drop(columns=["lon", "lat"]), "kwp", "en") is None


def test_outlines_in_metres_are_brought_to_degrees():
    buildings = city([(106.3, 39.0)])
    metric = buildings.to_crs("EPSG:4544")
    there, back = places_of(buildings), places_of(metric)
    np.testing.assert_allclose(there.lon, back.lon, atol=1e-6)
    assert marks(map_svg(metric, "kwp", "en")) == len(buildings)


def test_a_roof_smaller_than_a_pixel_is_still_a_mark():
    buildings = city([(106.3, 39.0)], side=1e-7)
    picture = map_svg(buildings, "kwp", "en")
    assert picture.count("h1.2v1.2h-1.2z") == len(buildings)


def test_holes_and_several_parts_are_drawn():
    ring = (
        shapely.Point(106.3, 39.0).buffer(2e-3).difference(shapely.Point(106.3, 39.0).buffer(1e-3))
    )
    both = shapely.MultiPolygon([ring, shapely.box(106.304, 39.0, 106.305, 39.001)])
    table = gpd.GeoDataFrame({"kwp": [5.0]}, geometry=[both], crs="EPSG:4326")
    (path,) = paths(map_svg(table, "kwp", "en"))
    assert (path.get("d") or "").count("z") == 3


def many(count: int) -> pd.DataFrame:
    draw = np.random.default_rng(6)
    return pd.DataFrame(
        {"lon": draw.normal(106.0, 0.02, count), "lat": draw.normal(39.0, 0.02, count),
         "kwp": draw.gamma(1.0, 50.0, count), "poa_kwh_per_m2": draw.normal(1800.0, 50.0, count)}
    )  # fmt: skip


@pytest.mark.parametrize("column", ["poa_kwh_per_m2", "pv_state"])
def test_above_twenty_thousand_squares_sum_them_up(column):
    buildings = many(room.MOST_ROOFS + 1)
    picture = map_svg(buildings, column, "en")
    assert len(picture) < 150_000
    assert "A square sums up" in words(picture)
    assert "The largest square" in words(picture)
    assert sum(legend(picture)) == len(buildings)
    assert map_svg(buildings.sample(frac=1.0, random_state=1), column, "en") == picture
    assert "A square sums up" not in words(map_svg(buildings.iloc[:-1], column, "en"))


def test_the_largest_map_of_single_roofs_is_below_a_megabyte_and_a_half():
    points = many(room.MOST_ROOFS)
    d = 2e-4
    shapes = shapely.box(points["lon"] - d, points["lat"] - d, points["lon"] + d, points["lat"] + d)
    outlined = gpd.GeoDataFrame(points, geometry=shapes, crs="EPSG:4326")
    assert 300_000 < len(map_svg(outlined, "kwp", "en")) < 1_500_000


def test_outlines_of_too_many_corners_are_summed_up(monkeypatch):
    monkeypatch.setattr(mapmarks, "MOST_CORNERS", 100)
    assert "A square sums up" in words(map_svg(city([(106.3, 39.0)]), "kwp", "en"))


def test_a_square_has_the_mean_of_those_known_and_is_hatched_without_any():
    table = pd.DataFrame({"lon": 106.0, "lat": 39.0, "kwp": [10.0, 35.0, np.nan, 45.0]})
    table.loc[4] = [106.1, 39.1, np.nan]
    table.loc[5] = [106.1, 39.0, 5.0]
    scale = scale_of("kwp")
    places = places_of(table)
    values = table["kwp"]
    drawn = mapmarks.Drawn(scale, scale.places(values), values.to_numpy(), "unknown")
    view = view_of(places.lon, places.lat, BOX)
    pieces, most = mapmarks.squares(drawn, places, view)
    assert most == 4
    fills = {ET.fromstring(one).get("fill"): ET.fromstring(one).get("d") for one in pieces}
    mean = scale.colours(pd.Series([30.0]))[0]
    assert set(fills) == {mean, "url(#unknown)", scale.colours(pd.Series([5.0]))[0]}
    # The area is the number: 4 to 1.
    assert "h9.0" in fills[mean]
    assert "h4.5" in fills["url(#unknown)"]


def test_no_square_without_buildings():
    places = places_of(pd.DataFrame({"lon": [np.nan], "lat": [np.nan]}))
    scale = scale_of("kwp")
    drawn = mapmarks.Drawn(scale, np.array([-1]), np.array([np.nan]), "unknown")
    view = view_of(np.array([106.0]), np.array([39.0]), BOX)
    assert mapmarks.squares(drawn, places, view) == ([], 0)


def test_groups_are_those_without_a_wide_gap_the_largest_first():
    step = 0.8e3 / 111_195.0
    chain = [(106.0, 39.0 + i * step) for i in range(6)]
    near = [(107.0, 39.0), (107.0, 39.0)]
    lon, lat = np.array([*near, *chain, (120.0, -10.0)]).T
    assert groups_of(lon, lat).tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 2]
    assert groups_of(np.zeros(0), np.zeros(0)).size == 0


def test_ends_of_two_rows_are_no_neighbours():
    # The easternmost cell of a row and the westernmost of the next stand far apart.
    lon, lat = np.array([106.0, 106.3, 106.0]), np.array([39.02, 39.0101, 39.0])
    assert len(set(groups_of(lon, lat).tolist())) == 3


def test_hostile_district_is_text():
    buildings = city([(106.3, 39.0), (106.8, 39.2)])
    buildings["district"] = "</text><script>alert(1)</script>\u202e"
    root = ET.fromstring(map_svg(buildings, "pv_state", "en"))
    assert [one for one in root.iter() if one.tag == f"{SVG}script"] == []


def test_own_colours_may_be_given():
    buildings = city([(106.3, 39.0)])
    scale = scale_of("poa_kwh_per_m2", pd.Series([1000.0, 2000.0]))
    picture = map_svg(buildings, "poa_kwh_per_m2", "en", scale)
    assert all(one.labels["en"] in words(picture) for one in scale.classes)
