"""``roofpv weather info``: what a weather file holds."""

from __future__ import annotations

import json
from typing import Any

import click

from roofpv.cli import options
from roofpv.cli.weather.judged import examined


@click.command(short_help="Site, period, resolution, sums, source.")
@click.argument("weather", metavar="FILE|SITE")
@options.reading_options
@options.json_option
def command(weather: str, as_json: bool) -> None:
    """Show what a weather FILE or a bundled SITE holds: place, period, resolution, sums, source."""
    from roofpv.report.weather_check import info_text  # noqa: PLC0415
    from roofpv.weather.digest import digest  # noqa: PLC0415

    told: list[dict[str, Any]] = [digest(found) for found in examined(weather)]
    if as_json:
        click.echo(json.dumps({"sites": told}, ensure_ascii=False))
        return
    for one in told:
        for line in info_text(one):
            click.echo(line)
        if one["verdict"] != "usable":
            click.echo(f"  verdict     {one['verdict']}; see roofpv weather check")
