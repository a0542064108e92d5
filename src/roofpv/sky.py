"""Sun and sky of each weather site, once per site, through pvlib."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
import pvlib
import xarray as xr

from roofpv.assumptions import Models, Site
from roofpv.errors import InvalidConfig
from roofpv.weather.times import years_and_months

_PLACE = ("latitude", "longitude", "altitude", "temp_air_altitude", "district")
# Below this cosine (87 degrees) closure divides noise by nearly nothing; pvlib's own limit.
_COS_LOW_SUN = 0.0523


class _Sun(NamedTuple):
    """Sun of one site's rows: moments, zeniths [deg]; air pressure [Pa]; rows in an hour."""

    times: pd.DatetimeIndex
    zenith: np.ndarray
    apparent_zenith: np.ndarray
    pressure: float
    rows_per_hour: int


def sun_and_sky(
    weather: xr.Dataset,
    decomposition: str = Models.decomposition,
    wind_speed: float = Site.wind_speed,
) -> xr.Dataset:
    """
    Sun position, extraterrestrial irradiance, air mass and complete irradiance of every hour.

    Parameters
    ----------
    weather : Dataset (site, time)
        As ``roofpv.read_weather`` returns it: ``ghi`` or ``dni`` and ``dhi`` [W/m2], ``temp_air``
        [degC], ``wind_speed`` [m/s] where known.
    decomposition : str
        "erbs", "erbs_driesse", "disc" or "dirint"; used where both dni and dhi are missing.
    wind_speed : float
        Taken where a row has none. [m/s]

    Returns
    -------
    Dataset (site, time)
        ``ghi dni dhi dni_extra`` [W/m2], ``temp_air wind_speed``, ``apparent_zenith
        solar_azimuth`` [deg], ``airmass_relative``; coordinates ``year`` and ``month`` of each row
        by the file's own clock; ``attrs["decomposed_hours"]`` counts the completed hours,
        ``attrs["assumed_wind_rows"]`` those that had no wind.

    References
    ----------
    .. [1] Reda and Andreas, "Solar position algorithm", Solar Energy 76 (5), 2004,
       :doi:`10.1016/j.solener.2003.12.003`
    .. [2] Kasten and Young, "Revised optical air mass tables", Applied Optics 28, 1989,
       :doi:`10.1364/AO.28.004735`
    """
    sites = (weather.isel(site=i) for i in range(weather.sizes["site"]))
    parts = [_one_site(site, decomposition, wind_speed) for site in sites]
    places = [name for name in _PLACE if name in weather.coords]
    sky = xr.concat(parts, "site", data_vars="minimal", coords=places, compat="override")
    sky = sky.assign_coords(_calendar(weather))
    sky.attrs = dict(weather.attrs)
    for name in ("decomposed_hours", "closed_rows", "assumed_wind_rows"):
        sky.attrs[name] = int(sum(part.attrs[name] for part in parts))
    return sky


def sun_times(site: xr.Dataset) -> pd.DatetimeIndex:
    """Moment in UTC at which the sun is taken for each row of one site's weather."""
    return pd.DatetimeIndex(np.ravel(site["sun_time"].to_numpy())).tz_localize("UTC")


