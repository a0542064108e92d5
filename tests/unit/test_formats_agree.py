"""Totals in every format of a report: those of the Parquet file to the last printed digit."""

from __future__ import annotations

import html
import re

import citymaker
import openpyxl
import pandas as pd
import pytest

from roofpv.report.city import figure_of, shown_figure, totals
from roofpv.report.closing import printed
from roofpv.reporting import ReportAsk, make_report

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
