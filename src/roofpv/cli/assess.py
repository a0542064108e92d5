"""``roofpv assess``: the main job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from roofpv.catalogue import say
from roofpv.cli import options
from roofpv.cli.inventory import load_context, load_inventory
from roofpv.cli.parts import Parts, assess_in_parts, rehearse_in_parts, whole_around

if TYPE_CHECKING:
    import geopandas as gpd

    from roofpv.reporting import ReportAsk
    from roofpv.results import Result
    from roofpv.surroundings import Surroundings

TOO_MANY_BAD = 3


@click.command(short_help="Assess every roof of a building list, and the targets.")
@click.argument("inventory", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Result folder.")
@options.weather_options
@options.rules_option
@options.design_option
@options.config_options
@options.inventory_options
@options.zones_option
@options.surroundings_options
@options.load_option
@click.option("--hourly", is_flag=True, help="Keep the hours of every plane in energy.nc.")
@click.option(
    "--district-hours",
    is_flag=True,
    help="Keep the hours of every district in district_hours.nc; --hourly does too.",
)
@click.option(
    "--waterfall", is_flag=True, help="Keep what each step from the sun to the meter takes."
)
@options.jobs_option
@options.scheduler_option
@options.memory_option
@options.keep_skylines_option
@options.overwrite_option
@options.update_option
@options.report_options
@options.lang_option
@click.option("--dry-run", is_flag=True, help="Read and check only; write nothing.")
@click.option(
    "--max-bad-share",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Exit with 3 if a larger share of the rows is quarantined.",
)
@options.json_option
def command(
    inventory: Path,
    out: Path,
    weather: tuple[str, ...],
    rules: tuple[str, ...],
    design: str | None,
    config: Path | None,
    sets: tuple[str, ...],
    zones: Path | None,
    hourly: bool,
    district_hours: bool,
    waterfall: bool,
    jobs: int | None,
    overwrite: bool,
    lang: str,
    dry_run: bool,
    max_bad_share: float,
    as_json: bool,
) -> int:
    """
    Assess every roof of INVENTORY: area, modules, energy, money, carbon, and the targets.

    INVENTORY is a building list or a plane table: a workbook, a CSV, a vector file, a 3D
    city model. Where it is an officer's own file, look at it with `roofpv check` first.
    """
    import roofpv  # noqa: PLC0415
    from roofpv import targets  # noqa: PLC0415
    from roofpv.energy import set_threads  # noqa: PLC0415
    from roofpv.finance import terms_of  # noqa: PLC0415
    from roofpv.results import check_free  # noqa: PLC0415

    chosen = () if design is None else (f"layout.design={design}",)
    loaded = options.load_config(config, (*sets, *chosen, *options.load_setting()))
    terms_of(loaded.assumptions)
    asked = options.report_asked(lang)
    parts = Parts(
        inventory, out, weather, rules, jobs, overwrite, options.scheduler_said(),
        options.memory_said(), _whole(zones, waterfall=waterfall, report=asked is not None), lang,
        "planes" if hourly else "districts" if district_hours else "",
    )  # fmt: skip
    if dry_run and rehearse_in_parts(parts, loaded, as_json):
        return 0
    if not dry_run:
        result = assess_in_parts(parts, loaded)
        if result is not None:
            show(result, out, as_json, lang)
            return _verdict_on_rows(result, max_bad_share, lang)
        check_free(out, overwrite)
    buildings = load_inventory(inventory, loaded.columns)
    drawn = None if zones is None else roofpv.read_zones(zones)
    around = _surroundings()
    climate = options.load_weather(weather)
    if dry_run:
        for rule in options.chosen_rules(rules):
            targets.load_rule(rule)
        seen: dict[str, Any] = {}
        if around is not None:
            from roofpv.rehearsal import look_around  # noqa: PLC0415

            seen = look_around(
                buildings, climate, around, loaded.assumptions,
                rules=options.chosen_rules(rules), zones=drawn,
            )  # fmt: skip
        _tell_trial(_counts(buildings, drawn), seen, as_json, lang)
        return 0
    set_threads(jobs)
    result = roofpv.assess(
        buildings, climate, rules=options.chosen_rules(rules), assumptions=loaded.assumptions,
        zones=drawn,
        surroundings=around,
    )  # fmt: skip
    if waterfall or asked is not None:
        from roofpv.waterfalls import with_waterfall  # noqa: PLC0415

        result = with_waterfall(result)
    hours = None
    if hourly or district_hours:
        from roofpv.hours import hours_of, with_district_hours  # noqa: PLC0415

        of_result = hours_of(result, loaded.assumptions)
        result = with_district_hours(result, of_result)
        hours = of_result.of_planes() if hourly else None
    roofpv.write_results(result, out, hours=hours, overwrite=overwrite)
    if asked is not None:
        write_report(out, asked, lang)
    show(result, out, as_json, lang)
    return _verdict_on_rows(result, max_bad_share, lang)


def _whole(zones: Path | None, *, waterfall: bool, report: bool) -> dict[str, bool]:
    """Options that need the whole list, and whether they are given."""
    said = options.inventory_said()
    return whole_around() | {
        "--zones": zones is not None,
        "--waterfall": waterfall,
        "--report": report,
        "--footprints": said.footprints is not None,
        "--uses": said.uses is not None,
    }


def _surroundings() -> Surroundings | None:
    from roofpv.surroundings import read_surroundings  # noqa: PLC0415

    said, context = options.surroundings_said(), load_context()
    if context is None and not any(said.values()):
        return None
    return read_surroundings(context, **said)


def write_report(out: Path, ask: ReportAsk, lang: str) -> None:
    """Write the report of a result folder; say which file stands beside one that is open."""
    from roofpv.reporting import make_report  # noqa: PLC0415

    for path in make_report(out, ask):
        options.tell_beside(path, lang)


def show(result: Result, out: Path, as_json: bool, lang: str) -> None:
    """Print what was found and where the files are."""
    from roofpv.report import summary  # noqa: PLC0415

    if as_json:
        document = {
            "out": str(out),
            "counts": result.run["counts"],
            "money": result.run["money"]["places"],
            "targets": result.targets,
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    for line in summary(result, lang):
        click.echo(line)
    folder = f"{out}{'' if str(out).endswith('/') else '/'}"
    click.echo(say("screen.files", lang, {"folder": folder}))
    for path in sorted(out.iterdir()):
        click.echo(f"  {path.name}")


def _counts(buildings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame | None) -> dict[str, int]:
    from roofpv.inventory import check_inventory, check_zones  # noqa: PLC0415

    checked = check_inventory(buildings)
    counts = {
        "rows": len(buildings),
        "usable": len(buildings) - len(checked.quarantine),
        "quarantined": len(checked.quarantine),
    }
    if zones is not None:
        found = check_zones(zones, checked.buildings).counts
        counts |= {f"zones_{name}": count for name, count in found.items()}
    return counts


def _tell_trial(counts: dict[str, int], seen: dict[str, Any], as_json: bool, lang: str) -> None:
    """Print what a list holds of which nothing is computed."""
    if as_json:
        document = counts | ({"surroundings": seen} if seen else {})
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    said = [
        say(f"screen.trial.{name}", lang, {"count": f"{count:,}"}) for name, count in counts.items()
    ]
    click.echo(say("screen.trial.between", lang).join(said))
    if seen:
        from roofpv.rehearsal import look_around_text  # noqa: PLC0415

        for line in look_around_text(seen, lang):
            click.echo(line)
    click.echo(say("screen.trial.nothing", lang), err=True)


def _verdict_on_rows(result: Result, max_bad_share: float, lang: str) -> int:
    from roofpv.report.lost_rows import lost_lines  # noqa: PLC0415

    lost = result.quarantine
    rows = result.run["rows"]["in"]
    for line in lost_lines(lost, lang):
        click.echo(line, err=True)
    return TOO_MANY_BAD if rows and len(lost) / rows > max_bad_share else 0
