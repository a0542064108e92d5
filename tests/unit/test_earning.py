from __future__ import annotations

import dataclasses
from pathlib import Path

import numba
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assessment import assess
from roofpv.assumptions import Assumptions, from_values
from roofpv.energy import simulate_hourly
from roofpv.energy.acblocks import Listener, parts_of
from roofpv.errors import InvalidConfig
from roofpv.finance import investment, settings_in_use, terms_of
from roofpv.finance.civil import load_calendar
from roofpv.finance.earning import OF_OWN_USE
from roofpv.finance.loadshape import load_shapes
from roofpv.inventory import read_inventory
from roofpv.plan.candidates import earned_per_year
from roofpv.sky import sun_and_sky
from roofpv.surroundings import Surroundings
from roofpv.weather import (
    Convention,
    WeatherSite,
    bundled_folder,
    bundled_weather,
    weather_dataset,
)

NAMES = ["own_use_kwh", "export_kwh", "saved_cny", "sold_cny"]
NINGXIA = {"finance.tariff": "ningxia-general"}
DOMES = {"layout.flat_layout": "east_west"}


def city(count=130):
    (file,) = (p for p in bundled_folder("buildings").iterdir() if p.suffix == ".geojson")
    table = read_inventory(file)
    return table.iloc[:count] if count else table


def assessed(table, values, weather=None, **more):
    return assess(table, weather, assumptions=from_values(values, "test"), rules=[], **more)


def plainly(result, values):
    """Own use of every building by pandas alone, from the hours of its planes."""
    assumed = from_values(values, "test")
    sky = sun_and_sky(result.weather, assumed.models.decomposition, assumed.site.wind_speed)
    chunks = [part["ac_kw"] for _, part in simulate_hourly(result.planes, sky, assumed)]
    ac = xr.concat(chunks, "plane_id").to_pandas()
    ac = ac.groupby(result.planes["building_id"].to_numpy()).sum(min_count=1)
    local = ac.columns.tz_localize("UTC").tz_convert("Asia/Shanghai")
    hour = local.hour.to_numpy()
    buy = np.select(
        [(hour >= 9) & (hour < 17), (hour < 7) | (hour == 23)], [0.37215, 0.45], 0.52785
    )
    whole = pd.date_range("2026-01-01", "2026-12-31 23:00", freq="h")
    place = pd.Index(whole.strftime("%m-%d %H")).get_indexer(local.strftime("%m-%d %H"))
    shapes = {
        use: shape.year(load_calendar("china"), 2026).reshape(-1, 12).sum(axis=1)[place]
        for use, shape in load_shapes().items()
    }
    rows = {}
    for one in result.buildings.set_index("building_id").itertuples():
        if one.Index in ac.index and one.use in shapes:
            frame = pd.DataFrame({"ac": ac.loc[one.Index].to_numpy()})
            frame["load"] = shapes[one.use] * one.load_kwh
            frame["own"] = frame[["ac", "load"]].min(axis=1, skipna=False)
            frame["export"] = frame["ac"] - frame["own"]
            rows[one.Index] = [
                frame["own"].sum(), frame["export"].sum(),
                (frame["own"] * buy).sum(), frame["export"].sum() * 0.18,
            ]  # fmt: skip
    return pd.DataFrame.from_dict(rows, "index", columns=NAMES)


def same(result, values, least):
    expected = plainly(result, values)
    used = result.buildings[result.buildings["own_use_kwh"] > 0.0].set_index("building_id")
    assert len(used) >= least
    got, wanted = used[NAMES].to_numpy(float), expected.loc[used.index].to_numpy()
    np.testing.assert_allclose(got, wanted, rtol=1e-9)
    np.testing.assert_allclose(got[:, 0] + got[:, 1], used["ac_kwh"].to_numpy(float), rtol=1e-12)


@pytest.fixture(scope="module")
def whole():
    return assessed(city(), NINGXIA)


def test_a_hundred_roofs_against_plain_pandas(whole):
    same(whole, NINGXIA, 100)


