"""Days of synthetic weather: how clear each is, and in which order they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from roofpv.errors import InvalidWeather
from roofpv.weather.climate import DAYS_OF_MONTH, KT_PROBABILITIES, SiteClimate
from roofpv.weather.synthsky import Array, Calendar, Numbers, Sky, by_day

# Assumption, the dark floor of daily clearness: the published clearness is modelled from sunshine
# hours and never falls below about 0.2, but real dust and overcast are darker. In five years of
# MERRA-2 around the city the darkest day of most months has 0.05 to 0.14.
DARKEST_KT = 0.08
# The days of a month are spread evenly over the shares 0 to 1, which keeps the quantiles; only the
# first and the last stay this part of a day off the ends, so that floor and ceiling are not an
# event of every month.
_OFF_ENDS = 0.25
# How far the curve between the 10 and the 50 % quantile may bow upwards or sag; 1 is a straight
# line. A month's GHI that asks for more contradicts its quantiles.
_BOW = (0.1, 20.0)
_CANDIDATES = 200
# Many years: rounds in which order and sums are brought together, and how near they must come:
# correlation, part of a year's GHI, part of the spread between years.
_ROUNDS = 120
_NEAR_LAG1, _NEAR_SUM, _NEAR_SPREAD = 0.02, 5e-4, 0.05
_STEEPEST = 0.98


def bisect(rising: Callable[[Array], Array], target: Array, low: float, high: float) -> Array:
    """Argument at which a rising function, element by element, meets the target."""
    below, above = np.full_like(target, low), np.full_like(target, high)
    for _ in range(60):
        middle = 0.5 * (below + above)
        short = rising(middle) < target
        below, above = np.where(short, middle, below), np.where(short, above, middle)
    return 0.5 * (below + above)


def days_of_year(
    climate: SiteClimate, sky: Sky, calendar: Calendar, rng: np.random.Generator
) -> Array:
    """
    GHI of each day of one year, every month with its own sum, quantiles and persistence.

    Raises
    ------
    InvalidWeather
        A month's GHI does not fit its clearness quantiles or the clear sky.
    """
    extra, brightest = by_day(sky.extra), by_day(sky.clear_ghi)
    ghi = np.empty(extra.size)
    previous = 0.0
    for month in range(12):
        days = np.flatnonzero(month == calendar.month)
        knots = _knots(_floored(climate, month), brightest[days].sum() / extra[days].sum())
        target = 1000.0 * climate.ghi_kwh_per_m2_day[month] * DAYS_OF_MONTH[month]
        ranks, states = _orders(len(days), climate.kt_lag1[month], previous, rng)
        orders = _Orders(knots, _shares(len(days))[ranks], extra[days], brightest[days])
        drawn = orders.daily_ghi(orders.bow(target))
        missed = np.abs(drawn.sum(axis=1) / target - 1.0)
        astray = np.abs(_lag1(drawn / extra[days]) - climate.kt_lag1[month])
        best = int(np.argmin(np.where(missed < 1e-6, astray, 10.0 + missed)))
        ghi[days], previous = drawn[best], float(states[best])
        _check_month(climate, month, ghi[days].sum(), target)
    return ghi


def days_of_years(
    climate: SiteClimate, sky: Sky, calendar: Calendar, rng: np.random.Generator
) -> Array:
    """
    GHI of each day of several years, which hold the months' statistics together.

    The days of a calendar month, all years together, have the quantiles and the sum that a typical
    year has. A Gaussian series puts them in order; each month's persistence and a shift for each
    year are found round by round, so that the correlation is the published one and the sums of the
    years have exactly the published standard deviation.

    Raises
    ------
    InvalidWeather
        A month's GHI does not fit its clearness quantiles or the clear sky, or no order of days
        varies so much from year to year.
    """
    months = [_month_of_years(climate, sky, calendar, month) for month in range(12)]
    noise, lag1 = rng.standard_normal(calendar.month.size), np.array(climate.kt_lag1)
    persistence, shift = lag1.copy(), np.zeros(calendar.years)
    targets: Array | None = None
    best, nearest = np.zeros(noise.size), np.inf
    for turn in range(_ROUNDS):
        scores = _series(persistence[calendar.month], noise) + shift[calendar.year]
        ghi = _ordered(months, scores)
        totals = _by_year(ghi, calendar)
        targets = _totals(climate, totals) if targets is None else targets
        astray = lag1 - np.array([month.lag1(ghi) for month in months])
        missed = targets / totals - 1.0
        far = max(np.abs(astray).max() / _NEAR_LAG1, np.abs(missed).max() / _NEAR_SUM)
        if far < nearest:
            best, nearest = ghi, far
        if far <= 1.0:
            break
        step = 0.7 / (1.0 + turn / 20.0)  # ever smaller, for the order changes by jumps
        persistence = np.clip(persistence + step * astray, -_STEEPEST, _STEEPEST)
        shift = shift + step * missed * totals / _slope(months, ghi, calendar.years)
    for number, month in enumerate(months):
        _check_month(climate, number, best[month.days].sum(), month.target)
    _check_spread(climate, _by_year(best, calendar))
    return best


class _MonthOfYears(NamedTuple):
    """One calendar month in all years: its days, its curve of clearness, the sum it must have."""

    days: Numbers
    knots: Array
    extra: Array
    brightest: Array
    target: float
    followed: Numbers

    def ordered(self, scores: Array) -> Array:
        """GHI of the month's days, the lowest score the darkest."""
        ranks = scores[self.days].argsort(kind="stable").argsort()
        share = _shares(self.days.size)[ranks][np.newaxis]
        orders = _Orders(self.knots, share, self.extra, self.brightest)
        return orders.daily_ghi(orders.bow(self.target))[0]

    def lag1(self, ghi: Array) -> float:
        """Correlation of the clearness of a day with that of the next, all years together."""
        clearness = ghi[self.days] / self.extra
        first, second = clearness[self.followed], clearness[self.followed + 1]
        flat = first.std() == 0.0 or second.std() == 0.0
        return 0.0 if flat else float(np.corrcoef(first, second)[0, 1])


