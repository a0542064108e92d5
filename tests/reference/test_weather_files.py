"""The real weather files from the file to the plane: what each says, and three formats of one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy import simulate
from roofpv.errors import InvalidWeather
from roofpv.sky import sun_and_sky
from roofpv.weather import Clock, combine_sites, read_weather

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "weather"
PVGIS = "tmy_45.000_8.000_2005_2023"
UTC = Clock(utc_offset_hours=0.0)
PLANES = ((0.0, 180.0), (15.0, 180.0), (35.0, 180.0), (20.0, 90.0), (20.0, 270.0), (90.0, 180.0))
# What each file makes of its labels, and the codes of its warnings.
FILES = {
    f"{PVGIS}.csv": ("instant", 8760, 1435.9),
    f"{PVGIS}.json": ("instant", 8760, 1435.9),
    "NLD_Amsterdam062400_IWEC.epw": ("start", 8760, 982.5),
    "CHN_Shanghai-Hongqiao_TMYx.epw": ("start", 8760, 1470.8),
    "703165TY.csv": ("start", 8760, 829.2),
    "723170TYA.CSV": ("start", 8760, 1566.2),
    "12839.tm2": ("start", 8760, 1792.6),
    "test_read_psm4.csv": ("instant", 17520, 1827.4),
}


def _file(name: str) -> Path:
    file = FOLDER / name
    if not file.is_file():
        pytest.skip("reference data not found at ../shared/data")
    return file


def _year(data: xr.Dataset, name: str) -> float:
    return float(data[name].sum(skipna=False)) * float(data.attrs["interval_minutes"]) / 60e3


def _poa(data: xr.Dataset) -> np.ndarray:
    planes = pd.DataFrame(
        {
            "plane_id": [f"{tilt:g}/{azimuth:g}" for tilt, azimuth in PLANES],
            "surface_tilt": [tilt for tilt, _ in PLANES],
            "surface_azimuth": [azimuth for _, azimuth in PLANES],
            "kwp": 1.0,
            "weather_site": str(data["site"].item()),
        }
    )
    energy = simulate(planes, sun_and_sky(data), Assumptions())
    return energy["poa_kwh_per_m2"].sum("month", skipna=False).to_numpy()


@pytest.mark.parametrize("name", FILES)
def test_files_with_a_right_clock_are_read_and_keep_their_sum(name: str) -> None:
    data = read_weather(_file(name))
    label, rows, ghi = FILES[name]
    assert data.attrs["time_label"] == label
    assert data.sizes["time"] == rows
    assert _year(data, "ghi") == pytest.approx(ghi, rel=1e-3)


def test_zurich_keeps_its_hole_and_says_so() -> None:
    data = read_weather(_file("Zuerich-SMA_2016.epw"))
    assert data.sizes["time"] == 8784
    local = pd.DatetimeIndex(data["time"].to_numpy()) + pd.Timedelta(hours=1)
    empty = np.isnan(data["ghi"].to_numpy()[0])
    assert set(local[empty].month) == {10}
    # 120 rows less the nights, which are dark whatever was measured.
    assert 45 <= empty.sum() <= 60
    said = " ".join(json.loads(data.attrs["warnings"]))
    assert "120 rows" in said
    assert "stays empty" in said


def test_the_pvgis_epw_is_called_out_and_no_other() -> None:
    with pytest.raises(InvalidWeather) as caught:
        read_weather(_file(f"{PVGIS}.epw"))
    said = str(caught.value)
    assert "1 h" in said
    assert "--utc-offset 0" in said


def test_one_weather_in_three_formats_gives_one_energy() -> None:
    csv = read_weather(_file(f"{PVGIS}.csv"))
    told = read_weather(_file(f"{PVGIS}.json"))
    epw = read_weather(_file(f"{PVGIS}.epw"), clock=UTC)
    np.testing.assert_allclose(_poa(told), _poa(csv), rtol=1e-12)
    np.testing.assert_allclose(_poa(epw), _poa(csv), rtol=1e-12)
    # The EPW rounds the wind to 0.1 m/s and nothing else.
    assert np.abs(epw["wind_speed"].to_numpy() - csv["wind_speed"].to_numpy()).max() < 0.051


def test_typical_years_of_other_origin_stand_side_by_side() -> None:
    csv = read_weather(_file(f"{PVGIS}.csv"))
    epw = read_weather(_file(f"{PVGIS}.epw"), clock=UTC)
    both = combine_sites([csv, epw.assign_coords(site=["epw"])])
    for number, alone in enumerate((csv, epw)):
        np.testing.assert_allclose(
            _poa(both.isel(site=[number])), _poa(alone), rtol=1e-12, err_msg=str(number)
        )
