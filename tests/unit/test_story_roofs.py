"""What the story says of the roofs to equip, of chances, prices and of what to look at."""

from __future__ import annotations

import dataclasses
import math

import citymaker
import pandas as pd
import pytest
from storyread import grid, lines, of_run, section, with_buildings

from roofpv.report.city import figure_of, shown_figure, story
from roofpv.report.city.chapters.answer import told_chance
from roofpv.report.city.ranking import FREE, FULL, NOTHING, PART, ranked, standing
from roofpv.report.city.telling import Teller
from roofpv.report.document import Grid


@pytest.fixture(scope="module")
def city():
    return citymaker.city()


def some_roofs(**columns):
    return pd.DataFrame({
        "building_id": ["A", "B", "C", "D", "E"], "kwp": 10.0, "module_count": 20.0,
        "installed_kwp": math.nan, "existing_pv": "unknown",
        "payback_years": [7.0, math.nan, 5.0, 7.0, math.nan],
        "specific_yield_kwh_per_kwp": [1300.0, 1500.0, 1200.0, 1400.0, 1600.0],
    } | columns)  # fmt: skip


def test_roofs_without_pv_are_ranked_by_payback_then_yield():
    table = some_roofs()
    found = ranked(table)
    assert found["building_id"].tolist() == ["C", "D", "A", "E", "B"]
    assert found["rank"].tolist() == [1, 2, 3, 4, 5]
    assert found["room_kwp"].tolist() == [10.0] * 5
    assert ranked(table.iloc[::-1])["building_id"].tolist() == found["building_id"].tolist()
    bare = table.drop(columns="existing_pv")
    assert ranked(bare)["building_id"].tolist() == found["building_id"].tolist()


def test_roofs_that_have_pv_come_after_and_full_ones_have_no_rank():
    # D with half of what fits, C with room for less than a module, A with PV of unknown size.
    table = some_roofs(
        installed_kwp=[math.nan, math.nan, 9.6, 5.0, math.nan],
        existing_pv=["yes", "unknown", "yes", "yes", "no"],
    )
    found = ranked(table)
    assert found["building_id"].tolist() == ["E", "B", "D", "C", "A"]
    assert found["rank"].tolist()[:3] == [1, 2, 3]
    assert found["rank"].isna().tolist() == [False, False, False, True, True]
    assert found["room_kwp"].tolist()[:4] == [10.0, 10.0, 5.0, 0.0]
    assert math.isnan(found["room_kwp"].iloc[4])
    assert standing(table).tolist() == [FULL, FREE, FULL, PART, FREE]
    assert standing(some_roofs(kwp=0.0)).tolist() == [NOTHING] * 5


def test_the_list_and_the_answer_say_what_of_pv_stands_already(city):
    half = with_buildings(city, installed_kwp=city.result.buildings["kwp"] / 2.0, existing_pv="yes")
    told = story(half, "en")
    count, whole = len(half.roofs), half.totals.iloc[0]
    kwp = figure_of("kwp")
    room = shown_figure(math.fsum(half.roofs["kwp"]) / 2.0, kwp)
    assert any(f"{count} roofs have PV already: on {count} of them" in line and room in line
               for line in lines(told, "roofs"))  # fmt: skip
    capex = shown_figure(whole["capex_cny"] / 2.0, figure_of("capex_cny"))
    said = next(line for line in lines(told, "answer") if "is not taken off" in line)
    assert room in said
    assert capex in said
    assert any("PV stands already" in line for line in lines(told, "money"))
    full = with_buildings(city, installed_kwp=city.result.buildings["kwp"], existing_pv="yes")
    told = story(full, "en")
    assert lines(told, "roofs")[0].startswith("There is no roof to which PV can be added")
    assert not any(isinstance(b, Grid) for b in section(told, "roofs").blocks)
    none = with_buildings(city, installed_kwp=math.nan, existing_pv="no")
    told = story(none, "en")
    assert any(line.startswith("No PV is known on any") for line in lines(told, "answer"))
    assert not any("already" in line for line in lines(told, "roofs") + lines(told, "money"))


@pytest.mark.parametrize(
    ("chance", "draws", "said"),
    [
        (0.0, 1000, "below 0.1%, none of 1,000 draws"),
        (1.0, 1000, "above 99.9%, all of 1,000 draws"),
        (0.001, 1000, "0.1%"),
        (0.999, 1000, "99.9%"),
        (0.0001, 10000, "0.01%"),
        (0.9999, 10000, "99.99%"),
        (0.25, 10, "25.0%"),
        (0.0, None, "0.0%"),
    ],
)
def test_a_chance_is_told_as_far_as_its_draws_tell_it(chance, draws, said):
    assert told_chance(chance, draws, Teller("en")) == said


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"state": "now", "value": 0.1}, "on which PV is not stated as without"),
        ({"state": "now", "value": 0.1, "counts": {}}, "move it mostly up"),
        ({"state": "now", "value": 0.1, "unit": "m2"}, "move it mostly up"),
        ({"state": "now", "value": 0.9}, "move it mostly down"),
        ({"state": "potential", "value": 0.9}, "some cannot in the end"),
        ({"state": "potential", "value": 0.9, "unit": "kWh"}, "move it mostly down"),
        ({"state": "now", "value": 0.3}, None),
        ({"state": "now", "value": None}, None),
    ],
)
def test_a_share_outside_of_its_range_is_explained(city, parts, words):
    entry = {"unit": "buildings", "probability": 0.5, "value_q10": 0.2, "value_q90": 0.4} | parts
    counts = parts.get("counts", {"existing_pv_not_stated": 7})
    entries = [
        one | (entry if one["state"] == parts["state"] else {"value": 0.3, "probability": None})
        | {"counts": one["counts"] | {"existing_pv_not_stated": 0} | counts}
        for one in city.result.targets
    ]  # fmt: skip
    changed = dataclasses.replace(city, result=dataclasses.replace(city.result, targets=entries))
    said = lines(story(changed, "en"), "answer")
    outside = [line for line in said if line.startswith("The share lies")]
    assert all(words in line for line in outside) if words else not outside
    assert bool(outside) is bool(words)


