"""``roofpv demo``: the bundled city."""

from __future__ import annotations

import json
from pathlib import Path

import click

from roofpv.cli import options


@click.command(short_help="Assess the bundled, synthetic city.")
@click.argument("folder", metavar="[DIR]", default="roofpv-demo", type=click.Path(path_type=Path))
@options.jobs_option
@options.lang_option
@options.json_option
def command(folder: Path, jobs: int | None, lang: str, as_json: bool) -> None:
    """
    Assess the bundled city and write the result and its report to DIR (roofpv-demo).

    The city is synthetic: 900 public buildings in the three districts of Shizuishan, with three
    synthetic typical years. Running it again replaces the earlier demo.
    """
    import roofpv  # noqa: PLC0415
    from roofpv.cli.assess import show, write_report  # noqa: PLC0415
    from roofpv.energy import set_threads  # noqa: PLC0415
    from roofpv.reporting import ReportAsk  # noqa: PLC0415
    from roofpv.results import check_free  # noqa: PLC0415
    from roofpv.waterfalls import with_waterfall  # noqa: PLC0415
    from roofpv.weather import bundled_folder  # noqa: PLC0415

    check_free(folder, overwrite=_is_demo(folder))
    set_threads(jobs)
    inventory = bundled_folder("buildings") / "shizuishan.geojson"
    result = with_waterfall(roofpv.assess(roofpv.read_inventory(inventory)))
    roofpv.write_results(result, folder, overwrite=_is_demo(folder))
    write_report(folder, ReportAsk(lang), lang)
    show(result, folder, as_json, lang)


def _is_demo(folder: Path) -> bool:
    """Whether the folder holds an earlier demo, which may be replaced; nobody's work is lost."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return "buildings" in run["synthetic"] and run["inputs"][0]["name"] == "shizuishan.geojson"
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return False
