"""The time-stamp doctor on skies made by pvlib: every finding, every reason for having none."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pvlib
import pytest

from roofpv.errors import InvalidWeather
from roofpv.weather.closure import closure_minutes
from roofpv.weather.doctor import Claim, Diagnosis, diagnose
from roofpv.weather.solarclock import measure_clock, solar_days

SHIZUISHAN = (39.0, 106.4)
HOURLY = Claim("start", 60.0, 8.0)
HOUR = pd.Timedelta("1h")


@functools.cache
def fine_sky(latitude: float, longitude: float, start: str, days: int) -> pd.DataFrame:
    """Cloudless GHI and its parts every five minutes, at mid-interval of labels at the start."""
    labels = pd.date_range(start, periods=days * 288, freq="5min")
    middle = (labels + pd.Timedelta("150s")).tz_localize("UTC")
    sun = pvlib.solarposition.get_solarposition(middle, latitude, longitude, method="nrel_numpy")
    ghi = pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy()
    cosine = np.cos(np.radians(sun["zenith"].to_numpy())).clip(0.0)
    return pd.DataFrame({"ghi": ghi, "cosine": cosine}, labels)


def clouds(days: int, seed: int) -> np.ndarray:
    """Clear-sky index every five minutes: some clear days, the others with clouds that drift."""
    rng = np.random.default_rng(seed)
    level = np.repeat(np.clip(rng.beta(2.0, 1.0, days) * 1.1, 0.1, 1.0), 24)
    drift, noise = np.zeros(days * 24), rng.normal(0.0, 0.25, days * 24)
    for hour in range(1, days * 24):
        drift[hour] = 0.7 * drift[hour - 1] + noise[hour]
    index = np.clip(level + 1.5 * drift * (1.0 - level), 0.08, 1.05)
    index[np.repeat(rng.random(days) < 0.25, 24)] = 1.0
    return np.interp(np.arange(days * 288) / 12.0, np.arange(days * 24) + 0.5, index)


def series(
    place: tuple[float, float] = SHIZUISHAN,
    minutes: int = 60,
    days: int = 365,
    start: str = "2019-01-01",
    seed: int = 1,
) -> pd.DataFrame:
    """A cloudy series in UTC, labelled by the start of the interval."""
    fine = fine_sky(*place, start, days)
    ghi = fine["ghi"] * clouds(days, seed)
    return ghi.resample(f"{minutes}min").mean().to_frame("ghi")


def moved(weather: pd.DataFrame, minutes: float) -> pd.DataFrame:
    return weather.set_axis(weather.index + pd.Timedelta(minutes=minutes), axis=0)


def summer_hour(weather: pd.DataFrame, zone: float, seasons: list[tuple[str, str]]) -> pd.DataFrame:
    """Labels put forward by an hour in each season, by the local clock."""
    local = weather.index + zone * HOUR
    ahead = np.zeros(len(local), dtype=bool)
    for first, last in seasons:
        ahead |= (local >= first) & (local < last)
    return weather.set_axis(weather.index + pd.to_timedelta(60.0 * ahead, unit="min"), axis=0)


def judge(
    weather: pd.DataFrame, claim: Claim = HOURLY, place: tuple[float, float] = SHIZUISHAN
) -> Diagnosis:
    return diagnose(weather, *place, claim)


@pytest.mark.parametrize("minutes", [5, 10, 15, 20, 30, 60])
def test_right_labels_are_left_alone_at_any_interval(minutes: int) -> None:
    found = judge(series(minutes=minutes, days=120), Claim("start", minutes, 8.0))
    assert found.finding == "as_claimed"
    assert found.error_minutes == pytest.approx(0.0, abs=4.0)
    assert (found.mend, found.alternative, found.refused, found.reason) == ("", "", False, "")
    assert found.sentence.startswith("the time stamps agree with the sun")


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ((55.3, -160.5), -11.0),
        ((-33.9, 151.2), 10.0),
        ((0.2, 179.9), 12.0),
        ((68.4, 17.4), 1.0),
        ((-54.8, -68.3), -3.0),
        ((78.2, 15.6), 1.0),
        ((40.0, -179.9), 12.0),
    ],
)
def test_right_labels_anywhere(place: tuple[float, float], zone: float) -> None:
    found = judge(series(place), Claim("start", 60.0, zone), place)
    assert found.finding == "as_claimed"
    assert found.measured_minutes == pytest.approx(30.0, abs=5.0)


@pytest.mark.parametrize(("label", "early"), [("start", 0.0), ("instant", 30.0), ("end", 60.0)])
@pytest.mark.parametrize("claimed", ["start", "middle", "end"])
def test_labels_of_another_kind(label: str, early: float, claimed: str) -> None:
    found = judge(moved(series(), early), replace(HOURLY, label=claimed))
    same = label == claimed or {label, claimed} == {"instant", "middle"}
    assert found.finding == ("as_claimed" if same else "label")
    assert found.mend == ("" if same else f"--label {label}")
    assert found.refused == ({label, claimed} == {"start", "end"})
    assert found.measured_minutes == pytest.approx(30.0 - early, abs=3.0)


def test_half_an_interval_of_half_hours() -> None:
    found = judge(moved(series(minutes=30), 30.0), Claim("instant", 30.0, 8.0))
    assert (found.finding, found.mend) == ("label", "--label end")
    assert "by the end of their interval? --label end" in found.sentence


def test_half_an_interval_of_minutes_is_not_told() -> None:
    found = judge(series(minutes=10, days=120), Claim("end", 10.0, 8.0))
    assert found.finding == "as_claimed"
    assert found.error_minutes == pytest.approx(10.0, abs=4.0)


def test_an_hour_that_may_be_two_things_names_both() -> None:
    found = judge(moved(series(), 60.0))
    assert (found.mend, found.alternative) == ("--label end", "--utc-offset 9")
    assert found.sentence.endswith("--label end (or --utc-offset 9)")


def test_utc_read_as_local() -> None:
    found = judge(moved(series(), -480.0))
    assert (found.finding, found.mend, found.refused) == ("utc_offset", "--utc-offset 0", True)
    assert found.error_minutes == pytest.approx(480.0, abs=3.0)
    assert found.sentence == (
        "the data look 8 h early (solar noon at 04:54, not 12:54): is the file in UTC? "
        "--utc-offset 0"
    )


def test_local_read_as_utc() -> None:
    found = judge(moved(series(), 480.0), replace(HOURLY, utc_offset_hours=0.0))
    assert (found.finding, found.refused) == ("utc_offset", True)
    assert found.mend == "--utc-offset 8"
    assert "8 h late" in found.sentence
    assert "is its clock UTC+8?" in found.sentence


def test_a_clock_of_half_hours() -> None:
    place = (28.6, 77.2)
    local = moved(series(place), 330.0)
    found = judge(local, Claim("start", 60.0, 0.0), place)
    assert found.mend == "--utc-offset 5.5"
    assert "is its clock UTC+5:30?" in found.sentence


def test_utc_and_another_label_at_once() -> None:
    found = judge(moved(series(), -480.0 + 30.0))
    assert (found.finding, found.mend) == ("utc_offset", "--utc-offset 0 --label instant")
    assert "is the file in UTC and does a row stand for the moment of its label?" in found.sentence


@pytest.mark.parametrize("hours", [-12, -11, -6, 5, 12])
def test_whole_hours_that_are_no_time_zone_here(hours: int) -> None:
    found = judge(moved(series(), 60.0 * hours))
    assert (found.finding, found.refused) == ("utc_offset", True)
    shift = float(found.mend.removeprefix("--shift-minutes "))
    assert (shift + 60.0 * hours) % 1440.0 == 0.0
    assert "was the clock wrong?" in found.sentence


@pytest.mark.parametrize(("minutes", "refused"), [(-16, False), (17, False), (44, True)])
def test_a_clock_that_is_wrong(minutes: int, refused: bool) -> None:
    found = judge(moved(series(), minutes))
    assert (found.finding, found.refused) == ("clock", refused)
    assert float(found.mend.removeprefix("--shift-minutes ")) == pytest.approx(-minutes, abs=3)
    assert ("early" if minutes < 0 else "late") in found.sentence


def test_what_the_file_itself_states_is_heeded() -> None:
    claim = replace(HOURLY, label="instant", stated_minutes=-19.0)
    found = judge(moved(series(), 49.0), claim)
    assert (found.finding, found.claimed_minutes) == ("as_claimed", -19.0)


@pytest.mark.parametrize("gap", [True, False], ids=["an hour left out", "rows counted through"])
def test_daylight_saving_north(gap: bool) -> None:
    place, weather = (47.4, 8.6), series((47.4, 8.6))
    civil = summer_hour(weather, 1.0, [("2019-03-31 02:00", "2019-10-27 02:00")])
    if not gap:
        civil = civil[~civil.index.duplicated()].reindex(weather.index).fillna(-999.0)
    found = judge(civil, Claim("start", 60.0, 1.0), place)
    assert (found.finding, found.refused) == ("daylight_saving", True)
    assert found.measured_minutes == pytest.approx(30.0, abs=4.0)
    expected = (date(2019, 3, 31), date(2019, 10, 27))
    near = 0 if gap else 4
    for day, told in zip(expected, found.clock_changes, strict=True):
        assert abs((told - day).days) <= near
    if gap:
        assert found.mend == "--daylight-saving 03-31/10-27"
        assert found.sentence == (
            "the clock of the data changes over the year: do the labels follow daylight saving "
            "time from 03-31 to 10-27? --daylight-saving 03-31/10-27"
        )


def test_daylight_saving_south_over_two_years() -> None:
    place = (-33.9, 151.2)
    weather = series(place, minutes=30, days=730)
    seasons = [
        ("2018-10-07 02:00", "2019-04-07 02:00"),
        ("2019-10-06 02:00", "2020-04-05 02:00"),
        ("2020-10-04 02:00", "2021-04-04 02:00"),
    ]
    found = judge(summer_hour(weather, 10.0, seasons), Claim("start", 30.0, 10.0), place)
    assert found.finding == "daylight_saving"
    assert found.clock_changes == (
        date(2019, 4, 7), date(2019, 10, 6), date(2020, 4, 5), date(2020, 10, 4),
    )  # fmt: skip
    assert found.mend == "--daylight-saving 10-05/04-06"


def test_daylight_saving_in_a_part_of_a_year() -> None:
    place, weather = (47.4, 8.6), series((47.4, 8.6), days=180)
    civil = summer_hour(weather, 1.0, [("2019-03-31 02:00", "2019-10-27 02:00")])
    found = judge(civil, Claim("start", 60.0, 1.0), place)
    assert found.finding == "daylight_saving"
    assert found.clock_changes == (date(2019, 3, 31),)
    assert found.mend.startswith("--daylight-saving 03-31/")


def test_daylight_saving_and_utc_offset() -> None:
    place, weather = (47.4, 8.6), series((47.4, 8.6))
    civil = summer_hour(weather, 1.0, [("2019-03-31 02:00", "2019-10-27 02:00")])
    found = judge(moved(civil, 60.0), Claim("start", 60.0, 0.0), place)
    assert found.finding == "daylight_saving"
    assert found.mend == "--utc-offset 1 --daylight-saving 03-31/10-27"
    assert "is its clock UTC+1 and do the labels follow daylight saving time" in found.sentence


def sundial(weather: pd.DataFrame, longitude: float, zone: float) -> pd.DataFrame:
    """Labels of the true sun's time, read as a clock of a zone."""
    equation = pvlib.solarposition.equation_of_time_spencer71(weather.index.day_of_year.to_numpy())
    ahead = equation + 4.0 * longitude - 60.0 * zone
    return weather.set_axis(weather.index + pd.to_timedelta(ahead, unit="min"), axis=0)


