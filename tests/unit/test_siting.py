from __future__ import annotations

import json
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assumptions import Site
from roofpv.errors import InvalidInventory
from roofpv.inventory import check_inventory
from roofpv.inventory.check import QUARANTINE_COLUMNS
from roofpv.siting import assign_sites

SITES = {
    "west": (39.0, 106.0, "大武口区 West"),
    "east": (39.0, 107.0, "惠农区 East"),
    "north": (40.0, 106.5, "平罗县 North"),
}


def _weather(*names: str) -> xr.Dataset:
    chosen = [SITES[name] for name in names]
    return xr.Dataset(
        coords={
            "site": list(names), "latitude": ("site", [c[0] for c in chosen]),
            "longitude": ("site", [c[1] for c in chosen]),
            "district": ("site", [c[2] for c in chosen]),
        }
    )  # fmt: skip


ALL = _weather(*SITES)


def _buildings(**columns: list[object]) -> pd.DataFrame:
    rows = len(next(iter(columns.values())))
    return pd.DataFrame(
        {"building_id": [f"b{i}" for i in range(rows)], "roof_area_m2": 5.0, **columns}
    )


def _assign(
    table: pd.DataFrame, weather: xr.Dataset = ALL, *, bundled: bool = False, reach: float = 50.0
) -> tuple[object, pd.DataFrame]:
    checked = check_inventory(table)
    return assign_sites(checked, weather, bundled=bundled, site=Site(weather_reach_km=reach))


def _sites(table: pd.DataFrame, weather: xr.Dataset = ALL) -> list[str]:
    return _assign(table, weather)[0].buildings["weather_site"].tolist()  # type: ignore[attr-defined]


def test_the_nearest_site_is_taken() -> None:
    table = _buildings(lon=[106.1, 106.9, 106.5], lat=[39.0, 39.1, 39.8])
    assert _sites(table) == ["west", "east", "north"]


def test_near_is_over_the_ground_not_in_degrees() -> None:
    # At 60 N a degree of longitude is half a degree of latitude: 0.9 deg east is 50 km,
    # 0.6 deg north is 67 km.
    weather = xr.Dataset(
        coords={
            "site": ["e", "n"], "latitude": ("site", [60.0, 60.6]),
            "longitude": ("site", [10.9, 10.0]), "district": ("site", ["", ""]),
        }
    )  # fmt: skip
    assert _sites(_buildings(lon=[10.0], lat=[60.0]), weather) == ["e"]


def test_near_goes_across_the_date_line() -> None:
    weather = xr.Dataset(
        coords={
            "site": ["far", "near"], "latitude": ("site", [-17.0, -17.0]),
            "longitude": ("site", [178.0, -179.9]), "district": ("site", ["", ""]),
        }
    )  # fmt: skip
    assert _sites(_buildings(lon=[179.9], lat=[-17.0]), weather) == ["near"]


def test_a_building_without_place_takes_the_only_site() -> None:
    assert _sites(_buildings(lon=[None]), _weather("east")) == ["east"]


@pytest.mark.parametrize(
    ("district", "site"), [("大武口区", "west"), ("惠农", "east"), ("North", "north")]
)
def test_a_building_without_place_takes_the_site_of_its_district(district: str, site: str) -> None:
    assert _sites(_buildings(district=[district])) == [site]


def test_a_place_comes_before_the_district() -> None:
    assert _sites(_buildings(lon=[106.9], lat=[39.0], district=["大武口区"])) == ["east"]


@pytest.mark.parametrize("district", [None, "", "区", "银川市", float("nan")])
def test_a_building_without_place_and_district_is_quarantined(district: object) -> None:
    table = _buildings(district=pd.Series([district, "大武口区"], dtype=object).tolist())
    sited, unplaced = _assign(table)
    assert sited.buildings["building_id"].tolist() == ["b1"]  # type: ignore[attr-defined]
    assert list(unplaced) == list(QUARANTINE_COLUMNS)
    line = unplaced.iloc[0]
    assert (line["row"], line["building_id"], line["code"]) == (1, "b0", "NO_PLACE")
    assert "Give lon and lat, or the district" in line["what_to_do"]


