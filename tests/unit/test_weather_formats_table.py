"""The reader of tables: columns, units, times and header lines in whatever way they are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from roofpv.errors import InvalidWeather
from roofpv.weather.doctor import Claim
from roofpv.weather.formats import read_series
from roofpv.weather.series import Columns, Place, Series

HEAD = "# latitude: 39.0\n# longitude: 106.35\n# altitude: 1100\n"
HOURS = pd.date_range("2019-01-01", periods=48, freq="h")
ZONED = "%Y-%m-%dT%H:%M+08:00"


def table(
    header: str = "time,ghi,temp_air,wind_speed", cells: str = "400,10.0,2.0", form: str = ZONED,
    head: str = HEAD, hours: pd.DatetimeIndex = HOURS,
) -> str:  # fmt: skip
    rows = "".join(f"{hour:{form}},{cells}\n" for hour in hours)
    return f"{head}{header}\n{rows}"


def read(
    folder: Path, text: str | bytes, columns: Columns | None = None, place: Place | None = None,
    name: str = "town.csv",
) -> Series:  # fmt: skip
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    (series,) = read_series(file, place or Place(), columns or Columns())
    return series


def refused(call: Callable[[], object], *said: str) -> str:
    with pytest.raises(InvalidWeather) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text
    return text


# Our own


def test_a_table_of_ours_is_hours_by_their_start(tmp_path: Path) -> None:
    series = read(tmp_path, table())
    assert series.claim == Claim("start", 60, 8.0)
    assert series.frame.index.equals(
        pd.DatetimeIndex(HOURS - pd.Timedelta(hours=8), name="time").as_unit("ns")
    )
    assert series.frame.iloc[0].to_dict() == {"ghi": 400.0, "temp_air": 10.0, "wind_speed": 2.0}
    assert series.rows[[0, -1]].tolist() == [5, 52]
    assert (series.kind, series.source, series.typical_year) == ("table", "town.csv", False)
    assert (series.site.name, series.site.latitude, series.site.altitude) == ("town", 39.0, 1100.0)
    assert series.attrs == {}


def test_header_lines_are_understood(tmp_path: Path) -> None:
    head = (
        HEAD + "# site: dwk\n# District: 大武口区\n# time_label: end\n# typical_year: 1\n"
        "# utc_offset_hours: 8\n# interval_minutes: 60\n# synthetic: true\n# clock: solar\n"
        "# ghi_uncertainty_fraction: 0.05\n# ghi_interannual_sd_fraction: 0.03\n"
        "# source: a: b\n# note: text\n\n"
    )
    series = read(tmp_path, table(head=head))
    assert (series.site.name, series.site.district) == ("dwk", "大武口区")
    assert series.claim == Claim("end", 60, 8.0)
    assert series.typical_year
    assert series.attrs == {
        "synthetic": 1, "ghi_uncertainty_fraction": 0.05, "ghi_interannual_sd_fraction": 0.03,
        "stated_source": "a: b", "stated_note": "text", "clock": "solar",
    }  # fmt: skip
    assert series.rows[0] == 18


@pytest.mark.parametrize("label", ["start", "end", "middle", "instant"])
def test_every_label_is_claimed(tmp_path: Path, label: str) -> None:
    assert read(tmp_path, table(head=f"{HEAD}# time_label: {label}\n")).claim.label == label


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("# latitude: north", "header line latitude"), ("# utc_offset_hours: 80", "from -14 to 14"),
        ("# ghi_uncertainty_fraction: 5 %", "from 0 to 1"), ("# time_label: noon", "'noon'"),
        ("# time_label:", "start or end or middle or instant"), ("# clock: sun", "civil or solar"),
        ("# typical_year: perhaps", "0 or 1"), ("# synthetic: 2", "'2'"),
        ("# interval_minutes: 30", "rows are 60 minutes apart"),
        ("# ghi_interannual_sd_fraction: nan", "from 0 to 1"),
    ],
)  # fmt: skip
def test_a_header_line_that_makes_no_sense_is_refused(tmp_path: Path, line: str, said: str) -> None:
    text = table(head=f"{HEAD}{line}\n")
    refused(lambda: read(tmp_path, text), "town.csv", line[2:].partition(":")[0], said)


def test_place(tmp_path: Path) -> None:
    site = read(tmp_path, table(), place=Place(40.0, None, 0.0)).site
    assert (site.latitude, site.longitude, site.altitude) == (40.0, 106.35, 0.0)
    assert read(tmp_path, table(head=""), place=Place(39.0, 106.0)).site.altitude == 0.0
    for place in (Place(), Place(39.0, None), Place(None, 106.0)):
        refused(lambda place=place: read(tmp_path, table(head=""), place=place), "--lat, --lon")


# How it is written


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["w.csv", "w.txt", "w.TSV", "w.dat"])
def test_separators_are_told_from_the_header(tmp_path: Path, separator: str, name: str) -> None:
    text = table("time,ghi,temp_air,none").replace(",", separator)
    assert (read(tmp_path, text, name=name).frame["temp_air"] == 10.0).all()


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, code: str, newline: str) -> None:
    text = table("时间,总辐射,气温,风速", head=f"{HEAD}# district: 石嘴山\n")
    series = read(tmp_path, text.replace("\n", newline).encode(code))
    assert series.site.district == "石嘴山"
    assert series.frame.sum().tolist() == [400.0 * 48, 480.0, 96.0]


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    text = table(head=f"# note: Zürich\xff\n{HEAD}").encode("latin-1")
    refused(lambda: read(tmp_path, text), "byte 9 is neither utf-8 nor gb18030", "Save the file")


def test_blank_lines_keep_their_number_and_end_commas_shift_nothing(tmp_path: Path) -> None:
    lines = table().split("\n")
    lines[10:10] = ["", ",,"]
    series = read(tmp_path, "\n".join(line + "," * ("T" in line) for line in lines))
    assert series.rows[[5, 6, -1]].tolist() == [10, 13, 54]
    assert (series.frame["wind_speed"] == 2.0).all()


@pytest.mark.parametrize("more", [",7", ",7,8,9"])
def test_a_row_with_too_many_cells_is_named(tmp_path: Path, more: str) -> None:
    lines = table().split("\n")
    lines[9] += more
    text = "\n".join(lines)
    refused(lambda: read(tmp_path, text), "town.csv, row 10", "more cells than the header")


def test_a_text_in_a_number_cell_names_row_and_column(tmp_path: Path) -> None:
    for cell in ("cold", "1,5".replace(",", "."), "inf"):
        text = table(cells=f"400,{cell},2.0", hours=HOURS[:2]) + table(head="").split("\n", 3)[3]
        if cell == "1.5":
            assert read(tmp_path, text).frame["temp_air"].iloc[0] == 1.5
        else:
            refused(lambda text=text: read(tmp_path, text), "town.csv, row 5, column temp_air")


def test_a_quote_that_is_never_closed_is_one_line(tmp_path: Path) -> None:
    text = table().replace("400,", '"400,', 1)
    refused(lambda: read(tmp_path, text), "town.csv: cannot be read as table")


@pytest.mark.parametrize(("line", "kept"), [('["a: b"]', True), ("careful", False), ("1", False)])
def test_warnings_of_ours_are_kept(tmp_path: Path, line: str, kept: bool) -> None:
    attrs = read(tmp_path, table(head=f"{HEAD}# warnings: {line}\n")).attrs
    assert attrs == ({"warnings": line} if kept else {})


def test_duplicates_gaps_and_order_stay(tmp_path: Path) -> None:
    hours = HOURS[[0, 1, 1, 2, 3, 7, 8, 9, 6, 10]]
    series = read(tmp_path, table(hours=hours))
    assert (series.frame.index + pd.Timedelta(hours=8)).tolist() == hours.tolist()


@pytest.mark.parametrize(
    "code", ["-999", "-999.9", "-9999", "-99999", "9999", "99999", "999999", "", "NaN"]
)
def test_codes_are_missing_in_the_unit_of_the_file(tmp_path: Path, code: str) -> None:
    rows = table("time,ghi (kJ/m2),temp (0.1degC),wind_speed", "400,100,2").split("\n")
    rows[9] = rows[9].replace("400,100,2", f"{code},{code},{code}")
    frame = read(tmp_path, "\n".join(rows)).frame
    assert frame.isna().sum().tolist() == [1, 1, 1]
    assert np.flatnonzero(frame["ghi"].isna()).tolist() == [5]


# Columns


@pytest.mark.parametrize(
    "header",
    [
        "Time,GHI,Temperature,Wind Speed", "timestamp,Ghi,Tamb,wind", "DATE_TIME,ghi,T2m,WS10m",
        "时间,水平面总辐射,环境温度,风速", "日期,总辐照度,气温,平均风速",
        "日期时间,总辐射,温度,风速",
        "time,Global Horizontal Irradiance,Air Temp.,Wind-Velocity", "time,G(h),T2m,WS10m",
    ],
)  # fmt: skip
def test_usual_headers_are_understood(tmp_path: Path, header: str) -> None:
    frame = read(tmp_path, table(header)).frame
    assert frame.iloc[0].to_dict() == {"ghi": 400.0, "temp_air": 10.0, "wind_speed": 2.0}


@pytest.mark.parametrize(
    "header",
    ["time,ghi,法向直射,散射辐射", "time,GHI,Gb(n),Gd(h)", "time,总辐射,直接辐射,散射辐照度"],
)
def test_the_parts_of_irradiance_are_understood(tmp_path: Path, header: str) -> None:
    frame = read(tmp_path, table(header, "400,300,200")).frame
    assert frame.iloc[0].to_dict() == {"ghi": 400.0, "dni": 300.0, "dhi": 200.0}


@pytest.mark.parametrize(
    "header", ["time,ghi clear,module temp,gust", "time,水平直接辐射,露点,风向"]
)
def test_other_columns_are_left_aside(tmp_path: Path, header: str) -> None:
    assert list(read(tmp_path, table(header)).frame) == []


def test_two_headers_for_one_column_are_refused_until_one_is_named(tmp_path: Path) -> None:
    text = table("time,GHI,总辐射,T", "400,500,10")
    refused(lambda: read(tmp_path, text), "town.csv, column ghi", "'GHI'", "'总辐射'")
    series = read(tmp_path, text, Columns({"ghi": "总辐射", "temp_air": "T"}))
    assert series.frame.iloc[0].to_dict() == {"ghi": 500.0, "temp_air": 10.0}


def test_a_map_of_columns_and_units_comes_first(tmp_path: Path) -> None:
    columns = Columns(
        {"time": "When", "ghi": "Pyranometer (kJ/m2)", "temp_air": "T [x]"}, {"temp_air": "K"}
    )
    series = read(tmp_path, table("When,Pyranometer (kJ/m2),T [x],ghi", "1800,300,7"), columns)
    assert series.frame.iloc[0].to_dict() == pytest.approx({"ghi": 500.0, "temp_air": 26.85})


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (Columns({"ghi": "GHI"}), "no header is 'GHI'; found time, ghi"),
        (Columns({"gho": "ghi"}), "column gho: no column of weather"),
        (Columns({}, {"pressure": "Pa"}), "unit of pressure: no such column"),
        (Columns({}, {"ghi": "lux"}), "unknown unit 'lux' of ghi"),
        (Columns({}, {"wind_speed": "K"}), "unknown unit 'K' of wind_speed"),
        (Columns({}, {}, "%d.%m.%Y"), "column time"),
        (Columns({}, {}, "%Q"), "time format"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(tmp_path: Path, columns: Columns, said: str) -> None:
    refused(lambda: read(tmp_path, table(), columns), said)


# Units


@pytest.mark.parametrize(
    ("unit", "watts"),
    [
        ("W/m2", 1.0), ("W/m²", 1.0), ("W m-2", 1.0), ("W·m⁻²", 1.0), ("瓦/平方米", 1.0),
        ("kW/m2", 1000.0), ("Wh/m2", 1.0), ("kWh/㎡", 1000.0), ("kJ/m2", 1000 / 3600),
        ("MJ/m^2", 1e6 / 3600), ("MJ/m2/h", 1e6 / 3600), ("J/cm2", 1e4 / 3600),
        ("兆焦/平方米", 1e6 / 3600), ("千瓦时/平方米", 1000.0),
    ],
)  # fmt: skip
def test_units_of_irradiance(tmp_path: Path, unit: str, watts: float) -> None:
    for header in (f"time,GHI ({unit}),t,w", f"time,总辐射[{unit}],t,w", f"time,ghi/({unit}),t,w"):
        assert read(tmp_path, table(header)).frame["ghi"].iloc[0] == pytest.approx(400 * watts)
    series = read(tmp_path, table(), Columns(units={"ghi": unit}))
    assert series.frame["ghi"].iloc[0] == pytest.approx(400 * watts)


@pytest.mark.parametrize("minutes", [5, 10, 15, 30])
def test_energies_are_those_of_the_interval(tmp_path: Path, minutes: int) -> None:
    hours = pd.date_range("2019-01-01", periods=48, freq=f"{minutes}min")
    for unit, watts in (("Wh/m2", 60.0 / minutes), ("W/m2", 1.0), ("kJ/m2/h", 1 / 3.6)):
        series = read(tmp_path, table(f"time,ghi ({unit}),t,w", hours=hours))
        assert series.claim.interval_minutes == minutes
        assert series.frame["ghi"].iloc[0] == pytest.approx(400 * watts)


@pytest.mark.parametrize(
    ("unit", "cell", "celsius"),
    [("C", 10, 10.0), ("°C", 10, 10.0), ("℃", 10, 10.0), ("摄氏度", 10, 10.0), ("K", 283.15, 10.0),
     ("F", 50, 10.0), ("°F", 50, 10.0), ("0.1°C", 100, 10.0), ("0.1degC", 100, 10.0)],
)  # fmt: skip
def test_units_of_temperature(tmp_path: Path, unit: str, cell: float, celsius: float) -> None:
    for header in (f"time,g,temp ({unit}),w", f"time,g,气温/{unit},w", f"time,g,Tamb [{unit}],w"):
        frame = read(tmp_path, table(header, f"1,{cell},2")).frame
        assert frame["temp_air"].iloc[0] == pytest.approx(celsius)


@pytest.mark.parametrize(
    ("unit", "speed"),
    [("m/s", 1.0), ("m s-1", 1.0), ("米/秒", 1.0), ("km/h", 1 / 3.6), ("mph", 0.44704),
     ("kn", 0.514444), ("knots", 0.514444)],
)  # fmt: skip
def test_units_of_wind(tmp_path: Path, unit: str, speed: float) -> None:
    frame = read(tmp_path, table(f"time,g,t,Wind ({unit})")).frame
    assert frame["wind_speed"].iloc[0] == pytest.approx(2.0 * speed, rel=1e-5)


@pytest.mark.parametrize(
    "header", ["time,GHI (lux),t,w", "time,ghi [MW/m2],t,w", "time,g,temp (module),w",
               "time,g,t,wind (Bft)", "time,ghi (C),t,w"],
)  # fmt: skip
def test_a_unit_that_is_not_known_is_refused(tmp_path: Path, header: str) -> None:
    refused(lambda: read(tmp_path, table(header)), "town.csv, column", "unknown unit", "Say which")


# Times


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Z", 0.0), ("+00:00", 0.0), ("-0700", -7.0), ("+08:00", 8.0), ("+05:45", 5.75), ("+08", 8.0)],
)
def test_every_way_to_write_a_zone(tmp_path: Path, zone: str, hours: float) -> None:
    series = read(tmp_path, table(form=f"%Y-%m-%dT%H:%M:%S{zone}"))
    assert series.claim.utc_offset_hours == hours
    assert series.frame.index[0] == HOURS[0] - pd.Timedelta(hours=hours)


def test_rows_of_different_zones_are_each_taken_by_their_own(tmp_path: Path) -> None:
    lines = table().split("\n")
    lines[5] = lines[5].replace("01:00+08:00", "00:00+07:00")
    index = read(tmp_path, "\n".join(lines)).frame.index
    assert index[1] - index[0] == pd.Timedelta(hours=1)


@pytest.mark.parametrize("stamp", ["2019-01-01T05:00", "01/05/2019 05:00", "", "5", "2019-01-01"])
def test_a_time_without_zone_among_others_names_its_row(tmp_path: Path, stamp: str) -> None:
    text = table().replace("2019-01-01T05:00+08:00", stamp)
    refused(lambda: read(tmp_path, text), "town.csv, row 10, column time", "2025-06-01T12:00+08:00")


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%-m/%-d %-H:%M",
     "%Y/%-m/%-d %-H:%M:%S", "%Y-%-m-%-d %-H:%M", "%Y年%-m月%-d日 %-H:%M", "%Y年%m月%d日%H时",
     "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d:%H%M"],
)  # fmt: skip
def test_times_without_zone_that_cannot_be_mistaken(tmp_path: Path, form: str) -> None:
    series = read(tmp_path, table(form=form))
    assert series.frame.index.tolist() == HOURS.tolist()
    assert series.claim == Claim("start", 60, 0.0)
    assert series.attrs == {"clock_unstated": True}


@pytest.mark.parametrize(
    ("head", "header", "hours"),
    [("# utc_offset_hours: 5.5\n", "time", 5.5), ("", "Time (UTC)", 0.0), ("", "time [UTC+8]", 8.0),
     ("", "时间(北京时间)", 8.0), ("", "time (GMT-3:30)", -3.5), ("", "时间（UTC+08:00）", 8.0),
     ("# utc_offset_hours: 7\n", "Time (UTC+8)", 7.0)],
)  # fmt: skip
def test_a_clock_may_be_stated_once(tmp_path: Path, head: str, header: str, hours: float) -> None:
    text = table(f"{header},ghi,temp_air,wind", form="%Y-%m-%d %H:%M", head=HEAD + head)
    series = read(tmp_path, text)
    assert series.claim.utc_offset_hours == hours
    assert series.frame.index[0] == HOURS[0] - pd.Timedelta(hours=hours)
    assert series.attrs == {}


def test_a_header_s_clock_does_not_move_times_that_have_a_zone(tmp_path: Path) -> None:
    series = read(tmp_path, table(head=f"{HEAD}# utc_offset_hours: 7\n"))
    assert series.claim.utc_offset_hours == 7.0
    assert series.frame.index[0] == HOURS[0] - pd.Timedelta(hours=8)


@pytest.mark.parametrize("form", ["%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d", "%H:%M", "%j"])
def test_times_that_can_be_mistaken_are_refused(tmp_path: Path, form: str) -> None:
    text = table(form=form)
    refused(lambda: read(tmp_path, text), "town.csv, row 5, column time", "strptime")


def test_the_form_of_times_may_be_told(tmp_path: Path) -> None:
    form = "%d.%m.%Y %H:%M"
    series = read(tmp_path, table(form=form), Columns(time_format=form))
    assert series.frame.index.tolist() == HOURS.tolist()
    assert series.attrs == {"clock_unstated": 1}
    zoned = read(tmp_path, table(form=f"{form} +0800"), Columns(time_format=f"{form} %z"))
    assert zoned.frame.index[0] == HOURS[0] - pd.Timedelta(hours=8)
    assert "clock_unstated" not in zoned.attrs


def test_a_lone_date_among_times_is_no_midnight(tmp_path: Path) -> None:
    text = table(form="%Y-%m-%d %H:%M").replace("2019-01-02 00:00", "2019-01-02")
    refused(lambda: read(tmp_path, text), "town.csv, row 29, column time", "'2019-01-02'")


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y/%-m/%-d %H:%M"])
def test_hour_24_is_the_next_midnight(tmp_path: Path, form: str) -> None:
    midnight, late = f"{HOURS[24]:{form}}", f"{HOURS[0]:{form}}".replace("00:00", "24:00", 1)
    series = read(tmp_path, table(form=form).replace(midnight, late))
    assert series.frame.index.tolist() == HOURS.tolist()


def test_date_and_time_may_stand_apart(tmp_path: Path) -> None:
    for header in ("Date,Time,ghi,t,w", "日期,时间,总辐射,t,w"):
        series = read(tmp_path, table(header, form="%Y/%m/%d,%H:%M"))
        assert series.frame.index.tolist() == HOURS.tolist()


@pytest.mark.parametrize(
    ("header", "form"),
    [("Year,Month,Day,Hour", "%Y,%-m,%-d,%-H"), ("年,月,日,时", "%Y,%m,%d,%H"),
     ("YEAR,MO,DY,HR", "%Y,%m,%d,%H"), ("Year,Month,Day,Hour,Minute", "%Y,%m,%d,%H,%M")],
)  # fmt: skip
def test_year_month_day_and_hour_may_stand_apart(tmp_path: Path, header: str, form: str) -> None:
    series = read(tmp_path, table(f"{header},GHI,temp,wind", form=form))
    assert series.frame.index.tolist() == HOURS.tolist()
    assert series.attrs == {"clock_unstated": 1}


def test_hours_from_1_to_24(tmp_path: Path) -> None:
    rows = "".join(f"2020,2,{day},{hour},1,2,3\n" for day in (28, 29) for hour in range(1, 25))
    text = f"{HEAD}Year,Month,Day,Hour (UTC+8),ghi,temp,wind\n{rows}"
    series = read(tmp_path, text)
    expected = pd.date_range("2020-02-27 17:00", periods=48, freq="h")
    assert series.frame.index.tolist() == expected.tolist()
    assert series.claim == Claim("start", 60, 8.0)


@pytest.mark.parametrize("cells", ["2020,2,30,5", "2020,13,1,5", "2020,2,1,25", "2020,2,1,-1",
                                   "2020,2,,5"])  # fmt: skip
def test_a_date_that_does_not_exist_names_its_row(tmp_path: Path, cells: str) -> None:
    rows = "".join(f"2020,2,1,{hour},1,2,3\n" for hour in range(5))
    text = f"{HEAD}Year,Month,Day,Hour,ghi,temp,wind\n{rows}{cells},1,2,3\n"
    refused(lambda: read(tmp_path, text), "town.csv, row 10, column time", "is no time")


@pytest.mark.parametrize("header", ["when,ghi,temp_air,w", "Year,Month,Day,ghi"])
def test_a_table_without_time_names_what_it_found(tmp_path: Path, header: str) -> None:
    text = table(header)
    refused(lambda: read(tmp_path, text), "town.csv, column time", header.replace(",", ", "))


@pytest.mark.parametrize(("count", "said"), [(0, "no row"), (1, "a single row")])
def test_too_few_rows_are_refused(tmp_path: Path, count: int, said: str) -> None:
    refused(lambda: read(tmp_path, table(hours=HOURS[:count])), "town.csv", said)


def test_days_are_no_interval(tmp_path: Path) -> None:
    text = table(hours=pd.date_range("2019-01-01", periods=9, freq="D"))
    refused(lambda: read(tmp_path, text), "rows are 1440 minutes apart")
