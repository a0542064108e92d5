"""Damp, rain and snow of the formats that have columns of them, on small files made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from roofpv.weather.formats import read_series
from roofpv.weather.series import Columns, Place

NAN = float("nan")


def frame(folder: Path, name: str, text: str) -> pd.DataFrame:
    (folder / name).write_text(text, encoding="utf-8")
    (series,) = read_series(folder / name, Place(), Columns())
    return series.frame


# TMY2


def tmy2_row(hour: int, **cells: str) -> str:
    line = [" "] * 142
    fixed = {
        f"62 7 4{hour:2d}": 1, " 450": 17, " 500": 23, " 100": 29, " 123": 67, " 57": 95,
    }  # fmt: skip
    places = {"damp": 79, "water": 123, "snow": 133}
    for text, start in (*fixed.items(), *((cells[name], places[name]) for name in cells)):
        line[start : start + len(text)] = text
    return "".join(line)


def test_tmy2_has_damp_water_and_snow_and_the_codes_of_none(tmp_path: Path) -> None:
    rows = [tmy2_row(1, damp=" 71", water=" 13", snow="  4"), tmy2_row(2), tmy2_row(3, damp="abc")]
    rows.append(tmy2_row(4, damp="999", water="999", snow="999"))
    head = " 23183 SALT LAKE CITY         UT  -7 N 40 46 W 111 58  1288\n"
    found = frame(tmp_path, "w.tm2", head + "\n".join(rows) + "\n")
    np.testing.assert_array_equal(found["relative_humidity"], [71.0, NAN, NAN, NAN])
    np.testing.assert_allclose(found["precipitable_water_cm"], [1.3, NAN, NAN, NAN])
    np.testing.assert_array_equal(found["snow_depth_cm"], [4.0, NAN, NAN, NAN])
    assert (found["temp_air"] == 12.3).all()


# TMY3


def test_rain_of_tmy3_is_in_tenths_and_that_of_one_hour(tmp_path: Path) -> None:
    rain = {9: ("3", "1"), 10: ("254", "1"), 11: ("257", "6"), 12: ("-9900", "-9900"), 13: ("", "")}
    rows = []
    for hour in range(1, 25):
        depth, hours = rain.get(hour, ("0", "1"))
        rows.append(f"01/01/1997,{hour:02d}:00,1,2,3,20.5,1.5,{depth},{hours},55,12")
    text = (
        '535190,"HUINONG",NX,8.0,39.217,106.767,1093\n'
        "Date (MM/DD/YYYY),Time (HH:MM),GHI (W/m^2),DNI (W/m^2),DHI (W/m^2),Dry-bulb (C),"
        "Wspd (m/s),Lprecip depth (mm),Lprecip quantity (hr),RHum (%),Pwat (cm)\n"
    )
    found = frame(tmp_path, "w.csv", text + "\n".join(rows) + "\n")
    got = found["precipitation_mm"].to_numpy()
    np.testing.assert_allclose(got[8:13], [0.3, 25.4, NAN, NAN, NAN])
    assert np.nansum(got) == pytest.approx(25.7)
    assert (found["relative_humidity"] == 55.0).all()


# NSRDB


def nsrdb(damp_unit: str, water_unit: str) -> str:
    times = pd.date_range("2019-06-01 00:30", periods=24, freq="h")
    rows = [
        f"{t.year},{t.month},{t.day},{t.hour},{t.minute},25,300,4,200,100,"
        + {3: "x,999", 4: ",-999"}.get(t.hour, "62.5,14")
        for t in times
    ]
    return (
        "Source,Latitude,Longitude,Time Zone,Elevation,GHI Units,Temperature Units,"
        "Relative Humidity Units,Precipitable Water Units,Version,,\n"
        f"NSRDB,28.6,77.2,5.5,216,w/m2,c,{damp_unit},{water_unit},3.2.2,,\n"
        "Year,Month,Day,Hour,Minute,Temperature,GHI,Wind Speed,DNI,DHI,Relative Humidity,"
        "Precipitable Water\n" + "\n".join(rows)
    )


@pytest.mark.parametrize(("unit", "water"), [("cm", 14.0), ("mm", 1.4), ("", 14.0), ("in", None)])
def test_nsrdb_has_damp_and_water_by_their_units(
    tmp_path: Path, unit: str, water: float | None
) -> None:
    found = frame(tmp_path, "w.csv", nsrdb("%", unit))
    damp = found["relative_humidity"].to_numpy()
    assert damp[0] == 62.5
    assert np.isnan(damp[3:5]).all()
    if water is None:
        assert "precipitable_water_cm" not in found
        return
    got = found["precipitable_water_cm"].to_numpy()
    assert got[0] == pytest.approx(water)
    assert np.isnan(got[3])
    # Codes below 0 are taken out where the weather is put together.
    assert got[4] < 0.0


def test_damp_in_another_unit_is_left_aside(tmp_path: Path) -> None:
    assert "relative_humidity" not in frame(tmp_path, "w.csv", nsrdb("kg/kg", "cm"))


# PVGIS


STAMPS = [f"20180101:{hour:02d}00" for hour in range(24)]


def test_a_typical_year_of_pvgis_has_damp(tmp_path: Path) -> None:
    cells = ["dry" if hour == 7 else f"{60 + hour}.5" for hour in range(24)]
    head = (
        "Latitude (decimal degrees): 45.000\nLongitude (decimal degrees): 8.000\n"
        "Elevation (m): 250.0\nIrradiance Time Offset (h): 0.1761\n"
        "time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP\n"
    )
    rows = [
        f"{stamp},2.0,{cell},10,5,6,280,1,200,99000"
        for stamp, cell in zip(STAMPS, cells, strict=True)
    ]
    damp = frame(tmp_path, "w.csv", head + "\n".join(rows) + "\n\n")["relative_humidity"]
    assert damp.iloc[0] == 60.5
    assert damp.isna().sum() == 1
    hours = [
        {"time(UTC)": stamp, "T2m": 2.0, "RH": 80.0, "G(h)": 10.0, "Gb(n)": 5.0, "Gd(h)": 6.0,
         "WS10m": 1.0}
        for stamp in STAMPS
    ]  # fmt: skip
    document = {
        "inputs": {"location": {"latitude": 45.0, "longitude": 8.0, "elevation": 250.0}},
        "outputs": {"tmy_hourly": hours},
    }
    assert (frame(tmp_path, "w.json", json.dumps(document))["relative_humidity"] == 80.0).all()
    for hour in hours:
        del hour["RH"]
    assert "relative_humidity" not in frame(tmp_path, "w.json", json.dumps(document))
