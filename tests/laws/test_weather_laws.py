"""What holds for any number of weather sites and of years, held on the bundled weather."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assessment import assess
from roofpv.assumptions import from_values
from roofpv.energy import Yearly, by_year, simulate
from roofpv.sky import sun_and_sky
from roofpv.uncertainty import spreads
from roofpv.weather import bundled_weather, combine_sites

COLUMNS = ["ac_kwh", "ac_kwh_p90", "poa_kwh_per_m2", "specific_yield_kwh_per_kwp"]
WAYS = ("nearest", "blend")


@pytest.fixture(scope="module")
def weather():
    return bundled_weather()


@pytest.fixture(scope="module")
def sky():
    return sun_and_sky(bundled_weather("dawukou"))


@pytest.fixture(scope="module")
def roofs():
    rng = np.random.default_rng(9)
    count = 12
    return pd.DataFrame(
        {
            "building_id": [f"b{i:02d}" for i in range(count)],
            "roof_area_m2": rng.uniform(100.0, 3000.0, count),
            "roof_type": rng.choice(["flat", "gabled", "hipped"], count),
            "lon": rng.uniform(106.2, 106.9, count),
            "lat": rng.uniform(38.8, 39.3, count),
            "altitude_m": np.where(np.arange(count) % 3 == 0, np.nan, 1300.0),
        }
    )


def assessed(roofs, weather, way):
    settings = from_values({"site.weather_sites": way}, "test")
    return assess(roofs, weather, rules=[], assumptions=settings)


def numbers(result):
    return result.buildings.set_index("building_id")[COLUMNS].sort_index().to_numpy().tobytes()


@pytest.mark.parametrize("way", WAYS)
def test_the_order_of_sites_and_of_buildings_changes_no_bit(roofs, weather, way):
    straight = assessed(roofs, weather, way)
    assert np.isfinite(straight.buildings[COLUMNS].to_numpy(float)).all()
    turned = assessed(roofs, weather.isel(site=[2, 0, 1]), way)
    assert numbers(turned) == numbers(straight)
    assert numbers(assessed(roofs.iloc[::-1], weather, way)) == numbers(straight)


def test_the_order_of_buildings_changes_no_total_of_the_years():
    rng = np.random.default_rng(8)
    ac, site = rng.uniform(1e3, 1e6, (500, 3)), rng.choice(["r", "s"], 500).astype(object)
    ac[3, 1] = np.nan
    order = rng.permutation(500)
    names, sums = Yearly(np.arange(3), ac, ac).by_group(site)
    again, turned = Yearly(np.arange(3), ac[order], ac[order]).by_group(site[order])
    assert (names, sums.ac_kwh.tobytes()) == (again, turned.ac_kwh.tobytes())
    assert np.isnan(sums.ac_kwh).sum() == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_part_of_the_city_is_the_part_of_the_whole_city(roofs, weather, way):
    whole = assessed(roofs, weather, way).buildings.set_index("building_id")
    part = assessed(roofs.iloc[3:8], weather, way).buildings.set_index("building_id")
    same = whole.loc[part.index, COLUMNS].to_numpy().tobytes()
    assert part[COLUMNS].to_numpy().tobytes() == same


def test_a_site_and_its_twin_are_that_site(roofs):
    one = bundled_weather("dawukou")
    both = combine_sites([one, one.assign_coords(site=["twin"])])
    # Apart while the shares are found, and under the same sun when the energy is.
    apart = both.assign_coords(longitude=("site", [106.35, 106.75]))
    alone = assessed(roofs, one, "nearest")
    settings = from_values({"site.weather_sites": "blend"}, "test")
    sited = assessed(roofs, apart, "blend").planes
    assert sited["weather_weights"].str.contains("twin").all()
    got = simulate(sited, sun_and_sky(both), settings)
    for name in ("poa_kwh_per_m2", "dc_kwh", "ac_kwh"):
        np.testing.assert_allclose(got[name], alone.energy[name], rtol=1e-12)


def test_a_blend_lies_between_its_sites(roofs, weather):
    blended = assessed(roofs, weather, "blend")
    table = blended.planes.drop(columns="weather_weights")
    sky, settings = sun_and_sky(weather), from_values({}, "test")
    alone = [
        simulate(table.assign(weather_site=site), sky, settings)["ac_kwh"].to_numpy()
        for site in weather["site"].to_numpy()
    ]
    got = blended.energy["ac_kwh"].to_numpy()
    assert (got >= np.min(alone, axis=0) * (1 - 1e-12)).all()
    assert (got <= np.max(alone, axis=0) * (1 + 1e-12)).all()


@pytest.mark.parametrize("way", WAYS)
def test_months_add_up_to_the_year_of_the_building(roofs, weather, way):
    result = assessed(roofs, weather, way)
    year = result.energy["ac_kwh"].sum("month").to_numpy()
    added = pd.Series(year).groupby(result.planes["building_id"].to_numpy()).sum()
    got = result.buildings.set_index("building_id")["ac_kwh"]
    assert got.to_numpy() == pytest.approx(added.reindex(got.index).to_numpy(), rel=1e-12)


def years_of(sky, shares):
    """The same year again and again, its light scaled each time."""
    parts = [
        sky.assign({name: sky[name] * share for name in ("ghi", "dni", "dhi")}).assign_coords(
            year=("time", np.full(sky.sizes["time"], 2001 + i)),
            time=sky["time"] + np.timedelta64(366 * i, "D"),
        )
        for i, share in enumerate(shares)
    ]
    return xr.concat(
        parts, "time", data_vars="all", coords="minimal", compat="override", join="outer"
    )


def yearly_of(sky):
    planes = pd.DataFrame(
        {
            "plane_id": ["p", "q", "r"],
            "building_id": ["a", "a", "b"],
            "surface_tilt": [15.0, 35.0, 90.0],
            "surface_azimuth": [180.0, 90.0, 240.0],
            "kwp": [5.0, 10.0, 20.0],
            "weather_site": "dawukou",
        }
    )
    energy = simulate(planes, sky, from_values({}, "test"))
    return by_year(energy, planes, pd.Series(["a", "b"]))


def test_years_that_are_the_same_have_no_spread_and_the_same_mean(sky):
    one, two = yearly_of(sky), yearly_of(years_of(sky, [1.0, 1.0]))
    assert two.years.tolist() == [2001, 2002]
    assert two.ac_mean().tobytes() == one.ac_mean().tobytes()
    assert two.poa_mean().tobytes() == one.poa_mean().tobytes()
    assert two.ac_spread().tolist() == [0.0, 0.0]


def test_the_order_of_the_years_changes_no_bit(sky):
    shares = [1.0, 0.9, 1.05, 0.97, 1.02, 0.88]
    straight, turned = (yearly_of(years_of(sky, s)) for s in (shares, shares[::-1]))
    assert straight.ac_mean().tobytes() == turned.ac_mean().tobytes()
    assert straight.ac_spread().tobytes() == turned.ac_spread().tobytes()
    roofs = pd.DataFrame({"weather_site": ["dawukou"] * 2})
    both = (spreads(roofs, sky, one, 0.05).interannual.tobytes() for one in (straight, turned))
    assert len(set(both)) == 1


def test_brighter_years_spread_about_as_far_as_their_light(sky):
    shares = np.array([1.0, 0.9, 1.05, 0.97, 1.02, 0.88])
    spread = yearly_of(years_of(sky, shares)).ac_spread()
    assert spread == pytest.approx(shares.std(ddof=1) / shares.mean(), rel=0.15)