@pytest.mark.parametrize(
    ("late", "mend", "refused"),
    [
        (0.0, "--clock solar", True),
        (60.0, "--clock solar --label end", False),
        (200.0, "--clock solar --shift-minutes", True),
    ],
)
def test_the_sundials_time(late: float, mend: str, refused: bool) -> None:
    weather = moved(sundial(series(), SHIZUISHAN[1], 8.0), late)
    found = judge(weather)
    assert found.finding == "solar_time"
    assert found.mend.startswith(mend)
    assert "do the labels follow the sundial" in found.sentence
    assert found.refused == refused


def test_the_sundial_where_its_mean_is_the_clocks() -> None:
    place = (40.0, 120.0)
    found = judge(sundial(series(place), 120.0, 8.0), HOURLY, place)
    assert (found.finding, found.mend, found.refused) == ("solar_time", "--clock solar", False)
    assert found.sentence.startswith("the clock of the data changes over the year")


def test_a_typical_year_of_months_from_many_years() -> None:
    years = [series(start=f"{year}-01-01", seed=year) for year in (2010, 2012, 2015)]
    picked = [years[month % 3][years[month % 3].index.month == month] for month in range(1, 13)]
    found = judge(pd.concat(picked))
    assert found.finding == "as_claimed"
    assert found.days > 340


