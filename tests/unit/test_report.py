from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from roofpv import report, schema, targets
from roofpv.assessment import assess
from roofpv.errors import InvalidResult
from roofpv.inventory import read_inventory
from roofpv.results import read_results, write_results
from roofpv.weather import bundled_folder, bundled_weather

DISTRICTS = ("大武口区", "平罗县", "惠农区")
STEPS = ("roof:", "installable:", "layout:", "cover:", "sun:", "reflection:", "temperature:")


@pytest.fixture(scope="module")
def city():
    return assess(read_inventory(bundled_folder("buildings") / "shizuishan.geojson"))


@pytest.fixture(scope="module")
def weather():
    return bundled_weather("dawukou")


def first(city, **wanted):
    """Id of the first building whose columns hold these values."""
    rows = city.buildings
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    return str(rows["building_id"].iloc[0])


def display(text):
    """One entry for every column of the terminal."""
    cells = []
    for letter in text:
        cells += [letter, ""] if unicodedata.east_asian_width(letter) in "WF" else [letter]
    return cells


def tables(lines):
    """Header, rule and rows of every table among the lines."""
    for number, line in enumerate(lines):
        if line.strip() and set(line.strip()) == {"-", " "}:
            end = number + 1
            while end < len(lines) and lines[end].startswith(
                line[: len(line) - len(line.lstrip())]
            ):
                if not lines[end].strip() or "  " not in lines[end].strip():
                    break
                end += 1
            yield line, [lines[number - 1], *lines[number + 1 : end]]


def assert_aligned(lines):
    found = list(tables(lines))
    assert found
    for rule, rows in found:
        gaps = [i for i, mark in enumerate(rule) if mark == " "]
        for row in map(display, rows):
            assert len(row) <= len(rule)
            assert all(row[i].isspace() for i in gaps if i < len(row))


# Summary


def test_summary_says_what_is_synthetic_first(city):
    lines = report.summary(city)
    assert lines[0].startswith("SYNTHETIC buildings and weather")
    assert "5%" in lines[0]


def test_summary_is_silent_on_what_is_not_synthetic(city):
    real = replace(city, run=city.run | {"synthetic": []})
    assert "SYNTHETIC" not in "\n".join(report.summary(real))


def test_summary_adds_up_over_the_districts(city):
    lines = report.summary(city)
    start = next(i for i, line in enumerate(lines) if line.startswith("district"))
    rows = [line.split() for line in lines[start + 2 : start + 6]]
    assert [row[0] for row in rows] == ["all", *DISTRICTS]
    numbers = np.array([[float(x.replace(",", "")) for x in row[1:]] for row in rows])
    added = [0, 1, 2, 3, 4, 6]
    assert numbers[1:, added].sum(axis=0) == pytest.approx(numbers[0, added], abs=2)
    assert numbers[0, 0] == city.run["counts"]["assessed"]
    assert numbers[0, 5] == pytest.approx(1000 * numbers[0, 4] / numbers[0, 3], rel=1e-3)


def test_summary_closes_its_counts(city):
    counts = city.run["counts"]
    assert counts["in"] == counts["assessed"] + counts["excluded"] + counts["quarantined"]
    said = next(line for line in report.summary(city) if "buildings in =" in line)
    assert f"{counts['in']:,} buildings in = {counts['assessed']:,} assessed" in said


def test_summary_names_what_is_not_assessed_and_warns(city):
    warned = replace(city, run=city.run | {"warnings": ["roofs without\x1b[31m light"]})
    text = "\n".join(report.summary(warned))
    assert "not assessed: shading_loss_fraction" in text
    assert "own_use_kwh, export_kwh, saved_cny, sold_cny" in text
    assert "note: roofs without?[31m light" in text


def test_chinese_stands_in_line(city):
    assert_aligned(report.summary(city))
    assert_aligned(report.targets_text(city.targets))


def test_misaligned_lines_are_seen():
    with pytest.raises(AssertionError):
        assert_aligned(["区县  kWp", "----  ---", "大武口区  1"])


# Targets


def test_targets_text_shows_every_reading_in_both_states(city):
    lines = report.targets_text(city.targets)
    text = "\n".join(lines)
    for target in ("A", "B"):
        assert f"shizuishan-2025 target {target}:" in text
    for entry in city.targets:
        variant = f"/{entry['numerator_variant']}" if entry["numerator_variant"] else ""
        name = entry["reading"] + variant + ("*" if entry["default"] else "")
        assert sum(line.split()[:1] == [name] for line in lines) == 2
    assert "50% (strive), as of 2025-12-31" in text
    assert "15% (reach), as of 2025-12-31" in text


def test_targets_text_shows_numerator_denominator_share_and_verdict(city):
    entry = next(e for e in city.targets if e["reading"] == "B1" and e["district"] is None)
    lines = report.targets_text(city.targets)
    line = next(line for line in lines if line.strip().startswith("B1*"))
    assert f"{entry['numerator']} / {entry['denominator']} buildings" in line
    assert f"{entry['value']:.1%}" in line
    assert line.rstrip().endswith("yes" if entry["met"] else "no")


