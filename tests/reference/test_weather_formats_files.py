"""
The readers on the real files: what they claim against the conventions measured by hand, their sums
against the index of the data, their rows against pvlib's readers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest

import roofpv
from roofpv.assumptions import from_values
from roofpv.dirt import site_sky
from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import UNITS
from roofpv.weather.formats import read_series
from roofpv.weather.series import Columns, Place, Series

DATA = Path(__file__).parents[3] / "shared" / "data"
AMSTERDAM, SHANGHAI = "NLD_Amsterdam062400_IWEC.epw", "CHN_Shanghai-Hongqiao_TMYx.epw"
ZURICH, MIAMI, PSM4 = "Zuerich-SMA_2016.epw", "12839.tm2", "test_read_psm4.csv"
SAND_POINT, GREENSBORO = "703165TY.csv", "723170TYA.CSV"
PVGIS = "tmy_45.000_8.000_2005_2023"
HOURLY_CSV = "pvgis/pvgis_hourly_Timeseries_45.000_8.000_SA_30deg_0deg_2016_2016.csv"
HOURLY_JSON = "pvgis/pvgis_hourly_Timeseries_45.000_8.000_SA2_10kWp_CIS_5_2a_2013_2014.json"


def data_file(name: str, folder: str = "weather") -> Path:
    file = DATA / folder / name
    if not file.is_file():
        pytest.skip("reference data not found at ../shared/data")
    return file


def read(file: Path) -> Series:
    (series,) = read_series(file, Place(), Columns())
    return series


# label, interval, UTC offset, rows, typical year, and GHI, DNI, DHI as the index has them [kWh/m2].
FILES = {
    AMSTERDAM: ("start", 60, 1.0, 8760, True, (982.5,)),
    SHANGHAI: ("start", 60, 8.0, 8760, True, (1470.8, 1348.1, 595.0)),
    ZURICH: ("start", 60, 1.0, 8784, False, (1149.1,)),
    SAND_POINT: ("end", 60, -9.0, 8760, True, (829.2,)),
    GREENSBORO: ("end", 60, -5.0, 8760, True, (1566.2, 1476.5, 682.2)),
    MIAMI: ("start", 60, -5.0, 8760, True, (1792.6,)),
    PSM4: ("instant", 30, -7.0, 17520, False, (1827.4, 2268.3, 567.9)),
    f"{PVGIS}.csv": ("instant", 60, 0.0, 8760, True, (1435.9, 1591.6, 570.9)),
    f"{PVGIS}.json": ("instant", 60, 0.0, 8760, True, (1435.9, 1591.6, 570.9)),
    f"{PVGIS}.epw": ("instant", 60, 1.0, 8760, True, (1435.9, 1591.6, 570.9)),
}
# Minutes to add to the label, as the index has measured them. The clocks of the PVGIS epw (by an
# hour), of Shanghai and Zürich (by half of one) are wrong, which is not for the reader to repair.
MEASURED = {
    AMSTERDAM: 26, SAND_POINT: -33, GREENSBORO: -30, MIAMI: 34, PSM4: 1, f"{PVGIS}.csv": 8,
    f"{PVGIS}.json": 8,
}  # fmt: skip
WRONG = {f"{PVGIS}.epw": 68, SHANGHAI: 1, ZURICH: 6}


@pytest.mark.parametrize("name", FILES)
def test_claim_rows_and_sums(name: str) -> None:
    label, interval, offset, rows, typical, sums = FILES[name]
    series = read(data_file(name))
    claim = series.claim
    assert (claim.label, claim.interval_minutes, claim.utc_offset_hours) == (
        label, interval, offset,
    )  # fmt: skip
    assert (len(series.frame), series.typical_year) == (rows, typical)
    for column, expected in zip(("ghi", "dni", "dhi"), sums, strict=False):
        total = float(series.frame[column].sum()) * interval / 60e3
        assert total == pytest.approx(expected, abs=0.06)
    assert series.rows.size == rows


@pytest.mark.parametrize("name", MEASURED)
def test_the_claim_is_the_convention_that_was_measured(name: str) -> None:
    assert read(data_file(name)).claim.minutes == pytest.approx(MEASURED[name], abs=5.0)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_clock_is_read_as_the_file_has_it(name: str) -> None:
    assert abs(read(data_file(name)).claim.minutes - WRONG[name]) > 20.0


def test_missing_hours_of_zurich_are_missing() -> None:
    missing = read(data_file(ZURICH)).frame[list(UNITS)].isna().sum()
    assert missing.to_dict() == {
        "ghi": 120, "dni": 120, "dhi": 120, "temp_air": 0, "wind_speed": 95,
    }  # fmt: skip


def test_three_formats_of_one_weather_are_one_weather() -> None:
    csv, js, epw = (read(data_file(f"{PVGIS}.{kind}")) for kind in ("csv", "json", "epw"))
    pd.testing.assert_frame_equal(csv.frame, js.frame)
    assert csv.claim == js.claim
    assert csv.claim.stated_minutes == pytest.approx(60.0 * 0.1761)
    assert epw.claim.stated_minutes == pytest.approx(csv.claim.stated_minutes)
    # Its header's UTC+1 is taken off, though its rows run on UTC: an hour wrong.
    assert epw.frame.index.equals(csv.frame.index - pd.Timedelta(hours=1))
    np.testing.assert_array_equal(epw.frame["ghi"].to_numpy(), csv.frame["ghi"].to_numpy())
    apart = epw.frame["wind_speed"].to_numpy() - csv.frame["wind_speed"].to_numpy()
    assert np.abs(apart).max() < 0.0501
    assert csv.site == js.site == epw.site


# What only some models need, under pvlib's names.
EXTRAS_OF = {
    MIAMI: {
        "relative_humidity": ("RHum", 1.0), "precipitable_water_cm": ("Pwat", 0.1),
        "snow_depth_cm": ("SnowDepth", 1.0),
    },
    PSM4: {
        "relative_humidity": ("relative_humidity", 1.0),
        "precipitable_water_cm": ("precipitable_water", 1.0),
    },
    f"{PVGIS}.csv": {"relative_humidity": ("relative_humidity", 1.0)},
    f"{PVGIS}.json": {"relative_humidity": ("relative_humidity", 1.0)},
}  # fmt: skip


@pytest.mark.parametrize("name", [MIAMI, PSM4, f"{PVGIS}.csv"])
def test_the_spectrum_follows_from_the_damp_of_the_file(name: str) -> None:
    weather = roofpv.read_weather(data_file(name))
    sky = site_sky(weather, from_values({"models.spectrum": "first_solar"}, "test"))
    light = sky["spectral_factor"].to_numpy()[sky["ghi"].to_numpy() > 200.0]
    assert 0.97 < light.mean() < 1.03


def test_the_rain_of_a_year_is_that_of_the_place() -> None:
    """Greensboro has about 1,100 mm a year; of Sand Point most hours are not known."""
    rain = read(data_file(GREENSBORO)).frame["precipitation_mm"]
    assert 700.0 < rain.sum() < 1500.0
    assert rain.max() <= 50.0
    assert read(data_file(SAND_POINT)).frame["precipitation_mm"].isna().mean() > 0.9


def pvlib_rows(name: str) -> pd.DataFrame:
    file = str(data_file(name))
    readers: dict[str, Callable[..., tuple[pd.DataFrame, dict]]] = {
        AMSTERDAM: pvlib.iotools.read_epw,
        SAND_POINT: pvlib.iotools.read_tmy3,
        MIAMI: pvlib.iotools.read_tmy2,
        PSM4: pvlib.iotools.read_nsrdb_psm4,
        f"{PVGIS}.csv": pvlib.iotools.read_pvgis_tmy,
        f"{PVGIS}.json": pvlib.iotools.read_pvgis_tmy,
    }
    frame = readers[name](file)[0]
    if name == MIAMI:
        frame = frame.assign(temp_air=frame["DryBulb"] / 10.0, wind_speed=frame["Wspd"] / 10.0)
        frame = frame.rename(columns={"GHI": "ghi", "DNI": "dni", "DHI": "dhi"})
    return frame.set_axis(frame.index.tz_convert("UTC").tz_localize(None), axis=0)


@pytest.mark.parametrize(
    "name", [AMSTERDAM, SAND_POINT, MIAMI, PSM4, f"{PVGIS}.csv", f"{PVGIS}.json"]
)
def test_rows_are_those_of_pvlib(name: str) -> None:
    ours, theirs = read(data_file(name)).frame, pvlib_rows(name)
    for column in UNITS:
        np.testing.assert_array_equal(ours[column].to_numpy(), theirs[column].to_numpy())
    for column, (own, factor) in EXTRAS_OF.get(name, {}).items():
        np.testing.assert_allclose(ours[column], theirs[own] * factor, rtol=1e-12)
    if name == MIAMI:  # pvlib dates every row of a TMY2 by the first one's year
        assert ours.index.strftime("%m%d%H").equals(theirs.index.strftime("%m%d%H"))
        assert ours.index.year.nunique() > 5
    else:
        np.testing.assert_array_equal(
            ours.index.to_numpy(), theirs.index.to_numpy().astype("datetime64[ns]")
        )


def test_the_last_hour_of_february_of_greensboro_is_where_its_file_has_it() -> None:
    series = read(data_file(GREENSBORO))
    local = series.frame.index + pd.Timedelta(hours=-5)
    starts = local - pd.Timedelta(hours=1)
    assert starts.hour.to_numpy().reshape(-1, 24).tolist() == [list(range(24))] * 365
    assert not ((starts.month == 2) & (starts.day == 29)).any()


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".json")])
def test_rows_are_numbered_as_an_editor_counts_them(name: str) -> None:
    series = read(data_file(name))
    lines = data_file(name).read_bytes().decode("latin-1").splitlines()
    dry = series.frame["temp_air"].iloc[100]
    line = lines[series.rows[100] - 1]
    assert any(text in line for text in (f"{dry:g}", f"{dry:.2f}", f"{dry * 10:04.0f}"))


def test_tilted_planes_of_pvgis_are_refused() -> None:
    for name, said in ((HOURLY_CSV, "inclined by 30 deg"), (HOURLY_JSON, "that moves")):
        file = data_file(name, "reference")
        with pytest.raises(InvalidWeather, match=said):
            read(file)


def test_a_real_hourly_file_is_read_once_its_plane_is_level(tmp_path: Path) -> None:
    text = data_file(HOURLY_CSV, "reference").read_text(encoding="utf-8")
    file = tmp_path / "w.csv"
    file.write_text(text.replace("Slope: 30 deg", "Slope: 0 deg"), encoding="utf-8")
    series = read(file)
    assert len(series.frame) == 14
    assert series.frame["ghi"].iloc[8] == pytest.approx(26.71 + 8.28 + 0.21)
    assert series.frame["dhi"].iloc[8] == 8.28
    assert series.frame.index[8] == pd.Timestamp("2016-01-01 08:10")
    assert series.attrs["stated_source"] == "PVGIS hourly, PVGIS-SARAH"
    theirs, _ = pvlib.iotools.read_pvgis_hourly(file)
    np.testing.assert_array_equal(
        series.frame["temp_air"].to_numpy(), theirs["temp_air"].to_numpy()
    )


def outcome(file: Path) -> int | str:
    """Rows of a file, or why it cannot be read."""
    try:
        return len(read(file).frame)
    except InvalidWeather as error:
        return str(error)


@pytest.mark.parametrize("share", [0.0001, 0.001, 0.01, 0.5])
@pytest.mark.parametrize("name", FILES)
def test_a_cut_file_is_short_or_one_line_of_sense(tmp_path: Path, name: str, share: float) -> None:
    data = data_file(name).read_bytes()
    file = tmp_path / f"cut{Path(name).suffix}"
    file.write_bytes(data[: int(len(data) * share)])
    found = outcome(file)
    if isinstance(found, int):
        assert 2 <= found <= 1.05 * FILES[name][3] * share
    else:
        assert found.startswith("cut.")
        assert "\n" not in found
        assert "e+" not in found
