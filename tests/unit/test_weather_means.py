"""A climate from monthly means: published correlations, real places on both hemispheres."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pvlib
import pytest

from roofpv.errors import InvalidWeather
from roofpv.weather.climate import SiteClimate
from roofpv.weather.means import MonthlyMeans, climate_from_means
from roofpv.weather.synth import synthesize, synthesize_years
from roofpv.weather.synthstats import published_and_generated

REAL = Path(__file__).parents[3] / "shared" / "data" / "weather"
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


class Record(NamedTuple):
    """A real file's place, its hours, and its rows an hour."""

    place: tuple[float, float, float]
    hours: pd.DataFrame
    rows: int = 1


def epw(name: str) -> Record:
    frame, meta = pvlib.iotools.read_epw(REAL / name)
    return Record((meta["latitude"], meta["longitude"], meta["altitude"]), frame)


def tmy3(name: str) -> Record:
    frame, meta = pvlib.iotools.read_tmy3(REAL / name, map_variables=True)
    frame = frame.set_axis(frame.index - pd.Timedelta("1h"), axis=0)
    return Record((meta["latitude"], meta["longitude"], meta["altitude"]), frame)


def tmy2(name: str) -> Record:
    frame, meta = pvlib.iotools.read_tmy2(REAL / name)
    frame = frame.rename(columns={"GHI": "ghi", "DHI": "dhi"})
    frame["temp_air"] = frame["DryBulb"] / 10.0
    return Record((meta["latitude"], meta["longitude"], meta["altitude"]), frame)


def psm4(name: str) -> Record:
    frame, meta = pvlib.iotools.read_nsrdb_psm4(REAL / name, map_variables=True)
    return Record((meta["latitude"], meta["longitude"], meta["altitude"]), frame, 2)


def pvgis(name: str) -> Record:
    frame, _ = pvlib.iotools.read_pvgis_tmy(REAL / name, map_variables=True)
    return Record((45.0, 8.0, 250.0), frame)


FILES: dict[str, tuple[Callable[[str], Record], str]] = {
    "Amsterdam": (epw, "NLD_Amsterdam062400_IWEC.epw"),
    "Shanghai": (epw, "CHN_Shanghai-Hongqiao_TMYx.epw"),
    "Zurich": (epw, "Zuerich-SMA_2016.epw"),
    "Sand Point": (tmy3, "703165TY.csv"),
    "Greensboro": (tmy3, "723170TYA.CSV"),
    "Miami": (tmy2, "12839.tm2"),
    "plateau": (psm4, "test_read_psm4.csv"),
    "45 N 8 E": (pvgis, "tmy_45.000_8.000_2005_2023.csv"),
}
# Round figures of the kind that an atlas gives: equator, highland, desert, both 60th parallels.
ATLAS: dict[str, tuple[tuple[float, float, float], list[float], list[float]]] = {
    "equator": (
        (1.35, 103.8, 16.0),
        [4.5, 5.0, 5.0, 4.9, 4.6, 4.5, 4.4, 4.4, 4.5, 4.5, 4.1, 3.9],
        [26.5, 27, 27.5, 28, 28.3, 28.3, 27.9, 27.9, 27.6, 27.6, 27, 26.4],
    ),
    "highland": (
        (-1.3, 36.8, 1795.0),
        [6.2, 6.6, 6.3, 5.4, 4.8, 4.5, 4.2, 4.6, 5.6, 5.7, 5.4, 5.9],
        [19, 20, 20, 19.6, 18.7, 17.6, 16.8, 17.3, 18.7, 19.8, 19.2, 18.9],
    ),
    "desert": (
        (24.7, 46.7, 620.0),
        [4.1, 5.1, 5.8, 6.3, 7.0, 7.8, 7.6, 7.1, 6.5, 5.6, 4.4, 3.8],
        [14, 17, 21, 27, 33, 36, 37, 37, 34, 28, 21, 16],
    ),
    "60 N": (
        (60.0, 24.9, 20.0),
        [0.3, 0.95, 2.2, 3.9, 5.5, 6.0, 5.6, 4.3, 2.6, 1.1, 0.37, 0.18],
        [-4, -4.7, -1.3, 3.9, 10.2, 14.6, 17.8, 16.3, 11.5, 6.6, 1.6, -2],
    ),
    "60 S": (
        (-60.0, -60.0, 10.0),
        [5.6, 4.3, 2.6, 1.1, 0.37, 0.18, 0.3, 0.95, 2.2, 3.9, 5.5, 6.0],
        [1.0] * 12,
    ),
}
EQUATOR = MonthlyMeans(*ATLAS["equator"][0], tuple(ATLAS["equator"][1]), (27.0,) * 12)


