"""What an officer gets back of a check: the own workbook, or the own table as one, marked."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from roofpv.errors import InvalidInventory
from roofpv.report.marked_table import table_workbook
from roofpv.report.ooxml.marking import Note, marks_to_lines, write_marked

__all__ = ["Note", "mark_workbook", "table_workbook"]


def mark_workbook(file: Path, marks: pd.DataFrame, out: Path, language: str) -> list[Note]:
    """
    Write a copy of a workbook with cells marked; everything else in it stays as it is.

    Marks of an earlier check are taken off first, so a workbook can be checked again and again.

    Parameters
    ----------
    file : Path
        .xlsx or .xlsm.
    marks : DataFrame (mark,)
        ``sheet`` (name), ``row`` (of the sheet, from 1), ``place`` (column of the sheet, from 1; 0
        for the row as a whole), ``kind`` (of ``findings.KINDS``), ``text`` (what to say).
    out : Path
        Of the same ending as ``file``.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    list of (key of the catalogue, words)
        What could not be done in full.

    Raises
    ------
    InvalidInventory
        A workbook that cannot be changed, a sheet that it does not have, or an ``out`` that is the
        workbook itself, has another ending, or cannot be written.
    """
    _check_out(file, out)
    return write_marked(file, marks_to_lines(marks), out, language)


def _check_out(file: Path, out: Path) -> None:
    if out.exists() and file.exists() and out.samefile(file):
        raise InvalidInventory(
            str(out), "is the workbook that is checked", "Choose another name for the marked copy"
        )
    if out.suffix.lower() != file.suffix.lower():
        raise InvalidInventory(
            str(out),
            f"the marked copy of a {file.suffix} file cannot be a {out.suffix or 'nameless'} one",
            f"Let its name end in {file.suffix}",
        )
