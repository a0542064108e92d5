"""The story of a report: its numbers, words and names, in both languages."""

from __future__ import annotations

import ast
import dataclasses
import math
import re
import string
from fractions import Fraction
from pathlib import Path

import citymaker
import pandas as pd
import pytest
from storyread import grid, lines, of_run, section, with_targets, words

from roofpv.catalogue import LANGUAGES, has_text, texts
from roofpv.report.charts import charts
from roofpv.report.city import (
    CHARTS,
    City,
    figure_of,
    large_figure,
    recorded,
    shown_figure,
    shown_share,
    shown_threshold,
    story,
)
from roofpv.report.city.chapters import CHAPTERS
from roofpv.report.document import Grid, Heading, Picture, html_of

ROOMS = [Path(citymaker.roofpv.__file__).parent / part for part in ("report/city", "reporting")]


@pytest.fixture(scope="module")
def city():
    return citymaker.city()


@pytest.fixture(scope="module", params=LANGUAGES)
def told(request, city):
    return story(city, request.param)


# Chapters


def test_every_chapter_is_told_under_its_own_key(told):
    assert [one.key for one in told.sections] == list(CHAPTERS)
    assert all(one.title and one.blocks for one in told.sections)


def test_charts_stand_in_their_chapters_and_a_missing_one_is_left_out(city):
    drawn = {"supply": "<svg>s</svg>", "map": "<svg>m</svg>", "other": "<svg>o</svg>"}
    told = story(city, "en", drawn)
    found = {
        (one.key, block.name): block
        for one in told.sections
        for block in one.blocks
        if isinstance(block, Picture)
    }
    assert set(found) == {("supply", "supply"), ("places", "map")}
    assert found["supply", "supply"].svg == "<svg>s</svg>"
    assert all(block.caption for block in found.values())
    assert set(CHARTS.values()) <= set(CHAPTERS)


def test_the_chart_of_each_plan_stands_with_it(city):
    twice = dataclasses.replace(city, plans=(*city.plans[:1], *city.plans[:1]))
    told = story(twice, "en", {"plan": "<svg>1</svg>", "plan-2": "<svg>2</svg>"})
    kinds = [b for b in section(told, "plan").blocks if isinstance(b, Heading | Picture)]
    assert [getattr(b, "name", "") for b in kinds] == ["", "plan", "", "plan-2"]


def test_the_story_is_the_same_every_time(city):
    assert html_of(story(city, "zh")) == html_of(story(city, "zh"))


# Numbers


def read(cell):
    return Fraction(cell.replace(",", "").rstrip("%"))


def rounded(value, digits):
    scale = 10**digits
    return Fraction(math.floor(Fraction(value) * scale + Fraction(1, 2)), scale)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("districts_roof", {3: "gross_roof_area_m2", 4: "installable_area_m2"}),
        ("districts_fit", {1: "module_count", 2: "kwp", 3: "ac_kwh"}),
        ("districts_cover", {1: "module_area_m2", 3: "array_field_area_m2"}),
    ],
    ids=["roof", "fit", "cover"],
)
def test_totals_are_those_of_the_parquet_file(told, name, columns):
    table = pd.read_parquet(citymaker.folder() / "buildings.parquet")
    table = table[table["status"] == "assessed"]
    rows = grid(told, "places", name).rows
    assert len(rows) == table["district"].nunique() + 1
    for row in rows:
        mine = table[table["district"] == row[0]] if row is not rows[-1] else table
        for place, column in columns.items():
            digits = figure_of(column).digits
            assert read(row[place]) == rounded(math.fsum(mine[column]), digits)


def test_money_sums_are_those_of_the_parquet_file(told):
    table = pd.read_parquet(citymaker.folder() / "buildings.parquet")
    table = table[table["status"] == "assessed"]
    shown = [row[1] for row in grid(told, "money", "money_sums").rows]
    for said, column in zip(shown[:2], ("capex_cny", "npv_cny"), strict=True):
        assert read(said.split()[0]) == rounded(math.fsum(table[column].dropna()), 0)


