"""``roofpv template``: an empty workbook for a building list."""

from __future__ import annotations

from pathlib import Path

import click

from roofpv.cli import options
from roofpv.errors import InvalidConfig


@click.command(short_help="Write an empty workbook for a building list.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, help="The .xlsx to write."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@options.overwrite_option
def command(out: Path, lang: str, overwrite: bool) -> None:
    """Write a workbook with the right headers, notes, drop-down lists and three example rows."""
    from roofpv.report.template import write_template  # noqa: PLC0415

    if out.suffix.lower() != ".xlsx":
        raise InvalidConfig(f"-o {out}", "a workbook ends in .xlsx", "Call it buildings.xlsx")
    if out.exists() and not overwrite:
        raise InvalidConfig(
            f"-o {out}", "exists already", "Add --overwrite, or choose another name"
        )
    write_template(out, lang)
    click.echo(f"Template: {out}")
