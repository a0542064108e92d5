"""What holds for groups of modules by yield, whatever the roofs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from roofpv.assumptions import from_values
from roofpv.energy import (
    arrays_of,
    best_groups,
    by_year,
    groups_left,
    module_groups,
    side_energy,
    simulate,
    simulate_arrays,
)
from roofpv.energy.arrays import side_of
from roofpv.sky import sun_and_sky
from roofpv.verify.rows import some_rows
from roofpv.weather import bundled_weather

ASSUMED = from_values({}, "test")
SHARES = (0.0, 0.01, 0.1, 1 / 3, 0.5, 0.77, 0.999, 1.0)


@pytest.fixture(scope="module")
def sky():
    return sun_and_sky(bundled_weather("dawukou"))


@pytest.fixture(scope="module")
def planes():
    """Racks, domes and a lone array on three buildings, 0.6 kWp a module."""
    planes = some_rows()
    count = np.array([5, 8, 40, 2, 30, 18, 8, 7, 64, 1, 12, 9])
    return planes.assign(
        building_id=np.resize(["a", "b", "c"], len(planes)), module_count=count, kwp=0.6 * count
    )


@pytest.fixture(scope="module")
def energy(planes, sky):
    return simulate(planes, sky, ASSUMED)


@pytest.fixture(scope="module")
def sides(planes, sky, energy):
    return side_energy(planes, sky, ASSUMED, energy)


@pytest.fixture(scope="module")
def rows(planes):
    """Rows of at most four modules a side, shuffled."""
    arrays, owner = arrays_of(planes)
    each = (arrays["kwp"] / 0.6).round().astype(int)
    table = [
        (plane, side, row, min(4, count - 4 * row))
        for plane, side, count in zip(arrays["plane_id"], side_of(owner), each, strict=True)
        for row in range((count + 3) // 4)
    ]
    frame = pd.DataFrame(table, columns=["plane_id", "side", "row", "module_count"])
    return frame.sample(frac=1.0, random_state=3)


@pytest.fixture(scope="module")
def groups(sides, rows):
    return module_groups(sides, rows)


def test_sides_have_the_yield_that_they_have_alone(planes, sky, sides):
    arrays, _ = arrays_of(planes)
    alone = simulate_arrays(arrays, sky, ASSUMED)["ac_kwh"].sum("month").to_numpy()
    assert sides["ac_kwh"].to_numpy() == pytest.approx(alone, rel=1e-14)
    dome = sides[sides["plane_id"] == "r5"]
    assert dome["side"].tolist() == [0, 1]
    assert dome["ac_kwh"].iloc[0] > 1.2 * dome["ac_kwh"].iloc[1]


def test_groups_add_up_to_the_planes(planes, energy, groups):
    yearly = energy["ac_kwh"].sum("month").to_numpy()
    sums = groups.groupby("plane_id")[["ac_kwh", "kwp", "module_count"]].sum()
    sums = sums.loc[planes["plane_id"]]
    assert sums["ac_kwh"].to_numpy() == pytest.approx(yearly, rel=1e-12)
    assert sums["kwp"].to_numpy() == pytest.approx(planes["kwp"].to_numpy(), rel=1e-12)
    assert sums["module_count"].tolist() == planes["module_count"].tolist()
    last = groups.groupby("building_id")["cumulative_ac_kwh"].last()
    whole = pd.Series(yearly).groupby(planes["building_id"].to_numpy()).sum()
    assert last.to_numpy() == pytest.approx(whole.to_numpy(), rel=1e-12)


def test_no_group_yields_more_than_one_before_it(groups):
    for _, building in groups.groupby("building_id"):
        yields = building["specific_yield_kwh_per_kwp"].to_numpy()
        assert (np.diff(yields) <= 1e-6).all()
        same = building.groupby(["plane_id", "side"])["row"]
        assert (same.diff().dropna() > 0).all()


def taken(groups, best):
    """Modules taken of each group."""
    key = ["building_id", "rank"]
    merged = groups[key].merge(best[[*key, "module_count"]], how="left", on=key)
    return merged["module_count"].fillna(0.0).to_numpy()


def test_more_wanted_never_drops_a_module(groups):
    parts = [taken(groups, best_groups(groups, share)) for share in SHARES]
    for less, more in pairwise(parts):
        assert (less <= more).all()
    there = groups.groupby("building_id")["kwp"].sum()
    parts = [taken(groups, best_groups(groups, share * there)) for share in SHARES]
    for less, more in pairwise(parts):
        assert (less <= more).all()


@pytest.mark.parametrize("share", SHARES)
def test_share_and_capacity_are_one(groups, share):
    by_share = best_groups(groups, share)
    there = groups.groupby("building_id")["kwp"].sum()
    by_capacity = best_groups(groups, share * there)
    assert taken(groups, by_share).tolist() == taken(groups, by_capacity).tolist()
    wanted = groups.groupby("building_id")["module_count"].sum() * share
    got = by_share.groupby("building_id")["module_count"].sum().reindex(wanted.index).fillna(0.0)
    assert (got >= wanted - 1e-9).all()
    assert (got < wanted + 1.0).all()


@pytest.mark.parametrize("share", SHARES)
def test_a_part_and_the_rest_are_all(groups, share):
    part = best_groups(groups, share)
    rest = best_groups(groups_left(groups, part), 1.0)
    both = taken(groups, part) + taken(groups, rest)
    assert both.tolist() == groups["module_count"].tolist()
    assert part["ac_kwh"].sum() + rest["ac_kwh"].sum() == pytest.approx(
        groups["ac_kwh"].sum(), rel=1e-12
    )


def test_no_choice_of_as_many_modules_yields_more(groups):
    rng = np.random.default_rng(4)
    best = best_groups(groups, 0.5)
    for name, building in groups.groupby("building_id"):
        mine = best[best["building_id"] == name]
        each = np.repeat(
            building["specific_yield_kwh_per_kwp"] * 0.6, building["module_count"].astype(int)
        ).to_numpy()
        count = int(mine["module_count"].sum())
        for _ in range(50):
            assert rng.choice(each, count, replace=False).sum() <= mine["ac_kwh"].sum() + 1e-6


def test_order_and_company_change_nothing(planes, sky, energy, sides, rows, groups):
    order = np.random.default_rng(5).permutation(len(planes))
    mixed = planes.iloc[order]
    turned = side_energy(mixed, sky, ASSUMED, energy.isel(plane_id=order))
    again = module_groups(turned, rows.sort_values(["row", "plane_id"]))
    for name, building in groups.groupby("building_id"):
        alone = module_groups(sides[sides["building_id"] == name], rows)
        pd.testing.assert_frame_equal(alone, building.reset_index(drop=True), check_exact=True)
        other = again[again["building_id"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(other, alone, check_exact=True)
        pd.testing.assert_frame_equal(
            best_groups(alone, 0.37),
            best_groups(groups, 0.37).query("building_id == @name").reset_index(drop=True),
            check_exact=True,
        )


def test_nothing_given_is_changed(sides, rows, groups):
    before = [one.copy() for one in (sides, rows, groups)]
    best = best_groups(module_groups(sides, rows), pd.Series({"a": 3.0}))
    groups_left(groups, best)
    for one, old in zip((sides, rows, groups), before, strict=True):
        pd.testing.assert_frame_equal(one, old)


def test_years_are_those_that_the_building_has_whole(planes, sky):
    first = np.arange(sky.sizes["time"])
    two = sky.isel(time=np.tile(first, 2)).assign_coords(
        year=("time", np.repeat([2001, 2002], first.size)),
    )
    two = two.assign(dni=two["dni"] * np.repeat([1.0, 0.8], first.size))
    energy = simulate(planes, two, ASSUMED)
    energy["ac_kwh"][0, 1, 3] = np.nan
    energy["ac_kwh"][1] = np.nan
    sides = side_energy(planes, two, ASSUMED, energy)
    groups = module_groups(sides)
    sums = groups.groupby("building_id")["ac_kwh"].agg(lambda one: one.sum(skipna=False))
    expected = by_year(energy, planes, pd.Series(["a", "b", "c"])).ac_mean()
    assert sums.to_numpy() == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert np.isnan(expected).tolist() == [False, True, False]
    known = groups[(groups["building_id"] == "b") & groups["ac_kwh"].notna()]
    assert set(known["plane_id"]) == {"r4", "r7", "r10"}