def test_both_languages_print_the_same_digits(city):
    en, zh = (story(city, language) for language in LANGUAGES)
    for one, other in zip(en.sections, zh.sections, strict=True):
        for mine, theirs in zip(one.blocks, other.blocks, strict=True):
            if isinstance(mine, Grid):
                assert mine.name == theirs.name
                assert mine.numbers == theirs.numbers
                for a, b in zip(mine.rows, theirs.rows, strict=True):
                    for place in mine.numbers:
                        start = r"[-–]?[0-9,.]*"
                        assert re.match(start, a[place])[0] == re.match(start, b[place])[0]


def test_no_number_is_told_as_nan(told):
    said = " ".join(words(told))
    assert not re.search(r"\b(nan|NaN|inf|NaT)\b|\bNone\b(?!\.)", said)
    assert "$" not in said


@pytest.mark.parametrize(
    ("value", "threshold", "said"),
    [
        (0.25, 0.5, "25.0%"),
        (0.14996, 0.15, "14.996%"),
        (0.15, 0.15, "15.0%"),
        (0.4999999999999, 0.5, "50.000000000%"),
        (None, 0.5, "–"),
        (math.nan, None, "–"),
        (0.1496, None, "15.0%"),
    ],
)
def test_a_share_is_printed_on_its_side_of_the_threshold(value, threshold, said):
    assert shown_share(value, threshold) == said


def test_a_threshold_is_printed_as_it_is_written():
    assert [shown_threshold(value) for value in (0.5, 0.125, 1.0)] == ["50%", "12.5%", "100%"]


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (1024860.0, "en", "1,024,860 CNY (1.02 million CNY)"),
        (1024860.0, "zh", "1,024,860 元（102.49 万元）"),
        (-2.5e8, "zh", "-250,000,000 元（-2.50 亿元）"),
        (2.5e9, "en", "2,500,000,000 CNY (2.50 billion CNY)"),
        (999.5, "en", "1,000 CNY"),
        (999.5, "zh", "1,000 元"),
        (None, "zh", "–"),
    ],
)
def test_a_large_sum_is_told_in_words_too(value, language, said):
    assert large_figure(value, figure_of("capex_cny"), language) == said


def test_units_are_those_of_the_language():
    lcoe = figure_of("lcoe_cny_per_kwh")
    assert shown_figure(0.2, lcoe) == "0.2000 CNY/kWh"
    assert shown_figure(0.2, lcoe, language="zh") == "0.2000 元/kWh"
    assert shown_figure(7.56, figure_of("payback_years"), language="zh") == "7.6 年"
    assert shown_figure(7.0, figure_of("avoided_kgco2"), language="zh") == "7 kg CO₂"
    assert large_figure(2e4, figure_of("ac_kwh"), "zh") == "20,000 kWh（2.00 万 kWh）"


# The answer


def test_the_answer_names_what_is_synthetic_first(city):
    assert "weather" in lines(story(city, "en"), "answer")[0]
    real = of_run(city, synthetic=[])
    assert "ynthetic" not in " ".join(lines(story(real, "en"), "answer"))
    assert not any("SYNTHETIC" in line for line in story(real, "en").head)


def test_the_answer_gives_now_potential_chance_and_what_closes_the_gap(city):
    said = lines(story(city, "en"), "answer")
    for entry in city.result.targets:
        if entry["default"] and entry["district"] is None:
            share = shown_share(entry["value"], entry["threshold"])
            assert any(share in line for line in said)
    assert any(line.startswith("Chance that it is met now") for line in said)
    assert city.plans
    for made in city.plans:
        assert any(shown_figure(made["capex_cny"], figure_of("capex_cny")) in line for line in said)


@pytest.mark.parametrize(("strength", "free"), [("strive", True), ("encourage", True),
                                                ("shall", False), ("reach", False)])  # fmt: skip
def test_only_what_is_asked_for_is_told_as_such(city, strength, free):
    told = story(with_targets(city, strength=strength), "en")
    said = " ".join(lines(told, "answer"))
    assert ("no obligation" in said) is free
    assert ("nobody is obliged" in said) is free
    assert ("an obligation." in said.replace("no obligation", "")) is (strength == "shall")


