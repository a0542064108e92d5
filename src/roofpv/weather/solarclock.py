"""What clock a series of irradiance keeps, measured against the sun alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pvlib

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

# Codes for missing (-999, 9999) and the night offset of a thermopile lie outside and inside.
_BELIEVABLE = (-50.0, 2000.0)
_HAURWITZ = 0.059
_LOW_SUN = 0.01
ITERATIONS = 8
LONGEST_STEP = 30.0
_REACH = 180.0
_ROWS_OF_A_DAY = 4
_COVERAGE = 0.8
_DARK = 0.01
# A clear day still strays by 3 minutes, haze being unlike in the morning and in the evening; a
# cloudy day strays by this part of what the misfit would allow (residuals within a day hang
# together, fitted on nine years of measured and typical weather).
_CLEAR_DAY_MINUTES = 3.0
_MISFIT = 0.26
# Clouds that come every afternoon look like a clear day with an early clock, but a duller one.
_CLEAR_QUANTILE, _DULL_DAY_MINUTES = 0.95, 100.0
_HUBER = 1.345
# What all days share and no spread between them shows: mountains, mist in the mornings.
# A few days may all have been clouded on the same side.
_SHARED_MINUTES, _FEW_DAYS_MINUTES = 3.0, 25.0

# Below this part of a clear sky's daily wave the light does not follow day and night.
WEAKEST_RHYTHM = 0.5

_SUMMER_HOUR = 60.0
_SUMMER_HOUR_LEEWAY = 20.0
_SHORTEST_SEASON = 30
# Of daylight saving in a whole year: Fiji's had 63 days, and no country changes its clock at New
# Year. An hour in other parts of a year is a clock that was set wrong.
_WHOLE_YEAR, _SHORTEST_SUMMER, _NEW_YEAR_DAYS = 300, 60, 10
_DAYS_FOR_SEASONS = 60
_EDGE_DAYS = 20
_JUMP_DAYS = 12
_SOLAR_GAIN = 0.1


@dataclass(frozen=True)
class SolarDays:
    """
    Clock of each day against the sun.

    ``minutes`` are what must be added to the day's labels for its irradiance to be symmetric about
    solar noon, ``sigma`` their standard error [min]; ``day`` counts from 1970 in solar days;
    ``rhythm`` is the strength of the daily wave over the whole series, 1 for a cloudless sky and 0
    for none.
    """

    day: Integers
    minutes: Array
    sigma: Array
    rhythm: float


@dataclass(frozen=True)
class ClockFit:
    """
    Clock of a whole series against the sun.

    ``minutes`` must be added to the labels. With ``season``, the months and days (over all years)
    between which labels are an hour ahead, ``minutes`` holds outside it and ``changes`` are the
    days on which it begins or ends. With ``solar`` the labels keep the true sun's time, and
    ``minutes`` must be added besides the equation of time.
    """

    minutes: float
    uncertainty: float
    days: int
    rhythm: float
    solar: bool = False
    season: tuple[str, str] | None = None
    changes: tuple[date, ...] = ()


class LightRows(NamedTuple):
    """
    Valid rows.

    ``minutes`` of mean solar time since 1970, light, hour angle [rad], both parts of cos(zenith).
    """

    minutes: Array
    ghi: Array
    hour_angle: Array
    constant: Array
    wave: Array


class _Season(NamedTuple):
    """Days of the year [first, last) with the clock an hour ahead, and what each day says of it."""

    inside: Bools
    first: int
    last: int
    gain: Array


def measure_clock(
    times: pd.DatetimeIndex,
    ghi: npt.ArrayLike,
    latitude: float,
    longitude: float,
    interval_minutes: float,
) -> ClockFit:
    """
    Minutes between the labels of a series and the sun, and how they change over the year.

    Parameters
    ----------
    times : DatetimeIndex
        Labels in UTC as claimed, in any order, with gaps and repeats.
    ghi : array_like
        Irradiance on the horizontal, or on a plane that faces due south or north; missing values
        as NaN or as a code. [W/m2]
    latitude, longitude : float
        Place. [deg]
    interval_minutes : float
        Between rows. [min]

    Returns
    -------
    ClockFit
        With ``days`` = 0 and NaN where no day could be used.
    """
    days = solar_days(times, ghi, latitude, longitude, interval_minutes)
    if not days.day.size:
        return ClockFit(np.nan, np.nan, 0, days.rhythm)
    season = _daylight_saving(days)
    if season is not None:
        fit = _clock_fit(days, days.minutes, ~season.inside)
        jumps = _jumps(times, 4.0 * longitude + fit.minutes)
        into = _edges(days, season.gain, season.first, jumps)
        out_of = _edges(days, -season.gain, season.last, jumps)
        between = _month_day(into, season.first), _month_day(out_of, season.last)
        return replace(fit, season=between, changes=tuple(sorted(into + out_of)))
    everyone = np.ones(days.day.size, dtype=bool)
    clock = _clock_fit(days, days.minutes, everyone)
    equation = _equation_of_time(days)
    sundial = _clock_fit(days, days.minutes + equation, everyone)
    if _keeps_solar_time(days, equation, clock.minutes, sundial.minutes):
        return replace(sundial, solar=True)
    return clock


def solar_days(
    times: pd.DatetimeIndex,
    ghi: npt.ArrayLike,
    latitude: float,
    longitude: float,
    interval_minutes: float,
) -> SolarDays:
    """
    Fit a cloudless sky, moved in time, to each day.

    A cloudless day of Haurwitz [1]_ is moved along the clock until its product with a factor
    leaves the least squares, by Gauss-Newton for all days at once. Clear days decide: the error
    of each day grows with what the fit leaves unexplained.

    Parameters
    ----------
    times, ghi, latitude, longitude, interval_minutes
        As in :func:`measure_clock`.

    Returns
    -------
    SolarDays
        Days with at least four rows and 80 % of their daylight.

    References
    ----------
    .. [1] Haurwitz, "Insolation in relation to cloudiness and cloud density", Journal of
       Meteorology 2, 1945
    .. [2] Spencer, "Fourier series representation of the position of the sun", Search 2 (5), 1971
    """
    rows = light_rows(times, ghi, latitude, longitude)
    total = float(rows.ghi.sum())
    if total <= 0.0:
        nothing = np.empty(0)
        return SolarDays(nothing.astype(np.int64), nothing, nothing, 0.0)
    start, rhythm = _whole_series(rows, total)
    day, minutes, sigma = fit_days(
        rows, np.full(rows.ghi.size, start), latitude, interval_minutes
    )  # fmt: skip
    return SolarDays(day, minutes, sigma, rhythm)


def fit_days(
    rows: LightRows, start: Array, latitude: float, interval_minutes: float
) -> tuple[Integers, Array, Array]:
    """Usable days, their minutes and sigma, from a ``start`` for each row [min]."""
    number = np.floor((rows.minutes + start) / 1440.0).astype(np.int64)
    day, first, place = np.unique(number, return_index=True, return_inverse=True)
    minutes, sigma, lit = _fit_days(rows, place, start[first])
    expected = _daylight_minutes(day, latitude) / interval_minutes
    usable = np.isfinite(sigma) & (lit >= np.maximum(_ROWS_OF_A_DAY, _COVERAGE * expected))
    return day[usable], minutes[usable], sigma[usable]


def is_light(values: Array) -> Bools:
    """Which numbers can be irradiance, and are no code of a missing value. [W/m2]."""
    return (values > _BELIEVABLE[0]) & (values < _BELIEVABLE[1])


def light_rows(
    times: pd.DatetimeIndex, ghi: npt.ArrayLike, latitude: float, longitude: float
) -> LightRows:
    """Rows of a series that have a time and a believable irradiance; as in ``measure_clock``."""
    light = np.asarray(ghi, dtype=float)
    valid = is_light(light) & ~np.isnan(times.to_numpy())
    stamps = times[valid]
    minutes = stamps.to_numpy().astype("datetime64[s]").astype(float) / 60.0
    day = stamps.day_of_year.to_numpy().astype(float)
    equation = pvlib.solarposition.equation_of_time_spencer71(day)
    declination = pvlib.solarposition.declination_spencer71(day)
    phi = np.radians(latitude)
    return LightRows(
        minutes + 4.0 * longitude,
        np.maximum(light[valid], 0.0),
        np.radians((minutes % 1440.0 + equation) / 4.0 + longitude - 180.0),
        np.sin(phi) * np.sin(declination),
        np.cos(phi) * np.cos(declination),
    )


def _whole_series(rows: LightRows, total: float) -> tuple[float, float]:
    """Minutes that bring the circular mean of all light to noon, and the strength of its wave."""
    mean = np.sum(rows.ghi * np.exp(1j * rows.hour_angle)) / total
    start = -4.0 * float(np.degrees(np.angle(mean)))
    cosine = rows.constant + rows.wave * np.cos(rows.hour_angle + np.radians(start / 4.0))
    sky, _ = clear_sky(cosine)
    ideal = np.abs(np.sum(sky * np.exp(1j * rows.hour_angle))) / max(float(sky.sum()), 1e-9)
    return start, float(np.abs(mean) / max(ideal, 1e-9))


def clear_sky(cosine: Array) -> tuple[Array, Array]:
    """Haurwitz' sky for a cosine of zenith, and its derivative."""
    up = cosine > _LOW_SUN
    safe = np.where(up, cosine, 1.0)
    fading = np.where(up, np.exp(-_HAURWITZ / safe), 0.0)
    return fading * safe, fading * (1.0 + _HAURWITZ / safe)


