from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather import Place, bundled_folder, bundled_weather, read_weather

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "weather"
HEAD = "# latitude: 39.0\n# longitude: 106.35\n# altitude: 1100\n"
AMSTERDAM = "NLD_Amsterdam062400_IWEC.epw"
SAND_POINT = "703165TY.csv"
PVGIS = "tmy_45.000_8.000_2005_2023"


def _reference(name: str) -> Path:
    file = REFERENCE / name
    if not file.is_file():
        pytest.skip("reference data not found at ../shared/data")
    return file


def _refused(call: Callable[[], object], *said: str) -> str:
    with pytest.raises(InvalidWeather) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text
    return text


@cache
def _rows() -> list[str]:
    time = pd.date_range("2019-01-01", periods=8760, freq="h")
    light = np.where((time.hour > 7) & (time.hour < 17), 400, 0)
    stamps = time.strftime("%Y-%m-%dT%H:%M+08:00")
    return [f"{t},{g},10.0,2.0" for t, g in zip(stamps, light, strict=True)]


def _csv(folder: Path, rows: list[str], head: str = HEAD, names: str = "") -> Path:
    file = folder / "town.csv"
    text = head + (names or "time,ghi,temp_air,wind_speed") + "\n" + "\n".join(rows) + "\n"
    file.write_text(text, encoding="utf-8")
    return file


def _lines(name: str) -> list[str]:
    return _reference(name).read_bytes().decode("latin-1").rstrip("\n").split("\n")


def _copy(folder: Path, name: str, lines: list[str]) -> Path:
    file = folder / f"copy{Path(name).suffix}"
    file.write_bytes(("\n".join(lines) + "\n").encode("latin-1"))
    return file


# Sums as ../shared/data/INDEX.md states them. [kWh/m2]
@pytest.mark.parametrize(
    ("name", "label", "offset", "typical", "rows", "ghi", "first"),
    [
        (AMSTERDAM, "start", 1.0, 1, 8760, 982.5, "1994-12-31T23:00:00"),
        ("CHN_Shanghai-Hongqiao_TMYx.epw", "start", 8.0, 1, 8760, 1470.8, "2012-12-31T16:00:00"),
        ("Zuerich-SMA_2016.epw", "start", 1.0, 0, 8784, 1149.1, "2015-12-31T23:00:00"),
        (SAND_POINT, "start", -9.0, 1, 8760, 829.2, "1997-01-01T09:00:00"),
        ("723170TYA.CSV", "start", -5.0, 1, 8760, 1566.2, "1988-01-01T05:00:00"),
        (f"{PVGIS}.csv", "instant", 0.0, 1, 8760, 1435.9, "2018-01-01T00:10:34"),
        (f"{PVGIS}.json", "instant", 0.0, 1, 8760, 1435.9, "2018-01-01T00:10:34"),
    ],
)
def test_real_files_keep_their_sum_and_say_what_a_row_means(
    name: str, label: str, offset: float, typical: int, rows: int, ghi: float, first: str
) -> None:
    data = read_weather(_reference(name))
    assert data.attrs["time_label"] == label
    assert data.attrs["utc_offset_hours"] == offset
    assert data.attrs["typical_year"] == typical
    assert data.attrs["interval_minutes"] == 60
    assert data.sizes["time"] == rows
    assert float(data["ghi"].sum()) / 1000.0 == pytest.approx(ghi, abs=0.06)
    assert str(data["time"].to_numpy()[0]).startswith(first)


def test_missing_hours_of_zurich_are_missing() -> None:
    data = read_weather(_reference("Zuerich-SMA_2016.epw"))
    assert {name: int(data[name].isnull().sum()) for name in data} == {
        "ghi": 120, "dni": 120, "dhi": 120, "temp_air": 0, "wind_speed": 95,
    }  # fmt: skip


def test_three_formats_of_one_weather_are_one_weather() -> None:
    csv, js = (read_weather(_reference(f"{PVGIS}.{kind}")) for kind in ("csv", "json"))
    for name in csv:
        np.testing.assert_array_equal(csv[name].to_numpy(), js[name].to_numpy())
    assert csv["latitude"].item() == js["latitude"].item() == 45.0
    assert csv["altitude"].item() == js["altitude"].item() == 250.0
    epw = read_weather(_reference(f"{PVGIS}.epw"))
    np.testing.assert_allclose(epw["ghi"].to_numpy(), csv["ghi"].to_numpy(), atol=0.01)


