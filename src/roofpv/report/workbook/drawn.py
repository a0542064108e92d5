"""How charts of the workbook look."""

from __future__ import annotations

from typing import Any

from roofpv.report import colours
from roofpv.report.workbook.book import Book

# A comma in a format divides by a thousand: kWh shown as GWh.
GWH, GWH_0 = "#,##0.0,,", "#,##0,,"


def finish(book: Book, chart: Any, title: str, legend: str = "bottom") -> Any:
    """Title and legend ("none" for none); a chart says what it shows to those who do not see it."""
    said = book.say(title)
    chart.set_title({"name": said, "name_font": {"size": 12}})
    chart.set_legend({"none": True} if legend == "none" else {"position": legend})
    return chart


def axis(name: str, form: str, *, lines: bool = True, least: float | None = None) -> dict[str, Any]:
    """An axis of numbers with faint lines."""
    grid = {"visible": lines, "line": {"color": colours.GRID}}
    told: dict[str, Any] = {"num_format": form, "major_gridlines": grid}
    if name:
        told["name"] = name
    return told if least is None else told | {"min": least}
