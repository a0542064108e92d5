"""Which sheets the workbook has, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from roofpv.report.city import City
from roofpv.report.ooxml.whole import CREATED
from roofpv.report.workbook.answer import write_answer
from roofpv.report.workbook.background import (
    write_assumptions,
    write_dictionary,
    write_rules,
    write_uncertainty,
)
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.energy import write_losses, write_months, write_supply
from roofpv.report.workbook.leftout import write_excluded, write_findings, write_quarantine
from roofpv.report.workbook.money import write_money
from roofpv.report.workbook.places import write_carbon, write_places
from roofpv.report.workbook.plans import write_plans
from roofpv.report.workbook.ranked import (
    district_sheets,
    few_enough,
    ranked,
    write_by_district,
    write_districts,
    write_ranked,
)
from roofpv.report.workbook.verdicts import write_verdicts

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
            "nan_inf_to_errors": False}  # fmt: skip
# After the targets and the lists, up to the sheets of the districts.
_AFTER: Mapping[str, Callable[[Book, str], None]] = {
    "plan": write_plans,
    "money": write_money,
    "supply": write_supply,
    "months": write_months,
    "losses": write_losses,
    "uncertainty": write_uncertainty,
    "carbon": write_carbon,
    "assumptions": write_assumptions,
    "rules": write_rules,
    "excluded": write_excluded,
    "quarantine": write_quarantine,
    "findings": write_findings,
    "dictionary": write_dictionary,
}


def write_workbook(city: City, language: str, path: Path) -> None:
    """
    Write the report of a city as a workbook.

    Parameters
    ----------
    city : City
    language : str
        ``en`` or ``zh``: of sheets, headers and words; numbers have the same digits in both.
    path : Path
        .xlsx; an existing one is overwritten. The same city gives the same bytes.

    Raises
    ------
    OSError
        It cannot be written there, or the disk is full.
    """
    try:
        with path.open("wb") as opened, xlsxwriter.Workbook(opened, _OPTIONS) as file:
            book = Book(city, language, file)
            file.set_properties({
                "title": book.say("answer.title"), "subject": book.say("subject"),
                "author": book.say("author"), "created": CREATED,
            })  # fmt: skip
            _write(book)
    except FileCreateError as error:
        raise OSError(str(error)) from error


def _write(book: Book) -> None:
    buildings = book.city.result.buildings
    keys = ["summary", "targets", "totals", "ranked"]
    keys += [key for key in _AFTER if key != "plan" or book.city.plans]
    names = {key: book.name(book.say(f"sheet.{key}")) for key in keys}
    districts = district_sheets(book)
    if not districts and few_enough(buildings):
        names["by_district"] = book.name(book.say("sheet.by_district"))
    table = ranked(buildings)
    write_answer(book, names["summary"], list(_contents(book, names, districts)))
    write_verdicts(book, names["targets"])
    write_places(book, names["totals"], districts)
    write_ranked(book, names["ranked"], table)
    for key, write in _AFTER.items():
        if key in names:
            write(book, names[key])
    write_districts(book, table, districts)
    if "by_district" in names:
        write_by_district(book, names["by_district"], table)


def _contents(
    book: Book, names: Mapping[str, str], districts: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Each sheet and what it holds."""
    large = not districts and "by_district" not in names
    for key, name in names.items():
        if key != "summary":
            yield (
                name,
                book.say(f"holds.{key}_alone" if large and key == "ranked" else f"holds.{key}"),
            )
    for district, name in districts.items():
        told = book.text(district) or book.say("no_district")
        yield name, book.say("holds.district", {"district": told})
