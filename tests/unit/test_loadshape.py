from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from roofpv import schema
from roofpv.errors import InvalidConfig
from roofpv.finance.civil import WEEKENDS_ONLY, civil_axis, load_calendar
from roofpv.finance.loadfile import MeteredLoad, metered_load, read_load_file
from roofpv.finance.loadshape import hourly_load, load_shapes

ZONE = "Asia/Shanghai"
FLAT = "[" + ", ".join(["1"] * 24) + "]"
SHAPE = f"""
[[shapes]]
id = "works"
uses = ["industrial"]
sources = ["a survey"]
least = 0.25
breaks = ["12-30/01-02", "05-01"]
[[shapes.parts]]
weight = 2
working = [0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 0, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0]
weekend = {FLAT}
holiday = 0
"""


def year_axis(year=2025, zone=ZONE, tz="UTC"):
    hours = 8784 if year % 4 == 0 else 8760
    return civil_axis(pd.date_range(f"{year}-01-01", periods=hours, freq="h", tz=tz), 60.0, zone)


@pytest.fixture
def shape(tmp_path):
    def write_and_read(text):
        file = tmp_path / "shapes.toml"
        file.write_text(text, encoding="utf-8")
        return load_shapes(file)

    return write_and_read


def test_every_use_class_has_a_shape_that_adds_up_to_one():
    shapes, calendar = load_shapes(), load_calendar("china")
    assert set(shapes) == set(schema.USES) - {"unknown"}
    for year in (2024, 2025, 2030):
        axis = year_axis(year, tz=ZONE)
        for one in shapes.values():
            load = hourly_load(one, axis, calendar)
            assert math.fsum(load) == pytest.approx(1.0, rel=1e-12)
            assert (load > 0.0).all()
            assert one.sources
            assert one.assumptions


def test_a_year_in_utc_goes_round():
    # Its last hours are those of the next civil year: a year of their own.
    axis = civil_axis(
        pd.date_range("2025-01-01", periods=8760, freq="h", tz="UTC"), 60.0, ZONE, 2025
    )
    for one in load_shapes().values():
        assert math.fsum(hourly_load(one, axis, load_calendar("china"))) == pytest.approx(1.0)


def test_a_working_day_by_hand(shape):
    works = shape(SHAPE)["industrial"]
    load = hourly_load(works, year_axis(tz=ZONE), load_calendar("china")).reshape(365, 24)
    top = load.max()
    day = load[5] / top  # Monday, 6 January
    assert day[[7, 8, 11, 12, 13, 16, 17]].tolist() == pytest.approx([0.25, 1, 1, 0.25, 1, 1, 0.25])
    assert load[3] / top == pytest.approx(np.full(24, 0.25))  # a Saturday
    for off in (0, 1, 120, 363, 364):  # breaks over the year's end, the first of May
        assert load[off] / top == pytest.approx(np.full(24, 0.25))


def test_a_school_rests_in_its_holidays():
    school = load_shapes()["school"]
    days = hourly_load(school, year_axis(tz=ZONE), load_calendar("china")).reshape(365, 24)
    daily = pd.Series(days.sum(axis=1), pd.date_range("2025-01-01", periods=365))
    assert daily["2025-07-14":"2025-08-29"].max() == pytest.approx(daily.min())
    assert daily["2025-06-16"] > 2.0 * daily.min()
    # The public holidays are those of the year, where they are known.
    known = hourly_load(school, year_axis(tz=ZONE), WEEKENDS_ONLY).reshape(365, 24).sum(axis=1)
    assert daily["2025-10-02"] == pytest.approx(daily.min())
    assert known[274] > 2.0 * known.min()


def test_a_homes_evening_and_winter_are_the_highest():
    home = load_shapes()["residential"]
    load = pd.Series(
        hourly_load(home, year_axis(tz=ZONE), load_calendar("china")),
        pd.date_range("2025-01-01", periods=8760, freq="h"),
    )
    by_month = load.groupby(load.index.month).sum()
    assert by_month.idxmin() in {6, 7, 8}
    assert by_month.idxmax() in {12, 1}
    working = load[load.index.day_of_week < 5]
    assert working.groupby(working.index.hour).mean().idxmax() in {18, 19, 20}


