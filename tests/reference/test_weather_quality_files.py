"""
What quality control and gap filling say of the real files, and of faults put into them.

The files are read by pvlib alone, with the sun taken where the reference data's index says that
their rows belong; the counts are those of this data.
"""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest

from roofpv.weather.clearsky import sun_at
from roofpv.weather.dataset import WeatherSite
from roofpv.weather.gaps import fill_gaps
from roofpv.weather.quality import TableRows, judge, judge_units

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data"
NAMES = ["ghi", "dni", "dhi", "temp_air", "wind_speed"]
PVGIS = "tmy_45.000_8.000_2005_2023"

# Problems by severity and code, and rows filled; of a file with nothing to say, nothing.
SAID = {
    "PVGIS TMY csv": {"warning zeros": 37},
    "PVGIS TMY json": {"warning zeros": 37},
    "PVGIS TMY epw": {"warning zeros": 37},
    "Amsterdam epw": {},
    "Shanghai epw": {},
    "Zürich 2016 epw": {"note filled": 2, "warning gap": 120, "note gap": 95},
    "TMY3 Sand Point": {"note rare": 90},
    "TMY3 Greensboro": {"note rare": 61},
    "TMY2 Miami": {"note rare": 78},
    "NSRDB PSM4": {"note rare": 82},
    "Göteborg met": {},
    "NREL RMIS 2019": {
        "note rare": 19, "warning closure": 121, "warning filled": 30, "warning gap": 396,
    },
    "NREL RMIS 2022": {
        "note rare": 2, "warning closure": 90, "warning diffuse_ratio": 69, "note filled": 4,
    },
}  # fmt: skip
WHOLE_YEARS = [name for name in SAID if not name.startswith(("NREL", "PVGIS TMY epw"))]


def epw(name, minutes):
    frame, meta = pvlib.iotools.read_epw(found("weather", name))
    return loaded(frame, meta, float(meta["TZ"]), minutes)


def tmy3(name):
    frame, meta = pvlib.iotools.read_tmy3(found("weather", name), map_variables=True)
    return loaded(frame, meta, float(meta["TZ"]), -30)


def tmy2():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame, meta = pvlib.iotools.read_tmy2(found("weather", "12839.tm2"))
    names = {"DryBulb": "temp_air", "Wspd": "wind_speed"}
    frame = frame.rename(columns=names | {name.upper(): name for name in NAMES[:3]})
    tenths = {name: frame[name] / 10 for name in names.values()}
    return loaded(frame.assign(**tenths), meta, float(meta["TZ"]), 30)


def psm4():
    path = found("weather", "test_read_psm4.csv")
    frame, meta = pvlib.iotools.read_nsrdb_psm4(path, map_variables=True)
    return loaded(frame, meta, -7.0, 0)


def pvgis(kind):
    path = found("weather", f"{PVGIS}.{kind}")
    frame, _ = pvlib.iotools.read_pvgis_tmy(path, pvgis_format=kind, map_variables=True)
    return loaded(frame, {"latitude": 45.0, "longitude": 8.0, "altitude": 250.0}, 0.0, 10.6)


def goteborg():
    table = pd.read_csv(found("dsm/goteborg", "GBG_TMY_1977.txt"), sep=r"\s+")
    year = pd.to_datetime(table["iy"].astype(int).astype(str), format="%Y")
    hours = pd.to_timedelta((table["id"] - 1) * 24 + table["it"], unit="h")
    parts = {"kdown": "ghi", "kdir": "dni", "kdiff": "dhi", "Tair": "temp_air"}
    frame = table.rename(columns=parts).set_axis(pd.DatetimeIndex(year + hours), axis=0)
    place = {"latitude": 57.7, "longitude": 12.0, "altitude": 10.0}
    return loaded(frame.tz_localize("Etc/GMT-1"), place, 1.0, -18)


