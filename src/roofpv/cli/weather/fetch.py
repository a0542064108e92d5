"""``roofpv weather fetch``: weather from a service, one request per weather cell."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from roofpv.cli import options
from roofpv.errors import InvalidConfig, InvalidInventory, InvalidWeather
from roofpv.text import plain

if TYPE_CHECKING:
    from roofpv.weather.fetch import Cache, Cell, Fetched, Patience, Plan, Unit

WRONG, STOPPED = 2, 4
SOURCES = ("pvgis", "pvgis-tmy", "nasa-power", "nsrdb")
MOST_REQUESTS = 500
_NAMED = 5
# Pauses are taken through this name, so that tests need not wait.
_sleep = time.sleep


@click.command(short_help="Download weather, one request per weather cell.")
@click.option(
    "--inventory", type=click.Path(path_type=Path), metavar="FILE", help="Buildings to fetch for."
)
@click.option("--lat", type=float, multiple=True, help="Latitude of a place; repeatable.")
@click.option("--lon", type=float, multiple=True, help="Its longitude.")
@click.option("--source", type=click.Choice(SOURCES), required=True, help="Service to ask.")
@click.option("--years", metavar="2005-2023", help="Whole years, UTC. [pvgis-tmy: all it has]")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE.nc", help="Where it goes."
)
@click.option(
    "--cell-degrees",
    type=float,
    metavar="X",
    help="Width of a weather cell. [0.25, a choice to spare the services (PVGIS has grids of 0.05 "
    "and 0.25, NSRDB of 0.04); nasa-power: 0.5; a --lat --lon is taken as it is]",
)
@click.option(
    "--database", metavar="NAME", default="", help="pvgis: PVGIS-ERA5 ...; nsrdb: conus ..."
)
@click.option("--cache", "folder", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder of the answers. [ROOFPV_CACHE, or the user's cache]")  # fmt: skip
@click.option("--url", metavar="URL", default="", help="Another server, such as a mirror.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 3600, min_open=True),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="Longest silence of the service.",
)
@click.option(
    "--max-requests",
    type=click.IntRange(min=1),
    default=MOST_REQUESTS,
    show_default=True,
    metavar="N",
    help="Refuse to ask for more.",
)
@click.option("--nsrdb-key", envvar="NSRDB_API_KEY", default="", help="[NSRDB_API_KEY]")
@click.option("--nsrdb-email", envvar="NSRDB_EMAIL", default="", help="[NSRDB_EMAIL]")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="For its columns.")
@click.option("--crs", metavar="EPSG:N", help="For an inventory that does not state its own.")
@click.option("--layer", metavar="NAME", help="Layer of an inventory that has several.")
@click.option("--dry-run", is_flag=True, help="Show cells and requests; no network.")
@options.overwrite_option
@options.json_option
def command(
    inventory: Path | None,
    lat: tuple[float, ...],
    lon: tuple[float, ...],
    source: str,
    years: str | None,
    out: Path | None,
    cell_degrees: float | None,
    database: str,
    folder: Path | None,
    url: str,
    timeout: float,
    max_requests: int,
    nsrdb_key: str,
    nsrdb_email: str,
    config: Path | None,
    crs: str | None,
    layer: str | None,
    dry_run: bool,
    overwrite: bool,
    as_json: bool,
) -> int:
    """
    Download the weather of an inventory (or of places) into a NetCDF for roofpv assess --weather.

    Every answer is kept in a cache: a run that was cut goes on where it was, and what is there
    already is not asked for again. The only command that uses the network.
    """
    from roofpv.weather.fetch import SERVICES, Cache, Options, Plan, cache_folder  # noqa: PLC0415

    _check_output(out, overwrite, dry_run)
    service = SERVICES[source]
    if inventory is not None:
        if lat or lon:
            raise InvalidConfig("--inventory", "given with --lat and --lon", "Give one of them")
        buildings = _buildings(inventory, config, crs, layer)
        degrees = service.cell_degrees if cell_degrees is None else cell_degrees
        cells, unplaced = _inventory_cells(buildings, degrees)
    else:
        cells, unplaced = _point_cells(lat, lon, cell_degrees), []
    who = Options(url, database, nsrdb_key, nsrdb_email)
    plan = Plan(service, cells, _years(years), who)
    cache = Cache(cache_folder() if folder is None else folder)
    _check_count(plan, max_requests)
    for line in _unplaced_lines(unplaced):
        click.echo(f"warning: {line}", err=True)
    if dry_run or out is None:
        return _dry_run(plan, cache, as_json)
    return _run(plan, cache, _patience(timeout), out, as_json)


def _check_output(out: Path | None, overwrite: bool, dry_run: bool) -> None:
    if out is None:
        if not dry_run:
            raise InvalidConfig("-o", "missing", "Give the name of the file, such as weather.nc")
        return
    if out.suffix.lower() != ".nc":
        raise InvalidConfig(
            f"-o {out}", "is no name of a NetCDF file", "Give a name that ends in .nc"
        )
    if out.exists() and not (overwrite or dry_run):
        raise InvalidConfig(
            f"-o {out}", "exists already", "Add --overwrite, or choose another name"
        )


def _years(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"\s*(\d{4})(?:\s*-\s*(\d{4}))?\s*", text)
    if not found:
        raise InvalidConfig(
            "--years", f"{text!r} are no years", "Write them as 2005-2023, or as 2019"
        )
    return int(found[1]), int(found[2] or found[1])


def _buildings(inventory: Path, config: Path | None, crs: str | None, layer: str | None) -> Any:
    """Rows that can be used, planes of a plane table."""
    import roofpv  # noqa: PLC0415

    columns = options.load_config(config, ()).columns
    checked = roofpv.check_inventory(
        roofpv.read_inventory(inventory, columns=columns, crs=crs, layer=layer)
    )
    if len(checked.quarantine):
        click.echo(
            f"warning: {len(checked.quarantine):,} rows cannot be used and get no weather; "
            "roofpv assess --dry-run counts them",
            err=True,
        )
    return checked.buildings if checked.planes is None else checked.planes


def _inventory_cells(rows: Any, degrees: float) -> tuple[list[Cell], list[str]]:
    """Cells of the rows, and the names of those without a place."""
    from roofpv.weather.fetch import cells_of  # noqa: PLC0415

    cells, placed = cells_of(rows["lon"], rows["lat"], degrees)
    if not cells:
        raise InvalidInventory(
            "--inventory",
            f"none of its {len(rows):,} usable rows has a place",
            "Add footprints or lon and lat, or give --lat and --lon",
        )
    return cells, [str(key) for key in rows["building_id"][~placed]]


def _point_cells(
    lat: tuple[float, ...], lon: tuple[float, ...], degrees: float | None
) -> list[Cell]:
    from roofpv.weather.fetch import exact_cells, snapped_cells  # noqa: PLC0415

    if len(lat) != len(lon):
        raise InvalidConfig(
            "--lat, --lon", f"{len(lat)} latitudes and {len(lon)} longitudes", "Give them in pairs"
        )
    points = list(zip(lat, lon, strict=True))
    return exact_cells(points) if degrees is None else snapped_cells(points, degrees)


def _unplaced_lines(unplaced: list[str]) -> list[str]:
    if not unplaced:
        return []
    named = ", ".join(plain(key, 30) for key in unplaced[:_NAMED])
    more = f" and {len(unplaced) - _NAMED} more" if len(unplaced) > _NAMED else ""
    count = "1 building has" if len(unplaced) == 1 else f"{len(unplaced):,} buildings have"
    return [f"{count} no place and no cell of weather: {named}{more}"]


def _check_count(plan: Plan, most: int) -> None:
    count = len(plan.units())
    if count > most:
        raise InvalidConfig(
            "--max-requests",
            f"{len(plan.cells):,} cells are {count:,} requests, more than {most:,}",
            "Check the coordinate system of the inventory, take a larger --cell-degrees, or raise "
            "--max-requests",
        )


def _dry_run(plan: Plan, cache: Cache, as_json: bool) -> int:
    units = plan.units()
    held = [cache.holds(unit) for unit in units]
    if as_json:
        questions = [_question(unit, there) for unit, there in zip(units, held, strict=True)]
        document = {
            "cells": len(plan.cells),
            "requests": held.count(False),
            "cache": str(cache.folder),
            "questions": questions,
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return 0
    for unit, there in zip(units, held, strict=True):
        count = unit.cell.buildings
        query = "&".join(f"{key}={value}" for key, value in unit.request.public_params.items())
        state = "in the cache" if there else f"GET {unit.request.public_url}?{query}"
        for_whom = f", {count:,} building{'s' if count > 1 else ''}" if count else ""
        click.echo(f"{unit.request.where}{for_whom}: {plain(state, 1000)}")
    click.echo(f"{len(plan.cells)} cells, {held.count(False)} requests; cache {cache.folder}")
    service = plan.service
    click.echo(
        f"cells of {service.title} are {service.cell_degrees:g} degrees unless --cell-degrees says "
        f"otherwise ({service.cell_reason})",
        err=True,
    )
    click.echo("nothing was asked or written (--dry-run)", err=True)
    return 0


def _question(unit: Unit, in_cache: bool) -> dict[str, Any]:
    return {
        "site": unit.request.where,
        "latitude": unit.cell.latitude,
        "longitude": unit.cell.longitude,
        "buildings": unit.cell.buildings,
        "years": None if unit.years is None else list(unit.years),
        "url": unit.request.public_url,
        "parameters": unit.request.public_params,
        "in_cache": in_cache,
    }


def _patience(timeout: float) -> Patience:
    from roofpv.weather.fetch import Patience  # noqa: PLC0415

    return Patience(timeout=timeout, sleep=_sleep, tell=_tell)


def _tell(line: str) -> None:
    click.echo(plain(line, 400), err=True)


def _run(plan: Plan, cache: Cache, patience: Patience, out: Path, as_json: bool) -> int:
    from roofpv.weather.fetch import fetch_weather  # noqa: PLC0415
    from roofpv.weather.write import write_weather  # noqa: PLC0415

    done = fetch_weather(plan, cache, patience, _tell)
    if done.data is not None:
        write_weather(done.data, out)
    if as_json:
        click.echo(json.dumps(_document(plan, cache, done, out), ensure_ascii=False))
    elif done.data is not None:
        click.echo(
            f"{out}: {len(plan.cells)} weather site{'s' if len(plan.cells) > 1 else ''}, "
            f"{done.data.sizes['time']:,} hours, {done.data.attrs['stated_source']}; "
            f"{done.asked} requests, {done.total - done.asked} answers from the cache"
        )
    return _end(cache, done)


def _end(cache: Cache, done: Fetched) -> int:
    """Say why there is no file, in one line; the exit code."""
    if done.data is not None:
        return 0
    kept = f"{done.kept} of {done.total} answers are in the cache {cache.folder}"
    if done.stopped is not None:
        _tell(
            f"roofpv: {str(done.stopped).rstrip('.')}. Nothing is lost: {kept}; run the same "
            "command again to go on"
        )
        return STOPPED
    error: InvalidWeather = done.refused[0]
    others = len(done.refused) - 1
    more = f" ({others} more are refused, see above)" if others else ""
    _tell(f"roofpv: {str(error).rstrip('.')}{more}. No file was written; {kept}")
    return WRONG


def _document(plan: Plan, cache: Cache, done: Fetched, out: Path) -> dict[str, Any]:
    return {
        "out": None if done.data is None else str(out),
        "source": plan.service.name,
        "cells": len(plan.cells),
        "questions": done.total,
        "requests": done.asked,
        "in_cache": done.kept,
        "cache": str(cache.folder),
        "sites": [] if done.data is None else json.loads(done.data.attrs["fetched"]),
        "refused": [str(error) for error in done.refused],
        "stopped": None if done.stopped is None else str(done.stopped),
    }
