"""The synthetic year: what is published stays, physics holds, what is drawn repeats."""

from __future__ import annotations

import importlib.util
import tomllib
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.climate import KT_PROBABILITIES, SiteClimate, read_climate
from roofpv.weather.synth import synthesize
from roofpv.weather.synthsky import calendar_of, clear_sky

WEATHER = Path(__file__).parents[2] / "data" / "weather"
CLIMATES = read_climate(WEATHER / "shizuishan.toml")
SITES = tuple(CLIMATES)
PRINTED = tomllib.loads((WEATHER / "shizuishan.toml").read_text(encoding="utf-8"))["sites"]
REFERENCE = Path(__file__).parents[3] / "shared" / "data"
SEED = 753000
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MEAN_DAYS = np.where(DAYS == 28, 28.25, DAYS)
MONTH_OF_DAY = np.repeat(np.arange(12), DAYS)
MONTH_OF_HOUR = np.repeat(MONTH_OF_DAY, 24)
NAMES = ("ghi", "dni", "dhi", "temp_air", "wind_speed")


@pytest.fixture(scope="module", params=SITES)
def climate(request: pytest.FixtureRequest) -> SiteClimate:
    return CLIMATES[request.param]


@pytest.fixture(scope="module")
def year(climate: SiteClimate) -> xr.Dataset:
    return synthesize(climate, seed=SEED)


@pytest.fixture(scope="module")
def sun(climate: SiteClimate, year: xr.Dataset) -> pd.DataFrame:
    """Sun and clear sky at mid-interval, by pvlib alone."""
    middle = pd.DatetimeIndex(year["time"].to_numpy()).tz_localize("UTC") + pd.Timedelta("30min")
    place = (climate.latitude, climate.longitude, climate.altitude)
    sky = pvlib.solarposition.get_solarposition(middle, *place, method="nrel_numpy")
    day = middle.day_of_year.to_numpy()
    extra = pvlib.irradiance.get_extra_radiation(day)
    months = pd.date_range("2001-01-01", periods=12, freq="MS", tz="UTC")
    monthly = pvlib.clearsky.lookup_linke_turbidity(months, *place[:2], interp_turbidity=False)
    turbidity = np.interp(day, np.cumsum(DAYS) - DAYS / 2, monthly, period=365)
    airmass = pvlib.atmosphere.get_relative_airmass(sky["apparent_zenith"])
    clear = pvlib.clearsky.ineichen(
        sky["apparent_zenith"],
        airmass * pvlib.atmosphere.alt2pres(climate.altitude) / 101325.0,
        pd.Series(turbidity, middle),
        climate.altitude,
        extra,
    )
    cos_zenith = np.cos(np.radians(sky["zenith"])).clip(lower=0.0)
    return pd.DataFrame(
        {
            "zenith": sky["zenith"],
            "cos_zenith": cos_zenith,
            "extra": extra * cos_zenith,
            "clear_ghi": clear["ghi"].fillna(0.0),
            "clear_dni": clear["dni"].fillna(0.0),
        }
    )


def values(year: xr.Dataset, name: str) -> np.ndarray:
    return year[name].isel(site=0).to_numpy()


def monthly(hours: np.ndarray) -> np.ndarray:
    return np.bincount(MONTH_OF_HOUR, weights=hours)


def clearness(year: xr.Dataset, sun: pd.DataFrame) -> np.ndarray:
    daily = values(year, "ghi").reshape(365, 24).sum(axis=1)
    return daily / sun["extra"].to_numpy().reshape(365, 24).sum(axis=1)


def bundled(site: str) -> tuple[dict[str, str], pd.DataFrame]:
    path = WEATHER / f"{site}.csv"
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line[0] == "#"]
    pairs = dict(line[2:].split(": ", 1) for line in header)
    return pairs, pd.read_csv(path, skiprows=len(header))