def golden(name, columns, minutes):
    table = pd.read_csv(found("reference/nrel", name))
    table = table[table.iloc[:, 0].notna()]
    times = pd.DatetimeIndex(pd.to_datetime(table.iloc[:, 0], format="mixed", dayfirst=False))
    frame = table.rename(columns=columns).set_axis(times.tz_localize("Etc/GMT+7"), axis=0)
    frame = frame[~frame.index.duplicated()].asfreq("5min")
    place = {"latitude": 39.742, "longitude": -105.18, "altitude": 1829.0}
    return loaded(frame, place, -7.0, minutes)


def rmis_2019():
    numbers = {"ghi": 7981, "dni": 7982, "dhi": 7983}
    columns = {f"irradiance_{name}__{number}": name for name, number in numbers.items()}
    return golden("irradiance_RMIS_NREL.csv", columns, 2)


def rmis_2022():
    columns = {
        "Global Horizontal": "ghi", "Direct Normal": "dni", "Diffuse Horizontal": "dhi",
        "Ambient Temperature": "temp_air", "Wind Speed": "wind_speed",
    }  # fmt: skip
    return golden("rmis_weather_data.csv", columns, -1)


FILES = {
    "PVGIS TMY csv": lambda: pvgis("csv"),
    "PVGIS TMY json": lambda: pvgis("json"),
    "PVGIS TMY epw": lambda: epw(f"{PVGIS}.epw", 70.6),
    "Amsterdam epw": lambda: epw("NLD_Amsterdam062400_IWEC.epw", 30),
    "Shanghai epw": lambda: epw("CHN_Shanghai-Hongqiao_TMYx.epw", 1),
    "Zürich 2016 epw": lambda: epw("Zuerich-SMA_2016.epw", 6),
    "TMY3 Sand Point": lambda: tmy3("703165TY.csv"),
    "TMY3 Greensboro": lambda: tmy3("723170TYA.CSV"),
    "TMY2 Miami": tmy2,
    "NSRDB PSM4": psm4,
    "Göteborg met": goteborg,
    "NREL RMIS 2019": rmis_2019,
    "NREL RMIS 2022": rmis_2022,
}


def found(folder, name):
    path = REFERENCE / folder / name
    if not path.is_file():
        pytest.skip("reference data not found at ../shared/data")
    return str(path)


def loaded(frame, place, offset, minutes):
    times = pd.DatetimeIndex(frame.index).tz_convert("UTC").tz_localize(None)
    frame = frame[[name for name in NAMES if name in frame]].astype(float).set_axis(times, axis=0)
    site = WeatherSite("x", place["latitude"], place["longitude"], place["altitude"])
    sun = sun_at(times + pd.Timedelta(minutes=minutes), site)
    interval = (times[1] - times[0]) / pd.Timedelta(minutes=1)
    return frame, sun, TableRows("file", np.arange(times.size) + 1, interval, offset)


@pytest.fixture(scope="module")
def files():
    read = {}

    def read_once(name):
        if name not in read:
            read[name] = FILES[name]()
        return read[name]

    return read_once


def examined(frame, sun, table):
    judged = judge(frame, sun, table)
    filled = fill_gaps(judged.frame, sun, table)
    units = judge_units(frame, sun, table)
    return filled.frame, (*units, *judged.problems, *filled.problems)


def counts(problems):
    said = Counter()
    for problem in problems:
        said[f"{problem.severity} {problem.code}"] += problem.count
    return dict(said)


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_of_a_file(files, name):
    frame, sun, table = files(name)
    _, problems = examined(frame, sun, table)
    assert counts(problems) == SAID[name]


def test_no_file_is_left_out():
    assert list(FILES) == list(SAID)


def test_the_missing_days_of_zurich_stay_empty(files):
    frame, sun, table = files("Zürich 2016 epw")
    done, problems = examined(frame, sun, table)
    (gap,) = [p for p in problems if p.code == "gap" and p.severity == "warning"]
    assert "120 rows are missing (2016-10-26 to 2016-10-31): 2016-10 stays empty" in gap.what
    lit = sun.clear_ghi > 0
    assert done["ghi"].isna().sum() == (frame["ghi"].to_numpy()[lit] < -900).sum() - 2
    assert done["ghi"].sum() / 1000 == pytest.approx(1149.1, abs=0.2)


