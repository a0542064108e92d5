from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assessment import assess
from roofpv.assumptions import Assumptions, describe, from_values
from roofpv.certainty.doubts import doubts_of
from roofpv.energy import Yearly
from roofpv.errors import InvalidResult
from roofpv.report.budget import budget_text, levels_text
from roofpv.report.summary import summary
from roofpv.uncertainty import budget, budget_of, level_columns, site_correlation, spreads
from roofpv.weather import bundled_weather

NAMES = ("ac_kwh_p50", "ac_kwh_p75", "ac_kwh_p90")


@pytest.fixture(scope="module")
def result():
    roofs = pd.DataFrame(
        {
            "building_id": ["a", "b", "c", "d"],
            "district": ["north", "north", "south", None],
            "roof_area_m2": [500.0, 900.0, 700.0, 300.0],
            "roof_type": "flat",
            "stated_kwp": [np.nan, np.nan, 20.0, np.nan],
            "usable_area_m2": [np.nan, 400.0, np.nan, np.nan],
            "lon": [106.35, 106.4, 106.75, 106.55],
            "lat": [39.03, 39.0, 39.2, 38.9],
        }
    )
    return assess(roofs, bundled_weather(), rules=[])


def by_years(*rows):
    values = np.array(rows, dtype=float)
    return Yearly(np.arange(2001, 2001 + values.shape[1]), values, values)


def test_levels_are_in_order_and_their_mean_is_the_energy(result):
    table = result.buildings
    for mean, prefix in (("ac_kwh", "ac_kwh"), (None, "lifetime_kwh")):
        p50, p75, p90 = (table[f"{prefix}_{level}"] for level in ("p50", "p75", "p90"))
        assert (p90 < p75).all()
        assert (p75 < p50).all()
        if mean:
            assert (p50 < table[mean]).all()
    assert (table["lifetime_kwh_p90"] / table["ac_kwh_p90"]).between(23.0, 24.0).all()


# Grade A: 0.02; all the rest in the order of the budget.
def test_one_building_has_the_product_of_its_errors(result):
    row = result.buildings.set_index("building_id").loc["a"]
    common = 0.9
    weather = [0.05, row_interannual(result, "a")]
    split = [sd * part**0.5 for sd in weather for part in (common, 1.0 - common)]
    sds = [*split, 0.03, 0.03, 0.03, 0.02, 0.03, 0.05, 0.1, 0.15]
    sds += [0.02 * 0.25**0.5, 0.02 * 0.75**0.5]
    assert row["evidence_grade"] == "A"
    square = np.log1p(np.square(sds)).sum()
    expected = row["ac_kwh"] * np.exp(-1.2815515655446 * square**0.5 - square / 2.0)
    assert row["ac_kwh_p90"] == pytest.approx(expected, rel=1e-12)
    shared = np.square([*weather, 0.03, 0.03, 0.03, 0.02, 0.03]).sum() ** 0.5
    assert row["yield_shared_sd_fraction"] == pytest.approx(shared, rel=1e-12)


def row_interannual(result, name):
    site = result.buildings.set_index("building_id").loc[name, "weather_site"]
    return float(result.weather["ghi_interannual_sd_fraction"].sel(site=site))


def test_a_stated_capacity_and_a_surveyed_roof_have_no_error_of_the_roof(result):
    fits = {
        name: {
            (one["term"], one["scope"]): one["sd_fraction"]
            for one in budget_of(result, name)["budget"]
            if one["how_many_fit"]
        }
        for name in "abc"
    }
    assert set(fits["c"].values()) == {0.0}
    assert fits["b"] == {
        ("roof_area", "evidence_grade"): 0.0,
        ("roof_area", "building"): 0.0,
        ("installable", "city"): 0.0,
        ("installable", "building"): pytest.approx(0.02),
    }
    assert fits["a"]["installable", "city"] == pytest.approx(0.1)


def test_sizes_are_those_that_verdicts_are_drawn_from(result):
    table, assumed = result.buildings, Assumptions()
    doubts = doubts_of(table, np.zeros(len(table), dtype=np.bool_), assumed)
    energy = table["ac_kwh"].to_numpy()[:, None]
    years = Yearly(np.array([0]), energy, energy)
    made = budget(table, spreads(table, result.weather, years, 0.05), years, assumed)
    by_name = {(term.name, term.scope): term for term in made.terms}
    free = table["stated_kwp"].isna().to_numpy()
    roof = free & doubts.of("installable_on_roof").astype(bool)
    for column, term, where in (
        ("roof_shared", ("roof_area", "evidence_grade"), roof),
        ("roof_own", ("roof_area", "building"), roof),
        ("installable_shared", ("installable", "city"), free),
        ("installable_own", ("installable", "building"), free),
    ):
        assert by_name[term].sd.tolist() == (doubts.of(column) * where).tolist()
    assert by_name["roof_area", "evidence_grade"].group.tolist() == doubts.roof.tolist()
    assert by_name["yield", "building"].sd.tolist() == doubts.of("energy_own").tolist()
    shared = table["yield_shared_sd_fraction"].to_numpy()
    assert doubts.of("energy_shared").tolist() == shared.tolist()