def test_targets_of_several_rules_are_told_apart(city):
    entries = [*city.result.targets, *(e | {"rule": "other"} for e in city.result.targets)]
    two = dataclasses.replace(city, result=dataclasses.replace(city.result, targets=entries))
    headings = [b.text for b in section(story(two, "en"), "answer").blocks
                if isinstance(b, Heading)]  # fmt: skip
    assert len(set(headings)) == len(headings)
    assert "Target other/A" in headings


def test_a_target_without_threshold_or_subject_is_told(city):
    nothing = with_targets(city, threshold=None, value=None, met=None, numerator=None)
    said = " ".join(lines(story(nothing, "en"), "answer"))
    assert "nothing is asked for yet" in said
    assert "Nothing counts here" in said
    assert "their use is not known" not in said
    counts = {**city.result.targets[0]["counts"], "unknown_use": 3}
    said = " ".join(lines(story(with_targets(nothing, counts=counts), "en"), "answer"))
    assert "Left out, for their use is not known: 3." in said


def test_a_target_out_of_reach_says_what_is_lacking(city):
    made = dict(city.plans[0]) | {"reached": False, "misses": 3.0, "already_met": False}
    missed = dataclasses.replace(city, plans=(made,))
    assert "are lacking" in " ".join(lines(story(missed, "en"), "answer"))
    assert "too few" in " ".join(lines(story(missed, "en"), "plan"))
    done = dataclasses.replace(city, plans=(made | {"already_met": True},))
    assert "No further roof is needed." in lines(story(done, "en"), "answer")


def test_each_target_has_threshold_lack_and_cost_in_its_first_line(city):
    said = [line for line in lines(story(city, "en"), "answer") if "asked for:" in line]
    assert ["50% (strive" in said[0], "15% (reach)" in said[1], len(said)] == [True, True, 2]
    assert "Lacking: " in said[0]
    assert "Lacking: " not in said[1]
    first = lines(story(city, "en"), "answer")
    assert first.index(said[1]) < min(n for n, one in enumerate(first) if "can carry PV" in one)
    assert shown_figure(city.plans[0]["capex_cny"], figure_of("capex_cny")) in said[0]


def test_what_buildings_lack_is_whole_and_of_levels_that_add_up(city):
    counted = with_targets(
        city, met=False, numerator=5.0, denominator=55.0, value=5 / 55, unit="buildings",
        threshold=0.15,
    )  # fmt: skip
    assert "Lacking: 4 buildings." in " ".join(lines(story(counted, "en"), "answer"))
    for change in ({"level": "building"}, {"numerator": 9.0}, {"met": True}, {"met": None}):
        told = story(with_targets(counted, **change), "en")
        assert "Lacking" not in " ".join(lines(told, "answer"))


def test_a_first_line_says_what_cannot_be_reached(city):
    made = dict(city.plans[0]) | {"reached": False, "misses": 3.0, "already_met": False}
    missed = dataclasses.replace(city, plans=(made,))
    assert "it cannot be reached: " in " ".join(lines(story(missed, "en"), "answer"))
    done = dataclasses.replace(city, plans=(made | {"already_met": True},))
    assert "more roofs, for" not in " ".join(lines(story(done, "en"), "answer"))


def test_a_plan_of_a_district_closes_no_gap_of_the_city(city):
    there = dict(city.plans[0]) | {"district": "平罗县"}
    told = story(dataclasses.replace(city, plans=(there,)), "en")
    assert "would close the gap" not in " ".join(lines(told, "answer"))
    assert any(line.startswith("Asked for in 平罗县 alone") for line in lines(told, "plan"))


def test_roofs_of_the_answer_are_not_told_again(city):
    roof = city.plans[0]["roofs"][0]
    many = dict(city.plans[0]) | {"roofs": [roof | {"building_id": f"R{n}"} for n in range(40)]}
    told = story(dataclasses.replace(city, plans=(many,)), "en")
    shown = grid(told, "plan", "plan_1_roofs").rows
    assert [row[0] for row in shown] == [f"R{n}" for n in range(10, 30)]
    assert any("11 to 30 of 40; those before" in line for line in lines(told, "plan"))


