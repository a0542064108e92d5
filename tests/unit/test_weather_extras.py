"""Rain, snow and damp go from a file to the weather as they stand, and back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import roofpv
from roofpv.assumptions import from_values
from roofpv.dirt import site_sky
from roofpv.weather import bundled_weather, combine_sites
from roofpv.weather.formats.extras import extras_of
from roofpv.weather.write import write_weather

HOURS = 8760
RAIN = np.where(np.arange(HOURS) % 500 == 100, 7.5, 0.0)
HUMID = 30.0 + np.arange(HOURS) % 24


def table(tmp_path: Path, **columns: np.ndarray) -> Path:
    """The bundled year as a CSV, with further columns."""
    file = tmp_path / "w.csv"
    write_weather(bundled_weather("dawukou"), file)
    lines = file.read_text(encoding="utf-8").split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("time,"))
    lines[first] += "".join(f",{name}" for name in columns)
    for row in range(HOURS):
        lines[first + 1 + row] += "".join(f",{values[row]}" for values in columns.values())
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_a_table_has_rain_and_damp_and_keeps_them(tmp_path: Path) -> None:
    rain = RAIN.astype(object)
    rain[7] = "T"
    file = table(
        tmp_path, **{"Rainfall (mm)": rain, "相对湿度": HUMID, "snow_depth_cm": 0.0 * RAIN}
    )
    weather = roofpv.read_weather(file)
    assert np.isnan(weather["precipitation_mm"].to_numpy()[0, 7])
    assert weather["precipitation_mm"].attrs["units"] == "mm"
    assert np.nansum(weather["precipitation_mm"]) == RAIN.sum()
    assert np.array_equal(weather["relative_humidity"].to_numpy()[0], HUMID)
    # Nothing but zeros is no snow that anybody looked for.
    assert "snow_depth_cm" not in weather
    for name in ("again.csv", "again.nc"):
        write_weather(weather, tmp_path / name)
        again = roofpv.read_weather(tmp_path / name)
        for column in ("precipitation_mm", "relative_humidity", "ghi"):
            assert np.array_equal(again[column], weather[column], equal_nan=True), (name, column)
    chosen = from_values(
        {"losses.soiling_model": "kimber", "models.spectrum": "first_solar"}, "test"
    )
    sky = site_sky(weather, chosen)
    assert 0.0 < float(sky["soiling_loss"].max()) < 0.05


def test_what_the_light_is_does_not_depend_on_them(tmp_path: Path) -> None:
    with_rain = roofpv.read_weather(table(tmp_path, precipitation_mm=RAIN))
    plain = bundled_weather("dawukou")
    for name in ("ghi", "dni", "dhi", "temp_air", "wind_speed"):
        assert np.array_equal(with_rain[name], plain[name]), name


def test_a_site_without_rain_has_none_beside_one_that_has(tmp_path: Path) -> None:
    wet = roofpv.read_weather(table(tmp_path, precipitation_mm=RAIN))
    both = combine_sites([wet, bundled_weather("huinong")])
    assert both["precipitation_mm"].attrs["units"] == "mm"
    assert both["precipitation_mm"].isnull().all("time").to_numpy().tolist() == [False, True]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["time", "ghi"], {}),
        (["Precipitation [mm]", "RH (%)"], {"precipitation_mm": 0, "relative_humidity": 1}),
        (["rain (inch)", "雪深（cm）"], {"snow_depth_cm": 1}),
        (["rain", "rainfall"], {"precipitation_mm": 0}),
        (["precipitable_water_cm", "snowfall_cm"], {"precipitable_water_cm": 0, "snowfall_cm": 1}),
    ],
)
def test_headers(header: list[str], found: dict[str, int]) -> None:
    assert extras_of(header) == found


def test_epw_has_its_own(tmp_path: Path) -> None:
    plain = bundled_weather("dawukou").isel(site=0)
    head = [
        "LOCATION,Town,-,CHN,IWEC,123,39.03,106.35,8.0,1120.0", "DESIGN CONDITIONS,0",
        "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0",
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1,x", "COMMENTS 2,x",
        "DATA PERIODS,1,1,Data,Sunday,1/1,12/31",
    ]  # fmt: skip
    local = pd.date_range("2019-01-01", periods=HOURS, freq="h")
    rows = []
    for i, time in enumerate(local):
        cells = ["0"] * 35
        cells[:6] = [str(v) for v in (time.year, time.month, time.day, time.hour + 1, 60, "_")]
        cells[6], cells[8] = f"{plain['temp_air'].values[i]:.2f}", "55"
        for place, name in ((13, "ghi"), (14, "dni"), (15, "dhi"), (21, "wind_speed")):
            cells[place] = f"{plain[name].values[i]:.2f}"
        cells[28], cells[30] = "12", "3" if time.month == 1 else "999"
        cells[33] = f"{RAIN[i]:g}"
        rows.append(",".join(cells))
    file = tmp_path / "town.epw"
    file.write_text("\n".join([*head, *rows]) + "\n", encoding="ascii")
    weather = roofpv.read_weather(file)
    assert float(weather["precipitation_mm"].sum()) == RAIN.sum()
    assert set(weather["relative_humidity"].to_numpy()[0]) == {55.0}
    assert weather["precipitable_water_cm"].to_numpy()[0] == pytest.approx(1.2)
    depth = weather["snow_depth_cm"].to_numpy()[0]
    assert (depth[: 31 * 24] == 3.0).all()
    assert np.isnan(depth[31 * 24 :]).all()


def test_nasa_power_has_millimetres_an_hour(tmp_path: Path) -> None:
    plain = bundled_weather("dawukou").isel(site=0)
    times = pd.DatetimeIndex(plain["time"].to_numpy())
    stamps = times.strftime("%Y%m%d%H")
    names = {
        "ALLSKY_SFC_SW_DWN": plain["ghi"].values, "T2M": plain["temp_air"].values,
        "WS10M": plain["wind_speed"].values, "PRECTOTCORR": RAIN, "RH2M": HUMID,
    }  # fmt: skip
    units = {"ALLSKY_SFC_SW_DWN": "Wh/m^2", "T2M": "C", "WS10M": "m/s", "PRECTOTCORR": "mm/hour",
             "RH2M": "%"}  # fmt: skip
    document = {
        "geometry": {"coordinates": [106.35, 39.03, 1120.0]},
        "properties": {"parameter": {
            name: dict(zip(stamps, map(float, values), strict=True))
            for name, values in names.items()
        }},
        "header": {"time_standard": "UTC", "api": {"version": "v2"}},
        "parameters": {name: {"units": unit} for name, unit in units.items()},
    }  # fmt: skip
    file = tmp_path / "power.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    weather = roofpv.read_weather(file)
    assert float(weather["precipitation_mm"].sum()) == RAIN.sum()
    assert float(weather["relative_humidity"].max()) == 53.0
