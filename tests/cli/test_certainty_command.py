"""``roofpv targets --certainty``: what is printed, and what is refused."""

from __future__ import annotations

import json

import pytest

import roofpv
from roofpv.assumptions import from_values

BUILDINGS = """building_id,name,district,use,ownership,completed,floors,floor_area_m2,has_pv
A,=school,大武口区,school,public,1998,3,3000,
B,clinic,平罗县,hospital,public,1999,5,5000,yes
C,bureau,惠农区,government,public,2005,2,1200,
D,公司综合楼,惠农区,,public,2005,2,1200,
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certainty")
    (folder / "list.csv").write_text(BUILDINGS, encoding="utf-8")
    assumed = from_values({"certainty.unrecorded": 0.2}, "test")
    result = roofpv.assess(
        roofpv.read_inventory(folder / "list.csv"),
        rules=["shizuishan-2025"],
        assumptions=assumed,
    )
    return roofpv.write_results(result, folder / "out")


def test_the_chances_stand_below_the_verdicts(run, out):
    plain, done = run("targets", out), run("targets", out, "--certainty", "--draws", 200)
    assert (done.code, done.err) == (0, "")
    # The chance beside the verdicts is that of the draws asked for.
    assert _verdicts(done.out)[: len(_verdicts(plain.out))] == _verdicts(plain.out)
    assert "target B: chance that it is met, as of 2025-12-31 (200 draws, seed 1)" in done.out
    assert "whether there is PV now" in done.out
    assert "taken as they are, not drawn: ownership" in done.out


def test_verdicts_and_chances_are_told_in_chinese(run, out):
    done = run("targets", out, "--certainty", "--lang", "zh", "--draws", 50)
    assert (done.code, done.err) == (0, "")
    assert "shizuishan-2025 目标 B：15%（达到）" in done.out
    assert "B1 达标的概率" in done.out
    assert "按原值采用、未作模拟" in done.out
    assert "未评价任何规则" in run("targets", out, "--lang", "zh", "--rules", "none").out


def _verdicts(text):
    return [line for line in text.splitlines() if not line.startswith("  chance that ")]


def test_every_assessment_tells_the_chance(run, out):
    told = json.loads((out / "targets.json").read_text(encoding="utf-8"))
    drawn = [one for one in told if one["probability"] is not None]
    assert drawn
    assert all(0.0 <= one["probability"] <= 1.0 for one in drawn)
    assert all(one["value_q10"] <= one["value_q50"] <= one["value_q90"] for one in drawn)
    # The same draws as those of --certainty.
    again = json.loads(run("targets", out, "--certainty", "--json").out)["targets"]
    assert again == told
    assert "  chance that B1 is met (share in 8 of 10 draws): " in run("targets", out).out
    # What is judged anew is drawn where it is asked for.
    assert "chance that" not in run("targets", out, "--by", "use").out


def test_json_is_one_document_with_both(run, out):
    done = run("targets", out, "--certainty", "--json", "--seed", 3)
    told = json.loads(done.out)
    verdicts = json.loads(run("targets", out, "--json").out)
    added = ("probability", "value_q10", "value_q50", "value_q90")
    assert [_without(one, added) for one in told["targets"]] == [
        _without(one, added) for one in verdicts
    ]
    assert all(set(added) <= set(one) for one in told["targets"])
    assert (told["certainty"]["draws"], told["certainty"]["seed"]) == (1000, 3)
    # What the assessment assumed is taken up.
    said = {one["key"]: one["value"] for one in told["certainty"]["assumptions"]}
    assert said["certainty.unrecorded"] == 0.2
    usual = [one for one in told["certainty"]["advice"] if one["reading"] == "B1"]
    assert usual[0]["visits"][0]["building_id"] in {"A", "C", "D"}
    assert run("targets", out, "--certainty", "--json", "--seed", 3).out == done.out
    assert run("targets", out, "--certainty", "--json", "--seed", 4).out != done.out


def _without(one, names):
    return {name: value for name, value in one.items() if name not in names}


def test_other_groups_days_and_rules_are_drawn_too(run, out):
    done = run("targets", out, "--certainty", "--json", "--by", "use", "--as-of", "2026-01-01",
               "--rules", "cn-changzhou", "--draws", 50)  # fmt: skip
    told = json.loads(done.out)
    assert {one["rule"] for one in told["certainty"]["entries"]} == {"cn-changzhou"}
    assert {one["group_kind"] for one in told["certainty"]["entries"]} == {"use"}
    assert {one["as_of"] for one in told["certainty"]["entries"]} == {"2026-01-01"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--draws", 50], ["--draws, --seed: nothing is drawn", "Add --certainty"]),
        (["--certainty", "--draws", 3], ["certainty.draws", "3 is outside 10 to 100000"]),
        (["--certainty", "--seed", -1], ["certainty.seed", "-1 is outside"]),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(run, out, more, words):
    done = run("targets", out, *more)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert all(word in done.err for word in words)


def test_no_rule_has_no_chance(run, tmp_path):
    (tmp_path / "list.csv").write_text(BUILDINGS, encoding="utf-8")
    result = roofpv.assess(roofpv.read_inventory(tmp_path / "list.csv"), rules=[])
    out = roofpv.write_results(result, tmp_path / "out")
    done = run("targets", out, "--certainty")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "--certainty" in done.err
    assert "Name one with --rules" in done.err
