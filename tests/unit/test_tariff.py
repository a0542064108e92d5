from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from roofpv.errors import InvalidConfig
from roofpv.finance.civil import (
    HOLIDAY,
    WEEKEND,
    WEEKENDS_ONLY,
    WORKING,
    civil_axis,
    load_calendar,
    month_of_day,
)
from roofpv.finance.tariff import (
    buy_prices,
    describe_hours,
    load_tariff,
    sell_prices,
    tariff_ids,
)

TARIFF = """
id = "town"
zone = "Asia/Shanghai"
calendar = "china"
sources = ["a notice"]
[title]
en = "Town"
zh = "城"
[[seasons]]
id = "summer"
months = [6, 7, 8]
prices = { peak = 1.0, flat = 0.5, valley = -0.1, deep_valley = -0.25 }
[[seasons.days]]
kinds = ["working"]
hours = { peak = ["17:00-22:30"], valley = ["10:00-16:00"], flat = ["22:30-10:00", "16:00-17:00"] }
[[seasons.days]]
kinds = ["weekend", "holiday"]
hours = { deep_valley = ["00:00-24:00"] }
[[seasons]]
id = "rest"
months = [1, 2, 3, 4, 5, 9, 10, 11, 12]
prices = { flat = 0.4 }
days = [{ kinds = ["working", "weekend", "holiday"], hours = { flat = ["00:00-24:00"] } }]
[export]
rule = "mechanism"
price = 0.25
share = 0.8
market = [0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.2, 0.1, 0.0, -0.05,
  -0.05, -0.05, 0.0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3]
"""


@pytest.fixture
def read(tmp_path):
    def write_and_read(text):
        file = tmp_path / "town.toml"
        file.write_text(text, encoding="utf-8-sig")
        return load_tariff(file)

    return write_and_read


def local(first, periods=24, freq="h"):
    return pd.date_range(first, periods=periods, freq=freq, tz="Asia/Shanghai").tz_convert("UTC")


def axis(first, periods=24, freq="h", minutes=60.0, year=None):
    return civil_axis(local(first, periods, freq), minutes, "Asia/Shanghai", year)


def test_a_working_day_in_summer(read):
    got = buy_prices(read(TARIFF), axis("2025-07-02"), load_calendar("china"))
    expected = [0.5] * 10 + [-0.1] * 6 + [0.5] + [1.0] * 5 + [0.75, 0.5]
    assert got.tolist() == expected


def test_weekends_holidays_and_other_months(read):
    tariff, calendar = read(TARIFF), load_calendar("china")
    assert set(buy_prices(tariff, axis("2025-07-05"), calendar)) == {-0.25}
    assert set(buy_prices(tariff, axis("2025-06-02"), calendar)) == {-0.25}  # a Monday off
    assert set(buy_prices(tariff, axis("2025-05-31"), calendar)) == {0.4}
    # Without the calendar it is a Monday.
    assert buy_prices(tariff, axis("2025-06-02"), WEEKENDS_ONLY)[12] == -0.1


def test_intervals_of_any_length(read):
    tariff, calendar = read(TARIFF), load_calendar("china")
    hour = buy_prices(tariff, axis("2025-07-02"), calendar)
    quarters = buy_prices(tariff, axis("2025-07-02", 96, "15min", 15.0), calendar)
    assert quarters.reshape(24, 4).mean(axis=1).tolist() == pytest.approx(hour.tolist())
    late = buy_prices(tariff, axis("2025-07-04 23:30", 1), calendar)
    assert late.tolist() == pytest.approx([(0.5 - 0.25) / 2.0])  # half of it on Saturday
    over = buy_prices(tariff, axis("2025-12-31 23:30", 1), calendar)
    assert over.tolist() == [0.4]


def test_a_typical_year_is_laid_on_a_named_one(read):
    tariff, calendar = read(TARIFF), load_calendar("china")
    typical = axis("2012-07-01", 48, year=2026)
    assert typical.years == (2026,)
    got = buy_prices(tariff, typical, calendar)
    same = buy_prices(tariff, axis("2026-07-01", 48), calendar)
    assert got.tolist() == same.tolist()
    leap = axis("2012-02-28", 72, year=2025)
    assert leap.slot.tolist() == [*leap.slot[:24], *leap.slot[:24], *(leap.slot[:24] + 288)]


