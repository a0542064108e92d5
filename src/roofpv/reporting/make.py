"""From a result folder to the files of a report."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from roofpv.errors import InvalidResult
from roofpv.report.city import City
from roofpv.report.page import packed_panel
from roofpv.report.page.parted import FOLDER, MOST_IN_ONE
from roofpv.report.raster import to_png
from roofpv.reporting.ask import ReportAsk
from roofpv.reporting.files import put, put_bytes, remove_folder
from roofpv.reporting.formats import WRITERS, Job
from roofpv.reporting.gather import read_city, with_certainty, with_plans

STEM = "report"


def make_report(folder: str | Path, ask: ReportAsk | None = None) -> list[Path]:
    """
    Write the report of a result folder; nothing is simulated again.

    Parameters
    ----------
    folder : path
        Of ``write_results``.
    ask : ReportAsk, optional

    Returns
    -------
    list of Path
        The files, in the order of the formats, then the pictures. One whose name was open in
        another program stands beside it, as ``report-2.xlsx``.

    Raises
    ------
    InvalidResult
        No complete result, one of another version, or a folder that cannot be written.
    InvalidConfig
        A file that holds no plan of this result.
    """
    asked = ReportAsk() if ask is None else ask
    for where in (asked.where, asked.pictures):
        if where is not None:
            _made(where)
    job = _job(with_certainty(read_city(Path(folder))), asked)
    return [*_reports(job, Path(folder), asked), *_pictures(job, asked.pictures)]


def _job(bare: City, asked: ReportAsk) -> Job:
    """The panel of the page is made while HiGHS, which leaves Python to others, looks for plans."""
    with ThreadPoolExecutor(1) as other:
        planned = other.submit(with_plans, bare, asked.plans)
        parts = _in_parts(bare, asked)
        panel = packed_panel(bare) if "html" in asked.formats and not parts else None
        return Job(planned.result(), asked.language, panel, parts)


def _in_parts(city: City, asked: ReportAsk) -> bool:
    many = len(city.result.buildings) > MOST_IN_ONE
    return {"auto": many, "one": False, "parts": True}[asked.map_parts]


def _reports(job: Job, folder: Path, asked: ReportAsk) -> Iterator[Path]:
    where = _made(folder if asked.where is None else asked.where)
    for name in asked.formats:
        wanted = where / f"{STEM}.{name}"
        written = put(wanted, partial(WRITERS[name], job))
        if name == "html" and written == wanted and not job.in_parts:
            _without_parts(where)
        yield written


def _without_parts(where: Path) -> None:
    """Remove what an earlier page in parts had beside it; not while another such page may stand."""
    if not any(where.glob(f"{STEM}-[0-9].html")):
        remove_folder(where / FOLDER)


def _pictures(job: Job, where: Path | None) -> Iterator[Path]:
    if where is None:
        return
    for name, svg in job.charts(job.language).items():
        yield put_bytes(where / f"{name}.svg", svg.encode())
        yield put_bytes(where / f"{name}.png", to_png(svg))


def _made(where: Path) -> Path:
    """The folder, made where it is not there."""
    if where.is_file():
        raise InvalidResult(str(where), "is a file, no folder", "Choose another folder")
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidResult(
            str(where), f"cannot be made ({error.strerror or error})", "Choose another folder"
        ) from error
    return where
