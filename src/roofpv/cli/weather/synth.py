"""``roofpv weather synth``: weather of any place, drawn from its monthly means."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from roofpv.cli import options
from roofpv.errors import InvalidConfig
from roofpv.text import plain, table

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from roofpv.weather.climate import SiteClimate

_LONGEST = 4096  # characters of a path or note
SEED = 753000  # that of the bundled years
FIRST_YEAR, MOST_YEARS = 2001, 200
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NEEDED = ("lat", "lon", "altitude", "ghi", "temp_air")
_NAMES = (
    *_NEEDED,
    "dhi",
    "per",
    "temp_air_min",
    "utc_offset",
    "wind_speed",
    "interannual_sd",
    "name",
)
_HEADS = ("GHI", "DHI", "kt 10%", "kt 50%", "kt 90%", "lag-1", "temp", "min")


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Put a value aside for ``_given``, so that the command does not have to name each of them."""
    context.meta.setdefault(__name__, {})[parameter.name] = value


_option = functools.partial(click.option, expose_value=False, callback=_keep)
_MEANS = (
    _option("--lat", type=float, help="Latitude of the place, degrees, within 60."),
    _option("--lon", type=float, help="Longitude, degrees east."),
    _option("--altitude", type=float, help="Altitude, m."),
    _option("--ghi", metavar="12 NUMBERS", help="Global irradiation, kWh/m2, with commas."),
    _option("--dhi", metavar="12 NUMBERS", help="Diffuse irradiation. [Erbs et al. 1982]"),
    _option(
        "--per",
        type=click.Choice(["month", "day"]),
        default="month",
        help="What --ghi and --dhi are the sums of. [month]",
    ),
    _option("--temp-air", metavar="12 NUMBERS", help="Mean air temperature, degC."),
    _option(
        "--temp-air-min",
        metavar="12 NUMBERS",
        help="Mean daily minimum, degC. [from the clearness, Hargreaves and Samani 1985]",
    ),
    _option(
        "--utc-offset", type=float, metavar="HOURS", help="Local standard time. [by longitude]"
    ),
    _option("--wind-speed", type=float, help="Mean wind, m/s. [2]"),
    _option(
        "--interannual-sd",
        type=float,
        metavar="FRACTION",
        help="Standard deviation of annual GHI over its mean. [at most 0.04]",
    ),
    _option("--name", metavar="NAME", help="What to call the place. [site]"),
)


def means_options(command: options.Command) -> options.Command:
    """Options that state monthly means; ``_given`` has their values."""
    for option in reversed(_MEANS):
        command = option(command)
    return command


def _given() -> dict[str, Any]:
    """Values of ``means_options``, in their order."""
    said = click.get_current_context().meta[__name__]
    return {name: said[name] for name in _NAMES}


@click.command(short_help="Draw a typical year, or N years, from monthly means.")
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), metavar="FILE.csv|FILE.nc"
)
@click.option(
    "--site", metavar="SITE", help="Bundled site, shizuishan for all; with --climate one of its."
)
@click.option(
    "--climate", type=click.Path(path_type=Path), metavar="FILE.toml", help="Published climate."
)
@means_options
@click.option(
    "--years",
    metavar="2005-2023|N",
    help="Calendar years, or how many from 2001 on. [one typical year]",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=SEED, help=f"Of the random numbers. [{SEED}]"
)
@options.overwrite_option
@options.json_option
def command(
    out: Path,
    site: str | None,
    climate: Path | None,
    years: str | None,
    seed: int,
    overwrite: bool,
    as_json: bool,
) -> None:
    """
    Write SYNTHETIC weather that keeps monthly means, and show how well it keeps them.

    The means are those of --site, of --climate, or of --lat, --lon, --altitude, --ghi and
    --temp-air, from January to December. The same seed and years give the same file.
    """
    from roofpv.weather.sites import combine_sites  # noqa: PLC0415
    from roofpv.weather.synth import NOTE, synthesize, synthesize_years  # noqa: PLC0415
    from roofpv.weather.write import check_name, write_weather  # noqa: PLC0415

    wanted = _years(years)
    climates = _climates(site, climate, _given())
    check_name(out, len(climates))
    if out.exists() and not overwrite:
        raise InvalidConfig(
            f"-o {out}", "exists already", "Add --overwrite, or choose another name"
        )
    drawn = [
        synthesize(one, seed=seed)
        if wanted is None
        else synthesize_years(one, years=wanted, seed=seed)
        for one in climates
    ]
    write_weather(combine_sites(drawn), out)
    told = [_told(one, weather) for one, weather in zip(climates, drawn, strict=True)]
    if as_json:
        listed = None if wanted is None else list(wanted)
        head = {"synthetic": True, "note": NOTE, "file": str(out), "seed": seed, "years": listed}
        click.echo(json.dumps({**head, "sites": told}, ensure_ascii=False))
        return
    period = "one typical year" if wanted is None else f"{wanted[0]} to {wanted[-1]}"
    click.echo(f"{plain(out, _LONGEST)}: {NOTE}; {period}, seed {seed}")
    for site_told in told:
        for line in _lines(site_told):
            click.echo(line)


