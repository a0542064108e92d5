"""Quality control of one weather series: nothing is said of clean ones, every fault is found."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pandas as pd
import pvlib
import pytest

from roofpv.weather.clearsky import sun_at
from roofpv.weather.dataset import Convention, WeatherSite, weather_dataset
from roofpv.weather.formats.units import is_known, scale
from roofpv.weather.quality import TableRows, judge, judge_units

NINGXIA = WeatherSite("Ningxia", 39.0, 106.4, 1100.0)
PLACES = {
    "Ningxia": (NINGXIA, 8.0, 60),
    "in UTC": (NINGXIA, 0.0, 60),
    "quarter hours": (WeatherSite("Kathmandu", 27.7, 85.3, 1400.0), 5.75, 15),
    "south": (WeatherSite("Hobart", -42.9, 147.3, 50.0), 10.0, 30),
    "beyond the circle": (WeatherSite("Tromsø", 69.6, 18.9, 10.0), 1.0, 60),
    "equator": (WeatherSite("Quito", -0.2, -78.5, 2850.0), -5.0, 60),
}


def clear_sky(site, moments):
    """Sun and clear sky by pvlib alone."""
    location = pvlib.location.Location(site.latitude, site.longitude, altitude=site.altitude)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.filterwarnings("ignore", message="DatetimeIndex.dayofyear")
        position = location.get_solarposition(moments.tz_localize("UTC"))
        return position, location.get_clearsky(moments.tz_localize("UTC"), solar_position=position)


@functools.cache
def series(place="Ningxia", days=365, clouds=True):
    """Weather under pvlib's clear sky and clouds, with the sun and the rows of it."""
    site, offset, interval = PLACES[place]
    rng = np.random.default_rng(7)
    times = pd.date_range("2019-01-01", periods=days * 1440 // interval, freq=f"{interval}min")
    times = times - pd.Timedelta(hours=offset)
    middle = times + pd.Timedelta(minutes=interval / 2)
    position, clear = clear_sky(site, middle)
    up = np.maximum(np.cos(np.radians(position["apparent_zenith"].to_numpy())), 0.0)
    day = np.repeat(rng.uniform(0.3, 1.0, days), 1440 // interval)
    index = day * rng.uniform(0.85, 1.0, times.size) if clouds else np.ones(times.size)
    ghi = clear["ghi"].to_numpy() * index
    dni = clear["dni"].to_numpy() * (index**2 if clouds else 1.0)
    season = np.cos(2 * np.pi * (times.day_of_year.to_numpy() - 200) / 365)
    frame = pd.DataFrame(
        {
            "ghi": ghi,
            "dni": dni,
            "dhi": ghi - dni * up,
            "temp_air": 8 + 14 * season + rng.normal(0, 3, times.size),
            "wind_speed": rng.weibull(2, times.size) * 3,
        },
        index=times,
    )
    numbers = np.arange(times.size) + 2
    return frame, sun_at(middle, site), TableRows("a.csv", numbers, interval, offset)


@pytest.fixture(scope="module")
def year():
    return series()


def codes(problems):
    return [(problem.severity, problem.code) for problem in problems]


def changed(frame, column, rows, value):
    other = frame.copy()
    other.iloc[rows, other.columns.get_loc(column)] = value
    return other


def noons(sun, days=range(100, 300)):
    """Row of the highest sun of some days of an hourly year."""
    return np.array(
        [24 * day + int(np.argmax(sun.clear_ghi[24 * day : 24 * day + 24])) for day in days]
    )


def test_the_sun_is_that_of_nrels_algorithm_and_the_sky_that_of_pvlib():
    frame, sun, _ = series()
    middle = frame.index + pd.Timedelta(minutes=30)
    position, clear = clear_sky(NINGXIA, middle)
    up = position["apparent_zenith"].to_numpy() < 89.0
    assert np.abs(sun.zenith - position["apparent_zenith"].to_numpy())[up].max() < 0.02
    for name in ("ghi", "dni", "dhi"):
        mine, theirs = getattr(sun, f"clear_{name}"), clear[name].to_numpy()
        assert mine.sum() == pytest.approx(theirs.sum(), rel=2e-3)
        assert np.abs(mine - theirs).max() < 12.0
    closed = sun.clear_dni * np.maximum(sun.cos_zenith, 0.0) + sun.clear_dhi
    np.testing.assert_allclose(closed, sun.clear_ghi, atol=1e-9)


@pytest.mark.parametrize("latitude", [-90.0, -69.0, 0.0, 51.5, 90.0])
def test_the_sky_has_no_holes_and_no_light_at_night(latitude):
    times = pd.date_range("2020-01-01", "2020-12-31", freq="29min")
    sun = sun_at(times, WeatherSite("x", latitude, 179.9, 0.0))
    for name in ("zenith", "cos_zenith", "extra", "clear_ghi", "clear_dni", "clear_dhi"):
        assert np.isfinite(getattr(sun, name)).all()
    assert (sun.clear_ghi[sun.zenith >= 90] == 0).all()
    assert (sun.clear_ghi[sun.zenith < 80] > 0).all()
    shuffled = np.random.default_rng(1).permutation(times.size)
    again = sun_at(times[shuffled], WeatherSite("x", latitude, 179.9, 0.0))
    np.testing.assert_array_equal(again.clear_ghi, sun.clear_ghi[shuffled])


@pytest.mark.parametrize("clouds", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_said_of_a_clean_series_and_nothing_changed(place, clouds):
    frame, sun, table = series(place, clouds=clouds)
    before = frame.copy()
    assert judge_units(frame, sun, table) == ()
    judged = judge(frame, sun, table)
    assert judged.problems == ()
    pd.testing.assert_frame_equal(judged.frame, before, check_exact=True)
    pd.testing.assert_frame_equal(frame, before, check_exact=True)


def test_what_is_given_is_not_changed_where_much_is_wrong(year):
    frame, sun, table = year
    bad = changed(frame, "ghi", noons(sun), 2500.0)
    bad = changed(bad, "temp_air", [5], -9999.0)
    before = bad.copy()
    judge_units(bad, sun, table)
    judge(bad, sun, table)
    pd.testing.assert_frame_equal(bad, before, check_exact=True)


@pytest.mark.parametrize(
    ("place", "column", "unit", "factor"),
    [
        ("Ningxia", "ghi", "kJ/m2", 3.6),
        ("Ningxia", "ghi", "MJ/m2", 0.0036),
        ("Ningxia", "ghi", "kW/m2", 0.001),
        ("Ningxia", "ghi", "J/m2", 3600.0),
        ("Ningxia", "ghi", "J/cm2", 0.36),
        ("Ningxia", "dni", "kJ/m2", 3.6),
        ("Ningxia", "dhi", "kJ/m2", 3.6),
        ("Ningxia", "dhi", "MJ/m2", 0.0036),
        ("south", "ghi", "Wh/m2", 0.5),
        ("south", "ghi", "kJ/m2", 1.8),
        ("quarter hours", "ghi", "kJ/m2/h", 3.6),
        ("quarter hours", "ghi", "Wh/m2", 0.25),
    ],
)
def test_a_unit_is_recognised(place, column, unit, factor):
    frame, sun, table = series(place)
    (problem,) = judge_units(frame.assign(**{column: frame[column] * factor}), sun, table)
    assert (problem.severity, problem.code) == ("refused", "unit")
    assert problem.where == f"a.csv, column {column}"
    assert problem.what.startswith(f"the values look like {unit}: the best days have ")
    assert problem.mend == f"Give --unit {column}={unit}"
    assert is_known(column, unit)
    assert scale(column, unit, table.interval_minutes, "")[0] * factor == pytest.approx(1.0)


def test_a_unit_is_recognised_between_codes_of_missing_values(year):
    frame, sun, table = year
    rows = np.random.default_rng(2).permutation(len(frame))[:2000]
    (problem,) = judge_units(changed(frame * [3.6, 1, 1, 1, 1], "ghi", rows, 9999.0), sun, table)
    assert problem.mend == "Give --unit ghi=kJ/m2"
    assert judge_units(changed(frame, "ghi", rows, 99999.0), sun, table) == ()


@pytest.mark.parametrize("factor", [2.0, 0.03, 50.0])
def test_brightness_that_no_unit_explains_is_refused(year, factor):
    frame, sun, table = year
    (problem,) = judge_units(frame.assign(ghi=frame["ghi"] * factor), sun, table)
    assert (problem.severity, problem.code) == ("refused", "unit")
    assert "no unit explains" in problem.what
    assert "place" in problem.mend


def test_a_hazy_place_is_warned_of_but_not_refused(year):
    frame, sun, table = year
    assert judge_units(frame.assign(ghi=frame["ghi"] * 0.8), sun, table) == ()
    (problem,) = judge_units(frame.assign(ghi=frame["ghi"] * 0.65), sun, table)
    assert (problem.severity, problem.code) == ("warning", "dim")
    assert "only 59 %" in problem.what


def test_some_dull_days_are_no_other_unit():
    frame, sun, table = series(days=8)
    light = frame[["ghi", "dni", "dhi"]]
    for factor in (0.36, 0.2, 0.06):
        assert judge_units(light * factor, sun, table) == ()
    assert codes(judge_units(light[["ghi"]] * 3.6, sun, table)) == [("refused", "unit")]
    assert codes(judge_units(light * 0.001, sun, table)) == [("refused", "unit")] * 3


@pytest.mark.parametrize(
    ("column", "change", "severity", "unit"),
    [
        ("temp_air", lambda t: t + 273.15, "refused", "K"),
        ("temp_air", lambda t: t * 10 + 100, "refused", "0.1degC"),
        ("temp_air", lambda t: t * 1.8 + 32, "refused", "degF"),
        ("temp_air", lambda t: t * 1.8 + 21, "warning", "degF"),
        ("wind_speed", lambda w: w * 10, "refused", "km/h"),
        ("wind_speed", lambda w: w * 5, "warning", "km/h"),
        ("wind_speed", lambda w: w * 16, "refused", "0.1m/s"),
    ],
)
def test_units_of_the_air(year, column, change, severity, unit):
    frame, sun, table = year
    (problem,) = judge_units(frame.assign(**{column: change(frame[column])}), sun, table)
    assert (problem.severity, problem.code) == (severity, "unit")
    assert f"--unit {column}={unit}" in problem.mend
    assert is_known(column, unit)


def test_warm_weeks_and_storms_are_no_other_unit():
    frame, sun, table = series(days=30)
    hot = frame.assign(temp_air=38.0 + frame["temp_air"] / 10, wind_speed=15.0)
    assert judge_units(hot, sun, table) == ()


def test_columns_without_anything(year):
    frame, sun, table = year
    missing = np.full(len(frame), -999.0)
    (problem,) = judge_units(frame.assign(temp_air=missing), sun, table)
    assert codes([problem]) == [("refused", "empty")]
    assert problem.where == "a.csv, column temp_air"
    assert codes(judge_units(frame.assign(ghi=0.0), sun, table)) == [("refused", "empty")]
    assert codes(judge_units(frame.assign(ghi=np.nan), sun, table)) == [("note", "empty")]
    assert codes(judge_units(frame.assign(dni=0.0), sun, table)) == [("warning", "empty")]
    assert codes(judge_units(frame.assign(wind_speed=np.nan), sun, table)) == [("note", "empty")]
    without = frame.drop(columns="dni").assign(ghi=np.nan)
    assert codes(judge_units(without, sun, table)) == [("refused", "empty")]


@pytest.mark.parametrize("code", [-999.0, -9999.0, -99999.0, 9999.0, 99999.0])
def test_codes_of_missing_values_are_taken_out_without_words(year, code):
    frame, sun, table = year
    rows = [100, 4000, 8000]
    bad = frame
    for column in frame:
        bad = changed(bad, column, rows, code)
    judged = judge(bad, sun, table)
    assert judged.problems == ()
    assert judged.frame.iloc[rows].isna().all(axis=None)
    assert int(judged.frame.isna().sum().sum()) == len(rows) * frame.shape[1]


def test_the_offset_of_a_sensor_is_darkness_and_a_large_one_a_fault(year):
    frame, sun, table = year
    night = np.flatnonzero(sun.zenith > 100)
    small = changed(frame, "ghi", night, -3.0)
    judged = judge(small, sun, table)
    assert judged.problems == ()
    assert (judged.frame["ghi"].to_numpy()[night] == 0.0).all()
    large = changed(changed(frame, "dhi", night[:3], -21.0), "dhi", night[3:5], -20.0)
    judged = judge(large, sun, table)
    (problem,) = judged.problems
    assert codes([problem]) == [("warning", "impossible")]
    assert problem.where == f"a.csv, row {night[0] + 2}, column dhi"
    assert problem.count == 3
    assert np.isnan(judged.frame["dhi"].to_numpy()[night[:3]]).all()
    assert (judged.frame["dhi"].to_numpy()[night[3:5]] == 0.0).all()


@pytest.mark.parametrize(("column", "spike"), [("ghi", 2100.0), ("dni", 1500.0), ("dhi", 1400.0)])
def test_a_spike_is_made_empty_and_counted(year, column, spike):
    frame, sun, table = year
    rows = noons(sun, range(150, 154))
    judged = judge(changed(frame, column, rows, spike), sun, table)
    (problem,) = judged.problems
    assert codes([problem]) == [("warning", "impossible")]
    assert problem.where == f"a.csv, row {rows[0] + 2}, column {column}"
    assert (problem.count, f"{spike:.0f} W/m2" in problem.what) == (4, True)
    left = judged.frame[column].to_numpy()
    assert np.isnan(left[rows]).all()
    assert np.isnan(left).sum() == 4
    others = [name for name in frame if name != column]
    pd.testing.assert_frame_equal(judged.frame[others], frame[others], check_exact=True)


def test_the_limits_are_bsrns(year):
    frame, sun, table = year
    row = int(noons(sun, [290])[0])  # where they are below what a Dataset holds
    outside, mu = sun.extra[row], sun.cos_zenith[row]
    possible = {"ghi": 1.5 * outside * mu**1.2 + 100, "dni": outside}
    possible["dhi"] = 0.95 * outside * mu**1.2 + 50
    rare = {"ghi": 1.2 * outside * mu**1.2 + 50, "dni": 0.95 * outside * mu**0.2 + 10}
    rare["dhi"] = 0.75 * outside * mu**1.2 + 30
    for name in ("ghi", "dni", "dhi"):
        for value, said in (
            (possible[name] + 0.1, [("warning", "impossible")]),
            (possible[name] - 0.1, [("note", "rare")]),
            (rare[name] + 0.1, [("note", "rare")]),
            (rare[name] - 0.1, []),
        ):
            judged = judge(changed(frame, name, [row], value), sun, table)
            assert codes(judged.problems) == said, (name, value)
            assert np.isnan(judged.frame[name].iloc[row]) == (said == [("warning", "impossible")])


def test_nothing_stays_that_a_dataset_would_refuse(year):
    frame, sun, table = year
    noon = noons(sun, range(1, 364))
    bright = changed(frame[["ghi", "dni", "dhi", "temp_air"]], "ghi", noon, 1801.0)
    judged = judge(changed(bright, "dni", noon, 1401.0), sun, table)
    assert judged.frame[["ghi", "dni"]].iloc[noon].isna().all(axis=None)
    just = changed(bright, "ghi", noons(sun, [170]), 1799.0)
    assert judge(just, sun, table).frame["ghi"].max() == 1799.0
    assert set(weather_dataset(judged.frame, NINGXIA, Convention(), {"source": "a"})) >= {"ghi"}


def test_impossible_air_is_made_empty_and_much_of_it_refused(year):
    frame, sun, table = year
    judged = judge(changed(frame, "temp_air", [7, 9], 80.0), sun, table)
    (problem,) = judged.problems
    assert problem.sentence.startswith(
        "a.csv, row 9, column temp_air: 80 degC is outside -90 to 65; 2 rows"
    )
    assert codes([problem]) == [("warning", "impossible")]
    assert judged.frame["temp_air"].isna().sum() == 2
    judged = judge(changed(frame, "wind_speed", range(200), -5.0), sun, table)
    assert codes(judged.problems) == [("refused", "impossible")]
    assert "code for missing values" in judged.problems[0].mend


def test_an_anemometer_in_still_air_may_read_a_little_less_than_nothing(year):
    frame, sun, table = year
    judged = judge(changed(frame, "wind_speed", range(300), -0.06), sun, table)
    assert judged.problems == ()
    assert (judged.frame["wind_speed"].iloc[:300] == 0.0).all()
    judged = judge(changed(frame, "wind_speed", [3], -0.6), sun, table)
    assert codes(judged.problems) == [("warning", "impossible")]


def test_light_at_night_is_set_to_nothing(year):
    frame, sun, table = year
    night = np.flatnonzero(sun.zenith > 110)
    judged = judge(changed(frame, "dhi", night[:60], 40.0), sun, table)
    (problem,) = judged.problems
    assert codes([problem]) == [("warning", "night")]
    assert (problem.count, "up to 40 W/m2" in problem.what) == (60, True)
    assert problem.where == f"a.csv, row {night[0] + 2}, column dhi"
    pd.testing.assert_frame_equal(judged.frame, frame, check_exact=True)
    judged = judge(changed(frame, "ghi", night[:19], 40.0), sun, table)
    assert codes(judged.problems) == [("note", "night")]


def test_twilight_is_no_light_at_night(year):
    frame, sun, table = year
    dusk = np.flatnonzero((sun.zenith > 90) & (sun.zenith < 95))
    assert dusk.size > 100
    judged = judge(changed(frame, "ghi", dusk, 20.0), sun, table)
    assert codes(judged.problems) == []
    assert (judged.frame["ghi"].to_numpy()[dusk] == 20.0).all()


def test_a_ghi_that_stands_still_is_made_empty(year):
    frame, sun, table = year
    noon = int(noons(sun, [170])[0])
    rows = np.arange(noon - 2, noon + 3)
    judged = judge(changed(frame, "ghi", rows, 311.0), sun, table)
    (problem,) = judged.problems
    assert codes([problem]) == [("warning", "stuck")]
    assert problem.where == f"a.csv, rows {rows[0] + 2}-{rows[-1] + 2}, column ghi"
    assert problem.count == 5
    assert np.flatnonzero(judged.frame["ghi"].isna()).tolist() == rows.tolist()
    assert not judged.frame[["dni", "dhi"]].isna().any(axis=None)
    assert judge(changed(frame, "ghi", rows[1:], 311.0), sun, table).problems == ()


def test_a_logger_that_stands_still_loses_all_its_light(year):
    frame, sun, table = year
    noon = int(noons(sun, [170])[0])
    rows = np.arange(noon - 3, noon + 4)
    bad = changed(changed(changed(frame, "ghi", rows, 311.0), "dhi", rows, 300.0), "dni", rows, 0.0)
    judged = judge(bad, sun, table)
    assert codes(judged.problems) == [("warning", "stuck")]
    for name in ("ghi", "dhi"):
        assert np.flatnonzero(judged.frame[name].isna()).tolist() == rows.tolist()
    assert (judged.frame["dni"].to_numpy()[rows] == 0.0).all()


def test_two_stuck_spells_are_counted_together():
    frame, sun, table = series("quarter hours", days=60)
    day = np.flatnonzero(sun.zenith < 80)
    first = day[day < 96 * 10][-25:]
    other = day[day < 96 * 20][-25:]
    bad = changed(changed(frame, "ghi", first, 200.0), "ghi", other, 90.0)
    judged = judge(bad, sun, table)
    assert codes(judged.problems) == [("warning", "stuck")]
    assert judged.problems[0].count == 50
    assert np.flatnonzero(judged.frame["ghi"].isna()).tolist() == [*first, *other]


def test_missing_hours_written_as_0_are_told_and_many_refused(year):
    frame, sun, table = year
    bright = np.flatnonzero(sun.clear_ghi > 400)
    for share, severity in ((0.01, "warning"), (0.08, "refused")):
        rows = bright[: int(share * (sun.clear_ghi > 200).sum())]
        dark = frame.copy()
        dark.iloc[rows, :3] = 0.0
        (problem,) = judge(dark, sun, table).problems
        assert codes([problem]) == [(severity, "zeros")]
        assert problem.count == rows.size
        assert problem.where == f"a.csv, row {rows[0] + 2}, column ghi"
        assert "kept" in problem.what
    assert judge(frame[["temp_air"]], sun, table).problems == ()


def test_air_that_stands_still_is_told(year):
    frame, sun, table = year
    judged = judge(changed(frame, "temp_air", range(500, 549), 4.0), sun, table)
    (problem,) = judged.problems
    assert codes([problem]) == [("warning", "constant")]
    assert problem.where == "a.csv, rows 502-550, column temp_air"
    assert (problem.count, "for 49 hours" in problem.what) == (49, True)
    assert not judged.frame.isna().any(axis=None)
    assert judge(changed(frame, "temp_air", range(500, 548), 4.0), sun, table).problems == ()
    judged = judge(frame.assign(wind_speed=2.0), sun, table)
    assert codes(judged.problems) == [("note", "constant")]
    assert "an assumption, not a measurement" in judged.problems[0].what


@pytest.mark.parametrize(("factor", "words"), [(0.95, "5.0 % below"), (1.04, "4.0 % above")])
def test_parts_that_do_not_add_up_are_told(year, factor, words):
    frame, sun, table = year
    judged = judge(frame.assign(ghi=frame["ghi"] * factor), sun, table)
    (problem,) = judged.problems
    assert codes([problem]) == [("warning", "closure")]
    assert problem.what.startswith(f"ghi is {words} dni cos(zenith) + dhi at the median row")
    expected = frame.assign(ghi=frame["ghi"] * factor)
    pd.testing.assert_frame_equal(judged.frame, expected, check_exact=True)


def test_parts_that_fail_in_some_rows_only(year):
    frame, sun, table = year
    assert judge(frame.assign(ghi=frame["ghi"] * 1.02), sun, table).problems == ()
    day = np.flatnonzero(frame["ghi"] > 120)
    some = day[::5]
    judged = judge(changed(frame, "dhi", some, frame["dhi"].to_numpy()[some] * 0.4), sun, table)
    (problem,) = judged.problems
    assert codes([problem]) == [("warning", "closure")]
    assert problem.count > 0.6 * some.size
    rare = judge(changed(frame, "dhi", some[::3], 0.4 * frame["dhi"].iloc[some[::3]]), sun, table)
    assert rare.problems == ()


def test_exchanged_and_doubled_columns(year):
    frame, sun, table = year
    exchanged = frame.drop(columns="dni").assign(ghi=frame["dhi"], dhi=frame["ghi"])
    assert ("warning", "diffuse_ratio") in codes(judge(exchanged, sun, table).problems)
    doubled = frame.assign(dhi=frame["ghi"], dni=0.0)
    assert ("warning", "no_beam") in codes(judge(doubled, sun, table).problems)


def test_too_few_rows_say_nothing_of_the_parts():
    frame, sun, table = series(days=1)
    assert judge(frame.assign(ghi=frame["ghi"] * 0.8), sun, table).problems == ()


def test_months_above_a_cloudless_sky(year):
    frame, sun, table = year
    june = np.flatnonzero(table.months(frame.index) == 49 * 12 + 5)
    assert june.size == 720
    for factor, said in ((1.03, []), (1.1, ["warning"]), (1.25, ["refused"])):
        ghi = sun.clear_ghi[june] * factor
        problems = judge(changed(frame[["ghi", "temp_air"]], "ghi", june, ghi), sun, table).problems
        assert codes(problems) == [(severity, "sums") for severity in said]
        for problem in problems:
            assert f"in 2019-06 ({factor:.2f} times in 2019-06)" in problem.what
            assert problem.where == "a.csv, column ghi"
    dni = np.minimum(sun.clear_dni[june] * 1.3, sun.extra[june])
    problems = judge(changed(frame[["dni"]], "dni", june, dni), sun, table).problems
    assert codes(p for p in problems if p.code != "rare") == [("warning", "sums")]


def test_a_month_with_many_holes_is_not_summed(year):
    frame, sun, table = year
    june = np.flatnonzero(table.months(frame.index) == 49 * 12 + 5)
    bright = changed(frame[["ghi"]], "ghi", june, sun.clear_ghi[june] * 1.1)
    assert codes(judge(bright, sun, table).problems) == [("warning", "sums")]
    holed = changed(bright, "ghi", june[:80], np.nan)
    assert judge(holed, sun, table).problems == ()


def test_rows_that_the_file_does_not_have_are_not_pointed_to(year):
    frame, sun, table = year
    numbers = table.numbers.copy()
    numbers[10:20] = -1
    table = TableRows("b.epw", numbers, 60, 8.0)
    assert table.cell("ghi", 12) == "b.epw, column ghi"
    assert table.cell("ghi", 20) == "b.epw, row 22, column ghi"
    assert table.span("ghi", 8, 20) == "b.epw, rows 10-22, column ghi"
    judged = judge(changed(frame, "temp_air", [12], 99.0), sun, table)
    assert judged.problems[0].where == "b.epw, column temp_air"


def test_nothing_but_air_can_be_judged(year):
    frame, sun, table = year
    air = frame[["temp_air", "wind_speed"]]
    assert judge_units(air, sun, table) == ()
    assert judge(air, sun, table).problems == ()
    assert judge_units(frame[[]], sun, table) == ()
