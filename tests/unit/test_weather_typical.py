"""Typical years whose months come from leap years, and years whose labels cross New Year."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from roofpv.report.weather_check import check_text, info_text, weather_picture
from roofpv.sky import sun_and_sky
from roofpv.weather import Clock, bundled_folder, combine_sites, read_weather
from roofpv.weather.digest import digest
from roofpv.weather.examine import Examined
from roofpv.weather.read import examine_weather
from roofpv.weather.times import Rows, moved_labels, regular, years_and_months
from roofpv.weather.write import write_weather

TOWN = bundled_folder("weather") / "dawukou.csv"
# Years of the months: February of a leap year, March of one, both, and neither.
ORIGINS = {
    "february": {2: 1988}, "march": {3: 1988}, "both": {2: 1988, 3: 1988},
    "apart": {2: 1984, 3: 1988},
}  # fmt: skip
WHOLE = 1615.0


def typical(folder: Path, origin: dict[int, int], later: int = 0, typical: bool = True) -> Path:
    """The town's year with months of these years, and values that come so many rows later."""
    lines = TOWN.read_text("utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("time,"))
    head = [line for line in lines[:first] if not line.startswith("# typical_year")]
    rows = [line.partition(",") for line in lines[first + 1 :]]
    values = [value for _, _, value in rows]
    values = values[-later:] + values[:-later] if later else values
    stamps = [f"{origin.get(int(t[5:7]), 1961 if typical else 2001)}{t[4:16]}" for t, _, _ in rows]
    head += [f"# typical_year: {int(typical)}", lines[first]]
    body = [f"{stamp},{value}" for stamp, value in zip(stamps, values, strict=True)]
    file = folder / "typical.csv"
    file.write_text("\n".join([*head, *body]) + "\n", encoding="utf-8")
    return file


def ghi_sum(found: Examined) -> float:
    return float(digest(found)["year"]["ghi"])


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    ("later", "clock"),
    [
        (0, Clock()),
        (0, Clock(label="middle")),
        (0, Clock(label="instant")),
        (1, Clock(label="end")),
        (1, Clock(shift_minutes=-60)),
        (7, Clock(shift_minutes=-420)),
        (-7, Clock(shift_minutes=420)),
        (-1, Clock(shift_minutes=50)),
        (-8, Clock(utc_offset_hours=0.0)),
        (12, Clock(shift_minutes=-720)),
        (-13, Clock(shift_minutes=780)),
    ],
)
def test_a_typical_year_survives_any_move_of_its_labels(
    tmp_path: Path, origin: str, later: int, clock: Clock
) -> None:
    file = typical(tmp_path, ORIGINS[origin], later)
    (found,) = examine_weather(file, clock=clock)
    assert not found.refusals
    assert not [p for p in found.problems if p.code in {"no_year", "missing_rows", "gap"}]
    assert ghi_sum(found) == pytest.approx(WHOLE, rel=0.005)
    data = found.data
    assert data is not None
    out = tmp_path / "again.nc"
    write_weather(data.assign_attrs(inputs="[]"), out)
    assert read_weather(out).sizes["time"] == 8760
    assert combine_sites([data, data.assign_coords(site=["b"])]).sizes["site"] == 2


def test_24_00_of_28_february_is_1_march() -> None:
    labels = pd.DatetimeIndex(
        ["1988-02-28 23:00", "1988-02-29 00:00", "1961-03-01 01:00", "1961-03-01 02:00"]
    )
    rows = Rows(labels, np.arange(4), "w.csv", 0.0, typical_year=True)
    assert regular(rows).origin.tolist() == [0, 1, 2, 3]
    assert moved_labels(rows, 0.0)[1] == pd.Timestamp("1988-03-01")
    assert moved_labels(rows, -60.0)[1] == pd.Timestamp("1988-02-28 23:00")
    assert moved_labels(rows, 60.0)[0] == pd.Timestamp("1988-03-01")


def test_a_typical_year_with_29_february_keeps_it() -> None:
    labels = pd.date_range("1988-02-28", periods=72, freq="h")
    rows = Rows(labels, np.arange(72), "w.csv", 0.0, typical_year=True)
    assert moved_labels(rows, 60.0)[23] == pd.Timestamp("1988-02-29")