def _years(text: str | None) -> range | None:
    if text is None:
        return None
    found = re.fullmatch(r"\s*(\d{1,4})(?:\s*-\s*(\d{4}))?\s*", text)
    first = int(found[1]) if found else 0
    if found and found[2] is None and 1 <= first <= MOST_YEARS:
        return range(FIRST_YEAR, FIRST_YEAR + first)
    last = int(found[2] or first) if found else 0
    if not 1800 <= first <= last <= 2200 or last - first >= MOST_YEARS:
        raise InvalidConfig(
            f"--years {text}",
            f"expected a first and a last year, or a number of years up to {MOST_YEARS}",
            "Write --years 2005-2023 or --years 20",
        )
    return range(first, last + 1)


def _climates(
    site: str | None, climate: Path | None, means: Mapping[str, Any]
) -> list[SiteClimate]:
    from roofpv.weather.climate import read_climate  # noqa: PLC0415

    stated = [name for name, value in means.items() if value is not None and name != "per"]
    if stated and (site or climate):
        raise InvalidConfig(
            _flag(stated[0]), "stands beside --site or --climate", "Give one of them"
        )
    if site is None and climate is None:
        return [_from_means(means)]
    file = _bundled() if climate is None else climate
    known = read_climate(file)
    if site is None or (climate is None and site == "shizuishan"):
        return list(known.values())
    if site not in known:
        raise InvalidConfig(
            f"--site {site}", f"no site of {file.name}", f"Choose one of {', '.join(known)}"
        )
    return [known[site]]


def _bundled() -> Path:
    from roofpv.weather import bundled_folder  # noqa: PLC0415

    folder: Path = bundled_folder("weather")
    return folder / "shizuishan.toml"


def _from_means(means: Mapping[str, Any]) -> SiteClimate:
    from roofpv.weather.means import MonthlyMeans, climate_from_means  # noqa: PLC0415

    missing = [_flag(name) for name in _NEEDED if means[name] is None]
    if missing:
        raise InvalidConfig(
            missing[0], "missing", "Give --site, --climate, or --lat --lon --altitude --ghi"
            " --temp-air"
        )  # fmt: skip
    per = _DAYS if means["per"] == "month" else (1,) * 12
    sums = {
        name: tuple(total / days for total, days in zip(_twelve(name, means), per, strict=True))
        for name in ("ghi", "dhi")
        if means[name] is not None
    }
    coldest = None if means["temp_air_min"] is None else _twelve("temp_air_min", means)
    return climate_from_means(
        MonthlyMeans(
            latitude=means["lat"],
            longitude=means["lon"],
            altitude=means["altitude"],
            ghi_kwh_per_m2_day=sums["ghi"],
            temp_air_mean=_twelve("temp_air", means),
            dhi_kwh_per_m2_day=sums.get("dhi"),
            temp_air_mean_min=coldest,
            utc_offset_hours=means["utc_offset"],
            wind_speed=means["wind_speed"],
            ghi_interannual_sd_fraction=means["interannual_sd"],
            site=means["name"] or "site",
        )
    )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _twelve(name: str, means: Mapping[str, Any]) -> tuple[float, ...]:
    """Twelve numbers of an option."""
    parts = str(means[name]).split(",")
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        numbers = ()
    if len(numbers) != 12:
        raise InvalidConfig(
            _flag(name),
            f"expected 12 numbers with commas between, got {means[name]!r}",
            "Give January to December, such as 77.1,94.0,...",
        )
    return numbers


def _told(climate: SiteClimate, weather: xr.Dataset) -> dict[str, Any]:
    """What is shown of one site."""
    from roofpv.weather.synthstats import annual_ghi, published_and_generated  # noqa: PLC0415

    months: pd.DataFrame = published_and_generated(climate, weather)
    names = list(dict.fromkeys(months.columns.get_level_values(0)))
    return {
        "site": climate.site,
        "months": [
            {
                "month": int(month),
                **{name: {s: round(float(row[name][s]), 4) for s in _SAID} for name in names},
            }
            for month, row in months.iterrows()
        ],
        "annual_ghi_kwh_per_m2": {
            str(year): round(float(total), 2) for year, total in annual_ghi(weather).items()
        },
        "assumptions": list(climate.assumptions),
    }


_SAID = ("published", "generated")


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Published and generated figures side by side."""
    yield ""
    yield (
        f"{plain(told['site'])}: published > generated; irradiation kWh/m2 a month, "
        "clearness kt of days, degC"
    )
    rows = []
    for month in told["months"]:
        pairs = [value for name, value in month.items() if name != "month"]
        digits = (1, 1, 2, 2, 2, 2, 1, 1)
        cells = [
            " > ".join(f"{p[s]:.{d}f}" for s in _SAID) for p, d in zip(pairs, digits, strict=True)
        ]
        rows.append([month["month"], *cells])
    yield from table(["month", *_HEADS], rows)
    totals = list(told["annual_ghi_kwh_per_m2"].values())
    mean = sum(totals) / len(totals)
    said = f"{mean:.0f} kWh/m2 a year"
    yield said if len(totals) == 1 else f"{said}, {min(totals):.0f} to {max(totals):.0f}"
    yield from (f"note: {plain(assumed, _LONGEST)}" for assumed in told["assumptions"])
