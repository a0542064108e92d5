"""What the numbers rest on: assumptions, uncertainty, the texts of the rules, the dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roofpv import schema
from roofpv.catalogue import say
from roofpv.report.city import with_unit
from roofpv.report.shown import assumption_named, unit_named
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import LABEL, Cell, Column, Kind, Shown, number_cell
from roofpv.report.workbook.columns import meaning_of, signs_of, title_of
from roofpv.report.workbook.listing import held, write_list
from roofpv.report.workbook.page import Page, Row
from roofpv.report.workbook.record import recorded

_LEVELS = ("first_year", "first_year_as_laid_out", "life")
_QUANTILES = ("mean_kwh", "p50_kwh", "p75_kwh", "p90_kwh")
_SHARE = "0.0%"


def write_assumptions(book: Book, name: str) -> None:
    """Every assumption with its source, changed ones first; files and versions."""
    run = book.city.result.run
    page = Page(book, name)
    page.title(book.say("sheet.assumptions"), "title")
    page.line(book.say("assumption.line"))
    columns = (
        Column("", book.say("assumption.key")), Column("", book.say("assumption.what")),
        Column("", book.say("assumption.value"), "long"),
        Column("", book.say("assumption.unit")), Column("", book.say("assumption.from")),
        Column("", book.say("assumption.source"), "long"),
    )  # fmt: skip
    told = run.get("assumptions", [])
    ordered = [one for one in told if not one["default"]] + [o for o in told if o["default"]]
    page.main(page.table(columns, (_assumption(book, one) for one in ordered)), stays=True)
    page.title(book.say("assumption.files"))
    files = (Column("", book.say("assumption.file"), "long"), Column("", "SHA-256", "over"))
    page.table(files, ([book.text(o["name"]), o["sha256"]] for o in run.get("inputs", [])))
    page.title(book.say("assumption.versions"))
    versions = (
        Column("", book.say("assumption.program")),
        Column("", book.say("assumption.version")),
    )
    page.table(versions, ([k, book.text(v)] for k, v in run.get("versions", {}).items()))
    page.close()


def _assumption(book: Book, one: Mapping[str, Any]) -> Row:
    value = one["value"]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    unit = unit_named(book.text(one["unit"]), book.language)
    changed = book.say("assumption.default" if one["default"] else "assumption.changed")
    said: Cell | Shown = Shown(number_cell(value), "General") if number else book.text(value)
    what = assumption_named(str(one["key"]), book.language)
    source = book.text(recorded(one["source"], book.language))
    return [book.text(one["key"]), what, said, signs_of(unit), changed, source]


def write_uncertainty(book: Book, name: str) -> None:
    """The budget of errors, and the levels of energy of the city and its districts."""
    told = book.city.result.run.get("uncertainty", {})
    page = Page(book, name)
    page.title(book.say("sheet.uncertainty"), "title")
    page.line(book.say("uncertainty.line"))
    if not told.get("budget"):
        page.line(say("uncertainty.not_known", book.language), "warning")
        page.close()
        return
    header = {one: say(f"uncertainty.header.{one}", book.language)
              for one in ("term", "scope", "sd", "share", "life")}  # fmt: skip
    columns = (
        Column("", header["term"]), Column("", header["scope"]),
        Column("", header["sd"], "number", "0.00%"), Column("", header["share"], "number", _SHARE),
        Column("", header["life"], "number", "0.00%"),
        Column("", book.say("uncertainty.life_share"), "number", _SHARE),
        Column("", book.say("uncertainty.keys"), "long"),
        Column("", book.say("assumption.source"), "long"),
    )  # fmt: skip
    page.table(columns, (_term(book, one) for one in told["budget"]))
    for level in _LEVELS:
        words = {"years": told["life_years"]}
        page.title(book.say(f"uncertainty.{level}", words))
        page.table(_level_columns(book), (_level(book, one, level) for one in told["totals"]))
    page.close()


def _term(book: Book, one: Mapping[str, Any]) -> Row:
    shares = (one["sd_fraction"], one["variance_share"], one["life_sd_fraction"],
              one["life_variance_share"])  # fmt: skip
    return [say(f"uncertainty.term.{one['term']}", book.language),
            say(f"uncertainty.scope.{one['scope']}", book.language),
            *map(number_cell, shares), "\n".join(one["keys"]),
            book.text(recorded(one["source"], book.language))]  # fmt: skip


def _level_columns(book: Book) -> tuple[Column, ...]:
    said = (book.say(f"uncertainty.{one}") for one in _QUANTILES)
    names = [with_unit(one, "kWh", book.language) for one in said]
    return (
        Column("", title_of(book, "district")),
        Column("", title_of(book, "buildings"), "number"),
        *(Column("", name, "number") for name in names),
        Column("", book.say("uncertainty.sd"), "number", _SHARE),
    )


def _level(book: Book, one: Mapping[str, Any], level: str) -> Row:
    place = one["district"]
    name = say("targets.city", book.language) if place is None else book.text(place)
    told = one[level]
    values = [number_cell(told[key]) for key in (*_QUANTILES, "sd_fraction")]
    return [name, int(one["buildings"]), *values]


def write_rules(book: Book, name: str) -> None:
    """The texts of the rules as they were in force in this run, line by line."""
    texts = book.city.result.run.get("rule_texts", {})
    columns = (
        Column("", book.say("rules.rule")), Column("", book.say("rules.line"), "number", LABEL),
        Column("", book.say("rules.text"), "long"),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [book.text(rule), number, book.text(line)]
        for rule, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
    ]
    cells = [list(own) for own in zip(*rows, strict=True)] or [[], [], []]
    write_list(book, name, columns, held(cells), 2)


def write_dictionary(book: Book, name: str) -> None:
    """Every column of the result: name, unit, kind, meaning in both languages, how often known."""
    kinds: tuple[tuple[str, Kind], ...] = (
        ("name", "text"), ("header", "text"), ("unit", "text"), ("kind", "text"),
        ("meaning_en", "long"), ("meaning_zh", "long"), ("allowed", "long"), ("known", "number"),
    )  # fmt: skip
    columns = [Column("", book.say(f"dictionary.{key}"), kind) for key, kind in kinds]
    cells = [list(own) for own in zip(*_entries(book), strict=True)]
    write_list(book, name, columns, held(cells), 1)


def _entries(book: Book) -> Iterator[list[Cell]]:
    buildings = book.city.result.buildings
    for column in (*schema.INVENTORY, *schema.CHECKED, *schema.RESULT, *schema.ASKED):
        if column.name not in buildings:
            continue
        kind = book.say(f"kind.{column.kind}")
        known = int(buildings[column.name].notna().sum())
        yield [column.name, title_of(book, column.name), signs_of(column.unit), kind,
               meaning_of(column.name, "en"), meaning_of(column.name, "zh"),
               _allowed(book, column), known]  # fmt: skip


def _allowed(book: Book, column: schema.Column) -> str:
    if column.choices:
        return ("、" if book.language == "zh" else ", ").join(column.choices)
    if abs(column.low) == float("inf"):
        return ""
    return f"{column.low:,.10g} – {column.high:,.10g}"