def _fit_days(rows: LightRows, place: Integers, start: Array) -> tuple[Array, Array, Array]:
    """Shift of each day, its standard error (NaN without light), and its rows with the sun up."""
    shift, count = start, start.size
    explained = leverage = lit = np.zeros(count)
    light2 = np.bincount(place, rows.ghi**2, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(ITERATIONS):
            angle = rows.hour_angle + np.radians(shift[place] / 4.0)
            cosine = rows.constant + rows.wave * np.cos(angle)
            sky, slope = clear_sky(cosine)
            change = -slope * rows.wave * np.sin(angle) * np.radians(0.25)
            ss, sc, cc, gs, gc = (
                np.bincount(place, product, count)
                for product in (
                    sky * sky, sky * change, change * change, rows.ghi * sky, rows.ghi * change,
                )
            )  # fmt: skip
            step = (gc * ss - gs * sc) / (gs * cc - gc * sc)
            step = np.clip(np.nan_to_num(step), -LONGEST_STEP, LONGEST_STEP)
            shift = np.clip(shift + step, start - _REACH, start + _REACH)
            explained, leverage = gs**2 / (ss * light2), ss / cc
            lit = np.bincount(place, cosine > 0.0, count).astype(float)
        misfit = np.clip(1.0 - explained, 0.0, 1.0)
        variance = _CLEAR_DAY_MINUTES**2 + _MISFIT**2 * misfit * leverage
        bright = gs / ss
    usable = bright > _DARK * 1098.0
    clear = np.quantile(bright[usable], _CLEAR_QUANTILE) if usable.any() else 1.0
    variance += (_DULL_DAY_MINUTES * np.clip(1.0 - bright / clear, 0.0, 1.0)) ** 2
    return shift, np.where(usable, np.sqrt(variance), np.nan), lit


def _daylight_minutes(day: Integers, latitude: float) -> Array:
    declination = pvlib.solarposition.declination_spencer71(_day_of_year(day).astype(float))
    tangent = np.tan(np.radians(np.clip(latitude, -89.9, 89.9))) * np.tan(declination)
    return 8.0 * np.degrees(np.arccos(np.clip(-tangent, -1.0, 1.0)))


def _day_of_year(day: Integers) -> Integers:
    return pd.DatetimeIndex(day.astype("datetime64[D]")).day_of_year.to_numpy().astype(np.int64)


def _equation_of_time(days: SolarDays) -> Array:
    return pvlib.solarposition.equation_of_time_spencer71(_day_of_year(days.day).astype(float))


def location(values: Array, sigma: Array) -> tuple[float, float]:
    """Huber's mean of values with errors, and its own error as their spread shows it."""
    order = np.argsort(values)
    share = np.cumsum(1.0 / sigma[order])
    centre = float(values[order][np.searchsorted(share, share[-1] / 2.0)])
    weight = 1.0 / sigma**2
    for _ in range(30):
        off = np.abs(values - centre) / sigma
        weight = np.minimum(1.0, _HUBER / np.maximum(off, 1e-9)) / sigma**2
        centre = float(np.sum(weight * values) / np.sum(weight))
    spread = 1.4826 * float(np.median(np.abs(values - centre) / sigma))
    return centre, max(spread, 1.0) / float(np.sqrt(np.sum(weight)))


def _clock_fit(days: SolarDays, minutes: Array, part: Bools) -> ClockFit:
    centre, uncertainty = level_of(minutes[part], days.sigma[part])
    return ClockFit(centre, uncertainty, days.day.size, days.rhythm)


def level_of(minutes: Array, sigma: Array) -> tuple[float, float]:
    """Clock of some days, with two standard errors and what their spread cannot show."""
    centre, error = location(minutes, sigma)
    variance = 4.0 * error**2 + _SHARED_MINUTES**2 + _FEW_DAYS_MINUTES**2 / minutes.size
    return centre, float(np.sqrt(variance))


def _loss(residual: Array, sigma: Array) -> Array:
    """Huber's loss of each day, so that one dull day decides nothing."""
    off = np.abs(residual) / sigma
    return np.where(off < _HUBER, 0.5 * off**2, _HUBER * (off - 0.5 * _HUBER))


def _keeps_solar_time(
    days: SolarDays, equation: Array, minutes: float, solar_minutes: float
) -> bool:
    """Whether the labels follow the equation of time clearly better than they follow a clock."""
    if days.day.size < _DAYS_FOR_SEASONS or np.ptp(equation) < 15.0:
        return False
    clock = float(_loss(days.minutes - minutes, days.sigma).sum())
    solar = float(_loss(days.minutes + equation - solar_minutes, days.sigma).sum())
    return clock - solar > max(_SOLAR_GAIN * clock, 10.0)


def _daylight_saving(days: SolarDays) -> _Season | None:
    """Find the part of the year, the same in every year, whose clock is an hour away."""
    if days.day.size < _DAYS_FOR_SEASONS:
        return None
    year_day = np.minimum(_day_of_year(days.day), 365) - 1
    levels = {
        round(location(days.minutes[part], days.sigma[part])[0], 3)
        for part in _halves(year_day)
        if part.sum() > 10
    }
    # With the wrong level nothing is gained, for the other half is then an hour behind, not ahead.
    seasons = (_best_season(days, year_day, level) for level in sorted(levels))
    whole = np.unique(year_day).size >= _WHOLE_YEAR
    found = [
        one for one in seasons if _is_an_hour(days, one) and (not whole or _is_summer_time(one))
    ]
    return max(found, key=lambda season: float(season.gain[season.inside].sum()), default=None)


def _halves(year_day: Integers) -> tuple[Bools, Bools]:
    """Days on which no country with daylight saving of its half of the Earth changes the clock."""
    return (year_day < 60) | (year_day > 314), (year_day > 100) & (year_day < 240)


def _best_season(days: SolarDays, year_day: Integers, level: float) -> _Season:
    """Circular run of days of the year that gains most by a clock an hour ahead of the level."""
    away = days.minutes - level
    gain = _loss(away, days.sigma) - _loss(away + _SUMMER_HOUR, days.sigma)
    summed = np.concatenate([[0.0], np.cumsum(np.bincount(year_day, gain, 365))])
    # A run over New Year is what a run inside the year leaves.
    low, high = np.minimum.accumulate(summed), np.maximum.accumulate(summed)
    inner, outer = summed - low, summed[-1] + high - summed
    if inner.max() >= outer.max():
        last = int(np.argmax(inner))
        first = int(np.argmin(summed[: last + 1]))
        inside = (year_day >= first) & (year_day < last)
    else:
        first = int(np.argmax(outer))
        last = int(np.argmax(summed[: first + 1]))
        inside = (year_day >= first) | (year_day < last)
    return _Season(inside, first, last, gain)


def _is_summer_time(season: _Season) -> bool:
    """Whether a season may be one that a country decreed."""
    first, last = season.first % 365, season.last % 365
    apart = ((last - first) % 365, first, last)
    least = (_SHORTEST_SUMMER, _NEW_YEAR_DAYS, _NEW_YEAR_DAYS)
    return all(min(a, 365 - a) >= most for a, most in zip(apart, least, strict=True))


def _is_an_hour(days: SolarDays, season: _Season) -> bool:
    """Whether both the season and the rest are long, and an hour apart."""
    levels, errors = [], []
    for part in (season.inside, ~season.inside):
        if np.unique(_day_of_year(days.day[part])).size < _SHORTEST_SEASON:
            return False
        level, error = location(days.minutes[part], days.sigma[part])
        levels.append(level)
        errors.append(error)
    leeway = min(_SUMMER_HOUR_LEEWAY, 10.0 + 3.0 * float(np.hypot(errors[0], errors[1])))
    return abs(levels[0] - levels[1] + _SUMMER_HOUR) <= leeway


def _edges(days: SolarDays, gain: Array, around: int, jumps: Integers) -> tuple[date, ...]:
    """First day of the new clock in each year that has days on both sides of the change."""
    found = []
    for year in range(_date(days.day[0]).year, _date(days.day[-1]).year + 1):
        expected = (date(year, 1, 1) - date(1970, 1, 1)).days + around
        near = np.abs(days.day - expected) <= _EDGE_DAYS
        if (days.day[near] < expected).sum() < 3 or (days.day[near] >= expected).sum() < 3:
            continue
        summed = np.concatenate([[0.0], np.cumsum(gain[near])])
        position = int(np.argmin(summed))
        numbers = days.day[near]
        edge = int(numbers[min(position, numbers.size - 1)])
        seen = jumps[np.abs(jumps - edge) <= _JUMP_DAYS]
        edge = int(seen[np.argmin(np.abs(seen - edge))]) if seen.size else edge
        found.append(_date(edge))
    return tuple(found)


def _month_day(dates: tuple[date, ...], otherwise: int) -> str:
    """Median day of the year as month and day, in a year without 29 February."""
    middle = int(np.median([min(day.timetuple().tm_yday, 365) - 1 for day in dates] or [otherwise]))
    return f"{date(2001, 1, 1) + timedelta(days=middle % 365):%m-%d}"


def _date(day: int | np.int64) -> date:
    return date(1970, 1, 1) + timedelta(days=int(day))


def _jumps(times: pd.DatetimeIndex, to_solar_minutes: float) -> Integers:
    """Solar days on which the labels leave out or repeat an hour."""
    stamps = times.to_numpy().astype("datetime64[m]").astype(np.int64)
    steps = np.diff(stamps)
    usual = int(np.median(steps)) if steps.size else 0
    jump = np.flatnonzero(np.abs(steps - usual) == int(_SUMMER_HOUR))
    solar = stamps[jump + 1] + round(to_solar_minutes)
    return (solar // 1440).astype(np.int64)
