"""``roofpv weather check``: a verdict on a weather file, with a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from roofpv.cli import options
from roofpv.cli.weather.judged import examined
from roofpv.errors import InvalidConfig
from roofpv.text import plain

if TYPE_CHECKING:
    from roofpv.weather.examine import Examined

REFUSED = 1
_SITES_SHOWN = 5
_LONGEST_PATH = 4096


@click.command(short_help="Judge a weather file by the sun and by what is possible.")
@click.argument("weather", metavar="FILE|SITE")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="SVG",
    help="Where the picture goes. [NAME-check.svg in this folder]",
)
@click.option("--no-picture", is_flag=True, help="Write no picture.")
@options.overwrite_option
@options.reading_options
@options.json_option
def command(
    weather: str, out: Path | None, no_picture: bool, overwrite: bool, as_json: bool
) -> int:
    """
    Judge a weather FILE (or a bundled SITE): its clock by the sun, its values by what is possible.

    Writes a picture with the months, and every hour with the computed sunrise and sunset over it.
    NAME-check.svg is replaced by each check; a file that -o names only with --overwrite.
    Exit code 1 if the file cannot be used as it is.
    """
    from roofpv.weather.digest import digest  # noqa: PLC0415

    if out is not None and out.exists() and not (overwrite or no_picture):
        raise InvalidConfig(
            f"-o {out}", "exists already", "Add --overwrite, or choose another name"
        )
    found = examined(weather)
    told = [digest(one) for one in found]
    picture = None if no_picture else _draw(weather, out, found, told)
    if as_json:
        document = {"sites": told, "picture": str(picture) if picture else None}
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        _show(told, picture)
    return REFUSED if any(one.refusals for one in found) else 0


def _show(told: list[dict[str, Any]], picture: Path | None) -> None:
    from roofpv.report.weather_check import check_text, info_text, months_text  # noqa: PLC0415

    for one in told[:_SITES_SHOWN]:
        for line in (*info_text(one), "", *months_text(one), "", *check_text(one)):
            click.echo(line)
    for one in told[_SITES_SHOWN:]:
        click.echo(f"{plain(one['site'])}: {one['verdict']}")
    if picture is not None:
        click.echo(f"Picture: {plain(picture, _LONGEST_PATH)}")


def _draw(
    weather: str, out: Path | None, found: list[Examined], told: list[dict[str, Any]]
) -> Path | None:
    """Picture of the worst site, the first of them."""
    from roofpv.report.weather_check import weather_picture  # noqa: PLC0415
    from roofpv.weather.write import write_text  # noqa: PLC0415

    worst = max(range(len(found)), key=lambda i: (bool(found[i].refusals), -i))
    drawn = weather_picture(found[worst], told[worst])
    if drawn is None:
        return None
    path = Path(f"{Path(weather).stem}-check.svg") if out is None else out
    write_text(path, drawn, "Give another place with -o")
    return path
