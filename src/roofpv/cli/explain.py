"""``roofpv explain``: one building, step by step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from roofpv.cli import options

if TYPE_CHECKING:
    from roofpv.results import Result


@click.command(short_help="Show every step of one building with its numbers.")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("building_id")
@click.option("--layouts", is_flag=True, help="Compare layouts of the roof side by side.")
@click.option("--groups", is_flag=True, help="List its rows of modules, the best first.")
@click.option(
    "--drawing",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw the roof with its deductions and modules: .svg or .png.",
)
@click.option(
    "--skyline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw what stands around its largest array over the sun's paths: .svg or .png.",
)
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the calculation report on its PV coverage: .html or .pdf.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of the drawings and of the calculation report.",
)
@options.json_option
def command(
    out: Path,
    building_id: str,
    layouts: bool,
    groups: bool,
    drawing: Path | None,
    skyline: Path | None,
    certificate: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Show how the numbers of BUILDING_ID in the result folder OUT came about."""
    from roofpv.report import explain, explain_text  # noqa: PLC0415
    from roofpv.results import read_results  # noqa: PLC0415

    result = read_results(out)
    told = explain(result, building_id)
    lines = explain_text(told)
    lines += _uncertainty(result, building_id, told)
    lines += _waterfall(result, building_id, told)
    lines += _rules(result, building_id, told)
    if layouts:
        lines += _layouts(result, building_id, told)
    if groups:
        lines += _groups(result, building_id, told)
    if drawing is not None:
        from roofpv.reopening import draw_roof  # noqa: PLC0415

        draw_roof(result, building_id, drawing, lang)
        told["drawing"] = str(drawing)
        lines += ["", f"Drawing: {drawing}"]
    if skyline is not None:
        from roofpv.reopening import draw_skyline  # noqa: PLC0415

        draw_skyline(result, building_id, skyline, lang)
        told["skyline"] = str(skyline)
        lines += ["", f"Skyline: {skyline}"]
    if certificate is not None:
        from roofpv.reopening import certify  # noqa: PLC0415

        certify(result, building_id, certificate, lang)
        told["certificate"] = str(certificate)
        lines += ["", f"Certificate: {certificate}"]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)


def _uncertainty(result: Result, building_id: str, told: dict[str, Any]) -> list[str]:
    """How far its energy may be off, by cause; nothing of a building without energy."""
    from roofpv.report.budget import budget_text  # noqa: PLC0415
    from roofpv.uncertainty import budget_of  # noqa: PLC0415

    if not told["outputs"]["ac_kwh"]:
        return []
    told["uncertainty"] = budget_of(result, building_id)
    return ["", *budget_text(told["uncertainty"])]


def _rules(result: Result, building_id: str, told: dict[str, Any]) -> list[str]:
    """Verdicts with the numbers that they follow from."""
    from roofpv.judging import verdicts_of  # noqa: PLC0415
    from roofpv.report import find_building  # noqa: PLC0415
    from roofpv.report.explain_rules import installed_text, rules_text  # noqa: PLC0415

    told["verdicts"] = verdicts_of(result, building_id)
    building = find_building(result, building_id)
    mine = result.planes[result.planes["building_id"] == building_id]
    main = None if mine.empty else mine.loc[mine["area_m2"].fillna(0.0).idxmax()]
    installed = installed_text(building, main, result.run)
    return ["", *installed, *rules_text(told["verdicts"])]


def _waterfall(result: Result, building_id: str, told: dict[str, Any]) -> list[str]:
    from roofpv.report.waterfall import waterfall_text  # noqa: PLC0415
    from roofpv.waterfalls import building_waterfall, records  # noqa: PLC0415

    steps = building_waterfall(result, building_id)
    told["waterfall"] = records(steps[["step", "kwh", "factor"]])
    return ["", *waterfall_text(steps)]


def _layouts(result: Result, building_id: str, told: dict[str, Any]) -> list[str]:
    from roofpv import reopening  # noqa: PLC0415
    from roofpv.report import layouts_text  # noqa: PLC0415

    table = reopening.layouts(result, building_id)
    told["layouts"] = options.records(table)
    settings = {a["key"]: a["value"] for a in result.run["assumptions"]}
    stated = told["inputs"]["stated_kwp"]
    return ["", *layouts_text(table, settings["layout.coverage_target"], stated)]


def _groups(result: Result, building_id: str, told: dict[str, Any]) -> list[str]:
    from roofpv import reopening  # noqa: PLC0415
    from roofpv.report import groups_text  # noqa: PLC0415

    table = reopening.module_groups(result, building_id)
    told["groups"] = options.records(table)
    return ["", *groups_text(table)]
