"""``roofpv plan``: what is printed, what is written, what is refused."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pytest

import roofpv
from roofpv import cli, targets

BUILDINGS = """building_id,name,district,use,ownership,completed,floors,floor_area_m2,lon,lat
A,=school,大武口区,school,public,1998,3,3000,106.37,39.01
B,clinic,平罗县,hospital,public,1999,5,5000,106.55,38.90
C,bureau,惠农区,government,public,2005,2,1200,106.77,39.22
"""
TARGET = ("--target", "shizuishan-2025/B", "--by", "2027")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    (folder / "list.csv").write_text(BUILDINGS, encoding="utf-8")
    result = roofpv.assess(roofpv.read_inventory(folder / "list.csv"))
    return roofpv.write_results(result, folder / "out")


@pytest.fixture
def run(monkeypatch, capfd):
    def call(*arguments):
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["roofpv", "plan", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return (end.value.code, *capfd.readouterr())

    return call


def test_the_plan_is_printed_and_written(run, out, tmp_path):
    code, text, err = run(out, *TARGET, "-o", tmp_path / "plan.csv")
    assert (code, err) == (0, "")
    assert text.startswith("shizuishan-2025/B/B1: 0.00% of 15.00% (reach) now (0 of 3 buildings)")
    table = pd.read_csv(tmp_path / "plan.csv", encoding="utf-8-sig")
    assert list(table.columns) == [
        "building_id", "name", "district", "use", "year", "layout", "kwp", "ac_kwh", "capex_cny",
        "gain", "energy_lost_kwh",
    ]  # fmt: skip
    cheapest = roofpv.read_results(out).buildings.set_index("building_id")["capex_cny"].idxmin()
    assert table["building_id"].tolist() == [cheapest]
    told = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert [one["building_id"] for one in told["roofs"]] == [cheapest]


AREA = ("--target", "shizuishan-2025/B/B3/N2", "--by", "2027")


def test_layouts_are_chosen_where_the_target_counts_areas(run, out, tmp_path):
    told = {}
    for option in ("", "--layouts", "--no-layouts"):
        code, text, err = run(out, *AREA, "--json", *([option] if option else []))
        assert (code, err) == (0, "")
        told[option] = json.loads(text)
    assert told[""] == told["--layouts"]
    assert told[""]["layouts"]["energy"] == "exact"
    assert "layouts" not in told["--no-layouts"]
    code, text, _ = run(out, *AREA, "-o", tmp_path / "plan.csv")
    assert "layouts: " in text
    table = pd.read_csv(tmp_path / "plan.csv", encoding="utf-8-sig")
    assert (table["energy_lost_kwh"] >= 0.0).all()


def test_a_count_of_buildings_asks_for_no_layouts(run, out):
    _, text, _ = run(out, *TARGET, "--json")
    assert "layouts" not in json.loads(text)
    _, text, _ = run(out, *TARGET, "--json", "--layouts")
    assert json.loads(text)["layouts"]["changed"] == 1


def test_many_roofs_are_taken_in_steps(run, out, monkeypatch):
    monkeypatch.setattr("roofpv.layouts.EXACT_ROOFS", 1)
    _, text, _ = run(out, *AREA)
    assert "in steps of azimuth" in text


def test_json_is_one_document(run, out):
    code, text, _ = run(out, *TARGET, "--from", 2026, "--must", "A", "--json")
    assert code == 0
    told = json.loads(text)
    assert told["reached"] is True
    assert (told["start"], told["by"]) == (2026, 2027)


def test_a_formula_is_written_as_text(run, out, tmp_path):
    run(out, *TARGET, "--must", "A", "-o", tmp_path / "plan.csv")
    assert "'=school" in (tmp_path / "plan.csv").read_text(encoding="utf-8-sig")


def test_chinese(run, out):
    _, text, _ = run(out, *TARGET, "--lang", "zh", "--budget", 1)
    assert "无法达标" in text


def test_one_district_and_every_district(run, out):
    code, text, _ = run(out, *TARGET, "--district", "平罗县")
    assert code == 0
    assert text.startswith("shizuishan-2025/B/B1 in 平罗县 alone: 0.00% of 15.00% (reach) now (")
    each = ("--target", "cn-whole-county-2021/public", "--by", "2027", "--json")
    code, text, _ = run(out, *each)
    assert code == 0
    told = json.loads(text)
    assert [one["district"] for one in told["districts"]] == ["大武口区", "平罗县"]


def test_a_rule_that_was_not_judged_is_planned_for(run, out, tmp_path):
    file = tmp_path / "mine.toml"
    rule = targets.load_rule("shizuishan-2025").toml
    file.write_text(rule.replace('id = "shizuishan-2025"', 'id = "mine"'), encoding="utf-8")
    for more in (("--target", f"{file}/B"), ("--target", "mine/B", "--rules", file)):
        code, text, err = run(out, *more, "--by", "2027")
        assert (code, err) == (0, "")
        assert text.startswith("mine/B/B1: 0.00% of 15.00% (reach) now")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--budget", "-5"], "budget_cny: -5 is not 0 or more"),
        (["--min", "school"], "--min school: expected NAME=NUMBER"),
        (["--min", "=0.5"], "--min =0.5: expected NAME=NUMBER"),
        (["--max-kwp", "district=x"], "--max-kwp district=x: expected NAME=NUMBER"),
        (["--district", "X"], "district X: no building of the target lies there"),
        (["--rules", "gone.toml"], "gone.toml: cannot be read"),
        (["--must", "A", "--never", "A"], "the building stands in both"),
        (["-o", "plan.json"], "-o plan.json: the table is a CSV"),
        (["-o", "no/such/folder/plan.csv"], "cannot be written"),
    ],
)
def test_a_refusal_is_one_line(run, out, more, words):
    code, text, err = run(out, *TARGET, *more)
    assert (code, text) == (2, "")
    assert words in err
    assert err.count("\n") == 1
