"""Written weather is read back the same, whole, and in the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import h5netcdf
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather import Convention, WeatherSite, combine_sites, weather_dataset, write
from roofpv.weather.write import weather_csv, write_weather


def site(name: str = "somewhere", label: str = "start", minutes: int = 60) -> xr.Dataset:
    times = pd.date_range("2019-12-31T18:30", periods=8784 * 60 // minutes, freq=f"{minutes}min")
    rng = np.random.default_rng(len(name))
    frame = pd.DataFrame(
        {
            "ghi": rng.uniform(0.0, 1000.0, times.size),
            "dni": rng.uniform(0.0, 900.0, times.size),
            "dhi": rng.uniform(0.0, 1e-7, times.size),
            "temp_air": rng.normal(0.0, 10.0, times.size),
        },
        index=times,
    )
    attrs = {
        "source": f"{name}.epw",
        "ghi_interannual_sd_fraction": 0.031,
        "inputs": json.dumps([{"name": "a.epw", "sha256": "00"}]),
        "warnings": "[]",
        "stated_note": "one\nline",
    }
    place = WeatherSite(name, 12.5, 77.25, 920.0, "石嘴山")
    sun_minutes = 10.5 if label == "instant" else 0.0
    return weather_dataset(frame, place, Convention(label, 5.5, sun_minutes=sun_minutes), attrs)


def header(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line.startswith("#")]
    return dict(line[2:].split(": ", 1) for line in lines)


def test_netcdf_brings_everything_back(tmp_path: Path) -> None:
    data = combine_sites([site("somewhere"), site("elsewhere")])
    data["ghi"][0, 7] = np.nan
    write_weather(data, tmp_path / "two.nc")
    with xr.open_dataset(tmp_path / "two.nc", engine="h5netcdf") as opened:
        xr.testing.assert_identical(opened.load(), data)
    assert [path.name for path in tmp_path.iterdir()] == ["two.nc"]


def test_netcdf_is_compressed_double_precision_and_the_same_in_every_byte(tmp_path: Path) -> None:
    data = site()
    for name in ("one.nc", "two.NC"):
        write_weather(data, tmp_path / name)
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.NC").read_bytes()
    with h5netcdf.File(tmp_path / "one.nc") as file:
        assert file["ghi"].dtype == np.float64
        assert file["ghi"].compression == "gzip"
        assert file["time"].attrs["units"] == "seconds since 1970-01-01"


def test_csv_has_the_shortest_digits_that_bring_every_number_back(tmp_path: Path) -> None:
    data = site().copy(deep=True)
    data["ghi"][0, 7] = np.nan
    data["dni"][0, 3] = -0.0
    write_weather(data, tmp_path / "one.csv")
    text = (tmp_path / "one.csv").read_text(encoding="utf-8")
    rows = pd.read_csv(tmp_path / "one.csv", skiprows=text.count("\n#") + 1, dtype=str)
    for name in ("ghi", "dni", "dhi", "temp_air"):
        np.testing.assert_array_equal(rows[name].map(float), data[name].to_numpy()[0])
    assert "wind_speed" not in rows
    assert rows["time"].iloc[0] == "2020-01-01T00:00+05:30"
    times = pd.to_datetime(rows["time"], utc=True).dt.tz_localize(None)
    np.testing.assert_array_equal(times.to_numpy(), data["time"].to_numpy())
    assert text.count("\n") == 15 + 8784
    assert "\r" not in text
    assert "-0.0," not in text


def test_csv_header_states_what_is_known_in_one_line_each() -> None:
    data = site().assign_attrs(stated_source="the file's own words")
    assert header(weather_csv(data)) == {
        "site": "somewhere",
        "district": "石嘴山",
        "latitude": "12.5",
        "longitude": "77.25",
        "altitude": "920.0",
        "utc_offset_hours": "5.5",
        "time_label": "start",
        "interval_minutes": "60",
        "typical_year": "0",
        "synthetic": "0",
        "source": "the file's own words",
        "ghi_interannual_sd_fraction": "0.031",
        "note": "one line",
        "inputs": '[{"name": "a.epw", "sha256": "00"}]',
    }
    assert header(weather_csv(site()))["source"] == "somewhere.epw"


def test_csv_may_be_rounded() -> None:
    data = site().copy(deep=True)
    data["ghi"][0, :3] = [1.25, -0.04, np.nan]
    first = [row.split(",") for row in weather_csv(data, decimals=1).splitlines()[15:18]]
    assert [row[1] for row in first] == ["1.2", "0.0", ""]
    assert [len(row[2].partition(".")[2]) for row in first] == [1, 1, 1]


def test_csv_writes_seconds_where_times_have_them() -> None:
    data = site("instants", "instant").drop_vars("sun_time")
    data = data.assign_coords(time=data["time"] + np.timedelta64(10, "s"))
    assert "2020-01-01T00:00:10+05:30," in weather_csv(data)


def test_csv_of_a_western_clock() -> None:
    data = site().assign_attrs(utc_offset_hours=-3.5)
    assert "2019-12-31T15:00-03:30," in weather_csv(data)


@pytest.mark.parametrize("name", ["weather.xlsx", "weather", "weather.epw"])
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidWeather, match=r"ends in \.csv"):
        write_weather(site(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_several_sites_in_one_csv_are_refused(tmp_path: Path) -> None:
    data = combine_sites([site("somewhere"), site("elsewhere")])
    with pytest.raises(InvalidWeather, match="2 sites do not go into one CSV"):
        write_weather(data, tmp_path / "two.csv")


def test_a_csv_that_would_move_the_sun_is_refused(tmp_path: Path) -> None:
    data = site("instants", "instant")
    with pytest.raises(InvalidWeather, match="at which moment the sun"):
        write_weather(data, tmp_path / "one.csv")
    write_weather(data, tmp_path / "one.nc")
    still = data.assign_coords(sun_time=(("site", "time"), data["time"].to_numpy()[None]))
    write_weather(still, tmp_path / "one.csv")
    assert "# time_label: instant\n" in (tmp_path / "one.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["one.csv", "one.nc"])
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(InvalidWeather, match="cannot be written"):
        write_weather(site(), tmp_path / "file" / name)


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.csv"
    path.write_text("old", encoding="utf-8")

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write.os, "fsync", full)
    with pytest.raises(InvalidWeather, match="No space left"):
        write_weather(site(), path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [left.name for left in tmp_path.iterdir()] == ["one.csv"]


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    write_weather(site(), tmp_path / "new" / "folder" / "one.nc")
    assert (tmp_path / "new" / "folder" / "one.nc").is_file()