def test_money_follows_from_own_use(whole):
    table = whole.buildings[whole.buildings["own_use_kwh"] > 0.0]
    np.testing.assert_allclose(table["self_use_fraction"], table["own_use_kwh"] / table["ac_kwh"])
    np.testing.assert_allclose(
        table["self_supply_fraction"], table["own_use_kwh"] / table["load_kwh"]
    )
    assert (table["npv_cny"] > -table["capex_cny"]).all()
    assert table[["irr", "payback_years", "lifetime_kwh"]].notna().all(axis=None)
    np.testing.assert_allclose(table["embodied_kgco2"], table["kwp"] * 2094.0)
    np.testing.assert_allclose(table["avoided_kgco2"], table["ac_kwh"] * 0.5543)


@pytest.mark.parametrize(
    "values",
    [
        DOMES,
        {"site.weather_sites": "blend"},
        {"models.iam": "coated", "layout.flat_layout": "aligned_racks"},
    ],
    ids=["domes", "blend", "coated"],
)
def test_other_arrays_and_skies_against_plain_pandas(values):
    same(assessed(city(40), values | NINGXIA), values | NINGXIA, 20)


def test_order_and_threads_change_no_bit(whole):
    names = [*NAMES, "npv_cny", "irr", "carbon_payback_years"]
    expected = whole.buildings.set_index("building_id")[names]
    mixed = city().sample(frac=1.0, random_state=4)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        found = assessed(mixed, NINGXIA).buildings.set_index("building_id")[names]
    finally:
        numba.set_num_threads(threads)
    pd.testing.assert_frame_equal(found.loc[expected.index], expected, check_exact=True)


def test_a_stated_capacity_has_its_own_use():
    table = city(40).assign(stated_kwp=np.where(np.arange(40) % 2, 5.0, np.nan))
    result = assessed(table, NINGXIA)
    assert result.buildings["kwp"].round(6).eq(5.0).sum() >= 8
    same(result, NINGXIA, 20)


def test_under_skylines_own_use_and_export_are_the_output():
    table = city(60)
    result = assess(table, surroundings=Surroundings(table), rules=[])
    used = result.buildings[result.buildings["own_use_kwh"] > 0.0]
    assert (used["shading_loss_fraction"] > 0.0).sum() >= 10
    both = used["own_use_kwh"] + used["export_kwh"]
    np.testing.assert_allclose(both, used["ac_kwh"], rtol=1e-12)


def years_of_weather(holed=None):
    """2024 to 2026 in hours of a clear sun, each dimmer than the last; UTC+8."""
    time = pd.date_range("2023-12-31T16:00", "2026-12-31T15:00", freq="h")
    local = time + pd.Timedelta(hours=8)
    high = np.clip(np.cos((local.hour.to_numpy() + 0.5 - 12.9) / 12.0 * np.pi), 0.0, None)
    high *= 1.0 - 0.1 * (local.year.to_numpy() - 2024)
    frame = pd.DataFrame(
        {"dni": 700 * high, "dhi": 100 * high, "temp_air": 10.0, "wind_speed": 2.0}, index=time
    )
    frame["ghi"] = np.nan
    if holed is not None:
        frame.loc[pd.Timestamp(holed), ["dni", "dhi"]] = np.nan
    site = WeatherSite("town", 39.0, 106.35, 1100.0)
    return weather_dataset(frame, site, Convention("start", 8.0), {"source": "town.csv"})