def test_tmy3_rows_begin_an_hour_before_their_label() -> None:
    data = read_weather(_reference(SAND_POINT))
    local = data.indexes["time"] + pd.Timedelta(hours=-9)
    assert local.hour.to_numpy().reshape(-1, 24).tolist() == [list(range(24))] * 365
    assert (local[[0, -1]].month.tolist(), local[-1].hour) == ([1, 12], 23)


def test_tmy3_has_no_29th_of_february() -> None:
    local = read_weather(_reference("723170TYA.CSV")).indexes["time"] + pd.Timedelta(hours=-5)
    assert not ((local.month == 2) & (local.day == 29)).any()
    assert np.bincount(local.month)[1:].tolist() == [
        744, 672, 744, 720, 744, 720, 744, 744, 720, 744, 720, 744,
    ]  # fmt: skip


def test_the_input_is_named_and_hashed_without_its_folder(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows())
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    data = read_weather(str(file))
    assert json.loads(data.attrs["inputs"]) == [{"name": "town.csv", "sha256": digest}]
    assert str(tmp_path) not in str(data.attrs)


def test_our_csv_is_an_hour_by_its_start_in_utc(tmp_path: Path) -> None:
    data = read_weather(_csv(tmp_path, _rows()))
    assert str(data["time"].to_numpy()[0]).startswith("2018-12-31T16:00:00")
    assert data.attrs["time_label"] == "start"
    assert data.attrs["utc_offset_hours"] == 8.0
    assert [data[n].item() for n in ("latitude", "longitude", "altitude")] == [39.0, 106.35, 1100.0]
    assert data["site"].item() == "town"
    assert float(data["ghi"].sum()) == 365 * 9 * 400.0


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_marks_and_line_ends_do_not_matter(tmp_path: Path, newline: str, mark: bytes) -> None:
    file = _csv(tmp_path, _rows())
    file.write_bytes(mark + file.read_text(encoding="utf-8").replace("\n", newline).encode())
    assert read_weather(file).sizes["time"] == 8760


def test_header_lines_are_understood(tmp_path: Path) -> None:
    head = (
        HEAD + "# site: dwk\n# District: 大武口区\n# time_label: instant\n# typical_year: 1\n"
        "# utc_offset_hours: 8\n# synthetic: 1\n# ghi_uncertainty_fraction: 0.05\n"
        "# source: a: b\n# note: text\n"
    )
    data = read_weather(_csv(tmp_path, _rows(), head))
    assert data["site"].item() == "dwk"
    assert data["district"].item() == "大武口区"
    assert [data.attrs[n] for n in ("time_label", "typical_year", "synthetic")] == ["instant", 1, 1]
    assert data.attrs["ghi_uncertainty_fraction"] == 0.05
    assert data.attrs["stated_source"] == "a: b"
    assert data.attrs["source"] == "town.csv"


def test_a_place_given_comes_before_the_file_s(tmp_path: Path) -> None:
    data = read_weather(_csv(tmp_path, _rows()), Place(40.0, None, 0.0))
    assert [data[n].item() for n in ("latitude", "longitude", "altitude")] == [40.0, 106.35, 0.0]


def test_a_place_given_is_enough(tmp_path: Path) -> None:
    data = read_weather(_csv(tmp_path, _rows(), head=""), Place(39.0, 106.0))
    assert [data[n].item() for n in ("latitude", "longitude", "altitude")] == [39.0, 106.0, 0.0]


@pytest.mark.parametrize("place", [None, Place(39.0, None), Place(None, 106.0)])
def test_a_csv_without_place_is_refused(tmp_path: Path, place: Place | None) -> None:
    file = _csv(tmp_path, _rows(), head="")
    _refused(lambda: read_weather(file, place), "town.csv", "--lat, --lon", "# latitude")


