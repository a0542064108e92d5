from __future__ import annotations

import math
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from roofpv.catalogue import LANGUAGES, texts
from roofpv.finance.supply import supply_curve
from roofpv.report import charts as room
from roofpv.report.charts import charts
from roofpv.report.charts.verdicts import COLOURS
from roofpv.report.city import City, monthly_table, totals
from roofpv.results import Result

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>&\"'\u202e=cmd" + "很" * 300
NAMES = {
    "verdicts", "districts", "monthly", "waterfall", "uncertainty", "carbon", "supply", "plan",
    "map", "map-poa_kwh_per_m2", "map-evidence_grade", "map-payback_years",
}  # fmt: skip


def buildings_of(count: int = 12) -> gpd.GeoDataFrame:
    place = np.arange(count)
    lon, lat = 106.3 + 0.0007 * place, 39.0 + 0.0004 * (place % 4)
    kwp = np.where(place % 5 == 4, 0.0, 20.0 + 7.0 * place)
    ac = kwp * (1300.0 + 11.0 * place)
    known = kwp > 0.0
    frame = pd.DataFrame(
        {
            "building_id": [f"b{i:04d}" for i in place],
            "district": [("甲区", "乙县", "丙区")[i % 3] for i in place],
            "status": ["excluded" if i == 7 else "assessed" for i in place],
            "existing_pv": "unknown",
            "kwp": kwp,
            "installed_kwp": np.where(place % 4 == 0, 5.0, np.nan),
            "ac_kwh": ac,
            "lcoe_cny_per_kwh": np.where(known, 0.18 + 0.003 * place, np.nan),
            "poa_kwh_per_m2": np.where(known, 1700.0 + 20.0 * place, np.nan),
            "shading_loss_fraction": np.nan,
            "payback_years": np.where(known, 4.0 + place, np.nan),
            "evidence_grade": [("A", "B", "C", "D", None)[i % 5] for i in place],
            "avoided_kgco2": ac * 0.55,
            "embodied_kgco2": kwp * 2094.0,
            "own_use_kwh": ac * 0.6,
            "saved_cny": ac * 0.6 * 0.45,
            "lon": lon,
            "lat": lat,
        }
    )
    outlines = shapely.box(lon - 2e-4, lat - 1e-4, lon + 2e-4, lat + 1e-4)
    outlines[1] = None
    return gpd.GeoDataFrame(frame, geometry=outlines, crs="EPSG:4326")


def entries() -> list[dict[str, object]]:
    found = []
    values = {"A1": (0.25, 0.59, 0.5), "A2": (0.18, None, 0.5), "B1": (0.11, 0.76, 0.15)}
    for (reading, (now, potential, asked)), district in (
        (one, place) for one in values.items() for place in (None, "甲区", "乙县", "丙区")
    ):
        for state, value in (("now", now), ("potential", potential)):
            one = {
                "rule": "r-2025", "target": reading[0], "reading": reading,
                "numerator_variant": "N1" if reading == "A1" else None,
                "default": reading != "A2", "district": district, "state": state,
                "as_of": "2025-12-31", "threshold": asked, "strength": "strive", "value": value,
                "met": None if value is None else value >= asked, "unit": "m2",
            }  # fmt: skip
            if reading == "A1":
                one |= {"value_q10": value - 0.05, "value_q90": value + 0.1}
            found.append(one)
    return found


def energy_of(buildings: gpd.GeoDataFrame) -> tuple[pd.DataFrame, xr.Dataset]:
    made = buildings[buildings["kwp"] > 0.0]
    planes = pd.DataFrame(
        {"plane_id": made["building_id"] + "/1", "building_id": made["building_id"]}
    )
    shares = np.array([5, 6, 9, 10, 11, 10, 10, 9, 8, 8, 7, 7]) / 100.0
    ac = made["ac_kwh"].to_numpy()[:, None] * shares
    coordinates = {"plane_id": planes["plane_id"].to_numpy(), "month": np.arange(1, 13)}
    data = xr.Dataset({"ac_kwh": (("plane_id", "month"), ac)}, coords=coordinates)
    return planes.reset_index(drop=True), data


