"""Many synthetic years: together they keep what is published, apart they differ as published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.climate import KT_PROBABILITIES, SiteClimate, read_climate
from roofpv.weather.synth import synthesize_years

WEATHER = Path(__file__).parents[2] / "data" / "weather"
CLIMATES = read_climate(WEATHER / "shizuishan.toml")
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
NAMES = ("ghi", "dni", "dhi", "temp_air")
TWENTY = range(2004, 2024)


@pytest.fixture(scope="module", params=["dawukou", "huinong", "pingluo"])
def climate(request: pytest.FixtureRequest) -> SiteClimate:
    return CLIMATES[request.param]


@pytest.fixture(scope="module")
def years(climate: SiteClimate) -> xr.Dataset:
    return synthesize_years(climate, years=TWENTY, seed=1)


def local(data: xr.Dataset) -> pd.DataFrame:
    """Hours by the local clock."""
    clock = pd.Timedelta(hours=data.attrs["utc_offset_hours"])
    frame = pd.DataFrame({name: data[name].to_numpy()[0] for name in NAMES})
    return frame.set_axis(data.indexes["time"] + clock, axis=0)


def by_day(data: xr.Dataset) -> pd.DataFrame:
    """Clearness, mean and minimum of temperature of each day, by pvlib alone."""
    hours = local(data)
    middle = data.indexes["time"].tz_localize("UTC") + pd.Timedelta("30min")
    sun = pvlib.solarposition.get_solarposition(
        middle, data["latitude"].item(), data["longitude"].item(), method="nrel_numpy"
    )
    extra = pvlib.irradiance.get_extra_radiation(middle.day_of_year.to_numpy())
    beam = (extra * np.cos(np.radians(sun["zenith"].to_numpy()))).clip(min=0.0)
    day = hours.index.normalize()
    kt = hours["ghi"].groupby(day).sum() / pd.Series(beam, hours.index).groupby(day).sum()
    temperature = hours["temp_air"].groupby(day)
    return pd.DataFrame({"kt": kt, "mean": temperature.mean(), "low": temperature.min()})


def monthly(data: xr.Dataset, name: str) -> pd.DataFrame:
    """Sums by year and month. [kWh/m2]"""
    hours = local(data)[name]
    return hours.groupby([hours.index.year, hours.index.month]).sum().unstack() / 1000.0


def test_real_calendar_years(climate: SiteClimate, years: xr.Dataset) -> None:
    times = local(years).index
    assert times.equals(pd.date_range("2004-01-01", "2023-12-31 23:00", freq="h", unit="ns"))
    assert np.unique(times.year, return_counts=True)[1].tolist() == [8784, 8760, 8760, 8760] * 5
    assert years.attrs["typical_year"] == 0
    assert years.attrs["synthetic"] == 1
    assert years["ghi_interannual_sd_fraction"].item() == climate.ghi_interannual_sd_fraction
    assert all(years[name].notnull().all() for name in NAMES)


@pytest.mark.parametrize("name", ["ghi", "dhi"])
def test_mean_year_has_the_published_months(
    climate: SiteClimate, years: xr.Dataset, name: str
) -> None:
    published = getattr(climate, f"{name}_kwh_per_m2_day") * DAYS
    np.testing.assert_allclose(monthly(years, name).mean(), published, rtol=1e-5)


def test_days_of_all_years_are_spread_and_follow_each_other_as_published(
    climate: SiteClimate, years: xr.Dataset
) -> None:
    kt = by_day(years)["kt"]
    for month in range(12):
        days = kt[kt.index.month == month + 1]
        quantiles = days.quantile(list(KT_PROBABILITIES))
        np.testing.assert_allclose(quantiles, climate.kt_quantiles[month], atol=0.01)
        following = kt.shift(-1)[days.index]
        inside = days.index.day < days.index.days_in_month
        lag1 = np.corrcoef(days[inside], following[inside])[0, 1]
        assert lag1 == pytest.approx(climate.kt_lag1[month], abs=0.05)


def test_years_vary_as_published_and_months_more(climate: SiteClimate, years: xr.Dataset) -> None:
    sums = monthly(years, "ghi")
    annual = sums.sum(axis=1)
    spread = annual.std() / annual.mean()
    assert spread == pytest.approx(climate.ghi_interannual_sd_fraction, rel=0.03)
    assert annual.nunique() == len(TWENTY)
    by_month = sums.std() / sums.mean()
    assert by_month.between(0.03, 0.15).all()


def test_temperatures_of_all_years_are_the_published(
    climate: SiteClimate, years: xr.Dataset
) -> None:
    days = by_day(years)
    month = days.index.month
    np.testing.assert_allclose(days["mean"].groupby(month).mean(), climate.temp_air_mean, atol=1e-6)
    np.testing.assert_allclose(
        days["low"].groupby(month).mean(), climate.temp_air_mean_min, atol=1e-3
    )
    each = days["mean"].groupby([days.index.year, month]).mean().unstack().std()
    assert each.between(0.5, 3.0).all()


def test_physics_holds_in_every_hour(years: xr.Dataset) -> None:
    hours = local(years)
    assert hours[["ghi", "dni", "dhi"]].min().min() == 0.0
    assert hours["dni"].max() <= 1050.0
    assert (hours["dhi"] <= hours["ghi"] + 1e-9).all()
    assert np.abs(np.diff(hours["temp_air"])).max() < 5.0


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_few_years_keep_the_statistics_too(count: int) -> None:
    climate = CLIMATES["dawukou"]
    data = synthesize_years(climate, years=range(2001, 2001 + count), seed=4)
    sums = monthly(data, "ghi")
    np.testing.assert_allclose(sums.mean(), climate.ghi_kwh_per_m2_day * DAYS, rtol=1e-5)
    kt = by_day(data)["kt"]
    for month in range(12):
        days = kt[kt.index.month == month + 1]
        np.testing.assert_allclose(
            days.quantile(list(KT_PROBABILITIES)), climate.kt_quantiles[month], atol=0.03
        )
    if count > 1:
        annual = sums.sum(axis=1)
        assert annual.std() / annual.mean() == pytest.approx(46.0 / 1615.1, rel=0.05)


def test_same_seed_and_years_same_weather() -> None:
    climate = CLIMATES["dawukou"]
    first = synthesize_years(climate, years=[2010, 2011], seed=5)
    xr.testing.assert_identical(first, synthesize_years(climate, years=range(2010, 2012), seed=5))
    other = synthesize_years(climate, years=[2010, 2011], seed=6)
    assert np.abs(first["ghi"] - other["ghi"]).max() > 1.0
    assert np.abs(first["temp_air"] - other["temp_air"]).max() > 1.0


def test_an_unknown_spread_leaves_years_as_they_are_drawn() -> None:
    climate = replace(CLIMATES["dawukou"], ghi_interannual_sd_fraction=float("nan"))
    sums = monthly(synthesize_years(climate, years=range(2001, 2004), seed=5), "ghi")
    np.testing.assert_allclose(sums.mean(), climate.ghi_kwh_per_m2_day * DAYS, rtol=1e-5)
    assert 0.0 < sums.sum(axis=1).std() / sums.sum(axis=1).mean() < 0.1


def test_years_that_never_vary_and_years_that_vary_much() -> None:
    for spread in (0.0, 0.08):
        climate = replace(CLIMATES["dawukou"], ghi_interannual_sd_fraction=spread)
        annual = monthly(synthesize_years(climate, years=range(2001, 2005), seed=5), "ghi").sum(
            axis=1
        )
        assert annual.std() / annual.mean() == pytest.approx(spread, rel=0.05, abs=1e-3)


def test_a_spread_that_no_order_of_days_has_is_refused() -> None:
    climate = replace(CLIMATES["dawukou"], ghi_interannual_sd_fraction=0.45)
    with pytest.raises(InvalidWeather, match="vary by") as caught:
        synthesize_years(climate, years=range(2001, 2004), seed=5)
    assert "ghi_interannual_sd_fraction" in caught.value.where


def test_a_month_that_does_not_fit_is_refused() -> None:
    climate = CLIMATES["dawukou"]
    months = (3.5, *climate.ghi_kwh_per_m2_day[1:])
    with pytest.raises(InvalidWeather, match="does not fit the clearness"):
        synthesize_years(replace(climate, ghi_kwh_per_m2_day=months), years=[2001, 2002], seed=0)


@pytest.mark.parametrize("years", [[], [2005, 2007], [2006, 2005], [2005, 2005]])
def test_years_with_gaps_are_refused(years: list[int]) -> None:
    with pytest.raises(InvalidWeather, match="do not follow each other"):
        synthesize_years(CLIMATES["dawukou"], years=years, seed=0)


@pytest.mark.parametrize("year", [1799, 2201])
def test_years_out_of_all_calendars_are_refused(year: int) -> None:
    with pytest.raises(InvalidWeather, match="Stay within 1800 to 2200"):
        synthesize_years(CLIMATES["dawukou"], years=[year], seed=0)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        synthesize_years(CLIMATES["dawukou"], years=[2001], seed=-1)
