"""How a table of a chapter is shown: what may wrap, what scrolls, what of it is printed."""

from __future__ import annotations

import re
from typing import Any

from roofpv.catalogue import say
from roofpv.report.document import Grid

# With more rows a table scrolls in a window of its own, under its head.
LONG = 16
# So many rows of a table are printed.
ON_PAPER = 30
# With a longer text in it a table is read row by row, and not down its columns.
_A_SENTENCE = 60
# Ids, dates, ranges, short names: what is broken is read wrongly.
_CODE = re.compile(r"[!-~\u2013]{0,24}|[^ ]{0,6}")
# Chinese breaks after any sign: a column of longer texts is kept this wide at least, in signs.
_A_NAME = 10


def table_block(grid: Grid, language: str) -> dict[str, Any]:
    """
    A table as a template takes it.

    Parameters
    ----------
    grid : Grid
    language : str
        "en" or "zh".

    Returns
    -------
    dict
        ``classes`` by column (``n`` numbers, ``c`` codes that never wrap, ``t`` longer texts),
        ``long``, ``worded``
        (whether it holds sentences, and so is read row by row on a narrow screen), ``on_paper``
        (what is said of rows that are not printed, or "").
    """
    columns = list(zip(*grid.rows, strict=True)) if grid.rows else [()] * len(grid.header)
    rows = len(grid.rows)
    most = {"n": f"{ON_PAPER:,}", "all": f"{rows:,}"}
    return {
        "kind": "grid",
        "grid": grid,
        "classes": [
            "n" if place in grid.numbers else _class(some) for place, some in enumerate(columns)
        ],
        "long": rows > LONG,
        "worded": any(len(cell) > _A_SENTENCE for some in columns for cell in some),
        "on_paper": say("page.on_paper", language, most) if rows > ON_PAPER else "",
    }


def _class(cells: tuple[str, ...]) -> str:
    if all(map(_CODE.fullmatch, cells)):
        return "c"
    return "t" if max(map(len, cells)) >= _A_NAME else ""
