"""Rows of a list that were not used, in lines for a terminal."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report.city import turned
from roofpv.report.shown import named
from roofpv.report.workbook.record import finding_text
from roofpv.text import plain

_FEW, _LONG = 5, 300


def lost_lines(lost: pd.DataFrame, language: str = "en") -> list[str]:
    """
    The first rows of a quarantine, each with its reason and its mend, and how many more there are.

    Parameters
    ----------
    lost : DataFrame (row,)
        ``Result.quarantine``.
    language : str
        ``en`` or ``zh``.
    """
    lines = [
        say("screen.row.lost", language, {"said": plain(_said(row, language), _LONG)})
        for row in lost.head(_FEW).to_dict("records")
    ]
    if len(lost) > _FEW:
        lines.append(say("screen.row.more", language, {"count": len(lost) - _FEW}))
    return lines


def _said(row: dict[Any, Any], language: str) -> str:
    words = {
        "row": row["row"],
        "column": _column(row["column"], language),
        "value": row["value"],
        "reason": _reason(row, language),
        "mend": finding_text(_code(row), row["what_to_do"], language, mend=True),
    }
    return say("screen.row.said_value" if row["value"] else "screen.row.said", language, words)


def _column(name: str, language: str) -> str:
    """A column as the file of ours has it; in Chinese as people call it."""
    return name if language == "en" else named(name, language)


def _reason(row: dict[Any, Any], language: str) -> str:
    """Why a row is not used, and what else was wrong in it."""
    if language == "en":
        return str(row["reason"])
    first, *others = str(row["reason"]).split(f"; {say('findings.also', 'en')} ")
    also = f"；{say('findings.also', language)}"
    said = finding_text(_code(row), first, language)
    return also.join([said, *(_other(one, language) for one in others)])


def _other(text: str, language: str) -> str:
    """Another cell of the row: its column, value and reason."""
    column, equals, rest = text.partition(" = ")
    for end in re.finditer(": ", rest):
        reason = rest[end.end() :]
        if equals and turned(reason, language) != reason:
            value = rest[: end.start()]
            return f"{_column(column, language)} = {value}：{turned(reason, language)}"
    return turned(text, language)


def _code(row: dict[Any, Any]) -> str:
    code = str(row.get("code", ""))
    return code if has_text(f"findings.{code.lower()}") else ""
