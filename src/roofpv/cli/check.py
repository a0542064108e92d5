"""``roofpv check``: read a building list, repair what is certain, list every problem."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from roofpv.catalogue import say
from roofpv.cli import options
from roofpv.cli.inventory import load_inventory
from roofpv.errors import InvalidConfig, InvalidInventory
from roofpv.text import plain

if TYPE_CHECKING:
    import geopandas as gpd

    from roofpv.assumptions import Site
    from roofpv.inventory import Checked
    from roofpv.targets import Rule

PROBLEMS = 1
_WORKBOOKS = (".xlsx", ".xlsm")
_OURS = ("source_row", "source_sheet", "source_at", "unread_geometry", "surface_ids")
_LONGEST = 4096
# A workbook of more rows takes a minute to write, and nobody mends so many by hand.
_MOST_MARKED_ROWS = 200_000


@dataclass(frozen=True)
class Told:
    """What a check has to tell: the list, its check, the uses in doubt, notes, files written."""

    frame: gpd.GeoDataFrame
    checked: Checked
    doubt: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)


@click.command(short_help="Read a building list and list every problem; nothing is computed.")
@click.argument("inventory", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="CLEAN",
    help="Write the cleaned list: .xlsx, .csv, .gpkg, .geojson or .parquet.",
)
@click.option(
    "--marked",
    type=click.Path(path_type=Path),
    metavar="XLSX",
    help="Where the marked workbook goes. [NAME-check.xlsx in this folder]",
)
@click.option("--no-marked", is_flag=True, help="Write no marked workbook.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="[that of the headers of the list]")
@options.inventory_options
@options.rules_option
@options.config_options
@options.overwrite_option
@options.json_option
def command(
    inventory: Path,
    out: Path | None,
    marked: Path | None,
    no_marked: bool,
    lang: str | None,
    rules: tuple[str, ...],
    config: Path | None,
    sets: tuple[str, ...],
    overwrite: bool,
    as_json: bool,
) -> int:
    """
    Read INVENTORY, say how it was understood, repair what is certain and list every problem.

    Where anything was found, the same list is written as a workbook whose cells are marked and
    commented: NAME-check.xlsx, at the next check NAME-check-2.xlsx, so that what was mended in it
    is never lost (above 200,000 rows only where --marked asks for it). Exit code 1 if a row cannot
    be used.
    """
    from roofpv import targets  # noqa: PLC0415
    from roofpv.inventory import check_inventory  # noqa: PLC0415
    from roofpv.report.inventory_check import language_of  # noqa: PLC0415

    for file in (out, marked):
        _check_free(file, inventory, overwrite)
    loaded = options.load_config(config, sets)
    frame = load_inventory(inventory, loaded.columns)
    judged = [targets.load_rule(rule) for rule in options.chosen_rules(rules)]
    as_of = _day(loaded.assumptions.targets.as_of)
    checked = check_inventory(frame, as_of or targets.last_deadline(judged))
    language = lang or language_of(frame)
    doubt = _doubt(checked, judged, as_of)
    told = Told(frame, checked, doubt)
    told.notes.extend(_unplaced(checked, loaded.assumptions.site, language))
    large = marked is None and len(frame) > _MOST_MARKED_ROWS
    if not no_marked and checked.findings and not large:
        file = marked or _free_name(inventory)
        told.notes.extend(_mark(inventory, file, frame, checked, language))
        told.written["marked"] = str(file)
    if out is not None:
        _write_clean(checked, out, language)
        told.written["clean"] = str(out)
    if as_json:
        click.echo(json.dumps(_document(told), ensure_ascii=False))
    else:
        _show(told, language)
    return PROBLEMS if len(checked.quarantine) else 0


def _check_free(file: Path | None, inventory: Path, overwrite: bool) -> None:
    """Refuse to write over what is there, and over an input whatever the user says."""
    if file is None or not file.exists():
        return
    said = options.inventory_said()
    inputs = [inventory, said.footprints, said.uses, said.context]
    if any(one is not None and one.exists() and file.samefile(one) for one in inputs):
        raise InvalidConfig(str(file), "is one of the files that are read", "Choose another name")
    if not overwrite:
        raise InvalidConfig(str(file), "exists already", "Add --overwrite, or choose another")


def _free_name(inventory: Path) -> Path:
    """NAME-check.xlsx, or NAME-check-2.xlsx ...: also where NAME is a marked workbook itself."""
    stem = re.sub(r"-check(-\d+)?$", "", inventory.stem)
    names = (f"{stem}-check{f'-{turn}' if turn > 1 else ''}.xlsx" for turn in itertools.count(1))
    return next(path for path in map(Path, names) if not path.exists())


def _doubt(checked: Checked, rules: list[Rule], as_of: date | None) -> dict[str, Any]:
    """Buildings of doubtful use, and what hangs on them; nothing for a plane table."""
    from roofpv import schema, targets  # noqa: PLC0415

    if checked.planes is not None:
        return {"count": 0, "targets": []}
    buildings = checked.buildings
    status = ["excluded" if exempt else "assessed" for exempt in buildings["exemption"].notna()]
    unknown = {name: float("nan") for name in schema.names(schema.RESULT)}
    table = buildings.assign(**unknown | {"status": status, "load_is_estimate": False})
    return targets.doubtful_uses(table, rules, as_of=as_of)


def _unplaced(checked: Checked, site: Site, language: str) -> list[str]:
    """Rows that the bundled weather, where it is used, would leave without a site."""
    from roofpv.siting import assign_sites  # noqa: PLC0415
    from roofpv.weather import bundled_weather  # noqa: PLC0415

    rows = checked.buildings
    if checked.planes is not None or not rows[["lon", "lat"]].isna().any(axis=None):
        return []
    try:
        _, lost = assign_sites(checked, bundled_weather(), bundled=True, site=site)
    except InvalidInventory:
        # The rest of the list lies elsewhere: the weather will be the user's own.
        return []
    if lost.empty:
        return []
    words = {"count": f"{len(lost):,}", "ids": ", ".join(plain(i) for i in lost["building_id"][:5])}
    return [say("check.unplaced", language, words)]


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _mark(
    inventory: Path, out: Path, frame: gpd.GeoDataFrame, checked: Checked, language: str
) -> list[str]:
    """Write the list back with its cells marked: the workbook itself where it is one."""
    from roofpv.inventory.formats.workbook import read_grids  # noqa: PLC0415
    from roofpv.report.marked import mark_workbook  # noqa: PLC0415
    from roofpv.report.marked_book import book_workbook  # noqa: PLC0415
    from roofpv.report.marked_table import table_workbook  # noqa: PLC0415
    from roofpv.report.marks import marks_of  # noqa: PLC0415

    if inventory.suffix.lower() in _WORKBOOKS:
        marks = marks_of(checked, frame.attrs.get("places", {}), language)
        notes = mark_workbook(inventory, marks, out, language)
    elif inventory.suffix.lower() == ".xls":
        marks = marks_of(checked, frame.attrs.get("places", {}), language)
        notes = book_workbook(read_grids(inventory), marks, out, language)
    else:
        table = frame.drop(columns=["geometry", *_OURS], errors="ignore")
        places = {str(name): at for at, name in enumerate(table.columns, start=1)}
        marks = marks_of(checked, places, language)
        rows, sheets = (frame[name].to_numpy() for name in ("source_row", "source_sheet"))
        notes = table_workbook(table, rows, marks, out, language, sheets)
    return [say(key, language, words) for key, words in notes]


def _write_clean(checked: Checked, out: Path, language: str) -> None:
    from roofpv.inventory.write import (  # noqa: PLC0415
        clean_table,
        with_outlines_as_text,
        write_inventory,
    )
    from roofpv.report.marked_table import table_workbook  # noqa: PLC0415

    if out.suffix.lower() == ".xlsx":
        table = with_outlines_as_text(clean_table(checked.buildings))
        rows = checked.buildings["source_row"].to_numpy()
        table_workbook(table, rows, None, out, language)
    else:
        write_inventory(checked.buildings, out)


def _show(told: Told, language: str) -> None:
    from roofpv.report.inventory_check import check_lines  # noqa: PLC0415
    from roofpv.report.unmatched import unmatched_lines  # noqa: PLC0415

    for line in check_lines(told.frame, told.checked, told.doubt, language):
        click.echo(line)
    for line in unmatched_lines(told.frame.attrs.get("unmatched", {}), language):
        click.echo(line)
    for line in told.notes:
        click.echo(plain(line, _LONGEST))
    for kind, file in told.written.items():
        click.echo(say(f"check.{kind}", language, {"file": plain(file, _LONGEST)}))


def _document(told: Told) -> dict[str, Any]:
    """What ``--json`` prints."""
    from roofpv.inventory.findings import counted  # noqa: PLC0415

    checked, attrs = told.checked, told.frame.attrs
    lost = len(checked.quarantine)
    planes = checked.planes
    return {
        "inputs": attrs.get("inputs", []),
        "columns": attrs.get("columns", {}),
        "units": attrs.get("units", {}),
        "notes": [say(key, "en", words) for key, words in attrs.get("notes", [])],
        "counts": {
            "in": checked.count_in if planes is None else checked.planes_in,
            "usable": len(checked.buildings if planes is None else planes),
            "exempt": int(checked.buildings["exemption"].notna().sum()),
            "quarantined": lost,
        },
        "findings": counted(checked.findings),
        "doubtful_uses": told.doubt,
        "unmatched": attrs.get("unmatched", {}),
        "written": told.written,
    }
