"""Values as cells of a sheet hold them: text, numbers and days; nothing that a sheet would run."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from roofpv.catalogue import say
from roofpv.report.ooxml.xml import clean
from roofpv.report.workbook.names import units

# Of texts: a short one; a long one that wraps; one that runs on over the columns beside it.
Kind = Literal["text", "long", "over", "number", "date"]
Cell = str | float | int | dt.date | None
LONGEST = 32_767
# Of days, of numbers, and of numbers that name a row: a rank, a year.
DAY, PLAIN, LABEL = "yyyy-mm-dd", "#,##0", "0"
_FIRST_DAY = dt.date(1900, 3, 1)  # before it, days of Excel's calendar are one off
_DAY_0 = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class Column:
    """
    A column of a table.

    ``header`` has the unit; ``form`` is the number format; ``key`` is our name of it and ``note``
    what it means, both told in a comment.
    """

    key: str
    header: str
    kind: Kind = "text"
    form: str = PLAIN
    note: str = ""


@dataclass(frozen=True)
class Shown:
    """A number with a format of its own."""

    value: float | None
    form: str


def text_cell(value: object, language: str) -> str:
    """
    A text as a cell holds it; one that is too long is cut, and says so.

    Parameters
    ----------
    value : object
        None and NaN give an empty text.
    language : str
    """
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124
        return ""
    text = clean(value, 10**9)
    if len(text) * 2 <= LONGEST or units(text) <= LONGEST:
        return text
    end = say("workbook_report.cut", language, {"n": f"{len(text):,}"})
    kept = text[: LONGEST - len(end)]
    while units(kept) + units(end) > LONGEST:
        kept = kept[: len(kept) - max(1, (units(kept) + units(end) - LONGEST) // 2)]
    return kept + end


def number_cell(value: object) -> float | int | None:
    """A number, None where it is missing or not finite."""
    if value is None or isinstance(value, bool | str):
        return None
    if isinstance(value, int | np.integer):
        return int(value)
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def day_cell(value: object) -> dt.date | str | None:
    """A day; as text where it is before Excel's calendar."""
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124
        return None
    day = value.date() if isinstance(value, dt.datetime) else value
    if not isinstance(day, dt.date):
        return str(value)
    return day if day >= _FIRST_DAY else day.isoformat()


def serial(day: dt.date) -> int:
    """Number of a day in Excel's calendar."""
    return (day - _DAY_0).days


def cells_of(values: pd.Series, column: Column, language: str) -> Sequence[Cell]:
    """All cells of a column of a table."""
    if column.kind == "number":
        if values.dtype == np.float64:
            numbers = values.to_numpy()
            return [v if f else None for v, f in zip(numbers.tolist(), np.isfinite(numbers),
                                                     strict=True)]  # fmt: skip
        return [number_cell(value) for value in values.tolist()]
    if column.kind == "date":
        return [day_cell(value) for value in values.tolist()]
    known: dict[object, str] = {}
    return [_known(value, known, language) for value in values.tolist()]


def _known(value: object, known: dict[object, str], language: str) -> str:
    """A text, cleaned once however often it stands in the column."""
    found = known.get(value)
    if found is None:
        found = known[value] = text_cell(value, language)
    return found
