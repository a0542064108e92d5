"""Tariffs by use class and by the list, from the settings to the money."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import pytest
from roofmaker import placed, rectangle

from roofpv import schema
from roofpv.assumptions import from_values
from roofpv.comparing.touches import of_assumption, of_given
from roofpv.energy import simulate_hourly
from roofpv.errors import InvalidConfig
from roofpv.finance import earning_again, stated_use, terms_of
from roofpv.finance.civil import load_calendar
from roofpv.finance.loadshape import load_shapes
from roofpv.finance.paying import load_assignment, paying
from roofpv.finance.reading import library_ids
from roofpv.finance.tariff import load_tariff, tariff_ids
from roofpv.finance.tariffrecord import examples
from roofpv.inventory.classes.tariffs import tariffs
from roofpv.layouts import layout_candidates
from roofpv.plan.candidates import settings
from roofpv.reopening import layouts
from roofpv.report.explain_money import money_lines, money_steps
from roofpv.results import Result, read_results, write_results
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

assess = importlib.import_module("roofpv.assessment").assess
SUMS = ["own_use_kwh", "export_kwh", "saved_cny", "sold_cny"]
MONEY = [*SUMS, "npv_cny", "irr", "payback_years", "self_use_fraction"]
USES = ("school", "government", "hospital", "residential", "commercial", "unknown")
WORDS = ("居民", "一般工商业", "ningxia-general-2024", None, "大工业", "nobody's")
COUNT = 120


def town(count: int = COUNT, words: tuple[str | None, ...] | None = WORDS) -> gpd.GeoDataFrame:
    """Roofs of many sizes, uses and loads; the words of the list go round."""
    rng = np.random.default_rng(9)
    table = pd.DataFrame(
        {
            "building_id": [f"b{row:03d}" for row in range(count)],
            "use": [USES[row % len(USES)] for row in range(count)],
            "roof_type": "flat",
            "district": [("Dawukou", "Pingluo", None)[row % 3] for row in range(count)],
            "annual_load_kwh": rng.uniform(2e3, 3e5, count),
        }
    )
    if words is not None:
        table["tariff"] = [words[row // len(USES) % len(words)] for row in range(count)]
    shapes = [
        placed(rectangle(length, 14.0), 39.0, 106.3 + 0.002 * row)
        for row, length in enumerate(rng.uniform(10.0, 60.0, count))
    ]
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def assessed(table: pd.DataFrame, **values: object) -> Result:
    named = {f"finance.{name}": value for name, value in values.items()}
    return assess(table, bundled_weather("dawukou"), rules=[],
                  assumptions=from_values(named, "test"))  # fmt: skip


@cache
def mixed() -> Result:
    """Settings and list together."""
    return assessed(town(), tariff="ningxia", tariff_hospital="flat")


def wanted(row: pd.Series) -> str:
    """Tariff of a building of ``mixed`` by hand."""
    own = {"school": "ningxia-residential", "residential": "ningxia-residential",
           "hospital": "flat"}.get(row["use"], "ningxia-general")  # fmt: skip
    said = {"residential": "ningxia-residential", "general": "ningxia-general"}
    stated = said.get(row["tariff"], row["tariff"])
    return stated if stated in tariff_ids() else own


def prices(hour: np.ndarray) -> dict[str, tuple[np.ndarray, float]]:
    """Bought and sold by the hour of the day, as the files say. [CNY/kWh]."""
    busy = np.select(
        [(hour >= 9) & (hour < 17), (hour < 7) | (hour == 23)], [0.37215, 0.45], 0.52785
    )
    whole = np.ones(hour.size)
    return {
        "flat": (0.45 * whole, 0.18),
        "ningxia-residential": (0.459 * whole, 0.18),
        "ningxia-general": (busy, 0.18),
        "ningxia-general-2024": (busy, 0.2595),
    }


def test_a_mixed_list_against_plain_pandas() -> None:
    result = mixed()
    assumed = from_values({}, "test")
    sky = sun_and_sky(result.weather, assumed.models.decomposition, assumed.site.wind_speed)
    ((_, hours),) = simulate_hourly(result.planes, sky, assumed)
    ac = hours["ac_kw"].to_pandas()
    ac = ac.groupby(result.planes["building_id"].to_numpy()).sum(min_count=1)
    local = ac.columns.tz_localize("UTC").tz_convert("Asia/Shanghai")
    each = prices(local.hour.to_numpy())
    year = pd.date_range("2026-01-01", "2026-12-31 23:00", freq="h")
    place = pd.Index(year.strftime("%m-%d %H")).get_indexer(local.strftime("%m-%d %H"))
    shapes = {
        use: shape.year(load_calendar("china"), 2026).reshape(-1, 12).sum(axis=1)[place]
        for use, shape in load_shapes().items()
    }
    found = result.buildings.set_index("building_id")
    assert found["tariff_id"].to_dict() == {name: wanted(row) for name, row in found.iterrows()}
    known = found[found["own_use_kwh"] > 0.0]
    assert len(known) == COUNT * 5 // 6
    assert set(known["tariff_id"]) == set(each)
    for name, row in known.iterrows():
        buy, sell = each[row["tariff_id"]]
        frame = pd.DataFrame({"ac": ac.loc[name].to_numpy(), "load": shapes[row["use"]]})
        own = frame["ac"].clip(upper=frame["load"] * row["load_kwh"])
        expected = [own.sum(), (frame["ac"] - own).sum(), (own * buy).sum(),
                    (frame["ac"] - own).sum() * sell]  # fmt: skip
        np.testing.assert_allclose(row[SUMS].to_numpy(float), expected, rtol=1e-9)


def test_order_parts_and_threads_change_no_bit() -> None:
    names = [*MONEY, "tariff_id"]
    expected = mixed().buildings.set_index("building_id")[names]
    settings_of = {"tariff": "ningxia", "tariff_hospital": "flat"}
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        turned = assessed(town().sample(frac=1.0, random_state=4), **settings_of)
    finally:
        numba.set_num_threads(threads)
    # Of the parts neither has all the tariffs that the whole has.
    parts = [assessed(town()[rows], **settings_of) for rows in (slice(0, 31), slice(31, None))]
    for results in ([turned], parts):
        table = pd.concat([pd.DataFrame(one.buildings) for one in results])
        table = table.set_index("building_id")[names].loc[expected.index]
        pd.testing.assert_frame_equal(table, expected, check_exact=True)


@pytest.mark.parametrize("name", ["flat", "ningxia-general"])
def test_one_tariff_for_every_use_is_the_single_tariff(name: str) -> None:
    table = town(24, words=None)
    single = assessed(table, tariff=name)
    other = "flat" if name != "flat" else "ningxia-general"
    uses = {f"tariff_{use}": name for use in schema.USES if use != "unknown"}
    by_use = assessed(table[table["use"] != "unknown"], tariff=other, **uses)
    listed = assessed(table.assign(tariff=name), tariff=other)
    for result in (by_use, listed):
        found = result.buildings.set_index("building_id")[[*MONEY, "tariff_id"]]
        expected = single.buildings.set_index("building_id")[[*MONEY, "tariff_id"]]
        pd.testing.assert_frame_equal(found, expected.loc[found.index], check_exact=True)
        assert [one["id"] for one in result.run["money"]["tariffs"]] == [name]
        assert result.run["money"]["tariff"]["id"] == other


def test_the_record_tells_who_pays_by_which() -> None:
    told, table = mixed().run["money"], mixed().buildings
    assert told["tariff"]["id"] == "ningxia-general"
    assert told["tariff_assignment"]["id"] == "ningxia"
    assert told["tariff_assignment"]["sources"]
    assert told["tariffs_not_taken"] == {
        "buildings": 36, "examples": ["large_industrial", "nobody's"],
    }  # fmt: skip
    assert sum(one["buildings"] for one in told["tariffs"]) == COUNT
    for one in told["tariffs"]:
        mine = table[table["tariff_id"] == one["id"]]
        assert one["uses"] == mine["use"].value_counts().sort_index().to_dict()
        assert one["roofs_with_own_use"] == mine["own_use_kwh"].notna().sum()
        assert one["saved_cny"] == pytest.approx(mine["saved_cny"].sum(), rel=1e-12)
        assert one["hours"]
        assert one["sources"]
    by_list = {one["id"]: one["buildings_by_list"] for one in told["tariffs"]}
    assert by_list == {
        "ningxia-general": 24, "ningxia-residential": 24, "flat": 0, "ningxia-general-2024": 18,
    }  # fmt: skip
    warned = " ".join(mixed().run["warnings"])
    assert "tariffs of 36 buildings are not to be had ('large_industrial', \"nobody's\")" in warned
    assert "18 rows, tariff: neither a tariff that comes with roofpv nor a class" in warned
    values = {one["key"]: one["value"] for one in mixed().run["assumptions"]}
    assert values["finance.tariff_school"] == "ningxia-residential"
    assert values["finance.tariff_hospital"] == "flat"
    assert values["finance.tariff_government"] is None


def test_places_tell_the_roofs_of_each_tariff() -> None:
    city, *districts = mixed().run["money"]["places"]
    table = mixed().buildings
    known = table[table["own_use_kwh"].notna()]
    assert city["tariffs"] == known["tariff_id"].value_counts().sort_index().to_dict()
    for one in districts:
        mine = known[known["district"] == one["district"]]
        assert one["tariffs"] == mine["tariff_id"].value_counts().sort_index().to_dict()
        assert sum(one["tariffs"].values()) == one["roofs_with_own_use"]


def test_the_screen_tells_each_tariff_and_why() -> None:
    result = mixed()
    assert "(tariffs ningxia-general of " in money_lines(result.buildings, result.run)[0]
    rows = {
        row["building_id"]: money_steps(row, result.run) for _, row in result.buildings.iterrows()
    }
    said = {name: " ".join(lines) for name, lines in rows.items()}
    # b018 to b023 say nothing, b000 to b005 and b006 to b011 a class, b030 to b035 a strange word.
    assert "tariff ningxia-residential (by the use school)" in said["b018"]
    assert "tariff flat (by the use hospital)" in said["b020"]
    assert "in the first year, tariff ningxia-general cost: " in said["b019"]
    assert "tariff ningxia-residential (by the list: residential)" in said["b001"]
    assert "tariff ningxia-general (by the list: general)" in said["b006"]
    assert "tariff flat (by the use hospital)" in said["b032"]
    assert "tariffs by use ningxia: schools as homes" in said["b000"]
    # A result of before has one tariff and no column.
    older = dict(result.run, money={
        key: value for key, value in result.run["money"].items() if not key.startswith("tariffs")
    } | {"tariff_assignment": None})  # fmt: skip
    row = result.buildings.drop(columns="tariff_id").iloc[18]
    assert any("tariff ningxia-general" in line for line in money_steps(row, older))
    assert "(tariff ningxia-general)" in money_lines(result.buildings, older)[0]


def test_a_plan_values_what_is_not_known_by_the_lowest_export() -> None:
    assert settings(mixed())["finance.export_cny_per_kwh"] == pytest.approx(0.18)
    table = town(6, words=None)
    dear = assessed(table, tariff="ningxia-general-2024")
    assert settings(dear)["finance.export_cny_per_kwh"] == pytest.approx(0.2595)
    some = assessed(table, tariff="ningxia-general-2024", tariff_school="ningxia-residential")
    assert settings(some)["finance.export_cny_per_kwh"] == pytest.approx(0.18)


def test_a_layout_by_value_goes_by_the_buildings_own_tariff(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roofpv.roofs.options.COMPARED_TILTS", (15.0, 35.0))
        values = from_values({"finance.tariff": "ningxia", "layout.design": "npv"}, "test")
        table = town(6, words=("ningxia-general-2024",))
        result = assess(table, bundled_weather("dawukou"), rules=[], assumptions=values)
        again = read_results(write_results(result, tmp_path / "out"))
        known = result.buildings[result.buildings["own_use_kwh"].notna()]
        for row in known.itertuples():
            each = layouts(again, row.building_id).set_index("layout")["npv_cny"]
            assert each[row.layout] == pytest.approx(row.npv_cny, rel=1e-9)
            assert each.max() == each[row.layout]
        assert again.buildings["tariff_id"].tolist() == ["ningxia-general-2024"] * 6
        assert len(layout_candidates(again, ["b000"]))


def test_a_stated_share_takes_the_price_of_each_building() -> None:
    values = {"tariff": "flat", "tariff_school": "ningxia-residential", "self_use_fraction": 0.5}
    table = assessed(town(6, words=None), **values).buildings
    price = np.where(table["use"] == "school", 0.459, 0.45)
    np.testing.assert_allclose(table["saved_cny"], 0.5 * table["ac_kwh"] * price, rtol=1e-12)
    named = {f"finance.{name}": value for name, value in values.items()} | {"layout.design": "npv"}
    chosen = assess(town(6, words=None), bundled_weather("dawukou"), rules=[],
                    assumptions=from_values(named, "test"))  # fmt: skip
    for row in chosen.buildings.itertuples():
        each = layouts(chosen, row.building_id).set_index("layout")["npv_cny"]
        assert each[row.layout] == pytest.approx(row.npv_cny, rel=1e-9)
    # Without the buildings nobody knows which of the prices it is.
    terms = terms_of(from_values({f"finance.{k}": v for k, v in values.items()}, "test"))
    assert terms.flat_prices is None
    assert stated_use(np.ones(1), np.ones(1), terms)["saved_cny"].isna().all()


def test_a_class_is_of_the_settings_before_the_library() -> None:
    buildings = pd.DataFrame(
        {"building_id": list("abcd"), "use": ["school", "government", "school", "government"],
         "tariff": ["general", "general", "residential", np.nan]}
    )  # fmt: skip
    found = {
        name: paying(buildings, terms_of(from_values({"finance.tariff": name}, "test")).tariffs)
        for name in ("flat", "ningxia-general-2024", "ningxia")
    }
    first, second = "ningxia-general", "ningxia-general-2024"
    home = "ningxia-residential"
    assert found["flat"].ids.tolist() == [first, first, home, "flat"]
    assert found["ningxia-general-2024"].ids.tolist() == [second, second, home, second]
    assert found["ningxia"].ids.tolist() == [first, first, home, first]
    assert found["ningxia"].by_list.tolist() == [True, True, True, False]
    bare = paying(buildings.drop(columns="tariff"), terms_of(from_values({}, "test")).tariffs)
    assert bare.ids.tolist() == ["flat"] * 4
    empty = paying(buildings.iloc[:0], terms_of(from_values({}, "test")).tariffs)
    assert (empty.ids.size, empty.not_taken) == (0, {})


def own_file(folder: Path, name: str, zone: str = "Asia/Shanghai", more: str = "") -> Path:
    """A tariff of one's own."""
    path = folder / f"{name}.toml"
    path.write_text(
        f'id = "{name}"\nzone = "{zone}"\ncalendar = "weekends"\nsources = ["a bill"]\n{more}'
        '[title]\nen = "Own"\nzh = "自定"\n[export]\nrule = "fixed"\nprice = 0.3\n'
        '[[seasons]]\nid = "year"\nmonths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\n'
        "prices = { flat = 0.6 }\n"
        'days = [{ kinds = ["working", "weekend", "holiday"], '
        'hours = { flat = ["00:00-24:00"] } }]\n',
        encoding="utf-8",
    )
    return path


