"""Levels of sums against draws of every error, and what holds however roofs are summed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import ndtri

from roofpv.assessment import assess
from roofpv.assumptions import Assumptions, from_values
from roofpv.energy import Yearly
from roofpv.inventory import read_inventory
from roofpv.uncertainty import (
    budget,
    level_columns,
    levels,
    relative_variances,
    spreads,
    uncertainty_record,
)
from roofpv.uncertainty.budget import Term, output_of_life
from roofpv.uncertainty.levels import shares
from roofpv.weather import bundled_folder

DRAWS = 10_000
BAR = 0.003  # of the energy
CHANCES = {"p50": 0.5, "p75": 0.25, "p90": 0.1}


@pytest.fixture(scope="module")
def bundled():
    return assess(read_inventory(bundled_folder("buildings") / "shizuishan.geojson"))


def city(count: int, seed: int) -> pd.DataFrame:
    """Buildings of all kinds, sizes and places."""
    rng = np.random.default_rng(seed)
    grades = rng.choice(np.array(list("ABCD"), dtype=object), count)
    return pd.DataFrame(
        {
            "building_id": [f"b{i}" for i in range(count)],
            "status": "assessed",
            "use": rng.choice(np.array(["school", "hospital", "unknown"], dtype=object), count),
            "district": rng.choice(np.array(["north", "south"], dtype=object), count),
            "weather_site": rng.choice(np.array(["a", "b", "c"], dtype=object), count),
            "evidence_grade": grades,
            "gross_roof_area_sd_fraction": pd.Series(grades).map(
                {"A": 0.02, "B": 0.05, "C": 0.08, "D": 0.3}
            ),
            "usable_area_m2": np.where(rng.random(count) < 0.1, 100.0, np.nan),
            "stated_kwp": np.where(rng.random(count) < 0.1, 10.0, np.nan),
            "layout": "flush",
            "ac_kwh": rng.lognormal(10.0, 1.0, count),
        }
    )


def budget_for(table, assumed=None):
    weather = xr.Dataset(
        coords={
            "site": ["a", "b", "c"],
            "ghi_uncertainty_fraction": ("site", [0.05, 0.06, 0.04]),
            "ghi_interannual_sd_fraction": ("site", [0.03, 0.028, 0.032]),
        }
    )
    energy = table["ac_kwh"].to_numpy()[:, None]
    years = Yearly(np.array([0]), energy, energy)
    assumed = assumed or Assumptions()
    spread = spreads(table, weather, years, assumed.uncertainty.irradiation)
    return budget(table, spread, years, assumed)


def groups(table, scope):
    """Who shares an error, read from the table itself."""
    if scope == "city":
        return np.zeros(len(table), dtype=int)
    if scope == "building":
        return np.arange(len(table))
    names = table[scope].astype(str)
    if scope == "evidence_grade":
        names = names.where(names != "D", "D/" + table["use"].astype(str))
    return pd.factorize(names)[0]


def drawn(table, terms, draws=DRAWS, *, life=False, seed=1):
    """
    Energy of every building in every draw, over its mean. (building, draw)

    Normal numbers, one for each group of each error. Along the direction in which they move the
    sum the most, one of them is drawn from each of as many slices of equal chance; across it they
    are free. That leaves what is drawn as it is and takes most of the noise of 10,000 draws away.
    """
    rng = np.random.default_rng(seed)
    energy = table["ac_kwh"].to_numpy()
    who = [groups(table, term.scope) for term in terms]
    sds = [
        np.sqrt(np.log1p((share * term.sd) ** 2))
        for term, share in zip(terms, shares(terms, life=life), strict=True)
    ]
    moved = np.concatenate([np.bincount(w, sd * energy) for w, sd in zip(who, sds, strict=True)])
    along = moved / np.linalg.norm(moved)
    normal = rng.standard_normal((along.size, draws))
    sliced = ndtri((rng.permutation(draws) + rng.random(draws)) / draws)
    normal += np.outer(along, sliced - along @ normal)
    logs = np.zeros((len(table), draws))
    first = 0
    for sd, mine in zip(sds, who, strict=True):
        logs += sd[:, None] * normal[first + mine] - sd[:, None] ** 2 / 2.0
        first += mine.max() + 1
    return np.exp(logs)


def told(table, terms, *, life=False):
    """Levels of the sum in kWh a year."""
    energy, rows = table["ac_kwh"].to_numpy(), np.arange(len(table))
    found = relative_variances(terms, energy, rows) * shares(terms, life=life) ** 2
    return levels(energy.sum(), found)


def off(found, draws):
    """How far each level is from that of the draws, in shares of the mean energy."""
    return {
        name: abs(float(found[name]) - np.quantile(draws, chance)) / draws.mean()
        for name, chance in CHANCES.items()
    }


@pytest.mark.parametrize("life", [False, True])
def test_levels_of_the_bundled_city_and_its_districts_are_those_of_the_draws(bundled, life):
    table = bundled.buildings
    table = table[(table["status"] == "assessed") & (table["ac_kwh"] > 0)].reset_index(drop=True)
    energy = table["ac_kwh"].to_numpy()
    years = Yearly(np.array([0]), energy[:, None], energy[:, None])
    spread = spreads(table, bundled.weather, years, 0.05)
    each = drawn(table, budget(table, spread, years, Assumptions()).terms, life=life)
    scale = output_of_life(Assumptions()).sum() if life else 1.0
    for one in bundled.run["uncertainty"]["totals"]:
        name = one["district"]
        rows = np.ones(len(table), bool) if name is None else table["district"] == name
        of = one["life" if life else "first_year"]
        assert of["mean_kwh"] == pytest.approx(scale * energy[rows].sum(), rel=1e-12)
        found = {level: of[f"{level}_kwh"] / scale for level in CHANCES}
        worst = off(found, energy[rows] @ each[np.asarray(rows)])
        assert max(worst.values()) < (0.001 if name is None else BAR), (name, worst)


@pytest.mark.parametrize(("count", "seed"), [(1, 0), (2, 1), (20, 3), (100, 4), (400, 5)])
@pytest.mark.parametrize("life", [False, True])
def test_levels_of_any_city_are_those_of_its_draws(count, seed, life):
    table = city(count, seed)
    terms = budget_for(table).terms
    draws = table["ac_kwh"].to_numpy() @ drawn(table, terms, life=life)
    worst = off(told(table, terms, life=life), draws)
    assert max(worst.values()) < BAR, worst


def test_a_few_roofs_of_very_unlike_evidence_are_a_little_farther_off():
    table = city(5, 2)
    terms = budget_for(table).terms
    draws = table["ac_kwh"].to_numpy() @ drawn(table, terms)
    assert max(off(told(table, terms), draws).values()) < 0.005


def test_shared_errors_add_up_and_independent_ones_in_squares():
    sd, energy = np.array([0.1, 0.2, 0.05]), np.array([300.0, 100.0, 600.0])
    kwh, rows = sd * energy, np.arange(3)
    terms = [
        Term("all", "city", sd, np.zeros(3, dtype=np.int64), ()),
        Term("two", "district", sd, np.array([0, 1, 0]), ()),
        Term("none", "building", sd, None, ()),
    ]
    found = relative_variances(terms, energy, rows) * energy.sum() ** 2
    assert found == pytest.approx(
        [kwh.sum() ** 2, (kwh[0] + kwh[2]) ** 2 + kwh[1] ** 2, (kwh**2).sum()]
    )


def test_the_halves_of_a_building_differ_from_it_by_their_own_errors_alone():
    whole = city(10, 7)
    halves = pd.concat([whole.iloc[1:], whole.iloc[[0, 0]]], ignore_index=True)
    halves.loc[[9, 10], "ac_kwh"] /= 2.0
    one, two = budget_for(whole), budget_for(halves)
    before = relative_variances(one.terms, whole["ac_kwh"].to_numpy(), np.arange(10))
    after = relative_variances(two.terms, halves["ac_kwh"].to_numpy(), np.arange(11))
    share = whole["ac_kwh"][0] / whole["ac_kwh"].sum()
    for place, term in enumerate(one.terms):
        gained = (term.sd[0] * share) ** 2 / 2.0 if term.scope == "building" else 0.0
        assert before[place] - after[place] == pytest.approx(gained, rel=1e-9, abs=1e-15)
    assert told(halves, two.terms)["p90"] > told(whole, one.terms)["p90"]


def test_the_city_is_surer_than_its_roofs_unless_they_share_every_error(bundled):
    for one in bundled.run["uncertainty"]["totals"]:
        assert one["sum_of_roofs_p90_kwh"] < 0.9 * one["first_year"]["p90_kwh"]
    table = city(30, 8).assign(evidence_grade="A", weather_site="a", usable_area_m2=np.nan)
    table = table.assign(stated_kwp=10.0)
    made = budget_for(table, from_values({"certainty.energy_own": 0.0}, "test"))
    each = level_columns(table, made, Assumptions())["ac_kwh_p90"]
    assert told(table, made.terms)["p90"] == pytest.approx(each.sum(), rel=1e-12)


def test_the_order_of_buildings_changes_no_bit():
    table = city(200, 9)
    turned = table.sample(frac=1.0, random_state=1).reset_index(drop=True)
    records = []
    for one in (table, turned):
        made = budget_for(one)
        columns = one.assign(**level_columns(one, made, Assumptions()))
        records.append(uncertainty_record(columns, made, Assumptions()))
    assert records[0] == records[1]


def test_the_weather_of_a_year_averages_out_over_the_life_and_nothing_else_does():
    assumed = from_values({"losses.degradation_per_year": 0.0, "finance.life_years": 16}, "test")
    for term in budget_for(city(3, 1), assumed).terms:
        expected = {"interannual": 0.25, "degradation": 1.0}.get(term.name, 1.0)
        assert term.life == pytest.approx(expected)
    # Of 16 years the middle one is 7.5 after the first.
    ageing = next(t for t in budget_for(city(3, 1), assumed).terms if t.name == "degradation")
    assert (ageing.first, ageing.sd[0]) == (0.0, pytest.approx(0.003 * 7.5))


def test_every_yield_outside_the_gate_has_its_reasons(bundled):
    told = bundled.run["yield_gate"]
    table = bundled.buildings.set_index("building_id")
    made = table["specific_yield_kwh_per_kwp"]
    outside = set(made.index[(made < 1250.0) | (made > 1650.0)])
    assert {one["building_id"] for one in told["listed"]} == outside
    assert (told["roofs"], told["outside"], told["left_out"]) == (687, len(outside), 0)
    assert 0 < len(outside) < 0.05 * told["roofs"]
    # Colour-steel halls of about 5 degrees, flush: what they lack is tilt.
    assert set(table.loc[list(outside), "roof_type"]) == {"steel"}
    assert {one["reasons"][0]["cause"] for one in told["listed"]} == {"facing"}
    for one in told["listed"]:
        product = np.prod(list(one["factors"].values()))
        assert product == pytest.approx(made[one["building_id"]], rel=1e-12)
    assert any("27 of them by tilt and azimuth" in said for said in bundled.run["warnings"])
