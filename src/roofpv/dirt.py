"""
What comes between the light and the cells hour by hour: dust, snow and the air's own colour.

Once per weather site, through pvlib. What depends on the tilt of an array is made for some tilts,
of which each array takes the nearest.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pvlib
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.assumptions.lists import days_of, months_of
from roofpv.errors import InvalidConfig, InvalidWeather
from roofpv.sky import sun_and_sky

# The least tilt, for on a level plane pvlib's snow never slides and never melts.
TILTS = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 60.0, 90.0)
# Where more of its rows are empty, a column is as good as missing; fewer are dry.
_MOST_MISSING = 0.1
_DAY = pd.Timedelta(days=1)
_MOST_WATER_CM = 8.0
# A day of snow of Townsend: one inch. [cm]
_EVENT_CM = 2.54
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Floats = npt.NDArray[np.float64]


class _Rows(NamedTuple):
    """Rows of a site after as many of its first year again, from which what lies there comes."""

    index: pd.DatetimeIndex
    month: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    origin: npt.NDArray[np.int64]
    before: int

    def laid(self, column: Floats) -> pd.Series:
        """A column of the site in these rows."""
        return pd.Series(column[self.origin], self.index)

    def kept(self, column: pd.Series) -> Floats:
        """The site's own rows of a column."""
        return np.asarray(column.to_numpy(dtype=float)[self.before :])

    @property
    def first_of_day(self) -> npt.NDArray[np.bool_]:
        """Rows that begin a day."""
        return np.append(True, np.diff(self.day) != 0)


def site_sky(weather: xr.Dataset, assumed: Assumptions) -> xr.Dataset:
    """
    Sun and sky of every site, and what dust, snow and water vapour take of its light.

    Parameters
    ----------
    weather : Dataset (site, time)
        As ``roofpv.read_weather`` returns it.
    assumed : Assumptions

    Returns
    -------
    Dataset (site, time)
        As ``roofpv.sky.sun_and_sky``, and ``with_dirt`` of it.

    Raises
    ------
    InvalidWeather, InvalidConfig
        As ``with_dirt``.
    """
    sky = sun_and_sky(weather, assumed.models.decomposition, assumed.site.wind_speed)
    return with_dirt(sky, weather, assumed)


def with_dirt(sky: xr.Dataset, weather: xr.Dataset, assumed: Assumptions) -> xr.Dataset:
    """
    Add what the chosen models of soiling, snow and spectrum need hour by hour.

    Dust, snow and damp of the first hour are those after a year of the first year's weather. A
    column's empty rows are dry where they are few.

    Parameters
    ----------
    sky : Dataset (site, time)
        From ``roofpv.sky.sun_and_sky``.
    weather : Dataset (site, time)
        Of the same sites. ``precipitation_mm`` of each row [mm], ``snowfall_cm``,
        ``snow_depth_cm`` [cm], ``relative_humidity`` [%], ``precipitable_water_cm`` [cm], where
        known.
    assumed : Assumptions

    Returns
    -------
    Dataset (site, time)
        The same where all of it is constant; else with ``soiling_loss`` (of hsu by tilt),
        ``snow_loss`` (site, time, tilt) and ``spectral_factor``. [1]

    Raises
    ------
    InvalidWeather
        The weather lacks what a model needs.
    InvalidConfig
        Of ``losses.snow_monthly_cm`` and ``losses.snow_days`` one alone is stated.
    """
    found: dict[str, xr.DataArray] = {}
    sites = [(sky.isel(site=i), weather.isel(site=i)) for i in range(sky.sizes["site"])]
    if assumed.losses.soiling_model != "constant":
        found["soiling_loss"] = _stacked([_soiling(*one, assumed) for one in sites])
    if assumed.losses.snow_model != "constant":
        snow = _snow_by_month if assumed.losses.snow_model == "townsend" else _snow
        found["snow_loss"] = _stacked([snow(*one, assumed) for one in sites])
    if assumed.models.spectrum in {"first_solar", "caballero"}:
        found["spectral_factor"] = _stacked([_spectrum(*one, assumed) for one in sites])
    if not found:
        return sky
    return sky.assign(found).assign_coords(tilt=("tilt", np.array(TILTS)))


