from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather import Convention, WeatherSite, combine_sites, weather_dataset

LOCAL = Convention(utc_offset_hours=8.0)
PLACE = WeatherSite("town", 39.0, 106.35, 1100.0, "大武口区")
NAMES = ("ghi", "dni", "dhi", "temp_air", "wind_speed")


def _frame(start: str = "2018-12-31T16:00", rows: int = 8760, step: str = "h") -> pd.DataFrame:
    time = pd.date_range(start, periods=rows, freq=step)
    return pd.DataFrame(dict.fromkeys(NAMES, 1.0), index=time)


def _dataset(frame: pd.DataFrame, convention: Convention = LOCAL, **place: object) -> xr.Dataset:
    site = WeatherSite(**{**PLACE.__dict__, **place})  # type: ignore[arg-type]
    return weather_dataset(frame, site, convention, {"source": "w.csv"})


def _refused(call: Callable[[], object], *said: str) -> str:
    with pytest.raises(InvalidWeather) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text
    return text


def test_a_dataset_says_place_units_and_what_a_row_means() -> None:
    data = _dataset(_frame(), Convention("start", 8.0, first_row=2))
    assert dict(data.sizes) == {"site": 1, "time": 8760}
    assert data["latitude"].item() == 39.0
    assert data["district"].item() == "大武口区"
    assert {name: data[name].attrs["units"] for name in NAMES} == {
        "ghi": "W/m2", "dni": "W/m2", "dhi": "W/m2", "temp_air": "degC", "wind_speed": "m/s",
    }  # fmt: skip
    assert data.attrs == {
        "time_label": "start", "interval_minutes": 60, "utc_offset_hours": 8.0,
        "typical_year": 0, "synthetic": 0, "source": "w.csv",
    }  # fmt: skip


