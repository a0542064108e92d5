"""Sums of the city and its districts, and their carbon."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report.city import ADDED, MEANS
from roofpv.report.city.ranking import ROOM, room_of
from roofpv.report.city.totals import exact_sum
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import Cell, Column, Shown, number_cell
from roofpv.report.workbook.columns import column_of, title_of, unit_of
from roofpv.report.workbook.page import Page, Row
from roofpv.report.workbook.record import recorded

# Sums that the summary tells of the city, in its order.
TOLD = (
    "gross_roof_area_m2", "installable_area_m2", "module_area_m2", "module_count", "kwp",
    "installed_kwp", "ac_kwh", "specific_yield_kwh_per_kwp", "lifetime_kwh", "own_use_kwh",
    "export_kwh", "self_use_fraction", "capex_cny", "npv_cny", "avoided_kgco2",
)  # fmt: skip


def facts_columns(book: Book) -> tuple[Column, ...]:
    """Columns of the sums that the summary tells."""
    return (
        Column("", book.say("fact.what")),
        Column("", book.say("fact.value"), "number"),
        Column("", book.say("fact.unit")),
        Column("", book.say("fact.known"), "number", note=book.say("fact.known_note")),
    )


def facts_rows(book: Book) -> Iterator[Row]:
    """The sums of the city, one a row."""
    city = book.sums.iloc[0]
    yield [book.say("fact.buildings"), int(city["buildings"]), "", None]
    yield [book.say("fact.roofs"), int(city["roofs"]), "", None]
    for name in TOLD:
        form = column_of(book, name).form
        known = int(city[f"known_{name}"]) if name in ADDED else None
        value = number_cell(city[name])
        yield [title_of(book, name), Shown(value, form), unit_of(book, name), known]
        if name == "installed_kwp":
            room = room_of(book.city.roofs)
            said = Shown(number_cell(exact_sum(room)), form)
            known = int((~np.isnan(room)).sum())
            yield [title_of(book, ROOM), said, unit_of(book, ROOM), known]


def write_places(book: Book, name: str, sheets: Mapping[str, str]) -> None:
    """Sums by district, and of how many buildings each is known."""
    page = Page(book, name)
    table = book.sums
    page.title(book.say("sheet.totals"), "title")
    page.line(book.say("places.line"))
    _tell_without(book, page, table)
    sums = [column_of(book, one) for one in (*ADDED, *MEANS)]
    lead = (Column("district", title_of(book, "district")), Column("", title_of(book, "sheet")),
            Column("", title_of(book, "buildings"), "number"),
            Column("", title_of(book, "roofs"), "number"))  # fmt: skip
    rows = [_lead(book, one, sheets) + [number_cell(one[c.key]) for c in sums]
            for one in table.to_dict("records")]  # fmt: skip
    page.table([*lead, *sums], rows)
    page.title(book.say("places.known"))
    counts = [Column(f"known_{c}", title_of(book, c), "number") for c in ADDED]
    rows = [_lead(book, one, sheets) + [int(one[c.key]) for c in counts]
            for one in table.to_dict("records")]  # fmt: skip
    page.table([*lead, *counts], rows)
    page.lead = 1
    page.sheet.freeze_panes(0, page.lead)
    page.close()


def write_carbon(book: Book, name: str) -> None:
    """Carbon avoided and embodied, and the factors that they rest on."""
    page = Page(book, name)
    page.title(book.say("sheet.carbon"), "title")
    page.line(book.say("carbon.line"))
    columns = (
        Column("district", title_of(book, "district")), column_of(book, "ac_kwh"),
        column_of(book, "avoided_kgco2"), column_of(book, "embodied_kgco2"),
        Column("", book.say("carbon.payback"), "number", "#,##0.0",
               book.say("carbon.payback_note")),
    )  # fmt: skip
    page.table(columns, (_carbon(book, one) for one in book.sums.to_dict("records")))
    told = book.city.result.run.get("money", {}).get("carbon", {})
    page.title(book.say("carbon.factors"))
    factors = (Column("", book.say("fact.what")), Column("", book.say("fact.value"), "number"),
               Column("", book.say("fact.unit")),
               Column("", book.say("assumption.source"), "over"))  # fmt: skip
    page.table(factors, _factors(book, told))
    page.close()


def _tell_without(book: Book, page: Page, table: pd.DataFrame) -> None:
    without = int(table["buildings"].iloc[0] - table["buildings"].iloc[1:].sum())
    if without:
        page.line(book.say("places.without", {"n": f"{without:,}"}), "warning")


def _lead(book: Book, one: Mapping[Any, Any], sheets: Mapping[str, str]) -> list[Cell]:
    city = not one["district"]
    name = say("targets.city", book.language) if city else book.text(one["district"])
    sheet = "" if city else sheets.get(str(one["district"]), "")
    return [name, sheet, int(one["buildings"]), int(one["roofs"])]


def _carbon(book: Book, one: Mapping[Any, Any]) -> Row:
    avoided, embodied = number_cell(one["avoided_kgco2"]), number_cell(one["embodied_kgco2"])
    years = embodied / avoided if avoided and embodied is not None else math.nan
    name = _lead(book, one, {})[0]
    return [name, number_cell(one["ac_kwh"]), avoided, embodied, number_cell(years)]


def _factors(book: Book, told: Mapping[str, Any]) -> Iterator[Row]:
    grid, embodied = told.get("grid", {}), told.get("embodied", {})
    if grid:
        words = {one: _word(book, one, grid[one]) for one in ("region", "year", "scope")}
        sources = _sources(book, grid)
        yield [book.text(book.say("carbon.grid", words)), _four(grid["kgco2_per_kwh"]),
               "kg CO₂/kWh", sources]  # fmt: skip
    if embodied:
        sources = _sources(book, embodied)
        yield [book.say("carbon.embodied"), number_cell(embodied["kgco2_per_kwp"]),
               "kg CO₂/kWp", sources]  # fmt: skip


def _sources(book: Book, told: Mapping[str, Any]) -> str:
    said = (book.text(recorded(one, book.language)) for one in told.get("sources", []))
    return ("；" if book.language == "zh" else "; ").join(said)


def _four(value: float) -> Shown:
    return Shown(value, "0.0000")


def _word(book: Book, name: str, value: object) -> str:
    key = f"carbon.{name}.{value}"
    return book.say(key) if has_text(f"workbook_report.{key}") else str(value)