def test_daylight_saving_in_a_typical_year() -> None:
    years = [series(start=f"{year}-01-01", seed=year) for year in (2010, 2012, 2015)]
    picked = [years[month % 3][years[month % 3].index.month == month] for month in range(1, 13)]
    season = [(f"{year}-03-28", f"{year}-10-28") for year in (2010, 2012, 2015)]
    found = judge(summer_hour(pd.concat(picked), 8.0, season))
    assert found.finding == "daylight_saving"
    into, out_of = found.mend.removeprefix("--daylight-saving ").split("/")
    assert abs(pd.Timestamp(f"2001-{into}") - pd.Timestamp("2001-03-28")).days <= 5
    assert abs(pd.Timestamp(f"2001-{out_of}") - pd.Timestamp("2001-10-28")).days <= 5


def test_gaps_codes_repeats_and_disorder_do_not_matter() -> None:
    weather = series()
    rng = np.random.default_rng(3)
    holes = weather.mask(rng.random(weather.shape) < 0.01, -999.0)
    holes.iloc[2000:2500] = np.nan
    holes.iloc[3000:3010] = 9999.0
    shuffled = pd.concat([holes, holes.iloc[:50]]).sample(frac=1.0, random_state=4)
    before = shuffled.copy()
    found = judge(shuffled)
    pd.testing.assert_frame_equal(shuffled, before)
    assert found.finding == "as_claimed"
    assert found.error_minutes == pytest.approx(0.0, abs=4.0)