def test_the_budget_of_a_building_gives_its_levels_again(result):
    for name in result.buildings["building_id"]:
        row = result.buildings.set_index("building_id").loc[name]
        told = budget_of(result, name)
        for level in ("p50", "p75", "p90"):
            assert told["first_year"][f"{level}_kwh"] == pytest.approx(row[f"ac_kwh_{level}"])
            assert told["life"][f"{level}_kwh"] == pytest.approx(row[f"lifetime_kwh_{level}"])
        assert sum(one["variance_share"] for one in told["budget"]) == pytest.approx(1.0)
        assert sum(one["life_variance_share"] for one in told["budget"]) == pytest.approx(1.0)


def test_a_building_that_is_not_there_has_no_budget(result):
    with pytest.raises(InvalidResult, match="no such building_id"):
        budget_of(result, "nobody")


def test_a_blend_has_its_budget_again():
    roof = pd.DataFrame({"building_id": ["m"], "roof_area_m2": [500.0], "lon": [106.5]})
    settings = from_values({"site.weather_sites": "blend"}, "x")
    found = assess(roof.assign(lat=39.05), bundled_weather(), rules=[], assumptions=settings)
    told = budget_of(found, "m")["first_year"]["p90_kwh"]
    assert told == pytest.approx(found.buildings["ac_kwh_p90"].iloc[0], rel=1e-12)


def test_the_record_closes_and_names_its_sources(result):
    told = result.run["uncertainty"]
    assert [one["district"] for one in told["totals"]] == [None, "north", "south"]
    assert [one["buildings"] for one in told["totals"]] == [4, 2, 1]
    assert told["without_spread"] == 0
    assert told["interannual_correlation"] == {"value": 0.9, "from": "assumed"}
    assert sum(one["variance_share"] for one in told["budget"]) == pytest.approx(1.0)
    city = told["totals"][0]
    total = result.buildings["ac_kwh"].sum()
    assert city["first_year"]["mean_kwh"] == pytest.approx(total)
    square = np.log1p([one["sd_fraction"] ** 2 for one in told["budget"]]).sum()
    p90 = total * np.exp(-1.2815515655446 * square**0.5 - square / 2.0)
    assert city["first_year"]["p90_kwh"] == pytest.approx(p90, rel=1e-9)
    assert city["first_year_as_laid_out"]["p90_kwh"] > p90
    known = {one["key"] for one in describe(Assumptions())}
    for one in told["budget"]:
        assert one["source"]
        assert all(key in known or key == "areas" or "weather." in key for key in one["keys"])


def test_lines_tell_the_levels_and_what_they_rest_on(result):
    lines = levels_text(result.run)
    assert lines == [line for line in summary(result) if line in lines]
    assert lines[0].startswith("first year: P50 ")
    assert "the roofs' own P90 add up to" in lines[0]
    assert lines[2].startswith("life of 25 years: P50 ")
    told = budget_of(result, "a")
    text = "\n".join(budget_text(told))
    assert "installable share, layout  all roofs" in text
    assert "可安装比例与布置" in "\n".join(budget_text(told, "zh"))


def test_weather_that_tells_no_error_has_no_levels_and_says_so():
    bare = bundled_weather("dawukou").drop_vars("ghi_uncertainty_fraction")
    roof = pd.DataFrame({"building_id": ["a"], "roof_area_m2": [500.0], "lon": [106.35]})
    found = assess(roof.assign(lat=39.03), bare, rules=[])
    assert found.buildings[[*NAMES, "lifetime_kwh_p90"]].isna().all(axis=None)
    assert set(NAMES) < set(found.run["not_assessed"])
    told = found.run["uncertainty"]
    assert told["without_spread"] == 1
    assert told["totals"][0]["first_year"]["p90_kwh"] is None
    assert told["totals"][0]["first_year"]["mean_kwh"] > 0.0
    assert levels_text(found.run) == []
    assert budget_text(budget_of(found, "a")) == [
        "Uncertainty: the weather does not tell its error, so there is no P90"
    ]