def test_years_have_their_own_weekdays_and_the_complete_ones_count():
    school = pd.DataFrame(
        {"building_id": ["a"], "roof_area_m2": [900.0], "use": ["school"],
         "annual_load_kwh": [60000.0]}
    )  # fmt: skip
    whole = assessed(school, {}, years_of_weather())
    holed = assessed(school, {}, years_of_weather("2025-06-03T04:00"))
    assert whole.run["money"]["calendar"]["years"] == [2024, 2025, 2026]
    sky = sun_and_sky(years_of_weather())
    ((_, hours),) = simulate_hourly(whole.planes, sky, Assumptions())
    local = hours.indexes["time"] + pd.Timedelta(hours=8)
    shape, calendar = load_shapes()["school"], load_calendar("china")
    shares = [shape.year(calendar, year).reshape(-1, 12).sum(axis=1) for year in (2024, 2025, 2026)]
    ac = hours["ac_kw"].to_numpy()[0]
    own = pd.Series(np.minimum(ac, 60000.0 * np.concatenate(shares))).groupby(local.year).sum()
    for result, years in ((whole, [2024, 2025, 2026]), (holed, [2024, 2026])):
        row = result.buildings.iloc[0]
        assert row["own_use_kwh"] == pytest.approx(own[years].mean(), rel=1e-9)
        assert row["own_use_kwh"] + row["export_kwh"] == pytest.approx(row["ac_kwh"], rel=1e-12)


def test_what_is_not_known_is_empty_with_its_reason():
    table = pd.DataFrame({"building_id": ["a", "b"], "roof_area_m2": [640.0, 900.0]})
    result = assessed(table.assign(lon=106.4, lat=39.0, annual_load_kwh=[np.nan, 9e4]), {})
    assert result.buildings[list(OF_OWN_USE)].isna().all(axis=None)
    known = result.buildings["kwp"] > 0.0
    assert known.all()
    assert result.buildings.loc[known, ["lcoe_cny_per_kwh", "avoided_kgco2"]].notna().all(axis=None)
    for name in OF_OWN_USE:
        assert result.run["not_assessed"][name].startswith("not assessed: of 2 of 2 buildings")


def test_the_record_tells_what_it_rests_on(whole):
    told = whole.run["money"]
    assert told["tariff"]["id"] == "ningxia-general"
    assert told["tariff"]["assumptions"]
    assert told["calendar"] == {
        "id": "china", "years": [2026], "holidays_not_known": [],
        "sources": list(load_calendar("china").sources),
    }  # fmt: skip
    assert told["own_use"] == "hour by hour"
    assert told["load"]["buildings"] >= 100
    assert told["costs"]["id"] == "generic"
    assert told["carbon"]["grid"]["region"] == "northwest"
    assert (told["carbon"]["grid"]["year"], told["carbon"]["grid"]["scope"]) == (2023, "average")
    values = {one["key"]: one["value"] for one in whole.run["assumptions"]}
    assert (values["finance.life_years"], values["finance.discount_rate"]) == (25, 0.06)
    assert values["finance.capex_cny_per_w"] == 3.0
    assert values["finance.retail_cny_per_kwh"] is None
    assert values["losses.degradation_per_year"] == 0.0055


def test_settings_come_before_the_presets():
    values = {
        "finance.costs": "ningxia-2026", "finance.life_years": 20, "finance.capex_cny_per_w": 2.0,
        "losses.degradation_per_year": 0.01, "carbon.grid_kgco2_per_kwh": 0.4,
    }  # fmt: skip
    terms = terms_of(from_values(values, "test"))
    assert terms.life == dataclasses.replace(
        terms.costs.life, life_years=20, degradation_per_year=0.01
    )
    assert terms.life.inverter_cny_per_w == 0.2
    used = settings_in_use(terms)
    assert used["carbon.grid_kgco2_per_kwh"] == 0.4
    assert "finance.capex_cny_per_w" not in used
    assert used["finance.retail_cny_per_kwh"] == 0.45
    kwp = np.array([10.0, 100.0, 1000.0, np.nan])
    assert investment(kwp[:3], [None] * 3, terms).tolist() == [20000.0, 200000.0, 2000000.0]
    by_size = terms_of(from_values({"finance.costs": "ningxia-2026"}, "test"))
    spent = investment(kwp, ["aligned_racks", "flush", None, None], by_size)
    assert spent.tolist() == pytest.approx([36000.0, 300000.0, 2500000.0, np.nan], nan_ok=True)