def reference(kind: str, site: str) -> pd.DataFrame:
    """Statistics of the source at full precision, which are not part of the project."""
    file = REFERENCE / "facts" / f"shizuishan_{kind}_stats_from_cdsrd_1991_2017.csv"
    if not file.is_file():
        pytest.skip("reference data not found at ../shared/data")
    table = pd.read_csv(file)
    return table[table["station"] == PRINTED[site]["station"]]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", WEATHER / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_read_climate_keeps_the_published_numbers() -> None:
    assert SITES == ("dawukou", "huinong", "pingluo")
    dawukou = CLIMATES["dawukou"]
    assert dawukou.district == "大武口区 Dawukou"
    assert dawukou.ghi_kwh_per_m2_day[0] == 77.1 / 31
    # The whole of the printed figure, for a mean month of 28.25 days, goes into 28 days.
    assert dawukou.ghi_kwh_per_m2_day[1] == 94.0 / 28
    assert dawukou.dhi_kwh_per_m2_day[6] == 75.0 / 31
    assert dawukou.kt_quantiles[0] == (0.33, 0.62, 0.67)
    assert dawukou.kt_lag1[11] == 0.32
    assert dawukou.ghi_interannual_sd_fraction == pytest.approx(46.0 / 1615.1)


@pytest.mark.parametrize("site", SITES)
def test_the_climate_file_holds_rounded_single_figures_only(site: str) -> None:
    own = PRINTED[site]
    monthly_figures = {key for key, value in own.items() if isinstance(value, list)}
    assert monthly_figures == {"ghi_kwh_per_m2", "dhi_kwh_per_m2"}
    assert set(own["kt"]) == {"p10", "p50", "p90", "lag1"}
    for key in monthly_figures:
        assert own[key] == [round(value, 1) for value in own[key]]
    for figures in own["kt"].values():
        assert figures == [round(value, 2) for value in figures]


@pytest.mark.parametrize("site", SITES)
def test_the_climate_file_is_the_source_rounded(site: str) -> None:
    own, source = PRINTED[site], reference("monthly", site)
    for name in ("ghi", "dhi"):
        exact = source[f"{name}_kwh_m2_day"].to_numpy() * MEAN_DAYS
        np.testing.assert_allclose(own[f"{name}_kwh_per_m2"], exact, atol=0.0501)
    for name, figures in own["kt"].items():
        np.testing.assert_allclose(figures, source[f"kt_{name}"], atol=0.00501)
    annual = reference("annual_ghi", site).iloc[0]
    assert own["annual_ghi_sd_kwh_per_m2"] == pytest.approx(annual["std"], abs=0.5)
    assert sum(own["ghi_kwh_per_m2"]) == pytest.approx(annual["mean"], rel=1e-3)


def test_dataset_follows_the_convention(climate: SiteClimate, year: xr.Dataset) -> None:
    assert dict(year.sizes) == {"site": 1, "time": 8760}
    assert set(year.data_vars) == set(NAMES)
    assert [year[name].attrs["units"] for name in NAMES] == ["W/m2"] * 3 + ["degC", "m/s"]
    assert all(year[name].dtype == np.float64 and year[name].notnull().all() for name in NAMES)
    assert year["time"].dtype == np.dtype("datetime64[ns]")
    # The local year 2001 begins at 16:00 UTC of the day before.
    assert year["time"].to_numpy()[[0, -1]].astype("datetime64[h]").astype(str).tolist() == [
        "2000-12-31T16",
        "2001-12-31T15",
    ]
    half = np.timedelta64(30, "m")
    np.testing.assert_array_equal(year["sun_time"][0] - year["time"], np.full(8760, half))
    spreads = ("ghi_uncertainty_fraction", "ghi_interannual_sd_fraction")
    for name in ("site", "district", "latitude", "longitude", "altitude", *spreads):
        assert year[name].item() == getattr(climate, name)
    assert year.attrs == {
        "time_label": "start",
        "interval_minutes": 60,
        "utc_offset_hours": 8.0,
        "typical_year": 1,
        "synthetic": 1,
        "source": climate.source,
        "stated_note": "SYNTHETIC hours drawn from monthly statistics, no measurement",
        "inputs": "[]",
        "warnings": "[]",
    }
    assert "\n" not in climate.source