def supply_of(city, price):
    """The chapter where exported energy earns a price."""
    sold = with_buildings(city, export_kwh=100.0, sold_cny=100.0 * price)
    return lines(story(sold, "en"), "supply")


def test_the_export_price_is_held_against_the_curve(city):
    costs = city.supply["lcoe_cny_per_kwh"]
    assert "No roof makes energy for as little as" in supply_of(city, 0.5 * costs.min())[1]
    assert "All of it costs no more than" in supply_of(city, 2.0 * costs.max())[1]
    below = int((costs < costs.iloc[-1] * (1.0 - 1e-9)).sum())
    between = supply_of(city, 0.5 * (costs.iloc[below - 1] + costs.iloc[-1]))
    assert f", of {below} roofs, cost no more than" in between[1]
    assert between[2].startswith("That price is what the exported energy of this result earns")


def test_several_tariffs_are_told_with_who_pays_by_them(city):
    money = city.result.run["money"]
    one = money["tariffs"][0] | {"uses": {"school": 3}, "buildings": 3, "buildings_by_list": 1}
    other = one | {"id": "other", "title": {"en": "Other"}, "uses": {"hospital": 2},
                   "export_kwh": 10.0, "sold_cny": 3.0}  # fmt: skip
    assigned = {"id": "mine", "title": {"en": "Mine"}, "sources": ["a law"], "assumptions": []}
    lost = {"buildings": 4, "examples": ["=odd"]}
    changed = money | {"tariffs": [one, other], "tariff_assignment": assigned,
                       "tariffs_not_taken": lost}  # fmt: skip
    told = story(of_run(city, money=changed), "en")
    rows = grid(told, "money", "tariffs").rows
    assert rows[0][:4] == (one["id"], "school 3", "3", "1")
    assert rows[1][0] == "other"
    assert rows[1][-1] == "0.3000 CNY/kWh"
    assert grid(told, "money", "tariff_2").rows == grid(told, "money", "tariff").rows
    said = lines(told, "money")
    assert "Which use pays by which tariff: Mine (mine)." in said
    assert any("such as =odd" in line for line in said)
    assert "a law" in said
    assert "by 2 tariffs" in " ".join(lines(told, "supply"))


def advice_of(city, **parts):
    """The first verdict of the advice, with other parts."""
    one = city.certainty["advice"][0] | {"wrong": 0.2} | parts
    changed = dataclasses.replace(city, certainty=city.certainty | {"advice": [one]})
    return story(changed, "en")


def test_what_to_look_at_is_told_with_what_it_would_change(city):
    worth = {"variance_share": 0.25, "gain": 0.031}
    visit = worth | {"building_id": "A", "name": "school", "district": "平罗县", "use": "school",
                     "doubt": "use_class", "use_confidence": 0.7}  # fmt: skip
    small = visit | {"building_id": "B", "variance_share": 0.0, "gain": 0.0}
    told = advice_of(
        city, visits=[visit, visit | {"doubt": "energy", "gain": 0.0}, small],
        together=worth | {"buildings": 3},
        corrections=[worth | {"doubt": "roof_area", "buildings": 7}],
        surveys=[worth | {"error": "roof/D/school", "buildings": 20}],
    )  # fmt: skip
    rows = grid(told, "uncertainty", "visits_1").rows
    assert rows[0] == (
        "A",
        "school",
        "平罗县",
        "use class (school, believed 70%)",
        "25.0%",
        "3.10%",
    )
    assert rows[1][3:] == ("yield of the roof", "25.0%", "–")
    assert [row[0] for row in rows[2:]] == [
        "the 3 to visit first, all of them", "all 7 buildings", "survey of 20",
    ]  # fmt: skip
    assert rows[4][3] == "roof areas of evidence D, school"
    assert any("is wrong with a chance of 20.0%" in line for line in lines(told, "uncertainty"))


def test_a_verdict_that_no_draw_turns_needs_no_visit(city):
    told = advice_of(city, wrong=0.0, district="平罗县")
    assert all(not getattr(b, "name", "").startswith("visits")
               for b in section(told, "uncertainty").blocks)  # fmt: skip
    said = " ".join(lines(told, "uncertainty"))
    assert ", in 平罗县: all 1,000 draws give the same verdict" in said
    nothing = dataclasses.replace(city, certainty=None)
    assert "draws give" not in " ".join(lines(story(nothing, "en"), "uncertainty"))