def dirt_notes(weather: xr.Dataset, assumed: Assumptions) -> list[str]:
    """
    Say what the models of dust and snow take as known that the weather does not have.

    Parameters
    ----------
    weather : Dataset (site, time)
    assumed : Assumptions
    """
    losses, said = assumed.losses, []
    if losses.soiling_model in {"kimber", "hsu"} and "precipitation_mm" not in weather:
        said.append(
            f"dust ({losses.soiling_model}): the weather has no precipitation_mm, rain is taken "
            f"from losses.rain_days = {losses.rain_days}"
        )
    if losses.snow_model == "nrel":
        known = [name for name in ("snowfall_cm", "snow_depth_cm") if name in weather]
        source = known[0] if known else f"rain at 0 degC, {losses.snow_cm_per_mm:g} cm/mm"
        said.append(
            f"snow (nrel): from {source}, as it slides off planes that face the equator; none "
            f"lies flatter than {TILTS[0]:g} deg"
        )
    if losses.snow_model == "townsend":
        source = "losses.snow_monthly_cm" if losses.snow_monthly_cm else "the weather's hours"
        said.append(
            f"snow (townsend): by the month, from {source}, on rows of one module that face the "
            "equator"
        )
    return said


def _stacked(losses: list[Floats]) -> xr.DataArray:
    dims = ("site", "time", "tilt")
    values = np.stack(losses)
    return xr.DataArray(values, dims=dims[: values.ndim])


def _rows(sky: xr.Dataset, weather: xr.Dataset) -> _Rows:
    step = pd.Timedelta(minutes=float(weather.attrs["interval_minutes"]))
    offset = pd.Timedelta(hours=float(weather.attrs["utc_offset_hours"]))
    local = pd.DatetimeIndex(weather["time"].to_numpy()) + offset
    year = sky["year"].to_numpy()
    before = int(np.count_nonzero(year == year[0]))
    origin = np.concatenate([np.arange(before), np.arange(local.size)])
    # Even steps back from the end: the years of a typical year's months are mixed.
    start = local[0] - before * step
    index = pd.DatetimeIndex(start + np.arange(origin.size) * step)
    return _Rows(
        index, local.month.to_numpy()[origin], local.day.to_numpy()[origin], origin, before
    )


def _soiling(sky: xr.Dataset, weather: xr.Dataset, assumed: Assumptions) -> Floats:
    """Loss by dust of one site: (time,) or, where it goes by tilt, (time, tilt). [1]."""
    losses = assumed.losses
    if losses.soiling_model == "monthly":
        by_month = np.array(months_of(losses.soiling_monthly))
        return np.asarray(by_month[sky["month"].to_numpy() - 1])
    rows = _rows(sky, weather)
    rain = _rain(weather, rows, assumed)
    washed = _washings(rows, assumed)
    if losses.soiling_model == "kimber":
        return rows.kept(
            pvlib.soiling.kimber(
                rain,
                cleaning_threshold=losses.rain_cleans_mm,
                soiling_loss_rate=losses.soiling_per_day,
                grace_period=losses.soiling_grace_days,
                max_soiling=losses.soiling_most,
                manual_wash_dates=rows.index[washed],
            )
        )
    # pvlib's model knows no washing: it is rain that cleans.
    rain = rain.mask(washed, losses.rain_cleans_mm)
    parts = [
        pvlib.soiling.hsu(
            rain, losses.rain_cleans_mm, tilt, losses.pm2_5_ug_per_m3 * 1e-6,
            losses.pm10_ug_per_m3 * 1e-6, rain_accum_period=_DAY,
        )
        for tilt in TILTS
    ]  # fmt: skip
    return np.stack([1.0 - rows.kept(part) for part in parts], axis=-1)


def _washings(rows: _Rows, assumed: Assumptions) -> npt.NDArray[np.bool_]:
    """First rows of the days on which modules are washed."""
    stated = days_of(assumed.losses.cleaning_dates)
    wanted = np.isin(rows.month * 100 + rows.day, [month * 100 + day for month, day in stated])
    every = assumed.losses.cleaning_every_days
    if every:
        since = np.cumsum((0, *_DAYS[:-1]))[rows.month - 1] + rows.day - 1
        wanted |= since % every == 0
    return np.asarray(wanted & rows.first_of_day)


def _rain(weather: xr.Dataset, rows: _Rows, assumed: Assumptions) -> pd.Series:
    """Precipitation, or the days of it that are assumed, each in the first row of its day. [mm]."""
    known = _column(weather, "precipitation_mm")
    if known is not None:
        return rows.laid(known)
    if not assumed.losses.rain_days:
        raise _missing(
            weather,
            f"losses.soiling_model = {assumed.losses.soiling_model}",
            "precipitation_mm",
            "set losses.rain_days to the days of rain in each month",
        )
    first = rows.first_of_day
    count = np.array(months_of(assumed.losses.rain_days))
    share = count[rows.month - 1] / np.array(_DAYS)[rows.month - 1]
    rainy = first & (np.floor(rows.day * share + 0.5) > np.floor((rows.day - 1) * share + 0.5))
    # A little more than what cleans, for kimber wants more and not as much.
    return pd.Series(np.where(rainy, 1.001 * assumed.losses.rain_cleans_mm, 0.0), rows.index)


