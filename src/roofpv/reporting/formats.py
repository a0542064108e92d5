"""One small function for each format of a report: here another way to write one is put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from roofpv.catalogue import LANGUAGES
from roofpv.report.charts import MAPS, charts
from roofpv.report.city import City, story
from roofpv.report.document import Document
from roofpv.reporting.files import replace_folder


@dataclass(frozen=True, eq=False)
class Job:
    """
    A city to be told in ``language``, with its story, made once.

    ``panel``: of the page, where it is made already; ``in_parts``: whether the page is an overview
    with the roofs in files beside it.
    """

    city: City
    language: str
    panel: str | None = None
    in_parts: bool = False
    _told: dict[str, Document] = field(default_factory=dict)

    def charts(self, language: str) -> dict[str, str]:
        """Every chart as SVG by its name."""
        return charts(self.city, language)

    def told(self, language: str) -> Document:
        """The story with its charts."""
        if language not in self._told:
            self._told[language] = story(self.city, language, charts(self.city, language, MAPS[:1]))
        return self._told[language]


def write_html(job: Job, path: Path) -> None:
    """The page to look at, which has both languages; of a large city with a folder beside it."""
    from roofpv.report.page import html_page  # noqa: PLC0415
    from roofpv.report.page.parted import FOLDER, parted_page  # noqa: PLC0415

    told = {language: job.told(language) for language in LANGUAGES}
    if job.in_parts:
        parted = parted_page(job.city, job.language, told)
        replace_folder(path.with_name(FOLDER), parted.files)
        text = parted.page
    else:
        text = html_page(job.city, job.language, told, job.panel)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_xlsx(job: Job, path: Path) -> None:
    """The workbook."""
    from roofpv.report.workbook import write_workbook  # noqa: PLC0415

    write_workbook(job.city, job.language, path)


def write_pdf(job: Job, path: Path) -> None:
    """The document on paper."""
    from roofpv.report.paper import pdf_report  # noqa: PLC0415  (typst is tens of MB)

    path.write_bytes(pdf_report(job.told(job.language)))


WRITERS: dict[str, Callable[[Job, Path], None]] = {
    "html": write_html,
    "xlsx": write_xlsx,
    "pdf": write_pdf,
}