def test_the_frame_given_is_not_changed() -> None:
    frame = _frame()
    frame.iloc[3] = -9999.0
    frame.iloc[4, 0] = -3.0
    before = frame.copy(deep=True)
    _dataset(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_weather_without_air_temperature_is_refused() -> None:
    _refused(
        lambda: _dataset(_frame().drop(columns="temp_air")), "w.csv, column temp_air", "missing"
    )


def test_weather_without_wind_is_weather() -> None:
    assert "wind_speed" not in _dataset(_frame().drop(columns="wind_speed"))


@pytest.mark.parametrize(
    ("convention", "after"),
    [
        (LOCAL, "30min"),
        (Convention("instant", 8.0), "0min"),
        (Convention("instant", 8.0, sun_minutes=10.57), "634s"),
    ],
)
def test_every_row_says_where_its_sun_is_taken(convention: Convention, after: str) -> None:
    data = _dataset(_frame(), convention)
    between = data["sun_time"].to_numpy()[0] - data["time"].to_numpy()
    assert set(between) == {np.timedelta64(pd.Timedelta(after).value, "ns")}


def test_what_is_stated_of_the_spread_stands_by_its_site() -> None:
    stated = {"source": "w.csv", "ghi_uncertainty_fraction": 0.05}
    data = weather_dataset(_frame(), PLACE, LOCAL, stated)
    assert data["ghi_uncertainty_fraction"].item() == 0.05
    assert np.isnan(data["ghi_interannual_sd_fraction"].item())
    assert "ghi_uncertainty_fraction" not in data.attrs


@pytest.mark.parametrize("given", [[], ["dni"], ["dhi"]])
def test_without_light_there_is_no_weather(given: list[str]) -> None:
    frame = _frame()[[*given, "temp_air", "wind_speed"]]
    _refused(lambda: _dataset(frame), "w.csv, column ghi", "ghi (or dni and dhi)")


@pytest.mark.parametrize("given", [["ghi"], ["dni", "dhi"], ["ghi", "dni"]])
def test_light_may_be_given_in_parts(given: list[str]) -> None:
    data = _dataset(_frame()[[*given, "temp_air", "wind_speed"]])
    assert {"ghi", "dni", "dhi"} & set(data) == set(given)


def test_a_frame_without_columns_says_so() -> None:
    _refused(lambda: _dataset(_frame()[[]]), "no columns")


@pytest.mark.parametrize("rows", [0, 1])
def test_no_rows_are_no_year(rows: int) -> None:
    _refused(lambda: _dataset(_frame(rows=rows)), "row of weather", "Give a full year")


@pytest.mark.parametrize(
    "place",
    [{"latitude": 90.1}, {"latitude": -91.0}, {"longitude": 180.5}, {"latitude": float("nan")},
     {"longitude": float("inf")}],
)  # fmt: skip
def test_a_place_off_the_earth_is_refused(place: dict[str, float]) -> None:
    _refused(lambda: _dataset(_frame(), **place), "w.csv", "no place on Earth", "--lat and --lon")


@pytest.mark.parametrize("altitude", [-501.0, 9001.0, float("nan")])
def test_an_altitude_off_the_earth_is_refused(altitude: float) -> None:
    _refused(lambda: _dataset(_frame(), altitude=altitude), "w.csv", "--altitude")


@pytest.mark.parametrize(
    ("step", "rows"), [("2h", 4380), ("45min", 11680), ("D", 365), ("1min", 525600)]
)
def test_a_step_that_is_not_known_is_refused(step: str, rows: int) -> None:
    _refused(lambda: _dataset(_frame(step=step, rows=rows)), "w.csv, column time", "minutes apart")


@pytest.mark.parametrize("minutes", [5, 10, 15, 20, 30, 60])
def test_finer_steps_are_known(minutes: int) -> None:
    data = _dataset(_frame(step=f"{minutes}min", rows=365 * 24 * 60 // minutes))
    assert data.attrs["interval_minutes"] == minutes


@pytest.mark.parametrize("first", [1, 100, 8000])
def test_three_missing_hours_are_named_by_their_row(first: int) -> None:
    frame = _frame(rows=8763).drop(index=_frame(rows=8763).index[first : first + 3])
    convention = Convention(utc_offset_hours=8.0, first_row=9)
    _refused(
        lambda: _dataset(frame, convention),
        f"w.csv, row {first + 9}, column time", "3 rows are missing", "Fill the missing hours",
    )  # fmt: skip


def test_a_gap_is_told_by_the_clock_of_the_file() -> None:
    frame = _frame().drop(index=_frame().index[[100, 101, 102]])
    _refused(lambda: _dataset(frame), "between 01-05 03:00 and 01-05 07:00")


def test_an_hour_that_stands_twice_is_named() -> None:
    frame = _frame().iloc[[*range(101), *range(100, 8760)]]
    _refused(lambda: _dataset(frame), "w.csv, row 102, column time", "stands twice", "Remove")


def test_time_that_runs_backwards_is_named() -> None:
    frame = _frame().iloc[[*range(100), 101, 100, *range(102, 8760)]]
    _refused(lambda: _dataset(frame), "w.csv, row 102, column time", "time runs backwards")
    frame = _frame().iloc[::-1]
    _refused(lambda: _dataset(frame), "w.csv, row 2, column time", "time runs backwards")


def test_a_broken_interval_is_named() -> None:
    frame = _frame()
    frame.index = frame.index[:50].append(frame.index[50:] + pd.Timedelta(minutes=7))
    _refused(lambda: _dataset(frame), "w.csv, row 51, column time", "interval of 60 min is broken")


@pytest.mark.parametrize(
    ("start", "rows"),
    [
        ("2018-12-31T16:00", 8757),
        ("2019-12-31T16:00", 8784 - 3),  # a leap year
        ("2017-12-31T16:00", 2 * 8760 - 3),
        ("2018-06-30T16:00", 8760 + 4000),
    ],
)
def test_a_file_that_ends_within_a_year_is_refused(start: str, rows: int) -> None:
    _refused(lambda: _dataset(_frame(start, rows)), "w.csv", "short of a year", "full year")


@pytest.mark.parametrize(
    ("start", "rows"),
    [
        ("2018-12-31T16:00", 8760), ("2019-12-31T16:00", 8784), ("2018-06-30T16:00", 8760),
        ("2018-12-31T16:00", 8760 + 8784), ("2019-02-28T16:00", 8784),
    ],
)  # fmt: skip
def test_whole_years_are_taken_wherever_they_begin(start: str, rows: int) -> None:
    assert _dataset(_frame(start, rows)).sizes["time"] == rows


def _typical(offset: float) -> pd.DataFrame:
    """Twelve months of twelve years, labelled by the local clock, in UTC."""
    parts = []
    for month, year in enumerate(range(2000, 2012), 1):
        days = pd.Period(f"2001-{month:02d}").days_in_month
        parts.append(pd.date_range(f"{year}-{month:02d}-01", periods=days * 24, freq="h"))
    local = pd.DatetimeIndex(np.concatenate([part.to_numpy() for part in parts]))
    return pd.DataFrame(dict.fromkeys(NAMES, 1.0), index=local - pd.Timedelta(hours=offset))


@pytest.mark.parametrize("offset", [-9.0, 0.0, 5.5, 8.0, 13.0])
def test_a_typical_year_of_mixed_years_goes_by_its_calendar(offset: float) -> None:
    data = _dataset(_typical(offset), Convention("start", offset, typical_year=True))
    assert data.sizes["time"] == 8760
    assert data.attrs["typical_year"] == 1


@pytest.mark.parametrize("minutes", [-30, -10, 10, 30])
def test_a_typical_year_of_instants_may_stand_beside_the_hour(minutes: int) -> None:
    frame = _typical(0.0)
    frame.index += pd.Timedelta(minutes=minutes)
    data = _dataset(frame, Convention("instant", 0.0, typical_year=True))
    assert data.sizes["time"] == 8760


def test_a_typical_year_may_have_a_29_february() -> None:
    time = pd.date_range("2000-01-01", periods=8784, freq="h")
    frame = pd.DataFrame(dict.fromkeys(NAMES, 1.0), index=time)
    data = _dataset(frame, Convention("start", 0.0, typical_year=True))
    assert data.sizes["time"] == 8784
    short = frame.iloc[:-1]
    _refused(lambda: _dataset(short, Convention("start", 0.0, typical_year=True)), "ends 1 h short")


def test_missing_hours_of_a_typical_year_are_named() -> None:
    frame = _typical(8.0).drop(index=_typical(8.0).index[744:747])
    convention = Convention("start", 8.0, typical_year=True, first_row=9)
    _refused(lambda: _dataset(frame, convention), "row 753", "3 rows are missing")


@pytest.mark.parametrize("code", [-9999.0, -999.0, -9900.0, -900.0, 9999.0, 999999.0, np.inf])
@pytest.mark.parametrize("name", NAMES)
def test_a_code_for_missing_is_missing_never_zero(name: str, code: float) -> None:
    frame = _frame()
    frame.iloc[12, frame.columns.get_loc(name)] = code
    values = _dataset(frame)[name].to_numpy()[0]
    assert np.flatnonzero(np.isnan(values)).tolist() == [12]
    assert values.sum() != 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ghi", 1801.0), ("ghi", -21.0), ("dni", 1401.0), ("dhi", -30.0), ("temp_air", 66.0),
        ("temp_air", 273.15), ("temp_air", -91.0), ("wind_speed", -0.1), ("wind_speed", 116.0),
    ],
)  # fmt: skip
def test_a_value_that_no_weather_has_names_row_and_column(name: str, value: float) -> None:
    frame = _frame()
    frame.iloc[12, frame.columns.get_loc(name)] = value
    convention = Convention(utc_offset_hours=8.0, first_row=9)
    _refused(
        lambda: _dataset(frame, convention),
        f"w.csv, row 21, column {name}", f"{value:g}", "is outside", "Check the unit",
    )  # fmt: skip


def test_the_offset_of_a_night_is_no_light() -> None:
    frame = _frame()
    frame.iloc[12, 0] = -3.0
    assert _dataset(frame)["ghi"].to_numpy()[0, 12] == 0.0


def test_sites_of_the_same_hours_stand_together() -> None:
    one = _dataset(_frame()).assign_attrs(inputs=json.dumps([{"name": "a", "sha256": "1"}]))
    other = _dataset(_frame() + 1.0, name="village", latitude=39.5).assign_attrs(
        inputs=json.dumps([{"name": "b", "sha256": "2"}]), source="v.csv", synthetic=1
    )
    both = combine_sites([one, other])
    assert both["site"].to_numpy().tolist() == ["town", "village"]
    assert both["latitude"].to_numpy().tolist() == [39.0, 39.5]
    assert both["ghi"].to_numpy()[:, 0].tolist() == [1.0, 2.0]
    assert json.loads(both.attrs["inputs"]) == [
        {"name": "a", "sha256": "1"}, {"name": "b", "sha256": "2"},
    ]  # fmt: skip
    assert both.attrs["source"] == "w.csv; v.csv"
    assert both.attrs["synthetic"] == 1
    assert one.attrs["synthetic"] == 0
    assert one.sizes["site"] == 1


def test_each_site_keeps_its_own_spread() -> None:
    one = weather_dataset(_frame(), PLACE, LOCAL, {"source": "w", "ghi_uncertainty_fraction": 0.05})
    both = combine_sites([one, _dataset(_frame(), name="village")])
    assert both["ghi_uncertainty_fraction"].to_numpy().tolist() == pytest.approx(
        [0.05, np.nan], nan_ok=True
    )


def test_a_column_that_one_site_has_is_missing_at_the_other() -> None:
    one, other = _dataset(_frame()), _dataset(_frame()[["ghi", "temp_air"]], name="village")
    both = combine_sites([one, other])
    assert both["dni"].isel(site=0).notnull().all()
    assert both["dni"].isel(site=1).isnull().all()


def test_two_sites_of_one_name_are_refused() -> None:
    _refused(lambda: combine_sites([_dataset(_frame())] * 2), "two sites are called 'town'")


def test_warnings_of_all_sites_are_kept_once() -> None:
    one = _dataset(_frame()).assign_attrs(warnings=json.dumps(["a", "b"]))
    other = _dataset(_frame(), name="village").assign_attrs(warnings=json.dumps(["b", "c"]))
    assert json.loads(combine_sites([one, other]).attrs["warnings"]) == ["a", "b", "c"]


def test_typical_years_of_other_years_share_a_calendar_and_keep_their_sun() -> None:
    one = _dataset(_typical(8.0), Convention("start", 8.0, typical_year=True))
    later = _typical(8.0)
    later.index = pd.DatetimeIndex([stamp.replace(year=2015) for stamp in later.index])
    later["ghi"] = np.arange(8760.0) % 1000
    other = _dataset(later, Convention("start", 8.0, typical_year=True), name="village")
    both = combine_sites([one, other])
    local = both.indexes["time"] + pd.Timedelta(hours=8)
    assert (local[0], local[-1]) == (pd.Timestamp("2001-01-01"), pd.Timestamp("2001-12-31 23:00"))
    np.testing.assert_array_equal(both["ghi"].to_numpy()[1], np.arange(8760.0) % 1000)
    np.testing.assert_array_equal(both["sun_time"].to_numpy()[0], one["sun_time"].to_numpy()[0])
    np.testing.assert_array_equal(both["sun_time"].to_numpy()[1], other["sun_time"].to_numpy()[0])


def test_a_typical_year_and_one_of_another_hour_do_not_stand_together() -> None:
    one = _dataset(_typical(0.0), Convention("instant", 0.0, typical_year=True))
    later = _typical(0.0)
    later.index += pd.Timedelta(minutes=30)
    other = _dataset(later, Convention("instant", 0.0, typical_year=True), name="village")
    _refused(lambda: combine_sites([one, other]), "its times differ")


def test_sites_of_other_hours_are_refused() -> None:
    one, other = _dataset(_frame()), _dataset(_frame("2017-12-31T16:00"), name="village")
    other.attrs["source"] = "v.csv"
    _refused(lambda: combine_sites([one, other]), "v.csv", "w.csv", "one by one")


def test_sites_whose_rows_mean_something_else_are_refused() -> None:
    one = _dataset(_frame(), Convention("start", 8.0))
    other = _dataset(_frame(), Convention("instant", 8.0), name="village")
    _refused(lambda: combine_sites([one, other]), "w.csv")


def test_a_site_without_beam_is_missing_it_beside_one_that_has_it() -> None:
    one = _dataset(_frame())
    other = _dataset(_frame().drop(columns=["dni", "dhi"]), name="village")
    both = combine_sites([one, other])
    assert both["dni"].isel(site=0).notnull().all()
    assert both["dni"].isel(site=1).isnull().all()
