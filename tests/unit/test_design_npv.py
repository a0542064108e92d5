"""Layouts by their net present value, with the own use of each hour by hour."""

from __future__ import annotations

import importlib
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from roofmaker import L_SHAPE, placed, rectangle

from roofpv import energy
from roofpv.assumptions import Assumptions, from_values
from roofpv.designing import Reckoning, _compared
from roofpv.finance import earning_again, money
from roofpv.layouts import layout_candidates
from roofpv.reopening import layouts, reopen_many
from roofpv.results import Result, read_results, write_results
from roofpv.roofs import lay_options, layout_options, option_named
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

assess = importlib.import_module("roofpv.assessment").assess
TARIFF = {"finance.tariff": "ningxia-general"}


@pytest.fixture(scope="module", autouse=True)
def fewer_options():
    """Two tilts are compared instead of six."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roofpv.roofs.options.COMPARED_TILTS", (15.0, 35.0))
        yield


def buildings() -> gpd.GeoDataFrame:
    """A school, an office with little load, slopes, no known load, and no load at all."""
    table = pd.DataFrame(
        {
            "building_id": list("abcde"),
            "use": ["school", "office", "office", None, "school"],
            "roof_type": ["flat", "flat", "gabled", "flat", "flat"],
            "annual_load_kwh": [60_000.0, 5_000.0, 90_000.0, np.nan, 0.0],
        }
    )
    shapes = [
        placed(rectangle(50, 16)), placed(L_SHAPE, 39.0, 106.38),
        placed(rectangle(30, 12, 20.0), 39.0, 106.39), placed(rectangle(40, 30), 39.0, 106.40),
        placed(rectangle(40, 30), 39.0, 106.42),
    ]  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


@cache
def assessed(design: str = "npv", *more: tuple[str, object], site: str = "dawukou") -> Result:
    values = TARIFF | {"layout.design": design} | dict(more)
    weather = bundled_weather() if site == "all" else bundled_weather(site)
    return assess(buildings(), weather, rules=[], assumptions=from_values(values, "test"))


def table_of(result: Result) -> pd.DataFrame:
    return result.buildings.set_index("building_id")


@pytest.mark.parametrize("building", ["a", "b", "c", "e"])
def test_the_layout_of_the_highest_value_is_taken(building: str) -> None:
    row = table_of(assessed()).loc[building]
    side_by_side = layouts(assessed(), building)
    values = side_by_side.set_index("layout")["npv_cny"]
    assert values.notna().all()
    assert values[row["layout"]] == values.max()
    assert values[row["layout"]] == pytest.approx(row["npv_cny"], rel=1e-12)
    assert side_by_side.loc[side_by_side["chosen"], "layout"].tolist() == [row["layout"]]


@pytest.mark.parametrize("name", ["south_racks_15", "south_racks_35", "east_west_10", "flat"])
def test_every_value_is_that_of_an_assessment_in_this_layout(name: str) -> None:
    option = option_named(name)
    tilt = "layout.east_west_tilt" if option.kind == "east_west" else "layout.flat_tilt"
    chosen = (("layout.flat_layout", option.kind), (tilt, option.tilt_deg))
    found = table_of(assessed("stated", *chosen))
    for building in "ab":
        assert found.loc[building, "layout"] == name
        compared = layouts(assessed(), building).set_index("layout").loc[name]
        for column in ("ac_kwh", "npv_cny"):
            assert compared[column] == pytest.approx(found.loc[building, column], rel=1e-9)


def test_own_use_of_the_hours_is_not_that_of_the_year() -> None:
    """Little load makes the last module earn the price of export alone."""
    table = table_of(assessed())
    assert table.loc["b", "self_use_fraction"] < 0.3 < table.loc["a", "self_use_fraction"]
    assert table.loc["e", "self_use_fraction"] == 0.0


def test_where_the_load_is_not_known_all_is_taken_as_exported() -> None:
    result = assessed()
    table = table_of(result)
    assert np.isnan(table.loc["d", "npv_cny"])
    assert layouts(result, "d")["npv_cny"].isna().all()
    # The roof of e is the same, and uses nothing.
    assert table.loc["d", "layout"] == table.loc["e", "layout"]
    assert result.run["design"]["buildings_as_all_exported"] == 1
    assert "buildings_as_all_exported" not in assessed("energy").run["design"]


@pytest.mark.parametrize("share", [None, 0.7])
def test_a_stated_share_is_taken_instead_of_the_hours(share: float | None) -> None:
    values = {"layout.design": "npv", "finance.self_use_fraction": share}
    found = assess(
        buildings(), bundled_weather("dawukou"), rules=[],
        assumptions=from_values({k: v for k, v in values.items() if v is not None}, "test"),
    )  # fmt: skip
    values = layouts(found, "d")["npv_cny"]
    assert values.isna().all() if share is None else values.notna().all()


def test_a_roof_under_several_skies_is_heard_again() -> None:
    result = assessed("npv", ("site.weather_sites", "blend"), site="all")
    row = table_of(result).loc["a"]
    values = layouts(result, "a").set_index("layout")["npv_cny"]
    assert values[row["layout"]] == pytest.approx(row["npv_cny"], rel=1e-9)
    assert values[row["layout"]] == values.max()


def test_slopes_beside_a_flat_roof_share_its_meter() -> None:
    """One building of a flat and a sloping plane earns what both together use and export."""
    result = assessed()
    sky = sun_and_sky(result.weather)
    again = reopen_many(result, ["a", "c"])
    planes = again.planes.assign(building_id="a", plane_id=list("pqr"))
    earn = earning_again(result.buildings.head(1), sky, again.assumed)
    base = Assumptions()
    tables = lay_options(
        planes, again.latitude, base.layout, base.module, layout_options(base.layout)
    )
    together = _compared(tables, sky, again.assumed, None, Reckoning(earn=earn))
    for number, table in enumerate(tables):
        hours = earn.apart(pd.Series(["a"]))
        assert hours is not None
        energy.simulate(table, sky, again.assumed, None, hours.listener(table))
        mine = money(
            together["kwp"].to_numpy()[[number]], together["ac_kwh"].to_numpy()[[number]],
            together["layout"].to_numpy()[[number]], hours.earned(), earn.terms,
        )  # fmt: skip
        assert together["npv_cny"].to_numpy()[number] == pytest.approx(mine["npv_cny"].iloc[0])


def test_the_order_of_the_buildings_changes_no_bit() -> None:
    turned = assess(
        buildings().iloc[::-1].reset_index(drop=True), bundled_weather("dawukou"), rules=[],
        assumptions=from_values(TARIFF | {"layout.design": "npv"}, "test"),
    )  # fmt: skip
    names = ["layout", "npv_cny", "layout_lost_kwh", "ac_kwh"]
    one, other = table_of(assessed())[names], table_of(turned)[names]
    pd.testing.assert_frame_equal(one, other.loc[one.index], check_exact=True)


def test_a_result_that_was_written_tells_the_same(tmp_path) -> None:
    again = read_results(write_results(assessed(), tmp_path / "out"))
    pd.testing.assert_frame_equal(
        layouts(again, "a"), layouts(assessed(), "a"), rtol=1e-12, check_dtype=False
    )
    assert "npv_cny" not in layout_candidates(again)