@pytest.mark.parametrize("name", ["ghi", "dhi"])
def test_monthly_irradiation_is_the_published(
    climate: SiteClimate, year: xr.Dataset, name: str
) -> None:
    published = 1000.0 * np.array(PRINTED[climate.site][f"{name}_kwh_per_m2"])
    np.testing.assert_allclose(monthly(values(year, name)), published, rtol=1e-6)


@pytest.mark.parametrize("seed", [SEED, 0, 1, 2])
def test_days_are_spread_and_follow_each_other_as_published(
    climate: SiteClimate, sun: pd.DataFrame, seed: int
) -> None:
    kt = clearness(synthesize(climate, seed=seed), sun)
    for month in range(12):
        days = kt[month == MONTH_OF_DAY]
        quantiles = np.quantile(days, KT_PROBABILITIES)
        np.testing.assert_allclose(quantiles, climate.kt_quantiles[month], atol=0.03)
        lag1 = np.corrcoef(days[:-1], days[1:])[0, 1]
        assert lag1 == pytest.approx(climate.kt_lag1[month], abs=0.1)


def test_days_are_those_of_the_source(
    climate: SiteClimate, year: xr.Dataset, sun: pd.DataFrame
) -> None:
    source = reference("monthly", climate.site)
    kt = clearness(year, sun)
    for month in range(12):
        days = kt[month == MONTH_OF_DAY]
        for share in (10, 50, 90):
            published = source[f"kt_p{share}"].iloc[month]
            assert np.quantile(days, share / 100) == pytest.approx(published, abs=0.03)
        # Not in the climate file: what the curve makes of the quartiles on its own.
        for share in (25, 75):
            published = source[f"kt_p{share}"].iloc[month]
            assert np.quantile(days, share / 100) == pytest.approx(published, abs=0.1)
        lag1 = np.corrcoef(days[:-1], days[1:])[0, 1]
        assert lag1 == pytest.approx(source["kt_lag1"].iloc[month], abs=0.1)


def test_days_lie_between_floor_and_clear_sky(year: xr.Dataset, sun: pd.DataFrame) -> None:
    kt = clearness(year, sun)
    clear = sun["clear_ghi"].to_numpy().reshape(365, 24).sum(axis=1)
    daily = values(year, "ghi").reshape(365, 24).sum(axis=1)
    for month in range(12):
        days = month == MONTH_OF_DAY
        assert 0.08 < kt[days].min() < 0.15
        assert 0.95 < (daily / clear)[days].max() < 1.002


def test_some_days_are_darker_than_the_source_knows(year: xr.Dataset, sun: pd.DataFrame) -> None:
    kt = clearness(year, sun)
    assert 5 <= np.sum(kt < 0.19) <= 30
    assert kt.min() > 0.05


def test_global_is_beam_plus_diffuse(year: xr.Dataset, sun: pd.DataFrame) -> None:
    ghi, dni, dhi = (values(year, name) for name in ("ghi", "dni", "dhi"))
    np.testing.assert_allclose(dni * sun["cos_zenith"] + dhi, ghi, atol=1e-9)


def test_night_is_dark_and_day_is_light(year: xr.Dataset, sun: pd.DataFrame) -> None:
    night = (sun["zenith"] >= 90.0).to_numpy()
    assert 4200 < night.sum() < 4500
    for name in ("ghi", "dni", "dhi"):
        assert np.all(values(year, name)[night] == 0.0)
    assert np.all(values(year, "ghi")[sun["zenith"] < 89.0] > 0.0)
    assert np.all(values(year, "dhi")[sun["zenith"] < 89.0] > 0.0)


def test_no_hour_outshines_the_clear_sky(year: xr.Dataset, sun: pd.DataFrame) -> None:
    # The house interpolates turbidity to the hour, this test to the day: 0.2 % and a little.
    assert np.all(values(year, "ghi") <= 1.052 * sun["clear_ghi"] + 0.5)
    assert np.all(values(year, "dni") <= 1.052 * sun["clear_dni"] + 2.0)
    assert values(year, "dni").max() <= 1050.0
    assert np.all(values(year, "dni") >= 0.0)


