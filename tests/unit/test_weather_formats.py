"""Readers of the formats that services and programs write, on small files made by hand."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import UNITS
from roofpv.weather.doctor import Claim
from roofpv.weather.formats import read_series
from roofpv.weather.series import Columns, Place, Series

DAY = pd.date_range("2019-06-01", periods=24, freq="h")
EPW_HEAD = (
    "LOCATION,Somewhere,NX,CHN,TMYx,535190,39.2,106.8,{zone},1093\nDESIGN CONDITIONS,0\n"
    "TYPICAL/EXTREME PERIODS,0\nGROUND TEMPERATURES,0\nHOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0\n"
    "COMMENTS 1,none\nCOMMENTS 2,{comment}\nDATA PERIODS,1,{per_hour},Data,Sunday,1/1,12/31\n"
)


def read(folder: Path, name: str, text: str | bytes, place: Place | None = None) -> Series:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    (series,) = read_series(file, place or Place(), Columns())
    return series


def refused(call: Callable[[], object], *said: str) -> str:
    with pytest.raises(InvalidWeather) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text
    return text


def first_label(series: Series) -> str:
    return f"{series.frame.index[0]:%Y-%m-%d %H:%M}"


# EPW


def epw_row(
    time: pd.Timestamp, minute: int = 60, ghi: object = 100, temp: object = 20.0, wind: object = 2.0
) -> str:
    cells = ["0"] * 35
    cells[:5] = [str(time.year), str(time.month), str(time.day), str(time.hour + 1), str(minute)]
    cells[6], cells[13], cells[14], cells[15], cells[21] = (
        str(value) for value in (temp, ghi, 50, 60, wind)
    )
    return ",".join(cells)


def epw(rows: list[str], zone: str = "8.0", comment: str = "", per_hour: str = "1") -> str:
    head = EPW_HEAD.format(zone=zone, comment=comment, per_hour=per_hour)
    return head + "\n".join(rows) + "\n"


def test_an_epw_hour_is_labelled_by_its_start_in_the_zone_of_its_header(tmp_path: Path) -> None:
    series = read(tmp_path, "w.epw", epw([epw_row(time) for time in DAY], zone="5.5"))
    assert series.claim == Claim("start", 60, 5.5)
    assert first_label(series) == "2019-05-31 18:30"
    assert list(series.frame)[:5] == ["ghi", "dni", "dhi", "temp_air", "wind_speed"]
    assert series.frame.iloc[0, :5].tolist() == [100.0, 50.0, 60.0, 20.0, 2.0]
    assert series.rows[[0, -1]].tolist() == [9, 32]
    assert (series.site.latitude, series.site.longitude, series.site.altitude) == (
        39.2, 106.8, 1093.0,
    )  # fmt: skip
    assert (series.kind, series.source, series.typical_year) == ("EPW", "w.epw", False)
    assert series.attrs["stated_source"] == "EPW TMYx"


@pytest.mark.parametrize(
    ("per_hour", "minutes"),
    [(2, (30, 60)), (4, (15, 30, 45, 60)), (4, (15, 30, 45, 0)), (4, (0, 15, 30, 45)),
     (6, (10, 20, 30, 40, 50, 60))],
)  # fmt: skip
def test_parts_of_an_hour_of_epw_begin_where_the_one_before_ends(
    tmp_path: Path, per_hour: int, minutes: tuple[int, ...]
) -> None:
    rows = [epw_row(time, minute) for time in DAY for minute in minutes]
    series = read(tmp_path, "w.epw", epw(rows, per_hour=str(per_hour)))
    step = 60 // per_hour
    assert series.claim == Claim("start", step, 8.0)
    expected = pd.date_range("2019-05-31 16:00", periods=24 * per_hour, freq=f"{step}min")
    assert series.frame.index.equals(expected)


@pytest.mark.parametrize("per_hour", ["7", "", "x", "0"])
def test_an_odd_number_of_records_in_an_hour_is_refused(tmp_path: Path, per_hour: str) -> None:
    text = epw([epw_row(time) for time in DAY], per_hour=per_hour)
    refused(lambda: read(tmp_path, "w.epw", text), "w.epw, row 8, DATA PERIODS", repr(per_hour))


def test_an_epw_with_a_line_lost_from_its_header_is_refused(tmp_path: Path) -> None:
    text = epw([epw_row(time) for time in DAY]).replace("COMMENTS 1,none\n", "")
    refused(lambda: read(tmp_path, "w.epw", text), "w.epw, row 8", "cannot be read as EPW")


def test_a_minute_of_epw_that_is_no_number_is_named(tmp_path: Path) -> None:
    rows = [epw_row(time, minute) for time in DAY for minute in (30, 60)]
    rows[3] = rows[3].replace(",60,", ",x,", 1)
    text = epw(rows, per_hour="2")
    refused(lambda: read(tmp_path, "w.epw", text), "w.epw, row 12, column minute", "'x'")


@pytest.mark.parametrize(
    ("column", "value"),
    [("temp", 99.9), ("temp", -9999), ("ghi", 9999), ("ghi", -999), ("wind", 999), ("wind", "")],
)
def test_codes_of_epw_are_missing(tmp_path: Path, column: str, value: object) -> None:
    rows = [epw_row(time) for time in DAY]
    rows[5] = epw_row(DAY[5], **{column: value})
    series = read(tmp_path, "w.epw", epw(rows))
    name = {"temp": "temp_air", "ghi": "ghi", "wind": "wind_speed"}[column]
    assert np.flatnonzero(series.frame[name].isna()).tolist() == [5]
    assert int(series.frame.isna().to_numpy().sum()) == 1


def test_the_time_offset_that_pvgis_states_in_an_epw_is_kept(tmp_path: Path) -> None:
    text = epw(
        [epw_row(time) for time in DAY], zone="1", comment="Irradiance Time Offset (h):-0.8239"
    )
    claim = read(tmp_path, "w.epw", text).claim
    assert (claim.label, claim.utc_offset_hours) == ("instant", 1.0)
    assert claim.stated_minutes == pytest.approx(10.566)


def test_an_epw_whose_lines_end_in_a_comma_is_not_shifted(tmp_path: Path) -> None:
    rows = [epw_row(time) + "," for time in DAY]
    series = read(tmp_path, "w.epw", epw(rows))
    assert first_label(series) == "2019-05-31 16:00"
    assert (series.frame["ghi"] == 100.0).all()


def test_a_typical_year_is_one_whose_months_come_from_different_years(tmp_path: Path) -> None:
    def year(*parts: pd.DatetimeIndex) -> bool:
        rows = [epw_row(time) for part in parts for time in part]
        return read(tmp_path, "w.epw", epw(rows)).typical_year

    january = pd.date_range("2011-01-01", "2011-01-31 23:00", freq="h")
    february = pd.date_range("2003-02-01", "2003-02-28 23:00", freq="h")
    winter = pd.date_range("2010-12-01", "2011-02-28 23:00", freq="h")
    assert year(january, february)
    assert not year(january)
    assert not year(winter)


def test_a_text_in_an_epw_names_row_and_column(tmp_path: Path) -> None:
    rows = [epw_row(time) for time in DAY]
    rows[7] = epw_row(DAY[7], ghi="abc")
    text = epw(["", *rows])
    refused(lambda: read(tmp_path, "w.epw", text), "w.epw, row 17, column ghi", "'abc'")


def test_a_date_in_an_epw_that_is_no_number_names_its_row(tmp_path: Path) -> None:
    rows = [epw_row(time) for time in DAY]
    rows[7] = rows[7].replace("2019", "MMXIX")
    refused(lambda: read(tmp_path, "w.epw", epw(rows)), "w.epw, row 16, column year", "'MMXIX'")


def test_a_day_that_does_not_exist_in_an_epw_is_one_line(tmp_path: Path) -> None:
    rows = [epw_row(time).replace("2019,6,1,", "2019,6,31,") for time in DAY]
    refused(lambda: read(tmp_path, "w.epw", epw(rows)), "cannot be read as EPW")


def test_leap_days_duplicates_and_gaps_stay(tmp_path: Path) -> None:
    times = [*pd.date_range("2020-02-28 22:00", "2020-02-29 23:00", freq="h")]
    del times[5]
    times.insert(3, times[3])
    series = read(tmp_path, "w.epw", epw([epw_row(time) for time in times], zone="0"))
    assert series.frame.index.tolist() == times


def test_old_codes_of_names_do_not_matter(tmp_path: Path) -> None:
    text = epw([epw_row(time) for time in DAY]).replace("Somewhere", "Zürich")
    assert len(read(tmp_path, "w.epw", text.encode("latin-1")).frame) == 24


# TMY2 and TMY3


TMY2_HEAD = " 23183 SALT LAKE CITY         UT  -7 N 40 46 W 111 58  1288\n"


def tmy2_row(hour: int, year: int = 62, ghi: str = " 450", temp: str = " 123") -> str:
    line = [" "] * 142
    for text, start in (
        (f"{year:2d} 7 4{hour:2d}", 1), (ghi, 17), (" 500", 23), (" 100", 29), (temp, 67),
        (" 57", 95),
    ):  # fmt: skip
        line[start : start + len(text)] = text
    return "".join(line)


def test_tmy2_is_cut_by_its_columns_in_tenths(tmp_path: Path) -> None:
    rows = [tmy2_row(hour) for hour in range(1, 25)]
    series = read(tmp_path, "w.tm2", TMY2_HEAD + "\n".join(rows) + "\n\n")
    assert series.claim == Claim("start", 60, -7.0)
    cells = series.frame[list(UNITS)].iloc[0].tolist()
    assert cells == pytest.approx([450.0, 500.0, 100.0, 12.3, 5.7])
    assert first_label(series) == "1962-07-04 07:00"
    assert series.typical_year
    assert series.rows[[0, -1]].tolist() == [2, 25]
    assert series.site.latitude == pytest.approx(40.0 + 46 / 60)
    assert series.site.longitude == pytest.approx(-111.0 - 58 / 60)
    assert series.site.altitude == 1288.0
    assert series.attrs["stated_source"] == "TMY2 SALT LAKE CITY, UT"


def test_each_row_of_tmy2_has_its_own_year_and_codes_are_missing(tmp_path: Path) -> None:
    rows = [tmy2_row(1), tmy2_row(2), tmy2_row(3, year=81, ghi="9999", temp="9999")]
    series = read(tmp_path, "w.txt", TMY2_HEAD + "\n".join(rows))
    assert series.kind == "TMY2"
    assert series.frame.index.year.tolist() == [1962, 1962, 1981]
    missing = series.frame[list(UNITS)].isna().iloc[2].tolist()
    assert missing == [True, False, False, True, False]


@pytest.mark.parametrize(
    ("cell", "column"), [("45x0", "ghi"), ("    ", "time")], ids=["letter", "no hour"]
)
def test_a_faulty_row_of_tmy2_is_named(tmp_path: Path, cell: str, column: str) -> None:
    rows = [tmy2_row(hour) for hour in range(1, 25)]
    rows[4] = tmy2_row(5, ghi=cell) if column == "ghi" else rows[4][:1] + "629904 5" + rows[4][9:]
    text = TMY2_HEAD + "\n".join(rows)
    refused(lambda: read(tmp_path, "w.tm2", text), f"w.tm2, row 6, column {column}")


def test_a_tm2_without_its_header_is_refused(tmp_path: Path) -> None:
    refused(lambda: read(tmp_path, "w.tm2", tmy2_row(1)), "w.tm2, row 1", "TMY2")


TMY3_HEAD = (
    '535190,"HUINONG",NX,8.0,39.217,106.767,1093\n'
    "Date (MM/DD/YYYY),Time (HH:MM),GHI (W/m^2),DNI (W/m^2),DHI (W/m^2),Dry-bulb (C),Wspd (m/s)\n"
)


def tmy3(days: list[str], cell: str = "20.5") -> str:
    rows = [f"{day},{hour:02d}:00,{hour},2,3,{cell},1.5" for day in days for hour in range(1, 25)]
    return TMY3_HEAD + "\n".join(rows) + "\n"


def test_tmy3_is_labelled_by_the_end_of_the_hour(tmp_path: Path) -> None:
    series = read(tmp_path, "w.csv", tmy3(["01/01/1997"]))
    assert series.claim == Claim("end", 60, 8.0)
    assert first_label(series) == "1996-12-31 17:00"
    assert series.frame.index[-1] == pd.Timestamp("1997-01-01 16:00")
    assert series.frame["ghi"].tolist() == list(range(1, 25))
    assert series.frame.iloc[0, 1:].tolist() == [2.0, 3.0, 20.5, 1.5]
    assert series.typical_year
    assert series.rows[[0, -1]].tolist() == [3, 26]
    assert (series.site.latitude, series.site.altitude) == (39.217, 1093.0)


def test_the_last_hour_of_february_of_a_leap_year_is_not_a_day_late(tmp_path: Path) -> None:
    series = read(tmp_path, "w.csv", tmy3(["02/28/1988", "03/01/1988"]))
    local = series.frame.index + pd.Timedelta(hours=8)
    assert local[23] == pd.Timestamp("1988-02-29 00:00")
    assert local[24] == pd.Timestamp("1988-03-01 01:00")


def test_a_text_in_a_tmy3_names_row_and_column(tmp_path: Path) -> None:
    text = tmy3(["01/01/1997"]).replace("05:00,5,2,3,20.5", "05:00,5,2,3,mild")
    refused(lambda: read(tmp_path, "w.csv", text), "w.csv, row 7, column temp_air", "'mild'")


def test_a_tmy3_with_odd_dates_is_one_line_and_a_missing_cell_is_named(tmp_path: Path) -> None:
    odd = tmy3(["31/12/1997"])
    refused(lambda: read(tmp_path, "w.csv", odd), "cannot be read as TMY3")
    refused(lambda: read(tmp_path, "w.csv", TMY3_HEAD), "w.csv: 0 rows of weather")
    cut = tmy3(["01/01/1997"])[:-8]
    cut = cut.replace("01/01/1997,24:00", "01/01/19")
    refused(lambda: read(tmp_path, "w.csv", cut), "w.csv, row 26", "is no number")


# NSRDB


def nsrdb(zone: str = "5.5", step: int = 30, unit: str = "w/m2") -> str:
    times = pd.date_range("2019-06-01 00:00" if step < 60 else "2019-06-01 00:30", periods=48,
                          freq=f"{step}min")  # fmt: skip
    rows = [f"{t.year},{t.month},{t.day},{t.hour},{t.minute},25,1,300,4,200,100" for t in times]
    return (
        "Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation,"
        "Local Time Zone,GHI Units,Temperature Units,Version,,\n"
        f"NSRDB,1,-,-,-,28.6,77.2,{zone},216,5.5,{unit},c,3.2.2,,\n"
        "Year,Month,Day,Hour,Minute,Temperature,Alpha,GHI,Wind Speed,DNI,DHI,,\n"
        + "\n".join(f"{row},," for row in rows)
    )


@pytest.mark.parametrize("step", [5, 10, 15, 30, 60])
def test_nsrdb_rows_are_instants_by_the_clock_of_the_header(tmp_path: Path, step: int) -> None:
    series = read(tmp_path, "w.csv", nsrdb(step=step))
    assert series.claim == Claim("instant", step, 5.5)
    assert first_label(series) == ("2019-05-31 18:30" if step < 60 else "2019-05-31 19:00")
    assert series.frame.iloc[0].to_dict() == {
        "ghi": 300.0, "dni": 200.0, "dhi": 100.0, "temp_air": 25.0, "wind_speed": 4.0,
    }  # fmt: skip
    assert series.rows[0] == 4
    assert series.site.altitude == 216.0
    assert series.attrs["stated_source"] == "NSRDB 3.2.2"


def test_a_time_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    for zone in ("", "local", "55"):
        text = nsrdb(zone=zone)
        refused(lambda text=text: read(tmp_path, "w.csv", text), "row 2, Time Zone", repr(zone))


def test_an_nsrdb_file_that_ends_in_its_header_is_refused(tmp_path: Path) -> None:
    head = nsrdb().split("\n")[0]
    for text in (head, head + "\n", head + "\nNSRDB"):
        refused(lambda text=text: read(tmp_path, "w.csv", text), "cannot be read as NSRDB")


def test_an_unknown_unit_of_nsrdb_is_refused(tmp_path: Path) -> None:
    refused(lambda: read(tmp_path, "w.csv", nsrdb(unit="lux")), "column GHI", "'lux'", "MJ/m2")


def test_faulty_cells_of_nsrdb_are_named(tmp_path: Path) -> None:
    text = nsrdb().replace("2019,6,1,1,30,25", "2019,6,1,1,30,warm")
    refused(lambda: read(tmp_path, "w.csv", text), "w.csv, row 7, column temp_air", "'warm'")
    text = nsrdb().replace("2019,6,1,1,30,25", "2019,6,31,1,30,25")
    refused(lambda: read(tmp_path, "w.csv", text), "w.csv, row 7, column time")
    text = nsrdb().replace("2019,6,1,1,30,25", "2019,6,1,1,30,25,9,9,9,9,9,9,9,9,9,9")
    refused(lambda: read(tmp_path, "w.csv", text), "w.csv, row 7", "more cells than the header")


# What a file is


@pytest.mark.parametrize("name", ["w.csv", "w.txt", "w.epw", "w", "w.xyz"])
def test_a_file_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    kinds = {
        "EPW": epw([epw_row(time) for time in DAY]),
        "TMY2": TMY2_HEAD + tmy2_row(1) + "\n" + tmy2_row(2),
        "TMY3": tmy3(["01/01/1997"]),
        "NSRDB": nsrdb(),
    }
    for kind, text in kinds.items():
        assert read(tmp_path, name, text).kind == kind


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_marks_and_line_ends_do_not_matter(tmp_path: Path, mark: bytes, newline: str) -> None:
    text = epw([epw_row(time) for time in DAY]).replace("\n", newline)
    series = read(tmp_path, "w.epw", mark + text.encode())
    assert (series.frame["ghi"] == 100.0).all()
    assert series.rows.tolist() == list(range(9, 33))


def test_the_user_s_place_comes_first(tmp_path: Path) -> None:
    site = read(tmp_path, "w.csv", nsrdb(), Place(30.0, None, 0.0)).site
    assert (site.name, site.latitude, site.longitude, site.altitude) == ("w", 30.0, 77.2, 0.0)


@pytest.mark.parametrize("suffix", ["epw", "csv", "json", "nc", "txt", "xyz"])
def test_a_web_page_is_called_one(tmp_path: Path, suffix: str) -> None:
    for page in ("<!DOCTYPE html>\n<p>Sorry", "\n <HTML><body>502 Bad Gateway"):
        refused(
            lambda page=page: read(tmp_path, f"w.{suffix}", page),
            "a web page, not weather data. Download it again",
        )
    refused(lambda: read(tmp_path, f"w.{suffix}", "<?xml version='1.0'?><a/>"), "XML")


@pytest.mark.parametrize("suffix", ["epw", "tm2", "csv", "json", "nc", "txt"])
@pytest.mark.parametrize("content", [b"", b"\n\n \n"])
def test_an_empty_file_is_one_line(tmp_path: Path, suffix: str, content: bytes) -> None:
    refused(lambda: read(tmp_path, f"w.{suffix}", content), f"w.{suffix}: the file is empty")


def test_a_missing_file_and_a_folder_are_one_line(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "no.epw", "no such file"), (tmp_path, "it is a folder")):
        refused(lambda path=path: read_series(path, Place(), Columns()), said)


def test_a_file_that_cannot_be_opened_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "w.epw"
    file.touch()
    monkeypatch.setattr(Path, "open", locked)
    refused(lambda: read_series(file, Place(), Columns()), "w.epw", "Permission denied")


@pytest.mark.parametrize("suffix", [".xyz", ".xlsx", ""])
def test_an_unknown_kind_of_file_is_refused(tmp_path: Path, suffix: str) -> None:
    refused(lambda: read(tmp_path, f"w{suffix}", b"x"), "unknown kind of weather file", "Give .epw")


def zipped(member: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(member, "<x/>")
    return held.getvalue()


@pytest.mark.parametrize("name", ["w.csv", "w.epw", "w.json", "w.xlsx", "w"])
@pytest.mark.parametrize(
    ("content", "said", "mend"),
    [
        (gzip.compress(b"time,ghi", mtime=0), "this is a gzip file", "Unpack it first."),
        (b"BZh91AY", "this is a bzip2 file", "Unpack it first."),
        (b"\xfd7zXZ\x00", "this is an xz file", "Unpack it first."),
        (b"7z\xbc\xaf\x27\x1c", "this is a 7z archive", "Unpack it first."),
        (b"%PDF-1.7", "this is a PDF document", "Give the file of its data."),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "this is an Excel workbook (.xls)", "as CSV."),
        (zipped("xl/workbook.xml"), "this is an Excel workbook", "Save its sheet as CSV."),
        (zipped("content.xml"), "this is an OpenDocument sheet", "Save its sheet as CSV."),
        (zipped("w.epw"), "this is a zip archive", "Unpack it first."),
        (b"PK\x03\x04 and so on", "this is a zip archive", "Unpack it first."),
    ],
)
def test_another_kind_of_file_is_told_by_its_beginning(
    tmp_path: Path, name: str, content: bytes, said: str, mend: str
) -> None:
    refused(lambda: read(tmp_path, name, content), f"{name}: {said}", mend)


@pytest.mark.parametrize("suffix", ["epw", "tm2", "csv", "json", "nc", "txt"])
@pytest.mark.parametrize(
    "content", [b"hello", b"{}", b"[1, 2]", b"[" * 3000, b"\xff\xfe\x00\x01", b"\x89HDF\r\n\x1a\n",
                b"CDF\x01 classic", b'{"outputs": {"hourly": []}}', b'{"properties": 3}'],
)  # fmt: skip
def test_a_file_of_something_else_is_one_line(tmp_path: Path, suffix: str, content: bytes) -> None:
    refused(lambda: read(tmp_path, f"w.{suffix}", content), f"w.{suffix}")


def test_the_refusal_of_a_service_is_passed_on(tmp_path: Path) -> None:
    answer = json.dumps({"message": "Location over the sea.", "status": 400})
    refused(lambda: read(tmp_path, "w.json", answer), "Location over the sea", "Download it again")
    answer = json.dumps({"header": {}, "messages": ["No data for -999"]})
    refused(lambda: read(tmp_path, "w.json", answer), "No data for -999")
