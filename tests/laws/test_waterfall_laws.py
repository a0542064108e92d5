"""From the sun to the meter: factors multiply to the total, and no hour's energy is lost twice."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assumptions import Assumptions, Losses, from_values
from roofpv.dirt import site_sky
from roofpv.energy import (
    Case,
    combined_skyline,
    dc_factor,
    simulate,
    system_factors,
    waterfall,
    waterfall_hours,
)
from roofpv.energy.hourly import Plane, simulate_hours
from roofpv.weather import bundled_weather

HOURS, SECTORS = 8760, 72
# Steps that can give as well as take; Marion's low light gives above 1000 W/m2.
GAINS = {"plane", "spectrum", "low_light", "temperature"}
EVERYTHING = {
    "models.spectrum": "desoto", "losses.soiling_model": "kimber", "losses.snow_model": "nrel",
    "module.low_light_k": 0.01, "shading.electrical": "martinez", "losses.system_by": "parts",
    "inverter.dc_ac_ratio": 1.5,
}  # fmt: skip


@pytest.fixture(scope="module")
def weather() -> xr.Dataset:
    data = bundled_weather("dawukou")
    draw = np.random.default_rng(3)
    rain = np.where(draw.uniform(size=(1, HOURS)) < 0.01, 5.0, 0.0)
    return data.assign(precipitation_mm=(("site", "time"), rain))


@pytest.fixture(scope="module")
def planes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plane_id": ["lone", "racks", "domes", "none"],
            "surface_tilt": [35.0, 30.0, 10.0, 20.0],
            "surface_azimuth": [180.0, 170.0, 90.0, 0.0],
            "kwp": [10.0, 25.0, 40.0, 0.0],
            "weather_site": "dawukou",
            "row_kind": ["none", "racks", "domes", "none"],
            "gcr": [np.nan, 0.5, 0.9, np.nan],
            "roof_tilt": [35.0, 0.0, 0.0, 20.0],
            "roof_azimuth": [180.0, 180.0, 180.0, 0.0],
        }
    )


def hills(seed: int, trees: bool = False) -> xr.Dataset:
    draw = np.random.default_rng(seed)
    # A point each: several of two sources are joined by rank, which can give a little light back.
    high = draw.uniform(0.0, 25.0, (2, 1, SECTORS)).astype(np.float32)
    dims = ("plane_id", "point", "azimuth")
    data = {"horizon_elevation": (dims, high)}
    if trees:
        data |= {"canopy_elevation": (dims, high + np.float32(10.0)),
                 "canopy_transmissivity": ("month", np.full(12, 0.3))}  # fmt: skip
    names = np.array(["racks", "lone"], dtype=object)
    azimuth = 360.0 * np.arange(SECTORS) / SECTORS
    return xr.Dataset(data, {"plane_id": names, "azimuth": azimuth})


def case(
    weather: xr.Dataset, planes: pd.DataFrame, settings: dict[str, object], around: bool
) -> Case:
    chosen = from_values(settings, "test")
    sources = {"neighbours": hills(1), "surface": hills(2, trees=True)} if around else {}
    return Case(planes, site_sky(weather, chosen), chosen, sources)


def total(one: Case) -> xr.Dataset:
    names = one.planes["plane_id"].to_numpy(dtype=object)
    seen = combined_skyline(list(one.sources.values()), names) if one.sources else None
    return simulate(one.planes, one.sky, one.assumptions, seen)


@pytest.mark.parametrize("around", [False, True])
@pytest.mark.parametrize("settings", [{}, EVERYTHING])
def test_factors_multiply_to_the_meter_and_hours_add_up(
    settings: dict[str, object], around: bool, weather: xr.Dataset, planes: pd.DataFrame
) -> None:
    one = case(weather, planes, settings, around)
    by_plane = total(one)
    left = waterfall(one, by_plane)
    factors = left.iloc[:3].pct_change(axis=1).iloc[:, 1:] + 1.0
    share = by_plane["ac_kwh"].sum("month").to_numpy()[:3] / left["sun"].iloc[:3]
    assert np.abs(factors.prod(axis=1) / share - 1.0).max() <= 1e-12
    assert (left.iloc[3] == 0.0).all()
    pd.testing.assert_frame_equal(waterfall(one), left, rtol=1e-12)

    hours = waterfall_hours(one)
    assert list(hours) == list(left)
    sums = pd.DataFrame({name: hours[name].sum("time").to_numpy() for name in hours})
    pd.testing.assert_frame_equal(sums, left, rtol=1e-10)
    steps = list(hours)
    for before, after in pairwise(steps):
        lost = (hours[before] - hours[after]).to_numpy()
        # What goes into a step is what leaves it and what it loses, and only some can give.
        assert np.isfinite(lost).all()
        if after not in GAINS:
            assert lost.min() >= -1e-12 * float(hours[before].max()), after


def test_what_is_left_is_what_the_simulation_says(
    weather: xr.Dataset, planes: pd.DataFrame
) -> None:
    one = case(weather, planes, {}, around=True)
    by_plane, left = total(one), waterfall(one)
    kwp = planes["kwp"].to_numpy()
    poa = by_plane["poa_kwh_per_m2"].sum("month").to_numpy() * kwp
    assert left["rows"].to_numpy() == pytest.approx(poa, rel=1e-12)
    dc = by_plane["dc_kwh"].sum("month").to_numpy()
    assert left["availability"].to_numpy() == pytest.approx(dc, rel=1e-12)
    losses = one.assumptions.losses
    lumped = left["connections"] / left["temperature"]
    assert lumped[:3].to_numpy() == pytest.approx(1.0 - losses.system, rel=1e-12)
    assert (left["soiling"] / left["spectrum"])[:3].to_numpy() == pytest.approx(0.955, rel=1e-12)
    assert left["trees"][1] < left["surface"][1] < left["neighbours"][1] < left["plane"][1]
    assert left["rows"][0] == left["trees"][0]
    assert left["rows"][2] < left["trees"][2]


def test_the_sun_is_the_horizontal_irradiation(weather: xr.Dataset, planes: pd.DataFrame) -> None:
    left = waterfall(case(weather, planes, {}, around=False))
    ghi = float(weather["ghi"].sum()) / 1000.0
    assert left["sun"].to_numpy() == pytest.approx(ghi * planes["kwp"].to_numpy(), rel=1e-12)


@pytest.mark.parametrize("ratio", [0.8, 1.2, 2.0])
def test_clipping_is_what_lies_above_the_rating(
    ratio: float, weather: xr.Dataset, planes: pd.DataFrame
) -> None:
    one = case(weather, planes, {"inverter.dc_ac_ratio": ratio}, around=False)
    hours = waterfall_hours(one)
    most = planes["kwp"].to_numpy() / ratio / one.assumptions.inverter.efficiency
    clipped = np.minimum(hours["availability"].to_numpy(), most[:, None])
    # Each side of the domes has an inverter of its own.
    single = [0, 1, 3]
    assert hours["clipping"].to_numpy()[single] == pytest.approx(clipped[single], abs=1e-12)
    loss = 1.0 - float(hours["clipping"].sum() / hours["availability"].sum())
    assert (loss > 0.01) == (ratio == 2.0)


def test_parts_of_the_lump_multiply_to_it() -> None:
    losses = Losses()
    told = system_factors(losses)
    assert np.prod(list(told.values())) == pytest.approx(1.0 - losses.system, rel=1e-15)
    assert told["mismatch"] == pytest.approx(0.98, abs=1e-4)
    by_parts = dataclasses.replace(losses, system_by="parts", soiling=0.0, snow=0.0, wiring=0.1)
    whole = 0.98 * 0.9 * 0.995 * 0.99 * 0.97 * 0.985
    assert dc_factor(by_parts) == pytest.approx(whole, rel=1e-15)
    assert np.prod(list(system_factors(by_parts).values())) == pytest.approx(0.98 * 0.9 * 0.985050)
    nothing = Losses(mismatch=0.0, wiring=0.0, connections=0.0, nameplate=0.0)
    assert system_factors(nothing)["nameplate"] == pytest.approx(1.0 - losses.system)


def test_several_years_give_the_mean_of_the_complete_ones(planes: pd.DataFrame) -> None:
    once = bundled_weather("dawukou")
    later = once.assign_coords(
        time=once["time"] + np.timedelta64(365, "D"),
        sun_time=once["sun_time"] + np.timedelta64(365, "D"),
    )
    both = xr.concat([once, later], "time", data_vars="minimal", coords="minimal").assign_attrs(
        once.attrs | {"typical_year": 0}
    )
    holed = both.copy(deep=True)
    holed["temp_air"][0, HOURS + 12] = np.nan
    chosen = Assumptions()
    two, first, one = (
        waterfall(Case(planes, site_sky(data, chosen), chosen)) for data in (both, holed, once)
    )
    assert not two.isna().any(axis=None)
    pd.testing.assert_frame_equal(first, one, rtol=2e-3)


def test_an_array_has_a_ratio_of_its_own(weather: xr.Dataset, planes: pd.DataFrame) -> None:
    chosen = Assumptions()
    sky = site_sky(weather, chosen)
    stated = planes.assign(dc_ac_ratio=[2.0, np.nan, 2.0, np.nan])
    own, plain = (simulate(table, sky, chosen)["ac_kwh"] for table in (stated, planes))
    most = from_values({"inverter.dc_ac_ratio": 2.0}, "test")
    all_of_them = simulate(planes, sky, most)["ac_kwh"]
    for number, ratio in enumerate(stated["dc_ac_ratio"]):
        other = plain if np.isnan(ratio) else all_of_them
        assert np.array_equal(own[number], other[number])
    oracle = simulate_hours(Plane(35.0, 180.0, 10.0, dc_ac_ratio=2.0), sky.isel(site=0), chosen)
    assert float(own[0].sum()) == pytest.approx(float(oracle["ac_kw"].sum()), rel=1e-10)
    left = waterfall(Case(stated, sky, chosen))
    clipped = 1.0 - (left["clipping"] / left["availability"])[:3]
    assert clipped[0] > 0.02
    assert abs(clipped[1]) < 1e-6