def budget() -> dict[str, object]:
    levels = {"p50_kwh": 9e5, "p75_kwh": 8.5e5, "p90_kwh": 8e5, "sd_fraction": 0.1}
    city = {"district": None, "first_year": levels, "life": levels}
    rows = [("roof_area", 0.06, 0.36), ("roof_area", 0.08, 0.64), ("yield", 0.0, 0.0)]
    told = [
        {"term": term, "sd_fraction": sd, "variance_share": share,
         "life_sd_fraction": sd, "life_variance_share": share}
        for term, sd, share in rows
    ]  # fmt: skip
    return {"life_years": 25, "totals": [city], "budget": told}


def plan() -> dict[str, object]:
    years = [
        {"year": year, "count": 2, "kwp": kwp, "capex_cny": 3000.0 * kwp}
        for year, kwp in ((2026, 40.0), (2028, 20.0))
    ]
    return {
        "target": "r-2025/A/A1/N1", "start": 2026, "by": 2029, "by_year": years,
        "reached": False, "value_after": 0.4, "threshold": 0.5,
    }  # fmt: skip


def city_of(buildings: gpd.GeoDataFrame | None = None) -> City:
    buildings = buildings_of() if buildings is None else buildings
    planes, energy = energy_of(buildings)
    run = {"uncertainty": budget(), "money": {"tariff": {"mean_export_cny_per_kwh": 0.19}}}
    nothing = pd.DataFrame()
    result = Result(buildings, planes, energy, xr.Dataset(), entries(), nothing, run)
    waterfall = pd.DataFrame(
        {"level": "city", "name": "", "step": ["sun", "plane", "soiling"],
         "kwh": [100.0, 110.0, 104.5], "factor": [1.0, 1.1, 0.95]}
    )  # fmt: skip
    return City(result, supply_curve(buildings), waterfall, (plan(),))


def shapes(picture: str, fill: str) -> list[ET.Element]:
    """Bars of a colour, without the swatch of the legend."""
    found = [one for one in ET.fromstring(picture).iter(f"{SVG}rect") if one.get("fill") == fill]
    return [one for one in found if one.get("width") != "14"]


def widths(picture: str, fill: str, side: str = "width") -> list[float]:
    return [float(one.get(side, "nan")) for one in shapes(picture, fill)]


def words(picture: str) -> str:
    return " ".join(ET.fromstring(picture).itertext())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_city_has_every_chart_with_name_and_sentences_and_ids_of_its_own(language):
    drawn = charts(city_of(), language)
    assert set(drawn) == NAMES
    ids: list[str] = []
    for picture in drawn.values():
        root = ET.fromstring(picture)
        assert [root[0].tag, root[1].tag] == [f"{SVG}title", f"{SVG}desc"]
        assert root[0].text
        assert root[1].text
        own = [one.get("id") for one in root.iter() if one.get("id")]
        assert root.get("aria-labelledby", "").split() == own[:2]
        assert re.findall(r"url\(#([^)]*)\)", picture) == [] or own[2] in picture
        assert "nan" not in picture
        ids += own
    assert len(ids) == len(set(ids))


def test_the_order_of_rows_changes_no_byte():
    city = city_of()
    mixed = city.result.buildings.sample(frac=1.0, random_state=3).reset_index(drop=True)
    planes, energy = energy_of(mixed)
    result = replace(city.result, buildings=mixed, planes=planes, energy=energy)
    assert charts(replace(city, result=result), "en") == charts(city, "en")


def test_all_words_are_there_in_both_languages():
    told = {key: text for key, text in texts().items() if key.startswith("charts.")}
    assert [key for key, text in told.items() if set(text) != set(LANGUAGES)] == []


def test_hostile_names_are_text():
    buildings = buildings_of()
    buildings["district"] = HOSTILE
    city = city_of(buildings)
    for one in city.result.targets:
        one["rule"] = one["target"] = HOSTILE
        one["district"] = one["district"] and HOSTILE
    drawn = charts(replace(city, plans=({**plan(), "target": HOSTILE},)), "zh")
    for picture in drawn.values():
        root = ET.fromstring(picture)
        assert [one for one in root.iter() if one.tag == f"{SVG}script"] == []
        assert "\u202e" not in picture


def test_an_empty_city_has_no_charts():
    buildings = buildings_of().iloc[:0]
    planes, energy = energy_of(buildings)
    nothing = pd.DataFrame()
    result = Result(buildings, planes, energy, xr.Dataset(), [], nothing, {})
    assert charts(City(result, supply_curve(buildings)), "en") == {}