def test_flat_prices_may_be_set():
    terms = terms_of(
        from_values({"finance.retail_cny_per_kwh": 0.6, "finance.export_cny_per_kwh": -0.1}, "test")
    )
    assert terms.flat_prices == (0.6, -0.1)
    assert terms_of(from_values(NINGXIA, "test")).flat_prices is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (NINGXIA | {"finance.retail_cny_per_kwh": 0.5}, "finance.retail_cny_per_kwh"),
        (NINGXIA | {"finance.export_cny_per_kwh": 0.5}, "finance.export_cny_per_kwh"),
        (NINGXIA | {"finance.self_use_fraction": 0.5}, "several prices"),
        ({"finance.tariff": "shanxi"}, "none of the tariffs"),
        ({"finance.costs": "genric"}, "Did you mean 'generic'"),
        ({"carbon.region": "ningxa"}, "Did you mean 'ningxia'"),
        ({"carbon.region": "ningxia", "carbon.year": 2023}, "Known are 2021, 2022"),
        ({"load.shapes": "nowhere.toml"}, "cannot be read"),
        ({"load.file": "nowhere.csv"}, "cannot be read"),
    ],
)
def test_terms_that_do_not_go_together_are_refused(values, said):
    with pytest.raises(InvalidConfig) as refused:
        terms_of(from_values(values, "test"))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("value", ["  ", 7, True])
def test_a_name_is_a_text(value):
    with pytest.raises(InvalidConfig, match=r"finance\.tariff: .* is no name"):
        from_values({"finance.tariff": value}, "test")


def test_a_percentage_is_named_as_such():
    with pytest.raises(InvalidConfig, match=r"Write 0\.08 for 8 %"):
        from_values({"finance.discount_rate": 8}, "test")


def test_holidays_and_zone_are_doubted():
    warned = assessed(city(10), {"finance.calendar_year": 2031}).run["warnings"]
    assert any("public holidays of 2031 are not known" in one for one in warned)
    assert not any("hours from the sun" in one for one in warned)
    weather = bundled_weather("dawukou")
    far = weather.assign_coords(longitude=weather["longitude"] * 0.0 + 10.0)
    table = city(1).assign(lon=10.0, lat=39.0).set_geometry([None], crs=4326)
    warned = assessed(table, {}, far).run["warnings"]
    assert any("7.3 hours from the sun" in one for one in warned)


def load_file(folder: Path, each=2.0) -> Path:
    path = folder / "load.csv"
    path.write_text("load_kwh\n" + f"{each}\n" * 8760, encoding="utf-8")
    return path


def test_a_load_file_is_the_meter_of_one_building_and_the_shape_of_many(tmp_path):
    values = {"load.file": str(load_file(tmp_path))}
    good = assessed(city(60), {}).buildings
    first = good.index[good["kwp"] > 20.0][0]
    one = city(60)[city(60)["building_id"] == good.loc[first, "building_id"]]
    alone = assessed(one.assign(annual_load_kwh=1000.0), values)
    row = alone.buildings.iloc[0]
    assert row["load_kwh"] == pytest.approx(2.0 * 8760)
    assert not row["load_is_estimate"]
    assert alone.run["money"]["load"]["basis"] == "file"
    assert any("17,520 kWh and the list 1,000 kWh" in text for text in alone.run["warnings"])
    assert {"name", "sha256", "role"} <= set(alone.run["inputs"][-1])
    many = assessed(city(60), values)
    assert many.buildings["load_kwh"].equals(good["load_kwh"])
    assert any("taken for every building" in text for text in many.run["warnings"])
    assert (many.buildings["own_use_kwh"] != good["own_use_kwh"]).any()


