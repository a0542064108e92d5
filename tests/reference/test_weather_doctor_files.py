"""The time-stamp doctor on the real files, and on 100 faults put into them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import weather_doctor

MENDS = {
    "PVGIS TMY epw": "--utc-offset 0",
    "Shanghai epw": "--label instant",
    "Zürich 2016 epw": "--label instant",
    "Göteborg met": "--clock solar",
    "NREL RSF II": "--utc-offset -5",
}
REFUSED = {"PVGIS TMY epw", "NREL RSF II"}
NAMES = (
    "PVGIS TMY csv", "PVGIS TMY json", "PVGIS TMY epw", "Amsterdam epw", "Shanghai epw",
    "Zürich 2016 epw", "TMY3 Sand Point", "TMY3 Greensboro", "TMY2 Miami", "NSRDB PSM4",
    "Göteborg met", "NREL RMIS 2019", "NREL RMIS 2022", "NREL SERF West", "NREL RSF II",
)  # fmt: skip


@pytest.fixture(scope="module")
def cases():
    try:
        return {case.name: case for case in weather_doctor.cases()}
    except FileNotFoundError:
        pytest.skip("reference data not found at ../shared/data")


def test_no_file_is_left_out(cases):
    assert tuple(cases) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_convention_and_offset(cases, name):
    case = cases[name]
    found = weather_doctor.judge(case)
    assert abs(found.measured_minutes - case.expected) <= weather_doctor.BAR_MINUTES
    assert found.finding == case.finding
    assert found.mend == MENDS.get(name, "")
    assert found.refused == (name in REFUSED)


@pytest.mark.parametrize("name", NAMES)
def test_once_mended_no_file_is_called_out(cases, name):
    case = cases[name].sound()
    if not case.solar:
        assert weather_doctor.judge(case).finding == "as_claimed"


def test_goteborg_keeps_the_sundials_time(cases):
    found = weather_doctor.judge(cases["Göteborg met"])
    # Labels at the end of the hour on a sundial at 12° E, read as UTC+1: 60 - 4 x 12 - 30.
    assert found.measured_minutes == pytest.approx(-18.0, abs=2.0)


def test_a_clock_in_whole_years_is_sharper_than_the_bar(cases):
    # The conventions that are exact by construction; the index has cruder figures.
    exact = {"Amsterdam epw": 30.0, "TMY3 Greensboro": -30.0, "TMY3 Sand Point": -30.0}
    for name, minutes in (exact | {"TMY2 Miami": 30.0, "NSRDB PSM4": 0.0}).items():
        assert weather_doctor.judge(cases[name]).measured_minutes == pytest.approx(minutes, abs=2)


def test_a_hundred_faults(cases):
    faults = weather_doctor.draw_faults(list(cases.values()))
    assert len(faults) == 100
    rows = [weather_doctor.fault_row(fault) for fault in faults]
    missed = [row for row in rows if not row["mended"]]
    assert len(missed) <= 1, missed
    named = {row["fault"]: set() for row in rows}
    for row in rows:
        named[row["fault"]].add(row["finding"])
    assert named["daylight saving"] == {"daylight_saving"}
    assert "as_claimed" not in set().union(*named.values())


def test_a_mend_that_is_wrong_counts_as_missed(cases):
    fault = weather_doctor.draw_faults([cases["Amsterdam epw"]], count=1)[0]
    found = weather_doctor.judge(cases["Amsterdam epw"])
    assert not weather_doctor.mended(fault, found)
    left = weather_doctor.minutes_left(fault, "--shift-minutes 1")
    assert np.abs(left).min() > weather_doctor.BAR_MINUTES


@pytest.mark.parametrize("hours", [-3, 2, 8])
@pytest.mark.parametrize("months", [(7, 12), (1, 4), (2, 2), (9, 9), (12, 12)])
def test_a_clock_that_jumps_is_seen_in_every_whole_year(cases, hours, months):
    for case in (case.sound() for case in cases.values()):
        if not case.whole_year or case.solar:
            continue
        month = case.weather.index.month
        part = (month >= months[0]) & (month <= months[1])
        values = case.weather.to_numpy().copy()
        values[part] = np.roll(
            values[part], hours * round(60 / case.claim.interval_minutes), axis=0
        )
        weather = pd.DataFrame(values, case.weather.index, case.weather.columns)
        found = weather_doctor.diagnose(weather, *case.place, case.claim)
        assert (found.finding, found.refused) == ("uneven", True), case.name