BAD_SHAPES = [
    (FLAT, "[1, 2]", "weekend: 2 numbers, expected 24. Write 24 numbers."),
    (FLAT, FLAT.replace("1", "-1", 1), "weekend: -1 (number 1) is below 0. Write 0 or more."),
    ("least = 0.25", "least = 25", "least: 25 is not between 0 and 1. Write a fraction."),
    ('"05-01"', '"05-32"', "breaks: '05-32' is no span of days. Write it as 07-10/08-31 or 10-01."),
    ('"05-01"', '"May"', "breaks: 'May' is no span of days"),
    ("industrial", "factory", "uses: unknown use 'factory'"),
    ("weight = 2", "weight = 0", "parts: the year's load is 0. Write a share above 0"),
    ("weight = 2", 'weight = 2\nspans = ["01-01/06-30"]', "parts: 07-01 is in none of them."),
    ('sources = ["a survey"]', "", "sources: figures without source"),
    ("holiday = 0\n", "", "holiday: missing. Add 'holiday'."),
    ("weight", "wieght", "wieght: unknown key. Did you mean 'weight'."),
]


@pytest.mark.parametrize(("old", "new", "said"), BAD_SHAPES)
def test_a_bad_shape_is_told_in_one_line(shape, old, new, said):
    assert old in SHAPE
    with pytest.raises(InvalidConfig) as told:
        shape(SHAPE.replace(old, new, 1))
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_a_use_has_one_shape(shape):
    with pytest.raises(InvalidConfig, match="industrial has the shape works already"):
        shape(SHAPE + SHAPE)


def hours_of(year, offset=""):
    return [f"{time:%Y-%m-%dT%H:%M}{offset}" for time in
            pd.date_range(f"{year}-01-01", f"{year}-12-31T23:00", freq="h")]  # fmt: skip


def write(tmp_path, rows, header="time,load_kwh"):
    file = tmp_path / "meter.csv"
    file.write_text("\n".join([header, *rows, ""]), encoding="utf-8-sig")
    return file


def rows_of(year, offset=""):
    return [f"{time},{n % 24}" for n, time in enumerate(hours_of(year, offset))]


@pytest.mark.parametrize("offset", ["", "+08:00"])
@pytest.mark.parametrize("year", [2024, 2025])
def test_a_load_file_lies_on_civil_time(tmp_path, year, offset):
    load = read_load_file(write(tmp_path, rows_of(year, offset)), ZONE)
    assert load.year == year
    assert load.annual_kwh == len(hours_of(year)) / 24 * 276
    got = metered_load(load, year_axis(2025))
    assert got[:17].tolist() == pytest.approx([*range(8, 24), 0])
    for other in (2024, 2025):
        total = metered_load(load, year_axis(other, tz=ZONE)).sum()
        assert total == pytest.approx((366 if other == 2024 else 365) * 276)


def test_a_load_file_without_times(tmp_path):
    rows = [f"x,{n % 24}" for n in range(8760)]
    load = read_load_file(write(tmp_path, rows, "meter,load_kwh"), ZONE)
    assert load.year is None
    assert load.kwh[25] == 1.0


def test_february_of_another_kind_of_year():
    days = np.repeat(np.arange(366.0), 24)
    leap = MeteredLoad(days, 2024)
    assert leap.of_year(2025).reshape(365, -1).sum(axis=1)[57:61].tolist() == pytest.approx(
        [57 * 24, 58 * 24, 60 * 24, 61 * 24]
    )
    common = MeteredLoad(days[: 365 * 24], 2025)
    assert common.of_year(2024).reshape(366, -1).sum(axis=1)[57:61].tolist() == pytest.approx(
        [57 * 24, 58 * 24, 58 * 24, 59 * 24]
    )
    assert leap.of_year(2028).sum() == pytest.approx(days.sum())


def instead(*rows):
    def changed(_):
        return list(rows)

    return changed


def change(place, row):
    def changed(rows):
        return [*rows[:place], *([row] if row else []), *rows[place + 1 :]]

    return changed