def test_bars_of_verdicts_are_as_long_as_their_shares():
    picture = room.verdicts_svg(entries(), "en")
    now, potential = (widths(picture, COLOURS[state]) for state in ("now", "potential"))
    assert np.allclose(np.array(now) / now[0], np.array([0.25, 0.18, 0.11]) / 0.25, atol=1e-3)
    # What has no share has no bar, and says so.
    assert np.allclose(np.array(potential) / potential[0], [1.0, 0.76 / 0.59], atol=1e-3)
    assert "not applicable" in words(picture)
    lines = list(ET.fromstring(picture).iter(f"{SVG}line"))
    asked = [float(one.get("x1", "")) for one in lines if one.get("stroke-dasharray") == "5 3"][1:]
    left = float(shapes(picture, COLOURS["now"])[0].get("x", ""))
    assert (asked[0] - left) / now[0] == pytest.approx(0.5 / 0.25, abs=1e-3)
    assert (asked[1] - left) / now[0] == pytest.approx(0.15 / 0.25, abs=1e-3)


def test_the_default_reading_is_marked_and_its_draws_are_drawn():
    picture = room.verdicts_svg(entries(), "en")
    assert "A1/N1 *" in words(picture)
    assert "A2 *" not in words(picture)
    assert picture.count("<polyline") == 4
    bare = [{k: v for k, v in one.items() if "_q" not in k} for one in entries()]
    assert "draws" not in words(room.verdicts_svg(bare, "en"))


def test_a_share_that_just_misses_is_not_drawn_as_what_is_asked_for():
    near = [{**one, "value": 0.1496, "threshold": 0.15, "met": False} for one in entries()]
    for picture in (
        room.verdicts_svg(near, "en"),
        room.districts_svg(near, totals(buildings_of()), "en"),
        room.plan_svg(plan() | {"value_after": 0.1496, "threshold": 0.15}, "en"),
    ):
        assert "14.96%" in words(picture)
        assert "15.0%" not in words(picture)


def test_a_target_that_asks_for_nothing_yet_has_no_line():
    asked = [{**one, "threshold": None, "met": None} for one in entries()]
    picture = room.verdicts_svg(asked, "en")
    assert picture.count("stroke-dasharray") == 1
    assert "reached" not in words(picture)
    assert room.districts_svg(asked, totals(buildings_of()), "en").count("stroke-dasharray") == 1


def test_districts_are_by_name_and_their_capacity_is_that_of_the_totals():
    places = totals(buildings_of())
    picture = room.districts_svg(entries(), places, "en")
    said = words(picture)
    assert said.index("丙区") < said.index("乙县") < said.index("甲区")
    for kwp in places["kwp"].tolist()[1:]:
        assert f"{kwp:,.0f}" in said
    shuffled = places.sample(frac=1.0, random_state=1)
    assert room.districts_svg(entries(), shuffled, "en") == picture
    assert room.districts_svg(entries(), places[places["district"] == ""], "en") is None


def test_what_is_not_known_of_a_district_is_a_dash_and_no_bar():
    places = totals(buildings_of())
    some = room.districts_svg([], places, "en")
    places.loc[places["district"] == "甲区", ["ac_kwh", "kwp", "installed_kwp"]] = math.nan
    less = room.districts_svg([], places, "en")
    assert len(widths(some, COLOURS["potential"])) - len(widths(less, COLOURS["potential"])) == 2
    assert "甲区: capacity, kWp –, –; energy a year, MWh –." in words(less)


def test_of_many_districts_the_smallest_are_told():
    places = pd.DataFrame(
        {"district": [f"d{i:02d}" for i in range(40)], "ac_kwh": np.arange(40.0),
         "kwp": 1.0, "installed_kwp": 0.0}
    )  # fmt: skip
    said = words(room.districts_svg([], places, "en"))
    assert "10 more districts are not drawn" in said
    assert "d09" not in said
    assert "d10" in said


def test_no_grid_factor_no_carbon():
    buildings = buildings_of()
    assert "2,094" not in words(room.carbon_svg(totals(buildings), "en"))
    buildings["avoided_kgco2"] = math.nan
    assert room.carbon_svg(totals(buildings), "en") is None


