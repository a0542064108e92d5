"""The first sheet: the answer on each target, the sums of the city, what the other sheets hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roofpv.catalogue import has_text
from roofpv.report import colours
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import Column
from roofpv.report.workbook.columns import title_of
from roofpv.report.workbook.drawn import axis, finish
from roofpv.report.workbook.page import Page, Place, Row
from roofpv.report.workbook.places import facts_columns, facts_rows
from roofpv.report.workbook.plans import plan_line
from roofpv.report.workbook.record import reason_text, recorded
from roofpv.report.workbook.verdicts import (
    answer_columns,
    answer_line,
    answer_rows,
    defaults,
)

_COUNTS = ("in", "assessed", "excluded", "quarantined")
_REQUIRED_MARK = 14


def write_answer(book: Book, name: str, contents: Sequence[tuple[str, str]]) -> None:
    """
    Write the summary.

    Parameters
    ----------
    book : Book
    name : str
        Of its sheet.
    contents : sequence of (name of a sheet, what it holds)
    """
    page = Page(book, name)
    page.title(book.say("answer.title"), "title")
    _warn(book, page)
    _targets(book, page)
    page.title(book.say("answer.totals"))
    page.table(facts_columns(book), facts_rows(book))
    _counts(book, page)
    _notes(book, page)
    page.title(book.say("answer.contents"))
    columns = (Column("", book.say("answer.sheet")), Column("", book.say("answer.holds"), "over"))
    page.table(columns, contents)
    _empty(book, page)
    page.close()


def _warn(book: Book, page: Page) -> None:
    run = book.city.result.run
    if run.get("synthetic"):
        what = ("、" if book.language == "zh" else ", ").join(
            book.say(f"synthetic.{one}") if has_text(f"workbook_report.synthetic.{one}")
            else book.text(one) for one in run["synthetic"]
        )  # fmt: skip
        page.line(book.say("answer.synthetic", {"what": what}), "warning")
    if not run["counts"]["assessed"]:
        page.line(book.say("answer.nothing"), "warning")


def _targets(book: Book, page: Page) -> None:
    page.title(book.say("answer.targets"))
    pairs = list(defaults(book))
    if not pairs:
        page.line(book.say("answer.no_target"))
        return
    for now, potential in pairs:
        page.line(answer_line(book, now, potential))
    for told in book.city.plans:
        page.line(plan_line(book, told))
    place = page.table(answer_columns(book), answer_rows(book))
    page.line(book.say("answer.readings"))
    page.chart(_bars(book, place), rows=17, wide=820)


def _bars(book: Book, place: Place) -> Any:
    """Shares now and potential, with a mark at what is asked for."""
    chart = book.file.add_chart({"type": "column"})
    pair = (colours.ORANGE, colours.BLUE)
    count = place.last - place.first + 1
    points = [{"fill": {"color": pair[at % 2]}} for at in range(count)]
    labels = {"value": True, "num_format": "0.0%"}
    chart.add_series({
        "name": place.header(1), "categories": place.column(0), "values": place.column(1),
        "fill": {"color": colours.BLUE}, "points": points, "gap": 60, "data_labels": labels,
    })  # fmt: skip
    asked = book.file.add_chart({"type": "line"})
    asked.add_series({
        "name": place.header(2), "categories": place.column(0), "values": place.column(2),
        "line": {"none": True},
        "marker": {"type": "long_dash", "size": _REQUIRED_MARK, "fill": {"color": colours.INK},
                   "border": {"color": colours.INK}},
    })  # fmt: skip
    chart.combine(asked)
    chart.set_y_axis(axis("", "0%", least=0))
    return finish(book, chart, "answer.chart")


def _counts(book: Book, page: Page) -> None:
    """Buildings (and planes) of the list, and what became of them: the counts close."""
    counts = book.city.result.run["counts"]
    page.title(book.say("answer.counts"))
    columns = [Column("", book.say("fact.what"))]
    columns += [Column("", book.say(f"count.{one}"), "number") for one in _COUNTS]
    page.table(columns, _counted(book, counts))


def _counted(book: Book, counts: Mapping[str, Any]) -> Iterator[Row]:
    yield [book.say("count.buildings"), *(int(counts[one]) for one in _COUNTS)]
    planes = counts.get("planes")
    if planes:
        yield [book.say("count.planes"), *(int(planes[one]) for one in _COUNTS)]


def _notes(book: Book, page: Page) -> None:
    city = book.city
    lines = [note[book.language] for note in city.notes]
    lines += [recorded(text, book.language) for text in city.result.run.get("warnings", [])]
    if not lines:
        return
    page.title(book.say("answer.notes"))
    for line in lines:
        page.line(f"• {line}")


def _empty(book: Book, page: Page) -> None:
    """Why cells are empty: not known, and for which reason."""
    page.title(book.say("answer.empty"))
    page.line(book.say("answer.empty_line"))
    grouped: dict[str, list[str]] = {}
    for name, reason in book.city.result.run.get("not_assessed", {}).items():
        grouped.setdefault(reason, []).append(title_of(book, name))
    if not grouped:
        return
    stop = "、" if book.language == "zh" else ", "
    columns = (Column("", book.say("answer.column"), "long"),
               Column("", book.say("answer.reason"), "over"))  # fmt: skip
    page.table(columns, ([stop.join(names), book.text(reason_text(reason, book.language))]
                         for reason, names in grouped.items()))  # fmt: skip