def _snow(sky: xr.Dataset, weather: xr.Dataset, assumed: Assumptions) -> Floats:
    """
    Loss by snow of one site, on planes that face the equator at each tilt: (time, tilt). [1].

    Other ways to face have less or more sun to slide by, which is left out.
    """
    rows = _rows(sky, weather)
    fallen, depth = _snowfall(weather, rows, assumed)
    warm = rows.laid(sky["temp_air"].to_numpy())
    parts = []
    for tilt in TILTS:
        light = _light(sky, tilt, assumed)
        with warnings.catch_warnings():
            # pvlib 0.16 asks pandas for the frequency in a form that pandas 3 deprecates.
            warnings.filterwarnings("ignore", message="A future version of pandas will return")
            covered = pvlib.snow.coverage_nrel(
                fallen, rows.laid(light), warm, tilt, snow_depth=depth
            )
        lost = pvlib.snow.dc_loss_nrel(covered, assumed.losses.snow_strings)
        parts.append(rows.kept(lost))
    return np.stack(parts, axis=-1)


def _light(sky: xr.Dataset, tilt: float, assumed: Assumptions) -> Floats:
    """Irradiance of a plane that faces the equator. [W/m2]."""
    azimuth = 180.0 if float(sky["latitude"]) >= 0.0 else 0.0
    names = ("apparent_zenith", "solar_azimuth", "dni", "ghi", "dhi")
    light = pvlib.irradiance.get_total_irradiance(
        tilt, azimuth, *(sky[name].to_numpy() for name in names),
        dni_extra=sky["dni_extra"].to_numpy(), albedo=assumed.site.albedo, model="haydavies",
    )["poa_global"]  # fmt: skip
    return np.asarray(light, dtype=float)


def _snow_by_month(sky: xr.Dataset, weather: xr.Dataset, assumed: Assumptions) -> Floats:
    """
    Loss by snow of one site after Townsend, one for each month: (time, tilt). [1].

    The month before the first is that of the first year's end.
    """
    losses, rows = assumed.losses, _rows(sky, weather)
    years, place = np.unique(sky["year"].to_numpy(), return_inverse=True)
    month = place * 12 + sky["month"].to_numpy() - 1
    # As many months of the first year again, from which the first month has its snow.
    span = np.concatenate([month[: rows.before], month + 12])
    count = 12 * (years.size + 1)
    fallen, events = _monthly_snow(weather, rows, span, assumed)
    damp = _monthly_damp(weather, rows, span, assumed)
    warmth = _mean(rows.laid(sky["temp_air"].to_numpy()).to_numpy(), span, count)
    hours = float(sky.attrs["interval_minutes"]) / 60.0
    parts = []
    for tilt in TILTS:
        light = np.nan_to_num(_light(sky, tilt, assumed)) * hours
        with np.errstate(divide="ignore", invalid="ignore"):
            loss = pvlib.snow.loss_townsend(
                fallen, events, tilt, damp, warmth,
                np.bincount(span, light[rows.origin], count),
                assumed.module.length_m, assumed.roofs.module_clearance_m,
                string_factor=1.0 if losses.snow_strings == 1 else 0.75,
            )  # fmt: skip
        # A month without light or rows has nothing to lose.
        parts.append(np.nan_to_num(np.asarray(loss, dtype=float))[month + 12])
    return np.stack(parts, axis=-1)


def _monthly_snow(
    weather: xr.Dataset, rows: _Rows, span: npt.NDArray[np.int64], assumed: Assumptions
) -> tuple[Floats, Floats]:
    """Fresh snow of each month [cm], and its days with more than an inch."""
    losses, years = assumed.losses, int(span[-1]) // 12 + 1
    if bool(losses.snow_monthly_cm) != bool(losses.snow_days):
        lacking = "snow_days" if losses.snow_monthly_cm else "snow_monthly_cm"
        raise InvalidConfig(
            f"losses.{lacking}",
            "it is empty, and losses.snow_model = townsend takes snow_monthly_cm and snow_days",
            "State both, or none to have the weather's snow taken",
        )
    if losses.snow_days:
        stated = losses.snow_monthly_cm, losses.snow_days
        amounts, often = (np.tile(months_of(one), years) for one in stated)
        return amounts, often
    fallen = _snowfall(weather, rows, assumed)[0].to_numpy()
    day = np.cumsum(rows.first_of_day) - 1
    heavy = np.bincount(day, fallen) > _EVENT_CM
    events = np.bincount(span[rows.first_of_day][heavy], minlength=12 * years)
    return np.asarray(np.bincount(span, fallen, 12 * years)), events.astype(np.float64)


