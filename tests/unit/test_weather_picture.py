from __future__ import annotations

import base64
import re
import struct
import zlib
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from roofpv.errors import InvalidWeather
from roofpv.report import colours, weather_bars, weather_carpet, weather_rows
from roofpv.report.weather_picture import WeatherPicture, weather_svg

NS = "{http://www.w3.org/2000/svg}"
RISE, NOON, SET = 6 * 60.0, 12 * 60.0, 18 * 60.0


def daylight(labels, label_minutes=30.0, peak=800.0):
    """Half a sine from 6 to 18 o'clock, night being nothing."""
    middle = labels + pd.Timedelta(minutes=label_minutes)
    hour = np.asarray(middle.hour + middle.minute / 60)
    return pd.Series(np.maximum(peak * np.sin(np.pi * (hour - 6) / 12), 0.0), labels)


def sun_of(labels, rise=RISE, noon=NOON, sets=SET):
    days = labels.normalize().unique()
    lines = {"sunrise_minutes": rise, "noon_minutes": noon, "sunset_minutes": sets}
    return pd.DataFrame(lines, index=days, dtype=float)


def picture_of(labels, minutes=60, label_minutes=30.0):
    ghi = daylight(labels, label_minutes)
    return WeatherPicture(
        title="roof.csv",
        subtitle="Somewhere, 40 N, 8 E; 2021; 60 min; source",
        verdict=("Verdict: good.",),
        ghi=ghi,
        dhi=ghi * 0.25,
        clear_ghi=ghi * 1.25,
        interval_minutes=minutes,
        label_minutes=label_minutes,
        sun=sun_of(labels),
    )


def hours(start="2021-01-01", end="2022-01-01", freq="h"):
    return pd.date_range(start, end, freq=freq, inclusive="left")


@pytest.fixture(scope="module")
def year():
    return picture_of(hours())


def parsed(picture, shown=None):
    return ET.fromstring(weather_svg(picture, shown))


def grouped(root, name):
    return [group for group in root.iter(f"{NS}g") if group.get("class") == name]


def words(root):
    return [one.text for one in root.iter(f"{NS}text")]


def carpet(root):
    """Pixels of the carpet, top row first, and its box."""
    drawn = next(root.iter(f"{NS}image"))
    file = base64.b64decode(drawn.get("href").removeprefix("data:image/png;base64,"))
    columns, rows, _, kind = struct.unpack(">IIBB", file[16:26])
    (size,) = struct.unpack(">I", file[33:37])
    assert file[37:41] == b"IDAT"
    assert kind == 6
    flat = np.frombuffer(zlib.decompress(file[41 : 41 + size]), dtype=np.uint8)
    pixels = flat.reshape(rows, 1 + columns * 4)[:, 1:].reshape(rows, columns, 4)
    return pixels, {k: float(drawn.get(k)) for k in ("x", "y", "width", "height")}


def frame(root):
    clip = next(root.iter(f"{NS}clipPath"))[0]
    return {k: float(clip.get(k)) for k in ("x", "y", "width", "height")}


def points(root, name):
    lines = [line for group in grouped(root, name) for line in group]
    return [
        [tuple(float(v) for v in pair.split(",")) for pair in line.get("points").split()]
        for line in lines
    ]


def test_a_year_has_twelve_months_with_their_sums(year):
    root = parsed(year)
    assert len(grouped(root, "bar")) == len(grouped(root, "ghi")) == 12
    names = [bar.findall(f"{NS}text") for bar in grouped(root, "bar")]
    # A sine of 800 W/m2 over 12 h, by the middle of its hours.
    day = sum(800 * np.sin(np.pi * (h + 0.5) / 12) for h in range(12)) / 1000
    january = [one.text for one in names[0]]
    assert january == [f"{31 * day * 1.25:.0f}", f"{31 * day:.0f}", "Jan", "DHI 25%"]
    assert [name[2].text for name in names] == list(weather_rows.MONTHS)
    assert any(f"year: GHI {365 * day:,.0f}, DHI" in said for said in words(root))


def test_bars_are_as_high_as_their_sums(year):
    bars = grouped(parsed(year), "bar")
    january = bars[0].findall(f"{NS}g")[0][0]
    clear, diffuse = bars[0].findall(f"{NS}rect")[0], bars[0].findall(f"{NS}rect")[2]
    heights = [float(one.get("height")) for one in (january, clear, diffuse)]
    assert heights[1] == pytest.approx(heights[0] * 1.25, abs=0.02)
    assert heights[2] == pytest.approx(heights[0] * 0.25, abs=0.02)
    assert diffuse.get("fill") == colours.BLUE