def test_half_a_place_is_no_place() -> None:
    assert _sites(_buildings(lon=[106.9], district=["大武口区"])) == ["west"]


def test_exempt_buildings_are_excluded_with_their_reason() -> None:
    rows = _assign(_buildings(lon=[106.0] * 2, lat=[39.0] * 2, exemption=["文物", None]))[0]
    table = rows.buildings  # type: ignore[attr-defined]
    assert table["status"].tolist() == ["excluded", "assessed"]
    assert table["status_reason"].iloc[0] == "exempt: 文物"
    assert pd.isna(table["status_reason"].iloc[1])


def test_bundled_weather_is_refused_for_buildings_elsewhere() -> None:
    table = _buildings(lon=[8.0, 8.1], lat=[45.0, 45.0])
    with pytest.raises(InvalidInventory, match="--weather") as caught:
        _assign(table, bundled=True)
    assert "Give a weather file of their place" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_reach_is_that_of_the_assumptions() -> None:
    table = _buildings(lon=[106.0], lat=[38.0])  # 111 km south of the nearest
    with pytest.raises(InvalidInventory, match="about 111 km"):
        _assign(table, bundled=True)
    sited, _ = _assign(table, bundled=True, reach=112.0)
    assert sited.warnings == []  # type: ignore[attr-defined]


def test_weather_that_was_chosen_is_used_with_a_warning() -> None:
    sited, _ = _assign(_buildings(lon=[106.0, 106.0], lat=[38.0, 39.0]))
    assert len(sited.warnings) == 1  # type: ignore[attr-defined]
    assert sited.warnings[0].startswith("1 roofs lie more than 50 km")  # type: ignore[attr-defined]
    assert "up to 111 km" in sited.warnings[0]  # type: ignore[attr-defined]


def test_places_that_are_not_known_are_not_far() -> None:
    sited, _ = _assign(_buildings(district=["大武口区"]), bundled=True)
    assert sited.warnings == []  # type: ignore[attr-defined]


def test_no_rows_are_no_fault() -> None:
    sited, unplaced = _assign(_buildings(lon=[106.0], lat=[39.0], roof_area_m2=-1.0), bundled=True)
    assert sited.buildings.empty  # type: ignore[attr-defined]
    assert unplaced.empty


def test_nothing_given_is_changed() -> None:
    checked = check_inventory(
        _buildings(lon=[106.0, None], lat=[39.0, None], exemption=["x", None])
    )
    before, warnings = checked.buildings.copy(deep=True), list(checked.warnings)
    weather = ALL.copy(deep=True)
    assign_sites(checked, ALL, bundled=False, site=Site(weather_reach_km=1.0))
    pd.testing.assert_frame_equal(pd.DataFrame(checked.buildings), pd.DataFrame(before))
    assert checked.warnings == warnings
    xr.testing.assert_identical(ALL, weather)


