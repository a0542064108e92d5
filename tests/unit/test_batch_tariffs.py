"""Tariffs by use and by the list in a run in parts: the same as in one piece."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from partsmaker import PART, ROWS, Alone, messy_list, write_list

from roofpv import assess, read_inventory, read_results, write_results
from roofpv.assessment import once
from roofpv.assumptions import from_values
from roofpv.batch import Run, run_in_parts
from roofpv.batch.cut import Reading
from roofpv.weather import bundled_weather

# The last word is that of rows of the last part alone.
WORDS = ("居民", "一般工商业", None, "大工业", "农业")
NINGXIA = {"finance.tariff": "ningxia", "finance.tariff_hospital": "ningxia-general-2024"}
SHARE = {"finance.tariff_school": "ningxia-residential", "finance.self_use_fraction": 0.6}


@pytest.mark.parametrize("values", [NINGXIA, SHARE], ids=["hours", "share"])
def test_parts_tell_the_tariffs_of_the_whole(values, tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    frame = messy_list()
    said = np.array([WORDS[row * 5 // ROWS] for row in range(ROWS)], dtype=object)
    if values is SHARE:
        said[said == "一般工商业"] = None
    inventory = write_list(tmp_path / "list.parquet", frame.assign(tariff=said))
    assumed = from_values(values, "test")
    one = assess(read_inventory(inventory), bundled_weather(), assumptions=assumed)
    write_results(one, tmp_path / "whole")
    shared = once(bundled_weather(), assumptions=assumed)
    run = Run(inventory, Reading(), shared, tmp_path / "parts", 1, False, PART, io.StringIO())
    run_in_parts(run)
    told = [
        json.loads((tmp_path / name / "run.json").read_text("utf-8")) for name in ("whole", "parts")
    ]
    assert told[0] == told[1]
    assert len(told[0]["money"]["tariffs"]) == (3 if values is NINGXIA else 2)
    assert told[0]["money"]["tariffs_not_taken"]["examples"] == ["large_industrial", "农业"]
    whole, parts = (read_results(tmp_path / name).buildings for name in ("whole", "parts"))
    names = ["tariff", "tariff_id", "own_use_kwh", "saved_cny", "sold_cny", "npv_cny"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(whole[names]), pd.DataFrame(parts[names]), check_dtype=False, check_exact=True
    )