def by_day(folder: Path, price: float) -> Path:
    """A tariff whose weekends differ."""
    whole = '{ flat = ["00:00-24:00"] }'
    path = folder / "days.toml"
    path.write_text(
        'id = "days"\nzone = "Asia/Shanghai"\ncalendar = "china"\nsources = ["a bill"]\n'
        '[title]\nen = "Days"\nzh = "日"\n[export]\nrule = "fixed"\nprice = 0.2\n'
        '[[seasons]]\nid = "year"\nmonths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\n'
        f"prices = {{ flat = {price}, valley = 0.3 }}\n"
        f'days = [{{ kinds = ["working", "holiday"], hours = {whole} }}, '
        '{ kinds = ["weekend"], hours = { valley = ["00:00-24:00"] } }]\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("year", [2025, 2026])
def test_weekdays_of_file_and_prices_that_differ_are_told(tmp_path, year):
    times = pd.date_range(f"{year}-01-01", f"{year}-12-31T23:00", freq="h")
    rows = [f"{time:%Y-%m-%dT%H:%M},2" for time in times]
    (tmp_path / "load.csv").write_text("\n".join(["time,load_kwh", *rows]), encoding="utf-8")
    values = {"load.file": str(tmp_path / "load.csv")}
    tariff = {"finance.tariff": str(by_day(tmp_path, 0.5))}
    told = assessed(city(1), values | tariff).run["warnings"]
    said = "the weekdays of 2025, the prices go by those of 2026: finance.calendar_year=2025 lets"
    assert any(said in one for one in told) == (year == 2025)
    assert not any("weekdays of" in one for one in assessed(city(1), values).run["warnings"])


def test_a_price_in_fen_is_asked_about(tmp_path):
    told = assessed(city(1), {"finance.tariff": str(by_day(tmp_path, 45.0))}).run["warnings"]
    assert "a price of 45 CNY/kWh: is the tariff in fen or for a MWh?" in told


def test_a_stated_share_needs_no_hours():
    result = assessed(city(30), {"finance.self_use_fraction": 0.7})
    table = result.buildings[result.buildings["kwp"] > 0.0]
    np.testing.assert_allclose(table["own_use_kwh"], 0.7 * table["ac_kwh"])
    np.testing.assert_allclose(
        table["saved_cny"] + table["sold_cny"], table["ac_kwh"] * (0.7 * 0.45 + 0.3 * 0.18)
    )
    assert result.run["money"]["own_use"] == "stated fraction"
    assert result.run["money"]["load"] == {"basis": "none"}


def test_parts_hold_whole_groups_under_one_sky():
    group = np.array([0, 0, 1, -1, 2, 2, 3])
    members = np.array([6, 5, 4, 3, 2, 0])
    listener = Listener(group, lambda _: None)
    weights = np.array([0.5, 1.0, 1.0, 1.0, 1.0, 1.0])
    parts = list(parts_of(listener, members, weights, 10))
    # Group 0 is not all here, group 3 is blended.
    assert [(members[part].tolist(), heard) for part, heard in parts] == [
        ([6, 3, 0], False), ([2, 5, 4], True),
    ]  # fmt: skip
    small = [
        members[p].tolist() for p, heard in parts_of(listener, members, weights, 10**9) if heard
    ]
    assert small == [[2], [5, 4]]
    assert [part.tolist() for part, _ in parts_of(None, members, weights, 10)] == [[*range(6)]]


@pytest.mark.parametrize(("key", "place"), [("retail", 0), ("export", 1)])
def test_a_price_that_is_set_is_its_own_source(key, place):
    usual = terms_of(Assumptions()).tariff.sources
    assert len(usual) == 2
    told = terms_of(from_values({f"finance.{key}_cny_per_kwh": 0.3}, "test")).tariff.sources
    assert told[place] == f"finance.{key}_cny_per_kwh"
    assert told[1 - place] == usual[1 - place]


def test_defaults_are_readable():
    assert terms_of(Assumptions()).flat_prices == (0.45, 0.18)


def test_a_plan_takes_what_each_roof_earns_where_it_is_known():
    assumed = {
        "finance.self_use_fraction": None, "finance.retail_cny_per_kwh": None,
        "finance.export_cny_per_kwh": 0.2, "finance.om_fraction": 0.01,
        "finance.om_cny_per_kwp": 5.0,
    }  # fmt: skip
    table = pd.DataFrame(
        {"ac_kwh": 1000.0, "capex_cny": 3000.0, "kwp": 1.0, "energy_cny_per_kwh": [0.4, np.nan]}
    )
    assert earned_per_year(table, assumed).tolist() == pytest.approx([365.0, 165.0])
