"""Clocks that jump within a series: each half month by itself, held against the others."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pvlib

from roofpv.weather.solarclock import (
    WEAKEST_RHYTHM,
    ClockFit,
    LightRows,
    clear_sky,
    fit_days,
    level_of,
    light_rows,
)

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

JUMP_MINUTES = 30.0
# Half a month is judged where it has so many days, and they agree so well.
_FEWEST_DAYS, _TOO_UNCERTAIN = 5, 25.0
_FAIR_SHARE, _ALIKE_MINUTES = 0.3, 45.0
_SUMMER_HOUR, _NEAR_EDGE_DAYS = 60.0, 20
# More days between the first and the last than a year has, and no more rows: a typical year.
_LONGEST_YEAR = 366


class Jump(NamedTuple):
    """Days [first, last] whose labels want so many ``minutes`` more than those of the rest."""

    first: str
    last: str
    minutes: float


class _Block(NamedTuple):
    """Half a month: its first day, its last, its clock [min] and two standard errors of it."""

    first: np.datetime64
    last: np.datetime64
    minutes: float
    uncertainty: float
    days: int
    near_edge: bool


def clock_jumps(
    times: pd.DatetimeIndex, ghi: Array, place: tuple[float, float], interval_minutes: float,
    fit: ClockFit, claimed_minutes: float,
) -> tuple[Jump, ...]:  # fmt: skip
    """
    Find parts of a series whose clock differs by more than half an hour from that of the most.

    Parameters
    ----------
    times, ghi, interval_minutes
        As in ``measure_clock``.
    place : (latitude, longitude)
        [deg]
    fit : ClockFit
        Of the whole series, whose daylight saving or sundial is no jump.
    claimed_minutes : float
        What the labels are held to want; of parts of like size, the one that does is the rest.

    Returns
    -------
    tuple of Jump
        In order of time, by half months with enough clear days; empty for an even clock.
    """
    rows = light_rows(times, ghi, *place)
    if not rows.ghi.size:
        return ()
    # Each half month begins from its own light: hours away no fit finds back from a common start.
    _, block = np.unique(_half_month(rows.minutes / 1440.0), return_inverse=True)
    start, rhythm = _noon_of(rows, block)
    clear = (rhythm >= WEAKEST_RHYTHM)[block]
    rows = LightRows(*(column[clear] for column in rows))
    day, minutes, sigma = fit_days(rows, start[block][clear], place[0], interval_minutes)
    if not day.size:
        return ()
    found = _found(day, minutes, sigma, fit, claimed_minutes)
    if found and fit.solar:  # a clock that jumps may pass for a sundial
        found = _found(day, minutes, sigma, replace(fit, solar=False), claimed_minutes) or found
    return found


def _found(
    day: Integers, minutes: Array, sigma: Array, fit: ClockFit, claimed_minutes: float
) -> tuple[Jump, ...]:
    blocks = _judged(day, minutes + _known(day, fit), sigma, _near_edge(day, fit))
    if len(blocks) < 2:
        return ()
    usual = _usual(blocks, claimed_minutes)
    typical = _is_typical(day)
    order = sorted(blocks, key=lambda one: f"{one.first}"[5:] if typical else f"{one.first}")
    return tuple(_spans(order, usual, 5 if typical else 0))


def _half_month(days: Array) -> Integers:
    """Number of the half month of each day counted from 1970."""
    date = np.floor(days).astype(np.int64).astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    late = (date - month.astype("datetime64[D]")).astype(np.int64) >= 15
    return 2 * month.astype(np.int64) + late


def _noon_of(rows: LightRows, block: Integers) -> tuple[Array, Array]:
    """Minutes that bring each half month's light to noon, and the strength of its daily wave."""
    wave = _wave(rows.ghi, rows.hour_angle, block)
    start = -4.0 * np.degrees(np.angle(wave))
    cosine = rows.constant + rows.wave * np.cos(rows.hour_angle + np.radians(start[block] / 4.0))
    sky, _ = clear_sky(cosine)
    ideal = np.abs(_wave(sky, rows.hour_angle, block)) / np.maximum(np.bincount(block, sky), 1e-9)
    strength = np.abs(wave) / np.maximum(np.bincount(block, rows.ghi), 1e-9)
    return start, strength / np.maximum(ideal, 1e-9)


def _wave(light: Array, hour_angle: Array, block: Integers) -> npt.NDArray[np.complex128]:
    east = np.bincount(block, light * np.cos(hour_angle))
    return np.asarray(east + 1j * np.bincount(block, light * np.sin(hour_angle)))