def test_a_plan_by_district_tells_each(city):
    there = [{"district": "平罗县", "now": {"value": 0.1}, "value_after": 0.6, "count": 2,
              "capex_cny": 5.0, "reached": True}]  # fmt: skip
    each = dict(city.plans[0]) | {
        "districts": there,
        "cannot_count": 1,
        "cannot_ids": ["A"],
        "misses": None,
    }
    told = story(dataclasses.replace(city, plans=(each,)), "en")
    assert grid(told, "plan", "plan_1_districts").rows == (
        ("平罗县", "10.0%", "60.0%", "2", "5 CNY"),
    )
    assert any("in 1 of 1 districts" in line for line in lines(told, "answer"))
    assert any("in 1 of 1 districts" in line for line in lines(told, "plan"))
    assert any(line.startswith("1 buildings cannot reach it") for line in lines(told, "plan"))


def test_a_plan_tells_whose_layouts_its_roofs_take(city):
    kept = story(city, "en")
    said = [line for line in lines(kept, "plan") if line.startswith("Each roof keeps its layout")]
    assert len(said) == len(city.plans)
    anew = dict(city.plans[0]) | {"layouts": {"counts": {}, "changed": 1}, "count": 2}
    told = lines(story(dataclasses.replace(city, plans=(anew,)), "en"), "plan")
    assert any("1 of 2 take another than that of this result" in line for line in told)
    assert not any("keeps its layout" in line for line in told)


def test_a_limit_below_every_roof_is_told(city):
    made = dict(city.plans[0]) | {
        "candidates": 0, "binding": ["kwp 2026"], "reached": False, "already_met": False,
    }  # fmt: skip
    told = lines(story(dataclasses.replace(city, plans=(made,)), "en"), "plan")
    assert "No roof fits: each exceeds a limit by itself (kwp 2026)." in told


def test_notes_on_the_plans_are_told_in_the_language(city):
    noted = dataclasses.replace(city, plans=(), notes=({"en": "one", "zh": "一"},))
    assert lines(story(noted, "en"), "plan")[1:] == ["one"]
    assert lines(story(noted, "zh"), "plan")[1:] == ["一"]


def test_a_city_without_a_building_says_so(tmp_path):
    empty = citymaker.city(citymaker.NOTHING)
    for language in LANGUAGES:
        told = story(empty, language)
        assert [one.key for one in told.sections] == [
            "answer", "limits", "left_out", "assumptions", "appendix",
        ]  # fmt: skip
    assert "No building was assessed" in " ".join(lines(story(empty, "en"), "answer"))
    assert "chapter on uncertainty" not in " ".join(words(story(empty, "en")))
    assert not charts(empty, "en")


# Readings, roofs, money


def test_every_reading_stands_in_its_table_with_its_flips(city, told):
    for target in {entry["target"] for entry in city.result.targets}:
        for state in ("now", "potential"):
            shown = grid(told, "readings", f"readings_shizuishan-2025_{target}_{state}").rows
            mine = [
                e
                for e in city.result.targets
                if (e["target"], e["state"], e["district"]) == (target, state, None)
            ]
            assert len(shown) == len(mine)
            for row, entry in zip(shown, mine, strict=True):
                assert row[0].endswith("*") is entry["default"]
                assert row[-1].endswith("!") is bool(entry["flips"])


def test_layouts_and_years_are_told_where_they_are_known(city):
    design = {"layouts": {"flush": 1, "south_racks_15": 3, "new": 3}, "numerator": "N1",
              "buildings_reaching": 2, "buildings": 4, "coverage_target": 0.5, "lost_kwh": None,
              "objective": "coverage"}  # fmt: skip
    years = [{"year": 2019, "ac_kwh": 5.0}, {"year": 2020, "ac_kwh": None}]
    told = story(of_run(city, design=design, energy_by_year=years), "en")
    assert grid(told, "places", "layouts").rows == (
        ("new", "3"), ("racks to the equator, 15°", "3"), ("flush on the slope", "1"),
    )  # fmt: skip
    assert any("2 of 4 roofs reach 50%" in line for line in lines(told, "places"))
    assert grid(told, "places", "years").rows == (("2019", "5 kWh"), ("2020", "–"))
    bare = story(of_run(city, design={}), "en")
    assert all(getattr(b, "name", "") not in {"layouts", "years"}
               for b in section(bare, "places").blocks)  # fmt: skip