def test_a_list_may_name_a_tariff_of_ones_own_and_its_class(tmp_path: Path) -> None:
    mine = own_file(tmp_path, "mine", more='category = "large_industrial"\n')
    table = town(6, words=None).assign(tariff=["mine", "大工业", "两部制", None, None, None])
    result = assessed(table, tariff="ningxia", tariff_industrial=str(mine))
    found = result.buildings["tariff_id"].tolist()
    assert found[:3] == ["mine"] * 3
    assert "mine" not in found[3:]
    money = result.run["money"]
    assert money["tariffs_not_taken"] == {"buildings": 0, "examples": []}
    # Calendars may differ: the loads keep that of the default.
    assert money["calendar"]["id"] == "china"
    roles = {one["role"]: one["name"] for one in result.run["inputs"] if "role" in one}
    assert roles == {"tariff of industrial": "mine.toml"}
    used = result.buildings.iloc[0]
    assert used["saved_cny"] == pytest.approx(0.6 * used["own_use_kwh"], rel=1e-12)
    assert used["sold_cny"] == pytest.approx(0.3 * used["export_kwh"], rel=1e-12)


def test_a_class_in_another_civil_time_is_not_taken(tmp_path: Path) -> None:
    far = own_file(tmp_path, "far", zone="Asia/Tokyo")
    table = town(2, words=("居民",))
    result = assessed(table, tariff=str(far))
    assert result.buildings["tariff_id"].tolist() == ["far", "far"]
    assert result.run["money"]["tariffs_not_taken"]["examples"] == ["residential"]