@functools.cache
def real(name: str) -> dict[str, Any]:
    """Place and monthly figures of a real file, rows with missing values left out."""
    reader, file = FILES[name]
    if not (REAL / file).is_file():
        pytest.skip(f"reference data not found at ../shared/data/weather/{file}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        record = reader(file)
    columns = ["ghi", "dhi", "temp_air"]
    hours = record.hours[columns][(record.hours[columns] > -900).all(axis=1)]
    month = hours.index.month
    mean = hours.groupby(month).mean()
    low = hours["temp_air"].groupby([month, hours.index.day]).min().groupby(level=0).mean()
    return {
        "place": record.place,
        "ghi": (mean["ghi"] * 0.024).to_numpy(),
        "dhi": (mean["dhi"] * 0.024).to_numpy(),
        "temp_air": mean["temp_air"].to_numpy(),
        "low": low.to_numpy(),
    }


def twin(name: str, south: bool) -> dict[str, Any]:
    """The place, or its mirror image with the seasons half a year later."""
    known = real(name)
    if not south:
        return known
    lat, lon, alt = known["place"]
    rolled = {key: np.roll(known[key], 6) for key in ("ghi", "dhi", "temp_air", "low")}
    return {"place": (-lat, lon, alt), **rolled}


def held(climate: SiteClimate, weather: Any) -> None:
    """The bars that synthetic weather must keep."""
    table = published_and_generated(climate, weather)
    published, generated = (table.xs(said, axis=1, level=1) for said in ("published", "generated"))
    sums = ["ghi_kwh_per_m2", "dhi_kwh_per_m2"]
    assert (generated[sums] / published[sums] - 1.0).abs().max().max() < 0.005
    astray = (generated - published).abs().max()
    assert astray[["kt_p10", "kt_p50", "kt_p90"]].max() < 0.03
    assert astray["kt_lag1"] < 0.1
    assert astray[["temp_air", "temp_air_min"]].max() < 0.01


@pytest.mark.parametrize("south", [False, True], ids=["north", "south"])
@pytest.mark.parametrize("name", FILES)
def test_a_real_place_from_ghi_and_temperature_alone(name: str, south: bool) -> None:
    known = twin(name, south)
    means = MonthlyMeans(*known["place"], tuple(known["ghi"]), tuple(known["temp_air"]))
    climate = climate_from_means(means)
    held(climate, synthesize(climate, seed=1))


@pytest.mark.parametrize("name", FILES)
def test_a_real_place_from_all_its_means(name: str) -> None:
    known = real(name)
    means = MonthlyMeans(
        *known["place"], tuple(known["ghi"]), tuple(known["temp_air"]), tuple(known["dhi"]),
        tuple(known["low"]),
    )  # fmt: skip
    climate = climate_from_means(means)
    assert climate.dhi_kwh_per_m2_day == tuple(known["dhi"])
    assert climate.temp_air_mean_min == tuple(known["low"])
    held(climate, synthesize_years(climate, years=[2001, 2002, 2003], seed=1))


@pytest.mark.parametrize("name", ATLAS)
def test_an_atlas_figure_anywhere(name: str) -> None:
    place, ghi, temp_air = ATLAS[name]
    climate = climate_from_means(MonthlyMeans(*place, tuple(ghi), tuple(map(float, temp_air))))
    for weather in (
        synthesize(climate, seed=2),
        synthesize_years(climate, years=range(2001, 2006), seed=2),
    ):
        held(climate, weather)


@pytest.mark.parametrize("name", FILES)
def test_defaults_are_near_what_the_file_has(name: str) -> None:
    known = real(name)
    means = MonthlyMeans(*known["place"], tuple(known["ghi"]), tuple(known["temp_air"]))
    climate = climate_from_means(means)
    # Erbs' monthly diffuse share, over the year; satellites and old files differ among themselves.
    share = np.dot(climate.dhi_kwh_per_m2_day, DAYS) / np.dot(known["dhi"], DAYS)
    assert 0.8 < share < 1.2
    # Hargreaves' daily range, coasts worst.
    assert np.abs(np.array(climate.temp_air_mean_min) - known["low"]).mean() < 3.0


def test_clearness_is_the_truncated_exponential_of_the_mean() -> None:
    climate = climate_from_means(EQUATOR)
    for low, middle, high in climate.kt_quantiles:
        # The density rises as exp(k / s): the distances of its quantiles from the floor of 0.08
        # give s twice, from the two lower and from the two upper shares.
        assert 0.08 < low < middle < high < 0.8
        rates = np.linspace(0.5, 60.0, 20000)
        ratio = np.expm1(rates * (middle - 0.08)) / np.expm1(rates * (low - 0.08))
        rate = rates[np.argmin(np.abs(ratio - 5.0))]
        upper = np.expm1(rate * (high - 0.08)) / np.expm1(rate * (low - 0.08))
        assert upper == pytest.approx(9.0, rel=0.01)


def test_what_is_assumed_is_said() -> None:
    climate = climate_from_means(EQUATOR)
    assert [line.split(" is assumed")[0] for line in climate.assumptions] == [
        "clearness of days",
        "diffuse irradiation",
        "daily minimum temperature",
        "wind",
        "spread of annual GHI from year to year",
    ]
    assert np.isnan(climate.ghi_uncertainty_fraction)
    assert climate.ghi_interannual_sd_fraction == 0.04
    assert climate.wind_speed == 2.0
    assert climate.kt_lag1 == (0.29,) * 12
    assert climate.utc_offset_hours == 7.0
    stated = replace(
        EQUATOR, dhi_kwh_per_m2_day=(2.2,) * 12, temp_air_mean_min=(24.0,) * 12, wind_speed=3.0,
        ghi_interannual_sd_fraction=0.03, utc_offset_hours=8.0, site="here", source="an atlas",
    )  # fmt: skip
    climate = climate_from_means(stated)
    assert len(climate.assumptions) == 1
    assert climate.dhi_kwh_per_m2_day == (2.2,) * 12
    assert climate.temp_air_mean_min == (24.0,) * 12
    assert (climate.wind_speed, climate.ghi_interannual_sd_fraction) == (3.0, 0.03)
    assert (climate.site, climate.source, climate.utc_offset_hours) == ("here", "an atlas", 8.0)
    weather = synthesize(climate, seed=0)
    assert "clearness of days is assumed" in weather.attrs["warnings"]


def test_erbs_monthly_share_by_hand() -> None:
    # Equation for sunset angles above 81.4 degrees at a clearness of 0.45 and of 0.43; the mean
    # day's clearness follows from 10.0 kWh/m2 of extraterrestrial irradiation, good to 1 %.
    climate = climate_from_means(EQUATOR)
    share = climate.dhi_kwh_per_m2_day[2] / climate.ghi_kwh_per_m2_day[2]
    clearness = 5.0 / 10.47  # March at 1.35 N: 0.4776
    expected = 1.311 - 3.022 * clearness + 3.427 * clearness**2 - 1.821 * clearness**3
    assert share == pytest.approx(expected, abs=0.006)


def test_a_month_brighter_than_the_atlas_air_gets_clearer_air() -> None:
    place, ghi, temp_air = ATLAS["desert"]
    climate = climate_from_means(MonthlyMeans(*place, tuple(ghi), tuple(map(float, temp_air))))
    assert len(climate.linke_turbidity) == 12
    assert any(line.startswith("clearer air than the atlas has") for line in climate.assumptions)
    # Under a sky that is mostly clear a year can hardly gain.
    assert 0.005 < climate.ghi_interannual_sd_fraction < 0.03
    assert not climate_from_means(EQUATOR).linke_turbidity


@pytest.mark.parametrize("day", [0.2, 9.5])
def test_a_month_that_no_sky_has_is_refused(day: float) -> None:
    ghi = (*EQUATOR.ghi_kwh_per_m2_day[:6], day, *EQUATOR.ghi_kwh_per_m2_day[7:])
    with pytest.raises(InvalidWeather, match="per month or per day") as caught:
        climate_from_means(replace(EQUATOR, ghi_kwh_per_m2_day=ghi))
    assert caught.value.where.endswith("month 7")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("latitude", 61.0, "-60 to 60"),
        ("longitude", 200.0, "-180 to 180"),
        ("altitude", 9000.0, "-450 to 6000"),
        ("utc_offset_hours", 0.0, "within 3 h"),
        ("ghi_kwh_per_m2_day", (4.0,) * 11, "12 numbers"),
        ("ghi_kwh_per_m2_day", (140.0,) * 12, "below 12"),
        ("dhi_kwh_per_m2_day", (6.0,) * 12, "below the GHI"),
        ("temp_air_mean", (float("nan"),) * 12, "-60 to 60 degrees"),
        ("temp_air_mean_min", (28.0,) * 12, "below the mean"),
        ("wind_speed", -1.0, "0 to 40"),
        ("ghi_interannual_sd_fraction", 3.0, "0 to 0.5"),
    ],
)
def test_an_impossible_mean_is_refused(key: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidWeather, match=said) as caught:
        climate_from_means(replace(EQUATOR, **{key: value}))
    assert key in caught.value.where
