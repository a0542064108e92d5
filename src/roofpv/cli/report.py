"""``roofpv report``: a result as a page, a workbook and a document."""

from __future__ import annotations

from pathlib import Path

import click

from roofpv.cli.options import map_parts_option, map_parts_said, tell_beside


@click.command(short_help="Write the report of a result: html, xlsx, pdf.")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language."
)
@click.option(
    "--format",
    "formats",
    default="html",
    show_default=True,
    metavar="html,xlsx,pdf",
    help="What to write.",
)
@click.option(
    "--plan",
    "plans",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.json",
    help="Plan of `roofpv plan -o` to tell; repeatable. [one for each target that is missed]",
)
@click.option(
    "-o",
    "where",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the files go. [OUT]",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write every chart as SVG and PNG too.",
)
@map_parts_option
def command(
    out: Path, lang: str, formats: str, plans: tuple[Path, ...], where: Path | None,
    pictures: Path | None,
) -> None:  # fmt: skip
    """
    Write the report of the result folder OUT: report.html, report.xlsx, report.pdf.

    It says what the folder has, and plans for each target that is missed how to reach it in the
    year after, each roof in its layout. Nothing is simulated again.
    """
    from roofpv.reporting.ask import ReportAsk, formats_of  # noqa: PLC0415
    from roofpv.reporting.make import make_report  # noqa: PLC0415

    ask = ReportAsk(lang, formats_of(formats), where, plans, pictures, map_parts_said())
    for path in make_report(out, ask):
        click.echo(str(path))
        tell_beside(path, lang)