def test_months_add_up_to_the_energy_of_the_buildings():
    city = city_of()
    table, left_out = monthly_table(city.result)
    assert left_out == 0
    assert len(table) == 3 * 12
    known = city.result.buildings["ac_kwh"]
    assert math.fsum(table["ac_kwh"]) == pytest.approx(math.fsum(known), rel=1e-12)
    picture = room.monthly_svg(table, "en")
    bars = [
        (h, w)
        for fill in room.scales.PARTS[:3]
        for h, w in zip(widths(picture, fill, "height"), widths(picture, fill), strict=True)
    ]
    assert len(bars) == 36
    by_district = table.groupby("district")["ac_kwh"].sum().sort_values(ascending=False)
    for fill, kwh in zip(room.scales.PARTS, by_district, strict=False):
        share = sum(widths(picture, fill, "height")) / sum(high for high, _ in bars)
        assert share == pytest.approx(kwh / by_district.sum(), abs=1e-3)


def test_a_building_without_a_whole_year_is_left_out_of_the_months_and_told():
    city = city_of()
    city.result.energy["ac_kwh"][0, 5] = math.nan
    table, left_out = monthly_table(city.result)
    assert left_out == 1
    others = city.result.buildings["ac_kwh"].iloc[1:]
    assert math.fsum(table["ac_kwh"]) == pytest.approx(math.fsum(others), rel=1e-12)
    assert "1 buildings are left out" in words(room.monthly_svg(table, "en", left_out))


def test_months_of_several_years_are_the_mean_of_the_whole_ones():
    city = city_of()
    one = city.result.energy["ac_kwh"]
    years = xr.concat([one, one * 3.0, one * math.nan], pd.Index([2001, 2002, 2003], name="year"))
    table, left_out = monthly_table(replace(city.result, energy=xr.Dataset({"ac_kwh": years})))
    assert left_out == 0
    known = math.fsum(city.result.buildings["ac_kwh"])
    assert math.fsum(table["ac_kwh"]) == pytest.approx(2.0 * known, rel=1e-12)


def test_a_month_of_nan_is_not_drawn_as_nothing_known_and_many_districts_are_one():
    rows = [(f"d{i}", month, 1000.0 + i) for i in range(8) for month in range(1, 13)]
    table = pd.DataFrame(rows, columns=["district", "month", "ac_kwh"])
    table.loc[0, "ac_kwh"] = math.nan
    said = words(room.monthly_svg(table, "en"))
    assert "3 other districts" in said
    total = math.fsum(table["ac_kwh"].dropna())
    assert f"{total / 1000.0:,.1f}" in said or f"{total:,.1f}" in said
    table["ac_kwh"] = math.nan
    assert room.monthly_svg(table, "en") is None


def curve_of(count: int) -> pd.DataFrame:
    draw = np.random.default_rng(4)
    table = pd.DataFrame(
        {"building_id": [f"{i:07d}" for i in range(count)],
         "lcoe_cny_per_kwh": 0.2 + 0.05 * draw.gamma(2.0, size=count),
         "ac_kwh": draw.gamma(1.0, 6e4, size=count), "kwp": draw.gamma(1.0, 40.0, size=count)}
    )  # fmt: skip
    return supply_curve(table)


@pytest.mark.parametrize("count", [1, 2, 999, 1000, 1001, 50_000])
def test_a_thinned_curve_keeps_its_ends_and_its_shape(count):
    curve = curve_of(count)
    kept = room.thinned(curve)
    assert len(kept) <= 1000
    assert kept.iloc[0].equals(curve.iloc[0])
    assert kept.iloc[-1].equals(curve.iloc[-1])
    assert kept["lcoe_cny_per_kwh"].is_monotonic_increasing
    if len(kept) < len(curve):
        x, y = (curve[c].to_numpy() for c in ("cumulative_kwh", "lcoe_cny_per_kwh"))
        near = np.searchsorted(kept["cumulative_kwh"], x)
        off = (kept["lcoe_cny_per_kwh"].to_numpy()[near] - y) / np.ptp(y)
        assert off.min() >= 0.0
        assert off.max() <= 2.0 / 999 + 1e-9