def test_low_sun_is_all_diffuse(year: xr.Dataset, sun: pd.DataFrame) -> None:
    assert np.all(values(year, "dni")[sun["zenith"] > 87.0] == 0.0)


def test_partly_cloudy_days_vary_more_than_clear_ones(year: xr.Dataset, sun: pd.DataFrame) -> None:
    high = (sun["zenith"] < 75.0).to_numpy()
    index = np.where(high, values(year, "ghi") / sun["clear_ghi"].where(high, 1.0), np.nan)
    spread = np.nanstd(index.reshape(365, 24), axis=1)
    kt = clearness(year, sun)
    assert spread[(kt > 0.35) & (kt < 0.5)].mean() > 3.0 * spread[kt > 0.65].mean()


def test_temperatures_are_the_published(climate: SiteClimate, year: xr.Dataset) -> None:
    temp_air = values(year, "temp_air")
    by_day = temp_air.reshape(365, 24)
    mean, low = np.array(climate.temp_air_mean), np.array(climate.temp_air_mean_min)
    np.testing.assert_allclose(monthly(temp_air) / DAYS / 24, mean, atol=1e-9)
    lowest, highest = (
        np.bincount(MONTH_OF_DAY, weights=extreme) / DAYS
        for extreme in (by_day.min(axis=1), by_day.max(axis=1))
    )
    np.testing.assert_allclose(lowest, low, atol=1e-6)
    np.testing.assert_allclose(highest, 2 * mean - low, atol=0.2)
    assert np.median(by_day.argmax(axis=1)) == 15
    assert 5 <= np.median(by_day.argmin(axis=1)) <= 8
    # A warm day tends to be followed by a warm one, and no hour jumps.
    anomaly = by_day.mean(axis=1) - mean[MONTH_OF_DAY]
    assert np.corrcoef(anomaly[:-1], anomaly[1:])[0, 1] > 0.5
    assert np.abs(np.diff(temp_air)).max() < 5.0


def test_wind_is_the_stated_constant(year: xr.Dataset) -> None:
    assert np.all(values(year, "wind_speed") == 2.0)


def test_same_seed_same_year_other_seed_other_year() -> None:
    climate = CLIMATES["dawukou"]
    first = synthesize(climate, seed=1)
    xr.testing.assert_identical(first, synthesize(climate, seed=1))
    other = synthesize(climate, seed=2)
    for name in ("ghi", "dni", "dhi", "temp_air"):
        assert np.abs(first[name] - other[name]).max() > 1.0


def test_another_place_on_earth() -> None:
    # The same latitude west of Greenwich: the year begins at 07:00 UTC, noon stays noon.
    there = replace(CLIMATES["dawukou"], longitude=-106.35, utc_offset_hours=-7.0)
    year = synthesize(there, seed=3)
    assert str(year["time"].to_numpy()[0].astype("datetime64[h]")) == "2001-01-01T07"
    ghi = values(year, "ghi")
    assert ghi.reshape(365, 24).mean(axis=0).argmax() in {11, 12}
    np.testing.assert_allclose(monthly(ghi), 1000.0 * DAYS * there.ghi_kwh_per_m2_day, rtol=1e-6)


@pytest.mark.parametrize("site", SITES)
def test_bundled_file_is_what_the_generator_writes(site: str) -> None:
    generate = generator()
    assert generate.SEED == SEED
    weather = synthesize(CLIMATES[site], seed=SEED)
    text = generate.bundled_csv(weather)
    header, rows = bundled(site)
    for name in NAMES:
        np.testing.assert_allclose(rows[name], values(weather, name), atol=0.11)
    head = text.splitlines()[: len(header) + 1]
    assert (WEATHER / f"{site}.csv").read_text(encoding="utf-8").splitlines()[: len(head)] == head
    assert text.count("\n") == len(header) + 1 + 8760
    assert "-0.0" not in text


