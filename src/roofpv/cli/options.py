"""Options that several commands share, declared once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import xarray as xr

    from roofpv.assumptions import Config

Command = Callable[..., Any]

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")

rules_option = click.option(
    "--rules",
    "rules",
    multiple=True,
    metavar="ID|FILE",
    help="Rule of the library or a rule file; repeatable; 'none' for none. [shizuishan-2025]",
)

overwrite_option = click.option("--overwrite", is_flag=True, help="Replace an earlier result.")

jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Threads to use. [all cores]"
)


def config_options(command: Command) -> Command:
    """``--config`` and ``--set``."""
    command = click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change one assumption, such as losses.system=0.1; repeatable.",
    )(command)
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Assumptions and column names in TOML.",
    )(command)


def weather_options(command: Command) -> Command:
    """``--weather`` and the place of a file that does not state its own."""
    for name, said in (
        ("--altitude", "Altitude of the weather, m."),
        ("--lon", "Longitude of the weather, degrees."),
        ("--lat", "Latitude of the weather, degrees."),
    ):
        command = click.option(name, type=float, help=said + " For a CSV without header lines.")(
            command
        )
    return click.option(
        "--weather",
        metavar="FILE|SITE",
        help="EPW, TMY3, PVGIS TMY, our CSV or NetCDF; or a bundled site: dawukou, huinong, "
        "pingluo. [bundled, for buildings near Shizuishan]",
    )(command)


def load_config(config: Path | None, sets: tuple[str, ...]) -> Config:
    """Read the configuration of ``config_options``."""
    from roofpv.assumptions import read_config  # noqa: PLC0415

    return read_config(config, sets)


def load_weather(
    weather: str | None, lat: float | None, lon: float | None, altitude: float | None
) -> xr.Dataset | None:
    """Read the weather of ``weather_options``; None if the bundled one is to be used."""
    from roofpv import weather as room  # noqa: PLC0415

    if weather is None:
        return None
    if not Path(weather).exists() and Path(weather).suffix == "":
        return room.bundled_weather(weather)
    return room.read_weather(weather, room.Place(lat, lon, altitude))


def chosen_rules(rules: tuple[str, ...]) -> tuple[str, ...]:
    """Rules asked for; the default where none is named, none for 'none'."""
    from roofpv.assessment import DEFAULT_RULES  # noqa: PLC0415

    if not rules:
        return DEFAULT_RULES
    return tuple(rule for rule in rules if rule != "none")
