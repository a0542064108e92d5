"""The user's word on a clock, and what the sun says of the outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest

from roofpv.errors import InvalidWeather
from roofpv.weather import Clock, WeatherSite
from roofpv.weather.clock import restate, tell_time
from roofpv.weather.doctor import Claim
from roofpv.weather.series import Series

TOWN = WeatherSite("town", 39.0, 106.35, 1100.0)
CLOCK = 8.0


def _clear(times: pd.DatetimeIndex) -> np.ndarray:
    """Haurwitz' clear sky over the town, averaged over the hour that begins at each label."""
    parts = []
    for minutes in (10, 30, 50):
        moment = (times + pd.Timedelta(minutes=minutes)).tz_localize("UTC")
        sun = pvlib.solarposition.get_solarposition(moment, TOWN.latitude, TOWN.longitude)
        parts.append(pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy())
    return np.mean(parts, axis=0)


def _series(labels: pd.DatetimeIndex, truth: pd.DatetimeIndex, **claim: object) -> Series:
    """Labels in UTC as claimed, with the light of the hours that begin at ``truth``."""
    frame = pd.DataFrame({"ghi": _clear(truth), "temp_air": 10.0}, index=labels)
    held = Claim(**{"label": "start", "interval_minutes": 60, "utc_offset_hours": CLOCK, **claim})
    return Series(frame, TOWN, held, "CSV", "w.csv", np.arange(len(frame)) + 2)


def _same(found: pd.Index, expected: pd.Index) -> None:
    np.testing.assert_array_equal(found.to_numpy(), expected.to_numpy())


@pytest.fixture(scope="module")
def hours() -> pd.DatetimeIndex:
    return pd.date_range("2018-12-31T16:00", periods=8760, freq="h")


def _severities(series: Series, clock: Clock) -> list[str]:
    return [problem.severity for problem in tell_time(series, clock).problems]


def test_a_right_clock_is_noted_and_nothing_is_moved(hours: pd.DatetimeIndex) -> None:
    series = _series(hours, hours)
    clocked = tell_time(series, Clock())
    assert [problem.severity for problem in clocked.problems] == ["note"]
    assert clocked.diagnosis.finding == "as_claimed"
    _same(clocked.series.frame.index, hours)
    _same(clocked.sun_times(hours), hours + pd.Timedelta(minutes=30))


def test_a_file_in_utc_read_as_local_time_is_refused_with_its_mend(hours: pd.DatetimeIndex) -> None:
    series = _series(hours - pd.Timedelta(hours=8), hours)
    (problem,) = tell_time(series, Clock()).problems
    assert problem.severity == "refused"
    assert "8 h" in problem.what
    assert "--utc-offset 0" in problem.what
    assert "--trust-clock" in problem.mend


def test_the_mend_mends_and_trust_is_told(hours: pd.DatetimeIndex) -> None:
    series = _series(hours - pd.Timedelta(hours=8), hours)
    mended = tell_time(series, Clock(utc_offset_hours=0.0))
    assert mended.diagnosis.finding == "as_claimed"
    _same(pd.DatetimeIndex(mended.series.frame.index), hours)
    assert mended.series.claim.utc_offset_hours == 0.0
    trusted = tell_time(series, Clock(trusted=True))
    assert [problem.severity for problem in trusted.problems] == ["warning"]
    assert "used as the file says (--trust-clock)" in trusted.problems[0].what
    _same(trusted.series.frame.index, series.frame.index)


def test_labels_at_the_end_read_as_starts_are_refused_and_mended(hours: pd.DatetimeIndex) -> None:
    series = _series(hours + pd.Timedelta(hours=1), hours)
    assert _severities(series, Clock()) == ["refused"]
    mended = tell_time(series, Clock(label="end"))
    assert mended.diagnosis.finding == "as_claimed"
    assert mended.series.claim.label == "end"
    _same(mended.series.frame.index, series.frame.index)


def test_half_an_hour_is_a_warning_and_not_repaired(hours: pd.DatetimeIndex) -> None:
    series = _series(hours + pd.Timedelta(minutes=30), hours)
    (problem,) = tell_time(series, Clock()).problems
    assert problem.severity == "warning"
    assert "used as the file says" in problem.what


def test_minutes_are_added(hours: pd.DatetimeIndex) -> None:
    series = _series(hours + pd.Timedelta(minutes=140), hours)
    assert _severities(series, Clock()) == ["refused"]
    assert _severities(series, Clock(shift_minutes=-140)) == ["note"]


def test_a_clock_that_the_file_does_not_state_is_said(hours: pd.DatetimeIndex) -> None:
    series = _series(hours, hours, utc_offset_hours=0.0)
    series = Series(**{**series.__dict__, "attrs": {"clock_unstated": True}})
    (problem,) = tell_time(series, Clock()).problems
    assert problem.severity == "warning"
    assert "does not state its clock, taken as UTC" in problem.what
    assert "does not state" not in tell_time(series, Clock(utc_offset_hours=0)).problems[0].what