def _known(day: Integers, fit: ClockFit) -> Array:
    """Minutes by which the clock of the whole series is known to be another on these days."""
    dates = pd.DatetimeIndex(day.astype("datetime64[D]"))
    if fit.solar:
        days = dates.day_of_year.to_numpy().astype(float)
        return np.asarray(pvlib.solarposition.equation_of_time_spencer71(days), dtype=float)
    if fit.season is None:
        return np.zeros(day.size)
    name, (into, out_of) = dates.strftime("%m-%d").to_numpy(), fit.season
    inside = (name >= into) & (name < out_of)
    if into > out_of:
        inside = (name >= into) | (name < out_of)
    return _SUMMER_HOUR * inside


def _near_edge(day: Integers, fit: ClockFit) -> npt.NDArray[np.bool_]:
    """Days on which the hour of daylight saving may or may not be there."""
    near = np.zeros(day.size, dtype=bool)
    number = pd.DatetimeIndex(day.astype("datetime64[D]")).day_of_year.to_numpy()
    for edge in fit.season or ():
        away = np.abs(number - pd.Timestamp(f"2001-{edge}").day_of_year)
        near |= np.minimum(away, 365 - away) <= _NEAR_EDGE_DAYS
    return near


def _judged(
    day: Integers, minutes: Array, sigma: Array, near_edge: npt.NDArray[np.bool_]
) -> list[_Block]:
    half = _half_month(day.astype(float))
    found = []
    for number in np.unique(half):
        part = half == number
        if part.sum() < _FEWEST_DAYS:
            continue
        middle, uncertainty = level_of(minutes[part], sigma[part])
        if uncertainty <= _TOO_UNCERTAIN:
            first, last = day[part][[0, -1]].astype("datetime64[D]")
            count = int(part.sum())
            edge = bool(near_edge[part].any())
            found.append(_Block(first, last, middle, uncertainty, count, edge))
    return found


def _usual(blocks: list[_Block], claimed_minutes: float) -> float:
    """Clock that the most days keep, or a good part of them and the claim."""
    minutes = np.array([block.minutes for block in blocks])
    days = np.array([block.days for block in blocks])
    alike = np.abs(_wrapped(minutes[:, None] - minutes[None, :])) <= JUMP_MINUTES
    count = alike @ days
    as_claimed = np.abs(_wrapped(minutes - claimed_minutes)) <= JUMP_MINUTES
    fair = as_claimed & (count > _FAIR_SHARE * days.sum())
    middle = minutes[int(np.argmax(np.where(fair, count + days.sum(), count)))]
    near = np.abs(_wrapped(minutes - middle)) <= JUMP_MINUTES
    return float(middle + np.average(_wrapped(minutes[near] - middle), weights=days[near]))


def _is_typical(day: Integers) -> bool:
    return bool(np.unique(day).size <= _LONGEST_YEAR < np.ptp(day))


def _spans(blocks: list[_Block], usual: float, cut: int) -> list[Jump]:
    """Runs of half months that are away by about the same, at least one of them surely."""
    runs: list[list[tuple[_Block, float]]] = []
    before = 0.0
    for block in blocks:
        away = float(_wrapped(block.minutes - usual))
        away = away if abs(away) > JUMP_MINUTES else 0.0
        if away and before and abs(_wrapped(away - before)) < _ALIKE_MINUTES:
            runs[-1].append((block, away))
        elif away:
            runs.append([(block, away)])
        before = away
    return [
        Jump(str(run[0][0].first)[cut:], str(run[-1][0].last)[cut:], _mean(run))
        for run in runs
        if any(_is_sure(block, away) for block, away in run)
    ]


def _mean(run: list[tuple[_Block, float]]) -> float:
    """Weighted minutes of a run, which may lie on both sides of half a day."""
    first = run[0][1]
    away = [float(_wrapped(minutes - first)) for _, minutes in run]
    weights = [block.uncertainty**-2 for block, _ in run]
    return float(_wrapped(first + np.average(away, weights=weights)))


def _is_sure(block: _Block, away: float) -> bool:
    least = abs(away)
    if block.near_edge:
        least = min(least, abs(least - _SUMMER_HOUR))
    return least > JUMP_MINUTES + block.uncertainty


def _wrapped(minutes: Array | float) -> Array:
    return np.asarray(720.0 - np.mod(720.0 - np.asarray(minutes), 1440.0))