def test_a_zone_in_the_index_changes_nothing() -> None:
    weather = series(days=90)
    local = weather.tz_localize("UTC").tz_convert("Asia/Shanghai")
    assert judge(local) == judge(weather)


def test_clouds_of_every_afternoon_do_not_turn_the_clock() -> None:
    weather = series()
    local_hour = (weather.index.hour + 0.5 + SHIZUISHAN[1] / 15.0) % 24.0
    cloudy = np.random.default_rng(5).random(365) < 0.5
    hidden = np.repeat(cloudy, 24) & (local_hour > 13.0)
    dimmed = weather.where(~hidden[:, None], weather * 0.7)
    assert judge(dimmed).finding == "as_claimed"


def parts_of(weather: pd.DataFrame, minutes: float) -> pd.DataFrame:
    """Split GHI with the sun some minutes after the label."""
    middle = (weather.index + pd.Timedelta(minutes=minutes)).tz_localize("UTC")
    sun = pvlib.solarposition.get_solarposition(middle, *SHIZUISHAN, method="nrel_numpy")
    cosine = np.cos(np.radians(sun["zenith"].to_numpy()))
    up = cosine > 0.06
    dni = np.where(up, 0.7 * weather["ghi"] / np.where(up, cosine, 1.0), 0.0).clip(0.0, 1100.0)
    dhi = np.where(up, weather["ghi"] - dni * cosine, weather["ghi"])
    return weather.assign(dni=dni, dhi=dhi)


def test_the_files_own_closure_bears_the_finding_out() -> None:
    found = judge(parts_of(series(), 30.0))
    assert found.split_minutes == pytest.approx(30.0, abs=1.0)
    assert "split" not in found.sentence


def test_a_split_with_the_sun_elsewhere_is_remarked() -> None:
    found = judge(parts_of(series(), 0.0))
    assert found.finding == "as_claimed"
    assert found.split_minutes == pytest.approx(0.0, abs=1.0)
    said = r"; its dni and dhi were split with the sun -(29|30|31) min off its ghi$"
    assert re.search(said, found.sentence)


@pytest.mark.parametrize(
    "columns",
    [
        lambda parts: parts.assign(dhi=parts["dhi"] * 1.5),  # instruments that do not agree
        lambda parts: parts.iloc[:100],  # too few rows of sun
        lambda parts: parts.assign(dhi=parts["ghi"] + parts["dni"]),  # the wrong way round
        lambda parts: parts.assign(dhi=parts["ghi"]),  # no beam in ghi at all
    ],
)
def test_no_closure(columns) -> None:
    parts = columns(parts_of(series(), 30.0))
    values = parts[["ghi", "dni", "dhi"]].to_numpy()
    assert closure_minutes(parts.index, values, *SHIZUISHAN, 30.0) is None


def test_beam_and_diffuse_stand_in_for_global() -> None:
    found = judge(moved(parts_of(series(), 30.0), -480.0)[["dni", "dhi"]])
    assert (found.mend, found.split_minutes) == ("--utc-offset 0", None)


def test_a_longitude_of_the_wrong_sign_is_remarked() -> None:
    found = judge(series(), place=(39.0, -106.4))
    assert found.finding != "as_claimed"
    assert found.refused
    assert found.sentence.endswith("longitude -106.4 and UTC+8 do not belong together")