def _one_site(weather: xr.Dataset, decomposition: str, wind_speed: float) -> xr.Dataset:
    times = sun_times(weather)
    pressure = pvlib.atmosphere.alt2pres(float(weather["altitude"]))
    position = pvlib.solarposition.get_solarposition(
        times,
        float(weather["latitude"]),
        float(weather["longitude"]),
        altitude=float(weather["altitude"]),
        pressure=pressure,
        method="nrel_numpy",
    )
    zenith = position["apparent_zenith"].to_numpy()
    each_hour = max(1, 60 // int(weather.attrs["interval_minutes"]))
    sun = _Sun(times, position["zenith"].to_numpy(), zenith, pressure, each_hour)
    irradiance, counts = _complete(weather, sun, decomposition)
    missing = np.full(len(times), np.nan)
    wind = weather["wind_speed"].to_numpy() if "wind_speed" in weather else missing
    unknown = np.isnan(wind)
    rows = {
        **irradiance,
        "temp_air": weather["temp_air"].to_numpy(),
        "wind_speed": np.where(unknown, wind_speed, wind),
        "dni_extra": pvlib.irradiance.get_extra_radiation(times.day_of_year.to_numpy()),
        "apparent_zenith": zenith,
        "solar_azimuth": position["azimuth"].to_numpy(),
        "airmass_relative": pvlib.atmosphere.get_relative_airmass(zenith),
    }
    coords = {name: weather[name] for name in ("time", "site", *_PLACE) if name in weather.coords}
    data = xr.Dataset({name: ("time", values) for name, values in rows.items()}, coords)
    data.attrs |= counts | {"assumed_wind_rows": int(unknown.sum())}
    return data


def _complete(
    weather: xr.Dataset, sun: _Sun, decomposition: str
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Fill what is missing of ghi, dni, dhi: by closure where two are known, else by the model."""
    missing = np.full(len(sun.times), np.nan)
    cos_zenith = np.cos(np.radians(sun.apparent_zenith))
    up = np.maximum(cos_zenith, 0.0)
    columns = [
        weather[name].to_numpy() if name in weather else missing for name in ("ghi", "dni", "dhi")
    ]
    # What was not measured while the sun was down was nothing.
    nothing = np.isnan(columns).all(axis=0) & (cos_zenith <= 0.0)
    ghi, dni, dhi = (np.where(nothing, 0.0, column) for column in columns)
    ghi = np.where(np.isnan(ghi), dni * up + dhi, ghi)
    dhi = np.where(np.isnan(dhi), np.maximum(ghi - dni * up, 0.0), dhi)
    high = cos_zenith > _COS_LOW_SUN
    closed = np.where(high, np.maximum(ghi - dhi, 0.0) / np.where(high, cos_zenith, 1.0), 0.0)
    # Noise at a low sun must not make a beam stronger than it is outside the air.
    extra = pvlib.irradiance.get_extra_radiation(sun.times.day_of_year.to_numpy())
    dni = np.where(np.isnan(dni), np.minimum(closed, extra) + 0.0 * dhi, dni)
    gap = ~np.isnan(ghi) & (np.isnan(dni) | np.isnan(dhi))
    given = np.sum([~np.isnan(column) for column in columns], axis=0)
    closed_rows = int(((given == 2) & (cos_zenith > 0.0)).sum())
    if gap.any():
        split = _decompose(decomposition, ghi, sun)
        dhi = np.where(gap, np.maximum(ghi - split * up, 0.0), dhi)
        dni = np.where(gap, split, dni)
    counts = {"decomposed_hours": int((gap & (ghi > 0)).sum()), "closed_rows": closed_rows}
    return {"ghi": ghi, "dni": dni, "dhi": dhi}, counts


def _decompose(model: str, ghi: np.ndarray, sun: _Sun) -> np.ndarray:
    """Beam of a model; NaN where ghi is, nothing where the model has none (a low sun)."""
    day = sun.times.day_of_year.to_numpy()
    with warnings.catch_warnings():
        # pvlib 0.16 asks pandas for the day of the year by a name that pandas 3 deprecates.
        warnings.filterwarnings("ignore", message="DatetimeIndex.dayofyear")
        if model == "erbs":
            dni = pvlib.irradiance.erbs(ghi, sun.zenith, day)["dni"]
        elif model == "erbs_driesse":
            dni = pvlib.irradiance.erbs_driesse(ghi, sun.zenith, day)["dni"]
        elif model in {"disc", "dirint"}:
            dni = pvlib.irradiance.disc(ghi, sun.zenith, sun.times, sun.pressure)["dni"]
            if model == "dirint":
                steady = _dirint(ghi, sun)
                # An hour whose neighbours are both missing has no stability; DISC needs none.
                dni = np.where(np.isnan(steady), dni, steady)
        else:
            raise InvalidConfig(
                "models.decomposition",
                f"{model!r} is no model",
                "Choose dirint, disc, erbs or erbs_driesse",
            )
    return np.where(np.isnan(ghi), np.nan, np.nan_to_num(np.asarray(dni, dtype=float), nan=0.0))


def _dirint(ghi: np.ndarray, sun: _Sun) -> np.ndarray:
    """DIRINT with the rows an hour before and after as neighbours, for which it was made."""
    dni = np.empty_like(ghi)
    for phase in range(sun.rows_per_hour):
        rows = slice(phase, None, sun.rows_per_hour)
        found = pvlib.irradiance.dirint(ghi[rows], sun.zenith[rows], sun.times[rows], sun.pressure)
        dni[rows] = np.asarray(found, dtype=float)
    return dni


def _calendar(weather: xr.Dataset) -> dict[str, tuple[str, np.ndarray]]:
    """Year and month of each row by the file's own clock."""
    local = weather.indexes["time"] + pd.Timedelta(hours=float(weather.attrs["utc_offset_hours"]))
    year, month = years_and_months(local, typical=bool(weather.attrs["typical_year"]))
    return {"year": ("time", year), "month": ("time", month)}