def test_generator_writes_every_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate = generator()
    (tmp_path / "shizuishan.toml").write_bytes((WEATHER / "shizuishan.toml").read_bytes())
    monkeypatch.setattr(generate, "HERE", tmp_path)
    generate.main()
    assert {path.stem for path in tmp_path.glob("*.csv")} == set(SITES)
    assert b"\r" not in (tmp_path / "dawukou.csv").read_bytes()
    drawn = (tmp_path / "generated_vs_published.svg").read_bytes()
    assert drawn == (WEATHER / "generated_vs_published.svg").read_bytes()


@pytest.mark.parametrize("site", SITES)
def test_bundled_file_keeps_the_months_after_rounding(site: str) -> None:
    header, rows = bundled(site)
    assert len(rows) == 8760
    assert rows["time"].iloc[0] == "2001-01-01T00:00+08:00"
    assert rows["time"].iloc[-1] == "2001-12-31T23:00+08:00"
    assert (WEATHER / f"{site}.csv").stat().st_size < 500_000
    assert header["site"] == site
    assert header["time_label"] == "start"
    assert header["interval_minutes"] == "60"
    assert header["typical_year"] == header["synthetic"] == "1"
    assert header["note"].startswith("SYNTHETIC")
    for name in ("ghi", "dhi"):
        published = 1000.0 * np.array(PRINTED[site][f"{name}_kwh_per_m2"])
        np.testing.assert_allclose(monthly(rows[name].to_numpy()), published, rtol=1e-3)
    annual = {"dawukou": 1615.0, "huinong": 1668.6, "pingluo": 1683.6}[site]
    assert rows["ghi"].sum() / 1000.0 == pytest.approx(annual, rel=0.001)


@pytest.mark.parametrize("site", SITES)
def test_bundled_file_keeps_the_months_of_the_source(site: str) -> None:
    _, rows = bundled(site)
    source = reference("monthly", site)
    for name in ("ghi", "dhi"):
        exact = source[f"{name}_kwh_m2_day"].to_numpy() * MEAN_DAYS
        hours = monthly(rows[name].to_numpy()) / 1000.0
        # The figures are printed to 0.1 and the hours rounded to 0.1 W/m2.
        np.testing.assert_allclose(hours, exact, rtol=1e-3, atol=0.05)


TWELVE = (1.0,) * 12
IMPOSSIBLE = [
    ("latitude", 61.0, "-60 to 60"),
    ("longitude", 181.0, "-180 to 180"),
    ("altitude", float("nan"), "-450 to 6000 m"),
    ("utc_offset_hours", -8.0, "within 3 h"),
    ("ghi_kwh_per_m2_day", (*CLIMATES["dawukou"].ghi_kwh_per_m2_day[:11], 12.5), "month 12"),
    ("dhi_kwh_per_m2_day", (9.0,) * 12, "below the GHI"),
    ("kt_quantiles", ((0.5, 0.4, 0.7),) * 12, "rising"),
    ("kt_quantiles", ((0.3, 0.6, 0.95),) * 12, "below 0.9"),
    ("kt_lag1", TWELVE, "-0.95 to 0.95"),
    ("temp_air_mean", (float("nan"),) * 12, "-60 to 60"),
    ("temp_air_mean_min", (40.0,) * 12, "below the mean"),
    ("wind_speed", -1.0, "0 to 40"),
    ("ghi_uncertainty_fraction", 5.0, "0 to 0.5"),
    ("ghi_interannual_sd_fraction", -0.1, "0 to 0.5"),
    ("kt_darkest", (0.1,) * 11, "12 numbers"),
    ("kt_darkest", (0.1, 0.9, *(0.1,) * 10), "first quantile"),
    ("linke_turbidity", (3.0,) * 11, "12 numbers"),
    ("linke_turbidity", (*(3.0,) * 11, 0.5), "from 1 to 15"),
]