@pytest.mark.parametrize(
    ("weather", "reason"),
    [
        (series() * 0.0, "no row has light"),
        (series() * np.nan, "no row has light"),
        (series().iloc[:0], "no row has light"),
        (series() * 0.0 + 400.0, "the irradiance does not follow day and night"),
        (series().iloc[:30], "1 days with light from morning to evening, 2 are needed"),
        (series().between_time("00:00", "03:00"), "0 days with light"),
    ],
    ids=["night", "empty", "no rows", "constant", "one day", "mornings"],
)
def test_undecided(weather: pd.DataFrame, reason: str) -> None:
    found = judge(weather)
    assert found.finding == "undecided"
    assert found.reason.startswith(reason)
    assert found.sentence.endswith(found.reason)
    assert (found.mend, found.refused) == ("", False)


def test_undecided_noise() -> None:
    weather = series()
    noise = np.random.default_rng(6).uniform(0.0, 800.0, weather.shape)
    assert judge(weather * 0.0 + noise).finding == "undecided"


def test_undecided_in_the_polar_night() -> None:
    place = (78.2, 15.6)
    found = judge(series(place, days=40), Claim("start", 60.0, 1.0), place)
    assert found.reason == "no row has light"


def test_undecided_at_the_pole() -> None:
    place = (90.0, 0.0)
    found = judge(series(place, days=60, start="2019-06-01"), Claim("start", 60.0), place)
    assert found.finding == "undecided"


def test_undecided_under_clouds_that_leave_too_much_open() -> None:
    weather = series(days=4)
    day, hour = np.divmod(np.arange(len(weather)), 24)
    hidden = np.where(day % 2 == 0, hour > 4, hour < 5)
    found = judge(weather.where(~hidden[:, None], weather * 0.15))
    assert found.finding == "undecided"
    assert found.reason.startswith("clouds leave ±")


@pytest.mark.parametrize(
    ("weather", "place", "claim", "where"),
    [
        (series(), SHIZUISHAN, Claim("begin", 60.0), "--label"),
        (series(), SHIZUISHAN, Claim("start", 0.0), "interval"),
        (series(), SHIZUISHAN, Claim("start", 1440.0), "interval"),
        (series(), (91.0, 0.0), HOURLY, "site"),
        (series(), (0.0, 181.0), HOURLY, "site"),
        (series(), (np.nan, 0.0), HOURLY, "site"),
        (series().rename(columns={"ghi": "dni"}), SHIZUISHAN, HOURLY, "column ghi"),
        (series()[[]], SHIZUISHAN, HOURLY, "column ghi"),
    ],
)
def test_refusals(
    weather: pd.DataFrame, place: tuple[float, float], claim: Claim, where: str
) -> None:
    with pytest.raises(InvalidWeather) as caught:
        diagnose(weather, *place, claim)
    assert caught.value.where == where


def test_days_are_measured_one_by_one() -> None:
    fine = fine_sky(*SHIZUISHAN, "2019-01-01", 365)
    hourly = fine["ghi"].resample("60min").mean()
    days = solar_days(hourly.index, hourly, *SHIZUISHAN, 60.0)
    assert days.day.size >= 364
    assert np.abs(days.minutes - 30.0).max() < 3.0
    assert days.rhythm == pytest.approx(1.0, abs=0.02)
    assert np.isnan(measure_clock(hourly.index[:0], hourly[:0], *SHIZUISHAN, 60.0).minutes)


def test_twenty_years_are_judged_as_one() -> None:
    year = series()
    times = pd.date_range("2000-01-01", periods=20 * len(year), freq="h")
    weather = pd.DataFrame({"ghi": np.tile(year["ghi"].to_numpy(), 20)}, times)
    found = judge(weather)
    assert found.finding == "as_claimed"


def test_a_single_change_is_named_before_two() -> None:
    place, claim = (52.3, 4.77), Claim("start", 60.0, 9.0)
    sound = series(place)
    found = judge(moved(sound, -480.0), claim, place)
    assert (found.mend, found.alternative) == ("--utc-offset 1", "--utc-offset 0 --label end")


def test_a_label_that_the_format_fixes_is_doubted_last() -> None:
    found = judge(moved(series(), 60.0), replace(HOURLY, label_fixed=True))
    assert (found.mend, found.alternative) == ("--utc-offset 9", "--label end")
    found = judge(moved(series(), 30.0), replace(HOURLY, label_fixed=True))
    assert found.mend == "--label instant"
    assert judge(moved(series(), 22.0), replace(HOURLY, label_fixed=True)).mend == "--label instant"


def test_doubt_without_end_is_said_in_words() -> None:
    reasons = {judge(series((-89.9, 0.0)), HOURLY, (-89.9, 0.0)).reason}
    assert not any(len(number) > 4 for reason in reasons for number in re.findall(r"\d+", reason))