def _month_of_years(
    climate: SiteClimate, sky: Sky, calendar: Calendar, month: int
) -> _MonthOfYears:
    days = np.flatnonzero(month == calendar.month)
    extra, brightest = by_day(sky.extra)[days], by_day(sky.clear_ghi)[days]
    knots = _knots(_floored(climate, month), brightest.sum() / extra.sum())
    # The sum of a month is that of a year of 365 days, also where February has 29.
    total = 1000.0 * climate.ghi_kwh_per_m2_day[month] * DAYS_OF_MONTH[month] * calendar.years
    followed = np.flatnonzero(np.diff(days) == 1)
    return _MonthOfYears(days, knots, extra, brightest, float(total), followed)


def _by_year(daily: Array, calendar: Calendar) -> Array:
    return np.asarray(np.bincount(calendar.year, weights=daily), dtype=np.float64)


def _ordered(months: list[_MonthOfYears], scores: Array) -> Array:
    ghi = np.empty(scores.size)
    for month in months:
        ghi[month.days] = month.ordered(scores)
    return ghi


def _series(persistence: Array, noise: Array) -> Array:
    """Gaussian series whose persistence changes with the month."""
    state, series = 0.0, []
    kept, fresh = persistence.tolist(), (np.sqrt(1.0 - persistence**2) * noise).tolist()
    for keep, new in zip(kept, fresh, strict=True):
        state = keep * state + new
        series.append(state)
    return np.array(series)


def _totals(climate: SiteClimate, drawn: Array) -> Array:
    """GHI that each year must have: as it was drawn, with the published mean and spread. [Wh/m2]"""
    mean = 1000.0 * float(np.dot(climate.ghi_kwh_per_m2_day, DAYS_OF_MONTH))
    spread = climate.ghi_interannual_sd_fraction
    if drawn.size < 2 or not np.isfinite(spread):
        return drawn * mean / drawn.mean()
    scaled = (drawn - drawn.mean()) / drawn.std(ddof=1)
    return mean * (1.0 + spread * scaled)


def _slope(months: list[_MonthOfYears], ghi: Array, years: int) -> float:
    """About how much GHI a year gains if the score of its days rises by one. [Wh/m2]"""
    spreads = ((ghi[m.days] / m.extra).std() * m.extra.sum() for m in months)
    return max(float(sum(spreads)) / years, 1.0)


def _check_spread(climate: SiteClimate, totals: Array) -> None:
    spread = climate.ghi_interannual_sd_fraction
    if totals.size < 2 or not np.isfinite(spread):
        return
    got = float(totals.std(ddof=1) / totals.mean())
    if abs(got - spread) > _NEAR_SPREAD * spread + _NEAR_SUM:
        raise InvalidWeather(
            f"climate of {climate.site}, ghi_interannual_sd_fraction",
            f"years made of these days vary by {got:.4f} at most, expected {spread:.4f}",
            "Correct it: most places on Earth have 0.02 to 0.06",
        )


def _shares(count: int) -> Array:
    """Shares of darker days, evenly spread."""
    off_ends = _OFF_ENDS / count
    return np.clip(np.linspace(0.0, 1.0, count), off_ends, 1.0 - off_ends)


