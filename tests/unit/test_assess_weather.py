"""Assessments under several sites and several years of weather, and under gaps in it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assessment import assess
from roofpv.assumptions import Assumptions, from_values
from roofpv.energy import simulate_hourly
from roofpv.inventory import read_inventory
from roofpv.report import explain, summary
from roofpv.results import read_results, write_results
from roofpv.sky import sun_and_sky
from roofpv.weather import Convention, WeatherSite, combine_sites, weather_dataset


@cache
def _weather(
    start: str = "2018-12-31T16:00", rows: int = 8760, offset: float = 8.0, name: str = "town",
    lon: float = 106.35,
) -> xr.Dataset:  # fmt: skip
    time = pd.date_range(start, periods=rows, freq="h")
    hour = (time + pd.Timedelta(hours=8)).hour.to_numpy()
    high = np.clip(np.cos((hour + 0.5 - 12.9) / 12.0 * np.pi), 0.0, None)
    frame = pd.DataFrame(
        {"ghi": 800 * high, "dni": 700 * high, "dhi": 100 * high, "temp_air": 10.0,
         "wind_speed": 2.0}, index=time,
    )  # fmt: skip
    frame["ghi"] = np.nan
    site = WeatherSite(name, 39.0, lon, 1100.0)
    return weather_dataset(frame, site, Convention("start", offset), {"source": f"{name}.csv"})


def _stated(weather: xr.Dataset, error: float, interannual: float) -> xr.Dataset:
    """Weather that states its spreads, at every site the same."""
    sites = weather.sizes["site"]
    return weather.assign_coords(
        ghi_uncertainty_fraction=("site", [error] * sites),
        ghi_interannual_sd_fraction=("site", [interannual] * sites),
    )


@cache
def _brighter(*shares: float) -> xr.Dataset:
    """As many years as shares, from 2018 on, the light of each scaled by its share."""
    weather = _weather("2017-12-31T16:00", 8760 * len(shares) + 24 * ((len(shares) + 1) // 4))
    year = (weather.indexes["time"] + pd.Timedelta(hours=8)).year.to_numpy()
    share = xr.DataArray(np.array(shares)[year - 2018], dims="time")
    return weather.assign(dni=weather["dni"] * share, dhi=weather["dhi"] * share)


@cache
def _two_sites() -> xr.Dataset:
    west, east = _weather(name="west", lon=106.0), _weather(name="east", lon=107.0)
    return combine_sites([west, east.assign(temp_air=east["temp_air"] + 10.0)])


def _buildings() -> pd.DataFrame:
    return pd.DataFrame(
        {"building_id": ["a", "b", "c"], "roof_area_m2": [300.0, 450.0, 640.0],
         "roof_type": ["flat", "gabled", None]}
    )  # fmt: skip


FIVE = (1.0, 0.95, 1.02, 0.9, 1.04)


def _without(weather: xr.Dataset, day: str) -> xr.Dataset:
    """The same weather with the light of a noon missing."""
    holed = weather.copy(deep=True)
    noon = weather.indexes["time"].get_loc(pd.Timestamp(day) + pd.Timedelta(hours=4))
    for name in ("ghi", "dni", "dhi"):
        holed[name][:, noon] = np.nan
    return holed


def test_a_year_that_misses_a_month_is_left_out_counted_and_named() -> None:
    whole = assess(_buildings().iloc[[2]], _brighter(1.0, 0.95, 1.02))
    found = assess(_buildings().iloc[[2]], _without(_brighter(1.0, 0.95, 1.02), "2019-05-03"))
    by_year = whole.energy["ac_kwh"].sum("month").to_numpy()[0]
    row = found.buildings.iloc[0]
    assert row["ac_kwh"] == pytest.approx(by_year[[0, 2]].mean(), rel=1e-12)
    poa = whole.energy["poa_kwh_per_m2"].sum("month").to_numpy()[0]
    assert row["poa_kwh_per_m2"] == pytest.approx(poa[[0, 2]].mean(), rel=1e-12)
    warnings = found.run["warnings"]
    assert "1 months have missing weather; their energy is empty" in warnings
    assert "years left out of the mean for missing months, at 1 buildings: 2019" in warnings
    assert [one["ac_kwh"] is None for one in found.run["energy_by_year"]] == [False, True, False]
    (site,) = found.run["years_by_site"]
    assert (site["years"], site["years_left_out"]) == ([2018, 2020], [2019])


def test_no_complete_year_is_no_energy() -> None:
    weather = _without(_without(_brighter(1.0, 0.95), "2018-05-03"), "2019-01-02")
    found = assess(_buildings().iloc[[2]], weather)
    assert found.buildings[["ac_kwh", "ac_kwh_p90"]].isna().all(axis=None)
    said = "1 buildings have no complete year of weather: their energy is empty"
    assert said in found.run["warnings"]
    assert found.run["years_by_site"] == []
    assert found.run["p90_basis"]["interannual"] == "not known"


# No error of a roof itself, and none that weather sites do not share.
ALIKE = dict.fromkeys(
    ("areas.sd_a", "areas.sd_b", "areas.sd_c", "areas.sd_d", "certainty.installable_shared",
     "certainty.installable_own", "certainty.energy_own"), 0.0,
) | {"uncertainty.site_correlation": 1.0}  # fmt: skip


def _p90(*weather: object) -> object:
    """Share of the mean that is exceeded in nine of ten cases: by the weather and the rest."""
    others = (0.03, 0.03, 0.03, 0.03, 0.02)
    square = sum(np.log1p(np.square(sd)) for sd in (*weather, *others))
    return np.exp(-1.2815515655446 * np.sqrt(square) - square / 2.0)


def test_p90_of_many_years_is_their_own_spread() -> None:
    weather, assumed = _stated(_brighter(*FIVE), 0.04, 0.5), from_values(ALIKE, "x")
    found = assess(_buildings().iloc[[0, 2]], weather, assumptions=assumed)
    planes = found.energy["ac_kwh"].sum("month").to_series().unstack("year")
    by_year = planes.groupby(found.planes.set_index("plane_id")["building_id"]).sum()
    spread = by_year.std(axis=1, ddof=1) / by_year.mean(axis=1)
    expected = _p90(spread, 0.04)
    got = found.buildings.set_index("building_id")
    np.testing.assert_allclose(got["ac_kwh_p90"] / got["ac_kwh"], expected[got.index], rtol=1e-9)
    assert 0.03 < spread.iloc[0] < 0.08
    basis = found.run["p90_basis"]
    assert (basis["interannual"], basis["irradiation"]) == ("years", "stated")
    assert basis["buildings"]["interannual"] == {"years": 2, "stated": 0, "not known": 0}


def test_many_years_that_state_no_error_take_the_assumed_one() -> None:
    assumed = from_values({"uncertainty.irradiation": 0.08}, "x")
    found = assess(_buildings().iloc[[2]], _brighter(*FIVE), assumptions=assumed)
    stated = assess(_buildings().iloc[[2]], _stated(_brighter(*FIVE), 0.08, 0.5))
    assert found.buildings["ac_kwh_p90"].iloc[0] == stated.buildings["ac_kwh_p90"].iloc[0]
    assert found.run["p90_basis"]["irradiation"] == "assumed"
    assert "ac_kwh_p90" not in found.run["not_assessed"]


def test_few_years_that_state_no_error_have_no_p90_and_say_why() -> None:
    found = assess(_buildings().iloc[[2]], _brighter(1.0, 0.95))
    assert found.buildings["ac_kwh_p90"].isna().all()
    assert "fewer than 5 complete years" in found.run["not_assessed"]["ac_kwh_p90"]
    assert found.run["p90_basis"]["interannual"] == "not known"


def test_years_stand_in_the_record_and_the_summary() -> None:
    found = assess(_buildings(), _brighter(*FIVE))
    by_year = found.energy["ac_kwh"].sum(["month", "plane_id"]).to_numpy()
    told = found.run["energy_by_year"]
    assert [one["year"] for one in told] == [2018, 2019, 2020, 2021, 2022]
    assert [one["ac_kwh"] for one in told] == pytest.approx(by_year)
    assert told[3]["poa_kwh_per_m2"] == pytest.approx(0.9 * told[0]["poa_kwh_per_m2"], rel=0.01)
    (site,) = found.run["years_by_site"]
    assert site["ac_kwh_mean"] == pytest.approx(found.buildings["ac_kwh"].sum())
    assert site["ac_kwh_sd_fraction"] == pytest.approx(by_year.std(ddof=1) / by_year.mean())
    low, high = by_year.min() / 1000.0, by_year.max() / 1000.0
    said = f"5 complete years of weather (2018-2022): {low:,.0f} to {high:,.0f} MWh/a"
    assert said in summary(found)


def test_one_year_has_no_years_to_list() -> None:
    found = assess(_buildings(), _weather())
    assert "energy_by_year" not in found.run
    assert not any("complete years" in line for line in summary(found))


def test_every_building_has_the_spread_of_its_own_site() -> None:
    coords = {
        "ghi_uncertainty_fraction": ("site", [0.02, np.nan]),
        "ghi_interannual_sd_fraction": ("site", [0.03, 0.03]),
    }
    roofs = pd.DataFrame({"roof_area_m2": [500.0] * 2, "lon": [106.0, 107.0], "lat": 39.0})
    weather = _two_sites().assign_coords(coords)
    found = assess(roofs, weather, assumptions=from_values(ALIKE, "x"))
    share = (found.buildings["ac_kwh_p90"] / found.buildings["ac_kwh"]).tolist()
    assert share[0] == pytest.approx(_p90(0.02, 0.03), abs=1e-9)
    assert np.isnan(share[1])
    assert "the weather of east does not state" in found.run["not_assessed"]["ac_kwh_p90"]
    assert found.run["p90_basis"]["irradiation"] == "mixed"
    sites = found.run["weather"]["sites"]
    assert [one["ghi_uncertainty_fraction"] for one in sites] == [0.02, None]
    assert [one["altitude"] for one in sites] == [1100.0, 1100.0]


BLEND = {"site.weather_sites": "blend"}


def test_a_blend_is_the_weighted_mean_of_the_energy_at_its_sites() -> None:
    roof = pd.DataFrame({"roof_area_m2": [500.0], "lon": [106.3], "lat": [39.0]})
    found = assess(roof, _two_sites(), assumptions=from_values(BLEND, "x"))
    weights = json.loads(found.planes["weather_weights"].iloc[0])
    # 25.9 km and 60.5 km away: 49 to 9.
    assert weights["west"] == pytest.approx(49 / 58, rel=1e-4)
    assert sum(weights.values()) == pytest.approx(1.0, rel=1e-15)
    assert found.planes["weather_site"].tolist() == ["west"]
    alone = {
        site: assess(roof, _two_sites().sel(site=[site])).energy["ac_kwh"].to_numpy()
        for site in weights
    }
    expected = sum(weights[site] * alone[site] for site in weights)
    np.testing.assert_allclose(found.energy["ac_kwh"], expected, rtol=1e-12)


def test_months_of_a_blend_are_missing_where_one_of_its_sites_misses_them() -> None:
    weather = _two_sites().copy(deep=True)
    weather["temp_air"][1, 24 * 40 + 12] = np.nan
    roof = pd.DataFrame({"roof_area_m2": [500.0] * 2, "lon": [106.3, 106.0], "lat": 39.0})
    found = assess(roof, weather, assumptions=from_values(BLEND, "x"))
    assert np.isnan(found.energy["ac_kwh"].to_numpy()).tolist() == [
        [month == 1 for month in range(12)], [False] * 12,
    ]  # fmt: skip


def test_hours_of_a_blend_add_up_to_its_months() -> None:
    roof = pd.DataFrame({"roof_area_m2": [500.0] * 2, "lon": [106.3, 106.0], "lat": 39.0})
    found = assess(roof, _two_sites(), assumptions=from_values(BLEND, "x"))
    sky = sun_and_sky(found.weather)
    ((_, hours),) = simulate_hourly(found.planes, sky, Assumptions())
    assert hours["ac_kw"].sum("time").to_numpy() == pytest.approx(
        found.energy["ac_kwh"].sum("month").to_numpy(), rel=1e-11
    )


def test_a_year_that_one_site_misses_is_left_out_of_the_blends_alone() -> None:
    west = _brighter(*FIVE)
    east = _without(west, "2019-05-03").assign_coords(site=["east"])
    both = combine_sites([west, east]).assign_coords(longitude=("site", [106.35, 107.0]))
    roofs = pd.DataFrame(
        {"building_id": ["mid", "at"], "roof_area_m2": 500.0, "lon": [106.5, 106.35], "lat": 39.0}
    )
    found = assess(roofs, both, assumptions=from_values(BLEND, "x"))
    assert [explain(found, name)["years"]["left_out"] for name in ("mid", "at")] == [[2019], []]
    assert found.run["p90_basis"]["buildings"]["interannual"] == {
        "years": 1, "stated": 0, "not known": 1,
    }  # fmt: skip
    said = "years left out of the mean for missing months, at 1 buildings: 2019"
    assert said in found.run["warnings"]


def test_sites_that_no_roof_takes_are_not_in_the_result() -> None:
    roof = pd.DataFrame({"roof_area_m2": [500.0], "lon": [106.3], "lat": [39.0]})
    found = assess(roof, _two_sites())
    assert found.weather["site"].to_numpy().tolist() == ["west"]
    assert [one["site"] for one in found.run["weather"]["sites"]] == ["west"]


def test_a_blend_comes_back_from_its_folder_and_is_explained(tmp_path: Path) -> None:
    roof = pd.DataFrame(
        {"building_id": ["a"], "roof_area_m2": [500.0], "lon": [106.3], "lat": [39.0],
         "altitude_m": [1600.0]}
    )  # fmt: skip
    fresh = assess(roof, _two_sites(), assumptions=from_values(BLEND, "x"))
    again = read_results(write_results(fresh, tmp_path / "out"))
    told = explain(again, "a")
    assert told == explain(fresh, "a")
    (plane,) = told["planes"]
    assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)
    assert sum(plane["weather_sites"].values()) == pytest.approx(1.0, rel=1e-15)
    text = "\n".join(plane["steps"])
    assert "weather sites 84.5% west, 15.5% east, the energy at each blended" in text
    assert "air -3.2 K for +500 m over the weather site" in text


@pytest.mark.parametrize("shares", [FIVE, (1.0, 0.9)])
def test_many_years_are_explained_by_their_mean(shares: tuple[float, ...]) -> None:
    weather = _without(_brighter(*shares), "2019-05-03")
    found = assess(_buildings().iloc[[1, 2]], weather)
    for building in ("b", "c"):
        told = explain(found, building)
        assert told["years"]["left_out"] == [2019]
        assert 2019 not in told["years"]["used"]
        for plane in told["planes"]:
            assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)
            assert sum(plane["months"]) == pytest.approx(plane["kernel_ac_kwh"], rel=1e-12)
            missing = "2019, where months are missing" in "\n".join(plane["steps"])
            assert missing == (plane["array"]["kwp"] > 0.0)
        added = sum(plane["kernel_ac_kwh"] for plane in told["planes"])
        assert added == pytest.approx(told["outputs"]["ac_kwh"], rel=1e-12)
    if shares == FIVE:
        steps = "\n".join(told["planes"][0]["steps"])
        assert "mean of 4 complete years (2018, 2020-2022) without 2019" in steps


def test_years_that_all_miss_a_month_are_explained_as_empty() -> None:
    weather = _without(_without(_brighter(1.0, 0.9), "2018-05-03"), "2019-05-03")
    told = explain(assess(_buildings().iloc[[2]], weather), "c")
    json.dumps(told, allow_nan=False)
    assert told["years"] == {"used": [], "left_out": [2018, 2019]}
    (plane,) = told["planes"]
    assert (plane["pvlib_ac_kwh"], plane["kernel_ac_kwh"]) == (None, None)
    assert "mean of 0 complete years (none)" in "\n".join(plane["steps"])


def test_a_wind_that_is_not_in_the_weather_is_assumed_and_said() -> None:
    calm = from_values({"site.wind_speed": 0.5}, "x")
    found = assess(_buildings(), _weather().drop_vars("wind_speed"), assumptions=calm)
    assert "wind was not in the weather: 0.5 m/s assumed in 8760 rows" in found.run["warnings"]
    expected = assess(_buildings(), _weather().assign(wind_speed=0 * _weather()["dni"] + 0.5))
    assert found.buildings["ac_kwh"].tolist() == expected.buildings["ac_kwh"].tolist()
    told = explain(found, "c")["planes"][0]
    assert told["pvlib_ac_kwh"] == pytest.approx(told["kernel_ac_kwh"], rel=1e-9)
    assert not any("wind" in said for said in expected.run["warnings"])


def test_a_higher_roof_is_cooler_and_says_so() -> None:
    roofs = pd.DataFrame(
        {"building_id": ["low", "high", "?"], "roof_area_m2": 500.0, "lon": 106.35, "lat": 39.0,
         "altitude_m": [1100.0, 1300.0, None]}
    )  # fmt: skip
    found = assess(roofs, _weather())
    low, high, unknown = found.buildings["ac_kwh"]
    assert low == unknown
    # 1.3 K at 0.35 %/K of the DC.
    assert high / low - 1 == pytest.approx(0.0035 * 1.3, rel=0.2)
    record = found.run["altitude"]
    assert (record["planes_corrected"], record["planes_without_altitude"]) == (2, 1)
    assert record["coldest_k"] == pytest.approx(-1.3)
    assert any("altitude_m is not known for 1 planes" in said for said in found.run["warnings"])
    assert found.buildings["altitude_m"].tolist()[:2] == [1100.0, 1300.0]


def test_a_blend_is_warmer_by_the_mean_altitude_of_its_sites() -> None:
    sites = _two_sites().assign_coords(temp_air_altitude=("site", [1100.0, 1600.0]))
    roof = pd.DataFrame(
        {"roof_area_m2": [500.0], "lon": [106.3], "lat": 39.0, "altitude_m": [1300.0]}
    )
    found = assess(roof, sites, assumptions=from_values(BLEND, "x"))
    weights = json.loads(found.planes["weather_weights"].iloc[0])
    above = 200.0 * weights["west"] - 300.0 * weights["east"]
    assert 0.0 < above < 150.0
    assert found.run["altitude"]["coldest_k"] == pytest.approx(-0.0065 * above)
    assert found.run["altitude"]["warmest_k"] == pytest.approx(-0.0065 * above)


def test_the_ground_s_altitude_has_a_chinese_header(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("建筑编号,屋顶面积,经度,纬度,海拔\na,500,106.35,39.0,1300\n", encoding="utf-8")
    found = assess(read_inventory(file), _weather())
    assert found.planes["altitude_m"].tolist() == [1300.0]
    assert found.run["altitude"]["planes_corrected"] == 1


@pytest.mark.parametrize("value", [-501.0, 9001.0])
def test_an_altitude_off_the_earth_counts_as_not_known(value: float) -> None:
    roofs = pd.DataFrame({"roof_area_m2": [500.0], "altitude_m": [value]})
    found = assess(roofs, _weather())
    assert found.quarantine.empty
    assert found.findings[["kind", "column", "code"]].to_numpy().tolist() == [
        ["emptied", "altitude_m", "OUT_OF_RANGE"]
    ]
    assert found.run["altitude"]["planes_corrected"] == 0


def test_a_plane_has_its_own_altitude() -> None:
    planes = pd.DataFrame(
        {"plane_id": ["p", "q", "r"], "building_id": "a", "surface_tilt": 10, "kwp": 5.0,
         "surface_azimuth": 180, "altitude_m": [1100.0, 3000.0, None]}
    )  # fmt: skip
    found = assess(planes, _weather())
    low, high, unknown = found.energy["ac_kwh"].sum("month").to_numpy()
    assert low == unknown < high


def test_no_altitude_is_no_correction_and_no_warning() -> None:
    found = assess(_buildings(), _weather())
    assert found.run["altitude"]["planes_corrected"] == 0
    assert not any("altitude" in said for said in found.run["warnings"])


def test_what_the_weather_says_of_itself_is_said_once() -> None:
    own = [f"remark {i}" for i in range(25)]
    weather = _weather().assign_attrs(warnings=json.dumps([*own, "remark 0"]))
    found = assess(_buildings(), weather)
    told = [text for text in found.run["warnings"] if text.startswith("remark")]
    assert told == own[:20]
    assert "5 more remarks on the weather are left out here" in found.run["warnings"]
    assert "warnings" not in found.run["weather"]