def _monthly_damp(
    weather: xr.Dataset, rows: _Rows, span: npt.NDArray[np.int64], assumed: Assumptions
) -> Floats:
    """Relative humidity of each month. [%]."""
    count = 12 * (int(span[-1]) // 12 + 1)
    humid = _column(weather, "relative_humidity", dry=False)
    if humid is not None:
        return _mean(rows.laid(humid).to_numpy(), span, count)
    if not assumed.losses.humidity_monthly:
        raise _missing(
            weather, "losses.snow_model = townsend", "relative_humidity",
            "set losses.humidity_monthly to that of each month",
        )  # fmt: skip
    return np.tile(months_of(assumed.losses.humidity_monthly), count // 12)


def _mean(values: Floats, span: npt.NDArray[np.int64], count: int) -> Floats:
    """Mean of each month; NaN where none is known."""
    known = np.isfinite(values)
    sums = np.bincount(span[known], values[known], count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums / np.bincount(span[known], minlength=count))


def _snowfall(
    weather: xr.Dataset, rows: _Rows, assumed: Assumptions
) -> tuple[pd.Series, pd.Series | None]:
    """Fresh snow of each row: as stated, from its depth, or from rain in the cold; its depth."""
    fallen, depth = _column(weather, "snowfall_cm"), _column(weather, "snow_depth_cm")
    on_ground = None if depth is None else rows.laid(depth)
    if fallen is not None:
        return rows.laid(fallen), on_ground
    if on_ground is not None:
        return on_ground.diff().clip(lower=0.0).fillna(0.0), on_ground
    wet = _column(weather, "precipitation_mm")
    if wet is None:
        raise _missing(
            weather, f"losses.snow_model = {assumed.losses.snow_model}",
            "snowfall_cm, snow_depth_cm or precipitation_mm",
            "set losses.snow_model = constant",
        )  # fmt: skip
    cold = weather["temp_air"].to_numpy() <= 0.0
    return rows.laid(np.where(cold, wet * assumed.losses.snow_cm_per_mm, 0.0)), None


def _spectrum(sky: xr.Dataset, weather: xr.Dataset, assumed: Assumptions) -> Floats:
    """Spectral factor of monocrystalline silicon; 1 where there is no sun. [1]."""
    water = _column(weather, "precipitable_water_cm", dry=False)
    if water is None:
        humidity = _column(weather, "relative_humidity", dry=False)
        if humidity is None:
            raise _missing(
                weather, f"models.spectrum = {assumed.models.spectrum}",
                "precipitable_water_cm or relative_humidity", "set models.spectrum = desoto",
            )  # fmt: skip
        water = pvlib.atmosphere.gueymard94_pw(sky["temp_air"].to_numpy(), humidity)
    water = np.minimum(water, _MOST_WATER_CM)
    pressure = pvlib.atmosphere.alt2pres(float(sky["altitude"]))
    airmass = pvlib.atmosphere.get_absolute_airmass(sky["airmass_relative"].to_numpy(), pressure)
    if assumed.models.spectrum == "first_solar":
        factor = pvlib.spectrum.spectral_factor_firstsolar(water, airmass, module_type="monosi")
    else:
        # The fit is of a polynomial, and was made up to an air mass of about 10.
        held = np.minimum(airmass, 10.0)
        factor = pvlib.spectrum.spectral_factor_caballero(
            water, held, assumed.site.aod500, module_type="monosi"
        )
    return np.where(np.isnan(airmass), 1.0, np.asarray(factor, dtype=float))


def _column(weather: xr.Dataset, name: str, *, dry: bool = True) -> Floats | None:
    """A column of one site, its few empty rows filled; None where too many are."""
    if name not in weather:
        return None
    values = weather[name].to_numpy().astype(float)
    empty = np.isnan(values)
    if empty.mean() > _MOST_MISSING:
        return None
    if dry:
        return np.where(empty, 0.0, values)
    known = np.flatnonzero(~empty)
    return np.asarray(np.interp(np.arange(values.size), known, values[known]))


def _missing(weather: xr.Dataset, wanted: str, column: str, mend: str) -> InvalidWeather:
    return InvalidWeather(
        f"weather of {weather['site'].item()}, column {column.split(' or ', maxsplit=1)[0]}",
        f"{wanted} needs {column}, which is missing or mostly empty",
        f"Give weather that has it, or {mend}",
    )