@pytest.mark.parametrize("zone", ["Z", "+00:00", "-0700", "+08:00"])
def test_every_way_to_write_a_zone_is_understood(tmp_path: Path, zone: str) -> None:
    data = read_weather(_csv(tmp_path, [row.replace("+08:00", zone) for row in _rows()]))
    hours = {"Z": 0.0, "+00:00": 0.0, "-0700": -7.0, "+08:00": 8.0}[zone]
    assert data.attrs["utc_offset_hours"] == hours
    first = pd.Timestamp("2019-01-01") - pd.Timedelta(hours=hours)
    assert data.indexes["time"][0] == first


@pytest.mark.parametrize("stamp", ["2019-01-01T05:00", "01/05/2019 05:00", "", "5", "2019-01-01"])
def test_a_time_without_zone_names_its_row(tmp_path: Path, stamp: str) -> None:
    rows = [*_rows()]
    rows[5] = f"{stamp},0,10.0,2.0"
    file = _csv(tmp_path, rows)
    _refused(lambda: read_weather(file), "town.csv, row 10, column time", "2025-06-01T12:00+08:00")


def test_a_csv_without_time_names_what_it_found(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows(), names="when,ghi,temp_air,wind_speed")
    _refused(lambda: read_weather(file), "town.csv, column time", "when, ghi")


@pytest.mark.parametrize("name", ["ghi", "temp_air", "wind_speed"])
def test_a_wrong_column_is_named(tmp_path: Path, name: str) -> None:
    names = "time,ghi,temp_air,wind_speed".replace(name, "other")
    file = _csv(tmp_path, _rows(), names=names)
    _refused(lambda: read_weather(file), f"town.csv, column {name}", "missing", "columns needed")


def test_a_text_in_a_number_cell_names_row_and_column(tmp_path: Path) -> None:
    rows = [*_rows()]
    rows[5] = rows[5].replace("10.0", "cold")
    file = _csv(tmp_path, rows)
    _refused(lambda: read_weather(file), "town.csv, row 10, column temp_air", "'cold'", "empty")


@pytest.mark.parametrize("cell", ["", "-9999", "NaN"])
def test_an_empty_cell_or_a_code_is_missing(tmp_path: Path, cell: str) -> None:
    rows = [*_rows()]
    rows[12] = rows[12].replace(",400,", f",{cell},")
    ghi = read_weather(_csv(tmp_path, rows))["ghi"].to_numpy()[0]
    assert np.flatnonzero(np.isnan(ghi)).tolist() == [12]


def test_three_missing_hours_of_a_csv_name_the_row(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows()[:100] + _rows()[103:])
    _refused(lambda: read_weather(file), "town.csv, row 105, column time", "3 rows are missing")


def test_a_row_is_named_as_it_stands_in_a_file_with_blank_lines(tmp_path: Path) -> None:
    file = _csv(tmp_path, [*_rows()[:50], "", *_rows()[50:100], *_rows()[103:]])
    _refused(lambda: read_weather(file), "town.csv, row 106, column time", "3 rows are missing")


def test_an_hour_that_stands_twice_names_the_row(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows()[:101] + _rows()[100:])
    _refused(lambda: read_weather(file), "town.csv, row 106, column time", "stands twice")


def test_a_csv_that_stops_early_is_refused(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows()[:-3])
    _refused(lambda: read_weather(file), "town.csv, row 8761", "3 hours short")


def test_a_trailing_comma_shifts_no_column(tmp_path: Path) -> None:
    data = read_weather(_csv(tmp_path, [row + "," for row in _rows()]))
    assert float(data["ghi"].sum()) == 365 * 9 * 400.0


@pytest.mark.parametrize("line", ["# latitude: north", "# utc_offset_hours: x", "# altitude: high"])
def test_a_header_line_that_is_no_number_is_one_line(tmp_path: Path, line: str) -> None:
    file = _csv(tmp_path, _rows(), HEAD + line + "\n")
    _refused(lambda: read_weather(file), "town.csv")


@pytest.mark.parametrize("label", ["end", "middle", ""])
def test_an_unknown_time_label_is_refused(tmp_path: Path, label: str) -> None:
    file = _csv(tmp_path, _rows(), HEAD + f"# time_label: {label}\n")
    _refused(lambda: read_weather(file), "town.csv, time_label", repr(label), "start or instant")


