"""Tables as text that a spreadsheet opens and does not run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = b"\xef\xbb\xbf"


def read_lines(path: Path) -> pd.DataFrame:
    """Text as it went: keys stay text, the apostrophes of ``without_formulas`` are gone."""
    check_ends(path)
    frame = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    return unguarded(frame, list(frame)).astype({"row": "int64"})


def check_ends(path: Path) -> None:
    """
    Make sure that the last line of a table has its end: a table that was cut rarely has.

    Raises
    ------
    ValueError
    """
    with path.open("rb") as opened:
        if opened.seek(0, 2):
            opened.seek(-1, 2)
            if opened.read(1) not in b"\r\n":
                raise ValueError("the last line is cut")


def unguarded(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The same table, its text columns without the apostrophes of ``without_formulas``."""
    for name in names:
        led = frame[name].str.startswith(tuple("'" + start for start in _FORMULA_START))
        frame[name] = frame[name].mask(led, frame[name].str[1:]).astype(object)
    return frame


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Text that a spreadsheet would run is led by an apostrophe, so that it is shown as text."""
    guarded = frame.copy()
    for name in guarded.columns[guarded.dtypes.map(_is_text)]:
        column = guarded[name]
        text = column.where(column.notna(), "").astype(str)
        risky = text.str.startswith(_FORMULA_START)
        if risky.any():
            guarded.loc[risky, name] = "'" + text[risky]
    return guarded


def _is_text(kind: Any) -> bool:
    return bool(pd.api.types.is_object_dtype(kind) or pd.api.types.is_string_dtype(kind))


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as a spreadsheet opens it: utf-8 with its mark, no formulas."""
    plain = without_formulas(frame)
    for name in plain.columns[plain.dtypes.map(pd.api.types.is_datetime64_any_dtype)]:
        plain[name] = plain[name].dt.strftime("%Y-%m-%d")
    _write_plain(pa.Table.from_pandas(plain, preserve_index=False), path)


def write_csv_table(table: pa.Table, path: Path) -> None:
    """As `write_csv`, of a table whose columns have the types of their values."""
    for place, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if pa.types.is_string(column.type):
            risky = pc.is_in(pc.utf8_slice_codeunits(column, 0, 1), pa.array(_FORMULA_START))
            if pc.any(risky).as_py():
                led = pc.binary_join_element_wise("'", column, "")
                table = table.set_column(place, name, pc.if_else(risky, led, column))
        elif pa.types.is_timestamp(column.type):
            days = column.to_pandas().dt.strftime("%Y-%m-%d")
            table = table.set_column(place, name, pa.array(days, pa.string(), from_pandas=True))
    _write_plain(table, path)


def _write_plain(table: pa.Table, path: Path) -> None:
    with path.open("wb") as opened:
        opened.write(_BOM)
        pa.csv.write_csv(table, opened)