def test_the_file_needs_no_other_and_runs_nothing(year):
    said = weather_svg(year)
    root = ET.fromstring(said)
    tags = {element.tag.removeprefix(NS) for element in root.iter()}
    assert tags.isdisjoint({"script", "style", "a", "foreignObject", "use"})
    links = [e.get("href") for e in root.iter() if e.get("href")]
    assert links
    assert all(link.startswith("data:image/png;base64,") for link in links)
    assert re.findall(r"https?://[^\"]*", said) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"\son\w+=", said)


def test_the_file_is_small_wide_enough_and_told_in_words(year):
    said = weather_svg(year)
    root = ET.fromstring(said)
    assert len(said.encode()) < 250_000
    assert root.get("width") == "1100"
    assert 700 < float(root.get("height")) < 800
    assert (root[0].tag, root[1].tag) == (f"{NS}title", f"{NS}desc")
    assert root[0].text == "roof.csv"
    assert "Verdict: good." in root[1].text
    assert set(root.get("aria-labelledby").split()) == {root[0].get("id"), root[1].get("id")}
    assert min(float(one.get("font-size")) for one in root.iter(f"{NS}text")) >= 11


def test_the_same_input_gives_the_same_bytes(year):
    again = picture_of(hours())
    assert weather_svg(year) == weather_svg(again)
    brighter = replace(again, ghi=again.ghi * 0.9)
    assert weather_svg(brighter) != weather_svg(year)


def test_five_minutes_of_a_year_stay_small():
    labels = hours(freq="5min")
    noisy = picture_of(labels, 5, 2.5)
    rng = np.random.default_rng(3)
    noisy = replace(noisy, ghi=noisy.ghi * rng.uniform(0.2, 1.0, len(labels)))
    assert len(weather_svg(noisy).encode()) < 250_000


def test_light_stands_where_the_clock_says(year):
    root = parsed(year)
    pixels, box = carpet(root)
    assert pixels.shape == (24, 365, 4)
    assert {k: round(v, 2) for k, v in box.items()} == frame(root)
    assert (pixels[..., 3] == 255).all()
    bright = pixels[..., :3].sum(axis=2) > 10
    # The top row is 23:00; light from 6:00 to 18:00.
    np.testing.assert_array_equal(
        bright[:, 0], [not (0 <= row < 6 or row >= 18) for row in range(24)]
    )
    expected = weather_carpet.paint(year.ghi.to_numpy().reshape(365, 24).T, 800.0)
    np.testing.assert_array_equal(pixels[::-1, :, :3], expected)


def test_instants_span_midnight():
    root = parsed(picture_of(hours(), label_minutes=0.0))
    pixels, box = carpet(root)
    inner = frame(root)
    assert pixels.shape == (25, 365, 4)
    half = inner["height"] / 48
    assert box["y"] == pytest.approx(inner["y"] - half, abs=0.02)
    assert box["height"] == pytest.approx(inner["height"] + 2 * half, abs=0.02)
    # Only the half hour before the next New Year is none of the file's.
    white = (pixels == 255).all(axis=2)
    np.testing.assert_array_equal(np.argwhere(white), [[0, 364]])
    laid = weather_rows.cells(daylight(hours(), 0.0), 60)
    assert laid.first_minute == -30.0


def test_labels_at_the_end_belong_to_the_hour_before():
    labels = hours() + pd.Timedelta(hours=1)
    late = replace(picture_of(hours()), label_minutes=-30.0)
    late = replace(late, ghi=late.ghi.set_axis(labels), dhi=None, clear_ghi=None)
    np.testing.assert_array_equal(carpet(parsed(late))[0], carpet(parsed(picture_of(hours())))[0])


def test_a_cell_before_midnight_is_in_both_days():
    labels = hours(end="2021-01-03")
    values = pd.Series(np.arange(48.0), labels)
    laid = weather_rows.cells(values, 60)
    assert laid.values.shape == (25, 2)
    np.testing.assert_array_equal(laid.values[0], [0.0, 24.0])
    np.testing.assert_array_equal(laid.values[24], [24.0, np.nan])
    assert laid.inside.sum() == 49
    assert not laid.missing.any()


