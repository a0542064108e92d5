"""``roofpv status``: how far a run in parts is."""

from __future__ import annotations

import json
from pathlib import Path

import click

from roofpv.cli import options
from roofpv.text import plain


@click.command(short_help="Tell how far a run of a long list is.")
@click.argument("out", type=click.Path(path_type=Path))
@options.json_option
def command(out: Path, as_json: bool) -> None:
    """
    Tell how far the run in OUT is, and whether what it has done is whole.

    OUT is the result folder of `roofpv assess` of a list that is assessed in parts.
    """
    from roofpv.batch.status import status, status_lines  # noqa: PLC0415

    told = status(out)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in status_lines(told):
        click.echo(plain(line, 400))
