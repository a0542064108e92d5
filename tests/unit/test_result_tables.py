"""Tables that are written as text, from a frame or from Arrow."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa

from roofpv.csvfiles import write_csv, write_csv_table

_COLUMNS = {
    "name": pa.array(["=1+1", None, 'a "b", c', "－x", "plain", ""], pa.string()),
    "empty": pa.array([None] * 6, pa.string()),
    "kwp": pa.array([1.5, None, float("inf"), 1e-300, -0.0, 3.0]),
    "flag": pa.array([True, None, False, True, None, False]),
    "day": pa.array([datetime(2020, 2, 29), None, *[datetime(1999, 1, 1)] * 4], pa.timestamp("ms")),
    "row": pa.array(range(6), pa.int64()),
}


def test_a_table_is_written_as_its_frame_is(tmp_path: Path) -> None:
    table = pa.table(_COLUMNS)
    write_csv_table(table, tmp_path / "table.csv")
    write_csv(table.to_pandas(), tmp_path / "frame.csv")
    written = (tmp_path / "table.csv").read_bytes()
    assert written == (tmp_path / "frame.csv").read_bytes()
    assert b'"\'=1+1"' in written
    assert '"\'－x"'.encode() in written


def test_a_table_without_rows_is_its_header(tmp_path: Path) -> None:
    write_csv_table(pa.table(_COLUMNS).slice(0, 0), tmp_path / "table.csv")
    head = b'\xef\xbb\xbf"name","empty","kwp","flag","day","row"\n'
    assert (tmp_path / "table.csv").read_bytes() == head