def test_missing_cells_show_the_grey_ground():
    gap = picture_of(hours())
    gap.ghi["2021-10-26 05:00":"2021-10-27 04:00"] = np.nan
    root = parsed(gap)
    clear = carpet(root)[0][::-1, :, 3] == 0
    assert clear.sum() == 24
    assert clear[5:, 298].all()
    assert clear[:5, 299].all()
    ground = next(e for e in root.iter(f"{NS}g") if e.get("clip-path"))[0]
    assert ground.get("fill") == f"url(#{weather_carpet.GAPS})"
    pattern = next(e for e in root.iter(f"{NS}pattern") if e.get("id") == weather_carpet.GAPS)
    assert pattern[0].get("fill") == colours.MISSING
    assert "missing (24)" in words(root)


def test_a_month_with_a_hole_is_incomplete():
    gap = picture_of(hours())
    gap.ghi["2021-10-26 05:00":"2021-10-27 04:00"] = np.nan
    root = parsed(gap)
    october = grouped(root, "bar")[9]
    assert len(grouped(root, "ghi")) == 11
    assert [one.text for one in october.findall(f"{NS}text")][1:] == [
        "Oct", "incomplete", "30 of 31 d",
    ]  # fmt: skip
    fills = [one.get("fill") for one in october.findall(f"{NS}rect")]
    assert f"url(#{weather_bars.HATCH})" in fills
    assert "no sum of the year: not every month is complete" in words(root)


def test_one_missing_row_never_reads_as_a_whole_month():
    gap = picture_of(hours(freq="5min"), 5, 2.5)
    gap.ghi["2021-02-03 12:00"] = np.nan
    february = grouped(parsed(gap), "bar")[1]
    assert february.findall(f"{NS}text")[-1].text == "27.9 of 28 d"


def test_a_file_without_any_value_is_all_grey():
    nothing = picture_of(hours())
    nothing = replace(nothing, ghi=nothing.ghi * np.nan, dhi=None, clear_ghi=None)
    root = parsed(nothing)
    assert not carpet(root)[0][..., 3].any()
    assert words(root).count("incomplete") == 13  # twelve months and the key


def test_infinite_values_count_as_missing():
    odd = picture_of(hours())
    odd.ghi["2021-05-05 12:00"] = np.inf
    assert "missing (1)" in words(parsed(odd))


def test_without_diffuse_and_clear_sky_neither_is_drawn(year):
    root = parsed(replace(year, dhi=None, clear_ghi=None))
    assert not {"clear sky", "GHI, diffuse (DHI)"} & set(words(root))
    assert colours.BLUE not in {one.get("fill") for one in root.iter(f"{NS}rect")}
    assert len(grouped(root, "ghi")) == 12


def test_sun_lines_stand_at_their_minutes(year):
    root = parsed(year)
    box = frame(root)
    for name, minutes in (("sunrise", RISE), ("noon", NOON), ("sunset", SET)):
        (line,) = points(root, name)
        y = box["y"] + box["height"] * (1 - minutes / 1440)
        assert {round(p[1], 2) for p in line} == {round(y, 2)}
        assert line[0][0] == pytest.approx(box["x"], abs=0.01)
        assert line[-1][0] == pytest.approx(box["x"] + box["width"], abs=0.01)
        assert len(line) == 365 + 2
        assert line[1][0] == pytest.approx(box["x"] + box["width"] / 730, abs=0.01)


def test_sun_lines_stop_in_polar_night_and_day(year):
    sun = year.sun.copy()
    sun.loc["2021-05-20":"2021-07-20", ["sunrise_minutes", "sunset_minutes"]] = np.nan
    root = parsed(replace(year, sun=sun))
    assert len(points(root, "sunrise")) == len(points(root, "sunset")) == 2
    assert len(points(root, "noon")) == 1
    sun[:] = np.nan
    assert points(parsed(replace(year, sun=sun)), "sunrise") == []


def test_sun_lines_that_pass_midnight_are_broken_there(year):
    minutes = np.linspace(1400, 1500, 365)
    sun = year.sun.assign(sunset_minutes=minutes)
    root = parsed(replace(year, sun=sun))
    before, after = points(root, "sunset")
    box = frame(root)
    assert min(p[1] for p in before) < box["y"] + 1
    assert max(p[1] for p in after) > box["y"] + box["height"] - 1
    assert len(before) + len(after) == 365 + 4


