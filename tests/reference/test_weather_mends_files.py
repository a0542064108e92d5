"""
Every mend that the doctor names, applied to the file that it was named for.

Faults are put into real whole years; with each mend the file must be usable, and give the sums and
the plane irradiation of the sound file.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from roofpv import cli
from roofpv.weather import Clock, Columns, Place, read_weather
from roofpv.weather.clock import restate
from roofpv.weather.examine import Examined
from roofpv.weather.formats import read_series
from roofpv.weather.read import examine_weather
from roofpv.weather.series import Series

DATA = Path(__file__).parents[3] / "shared" / "data"
PVGIS = "weather/tmy_45.000_8.000_2005_2023"
INSTANT, UTC = Clock(label="instant"), Clock(utc_offset_hours=0.0)
# What makes each file sound.
SOUND = {
    "weather/NLD_Amsterdam062400_IWEC.epw": Clock(),
    "weather/CHN_Shanghai-Hongqiao_TMYx.epw": INSTANT,
    "weather/Zuerich-SMA_2016.epw": INSTANT,
    "weather/703165TY.csv": Clock(),
    "weather/723170TYA.CSV": Clock(),
    "weather/12839.tm2": Clock(),
    "weather/test_read_psm4.csv": Clock(),
    f"{PVGIS}.csv": Clock(),
    f"{PVGIS}.epw": UTC,
    "dsm/goteborg/GBG_TMY_1977.txt": Clock(utc_offset_hours=1.0, solar=False),
}
PLACES = {"dsm/goteborg/GBG_TMY_1977.txt": Place(57.7, 12.0, 10.0)}


def sound_series(name: str) -> Series:
    file = DATA / name
    if not file.is_file():
        pytest.skip("reference data not found at ../shared/data")
    (series,) = read_series(file, PLACES.get(name, Place()), Columns())
    said = restate(series, SOUND[name])
    return replace(said, claim=replace(said.claim, stated_minutes=0.0))


def local(series: Series) -> pd.DatetimeIndex:
    return series.frame.index + pd.Timedelta(hours=series.claim.utc_offset_hours)


def written(series: Series, labels: pd.DatetimeIndex, file: Path, **header: object) -> Path:
    """A table with these labels, and header lines that need not be true."""
    site, claim = series.site, series.claim
    said = {
        "latitude": site.latitude, "longitude": site.longitude, "altitude": site.altitude,
        "utc_offset_hours": claim.utc_offset_hours, "time_label": claim.label,
        "typical_year": int(series.typical_year),
    } | header  # fmt: skip
    head = "".join(f"# {key}: {value}\n" for key, value in said.items())
    stamps = labels.strftime("%Y-%m-%dT%H:%M")
    body = series.frame.set_axis(pd.Index(stamps, name="time"), axis=0).to_csv()
    file.write_text(head + body, encoding="utf-8")
    return file


def turned(series: Series, rows: int) -> Series:
    """The same labels, with values that come so many rows later."""
    values = np.roll(series.frame.to_numpy(), rows, axis=0)
    return replace(series, frame=pd.DataFrame(values, series.frame.index, series.frame.columns))


def summer_time(series: Series) -> pd.DatetimeIndex:
    labels = local(series)
    day = labels.strftime("%m-%dT%H")
    ahead = (day >= "03-28T02") & (day < "10-26T02")
    return labels + pd.to_timedelta(60.0 * ahead, unit="min")


def minutes_later(minutes: float) -> Callable[[Series, Path], Path]:
    move = pd.Timedelta(minutes=minutes)
    return lambda series, file: written(series, local(series) + move, file)


def zone_told(hours: float) -> Callable[[Series, Path], Path]:
    def fault(series: Series, file: Path) -> Path:
        zone = series.claim.utc_offset_hours + hours
        zone = zone - 24.0 if zone > 14.0 else zone + 24.0 if zone < -14.0 else zone
        return written(series, local(series), file, utc_offset_hours=zone)

    return fault


def label_told(label: str) -> Callable[[Series, Path], Path]:
    return lambda series, file: written(series, local(series), file, time_label=label)


def rows_later(rows: int) -> Callable[[Series, Path], Path]:
    return lambda series, file: written(turned(series, rows), local(series), file)


FAULTS = {
    **{f"zone {hours:+g}": zone_told(hours) for hours in (-9.0, -1.0, 3.0, 8.0)},
    **{f"label {label}": label_told(label) for label in ("start", "end", "instant")},
    **{f"rows {rows:+d}": rows_later(rows) for rows in (-7, 1, 12)},
    **{f"minutes {minutes:+d}": minutes_later(minutes) for minutes in (-38, 25, 95)},
    "daylight saving": lambda series, file: written(series, summer_time(series), file),
}


def clock_of(options: str) -> Clock:
    words = options.split()
    said = dict(zip(words[::2], words[1::2], strict=True))
    offset = said.get("--utc-offset")
    return Clock(
        utc_offset_hours=None if offset is None else float(offset),
        label=said.get("--label"),
        shift_minutes=float(said.get("--shift-minutes", 0.0)),
        daylight_saving=said.get("--daylight-saving", ""),
        solar=said.get("--clock") == "solar",
    )


def yearly(data: xr.Dataset) -> np.ndarray:
    """Irradiation of the horizontal, and of planes that look south, east and west. [kWh/m2]"""
    site = data.isel(site=0)
    times = pd.DatetimeIndex(site["sun_time"].to_numpy()).tz_localize("UTC")
    place = float(site["latitude"]), float(site["longitude"])
    sun = pvlib.solarposition.get_solarposition(times, *place, method="nrel_numpy")
    ghi, dni, dhi = (site[name].to_numpy() for name in ("ghi", "dni", "dhi"))
    zenith, azimuth = sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy()
    sums = [np.nansum(ghi)]
    for facing in (180.0, 90.0, 270.0):
        incidence = pvlib.irradiance.aoi_projection(35.0, facing, zenith, azimuth)
        beam = np.where(zenith < 88.0, dni * np.maximum(incidence, 0.0), 0.0)
        sums.append(np.nansum(beam + dhi * (1.0 + np.cos(np.radians(35.0))) / 2.0))
    return np.array(sums) * float(data.attrs["interval_minutes"]) / 60e3


def mends(found: Examined) -> Iterator[str]:
    diagnosis = found.diagnosis
    assert diagnosis is not None
    if diagnosis.finding == "as_claimed":
        assert abs(diagnosis.error_minutes) <= 20.0
        return
    assert diagnosis.mend, diagnosis.sentence
    yield diagnosis.mend
    if diagnosis.alternative:
        yield diagnosis.alternative


@functools.cache
def sound_year(name: str, folder: Path) -> np.ndarray:
    series = sound_series(name)
    clock = Clock(solar=True) if name.startswith("dsm") else Clock()
    return yearly(read_weather(written(series, local(series), folder / "sound.csv"), clock=clock))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SOUND)
def test_a_named_mend_mends(name: str, fault: str, tmp_path: Path) -> None:
    series = sound_series(name)
    file = FAULTS[fault](series, tmp_path / "faulty.csv")
    truth = sound_year(name, tmp_path)
    (found,) = examine_weather(file)
    for mend in mends(found):
        mended = read_weather(file, clock=clock_of(mend))
        year = yearly(mended)
        assert year[0] == pytest.approx(truth[0], rel=3e-3), mend
        np.testing.assert_allclose(year, truth, rtol=0.02, err_msg=mend)
        (again,) = examine_weather(file, clock=clock_of(mend))
        assert again.diagnosis is not None
        assert not again.diagnosis.refused, mend


def in_place(text: str, name: str, hours: float) -> str:
    """A file of its own format whose header tells another clock."""
    first, rest = text.split("\n", 1)
    if name.endswith(".epw"):
        cells = first.split(",")
        cells[8] = f"{float(cells[8]) + hours:g}"
        return ",".join(cells) + "\n" + rest
    if name.endswith(".tm2"):
        return first.replace(" -5 N", f" {-5 + hours:.0f} N") + "\n" + rest
    cells = first.split(",")
    cells[3] = f"{float(cells[3]) + hours:g}"
    return ",".join(cells) + "\n" + rest


NATIVE = [name for name in SOUND if name.endswith((".epw", ".tm2")) or "TY" in name]


@pytest.mark.parametrize("hours", [-1.0, 1.0, 3.0])
@pytest.mark.parametrize("name", NATIVE)
def test_a_mend_of_a_fixed_format_passes_the_next_command(
    name: str, hours: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    source = DATA / name
    if not source.is_file():
        pytest.skip("reference data not found at ../shared/data")
    text = source.read_text("latin-1").replace("\r\n", "\n")
    file = tmp_path / source.name
    file.write_text(in_place(text, name, hours), encoding="latin-1")
    (found,) = examine_weather(file)
    named = list(mends(found))
    if named and abs(hours) == 1.0 and "--label" in named[0]:
        assert SOUND[name] == INSTANT, "an offset is doubted before a label that the format fixes"
    # An hour less is what the clock of the PVGIS epw is wrong by.
    assert bool(named) == ((name, hours) != (f"{PVGIS}.epw", -1.0))
    for mend in named:
        words = ["roofpv", "weather", "check", str(file), "--no-picture", *mend.split()]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code == 0, capsys.readouterr().out
        capsys.readouterr()
