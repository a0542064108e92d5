"""``assess --design`` and ``explain --layouts --groups``: tables, JSON, exit codes."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pytest

from roofpv import cli
from roofpv.energy import set_threads
from roofpv.weather import bundled_folder

CITY = bundled_folder("buildings") / "shizuishan.geojson"
COUNT = 12


@pytest.fixture
def run(monkeypatch, capsys):
    """The command line in this process."""

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["roofpv", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, *capsys.readouterr()

    yield call
    set_threads(None)


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    """The first buildings of the bundled city, one of them with a hostile name."""
    city = json.loads(CITY.read_text(encoding="utf-8"))
    city["features"] = city["features"][:COUNT]
    city["features"][0]["properties"]["building_id"] = "red\x1b[31m"
    file = tmp_path_factory.mktemp("some") / "some.geojson"
    file.write_text(json.dumps(city), encoding="utf-8")
    return file


@pytest.fixture
def designed(run, some, tmp_path):
    out = tmp_path / "out"
    code, said, err = run("assess", some, "-o", out, "--design", "coverage-then-energy")
    assert (code, err) == (0, "")
    return out, said


def table_of(out):
    table = pd.read_parquet(out / "buildings.parquet")
    return table[table["status"] == "assessed"].set_index("building_id")


def test_a_design_is_recorded_and_its_price_is_a_column(designed):
    out, _ = designed
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))
    table = table_of(out)
    assert told["design"]["objective"] == "coverage-then-energy"
    assert told["design"]["buildings"] == int((table["kwp"] > 0.0).sum())
    assert sum(told["design"]["layouts"].values()) == told["design"]["buildings"]
    keys = {one["key"]: one["value"] for one in told["assumptions"]}
    assert keys["layout.design"] == "coverage-then-energy"
    assert told["design"]["lost_kwh"] == pytest.approx(table["layout_lost_kwh"].sum())
    share = table["module_area_m2"] / table["installable_area_m2"]
    assert told["design"]["buildings_reaching"] == int((share >= 0.5 * (1 - 1e-9)).sum())


def test_layouts_and_groups_of_a_building_in_lines_and_in_json(run, designed):
    out, _ = designed
    table = table_of(out)
    flat = table[table["layout"] != "flush"].index[0]
    code, said, err = run("explain", out, flat, "--layouts", "--groups")
    assert (code, err) == (0, "")
    lines = said.splitlines()
    chosen = [line for line in lines if line.startswith(f"{table.loc[flat, 'layout']} <")]
    assert len(chosen) == 1
    assert sum(" < " in line for line in lines) == 1
    assert any(line.startswith("Layouts side by side") for line in lines)
    assert any(line.startswith("Rows of modules, the most productive first") for line in lines)
    assert "nan" not in said.replace("finance", "")

    code, said, err = run("explain", out, flat, "--layouts", "--groups", "--json")
    assert (code, err) == (0, "")
    told = json.loads(said)
    assert len(told["layouts"]) == 14
    (mine,) = [one for one in told["layouts"] if one["chosen"]]
    assert mine["kwp"] == pytest.approx(table.loc[flat, "kwp"])
    assert mine["ac_kwh"] == pytest.approx(table.loc[flat, "ac_kwh"])
    assert mine["npv_cny"] == pytest.approx(table.loc[flat, "npv_cny"], rel=1e-9)
    assert told["groups"][-1]["cumulative_kwp"] == pytest.approx(table.loc[flat, "kwp"])
    assert told["groups"][-1]["cumulative_ac_kwh"] == pytest.approx(table.loc[flat, "ac_kwh"])
    assert sum(one["module_count"] for one in told["groups"]) == table.loc[flat, "module_count"]


def test_each_building_can_be_told(run, designed):
    out, _ = designed
    for building in table_of(out).index[:4]:
        code, said, err = run("explain", out, building, "--layouts", "--groups")
        assert (code, err) == (0, "")
        assert "\x1b" not in said


def test_without_the_flags_nothing_is_compared(run, designed):
    out, _ = designed
    building = table_of(out).index[0]
    told = json.loads(run("explain", out, building, "--json")[1])
    assert not {"layouts", "groups"} & set(told)


@pytest.mark.parametrize("more", [[], ["--set", "finance.self_use_fraction=0.7"]], ids=len)
def test_npv_needs_no_more_than_the_list(run, some, tmp_path, more):
    out = tmp_path / "out"
    code, _, err = run("assess", some, "-o", out, "--design", "npv", *more)
    assert (code, err) == (0, "")
    table = table_of(out)
    assert table["npv_cny"].notna().all()
    told = json.loads(run("explain", out, table.index[0], "--layouts", "--json")[1])
    values = {one["layout"]: one["npv_cny"] for one in told["layouts"]}
    assert values[table["layout"].iloc[0]] == max(values.values())
    assert values[table["layout"].iloc[0]] == pytest.approx(table["npv_cny"].iloc[0], rel=1e-9)


def test_an_unknown_design_is_refused(run, some, tmp_path):
    code, said, err = run("assess", some, "-o", tmp_path / "out", "--design", "best")
    assert (code, said) == (2, "")
    assert "coverage-then-energy" in err


def test_a_result_of_other_assumptions_is_refused(run, designed):
    out, _ = designed
    table = table_of(out)
    flat = table[table["layout"] != "flush"].index[-1]
    file = out / "run.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    for one in told["assumptions"]:
        if one["key"] == "layout.setback_m":
            one["value"] = 4.0
    file.write_text(json.dumps(told), encoding="utf-8")
    code, said, err = run("explain", out, flat, "--groups")
    assert (code, said) == (2, "")
    assert err.count("\n") == 1
    assert "Assess the inventory again" in err
