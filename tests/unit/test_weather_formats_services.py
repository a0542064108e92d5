"""Readers of PVGIS and NASA POWER, on small files made by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import UNITS
from roofpv.weather.doctor import Claim
from roofpv.weather.formats import read_series
from roofpv.weather.series import Columns, Place, Series


def read(folder: Path, name: str, text: str, place: Place | None = None) -> Series:
    (folder / name).write_text(text, encoding="utf-8")
    (series,) = read_series(folder / name, place or Place(), Columns())
    return series


def refused(call: Callable[[], object], *said: str) -> str:
    with pytest.raises(InvalidWeather) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text
    return text


# PVGIS, hourly

PLACE = (
    "Latitude (decimal degrees):\t39.200\nLongitude (decimal degrees):\t106.800\n"
    "Elevation (m):\t1093\n"
)
STAMPS = [f"20200101:{hour:02d}11" for hour in range(24)]


def hourly_csv(
    columns: str = "Gb(i),Gd(i),Gr(i)", cells: str = "300.5,100.25,0.0", plane: str | None = None
) -> str:
    plane = "Slope: 0 deg. \nAzimuth: 0 deg. \n" if plane is None else plane
    rows = "\n".join(f"{stamp},{cells},12.5,7.25,2.1,0.0" for stamp in STAMPS)
    return (
        f"{PLACE}Radiation database:\tPVGIS-SARAH3\n\n\n{plane}"
        f"time,{columns},H_sun,T2m,WS10m,Int\n{rows}\n\n"
        "T2m: 2-m air temperature (degree Celsius)\n\nPVGIS (c) European Union, 2001-2025"
    )


def hourly_json(mounting: dict[str, Any] | None = None, **cells: float) -> str:
    fixed = {"fixed": {"slope": {"value": 0, "optimal": False}, "azimuth": {"value": 0}}}
    hours = [{"time": s, **cells, "T2m": 7.25, "WS10m": 2.1, "Int": 0.0} for s in STAMPS]
    return json.dumps(
        {
            "inputs": {
                "location": {"latitude": 39.2, "longitude": 106.8, "elevation": 1093.0},
                "meteo_data": {"radiation_db": "PVGIS-ERA5", "meteo_db": "ERA5", "year_min": 2020,
                               "year_max": 2020},
                "mounting_system": fixed if mounting is None else mounting,
            },
            "outputs": {"hourly": hours},
            "meta": {"inputs": {}},
        }
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "json", "txt"])
def test_the_parts_of_a_horizontal_plane_are_ghi_and_dhi(tmp_path: Path, kind: str) -> None:
    parts = {"Gb(i)": 300.5, "Gd(i)": 100.25, "Gr(i)": 0.0}
    text = hourly_json(**parts) if kind == "json" else hourly_csv()
    series = read(tmp_path, f"w.{kind}", text)
    assert series.claim == Claim("instant", 60, 0.0, 0.0)
    assert series.frame.index[0] == pd.Timestamp("2020-01-01 00:11")
    assert set(series.frame) == {"ghi", "dhi", "temp_air", "wind_speed"}
    assert series.frame.iloc[5].to_dict() == {
        "ghi": 400.75, "dhi": 100.25, "temp_air": 7.25, "wind_speed": 2.1,
    }  # fmt: skip
    assert series.rows[0] == (1 if kind == "json" else 10)
    assert (series.site.latitude, series.site.longitude, series.site.altitude) == (
        39.2, 106.8, 1093.0,
    )  # fmt: skip
    assert (series.kind, series.typical_year) == ("PVGIS hourly", False)


def test_the_whole_of_a_horizontal_plane_is_ghi(tmp_path: Path) -> None:
    series = read(tmp_path, "w.csv", hourly_csv("G(i)", "410.0"))
    assert set(series.frame) == {"ghi", "temp_air", "wind_speed"}
    assert (series.frame["ghi"] == 410.0).all()
    assert series.attrs["stated_source"] == "PVGIS hourly, PVGIS-SARAH3"
    series = read(tmp_path, "w.json", hourly_json(**{"G(i)": 410.0, "P": 1.0}))
    assert (series.frame["ghi"] == 410.0).all()
    assert series.attrs["stated_source"] == "PVGIS hourly, PVGIS-ERA5, ERA5, 2020-2020"


@pytest.mark.parametrize(
    ("plane", "said"),
    [
        ("Slope: 35 deg. (optimum)\nAzimuth: 2 deg. (optimum)\n", "inclined by 35 deg"),
        ("Slope: 0 deg.\n", "that moves"),
        ("Slope: 0 deg.\nAzimuth: 0 deg.\nInclined axis: 1\n", "that moves"),
        ("Slope: optimal\nAzimuth: 0 deg.\n", "that moves"),
        ("", "that moves"),
    ],
)
def test_a_plane_that_is_not_horizontal_is_refused_in_csv(
    tmp_path: Path, plane: str, said: str
) -> None:
    text = hourly_csv(plane=plane)
    refused(lambda: read(tmp_path, "w.csv", text), said, "slope 0")


@pytest.mark.parametrize(
    ("mounting", "said"),
    [
        ({"fixed": {"slope": {"value": 30}}}, "inclined by 30 deg"),
        ({"inclined_axis": {"slope": {"value": 0}}}, "that moves"),
        ({"two_axis": {"slope": {"value": "-"}}}, "that moves"),
        ({}, "that moves"),
    ],
)
def test_a_plane_that_is_not_horizontal_is_refused_in_json(
    tmp_path: Path, mounting: dict[str, Any], said: str
) -> None:
    text = hourly_json(mounting, **{"G(i)": 1.0})
    refused(lambda: read(tmp_path, "w.json", text), said, "slope 0")


def test_faults_of_pvgis_are_named(tmp_path: Path) -> None:
    text = hourly_csv().replace("20200101:0511,300.5", "20200101:0511,lots")
    refused(lambda: read(tmp_path, "w.csv", text), "w.csv, row 15, column plane_beam", "'lots'")
    text = hourly_csv().replace("20200101:0511", "2020-01-01")
    refused(lambda: read(tmp_path, "w.csv", text), "w.csv, row 15, column time", "'2020-01-01'")
    text = hourly_csv().replace("time,", "when,")
    refused(lambda: read(tmp_path, "w.csv", text), "no line of it begins with time")
    text = hourly_json(**{"G(i)": 1.0}).replace("20200101:0511", "20200101:9911")
    refused(lambda: read(tmp_path, "w.json", text), "w.json, row 6, column time")
    text = hourly_json(**{"G(i)": 1.0}).replace("7.25", '"cold"', 1)
    refused(lambda: read(tmp_path, "w.json", text), "w.json, row 1, column temp_air", "'cold'")
    text = hourly_json(**{"G(i)": 1.0})
    refused(lambda: read(tmp_path, "w.json", text[:900]), "cannot be read as JSON")
    empty = json.dumps({"inputs": {"location": {}}, "outputs": {"tmy_hourly": []}})
    refused(lambda: read(tmp_path, "w.json", empty), "it has no hours")


# PVGIS, typical year


def tmy_csv(offset: str = "Irradiance Time Offset (h): 0.1761\n") -> str:
    months = "".join(f"{month},{2004 + month}\n" for month in range(1, 13))
    rows = "".join(
        f"20050101:{hour:02d}00,2.5,90.0,{hour}.5,400.0,80.0,280.0,1.5,257.0,99870.0\n"
        for hour in range(24)
    )
    return (
        PLACE.replace("\t", " ") + offset + "month,year\n" + months
        + "time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP\n" + rows
        + "\nT2m: 2-m air temperature (degree Celsius)\n"
    )  # fmt: skip


def tmy_json(**stated: float) -> str:
    hours = [
        {"time(UTC)": f"20050101:{hour:02d}00", "T2m": 2.5, "G(h)": hour + 0.5, "Gb(n)": 400.0,
         "Gd(h)": 80.0, "WS10m": 1.5}
        for hour in range(24)
    ]  # fmt: skip
    where = {"latitude": 39.2, "longitude": 106.8, "elevation": 1093.0, **stated}
    return json.dumps({"inputs": {"location": where}, "outputs": {"tmy_hourly": hours}})


@pytest.mark.parametrize(
    ("name", "text", "stated"),
    [
        ("w.csv", tmy_csv(), 10.566),
        ("w.csv", tmy_csv(""), 0.0),
        ("w.csv", tmy_csv("Irradiance Time Offset (h): -0.5\n"), -30.0),
        ("w.json", tmy_json(irradiance_time_offset=0.1761), 10.566),
        ("w.txt", tmy_json(), 0.0),
    ],
)
def test_a_typical_year_keeps_its_full_hours_and_says_what_to_add(
    tmp_path: Path, name: str, text: str, stated: float
) -> None:
    series = read(tmp_path, name, text)
    assert series.claim.label == "instant"
    assert series.claim.stated_minutes == pytest.approx(stated)
    assert series.frame.index[0] == pd.Timestamp("2005-01-01 00:00")
    assert series.frame[list(UNITS)].iloc[3].to_dict() == {
        "ghi": 3.5, "dni": 400.0, "dhi": 80.0, "temp_air": 2.5, "wind_speed": 1.5,
    }  # fmt: skip
    assert (series.kind, series.typical_year, len(series.frame)) == ("PVGIS TMY", True, 24)


# NASA POWER

POWER_HEAD = """-BEGIN HEADER-
NASA/POWER Source Native Resolution Hourly Data
Dates (month/day/year): 01/01/2021 through 01/01/2021{standard}
Location: Latitude  39.0985   Longitude {lon}
Elevation from MERRA-2: Average for 0.5 x 0.625 degree lat/lon region = 1162.89 meters
The value for missing source data that cannot be computed: -999
Parameter(s):
ALLSKY_SFC_SW_DWN      CERES SYN1deg All Sky Surface Shortwave Downward Irradiance ({unit})
ALLSKY_SFC_SW_DIFF     CERES SYN1deg All Sky Surface Shortwave Diffuse Irradiance ({unit})
T2M                    MERRA-2 Temperature at 2 Meters (C)
{wind}                  MERRA-2 Wind Speed (m/s)
-END HEADER-
"""


def power_csv(
    standard: str = " in UTC", lon: float = 106.8, unit: str = "Wh/m^2", wind: str = "WS10M"
) -> str:
    rows = "".join(f"2021,1,1,{hour},{hour}.5,2.5,-3.25,4.5\n" for hour in range(24))
    head = POWER_HEAD.format(standard=standard, lon=lon, unit=unit, wind=wind)
    return f"{head}YEAR,MO,DY,HR,ALLSKY_SFC_SW_DWN,ALLSKY_SFC_SW_DIFF,T2M,{wind}\n{rows}"


def power_json(unit: str = "Wh/m^2", standard: str = "UTC", form: str = "%Y%m%d%H") -> str:
    stamps = pd.date_range("2021-01-01", periods=24, freq="h").strftime(form)
    values = {
        "ALLSKY_SFC_SW_DWN": {s: i + 0.5 for i, s in enumerate(stamps)},
        "ALLSKY_SFC_SW_DIFF": dict.fromkeys(stamps, 2.5),
        "T2M": dict.fromkeys(stamps, -3.25),
        "WS10M": dict.fromkeys(stamps, 4.5),
    }
    units = {"ALLSKY_SFC_SW_DWN": unit, "ALLSKY_SFC_SW_DIFF": unit, "T2M": "C", "WS10M": "m/s"}
    return json.dumps(
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [106.8, 39.0985, 1162.89]},
            "properties": {"parameter": values},
            "header": {"api": {"version": "v2.9.5"}, "fill_value": -999.0,
                       "time_standard": standard},
            "parameters": {name: {"units": text} for name, text in units.items()},
        }
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_power_hours_begin_at_their_label(tmp_path: Path, kind: str) -> None:
    series = read(tmp_path, f"w.{kind}", power_csv() if kind == "csv" else power_json())
    assert series.claim == Claim("start", 60, 0.0)
    assert series.frame.index[0] == pd.Timestamp("2021-01-01 00:00")
    assert series.frame.iloc[7].to_dict() == {
        "ghi": 7.5, "dhi": 2.5, "temp_air": -3.25, "wind_speed": 4.5,
    }  # fmt: skip
    assert (series.site.latitude, series.site.longitude, series.site.altitude) == (
        39.0985, 106.8, 1162.89,
    )  # fmt: skip
    assert series.rows[0] == (14 if kind == "csv" else 1)
    said = {"csv": "NASA POWER", "json": "NASA POWER v2.9.5"}
    assert series.attrs == {"stated_source": said[kind]}


@pytest.mark.parametrize(
    ("lon", "offset"), [(106.8, 7.0), (112.6, 8.0), (-7.4, 0.0), (-123.1, -8.0), (179.0, 12.0)]
)
@pytest.mark.parametrize("standard", [" in LST", ""])
def test_local_solar_time_of_power_is_a_zone_of_15_degrees(
    tmp_path: Path, lon: float, offset: float, standard: str
) -> None:
    series = read(tmp_path, "w.csv", power_csv(standard, lon))
    assert series.claim == Claim("start", 60, offset)
    assert series.frame.index[0] == pd.Timestamp("2021-01-01") - pd.Timedelta(hours=offset)


def test_local_solar_time_in_json(tmp_path: Path) -> None:
    assert read(tmp_path, "w.json", power_json(standard="LST")).claim.utc_offset_hours == 7.0


@pytest.mark.parametrize(
    ("unit", "factor"), [("W/m^2", 1.0), ("kWh/m^2", 1000.0), ("MJ/hr", 1e6 / 3600.0)]
)
def test_units_of_power_are_those_it_states(tmp_path: Path, unit: str, factor: float) -> None:
    for name, text in (("w.csv", power_csv(unit=unit)), ("w.json", power_json(unit))):
        ghi = read(tmp_path, name, text).frame["ghi"]
        assert ghi.iloc[9] == pytest.approx(9.5 * factor)


def test_an_unknown_unit_of_power_is_refused(tmp_path: Path) -> None:
    text = power_csv(unit="lux")
    refused(lambda: read(tmp_path, "w.csv", text), "column ALLSKY_SFC_SW_DWN", "'lux'")


def test_wind_at_two_metres_is_used_and_said(tmp_path: Path) -> None:
    series = read(tmp_path, "w.csv", power_csv(wind="WS2M"))
    assert (series.frame["wind_speed"] == 4.5).all()
    assert "2 m" in str(series.attrs["stated_note"])


def test_missing_values_of_power(tmp_path: Path) -> None:
    text = power_csv().replace(",5.5,2.5,-3.25", ",-999,2.5,-999.0")
    frame = read(tmp_path, "w.csv", text).frame
    assert frame.isna().sum().to_dict() == {"ghi": 1, "dhi": 0, "temp_air": 1, "wind_speed": 0}


def test_daily_data_of_power_are_refused(tmp_path: Path) -> None:
    daily = re.sub(r"(DY|2021,1,1),\w+,", r"\1,", power_csv())
    refused(lambda: read(tmp_path, "w.csv", daily), "not hourly", "temporal/hourly")
    daily = power_json(form="%Y%m%d")
    refused(lambda: read(tmp_path, "w.json", daily), "not hourly: it has times like 20210101")


def test_faults_of_power_are_named(tmp_path: Path) -> None:
    text = power_csv().replace("2021,1,1,4,4.5", "2021,1,1,4,dark")
    refused(lambda: read(tmp_path, "w.csv", text), "w.csv, row 18, column ghi", "'dark'")
    text = power_csv().replace("2021,1,1,4,", "2021,13,1,4,")
    refused(lambda: read(tmp_path, "w.csv", text), "w.csv, row 18, column time")
    text = power_json().replace("2021010104", "2021019904")
    refused(lambda: read(tmp_path, "w.json", text), "w.json, row 5, column time", "'2021019904'")
    text = power_csv().replace("-END HEADER-", "")
    refused(lambda: read(tmp_path, "w.csv", text), "no -END HEADER-", "Download it again")


def test_a_power_file_without_place_needs_one(tmp_path: Path) -> None:
    text = power_csv(" in LST").replace("Location:", "").replace("Latitude", "")
    refused(lambda: read(tmp_path, "w.csv", text), "does not say where", "--lat")
    series = read(tmp_path, "w.csv", text, Place(39.0, -100.0))
    assert (series.site.longitude, series.claim.utc_offset_hours) == (-100.0, -7.0)
