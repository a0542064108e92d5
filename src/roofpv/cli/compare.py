"""``roofpv compare``: what changed from one result to another, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roofpv.cli import options
from roofpv.errors import InvalidResult

if TYPE_CHECKING:
    import pandas as pd


@click.command(short_help="What changed from one result to another, and why.")
@click.argument("out_a", type=click.Path(path_type=Path))
@click.argument("out_b", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="CSV to write: the buildings that are new, gone or changed, with their causes.",
)
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language."
)
@options.json_option
def command(out_a: Path, out_b: Path, file: Path | None, lang: str, as_json: bool) -> None:
    """
    Compare the result folders OUT_A and OUT_B, the earlier one first.

    Buildings are matched by their ids. Each change is put down to data, weather, assumptions,
    surroundings, rule or version, as far as they differ; the parts of every total add up.
    """
    from roofpv.comparing import compare, comparison_text  # noqa: PLC0415
    from roofpv.results import read_results  # noqa: PLC0415

    made = compare(read_results(out_a), read_results(out_b))
    if file is not None:
        _write(made.buildings, file)
    if as_json:
        told = made.told | {"buildings": options.records(made.buildings)}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in comparison_text(made.told, lang):
        click.echo(line)


def _write(buildings: pd.DataFrame, file: Path) -> None:
    from roofpv.csvfiles import without_formulas  # noqa: PLC0415

    try:
        without_formulas(buildings).to_csv(file, index=False, encoding="utf-8-sig")
    except OSError as error:
        raise InvalidResult(
            str(file), f"cannot be written ({error.strerror or error})", "Choose another place"
        ) from error
