"""``roofpv waterfall``: from the sun to the meter, step by step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roofpv.cli import options
from roofpv.errors import InvalidResult

if TYPE_CHECKING:
    import pandas as pd


@click.command(short_help="From the sun to the meter: what each step takes.")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("building_id", required=False)
@click.option(
    "-o",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to write: .csv with every step, or a picture of the city or building, .svg or .png.",
)
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language."
)
@options.json_option
def command(
    out: Path, building_id: str | None, file: Path | None, lang: str, as_json: bool
) -> None:
    """
    Show what is left of the sun's energy after each step, in the result folder OUT.

    Of the city and its districts, or of BUILDING_ID. The steps multiply to the total. Those that
    `roofpv assess --waterfall` kept in OUT are shown; others are computed.
    """
    from roofpv.report.waterfall import waterfall_text  # noqa: PLC0415
    from roofpv.results import read_results, read_waterfall  # noqa: PLC0415
    from roofpv.waterfalls import building_waterfall, records, waterfalls  # noqa: PLC0415

    steps = None if building_id is not None else read_waterfall(out)
    if steps is None:
        result = read_results(out)
        steps = (
            waterfalls(result) if building_id is None else building_waterfall(result, building_id)
        )
    if file is not None:
        _write(steps, file, lang)
    if as_json:
        click.echo(json.dumps({"steps": records(steps)}, ensure_ascii=False))
        return
    for line in waterfall_text(steps, lang):
        click.echo(line)


def _write(steps: pd.DataFrame, file: Path, lang: str) -> None:
    from roofpv.csvfiles import without_formulas  # noqa: PLC0415
    from roofpv.report.raster import draw  # noqa: PLC0415
    from roofpv.report.waterfall import waterfall_svg  # noqa: PLC0415

    if file.suffix.lower() != ".csv":
        if steps.empty:
            raise InvalidResult(
                str(file), "no array has a complete year: nothing to draw", "Write a .csv"
            )
        draw(file, waterfall_svg(steps[steps["level"] != "district"], lang))
        return
    try:
        without_formulas(steps).to_csv(file, index=False, encoding="utf-8-sig")
    except OSError as error:
        raise InvalidResult(
            str(file), f"cannot be written ({error.strerror or error})", "Choose another place"
        ) from error
