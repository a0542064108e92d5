from __future__ import annotations

import json

import pandas as pd
import pytest
from partsmaker import PART, ROWS, Alone, files_in, run_of, write_list

from roofpv import assess, read_inventory, read_results, write_results
from roofpv.batch import run_in_parts
from roofpv.weather import bundled_weather


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    return write_list(tmp_path_factory.mktemp("list") / "list.parquet")


@pytest.fixture(scope="module")
def whole(inventory, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    write_results(assess(read_inventory(inventory), bundled_weather()), out)
    return out


@pytest.fixture(scope="module")
def parts(inventory, tmp_path_factory):
    out = tmp_path_factory.mktemp("parts") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roofpv.batch.run.Crew", Alone)
        run_in_parts(run_of(inventory, out))
    return out


@pytest.mark.parametrize(
    "name", ["quarantine.csv", "findings.csv", "supply.csv", "targets.json", "weather.nc"]
)
def test_files_of_the_whole_are_those_of_one_piece(whole, parts, name):
    assert (parts / name).read_bytes() == (whole / name).read_bytes()


def test_the_record_is_that_of_one_piece(whole, parts):
    one, other = (json.loads((out / "run.json").read_text("utf-8")) for out in (whole, parts))
    assert one == other
    assert one["counts"]["in"] == ROWS
    assert one["counts"]["quarantined"] > 0
    assert one["counts"]["excluded"] > 0


def test_rows_are_those_of_one_piece(whole, parts):
    one, other = read_results(whole), read_results(parts)
    for table in ("buildings", "planes"):
        a, b = getattr(one, table), getattr(other, table)
        pd.testing.assert_frame_equal(
            a.drop(columns="geometry"), b.drop(columns="geometry"), check_dtype=False,
            check_exact=True,
        )  # fmt: skip
        assert a.geometry.to_wkb().equals(b.geometry.to_wkb())
    assert one.energy.identical(other.energy)


def test_tables_of_text_are_those_of_one_piece(whole, parts):
    files = sorted((parts / "buildings.csv").iterdir())
    assert len(files) == -(-ROWS // PART)
    heads, rows = zip(*(file.read_bytes().split(b"\n", 1) for file in files), strict=True)
    assert len(set(heads)) == 1
    assert heads[0] + b"\n" + b"".join(rows) == (whole / "buildings.csv").read_bytes()


def test_what_the_list_is_meant_to_hold(whole):
    codes = set(pd.read_csv(whole / "findings.csv")["code"])
    assert codes >= {
        "DUPLICATE_ID", "DISTRICT_SPELLING", "DUPLICATE_FOOTPRINT", "OVERLAPPING_FOOTPRINTS",
        "FAR_FROM_OTHERS", "NO_ROOF", "USE_NOT_UNDERSTOOD",
    }  # fmt: skip
    assert "CAPACITY_ABOVE_AREA" in set(pd.read_csv(whole / "quarantine.csv")["code"])


def test_nothing_is_left_beside_the_result(parts):
    names = {path.name for path in parts.iterdir()}
    assert not [name for name in names if name.startswith(".")]
    assert not [name for name in files_in(parts) if name.endswith(".new")]
