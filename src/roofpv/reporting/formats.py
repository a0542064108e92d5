"""One small function for each format of a report: here another way to write one is put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from roofpv.errors import InvalidConfig
from roofpv.report.city import City, story
from roofpv.report.document import Document, html_of


@dataclass(frozen=True, eq=False)
class Job:
    """A city to be told in a language, with its charts and its story, each made once."""

    city: City
    language: str

    @cached_property
    def charts(self) -> dict[str, str]:
        """Every chart as SVG by its name."""
        return charts_of(self.city, self.language)

    @cached_property
    def document(self) -> Document:
        """The story with its charts."""
        return story(self.city, self.language, self.charts)


def charts_of(city: City, language: str) -> dict[str, str]:
    """Charts of a city by name, those of ``report.city.CHARTS`` that can be drawn."""
    from roofpv.report.waterfall import waterfall_svg  # noqa: PLC0415

    if city.waterfall is None or city.waterfall.empty:
        return {}
    steps = city.waterfall[city.waterfall["level"] == "city"]
    return {"waterfall": waterfall_svg(steps, language)}


def write_html(job: Job, path: Path) -> None:
    """The page to look at."""
    path.write_text(html_of(job.document), encoding="utf-8", newline="\n")


def write_xlsx(job: Job, path: Path) -> None:
    """
    The workbook.

    Raises
    ------
    InvalidConfig
        It cannot be written yet.
    """
    del job
    raise InvalidConfig("--format xlsx", f"{path.name} cannot be written yet", "Write html")


def write_pdf(job: Job, path: Path) -> None:
    """The document on paper."""
    from roofpv.report.document_file import pdf_of  # noqa: PLC0415

    path.write_bytes(pdf_of(job.document))


WRITERS: dict[str, Callable[[Job, Path], None]] = {
    "html": write_html,
    "xlsx": write_xlsx,
    "pdf": write_pdf,
}
