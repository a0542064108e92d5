"""
The time-stamp doctor on real files: ``python benchmarks/weather_doctor.py``.

First every reference file with irradiance as its reader claims it, against the convention that was
measured by hand; then 100 faults put into the same files, each of which must be found and mended
by the options that the doctor names, to within ten minutes.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib

from roofpv.weather.doctor import Claim, Diagnosis, diagnose

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "data"
BAR_MINUTES = 10.0
FAULTS, SEED = 100, 20260
# Daylight saving told a few days too early or too late puts these rows wrong.
ROWS_WRONG = 0.03


@dataclass(frozen=True)
class Case:
    """
    A file as its reader hands it over.

    ``expected`` are the minutes of the reference data's index, ``finding`` what must be said of it.
    """

    name: str
    weather: pd.DataFrame
    place: tuple[float, float]
    claim: Claim
    expected: float
    finding: str

    @property
    def whole_year(self) -> bool:
        return len(self.weather) * self.claim.interval_minutes >= 365 * 24 * 60

    @property
    def solar(self) -> bool:
        return self.finding == "solar_time"

    def sound(self) -> Case:
        """The same file once its clock and label are told right, to put faults upon."""
        if self.finding == "label":
            return replace(self, claim=replace(self.claim, label="instant"))
        if self.finding != "utc_offset":
            return self
        hours = round((self.expected - self.claim.minutes) / 60.0)
        zone = self.claim.utc_offset_hours - hours
        return replace(
            self,
            weather=self.weather.set_axis(self.weather.index + pd.Timedelta(hours=hours), axis=0),
            claim=replace(self.claim, utc_offset_hours=zone),
            expected=self.expected - 60.0 * hours,
        )


@dataclass(frozen=True)
class Fault:
    """A case with something done to its labels, and where its irradiance truly belongs."""

    kind: str
    case: Case
    weather: pd.DataFrame
    claim: Claim
    centre: pd.DatetimeIndex


def cases() -> list[Case]:
    """All reference files; FileNotFoundError where the data is absent."""
    start, end, instant = (Claim(label, 60.0) for label in ("start", "end", "instant"))
    pvgis = replace(instant, stated_minutes=60.0 * 0.1761)
    pvgis_epw = replace(instant, utc_offset_hours=1.0, stated_minutes=60.0 * (1.0 - 0.8239))
    return [
        _case("PVGIS TMY csv", _pvgis("csv"), pvgis, 8, "as_claimed"),
        _case("PVGIS TMY json", _pvgis("json"), pvgis, 8, "as_claimed"),
        _case("PVGIS TMY epw", _epw("tmy_45.000_8.000_2005_2023.epw"), pvgis_epw, 68, "utc_offset"),
        _case("Amsterdam epw", _epw("NLD_Amsterdam062400_IWEC.epw"), start, 26, "as_claimed"),
        _case("Shanghai epw", _epw("CHN_Shanghai-Hongqiao_TMYx.epw"), start, 1, "label"),
        _case("Zürich 2016 epw", _epw("Zuerich-SMA_2016.epw"), start, 6, "label"),
        _case("TMY3 Sand Point", _tmy3("703165TY.csv"), end, -33, "as_claimed"),
        _case("TMY3 Greensboro", _tmy3("723170TYA.CSV"), end, -30, "as_claimed"),
        _case("TMY2 Miami", _tmy2(), start, 34, "as_claimed"),
        _case("NSRDB PSM4", _psm4(), Claim("instant", 30.0), 1, "as_claimed"),
        _case("Göteborg met", _goteborg(), end, -18, "solar_time"),
        _case("NREL RMIS 2019", _rmis_2019(), Claim("instant", 5.0), 2, "as_claimed"),
        _case("NREL RMIS 2022", _rmis_2022(), Claim("instant", 5.0), -1, "as_claimed"),
        _case("NREL SERF West", _serf_west(), Claim("instant", 15.0), 6, "as_claimed"),
        _case("NREL RSF II", _rsf(), Claim("instant", 15.0), -123, "utc_offset"),
    ]


def judge(case: Case) -> Diagnosis:
    return diagnose(case.weather, *case.place, case.claim)


def right(case: Case, found: Diagnosis) -> bool:
    """Whether finding and minutes are those of the index."""
    near = abs(found.measured_minutes - case.expected) <= BAR_MINUTES
    return near and found.finding == case.finding


def draw_faults(files: list[Case], count: int = FAULTS, seed: int = SEED) -> list[Fault]:
    """Faults of five kinds in turn, on files drawn at random."""
    rng = np.random.default_rng(seed)
    kinds = [_whole_hours, _minutes, _half_interval, _daylight_saving, _utc_and_local]
    faults, files = [], [case.sound() for case in files]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        fault = None
        while fault is None:
            fault = kind(files[rng.integers(len(files))], rng)
        faults.append(fault)
    return faults


def minutes_left(fault: Fault, mend: str) -> np.ndarray:
    """Minutes by which each row is still wrong when the options named are given."""
    options = dict(zip(mend.split()[::2], mend.split()[1::2], strict=True))
    claim = fault.claim
    labels = fault.weather.index
    if options.get("--clock") == "solar":
        local = labels + pd.Timedelta(hours=claim.utc_offset_hours)
        equation = pvlib.solarposition.equation_of_time_spencer71(labels.day_of_year.to_numpy())
        labels = local - pd.to_timedelta(equation + 4.0 * fault.case.place[1], unit="min")
    elif "--utc-offset" in options:
        moved = claim.utc_offset_hours - float(options["--utc-offset"])
        labels = labels + pd.Timedelta(hours=moved)
    labels = labels + pd.Timedelta(minutes=float(options.get("--shift-minutes", 0)))
    if "--daylight-saving" in options:
        into, out_of = options["--daylight-saving"].split("/")
        day = fault.weather.index.strftime("%m-%d")
        summer = (day >= into) & (day < out_of)
        labels = labels - pd.to_timedelta(60.0 * summer, unit="min")
    if "--label" in options:
        claim = Claim(options["--label"], claim.interval_minutes)
    believed = labels + pd.Timedelta(minutes=claim.minutes)
    away = (believed - fault.centre).to_numpy() / np.timedelta64(1, "m")
    return (away + 720.0) % 1440.0 - 720.0


def mended(fault: Fault, found: Diagnosis) -> bool:
    if found.finding in {"as_claimed", "undecided"} or not found.mend:
        return False
    return float(np.mean(np.abs(minutes_left(fault, found.mend)) > BAR_MINUTES)) <= ROWS_WRONG


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--faults", type=int, default=FAULTS)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    files = cases()
    real = [_row(case, judge(case)) for case in files]
    print(pd.DataFrame(real).drop(columns="sentence").to_string(index=False))
    faults = draw_faults(files, options.faults, options.seed)
    rows = [fault_row(fault) for fault in faults]
    good = sum(row["mended"] for row in rows)
    print(f"\n{len(faults)} faults, seed {options.seed}: {good} found and mended within 10 min")
    print(pd.DataFrame(rows).groupby("fault")["mended"].agg(["sum", "count"]).to_string())
    for row in rows:
        if not row["mended"]:
            print(f"missed: {row}")
    if options.json:
        document = {"bar_minutes": BAR_MINUTES, "seed": options.seed, "files": real, "faults": rows}
        options.json.write_text(json.dumps(document, indent=1), encoding="utf-8")


def _row(case: Case, found: Diagnosis) -> dict:
    return {
        "file": case.name,
        "claimed": case.claim.minutes,
        "expected": case.expected,
        "measured": round(found.measured_minutes, 1),
        "±": round(found.uncertainty_minutes, 1),
        "finding": found.finding,
        "mend": found.mend,
        "refused": found.refused,
        "right": right(case, found),
        "sentence": found.sentence,
    }


def fault_row(fault: Fault) -> dict:
    found = diagnose(fault.weather, *fault.case.place, fault.claim)
    return {
        "fault": fault.kind.split(",")[0],
        "done": fault.kind,
        "file": fault.case.name,
        "finding": found.finding,
        "mend": found.mend,
        "mended": mended(fault, found),
    }


def _labels_moved(kind: str, case: Case, minutes: float) -> Fault:
    """The rows say later times than they mean."""
    moved = case.weather.set_axis(case.weather.index + pd.Timedelta(minutes=minutes), axis=0)
    return Fault(f"{kind}, {minutes:+.0f} min", case, moved, case.claim, _centre(case))


def _centre(case: Case) -> pd.DatetimeIndex:
    """Where the irradiance of a case truly belongs."""
    centre = case.weather.index + pd.Timedelta(minutes=case.expected)
    if case.solar:
        equation = pvlib.solarposition.equation_of_time_spencer71(centre.day_of_year.to_numpy())
        centre = centre - pd.to_timedelta(equation, unit="min")
    return centre


def _whole_hours(case: Case, rng: np.random.Generator) -> Fault:
    hours = int(rng.choice([*range(-12, 0), *range(1, 13)]))
    return _labels_moved("whole hours", case, 60.0 * hours)


def _minutes(case: Case, rng: np.random.Generator) -> Fault:
    return _labels_moved("minutes", case, float(rng.choice([-1, 1]) * rng.integers(20, 720)))


def _half_interval(case: Case, rng: np.random.Generator) -> Fault | None:
    half = case.claim.interval_minutes / 2.0
    if half <= BAR_MINUTES:  # smaller than the accuracy asked for
        return None
    if rng.random() < 0.5:
        return _labels_moved("half an interval", case, float(rng.choice([-half, half])))
    others = [label for label in ("start", "instant", "end") if label != case.claim.label]
    claim = replace(case.claim, label=str(rng.choice(others)), stated_minutes=0.0)
    kind = f"half an interval, {case.claim.label} taken for {claim.label}"
    return Fault(kind, case, case.weather, claim, _centre(case))


def _daylight_saving(case: Case, rng: np.random.Generator) -> Fault | None:
    if not case.whole_year or case.solar:
        return None
    labels = case.weather.index
    local = labels + pd.Timedelta(hours=case.claim.utc_offset_hours)
    summer = np.zeros(len(labels), bool)
    for year in np.unique(local.year):
        into, out_of = _last_sunday(year, 3), _last_sunday(year, 10)
        summer |= (local >= into + pd.Timedelta("2h")) & (local < out_of + pd.Timedelta("2h"))
    moved = labels + pd.to_timedelta(60.0 * summer, unit="min")
    weather, centre = case.weather.set_axis(moved, axis=0), _centre(case)
    kind = "daylight saving, an hour left out and one twice"
    if rng.random() < 0.5:
        # The same as a file without a gap: its rows counted through, one hour missing in spring.
        kind = "daylight saving, labels without a gap"
        once = ~weather.index.duplicated()
        centre = pd.Series(centre, weather.index)[once].reindex(labels).ffill()
        centre = pd.DatetimeIndex(centre.to_numpy())
        weather = weather[once].reindex(labels).fillna(-999.0)
    return Fault(kind, case, weather, case.claim, centre)


def _last_sunday(year: int, month: int) -> pd.Timestamp:
    last = pd.Timestamp(year, month, 31)
    return last - pd.Timedelta(days=(last.weekday() + 1) % 7)


def _utc_and_local(case: Case, rng: np.random.Generator) -> Fault | None:
    zone = case.claim.utc_offset_hours or float(round(case.place[1] / 15.0))
    if zone == 0.0:
        return None
    if rng.random() < 0.5:  # the rows are in UTC, the reader takes a local clock off them
        fault = _labels_moved("UTC and local", case, -60.0 * zone)
        kind, claim = "UTC and local, UTC read as local", zone
    else:
        fault = _labels_moved("UTC and local", case, 60.0 * zone)
        kind, claim = "UTC and local, local read as UTC", 0.0
    return replace(fault, kind=kind, claim=replace(fault.claim, utc_offset_hours=claim))


Loaded = tuple[pd.DataFrame, tuple[float, float], float]


def _case(name: str, loaded: Loaded, claim: Claim, expected: float, finding: str) -> Case:
    weather, place, zone = loaded
    return Case(name, weather, place, replace(claim, utc_offset_hours=zone), expected, finding)


def _found(folder: str, name: str) -> str:
    path = REFERENCE / folder / name
    if not path.is_file():
        raise FileNotFoundError("reference data not found at ../shared/data")
    return str(path)


def _loaded(frame: pd.DataFrame, place: tuple[float, float], zone: float) -> Loaded:
    index = pd.DatetimeIndex(frame.index).tz_convert("UTC").tz_localize(None)
    names = [name for name in ("ghi", "dni", "dhi") if name in frame]
    return frame[names].astype(float).set_axis(index, axis=0), place, zone


def _epw(name: str) -> Loaded:
    frame, meta = pvlib.iotools.read_epw(_found("weather", name))
    return _loaded(frame, (meta["latitude"], meta["longitude"]), float(meta["TZ"]))


def _tmy3(name: str) -> Loaded:
    frame, meta = pvlib.iotools.read_tmy3(_found("weather", name), map_variables=True)
    return _loaded(frame, (meta["latitude"], meta["longitude"]), float(meta["TZ"]))


def _tmy2() -> Loaded:
    frame, meta = pvlib.iotools.read_tmy2(_found("weather", "12839.tm2"))
    frame = frame.rename(columns=str.lower)
    return _loaded(frame, (meta["latitude"], meta["longitude"]), float(meta["TZ"]))


def _psm4() -> Loaded:
    frame, meta = pvlib.iotools.read_nsrdb_psm4(
        _found("weather", "test_read_psm4.csv"), map_variables=True
    )
    return _loaded(frame, (meta["latitude"], meta["longitude"]), -7.0)


def _pvgis(kind: str) -> Loaded:
    path = _found("weather", f"tmy_45.000_8.000_2005_2023.{kind}")
    frame, _ = pvlib.iotools.read_pvgis_tmy(path, pvgis_format=kind, map_variables=True)
    return _loaded(frame, (45.0, 8.0), 0.0)


def _goteborg() -> Loaded:
    table = pd.read_csv(_found("dsm/goteborg", "GBG_TMY_1977.txt"), sep=r"\s+")
    year = pd.to_datetime(table["iy"].astype(int).astype(str), format="%Y")
    hours = (table["id"] - 1) * 24 + table["it"]
    index = pd.DatetimeIndex(year + pd.to_timedelta(hours, unit="h")).tz_localize("Etc/GMT-1")
    parts = {"kdown": "ghi", "kdir": "dni", "kdiff": "dhi"}
    return _loaded(table.rename(columns=parts).set_axis(index, axis=0), (57.7, 12.0), 1.0)


def _golden(name: str, columns: dict[str, str]) -> Loaded:
    table = pd.read_csv(_found("reference/nrel", name))
    table = table[table.iloc[:, 0].notna()]
    index = pd.DatetimeIndex(pd.to_datetime(table.iloc[:, 0], format="mixed", dayfirst=False))
    frame = table.rename(columns=columns).set_axis(index.tz_localize("Etc/GMT+7"), axis=0)
    return _loaded(frame, (39.742, -105.18), -7.0)


def _rmis_2019() -> Loaded:
    number = {"ghi": 7981, "dni": 7982, "dhi": 7983}
    columns = {f"irradiance_{name}__{code}": name for name, code in number.items()}
    return _golden("irradiance_RMIS_NREL.csv", columns)


def _rmis_2022() -> Loaded:
    columns = {"Global Horizontal": "ghi", "Direct Normal": "dni", "Diffuse Horizontal": "dhi"}
    return _golden("rmis_weather_data.csv", columns)


def _serf_west() -> Loaded:
    return _golden("serf_west_15min.csv", {"poa_irradiance__771": "ghi"})


def _rsf() -> Loaded:
    return _golden("nrel_RSF_II.csv", {"poa_irradiance__1055": "ghi"})


if __name__ == "__main__":
    main()
