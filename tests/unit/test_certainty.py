"""How sure verdicts are: against closed forms, and against the verdicts themselves."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numba
import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from roofpv import schema, targets
from roofpv.assumptions import Assumptions, describe, from_values
from roofpv.certainty import (
    advice,
    certainty,
    certainty_text,
    chances,
    chances_of,
    doubts,
    draws,
    of_all,
    shares,
    with_chances,
)
from roofpv.certainty.draws import keys, normal_levels
from roofpv.certainty.visits import gains
from roofpv.errors import InvalidResult
from roofpv.targets.needs import NEEDS

NAN = float("nan")
DRAWS = 4000
NUMBERS = (
    "floor_area_m2", "footprint_area_m2", "roof_area_m2", "usable_area_m2", "gross_roof_area_m2",
    "installable_area_m2", "load_kwh", "existing_module_area_m2",
    "existing_projected_module_area_m2", "existing_array_field_area_m2", "existing_ac_kwh",
    "installed_kwp", "kwp", "module_area_m2", "projected_module_area_m2", "array_field_area_m2",
    "ac_kwh", "other_use_area_m2",
)  # fmt: skip
RULE = """
id = "r"
status = "draft"
text = "x"
[[sources]]
title = "a paper"
[[targets]]
id = "T"
threshold = {threshold}
strength = "reach"
deadline = 2025-12-31
{more}
[targets.subject]
uses = ["school", "hospital"]
unknown_completed = "counted"
{gates}
[[targets.readings]]
id = "R"
default = true
{reading}
"""
OF_ROOF = (
    'metric = "area_ratio"\ndenominator = "gross_roof_area_m2"\n'
    'variants = ["N1"]\ndefault_variant = "N1"'
)
COUNT = 'metric = "count_ratio"'


_ENERGY = tuple(
    f"uncertainty.{name}"
    for name in ("irradiation", "transposition", "model", "module", "soiling", "losses")
)


def rule(reading: str, threshold: float = 0.5, gates: str = "", more: str = "") -> targets.Rule:
    text = RULE.format(reading=reading, threshold=threshold, gates=gates, more=more)
    return targets.parse_rule(text, "r.toml")


def quiet(**changes: float) -> Assumptions:
    """No spread at all, but what is said."""
    kept = ("draws", "seed", "survey_roofs")
    names = [field.name for field in dataclasses.fields(Assumptions().certainty)]
    none = {f"certainty.{name}": 0.0 for name in names if name not in kept}
    said = {f"certainty.{name}": value for name, value in changes.items()}
    none |= dict.fromkeys(("areas.sd_a", *_ENERGY), 0.0)
    return from_values(none | {"certainty.draws": DRAWS} | said, "test")


def city(count: int, **columns: Any) -> pd.DataFrame:
    """Schools with PV on a part of their roofs, all alike unless said."""
    table = pd.DataFrame(
        {
            "building_id": [f"B{place:04d}" for place in range(count)],
            "name": "school",
            "district": "north",
            "use": "school",
            "ownership": "public",
            "completed": pd.Series(pd.NaT, index=range(count), dtype="datetime64[s]"),
            "exemption": None,
            "status": "assessed",
            "institution": None,
            "existing_pv_kwp": 10.0,
            "existing_pv_area_m2": NAN,
            "load_is_estimate": False,
            "yield_shared_sd_fraction": 0.0,
            "use_confidence": NAN,
            "use_alternative": None,
            "gross_roof_area_sd_fraction": 0.0,
            "evidence_grade": "B",
        }
    )
    for name in NUMBERS:
        table[name] = 50.0
    table["usable_area_m2"] = NAN
    table["gross_roof_area_m2"] = 100.0
    return table.assign(**columns)


def judged(table: pd.DataFrame, of: targets.Rule, assumed: Assumptions, state: str = "now") -> dict:
    found = certainty(table, [of], assumed)["entries"]
    return next(e for e in found if e["district"] is None and e["state"] == state)


def near(found: float, wanted: float, draws: int = DRAWS) -> bool:
    """Within four standard errors."""
    return abs(found - wanted) <= 4.0 * (wanted * (1.0 - wanted) / draws) ** 0.5 + 1e-3


def mixed(count: int, seed: int) -> pd.DataFrame:
    """Buildings of every kind, with gaps."""
    rng = np.random.default_rng(seed)
    table = city(count)
    table["use"] = rng.choice(np.array(schema.USES, dtype=object), count)
    table["ownership"] = rng.choice(np.array(schema.OWNERSHIPS, dtype=object), count)
    table["district"] = rng.choice(np.array(["north", "south", None], dtype=object), count)
    table["institution"] = rng.choice(np.array(["a", "b", "c", None], dtype=object), count)
    table["completed"] = pd.to_datetime(rng.integers(10_000, 20_400, count), unit="D")
    table["existing_pv_kwp"] = np.where(rng.random(count) < 0.4, 10.0, NAN)
    table["exemption"] = np.where(rng.random(count) < 0.1, "heritage", None)
    for name in NUMBERS:
        drawn = rng.uniform(10.0, 3000.0, count)
        table[name] = np.where(rng.random(count) < 0.05, NAN, drawn)
    table["usable_area_m2"] = NAN
    table["floors"] = rng.integers(1, 9, count)
    if seed == 2:
        for name in NEEDS:
            table[name] = rng.choice(np.array([0.0, 1.0, 12.0, 500.0, NAN]), count)
    return table


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", targets.library_ids())
def test_without_spread_the_chance_is_the_verdict(name, seed):
    table, of = mixed(60, seed), targets.load_rule(name)
    # A use that is not known is a doubt whatever is assumed.
    table["use"] = table["use"].replace("unknown", "commercial")
    found = certainty(table, [of], quiet(draws=10))["entries"]
    told = targets.evaluate(table, [of])
    assert len(found) == len(told)
    for chance, verdict in zip(found, told, strict=True):
        about = ("rule", "target", "reading", "numerator_variant", "default", "district", "state")
        assert [chance[key] for key in about] == [verdict[key] for key in about]
        if chance["probability"] is None:
            undrawn = chance["why_none"] == "reading_not_drawn"
            assert undrawn or verdict["met"] is None
            continue
        if chance.get("at_least") and verdict["met"] is None:
            assert chance["probability"] == 0.0
        else:
            assert chance["probability"] == float(verdict["met"])
        if verdict["value"] is not None:
            for share in ("value_q10", "value_q50", "value_q90"):
                assert chance[share] == pytest.approx(verdict["value"], rel=1e-12)


@pytest.mark.parametrize(("strict", "wanted"), [("", 1.0), ("strict = true", 0.0)])
def test_a_share_at_the_threshold_is_reached_unless_the_rule_is_strict(strict, wanted):
    assert judged(city(3), rule(OF_ROOF, 0.5, more=strict), quiet())["probability"] == wanted


def test_nothing_to_judge_is_no_chance():
    entry = judged(city(2, use="commercial"), rule(OF_ROOF), quiet())
    assert (entry["probability"], entry["why_none"]) == (None, "nothing_to_judge")
    assert entry["value_q50"] is None


@pytest.mark.parametrize("correlation", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("threshold", [0.45, 0.5, 0.53])
def test_a_normal_area_of_one_building_gives_the_normal_chance(correlation, threshold):
    table = city(1, gross_roof_area_sd_fraction=0.1)
    entry = judged(table, rule(OF_ROOF, threshold), quiet(roof_correlation=correlation))
    assert near(entry["probability"], ndtr((0.5 / threshold - 1.0) / 0.1))
    p = entry["probability"]
    assert entry["probability_se"] == pytest.approx((p * (1.0 - p) / DRAWS) ** 0.5)


@pytest.mark.parametrize(("correlation", "shrinks"), [(0.0, 10.0), (1.0, 1.0)])
def test_own_errors_shrink_with_the_root_of_the_number_and_shared_ones_do_not(correlation, shrinks):
    def width(count):
        table = city(count, gross_roof_area_sd_fraction=0.05)
        entry = judged(table, rule(OF_ROOF), quiet(roof_correlation=correlation))
        return entry["value_q90"] - entry["value_q10"]

    assert width(1) / width(100) == pytest.approx(shrinks, rel=0.08)


def test_roofs_of_other_evidence_share_no_error():
    grades = np.where(np.arange(100) % 2 == 0, "B", "C")
    one, two = (
        judged(
            city(100, gross_roof_area_sd_fraction=0.05, evidence_grade=grade),
            rule(OF_ROOF),
            quiet(roof_correlation=1.0),
        )
        for grade in ("B", grades)
    )
    wide, narrow = (entry["value_q90"] - entry["value_q10"] for entry in (one, two))
    assert wide / narrow == pytest.approx(2.0**0.5, rel=0.08)


@pytest.mark.parametrize(
    ("bound", "wanted"),
    [("above = 95.0", ndtr(0.5)), ("at_least = 110.0", ndtr(-1.0)), ("below = 110.0", ndtr(1.0)),
     ("at_most = 90.0", ndtr(-1.0))],
)  # fmt: skip
def test_a_gate_by_area_opens_and_shuts_with_the_area(bound, wanted):
    gates = f'[[targets.subject.gates]]\ncolumn = "gross_roof_area_m2"\n{bound}'
    table = city(1, gross_roof_area_sd_fraction=0.1)
    entry = judged(table, rule(COUNT, gates=gates), quiet())
    assert near(entry["judged"], wanted)
    assert entry["probability"] == 1.0


@pytest.mark.parametrize(
    ("bound", "passes"), [("above = 100", 0), ("at_least = 100", 1), ("below = 100", 0)]
)
def test_a_gate_at_its_bound_holds_without_any_spread(bound, passes):
    gates = f'[[targets.subject.gates]]\ncolumn = "gross_roof_area_m2"\n{bound}'
    assert judged(city(1), rule(COUNT, gates=gates), quiet())["judged"] == passes


def test_a_gate_on_what_has_no_error_is_named():
    gates = '[[targets.subject.gates]]\ncolumn = "kwp"\nabove = 1.0'
    told = certainty(city(1), [rule(COUNT, gates=gates)], quiet())
    assert "gates:kwp" in told["not_varied"]
    assert "bounds of the rule on kwp" in certainty_text(told)[-1]


def test_a_column_that_tells_no_spread_is_named():
    table = city(1).drop(columns=["use_confidence", "gross_roof_area_sd_fraction"])
    told = certainty(table, [rule(COUNT)], quiet())
    assert told["not_varied"][:2] == ["use_class", "roof_area"]


def test_a_use_class_is_wrong_as_often_as_it_is_not_believed():
    table = city(1, use_confidence=0.7, use_alternative="commercial")
    assert near(judged(table, rule(COUNT), quiet())["judged"], 0.7)
    to_other_subject = table.assign(use_alternative="hospital")
    assert judged(to_other_subject, rule(COUNT), quiet())["judged"] == 1.0
    outside = table.assign(use="commercial", use_alternative="school")
    assert near(judged(outside, rule(COUNT), quiet())["judged"], 0.3)


def test_an_unknown_use_may_be_of_the_subject():
    table = city(1, use="unknown", use_alternative="school")
    # Half believed to be the alternative, else each of seven classes, two of them of the subject.
    assert near(judged(table, rule(COUNT), quiet())["judged"], 0.5 + 0.5 * 2.0 / 7.0)


def test_a_record_may_be_wrong_either_way():
    said = quiet(recorded_wrong=0.2, unrecorded=0.1, stated_none_wrong=0.05)
    for kwp, wanted in ((10.0, 0.8), (NAN, 0.1), (0.0, 0.05)):
        entry = judged(city(1, existing_pv_kwp=kwp), rule(COUNT), said)
        assert near(entry["probability"], wanted)
    word = city(1, existing_pv_kwp=NAN, existing_pv="no")
    assert near(judged(word, rule(COUNT), said)["probability"], 0.05)
    yes = city(1, existing_pv_kwp=NAN, existing_pv="yes")
    assert near(judged(yes, rule(COUNT), said)["probability"], 0.8)


def test_pv_of_a_later_date_is_not_yet_doubted():
    table = city(1, existing_pv_date=pd.Timestamp("2026-06-01"), existing_pv="yes")
    said = quiet(recorded_wrong=0.2, unrecorded=0.1, stated_none_wrong=0.05)
    assert judged(table, rule(COUNT), said)["probability"] == 0.0


def test_a_roof_may_carry_nothing_in_the_end():
    table = city(1, existing_pv_kwp=NAN)
    said = quiet(infeasible=0.3, infeasible_old=0.6, infeasible_recent=0.1, infeasible_steel=0.5)
    for changes, wanted in (
        ({}, 0.7),
        ({"completed": pd.Timestamp("1980-01-01")}, 0.4),
        ({"completed": pd.Timestamp("2020-01-01")}, 0.9),
        ({"completed": pd.Timestamp("2020-01-01"), "roof_type": "steel"}, 0.5),
        ({"usable_area_m2": 40.0}, 1.0),
        ({"stated_kwp": 10.0}, 1.0),
        ({"existing_pv_kwp": 10.0}, 1.0),
    ):
        entry = judged(table.assign(**changes), rule(COUNT), said, "potential")
        assert near(entry["probability"], wanted), changes


def test_a_shared_rate_makes_the_count_wider():
    table = city(400, existing_pv_kwp=NAN)

    def width(shared):
        said = quiet(infeasible=0.3, infeasible_shared=shared)
        entry = judged(table, rule(COUNT), said, "potential")
        return entry["value_q90"] - entry["value_q10"]

    # Binomial: 0.3 * 0.7 / 400; the rate itself moves by 0.3 * 0.3.
    assert width(0.0) == pytest.approx(2.0 * 1.2816 * (0.21 / 400.0) ** 0.5, rel=0.1)
    assert width(0.3) == pytest.approx(2.0 * 1.2816 * 0.09, rel=0.1)


def test_energy_goes_with_the_weather_of_all():
    reading = 'metric = "energy_share"\ndenominator = "load_kwh"'
    table = city(50, yield_shared_sd_fraction=0.0780304, existing_ac_kwh=26.0)
    entry = judged(table, rule(reading), quiet())
    assert near(entry["probability"], ndtr((26.0 / 25.0 - 1.0) / (26.0 / 25.0) / 0.0780304))


def test_estimated_loads_share_an_error_and_metered_ones_have_none():
    reading = 'metric = "energy_share"\ndenominator = "load_kwh"'
    table = city(100)
    said = quiet(load_shared=0.2)
    still = judged(table, rule(reading), said)
    assert still["value_q10"] == still["value_q90"]
    moved = judged(table.assign(load_is_estimate=True), rule(reading), said)
    assert moved["value_q50"] == pytest.approx(1.0, rel=0.02)
    assert moved["value_q10"] == pytest.approx(1.0 / (1.0 + 1.2816 * 0.2), rel=0.02)


def test_every_building_of_a_rule_is_held_against_it_by_itself():
    of = rule(OF_ROOF, 0.45, more='level = "building"')
    entry = judged(city(2, gross_roof_area_sd_fraction=0.1), of, quiet())
    each = ndtr((0.5 / 0.45 - 1.0) / 0.1)
    assert near(entry["probability"], each**2)


def test_every_district_must_reach_it():
    table = city(2, gross_roof_area_sd_fraction=0.1, district=["north", "south"])
    of = rule(OF_ROOF, 0.5, more='level = "district"')
    found = certainty(table, [of], quiet())["entries"]
    now = [e["probability"] for e in found if e["state"] == "now"]
    assert near(now[0], 0.25)
    assert near(now[1], 0.5)
    assert near(now[2], 0.5)
    by_use = certainty(table, [of], quiet(), by="use")["entries"]
    assert by_use[0]["probability"] is None
    assert [e["group"] for e in by_use[:2]] == [None, "school"]


def test_institutions_count_once_in_the_city():
    reading = 'metric = "institution_ratio"\ndenominator = "institution"'
    table = city(
        4,
        institution=["a", "a", "b", "c"],
        district=["north", "south", "south", "south"],
        existing_pv_kwp=[10.0, NAN, NAN, 10.0],
    )
    found = certainty(table, [rule(reading)], quiet(unrecorded=0.5))["entries"]
    now = {e["district"]: e for e in found if e["state"] == "now"}
    # In the city a and c have PV, b with one half; in the south a and b with one half each.
    assert near(now[None]["probability"], 1.0)
    assert now[None]["value_q10"] == pytest.approx(2.0 / 3.0)
    assert now[None]["value_q90"] == 1.0
    assert near(now["south"]["probability"], 0.75)


def test_a_schedule_that_has_not_begun_gives_no_chance():
    more = "schedule = [{ date = 2027-01-01, value = 0.5 }]"
    text = RULE.replace("threshold = {threshold}\n", "")
    of = targets.parse_rule(text.format(reading=COUNT, gates="", more=more), "r.toml")
    entry = judged(city(2), of, quiet())
    assert (entry["probability"], entry["why_none"]) == (None, "no_verdict")


@pytest.mark.parametrize("by", [None, "use"])
def test_no_order_of_rows_and_no_number_of_threads_changes_a_bit(by):
    table = mixed(200, 5).assign(use_confidence=0.9, gross_roof_area_sd_fraction=0.1)
    rules = [targets.load_rule(name) for name in ("shizuishan-2025", "es-he5")]
    said = from_values({"certainty.draws": 150}, "test")
    found = certainty(table, rules, said, by=by)
    shuffled = table.sample(frac=1.0, random_state=3)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert certainty(shuffled, rules, said, by=by) == found
    finally:
        numba.set_num_threads(threads)
    other = from_values({"certainty.draws": 150, "certainty.seed": 2}, "test")
    assert certainty(table, rules, other, by=by) != found


@pytest.mark.parametrize("together", [1, 7])
def test_no_size_of_the_pieces_changes_a_bit(monkeypatch, together):
    table = mixed(200, 5).assign(use_confidence=0.9, gross_roof_area_sd_fraction=0.1)
    rules = [targets.load_rule("shizuishan-2025")]
    said = from_values({"certainty.draws": 150}, "test")
    whole = certainty(table, rules, said)
    monkeypatch.setattr(draws, "_TOGETHER", together)
    assert certainty(table, rules, said) == whole


@pytest.mark.parametrize("count", [2, 3])
def test_no_number_of_shares_changes_a_bit(count):
    table = mixed(200, 5).assign(use_confidence=0.9, gross_roof_area_sd_fraction=0.1)
    rules = [targets.load_rule(name) for name in ("shizuishan-2025", "es-he5")]
    rules.append(rule('metric = "institution_ratio"\ndenominator = "institution"'))
    said = from_values({"certainty.draws": 150}, "test")
    told = [shares(table, rules, said, None, None, (one, count)) for one in range(count)]
    assert chances_of(pickle.loads(pickle.dumps(told))) == chances(table, rules, said)


def test_numbers_that_are_read_later_change_no_bit(monkeypatch):
    monkeypatch.setattr(draws, "_TOGETHER", 70)
    monkeypatch.setattr(doubts, "_TOGETHER", 30)
    table = mixed(200, 5).assign(use_confidence=0.9, gross_roof_area_sd_fraction=0.1)
    rules = [targets.load_rule(name) for name in ("shizuishan-2025", "es-he5")]
    said = from_values({"certainty.draws": 50}, "test")
    later = sorted({*NUMBERS, "gross_roof_area_sd_fraction"} - of_all(rules))
    assert "ac_kwh" in later
    left = table.assign(**dict.fromkeys(later, NAN))
    told = chances(left, rules, said, later=lambda at: table[later].iloc[at])
    assert told == chances(table, rules, said)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_building_that_is_seldom_of_the_subject_adds_as_often_as_it_is(share):
    # Few of its draws, or most of them: either way each adds what the building has there.
    table = city(400, use_confidence=1.0)
    table.loc[1:, "existing_pv_kwp"] = NAN
    table.loc[0, "use_confidence"], table.loc[0, "use_alternative"] = 1.0 - share, "commercial"
    table.loc[1:, "use"] = "residential"
    entry = judged(table, rule(COUNT), quiet(draws=DRAWS))
    assert near(entry["judged"], 1.0 - share)
    assert entry["probability"] == 1.0


def test_other_buildings_change_no_error_of_a_building():
    table = city(6, gross_roof_area_sd_fraction=0.1)
    more = city(9, gross_roof_area_sd_fraction=0.1)
    more.loc[6:, "use"] = "commercial"
    said = quiet(roof_correlation=0.25, draws=200)
    assert judged(table, rule(OF_ROOF), said) == judged(more, rule(OF_ROOF), said)


def test_nobody_and_no_rule():
    assert certainty(city(2), [], quiet())["entries"] == []
    told = certainty(city(2).iloc[:0], [targets.load_rule("shizuishan-2025")], quiet())
    assert {one["probability"] for one in told["entries"]} == {None}
    assert told["advice"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns=["kwp"]), "columns absent: kwp"),
        (lambda t: t.assign(completed="1998"), "dates expected"),
        (lambda t: t.assign(use_confidence="high"), "use_confidence: numbers expected"),
    ],
)
def test_a_table_that_cannot_be_judged_is_refused(change, words):
    with pytest.raises(InvalidResult, match=words):
        certainty(change(city(2)), [rule(OF_ROOF)])


def test_chances_stand_beside_their_verdicts():
    table, rules = mixed(60, 1), [targets.load_rule("shizuishan-2025")]
    told = certainty(table, rules, from_values({"certainty.draws": 50}, "test"))
    verdicts = targets.evaluate(table, rules)
    assert chances(table, rules, from_values({"certainty.draws": 50}, "test")) == told["entries"]
    both = with_chances(verdicts, told["entries"])
    found = [one["probability"] for one in told["entries"]]
    assert [one["probability"] for one in both] == found
    unknown = with_chances([verdicts[0] | {"reading": "Z"}], told["entries"])
    assert unknown[0]["probability"] is None


def test_more_draws_begin_with_the_same_ones():
    table = city(1, gross_roof_area_sd_fraction=0.1)
    few, many = (
        judged(table, rule(OF_ROOF), quiet(roof_correlation=0.5, draws=draws))
        for draws in (100, 200)
    )
    # A draw that is there stays: the number that is met cannot fall.
    assert 0 <= many["probability"] * 200 - few["probability"] * 100 <= 100


def test_one_large_doubtful_school_among_many_sure_ones_comes_first():
    table = city(50, existing_pv_kwp=NAN)
    table.loc[7, ["existing_pv_kwp", "existing_module_area_m2", "gross_roof_area_m2"]] = (
        10.0, 3000.0, 3000.0,
    )  # fmt: skip
    table.loc[7, "name"] = "=the large one"
    table.loc[7, ["use_confidence", "use_alternative"]] = (0.6, "commercial")
    told = certainty(table, [rule(OF_ROOF, 0.35)], quiet(unrecorded=0.001))
    now = told["advice"][0]
    first, *rest = now["visits"]
    assert (first["building_id"], first["doubt"]) == ("B0007", "use_class")
    assert first["name"] == "=the large one"
    assert first["variance_share"] > 0.95
    assert all(one["variance_share"] < 0.01 for one in rest)
    assert near(now["wrong"], 0.4)
    assert 0.8 * now["wrong"] < first["gain"] <= now["wrong"]
    assert now["together"]["gain"] >= first["gain"]
    assert any("B0007" in line and "use class" in line for line in certainty_text(told))


@pytest.mark.parametrize(
    ("changes", "said", "doubt"),
    [
        ({"existing_pv_kwp": NAN}, {"unrecorded": 0.2, "unrecorded_fill": 0.5}, "existing_pv"),
        ({"gross_roof_area_sd_fraction": 0.3}, {}, "roof_area"),
        ({}, {"existing_own": 0.3}, "existing_pv_size"),
    ],
)
def test_what_a_building_is_doubted_for_is_told(changes, said, doubt):
    table = city(5)
    for name, value in changes.items():
        table.loc[2, name] = value
    told = certainty(table, [rule(OF_ROOF, 0.5)], quiet(**said))
    assert told["advice"][0]["visits"][0]["doubt"] == doubt


def test_the_worth_of_a_visit_is_the_variance_that_it_takes():
    # Each building's own doubts are all there is: together they are all of the spread.
    table = mixed(40, 2).assign(use="school", gross_roof_area_sd_fraction=0.05)
    said = quiet(
        unrecorded=0.1, recorded_wrong=0.1, infeasible=0.3, infeasible_old=0.3,
        infeasible_recent=0.3, existing_own=0.1, draws=20_000,
    )  # fmt: skip
    of = rule(OF_ROOF.replace("gross_roof", "installable"), 0.4)
    before, advice.VISITS = advice.VISITS, 1000
    try:
        told = certainty(table, [of], said)["advice"]
    finally:
        advice.VISITS = before
    for one in told:
        shares = [visit["variance_share"] for visit in one["visits"]]
        assert sum(shares) == pytest.approx(1.0, rel=0.06), one["state"]


def test_gains_of_a_visit():
    mean, sd = 0.5, 1.0
    wrong = float(ndtr(-0.5))
    found = gains(np.array([0.0, 0.2, 0.6, 1.0]), mean, sd)
    assert found[0] == 0.0
    assert (np.diff(found) > 0.0).all()
    assert found[-1] == 1.0
    # Against draws of what a visit finds.
    rng = np.random.default_rng(1)
    moved = mean + 0.6**0.5 * rng.standard_normal(400_000)
    after = float(np.mean(ndtr(-np.abs(moved) / 0.4**0.5)))
    assert found[2] == pytest.approx(1.0 - after / wrong, abs=3e-3)
    assert gains(np.array([1.0]), 100.0, 1.0)[0] == 0.0


def test_a_survey_of_a_few_roofs_tells_of_the_error_of_all():
    table = city(200, gross_roof_area_sd_fraction=0.2)
    said = quiet(roof_correlation=0.5, survey_roofs=20)
    survey = certainty(table, [rule(OF_ROOF, 0.5)], said)["advice"][0]["surveys"]
    assert [one["error"] for one in survey] == ["roof/B"]
    # Nearly all of the spread is shared; 20 roofs see it through as much of their own each.
    assert survey[0]["variance_share"] == pytest.approx(1.0 / (1.0 + 1.0 / 20.0), rel=0.03)
    assert survey[0]["gain"] > 0.2


def test_a_survey_of_a_rate():
    table = city(400, existing_pv_kwp=NAN)
    said = quiet(infeasible=0.3, infeasible_shared=0.3)
    told = certainty(table, [rule(COUNT, 0.7)], said)["advice"]
    potential = next(one for one in told if one["state"] == "potential")
    (survey,) = potential["surveys"]
    assert survey["error"] == "infeasible"
    seen = 0.0081 / (0.0081 + 0.21 / 20.0)
    assert survey["variance_share"] == pytest.approx(seen * 0.94, rel=0.08)


def test_a_doubt_resolved_for_all_takes_what_they_share_too():
    table = city(400, existing_pv_kwp=NAN)
    said = quiet(unrecorded=0.1, unrecorded_shared=0.5)
    now = certainty(table, [rule(COUNT, 0.1)], said)["advice"][0]
    (correction,) = now["corrections"]
    assert (correction["doubt"], correction["buildings"]) == ("existing_pv", 400)
    # A fit on the normal number behind a lognormal rate misses a part of its variance.
    assert 0.85 < correction["variance_share"] <= 1.0
    assert correction["gain"] > now["surveys"][0]["gain"] > 0.0
    assert all(visit["variance_share"] < 0.001 for visit in now["visits"])
    told = certainty(table, [rule(COUNT, 0.1)], said)
    assert any("all 400 buildings" in line for line in certainty_text(told))


def test_the_least_sure_district_is_looked_at():
    table = city(
        6,
        district=["north"] * 3 + ["south"] * 3,
        existing_module_area_m2=[90.0] * 3 + [51.0] * 3,
        gross_roof_area_sd_fraction=0.1,
    )
    of = rule(OF_ROOF, 0.5, more='level = "district"')
    now = certainty(table, [of], quiet())["advice"][0]
    assert now["district"] == "south"
    assert {one["district"] for one in now["visits"]} == {"south"}
    assert any("R/N1 now (south)" in line for line in certainty_text(certainty(table, [of])))


def test_no_doubt_needs_no_advice():
    told = certainty(city(3), [rule(COUNT)], quiet())
    assert told["advice"] == []
    assert certainty_text(told)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_lines_name_every_reading(language):
    table = mixed(80, 1).assign(use_confidence=0.8, gross_roof_area_sd_fraction=0.1)
    table["name"] = "\x1b[31mred"
    rules = [targets.load_rule(name) for name in ("shizuishan-2025", "de-berlin-solar")]
    told = certainty(table, rules, from_values({"certainty.draws": 100}, "test"))
    lines = certainty_text(told, language)
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "$" not in text
    for reading in ("A1/N1*", "A3", "B1*", "B3/N2", "B5"):
        assert any(line.split()[:1] == [reading] for line in lines), reading
    undrawn = [e for e in told["entries"] if e.get("why_none") == "reading_not_drawn"]
    assert undrawn
    assert all(e["probability"] is None for e in undrawn)


def test_levels_are_standard_normal_and_keys_are_of_names():
    levels = normal_levels()
    assert levels.mean() == pytest.approx(0.0, abs=1e-12)
    assert levels.std() == pytest.approx(1.0, rel=1e-12)
    assert np.abs(ndtr(levels) - (np.arange(4096) + 0.5) / 4096.0).max() < 5e-4
    found = keys(pd.Series(["a", "b", "a", "学校"]), 1)
    assert found[0] == found[2]
    assert len(set(found.tolist())) == 3
    assert keys(pd.Series(["a"]), 2)[0] != found[0]


def test_every_spread_has_its_source():
    said = [one for one in describe(Assumptions()) if one["key"].startswith("certainty.")]
    assert all(one["source"] for one in said)
    told = certainty(city(1), [rule(COUNT)])
    assert told["assumptions"] == said