def test_verdicts_in_chinese_are_those_in_english(city):
    by_use = targets.evaluate(city.buildings, [targets.load_rule("shizuishan-2025")], by="use")
    for entries in (city.targets, by_use):
        english = report.targets_text(entries)
        chinese = report.targets_text(entries, "zh")
        assert len(english) == len(chinese)
        assert_aligned(chinese)
        # All that is left in Latin letters are names and ids.
        words = {word for line in chinese for word in re.findall("[a-z]{4,}", line)}
        assert words <= {"shizuishan"}
        shares = [[re.findall(r"[\d.]+%", line) for line in lines] for lines in (english, chinese)]
        assert shares[0] == shares[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"probability_at_least": True}, "at least 5.0% installed now (1.0% to 9.0%)"),
        ({}, " 5.0% installed now (1.0% to 9.0%)"),
        ({"value_q10": None}, None),
    ],
)
def test_the_chance_of_the_default_reading_is_told(city, change, said):
    drawn = {"probability": 0.05, "value_q10": 0.01, "value_q90": 0.09}
    entry = next(e for e in city.targets if e["reading"] == "B1" and e["district"] is None)
    lines = [line for line in report.targets_text([entry | drawn | change]) if "chance" in line]
    assert lines == [] if said is None else said in lines[0]


def test_a_flipped_verdict_is_marked(city):
    flipped = [e for e in city.targets if e["flips"] and e["district"] is None]
    marked = [line for line in report.targets_text(city.targets) if line.endswith(" !")]
    assert flipped
    assert len(marked) == len(flipped)


def test_no_targets_no_text():
    assert report.targets_text([]) == []


def test_an_empty_denominator_is_not_applicable(weather):
    result = assess(pd.DataFrame({"roof_area_m2": [100.0], "use": ["residential"]}), weather)
    text = "\n".join(report.targets_text(result.targets))
    assert "not applicable" in text
    assert "nan" not in text
    assert "%" not in text.split("as of 2025-12-31")[1].split("as of")[0].split("target B")[0]


def test_a_hostile_district_cannot_paint_the_terminal(weather):
    roofs = {"roof_area_m2": [100.0], "use": ["school"], "district": ["\x1b[31mred\u202eder"]}
    result = assess(pd.DataFrame(roofs), weather)
    text = "\n".join(report.summary(result))
    assert "\x1b" not in text
    assert "\u202e" not in text


# One building


@pytest.fixture(scope="module")
def told(city):
    wanted = {
        "flat": first(city, roof_type="flat", status="assessed"),
        "gabled": first(city, roof_type="gabled", status="assessed"),
        "excluded": first(city, status="excluded"),
    }
    return {name: report.explain(city, building_id) for name, building_id in wanted.items()}


@pytest.mark.parametrize("kind", ["flat", "gabled"])
def test_the_oracle_agrees_with_the_kernel(told, kind):
    for plane in told[kind]["planes"]:
        assert plane["kernel_ac_kwh"] == pytest.approx(plane["pvlib_ac_kwh"], rel=1e-9, abs=1e-9)
        assert sum(plane["months"]) == pytest.approx(plane["kernel_ac_kwh"], rel=1e-12)


@pytest.mark.parametrize(("kind", "count"), [("flat", 1), ("gabled", 2), ("excluded", 0)])
def test_every_plane_is_told_and_adds_up(city, told, kind, count):
    planes, outputs = told[kind]["planes"], told[kind]["outputs"]
    assert len(planes) == count
    if planes:
        added = sum(plane["kernel_ac_kwh"] for plane in planes)
        assert added == pytest.approx(outputs["ac_kwh"], rel=1e-12)
        assert sum(plane["array"]["kwp"] for plane in planes) == pytest.approx(outputs["kwp"])


@pytest.mark.parametrize("kind", ["flat", "gabled"])
def test_every_step_is_told(told, kind):
    for plane in told[kind]["planes"]:
        steps = [step.split(" ")[0] for step in plane["steps"]]
        told_apart = {"rows:", "shade:", "weight:", "cover:"}
        wanted = [step for step in (*STEPS, "DC:", "AC:") if step not in told_apart]
        if plane["array"]["kwp"] == 0.0:
            wanted = ["roof:", "installable:", "layout:", "energy:"]
        assert [step for step in steps if step not in told_apart] == wanted
        assert ("rows:" in steps) == (kind == "flat")
        assert ("shade:" in steps) == (plane["array"]["kwp"] > 0.0)
        assert ("weight:" in steps) == ("cover:" in steps) == (plane["array"]["kwp"] > 0.0)
        assert "nan" not in "".join(plane["steps"])


@pytest.mark.parametrize("kind", ["flat", "gabled", "excluded"])
def test_a_told_building_is_json_without_nan(told, kind):
    again = json.loads(json.dumps(told[kind], allow_nan=False))
    assert set(again) >= {"building_id", "inputs", "planes", "outputs", "rules", "versions"}
    assert set(again["outputs"]) == set(schema.names(schema.RESULT))
    assert again["assumptions_changed"] == []


