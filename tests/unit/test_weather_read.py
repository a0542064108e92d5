from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather import Clock, Place, bundled_folder, bundled_weather, read_weather
from roofpv.weather.read import examine_weather

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


def _warned(file: Path, *said: str) -> None:
    """Read, with a warning that says all that."""
    warnings = json.loads(read_weather(file).attrs["warnings"])
    assert any(all(part in warning for part in said) for warning in warnings), warnings


@cache
def _rows() -> list[str]:
    """A year of believable weather: Haurwitz' sky dimmed by the day."""
    time = pd.date_range("2019-01-01", periods=8760, freq="h")
    moments = (time - pd.Timedelta(hours=7.5)).tz_localize("UTC")
    zenith = pvlib.solarposition.get_solarposition(moments, 39.0, 106.35)["apparent_zenith"]
    cloud = np.repeat(0.65 + 0.3 * np.sin(np.arange(365) * 2.4), 24)
    light = pvlib.clearsky.haurwitz(zenith)["ghi"].to_numpy() * cloud
    air = 10.0 - 12.0 * np.cos(np.arange(8760) * 2 * np.pi / 8760) + np.sin(time.hour / 4.0)
    stamps = time.strftime("%Y-%m-%dT%H:%M+08:00")
    values = zip(stamps, light, air, 2.0 + np.arange(8760) % 7 / 10, strict=True)
    return [f"{t},{g:.1f},{a:.2f},{w:.1f}" for t, g, a, w in values]


def _total() -> float:
    return sum(float(row.split(",")[1]) for row in _rows())


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
    assert float(data["ghi"].sum()) == pytest.approx(_total(), abs=0.2)


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
    assert data["ghi_uncertainty_fraction"].item() == 0.05
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
    file = _csv(tmp_path, [row.replace("+08:00", zone) for row in _rows()])
    data = read_weather(file, clock=Clock(trusted=True))
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


@pytest.mark.parametrize("name", ["ghi", "temp_air"])
def test_a_wrong_column_is_named(tmp_path: Path, name: str) -> None:
    names = "time,ghi,temp_air,wind_speed".replace(name, "other")
    file = _csv(tmp_path, _rows(), names=names)
    _refused(lambda: read_weather(file), f"town.csv, column {name}", "missing", "columns needed")


def test_a_text_in_a_number_cell_names_row_and_column(tmp_path: Path) -> None:
    rows = [*_rows()]
    rows[5] = "2019-01-01T05:00+08:00,0,cold,2.0"
    file = _csv(tmp_path, rows)
    _refused(lambda: read_weather(file), "town.csv, row 10, column temp_air", "'cold'", "empty")


def test_three_missing_hours_of_a_csv_name_the_row(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows()[:100] + _rows()[103:])
    _warned(file, "town.csv, row 105, column time", "3 rows are missing")


def test_a_row_is_named_as_it_stands_in_a_file_with_blank_lines(tmp_path: Path) -> None:
    file = _csv(tmp_path, [*_rows()[:50], "", *_rows()[50:100], *_rows()[103:]])
    _warned(file, "town.csv, row 106, column time", "3 rows are missing")


def test_an_hour_that_stands_twice_names_the_row(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows()[:101] + _rows()[100:])
    _refused(lambda: read_weather(file), "town.csv, row 106, column time", "stands twice")


def test_a_csv_that_stops_early_is_refused(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows()[:-3])
    _refused(lambda: read_weather(file), "town.csv, row 8761", "3 h short")


def test_a_trailing_comma_shifts_no_column(tmp_path: Path) -> None:
    data = read_weather(_csv(tmp_path, [row + "," for row in _rows()]))
    assert float(data["ghi"].sum()) == pytest.approx(_total(), abs=0.2)


@pytest.mark.parametrize("line", ["# latitude: north", "# utc_offset_hours: x", "# altitude: high"])
def test_a_header_line_that_is_no_number_is_one_line(tmp_path: Path, line: str) -> None:
    file = _csv(tmp_path, _rows(), HEAD + line + "\n")
    _refused(lambda: read_weather(file), "town.csv")


@pytest.mark.parametrize("label", ["noon", ""])
def test_an_unknown_time_label_is_refused(tmp_path: Path, label: str) -> None:
    file = _csv(tmp_path, _rows(), HEAD + f"# time_label: {label}\n")
    _refused(lambda: read_weather(file), "town.csv", "time_label", repr(label), "instant")


@pytest.mark.parametrize("key", ["ghi_uncertainty_fraction", "ghi_interannual_sd_fraction"])
@pytest.mark.parametrize("value", ["nan", "inf", "-0.1", "5 %"])
def test_an_error_that_is_no_fraction_is_refused(tmp_path: Path, key: str, value: str) -> None:
    file = _csv(tmp_path, _rows(), HEAD + f"# {key}: {value}\n")
    _refused(lambda: read_weather(file), "town.csv")


def test_a_csv_of_chinese_excel_is_read_and_of_no_encoding_refused(tmp_path: Path) -> None:
    file = _csv(tmp_path, _rows(), HEAD)
    rest = file.read_bytes()
    file.write_bytes("# district: 大武口区\n".encode("gb18030") + rest)
    assert read_weather(file)["district"].item() == "大武口区"
    file.write_bytes(b"# note: \xff\xff\n" + rest)
    _refused(lambda: read_weather(file), "town.csv", "byte", "Save the file")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    _refused(lambda: read_weather(tmp_path / "no.epw"), "no.epw", "no such file", "Give the path")


@pytest.mark.parametrize("suffix", [".epw", ".csv", ".json", ".nc", ".txt"])
def test_an_empty_file_is_one_line(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"w{suffix}"
    file.touch()
    _refused(lambda: read_weather(file), f"w{suffix}: the file is empty")


@pytest.mark.parametrize("suffix", [".xyz", ".xlsx", ""])
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
    _warned(file, f"{file.name}, row {head + 101}, column time", "3 rows are missing")


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
    (found,) = examine_weather(_copy(tmp_path, AMSTERDAM, lines))
    assert np.flatnonzero(found.series.frame[column].isna()).tolist() == [12]


@pytest.mark.parametrize("name", [AMSTERDAM, SAND_POINT, f"{PVGIS}.csv"])
def test_line_ends_of_another_system_do_not_matter(tmp_path: Path, name: str) -> None:
    lines = [line.rstrip("\r") for line in _lines(name)]
    for end in ("", "\r"):
        file = _copy(tmp_path, name, [line + end for line in lines])
        assert read_weather(file).sizes["time"] == 8760


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


@pytest.mark.parametrize("absent", ["temp_air", "ghi", "latitude", "altitude"])
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


def test_a_netcdf_with_missing_hours_says_so(tmp_path: Path) -> None:
    data = read_weather(_csv(tmp_path, _rows())).drop_isel(time=[100, 101, 102])
    data.to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    _warned(tmp_path / "w.nc", "w.nc", "3 rows are missing")


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