def test_the_flat_prices_may_be_set_for_some_uses() -> None:
    values = {"tariff": "ningxia-general", "tariff_school": "flat", "retail_cny_per_kwh": 0.7}
    table = assessed(town(6, words=None), **values).buildings.iloc[0]
    assert table["saved_cny"] == pytest.approx(0.7 * table["own_use_kwh"], rel=1e-12)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tariff_scool": "flat"}, "Did you mean finance.tariff_school"),
        ({"tariff_school": "ningxia-residentail"}, "Did you mean 'ningxia-residential'"),
        ({"tariff_school": "ningxia"}, "none of the tariffs"),
        ({"tariff_school": 7}, "is no name"),
        ({"tariff_school": "no/such.toml"}, "cannot be read"),
        ({"tariff": "ningxia", "retail_cny_per_kwh": 0.5}, "ningxia-general has its own prices"),
        ({"tariff_school": "ningxia-general", "self_use_fraction": 0.5},
         "the tariff ningxia-general has several prices"),
    ],
)  # fmt: skip
def test_settings_that_are_none_are_one_line(values: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidConfig) as refused:
        terms_of(from_values({f"finance.{name}": value for name, value in values.items()}, "test"))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_tariffs_of_several_zones_or_of_one_id_are_refused(tmp_path: Path) -> None:
    far = own_file(tmp_path, "far", zone="Asia/Tokyo")
    with pytest.raises(InvalidConfig, match=r"tariff_school, tariff far: it goes by Asia/Tokyo"):
        terms_of(from_values({"finance.tariff_school": str(far)}, "test"))
    copy = own_file(tmp_path, "flat")
    with pytest.raises(InvalidConfig, match=r"finance\.tariff has this id in another"):
        terms_of(from_values({"finance.tariff_school": str(copy)}, "test"))


