"""Totals in every format of a report: those of the Parquet file to the last printed digit."""

from __future__ import annotations

import html
import re

import citymaker
import openpyxl
import pandas as pd
import pytest

from roofpv.report.city import Teller, figure_of, shown_figure, totals
from roofpv.report.closing import printed
from roofpv.report.ooxml.xml import clean
from roofpv.report.page import panel_figures
from roofpv.report.page.columns import columns_of
from roofpv.report.svg import escape
from roofpv.reporting import ReportAsk, make_report
from roofpv.text import plain

SHOWN = (
    "gross_roof_area_m2", "installable_area_m2", "module_count", "kwp", "installed_kwp", "ac_kwh",
    "specific_yield_kwh_per_kwp", "module_area_m2", "projected_module_area_m2",
    "array_field_area_m2", "capex_cny", "npv_cny", "own_use_kwh", "export_kwh", "saved_cny",
    "sold_cny", "avoided_kgco2", "embodied_kgco2",
)  # fmt: skip


@pytest.fixture(scope="module")
def numbers():
    """Every total as it is to be printed, from the file itself."""
    table = totals(pd.read_parquet(citymaker.folder() / "buildings.parquet"))
    return {
        shown_figure(row[column], figure_of(column), unit=False)
        for row in table.to_dict("records")
        for column in SHOWN
    }


def written(format_, language, where):
    return make_report(citymaker.folder(), ReportAsk(language, (format_,), where))[0]


def words_of_html(path):
    return html.unescape(re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8")))


def words_of_pdf(path):
    reader = pytest.importorskip("pypdf").PdfReader(path)
    return " ".join(page.extract_text() for page in reader.pages)


def words_of_xlsx(path):
    """Every number as its cell shows it."""
    book = openpyxl.load_workbook(path)
    cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row)
    return "  ".join(
        str(printed(cell.value, len(cell.number_format.partition(".")[2])))
        for cell in cells
        if isinstance(cell.value, int | float) and cell.number_format.startswith("#,##0")
    )


READERS = {"html": words_of_html, "pdf": words_of_pdf, "xlsx": words_of_xlsx}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("format_", sorted(READERS))
def test_every_total_is_printed(format_, language, numbers, tmp_path):
    said = READERS[format_](written(format_, language, tmp_path))
    found = set(re.findall(r"(?<![\d.,])-?\d[\d,]*(?:\.\d+)?(?![\d,])", said)) | {"–"}
    assert len(numbers) > 40
    assert sorted(numbers - found) == []


@pytest.mark.parametrize("code", [0xFEFF, 0x200B, 0x200D, 0x202E, 0x2067, 0x00AD, 0x3164, 0xFFA0])
def test_a_hidden_character_is_shown_the_same_everywhere(code):
    name = f"学{chr(code)}校"
    shown = {
        plain(name), clean(name, 99), escape(name), Teller("zh").name(name),
        *panel_figures.words(pd.Series([name])), *panel_figures.classes(pd.Series([name]))["words"],
        *(packed.body.decode() for packed in words_packed(name)),
    }  # fmt: skip
    assert shown == {"学?校"}


def words_packed(name):
    """What the table of a page has of a name."""
    columns = columns_of(pd.DataFrame({"name": [name], "building_id": [name], "district": [name],
                                       "use": ["school"], "evidence_grade": ["C"],
                                       "status": ["assessed"], "kwp": [1.0],
                                       "installed_kwp": [0.0], "existing_pv": ["no"]}))  # fmt: skip
    assert columns[2].choices == ("学?校",)
    return [columns[0].packed["building_id.patterns"], columns[1].packed["name.patterns"]]
