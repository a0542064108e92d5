"""``roofpv weather``: make, download, judge and show weather files."""

from __future__ import annotations

import click

from roofpv.cli.lazy import LazyGroup


class WeatherGroup(LazyGroup):
    """The commands of ``roofpv weather``."""

    package = "roofpv.cli.weather"
    names = ("check", "fetch", "info", "synth")


@click.group(cls=WeatherGroup, short_help="Check, fetch, make and show weather files.")
def command() -> None:
    """Weather files: judge them by the sun, download them, make them from monthly means."""
