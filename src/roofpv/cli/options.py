"""Options that several commands share, declared once."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from roofpv.assumptions import DESIGNS
from roofpv.catalogue import say
from roofpv.errors import InvalidConfig

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from roofpv.config import Config
    from roofpv.inventory.joining.ways import Way
    from roofpv.reporting.ask import ReportAsk
    from roofpv.weather import Clock, Columns, Place

Command = Callable[..., Any]

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")

rules_option = click.option(
    "--rules",
    "rules",
    multiple=True,
    metavar="ID|FILE",
    help="Rule of the library or a rule file; repeatable; 'none' for none. [shizuishan-2025]",
)

lang_option = click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of the screen and of the report.",
)

overwrite_option = click.option("--overwrite", is_flag=True, help="Replace an earlier result.")

jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Threads to use. [all cores]"
)


design_option = click.option(
    "--design",
    type=click.Choice(DESIGNS),
    help="Layout of flat roofs: as stated, or the best of several for an objective. [stated]",
)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table for JSON, which knows no NaN."""
    return json.loads(table.to_json(orient="records", force_ascii=False))


zones_option = click.option(
    "--zones",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Polygons on roofs that carry no PV: forbidden, plant, stair heads, skylights.",
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


@dataclass(frozen=True)
class InventorySaid:
    """What the user says of a building list besides its name."""

    crs: str | None
    layer: str | None
    datum: str
    swap_axes: bool
    uses: Path | None
    footprints: Path | None
    join_by: Way
    context: Path | None


@dataclass(frozen=True)
class Reading:
    """What the user says of a weather file besides its name: arguments of ``read_weather``."""

    place: Place
    clock: Clock
    columns: Columns


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Put a value aside for ``reading``, so that commands do not have to name each of them."""
    context.meta[f"{__name__}.{parameter.name}"] = value


_option = functools.partial(click.option, expose_value=False, callback=_keep)
_READING = (
    _option("--lat", type=float, help="Latitude of the weather, degrees."),
    _option("--lon", type=float, help="Longitude of the weather, degrees."),
    _option("--altitude", type=float, help="Altitude of the weather, m."),
    _option("--utc-offset", type=float, metavar="HOURS", help="Clock of its file; 0 is UTC."),
    _option(
        "--label",
        type=click.Choice(["start", "end", "middle", "instant"]),
        help="What its time labels stand for.",
    ),
    _option(
        "--shift-minutes", type=float, default=0.0, metavar="N", help="Minutes to add to them."
    ),
    _option(
        "--daylight-saving",
        default="",
        metavar="MM-DD/MM-DD",
        help="Season in which its clock runs an hour ahead.",
    ),
    _option("--clock", type=click.Choice(["solar"]), help="Its clock is a sundial."),
    _option("--trust-clock", is_flag=True, help="Take its clock as it is, against the sun."),
    _option(
        "--column",
        multiple=True,
        metavar="OURS=THEIRS",
        help="Column of a CSV, such as ghi=GHI_avg; repeatable.",
    ),
    _option(
        "--unit",
        multiple=True,
        metavar="OURS=UNIT",
        help="Unit of a CSV column, such as ghi=kJ/m2 or temp_air=K; repeatable.",
    ),
    _option(
        "--time-format",
        default="",
        metavar="FORMAT",
        help="Times of a CSV, such as '%d/%m/%Y %H:%M'.",
    ),
)


load_option = _option(
    "--load",
    metavar="FILE",
    help="CSV of a year's hourly load: of one building its meter, of several their shape.",
)


def load_setting() -> tuple[str, ...]:
    """What ``--load`` says, as a setting."""
    said = click.get_current_context().meta[f"{__name__}.load"]
    return () if said is None else (f"load.file={said}",)


scheduler_option = _option(
    "--scheduler",
    metavar="tcp://HOST:PORT|local",
    help="Have the parts of a long list done by a Dask cluster (extra: cluster).",
)


update_option = _option(
    "--update",
    is_flag=True,
    help="Of a long list: keep what holds of the older list's result, compute the rest.",
)


def update_said() -> bool:
    """What ``update_option`` says."""
    said: bool = click.get_current_context().meta[f"{__name__}.update"]
    return said


def scheduler_said() -> str | None:
    """What ``scheduler_option`` says."""
    said: str | None = click.get_current_context().meta[f"{__name__}.scheduler"]
    return said


keep_skylines_option = _option(
    "--keep-skylines",
    is_flag=True,
    help="Keep the skylines of a list in parts too (a shaded roof: 2 kB); else only their losses.",
)


def keep_skylines_said() -> bool:
    """What ``keep_skylines_option`` says."""
    return bool(click.get_current_context().meta[f"{__name__}.keep_skylines"])


memory_option = _option(
    "--memory",
    metavar="SIZE",
    help="Memory of all processes, such as 2GiB: a GeoParquet list is done in parts that fit.",
)


def memory_said() -> str | None:
    """What ``memory_option`` says."""
    said: str | None = click.get_current_context().meta[f"{__name__}.memory"]
    return said


_REPORT = (
    _option(
        "--report",
        metavar="html,xlsx,pdf",
        help="Write the report too, as `roofpv report` does.",
    ),
    _option(
        "--report-lang",
        type=click.Choice(["en", "zh"]),
        help="Its language. [that of --lang]",
    ),
)


def report_options(command: Command) -> Command:
    """Options on the report that is written with a result; ``report_asked`` has their values."""
    for option in reversed(_REPORT):
        command = option(command)
    return command


def report_asked(lang: str) -> ReportAsk | None:
    """What the options of ``report_options`` ask for; ``lang`` where they name no language."""
    said = click.get_current_context().meta
    formats = said[f"{__name__}.report"]
    if formats is None:
        return None
    from roofpv.reporting.ask import ReportAsk, formats_of  # noqa: PLC0415

    return ReportAsk(said[f"{__name__}.report_lang"] or lang, formats_of(formats))


def tell_beside(path: Path, lang: str) -> None:
    """Say on stderr where a file of a report stands beside one that is kept."""
    if path.stem.startswith("report-"):
        words = {"kept": f"report{path.suffix}", "written": path.name}
        click.echo(say("screen.beside", lang, words), err=True)


_SURROUNDINGS = (
    _option(
        "--dsm",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Surface model of ground and buildings, a raster in metres.",
    ),
    _option(
        "--canopy",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Heights of trees above ground on the grid of --dsm.",
    ),
    _option(
        "--terrain",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Elevation model of the land around, or a horizon file of PVGIS.",
    ),
    _option(
        "--skylines",
        type=click.Path(path_type=Path),
        metavar="OUT",
        help="Result folder whose skylines are used again.",
    ),
)


def surroundings_options(command: Command) -> Command:
    """Options on what may hide the sun; ``surroundings_said`` has their values."""
    for option in reversed(_SURROUNDINGS):
        command = option(command)
    return command


def surroundings_said() -> dict[str, Path | None]:
    """What the options of ``surroundings_options`` say, as ``read_surroundings`` takes it."""
    said = click.get_current_context().meta
    names = {"surface": "dsm", "canopy": "canopy", "terrain": "terrain", "skylines": "skylines"}
    return {name: said[f"{__name__}.{option}"] for name, option in names.items()}


map_parts_option = _option(
    "--map-parts",
    type=click.Choice(["auto", "one", "parts"]),
    default="auto",
    help="Page in one file, or squares with the roofs in a folder beside it. [parts above 200,000]",
)


def map_parts_said() -> str:
    """What ``map_parts_option`` says."""
    return str(click.get_current_context().meta[f"{__name__}.map_parts"])


_INVENTORY = (
    _option(
        "--crs",
        metavar="EPSG:N",
        help="For a file that does not state its own; cgcs2000-3: by the zone prefix.",
    ),
    _option("--layer", metavar="NAME", help="Sheet or layer of a file that has several."),
    _option(
        "--datum",
        type=click.Choice(["wgs84", "cgcs2000", "gcj02", "bd09"]),
        default="wgs84",
        help="Of its degrees: gcj02 from Amap or Tencent, bd09 from Baidu maps. [wgs84]",
    ),
    _option("--swap-axes", is_flag=True, help="Its latitudes and longitudes are interchanged."),
    _option(
        "--uses",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="CSV with building_id,use: use classes that come before any other.",
    ),
    _option(
        "--footprints",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Outlines to join to a register that has none.",
    ),
    _option(
        "--join-by",
        type=click.Choice(["auto", "id", "place", "name"]),
        default="auto",
        help="How they are joined. [auto]",
    ),
    _option(
        "--context",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Layer of all buildings: finds a list that is shifted against it, and for assess "
        "what shades the roofs.",
    ),
)


def inventory_options(command: Command) -> Command:
    """Options on how a building list is to be read; ``inventory_said`` has their values."""
    for option in reversed(_INVENTORY):
        command = option(command)
    return command


def inventory_said() -> InventorySaid:
    """What the options of ``inventory_options`` say."""
    said = click.get_current_context().meta
    names = ("crs", "layer", "datum", "swap_axes", "uses", "footprints", "join_by", "context")
    return InventorySaid(*(said[f"{__name__}.{name}"] for name in names))


def reading_options(command: Command) -> Command:
    """Options on how a weather file is to be read; ``reading`` has their values."""
    for option in reversed(_READING):
        command = option(command)
    return command


def reading() -> Reading:
    """What the options of ``reading_options`` say."""
    from roofpv import weather as room  # noqa: PLC0415

    said = click.get_current_context().meta
    lat, lon, altitude, offset, label, shift, season, clock, trusted, names, units, times = (
        said[f"{__name__}.{name}"]
        for name in (
            "lat", "lon", "altitude", "utc_offset", "label", "shift_minutes", "daylight_saving",
            "clock", "trust_clock", "column", "unit", "time_format",
        )
    )  # fmt: skip
    return Reading(
        room.Place(lat, lon, altitude),
        room.Clock(offset, label, shift, season, clock == "solar", trusted),
        room.Columns(_pairs("--column", names), _pairs("--unit", units), times),
    )


def _pairs(option: str, texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        ours, equals, theirs = text.partition("=")
        if not (ours and equals and theirs):
            raise InvalidConfig(f"{option} {text}", "expected OURS=THEIRS", "Write it as ghi=GHI")
        pairs[ours.strip()] = theirs.strip()
    return pairs


def weather_options(command: Command) -> Command:
    """``--weather``, repeatable, and how its files are to be read."""
    return click.option(
        "--weather",
        multiple=True,
        metavar="FILE|SITE",
        help="EPW, TMY2, TMY3, PVGIS, NSRDB, NASA POWER, CSV or NetCDF; or a bundled site: "
        "dawukou, huinong, pingluo; repeatable. [bundled, for buildings near Shizuishan]",
    )(reading_options(command))


def load_config(config: Path | None, sets: tuple[str, ...]) -> Config:
    """Read the configuration of ``config_options``."""
    from roofpv.config import read_config  # noqa: PLC0415

    return read_config(config, sets)


def load_weather(weather: tuple[str, ...]) -> xr.Dataset | None:
    """Read the weather of ``weather_options``; None if the bundled one is to be used."""
    from roofpv import weather as room  # noqa: PLC0415

    said = reading()
    _check_said(weather, said)
    parts = [_load_one(one, said) for one in weather]
    if len(parts) < 2:
        return parts[0] if parts else None
    return room.combine_sites(parts)


def _check_said(weather: tuple[str, ...], said: Reading) -> None:
    """Refuse what the user says of a file where there is none, or more than one."""
    from roofpv import weather as room  # noqa: PLC0415

    stated = said != Reading(room.Place(), room.Clock(), room.Columns())
    if stated and not weather:
        raise InvalidConfig(
            "--weather", "not given, but how to read it is", "Name the file it is said of"
        )
    if stated and any(_is_bundled(one) for one in weather):
        raise InvalidConfig(
            "--weather", "the bundled sites need no word on place, clock or columns", "Leave it out"
        )
    if said.place != room.Place() and len(weather) > 1:
        raise InvalidConfig(
            "--lat, --lon, --altitude",
            f"one place for {len(weather)} weather files",
            "Write each place into its file, as header lines such as # latitude: 39.03",
        )


def _is_bundled(weather: str) -> bool:
    return not Path(weather).exists() and Path(weather).suffix == ""


def _load_one(weather: str, said: Reading) -> xr.Dataset:
    from roofpv import weather as room  # noqa: PLC0415

    if _is_bundled(weather):
        return room.bundled_weather(weather)
    return room.read_weather(weather, said.place, said.clock, said.columns)


def chosen_rules(rules: tuple[str, ...]) -> tuple[str, ...]:
    """Rules asked for; the default where none is named, none for 'none'."""
    from roofpv.assessment import DEFAULT_RULES  # noqa: PLC0415

    if not rules:
        return DEFAULT_RULES
    return tuple(rule for rule in rules if rule != "none")
