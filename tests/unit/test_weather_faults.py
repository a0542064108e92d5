"""Files as they arrive: what is wrong with each is recognised, or refused with what and where."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.sky import sun_and_sky
from roofpv.weather import Clock, Columns, Place, bundled_folder, combine_sites, read_weather
from roofpv.weather.read import examine_weather

COLUMNS = ("ghi", "dni", "dhi", "temp_air", "wind_speed")


@cache
def _town() -> tuple[str, tuple[str, ...]]:
    """Header and rows of a bundled typical year, as a year of 2001."""
    lines = (bundled_folder("weather") / "dawukou.csv").read_text("utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("time,"))
    kept = [line for line in lines[:first] if not line.startswith("# typical_year")]
    return "\n".join([*kept, lines[first]]) + "\n", tuple(lines[first + 1 :])


def _first_row() -> int:
    return _town()[0].count("\n") + 1


def _write(folder: Path, rows: list[str], header: str | None = None) -> Path:
    file = folder / "town.csv"
    file.write_text((header or _town()[0]) + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def _rows() -> list[str]:
    return list(_town()[1])


def _scaled(factor: float, names: tuple[str, ...] = ("ghi", "dni", "dhi")) -> list[str]:
    rows = []
    for row in _rows():
        stamp, *cells = row.split(",")
        for name in names:
            place = COLUMNS.index(name)
            cells[place] = f"{float(cells[place]) * factor:.4f}"
        rows.append(",".join([stamp, *cells]))
    return rows


def _with(rows: list[str], changes: dict[int, dict[str, float | str]]) -> list[str]:
    for number, cells in changes.items():
        stamp, *values = rows[number].split(",")
        for name, value in cells.items():
            values[COLUMNS.index(name)] = str(value)
        rows[number] = ",".join([stamp, *values])
    return rows


def _refused(call: Callable[[], object], *said: str) -> None:
    with pytest.raises(InvalidWeather) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text


def _warnings(data: xr.Dataset) -> list[str]:
    return json.loads(data.attrs["warnings"])


def test_a_whole_year_has_no_warning(tmp_path: Path) -> None:
    data = read_weather(_write(tmp_path, _rows()))
    assert _warnings(data) == []
    assert data.sizes["time"] == 8760
    assert data.attrs["clock_finding"] == "as_claimed"


def test_an_hour_that_is_left_out_is_filled_and_told(tmp_path: Path) -> None:
    rows, noon = _rows(), 24 * 200 + 12
    truth = float(rows.pop(noon).split(",")[1])
    data = read_weather(_write(tmp_path, rows))
    assert data.sizes["time"] == 8760
    assert any(
        f"row {_first_row() + noon}" in said and "1 row is missing" in said
        for said in _warnings(data)
    )
    assert data["ghi"].to_numpy()[0, noon] == pytest.approx(truth, rel=0.5)
    assert json.loads(data.attrs["filled_rows"])["ghi"] == 1


def test_8759_rows_that_end_early_are_refused(tmp_path: Path) -> None:
    file = _write(tmp_path, _rows()[:-1])
    _refused(lambda: read_weather(file), "town.csv, row", "ends 1 h short of a year")


def test_shuffled_rows_are_refused_where_time_runs_backwards(tmp_path: Path) -> None:
    rows = _rows()
    rows[100:200] = rows[199:99:-1]
    _refused(lambda: read_weather(_write(tmp_path, rows)), "column time", "time runs backwards")
    order = np.random.default_rng(7).permutation(len(rows))
    mixed = _write(tmp_path, [_rows()[i] for i in order])
    _refused(lambda: read_weather(mixed), "town.csv, row", "column time", "time runs backwards")


def test_a_stamp_that_stands_twice_is_refused_with_its_row(tmp_path: Path) -> None:
    rows = _rows()
    rows.insert(500, rows[499])
    _refused(
        lambda: read_weather(_write(tmp_path, rows)),
        f"row {_first_row() + 500}", "stands twice", "Remove the repeated row",
    )  # fmt: skip


def test_two_years_mixed_are_refused_where_the_second_begins(tmp_path: Path) -> None:
    rows = _rows()
    other = [row.replace("2001-", "1999-") for row in rows[:4000]]
    _refused(
        lambda: read_weather(_write(tmp_path, rows[:4760] + other)),
        f"row {_first_row() + 4760}", "time runs backwards",
    )  # fmt: skip
    # Where the years follow on, the months between them are missing and the year is empty.
    later = [row.replace("2001-", "2002-") for row in rows[4760:]]
    found = examine_weather(_write(tmp_path, rows[:4760] + later))[0]
    assert any("rows are missing" in problem.what for problem in found.warnings)


@pytest.mark.parametrize(("factor", "unit"), [(3.6, "kJ/m2"), (0.0036, "MJ/m2"), (0.001, "kW")])
def test_other_units_are_refused_by_name(tmp_path: Path, factor: float, unit: str) -> None:
    file = _write(tmp_path, _scaled(factor))
    _refused(lambda: read_weather(file), "town.csv, column ghi", unit, "--unit")


def test_a_unit_that_is_told_is_converted(tmp_path: Path) -> None:
    plain = read_weather(_write(tmp_path, _rows()))
    units = dict.fromkeys(("ghi", "dni", "dhi"), "kJ/m2")
    told = read_weather(_write(tmp_path, _scaled(3.6)), columns=Columns(units=units))
    for name in ("ghi", "dni", "dhi"):
        np.testing.assert_allclose(told[name], plain[name], atol=0.02)


@pytest.mark.parametrize("code", ["-9999", "99999", "-999.0", ""])
def test_codes_for_missing_are_missing_never_zero(tmp_path: Path, code: str) -> None:
    start = 24 * 180
    holes = {row: dict.fromkeys(COLUMNS, code) for row in range(start, start + 240)}
    data = read_weather(_write(tmp_path, _with(_rows(), holes)))
    ghi = data["ghi"].to_numpy()[0, start : start + 240]
    day = np.arange(240) % 24
    assert np.isnan(ghi[(day > 8) & (day < 17)]).all()
    assert np.isnan(data["temp_air"].to_numpy()[0, start + 20 : start + 200]).all()
    assert any("missing" in said and "stay empty" in said for said in _warnings(data))


def test_one_bad_cell_costs_one_hour_not_the_file(tmp_path: Path) -> None:
    noon = 24 * 100 + 12
    data = read_weather(_write(tmp_path, _with(_rows(), {noon: {"ghi": 5000.0}})))
    assert np.isnan(data["ghi"].to_numpy()[0, noon])
    # Its dni and dhi are there, and the three add up.
    assert 0.0 < sun_and_sky(data)["ghi"].to_numpy()[0, noon] < 1300.0
    assert any(f"row {_first_row() + noon}" in said for said in _warnings(data))


def test_a_year_in_utc_said_to_be_local_is_refused_and_mended(tmp_path: Path) -> None:
    utc = pd.date_range("2000-12-31T16:00", periods=8760, freq="h").strftime("%Y-%m-%dT%H:%M+08:00")
    rows = [",".join([t, *r.split(",")[1:]]) for t, r in zip(utc, _rows(), strict=True)]
    file = _write(tmp_path, rows)
    _refused(lambda: read_weather(file), "8 h", "is the file in UTC?", "--utc-offset 0")
    mended = read_weather(file, clock=Clock(utc_offset_hours=0.0))
    right = read_weather(_write(tmp_path, _rows()))
    np.testing.assert_array_equal(mended["sun_time"], right["sun_time"])
    np.testing.assert_array_equal(mended["ghi"], right["ghi"])


@pytest.mark.parametrize("label", ["start", "end", "middle", "instant"])
def test_every_label_puts_the_sun_in_the_same_place(tmp_path: Path, label: str) -> None:
    minutes = {"start": 0, "end": 60, "middle": 30, "instant": 30}[label]
    stamps = pd.date_range("2001-01-01", periods=8760, freq="h") + pd.Timedelta(minutes=minutes)
    texts = stamps.strftime("%Y-%m-%dT%H:%M+08:00")
    rows = [",".join([t, *r.split(",")[1:]]) for t, r in zip(texts, _rows(), strict=True)]
    header = _town()[0].replace("# time_label: start", f"# time_label: {label}")
    data = read_weather(_write(tmp_path, rows, header))
    assert _warnings(data) == []
    sun = pd.DatetimeIndex(data["sun_time"].to_numpy()[0])
    assert (sun[0], sun[-1]) == (
        pd.Timestamp("2000-12-31 16:30"),
        pd.Timestamp("2001-12-31 15:30"),
    )
    assert data.attrs["stated_label"] == label


@pytest.mark.parametrize("years", [(2004,), (2003, 2004, 2005, 2006, 2007, 2008)])
def test_a_29_february_that_is_left_out_is_taken_as_the_day_before(
    tmp_path: Path, years: tuple[int, ...]
) -> None:
    rows = [row.replace("2001-", f"{year}-") for year in years for row in _rows()]
    data = read_weather(_write(tmp_path, rows))
    leap = [year for year in years if year % 4 == 0]
    assert data.sizes["time"] == 8760 * len(years) + 24 * len(leap)
    (said,) = _warnings(data)
    assert f"29 February is missing in {', '.join(map(str, leap))}" in said
    assert json.loads(data.attrs["filled_rows"])["ghi"] == 24 * len(leap)
    local = data.indexes["time"] + pd.Timedelta(hours=8)
    ghi = pd.Series(data["ghi"].to_numpy()[0], local)
    for year in leap:
        day, before = ghi[f"{year}-02-29"], ghi[f"{year}-02-28"]
        np.testing.assert_array_equal(day.to_numpy(), before.to_numpy())


def test_an_altitude_that_nobody_states_is_told_and_corrects_no_air(tmp_path: Path) -> None:
    header = "\n".join(line for line in _town()[0].split("\n") if "altitude" not in line)
    data = read_weather(_write(tmp_path, _rows(), header))
    assert any("altitude is not stated, taken as 0 m" in said for said in _warnings(data))
    assert data["altitude"].item() == 0.0
    assert np.isnan(data["temp_air_altitude"].item())
    told = read_weather(tmp_path / "town.csv", Place(altitude=1119.0))
    assert told["temp_air_altitude"].item() == 1119.0
    assert _warnings(told) == []


def test_negative_light_by_day_is_made_empty_and_told(tmp_path: Path) -> None:
    noon, midnight = 24 * 100 + 12, 24 * 100
    rows = _with(_rows(), {noon: {"ghi": -18.0}, midnight: {"ghi": -3.0}})
    data = read_weather(_write(tmp_path, rows))
    ghi = data["ghi"].to_numpy()[0]
    assert np.isnan(ghi[noon])
    assert ghi[midnight] == 0.0
    (said,) = _warnings(data)
    assert f"row {_first_row() + noon}" in said
    assert "-18 W/m2 is below -4" in said


def test_a_few_lit_rows_of_the_night_are_told_as_well(tmp_path: Path) -> None:
    data = read_weather(_write(tmp_path, _with(_rows(), {24 * 9: {"ghi": 80.0, "dhi": 80.0}})))
    assert any("1 row with light (up to 80 W/m2)" in said for said in _warnings(data))


def test_what_was_filled_is_remembered_through_netcdf(tmp_path: Path) -> None:
    rows = _rows()
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(
            _town()[0].replace("site: dawukou", f"site: {name}")
            + "\n".join(rows[:4000] + rows[4001:]) + "\n", encoding="utf-8",
        )  # fmt: skip
    both = combine_sites([read_weather(tmp_path / f"{name}.csv") for name in "ab"])
    counts = json.loads(both.attrs["filled_rows"])
    assert counts["temp_air"] == 2
    both.to_netcdf(tmp_path / "both.nc", engine="h5netcdf")
    back = read_weather(tmp_path / "both.nc")
    assert json.loads(back.attrs["filled_rows"]) == counts
    assert set(_warnings(both)) <= set(_warnings(back))
    holes = both.isel(time=np.arange(8760) != 5000)
    holes.to_netcdf(tmp_path / "both.nc", engine="h5netcdf")
    said = _warnings(read_weather(tmp_path / "both.nc"))
    assert any(one.startswith("both.nc, site b, row 5001") for one in said)


def test_words_on_columns_are_refused_where_the_format_fixes_them(tmp_path: Path) -> None:
    plain = read_weather(_write(tmp_path, _rows()))
    plain.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    units = Columns(units={"ghi": "kJ/m2"})
    _refused(lambda: read_weather(tmp_path / "w.nc", columns=units), "fixed by its format")
    bright = plain.assign(ghi=plain["ghi"] * 3.6)
    bright.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    _refused(lambda: read_weather(tmp_path / "w.nc"), "kJ/m2", "has its units fixed")
    wind = Columns(units={"dhi": "kJ/m2"})
    rows = [",".join(row.split(",")[i] for i in (0, 1, 4, 5)) for row in _rows()]
    file = _write(tmp_path, rows, _town()[0].replace(",dni,dhi", ""))
    _refused(lambda: read_weather(file, columns=wind), "column dhi", "its unit is given")


@pytest.mark.parametrize("key", ["warnings", "filled_rows"])
def test_a_netcdf_with_odd_attributes_is_one_line(tmp_path: Path, key: str) -> None:
    data = read_weather(_write(tmp_path, _rows())).assign_attrs({key: "not json"})
    data.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    _refused(lambda: read_weather(tmp_path / "w.nc"), f"w.nc, {key}", "no JSON")


def test_half_hour_clocks_and_half_hours_are_read(tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01", periods=17520, freq="30min")
    source = [row.split(",")[1:] for row in _rows()]
    # The same sky an hour and a half farther west keeps a clock of UTC+6:30.
    stamps = times.strftime("%Y-%m-%dT%H:%M+06:30")
    rows = [",".join([t, *source[i // 2]]) for i, t in enumerate(stamps)]
    header = _town()[0].replace("interval_minutes: 60", "interval_minutes: 30")
    header = header.replace("longitude: 106.35", "longitude: 83.85")
    header = header.replace("utc_offset_hours: 8.0", "utc_offset_hours: 6.5")
    data = read_weather(_write(tmp_path, rows, header))
    assert data.attrs["interval_minutes"] == 30
    assert data.attrs["utc_offset_hours"] == 6.5
    assert data.sizes["time"] == 17520
    assert abs(data.attrs["clock_error_minutes"]) < 10


def test_part_of_a_year_is_examined_and_not_used(tmp_path: Path) -> None:
    file = _write(tmp_path, _rows()[: 24 * 40])
    found = examine_weather(file)[0]
    assert found.grid is not None
    assert found.grid.checked
    assert [problem.what for problem in found.refusals] == ["the file ends 7800 h short of a year"]
    _refused(lambda: read_weather(file), "short of a year")


def test_months_of_different_years_are_told_to_be_a_typical_year(tmp_path: Path) -> None:
    rows = [f"{2001 + int(row[5:7]) * 7 % 5}{row[4:]}" for row in _rows()]
    said = "# typical_year: 1"
    _refused(lambda: read_weather(_write(tmp_path, rows)), "months of different years", said)
    header = _town()[0].replace("time,ghi", f"{said}\ntime,ghi")
    assert _warnings(read_weather(_write(tmp_path, rows, header))) == []


def test_the_wrong_hemisphere_is_called_by_its_name(tmp_path: Path) -> None:
    header = _town()[0].replace("# latitude: ", "# latitude: -")
    file = _write(tmp_path, _rows(), header)
    _refused(lambda: read_weather(file), "not of -39.033. If so, give --lat 39.033.")


def test_a_month_without_light_is_refused_even_in_winter(tmp_path: Path) -> None:
    rows = _rows()
    zeros = {"ghi": 0.0, "dni": 0.0, "dhi": 0.0}
    file = _write(tmp_path, _with(rows, dict.fromkeys(range(334 * 24, 8760), zeros)))
    _refused(lambda: read_weather(file), "no light at all in 2001-12")


def test_a_file_without_a_whole_year_says_so(tmp_path: Path) -> None:
    hole = dict.fromkeys(range(24 * 181, 24 * 212), dict.fromkeys(COLUMNS, ""))
    data = read_weather(_write(tmp_path, _with(_rows(), hole)))
    assert any("no year is complete" in said for said in _warnings(data))


@pytest.mark.parametrize(
    ("minutes", "refused"), [(25, False), (30, False), (40, True), (-40, True)]
)
def test_a_clock_more_than_half_an_hour_off_is_refused(
    tmp_path: Path, minutes: int, refused: bool
) -> None:
    stamps = pd.date_range("2001-01-01", periods=8760, freq="h") + pd.Timedelta(minutes=minutes)
    texts = stamps.strftime("%Y-%m-%dT%H:%M+08:00")
    rows = [",".join([t, *r.split(",")[1:]]) for t, r in zip(texts, _rows(), strict=True)]
    found = examine_weather(_write(tmp_path, rows))[0]
    clock = next(problem for problem in found.problems if problem.code == "clock")
    assert clock.severity == ("refused" if refused else "warning")
