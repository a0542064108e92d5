"""The workbook while it is written: its city, its language, its formats and the names of sheets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format

from roofpv.catalogue import say
from roofpv.report import colours
from roofpv.report.city import City, totals
from roofpv.report.workbook.cells import DAY, LABEL, Column, text_cell
from roofpv.report.workbook.exact import ExactSheet
from roofpv.report.workbook.names import Names

HEAD_FILL, WARN_FILL = "#E4E9EC", "#FBE0A6"
_TOP = {"valign": "top"}
_LOOKS: Mapping[str, Mapping[str, object]] = {
    "title": {"bold": True, "font_size": 16},
    "section": {"bold": True, "font_size": 13, "font_color": colours.BLUE},
    "line": {"text_wrap": True, **_TOP},
    "warning": {"text_wrap": True, "bold": True, "bg_color": WARN_FILL, **_TOP},
    "head": {"bold": True, "bg_color": HEAD_FILL, "text_wrap": True, "valign": "vcenter",
             "bottom": 1},
    "head_number": {"bold": True, "bg_color": HEAD_FILL, "text_wrap": True, "valign": "vcenter",
                    "bottom": 1, "align": "right", "indent": 1},
    "number": {"align": "right", "indent": 1, **_TOP},
    "label": {"align": "left", **_TOP},
    "text": {"num_format": "@", **_TOP},
    "over": {"num_format": "@", **_TOP},
    "long": {"num_format": "@", "text_wrap": True, **_TOP},
    "sum": {"bold": True, "top": 1},
    "sum_number": {"bold": True, "top": 1, "align": "right", "indent": 1},
    "doubt": {"italic": True, "font_color": colours.FAINT},
    "date": {"num_format": DAY, "align": "left", **_TOP},
}  # fmt: skip


class Book:
    """What every sheet needs: ``city``, ``language`` ("en" or "zh"), texts, formats, new sheets."""

    def __init__(self, city: City, language: str, file: xlsxwriter.Workbook) -> None:
        self.city = city
        self.language = language
        self.file = file
        self._names = Names()
        self._looks: dict[tuple[str, str], Format] = {}

    @cached_property
    def sums(self) -> pd.DataFrame:
        """Sums of the city, first, and of its districts; a district without a name is none."""
        table = totals(self.city.result.buildings)
        named = (table["district"] != "") | (table.index == 0)
        return table[named].reset_index(drop=True)

    def say(self, key: str, words: Mapping[str, object] | None = None) -> str:
        """Text of the workbook."""
        return say(f"workbook_report.{key}", self.language, words)

    def text(self, value: object) -> str:
        """A text from the data as a cell holds it."""
        return text_cell(value, self.language)

    def word(self, value: bool | None) -> str:
        """Yes, no or not applicable."""
        return self.say({True: "yes", False: "no", None: "none"}[value])

    def name(self, wanted: str) -> str:
        """A free name of a sheet."""
        return self._names.take(wanted)

    def sheet(self, name: str) -> ExactSheet:
        """A new sheet under a name that was taken."""
        sheet: ExactSheet = self.file.add_worksheet(name, ExactSheet)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_header("&L&A")
        sheet.set_footer("&C&P / &N")
        return sheet

    def look(self, kind: str, form: str = "") -> Format:
        """A format, made once: a kind of text, or ``number`` with its number format."""
        found = self._looks.get((kind, form))
        if found is None:
            plain = {**_LOOKS[kind], **({"num_format": form} if form else {})}
            found = self._looks[kind, form] = self.file.add_format(plain)
        return found

    def style(self, column: Column) -> int:
        """Index of the format of a column's cells in the file."""
        number = column.kind == "number"
        look = self.number(column.form) if number else self.look(column.kind)
        return int(look._get_xf_index())

    def number(self, form: str) -> Format:
        """Format of a number; to the right, or to the left where it names its row."""
        return self.look("label" if form == LABEL else "number", form)