@pytest.mark.parametrize("minutes", [-600, -60, -10, 0, 10, 60, 600])
@pytest.mark.parametrize("is_typical", [True, False])
def test_text_json_and_picture_have_the_sums_of_the_assessment(
    tmp_path: Path, minutes: int, is_typical: bool
) -> None:
    later = -round(minutes / 60)
    file = typical(tmp_path, {2: 1988} if is_typical else {}, later, is_typical)
    clock = Clock(shift_minutes=minutes, trusted=True)
    (found,) = examine_weather(file, clock=clock)
    assert found.data is not None
    told = digest(found)
    sky = sun_and_sky(found.data)
    ghi = found.data["ghi"].to_numpy()[0] / 1000.0
    months = pd.Series(ghi).groupby(sky["month"].to_numpy()).sum()
    assert [month["month"] for month in told["months"]] == list(range(1, 13))
    for month in told["months"]:
        assert month["ghi"] == pytest.approx(months[month["month"]], abs=0.01)
    assert told["year"]["ghi"] == pytest.approx(ghi.sum(), abs=0.02)
    assert f"GHI {told['year']['ghi']:,.1f}" in "\n".join(info_text(told))
    picture = weather_picture(found, told)
    assert picture is not None
    assert f"year: GHI {ghi.sum():,.0f}" in picture
    for month in told["months"]:
        assert f" {month['ghi']:.1f}" in picture


def test_years_are_those_of_the_sky(tmp_path: Path) -> None:
    file = typical(tmp_path, {}, 0, typical=False)
    for minutes in (-600, 0, 600):
        data = read_weather(file, clock=Clock(shift_minutes=minutes, trusted=True))
        local = data.indexes["time"] + pd.Timedelta(hours=8)
        year, month = years_and_months(local, typical=False)
        sky = sun_and_sky(data)
        assert np.array_equal(year, sky["year"].to_numpy())
        assert np.array_equal(month, sky["month"].to_numpy())


def test_29_february_left_out_is_found_after_any_move(tmp_path: Path) -> None:
    for later, clock in ((0, Clock()), (1, Clock(label="end")), (-5, Clock(shift_minutes=300))):
        file = typical(tmp_path, dict.fromkeys(range(1, 13), 1988), later, typical=False)
        (found,) = examine_weather(file, clock=clock)
        gaps = [p.code for p in found.warnings if p.code in {"leap", "missing_rows", "gap"}]
        assert gaps == ["leap"]
        assert "missing in 1988" in "".join(p.what for p in found.warnings)
        assert ghi_sum(found) > WHOLE


@pytest.mark.parametrize("hours", [1.0, -1.0, 3.0, 8.0, 9.0])
@pytest.mark.parametrize("label", ["start", "end", "instant"])
def test_every_mend_named_for_a_typical_year_is_taken(
    tmp_path: Path, hours: float, label: str
) -> None:
    file = typical(tmp_path, ORIGINS["march"])
    text = file.read_text("utf-8").replace(
        "# utc_offset_hours: 8.0", f"# utc_offset_hours: {8.0 - hours}\n# time_label: {label}"
    )
    assert f"{8.0 - hours}" in text
    text = text.replace("# time_label: start\n", "", 1) if label != "start" else text
    file.write_text(text, encoding="utf-8")
    (found,) = examine_weather(file)
    assert found.diagnosis is not None
    named = [found.diagnosis.mend, found.diagnosis.alternative]
    if found.diagnosis.finding == "as_claimed":
        return
    assert named[0]
    for options in filter(None, named):
        words = options.split()
        said = dict(zip(words[::2], words[1::2], strict=True))
        offset = said.get("--utc-offset")
        clock = Clock(
            utc_offset_hours=None if offset is None else float(offset),
            label=said.get("--label"),
            shift_minutes=float(said.get("--shift-minutes", 0.0)),
        )
        (mended,) = examine_weather(file, clock=clock)
        assert not mended.refusals, check_text(digest(mended))
        assert mended.diagnosis is not None
        assert abs(mended.diagnosis.error_minutes) < 10.0
        assert ghi_sum(mended) == pytest.approx(WHOLE, rel=0.005)


def test_rows_of_the_hour_that_summer_skips_are_left_aside(tmp_path: Path) -> None:
    file = typical(tmp_path, {}, 0, typical=False)
    lines = file.read_text("utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("time,"))
    rows = [line.partition(",") for line in lines[first + 1 :]]
    stamps = [stamp for stamp, _, _ in rows]
    summer = [
        i for i, stamp in enumerate(stamps) if "2001-03-31T02:00" <= stamp < "2001-10-27T02:00"
    ]
    values = [value for _, _, value in rows]
    # Labels count through: one hour without values in spring, one lost in autumn.
    values[summer[0] : summer[-1] + 1] = [",,,,", *values[summer[0] : summer[-1]]]
    body = [f"{stamp},{value}" for stamp, value in zip(stamps, values, strict=True)]
    file.write_text("\n".join([*lines[: first + 1], *body]) + "\n", encoding="utf-8")
    (found,) = examine_weather(file)
    assert found.diagnosis is not None
    assert found.diagnosis.finding == "daylight_saving"
    season = found.diagnosis.mend.split()[1]
    (mended,) = examine_weather(file, clock=Clock(daylight_saving=season))
    assert not mended.refusals
    assert ghi_sum(mended) == pytest.approx(WHOLE, rel=0.005)
    assert json.loads(mended.data.attrs["filled_rows"])["temp_air"] <= 2
