"""Which layout each roof takes, and what it costs in energy."""

from __future__ import annotations

import importlib
from functools import cache

import numpy as np
import pandas as pd
import pytest
from roofmaker import L_SHAPE, checked, placed, prepared, rectangle

from roofpv import energy
from roofpv.assumptions import Assumptions, from_values
from roofpv.designing import COMPARED, NUMERATORS, compare_layouts, design, design_record
from roofpv.errors import InvalidConfig
from roofpv.roofs import lay_modules, layout_options, option_named
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

assess = importlib.import_module("roofpv.assessment").assess
NPV = {"finance.self_use_fraction": 0.7}


def assumed(objective="energy", **values):
    more = {key.replace("__", "."): value for key, value in values.items()}
    return from_values({"layout.design": objective} | more, "test")


@pytest.fixture(scope="module", autouse=True)
def fewer_options():
    """Three tilts are compared instead of six: half the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roofpv.roofs.options.COMPARED_TILTS", (10.0, 15.0, 35.0))
        yield


@cache
def sky():
    """One day of each month."""
    whole = sun_and_sky(bundled_weather("dawukou"))
    return whole.isel(time=whole.indexes["time"].day == 15)


@cache
def town():
    """A slab, wings, a roof of two slopes, one too small for a module, one turned by 30 degrees."""
    shapes = [
        placed(rectangle(50, 16)),
        placed(L_SHAPE, 39.0, 106.38),
        placed(rectangle(30, 12, 20.0), 39.0, 106.39),
        placed(rectangle(4, 4), 39.0, 106.40),
        placed(rectangle(90, 60, 60.0), 39.0, 106.42),
    ]
    forms = ["flat", "flat", "gabled", "flat", "flat"]
    planes, latitude = prepared(checked(shapes, building_id=list("abcde"), roof_type=forms))
    return planes.assign(weather_site="dawukou", altitude_m=np.nan), latitude


@cache
def compared():
    return compare_layouts(*town(), sky(), assumed())


def of(building):
    table = compared()
    return table[table["building_id"] == building].set_index("layout")


@cache
def chosen(objective, **values):
    return design(*town(), sky(), assumed(objective, **values)).by_building


# The comparison


def test_every_layout_of_every_roof_is_compared_as_if_it_were_stated():
    table = compared()
    assert tuple(table) == COMPARED
    names = [one.name for one in layout_options(Assumptions().layout)]
    # A roof of slopes alone has one layout.
    sizes = table.groupby("building_id").size().to_dict()
    assert sizes == {one: 1 if one == "c" else len(names) for one in "abcde"}
    assert of("a").index.tolist() == names
    assert set(of("c").index) == {"flush"}
    planes, latitude = town()
    for name in ("south_racks_35", "east_west_10", "flat"):
        base = Assumptions()
        laid = lay_modules(planes, latitude, base.layout, base.module, option_named(name))
        ac = energy.simulate(laid, sky(), base)["ac_kwh"].sum("month").to_numpy()
        for building in "abe":
            mine = (laid["building_id"] == building).to_numpy()
            row = of(building).loc[name]
            assert row["kwp"] == pytest.approx(laid.loc[mine, "kwp"].sum(), rel=1e-12)
            assert row["ac_kwh"] == pytest.approx(ac[mine].sum(), rel=1e-12)


def test_shares_yields_and_values_follow_from_the_columns_beside_them():
    table = compared()[compared()["kwp"] > 0.0]
    for name, column in NUMERATORS.items():
        share = table[column] / table["installable_area_m2"]
        assert table[f"coverage_{name.lower()}"].to_numpy() == pytest.approx(share.to_numpy())
    specific = table["ac_kwh"] / table["kwp"]
    assert table["specific_yield_kwh_per_kwp"].to_numpy() == pytest.approx(specific.to_numpy())
    assert table["npv_cny"].isna().all()
    assert table["load_check"].isin(["within", "above"]).all()


def test_steep_racks_make_most_and_cannot_cover_half():
    """The clash of FACTS, section (c), on a large roof; a slab of three rows escapes it."""
    for building in ("a", "b", "e"):
        yields = of(building)["specific_yield_kwh_per_kwp"]
        assert yields["south_racks_35"] > yields["south_racks_15"] > yields["flat"]
    assert of("e").loc["south_racks_35", "coverage_n1"] < 0.45
    assert of("e").loc["flat", "coverage_n1"] > 0.5
    # 13 m behind the strip hold 3 rows of 2.278 m, the last without a gap behind it.
    assert of("a").loc["south_racks_35", "coverage_n1"] > 0.5


# The objectives


def test_energy_takes_the_highest_yield_and_loses_nothing():
    got = chosen("energy")
    for building in "abe":
        best = of(building)["specific_yield_kwh_per_kwp"]
        assert best[got.loc[building, "layout"]] == best.max()
    assert got["layout_lost_kwh"].drop("d").tolist() == [0.0] * 4


@pytest.mark.parametrize("numerator", ["N1", "N2", "N3"])
def test_coverage_takes_the_highest_share(numerator):
    got = chosen("coverage", layout__coverage_numerator=numerator)
    for building in "abe":
        share = of(building)[f"coverage_{numerator.lower()}"]
        assert share[got.loc[building, "layout"]] >= share.max() * (1 - 1e-9)


@pytest.mark.parametrize(
    ("target", "numerator"),
    [(0.0, "N1"), (0.45, "N1"), (0.5, "N1"), (0.7, "N1"), (0.99, "N1"), (0.5, "N2")],
)
def test_coverage_then_energy_takes_the_best_of_those_that_reach(target, numerator):
    values = {"layout__coverage_target": target, "layout__coverage_numerator": numerator}
    got = chosen("coverage-then-energy", **values)
    for building in "abe":
        table = of(building)
        share = table[f"coverage_{numerator.lower()}"]
        reaching = table[share >= target * (1 - 1e-9)]
        name = got.loc[building, "layout"]
        if reaching.empty:
            assert share[name] >= share.max() * (1 - 1e-9)
        else:
            yields = reaching["specific_yield_kwh_per_kwp"]
            assert yields[name] >= yields.max() * (1 - 1e-9)
    if target == 0.99:
        assert (of("a")["coverage_n1"] < target).all()


def test_a_higher_target_never_makes_more_per_capacity_nor_covers_less():
    """As long as it can be reached."""
    before = dict.fromkeys("abe", (np.inf, 0.0))
    for target in (0.3, 0.5, 0.7):
        got = chosen("coverage-then-energy", layout__coverage_target=target)
        for building, (most, least) in before.items():
            mine = of(building).loc[got.loc[building, "layout"]]
            assert mine["coverage_n1"] >= target
            now = mine["specific_yield_kwh_per_kwp"], mine["coverage_n1"]
            assert now[0] <= most * (1 + 1e-9)
            assert now[1] >= min(least, target)
            before[building] = now


def test_what_a_choice_loses_is_its_capacity_times_the_yield_given_up():
    for objective in ("coverage", "coverage-then-energy"):
        got = chosen(objective)
        for building in "abe":
            table = of(building)
            mine = table.loc[got.loc[building, "layout"]]
            best = table["specific_yield_kwh_per_kwp"].max()
            lost = mine["kwp"] * (best - mine["ac_kwh"] / mine["kwp"])
            assert got.loc[building, "layout_lost_kwh"] == pytest.approx(lost, rel=1e-9, abs=1e-6)
            assert lost >= 0.0
        assert got.loc["e", "layout_lost_kwh"] > 0.0
        assert got.loc["c", "layout_lost_kwh"] == 0.0


def test_npv_takes_the_highest_value():
    settings = assumed("npv", finance__self_use_fraction=0.7)
    table = compare_layouts(*town(), sky(), settings)
    got = design(*town(), sky(), settings).by_building
    for building, mine in table.groupby("building_id"):
        if building in "abe":
            value = mine.set_index("layout")["npv_cny"]
            most = value.max()
            assert value[got.loc[building, "layout"]] >= most - 1e-9 * abs(most)
    # Energy that costs more than it earns: the least of it.
    poor = assumed("npv", finance__self_use_fraction=0.0, finance__export_cny_per_kwh=0.01)
    planes, latitude = town()
    first = (planes["building_id"] == "a").to_numpy()
    mine = compare_layouts(planes[first], latitude[first], sky(), poor).set_index("layout")
    name = design(planes[first], latitude[first], sky(), poor).by_building.loc["a", "layout"]
    assert mine["npv_cny"][name] == mine["npv_cny"].max() < 0.0


def test_npv_without_the_own_use_is_refused_in_one_line():
    with pytest.raises(InvalidConfig, match=r"finance\.self_use_fraction") as refused:
        design(*town(), sky(), assumed("npv"))
    assert "\n" not in str(refused.value)
    assert "--set finance.self_use_fraction=0.7" in str(refused.value)


def test_a_stated_layout_is_compared_with_none():
    found = design(*town(), sky(), assumed("stated"))
    assert found.by_building["layout_lost_kwh"].isna().all()
    assert (
        found.by_building["layout"].tolist()
        == ["south_racks_15"] * 2 + ["flush"] + ["south_racks_15"] * 2
    )


def test_planes_keep_their_order_and_are_laid_as_the_layout_of_their_building():
    planes, latitude = town()
    found = design(planes, latitude, sky(), assumed("coverage-then-energy"))
    assert found.planes["plane_id"].tolist() == planes["plane_id"].tolist()
    base = Assumptions()
    for _, plane in found.planes.iterrows():
        name = found.by_building.loc[plane["building_id"], "layout"]
        assert plane["layout"] == name
        option = None if name == "flush" else option_named(name)
        mine = (planes["plane_id"] == plane["plane_id"]).to_numpy()
        alone = lay_modules(planes[mine], latitude[mine], base.layout, base.module, option).iloc[0]
        for column in ("kwp", "module_count", "gcr", "array_field_area_m2", "surface_azimuth"):
            assert alone[column] == plane[column]


@pytest.mark.parametrize("objective", ["energy", "coverage-then-energy"])
def test_order_and_company_change_no_bit(objective):
    planes, latitude = town()
    whole = design(planes, latitude, sky(), assumed(objective)).by_building
    order = np.random.default_rng(5).permutation(len(planes))
    turned = design(
        planes.iloc[order].reset_index(drop=True), latitude[order], sky(), assumed(objective)
    ).by_building
    pd.testing.assert_frame_equal(turned.reindex(whole.index), whole, check_exact=True)
    for building in "be":
        mine = (planes["building_id"] == building).to_numpy()
        alone = design(
            planes[mine].reset_index(drop=True), latitude[mine], sky(), assumed(objective)
        ).by_building
        pd.testing.assert_frame_equal(alone, whole.loc[[building]], check_exact=True)


def test_no_planes_at_all():
    planes, latitude = town()
    for objective in ("stated", "energy"):
        found = design(planes.head(0), latitude[:0], sky(), assumed(objective))
        assert found.planes.empty
        assert found.by_building.empty


# In an assessment


def buildings():
    shapes = [placed(rectangle(90, 60)), placed(rectangle(30, 12, 20.0), 39.0, 106.39), None]
    return checked(
        shapes, building_id=list("abx"), roof_type=["flat", "gabled", None],
        exemption=[None, None, "危房"], lon=[106.37] * 3, lat=[39.0] * 3,
        floor_area_m2=[900.0] * 3, floors=[3.0] * 3,
    )  # fmt: skip


def run(objective, **values):
    return assess(buildings(), bundled_weather("dawukou"), rules=[],
                  assumptions=assumed(objective, **values))  # fmt: skip


def test_a_result_tells_what_was_designed():
    result = run("coverage-then-energy")
    table = result.buildings.set_index("building_id")
    told = result.run["design"]
    assert told["objective"] == "coverage-then-energy"
    assert told["layouts"] == {table.loc["a", "layout"]: 1, "flush": 1}
    assert (told["coverage_target"], told["numerator"], told["buildings"]) == (0.5, "N1", 2)
    share = table["module_area_m2"] / table["installable_area_m2"]
    assert told["buildings_reaching"] == int((share.loc[["a", "b"]] >= 0.5).sum())
    assert told["lost_kwh"] == pytest.approx(table["layout_lost_kwh"].sum())
    assert told["lost_kwh"] > 0.0
    assert "layout_lost_kwh" not in result.run["not_assessed"]
    assert np.isnan(table.loc["x", "layout_lost_kwh"])


def test_a_stated_design_says_that_nothing_was_compared():
    result = run("stated")
    assert result.run["design"] == {
        "objective": "stated",
        "layouts": {"flush": 1, "south_racks_15": 1},
    }
    assert result.buildings["layout_lost_kwh"].isna().all()
    assert "--design" in result.run["not_assessed"]["layout_lost_kwh"]


def test_the_record_of_no_buildings():
    empty = run("energy").buildings.head(0)
    told = design_record(empty, assumed("energy"))
    assert (told["layouts"], told["buildings"], told["lost_kwh"]) == ({}, 0, 0.0)
