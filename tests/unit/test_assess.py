from __future__ import annotations

import dataclasses
import importlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

import roofpv
from roofpv import schema
from roofpv.assumptions import Assumptions, describe, from_values
from roofpv.energy import set_threads, simulate_hourly
from roofpv.errors import InvalidInventory, InvalidRules
from roofpv.inventory import check_inventory, read_inventory
from roofpv.results import Result, write_results
from roofpv.sky import sun_and_sky
from roofpv.weather import (
    Convention,
    WeatherSite,
    bundled_folder,
    combine_sites,
    read_weather,
    weather_dataset,
)

module = importlib.import_module("roofpv.assessment")
assess = module.assess

CONTRACT = [
    "gross_roof_area_m2",
    "installable_area_m2",
    "module_area_m2",
    "projected_module_area_m2",
    "array_field_area_m2",
    "module_count",
    "kwp",
    "poa_kwh_per_m2",
    "shading_loss_fraction",
    "ac_kwh",
    "ac_kwh_p90",
    "specific_yield_kwh_per_kwp",
    "capex_cny",
    "lcoe_cny_per_kwh",
    "npv_cny",
    "payback_years",
    "self_use_fraction",
    "avoided_kgco2",
    "evidence_grade",
]


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
def _two_sites() -> xr.Dataset:
    west, east = _weather(name="west", lon=106.0), _weather(name="east", lon=107.0)
    return combine_sites([west, east.assign(temp_air=east["temp_air"] + 10.0)])


def _buildings() -> gpd.GeoDataFrame:
    """Ten rows: seven that can be used, one of them exempt, three that cannot, a repeated id."""
    square = shapely.box(106.370, 39.010, 106.3705, 39.0105)
    east, west = (shapely.affinity.translate(square, by) for by in (0.01, -0.01))
    lean = shapely.affinity.translate(shapely.affinity.rotate(square, 30), 0.5, 0.1)
    bow = shapely.Polygon([(106, 39), (106.002, 39.002), (106.002, 39), (106, 39.002)])
    return gpd.GeoDataFrame(
        {
            "building_id": ["a", "b", "c", "d", "e", "a", "g", "h", "i", None],
            "use": ["school", "医院", "x", None, "school", "government", "school", "", "a", "b"],
            "district": ["D", "D", "E", None, "E", "E", "D", "D", "E", "E"],
            "completed": ["2023", "1998-05-01", None, "2024", 2010, None, "soon", None, None, "1"],
            "floors": [3, 2, None, "many", 4, 1, -5, None, None, 2],
            "floor_area_m2": [None, 900, None, 500, 4000, None, 100, None, None, 500],
            "roof_area_m2": [None, None, 640, None, None, 300, None, None, None, 100],
            "roof_type": ["flat", "gabled", None, None, "hipped", "彩钢", None, None, None, None],
            "exemption": [None, None, None, None, "文物", None, None, None, None, None],
            "existing_pv_kwp": [20, None, 0, None, 5, None, None, None, None, None],
            "source_row": range(2, 12),
        },
        geometry=[
            square, lean, bow, None, east, None, west, None, shapely.Point(106, 39), None,
        ],
        crs="EPSG:4326",
    )  # fmt: skip