BAD_FILES = [
    (instead(*rows_of(2025, "+00:00")), "row 2, time = 2025-01-01T00:00+00:00: not the civil "
     "time of Asia/Shanghai. Write the times in Asia/Shanghai, without an offset or with its own."),
    (instead(*rows_of(2025, "Z")), "not the civil time of Asia/Shanghai"),
    (lambda rows: rows[:-1], "meter.csv: ends with 2025-12-31T22:00, expected 2025-12-31T23:00"),
    (lambda rows: [*rows, "2026-01-01T00:00,1"], "ends with 2026-01-01T00:00"),
    (change(1000, None), "row 1002, time = 2025-02-11T17:00: no row for 2025-02-11T16:00. Give ev"),
    (lambda rows: rows[24:], "row 2, time = 2025-01-02T00:00: no row for 2025-01-01T00:00"),
    (change(5, "2025-01-01T04:00,1"), "row 7, time = 2025-01-01T04:00: an hour that was there bef"),
    (change(5, "2025-01-01T05:30,1"), "row 7, time = 2025-01-01T05:30: not on the hour"),
    (change(5, "yesterday,1"), "row 7, time: 'yesterday' is no time. Write it as 2025-01-31T14:00"),
    (change(5, "2025-01-01T05:00,-3"), "row 7, load_kwh = -3: a load is 0 or more."),
    (change(5, "2025-01-01T05:00,"), "row 7, load_kwh: no value. Write the hour's consumption"),
    (change(5, "2025-01-01T05:00"), "row 7, load_kwh: no value"),
    (change(5, "2025-01-01T05:00,much"), "row 7, load_kwh: 'much' is no number"),
    (change(5, "2025-01-01T05:00,inf"), "row 7, load_kwh: 'inf' is no number"),
    (instead(*(f"{time},0" for time in hours_of(2025))), "the load is 0 in every hour"),
    (instead(), "meter.csv: 0 hours, expected the 8760 of a civil year, or 8784 of a leap"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "said"), BAD_FILES)
def test_a_bad_load_file_is_told_in_one_line(tmp_path, fault, said):
    with pytest.raises(InvalidConfig) as told:
        read_load_file(write(tmp_path, fault(rows_of(2025))), ZONE)
    assert said in str(told.value)
    assert str(told.value).startswith("meter.csv")
    assert "\n" not in str(told.value)


def test_a_load_file_of_another_length(tmp_path):
    rows = ["1"] * 8759
    with pytest.raises(InvalidConfig, match="8759 hours, expected the 8760 of a civil year"):
        read_load_file(write(tmp_path, rows, "load_kwh"), ZONE)


def test_a_load_file_that_is_none(tmp_path):
    with pytest.raises(InvalidConfig, match="cannot be read"):
        read_load_file(tmp_path / "none.csv", ZONE)
    with pytest.raises(InvalidConfig, match="no column load_kwh"):
        read_load_file(write(tmp_path, ["1,2"], "time,kw"), ZONE)
    with pytest.raises(InvalidConfig, match="电量 and 用电量 both are a load"):
        read_load_file(write(tmp_path, ["1,2"], "电量,用电量"), ZONE)
    (tmp_path / "latin.csv").write_bytes("é".encode("latin-1"))
    with pytest.raises(InvalidConfig, match="neither utf-8 nor gb18030"):
        read_load_file(tmp_path / "latin.csv", ZONE)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "header", ["时间,用电量", "时间;用电量（kWh）", "日期时间,电量/度", "Time,Load (kWh)"]
)
@pytest.mark.parametrize(
    "form", ["{0.year}/{0.month}/{0.day} {0.hour}:00", "{0:%Y-%m-%d %H:%M:%S}"]
)
def test_a_load_file_as_a_spreadsheet_writes_it(tmp_path, encoding, header, form):
    times = pd.date_range("2025-01-01", "2025-12-31T23:00", freq="h")
    between = ";" if ";" in header else ","
    rows = [f"{form.format(time)}{between}{n % 24}" for n, time in enumerate(times)]
    file = tmp_path / "meter.csv"
    file.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    load = read_load_file(file, ZONE)
    assert load.year == 2025
    assert load.kwh[:3].tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("header", ["load_mwh", "用电量(MWh)", "power_kw", "kwh"])
def test_a_load_in_another_unit_is_not_taken(tmp_path, header):
    with pytest.raises(InvalidConfig, match="no column load_kwh or 用电量 among"):
        read_load_file(write(tmp_path, ["1"] * 8760, header), ZONE)


def test_quarters_of_hours_are_to_be_added_up(tmp_path):
    times = pd.date_range("2025-01-01", "2025-12-31T23:45", freq="15min")
    rows = [f"{time:%Y-%m-%dT%H:%M},1" for time in times]
    with pytest.raises(InvalidConfig, match=r"row 3, .* not on the hour.*shorter intervals added"):
        read_load_file(write(tmp_path, rows), ZONE)
    with pytest.raises(InvalidConfig, match=r"35040 hours, expected .* shorter intervals added up"):
        read_load_file(write(tmp_path, ["1"] * 35040, "load_kwh"), ZONE)
