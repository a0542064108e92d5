"""What a rule file may say beyond shares of areas and counts, and how a wrong one is refused."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from roofpv import targets
from roofpv.errors import InvalidRules
from roofpv.targets.rules import Counted, Gate, Rounding, Step

RULE = """
id = "town"
status = "in force"
text = "so much of each"

[title]
en = "town"
zh = "城"
original = "Stadt"

[[sources]]
title = "a paper"

[[targets]]
id = "A"
strength = "shall"
deadline = 2030-12-31
level = "building"
scheduled_by = "completed"
strict = true

[[targets.schedule]]
date = 2023-01-01
value = 0.30

[[targets.schedule]]
date = 2026-01-01
value = 0.40

[targets.subject]
uses = ["commercial"]

[[targets.subject.gates]]
column = "footprint_area_m2"
above = 500
at_most = 9000

[[targets.exemptions]]
en = "small roof"
zh = "小屋顶"

[[targets.exemptions.gates]]
column = "best_south_plane_m2"
below = 20

[[targets.readings]]
id = "A1"
default = true
metric = "area_ratio"
denominator = "net_roof_area_m2"
variants = ["N1"]
default_variant = "N1"
combine = "or"

[targets.readings.rounding]
step = 0.01
way = "up"

[[targets.readings.substitutes]]
column = "green_roof_area_m2"
factor = 0.5

[[targets.readings.deductions]]
column = "roof_plant_area_m2"

[[targets.readings.parts]]

[[targets.readings.parts.terms]]
factor = 3.0

[[targets.readings]]
id = "A2"
metric = "capacity_min_of"
combine = "min"

[[targets.readings.parts]]

[[targets.readings.parts.terms]]
column = "floor_area_m2"
unit = "ft2"
by = "climate_zone"
factors = { 12 = 0.000613 }

[[targets.readings.parts]]