def test_money_says_of_how_many_roofs_it_is_known(city):
    table = city.result.buildings.copy()
    table.loc[table["building_id"] == "A", ["own_use_kwh", "npv_cny", "payback_years"]] = math.nan
    lost = dataclasses.replace(city, result=dataclasses.replace(city.result, buildings=table))
    rows = {row[0]: row for row in grid(story(lost, "en"), "money", "money_sums").rows}
    count = len(lost.roofs)
    assert rows["net present value"][2] == f"{count - 1} / {count}"
    assert rows["investment"][2] == f"{count} / {count}"
    assert any("is not zero" in line for line in lines(story(lost, "en"), "money"))


def test_the_tariff_of_many_hours_says_its_prices(city):
    hours = [
        {"season": "summer", "day": day, "from": "00:00", "to": "08:00", "period": "valley",
         "price_cny_per_kwh": 0.25}
        for day in ("working", "weekend")
    ]  # fmt: skip
    export = {"rule": "market", "price": 0.2, "share": 0.5, "market": [0.1] * 24}
    tariff = city.result.run["money"]["tariff"] | {"hours": hours, "export": export}
    money = city.result.run["money"] | {"tariff": tariff, "tariffs": [tariff]}
    told = story(of_run(city, money=money), "zh")
    assert grid(told, "money", "tariff").rows == (
        ("夏季", "工作日、周末", "00:00–08:00", "谷段", "0.2500 元/kWh"),
    )
    assert any("市场价格" in line for line in lines(told, "money"))


# What was left out, limits, assumptions


def test_counts_close_and_reasons_add_up(city, told):
    counts = city.result.run["counts"]
    row = [int(cell) for cell in grid(told, "left_out", "counts").rows[0][1:]]
    assert row[0] == row[1] + row[2] + row[3] == counts["in"]
    excluded = grid(told, "left_out", "excluded")
    assert excluded.total
    assert int(excluded.rows[-1][-1]) == counts["excluded"] == 1
    assert sum(int(one[-1]) for one in excluded.rows[:-1]) == counts["excluded"]


def test_rows_that_were_lost_are_counted_by_reason():
    told = story(citymaker.city(citymaker.NOTHING), "zh")
    lost = grid(told, "left_out", "quarantined")
    assert int(lost.rows[-1][-1]) == 1
    assert re.search(r"[\u4e00-\u9fff]", lost.rows[0][1])


def test_changed_assumptions_come_first(city):
    before = city.result.run["assumptions"]
    changed = [one | {"default": one["key"] != "losses.snow"} for one in before]
    told = story(of_run(city, assumptions=changed), "en")
    assert [row[0] for row in grid(told, "assumptions", "changed").rows] == ["losses.snow"]
    assert len(grid(told, "appendix", "assumptions").rows) == len(before)


def test_the_waterfall_and_its_absence_are_told(city):
    assert "assess again" in lines(story(city, "en"), "losses")[0]
    steps = pd.DataFrame({
        "level": "city", "name": "", "step": ["sun", "rows", "inverter"],
        "kwh": [100.0, 100.0, 80.0], "factor": [1.0, 1.0, 0.8],
    })  # fmt: skip
    there = dataclasses.replace(city, waterfall=steps)
    rows = grid(story(there, "en"), "losses", "losses").rows
    assert rows == (
        ("sun on level ground x kWp", "", "100 kWh"),
        ("inverter", "-20.00%", "80 kWh"),
        ("= at the meter", "80.00%", "80 kWh"),
    )
    nothing = dataclasses.replace(city, waterfall=steps.iloc[:0])
    assert lines(story(nothing, "en"), "losses") == ["No array has a complete year."]