@pytest.mark.parametrize("key", ["ghi_uncertainty_fraction", "ghi_interannual_sd_fraction"])
@pytest.mark.parametrize("value", ["nan", "inf", "-0.1", "5 %"])
def test_an_error_that_is_no_fraction_is_refused(tmp_path: Path, key: str, value: str) -> None:
    file = _csv(tmp_path, _rows(), HEAD + f"# {key}: {value}\n")
    _refused(lambda: read_weather(file), "town.csv")


def test_a_csv_of_another_encoding_is_one_line(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows(), HEAD)
    file.write_bytes("# note: 石嘴山\n".encode("gb18030") + file.read_bytes())
    _refused(lambda: read_weather(file), "town.csv", "byte 10 is not utf-8", "Save the file")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    _refused(lambda: read_weather(tmp_path / "no.epw"), "no.epw", "no such file", "Give the path")


@pytest.mark.parametrize("suffix", [".epw", ".csv", ".json", ".nc", ".txt"])
def test_an_empty_file_is_one_line(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"w{suffix}"
    file.touch()
    _refused(lambda: read_weather(file), f"w{suffix}: the file is empty")


@pytest.mark.parametrize("suffix", [".xyz", ".tm2", ".xlsx", ""])
def test_an_unknown_kind_of_file_is_refused(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"w{suffix}"
    file.write_text("x")
    _refused(lambda: read_weather(file), "unknown kind of weather file", "Give .epw")


@pytest.mark.parametrize("suffix", [".epw", ".csv", ".json", ".nc", ".txt"])
@pytest.mark.parametrize("content", [b"hello", b"{}", b"[1, 2]", b"\xff\xfe\x00\x01", b"\n\n\n"])
def test_a_file_of_something_else_is_one_line(tmp_path: Path, suffix: str, content: bytes) -> None:
    file = tmp_path / f"w{suffix}"
    file.write_bytes(content)
    _refused(lambda: read_weather(file), f"w{suffix}")


@pytest.mark.parametrize("share", [0.0001, 0.001, 0.01, 0.5])
@pytest.mark.parametrize("name", [AMSTERDAM, SAND_POINT, f"{PVGIS}.csv", f"{PVGIS}.json"])
def test_a_cut_file_is_one_line_of_sense(tmp_path: Path, name: str, share: float) -> None:
    data = _reference(name).read_bytes()
    file = tmp_path / f"cut{Path(name).suffix}"
    file.write_bytes(data[: int(len(data) * share)])
    assert "e+" not in _refused(lambda: read_weather(file), file.name)


@pytest.mark.parametrize(("name", "head"), [(AMSTERDAM, 8), (SAND_POINT, 2), (f"{PVGIS}.csv", 18)])
def test_three_missing_hours_name_the_row_of_the_file(tmp_path: Path, name: str, head: int) -> None:
    lines = _lines(name)
    file = _copy(tmp_path, name, lines[: head + 100] + lines[head + 103 :])
    _refused(
        lambda: read_weather(file), f"{file.name}, row {head + 101}, column time",
        "3 rows are missing",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "head", "column", "cell"),
    [(AMSTERDAM, 8, "temp_air", 6), (SAND_POINT, 2, "temp_air", 31), (SAND_POINT, 2, "ghi", 4)],
)
def test_a_text_in_a_known_format_names_row_and_column(
    tmp_path: Path, name: str, head: int, column: str, cell: int
) -> None:
    lines = _lines(name)
    cells = lines[head + 12].split(",")
    cells[cell] = "abc"
    lines[head + 12] = ",".join(cells)
    file = _copy(tmp_path, name, lines)
    _refused(lambda: read_weather(file), f"{file.name}, row {head + 13}, column {column}", "abc")


# The codes for a missing value in the EnergyPlus dictionary of the format.
@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("temp_air", 6, "99.9"), ("ghi", 13, "9999"), ("dni", 14, "9999"), ("dhi", 15, "9999"),
        ("wind_speed", 21, "999"),
    ],
)  # fmt: skip
def test_the_codes_of_epw_are_missing(tmp_path: Path, column: str, cell: int, code: str) -> None:
    lines = _lines(AMSTERDAM)
    cells = lines[20].split(",")
    cells[cell] = code
    lines[20] = ",".join(cells)
    data = read_weather(_copy(tmp_path, AMSTERDAM, lines))
    assert np.flatnonzero(data[column].isnull().to_numpy()[0]).tolist() == [12]


