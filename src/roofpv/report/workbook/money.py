"""Money of the city and its districts, each as one cash flow, and the tariffs behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roofpv.catalogue import say
from roofpv.inventory.classes.shown import shown
from roofpv.report.city import Teller, earned_by, figure_of, tariffs_in, unit_of, with_unit
from roofpv.report.city.chapters.tariffs import word_of
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import Column, number_cell
from roofpv.report.workbook.columns import column_of, title_of
from roofpv.report.workbook.page import Page, Row

Told = Mapping[str, Any]
# Of all roofs of known energy, and of those of known own use alone.
_OF_ENERGY = ("kwp", "ac_kwh", "lifetime_kwh", "capex_cny", "lcoe_cny_per_kwh")
_OF_OWN_USE = (
    "own_use_kwh", "export_kwh", "self_use_fraction", "saved_cny", "sold_cny", "npv_cny", "irr",
    "payback_years", "discounted_payback_years",
)  # fmt: skip
_SUMS = ("own_use_kwh", "export_kwh", "saved_cny", "sold_cny")
_PRICE = figure_of("lcoe_cny_per_kwh")


def write_money(book: Book, name: str) -> None:
    """Cost, value and payback of each place, who pays by which tariff, and their hours."""
    told = book.city.result.run.get("money", {})
    page = Page(book, name)
    page.title(book.say("sheet.money"), "title")
    page.line(book.say("money.line"))
    page.title(book.say("money.of_energy"))
    page.table(_place_columns(book, "roofs", _OF_ENERGY), _places(book, told, "roofs", _OF_ENERGY))
    page.title(book.say("money.of_own_use"))
    page.table(
        _place_columns(book, "roofs_with_own_use", ("their_capex_cny", *_OF_OWN_USE)),
        _places(book, told, "roofs_with_own_use", ("their_capex_cny", *_OF_OWN_USE)),
    )
    if told.get("tariff"):
        page.title(book.say("money.tariffs"))
        page.table(_tariff_columns(book), (_tariff(book, one) for one in tariffs_in(told)))
        page.title(book.say("money.hours"))
        page.table(_hour_columns(book), _hours(book, told))
    page.close()


def _place_columns(book: Book, count: str, names: tuple[str, ...]) -> list[Column]:
    lead = [Column("district", title_of(book, "district")),
            Column("", book.say(f"money.{count}"), "number")]  # fmt: skip
    return lead + [_column(book, one) for one in names]


def _column(book: Book, name: str) -> Column:
    if name != "their_capex_cny":
        return column_of(book, name)
    same = column_of(book, "capex_cny")
    return Column("", same.header, same.kind, same.form)


def _places(book: Book, told: Told, count: str, names: tuple[str, ...]) -> Iterator[Row]:
    for one in told.get("places", []):
        city = one["district"] is None
        place = say("targets.city", book.language) if city else book.text(one["district"])
        yield [place, int(one[count]), *(number_cell(one[name]) for name in names)]


def _tariff_columns(book: Book) -> list[Column]:
    price = _priced(book.say("money.earned"), book)
    return [
        Column("", book.say("money.tariff")), Column("", book.say("money.title"), "long"),
        Column("", book.say("money.uses"), "long"),
        *(Column("", book.say(f"money.{key}"), "number")
          for key in ("buildings", "by_list", "roofs_with_own_use")),
        *(column_of(book, one) for one in _SUMS),
        Column("", price, "number", _PRICE.number_format, book.say("money.earned_note")),
    ]  # fmt: skip


def _tariff(book: Book, one: Told) -> Row:
    title = one["title"].get(book.language) or one["title"].get("en") or one["id"]
    stop = "、" if book.language == "zh" else ", "
    uses = (f"{shown('use', use, book.language)} {count:,}"
            for use, count in one.get("uses", {}).items())  # fmt: skip
    counts = ("buildings", "buildings_by_list", "roofs_with_own_use")
    return [
        book.text(one["id"]), book.text(title), book.text(stop.join(uses)),
        *(one.get(key) for key in counts), *(number_cell(one.get(key)) for key in _SUMS),
        number_cell(earned_by(one)),
    ]  # fmt: skip


def _hour_columns(book: Book) -> list[Column]:
    heads = ("season", "days", "hours", "period")
    price = _priced(say("story.heads.price", book.language), book)
    return [
        Column("", book.say("money.tariff")),
        *(Column("", say(f"story.heads.{key}", book.language)) for key in heads),
        Column("", price, "number", _PRICE.number_format),
    ]


def _hours(book: Book, told: Told) -> Iterator[Row]:
    for tariff in tariffs_in(told):
        for one in tariff["hours"]:
            yield [
                book.text(tariff["id"]), _word(book, "season", one["season"]),
                _word(book, "day", one["day"]), f"{one['from']}–{one['to']}",
                _word(book, "period", one["period"]), number_cell(one["price_cny_per_kwh"]),
            ]  # fmt: skip


def _word(book: Book, kind: str, name: str) -> str:
    return book.text(word_of(kind, name, Teller(book.language)))


def _priced(title: str, book: Book) -> str:
    return with_unit(title, unit_of(_PRICE, book.language), book.language)