def _with_summer_time(utc: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """Labels of a civil clock, taken for a clock that never changes."""
    civil = utc.tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return pd.DatetimeIndex(civil) - pd.Timedelta(hours=1)


@pytest.mark.parametrize("years", [1, 3])
def test_summer_time_is_refused_and_mended_to_the_hour(years: int) -> None:
    end = pd.Timestamp(2018 + years, 12, 31, 22)
    utc = pd.date_range("2018-12-31T23:00", end, freq="h")
    labels = _with_summer_time(utc, "Europe/Berlin")
    place = WeatherSite("Bonn", 50.7, 7.1, 60.0)
    moments = (utc + pd.Timedelta(minutes=30)).tz_localize("UTC")
    sun = pvlib.solarposition.get_solarposition(moments, place.latitude, place.longitude)
    ghi = pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy()
    frame = pd.DataFrame({"ghi": ghi, "temp_air": 10.0}, index=labels)
    claim = Claim("start", 60, 1.0)
    series = Series(frame, place, claim, "CSV", "w.csv", np.arange(len(frame)) + 2)
    refused = tell_time(series, Clock())
    assert refused.diagnosis.finding == "daylight_saving"
    assert refused.problems[0].severity == "refused"
    season = refused.diagnosis.mend.removeprefix("--daylight-saving ")
    mended = tell_time(series, Clock(daylight_saving=season))
    assert mended.diagnosis.finding == "as_claimed"
    _same(pd.DatetimeIndex(mended.series.frame.index), utc)


def test_summer_time_of_the_south_rules_over_new_year() -> None:
    utc = pd.date_range("2018-12-31T14:00", "2019-12-31T13:00", freq="h")
    civil = utc.tz_localize("UTC").tz_convert("Australia/Sydney").tz_localize(None)
    claim = Claim("start", 60, 10.0)
    labels = pd.DatetimeIndex(civil) - pd.Timedelta(hours=10)
    frame = pd.DataFrame({"ghi": 1.0}, index=labels)
    series = Series(frame, TOWN, claim, "CSV", "w.csv", np.arange(len(frame)) + 2)
    said = restate(series, Clock(daylight_saving="10-06/04-07"))
    _same(pd.DatetimeIndex(said.frame.index), utc)


def test_a_sundial_is_taken_off_the_sun_not_off_the_labels(hours: pd.DatetimeIndex) -> None:
    equation = pvlib.solarposition.equation_of_time_spencer71(hours.day_of_year.to_numpy())
    mean_solar = pd.Timedelta(hours=TOWN.longitude / 15.0)
    even = (hours + mean_solar).round("h")  # what the sundial shows, at full hours
    truth = even - mean_solar - pd.to_timedelta(equation, unit="min")
    series = _series(even - pd.Timedelta(hours=CLOCK), truth)
    assert tell_time(series, Clock()).diagnosis.finding == "solar_time"
    clocked = tell_time(series, Clock(solar=True))
    assert clocked.diagnosis.finding == "as_claimed"
    labels = pd.DatetimeIndex(clocked.series.frame.index)
    assert set(np.diff(labels.to_numpy())) == {np.timedelta64(1, "h")}
    away = clocked.sun_times(labels) - (truth + pd.Timedelta(minutes=30))
    assert np.abs(away.total_seconds()).max() < 60.0


@pytest.mark.parametrize(
    ("clock", "where", "said"),
    [
        (Clock(utc_offset_hours=15), "--utc-offset", "15 is no clock"),
        (Clock(utc_offset_hours=float("nan")), "--utc-offset", "nan is no clock"),
        (Clock(label="noon"), "--label", "'noon'"),
        (Clock(shift_minutes=1441), "--shift-minutes", "more than a day"),
        (Clock(daylight_saving="summer"), "--daylight-saving", "03-31/10-27"),
        (Clock(daylight_saving="02-30/10-27"), "--daylight-saving", "no season"),
        (Clock(daylight_saving="03-31/10-27", solar=True), "--daylight-saving", "sundial"),
        (Clock(utc_offset_hours=8, solar=True), "--utc-offset", "sundial"),
    ],
)
def test_a_clock_that_does_not_exist_is_refused(
    hours: pd.DatetimeIndex, clock: Clock, where: str, said: str
) -> None:
    series = _series(hours[:48], hours[:48])
    with pytest.raises(InvalidWeather) as caught:
        restate(series, clock)
    assert str(caught.value).startswith(where)
    assert said in str(caught.value)


def test_a_label_that_is_told_anew_drops_the_minutes_that_the_file_states() -> None:
    hours = pd.date_range("2019-01-01", periods=48, freq="h")
    series = _series(hours, hours, label="instant", stated_minutes=10.57)
    assert restate(series, Clock(label="start")).claim.stated_minutes == 0.0
    assert restate(series, Clock(label="instant")).claim.stated_minutes == 10.57
