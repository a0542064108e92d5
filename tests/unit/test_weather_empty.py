"""Columns that hold nothing, columns that hold too little, and parts in each other's place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from roofpv.weather import Clock, bundled_folder, read_weather
from roofpv.weather.examine import Examined
from roofpv.weather.read import examine_weather

TOWN = bundled_folder("weather") / "dawukou.csv"
Change = Callable[[pd.DataFrame], None]


def changed(folder: Path, change: Change, hours: float = 0.0) -> Path:
    """The town's year after a change of its columns, and with another clock in its header."""
    lines = TOWN.read_text("utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("time,"))
    table = pd.read_csv(TOWN, skiprows=first)
    table["time"] = table["time"].str[:16]
    change(table)
    head = "\n".join(lines[:first]).replace("hours: 8.0", f"hours: {8.0 + hours}")
    assert hours == 0.0 or str(8.0 + hours) in head
    file = folder / "town.csv"
    file.write_text(f"{head}\n{table.to_csv(index=False)}", encoding="utf-8")
    return file


def put(name: str, value: float, rows: slice = slice(None)) -> Change:
    def change(table: pd.DataFrame) -> None:
        table[name] = table[name].astype(float)
        table.loc[table.index[rows], name] = value

    return change


def said_of(found: Examined, code: str) -> list[str]:
    return [f"{p.severity} {p.where}: {p.what}" for p in found.problems if p.code == code]


@pytest.mark.parametrize("value", [np.nan, -9999.0, 9999.0, -999.0])
def test_an_empty_ghi_hides_no_clock(tmp_path: Path, value: float) -> None:
    file = changed(tmp_path, put("ghi", value), hours=-8.0)
    (found,) = examine_weather(file)
    assert found.diagnosis is not None
    assert (found.diagnosis.mend, found.diagnosis.refused) == ("--utc-offset 8", True)
    sound = examine_weather(changed(tmp_path, put("ghi", value)))[0]
    assert not sound.refusals
    assert sound.data is not None
    assert "ghi" not in sound.data
    assert said_of(sound, "empty") == [
        "note town.csv, column ghi: every value is missing; taken as if the column were not there"
    ]


def test_a_ghi_of_two_months_hides_no_clock(tmp_path: Path) -> None:
    file = changed(tmp_path, put("ghi", np.nan, slice(1500, None)), hours=-8.0)
    assert "--utc-offset 8" in examine_weather(file)[0].refusals[0].what


@pytest.mark.parametrize(("name", "left"), [("dni", "ghi"), ("dhi", "ghi"), ("wind_speed", "ghi")])
def test_other_empty_columns_are_left_out(tmp_path: Path, name: str, left: str) -> None:
    data = read_weather(changed(tmp_path, put(name, np.nan)))
    assert name not in data
    assert left in data


def test_what_cannot_be_done_without_is_refused(tmp_path: Path) -> None:
    def nothing(table: pd.DataFrame) -> None:
        table[["ghi", "dhi"]] = np.nan

    for change, name in ((nothing, "ghi"), (put("temp_air", np.nan), "temp_air")):
        (found,) = examine_weather(changed(tmp_path, change))
        assert f"refused town.csv, column {name}: every value is missing" in said_of(found, "empty")


def test_a_clock_that_cannot_be_judged_is_told_with_the_result(tmp_path: Path) -> None:
    def every_day_a_mean(table: pd.DataFrame) -> None:
        table[["dni", "dhi"]] = np.nan
        noon = table["time"].str[11:13].isin(["11", "12", "13"])
        table.loc[~noon, "ghi"] = np.nan

    data = examine_weather(changed(tmp_path, every_day_a_mean))[0].data
    assert data is not None
    told = [said for said in json.loads(data.attrs["warnings"]) if "cannot be judged" in said]
    assert len(told) == 1
    assert told[0].endswith("; used as the file says.") or told[0].endswith("as the file says")


def test_many_rows_beyond_the_sun_are_a_refusal(tmp_path: Path) -> None:
    def brighter(table: pd.DataFrame) -> None:
        low = (table["ghi"] > 20) & (table.index % 9 == 0)
        table.loc[low, "dhi"] = 1300.0

    file = changed(tmp_path, brighter)
    (problem,) = [p for p in examine_weather(file)[0].problems if p.code == "too_bright"]
    assert problem.severity == "refused"
    assert "1300 W/m2 is more than the sun can give there" in problem.what
    assert "% of those with light) made empty" in problem.what
    few = changed(tmp_path, put("dhi", 1300.0, slice(4000, 4010)))
    assert [p.severity for p in examine_weather(few)[0].problems if p.code == "impossible"] == [
        "warning"
    ]


def test_a_trusted_clock_makes_it_a_warning(tmp_path: Path) -> None:
    file = changed(tmp_path, put("ghi", np.nan), hours=-8.0)
    (found,) = examine_weather(file, clock=Clock(trusted=True))
    assert {p.severity for p in found.problems if p.code == "too_bright"} == {"warning"}
    assert not found.refusals


def test_exchanged_parts_are_called_by_their_name(tmp_path: Path) -> None:
    def exchange(table: pd.DataFrame) -> None:
        table[["dni", "dhi"]] = table[["dhi", "dni"]].to_numpy()

    (found,) = examine_weather(changed(tmp_path, exchange))
    (refusal,) = found.refusals
    assert refusal.what.startswith("dni and dhi look exchanged: ghi is dhi cos(zenith) + dni")
    assert refusal.mend == "Name them the other way round (--column dni=... --column dhi=...)"
    assert not said_of(examine_weather(TOWN)[0], "exchanged")


def test_langleys_are_no_other_hemisphere(tmp_path: Path) -> None:
    def langleys(table: pd.DataFrame) -> None:
        table[["ghi", "dni", "dhi"]] *= 3600.0 / 41840.0

    (found,) = examine_weather(changed(tmp_path, langleys))
    assert found.refusals[0].mend == "Give --unit ghi=cal/cm2"