[[targets.readings.parts.terms]]
column = "gross_roof_area_m2"
times = "pv_factor_w_per_ft2"
factor = 0.05
"""
SCHEDULE = RULE[RULE.index("[[targets.schedule]]") : RULE.index("[targets.subject]")]
EXEMPT_GATE = RULE[RULE.index("[[targets.exemptions.gates]]") : RULE.index("[[targets.readings]]")]
SECOND_PART = RULE[RULE.rindex("[[targets.readings.parts]]") :]
ONE_PART = RULE[RULE.index('id = "A2"') :]

A = "town.toml: targets[A]"
A1, A2 = f"{A}.readings[A1]", f"{A}.readings[A2]"
GATE = f"{A}.subject.gates[1]"
WRONG = {
    "step of 50 for 0.5": (
        "value = 0.40",
        "value = 40",
        f"{A}.schedule[2].value",
        "value 40: a share is written as a fraction. Write 0.40.",
    ),
    "steps out of order": (
        "date = 2026-01-01",
        "date = 2022-01-01",
        f"{A}.schedule[2].date",
        "2022-01-01 stands after 2023-01-01. Write the earliest step first.",
    ),
    "steps that overlap": (
        "date = 2026-01-01",
        "date = 2023-01-01",
        f"{A}.schedule[2].date",
        "two values from 2023-01-01 on: the steps overlap",
    ),
    "step without date": ("date = 2026-01-01\n", "", f"{A}.schedule[2].date", "missing"),
    "step of another kind": (
        "date = 2026",
        "until = 2026",
        f"{A}.schedule[2].until",
        "unknown key",
    ),
    "threshold and schedule": (
        'id = "A"\n',
        'id = "A"\nthreshold = 0.3\n',
        f"{A}.threshold",
        "beside a schedule",
    ),
    "neither of them": (SCHEDULE, "", f"{A}.threshold", "missing"),
    "order without schedule": (
        SCHEDULE,
        "",
        f"{A}.scheduled_by",
        "no schedule",
        ('id = "A"\n', 'id = "A"\nthreshold = 0.3\n'),
    ),
    "completion of a city": (
        'level = "building"',
        'level = "city"',
        f"{A}.scheduled_by",
        'Write level = "building"',
        ('combine = "or"\n', ""),
        ("[[targets.readings.parts]]\n\n[[targets.readings.parts.terms]]\nfactor = 3.0\n", ""),
    ),
    "unknown level": ('"building"', '"bulding"', f"{A}.level", "Did you mean 'building'"),
    "level of a share of buildings": (
        ONE_PART,
        'id = "A2"\nmetric = "count_ratio"\n',
        f"{A}.level",
        "A2 is a count_ratio, which one building has not",
    ),
    "gate of an unknown column": (
        '"footprint_area_m2"',
        '"footprint_m2"',
        f"{GATE}.column",
        "Did you mean 'footprint_area_m2'",
    ),
    "gate of a text": ('"footprint_area_m2"', '"use"', f"{GATE}.column", "unknown column 'use'"),
    "gate without bound": ("above = 500\nat_most = 9000\n", "", f"{GATE}.column", "without bound"),
    "gate that is shut": (
        "at_most = 9000",
        "at_most = 400",
        f"{GATE}.column",
        "between 500 and 400",
    ),
    "bound in words": ("above = 500", 'above = "500 m2"', f"{GATE}.above", "is not a number"),
    "bound without end": ("above = 500", "above = inf", f"{GATE}.above", "is not a number"),
    "exemption of nobody": (EXEMPT_GATE, "", f"{A}.exemptions[1].gates", "without gate"),
    "rounding to nothing": ("step = 0.01", "step = 0", f"{A1}.rounding.step", "not above 0"),
    "unknown rounding": ('way = "up"', 'way = "upp"', f"{A1}.rounding.way", "Did you mean 'up'"),
    "substitute that is none": (
        '"green_roof_area_m2"',
        '"other_use_area_m2"',
        f"{A1}.substitutes[1].column",
        "need be no green roof. Take green_roof_area_m2.",
    ),
    "substitute of nothing": (
        "factor = 0.5",
        "factor = 0",
        f"{A1}.substitutes[1].factor",
        "above 0",
    ),
    "substitute twice": (
        '[[targets.readings.deductions]]\ncolumn = "roof_plant_area_m2"',
        '[[targets.readings.substitutes]]\ncolumn = "green_roof_area_m2"',
        f"{A1}.substitutes",
        "two have the id 'green_roof_area_m2'",
    ),
    "area beside a capacity": (
        'combine = "min"\n',
        'combine = "min"\n[[targets.readings.deductions]]\ncolumn = "roof_plant_area_m2"\n',
        f"{A2}.deductions",
        "capacity_min_of counts no area",
    ),
    "unknown metric": (
        '"capacity_min_of"',
        '"capacity_minof"',
        f"{A2}.metric",
        "Did you mean 'capacity_min_of'",
    ),
    "smaller of one": (SECOND_PART, "", f"{A2}.parts", "needs 2 at least, found 1"),
    "capacity of nothing": (
        ONE_PART,
        'id = "A2"\nmetric = "capacity_per_floor_area"\n',
        f"{A2}.parts",
        "needs 1 at least, found 0",
    ),
    "nothing to combine": (
        SECOND_PART,
        "",
        f"{A2}.combine",
        "nothing to combine",
        ('"capacity_min_of"', '"capacity_per_floor_area"'),
    ),
    "area combined by min": ('"or"', '"min"', f"{A1}.combine", "Write or"),
    "capacity combined by or": ('"min"', '"or"', f"{A2}.combine", "Write min or max"),
    "part without terms": (
        "[[targets.readings.parts.terms]]\nfactor = 3.0",
        "",
        f"{A1}.parts[1].terms",
        "without terms",
    ),
    "two factors": (
        'by = "climate_zone"',
        'by = "climate_zone"\nfactor = 1.0',
        f"{A2}.parts[1].terms[1].factor",
        "not both",
    ),
    "no factor": ("factor = 3.0", "", f"{A1}.parts[1].terms[1].factor", "Give 'factor'"),
    "factors of no column": (
        'by = "climate_zone"',
        "factor = 1.0",
        f"{A2}.parts[1].terms[1].factors",
        "Add 'by'",
    ),
    "factor of a class outside the list": (
        'by = "climate_zone"\nfactors = { 12 = 0.000613 }',
        'by = "use"\nfactors = { shop = 0.1 }',
        f"{A2}.parts[1].terms[1].factors.shop",
        "unknown key. Did you mean 'school'",
    ),
    "unit of a constant": (
        "factor = 3.0",
        'factor = 3.0\nunit = "ft2"',
        f"{A1}.parts[1].terms[1].unit",
        "a constant is no area",
    ),
}


def _write(folder: Path, text: str) -> Path:
    file = folder / "town.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_rule_with_everything_is_read_as_it_says(tmp_path: Path) -> None:
    rule = targets.load_rule(_write(tmp_path, RULE))
    assert rule.title.original == "Stadt"
    (target,) = rule.targets
    assert (target.threshold, target.level, target.strict) == (None, "building", True)
    assert target.schedule[1] == Step(datetime.date(2026, 1, 1), 0.4)
    assert target.subject.gates == (Gate("footprint_area_m2", above=500, at_most=9000),)
    assert target.exemptions[0].gates == (Gate("best_south_plane_m2", below=20),)
    assert target.exemptions[0].title.en == "small roof"
    share, least = target.readings
    assert share.substitutes == (Counted("green_roof_area_m2", 0.5),)
    assert share.eases == ("green_roof_area_m2", "roof_plant_area_m2")
    assert share.rounding == Rounding(0.01, "up")
    assert (share.unit, least.unit, least.combine) == ("m2", "kW", "min")
    (term,) = least.parts[0].terms
    assert (term.factors, term.unit, term.unstated) == ((("12", 0.000613),), "ft2", "left out")


@pytest.mark.parametrize(
    ("day", "threshold"),
    [("2022-12-31", None), ("2023-01-01", 0.3), ("2025-12-31", 0.3), ("2026-01-01", 0.4)],
)
def test_a_schedule_has_its_value_of_a_day(
    tmp_path: Path, day: str, threshold: float | None
) -> None:
    (target,) = targets.load_rule(_write(tmp_path, RULE)).targets
    assert target.threshold_on(datetime.date.fromisoformat(day)) == threshold


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_in_one_line_with_the_key_and_the_mend(
    tmp_path: Path, case: str
) -> None:
    old, new, where, said, *more = WRONG[case]
    text = RULE
    for before, after in ((old, new), *more):
        assert before in text
        text = text.replace(before, after, 1)
    with pytest.raises(InvalidRules) as caught:
        targets.load_rule(_write(tmp_path, text))
    assert caught.value.where == where
    assert said in str(caught.value)
    assert caught.value.mend
    assert "\n" not in str(caught.value)


def test_or_is_judged_building_by_building(tmp_path: Path) -> None:
    text = RULE.replace('level = "building"\nscheduled_by = "completed"\n', 'level = "city"\n')
    with pytest.raises(InvalidRules, match="A1 combines by 'or', which is judged building by"):
        targets.load_rule(_write(tmp_path, text))
