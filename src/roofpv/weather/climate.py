"""The published climate of a site: monthly statistics that a typical year must hold."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import SPREADS

KT_PROBABILITIES = (0.10, 0.50, 0.90)
"""Probabilities of the daily clearness quantiles of :class:`SiteClimate`."""

DAYS_OF_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
"""Days of the months of a year without 29 February."""

_MONTHLY = (
    "ghi_kwh_per_m2_day",
    "dhi_kwh_per_m2_day",
    "kt_quantiles",
    "kt_lag1",
    "temp_air_mean",
    "temp_air_mean_min",
)


@dataclass(frozen=True)
class SiteClimate:
    """
    What is published about the climate of one site, months from January to December.

    Parameters
    ----------
    site, district, source : str
        Key of the site, the district it stands for, one line on where the numbers come from.
    latitude, longitude, altitude : float
        North, east, above sea level. [°, °, m]
    utc_offset_hours : float
        Local standard time minus UTC. [h]
    ghi_kwh_per_m2_day, dhi_kwh_per_m2_day : tuple of 12 float
        Global and diffuse horizontal irradiation of the month over its days in the year of 8760
        hours. [kWh/m2]
    kt_quantiles : tuple of 12 tuples of 3 float
        Quantiles of the daily clearness index at ``KT_PROBABILITIES``. [1]
    kt_lag1 : tuple of 12 float
        Correlation of the clearness of a day with that of the next. [1]
    temp_air_mean, temp_air_mean_min : tuple of 12 float
        Mean air temperature and mean daily minimum. [°C]
    wind_speed : float
        Mean wind speed 10 m above ground. [m/s]
    ghi_uncertainty_fraction : float
        One standard deviation of what is not known about the long-term annual GHI; NaN where it is
        not stated. [1]
    ghi_interannual_sd_fraction : float
        Standard deviation of annual GHI from year to year; NaN where it is not stated. [1]
    kt_darkest : tuple of 12 float
        Clearness that the darkest day of a month tends to; empty for an assumed one. [1]
    linke_turbidity : tuple of 12 float
        Turbidity of the clear sky; empty for that of pvlib's atlas. [1]
    assumptions : tuple of str
        What was assumed where nothing is published; they become the weather's warnings.

    Raises
    ------
    InvalidWeather
        A number that is missing, not finite or impossible.
    """

    site: str
    district: str
    source: str
    latitude: float
    longitude: float
    altitude: float
    utc_offset_hours: float
    ghi_kwh_per_m2_day: tuple[float, ...]
    dhi_kwh_per_m2_day: tuple[float, ...]
    kt_quantiles: tuple[tuple[float, ...], ...]
    kt_lag1: tuple[float, ...]
    temp_air_mean: tuple[float, ...]
    temp_air_mean_min: tuple[float, ...]
    wind_speed: float
    ghi_uncertainty_fraction: float
    ghi_interannual_sd_fraction: float
    kt_darkest: tuple[float, ...] = ()
    linke_turbidity: tuple[float, ...] = ()
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a climate that no weather can have."""
        _check_shapes(self)
        _check_values(self)


def read_climate(path: str | Path) -> dict[str, SiteClimate]:
    """
    Read the climate of one or several sites from a TOML file.

    Parameters
    ----------
    path : str or Path
        File with the tables ``temperature``, ``wind``, ``uncertainty`` and one ``sites.<key>`` for
        each site, as ``data/weather/shizuishan.toml``.

    Returns
    -------
    dict of SiteClimate
        By the key of the site, in the order of the file.

    Raises
    ------
    InvalidWeather
        The file cannot be read, lacks a key or holds an impossible value.
    """
    file = Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidWeather(
            str(path),
            f"expected a climate file in TOML, got: {error}",
            "Compare it with data/weather/shizuishan.toml",
        ) from error
    try:
        return {site: _site_climate(site, content) for site in content["sites"]}
    except KeyError as error:
        raise InvalidWeather(
            file.name, f"the key {error} is missing", "Add it, as in data/weather/shizuishan.toml"
        ) from error
    except (TypeError, ValueError) as error:
        raise InvalidWeather(
            file.name,
            f"a value has the wrong type: {error}",
            "Write numbers without quotes, lists of 12, tables as in data/weather/shizuishan.toml",
        ) from error


def _check_shapes(climate: SiteClimate) -> None:
    for key in _MONTHLY:
        value = getattr(climate, key)
        by_quantile = key == "kt_quantiles"
        rows_fit = not by_quantile or all(len(row) == len(KT_PROBABILITIES) for row in value)
        if len(value) != 12 or not rows_fit:
            wanted = (
                f"12 months of {len(KT_PROBABILITIES)} numbers" if by_quantile else "12 numbers"
            )
            raise InvalidWeather(
                f"climate of {climate.site}, {key}",
                f"expected {wanted}, got {value}",
                "Give one value for each month, January first",
            )