def test_roofs_without_modules_have_no_spread_of_their_sum():
    roof = pd.DataFrame({"building_id": ["a"], "roof_area_m2": [8.0], "lon": [106.35]})
    found = assess(roof.assign(lat=39.03), bundled_weather("dawukou"), rules=[])
    assert found.buildings[list(NAMES)].to_numpy().tolist() == [[0.0] * 3]
    told = found.run["uncertainty"]
    assert told["totals"][0]["first_year"]["p90_kwh"] == 0.0
    assert {one["variance_share"] for one in told["budget"]} == {None}
    assert levels_text(found.run) == []


def test_no_error_at_all_is_the_mean():
    nothing = dict.fromkeys((f"uncertainty.{name}" for name in UNCERTAIN), 0.0)
    nothing |= {"certainty.energy_own": 0.0, "certainty.installable_shared": 0.0}
    nothing |= {"certainty.installable_own": 0.0, "areas.sd_a": 0.0}
    still = bundled_weather("dawukou").assign_coords(
        ghi_uncertainty_fraction=("site", [0.0]), ghi_interannual_sd_fraction=("site", [0.0])
    )
    roof = pd.DataFrame({"building_id": ["a"], "roof_area_m2": [500.0], "lon": [106.35]})
    settings = from_values(nothing, "x")
    found = assess(roof.assign(lat=39.03), still, rules=[], assumptions=settings)
    assert (found.buildings["ac_kwh_p90"] == found.buildings["ac_kwh"]).all()
    assert "of the variance" in levels_text(found.run)[0]


UNCERTAIN = (
    "transposition", "model", "module", "soiling", "losses", "degradation_per_year", "irradiation",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_the_sites_share_what_makes_the_sum_spread_as_its_years(seed):
    rng = np.random.default_rng(seed)
    shared = rng.normal(0.0, 0.03, 8)
    energy = np.array([500.0, 300.0, 200.0])[:, None] * (
        1.0 + shared + rng.normal(0.0, 0.015, (3, 8))
    )
    sites = np.array(["a", "b", "c"], dtype=object)
    years = by_years(*energy)
    common = site_correlation(sites, years)
    assert 0.0 < common < 1.0
    weather = xr.Dataset(coords={"site": sites, "ghi_uncertainty_fraction": ("site", [0.05] * 3)})
    table = pd.DataFrame({"weather_site": sites, "layout": "stated", "ac_kwh": energy.mean(axis=1)})
    made = budget(table, spreads(table, weather, years, 0.05), years, Assumptions())
    assert (made.correlation, made.from_years) == (common, True)
    kwh = table["ac_kwh"].to_numpy()
    city, site = (t for t in made.terms if t.name == "interannual")
    variance = (city.sd * kwh).sum() ** 2 + ((site.sd * kwh) ** 2).sum()
    assert variance == pytest.approx(energy.sum(axis=0).var(ddof=1), rel=1e-12)


def test_what_the_sites_share_is_not_told_by_one_site_or_few_years():
    sites = np.array(["a", "b"], dtype=object)
    assert site_correlation(sites, by_years([1.0, 2.0], [1.0, 2.0])) is None
    same = np.array(["a", "a"], dtype=object)
    six = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]
    assert site_correlation(same, by_years(six, six)) is None
    gap = [1.0, np.nan, np.nan, 2.0, 1.0, 2.0]
    assert site_correlation(sites, by_years(six, gap)) is None
    still = [1.0] * 6
    assert site_correlation(sites, by_years(still, still)) is None
    assert site_correlation(sites, by_years(six, six)) == pytest.approx(1.0)
    assert site_correlation(sites, by_years(six, six[::-1])) == 0.0


def test_levels_go_with_the_energy(result):
    table = result.buildings
    energy = table["ac_kwh"].to_numpy()[:, None]
    years = Yearly(np.array([0]), energy, energy)
    made = budget(table, spreads(table, result.weather, years, 0.05), years, Assumptions())
    doubled = table.assign(ac_kwh=table["ac_kwh"] * 2.0)
    once, twice = (level_columns(one, made, Assumptions()) for one in (table, doubled))
    for name in NAMES:
        assert twice[name].tolist() == (2.0 * once[name]).tolist()
    missing = level_columns(table.assign(ac_kwh=np.nan), made, Assumptions())
    assert np.isnan(missing["ac_kwh_p90"]).all()
    assert dataclasses.is_dataclass(made)
