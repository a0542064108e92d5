"""Clocks that jump within a series, on weather of our own."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from roofpv.weather import bundled_folder
from roofpv.weather.clock import tell_time
from roofpv.weather.clockjumps import Jump, clock_jumps
from roofpv.weather.doctor import Diagnosis, diagnose
from roofpv.weather.formats import read_series
from roofpv.weather.series import Clock, Columns, Place, Series
from roofpv.weather.solarclock import measure_clock


@functools.cache
def town() -> Series:
    (series,) = read_series(bundled_folder("weather") / "dawukou.csv", Place(), Columns())
    return series


def late(hours: int, first: str, last: str) -> pd.DataFrame:
    """The town's year, with light that comes so much later between two days."""
    frame = town().frame.copy()
    day = (frame.index + pd.Timedelta(hours=8)).strftime("%m-%d")
    part = (day >= first) & (day <= last)
    frame[part] = np.roll(frame[part].to_numpy(), hours, axis=0)
    return frame


def judge(frame: pd.DataFrame) -> Diagnosis:
    site = town().site
    return diagnose(frame, site.latitude, site.longitude, town().claim)


def jumps(frame: pd.DataFrame) -> tuple[Jump, ...]:
    times, ghi, site = pd.DatetimeIndex(frame.index), frame["ghi"].to_numpy(), town().site
    place = (site.latitude, site.longitude)
    fit = measure_clock(times, ghi, *place, 60.0)
    return clock_jumps(times, ghi, place, 60.0, fit, 30.0)


@pytest.mark.parametrize(
    ("hours", "first", "last", "said"),
    [
        (3, "07-01", "12-31", "from 2001-07-01 to 2001-12-31 it is"),
        (2, "07-01", "12-31", "from 2001-07-01 to 2001-12-31 it is"),
        (1, "07-01", "12-31", "from 2001-07-01 to 2001-12-31 it is"),
        (-3, "05-01", "05-31", "from 2001-05-01 to 2001-05-31 it is"),
        (1, "09-01", "09-30", "from 2001-09-01 to 2001-09-30 it is"),
        (8, "01-01", "04-30", "from 2001-01-01 to 2001-04-30 it is"),
        (-12, "10-01", "11-30", "from 2001-10-01 to 2001-11-29 it is"),
    ],
)
def test_a_clock_that_jumps_is_refused_with_its_days(
    hours: int, first: str, last: str, said: str
) -> None:
    found = judge(late(hours, first, last))
    assert (found.finding, found.refused, found.mend) == ("uneven", True, "")
    assert found.sentence.startswith("the clock changes within the file: from 2001-")
    assert said in found.sentence
    assert ("late" if hours > 0 else "early") in found.sentence or abs(hours) == 12
    assert found.sentence.count("from") == 1
    (jump,) = jumps(late(hours, first, last))
    assert abs(jump.minutes) == pytest.approx(60.0 * abs(hours), abs=12.0)


def test_many_jumps_are_counted() -> None:
    frame = late(3, "02-01", "02-28")
    for first, last in (("04-01", "04-30"), ("06-01", "06-30"), ("08-01", "08-31")):
        month = late(3, first, last)
        day = (frame.index + pd.Timedelta(hours=8)).strftime("%m-%d")
        frame[(day >= first) & (day <= last)] = month
    assert "and 1 more" in judge(frame).sentence


def test_a_typical_year_names_the_days_without_a_year() -> None:
    frame = late(3, "07-01", "08-31")
    years = 1990 + (frame.index + pd.Timedelta(hours=8)).month.to_numpy() * 7 % 12
    local = frame.index + pd.Timedelta(hours=8)
    moved = [moment.replace(year=int(year)) for moment, year in zip(local, years, strict=True)]
    frame.index = pd.DatetimeIndex(moved) - pd.Timedelta(hours=8)
    assert "from 07-01 to 08-31 it is" in judge(frame).sentence


def test_an_even_clock_has_no_jump() -> None:
    assert judge(town().frame).finding == "as_claimed"
    assert judge(town().frame.iloc[: 24 * 10]).finding != "uneven"


def test_an_hour_of_summer_is_no_jump() -> None:
    frame = late(1, "03-31", "10-26")
    assert judge(frame).finding == "daylight_saving"


def test_nothing_comes_of_no_light() -> None:
    times = pd.DatetimeIndex(town().frame.index)
    place, dark = (39.0, 106.4), np.full(times.size, np.nan)
    fit = measure_clock(times, dark, *place, 60.0)
    assert clock_jumps(times, dark, place, 60.0, fit, 30.0) == ()
    flat = np.full(times.size, 100.0)
    fit = measure_clock(times, flat, *place, 60.0)
    assert clock_jumps(times, flat, place, 60.0, fit, 30.0) == ()


def test_the_refusal_says_what_to_do_unless_the_clock_is_trusted() -> None:
    series = replace(town(), frame=late(3, "07-01", "12-31"))
    (problem,) = tell_time(series, Clock()).problems
    assert problem.severity == "refused"
    assert problem.mend == "Correct those rows, or take the file's word with --trust-clock"
    (problem,) = tell_time(series, Clock(trusted=True)).problems
    assert problem.severity == "warning"