def _planes(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(
        {"plane_id": ["p1", "p2", "p3"], "building_id": ["a", "a", "b"], "kwp": 5.0,
         "surface_tilt": 10.0, "surface_azimuth": 180.0, **columns}
    )  # fmt: skip


def test_planes_take_their_own_site_and_buildings_that_of_the_first() -> None:
    sited, _ = _assign(_planes(lon=[106.0, 107.0, 106.5], lat=[39.0, 39.0, 40.0]))
    assert sited.planes["weather_site"].tolist() == ["west", "east", "north"]  # type: ignore[attr-defined]
    assert sited.buildings["weather_site"].tolist() == ["west", "north"]  # type: ignore[attr-defined]


def test_planes_without_place_are_quarantined_alone() -> None:
    sited, unplaced = _assign(_planes(lon=[None, 107.0, None], lat=[None, 39.0, None]))
    assert unplaced[["row", "building_id"]].to_numpy().tolist() == [[1, "a"], [3, "b"]]
    assert sited.planes["plane_id"].tolist() == ["p2"]  # type: ignore[attr-defined]
    assert sited.buildings["building_id"].tolist() == ["a"]  # type: ignore[attr-defined]


def test_planes_of_an_exempt_building_are_left_out() -> None:
    table = _planes(lon=[106.0] * 3, lat=[39.0] * 3, exemption=["x", "x", None])
    sited, unplaced = _assign(table)
    assert sited.planes["plane_id"].tolist() == ["p3"]  # type: ignore[attr-defined]
    assert sited.buildings["status"].tolist() == ["excluded", "assessed"]  # type: ignore[attr-defined]
    assert unplaced.empty


def test_planes_without_place_take_the_site_of_their_district() -> None:
    sited, unplaced = _assign(_planes(district=["惠农区", "惠农区", "大武口区"]))
    assert unplaced.empty
    assert sited.planes["weather_site"].tolist() == ["east", "east", "west"]  # type: ignore[attr-defined]


def test_distance_is_that_of_a_great_circle() -> None:
    # A quarter of the way round: 10,007.5 km on a sphere of 6371 km.
    table = gpd.GeoDataFrame(_buildings(lon=[90.0], lat=[0.0]))
    weather = _weather("west").assign_coords(latitude=("site", [0.0]), longitude=("site", [0.0]))
    sited, _ = _assign(table, weather)
    quarter = math.pi / 2 * 6371
    assert f"up to {quarter:.0f} km" in sited.warnings[0]  # type: ignore[attr-defined]


def _shares(
    table: pd.DataFrame, weather: xr.Dataset = ALL, **site: object
) -> list[dict[str, float]]:
    assumed = Site(weather_sites="blend", **site)  # type: ignore[arg-type]
    sited, _ = assign_sites(check_inventory(table), weather, bundled=False, site=assumed)
    texts = sited.buildings["weather_weights"]
    return [{} if text is None else json.loads(text) for text in texts]


def test_nearest_sites_have_no_weights() -> None:
    sited, _ = _assign(_buildings(lon=[106.1], lat=[39.0]))
    assert "weather_weights" not in sited.buildings  # type: ignore[attr-defined]


def test_a_blend_takes_the_nearest_sites_by_their_distance() -> None:
    table = _buildings(lon=[106.5], lat=[39.0])
    (west_east,) = _shares(table, blend_sites=2)
    assert west_east == {"west": pytest.approx(0.5), "east": pytest.approx(0.5)}
    (all_three,) = _shares(table, blend_sites=3, blend_reach_km=200.0)
    # 43.2 km west and east, 111.2 km north.
    near, far = 1 / 43.2064**2, 1 / 111.1949**2
    assert all_three["north"] == pytest.approx(far / (far + 2 * near), rel=1e-4)
    assert sum(all_three.values()) == pytest.approx(1.0, rel=1e-15)


def test_a_site_beyond_the_reach_is_not_blended_in() -> None:
    table = _buildings(lon=[106.5, 106.4], lat=[39.0, 38.0])
    near, far = _shares(table, blend_reach_km=100.0)
    assert set(near) == {"west", "east"}
    # Nothing is within reach there: the nearest alone.
    assert far == {"west": 1.0}


def test_the_nearest_comes_first_and_is_the_weather_site() -> None:
    table = _buildings(lon=[106.9, 106.2], lat=[39.0, 39.3])
    assumed = Site(weather_sites="blend", blend_reach_km=500.0)
    sited, _ = assign_sites(check_inventory(table), ALL, bundled=False, site=assumed)
    firsts = [next(iter(json.loads(text))) for text in sited.buildings["weather_weights"]]
    assert firsts == sited.buildings["weather_site"].tolist() == ["east", "west"]


def test_a_building_at_a_site_takes_that_site_alone() -> None:
    assert _shares(_buildings(lon=[107.0], lat=[39.0])) == [{"east": 1.0}]


def test_a_blend_of_more_sites_than_there_are_is_one_of_all() -> None:
    (got,) = _shares(_buildings(lon=[106.5], lat=[39.4]), blend_sites=9, blend_reach_km=500.0)
    assert set(got) == set(SITES)


def test_a_building_without_a_place_is_not_blended() -> None:
    table = _buildings(lon=[None, None], lat=[None, None], district=["惠农区", "?"])
    sited, unplaced = assign_sites(
        check_inventory(table), ALL, bundled=False, site=Site(weather_sites="blend")
    )
    assert sited.buildings["weather_weights"].tolist() == ['{"east": 1.0}']
    assert unplaced["building_id"].tolist() == ["b1"]


def test_planes_are_blended_each_and_the_building_like_its_first() -> None:
    table = _planes(lon=[106.0, 106.5, 107.0], lat=[39.0] * 3)
    assumed = Site(weather_sites="blend", blend_sites=2)
    sited, _ = assign_sites(check_inventory(table), ALL, bundled=False, site=assumed)
    assert sited.planes is not None
    assert [len(json.loads(text)) for text in sited.planes["weather_weights"]] == [1, 2, 1]
    assert sited.buildings["weather_weights"].tolist() == ['{"west": 1.0}', '{"east": 1.0}']


@pytest.mark.parametrize("way", ["nearest", "blend"])
def test_the_order_of_sites_and_of_rows_changes_nothing(way: str) -> None:
    rng = np.random.default_rng(6)
    table = _buildings(lon=rng.uniform(105.8, 107.2, 60).tolist(), lat=[39.3] * 60)
    assumed = Site(weather_sites=way, blend_reach_km=300.0)
    columns = ["building_id", "weather_site"] + ["weather_weights"] * (way == "blend")

    def told(rows: pd.DataFrame, names: list[str]) -> list[list[object]]:
        checked = check_inventory(rows)
        sited, _ = assign_sites(checked, _weather(*names), bundled=False, site=assumed)
        return sited.buildings[columns].sort_values("building_id").to_numpy().tolist()

    straight = told(table, ["west", "east", "north"])
    assert told(table, ["north", "east", "west"]) == straight
    assert told(table.iloc[::-1], ["west", "east", "north"]) == straight


def test_of_two_sites_as_near_the_first_name_is_taken() -> None:
    for names in (["west", "east"], ["east", "west"]):
        twin = _weather(*names).assign_coords(longitude=("site", [106.0, 106.0]))
        assert _sites(_buildings(lon=[106.3], lat=[39.0]), twin) == ["east"]


@pytest.mark.parametrize("way", ["nearest", "blend"])
def test_a_site_without_a_place_is_near_to_nothing(way: str) -> None:
    lost = ALL.assign_coords(latitude=("site", [39.0, np.nan, 40.0]))
    table = _buildings(lon=[107.0, None], lat=[39.0, None], district=[None, "惠农区"])
    assumed = Site(weather_sites=way, weather_reach_km=500.0)
    sited, _ = assign_sites(check_inventory(table), lost, bundled=False, site=assumed)
    # The place of the first is the east's, had it one; the second goes by its district.
    assert sited.buildings["weather_site"].tolist() == ["west", "east"]
    nowhere = ALL.assign_coords(latitude=("site", [np.nan] * 3))
    _, unplaced = assign_sites(
        check_inventory(table.iloc[[0]]), nowhere, bundled=False, site=assumed
    )
    assert unplaced["code"].tolist() == ["NO_PLACE"]


def test_ten_thousand_buildings_find_their_sites_among_a_hundred() -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(100.0, 110.0, 10_000), rng.uniform(35.0, 42.0, 10_000)
    names = [f"s{i:03d}" for i in range(100)]
    weather = xr.Dataset(
        coords={"site": names, "latitude": ("site", rng.uniform(35.0, 42.0, 100)),
                "longitude": ("site", rng.uniform(100.0, 110.0, 100)),
                "district": ("site", [""] * 100)},
    )  # fmt: skip
    checked = check_inventory(_buildings(lon=lon.tolist(), lat=lat.tolist()))
    sited, _ = assign_sites(
        checked, weather, bundled=False, site=Site(weather_sites="blend", blend_reach_km=500.0)
    )

    # By the chord between unit vectors, another way to the same nearest.
    def unit(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        a, b = np.radians(latitude), np.radians(longitude)
        return np.stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)], axis=1)

    chords = unit(lat, lon) @ unit(*(weather[n].to_numpy() for n in ("latitude", "longitude"))).T
    nearest = np.array(names)[np.argmax(chords, axis=1)]
    assert sited.buildings["weather_site"].tolist() == nearest.tolist()