def _planes(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plane_id": ["p1", "p2", "p3", "p4", "p5", "p6"],
            "building_id": ["a", "a", "b", "c", "d", "d"],
            "surface_tilt": [10, 20, 100, 5, 0, 30],
            "surface_azimuth": [180, "x", 90, 180, None, 90],
            "kwp": [5, 5, 5, 5, 5, None], "area_m2": [None, None, None, None, 80, 60],
            "exemption": [None, None, None, "old", None, None], **columns,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def result() -> Result:
    return assess(_buildings(), _weather())


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _close(run: dict[str, Any]) -> None:
    for counts in (run["counts"], run["counts"]["planes"]):
        assert {"in", "assessed", "excluded", "quarantined"} <= set(counts)
        parts = [counts[name] for name in ("assessed", "excluded", "quarantined")]
        assert counts["in"] == sum(parts)
        assert min(parts) >= 0


def _equal(one: pd.DataFrame, other: pd.DataFrame) -> None:
    assert len(one) == len(other)
    pd.testing.assert_frame_equal(
        pd.DataFrame(one).reset_index(drop=True), pd.DataFrame(other).reset_index(drop=True),
        check_exact=True, check_dtype=False,
    )  # fmt: skip


def test_the_four_lines_of_python_work_twice() -> None:
    for _ in range(2):
        assert roofpv.assess is assess
        assert roofpv.read_inventory is read_inventory
        assert roofpv.read_weather is read_weather
        assert roofpv.write_results is write_results


def test_every_column_of_the_contract_is_there(result: Result) -> None:
    assert set(CONTRACT) <= set(schema.names(schema.RESULT))
    given = [*schema.names(schema.INVENTORY)[:-1], *schema.names(schema.CHECKED)]
    expected = ["source_row", *given, *schema.names(schema.RESULT)]
    assert list(result.buildings) == [*expected, "geometry"]
    for name in ("gross_roof_area_m2", "kwp", "ac_kwh", "poa_kwh_per_m2", "capex_cny"):
        assert result.buildings[name].dtype == float


def test_counts_close_and_every_row_is_somewhere(result: Result) -> None:
    _close(result.run)
    counts = result.run["counts"]
    assert [counts[k] for k in ("in", "assessed", "excluded", "quarantined")] == [10, 6, 1, 3]
    assert counts["planes"] == {"in": 8, "assessed": 8, "excluded": 0, "quarantined": 0}
    assert counts["quarantined"] == len(result.quarantine)
    rows = [*result.buildings["source_row"], *result.quarantine["row"]]
    assert sorted(rows) == list(range(2, 12))
    assert result.buildings["building_id"].is_unique


def test_an_exempt_building_is_listed_and_empty(result: Result) -> None:
    row = result.buildings.set_index("building_id").loc["e"]
    assert (row["status"], row["status_reason"]) == ("excluded", "exempt: 文物")
    assert row[["kwp", "ac_kwh", "gross_roof_area_m2", "capex_cny"]].isna().all()


def test_what_was_not_assessed_is_empty_with_its_reason(result: Result) -> None:
    assert result.buildings["shading_loss_fraction"].isna().all()
    assert result.run["not_assessed"]["shading_loss_fraction"].startswith("not assessed")
    unknown = result.buildings["load_kwh"].isna()
    assert unknown.any()
    for name in ("npv_cny", "payback_years", "self_use_fraction", "own_use_kwh"):
        assert result.buildings.loc[unknown, name].isna().all()
        assert result.run["not_assessed"][name].startswith("not assessed: of ")


def test_a_set_self_use_is_assessed() -> None:
    assumed = from_values({"finance.self_use_fraction": 0.8}, "x")
    found = assess(_buildings(), _weather(), assumptions=assumed)
    assert found.buildings.set_index("building_id").loc["a", "npv_cny"] > 0
    assert "npv_cny" not in found.run["not_assessed"]


# 640 m2 by survey, not drawn, 3 times as long as wide: 43.818 m x 14.606 m. Strips of 3 m at the
# south and 2 m at the sides leave 39.818 m x 11.606 m, and 5 % of 640 m2 for plant, off the end,
# 37.061 m. Modules of 1.134 m and gaps of 0.02 m: 32 in a row. At 39.0 N and 15 deg the no-shadow
# pitch over the sloped length of 2.278 m is cos 15 + sin 15 x (0.707 tan 39 + 0.4338) /
# (0.707 - 0.4338 tan 39) = 1.6981, so 3.868 m, and a row is 2.200 m deep: 3 rows.
def test_a_surveyed_flat_roof_by_hand() -> None:
    table = pd.DataFrame({"roof_area_m2": [640.0], "lon": [106.4], "lat": [39.0]})
    row = assess(table, _weather()).buildings.iloc[0]
    assert row["gross_roof_area_m2"] == 640.0
    assert row["installable_area_m2"] == pytest.approx(39.8178 * 11.6059 - 32.0, rel=1e-5)
    assert row["module_count"] == 96.0
    assert row["kwp"] == pytest.approx(55.68)
    assert row["module_area_m2"] == pytest.approx(96 * 2.278 * 1.134)
    assert row["projected_module_area_m2"] == pytest.approx(96 * 2.278 * 1.134 * 0.9659258)
    run = 32 * 1.154 - 0.02
    field = run * (2 * 2.278 * 1.6981 + 2.278 * 0.9659258)
    assert row["array_field_area_m2"] == pytest.approx(field, rel=1e-4)
    assert row["capex_cny"] == pytest.approx(55.68 * 3000.0)
    assert row["evidence_grade"] == "A"


def test_a_building_is_the_sum_of_its_planes(result: Result) -> None:
    planes = result.planes.assign(ac=result.energy["ac_kwh"].sum("month").to_numpy())
    sums = planes.groupby("building_id")[["kwp", "ac", "area_m2"]].sum()
    active = result.buildings[result.buildings["status"] == "assessed"].set_index("building_id")
    for name, column in (("kwp", "kwp"), ("ac", "ac_kwh"), ("area_m2", "gross_roof_area_m2")):
        np.testing.assert_allclose(sums[name], active[column].reindex(sums.index), rtol=1e-12)
    np.testing.assert_allclose(
        active["specific_yield_kwh_per_kwp"], active["ac_kwh"] / active["kwp"], rtol=1e-12
    )


def test_nothing_given_is_changed() -> None:
    buildings, weather, rules = _buildings(), _weather().copy(deep=True), ["shizuishan-2025"]
    before = buildings.copy(deep=True)
    assess(buildings, weather, rules=rules)
    _equal(buildings, before)
    assert buildings.attrs == before.attrs
    assert buildings.index.equals(before.index)
    xr.testing.assert_identical(weather, _weather())
    assert rules == ["shizuishan-2025"]


def test_row_order_changes_no_number(result: Result) -> None:
    turned = assess(_buildings().drop(index=5).iloc[::-1], _weather()).buildings
    straight = assess(_buildings().drop(index=5), _weather()).buildings
    _equal(straight, turned.sort_values("source_row"))


@pytest.mark.parametrize("rows", [[1], [8, 2, 1], [0, 1, 2, 3, 4]])
def test_a_subset_alone_is_the_subset_of_all_bit_for_bit(result: Result, rows: list[int]) -> None:
    alone = assess(_buildings().iloc[rows], _weather()).buildings.sort_values("source_row")
    within = result.buildings[result.buildings["source_row"].isin([r + 2 for r in rows])]
    _equal(alone, within.sort_values("source_row"))


def test_a_subset_of_planes_is_bit_for_bit_the_same() -> None:
    table = _planes(lon=[106.0, 106.0, 106.0, 107.0, 107.0, 107.0], lat=39.0)
    table = table.assign(source_row=range(1, 7))
    whole = assess(table, _two_sites())
    alone = assess(table.iloc[[4, 5]], _two_sites())
    assert whole.buildings["weather_site"].tolist() == ["west", "east", "east"]
    members = whole.energy.sel(plane_id=["p5", "p6"])
    for name in ("ac_kwh", "dc_kwh", "poa_kwh_per_m2"):
        np.testing.assert_array_equal(members[name], alone.energy[name])


def test_the_same_input_gives_the_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    written = []
    try:
        for turn, threads in enumerate((1, 2, 2)):
            set_threads(threads)
            found = assess(_buildings(), _weather())
            hours = simulate_hourly(found.planes, sun_and_sky(found.weather), Assumptions())
            written.append(_bytes(write_results(found, tmp_path / str(turn), hours=hours)))
    finally:
        set_threads(None)
    for other in written[1:]:
        assert [name for name, data in written[0].items() if other[name] != data] == []


@pytest.mark.parametrize("chunk", [4])
def test_the_same_input_gives_the_same_bytes_whatever_the_chunks(
    tmp_path: Path, result: Result, chunk: int
) -> None:
    sky, written = sun_and_sky(result.weather), []
    for size in (256, chunk):
        hours = simulate_hourly(result.planes, sky, Assumptions(), size)
        written.append(_bytes(write_results(result, tmp_path / str(size), hours=hours)))
    differing = [name for name, data in written[0].items() if written[1][name] != data]
    assert differing == []


def test_planes_close_with_bad_and_exempt_ones() -> None:
    found = assess(_planes(), _weather())
    _close(found.run)
    counts = found.run["counts"]
    assert [counts[k] for k in ("in", "assessed", "excluded", "quarantined")] == [4, 2, 1, 1]
    assert counts["planes"] == {"in": 6, "assessed": 3, "excluded": 1, "quarantined": 2}
    assert found.buildings["building_id"].tolist() == ["a", "c", "d"]
    assert found.planes["plane_id"].tolist() == ["p1", "p5", "p6"]


def test_a_stated_capacity_is_simulated_as_it_is() -> None:
    found = assess(_planes(), _weather()).planes.set_index("plane_id")
    assert found.loc["p1", "kwp"] == 5.0
    assert np.isnan(found.loc["p1", "module_count"])
    assert found.loc["p5", "kwp"] == 5.0
    # 60 m2 pitched, 13.416 m x 4.472 m, without 0.3 m at the eaves and sides and 0.91 m at the
    # ridge 12.816 m x 3.262 m; without 6 % of 60 m2, 11.71 m: one upright row of 10, or two of 5.
    assert found.loc["p6", "module_count"] == 10.0


@pytest.mark.parametrize("kwp", [0.0, 1.0])
def test_energy_goes_with_capacity(kwp: float) -> None:
    table = _planes().iloc[[0]].assign(kwp=kwp)
    found = assess(table, _weather()).buildings.iloc[0]
    twice = assess(table.assign(kwp=2 * kwp), _weather()).buildings.iloc[0]
    assert twice["ac_kwh"] == 2 * found["ac_kwh"]
    assert np.isnan(found["specific_yield_kwh_per_kwp"]) == (kwp == 0.0)


def test_buildings_without_place_are_counted() -> None:
    table = _buildings().drop(columns="geometry").assign(geometry=None)
    found = assess(pd.DataFrame(table).drop(columns="geometry"), _two_sites())
    _close(found.run)
    assert found.run["counts"]["assessed"] == 0
    assert {"NO_PLACE"} <= set(found.quarantine["code"])


@pytest.mark.parametrize("code", ["NO_PLACE", "OUT_OF_RANGE"])
def test_planes_that_all_fail_close(code: str) -> None:
    changed = {"lat": None} if code == "NO_PLACE" else {"surface_tilt": 100}
    found = assess(_planes().assign(**changed), _two_sites())
    _close(found.run)
    assert code in set(found.quarantine["code"])
    assert found.planes.empty


@pytest.mark.parametrize("rows", [[3, 7], [4], []])
def test_nothing_to_assess_is_a_result_that_closes(tmp_path: Path, rows: list[int]) -> None:
    found = assess(_buildings().iloc[rows], _weather())
    _close(found.run)
    assert found.run["counts"]["assessed"] == 0
    write_results(found, tmp_path / "out")


@pytest.mark.parametrize("ids", [["x", "x", "x#2"], ["x#2", "x", "x"]])
def test_ids_that_look_like_ours_are_assessed(ids: list[str]) -> None:
    found = assess(pd.DataFrame({"building_id": ids, "roof_area_m2": 500.0}), _weather())
    _close(found.run)
    assert found.run["counts"]["assessed"] == 3


@pytest.mark.parametrize("shape", [shapely.Polygon(), shapely.Point(), shapely.MultiPolygon()])
def test_an_empty_outline_stops_no_other_row(shape: object) -> None:
    table = gpd.GeoDataFrame(
        {"roof_area_m2": [500.0, 500.0]}, geometry=[shape, None], crs="EPSG:4326"
    )
    found = assess(table, _weather())
    _close(found.run)
    assert found.run["counts"]["assessed"] == 2


def test_missing_weather_is_missing_energy_never_zero() -> None:
    weather = _weather().copy(deep=True)
    weather["temp_air"][0, 24 * 40 + 12] = np.nan  # 10 February
    found = assess(_buildings(), weather)
    ac = found.energy["ac_kwh"].to_numpy()
    assert np.isnan(ac[:, 1]).all()
    assert (np.delete(ac, 1, axis=1) > 0).all()
    assert found.buildings["ac_kwh"].isna().all()
    assert any(text.startswith("1 months have missing weather") for text in found.run["warnings"])
    assert found.buildings.loc[0, "kwp"] > 0


def test_two_years_give_their_mean() -> None:
    found = assess(_buildings().iloc[[2]], _weather("2017-12-31T16:00", 2 * 8760))
    assert dict(found.energy.sizes) == {"plane_id": 1, "year": 2, "month": 12}
    by_year = found.energy["ac_kwh"].sum("month").to_numpy()[0]
    assert found.buildings["ac_kwh"].iloc[0] == pytest.approx(by_year.mean(), rel=1e-12)


@pytest.mark.parametrize(
    ("start", "offset"), [("2018-06-30T16:00", 8.0), ("2018-12-31T16:00", 0.0)]
)
def test_a_whole_year_is_a_year_wherever_it_begins(start: str, offset: float) -> None:
    whole = assess(_buildings().iloc[[2]], _weather()).buildings["ac_kwh"].iloc[0]
    found = assess(_buildings().iloc[[2]], _weather(start, 8760, offset)).buildings
    assert found["ac_kwh"].iloc[0] == pytest.approx(whole, rel=0.01)


def test_split_light_is_said() -> None:
    weather = sun_and_sky(_weather())[["ghi", "temp_air", "wind_speed"]]
    weather = _weather().drop_vars(["dni", "dhi"]).assign(ghi=weather["ghi"])
    lit = int((weather["ghi"] > 0).sum())
    for model in ("dirint", "erbs"):
        assumed = from_values({"models.decomposition": model}, "x")
        run = assess(_buildings().iloc[[2]], weather, assumptions=assumed).run
        said = f"{lit:,} rows had no dni and dhi; they were split from ghi by {model}"
        assert said in run["warnings"]


# Without errors of the roof itself s^2 is the sum of log(1 + x^2) of 0.05, five times 0.03 and
# 0.02: 0.0073948; the share is exp(-1.2815516 s - s^2 / 2).
def test_p90_rests_on_what_the_weather_states() -> None:
    stated = _stated(_weather(), 0.05, 0.03)
    none = dict.fromkeys(
        ("areas.sd_a", "areas.sd_b", "areas.sd_c", "certainty.installable_shared",
         "certainty.installable_own", "certainty.energy_own"), 0.0,
    )  # fmt: skip
    assumed = from_values(none | {"uncertainty.site_correlation": 1.0}, "x")
    row = assess(_buildings().iloc[[2]], stated, assumptions=assumed).buildings.iloc[0]
    assert row["ac_kwh_p90"] / row["ac_kwh"] == pytest.approx(0.892346, abs=1e-6)
    assert assess(_buildings().iloc[[2]], _weather()).buildings["ac_kwh_p90"].isna().all()


def test_run_json_is_strict_and_says_what_was_done(tmp_path: Path) -> None:
    file = tmp_path / "town.gpkg"
    _buildings().drop(columns="source_row").astype({"floors": str, "completed": str}).to_file(file)
    weather_file = bundled_folder("weather") / "dawukou.csv"
    found = assess(read_inventory(file), read_weather(weather_file))
    out = write_results(found, tmp_path / "out")

    def refuse(name: str) -> None:
        raise ValueError(name)

    text = (out / "run.json").read_text(encoding="utf-8")
    run = json.loads(text, parse_constant=refuse)
    json.loads((out / "targets.json").read_text(encoding="utf-8"), parse_constant=refuse)
    _close(run)
    assert {"roofpv", "python", "pvlib", "numpy", "pandas", "numba"} <= set(run["versions"])
    assert [entry["name"] for entry in run["inputs"]] == ["town.gpkg", "dawukou.csv"]
    assert all(re.fullmatch("[0-9a-f]{64}", entry["sha256"]) for entry in run["inputs"])
    assert [e["key"] for e in run["assumptions"]] == [e["key"] for e in describe(Assumptions())]
    assert all(entry["source"] for entry in run["assumptions"])
    assert run["synthetic"] == ["weather"]
    assert run["rules"] == ["shizuishan-2025"]
    assert isinstance(run["warnings"], list)
    assert str(tmp_path) not in text
    assert str(weather_file.parent) not in text
    assert not re.search(r'"(/|[A-Za-z]:\\\\)', text)


def test_a_rule_given_by_its_path_is_named_without_it(tmp_path: Path) -> None:
    library = Path(importlib.import_module("roofpv.targets").__file__ or "").parent / "library"
    file = tmp_path / "own.toml"
    file.write_bytes((library / "shizuishan-2025.toml").read_bytes())
    found = assess(_buildings().iloc[[2]], _weather(), rules=[str(file)])
    assert found.run["rules"] == ["shizuishan-2025"]
    assert str(tmp_path) not in json.dumps(found.run, default=str)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weather_with_an_odd_attribute_can_be_written(tmp_path: Path, value: float) -> None:
    found = assess(_buildings().iloc[[2]], _weather().assign_attrs(odd=value))
    write_results(found, tmp_path / "out")


def test_no_rules_give_no_verdicts() -> None:
    assert assess(_buildings().iloc[[2]], _weather(), rules=[]).targets == []


def test_an_unknown_rule_is_refused_before_any_work() -> None:
    with pytest.raises(InvalidRules):
        assess(_buildings(), _weather(), rules=["nowhere-2030"])


def test_as_of_goes_to_the_verdicts() -> None:
    assumed = from_values({"targets.as_of": "2024-01-31"}, "x")
    found = assess(_buildings(), _weather(), assumptions=assumed)
    assert {str(entry["as_of"]) for entry in found.targets} == {"2024-01-31"}


def test_the_bundled_weather_is_refused_elsewhere() -> None:
    table = pd.DataFrame({"roof_area_m2": [500.0], "lon": [8.0], "lat": [45.0]})
    with pytest.raises(InvalidInventory, match="--weather"):
        assess(table)


def test_the_bundled_weather_is_taken_where_none_is_given() -> None:
    table = pd.DataFrame({"roof_area_m2": [500.0], "lon": [106.376], "lat": [39.013]})
    found = assess(table)
    assert found.buildings["weather_site"].tolist() == ["dawukou"]
    assert found.run["synthetic"] == ["weather"]
    assert 1200 < found.buildings["specific_yield_kwh_per_kwp"].iloc[0] < 1700


def test_counts_that_do_not_close_are_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(table: pd.DataFrame, *_: object) -> object:
        checked = check_inventory(table)
        return dataclasses.replace(checked, count_in=checked.count_in + 1)

    monkeypatch.setattr("roofpv.assessment.main.check_inventory", lossy)
    with pytest.raises(AssertionError, match="counts do not close"):
        assess(_buildings(), _weather())


def test_more_pv_than_roof_is_said() -> None:
    roof = pd.DataFrame({"roof_area_m2": [500.0], "existing_pv_kwp": [50_000.0], "lon": [106.4]})
    found = assess(roof.assign(lat=39.0), _weather())
    assert any("more than its roof of 500 m2" in said for said in found.run["warnings"])


def test_weather_without_a_stated_error_has_no_p90_and_says_why() -> None:
    found = assess(_buildings().iloc[[2]], _weather())
    assert found.buildings["ac_kwh_p90"].isna().all()
    assert "does not state the error" in found.run["not_assessed"]["ac_kwh_p90"]
