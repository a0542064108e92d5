"""``roofpv explain``: one building, step by step."""

from __future__ import annotations

import json
from pathlib import Path

import click

from roofpv.cli import options


@click.command(short_help="Show every step of one building with its numbers.")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("building_id")
@options.json_option
def command(out: Path, building_id: str, as_json: bool) -> None:
    """Show how the numbers of BUILDING_ID in the result folder OUT came about."""
    from roofpv.report import explain, explain_text  # noqa: PLC0415
    from roofpv.results import read_results  # noqa: PLC0415

    told = explain(read_results(out), building_id)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in explain_text(told):
        click.echo(line)