def _check_values(climate: SiteClimate) -> None:
    for key, fine, expected in _conditions(climate):
        if not np.all(fine):
            value = getattr(climate, key)
            month = int(np.argmin(fine))
            place, got = (f", month {month + 1}", value[month]) if key in _MONTHLY else ("", value)
            raise InvalidWeather(
                f"climate of {climate.site}, {key}{place}",
                f"expected {expected}, got {got}",
                "Correct the number in the climate file",
            )


def _conditions(climate: SiteClimate) -> list[tuple[str, Any, str]]:
    """Key, whether its value or each of its months is possible, what would be."""
    # Comparisons with NaN are false, so every condition also refuses what is not a number.
    ghi, dhi = np.array(climate.ghi_kwh_per_m2_day), np.array(climate.dhi_kwh_per_m2_day)
    kt, lag1 = np.array(climate.kt_quantiles), np.array(climate.kt_lag1)
    mean, low = np.array(climate.temp_air_mean), np.array(climate.temp_air_mean_min)
    turbidity = climate.linke_turbidity
    clock = climate.utc_offset_hours - climate.longitude / 15.0
    return [
        ("latitude", abs(climate.latitude) <= 60.0, "-60 to 60, where every day has a sunrise"),
        ("longitude", abs(climate.longitude) <= 180.0, "-180 to 180"),
        ("altitude", -450.0 <= climate.altitude <= 6000.0, "-450 to 6000 m"),
        ("utc_offset_hours", abs(clock) <= 3.0, "within 3 h of longitude / 15"),
        ("ghi_kwh_per_m2_day", (ghi > 0.0) & (ghi < 12.0), "above 0 and below 12"),
        ("dhi_kwh_per_m2_day", (dhi > 0.0) & (dhi < ghi), "above 0 and below the GHI"),
        (
            "kt_quantiles",
            (np.diff(kt) >= 0.0).all(axis=1) & ((kt > 0.0) & (kt < 0.9)).all(axis=1),
            "above 0, below 0.9 and rising",
        ),
        ("kt_lag1", np.abs(lag1) <= 0.95, "-0.95 to 0.95"),
        ("temp_air_mean", np.abs(mean) <= 60.0, "-60 to 60 degrees"),
        ("temp_air_mean_min", (low < mean) & (low > mean - 20.0), "0 to 20 degrees below the mean"),
        ("wind_speed", 0.0 <= climate.wind_speed <= 40.0, "0 to 40 m/s"),
        *((key, _spread_fits(getattr(climate, key)), "0 to 0.5") for key in SPREADS),
        ("kt_darkest", _darkest_fits(climate), "12 numbers from 0 to the first quantile, or none"),
        (
            "linke_turbidity",
            len(turbidity) in {0, 12} and all(1.0 <= month <= 15.0 for month in turbidity),
            "12 numbers from 1 to 15, or none",
        ),
    ]


def _darkest_fits(climate: SiteClimate) -> bool:
    pairs = zip(climate.kt_darkest, climate.kt_quantiles, strict=False)
    return len(climate.kt_darkest) in {0, 12} and all(0.0 < k <= low for k, (low, *_) in pairs)


def _spread_fits(fraction: float) -> bool:
    return math.isnan(fraction) or 0.0 <= fraction < 0.5


def _site_climate(site: str, content: Mapping[str, Any]) -> SiteClimate:
    own = content["sites"][site]
    temperature, uncertainty = content["temperature"], content["uncertainty"]
    quantiles = zip(*(own["kt"][f"p{100 * p:02.0f}"] for p in KT_PROBABILITIES), strict=True)
    ghi, dhi = _numbers(own["ghi_kwh_per_m2"]), _numbers(own["dhi_kwh_per_m2"])
    return SiteClimate(
        site=site,
        district=f"{own['district_zh']} {own['district_en']}",
        source=f"station {own['station']}: {content['source']}",
        latitude=float(own["latitude"]),
        longitude=float(own["longitude"]),
        altitude=float(own["altitude_m"]),
        utc_offset_hours=float(content["utc_offset_hours"]),
        ghi_kwh_per_m2_day=_by_days_of_month(ghi),
        dhi_kwh_per_m2_day=_by_days_of_month(dhi),
        kt_quantiles=tuple(_numbers(month) for month in quantiles),
        kt_lag1=_numbers(own["kt"]["lag1"]),
        temp_air_mean=_numbers(temperature["mean_degc"]),
        temp_air_mean_min=_numbers(temperature["mean_min_degc"]),
        wind_speed=float(content["wind"]["speed_m_per_s"]),
        ghi_uncertainty_fraction=float(uncertainty["ghi_sd_fraction"]),
        ghi_interannual_sd_fraction=float(own["annual_ghi_sd_kwh_per_m2"]) / sum(ghi),
    )


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _by_days_of_month(sums: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(float(total / days) for total, days in zip(sums, DAYS_OF_MONTH, strict=True))