def _orders(
    count: int, persistence: float, previous: float, rng: np.random.Generator
) -> tuple[Numbers, Array]:
    """Candidates: rank of each day of the month, darkest first, and the series' last states."""
    innovation = np.sqrt(1.0 - persistence**2) * rng.standard_normal((_CANDIDATES, count))
    series = np.empty_like(innovation)
    state = np.full(_CANDIDATES, previous)
    for day in range(count):
        state = persistence * state + innovation[:, day]
        series[:, day] = state
    return series.argsort(axis=1).argsort(axis=1), state


def _floored(climate: SiteClimate, month: int) -> tuple[float, ...]:
    """Clearness at the shares 0 and ``KT_PROBABILITIES``."""
    quantiles = climate.kt_quantiles[month]
    floor = climate.kt_darkest[month] if climate.kt_darkest else min(DARKEST_KT, quantiles[0])
    return (floor, *quantiles)


def _knots(floored: tuple[float, ...], ceiling: float) -> Array:
    """
    Clearness at the shares 0, ``KT_PROBABILITIES`` and 1.

    The ceiling, too, is an assumption: the brightest day has the month's cloudless sky (reference 3
    of ``synthesize``), which a whole day hardly outshines. It lies 0.01 to 0.07 above the 90 %.
    """
    return np.array([*floored, max(ceiling, floored[-1])])


class MonthOfDays(NamedTuple):
    """Days of one month: extraterrestrial and clear-sky irradiation. [Wh/m2]."""

    extra: Array
    brightest: Array

    @classmethod
    def of(cls, sky: Sky, calendar: Calendar, month: int) -> MonthOfDays:
        """Take the month's days out of a calendar."""
        days = month == calendar.month
        return cls(by_day(sky.extra)[days], by_day(sky.clear_ghi)[days])

    @property
    def ceiling(self) -> float:
        """Clearness of the month without a cloud."""
        return float(self.brightest.sum() / self.extra.sum())

    @property
    def reached(self) -> float:
        """Clearness without a cloud that three days of four can reach."""
        return float(np.quantile(self.brightest / self.extra, 0.25))

    def expected(self, floored: tuple[float, ...]) -> float:
        """
        GHI of the month, whatever the order of its days. [Wh/m2]

        ``floored`` is the clearness at the shares 0 and ``KT_PROBABILITIES``.
        """
        # Twice as many shares as days: the ends of the curve weigh more in one month than in many.
        count = 2 * self.extra.size
        share = np.repeat(_shares(count)[:, np.newaxis], self.extra.size, axis=1)
        orders = _Orders(_knots(floored, self.ceiling), share, self.extra, self.brightest)
        return float(orders.daily_ghi(np.ones(count)).sum() / count)


class _Orders(NamedTuple):
    """
    Days of one month in several orders: which share of the days is darker than each.

    The curve of clearness rises in straight lines from knot to knot, but for the stretch from the
    10 to the 50 % quantile: most of the month's spread lies there and the true curve is strongly
    concave. It bows as far as the month's published GHI asks for, which leaves every knot in place.
    """

    knots: Array
    share: Array
    extra: Array
    brightest: Array

    def daily_ghi(self, bow: Array) -> Array:
        """GHI of each day of each order. [Wh/m2]"""
        low, middle, _ = KT_PROBABILITIES
        along = np.clip((self.share - low) / (middle - low), 0.0, 1.0)
        bowed = low + (middle - low) * (1.0 - (1.0 - along) ** bow[:, np.newaxis])
        share = np.where((self.share > low) & (self.share < middle), bowed, self.share)
        clearness = np.interp(share, (0.0, *KT_PROBABILITIES, 1.0), self.knots)
        return np.minimum(clearness * self.extra, self.brightest)

    def bow(self, total: float) -> Array:
        """Bow with which the days of each order add up to the total, as near as it can be."""
        target = np.full(len(self.share), total)
        return bisect(lambda bow: self.daily_ghi(bow).sum(axis=1), target, *_BOW)


def _lag1(series: Array) -> Array:
    """Correlation of each row with itself one step later."""
    first, second = series[:, :-1], series[:, 1:]
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.divide((first * second).sum(axis=1), scale, out=np.zeros_like(scale), where=scale > 0)


def _check_month(climate: SiteClimate, month: int, total: float, target: float) -> None:
    if not np.isclose(total, target, rtol=1e-6):
        published = climate.ghi_kwh_per_m2_day[month]
        raise InvalidWeather(
            f"climate of {climate.site}, ghi_kwh_per_m2_day, month {month + 1}",
            f"{published:.2f} kWh/m2 a day does not fit the clearness"
            f" quantiles under this clear sky, the nearest is {published * total / target:.2f}",
            "Correct the GHI, the quantiles or the coordinates",
        )
