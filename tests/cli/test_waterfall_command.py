"""``roofpv waterfall``: what is printed, written, drawn and refused."""

from __future__ import annotations

import dataclasses
import json
import math

import pandas as pd
import pytest
from comparemaker import LIST, made

import roofpv
from roofpv.catalogue import LANGUAGES, has_text, say
from roofpv.report.waterfall import waterfall_svg, waterfall_text
from roofpv.results import WATERFALL_FILE, read_waterfall
from roofpv.waterfalls import building_waterfall, records, waterfalls, with_waterfall


@pytest.fixture(scope="module")
def found():
    return made()


@pytest.fixture(scope="module")
def folder(found, tmp_path_factory):
    return roofpv.write_results(found, tmp_path_factory.mktemp("waterfall") / "out")


def factors(steps):
    return math.prod(steps["factor"])


def test_city_districts_and_buildings_multiply_to_their_meter(found):
    steps = waterfalls(found)
    assert steps["level"].unique().tolist() == ["city", "district"]
    city = steps[steps["level"] == "city"]
    ac = found.buildings["ac_kwh"].sum()
    assert city["kwh"].iloc[-1] == pytest.approx(ac, rel=1e-12)
    assert factors(city) == pytest.approx(ac / city["kwh"].iloc[0], rel=1e-12)
    for name, part in steps[steps["level"] == "district"].groupby("name"):
        of_district = found.buildings.loc[found.buildings["district"] == name, "ac_kwh"].sum()
        assert part["kwh"].iloc[-1] == pytest.approx(of_district, rel=1e-12)
        assert factors(part) == pytest.approx(of_district / part["kwh"].iloc[0], rel=1e-12)
    for _, building in found.buildings.iterrows():
        part = building_waterfall(found, building["building_id"])
        assert part["kwh"].iloc[-1] == pytest.approx(building["ac_kwh"], rel=1e-12)


def test_the_order_of_the_planes_changes_no_bit(found):
    turned = dataclasses.replace(found, planes=found.planes.iloc[::-1])
    pd.testing.assert_frame_equal(waterfalls(turned), waterfalls(found), check_exact=True)


def test_the_city_and_a_building_are_printed(run, folder):
    done = run("waterfall", folder)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "From the sun to the meter: all roofs, a year"
    assert next(line for line in lines if "dust" in line).split()[1] == "-4.50%"
    assert sum("= at the meter" in line for line in lines) == 4
    one = run("waterfall", folder, "A", "--lang", "zh").out
    assert one.splitlines()[0] == "发电损失分解：建筑 A，全年"
    assert "逆变器效率" in one
    told = run("explain", folder, "A").out
    assert "From the sun to the meter: building A, a year" in told
    assert json.loads(run("explain", folder, "A", "--json").out)["waterfall"][0]["step"] == "sun"


def test_json_csv_and_pictures(run, folder, tmp_path):
    steps = json.loads(run("waterfall", folder, "--json").out)["steps"]
    city = [one for one in steps if one["level"] == "city"]
    share = city[-1]["kwh"] / city[0]["kwh"]
    assert math.prod(one["factor"] for one in city) == pytest.approx(share, rel=1e-12)
    assert records(pd.DataFrame({"factor": [math.nan]})) == [{"factor": None}]
    assert run("waterfall", folder, "-o", tmp_path / "steps.csv").code == 0
    table = pd.read_csv(tmp_path / "steps.csv", encoding="utf-8-sig")
    assert table["kwh"].tolist() == pytest.approx([one["kwh"] for one in steps], rel=1e-14)
    assert run("waterfall", folder, "-o", tmp_path / "city.svg").code == 0
    assert "at the meter" in (tmp_path / "city.svg").read_text(encoding="utf-8")


def test_kept_steps_are_those_that_are_computed_and_are_not_computed_again(
    run, found, folder, tmp_path, monkeypatch
):
    kept = roofpv.write_results(with_waterfall(found), tmp_path / "kept")
    pd.testing.assert_frame_equal(
        read_waterfall(kept), waterfalls(found), check_exact=True, check_dtype=False
    )
    ways = [[], ["--json"], ["--lang", "zh"]]
    asked = [run("waterfall", folder, *way) for way in ways]
    monkeypatch.setattr("roofpv.waterfalls._left", None)
    assert [run("waterfall", kept, *way) for way in ways] == asked
    assert all(one.code == 0 for one in asked)
    assert run("waterfall", folder).code == 70


def test_assess_keeps_them_when_asked(run, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    run("assess", file, "-o", tmp_path / "out", "--waterfall")
    assert read_waterfall(tmp_path / "out")["step"].iloc[0] == "sun"
    run("assess", file, "-o", tmp_path / "out", "--overwrite")
    assert not (tmp_path / "out" / WATERFALL_FILE).exists()


def test_a_hostile_name_is_made_plain(found):
    steps = building_waterfall(found, "A").assign(name="<b>\x1b[31m")
    assert "\x1b" not in "".join(waterfall_text(steps))
    assert "<b>" not in waterfall_svg(steps)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["Z"], "no such building_id"),
        (["-o", "no/such/folder/steps.csv"], "cannot be written"),
        (["-o", "no/such/folder/city.svg"], "there is no folder"),
        (["-o", "city.pdf"], "a drawing is written as .svg or .png"),
    ],
)
def test_a_refusal_is_one_line(run, folder, more, words):
    done = run("waterfall", folder, *more)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.count("\n") == 1


def test_a_result_without_arrays_has_no_steps(run, found, tmp_path):
    bare = dataclasses.replace(found, planes=found.planes.assign(kwp=0.0))
    out = roofpv.write_results(bare, tmp_path / "bare")
    assert run("waterfall", out).out == "no array has a complete year\n"
    done = run("waterfall", out, "-o", tmp_path / "city.svg")
    assert done.code == 2
    assert "nothing to draw" in done.err


def test_every_step_has_a_name_in_both_languages(found):
    for step in waterfalls(found)["step"].unique():
        assert has_text(f"waterfall.step.{step}"), step
        assert all(say(f"waterfall.step.{step}", lang) for lang in LANGUAGES)
