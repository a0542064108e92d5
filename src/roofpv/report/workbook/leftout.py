"""What is not in the sums, or was doubtful: exempt buildings, rows not used, findings."""

from __future__ import annotations

import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report.shown import named
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import LABEL, Cell, Column, Kind
from roofpv.report.workbook.columns import cells_in, column_of, title_of
from roofpv.report.workbook.listing import held, write_list
from roofpv.report.workbook.record import finding_text

_EXCLUDED = (
    "building_id", "name", "institution", "district", "use", "ownership", "completed", "exemption",
    "exemption_document",
)  # fmt: skip
_ROWS = (
    "kind", "row", "sheet", "building_id", "column", "value", "became", "reason", "what_to_do",
    "code",
)  # fmt: skip
_EXEMPT = "exempt: "  # how ``siting`` begins the reason of a building that is exempt
_LONG = frozenset({"value", "became", "reason", "what_to_do"})


def write_excluded(book: Book, name: str) -> None:
    """Buildings that are exempt: in no numerator, denominator or sum."""
    buildings = book.city.result.buildings
    table = pd.DataFrame(buildings[buildings["status"] == "excluded"])
    # Where the list gives the reason in a column of its own, the record tells it.
    stated = table["exemption"].notna() & (table["exemption"] != "")
    recorded = table["status_reason"].str.removeprefix(_EXEMPT)
    table = table.assign(exemption=table["exemption"].where(stated, recorded))
    columns = [column_of(book, one) for one in _EXCLUDED]
    kind = Column("exemption_kind", title_of(book, "exemption_kind"))
    cells = cells_in(book, table, columns)
    words = {one: _exemption(book, one) for one in table["exemption_kind"].dropna().unique()}
    kinds: list[Cell] = [words.get(one, "") for one in table["exemption_kind"]]
    write_list(book, name, [*columns, kind], held([*cells, kinds]))


def write_quarantine(book: Book, name: str) -> None:
    """Rows of the list that could not be used, and what to do about each."""
    _write_rows(book, name, book.city.result.quarantine)


def write_findings(book: Book, name: str) -> None:
    """Every cell that was corrected, emptied or doubted, and what to do about it."""
    _write_rows(book, name, book.city.result.findings)


def _write_rows(book: Book, name: str, table: pd.DataFrame) -> None:
    columns, cells = [], []
    for one in _ROWS:
        if one == "kind" and one not in table:
            continue
        kind: Kind = "long" if one in _LONG else "text"
        columns.append(
            Column(one, book.say(f"row.{one}"), "number" if one == "row" else kind, LABEL)
        )
        cells.append(_cells(book, table, one))
    write_list(book, name, columns, held(cells), 1)


def _cells(book: Book, table: pd.DataFrame, name: str) -> list[Cell]:
    if name not in table:
        return [None] * len(table)
    values = table[name].tolist()
    if name == "row":
        return [int(value) for value in values]
    if name == "kind":
        return [say(f"findings.kinds.{one}", book.language) if has_text(f"findings.kinds.{one}")
                else book.text(one) for one in values]  # fmt: skip
    if name == "column":
        return [book.text(named(str(one), book.language)) if one else "" for one in values]
    if name in ("reason", "what_to_do"):
        codes = table["code"].tolist()
        return [
            book.text(finding_text(str(code), str(one), book.language, mend=name == "what_to_do"))
            for code, one in zip(codes, values, strict=True)
        ]
    return [book.text(one) for one in values]


def _exemption(book: Book, kind: str) -> str:
    key = f"exemptions.{kind}"
    return say(key, book.language) if has_text(key) else book.text(kind)