def test_a_share_beside_hours_that_the_list_names_is_refused() -> None:
    table = town(2, words=("一般工商业",))
    with pytest.raises(InvalidConfig, match="the tariff ningxia-general has several prices"):
        assessed(table, self_use_fraction=0.5)
    values = from_values({"finance.self_use_fraction": 0.5}, "test")
    again = table.assign(tariff="general", load_kwh=1e4, load_is_estimate=False)
    with pytest.raises(InvalidConfig, match="has several prices"):
        earning_again(again, sun_and_sky(bundled_weather("dawukou")), values)


@pytest.mark.parametrize("name", library_ids("assignments"))
def test_every_assignment_names_tariffs_that_there_are(name: str) -> None:
    assignment = load_assignment(name)
    assert assignment.id == name
    assert name not in tariff_ids()
    assert {assignment.default, *assignment.by_use.values()} <= set(tariff_ids())
    assert all(assignment.title.values())


def test_no_such_assignment_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="none of the assignments"):
        load_assignment("ningsia")


def test_the_dictionary_knows_the_tariffs_and_settings_name_every_use() -> None:
    assert tariff_ids() == schema.TARIFFS
    assert {load_tariff(name).category for name in tariff_ids()} - {None} <= {
        *schema.TARIFF_CATEGORIES
    }
    for use in schema.USES:
        if use != "unknown":
            from_values({f"finance.tariff_{use}": "flat"}, "test")