def test_sun_lines_of_another_year_are_taken_by_their_day(year):
    sun = year.sun.assign(sunrise_minutes=np.arange(365.0))
    other = sun.set_axis(sun.index - pd.DateOffset(years=8), axis=0)
    assert points(parsed(replace(year, sun=other)), "sunrise") == points(
        parsed(replace(year, sun=sun)), "sunrise"
    )


def test_an_eight_hour_fault_puts_light_outside_the_lines(year):
    shifted = replace(year, ghi=pd.Series(np.roll(year.ghi.to_numpy(), -8), year.ghi.index))
    pixels, _ = carpet(parsed(shifted))
    bright = (pixels[::-1, :, :3].sum(axis=2) > 10).all(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(bright), [*range(10), 22, 23])


def test_a_typical_year_of_many_years_is_one_year(year):
    labels = year.ghi.index
    mixed = labels.map(lambda t: t.replace(year=2005 + t.month % 5 * 3 - (t.month == 2)))
    parts = {name: getattr(year, name).set_axis(mixed) for name in ("ghi", "dhi", "clear_ghi")}
    root = parsed(replace(year, **parts))
    assert len(grouped(root, "ghi")) == 12
    np.testing.assert_array_equal(carpet(root)[0], carpet(parsed(year))[0])
    assert not grouped(root, "range")


def test_a_leap_year_without_its_leap_day_has_365_days():
    labels = hours("2020-01-01", "2021-01-01")
    labels = labels[~((labels.month == 2) & (labels.day == 29))]
    root = parsed(picture_of(labels))
    assert carpet(root)[0].shape[1] == 365
    assert len(grouped(root, "ghi")) == 12
    whole = parsed(picture_of(hours("2020-01-01", "2021-01-01")))
    assert carpet(whole)[0].shape[1] == 366
    assert len(grouped(whole, "ghi")) == 12


def test_a_year_from_july_to_june_runs_on():
    root = parsed(picture_of(hours("2020-07-15", "2021-07-15")))
    assert len(grouped(root, "ghi")) == 12
    pixels, _ = carpet(root)
    assert pixels.shape[1] == 365
    assert "197" in words(root)  # 15 July of a leap year


def several():
    labels = hours("2019-01-01", "2022-01-01")
    many = picture_of(labels)
    factor = 1.0 + 0.1 * (labels.year.to_numpy() - 2020)
    return replace(many, ghi=many.ghi * factor)


def test_many_years_show_their_mean_and_range():
    many = several()
    many.ghi["2019-03-05"] = np.nan
    root = parsed(many)
    bars = grouped(root, "bar")
    assert len(bars) == len(grouped(root, "range")) == 12
    march = [one.text for one in bars[2].findall(f"{NS}text")]
    assert march[-1] == "2 of 3 y"
    assert [one.text for one in bars[0].findall(f"{NS}text")][1:3] == ["190", "Jan"]
    whole = grouped(bars[0], "ghi")[0][0]
    whisker = points(bars[0], "range")[0]
    bottom = float(whole.get("y")) + float(whole.get("height"))
    high, low = (bottom - whisker[place][1] for place in (0, -1))
    assert high == pytest.approx(float(whole.get("height")) * 1.1, abs=0.02)
    assert low == pytest.approx(float(whole.get("height")) * 0.9, abs=0.02)


def test_many_years_show_the_hours_of_the_first_whole_one():
    many = several()
    many.ghi["2019-03-05"] = np.nan
    root = parsed(many)
    assert "GHI by day and hour, 2020 (one of 3 years)" in words(root)
    pixels, _ = carpet(root)
    assert pixels.shape == (24, 366, 4)
    assert (pixels[..., 3] == 255).all()


def test_the_year_of_the_hours_can_be_chosen():
    root = parsed(several(), 2021)
    assert "GHI by day and hour, 2021 (one of 3 years)" in words(root)
    assert carpet(root)[0].shape[1] == 365
    assert len(grouped(root, "range")) == 12


def test_an_absent_year_is_refused(year):
    with pytest.raises(InvalidWeather, match=r"no year 2030\. Choose one from 2019 to 2021"):
        weather_svg(several(), 2030)
    with pytest.raises(InvalidWeather, match="no year 2020"):
        weather_svg(year, 2020)
    assert weather_svg(year, 2021) == weather_svg(year)


def test_no_rows_are_refused(year):
    with pytest.raises(InvalidWeather, match=r"roof\.csv: there is no row to draw"):
        weather_svg(replace(year, ghi=year.ghi.iloc[:0]))