@pytest.mark.parametrize(("key", "value", "said"), IMPOSSIBLE)
def test_an_impossible_climate_is_refused(key: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidWeather, match=said) as caught:
        replace(CLIMATES["dawukou"], **{key: value})
    assert key in caught.value.where


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("ghi_kwh_per_m2_day", (3.0,) * 11, "12 numbers"),
        ("kt_lag1", (), "12 numbers"),
        ("kt_quantiles", ((0.2, 0.5),) * 12, "12 months of 3 numbers"),
    ],
)
def test_a_missing_month_is_refused(key: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidWeather, match=said):
        replace(CLIMATES["dawukou"], **{key: value})


@pytest.mark.parametrize("january", [0.6, 3.5])
def test_irradiation_that_does_not_fit_the_clearness_is_refused(january: float) -> None:
    climate = CLIMATES["dawukou"]
    months = (january, *climate.ghi_kwh_per_m2_day[1:])
    little = (0.5, *climate.dhi_kwh_per_m2_day[1:])
    with pytest.raises(InvalidWeather, match="does not fit the clearness") as caught:
        synthesize(replace(climate, ghi_kwh_per_m2_day=months, dhi_kwh_per_m2_day=little), seed=0)
    assert caught.value.where.endswith("month 1")


def test_diffuse_that_no_sky_has_is_refused() -> None:
    climate = CLIMATES["dawukou"]
    months = (*climate.dhi_kwh_per_m2_day[:6], 0.2, *climate.dhi_kwh_per_m2_day[7:])
    with pytest.raises(InvalidWeather, match="cannot be had from this GHI") as caught:
        synthesize(replace(climate, dhi_kwh_per_m2_day=months), seed=0)
    assert caught.value.where.endswith("month 7")


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        synthesize(CLIMATES["dawukou"], seed=-1)


def test_what_is_not_stated_stays_unknown_and_what_is_assumed_is_said() -> None:
    unknown = float("nan")
    climate = replace(
        CLIMATES["dawukou"], ghi_uncertainty_fraction=unknown, assumptions=("wind is assumed",)
    )
    year = synthesize(climate, seed=SEED)
    assert np.isnan(year["ghi_uncertainty_fraction"].item())
    assert year.attrs["warnings"] == '["wind is assumed"]'


def test_hazier_air_lets_less_beam_through() -> None:
    climate = CLIMATES["dawukou"]
    clear, hazy = (
        clear_sky(replace(climate, linke_turbidity=(air,) * 12), calendar_of([2001], 8.0))
        for air in (2.0, 5.0)
    )
    assert hazy.clear_ghi.sum() < 0.95 * clear.clear_ghi.sum()
    np.testing.assert_array_equal(hazy.extra, clear.extra)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidWeather, match="expected a climate file in TOML"):
        read_climate(tmp_path / "absent.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("latitude 39", encoding="utf-8")
    with pytest.raises(InvalidWeather, match="expected a climate file in TOML"):
        read_climate(broken)
    broken.write_bytes("name = '石嘴山'".encode("gb18030"))
    with pytest.raises(InvalidWeather, match="expected a climate file in TOML"):
        read_climate(broken)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lag1 =", "lag2 =", "'lag1' is missing"),
        ("[wind]", "[breeze]", "'wind' is missing"),
        ("speed_m_per_s = 2.0", 'speed_m_per_s = "weak"', "wrong type"),
        ("altitude_m = 1119.0", "altitude_m = [1119.0]", "wrong type"),
        ("p10 = [0.33, ", "p10 = [", "wrong type"),
        ("ghi_kwh_per_m2 = [77.1, ", "ghi_kwh_per_m2 = [", "wrong type"),
    ],
)
def test_a_file_with_a_fault_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (WEATHER / "shizuishan.toml").read_text(encoding="utf-8")
    assert old in text
    faulty = tmp_path / "faulty.toml"
    faulty.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidWeather, match=said) as caught:
        read_climate(faulty)
    assert caught.value.where == "faulty.toml"