def test_a_weather_without_error_has_no_levels(city):
    told = dict(city.result.run["uncertainty"]) | {"totals": []}
    bare = dataclasses.replace(of_run(city, uncertainty=told), certainty=None)
    assert len(section(story(bare, "en"), "uncertainty").blocks) == 1


def test_a_supply_curve_without_roofs_says_so(city):
    bare = dataclasses.replace(city, supply=city.supply.iloc[:0])
    assert lines(story(bare, "en"), "supply") == ["No roof has a levelised cost."]


# Words


def story_keys():
    return sorted(key for key in texts() if key.startswith("story."))


def test_every_text_is_there_in_both_languages_with_the_same_words():
    assert len(story_keys()) > 200
    for key in story_keys():
        both = texts()[key]
        assert set(both) == set(LANGUAGES), key
        templates = [string.Template(both[language]) for language in LANGUAGES]
        assert all(one.is_valid() for one in templates), key
        if key != "story.answer.level.city" and not key.startswith("story.heads."):
            assert bool(both["en"]) == bool(both["zh"]), key
        told, known = (set(one.get_identifiers()) for one in templates)
        assert known <= told if key.startswith("story.record.") else known == told, key


def test_every_text_that_is_asked_for_is_there():
    """Keys that stand in the source as they are; those put together are met by the other tests."""
    asked = []
    for room in ROOMS:
        for path in room.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say":
                    first = node.args[0]
                    if isinstance(first, ast.Constant):
                        asked.append(f"story.{first.value}")
    assert len(asked) > 60
    assert [key for key in asked if not has_text(key)] == []


def test_chinese_says_what_the_record_says_in_english(city):
    run = city.result.run
    said = [*run["warnings"], *(why.removeprefix("not assessed: ") for why in
                                run["not_assessed"].values())]  # fmt: skip
    said += [
        "4 rows, height_m: height and storeys do not fit each other (20 m): used as it is, to be "
        "checked",
        "27 roofs make less or more than is usual (1,250 to 1,650 kWh/kWp, 0.7 to 0.88 of the "
        "light on the array), 27 of them by tilt and azimuth: run.json (yield_gate) has the "
        "reasons of each",
    ]
    for text in said:
        assert recorded(text, "en") == text
        assert re.search(r"[\u4e00-\u9fff]", recorded(text, "zh")), text
    assert "建筑高度" in recorded(said[-2], "zh")
    assert "倾角与方位" in recorded(said[-1], "zh")
    assert recorded("nobody knows this sentence", "zh") == "nobody knows this sentence"


# Hostile names


def test_hostile_names_are_text():
    city = citymaker.city(citymaker.hostile())
    for language in LANGUAGES:
        document = story(city, language)
        page = html_of(document)
        assert "<script" not in page
        assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert(1)&gt;", "")
        said = " ".join(words(document))
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x08\x1b]", said)
        assert "x" * 200 not in said
        assert "龘𠮷㐀" in said
        assert "${title}" in said


def test_a_hostile_record_is_text(city):
    bad = "<b>\x1b[31m\u202e"
    run = {
        "warnings": [bad],
        "inputs": [{"name": bad, "sha256": ""}],
        "not_assessed": {bad: bad},
    }
    page = html_of(story(of_run(city, **run), "en"))
    assert "<b>" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_a_city_keeps_its_totals(city):
    assert city.totals is city.totals
    assert isinstance(city, City)
    assert len(city.roofs) <= len(city.assessed) <= len(city.result.buildings)


def test_surroundings_in_which_some_roofs_are_not_known_are_no_lack_of_surroundings(city):
    def limits(why):
        run = {**city.result.run, "not_assessed": {"shading_loss_fraction": why}}
        changed = dataclasses.replace(city, result=dataclasses.replace(city.result, run=run))
        return " ".join(words(story(changed, "en")))

    without = "No surroundings were given"
    assert without in limits("not assessed: no surroundings are given (--context, --dsm)")
    assert without not in limits("not assessed on 3 planes: none of neighbours, own knows them")