def test_four_days_show_their_days():
    root = parsed(picture_of(hours("2022-01-30", "2022-02-03", "5min"), 5, 2.5))
    assert carpet(root)[0].shape == (288, 4, 4)
    assert len(grouped(root, "bar")) == len(grouped(root, "ghi")) == 4
    assert words(root).count("30 Jan") == words(root).count("2 Feb") == 2
    assert "Daily sums in kWh/m²" in words(root)
    assert not any(said.startswith(("year:", "no sum")) for said in words(root))


def test_half_a_day_is_incomplete():
    root = parsed(picture_of(hours("2022-01-30 12:00", "2022-02-01")))
    first = grouped(root, "bar")[0]
    assert [one.text for one in first.findall(f"{NS}text")] == [
        "30 Jan",
        "incomplete",
        "12 of 24 h",
    ]
    pixels, _ = carpet(root)
    white = (pixels == 255).all(axis=2)
    assert white[12:, 0].all()
    assert white.sum() == 12


@pytest.mark.parametrize("days", [20, 60, 200])
def test_part_of_a_year_keeps_its_days(days):
    end = pd.Timestamp("2021-01-05") + pd.Timedelta(days=days)
    root = parsed(picture_of(hours("2021-01-05", end)))
    assert carpet(root)[0].shape[1] == days
    assert grouped(root, "bar")[0].findall(f"{NS}text")[-1].text.endswith("of 31 d")


HOSTILE = "<script>alert('x')</script>&\"\x00\x1b[31m\u202e.csv"


def test_hostile_names_are_words_and_are_cut(year):
    evil = replace(year, title=HOSTILE * 40, subtitle=HOSTILE * 40, verdict=(HOSTILE * 40, HOSTILE))
    said = weather_svg(evil)
    assert "<script" not in said
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", said)
    root = ET.fromstring(said)
    titles = words(root)
    assert titles[0].startswith("<script>alert('x')</script>&\"??[31m?.csv")
    assert titles[0].endswith("…")
    assert max(map(len, titles)) < 250


def test_chinese_names_are_kept(year):
    root = parsed(replace(year, title="石嘴山_逐时.csv", verdict=("数据晚了八小时",)))
    assert {"石嘴山_逐时.csv", "数据晚了八小时"} <= set(words(root))
    assert "Microsoft YaHei" in root.get("font-family")


def test_verdicts_too_many_are_counted(year):
    said = words(parsed(replace(year, verdict=tuple(f"line {n}" for n in range(30)))))
    told = [one for one in said if one.startswith("line ")]
    assert f"… and {30 - len(told)} more, which the text of the check tells" in said
    exact = words(parsed(replace(year, verdict=tuple(f"line {n}" for n in range(12)))))
    assert [one for one in exact if one.startswith("line ")] == [f"line {n}" for n in range(12)]
    assert not any(one.startswith("…") for one in exact)


def test_the_scale_follows_the_light():
    assert weather_carpet.ceiling(pd.Series([0.0, 801.0])) == 900.0
    assert weather_carpet.ceiling(pd.Series([0.0, 12.0])) == 500.0
    assert weather_carpet.ceiling(pd.Series([0.0, 99999.0])) == 1400.0
    assert weather_carpet.ceiling(pd.Series([np.nan])) == 500.0


def test_dawn_stands_out_from_the_offset_of_a_pyranometer():
    night, offset, dawn = weather_carpet.paint([0.0, 4.9, 5.0], 1000.0).astype(int)
    np.testing.assert_array_equal(night, offset)
    assert np.abs(dawn - night).sum() > 80
    np.testing.assert_array_equal(weather_carpet.paint([-3.0], 1000.0)[0], night)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"), (0.04, "0"), (2.84, "2.8"), (3.0, "3"), (9.96, "10"), (215.6, "216"),
        (9999, "9999"), (521_000, "521k"), (7.75e8, "775M"), (5e10, "50G"), (-999, "-999"),
    ],
)  # fmt: skip
def test_numbers_on_bars_stay_short(value, said):
    assert weather_bars.compact(value) == said


def test_sums_in_wrong_units_are_drawn_all_the_same(year):
    wrong = replace(year, ghi=year.ghi * 3600, dhi=None)
    root = parsed(wrong)
    tops = [float(bar[0].get("y")) for bar in grouped(root, "ghi")]
    assert min(tops) > 100
    assert all(len(bar.findall(f"{NS}text")[1].text) <= 4 for bar in grouped(root, "bar"))
