"""``roofpv compare``: what is printed, what is written, what is refused."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from comparemaker import LIST, OTHER, made, result

import roofpv


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    a = roofpv.write_results(made(LIST.replace("D,new school", "D,=new")), folder / "a")
    b = roofpv.write_results(made(OTHER.replace("D,new school", "D,=newer")), folder / "b")
    return a, b


def test_the_changes_are_printed_and_written(run, folders, tmp_path):
    done = run("compare", *folders, "-o", tmp_path / "changes.csv")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("buildings: 5 -> 5; 1 gone, 1 new, 3 of the 4 in both changed")
    table = pd.read_csv(tmp_path / "changes.csv", encoding="utf-8-sig")
    assert table["building_id"].tolist() == ["A", "C", "D", "E", "F"]
    assert table["change"].tolist() == ["gone", "changed", "changed", "changed", "new"]
    assert table.set_index("building_id").loc["D", "name"] == "'=newer"


def test_json_is_one_document(run, folders):
    done = run("compare", *folders, "--json")
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    assert told["counts"]["gone"] == 1
    assert [one["building_id"] for one in told["buildings"]] == ["A", "C", "D", "E", "F"]
    assert told["buildings"][0]["kwp_b"] is None


def test_a_result_against_itself(run, folders):
    done = run("compare", folders[0], folders[0])
    assert done.code == 0
    assert done.out.splitlines()[-1] == "nothing changed"


def test_chinese(run, folders):
    done = run("compare", *folders, "--lang", "zh")
    assert "减少 1 栋" in done.out
    assert "百分点" in done.out


def test_a_hostile_name_of_a_rule_or_file_is_made_plain(run, folders, tmp_path):
    hostile = dict(result().run, inputs=[{"name": "x\x1b[31m.csv", "sha256": "0"}])
    found = roofpv.read_results(folders[0])
    found.run.update(inputs=hostile["inputs"])
    roofpv.write_results(found, tmp_path / "c")
    done = run("compare", tmp_path / "c", folders[1])
    assert "\x1b" not in done.out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["no/such"], "no complete result"),
        (["-o", "no/such/folder/changes.csv"], "cannot be written"),
    ],
)
def test_a_refusal_is_one_line(run, folders, more, words):
    two = (folders[0],) if len(more) == 1 else folders
    done = run("compare", *two, *more)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.count("\n") == 1


def test_other_ids_are_one_line(run, folders, tmp_path):
    found = roofpv.read_results(folders[0])
    found.buildings["building_id"] = [f"x{i}" for i in range(len(found.buildings))]
    roofpv.write_results(found, tmp_path / "c")
    done = run("compare", folders[0], tmp_path / "c")
    assert (done.code, done.out) == (2, "")
    assert "are these the same list" in done.err