@pytest.mark.parametrize(
    ("word", "taken"),
    [
        ("居民", "residential"), ("居民生活用电", "residential"), ("执行居民电价", "residential"),
        ("学校教学和学生生活用电", "residential"), ("合表居民用电", "residential"),
        ("一般工商业及其他用电", "general"), ("工商业（单一制）", "general"),
        ("一 般 工 商 業", "general"), ("General", "general"), ("非居民照明用电", "general"),
        ("大工业用电", "large_industrial"), ("工商业用电(两部制)", "large_industrial"),
        ("ningxia_general", "ningxia-general"), ("Flat", "flat"), ("无", None), ("  ", None),
        (None, None),
    ],
)  # fmt: skip
def test_words_of_bills_are_classes(word: str | None, taken: str | None) -> None:
    found, findings = tariffs(pd.Series([word], dtype=object))
    assert found.tolist() == [taken]
    assert not findings


def test_other_words_stay_and_are_told() -> None:
    words = ["农业生产", "=cmd|x", 0.5, "居民", "农业生产", ["list"]]
    found, (told,) = tariffs(pd.Series(words, dtype=object))
    assert found.tolist() == ["农业生产", "=cmd|x", "0.5", "residential", "农业生产", "['list']"]
    assert (told.code, told.at.tolist()) == ("TARIFF_NOT_UNDERSTOOD", [0, 1, 2, 4, 5])
    assert all(told.reason(language) and told.mend(language) for language in ("en", "zh"))


def test_examples_are_few_and_short() -> None:
    assert examples(["x" * 99, *"abcdefg"]) == ["x" * 60, *"abcd"]


def test_a_comparison_knows_what_a_tariff_can_change() -> None:
    assert {"tariff_id", "npv_cny"} <= of_given("tariff")
    assert "kwp" not in of_given("tariff")
    assert "tariff_id" in of_assumption("finance.tariff_school", by_light=False)