def test_export_by_each_rule(read):
    day = axis("2025-07-02")
    mechanism = sell_prices(read(TARIFF), day)
    assert mechanism[0] == pytest.approx(0.8 * 0.25 + 0.2 * 0.3)
    assert mechanism[12] == pytest.approx(0.8 * 0.25 - 0.2 * 0.05)
    start = TARIFF[: TARIFF.index("[export]")]
    fixed = read(start + '[export]\nrule = "fixed"\nprice = -0.01')
    assert set(sell_prices(fixed, day)) == {-0.01}
    market = read(start + '[export]\nrule = "market"\nmarket = 0.2')
    assert set(sell_prices(market, day)) == {0.2}
    own = np.linspace(-1.0, 1.0, 24)
    assert sell_prices(market, day, own).tolist() == own.tolist()


def test_a_market_price_must_fit_the_axis():
    tariff = load_tariff("ningxia-general")
    gap = np.full(24, 0.1)
    gap[3] = np.nan
    for wrong in (np.full(23, 0.1), gap):
        with pytest.raises(InvalidConfig, match="23 numbers, expected 24, one an interval"):
            sell_prices(tariff, axis("2025-07-02"), wrong)


def test_the_library_is_sound():
    assert {"flat", "ningxia-general", "ningxia-residential"} <= set(tariff_ids())
    year = axis("2026-01-01", 8760)
    for name in tariff_ids():
        tariff = load_tariff(name)
        assert tariff.id == name
        assert tariff.assumptions
        buy = buy_prices(tariff, year, load_calendar(tariff.calendar))
        assert np.isfinite(buy).all()
        assert np.isfinite(sell_prices(tariff, year)).all()
    general = load_tariff("ningxia-general")
    got = buy_prices(general, axis("2026-03-04"), load_calendar("china"))
    assert got.max() - got.min() == pytest.approx(0.1557)
    assert (got[9:17] == got.min()).all()
    assert sell_prices(general, axis("2026-03-04"))[0] == 0.18
    assert sell_prices(load_tariff("ningxia-general-2024"), axis("2026-03-04"))[0] == 0.2595


def test_the_hours_as_a_table(read):
    table = describe_hours(read(TARIFF))
    rows = table[(table["season"] == "summer") & (table["day"] == "working")]
    assert rows[["from", "to", "period"]].to_numpy().tolist() == [
        ["00:00", "10:00", "flat"],
        ["10:00", "16:00", "valley"],
        ["16:00", "17:00", "flat"],
        ["17:00", "22:30", "peak"],
        ["22:30", "24:00", "flat"],
    ]