@pytest.mark.parametrize("kind", ["flat", "gabled", "excluded"])
def test_a_told_building_reads_as_text(told, kind):
    lines = report.explain_text(told[kind])
    assert lines[0] == f"Building {told[kind]['building_id']}"
    assert any(line.startswith("Assumptions changed: none") for line in lines)
    assert "nan" not in "\n".join(lines).lower().replace("finance", "")
    assert all("\n" not in line for line in lines)


def test_an_excluded_building_says_why(told):
    assert told["excluded"]["outputs"]["status_reason"].startswith("exempt: ")
    lines = report.explain_text(told["excluded"])
    assert any("exempt: " in line for line in lines)
    assert not any("is empty" in line for line in lines)


def test_what_is_not_assessed_has_its_reason(told):
    lines = report.explain_text(told["flat"])
    assert any(line.startswith("  shading_loss_fraction is empty: not assessed") for line in lines)


def test_an_unknown_building_is_named(city):
    with pytest.raises(InvalidResult, match=r"NO-SUCH.*no such building_id"):
        report.explain(city, "NO-SUCH")


def quarantined(ids, weather):
    count = len(ids)
    table = {"building_id": [*ids, "good"], "roof_area_m2": [-1.0] * count + [90.0]}
    return assess(pd.DataFrame(table), weather, rules=[])


@pytest.mark.parametrize("ids", [["bad"], ["007"], ["12", "13"], ["=1+1"], ["NA"], ["一号楼"]])
def test_a_quarantined_building_says_why_and_how_to_mend_it(ids, weather, tmp_path):
    fresh = quarantined(ids, weather)
    again = read_results(write_results(fresh, tmp_path / "out"))
    for result in (fresh, again):
        with pytest.raises(InvalidResult, match=r"in quarantine: roof_area_m2.*Correct the cell"):
            report.explain(result, ids[0])


def test_a_stated_capacity_is_told_without_a_layout(weather):
    planes = {"plane_id": ["p"], "surface_tilt": [30.0], "surface_azimuth": [180.0], "kwp": [5.0]}
    told = report.explain(assess(pd.DataFrame(planes), weather, rules=[]), "p")
    text = "\n".join(told["planes"][0]["steps"])
    assert "layout: none, 5.00 kWp are stated" in text
    assert " nan" not in text
    json.dumps(told, allow_nan=False)


def test_planes_without_modules_and_capacities_of_the_list_are_told(weather):
    roofs = pd.DataFrame(
        {
            "building_id": ["tiny", "none", "some"], "roof_area_m2": [80.0, 300.0, 300.0],
            "stated_kwp": [np.nan, 0.0, 9.9],
        }
    )  # fmt: skip
    result = assess(roofs, weather, rules=[])
    texts = {
        name: "\n".join(report.explain(result, name)["planes"][0]["steps"])
        for name in roofs["building_id"]
    }
    assert "layout: no module of 2.278 x 1.134 m fits" in texts["tiny"]
    assert "layout: none of the 0.00 kWp stated is set here" in texts["none"]
    assert "of the 9.90 kWp stated, in 18 modules = 9.90 kWp" in texts["some"]
    assert "nan" not in "".join(texts.values())


def test_changed_assumptions_are_told(weather):
    from roofpv.assumptions import from_values  # noqa: PLC0415

    changed = from_values({"losses.soiling": 0.01, "models.transposition": "perez"}, "test")
    roofs = pd.DataFrame({"building_id": ["a"], "roof_area_m2": [100.0]})
    told = report.explain(assess(roofs, weather, rules=[], assumptions=changed), "a")
    keys = [one["key"] for one in told["assumptions_changed"]]
    assert keys == ["models.transposition", "losses.soiling"]
    assert "perez" in "\n".join(told["planes"][0]["steps"])
    plane = told["planes"][0]
    assert plane["kernel_ac_kwh"] == pytest.approx(plane["pvlib_ac_kwh"], rel=1e-9)


@pytest.mark.parametrize("hour", [0, 12], ids=["night", "noon"])
@pytest.mark.parametrize("gone", [["temp_air"], ["ghi", "dni", "dhi"]], ids=["temp", "light"])
def test_missing_weather_is_missing_for_kernel_and_oracle_alike(weather, hour, gone):
    holed = weather.copy(deep=True)
    local = (holed.indexes["time"].hour + 8) % 24
    for name in gone:
        holed[name][0, int(np.flatnonzero(local == hour)[0])] = np.nan
    roofs = pd.DataFrame({"building_id": ["a"], "roof_area_m2": [100.0]})
    told = report.explain(assess(roofs, holed, rules=[]), "a")
    json.dumps(told, allow_nan=False)
    (plane,) = told["planes"]
    assert (plane["kernel_ac_kwh"] is None) == (plane["pvlib_ac_kwh"] is None)
    assert (plane["kernel_ac_kwh"] is None) == (told["outputs"]["ac_kwh"] is None)
    if hour == 12:
        assert plane["kernel_ac_kwh"] is None


def test_a_result_read_back_tells_the_same(city, told, tmp_path):
    again = read_results(write_results(city, tmp_path / "city"))
    for one in told.values():
        assert report.explain(again, one["building_id"]) == one
    assert report.summary(again) == report.summary(city)