@pytest.mark.parametrize("name", [AMSTERDAM, SAND_POINT, f"{PVGIS}.csv"])
def test_line_ends_of_another_system_do_not_matter(tmp_path: Path, name: str) -> None:
    lines = [line.rstrip("\r") for line in _lines(name)]
    for end in ("", "\r"):
        file = _copy(tmp_path, name, [line + end for line in lines])
        assert read_weather(file).sizes["time"] == 8760


@pytest.mark.parametrize("hours", ["0.0", "-0.5", "0.5"])
def test_any_offset_of_pvgis_is_taken(tmp_path: Path, hours: str) -> None:
    lines = [line.replace("(h): 0.1761", f"(h): {hours}") for line in _lines(f"{PVGIS}.csv")]
    data = read_weather(_copy(tmp_path, f"{PVGIS}.csv", lines))
    first = pd.Timestamp("2018-01-01") + pd.Timedelta(hours=float(hours))
    assert data.indexes["time"][0] == first


def test_netcdf_comes_back_as_it_went(tmp_path: Path) -> None:
    before = read_weather(_csv(tmp_path, _rows(), HEAD + "# district: 大武口区\n# synthetic: 1\n"))
    before.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    after = read_weather(tmp_path / "w.nc")
    xr.testing.assert_equal(before, after)
    for key in ("time_label", "interval_minutes", "utc_offset_hours", "typical_year", "synthetic"):
        assert after.attrs[key] == before.attrs[key]


@pytest.mark.parametrize("absent", ["site", "time_label"])
def test_a_netcdf_of_something_else_is_refused(tmp_path: Path, absent: str) -> None:
    data = read_weather(_csv(tmp_path, _rows()))
    if absent == "site":
        data = data.isel(site=0, drop=True)
    else:
        del data.attrs["time_label"]
    data.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    _refused(lambda: read_weather(tmp_path / "w.nc"), "w.nc", "site and time", "time_label")


@pytest.mark.parametrize("absent", ["wind_speed", "temp_air", "ghi", "latitude", "altitude"])
def test_a_netcdf_without_a_variable_is_refused(tmp_path: Path, absent: str) -> None:
    data = read_weather(_csv(tmp_path, _rows())).drop_vars(absent)
    data.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    _refused(lambda: read_weather(tmp_path / "w.nc"), "w.nc", absent)


@pytest.mark.parametrize("absent", ["interval_minutes", "utc_offset_hours", "typical_year"])
def test_a_netcdf_that_does_not_say_its_times_is_refused(tmp_path: Path, absent: str) -> None:
    data = read_weather(_csv(tmp_path, _rows()))
    del data.attrs[absent]
    data.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    _refused(lambda: read_weather(tmp_path / "w.nc"), "w.nc", absent)


def test_a_netcdf_with_missing_hours_is_refused(tmp_path: Path) -> None:
    data = read_weather(_csv(tmp_path, _rows())).drop_isel(time=[100, 101, 102])
    data.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    _refused(lambda: read_weather(tmp_path / "w.nc"), "w.nc", "3 rows are missing")


def test_the_bundled_years_are_whole_synthetic_and_near() -> None:
    data = bundled_weather()
    assert data["site"].to_numpy().tolist() == ["dawukou", "huinong", "pingluo"]
    assert data.sizes["time"] == 8760
    assert data.attrs["synthetic"] == 1
    assert [entry["name"] for entry in json.loads(data.attrs["inputs"])] == [
        "dawukou.csv", "huinong.csv", "pingluo.csv",
    ]  # fmt: skip
    assert bundled_weather("huinong")["site"].to_numpy().tolist() == ["huinong"]
    assert (bundled_folder("weather") / "dawukou.csv").is_file()


@pytest.mark.parametrize("site", ["Dawukou", "yinchuan", ""])
def test_an_unknown_bundled_site_is_refused_with_the_known_ones(site: str) -> None:
    _refused(lambda: bundled_weather(site), "dawukou, huinong, pingluo")
