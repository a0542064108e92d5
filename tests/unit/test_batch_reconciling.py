"""Parts that do not make up their list."""

from __future__ import annotations

import pandas as pd
import pytest

from roofpv.batch.reconciling import counts_close, rows_stand_once, sums_close
from roofpv.batch.shards import KEPT

_COUNTS = {"assessed": 3, "excluded": 1, "quarantined": 2}


def parts_of(out, kept, lost):
    """Parts whose buildings and whose lines in the quarantine are of these rows."""
    (out / "buildings.parquet").mkdir()
    (out / KEPT).mkdir()
    for part, (buildings, lines) in enumerate(zip(kept, lost, strict=True)):
        table = pd.DataFrame({"source_row": pd.Series(buildings, dtype="int64")})
        table.to_parquet(out / "buildings.parquet" / f"part-{part:05d}.parquet")
        table = pd.DataFrame({"row": lines, "reason": 'a, "b"\nc'})
        table.to_csv(out / KEPT / f"part-{part:05d}.quarantine.csv", index=False)
    return out


def test_each_row_in_one_part(tmp_path):
    # One is there for two reasons.
    rows_stand_once(parts_of(tmp_path, [[1, 4], [5, 2]], [[3, 3], []]), [0, 1], 5)


@pytest.mark.parametrize(
    ("kept", "lost", "said"),
    [
        ([[1, 4], [5, 4]], [[3], []], "row 2 0 times, row 4 2 times; 2 in all"),
        ([[1, 4], [5, 2]], [[3], [1]], "row 1 2 times; 1 in all"),
        ([[1, 4], [6, 2]], [[3], []], "row 5 0 times, row 6 1 times; 2 in all"),
    ],
)
def test_rows_that_are_missing_or_stand_twice(kept, lost, said, tmp_path):
    out = parts_of(tmp_path, kept, lost)
    with pytest.raises(AssertionError, match=f"each row once: {said}"):
        rows_stand_once(out, [0, 1], 5)


@pytest.mark.parametrize(
    ("changed", "rows", "said"),
    [
        ({"excluded": 2}, (6, 6), "excluded: 2 in all, 1 in the parts"),
        ({}, (7, 6), "rows: 7 in the list, 6 told of, 6 in parts"),
        ({}, (6, 5), "rows: 6 in the list, 5 told of, 6 in parts"),
    ],
)
def test_counts_that_do_not_close(changed, rows, said):
    lines = [{"counts": {"assessed": 3, "excluded": 1, "quarantined": 0, "rows": 4}},
             {"counts": {"assessed": 0, "excluded": 0, "quarantined": 2, "rows": 2}}]  # fmt: skip
    counts_close(_COUNTS, lines, (6, 6))
    with pytest.raises(AssertionError, match=said):
        counts_close(_COUNTS | changed, lines, rows)


BUILDINGS = pd.DataFrame(
    {
        "kwp": [10.0, 0.0, 30.0, 5.0, None],
        "ac_kwh": [1e4, 0.0, 3e4, None, None],
        "gross_roof_area_m2": [100.0, 50.0, 300.0, 40.0, 9.0],
        "installable_area_m2": [60.0, 0.0, 200.0, 30.0, None],
        "own_use_kwh": [4e3, None, None, None, None],
        "status": ["assessed", "assessed", "assessed", "excluded", "excluded"],
    }
)
CITY = {"kwp": 40.0, "ac_kwh": 4e4, "own_use_kwh": 4e3}


def record_of(city, energy):
    totals = [{"first_year": {"mean_kwh": energy}}]
    return {"money": {"places": [city]}, "uncertainty": {"totals": totals}}


@pytest.fixture
def buildings(tmp_path):
    """Five of them in three parts, one of which is empty."""
    (tmp_path / "buildings.parquet").mkdir()
    for part, rows in enumerate((slice(0, 2), slice(2, 5), slice(0, 0))):
        BUILDINGS[rows].to_parquet(tmp_path / "buildings.parquet" / f"part-{part:05d}.parquet")
    return tmp_path


@pytest.mark.parametrize("energy", [4e4, 4e4 * (1.0 + 1e-12)])
def test_sums_that_close(energy, buildings):
    sums_close(record_of(CITY, energy), BUILDINGS, buildings, [0, 1, 2])
    none = {"kwp": None, "ac_kwh": 0.0, "own_use_kwh": None}
    sums_close(record_of(none, 0.0), BUILDINGS[:0], buildings, [2])


@pytest.mark.parametrize(
    ("city", "energy", "column", "said"),
    [
        ({"kwp": 45.0}, 4e4, None, "money, kwp: 45.0 in all, 40.0 in the parts"),
        ({"ac_kwh": None}, 4e4, None, "money, ac_kwh: None in all, 40000.0 in the parts"),
        ({"own_use_kwh": 1.0}, 4e4, None, "money, own_use_kwh: 1.0 in all, 4000.0 in"),
        ({}, 4.0001e4, None, "uncertainty, ac_kwh: 40001.0 in all, 40000.0 in the parts"),
        ({}, 4e4, "gross_roof_area_m2", "gross_roof_area_m2: 500.0 in all, 499.0 in the parts"),
        ({}, 4e4, "installable_area_m2", "installable_area_m2: 291.0 in all, 290.0 in the parts"),
    ],
)
def test_sums_that_do_not_close(city, energy, column, said, buildings):
    table = BUILDINGS.copy()
    if column is not None:
        table.loc[0, column] += 1.0
    with pytest.raises(AssertionError, match=said):
        sums_close(record_of(CITY | city, energy), table, buildings, [0, 1, 2])
