"""Short gaps are filled within bounds and counted, long ones stay empty and are told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.weather.clearsky import sun_at
from roofpv.weather.dataset import WeatherSite
from roofpv.weather.gaps import fill_gaps
from roofpv.weather.quality import TableRows

LIGHT = ["ghi", "dni", "dhi"]
PLACES = {
    "hourly": (WeatherSite("Ningxia", 39.0, 106.4, 1100.0), 8.0, 60),
    "in UTC": (WeatherSite("Ningxia", 39.0, 106.4, 1100.0), 0.0, 60),
    "ten minutes": (WeatherSite("Hobart", -42.9, 147.3, 50.0), 10.0, 10),
}


def series(place="hourly", days=60, seed=None):
    """Cloudless weather, or with clouds drawn from a seed; its sun and its rows."""
    site, offset, interval = PLACES[place]
    times = pd.date_range("2019-05-01", periods=days * 1440 // interval, freq=f"{interval}min")
    times = times - pd.Timedelta(hours=offset)
    sun = sun_at(times + pd.Timedelta(minutes=interval / 2), site)
    index = np.ones(times.size)
    if seed is not None:
        index = np.random.default_rng(seed).uniform(0.1, 1.1, times.size)
    ghi, dni = sun.clear_ghi * index, sun.clear_dni * np.minimum(index, 1.0) ** 2
    hours = np.arange(times.size) * interval / 60.0
    frame = pd.DataFrame(
        {
            "ghi": ghi,
            "dni": dni,
            "dhi": np.maximum(ghi - dni * np.maximum(sun.cos_zenith, 0.0), 0.0),
            "temp_air": 15.0 - 8.0 * np.cos(2 * np.pi * (hours - 5) / 24),
            "wind_speed": 2.0 + np.sin(hours),
        },
        index=times,
    )
    return frame, sun, TableRows("a.csv", np.arange(times.size) + 1, interval, offset)


def without(frame, rows, columns=LIGHT):
    other = frame.copy()
    other.iloc[rows, [other.columns.get_loc(column) for column in columns]] = np.nan
    return other


def noon(sun, table, day):
    """Row of the highest sun of a day of the series."""
    per_day = int(table.rows_in(1440))
    return day * per_day + int(np.argmax(sun.clear_ghi[day * per_day : (day + 1) * per_day]))


def codes(problems):
    return [(problem.severity, problem.code) for problem in problems]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_filled_where_nothing_is_missing(place):
    frame, sun, table = series(place, seed=1)
    before = frame.copy()
    done = fill_gaps(frame, sun, table)
    pd.testing.assert_frame_equal(done.frame, before, check_exact=True)
    assert (done.problems, done.filled) == ((), {})


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("hour", [-5, -3, -1, 0, 2, 4])
def test_a_hole_of_two_hours_in_a_clear_day_is_filled_with_the_truth(place, hour):
    frame, sun, table = series(place)
    first = noon(sun, table, 30) + round(table.rows_in(60 * hour))
    rows = np.arange(first, first + round(table.rows_in(120)))
    holed = without(frame, rows)
    before = holed.copy()
    done = fill_gaps(holed, sun, table)
    pd.testing.assert_frame_equal(holed, before, check_exact=True)
    for name in LIGHT:
        true, got = frame[name].iloc[rows].sum(), done.frame[name].iloc[rows].sum()
        assert got == pytest.approx(true, rel=0.02), name
    up = np.maximum(sun.cos_zenith, 0.0)
    parts = (done.frame["dni"] * up + done.frame["dhi"]).to_numpy()
    np.testing.assert_allclose(done.frame["ghi"].to_numpy()[rows], parts[rows], atol=1e-9)
    others = np.setdiff1d(np.arange(len(frame)), rows)
    pd.testing.assert_frame_equal(done.frame.iloc[others], frame.iloc[others], check_exact=True)
    lit = int((sun.clear_ghi[rows] > 0).sum())
    assert done.filled == dict.fromkeys(LIGHT, lit)
    assert codes(done.problems) == [("note", "filled")]
    assert f"{lit} rows of ghi" in done.problems[0].what


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("seed", range(5))
def test_laws_of_filling(place, seed):
    frame, sun, table = series(place, seed=seed)
    rng = np.random.default_rng(100 + seed)
    holed = frame.copy()
    for name in frame:
        for start in rng.integers(0, len(frame), 80):
            length = int(rng.integers(1, 1 + table.rows_in(5 * 60)))
            holed.iloc[start : start + length, holed.columns.get_loc(name)] = np.nan
    rows = rng.permutation(len(frame))[: len(frame) // 50]
    holed = without(holed, rows, list(frame))
    done = fill_gaps(holed, sun, table)
    present = holed.notna()
    pd.testing.assert_frame_equal(done.frame[present], holed[present], check_exact=True)
    lit = sun.clear_ghi > 0
    for name in frame:
        new = holed[name].isna().to_numpy() & done.frame[name].notna().to_numpy()
        if name in LIGHT:
            assert (done.frame[name].to_numpy()[new & ~lit] >= 0).all()
            new &= lit
        assert done.filled.get(name, 0) == new.sum()
    (told,) = [problem for problem in done.problems if problem.code == "filled"]
    for name, count in done.filled.items():
        assert f"{count} row{'' if count == 1 else 's'} of {name}" in told.what
    assert max(done.filled.values()) <= told.count <= sum(done.filled.values())
    light = done.frame[LIGHT].to_numpy()
    assert np.nanmin(light) >= 0
    again = fill_gaps(done.frame, sun, table)
    assert again.filled == {}
    pd.testing.assert_frame_equal(again.frame, done.frame, check_exact=True)


@pytest.mark.parametrize("seed", range(10))
def test_no_filled_row_is_brighter_than_its_brighter_neighbour_allows(seed):
    frame, sun, table = series("ten minutes", seed=seed)
    index = np.divide(
        frame["ghi"].to_numpy(), sun.clear_ghi, out=np.zeros(len(frame)), where=sun.clear_ghi > 20
    )
    for start in np.random.default_rng(seed).integers(100, len(frame) - 100, 20):
        rows = np.arange(start, start + 12)
        done = fill_gaps(without(frame, rows), sun, table)
        sides = index[[rows[0] - 1, rows[-1] + 1]]
        ghi = done.frame["ghi"].to_numpy()[rows]
        known = ~np.isnan(ghi)
        assert (ghi[known] <= sides.max() * sun.clear_ghi[rows][known] + 1e-9).all()
        assert (
            done.frame["dni"].to_numpy()[rows][known] <= sun.clear_dni[rows][known] + 1e-9
        ).all()
        if sides.min() > 0:
            assert known.all()
            assert (ghi >= sides.min() * sun.clear_ghi[rows] - 1e-9).all()


def test_the_index_goes_straight_from_one_neighbour_to_the_other():
    frame, sun, table = series()
    middle = noon(sun, table, 10)
    frame.iloc[middle - 2, 0] = 0.4 * sun.clear_ghi[middle - 2]
    frame.iloc[middle + 2, 0] = 0.8 * sun.clear_ghi[middle + 2]
    done = fill_gaps(without(frame, [middle - 1, middle, middle + 1]), sun, table)
    got = done.frame["ghi"].to_numpy()[middle - 1 : middle + 2]
    np.testing.assert_allclose(got / sun.clear_ghi[middle - 1 : middle + 2], [0.5, 0.6, 0.7])


def test_three_hours_are_filled_and_four_are_not():
    frame, sun, table = series()
    middle = noon(sun, table, 10)
    short, long = np.arange(middle, middle + 3), np.arange(middle, middle + 4)
    assert fill_gaps(without(frame, short), sun, table).filled == dict.fromkeys(LIGHT, 3)
    done = fill_gaps(without(frame, long), sun, table)
    assert done.filled == {}
    assert done.frame[LIGHT].iloc[long].isna().all(axis=None)
    (problem,) = done.problems
    assert codes([problem]) == [("warning", "gap")]
    assert problem.sentence == (
        f"a.csv, rows {long[0] + 1}-{long[-1] + 1}, column ghi: 4 rows are missing (2019-05-11): "
        "2019-05 stays empty. Fill them from their source, or give another file."
    )


def test_a_gap_at_sunrise_goes_by_the_neighbour_it_has():
    frame, sun, table = series(seed=3)
    lit = np.flatnonzero(sun.clear_ghi > 0)
    rise = int(lit[lit >= 24 * 5][0])
    rows = np.arange(rise - 6, rise + 3)
    done = fill_gaps(without(frame, rows), sun, table)
    index = frame["ghi"].iloc[rise + 3] / sun.clear_ghi[rise + 3]
    np.testing.assert_allclose(
        done.frame["ghi"].to_numpy()[rise : rise + 3], index * sun.clear_ghi[rise : rise + 3]
    )
    assert (done.frame[LIGHT].to_numpy()[rise - 6 : rise] == 0).all()
    assert done.filled == dict.fromkeys(LIGHT, 3)


def test_the_night_is_no_gap():
    frame, sun, table = series(seed=4)
    night = np.flatnonzero(sun.clear_ghi == 0)
    holed = without(frame, night)
    done = fill_gaps(holed, sun, table)
    assert (done.problems, done.filled) == ((), {})
    pd.testing.assert_frame_equal(done.frame, frame, check_exact=True)
    alone = fill_gaps(without(frame[["ghi"]], night, ["ghi"]), sun, table)
    assert not alone.frame.isna().any(axis=None)


def test_diffuse_light_in_twilight_is_kept():
    frame, sun, table = series()
    dusk = int(np.flatnonzero(sun.clear_ghi == 0)[0])
    frame.iloc[dusk, 2] = 3.0
    done = fill_gaps(without(frame, [dusk], ["ghi", "dni"]), sun, table)
    assert done.frame[LIGHT].iloc[dusk].tolist() == [3.0, 0.0, 3.0]


def test_a_short_winter_day_without_a_neighbour_stays_empty():
    site = WeatherSite("Tromsø", 69.6, 18.9, 10.0)
    times = pd.date_range("2019-11-20", periods=48, freq="h")
    sun = sun_at(times + pd.Timedelta("30min"), site)
    lit = np.flatnonzero(sun.clear_ghi[:24] > 0)
    assert 1 <= lit.size <= 3
    frame = pd.DataFrame({"ghi": sun.clear_ghi}, index=times)
    done = fill_gaps(without(frame, lit, ["ghi"]), sun, TableRows("t", np.arange(48), 60, 1.0))
    assert np.flatnonzero(done.frame["ghi"].isna()).tolist() == lit.tolist()
    assert codes(done.problems) == [("warning", "gap")]


def test_days_without_rows_are_one_gap():
    frame, sun, table = series()
    rows = np.arange(24 * 30 - 10, 24 * 35)
    numbers = table.numbers.copy()
    done = fill_gaps(without(frame, rows, list(frame)), sun, table)
    gaps = [problem for problem in done.problems if problem.code == "gap"]
    assert [problem.where.split(", ")[2] for problem in gaps] == [
        "column ghi", "column temp_air", "column wind_speed",
    ]  # fmt: skip
    assert [problem.severity for problem in gaps] == ["warning", "warning", "note"]
    assert {problem.count for problem in gaps} == {rows.size}
    assert "(2019-05-30 to 2019-06-04): 2019-05, 2019-06 stay empty" in gaps[0].what
    assert "the assumed wind is taken there" in gaps[2].what
    left = done.frame["ghi"].isna().to_numpy()
    assert (left[rows] == (sun.clear_ghi[rows] > 0)).mean() > 0.97
    assert not left[sun.clear_ghi == 0].any()
    assert done.frame["temp_air"].iloc[rows].isna().all()
    numbers[rows] = -1
    absent = TableRows("a.csv", numbers, 60, 8.0)
    unseen = fill_gaps(without(frame, rows, list(frame)), sun, absent).problems
    assert {problem.where for problem in unseen if problem.code == "gap"} == {
        f"a.csv, column {name}" for name in ("ghi", "temp_air", "wind_speed")
    }


def test_many_gaps_are_named_by_the_longest_and_summed():
    frame, sun, table = series()
    holed, total = frame, 0
    for number, day in enumerate(range(3, 43, 5)):
        rows = np.arange(24 * day + 9, 24 * day + 14 + number % 3)
        holed, total = without(holed, rows), total + rows.size
    problems = fill_gaps(holed, sun, table).problems
    assert codes(problems) == [("warning", "gap")] * 5 + [("warning", "gaps")]
    assert (problems[-1].count, problems[-1].where) == (total, "a.csv, column ghi")
    assert "rows are missing in 8 gaps" in problems[-1].what
    assert "2019-05, 2019-06 stay empty" in problems[-1].what
    assert sorted(problem.count for problem in problems[:-1]) == [6, 6, 6, 7, 7]
    starts = [int(problem.where.split("rows ")[1].split("-")[0]) for problem in problems[:-1]]
    assert starts == sorted(starts)


def test_what_follows_from_the_others_is_no_gap():
    frame, sun, table = series(seed=5)
    rows = np.arange(200, 260)
    for columns in (["ghi"], ["dni", "dhi"], ["dni"], ["dhi"]):
        holed = without(frame, rows, columns)
        done = fill_gaps(holed, sun, table)
        assert (done.problems, done.filled) == ((), {})
        pd.testing.assert_frame_equal(done.frame, holed, check_exact=True)


@pytest.mark.parametrize("kept", ["dni", "dhi"])
def test_a_part_that_was_measured_binds_what_is_filled(kept):
    frame, sun, table = series()
    rows = np.arange(noon(sun, table, 12) - 1, noon(sun, table, 12) + 2)
    frame.iloc[rows, frame.columns.get_loc(kept)] = 700.0
    lost = [name for name in LIGHT if name != kept]
    done = fill_gaps(without(frame, rows, lost), sun, table)
    part = done.frame.iloc[rows]
    assert (part[kept] == 700.0).all()
    parts = part["dni"] * sun.cos_zenith[rows] + part["dhi"]
    np.testing.assert_allclose(parts, part["ghi"], atol=1e-9)
    assert done.filled == dict.fromkeys(lost, 3)
    frame.iloc[rows, frame.columns.get_loc("dhi")] = 1200.0
    bright = fill_gaps(without(frame, rows, ["ghi", "dni"]), sun, table).frame.iloc[rows]
    assert (bright["ghi"] == 1200.0).all()
    assert (bright["dni"] == 0.0).all()


def test_series_with_fewer_columns():
    frame, sun, table = series(seed=6)
    rows = np.arange(noon(sun, table, 20), noon(sun, table, 20) + 2)
    whole = fill_gaps(without(frame, rows), sun, table).frame
    alone = fill_gaps(without(frame, rows)[["ghi"]], sun, table)
    np.testing.assert_array_equal(alone.frame["ghi"], whole["ghi"])
    assert alone.filled == {"ghi": 2}
    parts = fill_gaps(without(frame, rows)[["dni", "dhi"]], sun, table)
    np.testing.assert_allclose(parts.frame, whole[["dni", "dhi"]], atol=1e-9)
    assert list(parts.frame) == ["dni", "dhi"]
    diffuse = fill_gaps(without(frame, rows)[["ghi", "dhi"]], sun, table)
    assert diffuse.filled == {"ghi": 2, "dhi": 2}
    assert fill_gaps(frame[["wind_speed"]], sun, table).problems == ()


def test_parts_that_no_neighbour_has_stay_empty():
    frame, sun, table = series(seed=6)
    rows = np.arange(noon(sun, table, 20), noon(sun, table, 20) + 2)
    frame[["dni", "dhi"]] = np.nan
    done = fill_gaps(without(frame, rows), sun, table)
    assert done.filled == {"ghi": 2}
    assert done.frame[["dni", "dhi"]].isna().all(axis=None)


def test_air_goes_in_straight_lines():
    frame, sun, table = series()
    frame["temp_air"] = np.arange(len(frame)) / 10.0
    holed = without(frame, range(100, 106), ["temp_air"])
    holed = without(holed, [0, 1, len(frame) - 1], ["temp_air"])
    done = fill_gaps(holed, sun, table)
    np.testing.assert_allclose(done.frame["temp_air"][100:106], frame["temp_air"][100:106])
    assert done.frame["temp_air"].iloc[[0, 1]].tolist() == [0.2, 0.2]
    assert done.filled == {"temp_air": 9}
    holed = without(frame, range(100, 107), ["temp_air"])
    done = fill_gaps(holed, sun, table)
    assert done.frame["temp_air"].isna().sum() == 7
    assert codes(done.problems) == [("warning", "gap")]


def test_a_column_without_a_value_stays_so():
    frame, sun, table = series(days=1)
    nothing = frame.assign(temp_air=np.nan, ghi=np.nan, dni=np.nan, dhi=np.nan)
    done = fill_gaps(nothing.iloc[:6], sun_of(sun, 6), table_of(table, 6))
    assert done.frame["temp_air"].isna().all()
    assert ("temp_air" in done.filled, "ghi" in done.filled) == (False, False)


def sun_of(sun, rows):
    return type(sun)(**{name: getattr(sun, name)[:rows] for name in vars(sun)})


def table_of(table, rows):
    return TableRows(table.source, table.numbers[:rows], table.interval_minutes, 8.0)


def test_much_filling_is_a_warning():
    frame, sun, table = series(seed=8)
    rows = np.flatnonzero(sun.clear_ghi > 300)[::5]
    done = fill_gaps(without(frame, rows), sun, table)
    assert codes(done.problems) == [("warning", "filled")]
    assert done.problems[0].where == "a.csv"
    assert done.problems[0].count == rows.size
