"""Tables of other houses: the text of UMEP, columns without name, langleys; clocks of an EPW."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from roofpv.errors import InvalidWeather
from roofpv.weather.formats import read_series
from roofpv.weather.series import Columns, Place


def refused(call: Callable[[], object], *said: str) -> None:
    with pytest.raises(InvalidWeather) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text


UMEP = "iy id it imin qn U Tair kdown kdiff kdir"


@pytest.mark.parametrize("header", [UMEP, UMEP.replace("iy", "%iy"), UMEP.replace(" ", "   ")])
def test_the_text_of_umep_is_known_by_its_header(tmp_path: Path, header: str) -> None:
    rows = [
        f"2019 {day} {hour} 0 -999 -999.00 {hour / 10} {hour * 10} 5 {hour}"
        for day in (59, 60)
        for hour in range(24)
    ]
    file = tmp_path / "met.txt"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (series,) = read_series(file, Place(57.7, 12.0, 10.0), Columns())
    assert (series.claim.label, series.claim.interval_minutes) == ("end", 60)
    assert series.attrs["clock_unstated"] == 1
    assert series.frame.index[0] == pd.Timestamp("2019-02-28")
    assert series.frame.index[-1] == pd.Timestamp("2019-03-01 23:00")
    last = {"ghi": 230.0, "dni": 23.0, "dhi": 5.0, "temp_air": 2.3}
    assert series.frame.drop(columns="wind_speed").iloc[-1].to_dict() == last
    assert series.frame["wind_speed"].isna().all()


@pytest.mark.parametrize("day", ["0", "367", "1.5e9"])
def test_a_day_of_the_year_that_is_none_is_named(tmp_path: Path, day: str) -> None:
    rows = [f"2019,{number},12,5,1" for number in ("1", day, "3")]
    file = tmp_path / "w.csv"
    file.write_text("\n".join(["year,doy,hour,ghi,temp", *rows]), encoding="utf-8")
    refused(lambda: read_series(file, Place(39.0, 106.0), Columns()), "row 3", "column time")


@pytest.mark.parametrize("name", ["", "Unnamed: 0"])
def test_a_first_column_without_name_is_time_where_it_can_be(tmp_path: Path, name: str) -> None:
    file = tmp_path / "w.csv"
    rows = [f"2019-01-01 {hour:02d}:00:00,{hour},1" for hour in range(24)]
    file.write_text("\n".join([f"{name},ghi,temp_air", *rows]), encoding="utf-8")
    (series,) = read_series(file, Place(39.0, 106.0), Columns())
    assert series.frame.index[5] == pd.Timestamp("2019-01-01 05:00")
    rows = [f"1/{1 + hour // 12}/2019 {hour}:00,{hour},1" for hour in range(24)]
    file.write_text("\n".join([f"{name},ghi,temp_air", *rows]), encoding="utf-8")
    refused(lambda: read_series(file, Place(39.0, 106.0), Columns()), "strptime format")
    (series,) = read_series(file, Place(39.0, 106.0), Columns(time_format="%m/%d/%Y %H:%M"))
    assert series.frame.index[5] == pd.Timestamp("2019-01-01 05:00")
    rows = [f"{hour},{hour},1" for hour in range(24)]
    file.write_text("\n".join([f"{name},ghi,temp_air", *rows]), encoding="utf-8")
    refused(
        lambda: read_series(file, Place(39.0, 106.0), Columns()), "column time: missing",
        "The columns needed are time, ghi (or dni and dhi) and temp_air.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("langley", 41840 / 3600), ("ly", 41840 / 3600), ("cal/cm2", 41840 / 3600),
        ("cal cm-2", 41840 / 3600), ("ly/min", 41840 / 60), ("cal/cm2/min", 41840 / 60),
        ("kcal/m2", 4184 / 3600),
    ],
)  # fmt: skip
def test_langleys(tmp_path: Path, unit: str, value: float) -> None:
    file = tmp_path / "w.csv"
    rows = [f"2019-01-01 {hour:02d}:00,1,1" for hour in range(24)]
    file.write_text("\n".join(["time,ghi,temp_air", *rows]), encoding="utf-8")
    (series,) = read_series(file, Place(39.0, 106.0), Columns(units={"ghi": unit}))
    assert series.frame["ghi"].iloc[0] == pytest.approx(value)


@pytest.mark.parametrize("zone", ["99", "abc", "", "-15"])
def test_the_clock_of_an_epw_is_a_number(tmp_path: Path, zone: str) -> None:
    file = tmp_path / "w.epw"
    head = ["LOCATION,Town,NX,CHN,TMYx,535190,39.2,106.8," + zone + ",1093", *["x,0"] * 6]
    file.write_text("\n".join([*head, "DATA PERIODS,1,1,Data,Sunday,1/1,12/31"]), encoding="utf-8")
    said = f"w.epw, row 1, time zone: {zone!r} is no number from -14 to 14. Correct the header."
    refused(lambda: read_series(file, Place(), Columns()), said)
