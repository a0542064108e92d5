"""An empty inventory to fill in: headers, notes, drop-down lists and three example rows."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from roofpv import schema
from roofpv.catalogue import has_text, say
from roofpv.errors import InvalidInventory
from roofpv.report.ooxml.whole import CREATED, whole_file
from roofpv.text import width

ROWS = 1_000
_REQUIRED = ("name", "district", "use")
_EITHER, _INSTEAD = ("floors", "floor_area_m2"), ("footprint_area_m2", "roof_area_m2")
_UNITS = {"m2": "m²", "kN/m2": "kN/m²"}
# What the three examples are besides their texts; schools of four storeys, as they are common.
_EXAMPLES: Mapping[str, Sequence[float | dt.date | None]] = {
    "completed": (1998, dt.date(2016, 9, 30), 2007),
    "floors": (4, 8, 5),
    "height_m": (15.6, 33, 19.8),
    "floor_area_m2": (5200, 16800, 6000),
    "footprint_area_m2": (None, None, 1230),
    "roof_area_m2": (None, 2180, None),
    "surface_tilt": (0, 0, 20),
    "surface_azimuth": (None, None, 180),
    "existing_pv_kwp": (None, 120, None),
    "existing_pv_area_m2": (None, 560, None),
    "existing_pv_date": (None, dt.date(2022, 6, 30), None),
    "annual_load_kwh": (182_000, 2_150_000, 420_000),
    "usable_area_m2": (None, 1350, None),
    "other_use_area_m2": (None, 240, None),
    "stated_kwp": (None, 180, None),
    "roof_live_load_kn_per_m2": (2.0, 2.0, 0.5),
    "lon": (106.3812, 106.7745, 106.5391),
    "lat": (39.0215, 39.2411, 38.9068),
    "altitude_m": (1109, 1092, 1098),
}
_COLOURS = {"required": "#F4B860", "either": "#FBE0A6", "instead": "#FBE0A6", "optional": "#E4E9EC"}
# Pixels of the note on a header, and columns of text in one of its lines.
_NOTE_WIDTH, _NOTE_COLUMNS, _NOTE_LINE = 300, 44, 17
_TABLE = ("column", "unit", "needed", "meaning", "allowed", "example")
_TABLE_WIDTHS = (26, 8, 32, 64, 46, 30)
_LINE_POINTS = 15


def write_template(out: Path, language: str) -> None:
    """
    Write an empty workbook for an inventory.

    Parameters
    ----------
    out : Path
        .xlsx
    language : str
        ``en`` or ``zh``: of headers, notes and words.

    Raises
    ------
    InvalidInventory
        Another ending, or a place that cannot be written.
    """
    if out.suffix.lower() != ".xlsx":
        raise InvalidInventory(str(out), "a template ends in .xlsx", "Choose a name that does")
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        book.set_properties({"created": CREATED})
        _fill_in(
            book, [column for column in schema.INVENTORY if column.kind != "geometry"], language
        )
    with whole_file(out) as part:
        part.write_bytes(held.getvalue())


@dataclass(frozen=True)
class _Told:
    """All that is said of a column, in one language."""

    column: schema.Column
    header: str
    need: str
    meaning: str
    choices: tuple[str, ...]
    examples: tuple[object, ...]

    @property
    def unit(self) -> str:
        return _UNITS.get(self.column.unit, self.column.unit) if self.column.unit != "deg" else "°"

    @property
    def range(self) -> dict[str, str] | None:
        """Lowest and highest believable value, where there are both."""
        low, high = self.column.low, self.column.high
        if self.column.kind != "number" or math.isinf(low) or math.isinf(high):
            return None
        return {"low": f"{low:,.12g}", "high": f"{high:,.12g}"}


def _told(column: schema.Column, language: str) -> _Told:
    need = (
        "required" if column.name in _REQUIRED
        else "either" if column.name in _EITHER
        else "instead" if column.name in _INSTEAD
        else "optional"
    )  # fmt: skip
    star = "*" if need in {"required", "either"} else ""
    # Degrees are left out: beside a number of them the Chinese word also means kWh.
    unit = f"（{_UNITS.get(column.unit, column.unit)}）" if column.unit not in {"", "deg"} else ""
    header = f"{column.zh}{unit}{star}" if language == "zh" else f"{column.name}{star}"
    meaning = _said(f"workbooks.columns.{column.name}", language)
    return _Told(
        column, header, need, meaning or (column.zh if language == "zh" else column.en),
        _choices(column, language), _examples(column, language),
    )  # fmt: skip


def _said(key: str, language: str) -> str:
    return say(key, language) if has_text(key) else ""


def _choices(column: schema.Column, language: str) -> tuple[str, ...]:
    if column.kind == "flag":
        return say("workbooks.template.yes", language), say("workbooks.template.no", language)
    if column.kind == "choice":
        known = [choice for choice in column.choices if choice != "unknown"]
        key = f"workbooks.words.{column.name}"
        return tuple(_said(f"{key}.{choice}", language) or choice for choice in known)
    suggested = _said(f"workbooks.words.{column.name}", language)
    return tuple(suggested.split("|")) if suggested else ()


def _examples(column: schema.Column, language: str) -> tuple[object, ...]:
    texts = _said(f"workbooks.examples.{column.name}", language)
    if texts:
        return tuple(text or None for text in texts.split("|"))
    return tuple(_EXAMPLES.get(column.name, ()))


def _fill_in(book: xlsxwriter.Workbook, columns: Sequence[schema.Column], language: str) -> None:
    sheet = book.add_worksheet(say("workbooks.template.sheet", language))
    told = [_told(column, language) for column in columns]
    example = {"italic": True, "font_color": "#7A7A7A"}
    text, plain = book.add_format({"num_format": "@"}), book.add_format({})
    looks = {
        str: book.add_format({"num_format": "@", **example}),
        dt.date: book.add_format({"num_format": "yyyy-mm-dd", "align": "right", **example}),
    }
    number = book.add_format(example)
    centred = {"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "border": 1}
    heads = {need: book.add_format({"bg_color": c, **centred}) for need, c in _COLOURS.items()}
    author = say("workbooks.template.author", language)
    sheet.set_row(0, 36)
    sheet.freeze_panes(1, 2)
    _print_on_one_width(sheet)
    sheet.repeat_rows(0)
    for at, one in enumerate(told):
        keys = one.column.kind == "text"
        sheet.set_column(at, at, _column_width(one), text if keys else plain)
        sheet.write_string(0, at, one.header, heads[one.need])
        note = _note(one, language)
        lines = sum(max(1, math.ceil(width(line) / _NOTE_COLUMNS)) for line in note.split("\n"))
        size = {"width": _NOTE_WIDTH, "height": _NOTE_LINE * (lines + 1)}
        sheet.write_comment(0, at, note, {"author": author, "font_size": 9, **size})
        rule = _rule(one, language)
        if rule:
            sheet.data_validation(1, at, ROWS, at, rule)
        for row, value in enumerate(one.examples, start=1):
            if value is not None:
                sheet.write(row, at, value, looks.get(type(value), number))
    _write_notes(book, told, language)


def _column_width(one: _Told) -> int:
    cells = [str(value) for value in one.examples if value is not None]
    return min(max(width(one.header) // 2 + 4, *(width(cell) + 2 for cell in cells), 10), 40)


def _note(one: _Told, language: str) -> str:
    lines = [one.meaning]
    shown = {
        "needed": say(f"workbooks.template.{one.need}", language),
        "unit": one.unit,
        "choices": _listed(one, language),
        "between": _between(one, language),
        "example": _example(one),
    }
    stop = "：" if language == "zh" else ": "
    names = {key: say(f"workbooks.template.{key}", language) for key in shown}
    lines += [f"{names[key]}{stop}{value}" for key, value in shown.items() if value]
    return "\n".join(lines)


def _listed(one: _Told, language: str) -> str:
    return ("、" if language == "zh" else ", ").join(one.choices)


def _between(one: _Told, language: str) -> str:
    return say("workbooks.template.between_values", language, one.range) if one.range else ""


def _example(one: _Told) -> str:
    return next((str(value) for value in one.examples if value is not None), "")


def _rule(one: _Told, language: str) -> dict[str, object] | None:
    """What the cells of a column take; an exemption may be any text beside those suggested."""
    title = say("workbooks.template.wrong_title", language)
    if one.choices:
        strict = one.column.kind in {"choice", "flag"}
        return {
            "validate": "list", "source": list(one.choices), "show_error": strict,
            "error_title": title, "error_message": say("workbooks.template.wrong_choice", language),
        }  # fmt: skip
    if one.range is None:
        return None
    stated = say("workbooks.template.wrong_number_range", language, one.range)
    message = say("workbooks.template.wrong_number", language, {"range": stated})
    return {
        "validate": "decimal", "criteria": "between", "minimum": one.column.low,
        "maximum": one.column.high, "error_title": title, "error_message": message,
    }  # fmt: skip


def _write_notes(book: xlsxwriter.Workbook, told: Sequence[_Told], language: str) -> None:
    sheet = book.add_worksheet(say("workbooks.template.notes", language))
    looks = {
        "title": book.add_format({"bold": True, "font_size": 13, "valign": "vcenter"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "head": book.add_format({"bold": True, "bg_color": "#E4E9EC", "border": 1}),
        **{
            need: book.add_format(
                {"bg_color": colour, "text_wrap": True, "valign": "top", "border": 1}
            )
            for need, colour in _COLOURS.items()
        },
        "cell": book.add_format({"text_wrap": True, "valign": "top", "border": 1}),
    }
    for at, wide in enumerate(_TABLE_WIDTHS):
        sheet.set_column(at, at, wide)
    _print_on_one_width(sheet)
    page = _Page(sheet, looks)
    page.section("how", language)
    page.title(say("workbooks.template.columns_title", language))
    page.line([say(f"workbooks.template.{name}", language) for name in _TABLE], ["head"] * 6)
    for one in told:
        need = say(f"workbooks.template.{one.need}", language)
        allowed = _listed(one, language) or _between(one, language)
        cells = [one.header, one.unit, need, one.meaning, allowed, _example(one)]
        page.line(cells, [one.need, "cell", one.need, "cell", "cell", "cell"])
    page.title(say("workbooks.template.grades.title", language))
    for grade in schema.EVIDENCE_GRADES:
        page.text(say(f"workbooks.template.grades.{grade}", language))
    for section in ("place", "empty", "check"):
        page.section(section, language)


def _print_on_one_width(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)


class _Page:
    """A sheet written from top to bottom."""

    def __init__(self, sheet: Worksheet, looks: Mapping[str, Format]) -> None:
        self._sheet, self._looks, self._row = sheet, looks, 0

    def section(self, name: str, language: str) -> None:
        """A title and the lines below it."""
        self.title(say(f"workbooks.template.{name}.title", language))
        for line in say(f"workbooks.template.{name}.lines", language).strip().split("\n"):
            self.text(line)

    def title(self, text: str) -> None:
        """A title, with an empty row above all but the first."""
        self._row += self._row > 0
        self._sheet.set_row(self._row, 24)
        self._sheet.write_string(self._row, 0, text, self._looks["title"])
        self._row += 1

    def text(self, text: str) -> None:
        """A line over the whole width."""
        self._sheet.merge_range(
            self._row, 0, self._row, len(_TABLE_WIDTHS) - 1, text, self._looks["text"]
        )
        lines = math.ceil(width(text) / (sum(_TABLE_WIDTHS) - 4))
        self._sheet.set_row(self._row, _LINE_POINTS * lines + 2)
        self._row += 1

    def line(self, cells: Sequence[str], looks: Sequence[str]) -> None:
        """A row of the table."""
        for at, (cell, look) in enumerate(zip(cells, looks, strict=True)):
            self._sheet.write_string(self._row, at, cell, self._looks[look])
        pairs = zip(cells, _TABLE_WIDTHS, strict=True)
        lines = max(math.ceil(width(cell) / (wide - 1)) for cell, wide in pairs if cell)
        self._sheet.set_row(self._row, _LINE_POINTS * lines + 2)
        self._row += 1