BAD = [
    ('"16:00-17:00"', '"15:30-17:00"', "flat: 15:30-17:00: 15:30 is valley already. Take it out"),
    ('"10:00-16:00"', '"10:00-15:00"', "hours: 15:00-16:00 has no period. Add it to one of them."),
    ('"10:00-16:00"', '"10:00-10:00"', "'10:00-10:00' is empty. Write 00:00-24:00"),
    ('"10:00-16:00"', '"10:00-25:00"', "'10:00-25:00' is no span of hours. Write it as 08:00"),
    ('"10:00-16:00"', '"24:00-16:00"', "is no span of hours"),
    ('"10:00-16:00"', '"10:60-16:00"', "is no span of hours"),
    ('"10:00-16:00"', '"10:02-16:00"', "in steps of 5 minutes"),
    ('"10:00-16:00"', '"noon"', "'noon' is no span of hours"),
    ('["10:00-16:00"]', '"10:00-16:00"', "valley: not a list of texts"),
    ("[6, 7, 8]", "[6, 7, 13]", "months: 13 is no month. Write months as 1 to 12."),
    ("[6, 7, 8]", "[6, 7, true]", "True is no month"),
    ("[6, 7, 8]", "[]", "[] is no list of months"),
    ("[6, 7, 8]", "[5, 6, 7, 8]", "seasons: month 5 stands twice. Leave it in one of them."),
    ("[6, 7, 8]", "[6]", "seasons: no month 7, 8. Add it to one of them."),
    ('["weekend", "holiday"]', '["weekend"]', "days: no kind of day holiday. Add it"),
    ('["weekend", "holiday"]', '["weekend", "working", "holiday"]', "kind of day working stands"),
    ('["working"]', '["monday"]', "'monday' is no kind of day. Known are working, weekend"),
    ("peak = 1.0, ", "", "peak: a period without a price. Add peak to the season's prices."),
    ("peak = 1.0", 'peak = "dear"', "'dear' is not a number. Write a number without unit."),
    ("peak = 1.0", "peak = nan", "nan is not a number"),
    ("peak = 1.0", "peak = 450", "peak: 450 is outside -5 to 50 CNY/kWh. Write 0.45 for 0.45"),
    ("price = 0.25", "price = -6", "export.price: -6 is outside -5 to 50 CNY/kWh"),
    ("0.0, -0.05", "0.0, -50.0", "export.market: -50 is outside -5 to 50 CNY/kWh"),
    ("peak = 1.0", "top = 1.0", "prices.top: unknown key. Known are sharp, peak"),
    ('"mechanism"', '"fixed"', "export.share: not used by the rule fixed. Remove it"),
    ('"mechanism"', '"auction"', "unknown rule 'auction'. Known are fixed, mechanism, market."),
    ("share = 0.8", "share = 80", "share: 80 is not between 0 and 1. Write a fraction."),
    ("share = 0.8\n", "", "export.share: missing. Add 'share'."),
    ("[0.3, 0.3, 0.3, 0.3, 0.3,", "[0.3,", "market: 20 numbers, expected 24. Write 24 numbers."),
    ("Asia/Shanghai", "Beijing", "town.toml: zone: no such time zone. Write an IANA name"),
    ('"china"', '"mars"', "unknown calendar 'mars'"),
    ('sources = ["a notice"]', "", "sources: figures without source. Say where they were seen."),
    ('en = "Town"', 'en = ""', "title.en: '' is not a text. Write a text in quotes."),
    ("[export]", "[[export]]", "export: not a table. Write it as [export]."),
    ("[[seasons]]\nid = \"summer\"", "[seasons]\nid = \"summer\"", "not TOML"),
    ('id = "town"', 'id = "town"\ndemand = 30', "demand: unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BAD)
def test_a_bad_tariff_is_told_in_one_line(read, old, new, said):
    assert old in TARIFF
    with pytest.raises(InvalidConfig) as told:
        read(TARIFF.replace(old, new, 1))
    assert str(told.value).startswith("town.toml: ")
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_none(tmp_path, read):
    with pytest.raises(InvalidConfig, match="cannot be read"):
        load_tariff(tmp_path / "none.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes('title = "é"'.encode("latin-1"))
    with pytest.raises(InvalidConfig, match="not UTF-8"):
        load_tariff(str(latin))
    with pytest.raises(
        InvalidConfig, match=r"none of the tariffs of the library. Did you mean 'fl"
    ):
        load_tariff("flatt")
    with pytest.raises(InvalidConfig, match="seasons: not a list of tables"):
        read("seasons = 3\n" + TARIFF[: TARIFF.index("[[seasons]]")])


def test_days_of_a_year():
    china = load_calendar("china")
    kinds = {datetime.date(2025, 1, 1) + datetime.timedelta(n): kind
             for n, kind in enumerate(china.day_kinds(2025))}  # fmt: skip
    assert len(kinds) == 365
    assert kinds[datetime.date(2025, 1, 26)] == WORKING  # a Sunday worked
    assert kinds[datetime.date(2025, 1, 28)] == HOLIDAY
    assert kinds[datetime.date(2025, 1, 25)] == WEEKEND
    assert kinds[datetime.date(2025, 10, 8)] == HOLIDAY
    assert kinds[datetime.date(2025, 10, 9)] == WORKING
    assert [int((china.day_kinds(year) == HOLIDAY).sum()) for year in (2024, 2025, 2026)] == [
        1 + 8 + 3 + 5 + 1 + 3 + 7, 1 + 8 + 3 + 5 + 3 + 8, 3 + 9 + 3 + 5 + 3 + 3 + 7,
    ]  # fmt: skip
    assert china.unknown((2024, 2025, 2026, 2027)) == (2027,)
    assert HOLIDAY not in china.day_kinds(2027)
    assert load_calendar("weekends").unknown([2025]) == (2025,)
    assert len(china.sources) == 3


def test_worked_days_are_weekend_days_and_no_holidays():
    china = load_calendar("china")
    for year, days in china.worked.items():
        assert all(day.weekday() >= 5 for day in days), year
        assert not days & china.off[year]


def test_bad_calendars_zones_and_times():
    with pytest.raises(InvalidConfig, match=r"no such calendar. Known are weekends, china"):
        load_calendar("germany")
    naive = pd.date_range("2025-01-01", periods=2, freq="h")
    with pytest.raises(InvalidConfig, match=r"times without a time zone. Give them in UTC"):
        civil_axis(naive, 60.0, "Asia/Shanghai")
    with pytest.raises(InvalidConfig, match="no such time zone"):
        civil_axis(local("2025-01-01"), 60.0, "Nowhere/Town")
    assert np.bincount(month_of_day(2024))[2] == 29


def test_the_clock_of_the_place_counts():
    utc = pd.date_range("2025-07-02", periods=24, freq="h", tz="UTC")
    here = civil_axis(utc, 60.0, "Asia/Shanghai")
    assert (here.slot[0] // 12) % 24 == 8
    assert civil_axis(utc, 60.0, "America/New_York").slot[0] // 12 % 24 == 20
