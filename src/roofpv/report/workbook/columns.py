"""Columns of ours as a sheet shows them: header with unit, number format, what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import pandas as pd

from roofpv import schema
from roofpv.catalogue import has_text, say
from roofpv.inventory.classes.shown import shown
from roofpv.report.city import figure_of, with_unit
from roofpv.report.shown import layout_named
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import Cell, Column, Kind, cells_of
from roofpv.report.workbook.record import reason_text

_ALL = {
    c.name: c
    for c in (*schema.SHADE, *schema.INVENTORY, *schema.CHECKED, *schema.RESULT, *schema.ASKED)
}
# What the report works out itself.
_WORKED_OUT = frozenset({"room_kwp"})
_KINDS: dict[str, Kind] = {"number": "number", "year": "number", "date": "date"}
_UNITS = {"kg": "kg CO₂", "a": "years", "kW": "kW", "dwellings": "dwellings"}
_SIGNS = {"m2": "m²", "kN/m2": "kN/m²", "kWh/m2": "kWh/m²", "W/m2": "W/m²", "deg": "°", "1": ""}
_CHINESE = {"CNY": "元", "CNY/kWh": "元/kWh", "years": "年", "dwellings": "套"}
_CLASSED = frozenset({"use", "use_alternative", "ownership", "roof_type", "existing_pv"})


def column_of(book: Book, name: str) -> Column:
    """
    A column of the result as a sheet shows it.

    Parameters
    ----------
    book : Book
    name : str
        Of the data dictionary; another one is shown as it is.
    """
    known = _ALL.get(name)
    kind = _KINDS.get(known.kind if known else "", "number" if name in _WORKED_OUT else "text")
    unit = unit_of(book, name)
    header = title_of(book, name)
    form = "0" if known and known.kind == "year" else figure_of(name).number_format
    return Column(name, with_unit(header, unit, book.language), kind, form, _note(book, name))


def title_of(book: Book, name: str) -> str:
    """A column as people call it, without its unit."""
    known, key = _ALL.get(name), f"heading.{name}"
    if has_text(key):
        said = say(key, book.language)
    elif known is None:
        return book.text(name)
    else:
        said = known.zh if book.language == "zh" else known.en
    return said[:1].upper() + said[1:]


def unit_of(book: Book, name: str) -> str:
    """Unit as people of the language write it; empty for a share or a count."""
    figure, known = figure_of(name), _ALL.get(name)
    unit = figure.unit or (_UNITS.get(known.unit, "") if known else "")
    if unit == "%":
        return ""
    return _CHINESE.get(unit, unit) if book.language == "zh" else unit


def signs_of(unit: str) -> str:
    """A unit of the record in signs; empty for a share."""
    return _SIGNS.get(unit, unit)


def meaning_of(name: str, language: str) -> str:
    """What the data dictionary says of a column."""
    known = _ALL.get(name)
    return "" if known is None else (known.zh if language == "zh" else known.en)


def cells_in(book: Book, table: pd.DataFrame, columns: Iterable[Column]) -> list[list[Cell]]:
    """
    Cells of a table, column by column; classes in words, flags as yes and no.

    Parameters
    ----------
    book : Book
    table : DataFrame (row,)
        Columns that it does not have are empty.
    columns : iterable of Column
    """
    return [_cells(book, table, column) for column in columns]


def _cells(book: Book, table: pd.DataFrame, column: Column) -> list[Cell]:
    if column.key not in table:
        return [None] * len(table)
    values = table[column.key]
    if column.key in _CLASSED or column.key == "layout":
        told = layout_named if column.key == "layout" else partial(shown, column.key)
        values = values.map({one: told(one, book.language) for one in values.dropna().unique()})
    elif pd.api.types.is_bool_dtype(values):
        values = values.map({True: book.word(True), False: book.word(False)})
    return list(cells_of(values, column, book.language))


def _note(book: Book, name: str) -> str:
    """Meaning, and why cells of it may be empty."""
    ours = name in _WORKED_OUT
    meaning = book.say(f"{name}_note") if ours else meaning_of(name, book.language)
    lines = ["" if meaning == title_of(book, name) else meaning]
    reason = book.city.result.run.get("not_assessed", {}).get(name)
    if reason:
        words = {"reason": book.text(reason_text(reason, book.language))}
        lines.append(book.say("empty_because", words))
    return "\n".join(line for line in lines if line)
