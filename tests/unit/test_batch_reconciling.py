"""Parts that do not make up their list."""

from __future__ import annotations

import pandas as pd
import pytest

from roofpv.batch.reconciling import counts_close, rows_stand_once
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
