"""Findings of a check -> what is to be marked in the officer's own workbook, and where."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from roofpv.catalogue import say
from roofpv.inventory import Checked
from roofpv.inventory.classes.shown import shown

COLUMNS = ("sheet", "row", "place", "kind", "text")


def marks_of(checked: Checked, places: Mapping[str, int], language: str) -> pd.DataFrame:
    """
    One mark for each finding at a row.

    Parameters
    ----------
    checked : Checked
    places : mapping
        Our column -> column of the sheet, counted from 1; ``sheet!column`` where it stands
        elsewhere on a sheet.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    DataFrame (mark,)
        ``sheet``, ``row``, ``place`` (0: the row as a whole), ``kind`` and ``text``.
    """
    found = checked.table(language)
    taken = [shown(c, b, language) for c, b in zip(found["column"], found["became"], strict=True)]
    became = pd.Series(
        [say("check.taken_as", language, {"became": one}) for one in taken],
        found.index,
        dtype=object,
    )
    end = say("check.stop", language)
    text = found["reason"] + end + found["what_to_do"] + end
    text = text.where(found["became"] == "", text + became)
    elsewhere = (found["sheet"] + "!" + found["column"]).map(places)
    place = elsewhere.fillna(found["column"].map(places)).fillna(0).astype("int64")
    marks = found.assign(place=place, text=text)
    return marks[list(COLUMNS)].reset_index(drop=True)