def test_the_curve_ends_at_all_energy_and_prices_are_lines():
    curve = curve_of(400)
    near, far = float(curve["lcoe_cny_per_kwh"].median()), 9.0
    picture = room.supply_svg(curve, "en", {"export": near, "own_use": far})
    points = ET.fromstring(picture).find(f"{SVG}polyline").get("points").split()
    assert points[-1].startswith("740,")
    assert len(points) == 2 * len(curve)
    assert picture.count('stroke-dasharray="7 3"') == 2
    assert picture.count('stroke-dasharray="2 3"') == 1
    below = curve.loc[curve["lcoe_cny_per_kwh"] <= near, "cumulative_kwh"].iloc[-1]
    assert f"{below / 1e6:,.1f} GWh cost no more" in words(picture)
    assert "(above the picture)" in words(picture)
    under = room.supply_svg(curve, "en", {"export": -4.0, "own_use": math.nan})
    assert "0.0 GWh cost no more (below the picture)" in words(under)
    assert "own use" not in words(under)


def test_a_supply_curve_of_no_roof_or_of_one_cost():
    assert room.supply_svg(curve_of(0), "en") is None
    flat = curve_of(3).assign(lcoe_cny_per_kwh=0.2)
    assert ET.fromstring(room.supply_svg(flat, "zh", {"export": 0.2})) is not None


def test_prices_are_those_of_the_tariff_and_of_the_energy_used_on_site():
    result = city_of().result
    assert room.prices_of(result) == {"export": 0.19, "own_use": pytest.approx(0.45)}
    bare = replace(result, run={}, buildings=result.buildings[["building_id"]])
    assert room.prices_of(bare) == {}
    unused = replace(result, run={}, buildings=result.buildings.assign(own_use_kwh=0.0))
    assert room.prices_of(unused) == {}


def test_the_table_of_the_curve_ends_with_all_roofs():
    curve = curve_of(500)
    table = room.supply_table(curve)
    assert 3 <= len(table) <= 12
    last = table.iloc[-1]
    assert last["roofs"] == len(curve)
    assert last["cumulative_kwh"] == curve["cumulative_kwh"].iloc[-1]
    assert last["mean_lcoe_cny_per_kwh"] == curve["mean_lcoe_cny_per_kwh"].iloc[-1]
    for row in table.itertuples():
        assert row.roofs == (curve["lcoe_cny_per_kwh"] <= row.lcoe_cny_per_kwh).sum()
    assert room.supply_table(curve_of(0)).empty


def test_a_plan_draws_every_year_and_money_so_far():
    picture = room.plan_svg(plan(), "en")
    said = words(picture)
    assert all(str(year) in said for year in (2026, 2027, 2028, 2029))
    # New capacity of two years, then their own money.
    assert len(shapes(picture, "#f0b429")) == 4
    heights = widths(picture, "#0072b2", "height")
    assert heights == pytest.approx([heights[0]] * 2 + [heights[0] * 1.5], rel=1e-3)
    assert "not reached under these conditions: 40.0% of 50%" in said
    assert room.plan_svg({**plan(), "by_year": []}, "en") is None


def test_many_years_do_not_write_over_each_other():
    told = {**plan(), "by": 2099}
    picture = room.plan_svg(told, "en")
    at = [
        float(one.get("x", ""))
        for one in ET.fromstring(picture).iter(f"{SVG}text")
        if re.fullmatch(r"20\d\d", one.text or "")
    ]
    assert min(np.diff(at)) > 30.0


def test_errors_of_one_kind_add_up_and_their_bars_are_their_shares():
    terms = room.terms_of(budget()["budget"])
    assert [one["term"] for one in terms] == ["roof_area"]
    assert terms[0]["sd_fraction"] == pytest.approx(0.1)
    assert terms[0]["variance_share"] == pytest.approx(1.0)
    picture = room.uncertainty_svg(budget(), "en")
    long = widths(picture, "#0072b2")
    assert np.allclose(np.array(long[:3]) / long[0], [1.0, 8.5 / 9.0, 8.0 / 9.0], atol=1e-3)


def test_no_levels_no_picture_of_them():
    assert room.uncertainty_svg({}, "en") is None
    told = budget()
    told["totals"][0]["first_year"] = {"p50_kwh": 1.0, "p90_kwh": None, "sd_fraction": None}
    assert room.uncertainty_svg(told, "en") is None


def test_the_waterfall_needs_sun():
    city = city_of()
    assert room.city_waterfall_svg(replace(city, waterfall=None), "en") is None
    dark = city.waterfall.assign(kwh=0.0)
    assert room.city_waterfall_svg(replace(city, waterfall=dark), "en") is None
    districts = city.waterfall.assign(level="district")
    assert room.city_waterfall_svg(replace(city, waterfall=districts), "en") is None
