"""Plans: what is to be built, in which year, at what cost, to reach a target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from roofpv.report.city import (
    bar_named,
    figure_of,
    shown_figure,
    shown_share,
    shown_threshold,
    with_unit,
)
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import LABEL, Cell, Column, Shown, number_cell
from roofpv.report.workbook.columns import cells_in, column_of, title_of, unit_of
from roofpv.report.workbook.page import Page, Row
from roofpv.report.workbook.verdicts import share_form

Told = Mapping[str, Any]
_SUMS = ("kwp", "ac_kwh", "capex_cny")
_ROOFS = ("building_id", "name", "district", "use", "layout", "kwp", "ac_kwh", "capex_cny")
# Roofs of a plan that are listed; the rest is in its own file.
MOST_ROOFS = 10_000


def plan_line(book: Book, told: Told) -> str:
    """A plan in a sentence."""
    words = {
        "target": bar_named(told["target"], book.language),
        "by": told["by"],
        "count": f"{told['count']:,}",
        "threshold": shown_threshold(told["threshold"]),
        "after": shown_share(told["value_after"], told["threshold"]),
        "kwp": shown_figure(told["kwp"], figure_of("kwp"), unit=False),
        "capex": shown_figure(told["capex_cny"], figure_of("capex_cny"), unit=False),
    }
    return book.say(f"plan.line.{_outcome(told)}", words)


def write_plans(book: Book, name: str) -> None:
    """Every plan: its sums, its years, its districts and its roofs."""
    page = Page(book, name)
    page.title(book.say("sheet.plan"), "title")
    page.line(book.say("plan.line_over"))
    for told in book.city.plans:
        words = {"target": bar_named(told["target"], book.language), "by": told["by"]}
        page.title(book.say("plan.title", words))
        page.line(plan_line(book, told))
        facts = (Column("", book.say("fact.what")), Column("", book.say("fact.value"), "number"),
                 Column("", book.say("fact.unit")))  # fmt: skip
        page.table(facts, _facts(book, told))
        _tables(book, page, told)
    page.close()


def _outcome(told: Told) -> str:
    if told["already_met"]:
        return "already"
    return "reached" if told["reached"] else "missed"


def _facts(book: Book, told: Told) -> Iterator[Row]:
    wanted = told["threshold"]
    shares = (("now", told["now"]["value"]), ("after", told["value_after"]))
    yield [book.say("plan.fact.threshold"), Shown(wanted, share_form(None, None)), ""]
    for key, value in shares:
        yield [book.say(f"plan.fact.{key}"), Shown(value, share_form(value, wanted)), ""]
    yield [book.say("plan.fact.candidates"), int(told["candidates"]), ""]
    yield [book.say("plan.fact.count"), int(told["count"]), ""]
    for one in _SUMS:
        title = book.say("plan.kwp") if one == "kwp" else title_of(book, one)
        said = Shown(number_cell(told[one]), column_of(book, one).form)
        yield [title, said, unit_of(book, one)]
    cny = unit_of(book, "capex_cny")
    yield [book.say("plan.fact.present_cost"), number_cell(told["present_cost_cny"]), cny]
    yield [book.say("plan.fact.next_point"), number_cell(told["next_point_cny"]), cny]
    yield [book.say("plan.fact.gap"), Shown(number_cell(told["gap"]), "0.0000%"), ""]


def _column(book: Book, name: str) -> Column:
    """A sum of a plan: its capacity is what it sets, not all that fits."""
    column = column_of(book, name)
    if name != "kwp":
        return column
    return replace(column, header=with_unit(book.say("plan.kwp"), "kWp", book.language))


def _tables(book: Book, page: Page, told: Told) -> None:
    years = (Column("", book.say("plan.year"), "number", LABEL),
             Column("", book.say("plan.fact.count"), "number"),
             *(_column(book, one) for one in _SUMS))  # fmt: skip
    if told["by_year"]:
        page.title(book.say("plan.by_year"))
        page.table(
            years, ([o["year"], o["count"], *(o[n] for n in _SUMS)] for o in told["by_year"])
        )
    if told.get("districts"):
        page.title(book.say("plan.by_district"))
        page.table(_district_columns(book), (_district(book, o) for o in told["districts"]))
    if told.get("roofs"):
        page.title(book.say("plan.roofs"))
        _roofs(book, page, told["roofs"])


def _district_columns(book: Book) -> tuple[Column, ...]:
    share = share_form(None, None)
    return (
        Column("", title_of(book, "district")),
        Column("", book.say("plan.fact.now"), "number", share),
        Column("", book.say("plan.fact.after"), "number", share),
        Column("", book.say("plan.fact.best"), "number", share),
        Column("", book.say("verdict.met")),
        Column("", book.say("plan.fact.count"), "number"), column_of(book, "capex_cny"),
    )  # fmt: skip


def _district(book: Book, one: Told) -> list[Cell]:
    shares = (one["now"]["value"], one["value_after"], one["best_value"])
    return [book.text(one["district"]), *map(number_cell, shares), book.word(bool(one["reached"])),
            int(one["count"]), number_cell(one["capex_cny"])]  # fmt: skip


def _roofs(book: Book, page: Page, roofs: list[Told]) -> None:
    if len(roofs) > MOST_ROOFS:
        words = {"shown": f"{MOST_ROOFS:,}", "all": f"{len(roofs):,}"}
        page.line(book.say("plan.most_roofs", words))
    table = pd.DataFrame(roofs[:MOST_ROOFS])
    columns = [_column(book, one) for one in _ROOFS]
    columns.insert(2, Column("year", book.say("plan.year"), "number", LABEL))
    page.table(columns, zip(*cells_in(book, table, columns), strict=True))
