"""From a list with what a rule asks for to a verdict on it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

RULE = "eu-epbd-2024-art10"
LIST = """建筑编号,区县,建筑用途,产权,竣工年份,层数,建筑面积,有效使用面积(㎡),集热器面积,经度,纬度
A,大武口区,学校,公有,1998,3,3000,2400,40,106.37,39.01
B,平罗县,医院,公有,1999,5,5000,4100,0,106.55,38.90
C,惠农区,政府机关,公有,2005,2,1200,900,,106.77,39.22
"""


@pytest.fixture
def verdicts(run, tmp_path):
    """The city's verdict now on the public buildings above 2000 m2, and their columns."""

    def judged(text):
        (tmp_path / "list.csv").write_text(text, encoding="utf-8")
        done = run("assess", tmp_path / "list.csv", "-o", tmp_path / "out", "--rules", RULE)
        assert done.code == 0, done.err
        again = run("targets", tmp_path / "out", "--as-of", "2027-12-31", "--json")
        (entry,) = (
            one
            for one in json.loads(again.out)
            if one["target"] == "public-2000" and (one["district"], one["state"]) == (None, "now")
        )
        return entry, pd.read_csv(tmp_path / "out" / "buildings.csv", encoding="utf-8-sig")

    return judged


def test_a_list_with_useful_floor_areas_is_judged(verdicts):
    entry, table = verdicts(LIST)
    assert "lacking" not in entry
    # A has collectors, B nothing; C is below 2000 m2.
    assert (entry["numerator"], entry["denominator"], entry["met"]) == (1, 2, False)
    assert (entry["complying_ids"], entry["failing_ids"]) == (["A"], ["B"])
    assert table["useful_floor_area_m2"].tolist() == [2400, 4100, 900]
    assert table["solar_thermal_area_m2"].fillna(-1).tolist() == [40, 0, -1]


def test_a_list_without_them_lacks_them_and_has_no_such_columns(verdicts):
    entry, table = verdicts(LIST.replace("有效使用面积(㎡)", "甲").replace("集热器面积", "乙"))
    assert entry["lacking"] == ["useful_floor_area_m2", "solar_thermal_area_m2"]
    assert entry["met"] is None
    assert not {"useful_floor_area_m2", "solar_thermal_area_m2"} & set(table)