@pytest.mark.parametrize(
    ("name", "median", "whole"),
    [
        ("NREL RMIS 2019", "1.8 % below", "5.7 % below"),
        ("NREL RMIS 2022", "3.4 % below", "4.4 % below"),
    ],
)
def test_the_pyranometer_of_golden_reads_too_little(files, name, median, whole):
    _, problems = examined(*files(name))
    (closure,) = [problem for problem in problems if problem.code == "closure"]
    assert closure.what.startswith(f"ghi is {median} dni cos(zenith) + dhi at the median row")
    assert f"{whole} it in sum" in closure.what


@pytest.mark.parametrize("name", WHOLE_YEARS)
@pytest.mark.parametrize(("unit", "factor"), [("kJ/m2", 3.6), ("MJ/m2", 0.0036), ("kW/m2", 0.001)])
def test_another_unit_is_recognised_in_every_file(files, name, unit, factor):
    frame, sun, table = files(name)
    if unit != "kW/m2":
        factor *= table.interval_minutes / 60.0
    for column in ("ghi", "dni", "dhi"):
        values = frame[column].where(frame[column] < -900, frame[column] * factor)
        (problem,) = judge_units(frame.assign(**{column: values}), sun, table)
        assert problem.mend == f"Give --unit {column}={unit}"


@pytest.mark.parametrize("name", WHOLE_YEARS)
def test_faults_are_found_in_every_file(files, name):
    frame, sun, table = files(name)
    rng = np.random.default_rng(3)
    noon, night = np.flatnonzero(sun.zenith < 60), np.flatnonzero(sun.zenith > 115)
    spikes, lights = rng.choice(noon, 5, replace=False), rng.choice(night, 25, replace=False)
    ghi = frame["ghi"].to_numpy().copy()
    ghi[spikes], ghi[lights] = 2500.0, 60.0
    middle, long = ghi.size // 2, int(table.rows_in(240))
    start = middle + int(np.argmax(sun.clear_ghi[middle : middle + 6 * long])) - long // 2
    stuck = np.arange(start, start + long + 1)
    judged = judge(frame.assign(ghi=ghi), sun, table)
    said = counts(judged.problems)
    assert said.get("warning impossible") == 5
    assert said.get("warning night") == 25
    assert np.isnan(judged.frame["ghi"].to_numpy()[spikes]).all()
    ghi = frame["ghi"].to_numpy().copy()
    ghi[stuck] = 222.0
    assert counts(judge(frame.assign(ghi=ghi), sun, table).problems)["warning stuck"] == stuck.size
    dull = frame.assign(ghi=frame["ghi"].where(frame["ghi"] < 0, frame["ghi"] * 0.94))
    assert "warning closure" in counts(judge(dull, sun, table).problems)


@pytest.mark.parametrize("name", WHOLE_YEARS)
def test_holes_in_every_file_are_filled_without_bias(files, name):
    frame, sun, table = files(name)
    clean = judge(frame, sun, table).frame
    rng = np.random.default_rng(5)
    holes = np.zeros(len(clean), dtype=bool)
    length = int(table.rows_in(120))
    for start in rng.choice(len(clean) // (5 * length), 300, replace=False) * 5 * length:
        holes[start : start + length] = True
    holes &= clean["ghi"].notna().to_numpy()
    holed = clean.copy()
    holed.loc[holes, ["ghi", "dni", "dhi"]] = np.nan
    done = fill_gaps(holed, sun, table).frame
    known = holes & done["ghi"].notna().to_numpy()
    assert known.sum() > 0.95 * holes.sum()
    for column, bar in (("ghi", 0.04), ("dni", 0.10), ("dhi", 0.10)):
        assert done[column][known].sum() == pytest.approx(clean[column][known].sum(), rel=bar)
